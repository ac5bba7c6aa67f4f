// SPDX-License-Identifier: GPL-2.0-only
/*
 * A PCMCIA socket without hardware, which always has a card, so that the
 * description of a card can be replaced on machines without such a socket.
 */

#include <linux/device.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <pcmcia/ss.h>

/* The end of the BIOS ROM is readable, and stands in for a card. */
#define NO_CARD 0xfffff000

static int socket_init(struct pcmcia_socket *s)
{
	return 0;
}

static int get_status(struct pcmcia_socket *s, u_int *status)
{
	*status = SS_DETECT | SS_POWERON | SS_READY;
	return 0;
}

static int set_socket(struct pcmcia_socket *s, socket_state_t *state)
{
	return 0;
}

static int set_io_map(struct pcmcia_socket *s, struct pccard_io_map *io)
{
	return 0;
}

static int set_mem_map(struct pcmcia_socket *s, struct pccard_mem_map *mem)
{
	mem->static_start = NO_CARD;
	return 0;
}

static struct pccard_operations ops = {
	.init = socket_init,
	.get_status = get_status,
	.set_socket = set_socket,
	.set_io_map = set_io_map,
	.set_mem_map = set_mem_map,
};

static struct pcmcia_socket pcmcia_socket = {
	.owner = THIS_MODULE,
	.features = SS_CAP_PCCARD | SS_CAP_STATIC_MAP,
	.map_size = PAGE_SIZE,
	.ops = &ops,
	.resource_ops = &pccard_static_ops,
	.resource_setup_done = 1,
};

static struct platform_device *device;

static int __init lockdown_pcmcia_init(void)
{
	int err;

	device =
		platform_device_register_simple("lockdown_pcmcia", -1, NULL, 0);
	if (IS_ERR(device))
		return PTR_ERR(device);

	pcmcia_socket.dev.parent = &device->dev;
	err = pcmcia_register_socket(&pcmcia_socket);
	if (err)
		platform_device_unregister(device);
	return err;
}
module_init(lockdown_pcmcia_init);

static void __exit lockdown_pcmcia_exit(void)
{
	pcmcia_unregister_socket(&pcmcia_socket);
	platform_device_unregister(device);
}
module_exit(lockdown_pcmcia_exit);

MODULE_DESCRIPTION("PCMCIA socket for the selftests of the lockdown LSM");
MODULE_LICENSE("GPL");
