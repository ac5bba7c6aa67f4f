// SPDX-License-Identifier: GPL-2.0-only
/* BPF programs, their maps, and the types of the kernel that they are for. */

#define _GNU_SOURCE
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "../common.h"
#include "bpf.h"
#include "file.h"
#include "report.h"

#define KERNEL_BTF "/sys/kernel/btf/vmlinux"

/* The verifier's log of the last load. */
static char verifier_log[65536];

/* Run a command; return its result, or -errno. */
int bpf(int cmd, union bpf_attr *attr)
{
	const int ret = syscall(__NR_bpf, cmd, attr, sizeof(*attr));

	return ret < 0 ? -errno : ret;
}

/* Return the number of bytes that follow a type in BTF, by its kind. */
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

static int find_type(const char *btf, const char *name, unsigned int kind,
		     const struct btf_type **found)
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
		    !strcmp(strings + type->name_off, name)) {
			*found = type;
			return id;
		}
		at += sizeof(*type) + btf_extra(type);
	}
	return -ENOENT;
}

static char *kernel_btf;

static int read_kernel_btf(void)
{
	struct stat st;
	ssize_t got;

	if (kernel_btf)
		return 0;
	if (stat(KERNEL_BTF, &st))
		return -errno;
	kernel_btf = malloc(st.st_size + 1);
	if (!kernel_btf)
		return -ENOMEM;
	got = read_text(KERNEL_BTF, kernel_btf, st.st_size + 1);
	if (got == st.st_size)
		return 0;
	free(kernel_btf);
	kernel_btf = NULL;
	return got < 0 ? got : -EIO;
}

/**
 * kernel_type - find a type in the kernel's BTF
 * @name: its name
 * @kind: its kind, such as BTF_KIND_STRUCT
 *
 * Return: its number, by which programs name it; -ENOENT if there is none; or
 * another -errno if there is no BTF.
 */
int kernel_type(const char *name, unsigned int kind)
{
	const struct btf_type *type;

	return read_kernel_btf() ?: find_type(kernel_btf, name, kind, &type);
}

/**
 * kernel_size - the size of a struct in the kernel's BTF
 * @name: its name
 *
 * Return: the size; -ENOENT if there is no such struct; or another -errno if
 * there is no BTF.
 */
int kernel_size(const char *name)
{
	const struct btf_type *type;
	const int ret =
		read_kernel_btf() ?:
			find_type(kernel_btf, name, BTF_KIND_STRUCT, &type);

	return ret < 0 ? ret : (int)type->size;
}

static int find_member(const char *name, const char *member,
		       const struct btf_member **found)
{
	const struct btf_header *head;
	const struct btf_member *members;
	const struct btf_type *type;
	const char *strings;
	unsigned int i;
	int ret;

	ret = read_kernel_btf() ?:
		      find_type(kernel_btf, name, BTF_KIND_STRUCT, &type);
	if (ret < 0)
		return ret;
	head = (const void *)kernel_btf;
	strings = kernel_btf + head->hdr_len + head->str_off;
	members = (const void *)(type + 1);
	for (i = 0; i < BTF_INFO_VLEN(type->info); i++) {
		if (strcmp(strings + members[i].name_off, member))
			continue;
		*found = &members[i];
		return i;
	}
	return -ENOENT;
}

/**
 * kernel_member - find a member of a struct in the kernel's BTF
 * @name: the name of the struct
 * @member: the name of the member, which is no bit field
 *
 * Return: its offset in bytes; -ENOENT if there is none; or another -errno if
 * there is no BTF.
 */
int kernel_member(const char *name, const char *member)
{
	const struct btf_member *found;
	const int ret = find_member(name, member, &found);

	return ret < 0 ? ret : (int)BTF_MEMBER_BIT_OFFSET(found->offset) / 8;
}

/**
 * kernel_member_index - count the members of a struct before one of them
 * @name: the name of the struct
 * @member: the name of the member
 *
 * Return: their number, or as kernel_member().
 */
int kernel_member_index(const char *name, const char *member)
{
	const struct btf_member *found;

	return find_member(name, member, &found);
}

/* Find a function in the kernel's BTF, as kernel_type() finds a type. */
int kernel_function(const char *name)
{
	return kernel_type(name, BTF_KIND_FUNC);
}

#define BTF_STRINGS "\0int\0u64\0bpf_timer\0v\0t\0o\0m\0a\0b"

/**
 * load_btf - load the BTF of programs with callbacks
 *
 * It has three functions, and the value of a map with a timer in it.
 *
 * Return: a descriptor, or -errno.
 */
