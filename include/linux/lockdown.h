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
 * Code that hands something out, and then does nothing that a raise could
 * overtake, asks with security_locked_down_obj(). Code that only decides
 * whether to create a file or to offer a feature asks with
 * security_lockdown_query(), which leaves no trace in the log. See
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
 * The reasons for a denial, and the levels; <linux/lockdown_reasons.h> has the
 * enumerators and their meaning.
 *
 * The rows LOCKDOWN_NONE, LOCKDOWN_INTEGRITY_MAX and
 * LOCKDOWN_CONFIDENTIALITY_MAX name levels. A check for one of these rows is
 * denied at that level and above.
 */
enum lockdown_reason {
#define LOCKDOWN_ROW(id, ...) id,
#include <linux/lockdown_reasons.h>
	LOCKDOWN_REASON_COUNT,
};

/**
 * struct lockdown_revoker - revokes things that a raise denies
 * @name: the things that are revoked, in the plural, for the log
 * @kind: these things in lockdown_info/takes, in one word; with @walk only
 * @reason: a raise to a level that denies this reason calls @revoke
 * @revoke: revokes all that it can, reports the rest with lockdown_residue(),
 *	and returns the number of things revoked or found without effect. Runs
 *	in a task that may sleep, with the level published already. It must not
 *	wait for user space, not even through a lock whose holder may wait for
 *	user space.
 * @walk: replaces @revoke, where it is possible to tell the things without
 *	revoking them. Does what @revoke does if its argument is true. If it is
 *	false, calls lockdown_revoked() for each thing, changes and reports
 *	nothing else, and returns the number of things found. Such a call
 *	sleeps with no lock that a raise needs.
 * @took: for security/lockdown/revoke.c: the largest number that a call of
 *	@revoke returned
 * @list: for security/lockdown/revoke.c
 *
 * A raise calls @revoke twice: first at once, to revoke as much as possible
 * before it waits, and again when the holders of permits are done.
 */
