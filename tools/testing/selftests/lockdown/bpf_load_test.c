// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown selftest: what BPF programs may learn of the kernel
 *
 * - Programs of any type load at any level, as long as they do not load from
 *   memory of the kernel. Those that do are refused at confidentiality.
 * - Objects that hold no secrets may be loaded from, through pointers that are
 *   known to lead to them.
 * - Protective programs loaded before a raise go on and are named; others stop.
 * - Helpers that format strings and walk stacks fail when they are used.
 *
 * The machine stays locked until it reboots, so it runs only when
 * $LOCKDOWN_TEST_RAISE is 1, and once a boot.
 */

#define _GNU_SOURCE
#include <linux/perf_event.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "../kselftest.h"
#include "common.h"
#include "lib/bpf.h"
#include "lib/bpf_insn.h"
#include "lib/file.h"
#include "lib/level.h"
#include "lib/report.h"
#include "lib/residue.h"

/* The value of a map, in which programs count. */
struct counts {
	__u64 loading, plain, event, registers, lsm, timer, branches;
};

static struct counts *counts;
static int counts_map, format_map;

#define LOAD_VARIABLE(reg, id) LOAD_WIDE(reg, BPF_PSEUDO_BTF_ID, id)
/* Add register 3 to a count; register 2 has the map. */
#define COUNT(field)                              \
	INSN(BPF_STX | BPF_ATOMIC | BPF_DW, 2, 3, \
	     offsetof(struct counts, field), BPF_ADD)

struct program {
	const char *type_name;
	struct bpf_program model;
};

static int load(const struct program *program, const char *name,
		const struct bpf_insn *insns, size_t nr_insns)
{
	struct bpf_program named = program->model;

	named.name = name;
	named.insns = insns;
	named.nr_insns = nr_insns;
	return load_bpf(&named);
}

#define LOAD_PROGRAM(program, name, insns)                      \
	({                                                      \
		const struct bpf_insn *const __insns = (insns); \
		load(program, name, __insns,                    \
		     sizeof(insns) / sizeof(*__insns));         \
	})

static int make_maps(void)
{
	static const __u32 zero;
	static const char format[8] = "%s";
	union bpf_attr attr = {};
	int ret;

	counts = share_array(sizeof(*counts), &counts_map);
	if (counts == MAP_FAILED)
		return -errno;

	format_map = make_array(sizeof(format), BPF_F_RDONLY_PROG);
	if (format_map < 0)
		return format_map;
	attr.map_fd = format_map;
	attr.key = (uintptr_t)&zero;
	attr.value = (uintptr_t)format;
	ret = bpf(BPF_MAP_UPDATE_ELEM, &attr);
	if (ret)
		return ret;
	memset(&attr, 0, sizeof(attr));
	attr.map_fd = format_map;
	return bpf(BPF_MAP_FREEZE, &attr);
}

/* 1. Types of programs */

#define NET(name, t)                                               \
	{                                                          \
		.type_name = name, .model.type = BPF_PROG_TYPE_##t \
	}
#define ATTACHED(name, t, a)                                        \
	{                                                           \
		.type_name = name, .model.type = BPF_PROG_TYPE_##t, \
		.model.attach_type = BPF_##a                        \
	}

#define OF(name, t, a, what, k)                    \
	{                                          \
		.type_name = name, .model = {      \
			.type = BPF_PROG_TYPE_##t, \
			.attach_type = BPF_##a,    \
			.target = what,            \
			.kind = BTF_KIND_##k       \
		}                                  \
	}

