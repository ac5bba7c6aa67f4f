/* SPDX-License-Identifier: GPL-2.0-only */
/* Security associations of IPsec, in a network namespace of their own. */

#ifndef _LOCKDOWN_SELFTEST_SA_H
#define _LOCKDOWN_SELFTEST_SA_H

#include <linux/netlink.h>
#include <linux/types.h>
#include <linux/xfrm.h>
#include <stdbool.h>
#include <sys/types.h>

#define SA_SPI 0x1000

#define SA_KEY "0123456789abcdef"

/**
 * struct xfrm - a network namespace without other associations
 * @fd: a socket for requests
 * @listener: a socket that hears of changes
 */
struct xfrm {
	int fd;
	int listener;
};

struct sa_request {
	struct nlmsghdr header;
	struct xfrm_usersa_info sa;
	char attrs[512];
};

void add_esp_keys(struct sa_request *request);
void add_auth_key(struct sa_request *request);
void add_aead_key(struct sa_request *request);

const char *open_xfrm(struct xfrm *xfrm);
void close_xfrm(struct xfrm *xfrm);
int add_sa(const struct xfrm *xfrm, int spi,
	   void (*add_keys)(struct sa_request *), __u8 *proto);
ssize_t ask_xfrm(const struct xfrm *xfrm, const struct nlmsghdr *request,
		 void *answer, size_t size);
bool has_sa_key(const void *message, ssize_t len);

#endif /* _LOCKDOWN_SELFTEST_SA_H */