int load_btf(void)
{
	struct {
		struct btf_header header;
		struct btf_type number;
		__u32 number_bits;
		struct btf_type u64;
		__u32 u64_bits;
		struct btf_type opaque;
		struct btf_array array;
		struct btf_type timer;
		struct btf_member timer_member;
		struct btf_type value;
		struct btf_member value_member;
		struct btf_type proto;
		struct btf_type functions[3];
		char strings[sizeof(BTF_STRINGS)];
	} blob = {
		.header = {
			.magic = BTF_MAGIC,
			.version = BTF_VERSION,
			.hdr_len = sizeof(blob.header),
			.type_len = offsetof(typeof(blob), strings) -
				    sizeof(blob.header),
			.str_off = offsetof(typeof(blob), strings) -
				   sizeof(blob.header),
			.str_len = sizeof(blob.strings),
		},
		.number = { 1, BTF_KIND_INT << 24, { 4 } },
		.number_bits = BTF_INT_SIGNED << 24 | 32,
		.u64 = { 5, BTF_KIND_INT << 24, { 8 } },
		.u64_bits = 64,
		.opaque = { 0, BTF_KIND_ARRAY << 24, { 0 } },
		.array = { BTF_U64, BTF_INT, 2 },
		.timer = { 9, BTF_KIND_STRUCT << 24 | 1, { 16 } },
		.timer_member = { 23, BTF_OPAQUE, 0 },
		.value = { 19, BTF_KIND_STRUCT << 24 | 1, { 16 } },
		.value_member = { 21, BTF_TIMER, 0 },
		.proto = { 0, BTF_KIND_FUNC_PROTO << 24, { BTF_INT } },
		.functions = {
			{ 25, BTF_KIND_FUNC << 24, { BTF_PROTO } },
			{ 27, BTF_KIND_FUNC << 24, { BTF_PROTO } },
			{ 29, BTF_KIND_FUNC << 24, { BTF_PROTO } },
		},
		.strings = BTF_STRINGS,
	};
	union bpf_attr attr = {
		.btf = (uintptr_t)&blob,
		/* Exclude the padding. */
		.btf_size =
			offsetof(typeof(blob), strings) + sizeof(blob.strings),
	};

	return bpf(BPF_BTF_LOAD, &attr);
}

/**
 * load_bpf - load a program
 * @program: the program
 *
 * Return: a descriptor, or -errno; -ENOENT if the kernel lacks its target.
 */
int load_bpf(const struct bpf_program *program)
{
	static const char license[] = "GPL";
	union bpf_attr attr = {
		.prog_type = program->type,
		.expected_attach_type = program->attach_type,
		.prog_flags = program->flags,
		.insns = (uintptr_t)program->insns,
		.insn_cnt = program->nr_insns,
		.license = (uintptr_t)license,
		.log_buf = (uintptr_t)verifier_log,
		.log_size = sizeof(verifier_log),
		.log_level = 1,
		.prog_btf_fd = program->btf,
		.func_info = (uintptr_t)program->infos,
		.func_info_cnt = program->nr_infos,
		.func_info_rec_size =
			program->nr_infos ? sizeof(*program->infos) : 0,
	};
	int id;

	verifier_log[0] = '\0';
	if (program->name)
		snprintf(attr.prog_name, sizeof(attr.prog_name), "%s",
			 program->name);
	if (program->target) {
		id = kernel_type(program->target,
				 program->kind ?: BTF_KIND_FUNC);
		if (id < 0)
			return id;
		attr.attach_btf_id = id;
	}
	return bpf(BPF_PROG_LOAD, &attr);
}

/**
 * explain_bpf - print an unexpected result, and what the verifier said last
 * @got: the result
 */
void explain_bpf(int got)
{
	const size_t len = strlen(verifier_log);

	ksft_print_msg("got %d (%s)\n", got,
		       got < 0 ? errno_name(-got) : "no error");
	if (len)
		ksft_print_msg("verifier: %s\n",
			       verifier_log + (len > 400 ? len - 400 : 0));
}

/**
 * report_bpf - report a result, and explain a wrong one
 * @ok: the result is as expected
 * @what: the title
 * @got: the result
 */
void report_bpf(bool ok, const char *what, int got)
{
	if (!ok)
		explain_bpf(got);
	report(ok, "%s", what);
}

/**
 * attach_bpf - attach a program to what it was loaded for
 * @program: its descriptor, or the -errno of its load
 *
 * Return: a link, which holds the program as long as it is open; or -errno.
 */
int attach_bpf(int program)
{
	union bpf_attr attr = { .raw_tracepoint.prog_fd = program };

	return program < 0 ? program : bpf(BPF_RAW_TRACEPOINT_OPEN, &attr);
}

/**
 * run_bpf - run a program once
 * @program: its descriptor
 * @has_data: it takes a packet
 *
 * Return: the result of the program, or -errno.
 */
int run_bpf(int program, bool has_data)
{
	char data[64] = {};
	union bpf_attr attr = { .test = { .prog_fd = program } };
	int ret;

	if (has_data) {
		attr.test.data_in = (uintptr_t)data;
		attr.test.data_size_in = sizeof(data);
		attr.test.repeat = 1;
	}
	ret = bpf(BPF_PROG_TEST_RUN, &attr);
	return ret < 0 ? ret : (int)attr.test.retval;
}

/**
 * make_array - make an array of one element
 * @size: of the element
 * @flags: of the map
 *
 * Return: a descriptor, or -errno.
 */
int make_array(size_t size, int flags)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = sizeof(__u32),
		.value_size = size,
		.max_entries = 1,
		.map_flags = flags,
	};

	return bpf(BPF_MAP_CREATE, &attr);
}

/**
 * share_array - make an array of one element that is mapped here
 * @size: of the element, at most a page
 * @map: gets the descriptor of the array, or -errno
 *
 * Return: the element, or MAP_FAILED with errno set.
 */
void *share_array(size_t size, int *map)
{
	*map = make_array(size, BPF_F_MMAPABLE);
	if (*map < 0) {
		errno = -*map;
		return MAP_FAILED;
	}
	return mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, *map,
		    0);
}
