/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of lockdown levels and reasons.
 *
 * Everything that lists levels and reasons derives from this table: the
 * enumerators, the texts, the levels that deny a reason, lockdown_info/reasons,
 * the tests and the table in Documentation/admin-guide/LSM/lockdown.rst. Define
 * LOCKDOWN_ROW, or LOCKDOWN_LEVEL, LOCKDOWN_REASON or both, then include this
 * file; it undefines them again.
 *
 * LOCKDOWN_LEVEL(level, id, text)
 *	A level. @id is its name for callers of lock_kernel_down(), @text its
 *	name in user space.
 * LOCKDOWN_REASON(id, text, level, description)
 *	A reason that is denied from @level on. @text goes into the log,
 *	@description describes the reason in a sentence.
 * LOCKDOWN_ROW(id, text, level)
 *	A row of either kind.
 *
 * Modules and BPF programs were compiled with the position of a row as a
 * number, and people grep their logs for @text: append rows, never move or
 * reword one. The old reasons stand before the row of their level, because
 * their position used to decide the level; new reasons stand after all levels.
 */

#ifdef LOCKDOWN_ROW
#define LOCKDOWN_LEVEL(level, id, text) LOCKDOWN_ROW(id, text, level)
#define LOCKDOWN_REASON(id, text, level, ...) LOCKDOWN_ROW(id, text, level)
#endif
#ifndef LOCKDOWN_LEVEL
#define LOCKDOWN_LEVEL(...)
#endif
#ifndef LOCKDOWN_REASON
#define LOCKDOWN_REASON(...)
#endif

/* clang-format off */

LOCKDOWN_LEVEL(NONE, LOCKDOWN_NONE, "none")
LOCKDOWN_REASON(LOCKDOWN_MODULE_SIGNATURE, "unsigned module loading",
		INTEGRITY,
		"Loading a module that no trusted key has signed.")
LOCKDOWN_REASON(LOCKDOWN_DEV_MEM, "/dev/mem,kmem,port",
		INTEGRITY,
		"Reading, writing and mapping /dev/mem; /dev/port.")
LOCKDOWN_REASON(LOCKDOWN_EFI_TEST, "/dev/efi_test access",
		INTEGRITY,
		"Calling EFI runtime services through /dev/efi_test.")
LOCKDOWN_REASON(LOCKDOWN_KEXEC, "kexec of unsigned images",
		INTEGRITY,
		"Loading or starting a kernel that was not verified.")
LOCKDOWN_REASON(LOCKDOWN_HIBERNATION, "hibernation",
		INTEGRITY,
		"Hibernation and resume: nothing protects the image.")
LOCKDOWN_REASON(LOCKDOWN_PCI_ACCESS, "direct PCI access",
		INTEGRITY,
		"Writing PCI config space or I/O BARs, mapping BARs, raw CXL.")
LOCKDOWN_REASON(LOCKDOWN_IOPORT, "raw io port access",
		INTEGRITY,
		"I/O ports by ioperm(), iopl(), KDADDIO and KDENABIO.")
LOCKDOWN_REASON(LOCKDOWN_MSR, "raw MSR access",
		INTEGRITY,
		"Writing model specific registers by /dev/cpu/N/msr.")
LOCKDOWN_REASON(LOCKDOWN_ACPI_TABLES, "modifying ACPI tables",
		INTEGRITY,
		"ACPI tables by initrd, configfs or EFI variable; acpi_rsdp=.")
LOCKDOWN_REASON(LOCKDOWN_DEVICE_TREE, "modifying device tree contents",
		INTEGRITY,
		"Changing the device tree of a running pseries machine.")
LOCKDOWN_REASON(LOCKDOWN_PCMCIA_CIS, "direct PCMCIA CIS storage",
		INTEGRITY,
		"Replacing the information structure of a PCMCIA card.")
LOCKDOWN_REASON(LOCKDOWN_TIOCSSERIAL, "reconfiguration of serial port IO",
		INTEGRITY,
		"Changing port, interrupt or address of a serial port.")
LOCKDOWN_REASON(LOCKDOWN_MODULE_PARAMETERS, "unsafe module parameters",
		INTEGRITY,
		"Module parameters that name hardware addresses.")
