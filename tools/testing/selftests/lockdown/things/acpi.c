// SPDX-License-Identifier: GPL-2.0-only
/* ACPI tables that configfs loads. */

#define _GNU_SOURCE
#include "../lib/file.h"
#include "../lib/frame.h"
#include "../lib/mount.h"
#include "../lib/symbol.h"
#include "../thing.h"

#define TABLES "/sys/kernel/config/acpi/table"

#define SETTLE_MS 5000
#define CHECKSUM 9

/* A word of the kernel that root can read, and restore. */
#define PANIC "/proc/sys/kernel/panic"
#define POKED 5

/* Offset of the address in poke_ssdt. */
#define POKE_ADDRESS 44

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

/*
 * OperationRegion (KMEM, SystemMemory, 0, 4)
 * Field (KMEM, DWordAcc) { WORD, 32 }
 * Store (POKED, WORD)
 */
static const char poke_ssdt[] =
	"SSDT\x49\0\0\0\2\0LCKDWNSELFTEST\1\0\0\0LCKD\1\0\0\0"
	"\x5b\x80KMEM\0\x0c\0\0\0\0\x0a\x04"
	"\x5b\x81\x0bKMEM\x03WORD\x20"
	"\x70\x0c\x05\0\0\0WORD";

struct loaded {
	/* The directory in configfs exists. */
	bool made;
	/* The word at the address, before the table ran. */
	long panic;
};

/* The table takes effect on close(2), and configfs drops what comes of it. */
static int write_open_table(const struct table *table, int *fd)
{
	char path[96];
	__u8 bytes[128];
	__u8 sum = 0;
	size_t i;

	memcpy(bytes, table->bytes, table->size);
	for (i = 0; i < table->size; i++)
		sum += bytes[i];
	bytes[CHECKSUM] -= sum;
	snprintf(path, sizeof(path), "%s/aml", table->directory);
	*fd = open(path, O_WRONLY | O_CLOEXEC);
	if (*fd < 0)
		return -errno;
	return result_of(write(*fd, bytes, table->size), table->size);
}

static int write_table(const struct table *table)
{
	int fd;
	const int ret = write_open_table(table, &fd);

	if (fd >= 0)
		close(fd);
	return ret;
}

static int make_directory(struct held *held, const struct table *table)
{
	int ret;

	if (access("/sys/bus/acpi/devices", F_OK))
		return lack(held, "no ACPI (on this machine)");
	ret = mount_private(held, "configfs", "/sys/kernel/config");
	if (ret || !mkdir(table->directory, 0700))
		return ret;
	if (errno == ENOENT || errno == EPERM)
		return lack(held, "no %s (CONFIG_ACPI_CONFIGFS)", TABLES);
	return -errno;
}

static int load_table(struct held *held, const struct table *table)
{
	struct loaded *loaded = held->state;
	const int ret = make_directory(held, table);

	if (ret)
		return ret;
	loaded->made = true;
	return write_table(table);
}

static int obtain_table(struct held *held)
{
	return load_table(held, held->thing->arg);
}

static void release_table(struct held *held)
{
	const struct table *table = held->thing->arg;
	const struct loaded *loaded = held->state;

	if (loaded->made && rmdir(table->directory))
		not_released(table->directory, errno);
}

static const struct handle configfs_table = {
	.size = sizeof(struct loaded),
	.obtain = obtain_table,
	.release = release_table,
};

/*
 * A table for each use, which has yet to take effect. Children inherit open
 * files, and a file that they have is not closed: so another process has these.
 */
struct written {
	struct server server;
	unsigned int next;
	int fds[LEVEL_COUNT];
};

/* The argument of the other process */
struct nth_table {
	struct table table;
	char directory[64];
};

/* The directory is that of the thing, with a number behind. */
static struct nth_table nth_table(struct held *held, unsigned int nr)
{
	const struct table *const table = held->thing->arg;
	struct nth_table nth = { .table = *table };

	snprintf(nth.directory, sizeof(nth.directory), "%s%u",
		 nth.table.directory, nr);
	return nth;
}

static int write_nth(void *arg)
{
	struct nth_table *nth = arg;
	int fd, ret;

	nth->table.directory = nth->directory;
	ret = write_open_table(&nth->table, &fd);
	return ret ?: fd;
}

static int close_nth(void *arg)
{
	return close(*(int *)arg) ? -errno : 0;
}

