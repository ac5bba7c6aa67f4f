/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory of a device that a test may write rubbish to: of QEMU's VGA. */

#ifndef _LOCKDOWN_SELFTEST_FRAME_H
#define _LOCKDOWN_SELFTEST_FRAME_H

#include <linux/types.h>
#include <stdbool.h>
#include <sys/types.h>

/* Skip the part of the frame buffer that the console uses. */
#define FRAME_OFFSET 0x100000

struct held;

bool find_file(const char *pattern, const char *text, char path[128]);
int find_frame(struct held *held, char resource[128], off_t *frame);
int change_frame(void *unused, __u8 *at);

#endif /* _LOCKDOWN_SELFTEST_FRAME_H */
