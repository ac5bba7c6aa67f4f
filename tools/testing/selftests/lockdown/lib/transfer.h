/* SPDX-License-Identifier: GPL-2.0-only */
/* Other system calls that read and write. Each returns as pread(2) does. */

#ifndef _LOCKDOWN_SELFTEST_TRANSFER_H
#define _LOCKDOWN_SELFTEST_TRANSFER_H

#include <stdbool.h>
#include <sys/types.h>

ssize_t vector_transfer(int fd, bool write, void *bytes, size_t len, off_t at);
ssize_t uring_transfer(int fd, bool write, void *bytes, size_t len, off_t at);
ssize_t splice_transfer(int fd, bool write, void *bytes, size_t len, off_t at);

/* Return why there is no io_uring, or NULL. */
const char *no_uring(void);

#endif /* _LOCKDOWN_SELFTEST_TRANSFER_H */
