/* SPDX-License-Identifier: GPL-2.0-only */
/* The level, and the files that show it. */

#ifndef _LOCKDOWN_SELFTEST_LEVEL_H
#define _LOCKDOWN_SELFTEST_LEVEL_H

struct timespec;

#define LOCKDOWN_FILE "/sys/kernel/security/lockdown"
#define LOCKDOWN_REASONS "/sys/kernel/security/lockdown_info/reasons"
#define LOCKDOWN_ORIGIN "/sys/kernel/security/lockdown_info/origin"
#define LOCKDOWN_DENIALS "/sys/kernel/security/lockdown_info/denials"
#define LOCKDOWN_EVALUATE "/sys/kernel/security/lockdown_info/evaluate"
#define LOCKDOWN_RESIDUE "/sys/kernel/security/lockdown_info/residue"

enum lockdown_level {
	LEVEL_NONE,
	LEVEL_INTEGRITY,
	LEVEL_CONFIDENTIALITY,
	LEVEL_COUNT,
};

const char *level_name(int level);
const char *level_line(int level);
int lockdown_level(void);
int evaluated_level(void);
void begin_raising(void);
long raise_level(int level, struct timespec *end);

#endif /* _LOCKDOWN_SELFTEST_LEVEL_H */
