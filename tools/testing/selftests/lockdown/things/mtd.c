// SPDX-License-Identifier: GPL-2.0-only
/*
 * MTD: devices of memory that parameters name, of the modules phram and slram.
 * A hardware parameter that was given cannot be taken back, but its device can.
 */

#define _GNU_SOURCE
#include <linux/cramfs_fs.h>
#include <mtd/mtd-user.h>
#include <sys/mount.h>

#include "../lib/file.h"
#include "../lib/frame.h"
#include "../lib/load.h"
#include "../thing.h"

/* Offset past the superblock. */
#define TEXT_AT 2048
#define TEXT_LEN 4

/* A file system is mounted here for a moment, in a private namespace. */
#define MOUNT_POINT "/tmp"

#define PHRAM "lockdown"
#define SLRAM "lkd"

struct mtd {
	int fd;
	const char *name;
	bool loaded;
};

/* A file system without files, which is read by way of a pointer to it. */
static int fill_mtd(const struct mtd *mtd)
{
	const struct cramfs_super super = {
		.magic = CRAMFS_MAGIC,
		.size = PAGE_BYTES,
		.flags = CRAMFS_FLAG_FSID_VERSION_2,
		.signature = CRAMFS_SIGNATURE,
		.fsid = { .blocks = 1, .files = 1 },
		.root = { .mode = S_IFDIR | 0700 },
	};
	int ret;

	ret = result_of(pwrite(mtd->fd, &super, sizeof(super), 0),
			sizeof(super));
	if (ret)
		return ret;
	return result_of(pwrite(mtd->fd, "kept", TEXT_LEN, TEXT_AT), TEXT_LEN);
}

static int open_mtd(struct held *held)
{
	struct mtd *mtd = held->state;
	char text[128], path[64];

	if (!find_file("/sys/class/mtd/mtd?/name", mtd->name, text))
		return -ENODEV;
	*strrchr(text, '/') = '\0';
	snprintf(path, sizeof(path), "/dev/%.31s", strrchr(text, '/') + 1);
	mtd->fd = open(path, O_RDWR | O_CLOEXEC);
	if (mtd->fd < 0)
		return cannot_open(held, path, "CONFIG_MTD");
	return fill_mtd(mtd);
}

/* Place phram in the frame buffer, past the pages of other tests. */
static int obtain_phram(struct held *held)
{
	struct mtd *mtd = held->state;
	char resource[128], params[64];
	off_t frame;
	int ret;

	mtd->name = PHRAM;
	ret = find_frame(held, resource, &frame);
	if (ret)
		return ret;
	snprintf(params, sizeof(params), "phram=" PHRAM ",0x%llx,0x1000",
		 (long long)frame + PAGE_BYTES);
	ret = load_kernel_module(held, "drivers/mtd/devices/phram.ko",
				 "CONFIG_MTD_PHRAM", params);
	if (ret)
		return ret;
	mtd->loaded = true;
	return open_mtd(held);
}

/* By slram= on the command line: in the guest it is not a module. */
static int obtain_slram(struct held *held)
{
	struct mtd *mtd = held->state;
	int ret;

	mtd->name = SLRAM;
	ret = open_mtd(held);
	if (ret == -ENODEV)
		return lack(held, "no slram device \"lkd\" (slram=, %s)",
			    "CONFIG_MTD_SLRAM");
	return ret;
}

static void release_mtd(struct held *held)
{
	const struct mtd *mtd = held->state;

	if (mtd->fd > 0)
		close(mtd->fd);
	if (mtd->loaded && drop_module("phram"))
		not_released("phram", errno);
}

static const struct handle phram = {
	.size = sizeof(struct mtd),
	.obtain = obtain_phram,
	.release = release_mtd,
	.has_fd = true,
	.shared = true,
};

static const struct handle slram = {
	.size = sizeof(struct mtd),
	.obtain = obtain_slram,
	.release = release_mtd,
	.has_fd = true,
	.shared = true,
};

