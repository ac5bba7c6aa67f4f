// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown selftest: what is obtained and used while the level rises.
 *
 * Threads obtain things and use them, as fast as they can: mappings of physical
 * memory, I/O permissions, children that inherit either, open files, modules,
 * staged kernels.  In the midst of that the level rises to integrity.  A use
 * that begins after the write(2) has returned must not succeed, however
 * narrowly its thing was obtained before.
 *
 *	thread				main
 *
 *	obtain				write "integrity"
 *	late = raised			raised = true
 *	use
 *	if it worked and late: a hole
 *
 * The machine stays locked until it reboots, so it runs only when
 * $LOCKDOWN_TEST_RAISE is 1, and once a boot.
 */

#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>

#include "../kselftest.h"
#include "common.h"

/* The POST diagnostic port: a write to it has no effect but a short delay. */
#define PORT_POST 0x80

/* Mappings that a thread has at a time, some older and some younger. */
#define KEPT 64

/* How long it goes on before and after the raise. */
#define BEFORE_MS 2000
#define AFTER_MS 1000

#define HANG_S 240

/* Files of debugfs that root alone may touch. */
static const char *const debugfs_files[] = {
	"/sys/kernel/debug/x86/tlb_single_page_flush_ceiling",
	"/sys/kernel/debug/kprobes/enabled",
};

/* What can be mapped for sure. */
#ifdef __x86_64__
#define AREA 0xf0000
#else
#define AREA page.phys
#endif

static const char no_frame_numbers[] =
	"no frame numbers (CONFIG_PROC_PAGE_MONITOR)";
static const char no_ram[] = "no RAM through /dev/mem (CONFIG_STRICT_DEVMEM)";

static struct own_page page;
static int mem_fd = -1, debugfs_fd = -1;
static atomic_bool stop;
/* The raise is over; shared, for children to see it as well. */
static atomic_bool *raised;

struct kind {
	const char *description;
	const char *missing;
	/* Obtains and uses once; whether that worked. */
	bool (*use)(bool *late);
	pthread_t thread;
	unsigned long worked, refused, holes;
};

static __thread sigjmp_buf fault;
static __thread atomic_bool may_fault;

static void on_fault(int signal)
{
	if (!may_fault)
		_exit(128 + signal);
	siglongjmp(fault, 1);
}

static bool read_byte(const __u8 *at)
{
	bool worked = false;

	if (!sigsetjmp(fault, 1)) {
		may_fault = true;
		/* A read that the compiler must not leave out. */
		asm volatile("" : : "r"(*at) : "memory");
		worked = true;
	}
	may_fault = false;
	return worked;
}

static __u8 *map_page(void)
{
	return mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, mem_fd, AREA);
}

/* One of some that it has, in turn a new one. */
static bool use_mapping(bool *late)
{
	static __u8 *maps[KEPT];
	static unsigned int turn;
	__u8 **map = &maps[turn++ % KEPT];

	if (*map && turn % 3) {
		*late = *raised;
		return read_byte(*map);
	}
	if (*map)
		munmap(*map, PAGE_BYTES);
	*map = map_page();
	if (*map == MAP_FAILED) {
		*map = NULL;
		return false;
	}
	*late = *raised;
	return read_byte(*map);
}

