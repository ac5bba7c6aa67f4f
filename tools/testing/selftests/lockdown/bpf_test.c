// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown selftest: what BPF programs can do to the decision and to a raise
 *
 * - Return values of fmod_ret programs are of the kind that the function is
 *   declared to return, at every level.
 * - Nothing can be attached to what decides and revokes.
 * - A program that never leaves its RCU read section holds up no raise, nor
 *   does one on a function that the raise calls, nor one that sleeps with a
 *   mount locked.
 * - A kept file is refused, and no answer of a program for another check lets
 *   its user in.
 * - Programs that protect something go on after a raise, and residue names
 *   them.
 * - A denial is reported once, for an explicit caller.
 *
 * The machine stays locked until it reboots, so it runs only when
 * $LOCKDOWN_TEST_RAISE is 1, and once a boot.
 */

#define _GNU_SOURCE
#include <linux/perf_event.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/sysinfo.h>
#include <sys/uio.h>

#include "../kselftest.h"
#include "common.h"
#include "lib/activity.h"
#include "lib/bpf.h"
#include "lib/bpf_insn.h"
#include "lib/file.h"
#include "lib/level.h"
#include "lib/log.h"
#include "lib/report.h"
#include "lib/residue.h"
#include "lib/userfault.h"

#define KPROBE_TYPE "/sys/bus/event_source/devices/kprobe/type"
#define CGROUPS "/tmp/lockdown_cgroups"

/* In the first MiB, which even CONFIG_STRICT_DEVMEM leaves readable. */
#define BIOS_AREA 0xf0000

/*
 * A raise waits 20 ms for RCU readers. Even a busy emulated machine is faster,
 * and the reader of this test reads for as long as it takes.
 */
#define RAISE_LIMIT_US 10000000
/* More turns than a test has time for, in each of two loops. */
#define LOOPS 0x800000

#ifdef __aarch64__
#define SYSCALL_PREFIX "__arm64_sys_"
#else
#define SYSCALL_PREFIX "__x64_sys_"
#endif

/* A map holds this, for programs and the test to tell each other. */
struct talk {
	__u64 answer;
	__u64 stop;
	__u64 runs;
	/* Set by programs on a function that a raise calls. */
	__u64 fentries;
	__u64 kprobes;
	/* The page of user space from which a program copies. */
	__u64 page;
};

static struct talk *talk;
static int talk_map;

/* Programs use these fields meanwhile: do not cache them. */
static __u64 get_talk(const __u64 *field)
{
	return __atomic_load_n(field, __ATOMIC_SEQ_CST);
}

static void put_talk(__u64 *field, __u64 value)
{
	__atomic_store_n(field, value, __ATOMIC_SEQ_CST);
}

/*
 * After CALL(get_current_pid_tgid) and SHIFT(0, 32): continues by @skip
 * instructions further on in other processes.
 */
#define FOR_US(skip) UNLESS(0, getpid(), skip)
#define LOAD_TALK(reg) LOAD_MAP(reg, talk_map)
#define READ_TALK(to, from, field) LOAD(to, from, offsetof(struct talk, field))

static int load_and_attach(const struct bpf_program *program)
{
	const int fd = load_bpf(program);
	const int link = attach_bpf(fd);

	if (fd >= 0)
		close(fd);
	return link;
}

/* 1. Answers */

/* Call getpgid(2), which calls security_task_getpgid(). */
static int ask(void)
{
	const long ret = syscall(__NR_getpgid, getpid());

	return ret < 0 ? -errno : ret == getpid() ? 0 : -EIO;
}

struct answer {
	const char *what;
	__u64 value;
	int expected;
};

static int constant_answer(const char *function, __u64 value)
{
	const struct bpf_insn insns[] = {
		LOAD_WIDE(0, 0, (__u32)value),
		INSN(0, 0, 0, 0, value >> 32),
		EXIT,
	};
	const struct bpf_program program = {
		.type = BPF_PROG_TYPE_TRACING,
		.attach_type = BPF_MODIFY_RETURN,
		.target = function,
		.name = "constant",
		.insns = insns,
		.nr_insns = ARRAY_SIZE(insns),
	};
	const int fd = load_bpf(&program);

	if (fd >= 0)
		close(fd);
	return fd < 0 ? fd : 0;
}

