// SPDX-License-Identifier: GPL-2.0-only
/* Physical memory: /dev/mem, and mappings of it. */

#define _GNU_SOURCE
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "../lib/fault.h"
#include "../lib/frame.h"
#include "../lib/own_page.h"
#include "../thing.h"

/* In the first MiB, which even CONFIG_STRICT_DEVMEM leaves readable. */
#define BIOS_AREA 0xf0000

/* A byte that differs from the page's bytes before the write. */
#define WRITTEN 0xa5

struct mem {
	int fd;
	struct own_page page;
	/* A page that may be read, where it is mapped, and how it begins. */
	off_t area;
	__u8 *map;
	__u8 bytes[64];
};

/* A page of our own that can be overwritten through /dev/mem without harm. */
static int take_page(struct held *held)
{
	struct mem *mem = held->state;

	if (own_page(&mem->page))
		return lack(held, "no frame numbers in /proc/self/pagemap (%s)",
			    "CONFIG_PROC_PAGE_MONITOR");
	/* A child must not get a copy of the page when it, or we, write. */
	madvise(mem->page.virt, PAGE_BYTES, MADV_DONTFORK);
	return 0;
}

static int open_mem(struct held *held)
{
	struct mem *mem = held->state;

	mem->fd = open("/dev/mem", O_RDWR | O_CLOEXEC);
	if (mem->fd < 0)
		return cannot_open(held, "/dev/mem", "CONFIG_DEVMEM");
	return 0;
}

/* RAM, which can be written. */
static int obtain_ram(struct held *held)
{
	struct mem *mem = held->state;
	__u8 bytes[PAGE_BYTES];
	int ret;

	ret = open_mem(held);
	if (!ret)
		ret = take_page(held);
	if (ret)
		return ret;
	mem->area = mem->page.phys;
	if (pread(mem->fd, bytes, PAGE_BYTES, mem->area) != PAGE_BYTES ||
	    memcmp(bytes, mem->page.virt, PAGE_BYTES))
		return lack(held, "no RAM through /dev/mem (%s)",
			    "CONFIG_STRICT_DEVMEM");
	return 0;
}

/* An area that can be read, if possible also with CONFIG_STRICT_DEVMEM. */
static int obtain_area(struct held *held)
{
#ifdef __x86_64__
	struct mem *mem = held->state;

	mem->area = BIOS_AREA;
	return open_mem(held);
#else
	return obtain_ram(held);
#endif
}

static void release_mem(struct held *held)
{
	struct mem *mem = held->state;

	if (mem->map)
		munmap(mem->map, PAGE_BYTES);
	if (mem->page.virt && mem->page.virt != MAP_FAILED)
		munmap(mem->page.virt, PAGE_BYTES);
	if (mem->fd > 0)
		close(mem->fd);
}

static const struct handle mem_area = {
	.size = sizeof(struct mem),
	.obtain = obtain_area,
	.release = release_mem,
	.has_fd = true,
};

static const struct handle mem_ram = {
	.size = sizeof(struct mem),
	.obtain = obtain_ram,
	.release = release_mem,
	.has_fd = true,
};

static int use_read(struct held *held)
{
	const struct mem *mem = held->state;
	__u8 bytes[PAGE_BYTES];

	return result_of(transfer(held, mem->fd, false, bytes, sizeof(bytes),
				  mem->area),
			 sizeof(bytes));
}

static int use_write(struct held *held)
{
	const struct mem *mem = held->state;
	const __u8 before = mem->page.virt[0];
	__u8 bytes[PAGE_BYTES];
	int ret;

	memset(bytes, before + 1, sizeof(bytes));
	ret = result_of(transfer(held, mem->fd, true, bytes, sizeof(bytes),
				 mem->area),
			sizeof(bytes));
	if (!ret)
		return mem->page.virt[0] == bytes[0] ? 0 : -EIO;
	return mem->page.virt[0] == before ? ret : HAD_EFFECT;
}

static int use_mmap(struct held *held)
{
	const struct mem *mem = held->state;
	__u8 bytes[PAGE_BYTES];
	int ret = 0;
	void *map;

	map = mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, mem->fd, mem->area);
	if (map == MAP_FAILED)
		return -errno;
	if (pread(mem->fd, bytes, PAGE_BYTES, mem->area) != PAGE_BYTES ||
	    memcmp(bytes, map, PAGE_BYTES))
		ret = -EIO;
	munmap(map, PAGE_BYTES);
	return ret;
}

static int call_write(struct held *held, __u8 *hole)
{
	const struct mem *mem = held->state;

	return result_of(pwrite(mem->fd, hole, PAGE_BYTES, mem->area),
			 PAGE_BYTES);
}

static void fill_write(struct held *held, __u8 *page)
{
	memset(page, WRITTEN, PAGE_BYTES);
}

