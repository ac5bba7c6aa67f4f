/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of tracefs, and instances that nobody else uses. */

#ifndef _LOCKDOWN_SELFTEST_TRACEFS_H
#define _LOCKDOWN_SELFTEST_TRACEFS_H

#include <fcntl.h>

/* With O_TRUNC, an open would remove the lines that are there already. */
#define APPEND (O_WRONLY | O_APPEND)

struct held;

/* An instance of the thing's own, where others do not empty its buffer. */
struct instance {
	char path[96];
};

void close_fd(int fd);
int make_instance(struct held *held, struct instance *instance);
void remove_instance(const struct instance *instance);
int write_in(const struct instance *instance, const char *file,
	     const char *text);
int open_in(struct held *held, const struct instance *instance,
	    const char *file, int flags, const char *option, int *fd);
int open_tracefs(struct held *held, const char *file, int flags,
		 const char *option, int *fd);
int put_line(int fd, const char *line);
int put_and_undo(int fd, const char *line, const char *undo);
int mark_trace(struct held *held, int marker, unsigned int nr, char mark[64]);

#endif /* _LOCKDOWN_SELFTEST_TRACEFS_H */
