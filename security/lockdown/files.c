// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown LSM: files and mappings that were obtained before a raise
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
 *   access; the mark serves the mapping alone.
 *
 * The handlers of tracefs need no further check: with its sources closed, a
 * call that began before the raise gets nothing new. The handlers of debugfs
 * may do anything at any time, so debugfs records in the task which file the
 * task is inside of (lockdown_enter_file()), and a raise interrupts, waits for,
 * and names such a task.
 *
 * A mapping is entered into the interval tree of its file after the file has
 * filled the mapping. In between, the task is recorded as mapping the file. All
 * marked files of a file system share one address_space, so that a raise finds
 * their mappings without looking for inodes, and without a lock of the file
 * system.
 */

#include <asm/barrier.h>
#include <linux/anon_inodes.h>
#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/ioport.h>
#include <linux/kprobes.h>
#include <linux/lockdown.h>
#include <linux/magic.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/security.h>

#include "files.h"
#include "gate.h"
#include "policy.h"

/* A raise waits this long for a task that changes a tree of mappings. */
#define TREE_WAIT_MS 20

/* A raise searches the owners of this many mappings of a kind, for the log. */
#define OWNERS_TOLD 8

/* The mappings that the marked files of a file system share. */
static struct address_space *debugfs_mapping, *tracefs_mapping;
static DEFINE_MUTEX(mappings_lock);

static enum lockdown_reason reason_of(const struct file *file)
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
	struct address_space **slot = slot_of(reason_of(file));
	struct address_space *mapping;

	file->f_mode |= FMODE_LOCKDOWN;
	if (!slot)
		return;
	mapping = shared_mapping(slot);
	if (mapping)
		file->f_mapping = mapping;
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
	return lockdown_enforce_file(reason_of(file), "open", file);
}

/* See lockdown_check_file(). */
int __kprobes __lockdown_check_file(struct file *file)
{
	enum lockdown_reason what = reason_of(file);

	if (what == LOCKDOWN_REASON_COUNT ||
	    likely(lockdown_policy_passes(&lockdown_state, what)))
		return 0;
	return lockdown_enforce_file(what, "use", file);
}
EXPORT_SYMBOL_GPL(__lockdown_check_file);

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
	enum lockdown_reason what = reason_of(file);

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
	struct address_space **slot = slot_of(reason_of(file));

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
	struct task_struct *process;

	rcu_read_lock();
	for_each_process(process) {
		if (READ_ONCE(process->mm) != vma->vm_mm)
			continue;
		lockdown_revoked(process, "mapping of %pD4", vma->vm_file);
		break;
	}
	rcu_read_unlock();
}

static bool __kprobes lock_tree(struct address_space *mapping)
{
	int waited;

	for (waited = 0; !i_mmap_trylock_read(mapping); waited++) {
		if (waited == TREE_WAIT_MS)
			return false;
		usleep_range(900, 1000);
	}
	return true;
}

static unsigned int __kprobes zap(enum lockdown_reason what,
				  struct address_space *mapping)
{
	const struct mm_struct *told = NULL;
	struct vm_area_struct *vma;
	unsigned int count = 0, owners = 0;

	if (!mapping)
		return 0;
	/* The task that changes the tree may never be scheduled again. */
	if (!lock_tree(mapping)) {
		lockdown_residue(what, "mappings, while one is being changed");
		return 0;
	}
	vma_interval_tree_foreach(vma, &mapping->i_mmap, 0, ULONG_MAX)
	{
		count++;
		/*
		 * The search takes time, and one process may have many
		 * mappings.
		 */
		if (vma->vm_mm == told || owners == OWNERS_TOLD)
			continue;
		told = vma->vm_mm;
		owners++;
		tell_owner(vma);
	}
	i_mmap_unlock_read(mapping);

	if (count)
		unmap_mapping_range(mapping, 0, 0, 1);
	return count;
}

/**
 * lockdown_cut_mappings - drop the pages of all mappings of marked files
 * @what: the reason of the files: LOCKDOWN_DEV_MEM, LOCKDOWN_DEBUGFS or
 *	LOCKDOWN_TRACEFS
 *
 * The mappings stay, and the next touch is a page fault, which ends in SIGBUS:
 * none of these files has a fault handler. A mapping that is about to be
 * inherited or moved is not missed: dup_mmap() and move_vma() put the new one
 * into the tree behind its original.
 *
 * Context: may sleep; takes the i_mmap_rwsem of the mapping, but no lock of an
 * mm or of a file system.
 * Return: the number of mappings.
 */
unsigned int __kprobes lockdown_cut_mappings(enum lockdown_reason what)
{
	struct address_space **slot = slot_of(what);

	/* Pairs with the release in shared_mapping(). */
	return zap(what, slot ? smp_load_acquire(slot) : iomem_get_mapping());
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
	what = reason_of(file);
	if (what == LOCKDOWN_REASON_COUNT ||
	    !lockdown_policy_check(policy, what))
		return NULL;
	return file;
}
