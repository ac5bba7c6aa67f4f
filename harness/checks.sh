# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Output of harness/lint and harness/rules: a line "ok" or "FAIL" for each check,
# and the number of checks at the end. Sourced after lib.sh; the script sets
# CHECK_LOGS.

checks_passed=0
checks_failed=0
# The inputs of the next check_once().
once_inputs=''

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

# once_passed NAME INPUTS: prints when the check has passed with these inputs, or fails.
once_passed() {
	passed_before "$BUILD/passed/${1//\//_}" <<<"$2"
}

# check_once NAME WHAT COMMAND...: like check(), for slow commands. The script sets
# once_inputs; with the same inputs the check is skipped after a pass.
check_once() {
	local failed=$checks_failed when

	if when=$(once_passed "$1" "$once_inputs"); then
		checks_passed=$((checks_passed + 1))
		say "ok    $2 (unchanged since $when)"
		return
	fi
	check "$@"
	((checks_failed > failed)) || remember_passed "$BUILD/passed/${1//\//_}" <<<"$once_inputs"
}

end_checks() {
	say "$((checks_passed + checks_failed)) checks, $checks_failed failed"
	((checks_failed == 0)) || die "$checks_failed of the checks failed"
}
