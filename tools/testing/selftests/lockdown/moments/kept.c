// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown selftest: things that are kept across a raise.
 *
 * All are obtained at none and used there, which must work. After each raise
 * each is used again, in all the places that it names: it must still work below
 * the level that denies it, and be of no use from that level on.
 *
 *			before the raise		after it
 *
 *	main thread	obtains, starts thread	uses;	its new child uses
 *			and children
 *	thread		is there		uses
 *	child		is there		uses
 *	halted children	are halted		go on, and use
 *
 * Each use prints one line, tab-separated, for the table of "make run":
 *
 *   # use: <level> <title><place> <success|error|signal>
 */

#define _GNU_SOURCE
#include <sched.h>
#include <semaphore.h>
#include <sys/resource.h>

#include "../lib/activity.h"
#include "../lib/file.h"
#include "../lib/level.h"
#include "../lib/transfer.h"
#include "../moment.h"

/*
 * The number of handles of a thing that are held during the raise to integrity.
 */
#define LOAD 1000
#define LOAD_STACK 32768
/* An emulated machine under that load is far faster. */
#define LOADED_LIMIT_US 10000000

#define STEP_S 30

struct kept {
	struct held held;
	const struct thing *thing;
	/* The thing that has the state, if it is shared. */
	struct kept *owner;
	int obtained;
	/* The places where the thing did not work without a raise. */
	unsigned int broken;
	int duped, passed;
	/* The thread that the handle belongs to, if any, and its heirs. */
	struct holder holder;
};

struct load {
	struct held held;
	const struct thing *thing;
	pthread_t thread;
	sem_t obtained, end;
	bool ok;
};

struct kept_data {
	struct kept *kept;
	size_t nr;
	struct holder main;
	struct load *load;
	size_t nr_load;
	cpu_set_t cpus;
};

static const char *kept_title(const struct thing *thing)
{
	return thing->kept.title;
}

static bool has_thread(const struct thing *thing)
{
	return thing->handle && thing->handle->in_thread;
}

/* Runs in the thread that owns the thing. */
static int obtain_and_start_heirs(void *arg)
{
	struct kept *const kept = *(struct kept **)arg;
	int ret;

	ret = obtain(&kept->held, kept->thing);
	kept->held.holder = &kept->holder;
	return ret ?: start_heirs(&kept->holder);
}

static int obtain_in_thread(struct kept *kept)
{
	int ret;

	ret = start_server(&kept->holder.self, false);
	if (ret)
		return ret;
	return ask_server(&kept->holder.self, obtain_and_start_heirs, &kept,
			  sizeof(kept), false);
}

/* Make other descriptors of the same file before the raise. */
static void copy_descriptor(struct kept *kept)
{
	const struct handle *handle = kept->thing->handle;

	if (kept->obtained || !handle || !handle->has_fd)
		return;
	kept->duped = dup(*(int *)kept->held.state);
	kept->passed = pass_descriptor(*(int *)kept->held.state);
}

static struct kept *find_owner(struct kept_data *data, struct kept *kept)
{
	const struct handle *handle = kept->thing->handle;
	struct kept *other;

	if (!handle || !handle->shared)
		return NULL;
	for (other = data->kept; other < kept; other++) {
		if (other->thing->handle == handle)
			return other;
	}
	return NULL;
}

static void obtain_kept(struct kept_data *data, struct kept *kept)
{
	begin_step(kept->thing->name, STEP_S);
	kept->owner = find_owner(data, kept);
	if (kept->owner) {
		kept->held = kept->owner->held;
		kept->held.thing = kept->thing;
		kept->obtained = kept->owner->obtained;
	} else if (has_thread(kept->thing)) {
		kept->obtained = obtain_in_thread(kept);
	} else {
		kept->obtained = obtain(&kept->held, kept->thing);
		kept->held.holder = &data->main;
	}
	copy_descriptor(kept);
}

/* Runs where the thing is used. */
static int use_held(void *arg)
{
	struct held *held = arg;

	return held->thing->use(held);
}

static int use_by_descriptor(struct held *held, int other)
{
	int *const fd = held->state;
	const int before = *fd;
	int ret;

	*fd = other;
	ret = use_held(held);
	*fd = before;
	return ret;
}

static int use_by(const struct server *server, const struct held *held)
{
	return ask_server(server, use_held, held, sizeof(*held), false);
}

static int use_here(const struct holder *holder, struct held *held)
{
	return holder->self.fd ? use_by(&holder->self, held) : use_held(held);
}

