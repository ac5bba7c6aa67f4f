// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown selftest: a raise takes back what was obtained before it.
 *
 * Mappings, open files, probes, BPF programs and staged images are obtained at
 * none and used there, which must work.  Then the level is raised to integrity,
 * and later to confidentiality, and each is used again: it must still work
 * below the level that denies it, and be of no use from that level on.  What
 * lockdown_test and raise_test.c keep across a raise is not repeated here.
 *
 * The machine stays locked until it reboots, so it runs only when
 * $LOCKDOWN_TEST_RAISE is 1, and once a boot.
 *
 * Each use prints one line, tab-separated, for whoever collects them:
 *
 *   # use: <level> <description> <success|error|signal>
 */

#define _GNU_SOURCE
#include <ftw.h>
#include <linux/elf.h>
#include <linux/io_uring.h>
#include <linux/suspend_ioctls.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "../kselftest.h"
#include "common.h"

#define DEBUGFS "/sys/kernel/debug/"
#define CGROUPS "/sys/fs/cgroup"
#define CGROUP CGROUPS "/lockdown_test"
/* Where something else is mounted for a moment, for us alone. */
#define MOUNT_POINT "/tmp"

/* Only root may touch these, and they take back what was read. */
#ifdef __x86_64__
#define DEBUGFS_FILE DEBUGFS "x86/tlb_single_page_flush_ceiling"
#else
#define DEBUGFS_FILE DEBUGFS "kprobes/enabled"
#endif

#define NOBODY 65534

/* So many files are held while the level rises to integrity. */
#define LOAD 1000

/* Even an emulated machine under that load is faster by far. */
#define RAISE_LIMIT_US 10000000
#define AGAIN_LIMIT_US 1000000
/* For what the kernel does some time later. */
#define SETTLE_MS 5000
#define HANG_S 30

/* How a use may end, besides 0 and -errno. */
enum {
	/* Data arrived, or memory changed. */
	HAD_EFFECT = 1,
	/* Not obtained: the machine has no such thing. */
	LACKING = 2,
	/* Plus the number of a signal. */
	SIGNALLED = 0x100,
	BUS = SIGNALLED + SIGBUS,
};

/* These keep a child from running while the level rises. */
enum {
	BY_SIGNAL,
	BY_TRACER,
	BY_CGROUP,
	HALTS,
};

/* Where it is used; all but the new child are older than the raise. */
enum {
	HERE = 1,
	CHILD = 2,
	NEW_CHILD = 4,
	STOPPED = 8 << BY_SIGNAL,
	TRACED = 8 << BY_TRACER,
	FROZEN = 8 << BY_CGROUP,
	HALTED = STOPPED | TRACED | FROZEN,
	ANYWHERE = HERE | CHILD | NEW_CHILD | HALTED,
};

/* The level from which on it is denied. */
enum {
	INTEGRITY = LEVEL_INTEGRITY,
	CONFIDENTIALITY = LEVEL_CONFIDENTIALITY,
	NEVER = LEVEL_COUNT,
};

struct row {
	const char *description;
	/* 0, also if others obtained it before; LACKING or -errno. */
	int (*obtain)(void *arg);
	/* 0 if it worked, for sure. */
	int (*use)(void *arg);
	void *arg;
	int where;
	int denied_from;
	int refusal;
};

/* A file that is opened before the raise. */
struct kept {
	const char *path;
	int flags;
	const char *option;
	int fd;
};

/* A page of it. */
struct map {
	struct kept *file;
	int prot;
	off_t offset;
	__u8 *at;
};

/* The current row is denied, for uses that have to wait for that. */
static bool denied;
static const char *lacking;

static int result_of(ssize_t done, size_t expected)
{
	if (done < 0)
		return -errno;
	return (size_t)done == expected ? 0 : -EIO;
}

static int put(int fd, const char *text)
{
	return result_of(write(fd, text, strlen(text)), strlen(text));
}

static int lack(const char *what, const char *option)
{
	char *text;

	if (asprintf(&text, "no %s (%s)", what, option) < 0)
		return -ENOMEM;
	lacking = text;
	return LACKING;
}

static int keep(void *arg)
{
	struct kept *kept = arg;

	if (kept->fd)
		return 0;
	if (access(kept->path, F_OK))
		return lack(kept->path, kept->option);
	kept->fd = open(kept->path, kept->flags | O_CLOEXEC);
	return kept->fd < 0 ? -errno : 0;
}

static int map_again(const struct map *map, __u8 **at)
{
	*at = mmap(NULL, PAGE_BYTES, map->prot, MAP_SHARED, map->file->fd,
		   map->offset);
	if (*at != MAP_FAILED)
		return 0;
	*at = NULL;
	return -errno;
}

static int keep_map(void *arg)
{
	struct map *map = arg;
	const int ret = keep(map->file);

	return ret || map->at ? ret : map_again(map, &map->at);
}

/* Faults */

