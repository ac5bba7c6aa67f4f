// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown LSM: how a raise revokes what was obtained before
 *
 * A raise is over when nothing that was obtained before it can cross the line
 * any more. It publishes the level, calls the revokers, waits for tasks that
 * read the old level and are about to act on it, and calls the revokers again,
 * for the things that these tasks obtained meanwhile:
 *
 *	raise				call site
 *
 *	level = integrity		permit (count it, look at the level)
 *	revokers			install, or act
 *	a barrier on each CPU		end of the permit's scope
 *	wait for permits
 *	revokers
 *
 * A permit that is counted after the barrier sees the new level. A raise waits
 * for a permit that was counted before, and the second call of the revokers
 * finds what its holder installed. A raise also waits for code that looks at
 * the level and acts under rcu_read_lock(), or with preemption disabled.
 *
 * A raise never waits for user space. But a task of higher priority may keep a
 * holder from running, and an RCU reader may be a BPF program that loops. So
 * the wait has a bound, and residue names the holders that remain. The first
 * call of the revokers waits for nothing.
 *
 * No function here can be traced or probed: a program that runs inside of a
 * raise could hold it up.
 */

#include <linux/array_size.h>
#include <linux/cache.h>
#include <linux/delay.h>
#include <linux/init.h>
#include <linux/instruction_pointer.h>
#include <linux/jiffies.h>
#include <linux/kprobes.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/lockdown.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/rculist.h>
#include <linux/rcupdate.h>
#include <linux/rtmutex.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/seq_buf.h>
#include <linux/smp.h>
#include <linux/sprintf.h>
#include <linux/stdarg.h>

#include "files.h"
#include "mappings.h"
#include "policy.h"
#include "report.h"
#include "residue.h"
#include "revoke.h"

/* A raise waits this long for permits and RCU readers. */
#define DRAIN_MS 20

/* Room for the amounts that revokers took, in the line that the log gets. */
#define TOOK_LEN 512

/*
 * A raise interrupts and names this many of the tasks that it waits for. A task
 * that is interrupted in a copy from a page of userfaultfd or FUSE spins until
 * the page is there, and thousands of such tasks would keep the raise from
 * running. Their lines must not use up the room for other lines, either.
 */
#define HOLDERS_MAX 64

/* A raise logs this many of the tasks that it revokes something of. */
#define TOLD_MAX 16

static struct lockdown_revokers revokers = {
	.lock = __RT_MUTEX_INITIALIZER(revokers.lock),
	.list = LIST_HEAD_INIT(revokers.list),
	.done = LOCKDOWN_LEVEL_FORCED,
};

/* See lockdown_revoking_now(). Written under the lock of @revokers. */
bool lockdown_revoking __read_mostly;

/*
 * Protects @teller, and keeps revokers registered that a reader calls. A raise
 * does not take it: another task may keep the reader from running.
 */
static DEFINE_MUTEX(teller_lock);

/**
 * struct teller - the reader of lockdown_info/takes
 * @task: the reader; other tasks see that they are not the one
 * @m: the file
 * @revoker: the revoker that the reader calls
 * @lines: the number of lines that this one has
 */
static struct teller {
	struct task_struct *task;
	struct seq_file *m;
	const struct lockdown_revoker *revoker;
	unsigned int lines;
} teller;

/* Protected by the lock of @revokers. The second call finds the same tasks. */
static unsigned int nr_told;
static bool first_cut;

#ifdef CONFIG_LOCKDEP

/*
 * A holder of a permit must not wait for user space, and every copy from or to
 * user space may take the mmap lock. Lockdep learns at boot that permits are
 * obtained under that lock, see lockdown_lockdep_init(). So lockdep reports the
 * first holder that takes the mmap lock, and the first holder that takes a lock
 * which is held around a copy elsewhere.
 */
static struct lockdep_map permit_map =
	STATIC_LOCKDEP_MAP_INIT("lockdown_permit", &permit_map);

/**
 * lockdown_permit_acquire - tell lockdep of a permit
 *
 * Lockdep names the function that obtained the permit. It does not see nested
 * permits, and none in contexts that cannot sleep: there, DEBUG_ATOMIC_SLEEP
 * reports a copy.
 *
 * Context: any.
 */
