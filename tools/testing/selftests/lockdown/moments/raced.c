// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown selftest: things that are obtained and used while the level rises.
 *
 * A thread for each thing obtains and uses it as fast as it can. In the midst
 * of that the level rises. A use that begins after the write(2) has returned
 * must not succeed, however narrowly its thing was obtained before.
 *
 *	thread				main
 *
 *	obtain				write "integrity"
 *	late = raised			raised = true
 *	use
 *	if it worked and late: a hole
 *
 * A use that is stopped in the middle, and began before the raise, says itself
 * whether it went on after that: see @late of struct held.
 */

#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>

#include "../lib/file.h"
#include "../lib/level.h"
#include "../moment.h"

/* Time of the race before and after the raise, at least and at most. */
#define BEFORE_MS 2000
#define AFTER_MS 1000
#define LIMIT_MS 60000
/* After this time, name the thing that is waited for. */
#define NOTE_MS 5000
#define STEP_S 240
/* The time limit of a child. */
#define CHILD_MS 10000

/* Shared with children. */
struct shared {
	/* The raise is over. */
	atomic_bool raised;
	atomic_bool stop;
	/* The number of forks that a mapping without pages made fail. */
	atomic_ulong not_copied;
};

struct racer {
	const struct thing *thing;
	struct shared *shared;
	struct held *slots;
	unsigned int turn;
	char why[160];
	bool running;
	pthread_t thread;
	atomic_ulong worked, refused, holes;
};

struct raced_data {
	struct shared *shared;
	struct racer *racers;
	size_t nr;
};

static const char *raced_title(const struct thing *thing)
{
	return thing->raced.title;
}

/* The exit status of a child that has used the thing. */
enum {
	REFUSED,
	WORKED,
	WORKED_LATE,
};

/* A child that does not end is a fault of its own: show where it is. */
static void show_child(const struct racer *racer, pid_t pid)
{
	static const char *const files[] = { "wchan", "syscall", "stack" };
	char path[64], text[2048];
	size_t i;

	note("%s: child %d does not end", racer->thing->raced.title, pid);
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		snprintf(path, sizeof(path), "/proc/%d/%s", pid, files[i]);
		if (read_text(path, text, sizeof(text)) > 0)
			note("%s: %s", files[i], text);
	}
}

static bool wait_for_child(struct racer *racer, pid_t pid, int *status)
{
	pid_t ended = 0;
	int ms;

	for (ms = 0; ms < CHILD_MS && !ended; ms++) {
		ended = waitpid(pid, status, WNOHANG);
		if (!ended)
			usleep(1000);
	}
	if (!ended) {
		show_child(racer, pid);
		kill(pid, SIGKILL);
		ended = waitpid(pid, status, 0);
	}
	return ended == pid && WIFEXITED(*status);
}

static bool use_marked(struct racer *racer, struct held *held)
{
	held->raised = &racer->shared->raised;
	held->late = racer->shared->raised;
	return !racer->thing->use(held);
}

static bool use_in_child(struct racer *racer, struct held *held, bool *late)
{
	int status = 0;
	pid_t pid;

	pid = fork();
	if (!pid) {
		const bool worked = use_marked(racer, held);

		_exit(!worked ? REFUSED : held->late ? WORKED_LATE : WORKED);
	}
	if (pid < 0 && errno == EINVAL)
		racer->shared->not_copied++;
	if (pid < 0 || !wait_for_child(racer, pid, &status))
		return false;
	*late = WEXITSTATUS(status) == WORKED_LATE;
	return WEXITSTATUS(status) != REFUSED;
}

static bool use_late(struct racer *racer, struct held *held, bool *late)
{
	bool worked;

	if (racer->thing->raced.in_child)
		return use_in_child(racer, held, late);
	worked = use_marked(racer, held);
	*late = held->late;
	return worked;
}

/* Use a kept handle, or obtain a new one in turn. */
static bool race(struct racer *racer, bool *late)
{
	const struct thing *thing = racer->thing;
	const unsigned int nr = thing->raced.slots ?: 1;
	struct held *held = &racer->slots[racer->turn++ % nr];
	bool worked;

	if (held->state && racer->turn % 3)
		return use_late(racer, held, late);
	if (held->state && thing->raced.again) {
		/* A refused obtain() leaves the state usable. */
		thing->handle->obtain(held);
		return use_late(racer, held, late);
	}
	if (held->state)
		release(held);
	if (obtain(held, thing)) {
		release(held);
		return false;
	}
	worked = use_late(racer, held, late);
	if (!thing->raced.slots && !thing->raced.again)
		release(held);
	return worked;
}

