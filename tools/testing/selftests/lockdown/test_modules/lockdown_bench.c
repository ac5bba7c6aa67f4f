// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measures a call of security_locked_down() in ticks of the TSC, which are
 * instructions on a machine where each takes a tick. Each read of a parameter
 * measures.
 *
 * The module also builds against kernels without this series, for comparison.
 */

#include <linux/compiler.h>
#include <linux/irqflags.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/security.h>
#include <linux/sysfs.h>
#include <linux/types.h>

#include <asm/msr.h>

#define CALLS 1000

/* The first call also exhausts the rate limit of a denial. */
#define ROUNDS 20

/* Make the compiler believe that the answer matters, without an instruction. */
static __always_inline void use_answer(int err)
{
	asm volatile("" : : "r"(err));
}

/* Inlined, so that the reason is a constant, as in all callers. */
static __always_inline u64 time_of_calls(enum lockdown_reason what)
{
	u64 start = rdtsc_ordered();
	int i;

	for (i = 0; i < CALLS; i++)
		use_answer(security_locked_down(what));
	return rdtsc_ordered() - start;
}

/* The same loop with a constant in place of the call. */
static u64 time_of_answers(void)
{
	u64 start = rdtsc_ordered();
	int i;

	for (i = 0; i < CALLS; i++)
		use_answer(0);
	return rdtsc_ordered() - start;
}

static __always_inline int show_cost(char *buffer, enum lockdown_reason what)
{
	u64 calls = U64_MAX, answers = U64_MAX;
	unsigned long flags;
	int round;

	local_irq_save(flags);
	for (round = 0; round < ROUNDS; round++) {
		calls = min(calls, time_of_calls(what));
		answers = min(answers, time_of_answers());
	}
	local_irq_restore(flags);
	return sysfs_emit(buffer, "%llu\n", (calls - answers) / CALLS);
}

static int integrity_get(char *buffer, const struct kernel_param *kp)
{
	return show_cost(buffer, LOCKDOWN_IOPORT);
}

static int confidentiality_get(char *buffer, const struct kernel_param *kp)
{
	return show_cost(buffer, LOCKDOWN_KCORE);
}

static const struct kernel_param_ops integrity_ops = {
	.get = integrity_get,
};

static const struct kernel_param_ops confidentiality_ops = {
	.get = confidentiality_get,
};

module_param_cb(integrity, &integrity_ops, NULL, 0444);
MODULE_PARM_DESC(integrity, "A check that integrity denies");
module_param_cb(confidentiality, &confidentiality_ops, NULL, 0444);
MODULE_PARM_DESC(confidentiality, "A check that only confidentiality denies");

MODULE_DESCRIPTION("What a check of the lockdown LSM costs");
MODULE_LICENSE("GPL");
