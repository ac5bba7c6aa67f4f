// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads that a listener of fanotify is asked about, and allows after the raise.
 *
 * To open and close such a file takes a lock that parked calls of tracefs hold.
 * So these come before those, and are let go after them.
 */

#define _GNU_SOURCE
#include "../thing.h"

#define WATCHED_DEBUGFS "/sys/kernel/debug/fault_around_bytes"
#define WATCHED_TRACEFS TRACEFS "buffer_percent"

static int obtain_file(struct held *held)
{
	int *const fd = held->state;

	*fd = open(held->thing->parked.watched, O_RDONLY | O_CLOEXEC);
	return *fd < 0 ? -errno : 0;
}

static void release_file(struct held *held)
{
	const int *const fd = held->state;

	if (*fd > 0)
		close(*fd);
}

static const struct handle watched_file = {
	.size = sizeof(int),
	.obtain = obtain_file,
	.release = release_file,
};

static int call_read(struct held *held, __u8 *unused)
{
	char byte;

	return result_of(read(*(int *)held->state, &byte, 1), 1);
}

static const struct thing listener_things[] = {
	{
		.name = "listener.debugfs",
		.reason = "DEBUGFS",
		.denied_from = INTEGRITY,
		.handle = &watched_file,
		.parked.title = "read of debugfs, in a question to a listener",
		.parked.call = call_read,
		.parked.watched = WATCHED_DEBUGFS,
	},
	{
		.name = "listener.tracefs",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.handle = &watched_file,
		.parked.title = "read of tracefs, in a question to a listener",
		.parked.call = call_read,
		.parked.watched = WATCHED_TRACEFS,
	},
};

REGISTER_THINGS(listener_things);