static int compare_mtd(const struct mtd *mtd, const char *expected)
{
	char bytes[TEXT_LEN];
	const int ret =
		result_of(pread(mtd->fd, bytes, TEXT_LEN, TEXT_AT), TEXT_LEN);

	return ret ?: memcmp(bytes, expected, TEXT_LEN) ? -EIO : 0;
}

static int use_read(struct held *held)
{
	return compare_mtd(held->state, "kept");
}

/* Read the change back before it is undone. */
static int restore_mtd(const struct mtd *mtd, const char *changed)
{
	int ret;

	ret = compare_mtd(mtd, changed);
	if (!ret)
		ret = fill_mtd(mtd);
	return ret ? HAD_EFFECT : 0;
}

static int use_write(struct held *held)
{
	const struct mtd *mtd = held->state;
	const int ret =
		result_of(pwrite(mtd->fd, "lost", TEXT_LEN, TEXT_AT), TEXT_LEN);

	return ret ?: restore_mtd(mtd, "lost");
}

static int use_erase(struct held *held)
{
	const struct mtd *mtd = held->state;
	struct erase_info_user erase = {};
	struct mtd_info_user info;

	if (ioctl(mtd->fd, MEMGETINFO, &info))
		return -ENOTTY;
	erase.length = info.erasesize;
	if (ioctl(mtd->fd, MEMERASE, &erase))
		return -errno;
	return restore_mtd(mtd, "\xff\xff\xff\xff");
}

static int use_mount(struct held *held)
{
	const struct mtd *mtd = held->state;
	char source[32], text[4096];

	if (read_text("/proc/filesystems", text, sizeof(text)) <= 0 ||
	    !strstr(text, "\tcramfs\n"))
		return lack(held, "no cramfs (CONFIG_CRAMFS_MTD)");
	snprintf(source, sizeof(source), "mtd:%s", mtd->name);
	if (mount(source, MOUNT_POINT, "cramfs", MS_RDONLY, NULL))
		return -errno;
	return umount(MOUNT_POINT) ? -EBUSY : 0;
}

static const struct thing mtd_things[] = {
	{
		.name = "mtd.phram_read",
		.reason = "MODULE_PARAMETERS",
		.denied_from = INTEGRITY,
		.handle = &phram,
		.use = use_read,
		.kept.title = "read of a phram device",
		.kept.places = HERE,
	},
	{
		.name = "mtd.phram_write",
		.reason = "MODULE_PARAMETERS",
		.denied_from = INTEGRITY,
		.handle = &phram,
		.use = use_write,
		.kept.title = "write to a phram device",
		.kept.places = HERE,
	},
	{
		.name = "mtd.phram_erase",
		.reason = "MODULE_PARAMETERS",
		.denied_from = INTEGRITY,
		.handle = &phram,
		.use = use_erase,
		.kept.title = "erase of a phram device",
		.kept.places = HERE,
	},
	{
		.name = "mtd.phram_mount",
		.reason = "MODULE_PARAMETERS",
		.denied_from = INTEGRITY,
		.handle = &phram,
		.use = use_mount,
		.kept.title = "mount of a phram device",
		.kept.places = HERE,
	},
	{
		.name = "mtd.slram_read",
		.reason = "MODULE_PARAMETERS",
		.denied_from = INTEGRITY,
		.handle = &slram,
		.use = use_read,
		.kept.title = "read of an slram device",
		.kept.places = HERE,
	},
	{
		.name = "mtd.slram_write",
		.reason = "MODULE_PARAMETERS",
		.denied_from = INTEGRITY,
		.handle = &slram,
		.use = use_write,
		.kept.title = "write to an slram device",
		.kept.places = HERE,
	},
	{
		.name = "mtd.slram_erase",
		.reason = "MODULE_PARAMETERS",
		.denied_from = INTEGRITY,
		.handle = &slram,
		.use = use_erase,
		.kept.title = "erase of an slram device",
		.kept.places = HERE,
	},
	{
		.name = "mtd.slram_mount",
		.reason = "MODULE_PARAMETERS",
		.denied_from = INTEGRITY,
		.handle = &slram,
		.use = use_mount,
		.kept.title = "mount of an slram device",
		.kept.places = HERE,
	},
};

REGISTER_THINGS(mtd_things);
