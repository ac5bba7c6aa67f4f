// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown LSM: how raises and denials are reported
 *
 * The first line of each is what tools have been looking for since 5.4 and does
 * not change. All other information goes into lines of its own.
 */

#include <linux/atomic.h>
#include <linux/audit.h>
#include <linux/cred.h>
#include <linux/gfp.h>
#include <linux/irq_work.h>
#include <linux/irqflags.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/minmax.h>
#include <linux/pid.h>
#include <linux/preempt.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>
#include <linux/sprintf.h>
#include <linux/string.h>
#include <linux/uidgid.h>

#include "reasons.h"
#include "report.h"

/*
 * Escaping turns a byte into this many at most: a backslash, three octal
 * digits.
 */
#define ESCAPED_LEN 4

/**
 * struct record - a denial, for audit
 * @what: the reason
 * @pid: the task that was refused, in the initial namespace
 * @uid: its user id, in the initial namespace
 * @auid: the user id it logged in with, in the initial namespace
 * @session: its audit session
 * @comm: its name
 * @object: the object of the operation, or empty
 */
struct record {
	enum lockdown_reason what;
	pid_t pid;
	uid_t uid;
	uid_t auid;
	unsigned int session;
	char comm[TASK_COMM_LEN];
	char object[LOCKDOWN_OBJECT_LEN];
};

/*
 * Each reason has a limit of its own, so that a flood of one cannot hide
 * another.
 */
static struct lockdown_report reports[] = {
	[0 ... LOCKDOWN_REASON_COUNT - 1] = LOCKDOWN_REPORT_INIT,
};

static void hand_over(struct irq_work *work);

/*
 * A record from a context that cannot call audit waits here for the irq_work.
 */
static struct {
	struct irq_work work;
	atomic_t busy;
	/* Denials that came while busy; only the log has them. */
	atomic_t lost;
	struct record record;
} late = {
	.work = IRQ_WORK_INIT(hand_over),
};

/**
 * lockdown_escape - escape a name for the log
 * @to: the buffer for the result, which is terminated and may be cut off
 * @size: bytes at @to, at least one
 * @from: the name, which comes from user space
 * @len: its length
 *
 * The result has no quote, no newline and nothing that is not printable, so
 * that it can forge neither a field nor a line.
 *
 * Context: any.
 */
void lockdown_escape(char *to, size_t size, const char *from, size_t len)
{
	int needed = string_escape_mem(from, len, to, size - 1, LOCKDOWN_ESCAPE,
				       LOCKDOWN_ESCAPE_TOO);

	to[min_t(size_t, needed, size - 1)] = '\0';
}

/**
 * struct names - the names of a task and of an object, escaped for the log
 * @comm: the task
 * @object: the object
 *
 * They come from user space, and must not forge a field or a line.
 */
struct names {
	char comm[ESCAPED_LEN * TASK_COMM_LEN];
	char object[2 * LOCKDOWN_OBJECT_LEN];
};

static void fill_names(struct names *names, const struct task_struct *task,
		       struct va_format *object)
{
	char name[LOCKDOWN_OBJECT_LEN];
	int len = scnprintf(name, sizeof(name), "%pV", object);

	lockdown_escape(names->comm, sizeof(names->comm), task->comm,
			strnlen(task->comm, TASK_COMM_LEN));
	lockdown_escape(names->object, sizeof(names->object), name, len);
}

static void print_object(enum lockdown_reason what, struct va_format *object)
{
	struct names names;

	fill_names(&names, current, object);
	pr_notice(
		"lockdown: denied reason=%s pid=%d uid=%u comm=\"%s\" object=\"%s\"\n",
		lockdown_reason_info[what].name, task_pid_nr(current),
		from_kuid(&init_user_ns, current_uid()), names.comm,
		names.object);
}

static void print_denial(enum lockdown_reason what, struct va_format *object)
{
	pr_notice(
		"Lockdown: %*pE: %s is restricted; see man kernel_lockdown.7\n",
		(int)strnlen(current->comm, TASK_COMM_LEN), current->comm,
		lockdown_reasons[what]);
	if (object)
		print_object(what, object);
}

/*
 * Do not use AUDIT_AVC: ausearch(8) drops such records if they do not look like
 * SELinux's, and the record of the system call with them.
 */
static void audit_record(struct audit_context *context,
			 const struct record *record)
{
	struct audit_buffer *ab = audit_log_start(
		context, GFP_ATOMIC | __GFP_NOWARN, AUDIT_KERNEL_OTHER);

	if (!ab)
		return;
	audit_log_format(
		ab,
		"lsm=lockdown op=deny reason=%s pid=%d uid=%u auid=%u ses=%u comm=",
		lockdown_reason_info[record->what].name, record->pid,
		record->uid, record->auid, record->session);
	audit_log_untrustedstring(ab, record->comm);
	if (record->object[0]) {
		audit_log_format(ab, " name=");
		audit_log_untrustedstring(ab, record->object);
	}
	audit_log_format(ab, " res=0");
	audit_log_end(ab);
}

