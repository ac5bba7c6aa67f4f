/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's account of its denials: the counters, and the log. */

#ifndef _LOCKDOWN_SELFTEST_LOG_H
#define _LOCKDOWN_SELFTEST_LOG_H

#include <stdbool.h>
#include <stddef.h>

enum {
	/* The line that all kernels since 5.4 have. */
	LOGGED_LINE = 1,
	/* A line that names the object. */
	LOGGED_OBJECT = 2,
};

int open_log(void);
bool next_record(int log, char *text, size_t size);
long denials(const char *reason, char *text, size_t size);
int logged(int log, const char *reason, const char *text, const char *pattern);

#endif /* _LOCKDOWN_SELFTEST_LOG_H */
