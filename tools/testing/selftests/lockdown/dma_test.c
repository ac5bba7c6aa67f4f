// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown selftest: devices do not write where user space tells them to.
 *
 * VFIO without an IOMMU, UIO, NVMe commands and firmware frames of a RAID
 * controller each make a device write to memory of the test's choice.  All are
 * obtained and used at none, which must work.  Then the level is raised to
 * integrity, and each is used again: a request that can name an address must be
 * refused, others must go on.
 *
 * The test needs a machine without an IOMMU, with five of QEMU's edu, one nvme
 * and one megasas; rows of missing devices are skipped.  The machine stays
 * locked until it reboots, and its NVMe controller gets commands that no driver
 * would send, so the test runs only when $LOCKDOWN_TEST_RAISE is 1, and once a
 * boot.
 */

#define _GNU_SOURCE
#include <linux/io_uring.h>
#include <linux/nvme_ioctl.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>

#include "common.h"
#include "lib/file.h"
#include "lib/level.h"
#include "lib/log.h"
#include "lib/own_page.h"
#include "lib/row.h"
#include "lib/userfault.h"

#define PCI "/sys/bus/pci/"
#define NOIOMMU "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode"

#define EDU_IDS "PCI_ID=1234:11E8"
#define EDU_ID 0x010000edU
#define EDU_DMA 0x80
#define EDU_DMA_FROM_DEVICE 2ULL
#define EDU_DMA_START 1ULL
#define EDU_BUFFER 0x40000
#define EDU_BAR_BYTES 0x100000
#define PATIENCE_MS 5000

/* Results of a use, besides 0, -errno and LACKING. */
enum {
	BUS = OTHER_RESULTS,
	NOT_OFFERED,
};

/* Devices, each for some of the rows. */
enum {
	FULL, /* VFIO: handed out, mapped, a bus master */
	CLOSED, /* VFIO: its group is not open */
	OPEN, /* VFIO: its group is in no container */
	CONTAINED, /* VFIO: its container has no IOMMU driver */
	BY_UIO,
	EDUS,
};

static struct {
	int found;
	char name[EDUS][16];
	char path[EDUS][64];
	int group[EDUS];
	int container[EDUS];
	int device;
	__u64 config;
	__u64 bar_offset;
	__u8 *bar;
	int uio;
	__u8 *uio_bar;
	struct own_page page;
} edu;

static int bind_to(const char *name, const char *driver)
{
	char path[128];

	snprintf(path, sizeof(path), PCI "devices/%s/driver_override", name);
	return write_text(path, driver) ?:
					  write_text(PCI "drivers_probe", name);
}

static bool find_edus(void)
{
	char text[256];
	glob_t files;
	size_t i;

	if (glob(PCI "devices/*/uevent", 0, NULL, &files))
		return false;
	for (i = 0; i < files.gl_pathc && edu.found < EDUS; i++) {
		if (read_text(files.gl_pathv[i], text, sizeof(text)) <= 0 ||
		    !strstr(text, EDU_IDS))
			continue;
		snprintf(edu.name[edu.found++], sizeof(edu.name[0]), "%.12s",
			 files.gl_pathv[i] + strlen(PCI "devices/"));
	}
	globfree(&files);
	return edu.found == EDUS;
}

