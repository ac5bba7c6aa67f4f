// SPDX-License-Identifier: GPL-2.0-only
/*
 * Histograms, tracers, profiles and stacks: they look at the kernel, and what
 * they see can be read. See kprobe.c for probes.
 */

#define _GNU_SOURCE
#include <linux/user_events.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>

#include "../lib/activity.h"
#include "../lib/file.h"
#include "../lib/tracefs.h"
#include "../thing.h"

/* Rarely called functions. */
#define USER_EVENT "lockdown_user u32 number"
#define PROFILED "*_sys_getpgid"
#define DEEP "*_sys_getsid"
#define NR_PROFILED 100

/* The name of a thread that forks while a reader of the trace waits. */
#define FORKER "lockdown_forker"

/* Long enough for a context switch. */
#define COUNT_MS 100

/* A reader of timerlat waits for the next period, of a second at the most. */
#define TIMERLAT_FD "osnoise/per_cpu/cpu0/timerlat_fd"
#define TIMERLAT_PERIOD TRACEFS "osnoise/timerlat_period_us"
#define LONGEST_PERIOD "1000000"
#define USUAL_PERIOD "1000"
#define ASLEEP_TIMEOUT_MS 500

/* Histograms, which count events */

struct histogram {
	struct instance instance;
	int fd;
};

static int obtain_histogram(struct held *held)
{
	struct histogram *histogram = held->state;
	int ret;

	ret = make_instance(held, &histogram->instance);
	if (!ret)
		ret = open_in(held, &histogram->instance,
			      "events/sched/sched_switch/hist", O_RDONLY,
			      "CONFIG_HIST_TRIGGERS", &histogram->fd);
	if (ret)
		return ret;
	return write_in(&histogram->instance,
			"events/sched/sched_switch/trigger",
			"hist:keys=next_pid");
}

static void release_histogram(struct held *held)
{
	const struct histogram *histogram = held->state;

	close_fd(histogram->fd);
	remove_instance(&histogram->instance);
}

static const struct handle histogram = {
	.size = sizeof(struct histogram),
	.obtain = obtain_histogram,
	.release = release_histogram,
};

/* poll(2) is never refused; it reports new events. */
static int use_poll(struct held *held)
{
	const struct histogram *histogram = held->state;
	struct pollfd pollfd = { .fd = histogram->fd, .events = POLLPRI };

	if (poll(&pollfd, 1, 0) < 0)
		return -errno;
	usleep(COUNT_MS * 1000);
	return poll(&pollfd, 1, 0) == 1 ? 0 : -EPERM;
}

/* Copy from a seq_file, which holds its mutex meanwhile. */
static int hold_histogram(struct held *held, __u8 *hole)
{
	const struct histogram *histogram = held->state;

	return result_of(pread(histogram->fd, hole, 16, 0), 16);
}

static int read_histogram(struct held *held, __u8 *unused)
{
	const struct histogram *histogram = held->state;
	char bytes[16];

	return result_of(pread(histogram->fd, bytes, sizeof(bytes), 0),
			 sizeof(bytes));
}

static int open_trigger(struct held *held)
{
	return open_tracefs(held, "events/sched/sched_switch/trigger", APPEND,
			    "CONFIG_HIST_TRIGGERS", held->state);
}

static const struct handle trigger = {
	.size = sizeof(int),
	.obtain = open_trigger,
	.release = release_fd,
	.has_fd = true,
};

static int add_histogram(struct held *held)
{
	const int *fd = held->state;

	return put_and_undo(
		*fd, "hist:keys=next_pid:lockdown=common_timestamp.usecs\n",
		"!hist:keys=next_pid:lockdown=common_timestamp.usecs\n");
}

/* Setting a tracer for which there are few functions */

struct tracer {
	struct instance instance;
	int fd;
};

static int obtain_tracer(struct held *held)
{
	struct tracer *tracer = held->state;
	int ret;

	ret = make_instance(held, &tracer->instance);
	if (!ret &&
	    write_in(&tracer->instance, "set_ftrace_filter", PROFILED " "))
		ret = lack(held, "no function tracer (CONFIG_FUNCTION_TRACER)");
	if (ret)
		return ret;
	return open_in(held, &tracer->instance, "current_tracer", O_WRONLY,
		       "CONFIG_FUNCTION_TRACER", &tracer->fd);
}

