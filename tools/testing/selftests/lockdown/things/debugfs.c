// SPDX-License-Identifier: GPL-2.0-only
/* Debugfs: files of the kernel, and of a module that has a mapping, too. */

#define _GNU_SOURCE
#include <fts.h>
#include <linux/io_uring.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "../lib/activity.h"
#include "../lib/fault.h"
#include "../lib/file.h"
#include "../lib/hole.h"
#include "../lib/pages.h"
#include "../lib/residue.h"
#include "../lib/transfer.h"
#include "../thing.h"

#define DEBUGFS "/sys/kernel/debug"

/* A file that debugfs trusts to be safe from its own removal. */
#define UNSAFE DEBUGFS "/fault_around_bytes"
/* A valid number other than the file's present one. */
#define UNSAFE_PARKED "16384"

#define CHMODDED DEBUGFS "/kprobes/enabled"

/* A file for root alone, whose content nobody else may read. */
#define PRIVATE DEBUGFS "/page_tables/kernel"
#define PRIVATE_CHMODDED DEBUGFS "/page_tables/current_kernel"
#define PUBLIC DEBUGFS "/wakeup_sources"

/* A file system is mounted here for a moment, in a private namespace. */
#define MOUNT_POINT "/tmp"

/* The time limit of a reader after the raise. */
#define READER_LIMIT_MS 2000
#define ASLEEP_MS 20000

/*
 * A write of this number takes seconds; it is in the handler after
 * SLOW_BEGINS_US.
 */
#define SLOW_MS "10000"
#define SLOW_BEGINS_US 100000

/* Mount debugfs in a private namespace, unless it is mounted already. */
static int need_debugfs(struct held *held)
{
	if (!access(UNSAFE, F_OK) || !access(CHMODDED, F_OK))
		return 0;
	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return lack(held, "no private mounts: %s", errno_name(errno));
	if (mount("debugfs", DEBUGFS, "debugfs", 0, NULL) && errno != EBUSY)
		return lack(held, "no debugfs: %s (CONFIG_DEBUG_FS)",
			    errno_name(errno));
	return 0;
}

/* A root-only file, and the text read from it before */

struct file {
	int fd;
	const char *path;
	char text[32];
};

static int find_path(struct held *held)
{
	static const char *const paths[] = {
		DEBUGFS "/x86/tlb_single_page_flush_ceiling",
		DEBUGFS "/kprobes/enabled",
	};
	struct file *file = held->state;
	size_t i;
	int ret;

	ret = need_debugfs(held);
	if (ret)
		return ret;
	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		if (access(paths[i], F_OK))
			continue;
		file->path = paths[i];
		return 0;
	}
	return lack(held, "no x86/tlb_single_page_flush_ceiling, nor %s",
		    "kprobes/enabled (CONFIG_DEBUG_FS)");
}