static const struct program types[] = {
	NET("socket filter", SOCKET_FILTER),
	NET("XDP", XDP),
	NET("tc classifier", SCHED_CLS),
	NET("tc action", SCHED_ACT),
	NET("lwt_in", LWT_IN),
	NET("lwt_xmit", LWT_XMIT),
	NET("sk_skb", SK_SKB),
	NET("sk_msg", SK_MSG),
	NET("sock_ops", SOCK_OPS),
	NET("sk_reuseport", SK_REUSEPORT),
	NET("flow dissector", FLOW_DISSECTOR),
	ATTACHED("sk_lookup", SK_LOOKUP, SK_LOOKUP),
	ATTACHED("cgroup skb", CGROUP_SKB, CGROUP_INET_INGRESS),
	ATTACHED("cgroup sock", CGROUP_SOCK, CGROUP_INET_SOCK_CREATE),
	ATTACHED("cgroup connect", CGROUP_SOCK_ADDR, CGROUP_INET4_CONNECT),
	ATTACHED("cgroup sockopt", CGROUP_SOCKOPT, CGROUP_GETSOCKOPT),
	ATTACHED("cgroup sysctl", CGROUP_SYSCTL, CGROUP_SYSCTL),
	ATTACHED("cgroup device", CGROUP_DEVICE, CGROUP_DEVICE),
	NET("kprobe", KPROBE),
	NET("tracepoint", TRACEPOINT),
	NET("raw tracepoint", RAW_TRACEPOINT),
	NET("perf event", PERF_EVENT),
	{ .type_name = "syscall",
	  .model.type = BPF_PROG_TYPE_SYSCALL,
	  .model.flags = BPF_F_SLEEPABLE },
	OF("LSM", LSM, LSM_MAC, "bpf_lsm_task_getpgid", FUNC),
	OF("fentry", TRACING, TRACE_FENTRY, "security_task_getpgid", FUNC),
	OF("fexit", TRACING, TRACE_FEXIT, "security_task_getpgid", FUNC),
	OF("fmod_ret", TRACING, MODIFY_RETURN, "security_task_getpgid", FUNC),
	OF("tp_btf", TRACING, TRACE_RAW_TP, "btf_trace_sched_switch", TYPEDEF),
	OF("iterator", TRACING, TRACE_ITER, "bpf_iter_task", FUNC),
	/*
	 * The first member of the struct is ssthresh(); the first attach type
	 * is 0.
	 */
	OF("struct_ops", STRUCT_OPS, CGROUP_INET_INGRESS, "tcp_congestion_ops",
	   STRUCT),
};

/* Where some of them are. */
enum {
	FILTER = 0,
	CLASSIFIER = 2,
	TRACEPOINT = 19,
	RAW_TRACEPOINT,
	PERF_EVENT,
	SYSCALL,
	LSM,
	FENTRY,
	TP_BTF = 27,
	ITERATOR,
	STRUCT_OPS,
};

static int load_plain(const struct program *program)
{
	const struct bpf_insn insns[] = { MOV(0, 0), EXIT };

	return LOAD_PROGRAM(program, "plain", insns);
}

/* Every program can get the current task. */
static int load_task(const struct program *program)
{
	const struct bpf_insn insns[] = {
		CALL(get_current_task_btf),
		LOAD(1, 0, 0),
		MOV(0, 0),
		EXIT,
	};

	return LOAD_PROGRAM(program, "task", insns);
}

static void test_types(int level)
{
	const bool locked = level == LEVEL_CONFIDENTIALITY;
	char what[128];
	size_t i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		ret = load_plain(&types[i]);
		snprintf(what, sizeof(what), "%s: %s, plain: loads",
			 level_name(level), types[i].type_name);
		report_bpf(ret >= 0, what, ret);
		if (ret >= 0)
			close(ret);

		ret = load_task(&types[i]);
		snprintf(what, sizeof(what),
			 "%s: %s, which loads from a task: %s",
			 level_name(level), types[i].type_name,
			 locked ? "EPERM" : "loads");
		report_bpf(locked ? ret == -EPERM : ret >= 0, what, ret);
		if (ret >= 0)
			close(ret);
	}
}

/* 2. Ways to memory */

static int load_lsm_argument(void)
{
	const struct bpf_insn insns[] = {
		LOAD(1, 1, 0),
		LOAD(2, 1, 0),
		MOV(0, 0),
		EXIT,
	};

	return LOAD_PROGRAM(&types[LSM], "lsm_task", insns);
}

static int load_lsm_file(void)
{
	static const struct program program =
		OF("LSM", LSM, LSM_MAC, "bpf_lsm_file_open", FUNC);
	const struct bpf_insn insns[] = {
		LOAD(1, 1, 0),
		LOAD(2, 1, kernel_member("file", "private_data")),
		MOV(0, 0),
		EXIT,
	};

	return LOAD_PROGRAM(&program, "lsm_file", insns);
}

static int load_fentry_argument(void)
{
	const struct bpf_insn insns[] = {
		LOAD(1, 1, 0),
		LOAD(2, 1, 0),
		MOV(0, 0),
		EXIT,
	};

	return LOAD_PROGRAM(&types[FENTRY], "fentry_task", insns);
}

