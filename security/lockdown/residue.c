// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown LSM: things that a raise could not revoke
 *
 * A line comes from a revoker, or from the place where something irrevocable
 * happens, which may be long before a raise. The line counts, and is shown,
 * when its reason is denied.
 */

#include <linux/atomic.h>
#include <linux/build_bug.h>
#include <linux/export.h>
#include <linux/kprobes.h>
#include <linux/lockdown.h>
#include <linux/minmax.h>
#include <linux/seq_file.h>
#include <linux/sprintf.h>
#include <linux/string.h>

#include "policy.h"
#include "report.h"
#include "residue.h"

struct lockdown_residues lockdown_residues;

static_assert(LOCKDOWN_REASON_COUNT <= U8_MAX);

static unsigned int count_of(const struct lockdown_residues *all)
{
	return min(atomic_read(&all->claimed), LOCKDOWN_RESIDUES);
}

static bool known(struct lockdown_residues *all, enum lockdown_reason what,
		  const char *text)
{
	unsigned int i, count = count_of(all);

	for (i = 0; i < count; i++) {
		/* Pairs with the release in lockdown_residues_add(). */
		if (smp_load_acquire(&all->lines[i].ready) &&
		    all->lines[i].what == what &&
		    !strcmp(all->lines[i].text, text))
			return true;
	}
	return false;
}

/**
 * lockdown_residues_add - add a line, unless it is there already
 * @all: the lines
 * @what: the reason
 * @fmt: format of the line; what does not fit is cut off
 * @args: its arguments
 *
 * Two callers that add the same line at the same time may both add it.
 *
 * Context: any, including NMI and a stopped machine.
 */
void __kprobes lockdown_residues_add(struct lockdown_residues *all,
				     enum lockdown_reason what, const char *fmt,
				     va_list args)
{
	char text[LOCKDOWN_RESIDUE_LEN];
	int i;

	vscnprintf(text, sizeof(text), fmt, args);
	if (known(all, what, text))
		return;
	i = atomic_fetch_add_unless(&all->claimed, 1, LOCKDOWN_RESIDUES);
	if (i == LOCKDOWN_RESIDUES) {
		atomic_inc(&all->lost);
		return;
	}
	strscpy(all->lines[i].text, text);
	all->lines[i].what = what;
	/* Pairs with the acquires of the readers. */
	smp_store_release(&all->lines[i].ready, true);
}

/**
 * lockdown_residues_tell - add a line, see lockdown_residues_add()
 * @all: the lines
 * @what: the reason
 * @fmt: format of the line
 *
 * Context: any, including NMI and a stopped machine.
 */
void lockdown_residues_tell(struct lockdown_residues *all,
			    enum lockdown_reason what, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	lockdown_residues_add(all, what, fmt, args);
	va_end(args);
}

static void show_line(struct seq_file *m, enum lockdown_reason what,
		      const char *text)
{
	seq_printf(m, "%s\t", what ? lockdown_reason_info[what].name : "-");
	seq_escape_mem(m, text, strlen(text), LOCKDOWN_ESCAPE,
		       LOCKDOWN_ESCAPE_TOO);
	seq_putc(m, '\n');
}

/**
 * lockdown_residues_show - show, or count, the lines whose reason is denied
 * @all: the lines
 * @policy: the policy that decides
 * @m: the file to show them in: reason and text, one line each; or NULL
 *
 * Context: any; with @m a context that may use it.
 * Return: the number of lines, including lost ones.
 */
unsigned int lockdown_residues_show(struct lockdown_residues *all,
				    const struct lockdown_policy *policy,
				    struct seq_file *m)
{
	unsigned int i, count = count_of(all), shown = 0;
	unsigned int lost = atomic_read(&all->lost);

	for (i = 0; i < count; i++) {
		/* Pairs with the release in lockdown_residues_add(). */
		if (!smp_load_acquire(&all->lines[i].ready) ||
		    !lockdown_policy_check(policy, all->lines[i].what))
			continue;
		shown++;
		if (m)
			show_line(m, all->lines[i].what, all->lines[i].text);
	}
	if (lost && m)
		seq_printf(m, "-\t%u lines lost, for want of room\n", lost);
	return shown + lost;
}

/**
 * lockdown_residue - report something that cannot be revoked
 * @what: the reason for which it is denied, or LOCKDOWN_NONE for all
 * @fmt: format of what remains, in a few words without a newline
 *
 * A line that was reported before is not repeated. The line stays in
 * lockdown_info/residue until the next boot. Call sites that report the same
 * line every time use lockdown_happened().
 *
 * Context: any, including NMI and a stopped machine.
 */
void __kprobes lockdown_residue(enum lockdown_reason what, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	lockdown_residues_add(&lockdown_residues, what, fmt, args);
	va_end(args);
}
EXPORT_SYMBOL_GPL(lockdown_residue);

/**
 * lockdown_residue_count - the number of things not revoked at this level
 *
 * Context: any.
 * Return: the number of lines that lockdown_residue_show() shows.
 */
unsigned int __kprobes lockdown_residue_count(void)
{
	return lockdown_residues_show(&lockdown_residues, &lockdown_policy,
				      NULL);
}

/**
 * lockdown_residue_show - show the things not revoked at this level
 * @m: the file to show them in
 *
 * Context: may sleep.
 */
void lockdown_residue_show(struct seq_file *m)
{
	lockdown_residues_show(&lockdown_residues, &lockdown_policy, m);
}
