// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown LSM: mappings that were made before a raise
 *
 * A mapping is entered into the interval tree of its file after the file has
 * filled the mapping. In between, the task is recorded as mapping the file. All
 * marked files of a file system share one address_space, so that a raise finds
 * their mappings without looking for inodes, and without a lock of the file
 * system.
 *
 * A real-time task can keep another from running for as long as it likes, also
 * one that has the lock of the tree, or has filled a mapping and not entered
 * it. A raise does not wait for such a task. It kills the processes that could
 * go on to use the mapping, and names the mapping as residue.
 */

#include <asm/barrier.h>
#include <linux/anon_inodes.h>
#include <linux/array_size.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/ioport.h>
#include <linux/kprobes.h>
#include <linux/lockdown.h>
#include <linux/maple_tree.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/oom.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/signal.h>
#include <linux/smp.h>
#include <linux/workqueue.h>

#include "files.h"
#include "mappings.h"
#include "policy.h"
#include "report.h"
#include "revoke.h"

/* A raise first waits this long for a task that changes a tree of mappings. */
#define TREE_WAIT_MS 20

/* The second cut waits this long before it kills. */
#define KILL_WAIT_MS 200

/* A raise searches the owners of this many mappings of a kind, for the log. */
#define OWNERS_TOLD 8

/* The mappings that the marked files of a file system share. */
static struct address_space *debugfs_mapping, *tracefs_mapping;
static DEFINE_MUTEX(mappings_lock);

static struct address_space **slot_of(enum lockdown_reason what)
{
	switch (what) {
	case LOCKDOWN_DEBUGFS:
		return &debugfs_mapping;
	case LOCKDOWN_TRACEFS:
		return &tracefs_mapping;
	default:
		return NULL;
	}
}

static const struct file_operations mapping_fops;

/* The first file that needs it makes it: an initcall could be left out. */
static struct address_space *shared_mapping(struct address_space **slot)
{
	/* Pairs with the release below. */
	struct address_space *mapping = smp_load_acquire(slot);
	struct file *file;
	struct inode *inode;

	if (mapping)
		return mapping;

	guard(mutex)(&mappings_lock);
	if (*slot)
		return *slot;
	file = anon_inode_create_getfile("[lockdown]", &mapping_fops, NULL,
					 O_RDWR, NULL);
	if (IS_ERR(file))
		return NULL;
	/* Keep the inode only: the file pins its opener's credentials. */
	inode = file_inode(file);
	ihold(inode);
	fput(file);
	/* Pairs with the acquire above and in lockdown_cut_mappings(). */
	smp_store_release(slot, inode->i_mapping);
	return inode->i_mapping;
}

/**
 * lockdown_share_mapping - let a raise find the mappings of a file
 * @file: a file that is being marked, in its open()
 *
 * A file of debugfs or tracefs gets the address_space of its file system. If
 * there is no memory for that, lockdown_map_file() refuses to map the file.
 * Other files have one that a raise knows already.
 *
 * Context: may sleep.
 */
void __kprobes lockdown_share_mapping(struct file *file)
{
	struct address_space **slot = slot_of(lockdown_file_reason(file));
	struct address_space *mapping = slot ? shared_mapping(slot) : NULL;

	if (mapping)
		file->f_mapping = mapping;
}

/**
 * lockdown_map_begin - let a raise find the task that maps a marked file
 * @file: a file with FMODE_LOCKDOWN
 *
 * Until lockdown_map_end() the mapping may have pages, and cannot be found
 * through the file. Nothing in between may wait for user space.
 *
 * Context: a task that holds its mmap lock for writing.
 * Return: 0 if it may be mapped, and then lockdown_map_end() has to be called
 * as well; -EPERM if not, or the answer of another LSM.
 */
int __kprobes lockdown_map_begin(struct file *file)
{
	int err = lockdown_check_file(file);

	if (err)
		return err;
	WRITE_ONCE(current->lockdown_file, file);
	lockdown_permit_begin(LOCKDOWN_DEV_MEM);
	return 0;
}

/**
 * lockdown_map_end - end what lockdown_map_begin() began
 * @file: given to lockdown_map_begin()
 *
 * The mapping can be found through the file now. A raise whose wait ran out has
 * missed the mapping, so drop its pages here.
 *
 * Context: as lockdown_map_begin().
 */
void __kprobes lockdown_map_end(struct file *file)
{
	enum lockdown_reason what = lockdown_file_reason(file);

	lockdown_permit_end();
	WRITE_ONCE(current->lockdown_file, NULL);
	if (what == LOCKDOWN_REASON_COUNT)
		what = LOCKDOWN_DEV_MEM;
	if (lockdown_query(what))
		unmap_mapping_range(file->f_mapping, 0, 0, 1);
}

/**
 * lockdown_map_file - refuse to map a marked file
 * @file: a file with FMODE_LOCKDOWN
 *
 * Only the file that mmap(2) was called for can be mapped: a raise would not
 * find a mapping through another file (overlayfs, Coda, FUSE).
 *
 * Context: a task that is about to call the file's mmap().
 * Return: 0 if it may be mapped, -EPERM if not, -ENODEV through another file,
 * -ENOMEM if it was marked without memory, or the answer of another LSM.
 */
