/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lockdown LSM: mappings that were made before a raise
 */

#ifndef _SECURITY_LOCKDOWN_MAPPINGS_H
#define _SECURITY_LOCKDOWN_MAPPINGS_H

#include <linux/types.h>

#include "reasons.h"

struct file;
struct task_struct;

void lockdown_share_mapping(struct file *file);
unsigned int lockdown_cut_mappings(enum lockdown_reason what, bool last);
unsigned int lockdown_tell_mappings(enum lockdown_reason what);
struct file *lockdown_is_mapping(const struct task_struct *task);

#endif /* _SECURITY_LOCKDOWN_MAPPINGS_H */
