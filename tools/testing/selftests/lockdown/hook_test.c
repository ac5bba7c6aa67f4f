// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown selftest: BPF programs on the LSM hook locked_down
 *
 * On an unlocked kernel no check goes further than to see that nothing is
 * denied and nobody else wants to be asked.  A program that is attached wants
 * to be, at every level.
 */

#define _GNU_SOURCE
#include <linux/btf.h>

#include "../kselftest_harness.h"
#include "common.h"

#define KERNEL_BTF "/sys/kernel/btf/vmlinux"
#define HOOK "bpf_lsm_locked_down"

/* Its number is ABI. */
#define LOCKDOWN_KCORE 22

/* How many bytes follow a type in BTF, by its kind. */
static size_t btf_extra(const struct btf_type *type)
{
	const size_t vlen = BTF_INFO_VLEN(type->info);

	switch (BTF_INFO_KIND(type->info)) {
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return sizeof(__u32);
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return vlen * sizeof(struct btf_member);
	case BTF_KIND_ENUM:
		return vlen * sizeof(struct btf_enum);
	case BTF_KIND_ENUM64:
		return vlen * sizeof(struct btf_enum64);
	case BTF_KIND_FUNC_PROTO:
		return vlen * sizeof(struct btf_param);
	case BTF_KIND_DATASEC:
		return vlen * sizeof(struct btf_var_secinfo);
	default:
		return 0;
	}
}

static int find_function(const char *btf, const char *name)
{
	const struct btf_header *head = (const void *)btf;
	const char *at = btf + head->hdr_len + head->type_off;
	const char *end = at + head->type_len;
	const char *strings = btf + head->hdr_len + head->str_off;
	const struct btf_type *type;
	int id;

	for (id = 1; at < end; id++) {
		type = (const void *)at;
		if (BTF_INFO_KIND(type->info) == BTF_KIND_FUNC &&
		    !strcmp(strings + type->name_off, name))
			return id;
		at += sizeof(*type) + btf_extra(type);
	}
	return -ENOENT;
}

/* The number that the kernel knows the hook by, or -errno. */
static int find_hook(void)
{
	struct stat st;
	ssize_t got;
	char *btf;
	int id;

	if (stat(KERNEL_BTF, &st))
		return -errno;
	btf = malloc(st.st_size + 1);
	if (!btf)
		return -ENOMEM;
	got = read_text(KERNEL_BTF, btf, st.st_size + 1);
	id = got == st.st_size ? find_function(btf, HOOK) : -EIO;
	free(btf);
	return id;
}

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

	id = find_hook();
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
