// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown selftest: what a raise would revoke is told before.
 *
 * Each thing is in lockdown_info/takes while it is there, with its owner, and
 * neither before nor after. Then all are there at once, and the raises revoke
 * as many of each kind as the file has told.
 *
 * The machine stays locked until it reboots, so it runs only when
 * $LOCKDOWN_TEST_RAISE is 1, and once a boot.
 */

#define _GNU_SOURCE
#include <linux/perf_event.h>
#include <sys/prctl.h>

#include "../kselftest.h"
#include "common.h"
#include "lib/bpf.h"
#include "lib/bpf_insn.h"
#include "lib/file.h"
#include "lib/kexec.h"
#include "lib/level.h"
#include "lib/log.h"
#include "lib/port.h"
#include "lib/tracefs.h"

#define LOCKDOWN_TAKES "/sys/kernel/security/lockdown_info/takes"
#define KPROBE_TYPE "/sys/bus/event_source/devices/kprobe/type"
#define INSTANCE TRACEFS "instances/takes"

/* The BIOS, which can be mapped for sure. */
#define AREA 0xf0000

/* More mappings than the file shows lines of one kind, and that limit. */
#define MANY 100
#define SHOWN 64
#define NO_TASK "level=integrity kind=mapping pid=- comm=- "

/* A name that would forge a line, and how it is shown. */
#define HOSTILE "x\"\nlevel=none\\"
#define ESCAPED "x\\\"\\nlevel=none\\\\"

struct thing {
	const char *what;
	/* An element of the line, and its end. */
	const char *level, *kind, *object;
	/* The line names this process. */
	bool owned;
	/* In the last line of a raise, if it says how many it revoked. */
	const char *name;
	int (*obtain)(void);
	void (*release)(void);
};

/* Says what is lacking, where something cannot be had. */
static const char *lacking;
static char text[1 << 20];

static int lack(const char *what)
{
	lacking = what;
	return 0;
}

static int mem = -1;
static void *mapping;

static int open_mem(void)
{
	mem = open("/dev/mem", O_RDONLY | O_CLOEXEC);
	return mem < 0 ? -errno : 0;
}

static void close_mem(void)
{
	close(mem);
}

static int map_mem(void)
{
	const int fd = open("/dev/mem", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	mapping = mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, fd, AREA);
	close(fd);
	return mapping == MAP_FAILED ? -errno : 0;
}

static void unmap_mem(void)
{
	munmap(mapping, PAGE_BYTES);
}

static int debugfs = -1;

static int open_debugfs(void)
{
	debugfs = open("/sys/kernel/debug/fault_around_bytes",
		       O_WRONLY | O_CLOEXEC);
	return debugfs < 0 ? -errno : 0;
}

static void close_debugfs(void)
{
	close(debugfs);
}

static int marker = -1;

static int open_marker(void)
{
	marker = open(TRACEFS "trace_marker", O_WRONLY | O_CLOEXEC);
	return marker < 0 ? -errno : 0;
}

static void close_marker(void)
{
	close(marker);
}

static int get_port(void)
{
	return ioperm(0x80, 1, 1) ? -errno : 0;
}

static void drop_port(void)
{
	ioperm(0x80, 1, 0);
}

static int probe = -1;

static int open_probe(void)
{
	static const char function[] = "vfs_fsync";
	struct perf_event_attr attr = {
		.type = read_number(KPROBE_TYPE),
		.size = sizeof(attr),
		.config1 = (uintptr_t)function,
	};

	if (read_number(KPROBE_TYPE) < 0)
		return lack("perf events of kprobes");
	probe = syscall(__NR_perf_event_open, &attr, 0, -1, -1,
			PERF_FLAG_FD_CLOEXEC);
	return probe < 0 ? -errno : 0;
}

static void close_probe(void)
{
	close(probe);
}

static int load_image(void)
{
	static const __u8 code[PAGE_BYTES];
	const struct segment segment = { code, PAGE_BYTES, KEXEC_TARGET,
					 PAGE_BYTES };

	if (!have_kexec_load())
		return lack("kexec_load (CONFIG_KEXEC)");
	return kexec_load(KEXEC_TARGET, &segment, 1, 0);
}

static void unload_image(void)
{
	kexec_load(0, NULL, 0, 0);
}

static int program = -1;

/* Loads a word of a struct file, which the verifier lets it do. */
static int load_program(void)
{
	const struct bpf_insn insns[] = {
		LOAD(1, 1, 0),
		LOAD(1, 1, kernel_member("file", "private_data")),
		MOV(0, 0),
		EXIT,
	};
	const struct bpf_program reader = {
		.type = BPF_PROG_TYPE_TRACING,
		.attach_type = BPF_TRACE_FENTRY,
		.target = "vfs_fsync",
		.kind = BTF_KIND_FUNC,
		.name = "takes",
		.insns = insns,
		.nr_insns = ARRAY_SIZE(insns),
	};

	program = load_bpf(&reader);
	return program < 0 ? program : 0;
}

