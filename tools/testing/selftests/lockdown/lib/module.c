// SPDX-License-Identifier: GPL-2.0-only
/* The modules that are installed with the tests. */

#define _GNU_SOURCE
#include <sys/stat.h>
#include <sys/syscall.h>

#include "../common.h"
#include "module.h"

/**
 * open_module - open the file of a module
 * @name: its name, with .ko
 *
 * Looks in $LOCKDOWN_MODULE_DIR, else in modules/ beside the program, else in
 * test_modules/, where an installed selftest has the bare module.
 *
 * Return: a descriptor, or -errno.
 */
int open_module(const char *name)
{
	static const char *const dirs[] = { "modules", "test_modules" };
	const char *env = getenv("LOCKDOWN_MODULE_DIR");
	char self[1024], path[2048];
	ssize_t len;
	size_t i;
	int fd;

	if (env) {
		snprintf(path, sizeof(path), "%s/%s", env, name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		return fd < 0 ? -errno : fd;
	}

	len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (len < 0)
		return -errno;
	self[len] = '\0';
	*strrchr(self, '/') = '\0';

	for (i = 0; i < ARRAY_SIZE(dirs); i++) {
		snprintf(path, sizeof(path), "%s/%s/%s", self, dirs[i], name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd >= 0)
			return fd;
	}
	return -errno;
}

/**
 * load_module_with - load a module with parameters
 * @name: the name of its file
 * @parameters: as insmod takes them
 *
 * Return: 0, or -errno; -ENOENT if there is no such file.
 */
int load_module_with(const char *name, const char *parameters)
{
	int fd, ret;

	fd = open_module(name);
	if (fd < 0)
		return fd;
	ret = syscall(__NR_finit_module, fd, parameters, 0) ? -errno : 0;
	close(fd);
	return ret;
}

int load_module(const char *name)
{
	return load_module_with(name, "");
}

/**
 * read_module - read the file of a module
 * @name: the name of the file
 * @image: gets all of it, in malloc'ed memory
 *
 * Return: the length, or -errno.
 */
ssize_t read_module(const char *name, __u8 **image)
{
	struct stat st;
	ssize_t got;
	int fd;

	*image = NULL;
	fd = open_module(name);
	if (fd < 0)
		return fd;

	if (fstat(fd, &st)) {
		got = -errno;
		goto out;
	}
	*image = malloc(st.st_size);
	if (!*image) {
		got = -ENOMEM;
		goto out;
	}
	got = pread(fd, *image, st.st_size, 0);
	if (got != st.st_size) {
		free(*image);
		got = got < 0 ? -errno : -EIO;
	}
out:
	close(fd);
	return got;
}

bool module_loaded(void)
{
	return !access("/sys/module/" PROBE_MODULE, F_OK);
}

/* Unload the probe; return 0 or -errno. */
int unload_module(void)
{
	if (syscall(__NR_delete_module, PROBE_MODULE, O_NONBLOCK))
		return -errno;
	return 0;
}
