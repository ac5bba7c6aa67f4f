// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown LSM: tests of the table of reasons and of the parser
 */

#include <kunit/test.h>
#include <linux/array_size.h>
#include <linux/lockdown.h>
#include <linux/string.h>

#include "../reasons.h"

struct parse_case {
	const char *desc;
	const char *word;
	size_t len;
	int want;
};

#define WORD(w) .word = (w), .len = sizeof(w) - 1

static const struct parse_case parse_cases[] = {
	{ "none", WORD("none"), LOCKDOWN_LEVEL_NONE },
	{ "integrity", WORD("integrity"), LOCKDOWN_LEVEL_INTEGRITY },
	{ "confidentiality", WORD("confidentiality"),
	  LOCKDOWN_LEVEL_CONFIDENTIALITY },
	{ "nothing", WORD(""), -EINVAL },
	{ "a newline", WORD("\n"), -EINVAL },
	{ "a prefix", WORD("integrit"), -EINVAL },
	{ "a suffix", WORD("ntegrity"), -EINVAL },
	{ "a longer word", WORD("integrityx"), -EINVAL },
	{ "a capital", WORD("Integrity"), -EINVAL },
	{ "a space before", WORD(" integrity"), -EINVAL },
	{ "a space after", WORD("integrity "), -EINVAL },
	{ "a newline after", WORD("integrity\n"), -EINVAL },
	{ "a NUL after", WORD("integrity\0"), -EINVAL },
	{ "a NUL and more after", WORD("integrity\0x"), -EINVAL },
	{ "a NUL within", WORD("inte\0rity"), -EINVAL },
	{ "two words", WORD("integrity confidentiality"), -EINVAL },
	{ "what the file shows", WORD("[none] integrity confidentiality"),
	  -EINVAL },
	{ "a number", WORD("1"), -EINVAL },
	{ "the name of a reason", WORD("hibernation"), -EINVAL },
	{ "a word that goes on after its length", "integrity", 8, -EINVAL },
	{ "a word that ends at its length", "integrityx", 9,
	  LOCKDOWN_LEVEL_INTEGRITY },
};

KUNIT_ARRAY_PARAM_DESC(parse, parse_cases, desc);

static void test_parse(struct kunit *test)
{
	const struct parse_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, lockdown_level_parse(c->word, c->len), c->want);
}

static void test_level_of(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, lockdown_level_of(LOCKDOWN_NONE),
			LOCKDOWN_LEVEL_NONE);
	KUNIT_EXPECT_EQ(test, lockdown_level_of(LOCKDOWN_INTEGRITY_MAX),
			LOCKDOWN_LEVEL_INTEGRITY);
	KUNIT_EXPECT_EQ(test, lockdown_level_of(LOCKDOWN_CONFIDENTIALITY_MAX),
			LOCKDOWN_LEVEL_CONFIDENTIALITY);
	KUNIT_EXPECT_EQ(test, lockdown_level_of(LOCKDOWN_DEV_MEM), -EINVAL);
	KUNIT_EXPECT_EQ(test, lockdown_level_of(LOCKDOWN_MSR_READ), -EINVAL);
	KUNIT_EXPECT_EQ(test, lockdown_level_of(LOCKDOWN_REASON_COUNT),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, lockdown_level_of(-1), -EINVAL);
}

static void test_names_are_unique(struct kunit *test)
{
	enum lockdown_reason a, b;

	for (a = 0; a < LOCKDOWN_REASON_COUNT; a++) {
		KUNIT_EXPECT_NOT_NULL(test, lockdown_reasons[a]);
		for (b = 0; b < a; b++) {
			KUNIT_EXPECT_STRNEQ(test, lockdown_reason_info[a].name,
					    lockdown_reason_info[b].name);
			KUNIT_EXPECT_STRNEQ(test, lockdown_reasons[a],
					    lockdown_reasons[b]);
		}
	}
}

static struct kunit_case reasons_cases[] = {
	KUNIT_CASE_PARAM(test_parse, parse_gen_params),
	KUNIT_CASE(test_level_of),
	KUNIT_CASE(test_names_are_unique),
	{},
};

static struct kunit_suite reasons_suite = {
	.name = "lockdown_reasons",
	.test_cases = reasons_cases,
};

kunit_test_suite(reasons_suite);
