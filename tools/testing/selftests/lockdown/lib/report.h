/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The output, in KTAP. Each file that includes kselftest.h counts its own
 * results, so that a test reports either all by these functions, or none.
 */

#ifndef _LOCKDOWN_SELFTEST_REPORT_H
#define _LOCKDOWN_SELFTEST_REPORT_H

#include <stdbool.h>

#include "../../kselftest.h"

void report_plan(unsigned int nr);
__printf(2, 3) void report(bool ok, const char *fmt, ...);
__printf(2, 3) void report_skip(const char *why, const char *fmt, ...);
__printf(1, 2) void note(const char *fmt, ...);
__noreturn __printf(1, 2) void give_up(const char *fmt, ...);
__noreturn __printf(1, 2) void skip_all(const char *fmt, ...);
__noreturn void report_end(void);

#endif /* _LOCKDOWN_SELFTEST_REPORT_H */
