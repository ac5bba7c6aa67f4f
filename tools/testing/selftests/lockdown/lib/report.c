// SPDX-License-Identifier: GPL-2.0-only
/*
 * The output, in KTAP. kselftest.h counts results in each file that includes
 * it, so that all results have to come from this one.
 */

#define _GNU_SOURCE
#include <stdarg.h>

#include "../moment.h"

void report_plan(unsigned int nr)
{
	ksft_set_plan(nr);
}

void report(bool ok, const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	ksft_test_result(ok, "%s\n", text);
	fflush(stdout);
}

/* Report a skip, with what the machine lacks. */
void report_skip(const char *why, const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	ksft_test_result_skip("%s: %s\n", text, why);
	fflush(stdout);
}

/* Print a line for people, and for the table of "make run". */
void note(const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	ksft_print_msg("%s\n", text);
	fflush(stdout);
}

void give_up(const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	ksft_exit_fail_msg("%s\n", text);
}

void skip_all(const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	ksft_print_header();
	ksft_exit_skip("%s\n", text);
}

void report_end(void)
{
	ksft_finished();
}

const char *result_name(int result, char text[32])
{
	if (result >= SIGNALLED)
		snprintf(text, 32, "SIG%s", sigabbrev_np(result - SIGNALLED));
	else if (result <= 0)
		return result ? errno_name(-result) : "success";
	else if (result == SKIPPED)
		return "nothing";
	else
		return result == WITHHELD ? "withheld" : "an effect";
	return text;
}
