/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lockdown selftests share this: the level, small file helpers, module
 * images, and a page of RAM that a test may overwrite through /dev/mem.
 */

#ifndef _LOCKDOWN_SELFTEST_COMMON_H
#define _LOCKDOWN_SELFTEST_COMMON_H

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/audit.h>
#include <linux/bpf.h>
#include <linux/netlink.h>
#include <linux/types.h>
#include <linux/userfaultfd.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifdef __x86_64__
#include <sys/io.h>
#endif

#include "../kselftest.h"

#define LOCKDOWN_FILE "/sys/kernel/security/lockdown"
#define LOCKDOWN_REASONS "/sys/kernel/security/lockdown_info/reasons"
#define LOCKDOWN_ORIGIN "/sys/kernel/security/lockdown_info/origin"

#define TRACEFS "/sys/kernel/tracing/"

#define LOCKDOWN_RESIDUE "/sys/kernel/security/lockdown_info/residue"

#define PROBE_MODULE "lockdown_probe"

#define PAGE_BYTES 4096

/* The host bridge, of which every machine with PCI has one. */
#define HOST_BRIDGE "0000:00:00.0"

/* An arbitrary page of memory, where the machine has some for sure. */
#ifdef __aarch64__
#define KEXEC_TARGET 0x48000000UL
#else
#define KEXEC_TARGET 0x1000000UL
#endif

#ifndef KEXEC_ON_CRASH
#define KEXEC_ON_CRASH 0x00000001
#endif

enum lockdown_level {
	LEVEL_NONE,
	LEVEL_INTEGRITY,
	LEVEL_CONFIDENTIALITY,
	LEVEL_COUNT,
};

/* As in <linux/kexec.h>, which declares the segment as opaque to user space. */
struct segment {
	const void *buf;
	size_t bufsz;
	unsigned long mem;
	size_t memsz;
};

struct own_page {
	__u8 *virt;
	off_t phys;
};

#ifndef __x86_64__
/* As on a PC whose kernel grants no access to ports. */
static inline int ioperm(unsigned long from, unsigned long num, int on)
{
	errno = ENODEV;
	return -1;
}

static inline int iopl(int level)
{
	errno = ENODEV;
	return -1;
}

static inline __u8 inb(__u16 port)
{
	return 0xff;
}

static inline void outb(__u8 value, __u16 port)
{
}
#endif

static inline const char *level_name(int level)
{
	static const char *const names[LEVEL_COUNT] = {
		"none",
		"integrity",
		"confidentiality",
	};

	return level >= 0 && level < LEVEL_COUNT ? names[level] : "unknown";
}

/* The only three contents that the file may have. */
static inline const char *level_line(int level)
{
	static const char *const lines[LEVEL_COUNT] = {
		"[none] integrity confidentiality\n",
		"none [integrity] confidentiality\n",
		"none integrity [confidentiality]\n",
	};

	return lines[level];
}

static inline const char *errno_name(int error)
{
	const char *name = strerrorname_np(error);

	return name ? name : "unknown";
}

/* Reads up to @size - 1 bytes and terminates them; the length or -errno. */
static inline ssize_t read_text(const char *path, char *buf, size_t size)
{
	size_t done = 0;
	ssize_t got = 0;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;

	while (done < size - 1) {
		got = read(fd, buf + done, size - 1 - done);
		if (got <= 0)
			break;
		done += got;
	}
	if (got < 0)
		got = -errno;
	close(fd);
	buf[done] = '\0';
	return got < 0 ? got : (ssize_t)done;
}

/* One write(2); 0 when it took all, else -errno. */
static inline int write_text(const char *path, const char *text)
{
	const ssize_t len = strlen(text);
	ssize_t put;
	int fd, err;

	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;

	put = write(fd, text, len);
	err = put < 0 ? -errno : put == len ? 0 : -EIO;
	close(fd);
	return err;
}

static inline long read_number(const char *path)
{
	char text[32];

	if (read_text(path, text, sizeof(text)) <= 0)
		return -1;
	return strtol(text, NULL, 0);
}

/* The level by the file's literal content, or -errno. */
static inline int lockdown_level(void)
{
	char text[64];
	ssize_t len;
	int level;

	len = read_text(LOCKDOWN_FILE, text, sizeof(text));
	if (len < 0)
		return len;

	for (level = LEVEL_NONE; level < LEVEL_COUNT; level++) {
		if (!strcmp(text, level_line(level)))
			return level;
	}
	return -EPROTO;
}