static __u16 command_of(const char *name)
{
	char path[128];
	__u16 command = 0;
	int fd;

	snprintf(path, sizeof(path), PCI "devices/%s/config", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (pread(fd, &command, sizeof(command), PCI_COMMAND) < 0)
		command = 0;
	close(fd);
	return command;
}

static int is_master(const char *name)
{
	return command_of(name) & PCI_COMMAND_MASTER ? 0 : -EPERM;
}

static int find_group(int i)
{
	char path[128], link[128] = "";

	snprintf(path, sizeof(path), PCI "devices/%s/iommu_group", edu.name[i]);
	if (readlink(path, link, sizeof(link) - 1) < 0)
		return -errno;
	snprintf(edu.path[i], sizeof(edu.path[i]), "/dev/vfio/noiommu-%.40s",
		 strrchr(link, '/') + 1);
	return access(edu.path[i], F_OK) ? -errno : 0;
}

static int contain(int i)
{
	return ioctl(edu.group[i], VFIO_GROUP_SET_CONTAINER,
		     &edu.container[i]) ?
		       -errno :
		       0;
}

static int set_iommu(int i)
{
	return ioctl(edu.container[i], VFIO_SET_IOMMU, VFIO_NOIOMMU_IOMMU) ?
		       -errno :
		       0;
}

static int region(int index, __u64 *offset)
{
	struct vfio_region_info info = { .argsz = sizeof(info),
					 .index = index };

	if (ioctl(edu.device, VFIO_DEVICE_GET_REGION_INFO, &info))
		return -errno;
	if (offset)
		*offset = info.offset;
	return 0;
}

static int map_bar(__u8 **at)
{
	*at = mmap(NULL, EDU_BAR_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
		   edu.device, edu.bar_offset);
	return *at == MAP_FAILED ? -errno : 0;
}

static int write_command(const __u16 *command)
{
	return pwrite(edu.device, command, sizeof(*command),
		      edu.config + PCI_COMMAND) < 0 ?
		       -errno :
		       0;
}

static int get_vfio(void)
{
	static const __u16 command = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
	int i, ret;

	if (!find_edus())
		return lacks("five devices (QEMU's edu)");
	if (access(NOIOMMU, F_OK))
		return lacks(NOIOMMU " (CONFIG_VFIO_NOIOMMU)");
	ret = write_text(NOIOMMU, "1");
	for (i = FULL; i <= CONTAINED && !ret; i++) {
		ret = bind_to(edu.name[i], "vfio-pci") ?: find_group(i);
		if (ret || i == CLOSED)
			continue;
		edu.container[i] = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
		edu.group[i] = open(edu.path[i], O_RDWR | O_CLOEXEC);
		if (edu.group[i] < 0)
			ret = -errno;
		else if (i != OPEN)
			ret = contain(i);
	}
	if (!ret)
		ret = set_iommu(FULL);
	if (ret)
		return ret;
	edu.device = ioctl(edu.group[FULL], VFIO_GROUP_GET_DEVICE_FD,
			   edu.name[FULL]);
	if (edu.device < 0)
		return -errno;
	return region(VFIO_PCI_CONFIG_REGION_INDEX, &edu.config)	   ?:
		       region(VFIO_PCI_BAR0_REGION_INDEX, &edu.bar_offset) ?:
		       own_page(&edu.page)				   ?:
		       write_command(&command)				   ?:
		       map_bar(&edu.bar);
}

static int obtain_vfio(void)
{
	static struct once once;

	return obtain_once(&once, get_vfio);
}

static int use_group(void)
{
	const int fd = open(edu.path[CLOSED], O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int use_container(void)
{
	const int ret = contain(OPEN);

	if (!ret)
		ioctl(edu.group[OPEN], VFIO_GROUP_UNSET_CONTAINER);
	return ret;
}

static int use_iommu(void)
{
	const int ret = set_iommu(CONTAINED);

	if (ret)
		return ret;
	if (ioctl(edu.group[CONTAINED], VFIO_GROUP_UNSET_CONTAINER))
		return -errno;
	return contain(CONTAINED);
}

static int use_device(void)
{
	const int fd = ioctl(edu.group[FULL], VFIO_GROUP_GET_DEVICE_FD,
			     edu.name[FULL]);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int use_vfio_command(void)
{
	static const __u16 command = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;

	return write_command(&command);
}

static int use_vfio_read(void)
{
	__u32 id;

	return pread(edu.device, &id, sizeof(id), edu.bar_offset) < 0 ? -errno :
									0;
}

static int use_vfio_write(void)
{
	const __u32 word = 0x5a17;

	return pwrite(edu.device, &word, sizeof(word), edu.bar_offset + 4) < 0 ?
		       -errno :
		       0;
}

static int use_vfio_ioctl(void)
{
	return region(VFIO_PCI_BAR0_REGION_INDEX, NULL);
}

static int use_vfio_map(void)
{
	__u8 *at;
	const int ret = map_bar(&at);

	if (!ret)
		munmap(at, EDU_BAR_BYTES);
	return ret;
}

static int use_vfio_master(void)
{
	return is_master(edu.name[FULL]);
}

static int use_noiommu(void)
{
	return write_text(NOIOMMU, "1");
}

/* Mappings that are gone */

static sigjmp_buf on_bus;

static void handle_bus(int sig)
{
	siglongjmp(on_bus, BUS);
}

/* A device reads and writes this page: do not cache it. */
#define get_device(from) __atomic_load_n(from, __ATOMIC_ACQUIRE)
#define put_device(to, value) __atomic_store_n(to, value, __ATOMIC_RELEASE)

/* Make the device write eight bytes of zeros to the page. */
static int edu_write(__u8 *bar)
{
	__u64 *const dma = (__u64 *)(bar + EDU_DMA);
	__u64 *const word = (__u64 *)edu.page.virt;
	int ms, ret;

	ret = sigsetjmp(on_bus, 1);
	if (ret)
		return ret;
	put_device(word, ~0ULL);
	put_device(&dma[0], EDU_BUFFER);
	put_device(&dma[1], edu.page.phys);
	put_device(&dma[2], sizeof(*word));
	put_device(&dma[3], EDU_DMA_FROM_DEVICE | EDU_DMA_START);
	for (ms = 0; ms < PATIENCE_MS; ms++) {
		if (!get_device(word))
			return 0;
		usleep(1000);
	}
	return -ETIMEDOUT;
}

static int use_vfio_dma(void)
{
	return edu_write(edu.bar);
}

/* Calls that copy from a page that is provided later */

static int park(struct parked_call *parked)
{
	return no_userfaultfd() ? lacks(no_userfaultfd()) : park_call(parked);
}

static int parked_command(const void *page)
{
	return write_command(page);
}

static struct parked_call parked_vfio = { .call = parked_command };

static int use_parked_vfio(void)
{
	static const __u16 command = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
	int ret = 0;

	if (!parked_vfio.page)
		ret = park(&parked_vfio);
	return ret ?: release_call(&parked_vfio, &command, sizeof(command));
}

/* UIO */

static int set_master(const char *name)
{
	const __u16 command = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
	char path[128];
	int fd, ret = 0;

	snprintf(path, sizeof(path), PCI "devices/%s/config", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || pwrite(fd, &command, sizeof(command), PCI_COMMAND) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

/* Return whether the driver has since logged that it found the device. */
static bool was_found(int log, const char *name)
{
	char record[1024], text[64];

	snprintf(text, sizeof(text), ": pci function %s", name);
	while (next_record(log, record, sizeof(record))) {
		if (strstr(record, text))
			return true;
	}
	return false;
}

/*
 * A driver that finds nothing it knows has switched bus mastering on by then,
 * and disables the device, which does not happen when others have enabled it.
 * A bind returns when the probe is over.
 */
static int use_failed_probe(void)
{
	const char *const name = edu.name[BY_UIO];
	const int log = open_log();
	char path[128];
	bool found;
	int ret;

	snprintf(path, sizeof(path), PCI "devices/%s/enable", name);
	ret = write_text(path, "1");
	if (ret)
		return ret;
	snprintf(path, sizeof(path), PCI "devices/%s/driver_override", name);
	ret = write_text(path, "nvme");
	if (ret)
		return ret;
	if (!write_text(PCI "drivers/nvme/bind", name))
		return -EBUSY;
	found = was_found(log, name);
	close(log);
	return found ? is_master(name) : -ENODATA;
}

static int map_uio(__u8 **at)
{
	*at = mmap(NULL, EDU_BAR_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
		   edu.uio, 0);
	return *at == MAP_FAILED ? -errno : 0;
}

static int get_uio(void)
{
	glob_t files;
	int ret;

	ret = obtain_vfio() ?: bind_to(edu.name[BY_UIO], "uio_pci_generic");
	if (ret)
		return ret;
	if (glob("/dev/uio*", 0, NULL, &files))
		return lacks("/dev/uio0 (CONFIG_UIO_PCI_GENERIC)");
	edu.uio = open(files.gl_pathv[0], O_RDWR | O_CLOEXEC);
	globfree(&files);
	if (edu.uio < 0)
		return -errno;
	return map_uio(&edu.uio_bar) ?: set_master(edu.name[BY_UIO]);
}

static int obtain_uio(void)
{
	static struct once once;

	return obtain_once(&once, get_uio);
}

static int obtain_failed_probe(void)
{
	return access(PCI "drivers/nvme", F_OK) ?
		       lacks(PCI "drivers/nvme (CONFIG_BLK_DEV_NVME)") :
		       obtain_vfio();
}

static int use_uio_map(void)
{
	__u8 *at;
	const int ret = map_uio(&at);

	if (!ret)
		munmap(at, EDU_BAR_BYTES);
	return ret;
}

/* This driver has no interrupt control; a permitted caller gets that error. */
static int use_uio_interrupt(void)
{
	const __s32 on = 1;
	int error;

	if (write(edu.uio, &on, sizeof(on)) >= 0)
		return 0;
	error = errno;
	/* The error equals that of an unknown system call. */
	return syscall(-1) < 0 && errno == error ? NOT_OFFERED : -error;
}

static int use_uio_dma(void)
{
	return edu_write(edu.uio_bar);
}

static int use_uio_master(void)
{
	return is_master(edu.name[BY_UIO]);
}

/* NVMe */

#define NVME_DELETE_CQ 0x04
#define NVME_CREATE_CQ 0x05
#define NVME_IDENTIFY 0x06
#define NVME_GET_LOG 0x02
#define NVME_GET_FEATURES 0x0a
#define NVME_SET_FEATURES 0x09
#define NVME_VENDOR 0xc0
#define NVME_READ 0x02
#define NVME_QUEUE 60
#define NVME_BLOCK 512

static struct {
	int controller;
	int disk;
	int ring;
	struct io_uring_params params;
	__u8 *sq, *cq, *sqes;
	__u8 *buffer;
} nvme;

static int get_nvme(void)
{
	nvme.controller = open("/dev/nvme0", O_RDWR | O_CLOEXEC);
	nvme.disk = open("/dev/nvme0n1", O_RDWR | O_DIRECT | O_CLOEXEC);
	if (nvme.controller < 0 || nvme.disk < 0)
		return lacks("/dev/nvme0 (QEMU's nvme, CONFIG_BLK_DEV_NVME)");
	nvme.buffer = mmap(NULL, 2 * PAGE_BYTES, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	return 0;
}

static int obtain_nvme(void)
{
	static struct once once;

	return obtain_once(&once, get_nvme);
}

/* A command that the controller refuses has reached the controller. */
static int nvme_result(int ret)
{
	return ret < 0 ? -errno : 0;
}

static int admin(__u8 opcode, __u32 len, __u32 cdw10, __u32 cdw11)
{
	struct nvme_admin_cmd cmd = {
		.opcode = opcode,
		.addr = len ? (uintptr_t)nvme.buffer : 0,
		.data_len = len,
		.cdw10 = cdw10,
		.cdw11 = cdw11,
		.timeout_ms = PATIENCE_MS,
	};

	if (opcode == NVME_GET_LOG)
		cmd.nsid = ~0U;
	return nvme_result(ioctl(nvme.controller, NVME_IOCTL_ADMIN_CMD, &cmd));
}

static int use_nvme_identify(void)
{
	return admin(NVME_IDENTIFY, 4096, 1, 0);
}

static int use_nvme_smart(void)
{
	return admin(NVME_GET_LOG, 512, 127 << 16 | 2, 0);
}

static int use_nvme_get_feature(void)
{
	return admin(NVME_GET_FEATURES, 0, 4, 0);
}

static int use_nvme_set_feature(void)
{
	return admin(NVME_SET_FEATURES, 0, 4, 0x157);
}

static int use_nvme_short_log(void)
{
	return admin(NVME_GET_LOG, 512, 255 << 16 | 2, 0);
}

static int use_nvme_vendor(void)
{
	return admin(NVME_VENDOR, 0, 0, 0);
}

/* Create and delete a queue in contiguous memory, without an interrupt. */
static int use_nvme_queue(void)
{
	return admin(NVME_CREATE_CQ, 4096, 15 << 16 | NVME_QUEUE, 1) ?:
		       admin(NVME_DELETE_CQ, 0, NVME_QUEUE, 0);
}

static int nvme_read(__u32 blocks, __u32 len)
{
	struct nvme_passthru_cmd cmd = {
		.opcode = NVME_READ,
		.nsid = 1,
		.addr = (uintptr_t)nvme.buffer,
		.data_len = len,
		.cdw12 = blocks - 1,
	};
	int ret;

	nvme.buffer[blocks * NVME_BLOCK - 1] = 0xa5;
	ret = nvme_result(ioctl(nvme.disk, NVME_IOCTL_IO_CMD, &cmd));
	if (!ret && nvme.buffer[blocks * NVME_BLOCK - 1])
		ret = -ENODATA;
	return ret;
}

static int use_nvme_read(void)
{
	return nvme_read(2, 2 * NVME_BLOCK);
}

/* The second block lands past the declared buffer. */
static int use_nvme_short_read(void)
{
	return nvme_read(2, NVME_BLOCK);
}

static int use_nvme_disk(void)
{
	return nvme_result(pread(nvme.disk, nvme.buffer, PAGE_BYTES, 0));
}

static int parked_admin(const void *page)
{
	return nvme_result(ioctl(nvme.controller, NVME_IOCTL_ADMIN_CMD, page));
}

static struct parked_call parked_nvme = { .call = parked_admin };

static int use_parked_nvme(void)
{
	const struct nvme_admin_cmd cmd = { .opcode = NVME_VENDOR };
	int ret = 0;

	if (!parked_nvme.page)
		ret = park(&parked_nvme);
	return ret ?: release_call(&parked_nvme, &cmd, sizeof(cmd));
}

static int get_ring(void)
{
	int ret;

	ret = obtain_nvme();
	if (ret)
		return ret;
	nvme.params.flags = IORING_SETUP_SQE128 | IORING_SETUP_CQE32;
	nvme.ring = syscall(__NR_io_uring_setup, 1, &nvme.params);
	if (nvme.ring < 0)
		return lacks("io_uring (CONFIG_IO_URING)");
	nvme.sq = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
		       nvme.ring, IORING_OFF_SQ_RING);
	nvme.sqes = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
			 nvme.ring, IORING_OFF_SQES);
	nvme.cq = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
		       nvme.ring, IORING_OFF_CQ_RING);
	if (nvme.sq == MAP_FAILED || nvme.sqes == MAP_FAILED ||
	    nvme.cq == MAP_FAILED)
		return -errno;
	return 0;
}

static int obtain_ring(void)
{
	static struct once once;

	return obtain_once(&once, get_ring);
}

static int ring_admin(__u8 opcode, __u32 len, __u32 cdw10)
{
	struct io_uring_sqe *sqe = (struct io_uring_sqe *)nvme.sqes;
	struct nvme_uring_cmd *cmd = (struct nvme_uring_cmd *)sqe->cmd;
	__u32 *tail = (__u32 *)(nvme.sq + nvme.params.sq_off.tail);
	__u32 *head = (__u32 *)(nvme.cq + nvme.params.cq_off.head);
	struct io_uring_cqe *cqe;

	memset(sqe, 0, 2 * sizeof(*sqe));
	sqe->opcode = IORING_OP_URING_CMD;
	sqe->fd = nvme.controller;
	sqe->cmd_op = NVME_URING_CMD_ADMIN;
	cmd->opcode = opcode;
	cmd->addr = len ? (uintptr_t)nvme.buffer : 0;
	cmd->data_len = len;
	cmd->cdw10 = cdw10;
	*(__u32 *)(nvme.sq + nvme.params.sq_off.array) = 0;
	put_device(tail, *tail + 1);
	if (syscall(__NR_io_uring_enter, nvme.ring, 1, 1,
		    IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		return -errno;
	/* CQEs have twice the size; the ring has two. */
	cqe = (struct io_uring_cqe *)(nvme.cq + nvme.params.cq_off.cqes) +
	      2 * (*head & (nvme.params.cq_entries - 1));
	put_device(head, *head + 1);
	return cqe->res < 0 ? cqe->res : 0;
}

static int use_ring_identify(void)
{
	return ring_admin(NVME_IDENTIFY, 4096, 1);
}

static int use_ring_vendor(void)
{
	return ring_admin(NVME_VENDOR, 0, 0);
}

/* The registers of the controller, through PCI */
#define NVME_REG_CC 0x14
#define NVME_REG_CSTS 0x1c
#define NVME_REG_ASQ 0x28
#define NVME_REG_ACQ 0x30

static int wait_ready(__u8 *bar, __u32 ready)
{
	int ms;

	for (ms = 0; ms < PATIENCE_MS; ms++) {
		if ((get_device((__u32 *)(bar + NVME_REG_CSTS)) & 1) == ready)
			return 0;
		usleep(1000);
	}
	return -ETIMEDOUT;
}

/*
 * Move the queue of admin commands to a page of the test, without the driver:
 * after a raise, the controller must take commands from the driver again.
 */
static int move_admin_queue(void)
{
	struct own_page sq, cq;
	__u32 *cc, enabled;
	__u8 *bar;
	int fd, ret;

	fd = open("/sys/class/nvme/nvme0/device/resource0", O_RDWR | O_CLOEXEC);
	bar = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (bar == MAP_FAILED)
		return -errno;
	close(fd);
	ret = own_page(&sq) ?: own_page(&cq);
	if (ret)
		return ret;
	memset(sq.virt, 0, PAGE_BYTES);
	memset(cq.virt, 0, PAGE_BYTES);
	cc = (__u32 *)(bar + NVME_REG_CC);
	enabled = get_device(cc);
	put_device(cc, enabled & ~1U);
	ret = wait_ready(bar, 0);
	put_device((__u32 *)(bar + NVME_REG_ASQ), sq.phys);
	put_device((__u32 *)(bar + NVME_REG_ASQ + 4), sq.phys >> 32);
	put_device((__u32 *)(bar + NVME_REG_ACQ), cq.phys);
	put_device((__u32 *)(bar + NVME_REG_ACQ + 4), cq.phys >> 32);
	put_device(cc, enabled);
	return ret ?: wait_ready(bar, 1);
}

/* A RAID controller */

#define MEGASAS_DCMD 5
#define MEGASAS_TIME 0x01080101
#define MEGASAS_CTRL_INFO 0x01010000
#define MEGASAS_SGL 0x28

#pragma pack(push, 1)

struct megasas_packet {
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

#define MEGASAS_FIRMWARE _IOWR('M', 1, struct megasas_packet)

static struct {
	int fd;
	__u16 host;
} mega;

static int send_frame(__u32 opcode, struct megasas_packet *packet)
{
	packet->host = mega.host;
	packet->frame[0] = MEGASAS_DCMD;
	packet->frame[2] = 0xff;
	packet->frame[7] = 1;
	memcpy(packet->frame + 0x18, &opcode, sizeof(opcode));
	return ioctl(mega.fd, MEGASAS_FIRMWARE, packet) ? -errno : 0;
}

/* Have the driver provide the buffer, with its list at @offset. */
static int send_listed(__u32 opcode, __u32 offset)
{
	static __u8 buffer[PAGE_BYTES];
	struct megasas_packet packet = {
		.sgl_off = offset,
		.sge_count = 1,
		.sgl[0] = { buffer, sizeof(buffer) },
	};

	return send_frame(opcode, &packet);
}

static int get_megasas(void)
{
	char text[4096], *line;
	int ret;

	if (read_text("/proc/devices", text, sizeof(text)) <= 0)
		return -EIO;
	line = strstr(text, " megaraid_sas_ioctl");
	if (!line)
		return lacks("megaraid_sas_ioctl (CONFIG_MEGARAID_SAS)");
	while (line > text && line[-1] != '\n')
		line--;
	if (mknod("/tmp/lockdown_megasas", S_IFCHR | 0600,
		  makedev(atoi(line), 0)))
		return -errno;
	mega.fd = open("/tmp/lockdown_megasas", O_RDWR | O_CLOEXEC);
	unlink("/tmp/lockdown_megasas");
	if (mega.fd < 0)
		return -errno;
	do {
		ret = send_listed(MEGASAS_CTRL_INFO, MEGASAS_SGL);
	} while (ret == -ENODEV && ++mega.host < 16);
	if (ret == -ENODEV)
		return lacks("RAID controller (QEMU's megasas)");
	return ret || edu.page.virt ? ret : own_page(&edu.page);
}

static int obtain_megasas(void)
{
	static struct once once;

	return obtain_once(&once, get_megasas);
}

static int use_megasas_listed(void)
{
	return send_listed(MEGASAS_CTRL_INFO, MEGASAS_SGL);
}

static int use_megasas_outside(void)
{
	return send_listed(MEGASAS_CTRL_INFO, 4) ?:
		       send_listed(MEGASAS_CTRL_INFO, 0x100000);
}

/* Ask for eight bytes of time, at an address in the frame. */
static int use_megasas_raw(void)
{
	struct megasas_packet packet = { .sgl_off = MEGASAS_SGL };
	const __u32 len = 8, to = edu.page.phys;
	int ret;

	memset(edu.page.virt, 0x5a, 8);
	memcpy(packet.frame + 0x14, &len, sizeof(len));
	memcpy(packet.frame + MEGASAS_SGL, &to, sizeof(to));
	memcpy(packet.frame + MEGASAS_SGL + 4, &len, sizeof(len));
	ret = send_frame(MEGASAS_TIME, &packet);
	if (!ret && edu.page.virt[0] == 0x5a && edu.page.virt[3] == 0x5a)
		ret = -ENODATA;
	return ret;
}

static const struct row rows[] = {
	{ "no-IOMMU mode of VFIO", obtain_vfio, use_noiommu, 0, -EPERM },
	{ "group without an IOMMU", obtain_vfio, use_group, 0, -EPERM },
	{ "container for a group without an IOMMU", obtain_vfio, use_container,
	  0, -EPERM },
	{ "IOMMU driver for no IOMMU", obtain_vfio, use_iommu, 0, -EPERM },
	{ "device without an IOMMU", obtain_vfio, use_device, 0, -EPERM },
	{ "ioctl of a kept device without an IOMMU", obtain_vfio,
	  use_vfio_ioctl, 0, -EPERM },
	{ "config of a kept device without an IOMMU", obtain_vfio,
	  use_vfio_command, 0, -EPERM },
	{ "config of a device without an IOMMU, from a page that comes later",
	  obtain_vfio, use_parked_vfio, 0, -EPERM },
	{ "read of a kept device without an IOMMU", obtain_vfio, use_vfio_read,
	  0, -EPERM },
	{ "write to a kept device without an IOMMU", obtain_vfio,
	  use_vfio_write, 0, -EPERM },
	{ "map of a kept device without an IOMMU", obtain_vfio, use_vfio_map, 0,
	  -EPERM },
	{ "DMA of a kept device without an IOMMU", obtain_vfio, use_vfio_dma, 0,
	  BUS },
	{ "bus mastering of a kept device without an IOMMU", obtain_vfio,
	  use_vfio_master, 0, -EPERM },
	{ "bus mastering after a probe that failed", obtain_failed_probe,
	  use_failed_probe, -EPERM, UNTRIED },
	{ "map of a kept UIO device", obtain_uio, use_uio_map, 0, -EPERM },
	{ "interrupts of a kept UIO device", obtain_uio, use_uio_interrupt,
	  NOT_OFFERED, -EPERM },
	{ "DMA of a kept UIO device", obtain_uio, use_uio_dma, 0, BUS },
	{ "bus mastering of a kept UIO device", obtain_uio, use_uio_master, 0,
	  -EPERM },
	{ "NVMe identify", obtain_nvme, use_nvme_identify, 0, 0 },
	{ "NVMe SMART log", obtain_nvme, use_nvme_smart, 0, 0 },
	{ "NVMe get features", obtain_nvme, use_nvme_get_feature, 0, 0 },
	{ "NVMe set features", obtain_nvme, use_nvme_set_feature, 0, 0 },
	{ "NVMe log longer than its buffer", obtain_nvme, use_nvme_short_log, 0,
	  -EPERM },
	{ "NVMe queue", obtain_nvme, use_nvme_queue, 0, -EPERM },
	{ "NVMe vendor command", obtain_nvme, use_nvme_vendor, 0, -EPERM },
	{ "NVMe vendor command, from a page that comes later", obtain_nvme,
	  use_parked_nvme, 0, -EPERM },
	{ "NVMe read command", obtain_nvme, use_nvme_read, 0, 0 },
	{ "NVMe read command longer than its buffer", obtain_nvme,
	  use_nvme_short_read, 0, -EPERM },
	{ "NVMe identify by io_uring", obtain_ring, use_ring_identify, 0, 0 },
	{ "NVMe vendor command by io_uring", obtain_ring, use_ring_vendor, 0,
	  -EPERM },
	{ "read of an NVMe disk", obtain_nvme, use_nvme_disk, 0, 0 },
	{ "RAID frame with a list of the driver's", obtain_megasas,
	  use_megasas_listed, 0, 0 },
	{ "RAID frame with a list outside of it", obtain_megasas,
	  use_megasas_outside, -EINVAL, -EINVAL },
	{ "RAID frame with an address of ours", obtain_megasas, use_megasas_raw,
	  0, -EPERM },
};

int main(void)
{
	begin_raising();
	signal(SIGBUS, handle_bus);
	/* One row runs at none only. */
	report_plan(2 * ARRAY_SIZE(rows) - 1 + 4);

	try_rows(rows, ARRAY_SIZE(rows), LEVEL_NONE);
	report_result(obtain_vfio() ?: park(&parked_vfio), 0,
		      "none: park a write");
	report_result(obtain_nvme() ?: park(&parked_nvme), 0,
		      "none: park a command");
	report_result(obtain_nvme() ?: move_admin_queue(), 0,
		      "none: move a queue by a BAR");
	report_result(write_text(LOCKDOWN_FILE, "integrity"), 0,
		      "write integrity");
	try_rows(rows, ARRAY_SIZE(rows), LEVEL_INTEGRITY);
	report_end();
}
