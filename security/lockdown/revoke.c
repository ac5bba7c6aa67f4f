// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown LSM: what a raise takes back
 *
 * A raise is over when nothing that was obtained before it can cross the line
 * any more. It publishes the level, cuts off all that was obtained, waits for
 * those who looked at the old level and are about to act on it, and cuts again,
 * for the things that they obtained meanwhile:
 *
 *	raise				call site
 *
 *	level = integrity		permit (count it, look at the level)
 *	revokers			install, or act
 *	a barrier on each CPU		end of the permit's scope
 *	wait for permits
 *	revokers
 *
 * A permit that is counted after the barrier sees the new level. One that was
 * counted before is waited for, and the second call of the revokers finds what
 * its holder installed. Code that looks at the level and acts under
 * rcu_read_lock(), or without being preempted, is waited for as well.
 *
 * Nothing here waits for user space. But a holder may be kept from running by a
 * task of higher priority, and an RCU reader may be a BPF program that loops.
 * So the wait has a bound, and residue names those who were not done by then.
 * The first cut does not wait for anybody.
 *
 * Nothing in here can be traced or probed: a program that runs inside of a
 * raise could hold it up.
 */

#include <linux/array_size.h>
#include <linux/delay.h>
#include <linux/init.h>
#include <linux/jiffies.h>
#include <linux/kprobes.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/lockdown.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/rtmutex.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/seq_buf.h>
#include <linux/smp.h>

#include "files.h"
#include "policy.h"
#include "report.h"
#include "residue.h"
#include "revoke.h"

/* A raise waits this long for permits and RCU readers. */
#define DRAIN_MS 20

/* Room for the amounts that revokers took, in the line that the log gets. */
#define TOOK_LEN 512

/* Lines of the log about tasks that a raise took something from. */
#define TOLD_MAX 16

static struct lockdown_revokers revokers = {
	.lock = __RT_MUTEX_INITIALIZER(revokers.lock),
	.list = LIST_HEAD_INIT(revokers.list),
	.done = LOCKDOWN_LEVEL_FORCED,
};

/* Both protected by the lock of @revokers: a second cut finds the same tasks. */
static unsigned int nr_told;
static bool telling;

#ifdef CONFIG_LOCKDEP

/*
 * A task that holds a permit must not wait for user space, and every copy from
 * or to user space may take the mmap lock. Lockdep learns at boot that permits
 * are obtained under that lock, see lockdown_lockdep_init(), so that it reports
 * the first holder who takes it, and the first who takes a lock that is held
 * around a copy elsewhere.
 */
static struct lockdep_map permit_map =
	STATIC_LOCKDEP_MAP_INIT("lockdown_permit", &permit_map);

/**
 * lockdown_permit_acquire - tell lockdep of a permit
 *
 * The innermost ones are not told, nor those of contexts that cannot sleep:
 * there, DEBUG_ATOMIC_SLEEP reports a copy.
 *
 * Context: any.
 */
void lockdown_permit_acquire(void)
{
	if (preemptible() && current->lockdown_permits == 1)
		lock_map_acquire(&permit_map);
}
EXPORT_SYMBOL_GPL(lockdown_permit_acquire);

/**
 * lockdown_permit_release - tell lockdep that a permit is over
 *
 * Context: any.
 */
void lockdown_permit_release(void)
{
	if (current->lockdown_permits == 1 && in_task() &&
	    lock_is_held(&permit_map))
		lock_map_release(&permit_map);
}
EXPORT_SYMBOL_GPL(lockdown_permit_release);

static int __init lockdown_lockdep_init(void)
{
	struct mm_struct *mm = mm_alloc();

	if (!mm)
		return -ENOMEM;
	mmap_read_lock(mm);
	lockdown_permit_begin(LOCKDOWN_NONE);
	lockdown_permit_end();
	mmap_read_unlock(mm);
	mmput(mm);
	return 0;
}
subsys_initcall(lockdown_lockdep_init);

#endif /* CONFIG_LOCKDEP */

static void full_barrier(void *unused)
{
	/* Pairs with the barrier() in lockdown_permit_begin(). */
	smp_mb();
}
NOKPROBE_SYMBOL(full_barrier);

/* Calls @found for each; the caller cannot be waiting for itself. */
static unsigned int for_each_holder(void (*found)(struct task_struct *task))
{
	struct task_struct *process, *task;
	unsigned int count = 0;
	int cpu;

	rcu_read_lock();
	for_each_process_thread(process, task) {
		if (task == current || (!READ_ONCE(task->lockdown_permits) &&
					!lockdown_inside_file(task)))
			continue;
		count++;
		if (found)
			found(task);
	}
	/* Interrupts hold theirs in the name of the task they came to. */
	for_each_online_cpu(cpu) {
		task = idle_task(cpu);
		if (!READ_ONCE(task->lockdown_permits))
			continue;
		count++;
		if (found)
			found(task);
	}
	rcu_read_unlock();
	return count;
}
NOKPROBE_SYMBOL(for_each_holder);

