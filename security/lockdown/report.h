/* SPDX-License-Identifier: GPL-2.0-only */
/* Lockdown LSM: how raises and denials are reported */

#ifndef _SECURITY_LOCKDOWN_REPORT_H
#define _SECURITY_LOCKDOWN_REPORT_H

#include <linux/atomic.h>
#include <linux/lockdown.h>
#include <linux/ratelimit.h>
#include <linux/string_helpers.h>
#include <linux/types.h>

/* Names stand in quotes, so the quote and the backslash are escaped, too. */
#define LOCKDOWN_ESCAPE (ESCAPE_ANY_NP | ESCAPE_APPEND)
#define LOCKDOWN_ESCAPE_TOO "\"\\"

/* The name of an object is cut off here: two lines of a terminal. */
#define LOCKDOWN_OBJECT_LEN 160

struct task_struct;
struct va_format;

/**
 * struct lockdown_report - the denials of a reason, and the limit for the log
 * @denials: the number of denials
 * @untold: the number of denials since the last logged one. Counted here and
 *	not by @limit, so that most of a flood does not take the lock of @limit
 * @limit: limits the log lines
 */
struct lockdown_report {
	atomic_long_t denials;
	atomic_long_t untold;
	struct ratelimit_state limit;
};

#define LOCKDOWN_REPORT_INIT                                               \
	{                                                                  \
		.limit = RATELIMIT_STATE_INIT_FLAGS(                       \
			lockdown, DEFAULT_RATELIMIT_INTERVAL,              \
			DEFAULT_RATELIMIT_BURST, RATELIMIT_MSG_ON_RELEASE) \
	}

bool lockdown_report_count(struct lockdown_report *report, const char *name,
			   long *untold);
void lockdown_escape(char *to, size_t size, const char *from, size_t len);

void lockdown_report_denial(enum lockdown_reason what,
			    struct va_format *object);
void lockdown_report_revoked(const struct task_struct *task,
			     struct va_format *object);
void lockdown_report_raise(const char *where);
unsigned long lockdown_denials(enum lockdown_reason what);

#endif /* _SECURITY_LOCKDOWN_REPORT_H */
