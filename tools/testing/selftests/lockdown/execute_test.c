// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown selftest: an image that a raise could not take is not executed.
 *
 * Another image is being loaded during the raise, and its loader holds the lock
 * that the raise needs to take the first one: the loader is stopped in the copy
 * from a page that is not there.
 *
 * A kernel that fails the last result executes the image, which reports that on
 * the serial console and resets the machine. The machine stays locked until it
 * reboots. So this is a program of its own, which runs only when
 * $LOCKDOWN_TEST_RAISE is 1, and once a boot.
 */

#define _GNU_SOURCE
#include <linux/reboot.h>

#include "common.h"
#include "lib/file.h"
#include "lib/kexec.h"
#include "lib/level.h"
#include "lib/row.h"
#include "lib/userfault.h"

/* Exceeds the size of the staged image's code. */
#define STAGED_BYTES 256

#ifdef __x86_64__
/*
 * The image that is staged: it tells the first serial port that it runs, and
 * resets the machine.  It is entered in 64-bit mode, with its pages mapped
 * where they are, and has no stack.
 */
static void __attribute__((naked)) staged_code(void)
{
	asm volatile("	lea	5f(%rip), %rsi\n"
		     "1:	lodsb\n"
		     "	test	%al, %al\n"
		     "	jz	3f\n"
		     "	mov	%al, %bl\n"
		     "	mov	$0x3fd, %edx\n"
		     "2:	in	%dx, %al\n"
		     "	test	$0x20, %al\n"
		     "	jz	2b\n"
		     "	mov	$0x3f8, %edx\n"
		     "	mov	%bl, %al\n"
		     "	out	%al, %dx\n"
		     "	jmp	1b\n"
		     "3:	mov	$0xcf9, %edx\n"
		     "	mov	$0x6, %al\n"
		     "	out	%al, %dx\n"
		     "4:	hlt\n"
		     "	jmp	4b\n"
		     "5:	.asciz	\"\\nnot ok - kexec image ran\\n\"\n");
}
#else
static const __u8 staged_code[STAGED_BYTES];
#endif

/* Return why no image can be staged, or NULL. */
static const char *no_kexec(void)
{
#ifdef __x86_64__
	if (!have_kexec_load())
		return "no kexec_load (CONFIG_KEXEC)";
	if (read_number("/sys/kernel/kexec_loaded") > 0)
		return "a kexec image is loaded already";
	return NULL;
#else
	return "no code for this machine that says that it ran";
#endif
}

static int stage_image(void)
{
	const struct segment segment = {
		.buf = staged_code,
		.bufsz = STAGED_BYTES,
		.mem = KEXEC_TARGET,
		.memsz = PAGE_BYTES,
	};
	const int ret = kexec_load(KEXEC_TARGET, &segment, 1, 0);

	if (ret)
		return ret;
	return read_number("/sys/kernel/kexec_loaded") == 1 ? 0 : -EIO;
}

static int load_another(const void *page)
{
	const struct segment segment = {
		.buf = page,
		.bufsz = PAGE_BYTES,
		.mem = KEXEC_TARGET,
		.memsz = PAGE_BYTES,
	};

	return kexec_load(KEXEC_TARGET, &segment, 1, 0);
}

static int execute_image(void)
{
	ksft_print_msg("executing the kexec image\n");
	if (syscall(__NR_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
		    LINUX_REBOOT_CMD_KEXEC, NULL))
		return -errno;
	return 0;
}

int main(void)
{
	struct parked_call loader = { .call = load_another };
	const char *missing;

	begin_raising();
	missing = no_kexec() ?: no_userfaultfd();
	if (missing)
		ksft_exit_skip("%s\n", missing);
	report_plan(5);

	report_result(stage_image(), 0, "none: stage a kexec image");
	report_result(park_call(&loader), 0, "none: begin to load another one");
	report_result(write_text(LOCKDOWN_FILE, "integrity"), 0,
		      "none: write integrity");
	report_result(release_call(&loader, "", 0), -EPERM,
		      "integrity: go on to load another one");
	report_result(execute_image(), -EPERM,
		      "integrity: execute the kexec image");
	report_end();
}
