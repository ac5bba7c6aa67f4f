// SPDX-License-Identifier: GPL-2.0-only
/*
 * Trace buffers, read and mapped in all ways there are, and exports of traced
 * events. See tracer.c for tracers, and tracefs.c for the mere
 * opening of a file.
 */

#define _GNU_SOURCE
#include <linux/close_range.h>
#include <linux/trace_mmap.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/wait.h>

#include "../lib/activity.h"
#include "../lib/fault.h"
#include "../lib/file.h"
#include "../lib/level.h"
#include "../lib/module.h"
#include "../lib/tracefs.h"
#include "../lib/transfer.h"
#include "../thing.h"

/* Marks are made on this processor. */
#define RAW "per_cpu/cpu0/trace_pipe_raw"

/* A file system is mounted here for a moment, in a private namespace. */
#define MOUNT_POINT "/tmp"

/* The time limit of a waiting reader after a raise. */
#define READER_LIMIT_MS 2000

/* Files that are read or written */

/**
 * struct trace_file - how a file is opened: the arg of a thing
 * @name: the file
 * @flags: of open(2)
 */
struct trace_file {
	const char *name;
	int flags;
};

/**
 * struct trace - a file of an instance
 * @fd: the file
 * @marker: where marks are made
 * @instance: nobody else has its trace_pipe open, or reads what is in there
 * @marks: how many marks there are
 */
struct trace {
	int fd;
	int marker;
	struct instance instance;
	unsigned int marks;
};

static int open_trace(struct held *held)
{
	const struct trace_file *const file = held->thing->arg;
	struct trace *trace = held->state;
	int ret;

	ret = make_instance(held, &trace->instance);
	if (!ret)
		ret = open_in(held, &trace->instance, file->name, file->flags,
			      "CONFIG_FTRACE", &trace->fd);
	if (ret)
		return ret;
	return open_in(held, &trace->instance, "trace_marker", O_WRONLY,
		       "CONFIG_FTRACE", &trace->marker);
}

static void release_trace(struct held *held)
{
	const struct trace *trace = held->state;

	close_fd(trace->fd);
	close_fd(trace->marker);
	remove_instance(&trace->instance);
}

static const struct handle trace = {
	.size = sizeof(struct trace),
	.obtain = open_trace,
	.release = release_trace,
	.has_fd = true,
};

/* Open the file of the top level through overlayfs. */
static int open_overlaid(struct held *held)
{
	struct trace *trace = held->state;
	int ret = 0;

	if (access(TRACEFS "trace", F_OK))
		return lack(held, "no " TRACEFS "trace (CONFIG_FTRACE)");
	/* overlayfs needs two lower directories. */
	if (access("/sys/kernel/debug", F_OK))
		return lack(held, "no /sys/kernel/debug (CONFIG_DEBUG_FS)");
	if (mount("overlay", MOUNT_POINT, "overlay", MS_RDONLY,
		  "lowerdir=/sys/kernel/debug:" TRACEFS))
		return errno == ENODEV ?
			       lack(held, "no overlayfs (CONFIG_OVERLAY_FS)") :
			       -errno;
	trace->fd = open(MOUNT_POINT "/trace", O_RDONLY | O_CLOEXEC);
	if (trace->fd < 0)
		ret = -errno;
	return umount2(MOUNT_POINT, MNT_DETACH) ? -EBUSY : ret;
}

static const struct handle overlaid_trace = {
	.size = sizeof(struct trace),
	.obtain = open_overlaid,
	.release = release_trace,
};

static int check_trace(const char *text, ssize_t got)
{
	if (got < 0)
		return -errno;
	return got > 9 && !memcmp(text, "# tracer:", 9) ? 0 : -EIO;
}

static int use_read(struct held *held)
{
	const struct trace *trace = held->state;
	char text[64];

	return check_trace(text, pread(trace->fd, text, sizeof(text), 0));
}

static int use_pipe(const struct trace *trace, bool by_splice)
{
	int ends[2], ret;
	char text[64];
	off_t at = 0;
	ssize_t got;

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		return -EMFILE;
	got = by_splice ?
		      splice(trace->fd, &at, ends[1], NULL, sizeof(text), 0) :
		      sendfile(ends[1], trace->fd, &at, sizeof(text));
	if (got < 0)
		ret = -errno;
	else
		ret = check_trace(text, read(ends[0], text, sizeof(text)));
	close(ends[0]);
	close(ends[1]);
	return ret;
}

