// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown LSM: test of the ratchet under concurrent raisers
 */

#include <kunit/test.h>
#include <linux/array_size.h>
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/minmax.h>
#include <linux/prandom.h>
#include <linux/sched.h>

#include "../policy.h"

#define RAISERS 8
#define READERS 2
#define ROUNDS 10000
#define BATCH 100

/*
 * A policy cannot be lowered, so every round has a policy of its own. The
 * raisers start a batch of rounds together, because they would hardly ever meet
 * otherwise; waiting for each other in every round would take minutes on a
 * machine with fewer CPUs than raisers.
 */
struct round {
	struct lockdown_policy policy;
	atomic_t arrived;
	atomic_t done;
	atomic_t raised[LOCKDOWN_LEVEL_COUNT];
	u8 wanted[RAISERS];
};

struct race {
	struct round *rounds;
	atomic_t nr_raisers;
	atomic_t running;
	struct completion finished;
	atomic_t fell;
	atomic_t not_reached;
};

static int leave(struct race *race)
{
	if (atomic_dec_and_test(&race->running))
		complete(&race->finished);
	return 0;
}

static void raise_once(struct race *race, struct round *round,
		       enum lockdown_level to)
{
	int ret = lockdown_policy_raise(&round->policy, to, NULL);
	enum lockdown_level level = lockdown_policy_level(&round->policy);

	if (ret == 1)
		atomic_inc(&round->raised[to]);
	/* The answer must be true at the moment of the return. */
	if (level < to || (ret == -EPERM && level == to))
		atomic_inc(&race->not_reached);
}

static void wait_for_the_others(struct round *round)
{
	atomic_inc(&round->arrived);
	while (atomic_read(&round->arrived) < RAISERS)
		cond_resched();
}

static int raiser(void *data)
{
	struct race *race = data;
	int self = atomic_inc_return(&race->nr_raisers) - 1;
	struct rnd_state rnd;
	int i;

	prandom_seed_state(&rnd, self + 1);
	for (i = 0; i < ROUNDS; i++) {
		struct round *round = &race->rounds[i];

		round->wanted[self] =
			prandom_u32_state(&rnd) % LOCKDOWN_LEVEL_COUNT;
		if (!(i % BATCH))
			wait_for_the_others(round);
		raise_once(race, round, round->wanted[self]);
		atomic_inc(&round->done);
	}
	return leave(race);
}

static int reader(void *data)
{
	struct race *race = data;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		struct round *round = &race->rounds[i];
		enum lockdown_level last = LOCKDOWN_LEVEL_NONE, level;

		do {
			level = lockdown_policy_level(&round->policy);
			if (level < last)
				atomic_inc(&race->fell);
			last = level;
			cond_resched();
		} while (atomic_read(&round->done) < RAISERS);
	}
	return leave(race);
}

static void check_round(struct kunit *test, struct round *round)
{
	enum lockdown_level want = LOCKDOWN_LEVEL_NONE, level;
	int i;

	for (i = 0; i < RAISERS; i++)
		want = max_t(enum lockdown_level, want, round->wanted[i]);

	KUNIT_ASSERT_EQ(test, lockdown_policy_level(&round->policy), want);
	KUNIT_ASSERT_EQ(test, atomic_read(&round->raised[LOCKDOWN_LEVEL_NONE]),
			0);
	for (level = LOCKDOWN_LEVEL_NONE + 1; level < want; level++)
		KUNIT_ASSERT_LE(test, atomic_read(&round->raised[level]), 1);
	if (want)
		KUNIT_ASSERT_EQ(test, atomic_read(&round->raised[want]), 1);
}

static void test_race(struct kunit *test)
{
	struct task_struct *tasks[RAISERS + READERS];
	struct race *race = kunit_kzalloc(test, sizeof(*race), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, race);
	race->rounds =
		kunit_kcalloc(test, ROUNDS, sizeof(*race->rounds), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, race->rounds);
	init_completion(&race->finished);
	atomic_set(&race->running, ARRAY_SIZE(tasks));

	for (i = 0; i < ARRAY_SIZE(tasks); i++) {
		tasks[i] = kthread_create(i < RAISERS ? raiser : reader, race,
					  "lockdown_race/%d", i);
		if (IS_ERR(tasks[i]))
			break;
	}
	if (i < ARRAY_SIZE(tasks)) {
		/* None of the threads runs yet, and none ever will. */
		while (i--)
			kthread_stop(tasks[i]);
		KUNIT_FAIL_AND_ABORT(test, "cannot create the threads\n");
	}
	for (i = 0; i < ARRAY_SIZE(tasks); i++)
		wake_up_process(tasks[i]);
	wait_for_completion(&race->finished);

	KUNIT_EXPECT_EQ(test, atomic_read(&race->fell), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&race->not_reached), 0);
	for (i = 0; i < ROUNDS; i++)
		check_round(test, &race->rounds[i]);
}

static struct kunit_case race_cases[] = {
	KUNIT_CASE_SLOW(test_race),
	{},
};

static struct kunit_suite race_suite = {
	.name = "lockdown_race",
	.test_cases = race_cases,
};

kunit_test_suite(race_suite);
