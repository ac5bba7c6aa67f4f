/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lockdown: what code that stands between uid 0 and ring 0 may use.
 *
 * A call site asks right before the effect, after its last copy from user
 * space, and hands the answer on unchanged:
 *
 *	err = security_locked_down_obj(LOCKDOWN_MSR, "MSR 0x%x", reg);
 *	if (err)
 *		return err;
 *
 * Code that only shapes itself after the answer (shall this file be created,
 * is this feature worth offering) asks with security_lockdown_query(), which
 * leaves no trace in the log. See Documentation/security/lockdown.rst.
 */

#ifndef _LINUX_LOCKDOWN_H
#define _LINUX_LOCKDOWN_H

#include <linux/compiler_attributes.h>
#include <linux/errno.h>

/*
 * What may be denied, and the levels that deny it; the enumerators and their
 * meaning are in <linux/lockdown_reasons.h>.
 *
 * A level is named by the row that carries its name: LOCKDOWN_NONE,
 * LOCKDOWN_INTEGRITY_MAX, LOCKDOWN_CONFIDENTIALITY_MAX. Asking for one of these
 * rows asks whether the kernel is locked at least that much.
 */
enum lockdown_reason {
#define LOCKDOWN_ROW(id, ...) id,
#include <linux/lockdown_reasons.h>
	LOCKDOWN_REASON_COUNT,
};

struct va_format;

#ifdef CONFIG_SECURITY

extern const char *const lockdown_reasons[LOCKDOWN_REASON_COUNT];

int security_locked_down(enum lockdown_reason what);
__printf(2, 3) int security_locked_down_obj(enum lockdown_reason what,
					    const char *fmt, ...);
int security_lockdown_query(enum lockdown_reason what);

#else /* CONFIG_SECURITY */

static inline int security_locked_down(enum lockdown_reason what)
{
	return 0;
}

static inline __printf(2, 3) int security_locked_down_obj(
	enum lockdown_reason what, const char *fmt, ...)
{
	return 0;
}

static inline int security_lockdown_query(enum lockdown_reason what)
{
	return 0;
}

#endif /* CONFIG_SECURITY */

#ifdef CONFIG_SECURITY_LOCKDOWN_LSM

int lock_kernel_down(const char *where, enum lockdown_reason level);

/* For security/security.c alone, which asks the other LSMs as well. */
int lockdown_enforce(enum lockdown_reason what, struct va_format *object);
int lockdown_query(enum lockdown_reason what);

#else /* CONFIG_SECURITY_LOCKDOWN_LSM */

static inline int lock_kernel_down(const char *where,
				   enum lockdown_reason level)
{
	return -EOPNOTSUPP;
}

static inline int lockdown_enforce(enum lockdown_reason what,
				   struct va_format *object)
{
	return 0;
}

static inline int lockdown_query(enum lockdown_reason what)
{
	return 0;
}

#endif /* CONFIG_SECURITY_LOCKDOWN_LSM */

#endif /* _LINUX_LOCKDOWN_H */
