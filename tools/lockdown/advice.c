// SPDX-License-Identifier: GPL-2.0-only
/*
 * Knowledge about reasons: why each is denied, and what works instead
 *
 * A row for each reason of include/linux/lockdown_reasons.h. The project's
 * tests compare the rows with that table. kernel_lockdown.7 and
 * Documentation/admin-guide/LSM/lockdown.rst say the same at greater length.
 */

#include <string.h>

#include "advice.h"

static const struct advice advices[] = {
	{
		.name = "MODULE_SIGNATURE",
		.level = LEVEL_INTEGRITY,
		.text = "unsigned module loading",
		.what = "loading a module that no trusted key has signed",
		.why = "A module is code of the kernel.",
		.instead =
			"Sign the module with scripts/sign-file of the\n"
			"kernel source, and have the kernel trust the key:\n"
			"build it in (CONFIG_SYSTEM_TRUSTED_KEYS), or enroll\n"
			"it with mokutil --import. DKMS has a key of its own\n"
			"for that. Or load the module before the level is\n"
			"raised.",
	},
	{
		.name = "DEV_MEM",
		.level = LEVEL_INTEGRITY,
		.text = "/dev/mem,kmem,port",
		.what = "reading, writing and mapping /dev/mem; /dev/port",
		.why = "/dev/mem is the kernel's memory and the registers\n"
		       "of all devices.",
		.instead =
			"DMI tables are in /sys/firmware/dmi/tables, ACPI\n"
			"tables in /sys/firmware/acpi/tables. The registers\n"
			"of a device belong to its driver, or to VFIO with\n"
			"an IOMMU.",
	},
	{
		.name = "EFI_TEST",
		.level = LEVEL_INTEGRITY,
		.text = "/dev/efi_test access",
		.what = "calling EFI runtime services through /dev/efi_test",
		.why = "The firmware writes where its caller says.",
		.instead = "Variables are in /sys/firmware/efi/efivars. Test\n"
			   "firmware on an unlocked kernel.",
	},
	{
		.name = "KEXEC",
		.level = LEVEL_INTEGRITY,
		.text = "kexec of unsigned images",
		.what = "loading or starting a kernel that was not verified",
		.why = "The new kernel has all rights of the running one.",
		.instead = "Build the kernel with CONFIG_KEXEC_SIG, sign\n"
			   "kernels, and load them with kexec -s. Have the\n"
			   "service for kdump pass -s, too.",
	},
	{
		.name = "HIBERNATION",
		.level = LEVEL_INTEGRITY,
		.text = "hibernation",
		.what = "hibernation and resume",
		.why = "Nothing protects the image on disk: a resume would\n"
		       "load a kernel's memory that root can have changed.",
		.instead = "Suspend to RAM. AllowHibernation=no in sleep.conf\n"
			   "of systemd hides the choice.",
	},
	{
		.name = "PCI_ACCESS",
		.level = LEVEL_INTEGRITY,
		.text = "direct PCI access",
		.what = "writing PCI configuration, mapping BARs, raw\n"
			"commands to devices",
		.why = "With its registers, a device can be told to write\n"
		       "anywhere in memory.",
		.instead =
			"lspci and setpci can read. Use the driver of the\n"
			"device; give a device to a virtual machine or DPDK\n"
			"through VFIO with an IOMMU. Update firmware with\n"
			"fwupd, devlink dev flash or nvme fw-download.",
	},
	{
		.name = "IOPORT",
		.level = LEVEL_INTEGRITY,
		.text = "raw io port access",
		.what = "I/O ports by ioperm(), iopl() and the console",
		.why = "Through ports, devices and the firmware can be told\n"
		       "to write anywhere.",
		.instead = "Use the driver of the device.",
	},
	{
		.name = "MSR",
		.level = LEVEL_INTEGRITY,
		.text = "raw MSR access",
		.what = "writing model-specific registers by /dev/cpu/N/msr",
		.why = "A write to an MSR can redirect the entry of system\n"
		       "calls.",
		.instead =
			"Set frequencies with cpufreq, the energy preference\n"
			"with\n"
			"/sys/devices/system/cpu/cpu*/power/energy_perf_bias,\n"
			"power limits with /sys/class/powercap, and\n"
			"mitigations at boot. There is no replacement for\n"
			"undervolting.",
	},
	{
		.name = "ACPI_TABLES",
		.level = LEVEL_INTEGRITY,
		.text = "modifying ACPI tables",
		.what = "ACPI tables from initrd, configfs or an EFI\n"
			"variable; acpi_rsdp=",
		.why = "Code in ACPI tables runs in the kernel.",
		.instead = "Update the firmware, or build the table into the\n"
			   "kernel (CONFIG_ACPI_CUSTOM_DSDT_FILE).",
	},
	{
		.name = "DEVICE_TREE",
		.level = LEVEL_INTEGRITY,
		.text = "modifying device tree contents",
		.what = "changing the device tree of a running pseries machine",
		.why = "Drivers use the addresses that the device tree has.",
		.instead = "Add and remove processors and memory through\n"
			   "/sys/kernel/dlpar.",
	},
	{
		.name = "PCMCIA_CIS",
		.level = LEVEL_INTEGRITY,
		.text = "direct PCMCIA CIS storage",
		.what = "replacing the information structure of a PCMCIA card",
		.why = "The structure names the ports and the memory that a\n"
		       "driver uses.",
		.instead = "Nothing; use the card with its own structure.",
	},
	{
		.name = "TIOCSSERIAL",
		.level = LEVEL_INTEGRITY,
		.text = "reconfiguration of serial port IO",
		.what = "changing port, interrupt or address of a serial port",
		.why = "A port with another address writes to that address.",
		.instead = "Let the firmware describe the port. All other\n"
			   "settings of setserial and stty can be changed.",
	},
	{
		.name = "MODULE_PARAMETERS",
		.level = LEVEL_INTEGRITY,
		.text = "unsafe module parameters",
		.what = "module parameters that name hardware addresses,\n"
			"and devices that new_id or driver_override gives\n"
			"to a driver",
		.why = "A driver writes to the address that it is given.",
		.instead = "Let the firmware or the bus describe the device,\n"
			   "and use a driver that knows it.",
	},
	{
		.name = "MMIOTRACE",
		.level = LEVEL_INTEGRITY,
		.text = "unsafe mmio",
		.what = "the test module of mmiotrace",
		.why = "The module writes to an address that its parameter\n"
		       "names.",
		.instead = "Nothing; test on an unlocked kernel.",
	},
	{
		.name = "DEBUGFS",
		.level = LEVEL_INTEGRITY,
		.text = "debugfs access",
		.what = "opening debugfs files that are not merely readable;\n"
			"chmod",
		.why = "Files in debugfs follow no rule; many of them\n"
		       "change registers or memory.",
		.instead =
			"Block I/O: the events block:* of tracefs, perf or\n"
			"bpftrace. USB: /dev/usbmonN. Dynamic debug:\n"
			"/proc/dynamic_debug/control. Tracing: mount tracefs\n"
			"at /sys/kernel/tracing. The others have no\n"
			"replacement.",
	},
	{
		.name = "XMON_WR",
		.level = LEVEL_INTEGRITY,
		.text = "xmon write access",
		.what = "changing memory or registers with the debugger xmon",
		.why = "The debugger writes anywhere in memory.",
		.instead = "Read with xmon, at integrity.",
	},
	{
		.name = "BPF_WRITE_USER",
		.level = LEVEL_INTEGRITY,
		.text = "use of bpf to write user RAM",
		.what = "BPF programs that write to the memory of user tasks",
		.why = "Such a program runs in the kernel and changes other\n"
		       "programs as they pass.",
		.instead = "Nothing; the program has to do without\n"
			   "bpf_probe_write_user().",
	},
	{
		.name = "DBG_WRITE_KERNEL",
		.level = LEVEL_INTEGRITY,
		.text = "use of kgdb/kdb to write kernel RAM",
		.what = "changing kernel memory with kgdb or kdb",
		.why = "The debugger writes anywhere in memory.",
		.instead = "At integrity, kdb still shows the state of the\n"
			   "kernel.",
	},
	{
		.name = "RTAS_ERROR_INJECTION",
		.level = LEVEL_INTEGRITY,
		.text = "RTAS error injection",
		.what = "injecting errors by the firmware of a pseries machine",
		.why = "Injected errors change memory and registers.",
		.instead = "Nothing; test on an unlocked kernel.",
	},
	{
		.name = "XEN_USER_ACTIONS",
		.level = LEVEL_INTEGRITY,
		.text = "Xen guest user action",
		.what = "hypercalls from user space in an unprivileged Xen\n"
			"guest",
		.why = "A hypercall can map and write memory of the kernel.",
		.instead =
			"Start the domain of a device model with its target.",
	},
	{
		.name = "KCORE",
		.level = LEVEL_CONFIDENTIALITY,
		.text = "/proc/kcore access",
		.what = "reading kernel memory through /proc/kcore",
		.why = "Memory of the kernel holds its keys.",
		.instead =
			"Analyse a dump that kdump has written, with crash.\n"
			"The crash kernel needs a lower level for that\n"
			"(KDUMP_CMDLINE_APPEND).",
	},
	{
		.name = "KPROBES",
		.level = LEVEL_CONFIDENTIALITY,
		.text = "use of kprobes",
		.what = "placing kprobes and fprobes through tracefs or perf",
		.why = "Probes show the memory and the registers of the\n"
		       "kernel.",
		.instead =
			"Count events with perf stat, or probe at integrity.",
	},
	{
		.name = "BPF_READ_KERNEL",
		.level = LEVEL_CONFIDENTIALITY,
		.text = "use of bpf to read kernel RAM",
		.what = "BPF programs that read kernel memory of their choice",
		.why = "An agent that reads kernel memory can read its keys.",
		.instead =
			"Read user memory with bpf_probe_read_user(); attach\n"
			"to system calls and use their arguments. Run agents\n"
			"for observation at integrity.",
	},
	{
		.name = "DBG_READ_KERNEL",
		.level = LEVEL_CONFIDENTIALITY,
		.text = "use of kgdb/kdb to read kernel RAM",
		.what = "reading kernel memory with kdb",
		.why = "Memory of the kernel holds its keys.",
		.instead = "Debug an unlocked kernel.",
	},
	{
		.name = "PERF",
		.level = LEVEL_CONFIDENTIALITY,
		.text = "unsafe use of perf",
		.what = "sampling the registers of interrupted kernel code",
		.why = "Registers and raw records have data and addresses\n"
		       "of the kernel.",
		.instead = "Count events with perf stat, or sample user space\n"
			   "(--user-regs, events with :u). perf top and perf\n"
			   "record of hardware events work.",
	},
	{
		.name = "TRACEFS",
		.level = LEVEL_CONFIDENTIALITY,
		.text = "use of tracefs",
		.what = "opening or creating files in tracefs",
		.why = "Traces show the memory and the registers of the\n"
		       "kernel.",
		.instead =
			"perf stat and perf record of hardware events work.\n"
			"Trace at integrity.",
	},
	{
		.name = "XMON_RW",
		.level = LEVEL_CONFIDENTIALITY,
		.text = "xmon read and write access",
		.what = "any use of the debugger xmon",
		.why = "The debugger reads anywhere in memory.",
		.instead = "Nothing; debug an unlocked kernel.",
	},
	{
		.name = "XFRM_SECRET",
		.level = LEVEL_CONFIDENTIALITY,
		.text = "xfrm SA secret",
		.what = "reading the keys of IPsec associations over netlink",
		.why = "Keys that were handed to the kernel stay there.",
		.instead =
			"ip xfrm state shows the rest, with zeros for the\n"
			"key. The daemon that negotiated the key has a copy.",
	},
	{
		.name = "MSR_READ",
		.level = LEVEL_CONFIDENTIALITY,
		.text = "reading raw MSRs",
		.what = "reading model-specific registers by /dev/cpu/N/msr",
		.why = "Some registers hold addresses, the flow of code or\n"
		       "data of the kernel.",
		.instead = "Counters, ratios, temperatures, energies,\n"
			   "mitigations and versions can be read, so that\n"
			   "turbostat works. Read the others at integrity.",
	},
	{
		.name = "UNRESTRICTED_DMA",
		.level = LEVEL_INTEGRITY,
		.text = "unrestricted DMA",
		.what = "devices driven from user space without an IOMMU",
		.why = "Without an IOMMU, a device writes to any memory\n"
		       "that its registers name.",
		.instead =
			"Enable the IOMMU in the firmware and in the kernel\n"
			"(intel_iommu=on for Intel), and use VFIO with it.",
	},
	{
		.name = "DEBUGFS_PRIVATE",
		.level = LEVEL_CONFIDENTIALITY,
		.text = "private debugfs files",
		.what = "opening debugfs files that were not made for all to\n"
			"read",
		.why = "Such files show page tables, and keys of WLAN and\n"
		       "Bluetooth.",
		.instead = "Read these files at integrity.",
	},
	{
		.name = "KEYS",
		.level = LEVEL_CONFIDENTIALITY,
		.text = "reading secret keys",
		.what = "reading keys that the kernel encrypts or proves\n"
			"itself with",
		.why = "Keys that were handed to the kernel stay there.",
		.instead =
			"Keep the configuration that the key came from. Keys\n"
			"on a process's own sockets and in its own keyrings\n"
			"can be read.",
	},
};

