// SPDX-License-Identifier: GPL-2.0-only
/* A page of our own and where it is in physical memory. */

#define _GNU_SOURCE
#include <sys/mman.h>

#include "../common.h"
#include "own_page.h"

/**
 * own_page - allocate a page, and find out where it is
 * @page: filled in
 *
 * Return: 0, -EACCES if the kernel hides addresses, or -errno.
 */
int own_page(struct own_page *page)
{
	__u64 entry;
	ssize_t got;
	int fd;

	page->phys = 0;
	page->virt = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (page->virt == MAP_FAILED)
		return -errno;
	/* A locked page is not swapped out, so that it stays where it is. */
	if (mlock(page->virt, PAGE_BYTES))
		return -errno;
	memset(page->virt, 0x5a, PAGE_BYTES);

	fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	got = pread(fd, &entry, sizeof(entry),
		    (uintptr_t)page->virt / PAGE_BYTES * sizeof(entry));
	close(fd);
	if (got != sizeof(entry))
		return -EIO;

	/* Bits 0 to 54 are the frame number; a hidden one reads as zero. */
	page->phys = (entry & ((1ULL << 55) - 1)) * PAGE_BYTES;
	return page->phys ? 0 : -EACCES;
}

/**
 * own_page_for_device - allocate a page that a device reads or writes
 * @page: filled in; children do not have it, so that no fork makes the parent
 *	copy it elsewhere
 *
 * Return: as own_page().
 */
int own_page_for_device(struct own_page *page)
{
	const int ret = own_page(page);

	if (ret)
		return ret;
	return madvise(page->virt, PAGE_BYTES, MADV_DONTFORK) ? -errno : 0;
}

/* Free the page, if there is one. */
void free_own_page(const struct own_page *page)
{
	if (page->virt && page->virt != MAP_FAILED)
		munmap(page->virt, PAGE_BYTES);
}
