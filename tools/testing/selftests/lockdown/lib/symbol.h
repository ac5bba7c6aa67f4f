/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses of the kernel's symbols. */

#ifndef _LOCKDOWN_SELFTEST_SYMBOL_H
#define _LOCKDOWN_SELFTEST_SYMBOL_H

unsigned long long find_symbol(const char *wanted);

#endif /* _LOCKDOWN_SELFTEST_SYMBOL_H */
