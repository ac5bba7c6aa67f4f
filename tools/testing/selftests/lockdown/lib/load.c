// SPDX-License-Identifier: GPL-2.0-only
/* Modules that stand in for hardware, and modules of the kernel. */

#define _GNU_SOURCE
#include <sys/utsname.h>

#include "../thing.h"
#include "load.h"
#include "module.h"

/* Return 0, or SKIPPED without loadable modules. */
int no_modules(struct held *held)
{
	if (access("/proc/modules", F_OK))
		return lack(held, "no loadable modules (CONFIG_MODULES)");
	return 0;
}

/**
 * load_stand_in - load a module that stands in for hardware
 * @held: the thing that wants it
 * @module: the module
 * @loaded: set if it was not loaded before, so that the caller has to drop it
 *
 * Return: 0, or SKIPPED.
 */
int load_stand_in(struct held *held, const struct stand_in *module,
		  bool *loaded)
{
	char file[64];
	int ret;

	ret = no_modules(held);
	if (ret)
		return ret;
	snprintf(file, sizeof(file), "%s.ko", module->name);
	ret = load_module_with(file, module->parameters ?: "");
	*loaded = !ret;
	if (!ret || ret == -EEXIST)
		return 0;
	if (ret == -ENOENT)
		return lack(held, "no %s (%s)", file, module->option);
	return lack(held, "no place for the device of %s (%s)", file,
		    errno_name(-ret));
}

/**
 * load_kernel_module - load a module of the kernel that runs
 * @held: the thing that wants it
 * @path: its path below those of this version
 * @option: the option that would provide it
 * @parameters: as insmod takes them
 *
 * Return: 0, -errno, or SKIPPED if the kernel has no such module.
 */
int load_kernel_module(struct held *held, const char *path, const char *option,
		       const char *parameters)
{
	struct utsname uts;
	char full[256];
	int fd, ret;

	ret = no_modules(held);
	if (ret)
		return ret;
	uname(&uts);
	snprintf(full, sizeof(full), "/lib/modules/%s/kernel/%s", uts.release,
		 path);
	fd = open(full, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return lack(held, "no %s (%s)", strrchr(full, '/') + 1, option);
	ret = syscall(__NR_finit_module, fd, parameters, 0) ? -errno : 0;
	close(fd);
	return ret;
}

/* Unload a module; return 0 or -errno. */
int drop_module(const char *name)
{
	return syscall(__NR_delete_module, name, O_NONBLOCK) ? -errno : 0;
}

/**
 * drop_stand_in - release what load_stand_in() has loaded
 * @module: the module
 * @loaded: set by load_stand_in()
 */
void drop_stand_in(const struct stand_in *module, bool loaded)
{
	const int ret = loaded ? drop_module(module->name) : 0;

	if (ret)
		not_released(module->name, -ret);
}