static void release_tracer(struct held *held)
{
	const struct tracer *tracer = held->state;

	close_fd(tracer->fd);
	remove_instance(&tracer->instance);
}

static const struct handle tracer = {
	.size = sizeof(struct tracer),
	.obtain = obtain_tracer,
	.release = release_tracer,
};

static void fill_tracer(struct held *held, __u8 *page)
{
	memcpy(page, "function", 8);
}

static int call_tracer(struct held *held, __u8 *hole)
{
	const struct tracer *tracer = held->state;

	return result_of(write(tracer->fd, hole, strlen("function")),
			 strlen("function"));
}

/* The file cannot be read after a raise. */
static bool is_tracing(struct held *held)
{
	const struct tracer *tracer = held->state;
	char path[160], now[32];

	snprintf(path, sizeof(path), "%s/current_tracer",
		 tracer->instance.path);
	return read_text(path, now, sizeof(now)) > 0 &&
	       !strncmp(now, "function", strlen("function"));
}

static int stop_tracing(struct held *held)
{
	const struct tracer *tracer = held->state;

	return put_line(tracer->fd, "nop");
}

/* Tracers of latencies, by their settings and by the wait for a period */

static int obtain_hwlat(struct held *held)
{
	struct tracer *tracer = held->state;
	int ret;

	if (access(TRACEFS "hwlat_detector", F_OK))
		return lack(held, "no hwlat_detector (CONFIG_HWLAT_TRACER)");
	ret = make_instance(held, &tracer->instance);
	return ret   ?:
		       open_in(held, &tracer->instance, "current_tracer",
			       O_WRONLY, "CONFIG_HWLAT_TRACER", &tracer->fd);
}

static const struct handle hwlat = {
	.size = sizeof(struct tracer),
	.obtain = obtain_hwlat,
	.release = release_tracer,
};

static int set_hwlat(struct held *held)
{
	const struct tracer *tracer = held->state;

	return put_and_undo(tracer->fd, "hwlat", "nop");
}

static int open_osnoise(struct held *held)
{
	return open_tracefs(held, "osnoise/stop_tracing_us", O_WRONLY,
			    "CONFIG_OSNOISE_TRACER", held->state);
}

static const struct handle osnoise = {
	.size = sizeof(int),
	.obtain = open_osnoise,
	.release = release_fd,
	.has_fd = true,
};

static int set_osnoise(struct held *held)
{
	const int *fd = held->state;

	return put_line(*fd, "0\n");
}

struct timerlat {
	struct instance instance;
	int fd;
	pthread_t thread;
	atomic_int tid;
	bool waits;
	/* The last read */
	struct timespec began;
	int result;
};

static int obtain_timerlat(struct held *held)
{
	struct timerlat *timerlat = held->state;
	int ret;

	if (write_text(TRACEFS "osnoise/options", "NO_OSNOISE_WORKLOAD") ||
	    write_text(TIMERLAT_PERIOD, LONGEST_PERIOD))
		return lack(held, "no timerlat (CONFIG_TIMERLAT_TRACER)");
	ret = make_instance(held, &timerlat->instance);
	return ret   ?:
		       write_in(&timerlat->instance, "current_tracer",
				"timerlat");
}

/* The tracer kills the process of a reader that it leaves behind. */
static void release_timerlat(struct held *held)
{
	const struct timerlat *timerlat = held->state;

	close_fd(timerlat->fd);
	remove_instance(&timerlat->instance);
	write_text(TRACEFS "osnoise/options", "OSNOISE_WORKLOAD");
	write_text(TIMERLAT_PERIOD, USUAL_PERIOD);
}

static const struct handle timerlat = {
	.size = sizeof(struct timerlat),
	.obtain = obtain_timerlat,
	.release = release_timerlat,
};