static int obtain_written(struct held *held)
{
	struct written *written = held->state;
	struct nth_table nth;
	unsigned int i;
	int ret;

	for (i = 0; i < LEVEL_COUNT; i++) {
		nth = nth_table(held, i);
		nth.table.directory = nth.directory;
		ret = make_directory(held, &nth.table);
		if (ret)
			return ret;
	}
	ret = start_server(&written->server, true);
	for (i = 0; i < LEVEL_COUNT && !ret; i++) {
		nth = nth_table(held, i);
		written->fds[i] = ask_server(&written->server, write_nth, &nth,
					     sizeof(nth), false);
		ret = written->fds[i] < 0 ? written->fds[i] : 0;
	}
	return ret;
}

static void release_written(struct held *held)
{
	struct written *written = held->state;
	struct nth_table nth;
	unsigned int i;

	if (written->server.fd)
		stop_server(&written->server);
	for (i = 0; i < LEVEL_COUNT; i++) {
		nth = nth_table(held, i);
		rmdir(nth.directory);
	}
}

static const struct handle written_tables = {
	.size = sizeof(struct written),
	.obtain = obtain_written,
	.release = release_written,
};

/* Two of the same name cannot be loaded at once, so this one goes again. */
static int use_written(struct held *held)
{
	struct written *written = held->state;
	const struct nth_table nth = nth_table(held, written->next);
	const int fd = written->fds[written->next++];
	char signature[80], text[16];
	bool loaded;
	int ret;

	ret = ask_server(&written->server, close_nth, &fd, sizeof(fd), false);
	if (ret)
		return ret;
	snprintf(signature, sizeof(signature), "%s/signature", nth.directory);
	loaded = read_text(signature, text, sizeof(text)) >= 0;
	if (rmdir(nth.directory))
		return -errno;
	return loaded ? 0 : WITHHELD;
}

/* 0 if it is hidden, and then nothing is written that matters. */
static unsigned long long find_kernel(void)
{
	FILE *areas = fopen("/proc/iomem", "re");
	unsigned long long address, found = 0;
	char line[128];

	while (areas && !found && fgets(line, sizeof(line), areas)) {
		if (strstr(line, " : Kernel code") &&
		    sscanf(line, "%llx", &address) == 1)
			found = address;
	}
	if (areas)
		fclose(areas);
	return found;
}

static int obtain_poke(struct held *held)
{
	const unsigned long long address = find_symbol("panic_timeout") -
					   find_symbol("_text") + find_kernel();
	const __u32 low = address;
	struct loaded *loaded = held->state;
	struct table table = *(const struct table *)held->thing->arg;
	char bytes[sizeof(poke_ssdt) - 1];

	if (low != address)
		return lack(held, "no kernel below 4 GiB");
	memcpy(bytes, table.bytes, sizeof(bytes));
	memcpy(bytes + POKE_ADDRESS, &low, sizeof(low));
	table.bytes = bytes;
	loaded->panic = read_number(PANIC);
	return load_table(held, &table);
}

static const struct handle poking_table = {
	.size = sizeof(struct loaded),
	.obtain = obtain_poke,
	.release = release_table,
};

static int use_poke(struct held *held)
{
	const struct loaded *loaded = held->state;
	char text[16];

	if (read_number(PANIC) != POKED)
		return WITHHELD;
	snprintf(text, sizeof(text), "%ld", loaded->panic);
	return write_text(PANIC, text);
}

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
		.name = "acpi.written",
		.reason = "ACPI_TABLES",
		.denied_from = INTEGRITY,
		.handle = &written_tables,
		.use = use_written,
		.arg = &(const struct table){ TABLES "/lockdown_written",
					      name_ssdt, sizeof(name_ssdt) },
		.kept.title = "close of a written ACPI table, configfs",
		.kept.places = HERE,
		.kept.refusal = WITHHELD,
	},
	/* The exploit american-unsigned-language 2, CVE-2020-15780. */
	{
		.name = "acpi.poke",
		.reason = "ACPI_TABLES",
		.denied_from = INTEGRITY,
		.handle = &poking_table,
		.use = use_poke,
		.arg = &(const struct table){ TABLES "/lockdown_poke",
					      poke_ssdt,
					      sizeof(poke_ssdt) - 1 },
		.object = "configfs table lockdown_poke",
		.level.title = "have an ACPI table write kernel memory",
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
