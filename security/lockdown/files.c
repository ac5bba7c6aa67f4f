// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown LSM: files and mappings that were obtained before a raise
 *
 * What opens a file under a reason marks it. One that is marked is checked
 * again by every read, write, ioctl and mmap, wherever its descriptor has got
 * to since; for one that is not, that costs a test of its mode. The reason
 * follows from the file system. Files of drivers, which have a reason of their
 * own for each operation, are checked there and are marked for mmap alone.
 */

#include <asm/barrier.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/lockdown.h>
#include <linux/magic.h>
#include <linux/mm.h>
#include <linux/security.h>

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
 * mmap_region() does that in a section if the file is marked. Nor is one that
 * is about to be inherited or moved: see the order in which dup_mmap() and
 * move_vma() put it into the interval tree, behind what it is a copy of.
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

static unsigned int zap_debugfs(void)
{
	return zap_file_system(debugfs_type);
}

static unsigned int zap_tracefs(void)
{
	return zap_file_system(tracefs_type);
}

static struct lockdown_revoker debugfs_revoker = {
	.name = "debugfs mappings",
	.reason = LOCKDOWN_DEBUGFS,
	.revoke = zap_debugfs,
};

static struct lockdown_revoker tracefs_revoker = {
	.name = "tracefs mappings",
	.reason = LOCKDOWN_TRACEFS,
	.revoke = zap_tracefs,
};

static int __init lockdown_files_init(void)
{
	if (IS_ENABLED(CONFIG_DEBUG_FS))
		debugfs_type = get_fs_type("debugfs");
	if (IS_ENABLED(CONFIG_TRACING))
		tracefs_type = get_fs_type("tracefs");
	lockdown_register_revoker(&debugfs_revoker);
	lockdown_register_revoker(&tracefs_revoker);
	return 0;
}

/* Both are registered, and there is no user space yet. */
fs_initcall(lockdown_files_init);
