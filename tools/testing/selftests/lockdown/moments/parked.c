// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown selftest: calls that are in the middle while the level rises.
 *
 * A system call is stopped after its first check and before its effect: in a
 * copy from a page that is not there yet, in the wait for a lock whose owner is
 * stopped like that, or in the question to a listener. Without a raise it must
 * go on and have its effect. After a raise to the level that denies it, it must
 * be refused, and have none.
 *
 *	caller			main thread
 *
 *	call, copy, no page
 *				write "integrity"
 *				provide the page
 *	the check that counts
 *	no effect, -EPERM
 */

#define _GNU_SOURCE
#include "../lib/activity.h"
#include "../lib/hole.h"
#include "../lib/level.h"
#include "../lib/listener.h"
#include "../lib/residue.h"
#include "../lib/userfault.h"
#include "../moment.h"

#define PARK_TIMEOUT_MS 20000
/* A thread asleep this long is blocked. */
#define ASLEEP_MS 200
#define STEP_S 30

struct parked {
	const struct thing *thing;
	struct held held;
	int obtained;
	struct hole hole;
	struct listener listener;
	pthread_t thread, lock_holder;
	atomic_int tid;
	atomic_int result;
	int lock_result;
	const char *skipped;
};

struct parked_data {
	struct parked *parked;
	size_t nr;
};

static const char *parked_title(const struct thing *thing)
{
	return thing->parked.title;
}

static void *run_call(void *arg)
{
	struct parked *p = arg;
	__u8 *const hole = p->hole.region ? hole_page(&p->hole) : NULL;

	p->tid = gettid();
	p->result = p->thing->parked.call(&p->held, hole);
	return NULL;
}

static void *run_lock_holder(void *arg)
{
	struct parked *p = arg;

	p->lock_result = p->thing->parked.hold(&p->held, hole_page(&p->hole));
	return NULL;
}

/* Wait until the caller sleeps on the lock: nothing else takes as long. */
static int wait_asleep(const struct parked *p)
{
	int asleep = 0, ms;

	for (ms = 0; ms < PARK_TIMEOUT_MS; ms += 10) {
		asleep = p->tid && is_asleep(p->tid) ? asleep + 10 : 0;
		if (asleep == ASLEEP_MS)
			return p->result == -EINPROGRESS ? 0 : -EALREADY;
		usleep(10000);
	}
	return -ETIMEDOUT;
}

static int start_call(struct parked *p)
{
	return -pthread_create(&p->thread, NULL, run_call, p);
}

/* Park in fanotify; the listener exists before the open. */
static int park_watched(struct parked *p)
{
	int ret;

	ret = begin_listening(&p->listener, p->thing->parked.watched);
	if (!ret)
		ret = obtain(&p->held, p->thing);
	if (!ret)
		ret = start_call(p);
	return ret ?: await_question(&p->listener, PARK_TIMEOUT_MS);
}

/* Park in the copy, or on a lock whose holder is parked in the copy. */
static int park_in_hole(struct parked *p)
{
	int ret;

	p->hole.by_fuse = p->thing->parked.by_fuse;
	ret = make_hole(&p->hole);
	if (ret)
		return ret;
	if (!p->thing->parked.hold)
		return start_call(p) ?: await_hole(&p->hole, PARK_TIMEOUT_MS);
	ret = -pthread_create(&p->lock_holder, NULL, run_lock_holder, p);
	if (!ret)
		ret = await_hole(&p->hole, PARK_TIMEOUT_MS);
	if (!ret)
		ret = start_call(p);
	return ret ?: wait_asleep(p);
}

static int park(struct parked *p)
{
	begin_step(p->thing->parked.title, STEP_S);
	p->result = -EINPROGRESS;
	p->lock_result = 0;
	p->tid = 0;
	return p->thing->parked.watched ? park_watched(p) : park_in_hole(p);
}

static int let_watched_go(struct parked *p)
{
	const int ret = allow(&p->listener);

	if (ret)
		return ret;
	pthread_join(p->thread, NULL);
	close(p->listener.fanotify);
	release(&p->held);
	return p->result;
}

/* Let the call go on; return its result. */
static int let_go(struct parked *p)
{
	__u8 page[PAGE_BYTES] = {};
	int ret;

	begin_step(p->thing->parked.title, STEP_S);
	if (p->thing->parked.watched)
		return let_watched_go(p);
	if (p->thing->parked.fill)
		p->thing->parked.fill(&p->held, page);
	ret = fill_hole(&p->hole, page);
	if (ret)
		return ret;
	if (p->thing->parked.hold)
		pthread_join(p->lock_holder, NULL);
	pthread_join(p->thread, NULL);
	remove_hole(&p->hole);
	return p->result;
}

