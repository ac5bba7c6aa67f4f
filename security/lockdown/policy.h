/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lockdown LSM: what is denied now
 */

#ifndef _SECURITY_LOCKDOWN_POLICY_H
#define _SECURITY_LOCKDOWN_POLICY_H

#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/lockdown.h>
#include <linux/types.h>

#include "reasons.h"

/* &struct lockdown_policy.word has these beside the level. */
#define LOCKDOWN_LEVEL_MASK 0xff
/* Other LSMs are to be asked, too. Never cleared. */
#define LOCKDOWN_OTHERS 0x100

/* A floor, in force from the first instruction on. */
#if defined(CONFIG_LOCK_DOWN_KERNEL_FORCE_CONFIDENTIALITY)
#define LOCKDOWN_LEVEL_FORCED LOCKDOWN_LEVEL_CONFIDENTIALITY
#elif defined(CONFIG_LOCK_DOWN_KERNEL_FORCE_INTEGRITY)
#define LOCKDOWN_LEVEL_FORCED LOCKDOWN_LEVEL_INTEGRITY
#else
#define LOCKDOWN_LEVEL_FORCED LOCKDOWN_LEVEL_NONE
#endif

#define LOCKDOWN_POLICY_INIT(lvl)        \
	{                                \
		.word = ATOMIC_INIT(lvl) \
	}

/* The object that others know as lockdown_policy, and cannot write. */
extern struct lockdown_policy lockdown_state asm("lockdown_policy");

/**
 * lockdown_policy_level - the level in force
 * @policy: the state
 *
 * Context: any.
 * Return: the level, which may rise at any time after.
 */
static inline enum lockdown_level
lockdown_policy_level(const struct lockdown_policy *policy)
{
	return atomic_read(&policy->word) & LOCKDOWN_LEVEL_MASK;
}

/**
 * lockdown_policy_check - is something denied now?
 * @policy: the state
 * @what: what is about to be done
 *
 * Takes no locks and looks at nothing but its arguments; some callers have
 * neither a task nor credentials worth looking at.
 *
 * Context: any, including NMI, a stopped machine, and before anything is
 * initialised.
 * Return: 0 if it may be done, -EPERM if not, also for an unknown @what.
 */
static inline int lockdown_policy_check(const struct lockdown_policy *policy,
					enum lockdown_reason what)
{
	if (what >= LOCKDOWN_REASON_COUNT)
		return -EPERM;
	if (lockdown_policy_level(policy) >= lockdown_reason_info[what].level)
		return -EPERM;
	return 0;
}

int lockdown_policy_raise(struct lockdown_policy *policy,
			  enum lockdown_level to);
void lockdown_policy_ask_others(struct lockdown_policy *policy);

#endif /* _SECURITY_LOCKDOWN_POLICY_H */
