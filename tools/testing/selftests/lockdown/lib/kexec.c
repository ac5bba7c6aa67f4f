// SPDX-License-Identifier: GPL-2.0-only
/* Kexec images. */

#define _GNU_SOURCE
#include <sys/syscall.h>

#include "../common.h"
#include "file.h"
#include "kexec.h"

/* Make the system call; return 0 or -errno. */
int kexec_load(unsigned long entry, const struct segment *segments,
	       unsigned long nr_segments, unsigned long flags)
{
	if (syscall(__NR_kexec_load, entry, nr_segments, segments, flags))
		return -errno;
	return 0;
}

/**
 * have_kexec_load - find out whether the kernel has kexec_load(2)
 *
 * A kernel that has it refuses flags that do not exist with -EINVAL, or with
 * -EPERM when it does not look at them.
 *
 * Return: true if it has it.
 */
bool have_kexec_load(void)
{
	const int ret = kexec_load(0, NULL, 0, ~0UL);

	return ret == -EINVAL || ret == -EPERM;
}

/* Return the start of the memory of crashkernel=, or 0 without such memory. */
unsigned long crash_memory(void)
{
	unsigned long start = 0;
	char line[256];
	FILE *iomem;

	if (read_number("/sys/kernel/kexec_crash_size") <= 0)
		return 0;

	iomem = fopen("/proc/iomem", "re");
	if (!iomem)
		return 0;
	while (fgets(line, sizeof(line), iomem)) {
		if (strstr(line, "Crash kernel")) {
			start = strtoul(line, NULL, 16);
			break;
		}
	}
	fclose(iomem);
	return start;
}
