/* SPDX-License-Identifier: GPL-2.0-only */
/* Lockdown LSM: the level in force */

#ifndef _SECURITY_LOCKDOWN_POLICY_H
#define _SECURITY_LOCKDOWN_POLICY_H

#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/lockdown.h>
#include <linux/types.h>

#include "reasons.h"

/* The level is in the low bits of &struct lockdown_policy.word. */
#define LOCKDOWN_LEVEL_MASK 0xff
/* Other LSMs have to be asked, too. Never cleared. */
#define LOCKDOWN_OTHERS 0x100

/* The minimum, in force from the first instruction on. */
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

/* Other code sees this object as lockdown_policy, which is const. */
extern struct lockdown_policy lockdown_state asm("lockdown_policy");

/**
 * lockdown_policy_level - the level in force
 * @policy: the state
 *
 * Context: any.
 * Return: the level, which may rise at any time.
 */
static inline enum lockdown_level
lockdown_policy_level(const struct lockdown_policy *policy)
{
	return atomic_read(&policy->word) & LOCKDOWN_LEVEL_MASK;
}

/**
 * lockdown_policy_check - is something denied now?
 * @policy: the state
 * @what: the reason
 *
 * Takes no locks and uses only its arguments; some callers have no task or
 * credentials to look at.
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

/**
 * lockdown_policy_passes - is there nothing to deny something, nor to ask?
 * @policy: the state
 * @what: the reason, a valid one
 *
 * Saves frequent callers the way through security_locked_down(). One comparison
 * does for both, because LOCKDOWN_OTHERS is above all levels.
 *
 * Context: as lockdown_policy_check().
 * Return: true if it may be done, and no other LSM has to be asked.
 */
static inline bool lockdown_policy_passes(const struct lockdown_policy *policy,
					  enum lockdown_reason what)
{
	static_assert(LOCKDOWN_OTHERS > LOCKDOWN_LEVEL_MASK);

	return atomic_read(&policy->word) <
	       (int)lockdown_reason_info[what].level;
}

int lockdown_policy_raise(struct lockdown_policy *policy,
			  enum lockdown_level to);
void lockdown_policy_ask_others(struct lockdown_policy *policy);

#endif /* _SECURITY_LOCKDOWN_POLICY_H */
