// SPDX-License-Identifier: GPL-2.0-only
/* Reads and writes by preadv(2), io_uring and splice(2). */

#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/io_uring.h>
#include <sys/uio.h>

#include "../common.h"
#include "file.h"
#include "transfer.h"

/* Transfer with two vectors. */
ssize_t vector_transfer(int fd, bool write, void *bytes, size_t len, off_t at)
{
	const struct iovec iov[] = {
		{ bytes, len / 2 },
		{ (char *)bytes + len / 2, len - len / 2 },
	};

	return write ? pwritev(fd, iov, ARRAY_SIZE(iov), at) :
		       preadv(fd, iov, ARRAY_SIZE(iov), at);
}

struct uring {
	int fd;
	struct io_uring_params params;
	struct io_uring_sqe *sqes;
	__u8 *ring;
	size_t ring_len, sqes_len;
};

static int open_uring(struct uring *uring)
{
	struct io_uring_params *const params = &uring->params;

	uring->fd = syscall(__NR_io_uring_setup, 1, params);
	if (uring->fd < 0)
		return -errno;
	/* IORING_FEAT_SINGLE_MMAP: both rings in one mapping, since 5.4. */
	uring->ring_len = params->cq_off.cqes +
			  params->cq_entries * sizeof(struct io_uring_cqe);
	uring->sqes_len = params->sq_entries * sizeof(*uring->sqes);
	uring->ring = mmap(NULL, uring->ring_len, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_POPULATE, uring->fd,
			   IORING_OFF_SQ_RING);
	uring->sqes = mmap(NULL, uring->sqes_len, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_POPULATE, uring->fd,
			   IORING_OFF_SQES);
	if (uring->ring == MAP_FAILED || (void *)uring->sqes == MAP_FAILED)
		return -errno;
	return 0;
}

static void close_uring(struct uring *uring)
{
	if (uring->fd < 0)
		return;
	if ((void *)uring->sqes != MAP_FAILED)
		munmap(uring->sqes, uring->sqes_len);
	if (uring->ring != MAP_FAILED)
		munmap(uring->ring, uring->ring_len);
	close(uring->fd);
}

static int submit(struct uring *uring)
{
	const struct io_uring_params *const params = &uring->params;
	const struct io_uring_cqe *cqes;

	cqes = (void *)(uring->ring + params->cq_off.cqes);
	*(__u32 *)(uring->ring + params->sq_off.array) = 0;
	__atomic_store_n((__u32 *)(uring->ring + params->sq_off.tail), 1,
			 __ATOMIC_RELEASE);
	if (syscall(__NR_io_uring_enter, uring->fd, 1, 1,
		    IORING_ENTER_GETEVENTS, NULL, 0) != 1)
		return -errno;
	return cqes[0].res;
}

/* Transfer by one request on a private ring. */
ssize_t uring_transfer(int fd, bool write, void *bytes, size_t len, off_t at)
{
	struct uring uring = {};
	int ret;

	ret = open_uring(&uring);
	if (!ret) {
		uring.sqes[0] = (struct io_uring_sqe){
			.opcode = write ? IORING_OP_WRITE : IORING_OP_READ,
			.fd = fd,
			.addr = (uintptr_t)bytes,
			.len = len,
			.off = at,
		};
		ret = submit(&uring);
	}
	close_uring(&uring);
	if (ret >= 0)
		return ret;
	errno = -ret;
	return -1;
}

static ssize_t splice_from(int fd, int pair[2], void *bytes, size_t len,
			   off_t at)
{
	if (splice(fd, &at, pair[1], NULL, len, 0) < 0)
		return -1;
	return read(pair[0], bytes, len);
}

static ssize_t splice_to(int fd, int pair[2], void *bytes, size_t len, off_t at)
{
	if (write(pair[1], bytes, len) < 0)
		return -1;
	return splice(pair[0], NULL, fd, &at, len, 0);
}

/* Splice through a pipe. */
ssize_t splice_transfer(int fd, bool write, void *bytes, size_t len, off_t at)
{
	int pair[2], error;
	ssize_t done;

	if (pipe2(pair, O_CLOEXEC | O_NONBLOCK))
		return -1;
	done = write ? splice_to(fd, pair, bytes, len, at) :
		       splice_from(fd, pair, bytes, len, at);
	error = errno;
	close(pair[0]);
	close(pair[1]);
	errno = error;
	return done;
}

const char *no_uring(void)
{
	return read_number("/proc/sys/kernel/io_uring_disabled") ?
		       "no io_uring (CONFIG_IO_URING, its sysctl)" :
		       NULL;
}
