// SPDX-License-Identifier: GPL-2.0-only
/* Calls of Xen by privcmd, whose hypercalls a module counts instead. */

#define _GNU_SOURCE
#include <sys/eventfd.h>

#include "../lib/file.h"
#include "../lib/load.h"
#include "../thing.h"

/* Return the number of hypercalls that the module counted. */
#define XEN_HYPERCALLS "/sys/module/lockdown_xen/parameters/hypercalls"

struct xen {
	int file, event;
	long hypercalls;
	bool loaded;
};

static const struct stand_in stand_in = {
	.name = "lockdown_xen",
	.parameters = "unrestricted=1",
	.option = "a kernel tree, on x86_64",
};

/* Make writes to @event call Xen with @dm_op. */
static int arm_xen(int xen, int event, const void *dm_op)
{
	/* struct privcmd_irqfd of <xen/privcmd.h>, which may be older. */
	struct {
		__u64 dm_op;
		__u32 size, fd, flags;
		__u16 dom;
		__u8 pad[2];
	} irqfd = { .dm_op = (uintptr_t)dm_op, .size = 16, .fd = event };

	return ioctl(xen, _IOW('P', 8, irqfd), &irqfd) ? -errno : 0;
}

static int obtain_xen(struct held *held)
{
	struct xen *xen = held->state;
	const int ret = load_stand_in(held, &stand_in, &xen->loaded);

	if (ret)
		return ret;
	xen->hypercalls = read_number(XEN_HYPERCALLS);
	xen->file = open("/dev/xen/privcmd", O_RDWR | O_CLOEXEC);
	return xen->file < 0 ? -errno : 0;
}

/* A write to an armed event calls Xen. */
static int obtain_event(struct held *held)
{
	static const __u8 dm_op[16];
	struct xen *xen = held->state;
	const int ret = obtain_xen(held);

	if (ret)
		return ret;
	xen->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return xen->event < 0 ? -errno : arm_xen(xen->file, xen->event, dm_op);
}

static void release_xen(struct held *held)
{
	const struct xen *xen = held->state;

	if (xen->event > 0)
		close(xen->event);
	if (xen->file > 0)
		close(xen->file);
	drop_stand_in(&stand_in, xen->loaded);
}

static const struct handle privcmd = {
	.size = sizeof(struct xen),
	.obtain = obtain_xen,
	.release = release_xen,
};

static const struct handle armed_event = {
	.size = sizeof(struct xen),
	.obtain = obtain_event,
	.release = release_xen,
};

static int use_event(struct held *held)
{
	const struct xen *xen = held->state;
	const long before = read_number(XEN_HYPERCALLS);

	if (eventfd_write(xen->event, 1))
		return -errno;
	return read_number(XEN_HYPERCALLS) > before ? 0 : -EPERM;
}

static int call_arm(struct held *held, __u8 *hole)
{
	const struct xen *xen = held->state;
	const int event = eventfd(0, EFD_CLOEXEC);
	const int ret = arm_xen(xen->file, event, hole);

	if (!ret)
		eventfd_write(event, 1);
	close(event);
	return ret;
}

static bool has_called(struct held *held)
{
	const struct xen *xen = held->state;

	return read_number(XEN_HYPERCALLS) > xen->hypercalls;
}

static int forget_calls(struct held *held)
{
	struct xen *xen = held->state;

	xen->hypercalls = read_number(XEN_HYPERCALLS);
	return 0;
}

static const struct thing xen_things[] = {
	{
		.name = "xen.event",
		.reason = "XEN_USER_ACTIONS",
		.denied_from = INTEGRITY,
		.handle = &armed_event,
		.use = use_event,
		.kept.title = "call of Xen by an eventfd that was armed",
		.kept.places = HERE,
	},
	{
		.name = "xen.arm",
		.reason = "XEN_USER_ACTIONS",
		.denied_from = INTEGRITY,
		.handle = &privcmd,
		.parked = {
			.title = "eventfd that is to call Xen",
			.call = call_arm,
			.took_effect = has_called,
			.undo = forget_calls,
		},
	},
};

REGISTER_THINGS(xen_things);
