// SPDX-License-Identifier: GPL-2.0-only
/* PCI: configuration space, BARs, and devices that may write to memory. */

#define _GNU_SOURCE
#include <dirent.h>
#include <endian.h>
#include <linux/pci_regs.h>

#include "../lib/fault.h"
#include "../lib/file.h"
#include "../lib/frame.h"
#include "../thing.h"

#define DEVICES "/sys/bus/pci/devices/"

/* An interrupt line that no host bridge has. */
#define POISON 0xa5

/* The ioctls of <linux/pci.h>; the first only asks. */
#define PCIIOC_CONTROLLER ('P' << 24 | 'C' << 16 | 'I' << 8)
#define PCIIOC_MMAP_IS_MEM ('P' << 24 | 'C' << 16 | 'I' << 8 | 2)

/* IORESOURCE_MEM */
#define IS_MEMORY 0x200

/* An Intel SMBus controller, and its slave address register. */
#define SMBUS DEVICES "0000:00:1f.3"
#define SMBUS_VENDOR 0x8086
#define SMBUS_CLASS 0x0c0500
#define SMBUS_ADDRESS 4

/*
 * The vendor of the graphics card and of the device for VFIO, which other
 * things use.
 */
#define VENDOR_QEMU 0x1234

struct pci {
	int fd;
	off_t offset;
	__u8 *map;
};

/*
 * 0000:00:1f.2 is /proc/bus/pci/00/1f.2 on a PC, and /proc/bus/pci/0000:00/1f.2
 * where domains of PCI are shown.
 */
static int open_proc_pci(const char *device, int flags)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/bus/pci/%.2s/%.4s", device + 5,
		 device + 8);
	fd = open(path, flags);
	if (fd >= 0 || errno != ENOENT)
		return fd;
	snprintf(path, sizeof(path), "/proc/bus/pci/%.7s/%.4s", device,
		 device + 8);
	return open(path, flags);
}

static void release_pci(struct held *held)
{
	const struct pci *pci = held->state;

	if (pci->map)
		munmap(pci->map, PAGE_BYTES);
	if (pci->fd > 0)
		close(pci->fd);
}

/*
 * The interrupt line of the host bridge is a scratch register that no hardware
 * looks at.
 */

static int obtain_sysfs_config(struct held *held)
{
	struct pci *pci = held->state;

	pci->offset = PCI_INTERRUPT_LINE;
	pci->fd = open(DEVICES HOST_BRIDGE "/config", O_RDWR | O_CLOEXEC);
	if (pci->fd < 0)
		return cannot_open(held, "host bridge in sysfs", "CONFIG_PCI");
	return 0;
}

static int obtain_proc_config(struct held *held)
{
	struct pci *pci = held->state;

	pci->offset = PCI_INTERRUPT_LINE;
	pci->fd = open_proc_pci(HOST_BRIDGE, O_RDWR | O_CLOEXEC);
	if (pci->fd < 0)
		return cannot_open(held, "host bridge in /proc/bus/pci",
				   "CONFIG_PCI");
	return 0;
}

/* The slave address has no effect while no transfer is under way. */
static int obtain_io_bar(struct held *held)
{
	struct pci *pci = held->state;

	if (read_number(SMBUS "/vendor") != SMBUS_VENDOR ||
	    read_number(SMBUS "/class") != SMBUS_CLASS)
		return lack(held, "no Intel SMBus controller (0000:00:1f.3)");
	pci->offset = SMBUS_ADDRESS;
	pci->fd = open(SMBUS "/resource4", O_RDWR | O_CLOEXEC);
	if (pci->fd < 0)
		return cannot_open(held, SMBUS "/resource4", "CONFIG_PCI");
	return 0;
}

static const struct handle sysfs_config = {
	.size = sizeof(struct pci),
	.obtain = obtain_sysfs_config,
	.release = release_pci,
	.has_fd = true,
};

static const struct handle proc_config = {
	.size = sizeof(struct pci),
	.obtain = obtain_proc_config,
	.release = release_pci,
	.has_fd = true,
};

static const struct handle io_bar = {
	.size = sizeof(struct pci),
	.obtain = obtain_io_bar,
	.release = release_pci,
	.has_fd = true,
};

