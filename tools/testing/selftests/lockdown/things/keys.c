// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys that were put into the kernel: of WireGuard, device mapper, segment
 * routing and NVMe. Everything but the key is still told. Callers still see
 * keys of their own, such as those of a TLS socket.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/dm-ioctl.h>
#include <linux/genetlink.h>
#include <linux/loop.h>
#include <linux/seg6_genl.h>
#include <linux/seg6_hmac.h>
#include <linux/tcp.h>
#include <linux/tls.h>
#include <linux/wireguard.h>

#include "../lib/file.h"
#include "../lib/mount.h"
#include "../lib/netlink.h"
#include "../thing.h"

#ifndef TCP_ULP
#define TCP_ULP 31
#endif

#define KEY_BYTES 32
static const __u8 key[KEY_BYTES] = "lockdown's own key, 32 bytes wid";
static const __u8 preshared[KEY_BYTES] = "lockdown's preshared key, 32 wid";
static const char peer_key[] = "0123456789abcdef0123456789abcdef";

#define KEY_HEX                          \
	"6c6f636b646f776e2773206f776e20" \
	"6b65792c20333220627974657320776964"

/* Says what the machine lacks, unless the kernel refused it. */
static int unless_refused(struct held *held, int ret, const char *option)
{
	if (!ret || ret == -EPERM)
		return ret;
	return lack(held, "no way to set a key: %s (%s)", errno_name(-ret),
		    option);
}

static int shown_if(bool shown)
{
	return shown ? 0 : WITHHELD;
}

/* WireGuard, and segment routing */

struct generic {
	int fd;
	int family;
};

static void release_generic(struct held *held)
{
	const struct generic *generic = held->state;

	if (generic->fd > 0)
		close(generic->fd);
}

static int open_generic(struct generic *generic, const char *name)
{
	generic->fd = open_netlink(NETLINK_GENERIC);
	if (generic->fd < 0)
		return generic->fd;
	generic->family = generic_family(generic->fd, name);
	return generic->family < 0 ? generic->family : 0;
}

static int set_wireguard(const struct generic *generic)
{
	const struct genlmsghdr head = { .cmd = WG_CMD_SET_DEVICE,
					 .version = WG_GENL_VERSION };
	char answer[NETLINK_ANSWER];
	struct netlink_request request;
	struct nlattr *peers, *peer;
	ssize_t got;

	begin_request(&request, generic->family, NLM_F_ACK, &head,
		      sizeof(head));
	put_attr(&request, WGDEVICE_A_IFNAME, "wglkd", 6);
	put_attr(&request, WGDEVICE_A_PRIVATE_KEY, key, KEY_BYTES);
	peers = begin_nest(&request, WGDEVICE_A_PEERS);
	peer = begin_nest(&request, 0);
	put_attr(&request, WGPEER_A_PUBLIC_KEY, peer_key, KEY_BYTES);
	put_attr(&request, WGPEER_A_PRESHARED_KEY, preshared, KEY_BYTES);
	end_nest(&request, peer);
	end_nest(&request, peers);
	got = ask_netlink(generic->fd, &request, answer, sizeof(answer));
	return got < 0 ? got : 0;
}

static int obtain_wireguard(struct held *held)
{
	const int before = enter_network();
	int ret;

	if (before < 0)
		return unless_refused(held, before, "CONFIG_NET_NS");
	ret = open_generic(held->state, WG_GENL_NAME);
	if (!ret)
		ret = make_link("wglkd", "wireguard");
	if (!ret)
		ret = set_wireguard(held->state);
	leave_network(before);
	return unless_refused(held, ret, "CONFIG_WIREGUARD");
}

static const struct handle wireguard = {
	.size = sizeof(struct generic),
	.obtain = obtain_wireguard,
	.release = release_generic,
	.shared = true,
};

static ssize_t dump_wireguard(const struct generic *generic, char *answer)
{
	const struct genlmsghdr head = { .cmd = WG_CMD_GET_DEVICE,
					 .version = WG_GENL_VERSION };
	struct netlink_request request;
	ssize_t got;

	begin_request(&request, generic->family, NLM_F_DUMP, &head,
		      sizeof(head));
	put_attr(&request, WGDEVICE_A_IFNAME, "wglkd", 6);
	got = ask_netlink(generic->fd, &request, answer, NETLINK_ANSWER);
	if (got < 0)
		return got;
	/* The peer is still listed. */
	return memmem(answer, got, peer_key, KEY_BYTES) ? got : -EIO;
}

