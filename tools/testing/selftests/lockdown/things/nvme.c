// SPDX-License-Identifier: GPL-2.0-only
/*
 * NVMe: commands of user space for the controller, which can make it write to
 * any memory. Only QEMU's controller gets them, as others may obey.
 */

#define _GNU_SOURCE
#include <linux/io_uring.h>
#include <linux/nvme_ioctl.h>

#include "../lib/edu.h"
#include "../lib/fault.h"
#include "../lib/file.h"
#include "../lib/frame.h"
#include "../lib/own_page.h"
#include "../thing.h"

#define CLASS "/sys/class/nvme/"
#define QEMU_IDS "PCI_ID=1B36:0010"

#define DELETE_CQ 0x04
#define CREATE_CQ 0x05
#define IDENTIFY 0x06
#define GET_LOG 0x02
#define GET_FEATURES 0x0a
#define SET_FEATURES 0x09
#define VENDOR 0xc0
#define READ 0x02
#define QUEUE 60
#define BLOCK 512

#define PATIENCE_MS 5000

struct nvme {
	int controller;
	int disk;
	__u8 *buffer;
	/* Commands by io_uring use these. */
	int ring;
	struct io_uring_params params;
	__u8 *sq, *cq, *sqes;
};

/* A command of user space. */
struct command {
	__u8 opcode;
	__u32 len;
	__u32 cdw10;
	__u32 cdw11;
};

/* Get the name of the controller, such as nvme0. */
static int find_controller(struct held *held, char name[16])
{
	char path[128];

	if (!find_file(CLASS "nvme*/device/uevent", QEMU_IDS, path))
		return lack(held, "no controller (%s)",
			    "QEMU's nvme, CONFIG_BLK_DEV_NVME");
	snprintf(name, 16, "%.15s", path + strlen(CLASS));
	*strchrnul(name, '/') = '\0';
	return 0;
}

static int obtain_nvme(struct held *held)
{
	struct nvme *nvme = held->state;
	char name[16], path[32];
	void *buffer;
	int ret;

	ret = find_controller(held, name);
	if (ret)
		return ret;
	snprintf(path, sizeof(path), "/dev/%s", name);
	nvme->controller = open(path, O_RDWR | O_CLOEXEC);
	snprintf(path, sizeof(path), "/dev/%sn1", name);
	nvme->disk = open(path, O_RDWR | O_DIRECT | O_CLOEXEC);
	if (nvme->controller < 0 || nvme->disk < 0)
		return -errno;
	buffer = mmap(NULL, 2 * PAGE_BYTES, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (buffer == MAP_FAILED)
		return -errno;
	nvme->buffer = buffer;
	return 0;
}

static int map_ring(const struct nvme *nvme, off_t offset, __u8 **at)
{
	void *ring;

	ring = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
		    nvme->ring, offset);
	if (ring == MAP_FAILED)
		return -errno;
	*at = ring;
	return 0;
}

static int obtain_ring(struct held *held)
{
	struct nvme *nvme = held->state;
	int ret;

	ret = obtain_nvme(held);
	if (ret)
		return ret;
	nvme->params.flags = IORING_SETUP_SQE128 | IORING_SETUP_CQE32;
	nvme->ring = syscall(__NR_io_uring_setup, 1, &nvme->params);
	if (nvme->ring < 0)
		return lack(held, "no io_uring (CONFIG_IO_URING)");
	ret = map_ring(nvme, IORING_OFF_SQ_RING, &nvme->sq);
	if (!ret)
		ret = map_ring(nvme, IORING_OFF_SQES, &nvme->sqes);
	return ret ?: map_ring(nvme, IORING_OFF_CQ_RING, &nvme->cq);
}

static void unmap(__u8 *at, size_t len)
{
	if (at)
		munmap(at, len);
}

static void release_nvme(struct held *held)
{
	const struct nvme *nvme = held->state;

	unmap(nvme->sq, PAGE_BYTES);
	unmap(nvme->sqes, PAGE_BYTES);
	unmap(nvme->cq, PAGE_BYTES);
	if (nvme->ring > 0)
		close(nvme->ring);
	unmap(nvme->buffer, 2 * PAGE_BYTES);
	if (nvme->disk > 0)
		close(nvme->disk);
	if (nvme->controller > 0)
		close(nvme->controller);
}

