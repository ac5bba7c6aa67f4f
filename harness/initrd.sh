# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The guest boots these beside its kernel: the probes, in each form in which
# somebody may try to load them, and the initramfs. Sourced after lib.sh.

TESTS=tools/testing/selftests/lockdown
SELFTESTS=$OUT/selftests
MODS=$OUT/mods
INITRD=$OUT/initrd.cpio.gz
PROBES=$SELFTESTS/lockdown/modules
BENCH_MODULE=lockdown_bench
TURBOSTAT=$OUT/turbostat/turbostat
STRIP='strip'
[[ $GUEST_ARCH == x86_64 ]] || STRIP=aarch64-linux-gnu-strip

# A busybox for the guest. Debian has one for each architecture, and getting
# one needs no change to what is installed here.
busybox_of_guest() {
	local dir=$OUT/busybox

	if [[ $GUEST_ARCH == x86_64 ]]; then
		command -v busybox
		return
	fi
	[[ -x $dir/unpacked/bin/busybox ]] || fetch_busybox "$dir" >&2
	echo "$dir/unpacked/bin/busybox"
}

fetch_busybox() {
	local dir=$1
	local apt=(apt-get -q -o "APT::Architecture=$GUEST_ARCH" -o "APT::Architectures=$GUEST_ARCH"
		-o "Dir::State::Lists=$dir/lists" -o "Dir::Cache=$dir/cache"
		-o "APT::Sandbox::User=root" -o Dir::State::status=/dev/null)

	mkdir -p "$dir"/{lists,cache,unpacked}
	(cd "$dir" && "${apt[@]}" update && "${apt[@]}" download busybox-static &&
		dpkg -x busybox-static_*.deb unpacked)
}

sign() {
	local key=$1 cert=$2 from=$3 to=$4

	"$OBJ/scripts/sign-file" sha256 "$key" "$cert" "$from" "$to"
}

compress() {
	xz --check=crc32 --lzma2=dict=1MiB --keep --force "$1"
}

