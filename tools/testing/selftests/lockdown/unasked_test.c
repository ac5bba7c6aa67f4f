// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown selftest: denials without a caller.
 *
 * The kernel does or shows some things unasked that it would deny to a caller.
 * It must not count or log a denial of these.
 */

#define _GNU_SOURCE
#include "../kselftest_harness.h"
#include "common.h"
#include "lib/bpf.h"
#include "lib/bpf_insn.h"
#include "lib/level.h"
#include "lib/log.h"
#include "lib/sa.h"

/* Wait for deferred work of the kernel. */
#define SETTLE_US 200000

FIXTURE(unasked)
{
	int level;
	int log;
};

FIXTURE_SETUP(unasked)
{
	self->level = lockdown_level();
	if (self->level < 0 || geteuid())
		SKIP(return, "no " LOCKDOWN_FILE ", or not root");
	self->log = open_log();
	ASSERT_LE(0, self->log);
}

FIXTURE_TEARDOWN(unasked)
{
	close(self->log);
}

/* bpf_printk makes the kernel enable a trace event later. */
TEST_F(unasked, bpf_printk)
{
	const struct bpf_insn insns[] = {
		SET(10, -8, 'x'),   COPY(1, 10), ADD(1, -8), MOV(2, 8),
		CALL(trace_printk), MOV(0, 0),	 EXIT,
	};
	const struct bpf_program program = {
		.type = BPF_PROG_TYPE_RAW_TRACEPOINT,
		.name = "lockdown",
		.insns = insns,
		.nr_insns = ARRAY_SIZE(insns),
	};
	char record[1024];
	long before;
	int ret;

	before = denials("TRACEFS", record, sizeof(record));
	ret = load_bpf(&program);
	if (ret == -EINVAL)
		SKIP(return, "no bpf_trace_printk (CONFIG_BPF_EVENTS)");
	ASSERT_LE(0, ret);
	close(ret);
	usleep(SETTLE_US);
	while (next_record(self->log, record, sizeof(record))) {
		EXPECT_EQ(NULL, strstr(record, "bpf_trace_printk"))
		{
			TH_LOG("%s", record);
		}
	}
	EXPECT_EQ(before, denials("TRACEFS", record, sizeof(record)));
}

TEST_F(unasked, xfrm_notification)
{
	struct xfrm xfrm = {};
	const char *missing;
	char text[4096];
	long before;
	ssize_t len;
	__u8 proto;
	int ret;

	before = denials("XFRM_SECRET", text, sizeof(text));
	missing = open_xfrm(&xfrm);
	if (missing)
		SKIP(return, "%s", missing);
	ret = add_sa(&xfrm, SA_SPI, add_esp_keys, &proto);
	if (ret > 0)
		SKIP(return, "no ESP: %s (CONFIG_INET_ESP)", errno_name(ret));
	ASSERT_EQ(0, ret);
	len = recv(xfrm.listener, text, sizeof(text), 0);
	ASSERT_LT(0, len);
	EXPECT_EQ(self->level < LEVEL_CONFIDENTIALITY, has_sa_key(text, len));
	EXPECT_EQ(before, denials("XFRM_SECRET", text, sizeof(text)));
	close_xfrm(&xfrm);
}

TEST_HARNESS_MAIN
