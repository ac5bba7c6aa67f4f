// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown selftest helper: stage an unverified kernel, then start it.
 *
 * A raise between the two must leave the staged image unusable.  Without a
 * raise, only its run shows that it is usable, so this is not part of a test
 * run: the caller watches the console for the second kernel's command line.
 *
 *   kexec_start COMMANDLINE [crash] [raise] [stage]
 *
 * crash: stage it as the crash image, and crash.  raise: to integrity, between.
 * stage: drop it again, and do not start it.
 * $LOCKDOWN_KERNEL_INITRD: its initramfs, else it gets none.
 * $LOCKDOWN_IMA_SIGNATURE: a file to become the image's security.ima first.
 */

#define _GNU_SOURCE
#include <linux/reboot.h>
#include <sys/reboot.h>
#include <sys/xattr.h>

#include "common.h"
#include "lib/file.h"
#include "lib/level.h"

#ifndef KEXEC_FILE_ON_CRASH
#define KEXEC_FILE_UNLOAD 0x00000001
#define KEXEC_FILE_ON_CRASH 0x00000002
#define KEXEC_FILE_NO_INITRAMFS 0x00000004
#endif

static const char *image_path(void)
{
	const char *image = getenv("LOCKDOWN_KERNEL_IMAGE");

	return image ? image : "/boot/bzImage";
}

static int sign(const char *signature)
{
	char value[1024];
	ssize_t len;
	int fd;

	fd = open(signature, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	len = read(fd, value, sizeof(value));
	close(fd);
	if (len < 0 || setxattr(image_path(), "security.ima", value, len, 0))
		return -errno;
	return 0;
}

static int stage(const char *cmdline, unsigned long flags)
{
	const char *initrd = getenv("LOCKDOWN_KERNEL_INITRD");
	int fd, initrd_fd = -1, ret;

	fd = open(image_path(), O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (initrd)
		initrd_fd = open(initrd, O_RDONLY | O_CLOEXEC);
	if (initrd_fd < 0)
		flags |= KEXEC_FILE_NO_INITRAMFS;
	ret = syscall(__NR_kexec_file_load, fd, initrd_fd, strlen(cmdline) + 1,
		      cmdline, flags);
	ret = ret ? -errno : 0;
	close(fd);
	if (initrd_fd >= 0)
		close(initrd_fd);
	return ret;
}

static int drop(void)
{
	return syscall(__NR_kexec_file_load, -1, -1, 0, NULL,
		       KEXEC_FILE_UNLOAD) ?
		       -errno :
		       0;
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
	const char *signature = getenv("LOCKDOWN_IMA_SIGNATURE");
	bool crash = false, raise = false, only_stage = false;
	int i;

	if (argc < 2) {
		fprintf(stderr,
			"usage: %s COMMANDLINE [crash] [raise] [stage]\n",
			argv[0]);
		return 2;
	}
	for (i = 2; i < argc; i++) {
		crash |= !strcmp(argv[i], "crash");
		raise |= !strcmp(argv[i], "raise");
		only_stage |= !strcmp(argv[i], "stage");
	}

	if (signature && *signature && report("sign", sign(signature)))
		return 1;
	if (report("stage", stage(argv[1], crash ? KEXEC_FILE_ON_CRASH : 0)))
		return 1;
	if (only_stage)
		return report("drop", drop()) ? 1 : 0;
	if (raise && report("raise", write_text(LOCKDOWN_FILE, "integrity")))
		return 1;
	return report("start", start(crash)) ? 1 : 0;
}
