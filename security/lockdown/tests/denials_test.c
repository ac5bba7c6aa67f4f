// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown LSM: tests of the table of distinct denials
 *
 * The tests use a table, counts and a clock of their own: nothing is denied,
 * and nothing logged.
 */

#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/sprintf.h>
#include <linux/string.h>

#include "../denials.h"

#define MANY 1000000
#define THREADS 8
#define PROGRAMS 5
#define ROUNDS 20000

/**
 * struct world - what a test has of its own
 * @all: the table
 * @reports: the counts of each reason
 * @now: the clock, in jiffies
 * @untold: the sum of the denials that were reported as left out
 */
struct world {
	struct lockdown_denials all;
	struct lockdown_report reports[LOCKDOWN_REASON_COUNT];
	unsigned long now;
	long untold;
};

static struct world *new_world(struct kunit *test)
{
	struct world *world = kunit_kzalloc(test, sizeof(*world), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, world);
	world->now = INITIAL_JIFFIES;
	for (i = 0; i < LOCKDOWN_REASON_COUNT; i++)
		world->reports[i] =
			(struct lockdown_report)LOCKDOWN_REPORT_INIT;
	return world;
}

static bool happens(struct world *world, enum lockdown_verdict verdict,
		    enum lockdown_reason what, const char *comm,
		    const char *object)
{
	struct lockdown_event event = {
		.verdict = verdict,
		.what = what,
		.who = 97ULL << 32 | 1000,
		.now = world->now,
		.object = object,
	};
	long untold = 0;
	bool told;

	strscpy_pad(event.comm, comm);
	told = lockdown_denials_count(&world->all, &world->reports[what],
				      &event, &untold);
	world->untold += untold;
	return told;
}

static bool deny(struct world *world, const char *comm, const char *object)
{
	return happens(world, LOCKDOWN_DENIED, LOCKDOWN_DEV_MEM, comm, object);
}

static unsigned int lines_of(struct world *world)
{
	const struct lockdown_denial **list =
		kmalloc_array(LOCKDOWN_DENIALS, sizeof(*list), GFP_KERNEL);
	unsigned int count = list ? lockdown_denials_list(&world->all, list) :
				    0;

	kfree(list);
	return count;
}

/* The count of the line with this object, or -1. */
static long count_of(struct world *world, const char *object)
{
	int i;

	for (i = 0; i < LOCKDOWN_DENIALS; i++) {
		if (world->all.lines[i].ready &&
		    !strcmp(world->all.lines[i].object, object))
			return atomic_long_read(&world->all.lines[i].count);
	}
	return -1;
}

static void test_decades(struct kunit *test)
{
	struct world *world = new_world(test);
	unsigned long next = 1;
	int i;

	for (i = 1; i <= MANY; i++) {
		const bool must = i == next;

		if (deny(world, "dd", "open of mem") != must)
			break;
		if (i == next)
			next *= 10;
		/* The limit of the reason is another test's. */
		if (!(i % 100))
			world->now++;
	}
	KUNIT_EXPECT_EQ(test, i, MANY + 1);
	KUNIT_EXPECT_EQ(test, lines_of(world), 1);
	KUNIT_EXPECT_EQ(test, count_of(world, "open of mem"), MANY);
	/* The last denial was reported. */
	KUNIT_EXPECT_EQ(test, world->untold, MANY - 7);
}

static void test_hourly_summary(struct kunit *test)
{
	struct world *world = new_world(test);
	int i;

	for (i = 1; i <= 11; i++)
		deny(world, "dd", "");
	world->now += LOCKDOWN_SUMMARY_INTERVAL - 1;
	KUNIT_EXPECT_FALSE(test, deny(world, "dd", ""));
	world->now++;
	KUNIT_EXPECT_TRUE(test, deny(world, "dd", ""));
	KUNIT_EXPECT_FALSE(test, deny(world, "dd", ""));
	world->now += LOCKDOWN_SUMMARY_INTERVAL;
	KUNIT_EXPECT_TRUE(test, deny(world, "dd", ""));
	/* 15 denials; those with number 1, 10, 13 and 15 were told. */
	KUNIT_EXPECT_EQ(test, world->untold, 15 - 4);
}

