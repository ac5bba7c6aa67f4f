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
/* The level that is evaluated, and not in force, is in the bits above. */
#define LOCKDOWN_EVALUATE_SHIFT 16

/* The minimum, in force from the first instruction on. */
#if defined(CONFIG_LOCK_DOWN_KERNEL_FORCE_CONFIDENTIALITY)
#define LOCKDOWN_LEVEL_FORCED LOCKDOWN_LEVEL_CONFIDENTIALITY
#elif defined(CONFIG_LOCK_DOWN_KERNEL_FORCE_INTEGRITY)
#define LOCKDOWN_LEVEL_FORCED LOCKDOWN_LEVEL_INTEGRITY
#else
#define LOCKDOWN_LEVEL_FORCED LOCKDOWN_LEVEL_NONE
#endif

/* Evaluated from the first instruction on, until somebody changes it. */
#if defined(CONFIG_SECURITY_LOCKDOWN_EVALUATE_CONFIDENTIALITY)
#define LOCKDOWN_EVALUATE_DEFAULT LOCKDOWN_LEVEL_CONFIDENTIALITY
#elif defined(CONFIG_SECURITY_LOCKDOWN_EVALUATE_INTEGRITY)
#define LOCKDOWN_EVALUATE_DEFAULT LOCKDOWN_LEVEL_INTEGRITY
#else
#define LOCKDOWN_EVALUATE_DEFAULT LOCKDOWN_LEVEL_NONE
#endif

#define LOCKDOWN_POLICY_INIT_EVALUATING(lvl, evaluated)                     \
	{                                                                   \
		.word = ATOMIC_INIT((lvl) |                                 \
				    (evaluated) << LOCKDOWN_EVALUATE_SHIFT) \
	}

#define LOCKDOWN_POLICY_INIT(lvl) \
	LOCKDOWN_POLICY_INIT_EVALUATING(lvl, LOCKDOWN_LEVEL_NONE)

/**
 * enum lockdown_verdict - the answer of lockdown
 * @LOCKDOWN_DENIED: the level in force denies it
 * @LOCKDOWN_EVALUATED: it may be done; the level that is evaluated would deny
 *	it
 * @LOCKDOWN_VERDICTS: the number of verdicts that are reported
 * @LOCKDOWN_ALLOWED: it may be done
 */
enum lockdown_verdict {
	LOCKDOWN_DENIED,
	LOCKDOWN_EVALUATED,
	LOCKDOWN_VERDICTS,
	LOCKDOWN_ALLOWED = LOCKDOWN_VERDICTS,
};

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
 * lockdown_policy_evaluated - the level that is evaluated
 * @policy: the state
 *
 * Context: any.
 * Return: the level, which may change at any time.
 */
static inline enum lockdown_level
lockdown_policy_evaluated(const struct lockdown_policy *policy)
{
	return atomic_read(&policy->word) >> LOCKDOWN_EVALUATE_SHIFT;
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
 * lockdown_policy_verdict - is something denied, or would it be?
 * @policy: the state
 * @what: the reason
 *
 * Context: as lockdown_policy_check().
 * Return: the verdict; LOCKDOWN_DENIED also for an unknown @what.
 */
static inline enum lockdown_verdict
lockdown_policy_verdict(const struct lockdown_policy *policy,
			enum lockdown_reason what)
{
	if (lockdown_policy_check(policy, what))
		return LOCKDOWN_DENIED;
	if (lockdown_policy_evaluated(policy) >=
	    lockdown_reason_info[what].level)
		return LOCKDOWN_EVALUATED;
	return LOCKDOWN_ALLOWED;
}

/**
 * lockdown_policy_passes - is there nothing to deny or report, nor to ask?
 * @policy: the state
 * @what: the reason, a valid one
 *
 * Saves frequent callers all further steps. One comparison does for all,
 * because LOCKDOWN_OTHERS and a level that is evaluated are above all levels.
 *
 * Context: as lockdown_policy_check().
 * Return: true if it may be done, is not evaluated, and no other LSM has to be
 * asked.
 */
static inline bool lockdown_policy_passes(const struct lockdown_policy *policy,
					  enum lockdown_reason what)
{
	static_assert(LOCKDOWN_OTHERS > LOCKDOWN_LEVEL_MASK);
	static_assert(1 << LOCKDOWN_EVALUATE_SHIFT > LOCKDOWN_OTHERS);

	return atomic_read(&policy->word) <
	       (int)lockdown_reason_info[what].level;
}

int lockdown_policy_raise(struct lockdown_policy *policy,
			  enum lockdown_level to, enum lockdown_level *from);
enum lockdown_level lockdown_policy_evaluate(struct lockdown_policy *policy,
					     enum lockdown_level level);
void lockdown_policy_ask_others(struct lockdown_policy *policy);

#endif /* _SECURITY_LOCKDOWN_POLICY_H */