/* tracefs explains what can be written to dynamic_events. */
static inline bool have_fprobes(void)
{
	static char text[32768];

	return read_text(TRACEFS "README", text, sizeof(text)) > 0 &&
	       strstr(text, "f[:[<group>/]");
}

/*
 * For tests that raise the level, which lasts until the next boot: only where
 * that is wanted, by root, on a kernel that is not locked yet.
 */
static inline void begin_raising(void)
{
	const char *env = getenv("LOCKDOWN_TEST_RAISE");
	int level;

	ksft_print_header();
	if (!env || strcmp(env, "1"))
		ksft_exit_skip("locks the machine (LOCKDOWN_TEST_RAISE=1)\n");
	if (geteuid())
		ksft_exit_skip("not root\n");
	level = lockdown_level();
	if (level == -ENOENT)
		ksft_exit_skip("no " LOCKDOWN_FILE
			       " (securityfs, CONFIG_SECURITY_LOCKDOWN_LSM)\n");
	if (level != LEVEL_NONE)
		ksft_exit_skip("the level is %s, and has to be none\n",
			       level_name(level));
}

/*
 * Where the module's files are: $LOCKDOWN_MODULE_DIR, else modules/ beside the
 * program, else test_modules/, where an installed selftest has the bare module.
 */
static inline int open_module(const char *name)
{
	static const char *const dirs[] = { "modules", "test_modules" };
	const char *env = getenv("LOCKDOWN_MODULE_DIR");
	char self[1024], path[2048];
	ssize_t len;
	size_t i;
	int fd;

	if (env) {
		snprintf(path, sizeof(path), "%s/%s", env, name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		return fd < 0 ? -errno : fd;
	}

	len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (len < 0)
		return -errno;
	self[len] = '\0';
	*strrchr(self, '/') = '\0';

	for (i = 0; i < ARRAY_SIZE(dirs); i++) {
		snprintf(path, sizeof(path), "%s/%s/%s", self, dirs[i], name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd >= 0)
			return fd;
	}
	return -errno;
}

static inline int load_module_with(const char *name, const char *parameters)
{
	int fd, ret;

	fd = open_module(name);
	if (fd < 0)
		return fd;
	ret = syscall(__NR_finit_module, fd, parameters, 0) ? -errno : 0;
	close(fd);
	return ret;
}

static inline int load_module(const char *name)
{
	return load_module_with(name, "");
}

/* The whole file in malloc'ed memory; its length or -errno. */
static inline ssize_t read_module(const char *name, __u8 **image)
{
	struct stat st;
	ssize_t got;
	int fd;

	*image = NULL;
	fd = open_module(name);
	if (fd < 0)
		return fd;

	if (fstat(fd, &st)) {
		got = -errno;
		goto out;
	}
	*image = malloc(st.st_size);
	if (!*image) {
		got = -ENOMEM;
		goto out;
	}
	got = pread(fd, *image, st.st_size, 0);
	if (got != st.st_size) {
		free(*image);
		got = got < 0 ? -errno : -EIO;
	}
out:
	close(fd);
	return got;
}

static inline long us_between(const struct timespec *from,
			      const struct timespec *to)
{
	return (to->tv_sec - from->tv_sec) * 1000000 +
	       (to->tv_nsec - from->tv_nsec) / 1000;
}

/* Says what keeps copies from being stopped where we like, or NULL. */
static inline const char *no_userfaultfd(void)
{
	return access("/proc/sys/vm/unprivileged_userfaultfd", F_OK) ?
		       "no userfaultfd (CONFIG_USERFAULTFD)" :
		       NULL;
}

/* A userfaultfd that tells who wants a page of an area, or -errno. */
static inline int open_userfaultfd(const __u8 *at, size_t len)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = {
		.range = { .start = (uintptr_t)at, .len = len },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int fd;

	/* One that blocks cannot be polled. */
	fd = syscall(__NR_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) ||
	    ioctl(fd, UFFDIO_REGISTER, &reg))
		return -errno;
	return fd;
}

/* Lets a task that waits for the page at @at go on. */
static inline int provide_page(int userfaultfd, const __u8 *at,
			       const __u8 *page)
{
	struct uffdio_copy copy = {
		.dst = (uintptr_t)at,
		.src = (uintptr_t)page,
		.len = PAGE_BYTES,
	};

	return ioctl(userfaultfd, UFFDIO_COPY, &copy) ? -errno : 0;
}

