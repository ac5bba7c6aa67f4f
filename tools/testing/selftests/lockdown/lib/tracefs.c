// SPDX-License-Identifier: GPL-2.0-only
/* Files of tracefs, and instances that nobody else uses. */

#define _GNU_SOURCE
#include "../thing.h"
#include "file.h"
#include "tracefs.h"

static int open_path(struct held *held, const char *path, int flags,
		     const char *option, int *fd)
{
	*fd = open(path, flags | O_CLOEXEC);
	return *fd < 0 ? cannot_open(held, path, option) : 0;
}

/* Open a file of the top level; set @fd, and return a result. */
int open_tracefs(struct held *held, const char *file, int flags,
		 const char *option, int *fd)
{
	char path[160];

	snprintf(path, sizeof(path), TRACEFS "%s", file);
	return open_path(held, path, flags, option, fd);
}

/* Close the file, if it was opened. */
void close_fd(int fd)
{
	if (fd > 0)
		close(fd);
}

/**
 * make_instance - make an instance of tracefs
 * @held: the thing, whose name it gets
 * @instance: for the functions below
 *
 * Return: 0, -errno, or the result of lack().
 */
int make_instance(struct held *held, struct instance *instance)
{
	if (access(TRACEFS "instances", F_OK))
		return lack(held, "no " TRACEFS "instances (CONFIG_FTRACE)");
	snprintf(instance->path, sizeof(instance->path),
		 TRACEFS "instances/lockdown_%s", held->thing->name);
	return mkdir(instance->path, 0700) ? -errno : 0;
}

/* An instance cannot be removed after a raise, and stays. */
void remove_instance(const struct instance *instance)
{
	if (instance->path[0])
		rmdir(instance->path);
}

int write_in(const struct instance *instance, const char *file,
	     const char *text)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/%s", instance->path, file);
	return write_text(path, text);
}

int open_in(struct held *held, const struct instance *instance,
	    const char *file, int flags, const char *option, int *fd)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/%s", instance->path, file);
	return open_path(held, path, flags, option, fd);
}

int put_line(int fd, const char *line)
{
	return result_of(write(fd, line, strlen(line)), strlen(line));
}

/* Write a line, and then the line that undoes it. */
int put_and_undo(int fd, const char *line, const char *undo)
{
	const int ret = put_line(fd, line);

	return ret ?: put_line(fd, undo);
}

/* Write a mark that no trace contains yet; return its text in @mark. */
int mark_trace(struct held *held, int marker, unsigned int nr, char mark[64])
{
	snprintf(mark, 64, "lockdown-mark-%s-%u-end", held->thing->name, nr);
	return put_line(marker, mark);
}
