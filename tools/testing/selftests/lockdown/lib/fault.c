// SPDX-License-Identifier: GPL-2.0-only
/* Faults that are expected: of a page, or of an I/O port. */

#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>

#include "../thing.h"
#include "fault.h"

/* The fault that is expected of this thread: of a page, or of an I/O port. */
static __thread struct {
	bool armed;
	const __u8 *page;
	sigjmp_buf out;
} fault;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	const uintptr_t at = (uintptr_t)info->si_addr;
	const uintptr_t page = (uintptr_t)fault.page;
	const bool expected = page ? at - page < PAGE_BYTES :
				     info->si_code == SI_KERNEL;

	if (!fault.armed || !expected) {
		/* A fault outside the guarded call: let it kill the test. */
		signal(sig, SIG_DFL);
		return;
	}
	fault.armed = false;
	siglongjmp(fault.out, sig);
}

void catch_faults(void)
{
	const struct sigaction action = {
		.sa_sigaction = on_fault,
		.sa_flags = SA_SIGINFO,
	};

	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGSEGV, &action, NULL);
}

/**
 * guarded - call a function that may fault
 * @touch: the function
 * @arg: for it
 * @page: the page that it touches, or NULL if it uses an I/O port
 *
 * Return: its result, or SIGNALLED plus the signal that it ends with.
 */
int guarded(int (*touch)(void *arg, __u8 *page), void *arg, __u8 *page)
{
	int ret;

	fault.page = page;
	ret = sigsetjmp(fault.out, 1);
	if (ret)
		return SIGNALLED + ret;
	fault.armed = true;
	ret = touch(arg, page);
	fault.armed = false;
	return ret;
}
