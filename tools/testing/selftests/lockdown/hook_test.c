// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown selftest: BPF programs on the LSM hook locked_down
 *
 * On an unlocked kernel, a check ends as soon as it has seen that nothing is
 * denied and no other LSM is to be asked.  A program that is attached must be
 * asked at every level.
 */

#define _GNU_SOURCE
#include "../kselftest_harness.h"
#include "common.h"
#include "lib/bpf.h"
#include "lib/bpf_insn.h"
#include "lib/level.h"

#define HOOK "bpf_lsm_locked_down"

/* The number of the reason is ABI. */
#define LOCKDOWN_KCORE 22

/* A program that refuses /proc/kcore, and nothing else. */
static int load_program(void)
{
	const struct bpf_insn insns[] = {
		/* r2 = what */
		LOAD(2, 1, 0),
		/* return what == LOCKDOWN_KCORE ? -EPERM : 0 */
		MOV(0, 0),
		UNLESS(2, LOCKDOWN_KCORE, 1),
		MOV(0, -EPERM),
		EXIT,
	};
	const struct bpf_program program = {
		.type = BPF_PROG_TYPE_LSM,
		.attach_type = BPF_LSM_MAC,
		.target = HOOK,
		.insns = insns,
		.nr_insns = ARRAY_SIZE(insns),
	};

	return load_bpf(&program);
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
	self->kcore = -1;
	self->program = -1;
	if (lockdown_level() == LEVEL_CONFIDENTIALITY)
		SKIP(return, "/proc/kcore is denied at this level anyway");

	self->program = load_program();
	if (self->program == -ENOENT)
		SKIP(return, "the kernel lacks CONFIG_BPF_LSM, or its BTF");
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

/* The program is loaded, and attached to no hook. */
TEST_F(hook, not_attached)
{
	EXPECT_EQ(read_kcore(self->kcore), 0);
}

TEST_F(hook, attached)
{
	const int link = attach_bpf(self->program);

	ASSERT_GE(link, 0);
	EXPECT_EQ(read_kcore(self->kcore), -EPERM);
	EXPECT_EQ(open_kcore(), -EPERM);
	close(link);
}

TEST_F(hook, detached)
{
	const int link = attach_bpf(self->program);

	ASSERT_GE(link, 0);
	EXPECT_EQ(read_kcore(self->kcore), -EPERM);
	close(link);
	EXPECT_EQ(read_kcore(self->kcore), 0);
}

TEST_HARNESS_MAIN
