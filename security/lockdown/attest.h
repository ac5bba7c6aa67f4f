/* SPDX-License-Identifier: GPL-2.0-only */
/* Lockdown LSM: measurements of the level */

#ifndef _SECURITY_LOCKDOWN_ATTEST_H
#define _SECURITY_LOCKDOWN_ATTEST_H

void lockdown_attest(void);

#endif /* _SECURITY_LOCKDOWN_ATTEST_H */