static void open_timerlat(struct timerlat *timerlat)
{
	cpu_set_t first;

	CPU_ZERO(&first);
	CPU_SET(0, &first);
	sched_setaffinity(0, sizeof(first), &first);
	close_fd(timerlat->fd);
	timerlat->fd = open(TRACEFS TIMERLAT_FD, O_RDONLY | O_CLOEXEC);
	timerlat->result = timerlat->fd < 0 ? -errno : 0;
}

static void wait_once(struct timerlat *timerlat)
{
	char byte;

	clock_gettime(CLOCK_MONOTONIC, &timerlat->began);
	timerlat->tid = gettid();
	if (read(timerlat->fd, &byte, 1) < 0)
		timerlat->result = -errno;
}

static void *wait_for_period(void *arg)
{
	open_timerlat(arg);
	if (!((struct timerlat *)arg)->result)
		wait_once(arg);
	return NULL;
}

/* The raise may take longer than a period to come. */
static void *wait_for_raise(void *arg)
{
	struct timerlat *timerlat = arg;

	open_timerlat(timerlat);
	while (!timerlat->result)
		wait_once(timerlat);
	return NULL;
}

static void wait_across(struct held *held)
{
	struct timerlat *timerlat = held->state;
	int ms;

	timerlat->tid = 0;
	timerlat->waits = !pthread_create(&timerlat->thread, NULL,
					  wait_for_raise, timerlat);
	for (ms = 0; ms < ASLEEP_TIMEOUT_MS; ms += 10) {
		if (timerlat->tid && is_asleep(timerlat->tid))
			return;
		usleep(10000);
	}
}

/*
 * A read that began before the raise and ended without an error shows as a
 * later one that failed.
 */
static int use_timerlat(struct held *held)
{
	struct timerlat *timerlat = held->state;
	int ret;

	if (!timerlat->waits) {
		ret = -pthread_create(&timerlat->thread, NULL, wait_for_period,
				      timerlat);
		if (ret)
			return ret;
		pthread_join(timerlat->thread, NULL);
		return timerlat->result;
	}
	timerlat->waits = false;
	pthread_join(timerlat->thread, NULL);
	if (us_between(&held->raised_at, &timerlat->began) > 0)
		return 0;
	return timerlat->result;
}

/* Events of user space, and events made of other events */

struct user_event {
	struct instance instance;
	int fd;
	__u32 index;
	__u32 enabled;
};

static int obtain_user_event(struct held *held)
{
	struct user_event *event = held->state;
	struct user_reg reg = {
		.size = sizeof(reg),
		.enable_size = sizeof(event->enabled),
		.enable_addr = (uintptr_t)&event->enabled,
		.name_args = (uintptr_t)USER_EVENT,
	};
	int ret;

	ret = open_tracefs(held, "user_events_data", O_RDWR,
			   "CONFIG_USER_EVENTS", &event->fd);
	if (!ret)
		ret = make_instance(held, &event->instance);
	if (ret)
		return ret;
	if (ioctl(event->fd, DIAG_IOCSREG, &reg))
		return -errno;
	event->index = reg.write_index;
	return write_in(&event->instance,
			"events/user_events/lockdown_user/enable", "1");
}

static void release_user_event(struct held *held)
{
	const struct user_event *event = held->state;

	remove_instance(&event->instance);
	close_fd(event->fd);
}

static const struct handle user_event = {
	.size = sizeof(struct user_event),
	.obtain = obtain_user_event,
	.release = release_user_event,
};

static int write_user_event(struct held *held)
{
	const struct user_event *event = held->state;
	const __u32 record[] = { event->index, 1 };

	return result_of(write(event->fd, record, sizeof(record)),
			 sizeof(record));
}

/* The answer is that the event is registered already. */
static int register_user_event(struct held *held)
{
	struct user_event *event = held->state;
	struct user_reg reg = {
		.size = sizeof(reg),
		.enable_size = sizeof(event->enabled),
		.enable_addr = (uintptr_t)&event->enabled,
		.name_args = (uintptr_t)USER_EVENT,
	};

	if (!ioctl(event->fd, DIAG_IOCSREG, &reg))
		return -EEXIST;
	return errno == EADDRINUSE ? 0 : -errno;
}

