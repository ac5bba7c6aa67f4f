// SPDX-License-Identifier: GPL-2.0-only
/*
 * The driver through which user space calls Xen, without Xen: the driver's
 * file, unchanged, believes to run in a domain.  Hypercalls are counted.  An
 * event of Xen arrives when somebody writes to the parameter event; the page in
 * which Xen says what it is about is that of /dev/xen/hypercall.
 */

#define pr_fmt(fmt) "xen:" KBUILD_MODNAME ": " fmt

#include <linux/interrupt.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/vmalloc.h>
#include <xen/events.h>
#include <xen/xen-ops.h>
#include <xen/xen.h>
#include <xen/xenbus.h>
#include <asm/xen/hypercall.h>

static unsigned int hypercalls;
module_param(hypercalls, uint, 0444);

static unsigned int bound_events;
module_param(bound_events, uint, 0444);

static struct {
	irq_handler_t handler;
	void *data;
} events[8];

static int count_hypercall(domid_t dom, unsigned int nr_bufs,
			   struct xen_dm_op_buf *bufs)
{
	hypercalls++;
	return 0;
}

static long count_call(unsigned int call, unsigned long a1, unsigned long a2,
		       unsigned long a3, unsigned long a4, unsigned long a5)
{
	hypercalls++;
	return 0;
}

static int bind_event(evtchn_port_t port, irq_handler_t handler,
		      unsigned long flags, const char *name, void *data)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(events); i++) {
		if (events[i].handler)
			continue;
		events[i].data = data;
		events[i].handler = handler;
		bound_events++;
		return 1;
	}
	return -ENOSPC;
}

static void unbind_event(unsigned int irq, void *data)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(events); i++) {
		if (events[i].handler && events[i].data == data) {
			events[i].handler = NULL;
			bound_events--;
		}
	}
}

static int set_event(const char *value, const struct kernel_param *param)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(events); i++) {
		if (events[i].handler)
			events[i].handler(0, events[i].data);
	}
	return 0;
}

static const struct kernel_param_ops event_ops = {
	.set = set_event,
};
module_param_cb(event, &event_ops, NULL, 0200);

static u8 request_bytes[PAGE_SIZE] __aligned(PAGE_SIZE);
static struct page *request_page;

/* The driver looks for the page in the mapping. */
static int map_request(struct file *file, struct vm_area_struct *vma)
{
	request_page = vmalloc_to_page(request_bytes);
	vma->vm_private_data = &request_page;
	return vm_insert_page(vma, vma->vm_start, request_page);
}

static const struct file_operations request_fops = {
	.owner = THIS_MODULE,
	.mmap = map_request,
};

static void do_nothing(void)
{
}

static void forget_event(evtchn_port_t port)
{
}

static int forget_notifier(struct notifier_block *notifier)
{
	return 0;
}

struct miscdevice xen_privcmdbuf_dev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "xen/hypercall",
	.fops = &request_fops,
};

#undef xen_domain
#undef xen_initial_domain
#define xen_domain() true
#define xen_initial_domain() false
#define HYPERVISOR_dm_op count_hypercall
#define privcmd_call count_call
#define xen_preemptible_hcall_begin do_nothing
#define xen_preemptible_hcall_end do_nothing
#define bind_evtchn_to_irqhandler_lateeoi bind_event
#define unbind_from_irqhandler unbind_event
#define irq_from_evtchn(port) (port)
#define notify_remote_via_evtchn forget_event
#define register_xenstore_notifier forget_notifier
#define unregister_xenstore_notifier forget_notifier

#include "privcmd.c"
