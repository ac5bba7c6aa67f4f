// SPDX-License-Identifier: GPL-2.0-only
/*
 * Denials from audit logs of many machines
 *
 * A denial is a record of type KERNEL_OTHER with lsm=lockdown. The program
 * stands in the record of the system call with the same event id, where there
 * is one: behind the denial as auditd writes them, in front of it as ausearch
 * sorts them. Records of other events stand in between.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "audit.h"

/* Denials that wait for the record of their system call. */
#define MAX_PENDING 1024

/* If there are more, this many of the oldest are given up at once. */
#define GIVE_UP 256

/* System calls whose denials may still come. */
#define MAX_CALLERS 64

/**
 * struct id - the identity of an event
 * @host: the machine
 * @when: its time
 * @serial: its number since boot
 */
struct id {
	const struct host *host;
	struct when when;
	__u64 serial;
};

/**
 * struct caller - the program of an event
 * @id: the event; no host if this is unused
 * @comm: its name, or NULL
 * @exe: its path, or NULL
 * @has_task: whether there are pid and uid
 * @pid: its pid
 * @uid: its user id
 */
struct caller {
	struct id id;
	char *comm;
	char *exe;
	bool has_task;
	__u64 pid;
	__u64 uid;
};

/**
 * struct pending - a denial whose program is not known yet
 * @id: the event
 * @evaluated: whether it would have been one
 * @reason: the reason
 * @object: the object, may be empty
 */
struct pending {
	struct id id;
	bool evaluated;
	char *reason;
	char *object;
};

/* The strings of a record, cut out of its line. */
struct record {
	char *lsm;
	char *op;
	char *verdict;
	char *object;
	char *res;
	char *pid;
	char *uid;
	char *comm;
	char *exe;
};

static bool same_id(const struct id *a, const struct id *b)
{
	return a->serial == b->serial && a->host == b->host &&
	       !compare_when(&a->when, &b->when);
}

/* A string from user space is quoted, or in hexadecimal digits. */
static char *decode(struct field *field)
{
	size_t len = field->len;

	if (!field->quoted)
		unhex(field->value, &len);
	return escape(field->value, len);
}

static bool is_untrusted(const char *key)
{
	return same(key, "comm") || same(key, "exe") || same(key, "object");
}

static char **place_of(struct record *record, const char *key)
{
	const struct {
		const char *key;
		char **place;
	} places[] = {
		{ "lsm", &record->lsm },	 { "op", &record->op },
		{ "verdict", &record->verdict }, { "object", &record->object },
		{ "res", &record->res },	 { "pid", &record->pid },
		{ "uid", &record->uid },	 { "comm", &record->comm },
		{ "exe", &record->exe },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		if (same(places[i].key, key))
			return places[i].place;
	}
	return NULL;
}

static void free_record(struct record *record)
{
	free(record->lsm);
	free(record->op);
	free(record->verdict);
	free(record->object);
	free(record->res);
	free(record->pid);
	free(record->uid);
	free(record->comm);
	free(record->exe);
}

static bool read_record(struct record *record, char *text)
{
	struct field field;
	char **place;
	int more;

	*record = (struct record){};
	while ((more = next_field(&text, QUOTED_BY_AUDIT, &field)) > 0) {
		place = place_of(record, field.key);
		if (!place || *place)
			continue;
		*place = is_untrusted(field.key) ?
				 decode(&field) :
				 escape(field.value, field.len);
	}
	return !more;
}

static void add(struct audit *audit, const struct pending *denial,
		const struct caller *caller)
{
	const struct seen seen = {
		.evaluated = denial->evaluated,
		.reason = denial->reason,
		.object = denial->object,
		.host = denial->id.host->name,
		.count = 1,
		.first = denial->id.when,
		.last = denial->id.when,
		.comm = caller ? caller->comm : NULL,
		.exe = caller ? caller->exe : NULL,
		.has_task = caller && caller->has_task,
		.pid = caller ? caller->pid : 0,
		.uid = caller ? caller->uid : 0,
	};

	tally_add(&audit->tally, &seen);
}

