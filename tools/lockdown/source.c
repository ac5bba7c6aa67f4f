// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's files below /sys/kernel/security, or captured copies of them
 *
 * Documentation/ABI/testing/securityfs-lockdown has the formats. A line that is
 * not in its format is skipped and counted; unknown fields are ignored.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "source.h"

static const char *const level_names[] = {
	[LEVEL_NONE] = "none",
	[LEVEL_INTEGRITY] = "integrity",
	[LEVEL_CONFIDENTIALITY] = "confidentiality",
};

static const char *const file_names[] = {
	[FILE_LEVEL] = "lockdown",
	[FILE_EVALUATE] = "lockdown_info/evaluate",
	[FILE_REASONS] = "lockdown_info/reasons",
	[FILE_DENIALS] = "lockdown_info/denials",
	[FILE_ORIGIN] = "lockdown_info/origin",
	[FILE_RESIDUE] = "lockdown_info/residue",
	[FILE_TAKES] = "lockdown_info/takes",
};

/* The fields of a line that one of the kernel's files may have. */
struct fields {
	const char *verdict;
	const char *reason;
	const char *level;
	const char *kind;
	const char *count;
	const char *first;
	const char *last;
	const char *when;
	const char *from;
	const char *pid;
	const char *uid;
	const char *comm;
	const char *object;
	const char *lost;
};

static const struct {
	const char *key;
	size_t offset;
} places[] = {
	{ "verdict", offsetof(struct fields, verdict) },
	{ "reason", offsetof(struct fields, reason) },
	{ "level", offsetof(struct fields, level) },
	{ "kind", offsetof(struct fields, kind) },
	{ "count", offsetof(struct fields, count) },
	{ "first", offsetof(struct fields, first) },
	{ "last", offsetof(struct fields, last) },
	{ "when", offsetof(struct fields, when) },
	{ "from", offsetof(struct fields, from) },
	{ "pid", offsetof(struct fields, pid) },
	{ "uid", offsetof(struct fields, uid) },
	{ "comm", offsetof(struct fields, comm) },
	{ "object", offsetof(struct fields, object) },
	{ "lost", offsetof(struct fields, lost) },
};

/**
 * level_name - the name of a level
 * @level: the level
 *
 * Return: the word that the kernel uses, or "unknown".
 */
const char *level_name(enum level level)
{
	return level < ARRAY_SIZE(level_names) ? level_names[level] : "unknown";
}

/**
 * level_of - the level with a name
 * @name: the name
 *
 * Return: the level, or LEVEL_UNKNOWN.
 */
enum level level_of(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(level_names); i++) {
		if (same(name, level_names[i]))
			return (enum level)i;
	}
	return LEVEL_UNKNOWN;
}

/**
 * file_name - the name of one of the kernel's files
 * @file: the file
 *
 * Return: its path below the directory of securityfs.
 */
const char *file_name(enum source_file file)
{
	return file_names[file];
}

static char *path_of(const struct source *source, enum source_file file)
{
	const size_t size = strlen(source->root) + strlen(file_names[file]) + 2;
	char *path = allocate(NULL, size, 1);

	snprintf(path, size, "%s/%s", source->root, file_names[file]);
	return path;
}

/* Cut the line into strings. A repeated field counts once. */
static bool read_fields(char *line, struct fields *fields)
{
	struct field field;
	const char **place;
	size_t i;
	int more;

	*fields = (struct fields){};
	while ((more = next_field(&line, QUOTED_BY_KERNEL, &field)) > 0) {
		for (i = 0; i < ARRAY_SIZE(places); i++) {
			if (!same(field.key, places[i].key))
				continue;
			place = (const char **)((char *)fields +
						places[i].offset);
			if (!*place)
				*place = escape_text(field.value);
		}
	}
	return !more;
}

static void free_fields(struct fields *fields)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(places); i++)
		free(*(char **)((char *)fields + places[i].offset));
}

static bool read_task(const struct fields *fields, struct task *task)
{
	*task = (struct task){};
	if (!fields->pid || !fields->comm)
		return false;
	if (same(fields->pid, "-"))
		return true;
	if (!parse_number(fields->pid, &task->pid) ||
	    (fields->uid && !parse_number(fields->uid, &task->uid)))
		return false;
	task->known = true;
	task->comm = copy_of(fields->comm);
	return true;
}