/* Write the present byte back. */
static int use_write_back(struct held *held)
{
	const struct pci *pci = held->state;
	__u8 byte;

	return result_of(pread(pci->fd, &byte, 1, pci->offset), 1) ?:
		       result_of(pwrite(pci->fd, &byte, 1, pci->offset), 1);
}

static int use_ioctl(struct held *held)
{
	const struct pci *pci = held->state;

	return ioctl(pci->fd, PCIIOC_CONTROLLER, 0) < 0 ? -errno : 0;
}

/* Write one byte from the start of the missing page. */
static int call_write(struct held *held, __u8 *hole)
{
	const struct pci *pci = held->state;

	return result_of(pwrite(pci->fd, hole, 1, pci->offset), 1);
}

static void fill_write(struct held *held, __u8 *page)
{
	page[0] = POISON;
}

static bool has_written(struct held *held)
{
	const struct pci *pci = held->state;
	__u8 line = 0;

	return pread(pci->fd, &line, 1, pci->offset) == 1 && line == POISON;
}

static int undo_write(struct held *held)
{
	const struct pci *pci = held->state;

	return result_of(pwrite(pci->fd, "\0", 1, pci->offset), 1);
}

/* BARs of any device */

/* Not every BAR can be mapped: I/O ports, and those that a driver claimed. */
static int map_by_sysfs(const char *device)
{
	char path[320];
	int bar, fd, ret = -ENODEV;
	void *map;

	for (bar = 0; bar < 6 && ret; bar++) {
		snprintf(path, sizeof(path), DEVICES "%s/resource%d", device,
			 bar);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			continue;
		/* Mapped but not touched: a register may react to reading. */
		map = mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, fd, 0);
		if (map != MAP_FAILED) {
			munmap(map, PAGE_BYTES);
			ret = 0;
		} else if (errno == EPERM) {
			ret = -EPERM;
		}
		close(fd);
	}
	return ret;
}

/* Return the address of the device's first memory BAR, or 0. */
static unsigned long memory_bar(const char *device)
{
	unsigned long start, end, flags, bar = 0;
	char path[320];
	FILE *file;

	snprintf(path, sizeof(path), DEVICES "%s/resource", device);
	file = fopen(path, "re");
	if (!file)
		return 0;
	while (!bar && fscanf(file, "%lx %lx %lx", &start, &end, &flags) == 3) {
		if (flags & IS_MEMORY && end - start >= PAGE_BYTES - 1)
			bar = start;
	}
	fclose(file);
	return bar;
}

static int map_by_proc(const char *device)
{
	const unsigned long bar = memory_bar(device);
	int fd, ret = 0;
	void *map;

	if (!bar || strncmp(device, "0000:", 5))
		return -ENODEV;
	fd = open_proc_pci(device, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -ENODEV;
	/* The ioctl only chooses what to map, and is refused, too. */
	if (ioctl(fd, PCIIOC_MMAP_IS_MEM, 0) && errno != EPERM) {
		ret = -ENODEV;
		goto out;
	}
	map = mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, fd, bar);
	if (map != MAP_FAILED)
		munmap(map, PAGE_BYTES);
	else
		ret = errno == EPERM ? -EPERM : -ENODEV;
out:
	close(fd);
	return ret;
}

/* Return the first result for a device other than that of a missing BAR. */
static int any_device(struct held *held, int (*try)(const char *device))
{
	struct dirent *entry;
	int ret = -ENODEV;
	DIR *dir;

	dir = opendir(DEVICES);
	if (!dir)
		return cannot_open(held, DEVICES, "CONFIG_PCI");
	while (ret == -ENODEV && (entry = readdir(dir)))
		ret = try(entry->d_name);
	closedir(dir);
	if (ret == -ENODEV)
		return lack(held, "no PCI device (with a memory BAR to map)");
	return ret;
}

static int use_any_bar(struct held *held)
{
	return any_device(held, map_by_sysfs);
}

static int use_any_proc_bar(struct held *held)
{
	return any_device(held, map_by_proc);
}

/* The BAR of QEMU's VGA, of which a page is mapped */

static int map_page(const struct pci *pci, __u8 **at)
{
	*at = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
		   pci->fd, pci->offset);
	if (*at != MAP_FAILED)
		return 0;
	*at = NULL;
	return -errno;
}

