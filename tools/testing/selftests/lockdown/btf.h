/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The numbers that the kernel's BTF has for its functions and types, which BPF
 * programs are attached by.
 */

#ifndef _LOCKDOWN_SELFTEST_BTF_H
#define _LOCKDOWN_SELFTEST_BTF_H

#include <linux/btf.h>

#include "common.h"

#define KERNEL_BTF "/sys/kernel/btf/vmlinux"

/* How many bytes follow a type in BTF, by its kind. */
static inline size_t btf_extra(const struct btf_type *type)
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

static inline int find_type(const char *btf, const char *name,
			    unsigned int kind)
{
	const struct btf_header *head = (const void *)btf;
	const char *at = btf + head->hdr_len + head->type_off;
	const char *end = at + head->type_len;
	const char *strings = btf + head->hdr_len + head->str_off;
	const struct btf_type *type;
	int id;

	for (id = 1; at < end; id++) {
		type = (const void *)at;
		if (BTF_INFO_KIND(type->info) == kind &&
		    !strcmp(strings + type->name_off, name))
			return id;
		at += sizeof(*type) + btf_extra(type);
	}
	return -ENOENT;
}

/* The number that the kernel knows a type, function or so by, or -errno. */
static inline int kernel_type(const char *name, unsigned int kind)
{
	static char *btf;
	struct stat st;
	ssize_t got;

	if (!btf) {
		if (stat(KERNEL_BTF, &st))
			return -errno;
		btf = malloc(st.st_size + 1);
		if (!btf)
			return -ENOMEM;
		got = read_text(KERNEL_BTF, btf, st.st_size + 1);
		if (got != st.st_size) {
			free(btf);
			btf = NULL;
			return got < 0 ? got : -EIO;
		}
	}
	return find_type(btf, name, kind);
}

static inline int kernel_function(const char *name)
{
	return kernel_type(name, BTF_KIND_FUNC);
}

#endif /* _LOCKDOWN_SELFTEST_BTF_H */
