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

int lockdown_decide(enum lockdown_reason what, struct va_format *object);
void lockdown_add_hooks(const struct lsm_id *id);

/**
 * lockdown_passes - is there nothing to deny or report, nor to ask?
 * @what: the reason
 *
 * Inline, because most checks on a locked kernel are for allowed operations.
 *
 * Context: any, including NMI and before anything is initialised.
 * Return: true if so; otherwise the caller calls lockdown_decide(), and then
 * the hooks of other LSMs.
 */
static inline bool lockdown_passes(enum lockdown_reason what)
{
	return likely(what < LOCKDOWN_REASON_COUNT) &&
	       likely(lockdown_policy_passes(&lockdown_state, what));
}

#else /* CONFIG_SECURITY_LOCKDOWN_LSM */

static inline int lockdown_decide(enum lockdown_reason what,
				  struct va_format *object)
{
	return 0;
}

static inline bool lockdown_passes(enum lockdown_reason what)
{
	return false;
}

#endif /* CONFIG_SECURITY_LOCKDOWN_LSM */

#endif /* _SECURITY_LOCKDOWN_GATE_H */
