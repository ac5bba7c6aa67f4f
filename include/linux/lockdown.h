/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lockdown: what code that stands between uid 0 and ring 0 may use.
 *
 * A call site asks right before the effect, after its last copy from user
 * space, and hands the answer on unchanged:
 *
 *	err = security_locked_down_obj(LOCKDOWN_MSR, "MSR 0x%x", reg);
 *	if (err)
 *		return err;
 *
 * Code that only shapes itself after the answer (shall this file be created,
 * is this feature worth offering) asks with security_lockdown_query(), which
 * leaves no trace in the log. See Documentation/security/lockdown.rst.
 */

#ifndef _LINUX_LOCKDOWN_H
#define _LINUX_LOCKDOWN_H

#include <linux/atomic.h>
#include <linux/compiler_attributes.h>
#include <linux/errno.h>
#include <linux/types.h>

/*
 * What may be denied, and the levels that deny it; the enumerators and their
 * meaning are in <linux/lockdown_reasons.h>.
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

struct address_space;
struct file;

/**
 * struct lockdown_revoker - what takes back what a raise denies
 * @name: what it takes back, in the plural, for the log: "memory mappings"
 * @reason: it is called once, by the raise from which on this is denied
 * @revoke: takes back all that it can, says what it cannot with
 *	lockdown_residue(), and returns how many things it took. Runs in a task
 *	that may sleep, with the level published already. It must not wait for
 *	user space, not even by way of a lock that somebody may hold who does.
 * @list: for security/lockdown/revoke.c
 *
 * What is obtained while the revoker runs, it may miss. Whoever hands it out
 * has to look at the level inside a section, see lockdown_section_begin().
 */
struct lockdown_revoker {
	const char *name;
	enum lockdown_reason reason;
	unsigned int (*revoke)(void);
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

#ifdef CONFIG_SECURITY_LOCKDOWN_LSM

/* The state of this kernel. */
extern struct lockdown_policy lockdown_policy;

/*
 * Nothing is denied, and no other LSM wants to be asked. What every check below
 * begins with, at the place where it is made. What is no reason is for the gate
 * to answer, also then; of a constant the compiler knows.
 */
static __always_inline bool lockdown_idle(enum lockdown_reason what)
{
	return likely(!atomic_read(&lockdown_policy.word)) &&
	       what > LOCKDOWN_NONE && what < LOCKDOWN_REASON_COUNT;
}

#else /* CONFIG_SECURITY_LOCKDOWN_LSM */

static __always_inline bool lockdown_idle(enum lockdown_reason what)
{
	return false;
}

#endif /* CONFIG_SECURITY_LOCKDOWN_LSM */

#ifdef CONFIG_SECURITY

extern const char *const lockdown_reasons[LOCKDOWN_REASON_COUNT];

int security_locked_down(enum lockdown_reason what);
__printf(2, 3) int security_locked_down_obj(enum lockdown_reason what,
					    const char *fmt, ...);
int security_lockdown_query(enum lockdown_reason what);

#define security_locked_down(what)                                        \
	({                                                                \
		const enum lockdown_reason __what = (what);               \
		lockdown_idle(__what) ? 0 : security_locked_down(__what); \
	})
/* The object is not even evaluated. */
#define security_locked_down_obj(what, ...)                            \
	({                                                             \
		const enum lockdown_reason __what = (what);            \
		lockdown_idle(__what) ?                                \
			0 :                                            \
			security_locked_down_obj(__what, __VA_ARGS__); \
	})
#define security_lockdown_query(what)                                        \
	({                                                                   \
		const enum lockdown_reason __what = (what);                  \
		lockdown_idle(__what) ? 0 : security_lockdown_query(__what); \
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
int lockdown_section_begin(void);
void lockdown_section_end(int section);
void lockdown_mark_file(struct file *file);
bool lockdown_file_denied(const struct file *file);
unsigned int lockdown_zap_mapping(struct address_space *mapping);

/* Without other LSMs, whose hooks may be what is probed, or sleep. */
int lockdown_query(enum lockdown_reason what);

#define lockdown_query(what)                                        \
	({                                                          \
		const enum lockdown_reason __what = (what);         \
		lockdown_idle(__what) ? 0 : lockdown_query(__what); \
	})

/* For what comes to attach itself to the hook locked_down. */
void lockdown_ask_others(void);

/* For page faults: does the current task copy for what a raise has ended? */
extern atomic_t lockdown_ended_uses;
bool lockdown_use_ended(void);

static inline bool lockdown_copy_denied(void)
{
	return unlikely(atomic_read(&lockdown_ended_uses)) &&
	       lockdown_use_ended();
}

/* For mmap_region() and security/security.c, which asks the other LSMs, too. */
int lockdown_enforce_file(struct file *file);
int lockdown_use_file(struct file *file, bool changes);
int lockdown_map_file(struct file *file);

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

static inline int lockdown_section_begin(void)
{
	return 0;
}

static inline void lockdown_section_end(int section)
{
}

static inline void lockdown_mark_file(struct file *file)
{
}

static inline bool lockdown_file_denied(const struct file *file)
{
	return false;
}

static inline unsigned int lockdown_zap_mapping(struct address_space *mapping)
{
	return 0;
}

static inline bool lockdown_copy_denied(void)
{
	return false;
}

static inline int lockdown_enforce_file(struct file *file)
{
	return 0;
}

static inline int lockdown_use_file(struct file *file, bool changes)
{
	return 0;
}

static inline int lockdown_map_file(struct file *file)
{
	return 0;
}

static inline int lockdown_query(enum lockdown_reason what)
{
	return 0;
}

static inline void lockdown_ask_others(void)
{
}

#endif /* CONFIG_SECURITY_LOCKDOWN_LSM */

#endif /* _LINUX_LOCKDOWN_H */
