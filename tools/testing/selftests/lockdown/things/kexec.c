// SPDX-License-Identifier: GPL-2.0-only
/* Images of another kernel: loaded, unloaded, and staged for later. */

#define _GNU_SOURCE
#include "../lib/file.h"
#include "../lib/kexec.h"
#include "../thing.h"

#ifndef KEXEC_FILE_UNLOAD
#define KEXEC_FILE_UNLOAD 0x00000001
#define KEXEC_FILE_ON_CRASH 0x00000002
#define KEXEC_FILE_NO_INITRAMFS 0x00000004
#endif

/* An image to reboot to, or one for a crash. */
struct kind {
	bool crash;
	/* File that says whether such an image is loaded. */
	const char *loaded;
	unsigned long flags, file_flags;
};

static const struct kind image = {
	.loaded = "/sys/kernel/kexec_loaded",
};

static const struct kind crash_image = {
	.crash = true,
	.loaded = "/sys/kernel/kexec_crash_loaded",
	.flags = KEXEC_ON_CRASH,
	.file_flags = KEXEC_FILE_ON_CRASH,
};

static unsigned long target_of(const struct kind *kind)
{
	return kind->crash ? crash_memory() : KEXEC_TARGET;
}

/* An image of another program must not be replaced. */
static int find_place(struct held *held)
{
	const struct kind *kind = held->thing->arg;

	if (!target_of(kind))
		return lack(held, "no memory for a crash kernel (%s)",
			    "crashkernel=");
	if (read_number("/proc/sys/kernel/kexec_load_disabled") > 0)
		return lack(held, "no kexec (kernel.kexec_load_disabled)");
	if (read_number(kind->loaded) > 0)
		return lack(held, "no place: an image is loaded already (%s)",
			    kind->loaded);
	return 0;
}

static int obtain_place(struct held *held)
{
	if (!have_kexec_load())
		return lack(held, "no kexec_load (CONFIG_KEXEC)");
	return find_place(held);
}

static const struct handle place = {
	.obtain = obtain_place,
};

/* Two pages, loaded and dropped again without ever being executed. */
static int use_load(struct held *held)
{
	static const __u8 code[2 * PAGE_BYTES];
	const struct kind *kind = held->thing->arg;
	const unsigned long target = target_of(kind);
	const struct segment segments[] = {
		{ code, PAGE_BYTES, target, PAGE_BYTES },
		{ code, 16, target + 2 * PAGE_BYTES, PAGE_BYTES },
	};
	const int ret =
		kexec_load(target, segments, ARRAY_SIZE(segments), kind->flags);

	return ret ?: kexec_load(0, NULL, 0, kind->flags);
}

/*
 * The unload only removes an image, and is allowed where no image can be
 * loaded.
 */
static int use_unload(struct held *held)
{
	const struct kind *kind = held->thing->arg;

	return kexec_load(0, NULL, 0, kind->flags);
}

/* The image is the missing page. */
static int call_load(struct held *held, __u8 *hole)
{
	const struct kind *kind = held->thing->arg;
	const unsigned long target = target_of(kind);
	const struct segment segment = { hole, PAGE_BYTES, target, PAGE_BYTES };

	return kexec_load(target, &segment, 1, kind->flags);
}

static bool is_loaded(struct held *held)
{
	const struct kind *kind = held->thing->arg;

	return read_number(kind->loaded) == 1;
}

static int kexec_file_load(int fd, size_t cmdline_len, const char *cmdline,
			   unsigned long flags)
{
	if (syscall(__NR_kexec_file_load, fd, -1, cmdline_len, cmdline, flags))
		return -errno;
	return 0;
}

/* See have_kexec_load(). */
static bool have_kexec_file_load(void)
{
	const int ret = kexec_file_load(-1, 0, NULL, ~0UL);

	return ret == -EINVAL || ret == -EPERM;
}

static int obtain_file_place(struct held *held)
{
	if (!have_kexec_file_load())
		return lack(held, "no kexec_file_load (CONFIG_KEXEC_FILE)");
	return find_place(held);
}

static const struct handle file_place = {
	.obtain = obtain_file_place,
};