/* Curve25519 sets and clears bits at both ends. */
static int use_private_key(struct held *held)
{
	char answer[NETLINK_ANSWER];
	const ssize_t got = dump_wireguard(held->state, answer);

	if (got < 0)
		return got;
	return shown_if(memmem(answer, got, key + 1, KEY_BYTES - 2));
}

static int use_preshared_key(struct held *held)
{
	char answer[NETLINK_ANSWER];
	const ssize_t got = dump_wireguard(held->state, answer);

	return got < 0 ? got :
			 shown_if(memmem(answer, got, preshared, KEY_BYTES));
}

static int set_seg6(const struct generic *generic)
{
	const struct genlmsghdr head = { .cmd = SEG6_CMD_SETHMAC,
					 .version = SEG6_GENL_VERSION };
	const __u8 len = KEY_BYTES, algorithm = SEG6_HMAC_ALGO_SHA256;
	const __u32 id = 7;
	char answer[NETLINK_ANSWER];
	struct netlink_request request;
	ssize_t got;

	begin_request(&request, generic->family, NLM_F_ACK, &head,
		      sizeof(head));
	put_attr(&request, SEG6_ATTR_HMACKEYID, &id, sizeof(id));
	put_attr(&request, SEG6_ATTR_SECRETLEN, &len, sizeof(len));
	put_attr(&request, SEG6_ATTR_ALGID, &algorithm, sizeof(algorithm));
	put_attr(&request, SEG6_ATTR_SECRET, key, KEY_BYTES);
	got = ask_netlink(generic->fd, &request, answer, sizeof(answer));
	return got < 0 ? got : 0;
}

static int obtain_seg6(struct held *held)
{
	const int before = enter_network();
	int ret;

	if (before < 0)
		return unless_refused(held, before, "CONFIG_NET_NS");
	ret = open_generic(held->state, SEG6_GENL_NAME);
	if (!ret)
		ret = set_seg6(held->state);
	leave_network(before);
	return unless_refused(held, ret, "CONFIG_IPV6_SEG6_HMAC");
}

static const struct handle seg6 = {
	.size = sizeof(struct generic),
	.obtain = obtain_seg6,
	.release = release_generic,
};

static int use_seg6(struct held *held)
{
	const struct genlmsghdr head = { .cmd = SEG6_CMD_DUMPHMAC,
					 .version = SEG6_GENL_VERSION };
	const struct generic *generic = held->state;
	char answer[NETLINK_ANSWER];
	struct netlink_request request;
	ssize_t got;

	begin_request(&request, generic->family, NLM_F_DUMP, &head,
		      sizeof(head));
	got = ask_netlink(generic->fd, &request, answer, sizeof(answer));
	return got < 0 ? got : shown_if(memmem(answer, got, key, KEY_BYTES));
}

/* Tables of device mapper, on a loop device over anonymous memory */

/* The arg of a thing. */
struct target {
	const char *type;
	/* With the disk in place of %s. */
	const char *format;
	/* The table has this in front of the key. */
	const char *before_key;
	const char *option;
};

static const struct target crypt_target = {
	.type = "crypt",
	.format = "aes-cbc-plain64 " KEY_HEX " 0 %s 0",
	.before_key = "aes-cbc-plain64 ",
	.option = "CONFIG_DM_CRYPT",
};

static const struct target integrity_target = {
	.type = "integrity",
	.format = "%s 0 32 D 1 internal_hash:hmac(sha256):" KEY_HEX,
	.before_key = "internal_hash:hmac(sha256):",
	.option = "CONFIG_DM_INTEGRITY",
};

#define DISK_BYTES (16 << 20)

struct table {
	int control;
	int loop;
	bool made;
	char disk[32];
	/* Another process may have one at the same time. */
	char device[32];
};

struct dm_request {
	struct dm_ioctl head;
	char bytes[4096];
};

static int ask_dm(const struct table *table, struct dm_request *request,
		  unsigned long cmd, unsigned int flags)
{
	request->head.version[0] = DM_VERSION_MAJOR;
	request->head.data_size = sizeof(*request);
	request->head.data_start = sizeof(request->head);
	request->head.flags = flags;
	snprintf(request->head.name, sizeof(request->head.name), "%s",
		 table->device);
	return ioctl(table->control, cmd, request) ? -errno : 0;
}

