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
#include <poll.h>
#include <pthread.h>

#include "../kselftest.h"
#include "common.h"
#include "lib/file.h"
#include "lib/kexec.h"
#include "lib/level.h"
#include "lib/userfault.h"

/* More than the code of the staged image has. */
#define STAGED_BYTES 256

#define PARK_TIMEOUT_MS 20000

struct loader {
	__u8 *page;
	int userfaultfd;
	pthread_t thread;
	int result;
};

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

/* Says what keeps an image from being staged, or NULL. */
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

static void *load_another(void *arg)
{
	struct loader *loader = arg;
	const struct segment segment = {
		.buf = loader->page,
		.bufsz = PAGE_BYTES,
		.mem = KEXEC_TARGET,
		.memsz = PAGE_BYTES,
	};

	loader->result = kexec_load(KEXEC_TARGET, &segment, 1, 0);
	return NULL;
}

/* Only the fault proves that it has come as far as the copy. */
static int park_loader(struct loader *loader)
{
	struct pollfd pollfd = { .events = POLLIN };
	int ret;

	loader->page = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (loader->page == MAP_FAILED)
		return -errno;
	loader->userfaultfd = open_userfaultfd(loader->page, PAGE_BYTES);
	if (loader->userfaultfd < 0)
		return loader->userfaultfd;
	ret = -pthread_create(&loader->thread, NULL, load_another, loader);
	if (ret)
		return ret;
	pollfd.fd = loader->userfaultfd;
	return poll(&pollfd, 1, PARK_TIMEOUT_MS) == 1 ? 0 : -ETIMEDOUT;
}

/* Provides the page; what comes of it. */
static int let_loader_go(struct loader *loader)
{
	static const __u8 page[PAGE_BYTES];
	const int ret = provide_page(loader->userfaultfd, loader->page, page);

	return ret ?: -pthread_join(loader->thread, NULL) ?: loader->result;
}

static int execute_image(void)
{
	ksft_print_msg("executing the kexec image\n");
	if (syscall(__NR_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
		    LINUX_REBOOT_CMD_KEXEC, NULL))
		return -errno;
	return 0;
}

static void report(int ret, int expected, const char *what)
{
	if (ret != expected)
		ksft_print_msg("expected %d, got %d\n", expected, ret);
	ksft_test_result(ret == expected, "%s\n", what);
}

int main(void)
{
	struct loader loader = {};
	const char *missing;

	begin_raising();
	missing = no_kexec() ?: no_userfaultfd();
	if (missing)
		ksft_exit_skip("%s\n", missing);
	ksft_set_plan(5);

	report(stage_image(), 0, "none: stage a kexec image");
	report(park_loader(&loader), 0, "none: begin to load another one");
	report(write_text(LOCKDOWN_FILE, "integrity"), 0,
	       "none: write integrity");
	report(let_loader_go(&loader), -EPERM,
	       "integrity: go on to load another one");
	report(execute_image(), -EPERM, "integrity: execute the kexec image");
	ksft_finished();
}
