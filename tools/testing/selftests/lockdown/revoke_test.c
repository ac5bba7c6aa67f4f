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
#include <drm/drm.h>
#include <glob.h>
#include <linux/close_range.h>
#include <linux/cramfs_fs.h>
#include <linux/pci_regs.h>
#include <linux/perf_event.h>
#include <linux/serial.h>
#include <linux/trace_mmap.h>
#include <linux/vfio.h>
#include <mtd/mtd-user.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "../kselftest.h"
#include "common.h"

#define DEBUGFS "/sys/kernel/debug/"
#define MAPPED TRACEFS "instances/lockdown_mapped"
#define AWAITED TRACEFS "instances/lockdown_awaited"
#define EXPORTED TRACEFS "instances/lockdown_exported"
#define CGROUPS "/sys/fs/cgroup"
#define CGROUP CGROUPS "/lockdown_test"
/* Where something else is mounted for a moment, for us alone. */
#define MOUNT_POINT "/tmp"

/* In a frame buffer, behind what a text console uses of it. */
#define FRAME_OFFSET 0x100000

#define PERF_BYTES (8 * PAGE_BYTES)
#define PERF_PERIOD_NS 5000000

/* Even an emulated machine under that load is faster by far. */
#define RAISE_LIMIT_US 10000000
#define AGAIN_LIMIT_US 1000000
/* How long what goes on may go on after a raise. */
#define READER_LIMIT_MS 2000
/* Somebody is scheduled meanwhile. */
#define COUNT_MS 100
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
static struct timespec raised_at;
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

/* Is there a file among those of @pattern with @text in it, and which? */
static bool find_file(const char *pattern, const char *text, char *path)
{
	char contents[256];
	bool found = false;
	glob_t files;
	size_t i;

	if (glob(pattern, 0, NULL, &files))
		return false;
	for (i = 0; i < files.gl_pathc && !found; i++) {
		found = read_text(files.gl_pathv[i], contents,
				  sizeof(contents)) > 0 &&
			strstr(contents, text);
		if (found)
			snprintf(path, 128, "%s", files.gl_pathv[i]);
	}
	globfree(&files);
	return found;
}

static bool wait_for(const atomic_bool *flag, int ms)
{
	for (; ms > 0 && !*flag; ms -= 10)
		usleep(10000);
	return *flag;
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

/* Things that go on until they are stopped, in threads of their own */

struct activity {
	void *(*run)(void *activity);
	atomic_bool ready, ended;
	/* Both valid once it has ended. */
	int result;
	struct timespec when;
};

/* On other processors than the one that raises the level, if there are any. */
static int begin(struct activity *activity)
{
	pthread_attr_t attr;
	pthread_t thread;
	cpu_set_t cpus;
	int cpu, ret;

	pthread_attr_init(&attr);
	CPU_ZERO(&cpus);
	for (cpu = 1; cpu < sysconf(_SC_NPROCESSORS_ONLN); cpu++)
		CPU_SET(cpu, &cpus);
	if (CPU_COUNT(&cpus))
		pthread_attr_setaffinity_np(&attr, sizeof(cpus), &cpus);
	ret = -pthread_create(&thread, &attr, activity->run, activity);
	pthread_attr_destroy(&attr);
	return ret;
}

static void end(struct activity *activity, int result)
{
	activity->result = result;
	clock_gettime(CLOCK_MONOTONIC, &activity->when);
	activity->ended = true;
}

/* 0 while it goes on; how it ended, no later than @ms after the raise. */
static int watch(const struct activity *activity, int ms)
{
	if (!denied) {
		if (!wait_for(&activity->ready, SETTLE_MS))
			return -ETIMEDOUT;
		/* Time to end, for what does not go on in truth. */
		usleep(100000);
		return activity->ended ? -EIO : 0;
	}
	if (!wait_for(&activity->ended, ms))
		return 0;
	if (us_between(&raised_at, &activity->when) > ms * 1000L)
		return -ETIMEDOUT;
	return activity->result;
}

/* Physical memory */

static struct kept mem = { "/dev/mem", O_RDWR, "CONFIG_DEVMEM", 0 };
static struct map writable = { &mem, PROT_READ | PROT_WRITE, 0, NULL };

/* PCI_ACCESS */

static char vga_resource[128];
static struct kept vga_sysfs = { vga_resource, O_RDWR, "CONFIG_PCI", 0 };
static struct kept vga_proc;
static struct map bar = { &vga_sysfs, PROT_READ | PROT_WRITE, FRAME_OFFSET,
			  NULL };
static struct map proc_bar = { &vga_proc, PROT_READ | PROT_WRITE, 0, NULL };

/* A page of it, in physical memory. */
static off_t frame;

/* The VGA of Bochs, which QEMU has too: its BAR 0 is memory for pictures. */
static int obtain_bar(void *arg)
{
	char *file;

	if (bar.at)
		return 0;
	if (!find_file("/sys/bus/pci/devices/*/modalias",
		       "pci:v00001234d00001111", vga_resource))
		return lack("VGA of QEMU", "to write rubbish to");
	file = strrchr(vga_resource, '/') + 1;
	/* A machine without a BIOS leaves that to drivers. */
	memcpy(file, "enable", sizeof("enable"));
	if (!read_number(vga_resource) && write_text(vga_resource, "1"))
		return -EIO;
	/* It starts with where BAR 0 is. */
	memcpy(file, "resource", sizeof("resource"));
	frame = read_number(vga_resource) + FRAME_OFFSET;
	memcpy(file, "resource0", sizeof("resource0"));
	return keep_map(&bar);
}

static int obtain_proc_bar(void *arg)
{
	/* PCIIOC_MMAP_IS_MEM of <linux/pci.h> */
	const unsigned long is_mem = 'P' << 24 | 'C' << 16 | 'I' << 8 | 2;
	const char *device = vga_resource + strlen("/sys/bus/pci/devices/");
	const int ret = obtain_bar(NULL);

	if (ret || proc_bar.at)
		return ret;
	vga_proc.fd = open_proc_pci(device, O_RDWR | O_CLOEXEC);
	if (ioctl(vga_proc.fd, is_mem, 0))
		return errno == EINVAL ? lack("mmap of /proc/bus/pci",
					      "not on this machine") :
					 -errno;
	proc_bar.offset = frame;
	return keep_map(&proc_bar);
}

/* Atomic, so that the compiler does not take it for ordinary memory. */
static int change_frame(__u8 *at)
{
	__u32 *const word = (void *)at;
	const __u32 before = __atomic_load_n(word, __ATOMIC_RELAXED);
	__u32 now;

	__atomic_store_n(word, ~before, __ATOMIC_RELAXED);
	now = __atomic_load_n(word, __ATOMIC_RELAXED);
	__atomic_store_n(word, before, __ATOMIC_RELAXED);
	return now == ~before ? 0 : -EIO;
}

static int write_bar(void *arg)
{
	return guarded(change_frame, ((struct map *)arg)->at);
}

#ifdef __x86_64__
static int obtain_mem_bar(void *arg)
{
	int ret;

	ret = obtain_bar(NULL);
	if (!ret)
		ret = keep(&mem);
	writable.offset = frame;
	return ret ? ret : keep_map(&writable);
}
#endif

static int map_bar(void *arg)
{
	__u8 *at;
	int ret;

	ret = map_again(arg, &at);
	if (ret)
		return ret;
	ret = guarded(change_frame, at);
	munmap(at, PAGE_BYTES);
	return ret;
}

/* A device that may write to memory, because its configuration says so. */
static struct master {
	bool driven;
	int fd;
} orphan = { false, 0 }, driven = { true, 0 };

/* Not what the kernel may need as one: bridges, interrupt controllers. */
static bool can_be_master(int fd)
{
	__u8 header[PCI_STD_HEADER_SIZEOF];
	__u8 *const base_class = &header[PCI_CLASS_DEVICE + 1];

	return pread(fd, header, sizeof(header), 0) == sizeof(header) &&
	       !(header[PCI_HEADER_TYPE] & PCI_HEADER_TYPE_MASK) &&
	       *base_class != 0x06 && *base_class != 0x08;
}

static bool is_master(int fd)
{
	__u16 command;

	return pread(fd, &command, sizeof(command), PCI_COMMAND) ==
		       sizeof(command) &&
	       command & htole16(PCI_COMMAND_MASTER);
}

static bool make_master(int fd)
{
	__u16 command;

	if (pread(fd, &command, sizeof(command), PCI_COMMAND) !=
	    sizeof(command))
		return false;
	command |= htole16(PCI_COMMAND_MASTER);
	return pwrite(fd, &command, sizeof(command), PCI_COMMAND) ==
		       sizeof(command) &&
	       is_master(fd);
}

/* Its configuration space, or -1 if it will not do. */
static int open_master(const char *device, bool driven)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/driver", device);
	if (!access(path, F_OK) != driven)
		return -1;
	snprintf(path, sizeof(path), "%s/config", device);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (can_be_master(fd) && make_master(fd))
		return fd;
	close(fd);
	return -1;
}

static int obtain_master(void *arg)
{
	struct master *master = arg;
	glob_t devices;
	size_t i;

	master->fd = -1;
	if (glob("/sys/bus/pci/devices/*", 0, NULL, &devices))
		return lack("PCI devices", "CONFIG_PCI");
	for (i = 0; i < devices.gl_pathc && master->fd < 0; i++)
		master->fd = open_master(devices.gl_pathv[i], master->driven);
	globfree(&devices);
	if (master->fd < 0)
		return lack("PCI device that can be a bus master",
			    master->driven ? "and has a driver" :
					     "and has no driver");
	return 0;
}