/* A racer calls this again with the file open. */
static int obtain_file(struct held *held)
{
	struct file *file = held->state;
	int fd, ret;

	ret = find_path(held);
	if (ret)
		return ret;
	fd = open(file->path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (file->fd > 0)
		close(file->fd);
	file->fd = fd;
	if (!file->text[0] &&
	    pread(fd, file->text, sizeof(file->text) - 1, 0) <= 0)
		return -EIO;
	return 0;
}

static void release_file(struct held *held)
{
	const struct file *file = held->state;

	if (file->fd > 0)
		close(file->fd);
}

static int exchange(struct held *held, int other)
{
	struct file *file = held->state;

	close(file->fd);
	file->fd = other;
	return other < 0 ? -EMFILE : 0;
}

static int obtain_duped(struct held *held)
{
	const struct file *file = held->state;
	const int ret = obtain_file(held);

	return ret ?: exchange(held, dup(file->fd));
}

static int obtain_passed(struct held *held)
{
	const struct file *file = held->state;
	const int ret = obtain_file(held);

	return ret ?: exchange(held, pass_descriptor(file->fd));
}

static const struct handle debugfs_file = {
	.size = sizeof(struct file),
	.obtain = obtain_file,
	.release = release_file,
};

static const struct handle duped_file = {
	.size = sizeof(struct file),
	.obtain = obtain_duped,
	.release = release_file,
};

static const struct handle passed_file = {
	.size = sizeof(struct file),
	.obtain = obtain_passed,
	.release = release_file,
};

/* Compare the text with the one read before, if there was one. */
static int check_text(const struct file *file, const char *text, ssize_t got)
{
	const int ret = file->text[0] ? result_of(got, strlen(file->text)) :
					-EIO;

	return ret ? ret : memcmp(text, file->text, got) ? -EIO : 0;
}

static int use_read(struct held *held)
{
	const struct file *file = held->state;
	char text[sizeof(file->text)];

	return check_text(file, text, pread(file->fd, text, sizeof(text), 0));
}

static int use_readv(struct held *held)
{
	const struct file *file = held->state;
	char text[sizeof(file->text)];

	return check_text(file, text,
			  vector_transfer(file->fd, false, text, sizeof(text),
					  0));
}

/* Write another number, read it back, and restore the old one. */
static int change_number(int fd, const char *path, long before, long after)
{
	char text[32];
	bool changed;
	int ret;

	snprintf(text, sizeof(text), "%ld\n", after);
	ret = result_of(write(fd, text, strlen(text)), strlen(text));
	if (ret)
		return ret;
	changed = read_number(path) == after;
	snprintf(text, sizeof(text), "%ld\n", before);
	ret = result_of(write(fd, text, strlen(text)), strlen(text));
	return changed ? ret : HAD_EFFECT;
}

static int use_write(struct held *held)
{
	const struct file *file = held->state;
	const long number = strtol(file->text, NULL, 0);

	return change_number(file->fd, file->path, number, number ^ 1);
}

/* With O_PATH the file itself is not opened. */
static int obtain_path(struct held *held)
{
	struct file *file = held->state;
	const int ret = find_path(held);

	if (ret)
		return ret;
	file->fd = open(file->path, O_PATH | O_CLOEXEC);
	return file->fd < 0 ? -errno : 0;
}

static const struct handle debugfs_path = {
	.size = sizeof(struct file),
	.obtain = obtain_path,
	.release = release_file,
};

static int use_chmod(struct held *held)
{
	const struct file *file = held->state;
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", file->fd);
	if (stat(path, &st) || chmod(path, st.st_mode & 07777))
		return -errno;
	return 0;
}

/* A file that debugfs trusts to be safe from its own removal */

struct attribute {
	int fd;
	long number;
};

static int obtain_attribute(struct held *held)
{
	struct attribute *attribute = held->state;
	int ret;

	ret = need_debugfs(held);
	if (ret)
		return ret;
	attribute->fd = open(UNSAFE, O_RDWR | O_CLOEXEC);
	if (attribute->fd < 0)
		return cannot_open(held, UNSAFE, "CONFIG_DEBUG_FS, CONFIG_MMU");
	attribute->number = read_number(UNSAFE);
	return 0;
}

static void release_attribute(struct held *held)
{
	const struct attribute *attribute = held->state;

	if (attribute->fd > 0)
		close(attribute->fd);
}

static const struct handle unsafe_file = {
	.size = sizeof(struct attribute),
	.obtain = obtain_attribute,
	.release = release_attribute,
};

/* Halve the number: it must stay a power of two. */
static int use_write_unsafe(struct held *held)
{
	const struct attribute *attribute = held->state;
	const long number = attribute->number;

	return change_number(attribute->fd, UNSAFE, number, number / 2);
}

static int call_write(struct held *held, __u8 *hole)
{
	const struct attribute *attribute = held->state;
	const size_t len = strlen(UNSAFE_PARKED);

	return result_of(write(attribute->fd, hole, len), len);
}

static void fill_write(struct held *held, __u8 *page)
{
	memcpy(page, UNSAFE_PARKED, sizeof(UNSAFE_PARKED));
}

/* The file cannot be read after a raise. */
static bool has_written(struct held *held)
{
	return read_number(UNSAFE) == atol(UNSAFE_PARKED);
}

static int undo_write(struct held *held)
{
	const struct attribute *attribute = held->state;
	char text[32];

	snprintf(text, sizeof(text), "%ld\n", attribute->number);
	return result_of(write(attribute->fd, text, strlen(text)),
			 strlen(text));
}

/* World-readable files */

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

/* Try several files: a file with an ioctl is denied for its ioctl. */
struct open_to_all {
	char *paths[8];
	unsigned int nr;
};

static int obtain_open_to_all(struct held *held)
{
	struct open_to_all *files = held->state;
	char root[] = DEBUGFS;
	FTSENT *entry;
	FTS *tree;

	tree = fts_open((char *const[]){ root, NULL },
			FTS_PHYSICAL | FTS_XDEV | FTS_NOCHDIR, NULL);
	while (tree && files->nr < ARRAY_SIZE(files->paths) &&
	       (entry = fts_read(tree))) {
		if (entry->fts_info == FTS_F &&
		    (entry->fts_statp->st_mode & 07777) == 0444 &&
		    !read_some(entry->fts_path))
			files->paths[files->nr++] = strdup(entry->fts_path);
	}
	if (tree)
		fts_close(tree);
	if (!files->nr)
		return lack(held, "no debugfs file of mode 0444 (%s)",
			    "CONFIG_DEBUG_FS");
	return 0;
}

static void release_open_to_all(struct held *held)
{
	struct open_to_all *files = held->state;

	while (files->nr)
		free(files->paths[--files->nr]);
}

static const struct handle open_to_all = {
	.size = sizeof(struct open_to_all),
	.obtain = obtain_open_to_all,
	.release = release_open_to_all,
};

static int use_open_to_all(struct held *held)
{
	const struct open_to_all *files = held->state;
	unsigned int i;
	int ret = -ENOENT;

	for (i = 0; i < files->nr && ret; i++)
		ret = read_some(files->paths[i]);
	return ret;
}

static int obtain_chmodded(struct held *held)
{
	if (access(CHMODDED, F_OK))
		return lack(held, "no " CHMODDED " (%s)",
			    "CONFIG_DEBUG_FS, CONFIG_KPROBES");
	return chmod(CHMODDED, 0444) ? -errno : 0;
}

static const struct handle chmodded = {
	.obtain = obtain_chmodded,
};

static int use_chmodded(struct held *held)
{
	return read_some(CHMODDED);
}

/* A ring with a file that is registered, and has no descriptor any more */

struct ring {
	struct file file;
	int fd;
	__u8 *at;
	struct io_uring_sqe *sqes;
	struct io_uring_params params;
	__u32 done;
};

static int obtain_ring(struct held *held)
{
	const int prot = PROT_READ | PROT_WRITE;
	const int flags = MAP_SHARED | MAP_POPULATE;
	struct ring *ring = held->state;
	int ret;

	if (no_uring())
		return lack(held, "%s", no_uring());
	ret = obtain_file(held);
	if (ret)
		return ret;
	ring->fd = syscall(__NR_io_uring_setup, 1, &ring->params);
	/* IORING_FEAT_SINGLE_MMAP: both queues in one page here, since 5.4. */
	ring->at = mmap(NULL, PAGE_BYTES, prot, flags, ring->fd,
			IORING_OFF_SQ_RING);
	ring->sqes =
		mmap(NULL, PAGE_BYTES, prot, flags, ring->fd, IORING_OFF_SQES);
	if (ring->at == MAP_FAILED || ring->sqes == MAP_FAILED ||
	    syscall(__NR_io_uring_register, ring->fd, IORING_REGISTER_FILES,
		    &ring->file.fd, 1))
		return -errno;
	close(ring->file.fd);
	ring->file.fd = 0;
	return 0;
}

static void release_ring(struct held *held)
{
	struct ring *ring = held->state;

	if (ring->at && ring->at != MAP_FAILED)
		munmap(ring->at, PAGE_BYTES);
	if (ring->sqes && ring->sqes != MAP_FAILED)
		munmap(ring->sqes, PAGE_BYTES);
	if (ring->fd > 0)
		close(ring->fd);
	release_file(held);
}

static const struct handle file_in_ring = {
	.size = sizeof(struct ring),
	.obtain = obtain_ring,
	.release = release_ring,
};

static int use_ring(struct held *held)
{
	struct ring *ring = held->state;
	const struct io_uring_params *params = &ring->params;
	const struct io_uring_cqe *cqe =
		(struct io_uring_cqe *)(ring->at + params->cq_off.cqes) +
		ring->done++ % params->cq_entries;
	char text[sizeof(ring->file.text)];

	ring->sqes[0] = (struct io_uring_sqe){
		.opcode = IORING_OP_READ,
		.flags = IOSQE_FIXED_FILE,
		.addr = (uintptr_t)text,
		.len = sizeof(text),
	};
	__atomic_store_n((__u32 *)(ring->at + params->sq_off.tail), ring->done,
			 __ATOMIC_RELEASE);
	if (syscall(__NR_io_uring_enter, ring->fd, 1, 1, IORING_ENTER_GETEVENTS,
		    NULL, 0) != 1)
		return -errno;
	__atomic_store_n((__u32 *)(ring->at + params->cq_off.head), ring->done,
			 __ATOMIC_RELEASE);
	return cqe->res < 0 ? cqe->res :
			      check_text(&ring->file, text, cqe->res);
}

/* A file that can be mapped */

struct pages {
	int fd;
	__u8 *at;
};

static int map_again(const struct pages *pages, __u8 **at)
{
	*at = mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, pages->fd, 0);
	if (*at != MAP_FAILED)
		return 0;
	*at = NULL;
	return -errno;
}

