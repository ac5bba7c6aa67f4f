// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measures lockdown, in ticks of the TSC: where each instruction takes one,
 * as under QEMU's -icount shift=0, in instructions. Prints a line for each row:
 * metric, unit and value, with tabs between them.
 *
 * Locks the machine until its next boot. Runs on kernels without this series,
 * too, to be compared with.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/io.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "common.h"
#include "lib/audit.h"
#include "lib/file.h"
#include "lib/level.h"
#include "lib/module.h"
#include "lib/port.h"

#define BENCH_MODULE "lockdown_bench"
#define PARAMETERS "/sys/module/" BENCH_MODULE "/parameters/"

#define KMSG "/dev/kmsg"
#define TMP_FILE "/tmp/lockdown_bench"
#define FIFO "/tmp/lockdown_bench.fifo"
#define DEBUGFS_FILE "/sys/kernel/debug/kprobes/list"
/* A file that is writable, so that integrity denies it. */
#define DEBUGFS_SWITCH "/sys/kernel/debug/kprobes/enabled"
#define TRACEFS_FILE "/sys/kernel/tracing/trace_clock"
#define TRACE_MARKER "/sys/kernel/tracing/trace_marker"
/* A file of an instance with an empty buffer. */
#define TRACE_INSTANCE "/sys/kernel/tracing/instances/bench"
#define TRACE_PIPE TRACE_INSTANCE "/trace_pipe"

/* A byte of I/O memory and a port that every PC has, and no driver uses. */
#define VGA_MEMORY 0xa0000
#define POST_PORT 0x80

#define TMP_BYTES (64 * 1024)
#define STACK_BYTES 16384
#define LOOP_TURNS 1000000

#define STORM_SECONDS 15
#define STORM_DENIALS 100000

#define TIMES_MAX 2000

static char byte;
static char *page, *file_page;
static int to_child[2], from_child[2];
static int udp[2];

