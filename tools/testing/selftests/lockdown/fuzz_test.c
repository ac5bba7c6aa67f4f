// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown selftest: random calls of all that is gated
 *
 * Usage: fuzz_test [SECONDS [SEED]]
 *
 * Run it as root on a machine at integrity, which is there to be thrown away.
 * Opens, reads, writes, maps and controls files that lockdown denies something
 * of, and loads BPF programs, all at random, and raises the level in the midst.
 * Nothing that is denied may succeed, the level may not fall, and the kernel's
 * constants may not change. A run with the same seed makes the same calls, as
 * far as the machine is the same.
 */

#define _GNU_SOURCE
#include <linux/bpf.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "common.h"
#include "lib/file.h"
#include "lib/level.h"
#include "lib/symbol.h"

#define SECONDS 20
/* The number of calls of a child, and its time limit in seconds. */
#define CALLS 200
#define CHILD_S 20
/* After so many more it is stuck in the kernel. */
#define STUCK_S 40
#define BYTES 4096

/* No use of a kind may succeed from this level on. */
struct target {
	const char *pattern;
	int opens, writes, maps;
};

#define NEVER LEVEL_COUNT
#define I LEVEL_INTEGRITY
#define C LEVEL_CONFIDENTIALITY

static const struct target targets[] = {
	{ "/dev/mem", I, I, I },
	{ "/dev/port", I, I, I },
	{ "/dev/snapshot", I, I, I },
	{ "/dev/efi_test", I, I, I },
	{ "/dev/cpu/*/msr", NEVER, I, I },
	{ "/dev/nvme*", NEVER, NEVER, NEVER },
	{ "/dev/uio*", NEVER, NEVER, I },
	{ "/dev/vfio/*", NEVER, NEVER, NEVER },
	{ "/dev/dri/*", NEVER, NEVER, NEVER },
	{ "/dev/cxl/*", NEVER, NEVER, NEVER },
	{ "/dev/ttyS3", NEVER, NEVER, NEVER },
	{ "/proc/kcore", C, C, C },
	{ "/proc/vmcore", C, C, C },
	{ "/proc/mtrr", NEVER, I, I },
	{ "/proc/bus/pci/*/*", NEVER, I, I },
	{ "/sys/bus/pci/devices/*/config", NEVER, I, I },
	{ "/sys/bus/pci/devices/*/resource[0-9]*", NEVER, I, I },
	{ "/sys/bus/pci/drivers/*/new_id", NEVER, NEVER, NEVER },
	/* Leave out tracing, where tracefs is mounted. */
	{ "/sys/kernel/debug/[!t]*", NEVER, I, I },
	{ "/sys/kernel/debug/[!t]*/*", NEVER, I, I },
	{ "/sys/kernel/tracing/*", C, C, C },
	{ "/sys/kernel/tracing/*/*", C, C, C },
	{ "/sys/kernel/config/acpi/table/*/aml", NEVER, NEVER, NEVER },
	{ "/sys/module/8250/parameters/*", NEVER, NEVER, NEVER },
	{ "/sys/module/*vfio*/parameters/*", NEVER, NEVER, NEVER },
	{ "/sys/power/disk", NEVER, I, I },
	{ LOCKDOWN_FILE, NEVER, NEVER, NEVER },
};

struct stats {
	atomic_ulong calls, denied, worked, broken;
	/* The first call that worked and must not. */
	char what[256];
};

/* Shared with the children. */
static struct stats *stats;

static unsigned int stuck;

static uint64_t state;
/*
 * The level when the child began. Only the parent raises it, between children.
 */
static int level;

static uint32_t number(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state >> 16;
}

static uint32_t below(uint32_t limit)
{
	return number() % limit;
}

static void count(const struct target *target, const char *path, bool worked,
		  int denied_from, const char *call)
{
	stats->calls++;
	stats->denied += !worked && errno == EPERM;
	stats->worked += worked;
	if (worked && target && level >= denied_from && !stats->broken++)
		snprintf(stats->what, sizeof(stats->what), "%s of %s at %s",
			 call, path, level_name(level));
}

static size_t fill(char *buf)
{
	static const char *const words[] = {
		"0",	       "1",	 "-1",	      "none\n",
		"integrity\n", "disk",	 "platform",  "0x3f8",
		"8086 100e",   "base=0", "disable=0", "enable",
		"4294967296"
	};
	size_t len, i;

	if (below(2)) {
		const char *word = words[below(ARRAY_SIZE(words))];

		len = strlen(word);
		memcpy(buf, word, len);
		return len;
	}
	len = below(below(8) ? 64 : BYTES);
	for (i = 0; i < len; i++)
		buf[i] = number();
	return len;
}