/*
 * A sleep that ends for a signal ends. Kernel threads do not expect one. Permits
 * are over in a moment; those inside a file of debugfs may sleep in there.
 */
static void interrupt(struct task_struct *task)
{
	if (!(task->flags & PF_KTHREAD) && lockdown_inside_file(task))
		set_notify_signal(task);
}
NOKPROBE_SYMBOL(interrupt);

static void name_holder(struct task_struct *task)
{
	enum lockdown_reason what = READ_ONCE(task->lockdown_what);
	struct file *file = lockdown_inside_file(task);

	if (file)
		lockdown_residue(LOCKDOWN_DEBUGFS, "use of %pD4 by %s[%d], not ended",
				 file, task->comm, task_pid_nr(task));
	if (READ_ONCE(task->lockdown_permits) && lockdown_query(what))
		lockdown_residue(what, "a call by %s[%d], not ended",
				 task->comm, task_pid_nr(task));
}
NOKPROBE_SYMBOL(name_holder);

/**
 * lockdown_drain - wait for those who saw the old level and are about to act
 *
 * Holders of permits, those inside of files of debugfs, and RCU readers.
 *
 * Context: may sleep; a task that holds no permit. Waits DRAIN_MS at most, and
 * for nobody's leave.
 * Return: true if all are done; false if residue names somebody.
 */
bool lockdown_drain(void)
{
	const unsigned long end = jiffies + msecs_to_jiffies(DRAIN_MS);
	unsigned long readers;
	bool held, read;

	on_each_cpu(full_barrier, NULL, true);
	readers = start_poll_synchronize_rcu_expedited();
	for_each_holder(interrupt);
	for (;;) {
		held = for_each_holder(NULL);
		read = !poll_state_synchronize_rcu(readers);
		if ((!held && !read) || time_after(jiffies, end))
			break;
		usleep_range(200, 1000);
	}
	if (held)
		held = for_each_holder(name_holder);
	if (read)
		lockdown_residue(LOCKDOWN_NONE,
				 "an RCU reader (a BPF program, a probe), not ended");
	return !held && !read;
}
NOKPROBE_SYMBOL(lockdown_drain);

static void insert(struct lockdown_revokers *all,
		   struct lockdown_revoker *revoker)
{
	struct lockdown_revoker *other;
	struct list_head *before = &all->list;

	list_for_each_entry(other, &all->list, list) {
		if (other->reason > revoker->reason) {
			before = &other->list;
			break;
		}
	}
	list_add_tail(&revoker->list, before);
}

/**
 * lockdown_revokers_add - add a revoker where its reason wants it
 * @all: the revokers
 * @revoker: the new one
 *
 * Context: may sleep.
 */
void lockdown_revokers_add(struct lockdown_revokers *all,
			   struct lockdown_revoker *revoker)
{
	rt_mutex_lock(&all->lock);
	insert(all, revoker);
	rt_mutex_unlock(&all->lock);
}

static bool newly_denied(enum lockdown_reason what, enum lockdown_level from,
			 enum lockdown_level to)
{
	enum lockdown_level level = lockdown_reason_info[what].level;

	return level > from && level <= to;
}
NOKPROBE_SYMBOL(newly_denied);

/**
 * lockdown_revokers_run - take back what a level denies
 * @all: the revokers; the caller holds their lock
 * @to: the level, published already
 *
 * Calls those whose reason is denied between @all->done, which stays as it is,
 * and @to. One that finds again what it found before has not taken more.
 *
 * Context: may sleep.
 */
void lockdown_revokers_run(struct lockdown_revokers *all,
			   enum lockdown_level to)
{
	struct lockdown_revoker *revoker;

	list_for_each_entry(revoker, &all->list, list) {
		if (newly_denied(revoker->reason, all->done, to))
			revoker->took = max(revoker->took, revoker->revoke());
	}
}
NOKPROBE_SYMBOL(lockdown_revokers_run);

/**
 * lockdown_revokers_show - say for people what a raise took back
 * @all: the revokers; the caller holds their lock
 * @text: gets the amounts, or "nothing"
 *
 * Forgets the amounts.
 *
 * Context: any.
 */
void lockdown_revokers_show(struct lockdown_revokers *all,
			    struct seq_buf *text)
{
	struct lockdown_revoker *revoker;

	list_for_each_entry(revoker, &all->list, list) {
		if (!revoker->took)
			continue;
		seq_buf_printf(text, "%s%u %s", seq_buf_used(text) ? ", " : "",
			       revoker->took, revoker->name);
		revoker->took = 0;
	}
	if (!seq_buf_used(text))
		seq_buf_puts(text, "nothing");
}
NOKPROBE_SYMBOL(lockdown_revokers_show);

