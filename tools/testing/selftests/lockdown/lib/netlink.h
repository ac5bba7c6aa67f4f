/* SPDX-License-Identifier: GPL-2.0-only */
/* Requests of netlink with attributes, in a network namespace of their own. */

#ifndef _LOCKDOWN_SELFTEST_NETLINK_H
#define _LOCKDOWN_SELFTEST_NETLINK_H

#include <linux/netlink.h>
#include <sys/types.h>

/* The buffer for an answer, which is a whole dump. */
#define NETLINK_ANSWER 65536

struct netlink_request {
	struct nlmsghdr header;
	char bytes[4096];
};

void begin_request(struct netlink_request *request, int type, int flags,
		   const void *head, size_t len);
struct nlattr *put_attr(struct netlink_request *request, int type,
			const void *data, size_t len);
struct nlattr *begin_nest(struct netlink_request *request, int type);
void end_nest(struct netlink_request *request, struct nlattr *attr);
int open_netlink(int protocol);
ssize_t ask_netlink(int fd, const struct netlink_request *request, void *answer,
		    size_t size);
int generic_family(int fd, const char *name);
int make_link(const char *name, const char *kind);
int enter_network(void);
void leave_network(int before);

#endif /* _LOCKDOWN_SELFTEST_NETLINK_H */
