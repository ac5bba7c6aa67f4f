// SPDX-License-Identifier: GPL-2.0-only
/*
 * Opening files of tracefs, and making an instance. See trace.c and tracer.c
 * for files that were opened before a raise.
 */

#define _GNU_SOURCE
#include <linux/magic.h>
#include <sys/vfs.h>

#include "../thing.h"

#define EVENT "events/sched/sched_switch/"

/* The arg of a thing. */
struct file {
	const char *name;
	int flags;
};

static int no_tracefs(struct held *held)
{
	struct statfs fs;

	if (statfs(TRACEFS, &fs) || fs.f_type != TRACEFS_MAGIC)
		return lack(held, "no tracefs mounted at " TRACEFS);
	return 0;
}

/*
 * Open without a read or write: tracefs may act on open. The files exist at
 * every level; a missing file belongs to an option.
 */
static int use_open(struct held *held)
{
	const struct file *const file = held->thing->arg;
	char path[128];
	int fd, ret;

	ret = no_tracefs(held);
	if (ret)
		return ret;
	snprintf(path, sizeof(path), TRACEFS "%s", file->name);
	fd = open(path, file->flags | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT && !access(TRACEFS "trace", F_OK))
		return lack(held, "no %s in tracefs", file->name);
	return fd < 0 ? -errno : close(fd);
}

