// SPDX-License-Identifier: GPL-2.0-only
/* Pages that come only when we like, so that a copy from them waits. */

#define _GNU_SOURCE
#include <linux/userfaultfd.h>
#include <poll.h>
#include <stdalign.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "../common.h"
#include "userfault.h"

#define PATIENCE_MS 20000

/* Return why copies cannot be stopped at a page, or NULL. */
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

static void *run_parked(void *arg)
{
	struct parked_call *parked = arg;

	parked->ret = parked->call(parked->page);
	return NULL;
}

/**
 * park_call - have a call wait in its copy from a page
 * @parked: says which call
 *
 * Only the fault of the page proves that the call has come as far as the copy.
 *
 * Return: 0, -ETIMEDOUT if it did not come that far, or -errno.
 */
int park_call(struct parked_call *parked)
{
	struct pollfd pollfd = { .events = POLLIN };
	int ret;

	parked->page = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (parked->page == MAP_FAILED)
		return -errno;
	parked->userfaultfd = open_userfaultfd(parked->page, PAGE_BYTES);
	if (parked->userfaultfd < 0)
		return parked->userfaultfd;
	ret = -pthread_create(&parked->thread, NULL, run_parked, parked);
	if (ret)
		return ret;
	pollfd.fd = parked->userfaultfd;
	return poll(&pollfd, 1, PATIENCE_MS) == 1 ? 0 : -ETIMEDOUT;
}

/**
 * release_call - let a parked call go on, and wait for its end
 * @parked: the call, of park_call()
 * @data: the start of the page that it copies from; the rest is zeros
 * @len: at most a page
 *
 * Return: the result of the call, or -errno.
 */
int release_call(struct parked_call *parked, const void *data, size_t len)
{
	static alignas(PAGE_BYTES) __u8 page[PAGE_BYTES];
	int ret;

	memset(page, 0, sizeof(page));
	memcpy(page, data, len);
	ret = provide_page(parked->userfaultfd, parked->page, page);
	if (ret)
		return ret;
	pthread_join(parked->thread, NULL);
	close(parked->userfaultfd);
	munmap(parked->page, PAGE_BYTES);
	parked->page = NULL;
	return parked->ret;
}
