// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown LSM: files and mappings that were obtained before a raise
 *
 * What opens a file under a reason marks it. One that is marked is checked
 * again by every read, write, ioctl and mmap, wherever its descriptor has got
 * to since; for one that is not, that costs a test of its mode. The reason
 * follows from the file system. Files of drivers, which have a reason of their
 * own for each operation, are checked there and are marked for mmap alone.
 *
 * That check stands in front of hundreds of handlers, each with its own copies
 * from and to user space, in which user space can keep it for as long as it
 * likes. So from the check until it is back in user space a task is known to
 * use a marked file. A raise ends these uses: no page fault in a copy of theirs
 * succeeds any more, and the copy fails with EFAULT. It waits a moment for
 * those that are past their copy, and names those that take longer.
 *
 * A task that maps a marked file uses it, too: until the mapping can be found
 * by those that take mappings away.
 */

#include <asm/barrier.h>
#include <linux/array_size.h>
#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/hashtable.h>
#include <linux/init.h>
#include <linux/ioport.h>
#include <linux/lockdown.h>
#include <linux/magic.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/task_work.h>

/* How long a raise waits for uses that are past their copy. */
#define USES_WAIT_MS 20

/**
 * struct use - what a task does with marked files
 * @work: ends it, on the way back to user space
 * @node: in @uses
 * @task: the task, which removes it before it is gone
 * @what: the reason of the files
 * @changes: it does not only read
 * @maps: it maps one
 * @ended: a raise has ended it
 * @told: that is in the log
 */
struct use {
	struct callback_head work;
	struct hlist_node node;
	struct task_struct *task;
	enum lockdown_reason what;
	bool changes;
	bool maps;
	bool ended;
	bool told;
};

/* By task: however many there are, a task finds its own. */
#define USES_BITS 6
static DEFINE_HASHTABLE(uses, USES_BITS);
/* Protects @uses and what is in it. */
static DEFINE_SPINLOCK(uses_lock);

/* How many of them a raise has ended: most often none. */
atomic_t lockdown_ended_uses;

/**
 * lockdown_mark_file - have every use of a file checked
 * @file: the file, in its open(); of debugfs, tracefs, or with a mapping that
 *	lockdown_zap_mapping() is called for
 *
 * Files whose mapping has AS_LOCKDOWN are marked when opened.
 *
 * Context: any.
 */
void lockdown_mark_file(struct file *file)
{
	file->f_mode |= FMODE_LOCKDOWN;
}

static enum lockdown_reason reason_of(const struct file *file)
{
	switch (file_inode(file)->i_sb->s_magic) {
	case DEBUGFS_MAGIC:
		return LOCKDOWN_DEBUGFS;
	case TRACEFS_MAGIC:
		return LOCKDOWN_TRACEFS;
	default:
		/* Its own operations ask. */
		return LOCKDOWN_REASON_COUNT;
	}
}

/**
 * lockdown_enforce_file - refuse the use of a marked file, and say so
 * @file: a file with FMODE_LOCKDOWN
 *
 * Context: any that may use the file.
 * Return: 0 if it may be used, -EPERM if not, or what another LSM answered.
 */
int lockdown_enforce_file(struct file *file)
{
	enum lockdown_reason what = reason_of(file);

	if (what == LOCKDOWN_REASON_COUNT)
		return 0;
	return security_locked_down_obj(what, "use of %pD4", file);
}

static struct use *find_use(enum lockdown_reason what)
{
	struct use *use;

	lockdep_assert_held(&uses_lock);
	hash_for_each_possible(uses, use, node, (unsigned long)current) {
		if (use->task == current && use->what == what)
			return use;
	}
	return NULL;
}

static unsigned int zap_files(enum lockdown_reason what);

