# SPDX-License-Identifier: GPL-2.0-only
#
# The output of guests -> a table of the attempts, each judged against the same one
# at none, and a table of what was obtained before a raise and used after it. Lines
# that open with "! " are what was wrong with a guest. The exit status says whether
# every row is as it must be.
#   -v columns=N    the width to keep to
#   -v fold=1       also for sentences
#   -v colour=1     for a terminal
#   -v tsv=FILE     where the attempts are written to, for the report
#   -v untried=TEXT lines about reasons that no attempt is for

BEGIN {
	FS = OFS = "\t"
	nlevels = split("none integrity confidentiality", levels, " ")
	split("13 13 15", width, " ")
	if (!columns)
		columns = 100
	# A label goes on in the next line rather than lose its end.
	room = columns - width[1] - width[2] - width[3] - 3
	if (room < 25)
		room = 25
	title["cmdline"] = "lockdown= on the command line"
	title["securityfs"] = "raised"
	meaning["allowed"] = "it worked"
	meaning["works"] = "it still did what it was for"
	meaning["EPERM"] = "refused"
	meaning["denied"] = "success was reported, as without lockdown, and nothing was done"
	meaning["withheld"] = "the call worked, and left out what it was asked for"
	meaning["skipped"] = "did not work at none either, so nothing is shown"
	meaning["SIGBUS"] = "the pages of the mapping are gone: using them ends the program"
	meaning["SIGSEGV"] = "the I/O ports are gone: using them ends the program"
	other = "refused, with the error that this call has for it"
	if (tsv)
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

# End the section here: the next output must not complete a broken one.
FNR == 1 { end_section("the test did not end") }

/^! / { note(substr($0, 3)) }

/^=== (attempts|selftest) / {
	split($0, word, " ")
	level = word[2] == "attempts" ? word[3] : ""
	source = word[4]
	where = level == "" ? word[3] : "at " level " (" source ")"
	planned = seen = 0
	inside = 1
	next
}

/^=== end/ { end_section("") }

!inside { next }

# A section may have several programs.
/^1\.\.[0-9]+/ { planned += substr($0, 4) }

/^(not )?ok / { seen++ }

/^not ok / { note(where ": " $0) }

/^# attempt: / {
	sub(/^# attempt: /, "")
	attempt($1, $2, $3, $4, $5)
}

/^# use: / {
	sub(/^# use: /, "")
	if (!($2 in used_known))
		uses[++nuses] = $2
	used_known[$2] = 1
	used[$2, $1] = $3
}

/^ok .*# SKIP (kept [^ ]+: )?none: / {
	use_skips[++nuse_skips] = $0
	sub(/^.*# SKIP (kept [^ ]+: )?none: /, "", use_skips[nuse_skips])
}

function end_section(why)
{
	if (!inside)
		return
	inside = 0
	if (why != "")
		note(where ": " why)
	else if (!planned)
		note(where ": the test said nothing")
	else if (planned != seen)
		note(where ": " seen " of " planned " tests reported")
}

function attempt(reason, name, result, error, text,    key, at)
{
	key = reason FS name
	at = source FS level
	if (!(key in known)) {
		known[key] = 1
		keys[++nkeys] = key
		if (!(reason in reason_known)) {
			reason_known[reason] = 1
			reasons[++nreasons] = reason
		}
	}
	if (!(source in source_known)) {
		source_known[source] = 1
		sources[++nsources] = source
	}
	if (key FS at in verdict)
		note(reason ": " name ": reported twice at " level " (" source ")")
	section[at] = 1
	verdict[key, at] = verdict[key FS at] = result
	errno[key, at] = error
	why[key, at] = text
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

function shown(key, at)
{
	if (verdict[key, at] == "")
		return (at in section) ? "?" : "."
	if (verdict[key, at] == "denied" && errno[key, at] != "-")
		return errno[key, at]
	return verdict[key, at]
}

# The text of the columns for an attempt, from one source.
function cells(key, source,    l, text)
{
	text = ""
	for (l = 1; l <= nlevels; l++)
		text = text (l > 1 ? FS : "") shown(key, source FS levels[l])
	return text
}

function paint_cell(text, columns,    code)
{
	code = 32
	if (text ~ /^(allowed|works|\.)$/)
		code = 0
	else if (text == "skipped")
		code = 33
	else if (text == "?")
		code = 31
	if (text != "." && text != "?")
		in_legend[text] = 1
	text = sprintf("%-*s", columns, text)
	return code ? paint(code, text) : text
}

# A label that is too long is broken at a blank.
function print_row(label, text,    part, l, n, cut, line)
{
	while (length(label) > room) {
		cut = room
		while (cut > 1 && substr(label, cut, 1) != " ")
			cut--
		if (cut == 1)
			cut = room
		print "  " substr(label, 1, cut)
		label = "  " substr(label, cut + 1)
	}
	line = sprintf("  %-*s ", room, label)
	n = split(text, part, FS)
	for (l = 1; l <= n; l++)
		line = line paint_cell(part[l], l == n ? length(part[l]) : width[l])
	print line
}

# Where the level came from makes no difference, or the row says so twice.
function print_attempt(key, name,    s, one, same)
{
	one = cells(key, sources[1])
	same = 1
	for (s = 2; s <= nsources; s++)
		same = same && cells(key, sources[s]) == one
	if (same) {
		print_row(name, one)
		return
	}
	for (s = 1; s <= nsources; s++)
		print_row(name ", " (sources[s] in title ? title[sources[s]] : sources[s]), cells(key, sources[s]))
}

function heading(text)
{
	print paint(1, sprintf("%-*s %-*s%-*s%s", room + 2, text, width[1], levels[1], width[2], levels[2], levels[3]))
}

function print_attempts(    k, r, part)
{
	heading(nsources > 1 ? "lockdown= at boot, and raised" : "tried at")
	for (r = 1; r <= nreasons; r++) {
		print paint(1, reasons[r])
		for (k = 1; k <= nkeys; k++) {
			split(keys[k], part, FS)
			if (part[1] == reasons[r])
				print_attempt(keys[k], part[2])
		}
	}
}

function print_uses(    i, l, text, result)
{
	print ""
	heading("Obtained before, used after a raise")
	for (i = 1; i <= nuses; i++) {
		text = ""
		for (l = 1; l <= nlevels; l++) {
			result = used[uses[i], levels[l]]
			if (result == "success")
				works++
			else
				refused++
			result = result == "success" ? "works" : result == "" ? "?" : result
			text = text (l > 1 ? FS : "") result
		}
		print_row(uses[i], text)
	}
}

function print_legend(    text, n, i, words, errors)
{
	n = split("allowed works EPERM denied withheld skipped SIGBUS SIGSEGV", words, " ")
	print ""
	for (i = 1; i <= n; i++)
		if (words[i] in in_legend) {
			printf "  %-9s %s\n", words[i], meaning[words[i]]
			delete in_legend[words[i]]
		}
	n = 0
	for (text in in_legend)
		words[++n] = text
	for (i = 1; i <= n; i++)
		errors = errors (i > 1 ? ", " : "") words[i]
	if (n)
		print_line("  " errors ": " other)
}

# Counts, writes the report, and finds what was skipped.
function count_attempts(    k, s, l, at, part, missing)
{
	for (k = 1; k <= nkeys; k++) {
		split(keys[k], part, FS)
		missing = ""
		for (s = 1; s <= nsources; s++)
			for (l = 1; l <= nlevels; l++) {
				at = sources[s] FS levels[l]
				if (!((keys[k], at) in verdict))
					continue
				count[verdict[keys[k], at]]++
				if (tsv)
					print levels[l], sources[s], part[1], part[2],
						verdict[keys[k], at], errno[keys[k], at] >tsv
				if (verdict[keys[k], at] == "skipped" && missing == "")
					missing = why[keys[k], at] == "" ? "no reason given" : why[keys[k], at]
			}
		if (missing != "")
			skips[++nskips] = part[1] ": " part[2] ": " missing
	}
	for (k = 1; k <= nuse_skips; k++)
		skips[++nskips] = "after a raise: " use_skips[k]
}

function list(head, lines, n,    i)
{
	if (n)
		print "\n" head
	for (i = 1; i <= n; i++)
		print_line("  " lines[i])
}

function print_line(text,    cut)
{
	while (fold && length(text) > columns) {
		cut = columns
		while (cut > 4 && substr(text, cut, 1) != " ")
			cut--
		if (cut == 4)
			break
		print substr(text, 1, cut - 1)
		text = "    " substr(text, cut + 1)
	}
	print text
}

END {
	end_section("the test did not end")
	for (k = 1; k <= nkeys; k++)
		for (s = 1; s <= nsources; s++)
			for (l = nlevels; l >= 1; l--)
				judge(keys[k], sources[s], levels[l])
	count_attempts()
	if (nkeys)
		print_attempts()
	if (nuses)
		print_uses()
	print_legend()
	list(paint(1, "Skipped, so not shown to be denied:"), skips, nskips)
	n = split(untried, lines, "\n")
	list(paint(1, "Not tried here, and what shows that they are denied:"), lines, n)
	list(paint(31, "Not as it must be:"), notes, nnotes)

	printf "\n%d attempts for %d reasons: %d times denied, %d allowed, %d skipped\n",
		nkeys, nreasons, count["denied"], count["allowed"], count["skipped"]
	if (nuses)
		printf "%d things obtained before: %d times refused after a raise, %d times of use\n",
			nuses, refused, works
	print nnotes ? paint(31, nnotes " not as they must be") : paint(32, "all as they must be")
	exit nnotes || !nkeys
}
