// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown LSM: tests of the decision and of the ratchet
 *
 * The tests use states of their own: a unit test must not lock its kernel.
 */

#include <kunit/test.h>
#include <linux/array_size.h>
#include <linux/bits.h>
#include <linux/lockdown.h>

#include "../policy.h"

#define NONE LOCKDOWN_LEVEL_NONE
#define INTEGRITY LOCKDOWN_LEVEL_INTEGRITY
#define CONFIDENTIALITY LOCKDOWN_LEVEL_CONFIDENTIALITY

struct ratchet_case {
	const char *desc;
	enum lockdown_level from;
	enum lockdown_level to;
	int want;
	enum lockdown_level after;
};

static const struct ratchet_case ratchet_cases[] = {
	{ "none to none", NONE, NONE, 0, NONE },
	{ "none to integrity", NONE, INTEGRITY, 1, INTEGRITY },
	{ "none to confidentiality", NONE, CONFIDENTIALITY, 1,
	  CONFIDENTIALITY },
	{ "integrity to none", INTEGRITY, NONE, -EPERM, INTEGRITY },
	{ "integrity again", INTEGRITY, INTEGRITY, 0, INTEGRITY },
	{ "integrity to confidentiality", INTEGRITY, CONFIDENTIALITY, 1,
	  CONFIDENTIALITY },
	{ "confidentiality to none", CONFIDENTIALITY, NONE, -EPERM,
	  CONFIDENTIALITY },
	{ "confidentiality to integrity", CONFIDENTIALITY, INTEGRITY, -EPERM,
	  CONFIDENTIALITY },
	{ "confidentiality again", CONFIDENTIALITY, CONFIDENTIALITY, 0,
	  CONFIDENTIALITY },
};

KUNIT_ARRAY_PARAM_DESC(ratchet, ratchet_cases, desc);

static void test_ratchet(struct kunit *test)
{
	const struct ratchet_case *c = test->param_value;
	struct lockdown_policy policy = LOCKDOWN_POLICY_INIT(c->from);
	enum lockdown_level from = LOCKDOWN_LEVEL_COUNT;

	KUNIT_EXPECT_EQ(test, lockdown_policy_raise(&policy, c->to, &from),
			c->want);
	KUNIT_EXPECT_EQ(test, from,
			c->want == 1 ? c->from : LOCKDOWN_LEVEL_COUNT);
	KUNIT_EXPECT_EQ(test, lockdown_policy_level(&policy), c->after);
}

/* Written out by hand, not computed: users were promised this table. */
struct reason_case {
	const char *desc;
	enum lockdown_reason what;
	enum lockdown_level denied_from;
};