static int look_at_master(void *arg)
{
	return is_master(((struct master *)arg)->fd) ? 0 : -EPERM;
}

/*
 * Not denied: a device that a program drives by VFIO, behind an IOMMU.  QEMU's
 * edu copies between memory and a buffer of its own.
 */

#define EDU_IDS "PCI_ID=1234:11E8"
#define EDU_ID 0x010000edU
#define EDU_LIVENESS 0x04
#define EDU_DMA 0x80
#define EDU_DMA_FROM_DEVICE 2ULL
#define EDU_DMA_START 1ULL
#define EDU_BUFFER 0x40000
#define EDU_PATIENCE_MS 5000

/* Where the device sees our pages, and where it would see another one. */
#define EDU_IOVA 0x100000
#define EDU_OTHER_IOVA 0x200000
#define EDU_AREA_IOVA 0x300000

static struct {
	char name[16];
	int container;
	int group;
	int device;
	__u8 *bar;
	__u64 *memory;
} vfio;

/* A name of ours, and whatever driver had the device before. */
static int bind_to_vfio(const char *uevent)
{
	char path[192];

	snprintf(vfio.name, sizeof(vfio.name), "%.15s",
		 uevent + strlen("/sys/bus/pci/devices/"));
	*strchrnul(vfio.name, '/') = '\0';
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/driver_override",
		 vfio.name);
	return write_text(path, "vfio-pci") ?:
		       write_text("/sys/bus/pci/drivers_probe", vfio.name);
}

static int open_group(void)
{
	char path[192], link[192] = "";

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/iommu_group",
		 vfio.name);
	if (readlink(path, link, sizeof(link) - 1) < 0)
		return -errno;
	snprintf(path, sizeof(path), "/dev/vfio%s", strrchr(link, '/'));
	return open(path, O_RDWR | O_CLOEXEC);
}

static int map_for_device(void *memory, __u64 iova)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)memory,
		.iova = iova,
		.size = PAGE_BYTES,
	};

	return ioctl(vfio.container, VFIO_IOMMU_MAP_DMA, &map) ? -errno : 0;
}

static int become_master(void)
{
	struct vfio_region_info config = {
		.argsz = sizeof(config),
		.index = VFIO_PCI_CONFIG_REGION_INDEX,
	};
	const __u16 command = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;

	if (ioctl(vfio.device, VFIO_DEVICE_GET_REGION_INFO, &config))
		return -errno;
	return result_of(pwrite(vfio.device, &command, sizeof(command),
				config.offset + PCI_COMMAND),
			 sizeof(command));
}

static int open_vfio_device(void)
{
	struct vfio_region_info bar = {
		.argsz = sizeof(bar),
		.index = VFIO_PCI_BAR0_REGION_INDEX,
	};

	vfio.container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	if (ioctl(vfio.group, VFIO_GROUP_SET_CONTAINER, &vfio.container) ||
	    ioctl(vfio.container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		return -errno;
	vfio.device = ioctl(vfio.group, VFIO_GROUP_GET_DEVICE_FD, vfio.name);
	if (vfio.device < 0 ||
	    ioctl(vfio.device, VFIO_DEVICE_GET_REGION_INFO, &bar))
		return -errno;
	vfio.bar = mmap(NULL, bar.size, PROT_READ | PROT_WRITE, MAP_SHARED,
			vfio.device, bar.offset);
	vfio.memory = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (vfio.bar == MAP_FAILED || vfio.memory == MAP_FAILED)
		return -errno;
	return map_for_device(vfio.memory, EDU_IOVA) ?: become_master();
}

static int obtain_vfio(void *arg)
{
	char uevent[128];
	int ret;

	if (vfio.memory)
		return 0;
	if (!find_file("/sys/bus/pci/devices/*/uevent", EDU_IDS, uevent))
		return lack("device that VFIO can drive", "QEMU's edu");
	if (access("/dev/vfio/vfio", F_OK))
		return lack("/dev/vfio", "CONFIG_VFIO");
	ret = bind_to_vfio(uevent);
	if (ret)
		return ret;
	vfio.group = open_group();
	if (vfio.group < 0)
		return lack("IOMMU", "QEMU's intel-iommu, CONFIG_INTEL_IOMMU");
	return open_vfio_device();
}

/* A device reads and writes this: each access counts. */
#define get_device(from) __atomic_load_n(from, __ATOMIC_ACQUIRE)
#define put_device(to, value) __atomic_store_n(to, value, __ATOMIC_RELEASE)

static int use_vfio_bar(void *arg)
{
	__u32 *const id = (__u32 *)vfio.bar;
	__u32 *const live = (__u32 *)(vfio.bar + EDU_LIVENESS);
	static __u32 number = 0x5a17;

	if (get_device(id) != EDU_ID)
		return -EIO;
	/* It says the opposite. */
	put_device(live, ++number);
	return get_device(live) == ~number ? 0 : -EIO;
}

/* The registers: source, destination, count, command. */
static int edu_copy(__u64 from, __u64 to, __u64 command)
{
	__u64 *const dma = (__u64 *)(vfio.bar + EDU_DMA);
	int ms;

	put_device(&dma[0], from);
	put_device(&dma[1], to);
	put_device(&dma[2], sizeof(__u64));
	put_device(&dma[3], command | EDU_DMA_START);
	for (ms = 0; ms < EDU_PATIENCE_MS; ms++) {
		if (!(get_device(&dma[3]) & EDU_DMA_START))
			return 0;
		usleep(1000);
	}
	return -ETIMEDOUT;
}

/* To the device, and back to the word behind it. */
static int use_vfio_dma(void *arg)
{
	static __u64 word;
	int ret;

	put_device(&vfio.memory[0], ++word);
	put_device(&vfio.memory[1], 0);
	ret = edu_copy(EDU_IOVA, EDU_BUFFER, 0);
	if (!ret)
		ret = edu_copy(EDU_BUFFER, EDU_IOVA + sizeof(word),
			       EDU_DMA_FROM_DEVICE);
	if (ret)
		return ret;
	return get_device(&vfio.memory[1]) == word ? 0 : -EIO;
}

#ifdef __x86_64__
/* Goes on for the device, which is why residue has to say so. */
static int obtain_vfio_area(void *arg)
{
	int ret = obtain_vfio(NULL);

	if (!ret && !writable.at)
		ret = obtain_mem_bar(NULL);
	return ret ?: map_for_device(writable.at, EDU_AREA_IOVA);
}

static int look_for_vfio_area(void *arg)
{
	static const char line[] =
		"DEV_MEM\tphysical memory was mapped into an IOMMU by VFIO\n";
	char text[8192] = "";

	read_text(LOCKDOWN_RESIDUE, text, sizeof(text));
	return denied == !!strstr(text, line) ? 0 : -EIO;
}
#endif

static int use_vfio_map(void *arg)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap),
		.iova = EDU_OTHER_IOVA,
		.size = PAGE_BYTES,
	};
	const int ret = map_for_device(vfio.memory, EDU_OTHER_IOVA);

	if (ret)
		return ret;
	return ioctl(vfio.container, VFIO_IOMMU_UNMAP_DMA, &unmap) ? -errno : 0;
}

/*
 * Nor is it denied to show pictures.  A buffer that is shown lies in the memory
 * of the graphics card, and its driver maps that.
 */

#define GPU_MODES 64
#define GPU_DEPTH 24
#define GPU_BITS 32

static struct {
	int card;
	struct drm_mode_modeinfo mode;
	__u32 crtc;
	__u32 connector;
	/* It is shown. */
	__u32 *screen;
} gpu;

static int ask_gpu(unsigned int request, void *argument)
{
	return ioctl(gpu.card, request, argument) ? -errno : 0;
}

/* The smallest: behind the screen other tests have the card's memory. */
static int choose_mode(void)
{
	struct drm_mode_modeinfo modes[GPU_MODES] = {}, *mode;
	struct drm_mode_get_connector ask = { .connector_id = gpu.connector };
	int ret;

	/* How many there are, found out by asking for none. */
	ret = ask_gpu(DRM_IOCTL_MODE_GETCONNECTOR, &ask);
	if (ret)
		return ret;
	if (!ask.count_modes || ask.count_modes > GPU_MODES)
		return -ERANGE;
	ask = (struct drm_mode_get_connector){
		.connector_id = gpu.connector,
		.count_modes = ask.count_modes,
		.modes_ptr = (uintptr_t)modes,
	};
	ret = ask_gpu(DRM_IOCTL_MODE_GETCONNECTOR, &ask);
	if (ret)
		return ret;
	gpu.mode = modes[0];
	for (mode = modes; mode < modes + ask.count_modes; mode++) {
		if (mode->hdisplay * mode->vdisplay <
		    gpu.mode.hdisplay * gpu.mode.vdisplay)
			gpu.mode = *mode;
	}
	return 0;
}

/* The card has one of each. */
static int find_screen(void)
{
	struct drm_mode_card_res ask = {
		.crtc_id_ptr = (uintptr_t)&gpu.crtc,
		.count_crtcs = 1,
		.connector_id_ptr = (uintptr_t)&gpu.connector,
		.count_connectors = 1,
	};

	return ask_gpu(DRM_IOCTL_MODE_GETRESOURCES, &ask) ?: choose_mode();
}

