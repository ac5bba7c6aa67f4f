// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown selftest: what root attempts, and whether the kernel lets it.
 *
 * Each variant is one attempt to cross the line between uid 0 and the kernel.
 * It is refused from its level on, and must succeed below that level: what
 * fails there too proves nothing.  An attempt leaves the machine as it was.
 *
 *    denied from      none      integrity  confidentiality
 *
 *    INTEGRITY        allowed   denied     denied
 *    CONFIDENTIALITY  allowed   allowed    denied
 *    NEVER            allowed   allowed    allowed
 *    ALWAYS           denied    denied     denied
 *
 * A denial must also be counted, and logged by the name of its reason and
 * of the object that the attempt was made on.  The kernel logs ten denials of a
 * reason in five seconds; with $LOCKDOWN_WAIT_FOR_LOG set, an attempt that was
 * not logged for that is made again later.
 *
 * Each attempt prints one line, tab-separated, for whoever collects them:
 *
 *   # attempt: <reason> <description> <allowed|denied|skipped> <errno> [<why>]
 *
 * Reasons without an attempt here: DEVICE_TREE, XMON_WR, XMON_RW and
 * RTAS_ERROR_INJECTION are of other architectures; XEN_USER_ACTIONS is decided
 * once, in a Xen guest; DBG_WRITE_KERNEL and DBG_READ_KERNEL stop the machine.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fnmatch.h>
#include <linux/bpf.h>
#include <linux/netlink.h>
#include <linux/xfrm.h>
#include <sched.h>
#include <stdarg.h>
#include <sys/mount.h>
#include <sys/socket.h>

#include "../kselftest_harness.h"
#include "common.h"

#ifndef MODULE_INIT_IGNORE_MODVERSIONS
#define MODULE_INIT_IGNORE_MODVERSIONS 1
#define MODULE_INIT_IGNORE_VERMAGIC 2
#endif
#ifndef MODULE_INIT_COMPRESSED_FILE
#define MODULE_INIT_COMPRESSED_FILE 4
#endif

#ifndef KEXEC_FILE_UNLOAD
#define KEXEC_FILE_UNLOAD 0x00000001
#define KEXEC_FILE_ON_CRASH 0x00000002
#define KEXEC_FILE_NO_INITRAMFS 0x00000004
#endif

/* The kernel's DEFAULT_RATELIMIT_INTERVAL and DEFAULT_RATELIMIT_BURST. */
#define RATELIMIT_SECONDS 5
#define RATELIMIT_BURST 10

/* Other than 0 (allowed) and -errno (refused). */
enum {
	SKIPPED = 1,
	/* Refused without an error that could be seen. */
	WITHHELD = 2,
};

/* The level from which on an attempt is denied. */
enum {
	ALWAYS = LEVEL_NONE,
	INTEGRITY = LEVEL_INTEGRITY,
	CONFIDENTIALITY = LEVEL_CONFIDENTIALITY,
	NEVER = LEVEL_COUNT,
};

struct skip {
	char why[160];
};

static __printf(2, 3) int skip(struct skip *skip, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(skip->why, sizeof(skip->why), fmt, args);
	va_end(args);
	return SKIPPED;
}

/* An open that failed: refused, unless the machine does not have the file. */
static int open_error(struct skip *why, const char *path, const char *option)
{
	switch (errno) {
	case ENOENT:
	case ENXIO:
	case ENODEV:
		return skip(why, "no %s (%s)", path, option);
	default:
		return -errno;
	}
}

/* MODULE_SIGNATURE */

static int loaded(long result)
{
	if (result)
		return -errno;
	return unload_module();
}

static int no_module(struct skip *why, int error, const char *name)
{
	if (error != -ENOENT)
		return error;
	return skip(why, "no module file %s ($LOCKDOWN_MODULE_DIR)", name);
}

static int cannot_load(struct skip *why)
{
	char text[8];

	if (access("/proc/modules", F_OK))
		return skip(why, "no loadable modules (CONFIG_MODULES)");
	if (module_loaded())
		return skip(why, "module " PROBE_MODULE " is loaded already");
	if (read_text("/sys/module/module/parameters/sig_enforce", text,
		      sizeof(text)) > 0 &&
	    text[0] == 'Y')
		return skip(why,
			    "signatures are enforced (module.sig_enforce)");
	return 0;
}

static int init_from_memory(struct skip *why, const char *name,
			    const char *args, bool tamper)
{
	__u8 *image, *text;
	ssize_t len;
	int ret;

	ret = cannot_load(why);
	if (ret)
		return ret;
	len = read_module(name, &image);
	if (len < 0)
		return no_module(why, len, name);
	if (tamper) {
		text = memmem(image, len, "Selftest module", 15);
		if (!text) {
			free(image);
			return -EPROTO;
		}
		*text ^= 0x20;
	}
	ret = loaded(syscall(__NR_init_module, image, len, args));
	free(image);
	return ret;
}

