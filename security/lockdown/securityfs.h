/* SPDX-License-Identifier: GPL-2.0-only */
/* Lockdown LSM: the files in securityfs */

#ifndef _SECURITY_LOCKDOWN_SECURITYFS_H
#define _SECURITY_LOCKDOWN_SECURITYFS_H

#include <linux/types.h>

#include "reasons.h"

#ifdef CONFIG_SECURITYFS
bool lockdown_file_shows(enum lockdown_level level);
#else
/* There is no file that could be wrong. */
static inline bool lockdown_file_shows(enum lockdown_level level)
{
	return true;
}
#endif

#endif /* _SECURITY_LOCKDOWN_SECURITYFS_H */
