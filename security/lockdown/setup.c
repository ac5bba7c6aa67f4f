// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown LSM: where a level comes from, and registration
 */

#include <linux/cred.h>
#include <linux/init.h>
#include <linux/kprobes.h>
#include <linux/lockdown.h>
#include <linux/lsm_hooks.h>
#include <linux/pid.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/string.h>
#include <linux/uidgid.h>
#include <uapi/linux/lsm.h>

#include "attest.h"
#include "gate.h"
#include "policy.h"
#include "report.h"
#include "revoke.h"
#include "setup.h"

#define CONFIGURATION "Kernel configuration"

/*
 * The level only rises, so each level is reached at most once, and the one
 * caller that reached it owns its slot. @known publishes the slot to readers. A
 * level that the configuration forces is in force from the start.
 */
static struct {
	struct lockdown_origin origin;
	bool known;
} origins[LOCKDOWN_LEVEL_COUNT] = {
	[LOCKDOWN_LEVEL_FORCED] = {
		.origin.where = CONFIGURATION,
		.known = LOCKDOWN_LEVEL_FORCED != LOCKDOWN_LEVEL_NONE,
	},
};

static void record_origin(enum lockdown_level level, const char *where,
			  bool by_task)
{
	struct lockdown_origin *origin = &origins[level].origin;

	strscpy(origin->where, where);
	origin->when_ns = local_clock();
	origin->by_task = by_task;
	if (by_task) {
		origin->pid = task_pid_nr(current);
		origin->uid = from_kuid(&init_user_ns, current_uid());
		get_task_comm(origin->comm, current);
	}
	/* Pairs with the acquire in lockdown_origin(). */
	smp_store_release(&origins[level].known, true);
}

/**
 * lockdown_origin - the origin of a level
 * @level: a level below LOCKDOWN_LEVEL_COUNT
 *
 * Context: any.
 * Return: the record, which does not change any more, or NULL if the kernel
 * never was raised to @level.
 */
const struct lockdown_origin *lockdown_origin(enum lockdown_level level)
{
	/* Pairs with the release in record_origin(). */
	if (!smp_load_acquire(&origins[level].known))
		return NULL;
	return &origins[level].origin;
}

/**
 * lockdown_raise - raise the level of this kernel
 * @level: the level wanted, below LOCKDOWN_LEVEL_COUNT
 * @where: the origin of the request, for the log
 * @by_task: the current task asked for it
 *
 * A return of 0 means that everything obtained before is revoked, also if
 * another task raised the level.
 *
 * Context: may sleep once there is a scheduler; @by_task needs a task.
 * Return: 0 if the kernel is at @level now, -EPERM if it is above.
 */
int __kprobes lockdown_raise(enum lockdown_level level, const char *where,
			     bool by_task)
{
	enum lockdown_level from;
	int ret = lockdown_policy_raise(&lockdown_state, level, &from);

	if (ret < 0)
		return ret;
	if (ret) {
		record_origin(level, where, by_task);
		lockdown_report_raise(where);
	}
	lockdown_revoke();
	if (ret) {
		lockdown_report_raised(from, level, where);
		lockdown_attest();
	}
	return 0;
}

/**
 * lockdown_evaluate - change the level that is evaluated
 * @level: the level wanted, below LOCKDOWN_LEVEL_COUNT
 *
 * Context: may sleep once there is a scheduler.
 */
void lockdown_evaluate(enum lockdown_level level)
{
	enum lockdown_level from =
		lockdown_policy_evaluate(&lockdown_state, level);

	if (from != level)
		lockdown_report_evaluation(from, level);
}

/**
 * lock_kernel_down - lock the kernel down on behalf of the kernel itself
 * @where: the origin of the request, for the log: "EFI Secure Boot"
 * @level: LOCKDOWN_INTEGRITY_MAX or LOCKDOWN_CONFIDENTIALITY_MAX
 *
 * The level holds when this returns, also inside setup_arch().
 *
 * Context: may sleep once there is a scheduler; before that any, also before
 * anything is initialised.
 * Return: 0 if the kernel is at @level now, -EPERM if it is above, -EINVAL if
 * @level is a reason that is not a level.
 */
int __kprobes lock_kernel_down(const char *where, enum lockdown_reason level)
{
	int to = lockdown_level_of(level);

	return to < 0 ? to : lockdown_raise(to, where, false);
}

static int __init parse_param(const char *word)
{
	int level = word ? lockdown_level_parse(word, strlen(word)) : -EINVAL;

	if (level < 0)
		pr_err("lockdown: unknown level \"%s\" on the command line is ignored; the levels are %s, %s and %s\n",
		       word ? word : "",
		       lockdown_level_name(LOCKDOWN_LEVEL_NONE),
		       lockdown_level_name(LOCKDOWN_LEVEL_INTEGRITY),
		       lockdown_level_name(LOCKDOWN_LEVEL_CONFIDENTIALITY));
	return level;
}

static int __init lockdown_param(char *word)
{
	int level = parse_param(word);

	if (level < 0)
		return level;

	/*
	 * A level below that of the configuration or of an earlier lockdown= is
	 * no error.
	 */
	lockdown_raise(level, "command line", false);
	return 0;
}
early_param("lockdown", lockdown_param);

/*
 * The last lockdown_evaluate= counts, also if its level is below that of the
 * configuration.
 */
static int __init lockdown_evaluate_param(char *word)
{
	int level = parse_param(word);

	if (level < 0)
		return level;
	lockdown_evaluate(level);
	return 0;
}
early_param("lockdown_evaluate", lockdown_evaluate_param);

static const struct lsm_id lockdown_lsmid = {
	.name = "lockdown",
	.id = LSM_ID_LOCKDOWN,
};

/*
 * A level that the configuration forces is in force already and needs only a
 * log line, unless the level was raised further meanwhile, which was logged.
 */
static void __init report_forced_level(void)
{
	enum lockdown_level level = lockdown_policy_level(&lockdown_state);

	if (level != LOCKDOWN_LEVEL_NONE && level == LOCKDOWN_LEVEL_FORCED)
		lockdown_report_raise(CONFIGURATION);
}

/*
 * Other LSMs can register hooks only for a registered LSM; lockdown itself
 * decides without a hook, see gate.c. Lockdown is an early LSM in every
 * configuration: lsm= and CONFIG_LSM name the others, and cannot leave it out.
 */
static int __init lockdown_init(void)
{
	report_forced_level();
	lockdown_add_hooks(&lockdown_lsmid);
	return 0;
}

DEFINE_EARLY_LSM(lockdown) = {
	.name = "lockdown",
	.init = lockdown_init,
};