/* A fault of this thread must be of a page. */
static __thread struct {
	bool armed;
	const __u8 *page;
	sigjmp_buf out;
} fault;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	const uintptr_t at = (uintptr_t)info->si_addr;
	const uintptr_t page = (uintptr_t)fault.page;

	if (!fault.armed || at - page >= PAGE_BYTES) {
		/* Not of what is tested: it happens again, and kills. */
		signal(sig, SIG_DFL);
		return;
	}
	fault.armed = false;
	siglongjmp(fault.out, sig);
}

/* Calls @touch; the result, or the signal that it ends with. */
static int guarded(int (*touch)(__u8 *page), __u8 *page)
{
	int ret;

	fault.page = page;
	ret = sigsetjmp(fault.out, 1);
	if (ret)
		return SIGNALLED + ret;
	fault.armed = true;
	ret = touch(page);
	fault.armed = false;
	return ret;
}

/* Children, which use what they are told to */

struct order {
	int (*use)(void *arg);
	void *arg;
};

struct server {
	int fd;
	pid_t pid;
};

/* Children who inherit what the main thread has before the raise. */
static struct {
	struct server child, halted[HALTS];
} heirs;

static void serve(int fd)
{
	struct order order;
	int ret;

	while (read(fd, &order, sizeof(order)) == sizeof(order) && order.use) {
		ret = order.use(order.arg);
		if (write(fd, &ret, sizeof(ret)) != sizeof(ret))
			break;
	}
}