/* A small number, one that drivers use, or any number. */
static unsigned long command(void)
{
	static const char types[] = "bNPduVT;Fpl";

	switch (below(3)) {
	case 0:
		return below(64);
	case 1:
		return _IOC(below(4), types[below(sizeof(types) - 1)],
			    below(128), below(128));
	default:
		return number();
	}
}

static off_t position(void)
{
	switch (below(4)) {
	case 0:
		return 0;
	case 1:
		return below(BYTES);
	case 2:
		return (off_t)below(1 << 20) * PAGE_BYTES;
	default:
		return ((off_t)number() << 32 | number()) & ~(1UL << 63);
	}
}

static void use(const struct target *target, const char *path, int fd)
{
	char buf[BYTES];
	size_t len = fill(buf);
	ssize_t ret;
	void *at;

	switch (below(6)) {
	case 0:
		ret = pread(fd, buf, 1 + below(BYTES), position());
		count(target, path, ret > 0, target->opens, "read");
		break;
	case 1:
		ret = pwrite(fd, buf, len, position());
		count(target, path, ret > 0, target->writes, "write");
		break;
	case 2:
		ret = write(fd, buf, len);
		count(target, path, ret > 0, target->writes, "write");
		break;
	case 3:
		ret = writev(fd,
			     (struct iovec[]){ { buf, len / 2 },
					       { buf + len / 2, len / 2 } },
			     2);
		count(target, path, ret > 0, target->writes, "writev");
		break;
	case 4:
		at = mmap(NULL, PAGE_BYTES, 1 + below(3),
			  below(2) ? MAP_SHARED : MAP_PRIVATE, fd,
			  position() & ~(PAGE_BYTES - 1L));
		count(target, path, at != MAP_FAILED, target->maps, "mmap");
		if (at != MAP_FAILED)
			munmap(at, PAGE_BYTES);
		break;
	default:
		ret = ioctl(fd, command(), below(4) ? buf : NULL);
		count(target, path, ret >= 0, NEVER, "ioctl");
	}
}

static bool is_directory(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISDIR(st.st_mode);
}

static void use_file(void)
{
	static const int flags[] = { O_RDONLY, O_WRONLY, O_RDWR };
	const struct target *target = &targets[below(ARRAY_SIZE(targets))];
	unsigned int times;
	const char *path;
	glob_t found;
	int fd;

	if (glob(target->pattern, 0, NULL, &found))
		return;
	path = found.gl_pathv[below(found.gl_pathc)];
	fd = open(path, flags[below(3)] | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0 && is_directory(fd)) {
		close(fd);
		globfree(&found);
		return;
	}
	count(target, path, fd >= 0, target->opens, "open");
	if (fd >= 0) {
		for (times = below(8); times; times--)
			use(target, path, fd);
		close(fd);
	}
	globfree(&found);
}

