/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * QEMU's edu: a PCI device that copies between memory and a buffer of its own.
 */

#ifndef _LOCKDOWN_SELFTEST_EDU_H
#define _LOCKDOWN_SELFTEST_EDU_H

#include <linux/types.h>

#define PCI_BUS "/sys/bus/pci/"

#define EDU_IDS "PCI_ID=1234:11E8"
#define EDU_BAR_BYTES 0x100000
#define EDU_DMA 0x80
#define EDU_DMA_FROM_DEVICE 2ULL
#define EDU_DMA_START 1ULL
#define EDU_BUFFER 0x40000

/* A device reads and writes this word: do not cache it. */
#define get_device(from) __atomic_load_n(from, __ATOMIC_ACQUIRE)
#define put_device(to, value) __atomic_store_n(to, value, __ATOMIC_RELEASE)

struct held;
struct own_page;

/**
 * struct edu - a device that a thing has taken
 * @name: the device; empty if none was taken
 * @driver: the driver that it was given to
 */
struct edu {
	char name[16];
	const char *driver;
};

int find_edu(struct held *held, struct edu *edu);
int take_edu(struct held *held, struct edu *edu, const char *driver,
	     const char *option);
void give_back_edu(const struct edu *edu);
int make_edu_master(const struct edu *edu);
int check_edu_master(const struct edu *edu);
int write_edu(const struct edu *edu, const char *file, const char *text);
int map_edu(int fd, __u64 offset, __u8 **bar);
int try_map_edu(int fd, __u64 offset);
int edu_copy(__u8 *bar, __u64 from, __u64 to, __u64 command);
int edu_write(__u8 *bar, struct own_page *page);

#endif /* _LOCKDOWN_SELFTEST_EDU_H */