static int make_buffer(struct drm_mode_create_dumb *buffer, __u32 **at)
{
	struct drm_mode_map_dumb map = {};
	int ret;

	buffer->width = gpu.mode.hdisplay;
	buffer->height = gpu.mode.vdisplay;
	buffer->bpp = GPU_BITS;
	ret = ask_gpu(DRM_IOCTL_MODE_CREATE_DUMB, buffer);
	map.handle = buffer->handle;
	if (!ret)
		ret = ask_gpu(DRM_IOCTL_MODE_MAP_DUMB, &map);
	if (ret)
		return ret;
	*at = mmap(NULL, buffer->size, PROT_READ | PROT_WRITE, MAP_SHARED,
		   gpu.card, map.offset);
	return *at == MAP_FAILED ? -errno : 0;
}

static int show_buffer(const struct drm_mode_create_dumb *buffer)
{
	struct drm_mode_fb_cmd frame = {
		.width = buffer->width,
		.height = buffer->height,
		.pitch = buffer->pitch,
		.bpp = buffer->bpp,
		.depth = GPU_DEPTH,
		.handle = buffer->handle,
	};
	const int ret = ask_gpu(DRM_IOCTL_MODE_ADDFB, &frame);
	struct drm_mode_crtc show = {
		.set_connectors_ptr = (uintptr_t)&gpu.connector,
		.count_connectors = 1,
		.crtc_id = gpu.crtc,
		.fb_id = frame.fb_id,
		.mode_valid = 1,
		.mode = gpu.mode,
	};

	return ret ?: ask_gpu(DRM_IOCTL_MODE_SETCRTC, &show);
}

static int obtain_screen(void *arg)
{
	struct drm_mode_create_dumb buffer = {};
	__u32 *at;
	int ret;

	if (gpu.screen)
		return 0;
	if (system("modprobe -q bochs"))
		return lack("driver of QEMU's graphics card",
			    "CONFIG_DRM_BOCHS");
	gpu.card = open("/dev/dri/card0", O_RDWR | O_CLOEXEC);
	if (gpu.card < 0)
		return lack("graphics card", "QEMU's VGA");
	ret = find_screen();
	if (!ret)
		ret = make_buffer(&buffer, &at);
	if (!ret)
		ret = show_buffer(&buffer);
	if (!ret)
		gpu.screen = at;
	return ret;
}

static int use_pixel(__u32 *at)
{
	static __u32 colour;

	put_device(at, ++colour);
	return get_device(at) == colour ? 0 : -EIO;
}

static int use_screen(void *arg)
{
	return use_pixel(gpu.screen);
}

static int use_buffer(void *arg)
{
	struct drm_mode_create_dumb buffer = {};
	struct drm_mode_destroy_dumb drop;
	__u32 *at;
	int ret;

	ret = make_buffer(&buffer, &at);
	if (ret)
		return ret;
	ret = use_pixel(at);
	munmap(at, buffer.size);
	drop.handle = buffer.handle;
	return ret ?: ask_gpu(DRM_IOCTL_MODE_DESTROY_DUMB, &drop);
}

/* MODULE_PARAMETERS: a device of memory that a parameter names */

/* Behind the superblock of a file system. */
#define MTD_TEXT 2048

struct mtd {
	const char *name;
	char path[64];
	struct kept file;
};

static struct mtd phram = { .name = "lockdown" };
/* By slram= on the command line: in the guest it is not a module. */
static struct mtd slram = { .name = "lkd" };

/* A file system without files, which is read by way of a pointer to it. */
static int fill_mtd(const struct mtd *mtd)
{
	const struct cramfs_super super = {
		.magic = CRAMFS_MAGIC,
		.size = PAGE_BYTES,
		.flags = CRAMFS_FLAG_FSID_VERSION_2,
		.signature = CRAMFS_SIGNATURE,
		.fsid = { .blocks = 1, .files = 1 },
		.root = { .mode = S_IFDIR | 0700 },
	};
	int ret;

	ret = result_of(pwrite(mtd->file.fd, &super, sizeof(super), 0),
			sizeof(super));
	return ret ? ret :
		     result_of(pwrite(mtd->file.fd, "kept", 4, MTD_TEXT), 4);
}

static int keep_mtd(struct mtd *mtd)
{
	char text[128];
	int ret;

	if (!find_file("/sys/class/mtd/mtd?/name", mtd->name, text))
		return -ENODEV;
	*strrchr(text, '/') = '\0';
	snprintf(mtd->path, sizeof(mtd->path), "/dev/%.31s",
		 strrchr(text, '/') + 1);
	mtd->file = (struct kept){ mtd->path, O_RDWR, "CONFIG_MTD", 0 };
	ret = keep(&mtd->file);
	return ret ? ret : fill_mtd(mtd);
}

