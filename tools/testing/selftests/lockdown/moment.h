/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lockdown selftest: what the runner and the moments have in common; see
 * thing.h.
 */

#ifndef _LOCKDOWN_SELFTEST_MOMENT_H
#define _LOCKDOWN_SELFTEST_MOMENT_H

#include "lib/report.h"
#include "thing.h"

/**
 * struct run - one run of the test
 * @things: the things that were picked
 * @nr: how many
 * @level: the level now
 * @raises: the level is raised in this run, to integrity, then further
 * @limit_us: the time that the next raise may take
 * @raised_at: when the last raise ended
 */
struct run {
	const struct thing **things;
	size_t nr;
	int level;
	bool raises;
	long limit_us;
	struct timespec raised_at;
};

/* The time limit of a raise, unless a moment gives it much to revoke. */
#define RAISE_LIMIT_US 3000000

/**
 * struct moment - the time at which things are used
 * @name: the name for -m
 * @title: the title of a thing in it, or NULL if that takes no part
 * @count: how many results there will be
 * @begin: called before any raise; returns what the others get as @data
 * @before: called before each raise to the level @to
 * @after: called after each raise
 * @end: called at last
 * @raises: it takes a raise
 */
struct moment {
	const char *name;
	const char *(*title)(const struct thing *thing);
	unsigned int (*count)(const struct run *run);
	void *(*begin)(struct run *run);
	void (*before)(struct run *run, void *data, int to);
	void (*after)(struct run *run, void *data);
	void (*end)(struct run *run, void *data);
	bool raises;
};

extern const struct moment level_moment, kept_moment, parked_moment,
	raced_moment;

/* lib/held.c */
bool all_released(void);

/* lib/report.c */
const char *result_name(int result, char text[32]);

/* lib/watch.c: ends the test when a step hangs */
void watch_steps(void);
void begin_step(const char *what, unsigned int seconds);

#endif /* _LOCKDOWN_SELFTEST_MOMENT_H */
