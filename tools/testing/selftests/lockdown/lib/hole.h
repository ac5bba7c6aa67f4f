/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A page that is not there until we like, so that a call that copies from or to
 * it can be stopped there.
 */

#ifndef _LOCKDOWN_SELFTEST_HOLE_H
#define _LOCKDOWN_SELFTEST_HOLE_H

#include <linux/types.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

/**
 * struct hole - the page, and another one before it
 * @by_fuse: the page is of a file system of ours
 * @backing: with @by_fuse, the path of a file that is read and mapped in the
 *	place of ours
 * @region: both pages
 * @wanted: says that the page is wanted: a userfaultfd, or an eventfd
 * @file: with @by_fuse, the path of the file
 * @fuse: the connection to the file system
 * @read: the request that waits for the page
 * @server: serves the file system
 */
struct hole {
	bool by_fuse;
	const char *backing;
	__u8 *region;
	int wanted;
	char file[64];
	int fuse;
	atomic_ullong read;
	pthread_t server;
};

int make_hole(struct hole *hole);
__u8 *hole_page(const struct hole *hole);
int await_hole(struct hole *hole, int ms);
int fill_hole(struct hole *hole, const __u8 *page);
void remove_hole(struct hole *hole);

int mount_fuse_file(struct hole *hole);
void unmount_fuse_file(struct hole *hole);
int map_passed_through(const char *backing);

#endif /* _LOCKDOWN_SELFTEST_HOLE_H */