static int start(struct server *server)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return -errno;
	server->fd = pair[0];
	server->pid = fork();
	if (!server->pid) {
		/* Nobody is left behind if the test is ended by force. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve(pair[1]);
		_exit(0);
	}
	close(pair[1]);
	return server->pid < 0 ? -EAGAIN : 0;
}

static int ask(const struct server *server, int (*use)(void *arg), void *arg)
{
	const struct order order = { use, arg };
	int ret;

	if (write(server->fd, &order, sizeof(order)) != sizeof(order) ||
	    read(server->fd, &ret, sizeof(ret)) != sizeof(ret))
		return -EPIPE;
	return ret;
}

static void stop(struct server *server)
{
	const struct order end = {};

	if (!server->fd)
		return;
	if (write(server->fd, &end, sizeof(end)) != sizeof(end))
		ksft_perror("stopping a child");
	if (server->pid > 0)
		waitpid(server->pid, NULL, 0);
	close(server->fd);
}

static int in_child(int (*use)(void *arg), void *arg)
{
	struct server child = {};
	int ret;

	ret = start(&child);
	if (!ret)
		ret = ask(&child, use, arg);
	stop(&child);
	return ret;
}

static int start_heirs(void)
{
	int i, ret;

	ret = start(&heirs.child);
	for (i = 0; i < HALTS && !ret; i++)
		ret = start(&heirs.halted[i]);
	return ret;
}

static int use_by(int place, const struct row *row)
{
	int i;

	for (i = 0; i < HALTS; i++) {
		if (place == STOPPED << i)
			return ask(&heirs.halted[i], row->use, row->arg);
	}
	if (place == CHILD)
		return ask(&heirs.child, row->use, row->arg);
	return place == NEW_CHILD ? in_child(row->use, row->arg) :
				    row->use(row->arg);
}

/* Children that cannot run */

static int by_signal(pid_t pid, bool halt)
{
	const int options = halt ? WUNTRACED : WCONTINUED;
	int status;

	if (kill(pid, halt ? SIGSTOP : SIGCONT) ||
	    waitpid(pid, &status, options) != pid)
		return -errno;
	return (halt ? WIFSTOPPED(status) : WIFCONTINUED(status)) ? 0 : -ECHILD;
}

static int by_tracer(pid_t pid, bool halt)
{
	int status;

	if (!halt)
		return ptrace(PTRACE_DETACH, pid, 0, 0) ? -errno : 0;
	if (ptrace(PTRACE_SEIZE, pid, 0, 0) ||
	    ptrace(PTRACE_INTERRUPT, pid, 0, 0) ||
	    waitpid(pid, &status, __WALL) != pid)
		return -errno;
	return WIFSTOPPED(status) ? 0 : -ECHILD;
}

static int by_cgroup(pid_t pid, bool halt)
{
	const char *const state = halt ? "frozen 1" : "frozen 0";
	const char *const events = CGROUP "/cgroup.events";
	char text[64];
	int ms, ret;

	snprintf(text, sizeof(text), "%d", pid);
	ret = write_text(CGROUP "/cgroup.procs", text);
	if (!ret)
		ret = write_text(CGROUP "/cgroup.freeze", halt ? "1" : "0");
	for (ms = 0; ms < SETTLE_MS && !ret; ms += 10) {
		if (read_text(events, text, sizeof(text)) > 0 &&
		    strstr(text, state))
			return 0;
		usleep(10000);
	}
	return ret ? ret : -ETIMEDOUT;
}

/* Why there is no cgroup to freeze, or NULL. */
static const char *no_cgroup;

/* Halts all children that are there to be halted, or has them go on. */
static void halt_all(bool halt)
{
	static int (*const halts[])(pid_t pid, bool halt) = {
		[BY_SIGNAL] = by_signal,
		[BY_TRACER] = by_tracer,
		[BY_CGROUP] = by_cgroup,
	};
	int i, ret;

	for (i = 0; i < HALTS; i++) {
		if (!heirs.halted[i].pid || (i == BY_CGROUP && no_cgroup))
			continue;
		ret = halts[i](heirs.halted[i].pid, halt);
		if (ret)
			ksft_exit_fail_msg("halting a child: %s\n",
					   errno_name(-ret));
	}
}

/* Physical memory */

static struct own_page page;

/* DEBUGFS */

static struct kept debugfs = { DEBUGFS_FILE, O_RDWR, "CONFIG_DEBUG_FS", 0 };
static struct kept duplicate, passed;
/* Debugfs trusts this one to be safe from its own removal. */
static struct kept unsafe = { DEBUGFS "fault_around_bytes", O_RDWR,
			      "CONFIG_DEBUG_FS", 0 };
static const char chmodded[] = DEBUGFS "kprobes/enabled";
static char debugfs_text[32];
static long unsafe_number;
/* Several, because one that has an ioctl is denied for that. */
static char *open_to_all[8];
static unsigned int nr_open_to_all;

static int obtain_debugfs(void *arg)
{
	const int ret = keep(&debugfs);

	if (ret || debugfs_text[0])
		return ret;
	duplicate.fd = dup(debugfs.fd);
	passed.fd = pass_descriptor(debugfs.fd);
	if (pread(debugfs.fd, debugfs_text, sizeof(debugfs_text) - 1, 0) <= 0)
		return -EIO;
	return 0;
}

/* Is it what was read before? */
static int check_debugfs(const char *text, ssize_t got)
{
	const int ret = result_of(got, strlen(debugfs_text));

	return ret ? ret : memcmp(text, debugfs_text, got) ? -EIO : 0;
}

static int read_debugfs(void *arg)
{
	char text[sizeof(debugfs_text)];

	return check_debugfs(text, pread(((struct kept *)arg)->fd, text,
					 sizeof(text), 0));
}

static int readv_debugfs(void *arg)
{
	char text[sizeof(debugfs_text)];
	const struct iovec iov[] = { { text, 1 },
				     { text + 1, sizeof(text) - 1 } };

	return check_debugfs(text, preadv(debugfs.fd, iov, ARRAY_SIZE(iov), 0));
}

/* Writes another number, looks for it there, and puts the old one back. */
static int change_number(const struct kept *file, long before, long after)
{
	char text[32];
	bool changed;
	int ret;

	snprintf(text, sizeof(text), "%ld\n", after);
	ret = put(file->fd, text);
	if (ret)
		return ret;
	changed = read_number(file->path) == after;
	snprintf(text, sizeof(text), "%ld\n", before);
	ret = put(file->fd, text);
	return changed ? ret : HAD_EFFECT;
}

static int write_debugfs(void *arg)
{
	const long number = strtol(debugfs_text, NULL, 0);

	return change_number(&debugfs, number, number ^ 1);
}

static int obtain_unsafe(void *arg)
{
	unsafe_number = read_number(unsafe.path);
	return keep(&unsafe);
}

/* Must be a power of two, which half of one is too. */
static int write_unsafe(void *arg)
{
	return change_number(&unsafe, unsafe_number, unsafe_number / 2);
}

static int read_some(const char *path)
{
	char byte;
	int fd, ret;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	ret = result_of(read(fd, &byte, 1), 1);
	close(fd);
	return ret;
}

static int note_open_to_all(const char *path, const struct stat *st, int type,
			    struct FTW *ftw)
{
	if (type == FTW_F && (st->st_mode & 07777) == 0444 && !read_some(path))
		open_to_all[nr_open_to_all++] = strdup(path);
	return nr_open_to_all == ARRAY_SIZE(open_to_all);
}

static int obtain_open_to_all(void *arg)
{
	nftw(DEBUGFS, note_open_to_all, 16, FTW_PHYS | FTW_MOUNT);
	if (!nr_open_to_all)
		return lack("debugfs file of mode 0444", "CONFIG_DEBUG_FS");
	return 0;
}

static int read_open_to_all(void *arg)
{
	unsigned int i;
	int ret = -ENOENT;

	for (i = 0; i < nr_open_to_all && ret; i++)
		ret = read_some(open_to_all[i]);
	return ret;
}

static int obtain_chmodded(void *arg)
{
	if (access(chmodded, F_OK))
		return lack(chmodded, "CONFIG_DEBUG_FS, CONFIG_KPROBES");
	return chmod(chmodded, 0444) ? -errno : 0;
}

static int read_chmodded(void *arg)
{
	return read_some(chmodded);
}

/* Our own module has a file that can be mapped on each machine. */
static struct kept pages_file = { DEBUGFS "lockdown_pages", O_RDONLY,
				  "which the module has", 0 };
static struct map pages = { &pages_file, PROT_READ, 0, NULL };

static int obtain_pages(void *arg)
{
	int fd, ret;

	if (pages.at)
		return 0;
	fd = open_module("lockdown_pages.ko");
	if (fd < 0)
		return lack("lockdown_pages.ko", "$LOCKDOWN_MODULE_DIR");
	ret = syscall(__NR_finit_module, fd, "", 0);
	close(fd);
	if (ret && errno != EEXIST)
		return lack("unsigned modules", "module.sig_enforce");
	return keep_map(&pages);
}

static int check_pages(__u8 *at)
{
	return memcmp(at, "lockdown", 8) ? -EIO : 0;
}

static int check_byte(__u8 *at)
{
	return *at == 0x5a ? 0 : -EIO;
}

static int read_pages(void *arg)
{
	return guarded(check_pages, pages.at);
}

static int obtain_others_pages(void *arg)
{
	/* A call for nothing succeeds. */
	if (process_vm_readv(getpid(), NULL, 0, NULL, 0, 0))
		return lack("process_vm_readv", "CONFIG_CROSS_MEMORY_ATTACH");
	return obtain_pages(arg);
}

/* The kernel takes hold of the page of another process, and copies from it. */
static int read_others_pages(void *arg)
{
	const pid_t pid = heirs.child.pid;
	char bytes[8];
	const struct iovec to = { bytes, sizeof(bytes) };
	const struct iovec from = { pages.at, sizeof(bytes) };
	const int ret = result_of(process_vm_readv(pid, &to, 1, &from, 1, 0),
				  sizeof(bytes));

	if (ret)
		return ret;
	return memcmp(bytes, "lockdown", sizeof(bytes)) ? -EPROTO : 0;
}

static int map_pages(void *arg)
{
	__u8 *at;
	int ret;

	ret = map_again(&pages, &at);
	if (ret)
		return ret;
	ret = guarded(check_pages, at);
	munmap(at, PAGE_BYTES);
	return ret;
}

/* Refused, it leaves what is there. */
static int map_pages_over(void *arg)
{
	__u8 *at = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int ret = 0;

	if (at == MAP_FAILED)
		return -errno;
	*at = 0x5a;
	if (mmap(at, PAGE_BYTES, pages.prot, MAP_SHARED | MAP_FIXED,
		 pages.file->fd, pages.offset) != at)
		ret = -errno;
	if (!ret)
		ret = guarded(check_pages, at);
	else if (guarded(check_byte, at))
		ret = -EIO;
	munmap(at, PAGE_BYTES);
	return ret;
}

/* The same files, as another file system passes them on. */
static struct kept overlaid = { MOUNT_POINT "/lockdown_pages", O_RDONLY,
				"CONFIG_OVERLAY_FS", 0 };

static int obtain_overlaid(void *arg)
{
	int ret;

	ret = obtain_pages(NULL);
	if (ret)
		return ret;
	if (mount("overlay", MOUNT_POINT, "overlay", MS_RDONLY,
		  "lowerdir=" DEBUGFS ":" TRACEFS))
		return errno != ENODEV ? -errno :
					 lack("overlayfs", "CONFIG_OVERLAY_FS");
	ret = keep(arg);
	return umount2(MOUNT_POINT, MNT_DETACH) ? -EBUSY : ret;
}

/* Refused at any level: it could be mapped behind the back of a raise. */
static int map_overlaid(void *arg)
{
	void *const at =
		mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, overlaid.fd, 0);

	if (at == MAP_FAILED)
		return errno == ENODEV ? 0 : -errno;
	munmap(at, PAGE_BYTES);
	return -EIO;
}

