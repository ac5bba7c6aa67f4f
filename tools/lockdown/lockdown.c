// SPDX-License-Identifier: GPL-2.0-only
/*
 * lockdown - show what the kernel's lockdown denies, or would deny, and why
 *
 * The tool reads the files below /sys/kernel/security, which are documented in
 * Documentation/ABI/testing/securityfs-lockdown, and audit logs. lockdown.8 is
 * its manual page.
 */

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "advice.h"
#include "audit.h"
#include "output.h"
#include "show.h"

#define DEFAULT_ROOT "/sys/kernel/security"

/* The kernel keeps this much of the name of a program. */
#define COMM_LEN 15

/* The format of the JSON. A program can rely on all fields of a format. */
#define JSON_FORMAT 1

/* Options, one bit each, to tell which a command takes. */
enum option_bit {
	TAKES_ROOT = 1,
	TAKES_REPORT = 2,
	TAKES_REASON = 4,
	TAKES_AT_LEAST = 8,
	TAKES_YES = 16,
	TAKES_DRY_RUN = 32,
	TAKES_AUDIT = 64,
};

struct options {
	unsigned int given;
	bool json;
	const char *root;
	const char *reason;
	enum level at_least;
	const char **logs;
	size_t log_count;
	char **args;
	int arg_count;
};

struct command {
	const char *name;
	unsigned int takes;
	int min_args;
	int max_args;
	enum status (*run)(const struct options *options);
};

static const char usage_text[] =
	"Usage: lockdown status [--at-least LEVEL]\n"
	"       lockdown evaluate [--report | LEVEL | none]\n"
	"       lockdown why [PROGRAM] [--reason REASON]\n"
	"       lockdown raise LEVEL [--yes | --dry-run]\n"
	"       lockdown report --audit FILE...\n"
	"\n"
	"  status    the level, and what it denies\n"
	"  evaluate  what a level would deny of what this machine does;\n"
	"            with LEVEL, have the kernel watch for that\n"
	"  why       recent denials: the cause, and what works instead\n"
	"  raise     raise the level, until the machine is booted again\n"
	"  report    denials in audit logs, also of many machines\n"
	"\n"
	"  -j, --json            print JSON\n"
	"  -r, --root DIR        use DIR instead of " DEFAULT_ROOT "\n"
	"  -l, --at-least LEVEL  fail if the level is lower\n"
	"  -R, --report          as without LEVEL\n"
	"  -e, --reason REASON   a name or a text that the log has\n"
	"  -y, --yes             do not ask\n"
	"  -n, --dry-run         only show what a raise would take back\n"
	"  -a, --audit FILE      a log of audit; - is the standard input\n"
	"  -h, --help            print this\n"
	"\n"
	"LEVEL is integrity or confidentiality.\n"
	"\n"
	"Exit status: 0 done, nothing found; 1 found: something is denied, or would\n"
	"be, or the level is lower; 2 usage; 3 no answer; 4 an answer, but part of\n"
	"the input could not be read.\n";

__noreturn __printf(1, 2) static void bad_usage(const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	note("%s; see lockdown --help", text);
	exit(STATUS_USAGE);
}

/* The status of a command that shows denials. */
static enum status status_of(bool found, __u64 skipped)
{
	if (skipped)
		note("%llu line%s could not be understood and %s left out",
		     skipped, skipped == 1 ? "" : "s",
		     skipped == 1 ? "is" : "are");
	if (skipped)
		return STATUS_INCOMPLETE;
	return found ? STATUS_FOUND : STATUS_OK;
}

static void json_head(const char *command)
{
	json_open(NULL, '{');
	json_number("format", JSON_FORMAT);
	json_text("command", command);
}

/* Older kernels lack some files, and some are for root only. */
static void json_source(const struct source *source)
{
	size_t i;

	json_open("unread", '[');
	for (i = 0; i < FILE_COUNT; i++) {
		if (source->error[i])
			json_text(NULL, file_name((enum source_file)i));
	}
	json_close();
	json_number("skipped_lines", source->skipped);
}