static int make_loop(struct table *table)
{
	const int loops = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	int file, number, ret = 0;

	if (loops < 0)
		return -errno;
	number = ioctl(loops, LOOP_CTL_GET_FREE);
	close(loops);
	file = memfd_create("disk", MFD_CLOEXEC);
	if (file < 0 || number < 0 || ftruncate(file, DISK_BYTES))
		return -errno;
	snprintf(table->disk, sizeof(table->disk), "/dev/loop%d", number);
	table->loop = open(table->disk, O_RDWR | O_CLOEXEC);
	if (table->loop < 0 || ioctl(table->loop, LOOP_SET_FD, file))
		ret = -errno;
	close(file);
	return ret;
}

static int make_device(struct table *table, const struct target *target)
{
	struct dm_request request = {};
	struct dm_target_spec *spec = (void *)request.bytes;
	int ret;

	table->control = open("/dev/mapper/control", O_RDWR | O_CLOEXEC);
	if (table->control < 0)
		return -errno;
	snprintf(table->device, sizeof(table->device), "lkd_%s_%d",
		 target->type, getpid());
	ret = make_loop(table);
	if (!ret)
		ret = ask_dm(table, &request, DM_DEV_CREATE, 0);
	if (ret)
		return ret;
	table->made = true;
	memset(&request, 0, sizeof(request));
	request.head.target_count = 1;
	spec->length = 8;
	snprintf(spec->target_type, sizeof(spec->target_type), "%s",
		 target->type);
	snprintf((char *)(spec + 1), 2048, target->format, table->disk);
	ret = ask_dm(table, &request, DM_TABLE_LOAD, 0);
	if (ret)
		return ret;
	memset(&request, 0, sizeof(request));
	return ask_dm(table, &request, DM_DEV_SUSPEND, 0);
}

static int obtain_table(struct held *held)
{
	const struct target *target = held->thing->arg;

	return unless_refused(held, make_device(held->state, target),
			      target->option);
}

static void release_table(struct held *held)
{
	const struct table *table = held->state;
	struct dm_request request = {};
	int ret = 0;

	if (table->made)
		ret = ask_dm(table, &request, DM_DEV_REMOVE, 0);
	if (ret)
		not_released(table->device, -ret);
	if (table->loop > 0) {
		ioctl(table->loop, LOOP_CLR_FD, 0);
		close(table->loop);
	}
	if (table->control > 0)
		close(table->control);
}

static const struct handle crypt_table = {
	.size = sizeof(struct table),
	.obtain = obtain_table,
	.release = release_table,
	.shared = true,
};

/* The handle differs, because things with one handle share one state. */
static const struct handle integrity_table = {
	.size = sizeof(struct table),
	.obtain = obtain_table,
	.release = release_table,
	.shared = true,
};

static int read_table(const struct table *table, struct dm_request *request)
{
	return ask_dm(table, request, DM_TABLE_STATUS, DM_STATUS_TABLE_FLAG);
}

static int use_table(struct held *held)
{
	const struct target *target = held->thing->arg;
	struct dm_request request = {};
	const int ret = read_table(held->state, &request);

	if (ret)
		return ret;
	if (!memmem(request.bytes, sizeof(request.bytes), target->before_key,
		    strlen(target->before_key)))
		return -EIO;
	return shown_if(memmem(request.bytes, sizeof(request.bytes), KEY_HEX,
			       strlen(KEY_HEX)));
}

/* A table that was read without the key must not load with a wrong one. */
static int use_reload(struct held *held)
{
	const struct table *table = held->state;
	struct dm_request status = {}, load = {}, clear = {};
	int ret;

	ret = read_table(table, &status);
	if (ret)
		return ret;
	memcpy(load.bytes, status.bytes, sizeof(load.bytes));
	load.head.target_count = 1;
	ret = ask_dm(table, &load, DM_TABLE_LOAD, 0);
	if (ret)
		return ret == -EINVAL ? WITHHELD : ret;
	return ask_dm(table, &clear, DM_TABLE_CLEAR, 0);
}

/* A socket's own key */

struct tls {
	int connected;
	int listener;
};

static int obtain_tls(struct held *held)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct tls12_crypto_info_aes_gcm_128 info = {
		.info = { TLS_1_2_VERSION, TLS_CIPHER_AES_GCM_128 },
	};
	struct tls *tls = held->state;
	socklen_t len = sizeof(address);

	memcpy(info.key, key, sizeof(info.key));
	tls->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	tls->connected = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(tls->listener, (void *)&address, len) ||
	    listen(tls->listener, 1) ||
	    getsockname(tls->listener, (void *)&address, &len) ||
	    connect(tls->connected, (void *)&address, len) ||
	    setsockopt(tls->connected, IPPROTO_TCP, TCP_ULP, "tls", 4) ||
	    setsockopt(tls->connected, SOL_TLS, TLS_TX, &info, sizeof(info)))
		return unless_refused(held, -errno, "CONFIG_TLS");
	return 0;
}