/* A ring with a file that is registered, and has no descriptor any more. */
static struct {
	int fd;
	__u8 *at;
	struct io_uring_sqe *sqes;
	struct io_uring_params params;
	__u32 done;
} ring;

static int obtain_ring(void *arg)
{
	const int prot = PROT_READ | PROT_WRITE;
	const int flags = MAP_SHARED | MAP_POPULATE;
	struct kept file = debugfs;
	int ret;

	if (read_number("/proc/sys/kernel/io_uring_disabled"))
		return lack("io_uring", "CONFIG_IO_URING, its sysctl");
	file.fd = 0;
	ret = obtain_debugfs(NULL);
	if (!ret)
		ret = keep(&file);
	if (ret)
		return ret;
	ring.fd = syscall(__NR_io_uring_setup, 1, &ring.params);
	/* IORING_FEAT_SINGLE_MMAP: both queues in one page here, since 5.4. */
	ring.at = mmap(NULL, PAGE_BYTES, prot, flags, ring.fd,
		       IORING_OFF_SQ_RING);
	ring.sqes =
		mmap(NULL, PAGE_BYTES, prot, flags, ring.fd, IORING_OFF_SQES);
	if (ring.at == MAP_FAILED || ring.sqes == MAP_FAILED ||
	    syscall(__NR_io_uring_register, ring.fd, IORING_REGISTER_FILES,
		    &file.fd, 1))
		return -errno;
	return close(file.fd);
}

