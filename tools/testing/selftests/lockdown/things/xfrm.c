// SPDX-License-Identifier: GPL-2.0-only
/*
 * The keys of IPsec: of one security association, or of all; by netlink, and by
 * PF_KEY.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/pfkeyv2.h>
#include <stddef.h>

#include "../lib/netlink.h"
#include "../lib/sa.h"
#include "../thing.h"

typedef void add_keys(struct sa_request *request);

static int add(struct held *held, int spi, add_keys *add_keys, __u8 *proto)
{
	const int ret = add_sa(held->state, spi, add_keys, proto);

	/* One that is kept is there from before. */
	if (ret <= 0 || ret == EEXIST)
		return ret < 0 ? ret : 0;
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
	.has_fd = true,
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

/* The same by PF_KEY, with an association of its own */

#define PFKEY_SPI 0x10d
#define PFKEY_SEQ 7
#define AUTH_BYTES 32
#define ENCRYPT_BYTES 16

struct pfkey_address {
	struct sadb_address address;
	struct sockaddr_in in;
};

struct pfkey_message {
	struct sadb_msg msg;
	struct sadb_sa sa;
	struct pfkey_address source, target;
	struct {
		struct sadb_key head;
		char bytes[AUTH_BYTES];
	} auth;
	struct {
		struct sadb_key head;
		char bytes[ENCRYPT_BYTES];
	} encrypt;
};

static struct pfkey_address pfkey_address(int type, in_addr_t address)
{
	return (struct pfkey_address){
		.address = {
			.sadb_address_len = sizeof(struct pfkey_address) / 8,
			.sadb_address_exttype = type,
			.sadb_address_prefixlen = 32,
		},
		.in = {
			.sin_family = AF_INET,
			.sin_addr.s_addr = htonl(address),
		},
	};
}

/* Names the association; the first @len bytes are sent. */
static struct pfkey_message pfkey_message(int type, size_t len)
{
	return (struct pfkey_message){
		.msg = {
			.sadb_msg_version = PF_KEY_V2,
			.sadb_msg_type = type,
			.sadb_msg_satype = SADB_SATYPE_ESP,
			.sadb_msg_len = len / 8,
			.sadb_msg_seq = PFKEY_SEQ,
			.sadb_msg_pid = getpid(),
		},
		.sa = {
			.sadb_sa_len = sizeof(struct sadb_sa) / 8,
			.sadb_sa_exttype = SADB_EXT_SA,
			.sadb_sa_spi = htonl(PFKEY_SPI),
			.sadb_sa_state = SADB_SASTATE_MATURE,
			.sadb_sa_auth = SADB_X_AALG_SHA2_256HMAC,
			.sadb_sa_encrypt = SADB_X_EALG_AESCBC,
		},
		.source = pfkey_address(SADB_EXT_ADDRESS_SRC, INADDR_LOOPBACK),
		.target = pfkey_address(SADB_EXT_ADDRESS_DST,
					INADDR_LOOPBACK + 1),
		.auth.head = {
			.sadb_key_len = (sizeof(struct sadb_key) +
					 AUTH_BYTES) / 8,
			.sadb_key_exttype = SADB_EXT_KEY_AUTH,
			.sadb_key_bits = AUTH_BYTES * 8,
		},
		.auth.bytes = SA_KEY SA_KEY,
		.encrypt.head = {
			.sadb_key_len = (sizeof(struct sadb_key) +
					 ENCRYPT_BYTES) / 8,
			.sadb_key_exttype = SADB_EXT_KEY_ENCRYPT,
			.sadb_key_bits = ENCRYPT_BYTES * 8,
		},
		.encrypt.bytes = SA_KEY,
	};
}

/* Sends a message; the length of the answer of the same type, or -errno. */
static ssize_t ask_pfkey(int fd, const struct pfkey_message *message,
			 void *answer, size_t size)
{
	const struct sadb_msg *reply = answer;
	ssize_t got;

	if (write(fd, message, message->msg.sadb_msg_len * 8) < 0)
		return -errno;
	do {
		got = read(fd, answer, size);
		if (got < (ssize_t)sizeof(*reply))
			return got < 0 ? -errno : -EIO;
	} while (reply->sadb_msg_type != message->msg.sadb_msg_type);
	return reply->sadb_msg_errno ? -reply->sadb_msg_errno : got;
}