static int attach_answer(const char *function)
{
	const struct bpf_insn insns[] = {
		CALL(get_current_pid_tgid),
		SHIFT(0, 32),
		FOR_US(4),
		LOAD_TALK(1),
		SECOND_HALF,
		READ_TALK(0, 1, answer),
		EXIT,
		MOV(0, 0),
		EXIT,
	};
	const struct bpf_program program = {
		.type = BPF_PROG_TYPE_TRACING,
		.attach_type = BPF_MODIFY_RETURN,
		.target = function,
		.name = "answer",
		.insns = insns,
		.nr_insns = ARRAY_SIZE(insns),
	};

	return load_and_attach(&program);
}

/*
 * Programs load at every level: the kernel corrects their return values when
 * they run.
 */
static void test_constants(void)
{
	static const struct {
		const char *what, *function;
		__u64 value;
		/* If the first one may not be made to fail. */
		const char *other_function;
	} rows[] = {
		{ "fmod_ret on security_*(): -EPERM loads",
		  "security_task_getpgid", -EPERM, NULL },
		{ "fmod_ret on security_*(): 1 loads", "security_task_getpgid",
		  1, NULL },
		{ "fmod_ret on a system call: 1 loads",
		  SYSCALL_PREFIX "getpgid", 1, NULL },
		{ "fmod_ret on a function of pages: a pointer loads",
		  "page_pool_alloc_pages", 0xffff888000001000,
		  "page_pool_alloc_netmems" },
	};
	char why[64];
	size_t i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		ret = constant_answer(rows[i].function, rows[i].value);
		if (ret == -EINVAL && rows[i].other_function)
			ret = constant_answer(rows[i].other_function,
					      rows[i].value);
		if (ret == -ENOENT) {
			snprintf(why, sizeof(why), "no %s in BTF",
				 rows[i].function);
			report_skip(why, "%s", rows[i].what);
			continue;
		}
		report_bpf(!ret, rows[i].what, ret);
	}
}

static void test_answers(void)
{
	static const struct answer answers[] = {
		{ "0 has the function called", 0, 0 },
		{ "-EPERM is the answer", -EPERM, -EPERM },
		{ "an int of -EPERM is the answer", (__u32)-EPERM, -EPERM },
		{ "1 becomes -EINVAL", 1, -EINVAL },
		{ "-4096 becomes -EINVAL", -4096, -EINVAL },
		/* Other values are neither errors nor valid results. */
		{ "1 << 32 has the function called", 1ULL << 32, 0 },
		{ "(1 << 32) + 1 becomes -EINVAL", (1ULL << 32) + 1, -EINVAL },
	};
	static const char *const functions[] = { "security_task_getpgid",
						 SYSCALL_PREFIX "getpgid" };
	char what[128];
	size_t i, j;
	int link, ret;

	for (i = 0; i < ARRAY_SIZE(functions); i++) {
		put_talk(&talk->answer, 0);
		link = attach_answer(functions[i]);
		for (j = 0; j < ARRAY_SIZE(answers); j++) {
			snprintf(what, sizeof(what), "fmod_ret on %s: %s",
				 functions[i], answers[j].what);
			put_talk(&talk->answer, answers[j].value);
			ret = link < 0 ? link : ask();
			put_talk(&talk->answer, 0);
			report_bpf(link >= 0 && ret == answers[j].expected,
				   what, ret);
		}
		close(link);
	}
}

