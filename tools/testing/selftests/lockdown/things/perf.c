// SPDX-License-Identifier: GPL-2.0-only
/*
 * Perf shows much of the kernel: registers, addresses and call chains in
 * samples, records of events, changes of its text, and addresses of symbols.
 */

#define _GNU_SOURCE
#include <sys/wait.h>

#include "../lib/bpf.h"
#include "../lib/bpf_insn.h"
#include "../lib/file.h"
#include "../lib/mount.h"
#include "../lib/perf.h"
#include "../thing.h"

#define RING_BYTES (16 * PAGE_BYTES)
#define PERF_PERIOD_NS 5000000
#define CLOCK_PERIOD_NS 100000
#define SAMPLES 4
#define SAMPLE_MS 5000

#define EVENT "events/sched/sched_waking/id"

struct perf {
	int fd;
	struct perf_event_mmap_page *ring;
	long event;
};

/* The records of a ring, by whether they show what was looked for. */
struct count {
	unsigned int shown, hidden;
};

/* The answer of a look function, for records of another kind */
#define NEITHER (-1)

static int open_ring(struct perf *perf, struct perf_event_attr *attr)
{
	perf->fd = open_perf(attr);
	if (perf->fd < 0)
		return perf->fd;
	perf->ring = mmap(NULL, PAGE_BYTES + RING_BYTES, PROT_READ | PROT_WRITE,
			  MAP_SHARED, perf->fd, 0);
	return perf->ring == MAP_FAILED ? -errno : 0;
}

static void close_ring(const struct perf *perf)
{
	if (perf->ring && perf->ring != MAP_FAILED)
		munmap(perf->ring, PAGE_BYTES + RING_BYTES);
	if (perf->fd > 0)
		close(perf->fd);
}

static void release_ring(struct held *held)
{
	close_ring(held->state);
}

/* Copies bytes that may be at the end of the ring and at its beginning. */
static void copy_out(void *to, const struct perf *perf, __u64 at, size_t len)
{
	const char *data = (const char *)perf->ring + PAGE_BYTES;
	size_t i;

	for (i = 0; i < len; i++)
		((char *)to)[i] = data[(at + i) % RING_BYTES];
}

/* Takes all records out of the ring, and counts what @look says of them. */
static struct count take_records(const struct perf *perf,
				 int (*look)(const struct perf_event_header *))
{
	const __u64 head =
		__atomic_load_n(&perf->ring->data_head, __ATOMIC_ACQUIRE);
	struct perf_event_header *record;
	struct count count = {};
	/* A record is not longer than its 16 bits say. */
	__u64 copy[8192];
	__u64 at = perf->ring->data_tail;
	int shown;

	record = (void *)copy;
	for (; at < head; at += record->size) {
		copy_out(record, perf, at, sizeof(*record));
		copy_out(record, perf, at, record->size);
		shown = look(record);
		if (shown != NEITHER) {
			count.shown += shown;
			count.hidden += !shown;
		}
	}
	__atomic_store_n(&perf->ring->data_tail, at, __ATOMIC_RELEASE);
	return count;
}

static int any_shown(struct count count)
{
	if (count.shown)
		return 0;
	return count.hidden ? WITHHELD : -ENODATA;
}

/* Registers */

static int obtain_samples(struct held *held)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.sample_period = PERF_PERIOD_NS,
		.sample_type = PERF_SAMPLE_REGS_INTR,
		.sample_regs_intr = 1,
	};

	return no_perf(held) ?: open_ring(held->state, &attr);
}

static const struct handle samples = {
	.size = sizeof(struct perf),
	.obtain = obtain_samples,
	.release = release_ring,
};

static int look_registers(const struct perf_event_header *record)
{
	const __u64 *abi = (const void *)(record + 1);

	if (record->type != PERF_RECORD_SAMPLE)
		return NEITHER;
	return *abi != PERF_SAMPLE_REGS_ABI_NONE;
}

static int use_samples(struct held *held)
{
	struct count count = {}, more;
	struct timespec start, now;

	take_records(held->state, look_registers);
	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		more = take_records(held->state, look_registers);
		count.shown += more.shown;
		count.hidden += more.hidden;
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (count.shown + count.hidden < SAMPLES &&
		 us_between(&start, &now) < SAMPLE_MS * 1000L);
	if (count.shown)
		return count.hidden ? -EIO : 0;
	return count.hidden ? -EPERM : -ETIMEDOUT;
}

