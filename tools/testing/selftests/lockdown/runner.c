// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown selftest: runs things at moments; see thing.h.
 *
 * A level is for good, so that there is one raise to each level in a run, which
 * all moments share:
 *
 *	at none		each moment begins: what is kept is obtained
 *	before a raise	each prepares: calls are parked, races start
 *	the raise
 *	after it	each uses what it has, the last one first
 *	...and so on for the next level
 *
 * The moments that take a raise are left out unless $LOCKDOWN_TEST_RAISE is 1,
 * because the machine stays locked until it reboots.
 */

#define _GNU_SOURCE
#include <getopt.h>
#include <sched.h>
#include <sys/mount.h>

#include "lib/fault.h"
#include "lib/level.h"
#include "moment.h"

#define AGAIN_LIMIT_US 1000000
#define STEP_S 30

/* Moments begin, and prepare for a raise, in this order. */
static const struct moment *const moments[] = {
	&level_moment,
	&kept_moment,
	&parked_moment,
	&raced_moment,
};

#define NR_MOMENTS ARRAY_SIZE(moments)

struct choice {
	const char *things;
	const char *except;
	const char *moments;
	bool list;
};

static void usage(const char *program, int status)
{
	fprintf(status ? stderr : stdout,
		"Usage: %s [-l] [-t THING,...] [-x THING,...] [-m MOMENT,...]\n"
		"\n"
		"  -l  list the things and moments that would be run\n"
		"  -t  only these: mem.mmap, or mem for all whose name begins with mem.\n"
		"  -x  not these\n"
		"  -m  only these: level, kept, parked, raced\n"
		"\n"
		"All but level lock this machine until it reboots, and are left out unless\n"
		"LOCKDOWN_TEST_RAISE=1.\n",
		program);
	exit(status);
}

/*
 * Return whether @list has @name, or a word that @name begins with, and a dot.
 */
static bool is_chosen(const char *list, const char *name)
{
	size_t len;

	if (!list)
		return true;
	for (; *list; list += len + !!list[len]) {
		len = strcspn(list, ",");
		if (len && !strncmp(list, name, len) &&
		    (!name[len] || name[len] == '.'))
			return true;
	}
	return false;
}

static void choose_things(struct run *run, const struct choice *choice)
{
	const struct things *file;
	size_t i, nr = 0;

	for (file = __start_things; file < __stop_things; file++)
		nr += file->nr;
	run->things = calloc(nr, sizeof(*run->things));
	for (file = __start_things; file < __stop_things; file++) {
		for (i = 0; i < file->nr; i++) {
			const char *name = file->first[i].name;

			if (is_chosen(choice->things, name) &&
			    !(choice->except &&
			      is_chosen(choice->except, name)))
				run->things[run->nr++] = &file->first[i];
		}
	}
}

static bool takes(const struct moment *moment, const struct run *run)
{
	size_t i;

	for (i = 0; i < run->nr; i++) {
		if (moment->title(run->things[i]))
			return true;
	}
	return false;
}

/* Give up unless each word of @list names a moment. */
static void check_moments(const char *list)
{
	const struct moment *const *m;
	size_t len;

	for (; list && *list; list += len + !!list[len]) {
		len = strcspn(list, ",");
		for (m = moments; m < moments + NR_MOMENTS; m++) {
			if (strlen((*m)->name) == len &&
			    !strncmp(list, (*m)->name, len))
				break;
		}
		if (m == moments + NR_MOMENTS)
			give_up("no such moment: %.*s", (int)len, list);
	}
}

/* Return whether a chosen thing takes part in a chosen moment. */
static bool have_any(const struct run *run, const struct choice *choice)
{
	size_t m;

	for (m = 0; m < NR_MOMENTS; m++) {
		if (is_chosen(choice->moments, moments[m]->name) &&
		    takes(moments[m], run))
			return true;
	}
	return false;
}

static void list_all(const struct run *run, const struct choice *choice)
{
	const char *title;
	size_t i, m;

	for (i = 0; i < run->nr; i++) {
		for (m = 0; m < NR_MOMENTS; m++) {
			title = moments[m]->title(run->things[i]);
			if (title &&
			    is_chosen(choice->moments, moments[m]->name))
				printf("%s\t%s\t%s\t%s\n", run->things[i]->name,
				       moments[m]->name, run->things[i]->reason,
				       title);
		}
	}
}

/* Mount in a private namespace. */
static void mount_all(void)
{
	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return;
	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	mount("tracefs", "/sys/kernel/tracing", "tracefs", 0, NULL);
	mount("configfs", "/sys/kernel/config", "configfs", 0, NULL);
	mount("cgroup2", "/sys/fs/cgroup", "cgroup2", 0, NULL);
}

