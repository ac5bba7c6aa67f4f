// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown LSM: the level that firmware and a previous kernel ask for, and the
 * check before user space that the level asked for is in force
 *
 * Distributions have shipped kernels that no longer locked themselves under
 * Secure Boot, and nobody noticed for months (CVE-2025-1272): the code that
 * asks for the level is far from the code that enforces it. So lockdown asks
 * all sources once more, itself, before the first program runs.
 */

#include <linux/bug.h>
#include <linux/efi.h>
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/lockdown.h>
#include <linux/minmax.h>
#include <linux/moduleparam.h>
#include <linux/panic.h>
#include <linux/printk.h>
#include <linux/secure_boot.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "policy.h"
#include "securityfs.h"
#include "setup.h"

#define ORIGIN_OTHER "Secure Boot"
#define ORIGIN_UNKNOWN "EFI Secure Boot (unknown)"
#define ORIGIN_KEXEC "previous kernel"

#ifdef CONFIG_LOCK_DOWN_SECURE_BOOT_ORIGIN
#define ORIGIN_EFI CONFIG_LOCK_DOWN_SECURE_BOOT_ORIGIN
#else
#define ORIGIN_EFI "EFI Secure Boot"
#endif

#if defined(CONFIG_LOCK_DOWN_SECURE_BOOT_CONFIDENTIALITY)
#define SECURE_BOOT_LEVEL LOCKDOWN_LEVEL_CONFIDENTIALITY
#else
#define SECURE_BOOT_LEVEL LOCKDOWN_LEVEL_INTEGRITY
#endif

/* The highest level that a caller below asked for. */
static enum lockdown_level asked __initdata;

static void __init ask_for(enum lockdown_level level, const char *where)
{
	asked = max(asked, level);
	/* A higher level is no error. */
	lockdown_raise(level, where, false);
}

/**
 * lockdown_secure_boot - lock the kernel down if firmware verified it
 * @mode: an &enum efi_secureboot_mode, as the EFI stub found it
 *
 * A state that firmware could not tell counts as enabled: firmware that is
 * broken is no reason to trust root.
 *
 * Context: boot, also before anything is initialised.
 */
void __init lockdown_secure_boot(unsigned int mode)
{
	if (!IS_ENABLED(CONFIG_LOCK_DOWN_IN_EFI_SECURE_BOOT))
		return;
	if (mode == efi_secureboot_mode_enabled)
		ask_for(SECURE_BOOT_LEVEL, ORIGIN_EFI);
	else if (mode == efi_secureboot_mode_unknown)
		ask_for(SECURE_BOOT_LEVEL, ORIGIN_UNKNOWN);
}

/**
 * lockdown_level_now - the name of the level in force
 *
 * Context: any.
 * Return: the name, which is a constant: equal pointers are equal levels.
 */
const char *lockdown_level_now(void)
{
	return lockdown_level_name(lockdown_policy_level(&lockdown_state));
}

/**
 * lockdown_inherit - take over the level of the kernel that started this one
 * @word: the name of its level, which need not end in a NUL
 * @len: the length of @word, in bytes, with or without a NUL
 *
 * A name that is not known counts as the highest level, because it may be a
 * later kernel's.
 *
 * Context: boot, also before anything is initialised.
 */
void __init lockdown_inherit(const char *word, size_t len)
{
	int level = lockdown_level_parse(word, strnlen(word, len));

	if (level < 0) {
		pr_err("lockdown: the previous kernel had an unknown level\n");
		level = LOCKDOWN_LEVEL_COUNT - 1;
	}
	ask_for(level, ORIGIN_KEXEC);
}

/**
 * lockdown_ask_firmware - lock the kernel down if the machine booted securely
 *
 * For machines without EFI, which know only after setup_arch().
 *
 * Context: boot, before user space.
 */
void __init lockdown_ask_firmware(void)
{
	if (IS_ENABLED(CONFIG_LOCK_DOWN_IN_SECURE_BOOT) &&
	    !IS_ENABLED(CONFIG_EFI) && arch_get_secureboot())
		ask_for(SECURE_BOOT_LEVEL, ORIGIN_OTHER);
}

static int __init note_level(char *param, char *word, const char *unused,
			     void *level)
{
	int named;

	if (strcmp(param, "lockdown") || !word)
		return 0;
	named = lockdown_level_parse(word, strlen(word));
	if (named > *(int *)level)
		*(int *)level = named;
	return 0;
}

/* The command line as users see it, with the parameters of a boot config. */
static enum lockdown_level __init level_of_command_line(void)
{
	char *words = kstrdup(saved_command_line, GFP_KERNEL);
	int level = LOCKDOWN_LEVEL_NONE;

	if (words)
		parse_args("lockdown", words, NULL, 0, 0, 0, &level,
			   note_level);
	kfree(words);
	return level;
}

/*
 * On other machines with EFI, the variables of the firmware do not tell that
 * the user had shim switch verification off.
 */
static enum lockdown_level __init level_of_firmware(void)
{
	if (IS_ENABLED(CONFIG_EFI) && !IS_ENABLED(CONFIG_X86))
		return LOCKDOWN_LEVEL_NONE;
	if ((IS_ENABLED(CONFIG_LOCK_DOWN_IN_EFI_SECURE_BOOT) ||
	     IS_ENABLED(CONFIG_LOCK_DOWN_IN_SECURE_BOOT)) &&
	    arch_get_secureboot())
		return SECURE_BOOT_LEVEL;
	return LOCKDOWN_LEVEL_NONE;
}

/* Ask as call sites do, and as user space does. */
static const char *__init find_loss(enum lockdown_level level)
{
	enum lockdown_reason what;

	for (what = LOCKDOWN_NONE + 1; what < LOCKDOWN_REASON_COUNT; what++) {
		if (lockdown_reason_info[what].level > level)
			continue;
		if (!security_lockdown_query(what))
			return lockdown_reasons[what];
		if (lockdown_reason_info[what].is_level &&
		    !security_locked_down(what))
			return "the level";
	}
	return lockdown_file_shows(level) ? NULL : "the file in securityfs";
}

/**
 * lockdown_self_check - check that the level asked for is in force
 *
 * A source that asks for more than is in force was not heard in time: raise the
 * level now, and complain.
 *
 * Context: boot, once, with everything initialised, right before user space.
 */
void __init lockdown_self_check(void)
{
	const enum lockdown_level now = lockdown_policy_level(&lockdown_state);
	enum lockdown_level level = asked;
	const char *loss;

	level = max(level, LOCKDOWN_LEVEL_FORCED);
	level = max(level, level_of_command_line());
	level = max(level, level_of_firmware());
	if (level > now) {
		lockdown_raise(level, "self-check", false);
		loss = "the request";
	} else {
		/* lock_kernel_down() may have gone above what is asked here. */
		level = now;
		loss = find_loss(level);
	}
	if (!loss)
		return;

	pr_emerg("lockdown: \"%s\" was asked for, but %s was lost\n",
		 lockdown_level_name(level), loss);
	if (IS_ENABLED(CONFIG_SECURITY_LOCKDOWN_PANIC))
		panic("lockdown does not hold");
	WARN(1, "lockdown does not hold\n");
}
