/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A page of our own and where it is in physical memory: it can be overwritten
 * through /dev/mem without harm, and what arrived can be seen.
 */

#ifndef _LOCKDOWN_SELFTEST_OWN_PAGE_H
#define _LOCKDOWN_SELFTEST_OWN_PAGE_H

#include <linux/types.h>
#include <sys/types.h>

struct own_page {
	__u8 *virt;
	off_t phys;
};

int own_page(struct own_page *page);
int own_page_for_device(struct own_page *page);
void free_own_page(const struct own_page *page);

#endif /* _LOCKDOWN_SELFTEST_OWN_PAGE_H */
