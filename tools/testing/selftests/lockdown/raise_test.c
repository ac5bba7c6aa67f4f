// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown selftest: a raise is a guarantee for what was obtained before it.
 *
 * Everything is obtained at none and used there, which must work.  Then the
 * level is raised to integrity, and later to confidentiality, and everything
 * is used again, which must fail: kept file descriptors, and system calls that
 * were parked in a user copy, after their first check and before their effect,
 * while the level was raised.
 *
 * The machine stays locked until it reboots, and a kernel that fails the last
 * test executes a staged image, which reports that on the serial console and
 * resets the machine.  So it runs only when $LOCKDOWN_TEST_RAISE is 1, and once
 * a boot, which is also why this is one sequence and not a set of fixtures.
 */

#define _GNU_SOURCE
#include <linux/fuse.h>
#include <linux/reboot.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/mount.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "../kselftest.h"
#include "common.h"

/* More than the code of the staged image has. */
#define STAGED_BYTES 256

/* A number that may be changed, in a file that any handler might have. */
#define DEBUGFS_FILE "/sys/kernel/debug/fault_around_bytes"
#define DEBUGFS_BEFORE "65536"
#define DEBUGFS_AFTER "16384"

/* A listener is asked about reads of it. */
#define WATCHED_TRACEFS TRACEFS "buffer_percent"

/* Files of lockdown_pages.ko. */
#define SLOW_FILE "/sys/kernel/debug/lockdown_pages"
#define HANDLERS_FILE "/sys/kernel/debug/lockdown_handlers"

/* A write of that takes seconds, and is at it after this time. */
#define SLOW_MS "3000"
#define SLOW_BEGINS_US 100000

/* Served by ourselves: its only page comes when we like. */
#define FUSE_FILE "/tmp/lockdown_fuse"

#define PARK_TIMEOUT_MS 20000
/* A thread that sleeps for so long waits for what does not come by itself. */
#define ASLEEP_MS 200
#define RAISE_TIMEOUT_S 30
/* Two waits of 20 ms at most, and much room for a busy machine. */
#define RAISE_BOUND_US 3000000

static struct {
	int debugfs;
	int debugfs_fuse;
	int handlers;
	int handlers_too;
	int handlers_read;
	__u8 *module;
	size_t module_len;
	bool staged;
} held;

static int result_of(ssize_t done, size_t expected)
{
	if (done < 0)
		return -errno;
	return (size_t)done == expected ? 0 : -EIO;
}

/*
 * A system call that is stopped in the middle: it copies from a page that is
 * not there until the page is provided, which userfaultfd lets us decide, or a
 * file system of ours.  Or it waits for a lock, which another one holds that is
 * stopped like that.
 */
struct parked {
	const char *description;
	int denied_from;
	/* Says what keeps it from being tried, or NULL. */
	const char *(*missing)(void);
	/* Fills the page, if not with zeroes. */
	void (*fill)(__u8 *page);
	/* If there is a lock: who holds it, and copies from or to @hole. */
	int (*hold)(__u8 *hole);
	/* How a raise has that end, if the copy is not the last of it. */
	int hold_error;
	/* The call, which copies from @hole last, or waits: 0 or -errno. */
	int (*call)(__u8 *hole);
	/* Both NULL where only the result tells. */
	bool (*took_effect)(void);
	int (*undo)(void);
	/* How it fails, if not with EPERM. */
	int error;
	/* The page is of a file, whose reader a raise cannot wake. */
	bool by_fuse;
	/* It cannot be stopped any more, but residue names this file. */
	const char *named;

	__u8 *region;
	/* Says that the page is wanted: a userfaultfd, or an eventfd. */
	int wanted;
	int fuse;
	/* The path of a file that is read and mapped in the place of FUSE's. */
	const char *backing;
	atomic_ullong read;
	pthread_t server;
	pthread_t thread, holder;
	atomic_int tid;
	const char *skipped;
	int result, held;
};

static const char *no_probe_module(void)
{
	if (access("/proc/modules", F_OK))
		return "no loadable modules (CONFIG_MODULES)";
	return held.module ? NULL : "no lockdown_probe.ko, or module loaded";
}

static void fill_module(__u8 *page)
{
	memcpy(page, "number=1", sizeof("number=1"));
}

static int call_module(__u8 *hole)
{
	if (syscall(__NR_init_module, held.module, held.module_len, hole))
		return -errno;
	return 0;
}

static const char *no_crash_memory(void)
{
	if (!have_kexec_load())
		return "no kexec_load (CONFIG_KEXEC)";
	if (read_number("/sys/kernel/kexec_crash_loaded") > 0)
		return "a crash image is loaded already";
	return crash_memory() ? NULL : "no crash memory (crashkernel=)";
}

