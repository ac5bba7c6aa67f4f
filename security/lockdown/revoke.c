// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown LSM: what a raise takes back
 *
 * A raise is over when nothing that was obtained before it can cross the line
 * any more. It publishes the level, waits for those who looked at the old one
 * and are about to act on it, and then calls everybody who has something to
 * take back:
 *
 *	raise				call site
 *
 *	level = integrity		lockdown_section_begin()
 *	synchronize_rcu(), _srcu()	look at the level
 *	revokers			install, or act
 *					lockdown_section_end()
 *
 * A section that begins after the first line sees the new level and installs
 * nothing. One that began before ends before the revokers run, and they find
 * what it installed. The barriers are those of the compare-and-exchange that
 * publishes the level and of SRCU. What looks and acts without being preempted,
 * or under rcu_read_lock(), is such a section too.
 *
 * No section contains a copy from or to user space, and no revoker waits for
 * user space, so that nobody can hold up a raise.
 */

#include <linux/atomic.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/lockdown.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/seq_buf.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/sprintf.h>
#include <linux/srcu.h>
#include <linux/string.h>

#include "policy.h"
#include "report.h"
#include "revoke.h"

/* Room for what each revoker took, in the line that the log gets. */
#define TOOK_LEN 512

static struct lockdown_revokers revokers = {
	.lock = __MUTEX_INITIALIZER(revokers.lock),
	.list = LIST_HEAD_INIT(revokers.list),
	.done = LOCKDOWN_LEVEL_FORCED,
};

DEFINE_STATIC_SRCU(sections);

/* What could not be taken back, in the order in which it was found. */
struct residue {
	struct list_head list;
	enum lockdown_reason what;
	char *text;
};

static LIST_HEAD(residues);
/* Protects @residues, to which revokers add from wherever they are. */
static DEFINE_SPINLOCK(residues_lock);
static atomic_t nr_residues;
/* There is no memory for a line; that it is missing must show. */
static atomic_t nr_lost;

/**
 * lockdown_section_begin - begin a section that a raise waits for
 *
 * Inside, the level is looked at, and what it allows is done or installed where
 * a revoker finds it. Must not copy from or to user space, nor wait for it in
 * any other way.
 *
 * Context: any but NMI. May sleep inside, for a time with a bound.
 * Return: what lockdown_section_end() wants to know.
 */
int lockdown_section_begin(void)
{
	int section = srcu_read_lock(&sections);

	/* Callers balance it, and so does this for sparse. */
	__release(&sections);
	return section;
}
EXPORT_SYMBOL_GPL(lockdown_section_begin);

/**
 * lockdown_section_end - end a section that a raise waits for
 * @section: what lockdown_section_begin() returned
 *
 * Context: as its beginning.
 */
void lockdown_section_end(int section)
{
	__acquire(&sections);
	srcu_read_unlock(&sections, section);
}
EXPORT_SYMBOL_GPL(lockdown_section_end);

/**
 * lockdown_drain - wait for those who saw the old level and are about to act
 *
 * Atomic contexts and RCU readers, then sections, which may sleep.
 *
 * Context: may sleep; not in a section. Waits for no user space.
 */
void lockdown_drain(void)
{
	synchronize_rcu_expedited();
	synchronize_srcu_expedited(&sections);
}

/**
 * lockdown_revokers_add - add a revoker where its reason wants it
 * @all: the revokers
 * @revoker: the new one
 *
 * Context: may sleep.
 */
void lockdown_revokers_add(struct lockdown_revokers *all,
			   struct lockdown_revoker *revoker)
{
	struct lockdown_revoker *other;
	struct list_head *before = &all->list;

	mutex_lock(&all->lock);
	list_for_each_entry(other, &all->list, list) {
		if (other->reason > revoker->reason) {
			before = &other->list;
			break;
		}
	}
	list_add_tail(&revoker->list, before);
	mutex_unlock(&all->lock);
}

static bool newly_denied(enum lockdown_reason what, enum lockdown_level from,
			 enum lockdown_level to)
{
	enum lockdown_level level = lockdown_reason_info[what].level;

	return level > from && level <= to;
}

/**
 * lockdown_revokers_run - take back what a level denies
 * @all: the revokers; its lock is held
 * @to: the level, published already
 * @took: gets what was taken back, for people
 *
 * Each revoker is called at most once: what it looks after cannot be obtained
 * any more.
 *
 * Context: may sleep.
 */
void lockdown_revokers_run(struct lockdown_revokers *all,
			   enum lockdown_level to, struct seq_buf *took)
{
	struct lockdown_revoker *revoker;
	unsigned int count;