/* In a child, which tells whether it worked, and was late. */
static bool in_child(bool (*use)(void), bool *late)
{
	int status = 0;
	pid_t pid;

	pid = fork();
	if (!pid) {
		const bool after = *raised;
		const bool worked = use();

		_exit(!worked ? 0 : after ? 2 : 1);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return false;
	*late = WEXITSTATUS(status) == 2;
	return WEXITSTATUS(status) == 1 || WEXITSTATUS(status) == 2;
}

static __u8 *inherited_map;

static bool read_inherited(void)
{
	return read_byte(inherited_map);
}

static bool use_inherited(bool *late)
{
	bool worked;

	inherited_map = map_page();
	if (inherited_map == MAP_FAILED)
		return false;
	worked = in_child(read_inherited, late);
	munmap(inherited_map, PAGE_BYTES);
	return worked;
}

static bool write_port(void)
{
	bool worked = false;

	if (!sigsetjmp(fault, 1)) {
		may_fault = true;
		outb(0, PORT_POST);
		worked = true;
	}
	may_fault = false;
	return worked;
}

/* It has one port, and asks for another again and again. */
static bool use_ioperm(bool *late)
{
	static bool granted;

	if (!granted && ioperm(PORT_POST, 1, 1))
		return false;
	granted = true;
	ioperm(PORT_POST + 1, 1, 0);
	ioperm(PORT_POST + 1, 1, 1);
	*late = *raised;
	return write_port();
}

static bool use_inherited_iopl(bool *late)
{
	static bool granted;

	if (!granted && iopl(3))
		return false;
	granted = true;
	return in_child(write_port, late);
}

static bool use_open(bool *late)
{
	bool worked;
	__u8 byte;
	int fd;

	fd = open("/dev/mem", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	*late = *raised;
	worked = pread(fd, &byte, 1, AREA) == 1;
	close(fd);
	return worked;
}

static bool use_debugfs(bool *late)
{
	char text[32];

	*late = *raised;
	return pread(debugfs_fd, text, sizeof(text), 0) > 0;
}

static int module_fd = -1;

/* What the raise has met half loaded, and has let go on. */
static bool is_residue(void)
{
	static char text[65536];

	return read_text(LOCKDOWN_RESIDUE, text, sizeof(text)) > 0 &&
	       strstr(text, "unsigned module " PROBE_MODULE);
}

/* Obtained and used in one; one that ends late must have been told of. */
static bool use_module(bool *late)
{
	*late = *raised;
	if (syscall(__NR_finit_module, module_fd, "", 0))
		return false;
	if (*raised && !is_residue())
		*late = true;
	unload_module();
	return true;
}

/* It is not started: that it is there to be started is enough. */
static bool use_kexec(bool *late)
{
	static const __u8 code[PAGE_BYTES];
	const struct segment segment = { code, PAGE_BYTES, KEXEC_TARGET,
					 PAGE_BYTES };
	bool worked;

	kexec_load(KEXEC_TARGET, &segment, 1, 0);
	*late = *raised;
	worked = read_number("/sys/kernel/kexec_loaded") == 1;
	kexec_load(0, NULL, 0, 0);
	return worked;
}

static struct kind kinds[] = {
	{ .description = "mappings of /dev/mem", .use = use_mapping },
	{ .description = "mappings of /dev/mem, inherited",
	  .use = use_inherited },
	{ .description = "ports, by ioperm", .use = use_ioperm },
	{ .description = "ports, by iopl, inherited",
	  .use = use_inherited_iopl },
	{ .description = "opening /dev/mem", .use = use_open },
	{ .description = "a file of debugfs", .use = use_debugfs },
	{ .description = "loading an unsigned module", .use = use_module },
	{ .description = "staging a kexec image", .use = use_kexec },
};

static void *run_kind(void *data)
{
	struct kind *kind = data;
	bool late, worked;

	while (!stop) {
		late = false;
		worked = kind->use(&late);
		if (!worked)
			kind->refused++;
		else if (late)
			kind->holes++;
		else
			kind->worked++;
	}
	return NULL;
}

static const char *missing_for(const struct kind *kind)
{
	if (kind->use == use_debugfs)
		return debugfs_fd < 0 ? "no file to read in debugfs" : NULL;
	if (kind->use == use_module)
		return module_fd < 0 || module_loaded() ?
			       "no lockdown_probe.ko, or module loaded" :
			       NULL;
	if (kind->use == use_kexec)
		return have_kexec_load() ? NULL :
					   "no kexec_load (CONFIG_KEXEC)";
	if (kind->use == use_ioperm || kind->use == use_inherited_iopl)
		return ioperm(PORT_POST, 1, 0) ?
			       "no ports (CONFIG_X86_IOPL_IOPERM)" :
			       NULL;
	if (mem_fd < 0)
		return "no /dev/mem (CONFIG_DEVMEM)";
	if (!page.phys)
		return no_frame_numbers;
	return pread(mem_fd, &(__u8){ 0 }, 1, AREA) == 1 ? NULL : no_ram;
}

static void start_all(void)
{
	struct kind *kind;
	size_t i;

	mem_fd = open("/dev/mem", O_RDONLY | O_CLOEXEC);
	for (i = 0; i < ARRAY_SIZE(debugfs_files) && debugfs_fd < 0; i++)
		debugfs_fd = open(debugfs_files[i], O_RDONLY | O_CLOEXEC);
	module_fd = open_module("lockdown_probe.ko");
	for (kind = kinds; kind < kinds + ARRAY_SIZE(kinds); kind++) {
		kind->missing = missing_for(kind);
		if (!kind->missing &&
		    pthread_create(&kind->thread, NULL, run_kind, kind))
			ksft_exit_fail_msg("pthread_create\n");
	}
}

static void end(struct kind *kind)
{
	if (kind->missing) {
		ksft_test_result_skip("%s: %s\n", kind->description,
				      kind->missing);
		return;
	}
	pthread_join(kind->thread, NULL);
	ksft_print_msg("%s: %lu worked, %lu were refused, %lu too late\n",
		       kind->description, kind->worked, kind->refused,
		       kind->holes);
	ksft_test_result(kind->worked && kind->refused && !kind->holes, "%s\n",
			 kind->description);
}

int main(void)
{
	const struct sigaction action = { .sa_handler = on_fault,
					  .sa_flags = SA_NODEFER };
	size_t i;
	int ret;

	begin_raising();

	ksft_set_plan(ARRAY_SIZE(kinds) + 1);
	raised = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (raised == MAP_FAILED)
		ksft_exit_fail_msg("mmap\n");
	alarm(HANG_S);
	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGSEGV, &action, NULL);
	if (own_page(&page))
		page.phys = 0;
	/* What a child reads must be what the parent has, not a copy. */
	if (page.phys)
		madvise(page.virt, PAGE_BYTES, MADV_DONTFORK);

	start_all();
	usleep(BEFORE_MS * 1000);
	ret = write_text(LOCKDOWN_FILE, "integrity");
	*raised = true;
	usleep(AFTER_MS * 1000);
	stop = true;

	ksft_test_result(!ret && lockdown_level() == LEVEL_INTEGRITY,
			 "raise in the midst of it\n");
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		end(&kinds[i]);
	ksft_finished();
}