/* Addresses, and chains of them */

static int obtain_clock(struct held *held)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.sample_period = CLOCK_PERIOD_NS,
		.sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_CALLCHAIN,
		.disabled = 1,
	};

	return no_perf(held) ?: open_ring(held->state, &attr);
}

static const struct handle clock_samples = {
	.size = sizeof(struct perf),
	.obtain = obtain_clock,
	.release = release_ring,
	.shared = true,
};

/* Marks such as PERF_CONTEXT_USER are the highest numbers. */
static bool in_kernel(__u64 address)
{
	return address >> 63 && address < (__u64)-4096;
}

static int look_address(const struct perf_event_header *record)
{
	const __u64 *field = (const void *)(record + 1);

	return record->type == PERF_RECORD_SAMPLE ? in_kernel(field[0]) :
						    NEITHER;
}

static int look_chain(const struct perf_event_header *record)
{
	const __u64 *field = (const void *)(record + 1);
	__u64 i;

	if (record->type != PERF_RECORD_SAMPLE)
		return NEITHER;
	for (i = 0; i < field[1]; i++) {
		if (in_kernel(field[2 + i]))
			return true;
	}
	return false;
}

#define ZEROS 0x100000
#define READS 50

/* Spends the time of the samples in the kernel. */
static int sample_clock(const struct perf *perf,
			int (*look)(const struct perf_event_header *record))
{
	const int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	char *zeros = malloc(ZEROS);
	int i;

	take_records(perf, look);
	ioctl(perf->fd, PERF_EVENT_IOC_ENABLE, 0);
	for (i = 0; i < READS; i++) {
		if (read(fd, zeros, ZEROS) < 0)
			break;
	}
	ioctl(perf->fd, PERF_EVENT_IOC_DISABLE, 0);
	free(zeros);
	close(fd);
	return any_shown(take_records(perf, look));
}

static int use_address(struct held *held)
{
	return sample_clock(held->state, look_address);
}

static int use_chain(struct held *held)
{
	return sample_clock(held->state, look_chain);
}

/* Events of the kernel */

static struct perf_event_attr event_attr(const struct perf *perf)
{
	return (struct perf_event_attr){
		.type = PERF_TYPE_TRACEPOINT,
		.config = perf->event,
		.sample_period = 1,
		.sample_type = PERF_SAMPLE_RAW,
	};
}

/* The number of an event cannot be read after a raise, but is still known. */
static int obtain_event(struct held *held)
{
	struct perf *perf = held->state;
	struct perf_event_attr attr;
	int ret;

	ret = no_perf(held);
	if (!ret)
		ret = mount_private(held, "tracefs", "/sys/kernel/tracing");
	if (ret)
		return ret;
	perf->event = read_number(TRACEFS EVENT);
	if (perf->event < 0)
		return lack(held, "no %s (CONFIG_EVENT_TRACING)", EVENT);
	attr = event_attr(perf);
	return open_ring(perf, &attr);
}

static const struct handle event = {
	.size = sizeof(struct perf),
	.obtain = obtain_event,
	.release = release_ring,
	.shared = true,
};

/* Without a record, 4 bytes follow. */
static int look_raw(const struct perf_event_header *record)
{
	const __u32 *size = (const void *)(record + 1);

	return record->type == PERF_RECORD_SAMPLE ? *size > 4 : NEITHER;
}

#define WAKES 3

/* Wakes a child, which is an event. */
static void wake(void)
{
	char byte = 0;
	pid_t child;
	int fds[2];
	int i;

	if (pipe(fds))
		return;
	child = fork();
	if (!child) {
		for (i = 0; i < WAKES; i++) {
			if (read(fds[0], &byte, 1) != 1)
				break;
		}
		_exit(0);
	}
	for (i = 0; i < WAKES; i++) {
		usleep(10000);
		if (write(fds[1], &byte, 1) != 1)
			break;
	}
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	close(fds[0]);
	close(fds[1]);
}

static int use_event(struct held *held)
{
	take_records(held->state, look_raw);
	wake();
	return any_shown(take_records(held->state, look_raw));
}

