/* SPDX-License-Identifier: GPL-2.0-only */
/* Lockdown LSM: the properties of each reason and level */

#ifndef _SECURITY_LOCKDOWN_REASONS_H
#define _SECURITY_LOCKDOWN_REASONS_H

#include <linux/lockdown.h>
#include <linux/types.h>

/*
 * Each level denies all that the level before it denies. These are not the
 * numbers that lock_kernel_down() takes, see lockdown_level_of().
 */
enum lockdown_level {
#define LOCKDOWN_LEVEL(level, ...) LOCKDOWN_LEVEL_##level,
#include <linux/lockdown_reasons.h>
	LOCKDOWN_LEVEL_COUNT,
};

/**
 * struct lockdown_reason_info - one row of the table
 * @name: the enumerator as a string, without its prefix
 * @level: the lowest level that denies it
 * @is_level: the row names a level; nothing is ever attempted under it
 *
 * The text is in lockdown_reasons[], which other LSMs read too.
 */
struct lockdown_reason_info {
	const char *name;
	enum lockdown_level level;
	bool is_level;
};

extern const struct lockdown_reason_info
	lockdown_reason_info[LOCKDOWN_REASON_COUNT];

const char *lockdown_level_name(enum lockdown_level level);
int lockdown_level_of(enum lockdown_reason row);
int lockdown_level_parse(const char *word, size_t len);

#endif /* _SECURITY_LOCKDOWN_REASONS_H */
