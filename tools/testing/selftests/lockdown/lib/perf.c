// SPDX-License-Identifier: GPL-2.0-only
/* Events of perf. */

#define _GNU_SOURCE
#include "../thing.h"
#include "perf.h"

/* The documented way to ask whether there is perf_event_open(2). */
int no_perf(struct held *held)
{
	if (access("/proc/sys/kernel/perf_event_paranoid", F_OK))
		return lack(held, "no perf events (CONFIG_PERF_EVENTS)");
	return 0;
}

/* Open an event of this process; return a descriptor or -errno. */
int open_perf(struct perf_event_attr *attr)
{
	int fd;

	attr->size = sizeof(*attr);
	fd = syscall(__NR_perf_event_open, attr, 0, -1, -1,
		     PERF_FLAG_FD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}