static void end_use(struct callback_head *work)
{
	struct use *use = container_of(work, struct use, work);

	scoped_guard(spinlock, &uses_lock)
	{
		hash_del(&use->node);
		if (use->ended)
			atomic_dec(&lockdown_ended_uses);
	}
	/* The raise may not have waited for the mapping. */
	if (use->ended && use->maps)
		zap_files(use->what);
	kfree(use);
}

static int begin_use(enum lockdown_reason what, bool changes, bool maps)
{
	struct use *use;

	/* Has no user space to copy from, nor to return to. */
	if (current->flags & PF_KTHREAD)
		return 0;

	scoped_guard(spinlock, &uses_lock)
	{
		/* One system call may use files many times. */
		use = find_use(what);
		if (use) {
			use->changes |= changes;
			use->maps |= maps;
			return 0;
		}
	}

	use = kzalloc(sizeof(*use), GFP_KERNEL);
	if (!use)
		return -ENOMEM;
	init_task_work(&use->work, end_use);
	use->task = current;
	use->what = what;
	use->changes = changes;
	use->maps = maps;

	spin_lock(&uses_lock);
	hash_add(uses, &use->node, (unsigned long)current);
	spin_unlock(&uses_lock);
	/* A task that is about to exit is through with user space. */
	if (task_work_add(current, &use->work, TWA_RESUME))
		end_use(&use->work);
	return 0;
}

/**
 * lockdown_use_file - refuse the use of a marked file, or have a raise know it
 * @file: a file with FMODE_LOCKDOWN
 * @changes: whether it is more than a read
 *
 * Context: a task that is about to use the file; may sleep.
 * Return: 0 if it may be used, -EPERM if not, -ENOMEM, or what another LSM
 * answered.
 */
int lockdown_use_file(struct file *file, bool changes)
{
	enum lockdown_reason what = reason_of(file);
	int err;

	if (what == LOCKDOWN_REASON_COUNT)
		return 0;
	err = lockdown_enforce_file(file);
	if (err)
		return err;
	err = begin_use(what, changes, false);
	if (err)
		return err;
	/*
	 * A raise publishes the level and then looks at the uses. If it has had
	 * the lock before us, and did not find this one, we see the level.
	 */
	return lockdown_enforce_file(file);
}

/**
 * lockdown_map_file - refuse to map a marked file, or have a raise know it
 * @file: a file with FMODE_LOCKDOWN; what is not of debugfs or tracefs has to
 *	ask for its own reason after this
 *
 * From here on, until the mapping can be found through its file, nothing may
 * wait for user space.
 *
 * Context: a task that is about to call the file's mmap(); may sleep.
 * Return: 0 if it may be mapped, -EPERM if not, -ENOMEM, or what another LSM
 * answered.
 */
int lockdown_map_file(struct file *file)
{
	enum lockdown_reason what = reason_of(file);
	int err;

	/* Of the others all mappings are of physical memory. */
	if (what == LOCKDOWN_REASON_COUNT)
		what = LOCKDOWN_DEV_MEM;
	err = begin_use(what, true, true);
	if (err)
		return err;
	/* As in lockdown_use_file(). */
	return lockdown_enforce_file(file);
}

/* @what is the reason, if it is to be told. */
static bool find_ended_use(enum lockdown_reason *what)
{
	bool found = false;
	struct use *use;

	spin_lock(&uses_lock);
	hash_for_each_possible(uses, use, node, (unsigned long)current) {
		if (use->task != current || !use->ended)
			continue;
		found = true;
		if (!use->told)
			*what = use->what;
		use->told = true;
	}
	spin_unlock(&uses_lock);
	return found;
}

/**
 * lockdown_use_ended - has a raise ended what the current task does?
 *
 * For page faults of the kernel, by way of lockdown_copy_denied().
 *
 * Context: a task; takes a spinlock, reports.
 * Return: true if so.
 */
bool lockdown_use_ended(void)
{
	enum lockdown_reason what = LOCKDOWN_REASON_COUNT;
	bool ended = find_ended_use(&what);

	/* Not for the answer: to have it logged and counted, once a use. */
	if (what != LOCKDOWN_REASON_COUNT)
		security_locked_down_obj(
			what, "copy in a use begun before the raise");
	return ended;
}

