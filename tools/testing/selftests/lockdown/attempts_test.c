// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown selftest: what root attempts, and whether the kernel lets it.
 *
 * Each variant is one attempt to cross the line between uid 0 and the kernel.
 * It is refused from its level on, and must succeed below that level: what
 * fails there too proves nothing.  An attempt leaves the machine as it was.
 *
 *    denied from      none      integrity  confidentiality
 *
 *    INTEGRITY        allowed   denied     denied
 *    CONFIDENTIALITY  allowed   allowed    denied
 *    NEVER            allowed   allowed    allowed
 *    ALWAYS           denied    denied     denied
 *
 * A denial must also be counted, and logged by the name of its reason and
 * of the object that the attempt was made on.  The kernel logs ten denials of a
 * reason in five seconds; with $LOCKDOWN_WAIT_FOR_LOG set, an attempt that was
 * not logged for that is made again later.
 *
 * Each attempt prints one line, tab-separated, for whoever collects them:
 *
 *   # attempt: <reason> <description> <allowed|denied|skipped> <errno> [<why>]
 *
 * Reasons without an attempt here: DEVICE_TREE, XMON_WR, XMON_RW and
 * RTAS_ERROR_INJECTION are of other architectures; XEN_USER_ACTIONS is decided
 * once, in a Xen guest; DBG_WRITE_KERNEL and DBG_READ_KERNEL stop the machine.
 */

#define _GNU_SOURCE
#include <dirent.h>
#include <fnmatch.h>
#include <linux/bpf.h>
#include <linux/cxl_mem.h>
#include <linux/magic.h>
#include <linux/perf_event.h>
#include <linux/serial.h>
#include <sched.h>
#include <stdarg.h>
#include <sys/mount.h>
#include <sys/utsname.h>
#include <sys/vfs.h>

#include "../kselftest_harness.h"
#include "common.h"

/* The interrupt line: a scratch register that no hardware looks at. */
#define PCI_INTERRUPT_LINE 0x3c

/* The slave address register of an Intel SMBus controller. */
#define SMBUS_ADDRESS 4

/* The kernel's DEFAULT_RATELIMIT_INTERVAL and DEFAULT_RATELIMIT_BURST. */
#define RATELIMIT_SECONDS 5
#define RATELIMIT_BURST 10

/* Other than 0 (allowed) and -errno (refused). */
enum {
	SKIPPED = 1,
	/* Refused without an error that could be seen. */
	WITHHELD = 2,
};

/* The level from which on an attempt is denied. */
enum {
	ALWAYS = LEVEL_NONE,
	INTEGRITY = LEVEL_INTEGRITY,
	CONFIDENTIALITY = LEVEL_CONFIDENTIALITY,
	NEVER = LEVEL_COUNT,
};

struct skip {
	char why[160];
};

static __printf(2, 3) int skip(struct skip *skip, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(skip->why, sizeof(skip->why), fmt, args);
	va_end(args);
	return SKIPPED;
}

/* An open that failed: refused, unless the machine does not have the file. */
static int open_error(struct skip *why, const char *path, const char *option)
{
	switch (errno) {
	case ENOENT:
	case ENXIO:
	case ENODEV:
		return skip(why, "no %s (%s)", path, option);
	default:
		return -errno;
	}
}

/* PCI_ACCESS */

static int rewrite_config(struct skip *why, int fd)
{
	__u8 byte;
	ssize_t done;
	int ret;

	if (fd < 0)
		return open_error(why, "host bridge", "CONFIG_PCI");
	done = pread(fd, &byte, 1, PCI_INTERRUPT_LINE);
	if (done == 1)
		done = pwrite(fd, &byte, 1, PCI_INTERRUPT_LINE);
	ret = done < 0 ? -errno : done == 1 ? 0 : -EIO;
	close(fd);
	return ret;
}

static int pci_sysfs_config(struct skip *why)
{
	return rewrite_config(why, open("/sys/bus/pci/devices/" HOST_BRIDGE
					"/config",
					O_RDWR | O_CLOEXEC));
}

static int pci_proc_config(struct skip *why)
{
	return rewrite_config(why,
			      open_proc_pci(HOST_BRIDGE, O_RDWR | O_CLOEXEC));
}