static int obtain_pages(struct held *held)
{
	struct pages *pages = held->state;
	int ret;

	ret = load_pages(held);
	if (ret)
		return ret;
	pages->fd = open(PAGES_FILE, O_RDONLY | O_CLOEXEC);
	if (pages->fd < 0)
		return cannot_open(held, PAGES_FILE, "CONFIG_DEBUG_FS");
	return map_again(pages, &pages->at);
}

static void release_pages(struct held *held)
{
	const struct pages *pages = held->state;

	if (pages->at)
		munmap(pages->at, PAGE_BYTES);
	if (pages->fd > 0)
		close(pages->fd);
	unload_pages();
}

static const struct handle pages_map = {
	.size = sizeof(struct pages),
	.obtain = obtain_pages,
	.release = release_pages,
};

static int check_pages(void *unused, __u8 *at)
{
	return memcmp(at, "lockdown", 8) ? -EIO : 0;
}

static int check_byte(void *unused, __u8 *at)
{
	return *at == 0x5a ? 0 : -EIO;
}

static int use_map(struct held *held)
{
	const struct pages *pages = held->state;

	return guarded(check_pages, NULL, pages->at);
}

static int obtain_others_pages(struct held *held)
{
	/* A call that transfers nothing succeeds. */
	if (process_vm_readv(getpid(), NULL, 0, NULL, 0, 0))
		return lack(held, "no process_vm_readv (%s)",
			    "CONFIG_CROSS_MEMORY_ATTACH");
	return obtain_pages(held);
}