static void hand_over(struct irq_work *work)
{
	int lost;

	audit_record(NULL, &late.record);
	atomic_set_release(&late.busy, 0);
	lost = atomic_xchg(&late.lost, 0);
	if (lost)
		pr_notice("lockdown: %d denials not told to audit\n", lost);
}

static void fill_record(struct record *record, enum lockdown_reason what,
			struct va_format *object)
{
	record->what = what;
	record->pid = task_pid_nr(current);
	record->uid = from_kuid(&init_user_ns, current_uid());
	record->auid = from_kuid(&init_user_ns, audit_get_loginuid(current));
	record->session = audit_get_sessionid(current);
	strscpy(record->comm, current->comm);
	record->object[0] = '\0';
	if (object)
		scnprintf(record->object, sizeof(record->object), "%pV",
			  object);
}

static void audit_late(enum lockdown_reason what, struct va_format *object)
{
	/* Only the log has denials of early boot. */
	if (system_state < SYSTEM_SCHEDULING)
		return;
	if (atomic_cmpxchg_acquire(&late.busy, 0, 1)) {
		atomic_inc(&late.lost);
		return;
	}
	fill_record(&late.record, what, object);
	irq_work_queue(&late.work);
}

/*
 * Audit takes locks, allocates memory and wakes a thread. Where the context
 * allows that, the record belongs to the system call that was refused.
 */
static void audit_denial(enum lockdown_reason what, struct va_format *object)
{
	struct record record;

	if (!audit_enabled)
		return;
	if (preempt_count() || irqs_disabled()) {
		audit_late(what, object);
		return;
	}
	fill_record(&record, what, object);
	audit_record(audit_context(), &record);
}

/* Not inlined: most denials of a flood are only counted. */
static noinline void __kprobes tell_denial(enum lockdown_reason what,
					   struct va_format *object,
					   long untold)
{
	if (untold)
		pr_notice("lockdown: %ld denials of reason=%s not logged\n",
			  untold, lockdown_reason_info[what].name);
	print_denial(what, object);
	audit_denial(what, object);
}

static bool used_up(const struct ratelimit_state *limit)
{
	/* Without the lock, a stale value may log one denial more. */
	const unsigned long begin = data_race(limit->begin);
	/* Likewise, one denial less. */
	const int printed = data_race(limit->printed);

	return printed >= limit->burst &&
	       time_before(jiffies, begin + limit->interval);
}

/**
 * lockdown_report_count - count a denial, and decide whether to log it
 * @report: the reports of its reason
 * @name: the name of its reason
 * @untold: set to the number of denials not logged since the last logged one
 *
 * Context: any, including NMI and before anything is initialised.
 * Return: true if the caller has to log it.
 */
bool lockdown_report_count(struct lockdown_report *report, const char *name,
			   long *untold)
{
	atomic_long_inc(&report->denials);

	if (used_up(&report->limit) || !___ratelimit(&report->limit, name)) {
		atomic_long_inc(&report->untold);
		return false;
	}
	*untold = atomic_long_xchg(&report->untold, 0);
	return true;
}

/**
 * lockdown_report_denial - count a denial, and log it
 * @what: the reason
 * @object: the object of the operation, or NULL
 *
 * Every denial is counted. The log and audit get part of a burst of one reason,
 * and a log line then has the number that was left out.
 *
 * Context: any, including NMI and before anything is initialised.
 */
void __kprobes lockdown_report_denial(enum lockdown_reason what,
				      struct va_format *object)
{
	long untold;

	if (lockdown_report_count(&reports[what], lockdown_reasons[what],
				  &untold))
		tell_denial(what, object, untold);
}

/**
 * lockdown_report_revoked - log that a raise revoked something of a task
 * @task: the task, which stays valid
 * @object: the thing that was revoked
 *
 * Context: a task.
 */
void __kprobes lockdown_report_revoked(const struct task_struct *task,
				       struct va_format *object)
{
	struct names names;

	fill_names(&names, task, object);
	pr_notice("lockdown: revoked pid=%d comm=\"%s\" object=\"%s\"\n",
		  task_pid_nr((struct task_struct *)task), names.comm,
		  names.object);
}

/**
 * lockdown_report_raise - log that the level was raised
 * @where: the origin of the raise
 *
 * Context: any, also before anything is initialised.
 */
void __kprobes lockdown_report_raise(const char *where)
{
	pr_notice("Kernel is locked down from %s; see man kernel_lockdown.7\n",
		  where);
}

/**
 * lockdown_denials - the number of denials of a reason since boot
 * @what: a reason below LOCKDOWN_REASON_COUNT
 *
 * Context: any.
 * Return: the number of denials, logged or not.
 */
unsigned long lockdown_denials(enum lockdown_reason what)
{
	return atomic_long_read(&reports[what].denials);
}
