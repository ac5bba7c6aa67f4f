// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown selftest: what leaves the kernel at confidentiality
 *
 * Keys that were put into the kernel, addresses of the kernel, private files of
 * debugfs, and what events record are looked for at each level, where there is
 * a way to ask for them: they are found up to integrity, and not any more at
 * confidentiality, by way of descriptors that were obtained before either. What
 * belongs to the one who asks stays.
 *
 * The machine stays locked until it reboots, so it runs only when
 * $LOCKDOWN_TEST_RAISE is 1, and once a boot.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/dm-ioctl.h>
#include <linux/genetlink.h>
#include <linux/if_link.h>
#include <linux/loop.h>
#include <linux/perf_event.h>
#include <linux/pfkeyv2.h>
#include <linux/rtnetlink.h>
#include <linux/seg6_genl.h>
#include <linux/seg6_hmac.h>
#include <linux/tcp.h>
#include <linux/tls.h>
#include <linux/wireguard.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "../kselftest.h"
#include "common.h"
#include "lib/bpf.h"
#include "lib/bpf_insn.h"
#include "lib/file.h"
#include "lib/level.h"
#include "lib/module.h"

#ifndef TCP_ULP
#define TCP_ULP 31
#endif

/* The result of a row. */
enum {
	HIDDEN,
	SHOWN,
};

/* Each key is a part of it that nobody else has. */
#define KEY_BYTES 32
static const __u8 key[KEY_BYTES] = "lockdown's own key, 32 bytes wid";
#define KEY_HEX                          \
	"6c6f636b646f776e2773206f776e20" \
	"6b65792c20333220627974657320776964"

static __u8 answer[1 << 18];

static bool has_key(const void *data, size_t len, size_t key_len)
{
	return memmem(data, len, key, key_len);
}

static int mnl_error(const struct nlmsghdr *message)
{
	const struct nlmsgerr *error = NLMSG_DATA(message);

	return error->error;
}

/* A request with attributes. */
struct request {
	struct nlmsghdr header;
	char bytes[4096];
};

static void begin(struct request *request, int type, int flags,
		  const void *head, size_t len)
{
	memset(request, 0, sizeof(*request));
	request->header.nlmsg_type = type;
	request->header.nlmsg_flags = NLM_F_REQUEST | flags;
	request->header.nlmsg_len = NLMSG_LENGTH(NLMSG_ALIGN(len));
	memcpy(NLMSG_DATA(&request->header), head, len);
}

static struct nlattr *put(struct request *request, int type, const void *data,
			  size_t len)
{
	struct nlattr *attr =
		(void *)((char *)request + request->header.nlmsg_len);

	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + len;
	memcpy((char *)attr + NLA_HDRLEN, data, len);
	request->header.nlmsg_len += NLA_ALIGN(attr->nla_len);
	return attr;
}

static struct nlattr *nest(struct request *request, int type)
{
	return put(request, type | NLA_F_NESTED, NULL, 0);
}

static void end(struct request *request, struct nlattr *attr)
{
	attr->nla_len =
		(char *)request + request->header.nlmsg_len - (char *)attr;
}

/* Sends it, and gathers what comes in @answer; its length or -errno. */
static ssize_t talk(int fd, struct request *request)
{
	const bool dump = request->header.nlmsg_flags & NLM_F_DUMP;
	const struct nlmsghdr *message;
	size_t done = 0;
	ssize_t got;

	if (send(fd, request, request->header.nlmsg_len, 0) < 0)
		return -errno;
	for (;;) {
		got = recv(fd, answer + done, sizeof(answer) - done, 0);
		if (got < (ssize_t)sizeof(*message))
			return got < 0 ? -errno : -EIO;
		message = (void *)(answer + done);
		done += got;
		if (message->nlmsg_type == NLMSG_ERROR)
			return mnl_error(message) ?: (ssize_t)done;
		if (message->nlmsg_type == NLMSG_DONE)
			return done;
		if (!dump)
			continue;
		/* The end may come along with the last message. */
		for (; NLMSG_OK(message, got);
		     message = NLMSG_NEXT(message, got)) {
			if (message->nlmsg_type == NLMSG_DONE)
				return done;
		}
	}
}

static int open_netlink(int protocol)
{
	const struct timeval timeout = { .tv_sec = 5 };
	const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	return fd;
}

