/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's files below /sys/kernel/security, or captured copies of them */
#ifndef LOCKDOWN_SOURCE_H
#define LOCKDOWN_SOURCE_H

#include "util.h"

enum level {
	LEVEL_NONE,
	LEVEL_INTEGRITY,
	LEVEL_CONFIDENTIALITY,
	LEVEL_UNKNOWN,
};

/* All strings are escaped, and live as long as the program. */

/**
 * struct task - a program in a line of the kernel
 * @known: whether there was a task
 * @pid: its pid
 * @uid: its user id
 * @comm: its name, or NULL
 */
struct task {
	bool known;
	__u64 pid;
	__u64 uid;
	char *comm;
};

struct origin {
	enum level level;
	struct when when;
	char *from;
	struct task task;
};

struct residue {
	char *reason;
	char *text;
};

struct reason {
	char *name;
	enum level level;
	char *state;
	__u64 denied;
	__u64 evaluated;
	struct when first;
	struct when last;
	char *text;
};

struct denial {
	bool evaluated;
	char *reason;
	__u64 count;
	struct when first;
	struct when last;
	struct task task;
	char *object;
};

struct take {
	enum level level;
	char *kind;
	struct task task;
	char *object;
};

/* The files of the directory lockdown_info, and the level. */
enum source_file {
	FILE_LEVEL,
	FILE_EVALUATE,
	FILE_REASONS,
	FILE_DENIALS,
	FILE_ORIGIN,
	FILE_RESIDUE,
	FILE_TAKES,
	FILE_COUNT,
};

/**
 * struct source - the state of a machine
 * @root: the directory
 * @read: for each file, whether it was read to the end
 * @error: for each file that was not, the errno
 * @level: the level in force
 * @evaluate: the evaluated level
 * @lost: denials that had no room in the kernel's table
 * @skipped: lines that could not be understood
 * @origins: raises of the level
 * @origin_count: their number
 * @residues: changes that a raise could not undo
 * @residue_count: their number
 * @reasons: reasons
 * @reason_count: their number
 * @denials: distinct denials
 * @denial_count: their number
 * @takes: things that a raise would take back
 * @take_count: their number
 */
struct source {
	const char *root;
	bool read[FILE_COUNT];
	int error[FILE_COUNT];
	enum level level;
	enum level evaluate;
	__u64 lost;
	__u64 skipped;

	struct origin *origins;
	size_t origin_count;
	struct residue *residues;
	size_t residue_count;
	struct reason *reasons;
	size_t reason_count;
	struct denial *denials;
	size_t denial_count;
	struct take *takes;
	size_t take_count;
};

const char *level_name(enum level level);
enum level level_of(const char *name);
const char *file_name(enum source_file file);
bool read_file(struct source *source, enum source_file file);
void read_level(struct source *source);
void write_word(const struct source *source, enum source_file file,
		const char *word);
const struct reason *find_reason(const struct source *source, const char *name);

#endif
