// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown LSM: the table of distinct denials
 *
 * A program may try the same thing three times a second until it ends. The log
 * and audit get such a denial when it is new, then at the 10th, the 100th, the
 * 1,000th time and so on, and else once an hour. All others are only counted.
 *
 * Denials are the same if verdict, reason, program and object are. A line is
 * never removed: one that is full of noise cannot hide an earlier denial. A
 * reason gets no more lines than are free, so the first gets half of the table,
 * the next a quarter, and others find some. A denial that finds no line is told
 * within the limit of its reason.
 */

#include <linux/array_size.h>
#include <linux/atomic.h>
#include <linux/build_bug.h>
#include <linux/hash.h>
#include <linux/jhash.h>
#include <linux/jiffies.h>
#include <linux/kprobes.h>
#include <linux/limits.h>
#include <linux/sched/clock.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <linux/unaligned.h>

#include <asm/sections.h>

#include "denials.h"

struct lockdown_denials lockdown_denials;

static_assert(LOCKDOWN_REASON_COUNT <= U8_MAX);
static_assert(!(LOCKDOWN_DENIALS & (LOCKDOWN_DENIALS - 1)));

/* Two writers may both be first; then either time will do. */
static void __kprobes note_time(struct lockdown_span *span, unsigned long now)
{
	WRITE_ONCE(span->last, now);
	if (likely(READ_ONCE(span->known)))
		return;
	WRITE_ONCE(span->first, now);
	WRITE_ONCE(span->first_ns, local_clock());
	/* Pairs with the acquires of the readers. */
	smp_store_release(&span->known, true);
}

/**
 * lockdown_span_last - the time of the last event
 * @span: the times
 *
 * Context: any.
 * Return: nanoseconds on the clock of the log, exact to a tick, and not before
 * the first event.
 */
u64 lockdown_span_last(const struct lockdown_span *span)
{
	const u64 first_ns = READ_ONCE(span->first_ns);
	const unsigned long first = READ_ONCE(span->first);
	const unsigned long last = READ_ONCE(span->last);

	if (time_before_eq(last, first))
		return first_ns;
	return first_ns + jiffies64_to_nsecs(last - first);
}

static bool __kprobes limit_passes(struct lockdown_limit *limit,
				   unsigned long now)
{
	const unsigned long begin = READ_ONCE(limit->begin);

	/* Use a difference: jiffies may have wrapped since. */
	if (now - begin >= LOCKDOWN_LIMIT_INTERVAL &&
	    cmpxchg(&limit->begin, begin, now) == begin)
		atomic_set(&limit->told, 0);
	return atomic_fetch_add_unless(&limit->told, 1, LOCKDOWN_LIMIT_BURST) !=
	       LOCKDOWN_LIMIT_BURST;
}

static u32 __kprobes tag_of(const struct lockdown_event *event)
{
	const u64 low = get_unaligned((const u64 *)event->comm);
	const u64 high = get_unaligned((const u64 *)(event->comm + 8));
	u32 tag;

	tag = hash_64(low + high * GOLDEN_RATIO_64 + event->what, 32);
	if (event->object[0])
		tag = jhash(event->object, strlen(event->object), tag);
	/* The lowest bit is no part of the position, see find(). */
	return (tag + event->verdict * 2) | 1;
}

static bool __kprobes same(const struct lockdown_denial *denial,
			   const struct lockdown_event *event)
{
	return denial->what == event->what &&
	       denial->verdict == event->verdict &&
	       lockdown_same_comm(denial->comm, event->comm) &&
	       !strcmp(denial->object, event->object);
}

/* An integer is promoted to one of these, by the number of its "l"s. */
static __always_inline u64 next_integer(va_list *list, unsigned int longs)
{
	if (!longs)
		return va_arg(*list, unsigned int);
	if (longs == 1)
		return va_arg(*list, unsigned long);
	return va_arg(*list, unsigned long long);
}

/*
 * Remember the arguments, if the format takes nothing but integers: then equal
 * arguments give an equal name. The format must not be that of a module, which
 * may be replaced by another one at the same address.
 */
