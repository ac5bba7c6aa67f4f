/* SPDX-License-Identifier: GPL-2.0-only */
/* Kexec images. */

#ifndef _LOCKDOWN_SELFTEST_KEXEC_H
#define _LOCKDOWN_SELFTEST_KEXEC_H

#include <stdbool.h>
#include <stddef.h>

/* An arbitrary page of memory, where the machine has some for sure. */
#ifdef __aarch64__
#define KEXEC_TARGET 0x48000000UL
#else
#define KEXEC_TARGET 0x1000000UL
#endif

#ifndef KEXEC_ON_CRASH
#define KEXEC_ON_CRASH 0x00000001
#endif

/* As in <linux/kexec.h>, which declares the segment as opaque to user space. */
struct segment {
	const void *buf;
	size_t bufsz;
	unsigned long mem;
	size_t memsz;
};

int kexec_load(unsigned long entry, const struct segment *segments,
	       unsigned long nr_segments, unsigned long flags);
bool have_kexec_load(void);
unsigned long crash_memory(void);

#endif /* _LOCKDOWN_SELFTEST_KEXEC_H */
