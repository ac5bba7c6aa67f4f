/* SPDX-License-Identifier: GPL-2.0-only */
/* The records of audit, and its settings. */

#ifndef _LOCKDOWN_SELFTEST_AUDIT_H
#define _LOCKDOWN_SELFTEST_AUDIT_H

#include <linux/audit.h>
#include <stddef.h>

int open_audit_records(void);
int read_audit_record(int fd, char *text, size_t size);
int tell_audit(int type, const void *data, size_t len,
	       struct audit_status *answer);

#endif /* _LOCKDOWN_SELFTEST_AUDIT_H */
