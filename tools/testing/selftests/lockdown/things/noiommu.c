// SPDX-License-Identifier: GPL-2.0-only
/*
 * VFIO without an IOMMU: a program that drives a device can make it write to
 * any memory. QEMU's edu copies between memory and a buffer of its own.
 */

#define _GNU_SOURCE
#include <linux/pci_regs.h>
#include <linux/vfio.h>

#include "../lib/edu.h"
#include "../lib/file.h"
#include "../lib/own_page.h"
#include "../thing.h"

#define NOIOMMU "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode"

struct noiommu {
	int device;
	struct edu edu;
	char path[64];
	int group;
	int container;
	__u64 config;
	__u64 bar_offset;
	__u8 *bar;
	struct own_page page;
};

static int enable_noiommu(void)
{
	char text[8];

	/* The mode stays on; after a raise it cannot be set again. */
	if (read_text(NOIOMMU, text, sizeof(text)) > 0 && text[0] == 'Y')
		return 0;
	return write_text(NOIOMMU, "1");
}

static int find_group(struct noiommu *noiommu)
{
	char path[128], link[128] = "";

	snprintf(path, sizeof(path), PCI_BUS "devices/%s/iommu_group",
		 noiommu->edu.name);
	if (readlink(path, link, sizeof(link) - 1) < 0)
		return -errno;
	snprintf(noiommu->path, sizeof(noiommu->path),
		 "/dev/vfio/noiommu-%.40s", strrchr(link, '/') + 1);
	return access(noiommu->path, F_OK) ? -errno : 0;
}

static int contain(struct noiommu *noiommu)
{
	return ioctl(noiommu->group, VFIO_GROUP_SET_CONTAINER,
		     &noiommu->container) ?
		       -errno :
		       0;
}

static int set_iommu(struct noiommu *noiommu)
{
	return ioctl(noiommu->container, VFIO_SET_IOMMU, VFIO_NOIOMMU_IOMMU) ?
		       -errno :
		       0;
}

static int get_region(const struct noiommu *noiommu, int index, __u64 *offset)
{
	struct vfio_region_info info = { .argsz = sizeof(info),
					 .index = index };

	if (ioctl(noiommu->device, VFIO_DEVICE_GET_REGION_INFO, &info))
		return -errno;
	if (offset)
		*offset = info.offset;
	return 0;
}

static int write_command(const struct noiommu *noiommu, const void *command)
{
	return result_of(pwrite(noiommu->device, command, sizeof(__u16),
				noiommu->config + PCI_COMMAND),
			 sizeof(__u16));
}

/* The command register of a bus master. */
static const __u16 master = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;

/* A group that is not open */
static int obtain_group(struct held *held)
{
	struct noiommu *noiommu = held->state;
	int ret;

	ret = find_edu(held, &noiommu->edu);
	if (ret)
		return ret;
	if (access(NOIOMMU, F_OK))
		return lack(held, "no %s (CONFIG_VFIO_NOIOMMU)", NOIOMMU);
	ret = enable_noiommu();
	if (!ret)
		ret = take_edu(held, &noiommu->edu, "vfio-pci",
			       "CONFIG_VFIO_PCI");
	return ret ?: find_group(noiommu);
}

/* An open group that is in no container */
static int obtain_open(struct held *held)
{
	struct noiommu *noiommu = held->state;
	int ret;

	ret = obtain_group(held);
	if (ret)
		return ret;
	noiommu->container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	noiommu->group = open(noiommu->path, O_RDWR | O_CLOEXEC);
	return noiommu->container < 0 || noiommu->group < 0 ? -errno : 0;
}

/* A group in a container that has no IOMMU driver */
static int obtain_contained(struct held *held)
{
	return obtain_open(held) ?: contain(held->state);
}

