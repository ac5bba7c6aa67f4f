/* SPDX-License-Identifier: GPL-2.0-only */
/* BPF programs, their maps, and the types of the kernel that they are for. */

#ifndef _LOCKDOWN_SELFTEST_BPF_H
#define _LOCKDOWN_SELFTEST_BPF_H

#include <linux/bpf.h>
#include <linux/btf.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * struct bpf_program - a program to load
 * @type: as in union bpf_attr
 * @attach_type: likewise
 * @flags: likewise
 * @target: the function or type of the kernel that it is for, or NULL
 * @kind: the kind of @target in BTF; 0 for a function
 * @name: its name, or NULL
 * @insns: its instructions
 * @nr_insns: how many
 * @btf: of load_btf(), for a program with callbacks
 * @infos: where its functions begin
 * @nr_infos: how many; 0 without @btf
 */
struct bpf_program {
	int type;
	int attach_type;
	int flags;
	const char *target;
	unsigned int kind;
	const char *name;
	const struct bpf_insn *insns;
	size_t nr_insns;
	int btf;
	const struct bpf_func_info *infos;
	size_t nr_infos;
};

/* The types in the BTF of load_btf(). */
enum {
	BTF_INT = 1,
	BTF_U64,
	BTF_OPAQUE,
	BTF_TIMER,
	/* struct { struct bpf_timer o; } */
	BTF_VALUE,
	BTF_PROTO,
	/* int m(void), int a(void), int b(void) */
	BTF_MAIN,
	BTF_CALLBACK,
	BTF_SECOND_CALLBACK,
};

int bpf(int cmd, union bpf_attr *attr);
int kernel_type(const char *name, unsigned int kind);
int kernel_function(const char *name);
int kernel_size(const char *name);
int kernel_member(const char *name, const char *member);
int kernel_member_index(const char *name, const char *member);
int load_btf(void);
int load_bpf(const struct bpf_program *program);
void explain_bpf(int got);
void report_bpf(bool ok, const char *what, int got);
int attach_bpf(int program);
int run_bpf(int program, bool has_data);
int make_array(size_t size, int flags);
void *share_array(size_t size, int *map);

#endif /* _LOCKDOWN_SELFTEST_BPF_H */