static void *run_racer(void *arg)
{
	struct racer *racer = arg;
	bool late, worked;

	while (!racer->shared->stop) {
		late = false;
		worked = race(racer, &late);
		if (!worked)
			racer->refused++;
		else if (late)
			racer->holes++;
		else
			racer->worked++;
	}
	return NULL;
}

/* Find out why the thing cannot be obtained at none. */
static bool can_race(struct racer *racer)
{
	struct held held;
	int ret;

	ret = obtain(&held, racer->thing);
	if (!ret)
		ret = racer->thing->use(&held);
	if (ret == SKIPPED)
		memcpy(racer->why, held.why, sizeof(racer->why));
	else if (ret)
		snprintf(racer->why, sizeof(racer->why),
			 "failed without a raise already");
	release(&held);
	return !ret;
}

static void *begin_raced(struct run *run)
{
	struct raced_data *data = calloc(1, sizeof(*data));
	struct racer *racer;
	size_t i;

	data->racers = calloc(run->nr, sizeof(*data->racers));
	data->shared = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (data->shared == MAP_FAILED)
		give_up("mmap");
	for (i = 0; i < run->nr; i++) {
		if (!run->things[i]->raced.title)
			continue;
		racer = &data->racers[data->nr++];
		racer->thing = run->things[i];
		racer->shared = data->shared;
		racer->slots = calloc(racer->thing->raced.slots ?: 1,
				      sizeof(*racer->slots));
		begin_step(racer->thing->raced.title, STEP_S);
		racer->running = can_race(racer);
	}
	return data;
}

/* A slow machine may not have come to each thing yet. A hole needs no wait. */
static void let_race(struct raced_data *data, int ms)
{
	const bool raised = data->shared->raised;
	const struct racer *racer = data->racers;
	int more;

	usleep(ms * 1000);
	for (more = LIMIT_MS; more > 0 && racer < data->racers + data->nr;) {
		if (!racer->running ||
		    (raised ? racer->refused || racer->holes : racer->worked)) {
			racer++;
			continue;
		}
		if (more == LIMIT_MS - NOTE_MS)
			note("%s: %lu worked, %lu refused, %lu too late so far",
			     racer->thing->raced.title, racer->worked,
			     racer->refused, racer->holes);
		usleep(10000);
		more -= 10;
	}
}

static void start_race(struct run *run, void *arg, int to)
{
	struct raced_data *data = arg;
	struct racer *racer;

	if (to != LEVEL_INTEGRITY)
		return;
	begin_step("the race", STEP_S);
	for (racer = data->racers; racer < data->racers + data->nr; racer++) {
		if (racer->running &&
		    pthread_create(&racer->thread, NULL, run_racer, racer))
			give_up("pthread_create");
	}
	let_race(data, BEFORE_MS);
	run->limit_us = STEP_S * 1000000L;
}

static void test_racer(struct racer *racer)
{
	const struct thing *thing = racer->thing;

	if (!racer->running) {
		report_skip(racer->why, "raced %s: %s", thing->name,
			    thing->raced.title);
		return;
	}
	pthread_join(racer->thread, NULL);
	note("%s: %lu worked, %lu were refused, %lu too late",
	     thing->raced.title, racer->worked, racer->refused, racer->holes);
	report(racer->worked && racer->refused && !racer->holes, "raced %s: %s",
	       thing->name, thing->raced.title);
}

static void end_race(struct run *run, void *arg)
{
	struct raced_data *data = arg;
	struct racer *racer;

	if (run->level != LEVEL_INTEGRITY)
		return;
	data->shared->raised = true;
	begin_step("the end of the race", STEP_S);
	let_race(data, AFTER_MS);
	data->shared->stop = true;
	for (racer = data->racers; racer < data->racers + data->nr; racer++)
		test_racer(racer);
	report(!data->shared->not_copied,
	       "raced: fork with what is being taken away");
}

static unsigned int count_racers(const struct run *run)
{
	unsigned int nr = 0;
	size_t i;

	for (i = 0; i < run->nr; i++)
		nr += !!run->things[i]->raced.title;
	return nr + 1;
}

const struct moment raced_moment = {
	.name = "raced",
	.title = raced_title,
	.count = count_racers,
	.begin = begin_raced,
	.before = start_race,
	.after = end_race,
	.raises = true,
};
