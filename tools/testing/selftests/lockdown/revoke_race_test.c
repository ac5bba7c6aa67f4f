// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown selftest: what is obtained and used while the level rises.
 *
 * Threads obtain things and use them, as fast as they can: open files, modules,
 * staged kernels.  In the midst of that the level rises to integrity.  A use
 * that begins after the write(2) has returned must not succeed, however
 * narrowly its thing was obtained before.  Nor must one that has begun before,
 * and still has to copy what it is about.
 *
 *	thread				main
 *
 *	obtain				write "integrity"
 *	late = raised			raised = true
 *	use
 *	if it worked and late: a hole
 *
 * The machine stays locked until it reboots, so it runs only when
 * $LOCKDOWN_TEST_RAISE is 1, and once a boot.
 */

#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "../kselftest.h"
#include "common.h"

/* How long it goes on before and after the raise. */
#define BEFORE_MS 2000
#define AFTER_MS 1000

#define HANG_S 240

/* Each waits for its page, most of the time, and the pages come in turns. */
#define WRITERS 2000
#define WRITER_STACK 32768
#define PAGE_US 500

/* It has a number of bytes, and this is the one that it has. */
#define WRITTEN "/sys/kernel/debug/fault_around_bytes"
#define WRITTEN_TEXT "65536"

/* Files of debugfs that root alone may touch. */
static const char *const debugfs_files[] = {
	"/sys/kernel/debug/x86/tlb_single_page_flush_ceiling",
	"/sys/kernel/debug/kprobes/enabled",
};

static int debugfs_fd = -1;

/* For children to see it, and to add to it, as well. */
struct shared {
	/* The raise is over. */
	atomic_bool raised;
	atomic_bool stop;
	/* All writers are at it, and what became of what they have written. */
	atomic_bool writing;
	atomic_ulong written, refused, written_late;
};

static struct shared *shared;

struct kind {
	const char *description;
	const char *missing;
	/* Obtains and uses once; whether that worked. */
	bool (*use)(bool *late);
	pthread_t thread;
	unsigned long worked, refused, holes;
};

static bool use_debugfs(bool *late)
{
	char text[32];

	*late = shared->raised;
	return pread(debugfs_fd, text, sizeof(text), 0) > 0;
}

static int module_fd = -1;

/* Did the raise meet it half loaded, and let it go on? */
static bool is_residue(void)
{
	static char text[65536];

	return read_text(LOCKDOWN_RESIDUE, text, sizeof(text)) > 0 &&
	       strstr(text, "unsigned module " PROBE_MODULE);
}

/* Obtained and used in one; one that ends late must have been told of. */
static bool use_module(bool *late)
{
	*late = shared->raised;
	if (syscall(__NR_finit_module, module_fd, "", 0))
		return false;
	if (shared->raised && !is_residue())
		*late = true;
	unload_module();
	return true;
}

/* It is not started: that it is there to be started is enough. */
static bool use_kexec(bool *late)
{
	static const __u8 code[PAGE_BYTES];
	const struct segment segment = { code, PAGE_BYTES, KEXEC_TARGET,
					 PAGE_BYTES };
	bool worked;

	kexec_load(KEXEC_TARGET, &segment, 1, 0);
	*late = shared->raised;
	worked = read_number("/sys/kernel/kexec_loaded") == 1;
	kexec_load(0, NULL, 0, 0);
	return worked;
}

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
	/* Those of one open file would wait for each other. */
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
	/* Each ends so, and most of them were in the copy when it mattered. */
	ok = shared->written && shared->refused == WRITERS;
	ksft_test_result(ok && !shared->written_late && !status, "%s\n", name);
}

static struct kind kinds[] = {
	{ .description = "a file of debugfs", .use = use_debugfs },
	{ .description = "loading an unsigned module", .use = use_module },
	{ .description = "staging a kexec image", .use = use_kexec },
};

static void *run_kind(void *data)
{
	struct kind *kind = data;
	bool late, worked;

	while (!shared->stop) {
		late = false;
		worked = kind->use(&late);
		if (!worked)
			kind->refused++;
		else if (late)
			kind->holes++;
		else
			kind->worked++;
	}
	return NULL;
}

static const char *missing_for(const struct kind *kind)
{
	if (kind->use == use_debugfs)
		return debugfs_fd < 0 ? "no file to read in debugfs" : NULL;
	if (kind->use == use_module && access("/proc/modules", F_OK))
		return "no loadable modules (CONFIG_MODULES)";
	if (kind->use == use_module)
		return module_fd < 0 || module_loaded() ?
			       "no lockdown_probe.ko, or module loaded" :
			       NULL;
	return have_kexec_load() ? NULL : "no kexec_load (CONFIG_KEXEC)";
}

static void start_all(void)
{
	struct kind *kind;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(debugfs_files) && debugfs_fd < 0; i++)
		debugfs_fd = open(debugfs_files[i], O_RDONLY | O_CLOEXEC);
	module_fd = open_module("lockdown_probe.ko");
	for (kind = kinds; kind < kinds + ARRAY_SIZE(kinds); kind++) {
		kind->missing = missing_for(kind);
		if (!kind->missing &&
		    pthread_create(&kind->thread, NULL, run_kind, kind))
			ksft_exit_fail_msg("pthread_create\n");
	}
}

static void end(struct kind *kind)
{
	if (kind->missing) {
		ksft_test_result_skip("%s: %s\n", kind->description,
				      kind->missing);
		return;
	}
	pthread_join(kind->thread, NULL);
	ksft_print_msg("%s: %lu worked, %lu were refused, %lu too late\n",
		       kind->description, kind->worked, kind->refused,
		       kind->holes);
	ksft_test_result(kind->worked && kind->refused && !kind->holes, "%s\n",
			 kind->description);
}

int main(void)
{
	struct timespec before, after;
	const char *no_writers;
	pid_t writing = 0;
	size_t i;
	int ret;

	begin_raising();

	ksft_set_plan(ARRAY_SIZE(kinds) + 2);
	shared = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		ksft_exit_fail_msg("mmap\n");
	alarm(HANG_S);

	no_writers = missing_for_writers();
	if (!no_writers)
		writing = start_writers();
	start_all();
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
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		end(&kinds[i]);
	end_writers(no_writers, writing);
	ksft_finished();
}