static int init_from_file(struct skip *why, const char *name, int flags)
{
	int fd, ret;

	ret = cannot_load(why);
	if (ret)
		return ret;
	fd = open_module(name);
	if (fd < 0)
		return no_module(why, fd, name);
	ret = loaded(syscall(__NR_finit_module, fd, "", flags));
	close(fd);

	if (flags & MODULE_INIT_COMPRESSED_FILE &&
	    (ret == -EOPNOTSUPP || ret == -EINVAL))
		return skip(why, "no decompression (CONFIG_MODULE_DECOMPRESS)");
	if (flags & ~MODULE_INIT_COMPRESSED_FILE && ret == -ENOEXEC)
		return skip(why,
			    "no forced loading (CONFIG_MODULE_FORCE_LOAD)");
	return ret;
}

static int module_unsigned_init(struct skip *why)
{
	return init_from_memory(why, "lockdown_probe.ko", "", false);
}

static int module_unsigned_finit(struct skip *why)
{
	return init_from_file(why, "lockdown_probe.ko", 0);
}

static int module_unsigned_xz(struct skip *why)
{
	return init_from_file(why, "lockdown_probe.ko.xz",
			      MODULE_INIT_COMPRESSED_FILE);
}

static int module_badkey(struct skip *why)
{
	return init_from_file(why, "lockdown_probe_badkey.ko", 0);
}

static int module_no_vermagic(struct skip *why)
{
	return init_from_file(why, "lockdown_probe_signed.ko",
			      MODULE_INIT_IGNORE_VERMAGIC);
}

static int module_no_modversions(struct skip *why)
{
	return init_from_file(why, "lockdown_probe_signed.ko",
			      MODULE_INIT_IGNORE_MODVERSIONS);
}

static int module_badsig(struct skip *why)
{
	return init_from_file(why, "lockdown_probe_badsig.ko", 0);
}

static int module_tampered(struct skip *why)
{
	return init_from_memory(why, "lockdown_probe_signed.ko", "", true);
}

static int module_signed_init(struct skip *why)
{
	return init_from_memory(why, "lockdown_probe_signed.ko", "", false);
}

static int module_signed_finit(struct skip *why)
{
	return init_from_file(why, "lockdown_probe_signed.ko", 0);
}

static int module_signed_xz(struct skip *why)
{
	return init_from_file(why, "lockdown_probe_signed.ko.xz",
			      MODULE_INIT_COMPRESSED_FILE);
}

/* MODULE_PARAMETERS */

static int hw_param_load(struct skip *why)
{
	return init_from_memory(why, "lockdown_probe_signed.ko", "port=1",
				false);
}

static int hw_param_sysfs(struct skip *why)
{
	const char *const path = "/sys/module/8250/parameters/share_irqs";
	char value[16];
	ssize_t len;

	len = read_text(path, value, sizeof(value));
	if (len == -ENOENT)
		return skip(why, "no %s (CONFIG_SERIAL_8250)", path);
	if (len < 0)
		return len;
	return write_text(path, value);
}

/* KEXEC */

static int no_kexec(struct skip *why, const char *loaded)
{
	if (read_number("/proc/sys/kernel/kexec_load_disabled") > 0)
		return skip(why, "kexec is off (kernel.kexec_load_disabled)");
	if (read_number(loaded) > 0)
		return skip(why, "an image is loaded already (%s)", loaded);
	return 0;
}

static int no_image(struct skip *why)
{
	return no_kexec(why, "/sys/kernel/kexec_loaded");
}

static int no_crash_image(struct skip *why)
{
	if (!crash_memory())
		return skip(why, "no memory for a crash kernel (crashkernel=)");
	return no_kexec(why, "/sys/kernel/kexec_crash_loaded");
}

/* Two pages, loaded and dropped again without ever being executed. */
static int kexec_segments(struct skip *why, unsigned long target,
			  unsigned long flags)
{
	static const __u8 code[2 * PAGE_BYTES];
	const struct segment segments[] = {
		{ code, PAGE_BYTES, target, PAGE_BYTES },
		{ code, 16, target + 2 * PAGE_BYTES, PAGE_BYTES },
	};
	int ret;

	if (!have_kexec_load())
		return skip(why, "no kexec_load (CONFIG_KEXEC)");
	ret = kexec_load(target, segments, ARRAY_SIZE(segments), flags);
	return ret ? ret : kexec_load(0, NULL, 0, flags);
}

static int kexec_image(struct skip *why)
{
	const int ret = no_image(why);

	return ret ? ret : kexec_segments(why, KEXEC_TARGET, 0);
}

static int kexec_crash(struct skip *why)
{
	const int ret = no_crash_image(why);

	return ret ? ret : kexec_segments(why, crash_memory(), KEXEC_ON_CRASH);
}

static long kexec_file_load(int fd, size_t cmdline_len, const char *cmdline,
			    unsigned long flags)
{
	if (syscall(__NR_kexec_file_load, fd, -1, cmdline_len, cmdline, flags))
		return -errno;
	return 0;
}

/* See have_kexec_load(). */
static bool have_kexec_file_load(void)
{
	const int ret = kexec_file_load(-1, 0, NULL, ~0UL);

	return ret == -EINVAL || ret == -EPERM;
}

