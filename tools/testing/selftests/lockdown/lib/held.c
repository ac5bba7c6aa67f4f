// SPDX-License-Identifier: GPL-2.0-only
/*
 * Functions for things: how one is obtained and released, and how it says why
 * it is not there.
 */

#define _GNU_SOURCE
#include <stdarg.h>
#include <stdatomic.h>

#include "../moment.h"
#include "transfer.h"

/**
 * lack - say that the machine does not have a thing
 * @held: the thing
 *
 * The text begins with "no" and ends with the option, device or file that would
 * provide it, in parentheses.
 *
 * Return: SKIPPED, for the caller to return.
 */
int lack(struct held *held, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(held->why, sizeof(held->why), fmt, args);
	va_end(args);
	return SKIPPED;
}

/**
 * cannot_open - say why an open failed
 * @held: the thing
 * @path: the file
 * @option: the option that would provide it
 *
 * Return: -errno if it was refused, SKIPPED if the machine lacks the file.
 */
int cannot_open(struct held *held, const char *path, const char *option)
{
	switch (errno) {
	case ENOENT:
	case ENXIO:
	case ENODEV:
		return lack(held, "no %s (%s)", path, option);
	default:
		return -errno;
	}
}

/**
 * result_of - make a result of the return value of read(2) or the like
 * @done: the return value
 * @expected: the value of full success
 *
 * Return: 0, -errno, or -EIO for any other number.
 */
int result_of(ssize_t done, size_t expected)
{
	if (done < 0)
		return -errno;
	return (size_t)done == expected ? 0 : -EIO;
}

/**
 * obtain - obtain a thing
 * @held: filled in; to be given to release(), for any result
 * @thing: the thing
 *
 * Return: the result of the thing's handle.
 */
int obtain(struct held *held, const struct thing *thing)
{
	memset(held, 0, sizeof(*held));
	held->thing = thing;
	held->place = HERE;
	if (!thing->handle)
		return 0;
	held->state = calloc(1, thing->handle->size ?: 1);
	if (!held->state)
		return -ENOMEM;
	return thing->handle->obtain ? thing->handle->obtain(held) : 0;
}

void release(struct held *held)
{
	const struct handle *handle = held->thing->handle;

	if (!held->state)
		return;
	if (handle->release)
		handle->release(held);
	free(held->state);
	held->state = NULL;
}

/* The release of a thing whose state begins with a descriptor. */
void release_fd(struct held *held)
{
	const int *fd = held->state;

	if (*fd > 0)
		close(*fd);
}

/* The number of things that stayed when they were released. */
static atomic_uint stayed;

/**
 * not_released - say that something stays though it was released
 * @what: the thing
 * @error: the errno
 *
 * The level and kept moments fail for it.
 */
void not_released(const char *what, int error)
{
	note("%s stays: %s", what, errno_name(error));
	stayed++;
}

bool all_released(void)
{
	return !stayed;
}

/**
 * transfer - read or write by the system call that the place says
 * @held: the thing
 * @fd: the file
 * @write: write, do not read
 * @bytes: the bytes
 * @len: how many
 * @at: where
 *
 * A plain pread(2) or pwrite(2) in most places.
 *
 * Return: the number of bytes, or -1 with errno.
 */
ssize_t transfer(struct held *held, int fd, bool write, void *bytes, size_t len,
		 off_t at)
{
	switch (held->place) {
	case VECTOR:
		return vector_transfer(fd, write, bytes, len, at);
	case URING:
		return uring_transfer(fd, write, bytes, len, at);
	case SPLICE:
		return splice_transfer(fd, write, bytes, len, at);
	default:
		return write ? pwrite(fd, bytes, len, at) :
			       pread(fd, bytes, len, at);
	}
}