static int read_by_ring(void *arg)
{
	const struct io_uring_params *params = &ring.params;
	const struct io_uring_cqe *cqe =
		(struct io_uring_cqe *)(ring.at + params->cq_off.cqes) +
		ring.done++ % params->cq_entries;
	char text[sizeof(debugfs_text)];

	ring.sqes[0] = (struct io_uring_sqe){
		.opcode = IORING_OP_READ,
		.flags = IOSQE_FIXED_FILE,
		.addr = (uintptr_t)text,
		.len = sizeof(text),
	};
	__atomic_store_n((__u32 *)(ring.at + params->sq_off.tail), ring.done,
			 __ATOMIC_RELEASE);
	if (syscall(__NR_io_uring_enter, ring.fd, 1, 1, IORING_ENTER_GETEVENTS,
		    NULL, 0) != 1)
		return -errno;
	__atomic_store_n((__u32 *)(ring.at + params->cq_off.head), ring.done,
			 __ATOMIC_RELEASE);
	return cqe->res < 0 ? cqe->res : check_debugfs(text, cqe->res);
}

/* HIBERNATION */

/* For an image to resume from, of which no more than one byte will come. */
static struct kept snapshot = { "/dev/snapshot", O_WRONLY,
				"CONFIG_HIBERNATION_SNAPSHOT_DEV", 0 };

static int write_snapshot(void *arg)
{
	return result_of(write(snapshot.fd, "", 1), 1);
}

static int ask_snapshot(void *arg)
{
	__kernel_loff_t size = -1;

	if (ioctl(snapshot.fd, SNAPSHOT_AVAIL_SWAP_SIZE, &size))
		return -errno;
	return size >= 0 ? 0 : -EIO;
}

static int drop_snapshot(void *arg)
{
	if (ioctl(snapshot.fd, SNAPSHOT_UNFREEZE) ||
	    ioctl(snapshot.fd, SNAPSHOT_FREE))
		return -errno;
	return 0;
}

/* KEXEC */

static struct kept image = { "/sys/kernel/kexec_loaded", 0, NULL, 0 };
static struct kept crash_image = { "/sys/kernel/kexec_crash_loaded", 0, NULL,
				   0 };

/* Nobody will start it. */
static int obtain_image(void *arg)
{
	const struct kept *loaded = arg;
	static const __u8 code[PAGE_BYTES];
	const bool crash = loaded == &crash_image;
	const unsigned long target = crash ? crash_memory() : KEXEC_TARGET;
	const struct segment segment = { code, PAGE_BYTES, target, PAGE_BYTES };

	if (!have_kexec_load())
		return lack("kexec_load", "CONFIG_KEXEC");
	if (!target)
		return lack("memory for a crash kernel", "crashkernel=");
	if (read_number(loaded->path))
		return lack("place for an image", "one is loaded already");
	return kexec_load(target, &segment, 1, crash ? KEXEC_ON_CRASH : 0);
}

static int look_at_image(void *arg)
{
	const long number = read_number(((struct kept *)arg)->path);

	return number == 1 ? 0 : number ? -EIO : -EPERM;
}

/* KCORE */

static struct kept kcore = { "/proc/kcore", O_RDONLY, "CONFIG_PROC_KCORE", 0 };
/* Where our page is in it, and where vmalloc memory begins. */
static off_t kcore_page, kcore_vmalloc;

static int read_kcore(void *to, size_t len, off_t from)
{
	return result_of(pread(kcore.fd, to, len, from), len);
}

static int obtain_kcore_page(void *arg)
{
	const __u64 phys = page.phys;
	struct elf64_phdr segment;
	struct elf64_hdr header;
	int i, ret;

	if (!phys)
		return lack("frame numbers", "CONFIG_PROC_PAGE_MONITOR");
	ret = keep(&kcore);
	if (!ret)
		ret = read_kcore(&header, sizeof(header), 0);
	/*
	 * The last that has it: the kernel's image is also a segment of its
	 * own, with nothing to be read where its init part was.
	 */
	for (i = 0; !ret && i < header.e_phnum; i++) {
		ret = read_kcore(&segment, sizeof(segment),
				 header.e_phoff + i * sizeof(segment));
		if (segment.p_type == PT_LOAD && phys >= segment.p_paddr &&
		    phys - segment.p_paddr < segment.p_memsz)
			kcore_page = segment.p_offset + phys - segment.p_paddr;
	}
	return ret || kcore_page ? ret : -ENOENT;
}

/* The largest segment without a physical address. */
static int obtain_kcore_vmalloc(void *arg)
{
	struct elf64_phdr segment;
	struct elf64_hdr header;
	__u64 largest = 0;
	int i, ret;

	ret = keep(&kcore);
	if (!ret)
		ret = read_kcore(&header, sizeof(header), 0);
	for (i = 0; !ret && i < header.e_phnum; i++) {
		ret = read_kcore(&segment, sizeof(segment),
				 header.e_phoff + i * sizeof(segment));
		if (segment.p_type != PT_LOAD || segment.p_paddr != ~0ULL ||
		    segment.p_memsz <= largest)
			continue;
		largest = segment.p_memsz;
		kcore_vmalloc = segment.p_offset;
	}
	return ret || kcore_vmalloc ? ret : -ENOENT;
}