static int open_kprobe(const char *function)
{
	struct perf_event_attr attr = {
		.type = read_number(KPROBE_TYPE),
		.size = sizeof(attr),
		.kprobe_func = (uintptr_t)function,
	};
	const int fd = syscall(__NR_perf_event_open, &attr, -1, 0, -1,
			       PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static void test_override(void)
{
	static const struct answer answers[] = {
		{ "override_return: -EPERM is the answer", -EPERM, -EPERM },
		{ "override_return: 1 becomes -EINVAL", 1, -EINVAL },
		/* Success without effect is no failure. */
		{ "override_return: 0 becomes -EINVAL", 0, -EINVAL },
		{ "override_return: an address becomes -EINVAL",
		  0xffff888000001000, -EINVAL },
	};
	const struct bpf_insn insns[] = {
		COPY(6, 1),
		CALL(get_current_pid_tgid),
		SHIFT(0, 32),
		FOR_US(5),
		LOAD_TALK(1),
		SECOND_HALF,
		READ_TALK(2, 1, answer),
		COPY(1, 6),
		CALL(override_return),
		MOV(0, 0),
		EXIT,
	};
	const struct bpf_program program = {
		.type = BPF_PROG_TYPE_KPROBE,
		.name = "override",
		.insns = insns,
		.nr_insns = ARRAY_SIZE(insns),
	};
	const int fd = load_bpf(&program);
	int event, ret = fd;
	size_t i;

	event = open_kprobe(SYSCALL_PREFIX "getpgid");
	put_talk(&talk->answer, -EPERM);
	if (fd < 0 || event < 0 || ioctl(event, PERF_EVENT_IOC_SET_BPF, fd) ||
	    ioctl(event, PERF_EVENT_IOC_ENABLE, 0)) {
		for (i = 0; i < ARRAY_SIZE(answers); i++)
			report_skip("CONFIG_BPF_KPROBE_OVERRIDE", "%s",
				    answers[i].what);
	} else {
		for (i = 0; i < ARRAY_SIZE(answers); i++) {
			put_talk(&talk->answer, answers[i].value);
			ret = ask();
			report_bpf(ret == answers[i].expected, answers[i].what,
				   ret);
		}
	}
	close(event);
	close(fd);
}

/* 2. Attaching to what decides and revokes */

/* Functions of security/lockdown that a decision or a raise calls. */
static const char *const inside[] = {
	"lockdown_decide",
	"__lockdown_query",
	"lockdown_enforce_file",
	"hook_file_open",
	"enforce_file",
	"__lockdown_check_file",
	"lockdown_mark_file",
	"lockdown_open_file",
	"lockdown_map_file",
	"lockdown_map_begin",
	"lockdown_map_end",
	"lockdown_inside_file",
	"lockdown_cut_mappings",
	"cut_iomem",
	"cut_debugfs",
	"cut_tracefs",
	"lockdown_policy_raise",
	"lockdown_policy_ask_others",
	"lock_kernel_down",
	"level_write_iter",
	"lockdown_policy_evaluate",
	"lockdown_revoke",
	"lockdown_drain",
	"lockdown_revokers_run",
	"lockdown_revokers_show",
	"lockdown_revoked",
	"full_barrier",
	"look_at_all",
	"tell",
	"lockdown_residue",
	"lockdown_residues_add",
	"lockdown_residue_count",
	"lockdown_denials_count",
	"tell_again",
	"lockdown_report_event",
	"report_event",
	"report_object",
	"lockdown_report_raise",
	"lockdown_report_revoked",
	"tell_event",
};

/* Attaching to this function must work. */
#define OUTSIDE "__security_locked_down"

/* Count the functions with a name: it need not be unique. */
static unsigned int count_functions(const char *name)
{
	static char *symbols;
	const size_t size = 1 << 24;
	unsigned int count = 0;
	char pattern[80];
	const char *at;

	if (!symbols) {
		symbols = calloc(1, size);
		if (!symbols || read_text("/proc/kallsyms", symbols, size) < 0)
			give_up("no /proc/kallsyms");
	}
	snprintf(pattern, sizeof(pattern), " %s\n", name);
	for (at = symbols; (at = strstr(at, pattern)); at++)
		count += at[-1] == 't' || at[-1] == 'T';
	return count;
}

static int trace_function(int attach_type, const char *function)
{
	static const struct bpf_insn insns[] = { MOV(0, 0), EXIT };
	const struct bpf_program program = {
		.type = BPF_PROG_TYPE_TRACING,
		.attach_type = attach_type,
		.target = function,
		.name = "traces",
		.insns = insns,
		.nr_insns = ARRAY_SIZE(insns),
	};
	const int link = load_and_attach(&program);

	if (link >= 0)
		close(link);
	return link < 0 ? link : 0;
}

static int probe_function(const char *function)
{
	const int event = open_kprobe(function);

	if (event >= 0)
		close(event);
	return event < 0 ? event : 0;
}

static int filter_function(const char *function)
{
	char line[80];
	int ret;

	snprintf(line, sizeof(line), "%s\n", function);
	ret = write_text(TRACEFS "set_ftrace_filter", line);
	close(open(TRACEFS "set_ftrace_filter", O_WRONLY | O_TRUNC));
	return ret;
}

static void test_attaching(void)
{
	char what[128];
	bool passed;
	size_t i;
	int ret;

	ret = probe_function(OUTSIDE);
	report_bpf(!ret, "a kprobe of " OUTSIDE, ret);
	ret = trace_function(BPF_TRACE_FENTRY, OUTSIDE);
	report_bpf(!ret, "fentry on " OUTSIDE, ret);
	ret = filter_function(OUTSIDE);
	report_bpf(!ret, "ftrace of " OUTSIDE, ret);
	ret = trace_function(BPF_MODIFY_RETURN, OUTSIDE);
	report_bpf(ret == -EINVAL, "no fmod_ret on " OUTSIDE, ret);

	for (i = 0; i < ARRAY_SIZE(inside); i++) {
		snprintf(what, sizeof(what), "nothing attaches to %s",
			 inside[i]);
		if (count_functions(inside[i]) != 1) {
			report_skip(count_functions(inside[i]) ?
					    "there are others" :
					    "it is inlined",
				    "%s", what);
			continue;
		}
		passed = true;
		if (!probe_function(inside[i])) {
			note("a kprobe does");
			passed = false;
		}
		if (!trace_function(BPF_TRACE_FENTRY, inside[i]) ||
		    !trace_function(BPF_TRACE_FEXIT, inside[i])) {
			note("fentry or fexit does");
			passed = false;
		}
		if (!trace_function(BPF_MODIFY_RETURN, inside[i])) {
			note("fmod_ret does");
			passed = false;
		}
		if (!filter_function(inside[i])) {
			note("ftrace does");
			passed = false;
		}
		report(passed, "%s", what);
	}
}

/* 3. A raise while a program is an RCU reader */

static __u8 *area;
static sigjmp_buf out;

static void on_bus(int sig)
{
	siglongjmp(out, sig);
}

/* Return 0, or the signal that a read ends with. */
static int touch_area(void)
{
	int ret = sigsetjmp(out, 1);

	if (!ret)
		asm volatile("" : : "r"(*area) : "memory");
	return ret;
}

/* A program that sets a field of struct talk when it runs. */
static int load_loops(int btf, int type, const char *function, int field)
{
	const struct bpf_insn insns[] = {
		/* m: loop over a */
		LOAD_TALK(1),
		SECOND_HALF,
		SET(1, field, 1),
		MOV(1, LOOPS),
		LOAD_CALLBACK(2, 6),
		SECOND_HALF,
		MOV(3, 0),
		MOV(4, 0),
		CALL(loop),
		MOV(0, 0),
		EXIT,
		/* a: loop over b, until that stops */
		MOV(1, LOOPS),
		LOAD_CALLBACK(2, 9),
		SECOND_HALF,
		MOV(3, 0),
		MOV(4, 0),
		CALL(loop),
		LOAD_TALK(1),
		SECOND_HALF,
		READ_TALK(0, 1, stop),
		INSN(BPF_ALU64 | BPF_AND | BPF_K, 0, 0, 0, 1),
		EXIT,
		/* b: return talk->stop */
		LOAD_TALK(1),
		SECOND_HALF,
		READ_TALK(0, 1, stop),
		INSN(BPF_ALU64 | BPF_AND | BPF_K, 0, 0, 0, 1),
		EXIT,
	};
	static const struct bpf_func_info infos[] = {
		{ 0, BTF_MAIN },
		{ 11, BTF_CALLBACK },
		{ 22, BTF_SECOND_CALLBACK },
	};
	const struct bpf_program program = {
		.type = type,
		.attach_type = function ? BPF_TRACE_FENTRY : 0,
		.target = function,
		.name = "loops",
		.insns = insns,
		.nr_insns = ARRAY_SIZE(insns),
		.btf = btf,
		.infos = infos,
		.nr_infos = ARRAY_SIZE(infos),
	};

	return load_bpf(&program);
}

static void *run_loops(void *program)
{
	run_on_cpu(1);
	run_bpf(*(int *)program, true);
	return NULL;
}

static long last_raise_us;

static void raise_to(int level)
{
	last_raise_us = raise_level(level, NULL);
}

/* A raise calls this for each mapping that it takes the pages of. */
#define REVOKES "unmap_mapping_range"

/* Attach programs to that function, by its trampoline and by a kprobe. */
static struct {
	int link, event;
	int kprobe;
} hooks = { -1, -1, -1 };

static const char *hook(int btf)
{
	int program = load_loops(btf, BPF_PROG_TYPE_TRACING, REVOKES,
				 offsetof(struct talk, fentries));

	hooks.link = attach_bpf(program);
	close(program);
	hooks.kprobe = load_loops(btf, BPF_PROG_TYPE_KPROBE, NULL,
				  offsetof(struct talk, kprobes));
	hooks.event = open_kprobe(REVOKES);
	if (hooks.link < 0 || hooks.kprobe < 0 || hooks.event < 0 ||
	    ioctl(hooks.event, PERF_EVENT_IOC_SET_BPF, hooks.kprobe) ||
	    ioctl(hooks.event, PERF_EVENT_IOC_ENABLE, 0))
		return "a program on " REVOKES "()";
	return NULL;
}

static void unhook(void)
{
	close(hooks.link);
	close(hooks.event);
	close(hooks.kprobe);
}

/* Make the kernel call the function without a raise. */
static int truncate_mapped(void)
{
	char path[] = "/tmp/lockdown-XXXXXX";
	const int fd = mkstemp(path);
	char *page;

	if (fd < 0 || unlink(path) || ftruncate(fd, PAGE_BYTES))
		return -errno;
	page = mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED || ftruncate(fd, 0))
		return -errno;
	munmap(page, PAGE_BYTES);
	close(fd);
	return 0;
}

/* End programs that still hold up a raise. */
static void *let_go(void *data)
{
	const struct timespec limit = { .tv_sec = RAISE_LIMIT_US / 1000000 };

	run_on_cpu(1);
	nanosleep(&limit, NULL);
	put_talk(&talk->stop, 1);
	return NULL;
}

/* A program that sleeps, while what it was asked about is locked */

#define DEBUGFS "/sys/kernel/debug"

/* The copy waits for the page. */
static int attach_sleeper(void)
{
	const struct bpf_insn insns[] = {
		CALL(get_current_pid_tgid),
		SHIFT(0, 32),
		FOR_US(9),
		LOAD_TALK(1),
		SECOND_HALF,
		READ_TALK(3, 1, page),
		IF_NULL(3, 5),
		SET(10, -8, 0),
		COPY(1, 10),
		ADD(1, -8),
		MOV(2, 8),
		CALL(copy_from_user),
		MOV(0, 0),
		EXIT,
	};
	const struct bpf_program program = {
		.type = BPF_PROG_TYPE_LSM,
		.attach_type = BPF_LSM_MAC,
		.flags = BPF_F_SLEEPABLE,
		.target = "bpf_lsm_sb_remount",
		.name = "sleeper",
		.insns = insns,
		.nr_insns = ARRAY_SIZE(insns),
	};

	return load_and_attach(&program);
}

/* The super block is locked meanwhile, which debugfs needs for its mode. */
static int remount(const void *page)
{
	put_talk(&talk->page, (uintptr_t)page);
	return mount(NULL, DEBUGFS, NULL, MS_REMOUNT, NULL) ? -errno : 0;
}

static struct parked_call remounting = { .call = remount };
static int sleeper;

static void park_remount(void)
{
	const char *missing = no_userfaultfd();
	int ret;

	sleeper = -1;
	if (!missing && access(DEBUGFS "/x86", F_OK))
		missing = "no debugfs (CONFIG_DEBUG_FS)";
	if (missing) {
		report_skip(missing, "sleeper: it sleeps");
		return;
	}
	sleeper = attach_sleeper();
	ret = sleeper < 0 ? sleeper : park_call(&remounting);
	report_bpf(!ret, "sleeper: it sleeps in a remount of debugfs", ret);
	if (ret)
		sleeper = -1;
}

static void test_remount(void)
{
	int ret;

	if (sleeper < 0) {
		report_skip("none sleeps", "sleeper: the raise");
		report_skip("none sleeps", "sleeper: the remount");
		return;
	}
	report(last_raise_us < RAISE_LIMIT_US,
	       "sleeper: the raise does not wait for it");
	ret = release_call(&remounting, "", 1);
	put_talk(&talk->page, 0);
	close(sleeper);
	report_bpf(!ret, "sleeper: the remount ends", ret);
}

static void test_reader(void)
{
	const char *missing = NULL;
	int btf, program = -1, mem, ret;
	pthread_t thread, patience;
	char why[64];
	bool hooked;

	btf = load_btf();
	signal(SIGBUS, on_bus);
	mem = open("/dev/mem", O_RDONLY | O_CLOEXEC);
	area = mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, mem, BIOS_AREA);
	if (get_nprocs() < 2)
		missing = "a second processor";
	else if (area == MAP_FAILED)
		missing = "/dev/mem (CONFIG_DEVMEM)";
	if (!missing) {
		program = load_loops(btf, BPF_PROG_TYPE_SOCKET_FILTER, NULL,
				     offsetof(struct talk, runs));
		if (program < 0)
			explain_bpf(program);
		if (program < 0)
			missing = "a program with loops";
	}
	if (!missing)
		missing = hook(btf);

	if (missing) {
		raise_to(LEVEL_INTEGRITY);
		test_remount();
		snprintf(why, sizeof(why), "no %s", missing);
		report_skip(why, "hooks: they run at none");
		report_skip(why, "hooks: they do not run");
		report_skip(why, "RCU reader: the raise");
		report_skip(why, "RCU reader: the mapping");
		report_skip(why, "RCU reader: residue");
		return;
	}
	/* Attach the kprobe on the first CPU only. */
	run_on_cpu(0);
	put_talk(&talk->stop, 1);
	ret = truncate_mapped();
	hooked = get_talk(&talk->fentries) && get_talk(&talk->kprobes);
	report_bpf(!ret && hooked, "hooks: they run at none", ret);
	put_talk(&talk->fentries, 0);
	put_talk(&talk->kprobes, 0);

	put_talk(&talk->runs, 0);
	put_talk(&talk->stop, 0);
	pthread_create(&thread, NULL, run_loops, &program);
	pthread_create(&patience, NULL, let_go, NULL);
	run_on_cpu(0);
	while (!get_talk(&talk->runs))
		usleep(1000);
	if (touch_area())
		give_up("no read of /dev/mem at none");
	raise_to(LEVEL_INTEGRITY);
	ret = touch_area();
	hooked = get_talk(&talk->fentries) || get_talk(&talk->kprobes);
	note("the raise took %ld us", last_raise_us);
	report(!hooked, "hooks: they do not run in a raise");
	report(last_raise_us < RAISE_LIMIT_US,
	       "RCU reader: the raise does not wait for it");
	report_bpf(ret == SIGBUS, "RCU reader: the mapping is gone", ret);
	report(residue_mentions("a BPF program or a probe"),
	       "RCU reader: residue tells of it");
	put_talk(&talk->stop, 1);
	pthread_cancel(patience);
	pthread_join(patience, NULL);
	pthread_join(thread, NULL);
	/* The program that sleeps must be gone before others can go. */
	test_remount();
	unhook();
	close(program);
	close(btf);
}

