// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ports, registers and settings of the chipset that user space names to a
 * driver. None of the drivers needs its hardware; IOMMU groups want an IOMMU
 * and two devices behind it (QEMU's intel-iommu and edu). Residue must name the
 * ports that were handed over before a raise. phram_test has what would have to
 * be unloaded meanwhile.
 */

#define _GNU_SOURCE
#include <linux/comedi.h>
#include <linux/hdlcdrv.h>
#include <linux/sockios.h>
#include <linux/vfio.h>
#include <net/if.h>
#include <sys/utsname.h>

#include "../lib/file.h"
#include "../lib/load.h"
#include "../lib/port.h"
#include "../lib/residue.h"
#include "../thing.h"

/* Modules with the parameters that tests want. */
#define COMEDI_MODULE "comedi comedi_num_legacy_minors=3"
#define IPMI_MODULE "ipmi_si unload_when_empty=0 trydmi=0"

#define DCDBAS "/sys/devices/platform/dcdbas/"
#define IPMI "/sys/module/ipmi_si/parameters/"
#define LIVEPATCH "/sys/kernel/livepatch/livepatch_sample/"
#define TYPE1 "/sys/module/vfio_iommu_type1/parameters/"
#define PCI_DEVICES "/sys/bus/pci/devices/"

/* The scratch register of a serial port: reads return the last write. */
#define SCRATCH 0x3ff
/* A PC has nothing there. */
#define NOWHERE 0x300
/* The same, for a board that keeps the ports meanwhile. */
#define NOWHERE_KEPT 0x320

/**
 * struct setting - the arg of a thing
 * @modules: the words for modprobe, NULL at the end
 * @set: hands the setting to the driver
 * @path: the file that @set writes, or the module that it loads and unloads
 * @name: the name of that module
 * @parameters: the parameters of that module
 * @number: the port, or another number for @set
 * @text: the text for @set
 * @residue: residue must have this once the setting is refused, because it was
 *	made before the raise
 */
struct setting {
	const char *modules[4];
	int (*set)(struct held *held);
	const char *path, *name, *parameters;
	int number;
	const char *text;
	const char *residue;
};

static const struct setting *setting_of(struct held *held)
{
	return held->thing->arg;
}

/* Modules of the kernel */

static int load_modules(struct held *held)
{
	const char *const *words;
	char command[128];

	for (words = setting_of(held)->modules; *words; words++) {
		snprintf(command, sizeof(command), "modprobe -q %s", *words);
		if (system(command))
			return lack(held, "no module %s", *words);
	}
	return 0;
}

/* The drivers stay loaded: other things of this file use them, too. */
static const struct handle drivers = {
	.obtain = load_modules,
};

static int use_setting(struct held *held)
{
	const struct setting *setting = setting_of(held);
	const int ret = setting->set(held);

	if (ret == -EPERM && setting->residue &&
	    !residue_mentions(setting->residue))
		return -ENODATA;
	return ret;
}

static int load_driver(struct held *held, const struct setting *setting)
{
	struct utsname uts;
	char path[256];
	int fd, ret;

	ret = no_modules(held);
	if (ret)
		return ret;
	if (uname(&uts))
		return -errno;
	snprintf(path, sizeof(path), "/lib/modules/%s/kernel/%s.ko",
		 uts.release, setting->path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return lack(held, "no module %s", setting->path);
	ret = syscall(__NR_finit_module, fd, setting->parameters, 0) ? -errno :
								       0;
	close(fd);
	return ret;
}

static int unload_driver(const char *name)
{
	return syscall(__NR_delete_module, name, O_NONBLOCK) ? -errno : 0;
}

/* Loads a module with a parameter; no other thing uses the module. */
static int set_parameter(struct held *held)
{
	const struct setting *setting = setting_of(held);

	return load_driver(held, setting) ?: unload_driver(setting->name);
}

static int set_text(struct held *held)
{
	const struct setting *setting = setting_of(held);

	return write_text(setting->path, setting->text);
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
	ret = result_of(pwrite(fd, &cmd, sizeof(cmd), 0), sizeof(cmd));
	close(fd);
	return ret;
}

/* The register gets another code than it has; only its read needs ioperm(). */
static int set_smi(struct held *held)
{
	__u8 code = 0x5a;
	int ret;

	if (!held->denied) {
		if (ioperm(SCRATCH, 1, 1))
			return -errno;
		code = ~inb(SCRATCH);
	}
	ret = put_smi(code) ?: set_text(held);
	if (!held->denied) {
		if (!ret && inb(SCRATCH) != code)
			ret = -ENODATA;
		ioperm(SCRATCH, 1, 0);
	}
	return ret;
}

static int set_smi_buffer(struct held *held)
{
	return put_smi(0) ?: set_text(held);
}

/* Ports by comedi: a minor device for each thing */

enum {
	KEPT,
	ANOTHER,
	WITHOUT_PORTS,
};

static int attach(int fd, const char *board, int port)
{
	struct comedi_devconfig config = { .options[0] = port };

	snprintf(config.board_name, sizeof(config.board_name), "%s", board);
	return ioctl(fd, COMEDI_DEVCONFIG, &config) ? -errno : 0;
}

static int open_comedi(struct held *held, int minor)
{
	int *const fd = held->state;
	const int ret = load_modules(held);
	char path[32];

	if (ret)
		return ret;
	snprintf(path, sizeof(path), "/dev/comedi%d", minor);
	*fd = open(path, O_RDWR | O_CLOEXEC);
	return *fd < 0 ? cannot_open(held, path, "CONFIG_COMEDI") : 0;
}

static int obtain_board(struct held *held)
{
	return open_comedi(held,
			   setting_of(held)->number ? ANOTHER : WITHOUT_PORTS);
}

static int obtain_kept_board(struct held *held)
{
	int *const fd = held->state;
	const int ret = open_comedi(held, KEPT);

	return ret ? ret : attach(*fd, "comedi_parport", NOWHERE_KEPT);
}

static void release_kept_board(struct held *held)
{
	const int *const fd = held->state;

	if (*fd > 0)
		ioctl(*fd, COMEDI_DEVCONFIG, NULL);
	release_fd(held);
}

static const struct handle board = {
	.size = sizeof(int),
	.obtain = obtain_board,
	.release = release_fd,
};

static const struct handle kept_board = {
	.size = sizeof(int),
	.obtain = obtain_kept_board,
	.release = release_kept_board,
};

static int set_board(struct held *held)
{
	const struct setting *setting = setting_of(held);
	const int *const fd = held->state;
	const int ret = attach(*fd, setting->text, setting->number);

	if (ret)
		return ret;
	return ioctl(*fd, COMEDI_DEVCONFIG, NULL) ? -errno : 0;
}

static int set_instruction(struct held *held)
{
	const int *const fd = held->state;
	unsigned int data[] = { 0xff, 0x5a };
	struct comedi_insn insn = {
		.insn = INSN_BITS,
		.n = ARRAY_SIZE(data),
		.data = data,
	};

	return ioctl(*fd, COMEDI_INSN, &insn) < 0 ? -errno : 0;
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

static int set_baycom(struct held *held)
{
	struct hdlcdrv_ioctl data = {
		.cmd = HDLCDRVCTL_SETMODEMPAR,
		.data.mp.iobase = NOWHERE,
	};

	return private_ioctl("bcsf0", &data);
}

static int set_baycom_delay(struct held *held)
{
	struct hdlcdrv_ioctl data = {
		.cmd = HDLCDRVCTL_SETCHANNELPAR,
		.data.cp.tx_delay = 20,
	};

	return private_ioctl("bcsf0", &data);
}

#define YAM_IOBASE 1
#define YAM_TXDELAY 0x20

/* SIOCYAMSCFG, with the setting that @number says */
static int set_yam(struct held *held)
{
	struct {
		int cmd;
		unsigned int mask, iobase, irq, bitrate, baudrate, txdelay,
			txtail, persist, slottime, mode, holddly;
	} data = {
		.cmd = 1,
		.mask = setting_of(held)->number,
		.iobase = NOWHERE,
		.txdelay = 20,
	};

	return private_ioctl("yam0", &data);
}

/* The chipset */

static int obtain_mtrr(struct held *held)
{
	int *const fd = held->state;

	*fd = open("/proc/mtrr", O_RDWR | O_CLOEXEC);
	return *fd < 0 ? cannot_open(held, "/proc/mtrr", "CONFIG_MTRR") : 0;
}

static const struct handle mtrr = {
	.size = sizeof(int),
	.obtain = obtain_mtrr,
	.release = release_fd,
	.has_fd = true,
};

static int set_mtrr(struct held *held)
{
	static const char add[] =
		"base=0x90000000 size=0x1000000 type=write-combining";
	const int *const fd = held->state;
	char text[1024], *line, *end, remove[32];

	if (write(*fd, add, strlen(add)) < 0)
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
	return write(*fd, remove, strlen(remove)) < 0 ? -errno : 0;
}

/* IOMMU groups. The first edu is for the things of vfio.c. */

struct group {
	char type[128];
	char device[16];
};

static bool is_edu(const char *device)
{
	char path[128], text[32];

	snprintf(path, sizeof(path), PCI_DEVICES "%s/device", device);
	return read_text(path, text, sizeof(text)) > 0 &&
	       !strncmp(text, "0x11e8", 6);
}

static int obtain_group(struct held *held)
{
	struct group *group = held->state;
	unsigned int edus = 0;
	char device[16];
	glob_t files;
	size_t i;

	if (glob(PCI_DEVICES "*/iommu_group/type", 0, NULL, &files))
		return lack(held, "no IOMMU (%s)",
			    "QEMU's intel-iommu, CONFIG_INTEL_IOMMU");
	for (i = 0; i < files.gl_pathc; i++) {
		snprintf(device, sizeof(device), "%.12s",
			 files.gl_pathv[i] + strlen(PCI_DEVICES));
		if (!is_edu(device) || ++edus < 2)
			continue;
		memcpy(group->device, device, sizeof(device));
		snprintf(group->type, sizeof(group->type), "%.120s",
			 files.gl_pathv[i]);
	}
	globfree(&files);
	return edus > 1 ? 0 :
			  lack(held, "no two devices behind it (QEMU's edu)");
}

static const struct handle iommu_group = {
	.size = sizeof(struct group),
	.obtain = obtain_group,
};

static int set_identity(struct held *held)
{
	const struct group *group = held->state;

	return write_text(group->type, "identity") ?:
		       write_text(group->type, "DMA");
}

static int set_dma(struct held *held)
{
	const struct group *group = held->state;

	return write_text(group->type, "DMA");
}

static int hand_out(const char *path)
{
	const int container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	const int group = open(path, O_RDWR | O_CLOEXEC);
	int ret = 0;

	if (container < 0 || group < 0 ||
	    ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) ||
	    ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU))
		ret = -errno;
	close(group);
	close(container);
	return ret;
}

/* Hands the device out, by VFIO; QEMU's IOMMU does not remap interrupts. */
static int set_container(struct held *held)
{
	const struct group *group = held->state;
	char path[128], link[128] = "";
	int ret;

	snprintf(path, sizeof(path), PCI_DEVICES "%s/iommu_group",
		 group->device);
	if (readlink(path, link, sizeof(link) - 1) < 0)
		return -errno;
	snprintf(path, sizeof(path), PCI_DEVICES "%s/driver_override",
		 group->device);
	write_text(path, "vfio-pci");
	write_text("/sys/bus/pci/drivers_probe", group->device);
	snprintf(path, sizeof(path), "/dev/vfio/%.20s", strrchr(link, '/') + 1);
	ret = hand_out(path);
	write_text("/sys/bus/pci/drivers/vfio-pci/unbind", group->device);
	return ret;
}

/* A live patch, which a trusted key has signed */

static int obtain_livepatch(struct held *held)
{
	const int ret = access(LIVEPATCH, F_OK) ? load_modules(held) : 0;

	if (ret)
		return ret;
	return access(LIVEPATCH, F_OK) ? lack(held, "no livepatch-sample") : 0;
}

static const struct handle livepatch = {
	.obtain = obtain_livepatch,
};

/* Without reliable stack traces, kernel threads block the transition. */
static int set_force(struct held *held)
{
	if (read_number(LIVEPATCH "transition") != 1)
		return lack(held, "no transition that waits");
	return set_text(held);
}

/* Begins another transition, which can be reversed as long as it waits. */
static int set_disabled(struct held *held)
{
	return set_text(held) ?: write_text(LIVEPATCH "enabled", "1");
}

static const struct thing regs_things[] = {
	{
		.name = "regs.watchdog",
		.reason = "MODULE_PARAMETERS",
		.denied_from = INTEGRITY,
		.handle = &drivers,
		.arg =
			&(const struct setting){
				.set = set_parameter,
				.path = "drivers/watchdog/advantechwdt",
				.name = "advantechwdt",
				.parameters = "wdt_start=0x300 wdt_stop=0x300",
				.residue =
					"hardware parameter wdt_start of advantechwdt",
			},
		.use = use_setting,
		.kept.title = "port of a watchdog",
		.kept.places = HERE,
	},
	{
		.name = "regs.watchdog_time",
		.reason = "MODULE_PARAMETERS",
		.denied_from = NEVER,
		.handle = &drivers,
		.arg =
			&(const struct setting){
				.set = set_parameter,
				.path = "drivers/watchdog/advantechwdt",
				.name = "advantechwdt",
				.parameters = "timeout=30",
			},
		.use = use_setting,
		.kept.title = "time of a watchdog",
		.kept.places = HERE,
	},
	{
		.name = "regs.fw_cfg",
		.reason = "MODULE_PARAMETERS",
		.denied_from = INTEGRITY,
		.handle = &drivers,
		.arg =
			&(const struct setting){
				.set = set_parameter,
				.path = "drivers/firmware/qemu_fw_cfg",
				.name = "qemu_fw_cfg",
				.parameters = "ioport=12@0x300:0:1:4",
			},
		.use = use_setting,
		.kept.title = "port of fw_cfg",
		.kept.places = HERE,
	},
	{
		.name = "regs.parport",
		.reason = "MODULE_PARAMETERS",
		.denied_from = INTEGRITY,
		.handle = &drivers,
		.arg =
			&(const struct setting){
				.modules = { "parport" },
				.set = set_parameter,
				.path = "drivers/parport/parport_pc",
				.name = "parport_pc",
				.parameters = "io=0x300 irq=none",
			},
		.use = use_setting,
		.kept.title = "port of parport_pc",
		.kept.places = HERE,
	},
	{
		.name = "regs.smi",
		.reason = "IOPORT",
		.denied_from = INTEGRITY,
		.handle = &drivers,
		.arg =
			&(const struct setting){
				.modules = { "dcdbas" },
				.set = set_smi,
				.path = DCDBAS "smi_request",
				.text = "2",
				.residue = "SMIs by dcdbas",
			},
		.use = use_setting,
		.kept.title = "raw SMI by dcdbas",
		.kept.places = HERE,
	},
	{
		.name = "regs.smi_calling",
		.reason = "IOPORT",
		.denied_from = INTEGRITY,
		.handle = &drivers,
		.arg =
			&(const struct setting){
				.modules = { "dcdbas" },
				.set = set_smi,
				.path = DCDBAS "smi_request",
				.text = "1",
			},
		.use = use_setting,
		.kept.title = "calling interface SMI by dcdbas",
		.kept.places = HERE,
	},
	{
		.name = "regs.smi_buffer",
		.reason = "IOPORT",
		.denied_from = NEVER,
		.handle = &drivers,
		.arg =
			&(const struct setting){
				.modules = { "dcdbas" },
				.set = set_smi_buffer,
				.path = DCDBAS "smi_request",
				.text = "0",
			},
		.use = use_setting,
		.kept.title = "buffer of dcdbas",
		.kept.places = HERE,
	},
	{
		.name = "regs.comedi",
		.reason = "IOPORT",
		.denied_from = INTEGRITY,
		.handle = &board,
		.arg =
			&(const struct setting){
				.modules = { COMEDI_MODULE, "comedi_parport" },
				.set = set_board,
				.text = "comedi_parport",
				.number = NOWHERE + 0x10,
			},
		.use = use_setting,
		.kept.title = "comedi board at a port",
		.kept.places = HERE,
	},
	{
		.name = "regs.comedi_test",
		.reason = "IOPORT",
		.denied_from = NEVER,
		.handle = &board,
		.arg =
			&(const struct setting){
				.modules = { COMEDI_MODULE, "comedi_test" },
				.set = set_board,
				.text = "comedi_test",
			},
		.use = use_setting,
		.kept.title = "comedi board without ports",
		.kept.places = HERE,
	},
	{
		.name = "regs.comedi_kept",
		.reason = "IOPORT",
		.denied_from = INTEGRITY,
		.handle = &kept_board,
		.arg =
			&(const struct setting){
				.modules = { COMEDI_MODULE, "comedi_parport" },
				.set = set_instruction,
				.residue =
					"ports 0x320 of comedi board comedi_parport",
			},
		.use = use_setting,
		.kept.title = "instruction for a comedi board",
		.kept.places = HERE,
	},
	{
		.name = "regs.baycom",
		.reason = "IOPORT",
		.denied_from = INTEGRITY,
		.handle = &drivers,
		.arg =
			&(const struct setting){
				.modules = { "baycom_ser_fdx" },
				.set = set_baycom,
				.residue = "port 0x300 of bcsf0",
			},
		.use = use_setting,
		.kept.title = "port of baycom",
		.kept.places = HERE,
	},
	{
		.name = "regs.baycom_delay",
		.reason = "IOPORT",
		.denied_from = NEVER,
		.handle = &drivers,
		.arg =
			&(const struct setting){
				.modules = { "baycom_ser_fdx" },
				.set = set_baycom_delay,
			},
		.use = use_setting,
		.kept.title = "delay of baycom",
		.kept.places = HERE,
	},
	{
		.name = "regs.yam",
		.reason = "IOPORT",
		.denied_from = INTEGRITY,
		.handle = &drivers,
		.arg =
			&(const struct setting){
				.modules = { "yam" },
				.set = set_yam,
				.number = YAM_IOBASE,
				.residue = "port 0x300 of yam0",
			},
		.use = use_setting,
		.kept.title = "port of yam",
		.kept.places = HERE,
	},
	{
		.name = "regs.yam_delay",
		.reason = "IOPORT",
		.denied_from = NEVER,
		.handle = &drivers,
		.arg =
			&(const struct setting){
				.modules = { "yam" },
				.set = set_yam,
				.number = YAM_TXDELAY,
			},
		.use = use_setting,
		.kept.title = "delay of yam",
		.kept.places = HERE,
	},
	{
		.name = "regs.hotmod",
		.reason = "MODULE_PARAMETERS",
		.denied_from = INTEGRITY,
		.handle = &drivers,
		.arg =
			&(const struct setting){
				.modules = { IPMI_MODULE },
				.set = set_text,
				.path = IPMI "hotmod",
				.text = "add,kcs,i/o,0x300",
				.residue =
					"hardware parameter hotmod of ipmi_si",
			},
		.use = use_setting,
		.kept.title = "hotmod of ipmi_si",
		.kept.places = HERE,
	},
	{
		.name = "regs.mtrr",
		.reason = "MSR",
		.denied_from = INTEGRITY,
		.handle = &mtrr,
		.arg =
			&(const struct setting){
				.set = set_mtrr,
			},
		.use = use_setting,
		.kept.title = "MTRR by /proc/mtrr",
		.kept.places = HERE,
	},
	{
		.name = "regs.identity",
		.reason = "UNRESTRICTED_DMA",
		.denied_from = INTEGRITY,
		.handle = &iommu_group,
		.arg =
			&(const struct setting){
				.set = set_identity,
			},
		.use = use_setting,
		.kept.title = "identity for an IOMMU group",
		.kept.places = HERE,
	},
	{
		.name = "regs.dma",
		.reason = "UNRESTRICTED_DMA",
		.denied_from = NEVER,
		.handle = &iommu_group,
		.arg =
			&(const struct setting){
				.set = set_dma,
			},
		.use = use_setting,
		.kept.title = "DMA for an IOMMU group",
		.kept.places = HERE,
	},
	{
		.name = "regs.unsafe_interrupts",
		.reason = "UNRESTRICTED_DMA",
		.denied_from = INTEGRITY,
		.handle = &iommu_group,
		.arg =
			&(const struct setting){
				.set = set_text,
				.path = TYPE1 "allow_unsafe_interrupts",
				.text = "1",
			},
		.use = use_setting,
		.kept.title = "allow_unsafe_interrupts of VFIO",
		.kept.places = HERE,
	},
	{
		.name = "regs.container",
		.reason = "UNRESTRICTED_DMA",
		.denied_from = INTEGRITY,
		.handle = &iommu_group,
		.arg =
			&(const struct setting){
				.set = set_container,
			},
		.use = use_setting,
		.kept.title = "IOMMU group that may send any interrupt",
		.kept.places = HERE,
	},
	{
		.name = "regs.livepatch_force",
		.reason = "MODULE_SIGNATURE",
		.denied_from = INTEGRITY,
		.handle = &livepatch,
		.arg =
			&(const struct setting){
				.modules = { "livepatch-sample" },
				.set = set_force,
				.path = LIVEPATCH "force",
				.text = "1",
			},
		.use = use_setting,
		.kept.title = "forcing of a live patch",
		.kept.places = HERE,
	},
	{
		.name = "regs.livepatch_disable",
		.reason = "MODULE_SIGNATURE",
		.denied_from = INTEGRITY,
		.handle = &livepatch,
		.arg =
			&(const struct setting){
				.modules = { "livepatch-sample" },
				.set = set_disabled,
				.path = LIVEPATCH "enabled",
				.text = "0",
			},
		.use = use_setting,
		.kept.title = "disabling of a live patch",
		.kept.places = HERE,
	},
};

REGISTER_THINGS(regs_things);
