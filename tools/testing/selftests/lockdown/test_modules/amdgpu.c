// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shows how amdgpu decides to offer its registers in debugfs, without its
 * hardware: the driver's file is called unchanged, for a device that does not
 * exist. The files are only created: reading one would access missing
 * hardware.
 */

#include <linux/init.h>
#include <linux/mm.h>
#include <linux/module.h>

#include "amdgpu_debugfs.c"

static struct drm_minor minor;
static struct amdgpu_device *device;

static int __init lockdown_amdgpu_init(void)
{
	device = kvzalloc(sizeof(*device), GFP_KERNEL);
	if (!device)
		return -ENOMEM;
	minor.debugfs_root = debugfs_create_dir("lockdown_amdgpu", NULL);
	adev_to_drm(device)->primary = &minor;
	return amdgpu_debugfs_regs_init(device);
}
module_init(lockdown_amdgpu_init);

static void __exit lockdown_amdgpu_exit(void)
{
	debugfs_remove(minor.debugfs_root);
	kvfree(device);
}
module_exit(lockdown_amdgpu_exit);

MODULE_DESCRIPTION("amdgpu without hardware, for the selftests of lockdown");
MODULE_LICENSE("GPL");
