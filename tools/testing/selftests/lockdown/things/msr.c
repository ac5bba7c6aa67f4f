// SPDX-License-Identifier: GPL-2.0-only
/* Model-specific registers: /dev/cpu/0/msr, written and read in two ways. */

#define _GNU_SOURCE
#include "../thing.h"

#define X86_IOC_RDMSR_REGS _IOWR('c', 0xA0, __u32[8])
#define X86_IOC_WRMSR_REGS _IOWR('c', 0xA1, __u32[8])

/*
 * The code segment of the 32-bit SYSENTER, which is there on every x86-64 CPU.
 * A null selector makes that instruction fault, and the poison is one that is
 * not the zero that the kernel may use.
 */
#define MSR_IA32_SYSENTER_CS 0x174
#define MSR_POISON 3ULL

#define MSR_IA32_TSC 0x10
#define MSR_LSTAR 0xc0000082
#define MSR_SYSCALL_MASK 0xc0000084

struct msr {
	int fd;
	/* The value of MSR_IA32_SYSENTER_CS. */
	__u64 value;
};

static int get_msr(int fd, __u32 reg, __u64 *value)
{
	return result_of(pread(fd, value, sizeof(*value), reg), sizeof(*value));
}

static int get_msr_regs(int fd, __u32 reg)
{
	/* eax, ecx, edx, ebx, esp, ebp, esi, edi */
	__u32 regs[8] = { 0, reg };

	return ioctl(fd, X86_IOC_RDMSR_REGS, regs) ? -errno : 0;
}

static int obtain_msr(struct held *held)
{
	struct msr *msr = held->state;
	int ret;

	msr->fd = open("/dev/cpu/0/msr", O_RDWR | O_CLOEXEC);
	if (msr->fd < 0)
		return cannot_open(held, "/dev/cpu/0/msr", "CONFIG_X86_MSR");
	ret = get_msr(msr->fd, MSR_IA32_SYSENTER_CS, &msr->value);
	/* Where reading is denied, writing must be denied, too. */
	return ret == -EPERM ? 0 : ret;
}

static void release_msr(struct held *held)
{
	const struct msr *msr = held->state;

	if (msr->fd > 0)
		close(msr->fd);
}

static const struct handle msr_device = {
	.size = sizeof(struct msr),
	.obtain = obtain_msr,
	.release = release_msr,
	.has_fd = true,
};

/* Write the value that was read. */
static int use_write(struct held *held)
{
	const struct msr *msr = held->state;

	return result_of(pwrite(msr->fd, &msr->value, sizeof(msr->value),
				MSR_IA32_SYSENTER_CS),
			 sizeof(msr->value));
}

static int use_wrmsr_regs(struct held *held)
{
	const struct msr *msr = held->state;
	__u32 regs[8] = { msr->value, MSR_IA32_SYSENTER_CS, msr->value >> 32 };

	return ioctl(msr->fd, X86_IOC_WRMSR_REGS, regs) ? -errno : 0;
}

static int use_read(struct held *held)
{
	const struct msr *msr = held->state;
	const __u32 *const reg = held->thing->arg;
	__u64 value;

	return get_msr(msr->fd, *reg, &value);
}

static int use_rdmsr_regs(struct held *held)
{
	const struct msr *msr = held->state;
	const __u32 *const reg = held->thing->arg;

	return get_msr_regs(msr->fd, *reg);
}

static int read_both_ways(int fd, __u32 reg)
{
	__u64 value;

	return get_msr(fd, reg, &value) ?: get_msr_regs(fd, reg);
}

static int use_read_both_ways(struct held *held)
{
	const struct msr *msr = held->state;
	const __u32 *const reg = held->thing->arg;

	return read_both_ways(msr->fd, *reg);
}

/* A CPU that lacks an MSR, or cannot read it, makes the driver return EIO. */
static int use_read_public(struct held *held)
{
	static const __u32 regs[] = {
		0x10, /* TSC, which each CPU has */
		0x48, /* SPEC_CTRL */
		0x49, /* PRED_CMD, which is write-only */
		0x8b, /* microcode */
		0xce, /* PLATFORM_INFO */
		0xe7, /* MPERF */
		0xe8, /* APERF */
		0x10a, /* ARCH_CAPABILITIES */
		0x19c, /* temperature */
		0x1a0, /* MISC_ENABLE */
		0x1ad, /* turbo ratios */
		0x3fd, /* time in C6 */
		0x401, /* status of a machine check */
		0x606, /* units of RAPL */
		0x611, /* energy of the package */
		0xc80, /* debug interface */
		0xc0000080, /* EFER */
		0xc0010015, /* HWCR */
		0xc001029b, /* energy of the package */
	};
	const struct msr *msr = held->state;
	int ret = 0;
	size_t i;

	for (i = 0; !ret && i < ARRAY_SIZE(regs); i++) {
		ret = read_both_ways(msr->fd, regs[i]);
		if (ret == -EIO && regs[i] != MSR_IA32_TSC)
			ret = 0;
		if (ret)
			printf("# MSR 0x%x\n", regs[i]);
	}
	return ret;
}

