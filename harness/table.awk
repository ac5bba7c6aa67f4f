# SPDX-License-Identifier: GPL-2.0-only
#
# Judges the attempts of several boots and shows them as one table. Reads what
# attempts.awk writes; -v colour=1 for a terminal, -v tsv=FILE for the report.
# The exit status is 0 if every row is as expected.

BEGIN {
	FS = OFS = "\t"
	nlevels = split("none integrity confidentiality", levels, " ")
	split("8 10 16", width, " ")
	print "level", "source", "reason", "attempt", "verdict", "errno" >tsv
}

function paint(code, text)
{
	return colour ? "\033[" code "m" text "\033[0m" : text
}

function note(text)
{
	if (!(text in noted))
		notes[++nnotes] = text
	noted[text] = 1
}

/^! / {
	note(substr($0, 3))
	next
}

{
	key = $3 FS $4
	at = $2 FS $1
	if (!(key in known)) {
		known[key] = 1
		keys[++nkeys] = key
		if (!($3 in reason_known)) {
			reason_known[$3] = 1
			reasons[++nreasons] = $3
		}
	}
	if (!($2 in source_known)) {
		source_known[$2] = 1
		sources[++nsources] = $2
	}
	if (key FS at in verdict)
		note($3 ": " $4 ": reported twice at " $1 " (" $2 ")")
	section[at] = 1
	verdict[key, at] = verdict[key FS at] = $5
	errno[key, at] = $6
	why[key, at] = $7
}

# A denial proves something only if the attempt succeeds at none, on a kernel whose
# level came from the same source.
function judge(key, source, level,    at, none, name)
{
	at = source FS level
	none = source FS "none"
	name = key
	sub(FS, ": ", name)
	if (!((key, at) in verdict)) {
		if (at in section)
			note(name ": not reported at " level " (" source ")")
		return
	}
	if (verdict[key, at] !~ /^(allowed|denied|skipped)$/)
		note(name ": '" verdict[key, at] "' at " level " (" source ") is no verdict")
	if (verdict[key, at] != "denied")
		return
	if (level == "none") {
		# Lockdown answers EPERM. Another error comes from another
		# part of the kernel, which refuses this at every level.
		if (errno[key, at] == "EPERM")
			note(name ": denied at none (" source ")")
		return
	}
	# A kernel that is locked from its Kconfig is never at none.
	if (!(none in section))
		none = "cmdline" FS "none"
	if (!(none in section) || verdict[key, none] == "allowed")
		return
	verdict[key, at] = "skipped"
	errno[key, at] = "-"
	if (verdict[key, none] == "denied")
		why[key, at] = "refused at none too, with " errno[key, none] ", so not by lockdown"
	else
		why[key, at] = "denied, but not shown to succeed at none" \
			(why[key, none] == "" ? "" : ": " why[key, none])
}

function trimmed(line)
{
	sub(/ +$/, "", line)
	return line
}

function cell(key, at, columns,    text, code)
{
	text = verdict[key, at]
	code = 0
	if (text == "")
		text = (at in section) ? "?" : "."
	if (text == "denied") {
		if (errno[key, at] != "-")
			text = errno[key, at]
		code = 32
	} else if (text == "skipped") {
		code = 33
	} else if (text == "?") {
		code = 31
	}
	text = sprintf("%-*s", columns, substr(text, 1, columns - 1))
	return code ? paint(code, text) : text
}

function row(key, attempt,    s, l, line)
{
	if (length(attempt) > 49)
		attempt = substr(attempt, 1, 46) "..."
	line = sprintf("  %-50s", attempt)
	for (s = 1; s <= nsources; s++)
		for (l = 1; l <= nlevels; l++)
			line = line cell(key, sources[s] FS levels[l], width[l])
	print trimmed(line)
}

function heading(    s, l, line)
{
	title["cmdline"] = "lockdown= on the command line"
	title["securityfs"] = "raised through the file"
	line = sprintf("%52s", "")
	for (s = 1; s <= nsources; s++)
		line = line sprintf("%-34s", sources[s] in title ? title[sources[s]] : sources[s])
	print paint(1, trimmed(line))
	line = sprintf("%52s", "")
	for (s = 1; s <= nsources; s++)
		for (l = 1; l <= nlevels; l++)
			line = line sprintf("%-*s", width[l], levels[l])
	print paint(1, trimmed(line))
}

END {
	for (k = 1; k <= nkeys; k++)
		for (s = 1; s <= nsources; s++)
			for (l = nlevels; l >= 1; l--)
				judge(keys[k], sources[s], levels[l])

	if (nkeys)
		heading()
	for (r = 1; r <= nreasons; r++) {
		print paint(1, reasons[r])
		for (k = 1; k <= nkeys; k++) {
			split(keys[k], part, FS)
			if (part[1] == reasons[r])
				row(keys[k], part[2])
		}
	}

	for (k = 1; k <= nkeys; k++) {
		split(keys[k], part, FS)
		missing = ""
		for (s = 1; s <= nsources; s++)
			for (l = 1; l <= nlevels; l++) {
				at = sources[s] FS levels[l]
				if (!((keys[k], at) in verdict))
					continue
				count[verdict[keys[k], at]]++
				print levels[l], sources[s], part[1], part[2],
					verdict[keys[k], at], errno[keys[k], at] >tsv
				if (verdict[keys[k], at] == "skipped" && missing == "")
					missing = why[keys[k], at] == "" ? "no reason given" : why[keys[k], at]
			}
		if (missing != "")
			skips[++nskips] = part[1] ": " part[2] ": " missing
	}

	if (nskips)
		print "\n" paint(1, "Skipped, so not shown to be denied:")
	for (k = 1; k <= nskips; k++)
		print "  " skips[k]
	if (nnotes)
		print "\n" paint(31, "Not as it must be:")
	for (k = 1; k <= nnotes; k++)
		print "  " notes[k]

	printf "\n%d attempts for %d reasons: %d times denied, %d allowed, %d skipped; %s\n",
		nkeys, nreasons, count["denied"], count["allowed"], count["skipped"],
		nnotes ? paint(31, nnotes " not as they must be") : paint(32, "all as they must be")
	exit nnotes || !nkeys
}