static void release_tls(struct held *held)
{
	const struct tls *tls = held->state;

	if (tls->connected > 0)
		close(tls->connected);
	if (tls->listener > 0)
		close(tls->listener);
}

static const struct handle tls_socket = {
	.size = sizeof(struct tls),
	.obtain = obtain_tls,
	.release = release_tls,
};

static int use_tls(struct held *held)
{
	struct tls12_crypto_info_aes_gcm_128 info = {};
	const struct tls *tls = held->state;
	socklen_t len = sizeof(info);

	if (getsockopt(tls->connected, SOL_TLS, TLS_TX, &info, &len))
		return -errno;
	return shown_if(!memcmp(info.key, key, sizeof(info.key)));
}

/* NVMe over fabrics, with a target in the same kernel */

#define NVMET "/sys/kernel/config/nvmet/"
#define DHCHAP "DHHC-1:00:QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVpbXF1eX2D3HOZI:"

struct dhchap {
	int fd;
	/* In the directory of configfs; empty if it is not there. */
	char subsystem[64], port[64], link[128];
	/* The file that ends the connection. */
	char end[64];
};

static int make_dir(char *made, size_t size, const char *kind)
{
	char path[64];

	/* Another process may have one at the same time. */
	snprintf(path, sizeof(path), NVMET "%s/%d", kind, getpid());
	if (mkdir(path, 0700))
		return -errno;
	snprintf(made, size, "%s", path);
	return 0;
}

static int set_attr(const char *dir, const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return write_text(path, text);
}

static int make_target(struct dhchap *dhchap)
{
	char path[128];
	int ret;

	ret = make_dir(dhchap->subsystem, sizeof(dhchap->subsystem),
		       "subsystems");
	if (!ret)
		ret = make_dir(dhchap->port, sizeof(dhchap->port), "ports");
	if (!ret)
		ret = set_attr(dhchap->subsystem, "attr_allow_any_host", "1");
	if (!ret)
		ret = set_attr(dhchap->port, "addr_trtype", "loop");
	if (ret)
		return ret;
	snprintf(path, sizeof(path), "%s/subsystems/%d", dhchap->port,
		 getpid());
	if (symlink(dhchap->subsystem, path))
		return -errno;
	snprintf(dhchap->link, sizeof(dhchap->link), "%s", path);
	return 0;
}

/* The answer has the number of the controller, or that is -errno. */
static int connect_target(void)
{
	const int fd = open("/dev/nvme-fabrics", O_RDWR | O_CLOEXEC);
	char line[256];
	const char *at;
	ssize_t got;
	int ret;

	if (fd < 0)
		return -errno;
	snprintf(line, sizeof(line),
		 "transport=loop,nqn=%d,dhchap_secret=" DHCHAP, getpid());
	got = write(fd, line, strlen(line));
	if (got > 0)
		got = read(fd, line, sizeof(line) - 1);
	ret = got < 0 ? -errno : -EIO;
	close(fd);
	if (got <= 0)
		return ret;
	line[got] = '\0';
	at = strstr(line, "instance=");
	return at ? atoi(at + strlen("instance=")) : -EIO;
}

static int open_secret(struct dhchap *dhchap, int controller)
{
	char path[64];

	snprintf(dhchap->end, sizeof(dhchap->end),
		 "/sys/class/nvme/nvme%d/delete_controller", controller);
	snprintf(path, sizeof(path), "/sys/class/nvme/nvme%d/dhchap_secret",
		 controller);
	dhchap->fd = open(path, O_RDONLY | O_CLOEXEC);
	return dhchap->fd < 0 ? -errno : 0;
}

static int obtain_dhchap(struct held *held)
{
	struct dhchap *dhchap = held->state;
	int ret;

	ret = mount_private(held, "configfs", "/sys/kernel/config");
	if (ret)
		return ret;
	ret = make_target(dhchap);
	if (!ret)
		ret = connect_target();
	if (ret >= 0)
		ret = open_secret(dhchap, ret);
	return unless_refused(held, ret,
			      "CONFIG_NVME_TARGET_LOOP, NVME_HOST_AUTH");
}

static void remove_dir(const char *path)
{
	if (path[0] && rmdir(path))
		not_released(path, errno);
}

