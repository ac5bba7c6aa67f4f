// SPDX-License-Identifier: GPL-2.0-only
/* TPMI: registers of a processor in debugfs, of a device that is not there. */

#define _GNU_SOURCE
#include "../lib/load.h"
#include "../lib/mount.h"
#include "../thing.h"

/* The last register of the only instance. */
#define POISON "0,60,0x5a17"
#define POISON_SHOWN "00005a17"

#define DUMP "tpmi-id-80/mem_dump"

struct tpmi {
	int fd;
	int dump;
	bool loaded;
};

struct tpmi_file {
	const char *name;
	int flags;
};

static const struct stand_in stand_in = {
	.name = "lockdown_tpmi",
	.option = "CONFIG_INTEL_TPMI",
};

/* Open a file that the driver offers; return a descriptor or -errno. */
static int open_tpmi(const char *name, int flags)
{
	char pattern[64];
	glob_t files;
	int fd;

	snprintf(pattern, sizeof(pattern), "/sys/kernel/debug/tpmi-*/%s", name);
	if (glob(pattern, 0, NULL, &files))
		return -ENOENT;
	fd = open(files.gl_pathv[0], flags | O_CLOEXEC);
	if (fd < 0)
		fd = -errno;
	globfree(&files);
	return fd;
}

/*
 * The driver decides whether it offers the files when it finds the device, and
 * is silent about it.
 */
static int obtain_tpmi(struct held *held)
{
	static const char bound[] =
		"/sys/bus/auxiliary/drivers/intel_vsec_tpmi/intel_vsec.tpmi.0";
	const struct tpmi_file *file = held->thing->arg;
	struct tpmi *tpmi = held->state;
	int ret;

	ret = mount_private(held, "debugfs", "/sys/kernel/debug");
	if (!ret)
		ret = load_stand_in(held, &stand_in, &tpmi->loaded);
	if (ret)
		return ret;
	if (access(bound, F_OK))
		return -ENXIO;
	tpmi->fd = open_tpmi(file->name, file->flags);
	tpmi->dump = open_tpmi(DUMP, O_RDONLY);
	return tpmi->fd < 0 ? tpmi->fd : 0;
}

static void release_tpmi(struct held *held)
{
	const struct tpmi *tpmi = held->state;

	if (tpmi->fd > 0)
		close(tpmi->fd);
	if (tpmi->dump > 0)
		close(tpmi->dump);
	drop_stand_in(&stand_in, tpmi->loaded);
}

static const struct handle tpmi_file = {
	.size = sizeof(struct tpmi),
	.obtain = obtain_tpmi,
	.release = release_tpmi,
	.has_fd = true,
};

static int use_read(struct held *held)
{
	const struct tpmi *tpmi = held->state;
	char text[64];

	return result_of(pread(tpmi->fd, text, sizeof(text), 0), sizeof(text));
}

static int put(int fd, const char *text)
{
	return result_of(write(fd, text, strlen(text)), strlen(text));
}

static int use_write(struct held *held)
{
	const struct tpmi *tpmi = held->state;

	return put(tpmi->fd, "0,60,1");
}

static int call_write(struct held *held, __u8 *hole)
{
	const struct tpmi *tpmi = held->state;
	const size_t len = strlen(POISON);

	return result_of(write(tpmi->fd, hole, len), len);
}

static void fill_write(struct held *held, __u8 *page)
{
	memcpy(page, POISON, strlen(POISON));
}

static bool has_written(struct held *held)
{
	const struct tpmi *tpmi = held->state;
	char text[512] = "";

	return pread(tpmi->dump, text, sizeof(text) - 1, 0) > 0 &&
	       strstr(text, POISON_SHOWN);
}

static int undo_write(struct held *held)
{
	const struct tpmi *tpmi = held->state;

	return put(tpmi->fd, "0,60,0");
}

static const struct thing tpmi_things[] = {
	{
		.name = "tpmi.table",
		.reason = "DEV_MEM",
		.denied_from = INTEGRITY,
		.handle = &tpmi_file,
		.use = use_read,
		.arg = &(const struct tpmi_file){ "pfs_dump", O_RDONLY },
		.kept.title = "read of the table of TPMI, kept debugfs file",
		.kept.places = HERE,
	},
	{
		.name = "tpmi.dump",
		.reason = "DEV_MEM",
		.denied_from = INTEGRITY,
		.handle = &tpmi_file,
		.use = use_read,
		.arg = &(const struct tpmi_file){ DUMP, O_RDONLY },
		.level.title = "read TPMI registers, debugfs",
		.level.absent = ENOENT,
		.kept.title = "read of TPMI registers, kept debugfs file",
		.kept.places = HERE,
	},
	{
		.name = "tpmi.write",
		.reason = "DEV_MEM",
		.denied_from = INTEGRITY,
		.handle = &tpmi_file,
		.use = use_write,
		.arg = &(const struct tpmi_file){ "tpmi-id-80/mem_write",
						  O_RDWR },
		.kept.title = "write to TPMI registers, kept debugfs file",
		.kept.places = HERE,
		.parked = {
			.title = "write to TPMI registers",
			.call = call_write,
			.fill = fill_write,
			.took_effect = has_written,
			.undo = undo_write,
		},
	},
};

REGISTER_THINGS(tpmi_things);
