// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown selftest: drivers do not touch ports and registers that user space
 * names.
 *
 * Each row hands a driver a port, an address or a setting of the chipset.  All
 * of them work at none.  Then the level is raised to integrity, and each is
 * tried again: what names hardware must be refused, what does not must go on.
 *
 * None of the drivers needs its hardware.  Two rows want an IOMMU and a device
 * behind it (QEMU's intel-iommu and edu); what is not there is skipped.  The
 * machine stays locked until it reboots, so that this runs only when
 * $LOCKDOWN_TEST_RAISE is 1, and once a boot.
 */

#define _GNU_SOURCE
#include <linux/comedi.h>
#include <linux/hdlcdrv.h>
#include <linux/sockios.h>
#include <linux/vfio.h>
#include <net/if.h>
#include <sys/utsname.h>

#include "common.h"
#include "lib/file.h"
#include "lib/level.h"
#include "lib/port.h"
#include "lib/residue.h"
#include "lib/row.h"

#define DCDBAS "/sys/devices/platform/dcdbas/"
#define IPMI "/sys/module/ipmi_si/parameters/"
#define LIVEPATCH "/sys/kernel/livepatch/livepatch_sample/"
#define PLATFORM "/sys/bus/platform/"
#define DEVICE PLATFORM "devices/virtio-mmio.0/"
#define TYPE1 "/sys/module/vfio_iommu_type1/parameters/"

/* The scratch register of a serial port: it keeps what is written to it. */
#define SCRATCH 0x3ff
/* Where a PC has nothing. */
#define NOWHERE 0x300
#define NOWHERE_MEM "0xfed50000"

/* Modules of the kernel */

static int load_all(const char *words)
{
	char command[128];

	snprintf(command, sizeof(command), "modprobe -q %s", words);
	return system(command) ? lacks(words) : 0;
}

static int load_driver(const char *path, const char *parameters)
{
	struct utsname uts;
	char name[256];
	int fd, ret;

	if (uname(&uts))
		return -errno;
	snprintf(name, sizeof(name), "/lib/modules/%s/kernel/%s.ko",
		 uts.release, path);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return lacks(path);
	ret = syscall(__NR_finit_module, fd, parameters, 0) ? -errno : 0;
	close(fd);
	return ret;
}

static int unload_driver(const char *name)
{
	return syscall(__NR_delete_module, name, O_NONBLOCK) ? -errno : 0;
}

/* A load with a parameter, of a module that another row does not want. */
static int try_parameter(const char *path, const char *name,
			 const char *parameters)
{
	return load_driver(path, parameters) ?: unload_driver(name);
}

static int use_watchdog(void)
{
	return try_parameter("drivers/watchdog/advantechwdt", "advantechwdt",
			     "wdt_start=0x300 wdt_stop=0x300");
}

static int use_watchdog_time(void)
{
	return try_parameter("drivers/watchdog/advantechwdt", "advantechwdt",
			     "timeout=30");
}

static int use_fw_cfg(void)
{
	return try_parameter("drivers/firmware/qemu_fw_cfg", "qemu_fw_cfg",
			     "ioport=12@0x300:0:1:4");
}

static int obtain_parport(void)
{
	return load_all("parport");
}

static int use_parport(void)
{
	return try_parameter("drivers/parport/parport_pc", "parport_pc",
			     "io=0x300 irq=none");
}

/* A port by dcdbas */

#pragma pack(push, 1)

struct smi_cmd {
	__u32 magic;
	__u32 ebx;
	__u32 ecx;
	__u16 command_address;
	__u8 command_code;
	__u8 reserved;
	__u8 command_buffer;
};

#pragma pack(pop)

static int obtain_dcdbas(void)
{
	return load_all("dcdbas");
}

static int put_smi(__u8 code)
{
	const struct smi_cmd cmd = {
		.magic = 0x534d4931,
		.command_address = SCRATCH,
		.command_code = code,
	};
	int fd, ret;

	fd = open(DCDBAS "smi_data", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = pwrite(fd, &cmd, sizeof(cmd), 0) == sizeof(cmd) ? 0 : -errno;
	close(fd);
	return ret;
}

static int request_smi(const char *kind)
{
	static __u8 code;
	int ret;

	code = code == 0x5a ? 0xa5 : 0x5a;
	ret = put_smi(code) ?: write_text(DCDBAS "smi_request", kind);
	if (!ret && ioperm(SCRATCH, 1, 1))
		return -errno;
	return !ret && inb(SCRATCH) != code ? -ENODATA : ret;
}

static int use_raw_smi(void)
{
	return request_smi("2");
}

static int use_calling_smi(void)
{
	return request_smi("1");
}

static int use_smi_buffer(void)
{
	return put_smi(0) ?: write_text(DCDBAS "smi_request", "0");
}

/* Ports by comedi */

enum {
	KEPT,
	ANOTHER,
	WITHOUT_PORTS,
};

static int comedi_fd(int minor)
{
	static int fds[] = { -1, -1, -1 };
	char path[32];

	if (fds[minor] < 0) {
		snprintf(path, sizeof(path), "/dev/comedi%d", minor);
		fds[minor] = open(path, O_RDWR | O_CLOEXEC);
	}
	return fds[minor];
}

static int attach(int minor, const char *board, int port)
{
	struct comedi_devconfig config = { .options[0] = port };
	const int fd = comedi_fd(minor);

	if (fd < 0)
		return -errno;
	snprintf(config.board_name, sizeof(config.board_name), "%s", board);
	return ioctl(fd, COMEDI_DEVCONFIG, &config) ? -errno : 0;
}

static int detach(int minor)
{
	return ioctl(comedi_fd(minor), COMEDI_DEVCONFIG, NULL) ? -errno : 0;
}

static int obtain_comedi(void)
{
	static bool attached;
	int ret;

	if (attached)
		return 0;
	ret = load_all("comedi comedi_num_legacy_minors=3");
	if (!ret)
		ret = load_all("comedi_parport");
	if (!ret)
		ret = load_all("comedi_test");
	if (!ret)
		ret = attach(KEPT, "comedi_parport", NOWHERE);
	attached = !ret;
	return ret;
}

static int use_comedi_port(void)
{
	const int ret = attach(ANOTHER, "comedi_parport", NOWHERE + 0x10);

	return ret ? ret : detach(ANOTHER);
}

static int use_comedi_without(void)
{
	const int ret = attach(WITHOUT_PORTS, "comedi_test", 0);

	return ret ? ret : detach(WITHOUT_PORTS);
}

static int use_comedi_kept(void)
{
	unsigned int data[] = { 0xff, 0x5a };
	struct comedi_insn insn = {
		.insn = INSN_BITS,
		.n = ARRAY_SIZE(data),
		.data = data,
	};

	return ioctl(comedi_fd(KEPT), COMEDI_INSN, &insn) < 0 ? -errno : 0;
}

/* Ports by radio modems */

static int private_ioctl(const char *name, void *data)
{
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = { .ifr_data = data };
	int ret;

	if (fd < 0)
		return -errno;
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	ret = ioctl(fd, SIOCDEVPRIVATE, &request) ? -errno : 0;
	close(fd);
	return ret;
}

static int obtain_baycom(void)
{
	return load_all("baycom_ser_fdx");
}

static int use_baycom(void)
{
	struct hdlcdrv_ioctl data = {
		.cmd = HDLCDRVCTL_SETMODEMPAR,
		.data.mp.iobase = NOWHERE,
	};

	return private_ioctl("bcsf0", &data);
}

static int use_baycom_delay(void)
{
	struct hdlcdrv_ioctl data = {
		.cmd = HDLCDRVCTL_SETCHANNELPAR,
		.data.cp.tx_delay = 20,
	};

	return private_ioctl("bcsf0", &data);
}

static int obtain_yam(void)
{
	return load_all("yam");
}

/* SIOCYAMSCFG, with what is set: YAM_IOBASE or YAM_TXDELAY */
static int set_yam(int mask)
{
	struct {
		int cmd;
		unsigned int mask, iobase, irq, bitrate, baudrate, txdelay,
			txtail, persist, slottime, mode, holddly;
	} data = { .cmd = 1, .mask = mask, .iobase = NOWHERE, .txdelay = 20 };

	return private_ioctl("yam0", &data);
}

static int use_yam(void)
{
	return set_yam(1 << 0);
}

static int use_yam_delay(void)
{
	return set_yam(1 << 5);
}

/* A management controller */

static int obtain_ipmi(void)
{
	return load_all("ipmi_si unload_when_empty=0 trydmi=0");
}

static int use_hotmod(void)
{
	return write_text(IPMI "hotmod", "add,kcs,i/o,0x300");
}

/* Registers as memory: a device at any address, and a driver for memory */

static char mtd_path[32];
static int mtd = -1;

static int bind_phram(void)
{
	const int ret = write_text(DEVICE "driver_override", "phram");

	if (ret)
		return ret;
	return write_text(PLATFORM "drivers/phram/bind", "virtio-mmio.0");
}

static int obtain_phram(void)
{
	int i, ret;

	if (mtd >= 0)
		return 0;
	ret = load_all("virtio_mmio device=4K@" NOWHERE_MEM ":11");
	if (!ret)
		ret = load_all("phram");
	if (ret)
		return ret;
	for (i = 0; i < 16; i++) {
		snprintf(mtd_path, sizeof(mtd_path), "/dev/mtd%d", i);
		if (access(mtd_path, F_OK))
			break;
	}
	ret = bind_phram();
	if (ret)
		return ret;
	mtd = open(mtd_path, O_RDWR | O_CLOEXEC);
	return mtd < 0 ? -errno : 0;
}

static int use_phram_kept(void)
{
	__u32 word;

	return pread(mtd, &word, sizeof(word), 0) < 0 ? -errno : 0;
}

static int use_phram(void)
{
	int ret;

	close(mtd);
	write_text(PLATFORM "drivers/phram/unbind", "virtio-mmio.0");
	ret = bind_phram();
	/* The row before this one is tried again. */
	mtd = ret ? -1 : open(mtd_path, O_RDWR | O_CLOEXEC);
	return ret;
}

/* The kept device came from this module, and is not wanted any more. */
static int use_virtio_mmio(void)
{
	if (lockdown_level() == LEVEL_NONE)
		return 0;
	if (mtd >= 0)
		close(mtd);
	unload_driver("virtio_mmio");
	return try_parameter("drivers/virtio/virtio_mmio", "virtio_mmio",
			     "device=4K@" NOWHERE_MEM ":11");
}

/* The chipset */

static int mtrr = -1;

static int obtain_mtrr(void)
{
	if (mtrr < 0)
		mtrr = open("/proc/mtrr", O_RDWR | O_CLOEXEC);
	return mtrr < 0 ? lacks("/proc/mtrr (CONFIG_MTRR)") : 0;
}

static int use_mtrr(void)
{
	static const char add[] =
		"base=0x90000000 size=0x1000000 type=write-combining";
	char text[1024], *line, *end, remove[32];

	if (write(mtrr, add, strlen(add)) < 0)
		return -errno;
	if (read_text("/proc/mtrr", text, sizeof(text)) <= 0)
		return -EIO;
	line = strstr(text, "base=0x090000000");
	if (!line)
		return -ENODATA;
	while (line > text && line[-1] != '\n')
		line--;
	end = strchr(line, ':');
	snprintf(remove, sizeof(remove), "disable=%.*s", (int)(end - line - 3),
		 line + 3);
	return write(mtrr, remove, strlen(remove)) < 0 ? -errno : 0;
}

static char iommu_type[128];

static int obtain_iommu(void)
{
	glob_t files;

	if (iommu_type[0])
		return 0;
	/* QEMU's edu, which no driver knows */
	if (glob("/sys/bus/pci/devices/*/iommu_group/type", 0, NULL, &files))
		return lacks("IOMMU (QEMU's intel-iommu, CONFIG_INTEL_IOMMU)");
	for (size_t i = 0; i < files.gl_pathc; i++) {
		char path[128], text[32];

		snprintf(path, sizeof(path), "%.60s/device", files.gl_pathv[i]);
		*(strstr(path, "/iommu_group")) = '\0';
		strcat(path, "/device");
		if (read_text(path, text, sizeof(text)) > 0 &&
		    !strncmp(text, "0x11e8", 6))
			snprintf(iommu_type, sizeof(iommu_type), "%.120s",
				 files.gl_pathv[i]);
	}
	globfree(&files);
	return iommu_type[0] ? 0 :
			       lacks("device behind the IOMMU (QEMU's edu)");
}

static int use_iommu_identity(void)
{
	const int ret = write_text(iommu_type, "identity");

	return ret ? ret : write_text(iommu_type, "DMA");
}

static int use_iommu_dma(void)
{
	return write_text(iommu_type, "DMA");
}

static int use_unsafe_interrupts(void)
{
	return write_text(TYPE1 "allow_unsafe_interrupts", "1");
}

/* Hands the device out, by VFIO; QEMU's IOMMU does not remap interrupts. */
static int use_iommu_group(void)
{
	char path[128], link[128] = "", device[32] = "";
	int container, group, ret;

	snprintf(path, sizeof(path), "%.*s",
		 (int)(strlen(iommu_type) - strlen("/type")), iommu_type);
	if (readlink(path, link, sizeof(link) - 1) < 0)
		return -errno;
	*strstr(path, "/iommu_group") = '\0';
	snprintf(device, sizeof(device), "%.12s", strrchr(path, '/') + 1);
	strcat(path, "/driver_override");
	write_text(path, "vfio-pci");
	write_text("/sys/bus/pci/drivers_probe", device);
	snprintf(path, sizeof(path), "/dev/vfio/%.20s", strrchr(link, '/') + 1);
	container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	group = open(path, O_RDWR | O_CLOEXEC);
	if (container < 0 || group < 0)
		return -errno;
	ret = ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) ||
	      ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU);
	ret = ret ? -errno : 0;
	close(group);
	close(container);
	write_text("/sys/bus/pci/drivers/vfio-pci/unbind", device);
	return ret;
}

