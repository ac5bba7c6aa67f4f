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
 * The machine stays locked until it reboots.  So it runs only when
 * $LOCKDOWN_TEST_RAISE is 1, and once a boot, which is also why this is one
 * sequence and not a set of fixtures.
 */

#define _GNU_SOURCE
#include <linux/cxl_mem.h>
#include <linux/serial.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/sysmacros.h>

#include "../kselftest.h"
#include "common.h"
#include "lib/transfer.h"

/* An interrupt that no host bridge has. */
#define PCI_POISON 0xa5

/* The host bridge has this one, and no hardware looks at it. */
#define PCI_INTERRUPT_LINE 0x3c

#define PCI_DEVICES "/sys/bus/pci/devices/"

/* An Intel SMBus controller, and its slave address register. */
#define SMBUS PCI_DEVICES "0000:00:1f.3"
#define SMBUS_CLASS 0x0c0500
#define SMBUS_ADDRESS 4

/* PCIIOC_CONTROLLER of <linux/pci.h>, which only asks. */
#define PCIIOC_CONTROLLER ('P' << 24 | 'C' << 16 | 'I' << 8)

/* With O_TRUNC, an open would remove what others have put there. */
#define APPEND (O_WRONLY | O_APPEND | O_CLOEXEC)

/* Our own instances, so that nobody else empties their buffers. */
#define READ_INSTANCE TRACEFS "instances/lockdown_read"
#define SPLICE_INSTANCE TRACEFS "instances/lockdown_splice"
#define TRACE_INSTANCE TRACEFS "instances/lockdown_trace"

/* Calls that nobody else makes, and the functions behind them. */
#define PROFILED "*_sys_getpgid"
#define DEEP "*_sys_getsid"
#define NR_PROFILED 100

/* The name of whoever forks while a reader of the trace waits. */
#define FORKER "lockdown_forker"

/* No status of EFI is all ones. */
#define NO_STATUS (~0ULL)

#define PARK_TIMEOUT_MS 20000
/* A thread that sleeps for so long waits for what does not come by itself. */
#define ASLEEP_MS 200
#define RAISE_TIMEOUT_S 30
/* Two waits of 20 ms at most, and much room for a busy machine. */
#define RAISE_BOUND_US 3000000

static struct {
	int pci;
	int pci_sysfs;
	int pci_io;
	int cxl;
	int kprobe_events;
	int dynamic_events;
	int trigger;
	int efi;
	int serial;
	int read_pipe;
	int splice_pipe;
	int trace;
	int thresh;
	int event_pid;
	int tracer;
	int hist;
	int profile;
	int stack;
	int tpmi;
	int tpmi_dump;
	int xen;
	long hypercalls;
	long profiled;
	bool fprobes;
} held;

static int result_of(ssize_t done, size_t expected)
{
	if (done < 0)
		return -errno;
	return (size_t)done == expected ? 0 : -EIO;
}

/* Uses of what is held: 0 or -errno. */

/* The byte that is there already. */
static int write_back(int fd, off_t at)
{
	__u8 byte;

	if (pread(fd, &byte, 1, at) != 1)
		return -EIO;
	return result_of(pwrite(fd, &byte, 1, at), 1);
}

static int pci_sysfs_write(void)
{
	return write_back(held.pci_sysfs, PCI_INTERRUPT_LINE);
}

static int pci_io_write(void)
{
	return write_back(held.pci_io, SMBUS_ADDRESS);
}

static int pci_ioctl(void)
{
	return ioctl(held.pci, PCIIOC_CONTROLLER, 0) < 0 ? -errno : 0;
}

/* Writes a line, and then the one that takes back what it did. */
static int write_lines(int fd, const char *line, const char *undo)
{
	const int ret = result_of(write(fd, line, strlen(line)), strlen(line));

	if (!ret)
		return result_of(write(fd, undo, strlen(undo)), strlen(undo));
	return ret;
}

static int add_kprobe(void)
{
	return write_lines(held.kprobe_events,
			   "p:lockdown_kprobe kernel_clone\n",
			   "-:lockdown_kprobe\n");
}

static int add_fprobe(void)
{
	return write_lines(held.dynamic_events,
			   "f:lockdown_fprobe kernel_clone\n",
			   "-:lockdown_fprobe\n");
}

static int add_histogram(void)
{
	return write_lines(
		held.trigger,
		"hist:keys=next_pid:lockdown=common_timestamp.usecs\n",
		"!hist:keys=next_pid:lockdown=common_timestamp.usecs\n");
}

