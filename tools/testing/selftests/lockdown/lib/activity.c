// SPDX-License-Identifier: GPL-2.0-only
/* Things that go on until they are stopped, in threads of their own. */

#define _GNU_SOURCE
#include <sched.h>

#include "../thing.h"
#include "activity.h"
#include "file.h"

#define READY_MS 5000

bool wait_for(const atomic_bool *flag, int ms)
{
	for (; ms > 0 && !*flag; ms -= 10)
		usleep(10000);
	return *flag;
}

/* Return whether a thread of this process is asleep. */
bool is_asleep(int tid)
{
	char path[64], text[512], *state;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	if (read_text(path, text, sizeof(text)) <= 0)
		return false;
	state = strrchr(text, ')');
	return state && (state[2] == 'D' || state[2] == 'S');
}

void run_on_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* Run on the CPUs that do not raise the level, if there are any. */
int begin_activity(struct activity *activity, struct held *held,
		   void *(*run)(void *activity))
{
	pthread_attr_t attr;
	cpu_set_t cpus;
	int cpu, ret;

	activity->held = held;
	pthread_attr_init(&attr);
	CPU_ZERO(&cpus);
	for (cpu = 1; cpu < sysconf(_SC_NPROCESSORS_ONLN); cpu++)
		CPU_SET(cpu, &cpus);
	if (CPU_COUNT(&cpus))
		pthread_attr_setaffinity_np(&attr, sizeof(cpus), &cpus);
	ret = -pthread_create(&activity->thread, &attr, run, activity);
	pthread_attr_destroy(&attr);
	return ret;
}

void end_activity(struct activity *activity, int result)
{
	activity->result = result;
	clock_gettime(CLOCK_MONOTONIC, &activity->when);
	activity->ended = true;
}

/**
 * watch_activity - use a thing that goes on
 * @activity: what goes on
 * @held: the thing
 * @ms: the time after the raise in which it must end, if it is denied
 *
 * Return: 0 while it goes on; after a raise that denies it the result that it
 * ended with, or -ETIMEDOUT if it did so too late.
 */
int watch_activity(const struct activity *activity, const struct held *held,
		   int ms)
{
	if (!held->denied) {
		if (!wait_for(&activity->ready, READY_MS))
			return -ETIMEDOUT;
		/* Give a stopped activity time to end. */
		usleep(100000);
		return activity->ended ? -EIO : 0;
	}
	if (!wait_for(&activity->ended, ms))
		return 0;
	if (us_between(&held->raised_at, &activity->when) > ms * 1000L)
		return -ETIMEDOUT;
	return activity->result;
}