static bool has_written(struct held *held)
{
	const struct mem *mem = held->state;

	return mem->page.virt[0] == WRITTEN;
}

static int undo_write(struct held *held)
{
	const struct mem *mem = held->state;

	memset(mem->page.virt, 0x5a, PAGE_BYTES);
	return 0;
}

/* Mappings, which a race obtains again and again by the same descriptor. */

static int map_area(struct mem *mem, int prot)
{
	__u8 *map;

	map = mmap(NULL, PAGE_BYTES, prot, MAP_SHARED, mem->fd, mem->area);
	if (map == MAP_FAILED)
		return -errno;
	if (mem->map)
		munmap(mem->map, PAGE_BYTES);
	mem->map = map;
	return 0;
}

static int obtain_map(struct held *held)
{
	struct mem *mem = held->state;
	int ret;

	if (!mem->fd) {
		ret = obtain_area(held);
		if (!ret)
			ret = result_of(pread(mem->fd, mem->bytes,
					      sizeof(mem->bytes), mem->area),
					sizeof(mem->bytes));
		if (ret)
			return ret;
	}
	return map_area(mem, PROT_READ);
}

static int move_map(struct mem *mem)
{
	__u8 *to;

	to = mmap(NULL, PAGE_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		  0);
	if (to == MAP_FAILED || mremap(mem->map, PAGE_BYTES, PAGE_BYTES,
				       MREMAP_MAYMOVE | MREMAP_FIXED, to) != to)
		return -errno;
	mem->map = to;
	return 0;
}

static int obtain_moved_map(struct held *held)
{
	const int ret = obtain_map(held);

	return ret ?: move_map(held->state);
}

/* Only non-RAM can be mapped for access by the kernel. */
static int obtain_others_map(struct held *held)
{
#ifdef __x86_64__
	return obtain_map(held);
#else
	return lack(held, "no area but RAM (which the kernel does not map)");
#endif
}

/* Map no RAM on x86: a second mapping of it cannot have another memory type. */
static int obtain_writable_map(struct held *held)
{
	struct mem *mem = held->state;
	int ret;

#ifdef __x86_64__
	char resource[128];

	ret = find_frame(held, resource, &mem->area);
	if (!ret)
		ret = open_mem(held);
#else
	ret = obtain_ram(held);
#endif
	return ret ?: map_area(mem, PROT_READ | PROT_WRITE);
}

static const struct handle mem_map = {
	.size = sizeof(struct mem),
	.obtain = obtain_map,
	.release = release_mem,
};

static const struct handle moved_map = {
	.size = sizeof(struct mem),
	.obtain = obtain_moved_map,
	.release = release_mem,
};

static const struct handle others_map = {
	.size = sizeof(struct mem),
	.obtain = obtain_others_map,
	.release = release_mem,
};

static const struct handle writable_map = {
	.size = sizeof(struct mem),
	.obtain = obtain_writable_map,
	.release = release_mem,
};

static int compare(void *arg, __u8 *at)
{
	const struct mem *mem = arg;

	return memcmp(at, mem->bytes, sizeof(mem->bytes)) ? -EIO : 0;
}

static int use_map(struct held *held)
{
	struct mem *mem = held->state;

	/* The first mapping of a race may already be refused. */
	return mem->map ? guarded(compare, mem, mem->map) : -EPERM;
}

static int use_moving_map(struct held *held)
{
	const int ret = move_map(held->state);

	return ret ?: use_map(held);
}

#ifndef __x86_64__
/* The last byte, to leave alone what the area may have at the start. */
static int change_ram(void *arg, __u8 *at)
{
	const struct mem *mem = arg;
	const __u8 to = at[PAGE_BYTES - 1] + 1;
	__u8 now;

	at[PAGE_BYTES - 1] = to;
	if (pread(mem->fd, &now, 1, mem->area + PAGE_BYTES - 1) != 1)
		return HAD_EFFECT;
	return now == to ? 0 : -EIO;
}

#define change_map change_ram
#else
#define change_map change_frame
#endif

static int use_writable_map(struct held *held)
{
	struct mem *mem = held->state;

	return guarded(change_map, mem, mem->map);
}

/* A child that has inherited the mapping. */
static int use_ptrace(struct held *held)
{
	const struct mem *mem = held->state;
	const pid_t pid = held->holder->child.pid;
	int status, ret = 0;
	long word;

	if (ptrace(PTRACE_SEIZE, pid, 0, 0))
		return -ESRCH;
	if (ptrace(PTRACE_INTERRUPT, pid, 0, 0) ||
	    waitpid(pid, &status, __WALL) != pid)
		return -ECHILD;
	errno = 0;
	word = ptrace(PTRACE_PEEKDATA, pid, mem->map, 0);
	if (errno)
		ret = -errno;
	else if (memcmp(&word, mem->bytes, sizeof(word)))
		ret = -EPROTO;
	return ptrace(PTRACE_DETACH, pid, 0, 0) ? -ESRCH : ret;
}