static int kexec_file(struct skip *why, unsigned long flags)
{
	const char *path = getenv("LOCKDOWN_KERNEL_IMAGE");
	int fd, ret;

	if (!have_kexec_file_load())
		return skip(why, "no kexec_file_load (CONFIG_KEXEC_FILE)");
	if (!path)
		path = "/boot/bzImage";
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return open_error(why, path, "$LOCKDOWN_KERNEL_IMAGE");

	ret = kexec_file_load(fd, 1, "", flags | KEXEC_FILE_NO_INITRAMFS);
	if (!ret)
		ret = kexec_file_load(-1, 0, NULL, flags | KEXEC_FILE_UNLOAD);
	close(fd);
	return ret;
}

static int kexec_file_image(struct skip *why)
{
	const int ret = no_image(why);

	return ret ? ret : kexec_file(why, 0);
}

static int kexec_file_crash(struct skip *why)
{
	const int ret = no_crash_image(why);

	return ret ? ret : kexec_file(why, KEXEC_FILE_ON_CRASH);
}

/* This only takes away, and is allowed where nothing can be loaded. */
static int kexec_unload(struct skip *why)
{
	const int ret = no_image(why);

	if (ret)
		return ret;
	if (!have_kexec_load())
		return skip(why, "no kexec_load (CONFIG_KEXEC)");
	return kexec_load(0, NULL, 0, 0);
}

static int kexec_file_unload(struct skip *why)
{
	const int ret = no_image(why);

	if (ret)
		return ret;
	if (!have_kexec_file_load())
		return skip(why, "no kexec_file_load (CONFIG_KEXEC_FILE)");
	return kexec_file_load(-1, 0, NULL, KEXEC_FILE_UNLOAD);
}

/* HIBERNATION */

static int open_only(struct skip *why, const char *path, const char *option)
{
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return open_error(why, path, option);
	close(fd);
	return 0;
}

static int hibernation_snapshot(struct skip *why)
{
	return open_only(why, "/dev/snapshot",
			 "CONFIG_HIBERNATION_SNAPSHOT_DEV");
}

/* Only up to where the machine would stop: user space is frozen, and thawed. */
static int hibernation_start(struct skip *why)
{
	int ret;

	if (write_text("/sys/power/pm_test", "freezer"))
		return skip(why, "no /sys/power/pm_test (CONFIG_PM_DEBUG)");
	ret = write_text("/sys/power/state", "disk");
	write_text("/sys/power/pm_test", "none");
	return ret;
}

/* Sets the mode that is set, which stands in brackets. */
static int hibernation_mode(struct skip *why)
{
	char modes[128], *mode, *end;

	if (read_text("/sys/power/disk", modes, sizeof(modes)) < 0)
		return skip(why, "no /sys/power/disk (CONFIG_HIBERNATION)");
	/* States that cannot be had show as "[disabled]". */
	mode = strchr(modes, '[');
	end = mode ? strchr(mode, ']') : NULL;
	if (!end)
		return -EIO;
	*end = '\0';
	if (!strcmp(mode + 1, "disabled"))
		return write_text("/sys/power/disk", "shutdown");
	return write_text("/sys/power/disk", mode + 1);
}

/*
 * There is no image on a device that there is not.  The write says that it did
 * what it was asked to also where it did not: boot scripts do not expect an
 * error.
 */
static int hibernation_resume(struct skip *why)
{
	const char *const path = "/sys/power/resume";
	char device[32];
	int ret;

	if (read_text(path, device, sizeof(device)) < 0)
		return skip(why, "no /sys/power/resume (CONFIG_HIBERNATION)");
	if (strcmp(device, "0:0\n"))
		return skip(why, "a device to resume from is set");
	ret = write_text(path, "254:200");
	if (ret)
		return ret;
	if (read_text(path, device, sizeof(device)) < 0)
		return -EIO;
	if (!strcmp(device, "0:0\n"))
		return WITHHELD;
	return write_text(path, "0:0");
}

/* Mounts */

/*
 * A file system of our own, in a mount namespace of our own: nothing is left
 * mounted, and an administrator's mounts are not depended on.
 */
static int mount_private(struct skip *why, const char *type, const char *where)
{
	if (unshare(CLONE_NEWNS))
		return skip(why, "no private mounts: unshare: %s",
			    errno_name(errno));
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return skip(why, "no private mounts: /: %s", errno_name(errno));
	if (mount(type, where, type, 0, NULL) && errno != EBUSY)
		return skip(why, "no %s at %s: %s", type, where,
			    errno_name(errno));
	return 0;
}

/* DEBUGFS */

/* A file that only root may touch, and that takes back what was read. */
static int open_debugfs(struct skip *why, int flags, int *fd)
{
	static const char *const files[] = {
		"/sys/kernel/debug/x86/tlb_single_page_flush_ceiling",
		"/sys/kernel/debug/kprobes/enabled",
	};
	size_t i;
	int ret;

	ret = mount_private(why, "debugfs", "/sys/kernel/debug");
	if (ret)
		return ret;
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		if (access(files[i], F_OK))
			continue;
		*fd = open(files[i], flags | O_CLOEXEC);
		return *fd < 0 ? -errno : 0;
	}
	return skip(why, "neither x86/tlb_single_page_flush_ceiling nor %s",
		    "kprobes/enabled in debugfs");
}

