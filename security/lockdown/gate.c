// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown LSM: the decision
 *
 * security_locked_down() and its siblings call these directly and not through
 * the table of LSM hooks: hooks are registered after setup_arch(), and what
 * must be refused inside setup_arch() (ACPI tables from the initrd) would not
 * be. Nor can a boot parameter take a direct call away.
 */

#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/lockdown.h>

#include "gate.h"
#include "policy.h"
#include "report.h"

/**
 * lockdown_deny - refuse what the level in force denies, and say so
 * @what: what is about to be done, for which lockdown_denies() is true
 * @object: what it would be done to, or NULL
 *
 * Context: any, including NMI and before anything is initialised.
 * Return: -EPERM
 */
int lockdown_deny(enum lockdown_reason what, struct va_format *object)
{
	if (!WARN_ONCE(what >= LOCKDOWN_REASON_COUNT,
		       "lockdown: unknown reason %d\n", what))
		lockdown_report_denial(what, object);
	return -EPERM;
}

/* What stands in front of it belongs to its callers. */
#undef lockdown_query

/**
 * lockdown_query - would something be refused now?
 * @what: what might be done
 *
 * The answer of lockdown alone, for places from which the hooks of other LSMs
 * must not be called: they may be traced by whoever asks, or not be made for
 * NMI. Elsewhere ask security_lockdown_query().
 *
 * Context: any, including NMI and before anything is initialised.
 * Return: 0 if it might be done now, -EPERM if not.
 */
int lockdown_query(enum lockdown_reason what)
{
	return lockdown_policy_check(&lockdown_policy, what);
}

/**
 * lockdown_ask_others - have the hook locked_down called, also at none
 *
 * To be called before somebody comes to be on that hook. On an unlocked kernel
 * checks go no further than lockdown_idle() until then.
 *
 * Context: any, also before anything is initialised.
 */
void lockdown_ask_others(void)
{
	lockdown_policy_ask_others(&lockdown_policy);
}
