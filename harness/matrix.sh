# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Reads the matrix of guests that belongs to the machine and the kernel. Sourced
# after lib.sh.

ROWS=$REPO/harness/matrix
[[ $GUEST_ARCH == x86_64 ]] || ROWS=$REPO/harness/matrix-$GUEST_ARCH
[[ $GUEST_FLAVOUR == plain ]] || ROWS=$REPO/harness/matrix-debug

# The guests in the order of the matrix; for each its kernel,
# options of harness/boot, one word a line, and patterns, one a line, "+" or "-" in
# front of each.
guests=()
# shellcheck disable=SC2034 # used by the scripts that source this file
declare -A kernel_of options_of patterns_of

read_matrix() {
	local key value guest=''

	while read -r key value; do
		case $key in
		'' | '#'*) continue ;;
		guest)
			guest=$value
			[[ $guest =~ ^[a-z0-9-]+$ && ! -v kernel_of[$guest] ]] ||
				die "${ROWS#"$REPO"/}: a second guest, or no name: '$guest'"
			guests+=("$guest")
			kernel_of[$guest]=default options_of[$guest]='' patterns_of[$guest]=''
			continue
			;;
		esac
		[[ -n $guest ]] || die "${ROWS#"$REPO"/}: '$key' stands before the first guest"
		# Another base, machine or flavour has its own products.
		[[ $key != initrd && $key != type ]] || value=${value/#build/"$OUT"}
		case $key in
		flavour)
			[[ $value == "$GUEST_FLAVOUR" ]] || unset "guests[-1]"
			;;
		kernel) kernel_of[$guest]=$value ;;
		says) patterns_of[$guest]+=+$value$'\n' ;;
		never) patterns_of[$guest]+=-$value$'\n' ;;
		test) options_of[$guest]+=$'--scenario\nselftest\n--append\n'lkd.test=$value$'\n' ;;
		*) options_of[$guest]+=--$key$'\n'${value:+$value$'\n'} ;;
		esac
	done <"$ROWS"
}

boot_guest() {
	local name=$1 dir=$2 start=$SECONDS words
	shift 2

	mapfile -t words < <(printf %s "${options_of[$name]}")
	cd "$REPO" || return
	"$REPO/harness/boot" --variant "${kernel_of[$name]}" --log "$dir/$name.log" "${words[@]}" "$@" \
		>"$dir/$name.boot" 2>&1 || true
	say "  $name: $(elapsed $((SECONDS - start)))"
}

# boot_guests DIRECTORY OPTION...: boots the guests in $guests, two at a time, since a
# guest has two processors. Consoles go to DIRECTORY/NAME.log, complaints of
# harness/boot to NAME.boot.
boot_guests() {
	local guest waiting=0

	for guest in "${guests[@]}"; do
		if ((waiting == 2)); then
			wait -n || true
			waiting=1
		fi
		boot_guest "$guest" "$@" &
		waiting=$((waiting + 1))
	done
	wait
}
