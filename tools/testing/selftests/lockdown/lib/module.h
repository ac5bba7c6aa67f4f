/* SPDX-License-Identifier: GPL-2.0-only */
/* The modules that are installed with the tests. */

#ifndef _LOCKDOWN_SELFTEST_MODULE_H
#define _LOCKDOWN_SELFTEST_MODULE_H

#include <linux/types.h>
#include <stdbool.h>
#include <sys/types.h>

#define PROBE_MODULE "lockdown_probe"

int open_module(const char *name);
int load_module(const char *name);
int load_module_with(const char *name, const char *parameters);
ssize_t read_module(const char *name, __u8 **image);
int unload_module(void);
bool module_loaded(void);

#endif /* _LOCKDOWN_SELFTEST_MODULE_H */
