/* SPDX-License-Identifier: GPL-2.0-only */
/* Denials from audit logs of many machines */
#ifndef LOCKDOWN_AUDIT_H
#define LOCKDOWN_AUDIT_H

#include "tally.h"

/**
 * struct audit - what was read
 * @tally: denials, by program and reason
 * @files: files that were read
 * @unread: files that were not, or not to their end
 * @lines: lines
 * @events: records of lockdown
 * @skipped: lines that could not be understood
 * @pending: denials whose program is not known yet
 * @pending_count: their number
 * @callers: the programs of the last system calls
 * @next_caller: the place of the next one
 */
struct audit {
	struct tally tally;
	__u64 files;
	__u64 unread;
	__u64 lines;
	__u64 events;
	__u64 skipped;
	struct pending *pending;
	size_t pending_count;
	struct caller *callers;
	size_t next_caller;
};

void audit_read(struct audit *audit, const char *path);
void audit_end(struct audit *audit);

#endif