static int use_in_new_child(const struct holder *holder,
			    const struct held *held)
{
	if (holder->self.fd)
		return ask_server(&holder->self, use_held, held, sizeof(*held),
				  true);
	return in_new_child(use_held, held, sizeof(*held));
}

static int use_at(struct kept *kept, enum place place)
{
	const struct holder *holder = kept->held.holder;
	struct held *held = &kept->held;

	held->place = place;
	switch (place) {
	case THREAD:
		return use_by(&holder->thread, held);
	case CHILD:
		return use_by(&holder->child, held);
	case NEW_CHILD:
		return use_in_new_child(holder, held);
	case STOPPED:
	case TRACED:
	case FROZEN:
		return use_by(&holder->halted[__builtin_ctz(place / STOPPED)],
			      held);
	case DUPED:
		return use_by_descriptor(held, kept->duped);
	case PASSED:
		return use_by_descriptor(held, kept->passed);
	default:
		return use_here(holder, held);
	}
}

static const char *place_name(enum place place)
{
	switch (place) {
	case THREAD:
		return ", thread before";
	case CHILD:
		return ", child before";
	case NEW_CHILD:
		return ", child after";
	case STOPPED:
		return ", stopped child";
	case TRACED:
		return ", traced child";
	case FROZEN:
		return ", frozen child";
	case DUPED:
		return ", dup'ed";
	case PASSED:
		return ", passed";
	case VECTOR:
		return ", by vectors";
	case URING:
		return ", by io_uring";
	case SPLICE:
		return ", by splice";
	default:
		return "";
	}
}

/* Return why the thing cannot be used in a place, or NULL. */
static const char *missing_for(const struct kept *kept, enum place place)
{
	if (kept->obtained == SKIPPED)
		return kept->held.why;
	if (kept->broken & place)
		return "failed without a raise already";
	if (place == FROZEN)
		return cannot_freeze();
	return place == URING ? no_uring() : NULL;
}

static void test_use(struct run *run, struct kept *kept, enum place place)
{
	const struct thing *thing = kept->thing;
	const char *level = level_name(run->level);
	const char *missing = missing_for(kept, place);
	char texts[2][32];
	int expected, ret;

	if (missing) {
		report_skip(missing, "kept %s: %s: %s%s", thing->name, level,
			    thing->kept.title, place_name(place));
		return;
	}
	begin_step(thing->kept.title, STEP_S);
	kept->held.denied = run->level >= (int)thing->denied_from;
	kept->held.raised_at = run->raised_at;
	expected = 0;
	if (kept->held.denied)
		expected = thing->kept.refusal ?: -EPERM;
	ret = kept->obtained ?: use_at(kept, place);
	if (ret == SKIPPED) {
		report_skip(kept->held.why, "kept %s: %s: %s%s", thing->name,
			    level, thing->kept.title, place_name(place));
		return;
	}
	note("use: %s\t%s%s\t%s", level, thing->kept.title, place_name(place),
	     result_name(ret, texts[0]));
	if (ret != expected) {
		note("expected %s%s", result_name(expected, texts[1]),
		     kept->obtained ? ", and to obtain it" : "");
		if (run->level == LEVEL_NONE)
			kept->broken |= place;
	}
	report(ret == expected, "kept %s: %s: %s%s", thing->name, level,
	       thing->kept.title, place_name(place));
}

static void use_all(struct run *run, struct kept_data *data)
{
	struct kept *kept;
	int i;

	for (kept = data->kept; kept < data->kept + data->nr; kept++) {
		for (i = 0; i < PLACES; i++) {
			if (kept->thing->kept.places & 1 << i)
				test_use(run, kept, 1 << i);
		}
	}
}

static void *begin_kept(struct run *run)
{
	struct kept_data *data = calloc(1, sizeof(*data));
	struct kept *kept;
	size_t i;

	data->kept = calloc(run->nr, sizeof(*data->kept));
	prepare_cgroup();
	/* Trace marks are made on this CPU; activities run on the others. */
	sched_getaffinity(0, sizeof(data->cpus), &data->cpus);
	run_on_cpu(0);
	for (i = 0; i < run->nr; i++) {
		if (!run->things[i]->kept.title)
			continue;
		kept = &data->kept[data->nr++];
		kept->thing = run->things[i];
		obtain_kept(data, kept);
	}
	if (start_heirs(&data->main))
		give_up("no thread or no child");
	use_all(run, data);
	return data;
}