static void drop_pending(struct audit *audit, size_t first, size_t count)
{
	const size_t behind = first + count;
	size_t i;

	for (i = first; i < behind; i++) {
		free(audit->pending[i].reason);
		free(audit->pending[i].object);
	}
	memmove(&audit->pending[first], &audit->pending[behind],
		(audit->pending_count - behind) * sizeof(*audit->pending));
	audit->pending_count -= count;
}

/* The log has no system call for them: it was cut, or audit left it out. */
static void give_up(struct audit *audit, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		add(audit, &audit->pending[i], NULL);
	drop_pending(audit, 0, count);
}

static void wait_for_caller(struct audit *audit, struct pending *denial)
{
	if (!audit->pending)
		audit->pending =
			allocate(NULL, MAX_PENDING, sizeof(*audit->pending));
	if (audit->pending_count == MAX_PENDING)
		give_up(audit, GIVE_UP);
	denial->reason = copy_of(denial->reason);
	denial->object = copy_of(denial->object);
	audit->pending[audit->pending_count++] = *denial;
}

static void settle(struct audit *audit, const struct caller *caller)
{
	size_t i = 0;

	while (i < audit->pending_count) {
		if (!same_id(&audit->pending[i].id, &caller->id)) {
			i++;
			continue;
		}
		add(audit, &audit->pending[i], caller);
		drop_pending(audit, i, 1);
	}
}

static const struct caller *find_caller(const struct audit *audit,
					const struct id *id)
{
	size_t i;

	for (i = 0; audit->callers && i < MAX_CALLERS; i++) {
		if (audit->callers[i].id.host &&
		    same_id(&audit->callers[i].id, id))
			return &audit->callers[i];
	}
	return NULL;
}

static bool read_task(const struct record *record, struct caller *caller)
{
	caller->comm = record->comm;
	caller->exe = record->exe;
	if (!record->pid)
		return true;
	caller->has_task = true;
	return parse_number(record->pid, &caller->pid) &&
	       (!record->uid || parse_number(record->uid, &caller->uid));
}

static bool add_denial(struct audit *audit, const struct id *id,
		       const struct record *record)
{
	struct pending denial = { .id = *id };
	struct caller own = { .id = *id };
	const struct caller *caller;

	/* The result is the last field: without it, the line was cut off. */
	if (!record->op || !*record->op || !record->verdict || !record->res)
		return false;
	denial.evaluated = same(record->verdict, "evaluated");
	if ((!denial.evaluated && !same(record->verdict, "denied")) ||
	    !read_task(record, &own))
		return false;
	audit->events++;
	denial.reason = record->op;
	denial.object = record->object ? record->object : (char *)"";
	caller = own.comm ? &own : find_caller(audit, id);
	if (caller)
		add(audit, &denial, caller);
	else
		wait_for_caller(audit, &denial);
	return true;
}

/* Takes the strings of the record. */
static void add_caller(struct audit *audit, const struct id *id,
		       struct record *record)
{
	struct caller caller = { .id = *id }, *old;

	if (!read_task(record, &caller))
		caller.has_task = false;
	settle(audit, &caller);
	if (!audit->callers) {
		audit->callers =
			allocate(NULL, MAX_CALLERS, sizeof(*audit->callers));
		memset(audit->callers, 0,
		       MAX_CALLERS * sizeof(*audit->callers));
	}
	old = &audit->callers[audit->next_caller++ % MAX_CALLERS];
	free(old->comm);
	free(old->exe);
	*old = caller;
	record->comm = NULL;
	record->exe = NULL;
}

/* Moves behind "prefix", if the text begins with it. */
static bool skip(char **text, const char *prefix)
{
	const size_t len = strlen(prefix);

	if (strncmp(*text, prefix, len))
		return false;
	*text += len;
	return true;
}

/* Cuts a word off, which ends before one of these characters. */
static char *cut(char **text, const char *end)
{
	const size_t len = strcspn(*text, end);
	char *word = *text;

	if (!word[len])
		return NULL;
	word[len] = '\0';
	*text += len + 1;
	return word;
}

