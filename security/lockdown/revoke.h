/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lockdown LSM: what a raise takes back
 */

#ifndef _SECURITY_LOCKDOWN_REVOKE_H
#define _SECURITY_LOCKDOWN_REVOKE_H

#include <linux/list.h>
#include <linux/lockdown.h>
#include <linux/mutex.h>

#include "reasons.h"

struct seq_buf;
struct seq_file;

/**
 * struct lockdown_revokers - who takes things back, and how far that is done
 * @lock: protects the rest; held while revokers run, so that whoever gets it
 *	next finds everything taken back. Taken before every lock of a revoker,
 *	and never waited for by user space's leave: see &struct lockdown_revoker
 * @list: the revokers, by reason, and of one reason in the order of
 *	registration
 * @done: the level up to which everything was taken back
 */
struct lockdown_revokers {
	struct mutex lock; /* see above */
	struct list_head list;
	enum lockdown_level done;
};

void lockdown_revokers_add(struct lockdown_revokers *revokers,
			   struct lockdown_revoker *revoker);
void lockdown_revokers_run(struct lockdown_revokers *revokers,
			   enum lockdown_level to, struct seq_buf *took);

void lockdown_drain(void);
void lockdown_revoke(void);
void lockdown_residue_show(struct seq_file *m);

#endif /* _SECURITY_LOCKDOWN_REVOKE_H */
