/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lockdown selftest: things and moments.
 *
 * A thing is something that root could use to get at the kernel: struct thing
 * says how to obtain, use and release it, and from which level on that must
 * fail. A moment says when it is used: while the machine is at a level, or
 * after the level has risen. Each moment is written once, in moments/, for all
 * things of things/:
 *
 *	level	obtain, use and release it at the level that the machine has;
 *		a denial is counted, and logged with its object
 *	kept	obtain it at none, raise the level, then use it: here, in a
 *		thread or child, by another descriptor, by another system call
 *	parked	stop a call in the middle, raise the level, let it go on
 *	raced	obtain and use it as fast as possible while the level rises
 *
 * The level never goes down again, so that all moments of a run share one
 * raise; see runner.c.
 *
 * phram_test is about a thing as well, and is a program of its own: it has a
 * device that no child inherits.
 *
 *		at none		to integrity	to confidentiality
 *
 *	INTEGRITY	works	denied		denied
 *	CONFIDENTIALITY	works	works		denied
 *	NEVER		works	works		works
 *	ALWAYS		denied	denied		denied
 */

#ifndef _LOCKDOWN_SELFTEST_THING_H
#define _LOCKDOWN_SELFTEST_THING_H

#include <signal.h>
#include <stdatomic.h>

#include "common.h"
#include "lib/holder.h"
#include "lib/level.h"

/* The level from which on a thing is denied. */
enum denied_from {
	ALWAYS = LEVEL_NONE,
	INTEGRITY = LEVEL_INTEGRITY,
	CONFIDENTIALITY = LEVEL_CONFIDENTIALITY,
	NEVER = LEVEL_COUNT,
};

/* The result of obtaining or using a thing, other than 0 and -errno. */
enum {
	/* The machine lacks it; see lack(). */
	SKIPPED = 1,
	/* No data arrived, and no error was returned. */
	WITHHELD,
	/* The call failed, but took effect. */
	HAD_EFFECT,
	/* Add the number of the signal that ended the call; see fault.h. */
	SIGNALLED = 0x100,
	BUS = SIGNALLED + SIGBUS,
	SEGV = SIGNALLED + SIGSEGV,
};

/*
 * The places where a kept thing is used. All but NEW_CHILD have the thing since
 * before the raise. The halted children do not run while the level rises.
 */
enum place {
	HERE = 1 << 0,
	THREAD = 1 << 1,
	CHILD = 1 << 2,
	NEW_CHILD = 1 << 3,
	STOPPED = 1 << 4,
	TRACED = 1 << 5,
	FROZEN = 1 << 6,
	/* Here, by another descriptor of the same file. */
	DUPED = 1 << 7,
	PASSED = 1 << 8,
	/* Here, by another system call; only if @use calls transfer(). */
	VECTOR = 1 << 9,
	URING = 1 << 10,
	SPLICE = 1 << 11,
	PLACES = 12,

	EVERYWHERE = HERE | THREAD | CHILD | NEW_CHILD,
	HALTED = STOPPED | TRACED | FROZEN,
	ANYWHERE = EVERYWHERE | HALTED,
};

struct held;

/**
 * struct handle - how to obtain something that one or more things use
 * @size: of its state, which is zeroed before @obtain
 * @obtain: returns 0, -errno, or the result of lack(); what it obtained until
 *	then is released by @release
 * @release: gives up everything; also called if @obtain failed, so that it must
 *	expect the zeroes of a state that never came to be. NULL if there is
 *	nothing to give up. It calls not_released() for anything that stays.
 * @has_fd: the state begins with an int, which is a descriptor: for DUPED and
 *	PASSED
 * @shared: things that are kept, and have this handle, use one and the same
 *	state. Without it, each has its own.
 * @in_thread: belongs to the thread that obtains it, and to its descendants,
 *	such as I/O permissions
 */
struct handle {
	size_t size;
	int (*obtain)(struct held *held);
	void (*release)(struct held *held);
	bool has_fd;
	bool shared;
	bool in_thread;
};

