// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown selftest: residue names what happened before a raise, and no more.
 *
 * Root writes to devices, ports and registers, and tries to write to memory in
 * ways that cannot work.  After the raise, residue names each of the former,
 * the device included, and nothing of the latter.
 *
 * The machine stays locked until it reboots, so it runs only when
 * $LOCKDOWN_TEST_RAISE is 1, and once a boot.
 */

#define _GNU_SOURCE
#include <dirent.h>
#include <stdarg.h>
#include <sys/mman.h>

#include "../kselftest.h"
#include "common.h"

#define PCI_DEVICES "/sys/bus/pci/devices"

/* The POST diagnostic port: a write to it has no effect but a short delay. */
#define PORT_POST 0x80

/* A register of the host bridge, and no hardware looks at it. */
#define PCI_INTERRUPT_LINE 0x3c

#define MSR_IA32_SYSENTER_CS 0x174

/* The BIOS, which can be mapped for sure. */
#define AREA 0xf0000

/* Names what is lacking, where something cannot be done. */
static const char *lacking;

static int lack(const char *what)
{
	lacking = what;
	return 0;
}

/* A device, as far as residue names it, whose BAR has been mapped. */
static char mapped[NAME_MAX + 1];

static int open_mem(int flags)
{
	return open("/dev/mem", flags | O_CLOEXEC);
}

/* None of these changes anything; each returns 0 if that was so. */

