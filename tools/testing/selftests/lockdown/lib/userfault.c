// SPDX-License-Identifier: GPL-2.0-only
/* Pages that come only when we like, so that a copy from them waits. */

#define _GNU_SOURCE
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "../common.h"
#include "userfault.h"

/* Says what keeps copies from being stopped where we like, or NULL. */
const char *no_userfaultfd(void)
{
	return access("/proc/sys/vm/unprivileged_userfaultfd", F_OK) ?
		       "no userfaultfd (CONFIG_USERFAULTFD)" :
		       NULL;
}

/**
 * open_userfaultfd - hear of accesses to an area that has no pages yet
 * @at: the area
 * @len: its size
 *
 * Return: a descriptor that does not block, since one that does cannot be
 * polled; or -errno.
 */
int open_userfaultfd(const __u8 *at, size_t len)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = {
		.range = { .start = (uintptr_t)at, .len = len },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int fd;

	fd = syscall(__NR_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) ||
	    ioctl(fd, UFFDIO_REGISTER, &reg))
		return -errno;
	return fd;
}

/**
 * provide_page - let a task go on that waits for a page
 * @userfaultfd: of open_userfaultfd()
 * @at: the page that it waits for
 * @page: the contents
 *
 * Return: 0 or -errno.
 */
int provide_page(int userfaultfd, const __u8 *at, const __u8 *page)
{
	struct uffdio_copy copy = {
		.dst = (uintptr_t)at,
		.src = (uintptr_t)page,
		.len = PAGE_BYTES,
	};

	return ioctl(userfaultfd, UFFDIO_COPY, &copy) ? -errno : 0;
}