static void fill_kexec(__u8 *page)
{
	memset(page, 0, PAGE_BYTES);
}

static int call_kexec(__u8 *hole)
{
	const unsigned long target = crash_memory();
	const struct segment segment = { hole, PAGE_BYTES, target, PAGE_BYTES };

	return kexec_load(target, &segment, 1, KEXEC_ON_CRASH);
}

static bool effect_kexec(void)
{
	return read_number("/sys/kernel/kexec_crash_loaded") == 1;
}

static int undo_kexec(void)
{
	return kexec_load(0, NULL, 0, KEXEC_ON_CRASH);
}

static bool file_says(const char *path, const char *text)
{
	char now[32];

	return read_text(path, now, sizeof(now)) > 0 &&
	       !strncmp(now, text, strlen(text));
}

static int write_file(int fd, const void *text, size_t len)
{
	return result_of(write(fd, text, len), len);
}

static const char *no_debugfs(void)
{
	return held.debugfs < 0 ? "no " DEBUGFS_FILE " (CONFIG_DEBUG_FS)" : NULL;
}

static void fill_debugfs(__u8 *page)
{
	memcpy(page, DEBUGFS_AFTER, sizeof(DEBUGFS_AFTER));
}

static const char *no_debugfs_or_fuse(void)
{
	return access("/dev/fuse", F_OK) ? "no /dev/fuse (CONFIG_FUSE_FS)" :
					   no_debugfs();
}

/* A file of its own: the other one is locked by who is parked there. */
static int call_debugfs_fuse(__u8 *hole)
{
	const int fd = held.debugfs_fuse;

	return write_file(fd, hole, strlen(DEBUGFS_AFTER));
}

static int call_debugfs(__u8 *hole)
{
	return write_file(held.debugfs, hole, strlen(DEBUGFS_AFTER));
}

/* After the raise nobody can look. */
static bool effect_debugfs(void)
{
	return file_says(DEBUGFS_FILE, DEBUGFS_AFTER);
}

static int undo_debugfs(void)
{
	return write_file(held.debugfs, DEBUGFS_BEFORE, strlen(DEBUGFS_BEFORE));
}

static const char *no_handlers(void)
{
	return held.handlers < 0 ? "no lockdown_pages.ko" : NULL;
}

/* It takes no time. */
static void fill_handlers(__u8 *page)
{
	page[0] = '0';
}

static int call_handlers(__u8 *hole)
{
	return write_file(held.handlers, hole, 1);
}

/* The handler is called for each segment, and is parked in the first one. */
static int call_handlers_twice(__u8 *hole)
{
	const struct iovec iov[] = { { hole, 1 }, { "0", 1 } };
	const ssize_t put = writev(held.handlers_too, iov, ARRAY_SIZE(iov));

	return put == 1 ? -EPERM : result_of(put, 2);
}

static struct parked parked[] = {
	{
		.description = "init_module of an unsigned module",
		.denied_from = LEVEL_INTEGRITY,
		.missing = no_probe_module,
		.fill = fill_module,
		.call = call_module,
		.took_effect = module_loaded,
		.undo = unload_module,
	},
	{
		.description = "kexec_load of a crash image",
		.denied_from = LEVEL_INTEGRITY,
		.missing = no_crash_memory,
		.fill = fill_kexec,
		.call = call_kexec,
		.took_effect = effect_kexec,
		.undo = undo_kexec,
	},
	{
		.description = "write to a debugfs file",
		.denied_from = LEVEL_INTEGRITY,
		.missing = no_debugfs,
		.fill = fill_debugfs,
		.call = call_debugfs,
		.took_effect = effect_debugfs,
		.undo = undo_debugfs,
	},
	{
		.description = "write to a debugfs file from a page of FUSE",
		.denied_from = LEVEL_INTEGRITY,
		.missing = no_debugfs_or_fuse,
		.by_fuse = true,
		.fill = fill_debugfs,
		.call = call_debugfs_fuse,
		.took_effect = effect_debugfs,
		.undo = undo_debugfs,
	},
	/* The check stands in front of the handler, and its copy. */
	{
		.description = "write to a debugfs file of a module",
		.denied_from = LEVEL_INTEGRITY,
		.missing = no_handlers,
		.fill = fill_handlers,
		.call = call_handlers,
		.named = "lockdown_handlers",
	},
	{
		.description = "second segment for a handler of debugfs",
		.denied_from = LEVEL_INTEGRITY,
		.missing = no_handlers,
		.fill = fill_handlers,
		.call = call_handlers_twice,
	},
	{
	},
};

static void *run_parked(void *data)
{
	struct parked *p = data;
	__u8 *const hole = p->region + PAGE_BYTES;

	p->tid = gettid();
	p->result = p->call(hole);
	return NULL;
}

