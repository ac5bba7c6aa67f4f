// SPDX-License-Identifier: GPL-2.0-only
/*
 * UIO: registers of a device for a program, which can make the device write to
 * any memory; and a device without a driver, which must not do so either.
 */

#define _GNU_SOURCE
#include "../lib/edu.h"
#include "../lib/file.h"
#include "../lib/log.h"
#include "../lib/own_page.h"
#include "../thing.h"

struct uio {
	int fd;
	struct edu edu;
	__u8 *bar;
	struct own_page page;
};

static int open_uio(struct uio *uio)
{
	char pattern[128], path[32];
	glob_t files;

	snprintf(pattern, sizeof(pattern), PCI_BUS "devices/%s/uio/uio*",
		 uio->edu.name);
	if (glob(pattern, 0, NULL, &files))
		return -ENOENT;
	snprintf(path, sizeof(path), "/dev%.20s",
		 strrchr(files.gl_pathv[0], '/'));
	globfree(&files);
	uio->fd = open(path, O_RDWR | O_CLOEXEC);
	return uio->fd < 0 ? -errno : 0;
}

static int obtain_uio(struct held *held)
{
	struct uio *uio = held->state;
	int ret;

	ret = take_edu(held, &uio->edu, "uio_pci_generic",
		       "CONFIG_UIO_PCI_GENERIC");
	if (!ret)
		ret = open_uio(uio);
	if (!ret)
		ret = own_page_for_device(&uio->page);
	if (!ret)
		ret = map_edu(uio->fd, 0, &uio->bar);
	return ret ?: make_edu_master(&uio->edu);
}

static void release_uio(struct held *held)
{
	struct uio *uio = held->state;

	if (uio->bar)
		munmap(uio->bar, EDU_BAR_BYTES);
	if (uio->fd > 0)
		close(uio->fd);
	free_own_page(&uio->page);
	give_back_edu(&uio->edu);
}

static const struct handle uio = {
	.size = sizeof(struct uio),
	.obtain = obtain_uio,
	.release = release_uio,
	.has_fd = true,
	.shared = true,
};

static int use_map(struct held *held)
{
	const struct uio *uio = held->state;

	return try_map_edu(uio->fd, 0);
}

/*
 * This driver has no interrupt control; a permitted caller gets that error,
 * which equals that of an unknown system call.
 */
static int use_interrupt(struct held *held)
{
	const struct uio *uio = held->state;
	const __s32 on = 1;
	int error;

	if (write(uio->fd, &on, sizeof(on)) >= 0)
		return -EIO;
	error = errno;
	return syscall(-1) < 0 && errno == error ? 0 : -error;
}

static int use_dma(struct held *held)
{
	struct uio *uio = held->state;

	return edu_write(uio->bar, &uio->page);
}

static int use_master(struct held *held)
{
	const struct uio *uio = held->state;

	return check_edu_master(&uio->edu);
}

/* A device whose driver finds nothing that it knows */

#define NVME_DRIVER PCI_BUS "drivers/nvme"

static int obtain_undriven(struct held *held)
{
	struct edu *edu = held->state;

	return access(NVME_DRIVER, F_OK) ?
		       lack(held, "no %s (CONFIG_BLK_DEV_NVME)", NVME_DRIVER) :
		       find_edu(held, edu);
}

static const struct handle undriven = {
	.size = sizeof(struct edu),
	.obtain = obtain_undriven,
};

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

static int set_attribute(const struct edu *edu, const char *file,
			 const char *text)
{
	/* A refusal here is none of bus mastering. */
	return write_edu(edu, file, text) ? -EIO : 0;
}

/*
 * Return 0 if the driver saw the device, and did not take it, and -EPERM if it
 * is refused a device that its table lacks.
 */
static int fail_probe(const struct edu *edu)
{
	const int log = open_log();
	int ret;

	ret = write_text(NVME_DRIVER "/bind", edu->name);
	if (ret != -EPERM)
		ret = ret && was_found(log, edu->name) ? 0 : -ENODATA;
	close(log);
	return ret;
}

/*
 * A driver that finds nothing it knows has switched bus mastering on by then,
 * and disables the device, which does not happen when others have enabled it.
 * A bind returns when the probe is over.
 */
static int use_probe(struct held *held)
{
	struct edu edu;
	int ret;

	/* Another thing may have taken the one that was free before. */
	ret = find_edu(held, &edu);
	if (!ret)
		ret = set_attribute(&edu, "enable", "1");
	if (!ret)
		ret = set_attribute(&edu, "driver_override", "nvme");
	if (ret)
		return ret;
	ret = fail_probe(&edu);
	if (!ret)
		ret = check_edu_master(&edu);
	if (set_attribute(&edu, "driver_override", "\n") ||
	    set_attribute(&edu, "enable", "0"))
		return -EIO;
	return ret;
}

static const struct thing uio_things[] = {
	{
		.name = "uio.probe",
		.reason = "PCI_ACCESS",
		.denied_from = ALWAYS,
		.handle = &undriven,
		.use = use_probe,
		.kept.title = "bus mastering after a probe that failed",
		.kept.places = HERE,
	},
	{
		.name = "uio.map",
		.reason = "PCI_ACCESS",
		.denied_from = INTEGRITY,
		.handle = &uio,
		.use = use_map,
		.kept.title = "map of a kept UIO device",
		.kept.places = HERE | CHILD | DUPED | PASSED,
	},
	{
		.name = "uio.interrupt",
		.reason = "PCI_ACCESS",
		.denied_from = INTEGRITY,
		.handle = &uio,
		.use = use_interrupt,
		.kept.title = "interrupts of a kept UIO device",
		.kept.places = HERE | CHILD | DUPED | PASSED,
	},
	{
		.name = "uio.dma",
		.reason = "PCI_ACCESS",
		.denied_from = INTEGRITY,
		.handle = &uio,
		.use = use_dma,
		.kept.title = "DMA of a kept UIO device",
		.kept.places = HERE,
		.kept.refusal = BUS,
		.raced.title = "DMA of a UIO device",
		.raced.slots = 1,
	},
	{
		.name = "uio.master",
		.reason = "PCI_ACCESS",
		.denied_from = INTEGRITY,
		.handle = &uio,
		.use = use_master,
		.kept.title = "bus mastering of a kept UIO device",
		.kept.places = HERE,
	},
};

REGISTER_THINGS(uio_things);
