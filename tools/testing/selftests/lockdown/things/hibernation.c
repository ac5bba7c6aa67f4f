// SPDX-License-Identifier: GPL-2.0-only
/* Hibernation: by the kernel, and by way of /dev/snapshot. */

#define _GNU_SOURCE
#include <linux/suspend_ioctls.h>

#include "../lib/file.h"
#include "../thing.h"

static int use_open(struct held *held)
{
	const char *const path = "/dev/snapshot";
	const int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return cannot_open(held, path,
				   "CONFIG_HIBERNATION_SNAPSHOT_DEV");
	close(fd);
	return 0;
}

/* Stop after freezing user space. */
static int use_start(struct held *held)
{
	int ret;

	if (write_text("/sys/power/pm_test", "freezer"))
		return lack(held, "no /sys/power/pm_test (CONFIG_PM_DEBUG)");
	ret = write_text("/sys/power/state", "disk");
	write_text("/sys/power/pm_test", "none");
	return ret;
}

static int open_mode(struct held *held)
{
	int *const fd = held->state;

	*fd = open("/sys/power/disk", O_RDWR | O_CLOEXEC);
	return *fd < 0 ? cannot_open(held, "/sys/power/disk",
				     "CONFIG_HIBERNATION") :
			 0;
}

static void close_fd(struct held *held)
{
	const int *const fd = held->state;

	if (*fd > 0)
		close(*fd);
}

static const struct handle mode_file = {
	.size = sizeof(int),
	.obtain = open_mode,
	.release = close_fd,
	.has_fd = true,
};

static int put_mode(int fd, const char *mode)
{
	return result_of(pwrite(fd, mode, strlen(mode), 0), strlen(mode));
}

/* Sets the mode that is set, which stands in brackets. */
static int use_mode(struct held *held)
{
	const int fd = *(int *)held->state;
	char modes[128], *mode, *end;
	ssize_t len;

	len = pread(fd, modes, sizeof(modes) - 1, 0);
	if (len < 0)
		return -errno;
	modes[len] = '\0';
	/* States that cannot be had show as "[disabled]". */
	mode = strchr(modes, '[');
	end = mode ? strchr(mode, ']') : NULL;
	if (!end)
		return -EIO;
	*end = '\0';
	if (!strcmp(mode + 1, "disabled"))
		return put_mode(fd, "shutdown");
	return put_mode(fd, mode + 1);
}

/*
 * No device has this number, and so no image. The write reports success even
 * where it was refused: boot scripts do not expect an error.
 */
static int use_resume(struct held *held)
{
	const char *const path = "/sys/power/resume";
	char device[32];
	int ret;

	if (read_text(path, device, sizeof(device)) < 0)
		return lack(held, "no %s (CONFIG_HIBERNATION)", path);
	if (strcmp(device, "0:0\n"))
		return lack(held, "no free %s: a device is set", path);
	ret = write_text(path, "254:200");
	if (ret)
		return ret;
	if (read_text(path, device, sizeof(device)) < 0)
		return -EIO;
	if (!strcmp(device, "0:0\n"))
		return WITHHELD;
	return write_text(path, "0:0");
}

/* Open for writing an image to resume from; at most one byte follows. */
static int open_snapshot(struct held *held)
{
	int *const fd = held->state;

	*fd = open("/dev/snapshot", O_WRONLY | O_CLOEXEC);
	if (*fd < 0)
		return cannot_open(held, "/dev/snapshot",
				   "CONFIG_HIBERNATION_SNAPSHOT_DEV");
	return 0;
}

/* No more than one can have it open. */
static const struct handle snapshot = {
	.size = sizeof(int),
	.obtain = open_snapshot,
	.release = close_fd,
	.shared = true,
};

static int use_write(struct held *held)
{
	return result_of(write(*(int *)held->state, "", 1), 1);
}

static int use_ask(struct held *held)
{
	__kernel_loff_t size = -1;

	if (ioctl(*(int *)held->state, SNAPSHOT_AVAIL_SWAP_SIZE, &size))
		return -errno;
	return size >= 0 ? 0 : -EIO;
}

static int use_drop(struct held *held)
{
	const int fd = *(int *)held->state;

	if (ioctl(fd, SNAPSHOT_UNFREEZE) || ioctl(fd, SNAPSHOT_FREE))
		return -errno;
	return 0;
}

static const struct thing hibernation_things[] = {
	{
		.name = "hibernation.open",
		.reason = "HIBERNATION",
		.denied_from = INTEGRITY,
		.use = use_open,
		.object = "open of /dev/snapshot",
		.level.title = "open /dev/snapshot",
	},
	{
		.name = "hibernation.start",
		.reason = "HIBERNATION",
		.denied_from = INTEGRITY,
		.use = use_start,
		.object = "hibernate",
		.level.title = "start to hibernate",
	},
	{
		.name = "hibernation.mode",
		.reason = "HIBERNATION",
		.denied_from = INTEGRITY,
		.handle = &mode_file,
		.use = use_mode,
		.object = "/sys/power/disk",
		.level.title = "set how to hibernate",
		.kept.title = "write to kept /sys/power/disk",
		.kept.places = EVERYWHERE | DUPED | PASSED,
	},
	{
		.name = "hibernation.resume",
		.reason = "HIBERNATION",
		.denied_from = INTEGRITY,
		.use = use_resume,
		.object = "resume",
		.level.title = "set where to resume from",
		.level.withheld = true,
	},
	{
		.name = "hibernation.write",
		.reason = "HIBERNATION",
		.denied_from = INTEGRITY,
		.handle = &snapshot,
		.use = use_write,
		.kept.title = "write to kept /dev/snapshot",
		.kept.places = HERE,
	},
	{
		.name = "hibernation.ask",
		.reason = "HIBERNATION",
		.denied_from = INTEGRITY,
		.handle = &snapshot,
		.use = use_ask,
		.kept.title = "SNAPSHOT_AVAIL_SWAP_SIZE on kept /dev/snapshot",
		.kept.places = HERE,
	},
	{
		.name = "hibernation.drop",
		.reason = "HIBERNATION",
		.denied_from = NEVER,
		.handle = &snapshot,
		.use = use_drop,
		.kept.title =
			"SNAPSHOT_UNFREEZE, SNAPSHOT_FREE on kept /dev/snapshot",
		.kept.places = HERE,
	},
};

REGISTER_THINGS(hibernation_things);