struct lockdown_revoker {
	const char *name;
	const char *kind;
	enum lockdown_reason reason;
	unsigned int (*revoke)(void);
	unsigned int (*walk)(bool revoke);
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

/* Bytes for the name of a level in boot data, which ends in a NUL or is cut */
#define LOCKDOWN_WORD_MAX 16

/**
 * struct lockdown_permit - the right to act on an answer of lockdown
 * @err: 0 if the holder may act, -EPERM if not, or the answer of another LSM
 *
 * Obtain a permit with CLASS(), which also releases it:
 *
 * - CLASS(lockdown_permit, permit)(reason, format, ...) names the object.
 * - CLASS(lockdown_permit_plain, permit)(reason) does not.
 * - CLASS(lockdown_permit_again, permit)(reason, format, ...) is for the later
 *   checks of one operation, see security_locked_down_again().
 * - CLASS(lockdown_permit_atomic, permit)(reason, format, ...) is for holders
 *   that cannot sleep, and disables preemption.
 *
 * A raise waits for the holders of permits, but not for long. A holder may
 * sleep for a bounded time. It must not copy from or to user space, or wait for
 * user space in any other way, such as for a lock that is held around a copy.
 * Lockdep reports holders that do.
 *
 * Context: any, including NMI.
 */
struct lockdown_permit {
	int err;
};

#if defined(CONFIG_SECURITY_LOCKDOWN_LSM) && !defined(MODULE)

/* The state of this kernel, which only security/lockdown/ can write. */
extern const struct lockdown_policy lockdown_policy;

/*
 * Return true if nothing is denied, and no other LSM has to be asked. Every
 * check below begins with this, inline. The gate handles values that are no
 * reason; for a constant the compiler drops that test.
 */
static __always_inline bool lockdown_idle(enum lockdown_reason what)
{
	return likely(!atomic_read(&lockdown_policy.word)) &&
	       what > LOCKDOWN_NONE && what < LOCKDOWN_REASON_COUNT;
}

#else

/* Modules call the gate for every check, because the state is not exported. */
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
 * @what: the reason for which the caller's next step may be denied
 *
 * Call this right before the effect, after the last copy from user space.
 * A denial is counted and logged. Call sites that know the object use
 * security_locked_down_obj(), and call sites that act on the answer hold a
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
 * For code that only decides whether to offer something: the question is
 * neither counted nor logged, and the level may rise right after.
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
 * Like security_locked_down(), followed by a format without a newline, and its
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
const char *lockdown_level_now(void);
void lockdown_inherit(const char *word, size_t len);
void lockdown_secure_boot(unsigned int mode);
void lockdown_ask_firmware(void);
void lockdown_self_check(void);

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
 * For code that must not call the hooks of other LSMs: the caller may be a
 * probe of such a hook, or run in an NMI, which the hooks are not made for.
 * Other code uses security_lockdown_query().
 *
 * Context: any, including NMI and before anything is initialised.
 * Return: 0 if it might be done now, -EPERM if not.
 */
static __always_inline int lockdown_query(enum lockdown_reason what)
{
	return lockdown_idle(what) ? 0 : __lockdown_query(what);
}

/* Call this before a program is attached to the hook locked_down. */
void lockdown_ask_others(void);

extern bool lockdown_revoking;

/**
 * lockdown_revoking_now - is a raise revoking right now?
 *
 * For code that is about to run a BPF program that traces the kernel. On a
 * function that a revoker calls, or in an interrupt that it waits for, an
 * endless program would leave the level published and nothing revoked. Skip
 * the program then, like one that recurs.
 *
 * Context: any.
 * Return: true if so.
 */
static __always_inline bool lockdown_revoking_now(void)
{
	return unlikely(READ_ONCE(lockdown_revoking));
}

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
 * Each task counts its own permits. A raise publishes the level, interrupts
 * each CPU for a full barrier, and then reads the counts: either the raise sees
 * this permit, or the holder sees the new level. So a compiler barrier is
 * enough here. An interrupt in between leaves the count as it found it.
 */
static __always_inline void lockdown_permit_begin(enum lockdown_reason what)
{
	/*
	 * Others only read the count. A nested permit, or one in an interrupt,
	 * leaves the reason of the outermost.
	 */
	if (!data_race(current->lockdown_permits++))
		WRITE_ONCE(current->lockdown_what, what);
	barrier();
	lockdown_permit_acquire();
}

static __always_inline void lockdown_permit_end(void)
{
	lockdown_permit_release();
	barrier();
	/* Other tasks only read the count. */
	data_race(current->lockdown_permits--);
}

#else /* CONFIG_SECURITY_LOCKDOWN_LSM */

static inline int lock_kernel_down(const char *where,
				   enum lockdown_reason level)
{
	return -EOPNOTSUPP;
}

#define lockdown_level_now() ((const char *)NULL)

static inline void lockdown_inherit(const char *word, size_t len)
{
}

static inline void lockdown_secure_boot(unsigned int mode)
{
}

static inline void lockdown_ask_firmware(void)
{
}

static inline void lockdown_self_check(void)
{
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

/* Only debugfs calls this: tracefs is checked by a hook of the LSM. */
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

static inline bool lockdown_revoking_now(void)
{
	return false;
}

static inline void lockdown_permit_begin(enum lockdown_reason what)
{
}

static inline void lockdown_permit_end(void)
{
}

#endif /* CONFIG_SECURITY_LOCKDOWN_LSM */

/**
 * security_locked_down_again - enforce lockdown on an operation once more
 * @what: the reason, evaluated once
 *
 * Like security_locked_down_obj(), for the later checks of an operation that an
 * earlier check has counted if only the evaluated level denies it. They do not
 * count it again. A denial is counted as ever.
 */
#define security_locked_down_again(what, ...)                            \
	({                                                               \
		const enum lockdown_reason __again = (what);             \
		lockdown_query(__again) ?                                \
			security_locked_down_obj(__again, __VA_ARGS__) : \
			security_lockdown_query(__again);                \
	})

/* Debugfs knows the reason to deny a file of its. */
enum lockdown_reason debugfs_lockdown_reason(const struct file *filp);

/* Without the LSM no file is marked, and the compiler drops these calls. */
int __lockdown_check_file(struct file *file);
int lockdown_map_begin(struct file *file);
void lockdown_map_end(struct file *file);

/**
 * lockdown_check_marked - refuse the use of a marked file that lockdown denies
 * @file: a file with FMODE_LOCKDOWN
 *
 * Context: a task that may use the file; may sleep.
 * Return: 0 if it may be used, -EPERM if not, or the answer of another LSM.
 */
static __always_inline int lockdown_check_marked(struct file *file)
{
	/* An unlocked kernel does not care which reason it would be. */
	return lockdown_idle(LOCKDOWN_INTEGRITY_MAX) ?
		       0 :
		       __lockdown_check_file(file);
}

/**
 * lockdown_check_file - refuse the use of a file that lockdown denies
 * @file: any file
 *
 * Context: a task that may use the file; may sleep.
 * Return: 0 if it may be used, -EPERM if not, or the answer of another LSM.
 */
static __always_inline int lockdown_check_file(struct file *file)
{
	return unlikely(file->f_mode & FMODE_LOCKDOWN) ?
		       lockdown_check_marked(file) :
		       0;
}

#ifdef CONFIG_SECURITY_LOCKDOWN_LSM

/**
 * lockdown_leave_file - let a raise see that the operation is over
 * @outer: given by lockdown_enter_file()
 *
 * Context: as lockdown_enter_file().
 */
static __always_inline void lockdown_leave_file(struct file *outer)
{
	barrier();
	WRITE_ONCE(current->lockdown_file, outer);
}

/**
 * lockdown_enter_file - let a raise see a task inside a file's operation
 * @file: any file
 * @outer: for lockdown_leave_file()
 *
 * A raise looks for the task as lockdown_permit_begin() says, so this stands
 * before the check.
 *
 * Context: a task that is about to call the operation; may sleep.
 * Return: 0 if it may be called, and then lockdown_leave_file() has to be
 * called as well; -EPERM if not, or the answer of another LSM.
 */
static __always_inline int lockdown_enter_file(struct file *file,
					       struct file **outer)
{
	int err;

	*outer = current->lockdown_file;
	if (!(file->f_mode & FMODE_LOCKDOWN))
		return 0;
	WRITE_ONCE(current->lockdown_file, file);
	barrier();
	if (lockdown_idle(LOCKDOWN_INTEGRITY_MAX))
		return 0;
	err = __lockdown_check_file(file);
	if (err)
		lockdown_leave_file(*outer);
	return err;
}

#else

static inline void lockdown_leave_file(struct file *outer)
{
}

static inline int lockdown_enter_file(struct file *file, struct file **outer)
{
	*outer = NULL;
	return 0;
}

#endif

/**
 * lockdown_happened - remember something that a raise will not undo
 * @what: the reason for which it will be denied
 *
 * Call this where it happens. Further arguments are a format that describes in
 * a few words what remains, and the format's arguments. Each call site reports
 * once. lockdown_info/residue shows the line as soon as @what is denied.
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
 * CLASS() uses these names. DEFINE_CLASS() would make the constructors
 * functions, which cannot pass on the arguments of a format.
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

#define class_lockdown_permit_again_t struct lockdown_permit

static __always_inline void
class_lockdown_permit_again_destructor(class_lockdown_permit_again_t *permit)
{
	lockdown_permit_end();
}

#define class_lockdown_permit_again_constructor(what, ...)             \
	({                                                             \
		const enum lockdown_reason __reason = (what);          \
		lockdown_permit_begin(__reason);                       \
		(class_lockdown_permit_again_t){                       \
			.err = security_locked_down_again(__reason,    \
							  __VA_ARGS__) \
		};                                                     \
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