/* In the frame buffer, behind what else is used of it here. */
static int load_phram(void)
{
	struct utsname uts;
	char text[256];
	int fd, ret;

	ret = obtain_bar(NULL);
	if (ret)
		return ret;
	uname(&uts);
	snprintf(text, sizeof(text),
		 "/lib/modules/%s/kernel/drivers/mtd/devices/phram.ko",
		 uts.release);
	fd = open(text, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return lack("phram.ko", "CONFIG_MTD_PHRAM");
	snprintf(text, sizeof(text), "phram=lockdown,0x%llx,0x1000",
		 (long long)frame + PAGE_BYTES);
	ret = syscall(__NR_finit_module, fd, text, 0) ? -errno : 0;
	close(fd);
	return ret;
}

static int obtain_mtd(void *arg)
{
	struct mtd *mtd = arg;
	int ret = 0;

	if (mtd->file.fd)
		return 0;
	if (mtd == &phram)
		ret = load_phram();
	if (ret)
		return ret;
	ret = keep_mtd(mtd);
	if (ret == -ENODEV && mtd == &slram)
		return lack("slram device \"lkd\"", "slram=, CONFIG_MTD_SLRAM");
	return ret;
}

static int compare_mtd(const struct mtd *mtd, const char *expected)
{
	char bytes[4];
	const int ret = result_of(pread(mtd->file.fd, bytes, 4, MTD_TEXT), 4);

	return ret ? ret : memcmp(bytes, expected, 4) ? -EIO : 0;
}

static int read_mtd(void *arg)
{
	return compare_mtd(arg, "kept");
}

/* The change, which has to be found before it is put back. */
static int restore_mtd(const struct mtd *mtd, const char *changed)
{
	int ret;

	ret = compare_mtd(mtd, changed);
	if (!ret)
		ret = fill_mtd(mtd);
	return ret ? HAD_EFFECT : 0;
}

static int write_mtd(void *arg)
{
	const struct mtd *mtd = arg;
	const int ret = result_of(pwrite(mtd->file.fd, "lost", 4, MTD_TEXT), 4);

	return ret ? ret : restore_mtd(mtd, "lost");
}

static int erase_mtd(void *arg)
{
	const struct mtd *mtd = arg;
	struct erase_info_user erase = {};
	struct mtd_info_user info;

	if (ioctl(mtd->file.fd, MEMGETINFO, &info))
		return -ENOTTY;
	erase.length = info.erasesize;
	if (ioctl(mtd->file.fd, MEMERASE, &erase))
		return -errno;
	return restore_mtd(mtd, "\xff\xff\xff\xff");
}

static int obtain_mountable_mtd(void *arg)
{
	char text[4096];

	if (read_text("/proc/filesystems", text, sizeof(text)) <= 0 ||
	    !strstr(text, "\tcramfs\n"))
		return lack("cramfs", "CONFIG_CRAMFS_MTD");
	return obtain_mtd(arg);
}

static int mount_mtd(void *arg)
{
	const struct mtd *mtd = arg;
	char source[32];

	snprintf(source, sizeof(source), "mtd:%s", mtd->name);
	if (mount(source, MOUNT_POINT, "cramfs", MS_RDONLY, NULL))
		return -errno;
	return umount(MOUNT_POINT) ? -EBUSY : 0;
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

/* The same files, as another file system passes them on. */
static struct kept overlaid_trace = { MOUNT_POINT "/trace", O_RDONLY,
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

/* EFI_TEST */

static struct kept efi = { "/dev/efi_test", O_RDONLY, "CONFIG_EFI_TEST", 0 };

static int obtain_efi(void *arg)
{
	/* Without EFI there is nothing behind the device to call. */
	if (access("/sys/firmware/efi/runtime", F_OK))
		return lack("EFI runtime services", "booted without EFI");
	return keep(&efi);
}

static int call_efi(void *arg)
{
	/* struct efi_gettime of <linux/efi_test.h>, which is not for us */
	__u8 now[16] = {}, capabilities[12];
	__u64 status = ~0ULL;
	struct {
		void *time, *capabilities;
		__u64 *status;
	} get_time = { now, capabilities, &status };

	if (ioctl(efi.fd, _IOR('p', 0x03, get_time), &get_time))
		return -errno;
	/* A month is from 1 to 12. */
	return !status && now[2] >= 1 && now[2] <= 12 ? 0 : -EIO;
}

/* TIOCSSERIAL */

static struct serial {
	const char *path;
	int fd;
	/* Has no hardware, and gets another interrupt; or has, another type. */
	bool absent;
	struct serial_struct new;
} absent_serial = { .absent = true }, present_serial;

static int open_serial(const char *path)
{
	return open(path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

static bool is_spare(struct serial *serial)
{
	/* One without a clock takes no settings at all. */
	return !ioctl(serial->fd, TIOCGSERIAL, &serial->new) &&
	       (serial->new.type == PORT_UNKNOWN) == serial->absent &&
	       serial->new.baud_base >= 9600;
}

static int obtain_serial(void *arg)
{
	static const char *const ports[] = { "/dev/ttyS3", "/dev/ttyS2",
					     "/dev/ttyS1" };
	struct serial *serial = arg;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ports) && !serial->path; i++) {
		serial->fd = open_serial(ports[i]);
		if (is_spare(serial))
			serial->path = ports[i];
		else
			close(serial->fd);
	}
	if (!serial->path)
		return lack(serial->absent ? "serial port without hardware" :
					     "serial port to spare",
			    "CONFIG_SERIAL_8250");
	if (serial->absent)
		serial->new.irq = serial->new.irq == 3 ? 4 : 3;
	else
		serial->new.type = serial->new.type == PORT_16450 ?
					   PORT_16550A :
					   PORT_16450;
	return ioctl(serial->fd, TIOCSSERIAL, &serial->new) ? -errno : 0;
}

/* Not if it is refused, nor if the port has what it had before. */
static bool is_changed(const struct serial *serial, int fd)
{
	struct serial_struct now;

	if (ioctl(fd, TIOCGSERIAL, &now))
		return false;
	return serial->new.irq == now.irq && serial->new.type == now.type;
}

static int look_at_serial(void *arg)
{
	struct serial *serial = arg;
	bool changed;
	int fd, ms;

	for (ms = 0; ms < SETTLE_MS; ms += 100) {
		changed = is_changed(serial, serial->fd);
		if (changed != denied)
			break;
		usleep(100000);
	}
	if (changed || !denied)
		return changed ? 0 : -EIO;
	/* A port whose users were hung up must not be had again. */
	fd = open_serial(serial->path);
	changed = is_changed(serial, fd);
	close(fd);
	return changed ? 0 : -EPERM;
}

/* ACPI_TABLES */

static const char acpi_table[] = "/sys/kernel/config/acpi/table/lockdown";

static int obtain_table(void *arg)
{
	/* Scope (\_SB) { Device (LKDP) { Name (_ADR, Zero) } } */
	__u8 ssdt[56] = "SSDT\x38\0\0\0\2\0LCKDWNSELFTEST\1\0\0\0LCKD\1\0\0\0"
			"\x10\x13\\_SB_\x5b\x82\x0bLKDP\x08_ADR";
	__u8 sum = 0;
	char path[96];
	size_t i;
	int fd, ret;

	if (access("/sys/bus/acpi/devices", F_OK))
		return lack("ACPI", "on this machine");
	if (access("/sys/kernel/config/acpi/table", F_OK))
		return lack("ACPI tables in configfs", "CONFIG_ACPI_CONFIGFS");
	if (mkdir(acpi_table, 0700))
		return -errno;
	for (i = 0; i < sizeof(ssdt); i++)
		sum += ssdt[i];
	ssdt[9] -= sum;
	snprintf(path, sizeof(path), "%s/aml", acpi_table);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	ret = result_of(write(fd, ssdt, sizeof(ssdt)), sizeof(ssdt));
	/* Takes effect on close(2), and configfs drops what comes of it. */
	close(fd);
	return ret;
}

/*
 * Neither the attributes of a table nor /sys/firmware/acpi/tables/dynamic tell
 * whether it is still loaded: what has to be gone is the device that it has.
 */
static int look_at_table(void *arg)
{
	char path[128];
	bool there;
	int ms;

	for (ms = 0; ms < SETTLE_MS; ms += 100) {
		there = find_file("/sys/bus/acpi/devices/*/path", "LKDP", path);
		if (there != denied)
			break;
		usleep(100000);
	}
	return there ? 0 : -EPERM;
}

/* BPF_WRITE_USER, BPF_READ_KERNEL */

/* Not denied: one that uses nothing of the kernel. */
static int filtered[2] = { -1, -1 };

static int bpf_load(int type, const struct bpf_insn *insns, size_t count)
{
	static const char license[] = "GPL";
	union bpf_attr attr = {
		.prog_type = type,
		.expected_attach_type = type == BPF_PROG_TYPE_KPROBE ?
						BPF_TRACE_KPROBE_MULTI :
						0,
		.prog_name = "lockdown",
		.insns = (uintptr_t)insns,
		.insn_cnt = count,
		.license = (uintptr_t)license,
	};

	return bpf(BPF_PROG_LOAD, &attr);
}

/* Lets a single byte of each message through. */
static int load_filter(void)
{
	static const struct bpf_insn one_byte[] = {
		{ BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 1 },
		{ BPF_JMP | BPF_EXIT, 0, 0, 0, 0 },
	};

	return bpf_load(BPF_PROG_TYPE_SOCKET_FILTER, one_byte,
			ARRAY_SIZE(one_byte));
}

static int obtain_filter(void *arg)
{
	const int program = load_filter();
	int ret = 0;

	if (program < 0)
		return lack("BPF", "CONFIG_BPF_SYSCALL, CONFIG_NET");
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, filtered) ||
	    setsockopt(filtered[1], SOL_SOCKET, SO_ATTACH_BPF, &program,
		       sizeof(program)))
		ret = -errno;
	close(program);
	return ret;
}

static int use_filter(void *arg)
{
	char bytes[8] = {};

	if (send(filtered[0], bytes, sizeof(bytes), 0) != sizeof(bytes))
		return -errno;
	return result_of(recv(filtered[1], bytes, sizeof(bytes), 0), 1);
}

static int use_new_filter(void *arg)
{
	const int program = load_filter();

	return program < 0 ? program : close(program);
}

/* The program and the test tell each other this, in a map. */
struct talk {
	__u64 known;
	__u64 read;
	__s64 read_ret;
	__s64 write_ret;
	__u64 read_str;
	__s64 read_str_ret;
	__u64 ran;
	/* How often the program of a kprobe has run. */
	__u64 hits;
};

static struct talk *talk;
static int talk_map;
/* The program writes to this. */
static __u64 written;

/* Has a program run whenever we enter a system call. */
static int bpf_attach(int map)
{
	const uintptr_t to = (uintptr_t)&written;
	const struct bpf_insn insns[] = {
		/* if (bpf_get_current_pid_tgid() >> 32 != getpid()) goto out */
		{ BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_get_current_pid_tgid },
		{ BPF_ALU64 | BPF_RSH | BPF_K, 0, 0, 0, 32 },
		{ BPF_JMP | BPF_JNE | BPF_K, 0, 0, 28, getpid() },
		/* r6 = talk */
		{ BPF_LD | BPF_DW | BPF_IMM, 6, BPF_PSEUDO_MAP_VALUE, 0, map },
		{ 0, 0, 0, 0, 0 },
		/* *(u64 *)(r10 - 8) = -1, to see it replaced by zero */
		{ BPF_ST | BPF_MEM | BPF_DW, 10, 0, -8, -1 },
		/* r0 = bpf_probe_read_kernel(r10 - 8, 8, &talk->known) */
		{ BPF_ALU64 | BPF_MOV | BPF_X, 1, 10, 0, 0 },
		{ BPF_ALU64 | BPF_ADD | BPF_K, 1, 0, 0, -8 },
		{ BPF_ALU64 | BPF_MOV | BPF_K, 2, 0, 0, 8 },
		{ BPF_ALU64 | BPF_MOV | BPF_X, 3, 6, 0, 0 },
		{ BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_probe_read_kernel },
		/* talk->read_ret = r0, talk->read = *(u64 *)(r10 - 8) */
		{ BPF_STX | BPF_MEM | BPF_DW, 6, 0,
		  offsetof(struct talk, read_ret), 0 },
		{ BPF_LDX | BPF_MEM | BPF_DW, 1, 10, -8, 0 },
		{ BPF_STX | BPF_MEM | BPF_DW, 6, 1, offsetof(struct talk, read),
		  0 },
		/* r0 = bpf_probe_read_kernel_str(r10 - 8, 8, &talk->known) */
		{ BPF_ST | BPF_MEM | BPF_DW, 10, 0, -8, -1 },
		{ BPF_ALU64 | BPF_MOV | BPF_X, 1, 10, 0, 0 },
		{ BPF_ALU64 | BPF_ADD | BPF_K, 1, 0, 0, -8 },
		{ BPF_ALU64 | BPF_MOV | BPF_K, 2, 0, 0, 8 },
		{ BPF_ALU64 | BPF_MOV | BPF_X, 3, 6, 0, 0 },
		{ BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_probe_read_kernel_str },
		/* talk->read_str_ret = r0, talk->read_str = the string */
		{ BPF_STX | BPF_MEM | BPF_DW, 6, 0,
		  offsetof(struct talk, read_str_ret), 0 },
		{ BPF_LDX | BPF_MEM | BPF_DW, 1, 10, -8, 0 },
		{ BPF_STX | BPF_MEM | BPF_DW, 6, 1,
		  offsetof(struct talk, read_str), 0 },
		/* r0 = bpf_probe_write_user(&written, &talk->known, 8) */
		{ BPF_LD | BPF_DW | BPF_IMM, 1, 0, 0, (__u32)to },
		{ 0, 0, 0, 0, (__u64)to >> 32 },
		{ BPF_ALU64 | BPF_MOV | BPF_X, 2, 6, 0, 0 },
		{ BPF_ALU64 | BPF_MOV | BPF_K, 3, 0, 0, 8 },
		{ BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_probe_write_user },
		/* talk->write_ret = r0, talk->ran = 8 */
		{ BPF_STX | BPF_MEM | BPF_DW, 6, 0,
		  offsetof(struct talk, write_ret), 0 },
		{ BPF_ALU64 | BPF_MOV | BPF_K, 1, 0, 0, 8 },
		{ BPF_STX | BPF_MEM | BPF_DW, 6, 1, offsetof(struct talk, ran),
		  0 },
		/* out: return 0 */
		{ BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0 },
		{ BPF_JMP | BPF_EXIT, 0, 0, 0, 0 },
	};
	static const char tracepoint[] = "sys_enter";
	union bpf_attr attach = {
		.raw_tracepoint.name = (uintptr_t)tracepoint,
	};
	const int fd = bpf_load(BPF_PROG_TYPE_RAW_TRACEPOINT, insns,
				ARRAY_SIZE(insns));

	if (fd < 0)
		return fd;
	attach.raw_tracepoint.prog_fd = fd;
	return bpf(BPF_RAW_TRACEPOINT_OPEN, &attach);
}

static int obtain_program(void *arg)
{
	static const struct bpf_insn nothing[] = {
		{ BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0 },
		{ BPF_JMP | BPF_EXIT, 0, 0, 0, 0 },
	};
	union bpf_attr map = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = sizeof(__u32),
		.value_size = sizeof(*talk),
		.max_entries = 1,
		.map_flags = BPF_F_MMAPABLE,
	};
	int fd;

	if (talk)
		return 0;
	if (bpf_load(BPF_PROG_TYPE_RAW_TRACEPOINT, nothing,
		     ARRAY_SIZE(nothing)) < 0)
		return lack("BPF for tracepoints", "CONFIG_BPF_EVENTS");
	talk_map = bpf(BPF_MAP_CREATE, &map);
	talk = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
		    talk_map, 0);
	if (talk == MAP_FAILED) {
		talk = NULL;
		return -errno;
	}
	fd = bpf_attach(talk_map);
	return fd < 0 ? fd : 0;
}

