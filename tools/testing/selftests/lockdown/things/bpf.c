// SPDX-License-Identifier: GPL-2.0-only
/*
 * BPF: loading programs that read the kernel's memory or write that of users,
 * programs that were attached before, and some that use nothing of the kernel.
 */

#define _GNU_SOURCE
#include <endian.h>
#include <stddef.h>
#include <sys/wait.h>

#include "../lib/bpf.h"
#include "../thing.h"

static const char license[] = "GPL";

static int load(__u32 type, const char *name, const struct bpf_insn *insns,
		size_t count)
{
	union bpf_attr attr = {
		.prog_type = type,
		.insns = (uintptr_t)insns,
		.insn_cnt = count,
		.license = (uintptr_t)license,
	};

	snprintf(attr.prog_name, sizeof(attr.prog_name), "%s", name);
	return bpf(BPF_PROG_LOAD, &attr);
}

static int load_and_close(__u32 type, const char *name,
			  const struct bpf_insn *insns, size_t count)
{
	const int program = load(type, name, insns, count);

	return program < 0 ? program : close(program);
}

/* Programs that are loaded, but not attached */

/**
 * struct call - the arg of a thing: the call of a helper by a program
 * @type: the type of the program
 * @helper: helper(r1, r2, r3)
 * @writes: it writes 8 bytes from the stack to NULL; the others read 8 bytes to
 *	the stack from NULL
 * @name: the name of the program
 */
struct call {
	__u32 type;
	int helper;
	bool writes;
	const char *name;
};

/*
 * A program may not use a helper: that is -EINVAL by the contract of bpf(2),
 * and so are other errors. So the same program with a helper that nobody is
 * denied goes first.
 */
static int use_helper(struct held *held)
{
	const struct call *const call = held->thing->arg;
	const int stack = call->writes ? BPF_REG_2 : BPF_REG_1;
	const int null = call->writes ? BPF_REG_1 : BPF_REG_3;
	struct bpf_insn insns[] = {
		/* *(u64 *)(r10 - 8) = 0 */
		{ BPF_ST | BPF_MEM | BPF_DW, BPF_REG_10, 0, -8, 0 },
		/* stack = r10 */
		{ BPF_ALU64 | BPF_MOV | BPF_X, stack, BPF_REG_10, 0, 0 },
		/* stack += -8 */
		{ BPF_ALU64 | BPF_ADD | BPF_K, stack, 0, 0, -8 },
		/* null = 0 */
		{ BPF_ALU64 | BPF_MOV | BPF_K, null, 0, 0, 0 },
		/* the other = 8 */
		{ BPF_ALU64 | BPF_MOV | BPF_K, 6 - stack - null, 0, 0, 8 },
		{ BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_ktime_get_ns },
		{ BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0 },
		{ BPF_JMP | BPF_EXIT, 0, 0, 0, 0 },
	};
	int ret;

	ret = load_and_close(call->type, call->name, insns, ARRAY_SIZE(insns));
	if (ret)
		return lack(held, "no BPF program of type %u: %s (%s)",
			    call->type, errno_name(-ret), "CONFIG_BPF_EVENTS");
	insns[5].imm = call->helper;
	return load_and_close(call->type, call->name, insns, ARRAY_SIZE(insns));
}

/* A filter for a socket, which lets a single byte of each message through */

static const struct bpf_insn one_byte[] = {
	{ BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 1 },
	{ BPF_JMP | BPF_EXIT, 0, 0, 0, 0 },
};

struct filter {
	int from, to;
};

static int obtain_filter(struct held *held)
{
	struct filter *filter = held->state;
	int program, ret = 0, pair[2];

	program = load(BPF_PROG_TYPE_SOCKET_FILTER, "lockdown", one_byte,
		       ARRAY_SIZE(one_byte));
	if (program < 0)
		return lack(held, "no BPF (CONFIG_BPF_SYSCALL, CONFIG_NET)");
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair)) {
		ret = -errno;
		close(program);
		return ret;
	}
	filter->from = pair[0];
	filter->to = pair[1];
	if (setsockopt(filter->to, SOL_SOCKET, SO_ATTACH_BPF, &program,
		       sizeof(program)))
		ret = -errno;
	close(program);
	return ret;
}

static void release_filter(struct held *held)
{
	const struct filter *filter = held->state;

	if (filter->from > 0)
		close(filter->from);
	if (filter->to > 0)
		close(filter->to);
}

static const struct handle filter = {
	.size = sizeof(struct filter),
	.obtain = obtain_filter,
	.release = release_filter,
	.shared = true,
};

