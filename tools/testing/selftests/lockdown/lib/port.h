/* SPDX-License-Identifier: GPL-2.0-only */
/* I/O ports. */

#ifndef _LOCKDOWN_SELFTEST_PORT_H
#define _LOCKDOWN_SELFTEST_PORT_H

#ifdef __x86_64__
#include <sys/io.h>
#else

#include <errno.h>
#include <linux/types.h>

/* Fail as a PC does whose kernel grants no access to ports. */
static inline int ioperm(unsigned long from, unsigned long num, int on)
{
	errno = ENODEV;
	return -1;
}

static inline int iopl(int level)
{
	errno = ENODEV;
	return -1;
}

static inline __u8 inb(__u16 port)
{
	return 0xff;
}

static inline void outb(__u8 value, __u16 port)
{
}

#endif
#endif /* _LOCKDOWN_SELFTEST_PORT_H */