static int debugfs_read(struct skip *why)
{
	char text[32];
	int fd, ret;

	ret = open_debugfs(why, O_RDONLY, &fd);
	if (ret)
		return ret;
	ret = read(fd, text, sizeof(text)) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

static int debugfs_write(struct skip *why)
{
	char text[32];
	ssize_t len;
	int fd, ret;

	ret = open_debugfs(why, O_RDWR, &fd);
	if (ret)
		return ret;
	len = pread(fd, text, sizeof(text), 0);
	if (len > 0)
		len = pwrite(fd, text, len, 0);
	ret = len < 0 ? -errno : 0;
	close(fd);
	return ret;
}

/* A file of those that debugfs trusts to be safe from their own removal. */
static int debugfs_unsafe(struct skip *why)
{
	static const char file[] = "/sys/kernel/debug/fault_around_bytes";
	int fd, ret;

	ret = mount_private(why, "debugfs", "/sys/kernel/debug");
	if (ret)
		return ret;
	fd = open(file, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return open_error(why, file, "CONFIG_DEBUG_FS, CONFIG_MMU");
	close(fd);
	return 0;
}

static int debugfs_chmod(struct skip *why)
{
	char path[64];
	struct stat st;
	int fd, ret;

	/* With O_PATH the file itself is not opened. */
	ret = open_debugfs(why, O_PATH, &fd);
	if (ret)
		return ret;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ret = stat(path, &st) || chmod(path, st.st_mode & 07777) ? -errno : 0;
	close(fd);
	return ret;
}

/* KCORE */

static int kcore_read(struct skip *why)
{
	__u8 header[64];
	int fd, ret;

	fd = open("/proc/kcore", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return open_error(why, "/proc/kcore", "CONFIG_PROC_KCORE");
	ret = read(fd, header, sizeof(header));
	ret = ret < 0 ? -errno : ret == sizeof(header) ? 0 : -EIO;
	close(fd);
	return ret;
}

static int bpf_load(__u32 type, const struct bpf_insn *insns, __u32 count)
{
	static const char license[] = "GPL";
	union bpf_attr attr = {
		.prog_type = type,
		.insns = (uintptr_t)insns,
		.insn_cnt = count,
		.prog_name = "lockdown",
		.license = (uintptr_t)license,
	};
	int fd;

	fd = syscall(__NR_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* XFRM_SECRET */

static const char sa_key[] = "0123456789abcdef";

struct sa_request {
	struct nlmsghdr header;
	struct xfrm_usersa_info sa;
	char attrs[512];
};

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

static void add_esp_keys(struct sa_request *request)
{
	add_key(request, XFRMA_ALG_CRYPT, "cbc(aes)");
	add_key(request, XFRMA_ALG_AUTH, "hmac(sha256)");
}

static void add_auth_key(struct sa_request *request)
{
	request->sa.id.proto = IPPROTO_AH;
	add_key(request, XFRMA_ALG_AUTH, "hmac(sha256)");
}

/* The last four bytes of the key are the salt, as RFC 4106 has it. */
static void add_aead_key(struct sa_request *request)
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

/* Sends one request and receives its one answer. */
static ssize_t netlink(int fd, const struct nlmsghdr *request, void *answer,
		       size_t size)
{
	ssize_t len;

	if (send(fd, request, request->nlmsg_len, 0) < 0)
		return -errno;
	len = recv(fd, answer, size, 0);
	return len < 0 ? -errno : len;
}

static bool has_key(const void *message, ssize_t len)
{
	return memmem(message, len, sa_key, strlen(sa_key));
}

/*
 * Somewhere without others of its kind, where a security association goes away
 * with its network namespace: a socket, and one that hears of what is changed.
 */
struct xfrm {
	int fd;
	int listener;
};

static int xfrm_open(struct skip *why, struct xfrm *xfrm)
{
	const struct sockaddr_nl address = {
		.nl_family = AF_NETLINK,
		.nl_groups = XFRMGRP_SA,
	};

	if (unshare(CLONE_NEWNET))
		return skip(why, "no network namespace (CONFIG_NET_NS)");
	xfrm->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_XFRM);
	if (xfrm->fd < 0)
		return skip(why, "no NETLINK_XFRM (CONFIG_XFRM_USER)");
	xfrm->listener = socket(AF_NETLINK,
				SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
				NETLINK_XFRM);
	if (bind(xfrm->listener, (const struct sockaddr *)&address,
		 sizeof(address)))
		return -errno;
	return 0;
}

static int xfrm_add(struct skip *why, struct xfrm *xfrm, int spi,
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
	len = netlink(xfrm->fd, &add.header, &answer, sizeof(answer));
	if (len < 0)
		return len;
	if (answer.header.nlmsg_type == NLMSG_ERROR && error->error)
		return skip(why, "no such SA: %s (CONFIG_INET_ESP, INET_AH)",
			    errno_name(-error->error));
	return 0;
}

/* Is the key that was put in among what the kernel gives out? */
static int xfrm_secret(struct skip *why, void (*add_keys)(struct sa_request *))
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
			.spi = htonl(0x1000),
			.family = AF_INET,
		},
	};
	union {
		struct nlmsghdr header;
		char bytes[4096];
	} answer;
	const struct nlmsgerr *error = NLMSG_DATA(&answer.header);
	struct xfrm xfrm;
	ssize_t len;
	int ret;

	ret = xfrm_open(why, &xfrm);
	if (!ret)
		ret = xfrm_add(why, &xfrm, 0x1000, add_keys, &get.id.proto);
	if (ret)
		return ret;

	len = netlink(xfrm.fd, &get.header, &answer, sizeof(answer));
	if (len < 0)
		return len;
	if (answer.header.nlmsg_type == NLMSG_ERROR)
		return error->error;
	return has_key(&answer, len) ? 0 : WITHHELD;
}

static int xfrm_esp(struct skip *why)
{
	return xfrm_secret(why, add_esp_keys);
}

static int xfrm_auth(struct skip *why)
{
	return xfrm_secret(why, add_auth_key);
}

static int xfrm_aead(struct skip *why)
{
	return xfrm_secret(why, add_aead_key);
}

/* Two associations with two keys each, in one request. */
static int xfrm_dump(struct skip *why)
{
	struct nlmsghdr dump = {
		.nlmsg_len = NLMSG_LENGTH(0),
		.nlmsg_type = XFRM_MSG_GETSA,
		.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
	};
	union {
		struct nlmsghdr header;
		char bytes[8192];
	} answer;
	bool found = false;
	struct xfrm xfrm;
	ssize_t len;
	__u8 proto;
	int ret;

	ret = xfrm_open(why, &xfrm);
	if (!ret)
		ret = xfrm_add(why, &xfrm, 0x1000, add_esp_keys, &proto);
	if (!ret)
		ret = xfrm_add(why, &xfrm, 0x1001, add_esp_keys, &proto);
	if (ret)
		return ret;

	len = netlink(xfrm.fd, &dump, &answer, sizeof(answer));
	while (len > 0 && answer.header.nlmsg_type == XFRM_MSG_NEWSA) {
		found |= has_key(&answer, len);
		len = recv(xfrm.fd, &answer, sizeof(answer), 0);
	}
	if (len <= 0 || answer.header.nlmsg_type != NLMSG_DONE)
		return -EIO;
	return found ? 0 : WITHHELD;
}

FIXTURE(attempt)
{
	int level;
	int log;
};

/*
 * @error: What a denial returns if not EPERM.
 * @absent: What it may return too, when the kernel was locked before it
 *	    created the file.
 * @withheld: A denial shows only in that nothing is given out.
 * @once: It is counted once.
 * @object: What the log must name, a pattern for fnmatch(3).
 */
/* clang-format off */
FIXTURE_VARIANT(attempt) {
	const char *reason;
	const char *description;
	int denied_from;
	int (*attempt)(struct skip *why);
	int error;
	int absent;
	bool withheld;
	bool once;
	const char *object;
};

/* clang-format on */

FIXTURE_SETUP(attempt)
{
	self->level = lockdown_level();
	if (self->level == -ENOENT)
		SKIP(return, "no " LOCKDOWN_FILE
			     " (securityfs, CONFIG_SECURITY_LOCKDOWN_LSM)");
	ASSERT_LE(LEVEL_NONE, self->level);
	if (geteuid())
		SKIP(return, "not root, who is whom lockdown is about");
	self->log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ASSERT_LE(0, self->log);
	ASSERT_LE(0, lseek(self->log, 0, SEEK_END));
}

FIXTURE_TEARDOWN(attempt)
{
	close(self->log);
}

/* clang-format off */

FIXTURE_VARIANT_ADD(attempt, module_unsigned_init) {
	.reason = "MODULE_SIGNATURE",
	.description = "load an unsigned module, init_module",
	.denied_from = INTEGRITY,
	.attempt = module_unsigned_init,
	.object = "lockdown_probe: unsigned module",
};

FIXTURE_VARIANT_ADD(attempt, module_unsigned_finit) {
	.reason = "MODULE_SIGNATURE",
	.description = "load an unsigned module, finit_module",
	.denied_from = INTEGRITY,
	.attempt = module_unsigned_finit,
	.object = "lockdown_probe.ko: unsigned module",
};

FIXTURE_VARIANT_ADD(attempt, module_unsigned_xz) {
	.reason = "MODULE_SIGNATURE",
	.description = "load an unsigned module, compressed",
	.denied_from = INTEGRITY,
	.attempt = module_unsigned_xz,
	.object = "lockdown_probe.ko.xz: unsigned module",
};

FIXTURE_VARIANT_ADD(attempt, module_badkey) {
	.reason = "MODULE_SIGNATURE",
	.description = "load a module signed by an unknown key",
	.denied_from = INTEGRITY,
	.attempt = module_badkey,
	.object = "lockdown_probe_badkey.ko: module with unavailable key",
};

FIXTURE_VARIANT_ADD(attempt, module_no_vermagic) {
	.reason = "MODULE_SIGNATURE",
	.description = "load a signed module without its vermagic",
	.denied_from = INTEGRITY,
	.attempt = module_no_vermagic,
	.object = "lockdown_probe_signed.ko: module loaded by force",
};

FIXTURE_VARIANT_ADD(attempt, module_no_modversions) {
	.reason = "MODULE_SIGNATURE",
	.description = "load a signed module without its modversions",
	.denied_from = INTEGRITY,
	.attempt = module_no_modversions,
	.object = "lockdown_probe_signed.ko: module loaded by force",
};

FIXTURE_VARIANT_ADD(attempt, module_badsig) {
	.reason = "MODULE_SIGNATURE",
	.description = "load a module with a bad signature",
	.denied_from = ALWAYS,
	.attempt = module_badsig,
	.error = EKEYREJECTED,
};

FIXTURE_VARIANT_ADD(attempt, module_tampered) {
	.reason = "MODULE_SIGNATURE",
	.description = "load a signed module that was changed",
	.denied_from = ALWAYS,
	.attempt = module_tampered,
	.error = EKEYREJECTED,
};

FIXTURE_VARIANT_ADD(attempt, module_signed_init) {
	.reason = "MODULE_SIGNATURE",
	.description = "load a signed module, init_module",
	.denied_from = NEVER,
	.attempt = module_signed_init,
};

FIXTURE_VARIANT_ADD(attempt, module_signed_finit) {
	.reason = "MODULE_SIGNATURE",
	.description = "load a signed module, finit_module",
	.denied_from = NEVER,
	.attempt = module_signed_finit,
};

FIXTURE_VARIANT_ADD(attempt, module_signed_xz) {
	.reason = "MODULE_SIGNATURE",
	.description = "load a signed module, compressed",
	.denied_from = NEVER,
	.attempt = module_signed_xz,
};

FIXTURE_VARIANT_ADD(attempt, kexec_image) {
	.reason = "KEXEC",
	.description = "kexec_load an image",
	.denied_from = INTEGRITY,
	.attempt = kexec_image,
	.object = "kexec_load",
};

FIXTURE_VARIANT_ADD(attempt, kexec_crash) {
	.reason = "KEXEC",
	.description = "kexec_load a crash image",
	.denied_from = INTEGRITY,
	.attempt = kexec_crash,
	.object = "kexec_load",
};

FIXTURE_VARIANT_ADD(attempt, kexec_file_image) {
	.reason = "KEXEC",
	.description = "kexec_file_load an unsigned kernel",
	.denied_from = INTEGRITY,
	.attempt = kexec_file_image,
	.object = "?*",
};

FIXTURE_VARIANT_ADD(attempt, kexec_file_crash) {
	.reason = "KEXEC",
	.description = "kexec_file_load an unsigned crash kernel",
	.denied_from = INTEGRITY,
	.attempt = kexec_file_crash,
	.object = "?*",
};

FIXTURE_VARIANT_ADD(attempt, kexec_unload) {
	.reason = "KEXEC",
	.description = "unload an image, kexec_load",
	.denied_from = NEVER,
	.attempt = kexec_unload,
};

FIXTURE_VARIANT_ADD(attempt, kexec_file_unload) {
	.reason = "KEXEC",
	.description = "unload an image, kexec_file_load",
	.denied_from = NEVER,
	.attempt = kexec_file_unload,
};

FIXTURE_VARIANT_ADD(attempt, hibernation_snapshot) {
	.reason = "HIBERNATION",
	.description = "open /dev/snapshot",
	.denied_from = INTEGRITY,
	.attempt = hibernation_snapshot,
	.object = "open of snapshot",
};

FIXTURE_VARIANT_ADD(attempt, hibernation_start) {
	.reason = "HIBERNATION",
	.description = "start to hibernate",
	.denied_from = INTEGRITY,
	.attempt = hibernation_start,
	.object = "hibernate",
};

FIXTURE_VARIANT_ADD(attempt, hibernation_mode) {
	.reason = "HIBERNATION",
	.description = "set how to hibernate",
	.denied_from = INTEGRITY,
	.attempt = hibernation_mode,
	.object = "/sys/power/disk",
};

FIXTURE_VARIANT_ADD(attempt, hibernation_resume) {
	.reason = "HIBERNATION",
	.description = "set where to resume from",
	.denied_from = INTEGRITY,
	.attempt = hibernation_resume,
	.withheld = true,
	.object = "resume",
};

FIXTURE_VARIANT_ADD(attempt, hw_param_load) {
	.reason = "MODULE_PARAMETERS",
	.description = "load a module with a hardware parameter",
	.denied_from = INTEGRITY,
	.attempt = hw_param_load,
	.object = "?* of ?*",
};

FIXTURE_VARIANT_ADD(attempt, hw_param_sysfs) {
	.reason = "MODULE_PARAMETERS",
	.description = "set a hardware parameter, sysfs",
	.denied_from = INTEGRITY,
	.attempt = hw_param_sysfs,
	.object = "?* of ?*",
};

FIXTURE_VARIANT_ADD(attempt, debugfs_read) {
	.reason = "DEBUGFS",
	.description = "read a private debugfs file",
	.denied_from = INTEGRITY,
	.attempt = debugfs_read,
	.object = "open of */?*",
};

FIXTURE_VARIANT_ADD(attempt, debugfs_write) {
	.reason = "DEBUGFS",
	.description = "write to a debugfs file",
	.denied_from = INTEGRITY,
	.attempt = debugfs_write,
	.object = "open of */?*",
};

FIXTURE_VARIANT_ADD(attempt, debugfs_unsafe) {
	.reason = "DEBUGFS",
	.description = "open a debugfs file, unsafe",
	.denied_from = INTEGRITY,
	.attempt = debugfs_unsafe,
	.object = "open of */fault_around_bytes",
};

FIXTURE_VARIANT_ADD(attempt, debugfs_chmod) {
	.reason = "DEBUGFS",
	.description = "change the mode of a debugfs file",
	.denied_from = INTEGRITY,
	.attempt = debugfs_chmod,
	.object = "attributes of */?*",
};

FIXTURE_VARIANT_ADD(attempt, kcore_read) {
	.reason = "KCORE",
	.description = "read /proc/kcore",
	.denied_from = CONFIDENTIALITY,
	.attempt = kcore_read,
	.object = "open of kcore",
};

FIXTURE_VARIANT_ADD(attempt, xfrm_esp) {
	.reason = "XFRM_SECRET",
	.description = "read the keys of an IPsec SA, ESP",
	.denied_from = CONFIDENTIALITY,
	.attempt = xfrm_esp,
	.withheld = true,
	.object = "key of hmac(sha256)",
	.once = true,
};

FIXTURE_VARIANT_ADD(attempt, xfrm_auth) {
	.reason = "XFRM_SECRET",
	.description = "read the key of an IPsec SA, AH",
	.denied_from = CONFIDENTIALITY,
	.attempt = xfrm_auth,
	.withheld = true,
	.object = "key of hmac(sha256)",
	.once = true,
};

FIXTURE_VARIANT_ADD(attempt, xfrm_aead) {
	.reason = "XFRM_SECRET",
	.description = "read the key of an IPsec SA, AEAD",
	.denied_from = CONFIDENTIALITY,
	.attempt = xfrm_aead,
	.withheld = true,
	.object = "key of rfc4106(gcm(aes))",
	.once = true,
};

FIXTURE_VARIANT_ADD(attempt, xfrm_dump) {
	.reason = "XFRM_SECRET",
	.description = "dump the keys of all SAs",
	.denied_from = CONFIDENTIALITY,
	.attempt = xfrm_dump,
	.withheld = true,
	.object = "key of *",
	.once = true,
};

/* clang-format on */

static const char *verdict_name(int result)
{
	switch (result) {
	case 0:
		return "allowed";
	case SKIPPED:
		return "skipped";
	default:
		return "denied";
	}
}

/* The text of a reason and how often it was denied, from the reasons file. */
static long denials(const char *reason, char *text, size_t size)
{
	char line[256], name[64];
	long count, found = -1;
	FILE *file;

	file = fopen(LOCKDOWN_REASONS, "re");
	if (!file)
		return -1;
	while (found < 0 && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%63[^\t]\t%*[^\t]\t%*[^\t]\t%ld\t", name,
			   &count) != 2 ||
		    strcmp(name, reason))
			continue;
		found = count;
		line[strcspn(line, "\n")] = '\0';
		snprintf(text, size, "%s", strrchr(line, '\t') + 1);
	}
	fclose(file);
	return found;
}

