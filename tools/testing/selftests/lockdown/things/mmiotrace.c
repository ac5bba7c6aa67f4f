// SPDX-License-Identifier: GPL-2.0-only
/* The test of mmiotrace, a module that writes to any address it is given. */

#define _GNU_SOURCE
#include "../lib/frame.h"
#include "../lib/load.h"
#include "../thing.h"

#define MODULE "arch/x86/mm/testmmiotrace.ko"
#define OPTION "CONFIG_MMIOTRACE_TEST"

/*
 * The address that the module writes to is a hardware parameter, and refused as
 * such; without it the module's own check refuses.
 */
static int use_module(struct held *held)
{
	char resource[128], params[64];
	off_t frame;
	int ret;

	ret = find_frame(held, resource, &frame);
	if (ret)
		return ret;
	snprintf(params, sizeof(params), "mmio_address=0x%llx",
		 (long long)frame);
	ret = load_kernel_module(held, MODULE, OPTION, params);
	if (ret == -EPERM)
		ret = load_kernel_module(held, MODULE, OPTION, "");
	return ret ?: drop_module("testmmiotrace");
}

static const struct thing mmiotrace_things[] = {
	{
		.name = "mmiotrace.test",
		.reason = "MMIOTRACE",
		.denied_from = INTEGRITY,
		.use = use_module,
		.object = "0x0",
		.level.title = "load the test of mmiotrace",
	},
};

REGISTER_THINGS(mmiotrace_things);
