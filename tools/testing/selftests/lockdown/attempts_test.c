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
#include <arpa/inet.h>
#include <dirent.h>
#include <fnmatch.h>
#include <linux/bpf.h>
#include <linux/cxl_mem.h>
#include <linux/netlink.h>
#include <linux/serial.h>
#include <linux/xfrm.h>
#include <sched.h>
#include <stdarg.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/utsname.h>

#include "../kselftest_harness.h"
#include "common.h"

#ifndef MODULE_INIT_IGNORE_MODVERSIONS
#define MODULE_INIT_IGNORE_MODVERSIONS 1
#define MODULE_INIT_IGNORE_VERMAGIC 2
#endif
#ifndef MODULE_INIT_COMPRESSED_FILE
#define MODULE_INIT_COMPRESSED_FILE 4
#endif

#ifndef KEXEC_FILE_UNLOAD
#define KEXEC_FILE_UNLOAD 0x00000001
#define KEXEC_FILE_ON_CRASH 0x00000002
#define KEXEC_FILE_NO_INITRAMFS 0x00000004
#endif

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

/* MODULE_SIGNATURE */

static int loaded(long result)
{
	if (result)
		return -errno;
	return unload_module();
}

static int no_module(struct skip *why, int error, const char *name)
{
	if (error != -ENOENT)
		return error;
	return skip(why, "no module file %s ($LOCKDOWN_MODULE_DIR)", name);
}

static int cannot_load(struct skip *why)
{
	char text[8];

	if (access("/proc/modules", F_OK))
		return skip(why, "no loadable modules (CONFIG_MODULES)");
	if (module_loaded())
		return skip(why, "module " PROBE_MODULE " is loaded already");
	if (read_text("/sys/module/module/parameters/sig_enforce", text,
		      sizeof(text)) > 0 &&
	    text[0] == 'Y')
		return skip(why,
			    "signatures are enforced (module.sig_enforce)");
	return 0;
}

static int init_from_memory(struct skip *why, const char *name,
			    const char *args, bool tamper)
{
	__u8 *image, *text;
	ssize_t len;
	int ret;

	ret = cannot_load(why);
	if (ret)
		return ret;
	len = read_module(name, &image);
	if (len < 0)
		return no_module(why, len, name);
	if (tamper) {
		text = memmem(image, len, "Selftest module", 15);
		if (!text) {
			free(image);
			return -EPROTO;
		}
		*text ^= 0x20;
	}
	ret = loaded(syscall(__NR_init_module, image, len, args));
	free(image);
	return ret;
}

static int init_from_file(struct skip *why, const char *name, int flags)
{
	int fd, ret;

	ret = cannot_load(why);
	if (ret)
		return ret;
	fd = open_module(name);
	if (fd < 0)
		return no_module(why, fd, name);
	ret = loaded(syscall(__NR_finit_module, fd, "", flags));
	close(fd);

	if (flags & MODULE_INIT_COMPRESSED_FILE &&
	    (ret == -EOPNOTSUPP || ret == -EINVAL))
		return skip(why, "no decompression (CONFIG_MODULE_DECOMPRESS)");
	if (flags & ~MODULE_INIT_COMPRESSED_FILE && ret == -ENOEXEC)
		return skip(why,
			    "no forced loading (CONFIG_MODULE_FORCE_LOAD)");
	return ret;
}

static int module_unsigned_init(struct skip *why)
{
	return init_from_memory(why, "lockdown_probe.ko", "", false);
}

static int module_unsigned_finit(struct skip *why)
{
	return init_from_file(why, "lockdown_probe.ko", 0);
}

static int module_unsigned_xz(struct skip *why)
{
	return init_from_file(why, "lockdown_probe.ko.xz",
			      MODULE_INIT_COMPRESSED_FILE);
}

static int module_badkey(struct skip *why)
{
	return init_from_file(why, "lockdown_probe_badkey.ko", 0);
}

static int module_no_vermagic(struct skip *why)
{
	return init_from_file(why, "lockdown_probe_signed.ko",
			      MODULE_INIT_IGNORE_VERMAGIC);
}

static int module_no_modversions(struct skip *why)
{
	return init_from_file(why, "lockdown_probe_signed.ko",
			      MODULE_INIT_IGNORE_MODVERSIONS);
}

static int module_badsig(struct skip *why)
{
	return init_from_file(why, "lockdown_probe_badsig.ko", 0);
}

