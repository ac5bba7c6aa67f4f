// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown LSM: test of sections against raises
 *
 * Threads install things in sections, as call sites do, and act on what the
 * level allows with preemption disabled; a raise takes back what it finds. When
 * it is over, nothing may be installed and nobody may act.
 */

#include <kunit/test.h>
#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/lockdown.h>
#include <linux/preempt.h>
#include <linux/sched.h>

#include "../policy.h"
#include "../revoke.h"

#define INSTALLERS 4
#define ROUNDS 1000

struct section_race {
	struct lockdown_policy *policy;
	struct task_struct *threads[INSTALLERS];
	/* What a revoker finds, and what acts for a moment. */
	atomic_t installed;
	atomic_t acting;
	atomic_long_t worked;
};

static bool may(struct section_race *race)
{
	struct lockdown_policy *policy = READ_ONCE(race->policy);

	return !lockdown_policy_check(policy, LOCKDOWN_DEV_MEM);
}

static void install(struct section_race *race)
{
	lockdown_permit_begin(LOCKDOWN_DEV_MEM);
	if (may(race)) {
		/* As slow as it may be. */
		if (atomic_long_read(&race->worked) % 8 == 0)
			cond_resched();
		atomic_inc(&race->installed);
		atomic_long_inc(&race->worked);
	}
	lockdown_permit_end();
}

static void act(struct section_race *race)
{
	preempt_disable();
	if (may(race)) {
		atomic_inc(&race->acting);
		cpu_relax();
		atomic_dec(&race->acting);
	}
	preempt_enable();
}

static int run_installer(void *data)
{
	struct section_race *race = data;

	while (!kthread_should_stop()) {
		install(race);
		act(race);
		cond_resched();
	}
	return 0;
}

static void test_nothing_is_missed(struct kunit *test)
{
	struct lockdown_policy *policies;
	struct section_race race = {};
	int i, round, missed = 0, late = 0;

	policies =
		kunit_kcalloc(test, ROUNDS + 1, sizeof(*policies), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, policies);
	race.policy = policies;
	for (i = 0; i < INSTALLERS; i++) {
		race.threads[i] = kthread_run(run_installer, &race,
					      "lockdown_section/%d", i);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, race.threads[i]);
	}

	for (round = 0; round < ROUNDS; round++) {
		/* Somebody must have begun: that is whom to race with. */
		while (!atomic_read(&race.installed))
			cond_resched();
		lockdown_policy_raise(&policies[round],
				      LOCKDOWN_LEVEL_INTEGRITY);
		lockdown_drain();
		atomic_set(&race.installed, 0);
		late += atomic_read(&race.acting);
		usleep_range(20, 50);
		missed += atomic_read(&race.installed);
		WRITE_ONCE(race.policy, &policies[round + 1]);
	}

	for (i = 0; i < INSTALLERS; i++)
		kthread_stop(race.threads[i]);
	KUNIT_EXPECT_EQ(test, missed, 0);
	KUNIT_EXPECT_EQ(test, late, 0);
	KUNIT_EXPECT_GE(test, atomic_long_read(&race.worked), ROUNDS);
}

static struct kunit_case section_test_cases[] = {
	KUNIT_CASE_SLOW(test_nothing_is_missed),
	{}
};

static struct kunit_suite section_suite = {
	.name = "lockdown_section",
	.test_cases = section_test_cases,
};

kunit_test_suite(section_suite);