static int load_congestion(void)
{
	const struct bpf_insn insns[] = {
		LOAD(1, 1, 0),
		LOAD(2, 1, 0),
		MOV(0, 0),
		EXIT,
	};

	return LOAD_PROGRAM(&types[STRUCT_OPS], "ssthresh", insns);
}

/* Call the kernel's own function with the program's socket. */
static int load_reno(void)
{
	const struct bpf_insn insns[] = {
		LOAD(1, 1, 0), MOV(2, 1),
		MOV(3, 1),     KFUNC(kernel_function("tcp_reno_cong_avoid")),
		MOV(0, 2),     EXIT,
	};

	return LOAD_PROGRAM(&types[STRUCT_OPS], "reno", insns);
}

/*
 * Call the function with another socket, which is shorter than one of TCP: the
 * function would write past its end.
 */
static int load_reno_for_other(void)
{
	const struct bpf_insn insns[] = {
		LOAD(1, 1, 0),
		LOAD(1, 1, kernel_member("sock_common", "skc_net")),
		LOAD(1, 1, kernel_member("net", "rtnl")),
		MOV(2, 1),
		MOV(3, 1),
		KFUNC(kernel_function("tcp_reno_cong_avoid")),
		MOV(0, 2),
		EXIT,
	};

	return LOAD_PROGRAM(&types[STRUCT_OPS], "other", insns);
}

static int load_iterator_task(void)
{
	const struct bpf_insn insns[] = {
		LOAD(1, 1, 8), IF_NULL(1, 1), LOAD(2, 1, 0), MOV(0, 0), EXIT,
	};

	return LOAD_PROGRAM(&types[ITERATOR], "iter_task", insns);
}

static int load_iterator_meta(void)
{
	const struct bpf_insn insns[] = {
		LOAD(1, 1, 0), LOAD(6, 1, 0), SET(10, -8, 1), COPY(1, 6),
		COPY(2, 10),   ADD(2, -8),    MOV(3, 8),      CALL(seq_write),
		MOV(0, 0),     EXIT,
	};

	return LOAD_PROGRAM(&types[ITERATOR], "iter_meta", insns);
}

/* The type is one that may be loaded from, but the pointer could be any. */
static int load_cast(void)
{
	const struct bpf_insn insns[] = {
		CALL(get_current_task),
		COPY(1, 0),
		MOV(2, kernel_type("file", BTF_KIND_STRUCT)),
		KFUNC(kernel_function("bpf_rdonly_cast")),
		LOAD(1, 0, kernel_member("file", "private_data")),
		MOV(0, 0),
		EXIT,
	};

	return LOAD_PROGRAM(&types[TP_BTF], "cast", insns);
}

static int load_variable(void)
{
	const struct bpf_insn insns[] = {
		LOAD_VARIABLE(1, kernel_type("runqueues", BTF_KIND_VAR)),
		SECOND_HALF,
		MOV(0, 0),
		EXIT,
	};

	return LOAD_PROGRAM(&types[TP_BTF], "variable", insns);
}

/* Pass the task to a helper that copies it. */
static int load_output(void)
{
	const struct bpf_insn insns[] = {
		CALL(get_current_task_btf),
		COPY(1, 0),
		MOV(2, 4),
		MOV(3, 0),
		MOV(4, 0),
		MOV(5, 0),
		CALL(csum_diff),
		MOV(0, 0),
		EXIT,
	};

	return LOAD_PROGRAM(&types[CLASSIFIER], "output", insns);
}

/* Read data that is left on the kernel's stack. */
static int load_stack(void)
{
	const struct bpf_insn insns[] = {
		LOAD(1, 10, -8),
		MOV(0, 0),
		EXIT,
	};

	return LOAD_PROGRAM(&types[FILTER], "stack", insns);
}

static int load_snprintf(void)
{
	const struct bpf_insn insns[] = {
		CALL(get_current_task),
		STORE(10, -8, 0),
		/* The helper may read the buffer that it writes to. */
		STORE(10, -16, 0),
		STORE(10, -24, 0),
		COPY(1, 10),
		ADD(1, -24),
		MOV(2, 16),
		LOAD_MAP(3, format_map),
		SECOND_HALF,
		COPY(4, 10),
		ADD(4, -8),
		MOV(5, 8),
		CALL(snprintf),
		MOV(0, 0),
		EXIT,
	};

	return LOAD_PROGRAM(&types[TP_BTF], "snprintf", insns);
}

