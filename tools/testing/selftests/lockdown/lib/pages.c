// SPDX-License-Identifier: GPL-2.0-only
/* The module lockdown_pages.ko, which nobody signed, and its debugfs files. */

#define _GNU_SOURCE
#include "../thing.h"
#include "module.h"
#include "pages.h"

#define MODULE "lockdown_pages"

/* Several things use the module; the first of them loads it. */
int load_pages(struct held *held)
{
	const int ret = load_module(MODULE ".ko");

	if (ret == -ENOENT)
		return lack(held, "no %s.ko ($LOCKDOWN_MODULE_DIR)", MODULE);
	if (ret && ret != -EEXIST)
		return lack(held, "no unsigned modules (module.sig_enforce)");
	return 0;
}

/*
 * The unload fails while files of the module are open: the last thing succeeds.
 */
void unload_pages(void)
{
	syscall(__NR_delete_module, MODULE, O_NONBLOCK);
}