static int read_kcore_vmalloc(void *arg)
{
	__u8 bytes[2 * PAGE_BYTES];

	return read_kcore(bytes, sizeof(bytes), kcore_vmalloc);
}

static int read_kcore_header(void *arg)
{
	char header[SELFMAG];
	const int ret = read_kcore(header, SELFMAG, 0);

	return ret ? ret : memcmp(header, ELFMAG, SELFMAG) ? -EIO : 0;
}

static int read_kcore_page(void *arg)
{
	__u8 bytes[PAGE_BYTES];
	const int ret = read_kcore(bytes, PAGE_BYTES, kcore_page);

	return ret ? ret : memcmp(bytes, page.virt, PAGE_BYTES) ? -EIO : 0;
}

/* In this order they are obtained, and then used. */
static const struct row rows[] = {
	/* Before another file is given that mode. */
	{ "read of a debugfs file of mode 0444", obtain_open_to_all,
	  read_open_to_all, NULL, HERE, NEVER, 0 },
	{ "open of a debugfs file given mode 0444 before", obtain_chmodded,
	  read_chmodded, NULL, HERE, INTEGRITY, -EPERM },
	{ "pread of a kept debugfs file", obtain_debugfs, read_debugfs,
	  &debugfs, HERE | CHILD | NEW_CHILD | HALTED, INTEGRITY, -EPERM },
	{ "pread of a dup'ed debugfs file", obtain_debugfs, read_debugfs,
	  &duplicate, HERE, INTEGRITY, -EPERM },
	{ "pread of a passed debugfs file", obtain_debugfs, read_debugfs,
	  &passed, HERE, INTEGRITY, -EPERM },
	{ "preadv of a kept debugfs file", obtain_debugfs, readv_debugfs, NULL,
	  HERE, INTEGRITY, -EPERM },
	{ "io_uring read of a registered debugfs file", obtain_ring,
	  read_by_ring, NULL, HERE, INTEGRITY, -EPERM },
	{ "write to a kept debugfs file", obtain_debugfs, write_debugfs, NULL,
	  HERE, INTEGRITY, -EPERM },
	{ "write to a kept debugfs file, unsafe", obtain_unsafe, write_unsafe,
	  NULL, HERE, INTEGRITY, -EPERM },

	{ "read through a mapping of a debugfs file", obtain_pages, read_pages,
	  NULL, HERE | CHILD | NEW_CHILD, INTEGRITY, BUS },
	{ "process_vm_readv through a mapping of a debugfs file",
	  obtain_others_pages, read_others_pages, NULL, HERE, INTEGRITY,
	  -EFAULT },
	{ "mmap of a kept debugfs file", obtain_pages, map_pages, NULL, HERE,
	  INTEGRITY, -EPERM },
	{ "mmap of a kept debugfs file over something", obtain_pages,
	  map_pages_over, NULL, HERE, INTEGRITY, -EPERM },
	/* This one wants to be refused, at any level. */
	{ "no mmap of a debugfs file by overlayfs", obtain_overlaid,
	  map_overlaid, &overlaid, HERE, NEVER, 0 },

	{ "write to kept /dev/snapshot", keep, write_snapshot, &snapshot, HERE,
	  INTEGRITY, -EPERM },
	{ "SNAPSHOT_AVAIL_SWAP_SIZE on kept /dev/snapshot", keep, ask_snapshot,
	  &snapshot, HERE, INTEGRITY, -EPERM },
	{ "SNAPSHOT_UNFREEZE, SNAPSHOT_FREE on kept /dev/snapshot", keep,
	  drop_snapshot, &snapshot, HERE, NEVER, 0 },
	{ "staged kexec image", obtain_image, look_at_image, &image, HERE,
	  INTEGRITY, -EPERM },
	{ "staged crash image", obtain_image, look_at_image, &crash_image, HERE,
	  INTEGRITY, -EPERM },
	{ "pread of kept /proc/kcore, header", keep, read_kcore_header, &kcore,
	  HERE, CONFIDENTIALITY, -EPERM },
	{ "pread of kept /proc/kcore, RAM", obtain_kcore_page, read_kcore_page,
	  NULL, HERE, CONFIDENTIALITY, -EPERM },
	{ "pread of kept /proc/kcore, vmalloc memory", obtain_kcore_vmalloc,
	  read_kcore_vmalloc, NULL, HERE, CONFIDENTIALITY, -EPERM },
};

static struct {
	/* Why it is not tried. */
	const char *lacking;
	/* How obtaining it ended. */
	int obtained;
	/* The places where it did not work without a raise. */
	int broken;
} states[ARRAY_SIZE(rows)];

/* The step that is being done, and how often that changed, for the watch. */
static const char *step = "the start";
static atomic_uint steps;

