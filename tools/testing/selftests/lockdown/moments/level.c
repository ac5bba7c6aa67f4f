// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown selftest: things at a level.
 *
 * Each is obtained, used and released by a process of its own. The kernel must
 * refuse it from the thing's level on, and allow it below that level, or it
 * proves nothing. A denial must also be counted, and logged by the name of its
 * reason and of the object. The kernel logs what is new, so each attempt has a
 * name of its own, and of that ten denials of a reason in five seconds; with
 * $LOCKDOWN_WAIT_FOR_LOG set, an attempt that was not logged for that is made
 * again later.
 *
 * Each attempt prints one line, tab-separated, for the table of "make run":
 *
 *   # attempt: <reason> <title> <allowed|denied|skipped> <errno> [<why>]
 */

#define _GNU_SOURCE
#include <sys/prctl.h>
#include <sys/wait.h>

#include "../lib/fault.h"
#include "../lib/level.h"
#include "../lib/log.h"
#include "../moment.h"

/* The kernel's LOCKDOWN_LIMIT_INTERVAL and LOCKDOWN_LIMIT_BURST. */
#define RATELIMIT_SECONDS 5
#define RATELIMIT_BURST 10

/* Attempts are slow on debug kernels. */
#define ATTEMPT_TIMEOUT_S 120

/* The process of an attempt writes this to the pipe of its parent. */
struct verdict {
	bool skipped;
	bool ok;
	char why[160];
};

static const char *level_title(const struct thing *thing)
{
	return thing->level.title;
}

static int attempt(const struct thing *thing, struct held *held)
{
	int ret;

	ret = obtain(held, thing);
	if (!ret)
		ret = thing->use(held);
	release(held);
	return ret || all_released() ? ret : -EBUSY;
}

static const char *verdict_name(int result)
{
	switch (result) {
	case 0:
		return "allowed";
	case SKIPPED:
		return "skipped";
	default:
		return "denied";
	}
}

static int expected_refusal(const struct thing *thing)
{
	if (thing->level.withheld)
		return WITHHELD;
	return thing->level.error ? -thing->level.error : -EPERM;
}

/* Return what is wrong with the count of a denial, or NULL. */
static const char *is_counted(const struct thing *thing, long before,
			      char *text, size_t size)
{
	const long after = denials(thing->reason, text, size);

	if (before < 0 || after <= before)
		return "is not counted";
	if (thing->level.once && after != before + 1)
		return "is counted more than once";
	return NULL;
}

/* Return what is wrong with the log line of a denial, or NULL. */
static const char *is_logged(const struct thing *thing, int log, long before,
			     const char *text)
{
	const int must = LOGGED_LINE | (thing->object ? LOGGED_OBJECT : 0);
	struct held held;
	int found;

	found = logged(log, thing->reason, text, thing->object);
	if (!found && before >= RATELIMIT_BURST) {
		/*
		 * Earlier denials of this reason have used up the limit of the
		 * log.
		 */
		if (!getenv("LOCKDOWN_WAIT_FOR_LOG"))
			return NULL;
		sleep(RATELIMIT_SECONDS + 1);
		attempt(thing, &held);
		found = logged(log, thing->reason, text, thing->object);
	}
	if (!(found & LOGGED_LINE))
		return "is not logged";
	return (found & must) == must ? NULL : "is logged without its object";
}

/* Return what is wrong with a denial, or NULL. */
static const char *judge_denial(const struct thing *thing, int result, int log,
				long before)
{
	char text[128] = "";
	const char *wrong;

	if (!result)
		return "is allowed";
	if (thing->level.absent && result == -thing->level.absent) {
		/* The kernel only queried when it did not create the file. */
		return before == denials(thing->reason, text, sizeof(text)) ?
			       NULL :
			       "is counted, and absent";
	}
	if (result != expected_refusal(thing))
		return "is denied with another error";
	/* Another check refuses first. */
	if (thing->denied_from == ALWAYS)
		return NULL;
	if (thing->level.silent)
		return before == denials(thing->reason, text, sizeof(text)) ?
			       NULL :
			       "is counted, and silent";
	wrong = is_counted(thing, before, text, sizeof(text));
	return wrong ?: is_logged(thing, log, before, text);
}

static void try_thing(const struct thing *thing, int level,
		      struct verdict *verdict)
{
	const int log = open_log();
	const char *wrong = NULL;
	struct held held;
	char text[128];
	long before;
	int result;

	alarm(ATTEMPT_TIMEOUT_S);
	snprintf(text, sizeof(text), "lkd_%d", getpid());
	prctl(PR_SET_NAME, text);
	before = denials(thing->reason, text, sizeof(text));
	result = attempt(thing, &held);
	note("attempt: %s\t%s\t%s\t%s%s%s", thing->reason, thing->level.title,
	     verdict_name(result), result < 0 ? errno_name(-result) : "-",
	     held.why[0] ? "\t" : "", held.why);
	verdict->skipped = result == SKIPPED;
	if (verdict->skipped) {
		memcpy(verdict->why, held.why, sizeof(verdict->why));
		return;
	}
	if (level >= (int)thing->denied_from)
		wrong = judge_denial(thing, result, log, before);
	else if (result)
		wrong = "is not allowed";
	if (wrong)
		note("%s %s: %s", thing->level.title, wrong,
		     result_name(result, text));
	verdict->ok = !wrong;
}

static void try_in_child(const struct thing *thing, int level,
			 struct verdict *verdict)
{
	int status = -1;
	pid_t pid;

	memset(verdict, 0, sizeof(*verdict));
	begin_step(thing->name, ATTEMPT_TIMEOUT_S + 10);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		try_thing(thing, level, verdict);
		fflush(stdout);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status) {
		note("%s ends with 0x%x", thing->level.title, status);
		verdict->ok = false;
		verdict->skipped = false;
	}
}

static void try_all(struct run *run, void *data)
{
	struct verdict *verdict = data;
	size_t i;

	for (i = 0; i < run->nr; i++) {
		const struct thing *thing = run->things[i];

		if (!thing->level.title)
			continue;
		try_in_child(thing, run->level, verdict);
		if (verdict->skipped)
			report_skip(verdict->why, "level %s: %s: %s",
				    thing->name, level_name(run->level),
				    thing->level.title);
		else
			report(verdict->ok, "level %s: %s: %s", thing->name,
			       level_name(run->level), thing->level.title);
	}
}

static unsigned int count_attempts(const struct run *run)
{
	unsigned int nr = 0;
	size_t i;

	for (i = 0; i < run->nr; i++)
		nr += !!run->things[i]->level.title;
	return nr * (run->raises ? LEVEL_COUNT : 1);
}

static void *begin_attempts(struct run *run)
{
	void *const verdict = mmap(NULL, sizeof(struct verdict),
				   PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (verdict == MAP_FAILED)
		give_up("mmap");
	try_all(run, verdict);
	return verdict;
}

const struct moment level_moment = {
	.name = "level",
	.title = level_title,
	.count = count_attempts,
	.begin = begin_attempts,
	.after = try_all,
};
