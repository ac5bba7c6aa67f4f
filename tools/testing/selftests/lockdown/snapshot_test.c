// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown selftest: an image of the system that was made before a raise.
 *
 * The program that hibernates the machine from user space has it frozen, makes
 * an image of its memory, and reads the image to store it.  If the program
 * raises the level first, the image must not be readable any more; but the
 * machine must resume.  Nothing else can run meanwhile, so this test is a
 * program of its own.
 *
 * The machine stays locked until it reboots, so it runs only when
 * $LOCKDOWN_TEST_RAISE is 1, and once a boot.
 */

#define _GNU_SOURCE
#include <linux/suspend_ioctls.h>

#include "common.h"
#include "lib/file.h"
#include "lib/level.h"
#include "lib/row.h"

#define DEVICE "/dev/snapshot"

static int make_image(int fd)
{
	int in_suspend = 0;

	if (ioctl(fd, SNAPSHOT_FREEZE))
		return -errno;
	if (ioctl(fd, SNAPSHOT_CREATE_IMAGE, &in_suspend))
		return -errno;
	/* The variable is zero once the machine has resumed from the image. */
	return in_suspend ? 0 : -EIO;
}

static int read_image(int fd)
{
	__u8 page[PAGE_BYTES];
	const ssize_t got = read(fd, page, sizeof(page));

	if (got < 0)
		return -errno;
	return got == sizeof(page) ? 0 : -EIO;
}

static int drop_image(int fd)
{
	if (ioctl(fd, SNAPSHOT_FREE) || ioctl(fd, SNAPSHOT_UNFREEZE))
		return -errno;
	return 0;
}

int main(void)
{
	int fd;

	begin_raising();
	fd = open(DEVICE, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		ksft_exit_skip("no " DEVICE
			       " (CONFIG_HIBERNATION_SNAPSHOT_DEV)\n");
	report_plan(7);

	report_result(make_image(fd), 0, "none: make an image");
	report_result(read_image(fd), 0, "none: read of an image");
	report_result(drop_image(fd), 0, "none: go on");

	report_result(make_image(fd), 0, "none: make another image");
	report_result(write_text(LOCKDOWN_FILE, "integrity"), 0,
		      "none: write integrity while all else is frozen");
	report_result(read_image(fd), -EPERM,
		      "integrity: read of a kept image");
	report_result(drop_image(fd), 0, "integrity: go on");
	report_end();
}