static int open_synthetic(struct held *held)
{
	return open_tracefs(held, "synthetic_events", APPEND,
			    "CONFIG_SYNTH_EVENTS", held->state);
}

static const struct handle synthetic = {
	.size = sizeof(int),
	.obtain = open_synthetic,
	.release = release_fd,
	.has_fd = true,
};

static int add_synthetic(struct held *held)
{
	const int *fd = held->state;

	return put_and_undo(*fd, "lockdown_synthetic int number\n",
			    "!lockdown_synthetic int number\n");
}

/* Adding an event probe, which takes the mutex that guards all events */

struct event_probe {
	struct instance instance;
	int fd, filter;
};

static int obtain_event_probe(struct held *held)
{
	struct event_probe *probe = held->state;
	int ret;

	ret = open_tracefs(held, "dynamic_events", APPEND,
			   "CONFIG_PROBE_EVENTS", &probe->fd);
	if (!ret)
		ret = make_instance(held, &probe->instance);
	if (ret)
		return ret;
	return open_in(held, &probe->instance, "set_event_notrace_pid", APPEND,
		       "CONFIG_FTRACE", &probe->filter);
}

static void release_event_probe(struct held *held)
{
	const struct event_probe *probe = held->state;

	close_fd(probe->fd);
	close_fd(probe->filter);
	remove_instance(&probe->instance);
}

static const struct handle event_probe = {
	.size = sizeof(struct event_probe),
	.obtain = obtain_event_probe,
	.release = release_event_probe,
};

static void fill_spaces(struct held *held, __u8 *page)
{
	memset(page, ' ', PAGE_BYTES);
}

/* Copy while holding the mutex. */
static int hold_events(struct held *held, __u8 *hole)
{
	const struct event_probe *probe = held->state;

	return result_of(write(probe->filter, hole, 2), 2);
}

static int add_event_probe(struct held *held, __u8 *unused)
{
	const struct event_probe *probe = held->state;

	return put_line(probe->fd, "e:lockdown/eprobe sched.sched_switch\n");
}

static bool have_event_probe(struct held *held)
{
	return !access(TRACEFS "events/lockdown/eprobe", F_OK);
}

static int remove_event_probe(struct held *held)
{
	const struct event_probe *probe = held->state;

	return put_line(probe->fd, "-:lockdown/eprobe\n");
}

/*
 * A call that began before a raise may return records from before the raise,
 * and none from after it. So the fillers of the following things do something
 * that would be recorded when the waiting caller is about to go on: no new
 * record may be seen then; without a raise, it is.
 */

/* Read once, and look for @text. */
static int find_new(int fd, const char *text)
{
	char bytes[PAGE_BYTES + 1];
	const ssize_t got = pread(fd, bytes, PAGE_BYTES, 0);

	if (got <= 0)
		return got ? -errno : -ENODATA;
	bytes[got] = '\0';
	return strstr(bytes, text) ? 0 : -EPERM;
}

struct forks {
	struct instance instance;
	int fd, threshold;
};

static int obtain_forks(struct held *held)
{
	struct forks *forks = held->state;
	int ret;

	ret = open_tracefs(held, "tracing_thresh", O_WRONLY,
			   "CONFIG_HWLAT_TRACER", &forks->threshold);
	if (!ret)
		ret = make_instance(held, &forks->instance);
	if (!ret)
		ret = write_in(&forks->instance,
			       "events/sched/sched_process_fork/enable", "1");
	if (ret)
		return ret;
	return open_in(held, &forks->instance, "trace", O_RDONLY,
		       "CONFIG_FTRACE", &forks->fd);
}

static void release_forks(struct held *held)
{
	const struct forks *forks = held->state;

	close_fd(forks->fd);
	close_fd(forks->threshold);
	remove_instance(&forks->instance);
}

static const struct handle forks = {
	.size = sizeof(struct forks),
	.obtain = obtain_forks,
	.release = release_forks,
};

static void *return_null(void *unused)
{
	return NULL;
}

static void fork_and_fill_threshold(struct held *held, __u8 *page)
{
	char name[16] = "";
	pthread_t thread;

	memcpy(page, "0\n", 2);
	prctl(PR_GET_NAME, name);
	prctl(PR_SET_NAME, FORKER);
	if (!pthread_create(&thread, NULL, return_null, NULL))
		pthread_join(thread, NULL);
	prctl(PR_SET_NAME, name);
}