/* The next record of the log without its prefix, or false at its end. */
static bool next_record(int log, char *text, size_t size)
{
	char record[1024], *message;
	ssize_t got;

	do {
		got = read(log, record, sizeof(record) - 1);
	} while (got < 0 && errno == EPIPE);
	if (got < 0)
		return false;
	record[got] = '\0';
	record[strcspn(record, "\n")] = '\0';
	message = strchr(record, ';');
	snprintf(text, size, "%s", message ? message + 1 : record);
	return true;
}

/*
 * Looks what the log has said of a denial since the last look: LOGGED_LINE for
 * the line that all kernels since 5.4 have, LOGGED_OBJECT for one that names
 * what the pattern matches.
 */
enum {
	LOGGED_LINE = 1,
	LOGGED_OBJECT = 2,
};

static int logged(int log, const char *reason, const char *text,
		  const char *pattern)
{
	char line[256], object[64], record[1024], *name;
	int found = 0;

	snprintf(line, sizeof(line),
		 "Lockdown: %.15s: %s is restricted; see man kernel_lockdown.7",
		 program_invocation_short_name, text);
	snprintf(object, sizeof(object), "lockdown: denied reason=%s pid=%d ",
		 reason, getpid());
	while (next_record(log, record, sizeof(record))) {
		if (!strcmp(record, line))
			found |= LOGGED_LINE;
		if (strncmp(record, object, strlen(object)))
			continue;
		name = strstr(record, " object=\"");
		if (!name)
			continue;
		name += strlen(" object=\"");
		name[strcspn(name, "\"")] = '\0';
		printf("# object: %s: %s\n", reason, name);
		if (pattern && !fnmatch(pattern, name, 0))
			found |= LOGGED_OBJECT;
	}
	return found;
}