# The probe module in each form in which somebody may try to load it.
make_probes() {
	local plain module key=$OBJ/certs/signing_key

	plain=$(find "$SELFTESTS/lockdown" "$OBJ/kselftest/lockdown" \
		"$TREE/$TESTS" -name lockdown_probe.ko -print -quit)
	[[ -n $plain ]] || { echo "error: no lockdown_probe.ko was built"; return 1; }
	mkdir -p "$PROBES"
	# Without debug information; this also drops any signature.
	"$STRIP" --strip-debug -o "$PROBES/lockdown_probe.ko" "$plain"
	(
		cd "$PROBES" || exit
		sign "$key.pem" "$key.x509" lockdown_probe.ko lockdown_probe_signed.ko
		sign "$KEYS/foreign/key.pem" "$KEYS/foreign/key.x509" \
			lockdown_probe.ko lockdown_probe_badkey.ko
		for module in lockdown_amdgpu lockdown_pcmcia lockdown_tpmi lockdown_xen; do
			module=${plain%/*}/$module.ko
			[[ -f $module ]] || continue
			"$STRIP" --strip-debug "$module"
			sign "$key.pem" "$key.x509" "$module" "${module##*/}"
		done
		[[ ! -f ${plain%/*}/$BENCH_MODULE.ko ]] ||
			"$STRIP" --strip-debug -o "$BENCH_MODULE.ko" "${plain%/*}/$BENCH_MODULE.ko"
		# Another one, whose hash root may have the kernel blacklist.
		cp lockdown_probe.ko another.ko
		spoil another.ko description=
		sign "$key.pem" "$key.x509" another.ko lockdown_probe_revoked.ko
		rm another.ko
		printf 'bin:%s' "$(sha256sum <lockdown_probe_revoked.ko | cut -d' ' -f1)" >lockdown_probe_revoked.hash
		"$OBJ/scripts/sign-file" -dp sha256 "$key.pem" "$key.x509" lockdown_probe_revoked.hash
		cp lockdown_probe_signed.ko lockdown_probe_badsig.ko
		spoil lockdown_probe_badsig.ko description=
		compress lockdown_probe.ko
		compress lockdown_probe_signed.ko
	)
}

# turbostat reads MSRs, and is to do so at each level. It is the base's, which has
# the numbers of the base's headers.
make_turbostat() {
	rm -rf "$TURBOSTAT"
	[[ $GUEST_ARCH == x86_64 ]] || return 0
	make -C "$TREE/tools/power/x86/turbostat" O="${TURBOSTAT%/*}" CFLAGS=-static turbostat
	"$STRIP" "$TURBOSTAT"
}

# The initramfs

stage_initrd() {
	local root=$1

	mkdir -p "$root"/{bin,boot,dev,guest,lib,proc,root,selftests,sys,tmp}
	cp "$(busybox_of_guest)" "$root/bin/busybox"
	ln -s busybox "$root/bin/sh"
	cp "$REPO/harness/guest/init" "$root/init"
	cp "$REPO"/harness/guest/* "$root/guest/"
	chmod 755 "$root/init" "$root"/guest/*
	cp "$IMAGES/$KERNEL-default" "$root/boot/kernel"
	acpi_table >"$root/boot/ssdt.aml"
	[[ $GUEST_ARCH != x86_64 ]] ||
		sbsign --key "$OBJ/certs/signing_key.pem" --cert "$OBJ/certs/signing_key.pem" \
			--output "$root/boot/kernel.signed" "$root/boot/kernel"
	sign "$OBJ/certs/signing_key.pem" "$OBJ/certs/signing_key.x509" "$root/boot/kernel" "$root/boot/kernel.modsig"
	ima_signature "$root/boot/kernel" >"$root/boot/kernel.ima"
	[[ ! -f $TURBOSTAT ]] || cp "$TURBOSTAT" "$root/bin/"
	[[ ! -d $MODS/lib/modules ]] || cp -a "$MODS/lib/modules" "$root/lib/"
	[[ ! -d $SELFTESTS ]] || cp -a "$SELFTESTS/." "$root/selftests/"
}

# The bytes that evmctl would write into security.ima: type, version, hash number,
# the end of the key's identifier, the length of the signature, and that.
ima_signature() {
	local key=$OBJ/certs/signing_key.pem id signature=$OUT/ima-signature

	id=$(openssl x509 -in "$key" -noout -ext subjectKeyIdentifier | tail -n 1 | tr -d ' :\n')
	openssl dgst -sha256 -sign "$key" -out "$signature" "$1"
	python3 - "${id: -8}" "$signature" <<'END'
import sys
signature = open(sys.argv[2], "rb").read()
sys.stdout.buffer.write(bytes([3, 2, 4]) + bytes.fromhex(sys.argv[1]) +
                        len(signature).to_bytes(2, "big") + signature)
END
	rm -f "$signature"
}

initrd_inputs() {
	{
		cat "$IMAGES/$KERNEL-default.inputs" "$REPO"/harness/{guest,payload}/* "$REPO"/harness/{initrd,keys}.sh "$KEYS"/*/key.x509
		cat "$OUT/selftests.inputs" 2>/dev/null || true
		cat "$TREE"/tools/lockdown/*.[ch]
		sha256sum "$(busybox_of_guest)"
	} | sha256sum
}

make_initrd() {
	local root=$OUT/initrd

	rm -rf "$root"
	stage_initrd "$root"
	make_cpio "$root" | gzip -1 >"$INITRD.new"
	mv "$INITRD.new" "$INITRD"
}

make_initrds() {
	make_initrd
	make_acpi_initrd
	[[ $GUEST_ARCH != x86_64 ]] || make_bootconfig_initrd
	make_programs_initrd
	make_keys_initrd
	make_typed
}

# Payloads that depend on the kernel. The first stop leaves the rest to the
# second, where gdb is refused.
make_typed() {
	local packets

	mkdir -p "$OUT/type"
	packets=$("$REPO/harness/payload/gdb.py" "$(awk '$3 == "panic_timeout" { print $1 }' "$OBJ/System.map")")
	printf '\n\nkgdb\n%s\n%s\ngo\n' "$packets" "$packets" >"$OUT/type/gdb"
}

# The kernel looks for tables in an uncompressed archive in front of the initramfs.
acpi_table() {
	sed 's/#.*//' "$REPO/harness/payload/ssdt.hex" | tr -d ' \n' | basenc -d --base16
}

make_acpi_initrd() {
	local root=$OUT/initrd-acpi

	rm -rf "$root"
	mkdir -p "$root/kernel/firmware/acpi"
	acpi_table >"$root/kernel/firmware/acpi/ssdt.aml"
	{ make_cpio "$root" && cat "$INITRD"; } >"$OUT/initrd-acpi.cpio.gz"
}

# The kernel reads a boot config, behind the initramfs, after the early parameters.
make_bootconfig_initrd() {
	local tool=$OUT/bootconfig-tool

	mkdir -p "$tool"
	make -s -C "$TREE/tools/bootconfig" OUTPUT="$tool/" "$tool/bootconfig"
	cp "$INITRD" "$OUT/initrd-bootconfig.cpio.gz"
	echo 'kernel.lockdown = integrity' >"$OUT/bootconfig"
	"$tool/bootconfig" -a "$OUT/bootconfig" "$OUT/initrd-bootconfig.cpio.gz"
}

# The probe and the kernel, signed by each key. A signed kernel is stored as the parts
# that differ from the unsigned one: the guest puts it together.
make_keys_initrd() {
	local root=$OUT/initrd-keys name key image=$OUT/initrd/boot/kernel

	[[ $GUEST_ARCH == x86_64 ]] || return 0
	rm -rf "$root"
	mkdir -p "$root/keys"
	for key in "$KEYS"/*/key.pem; do
		name=${key%/key.pem}
		name=${name##*/}
		sign "$key" "${key%.pem}.x509" "$PROBES/lockdown_probe.ko" "$root/keys/$name.ko"
		sign_kernel "$key" "${key%key.pem}cert.pem" "$image" "$root/keys/$name"
	done
	key=$OBJ/certs/signing_key
	cp "$PROBES/lockdown_probe_signed.ko" "$root/keys/build.ko"
	sign_kernel "$key.pem" "$key.pem" "$image" "$root/keys/build"
	cp "$PROBES/lockdown_probe.ko" "$root/keys/unsigned.ko"
	# One of each whose key is good, and whose hash is in dbx.
	cp "$PROBES/lockdown_probe_revoked.ko" "$root/keys/dbx.ko"
	cp "$image" "$KEYS/dbx.kernel"
	spoil "$KEYS/dbx.kernel" " (lockdown@lockdown)"
	sign_kernel "$key.pem" "$key.pem" "$KEYS/dbx.kernel" "$root/keys/dbx"
	trust_rules >"$root/keys/rules"
	{ cat "$INITRD" && make_cpio "$root" | gzip -1; } >"$OUT/initrd-keys.cpio.gz"
}

# Debian's kernels differ from Linux as released. They trust keys of the platform for
# modules and the owner's without being told so by shim, and look up modules' hashes.
trust_rules() {
	local module=$TREE/kernel/module/signing.c

	! grep -q VERIFY_USE_PLATFORM_KEYRING "$module" || echo platform
	! grep -q is_hash_blacklisted "$module" || echo hashes
	grep -q MokListTrustedRT "$TREE/security/integrity/platform_certs/machine_keyring.c" || echo machine
}

# The first 32 KiB have the headers and the version; the signature stands behind the
# kernel.
sign_kernel() {
	local key=$1 cert=$2 from=$3 to=$4 size

	size=$(stat -c %s "$from")
	sbsign --key "$key" --cert "$cert" --output "$to.signed" "$from"
	head -c 32768 "$to.signed" >"$to.head"
	tail -c "+$((size + 1))" "$to.signed" >"$to.tail"
	{ cat "$to.head" && tail -c +32769 "$from" && cat "$to.tail"; } | cmp - "$to.signed"
	rm "$to.signed"
}

# Programs of the machine that builds, for a guest that evaluates what they do.
PROGRAMS=(dmidecode insmod kexec rdmsr setpci trace-cmd)

# A program with its libraries, and the loader of these.
copy_program() {
	local file=$1 root=$2 library

	cp -L "$file" "$root/programs/"
	ldd "$file" | sed -n 's|^[^/]*\(/[^ ]*\) (.*|\1|p' |
		while read -r library; do
			install -D "$library" "$root$library"
		done
}

make_programs_initrd() {
	local root=$OUT/initrd-programs tool=$OUT/lockdown-tool name

	[[ $GUEST_ARCH == x86_64 ]] || return 0
	rm -rf "$root"
	mkdir -p "$root/programs" "$tool"
	make -C "$TREE/tools/lockdown" O="$tool"
	copy_program "$tool/lockdown" "$root"
	for name in "${PROGRAMS[@]}"; do
		copy_program "$(PATH=$PATH:/usr/sbin:/sbin command -v "$name")" "$root"
	done
	{ cat "$INITRD" && make_cpio "$root" | gzip -1; } >"$OUT/initrd-programs.cpio.gz"
}

build_initrd() {
	local inputs

	inputs=$(initrd_inputs)
	[[ ! -f $INITRD || $inputs != "$(cat "$INITRD.inputs" 2>/dev/null)" ]] ||
		return 0
	run_logged initrd "making the initramfs" make_initrds
	printf '%s\n' "$inputs" >"$INITRD.inputs"
}