static int module_tampered(struct skip *why)
{
	return init_from_memory(why, "lockdown_probe_signed.ko", "", true);
}

static int module_signed_init(struct skip *why)
{
	return init_from_memory(why, "lockdown_probe_signed.ko", "", false);
}

static int module_signed_finit(struct skip *why)
{
	return init_from_file(why, "lockdown_probe_signed.ko", 0);
}

static int module_signed_xz(struct skip *why)
{
	return init_from_file(why, "lockdown_probe_signed.ko.xz",
			      MODULE_INIT_COMPRESSED_FILE);
}

/* MODULE_PARAMETERS */

static int hw_param_load(struct skip *why)
{
	return init_from_memory(why, "lockdown_probe_signed.ko", "port=1",
				false);
}

static int hw_param_sysfs(struct skip *why)
{
	const char *const path = "/sys/module/8250/parameters/share_irqs";
	char value[16];
	ssize_t len;

	len = read_text(path, value, sizeof(value));
	if (len == -ENOENT)
		return skip(why, "no %s (CONFIG_SERIAL_8250)", path);
	if (len < 0)
		return len;
	return write_text(path, value);
}

/* KEXEC */

static int no_kexec(struct skip *why, const char *loaded)
{
	if (read_number("/proc/sys/kernel/kexec_load_disabled") > 0)
		return skip(why, "kexec is off (kernel.kexec_load_disabled)");
	if (read_number(loaded) > 0)
		return skip(why, "an image is loaded already (%s)", loaded);
	return 0;
}

static int no_image(struct skip *why)
{
	return no_kexec(why, "/sys/kernel/kexec_loaded");
}

static int no_crash_image(struct skip *why)
{
	if (!crash_memory())
		return skip(why, "no memory for a crash kernel (crashkernel=)");
	return no_kexec(why, "/sys/kernel/kexec_crash_loaded");
}

/* Two pages, loaded and dropped again without ever being executed. */
static int kexec_segments(struct skip *why, unsigned long target,
			  unsigned long flags)
{
	static const __u8 code[2 * PAGE_BYTES];
	const struct segment segments[] = {
		{ code, PAGE_BYTES, target, PAGE_BYTES },
		{ code, 16, target + 2 * PAGE_BYTES, PAGE_BYTES },
	};
	int ret;

	if (!have_kexec_load())
		return skip(why, "no kexec_load (CONFIG_KEXEC)");
	ret = kexec_load(target, segments, ARRAY_SIZE(segments), flags);
	return ret ? ret : kexec_load(0, NULL, 0, flags);
}

static int kexec_image(struct skip *why)
{
	const int ret = no_image(why);

	return ret ? ret : kexec_segments(why, KEXEC_TARGET, 0);
}

static int kexec_crash(struct skip *why)
{
	const int ret = no_crash_image(why);

	return ret ? ret : kexec_segments(why, crash_memory(), KEXEC_ON_CRASH);
}

static long kexec_file_load(int fd, size_t cmdline_len, const char *cmdline,
			    unsigned long flags)
{
	if (syscall(__NR_kexec_file_load, fd, -1, cmdline_len, cmdline, flags))
		return -errno;
	return 0;
}

/* See have_kexec_load(). */
static bool have_kexec_file_load(void)
{
	const int ret = kexec_file_load(-1, 0, NULL, ~0UL);

	return ret == -EINVAL || ret == -EPERM;
}

static int kexec_file(struct skip *why, unsigned long flags)
{
	const char *path = getenv("LOCKDOWN_KERNEL_IMAGE");
	int fd, ret;

	if (!have_kexec_file_load())
		return skip(why, "no kexec_file_load (CONFIG_KEXEC_FILE)");
	if (!path)
		path = "/boot/bzImage";
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return open_error(why, path, "$LOCKDOWN_KERNEL_IMAGE");

	ret = kexec_file_load(fd, 1, "", flags | KEXEC_FILE_NO_INITRAMFS);
	if (!ret)
		ret = kexec_file_load(-1, 0, NULL, flags | KEXEC_FILE_UNLOAD);
	close(fd);
	return ret;
}

static int kexec_file_image(struct skip *why)
{
	const int ret = no_image(why);

	return ret ? ret : kexec_file(why, 0);
}