/*
 * A monitor that opens /dev/mem three times a second, for a day. The lockdown
 * of 6.12 logs 10 of the 15 in five seconds, one line each; we log three lines
 * at most.
 */
static void test_monitor(struct kunit *test)
{
	struct world *world = new_world(test);
	const int seconds = 24 * 60 * 60;
	int second, told = 0;

	for (second = 0; second < seconds; second++) {
		told += deny(world, "monitor", "open of mem");
		told += deny(world, "monitor", "open of mem");
		told += deny(world, "monitor", "open of mem");
		world->now += HZ;
	}
	KUNIT_EXPECT_EQ(test, count_of(world, "open of mem"), 3 * seconds);
	KUNIT_EXPECT_LE(test, told, 6 + 24);
	KUNIT_EXPECT_GE(test, told, 24);
	KUNIT_EXPECT_LE(test, 3 * told * 100, 2 * seconds);
}

static void test_distinct(struct kunit *test)
{
	struct world *world = new_world(test);

	KUNIT_EXPECT_TRUE(test, deny(world, "dd", "one"));
	KUNIT_EXPECT_FALSE(test, deny(world, "dd", "one"));
	KUNIT_EXPECT_TRUE(test, deny(world, "dd", "two"));
	KUNIT_EXPECT_TRUE(test, deny(world, "dd", ""));
	KUNIT_EXPECT_TRUE(test, deny(world, "cat", "one"));
	KUNIT_EXPECT_TRUE(test, happens(world, LOCKDOWN_EVALUATED,
					LOCKDOWN_DEV_MEM, "dd", "one"));
	KUNIT_EXPECT_TRUE(test, happens(world, LOCKDOWN_DENIED, LOCKDOWN_KCORE,
					"dd", "one"));
	KUNIT_EXPECT_FALSE(test, deny(world, "cat", "one"));
	KUNIT_EXPECT_EQ(test, lines_of(world), 6);
}

static void test_order_and_times(struct kunit *test)
{
	const struct lockdown_denial **list;
	struct world *world = new_world(test);
	char name[16];
	u64 begin;
	int i;

	list = kunit_kcalloc(test, LOCKDOWN_DENIALS, sizeof(*list), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, list);
	for (i = 0; i < 20; i++) {
		scnprintf(name, sizeof(name), "object %d", i);
		begin = local_clock();
		deny(world, "dd", name);
		/* The clock may go by ticks, and equal times have no order. */
		while (local_clock() == begin)
			usleep_range(500, 1000);
	}
	world->now += HZ;
	deny(world, "dd", "object 3");
	KUNIT_ASSERT_EQ(test, lockdown_denials_list(&world->all, list), 20);
	for (i = 0; i < 20; i++) {
		const struct lockdown_span *span = &list[i]->span;

		scnprintf(name, sizeof(name), "object %d", i);
		KUNIT_EXPECT_STREQ(test, list[i]->object, name);
		KUNIT_EXPECT_EQ(test, lockdown_span_last(span) - span->first_ns,
				i == 3 ? NSEC_PER_SEC : 0);
		KUNIT_EXPECT_EQ(test, list[i]->who, 97ULL << 32 | 1000);
	}
}