static void *run_holder(void *data)
{
	struct parked *p = data;

	p->held = p->hold(p->region + PAGE_BYTES);
	return NULL;
}

static bool is_asleep(int tid)
{
	char path[64], text[512], *state;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	if (read_text(path, text, sizeof(text)) <= 0)
		return false;
	state = strrchr(text, ')');
	return state && (state[2] == 'D' || state[2] == 'S');
}

/* For the lock: nothing else in its way takes so long. */
static int wait_asleep(struct parked *p)
{
	int asleep = 0, ms;

	for (ms = 0; ms < PARK_TIMEOUT_MS; ms += 10) {
		asleep = p->tid && is_asleep(p->tid) ? asleep + 10 : 0;
		if (asleep == ASLEEP_MS)
			return p->result == -EINPROGRESS ? 0 : -EALREADY;
		usleep(10000);
	}
	return -ETIMEDOUT;
}

static void answer(const struct parked *p, __u64 unique, int error,
		   const void *data, size_t len)
{
	struct fuse_out_header header = {
		.len = sizeof(header) + len,
		.unique = unique,
		.error = -error,
	};
	struct iovec iov[] = {
		{ &header, sizeof(header) },
		{ (void *)data, len },
	};

	/* Fails for what nobody waits for any more. */
	if (writev(p->fuse, iov, len ? 2 : 1) < 0 && errno != ENOENT)
		ksft_print_msg("fuse: %s\n", errno_name(errno));
}

/* Has the kernel take another file for the one that is being opened. */
static void answer_open(const struct parked *p, __u64 unique)
{
	struct fuse_open_out opened = {};
	struct fuse_backing_map map = {};

	if (p->backing) {
		map.fd = open(p->backing, O_RDONLY | O_CLOEXEC);
		opened.open_flags = FOPEN_PASSTHROUGH;
		opened.backing_id =
			ioctl(p->fuse, FUSE_DEV_IOC_BACKING_OPEN, &map);
		close(map.fd);
	}
	if (opened.backing_id < 0)
		answer(p, unique, EOPNOTSUPP, NULL, 0);
	else
		answer(p, unique, 0, &opened, sizeof(opened));
}

/* The root of the file system is the file. */
static void serve_request(struct parked *p, const struct fuse_in_header *header)
{
	static const struct fuse_init_out init = {
		.major = FUSE_KERNEL_VERSION,
		.minor = FUSE_KERNEL_MINOR_VERSION,
		.max_write = PAGE_BYTES,
		.flags = FUSE_INIT_EXT,
		.flags2 = FUSE_PASSTHROUGH >> 32,
		.max_stack_depth = 1,
	};
	static const struct fuse_attr_out attr = {
		.attr_valid = 3600,
		.attr = {
			.ino = FUSE_ROOT_ID,
			.size = PAGE_BYTES,
			.mode = S_IFREG | 0600,
			.nlink = 1,
			.blksize = PAGE_BYTES,
		},
	};

	switch (header->opcode) {
	case FUSE_INIT:
		answer(p, header->unique, 0, &init, sizeof(init));
		break;
	case FUSE_GETATTR:
		answer(p, header->unique, 0, &attr, sizeof(attr));
		break;
	case FUSE_OPEN:
		answer_open(p, header->unique);
		break;
	case FUSE_READ:
		p->read = header->unique;
		eventfd_write(p->wanted, 1);
		break;
	default:
		answer(p, header->unique, EOPNOTSUPP, NULL, 0);
	}
}

static void *serve(void *data)
{
	struct parked *p = data;
	union {
		struct fuse_in_header header;
		__u8 bytes[2 * FUSE_MIN_READ_BUFFER];
	} request;

	/* Ends when it is unmounted. */
	while (read(p->fuse, &request, sizeof(request)) > 0)
		serve_request(p, &request.header);
	return NULL;
}

static int map_fuse_file(void *where)
{
	const int fd = open(FUSE_FILE, O_RDONLY | O_CLOEXEC);
	struct stat stat;
	int ret;

	/* Without fstat() the kernel would not know that there is a page. */
	if (fd < 0 || fstat(fd, &stat))
		return -errno;
	ret = result_of((long)mmap(where, PAGE_BYTES, PROT_READ,
				   MAP_PRIVATE | MAP_FIXED, fd, 0),
			(long)where);
	close(fd);
	return ret;
}

static int mount_fuse_file(struct parked *p)
{
	char options[64];
	int ret;

	close(open(FUSE_FILE, O_CREAT | O_CLOEXEC, 0600));
	p->wanted = eventfd(0, EFD_CLOEXEC);
	p->fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (p->wanted < 0 || p->fuse < 0)
		return -errno;
	snprintf(options, sizeof(options),
		 "fd=%d,rootmode=100000,user_id=0,group_id=0", p->fuse);
	if (mount("lockdown", FUSE_FILE, "fuse", 0, options))
		return -errno;
	ret = pthread_create(&p->server, NULL, serve, p);
	return -ret;
}

