// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown LSM: the properties of each reason and level
 *
 * The compiler computes all of them from <linux/lockdown_reasons.h>.
 */

#include <linux/array_size.h>
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/kprobes.h>
#include <linux/string.h>

#include "reasons.h"

#define NAME(id) (&#id[sizeof("LOCKDOWN_") - 1])

/* A denial for a row without a text would have no log line. */
#define MUST_SAY(text) BUILD_BUG_ON_ZERO(sizeof(text "") == 1)

/* The enumerators come from the same table, so the order is the same. */
const struct lockdown_reason_info lockdown_reason_info[] = {
#define LOCKDOWN_LEVEL(lvl, id, text)                           \
	{                                                       \
		.name = NAME(id),                               \
		.level = LOCKDOWN_LEVEL_##lvl + MUST_SAY(text), \
		.is_level = true,                               \
	},
#define LOCKDOWN_REASON(id, text, lvl, description)              \
	{                                                        \
		.name = NAME(id),                                \
		.level = LOCKDOWN_LEVEL_##lvl + MUST_SAY(text) + \
			 MUST_SAY(description),                  \
	},
#include <linux/lockdown_reasons.h>
};

static_assert(ARRAY_SIZE(lockdown_reason_info) == LOCKDOWN_REASON_COUNT);

/* clang-format off */

static const enum lockdown_reason level_rows[] = {
#define LOCKDOWN_LEVEL(level, id, ...)					\
	[LOCKDOWN_LEVEL_##level] = id,
#include <linux/lockdown_reasons.h>
};

/* clang-format on */

/* Modules and BPF programs were compiled with these numbers. */
static_assert(LOCKDOWN_NONE == 0);
static_assert(LOCKDOWN_MODULE_SIGNATURE == 1);
static_assert(LOCKDOWN_DEV_MEM == 2);
static_assert(LOCKDOWN_EFI_TEST == 3);
static_assert(LOCKDOWN_KEXEC == 4);
static_assert(LOCKDOWN_HIBERNATION == 5);
static_assert(LOCKDOWN_PCI_ACCESS == 6);
static_assert(LOCKDOWN_IOPORT == 7);
static_assert(LOCKDOWN_MSR == 8);
static_assert(LOCKDOWN_ACPI_TABLES == 9);
static_assert(LOCKDOWN_DEVICE_TREE == 10);
static_assert(LOCKDOWN_PCMCIA_CIS == 11);
static_assert(LOCKDOWN_TIOCSSERIAL == 12);
static_assert(LOCKDOWN_MODULE_PARAMETERS == 13);
static_assert(LOCKDOWN_MMIOTRACE == 14);
static_assert(LOCKDOWN_DEBUGFS == 15);
static_assert(LOCKDOWN_XMON_WR == 16);
static_assert(LOCKDOWN_BPF_WRITE_USER == 17);
static_assert(LOCKDOWN_DBG_WRITE_KERNEL == 18);
static_assert(LOCKDOWN_RTAS_ERROR_INJECTION == 19);
static_assert(LOCKDOWN_XEN_USER_ACTIONS == 20);
static_assert(LOCKDOWN_INTEGRITY_MAX == 21);
static_assert(LOCKDOWN_KCORE == 22);
static_assert(LOCKDOWN_KPROBES == 23);
static_assert(LOCKDOWN_BPF_READ_KERNEL == 24);
static_assert(LOCKDOWN_DBG_READ_KERNEL == 25);
static_assert(LOCKDOWN_PERF == 26);
static_assert(LOCKDOWN_TRACEFS == 27);
static_assert(LOCKDOWN_XMON_RW == 28);
static_assert(LOCKDOWN_XFRM_SECRET == 29);
static_assert(LOCKDOWN_CONFIDENTIALITY_MAX == 30);

/**
 * lockdown_level_name - the name of a level in user space
 * @level: a level below LOCKDOWN_LEVEL_COUNT
 *
 * Context: any.
 * Return: the name, a constant.
 */
const char *lockdown_level_name(enum lockdown_level level)
{
	return lockdown_reasons[level_rows[level]];
}

/**
 * lockdown_level_of - the level that a row of the table names
 * @row: LOCKDOWN_NONE, LOCKDOWN_INTEGRITY_MAX or LOCKDOWN_CONFIDENTIALITY_MAX
 *
 * Context: any.
 * Return: an &enum lockdown_level, or -EINVAL if @row names none.
 */
int lockdown_level_of(enum lockdown_reason row)
{
	if (row >= LOCKDOWN_REASON_COUNT || !lockdown_reason_info[row].is_level)
		return -EINVAL;
	return lockdown_reason_info[row].level;
}

/**
 * lockdown_level_parse - the level that a word names
 * @word: the word, not necessarily terminated
 * @len: its length in bytes
 *
 * The whole of @word must be the name: no prefix of it, no white space around
 * it, no NUL within.
 *
 * Context: any, also before anything is initialised.
 * Return: an &enum lockdown_level, or -EINVAL if @word names none.
 */
int lockdown_level_parse(const char *word, size_t len)
{
	enum lockdown_level level;

	for (level = 0; level < LOCKDOWN_LEVEL_COUNT; level++) {
		const char *name = lockdown_level_name(level);

		if (strlen(name) == len && !memcmp(name, word, len))
			return level;
	}
	return -EINVAL;
}
