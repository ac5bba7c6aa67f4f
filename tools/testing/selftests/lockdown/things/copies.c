// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes to debugfs, thousands at once, that are stopped in the copy again and
 * again. After a raise, a copy that goes on must not have an effect.
 *
 *	raise			writer			provider of pages
 *
 *				copy, no page
 *	write "integrity"
 *	raised = true					late = raised
 *							the page
 *				check again
 *				if that worked and late: a hole
 */

#define _GNU_SOURCE
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "../lib/report.h"
#include "../lib/userfault.h"
#include "../thing.h"

/* Writers wait for their pages most of the time; pages are provided in turn. */
#define WRITERS 2000
#define WRITER_STACK 32768
#define PAGE_US 500

/* Without news of any writer for so long, they hang. */
#define SILENCE_MS 20000

/* Write the file's present value. */
#define WRITTEN "/sys/kernel/debug/fault_around_bytes"
#define WRITTEN_TEXT "65536"

/* The writers' process shares these with the one that started it. */
struct results {
	int writers;
	const atomic_bool *raised;
	/* All writers have started; the results of their writes. */
	atomic_bool writing;
	atomic_int refused;
	atomic_ulong worked, late;
};

/* use_copies() has told of so many writes. */
struct copies {
	struct results *results;
	pid_t pid;
	bool ended;
	unsigned long worked, late;
};

struct crowd;

struct writer {
	struct crowd *crowd;
	pthread_t thread;
	int fd;
	atomic_bool late;
};

/* Only the writers' process has it. */
struct crowd {
	struct results *results;
	struct writer writers[WRITERS];
	__u8 *pages;
	int pages_fd;
	atomic_bool ended;
};

/* A writer ends when it is refused. */
static void *write_on(void *data)
{
	struct writer *writer = data;
	const size_t i = writer - writer->crowd->writers;
	struct results *results = writer->crowd->results;
	__u8 *const at = writer->crowd->pages + i * PAGE_BYTES;

	while (write(writer->fd, at, strlen(WRITTEN_TEXT)) >= 0) {
		if (writer->late)
			results->late++;
		else
			results->worked++;
		madvise(at, PAGE_BYTES, MADV_DONTNEED);
	}
	results->refused += errno == EPERM;
	return NULL;
}

static void *provide_pages(void *data)
{
	static const __u8 page[PAGE_BYTES] = WRITTEN_TEXT;
	struct crowd *crowd = data;
	const atomic_bool *raised = crowd->results->raised;
	struct pollfd pollfd = { .fd = crowd->pages_fd, .events = POLLIN };
	struct uffd_msg msg;
	size_t i;

	while (!crowd->ended) {
		if (poll(&pollfd, 1, 1) != 1 ||
		    read(crowd->pages_fd, &msg, sizeof(msg)) != sizeof(msg))
			continue;
		usleep(PAGE_US);
		i = (msg.arg.pagefault.address - (uintptr_t)crowd->pages) /
		    PAGE_BYTES;
		crowd->writers[i].late = raised && *raised;
		provide_page(crowd->pages_fd, crowd->pages + i * PAGE_BYTES,
			     page);
	}
	return NULL;
}

static int open_pages(struct crowd *crowd)
{
	void *pages;

	pages = mmap(NULL, WRITERS * PAGE_BYTES, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED)
		return -errno;
	crowd->pages = pages;
	crowd->pages_fd = open_userfaultfd(pages, WRITERS * PAGE_BYTES);
	return crowd->pages_fd < 0 ? crowd->pages_fd : 0;
}

static int start_writer(struct crowd *crowd, struct writer *writer,
			const pthread_attr_t *attr)
{
	writer->crowd = crowd;
	/* Writers of one struct file would serialize. */
	writer->fd = open(WRITTEN, O_WRONLY | O_CLOEXEC);
	if (writer->fd < 0)
		return -errno;
	return -pthread_create(&writer->thread, attr, write_on, writer);
}