static void json_task(const struct task *task)
{
	if (task->known) {
		json_number("pid", task->pid);
		json_number("uid", task->uid);
	} else {
		json_text("pid", NULL);
		json_text("uid", NULL);
	}
	json_text("comm", task->comm);
}

static bool knows_evaluate(const struct source *source)
{
	return source->read[FILE_EVALUATE] && source->evaluate != LEVEL_UNKNOWN;
}

static void json_levels(const struct source *source)
{
	json_text("level", level_name(source->level));
	json_text("evaluate",
		  knows_evaluate(source) ? level_name(source->evaluate) : NULL);
}

static bool may_not_read(const struct source *source, enum source_file file)
{
	return source->error[file] == EACCES || source->error[file] == EPERM;
}

/*
 * lockdown status
 */

static void json_origins(const struct source *source)
{
	size_t i;

	json_open("origin", '[');
	for (i = 0; i < source->origin_count; i++) {
		const struct origin *origin = &source->origins[i];

		json_open(NULL, '{');
		json_text("level", level_name(origin->level));
		json_when("when", &origin->when);
		json_text("from", origin->from);
		json_task(&origin->task);
		json_close();
	}
	json_close();
}

static void json_residue(const struct source *source)
{
	size_t i;

	json_open("residue", '[');
	for (i = 0; i < source->residue_count; i++) {
		const struct residue *residue = &source->residues[i];

		json_open(NULL, '{');
		json_text("reason",
			  same(residue->reason, "-") ? NULL : residue->reason);
		json_text("text", residue->text);
		json_close();
	}
	json_close();
}

static void json_reasons(const struct source *source)
{
	size_t i;

	json_open("reasons", '[');
	for (i = 0; i < source->reason_count; i++) {
		const struct reason *reason = &source->reasons[i];

		json_open(NULL, '{');
		json_text("name", reason->name);
		json_text("level", level_name(reason->level));
		json_text("state", reason->state);
		json_number("denied", reason->denied);
		json_number("evaluated", reason->evaluated);
		json_when("first", &reason->first);
		json_when("last", &reason->last);
		json_text("text", reason->text);
		json_close();
	}
	json_close();
}

static void show_origins(const struct source *source)
{
	char text[512];
	size_t i;

	for (i = 0; i < source->origin_count; i++) {
		const struct origin *origin = &source->origins[i];

		if (origin->task.known)
			snprintf(
				text, sizeof(text),
				"%s at %llu.%06u from %s, by %s (pid %llu, uid %llu)",
				level_name(origin->level), origin->when.s,
				origin->when.us, origin->from,
				origin->task.comm, origin->task.pid,
				origin->task.uid);
		else
			snprintf(text, sizeof(text), "%s at %llu.%06u from %s",
				 level_name(origin->level), origin->when.s,
				 origin->when.us, origin->from);
		paragraph(0, i ? "            " : "Origin:     ", text);
	}
}

static void show_residue(const struct source *source)
{
	char label[256];
	size_t i;

	if (!source->residue_count)
		return;
	heading(COLOUR_BOLD, "The raise could not undo:");
	for (i = 0; i < source->residue_count; i++) {
		snprintf(label, sizeof(label), "  %-20s ",
			 source->residues[i].reason);
		paragraph(0, label, source->residues[i].text);
	}
}

/*
 * The reasons with a state, in words, with their counts. Reasons that a level
 * only evaluates are left out where nothing was counted.
 */
static void show_state(const struct source *source, const char *state,
		       enum colour colour, const char *title)
{
	char label[256], text[512];
	bool began = false;
	size_t i;

	for (i = 0; i < source->reason_count; i++) {
		const struct reason *reason = &source->reasons[i];
		const struct advice *advice = advice_for(reason->name);
		const __u64 count = colour == COLOUR_DENIED ? reason->denied :
							      reason->evaluated;

		if (!same(reason->state, state) ||
		    (colour == COLOUR_EVALUATED && !count))
			continue;
		if (!began)
			heading(colour, "%s", title);
		began = true;
		snprintf(label, sizeof(label), "  %-20s ", reason->name);
		snprintf(text, sizeof(text), count ? "%s (%llu time%s)" : "%s",
			 advice ? advice->what : reason->text, count,
			 count == 1 ? "" : "s");
		paragraph(0, label, text);
	}
}

