# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The scripts beside this one share it. Sourced, never run.

REPO=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD=$REPO/build

# BASE= on the command line of make chooses another base than the repository's own.
# OWN is the directory with what differs there, PIN says which kernel it is.
export GUEST_BASE=${BASE:-${GUEST_BASE-}}
# shellcheck disable=SC2034 # used by the scripts that source this file
OWN='' PIN=$REPO/BASE
if [[ -n $GUEST_BASE ]]; then
	# shellcheck disable=SC2034 # likewise
	OWN=$REPO/bases/$GUEST_BASE PIN=$REPO/bases/$GUEST_BASE/BASE
	BUILD=$REPO/build/bases/$GUEST_BASE
	[[ -f $PIN ]] || {
		echo "error: BASE=$GUEST_BASE: the bases are $(cd "$REPO/bases" && echo *), and the default" >&2
		exit 1
	}
fi

# ARCH= on the command line of make chooses the guest's machine. All products for
# arm64 go to build/arm64, and do not touch those for x86.
export GUEST_ARCH=${ARCH:-${GUEST_ARCH:-x86_64}}
# shellcheck disable=SC2034 # used by the scripts that source this file
case $GUEST_ARCH in
x86 | x86_64) GUEST_ARCH=x86_64 OUT=$BUILD KERNEL=bzImage FOR_GUEST=() ;;
arm64) OUT=$BUILD/arm64 KERNEL=Image FOR_GUEST=(ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu-) ;;
*)
	echo "error: ARCH=$GUEST_ARCH: the guest is x86_64 or arm64" >&2
	exit 1
	;;
esac
# The flavours of the guest's kernel: plain, or with configs/debug.config or
# configs/kcsan.config or configs/distro.config on top, which change too much to
# share a build. Stock is the base without our changes, for harness/bench and
# harness/distro to compare with.
export GUEST_FLAVOUR=${FLAVOUR:-${GUEST_FLAVOUR:-plain}}
case $GUEST_FLAVOUR in
plain) ;;
debug | kcsan | stock | distro | distro-stock) OUT=$OUT/$GUEST_FLAVOUR ;;
*)
	echo "error: FLAVOUR=$GUEST_FLAVOUR: a kernel is plain, debug, kcsan, stock, distro or distro-stock" >&2
	exit 1
	;;
esac
# shellcheck disable=SC2034 # likewise
TREE=$BUILD/tree
# shellcheck disable=SC2034 # likewise
[[ $GUEST_FLAVOUR != *stock ]] || TREE=$BUILD/stock/tree
# shellcheck disable=SC2034 # likewise
OBJ=$OUT/guest REPORT=$OUT/report IMAGES=$OUT/image
LOGS=$OUT/log
# shellcheck disable=SC2034 # likewise
JOBS=$(nproc)

# The kernel records who built it, when and where. Fixed answers make builds
# repeatable, and let the compiler cache serve another clone of the repository.
export KBUILD_BUILD_TIMESTAMP=1970-01-01
export KBUILD_BUILD_USER=lockdown KBUILD_BUILD_HOST=lockdown
export LOCALVERSION=
# Text is compared and sorted by byte, and messages are matched in English.
export LC_ALL=C
# Unset O=, which would send our builds elsewhere, and the flags of our own make,
# which are not meant for the kernel's make.
unset KBUILD_OUTPUT O MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL ARCH CROSS_COMPILE FLAVOUR BASE

if [[ -d /usr/lib/ccache ]]; then
	export PATH=/usr/lib/ccache:$PATH
	export CCACHE_BASEDIR=$BUILD CCACHE_NOHASHDIR=1
fi

say() {
	printf '%s\n' "$*"
}

warn() {
	printf 'warning: %s\n' "$*" >&2
}

# Prints the one line of a failure: the cause and, if there is one, the log.
die() {
	local cause=$1 log=${2-}

	[[ -z $log ]] || cause+=" (log: ${log#"$REPO"/})"
	printf 'error: %s\n' "$cause" >&2
	exit 1
}

# The text between "# Usage" and the first empty line of a script's head.
usage() {
	sed -n '/^# Usage/,/^$/s/^# \{0,1\}//p' "$0"
}

# A level that is misspelt is to be noticed before something is built for it.
check_level() {
	[[ $1 =~ ^(none|integrity|confidentiality)$ ]] ||
		die "LOCKDOWN=$1: a level is none, integrity or confidentiality"
}

elapsed() {
	local seconds=$1

	if ((seconds < 60)); then
		printf '%d s' "$seconds"
	else
		printf '%d min %02d s' $((seconds / 60)) $((seconds % 60))
	fi
}

# Children run in process groups of their own, see run_logged(): when this
# script ends early, end the remaining groups.
declare -A running=()

stop_children() {
	local pid

	for pid in "${!running[@]}"; do
		kill -- "-$pid" 2>/dev/null || true
	done
}

# Commands to run at the end of the script, last in, first out.
declare -a at_end=()