static const struct handle nvme = {
	.size = sizeof(struct nvme),
	.obtain = obtain_nvme,
	.release = release_nvme,
	.has_fd = true,
	.shared = true,
};

static const struct handle ring = {
	.size = sizeof(struct nvme),
	.obtain = obtain_ring,
	.release = release_nvme,
	.shared = true,
};

/* A command that the controller refuses has reached the controller. */
static int result_of_command(int ret)
{
	return ret < 0 ? -errno : 0;
}

static int send_admin(const struct nvme *nvme, const struct command *command)
{
	struct nvme_admin_cmd cmd = {
		.opcode = command->opcode,
		.nsid = command->opcode == GET_LOG ? ~0U : 0,
		.addr = command->len ? (uintptr_t)nvme->buffer : 0,
		.data_len = command->len,
		.cdw10 = command->cdw10,
		.cdw11 = command->cdw11,
		.timeout_ms = PATIENCE_MS,
	};
	int ret;

	ret = ioctl(nvme->controller, NVME_IOCTL_ADMIN_CMD, &cmd);
	return result_of_command(ret);
}

static int use_admin(struct held *held)
{
	return send_admin(held->state, held->thing->arg);
}

static int call_admin(struct held *held, __u8 *hole)
{
	const struct nvme *nvme = held->state;
	int ret;

	ret = ioctl(nvme->controller, NVME_IOCTL_ADMIN_CMD, hole);
	return result_of_command(ret);
}

static void fill_admin(struct held *held, __u8 *page)
{
	const struct command *command = held->thing->arg;
	const struct nvme_admin_cmd cmd = { .opcode = command->opcode };

	memcpy(page, &cmd, sizeof(cmd));
}

/* Create and delete a queue in contiguous memory, without an interrupt. */
static int use_queue(struct held *held)
{
	static const struct command delete = { DELETE_CQ, 0, QUEUE, 0 };

	return use_admin(held) ?: send_admin(held->state, &delete);
}

static int read_blocks(const struct nvme *nvme, __u32 blocks, __u32 len)
{
	struct nvme_passthru_cmd cmd = {
		.opcode = READ,
		.nsid = 1,
		.addr = (uintptr_t)nvme->buffer,
		.data_len = len,
		.cdw12 = blocks - 1,
	};
	int ret;

	nvme->buffer[blocks * BLOCK - 1] = 0xa5;
	ret = result_of_command(ioctl(nvme->disk, NVME_IOCTL_IO_CMD, &cmd));
	if (!ret && nvme->buffer[blocks * BLOCK - 1])
		ret = -ENODATA;
	return ret;
}

static int use_read(struct held *held)
{
	return read_blocks(held->state, 2, 2 * BLOCK);
}

/* The second block lands past the declared buffer. */
static int use_short_read(struct held *held)
{
	return read_blocks(held->state, 2, BLOCK);
}

static int use_disk(struct held *held)
{
	const struct nvme *nvme = held->state;

	return result_of(pread(nvme->disk, nvme->buffer, PAGE_BYTES, 0),
			 PAGE_BYTES);
}

