# SPDX-License-Identifier: GPL-2.0-only
#
# The output of guests -> one line for each attempt, tab-separated:
#   level source reason attempt verdict errno why
# and, with a "!" in front, what was wrong with the run itself.

BEGIN { FS = OFS = "\t" }

/^=== attempts / {
	split($0, word, " ")
	level = word[3]
	source = word[4]
	planned = 0
	seen = 0
	next
}

/^=== end/ {
	if (planned != seen)
		print "! at " level " (" source "): " seen " of " planned " tests reported"
	if (!planned)
		print "! at " level " (" source "): the test said nothing"
	level = ""
	next
}

level == "" { next }

/^1\.\.[0-9]+/ { planned += substr($0, 4) }

/^(not )?ok / { seen++ }

/^not ok / { print "! at " level " (" source "): " $0 }

/^# attempt: / {
	sub(/^# attempt: /, "")
	print level, source, $1, $2, $3, $4, $5
}

END {
	if (level != "")
		print "! at " level " (" source "): the test did not end"
}
