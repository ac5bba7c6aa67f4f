// SPDX-License-Identifier: GPL-2.0-only
/* PCMCIA: a card's description of itself, of a card that is not there. */

#define _GNU_SOURCE
#include "../lib/file.h"
#include "../lib/load.h"
#include "../thing.h"

#define CIS "/sys/class/pcmcia_socket/pcmcia_socket0/cis"

/* A single CISTPL_END describes a card of which nothing is known. */
#define EMPTY_CIS "\xff"

#define FOUND_TRIES 50

static const struct stand_in stand_in = {
	.name = "lockdown_pcmcia",
	.option = "CONFIG_PCMCIA",
};

static int obtain_card(struct held *held)
{
	bool *const loaded = held->state;

	if (!access(CIS, F_OK))
		return lack(held, "no PCMCIA socket to spare (pcmcia_socket0)");
	return load_stand_in(held, &stand_in, loaded);
}

static void release_card(struct held *held)
{
	const bool *const loaded = held->state;

	drop_stand_in(&stand_in, *loaded);
}

static const struct handle card = {
	.size = sizeof(bool),
	.obtain = obtain_card,
	.release = release_card,
};

/* The kernel takes a while to find the card in the socket. */
static int use_cis(struct held *held)
{
	int ret, tries = FOUND_TRIES;

	do {
		usleep(100000);
		ret = write_text(CIS, EMPTY_CIS);
	} while ((ret == -ENOENT || ret == -ENODEV) && --tries);
	return ret;
}

static const struct thing pcmcia_things[] = {
	{
		.name = "pcmcia.cis",
		.reason = "PCMCIA_CIS",
		.denied_from = INTEGRITY,
		.handle = &card,
		.use = use_cis,
		.object = "pcmcia_socket0",
		.level.title = "replace the CIS of a PCMCIA card",
	},
};

REGISTER_THINGS(pcmcia_things);
