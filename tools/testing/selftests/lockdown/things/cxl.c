// SPDX-License-Identifier: GPL-2.0-only
/* CXL: commands that the kernel does not know, to a memory device. */

#define _GNU_SOURCE
#include <linux/cxl_mem.h>

#include "../thing.h"

#define GET_SUPPORTED_LOGS 0x0400
#define GET_LOG 0x0401

static int obtain_cxl(struct held *held)
{
	int *const fd = held->state;

	*fd = open("/dev/cxl/mem0", O_RDWR | O_CLOEXEC);
	if (*fd < 0)
		return lack(held, "no CXL memory device (/dev/cxl/mem0)");
	return 0;
}

static void release_cxl(struct held *held)
{
	const int *const fd = held->state;

	if (*fd > 0)
		close(*fd);
}

static const struct handle cxl_device = {
	.size = sizeof(int),
	.obtain = obtain_cxl,
	.release = release_cxl,
	.has_fd = true,
};

static int send_command(struct held *held, struct cxl_send_command *command)
{
	return ioctl(*(int *)held->state, CXL_MEM_SEND_COMMAND, command) ?
		       -errno :
		       0;
}

/* A command that only queries. */
static int use_raw(struct held *held)
{
	__u8 logs[512];
	struct cxl_send_command command = {
		.id = CXL_MEM_COMMAND_ID_RAW,
		.raw.opcode = GET_SUPPORTED_LOGS,
		.out = { .size = sizeof(logs), .payload = (uintptr_t)logs },
	};

	return send_command(held, &command);
}

/* The start of the Command Effects Log. */
static void fill_raw(struct held *held, __u8 *page)
{
	static const __u8 log[] = { 0x0d, 0xa9, 0xc0, 0xb5, 0xbf, 0x41,
				    0x4b, 0x78, 0x8f, 0x79, 0x96, 0xb1,
				    0x62, 0x3b, 0x3f, 0x17, 0,	  0,
				    0,	  0,	16,   0,    0,	  0 };

	memcpy(page, log, sizeof(log));
}

static int call_raw(struct held *held, __u8 *hole)
{
	__u8 out[16];
	struct cxl_send_command command = {
		.id = CXL_MEM_COMMAND_ID_RAW,
		.raw.opcode = GET_LOG,
		.in = { .size = 24, .payload = (uintptr_t)hole },
		.out = { .size = sizeof(out), .payload = (uintptr_t)out },
	};

	return send_command(held, &command);
}

static const struct thing cxl_things[] = {
	{
		.name = "cxl.raw",
		.reason = "PCI_ACCESS",
		.denied_from = INTEGRITY,
		.handle = &cxl_device,
		.use = use_raw,
		.object = "* raw command 0x400",
		.level.title = "send a raw command to a CXL device",
		.parked = {
			.title = "raw CXL command",
			.call = call_raw,
			.fill = fill_raw,
		},
	},
};

REGISTER_THINGS(cxl_things);