static int use_splice(struct held *held)
{
	return use_pipe(held->state, true);
}

static int use_sendfile(struct held *held)
{
	return use_pipe(held->state, false);
}

static int use_marker(struct held *held)
{
	struct trace *trace = held->state;
	char mark[64];

	return mark_trace(held, trace->fd, trace->marks++, mark);
}

/* Read all data, which must include a new mark. */
static int use_mark(struct held *held)
{
	struct trace *trace = held->state;
	bool any = false, found = false;
	char bytes[PAGE_BYTES], mark[64];
	ssize_t got;

	/* The write is refused along with the file that is read. */
	mark_trace(held, trace->marker, trace->marks++, mark);
	while ((got = read(trace->fd, bytes, sizeof(bytes))) > 0) {
		any = true;
		if (memmem(bytes, got, mark, strlen(mark)))
			found = true;
	}
	if (any)
		return found ? 0 : HAD_EFFECT;
	return got < 0 ? -errno : -ENODATA;
}

/* A mapping of a trace buffer */

/**
 * struct buffer - a buffer that is mapped
 * @instance: has it
 * @fd: its trace_pipe_raw
 * @marker: where marks are made
 * @meta: what the meta page said; @meta.reader.id is kept up to date
 * @page: the meta page
 * @data: the other ones
 * @marks: how many marks there are
 * @mark: the last one that was made, and is in the buffer
 */
struct buffer {
	struct instance instance;
	int fd, marker;
	struct trace_buffer_meta meta;
	__u8 *page;
	__u8 *data;
	unsigned int marks;
	char mark[64];
};

static size_t data_size(const struct buffer *buffer)
{
	return buffer->meta.nr_subbufs * buffer->meta.subbuf_size;
}

static int map_buffer(struct buffer *buffer)
{
	buffer->page =
		mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, buffer->fd, 0);
	if (buffer->page == MAP_FAILED)
		return -errno;
	memcpy(&buffer->meta, buffer->page, sizeof(buffer->meta));
	buffer->data = mmap(NULL, data_size(buffer), PROT_READ, MAP_SHARED,
			    buffer->fd, buffer->meta.meta_page_size);
	return buffer->data == MAP_FAILED ? -errno : 0;
}

static int obtain_buffer(struct held *held)
{
	struct buffer *buffer = held->state;
	int ret;

	ret = make_instance(held, &buffer->instance);
	if (!ret)
		ret = open_in(held, &buffer->instance, "trace_marker", O_WRONLY,
			      "CONFIG_FTRACE", &buffer->marker);
	if (!ret)
		ret = open_in(held, &buffer->instance, RAW,
			      O_RDONLY | O_NONBLOCK, "CONFIG_FTRACE",
			      &buffer->fd);
	return ret ?: map_buffer(buffer);
}

static void release_buffer(struct held *held)
{
	const struct buffer *buffer = held->state;

	if (buffer->data && buffer->data != MAP_FAILED)
		munmap(buffer->data, data_size(buffer));
	if (buffer->page && buffer->page != MAP_FAILED)
		munmap(buffer->page, PAGE_BYTES);
	close_fd(buffer->fd);
	close_fd(buffer->marker);
	remove_instance(&buffer->instance);
}

static const struct handle mapped_buffer = {
	.size = sizeof(struct buffer),
	.obtain = obtain_buffer,
	.release = release_buffer,
	.shared = true,
};

static int use_get_reader(struct held *held)
{
	const struct buffer *buffer = held->state;

	return ioctl(buffer->fd, TRACE_MMAP_IOCTL_GET_READER) ? -errno : 0;
}

static int look_at_meta(void *arg, __u8 *at)
{
	const struct trace_buffer_meta *now = (void *)at;
	struct buffer *buffer = arg;

	if (now->meta_struct_len != buffer->meta.meta_struct_len ||
	    now->subbuf_size != buffer->meta.subbuf_size)
		return -EIO;
	buffer->meta.reader.id = now->reader.id;
	return 0;
}

static int use_meta(struct held *held)
{
	struct buffer *buffer = held->state;

	return guarded(look_at_meta, buffer, buffer->page);
}

static int find_mark(void *arg, __u8 *at)
{
	const struct buffer *buffer = arg;
	const size_t len = strlen(buffer->mark);

	return len && memmem(at, PAGE_BYTES, buffer->mark, len) ? 0 : -EIO;
}

