/* SPDX-License-Identifier: GPL-2.0-only */
/* Pages that come only when we like, so that a copy from them waits. */

#ifndef _LOCKDOWN_SELFTEST_USERFAULT_H
#define _LOCKDOWN_SELFTEST_USERFAULT_H

#include <linux/types.h>
#include <stddef.h>

const char *no_userfaultfd(void);
int open_userfaultfd(const __u8 *at, size_t len);
int provide_page(int userfaultfd, const __u8 *at, const __u8 *page);

#endif /* _LOCKDOWN_SELFTEST_USERFAULT_H */
