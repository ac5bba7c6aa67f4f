// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's account of what a raise could not take back. */

#define _GNU_SOURCE
#include "../common.h"
#include "file.h"
#include "level.h"
#include "residue.h"

#define RESIDUE_BYTES 65536

/* Find @what in residue: anywhere, or only where a line begins. */
static bool find(const char *what, bool at_line)
{
	char *const text = malloc(RESIDUE_BYTES);
	bool found = false;
	const char *at;

	if (text && read_text(LOCKDOWN_RESIDUE, text, RESIDUE_BYTES) > 0) {
		at = strstr(text, what);
		found = at && (!at_line || at == text || at[-1] == '\n');
	}
	free(text);
	return found;
}

/* Return whether a line of residue begins with that text. */
bool in_residue(const char *line)
{
	return find(line, true);
}

/* Return whether a line of residue contains that text. */
bool residue_mentions(const char *text)
{
	return find(text, false);
}

/* Return whether residue names the use of a debugfs file by this thread. */
bool use_in_residue(const char *file, int tid)
{
	char line[128];

	snprintf(line, sizeof(line),
		 "DEBUGFS\tuse of /%s by %.15s[%d], not ended\n", file,
		 program_invocation_short_name, tid);
	return in_residue(line);
}
