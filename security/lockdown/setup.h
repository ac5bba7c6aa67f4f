/* SPDX-License-Identifier: GPL-2.0-only */
/* Lockdown LSM: the origin of a level */

#ifndef _SECURITY_LOCKDOWN_SETUP_H
#define _SECURITY_LOCKDOWN_SETUP_H

#include <linux/sched.h>
#include <linux/types.h>

#include "reasons.h"

/**
 * struct lockdown_origin - the origin of a level
 * @where: the origin, as in the log
 * @when_ns: time since boot in nanoseconds, on the clock of the log
 * @by_task: a task asked for the level, and the fields below describe it
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
void lockdown_evaluate(enum lockdown_level level);
const struct lockdown_origin *lockdown_origin(enum lockdown_level level);

#endif /* _SECURITY_LOCKDOWN_SETUP_H */