/* The mapping of our parent. */
static int use_proc_mem(struct held *held)
{
	const struct mem *mem = held->state;
	__u8 bytes[sizeof(mem->bytes)];
	char path[64];
	int fd, ret;

	snprintf(path, sizeof(path), "/proc/%d/mem", getppid());
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -ESRCH;
	ret = result_of(pread(fd, bytes, sizeof(bytes), (uintptr_t)mem->map),
			sizeof(bytes));
	close(fd);
	if (!ret && memcmp(bytes, mem->bytes, sizeof(bytes)))
		ret = -EPROTO;
	return ret;
}

static const struct thing mem_things[] = {
	{
		.name = "mem.read",
		.reason = "DEV_MEM",
		.denied_from = INTEGRITY,
		.handle = &mem_area,
		.use = use_read,
		.object = "open of /dev/mem",
		.level.title = "read /dev/mem",
		.kept.title = "read of kept /dev/mem",
		.kept.places = HERE | NEW_CHILD | DUPED | PASSED | VECTOR |
			       URING,
		.raced.title = "opening /dev/mem",
	},
	{
		.name = "mem.write",
		.reason = "DEV_MEM",
		.denied_from = INTEGRITY,
		.handle = &mem_ram,
		.use = use_write,
		.object = "open of /dev/mem",
		.level.title = "write to /dev/mem",
		.kept.title = "write to kept /dev/mem",
		.kept.places = HERE | DUPED | PASSED | URING,
		.parked = {
			.title = "write to /dev/mem",
			.call = call_write,
			.fill = fill_write,
			.took_effect = has_written,
			.undo = undo_write,
		},
	},
	{
		.name = "mem.mmap",
		.reason = "DEV_MEM",
		.denied_from = INTEGRITY,
		.handle = &mem_area,
		.use = use_mmap,
		.object = "open of /dev/mem",
		.level.title = "map /dev/mem",
		.kept.title = "mmap of kept /dev/mem",
		.kept.places = HERE | NEW_CHILD | PASSED,
	},
	{
		.name = "mem.map_read",
		.reason = "DEV_MEM",
		.denied_from = INTEGRITY,
		.handle = &mem_map,
		.use = use_map,
		.kept.title = "read through a mapping of /dev/mem",
		.kept.places = HERE | CHILD | NEW_CHILD | HALTED,
		.kept.refusal = BUS,
		.kept.load = true,
		.raced.title = "mappings of /dev/mem",
		.raced.slots = 64,
		.raced.again = true,
	},
	{
		.name = "mem.map_inherited",
		.reason = "DEV_MEM",
		.denied_from = INTEGRITY,
		.handle = &mem_map,
		.use = use_map,
		.raced.title = "mappings of /dev/mem, inherited",
		.raced.again = true,
		.raced.in_child = true,
	},
	{
		.name = "mem.map_write",
		.reason = "DEV_MEM",
		.denied_from = INTEGRITY,
		.handle = &writable_map,
		.use = use_writable_map,
		.kept.title = "write through a mapping of /dev/mem",
		.kept.places = HERE | CHILD | NEW_CHILD,
		.kept.refusal = BUS,
	},
	{
		.name = "mem.map_moved",
		.reason = "DEV_MEM",
		.denied_from = INTEGRITY,
		.handle = &moved_map,
		.use = use_map,
		.kept.title =
			"read through a mapping of /dev/mem, moved before",
		.kept.places = HERE,
		.kept.refusal = BUS,
	},
	{
		.name = "mem.map_moving",
		.reason = "DEV_MEM",
		.denied_from = INTEGRITY,
		.handle = &mem_map,
		.use = use_moving_map,
		.kept.title = "read through a mapping of /dev/mem, moved after",
		.kept.places = HERE,
		.kept.refusal = BUS,
	},
	{
		.name = "mem.map_ptrace",
		.reason = "DEV_MEM",
		.denied_from = INTEGRITY,
		.handle = &others_map,
		.use = use_ptrace,
		.kept.title = "PTRACE_PEEKDATA of a mapping of /dev/mem",
		.kept.places = HERE,
		.kept.refusal = -EIO,
	},
	{
		.name = "mem.map_proc",
		.reason = "DEV_MEM",
		.denied_from = INTEGRITY,
		.handle = &others_map,
		.use = use_proc_mem,
		.kept.title =
			"read of a mapping of /dev/mem by /proc/PID/mem",
		.kept.places = CHILD,
		.kept.refusal = -EIO,
	},
};

REGISTER_THINGS(mem_things);
