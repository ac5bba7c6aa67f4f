/* SPDX-License-Identifier: GPL-2.0-only */
/* File systems that a thing needs. */

#ifndef _LOCKDOWN_SELFTEST_MOUNT_H
#define _LOCKDOWN_SELFTEST_MOUNT_H

struct held;

int mount_private(struct held *held, const char *type, const char *where);

#endif /* _LOCKDOWN_SELFTEST_MOUNT_H */