/* With another value each time, so that no old one can be taken for it. */
static void run_program(void)
{
	static __u64 known = 0x5a5a5a5a00000000;

	talk->known = ++known;
	talk->ran = 0;
	__atomic_store_n(&written, 0, __ATOMIC_SEQ_CST);
	syscall(__NR_getppid);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static int use_write_user(void *arg)
{
	__u64 now;

	run_program();
	now = __atomic_load_n(&written, __ATOMIC_SEQ_CST);
	if (!now)
		return -EPERM;
	return now == talk->known && !talk->write_ret ? 0 : HAD_EFFECT;
}

static int use_read_kernel(void *arg)
{
	run_program();
	if (!talk->ran)
		return -ESRCH;
	if (!talk->read_ret)
		return talk->read == talk->known ? 0 : -EIO;
	return talk->read ? HAD_EFFECT : talk->read_ret;
}

/* The string is one byte long, whose low bits the others say nothing about. */
static int use_read_kernel_str(void *arg)
{
	__u64 expected;

	run_program();
	if (!talk->ran)
		return -ESRCH;
	if (talk->read_str_ret < 0)
		return talk->read_str ? HAD_EFFECT : talk->read_str_ret;
	expected = htole64(~0xffffULL | (talk->known & 0xff));
	return talk->read_str_ret == 2 && talk->read_str == expected ? 0 : -EIO;
}

/* TRACEFS; marks are made on processor 0, where the main thread stays. */

static const char tracing[] = "tracefs, CONFIG_FTRACE";
static struct kept trace = { TRACEFS "trace", O_RDONLY, tracing, 0 };
static struct kept marker = { TRACEFS "trace_marker", O_WRONLY, tracing, 0 };
static struct kept pipe_file = { TRACEFS "trace_pipe", O_RDONLY | O_NONBLOCK,
				 tracing, 0 };
static struct kept raw = { TRACEFS "per_cpu/cpu0/trace_pipe_raw",
			   O_RDONLY | O_NONBLOCK, tracing, 0 };
static struct kept mapped_marker = { MAPPED "/trace_marker", O_WRONLY, tracing,
				     0 };
static struct kept mapped_raw = { MAPPED "/per_cpu/cpu0/trace_pipe_raw",
				  O_RDONLY | O_NONBLOCK, tracing, 0 };
static struct map meta_map = { &mapped_raw, PROT_READ, 0, NULL };
static struct trace_buffer_meta meta;
static __u8 *buffer_data;
static char mark[32];

static int check_trace(const char *text, ssize_t got)
{
	if (got < 0)
		return -errno;
	return got > 9 && !memcmp(text, "# tracer:", 9) ? 0 : -EIO;
}

static int read_trace(void *arg)
{
	char text[64];

	return check_trace(text, pread(((struct kept *)arg)->fd, text,
				       sizeof(text), 0));
}

static int pipe_trace(bool by_splice)
{
	int ends[2], ret;
	char text[64];
	off_t at = 0;

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		return -EMFILE;
	if ((by_splice ? splice(trace.fd, &at, ends[1], NULL, sizeof(text), 0) :
			 sendfile(ends[1], trace.fd, &at, sizeof(text))) < 0)
		ret = -errno;
	else
		ret = check_trace(text, read(ends[0], text, sizeof(text)));
	close(ends[0]);
	close(ends[1]);
	return ret;
}

static int splice_trace(void *arg)
{
	return pipe_trace(true);
}

static int sendfile_trace(void *arg)
{
	return pipe_trace(false);
}

/* Writes what the trace has not had yet. */
static int make_mark(void *arg)
{
	static unsigned int count;

	snprintf(mark, sizeof(mark), "lockdown-mark-%u-end", count++);
	return put(((struct kept *)arg)->fd, mark);
}

static int obtain_marked(void *arg)
{
	const int ret = keep(&marker);

	return ret ? ret : keep(arg);
}

/* Reads all there is, in which a mark just made must be. */
static int read_mark(void *arg)
{
	const struct kept *file = arg;
	bool any = false, found = false;
	char bytes[PAGE_BYTES];
	ssize_t got;

	/* Refused along with the file that is read. */
	make_mark(&marker);
	while ((got = read(file->fd, bytes, sizeof(bytes))) > 0) {
		any = true;
		if (memmem(bytes, got, mark, strlen(mark)))
			found = true;
	}
	if (any)
		return found ? 0 : HAD_EFFECT;
	return got < 0 ? -errno : -ENODATA;
}

static struct kept hist = { TRACEFS "events/sched/sched_switch/hist", O_RDONLY,
			    "CONFIG_HIST_TRIGGERS", 0 };

static int obtain_hist(void *arg)
{
	int ret;

	if (hist.fd)
		return 0;
	ret = keep(&hist);
	if (ret)
		return ret;
	return write_text(TRACEFS "events/sched/sched_switch/trigger",
			  "hist:keys=next_pid");
}

/* Nobody refuses poll(2), which says whether events were counted since. */
static int poll_hist(void *arg)
{
	struct pollfd pollfd = { .fd = hist.fd, .events = POLLPRI };

	if (poll(&pollfd, 1, 0) < 0)
		return -errno;
	usleep(COUNT_MS * 1000);
	return poll(&pollfd, 1, 0) == 1 ? 0 : -EPERM;
}

/* It has an instance of its own, so that the others cannot empty it. */
static int obtain_buffer(void *arg)
{
	int ret;

	if (buffer_data)
		return 0;
	ret = keep(&marker);
	if (ret)
		return ret;
	if (mkdir(MAPPED, 0700))
		return -errno;
	ret = keep(&mapped_marker);
	if (!ret)
		ret = keep_map(&meta_map);
	if (ret)
		return ret;
	memcpy(&meta, meta_map.at, sizeof(meta));
	buffer_data = mmap(NULL, meta.nr_subbufs * meta.subbuf_size, PROT_READ,
			   MAP_SHARED, mapped_raw.fd, meta.meta_page_size);
	if (buffer_data != MAP_FAILED)
		return 0;
	buffer_data = NULL;
	return -errno;
}

static int get_reader(void *arg)
{
	return ioctl(mapped_raw.fd, TRACE_MMAP_IOCTL_GET_READER) ? -errno : 0;
}

static int look_at_meta(__u8 *at)
{
	const struct trace_buffer_meta *now = (void *)at;

	if (now->meta_struct_len != meta.meta_struct_len ||
	    now->subbuf_size != meta.subbuf_size)
		return -EIO;
	meta.reader.id = now->reader.id;
	return 0;
}

static int touch_meta(void *arg)
{
	return guarded(look_at_meta, meta_map.at);
}

static int find_mark(__u8 *at)
{
	return memmem(at, PAGE_BYTES, mark, strlen(mark)) ? 0 : -EIO;
}

/* Where no new mark can be made, the page that had the last one must do. */
static int touch_data(void *arg)
{
	int ret = 0;

	if (!make_mark(&mapped_marker) && !get_reader(NULL))
		ret = touch_meta(NULL);
	return ret ? ret :
		     guarded(find_mark,
			     buffer_data + meta.reader.id * meta.subbuf_size);
}

/* Reads what is there, then waits for more, which never comes. */
struct reader {
	struct activity activity;
	/* The others cannot empty this one of tracefs. */
	const char *instance;
	const char *file;
	/* 0 or more if there was something. */
	ssize_t (*read)(int fd);
};

static void *run_reader(void *arg);

static ssize_t read_bytes(int fd)
{
	char bytes[PAGE_BYTES];

	return read(fd, bytes, sizeof(bytes));
}

static ssize_t splice_bytes(int fd)
{
	static int ends[2];
	char bytes[PAGE_BYTES];
	ssize_t got;

	if (!ends[0] && pipe2(ends, O_CLOEXEC))
		return -1;
	got = splice(fd, NULL, ends[1], NULL, PAGE_BYTES, 0);
	return got > 0 ? read(ends[0], bytes, sizeof(bytes)) : got;
}

/* Has the buffer's next page shown in a mapping of it. */
static ssize_t map_next_page(int fd)
{
	static void *at;

	if (!at)
		at = mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, fd, 0);
	return at == MAP_FAILED ? -1 : ioctl(fd, TRACE_MMAP_IOCTL_GET_READER);
}