static int genl_family(int fd, const char *name)
{
	const struct genlmsghdr head = { .cmd = CTRL_CMD_GETFAMILY,
					 .version = 1 };
	struct request request;
	const struct nlattr *attr;
	ssize_t got;
	size_t at;

	begin(&request, GENL_ID_CTRL, NLM_F_ACK, &head, sizeof(head));
	put(&request, CTRL_ATTR_FAMILY_NAME, name, strlen(name) + 1);
	got = talk(fd, &request);
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

/* PF_KEY */

#define SPI 0x10d

static int pfkey = -1;

struct sa_address {
	struct sadb_address address;
	struct sockaddr_in in;
};

struct sa_message {
	struct sadb_msg msg;
	struct sadb_sa sa;
	struct sa_address source, target;
	struct {
		struct sadb_key head;
		__u8 bytes[KEY_BYTES];
	} auth;
	struct {
		struct sadb_key head;
		__u8 bytes[16];
	} encrypt;
};

/* Names the association, without its keys; the caller gives the length. */
static struct sa_message name_sa(int type, int seq)
{
	return (struct sa_message){
		.msg = {
			.sadb_msg_version = PF_KEY_V2,
			.sadb_msg_type = type,
			.sadb_msg_satype = SADB_SATYPE_ESP,
			.sadb_msg_seq = seq,
			.sadb_msg_pid = getpid(),
		},
		.sa = {
			.sadb_sa_len = sizeof(struct sadb_sa) / 8,
			.sadb_sa_exttype = SADB_EXT_SA,
			.sadb_sa_spi = htonl(SPI),
		},
		.source.address = {
			.sadb_address_len = sizeof(struct sa_address) / 8,
			.sadb_address_exttype = SADB_EXT_ADDRESS_SRC,
			.sadb_address_prefixlen = 32,
		},
		.source.in = {
			.sin_family = AF_INET,
			.sin_addr.s_addr = htonl(0x7f000001),
		},
		.target.address = {
			.sadb_address_len = sizeof(struct sa_address) / 8,
			.sadb_address_exttype = SADB_EXT_ADDRESS_DST,
			.sadb_address_prefixlen = 32,
		},
		.target.in = {
			.sin_family = AF_INET,
			.sin_addr.s_addr = htonl(0x7f000002),
		},
	};
}

static int setup_pfkey(void)
{
	const struct timeval timeout = { .tv_sec = 5 };
	struct sa_message message = name_sa(SADB_ADD, 1);
	struct sadb_msg *reply = (void *)answer;
	ssize_t got;

	message.msg.sadb_msg_len = sizeof(message) / 8;
	message.sa.sadb_sa_state = SADB_SASTATE_MATURE;
	message.sa.sadb_sa_auth = SADB_X_AALG_SHA2_256HMAC;
	message.sa.sadb_sa_encrypt = SADB_X_EALG_AESCBC;
	message.auth.head = (struct sadb_key){
		.sadb_key_len = sizeof(message.auth) / 8,
		.sadb_key_exttype = SADB_EXT_KEY_AUTH,
		.sadb_key_bits = KEY_BYTES * 8,
	};
	message.encrypt.head = (struct sadb_key){
		.sadb_key_len = sizeof(message.encrypt) / 8,
		.sadb_key_exttype = SADB_EXT_KEY_ENCRYPT,
		.sadb_key_bits = 16 * 8,
	};
	memcpy(message.auth.bytes, key, KEY_BYTES);
	memcpy(message.encrypt.bytes, key, 16);
	pfkey = socket(AF_KEY, SOCK_RAW | SOCK_CLOEXEC, PF_KEY_V2);
	if (pfkey < 0)
		return -errno;
	setsockopt(pfkey, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	if (write(pfkey, &message, sizeof(message)) < 0)
		return -errno;
	got = read(pfkey, answer, sizeof(answer));
	if (got < (ssize_t)sizeof(*reply))
		return -EIO;
	return -reply->sadb_msg_errno;
}

static int ask_pfkey(int type)
{
	struct sa_message message = name_sa(type, 2);
	const size_t len = type == SADB_DUMP ?
				   sizeof(message.msg) :
				   offsetof(struct sa_message, auth);
	const struct sadb_msg *reply = (void *)answer;
	ssize_t got;

	message.msg.sadb_msg_len = len / 8;
	if (write(pfkey, &message, len) < 0)
		return -errno;
	do {
		got = read(pfkey, answer, sizeof(answer));
		if (got < (ssize_t)sizeof(*reply))
			return got < 0 ? -errno : -EIO;
	} while (reply->sadb_msg_type != type);
	if (reply->sadb_msg_errno)
		return -reply->sadb_msg_errno;
	/* Only the key is withheld. */
	if (got < (ssize_t)(sizeof(*reply) + sizeof(struct sadb_sa)))
		return -EIO;
	return has_key(answer, got, 16);
}

static int get_pfkey(void)
{
	return ask_pfkey(SADB_GET);
}

static int dump_pfkey(void)
{
	return ask_pfkey(SADB_DUMP);
}

/* WireGuard */

static int genl = -1, wireguard = -1;
static const __u8 preshared[KEY_BYTES] = "lockdown's preshared key, 32 wid";

static int make_link(const char *name, const char *kind)
{
	const struct ifinfomsg head = { .ifi_family = AF_UNSPEC };
	const int fd = open_netlink(NETLINK_ROUTE);
	struct request request;
	struct nlattr *info;
	ssize_t got;

	begin(&request, RTM_NEWLINK, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL,
	      &head, sizeof(head));
	put(&request, IFLA_IFNAME, name, strlen(name) + 1);
	info = nest(&request, IFLA_LINKINFO);
	put(&request, IFLA_INFO_KIND, kind, strlen(kind));
	end(&request, info);
	got = talk(fd, &request);
	close(fd);
	return got < 0 ? got : 0;
}

static int setup_wireguard(void)
{
	const struct genlmsghdr head = { .cmd = WG_CMD_SET_DEVICE,
					 .version = WG_GENL_VERSION };
	struct request request;
	struct nlattr *peers, *peer;
	ssize_t got;

	genl = open_netlink(NETLINK_GENERIC);
	wireguard = genl_family(genl, WG_GENL_NAME);
	if (wireguard < 0)
		return wireguard;
	got = make_link("wglkd", "wireguard");
	if (got)
		return got;
	begin(&request, wireguard, NLM_F_ACK, &head, sizeof(head));
	put(&request, WGDEVICE_A_IFNAME, "wglkd", 6);
	put(&request, WGDEVICE_A_PRIVATE_KEY, key, KEY_BYTES);
	peers = nest(&request, WGDEVICE_A_PEERS);
	peer = nest(&request, 0);
	put(&request, WGPEER_A_PUBLIC_KEY, "0123456789abcdef0123456789abcdef",
	    KEY_BYTES);
	put(&request, WGPEER_A_PRESHARED_KEY, preshared, KEY_BYTES);
	end(&request, peer);
	end(&request, peers);
	got = talk(genl, &request);
	return got < 0 ? got : 0;
}

static ssize_t dump_wireguard(void)
{
	const struct genlmsghdr head = { .cmd = WG_CMD_GET_DEVICE,
					 .version = WG_GENL_VERSION };
	struct request request;
	ssize_t got;

	begin(&request, wireguard, NLM_F_DUMP, &head, sizeof(head));
	put(&request, WGDEVICE_A_IFNAME, "wglkd", 6);
	got = talk(genl, &request);
	if (got < 0)
		return got;
	/* The peer is still listed. */
	return memmem(answer, got, "0123456789abcdef", 16) ? got : -EIO;
}

/* Curve25519 sets and clears bits at both ends. */
static int get_wireguard_private(void)
{
	const ssize_t got = dump_wireguard();

	return got < 0 ? got : !!memmem(answer, got, key + 1, KEY_BYTES - 2);
}

static int get_wireguard_preshared(void)
{
	const ssize_t got = dump_wireguard();

	return got < 0 ? got : !!memmem(answer, got, preshared, KEY_BYTES);
}

/* Tables of device mapper */

static int control = -1;

struct dm_request {
	struct dm_ioctl head;
	char bytes[4096];
};

static int dm(struct dm_request *request, unsigned long cmd, const char *name,
	      unsigned int flags)
{
	request->head.version[0] = DM_VERSION_MAJOR;
	request->head.data_size = sizeof(*request);
	request->head.data_start = sizeof(request->head);
	request->head.flags = flags;
	snprintf(request->head.name, sizeof(request->head.name), "%s", name);
	return ioctl(control, cmd, request) ? -errno : 0;
}

static int make_loop(char *name, size_t size)
{
	const int loops = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	int file, loop, number;

	if (loops < 0)
		return -errno;
	number = ioctl(loops, LOOP_CTL_GET_FREE);
	close(loops);
	file = memfd_create("disk", MFD_CLOEXEC);
	if (file < 0 || number < 0 || ftruncate(file, 16 << 20))
		return -errno;
	snprintf(name, size, "/dev/loop%d", number);
	loop = open(name, O_RDWR | O_CLOEXEC);
	if (loop < 0 || ioctl(loop, LOOP_SET_FD, file))
		return -errno;
	/* It stays open, and so in being. */
	return 0;
}

static int make_device(const char *name, const char *target, const char *format)
{
	struct dm_request request = {};
	struct dm_target_spec *spec = (void *)request.bytes;
	char disk[32];
	int ret;

	if (control < 0)
		control = open("/dev/mapper/control", O_RDWR | O_CLOEXEC);
	if (control < 0)
		return -errno;
	ret = make_loop(disk, sizeof(disk));
	if (!ret)
		ret = dm(&request, DM_DEV_CREATE, name, 0);
	if (ret)
		return ret;
	memset(&request, 0, sizeof(request));
	request.head.target_count = 1;
	spec->length = 8;
	snprintf(spec->target_type, sizeof(spec->target_type), "%s", target);
	snprintf((char *)(spec + 1), 2048, format, disk);
	ret = dm(&request, DM_TABLE_LOAD, name, 0);
	if (ret)
		return ret;
	memset(&request, 0, sizeof(request));
	return dm(&request, DM_DEV_SUSPEND, name, 0);
}

static int get_table(const char *name, const char *must_have)
{
	struct dm_request request = {};
	int ret;

	ret = dm(&request, DM_TABLE_STATUS, name, DM_STATUS_TABLE_FLAG);
	if (ret)
		return ret;
	memcpy(answer, request.bytes, sizeof(request.bytes));
	if (!memmem(answer, sizeof(request.bytes), must_have,
		    strlen(must_have)))
		return -EIO;
	return !!memmem(answer, sizeof(request.bytes), KEY_HEX,
			strlen(KEY_HEX));
}

static int setup_crypt(void)
{
	return make_device("lkdcrypt", "crypt",
			   "aes-cbc-plain64 " KEY_HEX " 0 %s 0");
}

static int get_crypt(void)
{
	return get_table("lkdcrypt", "aes-cbc-plain64 ");
}

static int setup_integrity(void)
{
	return make_device("lkdinteg", "integrity",
			   "%s 0 32 D 1 internal_hash:hmac(sha256):" KEY_HEX);
}

static int get_integrity(void)
{
	return get_table("lkdinteg", "internal_hash:hmac(sha256):");
}

/* A table that was read without the key must not load with a wrong one. */
static int reload_table(const char *name)
{
	struct dm_request status = {}, load = {}, clear = {};
	int ret;

	ret = dm(&status, DM_TABLE_STATUS, name, DM_STATUS_TABLE_FLAG);
	if (ret)
		return ret;
	memcpy(load.bytes, status.bytes, sizeof(load.bytes));
	load.head.target_count = 1;
	ret = dm(&load, DM_TABLE_LOAD, name, 0);
	if (ret)
		return ret == -EINVAL ? HIDDEN : ret;
	dm(&clear, DM_TABLE_CLEAR, name, 0);
	return SHOWN;
}

static int reload_crypt(void)
{
	return reload_table("lkdcrypt");
}

static int reload_integrity(void)
{
	return reload_table("lkdinteg");
}

/* Sockets */

static int listener = -1, connected = -1;

static int setup_tls(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(0x7f000001),
	};
	struct tls12_crypto_info_aes_gcm_128 info = {
		.info = { TLS_1_2_VERSION, TLS_CIPHER_AES_GCM_128 },
	};
	socklen_t len = sizeof(address);

	memcpy(info.key, key, sizeof(info.key));
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	connected = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(listener, (void *)&address, len) || listen(listener, 1) ||
	    getsockname(listener, (void *)&address, &len) ||
	    connect(connected, (void *)&address, len) ||
	    setsockopt(connected, IPPROTO_TCP, TCP_ULP, "tls", 4) ||
	    setsockopt(connected, SOL_TLS, TLS_TX, &info, sizeof(info)))
		return -errno;
	return 0;
}

