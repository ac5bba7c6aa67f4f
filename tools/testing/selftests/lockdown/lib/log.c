// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's account of its denials: the counters, and the log. */

#define _GNU_SOURCE
#include <fnmatch.h>
#include <sys/prctl.h>

#include "../common.h"
#include "level.h"
#include "log.h"

/* Open the log at its end; return the descriptor, or -1. */
int open_log(void)
{
	const int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (log >= 0)
		lseek(log, 0, SEEK_END);
	return log;
}

/* Return how often a reason was denied, and its text, from the reasons file. */
long denials(const char *reason, char *text, size_t size)
{
	char line[256], name[64];
	long count, found = -1;
	FILE *file;

	file = fopen(LOCKDOWN_REASONS, "re");
	if (!file)
		return -1;
	while (found < 0 && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%63[^\t]\t%*[^\t]\t%*[^\t]\t%ld\t", name,
			   &count) != 2 ||
		    strcmp(name, reason))
			continue;
		found = count;
		line[strcspn(line, "\n")] = '\0';
		snprintf(text, size, "%s", strrchr(line, '\t') + 1);
	}
	fclose(file);
	return found;
}

/* Read the next record of the log without its prefix; false at the end. */
bool next_record(int log, char *text, size_t size)
{
	char record[1024], *message;
	ssize_t got;

	do {
		got = read(log, record, sizeof(record) - 1);
	} while (got < 0 && errno == EPIPE);
	if (got < 0)
		return false;
	record[got] = '\0';
	record[strcspn(record, "\n")] = '\0';
	message = strchr(record, ';');
	snprintf(text, size, "%s", message ? message + 1 : record);
	return true;
}

/*
 * Search the log since the last call for a denial of this process: return
 * LOGGED_LINE, and LOGGED_OBJECT if an object matches the pattern.
 */
int logged(int log, const char *reason, const char *text, const char *pattern)
{
	char line[256], object[64], record[1024], comm[16], *name;
	int found = 0;

	prctl(PR_GET_NAME, comm);
	snprintf(line, sizeof(line),
		 "Lockdown: %s: %s is restricted; see man kernel_lockdown.7",
		 comm, text);
	snprintf(object, sizeof(object), "lockdown: denied reason=%s pid=%d ",
		 reason, getpid());
	while (next_record(log, record, sizeof(record))) {
		if (!strcmp(record, line))
			found |= LOGGED_LINE;
		if (strncmp(record, object, strlen(object)))
			continue;
		name = strstr(record, " object=\"");
		if (!name)
			continue;
		name += strlen(" object=\"");
		name[strcspn(name, "\"")] = '\0';
		printf("# object: %s: %s\n", reason, name);
		if (pattern && !fnmatch(pattern, name, 0))
			found |= LOGGED_OBJECT;
	}
	return found;
}