static __u64 ticks(void)
{
	__u32 low, high;

	asm volatile("rdtsc" : "=a"(low), "=d"(high));
	return (__u64)high << 32 | low;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

static void die(const char *what)
{
	fprintf(stderr, "error: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void row(const char *group, const char *name, const char *unit,
		__u64 value)
{
	printf("%s: %s\t%s\t%llu\n", group, name, unit, value);
	fflush(stdout);
}

/* System calls. Each function returns a negative number if the call failed. */

static long use_nothing(int fd)
{
	return 0;
}

static long use_getpid(int fd)
{
	return syscall(__NR_getpid);
}

static long use_read(int fd)
{
	return read(fd, &byte, 1);
}

static long use_write(int fd)
{
	return write(fd, &byte, 1);
}

static long use_pread(int fd)
{
	return pread(fd, &byte, 1, 0);
}

static long use_ioctl(int fd)
{
	return ioctl(fd, FIOCLEX);
}

static long use_open(int fd)
{
	return close(open(TMP_FILE, O_RDWR));
}

static long map(int flags, int fd)
{
	void *at = mmap(NULL, PAGE_BYTES, PROT_READ, flags, fd, 0);

	return at == MAP_FAILED ? -1 : munmap(at, PAGE_BYTES);
}

static long use_mmap(int fd)
{
	return map(MAP_SHARED, fd);
}

static long use_mmap_memory(int fd)
{
	return map(MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

static long use_fork(int fd)
{
	pid_t child = fork();

	if (!child)
		_exit(0);
	return waitpid(child, NULL, 0);
}

/* A missing page, which a fault of a program or of a copy provides. */

static long touch(char *at)
{
	if (madvise(at, PAGE_BYTES, MADV_DONTNEED))
		return -1;
	__atomic_store_n(at, 1, __ATOMIC_RELAXED);
	return 0;
}

static long use_page(int fd)
{
	return touch(page);
}

static long use_file_page(int fd)
{
	return touch(file_page);
}

static long use_read_to_page(int fd)
{
	if (madvise(page, PAGE_BYTES, MADV_DONTNEED))
		return -1;
	return read(fd, page, 1);
}

/* Read an empty trace_pipe. */
static long use_empty_read(int fd)
{
	return read(fd, &byte, 1) < 0 && errno != EAGAIN ? -1 : 0;
}

static long use_pipe(int fd)
{
	if (write(to_child[1], &byte, 1) != 1)
		return -1;
	return read(from_child[0], &byte, 1);
}

static long use_udp(int fd)
{
	if (send(udp[0], &byte, 1, 0) != 1 || recv(udp[1], &byte, 1, 0) != 1 ||
	    send(udp[1], &byte, 1, 0) != 1)
		return -1;
	return recv(udp[0], &byte, 1, 0);
}

static const struct use {
	const char *name;
	const char *path;
	int flags;
	long (*once)(int fd);
	int times;
} uses[] = {
	{ "getpid", NULL, 0, use_getpid, 2000 },
	{ "read /dev/zero", "/dev/zero", O_RDONLY, use_read, 2000 },
	{ "write /dev/zero", "/dev/zero", O_WRONLY, use_write, 2000 },
	{ "read /dev/null", "/dev/null", O_RDONLY, use_read, 2000 },
	{ "write /dev/null", "/dev/null", O_WRONLY, use_write, 2000 },
	{ "read a file in tmpfs", TMP_FILE, O_RDONLY, use_read, 2000 },
	{ "write a file in tmpfs", TMP_FILE, O_WRONLY, use_write, 2000 },
	{ "open and close", NULL, 0, use_open, 2000 },
	{ "mmap and munmap, memory", NULL, 0, use_mmap_memory, 2000 },
	{ "mmap and munmap, file", TMP_FILE, O_RDONLY, use_mmap, 2000 },
	{ "ioctl", "/dev/null", O_RDONLY, use_ioctl, 2000 },
	{ "page fault, memory", NULL, 0, use_page, 2000 },
	{ "page fault, file", NULL, 0, use_file_page, 2000 },
	{ "page fault, copy of a read", "/dev/zero", O_RDONLY, use_read_to_page,
	  2000 },
	{ "fork and exit", NULL, 0, use_fork, 2000 },
	{ "pipe round trip", NULL, 0, use_pipe, 2000 },
	{ "UDP round trip", NULL, 0, use_udp, 2000 },
	{ "read debugfs", DEBUGFS_FILE, O_RDONLY, use_pread, 2000 },
	{ "read debugfs, a switch", DEBUGFS_SWITCH, O_RDONLY, use_pread, 2000 },
	{ "read tracefs", TRACEFS_FILE, O_RDONLY, use_pread, 2000 },
	{ "write trace_marker", TRACE_MARKER, O_WRONLY, use_write, 2000 },
	{ "read trace_pipe, empty", TRACE_PIPE, O_RDONLY | O_NONBLOCK,
	  use_empty_read, 2000 },
	{ "read /proc/kcore", "/proc/kcore", O_RDONLY, use_pread, 500 },
	{ "read PCI config", "/sys/bus/pci/devices/" HOST_BRIDGE "/config",
	  O_RDONLY, use_pread, 2000 },
};

static void make_tmp_file(void)
{
	static const char zeroes[TMP_BYTES];
	int fd = open(TMP_FILE, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, zeroes, TMP_BYTES) != TMP_BYTES || close(fd))
		die(TMP_FILE);
}

static char *map_page(int flags, int fd)
{
	void *at = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, flags, fd, 0);

	if (at == MAP_FAILED)
		die("mmap");
	return at;
}

static void map_pages(void)
{
	page = map_page(MAP_PRIVATE | MAP_ANONYMOUS, -1);
	file_page = map_page(MAP_SHARED, open(TMP_FILE, O_RDWR | O_CLOEXEC));
}

/* Count the faults of one fork(), in the parent and in the child. */
static void count_faults(void)
{
	struct rusage before[2], after[2];

	getrusage(RUSAGE_SELF, &before[0]);
	getrusage(RUSAGE_CHILDREN, &before[1]);
	if (use_fork(-1) < 0)
		die("fork");
	getrusage(RUSAGE_SELF, &after[0]);
	getrusage(RUSAGE_CHILDREN, &after[1]);
	row("none", "page faults in fork and exit", "faults",
	    after[0].ru_minflt - before[0].ru_minflt + after[1].ru_minflt -
		    before[1].ru_minflt);
}

/* Sleep in an open, with its path. */
static void hold_path(void)
{
	if (fork())
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	_exit(open(FIFO, O_RDONLY) < 0);
}

/*
 * Hold one path and one file more. While all objects of a cache are in use,
 * each open takes and gives back a whole slab, at a cost of hundreds of
 * instructions.
 */
static void hold_more(void)
{
	hold_path();
	if (open(TMP_FILE, O_RDONLY) < 0)
		die(TMP_FILE);
	/* The child gets its turn. */
	usleep(1000);
}

/* Send each message back, until the other end is closed. */
static void start_child(void)
{
	if (pipe(to_child) || pipe(from_child))
		die("pipe");
	if (fork())
		return;
	close(to_child[1]);
	while (read(to_child[0], &byte, 1) == 1 &&
	       write(from_child[1], &byte, 1) == 1)
		;
	_exit(0);
}

static void connect_sockets(void)
{
	struct sockaddr_in to[2] = {};
	socklen_t len;
	int i;

	for (i = 0; i < 2; i++) {
		to[i].sin_family = AF_INET;
		to[i].sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		len = sizeof(to[i]);
		udp[i] = socket(AF_INET, SOCK_DGRAM, 0);
		if (udp[i] < 0 || bind(udp[i], (void *)&to[i], len) ||
		    getsockname(udp[i], (void *)&to[i], &len))
			die("socket");
	}
	for (i = 0; i < 2; i++) {
		if (connect(udp[i], (void *)&to[!i], sizeof(to[i])))
			die("connect");
	}
}

static int compare(const void *a, const void *b)
{
	const __u64 x = *(const __u64 *)a, y = *(const __u64 *)b;

	return x < y ? -1 : x > y;
}

/*
 * Return the fewest ticks, of a run without interrupts; UINT64_MAX if it fails.
 * The pages and slab objects cached for a fork vary; ignore the luckiest
 * percent.
 */
static __u64 fewest_ticks(const struct use *use, int fd)
{
	const int lucky = use->once == use_fork ? use->times / 100 : 0;
	static __u64 took[TIMES_MAX];
	__u64 start;
	int i;

	for (i = 0; i < use->times; i++) {
		if (use->once == use_open && i % 200 == 0)
			hold_more();
		start = ticks();
		if (use->once(fd) < 0)
			return UINT64_MAX;
		took[i] = ticks() - start;
	}
	qsort(took, use->times, sizeof(*took), compare);
	return took[lucky];
}

/* A call that is denied makes no row. */
static void measure_use(const char *group, const struct use *use, __u64 nothing)
{
	int fd = use->path ? open(use->path, use->flags) : -1;
	__u64 took;

	if (use->path && fd < 0)
		return;
	took = fewest_ticks(use, fd);
	if (took != UINT64_MAX)
		row(group, use->name, "instructions", took - nothing);
	close(fd);
}

/* The child takes the paths and files that it held with it. */
static void measure_in_child(const char *group, const struct use *use,
			     __u64 nothing)
{
	int status;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child) {
		measure_use(group, use, nothing);
		exit(0);
	}
	if (waitpid(child, &status, 0) != child || status)
		die("fork");
}

static void measure_uses(int level)
{
	static const struct use nothing = { .once = use_nothing,
					    .times = 1000 };
	__u64 took = fewest_ticks(&nothing, -1);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(uses); i++) {
		if (uses[i].once == use_open)
			measure_in_child(level_name(level), &uses[i], took);
		else
			measure_use(level_name(level), &uses[i], took);
	}
}

