/* SPDX-License-Identifier: GPL-2.0-only */
/* Lockdown LSM: how a raise revokes what was obtained before */

#ifndef _SECURITY_LOCKDOWN_REVOKE_H
#define _SECURITY_LOCKDOWN_REVOKE_H

#include <linux/list.h>
#include <linux/lockdown.h>
#include <linux/rtmutex.h>

#include "reasons.h"

struct lockdown_residues;
struct seq_buf;
struct seq_file;

/* Lines of a revoker in lockdown_info/takes; a further one counts the rest. */
#define LOCKDOWN_TAKES_MAX 64

/**
 * struct lockdown_revokers - all revokers, and the level they were called for
 * @lock: protects the rest; held while revokers run, so that the next owner
 *	finds everything revoked. Taken before every lock of a revoker. The
 *	owner inherits the priority of waiters
 * @list: the revokers, sorted by reason, and for one reason in the order of
 *	registration
 * @done: the level up to which everything was revoked
 */
struct lockdown_revokers {
	struct rt_mutex lock;
	struct list_head list;
	enum lockdown_level done;
};

void lockdown_revokers_add(struct lockdown_revokers *revokers,
			   struct lockdown_revoker *revoker);
void lockdown_revokers_remove(struct lockdown_revokers *revokers,
			      struct lockdown_revoker *revoker);
void lockdown_revokers_run(struct lockdown_revokers *revokers,
			   enum lockdown_level to);
void lockdown_revokers_show(struct lockdown_revokers *revokers,
			    struct seq_buf *text);
int lockdown_revokers_tell(struct lockdown_revokers *revokers,
			   enum lockdown_level level, struct seq_file *m);

bool lockdown_drain(const struct lockdown_policy *policy,
		    struct lockdown_residues *residues);
void lockdown_revoke(void);
void lockdown_add_mappings(void);
int lockdown_takes_show(struct seq_file *m);

#endif /* _SECURITY_LOCKDOWN_REVOKE_H */
