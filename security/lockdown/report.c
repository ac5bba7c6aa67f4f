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
#include <linux/errno.h>
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
#include <linux/ptrace.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/seq_file.h>
#include <linux/sprintf.h>
#include <linux/string.h>
#include <linux/uidgid.h>

#include <asm/syscall.h>

#include "denials.h"
#include "policy.h"
#include "reasons.h"
#include "report.h"

#define CREATE_TRACE_POINTS
#include <trace/events/lockdown.h>

/*
 * Escaping turns a byte into this many at most: a backslash, three octal
 * digits.
 */
#define ESCAPED_LEN 4

/**
 * struct record - a denial, for audit
 * @event: the denial; its object is @object
 * @auid: the user id that the task logged in with, in the initial namespace
 * @session: its audit session
 * @object: the object of the operation, or empty
 */
struct record {
	struct lockdown_event event;
	uid_t auid;
	unsigned int session;
	char object[LOCKDOWN_OBJECT_LEN];
};

/*
 * Each reason has a limit of its own, so that a flood of one cannot hide
 * another.
 */
static struct lockdown_report reports[LOCKDOWN_VERDICTS]
				     [LOCKDOWN_REASON_COUNT] = {
	[0 ... LOCKDOWN_VERDICTS - 1] = {
		[0 ... LOCKDOWN_REASON_COUNT - 1] = LOCKDOWN_REPORT_INIT,
	},
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
	int needed;

	/* A cut escape could hide the quote after it. */
	while ((needed = string_escape_mem(from, len, to, size - 1,
					   LOCKDOWN_ESCAPE,
					   LOCKDOWN_ESCAPE_TOO)) >= size)
		len--;

	to[needed] = '\0';
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

static void fill_names(struct names *names, const char *comm,
		       const char *object)
{
	lockdown_escape(names->comm, sizeof(names->comm), comm,
			strnlen(comm, TASK_COMM_LEN));
	lockdown_escape(names->object, sizeof(names->object), object,
			strlen(object));
}

static void print_event(const char *how, const struct lockdown_event *event)
{
	struct names names;

	fill_names(&names, event->comm, event->object);
	pr_notice(
		"lockdown: %s reason=%s pid=%d uid=%u comm=\"%s\" object=\"%s\"\n",
		how, lockdown_reason_info[event->what].name,
		lockdown_pid(event->who), lockdown_uid(event->who), names.comm,
		names.object);
}

static void print_denial(const struct lockdown_event *event)
{
	pr_notice(
		"Lockdown: %*pE: %s is restricted; see man kernel_lockdown.7\n",
		(int)strnlen(event->comm, TASK_COMM_LEN), event->comm,
		lockdown_reasons[event->what]);
	if (event->object[0])
		print_event("denied", event);
}

/* Without this knowledge, a record has its task itself. */
static bool in_system_call(void)
{
#ifdef CONFIG_HAVE_ARCH_TRACEHOOK
	struct pt_regs *regs = current_pt_regs();

	return user_mode(regs) && syscall_get_nr(current, regs) != -1;
#else
	return false;
#endif
}

/*
 * Kernel threads and the boot have contexts without a system call, and the
 * record of an io_uring operation has no name of a task. The first task has no
 * registers of user space during the boot, and anything may stand in their
 * place.
 */
static struct audit_context *context_of_call(void)
{
	if (system_state < SYSTEM_RUNNING ||
	    current->flags & (PF_KTHREAD | PF_USER_WORKER) || !in_system_call())
		return NULL;
	return audit_context();
}

/* The record of the system call tells of the task, too. */
static void log_task(struct audit_buffer *ab, const struct record *record)
{
	audit_log_format(ab, " pid=%d uid=%u auid=%u ses=%u comm=",
			 lockdown_pid(record->event.who),
			 lockdown_uid(record->event.who), record->auid,
			 record->session);
	audit_log_untrustedstring(ab, record->event.comm);
}

/*
 * Do not use AUDIT_AVC: ausearch(8) drops such records if they do not look like
 * SELinux's, and the record of the system call with them. A task with a context
 * gets a record of its system call, also if audit has no rules.
 */
static void audit_record(struct audit_context *context,
			 const struct record *record)
{
	const struct lockdown_event *event = &record->event;
	struct audit_buffer *ab = audit_log_start(
		context, GFP_ATOMIC | __GFP_NOWARN, AUDIT_KERNEL_OTHER);

	if (!ab)
		return;
	audit_log_format(ab, "lsm=lockdown op=%s verdict=%s",
			 lockdown_reason_info[event->what].name,
			 lockdown_verdict_name(event->verdict));
	if (!context)
		log_task(ab, record);
	if (record->object[0]) {
		audit_log_format(ab, " object=");
		audit_log_untrustedstring(ab, record->object);
	}
	audit_log_format(ab, " res=%d", event->verdict != LOCKDOWN_DENIED);
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

static void fill_record(struct record *record,
			const struct lockdown_event *event)
{
	record->event = *event;
	record->event.object = record->object;
	record->auid = from_kuid(&init_user_ns, audit_get_loginuid(current));
	record->session = audit_get_sessionid(current);
	strscpy(record->object, event->object);
}

static void audit_late(const struct lockdown_event *event)
{
	/* Only the log has denials of early boot. */
	if (system_state < SYSTEM_SCHEDULING)
		return;
	if (atomic_cmpxchg_acquire(&late.busy, 0, 1)) {
		atomic_inc(&late.lost);
		return;
	}
	fill_record(&late.record, event);
	irq_work_queue(&late.work);
}

/*
 * Audit takes locks, allocates memory and wakes a thread. Where the context
 * allows that, the record belongs to the system call that was refused.
 */
static void audit_event(const struct lockdown_event *event)
{
	struct record record;

	if (!audit_enabled)
		return;
	if (preempt_count() || irqs_disabled()) {
		audit_late(event);
		return;
	}
	fill_record(&record, event);
	audit_record(context_of_call(), &record);
}

/* Not inlined: most denials of a flood are only counted. */
static noinline void __kprobes tell_event(const struct lockdown_event *event,
					  long untold)
{
	const bool denied = event->verdict == LOCKDOWN_DENIED;

	if (untold)
		pr_notice("lockdown: %ld %s of reason=%s not logged\n", untold,
			  denied ? "denials" : "evaluated denials",
			  lockdown_reason_info[event->what].name);
	if (denied)
		print_denial(event);
	else
		print_event("would deny", event);
	audit_event(event);
}

static noinline void __kprobes trace(const struct lockdown_event *event,
				     bool logged)
{
	char object[2 * LOCKDOWN_OBJECT_LEN];

	lockdown_escape(object, sizeof(object), event->object,
			strlen(event->object));
	/* Some debuggers interrupt a CPU where RCU does not look. */
	if (rcu_is_watching())
		trace_lockdown_denied(lockdown_reason_info[event->what].name,
				      object,
				      lockdown_verdict_name(event->verdict),
				      logged);
}

/* The initial namespaces; this of users maps each id to itself. */
static __always_inline u64 who(void)
{
	return (u64)task_pid_nr(current) << 32 | __kuid_val(current_uid());
}

/* Not inlined: most denials are repetitions. */
static noinline void __kprobes report_event(enum lockdown_verdict verdict,
					    enum lockdown_reason what,
					    const struct va_format *format,
					    const char *object)
{
	struct lockdown_event event = {
		.verdict = verdict,
		.what = what,
		.who = who(),
		.now = jiffies,
		.format = format,
		.object = object,
	};
	bool told;
	long untold;

	/* Another task may be writing the name. */
	data_race(memcpy(event.comm, current->comm, TASK_COMM_LEN));
	event.comm[TASK_COMM_LEN - 1] = '\0';

	told = lockdown_denials_count(&lockdown_denials,
				      &reports[verdict][what], &event, &untold);
	if (unlikely(told))
		tell_event(&event, untold);
	if (trace_lockdown_denied_enabled())
		trace(&event, told);
}

/* Not inlined, to keep the buffer off the stack of the others. */
static noinline void __kprobes report_object(enum lockdown_verdict verdict,
					     enum lockdown_reason what,
					     struct va_format *object)
{
	char text[LOCKDOWN_OBJECT_LEN];

	scnprintf(text, sizeof(text), "%pV", object);
	report_event(verdict, what, object, text);
}

static __always_inline int answer(enum lockdown_verdict verdict)
{
	return verdict == LOCKDOWN_DENIED ? -EPERM : 0;
}

static __always_inline bool repeats(enum lockdown_verdict verdict,
				    enum lockdown_reason what,
				    const struct va_format *object)
{
	return !trace_lockdown_denied_enabled() &&
	       lockdown_denials_repeat(&reports[verdict][what], object,
				       current->comm, who(), jiffies);
}

/*
 * These two are not inlined, and called last: so the most frequent denials,
 * repetitions without an object, need no room on the stack.
 */
static noinline int __kprobes report_plain(enum lockdown_verdict verdict,
					   enum lockdown_reason what)
{
	/* Only lockdown_self_check() asks for a level, and attempts nothing. */
	if (!lockdown_reason_info[what].is_level ||
	    system_state >= SYSTEM_RUNNING)
		report_event(verdict, what, NULL, "");
	return answer(verdict);
}

static noinline int __kprobes report_named(enum lockdown_verdict verdict,
					   enum lockdown_reason what,
					   struct va_format *object)
{
	if (!repeats(verdict, what, object))
		report_object(verdict, what, object);
	return answer(verdict);
}

/**
 * lockdown_report_event - count an operation that is denied, and log it
 * @verdict: LOCKDOWN_DENIED, or LOCKDOWN_EVALUATED if it would be denied
 * @what: the reason
 * @object: the object of the operation, or NULL
 *
 * Every denial is counted. The log and audit get what is new, and few of the
 * repetitions; see denials.c.
 *
 * Context: any, including NMI and before anything is initialised.
 * Return: -EPERM if it is denied, 0 if it goes on.
 */
int __kprobes lockdown_report_event(enum lockdown_verdict verdict,
				    enum lockdown_reason what,
				    struct va_format *object)
{
	if (object)
		return report_named(verdict, what, object);
	if (!repeats(verdict, what, NULL))
		return report_plain(verdict, what);
	return answer(verdict);
}

/**
 * lockdown_report_revoked - log that a raise revoked something of a task
 * @task: the task, which stays valid
 * @object: the thing that was revoked
 *
 * Context: a task.
 */
void __kprobes lockdown_report_revoked(const struct task_struct *task,
				       const char *object)
{
	struct names names;

	fill_names(&names, task->comm, object);
	pr_notice("lockdown: revoked pid=%d comm=\"%s\" object=\"%s\"\n",
		  task_pid_nr((struct task_struct *)task), names.comm,
		  names.object);
}

/**
 * lockdown_show_take - show a thing that a raise would revoke
 * @m: the file to show it in
 * @revoker: the revoker that found it
 * @task: the task that it belongs to, which stays valid; or NULL
 * @object: the thing
 *
 * Context: any that may use @m.
 */
void lockdown_show_take(struct seq_file *m,
			const struct lockdown_revoker *revoker,
			const struct task_struct *task, const char *object)
{
	enum lockdown_level level = lockdown_reason_info[revoker->reason].level;
	struct names names;

	fill_names(&names, task ? task->comm : "", object);
	seq_printf(m, "level=%s kind=%s ", lockdown_level_name(level),
		   revoker->kind);
	if (task)
		seq_printf(m, "pid=%d comm=\"%s\"",
			   task_pid_nr((struct task_struct *)task), names.comm);
	else
		seq_puts(m, "pid=- comm=-");
	seq_printf(m, " object=\"%s\"\n", names.object);
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

/*
 * Audit's dictionary has numbers for these fields: 0 is none, 1 integrity, 2
 * confidentiality. The record must not wait for room in a queue that a program
 * of user space empties.
 */
static void audit_status(enum lockdown_level from, enum lockdown_level to,
			 enum lockdown_level evaluated_from,
			 enum lockdown_level evaluated_to)
{
	struct audit_context *context = context_of_call();
	struct audit_buffer *ab;

	if (!audit_enabled || system_state < SYSTEM_SCHEDULING)
		return;
	ab = audit_log_start(context, GFP_ATOMIC | __GFP_NOWARN,
			     AUDIT_MAC_STATUS);
	if (!ab)
		return;
	audit_log_format(ab, "enforcing=%u old_enforcing=%u", to, from);
	audit_log_format(ab, " evaluate=%u old_evaluate=%u", evaluated_to,
			 evaluated_from);
	if (!context)
		audit_log_format(ab, " auid=%u ses=%u",
				 from_kuid(&init_user_ns,
					   audit_get_loginuid(current)),
				 audit_get_sessionid(current));
	audit_log_format(ab, " lsm=lockdown res=1");
	audit_log_end(ab);
}

/**
 * lockdown_report_raised - tell audit and tracing of a raise
 * @from: the level before
 * @to: the level now
 * @where: the origin of the raise
 *
 * Both may run programs and need memory, so this comes after everything is
 * revoked.
 *
 * Context: a task, or before there is a scheduler.
 */
void lockdown_report_raised(enum lockdown_level from, enum lockdown_level to,
			    const char *where)
{
	const enum lockdown_level evaluated =
		lockdown_policy_evaluated(&lockdown_state);

	audit_status(from, to, evaluated, evaluated);
	trace_lockdown_raised(lockdown_level_name(to), where);
}

/**
 * lockdown_report_evaluation - log that the evaluated level has changed
 * @from: the level before
 * @to: the level now
 *
 * Context: a task, or before there is a scheduler.
 */
void lockdown_report_evaluation(enum lockdown_level from,
				enum lockdown_level to)
{
	const enum lockdown_level level =
		lockdown_policy_level(&lockdown_state);

	pr_notice("lockdown: evaluating %s\n", lockdown_level_name(to));
	audit_status(level, level, from, to);
}

/**
 * lockdown_reported - the denials of a reason since boot
 * @verdict: LOCKDOWN_DENIED, or LOCKDOWN_EVALUATED for those that would be
 * @what: a reason below LOCKDOWN_REASON_COUNT
 *
 * Context: any.
 * Return: their number and times, which may change at any time.
 */
const struct lockdown_report *lockdown_reported(enum lockdown_verdict verdict,
						enum lockdown_reason what)
{
	return &reports[verdict][what];
}

/**
 * lockdown_verdict_name - the name of a verdict in user space
 * @verdict: the verdict
 *
 * Context: any.
 * Return: the name, a constant.
 */
const char *lockdown_verdict_name(enum lockdown_verdict verdict)
{
	static const char *const names[] = {
		[LOCKDOWN_DENIED] = "denied",
		[LOCKDOWN_EVALUATED] = "evaluated",
		[LOCKDOWN_ALLOWED] = "allowed",
	};

	return names[verdict];
}