static const struct handle others_pages = {
	.size = sizeof(struct pages),
	.obtain = obtain_others_pages,
	.release = release_pages,
};

/* Make the kernel pin the page of another process, and copy from it. */
static int use_others_map(struct held *held)
{
	const pid_t pid = held->holder->child.pid;
	const struct pages *pages = held->state;
	char bytes[8];
	const struct iovec to = { bytes, sizeof(bytes) };
	const struct iovec from = { pages->at, sizeof(bytes) };
	const int ret = result_of(process_vm_readv(pid, &to, 1, &from, 1, 0),
				  sizeof(bytes));

	if (ret)
		return ret;
	return memcmp(bytes, "lockdown", sizeof(bytes)) ? -EPROTO : 0;
}

static int use_mmap(struct held *held)
{
	__u8 *at;
	int ret;

	ret = map_again(held->state, &at);
	if (ret)
		return ret;
	ret = guarded(check_pages, NULL, at);
	munmap(at, PAGE_BYTES);
	return ret;
}

/* A refused mmap() must keep the old mapping. */
static int use_mmap_over(struct held *held)
{
	const struct pages *pages = held->state;
	__u8 *at = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int ret = 0;

	if (at == MAP_FAILED)
		return -errno;
	*at = 0x5a;
	if (mmap(at, PAGE_BYTES, PROT_READ, MAP_SHARED | MAP_FIXED, pages->fd,
		 0) != at)
		ret = -errno;
	if (!ret)
		ret = guarded(check_pages, NULL, at);
	else if (guarded(check_byte, NULL, at))
		ret = -EIO;
	munmap(at, PAGE_BYTES);
	return ret;
}

/* The same file, as another file system passes it on */

static int obtain_overlaid(struct held *held)
{
	struct pages *pages = held->state;
	int ret;

	ret = load_pages(held);
	if (ret)
		return ret;
	if (mount("overlay", MOUNT_POINT, "overlay", MS_RDONLY,
		  "lowerdir=" DEBUGFS ":" TRACEFS))
		return errno != ENODEV ? -errno :
					 lack(held, "no overlayfs (%s)",
					      "CONFIG_OVERLAY_FS");
	pages->fd = open(MOUNT_POINT "/lockdown_pages", O_RDONLY | O_CLOEXEC);
	ret = pages->fd < 0 ? -errno : 0;
	return umount2(MOUNT_POINT, MNT_DETACH) ? -EBUSY : ret;
}

static const struct handle overlaid_pages = {
	.size = sizeof(struct pages),
	.obtain = obtain_overlaid,
	.release = release_pages,
};

/*
 * The mapping is refused at any level: a raise would not find it by the file.
 */
static int use_overlaid(struct held *held)
{
	__u8 *at;
	const int ret = map_again(held->state, &at);

	if (ret)
		return ret == -ENODEV ? 0 : ret;
	munmap(at, PAGE_BYTES);
	return -EIO;
}

/* Probe for passthrough with any other file. */
static int obtain_fuse(struct held *held)
{
	if (map_passed_through("/proc/self/exe"))
		return lack(held, "no passing through (%s)",
			    "CONFIG_FUSE_PASSTHROUGH");
	return load_pages(held);
}

static void release_fuse(struct held *held)
{
	unload_pages();
}

static const struct handle by_fuse = {
	.obtain = obtain_fuse,
	.release = release_fuse,
};

