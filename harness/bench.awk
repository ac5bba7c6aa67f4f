# SPDX-License-Identifier: GPL-2.0-only
#
# Figures of harness/bench. With -v join=1: the rows of stock and of ours
# (metric unit value) -> the report (metric unit stock ours ratio), group by
# group. With -v check=N: a report and the rows of ours -> a line for each count
# that repeats, FAIL if a count is off by more than N percent. Otherwise a report
# -> a table.

BEGIN {
	FS = OFS = "\t"
}

# A metric is "group: name".
function group_of(metric)
{
	sub(/: .*/, "", metric)
	return metric
}

function name_of(metric)
{
	sub(/^[^:]*: /, "", metric)
	return metric
}

function known(metric, unit)
{
	if (!(metric in units))
		metrics[++n] = metric
	units[metric] = unit
	if (!(group_of(metric) in group_known))
		groups[++ngroups] = group_of(metric)
	group_known[group_of(metric)] = 1
}

function or_dash(value)
{
	return value == "" ? "-" : value
}

function is_number(value)
{
	return value ~ /^-?[0-9.]+$/
}

function ratio_of(stock, ours)
{
	if (!is_number(stock) || !is_number(ours) || ours == 0)
		return "-"
	return sprintf("%.3f", stock / ours)
}

join {
	known($1, $2)
	value[FILENAME, $1] = $3
	next
}

# The rows to check, behind the report.
NR != FNR {
	now[$1] = $3
	next
}

FNR > 1 {
	known($1, $2)
	stock[$1] = $3
	ours[$1] = $4
	ratio[$1] = $5
}

function print_group(group,    i, m, s, o)
{
	for (i = 1; i <= n; i++) {
		m = metrics[i]
		if (group_of(m) != group)
			continue
		s = or_dash(value[ARGV[1], m])
		o = or_dash(value[ARGV[2], m])
		print m, units[m], s, o, ratio_of(s, o)
	}
}

function print_report(    g)
{
	print "metric", "unit", "stock", "ours", "ratio"
	for (g = 1; g <= ngroups; g++)
		print_group(groups[g])
}

function is_checked(metric)
{
	return ours[metric] != "-" && units[metric] == "instructions"
}

function complain(m, why)
{
	print "FAIL  " m " (log: " log_file ")"
	print "        " why
	failed = 1
}

function check_row(m,    off)
{
	if (!(m in now)) {
		complain(m, "not measured")
		return
	}
	off = 100 * (now[m] - ours[m])
	if (off > check * ours[m] || -off > check * ours[m])
		complain(m, now[m] " instructions, where harness/bench.tsv has " ours[m])
	else
		print "ok    " m
}

# Calls with a target, on files that lockdown does not check.
function is_bystander(name)
{
	return name !~ /debugfs|tracefs|trace_|kcore|PCI|page fault/
}

# Calls on files that are checked at each use.
function is_checked_file(name)
{
	return name ~ /^read debugfs, a switch$|trace_/
}

function limit(what, met)
{
	return what ": " (met ? "met" : "MISSED")
}

# A round trip is four uses of a file, each with a test of the file's mode.
function calls(name)
{
	return name == "pipe round trip" ? 4 : 1
}

function at_most(more, s, o)
{
	return limit("at most " more " more", o <= s + more)
}

# Prints the target of a row, and whether the row meets it.
function target(m, s, o)
{
	if (!is_number(s) || !is_number(o))
		return ""
	if (m == "check: unlocked")
		return limit("a quarter", 4 * o <= s)
	if (group_of(m) == "check")
		return limit("no more", o <= s)
	if (name_of(m) ~ /^page fault, |^fork and exit$/)
		return at_most(0, s, o)
	if (name_of(m) == "open and close")
		return at_most(8, s, o)
	if (is_checked_file(name_of(m)))
		return at_most(group_of(m) == "none" ? 30 : 60, s, o)
	if (group_of(m) == "none" && is_bystander(name_of(m)))
		return at_most(2 * calls(name_of(m)), s, o)
	if (group_of(m) ~ /^(integrity|confidentiality)$/ && is_bystander(name_of(m)))
		return at_most(10, s, o)
	# Each of many must not cost more than each of few; an interrupt
	# among few adds up to 5 to each.
	if (m ~ /^raise: .*, from 1000 to 10000$/)
		return limit("linear", o <= 1.1 * ours[few(m)] + 6)
	return ""
}

function few(m)
{
	sub(/from 1000 to 10000$/, "from 100 to 1000", m)
	return m
}

function print_line(name, unit, s, o, r, t,    line)
{
	line = sprintf("%-44s %-12s %11s %11s %7s  %s", name, unit, s, o, r, t)
	sub(/ +$/, "", line)
	print line
}

function print_table(    i, m)
{
	print_line("", "unit", "stock", "ours", "ratio", "target")
	for (i = 1; i <= n; i++) {
		m = metrics[i]
		if (i == 1 || group_of(m) != group_of(metrics[i - 1]))
			print group_of(m)
		print_line("  " name_of(m), units[m], stock[m], ours[m], ratio[m],
			   target(m, stock[m], ours[m]))
	}
}

END {
	if (join)
		print_report()
	else if (check) {
		for (i = 1; i <= n; i++)
			if (is_checked(metrics[i]))
				check_row(metrics[i])
		exit failed
	} else
		print_table()
}
