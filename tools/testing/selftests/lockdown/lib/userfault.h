/* SPDX-License-Identifier: GPL-2.0-only */
/* Pages that come only when we like, so that a copy from them waits. */

#ifndef _LOCKDOWN_SELFTEST_USERFAULT_H
#define _LOCKDOWN_SELFTEST_USERFAULT_H

#include <linux/types.h>
#include <pthread.h>

/**
 * struct parked_call - a call that waits for a page, in a thread
 * @call: the call; it copies from @page
 * @page: that page; NULL if nothing is parked
 * @ret: the result of the call, once it is let go
 */
struct parked_call {
	int (*call)(const void *page);
	__u8 *page;
	int ret;
	/* private: of park_call() and release_call() */
	int userfaultfd;
	pthread_t thread;
};

const char *no_userfaultfd(void);
int open_userfaultfd(const __u8 *at, size_t len);
int provide_page(int userfaultfd, const __u8 *at, const __u8 *page);
int park_call(struct parked_call *parked);
int release_call(struct parked_call *parked, const void *data, size_t len);

#endif /* _LOCKDOWN_SELFTEST_USERFAULT_H */
