// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown LSM: files that were obtained before a raise
 *
 * A file that is opened under a reason is marked, and each later read, write
 * and ioctl of the file is checked, in whichever process the descriptor is by
 * then. All other files cost a test of their mode. The reason follows from the
 * file system:
 *
 * - tracefs: any file, marked and checked here when it is opened.
 * - debugfs: the files that debugfs itself finds dangerous or private, and
 *   marks.
 * - others: files that map physical memory. Their own operations check each
 *   access; the mark serves the mapping alone (mappings.c).
 *
 * The handlers of tracefs need no further check: with its sources closed, a
 * call that began before the raise gets nothing new. The handlers of debugfs
 * may do anything at any time, so debugfs records in the task which file the
 * task is inside of (lockdown_enter_file()), and a raise interrupts, waits for,
 * and names such a task.
 */

#include <linux/compiler_types.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kprobes.h>
#include <linux/lockdown.h>
#include <linux/magic.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/security.h>

#include "files.h"
#include "gate.h"
#include "mappings.h"
#include "policy.h"
#include "report.h"

/**
 * lockdown_file_reason - tell the reason to deny a marked file
 * @file: the file
 *
 * Context: any.
 * Return: the reason, or LOCKDOWN_REASON_COUNT for a file whose own operations
 * ask.
 */
enum lockdown_reason __kprobes lockdown_file_reason(const struct file *file)
{
	switch (file_inode(file)->i_sb->s_magic) {
	case DEBUGFS_MAGIC:
		return IS_ENABLED(CONFIG_DEBUG_FS) ?
			       debugfs_lockdown_reason(file) :
			       LOCKDOWN_REASON_COUNT;
	case TRACEFS_MAGIC:
		return LOCKDOWN_TRACEFS;
	default:
		/* The file's own operations ask. */
		return LOCKDOWN_REASON_COUNT;
	}
}

/**
 * lockdown_mark_file - have every use of a file checked
 * @file: the file, in its open(); of debugfs or tracefs, or one that maps
 *	physical memory, through iomem_get_mapping() or a mapping that a
 *	revoker of its own knows
 *
 * If there is no memory for the shared address_space, the file cannot be
 * mapped.
 *
 * Context: may sleep.
 */
void __kprobes lockdown_mark_file(struct file *file)
{
	file->f_mode |= FMODE_LOCKDOWN;
	lockdown_share_mapping(file);
}
EXPORT_SYMBOL_GPL(lockdown_mark_file);

/**
 * lockdown_open_file - refuse to open a file of debugfs or tracefs, or mark it
 * @file: the file
 *
 * For all files of tracefs, and for those files of debugfs that debugfs finds
 * dangerous: debugfs knows the mode that the kernel created them with.
 *
 * Context: a task that is about to open the file; may sleep.
 * Return: 0 if it may be opened, -EPERM if not, or the answer of another LSM.
 */
int __kprobes lockdown_open_file(struct file *file)
{
	lockdown_mark_file(file);
	return lockdown_enforce_file(lockdown_file_reason(file), "open", file);
}

/* Not inlined, to keep the frame off the way of files that are allowed. */
static noinline int __kprobes enforce_use(struct file *file)
{
	enum lockdown_reason what = lockdown_file_reason(file);

	if (what == LOCKDOWN_REASON_COUNT ||
	    likely(lockdown_policy_passes(&lockdown_state, what)))
		return 0;
	/* Do not report an evaluated use: the open would be denied. */
	if (!lockdown_policy_check(&lockdown_state, what))
		return security_lockdown_query(what);
	return lockdown_enforce_file(what, "use", file);
}

/* See lockdown_check_file(). */
int __kprobes __lockdown_check_file(struct file *file)
{
	/* Readers of traces are frequent, and have one reason. */
	if (file_inode(file)->i_sb->s_magic == TRACEFS_MAGIC &&
	    likely(lockdown_policy_passes(&lockdown_state, LOCKDOWN_TRACEFS)))
		return 0;
	return enforce_use(file);
}
EXPORT_SYMBOL_GPL(__lockdown_check_file);

static enum lockdown_level level_of(const struct file *file)
{
	enum lockdown_reason what = lockdown_file_reason(file);

	/* Only files of debugfs and tracefs have other reasons than this. */
	if (what == LOCKDOWN_REASON_COUNT)
		what = LOCKDOWN_DEV_MEM;
	return lockdown_reason_info[what].level;
}

static unsigned int tell_files_of(struct task_struct *task,
				  enum lockdown_level level)
{
	unsigned int fd, count = 0;
	struct file *file;

	for (fd = 0; (file = task_lookup_next_fdget_rcu(task, &fd)); fd++) {
		if (file->f_mode & FMODE_LOCKDOWN && level_of(file) == level) {
			lockdown_revoked(task, "open file %pD4", file);
			count++;
		}
		fput(file);
	}
	return count;
}

/**
 * lockdown_tell_files - tell of open files whose use would be refused
 * @level: the level from which on it would
 *
 * Context: may sleep.
 * Return: the number of files; one that several processes have counts for each.
 */
unsigned int lockdown_tell_files(enum lockdown_level level)
{
	struct task_struct *process, *task;
	unsigned int count = 0;

	rcu_read_lock();
	for_each_process_thread(process, task) {
		/* Threads share their files, with few exceptions. */
		if (task == process ||
		    READ_ONCE(task->files) != READ_ONCE(process->files))
			count += tell_files_of(task, level);
	}
	rcu_read_unlock();
	return count;
}

/**
 * lockdown_inside_file - is a task inside a file that is denied now?
 * @policy: the policy that decides
 * @task: the task
 *
 * Context: any, under rcu_read_lock().
 * Return: the file, which stays valid until rcu_read_unlock(), or NULL.
 */
__kprobes struct file *
lockdown_inside_file(const struct lockdown_policy *policy,
		     const struct task_struct *task)
{
	/*
	 * The task holds a reference to the file until it leaves, and the
	 * release of the last reference waits for a grace period before it
	 * frees the dentry.
	 */
	struct file *file = READ_ONCE(task->lockdown_file);
	enum lockdown_reason what;

	if (!file)
		return NULL;
	what = lockdown_file_reason(file);
	if (what == LOCKDOWN_REASON_COUNT ||
	    !lockdown_policy_check(policy, what))
		return NULL;
	return file;
}
