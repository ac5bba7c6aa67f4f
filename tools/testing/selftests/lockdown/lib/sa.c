// SPDX-License-Identifier: GPL-2.0-only
/* Security associations of IPsec, in a network namespace of their own. */

#define _GNU_SOURCE
#include <arpa/inet.h>

#include "../common.h"
#include "netlink.h"
#include "sa.h"

static const char sa_key[] = SA_KEY;

static struct nlattr *add_attr(struct sa_request *request, int type, size_t len)
{
	struct nlattr *attr;

	attr = (void *)((char *)request + request->header.nlmsg_len);
	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + len;
	request->header.nlmsg_len += NLA_ALIGN(attr->nla_len);
	return attr;
}

static void add_key(struct sa_request *request, int type, const char *name)
{
	struct xfrm_algo *algo;
	struct nlattr *attr;

	attr = add_attr(request, type, sizeof(*algo) + strlen(sa_key));
	algo = (void *)((char *)attr + NLA_HDRLEN);
	snprintf(algo->alg_name, sizeof(algo->alg_name), "%s", name);
	algo->alg_key_len = 8 * strlen(sa_key);
	memcpy(algo->alg_key, sa_key, strlen(sa_key));
}

void add_esp_keys(struct sa_request *request)
{
	add_key(request, XFRMA_ALG_CRYPT, "cbc(aes)");
	add_key(request, XFRMA_ALG_AUTH, "hmac(sha256)");
}

void add_auth_key(struct sa_request *request)
{
	request->sa.id.proto = IPPROTO_AH;
	add_key(request, XFRMA_ALG_AUTH, "hmac(sha256)");
}

/* The last four bytes of the key are the salt, as RFC 4106 has it. */
void add_aead_key(struct sa_request *request)
{
	const size_t len = strlen(sa_key) + 4;
	struct xfrm_algo_aead *algo;
	struct nlattr *attr;

	attr = add_attr(request, XFRMA_ALG_AEAD, sizeof(*algo) + len);
	algo = (void *)((char *)attr + NLA_HDRLEN);
	snprintf(algo->alg_name, sizeof(algo->alg_name), "rfc4106(gcm(aes))");
	algo->alg_key_len = 8 * len;
	algo->alg_icv_len = 128;
	memcpy(algo->alg_key, sa_key, strlen(sa_key));
}

/**
 * open_xfrm - open NETLINK_XFRM in a network namespace of its own
 * @xfrm: filled in; the associations go away with its sockets
 *
 * Return: NULL, or what the machine lacks.
 */
const char *open_xfrm(struct xfrm *xfrm)
{
	const struct sockaddr_nl address = {
		.nl_family = AF_NETLINK,
		.nl_groups = XFRMGRP_SA,
	};

	const int before = enter_network();

	if (before < 0)
		return "no network namespace (CONFIG_NET_NS)";
	xfrm->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_XFRM);
	xfrm->listener = socket(AF_NETLINK,
				SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
				NETLINK_XFRM);
	leave_network(before);
	if (xfrm->fd < 0)
		return "no NETLINK_XFRM (CONFIG_XFRM_USER)";
	if (bind(xfrm->listener, (const struct sockaddr *)&address,
		 sizeof(address)))
		return "no listener to NETLINK_XFRM (CONFIG_XFRM_USER)";
	return NULL;
}

void close_xfrm(struct xfrm *xfrm)
{
	if (xfrm->fd > 0)
		close(xfrm->fd);
	if (xfrm->listener > 0)
		close(xfrm->listener);
}

/* Send one request and receive its answer; return the length, or -errno. */
ssize_t ask_xfrm(const struct xfrm *xfrm, const struct nlmsghdr *request,
		 void *answer, size_t size)
{
	ssize_t len;

	if (send(xfrm->fd, request, request->nlmsg_len, 0) < 0)
		return -errno;
	len = recv(xfrm->fd, answer, size, 0);
	return len < 0 ? -errno : len;
}

/**
 * add_sa - add a security association
 * @xfrm: where
 * @spi: its index
 * @add_keys: adds the keys to the request
 * @proto: set to the protocol
 *
 * Return: 0, -errno if the kernel could not be asked, or errno if it has no
 * such associations.
 */
int add_sa(const struct xfrm *xfrm, int spi,
	   void (*add_keys)(struct sa_request *), __u8 *proto)
{
	struct sa_request add = {
		.header = {
			.nlmsg_len = NLMSG_LENGTH(sizeof(add.sa)),
			.nlmsg_type = XFRM_MSG_NEWSA,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
		},
		.sa = {
			.id = {
				.daddr.a4 = htonl(INADDR_LOOPBACK),
				.spi = htonl(spi),
				.proto = IPPROTO_ESP,
			},
			.saddr.a4 = htonl(INADDR_LOOPBACK),
			.lft = {
				.soft_byte_limit = XFRM_INF,
				.hard_byte_limit = XFRM_INF,
				.soft_packet_limit = XFRM_INF,
				.hard_packet_limit = XFRM_INF,
			},
			.family = AF_INET,
			.mode = XFRM_MODE_TRANSPORT,
		},
	};
	union {
		struct nlmsghdr header;
		char bytes[4096];
	} answer;
	const struct nlmsgerr *error = NLMSG_DATA(&answer.header);
	ssize_t len;

	add_keys(&add);
	*proto = add.sa.id.proto;
	len = ask_xfrm(xfrm, &add.header, &answer, sizeof(answer));
	if (len < 0)
		return len;
	return answer.header.nlmsg_type == NLMSG_ERROR ? -error->error : 0;
}

/* Return whether a message of the kernel contains the key. */
bool has_sa_key(const void *message, ssize_t len)
{
	return memmem(message, len, sa_key, strlen(sa_key));
}
