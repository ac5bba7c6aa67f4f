// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown selftest: residue names what happened before a raise, and no more.
 *
 * Root writes to devices, ports and registers, and tries to write to memory in
 * ways that cannot work.  After the raise, residue names each of the former,
 * the device included, and nothing of the latter.  It also names a task that is
 * about to act, and that a real-time task keeps from running; the raise does
 * not wait for that one.  Nor does it wait for one that has the lock of a
 * mapping: the process that owns the mapping is killed instead.
 *
 * The machine stays locked until it reboots, so it runs only when
 * $LOCKDOWN_TEST_RAISE is 1, and once a boot.
 */

#define _GNU_SOURCE
#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <time.h>

#include "../kselftest.h"
#include "common.h"
#include "lib/activity.h"
#include "lib/file.h"
#include "lib/level.h"
#include "lib/module.h"
#include "lib/port.h"

#define DEBUGFS "/sys/kernel/debug"

#define PCI_DEVICES "/sys/bus/pci/devices"

/* The POST diagnostic port: a write to it has no effect but a short delay. */
#define PORT_POST 0x80

/* A register of the host bridge that no hardware reads. */
#define PCI_INTERRUPT_LINE 0x3c

#define MSR_IA32_SYSENTER_CS 0x174

/* The BIOS, which can be mapped for sure. */
#define AREA 0xf0000

/* The device or option that the machine lacks for the present row. */
static const char *lacking;

static int skip_row(const char *what)
{
	lacking = what;
	return 0;
}

/* The device whose BAR was mapped, as residue names it. */
static char mapped[NAME_MAX + 1];

static int open_mem(int flags)
{
	return open("/dev/mem", flags | O_CLOEXEC);
}

/* No call here changes anything; each returns 0 if so. */