void lockdown_permit_acquire(void)
{
	if (preemptible() && current->lockdown_permits == 1)
		lock_acquire_exclusive(&permit_map, 0, 0, NULL, _RET_IP_);
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
		lock_release(&permit_map, _RET_IP_);
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

static void __kprobes full_barrier(void *unused)
{
	/* Pairs with the barrier() in lockdown_permit_begin(). */
	smp_mb();
}

/**
 * struct drain - a look at the tasks that a raise waits for
 * @policy: the level in force
 * @residues: where to name them
 * @look: the thing to do with each of them
 * @held: the number of them at the last look
 */
struct drain {
	const struct lockdown_policy *policy;
	struct lockdown_residues *residues;
	enum { COUNT, INTERRUPT, NAME } look;
	unsigned int held;
};

/*
 * End an interruptible sleep inside a file of debugfs. Permits end soon without
 * that, and kernel threads do not expect signals.
 */
static void __kprobes interrupt(struct task_struct *task,
				const struct file *inside)
{
	if (inside && !(task->flags & PF_KTHREAD))
		set_notify_signal(task);
}

static void __kprobes name_holder(const struct drain *drain,
				  struct task_struct *task,
				  const struct file *inside)
{
	unsigned int permits = READ_ONCE(task->lockdown_permits);
	enum lockdown_reason what = READ_ONCE(task->lockdown_what);

	/* Nested permits may be for another reason. */
	if (permits > 1)
		what = LOCKDOWN_NONE;
	if (inside)
		lockdown_residues_tell(drain->residues, LOCKDOWN_DEBUGFS,
				       "use of %pD4 by %s[%d], not ended",
				       inside, task->comm, task_pid_nr(task));
	if (permits && lockdown_policy_check(drain->policy, what))
		lockdown_residues_tell(drain->residues, what,
				       "a call by %s[%d], not ended",
				       task->comm, task_pid_nr(task));
}

static void __kprobes look_at(struct drain *drain, struct task_struct *task)
{
	struct file *inside = lockdown_inside_file(drain->policy, task);

	/* A raise does not wait for itself. */
	if (task == current || (!inside && !READ_ONCE(task->lockdown_permits)))
		return;
	if (drain->held++ >= HOLDERS_MAX)
		return;
	if (drain->look == INTERRUPT)
		interrupt(task, inside);
	/* The second cut waits for a mapping, or kills. */
	else if (drain->look == NAME && !lockdown_is_mapping(task))
		name_holder(drain, task, inside);
}

static void __kprobes look_at_all(struct drain *drain)
{
	struct task_struct *process, *task;
	int cpu;

	drain->held = 0;
	rcu_read_lock();
	for_each_process_thread(process, task)
		look_at(drain, task);
	/* A permit in an interrupt counts for the task that was interrupted. */
	for_each_online_cpu(cpu)
		look_at(drain, idle_task(cpu));
	rcu_read_unlock();
}

/**
 * lockdown_drain - wait for tasks that read the old level and are about to act
 * @policy: the new level, published already
 * @residues: gets a line for each task that is not done in time
 *
 * Waits for holders of permits, tasks inside of files of debugfs, and RCU
 * readers, for DRAIN_MS at most.
 *
 * Context: may sleep; a task that holds no permit.
 * Return: true if all are done.
 */
bool __kprobes lockdown_drain(const struct lockdown_policy *policy,
			      struct lockdown_residues *residues)
{
	struct drain drain = { .policy = policy,
			       .residues = residues,
			       .look = INTERRUPT };
	const unsigned long end = jiffies + msecs_to_jiffies(DRAIN_MS);
	unsigned long readers;
	bool read;

	on_each_cpu(full_barrier, NULL, true);
	readers = start_poll_synchronize_rcu_expedited();
	look_at_all(&drain);
	drain.look = COUNT;
	for (;;) {
		look_at_all(&drain);
		read = !poll_state_synchronize_rcu(readers);
		if ((!drain.held && !read) || time_after(jiffies, end))
			break;
		usleep_range(200, 1000);
	}
	/* Make the effects of finished holders visible to the second call. */
	on_each_cpu(full_barrier, NULL, true);
	if (drain.held) {
		drain.look = NAME;
		look_at_all(&drain);
	}
	if (drain.held > HOLDERS_MAX)
		lockdown_residues_tell(residues, LOCKDOWN_NONE,
				       "%u more calls, not ended",
				       drain.held - HOLDERS_MAX);
	if (read)
		lockdown_residues_tell(residues, LOCKDOWN_NONE,
				       "a BPF program or a probe, not ended");
	return !drain.held && !read;
}

static void __kprobes insert(struct lockdown_revokers *all,
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
	/* A reader of lockdown_info/takes goes through the list. */
	list_add_tail_rcu(&revoker->list, before);
}

/**
 * lockdown_revokers_add - add a revoker, in the order of reasons
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

/**
 * lockdown_revokers_remove - remove a revoker
 * @all: the revokers
 * @revoker: the revoker, which does not run after the return
 *
 * Context: may sleep.
 */
void lockdown_revokers_remove(struct lockdown_revokers *all,
			      struct lockdown_revoker *revoker)
{
	guard(mutex)(&teller_lock);
	rt_mutex_lock(&all->lock);
	list_del(&revoker->list);
	rt_mutex_unlock(&all->lock);
}

static bool __kprobes newly_denied(enum lockdown_reason what,
				   enum lockdown_level from,
				   enum lockdown_level to)
{
	enum lockdown_level level = lockdown_reason_info[what].level;

	return level > from && level <= to;
}

static unsigned int __kprobes call(const struct lockdown_revoker *revoker)
{
	return revoker->walk ? revoker->walk(true) : revoker->revoke();
}

/**
 * lockdown_revokers_run - revoke the things that a level denies
 * @all: the revokers; the caller holds their lock
 * @to: the level, published already
 *
 * Calls the revokers whose reason becomes denied between @all->done, which
 * stays as it is, and @to. The largest count of a revoker's calls is kept, so
 * that a thing found twice counts once.
 *
 * Context: may sleep.
 */
void __kprobes lockdown_revokers_run(struct lockdown_revokers *all,
				     enum lockdown_level to)
{
	struct lockdown_revoker *revoker;

	list_for_each_entry(revoker, &all->list, list) {
		if (newly_denied(revoker->reason, all->done, to))
			revoker->took = max(revoker->took, call(revoker));
	}
}

static void tell_of(struct lockdown_revoker *revoker)
{
	unsigned int found;
	char rest[24];

	teller.revoker = revoker;
	teller.lines = 0;
	found = revoker->walk(false);
	if (found <= teller.lines)
		return;
	scnprintf(rest, sizeof(rest), "%u more", found - teller.lines);
	lockdown_show_take(teller.m, revoker, NULL, rest);
}

/**
 * lockdown_revokers_tell - show the things that raises would revoke
 * @all: the revokers
 * @level: the level in force
 * @m: the file to show them in
 *
 * Only revokers with @walk are called. Does not take the lock of @all.
 *
 * Context: may sleep.
 * Return: 0, or -EINTR if the task is interrupted.
 */
int lockdown_revokers_tell(struct lockdown_revokers *all,
			   enum lockdown_level level, struct seq_file *m)
{
	struct lockdown_revoker *revoker;

	if (mutex_lock_interruptible(&teller_lock))
		return -EINTR;
	teller.m = m;
	WRITE_ONCE(teller.task, current);
	list_for_each_entry_rcu(revoker, &all->list, list,
				lockdep_is_held(&teller_lock)) {
		if (revoker->walk &&
		    lockdown_reason_info[revoker->reason].level > level)
			tell_of(revoker);
	}
	WRITE_ONCE(teller.task, NULL);
	mutex_unlock(&teller_lock);
	return 0;
}

/**
 * lockdown_revokers_show - sum up the things that a raise revoked
 * @all: the revokers; the caller holds their lock
 * @text: gets the amounts, or "nothing"
 *
 * Resets the amounts.
 *
 * Context: any.
 */
void __kprobes lockdown_revokers_show(struct lockdown_revokers *all,
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

static unsigned int __kprobes walk_mappings(enum lockdown_reason what,
					    bool revoke)
{
	return revoke ? lockdown_cut_mappings(what, !first_cut) :
			lockdown_tell_mappings(what);
}

static unsigned int __kprobes walk_iomem(bool revoke)
{
	return walk_mappings(LOCKDOWN_DEV_MEM, revoke);
}

static unsigned int __kprobes walk_debugfs(bool revoke)
{
	return walk_mappings(LOCKDOWN_DEBUGFS, revoke);
}

static unsigned int __kprobes walk_tracefs(bool revoke)
{
	return walk_mappings(LOCKDOWN_TRACEFS, revoke);
}

/* A raise need not look for open files: each use of them is checked. */
static unsigned int __kprobes walk_files(bool revoke)
{
	return revoke ? 0 : lockdown_tell_files(LOCKDOWN_LEVEL_INTEGRITY);
}

static unsigned int __kprobes walk_private_files(bool revoke)
{
	return revoke ? 0 : lockdown_tell_files(LOCKDOWN_LEVEL_CONFIDENTIALITY);
}

static struct lockdown_revoker mappings[] = {
	{ .name = "mappings of physical memory",
	  .kind = "mapping",
	  .reason = LOCKDOWN_DEV_MEM,
	  .walk = walk_iomem },
	{ .name = "debugfs mappings",
	  .kind = "mapping",
	  .reason = LOCKDOWN_DEBUGFS,
	  .walk = walk_debugfs },
	{ .name = "tracefs mappings",
	  .kind = "mapping",
	  .reason = LOCKDOWN_TRACEFS,
	  .walk = walk_tracefs },
	{ .name = "open files",
	  .kind = "file",
	  .reason = LOCKDOWN_INTEGRITY_MAX,
	  .walk = walk_files },
	{ .name = "open files",
	  .kind = "file",
	  .reason = LOCKDOWN_CONFIDENTIALITY_MAX,
	  .walk = walk_private_files },
};

/* The caller has the lock of @revokers. */
static void __kprobes add_mappings(void)
{
	unsigned int i;

	if (mappings[0].list.next)
		return;
	for (i = 0; i < ARRAY_SIZE(mappings); i++)
		insert(&revokers, &mappings[i]);
}

/**
 * lockdown_add_mappings - register what is built in
 *
 * Readers of lockdown_info/takes need this. A raise does not rely on it: the
 * command line could leave an initcall out.
 *
 * Context: boot; may sleep.
 */
void lockdown_add_mappings(void)
{
	rt_mutex_lock(&revokers.lock);
	add_mappings();
	rt_mutex_unlock(&revokers.lock);
}

/**
 * lockdown_takes_show - show what raises would revoke now
 * @m: the file to show it in
 *
 * Context: may sleep.
 * Return: 0, or -EINTR if the task is interrupted.
 */
int lockdown_takes_show(struct seq_file *m)
{
	enum lockdown_level level = lockdown_policy_level(&lockdown_state);

	return lockdown_revokers_tell(&revokers, level, m);
}

static void __kprobes tell(enum lockdown_level level)
{
	unsigned int remain = lockdown_residue_count();
	char text[TOOK_LEN];
	struct seq_buf took;

	seq_buf_init(&took, text, sizeof(text));
	lockdown_revokers_show(&revokers, &took);
	pr_notice("lockdown: at %s, revoked: %s%s; cannot be undone: %u%s\n",
		  lockdown_level_name(level), seq_buf_str(&took),
		  seq_buf_has_overflowed(&took) ? " ..." : "", remain,
		  remain ? ", see lockdown_info/residue" : "");
}

/**
 * lockdown_revoke - revoke the things that the level in force denies
 *
 * All are revoked when this returns, also if another task has raised the level
 * and is revoking.
 *
 * Context: may sleep once there is a scheduler. Before that, no task can have
 * obtained anything.
 */
void __kprobes lockdown_revoke(void)
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
		first_cut = true;
		WRITE_ONCE(lockdown_revoking, true);
		lockdown_revokers_run(&revokers, level);
		first_cut = false;
		lockdown_drain(&lockdown_state, &lockdown_residues);
		lockdown_revokers_run(&revokers, level);
		WRITE_ONCE(lockdown_revoking, false);
		revokers.done = level;
		tell(level);
	}
	rt_mutex_unlock(&revokers.lock);
}