/* A fix that a trusted key signed */

static int obtain_livepatch(void)
{
	if (access(LIVEPATCH, F_OK) && load_all("livepatch-sample"))
		return LACKING;
	/* Without reliable stack traces, threads of the kernel hold it up. */
	return read_number(LIVEPATCH "transition") == 1 ?
		       0 :
		       lacks("transition that waits");
}

static int use_livepatch_force(void)
{
	return write_text(LIVEPATCH "force", "1");
}

/* Begins another transition, which can be reversed as long as it waits. */
static int use_livepatch(void)
{
	const int ret = write_text(LIVEPATCH "enabled", "0");

	return ret ? ret : write_text(LIVEPATCH "enabled", "1");
}

static int obtain_forced(void)
{
	return access(LIVEPATCH, F_OK) ? lacks("livepatch-sample") : 0;
}

static int obtain_nothing(void)
{
	return 0;
}

static const struct row rows[] = {
	{ "port of a watchdog", obtain_nothing, use_watchdog, 0, -EPERM },
	{ "time of a watchdog", obtain_nothing, use_watchdog_time, 0, 0 },
	{ "port of fw_cfg", obtain_nothing, use_fw_cfg, 0, -EPERM },
	{ "port of parport_pc", obtain_parport, use_parport, 0, -EPERM },
	{ "raw SMI by dcdbas", obtain_dcdbas, use_raw_smi, 0, -EPERM },
	{ "calling interface SMI by dcdbas", obtain_dcdbas, use_calling_smi, 0,
	  -EPERM },
	{ "buffer of dcdbas", obtain_dcdbas, use_smi_buffer, 0, 0 },
	{ "comedi board at a port", obtain_comedi, use_comedi_port, 0, -EPERM },
	{ "comedi board without ports", obtain_comedi, use_comedi_without, 0,
	  0 },
	{ "instruction for a kept comedi board", obtain_comedi, use_comedi_kept,
	  0, -EPERM },
	{ "port of baycom", obtain_baycom, use_baycom, 0, -EPERM },
	{ "delay of baycom", obtain_baycom, use_baycom_delay, 0, 0 },
	{ "port of yam", obtain_yam, use_yam, 0, -EPERM },
	{ "delay of yam", obtain_yam, use_yam_delay, 0, 0 },
	{ "hotmod of ipmi_si", obtain_ipmi, use_hotmod, 0, -EPERM },
	{ "read of registers by a kept phram device", obtain_phram,
	  use_phram_kept, 0, -EPERM },
	{ "phram for registers", obtain_phram, use_phram, 0, -EPERM },
	{ "address of virtio_mmio", obtain_nothing, use_virtio_mmio, 0,
	  -EPERM },
	{ "MTRR by a kept file", obtain_mtrr, use_mtrr, 0, -EPERM },
	{ "identity for an IOMMU group", obtain_iommu, use_iommu_identity, 0,
	  -EPERM },
	{ "DMA for an IOMMU group", obtain_iommu, use_iommu_dma, 0, 0 },
	{ "allow_unsafe_interrupts", obtain_iommu, use_unsafe_interrupts, 0,
	  -EPERM },
	{ "IOMMU group that may send any interrupt", obtain_iommu,
	  use_iommu_group, 0, -EPERM },
	{ "forcing of a live patch", obtain_livepatch, use_livepatch_force, 0,
	  -EPERM },
	{ "disabling of a live patch", obtain_forced, use_livepatch, 0,
	  -EPERM },
};