static void unmount_fuse_file(struct parked *p)
{
	umount2(FUSE_FILE, MNT_DETACH);
	unlink(FUSE_FILE);
	pthread_join(p->server, NULL);
	close(p->fuse);
}

static int make_fuse_hole(struct parked *p)
{
	const int ret = mount_fuse_file(p);

	return ret ? ret : map_fuse_file(p->region + PAGE_BYTES);
}

static int make_userfault_hole(struct parked *p)
{
	p->wanted = open_userfaultfd(p->region + PAGE_BYTES, PAGE_BYTES);
	return p->wanted < 0 ? p->wanted : 0;
}

/* Two pages, of which the second is the hole that a call gets stuck in. */
static int make_hole(struct parked *p)
{
	p->region = mmap(NULL, 2 * PAGE_BYTES, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p->region == MAP_FAILED)
		return -errno;
	return p->by_fuse ? make_fuse_hole(p) : make_userfault_hole(p);
}

/* Provides the page. */
static int fill_hole(struct parked *p, const __u8 *page)
{
	if (!p->by_fuse)
		return provide_page(p->wanted, p->region + PAGE_BYTES, page);
	answer(p, p->read, 0, page, PAGE_BYTES);
	return 0;
}

static void remove_hole(struct parked *p)
{
	munmap(p->region, 2 * PAGE_BYTES);
	close(p->wanted);
	if (p->by_fuse)
		unmount_fuse_file(p);
}

/* Maps a file by way of FUSE, which passes it through; 0 or -errno. */
static int map_passed_through(const char *backing)
{
	struct parked p = { .by_fuse = true, .backing = backing };
	void *at;
	int fd, ret;

	ret = mount_fuse_file(&p);
	if (ret)
		return ret;
	fd = open(FUSE_FILE, O_RDONLY | O_CLOEXEC);
	at = mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, fd, 0);
	ret = at == MAP_FAILED ? -errno : 0;
	if (!ret)
		munmap(at, PAGE_BYTES);
	close(fd);
	unmount_fuse_file(&p);
	return ret;
}

/* At any level: a raise would not find the mapping by the file. */
static void test_passed_through(void)
{
	static const char name[] = "none: no mmap of a debugfs file by FUSE";
	int ret;

	if (held.handlers < 0) {
		ksft_test_result_skip("%s: no lockdown_pages.ko\n", name);
		return;
	}
	/* Any other file of ours will do to see whether there is a way. */
	if (map_passed_through("/proc/self/exe")) {
		ksft_test_result_skip(
			"%s: nothing is passed through (CONFIG_FUSE_PASSTHROUGH)\n",
			name);
		return;
	}
	ret = map_passed_through(SLOW_FILE);
	if (ret != -ENODEV)
		ksft_print_msg("expected ENODEV, got %d\n", ret);
	ksft_test_result(ret == -ENODEV, "%s\n", name);
}

static int park(struct parked *p)
{
	struct pollfd pollfd = { .events = POLLIN };
	union {
		struct uffd_msg fault;
		eventfd_t read;
	} msg;
	int ret;

	p->result = -EINPROGRESS;
	p->tid = 0;
	ret = make_hole(p);
	if (ret)
		return ret;
	ret = p->hold ? pthread_create(&p->holder, NULL, run_holder, p) :
			pthread_create(&p->thread, NULL, run_parked, p);
	if (ret)
		return -ret;

	/* Only the fault proves that the call has come as far as the copy. */
	pollfd.fd = p->wanted;
	if (poll(&pollfd, 1, PARK_TIMEOUT_MS) != 1)
		return -ETIMEDOUT;
	ret = result_of(read(p->wanted, &msg, sizeof(msg)),
			p->by_fuse ? sizeof(msg.read) : sizeof(msg.fault));
	if (ret || !p->hold)
		return ret;
	ret = pthread_create(&p->thread, NULL, run_parked, p);
	return ret ? -ret : wait_asleep(p);
}

/* Provides the page and waits for the call; what the call returned. */
static int release(struct parked *p)
{
	__u8 page[PAGE_BYTES] = {};
	int ret;

	if (p->fill)
		p->fill(page);
	ret = fill_hole(p, page);
	if (ret)
		return ret;
	if (p->hold)
		pthread_join(p->holder, NULL);
	pthread_join(p->thread, NULL);
	remove_hole(p);
	return p->result;
}

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

