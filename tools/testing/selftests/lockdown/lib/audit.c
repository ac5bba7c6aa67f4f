// SPDX-License-Identifier: GPL-2.0-only
/* The records of audit, and its settings. */

#define _GNU_SOURCE
#include <linux/netlink.h>
#include <linux/types.h>
#include <sys/socket.h>

#include "../common.h"
#include "audit.h"

/* Open a socket that gets the records of audit, or the answers to requests. */
static int open_audit(int flags, __u32 groups)
{
	const struct sockaddr_nl address = { .nl_family = AF_NETLINK,
					     .nl_groups = groups };
	const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | flags,
			      NETLINK_AUDIT);

	if (fd < 0)
		return -errno;
	if (!bind(fd, (const struct sockaddr *)&address, sizeof(address)))
		return fd;
	close(fd);
	return -errno;
}

/* Return a socket that gets the records from now on, or -errno. */
int open_audit_records(void)
{
	return open_audit(SOCK_NONBLOCK, 1 << (AUDIT_NLGRP_READLOG - 1));
}

/**
 * read_audit_record - read the next record
 * @fd: of open_audit_records()
 * @text: gets its text
 * @size: of @text
 *
 * Return: the type of the record, or 0 if there is none now.
 */
int read_audit_record(int fd, char *text, size_t size)
{
	char message[NLMSG_HDRLEN + AUDIT_MESSAGE_TEXT_MAX];
	const ssize_t got = recv(fd, message, sizeof(message), 0);

	if (got < NLMSG_HDRLEN)
		return 0;
	snprintf(text, size, "%.*s", (int)(got - NLMSG_HDRLEN),
		 message + NLMSG_HDRLEN);
	return ((struct nlmsghdr *)message)->nlmsg_type;
}

/**
 * tell_audit - send a message to audit
 * @type: the type of the message
 * @data: its contents
 * @len: their length
 * @answer: gets what AUDIT_GET asks for; NULL for other types
 *
 * Return: 0 or -errno.
 */
int tell_audit(int type, const void *data, size_t len,
	       struct audit_status *answer)
{
	struct {
		struct nlmsghdr header;
		union {
			struct nlmsgerr error;
			struct audit_status status;
			char bytes[128];
		};
	} message = {
		.header.nlmsg_len = NLMSG_LENGTH(len),
		.header.nlmsg_type = type,
		.header.nlmsg_flags = NLM_F_REQUEST | (answer ? 0 : NLM_F_ACK),
	};
	const int fd = open_audit(0, 0);
	ssize_t got;

	if (fd < 0)
		return fd;
	memcpy(message.bytes, data, len);
	got = send(fd, &message, message.header.nlmsg_len, 0);
	if (got > 0)
		got = recv(fd, &message, sizeof(message), 0);
	close(fd);
	if (got < NLMSG_HDRLEN)
		return -EIO;
	if (message.header.nlmsg_type == NLMSG_ERROR)
		return message.error.error;
	if (answer)
		*answer = message.status;
	return 0;
}
