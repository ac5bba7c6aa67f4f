// SPDX-License-Identifier: GPL-2.0-only
/*
 * VFIO: a device that a program drives, behind an IOMMU, which is not denied.
 * QEMU's edu copies between memory and a buffer of its own.
 */

#define _GNU_SOURCE
#include <linux/pci_regs.h>
#include <linux/vfio.h>

#include "../lib/edu.h"
#include "../lib/file.h"
#include "../lib/frame.h"
#include "../lib/level.h"
#include "../thing.h"

#define DEVICES "/sys/bus/pci/devices/"

#define EDU_ID 0x010000edU
#define EDU_LIVENESS 0x04

/* I/O addresses: of the memory of the test, mapped twice, and of the area. */
#define EDU_IOVA 0x100000
#define EDU_OTHER_IOVA 0x200000
#define EDU_AREA_IOVA 0x300000

struct vfio {
	char name[16];
	int container;
	int group;
	int device;
	__u8 *bar;
	size_t bar_size;
	__u64 *memory;
	/* The last number and word that went through the device. */
	__u32 number;
	__u64 word;
	/*
	 * A page of physical memory by /dev/mem, and the result of mapping it.
	 */
	int mem;
	void *area;
	int area_result;
};

/* Take the device from any other driver. */
static int bind_to_vfio(struct vfio *vfio, const char *uevent)
{
	char path[192];

	snprintf(vfio->name, sizeof(vfio->name), "%.15s",
		 uevent + strlen(DEVICES));
	*strchrnul(vfio->name, '/') = '\0';
	snprintf(path, sizeof(path), DEVICES "%s/driver_override", vfio->name);
	return write_text(path, "vfio-pci") ?:
		       write_text("/sys/bus/pci/drivers_probe", vfio->name);
}

static int open_group(const struct vfio *vfio)
{
	char path[192], link[192] = "";

	snprintf(path, sizeof(path), DEVICES "%s/iommu_group", vfio->name);
	if (readlink(path, link, sizeof(link) - 1) < 0)
		return -errno;
	snprintf(path, sizeof(path), "/dev/vfio%s", strrchr(link, '/'));
	return open(path, O_RDWR | O_CLOEXEC);
}

static int map_for_device(const struct vfio *vfio, void *memory, __u64 iova)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)memory,
		.iova = iova,
		.size = PAGE_BYTES,
	};

	return ioctl(vfio->container, VFIO_IOMMU_MAP_DMA, &map) ? -errno : 0;
}

static int become_master(const struct vfio *vfio)
{
	struct vfio_region_info config = {
		.argsz = sizeof(config),
		.index = VFIO_PCI_CONFIG_REGION_INDEX,
	};
	const __u16 command = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;

	if (ioctl(vfio->device, VFIO_DEVICE_GET_REGION_INFO, &config))
		return -errno;
	return result_of(pwrite(vfio->device, &command, sizeof(command),
				config.offset + PCI_COMMAND),
			 sizeof(command));
}

static int map_bar(struct vfio *vfio)
{
	struct vfio_region_info info = {
		.argsz = sizeof(info),
		.index = VFIO_PCI_BAR0_REGION_INDEX,
	};
	__u8 *bar;

	if (ioctl(vfio->device, VFIO_DEVICE_GET_REGION_INFO, &info))
		return -errno;
	bar = mmap(NULL, info.size, PROT_READ | PROT_WRITE, MAP_SHARED,
		   vfio->device, info.offset);
	if (bar == MAP_FAILED)
		return -errno;
	vfio->bar = bar;
	vfio->bar_size = info.size;
	return 0;
}

