/* SPDX-License-Identifier: GPL-2.0-only */
/* Lockdown LSM: the table of distinct denials */

#ifndef _SECURITY_LOCKDOWN_DENIALS_H
#define _SECURITY_LOCKDOWN_DENIALS_H

#include <linux/atomic.h>
#include <linux/jiffies.h>
#include <linux/lockdown.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/types.h>
#include <linux/unaligned.h>
#include <linux/wordpart.h>

#include "policy.h"

/* The number of distinct denials that are remembered, a power of two. */
#define LOCKDOWN_DENIALS 256

/* The name of an object is cut off here: two lines of a terminal. */
#define LOCKDOWN_OBJECT_LEN 160

/*
 * A format of an object's name that takes at most so many arguments, all of
 * them integers, is compared instead of the name.
 */
#define LOCKDOWN_ARGS 4

/* A repeated denial is told once in this time, and at 10, 100, 1,000... */
#define LOCKDOWN_SUMMARY_INTERVAL (3600UL * HZ)

/* The number of denials of a reason that are told in this time. */
#define LOCKDOWN_LIMIT_INTERVAL (5UL * HZ)
#define LOCKDOWN_LIMIT_BURST 10

/**
 * struct lockdown_event - an operation that is denied, or would be
 * @verdict: LOCKDOWN_DENIED or LOCKDOWN_EVALUATED
 * @what: the reason
 * @who: its pid and uid in one word, in the initial namespaces
 * @now: the time in jiffies
 * @comm: the name of the task
 * @format: the format of @object with its arguments, or NULL
 * @object: the object of the operation, or empty; shorter than
 *	LOCKDOWN_OBJECT_LEN
 */
struct lockdown_event {
	enum lockdown_verdict verdict;
	enum lockdown_reason what;
	u64 who;
	unsigned long now;
	char comm[TASK_COMM_LEN];
	const struct va_format *format;
	const char *object;
};

/**
 * struct lockdown_span - the times of the first and of the last event
 * @known: there was one, and the first one is valid
 * @first_ns: the first one, on the clock of the log
 * @first: the first one, in jiffies
 * @last: the last one, in jiffies: reading the clock for each would be slow
 */
struct lockdown_span {
	bool known;
	u64 first_ns;
	unsigned long first;
	unsigned long last;
};

/**
 * struct lockdown_limit - limits how many denials are told in an interval
 * @begin: the begin of the interval in jiffies
 * @told: the number in this interval
 */
struct lockdown_limit {
	unsigned long begin;
	atomic_t told;
};

/**
 * struct lockdown_denial - a distinct denial
 * @count: the number of times
 * @next: the count at which to report next
 * @told_at: the time in jiffies at which it was told, or an interval ago
 * @who: pid and uid of the last one in one word, so that they belong together
 * @span: the times of the first and of the last
 * @telling: held while a CPU updates @next and @told_at
 * @ready: the fields below are valid, and do not change any more
 * @verdict: denied or evaluated
 * @what: the reason
 * @nr_args: the number of @args
 * @longs: the number of times that each has an "l" in @fmt
 * @fmt: the format of the object's name, if it only takes integers; else NULL
 * @args: these integers
 * @comm: the name of the task
 * @object: the object, or empty
 */
struct lockdown_denial {
	atomic_long_t count;
	unsigned long next;
	unsigned long told_at;
	u64 who;
	struct lockdown_span span;
	atomic_t telling;
	bool ready;
	u8 verdict;
	u8 what;
	u8 nr_args;
	u8 longs[LOCKDOWN_ARGS];
	const char *fmt;
	u64 args[LOCKDOWN_ARGS];
	char comm[TASK_COMM_LEN];
	char object[LOCKDOWN_OBJECT_LEN];
};

/**
 * struct lockdown_report - the denials of a reason
 * @count: the number of denials
 * @told: the number of those told to the log
 * @left: the number of those that the log says were left out
 * @span: the times of the first and of the last
 * @fresh: limits how many distinct denials are told for the first time
 * @again: limits how many are told again, so that these do not hide new ones
 * @latest: the line of the latest denial that is recognised without the name
 *	of its object, or NULL
 */