/* Files that are kept, whose check no answer of a program may switch off */

static struct {
	int debugfs, trace, answer;
	char number[32];
} kept = { .debugfs = -1, .trace = -1, .answer = -1 };

static int read_kept(void)
{
	char text[sizeof(kept.number)];
	const struct iovec vec = { text, sizeof(text) };

	return preadv(kept.debugfs, &vec, 1, 0) < 0 ? -errno : 0;
}

static int write_kept(void)
{
	const struct iovec vec = { kept.number, strlen(kept.number) };

	return pwritev(kept.debugfs, &vec, 1, 0) < 0 ? -errno : 0;
}

static int splice_kept(void)
{
	loff_t at = 0;
	int ends[2], ret;

	if (pipe(ends))
		return -EXDEV;
	ret = splice(kept.trace, &at, ends[1], NULL, 1, 0) < 0 ? -errno : 0;
	close(ends[0]);
	close(ends[1]);
	return ret;
}

static const struct {
	const char *what;
	int (*call)(void);
	int denied_from;
	const int *fd;
} kept_calls[] = {
	{ "preadv of a debugfs file", read_kept, LEVEL_INTEGRITY,
	  &kept.debugfs },
	{ "pwritev of a debugfs file", write_kept, LEVEL_INTEGRITY,
	  &kept.debugfs },
	/* Debugfs has no splice. */
	{ "splice of the trace", splice_kept, LEVEL_CONFIDENTIALITY,
	  &kept.trace },
};