/* Any number of distinct denials of a reason fills half of the table. */
static void test_many_distinct(struct kunit *test)
{
	struct world *world = new_world(test);
	int i, told = 0;
	char name[16];

	KUNIT_EXPECT_TRUE(test, deny(world, "dd", "known"));
	for (i = 0; i < MANY; i++) {
		scnprintf(name, sizeof(name), "%d", i);
		told += deny(world, "dd", name);
	}
	KUNIT_EXPECT_EQ(test, told, LOCKDOWN_LIMIT_BURST - 1);
	KUNIT_EXPECT_EQ(test, lines_of(world), LOCKDOWN_DENIALS / 2);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&world->all.lost),
			MANY + 1 - LOCKDOWN_DENIALS / 2);
	KUNIT_EXPECT_EQ(
		test, atomic_long_read(&world->reports[LOCKDOWN_DEV_MEM].count),
		MANY + 1);
	/* Other reasons keep their lines, and their log lines. */
	for (i = 2; i <= 10; i++)
		KUNIT_EXPECT_EQ(test, deny(world, "dd", "known"), i == 10);
	KUNIT_EXPECT_TRUE(test, happens(world, LOCKDOWN_DENIED, LOCKDOWN_KCORE,
					"dd", ""));
	KUNIT_EXPECT_EQ(test, lines_of(world), LOCKDOWN_DENIALS / 2 + 1);

	/*
	 * A line that was not reported yet is reported when the limit allows.
	 */
	KUNIT_EXPECT_FALSE(test, deny(world, "dd", "50"));
	world->now += LOCKDOWN_LIMIT_INTERVAL;
	KUNIT_EXPECT_TRUE(test, deny(world, "dd", "50"));
	KUNIT_EXPECT_EQ(test, count_of(world, "50"), 3);
}

/* Each reason takes half of what the ones before have left. */
static void test_full(struct kunit *test)
{
	struct world *world = new_world(test);
	int i, left = LOCKDOWN_DENIALS;
	enum lockdown_reason what;
	char name[16];

	for (what = 1; what < 10; what++) {
		for (i = 0; i < LOCKDOWN_DENIALS; i++) {
			scnprintf(name, sizeof(name), "%d", i);
			happens(world, LOCKDOWN_DENIED, what, "dd", name);
		}
		left -= max(left / 2, 1);
		KUNIT_EXPECT_EQ(test, lines_of(world), LOCKDOWN_DENIALS - left);
	}
	KUNIT_EXPECT_EQ(test, lines_of(world), LOCKDOWN_DENIALS);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&world->all.lost),
			8 * LOCKDOWN_DENIALS);
	KUNIT_EXPECT_TRUE(test, happens(world, LOCKDOWN_DENIED, LOCKDOWN_KCORE,
					"dd", ""));
	KUNIT_EXPECT_EQ(test, lines_of(world), LOCKDOWN_DENIALS);
}

/* lockdown_denials_repeat() counts as lockdown_denials_count() does. */
static void test_repeat(struct kunit *test)
{
	struct world *world = new_world(test);
	struct lockdown_report *report = &world->reports[LOCKDOWN_DEV_MEM];
	const u64 who = 98ULL << 32 | 1001;
	char comm[TASK_COMM_LEN] = "dd", other[TASK_COMM_LEN] = "ddd";
	int i;

	/* Nothing is known yet, and an object is not compared. */
	KUNIT_EXPECT_FALSE(test, lockdown_denials_repeat(report, NULL, comm,
							 who, world->now));
	deny(world, "dd", "x");
	KUNIT_EXPECT_FALSE(test, lockdown_denials_repeat(report, NULL, comm,
							 who, world->now));
	KUNIT_EXPECT_TRUE(test, deny(world, "dd", ""));
	KUNIT_EXPECT_FALSE(test, lockdown_denials_repeat(report, NULL, other,
							 who, world->now));
	for (i = 2; i < 10; i++)
		KUNIT_EXPECT_TRUE(test,
				  lockdown_denials_repeat(report, NULL, comm,
							  who, world->now + i));
	KUNIT_EXPECT_EQ(test, count_of(world, ""), 9);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&report->count), 10);
	KUNIT_EXPECT_PTR_NE(test, report->latest, NULL);
	KUNIT_EXPECT_EQ(test, report->latest->who, who);
	KUNIT_EXPECT_EQ(test, report->latest->span.last, world->now + 9);
	KUNIT_EXPECT_EQ(test, report->span.last, world->now + 9);
	/* The tenth denial is reported, and so is one after an hour. */
	KUNIT_EXPECT_FALSE(test, lockdown_denials_repeat(report, NULL, comm,
							 who, world->now));
	KUNIT_EXPECT_TRUE(test, deny(world, "dd", ""));
	KUNIT_EXPECT_TRUE(test, lockdown_denials_repeat(report, NULL, comm, who,
							world->now));
	KUNIT_EXPECT_FALSE(test,
			   lockdown_denials_repeat(
				   report, NULL, comm, who,
				   world->now + LOCKDOWN_SUMMARY_INTERVAL));
}

