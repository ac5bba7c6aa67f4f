/* SPDX-License-Identifier: GPL-2.0-only */
/* Faults that are expected: of a page, or of an I/O port. */

#ifndef _LOCKDOWN_SELFTEST_FAULT_H
#define _LOCKDOWN_SELFTEST_FAULT_H

#include <linux/types.h>

void catch_faults(void);
int guarded(int (*touch)(void *arg, __u8 *page), void *arg, __u8 *page);

#endif /* _LOCKDOWN_SELFTEST_FAULT_H */