/* Copy while holding the mutex of the tracers. */
static int hold_tracers(struct held *held, __u8 *hole)
{
	const struct forks *forks = held->state;
	char path[160];

	/* Empty the buffer. */
	snprintf(path, sizeof(path), "%s/trace", forks->instance.path);
	close(open(path, O_WRONLY | O_TRUNC | O_CLOEXEC));
	return result_of(write(forks->threshold, hole, 2), 2);
}

static int read_forks(struct held *held, __u8 *unused)
{
	const struct forks *forks = held->state;

	/* The first column has the last name that was saved for a process. */
	return find_new(forks->fd, "comm=" FORKER);
}

struct profile {
	int fd;
	long hits;
};

/* Each CPU has a file of its own. */
static void call_profiled(void)
{
	cpu_set_t before;
	int i;

	sched_getaffinity(0, sizeof(before), &before);
	run_on_cpu(0);
	for (i = 0; i < NR_PROFILED; i++)
		syscall(__NR_getpgid, 0);
	sched_setaffinity(0, sizeof(before), &before);
}

/* The file shows functions that were called before it was opened. */
static int open_profile(struct held *held)
{
	struct profile *profile = held->state;

	call_profiled();
	return open_tracefs(held, "trace_stat/function0", O_RDONLY,
			    "CONFIG_FUNCTION_PROFILER", &profile->fd);
}

static int obtain_profile(struct held *held)
{
	if (write_text(TRACEFS "set_ftrace_filter", PROFILED " ") ||
	    write_text(TRACEFS "function_profile_enabled", "1"))
		return lack(held, "no profile (CONFIG_FUNCTION_PROFILER)");
	return open_profile(held);
}

static void release_profile(struct held *held)
{
	const struct profile *profile = held->state;

	close_fd(profile->fd);
}

static const struct handle profile = {
	.size = sizeof(struct profile),
	.obtain = obtain_profile,
	.release = release_profile,
};

static void call_and_fill_nothing(struct held *held, __u8 *unused)
{
	call_profiled();
}

/* Return the number of calls of the function, or -errno. */
static long read_profile(const struct profile *profile)
{
	char text[PAGE_BYTES + 1], *name;
	const ssize_t got = pread(profile->fd, text, PAGE_BYTES, 0);
	long hits;

	if (got < 0)
		return -errno;
	text[got] = '\0';
	/* Skip the asterisk. */
	name = strstr(text, PROFILED + 1);
	if (!name || sscanf(name, "%*s %ld", &hits) != 1)
		return -ENODATA;
	return hits;
}

static int hold_profile(struct held *held, __u8 *hole)
{
	struct profile *profile = held->state;
	int ret;

	/* Closing the file empties it for all readers. */
	close_fd(profile->fd);
	ret = open_profile(held);
	if (ret)
		return ret;
	profile->hits = read_profile(profile);
	if (profile->hits < 0)
		return profile->hits;
	return result_of(pread(profile->fd, hole, 16, 0), 16);
}

static int find_new_calls(struct held *held, __u8 *unused)
{
	const struct profile *profile = held->state;
	const long hits = read_profile(profile);

	if (hits < 0)
		return hits;
	return hits >= profile->hits + NR_PROFILED ? 0 : -EPERM;
}

static int obtain_stack(struct held *held)
{
	if (write_text(TRACEFS "stack_trace_filter", PROFILED " ") ||
	    write_text(TRACEFS "stack_trace_filter", DEEP " ") ||
	    write_text("/proc/sys/kernel/stack_tracer_enabled", "1"))
		return lack(held, "no stack_trace (CONFIG_STACK_TRACER)");
	return open_tracefs(held, "stack_trace", O_RDONLY,
			    "CONFIG_STACK_TRACER", held->state);
}

static const struct handle stack = {
	.size = sizeof(int),
	.obtain = obtain_stack,
	.release = release_fd,
};

/* Call another function than the one with the deepest stack so far. */
static void call_deep(struct held *held, __u8 *unused)
{
	syscall(__NR_getsid, 0);
}