static int use_filter(struct held *held)
{
	const struct filter *filter = held->state;
	char bytes[8] = {};

	if (send(filter->from, bytes, sizeof(bytes), 0) != sizeof(bytes))
		return -errno;
	return result_of(recv(filter->to, bytes, sizeof(bytes), 0), 1);
}

static int use_new_filter(struct held *held)
{
	return load_and_close(BPF_PROG_TYPE_SOCKET_FILTER, "lockdown", one_byte,
			      ARRAY_SIZE(one_byte));
}

/* Programs that are attached */

/* The program and the test share this struct in a map. */
struct talk {
	__u64 known;
	__u64 read;
	__s64 read_ret;
	__s64 write_ret;
	__u64 read_str;
	__s64 read_str_ret;
	__u64 ran;
	/* The number of runs of the program of a kprobe. */
	__u64 hits;
};

struct attached {
	int map, program, link;
	struct talk *talk;
	/* Change the value each time, so that a stale one is noticed. */
	__u64 known;
	/* The program writes to this word. */
	__u64 written;
};

static void release_attached(struct held *held)
{
	const struct attached *attached = held->state;

	if (attached->link > 0)
		close(attached->link);
	if (attached->program > 0)
		close(attached->program);
	if (attached->talk && attached->talk != MAP_FAILED)
		munmap(attached->talk, PAGE_BYTES);
	if (attached->map > 0)
		close(attached->map);
}

/* Run a program whenever this process enters a system call. */
static int attach_to_calls(struct attached *attached)
{
	const uintptr_t to = (uintptr_t)&attached->written;
	const struct bpf_insn insns[] = {
		/* if (bpf_get_current_pid_tgid() >> 32 != getpid()) goto out */
		{ BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_get_current_pid_tgid },
		{ BPF_ALU64 | BPF_RSH | BPF_K, 0, 0, 0, 32 },
		{ BPF_JMP | BPF_JNE | BPF_K, 0, 0, 28, getpid() },
		/* r6 = talk */
		{ BPF_LD | BPF_DW | BPF_IMM, 6, BPF_PSEUDO_MAP_VALUE, 0,
		  attached->map },
		{ 0, 0, 0, 0, 0 },
		/* *(u64 *)(r10 - 8) = -1, to see it replaced by zero */
		{ BPF_ST | BPF_MEM | BPF_DW, 10, 0, -8, -1 },
		/* r0 = bpf_probe_read_kernel(r10 - 8, 8, &talk->known) */
		{ BPF_ALU64 | BPF_MOV | BPF_X, 1, 10, 0, 0 },
		{ BPF_ALU64 | BPF_ADD | BPF_K, 1, 0, 0, -8 },
		{ BPF_ALU64 | BPF_MOV | BPF_K, 2, 0, 0, 8 },
		{ BPF_ALU64 | BPF_MOV | BPF_X, 3, 6, 0, 0 },
		{ BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_probe_read_kernel },
		/* talk->read_ret = r0, talk->read = *(u64 *)(r10 - 8) */
		{ BPF_STX | BPF_MEM | BPF_DW, 6, 0,
		  offsetof(struct talk, read_ret), 0 },
		{ BPF_LDX | BPF_MEM | BPF_DW, 1, 10, -8, 0 },
		{ BPF_STX | BPF_MEM | BPF_DW, 6, 1, offsetof(struct talk, read),
		  0 },
		/* r0 = bpf_probe_read_kernel_str(r10 - 8, 8, &talk->known) */
		{ BPF_ST | BPF_MEM | BPF_DW, 10, 0, -8, -1 },
		{ BPF_ALU64 | BPF_MOV | BPF_X, 1, 10, 0, 0 },
		{ BPF_ALU64 | BPF_ADD | BPF_K, 1, 0, 0, -8 },
		{ BPF_ALU64 | BPF_MOV | BPF_K, 2, 0, 0, 8 },
		{ BPF_ALU64 | BPF_MOV | BPF_X, 3, 6, 0, 0 },
		{ BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_probe_read_kernel_str },
		/* talk->read_str_ret = r0, talk->read_str = the string */
		{ BPF_STX | BPF_MEM | BPF_DW, 6, 0,
		  offsetof(struct talk, read_str_ret), 0 },
		{ BPF_LDX | BPF_MEM | BPF_DW, 1, 10, -8, 0 },
		{ BPF_STX | BPF_MEM | BPF_DW, 6, 1,
		  offsetof(struct talk, read_str), 0 },
		/* r0 = bpf_probe_write_user(&written, &talk->known, 8) */
		{ BPF_LD | BPF_DW | BPF_IMM, 1, 0, 0, (__u32)to },
		{ 0, 0, 0, 0, (__u64)to >> 32 },
		{ BPF_ALU64 | BPF_MOV | BPF_X, 2, 6, 0, 0 },
		{ BPF_ALU64 | BPF_MOV | BPF_K, 3, 0, 0, 8 },
		{ BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_probe_write_user },
		/* talk->write_ret = r0, talk->ran = 8 */
		{ BPF_STX | BPF_MEM | BPF_DW, 6, 0,
		  offsetof(struct talk, write_ret), 0 },
		{ BPF_ALU64 | BPF_MOV | BPF_K, 1, 0, 0, 8 },
		{ BPF_STX | BPF_MEM | BPF_DW, 6, 1, offsetof(struct talk, ran),
		  0 },
		/* out: return 0 */
		{ BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0 },
		{ BPF_JMP | BPF_EXIT, 0, 0, 0, 0 },
	};
	static const char tracepoint[] = "sys_enter";
	union bpf_attr attach = {
		.raw_tracepoint.name = (uintptr_t)tracepoint,
	};

	attached->program = load(BPF_PROG_TYPE_RAW_TRACEPOINT, "lockdown",
				 insns, ARRAY_SIZE(insns));
	if (attached->program < 0)
		return attached->program;
	attach.raw_tracepoint.prog_fd = attached->program;
	attached->link = bpf(BPF_RAW_TRACEPOINT_OPEN, &attach);
	return attached->link < 0 ? attached->link : 0;
}

