/* SPDX-License-Identifier: GPL-2.0-only */
/* Things that go on until they are stopped, in threads of their own. */

#ifndef _LOCKDOWN_SELFTEST_ACTIVITY_H
#define _LOCKDOWN_SELFTEST_ACTIVITY_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

struct held;

/**
 * struct activity - part of the state of a thing that goes on
 * @held: the thing
 * @ready: to be set by the thread when it begins
 * @ended: set by end_activity()
 * @result: the result, once @ended
 * @when: the time of the end
 */
struct activity {
	struct held *held;
	pthread_t thread;
	atomic_bool ready, ended;
	int result;
	struct timespec when;
};

int begin_activity(struct activity *activity, struct held *held,
		   void *(*run)(void *activity));
void end_activity(struct activity *activity, int result);
int watch_activity(const struct activity *activity, const struct held *held,
		   int ms);
bool is_asleep(int tid);
void run_on_cpu(int cpu);
bool wait_for(const atomic_bool *flag, int ms);

#endif /* _LOCKDOWN_SELFTEST_ACTIVITY_H */