/* A thread keeps its handles until it ends. */
static void *hold_load(void *arg)
{
	struct load *load = arg;

	load->ok = !obtain(&load->held, load->thing);
	sem_post(&load->obtained);
	sem_wait(&load->end);
	release(&load->held);
	return NULL;
}

static void take(struct kept_data *data, const struct thing *thing)
{
	struct load *load = &data->load[data->nr_load++];
	pthread_attr_t attr;

	load->thing = thing;
	if (!has_thread(thing)) {
		load->ok = !obtain(&load->held, thing);
		return;
	}
	sem_init(&load->obtained, 0, 0);
	sem_init(&load->end, 0, 0);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, LOAD_STACK);
	if (pthread_create(&load->thread, &attr, hold_load, load))
		data->nr_load--;
	else
		sem_wait(&load->obtained);
	pthread_attr_destroy(&attr);
}

static void take_load(struct run *run, struct kept_data *data)
{
	const struct rlimit files = { 4 * LOAD, 4 * LOAD };
	const struct kept *kept;
	unsigned int held, i;

	setrlimit(RLIMIT_NOFILE, &files);
	data->load = calloc(data->nr * LOAD, sizeof(*data->load));
	for (kept = data->kept; kept < data->kept + data->nr; kept++) {
		if (!kept->thing->kept.load || kept->obtained)
			continue;
		begin_step("taking the load", STEP_S);
		for (i = 0, held = 0; i < LOAD; i++) {
			take(data, kept->thing);
			held += data->load[data->nr_load - 1].ok;
		}
		note("held: %u of %s", held, kept->thing->name);
		run->limit_us = LOADED_LIMIT_US;
	}
}

static void drop_load(struct kept_data *data)
{
	struct load *load;

	begin_step("dropping the load", STEP_S);
	for (load = data->load; load < data->load + data->nr_load; load++) {
		if (has_thread(load->thing)) {
			sem_post(&load->end);
			pthread_join(load->thread, NULL);
		} else {
			release(&load->held);
		}
	}
	free(data->load);
	data->load = NULL;
	data->nr_load = 0;
}

static void halt_all(struct kept_data *data, bool halt)
{
	struct kept *kept;
	int ret;

	begin_step("halting children", STEP_S);
	ret = halt_heirs(&data->main, halt);
	for (kept = data->kept; kept < data->kept + data->nr && !ret; kept++)
		ret = halt_heirs(&kept->holder, halt);
	if (ret)
		give_up("halting a child: %s", errno_name(-ret));
}

static void before_raise(struct run *run, void *arg, int to)
{
	struct kept_data *data = arg;
	struct kept *kept;

	if (to == LEVEL_INTEGRITY)
		take_load(run, data);
	halt_all(data, true);
	for (kept = data->kept; kept < data->kept + data->nr; kept++) {
		if (kept->thing->kept.before && !kept->obtained &&
		    (int)kept->thing->denied_from == to)
			kept->thing->kept.before(&kept->held);
	}
}

static void after_raise(struct run *run, void *data)
{
	struct kept_data *kept_data = data;

	halt_all(data, false);
	if (kept_data->load)
		drop_load(data);
	use_all(run, data);
}

/* The console shows whether the kernel complains of the load. */
static void end_kept(struct run *run, void *arg)
{
	struct kept_data *data = arg;
	struct kept *kept;

	begin_step("giving up what is left", STEP_S);
	for (kept = data->kept + data->nr; kept-- > data->kept;) {
		if (kept->duped > 0)
			close(kept->duped);
		if (kept->passed > 0)
			close(kept->passed);
		stop_holder(&kept->holder);
	}
	stop_holder(&data->main);
	for (kept = data->kept + data->nr; kept-- > data->kept;) {
		if (!kept->owner)
			release(&kept->held);
	}
	sched_setaffinity(0, sizeof(data->cpus), &data->cpus);
	report(remove_cgroup() && all_released(), "kept: give up what is left");
	free(data->kept);
	free(data);
}

static unsigned int count_uses(const struct run *run)
{
	unsigned int nr = 0;
	size_t i;

	for (i = 0; i < run->nr; i++) {
		if (run->things[i]->kept.title)
			nr += __builtin_popcount(run->things[i]->kept.places);
	}
	return LEVEL_COUNT * nr + 1;
}

const struct moment kept_moment = {
	.name = "kept",
	.title = kept_title,
	.count = count_uses,
	.begin = begin_kept,
	.before = before_raise,
	.after = after_raise,
	.end = end_kept,
	.raises = true,
};