static int forget_stack(void)
{
	return write_text(TRACEFS "stack_max_size", "0");
}

static int hold_stack(struct held *held, __u8 *hole)
{
	const int *fd = held->state;
	int ret = forget_stack();

	syscall(__NR_getpgid, 0);
	/* All stacks have equal depth. */
	ret = ret ?: forget_stack();
	if (ret)
		return ret;
	return result_of(pread(*fd, hole, 16, 0), 16);
}

static int read_stack(struct held *held, __u8 *unused)
{
	const int *fd = held->state;

	/* Skip the asterisk. */
	return find_new(*fd, DEEP + 1);
}

/*
 * Parked things stand in lock order: read of a histogram takes the lock that
 * an event probe waits for.
 */
static const struct thing tracer_things[] = {
	{
		.name = "tracer.histogram",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.handle = &histogram,
		.use = use_poll,
		.kept.title = "events counted in a histogram",
		.kept.places = HERE,
	},
	{
		.name = "tracer.histogram_trigger",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.handle = &trigger,
		.use = add_histogram,
		.kept.title = "histogram with a variable through kept trigger",
		.kept.places = HERE,
	},
	{
		.name = "tracer.hwlat",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.handle = &hwlat,
		.use = set_hwlat,
		.kept.title = "hwlat through kept current_tracer",
		.kept.places = HERE,
	},
	{
		.name = "tracer.osnoise",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.handle = &osnoise,
		.use = set_osnoise,
		.kept.title = "write to kept osnoise/stop_tracing_us",
		.kept.places = EVERYWHERE | DUPED | PASSED,
	},
	{
		.name = "tracer.timerlat",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.handle = &timerlat,
		.use = use_timerlat,
		.kept.title = "read of timerlat_fd that waits for its period",
		.kept.places = HERE,
		.kept.before = wait_across,
	},
	{
		.name = "tracer.user_event",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.handle = &user_event,
		.use = write_user_event,
		.kept.title = "event through kept user_events_data",
		.kept.places = EVERYWHERE,
	},
	{
		.name = "tracer.user_event_again",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.handle = &user_event,
		.use = register_user_event,
		.kept.title = "register an event by kept user_events_data",
		.kept.places = HERE | THREAD,
	},
	{
		.name = "tracer.synthetic",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.handle = &synthetic,
		.use = add_synthetic,
		.kept.title = "event through kept synthetic_events",
		.kept.places = EVERYWHERE | DUPED | PASSED,
	},
	{
		.name = "tracer.set",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.handle = &tracer,
		.parked = {
			.title = "write to current_tracer",
			.call = call_tracer,
			.fill = fill_tracer,
			.took_effect = is_tracing,
			.undo = stop_tracing,
		},
	},
	{
		.name = "tracer.histogram_waits",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.handle = &histogram,
		.parked = {
			.title = "read of hist that waits for another",
			.call = read_histogram,
			.hold = hold_histogram,
		},
	},
	{
		.name = "tracer.event_probe",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.handle = &event_probe,
		.parked = {
			.title =
				"event probe that waits for a filter of events",
			.call = add_event_probe,
			.fill = fill_spaces,
			.hold = hold_events,
			.hold_error = EPERM,
			.took_effect = have_event_probe,
			.undo = remove_event_probe,
		},
	},
	{
		.name = "tracer.new_event",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.handle = &forks,
		.parked = {
			.title = "new event for a read of trace that waits",
			.call = read_forks,
			.fill = fork_and_fill_threshold,
			.hold = hold_tracers,
		},
	},
	{
		.name = "tracer.profile",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.handle = &profile,
		.parked = {
			.title = "new call for a read of a profile that waits",
			.call = find_new_calls,
			.fill = call_and_fill_nothing,
			.hold = hold_profile,
		},
	},
	{
		.name = "tracer.stack",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.handle = &stack,
		.parked = {
			.title =
				"new stack for a read of stack_trace that waits",
			.call = read_stack,
			.fill = call_deep,
			.hold = hold_stack,
		},
	},
};

REGISTER_THINGS(tracer_things);
