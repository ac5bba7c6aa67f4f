// SPDX-License-Identifier: GPL-2.0-only
/* EFI: calls of its runtime services, by the driver for testing them. */

#define _GNU_SOURCE
#include "../thing.h"

#define DEVICE "/dev/efi_test"

/* No status of EFI is all ones. */
#define NO_STATUS (~0ULL)

/* The attributes of a variable that is not volatile, and always there. */
#define ATTRIBUTES 7

/* An invalid type of reset, so that the call returns. */
#define NO_RESET 0x5a

/* Layout of <linux/efi.h>, which user space cannot include. */
struct efi_time {
	__u16 year;
	__u8 month, day, hour, minute, second, pad1;
	__u32 nanosecond;
	__s16 timezone;
	__u8 daylight, pad2;
};

struct efi_capsule {
	__u8 guid[16];
	__u32 headersize, flags, imagesize;
};

/* The places where EFI puts its answers, and finds its arguments. */
struct efi {
	int fd;
	__u64 status;
	struct efi_time time;
	__u8 capabilities[12];
	__u8 enabled, pending;
	__u16 name[64];
	__u8 guid[16];
	__u32 attributes;
	__u64 size;
	__u8 data[64];
	__u64 numbers[3];
	struct efi_capsule capsule;
	struct efi_capsule *capsules[1];
	__s32 reset_type;
};

/* The name of a missing variable, for reading and deleting. */
static const __u16 no_name[] = { 'l', 'o', 'c', 'k', 'd', 'o', 'w', 'n', 0 };

/* Layout of drivers/firmware/efi/test/efi_test.h. */
#pragma pack(push, 1)

struct get_variable {
	const __u16 *name;
	__u8 *guid;
	__u32 *attributes;
	__u64 *size;
	__u8 *data;
	__u64 *status;
};

struct set_variable {
	const __u16 *name;
	__u8 *guid;
	__u32 attributes;
	__u64 size;
	__u8 *data;
	__u64 *status;
};

struct get_time {
	struct efi_time *time;
	__u8 *capabilities;
	__u64 *status;
};

struct set_time {
	struct efi_time *time;
	__u64 *status;
};

struct get_waketime {
	__u8 *enabled, *pending;
	struct efi_time *time;
	__u64 *status;
};

struct set_waketime {
	__u8 enabled;
	struct efi_time *time;
	__u64 *status;
};

struct get_next_variable {
	__u64 *size;
	__u16 *name;
	__u8 *guid;
	__u64 *status;
};

struct query_variable {
	__u32 attributes;
	__u64 *numbers[3];
	__u64 *status;
};

struct get_count {
	__u64 *count;
	__u64 *status;
};

struct query_capsules {
	struct efi_capsule **capsules;
	__u64 count;
	__u64 *size;
	__s32 *reset_type;
	__u64 *status;
};

struct reset_system {
	__s32 type;
	__u64 status;
	__u64 size;
	void *data;
};

#pragma pack(pop)

#define EFI_GET_VARIABLE _IOWR('p', 1, struct get_variable)
#define EFI_SET_VARIABLE _IOW('p', 2, struct set_variable)
#define EFI_GET_TIME _IOR('p', 3, struct get_time)
#define EFI_SET_TIME _IOW('p', 4, struct set_time)
#define EFI_GET_WAKETIME _IOR('p', 5, struct get_waketime)
#define EFI_SET_WAKETIME _IOW('p', 6, struct set_waketime)
#define EFI_GET_NEXT_VARIABLE _IOWR('p', 7, struct get_next_variable)
#define EFI_QUERY_VARIABLE _IOR('p', 8, struct query_variable)
#define EFI_GET_COUNT _IOR('p', 9, struct get_count)
#define EFI_QUERY_CAPSULES _IOR('p', 10, struct query_capsules)
#define EFI_RESET_SYSTEM _IOW('p', 11, struct reset_system)

/* Without EFI, the device has no service to call. */
static bool have_efi(void)
{
	return !access("/sys/firmware/efi/runtime", F_OK);
}

static int open_efi(struct held *held)
{
	struct efi *efi = held->state;

	efi->fd = open(DEVICE, O_RDONLY | O_CLOEXEC);
	if (efi->fd < 0)
		return cannot_open(held, DEVICE, "CONFIG_EFI_TEST");
	return 0;
}

static int call_get_time(struct efi *efi)
{
	const struct get_time get_time = { &efi->time, efi->capabilities,
					   &efi->status };

	efi->status = NO_STATUS;
	if (ioctl(efi->fd, EFI_GET_TIME, &get_time))
		return -errno;
	if (efi->status || efi->time.month < 1 || efi->time.month > 12)
		return -EIO;
	return 0;
}

/* Read the present time, so that SetTime changes nothing. */
static int obtain_efi(struct held *held)
{
	struct efi *efi = held->state;
	int ret;

	if (!have_efi())
		return lack(held, "no EFI runtime services (EFI firmware)");
	ret = open_efi(held) ?: call_get_time(efi);
	efi->status = NO_STATUS;
	return ret;
}