static int open_device(struct vfio *vfio)
{
	__u64 *memory;
	int ret;

	vfio->container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	if (ioctl(vfio->group, VFIO_GROUP_SET_CONTAINER, &vfio->container) ||
	    ioctl(vfio->container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		return -errno;
	vfio->device = ioctl(vfio->group, VFIO_GROUP_GET_DEVICE_FD, vfio->name);
	if (vfio->device < 0)
		return -errno;
	ret = map_bar(vfio);
	if (ret)
		return ret;
	memory = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return -errno;
	vfio->memory = memory;
	return map_for_device(vfio, memory, EDU_IOVA) ?: become_master(vfio);
}

/* Map a page that the device may go on to use: residue must name it. */
static int map_area(struct held *held)
{
#ifdef __x86_64__
	struct vfio *vfio = held->state;
	char resource[128];
	off_t frame;
	void *area;
	int ret;

	ret = find_frame(held, resource, &frame);
	if (ret)
		return ret;
	vfio->mem = open("/dev/mem", O_RDWR | O_CLOEXEC);
	if (vfio->mem < 0)
		return cannot_open(held, "/dev/mem", "CONFIG_DEVMEM");
	area = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
		    vfio->mem, frame);
	if (area == MAP_FAILED)
		return -errno;
	vfio->area = area;
	return map_for_device(vfio, area, EDU_AREA_IOVA);
#else
	return lack(held, "no area but RAM (by /dev/mem)");
#endif
}

static int obtain_vfio(struct held *held)
{
	struct vfio *vfio = held->state;
	char uevent[128];
	int ret;

	if (!find_file("/sys/bus/pci/devices/*/uevent", EDU_IDS, uevent))
		return lack(held, "no device that VFIO can drive (QEMU's edu)");
	if (access("/dev/vfio/vfio", F_OK))
		return lack(held, "no /dev/vfio (CONFIG_VFIO)");
	ret = bind_to_vfio(vfio, uevent);
	if (ret)
		return ret;
	vfio->group = open_group(vfio);
	if (vfio->group < 0)
		return lack(held, "no IOMMU (%s)",
			    "QEMU's intel-iommu, CONFIG_INTEL_IOMMU");
	ret = open_device(vfio);
	if (!ret)
		vfio->area_result = map_area(held);
	return ret;
}

static void release_vfio(struct held *held)
{
	const struct vfio *vfio = held->state;

	if (vfio->bar)
		munmap(vfio->bar, vfio->bar_size);
	if (vfio->device > 0)
		close(vfio->device);
	if (vfio->group > 0)
		close(vfio->group);
	if (vfio->container > 0)
		close(vfio->container);
	if (vfio->memory)
		munmap(vfio->memory, PAGE_BYTES);
	if (vfio->area)
		munmap(vfio->area, PAGE_BYTES);
	if (vfio->mem > 0)
		close(vfio->mem);
}

static const struct handle edu = {
	.size = sizeof(struct vfio),
	.obtain = obtain_vfio,
	.release = release_vfio,
	.shared = true,
};

static int use_bar(struct held *held)
{
	struct vfio *vfio = held->state;
	__u32 *const id = (__u32 *)vfio->bar;
	__u32 *const live = (__u32 *)(vfio->bar + EDU_LIVENESS);

	if (get_device(id) != EDU_ID)
		return -EIO;
	/* The register returns the complement. */
	put_device(live, ++vfio->number);
	return get_device(live) == ~vfio->number ? 0 : -EIO;
}

/* DMA to the device and back, to the next word. */
static int use_dma(struct held *held)
{
	struct vfio *vfio = held->state;
	int ret;

	put_device(&vfio->memory[0], ++vfio->word);
	put_device(&vfio->memory[1], 0);
	ret = edu_copy(vfio->bar, EDU_IOVA, EDU_BUFFER, 0);
	if (!ret)
		ret = edu_copy(vfio->bar, EDU_BUFFER,
			       EDU_IOVA + sizeof(vfio->word),
			       EDU_DMA_FROM_DEVICE);
	if (ret)
		return ret;
	return get_device(&vfio->memory[1]) == vfio->word ? 0 : -EIO;
}

/* The call is allowed, but residue must name the page. */
static int use_area(struct held *held)
{
	static const char line[] =
		"DEV_MEM\tphysical memory was mapped into an IOMMU by VFIO\n";
	const struct vfio *vfio = held->state;
	const bool raised = lockdown_level() >= LEVEL_INTEGRITY;
	char text[8192] = "";

	if (vfio->area_result)
		return vfio->area_result;
	read_text(LOCKDOWN_RESIDUE, text, sizeof(text));
	return raised == !!strstr(text, line) ? 0 : -EIO;
}

static int use_map(struct held *held)
{
	const struct vfio *vfio = held->state;
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap),
		.iova = EDU_OTHER_IOVA,
		.size = PAGE_BYTES,
	};
	const int ret = map_for_device(vfio, vfio->memory, EDU_OTHER_IOVA);

	if (ret)
		return ret;
	return ioctl(vfio->container, VFIO_IOMMU_UNMAP_DMA, &unmap) ? -errno :
								      0;
}

static const struct thing vfio_things[] = {
	{
		.name = "vfio.bar",
		.reason = "PCI_ACCESS",
		.denied_from = NEVER,
		.handle = &edu,
		.use = use_bar,
		.kept.title = "registers of a device, by VFIO with an IOMMU",
		.kept.places = HERE,
	},
	{
		.name = "vfio.dma",
		.reason = "PCI_ACCESS",
		.denied_from = NEVER,
		.handle = &edu,
		.use = use_dma,
		.kept.title = "DMA of a device, by VFIO with an IOMMU",
		.kept.places = HERE,
	},
	{
		.name = "vfio.area",
		.reason = "DEV_MEM",
		.denied_from = NEVER,
		.handle = &edu,
		.use = use_area,
		.kept.title =
			"residue names physical memory for a device, by VFIO with an IOMMU",
		.kept.places = HERE,
	},
	{
		.name = "vfio.map",
		.reason = "PCI_ACCESS",
		.denied_from = NEVER,
		.handle = &edu,
		.use = use_map,
		.kept.title =
			"another page for a device, by VFIO with an IOMMU",
		.kept.places = HERE,
	},
};

REGISTER_THINGS(vfio_things);
