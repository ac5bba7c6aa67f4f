// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown LSM: the level in force
 *
 * The decision and the file in securityfs read the same word of state, so they
 * cannot differ. No initcall sets the word: a level that the configuration
 * forces holds from the first instruction on.
 */

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/cache.h>
#include <linux/errno.h>
#include <linux/kprobes.h>

#include "policy.h"

struct lockdown_policy lockdown_state __read_mostly =
	LOCKDOWN_POLICY_INIT_EVALUATING(LOCKDOWN_LEVEL_FORCED,
					LOCKDOWN_EVALUATE_DEFAULT);

/* An unlocked kernel is one whose word is zero, see lockdown_idle(). */
static_assert(LOCKDOWN_LEVEL_NONE == 0);
static_assert(LOCKDOWN_LEVEL_COUNT <= LOCKDOWN_LEVEL_MASK);

/**
 * lockdown_policy_raise - raise the level
 * @policy: the state
 * @to: the level wanted, below LOCKDOWN_LEVEL_COUNT
 * @from: set to the level before, if this call raised it; or NULL
 *
 * At most one of concurrent callers that want the same level gets 1, and none
 * if another caller went further. For the caller that gets 1, the exchange is
 * fully ordered: suppose a task installs something, executes a full barrier,
 * and then still reads the old level. The caller will find what that task
 * installed. The other return values order nothing.
 *
 * Context: any, also before anything is initialised.
 * Return: 1 if this call raised the level, 0 if it was @to already, -EPERM if
 * it is above @to.
 */
int __kprobes lockdown_policy_raise(struct lockdown_policy *policy,
				    enum lockdown_level to,
				    enum lockdown_level *from)
{
	int word = atomic_read(&policy->word);
	int level;

	do {
		level = word & LOCKDOWN_LEVEL_MASK;
		if (level == to)
			return 0;
		if (level > to)
			return -EPERM;
	} while (!atomic_try_cmpxchg(&policy->word, &word, word - level + to));

	if (from)
		*from = level;
	return 1;
}

/**
 * lockdown_policy_evaluate - set the level that is evaluated
 * @policy: the state
 * @level: the level, below LOCKDOWN_LEVEL_COUNT
 *
 * The level in force stays, and so does every answer.
 *
 * Context: any, also before anything is initialised.
 * Return: the level that was evaluated before.
 */
enum lockdown_level __kprobes lockdown_policy_evaluate(
	struct lockdown_policy *policy, enum lockdown_level level)
{
	int word = atomic_read(&policy->word);
	int set;

	do {
		set = word & (BIT(LOCKDOWN_EVALUATE_SHIFT) - 1);
		set |= level << LOCKDOWN_EVALUATE_SHIFT;
	} while (!atomic_try_cmpxchg(&policy->word, &word, set));

	return word >> LOCKDOWN_EVALUATE_SHIFT;
}

/**
 * lockdown_policy_ask_others - have other LSMs asked, also at none
 * @policy: the state
 *
 * Context: any, also before anything is initialised.
 */
void lockdown_policy_ask_others(struct lockdown_policy *policy)
{
	atomic_or(LOCKDOWN_OTHERS, &policy->word);
}
