// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown LSM: the decision
 *
 * security_locked_down() and its siblings call these functions directly and not
 * through the table of LSM hooks. Hooks are registered after setup_arch(), too
 * late for the ACPI tables from the initrd that setup_arch() uses. And no boot
 * parameter can remove a direct call.
 *
 * A hook checks only the opening of files, which is no hot path.
 */

#include <linux/array_size.h>
#include <linux/bug.h>
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/fs.h>
#include <linux/kprobes.h>
#include <linux/lockdown.h>
#include <linux/lsm_hooks.h>

#include "files.h"
#include "gate.h"
#include "policy.h"
#include "report.h"

/**
 * lockdown_decide - decide on an operation, and report it if it is denied
 * @what: the reason
 * @object: the object of the operation, or NULL
 *
 * An operation that only the evaluated level denies is reported, and goes on.
 *
 * Context: any, including NMI and before anything is initialised.
 * Return: 0 if it may be done, -EPERM if not.
 */
int __kprobes lockdown_decide(enum lockdown_reason what,
			      struct va_format *object)
{
	const enum lockdown_verdict verdict =
		lockdown_policy_verdict(&lockdown_state, what);

	if (verdict == LOCKDOWN_ALLOWED)
		return 0;
	if (WARN_ONCE(what >= LOCKDOWN_REASON_COUNT,
		      "lockdown: unknown reason %d\n", what))
		return -EPERM;
	return lockdown_report_event(verdict, what, object);
}

/* See lockdown_query(). */
int __kprobes __lockdown_query(enum lockdown_reason what)
{
	return lockdown_policy_check(&lockdown_state, what);
}
EXPORT_SYMBOL_GPL(__lockdown_query);

/* Not inlined, to keep the buffer off the caller's stack. */
static noinline int __kprobes enforce_file(enum lockdown_reason what,
					   const char *verb, struct file *file)
{
	char buf[LOCKDOWN_OBJECT_LEN], *path;

	path = d_path(&file->f_path, buf, sizeof(buf));
	if (IS_ERR(path))
		return security_locked_down_obj(what, "%s of %pD4", verb, file);
	return security_locked_down_obj(what, "%s of %s", verb, path);
}

/**
 * lockdown_enforce_file - enforce lockdown on the use of a file
 * @what: the reason
 * @verb: how the file is used
 * @file: the file, whose whole path the log gets
 *
 * Context: a task; may sleep.
 * Return: 0 if it may be done, -EPERM if not, or the answer of another LSM.
 */
int __kprobes lockdown_enforce_file(enum lockdown_reason what, const char *verb,
				    struct file *file)
{
	if (likely(lockdown_policy_verdict(&lockdown_state, what) ==
		   LOCKDOWN_ALLOWED))
		return security_locked_down(what);
	return enforce_file(what, verb, file);
}
EXPORT_SYMBOL_GPL(lockdown_enforce_file);

static int __kprobes hook_file_open(struct file *file)
{
	struct inode *inode = file_inode(file);

	if (likely(!(inode->i_sb->s_iflags & SB_I_LOCKDOWN)))
		return 0;
	return S_ISREG(inode->i_mode) ? lockdown_open_file(file) : 0;
}

static struct security_hook_list hooks[] __ro_after_init = {
	LSM_HOOK_INIT(file_open, hook_file_open),
};

/**
 * lockdown_add_hooks - register the hooks
 * @id: the LSM
 *
 * Context: boot, before the first file is opened.
 */
void __init lockdown_add_hooks(const struct lsm_id *id)
{
	security_add_hooks(hooks, ARRAY_SIZE(hooks), id);
}

/**
 * lockdown_ask_others - have the hook locked_down called, also at none
 *
 * Call this before an LSM or a BPF program is attached to that hook. Until
 * then, checks on an unlocked kernel end at lockdown_idle().
 *
 * Context: any, also before anything is initialised.
 */
void lockdown_ask_others(void)
{
	lockdown_policy_ask_others(&lockdown_state);
}
