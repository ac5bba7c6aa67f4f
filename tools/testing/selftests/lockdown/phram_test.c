// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown selftest: a driver for memory does not take registers.
 *
 * The device comes from a module with an address as parameter, which must be
 * unloaded to be tried again, while no process has the device open. The moment
 * kept has children that inherit all descriptors, so that this is no thing; see
 * things/regs.c for other drivers.
 *
 * The machine stays locked until it reboots, so that this runs only when
 * $LOCKDOWN_TEST_RAISE is 1, and once a boot.
 */

#define _GNU_SOURCE
#include <sys/utsname.h>

#include "common.h"
#include "lib/file.h"
#include "lib/level.h"
#include "lib/row.h"

#define PLATFORM "/sys/bus/platform/"
#define DEVICE PLATFORM "devices/virtio-mmio.0/"

/* A PC has nothing there. */
#define NOWHERE_MEM "0xfed50000"

static int load_all(const char *words)
{
	char command[128];

	snprintf(command, sizeof(command), "modprobe -q %s", words);
	return system(command) ? lacks(words) : 0;
}

static int load_driver(const char *path, const char *parameters)
{
	struct utsname uts;
	char name[256];
	int fd, ret;

	if (uname(&uts))
		return -errno;
	snprintf(name, sizeof(name), "/lib/modules/%s/kernel/%s.ko",
		 uts.release, path);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return lacks(path);
	ret = syscall(__NR_finit_module, fd, parameters, 0) ? -errno : 0;
	close(fd);
	return ret;
}

static int unload_driver(const char *name)
{
	return syscall(__NR_delete_module, name, O_NONBLOCK) ? -errno : 0;
}

/* Loads a module with a parameter, and unloads it. */
static int try_parameter(const char *path, const char *name,
			 const char *parameters)
{
	return load_driver(path, parameters) ?: unload_driver(name);
}

static char mtd_path[32];
static int mtd = -1;

static int bind_phram(void)
{
	const int ret = write_text(DEVICE "driver_override", "phram");

	if (ret)
		return ret;
	return write_text(PLATFORM "drivers/phram/bind", "virtio-mmio.0");
}

static int obtain_phram(void)
{
	int i, ret;

	if (mtd >= 0)
		return 0;
	ret = load_all("virtio_mmio device=4K@" NOWHERE_MEM ":11");
	if (!ret)
		ret = load_all("phram");
	if (ret)
		return ret;
	for (i = 0; i < 16; i++) {
		snprintf(mtd_path, sizeof(mtd_path), "/dev/mtd%d", i);
		if (access(mtd_path, F_OK))
			break;
	}
	ret = bind_phram();
	if (ret)
		return ret;
	mtd = open(mtd_path, O_RDWR | O_CLOEXEC);
	return mtd < 0 ? -errno : 0;
}

static int use_phram_kept(void)
{
	__u32 word;

	return pread(mtd, &word, sizeof(word), 0) < 0 ? -errno : 0;
}

static int use_phram(void)
{
	int ret;

	close(mtd);
	write_text(PLATFORM "drivers/phram/unbind", "virtio-mmio.0");
	ret = bind_phram();
	/* The row before this one is tried again. */
	mtd = ret ? -1 : open(mtd_path, O_RDWR | O_CLOEXEC);
	return ret;
}

/* The kept device came from this module, and is not wanted any more. */
static int use_virtio_mmio(void)
{
	if (lockdown_level() == LEVEL_NONE)
		return 0;
	if (mtd >= 0)
		close(mtd);
	unload_driver("virtio_mmio");
	return try_parameter("drivers/virtio/virtio_mmio", "virtio_mmio",
			     "device=4K@" NOWHERE_MEM ":11");
}

static int obtain_nothing(void)
{
	return 0;
}

static const struct row rows[] = {
	{ "read of registers by a kept phram device", obtain_phram,
	  use_phram_kept, 0, -EPERM },
	{ "phram for registers", obtain_phram, use_phram, 0, -EPERM },
	{ "address of virtio_mmio", obtain_nothing, use_virtio_mmio, 0,
	  -EPERM },
};

int main(void)
{
	begin_raising();
	report_plan(2 * ARRAY_SIZE(rows) + 1);

	try_rows(rows, ARRAY_SIZE(rows), LEVEL_NONE);
	report_result(write_text(LOCKDOWN_FILE, "integrity"), 0,
		      "write integrity");
	try_rows(rows, ARRAY_SIZE(rows), LEVEL_INTEGRITY);
	report_end();
}
