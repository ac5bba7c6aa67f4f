// SPDX-License-Identifier: GPL-2.0-only
/* Denials with their explanations, as text and as JSON */

#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "advice.h"
#include "output.h"
#include "show.h"

/* Objects of a row that the text shows. */
#define SHOWN_OBJECTS 5

/* 9999-12-31; a later time is no date. */
#define LAST_DATE 253402300799ULL

/* The kernel knows the levels of reasons that are newer than this tool. */
static const struct source *levels_from;

/**
 * level_of_reason - the level that denies a reason
 * @source: the machine, or NULL
 * @reason: the name of the reason
 *
 * Return: the level, or LEVEL_UNKNOWN.
 */
enum level level_of_reason(const struct source *source, const char *reason)
{
	const struct reason *told = source ? find_reason(source, reason) : NULL;
	const struct advice *advice = advice_for(reason);

	if (told)
		return told->level;
	return advice ? advice->level : LEVEL_UNKNOWN;
}

static char *time_text(const struct view *view, const struct when *when)
{
	const time_t seconds = (time_t)when->s;
	char *text = allocate(NULL, 64, 1);
	struct tm tm;

	if (!when->known)
		snprintf(text, 64, "-");
	else if (view->of_logs && when->s <= LAST_DATE &&
		 gmtime_r(&seconds, &tm))
		strftime(text, 64, "%Y-%m-%d %H:%M:%SZ", &tm);
	else
		snprintf(text, 64, "%llu.%06u", when->s, when->us);
	return text;
}

static const char *plural(__u64 number)
{
	return number == 1 ? "" : "s";
}

static const char *program(const struct row *row)
{
	return row->total.comm ? row->total.comm : "-";
}

/* Denials first, then the levels from the lower one on. */
static int section_of(const struct row *row)
{
	return row->total.evaluated ?
		       1 + level_of_reason(levels_from, row->total.reason) :
		       0;
}

static int by_section(const struct row *a, const struct row *b)
{
	const int order = section_of(a) - section_of(b);

	if (order)
		return order;
	if (a->total.count != b->total.count)
		return a->total.count < b->total.count ? 1 : -1;
	return 0;
}

static int by_last(const struct row *a, const struct row *b)
{
	return compare_when(&b->total.last, &a->total.last);
}

static void show_section(int section)
{
	if (!section)
		heading(COLOUR_DENIED, "Denied:");
	else if (section - 1 == LEVEL_UNKNOWN)
		heading(COLOUR_EVALUATED, "Would be denied:");
	else
		heading(COLOUR_EVALUATED, "%s would deny:",
			level_name((enum level)(section - 1)));
}

static void show_objects(const struct row *row, unsigned int indent,
			 const char *label)
{
	const unsigned int left = indent + strlen(label);
	char number[64];
	size_t i;

	for (i = 0; i < row->object_count && i < SHOWN_OBJECTS; i++) {
		char *text = shorten(row->objects[i].text);

		paragraph(i ? left : indent, i ? "" : label, text);
		free(text);
	}
	if (row->object_count <= SHOWN_OBJECTS && !row->left_out)
		return;
	snprintf(number, sizeof(number), "and %s%zu others",
		 row->left_out ? "more than " : "",
		 row->object_count - SHOWN_OBJECTS);
	paragraph(left, "", number);
}

static void show_row(const struct view *view, const struct row *row)
{
	char *last = time_text(view, &row->total.last);
	char *name = shorten(program(row));
	char *reason = shorten(row->total.reason);
	char hosts[32] = "";

	if (view->of_logs)
		snprintf(hosts, sizeof(hosts), "%5zu  ", row->host_count);
	line("  %-16s %-20s %8llu  %s%s", name, reason, row->total.count, hosts,
	     last);
	free(reason);
	free(name);
	free(last);
	show_objects(row, 4, "");
}

static int compare_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Return whether the text is new in a set, which is for tdestroy(). */
static bool is_new(void **set, const char *text)
{
	if (tfind(text, set, compare_text))
		return false;
	if (!tsearch(text, set, compare_text))
		fail("out of memory");
	return true;
}

static void keep(void *text)
{
	(void)text;
}

static void show_hints(void **shown, const struct row *row, unsigned int indent)
{
	const char *const reason = row->total.reason;
	const char *const comm = row->total.comm;
	const char *hint;
	size_t i;

	for (i = 0; !i || (i < row->object_count && i < SHOWN_OBJECTS); i++) {
		hint = hint_for(reason, comm,
				row->object_count ? row->objects[i].text :
						    NULL);
		if (hint && is_new(shown, hint))
			paragraph(indent, "Here:     ", hint);
	}
}

/**
 * show_advice - print why a reason is denied, and what works instead
 * @source: the machine, or NULL
 * @reason: the name of the reason
 * @indent: spaces in front of each line
 */
void show_advice(const struct source *source, const char *reason,
		 unsigned int indent)
{
	const struct reason *told = source ? find_reason(source, reason) : NULL;
	const struct advice *advice = advice_for(reason);

	if (advice) {
		paragraph(indent, "Why:      ", advice->why);
		paragraph(indent, "Instead:  ", advice->instead);
		return;
	}
	if (told)
		paragraph(indent, "Kernel:   ", told->text);
	paragraph(indent, "Why:      ",
		  "This tool is older than the reason. kernel_lockdown(7) of\n"
		  "the kernel's version may explain it.");
}