/**
 * struct thing - something that must not be of use from some level on
 * @name: the name for -t, FILE.WHAT
 * @reason: the reason of the denial, as in lockdown_info/reasons
 * @denied_from: the level from which on it is denied
 * @handle: how to obtain and release it; NULL if there is nothing to keep
 * @arg: for the functions, which find it in held->thing->arg
 * @use: returns 0 if it worked for sure, -errno, the result of lack(), or
 *	another of the results above
 * @object: the name of the object in the log, a pattern for fnmatch(3)
 *
 * The thing takes part in each moment whose title is not NULL. The title says
 * in the output of that moment what is done.
 *
 * @level: takes @handle, @use
 * @level.error: the errno of a denial, if not EPERM
 * @level.absent: the errno of a machine that was locked before it made the file
 * @level.withheld: a denial shows as WITHHELD
 * @level.once: a denial is counted once
 * @level.silent: the kernel only queries the level: a denial is neither counted
 *	nor logged
 *
 * @kept: takes @handle, @use
 * @kept.places: where it is used, of enum place
 * @kept.refusal: the result of @use that a denial shows as, if not -EPERM
 * @kept.load: a thousand of it are held during the raise
 * @kept.before: called right before the raise that denies it, for what does not
 *	last long; NULL if there is nothing to do
 *
 * @parked: takes @handle
 * @parked.call: the call that is stopped while it copies from, or to, @hole,
 *	or while it waits for the lock that @parked.hold has
 * @parked.fill: says what is in @hole in the end, if not zeroes
 * @parked.hold: a call that is stopped in a copy with a lock held
 * @parked.hold_error: the errno of @parked.hold after the raise
 * @parked.took_effect, @parked.undo: NULL if only the result tells
 * @parked.error: the errno of a denial, if not EPERM
 * @parked.by_fuse: the page is of a file, whose reader cannot be woken
 * @parked.watched: the path of a file that a listener of fanotify watches, who
 *	is asked about the call. It is opened after that.
 * @parked.named: residue must name the use of this file of debugfs, because it
 *	cannot be stopped any more; it ends well
 *
 * @raced: takes @handle, @use
 * @raced.slots: so many are kept at a time, some older, some younger; 0: each
 *	is released at once
 * @raced.again: call @obtain again and again for the same state, and use that
 *	even if @obtain failed; it is never released
 * @raced.in_child: use it in a child
 */
struct thing {
	const char *name;
	const char *reason;
	enum denied_from denied_from;
	const struct handle *handle;
	const void *arg;
	int (*use)(struct held *held);
	const char *object;
	struct {
		const char *title;
		int error;
		int absent;
		bool withheld;
		bool once;
		bool silent;
	} level;
	struct {
		const char *title;
		unsigned int places;
		int refusal;
		bool load;
		void (*before)(struct held *held);
	} kept;
	struct {
		const char *title;
		int (*call)(struct held *held, __u8 *hole);
		void (*fill)(struct held *held, __u8 *page);
		int (*hold)(struct held *held, __u8 *hole);
		int hold_error;
		bool (*took_effect)(struct held *held);
		int (*undo)(struct held *held);
		int error;
		bool by_fuse;
		const char *watched;
		const char *named;
	} parked;
	struct {
		const char *title;
		unsigned int slots;
		bool again;
		bool in_child;
	} raced;
};

/**
 * struct held - a thing that was obtained
 * @thing: the thing
 * @state: of the size that its handle wants
 * @place: where it is used now, one of enum place
 * @denied: the level is one that denies it, for uses that have to wait for that
 * @raised_at: when the raise ended
 * @raised: in a race, says that the raise is over; shared with children. NULL
 *	when @use has to show before it that it works
 * @late: in a race, the use began after the raise; @use may set it for one that
 *	was stopped, and went on after the raise
 * @holder: the thread that obtained it, with its descendants
 * @why: why it is skipped
 */
struct held {
	const struct thing *thing;
	void *state;
	enum place place;
	bool denied;
	struct timespec raised_at;
	const atomic_bool *raised;
	bool late;
	struct holder *holder;
	char why[160];
};

/*
 * The things of a file, in the order in which they are obtained and used. Files
 * come in the order of their names. REGISTER_THINGS(array) makes them known.
 */
struct things {
	const struct thing *first;
	size_t nr;
};

/* The linker says where the arrays of all files begin and end. */
extern const struct things __start_things[], __stop_things[];

#define REGISTER_THINGS(array)                                         \
	static const struct things __things_##array __attribute__((    \
		used, section("things"), aligned(sizeof(void *)))) = { \
		array,                                                 \
		sizeof(array) / sizeof(struct thing),                  \
	}

/* lib/held.c */
__printf(2, 3) int lack(struct held *held, const char *fmt, ...);
int cannot_open(struct held *held, const char *path, const char *option);
int result_of(ssize_t done, size_t expected);
int obtain(struct held *held, const struct thing *thing);
void release(struct held *held);
void release_fd(struct held *held);
void not_released(const char *what, int error);
ssize_t transfer(struct held *held, int fd, bool write, void *bytes, size_t len,
		 off_t at);

#endif /* _LOCKDOWN_SELFTEST_THING_H */
