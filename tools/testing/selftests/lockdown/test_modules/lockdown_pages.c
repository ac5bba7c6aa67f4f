// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files of debugfs, as a driver may have them.  One can be mapped, and has its
 * page from the start; a mapping at another offset than 0 takes one millisecond
 * for each page of the offset.  Another has handlers of its own: a read sleeps
 * until the next write, and a write of N takes N milliseconds.  No driver has
 * the third: a write of N keeps the lock of all such mappings for that time, as
 * if another task kept the writer from running.
 */

#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/init.h>
#include <linux/kstrtox.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

static struct page *page;
static struct dentry *pages_file, *handlers_file, *tree_file;
static DECLARE_WAIT_QUEUE_HEAD(readers);
static bool written;

static int pages_mmap(struct file *filp, struct vm_area_struct *vma)
{
	int err = vm_insert_page(vma, vma->vm_start, page);

	if (vma->vm_pgoff)
		msleep(vma->vm_pgoff);
	return err;
}

static const struct file_operations pages_fops = {
	.owner = THIS_MODULE,
	.mmap = pages_mmap,
};

static ssize_t handlers_read(struct file *filp, char __user *buf, size_t len,
			     loff_t *pos)
{
	int err;

	WRITE_ONCE(written, false);
	err = wait_event_interruptible(readers, READ_ONCE(written));
	if (err)
		return err;
	return len && put_user('w', buf) ? -EFAULT : 1;
}

static ssize_t handlers_write(struct file *filp, const char __user *buf,
			      size_t len, loff_t *pos)
{
	unsigned int ms;
	int err = kstrtouint_from_user(buf, len, 0, &ms);

	if (err)
		return err;
	msleep(ms);
	WRITE_ONCE(written, true);
	wake_up_interruptible(&readers);
	return len;
}

static const struct file_operations handlers_fops = {
	.owner = THIS_MODULE,
	.read = handlers_read,
	.write = handlers_write,
};

static ssize_t tree_write(struct file *filp, const char __user *buf, size_t len,
			  loff_t *pos)
{
	unsigned int ms;
	int err = kstrtouint_from_user(buf, len, 0, &ms);

	if (err)
		return err;
	i_mmap_lock_write(filp->f_mapping);
	msleep(ms);
	i_mmap_unlock_write(filp->f_mapping);
	return len;
}

static const struct file_operations tree_fops = {
	.owner = THIS_MODULE,
	.write = tree_write,
};

static int __init lockdown_pages_init(void)
{
	page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!page)
		return -ENOMEM;

	strscpy(page_address(page), "lockdown", PAGE_SIZE);
	/* The unsafe variant, because the proxies of debugfs have no mmap. */
	pages_file = debugfs_create_file_unsafe("lockdown_pages", 0600, NULL,
						NULL, &pages_fops);
	if (IS_ERR(pages_file)) {
		put_page(page);
		return PTR_ERR(pages_file);
	}
	handlers_file = debugfs_create_file("lockdown_handlers", 0600, NULL,
					    NULL, &handlers_fops);
	tree_file = debugfs_create_file("lockdown_tree", 0200, NULL, NULL,
					&tree_fops);
	return 0;
}
module_init(lockdown_pages_init);

static void __exit lockdown_pages_exit(void)
{
	debugfs_remove(tree_file);
	debugfs_remove(handlers_file);
	debugfs_remove(pages_file);
	put_page(page);
}
module_exit(lockdown_pages_exit);

MODULE_DESCRIPTION("Debugfs files for the selftests of the lockdown LSM");
MODULE_LICENSE("GPL");