static void raise_to(int level)
{
	if (write_text(LOCKDOWN_FILE, level_name(level)))
		die(LOCKDOWN_FILE);
}

/* Load the module before anything is locked: it need not be signed then. */
static void load_bench_module(void)
{
	int fd = open_module(BENCH_MODULE ".ko");

	if (fd < 0 || syscall(__NR_finit_module, fd, "", 0))
		die(BENCH_MODULE ".ko");
	close(fd);
}

static void measure_check(const char *name, const char *parameter)
{
	row("check", name, "instructions", read_number(parameter));
}

static void measure_calls(void)
{
	make_tmp_file();
	mkdir(TRACE_INSTANCE, 0700);
	map_pages();
	if (mkfifo(FIFO, 0600) && errno != EEXIST)
		die(FIFO);
	start_child();
	connect_sockets();
	load_bench_module();

	measure_check("unlocked", PARAMETERS "integrity");
	measure_uses(LEVEL_NONE);
	count_faults();
	raise_to(LEVEL_INTEGRITY);
	measure_check("locked, allowed", PARAMETERS "confidentiality");
	measure_check("locked, denied", PARAMETERS "integrity");
	measure_uses(LEVEL_INTEGRITY);
	raise_to(LEVEL_CONFIDENTIALITY);
	measure_uses(LEVEL_CONFIDENTIALITY);
}

/* A loop of known length: two instructions in each turn. */
static long use_loop(int fd)
{
	unsigned long turns = LOOP_TURNS;

	asm volatile("1: dec %0\n\tjnz 1b" : "+r"(turns));
	return 0;
}

