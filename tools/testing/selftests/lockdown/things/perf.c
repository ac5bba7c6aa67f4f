// SPDX-License-Identifier: GPL-2.0-only
/* Registers of the kernel in samples of perf. */

#define _GNU_SOURCE
#include "../lib/perf.h"
#include "../thing.h"

#define PERF_BYTES (8 * PAGE_BYTES)
#define PERF_PERIOD_NS 5000000
#define SAMPLES 4
#define SAMPLE_MS 5000

struct perf {
	int fd;
	struct perf_event_mmap_page *ring;
};

static int obtain_samples(struct held *held)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.sample_period = PERF_PERIOD_NS,
		.sample_type = PERF_SAMPLE_REGS_INTR,
		.sample_regs_intr = 1,
	};
	struct perf *perf = held->state;
	int ret;

	ret = no_perf(held);
	if (ret)
		return ret;
	perf->fd = open_perf(&attr);
	if (perf->fd < 0)
		return perf->fd;
	perf->ring = mmap(NULL, PAGE_BYTES + PERF_BYTES, PROT_READ | PROT_WRITE,
			  MAP_SHARED, perf->fd, 0);
	return perf->ring == MAP_FAILED ? -errno : 0;
}

static void release_samples(struct held *held)
{
	const struct perf *perf = held->state;

	if (perf->ring && perf->ring != MAP_FAILED)
		munmap(perf->ring, PAGE_BYTES + PERF_BYTES);
	if (perf->fd > 0)
		close(perf->fd);
}

static const struct handle samples = {
	.size = sizeof(struct perf),
	.obtain = obtain_samples,
	.release = release_samples,
};

/*
 * Consume all samples; count those without registers, and those with registers.
 */
static void take_samples(struct perf_event_mmap_page *ring,
			 unsigned int count[2])
{
	const __u64 head = __atomic_load_n(&ring->data_head, __ATOMIC_ACQUIRE);
	__u8 *const data = (__u8 *)ring + PAGE_BYTES;
	struct perf_event_header header;
	__u64 abi, at = ring->data_tail;

	/* Records are aligned to 8 bytes, so that neither part wraps around. */
	for (; at < head; at += header.size) {
		memcpy(&header, data + at % PERF_BYTES, sizeof(header));
		memcpy(&abi, data + (at + sizeof(header)) % PERF_BYTES,
		       sizeof(abi));
		if (header.type == PERF_RECORD_SAMPLE)
			count[abi != PERF_SAMPLE_REGS_ABI_NONE]++;
	}
	__atomic_store_n(&ring->data_tail, at, __ATOMIC_RELEASE);
}

static int use_samples(struct held *held)
{
	const struct perf *perf = held->state;
	unsigned int old[2] = {}, count[2] = {};
	struct timespec start, now;

	take_samples(perf->ring, old);
	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		take_samples(perf->ring, count);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (count[0] + count[1] < SAMPLES &&
		 us_between(&start, &now) < SAMPLE_MS * 1000L);
	if (count[1])
		return count[0] ? -EIO : 0;
	return count[0] ? -EPERM : -ETIMEDOUT;
}

static const struct thing perf_things[] = {
	{
		.name = "perf.registers",
		.reason = "PERF",
		.denied_from = CONFIDENTIALITY,
		.handle = &samples,
		.use = use_samples,
		.object = "registers at event 1:0x0",
		.level.title = "sample registers, perf",
		.kept.title = "registers in samples of perf",
		.kept.places = HERE,
	},
};

REGISTER_THINGS(perf_things);