static void test_stage_image(void)
{
	const struct segment segment = {
		.buf = staged_code,
		.bufsz = STAGED_BYTES,
		.mem = KEXEC_TARGET,
		.memsz = PAGE_BYTES,
	};
	const char *missing = no_kexec();
	int ret;

	if (missing) {
		ksft_test_result_skip("none: stage a kexec image: %s\n",
				      missing);
		return;
	}
	ret = kexec_load(KEXEC_TARGET, &segment, 1, 0);
	if (ret)
		ksft_print_msg("%s\n", errno_name(-ret));
	held.staged = !ret && read_number("/sys/kernel/kexec_loaded") == 1;
	ksft_test_result(held.staged, "none: stage a kexec image\n");
}

static void obtain(void)
{
	ssize_t len;

	held.debugfs = open(DEBUGFS_FILE, O_RDWR | O_CLOEXEC);
	held.debugfs_fuse = open(DEBUGFS_FILE, O_RDWR | O_CLOEXEC);
	load_module("lockdown_pages.ko");
	held.handlers = open(HANDLERS_FILE, O_RDWR | O_CLOEXEC);
	held.handlers_too = open(HANDLERS_FILE, O_RDWR | O_CLOEXEC);
	/* A file that is written to is locked for those who read it. */
	held.handlers_read = open(HANDLERS_FILE, O_RDONLY | O_CLOEXEC);
	if (module_loaded())
		return;
	len = read_module("lockdown_probe.ko", &held.module);
	held.module_len = len > 0 ? len : 0;
}

/* Says what keeps a use from being tried, or NULL. */
static int check_effect(const struct parked *p)
{
	int ret;

	if (!p->took_effect())
		return -EIO;
	ret = p->undo();
	return !ret && p->took_effect() ? -EIO : ret;
}

/* The same calls without a raise: they must succeed, and show it. */
static void test_parked_control(void)
{
	struct parked *p;
	int ret;

	for (p = parked; p < parked + ARRAY_SIZE(parked); p++) {
		p->skipped = p->missing();
		if (!p->skipped)
			p->skipped = no_userfaultfd();
		if (p->skipped) {
			ksft_test_result_skip("none: parked %s: %s\n",
					      p->description, p->skipped);
			continue;
		}

		ret = park(p);
		if (!ret)
			ret = release(p);
		if (!ret && p->took_effect)
			ret = check_effect(p);
		if (ret) {
			ksft_print_msg("%s\n", errno_name(-ret));
			p->skipped = "failed without a raise already";
		}
		ksft_test_result(!ret, "none: parked %s\n", p->description);
	}
}

static void park_all(int level)
{
	struct parked *p;
	int ret;

	for (p = parked; p < parked + ARRAY_SIZE(parked); p++) {
		if (p->skipped || p->denied_from != level)
			continue;
		ret = park(p);
		if (ret)
			ksft_exit_fail_msg("parking %s: %s\n", p->description,
					   errno_name(-ret));
	}
}

static void test_parked_released(int level)
{
	struct parked *p;
	bool effect;
	int expected, ret;

	/* Backwards: one that is let through may want a lock of a later one. */
	for (p = parked + ARRAY_SIZE(parked); p-- > parked;) {
		if (p->denied_from != level)
			continue;
		if (p->skipped) {
			ksft_test_result_skip("%s: parked %s: %s\n",
					      level_name(level), p->description,
					      p->skipped);
			continue;
		}
		expected = p->named ? 0 : p->error ? -p->error : -EPERM;
		ret = release(p);
		effect = p->took_effect && p->took_effect();
		if (ret != expected || effect)
			ksft_print_msg("expected %d, got %d, %s effect\n",
				       expected, ret, effect ? "with" : "no");
		if (p->held != -p->hold_error)
			ksft_print_msg("who holds the lock: %d\n", p->held);
		ksft_test_result(
			ret == expected && !effect && p->held == -p->hold_error,
			"%s: parked %s\n", level_name(level), p->description);
	}
}

/* A thread, because no signal reaches one that waits in the kernel. */
static void *watch_raise(void *data)
{
	const atomic_bool *raised = data;
	int second;

	for (second = 0; second < RAISE_TIMEOUT_S; second++) {
		if (*raised)
			return NULL;
		sleep(1);
	}
	ksft_exit_fail_msg("the raise waits for what user space has parked\n");
}

static void test_write(int from, const char *word, int expected, int to)
{
	const int ret = write_text(LOCKDOWN_FILE, word);
	const int level = lockdown_level();

	if (ret != expected || level != to)
		ksft_print_msg("expected %d and %s, got %d and %s\n", expected,
			       level_name(to), ret, level_name(level));
	ksft_test_result(ret == expected && level == to, "%s: write %s\n",
			 level_name(from), word);
}