static int obtain_bar(struct held *held)
{
	struct pci *pci = held->state;
	char resource[128];
	off_t frame;
	int ret;

	ret = find_frame(held, resource, &frame);
	if (ret)
		return ret;
	pci->offset = FRAME_OFFSET;
	pci->fd = open(resource, O_RDWR | O_CLOEXEC);
	if (pci->fd < 0)
		return cannot_open(held, resource, "CONFIG_PCI");
	return map_page(pci, &pci->map);
}

static int obtain_proc_bar(struct held *held)
{
	struct pci *pci = held->state;
	char resource[128];
	int ret;

	ret = find_frame(held, resource, &pci->offset);
	if (ret)
		return ret;
	pci->fd = open_proc_pci(resource + strlen(DEVICES), O_RDWR | O_CLOEXEC);
	if (ioctl(pci->fd, PCIIOC_MMAP_IS_MEM, 0))
		return errno == EINVAL ?
			       lack(held, "no mmap of /proc/bus/pci (here)") :
			       -errno;
	return map_page(pci, &pci->map);
}

static const struct handle bar = {
	.size = sizeof(struct pci),
	.obtain = obtain_bar,
	.release = release_pci,
	.shared = true,
};

static const struct handle proc_bar = {
	.size = sizeof(struct pci),
	.obtain = obtain_proc_bar,
	.release = release_pci,
	.shared = true,
};

static int use_bar(struct held *held)
{
	const struct pci *pci = held->state;

	return guarded(change_frame, NULL, pci->map);
}

static int use_bar_again(struct held *held)
{
	__u8 *at;
	int ret;

	ret = map_page(held->state, &at);
	if (ret)
		return ret;
	ret = guarded(change_frame, NULL, at);
	munmap(at, PAGE_BYTES);
	return ret;
}

/* A device that its configuration lets write to memory */

static bool read_header(int fd, __u8 header[PCI_STD_HEADER_SIZEOF])
{
	return pread(fd, header, PCI_STD_HEADER_SIZEOF, 0) ==
	       PCI_STD_HEADER_SIZEOF;
}

/* Leave out bridges and interrupt controllers, which the kernel may need. */
static bool can_be_master(int fd, bool driven)
{
	__u8 header[PCI_STD_HEADER_SIZEOF];
	__u8 *const base_class = &header[PCI_CLASS_DEVICE + 1];

	if (!read_header(fd, header) ||
	    header[PCI_HEADER_TYPE] & PCI_HEADER_TYPE_MASK ||
	    *base_class == 0x06 || *base_class == 0x08)
		return false;
	return driven || (header[0] | header[1] << 8) != VENDOR_QEMU;
}

static bool is_master(int fd)
{
	__u16 command;

	return pread(fd, &command, sizeof(command), PCI_COMMAND) ==
		       sizeof(command) &&
	       command & htole16(PCI_COMMAND_MASTER);
}

static bool make_master(int fd)
{
	__u16 command;

	if (pread(fd, &command, sizeof(command), PCI_COMMAND) !=
	    sizeof(command))
		return false;
	command |= htole16(PCI_COMMAND_MASTER);
	return pwrite(fd, &command, sizeof(command), PCI_COMMAND) ==
		       sizeof(command) &&
	       is_master(fd);
}

/* Open the configuration space of a suitable device, or return -1. */
static int open_master(const char *device, bool driven)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/driver", device);
	if (!access(path, F_OK) != driven)
		return -1;
	snprintf(path, sizeof(path), "%s/config", device);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (can_be_master(fd, driven) && make_master(fd))
		return fd;
	close(fd);
	return -1;
}

static int obtain_master(struct held *held)
{
	const bool *const driven = held->thing->arg;
	struct pci *pci = held->state;
	glob_t devices;
	size_t i;

	pci->fd = -1;
	if (glob(DEVICES "*", 0, NULL, &devices))
		return lack(held, "no PCI devices (CONFIG_PCI)");
	for (i = 0; i < devices.gl_pathc && pci->fd < 0; i++)
		pci->fd = open_master(devices.gl_pathv[i], *driven);
	globfree(&devices);
	if (pci->fd < 0)
		return lack(held, "no PCI device that can be a bus master (%s)",
			    *driven ? "and has a driver" : "and has no driver");
	return 0;
}

static const struct handle master = {
	.size = sizeof(struct pci),
	.obtain = obtain_master,
	.release = release_pci,
};