static void show_reason(const struct view *view, size_t n)
{
	const struct tally *tally = view->tally;
	const char *reason = tally->rows[n]->total.reason;
	const struct advice *advice = advice_for(reason);
	void *shown = NULL;
	size_t i;

	line("  %.*s: %s", 200, reason,
	     advice ? advice->what : "not known to this tool");
	show_advice(view->source, reason, 4);
	for (i = n; i < tally->count; i++) {
		if (same(tally->rows[i]->total.reason, reason))
			show_hints(&shown, tally->rows[i], 4);
	}
	tdestroy(shown, keep);
}

/**
 * show_sections - print a table for each level, and explain each reason
 * @view: the denials
 */
void show_sections(const struct view *view)
{
	struct tally *tally = view->tally;
	void *shown = NULL;
	int section = -1;
	size_t i;

	levels_from = view->source;
	tally_sort(tally, by_section);
	for (i = 0; i < tally->count; i++) {
		if (section_of(tally->rows[i]) != section) {
			section = section_of(tally->rows[i]);
			show_section(section);
			line("  %-16s %-20s %8s  %s%s", "PROGRAM", "REASON",
			     view->of_logs ? "RECORDS" : "TIMES",
			     view->of_logs ? "HOSTS  " : "", "LAST");
		}
		show_row(view, tally->rows[i]);
	}
	if (!tally->count || view->brief)
		return;
	heading(COLOUR_BOLD, "What to do:");
	for (i = 0; i < tally->count; i++) {
		if (is_new(&shown, tally->rows[i]->total.reason))
			show_reason(view, i);
	}
	tdestroy(shown, keep);
}

static void show_verdict(const struct view *view, const struct row *row)
{
	const enum level level =
		level_of_reason(view->source, row->total.reason);
	char text[64];

	if (row->total.evaluated)
		snprintf(text, sizeof(text), "%s would deny it",
			 level == LEVEL_UNKNOWN ? "a level" :
						  level_name(level));
	else
		snprintf(text, sizeof(text), "denied");
	heading(row->total.evaluated ? COLOUR_EVALUATED : COLOUR_DENIED,
		"%s: %s, %s, %llu time%s", program(row), row->total.reason,
		text, row->total.count, plural(row->total.count));
}

/**
 * show_each - print each denial with its explanation, the last one first
 * @view: the denials
 */
void show_each(const struct view *view)
{
	struct tally *tally = view->tally;
	char line[128];
	size_t i;

	tally_sort(tally, by_last);
	for (i = 0; i < tally->count; i++) {
		const struct row *row = tally->rows[i];
		char *last = time_text(view, &row->total.last);
		void *shown = NULL;

		show_verdict(view, row);
		snprintf(line, sizeof(line), "%s, by pid %llu, uid %llu", last,
			 row->total.pid, row->total.uid);
		if (!row->total.has_task)
			snprintf(line, sizeof(line), "%s", last);
		free(last);
		paragraph(2, "Last:     ", line);
		show_objects(row, 2, "Wanted:   ");
		show_advice(view->source, row->total.reason, 2);
		show_hints(&shown, row, 2);
		tdestroy(shown, keep);
	}
}

static void json_objects(const struct row *row)
{
	size_t i;

	json_open("objects", '[');
	for (i = 0; i < row->object_count; i++) {
		json_open(NULL, '{');
		json_text("object", row->objects[i].text);
		json_number("count", row->objects[i].count);
		json_text("hint", hint_for(row->total.reason, row->total.comm,
					   row->objects[i].text));
		json_close();
	}
	json_close();
	json_number("objects_left_out", row->left_out);
}

static void json_hosts(const struct view *view, const struct row *row)
{
	size_t i;

	json_open("hosts", '[');
	for (i = 0; i < view->tally->host_count; i++) {
		if (row_has_host(row, view->tally->hosts[i]))
			json_text(NULL, view->tally->hosts[i]->name);
	}
	json_close();
}

static void json_level(const char *key, enum level level)
{
	json_text(key, level == LEVEL_UNKNOWN ? NULL : level_name(level));
}

static void json_row(const struct view *view, const struct row *row)
{
	const char *reason = row->total.reason;
	const struct advice *advice = advice_for(reason);

	json_open(NULL, '{');
	json_text("verdict", row->total.evaluated ? "evaluated" : "denied");
	json_text("reason", reason);
	json_level("level", level_of_reason(view->source, reason));
	json_text("comm", row->total.comm);
	if (view->of_logs)
		json_text("exe", row->total.exe);
	json_number("count", row->total.count);
	json_when("first", &row->total.first);
	json_when("last", &row->total.last);
	if (row->total.has_task) {
		json_number("pid", row->total.pid);
		json_number("uid", row->total.uid);
	} else {
		json_text("pid", NULL);
		json_text("uid", NULL);
	}
	json_text("hint", hint_for(reason, row->total.comm, NULL));
	json_objects(row);
	if (view->of_logs)
		json_hosts(view, row);
	json_text("why", advice ? advice->why : NULL);
	json_text("instead", advice ? advice->instead : NULL);
	json_close();
}

/**
 * show_json - print denials as an array
 * @key: its key
 * @view: the denials
 */
void show_json(const char *key, const struct view *view)
{
	struct tally *tally = view->tally;
	size_t i;

	levels_from = view->source;
	tally_sort(tally, by_section);
	json_open(key, '[');
	for (i = 0; i < tally->count; i++)
		json_row(view, tally->rows[i]);
	json_close();
}