static void release_efi(struct held *held)
{
	const struct efi *efi = held->state;

	if (efi->fd > 0)
		close(efi->fd);
}

static const struct handle device = {
	.size = sizeof(struct efi),
	.obtain = open_efi,
	.release = release_efi,
	.has_fd = true,
};

static const struct handle services = {
	.size = sizeof(struct efi),
	.obtain = obtain_efi,
	.release = release_efi,
	.has_fd = true,
};

/* Only the open is refused; without EFI, calls have no service. */
static int use_device(struct held *held)
{
	int ret;

	if (!have_efi())
		return 0;
	ret = call_get_time(held->state);
	printf("# EFI runtime was called\n");
	return ret;
}

static int use_services(struct held *held)
{
	return call_get_time(held->state);
}

/* The service was called if it has set a status, good or bad. */
static bool has_answered(struct held *held)
{
	const struct efi *efi = held->state;

	return efi->status != NO_STATUS;
}

static int forget_answer(struct held *held)
{
	struct efi *efi = held->state;

	efi->status = NO_STATUS;
	return 0;
}

/* The driver turns most statuses of EFI into EINVAL. */
static int call_service(struct held *held, __u8 *hole)
{
	const unsigned int *const request = held->thing->arg;
	const struct efi *efi = held->state;

	if (!ioctl(efi->fd, *request, hole))
		return 0;
	return errno == EINVAL && has_answered(held) ? 0 : -errno;
}

static void fill_get_variable(struct held *held, __u8 *page)
{
	struct efi *efi = held->state;
	const struct get_variable argument = {
		no_name,    efi->guid, &efi->attributes,
		&efi->size, efi->data, &efi->status,
	};

	memcpy(page, &argument, sizeof(argument));
}

static void fill_set_variable(struct held *held, __u8 *page)
{
	struct efi *efi = held->state;
	const struct set_variable argument = {
		no_name, efi->guid, ATTRIBUTES, 0, efi->data, &efi->status,
	};

	memcpy(page, &argument, sizeof(argument));
}

static void fill_get_time(struct held *held, __u8 *page)
{
	struct efi *efi = held->state;
	const struct get_time argument = { &efi->time, efi->capabilities,
					   &efi->status };

	memcpy(page, &argument, sizeof(argument));
}

static void fill_set_time(struct held *held, __u8 *page)
{
	struct efi *efi = held->state;
	const struct set_time argument = { &efi->time, &efi->status };

	memcpy(page, &argument, sizeof(argument));
}

static void fill_get_waketime(struct held *held, __u8 *page)
{
	struct efi *efi = held->state;
	const struct get_waketime argument = {
		&efi->enabled,
		&efi->pending,
		&efi->time,
		&efi->status,
	};

	memcpy(page, &argument, sizeof(argument));
}

static void fill_set_waketime(struct held *held, __u8 *page)
{
	struct efi *efi = held->state;
	const struct set_waketime argument = { 0, NULL, &efi->status };

	memcpy(page, &argument, sizeof(argument));
}

static void fill_get_next_variable(struct held *held, __u8 *page)
{
	struct efi *efi = held->state;
	const struct get_next_variable argument = {
		&efi->size,
		efi->name,
		efi->guid,
		&efi->status,
	};

	memcpy(page, &argument, sizeof(argument));
}

static void fill_query_variable(struct held *held, __u8 *page)
{
	struct efi *efi = held->state;
	const struct query_variable argument = {
		ATTRIBUTES,
		{ &efi->numbers[0], &efi->numbers[1], &efi->numbers[2] },
		&efi->status,
	};

	memcpy(page, &argument, sizeof(argument));
}

static void fill_get_count(struct held *held, __u8 *page)
{
	struct efi *efi = held->state;
	const struct get_count argument = { &efi->numbers[0], &efi->status };

	memcpy(page, &argument, sizeof(argument));
}

static void fill_query_capsules(struct held *held, __u8 *page)
{
	struct efi *efi = held->state;
	const struct query_capsules argument = {
		efi->capsules, 1, &efi->numbers[0], &efi->reset_type,
		&efi->status,
	};

	efi->capsules[0] = &efi->capsule;
	memcpy(page, &argument, sizeof(argument));
}

static void fill_reset_system(struct held *held, __u8 *page)
{
	const struct reset_system argument = { NO_RESET, 0, 0, NULL };

	memcpy(page, &argument, sizeof(argument));
}