static struct reader pipe_reader = { { .run = run_reader },
				     AWAITED "_pipe",
				     "trace_pipe",
				     read_bytes };
static struct reader raw_reader = { { .run = run_reader },
				    AWAITED "_raw",
				    "per_cpu/cpu0/trace_pipe_raw",
				    read_bytes };
static struct reader splice_reader = { { .run = run_reader },
				       AWAITED "_splice",
				       "per_cpu/cpu0/trace_pipe_raw",
				       splice_bytes };
static struct reader map_reader = { { .run = run_reader },
				    AWAITED "_map",
				    "per_cpu/cpu0/trace_pipe_raw",
				    map_next_page };

static void *run_reader(void *arg)
{
	struct reader *reader = arg;
	bool effect = false;
	ssize_t got = -1;
	char path[128];
	int fd;

	/* A child that closes what it has inherited wakes those who wait. */
	close_range(3, ~0U, CLOSE_RANGE_UNSHARE);
	snprintf(path, sizeof(path), "%s/%s", reader->instance, reader->file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	/* For a mapping, zero is that there was a page. */
	while (fd >= 0 && !effect) {
		got = reader->read(fd);
		if (got < 0 || (!got && reader->read != map_next_page))
			break;
		/* There is nothing any more by then that it may still have. */
		effect = reader->activity.ready &&
			 lockdown_level() == LEVEL_CONFIDENTIALITY;
		reader->activity.ready = true;
	}
	/* An end of file is no refusal. */
	end(&reader->activity, effect  ? HAD_EFFECT :
			       got < 0 ? -errno :
					 -ENODATA);
	return NULL;
}

/* Some pages of marks: what is spliced, or mapped, is a whole one. */
static int fill_buffer(const char *instance)
{
	char path[128], text[512];
	int i, ret = 0;

	snprintf(path, sizeof(path), "%s/trace_marker", instance);
	memset(text, '.', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (i = 0; i < 64 && !ret; i++)
		ret = write_text(path, text);
	return ret;
}

static int obtain_reader(void *arg)
{
	struct reader *reader = arg;
	char path[128];
	int ret;

	ret = keep(&marker);
	if (ret)
		return ret;
	if (mkdir(reader->instance, 0700))
		return -errno;
	/* Small enough to be filled, more than half of which is waited for. */
	snprintf(path, sizeof(path), "%s/buffer_size_kb", reader->instance);
	ret = write_text(path, "16");
	if (!ret)
		ret = fill_buffer(reader->instance);
	return ret ? ret : begin(&reader->activity);
}

static int watch_reader(void *arg)
{
	return watch(&((struct reader *)arg)->activity, READER_LIMIT_MS);
}

/* PERF */

static struct perf_event_mmap_page *samples;

/* The documented way to ask whether there is perf_event_open(2). */
static int find_perf(void)
{
	if (access("/proc/sys/kernel/perf_event_paranoid", F_OK))
		return lack("perf events", "CONFIG_PERF_EVENTS");
	return 0;
}

static int perf_open(struct perf_event_attr *attr)
{
	int fd;

	attr->size = sizeof(*attr);
	fd = syscall(__NR_perf_event_open, attr, 0, -1, -1,
		     PERF_FLAG_FD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int obtain_samples(void *arg)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.sample_period = PERF_PERIOD_NS,
		.sample_type = PERF_SAMPLE_REGS_INTR,
		.sample_regs_intr = 1,
	};
	int fd;

	fd = find_perf();
	if (fd)
		return fd;
	fd = perf_open(&attr);
	if (fd < 0)
		return fd;
	samples = mmap(NULL, PAGE_BYTES + PERF_BYTES, PROT_READ | PROT_WRITE,
		       MAP_SHARED, fd, 0);
	return samples == MAP_FAILED ? -errno : 0;
}

/*
 * Traced events go to others than the ring buffer, too.  An event with a
 * filter does so whether or not that buffer takes it.
 */

#define EXPORTED_EVENT EXPORTED "/events/sched/sched_process_fork"
#define EXPORTED_COUNT "/sys/module/lockdown_export/parameters/events"

static int obtain_export(void *arg)
{
	int ret;

	if (access(TRACEFS "instances", F_OK))
		return lack(TRACEFS, tracing);
	ret = load_module("lockdown_export.ko");
	if (ret == -ENOENT)
		return lack("lockdown_export.ko", "$LOCKDOWN_MODULE_DIR");
	if (ret)
		return ret;
	if (mkdir(EXPORTED, 0700))
		return -errno;
	return write_text(EXPORTED_EVENT "/filter", "child_pid > 0") ?:
		       write_text(EXPORTED_EVENT "/enable", "1");
}

static int use_export(void *arg)
{
	const long before = read_number(EXPORTED_COUNT);
	const pid_t pid = fork();

	if (!pid)
		_exit(0);
	if (pid < 0 || waitpid(pid, NULL, 0) != pid)
		return -EIO;
	return read_number(EXPORTED_COUNT) > before ? 0 : -EPERM;
}

/* Takes them out and counts those without registers, and those with them. */
static void take_samples(unsigned int count[2])
{
	const __u64 head =
		__atomic_load_n(&samples->data_head, __ATOMIC_ACQUIRE);
	__u8 *const data = (__u8 *)samples + PAGE_BYTES;
	struct perf_event_header header;
	__u64 abi, at = samples->data_tail;

	/* All is aligned to 8 bytes, so that neither part wraps around. */
	for (; at < head; at += header.size) {
		memcpy(&header, data + at % PERF_BYTES, sizeof(header));
		memcpy(&abi, data + (at + sizeof(header)) % PERF_BYTES,
		       sizeof(abi));
		if (header.type == PERF_RECORD_SAMPLE)
			count[abi != PERF_SAMPLE_REGS_ABI_NONE]++;
	}
	__atomic_store_n(&samples->data_tail, at, __ATOMIC_RELEASE);
}

static int use_samples(void *arg)
{
	unsigned int old[2] = {}, count[2] = {};
	struct timespec start, now;

	take_samples(old);
	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		take_samples(count);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (count[0] + count[1] < 4 &&
		 us_between(&start, &now) < SETTLE_MS * 1000L);
	if (count[1])
		return count[0] ? -EIO : 0;
	return count[0] ? -EPERM : -ETIMEDOUT;
}

/* KPROBES */

/* A probe of perf. */
static struct local_probe {
	bool at_return;
	int fd;
} kprobe, kretprobe = { .at_return = true };

/* A probe of tracefs, and what perf has opened on it. */
struct probe {
	const char *file;
	const char *definition;
	const char *name;
	long id;
	int fd;
};

#define PROBE_GROUP "lockdown_revoke"

static struct probe late_kprobe = {
	.file = "kprobe_events",
	.definition = "p:" PROBE_GROUP "/late kernel_clone\n",
	.name = "late",
};

static struct probe used_kprobe = {
	.file = "kprobe_events",
	.definition = "p:" PROBE_GROUP "/used kernel_clone\n",
	.name = "used",
};

static struct probe late_fprobe = {
	.file = "dynamic_events",
	.definition = "f:" PROBE_GROUP "/flate kernel_clone\n",
	.name = "flate",
};

static struct probe fentry = {
	.file = "dynamic_events",
	.definition = "f:" PROBE_GROUP "/fentry kernel_clone\n",
	.name = "fentry",
};

static struct probe fexit = {
	.file = "dynamic_events",
	.definition = "f:" PROBE_GROUP "/fexit kernel_clone%return\n",
	.name = "fexit",
};

/* 0 if the event counts that we call kernel_clone(). */
static int count_clone(int fd)
{
	__u64 before, after;
	pid_t pid;

	if (read(fd, &before, sizeof(before)) != sizeof(before))
		return -EIO;
	pid = fork();
	if (!pid)
		_exit(0);
	if (pid < 0 || waitpid(pid, NULL, 0) != pid ||
	    read(fd, &after, sizeof(after)) != sizeof(after))
		return -EIO;
	return after > before ? 0 : -EPERM;
}

static int obtain_kprobe(void *arg)
{
	static const char type[] = "/sys/bus/event_source/devices/kprobe/type";
	static const char function[] = "kernel_clone";
	struct local_probe *probe = arg;
	struct perf_event_attr attr = {
		.type = read_number(type),
		/* As format/retprobe beside the type says. */
		.config = probe->at_return,
		.kprobe_func = (uintptr_t)function,
	};

	if (access(type, F_OK))
		return lack(type, "CONFIG_KPROBE_EVENTS");
	probe->fd = perf_open(&attr);
	return probe->fd < 0 ? probe->fd : 0;
}

static int use_kprobe(void *arg)
{
	return count_clone(((struct local_probe *)arg)->fd);
}

static int define_probe(struct probe *probe)
{
	char path[128];
	int fd, ret;

	snprintf(path, sizeof(path), TRACEFS "%s", probe->file);
	/* Appending, because opening with O_TRUNC removes all the others. */
	fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	ret = fd < 0 ? -errno : put(fd, probe->definition);
	close(fd);
	if (ret)
		return ret;
	snprintf(path, sizeof(path), TRACEFS "events/" PROBE_GROUP "/%s/id",
		 probe->name);
	probe->id = read_number(path);
	return probe->id > 0 ? 0 : -ENOENT;
}

static int obtain_late_probe(void *arg)
{
	struct probe *probe = arg;
	int ret;

	ret = find_perf();
	if (ret || probe->id)
		return ret;
	if (*probe->definition == 'f' && !have_fprobes())
		return lack("fprobes", "CONFIG_FPROBE_EVENTS");
	if (access(TRACEFS "kprobe_events", F_OK))
		return lack("kprobes", "CONFIG_KPROBE_EVENTS");
	return define_probe(probe);
}

static int open_probe(const struct probe *probe)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.config = probe->id,
	};

	return perf_open(&attr);
}