static void __kprobes take_args(struct lockdown_denial *denial,
				const struct va_format *format)
{
	const char *fmt = format->fmt;
	unsigned int nr = 0, longs;
	va_list list;

	if (!is_kernel_rodata((unsigned long)fmt))
		return;
	va_copy(list, *format->va);
	while ((fmt = strchr(fmt, '%'))) {
		fmt += strspn(fmt + 1, "#0123456789") + 1;
		for (longs = 0; *fmt == 'l' && longs < 2; fmt++)
			longs++;
		if (nr == LOCKDOWN_ARGS || !*fmt || !strchr("diuxX", *fmt))
			goto out;
		denial->longs[nr] = longs;
		denial->args[nr++] = next_integer(&list, longs);
	}
	denial->nr_args = nr;
	denial->fmt = format->fmt;
out:
	va_end(list);
}

/**
 * lockdown_denial_has_args - are the arguments of a format those of a line?
 * @denial: the line, whose format is the same
 * @format: the format with its arguments
 *
 * Context: any, including NMI.
 * Return: true if so.
 */
bool __kprobes lockdown_denial_has_args(const struct lockdown_denial *denial,
					const struct va_format *format)
{
	unsigned int i;
	va_list list;

	va_copy(list, *format->va);
	for (i = 0; i < denial->nr_args; i++) {
		if (denial->args[i] != next_integer(&list, denial->longs[i]))
			break;
	}
	va_end(list);
	return i == denial->nr_args;
}

static void __kprobes fill(struct lockdown_denial *denial,
			   const struct lockdown_event *event)
{
	/* Other CPUs read these fields before @ready. */
	WRITE_ONCE(denial->next, 1);
	WRITE_ONCE(denial->told_at, event->now - LOCKDOWN_SUMMARY_INTERVAL);
	denial->verdict = event->verdict;
	denial->what = event->what;
	memcpy(denial->comm, event->comm, TASK_COMM_LEN);
	strscpy(denial->object, event->object);
	if (event->format)
		take_args(denial, event->format);
	/* Pairs with the acquires of the readers. */
	smp_store_release(&denial->ready, true);
}

/* Not inlined: most denials are known. */
static noinline struct lockdown_denial *__kprobes
add_line(struct lockdown_denials *all, unsigned int i, u32 tag,
	 const struct lockdown_event *event)
{
	atomic_t *used = &all->used[event->what];

	/* Callers at the same time may get a line too many, each. */
	if (atomic_read(used) >= LOCKDOWN_DENIALS - atomic_read(&all->taken))
		return NULL;
	if (atomic_cmpxchg(&all->tags[i], 0, tag))
		return NULL;
	atomic_inc(used);
	atomic_inc(&all->taken);
	fill(&all->lines[i], event);
	return &all->lines[i];
}

/*
 * The writer of a line that is not ready may be what this interrupts, so do not
 * wait for it: the hash has to do until the line is ready.
 */
static struct lockdown_denial *__kprobes
find(struct lockdown_denials *all, const struct lockdown_event *event)
{
	const u32 tag = tag_of(event);
	struct lockdown_denial *denial;
	unsigned int n, i;
	u32 other;

	for (n = 0; n < LOCKDOWN_DENIALS; n++) {
		i = ((tag >> 1) + n) & (LOCKDOWN_DENIALS - 1);
		other = atomic_read(&all->tags[i]);
		if (!other) {
			denial = add_line(all, i, tag, event);
			if (denial)
				return denial;
			/* No room is left, or the line is taken by now. */
			other = atomic_read(&all->tags[i]);
			if (!other)
				return NULL;
		}
		if (other != tag)
			continue;
		denial = &all->lines[i];
		/* Pairs with the release in fill(). */
		if (!smp_load_acquire(&denial->ready) || same(denial, event))
			return denial;
	}
	return NULL;
}

static unsigned long __kprobes decade_above(unsigned long count)
{
	unsigned long decade = 1;

	while (decade <= count) {
		if (decade > ULONG_MAX / 10)
			return ULONG_MAX;
		decade *= 10;
	}
	return decade;
}

