// SPDX-License-Identifier: GPL-2.0-only
/*
 * MegaRAID: frames of user space for the firmware of the controller, which
 * reads and writes memory at the addresses that are in them.
 */

#define _GNU_SOURCE
#include <sys/sysmacros.h>
#include <sys/uio.h>

#include "../lib/file.h"
#include "../lib/own_page.h"
#include "../thing.h"

#define NODE "/tmp/lockdown_megasas"

#define DCMD 5
#define GET_TIME 0x01080101
#define GET_CTRL_INFO 0x01010000
#define LIST 0x28
#define HOSTS 16

#pragma pack(push, 1)

struct packet {
	__u16 host;
	__u16 pad;
	__u32 sgl_off;
	__u32 sge_count;
	__u32 sense_off;
	__u32 sense_len;
	__u8 frame[128];
	struct iovec sgl[16];
};

#pragma pack(pop)

#define FIRMWARE _IOWR('M', 1, struct packet)

struct megasas {
	int fd;
	__u16 host;
	__u8 buffer[PAGE_BYTES];
	struct own_page page;
};

static int send_frame(const struct megasas *megasas, __u32 opcode,
		      struct packet *packet)
{
	packet->host = megasas->host;
	packet->frame[0] = DCMD;
	packet->frame[2] = 0xff;
	packet->frame[7] = 1;
	memcpy(packet->frame + 0x18, &opcode, sizeof(opcode));
	return ioctl(megasas->fd, FIRMWARE, packet) ? -errno : 0;
}

/* Have the driver provide the buffer, with its list at @offset. */
static int send_listed(struct megasas *megasas, __u32 offset)
{
	struct packet packet = {
		.sgl_off = offset,
		.sge_count = 1,
		.sgl[0] = { megasas->buffer, sizeof(megasas->buffer) },
	};

	return send_frame(megasas, GET_CTRL_INFO, &packet);
}

/* The driver makes no node for its device. */
static int open_node(struct held *held)
{
	struct megasas *megasas = held->state;
	char text[4096], *line;
	int ret = 0;

	if (read_text("/proc/devices", text, sizeof(text)) <= 0)
		return -EIO;
	line = strstr(text, " megaraid_sas_ioctl");
	if (!line)
		return lack(held,
			    "no megaraid_sas_ioctl (CONFIG_MEGARAID_SAS)");
	while (line > text && line[-1] != '\n')
		line--;
	if (mknod(NODE, S_IFCHR | 0600, makedev(atoi(line), 0)))
		return -errno;
	megasas->fd = open(NODE, O_RDWR | O_CLOEXEC);
	if (megasas->fd < 0)
		ret = -errno;
	unlink(NODE);
	return ret;
}

static int obtain_megasas(struct held *held)
{
	struct megasas *megasas = held->state;
	int ret;

	ret = open_node(held);
	if (ret)
		return ret;
	do {
		ret = send_listed(megasas, LIST);
	} while (ret == -ENODEV && ++megasas->host < HOSTS);
	if (ret == -ENODEV)
		return lack(held, "no RAID controller (QEMU's megasas)");
	return ret ?: own_page_for_device(&megasas->page);
}

static void release_megasas(struct held *held)
{
	const struct megasas *megasas = held->state;

	free_own_page(&megasas->page);
	release_fd(held);
}

static const struct handle megasas = {
	.size = sizeof(struct megasas),
	.obtain = obtain_megasas,
	.release = release_megasas,
	.has_fd = true,
	.shared = true,
};

static int use_listed(struct held *held)
{
	return send_listed(held->state, LIST);
}

static int use_outside(struct held *held)
{
	const int ret = send_listed(held->state, 0x100000);

	return ret == -EINVAL ? send_listed(held->state, 4) : ret;
}

/* Ask for eight bytes of time, at an address in the frame. */
static int use_raw(struct held *held)
{
	const struct megasas *megasas = held->state;
	struct packet packet = { .sgl_off = LIST };
	const __u32 len = 8, to = megasas->page.phys;
	__u8 *const time = megasas->page.virt;
	int ret;

	memset(time, 0x5a, len);
	memcpy(packet.frame + 0x14, &len, sizeof(len));
	memcpy(packet.frame + LIST, &to, sizeof(to));
	memcpy(packet.frame + LIST + 4, &len, sizeof(len));
	ret = send_frame(megasas, GET_TIME, &packet);
	if (!ret && time[0] == 0x5a && time[3] == 0x5a)
		ret = -ENODATA;
	return ret;
}

static const struct thing megasas_things[] = {
	{
		.name = "megasas.listed",
		.reason = "PCI_ACCESS",
		.denied_from = NEVER,
		.handle = &megasas,
		.use = use_listed,
		.kept.title = "RAID frame with a list of the driver's",
		.kept.places = HERE,
	},
	{
		.name = "megasas.outside",
		.reason = "PCI_ACCESS",
		.denied_from = ALWAYS,
		.handle = &megasas,
		.use = use_outside,
		.kept.title = "RAID frame with a list outside of it",
		.kept.places = HERE,
		.kept.refusal = -EINVAL,
	},
	{
		.name = "megasas.raw",
		.reason = "PCI_ACCESS",
		.denied_from = INTEGRITY,
		.handle = &megasas,
		.use = use_raw,
		.kept.title = "RAID frame with an address of ours",
		.kept.places = HERE,
		.raced.title = "RAID frame with an address of ours",
		.raced.slots = 8,
	},
};

REGISTER_THINGS(megasas_things);