static void obtain_kept(void)
{
	kept.debugfs = open(DEBUGFS "/x86/tlb_single_page_flush_ceiling",
			    O_RDWR | O_CLOEXEC);
	if (kept.debugfs >= 0 &&
	    pread(kept.debugfs, kept.number, sizeof(kept.number) - 1, 0) <= 0)
		kept.debugfs = -1;
	kept.trace = open(TRACEFS "trace", O_RDONLY | O_CLOEXEC);
	put_talk(&talk->answer, 0);
	kept.answer = attach_answer("security_file_permission");
	if (kept.answer < 0)
		explain_bpf(kept.answer);
}

/* 1 once switched the check off; now it is an error at every level. */
static void use_kept(int level)
{
	const char *const name = level_name(level);
	int answer, expected, ret;
	char what[128];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kept_calls); i++) {
		for (answer = 0; answer <= 1; answer++) {
			snprintf(what, sizeof(what), "kept, %s: %s, answer %d",
				 name, kept_calls[i].what, answer);
			if (*kept_calls[i].fd < 0) {
				report_skip("no such file", "%s", what);
				continue;
			}
			expected = level < kept_calls[i].denied_from ? 0 :
								       -EPERM;
			put_talk(&talk->answer, answer);
			ret = kept.answer < 0 ? kept.answer :
						kept_calls[i].call();
			put_talk(&talk->answer, 0);
			report_bpf(ret == (answer ? -EINVAL : expected), what,
				   ret);
		}
	}
}