static int obtain_used_probe(void *arg)
{
	struct probe *probe = arg;
	int ret;

	ret = obtain_late_probe(probe);
	if (ret || probe->fd)
		return ret;
	probe->fd = open_probe(probe);
	return probe->fd < 0 ? probe->fd : 0;
}

static int use_used_probe(void *arg)
{
	return count_clone(((struct probe *)arg)->fd);
}

/* Nobody else uses it by then, or somebody does, depending on the probe. */
static int use_late_probe(void *arg)
{
	const int fd = open_probe(arg);
	int ret;

	if (fd < 0)
		return fd;
	/* Whether it counts is not what is asked for. */
	ret = count_clone(fd) ? -EIO : 0;
	close(fd);
	return ret;
}

/* DEV_MEM: registers */

static struct kept tpmi_table, tpmi_dump, tpmi_write;

static int obtain_tpmi(void *arg)
{
	int ret;

	if (tpmi_table.fd)
		return 0;
	ret = load_module("lockdown_tpmi.ko");
	if (ret == -ENOENT)
		return lack("lockdown_tpmi.ko", "CONFIG_INTEL_TPMI");
	if (ret)
		return ret;
	tpmi_table.fd = open_tpmi("pfs_dump", O_RDONLY);
	tpmi_dump.fd = open_tpmi("tpmi-id-80/mem_dump", O_RDONLY);
	tpmi_write.fd = open_tpmi("tpmi-id-80/mem_write", O_RDWR);
	return 0;
}

static int read_tpmi(void *arg)
{
	const struct kept *kept = arg;
	char text[64];

	return result_of(pread(kept->fd, text, sizeof(text), 0), sizeof(text));
}

static int write_tpmi(void *arg)
{
	return put(tpmi_write.fd, "0,60,1");
}

/* XEN_USER_ACTIONS: an eventfd that calls Xen when it is written to */

static struct {
	int file, event;
} xen;

static int obtain_xen(void *arg)
{
	static const __u8 dm_op[16];

	xen.file = open_xen();
	if (xen.file == -ENOENT)
		return lack("lockdown_xen.ko", "a kernel tree, on x86_64");
	if (xen.file < 0)
		return xen.file;
	xen.event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return xen.event < 0 ? -errno : arm_xen(xen.file, xen.event, dm_op);
}

static int use_xen(void *arg)
{
	const long before = read_number(XEN_HYPERCALLS);
	const __u64 one = 1;

	if (write(xen.event, &one, sizeof(one)) != sizeof(one))
		return -errno;
	return read_number(XEN_HYPERCALLS) > before ? 0 : -EPERM;
}

/* A BPF program for the entries of functions, however many. */
static struct {
	int program, link;
} multi;

static int attach_to_functions(void)
{
	static const char *const functions[] = { "kernel_clone" };
	union bpf_attr attr = {
		.link_create = {
			.prog_fd = multi.program,
			.attach_type = BPF_TRACE_KPROBE_MULTI,
			.kprobe_multi = {
				.cnt = ARRAY_SIZE(functions),
				.syms = (uintptr_t)functions,
			},
		},
	};

	return bpf(BPF_LINK_CREATE, &attr);
}

static int load_multi(void)
{
	const struct bpf_insn insns[] = {
		/* if (bpf_get_current_pid_tgid() >> 32 != getpid()) goto out */
		{ BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_get_current_pid_tgid },
		{ BPF_ALU64 | BPF_RSH | BPF_K, 0, 0, 0, 32 },
		{ BPF_JMP | BPF_JNE | BPF_K, 0, 0, 5, getpid() },
		/* talk->hits++ */
		{ BPF_LD | BPF_DW | BPF_IMM, 6, BPF_PSEUDO_MAP_VALUE, 0,
		  talk_map },
		{ 0, 0, 0, 0, 0 },
		{ BPF_LDX | BPF_MEM | BPF_DW, 1, 6, offsetof(struct talk, hits),
		  0 },
		{ BPF_ALU64 | BPF_ADD | BPF_K, 1, 0, 0, 1 },
		{ BPF_STX | BPF_MEM | BPF_DW, 6, 1, offsetof(struct talk, hits),
		  0 },
		/* out: return 0 */
		{ BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0 },
		{ BPF_JMP | BPF_EXIT, 0, 0, 0, 0 },
	};

	return bpf_load(BPF_PROG_TYPE_KPROBE, insns, ARRAY_SIZE(insns));
}

static int obtain_multi(void *arg)
{
	int ret;

	ret = obtain_program(NULL);
	if (ret || multi.link)
		return ret;
	multi.program = load_multi();
	if (multi.program < 0)
		return multi.program;
	ret = attach_to_functions();
	if (ret == -EOPNOTSUPP)
		return lack("kprobes on many functions", "CONFIG_FPROBE");
	multi.link = ret;
	return ret < 0 ? ret : 0;
}

static int use_multi(void *arg)
{
	const __u64 before = __atomic_load_n(&talk->hits, __ATOMIC_SEQ_CST);
	const pid_t pid = fork();
	__u64 after;

	if (!pid)
		_exit(0);
	if (pid < 0 || waitpid(pid, NULL, 0) != pid)
		return -EIO;
	after = __atomic_load_n(&talk->hits, __ATOMIC_SEQ_CST);
	return after > before ? 0 : -EPERM;
}

