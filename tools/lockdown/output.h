/* SPDX-License-Identifier: GPL-2.0-only */
/* Text for a terminal or a pipe, and JSON */
#ifndef LOCKDOWN_OUTPUT_H
#define LOCKDOWN_OUTPUT_H

#include "util.h"

enum colour {
	COLOUR_BOLD,
	COLOUR_DENIED,
	COLOUR_EVALUATED,
};

void output_init(void);
bool output_end(void);

/* Text. Everything that is printed was escaped when it was read. */
__printf(2, 3) void heading(enum colour colour, const char *format, ...);
__printf(1, 2) void line(const char *format, ...);
void paragraph(unsigned int indent, const char *label, const char *text);
char *shorten(const char *text);

/* JSON. A key is NULL for an element of an array. */
void json_open(const char *key, char bracket);
void json_close(void);
void json_text(const char *key, const char *text);
void json_number(const char *key, __u64 number);
void json_bool(const char *key, bool value);
void json_when(const char *key, const struct when *when);

#endif