static int get_tls(void)
{
	struct tls12_crypto_info_aes_gcm_128 info = {};
	socklen_t len = sizeof(info);

	if (getsockopt(connected, SOL_TLS, TLS_TX, &info, &len))
		return -errno;
	return has_key(&info, len, sizeof(info.key));
}

/* HMAC keys of segment routing */

static int seg6 = -1;

static int setup_seg6(void)
{
	const struct genlmsghdr head = { .cmd = SEG6_CMD_SETHMAC,
					 .version = SEG6_GENL_VERSION };
	const __u8 len = KEY_BYTES, algorithm = SEG6_HMAC_ALGO_SHA256;
	const __u32 id = 7;
	struct request request;
	ssize_t got;

	if (genl < 0)
		genl = open_netlink(NETLINK_GENERIC);
	seg6 = genl_family(genl, SEG6_GENL_NAME);
	if (seg6 < 0)
		return seg6;
	begin(&request, seg6, NLM_F_ACK, &head, sizeof(head));
	put(&request, SEG6_ATTR_HMACKEYID, &id, sizeof(id));
	put(&request, SEG6_ATTR_SECRETLEN, &len, sizeof(len));
	put(&request, SEG6_ATTR_ALGID, &algorithm, sizeof(algorithm));
	put(&request, SEG6_ATTR_SECRET, key, KEY_BYTES);
	got = talk(genl, &request);
	return got < 0 ? got : 0;
}

