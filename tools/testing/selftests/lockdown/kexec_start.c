// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown selftest helper: stage an unverified kernel, then start it.
 *
 * A raise between the two must leave the staged image unusable.  That it is
 * usable otherwise only shows when it runs, so this is not part of a test run:
 * whoever calls it watches the console for the second kernel's command line.
 *
 *   kexec_start COMMANDLINE [crash] [raise]
 *
 * crash: stage it as the crash image, and crash.  raise: to integrity, between.
 */

#define _GNU_SOURCE
#include <linux/reboot.h>
#include <sys/reboot.h>

#include "common.h"

#ifndef KEXEC_FILE_ON_CRASH
#define KEXEC_FILE_ON_CRASH 0x00000002
#define KEXEC_FILE_NO_INITRAMFS 0x00000004
#endif

static int stage(const char *cmdline, unsigned long flags)
{
	const char *image = getenv("LOCKDOWN_KERNEL_IMAGE");
	int fd, ret;

	fd = open(image ? image : "/boot/bzImage", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = syscall(__NR_kexec_file_load, fd, -1, strlen(cmdline) + 1,
		      cmdline, flags | KEXEC_FILE_NO_INITRAMFS);
	ret = ret ? -errno : 0;
	close(fd);
	return ret;
}

static int start(bool crash)
{
	if (crash)
		return write_text("/proc/sysrq-trigger", "c");
	sync();
	return syscall(__NR_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
		       LINUX_REBOOT_CMD_KEXEC, NULL) ?
		       -errno :
		       0;
}

static int report(const char *what, int ret)
{
	printf("kexec_start: %s: %s\n", what, ret ? errno_name(-ret) : "done");
	fflush(stdout);
	return ret;
}

int main(int argc, char **argv)
{
	bool crash = false, raise = false;
	int i;

	if (argc < 2) {
		fprintf(stderr, "usage: %s COMMANDLINE [crash] [raise]\n",
			argv[0]);
		return 2;
	}
	for (i = 2; i < argc; i++) {
		crash |= !strcmp(argv[i], "crash");
		raise |= !strcmp(argv[i], "raise");
	}

	if (report("stage", stage(argv[1], crash ? KEXEC_FILE_ON_CRASH : 0)))
		return 1;
	if (raise && report("raise", write_text(LOCKDOWN_FILE, "integrity")))
		return 1;
	return report("start", start(crash)) ? 1 : 0;
}
