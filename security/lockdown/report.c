// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown LSM: how raises and denials are told
 *
 * The first line of each is what tools have been looking for since 5.4 and does
 * not change. Whatever else there is to say goes into a line of its own.
 */

#include <linux/atomic.h>
#include <linux/cred.h>
#include <linux/minmax.h>
#include <linux/pid.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>
#include <linux/sprintf.h>
#include <linux/string.h>
#include <linux/uidgid.h>

#include "reasons.h"
#include "report.h"

/* Bytes kept of the name of an object: two lines of a terminal. */
#define OBJECT_LEN 160

/* What one byte becomes at most: a backslash and three octal digits. */
#define ESCAPED_LEN 4

static atomic_long_t denials[LOCKDOWN_REASON_COUNT];

/* One for each reason, so that a flood of one cannot hide another. */
static struct ratelimit_state limits[] = {
	[0 ... LOCKDOWN_REASON_COUNT - 1] = RATELIMIT_STATE_INIT(
		lockdown, DEFAULT_RATELIMIT_INTERVAL, DEFAULT_RATELIMIT_BURST),
};

static void escape(char *to, size_t size, const char *from, size_t len)
{
	int needed = string_escape_mem(from, len, to, size - 1, LOCKDOWN_ESCAPE,
				       LOCKDOWN_ESCAPE_TOO);

	to[min_t(size_t, needed, size - 1)] = '\0';
}

/* Names come from user space, and must not forge a field or a line. */
static void print_object(enum lockdown_reason what, struct va_format *object)
{
	char name[OBJECT_LEN], escaped[2 * OBJECT_LEN];
	char comm[ESCAPED_LEN * TASK_COMM_LEN];
	int len;

	escape(comm, sizeof(comm), current->comm,
	       strnlen(current->comm, TASK_COMM_LEN));
	len = scnprintf(name, sizeof(name), "%pV", object);
	escape(escaped, sizeof(escaped), name, len);
	pr_notice(
		"lockdown: denied reason=%s pid=%d uid=%u comm=\"%s\" object=\"%s\"\n",
		lockdown_reason_info[what].name, task_pid_nr(current),
		from_kuid(&init_user_ns, current_uid()), comm, escaped);
}

/* On its own: most of a flood is only counted. */
static noinline void print_denial(enum lockdown_reason what,
				  struct va_format *object)
{
	pr_notice(
		"Lockdown: %*pE: %s is restricted; see man kernel_lockdown.7\n",
		(int)strnlen(current->comm, TASK_COMM_LEN), current->comm,
		lockdown_reasons[what]);
	if (object)
		print_object(what, object);
}

/**
 * lockdown_report_denial - count a denial, and log it
 * @what: what was denied
 * @object: what it would have been done to, or NULL
 *
 * Every denial is counted; a burst of one reason is logged in part, and the log
 * then says how much was left out.
 *
 * Context: any, including NMI and before anything is initialised.
 */
void lockdown_report_denial(enum lockdown_reason what, struct va_format *object)
{
	atomic_long_inc(&denials[what]);

	if (___ratelimit(&limits[what], lockdown_reasons[what]))
		print_denial(what, object);
}

/**
 * lockdown_report_raise - log that the level was raised
 * @where: what raised it
 *
 * Context: any, also before anything is initialised.
 */
void lockdown_report_raise(const char *where)
{
	pr_notice("Kernel is locked down from %s; see man kernel_lockdown.7\n",
		  where);
}

/**
 * lockdown_denials - how often something was denied since boot
 * @what: a reason below LOCKDOWN_REASON_COUNT
 *
 * Context: any.
 * Return: the number of denials, logged or not.
 */
unsigned long lockdown_denials(enum lockdown_reason what)
{
	return atomic_long_read(&denials[what]);
}