/* Some take long on a busy machine whose kernel looks at itself. */
#define ATTEMPT_TIMEOUT_S 120

TEST_F_TIMEOUT(attempt, verdict, ATTEMPT_TIMEOUT_S)
{
	const bool denied = self->level >= variant->denied_from;
	const int must_log = LOGGED_LINE |
			     (variant->object ? LOGGED_OBJECT : 0);
	int result, error, found;
	struct skip why = {};
	char text[128] = "";
	long before;

	before = denials(variant->reason, text, sizeof(text));
	result = variant->attempt(&why);
	printf("# attempt: %s\t%s\t%s\t%s%s%s\n", variant->reason,
	       variant->description, verdict_name(result),
	       result < 0 ? errno_name(-result) : "-", why.why[0] ? "\t" : "",
	       why.why);
	fflush(stdout);
	if (result == SKIPPED)
		SKIP(return, "%s", why.why);

	if (!denied) {
		EXPECT_EQ(0, result)
		{
			TH_LOG("%s must be allowed at %s", variant->description,
			       level_name(self->level));
		}
		return;
	}

	ASSERT_NE(0, result)
	{
		TH_LOG("%s must be denied at %s", variant->description,
		       level_name(self->level));
	}
	if (variant->absent && result == -variant->absent) {
		/* Somebody who did not create it only asked. */
		EXPECT_EQ(before, denials(variant->reason, text, sizeof(text)));
		return;
	}
	error = variant->error ? variant->error : EPERM;
	EXPECT_EQ(variant->withheld ? WITHHELD : -error, result);
	/* Others who refuse it too do so before lockdown is asked. */
	if (variant->denied_from == ALWAYS)
		return;

	ASSERT_LE(0, before);
	EXPECT_LT(before, denials(variant->reason, text, sizeof(text)))
	{
		TH_LOG("%s is not counted", variant->description);
	}
	if (variant->once) {
		EXPECT_EQ(before + 1,
			  denials(variant->reason, text, sizeof(text)));
	}
	found = logged(self->log, variant->reason, text, variant->object);
	if (!found && before >= RATELIMIT_BURST) {
		/* Others of this reason came before, and few are logged. */
		if (!getenv("LOCKDOWN_WAIT_FOR_LOG"))
			return;
		sleep(RATELIMIT_SECONDS + 1);
		variant->attempt(&why);
		found |= logged(self->log, variant->reason, text,
				variant->object);
	}
	EXPECT_EQ(must_log, found & must_log)
	{
		TH_LOG("the log lacks %s of %s",
		       found & LOGGED_LINE ? "the object" : "the denial",
		       variant->description);
	}
}