static int attach_multi(void *arg)
{
	const int fd = attach_to_functions();

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

/* In this order they are obtained, and then used. */
static const struct row rows[] = {
	{ "write through a mapping of a BAR, sysfs", obtain_bar, write_bar,
	  &bar, HERE | CHILD | NEW_CHILD, INTEGRITY, BUS },
	{ "write through a mapping of a BAR, /proc/bus/pci", obtain_proc_bar,
	  write_bar, &proc_bar, HERE, INTEGRITY, BUS },
	{ "mmap of a kept file of a BAR, sysfs", obtain_bar, map_bar, &bar,
	  HERE, INTEGRITY, -EPERM },
	{ "mmap of a kept file of a BAR, /proc/bus/pci", obtain_proc_bar,
	  map_bar, &proc_bar, HERE, INTEGRITY, -EPERM },

	{ "read of the table of TPMI, kept debugfs file", obtain_tpmi,
	  read_tpmi, &tpmi_table, HERE, INTEGRITY, -EPERM },
	{ "read of TPMI registers, kept debugfs file", obtain_tpmi, read_tpmi,
	  &tpmi_dump, HERE, INTEGRITY, -EPERM },
	{ "write to TPMI registers, kept debugfs file", obtain_tpmi, write_tpmi,
	  NULL, HERE, INTEGRITY, -EPERM },

	{ "call of Xen by an eventfd that was armed", obtain_xen, use_xen, NULL,
	  HERE, INTEGRITY, -EPERM },

	{ "registers of a device, by VFIO with an IOMMU", obtain_vfio,
	  use_vfio_bar, NULL, HERE, NEVER, 0 },
	{ "DMA of a device, by VFIO with an IOMMU", obtain_vfio, use_vfio_dma,
	  NULL, HERE, NEVER, 0 },
#ifdef __x86_64__
	{ "residue names physical memory for a device, by VFIO with an IOMMU",
	  obtain_vfio_area, look_for_vfio_area, NULL, HERE, INTEGRITY, 0 },
#endif
	{ "another page for a device, by VFIO with an IOMMU", obtain_vfio,
	  use_vfio_map, NULL, HERE, NEVER, 0 },
	{ "pixels on the screen, mapped by DRM", obtain_screen, use_screen,
	  NULL, HERE | CHILD | NEW_CHILD, NEVER, 0 },
	{ "another buffer of DRM", obtain_screen, use_buffer, NULL, HERE, NEVER,
	  0 },
	{ "bus mastering of a device without a driver", obtain_master,
	  look_at_master, &orphan, HERE, INTEGRITY, -EPERM },
	{ "bus mastering of a device with a driver", obtain_master,
	  look_at_master, &driven, HERE, NEVER, 0 },

	{ "read of a phram device", obtain_mtd, read_mtd, &phram, HERE,
	  INTEGRITY, -EPERM },
	{ "write to a phram device", obtain_mtd, write_mtd, &phram, HERE,
	  INTEGRITY, -EPERM },
	{ "erase of a phram device", obtain_mtd, erase_mtd, &phram, HERE,
	  INTEGRITY, -EPERM },
	{ "mount of a phram device", obtain_mountable_mtd, mount_mtd, &phram,
	  HERE, INTEGRITY, -EPERM },
	{ "read of an slram device", obtain_mtd, read_mtd, &slram, HERE,
	  INTEGRITY, -EPERM },
	{ "write to an slram device", obtain_mtd, write_mtd, &slram, HERE,
	  INTEGRITY, -EPERM },
	{ "erase of an slram device", obtain_mtd, erase_mtd, &slram, HERE,
	  INTEGRITY, -EPERM },
	{ "mount of an slram device", obtain_mountable_mtd, mount_mtd, &slram,
	  HERE, INTEGRITY, -EPERM },

	{ "call of EFI through kept /dev/efi_test", obtain_efi, call_efi, NULL,
	  HERE, INTEGRITY, -EPERM },
	{ "changed interrupt of a serial port", obtain_serial, look_at_serial,
	  &absent_serial, HERE, INTEGRITY, -EPERM },
	{ "changed type of a serial port", obtain_serial, look_at_serial,
	  &present_serial, HERE, INTEGRITY, -EPERM },
	{ "ACPI table loaded by configfs", obtain_table, look_at_table, NULL,
	  HERE, INTEGRITY, -EPERM },
	{ "attached BPF program that filters a socket", obtain_filter,
	  use_filter, NULL, HERE, NEVER, 0 },
	{ "loading a BPF program that filters sockets", obtain_filter,
	  use_new_filter, NULL, HERE, NEVER, 0 },
	{ "attached BPF program that writes user memory", obtain_program,
	  use_write_user, NULL, HERE, INTEGRITY, -EPERM },

	{ "attached BPF program that reads kernel memory", obtain_program,
	  use_read_kernel, NULL, HERE, CONFIDENTIALITY, -EPERM },
	{ "attached BPF program that reads a kernel string", obtain_program,
	  use_read_kernel_str, NULL, HERE, CONFIDENTIALITY, -EPERM },
	{ "BPF program attached to functions", obtain_multi, use_multi, NULL,
	  HERE, CONFIDENTIALITY, -EPERM },
	{ "attaching a loaded BPF program to functions", obtain_multi,
	  attach_multi, NULL, HERE, CONFIDENTIALITY, -EPERM },
	{ "pread of kept trace", keep, read_trace, &trace, HERE | HALTED,
	  CONFIDENTIALITY, -EPERM },
	{ "splice from kept trace", keep, splice_trace, &trace, HERE,
	  CONFIDENTIALITY, -EPERM },
	{ "sendfile from kept trace", keep, sendfile_trace, &trace, HERE,
	  CONFIDENTIALITY, -EPERM },
	{ "write to kept trace_marker", keep, make_mark, &marker, HERE,
	  CONFIDENTIALITY, -EPERM },
	{ "read of kept trace_pipe", obtain_marked, read_mark, &pipe_file, HERE,
	  CONFIDENTIALITY, -EPERM },
	{ "read of kept trace_pipe_raw", obtain_marked, read_mark, &raw, HERE,
	  CONFIDENTIALITY, -EPERM },
	{ "read of kept trace by overlayfs", obtain_overlaid, read_trace,
	  &overlaid_trace, HERE, CONFIDENTIALITY, -EPERM },
	{ "read of trace_pipe that waits meanwhile", obtain_reader,
	  watch_reader, &pipe_reader, HERE, CONFIDENTIALITY, -EPERM },
	{ "read of trace_pipe_raw that waits meanwhile", obtain_reader,
	  watch_reader, &raw_reader, HERE, CONFIDENTIALITY, -EPERM },
	{ "splice from trace_pipe_raw that waits meanwhile", obtain_reader,
	  watch_reader, &splice_reader, HERE, CONFIDENTIALITY, -EPERM },
	{ "ioctl on trace_pipe_raw that waits meanwhile", obtain_reader,
	  watch_reader, &map_reader, HERE, CONFIDENTIALITY, -EPERM },
	{ "ioctl on kept trace_pipe_raw", obtain_buffer, get_reader, NULL, HERE,
	  CONFIDENTIALITY, -EPERM },
	{ "read of a mapped trace buffer, meta page", obtain_buffer, touch_meta,
	  NULL, HERE, CONFIDENTIALITY, BUS },
	{ "read of a mapped trace buffer, data", obtain_buffer, touch_data,
	  NULL, HERE, CONFIDENTIALITY, BUS },
	{ "events counted in a histogram", obtain_hist, poll_hist, NULL, HERE,
	  CONFIDENTIALITY, -EPERM },
	{ "export of traced events", obtain_export, use_export, NULL, HERE,
	  CONFIDENTIALITY, -EPERM },
	{ "registers in samples of perf", obtain_samples, use_samples, NULL,
	  HERE, CONFIDENTIALITY, -EPERM },
	{ "kprobe of perf", obtain_kprobe, use_kprobe, &kprobe, HERE,
	  CONFIDENTIALITY, -EPERM },
	{ "kretprobe of perf", obtain_kprobe, use_kprobe, &kretprobe, HERE,
	  CONFIDENTIALITY, -EPERM },
	{ "perf event on a kprobe of tracefs", obtain_late_probe,
	  use_late_probe, &late_kprobe, HERE, CONFIDENTIALITY, -EPERM },
	{ "another perf event on a kprobe of tracefs", obtain_used_probe,
	  use_late_probe, &used_kprobe, HERE, CONFIDENTIALITY, -EPERM },
	{ "perf event on an fprobe at entry, kept", obtain_used_probe,
	  use_used_probe, &fentry, HERE, CONFIDENTIALITY, -EPERM },
	{ "perf event on an fprobe at return, kept", obtain_used_probe,
	  use_used_probe, &fexit, HERE, CONFIDENTIALITY, -EPERM },
	{ "perf event on an fprobe of tracefs", obtain_late_probe,
	  use_late_probe, &late_fprobe, HERE, CONFIDENTIALITY, -EPERM },
	{ "another perf event on an fprobe of tracefs", obtain_used_probe,
	  use_late_probe, &fentry, HERE, CONFIDENTIALITY, -EPERM },
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
	raised_at = end;
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
	ksft_print_msg("raise took %ld us\n", us);
	ksft_test_result(us < limit, "%s: write %s\n", level_name(from),
			 level_name(to));
}

/* The console shows whether the kernel minds any of that. */
static void test_give_up(void)
{
	const struct map *const maps[] = { &writable, &bar, &proc_bar,
					   &meta_map, &pages };
	bool done = true;
	size_t i;

	begin_step("giving up what is left");
	for (i = 0; i < ARRAY_SIZE(maps); i++) {
		if (maps[i]->at && munmap(maps[i]->at, PAGE_BYTES))
			done = false;
	}
	for (i = 0; i < HALTS; i++)
		stop(&heirs.halted[i]);
	stop(&heirs.child);
	close(phram.file.fd);
	if (phram.path[0] && syscall(__NR_delete_module, "phram", O_NONBLOCK))
		done = false;
	close(pages_file.fd);
	if (pages.at &&
	    syscall(__NR_delete_module, "lockdown_pages", O_NONBLOCK))
		done = false;
	if (!no_cgroup && rmdir(CGROUP))
		done = false;
	close(tpmi_table.fd);
	close(tpmi_dump.fd);
	close(tpmi_write.fd);
	if (tpmi_table.fd &&
	    syscall(__NR_delete_module, "lockdown_tpmi", O_NONBLOCK))
		done = false;
	close(xen.event);
	close(xen.file);
	if (xen.file > 0 &&
	    syscall(__NR_delete_module, "lockdown_xen", O_NONBLOCK))
		done = false;
	if (!access(EXPORTED_COUNT, F_OK) &&
	    syscall(__NR_delete_module, "lockdown_export", O_NONBLOCK))
		done = false;
	if (!access(acpi_table, F_OK) && rmdir(acpi_table))
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
	if (pthread_create(&thread, NULL, watch_steps, NULL))
		ksft_exit_fail_msg("pthread_create\n");
}

static unsigned int count_tests(void)
{
	unsigned int count = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		count += __builtin_popcount(rows[i].where & ANYWHERE);
	return 3 * count + 5;
}

int main(void)
{
	begin_raising();
	ksft_set_plan(count_tests());
	prepare();

	obtain_all();
	test_rows(LEVEL_NONE);

	test_raise(LEVEL_NONE, LEVEL_INTEGRITY);
	test_rows(LEVEL_INTEGRITY);
	test_raise(LEVEL_INTEGRITY, LEVEL_INTEGRITY);

	test_raise(LEVEL_INTEGRITY, LEVEL_CONFIDENTIALITY);
	test_rows(LEVEL_CONFIDENTIALITY);
	test_raise(LEVEL_CONFIDENTIALITY, LEVEL_CONFIDENTIALITY);

	test_give_up();
	ksft_finished();
}
