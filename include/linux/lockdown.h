/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lockdown: the interface for code that stands between uid 0 and ring 0
 *
 * A call site obtains a permit after its last copy from user space, acts while
 * the permit is in scope, and returns the error unchanged:
 *
 *	CLASS(lockdown_permit, permit)(LOCKDOWN_MSR, "MSR 0x%x", reg);
 *	if (permit.err)
 *		return permit.err;
 *	wrmsr(...);
 *
 * Code that hands something out, and has nothing to do that a raise could
 * overtake, asks with security_locked_down_obj(). Code that only shapes itself
 * after the answer (shall this file be created, is this feature worth offering)
 * asks with security_lockdown_query(), which leaves no trace in the log. See
 * Documentation/security/lockdown.rst.
 */

#ifndef _LINUX_LOCKDOWN_H
#define _LINUX_LOCKDOWN_H

#include <linux/atomic.h>
#include <linux/cleanup.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/types.h>

/*
 * Everything that may be denied, and the levels that deny it; the enumerators
 * and their meaning are in <linux/lockdown_reasons.h>.
 *
 * A level is named by the row that carries its name: LOCKDOWN_NONE,
 * LOCKDOWN_INTEGRITY_MAX, LOCKDOWN_CONFIDENTIALITY_MAX. Asking for one of these
 * rows asks whether the kernel is locked at least that much.
 */
enum lockdown_reason {
#define LOCKDOWN_ROW(id, ...) id,
#include <linux/lockdown_reasons.h>
	LOCKDOWN_REASON_COUNT,
};

/**
 * struct lockdown_revoker - takes back what a raise denies
 * @name: the things that it takes back, in the plural, for the log
 * @reason: a raise calls it from which on this is denied
 * @revoke: takes back all that it can, tells the rest with lockdown_residue(),
 *	and returns how many things it took or found without effect. Runs in a
 *	task that may sleep, with the level published already. It must not wait
 *	for user space, not even by way of a lock that somebody may hold who
 *	does.
 * @took: for security/lockdown/revoke.c: the most that a call of @revoke took
 * @list: for security/lockdown/revoke.c
 *
 * A raise calls @revoke twice: first at once, to cut off as much as possible
 * before it waits for anybody, and again when the holders of permits are gone.
 */
struct lockdown_revoker {
	const char *name;
	enum lockdown_reason reason;
	unsigned int (*revoke)(void);
	unsigned int took;
	struct list_head list;
};

/**
 * struct lockdown_policy - the state of a lockdown
 * @word: an &enum lockdown_level, which only rises, and LOCKDOWN_OTHERS; see
 *	security/lockdown/policy.c
 */
struct lockdown_policy {
	atomic_t word;
};

/**
 * struct lockdown_permit - the right to act on an answer of lockdown
 * @err: 0 if the holder may act, -EPERM if not, or the answer of another LSM
 *
 * To be obtained with CLASS(), which also gives it back:
 *
 * - CLASS(lockdown_permit, permit)(reason, format, ...) names the object.
 * - CLASS(lockdown_permit_plain, permit)(reason) does not.
 * - CLASS(lockdown_permit_atomic, permit)(reason, format, ...) is for holders
 *   that cannot sleep, and disables preemption.
 *
 * A raise waits for the holders of permits, but not for long. A holder may
 * sleep, for a time with a bound: it must not copy from or to user space, nor
 * wait for user space in any other way, such as a lock that is held around a
 * copy. Lockdep reports holders that do.
 *
 * Context: any, including NMI.
 */
struct lockdown_permit {
	int err;
};

#if defined(CONFIG_SECURITY_LOCKDOWN_LSM) && !defined(MODULE)

/* The state of this kernel, as everybody but its owner sees it. */
extern const struct lockdown_policy lockdown_policy;

/*
 * Nothing is denied, and no other LSM wants to be asked. Every check below
 * begins with this, in place. The gate answers for what is no reason; of a
 * constant the compiler knows.
 */
static __always_inline bool lockdown_idle(enum lockdown_reason what)
{
	return likely(!atomic_read(&lockdown_policy.word)) &&
	       what > LOCKDOWN_NONE && what < LOCKDOWN_REASON_COUNT;
}

#else

/* The state is not exported: modules always ask out of line. */
static __always_inline bool lockdown_idle(enum lockdown_reason what)
{
	return false;
}

#endif

#ifdef CONFIG_SECURITY

extern const char *const lockdown_reasons[LOCKDOWN_REASON_COUNT];

int __security_locked_down(enum lockdown_reason what);
__printf(2, 3) int __security_locked_down_obj(enum lockdown_reason what,
					      const char *fmt, ...);
int __security_lockdown_query(enum lockdown_reason what);