static void release_dhchap(struct held *held)
{
	const struct dhchap *dhchap = held->state;

	if (dhchap->fd > 0)
		close(dhchap->fd);
	if (dhchap->end[0])
		write_text(dhchap->end, "1");
	if (dhchap->link[0])
		unlink(dhchap->link);
	remove_dir(dhchap->port);
	remove_dir(dhchap->subsystem);
}

static const struct handle dhchap_secret = {
	.size = sizeof(struct dhchap),
	.obtain = obtain_dhchap,
	.release = release_dhchap,
	.has_fd = true,
};

static int use_dhchap(struct held *held)
{
	const struct dhchap *dhchap = held->state;
	char text[256] = "";

	if (pread(dhchap->fd, text, sizeof(text) - 1, 0) < 0)
		return -errno;
	return shown_if(strstr(text, DHCHAP));
}

static const struct thing keys_things[] = {
	{
		.name = "keys.wireguard",
		.reason = "KEYS",
		.denied_from = CONFIDENTIALITY,
		.handle = &wireguard,
		.use = use_private_key,
		.object = "keys of wglkd",
		.level.title = "read the private key of WireGuard",
		.level.withheld = true,
		.kept.title = "private key of WireGuard",
		.kept.places = HERE,
		.kept.refusal = WITHHELD,
	},
	{
		.name = "keys.preshared",
		.reason = "KEYS",
		.denied_from = CONFIDENTIALITY,
		.handle = &wireguard,
		.use = use_preshared_key,
		.object = "keys of wglkd",
		.level.title = "read a preshared key of WireGuard",
		.level.withheld = true,
		.kept.title = "preshared key of WireGuard",
		.kept.places = HERE,
		.kept.refusal = WITHHELD,
	},
	{
		.name = "keys.crypt",
		.reason = "KEYS",
		.denied_from = CONFIDENTIALITY,
		.handle = &crypt_table,
		.arg = &crypt_target,
		.use = use_table,
		.object = "key of *:*",
		.level.title = "read the key of dm-crypt",
		.level.withheld = true,
		.kept.title = "key in the table of dm-crypt",
		.kept.places = HERE,
		.kept.refusal = WITHHELD,
	},
	{
		.name = "keys.crypt_reload",
		.reason = "KEYS",
		.denied_from = CONFIDENTIALITY,
		.handle = &crypt_table,
		.arg = &crypt_target,
		.use = use_reload,
		.kept.title = "table of dm-crypt that can be loaded again",
		.kept.places = HERE,
		.kept.refusal = WITHHELD,
	},
	{
		.name = "keys.integrity",
		.reason = "KEYS",
		.denied_from = CONFIDENTIALITY,
		.handle = &integrity_table,
		.arg = &integrity_target,
		.use = use_table,
		.object = "internal_hash key of *:*",
		.level.title = "read the key of dm-integrity",
		.level.withheld = true,
		.kept.title = "key in the table of dm-integrity",
		.kept.places = HERE,
		.kept.refusal = WITHHELD,
	},
	{
		.name = "keys.integrity_reload",
		.reason = "KEYS",
		.denied_from = CONFIDENTIALITY,
		.handle = &integrity_table,
		.arg = &integrity_target,
		.use = use_reload,
		.kept.title = "table of dm-integrity that can be loaded again",
		.kept.places = HERE,
		.kept.refusal = WITHHELD,
	},
	{
		.name = "keys.tls",
		.reason = "KEYS",
		.denied_from = NEVER,
		.handle = &tls_socket,
		.use = use_tls,
		.kept.title = "a TLS socket's own key",
		.kept.places = HERE,
	},
	{
		.name = "keys.seg6",
		.reason = "KEYS",
		.denied_from = CONFIDENTIALITY,
		.handle = &seg6,
		.use = use_seg6,
		.object = "HMAC key 7 of SEG6",
		.level.title = "read an HMAC key of SEG6",
		.level.withheld = true,
		.kept.title = "HMAC key of SEG6",
		.kept.places = HERE,
		.kept.refusal = WITHHELD,
	},
	{
		.name = "keys.dhchap",
		.reason = "KEYS",
		.denied_from = CONFIDENTIALITY,
		.handle = &dhchap_secret,
		.use = use_dhchap,
		.object = "dhchap_secret of nvme*",
		.level.title = "read dhchap_secret of NVMe",
		.kept.title = "dhchap_secret of NVMe",
		.kept.places = HERE,
	},
};

REGISTER_THINGS(keys_things);