/* Counts a denial as report.c does; true if its name was not needed. */
static __printf(2, 3) bool repeats(struct world *world, const char *fmt, ...)
{
	struct lockdown_report *report = &world->reports[LOCKDOWN_DEV_MEM];
	struct va_format format = { .fmt = fmt };
	struct lockdown_event event = {
		.what = LOCKDOWN_DEV_MEM,
		.now = world->now,
		.comm = "dd",
		.format = &format,
	};
	char object[LOCKDOWN_OBJECT_LEN];
	long untold;
	va_list args;
	bool known;

	va_start(args, fmt);
	format.va = &args;
	known = lockdown_denials_repeat(report, &format, event.comm, 0,
					world->now);
	if (!known) {
		scnprintf(object, sizeof(object), "%pV", &format);
		event.object = object;
		lockdown_denials_count(&world->all, report, &event, &untold);
	}
	va_end(args);
	return known;
}

/* Equal integers in an equal format are an equal name. */
static void test_repeat_object(struct kunit *test)
{
	struct world *world = new_world(test);
	static const char three[] = "0x%lx-0x%02x of %llu";
	static const char five[] = "%d %d %d %d %d";

	KUNIT_EXPECT_FALSE(test, repeats(world, "iopl"));
	KUNIT_EXPECT_TRUE(test, repeats(world, "iopl"));
	KUNIT_EXPECT_FALSE(test, repeats(world, three, 1L, 2, 3ULL));
	KUNIT_EXPECT_TRUE(test, repeats(world, three, 1L, 2, 3ULL));
	KUNIT_EXPECT_FALSE(test, repeats(world, three, 1L, 2, 4ULL));
	KUNIT_EXPECT_FALSE(test, repeats(world, three, 1L, 3, 3ULL));
	KUNIT_EXPECT_FALSE(test, repeats(world, three, 2L, 2, 3ULL));
	KUNIT_EXPECT_FALSE(test, repeats(world, three, 1L, 2, 3ULL));
	KUNIT_EXPECT_EQ(test, count_of(world, "0x1-0x02 of 3"), 3);
	KUNIT_EXPECT_EQ(test, count_of(world, "0x2-0x02 of 3"), 1);
	/* The same name by another format is counted in the same line. */
	KUNIT_EXPECT_FALSE(test, repeats(world, "0x%x-0x02 of 3", 1));
	KUNIT_EXPECT_EQ(test, count_of(world, "0x1-0x02 of 3"), 4);
	/* The pointer may point to another object by now. */
	KUNIT_EXPECT_FALSE(test, repeats(world, "open of %s", "mem"));
	KUNIT_EXPECT_FALSE(test, repeats(world, "open of %s", "mem"));
	KUNIT_EXPECT_EQ(test, count_of(world, "open of mem"), 2);
	KUNIT_EXPECT_FALSE(test, repeats(world, "100%%"));
	KUNIT_EXPECT_FALSE(test, repeats(world, "100%%"));
	KUNIT_EXPECT_FALSE(test, repeats(world, five, 1, 2, 3, 4, 5));
	KUNIT_EXPECT_FALSE(test, repeats(world, five, 1, 2, 3, 4, 6));
	KUNIT_EXPECT_EQ(test, count_of(world, "1 2 3 4 5"), 1);
}

/* A new denial is reported at once, also while others of its reason repeat. */
static void test_new_in_storm(struct kunit *test)
{
	struct world *world = new_world(test);
	char name[16];
	int i, j;

	for (i = 0; i < ROUNDS; i++) {
		for (j = 0; j < PROGRAMS; j++) {
			scnprintf(name, sizeof(name), "storm %d", j);
			deny(world, name, "open of mem");
		}
	}
	KUNIT_EXPECT_TRUE(test, deny(world, "new", "open of mem"));
}

