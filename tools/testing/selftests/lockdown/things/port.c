// SPDX-License-Identifier: GPL-2.0-only
/* I/O ports: /dev/port, the permissions of a thread, and those of a console. */

#define _GNU_SOURCE
#include <linux/kd.h>

#include "../lib/activity.h"
#include "../lib/fault.h"
#include "../lib/port.h"
#include "../thing.h"

/* The POST diagnostic port: access to it has no effect but a short delay. */
#define PORT_POST 0x80

/* <linux/kd.h> of user space lacks the range that the ioctls accept. */
#define GPFIRST 0x3b4

/* The time limit of a thread that uses a port after the raise. */
#define SPIN_LIMIT_MS 1000

static int open_port(struct held *held)
{
	int *const fd = held->state;

	*fd = open("/dev/port", O_RDWR | O_CLOEXEC);
	if (*fd < 0)
		return cannot_open(held, "/dev/port", "CONFIG_DEVPORT");
	return 0;
}

static const struct handle port_file = {
	.size = sizeof(int),
	.obtain = open_port,
	.release = release_fd,
	.has_fd = true,
};

static int use_dev_read(struct held *held)
{
	__u8 byte;

	return result_of(pread(*(int *)held->state, &byte, 1, PORT_POST), 1);
}

static int use_dev_write(struct held *held)
{
	const __u8 byte = 0;

	return result_of(pwrite(*(int *)held->state, &byte, 1, PORT_POST), 1);
}

/* The permissions of a thread, and of its descendants */

static int no_ports(struct held *held)
{
	/* Dropping a permission always succeeds. */
	if (ioperm(PORT_POST + 1, 1, 0))
		return lack(held, "no port access (CONFIG_X86_IOPL_IOPERM)");
	return 0;
}

/* A racer calls this again for another port. */
static int obtain_ioperm(struct held *held)
{
	bool *const granted = held->state;
	const int ret = no_ports(held);

	if (ret)
		return ret;
	if (ioperm(PORT_POST + *granted, 1, 1))
		return -errno;
	*granted = true;
	return 0;
}

static void release_ioperm(struct held *held)
{
	ioperm(PORT_POST, 2, 0);
}

static int obtain_iopl(struct held *held)
{
	bool *const granted = held->state;
	const int ret = no_ports(held);

	if (ret || *granted)
		return ret;
	if (iopl(3))
		return -errno;
	*granted = true;
	return 0;
}

static void release_iopl(struct held *held)
{
	iopl(0);
}

static const struct handle by_ioperm = {
	.size = sizeof(bool),
	.obtain = obtain_ioperm,
	.release = release_ioperm,
	.in_thread = true,
};

static const struct handle by_iopl = {
	.size = sizeof(bool),
	.obtain = obtain_iopl,
	.release = release_iopl,
	.shared = true,
	.in_thread = true,
};

static int read_port(void *unused, __u8 *unused_page)
{
	inb(PORT_POST);
	return 0;
}

static int write_port(void *unused, __u8 *unused_page)
{
	outb(0, PORT_POST);
	return 0;
}

static int use_ioperm(struct held *held)
{
	return guarded(write_port, NULL, NULL);
}

static int use_iopl(struct held *held)
{
	return guarded(read_port, NULL, NULL);
}

/* iopl() must not succeed after a raise, even for a former holder. */
static int use_iopl_again(struct held *held)
{
	return iopl(3) ? -errno : 0;
}

/* A thread that does not leave user mode by itself, and never ends */

struct spinner {
	struct activity activity;
	atomic_ulong spins;
};

static int spin(void *arg, __u8 *unused)
{
	struct spinner *spinner = arg;

	while (!read_port(NULL, NULL))
		atomic_fetch_add_explicit(&spinner->spins, 1,
					  memory_order_relaxed);
	return -EIO;
}

static void *run_spinner(void *arg)
{
	struct activity *activity = arg;

	activity->ready = !ioperm(PORT_POST, 1, 1);
	end_activity(activity, guarded(spin, activity->held->state, NULL));
	return NULL;
}

static int obtain_spinner(struct held *held)
{
	struct spinner *spinner = held->state;
	const int ret = no_ports(held);

	return ret ?: begin_activity(&spinner->activity, held, run_spinner);
}

static void release_spinner(struct held *held)
{
	struct spinner *spinner = held->state;

	/* The thread runs until a raise. */
	if (spinner->activity.ended)
		pthread_join(spinner->activity.thread, NULL);
}