static int write_bad_pointer(void)
{
	void *const hole = mmap(NULL, PAGE_BYTES, PROT_NONE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const int fd = open_mem(O_RDWR);
	ssize_t put;

	if (fd < 0)
		return skip_row("no /dev/mem");
	put = pwrite(fd, hole, 16, AREA);
	close(fd);
	munmap(hole, PAGE_BYTES);
	return put < 0 ? 0 : -EIO;
}

static int write_nothing(void)
{
	const int fd = open_mem(O_RDWR);
	ssize_t put;

	if (fd < 0)
		return skip_row("no /dev/mem");
	put = pwrite(fd, "", 0, AREA);
	close(fd);
	return put ? -EIO : 0;
}

static int map_mem(int open_flags, int prot, int flags)
{
	const int fd = open_mem(open_flags);
	void *map;

	if (fd < 0)
		return skip_row("no /dev/mem");
	map = mmap(NULL, PAGE_BYTES, prot, flags, fd, AREA);
	close(fd);
	if (map == MAP_FAILED)
		return -errno;
	munmap(map, PAGE_BYTES);
	return 0;
}

static int map_to_read(void)
{
	return map_mem(O_RDONLY, PROT_READ, MAP_SHARED);
}

static int map_privately(void)
{
	return map_mem(O_RDWR, PROT_READ | PROT_WRITE, MAP_PRIVATE);
}

static int read_config(void)
{
	const int fd = open(PCI_DEVICES "/" HOST_BRIDGE "/config",
			    O_RDONLY | O_CLOEXEC);
	__u8 bytes[64];
	ssize_t got;

	if (fd < 0)
		return skip_row("no " HOST_BRIDGE " (CONFIG_PCI)");
	got = read(fd, bytes, sizeof(bytes));
	close(fd);
	return got == sizeof(bytes) ? 0 : -EIO;
}

/* Each call here changes something. */

static int write_config(void)
{
	const int fd =
		open(PCI_DEVICES "/" HOST_BRIDGE "/config", O_RDWR | O_CLOEXEC);
	__u8 line;
	int ret = 0;

	if (fd < 0)
		return skip_row("no " HOST_BRIDGE " (CONFIG_PCI)");
	if (pread(fd, &line, 1, PCI_INTERRUPT_LINE) != 1 ||
	    pwrite(fd, &line, 1, PCI_INTERRUPT_LINE) != 1)
		ret = -EIO;
	close(fd);
	return ret;
}

/* Map the BAR without touching it: the mapping is enough. */
static int map_bar_of(const char *device)
{
	char path[sizeof(PCI_DEVICES) + NAME_MAX + sizeof("/resource0")];
	void *map;
	int fd;

	snprintf(path, sizeof(path), PCI_DEVICES "/%s/resource0", device);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	map = mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		return -EIO;
	munmap(map, PAGE_BYTES);
	return 0;
}

static int map_bar(void)
{
	struct dirent *entry;
	DIR *dir;

	dir = opendir(PCI_DEVICES);
	if (!dir)
		return skip_row("no " PCI_DEVICES " (CONFIG_PCI)");
	while (!mapped[0] && (entry = readdir(dir))) {
		if (entry->d_name[0] != '.' && !map_bar_of(entry->d_name))
			snprintf(mapped, sizeof(mapped), "%s", entry->d_name);
	}
	closedir(dir);
	return mapped[0] ? 0 :
			   skip_row("no PCI device with a BAR to be mapped");
}

static int write_port(void)
{
	const int fd = open("/dev/port", O_WRONLY | O_CLOEXEC);
	ssize_t put;

	if (fd < 0)
		return skip_row("no /dev/port (CONFIG_DEVPORT)");
	put = pwrite(fd, "", 1, PORT_POST);
	close(fd);
	return put == 1 ? 0 : -EIO;
}

static int get_port(void)
{
	if (ioperm(PORT_POST, 1, 0))
		return skip_row("no port access (CONFIG_X86_IOPL_IOPERM)");
	if (ioperm(PORT_POST, 1, 1))
		return -errno;
	return ioperm(PORT_POST, 1, 0) ? -errno : 0;
}

static int write_msr(void)
{
	const int fd = open("/dev/cpu/0/msr", O_RDWR | O_CLOEXEC);
	__u64 value;
	int ret = 0;

	if (fd < 0)
		return skip_row("no /dev/cpu/0/msr (CONFIG_X86_MSR)");
	if (pread(fd, &value, sizeof(value), MSR_IA32_SYSENTER_CS) < 0 ||
	    pwrite(fd, &value, sizeof(value), MSR_IA32_SYSENTER_CS) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

/*
 * The line may name a device in %s, and is a prefix.  Lines that must not be
 * there come first, because some of the others might make them true.
 */
static const struct {
	const char *description;
	int (*happen)(void);
	const char *line;
	const char *device;
	bool named;
} things[] = {
	{ "write to /dev/mem from a bad address", write_bad_pointer,
	  "DEV_MEM\t/dev/mem ", "", false },
	{ "write of nothing to /dev/mem", write_nothing, "DEV_MEM\t/dev/mem ",
	  "", false },
	{ "map of /dev/mem that was opened for reading", map_to_read,
	  "DEV_MEM\t/dev/mem ", "", false },
	{ "private map of /dev/mem", map_privately, "DEV_MEM\t/dev/mem ", "",
	  false },
	{ "read of PCI configuration space", read_config,
	  "PCI_ACCESS\t" HOST_BRIDGE ": registers", "", false },

	{ "write to PCI configuration space", write_config,
	  "PCI_ACCESS\t" HOST_BRIDGE ": config space was written to", "",
	  true },
	{ "map of a BAR", map_bar,
	  "PCI_ACCESS\t%s: registers were mapped, writable", mapped, true },
	{ "write to /dev/port", write_port, "DEV_MEM\t/dev/port was written to",
	  "", true },
	{ "ioperm", get_port,
	  "IOPORT\tI/O ports were open to tasks, first residue_test[", "",
	  true },
	{ "write to an MSR", write_msr, "MSR\tMSRs were written", "", true },
};

static struct {
	const char *skipped;
	int happened;
} states[ARRAY_SIZE(things)];

static bool has_line(const char *text, const char *prefix)
{
	const char *at = text;

	do {
		if (!strncmp(at, prefix, strlen(prefix)))
			return true;
		at = strchr(at, '\n');
	} while (at++);
	return false;
}

/* A raise waits 20 ms; even an emulated machine needs no such time for one. */
#define RAISE_LIMIT_S 5

#define RT_RUNTIME "/proc/sys/kernel/sched_rt_runtime_us"
#define FAIR_RUNTIME "/sys/kernel/debug/sched/fair_server/cpu1/runtime"

/* The holder of a permit, and the task that keeps it from running. */
static struct {
	pid_t holder;
	pthread_t hog;
	atomic_bool hogging, stop;
} starved;

static void *hog(void *data)
{
	const struct sched_param param = { .sched_priority = 50 };
	struct timespec now, start;

	run_on_cpu(1);
	if (sched_setscheduler(0, SCHED_FIFO, &param))
		return NULL;
	clock_gettime(CLOCK_MONOTONIC, &start);
	starved.hogging = true;
	/* A raise that waits ends after this time. */
	do {
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (!starved.stop &&
		 now.tv_sec - start.tv_sec < 4 * RAISE_LIMIT_S);
	return NULL;
}

/* Read the utime and stime of the holder, in ticks. */
static long long holder_time(void)
{
	char path[64], text[512];
	unsigned long long user, system;
	const char *at;

	snprintf(path, sizeof(path), "/proc/%d/stat", starved.holder);
	if (read_text(path, text, sizeof(text)) < 0)
		return -1;
	at = strrchr(text, ')');
	if (!at ||
	    sscanf(at + 1,
		   " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu",
		   &user, &system) != 2)
		return -1;
	return user + system;
}

/* Return why there is no such holder, or NULL. */
static const char *starve(void)
{
	long long before;
	int fd;

	if (get_nprocs() < 2)
		return "no second processor";
	fd = open_module("lockdown_permit.ko");
	if (fd < 0)
		return "no lockdown_permit.ko";
	/*
	 * Without this, the real-time task would leave some time to other
	 * tasks.
	 */
	if (write_text(RT_RUNTIME, "-1"))
		return "no " RT_RUNTIME;
	if (!access(FAIR_RUNTIME, W_OK) && write_text(FAIR_RUNTIME, "0"))
		return "no time may be taken away from others";

	starved.holder = fork();
	if (!starved.holder) {
		run_on_cpu(1);
		syscall(__NR_finit_module, fd, "how=signal", 0);
		_exit(0);
	}
	close(fd);
	do {
		usleep(10000);
		before = holder_time();
	} while (before >= 0 && before < 10);
	run_on_cpu(0);
	if (before < 0 || pthread_create(&starved.hog, NULL, hog, NULL))
		return "no holder of a permit";
	while (!starved.hogging)
		usleep(1000);
	before = holder_time();
	usleep(200000);
	return holder_time() == before ? NULL : "the holder goes on";
}

static void feed(void)
{
	starved.stop = true;
	if (starved.hog)
		pthread_join(starved.hog, NULL);
	if (starved.holder > 0) {
		kill(starved.holder, SIGKILL);
		waitpid(starved.holder, NULL, 0);
	}
}

/* A process with a mapping, and one that keeps it from being revoked. */
static struct {
	pid_t owner, locker;
	/* The owner counts its reads of the mapping here. Shared memory. */
	atomic_ulong *reads;
} mapping;

/* Exceeds the time limit of a raise. */
#define LOCKED_MS "8000"

static void read_mapping(void)
{
	const int fd = open(DEBUGFS "/lockdown_pages", O_RDONLY | O_CLOEXEC);
	const char *at = mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, fd, 0);

	while (at != MAP_FAILED && __atomic_load_n(at, __ATOMIC_RELAXED) == 'l')
		++*mapping.reads;
}

static const char *lock_mapping(void)
{
	const int fd = open_module("lockdown_pages.ko");
	int ms;

	if (fd < 0)
		return "no lockdown_pages.ko";
	mapping.reads = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (syscall(__NR_finit_module, fd, "", 0) ||
	    mapping.reads == MAP_FAILED)
		return "lockdown_pages.ko cannot be loaded";
	close(fd);

	mapping.owner = fork();
	if (!mapping.owner) {
		read_mapping();
		_exit(0);
	}
	for (ms = 0; ms < 5000 && !*mapping.reads; ms++)
		usleep(1000);
	mapping.locker = fork();
	if (!mapping.locker)
		_exit(write_text(DEBUGFS "/lockdown_tree", LOCKED_MS));
	/* The task holds the lock by now. */
	usleep(200000);
	return *mapping.reads ? NULL : "no lockdown_pages";
}

static void test_killed(void)
{
	const unsigned long reads = *mapping.reads;
	int status = 0;
	bool locked;

	usleep(100000);
	locked = !waitpid(mapping.locker, &status, WNOHANG);
	ksft_test_result(locked && *mapping.reads == reads,
			 "locked mapping: not read after the raise\n");
	waitpid(mapping.locker, &status, 0);
	kill(mapping.owner, SIGTERM);
	waitpid(mapping.owner, &status, 0);
	ksft_test_result(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
			 "locked mapping: its owner was killed\n");
}

int main(void)
{
	struct timespec start, end;
	const char *hungry, *unlocked;
	char text[16384] = "", line[256];
	size_t i;

	begin_raising();
	ksft_set_plan(2 * ARRAY_SIZE(things) + 7);

	for (i = 0; i < ARRAY_SIZE(things); i++) {
		lacking = NULL;
		states[i].happened = things[i].happen();
		states[i].skipped = lacking;
		if (lacking)
			ksft_test_result_skip("none: %s: %s\n",
					      things[i].description, lacking);
		else
			ksft_test_result(!states[i].happened, "none: %s\n",
					 things[i].description);
	}

	ksft_test_result(!read_text(LOCKDOWN_RESIDUE, text, sizeof(text)),
			 "none: residue is empty\n");
	unlocked = lock_mapping();
	hungry = starve();
	clock_gettime(CLOCK_MONOTONIC, &start);
	ksft_test_result(!write_text(LOCKDOWN_FILE, "integrity"),
			 "none: write integrity\n");
	clock_gettime(CLOCK_MONOTONIC, &end);
	if (unlocked) {
		ksft_test_result_skip("locked mapping: raise: %s\n", unlocked);
		ksft_test_result_skip("locked mapping: owner: %s\n", unlocked);
	} else {
		test_killed();
	}
	feed();
	read_text(LOCKDOWN_RESIDUE, text, sizeof(text));
	printf("# residue:\n%s", text);

	snprintf(line, sizeof(line),
		 "DEBUGFS\tmappings, while one is being changed");
	if (unlocked)
		ksft_test_result_skip("locked mapping: named: %s\n", unlocked);
	else
		ksft_test_result(has_line(text, line),
				 "locked mapping: named\n");

	if (hungry) {
		ksft_test_result_skip("starved holder: raise: %s\n", hungry);
		ksft_test_result_skip("starved holder: named: %s\n", hungry);
	} else {
		snprintf(line, sizeof(line),
			 "DEV_MEM\ta call by residue_test[%d], not ended",
			 starved.holder);
		ksft_test_result(end.tv_sec - start.tv_sec < RAISE_LIMIT_S,
				 "starved holder: the raise does not wait\n");
		ksft_test_result(has_line(text, line),
				 "starved holder: named\n");
	}

	for (i = 0; i < ARRAY_SIZE(things); i++) {
		snprintf(line, sizeof(line), things[i].line, things[i].device);
		if (states[i].skipped || states[i].happened)
			ksft_test_result_skip(
				"integrity: %s: %s\n", things[i].description,
				states[i].skipped ?: "failed at none");
		else
			ksft_test_result(
				has_line(text, line) == things[i].named,
				"integrity: %s: %s in residue\n",
				things[i].description,
				things[i].named ? "named" : "not named");
	}
	ksft_finished();
}