static void begin_step(const char *description)
{
	__atomic_store_n(&step, description, __ATOMIC_RELEASE);
	steps++;
}

/* A thread, because no signal reaches one that waits in the kernel. */
static void *watch_steps(void *unused)
{
	unsigned int seen = steps, second = 0;

	while (second < HANG_S) {
		sleep(1);
		second = steps == seen ? second + 1 : 0;
		seen = steps;
	}
	ksft_exit_fail_msg("hangs: %s\n",
			   __atomic_load_n(&step, __ATOMIC_ACQUIRE));
}

static void obtain_all(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		begin_step(rows[i].description);
		states[i].obtained = rows[i].obtain(rows[i].arg);
		if (states[i].obtained == LACKING)
			states[i].lacking = lacking;
	}
	if (start_heirs())
		ksft_exit_fail_msg("no child\n");
}

static const char *outcome(int result, char text[32])
{
	if (result >= SIGNALLED)
		snprintf(text, 32, "SIG%s", sigabbrev_np(result - SIGNALLED));
	else if (result <= 0)
		return result ? errno_name(-result) : "success";
	else
		return "an effect";
	return text;
}

static void test_row(size_t i, int place, int level)
{
	static const char *const places[] = { [HERE] = "",
					      [CHILD] = ", child before",
					      [NEW_CHILD] = ", child after",
					      [STOPPED] = ", stopped child",
					      [TRACED] = ", traced child",
					      [FROZEN] = ", frozen child" };
	const char *missing = place == FROZEN ? no_cgroup : NULL;
	const struct row *row = &rows[i];
	char name[128], texts[2][32];
	int expected, ret;

	snprintf(name, sizeof(name), "%s: %s%s", level_name(level),
		 row->description, places[place]);
	if (states[i].lacking)
		missing = states[i].lacking;
	else if (states[i].broken & place)
		missing = "failed without a raise already";
	if (missing) {
		ksft_test_result_skip("%s: %s\n", name, missing);
		return;
	}
	begin_step(row->description);
	denied = level >= row->denied_from;
	expected = denied ? row->refusal : 0;
	ret = states[i].obtained;
	if (!ret)
		ret = use_by(place, row);
	ksft_print_msg("use: %s\t%s%s\t%s\n", level_name(level),
		       row->description, places[place], outcome(ret, texts[0]));
	if (ret != expected) {
		ksft_print_msg("expected %s%s\n", outcome(expected, texts[1]),
			       states[i].obtained ? ", and to obtain it" : "");
		if (level == LEVEL_NONE)
			states[i].broken |= place;
	}
	ksft_test_result(ret == expected, "%s\n", name);
}

static void test_rows(int level)
{
	size_t i;
	int place;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		for (place = HERE; place & ANYWHERE; place <<= 1) {
			if (rows[i].where & place)
				test_row(i, place, level);
		}
	}
}

/* Files that the raise takes back, many of them at a time. */
static struct {
	int files[LOAD];
	unsigned int nr_files;
} load;

static void take_load(void)
{
	const struct rlimit files = { 2 * LOAD, 2 * LOAD };
	size_t i;

	begin_step("taking the load");
	setrlimit(RLIMIT_NOFILE, &files);
	for (i = 0; i < LOAD; i++) {
		load.files[i] = open(debugfs.path, O_RDONLY | O_CLOEXEC);
		load.nr_files += load.files[i] >= 0;
	}
}

static void drop_load(void)
{
	size_t i;

	begin_step("dropping the load");
	for (i = 0; i < LOAD; i++)
		close(load.files[i]);
}

/* Writes a level, and says how many microseconds write(2) took. */
static long write_level(int level)
{
	struct timespec start, end;
	int fd, ret;

	fd = open(LOCKDOWN_FILE, O_WRONLY | O_CLOEXEC);
	clock_gettime(CLOCK_MONOTONIC, &start);
	ret = put(fd, level_name(level));
	clock_gettime(CLOCK_MONOTONIC, &end);
	close(fd);
	if (ret || lockdown_level() != level)
		ksft_exit_fail_msg("write %s: %s, so nothing can be tested\n",
				   level_name(level), errno_name(-ret));
	return us_between(&start, &end);
}

static void test_raise(int from, int to)
{
	const long limit = from == to ? AGAIN_LIMIT_US : RAISE_LIMIT_US;
	long us;

	begin_step("the raise");
	halt_all(true);
	us = write_level(to);
	halt_all(false);
	if (from == LEVEL_NONE)
		ksft_print_msg("raise took %ld us with %u debugfs files open\n",
			       us, load.nr_files);
	else
		ksft_print_msg("raise took %ld us\n", us);
	ksft_test_result(us < limit, "%s: write %s\n", level_name(from),
			 level_name(to));
}

