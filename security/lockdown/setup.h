/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lockdown LSM: where a level comes from
 */

#ifndef _SECURITY_LOCKDOWN_SETUP_H
#define _SECURITY_LOCKDOWN_SETUP_H

#include <linux/sched.h>
#include <linux/types.h>

#include "reasons.h"

/**
 * struct lockdown_origin - how the kernel came to be at a level
 * @where: what raised it, as in the log
 * @when_ns: time since boot in nanoseconds, on the clock of the log
 * @by_task: a task asked for it, and the rest says which
 * @pid: its process id in the initial namespace
 * @uid: its user id in the initial namespace
 * @comm: its name
 */
struct lockdown_origin {
	char where[32];
	u64 when_ns;
	bool by_task;
	pid_t pid;
	uid_t uid;
	char comm[TASK_COMM_LEN];
};

int lockdown_raise(enum lockdown_level level, const char *where, bool by_task);
const struct lockdown_origin *lockdown_origin(enum lockdown_level level);

#endif /* _SECURITY_LOCKDOWN_SETUP_H */