/* After a raise, our FUSE server cannot even open the file. */
static int use_fuse(struct held *held)
{
	const int ret = map_passed_through(PAGES_FILE);

	return ret == -ENODEV ? 0 : ret ?: -EIO;
}

/* A file with handlers of its own */

struct handlers {
	int fd;
	struct activity activity;
	atomic_int tid;
	bool named;
};

static int open_handlers(struct held *held, int flags)
{
	struct handlers *handlers = held->state;
	const int ret = load_pages(held);

	if (ret)
		return ret;
	handlers->fd = open(HANDLERS_FILE, flags | O_CLOEXEC);
	if (handlers->fd < 0)
		return cannot_open(held, HANDLERS_FILE, "CONFIG_DEBUG_FS");
	return 0;
}

static int obtain_writer(struct held *held)
{
	return open_handlers(held, O_WRONLY);
}

static int obtain_reader(struct held *held)
{
	return open_handlers(held, O_RDONLY);
}

static void release_handlers(struct held *held)
{
	const struct handlers *handlers = held->state;

	if (handlers->activity.ended)
		pthread_join(handlers->activity.thread, NULL);
	if (handlers->fd > 0)
		close(handlers->fd);
	unload_pages();
}

static const struct handle handlers_writer = {
	.size = sizeof(struct handlers),
	.obtain = obtain_writer,
	.release = release_handlers,
};

static const struct handle handlers_reader = {
	.size = sizeof(struct handlers),
	.obtain = obtain_reader,
	.release = release_handlers,
};

/* Ask for no delay. */
static void fill_handlers(struct held *held, __u8 *page)
{
	page[0] = '0';
}

static int call_handlers(struct held *held, __u8 *hole)
{
	const struct handlers *handlers = held->state;

	return result_of(write(handlers->fd, hole, 1), 1);
}

/* The handler is called for each segment, and is parked in the first one. */
static int call_handlers_twice(struct held *held, __u8 *hole)
{
	const struct handlers *handlers = held->state;
	const struct iovec iov[] = { { hole, 1 }, { "0", 1 } };
	const ssize_t put = writev(handlers->fd, iov, ARRAY_SIZE(iov));

	return put == 1 ? -EPERM : result_of(put, 2);
}

/* A write that is past its copy cannot be stopped. Residue must name it. */
static void *write_slowly(void *arg)
{
	struct activity *activity = arg;
	struct handlers *handlers = activity->held->state;

	handlers->tid = gettid();
	end_activity(activity,
		     result_of(write(handlers->fd, SLOW_MS, strlen(SLOW_MS)),
			       strlen(SLOW_MS)));
	return NULL;
}

static void begin_slow_write(struct held *held)
{
	struct handlers *handlers = held->state;

	begin_activity(&handlers->activity, held, write_slowly);
	usleep(SLOW_BEGINS_US);
}

static int use_slow_write(struct held *held)
{
	struct handlers *handlers = held->state;

	if (!held->denied)
		return result_of(write(handlers->fd, "0", 1), 1);
	handlers->named |= use_in_residue("lockdown_handlers", handlers->tid);
	if (!wait_for(&handlers->activity.ended, ASLEEP_MS))
		return -ETIMEDOUT;
	return handlers->activity.result ?: handlers->named ? -EPERM : 0;
}

/* A reader that sleeps in a handler until data arrives */

static void *read_asleep(void *arg)
{
	struct activity *activity = arg;
	struct handlers *handlers = activity->held->state;
	char byte;

	handlers->tid = gettid();
	end_activity(activity, result_of(read(handlers->fd, &byte, 1), 1));
	return NULL;
}

static void begin_sleep(struct held *held)
{
	struct handlers *handlers = held->state;
	int ms;

	handlers->tid = 0;
	handlers->activity.ended = false;
	if (begin_activity(&handlers->activity, held, read_asleep))
		return;
	for (ms = 0; ms < ASLEEP_MS; ms += 10) {
		if (handlers->tid && is_asleep(handlers->tid))
			return;
		usleep(10000);
	}
}

/* Only the raise wakes the sleeper. */
static int use_sleeper(struct held *held)
{
	struct handlers *handlers = held->state;
	int ret;

	if (held->denied)
		return watch_activity(&handlers->activity, held,
				      READER_LIMIT_MS);
	begin_sleep(held);
	ret = write_text(HANDLERS_FILE, "0");
	if (!wait_for(&handlers->activity.ended, ASLEEP_MS))
		return -ETIMEDOUT;
	pthread_join(handlers->activity.thread, NULL);
	return ret ?: handlers->activity.result;
}

