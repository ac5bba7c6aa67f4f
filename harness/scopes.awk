# SPDX-License-Identifier: GPL-2.0-only
#
# C files -> "path:line: ..." for each CLASS(), guard() or __free() that stands in the
# body of a switch itself. A jump to a label further down passes over it, and the end of
# the body then cleans up what never was there. Gcc says nothing of that.

FNR == 1 {
	depth = 0
	comment = head = 0
}

{
	line = strip($0)
	while (match(line, /[{}]|(^|[^A-Za-z0-9_])(switch|CLASS|guard|__free)[ ]*\(/)) {
		word = substr(line, RSTART, RLENGTH)
		line = substr(line, RSTART + RLENGTH)
		if (word ~ /switch/) {
			head = 1
		} else if (word == "{") {
			in_switch[++depth] = head
			head = 0
		} else if (word == "}") {
			depth--
		} else if (in_switch[depth]) {
			print FILENAME ":" FNR ": a scope in a switch: give its case a block"
		}
	}
}

# Without comments, strings and characters.
function strip(text)
{
	if (comment) {
		if (!sub(/^.*\*\//, "", text))
			return ""
		comment = 0
	}
	gsub(/\\./, "", text)
	gsub(/"[^"]*"|'[^']*'/, "", text)
	gsub(/\/\*([^*]|\*[^\/])*\*\//, "", text)
	if (sub(/\/\*.*/, "", text))
		comment = 1
	sub(/\/\/.*/, "", text)
	return text
}