/* With all of them parked in its way, some of whom it waits for. */
static void test_raise(int from, int to)
{
	struct timespec before, after;
	atomic_bool raised = false;
	pthread_t watch;
	long us;

	if (pthread_create(&watch, NULL, watch_raise, &raised))
		ksft_exit_fail_msg("pthread_create\n");
	clock_gettime(CLOCK_MONOTONIC, &before);
	test_write(from, level_name(to), 0, to);
	clock_gettime(CLOCK_MONOTONIC, &after);
	raised = true;
	pthread_join(watch, NULL);
	us = us_between(&before, &after);
	ksft_print_msg("the raise took %ld us\n", us);
	ksft_test_result(us < RAISE_BOUND_US, "%s: write %s, and soon\n",
			 level_name(from), level_name(to));
	if (lockdown_level() != to)
		ksft_exit_fail_msg("not locked, so nothing can be tested\n");
}

/* A write that is past its copy cannot be held up.  It has to be named. */
static struct {
	pthread_t thread;
	atomic_int tid;
	int fd;
	ssize_t put;
} slow;

static void *write_slowly(void *unused)
{
	slow.tid = gettid();
	slow.put = write(slow.fd, SLOW_MS, strlen(SLOW_MS));
	return NULL;
}

static void begin_slow_write(void)
{
	slow.fd = open(HANDLERS_FILE, O_WRONLY | O_CLOEXEC);
	if (slow.fd < 0)
		return;
	if (pthread_create(&slow.thread, NULL, write_slowly, NULL))
		ksft_exit_fail_msg("pthread_create\n");
	usleep(SLOW_BEGINS_US);
}

static bool use_named(const char *file, int tid)
{
	static char text[65536];
	char line[128];

	snprintf(line, sizeof(line),
		 "DEBUGFS\tuse of /%s by raise_test[%d], not ended\n", file,
		 tid);
	return read_text(LOCKDOWN_RESIDUE, text, sizeof(text)) > 0 &&
	       strstr(text, line);
}

/* One who is in the copy of a handler of its own has to be named, too. */
static void test_parked_named(void)
{
	const struct parked *p;

	for (p = parked; p < parked + ARRAY_SIZE(parked); p++) {
		if (!p->named)
			continue;
		if (p->skipped)
			ksft_test_result_skip("parked %s is named: %s\n",
					      p->description, p->skipped);
		else
			ksft_test_result(use_named(p->named, p->tid),
					 "parked %s is named\n",
					 p->description);
	}
}

static void test_slow_write_named(void)
{
	bool named;

	if (slow.fd < 0) {
		ksft_test_result_skip("slow write: no lockdown_pages.ko\n");
		return;
	}
	named = use_named("lockdown_handlers", slow.tid);
	pthread_join(slow.thread, NULL);
	if (slow.put != strlen(SLOW_MS))
		ksft_print_msg("the write: %zd\n", slow.put);
	ksft_test_result(named && slow.put == strlen(SLOW_MS),
			 "slow write is named\n");
}

/* A reader who sleeps in a handler, until there is something to read. */
static struct {
	pthread_t thread;
	atomic_int tid;
	const char *skipped;
	int result;
} sleeper;

static void *read_asleep(void *unused)
{
	char byte;

	sleeper.tid = gettid();
	sleeper.result = result_of(read(held.handlers_read, &byte, 1), 1);
	return NULL;
}

static void begin_sleep(void)
{
	int ms;

	sleeper.tid = 0;
	if (pthread_create(&sleeper.thread, NULL, read_asleep, NULL))
		ksft_exit_fail_msg("pthread_create\n");
	for (ms = 0; ms < PARK_TIMEOUT_MS; ms += 10) {
		if (sleeper.tid && is_asleep(sleeper.tid))
			return;
		usleep(10000);
	}
	ksft_exit_fail_msg("the reader does not fall asleep\n");
}

static void test_sleeper_control(void)
{
	sleeper.skipped = no_handlers();
	if (sleeper.skipped) {
		ksft_test_result_skip("none: sleeping reader: %s\n",
				      sleeper.skipped);
		return;
	}
	begin_sleep();
	call_handlers((__u8 *)"0");
	pthread_join(sleeper.thread, NULL);
	ksft_test_result(!sleeper.result, "none: sleeping reader\n");
}

/* Nobody wakes it but the raise. */
static void test_sleeper_woken(void)
{
	struct timespec until;
	int ret;

	if (sleeper.skipped) {
		ksft_test_result_skip("sleeping reader: %s\n", sleeper.skipped);
		return;
	}
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PARK_TIMEOUT_MS / 1000;
	ret = pthread_timedjoin_np(sleeper.thread, NULL, &until);
	if (ret || sleeper.result != -EPERM)
		ksft_print_msg("the sleeper: %s, %d\n", strerror(ret),
			       sleeper.result);
	ksft_test_result(!ret && sleeper.result == -EPERM, "sleeping reader\n");
}

/*
 * A read that a listener of fanotify has been asked about, and lets go on after
 * the raise.
 */
