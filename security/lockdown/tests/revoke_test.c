// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown LSM: tests of the order in which a raise calls revokers
 *
 * The tests use revokers of their own: nothing of this kernel is revoked.
 */

#include <kunit/test.h>
#include <linux/array_size.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/lockdown.h>
#include <linux/rtmutex.h>
#include <linux/sched.h>
#include <linux/seq_buf.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "../revoke.h"

#define NONE LOCKDOWN_LEVEL_NONE
#define INTEGRITY LOCKDOWN_LEVEL_INTEGRITY
#define CONFIDENTIALITY LOCKDOWN_LEVEL_CONFIDENTIALITY

/* Each call appends a letter. */
static struct seq_buf calls;
static char calls_text[32];

static unsigned int take_m(void)
{
	seq_buf_putc(&calls, 'm');
	return 2;
}

static unsigned int take_p(void)
{
	seq_buf_putc(&calls, 'p');
	return 0;
}

static unsigned int take_q(void)
{
	seq_buf_putc(&calls, 'q');
	return 1;
}

static unsigned int take_k(void)
{
	seq_buf_putc(&calls, 'k');
	return 3;
}

static unsigned int take_r(void)
{
	seq_buf_putc(&calls, 'r');
	return 4;
}

struct revoke_fixture {
	struct lockdown_revokers all;
	struct lockdown_revoker m, p, q, k, r;
	char took[64];
};

/* Register the revokers in no order at all. */
static int revoke_test_init(struct kunit *test)
{
	struct revoke_fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	if (!f)
		return -ENOMEM;
	test->priv = f;
	rt_mutex_init(&f->all.lock);
	INIT_LIST_HEAD(&f->all.list);
	f->r = (struct lockdown_revoker){ .name = "reads",
					  .reason = LOCKDOWN_MSR_READ,
					  .revoke = take_r };
	f->p = (struct lockdown_revoker){ .name = "ports",
					  .reason = LOCKDOWN_IOPORT,
					  .revoke = take_p };
	f->k = (struct lockdown_revoker){ .name = "cores",
					  .reason = LOCKDOWN_KCORE,
					  .revoke = take_k };
	f->q = (struct lockdown_revoker){ .name = "more ports",
					  .reason = LOCKDOWN_IOPORT,
					  .revoke = take_q };
	f->m = (struct lockdown_revoker){ .name = "maps",
					  .reason = LOCKDOWN_DEV_MEM,
					  .revoke = take_m };
	lockdown_revokers_add(&f->all, &f->r);
	lockdown_revokers_add(&f->all, &f->p);
	lockdown_revokers_add(&f->all, &f->k);
	lockdown_revokers_add(&f->all, &f->q);
	lockdown_revokers_add(&f->all, &f->m);
	seq_buf_init(&calls, calls_text, sizeof(calls_text));
	return 0;
}

static void run_to(struct kunit *test, enum lockdown_level to)
{
	struct revoke_fixture *f = test->priv;
	struct seq_buf took;

	seq_buf_init(&took, f->took, sizeof(f->took));
	rt_mutex_lock(&f->all.lock);
	/* Call them as a raise does: once before it waits, and once after. */
	lockdown_revokers_run(&f->all, to);
	lockdown_revokers_run(&f->all, to);
	f->all.done = to;
	lockdown_revokers_show(&f->all, &took);
	rt_mutex_unlock(&f->all.lock);
	seq_buf_str(&took);
}

struct revoke_case {
	const char *desc;
	enum lockdown_level first, second;
	const char *calls;
	const char *took;
};

static const struct revoke_case revoke_cases[] = {
	{ "none and none", NONE, NONE, "", "nothing" },
	{ "none to integrity", NONE, INTEGRITY, "mpqmpq",
	  "2 maps, 1 more ports" },
	{ "none to confidentiality", NONE, CONFIDENTIALITY, "mpqkrmpqkr",
	  "2 maps, 1 more ports, 3 cores, 4 reads" },
	{ "integrity twice", INTEGRITY, INTEGRITY, "mpqmpq", "nothing" },
	{ "step by step", INTEGRITY, CONFIDENTIALITY, "mpqmpqkrkr",
	  "3 cores, 4 reads" },
	{ "confidentiality twice", CONFIDENTIALITY, CONFIDENTIALITY,
	  "mpqkrmpqkr", "nothing" },
};

KUNIT_ARRAY_PARAM_DESC(revoke, revoke_cases, desc);