static void close_program(void)
{
	close(program);
}

static int fill_buffer(void)
{
	if (mkdir(INSTANCE, 0700))
		return -errno;
	return write_text(INSTANCE "/trace_marker", "takes\n");
}

static void drop_buffer(void)
{
	rmdir(INSTANCE);
}

static int pipe_fd = -1;
static void *pipe_map;

static int map_buffer(void)
{
	pipe_fd = open(TRACEFS "per_cpu/cpu0/trace_pipe_raw",
		       O_RDONLY | O_CLOEXEC);
	if (pipe_fd < 0)
		return -errno;
	pipe_map = mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, pipe_fd, 0);
	return pipe_map == MAP_FAILED ? -errno : 0;
}

static void unmap_buffer(void)
{
	munmap(pipe_map, PAGE_BYTES);
	close(pipe_fd);
}

static const struct thing things[] = {
	{ "a mapping of /dev/mem", "integrity", "mapping", "mapping of /mem",
	  true, "mappings of physical memory", map_mem, unmap_mem },
	{ "an open /dev/mem", "integrity", "file", "open file /mem", true, NULL,
	  open_mem, close_mem },
	{ "an open file of debugfs", "integrity", "file",
	  "open file /fault_around_bytes", true, NULL, open_debugfs,
	  close_debugfs },
	{ "an I/O port", "integrity", "ports", "I/O permissions", true,
	  "I/O permissions of threads", get_port, drop_port },
	{ "a staged kernel", "integrity", "image", "staged kexec kernel", false,
	  "staged kernel images", load_image, unload_image },
	{ "an open file of tracefs", "confidentiality", "file",
	  "open file /trace_marker", true, NULL, open_marker, close_marker },
	{ "a mapping of a trace buffer", "confidentiality", "mapping",
	  "mapping of /per_cpu/cpu0/trace_pipe_raw", true, "tracefs mappings",
	  map_buffer, unmap_buffer },
	{ "a kprobe of perf", "confidentiality", "probe", "probe vfs_fsync",
	  true, "perf events on probes", open_probe, close_probe },
	{ "a BPF program that loads kernel memory", "confidentiality", "other",
	  "BPF program takes (id ", false, "BPF programs", load_program,
	  close_program },
	{ "a trace buffer", "confidentiality", "other", "trace buffer takes",
	  false, "trace buffers", fill_buffer, drop_buffer },
};

static struct {
	const char *skipped;
	int ret;
	/* Lines of its kind when all are there. */
	unsigned int told;
} states[ARRAY_SIZE(things)];

static const char *expected_comm = "takes_test";

static unsigned int count_lines(const char *prefix, const char *part)
{
	unsigned int count = 0;
	char *line, *rest = text;

	while ((line = strsep(&rest, "\n"))) {
		if (!strncmp(line, prefix, strlen(prefix)) &&
		    strstr(line, part))
			count++;
		if (rest)
			rest[-1] = '\n';
	}
	return count;
}

static void read_takes(void)
{
	if (read_text(LOCKDOWN_TAKES, text, sizeof(text)) < 0)
		ksft_exit_fail_msg("cannot read " LOCKDOWN_TAKES "\n");
}

/* The number of lines of this one. */
static unsigned int told(const struct thing *thing)
{
	char owner[96] = "pid=- comm=-", prefix[192], object[128];

	if (thing->owned)
		snprintf(owner, sizeof(owner), "pid=%d comm=\"%s\"", getpid(),
			 expected_comm);
	snprintf(prefix, sizeof(prefix), "level=%s kind=%s %s object=\"",
		 thing->level, thing->kind, owner);
	snprintf(object, sizeof(object), " object=\"%s", thing->object);
	read_takes();
	return count_lines(prefix, object);
}

static void test_one(size_t i)
{
	const struct thing *thing = &things[i];
	unsigned int before, during, after;

	lacking = NULL;
	before = told(thing);
	states[i].ret = thing->obtain();
	states[i].skipped = lacking;
	if (lacking) {
		ksft_test_result_skip("%s: no %s\n", thing->what, lacking);
		return;
	}
	during = told(thing);
	if (during != 1)
		ksft_print_msg("takes:\n%s", text);
	if (!states[i].ret)
		thing->release();
	after = told(thing);
	if (states[i].ret)
		ksft_print_msg("%s\n", errno_name(-states[i].ret));
	ksft_print_msg("%u before, %u during, %u after\n", before, during,
		       after);
	ksft_test_result(!states[i].ret && !before && during == 1 && !after,
			 "%s is told while it is there\n", thing->what);
}

