// SPDX-License-Identifier: GPL-2.0-only
/*
 * A TPMI device without hardware, for QEMU, which has none of Intel's power
 * management for servers.  The registers are in the frame buffer of QEMU's VGA,
 * behind the visible part, because the driver maps them like registers of
 * hardware, and memory of the kernel cannot be mapped so.  A thread stands in
 * for the firmware.
 */

#include <linux/auxiliary_bus.h>
#include <linux/bits.h>
#include <linux/delay.h>
#include <linux/idr.h>
#include <linux/intel_tpmi.h>
#include <linux/intel_vsec.h>
#include <linux/io.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/platform_device.h>
#include <linux/sizes.h>
#include <linux/slab.h>

/*
 * The table's offset in the frame buffer, and the one feature behind the table
 */
#define TABLE 0x200000
#define FEATURE (TABLE + SZ_1K)
#define FEATURE_BYTES 64

/* One entry of the table: the only instance of the feature, 1 KiB further */
#define ENTRY \
	(TPMI_CONTROL_ID | 1ULL << 8 | FEATURE_BYTES / 4ULL << 16 | 1ULL << 32)

/* The registers of the feature: owner, request and answer */
#define STATUS 0
#define COMMAND 8

#define STATUS_BUSY BIT_ULL(0)
#define STATUS_OWNED BIT_ULL(4)
#define STATUS_COMPLETED BIT_ULL(6)
#define STATUS_SUCCESS (0x40ULL << 8)

static struct platform_device *device;
static struct pci_dev *vga;
static void __iomem *feature;
static struct task_struct *firmware;
static DEFINE_IDA(ida);

static int answer(void *unused)
{
	u64 status;

	while (!kthread_should_stop()) {
		status = readq(feature + STATUS);
		if (status & STATUS_BUSY) {
			/* Answer that the feature is not switched on. */
			writeq(0, feature + COMMAND);
			writeq(STATUS_OWNED | STATUS_SUCCESS, feature + STATUS);
		} else if (status & STATUS_COMPLETED) {
			writeq(0, feature + STATUS);
		} else if (!status && readq(feature + COMMAND)) {
			writeq(STATUS_OWNED, feature + STATUS);
		}
		usleep_range(1000, 2000);
	}
	return 0;
}

/* Set up the feature's registers, and the table that the driver searches. */
static int lay_out(void)
{
	void __iomem *table;

	table = ioremap(pci_resource_start(vga, 0) + TABLE,
			FEATURE - TABLE + FEATURE_BYTES);
	if (!table)
		return -ENOMEM;
	memset_io(table, 0, FEATURE - TABLE + FEATURE_BYTES);
	writeq(ENTRY, table);
	feature = table + FEATURE - TABLE;
	return 0;
}

static int add_device(void)
{
	struct intel_vsec_device *tpmi;
	struct resource *table;

	tpmi = kzalloc(sizeof(*tpmi), GFP_KERNEL);
	table = kzalloc(sizeof(*table), GFP_KERNEL);
	if (!tpmi || !table) {
		kfree(tpmi);
		kfree(table);
		return -ENOMEM;
	}
	*table =
		DEFINE_RES_MEM(pci_resource_start(vga, 0) + TABLE, sizeof(u64));
	tpmi->pcidev = vga;
	tpmi->resource = table;
	tpmi->num_resources = 1;
	tpmi->ida = &ida;
	/* The call frees both devices, now or when the parent is removed. */
	return intel_vsec_add_aux(vga, &device->dev, tpmi, "tpmi");
}

static int __init lockdown_tpmi_init(void)
{
	int err;

	vga = pci_get_device(0x1234, 0x1111, NULL);
	if (!vga)
		return -ENODEV;
	device = platform_device_register_simple("lockdown_tpmi", -1, NULL, 0);
	if (IS_ERR(device)) {
		err = PTR_ERR(device);
		goto err_vga;
	}
	err = lay_out();
	if (err)
		goto err_device;
	firmware = kthread_run(answer, NULL, "lockdown_tpmi");
	if (IS_ERR(firmware)) {
		err = PTR_ERR(firmware);
		goto err_unmap;
	}
	err = add_device();
	if (!err)
		return 0;

	kthread_stop(firmware);
err_unmap:
	iounmap(feature - (FEATURE - TABLE));
err_device:
	platform_device_unregister(device);
err_vga:
	pci_dev_put(vga);
	return err;
}
module_init(lockdown_tpmi_init);

static void __exit lockdown_tpmi_exit(void)
{
	platform_device_unregister(device);
	kthread_stop(firmware);
	iounmap(feature - (FEATURE - TABLE));
	pci_dev_put(vga);
}
module_exit(lockdown_tpmi_exit);

MODULE_IMPORT_NS(INTEL_VSEC);
MODULE_DESCRIPTION("TPMI device for the selftests of the lockdown LSM");
MODULE_LICENSE("GPL");
