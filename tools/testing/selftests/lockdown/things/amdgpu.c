// SPDX-License-Identifier: GPL-2.0-only
/* The registers of an AMD GPU in debugfs, by its driver without the GPU. */

#define _GNU_SOURCE
#include "../lib/load.h"
#include "../lib/mount.h"
#include "../thing.h"

#define DIRECTORY "/sys/kernel/debug/lockdown_amdgpu"

static const struct stand_in stand_in = {
	.name = "lockdown_amdgpu",
	.option = "of x86-64",
};

static int obtain_amdgpu(struct held *held)
{
	bool *const loaded = held->state;
	const int ret = mount_private(held, "debugfs", "/sys/kernel/debug");

	return ret ?: load_stand_in(held, &stand_in, loaded);
}

static void release_amdgpu(struct held *held)
{
	const bool *const loaded = held->state;

	drop_stand_in(&stand_in, *loaded);
}

static const struct handle amdgpu = {
	.size = sizeof(bool),
	.obtain = obtain_amdgpu,
	.release = release_amdgpu,
};

static int use_registers(struct held *held)
{
	int fd;

	if (access(DIRECTORY, F_OK))
		return -ENXIO;
	fd = open(DIRECTORY "/amdgpu_regs", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static const struct thing amdgpu_things[] = {
	{
		.name = "amdgpu.registers",
		.reason = "PCI_ACCESS",
		.denied_from = INTEGRITY,
		.handle = &amdgpu,
		.use = use_registers,
		.level.title = "open the registers of an AMD GPU, debugfs",
		.level.absent = ENOENT,
	},
};

REGISTER_THINGS(amdgpu_things);
