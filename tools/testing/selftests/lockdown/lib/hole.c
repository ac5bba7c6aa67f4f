// SPDX-License-Identifier: GPL-2.0-only
/*
 * A page that is not there until we like, by userfaultfd(2) or by a file system
 * of ours, whose readers a raise cannot wake.
 */

#define _GNU_SOURCE
#include <linux/fuse.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mount.h>
#include <sys/uio.h>

#include "../thing.h"
#include "hole.h"
#include "userfault.h"

static void answer(const struct hole *hole, __u64 unique, int error,
		   const void *data, size_t len)
{
	struct fuse_out_header header = {
		.len = sizeof(header) + len,
		.unique = unique,
		.error = -error,
	};
	struct iovec iov[] = {
		{ &header, sizeof(header) },
		{ (void *)data, len },
	};

	/* ENOENT: the request was interrupted. */
	if (writev(hole->fuse, iov, len ? 2 : 1) < 0 && errno != ENOENT)
		printf("# fuse: %s\n", errno_name(errno));
}

/* Make the kernel use another file for the one that is being opened. */
static void answer_open(const struct hole *hole, __u64 unique)
{
	struct fuse_open_out opened = {};
	struct fuse_backing_map map = {};

	if (hole->backing) {
		map.fd = open(hole->backing, O_RDONLY | O_CLOEXEC);
		opened.open_flags = FOPEN_PASSTHROUGH;
		opened.backing_id =
			ioctl(hole->fuse, FUSE_DEV_IOC_BACKING_OPEN, &map);
		close(map.fd);
	}
	if (opened.backing_id < 0)
		answer(hole, unique, EOPNOTSUPP, NULL, 0);
	else
		answer(hole, unique, 0, &opened, sizeof(opened));
}

/* The root of the file system is the file. */
static void serve_request(struct hole *hole,
			  const struct fuse_in_header *header)
{
	static const struct fuse_init_out init = {
		.major = FUSE_KERNEL_VERSION,
		.minor = FUSE_KERNEL_MINOR_VERSION,
		.max_write = PAGE_BYTES,
		.flags = FUSE_INIT_EXT,
		.flags2 = FUSE_PASSTHROUGH >> 32,
		.max_stack_depth = 1,
	};
	static const struct fuse_attr_out attr = {
		.attr_valid = 3600,
		.attr = {
			.ino = FUSE_ROOT_ID,
			.size = PAGE_BYTES,
			.mode = S_IFREG | 0600,
			.nlink = 1,
			.blksize = PAGE_BYTES,
		},
	};

	switch (header->opcode) {
	case FUSE_INIT:
		answer(hole, header->unique, 0, &init, sizeof(init));
		break;
	case FUSE_GETATTR:
		answer(hole, header->unique, 0, &attr, sizeof(attr));
		break;
	case FUSE_OPEN:
		answer_open(hole, header->unique);
		break;
	case FUSE_READ:
		hole->read = header->unique;
		eventfd_write(hole->wanted, 1);
		break;
	default:
		answer(hole, header->unique, EOPNOTSUPP, NULL, 0);
	}
}

static void *serve(void *data)
{
	struct hole *hole = data;
	union {
		struct fuse_in_header header;
		__u8 bytes[2 * FUSE_MIN_READ_BUFFER];
	} request;

	/* The server ends when the file system is unmounted. */
	while (read(hole->fuse, &request, sizeof(request)) > 0)
		serve_request(hole, &request.header);
	return NULL;
}

int mount_fuse_file(struct hole *hole)
{
	char options[64];

	hole->wanted = eventfd(0, EFD_CLOEXEC);
	hole->fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (hole->wanted < 0 || hole->fuse < 0)
		return -errno;
	/* No other open connection has this number. */
	snprintf(hole->file, sizeof(hole->file), "/tmp/lockdown_fuse_%d",
		 hole->fuse);
	close(open(hole->file, O_CREAT | O_CLOEXEC, 0600));
	snprintf(options, sizeof(options),
		 "fd=%d,rootmode=100000,user_id=0,group_id=0", hole->fuse);
	if (mount("lockdown", hole->file, "fuse", 0, options))
		return -errno;
	return -pthread_create(&hole->server, NULL, serve, hole);
}

void unmount_fuse_file(struct hole *hole)
{
	umount2(hole->file, MNT_DETACH);
	unlink(hole->file);
	pthread_join(hole->server, NULL);
	close(hole->fuse);
}

/* Map a file through FUSE passthrough; return 0 or -errno. */
int map_passed_through(const char *backing)
{
	struct hole hole = { .by_fuse = true, .backing = backing };
	void *at;
	int fd, ret;

	ret = mount_fuse_file(&hole);
	if (ret)
		return ret;
	fd = open(hole.file, O_RDONLY | O_CLOEXEC);
	ret = fd < 0 ? -errno : 0;
	if (!ret) {
		at = mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, fd, 0);
		ret = at == MAP_FAILED ? -errno : munmap(at, PAGE_BYTES);
		close(fd);
	}
	unmount_fuse_file(&hole);
	close(hole.wanted);
	return ret;
}

/* Return the address of the missing page. */
__u8 *hole_page(const struct hole *hole)
{
	return hole->region + PAGE_BYTES;
}

static int map_fuse_file(const struct hole *hole)
{
	const int fd = open(hole->file, O_RDONLY | O_CLOEXEC);
	void *const where = hole_page(hole);
	struct stat stat;
	int ret;

	/* Without fstat() the kernel would not know that there is a page. */
	if (fd < 0 || fstat(fd, &stat))
		return -errno;
	ret = result_of((long)mmap(where, PAGE_BYTES, PROT_READ,
				   MAP_PRIVATE | MAP_FIXED, fd, 0),
			(long)where);
	close(fd);
	return ret;
}

int make_hole(struct hole *hole)
{
	int ret;

	hole->region = mmap(NULL, 2 * PAGE_BYTES, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (hole->region == MAP_FAILED)
		return -errno;
	if (hole->by_fuse) {
		ret = mount_fuse_file(hole);
		return ret ?: map_fuse_file(hole);
	}
	hole->wanted = open_userfaultfd(hole_page(hole), PAGE_BYTES);
	return hole->wanted < 0 ? hole->wanted : 0;
}

/* Only a wanted page proves that the call has come as far as the copy. */
int await_hole(struct hole *hole, int ms)
{
	struct pollfd pollfd = { .fd = hole->wanted, .events = POLLIN };
	union {
		struct uffd_msg fault;
		eventfd_t read;
	} msg;

	if (poll(&pollfd, 1, ms) != 1)
		return -ETIMEDOUT;
	return result_of(read(hole->wanted, &msg, sizeof(msg)),
			 hole->by_fuse ? sizeof(msg.read) : sizeof(msg.fault));
}

/* Provide the page. */
int fill_hole(struct hole *hole, const __u8 *page)
{
	if (!hole->by_fuse)
		return provide_page(hole->wanted, hole_page(hole), page);
	answer(hole, hole->read, 0, page, PAGE_BYTES);
	return 0;
}

void remove_hole(struct hole *hole)
{
	munmap(hole->region, 2 * PAGE_BYTES);
	close(hole->wanted);
	if (hole->by_fuse)
		unmount_fuse_file(hole);
}
