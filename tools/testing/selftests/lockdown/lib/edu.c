// SPDX-License-Identifier: GPL-2.0-only
/* QEMU's edu, where no IOMMU keeps it from memory. */

#define _GNU_SOURCE
#include <linux/pci_regs.h>
#include <pthread.h>

#include "../thing.h"
#include "edu.h"
#include "fault.h"
#include "file.h"
#include "own_page.h"

#define PATIENCE_MS 5000

static bool has(const char *device, const char *file)
{
	char path[128];

	snprintf(path, sizeof(path), PCI_BUS "devices/%s/%s", device, file);
	return !access(path, F_OK);
}

/**
 * find_edu - find a device that has neither a driver nor an IOMMU
 * @held: the thing that wants it
 * @edu: gets its name
 *
 * Return: 0, or SKIPPED.
 */
int find_edu(struct held *held, struct edu *edu)
{
	char text[256];
	glob_t files;
	bool found = false;
	size_t i;

	if (glob(PCI_BUS "devices/*/uevent", 0, NULL, &files))
		return lack(held, "no devices (CONFIG_PCI)");
	for (i = 0; i < files.gl_pathc && !found; i++) {
		if (read_text(files.gl_pathv[i], text, sizeof(text)) <= 0 ||
		    !strstr(text, EDU_IDS))
			continue;
		snprintf(text, sizeof(text), "%.12s",
			 files.gl_pathv[i] + strlen(PCI_BUS "devices/"));
		found = !has(text, "driver") && !has(text, "iommu_group");
	}
	globfree(&files);
	if (!found)
		return lack(held, "no free device without an IOMMU (%s)",
			    "QEMU's edu");
	snprintf(edu->name, sizeof(edu->name), "%.12s", text);
	return 0;
}

/* Write to a file of the device in sysfs. */
int write_edu(const struct edu *edu, const char *file, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), PCI_BUS "devices/%s/%s", edu->name, file);
	return write_text(path, text);
}

static int bind_edu(struct edu *edu, const char *driver)
{
	int ret;

	edu->driver = driver;
	ret = write_edu(edu, "driver_override", driver);
	if (!ret)
		ret = write_text(PCI_BUS "drivers_probe", edu->name);
	if (ret)
		return ret;
	return has(edu->name, "driver") ? 0 : -ENXIO;
}

/**
 * take_edu - find a device, and give it to a driver
 * @held: the thing that wants it
 * @edu: to be given to give_back_edu(), for any result
 * @driver: the driver
 * @option: the option that would provide the driver
 *
 * Return: 0, -errno, or SKIPPED without such a device or driver.
 */
int take_edu(struct held *held, struct edu *edu, const char *driver,
	     const char *option)
{
	/* Racers must not find the same one. */
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	char path[128];
	int ret;

	snprintf(path, sizeof(path), PCI_BUS "drivers/%s", driver);
	if (access(path, F_OK))
		return lack(held, "no driver %s (%s)", driver, option);
	pthread_mutex_lock(&lock);
	ret = find_edu(held, edu) ?: bind_edu(edu, driver);
	pthread_mutex_unlock(&lock);
	return ret;
}

/* Take the device from the driver of take_edu(), if it came to that. */
void give_back_edu(const struct edu *edu)
{
	char path[128];
	int ret;

	if (!edu->driver)
		return;
	/* Unbound, it is free for the next one. */
	ret = write_edu(edu, "driver_override", "\n");
	snprintf(path, sizeof(path), PCI_BUS "drivers/%s/unbind", edu->driver);
	if (has(edu->name, "driver"))
		ret = write_text(path, edu->name) ?: ret;
	if (ret)
		not_released(edu->name, -ret);
}

static int open_config(const struct edu *edu, int flags)
{
	char path[128];

	snprintf(path, sizeof(path), PCI_BUS "devices/%s/config", edu->name);
	return open(path, flags | O_CLOEXEC);
}

int make_edu_master(const struct edu *edu)
{
	const __u16 command = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
	const int fd = open_config(edu, O_WRONLY);
	int ret;

	ret = fd < 0 ? -errno :
		       result_of(pwrite(fd, &command, sizeof(command),
					PCI_COMMAND),
				 sizeof(command));
	close(fd);
	return ret;
}

/* Return 0 if the device may master the bus, and -EPERM if not. */
int check_edu_master(const struct edu *edu)
{
	const int fd = open_config(edu, O_RDONLY);
	__u16 command = 0;

	if (pread(fd, &command, sizeof(command), PCI_COMMAND) < 0)
		command = 0;
	close(fd);
	return command & PCI_COMMAND_MASTER ? 0 : -EPERM;
}

/**
 * map_edu - map the registers
 * @fd: the file of the driver
 * @offset: their place in it
 * @bar: gets the mapping of EDU_BAR_BYTES
 *
 * Return: 0 or -errno.
 */
int map_edu(int fd, __u64 offset, __u8 **bar)
{
	void *at;

	at = mmap(NULL, EDU_BAR_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		  offset);
	if (at == MAP_FAILED)
		return -errno;
	*bar = at;
	return 0;
}

/* Map the registers, and unmap them again. */
int try_map_edu(int fd, __u64 offset)
{
	__u8 *bar;
	const int ret = map_edu(fd, offset, &bar);

	if (!ret)
		munmap(bar, EDU_BAR_BYTES);
	return ret;
}

/**
 * edu_copy - have the device copy eight bytes
 * @bar: its registers
 * @from: an I/O address, or EDU_BUFFER
 * @to: EDU_BUFFER, or an I/O address
 * @command: 0, or EDU_DMA_FROM_DEVICE
 *
 * Return: 0 or -ETIMEDOUT.
 */
int edu_copy(__u8 *bar, __u64 from, __u64 to, __u64 command)
{
	/* The registers: source, destination, count, command. */
	__u64 *const dma = (__u64 *)(bar + EDU_DMA);
	int ms;

	put_device(&dma[0], from);
	put_device(&dma[1], to);
	put_device(&dma[2], sizeof(__u64));
	put_device(&dma[3], command | EDU_DMA_START);
	for (ms = 0; ms < PATIENCE_MS; ms++) {
		if (!(get_device(&dma[3]) & EDU_DMA_START))
			return 0;
		usleep(1000);
	}
	return -ETIMEDOUT;
}

static int write_page(void *arg, __u8 *bar)
{
	const struct own_page *page = arg;
	__u64 *const word = (__u64 *)page->virt;
	int ret;

	put_device(word, ~0ULL);
	ret = edu_copy(bar, EDU_BUFFER, page->phys, EDU_DMA_FROM_DEVICE);
	return ret ? ret : get_device(word) ? -ENODATA : 0;
}

/**
 * edu_write - make the device write eight bytes of zeroes to memory
 * @bar: its registers, which a raise may have taken
 * @page: of own_page_for_device()
 *
 * Return: 0, -errno, or BUS.
 */
int edu_write(__u8 *bar, struct own_page *page)
{
	return guarded(write_page, page, bar);
}