/* 4. Programs that protect, and denials that are counted */

/* The program denies while it can read kernel memory that is not zero. */
static int load_protector(const struct bpf_program *model, int helper,
			  int denied, int allowed)
{
	const struct bpf_insn insns[] = {
		CALL(get_current_pid_tgid),
		SHIFT(0, 32),
		FOR_US(11),
		SET(10, -16, 1),
		SET(10, -8, 0),
		COPY(1, 10),
		ADD(1, -8),
		MOV(2, 8),
		COPY(3, 10),
		ADD(3, -16),
		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, helper),
		LOAD(1, 10, -8),
		MOV(0, denied),
		UNLESS(1, 0, 1),
		MOV(0, allowed),
		EXIT,
	};
	struct bpf_program program = *model;

	program.insns = insns;
	program.nr_insns = ARRAY_SIZE(insns);
	return load_bpf(&program);
}

static int load_lsm(const char *name, int helper)
{
	const struct bpf_program program = {
		.type = BPF_PROG_TYPE_LSM,
		.attach_type = BPF_LSM_MAC,
		.target = "bpf_lsm_task_getpgid",
		.name = name,
	};

	return load_protector(&program, helper, -EPERM, 0);
}

static int load_cgroup(const char *name)
{
	const struct bpf_program program = {
		.type = BPF_PROG_TYPE_CGROUP_SOCK,
		.attach_type = BPF_CGROUP_INET_SOCK_CREATE,
		.name = name,
	};

	return load_protector(&program, BPF_FUNC_probe_read_kernel, 0, 1);
}