/**
 * security_locked_down - enforce lockdown
 * @what: the reason that the caller's next step may be denied for
 *
 * To be asked right before the effect, after the last copy from user space.
 * A denial is counted and logged. Call sites that know the object use
 * security_locked_down_obj(), and those that act on the answer hold a
 * &struct lockdown_permit.
 *
 * Context: any, including NMI and before security_init().
 * Return: 0 if it may be done, -EPERM if not, or the answer of another LSM.
 */
static __always_inline int security_locked_down(enum lockdown_reason what)
{
	return lockdown_idle(what) ? 0 : __security_locked_down(what);
}

/**
 * security_lockdown_query - ask silently how lockdown would answer
 * @what: the reason
 *
 * For code that only shapes itself after the answer: the question is neither
 * counted nor logged, and the level may rise right after.
 *
 * Context: any, including NMI and before security_init().
 * Return: 0 if it might be done now, -EPERM if not, or the answer of another
 * LSM.
 */
static __always_inline int security_lockdown_query(enum lockdown_reason what)
{
	return lockdown_idle(what) ? 0 : __security_lockdown_query(what);
}

/**
 * security_locked_down_obj - enforce lockdown, naming the object
 * @what: the reason, evaluated once
 *
 * As security_locked_down(), followed by a format, without a newline, and its
 * arguments, which are evaluated only on a kernel that is locked.
 */
#define security_locked_down_obj(what, ...)                              \
	({                                                               \
		const enum lockdown_reason __what = (what);              \
		lockdown_idle(__what) ?                                  \
			0 :                                              \
			__security_locked_down_obj(__what, __VA_ARGS__); \
	})

#else /* CONFIG_SECURITY */

static inline int security_locked_down(enum lockdown_reason what)
{
	return 0;
}

static inline __printf(2, 3) int security_locked_down_obj(
	enum lockdown_reason what, const char *fmt, ...)
{
	return 0;
}

static inline int security_lockdown_query(enum lockdown_reason what)
{
	return 0;
}

#endif /* CONFIG_SECURITY */

#ifdef CONFIG_SECURITY_LOCKDOWN_LSM

int lock_kernel_down(const char *where, enum lockdown_reason level);

void lockdown_register_revoker(struct lockdown_revoker *revoker);
void lockdown_unregister_revoker(struct lockdown_revoker *revoker);
__printf(2, 3) void lockdown_residue(enum lockdown_reason what, const char *fmt,
				     ...);
__printf(2, 3) void lockdown_revoked(const struct task_struct *task,
				     const char *fmt, ...);

void lockdown_mark_file(struct file *file);
int lockdown_open_file(struct file *file);
int lockdown_enforce_file(enum lockdown_reason what, const char *verb,
			  struct file *file);

int __lockdown_query(enum lockdown_reason what);

/**
 * lockdown_query - ask silently how lockdown alone would answer
 * @what: the reason
 *
 * For places from which the hooks of other LSMs must not be called: they may be
 * traced by the one who asks, or not be made for NMI. Other code uses
 * security_lockdown_query().
 *
 * Context: any, including NMI and before anything is initialised.
 * Return: 0 if it might be done now, -EPERM if not.
 */
static __always_inline int lockdown_query(enum lockdown_reason what)
{
	return lockdown_idle(what) ? 0 : __lockdown_query(what);
}

/* For programs that are about to be attached to the hook locked_down. */
void lockdown_ask_others(void);

#ifdef CONFIG_LOCKDEP
void lockdown_permit_acquire(void);
void lockdown_permit_release(void);
#else
static inline void lockdown_permit_acquire(void)
{
}

static inline void lockdown_permit_release(void)
{
}
#endif

/*
 * The task counts its permits in place. A raise publishes the level, interrupts
 * each CPU for a full barrier, and then looks at the counts: it sees this one,
 * or the holder sees the level. So the compiler alone must keep the order here.
 * Interrupts that come in between leave the count as they found it.
 */
static __always_inline void lockdown_permit_begin(enum lockdown_reason what)
{
	/* Others only read it. */
	data_race(current->lockdown_permits++);
	WRITE_ONCE(current->lockdown_what, what);
	barrier();
	lockdown_permit_acquire();
}

static __always_inline void lockdown_permit_end(void)
{
	lockdown_permit_release();
	barrier();
	/* Others only read it. */
	data_race(current->lockdown_permits--);
}

#else /* CONFIG_SECURITY_LOCKDOWN_LSM */

static inline int lock_kernel_down(const char *where,
				   enum lockdown_reason level)
{
	return -EOPNOTSUPP;
}

static inline void lockdown_register_revoker(struct lockdown_revoker *revoker)
{
}

static inline void lockdown_unregister_revoker(struct lockdown_revoker *revoker)
{
}

static inline __printf(2, 3) void lockdown_residue(enum lockdown_reason what,
						   const char *fmt, ...)
{
}

static inline __printf(2,
		       3) void lockdown_revoked(const struct task_struct *task,
						const char *fmt, ...)
{
}

static inline void lockdown_mark_file(struct file *file)
{
}