static int use_new_event(struct held *held)
{
	struct perf_event_attr attr = event_attr(held->state);
	struct perf perf = {};
	int ret;

	ret = open_ring(&perf, &attr);
	if (!ret) {
		wake();
		ret = any_shown(take_records(&perf, look_raw));
	}
	close_ring(&perf);
	return ret;
}

/* A count discloses nothing. */
static int use_count(struct held *held)
{
	struct perf_event_attr attr = event_attr(held->state);
	__u64 count = 0;
	int fd, ret;

	attr.sample_type = 0;
	attr.sample_period = 0;
	fd = open_perf(&attr);
	if (fd < 0)
		return fd;
	wake();
	ret = result_of(read(fd, &count, sizeof(count)), sizeof(count));
	close(fd);
	return ret ?: count ? 0 : -ENODATA;
}

/* The kernel's text */

static int use_text_poke(struct held *held)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_DUMMY,
		.text_poke = 1,
	};
	int fd, ret;

	ret = no_perf(held);
	if (ret)
		return ret;
	fd = open_perf(&attr);
	return fd < 0 ? fd : close(fd);
}

static int obtain_symbols(struct held *held)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_DUMMY,
		.ksymbol = 1,
	};

	return no_perf(held) ?: open_ring(held->state, &attr);
}

static const struct handle symbols = {
	.size = sizeof(struct perf),
	.obtain = obtain_symbols,
	.release = release_ring,
};

static int look_symbol(const struct perf_event_header *record)
{
	const __u64 *address = (const void *)(record + 1);

	return record->type == PERF_RECORD_KSYMBOL ? in_kernel(*address) :
						     NEITHER;
}

/* A BPF program that is compiled gets a symbol. */
static int use_symbols(struct held *held)
{
	const struct bpf_insn insns[] = { MOV(0, 0), EXIT };
	const struct bpf_program program = {
		.type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insns = insns,
		.nr_insns = ARRAY_SIZE(insns),
	};
	struct count count;
	int fd;

	if (access("/proc/sys/net/core/bpf_jit_enable", F_OK))
		return lack(held, "no BPF compiler (CONFIG_BPF_JIT)");
	take_records(held->state, look_symbol);
	fd = load_bpf(&program);
	if (fd < 0)
		return fd;
	close(fd);
	count = take_records(held->state, look_symbol);
	return any_shown(count);
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
	{
		.name = "perf.address",
		.reason = "PERF",
		.denied_from = CONFIDENTIALITY,
		.handle = &clock_samples,
		.use = use_address,
		.kept.title = "address in samples of perf",
		.kept.places = HERE,
		.kept.refusal = WITHHELD,
	},
	{
		.name = "perf.chain",
		.reason = "PERF",
		.denied_from = CONFIDENTIALITY,
		.handle = &clock_samples,
		.use = use_chain,
		.kept.title = "call chain in samples of perf",
		.kept.places = HERE,
		.kept.refusal = WITHHELD,
	},
	{
		.name = "perf.event",
		.reason = "PERF",
		.denied_from = CONFIDENTIALITY,
		.handle = &event,
		.use = use_event,
		.kept.title = "records of an event, perf",
		.kept.places = HERE,
		.kept.refusal = WITHHELD,
	},
	{
		.name = "perf.new_event",
		.reason = "PERF",
		.denied_from = CONFIDENTIALITY,
		.handle = &event,
		.use = use_new_event,
		.kept.title = "records of an event by its number, perf",
		.kept.places = HERE,
	},
	{
		.name = "perf.count",
		.reason = "PERF",
		.denied_from = NEVER,
		.handle = &event,
		.use = use_count,
		.kept.title = "count of an event by its number, perf",
		.kept.places = HERE,
	},
	{
		.name = "perf.text_poke",
		.reason = "PERF",
		.denied_from = CONFIDENTIALITY,
		.use = use_text_poke,
		.object = "changes of the kernel's text",
		.level.title = "see changes of the kernel's text, perf",
	},
	{
		.name = "perf.symbols",
		.reason = "PERF",
		.denied_from = CONFIDENTIALITY,
		.handle = &symbols,
		.use = use_symbols,
		.kept.title = "addresses of symbols, perf",
		.kept.places = HERE,
		.kept.refusal = WITHHELD,
	},
};

REGISTER_THINGS(perf_things);