static int run_writers(struct results *results)
{
	const struct rlimit files = { 2 * WRITERS, 2 * WRITERS };
	struct crowd *crowd = calloc(1, sizeof(*crowd));
	pthread_t provider;
	pthread_attr_t attr;
	int i, ret;

	if (!crowd)
		return -ENOMEM;
	crowd->results = results;
	setrlimit(RLIMIT_NOFILE, &files);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, WRITER_STACK);
	ret = open_pages(crowd);
	if (!ret)
		ret = -pthread_create(&provider, NULL, provide_pages, crowd);
	for (i = 0; i < results->writers && !ret; i++)
		ret = start_writer(crowd, &crowd->writers[i], &attr);
	if (ret)
		return ret;
	results->writing = true;
	for (i = 0; i < results->writers; i++)
		pthread_join(crowd->writers[i].thread, NULL);
	crowd->ended = true;
	return -pthread_join(provider, NULL);
}

static int obtain_copies(struct held *held)
{
	struct copies *copies = held->state;
	void *results;

	if (copies->results)
		return 0;
	if (access(WRITTEN, W_OK))
		return lack(held, "no %s (CONFIG_DEBUG_FS)", WRITTEN);
	if (no_userfaultfd())
		return lack(held, "%s", no_userfaultfd());
	results = mmap(NULL, sizeof(*copies->results), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (results == MAP_FAILED)
		return -errno;
	copies->results = results;
	return 0;
}

static void release_copies(struct held *held)
{
	const struct copies *copies = held->state;

	if (copies->pid > 0 && !copies->ended) {
		kill(copies->pid, SIGKILL);
		waitpid(copies->pid, NULL, 0);
	}
	if (copies->results)
		munmap(copies->results, sizeof(*copies->results));
}

static const struct handle crowd = {
	.size = sizeof(struct copies),
	.obtain = obtain_copies,
	.release = release_copies,
};

/*
 * Writers have a process of their own, because their many threads would be in
 * the way of things that fork. It ends with the thread that wants it.
 */
static int start_writers(struct copies *copies, const atomic_bool *raised)
{
	/* One shows before the race that it works. */
	copies->results->writers = raised ? WRITERS : 1;
	copies->results->raised = raised;
	fflush(stdout);
	copies->pid = fork();
	if (copies->pid < 0)
		return -errno;
	if (!copies->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(-run_writers(copies->results));
	}
	while (!copies->results->writing) {
		if (waitpid(copies->pid, NULL, WNOHANG)) {
			copies->ended = true;
			return -ECHILD;
		}
		usleep(1000);
	}
	return 0;
}

/* Wait for the end of the process, after the refusal of all writers. */
static int end_writers(struct copies *copies)
{
	int status = -1;

	if (copies->ended) {
		/* Leave the processor to the things whose race goes on. */
		usleep(10000);
		return 0;
	}
	waitpid(copies->pid, &status, 0);
	copies->ended = true;
	note("%d writers were refused in the copy, and ended with 0x%x",
	     copies->results->refused, status);
	return status;
}

/* Tell of one write that worked, or of the refusal of all writers. */
static int use_copies(struct held *held)
{
	struct copies *copies = held->state;
	const struct results *results = copies->results;
	int ms, ret, refused = 0;

	if (!copies->pid) {
		ret = start_writers(copies, held->raised);
		if (ret)
			return ret;
	}
	held->late = false;
	for (ms = 0; ms < SILENCE_MS; ms++) {
		if (copies->worked < results->worked) {
			copies->worked++;
			return 0;
		}
		held->late = copies->late < results->late;
		if (held->late) {
			copies->late++;
			return 0;
		}
		if (results->refused == results->writers) {
			held->late = end_writers(copies);
			return held->late ? 0 : -EPERM;
		}
		if (refused != results->refused)
			ms = 0;
		refused = results->refused;
		usleep(1000);
	}
	note("%d of %d writers were refused in the copy, others hang",
	     results->refused, results->writers);
	held->late = true;
	return 0;
}

static const struct thing copies_things[] = {
	{
		.name = "copies.debugfs",
		.reason = "DEBUGFS",
		.denied_from = INTEGRITY,
		.handle = &crowd,
		.use = use_copies,
		.raced.title = "writes to debugfs, stopped in the copy",
		.raced.slots = 1,
		.raced.again = true,
	},
};

REGISTER_THINGS(copies_things);
