// SPDX-License-Identifier: GPL-2.0-only
/* PCMCIA: descriptions and drivers of cards that are not there. */

#define _GNU_SOURCE
#include "../lib/file.h"
#include "../lib/load.h"
#include "../thing.h"

#define CIS "/sys/class/pcmcia_socket/pcmcia_socket0/cis"
#define NEW_ID "/sys/bus/pcmcia/drivers/serial_cs/new_id"

/* A single CISTPL_END describes a card of which nothing is known. */
#define EMPTY_CIS "\xff"

#define FOUND_TRIES 50

static const struct stand_in stand_in = {
	.name = "lockdown_pcmcia",
	.option = "CONFIG_PCMCIA",
};

struct card {
	int fd;
	bool loaded;
};

/* It takes a while until there is a socket, and until a card is found in it. */
static int obtain_card(struct held *held)
{
	struct card *card = held->state;
	int ret, tries = FOUND_TRIES;

	if (!access(CIS, F_OK))
		return lack(held, "no PCMCIA socket to spare (pcmcia_socket0)");
	ret = load_stand_in(held, &stand_in, &card->loaded);
	if (ret)
		return ret;
	do {
		usleep(100000);
		card->fd = open(CIS, O_WRONLY | O_CLOEXEC);
	} while (card->fd < 0 && errno == ENOENT && --tries);
	return card->fd < 0 ? -errno : 0;
}

static void release_card(struct held *held)
{
	const struct card *card = held->state;

	if (card->fd > 0)
		close(card->fd);
	drop_stand_in(&stand_in, card->loaded);
}

static const struct handle card = {
	.size = sizeof(struct card),
	.obtain = obtain_card,
	.release = release_card,
	.has_fd = true,
};

static int use_cis(struct held *held)
{
	const struct card *card = held->state;
	int ret, tries = FOUND_TRIES;

	do {
		usleep(100000);
		ret = result_of(pwrite(card->fd, EMPTY_CIS, 1, 0), 1);
	} while (ret == -ENODEV && --tries);
	return ret;
}

/* Has a driver take a card that its table lacks, and that no socket has. */
static int use_new_id(struct held *held)
{
	if (access(NEW_ID, F_OK))
		return lack(held, "no serial_cs (CONFIG_SERIAL_8250_CS)");
	return write_text(NEW_ID, "1 ffff ffff ff ff ff");
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
		.kept.title = "write to the kept CIS of a PCMCIA card",
		.kept.places = HERE | CHILD | DUPED | PASSED,
	},
	{
		.name = "pcmcia.new_id",
		.reason = "MODULE_PARAMETERS",
		.denied_from = INTEGRITY,
		.use = use_new_id,
		.object = "new_id of PCMCIA driver serial_cs",
		.level.title = "new_id of a PCMCIA driver",
	},
};

REGISTER_THINGS(pcmcia_things);