/*
 * More for a program or an object than its reason has. The first row that fits
 * counts; NULL fits everything, and an object fits if it contains the text.
 */
static const struct {
	const char *reason;
	const char *comm;
	const char *object;
	const char *text;
} hints[] = {
	{ "DEV_MEM", "dmidecode", NULL,
	  "dmidecode reads /sys/firmware/dmi/tables where that exists;\n"
	  "leave out --no-sysfs." },
	{ "DEV_MEM", "flashrom", NULL,
	  "Flash through the kernel's driver: flashrom -p linux_mtd, or\n"
	  "fwupd." },
	{ "DEV_MEM", "Xorg", NULL,
	  "Use a driver with kernel mode setting; it needs neither\n"
	  "/dev/mem nor ports." },
	{ "IOPORT", "flashrom", NULL,
	  "Flash through the kernel's driver: flashrom -p linux_mtd, or\n"
	  "fwupd." },
	{ "IOPORT", "Xorg", NULL,
	  "Use a driver with kernel mode setting; it needs neither\n"
	  "/dev/mem nor ports." },
	{ "IOPORT", "hwclock", NULL,
	  "hwclock uses /dev/rtc0 where that exists; load the driver of\n"
	  "the clock." },
	{ "PCI_ACCESS", "setpci", NULL,
	  "setpci can read. A driver, or a quirk in the kernel, has to\n"
	  "make the setting." },
	{ "PCI_ACCESS", "nvme", NULL,
	  "nvme lists, identifies, reads logs, formats, sanitizes and\n"
	  "downloads firmware; vendor commands are refused." },
	{ "PCI_ACCESS", "iscsiuio", NULL,
	  "Use iscsi_tcp with the network driver of the card." },
	{ "PCI_ACCESS", "flashrom", NULL,
	  "Flash through the kernel's driver: flashrom -p linux_mtd, or\n"
	  "fwupd." },
	{ "PCI_ACCESS", NULL, "with addresses",
	  "smartctl and the queries of the RAID controller's tools work;\n"
	  "frames with addresses of their own do not." },
	{ "PCI_ACCESS", NULL, " of uio",
	  "Bind the device to vfio-pci, with an IOMMU." },
	{ "KEXEC", NULL, "kexec_load",
	  "kexec_load() passes memory, in which there is no signature to\n"
	  "check: load with kexec -s." },
	{ "KEXEC", NULL, " an earlier ",
	  "The kernel was loaded before the level was raised, and would be\n"
	  "less locked down than this one: load it again." },
	{ "MODULE_SIGNATURE", NULL, "unavailable key",
	  "The module is signed; the kernel lacks the key. keyctl list\n"
	  "%:.secondary_trusted_keys shows the keys that it has." },
	{ "MODULE_SIGNATURE", NULL, "loaded by force",
	  "Load it without --force." },
	{ "MODULE_SIGNATURE", NULL, "unsupported crypto",
	  "Sign it with a hash and a key type that the kernel has\n"
	  "(CONFIG_MODULE_SIG_HASH)." },
	{ "MSR", "intel-undervolt", NULL,
	  "There is no replacement for undervolting; the firmware's\n"
	  "setup may have it." },
	{ "MSR", "x86_energy_perf", NULL,
	  "Write to /sys/devices/system/cpu/cpu*/power/energy_perf_bias." },
	{ "MSR", "intel-speed-sel", NULL,
	  "intel-speed-select cannot set turbo ratios; its other\n"
	  "commands work." },
	{ "DEBUGFS", "blktrace", NULL,
	  "Trace block:* with perf, trace-cmd or bpftrace (biosnoop)." },
	{ "DEBUGFS", NULL, "usbmon",
	  "Capture from /dev/usbmonN, as tcpdump and Wireshark do." },
	{ "DEBUGFS", NULL, "dynamic_debug",
	  "Write to /proc/dynamic_debug/control." },
	{ "KEYS", "wg-quick", NULL,
	  "Switch SaveConfig off: the saved configuration has no keys." },
	{ "KEYS", "wg", NULL,
	  "wg show works without the keys; wg showconf writes a\n"
	  "configuration without keys." },
	{ "KEYS", "dmsetup", NULL,
	  "dmsetup table shows - for the key; use cryptsetup with a\n"
	  "passphrase or key file." },
};

/**
 * advice_for - the knowledge about a reason
 * @reason: its name
 *
 * Return: the knowledge, or NULL for a reason of a newer kernel.
 */
const struct advice *advice_for(const char *reason)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(advices); i++) {
		if (same(advices[i].name, reason))
			return &advices[i];
	}
	return NULL;
}

/**
 * advice_for_text - the knowledge about a reason, from a line of the log
 * @text: the text that the log has
 *
 * Return: the knowledge, or NULL.
 */
const struct advice *advice_for_text(const char *text)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(advices); i++) {
		if (same(advices[i].text, text))
			return &advices[i];
	}
	return NULL;
}

/**
 * hint_for - more for a program or an object than its reason has
 * @reason: the name of the reason
 * @comm: the program, or NULL
 * @object: the object, or NULL
 *
 * Return: sentences, or NULL.
 */
const char *hint_for(const char *reason, const char *comm, const char *object)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(hints); i++) {
		if (!same(hints[i].reason, reason) ||
		    (hints[i].comm && !same(hints[i].comm, comm)) ||
		    (hints[i].object &&
		     (!object || !strstr(object, hints[i].object))))
			continue;
		return hints[i].text;
	}
	return NULL;
}