/*
 * A mapping that has its page, and cannot be found yet while the level rises. A
 * child makes it, because its mmap lock is held meanwhile.
 */

struct slow {
	unsigned int ms;
	/* The time from its begin to the raise. */
	unsigned int before_ms;
};

struct slow_map {
	pid_t pid;
	int go;
	/* The exit status, once the child has ended. */
	int status;
};

static const struct slow seconds = { 10000, 100 };
static const struct slow moment = { 30, 20 };

static int obtain_slow_map(struct held *held)
{
	return load_pages(held);
}

static void release_slow_map(struct held *held)
{
	const struct slow_map *map = held->state;

	if (map->pid > 0) {
		close(map->go);
		waitpid(map->pid, NULL, 0);
	}
	unload_pages();
}

static const struct handle slow_map = {
	.size = sizeof(struct slow_map),
	.obtain = obtain_slow_map,
	.release = release_slow_map,
};

/* Exit with the first byte of the page. */
static void map_slowly(unsigned int ms, int go)
{
	const int fd = open(PAGES_FILE, O_RDONLY | O_CLOEXEC);
	const char *at;
	char byte = 0;

	if (write(go, &byte, 1) != 1)
		_exit(1);
	at = mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, fd, ms * PAGE_BYTES);
	if (at == MAP_FAILED || read(go, &byte, 1) != 1)
		_exit(1);
	_exit(*at);
}

static void begin_map(struct slow_map *map, const struct slow *slow)
{
	int pair[2];
	char byte;

	map->status = -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return;
	fflush(stdout);
	map->pid = fork();
	if (!map->pid) {
		close(pair[1]);
		map_slowly(slow->ms, pair[0]);
	}
	close(pair[0]);
	map->go = pair[1];
	/* Wait until the child is about to map. */
	if (read(map->go, &byte, 1) == 1)
		usleep(slow->before_ms * 1000);
}

static void begin_slow_map(struct held *held)
{
	begin_map(held->state, held->thing->arg);
}

/* Let the child read its page. */
static void end_map(struct slow_map *map)
{
	if (map->pid <= 0)
		return;
	if (write(map->go, "", 1) != 1)
		printf("# the process with the mapping has ended\n");
	close(map->go);
	waitpid(map->pid, &map->status, 0);
	map->pid = 0;
}

static int use_slow_map(struct held *held)
{
	struct slow_map *map = held->state;

	if (!held->denied)
		begin_map(map, &moment);
	end_map(map);
	if (WIFSIGNALED(map->status))
		return SIGNALLED + WTERMSIG(map->status);
	return WEXITSTATUS(map->status) == 'l' ? 0 : -EIO;
}

/* Files for root alone, which only confidentiality denies */

struct private_file {
	int fd;
	bool chmodded;
};

static int open_private(struct held *held, const char *path)
{
	struct private_file *file = held->state;
	const int ret = need_debugfs(held);

	if (ret)
		return ret;
	file->fd = open(path, O_RDONLY | O_CLOEXEC);
	return file->fd < 0 ? cannot_open(held, path, "CONFIG_PTDUMP_DEBUGFS") :
			      0;
}

static int obtain_private(struct held *held)
{
	return open_private(held, PRIVATE);
}

/* A mode that an administrator gave is not the mode that counts. */
static int obtain_chmodded_private(struct held *held)
{
	struct private_file *file = held->state;
	const int ret = open_private(held, PRIVATE_CHMODDED);

	if (ret)
		return ret;
	if (chmod(PRIVATE_CHMODDED, 0444))
		return -errno;
	file->chmodded = true;
	return 0;
}

static void release_private(struct held *held)
{
	const struct private_file *file = held->state;

	/* A raise refuses chmod(2) as well; the mode is lost in a reboot. */
	if (file->chmodded && chmod(PRIVATE_CHMODDED, 0400) && errno != EPERM)
		not_released("the mode of " PRIVATE_CHMODDED, errno);
	if (file->fd > 0)
		close(file->fd);
}

static const struct handle private_file = {
	.size = sizeof(struct private_file),
	.obtain = obtain_private,
	.release = release_private,
	.has_fd = true,
};

static const struct handle chmodded_private_file = {
	.size = sizeof(struct private_file),
	.obtain = obtain_chmodded_private,
	.release = release_private,
};

static int use_private(struct held *held)
{
	const struct private_file *file = held->state;
	char byte;

	return result_of(pread(file->fd, &byte, 1, 0), 1);
}

/* Not by what was opened before: the open itself must be refused. */
static int use_chmodded_private(struct held *held)
{
	return read_some(PRIVATE_CHMODDED);
}

