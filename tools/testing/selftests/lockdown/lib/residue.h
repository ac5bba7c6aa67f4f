/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's account of what a raise could not take back. */

#ifndef _LOCKDOWN_SELFTEST_RESIDUE_H
#define _LOCKDOWN_SELFTEST_RESIDUE_H

#include <stdbool.h>

bool in_residue(const char *line);
bool residue_mentions(const char *text);
bool use_in_residue(const char *file, int tid);

#endif /* _LOCKDOWN_SELFTEST_RESIDUE_H */
