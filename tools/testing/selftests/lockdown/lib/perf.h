/* SPDX-License-Identifier: GPL-2.0-only */
/* Events of perf. */

#ifndef _LOCKDOWN_SELFTEST_PERF_H
#define _LOCKDOWN_SELFTEST_PERF_H

#include <linux/perf_event.h>

struct held;

int no_perf(struct held *held);
int open_perf(struct perf_event_attr *attr);

#endif /* _LOCKDOWN_SELFTEST_PERF_H */