static void show_status(const struct source *source)
{
	heading(COLOUR_BOLD, "Level:      %s", level_name(source->level));
	show_origins(source);
	if (source->read[FILE_EVALUATE])
		paragraph(0, "Evaluated:  ", level_name(source->evaluate));
	if (!source->read[FILE_REASONS])
		paragraph(
			0, "Denied:     ",
			source->error[FILE_REASONS] == ENOENT ?
				"not known; this kernel has no lockdown_info" :
				strerror(source->error[FILE_REASONS]));
	show_state(source, "denied", COLOUR_DENIED, "Denied:");
	show_state(source, "evaluated", COLOUR_EVALUATED,
		   "Allowed, but the evaluated level would have denied:");
	show_residue(source);
}

static enum status run_status(const struct options *options)
{
	struct source source = { .root = options->root };
	bool is_lower;

	read_level(&source);
	read_file(&source, FILE_EVALUATE);
	read_file(&source, FILE_REASONS);
	read_file(&source, FILE_ORIGIN);
	read_file(&source, FILE_RESIDUE);
	is_lower = options->given & TAKES_AT_LEAST &&
		   source.level < options->at_least;
	if (options->json) {
		json_head("status");
		json_levels(&source);
		json_origins(&source);
		json_residue(&source);
		json_reasons(&source);
		json_source(&source);
		json_close();
	} else {
		show_status(&source);
	}
	return status_of(is_lower, source.skipped);
}

/*
 * lockdown evaluate
 */

/* comm is the program whose denials count, or NULL for all. */
static void add_denials(struct tally *tally, const struct source *source,
			const char *comm, const char *reason)
{
	size_t i;

	for (i = 0; i < source->denial_count; i++) {
		const struct denial *denial = &source->denials[i];
		const struct seen seen = {
			.evaluated = denial->evaluated,
			.reason = denial->reason,
			.comm = denial->task.comm,
			.object = denial->object,
			.count = denial->count,
			.first = denial->first,
			.last = denial->last,
			.has_task = denial->task.known,
			.pid = denial->task.pid,
			.uid = denial->task.uid,
		};

		if ((!comm || same(comm, seen.comm)) &&
		    (!reason || same(reason, seen.reason)))
			tally_add(tally, &seen);
	}
}

/* Print counts for users who may not see programs. */
static void add_counts(struct tally *tally, const struct source *source)
{
	size_t i;

	for (i = 0; i < source->reason_count; i++) {
		const struct reason *reason = &source->reasons[i];
		struct seen seen = {
			.reason = reason->name,
			.object = "",
			.count = reason->denied,
			.first = reason->first,
			.last = reason->last,
		};

		if (seen.count)
			tally_add(tally, &seen);
		seen.evaluated = true;
		seen.count = reason->evaluated;
		if (seen.count)
			tally_add(tally, &seen);
	}
}

static void show_notes(const struct source *source)
{
	if (may_not_read(source, FILE_DENIALS))
		note("only root can see programs and objects");
	else if (source->error[FILE_DENIALS] &&
		 source->error[FILE_DENIALS] != ENOENT)
		note("cannot read %s: %s", file_name(FILE_DENIALS),
		     strerror(source->error[FILE_DENIALS]));
	if (source->lost)
		note("%llu denials had no room in the table; see status",
		     source->lost);
}

static bool is_crossed(const struct source *source, enum level level,
		       enum level target)
{
	return level > source->level && level <= target;
}

/* The things that a raise takes back now. */
static size_t show_takes(const struct source *source, enum level target,
			 const char *title)
{
	char label[512];
	size_t i, count = 0;

	for (i = 0; i < source->take_count; i++) {
		const struct take *take = &source->takes[i];

		if (!is_crossed(source, take->level, target))
			continue;
		if (!count++)
			heading(COLOUR_BOLD, "%s", title);
		if (take->task.known)
			snprintf(label, sizeof(label),
				 "  %s (pid %llu): ", take->task.comm,
				 take->task.pid);
		else
			snprintf(label, sizeof(label), "  ");
		paragraph(0, label, take->object);
	}
	return count;
}

