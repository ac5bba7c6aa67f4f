// SPDX-License-Identifier: GPL-2.0-only
/* Kprobes and fprobes, of tracefs and of perf. */

#define _GNU_SOURCE
#include <sys/wait.h>

#include "../lib/file.h"
#include "../lib/perf.h"
#include "../lib/tracefs.h"
#include "../thing.h"

#define FUNCTION "kernel_clone"

/* Call FUNCTION in this process; return 0 if the event counts the calls. */
static int count_clone(int fd)
{
	__u64 before, after;
	pid_t pid;

	if (read(fd, &before, sizeof(before)) != sizeof(before))
		return -EIO;
	pid = fork();
	if (!pid)
		_exit(0);
	if (pid < 0 || waitpid(pid, NULL, 0) != pid ||
	    read(fd, &after, sizeof(after)) != sizeof(after))
		return -EIO;
	return after > before ? 0 : -EPERM;
}

/* Files to which probes are written */

static int open_kprobe_events(struct held *held)
{
	return open_tracefs(held, "kprobe_events", APPEND,
			    "CONFIG_KPROBE_EVENTS", held->state);
}

static const struct handle kprobe_events = {
	.size = sizeof(int),
	.obtain = open_kprobe_events,
	.release = release_fd,
	.has_fd = true,
};

/* tracefs explains what can be written to dynamic_events. */
static bool have_fprobes(void)
{
	static char text[32768];

	return read_text(TRACEFS "README", text, sizeof(text)) > 0 &&
	       strstr(text, "f[:[<group>/]");
}

static int open_dynamic_events(struct held *held)
{
	if (!have_fprobes())
		return lack(held, "no fprobes (CONFIG_FPROBE_EVENTS)");
	return open_tracefs(held, "dynamic_events", APPEND,
			    "CONFIG_FPROBE_EVENTS", held->state);
}

static const struct handle dynamic_events = {
	.size = sizeof(int),
	.obtain = open_dynamic_events,
	.release = release_fd,
	.has_fd = true,
};

static int add_kprobe(struct held *held)
{
	const int *fd = held->state;

	return put_and_undo(*fd, "p:lockdown_kprobe " FUNCTION "\n",
			    "-:lockdown_kprobe\n");
}

static int add_fprobe(struct held *held)
{
	const int *fd = held->state;

	return put_and_undo(*fd, "f:lockdown_fprobe " FUNCTION "\n",
			    "-:lockdown_fprobe\n");
}

/* Probes that perf creates, at entry or, with this arg, at return */

static const bool at_return = true;

static int obtain_local(struct held *held)
{
	static const char type[] = "/sys/bus/event_source/devices/kprobe/type";
	static const char function[] = FUNCTION;
	struct perf_event_attr attr = {
		.type = read_number(type),
		/* The bit that format/retprobe beside the type names. */
		.config = held->thing->arg == &at_return,
		.kprobe_func = (uintptr_t)function,
	};
	int *const fd = held->state;
	int ret;

	ret = no_perf(held);
	if (ret)
		return ret;
	if (access(type, F_OK))
		return lack(held, "no %s (CONFIG_KPROBE_EVENTS)", type);
	*fd = open_perf(&attr);
	return *fd < 0 ? *fd : 0;
}

static const struct handle local_probe = {
	.size = sizeof(int),
	.obtain = obtain_local,
	.release = release_fd,
};

static int use_local(struct held *held)
{
	const int *fd = held->state;

	return count_clone(*fd);
}

/* Probes of tracefs, which perf opens events on */

#define GROUP "lockdown_probes"

/**
 * struct definition - the arg of a thing
 * @file: the file of tracefs that takes probes of its kind
 * @line: the definition
 * @name: the probe's name there
 */
struct definition {
	const char *file;
	const char *line;
	const char *name;
};

struct probe {
	int fd;
	int event;
	long id;
};

static int define_probe(struct held *held)
{
	const struct definition *const definition = held->thing->arg;
	struct probe *probe = held->state;
	char path[128];
	int ret;

	ret = no_perf(held);
	if (ret)
		return ret;
	if (*definition->line == 'f' && !have_fprobes())
		return lack(held, "no fprobes (CONFIG_FPROBE_EVENTS)");
	ret = open_tracefs(held, definition->file, APPEND,
			   "CONFIG_KPROBE_EVENTS", &probe->fd);
	if (!ret)
		ret = put_line(probe->fd, definition->line);
	if (ret)
		return ret;
	snprintf(path, sizeof(path), TRACEFS "events/" GROUP "/%s/id",
		 definition->name);
	probe->id = read_number(path);
	return probe->id > 0 ? 0 : -ENOENT;
}

static int open_event(const struct probe *probe)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.config = probe->id,
	};

	return open_perf(&attr);
}

static int define_and_open(struct held *held)
{
	struct probe *probe = held->state;
	int ret;

	ret = define_probe(held);
	if (ret)
		return ret;
	probe->event = open_event(probe);
	return probe->event < 0 ? probe->event : 0;
}