struct lockdown_report {
	atomic_long_t count;
	atomic_long_t told;
	atomic_long_t left;
	struct lockdown_span span;
	struct lockdown_limit fresh;
	struct lockdown_limit again;
	struct lockdown_denial *latest;
};

#define LOCKDOWN_REPORT_INIT                    \
	{                                       \
		.fresh.begin = INITIAL_JIFFIES, \
		.again.begin = INITIAL_JIFFIES, \
	}

/**
 * struct lockdown_denials - the table of distinct denials
 * @tags: the hash of each line, or 0 for a free one
 * @used: the number of lines that a reason has
 * @taken: the number of lines that all of them have
 * @lost: the number of denials that found no line
 * @lines: the lines, where their hash says or behind it
 *
 * The number of lines is fixed and no lock is needed, because debuggers and
 * NMIs are denied things, also while the interrupted code adds a line.
 */
struct lockdown_denials {
	atomic_t tags[LOCKDOWN_DENIALS];
	atomic_t used[LOCKDOWN_REASON_COUNT];
	atomic_t taken;
	atomic_long_t lost;
	struct lockdown_denial lines[LOCKDOWN_DENIALS];
};

static inline pid_t lockdown_pid(u64 who)
{
	return upper_32_bits(who);
}

static inline uid_t lockdown_uid(u64 who)
{
	return lower_32_bits(who);
}

/* The denials of this kernel. */
extern struct lockdown_denials lockdown_denials;

bool lockdown_denial_has_args(const struct lockdown_denial *denial,
			      const struct va_format *format);

/* Two words, and no call. */
static __always_inline bool lockdown_same_comm(const char *one,
					       const char *other)
{
	const u64 *a = (const u64 *)one, *b = (const u64 *)other;

	static_assert(TASK_COMM_LEN == 2 * sizeof(u64));
	/* Another task may be writing one of the names. */
	return data_race(get_unaligned(a) == get_unaligned(b) &&
			 get_unaligned(a + 1) == get_unaligned(b + 1));
}

/**
 * lockdown_denials_repeat - count a denial that repeats the latest one
 * @report: the denials of its reason and verdict
 * @format: the format of the object's name with its arguments, or NULL
 * @comm: the name of the task
 * @who: pid and uid, as in &struct lockdown_denial
 * @now: the time in jiffies
 *
 * Most denials repeat the latest one, and need not be told. Formatting the name
 * of the object would take longer than all the rest.
 *
 * With several callers at once a repetition that is to be told may pass, and
 * then the next one is told.
 *
 * Context: any, including NMI and before anything is initialised.
 * Return: true if all is done; false if nothing is, and the caller has to call
 * lockdown_denials_count().
 */
static __always_inline bool
lockdown_denials_repeat(struct lockdown_report *report,
			const struct va_format *format, const char *comm,
			u64 who, unsigned long now)
{
	/* Pairs with the release in lockdown_denials_count(). */
	struct lockdown_denial *denial = smp_load_acquire(&report->latest);

	if (!denial || denial->fmt != (format ? format->fmt : NULL) ||
	    !lockdown_same_comm(denial->comm, comm) ||
	    atomic_long_read(&denial->count) + 1 >= READ_ONCE(denial->next) ||
	    now - READ_ONCE(denial->told_at) >= LOCKDOWN_SUMMARY_INTERVAL)
		return false;
	if (format && !lockdown_denial_has_args(denial, format))
		return false;
	atomic_long_inc(&report->count);
	atomic_long_inc(&denial->count);
	WRITE_ONCE(denial->who, who);
	WRITE_ONCE(denial->span.last, now);
	WRITE_ONCE(report->span.last, now);
	return true;
}

bool lockdown_denials_count(struct lockdown_denials *all,
			    struct lockdown_report *report,
			    const struct lockdown_event *event, long *untold);
unsigned int lockdown_denials_list(struct lockdown_denials *all,
				   const struct lockdown_denial **list);
u64 lockdown_span_last(const struct lockdown_span *span);

#endif /* _SECURITY_LOCKDOWN_DENIALS_H */