int __kprobes lockdown_map_file(struct file *file)
{
	struct address_space **slot = slot_of(lockdown_file_reason(file));

	if (READ_ONCE(current->lockdown_file) != file)
		return -ENODEV;
	if (slot && file->f_mapping != *slot)
		return -ENOMEM;
	return __lockdown_check_file(file);
}
EXPORT_SYMBOL_GPL(lockdown_map_file);

/* Log a process once, however many threads it has. */
static void __kprobes tell_owner(const struct vm_area_struct *vma)
{
	struct task_struct *process, *owner = NULL;

	rcu_read_lock();
	for_each_process(process) {
		if (READ_ONCE(process->mm) != vma->vm_mm)
			continue;
		owner = process;
		break;
	}
	lockdown_revoked(owner, "mapping of %pD4", vma->vm_file);
	rcu_read_unlock();
}

static bool __kprobes lock_tree(struct address_space *mapping, int wait_ms)
{
	int waited;

	for (waited = 0; !i_mmap_trylock_read(mapping); waited++) {
		if (waited == wait_ms)
			return false;
		usleep_range(900, 1000);
	}
	return true;
}

/* Under rcu_read_lock(). Kernel threads use the memory of others in turns. */
static bool __kprobes kill_process(enum lockdown_reason what,
				   struct task_struct *process, bool tell)
{
	if (process->flags & PF_KTHREAD)
		return false;
	if (is_global_init(process)) {
		lockdown_residue(what, "mappings of init");
		return false;
	}
	do_send_sig_info(SIGKILL, SEND_SIG_PRIV, process, PIDTYPE_TGID);
	if (tell)
		lockdown_report_revoked(
			process,
			"process, for mappings that cannot be revoked");
	return true;
}

/* IPI all CPUs so that killed tasks see SIGKILL before a raise is over. */
static void __kprobes show_signals(unsigned int killed)
{
	if (killed)
		kick_all_cpus_sync();
}

/*
 * Look without the lock of the tree. VMAs are freed after a grace period, and a
 * stale file is at worst another one that is mapped.
 */
static bool __kprobes has_mapping(struct task_struct *process,
				  const struct address_space *mapping)
{
	struct task_struct *task = find_lock_task_mm(process);
	struct vm_area_struct *vma;
	struct file *file;
	bool found = false;

	if (!task)
		return false;
	/* Sparse does not see that find_lock_task_mm() takes this lock. */
	__acquire(&task->alloc_lock);
	MA_STATE(mas, &task->mm->mm_mt, 0, 0);
	mas_for_each(&mas, vma, ULONG_MAX) {
		file = READ_ONCE(vma->vm_file);
		found = file && READ_ONCE(file->f_mapping) == mapping;
		if (found)
			break;
	}
	task_unlock(task);
	return found;
}

static unsigned int __kprobes kill_owners(enum lockdown_reason what,
					  const struct address_space *mapping)
{
	struct task_struct *process;
	unsigned int count = 0;

	if (!IS_ENABLED(CONFIG_PER_VMA_LOCK))
		return 0;
	rcu_read_lock();
	for_each_process(process) {
		if (has_mapping(process, mapping))
			count += kill_process(what, process,
					      count < OWNERS_TOLD);
	}
	rcu_read_unlock();
	show_signals(count);
	return count;
}

/**
 * lockdown_is_mapping - is a task between lockdown_map_begin() and _end()?
 * @task: the task
 *
 * Context: any, under rcu_read_lock().
 * Return: the file, which stays valid until rcu_read_unlock(), or NULL.
 */
__kprobes struct file *lockdown_is_mapping(const struct task_struct *task)
{
	if (!READ_ONCE(task->lockdown_permits) ||
	    READ_ONCE(task->lockdown_what) != LOCKDOWN_DEV_MEM)
		return NULL;
	return READ_ONCE(task->lockdown_file);
}

static bool __kprobes maps_now(const struct task_struct *task,
			       const struct address_space *mapping)
{
	const struct file *file = lockdown_is_mapping(task);

	return file && READ_ONCE(file->f_mapping) == mapping;
}

/* Kill all processes that share the mm. */
static unsigned int __kprobes kill_sharers(enum lockdown_reason what,
					   struct mm_struct *mm)
{
	struct task_struct *process;
	unsigned int count = 0;

	for_each_process(process) {
		if (process_shares_mm(process, mm))
			count += kill_process(what, process,
					      count < OWNERS_TOLD);
	}
	return count;
}

static unsigned int __kprobes
look_for_mappers(enum lockdown_reason what, const struct address_space *mapping,
		 bool kill)
{
	struct task_struct *process, *task;
	struct mm_struct *mm;
	unsigned int count = 0;

	rcu_read_lock();
	for_each_process_thread(process, task) {
		mm = READ_ONCE(task->mm);
		if (mm && maps_now(task, mapping))
			count += kill ? kill_sharers(what, mm) : 1;
	}
	rcu_read_unlock();
	if (kill)
		show_signals(count);
	return count;
}

