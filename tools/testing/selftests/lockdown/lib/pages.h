/* SPDX-License-Identifier: GPL-2.0-only */
/* The module lockdown_pages.ko, which nobody signed, and its debugfs files. */

#ifndef _LOCKDOWN_SELFTEST_PAGES_H
#define _LOCKDOWN_SELFTEST_PAGES_H

/* A file that can be mapped on each machine. */
#define PAGES_FILE "/sys/kernel/debug/lockdown_pages"
/* A file with handlers of its own. */
#define HANDLERS_FILE "/sys/kernel/debug/lockdown_handlers"

struct held;

int load_pages(struct held *held);
void unload_pages(void);

#endif /* _LOCKDOWN_SELFTEST_PAGES_H */
