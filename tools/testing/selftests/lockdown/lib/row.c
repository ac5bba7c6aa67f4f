// SPDX-License-Identifier: GPL-2.0-only
/* Tables of what is tried at none, and again at integrity. */

#define _GNU_SOURCE
#include <stdarg.h>

#include "../common.h"
#include "level.h"
#include "row.h"

/* The last result of lacks(). */
static const char *lacking;

/**
 * lacks - say that the machine does not have something
 * @what: the thing, with the option or device that would provide it
 *
 * Return: LACKING, for the caller to return.
 */
int lacks(const char *what)
{
	lacking = what;
	return LACKING;
}

/**
 * report_result - report whether a result is as expected
 * @ret: the result; LACKING is reported as skipped
 * @expected: the result that it should be
 * @fmt: the title
 */
void report_result(int ret, int expected, const char *fmt, ...)
{
	char text[256], why[160];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (ret == LACKING) {
		snprintf(why, sizeof(why), "no %s", lacking);
		report_skip(why, "%s", text);
		return;
	}
	if (ret != expected)
		note("expected %d, got %d", expected, ret);
	report(ret == expected, "%s", text);
}

/**
 * try_rows - try and report each row of a table
 * @rows: the table
 * @nr: its length
 * @level: the level now
 */
void try_rows(const struct row *rows, size_t nr, int level)
{
	int expected;
	size_t i;

	for (i = 0; i < nr; i++) {
		expected = level == LEVEL_NONE ? rows[i].before : rows[i].after;
		report_result(rows[i].obtain() ?: rows[i].use(), expected,
			      "%s: %s", level_name(level), rows[i].what);
	}
}