static int get_seg6(void)
{
	const struct genlmsghdr head = { .cmd = SEG6_CMD_DUMPHMAC,
					 .version = SEG6_GENL_VERSION };
	struct request request;
	ssize_t got;

	begin(&request, seg6, NLM_F_DUMP, &head, sizeof(head));
	got = talk(genl, &request);
	return got < 0 ? got : has_key(answer, got, KEY_BYTES);
}

/* NVMe over fabrics */

#define NVMET "/sys/kernel/config/nvmet/"
#define DHCHAP "DHHC-1:00:QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVpbXF1eX2D3HOZI:"

static char dhchap_file[128];
static int dhchap = -1;

static int setup_nvme(void)
{
	char line[256];
	ssize_t got;
	char *at;
	int fd;

	mount("configfs", "/sys/kernel/config", "configfs", 0, NULL);
	if (mkdir(NVMET "subsystems/lkd", 0700) || mkdir(NVMET "ports/1", 0700))
		return -errno;
	if (write_text(NVMET "subsystems/lkd/attr_allow_any_host", "1") ||
	    write_text(NVMET "ports/1/addr_trtype", "loop"))
		return -EIO;
	if (symlink(NVMET "subsystems/lkd", NVMET "ports/1/subsystems/lkd"))
		return -errno;
	fd = open("/dev/nvme-fabrics", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	snprintf(line, sizeof(line), "transport=loop,nqn=lkd,dhchap_secret=%s",
		 DHCHAP);
	if (write(fd, line, strlen(line)) < 0)
		return -errno;
	got = read(fd, line, sizeof(line) - 1);
	if (got <= 0)
		return -EIO;
	line[got] = '\0';
	at = strstr(line, "instance=");
	if (!at)
		return -EIO;
	snprintf(dhchap_file, sizeof(dhchap_file),
		 "/sys/class/nvme/nvme%d/dhchap_secret", atoi(at + 9));
	dhchap = open(dhchap_file, O_RDONLY | O_CLOEXEC);
	close(fd);
	return dhchap < 0 ? -errno : 0;
}

static int get_dhchap(void)
{
	char text[256];
	const ssize_t got = pread(dhchap, text, sizeof(text) - 1, 0);

	if (got < 0)
		return -errno;
	text[got] = '\0';
	return !!strstr(text, DHCHAP);
}

/* Files of debugfs */

#define PRIVATE "/sys/kernel/debug/page_tables/kernel"
#define PUBLIC "/sys/kernel/debug/wakeup_sources"

static int private = -1;

static int open_and_read(const char *path)
{
	char text[64];
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return -errno;
	got = read(fd, text, sizeof(text));
	close(fd);
	return got < 0 ? -errno : got > 0;
}

static int setup_debugfs(void)
{
	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	private = open(PRIVATE, O_RDONLY | O_CLOEXEC);
	return private < 0 ? -errno : 0;
}

static int get_private(void)
{
	return open_and_read(PRIVATE);
}

static int get_private_kept(void)
{
	char text[64];
	const ssize_t got = pread(private, text, sizeof(text), 0);

	return got < 0 ? -errno : got > 0;
}

/* The mode counts that the kernel gave it. */
static int get_private_chmod(void)
{
	if (lockdown_level() == LEVEL_NONE && chmod(PRIVATE, 0444))
		return -errno;
	return open_and_read(PRIVATE);
}

static int get_public(void)
{
	return open_and_read(PUBLIC);
}

/* Addresses */

static int kallsyms = -1, modules = -1;

static bool has_address(const char *text)
{
	return strtoull(text, NULL, 16) >> 63;
}

static int setup_kallsyms(void)
{
	kallsyms = open("/proc/kallsyms", O_RDONLY | O_CLOEXEC);
	return kallsyms < 0 ? -errno : 0;
}

/* The first symbols may be per CPU, and their addresses small. */
static int scan_kallsyms(int fd)
{
	size_t lines = 0;
	char line[1024];
	FILE *file;
	int found = HIDDEN;

	if (lseek(fd, 0, SEEK_SET))
		return -errno;
	file = fdopen(dup(fd), "r");
	if (!file)
		return -errno;
	while (!found && fgets(line, sizeof(line), file)) {
		lines++;
		found = has_address(line);
	}
	fclose(file);
	return lines ? found : -EIO;
}

static int get_kallsyms(void)
{
	const int fd = open("/proc/kallsyms", O_RDONLY | O_CLOEXEC);
	const int ret = scan_kallsyms(fd);

	close(fd);
	return ret;
}

static int get_kallsyms_kept(void)
{
	return scan_kallsyms(kallsyms);
}

static int setup_modules(void)
{
	const int ret = load_module(PROBE_MODULE ".ko");

	if (ret && ret != -EEXIST)
		return ret;
	modules = open("/proc/modules", O_RDONLY | O_CLOEXEC);
	return modules < 0 ? -errno : 0;
}

static int scan_modules(int fd)
{
	const ssize_t got = pread(fd, answer, sizeof(answer) - 1, 0);
	const char *at;

	if (got < 0)
		return -errno;
	answer[got] = '\0';
	at = strstr((const char *)answer, " 0x");
	return at ? has_address(at) : -EIO;
}

static int get_modules(void)
{
	const int fd = open("/proc/modules", O_RDONLY | O_CLOEXEC);
	const int ret = scan_modules(fd);

	close(fd);
	return ret;
}

static int get_modules_kept(void)
{
	return scan_modules(modules);
}

static int get_sections(void)
{
	char text[64];
	const ssize_t got = read_text("/sys/module/" PROBE_MODULE
				      "/sections/.text",
				      text, sizeof(text));

	return got < 0 ? got : has_address(text);
}

static int setup_nothing(void)
{
	return 0;
}

static int scan_iomem(const char *name)
{
	const ssize_t got =
		read_text("/proc/iomem", (char *)answer, sizeof(answer));
	char *at;

	if (got < 0)
		return got;
	at = strstr((char *)answer, name);
	if (!at)
		return -ENOENT;
	while (at > (char *)answer && at[-1] != '\n')
		at--;
	return !!strtoull(at, NULL, 16);
}

static int get_iomem_kernel(void)
{
	return scan_iomem(" : Kernel code");
}

static int get_iomem_other(void)
{
	return scan_iomem(" : PCI");
}

/* %pK, which shows root an address when that is restricted to root. */
static int setup_pointers(void)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair))
		return -errno;
	return write_text("/proc/sys/kernel/kptr_restrict", "1\n");
}