static void measure_loop(void)
{
	static const struct use loop = { .once = use_loop, .times = 5 };

	row("tsc", "a loop of 2000000 instructions", "ticks",
	    fewest_ticks(&loop, -1));
}

/* A raise, with many things to take back. */

static atomic_int holders;

static void hold_io_bitmap(void)
{
	if (ioperm(POST_PORT, 1, 1))
		die("ioperm");
}

static void *hold_and_wait(void *unused)
{
	hold_io_bitmap();
	atomic_fetch_add(&holders, 1);
	for (;;)
		pause();
	return NULL;
}

static void obtain_threads(int count)
{
	pthread_attr_t attr;
	pthread_t thread;
	char *stacks;
	int i;

	if (write_text("/proc/sys/kernel/threads-max", "65536") ||
	    write_text("/proc/sys/kernel/pid_max", "65536"))
		die("threads-max");
	stacks = mmap(NULL, (size_t)count * STACK_BYTES, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (stacks == MAP_FAILED)
		die("stacks");
	pthread_attr_init(&attr);
	for (i = 0; i < count; i++) {
		errno = pthread_attr_setstack(
			&attr, stacks + (size_t)i * STACK_BYTES, STACK_BYTES);
		if (!errno)
			errno = pthread_create(&thread, &attr, hold_and_wait,
					       NULL);
		if (errno)
			die("pthread_create");
	}
	while (atomic_load(&holders) < count)
		sched_yield();
}

static void obtain_files(int count)
{
	const struct rlimit limit = { count + 64, count + 64 };

	if (setrlimit(RLIMIT_NOFILE, &limit))
		die("RLIMIT_NOFILE");
	while (count--) {
		if (open(DEBUGFS_SWITCH, O_RDONLY) < 0)
			die(DEBUGFS_SWITCH);
	}
}

static void obtain_mappings(int count)
{
	int fd = open("/dev/mem", O_RDONLY);

	while (count--) {
		if (mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, fd,
			 VGA_MEMORY) == MAP_FAILED)
			die("/dev/mem");
	}
}

static void measure_raise(const char *what, const char *number)
{
	const int count = atoi(number);
	char name[64];
	__u64 start;

	if (!strcmp(what, "threads"))
		obtain_threads(count);
	else if (!strcmp(what, "files"))
		obtain_files(count);
	else if (!strcmp(what, "mappings"))
		obtain_mappings(count);
	/* Let deferred work end. */
	sleep(1);

	start = ticks();
	raise_to(LEVEL_INTEGRITY);
	snprintf(name, sizeof(name), "%d %s", count, what);
	row("raise", name, "ticks", ticks() - start);
}

/* A storm of denials. */

static atomic_ulong denials;
static atomic_bool storm_over;

static void be_denied(void)
{
	if (!ioperm(POST_PORT, 1, 1)) {
		errno = 0;
		die("ioperm is not denied");
	}
}

static void *storm(void *unused)
{
	while (!atomic_load(&storm_over)) {
		be_denied();
		atomic_fetch_add(&denials, 1);
	}
	return NULL;
}

/* Mark the log for readers of the console. */
static void mark_log(const char *text)
{
	if (write_text(KMSG, text))
		die(KMSG);
}

/* A record that the test waits for: words in the record, and its time. */
struct awaited {
	const char *where;
	const char *words[2];
	double came;
};

static void look_for(struct awaited *awaited, const char *record, double start)
{
	if (!awaited->came && strstr(record, awaited->words[0]) &&
	    strstr(record, awaited->words[1]))
		awaited->came = seconds() - start;
}

/* Read new records; EPIPE: records were overwritten. */
static void read_log(int kmsg, struct awaited *awaited, double start)
{
	char record[8192];
	ssize_t len;

	while ((len = read(kmsg, record, sizeof(record) - 1)) > 0 ||
	       errno == EPIPE) {
		record[len > 0 ? len : 0] = '\0';
		look_for(awaited, record, start);
		errno = 0;
	}
}

static void read_audit(int audit, struct awaited *awaited, double start)
{
	char record[AUDIT_MESSAGE_TEXT_MAX];

	while (read_audit_record(audit, record, sizeof(record)))
		look_for(awaited, record, start);
}

/*
 * Repeat denials until the log and audit report one: a single denial may never
 * get there.
 */
static void await_another(struct awaited *log, struct awaited *record,
			  double until)
{
	const double start = seconds();
	int kmsg = open(KMSG, O_RDONLY | O_NONBLOCK);
	int audit = open_audit_records();

	if (kmsg < 0 || lseek(kmsg, 0, SEEK_END) < 0)
		die(KMSG);
	if (audit < 0)
		die("audit");
	while (seconds() < until) {
		if (open("/dev/mem", O_RDONLY) >= 0)
			die("/dev/mem is not denied");
		read_log(kmsg, log, start);
		read_audit(audit, record, start);
		usleep(1000);
	}
	close(kmsg);
	close(audit);
}

