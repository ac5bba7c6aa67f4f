// SPDX-License-Identifier: GPL-2.0-only
/* Calls of Xen by privcmd, whose hypercalls a module counts instead. */

#define _GNU_SOURCE
#include <sys/eventfd.h>
#include <sys/mman.h>

#include "../lib/file.h"
#include "../lib/load.h"
#include "../thing.h"

#define PARAMETERS "/sys/module/lockdown_xen/parameters/"

/* The number of hypercalls that the module counted. */
#define XEN_HYPERCALLS PARAMETERS "hypercalls"

/* The number of events of Xen that are waited for. */
#define XEN_BOUND PARAMETERS "bound_events"

/* Where a guest's queue of virtio begins, and the offset of its doorbell. */
#define QUEUE 0x10000
#define DOORBELL 0x50
#define READY 1
#define WRITES_MEMORY 1

struct xen {
	int file, event;
	long hypercalls, bound;
	bool loaded;
	struct request *request;
};

/* struct ioreq of Xen */
struct request {
	__u64 addr;
	__u64 data;
	__u32 count;
	__u32 size;
	__u32 port;
	__u16 pad;
	__u8 state : 4;
	__u8 data_is_ptr : 1;
	__u8 dir : 1;
	__u8 df : 1;
	__u8 pad1 : 1;
	__u8 type;
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
	xen->bound = read_number(XEN_BOUND);
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

/* Has a write of a guest to its doorbell signal @event from now on. */
static int arm_doorbell(const struct xen *xen, int event, const void *ports,
			bool disarm)
{
	/* struct privcmd_ioeventfd of <xen/privcmd.h>, likewise. */
	struct {
		__u64 ioreq, ports, addr;
		__u32 addr_len, event_fd, vcpus, vq, flags;
		__u16 dom;
		__u8 pad[2];
	} ioeventfd = {
		.ioreq = (uintptr_t)xen->request,
		.ports = (uintptr_t)ports,
		.addr = QUEUE,
		.addr_len = 4,
		.event_fd = event,
		.vcpus = 1,
		.flags = disarm,
	};

	return ioctl(xen->file, _IOW('P', 9, ioeventfd), &ioeventfd) ? -errno :
								       0;
}

static int obtain_request(struct held *held)
{
	struct xen *xen = held->state;
	int fd, ret = obtain_xen(held);

	if (ret)
		return ret;
	fd = open("/dev/xen/hypercall", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	xen->request = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE,
			    MAP_SHARED, fd, 0);
	ret = xen->request == MAP_FAILED ? -errno : 0;
	close(fd);
	if (ret)
		xen->request = NULL;
	return ret;
}

static int obtain_doorbell(struct held *held)
{
	static const __u32 ports[1];
	struct xen *xen = held->state;
	const int ret = obtain_request(held);

	if (ret)
		return ret;
	xen->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return xen->event < 0 ? -errno :
				arm_doorbell(xen, xen->event, ports, false);
}

static void release_xen(struct held *held)
{
	const struct xen *xen = held->state;

	if (xen->request)
		munmap(xen->request, PAGE_BYTES);
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

static const struct handle request = {
	.size = sizeof(struct xen),
	.obtain = obtain_request,
	.release = release_xen,
};

static const struct handle doorbell = {
	.size = sizeof(struct xen),
	.obtain = obtain_doorbell,
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

/* Xen tells of a guest's write to its doorbell. */
static int use_doorbell(struct held *held)
{
	const struct xen *xen = held->state;
	eventfd_t value;
	int ret;

	*xen->request = (struct request){
		.addr = QUEUE + DOORBELL,
		.size = 4,
		.state = READY,
		.type = WRITES_MEMORY,
	};
	ret = write_text(PARAMETERS "event", "1");
	if (ret)
		return ret;
	return eventfd_read(xen->event, &value) ? -EPERM : 0;
}

static int hypercall(const struct xen *xen, const void *what)
{
	/* struct privcmd_hypercall */
	__u64 size_of[6];

	return ioctl(xen->file, _IOC(_IOC_NONE, 'P', 0, sizeof(size_of)),
		     what) ?
		       -errno :
		       0;
}

static int use_hypercall(struct held *held)
{
	static const __u64 nothing[6];
	const struct xen *xen = held->state;
	const long before = read_number(XEN_HYPERCALLS);
	const int ret = hypercall(xen, nothing);
	const bool called = read_number(XEN_HYPERCALLS) > before;

	if (ret)
		return called ? HAD_EFFECT : ret;
	return called ? 0 : -EIO;
}

static int call_hypercall(struct held *held, __u8 *hole)
{
	struct xen *xen = held->state;

	/* Other things have called since. */
	xen->hypercalls = read_number(XEN_HYPERCALLS);
	return hypercall(xen, hole);
}

static int call_arm_doorbell(struct held *held, __u8 *hole)
{
	struct xen *xen = held->state;

	xen->event = eventfd(0, EFD_CLOEXEC);
	return arm_doorbell(xen, xen->event, hole, false);
}

static bool is_bound(struct held *held)
{
	const struct xen *xen = held->state;

	return read_number(XEN_BOUND) > xen->bound;
}

static int disarm_doorbell(struct held *held)
{
	struct xen *xen = held->state;
	const int ret = arm_doorbell(xen, xen->event, NULL, true);

	close(xen->event);
	xen->event = 0;
	return ret;
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
		.name = "xen.hypercall",
		.reason = "XEN_USER_ACTIONS",
		.denied_from = INTEGRITY,
		.handle = &privcmd,
		.use = use_hypercall,
		.object = "unrestricted privcmd",
		/*
		 * Not at a level: on a locked kernel the module ignores its
		 * parameter, and open(2) waits for a domain that nobody names.
		 */
		.kept.title = "call of Xen by kept privcmd",
		.kept.places = EVERYWHERE,
		.parked = {
			.title = "call of Xen",
			.call = call_hypercall,
			.took_effect = has_called,
			.undo = forget_calls,
		},
	},
	{
		.name = "xen.doorbell",
		.reason = "XEN_USER_ACTIONS",
		.denied_from = INTEGRITY,
		.handle = &doorbell,
		.use = use_doorbell,
		.kept.title = "eventfd that tells of a guest's writes",
		.kept.places = HERE,
	},
	{
		.name = "xen.arm_doorbell",
		.reason = "XEN_USER_ACTIONS",
		.denied_from = INTEGRITY,
		.handle = &request,
		.parked = {
			.title = "eventfd that is to tell of a guest's writes",
			.call = call_arm_doorbell,
			.took_effect = is_bound,
			.undo = disarm_doorbell,
		},
	},
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