static struct watched {
	const char *path;
	int denied_from;
	const char *skipped;
	int fd;
	int fanotify;
	int event;
	pthread_t thread;
	int result;
} watched[] = {
	{ .path = DEBUGFS_FILE, .denied_from = LEVEL_INTEGRITY },
	{ .path = WATCHED_TRACEFS, .denied_from = LEVEL_CONFIDENTIALITY },
};

static void *read_watched(void *data)
{
	struct watched *w = data;
	char byte;

	w->result = result_of(read(w->fd, &byte, 1), 1);
	return NULL;
}

static const char *missing_for_watched(const struct watched *w)
{
	int fd, ret;

	if (access(w->path, R_OK))
		return "no such file (CONFIG_DEBUG_FS, CONFIG_TRACING)";
	fd = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC, O_RDONLY);
	if (fd < 0)
		return "no listeners (CONFIG_FANOTIFY)";
	ret = fanotify_mark(fd, FAN_MARK_ADD, FAN_ACCESS_PERM, AT_FDCWD,
			    w->path);
	close(fd);
	return ret ? "nobody is asked (CONFIG_FANOTIFY_ACCESS_PERMISSIONS)" :
		     NULL;
}

/* Begins the read, and waits until the listener is asked. */
static void begin_watched(struct watched *w)
{
	struct fanotify_event_metadata event;
	struct pollfd pollfd = { .events = POLLIN };

	w->result = -EINPROGRESS;
	w->fanotify = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC, O_RDONLY);
	if (w->fanotify < 0 ||
	    fanotify_mark(w->fanotify, FAN_MARK_ADD, FAN_ACCESS_PERM, AT_FDCWD,
			  w->path))
		ksft_exit_fail_msg("watching %s\n", w->path);
	/* A file that was opened before there was a listener has none. */
	w->fd = open(w->path, O_RDONLY | O_CLOEXEC);
	if (w->fd < 0 || pthread_create(&w->thread, NULL, read_watched, w))
		ksft_exit_fail_msg("watching %s\n", w->path);
	pollfd.fd = w->fanotify;
	if (poll(&pollfd, 1, PARK_TIMEOUT_MS) != 1 ||
	    read(w->fanotify, &event, sizeof(event)) != sizeof(event))
		ksft_exit_fail_msg("nobody asks about %s\n", w->path);
	w->event = event.fd;
}

static int end_watched(struct watched *w)
{
	const struct fanotify_response response = { w->event, FAN_ALLOW };

	if (write(w->fanotify, &response, sizeof(response)) < 0)
		ksft_print_msg("the answer: %s\n", errno_name(errno));
	pthread_join(w->thread, NULL);
	close(w->event);
	close(w->fd);
	close(w->fanotify);
	return w->result;
}

static void test_watched_control(void)
{
	struct watched *w;
	int ret;

	for (w = watched; w < watched + ARRAY_SIZE(watched); w++) {
		w->skipped = missing_for_watched(w);
		if (w->skipped) {
			ksft_test_result_skip("none: listener of %s: %s\n",
					      w->path, w->skipped);
			continue;
		}
		begin_watched(w);
		ret = end_watched(w);
		ksft_test_result(!ret, "none: listener of %s\n", w->path);
	}
}

static void watch_all(int level)
{
	struct watched *w;

	for (w = watched; w < watched + ARRAY_SIZE(watched); w++) {
		if (!w->skipped && w->denied_from == level)
			begin_watched(w);
	}
}

static void test_watched(int level)
{
	struct watched *w;
	int ret;

	for (w = watched; w < watched + ARRAY_SIZE(watched); w++) {
		if (w->denied_from != level)
			continue;
		if (w->skipped) {
			ksft_test_result_skip("%s: listener of %s: %s\n",
					      level_name(level), w->path,
					      w->skipped);
			continue;
		}
		ret = end_watched(w);
		if (ret != -EPERM)
			ksft_print_msg("expected EPERM, got %d\n", ret);
		ksft_test_result(ret == -EPERM, "%s: listener of %s\n",
				 level_name(level), w->path);
	}
}

/*
 * A mapping that has its page, and cannot be found yet while the level rises.
 * In processes of their own, whose memory is locked meanwhile.
 */
static struct slow_map {
	unsigned int ms;
	/* How long before the raise it begins. */
	unsigned int before_ms;
	/* A raise has not the patience, and says so. */
	bool named;
	pid_t pid;
	int go;
} slow_maps[] = {
	{ .ms = 3000, .before_ms = 100, .named = true },
	{ .ms = 30, .before_ms = 20 },
};

/* Ends with the first byte of the page. */
static void map_slowly(unsigned int ms, int go)
{
	const int fd = open(SLOW_FILE, O_RDONLY | O_CLOEXEC);
	const char *at = mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, fd,
			      ms * PAGE_BYTES);
	char byte;

	if (at == MAP_FAILED || read(go, &byte, 1) != 1)
		_exit(1);
	_exit(*at);
}