/* Tracefs asks by a hook of the LSM. */
static inline int lockdown_open_file(struct file *file)
{
	return security_locked_down(LOCKDOWN_DEBUGFS);
}

static inline int lockdown_enforce_file(enum lockdown_reason what,
					const char *verb, struct file *file)
{
	return security_locked_down(what);
}

static inline int lockdown_query(enum lockdown_reason what)
{
	return 0;
}

static inline void lockdown_ask_others(void)
{
}

static inline void lockdown_permit_begin(enum lockdown_reason what)
{
}

static inline void lockdown_permit_end(void)
{
}

#endif /* CONFIG_SECURITY_LOCKDOWN_LSM */

/* Debugfs knows what its files are for. */
enum lockdown_reason debugfs_lockdown_reason(const struct file *filp);

/* No file is marked without the LSM: the compiler drops these calls. */
int __lockdown_check_file(struct file *file);
int __lockdown_enter_file(struct file *file, struct file **outer);
void __lockdown_leave_file(struct file *outer);
void lockdown_map_begin(struct file *file);
void lockdown_map_end(struct file *file);

/**
 * lockdown_check_file - refuse the use of a file that lockdown denies
 * @file: any file
 *
 * Context: a task that may use the file; may sleep.
 * Return: 0 if it may be used, -EPERM if not, or the answer of another LSM.
 */
static inline int lockdown_check_file(struct file *file)
{
	if (unlikely(file->f_mode & FMODE_LOCKDOWN))
		return __lockdown_check_file(file);
	return 0;
}

/**
 * lockdown_enter_file - let a raise know who is inside a file's operation
 * @file: any file
 * @outer: for lockdown_leave_file()
 *
 * Context: a task that is about to call the operation; may sleep.
 * Return: 0 if it may be called, and then lockdown_leave_file() has to be
 * called as well; -EPERM if not, or the answer of another LSM.
 */
static inline int lockdown_enter_file(struct file *file, struct file **outer)
{
	if (unlikely(file->f_mode & FMODE_LOCKDOWN))
		return __lockdown_enter_file(file, outer);
	return 0;
}

/**
 * lockdown_leave_file - let a raise know that a file's operation is over
 * @file: given to lockdown_enter_file()
 * @outer: given by lockdown_enter_file()
 *
 * Context: as lockdown_enter_file().
 */
static inline void lockdown_leave_file(struct file *file, struct file *outer)
{
	if (unlikely(file->f_mode & FMODE_LOCKDOWN))
		__lockdown_leave_file(outer);
}

/**
 * lockdown_happened - remember something that a raise will not undo
 * @what: the reason for which it will be denied
 *
 * To be called where it happens, followed by a format that says what remains in
 * a few words, and its arguments. The first time counts. The line stands in
 * lockdown_info/residue as soon as @what is denied.
 *
 * Context: any, including NMI.
 */
#define lockdown_happened(what, ...)                         \
	do {                                                 \
		static bool __lockdown_told;                 \
		if (unlikely(!READ_ONCE(__lockdown_told))) { \
			WRITE_ONCE(__lockdown_told, true);   \
			lockdown_residue(what, __VA_ARGS__); \
		}                                            \
	} while (0)

/*
 * CLASS() wants these names. DEFINE_CLASS() would make the constructors
 * functions, which cannot pass the arguments of a format on in place.
 */
#define class_lockdown_permit_t struct lockdown_permit

static __always_inline void
class_lockdown_permit_destructor(class_lockdown_permit_t *permit)
{
	lockdown_permit_end();
}

#define class_lockdown_permit_constructor(what, ...)                         \
	({                                                                   \
		const enum lockdown_reason __reason = (what);                \
		lockdown_permit_begin(__reason);                             \
		(class_lockdown_permit_t){ .err = security_locked_down_obj(  \
						   __reason, __VA_ARGS__) }; \
	})

#define class_lockdown_permit_plain_t struct lockdown_permit

static __always_inline void
class_lockdown_permit_plain_destructor(class_lockdown_permit_plain_t *permit)
{
	lockdown_permit_end();
}

static __always_inline class_lockdown_permit_plain_t
class_lockdown_permit_plain_constructor(enum lockdown_reason what)
{
	lockdown_permit_begin(what);
	return (class_lockdown_permit_plain_t){ .err = security_locked_down(
							what) };
}

#define class_lockdown_permit_atomic_t struct lockdown_permit

static __always_inline void
class_lockdown_permit_atomic_destructor(class_lockdown_permit_atomic_t *permit)
{
	lockdown_permit_end();
	preempt_enable();
}

#define class_lockdown_permit_atomic_constructor(what, ...)                    \
	({                                                                     \
		const enum lockdown_reason __reason = (what);                  \
		preempt_disable();                                             \
		lockdown_permit_begin(__reason);                               \
		(class_lockdown_permit_atomic_t){                              \
			.err = security_locked_down_obj(__reason, __VA_ARGS__) \
		};                                                             \
	})

#endif /* _LINUX_LOCKDOWN_H */