static int pci_proc_ioctl(struct skip *why)
{
	/* PCIIOC_CONTROLLER of <linux/pci.h>, which only asks. */
	const unsigned long cmd = 'P' << 24 | 'C' << 16 | 'I' << 8;
	int fd, ret;

	fd = open_proc_pci(HOST_BRIDGE, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return open_error(why, "host bridge", "CONFIG_PCI");
	ret = ioctl(fd, cmd, 0) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

/* Not every BAR can be mapped: I/O ports, and what a driver claimed. */
static int map_resources(const char *device)
{
	char path[320];
	int bar, fd, ret = -ENODEV;
	void *map;

	for (bar = 0; bar < 6 && ret; bar++) {
		snprintf(path, sizeof(path),
			 "/sys/bus/pci/devices/%s/resource%d", device, bar);
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

/* The first answer for a device, other than that it has no such BAR. */
static int any_device(struct skip *why, int (*try)(const char *device))
{
	struct dirent *entry;
	int ret = -ENODEV;
	DIR *dir;

	dir = opendir("/sys/bus/pci/devices");
	if (!dir)
		return open_error(why, "/sys/bus/pci/devices", "CONFIG_PCI");
	while (ret == -ENODEV && (entry = readdir(dir)))
		ret = try(entry->d_name);
	closedir(dir);
	if (ret == -ENODEV)
		return skip(why, "no PCI device with a memory BAR to map");
	return ret;
}

static int pci_mmap(struct skip *why)
{
	return any_device(why, map_resources);
}

/* Where the first BAR of a device is that is in memory, or 0. */
static unsigned long memory_bar(const char *device)
{
	unsigned long start, end, flags, bar = 0;
	char path[320];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/resource",
		 device);
	file = fopen(path, "re");
	if (!file)
		return 0;
	while (!bar && fscanf(file, "%lx %lx %lx", &start, &end, &flags) == 3) {
		/* IORESOURCE_MEM */
		if (flags & 0x200 && end - start >= PAGE_BYTES - 1)
			bar = start;
	}
	fclose(file);
	return bar;
}

static int map_by_proc(const char *device)
{
	/* PCIIOC_MMAP_IS_MEM of <linux/pci.h> */
	const unsigned long is_mem = 'P' << 24 | 'C' << 16 | 'I' << 8 | 2;
	const unsigned long bar = memory_bar(device);
	int fd, ret = 0;
	void *map;

	if (!bar || strncmp(device, "0000:", 5))
		return -ENODEV;
	fd = open_proc_pci(device, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -ENODEV;
	/* The ioctl only says what a map is of, and is refused as well. */
	if (ioctl(fd, is_mem, 0) && errno != EPERM) {
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

static int pci_proc_mmap(struct skip *why)
{
	return any_device(why, map_by_proc);
}

/* A command that only asks: Get Supported Logs. */
static int cxl_raw(struct skip *why)
{
	__u8 logs[512];
	struct cxl_send_command command = {
		.id = CXL_MEM_COMMAND_ID_RAW,
		.raw.opcode = 0x0400,
		.out = {
			.size = sizeof(logs),
			.payload = (uintptr_t)logs,
		},
	};
	int fd, ret;

	fd = open("/dev/cxl/mem0", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return skip(why, "no CXL memory device (/dev/cxl/mem0)");
	ret = ioctl(fd, CXL_MEM_SEND_COMMAND, &command) ? -errno : 0;
	close(fd);
	return ret;
}

/* The slave address means nothing while no transfer is under way. */
static int pci_io_write(struct skip *why)
{
	static const char device[] = "/sys/bus/pci/devices/0000:00:1f.3";
	char path[96];
	__u8 byte;
	ssize_t done;
	int fd, ret;

	snprintf(path, sizeof(path), "%s/vendor", device);
	if (read_number(path) != 0x8086)
		return skip(why, "no Intel SMBus controller at 0000:00:1f.3");
	snprintf(path, sizeof(path), "%s/class", device);
	if (read_number(path) != 0x0c0500)
		return skip(why, "no Intel SMBus controller at 0000:00:1f.3");
	snprintf(path, sizeof(path), "%s/resource4", device);

	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return open_error(why, path, "CONFIG_PCI");
	done = pread(fd, &byte, 1, SMBUS_ADDRESS);
	if (done == 1)
		done = pwrite(fd, &byte, 1, SMBUS_ADDRESS);
	ret = done < 0 ? -errno : done == 1 ? 0 : -EIO;
	close(fd);
	return ret;
}

/* EFI_TEST */

static int efi_runtime(struct skip *why)
{
	/* struct efi_gettime of <linux/efi_test.h>, which is not for us */
	__u8 time[16], capabilities[12];
	__u64 status = ~0ULL;
	struct {
		void *time, *capabilities;
		__u64 *status;
	} get_time = { time, capabilities, &status };
	const unsigned long cmd = _IOR('p', 0x03, get_time);
	int fd, ret = 0;

	fd = open("/dev/efi_test", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return open_error(why, "/dev/efi_test", "CONFIG_EFI_TEST");
	/* Without EFI there is nothing behind the device to call. */
	if (!access("/sys/firmware/efi/runtime", F_OK)) {
		ret = ioctl(fd, cmd, &get_time) || status ? -EIO : 0;
		printf("# EFI runtime was called\n");
	}
	close(fd);
	return ret;
}

/* ACPI_TABLES */

/*
 * A file system of our own, in a mount namespace of our own: nothing is left
 * mounted, and an administrator's mounts are not depended on.
 */
static int mount_private(struct skip *why, const char *type, const char *where)
{
	if (unshare(CLONE_NEWNS))
		return skip(why, "no private mounts: unshare: %s",
			    errno_name(errno));
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return skip(why, "no private mounts: /: %s", errno_name(errno));
	if (mount(type, where, type, 0, NULL) && errno != EBUSY)
		return skip(why, "no %s at %s: %s", type, where,
			    errno_name(errno));
	return 0;
}

static int acpi_configfs(struct skip *why)
{
	static const char dir[] = "/sys/kernel/config/acpi/table/lockdown";
	/* A header and one statement: Name (LKDP, Zero). */
	__u8 ssdt[42] = "SSDT\x2a\0\0\0\2\0LCKDWNSELFTEST\1\0\0\0LCKD\1";
	__u8 sum = 0;
	char path[96], text[16];
	size_t i;
	ssize_t put, len;
	int fd, ret;

	if (access("/sys/firmware/acpi", F_OK))
		return skip(why, "no ACPI on this machine");
	ret = mount_private(why, "configfs", "/sys/kernel/config");
	if (ret)
		return ret;
	if (mkdir(dir, 0700)) {
		if (errno == ENOENT || errno == EPERM)
			return skip(why, "no %s (CONFIG_ACPI_CONFIGFS)", dir);
		return -errno;
	}

	memcpy(ssdt + 36, "\x08LKDP\0", 6);
	for (i = 0; i < sizeof(ssdt); i++)
		sum += ssdt[i];
	ssdt[9] -= sum;

	snprintf(path, sizeof(path), "%s/aml", dir);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0) {
		ret = -errno;
		goto out;
	}
	put = write(fd, ssdt, sizeof(ssdt));
	ret = put < 0 ? -errno : 0;
	/* Takes effect on close(2), and configfs drops what comes of it. */
	close(fd);

	if (!ret) {
		snprintf(path, sizeof(path), "%s/signature", dir);
		len = read_text(path, text, sizeof(text));
		if (len < 0)
			ret = WITHHELD;
	}
out:
	if (rmdir(dir) && !ret)
		ret = -errno;
	return ret;
}

/* TIOCSSERIAL */

static int serial_irq(struct skip *why)
{
	static const char *const ports[] = { "/dev/ttyS3", "/dev/ttyS2",
					     "/dev/ttyS1" };
	struct serial_struct old, new;
	int fd = -1, ret = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ports); i++) {
		fd = open(ports[i], O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
		if (fd < 0)
			continue;
		/* One without a clock takes no settings at all. */
		if (!ioctl(fd, TIOCGSERIAL, &old) && old.type == PORT_UNKNOWN &&
		    old.baud_base >= 9600)
			break;
		close(fd);
		fd = -1;
	}
	if (fd < 0)
		return skip(why, "no serial port without hardware among %s",
			    "ttyS1 to ttyS3 (CONFIG_SERIAL_8250)");

	new = old;
	new.irq = old.irq == 3 ? 4 : 3;
	if (ioctl(fd, TIOCSSERIAL, &new) || ioctl(fd, TIOCSSERIAL, &old))
		ret = -errno;
	close(fd);
	return ret;
}

/* Modules of the kernel, and of these tests */

/* One of the kernel's own, installed where its version has them. */
static int open_kernel_module(const char *name)
{
	struct utsname uts;
	char path[256];

	uname(&uts);
	snprintf(path, sizeof(path), "/lib/modules/%s/kernel/%s", uts.release,
		 name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static int load(int fd, const char *params)
{
	return syscall(__NR_finit_module, fd, params, 0) ? -errno : 0;
}

/* A module that stands in for hardware: 0, or SKIPPED with the reason. */
static int load_stand_in(struct skip *why, const char *module, const char *lack)
{
	const int ret = load_module(module);

	if (ret == -ENOENT)
		return skip(why, "no %s (%s)", module, lack);
	if (ret)
		return skip(why, "%s finds no place for its device: %s", module,
			    errno_name(-ret));
	return 0;
}

/* DEV_MEM: registers */

/*
 * The driver decides whether it offers them when it finds the device, and is
 * silent about it.
 */
static int tpmi_dump(struct skip *why)
{
	static const char bound[] =
		"/sys/bus/auxiliary/drivers/intel_vsec_tpmi/intel_vsec.tpmi.0";
	char text[256];
	int fd, ret;

	ret = mount_private(why, "debugfs", "/sys/kernel/debug");
	if (ret)
		return ret;
	ret = load_stand_in(why, "lockdown_tpmi.ko", "CONFIG_INTEL_TPMI");
	if (ret)
		return ret;

	fd = access(bound, F_OK) ? -ENXIO :
				   open_tpmi("tpmi-id-80/mem_dump", O_RDONLY);
	if (fd >= 0) {
		ret = read(fd, text, sizeof(text)) < 0 ? -errno : 0;
		close(fd);
	} else {
		ret = fd;
	}
	if (syscall(__NR_delete_module, "lockdown_tpmi", O_NONBLOCK) && !ret)
		ret = -errno;
	return ret;
}

/* PCI_ACCESS: registers, as above */

static int amdgpu_registers(struct skip *why)
{
	static const char dir[] = "/sys/kernel/debug/lockdown_amdgpu";
	char path[64];
	int fd, ret;

	ret = mount_private(why, "debugfs", "/sys/kernel/debug");
	if (ret)
		return ret;
	ret = load_stand_in(why, "lockdown_amdgpu.ko", "of x86-64");
	if (ret)
		return ret;

	snprintf(path, sizeof(path), "%s/amdgpu_regs", dir);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		ret = -errno;
	else
		close(fd);
	if (access(dir, F_OK))
		ret = -ENXIO;
	if (syscall(__NR_delete_module, "lockdown_amdgpu", O_NONBLOCK) && !ret)
		ret = -errno;
	return ret;
}

/* PCMCIA_CIS */

static int pcmcia_cis(struct skip *why)
{
	static const char file[] =
		"/sys/class/pcmcia_socket/pcmcia_socket0/cis";
	/* CISTPL_END: of this card nothing is known. */
	static const char cis[] = "\xff";
	int ret, tries = 50;

	if (!access(file, F_OK))
		return skip(why, "a PCMCIA socket, which may have a card");
	ret = load_stand_in(why, "lockdown_pcmcia.ko", "CONFIG_PCMCIA");
	if (ret)
		return ret;

	/* It takes a while until the card is found in the socket. */
	do {
		usleep(100000);
		ret = write_text(file, cis);
	} while ((ret == -ENOENT || ret == -ENODEV) && --tries);
	if (syscall(__NR_delete_module, "lockdown_pcmcia", O_NONBLOCK) && !ret)
		ret = -errno;
	return ret;
}

/* MMIOTRACE */

/* The VGA of Bochs, which QEMU has too, and nobody looks at in a test. */
static bool is_bochs_vga(const char *device)
{
	char path[320];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/vendor", device);
	if (read_number(path) != 0x1234)
		return false;
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/device", device);
	return read_number(path) == 0x1111;
}

static unsigned long frame_buffer(struct skip *why)
{
	struct dirent *entry;
	unsigned long bar = 0;
	DIR *dir;

	dir = opendir("/sys/bus/pci/devices");
	while (dir && !bar && (entry = readdir(dir))) {
		if (is_bochs_vga(entry->d_name))
			bar = memory_bar(entry->d_name);
	}
	if (dir)
		closedir(dir);
	if (!bar)
		skip(why, "no VGA of QEMU, to which rubbish can be written");
	return bar;
}

/*
 * The place that the module writes to is a hardware parameter, and refused as
 * such; without it the module's own check is what answers.
 */
static int mmiotrace_test(struct skip *why)
{
	const unsigned long bar = frame_buffer(why);
	char params[64];
	int fd, ret;

	if (!bar)
		return SKIPPED;
	fd = open_kernel_module("arch/x86/mm/testmmiotrace.ko");
	if (fd < 0)
		return skip(why, "no testmmiotrace.ko (%s)",
			    "CONFIG_MMIOTRACE_TEST");
	snprintf(params, sizeof(params), "mmio_address=0x%lx", bar);
	ret = load(fd, params);
	if (ret == -EPERM)
		ret = load(fd, "");
	if (!ret && syscall(__NR_delete_module, "testmmiotrace", O_NONBLOCK))
		ret = -errno;
	close(fd);
	return ret;
}

/* TRACEFS */

static int no_tracefs(struct skip *why)
{
	struct statfs fs;

	if (statfs("/sys/kernel/tracing", &fs) || fs.f_type != TRACEFS_MAGIC)
		return skip(why, "no tracefs mounted at /sys/kernel/tracing");
	return 0;
}

/*
 * Opened, and not read or written: what tracefs does, it may do on open.  The
 * files are there at every level; one that is not belongs to an option.
 */
static int tracefs_open(struct skip *why, const char *file, int flags)
{
	char path[128];
	int fd, ret;

	ret = no_tracefs(why);
	if (ret)
		return ret;
	snprintf(path, sizeof(path), "/sys/kernel/tracing/%s", file);
	fd = open(path, flags | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT &&
	    !access("/sys/kernel/tracing/trace", F_OK))
		return skip(why, "no %s in tracefs", file);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int tracefs_instance(struct skip *why)
{
	static const char dir[] = "/sys/kernel/tracing/instances/lockdown";
	int ret;

	ret = no_tracefs(why);
	if (ret)
		return ret;
	if (mkdir(dir, 0700))
		return -errno;
	return rmdir(dir) ? -errno : 0;
}

static int tracefs_kprobe(struct skip *why)
{
	static const char path[] = "/sys/kernel/tracing/kprobe_events";
	static const char add[] = "p:lockdown_probe kernel_clone\n";
	static const char remove[] = "-:lockdown_probe\n";
	int fd, ret;

	ret = no_tracefs(why);
	if (ret)
		return ret;
	/* Appending, because opening with O_TRUNC removes all the others. */
	fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = 0;
	if (write(fd, add, strlen(add)) < 0 ||
	    write(fd, remove, strlen(remove)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

/* KPROBES, PERF */

static int perf_open(struct skip *why, struct perf_event_attr *attr, int pid,
		     int cpu)
{
	int fd;

	/* The documented way to ask whether there is perf_event_open(2). */
	if (access("/proc/sys/kernel/perf_event_paranoid", F_OK))
		return skip(why, "no perf events (CONFIG_PERF_EVENTS)");
	attr->size = sizeof(*attr);
	attr->disabled = 1;
	fd = syscall(__NR_perf_event_open, attr, pid, cpu, -1,
		     PERF_FLAG_FD_CLOEXEC);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int kprobe_perf(struct skip *why)
{
	static const char function[] = "kernel_clone";
	static const char path[] = "/sys/bus/event_source/devices/kprobe/type";
	struct perf_event_attr attr = {
		.kprobe_func = (uintptr_t)function,
	};
	const long type = read_number(path);

	if (type < 0)
		return skip(why, "no %s (CONFIG_KPROBE_EVENTS)", path);
	attr.type = type;
	return perf_open(why, &attr, -1, 0);
}

static int perf_regs(struct skip *why)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.sample_period = 1000000,
		.sample_type = PERF_SAMPLE_REGS_INTR,
		.sample_regs_intr = 1,
	};

	return perf_open(why, &attr, 0, -1);
}

/* BPF_READ_KERNEL, BPF_WRITE_USER */

static const char *bpf_name = "lockdown";

static int bpf_load(__u32 type, const struct bpf_insn *insns, __u32 count)
{
	static const char license[] = "GPL";
	union bpf_attr attr = {
		.prog_type = type,
		.insns = (uintptr_t)insns,
		.insn_cnt = count,
		.license = (uintptr_t)license,
	};
	int fd;

	snprintf(attr.prog_name, sizeof(attr.prog_name), "%s", bpf_name);
	fd = syscall(__NR_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/*
 * Loads "helper(r1, r2, r3); return 0;", where one of r1 and r2 is the stack
 * and the other is NULL.  That a program may not use a helper is -EINVAL by
 * the contract of bpf(2), and so are other errors: hence the same program with
 * a helper that nobody is denied goes first.
 */
static int bpf_helper(struct skip *why, __u32 type, int helper, int stack,
		      int null)
{
	struct bpf_insn insns[] = {
		/* *(u64 *)(r10 - 8) = 0 */
		{ BPF_ST | BPF_MEM | BPF_DW, BPF_REG_10, 0, -8, 0 },
		/* stack = r10 */
		{ BPF_ALU64 | BPF_MOV | BPF_X, stack, BPF_REG_10, 0, 0 },
		/* stack += -8 */
		{ BPF_ALU64 | BPF_ADD | BPF_K, stack, 0, 0, -8 },
		/* null = 0 */
		{ BPF_ALU64 | BPF_MOV | BPF_K, null, 0, 0, 0 },
		/* the other = 8 */
		{ BPF_ALU64 | BPF_MOV | BPF_K, 6 - stack - null, 0, 0, 8 },
		{ BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_ktime_get_ns },
		{ BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0 },
		{ BPF_JMP | BPF_EXIT, 0, 0, 0, 0 },
	};
	int ret;

	ret = bpf_load(type, insns, ARRAY_SIZE(insns));
	if (ret)
		return skip(why, "no BPF program of type %u: %s (%s)", type,
			    errno_name(-ret), "CONFIG_BPF_EVENTS");
	insns[5].imm = helper;
	return bpf_load(type, insns, ARRAY_SIZE(insns));
}

/* A read is to the stack, of 8 bytes, from NULL. */
static int bpf_read(struct skip *why, __u32 type, int helper)
{
	return bpf_helper(why, type, helper, BPF_REG_1, BPF_REG_3);
}

static int bpf_read_kernel(struct skip *why)
{
	return bpf_read(why, BPF_PROG_TYPE_KPROBE, BPF_FUNC_probe_read_kernel);
}

static int bpf_read_kernel_str(struct skip *why)
{
	return bpf_read(why, BPF_PROG_TYPE_KPROBE,
			BPF_FUNC_probe_read_kernel_str);
}

static int bpf_read_any(struct skip *why)
{
	return bpf_read(why, BPF_PROG_TYPE_KPROBE, BPF_FUNC_probe_read);
}

static int bpf_read_any_str(struct skip *why)
{
	return bpf_read(why, BPF_PROG_TYPE_KPROBE, BPF_FUNC_probe_read_str);
}

static int bpf_socket_read_kernel(struct skip *why)
{
	return bpf_read(why, BPF_PROG_TYPE_SOCKET_FILTER,
			BPF_FUNC_probe_read_kernel);
}

static int bpf_socket_read_kernel_str(struct skip *why)
{
	return bpf_read(why, BPF_PROG_TYPE_SOCKET_FILTER,
			BPF_FUNC_probe_read_kernel_str);
}

/* In a process of its own, as each attempt. */
static int bpf_unnamed(struct skip *why)
{
	bpf_name = "";
	return bpf_read_kernel(why);
}

static int bpf_write_user(struct skip *why)
{
	return bpf_helper(why, BPF_PROG_TYPE_KPROBE, BPF_FUNC_probe_write_user,
			  BPF_REG_2, BPF_REG_1);
}

FIXTURE(attempt)
{
	int level;
	int log;
};

/*
 * @error: What a denial returns if not EPERM.
 * @absent: What it may return too, when the kernel was locked before it
 *	    created the file.
 * @withheld: A denial shows only in that nothing is given out.
 * @once: It is counted once.
 * @object: What the log must name, a pattern for fnmatch(3).
 * @file: For the attempts on tracefs: what to open,
 * @flags: and how.
 */
/* clang-format off */
FIXTURE_VARIANT(attempt) {
	const char *reason;
	const char *description;
	int denied_from;
	int (*attempt)(struct skip *why);
	int error;
	int absent;
	bool withheld;
	bool once;
	const char *object;
	const char *file;
	int flags;
};

/* clang-format on */

FIXTURE_SETUP(attempt)
{
	self->level = lockdown_level();
	if (self->level == -ENOENT)
		SKIP(return, "no " LOCKDOWN_FILE
			     " (securityfs, CONFIG_SECURITY_LOCKDOWN_LSM)");
	ASSERT_LE(LEVEL_NONE, self->level);
	if (geteuid())
		SKIP(return, "not root, who is whom lockdown is about");
	self->log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ASSERT_LE(0, self->log);
	ASSERT_LE(0, lseek(self->log, 0, SEEK_END));
}

FIXTURE_TEARDOWN(attempt)
{
	close(self->log);
}

/* clang-format off */

FIXTURE_VARIANT_ADD(attempt, pci_sysfs_config) {
	.reason = "PCI_ACCESS",
	.description = "write PCI configuration space, sysfs",
	.denied_from = INTEGRITY,
	.attempt = pci_sysfs_config,
	.object = "0000:00:00.0 config at 0x3c",
};

FIXTURE_VARIANT_ADD(attempt, pci_proc_config) {
	.reason = "PCI_ACCESS",
	.description = "write PCI configuration space, /proc/bus/pci",
	.denied_from = INTEGRITY,
	.attempt = pci_proc_config,
	.object = "0000:00:00.0 config at 0x3c",
};

FIXTURE_VARIANT_ADD(attempt, pci_proc_ioctl) {
	.reason = "PCI_ACCESS",
	.description = "ioctl on /proc/bus/pci",
	.denied_from = INTEGRITY,
	.attempt = pci_proc_ioctl,
	.object = "0000:00:00.0 ioctl 0x50434900",
};

FIXTURE_VARIANT_ADD(attempt, pci_mmap) {
	.reason = "PCI_ACCESS",
	.description = "map a PCI BAR",
	.denied_from = INTEGRITY,
	.attempt = pci_mmap,
	.object = "0000:* BAR ?",
};

FIXTURE_VARIANT_ADD(attempt, pci_proc_mmap) {
	.reason = "PCI_ACCESS",
	.description = "map a PCI BAR, /proc/bus/pci",
	.denied_from = INTEGRITY,
	.attempt = pci_proc_mmap,
	.object = "map of 0000:*",
};

FIXTURE_VARIANT_ADD(attempt, pci_io_write) {
	.reason = "PCI_ACCESS",
	.description = "write to a PCI I/O BAR",
	.denied_from = INTEGRITY,
	.attempt = pci_io_write,
	.object = "0000:00:1f.3 BAR 4 at 0x4",
};

FIXTURE_VARIANT_ADD(attempt, cxl_raw) {
	.reason = "PCI_ACCESS",
	.description = "send a raw command to a CXL device",
	.denied_from = INTEGRITY,
	.attempt = cxl_raw,
	.object = "* raw command 0x400",
};

FIXTURE_VARIANT_ADD(attempt, efi_runtime) {
	.reason = "EFI_TEST",
	.description = "call EFI, /dev/efi_test",
	.denied_from = INTEGRITY,
	.attempt = efi_runtime,
	.object = "open of efi_test",
};

FIXTURE_VARIANT_ADD(attempt, acpi_configfs) {
	.reason = "ACPI_TABLES",
	.description = "load an ACPI table, configfs",
	.denied_from = INTEGRITY,
	.attempt = acpi_configfs,
	.withheld = true,
	.object = "configfs table lockdown",
};

FIXTURE_VARIANT_ADD(attempt, serial_irq) {
	.reason = "TIOCSSERIAL",
	.description = "change the interrupt of a serial port",
	.denied_from = INTEGRITY,
	.attempt = serial_irq,
	.object = "ttyS?",
};

FIXTURE_VARIANT_ADD(attempt, tpmi_dump) {
	.reason = "DEV_MEM",
	.description = "read TPMI registers, debugfs",
	.denied_from = INTEGRITY,
	.attempt = tpmi_dump,
	.absent = ENOENT,
};

FIXTURE_VARIANT_ADD(attempt, amdgpu_registers) {
	.reason = "PCI_ACCESS",
	.description = "open the registers of an AMD GPU, debugfs",
	.denied_from = INTEGRITY,
	.attempt = amdgpu_registers,
	.absent = ENOENT,
};

FIXTURE_VARIANT_ADD(attempt, pcmcia_cis) {
	.reason = "PCMCIA_CIS",
	.description = "replace the CIS of a PCMCIA card",
	.denied_from = INTEGRITY,
	.attempt = pcmcia_cis,
	.object = "pcmcia_socket0",
};

FIXTURE_VARIANT_ADD(attempt, mmiotrace_test) {
	.reason = "MMIOTRACE",
	.description = "load the test of mmiotrace",
	.denied_from = INTEGRITY,
	.attempt = mmiotrace_test,
	.object = "0x0",
};

FIXTURE_VARIANT_ADD(attempt, bpf_write_user) {
	.reason = "BPF_WRITE_USER",
	.description = "load BPF that writes user memory",
	.denied_from = INTEGRITY,
	.attempt = bpf_write_user,
	.error = EINVAL,
	.object = "bpf_probe_write_user in BPF program lockdown",
	.once = true,
};

FIXTURE_VARIANT_ADD(attempt, bpf_read_kernel) {
	.reason = "BPF_READ_KERNEL",
	.description = "load BPF that reads kernel memory",
	.denied_from = CONFIDENTIALITY,
	.attempt = bpf_read_kernel,
	.error = EINVAL,
	.object = "bpf_probe_read_kernel in BPF program lockdown",
	.once = true,
};

FIXTURE_VARIANT_ADD(attempt, bpf_unnamed) {
	.reason = "BPF_READ_KERNEL",
	.description = "load BPF without a name that reads kernel memory",
	.denied_from = CONFIDENTIALITY,
	.attempt = bpf_unnamed,
	.error = EINVAL,
	.object = "bpf_probe_read_kernel in BPF program (unnamed) of type 2",
	.once = true,
};

FIXTURE_VARIANT_ADD(attempt, bpf_read_kernel_str) {
	.reason = "BPF_READ_KERNEL",
	.description = "load BPF that reads kernel strings",
	.denied_from = CONFIDENTIALITY,
	.attempt = bpf_read_kernel_str,
	.error = EINVAL,
	.object = "bpf_probe_read_kernel_str in BPF program lockdown",
	.once = true,
};

FIXTURE_VARIANT_ADD(attempt, bpf_read_any) {
	.reason = "BPF_READ_KERNEL",
	.description = "load BPF that reads any memory",
	.denied_from = CONFIDENTIALITY,
	.attempt = bpf_read_any,
	.error = EINVAL,
	.object = "bpf_probe_read in BPF program lockdown",
	.once = true,
};

FIXTURE_VARIANT_ADD(attempt, bpf_read_any_str) {
	.reason = "BPF_READ_KERNEL",
	.description = "load BPF that reads any strings",
	.denied_from = CONFIDENTIALITY,
	.attempt = bpf_read_any_str,
	.error = EINVAL,
	.object = "bpf_probe_read_str in BPF program lockdown",
	.once = true,
};

FIXTURE_VARIANT_ADD(attempt, bpf_socket_read_kernel) {
	.reason = "BPF_READ_KERNEL",
	.description = "load BPF for sockets, reads kernel memory",
	.denied_from = CONFIDENTIALITY,
	.attempt = bpf_socket_read_kernel,
	.error = EINVAL,
	.object = "bpf_probe_read_kernel in BPF program lockdown",
	.once = true,
};

FIXTURE_VARIANT_ADD(attempt, bpf_socket_read_kernel_str) {
	.reason = "BPF_READ_KERNEL",
	.description = "load BPF for sockets, reads kernel strings",
	.denied_from = CONFIDENTIALITY,
	.attempt = bpf_socket_read_kernel_str,
	.error = EINVAL,
	.object = "bpf_probe_read_kernel_str in BPF program lockdown",
	.once = true,
};

FIXTURE_VARIANT_ADD(attempt, kprobe_perf) {
	.reason = "KPROBES",
	.description = "probe a kernel function, perf",
	.denied_from = CONFIDENTIALITY,
	.attempt = kprobe_perf,
	.object = "kernel_clone",
};

FIXTURE_VARIANT_ADD(attempt, perf_regs) {
	.reason = "PERF",
	.description = "sample registers, perf",
	.denied_from = CONFIDENTIALITY,
	.attempt = perf_regs,
	.object = "registers at event 1:0x0",
};

FIXTURE_VARIANT_ADD(attempt, tracefs_trace) {
	.reason = "TRACEFS",
	.description = "open tracefs: trace",
	.denied_from = CONFIDENTIALITY,
	.file = "trace",
	.flags = O_RDONLY,
	.object = "open of */trace",
};

FIXTURE_VARIANT_ADD(attempt, tracefs_trace_pipe) {
	.reason = "TRACEFS",
	.description = "open tracefs: trace_pipe",
	.denied_from = CONFIDENTIALITY,
	.file = "trace_pipe",
	.flags = O_RDONLY,
	.object = "open of */trace_pipe",
};

FIXTURE_VARIANT_ADD(attempt, tracefs_pipe_raw) {
	.reason = "TRACEFS",
	.description = "open tracefs: per_cpu/cpu0/trace_pipe_raw",
	.denied_from = CONFIDENTIALITY,
	.file = "per_cpu/cpu0/trace_pipe_raw",
	.flags = O_RDONLY,
	.object = "open of */trace_pipe_raw",
};

FIXTURE_VARIANT_ADD(attempt, tracefs_trace_options) {
	.reason = "TRACEFS",
	.description = "open tracefs: trace_options",
	.denied_from = CONFIDENTIALITY,
	.file = "trace_options",
	.flags = O_RDWR,
	.object = "open of */trace_options",
};

FIXTURE_VARIANT_ADD(attempt, tracefs_flag_option) {
	.reason = "TRACEFS",
	.description = "open tracefs: options/overwrite",
	.denied_from = CONFIDENTIALITY,
	.file = "options/overwrite",
	.flags = O_RDWR,
	.object = "open of */overwrite",
};

FIXTURE_VARIANT_ADD(attempt, tracefs_tracer_option) {
	.reason = "TRACEFS",
	.description = "open tracefs: options/func_stack_trace",
	.denied_from = CONFIDENTIALITY,
	.file = "options/func_stack_trace",
	.flags = O_RDWR,
	.object = "open of */func_stack_trace",
};

FIXTURE_VARIANT_ADD(attempt, tracefs_available_tracers) {
	.reason = "TRACEFS",
	.description = "open tracefs: available_tracers",
	.denied_from = CONFIDENTIALITY,
	.file = "available_tracers",
	.flags = O_RDONLY,
	.object = "open of */available_tracers",
};

FIXTURE_VARIANT_ADD(attempt, tracefs_current_tracer) {
	.reason = "TRACEFS",
	.description = "open tracefs: current_tracer",
	.denied_from = CONFIDENTIALITY,
	.file = "current_tracer",
	.flags = O_RDWR,
	.object = "open of */current_tracer",
};

FIXTURE_VARIANT_ADD(attempt, tracefs_eval_map) {
	.reason = "TRACEFS",
	.description = "open tracefs: eval_map",
	.denied_from = CONFIDENTIALITY,
	.file = "eval_map",
	.flags = O_RDONLY,
	.object = "open of */eval_map",
};

FIXTURE_VARIANT_ADD(attempt, tracefs_trace_clock) {
	.reason = "TRACEFS",
	.description = "open tracefs: trace_clock",
	.denied_from = CONFIDENTIALITY,
	.file = "trace_clock",
	.flags = O_RDWR,
	.object = "open of */trace_clock",
};

FIXTURE_VARIANT_ADD(attempt, tracefs_timestamp_mode) {
	.reason = "TRACEFS",
	.description = "open tracefs: timestamp_mode",
	.denied_from = CONFIDENTIALITY,
	.file = "timestamp_mode",
	.flags = O_RDONLY,
	.object = "open of */timestamp_mode",
};

FIXTURE_VARIANT_ADD(attempt, tracefs_snapshot) {
	.reason = "TRACEFS",
	.description = "open tracefs: snapshot",
	.denied_from = CONFIDENTIALITY,
	.file = "snapshot",
	.flags = O_RDWR,
	.object = "open of */snapshot",
};

FIXTURE_VARIANT_ADD(attempt, tracefs_error_log) {
	.reason = "TRACEFS",
	.description = "open tracefs: error_log",
	.denied_from = CONFIDENTIALITY,
	.file = "error_log",
	.flags = O_RDONLY,
	.object = "open of */error_log",
};

FIXTURE_VARIANT_ADD(attempt, tracefs_marker) {
	.reason = "TRACEFS",
	.description = "open tracefs: trace_marker",
	.denied_from = CONFIDENTIALITY,
	.file = "trace_marker",
	.flags = O_WRONLY,
	.object = "open of */trace_marker",
};

FIXTURE_VARIANT_ADD(attempt, tracefs_thresh) {
	.reason = "TRACEFS",
	.description = "open tracefs: tracing_thresh",
	.denied_from = CONFIDENTIALITY,
	.file = "tracing_thresh",
	.flags = O_RDWR,
	.object = "open of */tracing_thresh",
};

FIXTURE_VARIANT_ADD(attempt, tracefs_set_ftrace_filter) {
	.reason = "TRACEFS",
	.description = "open tracefs: set_ftrace_filter",
	.denied_from = CONFIDENTIALITY,
	.file = "set_ftrace_filter",
	.flags = O_RDWR,
	.object = "open of */set_ftrace_filter",
};

FIXTURE_VARIANT_ADD(attempt, tracefs_set_ftrace_pid) {
	.reason = "TRACEFS",
	.description = "open tracefs: set_ftrace_pid",
	.denied_from = CONFIDENTIALITY,
	.file = "set_ftrace_pid",
	.flags = O_RDONLY,
	.object = "open of */set_ftrace_pid",
};

FIXTURE_VARIANT_ADD(attempt, tracefs_functions) {
	.reason = "TRACEFS",
	.description = "open tracefs: available_filter_functions",
	.denied_from = CONFIDENTIALITY,
	.file = "available_filter_functions",
	.flags = O_RDONLY,
	.object = "open of */available_filter_functions",
};

FIXTURE_VARIANT_ADD(attempt, tracefs_function_addrs) {
	.reason = "TRACEFS",
	.description = "open tracefs: available_filter_functions_addrs",
	.denied_from = CONFIDENTIALITY,
	.file = "available_filter_functions_addrs",
	.flags = O_RDONLY,
	.object = "open of */available_filter_functions_addrs",
};

FIXTURE_VARIANT_ADD(attempt, tracefs_graph) {
	.reason = "TRACEFS",
	.description = "open tracefs: set_graph_function",
	.denied_from = CONFIDENTIALITY,
	.file = "set_graph_function",
	.flags = O_RDONLY,
	.object = "open of */set_graph_function",
};

FIXTURE_VARIANT_ADD(attempt, tracefs_stat) {
	.reason = "TRACEFS",
	.description = "open tracefs: trace_stat/function0",
	.denied_from = CONFIDENTIALITY,
	.file = "trace_stat/function0",
	.flags = O_RDONLY,
	.object = "open of */function0",
};

FIXTURE_VARIANT_ADD(attempt, tracefs_saved_cmdlines) {
	.reason = "TRACEFS",
	.description = "open tracefs: saved_cmdlines",
	.denied_from = CONFIDENTIALITY,
	.file = "saved_cmdlines",
	.flags = O_RDONLY,
	.object = "open of */saved_cmdlines",
};

FIXTURE_VARIANT_ADD(attempt, tracefs_saved_tgids) {
	.reason = "TRACEFS",
	.description = "open tracefs: saved_tgids",
	.denied_from = CONFIDENTIALITY,
	.file = "saved_tgids",
	.flags = O_RDONLY,
	.object = "open of */saved_tgids",
};

FIXTURE_VARIANT_ADD(attempt, tracefs_available_events) {
	.reason = "TRACEFS",
	.description = "open tracefs: available_events",
	.denied_from = CONFIDENTIALITY,
	.file = "available_events",
	.flags = O_RDONLY,
	.object = "open of */available_events",
};

FIXTURE_VARIANT_ADD(attempt, tracefs_set_event) {
	.reason = "TRACEFS",
	.description = "open tracefs: set_event",
	.denied_from = CONFIDENTIALITY,
	.file = "set_event",
	.flags = O_RDONLY,
	.object = "open of */set_event",
};

FIXTURE_VARIANT_ADD(attempt, tracefs_set_event_pid) {
	.reason = "TRACEFS",
	.description = "open tracefs: set_event_pid",
	.denied_from = CONFIDENTIALITY,
	.file = "set_event_pid",
	.flags = O_RDONLY,
	.object = "open of */set_event_pid",
};

FIXTURE_VARIANT_ADD(attempt, tracefs_set_event_notrace_pid) {
	.reason = "TRACEFS",
	.description = "open tracefs: set_event_notrace_pid",
	.denied_from = CONFIDENTIALITY,
	.file = "set_event_notrace_pid",
	.flags = O_RDONLY,
	.object = "open of */set_event_notrace_pid",
};

FIXTURE_VARIANT_ADD(attempt, tracefs_all_events) {
	.reason = "TRACEFS",
	.description = "open tracefs: events/enable",
	.denied_from = CONFIDENTIALITY,
	.file = "events/enable",
	.flags = O_RDWR,
	.object = "open of */enable",
};

FIXTURE_VARIANT_ADD(attempt, tracefs_system_events) {
	.reason = "TRACEFS",
	.description = "open tracefs: events/sched/enable",
	.denied_from = CONFIDENTIALITY,
	.file = "events/sched/enable",
	.flags = O_RDWR,
	.object = "open of */enable",
};

FIXTURE_VARIANT_ADD(attempt, tracefs_event_enable) {
	.reason = "TRACEFS",
	.description = "open tracefs: events/sched/sched_switch/enable",
	.denied_from = CONFIDENTIALITY,
	.file = "events/sched/sched_switch/enable",
	.flags = O_RDWR,
	.object = "open of */enable",
};

FIXTURE_VARIANT_ADD(attempt, tracefs_event_filter) {
	.reason = "TRACEFS",
	.description = "open tracefs: events/sched/sched_switch/filter",
	.denied_from = CONFIDENTIALITY,
	.file = "events/sched/sched_switch/filter",
	.flags = O_RDWR,
	.object = "open of */filter",
};

FIXTURE_VARIANT_ADD(attempt, tracefs_trigger) {
	.reason = "TRACEFS",
	.description = "open tracefs: events/sched/sched_switch/trigger",
	.denied_from = CONFIDENTIALITY,
	.file = "events/sched/sched_switch/trigger",
	.flags = O_RDONLY,
	.object = "open of */trigger",
};

FIXTURE_VARIANT_ADD(attempt, tracefs_hist) {
	.reason = "TRACEFS",
	.description = "open tracefs: events/sched/sched_switch/hist",
	.denied_from = CONFIDENTIALITY,
	.file = "events/sched/sched_switch/hist",
	.flags = O_RDONLY,
	.object = "open of */hist",
};

FIXTURE_VARIANT_ADD(attempt, tracefs_kprobe_events) {
	.reason = "TRACEFS",
	.description = "open tracefs: kprobe_events",
	.denied_from = CONFIDENTIALITY,
	.file = "kprobe_events",
	.flags = O_RDONLY,
	.object = "open of */kprobe_events",
};

FIXTURE_VARIANT_ADD(attempt, tracefs_kprobe_profile) {
	.reason = "TRACEFS",
	.description = "open tracefs: kprobe_profile",
	.denied_from = CONFIDENTIALITY,
	.file = "kprobe_profile",
	.flags = O_RDONLY,
	.object = "open of */kprobe_profile",
};

FIXTURE_VARIANT_ADD(attempt, tracefs_uprobe_events) {
	.reason = "TRACEFS",
	.description = "open tracefs: uprobe_events",
	.denied_from = CONFIDENTIALITY,
	.file = "uprobe_events",
	.flags = O_RDONLY,
	.object = "open of */uprobe_events",
};

FIXTURE_VARIANT_ADD(attempt, tracefs_uprobe_profile) {
	.reason = "TRACEFS",
	.description = "open tracefs: uprobe_profile",
	.denied_from = CONFIDENTIALITY,
	.file = "uprobe_profile",
	.flags = O_RDONLY,
	.object = "open of */uprobe_profile",
};

FIXTURE_VARIANT_ADD(attempt, tracefs_dynamic_events) {
	.reason = "TRACEFS",
	.description = "open tracefs: dynamic_events",
	.denied_from = CONFIDENTIALITY,
	.file = "dynamic_events",
	.flags = O_RDONLY,
	.object = "open of */dynamic_events",
};

FIXTURE_VARIANT_ADD(attempt, tracefs_synthetic_events) {
	.reason = "TRACEFS",
	.description = "open tracefs: synthetic_events",
	.denied_from = CONFIDENTIALITY,
	.file = "synthetic_events",
	.flags = O_RDONLY,
	.object = "open of */synthetic_events",
};

FIXTURE_VARIANT_ADD(attempt, tracefs_stack_trace) {
	.reason = "TRACEFS",
	.description = "open tracefs: stack_trace",
	.denied_from = CONFIDENTIALITY,
	.file = "stack_trace",
	.flags = O_RDONLY,
	.object = "open of */stack_trace",
};

FIXTURE_VARIANT_ADD(attempt, tracefs_printk_formats) {
	.reason = "TRACEFS",
	.description = "open tracefs: printk_formats",
	.denied_from = CONFIDENTIALITY,
	.file = "printk_formats",
	.flags = O_RDONLY,
	.object = "open of */printk_formats",
};

FIXTURE_VARIANT_ADD(attempt, tracefs_kprobe) {
	.reason = "TRACEFS",
	.description = "add a kprobe, tracefs",
	.denied_from = CONFIDENTIALITY,
	.attempt = tracefs_kprobe,
	.object = "open of */kprobe_events",
};

FIXTURE_VARIANT_ADD(attempt, tracefs_instance) {
	.reason = "TRACEFS",
	.description = "make an instance of tracefs",
	.denied_from = CONFIDENTIALITY,
	.attempt = tracefs_instance,
	.object = "instance lockdown",
};

/* clang-format on */

static const char *verdict_name(int result)
{
	switch (result) {
	case 0:
		return "allowed";
	case SKIPPED:
		return "skipped";
	default:
		return "denied";
	}
}

/* The text of a reason and how often it was denied, from the reasons file. */
static long denials(const char *reason, char *text, size_t size)
{
	char line[256], name[64];
	long count, found = -1;
	FILE *file;

	file = fopen(LOCKDOWN_REASONS, "re");
	if (!file)
		return -1;
	while (found < 0 && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%63[^\t]\t%*[^\t]\t%*[^\t]\t%ld\t", name,
			   &count) != 2 ||
		    strcmp(name, reason))
			continue;
		found = count;
		line[strcspn(line, "\n")] = '\0';
		snprintf(text, size, "%s", strrchr(line, '\t') + 1);
	}
	fclose(file);
	return found;
}

/* The next record of the log without its prefix, or false at its end. */
static bool next_record(int log, char *text, size_t size)
{
	char record[1024], *message;
	ssize_t got;

	do {
		got = read(log, record, sizeof(record) - 1);
	} while (got < 0 && errno == EPIPE);
	if (got < 0)
		return false;
	record[got] = '\0';
	record[strcspn(record, "\n")] = '\0';
	message = strchr(record, ';');
	snprintf(text, size, "%s", message ? message + 1 : record);
	return true;
}

/*
 * Looks what the log has said of a denial since the last look: LOGGED_LINE for
 * the line that all kernels since 5.4 have, LOGGED_OBJECT for one that names
 * what the pattern matches.
 */
enum {
	LOGGED_LINE = 1,
	LOGGED_OBJECT = 2,
};

static int logged(int log, const char *reason, const char *text,
		  const char *pattern)
{
	char line[256], object[64], record[1024], *name;
	int found = 0;

	snprintf(line, sizeof(line),
		 "Lockdown: %.15s: %s is restricted; see man kernel_lockdown.7",
		 program_invocation_short_name, text);
	snprintf(object, sizeof(object), "lockdown: denied reason=%s pid=%d ",
		 reason, getpid());
	while (next_record(log, record, sizeof(record))) {
		if (!strcmp(record, line))
			found |= LOGGED_LINE;
		if (strncmp(record, object, strlen(object)))
			continue;
		name = strstr(record, " object=\"");
		if (!name)
			continue;
		name += strlen(" object=\"");
		name[strcspn(name, "\"")] = '\0';
		printf("# object: %s: %s\n", reason, name);
		if (pattern && !fnmatch(pattern, name, 0))
			found |= LOGGED_OBJECT;
	}
	return found;
}

/* Some take long on a busy machine whose kernel looks at itself. */
#define ATTEMPT_TIMEOUT_S 120

TEST_F_TIMEOUT(attempt, verdict, ATTEMPT_TIMEOUT_S)
{
	const bool denied = self->level >= variant->denied_from;
	const int must_log = LOGGED_LINE |
			     (variant->object ? LOGGED_OBJECT : 0);
	int result, error, found;
	struct skip why = {};
	char text[128] = "";
	long before;

	before = denials(variant->reason, text, sizeof(text));
	result = variant->file ?
			 tracefs_open(&why, variant->file, variant->flags) :
			 variant->attempt(&why);
	printf("# attempt: %s\t%s\t%s\t%s%s%s\n", variant->reason,
	       variant->description, verdict_name(result),
	       result < 0 ? errno_name(-result) : "-", why.why[0] ? "\t" : "",
	       why.why);
	fflush(stdout);
	if (result == SKIPPED)
		SKIP(return, "%s", why.why);

	if (!denied) {
		EXPECT_EQ(0, result)
		{
			TH_LOG("%s must be allowed at %s", variant->description,
			       level_name(self->level));
		}
		return;
	}

	ASSERT_NE(0, result)
	{
		TH_LOG("%s must be denied at %s", variant->description,
		       level_name(self->level));
	}
	if (variant->absent && result == -variant->absent) {
		/* Somebody who did not create it only asked. */
		EXPECT_EQ(before, denials(variant->reason, text, sizeof(text)));
		return;
	}
	error = variant->error ? variant->error : EPERM;
	EXPECT_EQ(variant->withheld ? WITHHELD : -error, result);
	/* Others who refuse it too do so before lockdown is asked. */
	if (variant->denied_from == ALWAYS)
		return;

	ASSERT_LE(0, before);
	EXPECT_LT(before, denials(variant->reason, text, sizeof(text)))
	{
		TH_LOG("%s is not counted", variant->description);
	}
	if (variant->once) {
		EXPECT_EQ(before + 1,
			  denials(variant->reason, text, sizeof(text)));
	}
	found = logged(self->log, variant->reason, text, variant->object);
	if (!found && before >= RATELIMIT_BURST) {
		/* Others of this reason came before, and few are logged. */
		if (!getenv("LOCKDOWN_WAIT_FOR_LOG"))
			return;
		sleep(RATELIMIT_SECONDS + 1);
		if (variant->file)
			tracefs_open(&why, variant->file, variant->flags);
		else
			variant->attempt(&why);
		found |= logged(self->log, variant->reason, text,
				variant->object);
	}
	EXPECT_EQ(must_log, found & must_log)
	{
		TH_LOG("the log lacks %s of %s",
		       found & LOGGED_LINE ? "the object" : "the denial",
		       variant->description);
	}
}

TEST_HARNESS_MAIN
