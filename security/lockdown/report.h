/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lockdown LSM: how raises and denials are told
 */

#ifndef _SECURITY_LOCKDOWN_REPORT_H
#define _SECURITY_LOCKDOWN_REPORT_H

#include <linux/lockdown.h>

struct va_format;

void lockdown_report_denial(enum lockdown_reason what,
			    struct va_format *object);
void lockdown_report_raise(const char *where);
unsigned long lockdown_denials(enum lockdown_reason what);

#endif /* _SECURITY_LOCKDOWN_REPORT_H */