static int load_snprintf_btf(void)
{
	const struct bpf_insn insns[] = {
		CALL(get_current_task),
		STORE(10, -16, 0),
		SET(10, -8, kernel_type("task_struct", BTF_KIND_STRUCT)),
		SET(10, -32, 0),
		SET(10, -24, 0),
		COPY(1, 10),
		ADD(1, -32),
		MOV(2, 16),
		COPY(3, 10),
		ADD(3, -16),
		MOV(4, 16),
		MOV(5, 0),
		CALL(snprintf_btf),
		MOV(0, 0),
		EXIT,
	};

	return LOAD_PROGRAM(&types[TP_BTF], "snprintf_btf", insns);
}

static int load_sys_bpf(void)
{
	const struct bpf_insn insns[] = {
		SET(10, -8, 0), COPY(2, 10),
		ADD(2, -8),	MOV(1, BPF_MAP_FREEZE),
		MOV(3, 8),	CALL(sys_bpf),
		MOV(0, 0),	EXIT,
	};

	return LOAD_PROGRAM(&types[SYSCALL], "sys_bpf", insns);
}

/* Helpers that are refused have no prototype, which is EINVAL. */
static const struct way {
	const char *what;
	int (*load)(void);
	int expected;
} ways[] = {
	{ "argument of an LSM hook, a task", load_lsm_argument, -EPERM },
	{ "argument of an LSM hook, a file", load_lsm_file, 0 },
	{ "argument of a function", load_fentry_argument, -EPERM },
	{ "socket of congestion control", load_congestion, 0 },
	{ "function of TCP, for its socket", load_reno, 0 },
	{ "task of an iterator", load_iterator_task, -EPERM },
	{ "output of an iterator", load_iterator_meta, 0 },
	{ "bpf_rdonly_cast()", load_cast, -EPERM },
	{ "variable of the kernel", load_variable, -EPERM },
	{ "task for a helper to copy", load_output, -EPERM },
	{ "stack without a value", load_stack, -EACCES },
	{ "%s in snprintf()", load_snprintf, -EPERM },
	{ "snprintf_btf()", load_snprintf_btf, -EINVAL },
	{ "sys_bpf()", load_sys_bpf, -EINVAL },
};

static void test_ways(int level)
{
	const bool locked = level == LEVEL_CONFIDENTIALITY;
	char what[128];
	size_t i;
	int ret, expected;

	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		expected = locked ? ways[i].expected : 0;
		ret = ways[i].load();
		snprintf(what, sizeof(what), "%s: %s: %s", level_name(level),
			 ways[i].what,
			 expected ? errno_name(-expected) : "loads");
		report_bpf(expected ? ret == expected : ret >= 0, what, ret);
		if (ret >= 0)
			close(ret);
	}
}

/* A fault of the base, at any level. The load on the way is denied before. */
static void test_other_socket(int level)
{
	const int expected = level == LEVEL_CONFIDENTIALITY ? -EPERM : -EINVAL;
	const int ret = load_reno_for_other();
	char what[128];

	snprintf(what, sizeof(what),
		 "%s: function of TCP, for another socket: %s",
		 level_name(level), errno_name(-expected));
	report_bpf(ret == expected, what, ret);
	if (ret >= 0)
		close(ret);
}

/* 3. Programs that were loaded before */

static int filter = -1, printer = -1, number_printer = -1, stack = -1,
	   user_stack = -1;