static void test_order(struct kunit *test)
{
	const struct revoke_case *c = test->param_value;
	struct revoke_fixture *f = test->priv;

	run_to(test, c->first);
	run_to(test, c->second);
	KUNIT_EXPECT_STREQ(test, seq_buf_str(&calls), c->calls);
	KUNIT_EXPECT_STREQ(test, f->took, c->took);
}

/* A late revoker finds nothing to revoke, and a removed one is not called. */
static void test_come_and_go(struct kunit *test)
{
	struct revoke_fixture *f = test->priv;

	list_del(&f->p.list);
	list_del(&f->m.list);
	run_to(test, INTEGRITY);
	KUNIT_EXPECT_STREQ(test, seq_buf_str(&calls), "qq");
	lockdown_revokers_add(&f->all, &f->m);
	run_to(test, CONFIDENTIALITY);
	KUNIT_EXPECT_STREQ(test, seq_buf_str(&calls), "qqkrkr");
}

/* The text is cut, and the amounts are reset nevertheless. */
static void test_short_summary(struct kunit *test)
{
	struct revoke_fixture *f = test->priv;
	struct seq_buf took;

	seq_buf_init(&took, f->took, sizeof("2 maps, 1 more"));
	rt_mutex_lock(&f->all.lock);
	lockdown_revokers_run(&f->all, CONFIDENTIALITY);
	lockdown_revokers_show(&f->all, &took);
	rt_mutex_unlock(&f->all.lock);
	KUNIT_EXPECT_TRUE(test, seq_buf_has_overflowed(&took));
	KUNIT_EXPECT_STRNEQ(test, seq_buf_str(&took), "nothing");
	KUNIT_EXPECT_EQ(test, strncmp(seq_buf_str(&took), "2 maps, 1 ", 10), 0);

	seq_buf_init(&took, f->took, sizeof(f->took));
	lockdown_revokers_show(&f->all, &took);
	KUNIT_EXPECT_STREQ(test, seq_buf_str(&took), "nothing");
}

/* A revoker that comes or goes while a raise calls the others. */
static struct during {
	struct lockdown_revokers *all;
	struct lockdown_revoker *revoker;
	bool comes;
	struct completion started, done;
} during;

static int come_or_go(void *unused)
{
	complete(&during.started);
	if (during.comes)
		lockdown_revokers_add(during.all, during.revoker);
	else
		lockdown_revokers_remove(during.all, during.revoker);
	complete(&during.done);
	return 0;
}

/*
 * Called in a raise: the thread has started, and waits for the end of the
 * raise.
 */
static unsigned int take_with_company(void)
{
	struct task_struct *task;

	seq_buf_putc(&calls, 'c');
	if (completion_done(&during.started))
		return 1;
	task = kthread_run(come_or_go, NULL, "lockdown_revoke");
	if (IS_ERR(task))
		return 1;
	wait_for_completion(&during.started);
	complete(&during.started);
	msleep(20);
	if (completion_done(&during.done))
		seq_buf_putc(&calls, '!');
	return 1;
}

struct during_case {
	const char *desc;
	bool comes;
	/*
	 * Expected calls: in the raise to integrity, then in that to
	 * confidentiality.
	 */
	const char *calls;
};

static const struct during_case during_cases[] = {
	{ "comes", true, "mcqmcqkrkr" },
	{ "goes", false, "mcqmcqrr" },
};

KUNIT_ARRAY_PARAM_DESC(during, during_cases, desc);

static void test_during_a_raise(struct kunit *test)
{
	const struct during_case *c = test->param_value;
	struct revoke_fixture *f = test->priv;

	during = (struct during){ .all = &f->all,
				  .revoker = &f->k,
				  .comes = c->comes };
	init_completion(&during.started);
	init_completion(&during.done);
	if (c->comes)
		lockdown_revokers_remove(&f->all, &f->k);
	f->p.revoke = take_with_company;

	run_to(test, INTEGRITY);
	KUNIT_ASSERT_NE(test,
			wait_for_completion_timeout(&during.done, 10 * HZ), 0);
	run_to(test, CONFIDENTIALITY);
	KUNIT_EXPECT_STREQ(test, seq_buf_str(&calls), c->calls);
}

/* The owner of the things below; no task. */
static struct task_struct *owner;

/* Finds three things, and tells of two. */
static unsigned int walk_maps(bool revoke)
{
	if (revoke)
		seq_buf_putc(&calls, 'M');
	lockdown_revoked(owner, "map %d", 1);
	lockdown_revoked(NULL, "map \"2\"\n");
	return 3;
}

