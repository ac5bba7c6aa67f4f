/* SPDX-License-Identifier: GPL-2.0-only */
/* Denials with their explanations, as text and as JSON */
#ifndef LOCKDOWN_SHOW_H
#define LOCKDOWN_SHOW_H

#include "tally.h"

/**
 * struct view - the way to show denials
 * @source: the machine, for reasons that only its kernel knows; or NULL
 * @tally: the denials
 * @of_logs: whether they come from logs: of several machines, with dates
 * @brief: leave out explanations
 */
struct view {
	const struct source *source;
	struct tally *tally;
	bool of_logs;
	bool brief;
};

enum level level_of_reason(const struct source *source, const char *reason);
void show_advice(const struct source *source, const char *reason,
		 unsigned int indent);
void show_sections(const struct view *view);
void show_each(const struct view *view);
void show_json(const char *key, const struct view *view);

#endif
