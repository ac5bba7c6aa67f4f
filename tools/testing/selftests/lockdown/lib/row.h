/* SPDX-License-Identifier: GPL-2.0-only */
/* Tables of what is tried at none, and again at integrity. */

#ifndef _LOCKDOWN_SELFTEST_ROW_H
#define _LOCKDOWN_SELFTEST_ROW_H

#include <stdbool.h>
#include <stddef.h>

#include "report.h"

/* A result other than 0 and -errno: the machine lacks it; see lacks(). */
#define LACKING 1

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

int lacks(const char *what);
__printf(3, 4) void report_result(int ret, int expected, const char *fmt, ...);
void try_rows(const struct row *rows, size_t nr, int level);

#endif /* _LOCKDOWN_SELFTEST_ROW_H */