/* A device that is handed out and mapped, and a bus master */
static int obtain_device(struct held *held)
{
	struct noiommu *noiommu = held->state;
	int ret;

	ret = obtain_contained(held) ?: set_iommu(noiommu);
	if (ret)
		return ret;
	noiommu->device = ioctl(noiommu->group, VFIO_GROUP_GET_DEVICE_FD,
				noiommu->edu.name);
	if (noiommu->device < 0)
		return -errno;
	ret = get_region(noiommu, VFIO_PCI_CONFIG_REGION_INDEX,
			 &noiommu->config);
	if (!ret)
		ret = get_region(noiommu, VFIO_PCI_BAR0_REGION_INDEX,
				 &noiommu->bar_offset);
	if (!ret)
		ret = own_page_for_device(&noiommu->page);
	if (!ret)
		ret = write_command(noiommu, &master);
	if (!ret)
		ret = map_edu(noiommu->device, noiommu->bar_offset,
			      &noiommu->bar);
	return ret;
}

static void release_noiommu(struct held *held)
{
	struct noiommu *noiommu = held->state;

	if (noiommu->bar)
		munmap(noiommu->bar, EDU_BAR_BYTES);
	if (noiommu->device > 0)
		close(noiommu->device);
	if (noiommu->group > 0)
		close(noiommu->group);
	if (noiommu->container > 0)
		close(noiommu->container);
	free_own_page(&noiommu->page);
	give_back_edu(&noiommu->edu);
}

static const struct handle group = {
	.size = sizeof(struct noiommu),
	.obtain = obtain_group,
	.release = release_noiommu,
};

static const struct handle open_group = {
	.size = sizeof(struct noiommu),
	.obtain = obtain_open,
	.release = release_noiommu,
};

static const struct handle contained_group = {
	.size = sizeof(struct noiommu),
	.obtain = obtain_contained,
	.release = release_noiommu,
};

static const struct handle device = {
	.size = sizeof(struct noiommu),
	.obtain = obtain_device,
	.release = release_noiommu,
	.has_fd = true,
	.shared = true,
};

static int use_mode(struct held *held)
{
	return write_text(NOIOMMU, "1");
}

