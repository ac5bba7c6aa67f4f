// SPDX-License-Identifier: GPL-2.0-only
/*
 * A module that does nothing, so that loading it proves only that it could be
 * loaded.
 */

#include <linux/delay.h>
#include <linux/init.h>
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>

static int number;
module_param(number, int, 0444);
MODULE_PARM_DESC(number, "A parameter without any effect");

/* The parameter drives no hardware, but is marked as if it did. */
static int port;
module_param_hw(port, int, ioport, 0444);
MODULE_PARM_DESC(port, "A hardware parameter without any effect");

/* Leave time to lock the kernel while the module loads, before its init. */
static int set_delay(const char *val, const struct kernel_param *kp)
{
	unsigned int ms;
	int err = kstrtouint(val, 0, &ms);

	if (!err)
		msleep(ms);
	return err;
}

static const struct kernel_param_ops delay_ops = {
	.set = set_delay,
};

module_param_cb(delay, &delay_ops, NULL, 0200);
MODULE_PARM_DESC(delay,
		 "Milliseconds to sleep before the module is initialised");

static int __init lockdown_probe_init(void)
{
	pr_info("lockdown_probe: loaded, number=%d port=%d\n", number, port);
	return 0;
}
module_init(lockdown_probe_init);

static void __exit lockdown_probe_exit(void)
{
}
module_exit(lockdown_probe_exit);

MODULE_DESCRIPTION("Selftest module for the lockdown LSM");
MODULE_LICENSE("GPL");