static const struct thing efi_things[] = {
	{
		.name = "efi.open",
		.reason = "EFI_TEST",
		.denied_from = INTEGRITY,
		.handle = &device,
		.use = use_device,
		.object = "open of /dev/efi_test",
		.level.title = "call EFI, /dev/efi_test",
	},
	{
		.name = "efi.call",
		.reason = "EFI_TEST",
		.denied_from = INTEGRITY,
		.handle = &services,
		.use = use_services,
		.kept.title = "call of EFI through kept /dev/efi_test",
		.kept.places = HERE,
	},
	{
		.name = "efi.get_variable",
		.reason = "EFI_TEST",
		.denied_from = INTEGRITY,
		.handle = &services,
		.arg = &(const unsigned int){ EFI_GET_VARIABLE },
		.parked = {
			.title = "call of GetVariable of EFI",
			.call = call_service,
			.fill = fill_get_variable,
			.took_effect = has_answered,
			.undo = forget_answer,
		},
	},
	{
		.name = "efi.set_variable",
		.reason = "EFI_TEST",
		.denied_from = INTEGRITY,
		.handle = &services,
		.arg = &(const unsigned int){ EFI_SET_VARIABLE },
		.parked = {
			.title = "call of SetVariable of EFI",
			.call = call_service,
			.fill = fill_set_variable,
			.took_effect = has_answered,
			.undo = forget_answer,
		},
	},
	{
		.name = "efi.get_time",
		.reason = "EFI_TEST",
		.denied_from = INTEGRITY,
		.handle = &services,
		.arg = &(const unsigned int){ EFI_GET_TIME },
		.parked = {
			.title = "call of GetTime of EFI",
			.call = call_service,
			.fill = fill_get_time,
			.took_effect = has_answered,
			.undo = forget_answer,
		},
	},
	{
		.name = "efi.set_time",
		.reason = "EFI_TEST",
		.denied_from = INTEGRITY,
		.handle = &services,
		.arg = &(const unsigned int){ EFI_SET_TIME },
		.parked = {
			.title = "call of SetTime of EFI",
			.call = call_service,
			.fill = fill_set_time,
			.took_effect = has_answered,
			.undo = forget_answer,
		},
	},
	{
		.name = "efi.get_waketime",
		.reason = "EFI_TEST",
		.denied_from = INTEGRITY,
		.handle = &services,
		.arg = &(const unsigned int){ EFI_GET_WAKETIME },
		.parked = {
			.title = "call of GetWakeupTime of EFI",
			.call = call_service,
			.fill = fill_get_waketime,
			.took_effect = has_answered,
			.undo = forget_answer,
		},
	},
	{
		.name = "efi.set_waketime",
		.reason = "EFI_TEST",
		.denied_from = INTEGRITY,
		.handle = &services,
		.arg = &(const unsigned int){ EFI_SET_WAKETIME },
		.parked = {
			.title = "call of SetWakeupTime of EFI",
			.call = call_service,
			.fill = fill_set_waketime,
			.took_effect = has_answered,
			.undo = forget_answer,
		},
	},
	{
		.name = "efi.get_next_variable",
		.reason = "EFI_TEST",
		.denied_from = INTEGRITY,
		.handle = &services,
		.arg = &(const unsigned int){ EFI_GET_NEXT_VARIABLE },
		.parked = {
			.title = "call of GetNextVariableName of EFI",
			.call = call_service,
			.fill = fill_get_next_variable,
			.took_effect = has_answered,
			.undo = forget_answer,
		},
	},
	{
		.name = "efi.query_variable",
		.reason = "EFI_TEST",
		.denied_from = INTEGRITY,
		.handle = &services,
		.arg = &(const unsigned int){ EFI_QUERY_VARIABLE },
		.parked = {
			.title = "call of QueryVariableInfo of EFI",
			.call = call_service,
			.fill = fill_query_variable,
			.took_effect = has_answered,
			.undo = forget_answer,
		},
	},
	{
		.name = "efi.get_count",
		.reason = "EFI_TEST",
		.denied_from = INTEGRITY,
		.handle = &services,
		.arg = &(const unsigned int){ EFI_GET_COUNT },
		.parked = {
			.title = "call of GetNextHighMonotonicCount of EFI",
			.call = call_service,
			.fill = fill_get_count,
			.took_effect = has_answered,
			.undo = forget_answer,
		},
	},
	{
		.name = "efi.query_capsules",
		.reason = "EFI_TEST",
		.denied_from = INTEGRITY,
		.handle = &services,
		.arg = &(const unsigned int){ EFI_QUERY_CAPSULES },
		.parked = {
			.title = "call of QueryCapsuleCapabilities of EFI",
			.call = call_service,
			.fill = fill_query_capsules,
			.took_effect = has_answered,
			.undo = forget_answer,
		},
	},
	{
		.name = "efi.reset_system",
		.reason = "EFI_TEST",
		.denied_from = INTEGRITY,
		.handle = &services,
		.arg = &(const unsigned int){ EFI_RESET_SYSTEM },
		.parked = {
			.title = "call of ResetSystem of EFI",
			.call = call_service,
			.fill = fill_reset_system,
		},
	},
};

REGISTER_THINGS(efi_things);
