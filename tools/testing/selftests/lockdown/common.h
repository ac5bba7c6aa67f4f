/* SPDX-License-Identifier: GPL-2.0-only */
/* The lockdown selftests share this; functions for them are in lib/. */

#ifndef _LOCKDOWN_SELFTEST_COMMON_H
#define _LOCKDOWN_SELFTEST_COMMON_H

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "../kselftest.h"

#define TRACEFS "/sys/kernel/tracing/"

#define PAGE_BYTES 4096

/* The host bridge: every machine with PCI has one. */
#define HOST_BRIDGE "0000:00:00.0"

static inline const char *errno_name(int error)
{
	const char *name = strerrorname_np(error);

	return name ? name : "unknown";
}

static inline long us_between(const struct timespec *from,
			      const struct timespec *to)
{
	return (to->tv_sec - from->tv_sec) * 1000000 +
	       (to->tv_nsec - from->tv_nsec) / 1000;
}

#endif /* _LOCKDOWN_SELFTEST_COMMON_H */