/**
 * lockdown_file_denied - would the use of a marked file be refused now?
 * @file: a file with FMODE_LOCKDOWN
 *
 * For page faults, which have nobody to tell. They ask while they hold the lock
 * of the page table, which the raise takes to clear it. The barrier is for a
 * page table that it skips, because it was not there yet: either it is seen
 * there, or the new level here.
 *
 * Context: any.
 * Return: true if so.
 */
bool lockdown_file_denied(const struct file *file)
{
	enum lockdown_reason what = reason_of(file);

	/* Pairs with the exchange in lockdown_policy_raise(). */
	smp_mb();
	return what != LOCKDOWN_REASON_COUNT && lockdown_query(what);
}

/**
 * lockdown_zap_mapping - take pages away from all who have a file mapped
 * @mapping: what the file maps
 *
 * The mappings stay, and the next touch is a page fault. It is up to the file
 * that this ends in SIGBUS: it has no fault handler, or one that asks
 * lockdown_file_denied().
 *
 * For revokers. A mapping that is about to be installed is not missed, because
 * mmap_region() makes it known with lockdown_map_file(), and the uses are
 * waited for before. Nor is one that is about to be inherited or moved: see
 * the order in which dup_mmap() and move_vma() put it into the interval tree,
 * behind what it is a copy of.
 *
 * Context: may sleep; takes the mapping's i_mmap_rwsem, but no mm's lock.
 * Return: the number of mappings.
 */
unsigned int lockdown_zap_mapping(struct address_space *mapping)
{
	struct vm_area_struct *vma;
	unsigned int count = 0;

	i_mmap_lock_read(mapping);
	vma_interval_tree_foreach(vma, &mapping->i_mmap, 0, ULONG_MAX) count++;
	i_mmap_unlock_read(mapping);

	if (count)
		unmap_mapping_range(mapping, 0, 0, 1);
	return count;
}

static void zap_inodes(struct super_block *sb, void *count)
{
	struct inode *inode, *previous = NULL;

	spin_lock(&sb->s_inode_list_lock);
	list_for_each_entry(inode, &sb->s_inodes, i_sb_list) {
		if (!mapping_mapped(inode->i_mapping))
			continue;
		/* Who has it mapped holds a reference. */
		if (!igrab(inode))
			continue;
		spin_unlock(&sb->s_inode_list_lock);
		*(unsigned int *)count +=
			lockdown_zap_mapping(inode->i_mapping);
		/* The one that keeps the place in the list is put last. */
		iput(previous);
		previous = inode;
		spin_lock(&sb->s_inode_list_lock);
	}
	spin_unlock(&sb->s_inode_list_lock);
	iput(previous);
}

/* Looked up at boot: later, user space would be asked for what is missing. */
static struct file_system_type *debugfs_type, *tracefs_type;

static unsigned int zap_file_system(struct file_system_type *type)
{
	unsigned int count = 0;

	if (type)
		iterate_supers_type(type, zap_inodes, &count);
	return count;
}

static unsigned int zap_files(enum lockdown_reason what)
{
	switch (what) {
	case LOCKDOWN_DEBUGFS:
		return zap_file_system(debugfs_type);
	case LOCKDOWN_TRACEFS:
		return zap_file_system(tracefs_type);
	default:
		/* Of /dev/mem and of the BARs of PCI devices. */
		return lockdown_zap_mapping(iomem_get_mapping());
	}
}

static unsigned int zap_debugfs(void)
{
	return zap_files(LOCKDOWN_DEBUGFS);
}

static unsigned int zap_tracefs(void)
{
	return zap_files(LOCKDOWN_TRACEFS);
}

static unsigned int zap_iomem(void)
{
	return zap_files(LOCKDOWN_DEV_MEM);
}

