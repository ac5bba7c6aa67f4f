// SPDX-License-Identifier: GPL-2.0-only
/* ACPI tables that configfs loads. */

#define _GNU_SOURCE
#include "../lib/file.h"
#include "../lib/frame.h"
#include "../lib/mount.h"
#include "../thing.h"

#define TABLES "/sys/kernel/config/acpi/table"

#define SETTLE_MS 5000
#define CHECKSUM 9

/* A table, and its directory: two of the same name cannot be loaded at once. */
struct table {
	const char *directory;
	const char *bytes;
	size_t size;
};

/* A header and one statement: Name (LKDP, Zero). */
static const char name_ssdt[] = "SSDT\x2a\0\0\0\2\0LCKDWNSELFTEST\1\0\0\0LCKD\1"
				"\0\0\0\x08LKDP";

/* Scope (\_SB) { Device (LKDP) { Name (_ADR, Zero) } } */
static const char device_ssdt[] =
	"SSDT\x38\0\0\0\2\0LCKDWNSELFTEST\1\0\0\0LCKD\1\0\0\0"
	"\x10\x13\\_SB_\x5b\x82\x0bLKDP\x08_ADR";

static int write_table(const struct table *table)
{
	char path[96];
	__u8 bytes[64];
	__u8 sum = 0;
	size_t i;
	int fd, ret;

	memcpy(bytes, table->bytes, table->size);
	for (i = 0; i < table->size; i++)
		sum += bytes[i];
	bytes[CHECKSUM] -= sum;
	snprintf(path, sizeof(path), "%s/aml", table->directory);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = result_of(write(fd, bytes, table->size), table->size);
	/* Takes effect on close(2), and configfs drops what comes of it. */
	close(fd);
	return ret;
}

static int obtain_table(struct held *held)
{
	const struct table *table = held->thing->arg;
	bool *const made = held->state;
	int ret;

	if (access("/sys/bus/acpi/devices", F_OK))
		return lack(held, "no ACPI (on this machine)");
	ret = mount_private(held, "configfs", "/sys/kernel/config");
	if (ret)
		return ret;
	if (mkdir(table->directory, 0700)) {
		if (errno == ENOENT || errno == EPERM)
			return lack(held, "no %s (CONFIG_ACPI_CONFIGFS)",
				    TABLES);
		return -errno;
	}
	*made = true;
	return write_table(table);
}

static void release_table(struct held *held)
{
	const struct table *table = held->thing->arg;
	const bool *const made = held->state;

	if (*made && rmdir(table->directory))
		not_released(table->directory, errno);
}

static const struct handle configfs_table = {
	.size = sizeof(bool),
	.obtain = obtain_table,
	.release = release_table,
};

/* A table that was not loaded has no signature. */
static int use_signature(struct held *held)
{
	const struct table *table = held->thing->arg;
	char path[96], text[16];

	snprintf(path, sizeof(path), "%s/signature", table->directory);
	return read_text(path, text, sizeof(text)) < 0 ? WITHHELD : 0;
}

/*
 * Neither the attributes of a table nor /sys/firmware/acpi/tables/dynamic tell
 * whether it is still loaded: its device has to be gone.
 */
static int use_device(struct held *held)
{
	char path[128];
	bool there;
	int ms;

	for (ms = 0; ms < SETTLE_MS; ms += 100) {
		there = find_file("/sys/bus/acpi/devices/*/path", "LKDP", path);
		if (there != held->denied)
			break;
		usleep(100000);
	}
	return there ? 0 : -EPERM;
}

static const struct thing acpi_things[] = {
	{
		.name = "acpi.table",
		.reason = "ACPI_TABLES",
		.denied_from = INTEGRITY,
		.handle = &configfs_table,
		.use = use_signature,
		.arg = &(const struct table){ TABLES "/lockdown", name_ssdt,
					      sizeof(name_ssdt) },
		.object = "configfs table lockdown",
		.level.title = "load an ACPI table, configfs",
		.level.withheld = true,
	},
	{
		.name = "acpi.device",
		.reason = "ACPI_TABLES",
		.denied_from = INTEGRITY,
		.handle = &configfs_table,
		.use = use_device,
		.arg = &(const struct table){ TABLES "/lockdown_kept",
					      device_ssdt,
					      sizeof(device_ssdt) },
		.kept.title = "ACPI table loaded by configfs",
		.kept.places = HERE,
	},
};

REGISTER_THINGS(acpi_things);
