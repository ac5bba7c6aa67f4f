// SPDX-License-Identifier: GPL-2.0-only
/*
 * The driver through which user space calls Xen, without Xen: the driver's
 * file, unchanged, believes to run in a domain.  A hypercall for a device model
 * is counted, and users of the module make no other.
 */

#define pr_fmt(fmt) "xen:" KBUILD_MODNAME ": " fmt

#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <xen/xen.h>
#include <xen/xenbus.h>
#include <asm/xen/hypercall.h>

static unsigned int hypercalls;
module_param(hypercalls, uint, 0444);

static int count_hypercall(domid_t dom, unsigned int nr_bufs,
			   struct xen_dm_op_buf *bufs)
{
	hypercalls++;
	return 0;
}

static int forget_notifier(struct notifier_block *notifier)
{
	return 0;
}

struct miscdevice xen_privcmdbuf_dev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "xen/hypercall",
};

#undef xen_domain
#undef xen_initial_domain
#define xen_domain() true
#define xen_initial_domain() false
#define HYPERVISOR_dm_op count_hypercall
#define register_xenstore_notifier forget_notifier
#define unregister_xenstore_notifier forget_notifier

#include "privcmd.c"