/* Nobody is told that something is denied that nobody asked for. */
FIXTURE(unasked)
{
	int level;
};

FIXTURE_SETUP(unasked)
{
	self->level = lockdown_level();
	if (self->level < 0 || geteuid())
		SKIP(return, "no " LOCKDOWN_FILE ", or not root");
}

FIXTURE_TEARDOWN(unasked)
{
}

/* It has the kernel enable an event of tracefs, some time later. */
TEST_F(unasked, bpf_printk)
{
	const struct bpf_insn insns[] = {
		{ BPF_ST | BPF_MEM | BPF_DW, BPF_REG_10, 0, -8, 'x' },
		{ BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_1, BPF_REG_10, 0, 0 },
		{ BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_1, 0, 0, -8 },
		{ BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_2, 0, 0, 8 },
		{ BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_trace_printk },
		{ BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0 },
		{ BPF_JMP | BPF_EXIT, 0, 0, 0, 0 },
	};
	const int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char record[1024];
	long before;
	int ret;

	ASSERT_LE(0, lseek(log, 0, SEEK_END));
	before = denials("TRACEFS", record, sizeof(record));
	ret = bpf_load(BPF_PROG_TYPE_RAW_TRACEPOINT, insns, ARRAY_SIZE(insns));
	if (ret == -EINVAL)
		SKIP(return, "no bpf_trace_printk (CONFIG_BPF_EVENTS)");
	ASSERT_EQ(0, ret);
	usleep(200000);
	while (next_record(log, record, sizeof(record))) {
		EXPECT_EQ(NULL, strstr(record, "bpf_trace_printk"))
		{
			TH_LOG("%s", record);
		}
	}
	EXPECT_EQ(before, denials("TRACEFS", record, sizeof(record)));
	close(log);
}

TEST_F(unasked, xfrm_notification)
{
	struct skip why = {};
	struct xfrm xfrm;
	char text[4096];
	long before;
	ssize_t len;
	__u8 proto;
	int ret;

	before = denials("XFRM_SECRET", text, sizeof(text));
	ret = xfrm_open(&why, &xfrm);
	if (!ret)
		ret = xfrm_add(&why, &xfrm, 0x1000, add_esp_keys, &proto);
	if (ret == SKIPPED)
		SKIP(return, "%s", why.why);
	ASSERT_EQ(0, ret);
	len = recv(xfrm.listener, text, sizeof(text), 0);
	ASSERT_LT(0, len);
	EXPECT_EQ(self->level < CONFIDENTIALITY, has_key(text, len));
	EXPECT_EQ(before, denials("XFRM_SECRET", text, sizeof(text)));
}

TEST_HARNESS_MAIN
