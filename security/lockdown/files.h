/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lockdown LSM: files that were obtained before a raise
 */

#ifndef _SECURITY_LOCKDOWN_FILES_H
#define _SECURITY_LOCKDOWN_FILES_H

#include <linux/lockdown.h>

#include "reasons.h"

struct file;
struct task_struct;

enum lockdown_reason lockdown_file_reason(const struct file *file);
unsigned int lockdown_tell_files(enum lockdown_level level);
struct file *lockdown_inside_file(const struct lockdown_policy *policy,
				  const struct task_struct *task);

#endif /* _SECURITY_LOCKDOWN_FILES_H */