static void test_hostile(void)
{
	prctl(PR_SET_NAME, HOSTILE);
	expected_comm = ESCAPED;
	if (open_mem())
		ksft_exit_fail_msg("no /dev/mem\n");
	ksft_test_result(told(&things[1]) == 1,
			 "a name of a task forges no line\n");
	close_mem();
	expected_comm = "takes_test";
	prctl(PR_SET_NAME, expected_comm);
}

static void test_many(void)
{
	void *maps[MANY];
	unsigned int shown;
	bool rest;
	size_t i;

	for (i = 0; i < MANY; i++) {
		if (map_mem())
			ksft_exit_fail_msg("cannot map /dev/mem\n");
		maps[i] = mapping;
	}
	shown = told(&things[0]);
	rest = strstr(text, NO_TASK "object=\"36 more\"\n");
	for (i = 0; i < MANY; i++)
		munmap(maps[i], PAGE_BYTES);
	ksft_print_msg("%u lines of %u mappings\n", shown, MANY);
	ksft_test_result(shown == SHOWN && rest,
			 "many mappings have few lines, and their number\n");
}

static void test_mode(void)
{
	struct stat st = {};

	stat(LOCKDOWN_TAKES, &st);
	ksft_test_result((st.st_mode & 07777) == 0400,
			 "the file has mode 0400\n");
}

/* The lines of this kind, of all owners. */
static unsigned int told_of_kind(const struct thing *thing)
{
	char prefix[64], object[64];
	const char *end = strpbrk(thing->object, " ");

	snprintf(prefix, sizeof(prefix), "level=%s kind=%s ", thing->level,
		 thing->kind);
	snprintf(object, sizeof(object), " object=\"%.*s",
		 (int)(end - thing->object), thing->object);
	return count_lines(prefix, object);
}

/* The number in the last line of a raise. */
static unsigned int revoked(const char *line, const char *name)
{
	const char *at = strstr(line, name);

	if (!at || at == line)
		return 0;
	/* Back over the blank and the number. */
	for (at--; at > line && at[-1] != ' '; at--)
		;
	return strtoul(at, NULL, 10);
}

static void test_raise(int log, int level)
{
	char line[1024], wanted[64];
	unsigned int amount;
	size_t i;

	snprintf(wanted, sizeof(wanted),
		 "lockdown: at %s, revoked: ", level_name(level));
	if (write_text(LOCKDOWN_FILE, level_name(level)))
		ksft_exit_fail_msg("cannot raise to %s\n", level_name(level));
	do {
		if (!next_record(log, line, sizeof(line)))
			ksft_exit_fail_msg("the raise logs nothing\n");
	} while (strncmp(line, wanted, strlen(wanted)));
	ksft_print_msg("%s\n", line);
	for (i = 0; i < ARRAY_SIZE(things); i++) {
		if (!things[i].name ||
		    strcmp(things[i].level, level_name(level)))
			continue;
		if (states[i].skipped) {
			ksft_test_result_skip("%s: no %s\n", things[i].name,
					      states[i].skipped);
			continue;
		}
		amount = revoked(line, things[i].name);
		ksft_print_msg("%u told, %u revoked\n", states[i].told, amount);
		ksft_test_result(amount && states[i].told == amount,
				 "as many %s are revoked as were told\n",
				 things[i].name);
	}
	read_takes();
	snprintf(wanted, sizeof(wanted), "level=%s ", level_name(level));
	ksft_test_result(!count_lines(wanted, ""),
			 "nothing of %s is told after the raise\n",
			 level_name(level));
}

int main(void)
{
	unsigned int counted = 0;
	size_t i;
	int log;

	begin_raising();
	for (i = 0; i < ARRAY_SIZE(things); i++)
		counted += !!things[i].name;
	ksft_set_plan(ARRAY_SIZE(things) + counted + 5);

	for (i = 0; i < ARRAY_SIZE(things); i++)
		test_one(i);
	test_mode();
	test_hostile();
	test_many();

	/* Two of the first one. */
	map_mem();
	for (i = 0; i < ARRAY_SIZE(things); i++) {
		if (!states[i].skipped)
			things[i].obtain();
	}
	read_takes();
	ksft_print_msg("takes:\n%s", text);
	for (i = 0; i < ARRAY_SIZE(things); i++)
		states[i].told = told_of_kind(&things[i]);
	log = open_log();
	test_raise(log, LEVEL_INTEGRITY);
	for (i = 0; i < ARRAY_SIZE(things); i++)
		states[i].told = told_of_kind(&things[i]);
	test_raise(log, LEVEL_CONFIDENTIALITY);
	ksft_finished();
}
