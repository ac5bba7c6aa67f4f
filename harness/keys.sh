# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The keys that sign what guests are given, beside the one that the kernel's build
# makes, and what breaks a signature. Sourced after lib.sh.
#
#   foreign  no kernel knows it
#   db       the firmware's; Debian's ovmf has it in db and KEK of its test store
#   mok      the machine owner's, for shim
#   mokx     a second one, which the owner has revoked
#   revoked  in db, and its certificate in dbx
#   hashed   in db, and the hash of its certificate in dbx
#   listed   in db, and its certificate in the kernel's own list of revoked ones

KEYS=$OUT/keys
SNAKEOIL=/usr/share/ovmf/PkKek-1-snakeoil

make_key() {
	local name=$1 dir=$KEYS/$1

	[[ ! -f $dir/key.pem || ! -f $dir/key.x509 ]] || return 0
	mkdir -p "$dir"
	openssl req -new -x509 -newkey rsa:2048 -nodes -days 36500 -sha256 \
		-subj "/CN=lockdown test $name/" -addext basicConstraints=critical,CA:FALSE \
		-out "$dir/cert.pem" -keyout "$dir/key.pem"
	openssl x509 -in "$dir/cert.pem" -outform DER -out "$dir/key.x509"
}

make_db_key() {
	local dir=$KEYS/db

	mkdir -p "$dir"
	openssl pkey -in "$SNAKEOIL.key" -passin pass:snakeoil -out "$dir/key.pem"
	openssl x509 -in "$SNAKEOIL.pem" -out "$dir/cert.pem"
	openssl x509 -in "$SNAKEOIL.pem" -outform DER -out "$dir/key.x509"
}

make_keys() {
	local name

	[[ $GUEST_ARCH != x86_64 ]] || make_db_key
	for name in mok mokx revoked hashed listed foreign; do
		make_key "$name"
	done
}

# The last one that is made is there.
have_keys() {
	[[ -f $KEYS/foreign/key.x509 ]]
}

# Changes one byte behind a text, such as "description=", which modinfo shows, so that
# the file stays a good module in all but its signature.
spoil() {
	python3 - "$@" <<'END'
import sys
path, text = sys.argv[1], sys.argv[2].encode()
data = bytearray(open(path, "rb").read())
at = data.index(text) + len(text)
data[at] ^= 0x20
open(path, "wb").write(data)
END
}