static int kexec_file_crash(struct skip *why)
{
	const int ret = no_crash_image(why);

	return ret ? ret : kexec_file(why, KEXEC_FILE_ON_CRASH);
}

/* This only takes away, and is allowed where nothing can be loaded. */
static int kexec_unload(struct skip *why)
{
	const int ret = no_image(why);

	if (ret)
		return ret;
	if (!have_kexec_load())
		return skip(why, "no kexec_load (CONFIG_KEXEC)");
	return kexec_load(0, NULL, 0, 0);
}

static int kexec_file_unload(struct skip *why)
{
	const int ret = no_image(why);

	if (ret)
		return ret;
	if (!have_kexec_file_load())
		return skip(why, "no kexec_file_load (CONFIG_KEXEC_FILE)");
	return kexec_file_load(-1, 0, NULL, KEXEC_FILE_UNLOAD);
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

/* HIBERNATION, EFI_TEST */

static int open_only(struct skip *why, const char *path, const char *option)
{
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return open_error(why, path, option);
	close(fd);
	return 0;
}

static int hibernation_snapshot(struct skip *why)
{
	return open_only(why, "/dev/snapshot",
			 "CONFIG_HIBERNATION_SNAPSHOT_DEV");
}

/* Only up to where the machine would stop: user space is frozen, and thawed. */
static int hibernation_start(struct skip *why)
{
	int ret;

	if (write_text("/sys/power/pm_test", "freezer"))
		return skip(why, "no /sys/power/pm_test (CONFIG_PM_DEBUG)");
	ret = write_text("/sys/power/state", "disk");
	write_text("/sys/power/pm_test", "none");
	return ret;
}

/* Sets the mode that is set, which stands in brackets. */
static int hibernation_mode(struct skip *why)
{
	char modes[128], *mode, *end;

	if (read_text("/sys/power/disk", modes, sizeof(modes)) < 0)
		return skip(why, "no /sys/power/disk (CONFIG_HIBERNATION)");
	/* States that cannot be had show as "[disabled]". */
	mode = strchr(modes, '[');
	end = mode ? strchr(mode, ']') : NULL;
	if (!end)
		return -EIO;
	*end = '\0';
	if (!strcmp(mode + 1, "disabled"))
		return write_text("/sys/power/disk", "shutdown");
	return write_text("/sys/power/disk", mode + 1);
}

/*
 * There is no image on a device that there is not.  The write says that it did
 * what it was asked to also where it did not: boot scripts do not expect an
 * error.
 */
static int hibernation_resume(struct skip *why)
{
	const char *const path = "/sys/power/resume";
	char device[32];
	int ret;

	if (read_text(path, device, sizeof(device)) < 0)
		return skip(why, "no /sys/power/resume (CONFIG_HIBERNATION)");
	if (strcmp(device, "0:0\n"))
		return skip(why, "a device to resume from is set");
	ret = write_text(path, "254:200");
	if (ret)
		return ret;
	if (read_text(path, device, sizeof(device)) < 0)
		return -EIO;
	if (!strcmp(device, "0:0\n"))
		return WITHHELD;
	return write_text(path, "0:0");
}

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

/* DEBUGFS */

/* A file that only root may touch, and that takes back what was read. */
static int open_debugfs(struct skip *why, int flags, int *fd)
{
	static const char *const files[] = {
		"/sys/kernel/debug/x86/tlb_single_page_flush_ceiling",
		"/sys/kernel/debug/kprobes/enabled",
	};
	size_t i;
	int ret;

	ret = mount_private(why, "debugfs", "/sys/kernel/debug");
	if (ret)
		return ret;
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		if (access(files[i], F_OK))
			continue;
		*fd = open(files[i], flags | O_CLOEXEC);
		return *fd < 0 ? -errno : 0;
	}
	return skip(why, "neither x86/tlb_single_page_flush_ceiling nor %s",
		    "kprobes/enabled in debugfs");
}