static const struct reason_case reason_cases[] = {
	{ "MODULE_SIGNATURE", LOCKDOWN_MODULE_SIGNATURE, INTEGRITY },
	{ "DEV_MEM", LOCKDOWN_DEV_MEM, INTEGRITY },
	{ "EFI_TEST", LOCKDOWN_EFI_TEST, INTEGRITY },
	{ "KEXEC", LOCKDOWN_KEXEC, INTEGRITY },
	{ "HIBERNATION", LOCKDOWN_HIBERNATION, INTEGRITY },
	{ "PCI_ACCESS", LOCKDOWN_PCI_ACCESS, INTEGRITY },
	{ "IOPORT", LOCKDOWN_IOPORT, INTEGRITY },
	{ "MSR", LOCKDOWN_MSR, INTEGRITY },
	{ "ACPI_TABLES", LOCKDOWN_ACPI_TABLES, INTEGRITY },
	{ "DEVICE_TREE", LOCKDOWN_DEVICE_TREE, INTEGRITY },
	{ "PCMCIA_CIS", LOCKDOWN_PCMCIA_CIS, INTEGRITY },
	{ "TIOCSSERIAL", LOCKDOWN_TIOCSSERIAL, INTEGRITY },
	{ "MODULE_PARAMETERS", LOCKDOWN_MODULE_PARAMETERS, INTEGRITY },
	{ "MMIOTRACE", LOCKDOWN_MMIOTRACE, INTEGRITY },
	{ "DEBUGFS", LOCKDOWN_DEBUGFS, INTEGRITY },
	{ "XMON_WR", LOCKDOWN_XMON_WR, INTEGRITY },
	{ "BPF_WRITE_USER", LOCKDOWN_BPF_WRITE_USER, INTEGRITY },
	{ "DBG_WRITE_KERNEL", LOCKDOWN_DBG_WRITE_KERNEL, INTEGRITY },
	{ "RTAS_ERROR_INJECTION", LOCKDOWN_RTAS_ERROR_INJECTION, INTEGRITY },
	{ "XEN_USER_ACTIONS", LOCKDOWN_XEN_USER_ACTIONS, INTEGRITY },
	{ "KCORE", LOCKDOWN_KCORE, CONFIDENTIALITY },
	{ "KPROBES", LOCKDOWN_KPROBES, CONFIDENTIALITY },
	{ "BPF_READ_KERNEL", LOCKDOWN_BPF_READ_KERNEL, CONFIDENTIALITY },
	{ "DBG_READ_KERNEL", LOCKDOWN_DBG_READ_KERNEL, CONFIDENTIALITY },
	{ "PERF", LOCKDOWN_PERF, CONFIDENTIALITY },
	{ "TRACEFS", LOCKDOWN_TRACEFS, CONFIDENTIALITY },
	{ "XMON_RW", LOCKDOWN_XMON_RW, CONFIDENTIALITY },
	{ "XFRM_SECRET", LOCKDOWN_XFRM_SECRET, CONFIDENTIALITY },
	{ "MSR_READ", LOCKDOWN_MSR_READ, CONFIDENTIALITY },
	{ "UNRESTRICTED_DMA", LOCKDOWN_UNRESTRICTED_DMA, INTEGRITY },
	{ "DEBUGFS_PRIVATE", LOCKDOWN_DEBUGFS_PRIVATE, CONFIDENTIALITY },
	{ "KEYS", LOCKDOWN_KEYS, CONFIDENTIALITY },
	/* Modules ask for these to learn the level. */
	{ "none as a reason", LOCKDOWN_NONE, NONE },
	{ "integrity as a reason", LOCKDOWN_INTEGRITY_MAX, INTEGRITY },
	{ "confidentiality as a reason", LOCKDOWN_CONFIDENTIALITY_MAX,
	  CONFIDENTIALITY },
	/* Fail closed. */
	{ "an unknown reason", LOCKDOWN_REASON_COUNT, NONE },
	{ "a negative reason", -1, NONE },
};

KUNIT_ARRAY_PARAM_DESC(reason, reason_cases, desc);

static void test_reason_at_each_level(struct kunit *test)
{
	const struct reason_case *c = test->param_value;
	enum lockdown_level level;

	for (level = 0; level < LOCKDOWN_LEVEL_COUNT; level++) {
		struct lockdown_policy policy = LOCKDOWN_POLICY_INIT(level);

		KUNIT_EXPECT_EQ_MSG(test,
				    lockdown_policy_check(&policy, c->what),
				    level >= c->denied_from ? -EPERM : 0,
				    "at %s", lockdown_level_name(level));
		if (c->what >= LOCKDOWN_REASON_COUNT)
			continue;
		KUNIT_EXPECT_EQ_MSG(test,
				    lockdown_policy_passes(&policy, c->what),
				    level < c->denied_from, "at %s",
				    lockdown_level_name(level));
	}
}

/* Asking other LSMs changes no answer of lockdown, and no raise undoes it. */
static void test_others(struct kunit *test)
{
	struct lockdown_policy policy =
		LOCKDOWN_POLICY_INIT(LOCKDOWN_LEVEL_NONE);
	int what;

	lockdown_policy_ask_others(&policy);
	KUNIT_EXPECT_NE(test, atomic_read(&policy.word), 0);
	KUNIT_EXPECT_EQ(test, lockdown_policy_level(&policy),
			LOCKDOWN_LEVEL_NONE);
	for (what = LOCKDOWN_NONE + 1; what < LOCKDOWN_REASON_COUNT; what++) {
		KUNIT_EXPECT_EQ(test, lockdown_policy_check(&policy, what), 0);
		KUNIT_EXPECT_FALSE(test, lockdown_policy_passes(&policy, what));
	}

	KUNIT_EXPECT_EQ(test, lockdown_policy_raise(&policy, INTEGRITY, NULL),
			1);
	KUNIT_EXPECT_EQ(test, lockdown_policy_level(&policy), INTEGRITY);
	KUNIT_EXPECT_NE(test, atomic_read(&policy.word), INTEGRITY);
	KUNIT_EXPECT_EQ(test, lockdown_policy_raise(&policy, NONE, NULL),
			-EPERM);
}