static const struct use {
	const char *description;
	int (*use)(void);
	const int *fd;
	int denied_from;
} uses[] = {
	{ "write to kept configuration space in sysfs", pci_sysfs_write,
	  &held.pci_sysfs, LEVEL_INTEGRITY },
	{ "write to kept I/O BAR in sysfs", pci_io_write, &held.pci_io,
	  LEVEL_INTEGRITY },
	{ "ioctl on kept /proc/bus/pci", pci_ioctl, &held.pci,
	  LEVEL_INTEGRITY },
	{ "kprobe through kept kprobe_events", add_kprobe, &held.kprobe_events,
	  LEVEL_CONFIDENTIALITY },
	{ "fprobe through kept dynamic_events", add_fprobe,
	  &held.dynamic_events, LEVEL_CONFIDENTIALITY },
	{ "histogram with a variable through kept trigger", add_histogram,
	  &held.trigger, LEVEL_CONFIDENTIALITY },
};

/*
 * A system call that is stopped in the middle: it copies from a page that is
 * not there until the page is provided, which userfaultfd lets us decide.  Or
 * it waits for a lock, which another one holds that is stopped like that.
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
	/* Or an ioctl for a service of EFI, and all that is told to it. */
	unsigned int service;
	const void *argument;
	/* Both NULL where only the result tells. */
	bool (*took_effect)(void);
	int (*undo)(void);
	/* How it fails, if not with EPERM. */
	int error;

	__u8 *region;
	/* The userfaultfd, which says that the page is wanted. */
	int wanted;
	pthread_t thread, holder;
	atomic_int tid;
	const char *skipped;
	int result, held;
};

static const char *missing_device(const int *fd)
{
	if (fd == &held.pci)
		return "no host bridge in /proc/bus/pci (CONFIG_PCI)";
	if (fd == &held.pci_sysfs)
		return "no host bridge in sysfs (CONFIG_PCI)";
	if (fd == &held.pci_io)
		return "no Intel SMBus controller at 0000:00:1f.3";
	if (fd == &held.kprobe_events)
		return "no kprobe_events in tracefs (CONFIG_KPROBE_EVENTS)";
	if (fd == &held.dynamic_events)
		return "no dynamic_events in tracefs (CONFIG_FPROBE_EVENTS)";
	return "no trigger in tracefs (CONFIG_HIST_TRIGGERS)";
}

static const char *no_pci(void)
{
	return held.pci < 0 ? missing_device(&held.pci) : NULL;
}

static __u8 interrupt_line(void)
{
	__u8 line = 0;

	if (pread(held.pci, &line, 1, PCI_INTERRUPT_LINE) != 1)
		return 0;
	return line;
}

static void fill_pci(__u8 *page)
{
	page[0] = PCI_POISON;
}

/* One byte at the start of the page that is not there. */
static int call_pci(__u8 *hole)
{
	return result_of(pwrite(held.pci, hole, 1, PCI_INTERRUPT_LINE), 1);
}

static bool effect_pci(void)
{
	return interrupt_line() == PCI_POISON;
}

static int undo_pci(void)
{
	return result_of(pwrite(held.pci, "\0", 1, PCI_INTERRUPT_LINE), 1);
}

static const char *no_cxl(void)
{
	return held.cxl < 0 ? "no CXL memory device (/dev/cxl/mem0)" : NULL;
}

/* Get Log: the start of the Command Effects Log. */
static void fill_cxl(__u8 *page)
{
	static const __u8 log[] = { 0x0d, 0xa9, 0xc0, 0xb5, 0xbf, 0x41,
				    0x4b, 0x78, 0x8f, 0x79, 0x96, 0xb1,
				    0x62, 0x3b, 0x3f, 0x17, 0,	  0,
				    0,	  0,	16,   0,    0,	  0 };

	memcpy(page, log, sizeof(log));
}

static int call_cxl(__u8 *hole)
{
	__u8 out[16];
	struct cxl_send_command command = {
		.id = CXL_MEM_COMMAND_ID_RAW,
		.raw.opcode = 0x0401,
		.in = { .size = 24, .payload = (uintptr_t)hole },
		.out = { .size = sizeof(out), .payload = (uintptr_t)out },
	};

	return ioctl(held.cxl, CXL_MEM_SEND_COMMAND, &command) ? -errno : 0;
}

static const char *serial_path;

static const char *no_serial(void)
{
	return held.serial < 0 ? "no serial port to spare" : NULL;
}