static int obtain_pfkey(struct held *held)
{
	const struct pfkey_message add =
		pfkey_message(SADB_ADD, sizeof(struct pfkey_message));
	const struct timeval timeout = { .tv_sec = 5 };
	const int before = enter_network();
	int *const fd = held->state;
	char answer[4096];
	ssize_t got;

	if (before < 0)
		return lack(held, "no network namespace (CONFIG_NET_NS)");
	*fd = socket(AF_KEY, SOCK_RAW | SOCK_CLOEXEC, PF_KEY_V2);
	leave_network(before);
	if (*fd < 0)
		return lack(held, "no PF_KEY (CONFIG_NET_KEY)");
	setsockopt(*fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	got = ask_pfkey(*fd, &add, answer, sizeof(answer));
	if (got < 0 && got != -EPERM)
		return lack(held, "no such SA: %s (CONFIG_INET_ESP)",
			    errno_name(-got));
	return got < 0 ? got : 0;
}

static void release_pfkey(struct held *held)
{
	const int *const fd = held->state;

	if (*fd > 0)
		close(*fd);
}

static const struct handle pfkey = {
	.size = sizeof(int),
	.obtain = obtain_pfkey,
	.release = release_pfkey,
	.has_fd = true,
	.shared = true,
};

static int use_pfkey(struct held *held, int type, size_t len)
{
	const struct pfkey_message message = pfkey_message(type, len);
	const int *const fd = held->state;
	char answer[4096];
	ssize_t got;

	got = ask_pfkey(*fd, &message, answer, sizeof(answer));
	if (got < 0)
		return got;
	/* The rest of the association is told. */
	if (got < (ssize_t)(sizeof(message.msg) + sizeof(message.sa)))
		return -EIO;
	return has_sa_key(answer, got) ? 0 : WITHHELD;
}

static int use_pfkey_get(struct held *held)
{
	return use_pfkey(held, SADB_GET, offsetof(struct pfkey_message, auth));
}

static int use_pfkey_dump(struct held *held)
{
	return use_pfkey(held, SADB_DUMP, sizeof(struct sadb_msg));
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
		.kept.title = "keys of a kept IPsec SA, ESP",
		.kept.places = EVERYWHERE | DUPED | PASSED,
		.kept.refusal = WITHHELD,
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
		.kept.title = "key of a kept IPsec SA, AH",
		.kept.places = EVERYWHERE | DUPED | PASSED,
		.kept.refusal = WITHHELD,
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
		.kept.title = "key of a kept IPsec SA, AEAD",
		.kept.places = EVERYWHERE | DUPED | PASSED,
		.kept.refusal = WITHHELD,
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
		.kept.title = "dump the keys of all SAs by a kept socket",
		.kept.places = EVERYWHERE | DUPED | PASSED,
		.kept.refusal = WITHHELD,
	},
	{
		.name = "xfrm.pfkey",
		.reason = "XFRM_SECRET",
		.denied_from = CONFIDENTIALITY,
		.handle = &pfkey,
		.use = use_pfkey_get,
		.object = "key of SPI 0x10d",
		.level.title = "read the keys of an IPsec SA, PF_KEY",
		.level.withheld = true,
		.kept.title = "keys of an IPsec SA by PF_KEY",
		.kept.places = HERE,
		.kept.refusal = WITHHELD,
	},
	{
		.name = "xfrm.pfkey_dump",
		.reason = "XFRM_SECRET",
		.denied_from = CONFIDENTIALITY,
		.handle = &pfkey,
		.use = use_pfkey_dump,
		.object = "key of SPI 0x10d",
		.level.title = "dump the keys of all SAs, PF_KEY",
		.level.withheld = true,
		.kept.title = "keys in a dump by PF_KEY",
		.kept.places = HERE,
		.kept.refusal = WITHHELD,
	},
};

REGISTER_THINGS(xfrm_things);