static size_t json_takes(const struct source *source, enum level target)
{
	size_t i, count = 0;

	json_open("takes", '[');
	for (i = 0; i < source->take_count; i++) {
		const struct take *take = &source->takes[i];

		if (!is_crossed(source, take->level, target))
			continue;
		count++;
		json_open(NULL, '{');
		json_text("level", level_name(take->level));
		json_text("kind", take->kind);
		if (take->task.known)
			json_number("pid", take->task.pid);
		else
			json_text("pid", NULL);
		json_text("comm", take->task.comm);
		json_text("object", take->object);
		json_close();
	}
	json_close();
	return count;
}

/* The level that is evaluated, or none. */
static enum level target_of(const struct source *source)
{
	return source->read[FILE_EVALUATE] ? source->evaluate : LEVEL_NONE;
}

static enum status report_evaluation(const struct options *options)
{
	struct source source = { .root = options->root };
	struct tally tally = {};
	const struct view view = { .source = &source, .tally = &tally };
	char title[64];
	bool found;

	read_level(&source);
	read_file(&source, FILE_EVALUATE);
	read_file(&source, FILE_REASONS);
	if (read_file(&source, FILE_DENIALS))
		add_denials(&tally, &source, NULL, NULL);
	else if (source.read[FILE_REASONS])
		add_counts(&tally, &source);
	else
		fail("cannot read %s/%s: %s%s", source.root,
		     file_name(FILE_REASONS),
		     strerror(source.error[FILE_REASONS]),
		     source.error[FILE_REASONS] == ENOENT ?
			     "; this kernel cannot evaluate levels" :
			     "");
	read_file(&source, FILE_TAKES);
	if (options->json) {
		json_head("evaluate");
		json_levels(&source);
		json_number("lost", source.lost);
		json_takes(&source, target_of(&source));
		show_json("denials", &view);
		json_source(&source);
		json_close();
	} else {
		heading(COLOUR_BOLD, "Level:      %s",
			level_name(source.level));
		if (source.read[FILE_EVALUATE])
			paragraph(0,
				  "Evaluated:  ", level_name(source.evaluate));
		snprintf(title, sizeof(title),
			 "A raise to %s would take back now:",
			 level_name(target_of(&source)));
		show_takes(&source, target_of(&source), title);
		show_sections(&view);
	}
	show_notes(&source);
	/* Denials that had no room are denials, too. */
	found = tally.count || source.lost;
	if (!found && source.level == LEVEL_NONE &&
	    (!source.read[FILE_EVALUATE] || source.evaluate == LEVEL_NONE))
		fail("no level is evaluated; see lockdown evaluate LEVEL");
	if (!found && !options->json)
		paragraph(
			0, "",
			"Nothing was denied, or would have been, since boot.");
	return status_of(found, source.skipped);
}

static enum status run_evaluate(const struct options *options)
{
	struct source source = { .root = options->root };
	enum level level;

	if (!options->arg_count)
		return report_evaluation(options);
	if (options->given & TAKES_REPORT)
		bad_usage("--report takes no LEVEL");
	level = level_of(options->args[0]);
	if (level == LEVEL_UNKNOWN)
		bad_usage("%s is no level", options->args[0]);
	read_level(&source);
	write_word(&source, FILE_EVALUATE, level_name(level));
	if (!read_file(&source, FILE_EVALUATE) || source.evaluate != level)
		fail("%s/%s does not show %s", source.root,
		     file_name(FILE_EVALUATE), level_name(level));
	if (options->json) {
		json_head("evaluate");
		json_levels(&source);
		json_source(&source);
		json_close();
		return STATUS_OK;
	}
	printf("Level:      %s\nEvaluated:  %s\n", level_name(source.level),
	       level_name(source.evaluate));
	if (level && level <= source.level)
		note("%s is in force: there is nothing more to evaluate",
		     level_name(source.level));
	return STATUS_OK;
}