static bool read_origin(struct source *source, const struct fields *fields)
{
	struct origin origin = {};

	if (!fields->level || !fields->when || !fields->from)
		return false;
	origin.level = level_of(fields->level);
	if (origin.level == LEVEL_UNKNOWN ||
	    !parse_when(fields->when, &origin.when) ||
	    !read_task(fields, &origin.task))
		return false;
	origin.from = copy_of(fields->from);
	source->origins =
		grow(source->origins, source->origin_count, sizeof(origin));
	source->origins[source->origin_count++] = origin;
	return true;
}

static bool read_denial(struct source *source, const struct fields *fields)
{
	struct denial denial = {};

	if (fields->lost && !fields->verdict)
		return parse_number(fields->lost, &source->lost);
	if (!fields->verdict || !fields->reason || !fields->count ||
	    !fields->first || !fields->last || !fields->object)
		return false;
	denial.evaluated = same(fields->verdict, "evaluated");
	if ((!denial.evaluated && !same(fields->verdict, "denied")) ||
	    !*fields->reason || !parse_number(fields->count, &denial.count) ||
	    !parse_when(fields->first, &denial.first) ||
	    !parse_when(fields->last, &denial.last) ||
	    !read_task(fields, &denial.task))
		return false;
	denial.reason = copy_of(fields->reason);
	denial.object = copy_of(fields->object);
	source->denials =
		grow(source->denials, source->denial_count, sizeof(denial));
	source->denials[source->denial_count++] = denial;
	return true;
}

static bool read_take(struct source *source, const struct fields *fields)
{
	struct take take = {};

	if (!fields->level || !fields->kind || !fields->object)
		return false;
	take.level = level_of(fields->level);
	if (take.level == LEVEL_UNKNOWN || !read_task(fields, &take.task))
		return false;
	take.kind = copy_of(fields->kind);
	take.object = copy_of(fields->object);
	source->takes = grow(source->takes, source->take_count, sizeof(take));
	source->takes[source->take_count++] = take;
	return true;
}

/* Cuts a line at tabs. The last column goes to the end of the line. */
static bool split(char *line, char **columns, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		columns[i] = line;
		if (i + 1 == count)
			break;
		line = strchr(line, '\t');
		if (!line)
			return false;
		*line++ = '\0';
	}
	return true;
}

static bool read_reason(struct source *source, char *line)
{
	struct reason reason = {};
	char *columns[8];

	if (!split(line, columns, ARRAY_SIZE(columns)) || !*columns[0])
		return false;
	reason.level = level_of(columns[1]);
	if (reason.level == LEVEL_UNKNOWN ||
	    (!same(columns[2], "denied") && !same(columns[2], "evaluated") &&
	     !same(columns[2], "allowed")) ||
	    !parse_number(columns[3], &reason.denied) ||
	    !parse_number(columns[4], &reason.evaluated) ||
	    !parse_when(columns[5], &reason.first) ||
	    !parse_when(columns[6], &reason.last))
		return false;
	reason.name = escape_text(columns[0]);
	reason.state = escape_text(columns[2]);
	reason.text = escape_text(columns[7]);
	source->reasons =
		grow(source->reasons, source->reason_count, sizeof(reason));
	source->reasons[source->reason_count++] = reason;
	return true;
}

static bool read_residue(struct source *source, char *line)
{
	struct residue residue;
	char *columns[2];

	if (!split(line, columns, ARRAY_SIZE(columns)) || !*columns[0])
		return false;
	residue.reason = escape_text(columns[0]);
	residue.text = escape_text(columns[1]);
	source->residues =
		grow(source->residues, source->residue_count, sizeof(residue));
	source->residues[source->residue_count++] = residue;
	return true;
}

/* Return the word in brackets. The kernel writes all levels that it has. */
static enum level level_in(char *line)
{
	char *begin = strchr(line, '['),
	     *end = begin ? strchr(begin, ']') : NULL;

	if (!end)
		return LEVEL_UNKNOWN;
	*end = '\0';
	return level_of(begin + 1);
}