/**
 * lockdown_register_revoker - register a revoker
 * @revoker: the revoker, which stays the caller's
 *
 * Call this before there is anything to revoke, in the code that hands it out:
 * the command line could leave out an initcall that only registers.
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
 * @revoker: the revoker, which does not run after the return
 *
 * Context: may sleep. Not from a revoker.
 */
void lockdown_unregister_revoker(struct lockdown_revoker *revoker)
{
	lockdown_revokers_remove(&revokers, revoker);
}
EXPORT_SYMBOL_GPL(lockdown_unregister_revoker);

/**
 * lockdown_revoked - tell of a thing that is revoked, or would be
 * @task: the task that it belongs to, or NULL
 * @fmt: format of the thing, in a few words without a newline
 *
 * For revokers. Each raise logs the first few that belong to a task; its last
 * line has the counts. A reader of lockdown_info/takes gets a line.
 *
 * Context: a revoker; under rcu_read_lock() or with a reference to @task.
 */
void __kprobes lockdown_revoked(const struct task_struct *task, const char *fmt,
				...)
{
	const bool told = READ_ONCE(teller.task) == current;
	unsigned int *nr = told ? &teller.lines : &nr_told;
	char object[LOCKDOWN_OBJECT_LEN];
	va_list args;

	if (!told && (!first_cut || !task))
		return;
	if (*nr == (told ? LOCKDOWN_TAKES_MAX : TOLD_MAX))
		return;
	++*nr;
	va_start(args, fmt);
	vscnprintf(object, sizeof(object), fmt, args);
	va_end(args);
	if (told)
		lockdown_show_take(teller.m, teller.revoker, task, object);
	else
		lockdown_report_revoked(task, object);
}
EXPORT_SYMBOL_GPL(lockdown_revoked);
