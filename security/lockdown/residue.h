/* SPDX-License-Identifier: GPL-2.0-only */
/* Lockdown LSM: things that a raise could not revoke */

#ifndef _SECURITY_LOCKDOWN_RESIDUE_H
#define _SECURITY_LOCKDOWN_RESIDUE_H

#include <linux/atomic.h>
#include <linux/lockdown.h>
#include <linux/types.h>

struct seq_file;

/*
 * The number of lines, and of bytes in each: a program, a path, and a few
 * words.
 */
#define LOCKDOWN_RESIDUES 256
#define LOCKDOWN_RESIDUE_LEN 152

/**
 * struct lockdown_residues - lines about things that could not be revoked
 * @claimed: the number of lines that a writer has claimed
 * @lost: the number of lines for which there was no room
 * @lines: the lines, in the order in which they were claimed
 * @lines.text: for people; does not change once @lines.ready is set
 * @lines.what: the reason; LOCKDOWN_NONE if there is none
 * @lines.ready: the line is complete; written last
 *
 * The number of lines is fixed and no lock is needed, because debuggers and
 * NMIs add lines.
 */
struct lockdown_residues {
	atomic_t claimed;
	atomic_t lost;
	struct {
		char text[LOCKDOWN_RESIDUE_LEN];
		u8 what;
		bool ready;
	} lines[LOCKDOWN_RESIDUES];
};

/* The lines about this kernel. */
extern struct lockdown_residues lockdown_residues;

__printf(3, 0) void lockdown_residues_add(struct lockdown_residues *all,
					  enum lockdown_reason what,
					  const char *fmt, va_list args);
__printf(3, 4) void lockdown_residues_tell(struct lockdown_residues *all,
					   enum lockdown_reason what,
					   const char *fmt, ...);
unsigned int lockdown_residues_show(struct lockdown_residues *all,
				    const struct lockdown_policy *policy,
				    struct seq_file *m);

unsigned int lockdown_residue_count(void);
void lockdown_residue_show(struct seq_file *m);

#endif /* _SECURITY_LOCKDOWN_RESIDUE_H */