static unsigned int cut_iomem(void)
{
	return lockdown_cut_mappings(LOCKDOWN_DEV_MEM);
}
NOKPROBE_SYMBOL(cut_iomem);

static unsigned int cut_debugfs(void)
{
	return lockdown_cut_mappings(LOCKDOWN_DEBUGFS);
}
NOKPROBE_SYMBOL(cut_debugfs);

static unsigned int cut_tracefs(void)
{
	return lockdown_cut_mappings(LOCKDOWN_TRACEFS);
}
NOKPROBE_SYMBOL(cut_tracefs);

static struct lockdown_revoker mappings[] = {
	{ .name = "mappings of physical memory",
	  .reason = LOCKDOWN_DEV_MEM,
	  .revoke = cut_iomem },
	{ .name = "debugfs mappings",
	  .reason = LOCKDOWN_DEBUGFS,
	  .revoke = cut_debugfs },
	{ .name = "tracefs mappings",
	  .reason = LOCKDOWN_TRACEFS,
	  .revoke = cut_tracefs },
};

/* By the first raise, because the command line can leave an initcall out. */
static void add_mappings(void)
{
	unsigned int i;

	if (mappings[0].list.next)
		return;
	for (i = 0; i < ARRAY_SIZE(mappings); i++)
		insert(&revokers, &mappings[i]);
}
NOKPROBE_SYMBOL(add_mappings);

static void tell(enum lockdown_level level)
{
	unsigned int remain = lockdown_residue_count();
	char text[TOOK_LEN];
	struct seq_buf took;

	if (nr_told > TOLD_MAX)
		pr_notice("lockdown: revoked from %u more\n", nr_told - TOLD_MAX);
	seq_buf_init(&took, text, sizeof(text));
	lockdown_revokers_show(&revokers, &took);
	pr_notice("lockdown: at %s, revoked: %s%s; cannot be undone: %u%s\n",
		  lockdown_level_name(level), seq_buf_str(&took),
		  seq_buf_has_overflowed(&took) ? " ..." : "", remain,
		  remain ? ", see lockdown_info/residue" : "");
}
NOKPROBE_SYMBOL(tell);

/**
 * lockdown_revoke - take back what the level in force denies
 *
 * When it returns that is done, also if somebody else raised the level and is
 * at it.
 *
 * Context: may sleep once there is a scheduler. Before, there is nothing to
 * take back, nor anybody to take it back from.
 */
void lockdown_revoke(void)
{
	enum lockdown_level level;

	if (system_state < SYSTEM_SCHEDULING) {
		revokers.done = lockdown_policy_level(&lockdown_state);
		return;
	}

	rt_mutex_lock(&revokers.lock);
	level = lockdown_policy_level(&lockdown_state);
	if (level > revokers.done) {
		add_mappings();
		nr_told = 0;
		telling = true;
		lockdown_revokers_run(&revokers, level);
		telling = false;
		lockdown_drain();
		lockdown_revokers_run(&revokers, level);
		revokers.done = level;
		tell(level);
	}
	rt_mutex_unlock(&revokers.lock);
}
NOKPROBE_SYMBOL(lockdown_revoke);

/**
 * lockdown_register_revoker - register a revoker
 * @revoker: the revoker, which stays the caller's
 *
 * To be called before there is anything to take back, and where the thing comes
 * from: an initcall of its own could be left out by the command line.
 *
 * Context: may sleep. Not from a revoker.
 */
void lockdown_register_revoker(struct lockdown_revoker *revoker)
{
	lockdown_revokers_add(&revokers, revoker);
}
EXPORT_SYMBOL_GPL(lockdown_register_revoker);

/**
 * lockdown_unregister_revoker - unregister a revoker
 * @revoker: the revoker; it is not running, and will not be, when this returns
 *
 * Context: may sleep. Not from a revoker.
 */
void lockdown_unregister_revoker(struct lockdown_revoker *revoker)
{
	rt_mutex_lock(&revokers.lock);
	list_del(&revoker->list);
	rt_mutex_unlock(&revokers.lock);
}
EXPORT_SYMBOL_GPL(lockdown_unregister_revoker);

/**
 * lockdown_revoked - log that a raise took something from a task
 * @task: the task
 * @fmt: format of what it had, in a few words without a newline
 *
 * For revokers. Each raise logs the first few.
 *
 * Context: a revoker; under rcu_read_lock() or with a reference to @task.
 */
void lockdown_revoked(const struct task_struct *task, const char *fmt, ...)
{
	struct va_format object = { .fmt = fmt };
	va_list args;

	if (!telling || nr_told++ >= TOLD_MAX)
		return;
	va_start(args, fmt);
	object.va = &args;
	lockdown_report_revoked(task, &object);
	va_end(args);
}
EXPORT_SYMBOL_GPL(lockdown_revoked);
NOKPROBE_SYMBOL(lockdown_revoked);
