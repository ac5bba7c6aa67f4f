/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of lockdown levels and reasons.
 *
 * Everything that lists them derives from here: the enumerators, the texts,
 * the mask of what each level denies, lockdown_info/reasons, the tests and the
 * table in Documentation/admin-guide/LSM/lockdown.rst. Define LOCKDOWN_ROW, or
 * one or both of the others, then include this file; it undefines them again.
 *
 * LOCKDOWN_ROW(id, level, text)
 *	A row of either kind.
 * LOCKDOWN_LEVEL(id, level, text)
 *	A level. @id is how callers of lock_kernel_down() name it, @text how
 *	user space does.
 * LOCKDOWN_REASON(id, level, text, description)
 *	Something that is denied from @level on. @text goes into the log,
 *	@description says in a sentence what the reason covers.
 *
 * A position is a number that modules and BPF programs were compiled with, and
 * @text is what people grep their logs for: rows are appended, never moved and
 * never reworded. Reasons from the time when the position decided the level
 * stand before their level's own row; later ones stand after all of them.
 */

#ifdef LOCKDOWN_ROW
#define LOCKDOWN_LEVEL(id, level, text) LOCKDOWN_ROW(id, level, text)
#define LOCKDOWN_REASON(id, level, text, description)			\
	LOCKDOWN_ROW(id, level, text)
#endif
#ifndef LOCKDOWN_LEVEL
#define LOCKDOWN_LEVEL(id, level, text)
#endif
#ifndef LOCKDOWN_REASON
#define LOCKDOWN_REASON(id, level, text, description)
#endif

LOCKDOWN_LEVEL(LOCKDOWN_NONE, NONE, "none")
LOCKDOWN_REASON(LOCKDOWN_MODULE_SIGNATURE, INTEGRITY,
		"unsigned module loading",
		"Loading a module that no key trusted by the kernel has signed.")
LOCKDOWN_REASON(LOCKDOWN_DEV_MEM, INTEGRITY,
		"/dev/mem,kmem,port",
		"Reading, writing or mapping physical memory and I/O ports through /dev/mem and /dev/port.")
LOCKDOWN_REASON(LOCKDOWN_EFI_TEST, INTEGRITY,
		"/dev/efi_test access",
		"Calling EFI runtime services with arguments of one's choice through /dev/efi_test.")
LOCKDOWN_REASON(LOCKDOWN_KEXEC, INTEGRITY,
		"kexec of unsigned images",
		"Loading, or starting, a kernel image whose signature was not verified.")
LOCKDOWN_REASON(LOCKDOWN_HIBERNATION, INTEGRITY,
		"hibernation",
		"Hibernation and resume, whose image on disk nothing protects.")
LOCKDOWN_REASON(LOCKDOWN_PCI_ACCESS, INTEGRITY,
		"direct PCI access",
		"Writing PCI configuration space and I/O BARs, mapping memory BARs, raw CXL commands.")
LOCKDOWN_REASON(LOCKDOWN_IOPORT, INTEGRITY,
		"raw io port access",
		"Access to I/O ports from user space with ioperm(), iopl() and the console's KDADDIO and KDENABIO.")
LOCKDOWN_REASON(LOCKDOWN_MSR, INTEGRITY,
		"raw MSR access",
		"Writing model specific registers through /dev/cpu/N/msr.")
LOCKDOWN_REASON(LOCKDOWN_ACPI_TABLES, INTEGRITY,
		"modifying ACPI tables",
		"Replacing or adding ACPI tables from the initrd, configfs or an EFI variable, and acpi_rsdp=.")
LOCKDOWN_REASON(LOCKDOWN_DEVICE_TREE, INTEGRITY,
		"modifying device tree contents",
		"Changing the device tree of a running pseries machine.")
LOCKDOWN_REASON(LOCKDOWN_PCMCIA_CIS, INTEGRITY,
		"direct PCMCIA CIS storage",
		"Replacing the card information structure of a PCMCIA card.")
