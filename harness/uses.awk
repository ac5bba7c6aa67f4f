# SPDX-License-Identifier: GPL-2.0-only
#
# The output of lockdown_test -m kept, and of revoke_test -> a table of what was obtained at none and is of no
# use later: a column for each level that it was used at. The exit status says
# whether the test ended and found all as it must be. -v colour=1 for a terminal.

BEGIN { FS = "\t"; nlevels = split("none integrity confidentiality", levels, " ") }

function paint(code, text)
{
	return colour ? "\033[" code "m" text "\033[0m" : text
}

/^# use: / {
	sub(/^# use: /, "", $1)
	if (!($2 in known)) {
		known[$2] = 1
		names[++n] = $2
	}
	result[$2, $1] = $3
}

/^ok / && /# SKIP (kept [^ ]+: )?none: / {
	skips[++nskips] = $0
	sub(/^.*# SKIP (kept [^ ]+: )?none: /, "", skips[nskips])
}

/^not ok / { bad[++nbad] = $0 }

/^1\.\.[0-9]/ { planned += substr($0, 4) }

/^(not )?ok / { seen++ }

END {
	if (!planned || seen != planned)
		bad[++nbad] = seen + 0 " of " planned + 0 " tests reported"
	line = sprintf("%-52s", "Obtained before, used after a raise")
	for (l = 1; l <= nlevels; l++)
		line = line sprintf("%-11s", levels[l])
	sub(/ +$/, "", line)
	print paint(1, line)
	for (i = 1; i <= n; i++) {
		line = sprintf("  %-50s", length(names[i]) > 49 ? substr(names[i], 1, 46) "..." : names[i])
		for (l = 1; l <= nlevels; l++) {
			what = result[names[i], levels[l]]
			if (what == "success") {
				works++
				cell = sprintf("%-11s", "works")
			} else {
				refused++
				cell = paint(32, sprintf("%-11s", what == "" ? "?" : what))
			}
			line = line cell
		}
		sub(/ +$/, "", line)
		print line
	}
	for (i = 1; i <= nskips; i++)
		print "  " paint(33, "skipped: ") skips[i]
	if (nbad)
		print "\n" paint(31, "Not as it must be:")
	for (i = 1; i <= nbad; i++)
		print "  " bad[i]
	printf "\n%d things obtained before: %d times refused after, %d times of use; %s\n",
		n, refused, works, nbad ? paint(31, nbad " not as they must be") : paint(32, "all as they must be")
	exit nbad || !n
}