static const struct handle spinner = {
	.size = sizeof(struct spinner),
	.obtain = obtain_spinner,
	.release = release_spinner,
};

static int use_spinner(struct held *held)
{
	struct spinner *spinner = held->state;
	const unsigned long before = spinner->spins;
	const int ret = watch_activity(&spinner->activity, held, SPIN_LIMIT_MS);

	return ret || held->denied || spinner->spins > before ? ret : -EIO;
}

/* The ports of a console */

static int open_console(struct held *held)
{
	int *const fd = held->state;

	*fd = open("/dev/tty0", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (*fd < 0)
		return cannot_open(held, "/dev/tty0", "CONFIG_VT");
	return 0;
}

static const struct handle console = {
	.size = sizeof(int),
	.obtain = open_console,
	.release = release_fd,
};

struct console_ports {
	unsigned long on, off, arg;
};

static int use_console(struct held *held)
{
	const struct console_ports *const ports = held->thing->arg;
	const int fd = *(int *)held->state;

	if (!ioctl(fd, ports->on, ports->arg) &&
	    !ioctl(fd, ports->off, ports->arg))
		return 0;
	return errno == ENOTTY ? lack(held, "no ports of a console") : -errno;
}

static const struct thing port_things[] = {
	{
		.name = "port.dev_read",
		.reason = "DEV_MEM",
		.denied_from = INTEGRITY,
		.handle = &port_file,
		.use = use_dev_read,
		.object = "open of /dev/port",
		.level.title = "read /dev/port",
		.kept.title = "read of kept /dev/port",
		.kept.places = HERE,
	},
	{
		.name = "port.dev_write",
		.reason = "DEV_MEM",
		.denied_from = INTEGRITY,
		.handle = &port_file,
		.use = use_dev_write,
		.object = "open of /dev/port",
		.level.title = "write to /dev/port",
		.kept.title = "write to kept /dev/port",
		.kept.places = HERE,
	},
	{
		.name = "port.ioperm",
		.reason = "IOPORT",
		.denied_from = INTEGRITY,
		.handle = &by_ioperm,
		.use = use_ioperm,
		.object = "*0x80*",
		.level.title = "write to a port after ioperm",
		.kept.title = "outb after ioperm",
		.kept.places = ANYWHERE,
		.kept.refusal = SEGV,
		.kept.load = true,
		.raced.title = "ports, by ioperm",
		.raced.again = true,
	},
	{
		.name = "port.iopl",
		.reason = "IOPORT",
		.denied_from = INTEGRITY,
		.handle = &by_iopl,
		.use = use_iopl,
		.object = "iopl 3",
		.level.title = "read a port after iopl",
		.kept.title = "inb after iopl",
		.kept.places = ANYWHERE,
		.kept.refusal = SEGV,
	},
	{
		.name = "port.iopl_inherited",
		.reason = "IOPORT",
		.denied_from = INTEGRITY,
		.handle = &by_iopl,
		.use = use_iopl,
		.raced.title = "ports, by iopl, inherited",
		.raced.again = true,
		.raced.in_child = true,
	},
	{
		.name = "port.iopl_again",
		.reason = "IOPORT",
		.denied_from = INTEGRITY,
		.handle = &by_iopl,
		.use = use_iopl_again,
		.kept.title = "iopl once more",
		.kept.places = ANYWHERE,
	},
	{
		.name = "port.spin",
		.reason = "IOPORT",
		.denied_from = INTEGRITY,
		.handle = &spinner,
		.use = use_spinner,
		.kept.title = "inb again and again without a system call",
		.kept.places = HERE,
		.kept.refusal = SEGV,
	},
	{
		.name = "port.kdaddio",
		.reason = "IOPORT",
		.denied_from = INTEGRITY,
		.handle = &console,
		.use = use_console,
		.arg = &(const struct console_ports){ KDADDIO, KDDELIO,
						      GPFIRST },
		.object = "*0x3b4*",
		.level.title = "get a VGA port, KDADDIO",
		.level.error = ENXIO,
	},
	{
		.name = "port.kdenabio",
		.reason = "IOPORT",
		.denied_from = INTEGRITY,
		.handle = &console,
		.use = use_console,
		.arg = &(const struct console_ports){ KDENABIO, KDDISABIO, 0 },
		.object = "*0x3b4*",
		.level.title = "get all VGA ports, KDENABIO",
		.level.error = ENXIO,
	},
};

REGISTER_THINGS(port_things);
