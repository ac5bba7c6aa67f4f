/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lockdown LSM: the decision
 */

#ifndef _SECURITY_LOCKDOWN_GATE_H
#define _SECURITY_LOCKDOWN_GATE_H

#include <linux/lockdown.h>

struct va_format;

#ifdef CONFIG_SECURITY_LOCKDOWN_LSM

#include "policy.h"

struct file;
struct lsm_id;

int lockdown_deny(enum lockdown_reason what, struct va_format *object);
void lockdown_add_hooks(const struct lsm_id *id);

/**
 * lockdown_denies - does the level in force deny something?
 * @what: the reason
 *
 * Inline, because most checks on a locked kernel are for allowed operations.
 *
 * Context: any, including NMI and before anything is initialised.
 * Return: true if so; the caller then calls lockdown_deny().
 */
static inline bool lockdown_denies(enum lockdown_reason what)
{
	return unlikely(lockdown_policy_check(&lockdown_state, what));
}

#else /* CONFIG_SECURITY_LOCKDOWN_LSM */

static inline int lockdown_deny(enum lockdown_reason what,
				struct va_format *object)
{
	return 0;
}

static inline bool lockdown_denies(enum lockdown_reason what)
{
	return false;
}

#endif /* CONFIG_SECURITY_LOCKDOWN_LSM */

#endif /* _SECURITY_LOCKDOWN_GATE_H */
