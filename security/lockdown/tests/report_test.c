// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown LSM: tests of the escaping of names
 */

#include <kunit/test.h>
#include <linux/array_size.h>
#include <linux/string.h>

#include "../report.h"

struct escape_case {
	const char *desc;
	const char *from;
	size_t len;
	size_t size;
	const char *to;
};

#define TEXT(t) .from = (t), .len = sizeof(t) - 1

static const struct escape_case escape_cases[] = {
	{ "plain", TEXT("a b-c/d"), 64, "a b-c/d" },
	{ "nothing", TEXT(""), 64, "" },
	{ "a quote, to end the field", TEXT("x\" uid=0"), 64, "x\\\" uid=0" },
	{ "a backslash before it", TEXT("x\\\""), 64, "x\\\\\\\"" },
	{ "a newline, to begin a line", TEXT("x\nlockdown: denied"), 64,
	  "x\\nlockdown: denied" },
	{ "a carriage return", TEXT("x\ry"), 64, "x\\ry" },
	{ "an escape", TEXT("\033[2J"), 64, "\\e[2J" },
	{ "a NUL within", TEXT("a\0b"), 64, "a\\0b" },
	/*
	 * Letters pass, but bytes that some terminals take for an escape do
	 * not.
	 */
	{ "beyond ASCII", TEXT("\xc3\xa4\xc2\x9b"), 64, "\xc3\xa4\xc2\\233" },
	{ "just enough room", TEXT("abc"), 4, "abc" },
	{ "too little room", TEXT("abcd"), 4, "abc" },
	{ "no room at all", TEXT("abcd"), 1, "" },
};

KUNIT_ARRAY_PARAM_DESC(escape, escape_cases, desc);

static void test_escape(struct kunit *test)
{
	const struct escape_case *c = test->param_value;
	char to[65];

	memset(to, 'x', sizeof(to));
	lockdown_escape(to, c->size, c->from, c->len);
	KUNIT_EXPECT_STREQ(test, to, c->to);
	KUNIT_EXPECT_EQ(test, to[c->size], 'x');
}

static struct kunit_case report_cases[] = {
	KUNIT_CASE_PARAM(test_escape, escape_gen_params),
	{},
};

static struct kunit_suite report_suite = {
	.name = "lockdown_report",
	.test_cases = report_cases,
};

kunit_test_suite(report_suite);