/* Where no new mark can be made, look for the last one. */
static int use_data(struct held *held)
{
	struct buffer *buffer = held->state;
	char mark[64];
	int ret = 0;

	if (!mark_trace(held, buffer->marker, buffer->marks++, mark) &&
	    !use_get_reader(held)) {
		memcpy(buffer->mark, mark, sizeof(mark));
		ret = use_meta(held);
	}
	if (ret)
		return ret;
	return guarded(find_mark, buffer,
		       buffer->data + buffer->meta.reader.id *
					      buffer->meta.subbuf_size);
}

/* Readers that read all data, then wait for more, which never comes */

struct reader;

/**
 * struct reading - how a reader reads: the arg of a thing
 * @file: the file of the instance
 * @read: returns 0 or more if there was something
 * @zero: 0 is not the end
 */
struct reading {
	const char *file;
	ssize_t (*read)(struct reader *reader, int fd);
	bool zero;
};

/**
 * struct reader - a thread that reads
 * @activity: the thread
 * @instance: others cannot empty its buffer
 * @ends: a pipe for splice(2)
 * @at: a mapping of the buffer
 */
struct reader {
	struct activity activity;
	struct instance instance;
	int ends[2];
	void *at;
};

static ssize_t read_bytes(struct reader *reader, int fd)
{
	char bytes[PAGE_BYTES];

	return read(fd, bytes, sizeof(bytes));
}

static ssize_t splice_bytes(struct reader *reader, int fd)
{
	char bytes[PAGE_BYTES];
	ssize_t got;

	if (!reader->ends[0] && pipe2(reader->ends, O_CLOEXEC))
		return -1;
	got = splice(fd, NULL, reader->ends[1], NULL, PAGE_BYTES, 0);
	return got > 0 ? read(reader->ends[0], bytes, sizeof(bytes)) : got;
}

/* Make the kernel show the buffer's next page in its mapping. */
static ssize_t map_next_page(struct reader *reader, int fd)
{
	if (!reader->at)
		reader->at =
			mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, fd, 0);
	return reader->at == MAP_FAILED ?
		       -1 :
		       ioctl(fd, TRACE_MMAP_IOCTL_GET_READER);
}

static void *run_reader(void *arg)
{
	struct activity *activity = arg;
	const struct reading *const how = activity->held->thing->arg;
	struct reader *reader = activity->held->state;
	bool effect = false;
	ssize_t got = -1;
	char path[160];
	int fd;

	/* A child that closes an inherited descriptor wakes all readers. */
	close_range(3, ~0U, CLOSE_RANGE_UNSHARE);
	snprintf(path, sizeof(path), "%s/%s", reader->instance.path, how->file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && !effect) {
		got = how->read(reader, fd);
		if (got < 0 || (!got && !how->zero))
			break;
		/* No data from before the raise is left. */
		effect = activity->ready &&
			 lockdown_level() == LEVEL_CONFIDENTIALITY;
		activity->ready = true;
	}
	/* An end of file is no refusal. */
	end_activity(activity, effect  ? HAD_EFFECT :
			       got < 0 ? -errno :
					 -ENODATA);
	return NULL;
}