LOCKDOWN_REASON(LOCKDOWN_MMIOTRACE, "unsafe mmio",
		INTEGRITY,
		"The test module of mmiotrace: it writes where it is told.")
LOCKDOWN_REASON(LOCKDOWN_DEBUGFS, "debugfs access",
		INTEGRITY,
		"Opening debugfs files that are not merely readable; chmod.")
LOCKDOWN_REASON(LOCKDOWN_XMON_WR, "xmon write access",
		INTEGRITY,
		"Changing memory or registers with the debugger xmon.")
LOCKDOWN_REASON(LOCKDOWN_BPF_WRITE_USER, "use of bpf to write user RAM",
		INTEGRITY,
		"BPF programs that write to the memory of user tasks.")
LOCKDOWN_REASON(LOCKDOWN_DBG_WRITE_KERNEL,
		"use of kgdb/kdb to write kernel RAM",
		INTEGRITY,
		"Changing kernel memory with kgdb or kdb.")
LOCKDOWN_REASON(LOCKDOWN_RTAS_ERROR_INJECTION, "RTAS error injection",
		INTEGRITY,
		"Injecting errors by the firmware of a pseries machine.")
LOCKDOWN_REASON(LOCKDOWN_XEN_USER_ACTIONS, "Xen guest user action",
		INTEGRITY,
		"Hypercalls from user space in an unprivileged Xen guest.")
LOCKDOWN_LEVEL(INTEGRITY, LOCKDOWN_INTEGRITY_MAX, "integrity")
LOCKDOWN_REASON(LOCKDOWN_KCORE, "/proc/kcore access",
		CONFIDENTIALITY,
		"Reading kernel memory through /proc/kcore.")
LOCKDOWN_REASON(LOCKDOWN_KPROBES, "use of kprobes",
		CONFIDENTIALITY,
		"Placing kprobes and fprobes through tracefs or perf.")
LOCKDOWN_REASON(LOCKDOWN_BPF_READ_KERNEL, "use of bpf to read kernel RAM",
		CONFIDENTIALITY,
		"BPF programs that read kernel memory of their choice.")
LOCKDOWN_REASON(LOCKDOWN_DBG_READ_KERNEL, "use of kgdb/kdb to read kernel RAM",
		CONFIDENTIALITY,
		"Reading kernel memory with kdb.")
LOCKDOWN_REASON(LOCKDOWN_PERF, "unsafe use of perf",
		CONFIDENTIALITY,
		"Sampling the registers of interrupted kernel code.")
LOCKDOWN_REASON(LOCKDOWN_TRACEFS, "use of tracefs",
		CONFIDENTIALITY,
		"Opening or creating files in tracefs.")
LOCKDOWN_REASON(LOCKDOWN_XMON_RW, "xmon read and write access",
		CONFIDENTIALITY,
		"Any use of the debugger xmon.")
LOCKDOWN_REASON(LOCKDOWN_XFRM_SECRET, "xfrm SA secret",
		CONFIDENTIALITY,
		"Reading the keys of IPsec associations over netlink.")
LOCKDOWN_LEVEL(CONFIDENTIALITY, LOCKDOWN_CONFIDENTIALITY_MAX, "confidentiality")
LOCKDOWN_REASON(LOCKDOWN_MSR_READ, "reading raw MSRs",
		CONFIDENTIALITY,
		"Reading model specific registers by /dev/cpu/N/msr.")
LOCKDOWN_REASON(LOCKDOWN_UNRESTRICTED_DMA, "unrestricted DMA",
		INTEGRITY,
		"Devices driven from user space without an IOMMU.")
LOCKDOWN_REASON(LOCKDOWN_DEBUGFS_PRIVATE, "private debugfs files",
		CONFIDENTIALITY,
		"Opening debugfs files that were not made for all to read.")
LOCKDOWN_REASON(LOCKDOWN_KEYS, "reading secret keys",
		CONFIDENTIALITY,
		"Reading keys that the kernel encrypts or proves itself with.")

/* clang-format on */

#undef LOCKDOWN_ROW
#undef LOCKDOWN_LEVEL
#undef LOCKDOWN_REASON