static int obtain_on_calls(struct held *held)
{
	static const struct bpf_insn nothing[] = {
		{ BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0 },
		{ BPF_JMP | BPF_EXIT, 0, 0, 0, 0 },
	};
	struct attached *attached = held->state;

	if (load_and_close(BPF_PROG_TYPE_RAW_TRACEPOINT, "lockdown", nothing,
			   ARRAY_SIZE(nothing)))
		return lack(held, "no BPF for tracepoints (CONFIG_BPF_EVENTS)");
	attached->talk = share_array(sizeof(*attached->talk), &attached->map);
	if (attached->talk == MAP_FAILED)
		return -errno;
	return attach_to_calls(attached);
}

static const struct handle on_calls = {
	.size = sizeof(struct attached),
	.obtain = obtain_on_calls,
	.release = release_attached,
	.shared = true,
};

static void run_program(struct attached *attached)
{
	attached->talk->known = 0x5a5a5a5a00000000 + ++attached->known;
	attached->talk->ran = 0;
	__atomic_store_n(&attached->written, 0, __ATOMIC_SEQ_CST);
	syscall(__NR_getppid);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static int use_write_user(struct held *held)
{
	struct attached *attached = held->state;
	const struct talk *const talk = attached->talk;
	__u64 now;

	run_program(attached);
	now = __atomic_load_n(&attached->written, __ATOMIC_SEQ_CST);
	if (!now)
		return -EPERM;
	return now == talk->known && !talk->write_ret ? 0 : HAD_EFFECT;
}

static int use_read_kernel(struct held *held)
{
	struct attached *attached = held->state;
	const struct talk *const talk = attached->talk;

	run_program(attached);
	if (!talk->ran)
		return -ESRCH;
	if (!talk->read_ret)
		return talk->read == talk->known ? 0 : -EIO;
	return talk->read ? HAD_EFFECT : talk->read_ret;
}

/* The string is one byte long; it may be anything. */
static int use_read_kernel_str(struct held *held)
{
	struct attached *attached = held->state;
	const struct talk *const talk = attached->talk;
	__u64 expected;

	run_program(attached);
	if (!talk->ran)
		return -ESRCH;
	if (talk->read_str_ret < 0)
		return talk->read_str ? HAD_EFFECT : talk->read_str_ret;
	expected = htole64(~0xffffULL | (talk->known & 0xff));
	return talk->read_str_ret == 2 && talk->read_str == expected ? 0 : -EIO;
}

/* A program for the entries of functions, however many. */

static int attach_to_functions(const struct attached *attached)
{
	static const char *const functions[] = { "kernel_clone" };
	union bpf_attr attr = {
		.link_create = {
			.prog_fd = attached->program,
			.attach_type = BPF_TRACE_KPROBE_MULTI,
			.kprobe_multi = {
				.cnt = ARRAY_SIZE(functions),
				.syms = (uintptr_t)functions,
			},
		},
	};

	return bpf(BPF_LINK_CREATE, &attr);
}

static int load_for_functions(const struct attached *attached)
{
	const struct bpf_insn insns[] = {
		/* if (bpf_get_current_pid_tgid() >> 32 != getpid()) goto out */
		{ BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_get_current_pid_tgid },
		{ BPF_ALU64 | BPF_RSH | BPF_K, 0, 0, 0, 32 },
		{ BPF_JMP | BPF_JNE | BPF_K, 0, 0, 5, getpid() },
		/* talk->hits++ */
		{ BPF_LD | BPF_DW | BPF_IMM, 6, BPF_PSEUDO_MAP_VALUE, 0,
		  attached->map },
		{ 0, 0, 0, 0, 0 },
		{ BPF_LDX | BPF_MEM | BPF_DW, 1, 6, offsetof(struct talk, hits),
		  0 },
		{ BPF_ALU64 | BPF_ADD | BPF_K, 1, 0, 0, 1 },
		{ BPF_STX | BPF_MEM | BPF_DW, 6, 1, offsetof(struct talk, hits),
		  0 },
		/* out: return 0 */
		{ BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0 },
		{ BPF_JMP | BPF_EXIT, 0, 0, 0, 0 },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_KPROBE,
		.expected_attach_type = BPF_TRACE_KPROBE_MULTI,
		.prog_name = "lockdown",
		.insns = (uintptr_t)insns,
		.insn_cnt = ARRAY_SIZE(insns),
		.license = (uintptr_t)license,
	};

	return bpf(BPF_PROG_LOAD, &attr);
}

static int obtain_on_functions(struct held *held)
{
	struct attached *attached = held->state;

	attached->talk = share_array(sizeof(*attached->talk), &attached->map);
	if (attached->talk == MAP_FAILED)
		return lack(held, "no BPF (CONFIG_BPF_SYSCALL)");
	attached->program = load_for_functions(attached);
	if (attached->program < 0)
		return attached->program;
	attached->link = attach_to_functions(attached);
	if (attached->link == -EOPNOTSUPP)
		return lack(held,
			    "no kprobes on many functions (CONFIG_FPROBE)");
	return attached->link < 0 ? attached->link : 0;
}

static const struct handle on_functions = {
	.size = sizeof(struct attached),
	.obtain = obtain_on_functions,
	.release = release_attached,
	.shared = true,
};

static int use_on_functions(struct held *held)
{
	const struct attached *attached = held->state;
	const __u64 *const hits = &attached->talk->hits;
	const __u64 before = __atomic_load_n(hits, __ATOMIC_SEQ_CST);
	const pid_t pid = fork();

	if (!pid)
		_exit(0);
	if (pid < 0 || waitpid(pid, NULL, 0) != pid)
		return -EIO;
	return __atomic_load_n(hits, __ATOMIC_SEQ_CST) > before ? 0 : -EPERM;
}

static int attach_again(struct held *held)
{
	const int fd = attach_to_functions(held->state);

	return fd < 0 ? fd : close(fd);
}

static const struct thing bpf_things[] = {
	{
		.name = "bpf.load_write_user",
		.reason = "BPF_WRITE_USER",
		.denied_from = INTEGRITY,
		.use = use_helper,
		.arg = &(const struct call){ BPF_PROG_TYPE_KPROBE,
					     BPF_FUNC_probe_write_user, true,
					     "lockdown" },
		.object = "bpf_probe_write_user in BPF program lockdown",
		.level.title = "load BPF that writes user memory",
		.level.error = EINVAL,
		.level.once = true,
	},
	{
		.name = "bpf.load_read_kernel",
		.reason = "BPF_READ_KERNEL",
		.denied_from = CONFIDENTIALITY,
		.use = use_helper,
		.arg = &(const struct call){ BPF_PROG_TYPE_KPROBE,
					     BPF_FUNC_probe_read_kernel, false,
					     "lockdown" },
		.object = "bpf_probe_read_kernel in BPF program lockdown",
		.level.title = "load BPF that reads kernel memory",
		.level.error = EINVAL,
		.level.once = true,
	},
	{
		.name = "bpf.load_unnamed",
		.reason = "BPF_READ_KERNEL",
		.denied_from = CONFIDENTIALITY,
		.use = use_helper,
		.arg = &(const struct call){ BPF_PROG_TYPE_KPROBE,
					     BPF_FUNC_probe_read_kernel, false,
					     "" },
		.object =
			"bpf_probe_read_kernel in BPF program (unnamed) of type 2",
		.level.title =
			"load BPF without a name that reads kernel memory",
		.level.error = EINVAL,
		.level.once = true,
	},
	{
		.name = "bpf.load_read_kernel_str",
		.reason = "BPF_READ_KERNEL",
		.denied_from = CONFIDENTIALITY,
		.use = use_helper,
		.arg = &(const struct call){ BPF_PROG_TYPE_KPROBE,
					     BPF_FUNC_probe_read_kernel_str,
					     false, "lockdown" },
		.object = "bpf_probe_read_kernel_str in BPF program lockdown",
		.level.title = "load BPF that reads kernel strings",
		.level.error = EINVAL,
		.level.once = true,
	},
	{
		.name = "bpf.load_read_any",
		.reason = "BPF_READ_KERNEL",
		.denied_from = CONFIDENTIALITY,
		.use = use_helper,
		.arg = &(const struct call){ BPF_PROG_TYPE_KPROBE,
					     BPF_FUNC_probe_read, false,
					     "lockdown" },
		.object = "bpf_probe_read in BPF program lockdown",
		.level.title = "load BPF that reads any memory",
		.level.error = EINVAL,
		.level.once = true,
	},
	{
		.name = "bpf.load_read_any_str",
		.reason = "BPF_READ_KERNEL",
		.denied_from = CONFIDENTIALITY,
		.use = use_helper,
		.arg = &(const struct call){ BPF_PROG_TYPE_KPROBE,
					     BPF_FUNC_probe_read_str, false,
					     "lockdown" },
		.object = "bpf_probe_read_str in BPF program lockdown",
		.level.title = "load BPF that reads any strings",
		.level.error = EINVAL,
		.level.once = true,
	},
	{
		.name = "bpf.load_socket_read_kernel",
		.reason = "BPF_READ_KERNEL",
		.denied_from = CONFIDENTIALITY,
		.use = use_helper,
		.arg = &(const struct call){ BPF_PROG_TYPE_SOCKET_FILTER,
					     BPF_FUNC_probe_read_kernel, false,
					     "lockdown" },
		.object = "bpf_probe_read_kernel in BPF program lockdown",
		.level.title = "load BPF for sockets, reads kernel memory",
		.level.error = EINVAL,
		.level.once = true,
	},
	{
		.name = "bpf.load_socket_read_kernel_str",
		.reason = "BPF_READ_KERNEL",
		.denied_from = CONFIDENTIALITY,
		.use = use_helper,
		.arg = &(const struct call){ BPF_PROG_TYPE_SOCKET_FILTER,
					     BPF_FUNC_probe_read_kernel_str,
					     false, "lockdown" },
		.object = "bpf_probe_read_kernel_str in BPF program lockdown",
		.level.title = "load BPF for sockets, reads kernel strings",
		.level.error = EINVAL,
		.level.once = true,
	},
	{
		.name = "bpf.filter",
		.reason = "BPF_READ_KERNEL",
		.denied_from = NEVER,
		.handle = &filter,
		.use = use_filter,
		.kept.title = "attached BPF program that filters a socket",
		.kept.places = HERE,
	},
	{
		.name = "bpf.load_filter",
		.reason = "BPF_READ_KERNEL",
		.denied_from = NEVER,
		.handle = &filter,
		.use = use_new_filter,
		.kept.title = "loading a BPF program that filters sockets",
		.kept.places = HERE,
	},
	{
		.name = "bpf.write_user",
		.reason = "BPF_WRITE_USER",
		.denied_from = INTEGRITY,
		.handle = &on_calls,
		.use = use_write_user,
		.kept.title = "attached BPF program that writes user memory",
		.kept.places = HERE,
	},
	{
		.name = "bpf.read_kernel",
		.reason = "BPF_READ_KERNEL",
		.denied_from = CONFIDENTIALITY,
		.handle = &on_calls,
		.use = use_read_kernel,
		.kept.title = "attached BPF program that reads kernel memory",
		.kept.places = HERE,
	},
	{
		.name = "bpf.read_kernel_str",
		.reason = "BPF_READ_KERNEL",
		.denied_from = CONFIDENTIALITY,
		.handle = &on_calls,
		.use = use_read_kernel_str,
		.kept.title = "attached BPF program that reads a kernel string",
		.kept.places = HERE,
	},
	{
		.name = "bpf.functions",
		.reason = "KPROBES",
		.denied_from = CONFIDENTIALITY,
		.handle = &on_functions,
		.use = use_on_functions,
		.kept.title = "BPF program attached to functions",
		.kept.places = HERE,
	},
	{
		.name = "bpf.attach_again",
		.reason = "KPROBES",
		.denied_from = CONFIDENTIALITY,
		.handle = &on_functions,
		.use = attach_again,
		.kept.title = "attaching a loaded BPF program to functions",
		.kept.places = HERE,
	},
};

REGISTER_THINGS(bpf_things);