/*
 * lockdown why
 */

/* The name that the kernel has for a program, from a name or a path. */
static char *comm_of(const char *program)
{
	const char *slash = strrchr(program, '/');
	const char *name = slash && slash[1] ? slash + 1 : program;

	return escape(name, strnlen(name, COMM_LEN));
}

/* The name of a reason, from its name or its text. */
static const char *reason_of(const struct source *source, const char *text)
{
	const struct advice *advice = advice_for_text(text);
	size_t i;

	if (advice)
		return advice->name;
	for (i = 0; i < source->reason_count; i++) {
		if (same(source->reasons[i].text, text))
			return source->reasons[i].name;
	}
	if (advice_for(text) || find_reason(source, text))
		return text;
	return NULL;
}

static void explain_reason(const struct source *source, const char *reason)
{
	const enum level level = level_of_reason(source, reason);
	const struct advice *advice = advice_for(reason);

	heading(COLOUR_BOLD, "%s: denied from %s on", reason,
		level_name(level));
	if (advice) {
		paragraph(2, "Log:      ", advice->text);
		paragraph(2, "Denied:   ", advice->what);
	}
	show_advice(source, reason, 2);
}

static void json_reason(const struct source *source, const char *reason)
{
	const struct advice *advice = advice_for(reason);
	const struct reason *told = find_reason(source, reason);

	json_open("reason", '{');
	json_text("name", reason);
	json_text("level", level_name(level_of_reason(source, reason)));
	json_text("text", advice ? advice->text : told->text);
	json_text("what", advice ? advice->what : NULL);
	json_text("why", advice ? advice->why : NULL);
	json_text("instead", advice ? advice->instead : NULL);
	json_close();
}

static enum status run_why(const struct options *options)
{
	struct source source = { .root = options->root };
	struct tally tally = {};
	const struct view view = { .source = &source, .tally = &tally };
	char *comm = options->arg_count ? comm_of(options->args[0]) : NULL;
	const char *reason = NULL;

	/* A reason can be explained anywhere. */
	read_file(&source, FILE_REASONS);
	if (options->reason) {
		reason = reason_of(&source, options->reason);
		if (!reason)
			bad_usage("%s is no reason", options->reason);
	} else {
		read_level(&source);
	}
	if (read_file(&source, FILE_DENIALS))
		add_denials(&tally, &source, comm, reason);
	else if (!reason)
		fail("cannot read %s/%s: %s%s", source.root,
		     file_name(FILE_DENIALS),
		     strerror(source.error[FILE_DENIALS]),
		     source.error[FILE_DENIALS] == ENOENT ?
			     "; look for \"is restricted\" in the log" :
			     "");
	if (options->json) {
		json_head("why");
		if (reason)
			json_reason(&source, reason);
		json_number("lost", source.lost);
		show_json("denials", &view);
		json_source(&source);
		json_close();
	} else {
		if (reason)
			explain_reason(&source, reason);
		show_each(&view);
		if (!tally.count && source.read[FILE_DENIALS])
			note("the kernel knows no denial%s%s since boot",
			     comm ? " of " : "", comm ? comm : "");
	}
	show_notes(&source);
	free(comm);
	return status_of(tally.count, source.skipped);
}

/*
 * lockdown raise
 */

/* The denials that a raise brings, of what was evaluated. */
static void add_new_denials(struct tally *tally, const struct source *source,
			    enum level target)
{
	struct source part = *source;
	size_t i;

	for (i = 0; i < source->denial_count; i++) {
		const struct denial *denial = &source->denials[i];

		part.denials = &source->denials[i];
		part.denial_count = 1;
		if (denial->evaluated &&
		    is_crossed(source, level_of_reason(source, denial->reason),
			       target))
			add_denials(tally, &part, NULL, NULL);
	}
}