LOCKDOWN_REASON(LOCKDOWN_TIOCSSERIAL, INTEGRITY,
		"reconfiguration of serial port IO",
		"Changing the port, interrupt or memory address of a serial port.")
LOCKDOWN_REASON(LOCKDOWN_MODULE_PARAMETERS, INTEGRITY,
		"unsafe module parameters",
		"Setting module parameters that tell a driver which hardware addresses to use.")
LOCKDOWN_REASON(LOCKDOWN_MMIOTRACE, INTEGRITY,
		"unsafe mmio",
		"The test module of mmiotrace, which writes to a physical address of one's choice.")
LOCKDOWN_REASON(LOCKDOWN_DEBUGFS, INTEGRITY,
		"debugfs access",
		"Opening debugfs files that are not merely readable, and changing their mode or owner.")
LOCKDOWN_REASON(LOCKDOWN_XMON_WR, INTEGRITY,
		"xmon write access",
		"Changing memory or registers with the powerpc debugger xmon.")
LOCKDOWN_REASON(LOCKDOWN_BPF_WRITE_USER, INTEGRITY,
		"use of bpf to write user RAM",
		"BPF programs that write to the memory of user tasks.")
LOCKDOWN_REASON(LOCKDOWN_DBG_WRITE_KERNEL, INTEGRITY,
		"use of kgdb/kdb to write kernel RAM",
		"Changing kernel memory with kgdb or kdb.")
LOCKDOWN_REASON(LOCKDOWN_RTAS_ERROR_INJECTION, INTEGRITY,
		"RTAS error injection",
		"Injecting hardware errors through the firmware of a pseries machine.")
LOCKDOWN_REASON(LOCKDOWN_XEN_USER_ACTIONS, INTEGRITY,
		"Xen guest user action",
		"Hypercalls of one's choice from user space in an unprivileged Xen guest.")
LOCKDOWN_LEVEL(LOCKDOWN_INTEGRITY_MAX, INTEGRITY, "integrity")
LOCKDOWN_REASON(LOCKDOWN_KCORE, CONFIDENTIALITY,
		"/proc/kcore access",
		"Reading kernel memory through /proc/kcore.")
LOCKDOWN_REASON(LOCKDOWN_KPROBES, CONFIDENTIALITY,
		"use of kprobes",
		"Placing kprobes and fprobes through tracefs or perf.")
LOCKDOWN_REASON(LOCKDOWN_BPF_READ_KERNEL, CONFIDENTIALITY,
		"use of bpf to read kernel RAM",
		"BPF programs that read kernel memory of their choice.")
LOCKDOWN_REASON(LOCKDOWN_DBG_READ_KERNEL, CONFIDENTIALITY,
		"use of kgdb/kdb to read kernel RAM",
		"Reading kernel memory with kdb.")
LOCKDOWN_REASON(LOCKDOWN_PERF, CONFIDENTIALITY,
		"unsafe use of perf",
		"Sampling the registers of interrupted kernel code with perf.")
LOCKDOWN_REASON(LOCKDOWN_TRACEFS, CONFIDENTIALITY,
		"use of tracefs",
		"Opening or creating files in tracefs.")
LOCKDOWN_REASON(LOCKDOWN_XMON_RW, CONFIDENTIALITY,
		"xmon read and write access",
		"Any use of the powerpc debugger xmon.")
LOCKDOWN_REASON(LOCKDOWN_XFRM_SECRET, CONFIDENTIALITY,
		"xfrm SA secret",
		"Reading the keys of IPsec security associations over netlink.")
LOCKDOWN_LEVEL(LOCKDOWN_CONFIDENTIALITY_MAX, CONFIDENTIALITY, "confidentiality")
LOCKDOWN_REASON(LOCKDOWN_MSR_READ, CONFIDENTIALITY,
		"reading raw MSRs",
		"Reading model specific registers, which hold kernel addresses, through /dev/cpu/N/msr.")

#undef LOCKDOWN_ROW
#undef LOCKDOWN_LEVEL
#undef LOCKDOWN_REASON
