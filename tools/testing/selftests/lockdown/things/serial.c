// SPDX-License-Identifier: GPL-2.0-only
/* Serial ports: their interrupts and registers, of a port that nobody uses. */

#define _GNU_SOURCE
#include <linux/serial.h>
#include <sys/sysmacros.h>

#include "../lib/file.h"
#include "../thing.h"

#define SETTLE_MS 5000

/* A port takes no settings without a clock, which a port may not have yet. */
#define SLOWEST_BASE 9600
#define USUAL_BASE 115200

/* Without hardware: one for each thing, so that all can be kept at a time. */
#define IRQ_PORT "/dev/ttyS4"
#define HUB6_PORT "/dev/ttyS5"
#define IO_TYPE_PORT "/dev/ttyS6"
#define SHIFT_PORT "/dev/ttyS7"

/* No serial port of a PC has this one. */
#define WRONG_IRQ 5

struct serial {
	int fd;
	const char *path;
	struct serial_struct set;
};

/* Properties of the port that a thing uses. */
struct wanted {
	/* NULL: any */
	const char *path;
	bool (*is_good)(int fd, const struct serial_struct *now);
	/* The change that is kept. */
	void (*change)(struct serial_struct *set);
	const char *lack;
};

static int open_serial(const char *path)
{
	return open(path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

static bool try_port(struct held *held, const char *path)
{
	const struct wanted *wanted = held->thing->arg;
	struct serial *serial = held->state;

	serial->fd = open_serial(path);
	if (!ioctl(serial->fd, TIOCGSERIAL, &serial->set) &&
	    wanted->is_good(serial->fd, &serial->set)) {
		serial->path = path;
		if (serial->set.baud_base < SLOWEST_BASE)
			serial->set.baud_base = USUAL_BASE;
		return true;
	}
	close(serial->fd);
	serial->fd = -1;
	return false;
}

static int obtain_port(struct held *held)
{
	static const char *const ports[] = { "/dev/ttyS3", "/dev/ttyS2",
					     "/dev/ttyS1" };
	const struct wanted *wanted = held->thing->arg;
	size_t i;

	if (wanted->path)
		return try_port(held, wanted->path) ?
			       0 :
			       lack(held, "no %s (%s)", wanted->path,
				    "CONFIG_SERIAL_8250_RUNTIME_UARTS=8");
	for (i = 0; i < ARRAY_SIZE(ports); i++) {
		if (try_port(held, ports[i]))
			return 0;
	}
	return lack(held, "no serial port %s (CONFIG_SERIAL_8250)",
		    wanted->lack);
}

static int obtain_change(struct held *held)
{
	const struct wanted *wanted = held->thing->arg;
	struct serial *serial = held->state;
	const int ret = obtain_port(held);

	if (ret)
		return ret;
	wanted->change(&serial->set);
	if (!ioctl(serial->fd, TIOCSSERIAL, &serial->set))
		return 0;
	/* Another thing may have it open, if all moments are in one run. */
	return errno == EBUSY ?
		       lack(held, "no serial port %s (in use)", wanted->lack) :
		       -errno;
}

static void release_port(struct held *held)
{
	const struct serial *serial = held->state;

	if (serial->fd > 0)
		close(serial->fd);
}

static const struct handle port = {
	.size = sizeof(struct serial),
	.obtain = obtain_port,
	.release = release_port,
	.has_fd = true,
};

static const struct handle changed_port = {
	.size = sizeof(struct serial),
	.obtain = obtain_change,
	.release = release_port,
};

static bool is_absent(int fd, const struct serial_struct *now)
{
	return now->type == PORT_UNKNOWN && now->baud_base >= SLOWEST_BASE;
}

static bool is_unknown(int fd, const struct serial_struct *now)
{
	return now->type == PORT_UNKNOWN;
}

static bool is_present(int fd, const struct serial_struct *now)
{
	return now->type != PORT_UNKNOWN && now->baud_base >= SLOWEST_BASE;
}

/* Return whether the port is a console, or standard output. */
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

static bool is_spare(int fd, const struct serial_struct *now)
{
	struct stat st;

	return !fstat(fd, &st) && !is_used(&st) && now->type != PORT_UNKNOWN &&
	       now->irq;
}

static void change_irq(struct serial_struct *set)
{
	set->irq = set->irq == 3 ? 4 : 3;
}

static void change_type(struct serial_struct *set)
{
	set->type = set->type == PORT_16450 ? PORT_16550A : PORT_16450;
}

static void change_hub6(struct serial_struct *set)
{
	set->hub6 = 1;
}

static void change_io_type(struct serial_struct *set)
{
	set->io_type = SERIAL_IO_MEM;
}

static void change_shift(struct serial_struct *set)
{
	set->iomem_reg_shift = 2;
}

static void mistake_irq(struct serial_struct *set)
{
	set->irq = WRONG_IRQ;
	set->flags |= ASYNC_AUTO_IRQ;
}

static const struct wanted irq_port = {
	.path = IRQ_PORT,
	.is_good = is_unknown,
};

static const struct wanted hub6_port = {
	.path = HUB6_PORT,
	.is_good = is_unknown,
	.change = change_hub6,
	.lack = HUB6_PORT,
};

static const struct wanted io_type_port = {
	.path = IO_TYPE_PORT,
	.is_good = is_unknown,
	.change = change_io_type,
	.lack = IO_TYPE_PORT,
};

static const struct wanted shift_port = {
	.path = SHIFT_PORT,
	.is_good = is_unknown,
	.change = change_shift,
	.lack = SHIFT_PORT,
};

static const struct wanted absent_port = {
	.is_good = is_absent,
	.change = change_irq,
	.lack = "without hardware among ttyS1 to ttyS3",
};

static const struct wanted present_port = {
	.is_good = is_present,
	.change = change_type,
	.lack = "to spare",
};

/* The kernel is told a wrong interrupt, and to look for the right one. */
static const struct wanted spare_port = {
	.is_good = is_spare,
	.change = mistake_irq,
	.lack = "to spare",
};

/* Change the interrupt, and restore it. */
static int use_irq(struct held *held)
{
	const struct serial *serial = held->state;
	struct serial_struct set = serial->set;

	change_irq(&set);
	if (ioctl(serial->fd, TIOCSSERIAL, &set) ||
	    ioctl(serial->fd, TIOCSSERIAL, &serial->set))
		return -errno;
	return 0;
}

/* False if refused, or if the settings are unchanged. */
static bool is_changed(const struct serial *serial, int fd)
{
	struct serial_struct now;

	if (ioctl(fd, TIOCGSERIAL, &now))
		return false;
	return serial->set.irq == now.irq && serial->set.type == now.type &&
	       serial->set.hub6 == now.hub6 &&
	       serial->set.io_type == now.io_type &&
	       serial->set.iomem_reg_shift == now.iomem_reg_shift;
}

static int use_change(struct held *held)
{
	const struct serial *serial = held->state;
	bool changed;
	int fd, ms;

	for (ms = 0; ms < SETTLE_MS; ms += 100) {
		changed = is_changed(serial, serial->fd);
		if (changed != held->denied)
			break;
		usleep(100000);
	}
	if (changed || !held->denied)
		return changed ? 0 : -EIO;
	/* A port whose users were hung up must not work when opened anew. */
	fd = open_serial(serial->path);
	changed = is_changed(serial, fd);
	close(fd);
	return changed ? 0 : -EPERM;
}

/*
 * Copy while holding the port's mutex. Open the port anew: a port that was
 * configured is in error until then.
 */
static int hold_port(struct held *held, __u8 *hole)
{
	struct serial *serial = held->state;

	close(serial->fd);
	serial->fd = open_serial(serial->path);
	return ioctl(serial->fd, TIOCSERGETLSR, hole) ? -errno : 0;
}

static int call_config(struct held *held, __u8 *unused)
{
	const struct serial *serial = held->state;

	return ioctl(serial->fd, TIOCSERCONFIG) ? -errno : 0;
}

/*
 * The kernel has looked for the interrupt. If that is in use for another port,
 * it finds none.
 */
static bool was_probed(struct held *held)
{
	const struct serial *serial = held->state;
	struct serial_struct now;
	int fd;

	if (!ioctl(serial->fd, TIOCGSERIAL, &now))
		return now.irq != WRONG_IRQ;
	/* The users were hung up. */
	fd = open_serial(serial->path);
	now.irq = WRONG_IRQ;
	ioctl(fd, TIOCGSERIAL, &now);
	close(fd);
	return now.irq != WRONG_IRQ;
}

static int mistake_irq_again(struct held *held)
{
	const struct serial *serial = held->state;

	return ioctl(serial->fd, TIOCSSERIAL, &serial->set) ? -errno : 0;
}

static const struct thing serial_things[] = {
	{
		.name = "serial.irq",
		.reason = "TIOCSSERIAL",
		.denied_from = INTEGRITY,
		.handle = &port,
		.use = use_irq,
		.arg = &irq_port,
		.object = "ttyS?",
		.level.title = "change the interrupt of a serial port",
		.kept.title = "change the interrupt of a kept serial port",
		.kept.places = EVERYWHERE | DUPED | PASSED,
	},
	{
		.name = "serial.changed_irq",
		.reason = "TIOCSSERIAL",
		.denied_from = INTEGRITY,
		.handle = &changed_port,
		.use = use_change,
		.arg = &absent_port,
		.kept.title = "changed interrupt of a serial port",
		.kept.places = HERE,
	},
	{
		.name = "serial.changed_type",
		.reason = "TIOCSSERIAL",
		.denied_from = INTEGRITY,
		.handle = &changed_port,
		.use = use_change,
		.arg = &present_port,
		.kept.title = "changed type of a serial port",
		.kept.places = HERE,
	},
	{
		.name = "serial.changed_hub6",
		.reason = "TIOCSSERIAL",
		.denied_from = INTEGRITY,
		.handle = &changed_port,
		.use = use_change,
		.arg = &hub6_port,
		.kept.title = "changed hub6 of a serial port",
		.kept.places = HERE,
	},
	{
		.name = "serial.changed_io_type",
		.reason = "TIOCSSERIAL",
		.denied_from = INTEGRITY,
		.handle = &changed_port,
		.use = use_change,
		.arg = &io_type_port,
		.kept.title = "changed kind of access to a serial port",
		.kept.places = HERE,
	},
	{
		.name = "serial.changed_shift",
		.reason = "TIOCSSERIAL",
		.denied_from = INTEGRITY,
		.handle = &changed_port,
		.use = use_change,
		.arg = &shift_port,
		.kept.title = "changed stride of a serial port's registers",
		.kept.places = HERE,
	},
	{
		.name = "serial.config",
		.reason = "TIOCSSERIAL",
		.denied_from = INTEGRITY,
		.handle = &changed_port,
		.arg = &spare_port,
		.parked = {
			.title = "TIOCSERCONFIG that waits for the port",
			.call = call_config,
			.hold = hold_port,
			.took_effect = was_probed,
			.undo = mistake_irq_again,
		},
	},
};

REGISTER_THINGS(serial_things);