static int obtain_fentry(void)
{
	const struct bpf_insn loading[] = {
		LOAD(1, 1, 0), LOAD(1, 1, 0), LOAD_MAP(2, counts_map),
		SECOND_HALF,   MOV(3, 1),     COUNT(loading),
		MOV(0, 0),     EXIT,
	};
	const struct bpf_insn plain[] = {
		LOAD_MAP(2, counts_map),
		SECOND_HALF,
		MOV(3, 1),
		COUNT(plain),
		MOV(0, 0),
		EXIT,
	};
	/* The verifier inlines this helper, without the check in it. */
	const struct bpf_insn branches[] = {
		COPY(1, 10),
		ADD(1, -24),
		MOV(2, 24),
		MOV(3, 0),
		CALL(get_branch_snapshot),
		LOAD_MAP(2, counts_map),
		SECOND_HALF,
		MOV(3, 1),
		COUNT(branches),
		MOV(0, 0),
		EXIT,
	};
	const struct bpf_insn lsm[] = {
		LOAD(1, 1, 0), LOAD(1, 1, 0), LOAD_MAP(2, counts_map),
		SECOND_HALF,   MOV(3, 1),     COUNT(lsm),
		MOV(0, 0),     EXIT,
	};
	int ret;

	ret = attach_bpf(LOAD_PROGRAM(&types[FENTRY], "lkd_loading", loading));
	if (ret < 0)
		return ret;
	ret = attach_bpf(
		LOAD_PROGRAM(&types[FENTRY], "lkd_branches", branches));
	if (ret < 0)
		return ret;
	ret = attach_bpf(LOAD_PROGRAM(&types[FENTRY], "lkd_plain", plain));
	if (ret < 0)
		return ret;
	return attach_bpf(LOAD_PROGRAM(&types[LSM], "lkd_lsm", lsm));
}

static int obtain_filters(void)
{
	const struct bpf_insn returns[] = {
		CALL(get_current_task_btf),
		LOAD(1, 0, 0),
		MOV(0, 7),
		EXIT,
	};
	const struct bpf_insn prints[] = {
		SET(10, -8, 0x7325 /* %s */),
		SET(10, -16, 0x61 /* a */),
		COPY(1, 10),
		ADD(1, -8),
		MOV(2, 3),
		COPY(3, 10),
		ADD(3, -16),
		CALL(trace_printk),
		EXIT,
	};
	const struct bpf_insn prints_number[] = {
		SET(10, -8, 0x6425 /* %d */),
		COPY(1, 10),
		ADD(1, -8),
		MOV(2, 3),
		MOV(3, 1),
		CALL(trace_printk),
		EXIT,
	};
	struct bpf_insn walks[] = {
		COPY(2, 10), ADD(2, -64),     MOV(3, 64),
		MOV(4, 0),   CALL(get_stack), EXIT,
	};

	filter = LOAD_PROGRAM(&types[FILTER], "lkd_filter", returns);
	printer = LOAD_PROGRAM(&types[FILTER], "lkd_printer", prints);
	number_printer =
		LOAD_PROGRAM(&types[FILTER], "lkd_number", prints_number);
	stack = LOAD_PROGRAM(&types[RAW_TRACEPOINT], "lkd_stack", walks);
	walks[3].imm = BPF_F_USER_STACK;
	user_stack = LOAD_PROGRAM(&types[RAW_TRACEPOINT], "lkd_ustack", walks);
	return user_stack < 0 ? user_stack : 0;
}

#define MILLISECOND 1000000

/* A callback that loads, and rearms its timer. */
static int obtain_timer(void)
{
	const int btf = load_btf();
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = sizeof(__u32),
		.value_size = 16,
		.max_entries = 1,
		.btf_fd = btf,
		.btf_key_type_id = BTF_INT,
		.btf_value_type_id = BTF_VALUE,
	};
	const int map = btf < 0 ? btf : bpf(BPF_MAP_CREATE, &attr);
	const struct bpf_insn insns[] = {
		/* m: start the timer */
		SET(10, -8, 0),
		LOAD_WIDE(1, BPF_PSEUDO_MAP_FD, map),
		SECOND_HALF,
		COPY(2, 10),
		ADD(2, -8),
		CALL(map_lookup_elem),
		IF_NULL(0, 14),
		COPY(6, 0),
		COPY(1, 6),
		LOAD_WIDE(2, BPF_PSEUDO_MAP_FD, map),
		SECOND_HALF,
		MOV(3, CLOCK_MONOTONIC),
		CALL(timer_init),
		COPY(1, 6),
		LOAD_CALLBACK(2, 8),
		SECOND_HALF,
		CALL(timer_set_callback),
		COPY(1, 6),
		MOV(2, MILLISECOND),
		MOV(3, 0),
		CALL(timer_start),
		MOV(0, 0),
		EXIT,
		/* a: say that it is a, load, count, and start it again */
		LOAD_CALLBACK(2, -1),
		SECOND_HALF,
		COPY(6, 3),
		COPY(1, 6),
		CALL(timer_set_callback),
		CALL(get_current_task_btf),
		LOAD(1, 0, 0),
		LOAD_MAP(2, counts_map),
		SECOND_HALF,
		MOV(3, 1),
		COUNT(timer),
		COPY(1, 6),
		MOV(2, MILLISECOND),
		MOV(3, 0),
		CALL(timer_start),
		MOV(0, 0),
		EXIT,
	};
	static const struct bpf_func_info infos[] = {
		{ 0, BTF_MAIN },
		{ 23, BTF_CALLBACK },
	};
	const struct bpf_program program = {
		.type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insns = insns,
		.nr_insns = ARRAY_SIZE(insns),
		.btf = btf,
		.infos = infos,
		.nr_infos = ARRAY_SIZE(infos),
	};
	int fd;

	if (map < 0)
		return map;
	fd = load_bpf(&program);
	if (fd < 0) {
		explain_bpf(fd);
		return fd;
	}
	return run_bpf(fd, true);
}

