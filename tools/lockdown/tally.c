// SPDX-License-Identifier: GPL-2.0-only
/*
 * Denials, added up by program and reason
 *
 * The names come from hostile programs, so that the keys are in a balanced tree
 * rather than in a hash table.
 */

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "tally.h"

static int compare_text(const char *a, const char *b)
{
	if (!a || !b)
		return !!a - !!b;
	return strcmp(a, b);
}

static int compare_keys(const void *a, const void *b)
{
	const struct seen *one = &((const struct row *)a)->total;
	const struct seen *other = &((const struct row *)b)->total;
	int order = one->evaluated - other->evaluated;

	if (!order)
		order = strcmp(one->reason, other->reason);
	return order ? order : compare_text(one->comm, other->comm);
}

static int compare_hosts(const void *a, const void *b)
{
	return strcmp(((const struct host *)a)->name,
		      ((const struct host *)b)->name);
}

/**
 * tally_host - the number of a machine
 * @tally: the tally
 * @name: its name
 *
 * Return: the machine, which is made if it is new.
 */
struct host *tally_host(struct tally *tally, const char *name)
{
	struct host key = { .name = (char *)name }, *host;
	struct host **found = tfind(&key, &tally->host_tree, compare_hosts);

	if (found)
		return *found;
	host = allocate(NULL, 1, sizeof(*host));
	host->name = copy_of(name);
	host->number = tally->host_count;
	tally->hosts =
		grow(tally->hosts, tally->host_count, sizeof(*tally->hosts));
	tally->hosts[tally->host_count++] = host;
	if (!tsearch(host, &tally->host_tree, compare_hosts))
		fail("out of memory");
	return host;
}

/**
 * row_has_host - whether a row has denials of a machine
 * @row: the row
 * @host: the machine
 *
 * Return: true if it has.
 */
bool row_has_host(const struct row *row, const struct host *host)
{
	return host->number / 8 < row->host_bytes &&
	       row->hosts[host->number / 8] & 1 << host->number % 8;
}

static void add_host(struct row *row, const struct host *host)
{
	const size_t need = host->number / 8 + 1;

	if (row_has_host(row, host))
		return;
	if (need > row->host_bytes) {
		row->hosts = allocate(row->hosts, need, 1);
		memset(row->hosts + row->host_bytes, 0, need - row->host_bytes);
		row->host_bytes = need;
	}
	row->hosts[host->number / 8] |= 1 << host->number % 8;
	row->host_count++;
}

static struct row *find_row(struct tally *tally, const struct seen *seen)
{
	struct row key = { .total = *seen }, *row, **found;

	found = tfind(&key, &tally->tree, compare_keys);
	if (found)
		return *found;
	row = allocate(NULL, 1, sizeof(*row));
	*row = (struct row){
		.total = {
			.evaluated = seen->evaluated,
			.reason = copy_of(seen->reason),
			.comm = copy_of(seen->comm),
		},
	};
	tally->rows = grow(tally->rows, tally->count, sizeof(*tally->rows));
	tally->rows[tally->count++] = row;
	if (!tsearch(row, &tally->tree, compare_keys))
		fail("out of memory");
	return row;
}

static void add_object(struct row *row, const char *text, __u64 count)
{
	size_t i;

	if (!*text)
		return;
	for (i = 0; i < row->object_count; i++) {
		if (same(row->objects[i].text, text)) {
			row->objects[i].count =
				add_up(row->objects[i].count, count);
			return;
		}
	}
	if (row->object_count == MAX_OBJECTS) {
		row->left_out = add_up(row->left_out, count);
		return;
	}
	row->objects =
		grow(row->objects, row->object_count, sizeof(*row->objects));
	row->objects[row->object_count++] = (struct object){
		.text = copy_of(text),
		.count = count,
	};
}

/**
 * tally_add - add a denial, or several that were counted together
 * @tally: the tally
 * @seen: the denial; its strings are copied
 */
void tally_add(struct tally *tally, const struct seen *seen)
{
	struct row *row = find_row(tally, seen);
	struct seen *total = &row->total;

	total->count = add_up(total->count, seen->count);
	if (seen->first.known &&
	    (!total->first.known ||
	     compare_when(&seen->first, &total->first) < 0))
		total->first = seen->first;
	if (compare_when(&seen->last, &total->last) >= 0) {
		total->last = seen->last;
		total->has_task = seen->has_task;
		total->pid = seen->pid;
		total->uid = seen->uid;
		if (!same(total->exe, seen->exe)) {
			free((char *)total->exe);
			total->exe = copy_of(seen->exe);
		}
	}
	add_object(row, seen->object, seen->count);
	if (seen->host)
		add_host(row, tally_host(tally, seen->host));
}

static int compare_objects(const void *a, const void *b)
{
	const struct object *one = a, *other = b;

	if (one->count != other->count)
		return one->count < other->count ? 1 : -1;
	return strcmp(one->text, other->text);
}

static int (*compare_now)(const struct row *a, const struct row *b);

static int compare_rows(const void *a, const void *b)
{
	const struct row *const *one = a, *const *other = b;
	int order = compare_now(*one, *other);

	return order ? order : compare_keys(*one, *other);
}

/**
 * tally_sort - sort rows, and their objects by number
 * @tally: the tally
 * @compare: the order of two rows
 */
void tally_sort(struct tally *tally,
		int (*compare)(const struct row *a, const struct row *b))
{
	size_t i;

	compare_now = compare;
	if (!tally->count)
		return;
	qsort(tally->rows, tally->count, sizeof(*tally->rows), compare_rows);
	for (i = 0; i < tally->count; i++) {
		if (tally->rows[i]->object_count)
			qsort(tally->rows[i]->objects,
			      tally->rows[i]->object_count,
			      sizeof(*tally->rows[i]->objects),
			      compare_objects);
	}
}