int main(void)
{
	static const struct {
		int (*obtain)(void);
		const char *what;
	} residues[] = {
		{ obtain_nothing,
		  "hardware parameter wdt_start of advantechwdt" },
		{ obtain_dcdbas, "SMIs by dcdbas" },
		{ obtain_comedi, "ports 0x300 of comedi board comedi_parport" },
		{ obtain_baycom, "port 0x300 of bcsf0" },
		{ obtain_yam, "port 0x300 of yam0" },
		{ obtain_ipmi, "hardware parameter hotmod of ipmi_si" },
	};
	size_t i;
	int ret;

	begin_raising();
	report_plan(2 * ARRAY_SIZE(rows) + 1 + ARRAY_SIZE(residues));

	try_rows(rows, ARRAY_SIZE(rows), LEVEL_NONE);
	report_result(write_text(LOCKDOWN_FILE, "integrity"), 0,
		      "write integrity");
	for (i = 0; i < ARRAY_SIZE(residues); i++) {
		ret = residues[i].obtain();
		if (!ret && !residue_mentions(residues[i].what))
			ret = -ENODATA;
		report_result(ret, 0, "residue: %s", residues[i].what);
	}
	try_rows(rows, ARRAY_SIZE(rows), LEVEL_INTEGRITY);
	report_end();
}