static int attach_to_cgroups(int program)
{
	union bpf_attr attr = {
		.attach_bpf_fd = program,
		.attach_type = BPF_CGROUP_INET_SOCK_CREATE,
	};

	mkdir(CGROUPS, 0700);
	if (mount("cgroup2", CGROUPS, "cgroup2", 0, NULL))
		return -errno;
	attr.target_fd = open(CGROUPS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return bpf(BPF_PROG_ATTACH, &attr);
}

static int make_socket(void)
{
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

struct protector {
	const char *what, *name;
	int helper;
	int program, link;
};

static struct protector lsms[] = {
	{ "LSM program that reads kernel memory", "lkd_lsm",
	  BPF_FUNC_probe_read_kernel, -1, -1 },
	{ "LSM program that reads a kernel string", "lkd_lsm_str",
	  BPF_FUNC_probe_read_kernel_str, -1, -1 },
#ifdef __x86_64__
	{ "LSM program that reads any memory", "lkd_lsm_any",
	  BPF_FUNC_probe_read, -1, -1 },
	{ "LSM program that reads any string", "lkd_lsm_any_str",
	  BPF_FUNC_probe_read_str, -1, -1 },
#endif
};

static int cgroup_program = -1;

static void use_protectors(const char *when)
{
	char what[128];
	size_t i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(lsms); i++) {
		snprintf(what, sizeof(what), "%s: %s denies", when,
			 lsms[i].what);
		lsms[i].link = attach_bpf(lsms[i].program);
		ret = lsms[i].link < 0 ? lsms[i].link : ask();
		if (lsms[i].link >= 0)
			close(lsms[i].link);
		report_bpf(lsms[i].link >= 0 && ret == -EPERM, what, ret);
	}
	snprintf(what, sizeof(what), "%s: cgroup program denies", when);
	ret = cgroup_program < 0 ? cgroup_program : make_socket();
	report_bpf(ret == -EPERM && cgroup_program >= 0, what, ret);
}

static void obtain_protectors(void)
{
	size_t i;
	int gone;

	for (i = 0; i < ARRAY_SIZE(lsms); i++)
		lsms[i].program = load_lsm(lsms[i].name, lsms[i].helper);
	cgroup_program = load_cgroup("lkd_cgroup");
	if (cgroup_program >= 0 && attach_to_cgroups(cgroup_program))
		cgroup_program = -1;
	gone = load_lsm("lkd_gone", BPF_FUNC_probe_read_kernel);
	if (gone >= 0)
		close(gone);
}

static void test_protectors_named(void)
{
	char line[64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lsms); i++) {
		snprintf(line, sizeof(line),
			 "BPF_READ_KERNEL\tBPF program %s (id ", lsms[i].name);
		report(residue_mentions(line), "residue names the %s",
		       lsms[i].what);
	}
	report(residue_mentions("BPF program lkd_cgroup (id "),
	       "residue names the cgroup program");
	report(!residue_mentions("lkd_gone"),
	       "residue does not name a program that is gone");
}