static void show_prospect(const struct source *source, enum level target)
{
	if (source->error[FILE_TAKES])
		note("%s",
		     may_not_read(source, FILE_TAKES) ?
			     "only root can see what the raise takes back" :
			     "this kernel does not say what a raise takes back");
	if (!knows_evaluate(source) || source->evaluate < target)
		note("%s is not evaluated: it may deny more than is shown",
		     level_name(target));
}

static bool agreed(enum level target)
{
	struct lines lines = { .file = stdin };
	bool yes;

	fflush(stdout);
	fprintf(stderr,
		"Raise the level to %s? Only a reboot lowers it again. [y/N] ",
		level_name(target));
	yes = next_line(&lines) > 0 &&
	      (same(lines.text, "y") || same(lines.text, "yes"));
	free(lines.text);
	return yes;
}

static void do_raise(struct source *source, enum level target)
{
	write_word(source, FILE_LEVEL, level_name(target));
	read_level(source);
	if (source->level < target)
		fail("the level is still %s", level_name(source->level));
	read_file(source, FILE_RESIDUE);
}

static enum status run_raise(const struct options *options)
{
	const enum level target = level_of(options->args[0]);
	const bool dry_run = options->given & TAKES_DRY_RUN;
	const bool yes = options->given & TAKES_YES;
	struct source source = { .root = options->root }, before;
	struct tally tally = {};
	const struct view view = {
		.source = &before,
		.tally = &tally,
		.brief = true,
	};
	bool found = false;

	if (target == LEVEL_UNKNOWN || target == LEVEL_NONE)
		bad_usage("%s is no level to raise to", options->args[0]);
	if (dry_run && yes)
		bad_usage("--yes and --dry-run exclude each other");
	/* The JSON is printed when all is known. */
	if (options->json && !dry_run && !yes)
		bad_usage("--json needs --yes or --dry-run");
	read_level(&source);
	if (source.level > target)
		fail("%s is in force; only a reboot lowers the level",
		     level_name(source.level));
	read_file(&source, FILE_EVALUATE);
	read_file(&source, FILE_REASONS);
	read_file(&source, FILE_DENIALS);
	read_file(&source, FILE_TAKES);
	add_new_denials(&tally, &source, target);
	before = source;

	if (!options->json) {
		heading(COLOUR_BOLD, "Level:      %s",
			level_name(source.level));
		found = show_takes(&source, target, "The raise takes back:");
		show_sections(&view);
		if (tally.count)
			paragraph(2, "", "lockdown evaluate says what to do.");
	}
	if (source.level < target)
		show_prospect(&source, target);
	show_notes(&source);
	if (source.level < target && !dry_run) {
		if (!yes && !isatty(STDIN_FILENO))
			bad_usage("no terminal to ask on: give --yes");
		if (!yes && !agreed(target)) {
			note("the level stays at %s", level_name(source.level));
			return STATUS_FOUND;
		}
		do_raise(&source, target);
	}
	if (options->json) {
		json_head("raise");
		json_levels(&before);
		json_text("target", level_name(target));
		json_text("level_now", level_name(source.level));
		found = json_takes(&before, target);
		show_json("denials", &view);
		json_residue(&source);
		json_source(&source);
		json_close();
	} else if (!dry_run) {
		heading(COLOUR_BOLD, "Level now:  %s",
			level_name(source.level));
		show_residue(&source);
	}
	return status_of(dry_run && (found || tally.count), source.skipped);
}

/*
 * lockdown report
 */

static enum status run_report(const struct options *options)
{
	struct audit audit = {};
	const struct view view = { .tally = &audit.tally, .of_logs = true };
	enum status status;
	size_t i;
	int j;