static inline bool module_loaded(void)
{
	return !access("/sys/module/" PROBE_MODULE, F_OK);
}

static inline int unload_module(void)
{
	if (syscall(__NR_delete_module, PROBE_MODULE, O_NONBLOCK))
		return -errno;
	return 0;
}

static inline int kexec_load(unsigned long entry,
			     const struct segment *segments,
			     unsigned long nr_segments, unsigned long flags)
{
	if (syscall(__NR_kexec_load, entry, nr_segments, segments, flags))
		return -errno;
	return 0;
}

/*
 * Flags that do not exist are refused by a kernel that has the call, with
 * -EINVAL, or with -EPERM when it does not look at them.
 */
static inline bool have_kexec_load(void)
{
	const int ret = kexec_load(0, NULL, 0, ~0UL);

	return ret == -EINVAL || ret == -EPERM;
}

/* Where the memory of crashkernel= begins, or 0 when there is none. */
static inline unsigned long crash_memory(void)
{
	unsigned long start = 0;
	char line[256];
	FILE *iomem;

	if (read_number("/sys/kernel/kexec_crash_size") <= 0)
		return 0;

	iomem = fopen("/proc/iomem", "re");
	if (!iomem)
		return 0;
	while (fgets(line, sizeof(line), iomem)) {
		if (strstr(line, "Crash kernel")) {
			start = strtoul(line, NULL, 16);
			break;
		}
	}
	fclose(iomem);
	return start;
}

/* Runs a command; its result, or -errno. */
static inline int bpf(int cmd, union bpf_attr *attr)
{
	const int ret = syscall(__NR_bpf, cmd, attr, sizeof(*attr));

	return ret < 0 ? -errno : ret;
}

/* A socket that gets the records of audit, or the answers to requests. */
static inline int open_audit(int flags, __u32 groups)
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

static inline int open_audit_records(void)
{
	return open_audit(SOCK_NONBLOCK, 1 << (AUDIT_NLGRP_READLOG - 1));
}

/* The type of a record, which goes to @text; 0 if there is none now. */
static inline int read_audit_record(int fd, char *text, size_t size)
{
	char message[NLMSG_HDRLEN + AUDIT_MESSAGE_TEXT_MAX];
	const ssize_t got = recv(fd, message, sizeof(message), 0);

	if (got < NLMSG_HDRLEN)
		return 0;
	snprintf(text, size, "%.*s", (int)(got - NLMSG_HDRLEN),
		 message + NLMSG_HDRLEN);
	return ((struct nlmsghdr *)message)->nlmsg_type;
}

/* Sends a message; 0, with what AUDIT_GET asks for in @answer, or -errno. */
static inline int tell_audit(int type, const void *data, size_t len,
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

/* Through a socket to ourselves: another descriptor of the file, or -1. */
static inline int pass_descriptor(int fd)
{
	char byte = 0, control[CMSG_SPACE(sizeof(fd))] = {};
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	int pair[2], passed = -1;

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair))
		return -1;
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	if (sendmsg(pair[0], &msg, 0) == 1 &&
	    recvmsg(pair[1], &msg, MSG_CMSG_CLOEXEC) == 1)
		memcpy(&passed, CMSG_DATA(cmsg), sizeof(passed));
	close(pair[0]);
	close(pair[1]);
	return passed;
}

/*
 * A page of our own and where it is in physical memory: it can be overwritten
 * through /dev/mem without harm, and what arrived can be seen.
 */
static inline int own_page(struct own_page *page)
{
	__u64 entry;
	ssize_t got;
	int fd;

	page->phys = 0;
	page->virt = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (page->virt == MAP_FAILED)
		return -errno;
	/* A locked page is not swapped out, so that it stays where it is. */
	if (mlock(page->virt, PAGE_BYTES))
		return -errno;
	memset(page->virt, 0x5a, PAGE_BYTES);

	fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	got = pread(fd, &entry, sizeof(entry),
		    (uintptr_t)page->virt / PAGE_BYTES * sizeof(entry));
	close(fd);
	if (got != sizeof(entry))
		return -EIO;

	/* Bits 0 to 54 are the frame number, which is hidden as zero. */
	page->phys = (entry & ((1ULL << 55) - 1)) * PAGE_BYTES;
	return page->phys ? 0 : -EACCES;
}

#endif /* _LOCKDOWN_SELFTEST_COMMON_H */
