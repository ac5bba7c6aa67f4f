/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lockdown LSM: files and mappings that were obtained before a raise
 */

#ifndef _SECURITY_LOCKDOWN_FILES_H
#define _SECURITY_LOCKDOWN_FILES_H

#include <linux/lockdown.h>
#include <linux/types.h>

#include "reasons.h"

struct file;
struct task_struct;

unsigned int lockdown_cut_mappings(enum lockdown_reason what, bool last);
unsigned int lockdown_tell_mappings(enum lockdown_reason what);
unsigned int lockdown_tell_files(enum lockdown_level level);
struct file *lockdown_is_mapping(const struct task_struct *task);
struct file *lockdown_inside_file(const struct lockdown_policy *policy,
				  const struct task_struct *task);

#endif /* _SECURITY_LOCKDOWN_FILES_H */