static void release_probe(struct held *held)
{
	const struct definition *const definition = held->thing->arg;
	const struct probe *probe = held->state;
	char line[64];

	close_fd(probe->event);
	if (probe->fd <= 0)
		return;
	/* A probe cannot be removed after a raise. */
	snprintf(line, sizeof(line), "-:" GROUP "/%s\n", definition->name);
	put_line(probe->fd, line);
	close(probe->fd);
}

static const struct handle unused_probe = {
	.size = sizeof(struct probe),
	.obtain = define_probe,
	.release = release_probe,
};

static const struct handle used_probe = {
	.size = sizeof(struct probe),
	.obtain = define_and_open,
	.release = release_probe,
};

static int use_event(struct held *held)
{
	const struct probe *probe = held->state;

	return count_clone(probe->event);
}

/* Use the probe alone, or shared, as the handle says. */
static int use_another_event(struct held *held)
{
	const int fd = open_event(held->state);
	int ret;

	if (fd < 0)
		return fd;
	/* An event that does not count has been opened nevertheless. */
	ret = count_clone(fd) ? -EIO : 0;
	close(fd);
	return ret;
}

static const struct thing kprobe_things[] = {
	{
		.name = "kprobe.tracefs",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.handle = &kprobe_events,
		.use = add_kprobe,
		.object = "open of */kprobe_events",
		.level.title = "add a kprobe, tracefs",
		.kept.title = "kprobe through kept kprobe_events",
		.kept.places = HERE,
	},
	{
		.name = "kprobe.tracefs_fprobe",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.handle = &dynamic_events,
		.use = add_fprobe,
		.kept.title = "fprobe through kept dynamic_events",
		.kept.places = HERE,
	},
	{
		.name = "kprobe.perf",
		.reason = "KPROBES",
		.denied_from = CONFIDENTIALITY,
		.handle = &local_probe,
		.use = use_local,
		.object = "kernel_clone",
		.level.title = "probe a kernel function, perf",
		.kept.title = "kprobe of perf",
		.kept.places = HERE,
	},
	{
		.name = "kprobe.perf_return",
		.reason = "KPROBES",
		.denied_from = CONFIDENTIALITY,
		.handle = &local_probe,
		.use = use_local,
		.arg = &at_return,
		.kept.title = "kretprobe of perf",
		.kept.places = HERE,
	},
	{
		.name = "kprobe.event",
		.reason = "KPROBES",
		.denied_from = CONFIDENTIALITY,
		.handle = &unused_probe,
		.use = use_another_event,
		.arg =
			&(const struct definition){
				"kprobe_events",
				"p:" GROUP "/late " FUNCTION "\n",
				"late",
			},
		.kept.title = "perf event on a kprobe of tracefs",
		.kept.places = HERE,
	},
	{
		.name = "kprobe.another_event",
		.reason = "KPROBES",
		.denied_from = CONFIDENTIALITY,
		.handle = &used_probe,
		.use = use_another_event,
		.arg =
			&(const struct definition){
				"kprobe_events",
				"p:" GROUP "/used " FUNCTION "\n",
				"used",
			},
		.kept.title = "another perf event on a kprobe of tracefs",
		.kept.places = HERE,
	},
	{
		.name = "kprobe.fentry",
		.reason = "KPROBES",
		.denied_from = CONFIDENTIALITY,
		.handle = &used_probe,
		.use = use_event,
		.arg =
			&(const struct definition){
				"dynamic_events",
				"f:" GROUP "/fentry " FUNCTION "\n",
				"fentry",
			},
		.kept.title = "perf event on an fprobe at entry, kept",
		.kept.places = HERE,
	},
	{
		.name = "kprobe.fexit",
		.reason = "KPROBES",
		.denied_from = CONFIDENTIALITY,
		.handle = &used_probe,
		.use = use_event,
		.arg =
			&(const struct definition){
				"dynamic_events",
				"f:" GROUP "/fexit " FUNCTION "%return\n",
				"fexit",
			},
		.kept.title = "perf event on an fprobe at return, kept",
		.kept.places = HERE,
	},
	{
		.name = "kprobe.fprobe_event",
		.reason = "KPROBES",
		.denied_from = CONFIDENTIALITY,
		.handle = &unused_probe,
		.use = use_another_event,
		.arg =
			&(const struct definition){
				"dynamic_events",
				"f:" GROUP "/flate " FUNCTION "\n",
				"flate",
			},
		.kept.title = "perf event on an fprobe of tracefs",
		.kept.places = HERE,
	},
	{
		.name = "kprobe.another_fprobe_event",
		.reason = "KPROBES",
		.denied_from = CONFIDENTIALITY,
		.handle = &used_probe,
		.use = use_another_event,
		.arg =
			&(const struct definition){
				"dynamic_events",
				"f:" GROUP "/fused " FUNCTION "\n",
				"fused",
			},
		.kept.title = "another perf event on an fprobe of tracefs",
		.kept.places = HERE,
	},
};

REGISTER_THINGS(kprobe_things);