static int get_pointers(void)
{
	const ssize_t got =
		read_text("/proc/net/unix", (char *)answer, sizeof(answer));
	const char *line = (const char *)answer;
	int found = HIDDEN;

	if (got < 0)
		return got;
	line = strchr(line, '\n');
	if (!line || !line[1])
		return -EIO;
	for (; line && line[1]; line = strchr(line + 1, '\n')) {
		if (strtoull(line, NULL, 16))
			found = SHOWN;
	}
	return found;
}

/* perf */

#define RING_PAGES 16

struct sampler {
	int fd;
	struct perf_event_mmap_page *ring;
};

static int perf_open(struct perf_event_attr *attr)
{
	const int fd = syscall(__NR_perf_event_open, attr, 0, -1, -1,
			       PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int make_sampler(struct sampler *sampler, struct perf_event_attr *attr)
{
	attr->size = sizeof(*attr);
	sampler->fd = perf_open(attr);
	if (sampler->fd < 0)
		return sampler->fd;
	sampler->ring = mmap(NULL, (1 + RING_PAGES) * PAGE_BYTES,
			     PROT_READ | PROT_WRITE, MAP_SHARED, sampler->fd,
			     0);
	return sampler->ring == MAP_FAILED ? -errno : 0;
}

/* Calls @look for each record that came meanwhile. */
static int drain(struct sampler *sampler,
		 int (*look)(const struct perf_event_header *record))
{
	static char copy[65536];
	__u64 head =
		__atomic_load_n(&sampler->ring->data_head, __ATOMIC_ACQUIRE);
	__u64 at = sampler->ring->data_tail;
	const char *data = (char *)sampler->ring + PAGE_BYTES;
	const size_t size = RING_PAGES * PAGE_BYTES;
	const struct perf_event_header *record = (void *)copy;
	int found = -ENODATA, ret;
	size_t i, len;

	while (at < head) {
		for (i = 0; i < sizeof(*record); i++)
			copy[i] = data[(at + i) % size];
		len = record->size;
		for (i = 0; i < len; i++)
			copy[i] = data[(at + i) % size];
		ret = look(record);
		if (ret > found)
			found = ret;
		at += len;
	}
	__atomic_store_n(&sampler->ring->data_tail, at, __ATOMIC_RELEASE);
	return found;
}

static struct sampler clock_sampler, event_sampler, symbol_sampler;

static int setup_clock(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.sample_period = 100000,
		.sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_CALLCHAIN,
		.disabled = 1,
	};

	return make_sampler(&clock_sampler, &attr);
}

static bool in_kernel(__u64 address)
{
	/* Above are marks such as PERF_CONTEXT_USER. */
	return address >> 63 && address < (__u64)-4096;
}

static int look_ip(const struct perf_event_header *record)
{
	const __u64 *field = (void *)(record + 1);

	if (record->type != PERF_RECORD_SAMPLE)
		return -ENODATA;
	return in_kernel(field[0]);
}

static int look_chain(const struct perf_event_header *record)
{
	const __u64 *field = (void *)(record + 1);
	__u64 i;

	if (record->type != PERF_RECORD_SAMPLE)
		return -ENODATA;
	for (i = 0; i < field[1]; i++) {
		if (in_kernel(field[2 + i]))
			return SHOWN;
	}
	return HIDDEN;
}

static int sample_clock(int (*look)(const struct perf_event_header *record))
{
	static char zeros[1 << 20];
	int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	int i;

	drain(&clock_sampler, look);
	ioctl(clock_sampler.fd, PERF_EVENT_IOC_ENABLE, 0);
	for (i = 0; i < 200; i++) {
		if (read(fd, zeros, sizeof(zeros)) < 0)
			break;
	}
	ioctl(clock_sampler.fd, PERF_EVENT_IOC_DISABLE, 0);
	close(fd);
	return drain(&clock_sampler, look);
}

static int get_sample_ip(void)
{
	return sample_clock(look_ip);
}

static int get_sample_chain(void)
{
	return sample_clock(look_chain);
}

static long event_id;

static struct perf_event_attr event_attr(void)
{
	return (struct perf_event_attr){
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(struct perf_event_attr),
		.config = event_id,
		.sample_period = 1,
		.sample_type = PERF_SAMPLE_RAW,
	};
}

static int setup_event(void)
{
	struct perf_event_attr attr;

	mount("tracefs", "/sys/kernel/tracing", "tracefs", 0, NULL);
	event_id = read_number(TRACEFS "events/sched/sched_waking/id");
	if (event_id < 0)
		return -ENOENT;
	attr = event_attr();
	return make_sampler(&event_sampler, &attr);
}

static int look_raw(const struct perf_event_header *record)
{
	const __u32 *size = (void *)(record + 1);

	if (record->type != PERF_RECORD_SAMPLE)
		return -ENODATA;
	/* Without a record, 4 bytes follow. */
	return *size > 4;
}

/* Wakes somebody up, which is an event. */
static void wake(void)
{
	int fds[2], i;
	char byte = 0;
	pid_t child;

	if (pipe(fds))
		return;
	child = fork();
	if (!child) {
		for (i = 0; i < 3; i++) {
			if (read(fds[0], &byte, 1) != 1)
				break;
		}
		_exit(0);
	}
	for (i = 0; i < 3; i++) {
		usleep(10000);
		if (write(fds[1], &byte, 1) != 1)
			break;
	}
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	close(fds[0]);
	close(fds[1]);
}

static int get_event_kept(void)
{
	drain(&event_sampler, look_raw);
	wake();
	return drain(&event_sampler, look_raw);
}

static int get_event(void)
{
	struct perf_event_attr attr = event_attr();
	struct sampler sampler;
	int ret = make_sampler(&sampler, &attr);

	if (ret)
		return ret;
	wake();
	ret = drain(&sampler, look_raw);
	munmap(sampler.ring, (1 + RING_PAGES) * PAGE_BYTES);
	close(sampler.fd);
	return ret;
}

/* To count events shows nothing. */
static int count_event(void)
{
	struct perf_event_attr attr = event_attr();
	__u64 count = 0;
	int fd;

	attr.sample_type = 0;
	attr.sample_period = 0;
	fd = perf_open(&attr);
	if (fd < 0)
		return fd;
	wake();
	if (read(fd, &count, sizeof(count)) != sizeof(count))
		count = 0;
	close(fd);
	return count > 0;
}

static int open_text_poke(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_DUMMY,
		.text_poke = 1,
	};
	const int fd = perf_open(&attr);

	if (fd < 0)
		return fd;
	close(fd);
	return SHOWN;
}