/* Not inlined: most denials are only counted. */
static noinline bool __kprobes tell_again(struct lockdown_denial *denial,
					  struct lockdown_report *report,
					  unsigned long now)
{
	unsigned long count;
	bool tell;

	/* Pairs with the release in fill(), whose caller tells of the line. */
	if (!smp_load_acquire(&denial->ready))
		return false;
	/* Another caller is telling of it. */
	if (atomic_xchg_acquire(&denial->telling, 1))
		return false;
	count = atomic_long_read(&denial->count);
	tell = (count >= READ_ONCE(denial->next) ||
		now - READ_ONCE(denial->told_at) >=
			LOCKDOWN_SUMMARY_INTERVAL) &&
	       limit_passes(READ_ONCE(denial->next) == 1 ? &report->fresh :
							   &report->again,
			    now);
	if (tell) {
		WRITE_ONCE(denial->next, decade_above(count));
		WRITE_ONCE(denial->told_at, now);
	}
	atomic_set_release(&denial->telling, 0);
	return tell;
}

static bool __kprobes count_line(struct lockdown_denial *denial,
				 struct lockdown_report *report,
				 const struct lockdown_event *event)
{
	const unsigned long count = atomic_long_inc_return(&denial->count);

	WRITE_ONCE(denial->who, event->who);
	note_time(&denial->span, event->now);
	if (likely(count < READ_ONCE(denial->next) &&
		   event->now - READ_ONCE(denial->told_at) <
			   LOCKDOWN_SUMMARY_INTERVAL))
		return false;
	return tell_again(denial, report, event->now);
}

static void __kprobes set_latest(struct lockdown_report *report,
				 struct lockdown_denial *denial)
{
	if (READ_ONCE(report->latest) == denial)
		return;
	/* Pairs with the release in fill(). */
	if (!smp_load_acquire(&denial->ready))
		return;
	/* The short way takes no names that have to be formatted. */
	if (denial->fmt || !denial->object[0])
		/* Pairs with the acquire in lockdown_denials_repeat(). */
		smp_store_release(&report->latest, denial);
}

/*
 * Between the increment of @count and that of @told, another caller takes a
 * denial for one left out. The next call makes up for it.
 */
static long __kprobes take_untold(struct lockdown_report *report)
{
	const long told = atomic_long_inc_return(&report->told);
	long left = atomic_long_read(&report->left);
	long untold;

	do {
		untold = atomic_long_read(&report->count) - told - left;
		if (untold <= 0)
			return 0;
	} while (!atomic_long_try_cmpxchg(&report->left, &left, left + untold));
	return untold;
}

/**
 * lockdown_denials_count - count a denial, and decide whether to tell of it
 * @all: the table
 * @report: the denials of its reason and verdict
 * @event: the denial
 * @untold: set to the number of denials not told since the last one told
 *
 * Context: any, including NMI and before anything is initialised.
 * Return: true if the log and audit have to get it.
 */
bool __kprobes lockdown_denials_count(struct lockdown_denials *all,
				      struct lockdown_report *report,
				      const struct lockdown_event *event,
				      long *untold)
{
	struct lockdown_denial *denial = find(all, event);
	bool tell;

	atomic_long_inc(&report->count);
	note_time(&report->span, event->now);
	if (likely(denial)) {
		tell = count_line(denial, report, event);
		set_latest(report, denial);
	} else {
		atomic_long_inc(&all->lost);
		tell = limit_passes(&report->fresh, event->now);
	}
	if (tell)
		*untold = take_untold(report);
	return tell;
}

static int by_time(const void *a, const void *b)
{
	const struct lockdown_denial *const *one = a, *const *other = b;
	const u64 first = READ_ONCE((*one)->span.first_ns);
	const u64 second = READ_ONCE((*other)->span.first_ns);

	return first < second ? -1 : first > second;
}

/**
 * lockdown_denials_list - list the lines in the order of their first time
 * @all: the table
 * @list: room for LOCKDOWN_DENIALS of them
 *
 * Context: any.
 * Return: the number of lines.
 */
unsigned int lockdown_denials_list(struct lockdown_denials *all,
				   const struct lockdown_denial **list)
{
	unsigned int i, count = 0;

	for (i = 0; i < LOCKDOWN_DENIALS; i++) {
		const struct lockdown_denial *denial = &all->lines[i];

		/* Pairs with the release in fill(). */
		if (!smp_load_acquire(&denial->ready))
			continue;
		/* Pairs with the release in note_time(). */
		if (smp_load_acquire(&denial->span.known))
			list[count++] = denial;
	}
	sort(list, count, sizeof(*list), by_time, NULL);
	return count;
}
