// SPDX-License-Identifier: GPL-2.0-only
/* Requests of netlink with attributes, in a network namespace of their own. */

#define _GNU_SOURCE
#include <linux/genetlink.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sched.h>

#include "../common.h"
#include "netlink.h"

void begin_request(struct netlink_request *request, int type, int flags,
		   const void *head, size_t len)
{
	memset(request, 0, sizeof(*request));
	request->header.nlmsg_type = type;
	request->header.nlmsg_flags = NLM_F_REQUEST | flags;
	request->header.nlmsg_len = NLMSG_LENGTH(NLMSG_ALIGN(len));
	memcpy(NLMSG_DATA(&request->header), head, len);
}

struct nlattr *put_attr(struct netlink_request *request, int type,
			const void *data, size_t len)
{
	struct nlattr *attr =
		(void *)((char *)request + request->header.nlmsg_len);

	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + len;
	if (len)
		memcpy((char *)attr + NLA_HDRLEN, data, len);
	request->header.nlmsg_len += NLA_ALIGN(attr->nla_len);
	return attr;
}

/* Attributes that are put from now on are inside of this one. */
struct nlattr *begin_nest(struct netlink_request *request, int type)
{
	return put_attr(request, type | NLA_F_NESTED, NULL, 0);
}

void end_nest(struct netlink_request *request, struct nlattr *attr)
{
	attr->nla_len =
		(char *)request + request->header.nlmsg_len - (char *)attr;
}

/* Opens a socket with a timeout; a descriptor or -errno. */
int open_netlink(int protocol)
{
	const struct timeval timeout = { .tv_sec = 5 };
	const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	return fd;
}

static int error_of(const struct nlmsghdr *message)
{
	const struct nlmsgerr *error = NLMSG_DATA(message);

	return error->error;
}

/* The end of a dump may come in one datagram with the last message. */
static bool has_end(const struct nlmsghdr *message, ssize_t len)
{
	for (; NLMSG_OK(message, len); message = NLMSG_NEXT(message, len)) {
		if (message->nlmsg_type == NLMSG_DONE)
			return true;
	}
	return false;
}

/**
 * ask_netlink - send a request, and gather the answer
 * @fd: the socket
 * @request: the request, with NLM_F_ACK or NLM_F_DUMP
 * @answer: gets all messages of the answer
 * @size: the size of @answer
 *
 * Return: the length of the answer, or -errno.
 */
ssize_t ask_netlink(int fd, const struct netlink_request *request, void *answer,
		    size_t size)
{
	const struct nlmsghdr *message;
	size_t done = 0;
	ssize_t got;

	if (send(fd, request, request->header.nlmsg_len, 0) < 0)
		return -errno;
	for (;;) {
		message = (void *)((char *)answer + done);
		got = recv(fd, (char *)answer + done, size - done, 0);
		if (got < (ssize_t)sizeof(*message))
			return got < 0 ? -errno : -EIO;
		done += got;
		if (message->nlmsg_type == NLMSG_ERROR)
			return error_of(message) ?: (ssize_t)done;
		if (has_end(message, got))
			return done;
	}
}

/* Finds the number of a family of generic netlink; that or -errno. */
int generic_family(int fd, const char *name)
{
	const struct genlmsghdr head = { .cmd = CTRL_CMD_GETFAMILY,
					 .version = 1 };
	char answer[NETLINK_ANSWER];
	struct netlink_request request;
	const struct nlattr *attr;
	ssize_t got;
	size_t at;

	begin_request(&request, GENL_ID_CTRL, NLM_F_ACK, &head, sizeof(head));
	put_attr(&request, CTRL_ATTR_FAMILY_NAME, name, strlen(name) + 1);
	got = ask_netlink(fd, &request, answer, sizeof(answer));
	if (got < 0)
		return got;
	for (at = NLMSG_LENGTH(GENL_HDRLEN); at < (size_t)got;
	     at += NLA_ALIGN(attr->nla_len)) {
		attr = (void *)(answer + at);
		if (attr->nla_type == CTRL_ATTR_FAMILY_ID)
			return *(__u16 *)((char *)attr + NLA_HDRLEN);
		if (attr->nla_len < NLA_HDRLEN)
			break;
	}
	return -ENOENT;
}

/* Makes a network device, in the namespace of the caller; 0 or -errno. */
int make_link(const char *name, const char *kind)
{
	const struct ifinfomsg head = { .ifi_family = AF_UNSPEC };
	const int fd = open_netlink(NETLINK_ROUTE);
	char answer[NETLINK_ANSWER];
	struct netlink_request request;
	struct nlattr *info;
	ssize_t got;

	if (fd < 0)
		return fd;
	begin_request(&request, RTM_NEWLINK,
		      NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, &head,
		      sizeof(head));
	put_attr(&request, IFLA_IFNAME, name, strlen(name) + 1);
	info = begin_nest(&request, IFLA_LINKINFO);
	put_attr(&request, IFLA_INFO_KIND, kind, strlen(kind));
	end_nest(&request, info);
	got = ask_netlink(fd, &request, answer, sizeof(answer));
	close(fd);
	return got < 0 ? got : 0;
}

/**
 * enter_network - enter a network namespace of its own
 *
 * The namespace lasts as long as a socket that is made in it.
 *
 * Return: the namespace before, for leave_network(), or -errno.
 */
int enter_network(void)
{
	const int before = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int ret;

	if (before < 0)
		return -errno;
	if (!unshare(CLONE_NEWNET))
		return before;
	ret = -errno;
	close(before);
	return ret;
}

void leave_network(int before)
{
	setns(before, CLONE_NEWNET);
	close(before);
}
