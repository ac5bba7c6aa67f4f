/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory, lines and fields: the parts of reading that know no format */
#ifndef LOCKDOWN_UTIL_H
#define LOCKDOWN_UTIL_H

#include <linux/compiler.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* Scripts rely on these numbers; lockdown.8 documents them. */
enum status {
	STATUS_OK = 0,
	STATUS_FOUND = 1,
	STATUS_USAGE = 2,
	STATUS_FAILED = 3,
	STATUS_INCOMPLETE = 4,
};

/**
 * struct when - a time, or none
 * @known: false for none
 * @s: seconds, since boot or since 1970
 * @us: microseconds
 */
struct when {
	bool known;
	__u64 s;
	unsigned int us;
};

/* The fields of a line end differently in the kernel's files and in audit's. */
enum quoting {
	/* A backslash escapes the character behind it. */
	QUOTED_BY_KERNEL,
	/* A string with a quote is in hexadecimal digits instead. */
	QUOTED_BY_AUDIT,
};

struct field {
	char *key;
	char *value;
	size_t len;
	bool quoted;
};

/**
 * struct lines - a file that is read line by line
 * @file: the file
 * @text: the line, terminated, without its newline
 * @len: its length
 * @size: bytes at @text
 * @bad: whether the line is too long, or has a NUL
 */
struct lines {
	FILE *file;
	char *text;
	size_t len;
	size_t size;
	bool bad;
};

__printf(1, 2) void note(const char *format, ...);
__noreturn __printf(1, 2) void fail(const char *format, ...);

void *allocate(void *old, size_t count, size_t size);
void *grow(void *old, size_t count, size_t size);
char *copy_of(const char *text);
bool same(const char *a, const char *b);
__u64 add_up(__u64 a, __u64 b);

bool parse_number(const char *text, __u64 *number);
bool parse_when(const char *text, struct when *when);
int compare_when(const struct when *a, const struct when *b);

size_t unescape(char *text, size_t len);
bool unhex(char *text, size_t *len);
char *escape(const char *bytes, size_t len);
char *escape_text(char *text);

int next_line(struct lines *lines);
int next_field(char **pos, enum quoting quoting, struct field *field);

#endif