static int open_serial(const char *path)
{
	return open(path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

/*
 * Copies with the port's mutex held.  Opened anew, because a port that was
 * configured is in error until then.
 */
static int hold_serial(__u8 *hole)
{
	close(held.serial);
	held.serial = open_serial(serial_path);
	return ioctl(held.serial, TIOCSERGETLSR, hole) ? -errno : 0;
}

static int configure_serial(__u8 *unused)
{
	return ioctl(held.serial, TIOCSERCONFIG) ? -errno : 0;
}

/* Not a console, nor what is printed to. */
static bool is_used(const struct stat *port)
{
	char device[32], text[256];
	struct stat st;
	int fd;

	snprintf(device, sizeof(device), "%u:%u\n", major(port->st_rdev),
		 minor(port->st_rdev));
	if (read_text("/proc/consoles", text, sizeof(text)) < 0 ||
	    strstr(text, device))
		return true;
	for (fd = 0; fd <= 2; fd++) {
		if (!fstat(fd, &st) && st.st_rdev == port->st_rdev)
			return true;
	}
	return false;
}

/* With hardware, of which the kernel is told that it has no interrupt. */
static bool reconfigure(int fd)
{
	struct serial_struct serial;
	struct stat st;

	if (fstat(fd, &st) || is_used(&st) || ioctl(fd, TIOCGSERIAL, &serial) ||
	    serial.type == PORT_UNKNOWN || !serial.irq)
		return false;
	serial.irq = 0;
	return !ioctl(fd, TIOCSSERIAL, &serial);
}

static void obtain_serial(void)
{
	static const char *const ports[] = { "/dev/ttyS3", "/dev/ttyS2",
					     "/dev/ttyS1" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ports); i++) {
		serial_path = ports[i];
		held.serial = open_serial(serial_path);
		if (reconfigure(held.serial))
			return;
		close(held.serial);
	}
	held.serial = -1;
}

/* As in <linux/efi.h>, which is not for us. */
struct efi_time {
	__u16 year;
	__u8 month, day, hour, minute, second, pad1;
	__u32 nanosecond;
	__s16 timezone;
	__u8 daylight, pad2;
};

struct efi_capsule {
	__u8 guid[16];
	__u32 headersize, flags, imagesize;
};

/* Where EFI puts what it has to say, and where it finds what it is told. */
static struct {
	__u64 status;
	struct efi_time time;
	__u8 capabilities[12];
	__u8 enabled, pending;
	__u16 name[64];
	__u8 guid[16];
	__u32 attributes;
	__u64 size;
	__u8 data[64];
	__u64 numbers[3];
	struct efi_capsule capsule;
	struct efi_capsule *capsules[1];
	__s32 reset_type;
} efi = {
	.status = NO_STATUS,
	.capsules = { &efi.capsule },
};

/* A variable that is not there, neither to be read nor to be deleted. */
static __u16 no_name[] = { 'l', 'o', 'c', 'k', 'd', 'o', 'w', 'n', 0 };

/* As efi_test.h beside the driver packs them. */
#pragma pack(push, 1)

static const struct {
	__u16 *name;
	__u8 *guid;
	__u32 *attributes;
	__u64 *size;
	__u8 *data;
	__u64 *status;
} efi_get_variable = {
	no_name, efi.guid, &efi.attributes, &efi.size, efi.data, &efi.status,
};

static const struct {
	__u16 *name;
	__u8 *guid;
	__u32 attributes;
	__u64 size;
	__u8 *data;
	__u64 *status;
} efi_set_variable = {
	no_name, efi.guid, 7, 0, efi.data, &efi.status,
};

static const struct {
	struct efi_time *time;
	__u8 *capabilities;
	__u64 *status;
} efi_get_time = { &efi.time, efi.capabilities, &efi.status };

static const struct {
	struct efi_time *time;
	__u64 *status;
} efi_set_time = { &efi.time, &efi.status };

static const struct {
	__u8 *enabled, *pending;
	struct efi_time *time;
	__u64 *status;
} efi_get_waketime = { &efi.enabled, &efi.pending, &efi.time, &efi.status };

static const struct {
	__u8 enabled;
	struct efi_time *time;
	__u64 *status;
} efi_set_waketime = { 0, NULL, &efi.status };

static const struct {
	__u64 *size;
	__u16 *name;
	__u8 *guid;
	__u64 *status;
} efi_get_next_variable = { &efi.size, efi.name, efi.guid, &efi.status };

static const struct {
	__u32 attributes;
	__u64 *numbers[3];
	__u64 *status;
} efi_query_variable = {
	7,
	{ &efi.numbers[0], &efi.numbers[1], &efi.numbers[2] },
	&efi.status,
};

static const struct {
	__u64 *count;
	__u64 *status;
} efi_get_count = { &efi.numbers[0], &efi.status };

static const struct {
	struct efi_capsule **capsules;
	__u64 count;
	__u64 *size;
	__s32 *reset_type;
	__u64 *status;
} efi_query_capsules = { efi.capsules, 1, &efi.numbers[0], &efi.reset_type,
			 &efi.status };

/* A reset of a type that there is not, so that it returns. */
static const struct {
	__s32 type;
	__u64 status;
	__u64 size;
	void *data;
} efi_reset_system = { 0x5a, 0, 0, NULL };

#pragma pack(pop)

static const char *no_efi(void)
{
	return held.efi < 0 ? "no EFI (booted without, or CONFIG_EFI_TEST)" :
			      NULL;
}

/* The service was called, whatever it said. */
static bool efi_answered(void)
{
	return efi.status != NO_STATUS;
}

static int forget_efi(void)
{
	efi.status = NO_STATUS;
	return 0;
}

/* The driver makes EINVAL of most of what EFI may say. */
static int call_efi(const struct parked *p, __u8 *hole)
{
	if (!ioctl(held.efi, p->service, hole))
		return 0;
	return errno == EINVAL && efi_answered() ? 0 : -errno;
}

static void obtain_efi(void)
{
	held.efi = -1;
	/* Without EFI there is nothing behind the device to call. */
	if (access("/sys/firmware/efi/runtime", F_OK))
		return;
	held.efi = open("/dev/efi_test", O_RDONLY | O_CLOEXEC);
	/* Nobody is to have another time set than what it is. */
	if (ioctl(held.efi, _IOR('p', 3, efi_get_time), &efi_get_time))
		held.efi = -1;
	efi.status = NO_STATUS;
}

static const char no_tracefs[] = "no tracefs (CONFIG_FTRACE)";

/* A trace_pipe of its own, with some lines in it. */
static int open_pipe(const char *instance)
{
	char path[128];
	int i;

	if (mkdir(instance, 0700))
		return -1;
	snprintf(path, sizeof(path), "%s/trace_marker", instance);
	for (i = 0; i < 64; i++)
		write_text(path, "a line of some length");
	snprintf(path, sizeof(path), "%s/trace_pipe", instance);
	return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

static const char *no_read_pipe(void)
{
	if (read_number("/proc/sys/kernel/io_uring_disabled"))
		return "io_uring is disabled (CONFIG_IO_URING, its sysctl)";
	return held.read_pipe < 0 ? no_tracefs : NULL;
}

static const char *no_splice_pipe(void)
{
	return held.splice_pipe < 0 ? no_tracefs : NULL;
}

/*
 * Copies with the mutex held of who has the file open.  By io_uring, because
 * read(2) holds the lock of the file's position as well, for which another one
 * waits before it is checked at all.
 */
static int hold_read_pipe(__u8 *hole)
{
	return result_of(uring_transfer(held.read_pipe, false, hole, 16, 0),
			 16);
}

static int hold_splice_pipe(__u8 *hole)
{
	return result_of(read(held.splice_pipe, hole, 16), 16);
}

static int read_pipe(__u8 *unused)
{
	char bytes[16];

	return result_of(read(held.read_pipe, bytes, sizeof(bytes)),
			 sizeof(bytes));
}

static int splice_pipe(__u8 *unused)
{
	int ends[2], ret = 0;

	if (pipe2(ends, O_CLOEXEC))
		return -EMFILE;
	if (splice(held.splice_pipe, NULL, ends[1], NULL, 16, 0) <= 0)
		ret = -errno;
	close(ends[0]);
	close(ends[1]);
	return ret;
}

static const char *no_event_probe(void)
{
	if (held.dynamic_events < 0)
		return missing_device(&held.dynamic_events);
	return held.event_pid < 0 ? no_tracefs : NULL;
}

static void fill_spaces(__u8 *page)
{
	memset(page, ' ', PAGE_BYTES);
}

/* Copies with the mutex held of whoever adds events. */
static int hold_events(__u8 *hole)
{
	return result_of(write(held.event_pid, hole, 2), 2);
}

static int add_event_probe(__u8 *unused)
{
	static const char line[] = "e:lockdown/eprobe sched.sched_switch\n";

	return result_of(write(held.dynamic_events, line, strlen(line)),
			 strlen(line));
}

static bool have_event_probe(void)
{
	return !access(TRACEFS "events/lockdown/eprobe", F_OK);
}

static int remove_event_probe(void)
{
	static const char line[] = "-:lockdown/eprobe\n";

	return result_of(write(held.dynamic_events, line, strlen(line)),
			 strlen(line));
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

static const char *no_tracer(void)
{
	return held.tracer < 0 ? "no function tracer (CONFIG_FUNCTION_TRACER)" :
				 NULL;
}

static void fill_tracer(__u8 *page)
{
	memcpy(page, "function", 8);
}

static int call_tracer(__u8 *hole)
{
	return write_file(held.tracer, hole, strlen("function"));
}

/* After the raise nobody can look. */
static bool effect_tracer(void)
{
	return file_says(TRACE_INSTANCE "/current_tracer", "function");
}

static int undo_tracer(void)
{
	return write_file(held.tracer, "nop", strlen("nop"));
}

/*
 * Records from before a raise may be read by a call that began before it, and
 * what the kernel does afterwards may not.  So these do something that would be
 * recorded when the one who waits is about to go on: nothing new is to be seen
 * then, and without a raise it is.
 */

static const char *no_trace(void)
{
	return held.trace < 0 || held.thresh < 0 ?
		       "no tracing_thresh in tracefs (CONFIG_HWLAT_TRACER)" :
		       NULL;
}

static void *return_null(void *unused)
{
	return NULL;
}

static void fork_and_fill_threshold(__u8 *page)
{
	char name[16] = "";
	pthread_t thread;

	memcpy(page, "0\n", 2);
	prctl(PR_GET_NAME, name);
	prctl(PR_SET_NAME, FORKER);
	if (!pthread_create(&thread, NULL, return_null, NULL))
		pthread_join(thread, NULL);
	prctl(PR_SET_NAME, name);
}

/* Copies with the mutex held of whoever changes the tracer. */
static int hold_tracers(__u8 *hole)
{
	/* The buffer is empty then. */
	close(open(TRACE_INSTANCE "/trace", O_WRONLY | O_TRUNC | O_CLOEXEC));
	return result_of(write(held.thresh, hole, 2), 2);
}

/* Reads all that one read gives, and wants to find something in it. */
static int find_new(int fd, const char *text)
{
	char bytes[PAGE_BYTES + 1];
	const ssize_t got = pread(fd, bytes, PAGE_BYTES, 0);

	if (got <= 0)
		return got ? -errno : -ENODATA;
	bytes[got] = '\0';
	return strstr(bytes, text) ? 0 : -EPERM;
}

static int read_trace(__u8 *unused)
{
	return find_new(held.trace, FORKER);
}

static const char *no_hist(void)
{
	return held.hist < 0 ? "no hist in tracefs (CONFIG_HIST_TRIGGERS)" :
			       NULL;
}

/* A sequential file has a mutex, which is held while it is copied from. */
static int hold_hist(__u8 *hole)
{
	return result_of(pread(held.hist, hole, 16, 0), 16);
}

static int read_hist(__u8 *unused)
{
	char bytes[16];

	return result_of(pread(held.hist, bytes, sizeof(bytes), 0),
			 sizeof(bytes));
}

static const char *no_profile(void)
{
	return held.profile < 0 ? "no profile (CONFIG_FUNCTION_PROFILER)" :
				  NULL;
}

/* Each processor has a file of its own. */
static void call_profiled(void)
{
	cpu_set_t before, first;
	int i;

	CPU_ZERO(&first);
	CPU_SET(0, &first);
	sched_getaffinity(0, sizeof(before), &before);
	sched_setaffinity(0, sizeof(first), &first);
	for (i = 0; i < NR_PROFILED; i++)
		syscall(__NR_getpgid, 0);
	sched_setaffinity(0, sizeof(before), &before);
}

static void call_and_fill_nothing(__u8 *unused)
{
	call_profiled();
}

/* How often the function was called, or -errno. */
static long read_profile(void)
{
	char text[PAGE_BYTES + 1], *name;
	const ssize_t got = pread(held.profile, text, PAGE_BYTES, 0);
	long hits;

	if (got < 0)
		return -errno;
	text[got] = '\0';
	/* Without the asterisk. */
	name = strstr(text, PROFILED + 1);
	if (!name || sscanf(name, "%*s %ld", &hits) != 1)
		return -ENODATA;
	return hits;
}

static int hold_profile(__u8 *hole)
{
	held.profiled = read_profile();
	if (held.profiled < 0)
		return held.profiled;
	return result_of(pread(held.profile, hole, 16, 0), 16);
}

static int find_new_calls(__u8 *unused)
{
	const long hits = read_profile();

	if (hits < 0)
		return hits;
	return hits >= held.profiled + NR_PROFILED ? 0 : -EPERM;
}

static const char *no_stack(void)
{
	return held.stack < 0 ? "no stack_trace (CONFIG_STACK_TRACER)" : NULL;
}

/* Another function than the one whose stack is the deepest so far. */
static void call_deep(__u8 *unused)
{
	syscall(__NR_getsid, 0);
}

static int forget_stack(void)
{
	return write_text(TRACEFS "stack_max_size", "0");
}

static int hold_stack(__u8 *hole)
{
	int ret = forget_stack();

	syscall(__NR_getpgid, 0);
	/* They are as deep as one another. */
	ret = ret ?: forget_stack();
	return ret ?: result_of(pread(held.stack, hole, 16, 0), 16);
}

static int read_stack(__u8 *unused)
{
	/* Without the asterisk. */
	return find_new(held.stack, DEEP + 1);
}

static const char *no_tpmi(void)
{
	return held.tpmi < 0 ? "no lockdown_tpmi.ko (CONFIG_INTEL_TPMI)" : NULL;
}

/* The last register of the only instance. */
static void fill_tpmi(__u8 *page)
{
	memcpy(page, "0,60,0x5a17", 11);
}

static int call_tpmi(__u8 *hole)
{
	return result_of(write(held.tpmi, hole, 11), 11);
}

static bool effect_tpmi(void)
{
	char text[512] = "";

	return pread(held.tpmi_dump, text, sizeof(text) - 1, 0) > 0 &&
	       strstr(text, "00005a17");
}

static int undo_tpmi(void)
{
	return result_of(write(held.tpmi, "0,60,0", 6), 6);
}

static const char *no_xen(void)
{
	return held.xen < 0 ? "no lockdown_xen.ko" : NULL;
}

/* Armed, it calls when the event comes. */
static int call_xen(__u8 *hole)
{
	int event = eventfd(0, EFD_CLOEXEC);
	int ret = arm_xen(held.xen, event, hole);

	if (!ret)
		eventfd_write(event, 1);
	close(event);
	return ret;
}

static bool effect_xen(void)
{
	return read_number(XEN_HYPERCALLS) > held.hypercalls;
}

static int undo_xen(void)
{
	held.hypercalls = read_number(XEN_HYPERCALLS);
	return 0;
}

static struct parked parked[] = {
	{
		.description = "write to PCI configuration space",
		.denied_from = LEVEL_INTEGRITY,
		.missing = no_pci,
		.fill = fill_pci,
		.call = call_pci,
		.took_effect = effect_pci,
		.undo = undo_pci,
	},
	{
		.description = "raw CXL command",
		.denied_from = LEVEL_INTEGRITY,
		.missing = no_cxl,
		.fill = fill_cxl,
		.call = call_cxl,
	},
	{
		.description = "eventfd that is to call Xen",
		.denied_from = LEVEL_INTEGRITY,
		.missing = no_xen,
		.call = call_xen,
		.took_effect = effect_xen,
		.undo = undo_xen,
	},
	{
		.description = "write to TPMI registers",
		.denied_from = LEVEL_INTEGRITY,
		.missing = no_tpmi,
		.fill = fill_tpmi,
		.call = call_tpmi,
		.took_effect = effect_tpmi,
		.undo = undo_tpmi,
	},
	{
		.description = "write to current_tracer",
		.denied_from = LEVEL_CONFIDENTIALITY,
		.missing = no_tracer,
		.fill = fill_tracer,
		.call = call_tracer,
		.took_effect = effect_tracer,
		.undo = undo_tracer,
	},
	{
		.description = "TIOCSERCONFIG that waits for the port",
		.denied_from = LEVEL_INTEGRITY,
		.missing = no_serial,
		.hold = hold_serial,
		.call = configure_serial,
	},
	{
		.description = "call of GetVariable of EFI",
		.denied_from = LEVEL_INTEGRITY,
		.missing = no_efi,
		.service = _IOWR('p', 1, efi_get_variable),
		.argument = &efi_get_variable,
		.took_effect = efi_answered,
		.undo = forget_efi,
	},
	{
		.description = "call of SetVariable of EFI",
		.denied_from = LEVEL_INTEGRITY,
		.missing = no_efi,
		.service = _IOW('p', 2, efi_set_variable),
		.argument = &efi_set_variable,
		.took_effect = efi_answered,
		.undo = forget_efi,
	},
	{
		.description = "call of GetTime of EFI",
		.denied_from = LEVEL_INTEGRITY,
		.missing = no_efi,
		.service = _IOR('p', 3, efi_get_time),
		.argument = &efi_get_time,
		.took_effect = efi_answered,
		.undo = forget_efi,
	},
	{
		.description = "call of SetTime of EFI",
		.denied_from = LEVEL_INTEGRITY,
		.missing = no_efi,
		.service = _IOW('p', 4, efi_set_time),
		.argument = &efi_set_time,
		.took_effect = efi_answered,
		.undo = forget_efi,
	},
	{
		.description = "call of GetWakeupTime of EFI",
		.denied_from = LEVEL_INTEGRITY,
		.missing = no_efi,
		.service = _IOR('p', 5, efi_get_waketime),
		.argument = &efi_get_waketime,
		.took_effect = efi_answered,
		.undo = forget_efi,
	},
	{
		.description = "call of SetWakeupTime of EFI",
		.denied_from = LEVEL_INTEGRITY,
		.missing = no_efi,
		.service = _IOW('p', 6, efi_set_waketime),
		.argument = &efi_set_waketime,
		.took_effect = efi_answered,
		.undo = forget_efi,
	},
	{
		.description = "call of GetNextVariableName of EFI",
		.denied_from = LEVEL_INTEGRITY,
		.missing = no_efi,
		.service = _IOWR('p', 7, efi_get_next_variable),
		.argument = &efi_get_next_variable,
		.took_effect = efi_answered,
		.undo = forget_efi,
	},
	{
		.description = "call of QueryVariableInfo of EFI",
		.denied_from = LEVEL_INTEGRITY,
		.missing = no_efi,
		.service = _IOR('p', 8, efi_query_variable),
		.argument = &efi_query_variable,
		.took_effect = efi_answered,
		.undo = forget_efi,
	},
	{
		.description = "call of GetNextHighMonotonicCount of EFI",
		.denied_from = LEVEL_INTEGRITY,
		.missing = no_efi,
		.service = _IOR('p', 9, efi_get_count),
		.argument = &efi_get_count,
		.took_effect = efi_answered,
		.undo = forget_efi,
	},
	{
		.description = "call of QueryCapsuleCapabilities of EFI",
		.denied_from = LEVEL_INTEGRITY,
		.missing = no_efi,
		.service = _IOR('p', 10, efi_query_capsules),
		.argument = &efi_query_capsules,
		.took_effect = efi_answered,
		.undo = forget_efi,
	},
	{
		.description = "call of ResetSystem of EFI",
		.denied_from = LEVEL_INTEGRITY,
		.missing = no_efi,
		.service = _IOW('p', 11, efi_reset_system),
		.argument = &efi_reset_system,
		.took_effect = NULL,
		.undo = NULL,
	},
	{
		.description = "read of trace_pipe that waits for another",
		.denied_from = LEVEL_CONFIDENTIALITY,
		.missing = no_read_pipe,
		.hold = hold_read_pipe,
		.call = read_pipe,
	},
	{
		.description = "splice from trace_pipe that waits for a read",
		.denied_from = LEVEL_CONFIDENTIALITY,
		.missing = no_splice_pipe,
		.hold = hold_splice_pipe,
		.call = splice_pipe,
	},
	/* Before the next one, whose mutex it takes as well. */
	{
		.description = "read of hist that waits for another",
		.denied_from = LEVEL_CONFIDENTIALITY,
		.missing = no_hist,
		.hold = hold_hist,
		.call = read_hist,
	},
	{
		.description = "event probe that waits for a filter of events",
		.denied_from = LEVEL_CONFIDENTIALITY,
		.missing = no_event_probe,
		.fill = fill_spaces,
		.hold = hold_events,
		.hold_error = EPERM,
		.call = add_event_probe,
		.took_effect = have_event_probe,
		.undo = remove_event_probe,
	},
	{
		.description = "new event for a read of trace that waits",
		.denied_from = LEVEL_CONFIDENTIALITY,
		.missing = no_trace,
		.fill = fork_and_fill_threshold,
		.hold = hold_tracers,
		.call = read_trace,
	},
	{
		.description = "new call for a read of a profile that waits",
		.denied_from = LEVEL_CONFIDENTIALITY,
		.missing = no_profile,
		.fill = call_and_fill_nothing,
		.hold = hold_profile,
		.call = find_new_calls,
	},
	{
		.description = "new stack for a read of stack_trace that waits",
		.denied_from = LEVEL_CONFIDENTIALITY,
		.missing = no_stack,
		.fill = call_deep,
		.hold = hold_stack,
		.call = read_stack,
	},
};

static void *run_parked(void *data)
{
	struct parked *p = data;
	__u8 *const hole = p->region + PAGE_BYTES;

	p->tid = gettid();
	p->result = p->service ? call_efi(p, hole) : p->call(hole);
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

/* Two pages, of which the second is the hole that a call gets stuck in. */
static int make_hole(struct parked *p)
{
	p->region = mmap(NULL, 2 * PAGE_BYTES, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p->region == MAP_FAILED)
		return -errno;
	p->wanted = open_userfaultfd(p->region + PAGE_BYTES, PAGE_BYTES);
	return p->wanted < 0 ? p->wanted : 0;
}

/* Provides the page. */
static int fill_hole(struct parked *p, const __u8 *page)
{
	return provide_page(p->wanted, p->region + PAGE_BYTES, page);
}

static void remove_hole(struct parked *p)
{
	munmap(p->region, 2 * PAGE_BYTES);
	close(p->wanted);
}

static int park(struct parked *p)
{
	struct pollfd pollfd = { .events = POLLIN };
	struct uffd_msg msg;
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
	ret = result_of(read(p->wanted, &msg, sizeof(msg)), sizeof(msg));
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
	else if (p->argument)
		memcpy(page, p->argument, _IOC_SIZE(p->service));
	ret = fill_hole(p, page);
	if (ret)
		return ret;
	if (p->hold)
		pthread_join(p->holder, NULL);
	pthread_join(p->thread, NULL);
	remove_hole(p);
	return p->result;
}

/* With a tracer for which there are few functions, and an event. */
static void obtain_trace(void)
{
	static const char tracer[] = TRACE_INSTANCE "/current_tracer";

	held.thresh = open(TRACEFS "tracing_thresh", O_WRONLY | O_CLOEXEC);
	held.trace = -1;
	held.tracer = -1;
	if (mkdir(TRACE_INSTANCE, 0700) ||
	    write_text(TRACE_INSTANCE "/events/sched/sched_process_fork/enable",
		       "1"))
		return;
	held.trace = open(TRACE_INSTANCE "/trace", O_RDONLY | O_CLOEXEC);
	if (!write_text(TRACE_INSTANCE "/set_ftrace_filter", PROFILED " "))
		held.tracer = open(tracer, O_WRONLY | O_CLOEXEC);
}

static void obtain_profile(void)
{
	held.profile = -1;
	if (write_text(TRACEFS "set_ftrace_filter", PROFILED " ") ||
	    write_text(TRACEFS "function_profile_enabled", "1"))
		return;
	/* The file shows those that were called when it was opened. */
	call_profiled();
	held.profile =
		open(TRACEFS "trace_stat/function0", O_RDONLY | O_CLOEXEC);
}

static void obtain_stack(void)
{
	held.stack = -1;
	if (write_text(TRACEFS "stack_trace_filter", PROFILED " ") ||
	    write_text(TRACEFS "stack_trace_filter", DEEP " ") ||
	    write_text("/proc/sys/kernel/stack_tracer_enabled", "1"))
		return;
	held.stack = open(TRACEFS "stack_trace", O_RDONLY | O_CLOEXEC);
}

static void obtain_hist(void)
{
	held.hist = -1;
	if (!write_text(READ_INSTANCE "/events/sched/sched_switch/trigger",
			"hist:keys=next_pid"))
		held.hist = open(READ_INSTANCE
				 "/events/sched/sched_switch/hist",
				 O_RDONLY | O_CLOEXEC);
}

static void obtain(void)
{
	held.pci = open_proc_pci(HOST_BRIDGE, O_RDWR | O_CLOEXEC);
	held.pci_sysfs =
		open(PCI_DEVICES HOST_BRIDGE "/config", O_RDWR | O_CLOEXEC);
	if (read_number(SMBUS "/class") == SMBUS_CLASS)
		held.pci_io = open(SMBUS "/resource4", O_RDWR | O_CLOEXEC);
	else
		held.pci_io = -1;
	held.kprobe_events = open(TRACEFS "kprobe_events", APPEND);
	held.dynamic_events = open(TRACEFS "dynamic_events", APPEND);
	held.fprobes = have_fprobes();
	held.trigger =
		open(TRACEFS "events/sched/sched_switch/trigger", APPEND);
	held.read_pipe = open_pipe(READ_INSTANCE);
	held.splice_pipe = open_pipe(SPLICE_INSTANCE);
	held.event_pid = open(READ_INSTANCE "/set_event_notrace_pid", APPEND);
	obtain_trace();
	obtain_profile();
	obtain_stack();
	obtain_hist();
	obtain_serial();
	obtain_efi();
	load_module("lockdown_tpmi.ko");
	held.xen = open_xen();
	held.tpmi = open_tpmi("tpmi-id-80/mem_write", O_RDWR);
	held.tpmi_dump = open_tpmi("tpmi-id-80/mem_dump", O_RDONLY);
	held.cxl = open("/dev/cxl/mem0", O_RDWR | O_CLOEXEC);
}

/* Says what keeps a use from being tried, or NULL. */
static const char *missing_for(const struct use *use)
{
	if (*use->fd < 0)
		return missing_device(use->fd);
	if (use->use == add_fprobe && !held.fprobes)
		return "no fprobes (CONFIG_FPROBE_EVENTS)";
	return NULL;
}

static void test_uses(int level)
{
	const char *missing;
	size_t i;
	int expected, ret;

	for (i = 0; i < ARRAY_SIZE(uses); i++) {
		missing = missing_for(&uses[i]);
		if (missing) {
			ksft_test_result_skip("%s: %s: %s\n", level_name(level),
					      uses[i].description, missing);
			continue;
		}
		ret = uses[i].use();
		expected = level >= uses[i].denied_from ? -EPERM : 0;
		if (ret != expected)
			ksft_print_msg("expected %d, got %d\n", expected, ret);
		ksft_test_result(ret == expected, "%s: %s\n", level_name(level),
				 uses[i].description);
	}
}

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
		expected = p->error ? -p->error : -EPERM;
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

int main(void)
{
	begin_raising();

	ksft_set_plan(3 * ARRAY_SIZE(uses) + 2 * ARRAY_SIZE(parked) + 9);

	obtain();
	test_write(LEVEL_NONE, "none", 0, LEVEL_NONE);
	test_uses(LEVEL_NONE);
	test_parked_control();

	park_all(LEVEL_INTEGRITY);
	test_raise(LEVEL_NONE, LEVEL_INTEGRITY);
	test_parked_released(LEVEL_INTEGRITY);
	test_uses(LEVEL_INTEGRITY);
	test_write(LEVEL_INTEGRITY, "integrity", 0, LEVEL_INTEGRITY);
	test_write(LEVEL_INTEGRITY, "none", -EPERM, LEVEL_INTEGRITY);

	park_all(LEVEL_CONFIDENTIALITY);
	test_raise(LEVEL_INTEGRITY, LEVEL_CONFIDENTIALITY);
	test_parked_released(LEVEL_CONFIDENTIALITY);
	test_uses(LEVEL_CONFIDENTIALITY);
	test_write(LEVEL_CONFIDENTIALITY, "confidentiality", 0,
		   LEVEL_CONFIDENTIALITY);
	test_write(LEVEL_CONFIDENTIALITY, "integrity", -EPERM,
		   LEVEL_CONFIDENTIALITY);

	ksft_finished();
}