static void show_awaited(const struct awaited *awaited, int cpus)
{
	char name[64];

	snprintf(name, sizeof(name), "another denial in %s, %d CPU",
		 awaited->where, cpus);
	if (awaited->came)
		row("storm", name, "ms", awaited->came * 1e3);
	else
		printf("storm: %s\tms\t>%d\n", name,
		       (STORM_SECONDS - 1) * 1000);
}

static void measure_storm(const char *number)
{
	struct awaited awaited[] = {
		{ "the log", { "Lockdown: ", "/dev/mem,kmem,port" }, 0 },
		{ "audit", { "lsm=lockdown ", "op=DEV_MEM " }, 0 },
	};
	const int cpus = atoi(number);
	pthread_t threads[cpus];
	double start, end;
	char name[64];
	int i;

	raise_to(LEVEL_INTEGRITY);
	mark_log("bench: the storm begins\n");
	start = seconds();
	for (i = 0; i < cpus; i++) {
		errno = pthread_create(&threads[i], NULL, storm, NULL);
		if (errno)
			die("pthread_create");
	}
	sleep(1);
	await_another(&awaited[0], &awaited[1], start + STORM_SECONDS);
	atomic_store(&storm_over, true);
	for (i = 0; i < cpus; i++)
		pthread_join(threads[i], NULL);
	end = seconds();
	mark_log("bench: the storm is over\n");

	snprintf(name, sizeof(name), "denials, %d CPU", cpus);
	row("storm", name, "per s", atomic_load(&denials) / (end - start));
	for (i = 0; i < (int)ARRAY_SIZE(awaited); i++)
		show_awaited(&awaited[i], cpus);
}

/* The mean of a denial, including the few that are logged. */
static void measure_denials(void)
{
	__u64 start;
	int i;

	raise_to(LEVEL_INTEGRITY);
	start = ticks();
	for (i = 0; i < STORM_DENIALS; i++)
		be_denied();
	row("storm", "a denied ioperm", "instructions",
	    (ticks() - start) / STORM_DENIALS);
}

/*
 * Boot. The time of a record in the log is that of a clock which started with
 * the kernel's use of the TSC, and counts its ticks: writing one tells how many
 * there were before.
 */

/* Time of the last record with @text in us, or 0. */
static __u64 time_of_record(const char *text)
{
	int kmsg = open(KMSG, O_RDONLY | O_NONBLOCK);
	char record[8192];
	__u64 time = 0;
	ssize_t len;

	while ((len = read(kmsg, record, sizeof(record) - 1)) > 0) {
		record[len] = '\0';
		/* Level, number, time, separated by commas. */
		if (strstr(record, text))
			sscanf(record, "%*u,%*u,%llu", &time);
	}
	close(kmsg);
	return time;
}

static void measure_boot(void)
{
	const int level = lockdown_level();
	__u64 now, init, before;
	char name[64];

	mark_log("bench: a record\n");
	now = ticks();
	before = now - time_of_record("bench: a record") * 1000;
	init = time_of_record("Run /init as init process") * 1000;
	if (!init)
		die("no record of init");
	snprintf(name, sizeof(name), "reset to init, %s", level_name(level));
	row("boot", name, "ticks", before + init);
	snprintf(name, sizeof(name), "kernel's clock to init, %s",
		 level_name(level));
	row("boot", name, "ticks", init);
}

int main(int argc, char **argv)
{
	const char *env = getenv("LOCKDOWN_TEST_RAISE");

	if (!env || strcmp(env, "1")) {
		fprintf(stderr, "locks the machine (LOCKDOWN_TEST_RAISE=1)\n");
		return KSFT_SKIP;
	}
	measure_loop();
	if (argc == 2 && !strcmp(argv[1], "calls"))
		measure_calls();
	else if (argc == 4 && !strcmp(argv[1], "raise"))
		measure_raise(argv[2], argv[3]);
	else if (argc == 3 && !strcmp(argv[1], "storm"))
		measure_storm(argv[2]);
	else if (argc == 2 && !strcmp(argv[1], "denials"))
		measure_denials();
	else if (argc == 2 && !strcmp(argv[1], "boot"))
		measure_boot();
	else
		return KSFT_FAIL;
	return 0;
}
