/* SPDX-License-Identifier: GPL-2.0-only */
/* Denials, added up by program and reason */
#ifndef LOCKDOWN_TALLY_H
#define LOCKDOWN_TALLY_H

#include "source.h"

/* A hostile log has any number of objects. Further objects are only counted. */
#define MAX_OBJECTS 256

/**
 * struct seen - a denial, or several that were counted together
 * @evaluated: whether it would have been one
 * @reason: the name of the reason
 * @comm: the program, or NULL
 * @exe: its path, or NULL
 * @object: the object, may be empty
 * @host: the machine, or NULL
 * @count: their number
 * @first: the time of the first
 * @last: the time of the last
 * @has_task: whether there are pid and uid
 * @pid: pid of the last
 * @uid: user id of the last
 */
struct seen {
	bool evaluated;
	const char *reason;
	const char *comm;
	const char *exe;
	const char *object;
	const char *host;
	__u64 count;
	struct when first;
	struct when last;
	bool has_task;
	__u64 pid;
	__u64 uid;
};

struct object {
	char *text;
	__u64 count;
};

/**
 * struct row - all denials of a program for a reason
 * @total: added up, of the last one where there can be one only
 * @objects: the distinct objects, at most MAX_OBJECTS
 * @object_count: their number
 * @left_out: denials of further objects
 * @hosts: a bit for each machine
 * @host_bytes: bytes at @hosts
 * @host_count: machines
 */
struct row {
	struct seen total;
	struct object *objects;
	size_t object_count;
	__u64 left_out;
	unsigned char *hosts;
	size_t host_bytes;
	size_t host_count;
};

/**
 * struct tally - rows
 * @rows: pointers, so that the search tree can have them, too
 * @count: their number
 * @tree: the rows by key, for tsearch()
 * @hosts: names of machines
 * @host_count: their number
 * @host_tree: the names, for tsearch()
 */
struct tally {
	struct row **rows;
	size_t count;
	void *tree;
	struct host **hosts;
	size_t host_count;
	void *host_tree;
};

struct host {
	char *name;
	size_t number;
};

struct host *tally_host(struct tally *tally, const char *name);
void tally_add(struct tally *tally, const struct seen *seen);
void tally_sort(struct tally *tally,
		int (*compare)(const struct row *a, const struct row *b));
bool row_has_host(const struct row *row, const struct host *host);

#endif
