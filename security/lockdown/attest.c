// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown LSM: measurements of the level
 *
 * A policy of IMA with "measure func=CRITICAL_DATA label=lockdown" puts the
 * level and its origin into the measurement list and into a PCR: once at boot,
 * and after each raise. So a remote verifier learns that the machine is locked,
 * and by whom. Without IMA or such a policy nothing happens.
 *
 * A TPM takes its time, and programs can keep it busy. A raise must not wait
 * for that, so a work item measures.
 */

#include <linux/ima.h>
#include <linux/init.h>
#include <linux/math64.h>
#include <linux/sprintf.h>
#include <linux/time64.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "attest.h"
#include "policy.h"
#include "reasons.h"
#include "setup.h"

/* Room for a level's name, its time and its origin. */
#define STATE_LEN 128

/* Set when IMA has been initialised, and read by raises after that. */
static bool attesting;

static void measure_level(enum lockdown_level level)
{
	const struct lockdown_origin *origin = lockdown_origin(level);
	char state[STATE_LEN];
	u32 us = 0;
	u64 s = 0;
	int len;

	if (origin)
		s = div_u64_rem(origin->when_ns, NSEC_PER_SEC, &us);
	len = scnprintf(state, sizeof(state),
			"level=%s when=%llu.%06lu from=\"%s\"",
			lockdown_level_name(level), s, us / NSEC_PER_USEC,
			origin ? origin->where : "-");
	ima_measure_critical_data("lockdown", "lockdown-state", state, len,
				  false, NULL, 0);
}

/* One run may have several raises to measure. */
static void measure(struct work_struct *work)
{
	static enum lockdown_level next;
	const enum lockdown_level now = lockdown_policy_level(&lockdown_state);

	for (; next <= now; next++) {
		if (!now || lockdown_origin(next))
			measure_level(next);
		/* A raise that is not recorded yet asks once more. */
		else if (next == now)
			break;
	}
}

static DECLARE_WORK(measure_work, measure);

/**
 * lockdown_attest - have the level measured soon
 *
 * Context: any.
 */
void lockdown_attest(void)
{
	if (READ_ONCE(attesting))
		queue_work(system_long_wq, &measure_work);
}

/* After the late initcall of IMA. */
static int __init lockdown_attest_init(void)
{
	WRITE_ONCE(attesting, true);
	lockdown_attest();
	return 0;
}
late_initcall_sync(lockdown_attest_init);
