# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# How harness/lint and harness/rules tell what they found: a line for each
# check, "ok" or "FAIL", and their number at the end. Sourced after lib.sh; the
# script sets CHECK_LOGS.

checks_passed=0
checks_failed=0

# check NAME WHAT COMMAND...: passes when the command does. What it prints says
# why it did not.
check() {
	local log=$CHECK_LOGS/${1//\//_}.log what=$2 status=0
	shift 2

	"$@" >"$log" 2>&1 </dev/null || status=$?
	if ((status == 0)); then
		checks_passed=$((checks_passed + 1))
		say "ok    $what"
		return
	fi
	checks_failed=$((checks_failed + 1))
	say "FAIL  $what (log: ${log#"$REPO"/})"
	head -n 12 "$log" | sed 's/^/        /'
}

# Holds what inputs_of_once() printed: the same for a hundred checks of one run.
once_inputs=''

# check_once NAME WHAT COMMAND...: as check(), for what takes long. The script's
# inputs_of_once() prints what the answer follows from.
check_once() {
	local stamp=$BUILD/passed/${1//\//_} failed=$checks_failed when

	[[ -n $once_inputs ]] || once_inputs=$(inputs_of_once)
	if when=$(passed_before "$stamp" <<<"$once_inputs"); then
		checks_passed=$((checks_passed + 1))
		say "ok    $2 (unchanged since $when)"
		return
	fi
	check "$@"
	((checks_failed > failed)) || remember_passed "$stamp" <<<"$once_inputs"
}

end_checks() {
	say "$((checks_passed + checks_failed)) checks, $checks_failed failed"
	((checks_failed == 0)) || die "$checks_failed of the checks failed"
}
