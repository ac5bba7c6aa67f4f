// SPDX-License-Identifier: GPL-2.0-only
/* A watch over the test, which must not hang if the kernel does not answer. */

#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>

#include "../moment.h"

/* The present step, and the number of steps so far. */
static struct {
	const char *what;
	atomic_uint seconds, nr;
} step = { "the start", 30, 0 };

/* Watch in a thread: no signal reaches a thread that waits in the kernel. */
static void *watch(void *unused)
{
	unsigned int seen = step.nr, second = 0;

	while (second < step.seconds) {
		sleep(1);
		second = step.nr == seen ? second + 1 : 0;
		seen = step.nr;
	}
	give_up("hangs: %s", __atomic_load_n(&step.what, __ATOMIC_ACQUIRE));
}

void watch_steps(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, watch, NULL))
		give_up("pthread_create");
}

/**
 * begin_step - say what is being done
 * @what: the step, to be named if it hangs
 * @seconds: the time that it may take
 */
void begin_step(const char *what, unsigned int seconds)
{
	__atomic_store_n(&step.what, what, __ATOMIC_RELEASE);
	step.seconds = seconds;
	step.nr++;
}
