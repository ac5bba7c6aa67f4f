// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown selftest: thousands of writes that are in the copy during a raise.
 *
 * The machine stays locked until it reboots, so it runs only when
 * $LOCKDOWN_TEST_RAISE is 1, and once a boot.
 */

#define _GNU_SOURCE
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "../kselftest.h"
#include "common.h"
#include "lib/file.h"
#include "lib/level.h"
#include "lib/userfault.h"

/* Time of the race before and after the raise. */
#define BEFORE_MS 2000
#define AFTER_MS 1000

#define HANG_S 240

/* Writers wait for their pages most of the time; pages are provided in turn. */
#define WRITERS 2000
#define WRITER_STACK 32768
#define PAGE_US 500

/* Write the file's present value. */
#define WRITTEN "/sys/kernel/debug/fault_around_bytes"
#define WRITTEN_TEXT "65536"

/* Shared with children. */
struct shared {
	/* The raise is over. */
	atomic_bool raised;
	atomic_bool stop;
	/* All writers have started; the results of their writes. */
	atomic_bool writing;
	atomic_ulong written, refused, written_late;
};

static struct shared *shared;

/*
 * Writers to debugfs that are stopped in the copy, again and again.
 *
 *	raise				writer		who provides pages
 *
 *					copy, no page
 *	write "integrity"
 *	raised = true					late = raised
 *							the page
 *					check again
 *					if that worked and late: a hole
 *
 * In a process of their own, whose many threads are in nobody's way.
 */
static struct writer {
	pthread_t thread;
	int fd;
	atomic_bool late;
} writers[WRITERS];

static __u8 *pages;
static int pages_fd;
static atomic_bool provided;

static void *write_on(void *data)
{
	struct writer *writer = data;
	__u8 *at = pages + (writer - writers) * PAGE_BYTES;
	ssize_t put;

	while (!shared->stop) {
		put = write(writer->fd, at, strlen(WRITTEN_TEXT));
		if (put < 0) {
			shared->refused += errno == EPERM;
			break;
		}
		if (writer->late)
			shared->written_late++;
		else
			shared->written++;
		madvise(at, PAGE_BYTES, MADV_DONTNEED);
	}
	return NULL;
}

static void *provide_pages(void *unused)
{
	static const __u8 page[PAGE_BYTES] = WRITTEN_TEXT;
	struct pollfd pollfd = { .fd = pages_fd, .events = POLLIN };
	struct uffd_msg msg;
	size_t i;

	while (!provided) {
		if (poll(&pollfd, 1, 1) != 1 ||
		    read(pages_fd, &msg, sizeof(msg)) != sizeof(msg))
			continue;
		usleep(PAGE_US);
		i = (msg.arg.pagefault.address - (uintptr_t)pages) / PAGE_BYTES;
		writers[i].late = shared->raised;
		provide_page(pages_fd, pages + i * PAGE_BYTES, page);
	}
	return NULL;
}

static int open_pages(void)
{
	pages = mmap(NULL, WRITERS * PAGE_BYTES, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED)
		return -errno;
	pages_fd = open_userfaultfd(pages, WRITERS * PAGE_BYTES);
	return pages_fd < 0 ? pages_fd : 0;
}

static int start_writer(struct writer *writer, const pthread_attr_t *attr)
{
	/* Writers of one struct file would serialize. */
	writer->fd = open(WRITTEN, O_WRONLY | O_CLOEXEC);
	if (writer->fd < 0)
		return -errno;
	return -pthread_create(&writer->thread, attr, write_on, writer);
}

static int run_writers(void)
{
	const struct rlimit files = { 2 * WRITERS, 2 * WRITERS };
	pthread_t provider;
	pthread_attr_t attr;
	int i, ret;

	setrlimit(RLIMIT_NOFILE, &files);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, WRITER_STACK);
	ret = open_pages();
	if (!ret)
		ret = -pthread_create(&provider, NULL, provide_pages, NULL);
	for (i = 0; i < WRITERS && !ret; i++)
		ret = start_writer(&writers[i], &attr);
	if (ret)
		return ret;
	shared->writing = true;
	for (i = 0; i < WRITERS; i++)
		pthread_join(writers[i].thread, NULL);
	provided = true;
	return -pthread_join(provider, NULL);
}

static const char *missing_for_writers(void)
{
	if (access(WRITTEN, W_OK))
		return "no " WRITTEN " (CONFIG_DEBUG_FS)";
	return no_userfaultfd();
}

static pid_t start_writers(void)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(-run_writers());
	while (pid > 0 && !shared->writing && !waitpid(pid, NULL, WNOHANG))
		usleep(1000);
	return pid;
}

static void end_writers(const char *missing, pid_t pid)
{
	static const char name[] = "writes to debugfs, stopped in the copy";
	int status = -1;
	bool ok;

	if (missing) {
		ksft_test_result_skip("%s: %s\n", name, missing);
		return;
	}
	waitpid(pid, &status, 0);
	ksft_print_msg("%s: %lu worked, %lu were refused, %lu too late\n", name,
		       shared->written, shared->refused, shared->written_late);
	if (status)
		ksft_print_msg("the writers: 0x%x\n", status);
	/* Each writer ends by a refusal; most were copying during the raise. */
	ok = shared->written && shared->refused == WRITERS;
	ksft_test_result(ok && !shared->written_late && !status, "%s\n", name);
}

int main(void)
{
	struct timespec before, after;
	const char *missing;
	pid_t writing = 0;
	int ret;

	begin_raising();

	ksft_set_plan(2);
	shared = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		ksft_exit_fail_msg("mmap\n");
	alarm(HANG_S);

	missing = missing_for_writers();
	if (!missing)
		writing = start_writers();
	usleep(BEFORE_MS * 1000);
	clock_gettime(CLOCK_MONOTONIC, &before);
	ret = write_text(LOCKDOWN_FILE, "integrity");
	shared->raised = true;
	clock_gettime(CLOCK_MONOTONIC, &after);
	usleep(AFTER_MS * 1000);
	shared->stop = true;

	ksft_print_msg("raise took %ld us\n", us_between(&before, &after));
	ksft_test_result(!ret && lockdown_level() == LEVEL_INTEGRITY,
			 "raise in the midst of it\n");
	end_writers(missing, writing);
	ksft_finished();
}
