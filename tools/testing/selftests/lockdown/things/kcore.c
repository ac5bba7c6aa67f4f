// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's memory as a core file: /proc/kcore. */

#define _GNU_SOURCE
#include <linux/elf.h>

#include "../lib/own_page.h"
#include "../thing.h"

struct kcore {
	int fd;
	/* A page of RAM. */
	struct own_page page;
	/* Offset of the page in the file, or of the largest other segment. */
	off_t at;
	__u64 largest;
};

static int open_kcore(struct held *held)
{
	struct kcore *kcore = held->state;

	kcore->fd = open("/proc/kcore", O_RDONLY | O_CLOEXEC);
	if (kcore->fd < 0)
		return cannot_open(held, "/proc/kcore", "CONFIG_PROC_KCORE");
	return 0;
}

static void close_kcore(struct held *held)
{
	struct kcore *kcore = held->state;

	if (kcore->page.virt && kcore->page.virt != MAP_FAILED)
		munmap(kcore->page.virt, PAGE_BYTES);
	if (kcore->fd > 0)
		close(kcore->fd);
}

static int read_kcore(const struct kcore *kcore, void *to, size_t len,
		      off_t from)
{
	return result_of(pread(kcore->fd, to, len, from), len);
}

/* Call @look for each segment of the file. */
static int walk(struct kcore *kcore,
		void (*look)(struct kcore *kcore, const struct elf64_phdr *))
{
	struct elf64_phdr segment;
	struct elf64_hdr header;
	int i, ret;

	ret = read_kcore(kcore, &header, sizeof(header), 0);
	for (i = 0; !ret && i < header.e_phnum; i++) {
		ret = read_kcore(kcore, &segment, sizeof(segment),
				 header.e_phoff + i * sizeof(segment));
		if (!ret && segment.p_type == PT_LOAD)
			look(kcore, &segment);
	}
	return ret ? ret : kcore->at ? 0 : -ENOENT;
}

/*
 * Use the last segment that has the page: the kernel's image is also a segment
 * of its own, without data where its init part was.
 */
static void look_for_page(struct kcore *kcore, const struct elf64_phdr *segment)
{
	const __u64 phys = kcore->page.phys;

	if (phys >= segment->p_paddr &&
	    phys - segment->p_paddr < segment->p_memsz)
		kcore->at = segment->p_offset + phys - segment->p_paddr;
}

static int obtain_ram(struct held *held)
{
	struct kcore *kcore = held->state;
	int ret;

	ret = open_kcore(held);
	if (ret)
		return ret;
	if (own_page(&kcore->page))
		return lack(held, "no frame numbers in /proc/self/pagemap (%s)",
			    "CONFIG_PROC_PAGE_MONITOR");
	/* A child must not get a copy of the page when it, or we, write. */
	madvise(kcore->page.virt, PAGE_BYTES, MADV_DONTFORK);
	return walk(kcore, look_for_page);
}

static int use_ram(struct held *held)
{
	const struct kcore *kcore = held->state;
	__u8 bytes[PAGE_BYTES];
	const int ret = read_kcore(kcore, bytes, PAGE_BYTES, kcore->at);

	if (ret)
		return ret;
	return memcmp(bytes, kcore->page.virt, PAGE_BYTES) ? -EIO : 0;
}

static const struct handle kcore_file = {
	.size = sizeof(struct kcore),
	.obtain = open_kcore,
	.release = close_kcore,
};

static const struct handle kcore_ram = {
	.size = sizeof(struct kcore),
	.obtain = obtain_ram,
	.release = close_kcore,
};

static int use_header(struct held *held)
{
	char header[SELFMAG];
	const int ret = read_kcore(held->state, header, SELFMAG, 0);

	return ret ? ret : memcmp(header, ELFMAG, SELFMAG) ? -EIO : 0;
}

/* The largest segment without a physical address. */
static void look_for_vmalloc(struct kcore *kcore,
			     const struct elf64_phdr *segment)
{
	if (segment->p_paddr != ~0ULL || segment->p_memsz <= kcore->largest)
		return;
	kcore->largest = segment->p_memsz;
	kcore->at = segment->p_offset;
}

static int obtain_vmalloc(struct held *held)
{
	const int ret = open_kcore(held);

	return ret ?: walk(held->state, look_for_vmalloc);
}

static const struct handle kcore_vmalloc = {
	.size = sizeof(struct kcore),
	.obtain = obtain_vmalloc,
	.release = close_kcore,
};

static int use_vmalloc(struct held *held)
{
	const struct kcore *kcore = held->state;
	__u8 bytes[2 * PAGE_BYTES];

	return read_kcore(kcore, bytes, sizeof(bytes), kcore->at);
}

static const struct thing kcore_things[] = {
	{
		.name = "kcore.header",
		.reason = "KCORE",
		.denied_from = CONFIDENTIALITY,
		.handle = &kcore_file,
		.use = use_header,
		.object = "open of /proc/kcore",
		.level.title = "read /proc/kcore",
		.kept.title = "pread of kept /proc/kcore, header",
		.kept.places = HERE,
	},
	{
		.name = "kcore.ram",
		.reason = "KCORE",
		.denied_from = CONFIDENTIALITY,
		.handle = &kcore_ram,
		.use = use_ram,
		.kept.title = "pread of kept /proc/kcore, RAM",
		.kept.places = HERE,
	},
	{
		.name = "kcore.vmalloc",
		.reason = "KCORE",
		.denied_from = CONFIDENTIALITY,
		.handle = &kcore_vmalloc,
		.use = use_vmalloc,
		.kept.title = "pread of kept /proc/kcore, vmalloc memory",
		.kept.places = HERE,
	},
};

REGISTER_THINGS(kcore_things);