static int use_public(struct held *held)
{
	const int ret = need_debugfs(held);

	if (ret)
		return ret;
	if (access(PUBLIC, F_OK))
		return lack(held, "no %s (CONFIG_PM_SLEEP)", PUBLIC);
	return read_some(PUBLIC);
}

static const struct thing debugfs_things[] = {
	/* This thing must come before another file is given that mode. */
	{
		.name = "debugfs.open_to_all",
		.reason = "DEBUGFS",
		.denied_from = NEVER,
		.handle = &open_to_all,
		.use = use_open_to_all,
		.kept.title = "read of a debugfs file of mode 0444",
		.kept.places = HERE,
	},
	{
		.name = "debugfs.chmodded",
		.reason = "DEBUGFS",
		.denied_from = INTEGRITY,
		.handle = &chmodded,
		.use = use_chmodded,
		.kept.title = "open of a debugfs file given mode 0444 before",
		.kept.places = HERE,
	},
	{
		.name = "debugfs.read",
		.reason = "DEBUGFS",
		.denied_from = INTEGRITY,
		.handle = &debugfs_file,
		.use = use_read,
		.object = "open of */?*",
		.level.title = "read a private debugfs file",
		.kept = {
			.title = "pread of a kept debugfs file",
			.places = HERE | CHILD | NEW_CHILD | HALTED,
			.load = true,
		},
		.raced.title = "a file of debugfs",
		.raced.slots = 64,
		.raced.again = true,
	},
	{
		.name = "debugfs.read_duped",
		.reason = "DEBUGFS",
		.denied_from = INTEGRITY,
		.handle = &duped_file,
		.use = use_read,
		.kept.title = "pread of a dup'ed debugfs file",
		.kept.places = HERE,
	},
	{
		.name = "debugfs.read_passed",
		.reason = "DEBUGFS",
		.denied_from = INTEGRITY,
		.handle = &passed_file,
		.use = use_read,
		.kept.title = "pread of a passed debugfs file",
		.kept.places = HERE,
	},
	{
		.name = "debugfs.readv",
		.reason = "DEBUGFS",
		.denied_from = INTEGRITY,
		.handle = &debugfs_file,
		.use = use_readv,
		.kept.title = "preadv of a kept debugfs file",
		.kept.places = HERE,
	},
	{
		.name = "debugfs.ring",
		.reason = "DEBUGFS",
		.denied_from = INTEGRITY,
		.handle = &file_in_ring,
		.use = use_ring,
		.kept.title = "io_uring read of a registered debugfs file",
		.kept.places = HERE,
	},
	{
		.name = "debugfs.write",
		.reason = "DEBUGFS",
		.denied_from = INTEGRITY,
		.handle = &debugfs_file,
		.use = use_write,
		.object = "open of */?*",
		.level.title = "write to a debugfs file",
		.kept.title = "write to a kept debugfs file",
		.kept.places = HERE,
	},
	{
		.name = "debugfs.unsafe",
		.reason = "DEBUGFS",
		.denied_from = INTEGRITY,
		.handle = &unsafe_file,
		.use = use_write_unsafe,
		.object = "open of */fault_around_bytes",
		.level.title = "open a debugfs file, unsafe",
		.kept.title = "write to a kept debugfs file, unsafe",
		.kept.places = HERE,
		.parked = {
			.title = "write to a debugfs file",
			.call = call_write,
			.fill = fill_write,
			.took_effect = has_written,
			.undo = undo_write,
		},
	},
	{
		.name = "debugfs.unsafe_fuse",
		.reason = "DEBUGFS",
		.denied_from = INTEGRITY,
		.handle = &unsafe_file,
		.parked = {
			.title = "write to a debugfs file from a page of FUSE",
			.call = call_write,
			.fill = fill_write,
			.took_effect = has_written,
			.undo = undo_write,
			.by_fuse = true,
		},
	},
	{
		.name = "debugfs.chmod",
		.reason = "DEBUGFS",
		.denied_from = INTEGRITY,
		.handle = &debugfs_path,
		.use = use_chmod,
		.object = "attributes of */?*",
		.level.title = "change the mode of a debugfs file",
		.kept.title = "change the mode of a kept debugfs file",
		.kept.places = EVERYWHERE,
	},
	{
		.name = "debugfs.map_read",
		.reason = "DEBUGFS",
		.denied_from = INTEGRITY,
		.handle = &pages_map,
		.use = use_map,
		.kept.title = "read through a mapping of a debugfs file",
		.kept.places = HERE | CHILD | NEW_CHILD,
		.kept.refusal = BUS,
	},
	{
		.name = "debugfs.map_vm_readv",
		.reason = "DEBUGFS",
		.denied_from = INTEGRITY,
		.handle = &others_pages,
		.use = use_others_map,
		.kept.title =
			"process_vm_readv through a mapping of a debugfs file",
		.kept.places = HERE,
		.kept.refusal = -EFAULT,
	},
	{
		.name = "debugfs.mmap",
		.reason = "DEBUGFS",
		.denied_from = INTEGRITY,
		.handle = &pages_map,
		.use = use_mmap,
		.kept.title = "mmap of a kept debugfs file",
		.kept.places = HERE,
	},
	{
		.name = "debugfs.mmap_over",
		.reason = "DEBUGFS",
		.denied_from = INTEGRITY,
		.handle = &pages_map,
		.use = use_mmap_over,
		.kept.title = "mmap of a kept debugfs file over something",
		.kept.places = HERE,
	},
	/* These must be refused at any level. */
	{
		.name = "debugfs.mmap_overlaid",
		.reason = "DEBUGFS",
		.denied_from = NEVER,
		.handle = &overlaid_pages,
		.use = use_overlaid,
		.kept.title = "no mmap of a debugfs file by overlayfs",
		.kept.places = HERE,
	},
	{
		.name = "debugfs.mmap_fuse",
		.reason = "DEBUGFS",
		.denied_from = INTEGRITY,
		.handle = &by_fuse,
		.use = use_fuse,
		.kept.title = "no mmap of a debugfs file by FUSE",
		.kept.places = HERE,
		.kept.refusal = -EOPNOTSUPP,
	},
	/* The check stands in front of the handler, and its copy. */
	{
		.name = "debugfs.handler",
		.reason = "DEBUGFS",
		.denied_from = INTEGRITY,
		.handle = &handlers_writer,
		.parked = {
			.title = "write to a debugfs file of a module",
			.call = call_handlers,
			.fill = fill_handlers,
			.named = "lockdown_handlers",
		},
	},
	{
		.name = "debugfs.handler_twice",
		.reason = "DEBUGFS",
		.denied_from = INTEGRITY,
		.handle = &handlers_writer,
		.parked = {
			.title = "second segment for a handler of debugfs",
			.call = call_handlers_twice,
			.fill = fill_handlers,
		},
	},
	{
		.name = "debugfs.sleeper",
		.reason = "DEBUGFS",
		.denied_from = INTEGRITY,
		.handle = &handlers_reader,
		.use = use_sleeper,
		.kept.title = "read of a debugfs file that sleeps meanwhile",
		.kept.places = HERE,
		.kept.before = begin_sleep,
	},
	{
		.name = "debugfs.slow_write",
		.reason = "DEBUGFS",
		.denied_from = INTEGRITY,
		.handle = &handlers_writer,
		.use = use_slow_write,
		.kept = {
			.title =
				"slow write to debugfs that residue does not name",
			.places = HERE,
			.before = begin_slow_write,
		},
	},
	{
		.name = "debugfs.slow_map",
		.reason = "DEBUGFS",
		.denied_from = INTEGRITY,
		.handle = &slow_map,
		.arg = &seconds,
		.use = use_slow_map,
		.kept = {
			.title = "page of a debugfs mmap that takes seconds",
			.places = HERE,
			/* The raise kills the child rather than wait. */
			.refusal = SIGNALLED + SIGKILL,
			.before = begin_slow_map,
		},
	},
	{
		.name = "debugfs.private",
		.reason = "DEBUGFS_PRIVATE",
		.denied_from = CONFIDENTIALITY,
		.handle = &private_file,
		.use = use_private,
		.object = "open of *page_tables/kernel",
		.level.title = "read a private debugfs file",
		.kept.title = "private debugfs file",
		.kept.places = HERE,
	},
	{
		.name = "debugfs.private_chmod",
		.reason = "DEBUGFS_PRIVATE",
		.denied_from = CONFIDENTIALITY,
		.handle = &chmodded_private_file,
		.use = use_chmodded_private,
		.kept.title = "private debugfs file, open after chmod 0444",
		.kept.places = HERE,
	},
	{
		.name = "debugfs.public",
		.reason = "DEBUGFS_PRIVATE",
		.denied_from = NEVER,
		.use = use_public,
		.level.title = "read a debugfs file for all",
	},
		/* Last, because it must begin close to the raise. */
	{
		.name = "debugfs.quick_map",
		.reason = "DEBUGFS",
		.denied_from = INTEGRITY,
		.handle = &slow_map,
		.arg = &moment,
		.use = use_slow_map,
		.kept = {
			.title = "page of a debugfs mmap that takes 30 ms",
			.places = HERE,
			.refusal = BUS,
			.before = begin_slow_map,
		},
	},
};

REGISTER_THINGS(debugfs_things);