on_exit() {
	local status=$? i

	trap - EXIT
	stop_children
	for ((i = ${#at_end[@]} - 1; i >= 0; i--)); do
		eval "${at_end[i]}" || true
	done
	exit "$status"
}
trap on_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

at_exit() {
	at_end+=("$1")
}

# Refuses a place where nothing can be built, before anything is done in it.
check_place() {
	local said

	[[ ! $REPO =~ [[:space:]:] ]] ||
		die "the kernel does not build below a path with a blank or a colon in it: move the repository away from '$REPO'"
	if command -v git >/dev/null && ! said=$(git -C "$REPO" rev-parse --git-dir 2>&1); then
		[[ $said != *'dubious ownership'* ]] ||
			die "the repository belongs to $(stat -c %U "$REPO"), so git does not trust it; if you do: git config --global --add safe.directory $REPO"
		die "$REPO is no git repository; get it with git clone"
	fi
	mkdir -p "$LOGS" 2>/dev/null || true
	[[ -w $BUILD && -w $LOGS && (! -e $BUILD/.lock || -w $BUILD/.lock) ]] ||
		die "$(id -un) may not write to $BUILD: make it yours, or clone the repository to a place of your own"
}

# need_space MB WHAT: check for free space before work begins.
need_space() {
	local mb=$1 what=$2 free

	free=$(df -Pm "$BUILD" | awk 'NR == 2 { print $4 }')
	((free >= mb)) ||
		die "$what takes $(gigabytes "$mb") GB in $BUILD, and $(gigabytes "$free") GB are free there: make room, or clone the repository to another disk"
}

gigabytes() {
	awk -v mb="$1" 'BEGIN { printf "%.1f", mb / 1000 }'
}

# Two makes in one build directory would remove each other's files. The scripts
# that the holder calls inherit the lock.
one_at_a_time() {
	[[ -z ${HARNESS_LOCKED-} ]] || return 0
	check_place
	exec {lock_fd}>"$BUILD/.lock"
	if ! flock -n "$lock_fd"; then
		say "waiting for another command that is at work in build/ ..." >&2
		flock "$lock_fd"
	fi
	export HARNESS_LOCKED=1
}

# Prints the line of a log that best explains a failure. Lines of make come last:
# they follow the cause, and do not name it.
cause_in() {
	local log=$1 pattern line

	for pattern in \
		'error: |fatal error|fatal: |^E: |undefined reference|undefined!' \
		'ERROR|No space left|Killed|Segmentation fault|not found$|not recognized' \
		'[Ee]rror|cannot |Cannot |failed|No such file' \
		''; do
		line=$(grep -vE '^make(\[[0-9]+\])?: ' "$log" |
			grep -E -- "${pattern:-.}" | head -n 1 || true)
		[[ -n $pattern ]] || line=$(grep -vE '^make(\[[0-9]+\])?: ' "$log" | tail -n 1 || true)
		[[ -z $line ]] || break
	done
	[[ -n $line || $(df -Pm "$BUILD" | awk 'NR == 2 { print $4 }') -gt 10 ]] || line="the disk is full, $BUILD"
	printf '%s' "${line:-failed without a word}"
}

# The number of lines that the long steps print at first, one for each file.
declare -rA AT_FIRST=([unpack]=92500 [commit-base]=87000 [kernel-default]=3400 [kernel-up]=1550
	[selftests]=1200 [lint]=830 [rules]=240)

# "1200 steps of at most 2720": one line is one file made. An incremental build ends
# earlier than the longest one did.
progress_of() {
	local log=$1 name most
	local -i lines

	lines=$(wc -l <"$log")
	name=${log##*/}
	name=${name%.log}
	most=$(cat "$log.most" 2>/dev/null || echo "${AT_FIRST[$name]-}")
	if ((lines < ${most:-0})); then
		printf '%d steps of at most %d' "$lines" "$most"
	else
		printf '%d lines of output' "$lines"
	fi
}

remember_length() {
	local log=$1
	local -i lines most

	lines=$(wc -l <"$log")
	most=$(cat "$log.most" 2>/dev/null || echo 0)
	((lines <= most)) || echo "$lines" >"$log.most"
}

# run_logged NAME WHAT COMMAND...: runs the command with its output in
# build/log/NAME.log, and prints a sign of life every 30 seconds. If the command
# fails, ends the script with the cause.
run_logged() {
	local name=$1 what=$2
	shift 2

	try_logged "$name" "$what" "$@"
	((logged_status == 0)) ||
		die "$what: $(cause_in "$LOGS/$name.log")" "$LOGS/$name.log"
}

# Like run_logged(), but leaves the status in logged_status and returns 0, because
# testing a call by if or || would switch off set -e inside the command.
try_logged() {
	local log=$LOGS/$1.log what=$2 status='' start=$SECONDS pid pipe
	shift 2

	mkdir -p "$LOGS"
	say "$what ... (log: ${log#"$REPO"/})"
	# A pipe that this shell holds open on both ends: read -t on it is a
	# sleep that the command's end cuts short.
	exec {pipe}<> <(:)
	# A process group of its own, so that a whole make can be stopped.
	set -m
	(
		trap 'echo $? >&"$pipe"' EXIT
		set +m
		"$@"
	) >"$log" 2>&1 </dev/null &
	pid=$!
	set +m
	running[$pid]=1

	until read -r -t 30 -u "$pipe" status; do
		kill -0 "$pid" 2>/dev/null || break
		say "  ... $(elapsed $((SECONDS - start))), $(progress_of "$log")"
	done
	exec {pipe}>&-
	wait "$pid" || true
	unset "running[$pid]"

	logged_status=${status:-1}
	((logged_status == 0)) || return 0
	remember_length "$log"
	((SECONDS - start < 5)) ||
		say "  done in $(elapsed $((SECONDS - start)))"
}

# Prints the Debian packages that a part of the harness needs.
packages_of() {
	case $1 in
	# The source of another suite's kernel is not installed, see harness/tree.
	tree)
		echo git patch python3 xz-utils
		grep -q '^suite ' "$PIN" || awk '$1 == "package" { print $2 }' "$PIN"
		;;
	build)
		echo gcc libc6-dev make bc bison flex libcap-dev libelf-dev libssl-dev openssl dwarves kmod cpio \
			rsync xz-utils gzip python3 busybox-static sbsigntool
		[[ $GUEST_ARCH == x86_64 ]] || echo gcc-aarch64-linux-gnu libc6-dev-arm64-cross
		[[ $GUEST_ARCH != x86_64 ]] || echo dmidecode kexec-tools msr-tools ovmf pciutils trace-cmd
		;;
	boot) [[ $GUEST_ARCH == x86_64 ]] && echo qemu-system-x86 || echo qemu-system-arm ;;
	efi) echo binutils mtools ovmf python3 sbsigntool shim-unsigned systemd-boot-efi ;;
	distro) echo mmdebstrap e2fsprogs debian-archive-keyring ;;
	tpm) echo swtpm ;;
	gdb) echo gdb ;;
	lint-format) echo clang-format ;;
	lint-sparse) echo sparse ;;
	lint-configs) echo clang lld llvm ;;
	lint-arches) echo gcc-aarch64-linux-gnu gcc-alpha-linux-gnu gcc-powerpc64le-linux-gnu gcc-s390x-linux-gnu ;;
	lint-hwparams) echo coccinelle ;;
	lint-surface) echo python3 ;;
	lint-shell) echo shellcheck ;;
	lint-man) echo mandoc ;;
	lint-docs) echo python3-sphinx python3-yaml ;;
	esac
}

