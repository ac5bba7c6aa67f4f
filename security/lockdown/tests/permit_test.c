// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown LSM: tests of permits, and of the wait of a raise for their holders
 *
 * In a race, threads install things under permits, as call sites do, and act on
 * the level with preemption disabled; a raise revokes the things that it finds.
 * When the raise is over, nothing may be installed and no thread may act.
 *
 * The level and the residue are the tests' own.
 */

#include <kunit/test.h>
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/lockdown.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "../policy.h"
#include "../residue.h"
#include "../revoke.h"

#define INSTALLERS 4
#define ROUNDS 1000

struct permit_race {
	struct lockdown_policy *policy;
	struct task_struct *threads[INSTALLERS];
	/* A revoker finds and removes these. */
	atomic_t installed;
	/* Holders end by themselves in a moment. */
	atomic_t acting;
	atomic_long_t worked;
};

static bool may(struct permit_race *race)
{
	struct lockdown_policy *policy = READ_ONCE(race->policy);

	return !lockdown_policy_check(policy, LOCKDOWN_DEV_MEM);
}

static void install(struct permit_race *race)
{
	lockdown_permit_begin(LOCKDOWN_DEV_MEM);
	if (may(race)) {
		/* Be as slow as a holder may be. */
		if (atomic_long_read(&race->worked) % 8 == 0)
			cond_resched();
		atomic_inc(&race->installed);
		atomic_long_inc(&race->worked);
	}
	lockdown_permit_end();
}

static void act(struct permit_race *race)
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
	struct permit_race *race = data;

	while (!kthread_should_stop()) {
		install(race);
		act(race);
		cond_resched();
	}
	return 0;
}

static void test_nothing_is_missed(struct kunit *test)
{
	struct lockdown_residues *residues;
	struct lockdown_policy *policies;
	struct permit_race race = {};
	int i, round, waited = 0, missed = 0, late = 0;

	residues = kunit_kzalloc(test, sizeof(*residues), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, residues);
	policies =
		kunit_kcalloc(test, ROUNDS + 1, sizeof(*policies), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, policies);
	race.policy = policies;
	for (i = 0; i < INSTALLERS; i++) {
		race.threads[i] = kthread_run(run_installer, &race,
					      "lockdown_permit/%d", i);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, race.threads[i]);
	}

	for (round = 0; round < ROUNDS; round++) {
		/* Wait until a thread has begun to race. */
		while (!atomic_read(&race.installed))
			cond_resched();
		lockdown_policy_raise(&policies[round],
				      LOCKDOWN_LEVEL_INTEGRITY, NULL);
		/*
		 * On a busy machine some holders are not done in time, and are
		 * named.
		 */
		if (lockdown_drain(&policies[round], residues)) {
			waited++;
			atomic_set(&race.installed, 0);
			late += atomic_read(&race.acting);
			usleep_range(20, 50);
			missed += atomic_read(&race.installed);
		}
		atomic_set(&race.installed, 0);
		WRITE_ONCE(race.policy, &policies[round + 1]);
	}

	for (i = 0; i < INSTALLERS; i++)
		kthread_stop(race.threads[i]);
	kunit_info(test, "waited for all in %d raises of %d\n", waited, ROUNDS);
	/* A kernel that checks memory waits in vain for most holders. */
	KUNIT_EXPECT_GE(test, waited, ROUNDS / 100);
	KUNIT_EXPECT_EQ(test, missed, 0);
	KUNIT_EXPECT_EQ(test, late, 0);
	KUNIT_EXPECT_GE(test, atomic_long_read(&race.worked), ROUNDS);
}

/*
 * Nest permits, as a driver does that holds one and calls a helper with a
 * reason of its own. Each permit leaves the count as it found it.
 */
static void test_count(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, current->lockdown_permits, 0);
	{
		CLASS(lockdown_permit, outer)(LOCKDOWN_DEV_MEM, "of %d", 1);

		KUNIT_EXPECT_EQ(test, current->lockdown_permits, 1);
		KUNIT_EXPECT_EQ(test, current->lockdown_what, LOCKDOWN_DEV_MEM);
		KUNIT_EXPECT_EQ(test, outer.err,
				lockdown_query(LOCKDOWN_DEV_MEM));
		{
			CLASS(lockdown_permit_plain, inner)(LOCKDOWN_KCORE);

			KUNIT_EXPECT_EQ(test, current->lockdown_permits, 2);
			KUNIT_EXPECT_EQ(test, inner.err,
					lockdown_query(LOCKDOWN_KCORE));
		}
		KUNIT_EXPECT_EQ(test, current->lockdown_permits, 1);
		KUNIT_EXPECT_EQ(test, current->lockdown_what, LOCKDOWN_DEV_MEM);
		{
			CLASS(lockdown_permit_atomic, inner)(LOCKDOWN_MSR, "x");

			KUNIT_EXPECT_EQ(test, current->lockdown_permits, 2);
			KUNIT_EXPECT_EQ(test, inner.err,
					lockdown_query(LOCKDOWN_MSR));
		}
		KUNIT_EXPECT_EQ(test, current->lockdown_permits, 1);
	}
	KUNIT_EXPECT_EQ(test, current->lockdown_permits, 0);
}