static long event_id;
static int clock_event = -1;

static int open_event(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(attr),
		.config = event_id,
		.sample_period = 1,
	};
	const int fd = syscall(__NR_perf_event_open, &attr, -1, 0, -1,
			       PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int load_event(void)
{
	const struct bpf_insn insns[] = {
		/* Programs may not read the common part of a record. */
		LOAD(1, 1, 8), LOAD_MAP(2, counts_map),
		SECOND_HALF,   MOV(3, 1),
		COUNT(event),  MOV(0, 1),
		EXIT,
	};

	return LOAD_PROGRAM(&types[TRACEPOINT], "lkd_event", insns);
}

static int attach_event(void)
{
	const int program = load_event(), event = open_event();

	if (program < 0 || event < 0)
		return program < 0 ? program : event;
	if (ioctl(event, PERF_EVENT_IOC_SET_BPF, program) ||
	    ioctl(event, PERF_EVENT_IOC_ENABLE, 0)) {
		const int err = -errno;

		close(event);
		close(program);
		return err;
	}
	close(program);
	return event;
}

static int obtain_event(void)
{
	mount("tracefs", "/sys/kernel/tracing", "tracefs", 0, NULL);
	event_id = read_number(TRACEFS "events/sched/sched_wakeup/id");
	return event_id < 0 ? -ENOENT : attach_event();
}

#ifdef __x86_64__
/* Offset of the register in struct pt_regs. */
#define IP 128

static int obtain_registers(void)
{
	const struct bpf_insn insns[] = {
		LOAD(1, 1, IP),		 SHIFT(1, 63), IF_NULL(1, 4),
		LOAD_MAP(2, counts_map), SECOND_HALF,  MOV(3, 1),
		COUNT(registers),	 MOV(0, 0),    EXIT,
	};
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.sample_period = 100000,
		.disabled = 1,
	};
	const int program =
		LOAD_PROGRAM(&types[PERF_EVENT], "lkd_registers", insns);

	if (program < 0)
		return program;
	clock_event = syscall(__NR_perf_event_open, &attr, 0, -1, -1,
			      PERF_FLAG_FD_CLOEXEC);
	if (clock_event < 0 ||
	    ioctl(clock_event, PERF_EVENT_IOC_SET_BPF, program))
		return -errno;
	close(program);
	return 0;
}
#else
static int obtain_registers(void)
{
	return -EOPNOTSUPP;
}
#endif

static __u64 get(const __u64 *field)
{
	return __atomic_load_n(field, __ATOMIC_SEQ_CST);
}

static void be_busy(void)
{
	static char zeros[1 << 20];
	const int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	pid_t child;
	int i;

	syscall(__NR_getpgid, getpid());
	for (i = 0; i < 3; i++) {
		child = fork();
		if (!child) {
			usleep(1000);
			_exit(0);
		}
		waitpid(child, NULL, 0);
	}
	if (clock_event >= 0)
		ioctl(clock_event, PERF_EVENT_IOC_ENABLE, 0);
	for (i = 0; i < 200; i++) {
		if (read(fd, zeros, sizeof(zeros)) < 0)
			break;
	}
	if (clock_event >= 0)
		ioctl(clock_event, PERF_EVENT_IOC_DISABLE, 0);
	close(fd);
}

