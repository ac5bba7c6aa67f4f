/* SPDX-License-Identifier: GPL-2.0-only */
/* Modules that stand in for hardware, and modules of the kernel. */

#ifndef _LOCKDOWN_SELFTEST_LOAD_H
#define _LOCKDOWN_SELFTEST_LOAD_H

#include <stdbool.h>

struct held;

/**
 * struct stand_in - a module of these tests that stands in for hardware
 * @name: its name
 * @parameters: as insmod takes them, or NULL
 * @option: says when there is no such module
 */
struct stand_in {
	const char *name;
	const char *parameters;
	const char *option;
};

int no_modules(struct held *held);
int load_stand_in(struct held *held, const struct stand_in *module,
		  bool *loaded);
int load_kernel_module(struct held *held, const char *path, const char *option,
		       const char *parameters);
int drop_module(const char *name);
void drop_stand_in(const struct stand_in *module, bool loaded);

#endif /* _LOCKDOWN_SELFTEST_LOAD_H */
