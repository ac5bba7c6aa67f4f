// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file of debugfs that can be mapped, and has a page brought in by the fault
 * that wants it.  The files that the kernel itself has in debugfs and tracefs
 * map all they have at once, or nothing.  Mapped at another offset than 0, it
 * does so, too, and then takes as many milliseconds as that is pages.  And a
 * write to it takes longer than a raise has patience.
 */

#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/string.h>

static struct page *page;
static struct dentry *file;

static vm_fault_t pages_fault(struct vm_fault *vmf)
{
	get_page(page);
	vmf->page = page;
	return 0;
}

static const struct vm_operations_struct pages_vm_ops = {
	.fault = pages_fault,
};

static int pages_mmap(struct file *filp, struct vm_area_struct *vma)
{
	int err;

	vma->vm_ops = &pages_vm_ops;
	if (!vma->vm_pgoff)
		return 0;

	err = vm_insert_page(vma, vma->vm_start, page);
	msleep(vma->vm_pgoff);
	return err;
}

static ssize_t pages_write(struct file *filp, const char __user *buf,
			   size_t len, loff_t *pos)
{
	msleep(3000);
	return len;
}

static const struct file_operations pages_fops = {
	.owner = THIS_MODULE,
	.write = pages_write,
	.mmap = pages_mmap,
};

static int __init lockdown_pages_init(void)
{
	page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!page)
		return -ENOMEM;

	strscpy(page_address(page), "lockdown", PAGE_SIZE);
	/* Unsafe, because the proxies of debugfs have no mmap. */
	file = debugfs_create_file_unsafe("lockdown_pages", 0600, NULL, NULL,
					  &pages_fops);
	if (IS_ERR(file)) {
		put_page(page);
		return PTR_ERR(file);
	}
	return 0;
}
module_init(lockdown_pages_init);

static void __exit lockdown_pages_exit(void)
{
	debugfs_remove(file);
	put_page(page);
}
module_exit(lockdown_pages_exit);

MODULE_DESCRIPTION("Mapped debugfs file for the selftests of the lockdown LSM");
MODULE_LICENSE("GPL");
