/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lockdown LSM: how raises and denials are told
 */

#ifndef _SECURITY_LOCKDOWN_REPORT_H
#define _SECURITY_LOCKDOWN_REPORT_H

#include <linux/lockdown.h>
#include <linux/string_helpers.h>

/* How names are escaped that stand in quotes: these, and their escape, too. */
#define LOCKDOWN_ESCAPE (ESCAPE_ANY_NP | ESCAPE_APPEND)
#define LOCKDOWN_ESCAPE_TOO "\"\\"

/* Bytes kept of the name of an object: two lines of a terminal. */
#define LOCKDOWN_OBJECT_LEN 160

struct task_struct;
struct va_format;

void lockdown_report_denial(enum lockdown_reason what,
			    struct va_format *object);
void lockdown_report_revoked(const struct task_struct *task,
			     struct va_format *object);
void lockdown_report_raise(const char *where);
unsigned long lockdown_denials(enum lockdown_reason what);

#endif /* _SECURITY_LOCKDOWN_REPORT_H */