static unsigned int walk_cores(bool revoke)
{
	if (revoke)
		seq_buf_putc(&calls, 'K');
	lockdown_revoked(NULL, "core");
	return 1;
}

static unsigned int walk_many(bool revoke)
{
	unsigned int i;

	for (i = 0; i < LOCKDOWN_TAKES_MAX + 6; i++)
		lockdown_revoked(NULL, "m%u", i);
	return i;
}

static int prepare_walks(struct kunit *test)
{
	struct revoke_fixture *f = test->priv;

	owner = kunit_kzalloc(test, sizeof(*owner), GFP_KERNEL);
	if (!owner)
		return -ENOMEM;
	owner->pid = 97;
	strscpy(owner->comm, "a\"\nb");
	f->m.kind = "mapping";
	f->m.walk = walk_maps;
	f->k.kind = "other";
	f->k.walk = walk_cores;
	return 0;
}

/* Reads what a reader of lockdown_info/takes would get. */
static const char *tell(struct kunit *test, enum lockdown_level level)
{
	struct revoke_fixture *f = test->priv;
	const size_t size = SZ_16K;
	struct seq_file m = {
		.buf = kunit_kzalloc(test, size, GFP_KERNEL),
		.size = size - 1,
	};

	KUNIT_ASSERT_NOT_NULL(test, m.buf);
	KUNIT_EXPECT_EQ(test, lockdown_revokers_tell(&f->all, level, &m), 0);
	KUNIT_EXPECT_FALSE(test, seq_has_overflowed(&m));
	return m.buf;
}

#define TOLD_CORE \
	"level=confidentiality kind=other pid=- comm=- object=\"core\"\n"
#define TOLD_MAP(end) "level=integrity kind=mapping " end "\n"

static const char told_all[] =
	TOLD_MAP("pid=97 comm=\"a\\\"\\nb\" object=\"map 1\"")
		TOLD_MAP("pid=- comm=- object=\"map \\\"2\\\"\\n\"")
			TOLD_MAP("pid=- comm=- object=\"1 more\"") TOLD_CORE;

static void test_tell(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, prepare_walks(test), 0);
	KUNIT_EXPECT_STREQ(test, tell(test, NONE), told_all);
	KUNIT_EXPECT_STREQ(test, tell(test, INTEGRITY), TOLD_CORE);
	KUNIT_EXPECT_STREQ(test, tell(test, CONFIDENTIALITY), "");
	/* Nothing was revoked, nor called that cannot tell. */
	KUNIT_EXPECT_STREQ(test, seq_buf_str(&calls), "");
}

static void test_tell_of_many(struct kunit *test)
{
	struct revoke_fixture *f = test->priv;
	const char *told, *at;
	unsigned int lines = 0;

	KUNIT_ASSERT_EQ(test, prepare_walks(test), 0);
	f->m.walk = walk_many;
	told = tell(test, NONE);
	for (at = told; (at = strstr(at, "kind=mapping ")); at++)
		lines++;
	KUNIT_EXPECT_EQ(test, lines, LOCKDOWN_TAKES_MAX + 1);
	KUNIT_EXPECT_NOT_NULL(test, strstr(told, "object=\"6 more\""));
	/* The next revoker has all its lines. */
	KUNIT_EXPECT_NOT_NULL(test, strstr(told, TOLD_CORE));
}

/* A raise calls those that can tell, too. */
static void test_walk_in_a_raise(struct kunit *test)
{
	struct revoke_fixture *f = test->priv;

	KUNIT_ASSERT_EQ(test, prepare_walks(test), 0);
	run_to(test, INTEGRITY);
	KUNIT_EXPECT_STREQ(test, seq_buf_str(&calls), "MpqMpq");
	KUNIT_EXPECT_STREQ(test, f->took, "3 maps, 1 more ports");
}

static struct kunit_case revoke_test_cases[] = {
	KUNIT_CASE_PARAM(test_order, revoke_gen_params),
	KUNIT_CASE(test_come_and_go),
	KUNIT_CASE(test_short_summary),
	KUNIT_CASE_PARAM(test_during_a_raise, during_gen_params),
	KUNIT_CASE(test_tell),
	KUNIT_CASE(test_tell_of_many),
	KUNIT_CASE(test_walk_in_a_raise),
	{}
};

static struct kunit_suite revoke_suite = {
	.name = "lockdown_revoke",
	.init = revoke_test_init,
	.test_cases = revoke_test_cases,
};

kunit_test_suite(revoke_suite);