/* Read by somebody without any privilege. */
static int residue_is_empty(void *arg)
{
	char text[256];
	ssize_t len;

	if (setresgid(NOBODY, NOBODY, NOBODY) ||
	    setresuid(NOBODY, NOBODY, NOBODY))
		return -errno;
	len = read_text(LOCKDOWN_RESIDUE, text, sizeof(text));
	return len > 0 ? -ENOTEMPTY : len;
}

static void test_residue_empty(void)
{
	const int ret = in_child(residue_is_empty, NULL);

	if (ret)
		ksft_print_msg("%s\n", errno_name(-ret));
	ksft_test_result(!ret, "none: residue is empty, for all to see\n");
}

/* A module that nobody signed is what a raise cannot take back. */
static int obtain_module(void)
{
	int ret;

	if (module_loaded())
		return lack("module " PROBE_MODULE, "it is loaded already");
	ret = load_module("lockdown_probe.ko");
	if (ret == -ENOENT)
		return lack("lockdown_probe.ko", "$LOCKDOWN_MODULE_DIR");
	return ret ? lack("unsigned modules", "module.sig_enforce") : 0;
}

/* Sets a hardware parameter to what it is. */
static int obtain_parameter(void)
{
	const char *const path = "/sys/module/8250/parameters/share_irqs";
	char value[16];

	if (read_text(path, value, sizeof(value)) < 0)
		return lack(path, "CONFIG_SERIAL_8250");
	return write_text(path, value) ? lack(path, "it cannot be set") : 0;
}

static void test_residue(const char *line, const char *missing)
{
	char text[8192] = "", *at;

	if (missing) {
		ksft_test_result_skip("integrity: residue: %s\n", missing);
		return;
	}
	read_text(LOCKDOWN_RESIDUE, text, sizeof(text));
	at = strstr(text, line);
	if (!at)
		ksft_print_msg("residue: \"%s\"\n", text);
	ksft_test_result(at && (at == text || at[-1] == '\n'),
			 "integrity: residue has %s\n", line);
}

/* The console shows whether the kernel minds any of that. */
static void test_give_up(const char *no_module)
{
	bool done = true;
	size_t i;

	begin_step("giving up what is left");
	if (pages.at && munmap(pages.at, PAGE_BYTES))
		done = false;
	for (i = 0; i < HALTS; i++)
		stop(&heirs.halted[i]);
	stop(&heirs.child);
	close(snapshot.fd);
	close(pages_file.fd);
	close(overlaid.fd);
	if (pages.at &&
	    syscall(__NR_delete_module, "lockdown_pages", O_NONBLOCK))
		done = false;
	if (!no_cgroup && rmdir(CGROUP))
		done = false;
	if (!no_module && unload_module())
		done = false;
	ksft_test_result(done, "confidentiality: give up what is left\n");
}

/* Ours alone, and gone with us; what is mounted already stays. */
static void mount_all(void)
{
	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return;
	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	mount("tracefs", "/sys/kernel/tracing", "tracefs", 0, NULL);
	mount("configfs", "/sys/kernel/config", "configfs", 0, NULL);
	mount("cgroup2", CGROUPS, "cgroup2", 0, NULL);
	if (mkdir(CGROUP, 0700))
		no_cgroup = "no cgroup to freeze (CONFIG_CGROUPS)";
}

static void prepare(void)
{
	struct sigaction action = {
		.sa_sigaction = on_fault,
		.sa_flags = SA_SIGINFO,
	};
	pthread_t thread;
	cpu_set_t cpus;

	mount_all();
	sigaction(SIGBUS, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	/* A child must not get a copy of the page when it, or we, write. */
	if (!own_page(&page))
		madvise(page.virt, PAGE_BYTES, MADV_DONTFORK);
	if (pthread_create(&thread, NULL, watch_steps, NULL))
		ksft_exit_fail_msg("pthread_create\n");
}

static unsigned int count_tests(void)
{
	unsigned int count = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		count += __builtin_popcount(rows[i].where & ANYWHERE);
	return 3 * count + 8;
}

int main(void)
{
	const char *no_module, *no_parameter;

	begin_raising();
	ksft_set_plan(count_tests());
	prepare();

	test_residue_empty();
	no_parameter = obtain_parameter() ? lacking : NULL;
	no_module = obtain_module() ? lacking : NULL;
	obtain_all();
	test_rows(LEVEL_NONE);

	take_load();
	test_raise(LEVEL_NONE, LEVEL_INTEGRITY);
	drop_load();
	test_residue("MODULE_SIGNATURE\tunsigned module " PROBE_MODULE "\n",
		     no_module);
	test_residue(
		"MODULE_PARAMETERS\thardware parameter 8250.share_irqs of kernel\n",
		no_parameter);
	test_rows(LEVEL_INTEGRITY);
	test_raise(LEVEL_INTEGRITY, LEVEL_INTEGRITY);

	test_raise(LEVEL_INTEGRITY, LEVEL_CONFIDENTIALITY);
	test_rows(LEVEL_CONFIDENTIALITY);
	test_raise(LEVEL_CONFIDENTIALITY, LEVEL_CONFIDENTIALITY);

	test_give_up(no_module);
	ksft_finished();
}