static int obtain_instances(struct held *held)
{
	int *const fd = held->state;
	int ret;

	ret = no_tracefs(held);
	if (ret)
		return ret;
	*fd = open(TRACEFS "instances", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return *fd < 0 ? -errno : 0;
}

static void release_instances(struct held *held)
{
	const int *const fd = held->state;

	if (*fd > 0)
		close(*fd);
}

static const struct handle instances = {
	.size = sizeof(int),
	.obtain = obtain_instances,
	.release = release_instances,
	.has_fd = true,
};

static int use_instance(struct held *held)
{
	const int dir = *(int *)held->state;

	if (mkdirat(dir, "lockdown", 0700))
		return -errno;
	return unlinkat(dir, "lockdown", AT_REMOVEDIR) ? -errno : 0;
}

static const struct thing tracefs_things[] = {
	{
		.name = "tracefs.trace",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.use = use_open,
		.arg = &(const struct file){ "trace", O_RDONLY },
		.object = "open of */trace",
		.level.title = "open tracefs: trace",
	},
	{
		.name = "tracefs.trace_pipe",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.use = use_open,
		.arg = &(const struct file){ "trace_pipe", O_RDONLY },
		.object = "open of */trace_pipe",
		.level.title = "open tracefs: trace_pipe",
	},
	{
		.name = "tracefs.pipe_raw",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.use = use_open,
		.arg = &(const struct file){ "per_cpu/cpu0/trace_pipe_raw",
					     O_RDONLY },
		.object = "open of */trace_pipe_raw",
		.level.title = "open tracefs: per_cpu/cpu0/trace_pipe_raw",
	},
	{
		.name = "tracefs.trace_options",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.use = use_open,
		.arg = &(const struct file){ "trace_options", O_RDWR },
		.object = "open of */trace_options",
		.level.title = "open tracefs: trace_options",
	},
	{
		.name = "tracefs.flag_option",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.use = use_open,
		.arg = &(const struct file){ "options/overwrite", O_RDWR },
		.object = "open of */overwrite",
		.level.title = "open tracefs: options/overwrite",
	},
	{
		.name = "tracefs.tracer_option",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.use = use_open,
		.arg = &(const struct file){ "options/func_stack_trace",
					     O_RDWR },
		.object = "open of */func_stack_trace",
		.level.title = "open tracefs: options/func_stack_trace",
	},
	{
		.name = "tracefs.available_tracers",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.use = use_open,
		.arg = &(const struct file){ "available_tracers", O_RDONLY },
		.object = "open of */available_tracers",
		.level.title = "open tracefs: available_tracers",
	},
	{
		.name = "tracefs.current_tracer",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.use = use_open,
		.arg = &(const struct file){ "current_tracer", O_RDWR },
		.object = "open of */current_tracer",
		.level.title = "open tracefs: current_tracer",
	},
	{
		.name = "tracefs.eval_map",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.use = use_open,
		.arg = &(const struct file){ "eval_map", O_RDONLY },
		.object = "open of */eval_map",
		.level.title = "open tracefs: eval_map",
	},
	{
		.name = "tracefs.trace_clock",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.use = use_open,
		.arg = &(const struct file){ "trace_clock", O_RDWR },
		.object = "open of */trace_clock",
		.level.title = "open tracefs: trace_clock",
	},
	{
		.name = "tracefs.timestamp_mode",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.use = use_open,
		.arg = &(const struct file){ "timestamp_mode", O_RDONLY },
		.object = "open of */timestamp_mode",
		.level.title = "open tracefs: timestamp_mode",
	},
	{
		.name = "tracefs.snapshot",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.use = use_open,
		.arg = &(const struct file){ "snapshot", O_RDWR },
		.object = "open of */snapshot",
		.level.title = "open tracefs: snapshot",
	},
	{
		.name = "tracefs.error_log",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.use = use_open,
		.arg = &(const struct file){ "error_log", O_RDONLY },
		.object = "open of */error_log",
		.level.title = "open tracefs: error_log",
	},
	{
		.name = "tracefs.marker",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.use = use_open,
		.arg = &(const struct file){ "trace_marker", O_WRONLY },
		.object = "open of */trace_marker",
		.level.title = "open tracefs: trace_marker",
	},
	{
		.name = "tracefs.thresh",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.use = use_open,
		.arg = &(const struct file){ "tracing_thresh", O_RDWR },
		.object = "open of */tracing_thresh",
		.level.title = "open tracefs: tracing_thresh",
	},
	{
		.name = "tracefs.set_ftrace_filter",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.use = use_open,
		.arg = &(const struct file){ "set_ftrace_filter", O_RDWR },
		.object = "open of */set_ftrace_filter",
		.level.title = "open tracefs: set_ftrace_filter",
	},
	{
		.name = "tracefs.set_ftrace_pid",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.use = use_open,
		.arg = &(const struct file){ "set_ftrace_pid", O_RDONLY },
		.object = "open of */set_ftrace_pid",
		.level.title = "open tracefs: set_ftrace_pid",
	},
	{
		.name = "tracefs.functions",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.use = use_open,
		.arg = &(const struct file){ "available_filter_functions",
					     O_RDONLY },
		.object = "open of */available_filter_functions",
		.level.title = "open tracefs: available_filter_functions",
	},
	{
		.name = "tracefs.function_addrs",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.use = use_open,
		.arg = &(const struct file){ "available_filter_functions_addrs",
					     O_RDONLY },
		.object = "open of */available_filter_functions_addrs",
		.level.title = "open tracefs: available_filter_functions_addrs",
	},
	{
		.name = "tracefs.graph",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.use = use_open,
		.arg = &(const struct file){ "set_graph_function", O_RDONLY },
		.object = "open of */set_graph_function",
		.level.title = "open tracefs: set_graph_function",
	},
	{
		.name = "tracefs.stat",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.use = use_open,
		.arg = &(const struct file){ "trace_stat/function0", O_RDONLY },
		.object = "open of */function0",
		.level.title = "open tracefs: trace_stat/function0",
	},
	{
		.name = "tracefs.saved_cmdlines",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.use = use_open,
		.arg = &(const struct file){ "saved_cmdlines", O_RDONLY },
		.object = "open of */saved_cmdlines",
		.level.title = "open tracefs: saved_cmdlines",
	},
	{
		.name = "tracefs.saved_tgids",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.use = use_open,
		.arg = &(const struct file){ "saved_tgids", O_RDONLY },
		.object = "open of */saved_tgids",
		.level.title = "open tracefs: saved_tgids",
	},
	{
		.name = "tracefs.available_events",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.use = use_open,
		.arg = &(const struct file){ "available_events", O_RDONLY },
		.object = "open of */available_events",
		.level.title = "open tracefs: available_events",
	},
	{
		.name = "tracefs.set_event",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.use = use_open,
		.arg = &(const struct file){ "set_event", O_RDONLY },
		.object = "open of */set_event",
		.level.title = "open tracefs: set_event",
	},
	{
		.name = "tracefs.set_event_pid",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.use = use_open,
		.arg = &(const struct file){ "set_event_pid", O_RDONLY },
		.object = "open of */set_event_pid",
		.level.title = "open tracefs: set_event_pid",
	},
	{
		.name = "tracefs.set_event_notrace_pid",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.use = use_open,
		.arg = &(const struct file){ "set_event_notrace_pid",
					     O_RDONLY },
		.object = "open of */set_event_notrace_pid",
		.level.title = "open tracefs: set_event_notrace_pid",
	},
	{
		.name = "tracefs.all_events",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.use = use_open,
		.arg = &(const struct file){ "events/enable", O_RDWR },
		.object = "open of */enable",
		.level.title = "open tracefs: events/enable",
	},
	{
		.name = "tracefs.system_events",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.use = use_open,
		.arg = &(const struct file){ "events/sched/enable", O_RDWR },
		.object = "open of */enable",
		.level.title = "open tracefs: events/sched/enable",
	},
	{
		.name = "tracefs.event_enable",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.use = use_open,
		.arg = &(const struct file){ EVENT "enable", O_RDWR },
		.object = "open of */enable",
		.level.title = "open tracefs: events/sched/sched_switch/enable",
	},
	{
		.name = "tracefs.event_filter",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.use = use_open,
		.arg = &(const struct file){ EVENT "filter", O_RDWR },
		.object = "open of */filter",
		.level.title = "open tracefs: events/sched/sched_switch/filter",
	},
	{
		.name = "tracefs.trigger",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.use = use_open,
		.arg = &(const struct file){ EVENT "trigger", O_RDONLY },
		.object = "open of */trigger",
		.level.title =
			"open tracefs: events/sched/sched_switch/trigger",
	},
	{
		.name = "tracefs.hist",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.use = use_open,
		.arg = &(const struct file){ EVENT "hist", O_RDONLY },
		.object = "open of */hist",
		.level.title = "open tracefs: events/sched/sched_switch/hist",
	},
	{
		.name = "tracefs.kprobe_events",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.use = use_open,
		.arg = &(const struct file){ "kprobe_events", O_RDONLY },
		.object = "open of */kprobe_events",
		.level.title = "open tracefs: kprobe_events",
	},
	{
		.name = "tracefs.kprobe_profile",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.use = use_open,
		.arg = &(const struct file){ "kprobe_profile", O_RDONLY },
		.object = "open of */kprobe_profile",
		.level.title = "open tracefs: kprobe_profile",
	},
	{
		.name = "tracefs.uprobe_events",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.use = use_open,
		.arg = &(const struct file){ "uprobe_events", O_RDONLY },
		.object = "open of */uprobe_events",
		.level.title = "open tracefs: uprobe_events",
	},
	{
		.name = "tracefs.uprobe_profile",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.use = use_open,
		.arg = &(const struct file){ "uprobe_profile", O_RDONLY },
		.object = "open of */uprobe_profile",
		.level.title = "open tracefs: uprobe_profile",
	},
	{
		.name = "tracefs.dynamic_events",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.use = use_open,
		.arg = &(const struct file){ "dynamic_events", O_RDONLY },
		.object = "open of */dynamic_events",
		.level.title = "open tracefs: dynamic_events",
	},
	{
		.name = "tracefs.synthetic_events",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.use = use_open,
		.arg = &(const struct file){ "synthetic_events", O_RDONLY },
		.object = "open of */synthetic_events",
		.level.title = "open tracefs: synthetic_events",
	},
	{
		.name = "tracefs.stack_trace",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.use = use_open,
		.arg = &(const struct file){ "stack_trace", O_RDONLY },
		.object = "open of */stack_trace",
		.level.title = "open tracefs: stack_trace",
	},
	{
		.name = "tracefs.printk_formats",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.use = use_open,
		.arg = &(const struct file){ "printk_formats", O_RDONLY },
		.object = "open of */printk_formats",
		.level.title = "open tracefs: printk_formats",
	},
	{
		.name = "tracefs.instance",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.handle = &instances,
		.use = use_instance,
		.object = "instance lockdown",
		.level.title = "make an instance of tracefs",
		.kept.title = "make an instance in the kept directory",
		.kept.places = EVERYWHERE | DUPED | PASSED,
	},
};

REGISTER_THINGS(tracefs_things);
