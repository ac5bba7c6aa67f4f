// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown LSM: tests of the lines about things that could not be revoked
 *
 * The tests use lines of their own, and do not touch those of this kernel.
 */

#include <kunit/test.h>
#include <linux/lockdown.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "../policy.h"
#include "../residue.h"

#define NONE LOCKDOWN_LEVEL_NONE
#define INTEGRITY LOCKDOWN_LEVEL_INTEGRITY
#define CONFIDENTIALITY LOCKDOWN_LEVEL_CONFIDENTIALITY

struct residue_fixture {
	struct lockdown_residues all;
	char shown[2048];
};

static int residue_test_init(struct kunit *test)
{
	test->priv =
		kunit_kzalloc(test, sizeof(struct residue_fixture), GFP_KERNEL);
	return test->priv ? 0 : -ENOMEM;
}

/* Return the number of lines. @f->shown gets as many as it has room for. */
static unsigned int show(struct residue_fixture *f, enum lockdown_level level)
{
	const struct lockdown_policy policy = LOCKDOWN_POLICY_INIT(level);
	struct seq_file m = { .buf = f->shown, .size = sizeof(f->shown) - 1 };
	unsigned int count;

	count = lockdown_residues_show(&f->all, &policy, &m);
	f->shown[m.count] = '\0';
	return count;
}

struct denied_case {
	const char *desc;
	enum lockdown_level level;
	unsigned int count;
	const char *shown;
};

#define TOLD_ALWAYS "-\tof no reason\n"
#define TOLD_INTEGRITY "DEV_MEM\ta map\n"
#define TOLD_CONFIDENTIALITY "KCORE\ta core\n"

static const struct denied_case denied_cases[] = {
	{ "at none", NONE, 1, TOLD_ALWAYS },
	{ "at integrity", INTEGRITY, 2, TOLD_INTEGRITY TOLD_ALWAYS },
	{ "at confidentiality", CONFIDENTIALITY, 3,
	  TOLD_CONFIDENTIALITY TOLD_INTEGRITY TOLD_ALWAYS },
};

KUNIT_ARRAY_PARAM_DESC(denied, denied_cases, desc);

/* Lines keep their order, and each is shown when its reason is denied. */
static void test_denied(struct kunit *test)
{
	const struct denied_case *c = test->param_value;
	const struct lockdown_policy policy = LOCKDOWN_POLICY_INIT(c->level);
	struct residue_fixture *f = test->priv;

	lockdown_residues_tell(&f->all, LOCKDOWN_KCORE, "a core");
	lockdown_residues_tell(&f->all, LOCKDOWN_DEV_MEM, "a map");
	lockdown_residues_tell(&f->all, LOCKDOWN_NONE, "of no reason");
	KUNIT_EXPECT_EQ(test, show(f, c->level), c->count);
	KUNIT_EXPECT_STREQ(test, f->shown, c->shown);
	KUNIT_EXPECT_EQ(test, lockdown_residues_show(&f->all, &policy, NULL),
			c->count);
}

static void test_duplicates(struct kunit *test)
{
	struct residue_fixture *f = test->priv;
	int i;

	for (i = 0; i < 2 * LOCKDOWN_RESIDUES; i++)
		lockdown_residues_tell(&f->all, LOCKDOWN_IOPORT, "port %d",
				       i % 2);
	/* The same words with another reason make another line. */
	lockdown_residues_tell(&f->all, LOCKDOWN_PCI_ACCESS, "port 1");
	KUNIT_EXPECT_EQ(test, show(f, INTEGRITY), 3);
	KUNIT_EXPECT_STREQ(
		test, f->shown,
		"IOPORT\tport 0\nIOPORT\tport 1\nPCI_ACCESS\tport 1\n");
}

#define LOST 3

static void test_lost(struct kunit *test)
{
	struct residue_fixture *f = test->priv;
	int i;

	for (i = 0; i < LOCKDOWN_RESIDUES; i++)
		lockdown_residues_tell(&f->all, LOCKDOWN_MSR, "%d", i);
	KUNIT_EXPECT_EQ(test, show(f, INTEGRITY), LOCKDOWN_RESIDUES);
	KUNIT_EXPECT_NULL(test, strstr(f->shown, "lost"));

	for (i = 0; i < LOST; i++)
		lockdown_residues_tell(&f->all, LOCKDOWN_MSR, "more %d", i);
	/* A duplicate needs no room. */
	lockdown_residues_tell(&f->all, LOCKDOWN_MSR, "0");
	KUNIT_EXPECT_EQ(test, show(f, INTEGRITY), LOCKDOWN_RESIDUES + LOST);
	/* The reasons of lost lines are not known. */
	KUNIT_EXPECT_EQ(test, show(f, NONE), LOST);
	KUNIT_EXPECT_STREQ(test, f->shown,
			   "-\t3 lines lost, for want of room\n");
}

struct text_case {
	const char *desc;
	const char *text;
	const char *shown;
};

static const struct text_case text_cases[] = {
	{ "plain", "a module [7]", "a module [7]" },
	{ "nothing", "", "" },
	{ "a line of its own", "x\nDEV_MEM\ty", "x\\nDEV_MEM\\ty" },
	{ "a quote and a backslash", "\"\\n", "\\\"\\\\n" },
	{ "the colours of a terminal", "\033[31m", "\\e[31m" },
	{ "beyond ASCII", "\xc3\xa4\x7f\x9b", "\xc3\xa4\\177\\233" },
	{ "a format", "%s%n", "%s%n" },
};

KUNIT_ARRAY_PARAM_DESC(text, text_cases, desc);

static void test_escaped(struct kunit *test)
{
	const struct text_case *c = test->param_value;
	struct residue_fixture *f = test->priv;
	char want[64];

	lockdown_residues_tell(&f->all, LOCKDOWN_KEXEC, "%s", c->text);
	snprintf(want, sizeof(want), "KEXEC\t%s\n", c->shown);
	KUNIT_EXPECT_EQ(test, show(f, INTEGRITY), 1);
	KUNIT_EXPECT_STREQ(test, f->shown, want);
}

/* Lines that differ behind the cut are duplicates. */
static void test_cut_off(struct kunit *test)
{
	struct residue_fixture *f = test->priv;
	char want[LOCKDOWN_RESIDUE_LEN + 16];

	lockdown_residues_tell(&f->all, LOCKDOWN_KEXEC, "%0*d",
			       LOCKDOWN_RESIDUE_LEN, 1);
	lockdown_residues_tell(&f->all, LOCKDOWN_KEXEC, "%0*d",
			       LOCKDOWN_RESIDUE_LEN, 2);
	snprintf(want, sizeof(want), "KEXEC\t%0*d\n", LOCKDOWN_RESIDUE_LEN - 1,
		 0);
	KUNIT_EXPECT_EQ(test, show(f, INTEGRITY), 1);
	KUNIT_EXPECT_STREQ(test, f->shown, want);
}

static struct kunit_case residue_cases[] = {
	KUNIT_CASE_PARAM(test_denied, denied_gen_params),
	KUNIT_CASE(test_duplicates),
	KUNIT_CASE(test_lost),
	KUNIT_CASE_PARAM(test_escaped, text_gen_params),
	KUNIT_CASE(test_cut_off),
	{},
};

static struct kunit_suite residue_suite = {
	.name = "lockdown_residue",
	.init = residue_test_init,
	.test_cases = residue_cases,
};

kunit_test_suite(residue_suite);