static int load_readers(const char *name)
{
	static const struct bpf_insn insns[] = {
		COPY(1, 10),
		ADD(1, -8),
		MOV(2, 8),
		COPY(3, 10),
		CALL(probe_read_kernel),
		COPY(1, 10),
		ADD(1, -8),
		MOV(2, 8),
		COPY(3, 10),
		CALL(probe_read_kernel),
		MOV(0, 0),
		EXIT,
	};
	const struct bpf_program program = {
		.type = BPF_PROG_TYPE_RAW_TRACEPOINT,
		.name = name,
		.insns = insns,
		.nr_insns = ARRAY_SIZE(insns),
	};
	const int fd = load_bpf(&program);

	if (fd >= 0)
		close(fd);
	return fd < 0 ? fd : 0;
}

static void test_loading(int level)
{
	const bool denied = level >= LEVEL_CONFIDENTIALITY;
	const int expected = denied ? -EINVAL : 0;
	char text[128];
	const long before = denials("BPF_READ_KERNEL", text, sizeof(text));
	char what[128];
	int ret;

	ret = load_readers("reader");
	snprintf(what, sizeof(what), "%s: a load with two reads: %s",
		 level_name(level), denied ? "one denial" : "no denial");
	report_bpf(ret == expected && denials("BPF_READ_KERNEL", text,
					      sizeof(text)) == before + denied,
		   what, ret);
	ret = load_readers(NULL);
	snprintf(what, sizeof(what), "%s: a load without a name",
		 level_name(level));
	report_bpf(ret == expected, what, ret);
	ret = load_lsm("lkd_new", BPF_FUNC_probe_read_kernel);
	snprintf(what, sizeof(what), "%s: a load of an LSM program that reads",
		 level_name(level));
	report_bpf(denied ? ret == -EINVAL : ret >= 0, what, ret);
	if (ret >= 0)
		close(ret);
}

static unsigned int count_tests(void)
{
	return 4 + 2 * 7 + 4 + 4 + ARRAY_SIZE(inside) + 5 +
	       3 * (ARRAY_SIZE(lsms) + 1) + ARRAY_SIZE(lsms) + 2 + 3 * 3 + 3 +
	       3 * 2 * ARRAY_SIZE(kept_calls);
}

int main(void)
{
	begin_raising();
	if (kernel_function("bpf_lsm_task_getpgid") < 0)
		ksft_exit_skip("no CONFIG_BPF_LSM, or no BTF\n");
	talk = share_array(sizeof(*talk), &talk_map);
	if (talk == MAP_FAILED)
		ksft_exit_skip("no BPF (CONFIG_BPF_SYSCALL)\n");
	report_plan(count_tests());
	/* Make the right answer unique. */
	setpgid(0, 0);

	test_constants();
	test_answers();
	test_override();
	test_attaching();

	obtain_protectors();
	use_protectors("none");
	test_loading(LEVEL_NONE);
	obtain_kept();
	use_kept(LEVEL_NONE);
	park_remount();
	test_reader();
	use_kept(LEVEL_INTEGRITY);
	use_protectors("integrity");
	test_loading(LEVEL_INTEGRITY);
	raise_to(LEVEL_CONFIDENTIALITY);
	note("a raise without a reader took %ld us", last_raise_us);
	use_kept(LEVEL_CONFIDENTIALITY);
	use_protectors("confidentiality");
	test_protectors_named();
	test_loading(LEVEL_CONFIDENTIALITY);
	report_end();
}