static unsigned int __kprobes kill_mappers(enum lockdown_reason what,
					   const struct address_space *mapping)
{
	int waited;

	for (waited = 0; look_for_mappers(what, mapping, false); waited++) {
		if (waited == KILL_WAIT_MS) {
			lockdown_residue(what, "mappings that are being made");
			return look_for_mappers(what, mapping, true);
		}
		usleep_range(900, 1000);
	}
	return 0;
}

/*
 * Zap all mappings, or only tell of them. The caller has the lock of the tree.
 */
static unsigned int __kprobes walk_locked(struct address_space *mapping,
					  bool zap)
{
	const unsigned int most = zap ? OWNERS_TOLD : LOCKDOWN_TAKES_MAX;
	const struct mm_struct *told = NULL;
	struct vm_area_struct *vma;
	unsigned int count = 0, owners = 0;

	vma_interval_tree_foreach(vma, &mapping->i_mmap, 0, ULONG_MAX)
	{
		count++;
		/* unmap_mapping_range() would take the lock once more. */
		if (zap)
			zap_page_range_single(vma, vma->vm_start,
					      vma->vm_end - vma->vm_start,
					      NULL);
		/*
		 * The search takes time, and one process may have many
		 * mappings, which the log needs not have all.
		 */
		if ((zap && vma->vm_mm == told) || owners == most)
			continue;
		told = vma->vm_mm;
		owners++;
		tell_owner(vma);
	}
	return count;
}

static struct address_space *mapping_of(enum lockdown_reason what)
{
	struct address_space **slot = slot_of(what);

	/* Pairs with the release in shared_mapping(). */
	return slot ? smp_load_acquire(slot) : iomem_get_mapping();
}

/* Unlike a raise, this may wait for as long as it takes. */
static void zap_late(struct work_struct *work)
{
	static const enum lockdown_reason reasons[] = { LOCKDOWN_DEV_MEM,
							LOCKDOWN_DEBUGFS,
							LOCKDOWN_TRACEFS };
	struct address_space *mapping;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(reasons); i++) {
		mapping = mapping_of(reasons[i]);
		if (!mapping || !lockdown_query(reasons[i]))
			continue;
		i_mmap_lock_read(mapping);
		walk_locked(mapping, true);
		i_mmap_unlock_read(mapping);
	}
}

static DECLARE_WORK(zap_work, zap_late);

/*
 * A killed process does not run any more, but what it has mapped stays until
 * it can exit, and the kernel itself may copy from there: so name the mappings,
 * and zap them as soon as the lock is free.
 */
static unsigned int __kprobes give_up(enum lockdown_reason what,
				      const struct address_space *mapping)
{
	lockdown_residue(what, "mappings, while one is being changed");
	queue_work(system_long_wq, &zap_work);
	return kill_owners(what, mapping);
}

static unsigned int __kprobes zap(enum lockdown_reason what,
				  struct address_space *mapping, bool last)
{
	unsigned int count;

	if (!lock_tree(mapping, last ? KILL_WAIT_MS : TREE_WAIT_MS))
		return last ? give_up(what, mapping) : 0;
	count = walk_locked(mapping, true);
	i_mmap_unlock_read(mapping);
	return count;
}

/**
 * lockdown_cut_mappings - drop the pages of all mappings of marked files
 * @what: the reason of the files: LOCKDOWN_DEV_MEM, LOCKDOWN_DEBUGFS or
 *	LOCKDOWN_TRACEFS
 * @last: kill the owners of mappings that cannot be cut
 *
 * The mappings stay, and the next touch is a page fault, which ends in SIGBUS:
 * none of these files has a fault handler. A mapping that is about to be
 * inherited or moved is not missed: dup_mmap() and move_vma() put the new one
 * into the tree behind its original. Nor is a child of a process that is
 * killed: copy_process() looks for signals before the child is born.
 *
 * Context: may sleep; takes the i_mmap_rwsem of the mapping, but no lock of an
 * mm or of a file system.
 * Return: the number of mappings, or of processes that were killed for some.
 */
unsigned int __kprobes lockdown_cut_mappings(enum lockdown_reason what,
					     bool last)
{
	struct address_space *mapping = mapping_of(what);
	unsigned int count, killed;

	if (!mapping)
		return 0;
	killed = last ? kill_mappers(what, mapping) : 0;
	count = zap(what, mapping, last);
	return max(count, killed);
}

/**
 * lockdown_tell_mappings - tell of the mappings that would be cut
 * @what: the reason of the files, as for lockdown_cut_mappings()
 *
 * Mappings are not told while one is being changed.
 *
 * Context: as lockdown_cut_mappings().
 * Return: the number of mappings.
 */
unsigned int lockdown_tell_mappings(enum lockdown_reason what)
{
	struct address_space *mapping = mapping_of(what);
	unsigned int count;

	if (!mapping || !lock_tree(mapping, TREE_WAIT_MS))
		return 0;
	count = walk_locked(mapping, false);
	i_mmap_unlock_read(mapping);
	return count;
}
