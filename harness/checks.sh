# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Output of harness/lint and harness/rules: a line "ok" or "FAIL" for each check,
# and the number of checks at the end. Sourced after lib.sh; the script sets
# CHECK_LOGS.

checks_passed=0
checks_failed=0

# check NAME WHAT COMMAND...: passes when the command does. The output of the
# command explains a failure.
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

# The output of inputs_of_once(), which all checks of a run share.
once_inputs=''

# check_once NAME WHAT COMMAND...: like check(), for slow commands. The script's
# inputs_of_once() prints the inputs; with the same inputs the check is skipped.
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