# need PART...: installs the missing packages of all of these parts at once, so
# that a user who is not root can have all of it installed before anything begins.
need() {
	local part missing packages=()

	# Elsewhere the commands themselves will name missing packages.
	command -v dpkg-query >/dev/null || return 0
	mapfile -t packages < <(for part; do packages_of "$part"; done | tr ' ' '\n' | sort -u)
	mapfile -t missing < <(printf '%s\n' "${packages[@]}" | grep -vxF -f <(
		dpkg-query -W -f='${db:Status-Status} ${Package}\n' "${packages[@]}" 2>/dev/null |
			sed -n 's/^installed //p'))
	((${#missing[@]})) || return 0
	((EUID == 0)) || die "packages are missing; as root: apt-get install ${missing[*]}"
	check_place
	run_logged apt "installing ${missing[*]}" apt_install "${missing[@]}"
}

apt_install() {
	local install=(apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=600 "$@")

	export DEBIAN_FRONTEND=noninteractive
	# The lists may be missing, or so old that the files they name are gone.
	"${install[@]}" && return
	apt-get update
	"${install[@]}"
}

# Prints the archive that this machine has Debian from.
archive() {
	# shellcheck disable=SC2016 # the format is apt's
	apt-get indextargets --format '$(REPO_URI)' 'Label: Debian' 2>/dev/null | head -n 1 | grep . ||
		die "apt lists no archive of Debian here (apt-get update makes the list): name the source by KERNEL_SRC="
}

# Skips a check that has passed with the same inputs, unless RERUN=1 is set. The
# inputs come from standard input; passed_before() prints the time of the pass.
passed_before() {
	local stamp=$1 inputs

	inputs=$(sha256sum)
	[[ -z ${RERUN-} && $inputs == "$(cat "$stamp" 2>/dev/null)" ]] || return 1
	date -r "$stamp" '+%F %H:%M'
}

remember_passed() {
	mkdir -p "${1%/*}"
	sha256sum >"$1"
}

# make_cpio DIRECTORY: an archive of it for an initramfs, by the kernel's own tool.
make_cpio() {
	# It opens /dev/stdout anew, which would truncate a file.
	(cd "$OBJ" && "$TREE/usr/gen_initramfs.sh" -u squash -g squash -d 1970-01-01 "$1") | cat
}

# Writes standard input to a file, unless the file holds the same text: make
# rebuilds the products of a newer file.
write_if_changed() {
	local file=$1

	cat >"$file.new"
	if cmp -s "$file.new" "$file"; then
		rm "$file.new"
	else
		mv "$file.new" "$file"
	fi
}