/*
 * Write one register twice in one call, first with its present value. write(2)
 * reports the refusal of the second write by a short count.
 */
static int call_write(struct held *held, __u8 *hole)
{
	const struct msr *msr = held->state;
	const size_t len = sizeof(msr->value);
	ssize_t put;

	memcpy(hole - len, &msr->value, len);
	put = pwrite(msr->fd, hole - len, 2 * len, MSR_IA32_SYSENTER_CS);
	return put == (ssize_t)len ? -EPERM : result_of(put, 2 * len);
}

static void fill_write(struct held *held, __u8 *page)
{
	const __u64 poison = MSR_POISON;

	memcpy(page, &poison, sizeof(poison));
}

static bool has_written(struct held *held)
{
	const struct msr *msr = held->state;
	__u64 value = msr->value;

	if (get_msr(msr->fd, MSR_IA32_SYSENTER_CS, &value))
		printf("# reading the MSR: %s\n", errno_name(errno));
	return value == MSR_POISON;
}

static const struct thing msr_things[] = {
	{
		.name = "msr.write",
		.reason = "MSR",
		.denied_from = INTEGRITY,
		.handle = &msr_device,
		.use = use_write,
		.object = "MSR 0x174",
		.level.title = "write an MSR",
		.kept.title = "write to kept MSR device",
		.kept.places = HERE | NEW_CHILD,
		.parked = {
			.title = "second write of one write to the MSR device",
			.call = call_write,
			.fill = fill_write,
			.took_effect = has_written,
			.undo = use_write,
		},
	},
	{
		.name = "msr.wrmsr_regs",
		.reason = "MSR",
		.denied_from = INTEGRITY,
		.handle = &msr_device,
		.use = use_wrmsr_regs,
		.object = "MSR 0x174",
		.level.title = "write an MSR, X86_IOC_WRMSR_REGS",
		.kept.title = "X86_IOC_WRMSR_REGS on kept MSR device",
		.kept.places = HERE,
	},
	{
		.name = "msr.read",
		.reason = "MSR_READ",
		.denied_from = CONFIDENTIALITY,
		.handle = &msr_device,
		.use = use_read,
		.arg = &(const __u32){ MSR_IA32_SYSENTER_CS },
		.object = "MSR 0x174: an address",
		.level.title = "read an MSR",
		.kept.title = "read of kept MSR device",
		.kept.places = HERE,
	},
	{
		.name = "msr.rdmsr_regs",
		.reason = "MSR_READ",
		.denied_from = CONFIDENTIALITY,
		.handle = &msr_device,
		.use = use_rdmsr_regs,
		.arg = &(const __u32){ MSR_IA32_SYSENTER_CS },
		.object = "MSR 0x174: an address",
		.level.title = "read an MSR, X86_IOC_RDMSR_REGS",
		.kept.title = "X86_IOC_RDMSR_REGS on kept MSR device",
		.kept.places = HERE,
	},
	{
		.name = "msr.read_lstar",
		.reason = "MSR_READ",
		.denied_from = CONFIDENTIALITY,
		.handle = &msr_device,
		.use = use_read_both_ways,
		.arg = &(const __u32){ MSR_LSTAR },
		.object = "MSR 0xc0000082: an address",
		.level.title = "read the MSR LSTAR",
	},
	/* An unlisted MSR that QEMU implements. */
	{
		.name = "msr.read_unknown",
		.reason = "MSR_READ",
		.denied_from = CONFIDENTIALITY,
		.handle = &msr_device,
		.use = use_read_both_ways,
		.arg = &(const __u32){ MSR_SYSCALL_MASK },
		.object = "MSR 0xc0000084: unknown",
		.level.title = "read an MSR that no table names",
	},
	{
		.name = "msr.read_public",
		.reason = "MSR_READ",
		.denied_from = NEVER,
		.handle = &msr_device,
		.use = use_read_public,
		.level.title = "read the MSRs of tools",
	},
	{
		.name = "msr.read_counter",
		.reason = "MSR_READ",
		.denied_from = NEVER,
		.handle = &msr_device,
		.use = use_read,
		.arg = &(const __u32){ MSR_IA32_TSC },
		.kept.title = "read of a counter of kept MSR device",
		.kept.places = HERE,
	},
};

REGISTER_THINGS(msr_things);