static bool read_line(struct source *source, enum source_file file, char *line)
{
	struct fields fields;
	bool good = false;

	switch (file) {
	case FILE_LEVEL:
		source->level = level_in(line);
		return source->level != LEVEL_UNKNOWN;
	case FILE_EVALUATE:
		source->evaluate = level_in(line);
		return source->evaluate != LEVEL_UNKNOWN;
	case FILE_REASONS:
		return read_reason(source, line);
	case FILE_RESIDUE:
		return read_residue(source, line);
	default:
		break;
	}
	if (read_fields(line, &fields)) {
		if (file == FILE_ORIGIN)
			good = read_origin(source, &fields);
		else if (file == FILE_DENIALS)
			good = read_denial(source, &fields);
		else
			good = read_take(source, &fields);
	}
	free_fields(&fields);
	return good;
}

/**
 * read_file - read one of the kernel's files
 * @source: the machine; what the file has is added
 * @file: the file
 *
 * Return: true if it was read. The errno is in @source otherwise.
 */
bool read_file(struct source *source, enum source_file file)
{
	struct lines lines = {};
	char *path = path_of(source, file);
	int more;

	errno = 0;
	lines.file = fopen(path, "re");
	free(path);
	if (!lines.file) {
		source->error[file] = errno;
		return false;
	}
	while ((more = next_line(&lines)) > 0) {
		if (!lines.len && !lines.bad)
			continue;
		if (lines.bad || !read_line(source, file, lines.text))
			source->skipped++;
	}
	source->error[file] = more ? errno : 0;
	source->read[file] = !more;
	fclose(lines.file);
	free(lines.text);
	return source->read[file];
}

static const char *why_no_level(const struct source *source)
{
	struct statfs fs;

	if (source->error[FILE_LEVEL] != ENOENT || statfs(source->root, &fs))
		return "";
	if (same(source->root, "/sys/kernel/security") &&
	    fs.f_type != SECURITYFS_MAGIC)
		return "; mount -t securityfs none /sys/kernel/security";
	return "; the kernel has no lockdown (CONFIG_SECURITY_LOCKDOWN_LSM)";
}

/**
 * read_level - read the level in force, without which there is no answer
 * @source: the machine
 *
 * Does not return if there is none.
 */
void read_level(struct source *source)
{
	const __u64 skipped = source->skipped;

	source->level = LEVEL_UNKNOWN;
	if (!read_file(source, FILE_LEVEL))
		fail("cannot read %s/%s: %s%s", source->root,
		     file_name(FILE_LEVEL), strerror(source->error[FILE_LEVEL]),
		     why_no_level(source));
	if (source->level == LEVEL_UNKNOWN || source->skipped != skipped)
		fail("%s/%s has no level that is known", source->root,
		     file_name(FILE_LEVEL));
}

/**
 * write_word - write a level to one of the kernel's files
 * @source: the machine
 * @file: FILE_LEVEL or FILE_EVALUATE
 * @word: the level's name
 *
 * Does not return if the kernel refuses it.
 */
void write_word(const struct source *source, enum source_file file,
		const char *word)
{
	char *path = path_of(source, file);
	const ssize_t len = strlen(word);
	const char *hint = "";
	ssize_t written = 0;
	int fd;

	errno = 0;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	/* The kernel takes a word in one write. */
	if (fd >= 0)
		written = write(fd, word, len);
	if (written == len && !close(fd)) {
		free(path);
		return;
	}
	if (errno == EPERM || errno == EACCES)
		hint = "; it takes CAP_MAC_ADMIN, outside of containers";
	else if (errno == ENOENT && file == FILE_EVALUATE)
		hint = "; this kernel cannot evaluate levels";
	fail("cannot write %s: %s%s", path, strerror(errno), hint);
}

/**
 * find_reason - look up a reason in what the kernel lists
 * @source: the machine
 * @name: its name
 *
 * Return: the reason, or NULL.
 */
const struct reason *find_reason(const struct source *source, const char *name)
{
	size_t i;

	for (i = 0; i < source->reason_count; i++) {
		if (same(source->reasons[i].name, name))
			return &source->reasons[i];
	}
	return NULL;
}
