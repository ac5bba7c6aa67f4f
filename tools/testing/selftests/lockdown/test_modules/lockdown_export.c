// SPDX-License-Identifier: GPL-2.0-only
/*
 * Receives traced events, as the driver of a trace macrocell does, and counts
 * them in a parameter that can be read at every level.
 */

#include <linux/atomic.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/trace.h>

static atomic_t events;
module_param_named(events, events.counter, int, 0444);

static notrace void count_event(struct trace_export *export, const void *entry,
				unsigned int size)
{
	atomic_inc(&events);
}

static struct trace_export counter = {
	.write = count_event,
	.flags = TRACE_EXPORT_EVENT,
};

static int __init lockdown_export_init(void)
{
	return register_ftrace_export(&counter);
}
module_init(lockdown_export_init);

static void __exit lockdown_export_exit(void)
{
	unregister_ftrace_export(&counter);
	/* Tasks in count_event() are not preempted there. */
	synchronize_rcu();
}
module_exit(lockdown_export_exit);

MODULE_DESCRIPTION("Trace export for the selftests of the lockdown LSM");
MODULE_LICENSE("GPL");
