/* SPDX-License-Identifier: GPL-2.0-only */
/* Lockdown LSM: how raises and denials are reported */

#ifndef _SECURITY_LOCKDOWN_REPORT_H
#define _SECURITY_LOCKDOWN_REPORT_H

#include <linux/lockdown.h>
#include <linux/string_helpers.h>
#include <linux/types.h>

#include "denials.h"
#include "policy.h"

/* Names stand in quotes, so the quote and the backslash are escaped, too. */
#define LOCKDOWN_ESCAPE (ESCAPE_ANY_NP | ESCAPE_APPEND)
#define LOCKDOWN_ESCAPE_TOO "\"\\"

struct seq_file;
struct task_struct;
struct va_format;

void lockdown_escape(char *to, size_t size, const char *from, size_t len);

int lockdown_report_event(enum lockdown_verdict verdict,
			  enum lockdown_reason what, struct va_format *object);
void lockdown_report_revoked(const struct task_struct *task,
			     const char *object);
void lockdown_show_take(struct seq_file *m,
			const struct lockdown_revoker *revoker,
			const struct task_struct *task, const char *object);
void lockdown_report_raise(const char *where);
void lockdown_report_raised(enum lockdown_level from, enum lockdown_level to,
			    const char *where);
void lockdown_report_evaluation(enum lockdown_level from,
				enum lockdown_level to);
const struct lockdown_report *lockdown_reported(enum lockdown_verdict verdict,
						enum lockdown_reason what);
const char *lockdown_verdict_name(enum lockdown_verdict verdict);

#endif /* _SECURITY_LOCKDOWN_REPORT_H */