/* Evaluation changes no answer, at any level, and no raise ends it. */
static void test_evaluation(struct kunit *test)
{
	enum lockdown_level level, evaluated;
	int what;

	for (level = 0; level < LOCKDOWN_LEVEL_COUNT; level++) {
		struct lockdown_policy policy = LOCKDOWN_POLICY_INIT(level);
		struct lockdown_policy plain = LOCKDOWN_POLICY_INIT(level);

		for (evaluated = 0; evaluated < LOCKDOWN_LEVEL_COUNT;
		     evaluated++) {
			lockdown_policy_evaluate(&policy, evaluated);
			KUNIT_EXPECT_EQ(test, lockdown_policy_level(&policy),
					level);
			KUNIT_EXPECT_EQ(test,
					lockdown_policy_evaluated(&policy),
					evaluated);
			for (what = LOCKDOWN_NONE + 1;
			     what < LOCKDOWN_REASON_COUNT; what++) {
				const enum lockdown_level from =
					lockdown_reason_info[what].level;

				KUNIT_EXPECT_EQ(
					test,
					lockdown_policy_check(&policy, what),
					lockdown_policy_check(&plain, what));
				KUNIT_EXPECT_EQ(
					test,
					lockdown_policy_verdict(&policy, what),
					level >= from	  ? LOCKDOWN_DENIED :
					evaluated >= from ? LOCKDOWN_EVALUATED :
							    LOCKDOWN_ALLOWED);
				/* Nothing that must be reported is skipped. */
				if (lockdown_policy_passes(&policy, what))
					KUNIT_EXPECT_EQ(test, LOCKDOWN_ALLOWED,
							lockdown_policy_verdict(
								&policy, what));
			}
		}
		KUNIT_EXPECT_EQ(test, lockdown_policy_evaluate(&policy, NONE),
				CONFIDENTIALITY);
		KUNIT_EXPECT_EQ(test, atomic_read(&policy.word), level);
	}
}

static void test_raise_while_evaluating(struct kunit *test)
{
	struct lockdown_policy policy =
		LOCKDOWN_POLICY_INIT_EVALUATING(NONE, CONFIDENTIALITY);

	lockdown_policy_ask_others(&policy);
	KUNIT_EXPECT_EQ(test, lockdown_policy_raise(&policy, INTEGRITY, NULL),
			1);
	KUNIT_EXPECT_EQ(test, lockdown_policy_level(&policy), INTEGRITY);
	KUNIT_EXPECT_EQ(test, lockdown_policy_evaluated(&policy),
			CONFIDENTIALITY);
	KUNIT_EXPECT_EQ(test, lockdown_policy_verdict(&policy, LOCKDOWN_MSR),
			LOCKDOWN_DENIED);
	KUNIT_EXPECT_EQ(test, lockdown_policy_verdict(&policy, LOCKDOWN_KCORE),
			LOCKDOWN_EVALUATED);
	/* Other LSMs are still asked when the evaluation has ended. */
	lockdown_policy_evaluate(&policy, NONE);
	KUNIT_EXPECT_FALSE(test,
			   lockdown_policy_passes(&policy, LOCKDOWN_KCORE));
}

static_assert(LOCKDOWN_REASON_COUNT <= BITS_PER_LONG_LONG);

static void test_every_reason_has_a_case(struct kunit *test)
{
	u64 seen = 0;
	int i;

	for (i = 0; i < ARRAY_SIZE(reason_cases); i++)
		if (reason_cases[i].what < LOCKDOWN_REASON_COUNT)
			seen |= BIT_ULL(reason_cases[i].what);
	KUNIT_EXPECT_EQ(test, seen, GENMASK_ULL(LOCKDOWN_REASON_COUNT - 1, 0));
}

static struct kunit_case policy_cases[] = {
	KUNIT_CASE_PARAM(test_ratchet, ratchet_gen_params),
	KUNIT_CASE_PARAM(test_reason_at_each_level, reason_gen_params),
	KUNIT_CASE(test_others),
	KUNIT_CASE(test_evaluation),
	KUNIT_CASE(test_raise_while_evaluating),
	KUNIT_CASE(test_every_reason_has_a_case),
	{},
};

static struct kunit_suite policy_suite = {
	.name = "lockdown_policy",
	.test_cases = policy_cases,
};

kunit_test_suite(policy_suite);