/* Check that the call took effect, and undo the effect. */
static int check_effect(struct parked *p)
{
	int ret;

	if (!p->thing->parked.took_effect)
		return 0;
	if (!p->thing->parked.took_effect(&p->held))
		return -EIO;
	ret = p->thing->parked.undo(&p->held);
	return !ret && p->thing->parked.took_effect(&p->held) ? -EIO : ret;
}

/* Return why the thing cannot be parked, or NULL. */
static const char *missing_for(struct parked *p)
{
	const char *watched = p->thing->parked.watched;

	if (watched)
		return no_listener(watched);
	p->obtained = obtain(&p->held, p->thing);
	if (p->obtained == SKIPPED)
		return p->held.why;
	if (p->thing->parked.by_fuse)
		return access("/dev/fuse", F_OK) ?
			       "no /dev/fuse (CONFIG_FUSE_FS)" :
			       NULL;
	return no_userfaultfd();
}

/* Make the same call without a raise: it must succeed, and take effect. */
static void test_control(struct parked *p)
{
	const struct thing *thing = p->thing;
	char text[32];
	int ret;

	begin_step(thing->parked.title, STEP_S);
	p->skipped = missing_for(p);
	if (p->skipped) {
		report_skip(p->skipped, "parked %s: none: %s", thing->name,
			    thing->parked.title);
		return;
	}
	ret = p->obtained ?: park(p);
	if (!ret)
		ret = let_go(p);
	if (!ret)
		ret = check_effect(p);
	if (ret) {
		note("%s", result_name(ret, text));
		p->skipped = "failed without a raise already";
	}
	report(!ret, "parked %s: none: %s", thing->name, thing->parked.title);
}

static void *begin_parked(struct run *run)
{
	struct parked_data *data = calloc(1, sizeof(*data));
	struct parked *p;
	size_t i;

	data->parked = calloc(run->nr, sizeof(*data->parked));
	for (i = 0; i < run->nr; i++) {
		/* Let parked calls go on at the level that denies them. */
		if (!run->things[i]->parked.title)
			continue;
		p = &data->parked[data->nr++];
		p->thing = run->things[i];
		test_control(p);
	}
	return data;
}

static bool is_due(const struct parked *p, int level)
{
	return (int)p->thing->denied_from == level;
}

static void park_all(struct run *run, void *arg, int to)
{
	struct parked_data *data = arg;
	struct parked *p;
	int ret;

	for (p = data->parked; p < data->parked + data->nr; p++) {
		if (p->skipped || !is_due(p, to))
			continue;
		ret = park(p);
		if (ret)
			give_up("parking %s: %s", p->thing->parked.title,
				errno_name(-ret));
	}
}

static void test_parked(struct parked *p, int level)
{
	const struct thing *thing = p->thing;
	const char *named = thing->parked.named;
	char texts[2][32];
	int expected, ret;
	bool effect, ok;

	if (p->skipped) {
		report_skip(p->skipped, "parked %s: %s: %s", thing->name,
			    level_name(level), thing->parked.title);
		return;
	}
	ok = !named || use_in_residue(named, p->tid);
	if (!ok)
		note("residue does not name the use of %s", named);
	expected = thing->parked.error ? -thing->parked.error : -EPERM;
	if (named)
		expected = 0;
	ret = let_go(p);
	effect = thing->parked.took_effect &&
		 thing->parked.took_effect(&p->held);
	if (ret != expected || effect)
		note("expected %s, got %s, %s effect",
		     result_name(expected, texts[0]),
		     result_name(ret, texts[1]), effect ? "with" : "no");
	if (p->lock_result != -thing->parked.hold_error)
		note("the owner of the lock: %s",
		     result_name(p->lock_result, texts[0]));
	ok = ok && ret == expected && !effect &&
	     p->lock_result == -thing->parked.hold_error;
	report(ok, "parked %s: %s: %s", thing->name, level_name(level),
	       thing->parked.title);
}

static void test_all(struct run *run, void *arg)
{
	struct parked_data *data = arg;
	struct parked *p;

	/*
	 * Release backwards: a call that goes on may want the lock of a later
	 * one.
	 */
	for (p = data->parked + data->nr; p-- > data->parked;) {
		if (is_due(p, run->level))
			test_parked(p, run->level);
	}
}

static void end_parked(struct run *run, void *arg)
{
	struct parked_data *data = arg;
	struct parked *p;

	/* Backwards: the first of several may have loaded their module. */
	for (p = data->parked + data->nr; p-- > data->parked;) {
		if (p->held.thing)
			release(&p->held);
	}
	free(data->parked);
	free(data);
}

static unsigned int count_parked(const struct run *run)
{
	unsigned int nr = 0;
	size_t i;

	for (i = 0; i < run->nr; i++)
		nr += run->things[i]->parked.title ? 2 : 0;
	return nr;
}

const struct moment parked_moment = {
	.name = "parked",
	.title = parked_title,
	.count = count_parked,
	.begin = begin_parked,
	.before = park_all,
	.after = test_all,
	.end = end_parked,
	.raises = true,
};