static int debugfs_read(struct skip *why)
{
	char text[32];
	int fd, ret;

	ret = open_debugfs(why, O_RDONLY, &fd);
	if (ret)
		return ret;
	ret = read(fd, text, sizeof(text)) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

static int debugfs_write(struct skip *why)
{
	char text[32];
	ssize_t len;
	int fd, ret;

	ret = open_debugfs(why, O_RDWR, &fd);
	if (ret)
		return ret;
	len = pread(fd, text, sizeof(text), 0);
	if (len > 0)
		len = pwrite(fd, text, len, 0);
	ret = len < 0 ? -errno : 0;
	close(fd);
	return ret;
}

/* A file of those that debugfs trusts to be safe from their own removal. */
static int debugfs_unsafe(struct skip *why)
{
	static const char file[] = "/sys/kernel/debug/fault_around_bytes";
	int fd, ret;

	ret = mount_private(why, "debugfs", "/sys/kernel/debug");
	if (ret)
		return ret;
	fd = open(file, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return open_error(why, file, "CONFIG_DEBUG_FS, CONFIG_MMU");
	close(fd);
	return 0;
}

static int debugfs_chmod(struct skip *why)
{
	char path[64];
	struct stat st;
	int fd, ret;

	/* With O_PATH the file itself is not opened. */
	ret = open_debugfs(why, O_PATH, &fd);
	if (ret)
		return ret;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ret = stat(path, &st) || chmod(path, st.st_mode & 07777) ? -errno : 0;
	close(fd);
	return ret;
}

/* KCORE */

static int kcore_read(struct skip *why)
{
	__u8 header[64];
	int fd, ret;

	fd = open("/proc/kcore", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return open_error(why, "/proc/kcore", "CONFIG_PROC_KCORE");
	ret = read(fd, header, sizeof(header));
	ret = ret < 0 ? -errno : ret == sizeof(header) ? 0 : -EIO;
	close(fd);
	return ret;
}

static int bpf_load(__u32 type, const struct bpf_insn *insns, __u32 count)
{
	static const char license[] = "GPL";
	union bpf_attr attr = {
		.prog_type = type,
		.insns = (uintptr_t)insns,
		.insn_cnt = count,
		.prog_name = "lockdown",
		.license = (uintptr_t)license,
	};
	int fd;

	fd = syscall(__NR_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* XFRM_SECRET */

static const char sa_key[] = "0123456789abcdef";

struct sa_request {
	struct nlmsghdr header;
	struct xfrm_usersa_info sa;
	char attrs[512];
};

static struct nlattr *add_attr(struct sa_request *request, int type, size_t len)
{
	struct nlattr *attr;

	attr = (void *)((char *)request + request->header.nlmsg_len);
	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + len;
	request->header.nlmsg_len += NLA_ALIGN(attr->nla_len);
	return attr;
}

static void add_key(struct sa_request *request, int type, const char *name)
{
	struct xfrm_algo *algo;
	struct nlattr *attr;

	attr = add_attr(request, type, sizeof(*algo) + strlen(sa_key));
	algo = (void *)((char *)attr + NLA_HDRLEN);
	snprintf(algo->alg_name, sizeof(algo->alg_name), "%s", name);
	algo->alg_key_len = 8 * strlen(sa_key);
	memcpy(algo->alg_key, sa_key, strlen(sa_key));
}

static void add_esp_keys(struct sa_request *request)
{
	add_key(request, XFRMA_ALG_CRYPT, "cbc(aes)");
	add_key(request, XFRMA_ALG_AUTH, "hmac(sha256)");
}

static void add_auth_key(struct sa_request *request)
{
	request->sa.id.proto = IPPROTO_AH;
	add_key(request, XFRMA_ALG_AUTH, "hmac(sha256)");
}

/* The last four bytes of the key are the salt, as RFC 4106 has it. */
static void add_aead_key(struct sa_request *request)
{
	const size_t len = strlen(sa_key) + 4;
	struct xfrm_algo_aead *algo;
	struct nlattr *attr;

	attr = add_attr(request, XFRMA_ALG_AEAD, sizeof(*algo) + len);
	algo = (void *)((char *)attr + NLA_HDRLEN);
	snprintf(algo->alg_name, sizeof(algo->alg_name), "rfc4106(gcm(aes))");
	algo->alg_key_len = 8 * len;
	algo->alg_icv_len = 128;
	memcpy(algo->alg_key, sa_key, strlen(sa_key));
}

/* Sends one request and receives its one answer. */
static ssize_t netlink(int fd, const struct nlmsghdr *request, void *answer,
		       size_t size)
{
	ssize_t len;

	if (send(fd, request, request->nlmsg_len, 0) < 0)
		return -errno;
	len = recv(fd, answer, size, 0);
	return len < 0 ? -errno : len;
}

static bool has_key(const void *message, ssize_t len)
{
	return memmem(message, len, sa_key, strlen(sa_key));
}

/*
 * Somewhere without others of its kind, where a security association goes away
 * with its network namespace: a socket, and one that hears of what is changed.
 */
struct xfrm {
	int fd;
	int listener;
};

static int xfrm_open(struct skip *why, struct xfrm *xfrm)
{
	const struct sockaddr_nl address = {
		.nl_family = AF_NETLINK,
		.nl_groups = XFRMGRP_SA,
	};

	if (unshare(CLONE_NEWNET))
		return skip(why, "no network namespace (CONFIG_NET_NS)");
	xfrm->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_XFRM);
	if (xfrm->fd < 0)
		return skip(why, "no NETLINK_XFRM (CONFIG_XFRM_USER)");
	xfrm->listener = socket(AF_NETLINK,
				SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
				NETLINK_XFRM);
	if (bind(xfrm->listener, (const struct sockaddr *)&address,
		 sizeof(address)))
		return -errno;
	return 0;
}

static int xfrm_add(struct skip *why, struct xfrm *xfrm, int spi,
		    void (*add_keys)(struct sa_request *), __u8 *proto)
{
	struct sa_request add = {
		.header = {
			.nlmsg_len = NLMSG_LENGTH(sizeof(add.sa)),
			.nlmsg_type = XFRM_MSG_NEWSA,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
		},
		.sa = {
			.id = {
				.daddr.a4 = htonl(INADDR_LOOPBACK),
				.spi = htonl(spi),
				.proto = IPPROTO_ESP,
			},
			.saddr.a4 = htonl(INADDR_LOOPBACK),
			.lft = {
				.soft_byte_limit = XFRM_INF,
				.hard_byte_limit = XFRM_INF,
				.soft_packet_limit = XFRM_INF,
				.hard_packet_limit = XFRM_INF,
			},
			.family = AF_INET,
			.mode = XFRM_MODE_TRANSPORT,
		},
	};
	union {
		struct nlmsghdr header;
		char bytes[4096];
	} answer;
	const struct nlmsgerr *error = NLMSG_DATA(&answer.header);
	ssize_t len;

	add_keys(&add);
	*proto = add.sa.id.proto;
	len = netlink(xfrm->fd, &add.header, &answer, sizeof(answer));
	if (len < 0)
		return len;
	if (answer.header.nlmsg_type == NLMSG_ERROR && error->error)
		return skip(why, "no such SA: %s (CONFIG_INET_ESP, INET_AH)",
			    errno_name(-error->error));
	return 0;
}

/* Is the key that was put in among what the kernel gives out? */
static int xfrm_secret(struct skip *why, void (*add_keys)(struct sa_request *))
{
	struct {
		struct nlmsghdr header;
		struct xfrm_usersa_id id;
	} get = {
		.header = {
			.nlmsg_len = NLMSG_LENGTH(sizeof(get.id)),
			.nlmsg_type = XFRM_MSG_GETSA,
			.nlmsg_flags = NLM_F_REQUEST,
		},
		.id = {
			.daddr.a4 = htonl(INADDR_LOOPBACK),
			.spi = htonl(0x1000),
			.family = AF_INET,
		},
	};
	union {
		struct nlmsghdr header;
		char bytes[4096];
	} answer;
	const struct nlmsgerr *error = NLMSG_DATA(&answer.header);
	struct xfrm xfrm;
	ssize_t len;
	int ret;

	ret = xfrm_open(why, &xfrm);
	if (!ret)
		ret = xfrm_add(why, &xfrm, 0x1000, add_keys, &get.id.proto);
	if (ret)
		return ret;

	len = netlink(xfrm.fd, &get.header, &answer, sizeof(answer));
	if (len < 0)
		return len;
	if (answer.header.nlmsg_type == NLMSG_ERROR)
		return error->error;
	return has_key(&answer, len) ? 0 : WITHHELD;
}

static int xfrm_esp(struct skip *why)
{
	return xfrm_secret(why, add_esp_keys);
}

static int xfrm_auth(struct skip *why)
{
	return xfrm_secret(why, add_auth_key);
}

static int xfrm_aead(struct skip *why)
{
	return xfrm_secret(why, add_aead_key);
}

/* Two associations with two keys each, in one request. */
static int xfrm_dump(struct skip *why)
{
	struct nlmsghdr dump = {
		.nlmsg_len = NLMSG_LENGTH(0),
		.nlmsg_type = XFRM_MSG_GETSA,
		.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
	};
	union {
		struct nlmsghdr header;
		char bytes[8192];
	} answer;
	bool found = false;
	struct xfrm xfrm;
	ssize_t len;
	__u8 proto;
	int ret;

	ret = xfrm_open(why, &xfrm);
	if (!ret)
		ret = xfrm_add(why, &xfrm, 0x1000, add_esp_keys, &proto);
	if (!ret)
		ret = xfrm_add(why, &xfrm, 0x1001, add_esp_keys, &proto);
	if (ret)
		return ret;

	len = netlink(xfrm.fd, &dump, &answer, sizeof(answer));
	while (len > 0 && answer.header.nlmsg_type == XFRM_MSG_NEWSA) {
		found |= has_key(&answer, len);
		len = recv(xfrm.fd, &answer, sizeof(answer), 0);
	}
	if (len <= 0 || answer.header.nlmsg_type != NLMSG_DONE)
		return -EIO;
	return found ? 0 : WITHHELD;
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

FIXTURE_VARIANT_ADD(attempt, module_unsigned_init) {
	.reason = "MODULE_SIGNATURE",
	.description = "load an unsigned module, init_module",
	.denied_from = INTEGRITY,
	.attempt = module_unsigned_init,
	.object = "lockdown_probe: unsigned module",
};

FIXTURE_VARIANT_ADD(attempt, module_unsigned_finit) {
	.reason = "MODULE_SIGNATURE",
	.description = "load an unsigned module, finit_module",
	.denied_from = INTEGRITY,
	.attempt = module_unsigned_finit,
	.object = "lockdown_probe.ko: unsigned module",
};

FIXTURE_VARIANT_ADD(attempt, module_unsigned_xz) {
	.reason = "MODULE_SIGNATURE",
	.description = "load an unsigned module, compressed",
	.denied_from = INTEGRITY,
	.attempt = module_unsigned_xz,
	.object = "lockdown_probe.ko.xz: unsigned module",
};

FIXTURE_VARIANT_ADD(attempt, module_badkey) {
	.reason = "MODULE_SIGNATURE",
	.description = "load a module signed by an unknown key",
	.denied_from = INTEGRITY,
	.attempt = module_badkey,
	.object = "lockdown_probe_badkey.ko: module with unavailable key",
};

FIXTURE_VARIANT_ADD(attempt, module_no_vermagic) {
	.reason = "MODULE_SIGNATURE",
	.description = "load a signed module without its vermagic",
	.denied_from = INTEGRITY,
	.attempt = module_no_vermagic,
	.object = "lockdown_probe_signed.ko: module loaded by force",
};

FIXTURE_VARIANT_ADD(attempt, module_no_modversions) {
	.reason = "MODULE_SIGNATURE",
	.description = "load a signed module without its modversions",
	.denied_from = INTEGRITY,
	.attempt = module_no_modversions,
	.object = "lockdown_probe_signed.ko: module loaded by force",
};

FIXTURE_VARIANT_ADD(attempt, module_badsig) {
	.reason = "MODULE_SIGNATURE",
	.description = "load a module with a bad signature",
	.denied_from = ALWAYS,
	.attempt = module_badsig,
	.error = EKEYREJECTED,
};

FIXTURE_VARIANT_ADD(attempt, module_tampered) {
	.reason = "MODULE_SIGNATURE",
	.description = "load a signed module that was changed",
	.denied_from = ALWAYS,
	.attempt = module_tampered,
	.error = EKEYREJECTED,
};

FIXTURE_VARIANT_ADD(attempt, module_signed_init) {
	.reason = "MODULE_SIGNATURE",
	.description = "load a signed module, init_module",
	.denied_from = NEVER,
	.attempt = module_signed_init,
};

FIXTURE_VARIANT_ADD(attempt, module_signed_finit) {
	.reason = "MODULE_SIGNATURE",
	.description = "load a signed module, finit_module",
	.denied_from = NEVER,
	.attempt = module_signed_finit,
};

FIXTURE_VARIANT_ADD(attempt, module_signed_xz) {
	.reason = "MODULE_SIGNATURE",
	.description = "load a signed module, compressed",
	.denied_from = NEVER,
	.attempt = module_signed_xz,
};

FIXTURE_VARIANT_ADD(attempt, kexec_image) {
	.reason = "KEXEC",
	.description = "kexec_load an image",
	.denied_from = INTEGRITY,
	.attempt = kexec_image,
	.object = "kexec_load",
};

FIXTURE_VARIANT_ADD(attempt, kexec_crash) {
	.reason = "KEXEC",
	.description = "kexec_load a crash image",
	.denied_from = INTEGRITY,
	.attempt = kexec_crash,
	.object = "kexec_load",
};

FIXTURE_VARIANT_ADD(attempt, kexec_file_image) {
	.reason = "KEXEC",
	.description = "kexec_file_load an unsigned kernel",
	.denied_from = INTEGRITY,
	.attempt = kexec_file_image,
	.object = "?*",
};

FIXTURE_VARIANT_ADD(attempt, kexec_file_crash) {
	.reason = "KEXEC",
	.description = "kexec_file_load an unsigned crash kernel",
	.denied_from = INTEGRITY,
	.attempt = kexec_file_crash,
	.object = "?*",
};

FIXTURE_VARIANT_ADD(attempt, kexec_unload) {
	.reason = "KEXEC",
	.description = "unload an image, kexec_load",
	.denied_from = NEVER,
	.attempt = kexec_unload,
};

FIXTURE_VARIANT_ADD(attempt, kexec_file_unload) {
	.reason = "KEXEC",
	.description = "unload an image, kexec_file_load",
	.denied_from = NEVER,
	.attempt = kexec_file_unload,
};

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

FIXTURE_VARIANT_ADD(attempt, hibernation_snapshot) {
	.reason = "HIBERNATION",
	.description = "open /dev/snapshot",
	.denied_from = INTEGRITY,
	.attempt = hibernation_snapshot,
	.object = "open of snapshot",
};

FIXTURE_VARIANT_ADD(attempt, hibernation_start) {
	.reason = "HIBERNATION",
	.description = "start to hibernate",
	.denied_from = INTEGRITY,
	.attempt = hibernation_start,
	.object = "hibernate",
};

FIXTURE_VARIANT_ADD(attempt, hibernation_mode) {
	.reason = "HIBERNATION",
	.description = "set how to hibernate",
	.denied_from = INTEGRITY,
	.attempt = hibernation_mode,
	.object = "/sys/power/disk",
};

FIXTURE_VARIANT_ADD(attempt, hibernation_resume) {
	.reason = "HIBERNATION",
	.description = "set where to resume from",
	.denied_from = INTEGRITY,
	.attempt = hibernation_resume,
	.withheld = true,
	.object = "resume",
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

FIXTURE_VARIANT_ADD(attempt, hw_param_load) {
	.reason = "MODULE_PARAMETERS",
	.description = "load a module with a hardware parameter",
	.denied_from = INTEGRITY,
	.attempt = hw_param_load,
	.object = "?* of ?*",
};

FIXTURE_VARIANT_ADD(attempt, hw_param_sysfs) {
	.reason = "MODULE_PARAMETERS",
	.description = "set a hardware parameter, sysfs",
	.denied_from = INTEGRITY,
	.attempt = hw_param_sysfs,
	.object = "?* of ?*",
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

FIXTURE_VARIANT_ADD(attempt, debugfs_read) {
	.reason = "DEBUGFS",
	.description = "read a private debugfs file",
	.denied_from = INTEGRITY,
	.attempt = debugfs_read,
	.object = "open of */?*",
};

FIXTURE_VARIANT_ADD(attempt, debugfs_write) {
	.reason = "DEBUGFS",
	.description = "write to a debugfs file",
	.denied_from = INTEGRITY,
	.attempt = debugfs_write,
	.object = "open of */?*",
};

FIXTURE_VARIANT_ADD(attempt, debugfs_unsafe) {
	.reason = "DEBUGFS",
	.description = "open a debugfs file, unsafe",
	.denied_from = INTEGRITY,
	.attempt = debugfs_unsafe,
	.object = "open of */fault_around_bytes",
};

FIXTURE_VARIANT_ADD(attempt, debugfs_chmod) {
	.reason = "DEBUGFS",
	.description = "change the mode of a debugfs file",
	.denied_from = INTEGRITY,
	.attempt = debugfs_chmod,
	.object = "attributes of */?*",
};

FIXTURE_VARIANT_ADD(attempt, kcore_read) {
	.reason = "KCORE",
	.description = "read /proc/kcore",
	.denied_from = CONFIDENTIALITY,
	.attempt = kcore_read,
	.object = "open of kcore",
};

FIXTURE_VARIANT_ADD(attempt, xfrm_esp) {
	.reason = "XFRM_SECRET",
	.description = "read the keys of an IPsec SA, ESP",
	.denied_from = CONFIDENTIALITY,
	.attempt = xfrm_esp,
	.withheld = true,
	.object = "key of hmac(sha256)",
	.once = true,
};

FIXTURE_VARIANT_ADD(attempt, xfrm_auth) {
	.reason = "XFRM_SECRET",
	.description = "read the key of an IPsec SA, AH",
	.denied_from = CONFIDENTIALITY,
	.attempt = xfrm_auth,
	.withheld = true,
	.object = "key of hmac(sha256)",
	.once = true,
};

FIXTURE_VARIANT_ADD(attempt, xfrm_aead) {
	.reason = "XFRM_SECRET",
	.description = "read the key of an IPsec SA, AEAD",
	.denied_from = CONFIDENTIALITY,
	.attempt = xfrm_aead,
	.withheld = true,
	.object = "key of rfc4106(gcm(aes))",
	.once = true,
};

FIXTURE_VARIANT_ADD(attempt, xfrm_dump) {
	.reason = "XFRM_SECRET",
	.description = "dump the keys of all SAs",
	.denied_from = CONFIDENTIALITY,
	.attempt = xfrm_dump,
	.withheld = true,
	.object = "key of *",
	.once = true,
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
	result = variant->attempt(&why);
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

/* Nobody is told that something is denied that nobody asked for. */
FIXTURE(unasked)
{
	int level;
};

FIXTURE_SETUP(unasked)
{
	self->level = lockdown_level();
	if (self->level < 0 || geteuid())
		SKIP(return, "no " LOCKDOWN_FILE ", or not root");
}

FIXTURE_TEARDOWN(unasked)
{
}

/* It has the kernel enable an event of tracefs, some time later. */
TEST_F(unasked, bpf_printk)
{
	const struct bpf_insn insns[] = {
		{ BPF_ST | BPF_MEM | BPF_DW, BPF_REG_10, 0, -8, 'x' },
		{ BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_1, BPF_REG_10, 0, 0 },
		{ BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_1, 0, 0, -8 },
		{ BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_2, 0, 0, 8 },
		{ BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_trace_printk },
		{ BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0 },
		{ BPF_JMP | BPF_EXIT, 0, 0, 0, 0 },
	};
	const int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char record[1024];
	long before;
	int ret;

	ASSERT_LE(0, lseek(log, 0, SEEK_END));
	before = denials("TRACEFS", record, sizeof(record));
	ret = bpf_load(BPF_PROG_TYPE_RAW_TRACEPOINT, insns, ARRAY_SIZE(insns));
	if (ret == -EINVAL)
		SKIP(return, "no bpf_trace_printk (CONFIG_BPF_EVENTS)");
	ASSERT_EQ(0, ret);
	usleep(200000);
	while (next_record(log, record, sizeof(record))) {
		EXPECT_EQ(NULL, strstr(record, "bpf_trace_printk"))
		{
			TH_LOG("%s", record);
		}
	}
	EXPECT_EQ(before, denials("TRACEFS", record, sizeof(record)));
	close(log);
}

TEST_F(unasked, xfrm_notification)
{
	struct skip why = {};
	struct xfrm xfrm;
	char text[4096];
	long before;
	ssize_t len;
	__u8 proto;
	int ret;

	before = denials("XFRM_SECRET", text, sizeof(text));
	ret = xfrm_open(&why, &xfrm);
	if (!ret)
		ret = xfrm_add(&why, &xfrm, 0x1000, add_esp_keys, &proto);
	if (ret == SKIPPED)
		SKIP(return, "%s", why.why);
	ASSERT_EQ(0, ret);
	len = recv(xfrm.listener, text, sizeof(text), 0);
	ASSERT_LT(0, len);
	EXPECT_EQ(self->level < CONFIDENTIALITY, has_key(text, len));
	EXPECT_EQ(before, denials("XFRM_SECRET", text, sizeof(text)));
}

TEST_HARNESS_MAIN