/* Return early, as call sites do that are denied or fail. */
static int leave_early(struct kunit *test, int err)
{
	CLASS(lockdown_permit_plain, permit)(LOCKDOWN_KCORE);

	KUNIT_EXPECT_EQ(test, current->lockdown_permits, 1);
	if (err)
		return err;
	return permit.err;
}

struct holder {
	enum lockdown_reason outer, inner;
	struct completion holds, go;
};

static int hold(void *data)
{
	struct holder *holder = data;

	lockdown_permit_begin(holder->outer);
	if (holder->inner != LOCKDOWN_NONE)
		lockdown_permit_begin(holder->inner);
	complete(&holder->holds);
	wait_for_completion(&holder->go);
	if (holder->inner != LOCKDOWN_NONE)
		lockdown_permit_end();
	lockdown_permit_end();
	return 0;
}

struct holder_case {
	const char *desc;
	enum lockdown_reason outer, inner;
	enum lockdown_level level;
	/*
	 * The name of the holder's reason in residue, if residue names the
	 * holder.
	 */
	const char *reason;
};

static const struct holder_case holder_cases[] = {
	{ "its reason is denied", LOCKDOWN_DEV_MEM, LOCKDOWN_NONE,
	  LOCKDOWN_LEVEL_INTEGRITY, "DEV_MEM" },
	{ "its reason is not denied", LOCKDOWN_KCORE, LOCKDOWN_NONE,
	  LOCKDOWN_LEVEL_INTEGRITY, NULL },
	{ "the inner one's is denied", LOCKDOWN_KCORE, LOCKDOWN_MSR,
	  LOCKDOWN_LEVEL_INTEGRITY, "-" },
	{ "the outer one's is denied", LOCKDOWN_MSR, LOCKDOWN_KCORE,
	  LOCKDOWN_LEVEL_INTEGRITY, "-" },
	{ "both are denied", LOCKDOWN_MSR, LOCKDOWN_KCORE,
	  LOCKDOWN_LEVEL_CONFIDENTIALITY, "-" },
};

KUNIT_ARRAY_PARAM_DESC(holder, holder_cases, desc);

/* A raise waits 20 ms; this leaves time for a machine that is emulated. */
#define PATIENCE (2 * HZ)

/*
 * A holder that does not end is named, and does not hold up a raise for long.
 */
static void test_holder(struct kunit *test)
{
	const struct holder_case *c = test->param_value;
	const struct lockdown_policy policy = LOCKDOWN_POLICY_INIT(c->level);
	struct lockdown_residues *residues;
	struct holder holder = { .outer = c->outer, .inner = c->inner };
	struct task_struct *task;
	struct seq_file m = {};
	unsigned long begin, end;
	char want[64] = "";
	bool done;

	residues = kunit_kzalloc(test, sizeof(*residues), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, residues);
	m.size = 4096;
	m.buf = kunit_kzalloc(test, m.size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, m.buf);
	init_completion(&holder.holds);
	init_completion(&holder.go);
	task = kthread_run(hold, &holder, "lockdown_holder");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	get_task_struct(task);
	wait_for_completion(&holder.holds);

	begin = jiffies;
	done = lockdown_drain(&policy, residues);
	end = jiffies;
	if (c->reason)
		snprintf(want, sizeof(want),
			 "%s\ta call by lockdown_holder[%d], not ended\n",
			 c->reason, task_pid_nr(task));
	complete(&holder.go);
	kthread_stop_put(task);

	KUNIT_EXPECT_FALSE(test, done);
	KUNIT_EXPECT_TRUE(test, time_before(end, begin + PATIENCE));
	lockdown_residues_show(residues, &policy, &m);
	if (c->reason)
		KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(m.buf, want), "%s",
					  m.buf);
	else
		KUNIT_EXPECT_NULL_MSG(test, strstr(m.buf, "lockdown_holder"),
				      "%s", m.buf);
}

/* A holder that has ended is neither waited for nor named. */
static void test_nobody(struct kunit *test)
{
	const struct lockdown_policy policy =
		LOCKDOWN_POLICY_INIT(LOCKDOWN_LEVEL_CONFIDENTIALITY);
	struct lockdown_residues *residues;

	residues = kunit_kzalloc(test, sizeof(*residues), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, residues);
	KUNIT_EXPECT_EQ(test, leave_early(test, -EPERM), -EPERM);
	KUNIT_EXPECT_EQ(test, current->lockdown_permits, 0);
	lockdown_drain(&policy, residues);
	KUNIT_EXPECT_NULL(test, strstr(residues->lines[0].text, "a call by"));
}

static struct kunit_case permit_cases[] = {
	KUNIT_CASE(test_count),
	KUNIT_CASE_PARAM(test_holder, holder_gen_params),
	KUNIT_CASE(test_nobody),
	KUNIT_CASE_SLOW(test_nothing_is_missed),
	{}
};

static struct kunit_suite permit_suite = {
	.name = "lockdown_permit",
	.test_cases = permit_cases,
};

kunit_test_suite(permit_suite);