static int setup_symbols(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_DUMMY,
		.ksymbol = 1,
	};

	return make_sampler(&symbol_sampler, &attr);
}

static int look_symbol(const struct perf_event_header *record)
{
	const __u64 *address = (void *)(record + 1);

	return record->type == PERF_RECORD_KSYMBOL ? in_kernel(*address) :
						     -ENODATA;
}

static int get_symbol(void)
{
	const struct bpf_insn insns[] = { MOV(0, 0), EXIT };
	const struct bpf_program program = {
		.type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insns = insns,
		.nr_insns = ARRAY_SIZE(insns),
	};
	int fd;

	drain(&symbol_sampler, look_symbol);
	fd = load_bpf(&program);
	if (fd < 0)
		return fd;
	close(fd);
	return drain(&symbol_sampler, look_symbol);
}

static const struct row {
	const char *what;
	int (*setup)(void);
	int (*get)(void);
	/* At confidentiality. */
	int expected;
	const char *needs;
} rows[] = {
	{ "PF_KEY: key of an association", setup_pfkey, get_pfkey, HIDDEN,
	  "CONFIG_NET_KEY" },
	{ "PF_KEY: keys in a dump", NULL, dump_pfkey, HIDDEN,
	  "CONFIG_NET_KEY" },
	{ "WireGuard: private key", setup_wireguard, get_wireguard_private,
	  HIDDEN, "CONFIG_WIREGUARD" },
	{ "WireGuard: preshared key", NULL, get_wireguard_preshared, HIDDEN,
	  "CONFIG_WIREGUARD" },
	{ "dm-crypt: key in the table", setup_crypt, get_crypt, HIDDEN,
	  "CONFIG_DM_CRYPT" },
	{ "dm-crypt: the table can be loaded again", NULL, reload_crypt, HIDDEN,
	  "CONFIG_DM_CRYPT" },
	{ "dm-integrity: key in the table", setup_integrity, get_integrity,
	  HIDDEN, "CONFIG_DM_INTEGRITY" },
	{ "dm-integrity: the table can be loaded again", NULL, reload_integrity,
	  HIDDEN, "CONFIG_DM_INTEGRITY" },
	{ "TLS: a socket's own key", setup_tls, get_tls, SHOWN, "CONFIG_TLS" },
	{ "SEG6: HMAC key", setup_seg6, get_seg6, HIDDEN,
	  "CONFIG_IPV6_SEG6_HMAC" },
	{ "NVMe: kept file of dhchap_secret", setup_nvme, get_dhchap, -EPERM,
	  "CONFIG_NVME_TARGET_LOOP" },
	{ "debugfs: private file", setup_debugfs, get_private, -EPERM,
	  "CONFIG_PTDUMP_DEBUGFS" },
	{ "debugfs: kept private file", NULL, get_private_kept, -EPERM,
	  "CONFIG_PTDUMP_DEBUGFS" },
	{ "debugfs: private file after chmod", NULL, get_private_chmod, -EPERM,
	  "CONFIG_PTDUMP_DEBUGFS" },
	{ "debugfs: file for all", NULL, get_public, SHOWN, "CONFIG_PM_SLEEP" },
	{ "/proc/kallsyms: addresses", setup_kallsyms, get_kallsyms, HIDDEN,
	  "CONFIG_KALLSYMS" },
	{ "kept /proc/kallsyms: addresses", NULL, get_kallsyms_kept, HIDDEN,
	  "CONFIG_KALLSYMS" },
	{ "/proc/modules: addresses", setup_modules, get_modules, HIDDEN,
	  "test_modules" },
	{ "kept /proc/modules: addresses", NULL, get_modules_kept, HIDDEN,
	  "test_modules" },
	{ "/sys/module/*/sections: addresses", NULL, get_sections, HIDDEN,
	  "test_modules" },
	{ "/proc/iomem: address of the kernel", setup_nothing, get_iomem_kernel,
	  HIDDEN, "/proc/iomem" },
	{ "/proc/iomem: other addresses", NULL, get_iomem_other, SHOWN,
	  "/proc/iomem" },
	{ "%pK: addresses", setup_pointers, get_pointers, HIDDEN,
	  "CONFIG_UNIX" },
	{ "perf: address of a kept sample", setup_clock, get_sample_ip, HIDDEN,
	  "CONFIG_PERF_EVENTS" },
	{ "perf: call chain of a kept sample", NULL, get_sample_chain, HIDDEN,
	  "CONFIG_PERF_EVENTS" },
	{ "perf: records of an event, kept", setup_event, get_event_kept,
	  HIDDEN, "CONFIG_EVENT_TRACING" },
	{ "perf: records of an event", NULL, get_event, -EPERM,
	  "CONFIG_EVENT_TRACING" },
	{ "perf: count of an event", NULL, count_event, SHOWN,
	  "CONFIG_EVENT_TRACING" },
	{ "perf: changes of the kernel's text", NULL, open_text_poke, -EPERM,
	  "CONFIG_PERF_EVENTS" },
	{ "perf: kept, addresses of symbols", setup_symbols, get_symbol, HIDDEN,
	  "CONFIG_BPF_JIT" },
};

