// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown selftest: BPF programs on the LSM hook locked_down
 *
 * On an unlocked kernel no check goes further than to see that nothing is
 * denied and nobody else wants to be asked.  A program that is attached wants
 * to be, at every level.
 */

#define _GNU_SOURCE
#include "../kselftest_harness.h"
#include "btf.h"
#include "common.h"

#define HOOK "bpf_lsm_locked_down"

/* Its number is ABI. */
#define LOCKDOWN_KCORE 22

/* A program that refuses /proc/kcore, and nothing else. */
static int load_program(int hook)
{
	static const char license[] = "GPL";
	const struct bpf_insn insns[] = {
		/* r2 = what */
		{ BPF_LDX | BPF_MEM | BPF_DW, 2, 1, 0, 0 },
		/* return what == LOCKDOWN_KCORE ? -EPERM : 0 */
		{ BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0 },
		{ BPF_JMP | BPF_JNE | BPF_K, 2, 0, 1, LOCKDOWN_KCORE },
		{ BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, -EPERM },
		{ BPF_JMP | BPF_EXIT, 0, 0, 0, 0 },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_LSM,
		.expected_attach_type = BPF_LSM_MAC,
		.attach_btf_id = hook,
		.insns = (uintptr_t)insns,
		.insn_cnt = ARRAY_SIZE(insns),
		.license = (uintptr_t)license,
	};

	return bpf(BPF_PROG_LOAD, &attr);
}

/* The program is on the hook as long as what this returns is open. */
static int attach(int program)
{
	union bpf_attr attr = {
		.raw_tracepoint.prog_fd = program,
	};

	return bpf(BPF_RAW_TRACEPOINT_OPEN, &attr);
}

static int read_kcore(int fd)
{
	char byte;

	return pread(fd, &byte, 1, 0) == 1 ? 0 : -errno;
}

static int open_kcore(void)
{
	const int fd = open("/proc/kcore", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

FIXTURE(hook)
{
	int kcore;
	int program;
};

FIXTURE_SETUP(hook)
{
	int id;

	self->kcore = -1;
	self->program = -1;
	if (lockdown_level() == LEVEL_CONFIDENTIALITY)
		SKIP(return, "/proc/kcore is denied at this level anyway");

	id = kernel_function(HOOK);
	if (id == -ENOENT)
		SKIP(return, "the kernel lacks CONFIG_BPF_LSM, or its BTF");
	ASSERT_GT(id, 0);
	self->program = load_program(id);
	ASSERT_GE(self->program, 0);
	self->kcore = open_kcore();
	ASSERT_GE(self->kcore, 0);
}

FIXTURE_TEARDOWN(hook)
{
	if (self->kcore >= 0)
		close(self->kcore);
	if (self->program >= 0)
		close(self->program);
}

/* It is loaded, and on no hook. */
TEST_F(hook, not_attached)
{
	EXPECT_EQ(read_kcore(self->kcore), 0);
}

TEST_F(hook, attached)
{
	const int link = attach(self->program);

	ASSERT_GE(link, 0);
	EXPECT_EQ(read_kcore(self->kcore), -EPERM);
	EXPECT_EQ(open_kcore(), -EPERM);
	close(link);
}

TEST_F(hook, detached)
{
	const int link = attach(self->program);

	ASSERT_GE(link, 0);
	EXPECT_EQ(read_kcore(self->kcore), -EPERM);
	close(link);
	EXPECT_EQ(read_kcore(self->kcore), 0);
}

TEST_HARNESS_MAIN