static void raise_to(struct run *run, int to, long limit)
{
	long us;

	begin_step("the raise", STEP_S);
	us = raise_level(to, &run->raised_at);
	note("raise took %ld us", us);
	report(us < limit, "%s: write %s", level_name(run->level),
	       level_name(to));
	run->level = to;
}

/* Count two results for each raise: it is done, and done again. */
static unsigned int count_all(const struct run *run, const bool *active)
{
	unsigned int nr = run->raises ? 2 * (LEVEL_COUNT - 1) : 0;
	size_t m;

	for (m = 0; m < NR_MOMENTS; m++) {
		if (active[m])
			nr += moments[m]->count(run);
	}
	return nr;
}

static void run_all(struct run *run, const bool *active)
{
	void *data[NR_MOMENTS] = {};
	size_t m;
	int to;

	for (m = 0; m < NR_MOMENTS; m++) {
		if (active[m] && moments[m]->begin)
			data[m] = moments[m]->begin(run);
	}
	for (to = LEVEL_INTEGRITY; run->raises && to < LEVEL_COUNT; to++) {
		run->limit_us = RAISE_LIMIT_US;
		for (m = 0; m < NR_MOMENTS; m++) {
			if (active[m] && moments[m]->before)
				moments[m]->before(run, data[m], to);
		}
		raise_to(run, to, run->limit_us);
		/*
		 * Go backwards: a parked call may have a lock that other things
		 * want.
		 */
		for (m = NR_MOMENTS; m-- > 0;) {
			if (active[m] && moments[m]->after)
				moments[m]->after(run, data[m]);
		}
		raise_to(run, to, AGAIN_LIMIT_US);
	}
	/* Go backwards: a later moment may use the module of an earlier one. */
	for (m = NR_MOMENTS; m-- > 0;) {
		if (active[m] && moments[m]->end)
			moments[m]->end(run, data[m]);
	}
}

/* Set @active for the moments that can be run; return whether there is any. */
static bool choose_moments(struct run *run, const struct choice *choice,
			   bool *active)
{
	const char *env = getenv("LOCKDOWN_TEST_RAISE");
	const bool may_raise = env && !strcmp(env, "1") &&
			       run->level == LEVEL_NONE;
	bool any = false;
	size_t m;

	for (m = 0; m < NR_MOMENTS; m++) {
		active[m] = is_chosen(choice->moments, moments[m]->name) &&
			    takes(moments[m], run) &&
			    (may_raise || !moments[m]->raises);
		any = any || active[m];
		run->raises = run->raises || (active[m] && moments[m]->raises);
	}
	return any;
}

static struct choice parse_options(int argc, char **argv)
{
	struct choice choice = {};
	int option;

	while ((option = getopt(argc, argv, "hlt:x:m:")) != -1) {
		switch (option) {
		case 'l':
			choice.list = true;
			break;
		case 't':
			choice.things = optarg;
			break;
		case 'x':
			choice.except = optarg;
			break;
		case 'm':
			choice.moments = optarg;
			break;
		default:
			usage(argv[0], option == 'h' ? 0 : 2);
		}
	}
	if (optind < argc)
		usage(argv[0], 2);
	return choice;
}

int main(int argc, char **argv)
{
	const struct choice choice = parse_options(argc, argv);
	bool active[NR_MOMENTS];
	struct run run = {};

	check_moments(choice.moments);
	choose_things(&run, &choice);
	if (choice.list) {
		list_all(&run, &choice);
		return have_any(&run, &choice) ? 0 : 2;
	}
	if (!run.nr)
		give_up("no such thing: %s", choice.things);
	if (!have_any(&run, &choice))
		give_up("%s takes no part in %s", choice.things ?: "no thing",
			choice.moments);
	if (geteuid())
		skip_all("not root, who is whom lockdown is about");
	run.level = lockdown_level();
	if (run.level == -ENOENT)
		skip_all("no " LOCKDOWN_FILE
			 " (securityfs, CONFIG_SECURITY_LOCKDOWN_LSM)");
	if (run.level < 0)
		give_up("%s: %s", LOCKDOWN_FILE, errno_name(-run.level));
	if (!choose_moments(&run, &choice, active))
		skip_all("a raise takes level none and LOCKDOWN_TEST_RAISE=1");

	ksft_print_header();
	report_plan(count_all(&run, active));
	catch_faults();
	signal(SIGPIPE, SIG_IGN);
	watch_steps();
	if (run.raises)
		mount_all();
	run_all(&run, active);
	report_end();
}
