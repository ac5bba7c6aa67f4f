/* SPDX-License-Identifier: GPL-2.0-only */
/* Instructions of BPF. */

#ifndef _LOCKDOWN_SELFTEST_BPF_INSN_H
#define _LOCKDOWN_SELFTEST_BPF_INSN_H

#include <linux/bpf.h>

#define INSN(op, to, from, offset, number)     \
	((struct bpf_insn){ .code = (op),      \
			    .dst_reg = (to),   \
			    .src_reg = (from), \
			    .off = (offset),   \
			    .imm = (number) })
#define CALL(helper) INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_##helper)
#define KFUNC(id) INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_KFUNC_CALL, 0, id)
#define MOV(reg, imm) INSN(BPF_ALU64 | BPF_MOV | BPF_K, reg, 0, 0, imm)
#define COPY(to, from) INSN(BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0)
#define ADD(reg, imm) INSN(BPF_ALU64 | BPF_ADD | BPF_K, reg, 0, 0, imm)
#define SHIFT(reg, imm) INSN(BPF_ALU64 | BPF_RSH | BPF_K, reg, 0, 0, imm)
#define LOAD(to, from, offset) \
	INSN(BPF_LDX | BPF_MEM | BPF_DW, to, from, offset, 0)
#define STORE(to, offset, from) \
	INSN(BPF_STX | BPF_MEM | BPF_DW, to, from, offset, 0)
#define SET(to, offset, number) \
	INSN(BPF_ST | BPF_MEM | BPF_DW, to, 0, offset, number)
#define IF_NULL(reg, skip) INSN(BPF_JMP | BPF_JEQ | BPF_K, reg, 0, skip, 0)
#define UNLESS(reg, number, skip) \
	INSN(BPF_JMP | BPF_JNE | BPF_K, reg, 0, skip, number)
#define EXIT INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

/* The first half of an instruction, which SECOND_HALF has to follow. */
#define LOAD_WIDE(reg, kind, number) \
	INSN(BPF_LD | BPF_DW | BPF_IMM, reg, kind, 0, number)
#define LOAD_MAP(reg, map) LOAD_WIDE(reg, BPF_PSEUDO_MAP_VALUE, map)
#define LOAD_CALLBACK(reg, at) LOAD_WIDE(reg, BPF_PSEUDO_FUNC, at)
#define SECOND_HALF INSN(0, 0, 0, 0, 0)

#endif /* _LOCKDOWN_SELFTEST_BPF_INSN_H */