/* The writer of a line is interrupted before the line is ready. */
static void test_unfinished_line(struct kunit *test)
{
	struct world *world = new_world(test);
	int i;

	deny(world, "dd", "x");
	for (i = 0; !world->all.lines[i].ready; i++)
		;
	world->all.lines[i].ready = false;
	world->all.lines[i].next = 0;
	KUNIT_EXPECT_FALSE(test, deny(world, "dd", "x"));
	KUNIT_EXPECT_EQ(test, lines_of(world), 0);
	world->all.lines[i].ready = true;
	KUNIT_EXPECT_EQ(test, lines_of(world), 1);
	KUNIT_EXPECT_EQ(test, count_of(world, "x"), 2);
	/* Another CPU reports the denial. */
	atomic_set(&world->all.lines[i].telling, 1);
	KUNIT_EXPECT_FALSE(test, deny(world, "dd", "x"));
	KUNIT_EXPECT_EQ(test, count_of(world, "x"), 3);
}

struct storm {
	struct world *world;
	atomic_t running;
	atomic_long_t told;
	atomic_long_t untold;
	struct completion finished;
};

static int run_storm(void *data)
{
	struct storm *storm = data;
	struct world *world = storm->world;
	struct lockdown_event event = {
		.verdict = LOCKDOWN_DENIED,
		.what = LOCKDOWN_DEV_MEM,
		.now = world->now,
	};
	char object[16];
	int i;

	event.object = object;
	for (i = 0; i < ROUNDS; i++) {
		long untold = 0;

		scnprintf(object, sizeof(object), "object %d", i % PROGRAMS);
		atomic_long_add(lockdown_denials_count(
					&world->all,
					&world->reports[LOCKDOWN_DEV_MEM],
					&event, &untold),
				&storm->told);
		atomic_long_add(untold, &storm->untold);
		if (!(i % 64))
			cond_resched();
	}
	if (atomic_dec_and_test(&storm->running))
		complete(&storm->finished);
	return 0;
}

/* Counts are exact, no line is there twice, and the sums are right. */
static void test_threads(struct kunit *test)
{
	struct storm *storm = kunit_kzalloc(test, sizeof(*storm), GFP_KERNEL);
	struct task_struct *thread;
	char object[16];
	int i;

	KUNIT_ASSERT_NOT_NULL(test, storm);
	storm->world = new_world(test);
	atomic_set(&storm->running, THREADS);
	init_completion(&storm->finished);
	for (i = 0; i < THREADS; i++) {
		thread = kthread_run(run_storm, storm, "lockdown_storm/%d", i);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, thread);
	}
	wait_for_completion(&storm->finished);

	KUNIT_EXPECT_EQ(test, lines_of(storm->world), PROGRAMS);
	for (i = 0; i < PROGRAMS; i++) {
		scnprintf(object, sizeof(object), "object %d", i);
		KUNIT_EXPECT_EQ(test, count_of(storm->world, object),
				THREADS * ROUNDS / PROGRAMS);
	}
	KUNIT_EXPECT_EQ(test, atomic_long_read(&storm->world->all.lost), 0);

	/* The next report settles the sum. */
	KUNIT_EXPECT_TRUE(test, deny(storm->world, "dd", "the end"));
	KUNIT_EXPECT_EQ(test,
			atomic_long_read(&storm->told) + 1 +
				atomic_long_read(&storm->untold) +
				storm->world->untold,
			THREADS * ROUNDS + 1);
}

static struct kunit_case denials_cases[] = {
	KUNIT_CASE(test_decades),
	KUNIT_CASE(test_hourly_summary),
	KUNIT_CASE(test_monitor),
	KUNIT_CASE(test_distinct),
	KUNIT_CASE(test_order_and_times),
	KUNIT_CASE(test_many_distinct),
	KUNIT_CASE(test_full),
	KUNIT_CASE(test_repeat),
	KUNIT_CASE(test_repeat_object),
	KUNIT_CASE(test_new_in_storm),
	KUNIT_CASE(test_unfinished_line),
	KUNIT_CASE(test_threads),
	{},
};

static struct kunit_suite denials_suite = {
	.name = "lockdown_denials",
	.test_cases = denials_cases,
};

kunit_test_suite(denials_suite);