static int write_bad_pointer(void)
{
	void *const hole = mmap(NULL, PAGE_BYTES, PROT_NONE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const int fd = open_mem(O_RDWR);
	ssize_t put;

	if (fd < 0)
		return lack("no /dev/mem");
	put = pwrite(fd, hole, 16, AREA);
	close(fd);
	munmap(hole, PAGE_BYTES);
	return put < 0 ? 0 : -EIO;
}

static int write_nothing(void)
{
	const int fd = open_mem(O_RDWR);
	ssize_t put;

	if (fd < 0)
		return lack("no /dev/mem");
	put = pwrite(fd, "", 0, AREA);
	close(fd);
	return put ? -EIO : 0;
}

static int map_mem(int open_flags, int prot, int flags)
{
	const int fd = open_mem(open_flags);
	void *map;

	if (fd < 0)
		return lack("no /dev/mem");
	map = mmap(NULL, PAGE_BYTES, prot, flags, fd, AREA);
	close(fd);
	if (map == MAP_FAILED)
		return -errno;
	munmap(map, PAGE_BYTES);
	return 0;
}

static int map_to_read(void)
{
	return map_mem(O_RDONLY, PROT_READ, MAP_SHARED);
}

static int map_privately(void)
{
	return map_mem(O_RDWR, PROT_READ | PROT_WRITE, MAP_PRIVATE);
}

static int read_config(void)
{
	const int fd = open(PCI_DEVICES "/" HOST_BRIDGE "/config",
			    O_RDONLY | O_CLOEXEC);
	__u8 bytes[64];
	ssize_t got;

	if (fd < 0)
		return lack("no " HOST_BRIDGE " (CONFIG_PCI)");
	got = read(fd, bytes, sizeof(bytes));
	close(fd);
	return got == sizeof(bytes) ? 0 : -EIO;
}

/* Each of these changes something. */

static int write_config(void)
{
	const int fd =
		open(PCI_DEVICES "/" HOST_BRIDGE "/config", O_RDWR | O_CLOEXEC);
	__u8 line;
	int ret = 0;

	if (fd < 0)
		return lack("no " HOST_BRIDGE " (CONFIG_PCI)");
	if (pread(fd, &line, 1, PCI_INTERRUPT_LINE) != 1 ||
	    pwrite(fd, &line, 1, PCI_INTERRUPT_LINE) != 1)
		ret = -EIO;
	close(fd);
	return ret;
}

/* Touches nothing: to have it mapped is enough. */
static int map_bar_of(const char *device)
{
	char path[sizeof(PCI_DEVICES) + NAME_MAX + sizeof("/resource0")];
	void *map;
	int fd;

	snprintf(path, sizeof(path), PCI_DEVICES "/%s/resource0", device);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	map = mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		return -EIO;
	munmap(map, PAGE_BYTES);
	return 0;
}

static int map_bar(void)
{
	struct dirent *entry;
	DIR *dir;

	dir = opendir(PCI_DEVICES);
	if (!dir)
		return lack("no " PCI_DEVICES " (CONFIG_PCI)");
	while (!mapped[0] && (entry = readdir(dir))) {
		if (entry->d_name[0] != '.' && !map_bar_of(entry->d_name))
			snprintf(mapped, sizeof(mapped), "%s", entry->d_name);
	}
	closedir(dir);
	return mapped[0] ? 0 : lack("no PCI device with a BAR to be mapped");
}

static int write_port(void)
{
	const int fd = open("/dev/port", O_WRONLY | O_CLOEXEC);
	ssize_t put;

	if (fd < 0)
		return lack("no /dev/port (CONFIG_DEVPORT)");
	put = pwrite(fd, "", 1, PORT_POST);
	close(fd);
	return put == 1 ? 0 : -EIO;
}

static int get_port(void)
{
	if (ioperm(PORT_POST, 1, 0))
		return lack("no port access (CONFIG_X86_IOPL_IOPERM)");
	if (ioperm(PORT_POST, 1, 1))
		return -errno;
	return ioperm(PORT_POST, 1, 0) ? -errno : 0;
}

static int write_msr(void)
{
	const int fd = open("/dev/cpu/0/msr", O_RDWR | O_CLOEXEC);
	__u64 value;
	int ret = 0;

	if (fd < 0)
		return lack("no /dev/cpu/0/msr (CONFIG_X86_MSR)");
	if (pread(fd, &value, sizeof(value), MSR_IA32_SYSENTER_CS) < 0 ||
	    pwrite(fd, &value, sizeof(value), MSR_IA32_SYSENTER_CS) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

/*
 * The line may name a device in %s, and is a prefix.  What is not to be there
 * comes first, because some of the rest might make it true.
 */
static const struct {
	const char *description;
	int (*happen)(void);
	const char *line;
	const char *device;
	bool named;
} things[] = {
	{ "write to /dev/mem from a bad address", write_bad_pointer,
	  "DEV_MEM\t/dev/mem ", "", false },
	{ "write of nothing to /dev/mem", write_nothing, "DEV_MEM\t/dev/mem ",
	  "", false },
	{ "map of /dev/mem that was opened for reading", map_to_read,
	  "DEV_MEM\t/dev/mem ", "", false },
	{ "private map of /dev/mem", map_privately, "DEV_MEM\t/dev/mem ", "",
	  false },
	{ "read of PCI configuration space", read_config,
	  "PCI_ACCESS\t" HOST_BRIDGE ": registers", "", false },

	{ "write to PCI configuration space", write_config,
	  "PCI_ACCESS\t" HOST_BRIDGE ": config space was written to", "",
	  true },
	{ "map of a BAR", map_bar,
	  "PCI_ACCESS\t%s: registers were mapped, writable", mapped, true },
	{ "write to /dev/port", write_port, "DEV_MEM\t/dev/port was written to",
	  "", true },
	{ "ioperm", get_port,
	  "IOPORT\tI/O ports were open to tasks, first residue_test[", "",
	  true },
	{ "write to an MSR", write_msr, "MSR\tMSRs were written", "", true },
};

static struct {
	const char *skipped;
	int happened;
} states[ARRAY_SIZE(things)];

static bool has_line(const char *text, const char *prefix)
{
	const char *at = text;

	do {
		if (!strncmp(at, prefix, strlen(prefix)))
			return true;
		at = strchr(at, '\n');
	} while (at++);
	return false;
}

int main(void)
{
	char text[16384] = "", line[256];
	size_t i;

	begin_raising();
	ksft_set_plan(2 * ARRAY_SIZE(things) + 2);

	for (i = 0; i < ARRAY_SIZE(things); i++) {
		lacking = NULL;
		states[i].happened = things[i].happen();
		states[i].skipped = lacking;
		if (lacking)
			ksft_test_result_skip("none: %s: %s\n",
					      things[i].description, lacking);
		else
			ksft_test_result(!states[i].happened, "none: %s\n",
					 things[i].description);
	}

	ksft_test_result(!read_text(LOCKDOWN_RESIDUE, text, sizeof(text)),
			 "none: residue is empty\n");
	ksft_test_result(!write_text(LOCKDOWN_FILE, "integrity"),
			 "none: write integrity\n");
	read_text(LOCKDOWN_RESIDUE, text, sizeof(text));
	printf("# residue:\n%s", text);

	for (i = 0; i < ARRAY_SIZE(things); i++) {
		snprintf(line, sizeof(line), things[i].line, things[i].device);
		if (states[i].skipped || states[i].happened)
			ksft_test_result_skip(
				"integrity: %s: %s\n", things[i].description,
				states[i].skipped ?: "failed at none");
		else
			ksft_test_result(
				has_line(text, line) == things[i].named,
				"integrity: %s: %s in residue\n",
				things[i].description,
				things[i].named ? "named" : "not named");
	}
	ksft_finished();
}