/* "audit(1700000000.123:45): " and its like. */
static bool read_id(char **text, struct id *id)
{
	const char *when, *serial;

	if (!skip(text, "msg=audit("))
		return false;
	when = cut(text, ":");
	serial = when ? cut(text, ")") : NULL;
	return serial && parse_when(when, &id->when) && id->when.known &&
	       parse_number(serial, &id->serial) && skip(text, ":");
}

/*
 * A file of a machine that does not write its name counts as a machine, and so
 * do all that logrotate(8) or auditd(8) have made of it by appending a number.
 */
static char *host_of_file(const char *path)
{
	size_t len = strlen(path), end = len;

	while (end && strchr("0123456789", path[end - 1]))
		end--;
	if (end > 1 && end < len && path[end - 1] == '.')
		len = end - 1;
	return escape(path, len);
}

static const struct host *host_named(struct audit *audit, const char *name)
{
	char *escaped = escape(name, strlen(name));
	const struct host *host = tally_host(&audit->tally, escaped);

	free(escaped);
	return host;
}

/*
 * read_audit_line - read a line
 * @host: the machine, if the line does not name one
 * @is_audit: set if the line is a record of audit
 *
 * Return: false if the line is a denial, or part of one, that makes no sense.
 */
static bool read_audit_line(struct audit *audit, char *line,
			    const struct host *host, bool *is_audit)
{
	const char *node = NULL, *type;
	struct record record;
	bool good = true, denial;
	struct id id = {};
	char *more;

	if (skip(&line, "node="))
		node = cut(&line, " ");
	if (!skip(&line, "type="))
		return true;
	type = cut(&line, " ");
	if (!type)
		return true;
	*is_audit = true;
	denial = same(type, "KERNEL_OTHER") || same(type, "UNKNOWN[1316]");
	if (denial ? !strstr(line, "lsm=lockdown") : !same(type, "SYSCALL"))
		return true;

	/* Behind this byte, auditd repeats fields for people. */
	more = strchr(line, '\035');
	if (more)
		*more = '\0';
	if (!read_id(&line, &id))
		return false;
	id.host = node ? host_named(audit, node) : host;
	good = read_record(&record, line);
	if (denial && good && same(record.lsm, "lockdown"))
		good = add_denial(audit, &id, &record);
	else if (!denial && good)
		add_caller(audit, &id, &record);
	free_record(&record);
	/* Records of other system calls need not make sense. */
	return good || !denial;
}

/**
 * audit_read - read a log
 * @audit: the result
 * @path: the file, or "-" for the standard input
 *
 * A file that cannot be read to its end, or is no audit log, is named on the
 * standard error and counted.
 */
void audit_read(struct audit *audit, const char *path)
{
	bool is_audit = false, is_empty = true;
	struct lines lines = {};
	const struct host *host;
	char *name;
	int more;

	name = host_of_file(path);
	host = tally_host(&audit->tally, name);
	free(name);
	name = escape(path, strlen(path));
	lines.file = same(path, "-") ? stdin : fopen(path, "re");
	if (!lines.file) {
		note("cannot read %s: %s", name, strerror(errno));
		free(name);
		audit->unread++;
		return;
	}
	while ((more = next_line(&lines)) > 0) {
		audit->lines++;
		is_empty = is_empty && !lines.len && !lines.bad;
		if (lines.bad ||
		    !read_audit_line(audit, lines.text, host, &is_audit))
			audit->skipped++;
	}
	if (more)
		note("cannot read %s: %s", name, strerror(errno));
	else if (!is_empty && !is_audit)
		note("%s is no audit log: no line begins with type=", name);
	if (more || (!is_empty && !is_audit))
		audit->unread++;
	else
		audit->files++;
	if (lines.file != stdin)
		fclose(lines.file);
	free(lines.text);
	free(name);
}

/**
 * audit_end - add the denials that still wait for their system call
 * @audit: the result
 */
void audit_end(struct audit *audit)
{
	size_t i;

	if (audit->pending_count)
		give_up(audit, audit->pending_count);
	for (i = 0; audit->callers && i < MAX_CALLERS; i++) {
		free(audit->callers[i].comm);
		free(audit->callers[i].exe);
	}
	free(audit->callers);
	free(audit->pending);
	audit->callers = NULL;
	audit->pending = NULL;
}
