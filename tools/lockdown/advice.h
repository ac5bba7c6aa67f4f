/* SPDX-License-Identifier: GPL-2.0-only */
/* Knowledge about reasons: why each is denied, and what works instead */
#ifndef LOCKDOWN_ADVICE_H
#define LOCKDOWN_ADVICE_H

#include "source.h"

/**
 * struct advice - knowledge about a reason
 * @name: its name in the kernel
 * @level: the level that denies it
 * @text: its text in the log
 * @what: what is denied, to go on with after "denied: "
 * @why: the cause, in sentences
 * @instead: what works, in sentences
 *
 * A newline in a text is a space, where the source has an end of a line.
 */
struct advice {
	const char *name;
	enum level level;
	const char *text;
	const char *what;
	const char *why;
	const char *instead;
};

const struct advice *advice_for(const char *reason);
const struct advice *advice_for_text(const char *text);
const char *hint_for(const char *reason, const char *comm, const char *object);

#endif
