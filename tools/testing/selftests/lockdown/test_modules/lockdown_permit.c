// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holds a permit of lockdown while it is loaded, and does something that takes
 * no time, or something that user space may stretch for as long as it likes. A
 * holder of a permit must not do the latter, and lockdep reports it.
 */

#include <linux/array_size.h>
#include <linux/cleanup.h>
#include <linux/compiler_types.h>
#include <linux/init.h>
#include <linux/lockdown.h>
#include <linux/mm_types.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/uaccess.h>

static char *how = "well";
module_param(how, charp, 0444);
MODULE_PARM_DESC(how, "well, fault, copy, mutex, nested or signal");

static DEFINE_MUTEX(for_the_kernel);
static DEFINE_SPINLOCK(spinlock);
/* A task waits for user space with this lock held, which blocks another one. */
static DEFINE_MUTEX(for_user_space);
/* A task takes this lock before it takes for_user_space. */
static DEFINE_MUTEX(around);

static void copy(void)
{
	u8 byte;

	if (copy_from_user(&byte, (u8 __user *)current->mm->arg_start, 1))
		pr_info("lockdown_permit: no byte to be had\n");
}

/* Hold a permit as call sites do. */
static int hold_well(void)
{
	copy();
	CLASS(lockdown_permit, permit)(LOCKDOWN_DEV_MEM, "the permit");
	if (permit.err)
		return permit.err;

	guard(mutex)(&for_the_kernel);
	guard(spinlock)(&spinlock);
	/* Hold a permit that cannot sleep, and nest permits. */
	CLASS(lockdown_permit_atomic, atomic)(LOCKDOWN_MSR, "the MSR");
	return atomic.err;
}

/* Not inlined, so that a report names each function. */
static noinline int hold_and_fault(void)
{
	CLASS(lockdown_permit_plain, permit)(LOCKDOWN_DEV_MEM);
	might_fault();
	return permit.err;
}

static noinline int hold_and_copy(void)
{
	CLASS(lockdown_permit_plain, permit)(LOCKDOWN_DEV_MEM);
	copy();
	return permit.err;
}

static noinline int hold_and_lock(void)
{
	scoped_guard(mutex, &for_user_space) copy();

	CLASS(lockdown_permit_plain, permit)(LOCKDOWN_DEV_MEM);
	guard(mutex)(&for_user_space);
	return permit.err;
}

/* A real-time task may keep this one from running. */
static noinline int hold_until_signal(void)
{
	CLASS(lockdown_permit_plain, permit)(LOCKDOWN_DEV_MEM);
	while (!signal_pending(current))
		cond_resched();
	return permit.err ? permit.err : -EINTR;
}

/* The lock taken here is not the one that is held around the copy. */
static noinline int hold_and_lock_nested(void)
{
	scoped_guard(mutex, &for_user_space) copy();
	scoped_guard(mutex, &around)
	{
		guard(mutex)(&for_user_space);
	}

	CLASS(lockdown_permit_plain, permit)(LOCKDOWN_DEV_MEM);
	guard(mutex)(&around);
	return permit.err;
}

static const struct {
	const char *how;
	int (*hold)(void);
} ways[] = {
	{ "well", hold_well },
	{ "fault", hold_and_fault },
	{ "copy", hold_and_copy },
	{ "mutex", hold_and_lock },
	{ "nested", hold_and_lock_nested },
	{ "signal", hold_until_signal },
};

static int __init lockdown_permit_init(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		if (!strcmp(ways[i].how, how))
			return ways[i].hold();
	}
	return -EINVAL;
}
module_init(lockdown_permit_init);

static void __exit lockdown_permit_exit(void)
{
}
module_exit(lockdown_permit_exit);

MODULE_DESCRIPTION("Good and bad use of permits of the lockdown LSM");
MODULE_LICENSE("GPL");
