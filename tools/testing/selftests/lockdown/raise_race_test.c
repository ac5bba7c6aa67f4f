// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown selftest: the level never falls, however many raise it at once.
 *
 * Locks the machine until it reboots, so it runs only when $LOCKDOWN_TEST_RAISE
 * is 1, and only at none: once a boot.
 */

#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>

#include "../kselftest.h"
#include "common.h"
#include "lib/file.h"
#include "lib/level.h"

#define WRITERS 8
#define READERS 2
#define ROUNDS 2000

static pthread_barrier_t start;
static atomic_bool done;
/* Each field counts a fault; all must stay zero. */
static atomic_uint falls, malformed, wrong_results, lost_raises;

/*
 * Mostly none, and confidentiality seldom, so that the two steps up are not
 * over before the threads have really met.
 */
static int random_level(unsigned int *seed)
{
	const unsigned int dice = rand_r(seed) % 256;

	if (!dice)
		return LEVEL_CONFIDENTIALITY;
	return dice < 16 ? LEVEL_INTEGRITY : LEVEL_NONE;
}

/*
 * Other threads may raise the level meanwhile: it was at least @before at the
 * write, and is at least that after it. So a refused @level is below @after; an
 * accepted one is not above @after, and was not below @before.
 */
static void check_write(int level)
{
	const int before = lockdown_level();
	const int ret = write_text(LOCKDOWN_FILE, level_name(level));
	const int after = lockdown_level();

	if (before < 0 || after < 0)
		malformed++;
	else if (after < before)
		falls++;
	else if (!ret && after < level)
		lost_raises++;
	else if (!ret ? level < before : ret != -EPERM || after <= level)
		wrong_results++;
}

static void *writer(void *data)
{
	unsigned int seed = (uintptr_t)data;
	int round;

	pthread_barrier_wait(&start);
	for (round = 0; round < ROUNDS; round++)
		check_write(random_level(&seed));
	/* In the end the level must be confidentiality. */
	check_write(LEVEL_CONFIDENTIALITY);
	return NULL;
}

static void *reader(void *data)
{
	int highest = LEVEL_NONE, level;

	(void)data;
	pthread_barrier_wait(&start);
	while (!done) {
		level = lockdown_level();
		if (level < 0)
			malformed++;
		else if (level < highest)
			falls++;
		else
			highest = level;
	}
	return NULL;
}

int main(void)
{
	pthread_t writers[WRITERS], readers[READERS];
	uintptr_t i;

	begin_raising();
	ksft_set_plan(5);

	pthread_barrier_init(&start, NULL, WRITERS + READERS);
	for (i = 0; i < READERS; i++) {
		if (pthread_create(&readers[i], NULL, reader, NULL))
			ksft_exit_fail_msg("pthread_create\n");
	}
	for (i = 0; i < WRITERS; i++) {
		if (pthread_create(&writers[i], NULL, writer, (void *)(i + 1)))
			ksft_exit_fail_msg("pthread_create\n");
	}
	for (i = 0; i < WRITERS; i++)
		pthread_join(writers[i], NULL);
	done = true;
	for (i = 0; i < READERS; i++)
		pthread_join(readers[i], NULL);

	ksft_print_msg("falls %u, malformed %u, wrong %u, lost %u\n", falls,
		       malformed, wrong_results, lost_raises);
	ksft_test_result(!falls, "the level never falls\n");
	ksft_test_result(!lost_raises, "a raise that succeeded has happened\n");
	ksft_test_result(!wrong_results, "only a lower level is refused\n");
	ksft_test_result(!malformed, "the file is never malformed\n");
	ksft_test_result(lockdown_level() == LEVEL_CONFIDENTIALITY,
			 "the highest level wins\n");
	ksft_finished();
}