static int use_master(struct held *held)
{
	const struct pci *pci = held->state;

	return is_master(pci->fd) ? 0 : -EPERM;
}

static const struct thing pci_things[] = {
	{
		.name = "pci.sysfs_config",
		.reason = "PCI_ACCESS",
		.denied_from = INTEGRITY,
		.handle = &sysfs_config,
		.use = use_write_back,
		.object = "0000:00:00.0 config at 0x3c",
		.level.title = "write PCI configuration space, sysfs",
		.kept.title = "write to kept configuration space in sysfs",
		.kept.places = HERE,
	},
	{
		.name = "pci.proc_config",
		.reason = "PCI_ACCESS",
		.denied_from = INTEGRITY,
		.handle = &proc_config,
		.use = use_write_back,
		.object = "0000:00:00.0 config at 0x3c",
		.level.title = "write PCI configuration space, /proc/bus/pci",
		.parked = {
			.title = "write to PCI configuration space",
			.call = call_write,
			.fill = fill_write,
			.took_effect = has_written,
			.undo = undo_write,
		},
	},
	{
		.name = "pci.proc_ioctl",
		.reason = "PCI_ACCESS",
		.denied_from = INTEGRITY,
		.handle = &proc_config,
		.use = use_ioctl,
		.object = "0000:00:00.0 ioctl 0x50434900",
		.level.title = "ioctl on /proc/bus/pci",
		.kept.title = "ioctl on kept /proc/bus/pci",
		.kept.places = HERE,
	},
	{
		.name = "pci.mmap",
		.reason = "PCI_ACCESS",
		.denied_from = INTEGRITY,
		.use = use_any_bar,
		.object = "0000:* BAR ?",
		.level.title = "map a PCI BAR",
	},
	{
		.name = "pci.proc_mmap",
		.reason = "PCI_ACCESS",
		.denied_from = INTEGRITY,
		.use = use_any_proc_bar,
		.object = "map of 0000:*",
		.level.title = "map a PCI BAR, /proc/bus/pci",
	},
	{
		.name = "pci.io_write",
		.reason = "PCI_ACCESS",
		.denied_from = INTEGRITY,
		.handle = &io_bar,
		.use = use_write_back,
		.object = "0000:00:1f.3 BAR 4 at 0x4",
		.level.title = "write to a PCI I/O BAR",
		.kept.title = "write to kept I/O BAR in sysfs",
		.kept.places = HERE,
	},
	{
		.name = "pci.bar",
		.reason = "PCI_ACCESS",
		.denied_from = INTEGRITY,
		.handle = &bar,
		.use = use_bar,
		.kept.title = "write through a mapping of a BAR, sysfs",
		.kept.places = HERE | CHILD | NEW_CHILD,
		.kept.refusal = BUS,
	},
	{
		.name = "pci.proc_bar",
		.reason = "PCI_ACCESS",
		.denied_from = INTEGRITY,
		.handle = &proc_bar,
		.use = use_bar,
		.kept.title = "write through a mapping of a BAR, /proc/bus/pci",
		.kept.places = HERE,
		.kept.refusal = BUS,
	},
	{
		.name = "pci.bar_again",
		.reason = "PCI_ACCESS",
		.denied_from = INTEGRITY,
		.handle = &bar,
		.use = use_bar_again,
		.kept.title = "mmap of a kept file of a BAR, sysfs",
		.kept.places = HERE,
	},
	{
		.name = "pci.proc_bar_again",
		.reason = "PCI_ACCESS",
		.denied_from = INTEGRITY,
		.handle = &proc_bar,
		.use = use_bar_again,
		.kept.title = "mmap of a kept file of a BAR, /proc/bus/pci",
		.kept.places = HERE,
	},
	{
		.name = "pci.master",
		.reason = "PCI_ACCESS",
		.denied_from = INTEGRITY,
		.handle = &master,
		.use = use_master,
		.arg = &(const bool){ false },
		.kept.title = "bus mastering of a device without a driver",
		.kept.places = HERE,
	},
	{
		.name = "pci.driven_master",
		.reason = "PCI_ACCESS",
		.denied_from = NEVER,
		.handle = &master,
		.use = use_master,
		.arg = &(const bool){ true },
		.kept.title = "bus mastering of a device with a driver",
		.kept.places = HERE,
	},
};

REGISTER_THINGS(pci_things);
