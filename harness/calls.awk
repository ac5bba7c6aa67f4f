# SPDX-License-Identifier: GPL-2.0-only
#
# C files -> one line for each call of lockdown in them, tab-separated:
#   path function call reason object
# -v names= is a regular expression for the functions that count as such calls,
# -v root= the prefix to remove from paths. The function is the one that contains
# the call; a missing argument is printed as "-".

FNR == 1 {
	path = substr(FILENAME, length(root) + 2)
	function_name = candidate = pending = ""
	comment = 0
}

{
	line = strip($0)
}

pending != "" {
	pending = pending " " line
	if (balanced(pending))
		take()
	next
}

# The head of a function stands in the first column, and its brace below it.
line ~ /^[A-Za-z_][^;=]*\(/ && line !~ /^(if|for|while|switch|return)\>/ {
	candidate = line
	sub(/\(.*/, "", candidate)
	if (candidate ~ /^SYSCALL_DEFINE[0-9]$/ || candidate ~ /^COMPAT_SYSCALL_DEFINE[0-9]$/) {
		candidate = line
		sub(/^[^(]*\(/, "", candidate)
		sub(/[,)].*/, "", candidate)
	}
	sub(/.*[ *\t]/, "", candidate)
}

/^{/ { function_name = candidate }
/^}/ { function_name = "" }

function_name != "" && match(line, "(^|[^A-Za-z0-9_])(" names ")\\(") {
	pending = substr(line, RSTART)
	sub(/^[^A-Za-z0-9_]/, "", pending)
	if (balanced(pending))
		take()
}

# Removes comments, except those with code on both sides in a line.
function strip(text,    class)
{
	if (comment) {
		if (!sub(/^.*\*\//, "", text))
			return ""
		comment = 0
	}
	gsub(/\/\*([^*]|\*[^\/])*\*\//, "", text)
	if (sub(/\/\*.*/, "", text))
		comment = 1
	sub(/\/\/.*/, "", text)
	# CLASS() obtains a permit, and has the arguments of a call.
	if (match(text, /CLASS\([a-z_]*_permit[a-z_]*, *[a-z_]+\)/)) {
		class = substr(text, RSTART + 6, RLENGTH - 6)
		sub(/,.*/, "", class)
		text = substr(text, 1, RSTART - 1) class substr(text, RSTART + RLENGTH)
	}
	# Scoped_class() has them behind the name of the variable.
	if (match(text, /scoped_class\([a-z_]*_permit[a-z_]*, *[a-z_]+,?/)) {
		class = substr(text, RSTART + 13, RLENGTH - 13)
		sub(/,.*/, "", class)
		text = substr(text, 1, RSTART - 1) class "(" substr(text, RSTART + RLENGTH)
	}
	return text
}

# Strings in calls of lockdown have parentheses in pairs only.
function balanced(text,    open, close_)
{
	open = gsub(/\(/, "(", text)
	close_ = gsub(/\)/, ")", text)
	return open && close_ >= open
}

function take(    call, reason, object)
{
	call = pending
	sub(/\(.*/, "", call)
	reason = object = "-"
	if (match(pending, /LOCKDOWN_[A-Z0-9_]+/))
		reason = substr(pending, RSTART + 9, RLENGTH - 9)
	if (match(pending, /"[^"]*"/))
		object = substr(pending, RSTART + 1, RLENGTH - 2)
	gsub(/\t/, " ", object)
	print path "\t" function_name "\t" call "\t" reason "\t" object
	pending = ""
}
