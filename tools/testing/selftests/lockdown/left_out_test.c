// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown selftest: what the command line takes away does not open the line.
 *
 * For a kernel whose command line has left initcalls out, or other parts.  Each
 * thing is obtained by a child, which may be killed meanwhile, and must be of
 * no use after a raise.  A source that is left out together with its revoker is
 * absent, which is as good; all such kernels have the other things.
 *
 * The machine stays locked until it reboots, so it runs only when
 * $LOCKDOWN_TEST_RAISE is 1, and once a boot.
 */

#define _GNU_SOURCE
#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "../kselftest.h"
#include "common.h"
#include "lib/file.h"
#include "lib/kexec.h"
#include "lib/level.h"
#include "lib/module.h"
#include "lib/port.h"

/* The POST diagnostic port: a write to it has no effect but a short delay. */
#define PORT_POST 0x80

/* The BIOS of a PC, which can be mapped for sure. */
#define AREA 0xf0000

#define OBTAIN_TIMEOUT_MS 10000

static int fd;
static const __u8 *map;

static bool open_file(const char *path)
{
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd >= 0;
}

static bool obtain_map(void)
{
	if (!open_file("/dev/mem"))
		return false;
	map = mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, fd, AREA);
	return map != MAP_FAILED;
}

static bool use_map(void)
{
	/* Read so that the compiler cannot drop the access. */
	asm volatile("" : : "r"(*map) : "memory");
	return true;
}

static bool obtain_bar(void)
{
	glob_t found;
	size_t i;

	map = MAP_FAILED;
	if (glob("/sys/bus/pci/devices/*/resource[0-9]", 0, NULL, &found))
		return false;
	for (i = 0; i < found.gl_pathc && map == MAP_FAILED; i++) {
		if (!open_file(found.gl_pathv[i]))
			continue;
		map = mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, fd, 0);
	}
	globfree(&found);
	return map != MAP_FAILED;
}

static bool obtain_trace(void)
{
	return open_file(TRACEFS "trace");
}

static bool use_trace(void)
{
	return pread(fd, &(__u8){ 0 }, 1, 0) == 1;
}

static bool obtain_mem(void)
{
	return open_file("/dev/mem");
}

static bool use_mem(void)
{
	return pread(fd, &(__u8){ 0 }, 1, AREA) == 1;
}

static bool obtain_port(void)
{
	return !ioperm(PORT_POST, 1, 1);
}

static bool use_port(void)
{
	outb(0, PORT_POST);
	return true;
}

static bool obtain_debugfs(void)
{
	return open_file("/sys/kernel/debug/x86/tlb_single_page_flush_ceiling");
}

static bool use_debugfs(void)
{
	return pread(fd, &(__u8){ 0 }, 1, 0) == 1;
}

static bool obtain_kexec(void)
{
	static const __u8 code[PAGE_BYTES];
	const struct segment segment = { code, PAGE_BYTES, KEXEC_TARGET,
					 PAGE_BYTES };

	return !kexec_load(KEXEC_TARGET, &segment, 1, 0);
}

static bool use_kexec(void)
{
	return read_number("/sys/kernel/kexec_loaded") == 1;
}

static bool obtain_module(void)
{
	fd = open_module("lockdown_probe.ko");
	return fd >= 0;
}

static bool use_module(void)
{
	return !syscall(__NR_finit_module, fd, "", 0);
}

static struct thing {
	const char *description;
	bool (*obtain)(void);
	bool (*use)(void);
	bool may_be_absent;
	pid_t pid;
	int go;
	bool had;
} things[] = {
	{ .description = "a mapping of /dev/mem",
	  .obtain = obtain_map,
	  .use = use_map },
	{ .description = "a mapping of a PCI resource",
	  .obtain = obtain_bar,
	  .use = use_map,
	  .may_be_absent = true },
	{ .description = "the trace",
	  .obtain = obtain_trace,
	  .use = use_trace,
	  .may_be_absent = true },
	{ .description = "an open /dev/mem",
	  .obtain = obtain_mem,
	  .use = use_mem },
	{ .description = "a port", .obtain = obtain_port, .use = use_port },
	{ .description = "an open file of debugfs",
	  .obtain = obtain_debugfs,
	  .use = use_debugfs },
	{ .description = "a staged kexec image",
	  .obtain = obtain_kexec,
	  .use = use_kexec },
	{ .description = "an unsigned module",
	  .obtain = obtain_module,
	  .use = use_module },
};

/* Exit with 0 if the use was refused, and 1 if not. */
static void be_child(const struct thing *thing, int obtained, int go)
{
	char byte;

	if (!thing->obtain())
		_exit(2);
	if (write(obtained, "", 1) != 1 || read(go, &byte, 1) != 1)
		_exit(3);
	_exit(thing->use());
}

static void obtain(struct thing *thing)
{
	struct pollfd pollfd = { .events = POLLIN };
	int obtained[2], go[2];
	char byte;

	if (pipe(obtained) || pipe(go))
		ksft_exit_fail_msg("pipe\n");
	fflush(stdout);
	thing->pid = fork();
	if (!thing->pid) {
		close(obtained[0]);
		be_child(thing, obtained[1], go[0]);
	}
	close(obtained[1]);
	pollfd.fd = obtained[0];
	/* A child that oopsed may hang. */
	thing->had = poll(&pollfd, 1, OBTAIN_TIMEOUT_MS) == 1 &&
		     read(obtained[0], &byte, 1) == 1;
	thing->go = go[1];
	ksft_print_msg("%s: %s\n", thing->description,
		       thing->had	    ? "obtained" :
		       thing->may_be_absent ? "absent" :
					      "cannot be obtained");
}

static bool is_refused(const struct thing *thing)
{
	int status;

	if (!thing->had)
		return true;
	if (write(thing->go, "", 1) != 1 ||
	    waitpid(thing->pid, &status, 0) != thing->pid)
		return false;
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGBUS ||
		       WTERMSIG(status) == SIGSEGV;
	return WEXITSTATUS(status) == 0;
}

int main(void)
{
	size_t i;
	int ret;

	begin_raising();
	ksft_set_plan(ARRAY_SIZE(things) + 1);
	for (i = 0; i < ARRAY_SIZE(things); i++)
		obtain(&things[i]);
	ret = write_text(LOCKDOWN_FILE, "confidentiality");
	ksft_test_result(!ret && lockdown_level() == LEVEL_CONFIDENTIALITY,
			 "the raise\n");
	for (i = 0; i < ARRAY_SIZE(things); i++)
		ksft_test_result(is_refused(&things[i]), "%s\n",
				 things[i].description);
	ksft_finished();
}