static int have_fentry, have_filters, have_event, have_registers, have_timer;

static void check(int ready, bool passed, int level, const char *what, int got)
{
	char line[160];

	snprintf(line, sizeof(line), "%s: %s", level_name(level), what);
	if (ready < 0)
		report_skip(errno_name(-ready), "%s", line);
	else
		report_bpf(passed, line, got);
}

static void test_kept(int level)
{
	const bool locked = level == LEVEL_CONFIDENTIALITY;
	const struct counts before = {
		get(&counts->loading), get(&counts->plain),
		get(&counts->event),   get(&counts->registers),
		get(&counts->lsm),     get(&counts->timer),
		get(&counts->branches)
	};
	int ret;

	be_busy();
	check(have_fentry, (get(&counts->loading) > before.loading) == !locked,
	      level,
	      locked ? "kept fentry that loads does nothing" :
		       "fentry that loads runs",
	      0);
	check(have_fentry,
	      (get(&counts->branches) > before.branches) == !locked, level,
	      locked ? "kept fentry that reads branches does nothing" :
		       "fentry that reads branches runs",
	      0);
	check(have_fentry, get(&counts->plain) > before.plain, level,
	      "fentry that does not load runs", 0);
	check(have_fentry, get(&counts->lsm) > before.lsm, level,
	      "LSM program that loads runs", 0);
	check(have_event, (get(&counts->event) > before.event) == !locked,
	      level,
	      locked ? "kept program on an event does nothing" :
		       "program on an event runs",
	      0);
	check(have_registers,
	      (get(&counts->registers) > before.registers) == !locked, level,
	      locked ? "kept perf event program sees no registers" :
		       "perf event program sees registers",
	      0);

	check(have_timer, (get(&counts->timer) > before.timer) == !locked,
	      level,
	      locked ? "kept timer that loads does nothing" :
		       "timer that loads runs",
	      0);

	ret = run_bpf(filter, true);
	check(have_filters, ret == (locked ? 0 : 7), level,
	      locked ? "kept filter that loads does nothing" :
		       "filter that loads runs",
	      ret);
	ret = run_bpf(printer, true);
	check(have_filters, locked ? ret == -EPERM : ret > 0, level,
	      locked ? "kept trace_printk() of %s: EPERM" :
		       "trace_printk() of %s",
	      ret);
	ret = run_bpf(number_printer, true);
	check(have_filters, ret > 0, level, "trace_printk() of a number", ret);
	ret = run_bpf(stack, false);
	check(have_filters, locked ? ret == -EPERM : ret > 0, level,
	      locked ? "kept walk of the kernel's stack: EPERM" :
		       "walk of the kernel's stack",
	      ret);
	ret = run_bpf(user_stack, false);
	check(have_filters, ret > 0, level, "walk of a user's stack", ret);

	ret = event_id < 0 ? 0 : attach_event();
	check(have_event, locked ? ret == -EPERM : ret >= 0, level,
	      locked ? "another program on an event: EPERM" :
		       "another program on an event",
	      ret);
	if (ret > 0)
		close(ret);
}

int main(void)
{
	bool others;
	int level;

	begin_raising();
	if (kernel_function("bpf_lsm_task_getpgid") < 0)
		ksft_exit_skip("no CONFIG_BPF_LSM, or no BTF\n");
	if (make_maps())
		ksft_exit_skip("no BPF (CONFIG_BPF_SYSCALL)\n");
	report_plan(LEVEL_COUNT *
			    (2 * ARRAY_SIZE(types) + ARRAY_SIZE(ways) + 14) +
		    2);

	have_fentry = obtain_fentry();
	have_filters = obtain_filters();
	have_event = obtain_event();
	have_registers = obtain_registers();
	have_timer = obtain_timer();
	for (level = LEVEL_NONE; level < LEVEL_COUNT; level++) {
		if (level)
			raise_level(level, NULL);
		test_types(level);
		test_ways(level);
		test_other_socket(level);
		test_kept(level);
	}
	report_bpf(residue_mentions("BPF program lkd_lsm (id "),
		   "residue names the LSM program", 0);
	others = residue_mentions("lkd_loading") ||
		 residue_mentions("lkd_plain");
	report_bpf(!others, "residue does not name the others", 0);
	report_end();
}
