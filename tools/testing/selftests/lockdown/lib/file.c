// SPDX-License-Identifier: GPL-2.0-only
/* Small files, and descriptors. */

#define _GNU_SOURCE
#include <sys/socket.h>

#include "../common.h"
#include "file.h"

/**
 * read_text - read a file
 * @path: the file
 * @buf: gets its text, terminated
 * @size: of @buf; the rest of a longer file is left out
 *
 * Return: the length of the text, or -errno.
 */
ssize_t read_text(const char *path, char *buf, size_t size)
{
	size_t done = 0;
	ssize_t got = 0;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;

	while (done < size - 1) {
		got = read(fd, buf + done, size - 1 - done);
		if (got <= 0)
			break;
		done += got;
	}
	if (got < 0)
		got = -errno;
	close(fd);
	buf[done] = '\0';
	return got < 0 ? got : (ssize_t)done;
}

/**
 * write_text - write to a file, by one write(2)
 * @path: the file, which must be there
 * @text: the text
 *
 * Return: 0 if all was taken, -EIO if only a part was, or -errno.
 */
int write_text(const char *path, const char *text)
{
	const ssize_t len = strlen(text);
	ssize_t put;
	int fd, err;

	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;

	put = write(fd, text, len);
	err = put < 0 ? -errno : put == len ? 0 : -EIO;
	close(fd);
	return err;
}

/* Return the number in a file, or -1. */
long read_number(const char *path)
{
	char text[32];

	if (read_text(path, text, sizeof(text)) <= 0)
		return -1;
	return strtol(text, NULL, 0);
}

/**
 * pass_descriptor - pass a descriptor through a socket to ourselves
 * @fd: the descriptor
 *
 * Return: another descriptor of the same file, or -1.
 */
int pass_descriptor(int fd)
{
	char byte = 0, control[CMSG_SPACE(sizeof(fd))] = {};
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	int pair[2], passed = -1;

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair))
		return -1;
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	if (sendmsg(pair[0], &msg, 0) == 1 &&
	    recvmsg(pair[1], &msg, MSG_CMSG_CLOEXEC) == 1)
		memcpy(&passed, CMSG_DATA(cmsg), sizeof(passed));
	close(pair[0]);
	close(pair[1]);
	return passed;
}
