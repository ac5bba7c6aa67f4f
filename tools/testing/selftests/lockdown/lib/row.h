/* SPDX-License-Identifier: GPL-2.0-only */
/* Tables of what is tried at none, and again at integrity. */

#ifndef _LOCKDOWN_SELFTEST_ROW_H
#define _LOCKDOWN_SELFTEST_ROW_H

#include <stdbool.h>
#include <stddef.h>

#include "report.h"

/* Results other than 0 and -errno; a test may have more of its own. */
enum {
	/* The machine lacks it; see lacks(). */
	LACKING = 1,
	/* An expectation: the row is not tried at that level. */
	UNTRIED,
	OTHER_RESULTS,
};

/**
 * struct row - something that is tried at each level
 * @what: the title
 * @obtain: obtains what @use needs; returns 0, -errno or lacks()
 * @use: called if @obtain returned 0
 * @before: the result at none
 * @after: the result at integrity
 */
struct row {
	const char *what;
	int (*obtain)(void);
	int (*use)(void);
	int before;
	int after;
};

/**
 * struct once - something that several rows need, and the first one obtains
 * @tried: the first row has tried
 * @ret: its result
 * @lacking: what it lacks, if anything
 */
struct once {
	bool tried;
	int ret;
	const char *lacking;
};

int lacks(const char *what);
int obtain_once(struct once *once, int (*obtain)(void));
__printf(3, 4) void report_result(int ret, int expected, const char *fmt, ...);
void try_rows(const struct row *rows, size_t nr, int level);

#endif /* _LOCKDOWN_SELFTEST_ROW_H */