	lockdep_assert_held(&all->lock);
	list_for_each_entry(revoker, &all->list, list) {
		if (!newly_denied(revoker->reason, all->done, to))
			continue;
		count = revoker->revoke();
		if (count)
			seq_buf_printf(took, "%s%u %s",
				       seq_buf_used(took) ? ", " : "", count,
				       revoker->name);
	}
	all->done = to;
}

static void tell(enum lockdown_level level, struct seq_buf *took)
{
	int remain = atomic_read(&nr_residues) + atomic_read(&nr_lost);

	pr_notice("lockdown: at %s, revoked: %s; cannot be undone: %d%s\n",
		  lockdown_level_name(level),
		  seq_buf_used(took) ? seq_buf_str(took) : "nothing", remain,
		  remain ? ", see lockdown_info/residue" : "");
}

/**
 * lockdown_revoke - take back what the level in force denies
 *
 * When it returns that is done, also if somebody else raised the level and is
 * at it.
 *
 * Context: may sleep once there is a scheduler. Before, there is nothing to
 * take back, nor anybody to take it back from.
 */
void lockdown_revoke(void)
{
	char text[TOOK_LEN];
	enum lockdown_level level;
	struct seq_buf took;

	if (system_state < SYSTEM_SCHEDULING) {
		revokers.done = lockdown_policy_level(&lockdown_policy);
		return;
	}

	seq_buf_init(&took, text, sizeof(text));
	mutex_lock(&revokers.lock);
	level = lockdown_policy_level(&lockdown_policy);
	if (level > revokers.done) {
		lockdown_drain();
		lockdown_revokers_run(&revokers, level, &took);
		tell(level, &took);
	}
	mutex_unlock(&revokers.lock);
}

/**
 * lockdown_register_revoker - register what takes something back
 * @revoker: it, which stays the caller's
 *
 * To be called before there is anything to take back.
 *
 * Context: may sleep. Not from a revoker.
 */
void lockdown_register_revoker(struct lockdown_revoker *revoker)
{
	lockdown_revokers_add(&revokers, revoker);
}
EXPORT_SYMBOL_GPL(lockdown_register_revoker);

/**
 * lockdown_unregister_revoker - there is nothing to take back any more
 * @revoker: what lockdown_register_revoker() was given; it is not running, and
 *	will not be, when this returns
 *
 * Context: may sleep. Not from a revoker.
 */
void lockdown_unregister_revoker(struct lockdown_revoker *revoker)
{
	mutex_lock(&revokers.lock);
	list_del(&revoker->list);
	mutex_unlock(&revokers.lock);
}
EXPORT_SYMBOL_GPL(lockdown_unregister_revoker);

/**
 * lockdown_residue - say what cannot be taken back
 * @what: what allowed it
 * @fmt: format of what remains, in a few words without a newline
 *
 * For revokers. What is said stands in lockdown_info/residue until the machine
 * is booted again.
 *
 * Context: any but NMI.
 */
void lockdown_residue(enum lockdown_reason what, const char *fmt, ...)
{
	struct residue *residue = kzalloc(sizeof(*residue), GFP_ATOMIC);
	va_list args;

	if (!residue)
		goto lost;
	va_start(args, fmt);
	residue->text = kvasprintf(GFP_ATOMIC, fmt, args);
	va_end(args);
	if (!residue->text)
		goto lost;
	residue->what = what;

	scoped_guard(spinlock_irqsave, &residues_lock)
		list_add_tail(&residue->list, &residues);
	atomic_inc(&nr_residues);
	return;
lost:
	kfree(residue);
	atomic_inc(&nr_lost);
}
EXPORT_SYMBOL_GPL(lockdown_residue);

/**
 * lockdown_residue_show - show what could not be taken back
 * @m: where to: a line for each, reason and text
 *
 * Context: any but NMI.
 */
void lockdown_residue_show(struct seq_file *m)
{
	struct residue *residue;

	scoped_guard(spinlock_irqsave, &residues_lock)
	{
		list_for_each_entry(residue, &residues, list) {
			seq_printf(m, "%s\t",
				   lockdown_reason_info[residue->what].name);
			seq_escape_mem(m, residue->text, strlen(residue->text),
				       LOCKDOWN_ESCAPE, LOCKDOWN_ESCAPE_TOO);
			seq_putc(m, '\n');
		}
	}
	if (atomic_read(&nr_lost))
		seq_printf(m, "-\t%d lines lost, for want of memory\n",
			   atomic_read(&nr_lost));
}
