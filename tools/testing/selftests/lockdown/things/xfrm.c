// SPDX-License-Identifier: GPL-2.0-only
/* The keys of IPsec: of one security association, or of all. */

#define _GNU_SOURCE
#include <arpa/inet.h>

#include "../lib/sa.h"
#include "../thing.h"

typedef void add_keys(struct sa_request *request);

static int add(struct held *held, int spi, add_keys *add_keys, __u8 *proto)
{
	const int ret = add_sa(held->state, spi, add_keys, proto);

	if (ret <= 0)
		return ret;
	return lack(held, "no such SA: %s (CONFIG_INET_ESP, INET_AH)",
		    errno_name(ret));
}

static int obtain_xfrm(struct held *held)
{
	const char *const missing = open_xfrm(held->state);

	return missing ? lack(held, "%s", missing) : 0;
}

static void release_xfrm(struct held *held)
{
	close_xfrm(held->state);
}

static const struct handle xfrm = {
	.size = sizeof(struct xfrm),
	.obtain = obtain_xfrm,
	.release = release_xfrm,
};

/* Add the keys, and look for them in the kernel's answers. */
static int use_keys(struct held *held)
{
	struct {
		struct nlmsghdr header;
		struct xfrm_usersa_id id;
	} get = {
		.header = {
			.nlmsg_len = NLMSG_LENGTH(sizeof(get.id)),
			.nlmsg_type = XFRM_MSG_GETSA,
			.nlmsg_flags = NLM_F_REQUEST,
		},
		.id = {
			.daddr.a4 = htonl(INADDR_LOOPBACK),
			.spi = htonl(SA_SPI),
			.family = AF_INET,
		},
	};
	add_keys *const *const add_keys = held->thing->arg;
	union {
		struct nlmsghdr header;
		char bytes[4096];
	} answer;
	const struct nlmsgerr *error = NLMSG_DATA(&answer.header);
	ssize_t len;
	int ret;

	ret = add(held, SA_SPI, *add_keys, &get.id.proto);
	if (ret)
		return ret;
	len = ask_xfrm(held->state, &get.header, &answer, sizeof(answer));
	if (len < 0)
		return len;
	if (answer.header.nlmsg_type == NLMSG_ERROR)
		return error->error;
	return has_sa_key(&answer, len) ? 0 : WITHHELD;
}

/* Two associations with two keys each, in one request. */
static int use_dump(struct held *held)
{
	const struct nlmsghdr dump = {
		.nlmsg_len = NLMSG_LENGTH(0),
		.nlmsg_type = XFRM_MSG_GETSA,
		.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
	};
	const struct xfrm *xfrm = held->state;
	union {
		struct nlmsghdr header;
		char bytes[8192];
	} answer;
	bool found = false;
	ssize_t len;
	__u8 proto;
	int ret;

	ret = add(held, SA_SPI, add_esp_keys, &proto);
	if (!ret)
		ret = add(held, SA_SPI + 1, add_esp_keys, &proto);
	if (ret)
		return ret;
	len = ask_xfrm(xfrm, &dump, &answer, sizeof(answer));
	while (len > 0 && answer.header.nlmsg_type == XFRM_MSG_NEWSA) {
		found |= has_sa_key(&answer, len);
		len = recv(xfrm->fd, &answer, sizeof(answer), 0);
	}
	if (len <= 0 || answer.header.nlmsg_type != NLMSG_DONE)
		return -EIO;
	return found ? 0 : WITHHELD;
}

static const struct thing xfrm_things[] = {
	{
		.name = "xfrm.esp",
		.reason = "XFRM_SECRET",
		.denied_from = CONFIDENTIALITY,
		.handle = &xfrm,
		.arg = &(add_keys *const){ add_esp_keys },
		.use = use_keys,
		.object = "key of hmac(sha256)",
		.level.title = "read the keys of an IPsec SA, ESP",
		.level.withheld = true,
		.level.once = true,
	},
	{
		.name = "xfrm.auth",
		.reason = "XFRM_SECRET",
		.denied_from = CONFIDENTIALITY,
		.handle = &xfrm,
		.arg = &(add_keys *const){ add_auth_key },
		.use = use_keys,
		.object = "key of hmac(sha256)",
		.level.title = "read the key of an IPsec SA, AH",
		.level.withheld = true,
		.level.once = true,
	},
	{
		.name = "xfrm.aead",
		.reason = "XFRM_SECRET",
		.denied_from = CONFIDENTIALITY,
		.handle = &xfrm,
		.arg = &(add_keys *const){ add_aead_key },
		.use = use_keys,
		.object = "key of rfc4106(gcm(aes))",
		.level.title = "read the key of an IPsec SA, AEAD",
		.level.withheld = true,
		.level.once = true,
	},
	{
		.name = "xfrm.dump",
		.reason = "XFRM_SECRET",
		.denied_from = CONFIDENTIALITY,
		.handle = &xfrm,
		.use = use_dump,
		.object = "key of *",
		.level.title = "dump the keys of all SAs",
		.level.withheld = true,
		.level.once = true,
	},
};

REGISTER_THINGS(xfrm_things);