static int use_group(struct held *held)
{
	const struct noiommu *noiommu = held->state;
	const int fd = open(noiommu->path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int use_container(struct held *held)
{
	struct noiommu *noiommu = held->state;
	const int ret = contain(noiommu);

	if (!ret)
		ioctl(noiommu->group, VFIO_GROUP_UNSET_CONTAINER);
	return ret;
}

static int use_iommu(struct held *held)
{
	struct noiommu *noiommu = held->state;
	const int ret = set_iommu(noiommu);

	if (ret)
		return ret;
	if (ioctl(noiommu->group, VFIO_GROUP_UNSET_CONTAINER))
		return -errno;
	return contain(noiommu);
}

static int use_device(struct held *held)
{
	const struct noiommu *noiommu = held->state;
	const int fd = ioctl(noiommu->group, VFIO_GROUP_GET_DEVICE_FD,
			     noiommu->edu.name);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int use_ioctl(struct held *held)
{
	return get_region(held->state, VFIO_PCI_BAR0_REGION_INDEX, NULL);
}

static int use_config(struct held *held)
{
	return write_command(held->state, &master);
}

static int call_config(struct held *held, __u8 *hole)
{
	return write_command(held->state, hole);
}

static void fill_config(struct held *held, __u8 *page)
{
	memcpy(page, &master, sizeof(master));
}

static int use_read(struct held *held)
{
	const struct noiommu *noiommu = held->state;
	__u32 id;

	return result_of(pread(noiommu->device, &id, sizeof(id),
			       noiommu->bar_offset),
			 sizeof(id));
}

static int use_write(struct held *held)
{
	const struct noiommu *noiommu = held->state;
	const __u32 word = 0x5a17;

	return result_of(pwrite(noiommu->device, &word, sizeof(word),
				noiommu->bar_offset + 4),
			 sizeof(word));
}

static int call_write(struct held *held, __u8 *hole)
{
	const struct noiommu *noiommu = held->state;

	return result_of(pwrite(noiommu->device, hole, sizeof(__u32),
				noiommu->bar_offset + 4),
			 sizeof(__u32));
}

static int use_map(struct held *held)
{
	const struct noiommu *noiommu = held->state;

	return try_map_edu(noiommu->device, noiommu->bar_offset);
}

static int use_dma(struct held *held)
{
	struct noiommu *noiommu = held->state;

	return edu_write(noiommu->bar, &noiommu->page);
}

static int use_master(struct held *held)
{
	const struct noiommu *noiommu = held->state;

	return check_edu_master(&noiommu->edu);
}

static const struct thing noiommu_things[] = {
	{
		.name = "noiommu.mode",
		.reason = "MODULE_PARAMETERS",
		.denied_from = INTEGRITY,
		.handle = &device,
		.use = use_mode,
		.kept.title = "no-IOMMU mode of VFIO",
		.kept.places = HERE,
	},
	{
		.name = "noiommu.group",
		.reason = "UNRESTRICTED_DMA",
		.denied_from = INTEGRITY,
		.handle = &group,
		.use = use_group,
		.object = "open of noiommu-*",
		.level.title = "group without an IOMMU",
		.kept.title = "group without an IOMMU",
		.kept.places = HERE,
	},
	{
		.name = "noiommu.container",
		.reason = "UNRESTRICTED_DMA",
		.denied_from = INTEGRITY,
		.handle = &open_group,
		.use = use_container,
		.kept.title = "container for a group without an IOMMU",
		.kept.places = HERE,
	},
	{
		.name = "noiommu.iommu",
		.reason = "UNRESTRICTED_DMA",
		.denied_from = INTEGRITY,
		.handle = &contained_group,
		.use = use_iommu,
		.kept.title = "IOMMU driver for no IOMMU",
		.kept.places = HERE,
	},
	{
		.name = "noiommu.device",
		.reason = "UNRESTRICTED_DMA",
		.denied_from = INTEGRITY,
		.handle = &device,
		.use = use_device,
		.kept.title = "device without an IOMMU",
		.kept.places = HERE,
	},
	{
		.name = "noiommu.ioctl",
		.reason = "UNRESTRICTED_DMA",
		.denied_from = INTEGRITY,
		.handle = &device,
		.use = use_ioctl,
		.kept.title = "ioctl of a kept device without an IOMMU",
		.kept.places = HERE | CHILD | DUPED | PASSED,
	},
	{
		.name = "noiommu.config",
		.reason = "UNRESTRICTED_DMA",
		.denied_from = INTEGRITY,
		.handle = &device,
		.use = use_config,
		.kept.title = "config of a kept device without an IOMMU",
		.kept.places = HERE | CHILD | DUPED | PASSED,
		.parked.title =
			"config of a device without an IOMMU, from a page that comes later",
		.parked.call = call_config,
		.parked.fill = fill_config,
	},
	{
		.name = "noiommu.read",
		.reason = "UNRESTRICTED_DMA",
		.denied_from = INTEGRITY,
		.handle = &device,
		.use = use_read,
		.kept.title = "read of a kept device without an IOMMU",
		.kept.places = HERE | CHILD | DUPED | PASSED,
	},
	{
		.name = "noiommu.write",
		.reason = "UNRESTRICTED_DMA",
		.denied_from = INTEGRITY,
		.handle = &device,
		.use = use_write,
		.kept.title = "write to a kept device without an IOMMU",
		.kept.places = HERE | CHILD | DUPED | PASSED,
		.parked.title =
			"write to a device without an IOMMU, from a page that comes later",
		.parked.call = call_write,
	},
	{
		.name = "noiommu.map",
		.reason = "UNRESTRICTED_DMA",
		.denied_from = INTEGRITY,
		.handle = &device,
		.use = use_map,
		.kept.title = "map of a kept device without an IOMMU",
		.kept.places = HERE | CHILD | DUPED | PASSED,
	},
	{
		.name = "noiommu.dma",
		.reason = "UNRESTRICTED_DMA",
		.denied_from = INTEGRITY,
		.handle = &device,
		.use = use_dma,
		.kept.title = "DMA of a kept device without an IOMMU",
		.kept.places = HERE,
		.kept.refusal = BUS,
		.raced.title = "DMA of a device without an IOMMU",
		.raced.slots = 1,
	},
	{
		.name = "noiommu.master",
		.reason = "UNRESTRICTED_DMA",
		.denied_from = INTEGRITY,
		.handle = &device,
		.use = use_master,
		.kept.title = "bus mastering of a kept device without an IOMMU",
		.kept.places = HERE,
	},
};

REGISTER_THINGS(noiommu_things);