/* Load random instructions, which sometimes form a program. */
static void load_program(void)
{
	static const __u8 codes[] = { 0xb7, 0xbf, 0x85, 0x07, 0x0f, 0x79, 0x61,
				      0x7b, 0x18, 0x15, 0x05, 0x95, 0x71 };
	static const char license[] = "GPL";
	struct bpf_insn insns[16];
	const unsigned int nr = 2 + below(ARRAY_SIZE(insns) - 2);
	union bpf_attr attr = {
		.prog_type = below(34),
		.insns = (uintptr_t)insns,
		.insn_cnt = nr,
		.license = (uintptr_t)license,
	};
	unsigned int i;
	int fd;

	for (i = 0; i < nr; i++)
		insns[i] = (struct bpf_insn){
			.code = codes[below(ARRAY_SIZE(codes))],
			.dst_reg = below(11),
			.src_reg = below(11),
			.off = below(4) ? 0 : below(64),
			.imm = below(212),
		};
	insns[nr - 2] = (struct bpf_insn){ .code = 0xb7, .imm = below(2) };
	insns[nr - 1] = (struct bpf_insn){ .code = 0x95 };
	fd = syscall(__NR_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	count(NULL, NULL, fd >= 0, NEVER, "bpf");
	if (fd >= 0)
		close(fd);
}

static void run_child(uint64_t seed)
{
	int i;

	state = seed * 0x9e3779b97f4a7c15ULL + 1;
	level = lockdown_level();
	alarm(CHILD_S);
	for (i = 0; i < CALLS; i++) {
		if (below(10))
			use_file();
		else
			load_program();
	}
	_exit(0);
}

/* Others may change the time of day. */
static time_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

/* Returns true if a child ends. One that does not is killed, and left alone. */
static bool wait_for_child(pid_t pid, int *status)
{
	static char path[64], text[2048];
	const time_t end = now() + CHILD_S + STUCK_S;
	pid_t got;

	while (!(got = waitpid(pid, status, WNOHANG)) && now() < end)
		usleep(5000);
	if (got)
		return got == pid;

	snprintf(path, sizeof(path), "/proc/%d/stack", pid);
	kill(pid, SIGKILL);
	printf("# child %d is stuck\n", pid);
	if (read_text(path, text, sizeof(text)) > 0)
		printf("%s", text);
	stuck++;
	return false;
}

/* Run children one by one until the time is over; return the next seed. */
static uint64_t run(uint64_t seed, int seconds)
{
	const time_t end = now() + seconds;
	unsigned long killed = 0;
	int status;
	pid_t pid;

	while (now() < end) {
		fflush(stdout);
		pid = fork();
		if (!pid)
			run_child(seed);
		if (pid < 0)
			break;
		if (!wait_for_child(pid, &status)) {
			printf("# seed %llu\n", (unsigned long long)seed++);
			continue;
		}
		killed += WIFSIGNALED(status);
		if (stats->broken) {
			printf("# seed %llu\n", (unsigned long long)seed);
			break;
		}
		seed++;
	}
	printf("# %lu calls, %lu worked, %lu denied, %lu children killed\n",
	       stats->calls, stats->worked, stats->denied, killed);
	return seed;
}

/* The headers of /proc/kcore, which is an ELF file of 64 bits. */
#define ELF_AREAS_AT 32
#define ELF_AREAS_NR 56
#define ELF_LOAD 1

struct elf_area {
	__u32 type, flags;
	__u64 offset, vaddr, paddr, filesz, memsz, align;
};

/* Return a checksum of the kernel's constants; 0 if they cannot be read. */
static uint64_t sum_constants(void)
{
	const unsigned long start = find_symbol("__start_rodata");
	const unsigned long end = find_symbol("__end_rodata");
	const int fd = open("/proc/kcore", O_RDONLY | O_CLOEXEC);
	uint64_t words[512], sum = 0;
	unsigned long at;
	struct elf_area area;
	__u64 areas = 0;
	__u16 nr = 0;
	size_t j;
	int i;

	if (fd < 0 || !start ||
	    pread(fd, &areas, sizeof(areas), ELF_AREAS_AT) < 0 ||
	    pread(fd, &nr, sizeof(nr), ELF_AREAS_NR) < 0)
		return 0;
	for (i = 0; i < nr; i++) {
		if (pread(fd, &area, sizeof(area), areas + i * sizeof(area)) <
		    0)
			break;
		if (area.type != ELF_LOAD || start < area.vaddr ||
		    end > area.vaddr + area.memsz)
			continue;
		for (at = start; at < end; at += sizeof(words)) {
			if (pread(fd, words, sizeof(words),
				  area.offset + at - area.vaddr) < 0)
				break;
			for (j = 0; j < ARRAY_SIZE(words); j++)
				sum = (sum << 1 | sum >> 63) ^ words[j];
		}
		break;
	}
	close(fd);
	return sum;
}

int main(int argc, char *argv[])
{
	const int seconds = argc > 1 ? atoi(argv[1]) : SECONDS;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
	uint64_t before;

	ksft_print_header();
	if (geteuid() || lockdown_level() != LEVEL_INTEGRITY)
		ksft_exit_skip("not root, or not at integrity\n");
	ksft_set_plan(7);
	stats = mmap(NULL, sizeof(*stats), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	before = sum_constants();

	seed = run(seed, seconds / 2);
	ksft_test_result(lockdown_level() == LEVEL_INTEGRITY,
			 "the level is integrity\n");
	if (before)
		ksft_test_result(sum_constants() == before,
				 "the kernel's constants are the same\n");
	else
		ksft_test_result_skip("constants: no /proc/kcore\n");
	ksft_test_result(!write_text(LOCKDOWN_FILE, "confidentiality"),
			 "raise in the midst\n");
	run(seed, seconds - seconds / 2);
	ksft_test_result(lockdown_level() == LEVEL_CONFIDENTIALITY,
			 "the level is confidentiality\n");
	if (stats->broken)
		printf("# %s\n", stats->what);
	ksft_test_result(!stats->broken, "nothing that is denied worked\n");
	ksft_test_result(!stuck, "every call comes to an end\n");
	ksft_test_result(stats->denied > 100 && stats->worked > 100,
			 "some calls worked, and some were denied\n");
	ksft_finished();
}