static void begin_slow_map(struct slow_map *map)
{
	int pair[2];

	if (pipe(pair))
		ksft_exit_fail_msg("pipe\n");
	fflush(stdout);
	map->pid = fork();
	if (map->pid < 0)
		ksft_exit_fail_msg("fork\n");
	if (!map->pid) {
		close(pair[1]);
		map_slowly(map->ms, pair[0]);
	}
	close(pair[0]);
	map->go = pair[1];
	usleep(map->before_ms * 1000);
}

/* Lets it look at its page; how it ended. */
static int end_slow_map(const struct slow_map *map)
{
	int status = -1;

	if (write(map->go, "", 1) != 1)
		return -1;
	close(map->go);
	waitpid(map->pid, &status, 0);
	return status;
}

static void test_slow_map_control(void)
{
	struct slow_map *map = &slow_maps[1];
	int status;

	if (slow.fd < 0) {
		ksft_test_result_skip("none: mmap: no lockdown_pages.ko\n");
		return;
	}
	begin_slow_map(map);
	status = end_slow_map(map);
	ksft_test_result(WIFEXITED(status) && WEXITSTATUS(status) == 'l',
			 "none: mmap of %u ms\n", map->ms);
}

static void begin_slow_maps(void)
{
	size_t i;

	for (i = 0; slow.fd >= 0 && i < ARRAY_SIZE(slow_maps); i++)
		begin_slow_map(&slow_maps[i]);
}

static bool is_taken_away(const struct slow_map *map)
{
	const bool named = use_named("lockdown_pages", map->pid);
	const int status = end_slow_map(map);

	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS &&
	    (named || !map->named))
		return true;
	ksft_print_msg("%s, its end: 0x%x\n", named ? "named" : "not named",
		       status);
	return false;
}

static void test_slow_maps(void)
{
	const struct slow_map *map;

	for (map = slow_maps; map < slow_maps + ARRAY_SIZE(slow_maps); map++) {
		if (slow.fd < 0)
			ksft_test_result_skip("mmap: no lockdown_pages.ko\n");
		else
			ksft_test_result(is_taken_away(map),
					 "mmap of %u ms, and a raise\n",
					 map->ms);
	}
}

/* Last, because a kernel that does not refuse it is gone after it. */
static void test_execute_staged(void)
{
	if (!held.staged) {
		ksft_test_result_skip("execute the kexec image: none staged\n");
		return;
	}

	ksft_print_msg("executing the kexec image\n");
	syscall(__NR_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
		LINUX_REBOOT_CMD_KEXEC, NULL);
	if (errno != EPERM)
		ksft_print_msg("expected EPERM, got %s\n", errno_name(errno));
	ksft_test_result(errno == EPERM, "execute the kexec image\n");
}

int main(void)
{
	begin_raising();

	ksft_set_plan(2 * ARRAY_SIZE(parked) + 2 * ARRAY_SIZE(watched) + 19);

	obtain();
	test_write(LEVEL_NONE, "none", 0, LEVEL_NONE);
	test_parked_control();
	test_sleeper_control();
	test_watched_control();
	test_passed_through();
	test_stage_image();

	park_all(LEVEL_INTEGRITY);
	if (!sleeper.skipped)
		begin_sleep();
	watch_all(LEVEL_INTEGRITY);
	begin_slow_write();
	test_slow_map_control();
	begin_slow_maps();
	test_raise(LEVEL_NONE, LEVEL_INTEGRITY);
	test_sleeper_woken();
	test_slow_maps();
	test_parked_named();
	test_slow_write_named();
	test_watched(LEVEL_INTEGRITY);
	test_parked_released(LEVEL_INTEGRITY);
	test_write(LEVEL_INTEGRITY, "integrity", 0, LEVEL_INTEGRITY);
	test_write(LEVEL_INTEGRITY, "none", -EPERM, LEVEL_INTEGRITY);

	/* Opening and closing take a lock that parked calls of tracefs hold. */
	watch_all(LEVEL_CONFIDENTIALITY);
	park_all(LEVEL_CONFIDENTIALITY);
	test_raise(LEVEL_INTEGRITY, LEVEL_CONFIDENTIALITY);
	test_parked_released(LEVEL_CONFIDENTIALITY);
	test_watched(LEVEL_CONFIDENTIALITY);
	test_write(LEVEL_CONFIDENTIALITY, "confidentiality", 0,
		   LEVEL_CONFIDENTIALITY);
	test_write(LEVEL_CONFIDENTIALITY, "integrity", -EPERM,
		   LEVEL_CONFIDENTIALITY);

	test_execute_staged();
	ksft_finished();
}