static int use_ring(struct held *held)
{
	const struct command *command = held->thing->arg;
	const struct nvme *nvme = held->state;
	struct io_uring_sqe *sqe = (struct io_uring_sqe *)nvme->sqes;
	struct nvme_uring_cmd *cmd = (struct nvme_uring_cmd *)sqe->cmd;
	__u32 *tail = (__u32 *)(nvme->sq + nvme->params.sq_off.tail);
	__u32 *head = (__u32 *)(nvme->cq + nvme->params.cq_off.head);
	struct io_uring_cqe *cqe;

	memset(sqe, 0, 2 * sizeof(*sqe));
	sqe->opcode = IORING_OP_URING_CMD;
	sqe->fd = nvme->controller;
	sqe->cmd_op = NVME_URING_CMD_ADMIN;
	cmd->opcode = command->opcode;
	cmd->addr = command->len ? (uintptr_t)nvme->buffer : 0;
	cmd->data_len = command->len;
	cmd->cdw10 = command->cdw10;
	*(__u32 *)(nvme->sq + nvme->params.sq_off.array) = 0;
	put_device(tail, *tail + 1);
	if (syscall(__NR_io_uring_enter, nvme->ring, 1, 1,
		    IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		return -errno;
	/* CQEs have twice the size; the ring has two. */
	cqe = (struct io_uring_cqe *)(nvme->cq + nvme->params.cq_off.cqes) +
	      2 * (*head & (nvme->params.cq_entries - 1));
	put_device(head, *head + 1);
	return cqe->res < 0 ? cqe->res : 0;
}

/* The registers of the controller, by PCI */

#define REG_CC 0x14
#define REG_CSTS 0x1c
#define REG_ASQ 0x28
#define REG_ACQ 0x30

struct bar {
	int fd;
	char device[128];
	__u8 *registers;
	struct own_page sq, cq;
	int failed;
};

static int obtain_bar(struct held *held)
{
	struct bar *bar = held->state;
	char name[16], path[160];
	void *at;
	int ret;

	ret = find_controller(held, name);
	if (ret)
		return ret;
	snprintf(bar->device, sizeof(bar->device), CLASS "%s", name);
	snprintf(path, sizeof(path), "%s/device/resource0", bar->device);
	bar->fd = open(path, O_RDWR | O_CLOEXEC);
	if (bar->fd < 0)
		return -errno;
	at = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, bar->fd,
		  0);
	if (at == MAP_FAILED)
		return -errno;
	bar->registers = at;
	return own_page_for_device(&bar->sq) ?: own_page_for_device(&bar->cq);
}

static void release_bar(struct held *held)
{
	const struct bar *bar = held->state;

	unmap(bar->registers, PAGE_BYTES);
	free_own_page(&bar->sq);
	free_own_page(&bar->cq);
	if (bar->fd > 0)
		close(bar->fd);
}

static const struct handle bar = {
	.size = sizeof(struct bar),
	.obtain = obtain_bar,
	.release = release_bar,
};

/* Write CC, and wait until CSTS is accordingly. */
static int set_enabled(__u8 *registers, __u32 cc)
{
	int ms;

	put_device((__u32 *)(registers + REG_CC), cc);
	for (ms = 0; ms < PATIENCE_MS; ms++) {
		if (!((get_device((__u32 *)(registers + REG_CSTS)) ^ cc) & 1))
			return 0;
		usleep(1000);
	}
	return -ETIMEDOUT;
}

static void put_address(__u8 *at, __u64 address)
{
	put_device((__u32 *)at, address);
	put_device((__u32 *)(at + 4), address >> 32);
}

/* Move the queue of admin commands to a page of the test. */
static int move_queue(void *arg, __u8 *registers)
{
	const struct bar *bar = arg;
	const __u32 cc = get_device((__u32 *)(registers + REG_CC)) | 1;
	int ret;

	memset(bar->sq.virt, 0, PAGE_BYTES);
	memset(bar->cq.virt, 0, PAGE_BYTES);
	ret = set_enabled(registers, cc & ~1U);
	put_address(registers + REG_ASQ, bar->sq.phys);
	put_address(registers + REG_ACQ, bar->cq.phys);
	ret = ret ?: set_enabled(registers, cc);
	if (ret)
		return ret;
	return get_device((__u32 *)(registers + REG_ASQ)) ==
			       (__u32)bar->sq.phys ?
		       0 :
		       -EIO;
}

static int disable(void *unused, __u8 *registers)
{
	const __u32 cc = get_device((__u32 *)(registers + REG_CC));

	return set_enabled(registers, cc & ~1U);
}

/* The driver asks a controller that is enabled to delete its queues. */
static int use_bar(struct held *held)
{
	struct bar *bar = held->state;
	char path[160];
	int ret;

	snprintf(path, sizeof(path), "%s/reset_controller", bar->device);
	ret = bar->failed ?: guarded(move_queue, bar, bar->registers);
	if (!ret)
		ret = guarded(disable, bar, bar->registers);
	return ret ?: write_text(path, "1");
}

/*
 * Leave the queue there during the raise, after which the controller must take
 * commands from the driver again.
 */
static void move_before_raise(struct held *held)
{
	struct bar *bar = held->state;

	bar->failed = guarded(move_queue, bar, bar->registers);
}

static const struct thing nvme_things[] = {
	{
		.name = "nvme.identify",
		.reason = "PCI_ACCESS",
		.denied_from = NEVER,
		.handle = &nvme,
		.arg = &(const struct command){ IDENTIFY, 4096, 1, 0 },
		.use = use_admin,
		.kept.title = "NVMe identify",
		.kept.places = HERE,
	},
	{
		.name = "nvme.smart",
		.reason = "PCI_ACCESS",
		.denied_from = NEVER,
		.handle = &nvme,
		.arg =
			&(const struct command){
				GET_LOG,
				512,
				127 << 16 | 2,
				0,
			},
		.use = use_admin,
		.kept.title = "NVMe SMART log",
		.kept.places = HERE,
	},
	{
		.name = "nvme.get_features",
		.reason = "PCI_ACCESS",
		.denied_from = NEVER,
		.handle = &nvme,
		.arg = &(const struct command){ GET_FEATURES, 0, 4, 0 },
		.use = use_admin,
		.kept.title = "NVMe get features",
		.kept.places = HERE,
	},
	{
		.name = "nvme.set_features",
		.reason = "PCI_ACCESS",
		.denied_from = NEVER,
		.handle = &nvme,
		.arg = &(const struct command){ SET_FEATURES, 0, 4, 0x157 },
		.use = use_admin,
		.kept.title = "NVMe set features",
		.kept.places = HERE,
	},
	{
		.name = "nvme.short_log",
		.reason = "PCI_ACCESS",
		.denied_from = INTEGRITY,
		.handle = &nvme,
		.arg =
			&(const struct command){
				GET_LOG,
				512,
				255 << 16 | 2,
				0,
			},
		.use = use_admin,
		.kept.title = "NVMe log longer than its buffer",
		.kept.places = HERE,
	},
	{
		.name = "nvme.queue",
		.reason = "PCI_ACCESS",
		.denied_from = INTEGRITY,
		.handle = &nvme,
		.arg =
			&(const struct command){
				CREATE_CQ,
				4096,
				15 << 16 | QUEUE,
				1,
			},
		.use = use_queue,
		.kept.title = "NVMe queue",
		.kept.places = HERE,
	},
	{
		.name = "nvme.vendor",
		.reason = "PCI_ACCESS",
		.denied_from = INTEGRITY,
		.handle = &nvme,
		.arg = &(const struct command){ .opcode = VENDOR },
		.use = use_admin,
		.object = "admin command 0xc0, 0 bytes, for nvme*",
		.level.title = "NVMe vendor command",
		.kept.title = "NVMe vendor command",
		.kept.places = HERE | CHILD | DUPED | PASSED,
		.parked.title =
			"NVMe vendor command, from a page that comes later",
		.parked.call = call_admin,
		.parked.fill = fill_admin,
		.raced.title = "NVMe vendor command",
		.raced.slots = 8,
	},
	{
		.name = "nvme.read",
		.reason = "PCI_ACCESS",
		.denied_from = NEVER,
		.handle = &nvme,
		.use = use_read,
		.kept.title = "NVMe read command",
		.kept.places = HERE,
	},
	{
		.name = "nvme.short_read",
		.reason = "PCI_ACCESS",
		.denied_from = INTEGRITY,
		.handle = &nvme,
		.use = use_short_read,
		.kept.title = "NVMe read command longer than its buffer",
		.kept.places = HERE,
	},
	{
		.name = "nvme.ring_identify",
		.reason = "PCI_ACCESS",
		.denied_from = NEVER,
		.handle = &ring,
		.arg = &(const struct command){ IDENTIFY, 4096, 1, 0 },
		.use = use_ring,
		.kept.title = "NVMe identify by io_uring",
		.kept.places = HERE,
	},
	{
		.name = "nvme.ring_vendor",
		.reason = "PCI_ACCESS",
		.denied_from = INTEGRITY,
		.handle = &ring,
		.arg = &(const struct command){ .opcode = VENDOR },
		.use = use_ring,
		.kept.title = "NVMe vendor command by io_uring",
		.kept.places = HERE,
	},
	{
		.name = "nvme.disk",
		.reason = "PCI_ACCESS",
		.denied_from = NEVER,
		.handle = &nvme,
		.use = use_disk,
		.kept.title = "read of an NVMe disk",
		.kept.places = HERE,
	},
	{
		.name = "nvme.bar",
		.reason = "PCI_ACCESS",
		.denied_from = INTEGRITY,
		.handle = &bar,
		.use = use_bar,
		.kept.title = "queue of an NVMe controller, moved by a BAR",
		.kept.places = HERE,
		.kept.refusal = BUS,
		.kept.before = move_before_raise,
	},
};

REGISTER_THINGS(nvme_things);
