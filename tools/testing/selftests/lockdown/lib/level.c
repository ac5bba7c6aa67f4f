// SPDX-License-Identifier: GPL-2.0-only
/* The level, and the files that show it. */

#define _GNU_SOURCE
#include "../common.h"
#include "file.h"
#include "level.h"
#include "report.h"

const char *level_name(int level)
{
	static const char *const names[LEVEL_COUNT] = {
		"none",
		"integrity",
		"confidentiality",
	};

	return level >= 0 && level < LEVEL_COUNT ? names[level] : "unknown";
}

/* The only three contents that the file may have. */
const char *level_line(int level)
{
	static const char *const lines[LEVEL_COUNT] = {
		"[none] integrity confidentiality\n",
		"none [integrity] confidentiality\n",
		"none integrity [confidentiality]\n",
	};

	return lines[level];
}

static int level_in(const char *path)
{
	char text[64];
	ssize_t len;
	int level;

	len = read_text(path, text, sizeof(text));
	if (len < 0)
		return len;

	for (level = LEVEL_NONE; level < LEVEL_COUNT; level++) {
		if (!strcmp(text, level_line(level)))
			return level;
	}
	return -EPROTO;
}

/**
 * lockdown_level - read the level
 *
 * Return: the level, by the file's literal content; -EPROTO if that is none of
 * the three; or the -errno of reading it.
 */
int lockdown_level(void)
{
	return level_in(LOCKDOWN_FILE);
}

/*
 * Return the evaluated level, as lockdown_level() does for the level in force.
 */
int evaluated_level(void)
{
	return level_in(LOCKDOWN_EVALUATE);
}

/**
 * begin_raising - begin a test that raises the level
 *
 * A raised level stays until the next boot. So the test ends here, skipped,
 * unless root runs it, with LOCKDOWN_TEST_RAISE=1, while nothing is locked yet.
 */
void begin_raising(void)
{
	const char *env = getenv("LOCKDOWN_TEST_RAISE");
	int level;

	ksft_print_header();
	if (!env || strcmp(env, "1"))
		ksft_exit_skip("locks the machine (LOCKDOWN_TEST_RAISE=1)\n");
	if (geteuid())
		ksft_exit_skip("not root\n");
	level = lockdown_level();
	if (level == -ENOENT)
		ksft_exit_skip("no " LOCKDOWN_FILE
			       " (securityfs, CONFIG_SECURITY_LOCKDOWN_LSM)\n");
	if (level != LEVEL_NONE)
		ksft_exit_skip("the level is %s, and has to be none\n",
			       level_name(level));
}

/**
 * raise_level - raise the level, which must succeed
 * @level: the level
 * @end: set to the time at which write(2) has returned; or NULL
 *
 * Return: the duration of write(2) in microseconds.
 */
long raise_level(int level, struct timespec *end)
{
	const char *const word = level_name(level);
	const int fd = open(LOCKDOWN_FILE, O_WRONLY | O_CLOEXEC);
	struct timespec from, to;
	ssize_t put;
	int error;

	clock_gettime(CLOCK_MONOTONIC, &from);
	put = write(fd, word, strlen(word));
	clock_gettime(CLOCK_MONOTONIC, &to);
	error = put < 0 ? errno : EIO;
	close(fd);
	if (put != (ssize_t)strlen(word) || lockdown_level() != level)
		give_up("write %s: %s, so nothing can be tested", word,
			errno_name(error));
	if (end)
		*end = to;
	return us_between(&from, &to);
}