/* Fill whole pages: splice and mmap transfer whole pages. */
static int fill_buffer(const struct instance *instance)
{
	char text[512];
	int i, ret = 0;

	memset(text, '.', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (i = 0; i < 64 && !ret; i++)
		ret = write_in(instance, "trace_marker", text);
	return ret;
}

static int obtain_reader(struct held *held)
{
	struct reader *reader = held->state;
	int ret;

	ret = make_instance(held, &reader->instance);
	/*
	 * Make the buffer small enough to fill: readers wait until it is half
	 * full.
	 */
	if (!ret)
		ret = write_in(&reader->instance, "buffer_size_kb", "16");
	if (!ret)
		ret = fill_buffer(&reader->instance);
	if (ret)
		return ret;
	return begin_activity(&reader->activity, held, run_reader);
}

static void release_reader(struct held *held)
{
	struct reader *reader = held->state;

	if (reader->activity.ended) {
		pthread_join(reader->activity.thread, NULL);
		if (reader->at && reader->at != MAP_FAILED)
			munmap(reader->at, PAGE_BYTES);
		remove_instance(&reader->instance);
	} else if (reader->activity.held) {
		/* The thread runs until a raise, and owns the state. */
		held->state = NULL;
	} else {
		remove_instance(&reader->instance);
	}
}

static const struct handle reader = {
	.size = sizeof(struct reader),
	.obtain = obtain_reader,
	.release = release_reader,
};

static int use_reader(struct held *held)
{
	const struct reader *reader = held->state;

	return watch_activity(&reader->activity, held, READER_LIMIT_MS);
}

/*
 * Traced events also go to exports beside the ring buffer. An event with a
 * filter does so whether or not that buffer takes it.
 */

#define EXPORTED_COUNT "/sys/module/lockdown_export/parameters/events"

struct exporter {
	struct instance instance;
	bool loaded;
};

static int obtain_export(struct held *held)
{
	static const char event[] = "events/sched/sched_process_fork";
	struct exporter *exporter = held->state;
	char file[64];
	int ret;

	ret = make_instance(held, &exporter->instance);
	if (ret)
		return ret;
	ret = load_module("lockdown_export.ko");
	if (ret == -ENOENT)
		return lack(held,
			    "no lockdown_export.ko ($LOCKDOWN_MODULE_DIR)");
	exporter->loaded = !ret;
	if (ret)
		return ret;
	snprintf(file, sizeof(file), "%s/filter", event);
	ret = write_in(&exporter->instance, file, "child_pid > 0");
	snprintf(file, sizeof(file), "%s/enable", event);
	if (ret)
		return ret;
	return write_in(&exporter->instance, file, "1");
}

static void release_export(struct held *held)
{
	const struct exporter *exporter = held->state;

	if (exporter->loaded &&
	    syscall(__NR_delete_module, "lockdown_export", O_NONBLOCK))
		printf("# removing lockdown_export: %s\n", errno_name(errno));
	remove_instance(&exporter->instance);
}

static const struct handle exported = {
	.size = sizeof(struct exporter),
	.obtain = obtain_export,
	.release = release_export,
};

static int use_export(struct held *held)
{
	const long before = read_number(EXPORTED_COUNT);
	const pid_t pid = fork();

	if (!pid)
		_exit(0);
	if (pid < 0 || waitpid(pid, NULL, 0) != pid)
		return -EIO;
	return read_number(EXPORTED_COUNT) > before ? 0 : -EPERM;
}

/* Readers of trace_pipe that wait for another one */

struct lines {
	struct instance instance;
	int fd;
};

/* Open a trace with some lines. */
static int obtain_lines(struct held *held)
{
	struct lines *lines = held->state;
	int i, ret;

	ret = make_instance(held, &lines->instance);
	for (i = 0; i < 64 && !ret; i++)
		write_in(&lines->instance, "trace_marker",
			 "a line of some length");
	if (ret)
		return ret;
	return open_in(held, &lines->instance, "trace_pipe",
		       O_RDONLY | O_NONBLOCK, "CONFIG_FTRACE", &lines->fd);
}

static int obtain_lines_for_uring(struct held *held)
{
	const char *missing = no_uring();

	return missing ? lack(held, "%s", missing) : obtain_lines(held);
}

static void release_lines(struct held *held)
{
	const struct lines *lines = held->state;

	close_fd(lines->fd);
	remove_instance(&lines->instance);
}

static const struct handle lines = {
	.size = sizeof(struct lines),
	.obtain = obtain_lines,
	.release = release_lines,
};

static const struct handle lines_for_uring = {
	.size = sizeof(struct lines),
	.obtain = obtain_lines_for_uring,
	.release = release_lines,
};

/*
 * Copy while holding the opener's mutex. Use io_uring: read(2) takes the lock
 * of the file position, too, for which another read(2) waits before any check.
 */
static int hold_by_uring(struct held *held, __u8 *hole)
{
	const struct lines *lines = held->state;

	return result_of(uring_transfer(lines->fd, false, hole, 16, 0), 16);
}

static int hold_by_read(struct held *held, __u8 *hole)
{
	const struct lines *lines = held->state;

	return result_of(read(lines->fd, hole, 16), 16);
}

static int read_lines(struct held *held, __u8 *unused)
{
	const struct lines *lines = held->state;
	char bytes[16];

	return result_of(read(lines->fd, bytes, sizeof(bytes)), sizeof(bytes));
}

static int splice_lines(struct held *held, __u8 *unused)
{
	const struct lines *lines = held->state;
	int ends[2], ret = 0;

	if (pipe2(ends, O_CLOEXEC))
		return -EMFILE;
	if (splice(lines->fd, NULL, ends[1], NULL, 16, 0) <= 0)
		ret = -errno;
	close(ends[0]);
	close(ends[1]);
	return ret;
}

static const struct thing trace_things[] = {
	{
		.name = "trace.read",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.handle = &trace,
		.use = use_read,
		.arg = &(const struct trace_file){ "trace", O_RDONLY },
		.kept.title = "pread of kept trace",
		.kept.places = HERE | HALTED,
	},
	{
		.name = "trace.splice",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.handle = &trace,
		.use = use_splice,
		.arg = &(const struct trace_file){ "trace", O_RDONLY },
		.kept.title = "splice from kept trace",
		.kept.places = HERE,
	},
	{
		.name = "trace.sendfile",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.handle = &trace,
		.use = use_sendfile,
		.arg = &(const struct trace_file){ "trace", O_RDONLY },
		.kept.title = "sendfile from kept trace",
		.kept.places = HERE,
	},
	{
		.name = "trace.marker",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.handle = &trace,
		.use = use_marker,
		.arg = &(const struct trace_file){ "trace_marker", O_WRONLY },
		.kept.title = "write to kept trace_marker",
		.kept.places = HERE,
	},
	{
		.name = "trace.pipe",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.handle = &trace,
		.use = use_mark,
		.arg = &(const struct trace_file){
			"trace_pipe",
			O_RDONLY | O_NONBLOCK,
		},
		.kept.title = "read of kept trace_pipe",
		.kept.places = HERE,
	},
	{
		.name = "trace.pipe_raw",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.handle = &trace,
		.use = use_mark,
		.arg = &(const struct trace_file){ RAW, O_RDONLY | O_NONBLOCK },
		.kept.title = "read of kept trace_pipe_raw",
		.kept.places = HERE,
	},
	{
		.name = "trace.overlaid",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.handle = &overlaid_trace,
		.use = use_read,
		.kept.title = "read of kept trace by overlayfs",
		.kept.places = HERE,
	},
	{
		.name = "trace.wait_read",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.handle = &reader,
		.use = use_reader,
		.arg = &(const struct reading){
			"trace_pipe",
			read_bytes,
			false,
		},
		.kept.title = "read of trace_pipe that waits meanwhile",
		.kept.places = HERE,
	},
	{
		.name = "trace.wait_raw",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.handle = &reader,
		.use = use_reader,
		.arg = &(const struct reading){ RAW, read_bytes, false },
		.kept.title = "read of trace_pipe_raw that waits meanwhile",
		.kept.places = HERE,
	},
	{
		.name = "trace.wait_splice",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.handle = &reader,
		.use = use_reader,
		.arg = &(const struct reading){ RAW, splice_bytes, false },
		.kept.title = "splice from trace_pipe_raw that waits meanwhile",
		.kept.places = HERE,
	},
	{
		.name = "trace.wait_map",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.handle = &reader,
		.use = use_reader,
		.arg = &(const struct reading){ RAW, map_next_page, true },
		.kept.title = "ioctl on trace_pipe_raw that waits meanwhile",
		.kept.places = HERE,
	},
	{
		.name = "trace.get_reader",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.handle = &mapped_buffer,
		.use = use_get_reader,
		.kept.title = "ioctl on kept trace_pipe_raw",
		.kept.places = HERE,
	},
	{
		.name = "trace.map_meta",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.handle = &mapped_buffer,
		.use = use_meta,
		.kept.title = "read of a mapped trace buffer, meta page",
		.kept.places = HERE,
		.kept.refusal = BUS,
	},
	{
		.name = "trace.map_data",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.handle = &mapped_buffer,
		.use = use_data,
		.kept.title = "read of a mapped trace buffer, data",
		.kept.places = HERE,
		.kept.refusal = BUS,
	},
	{
		.name = "trace.export",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.handle = &exported,
		.use = use_export,
		.kept.title = "export of traced events",
		.kept.places = HERE,
	},
	{
		.name = "trace.pipe_waits",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.handle = &lines_for_uring,
		.parked = {
			.title = "read of trace_pipe that waits for another",
			.call = read_lines,
			.hold = hold_by_uring,
		},
	},
	{
		.name = "trace.splice_waits",
		.reason = "TRACEFS",
		.denied_from = CONFIDENTIALITY,
		.handle = &lines,
		.parked = {
			.title = "splice from trace_pipe that waits for a read",
			.call = splice_lines,
			.hold = hold_by_read,
		},
	},
};

REGISTER_THINGS(trace_things);