/* As setup() answered; a row without one has that of the row before. */
static int ready[ARRAY_SIZE(rows)];

static void setup(void)
{
	int last = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].setup)
			last = rows[i].setup();
		ready[i] = last;
	}
}

static void test(int level)
{
	const bool locked = level == LEVEL_CONFIDENTIALITY;
	int expected, ret;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		if (ready[i]) {
			ksft_test_result_skip("%s: %s: %s (%s)\n",
					      level_name(level), rows[i].what,
					      rows[i].needs,
					      errno_name(-ready[i]));
			continue;
		}
		expected = locked ? rows[i].expected : SHOWN;
		ret = rows[i].get();
		if (ret != expected)
			ksft_print_msg("expected %d, got %d (%s)\n", expected,
				       ret, ret < 0 ? errno_name(-ret) : "");
		ksft_test_result(ret == expected, "%s: %s\n", level_name(level),
				 rows[i].what);
	}
}

int main(void)
{
	int level;

	begin_raising();
	ksft_set_plan(ARRAY_SIZE(rows) * LEVEL_COUNT);
	setup();
	for (level = LEVEL_NONE; level < LEVEL_COUNT; level++) {
		if (level && write_text(LOCKDOWN_FILE, level_name(level)))
			ksft_exit_fail_msg("cannot raise the level\n");
		test(level);
	}
	ksft_finished();
}