/*
 * A task that waits in handle_userfault() goes back to where the fault began
 * when it is woken, and is refused there. Any other sleep has to put up with
 * being woken for nothing.
 */
static unsigned int mark_uses(enum lockdown_reason what)
{
	unsigned int count = 0;
	struct use *use;
	int i;

	spin_lock(&uses_lock);
	hash_for_each(uses, i, use, node) {
		/* Who raises the level is through with what it did before. */
		if (use->what != what || use->task == current)
			continue;
		use->ended = true;
		atomic_inc(&lockdown_ended_uses);
		wake_up_process(use->task);
		count++;
	}
	spin_unlock(&uses_lock);
	return count;
}

/* A reader that sleeps has nothing yet, and will have to copy it. */
static bool use_goes_on(const struct use *use)
{
	return use->ended && (use->changes || task_is_running(use->task));
}

static bool uses_go_on(enum lockdown_reason what)
{
	bool found = false;
	struct use *use;
	int i;

	spin_lock(&uses_lock);
	hash_for_each(uses, i, use, node)
		found |= use->what == what && use_goes_on(use);
	spin_unlock(&uses_lock);
	return found;
}

static void tell_uses(enum lockdown_reason what, const char *files)
{
	struct use *use;
	int i;

	spin_lock(&uses_lock);
	hash_for_each(uses, i, use, node) {
		if (use->what == what && use_goes_on(use))
			lockdown_residue(what, "%s of %s by %s[%d], not ended",
					 use->changes ? "change" : "read",
					 files, use->task->comm,
					 task_pid_nr(use->task));
	}
	spin_unlock(&uses_lock);
}

static unsigned int revoke_uses(enum lockdown_reason what, const char *files)
{
	unsigned int count = mark_uses(what);
	int waited;

	if (!count)
		return 0;
	for (waited = 0; waited < USES_WAIT_MS && uses_go_on(what); waited++)
		usleep_range(900, 1000);
	tell_uses(what, files);
	return count;
}

static unsigned int end_debugfs(void)
{
	return revoke_uses(LOCKDOWN_DEBUGFS, "debugfs files");
}

static unsigned int end_tracefs(void)
{
	return revoke_uses(LOCKDOWN_TRACEFS, "tracefs files");
}

static unsigned int end_iomem(void)
{
	return revoke_uses(LOCKDOWN_DEV_MEM, "mappings of physical memory");
}

/* Uses before mappings: those that map are waited for. */
static struct lockdown_revoker revokers[] = {
	{ .name = "calls that map physical memory",
	  .reason = LOCKDOWN_DEV_MEM,
	  .revoke = end_iomem },
	{ .name = "mappings of physical memory",
	  .reason = LOCKDOWN_DEV_MEM,
	  .revoke = zap_iomem },
	{ .name = "uses of debugfs files",
	  .reason = LOCKDOWN_DEBUGFS,
	  .revoke = end_debugfs },
	{ .name = "debugfs mappings",
	  .reason = LOCKDOWN_DEBUGFS,
	  .revoke = zap_debugfs },
	{ .name = "uses of tracefs files",
	  .reason = LOCKDOWN_TRACEFS,
	  .revoke = end_tracefs },
	{ .name = "tracefs mappings",
	  .reason = LOCKDOWN_TRACEFS,
	  .revoke = zap_tracefs },
};

static int __init lockdown_files_init(void)
{
	int i;

	if (IS_ENABLED(CONFIG_DEBUG_FS))
		debugfs_type = get_fs_type("debugfs");
	if (IS_ENABLED(CONFIG_TRACING))
		tracefs_type = get_fs_type("tracefs");
	for (i = 0; i < ARRAY_SIZE(revokers); i++)
		lockdown_register_revoker(&revokers[i]);
	return 0;
}

/*
 * The file systems are registered, iomem_get_mapping() is ready, and there is
 * no user space yet.
 */
fs_initcall_sync(lockdown_files_init);
