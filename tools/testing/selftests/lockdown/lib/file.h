/* SPDX-License-Identifier: GPL-2.0-only */
/* Small files, and descriptors. */

#ifndef _LOCKDOWN_SELFTEST_FILE_H
#define _LOCKDOWN_SELFTEST_FILE_H

#include <sys/types.h>

ssize_t read_text(const char *path, char *buf, size_t size);
int write_text(const char *path, const char *text);
long read_number(const char *path);
int pass_descriptor(int fd);

#endif /* _LOCKDOWN_SELFTEST_FILE_H */