static int use_file_load(struct held *held)
{
	const char *path = getenv("LOCKDOWN_KERNEL_IMAGE") ?: "/boot/bzImage";
	const struct kind *kind = held->thing->arg;
	const unsigned long flags = kind->file_flags;
	int fd, ret;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return cannot_open(held, path, "$LOCKDOWN_KERNEL_IMAGE");
	ret = kexec_file_load(fd, 1, "", flags | KEXEC_FILE_NO_INITRAMFS);
	if (!ret)
		ret = kexec_file_load(-1, 0, NULL, flags | KEXEC_FILE_UNLOAD);
	close(fd);
	return ret;
}

static int use_file_unload(struct held *held)
{
	const struct kind *kind = held->thing->arg;

	return kexec_file_load(-1, 0, NULL,
			       kind->file_flags | KEXEC_FILE_UNLOAD);
}

/* Staged images, which are never started */

struct staged {
	bool is_ours;
};

/* A racer stages the image again and again. */
static int obtain_staged(struct held *held)
{
	static const __u8 code[PAGE_BYTES];
	const struct kind *kind = held->thing->arg;
	const unsigned long target = target_of(kind);
	const struct segment segment = { code, PAGE_BYTES, target, PAGE_BYTES };
	struct staged *staged = held->state;
	const int ret = staged->is_ours ? 0 : obtain_place(held);

	if (ret)
		return ret;
	staged->is_ours = true;
	return kexec_load(target, &segment, 1, kind->flags);
}

static void release_staged(struct held *held)
{
	const struct kind *kind = held->thing->arg;
	const struct staged *staged = held->state;

	if (staged->is_ours)
		kexec_load(0, NULL, 0, kind->flags);
}

static const struct handle staged = {
	.size = sizeof(struct staged),
	.obtain = obtain_staged,
	.release = release_staged,
};

static int look_at_image(struct held *held)
{
	const struct kind *kind = held->thing->arg;
	const long number = read_number(kind->loaded);

	return number == 1 ? 0 : number ? -EIO : -EPERM;
}

static const struct thing kexec_things[] = {
	{
		.name = "kexec.load",
		.reason = "KEXEC",
		.denied_from = INTEGRITY,
		.handle = &place,
		.arg = &image,
		.use = use_load,
		.object = "kexec_load",
		.level.title = "kexec_load an image",
	},
	{
		.name = "kexec.load_crash",
		.reason = "KEXEC",
		.denied_from = INTEGRITY,
		.handle = &place,
		.arg = &crash_image,
		.use = use_load,
		.object = "kexec_load",
		.level.title = "kexec_load a crash image",
		.parked = {
			.title = "kexec_load of a crash image",
			.call = call_load,
			.took_effect = is_loaded,
			.undo = use_unload,
		},
	},
	{
		.name = "kexec.file",
		.reason = "KEXEC",
		.denied_from = INTEGRITY,
		.handle = &file_place,
		.arg = &image,
		.use = use_file_load,
		.object = "?*",
		.level.title = "kexec_file_load an unsigned kernel",
	},
	{
		.name = "kexec.file_crash",
		.reason = "KEXEC",
		.denied_from = INTEGRITY,
		.handle = &file_place,
		.arg = &crash_image,
		.use = use_file_load,
		.object = "?*",
		.level.title = "kexec_file_load an unsigned crash kernel",
	},
	{
		.name = "kexec.unload",
		.reason = "KEXEC",
		.denied_from = NEVER,
		.handle = &place,
		.arg = &image,
		.use = use_unload,
		.level.title = "unload an image, kexec_load",
	},
	{
		.name = "kexec.file_unload",
		.reason = "KEXEC",
		.denied_from = NEVER,
		.handle = &file_place,
		.arg = &image,
		.use = use_file_unload,
		.level.title = "unload an image, kexec_file_load",
	},
	{
		.name = "kexec.staged",
		.reason = "KEXEC",
		.denied_from = INTEGRITY,
		.handle = &staged,
		.arg = &image,
		.use = look_at_image,
		.kept.title = "staged kexec image",
		.kept.places = HERE,
		.raced.title = "staging a kexec image",
		.raced.again = true,
	},
	{
		.name = "kexec.staged_crash",
		.reason = "KEXEC",
		.denied_from = INTEGRITY,
		.handle = &staged,
		.arg = &crash_image,
		.use = look_at_image,
		.kept.title = "staged crash image",
		.kept.places = HERE,
	},
};

REGISTER_THINGS(kexec_things);