	if (!options->log_count)
		bad_usage("report needs --audit FILE");
	for (i = 0; i < options->log_count; i++)
		audit_read(&audit, options->logs[i]);
	for (j = 0; j < options->arg_count; j++)
		audit_read(&audit, options->args[j]);
	audit_end(&audit);
	if (!audit.files)
		return STATUS_FAILED;
	if (options->json) {
		json_head("report");
		json_number("files", audit.files);
		json_number("unread_files", audit.unread);
		json_number("lines", audit.lines);
		json_number("records", audit.events);
		show_json("denials", &view);
		json_number("skipped_lines", audit.skipped);
		json_close();
	} else {
		heading(COLOUR_BOLD,
			"%llu record%s of lockdown in %llu line%s of %llu file%s",
			audit.events, audit.events == 1 ? "" : "s", audit.lines,
			audit.lines == 1 ? "" : "s", audit.files,
			audit.files == 1 ? "" : "s");
		show_sections(&view);
	}
	status = status_of(audit.tally.count, audit.skipped);
	return audit.unread ? STATUS_INCOMPLETE : status;
}

static const struct command commands[] = {
	{ "status", TAKES_ROOT | TAKES_AT_LEAST, 0, 0, run_status },
	{ "evaluate", TAKES_ROOT | TAKES_REPORT, 0, 1, run_evaluate },
	{ "why", TAKES_ROOT | TAKES_REASON, 0, 1, run_why },
	{ "raise", TAKES_ROOT | TAKES_YES | TAKES_DRY_RUN, 1, 1, run_raise },
	{ "report", TAKES_AUDIT, 0, -1, run_report },
};

static const struct option long_options[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "root", required_argument, NULL, 'r' },
	{ "at-least", required_argument, NULL, 'l' },
	{ "report", no_argument, NULL, 'R' },
	{ "reason", required_argument, NULL, 'e' },
	{ "yes", no_argument, NULL, 'y' },
	{ "dry-run", no_argument, NULL, 'n' },
	{ "audit", required_argument, NULL, 'a' },
	{ "help", no_argument, NULL, 'h' },
	{}
};

static void parse_option(struct options *options, int letter)
{
	switch (letter) {
	case 'j':
		options->json = true;
		break;
	case 'r':
		options->given |= TAKES_ROOT;
		options->root = optarg;
		break;
	case 'l':
		options->given |= TAKES_AT_LEAST;
		options->at_least = level_of(optarg);
		if (options->at_least == LEVEL_UNKNOWN)
			bad_usage("%s is no level", optarg);
		break;
	case 'R':
		options->given |= TAKES_REPORT;
		break;
	case 'e':
		options->given |= TAKES_REASON;
		options->reason = optarg;
		break;
	case 'y':
		options->given |= TAKES_YES;
		break;
	case 'n':
		options->given |= TAKES_DRY_RUN;
		break;
	case 'a':
		options->given |= TAKES_AUDIT;
		options->logs = grow(options->logs, options->log_count,
				     sizeof(*options->logs));
		options->logs[options->log_count++] = optarg;
		break;
	case 'h':
		fputs(usage_text, stdout);
		exit(output_end() ? STATUS_OK : STATUS_FAILED);
	}
}

static const struct command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (same(commands[i].name, name))
			return &commands[i];
	}
	bad_usage("%s is no command", name);
}

int main(int argc, char **argv)
{
	struct options options = { .root = DEFAULT_ROOT };
	const struct command *command;
	enum status status;
	int letter;

	/* getopt's own messages would print arguments unescaped. */
	opterr = 0;
	while ((letter = getopt_long(argc, argv, "jr:l:Re:yna:h", long_options,
				     NULL)) != -1) {
		if (letter == '?')
			bad_usage("%s is no option, or lacks an argument",
				  argv[optind - 1]);
		parse_option(&options, letter);
	}
	if (optind == argc) {
		fputs(usage_text, stderr);
		return STATUS_USAGE;
	}
	command = find_command(argv[optind]);
	options.args = argv + optind + 1;
	options.arg_count = argc - optind - 1;
	if (options.given & ~command->takes)
		bad_usage("%s does not take all of these options",
			  command->name);
	if (options.arg_count < command->min_args ||
	    (command->max_args >= 0 && options.arg_count > command->max_args))
		bad_usage("%s takes %s", command->name,
			  command->min_args ? "a LEVEL" : "no such arguments");
	output_init();
	status = command->run(&options);
	if (!output_end())
		fail("cannot write: %s", strerror(errno));
	return status;
}
