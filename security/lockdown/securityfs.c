// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown LSM: the files in securityfs
 *
 * Many programs compare the text of the file "lockdown" literally, so it does
 * not change. All other information is in the directory "lockdown_info".
 */

#include <linux/atomic.h>
#include <linux/capability.h>
#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/kprobes.h>
#include <linux/lockdown.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/security.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/sprintf.h>
#include <linux/string.h>
#include <linux/time64.h>
#include <linux/uio.h>

#include "denials.h"
#include "policy.h"
#include "report.h"
#include "residue.h"
#include "revoke.h"
#include "securityfs.h"
#include "setup.h"

/* Room for every level's name, its brackets and a separator. */
#define LEVELS_LEN 64

/* More than the longest level's name with a newline. */
#define WORD_LEN 32

static int print_levels(enum lockdown_level now, char text[LEVELS_LEN])
{
	enum lockdown_level level;
	int len = 0;

	for (level = 0; level < LOCKDOWN_LEVEL_COUNT; level++)
		len += scnprintf(text + len, LEVELS_LEN - len,
				 level == now ? "%s[%s]" : "%s%s",
				 level ? " " : "", lockdown_level_name(level));
	return len + scnprintf(text + len, LEVELS_LEN - len, "\n");
}

static ssize_t show_levels(enum lockdown_level now, char __user *buf,
			   size_t count, loff_t *ppos)
{
	char text[LEVELS_LEN];
	int len = print_levels(now, text);

	return simple_read_from_buffer(buf, count, ppos, text, len);
}

/**
 * lockdown_file_shows - whether the file would show a level as the one in force
 * @level: the level
 *
 * Context: boot.
 * Return: true if so.
 */
bool __init lockdown_file_shows(enum lockdown_level level)
{
	char text[LEVELS_LEN], word[WORD_LEN];

	print_levels(lockdown_policy_level(&lockdown_state), text);
	scnprintf(word, sizeof(word), "[%s]", lockdown_level_name(level));
	return strstr(text, word);
}

/*
 * A raise affects the whole machine, and cannot be undone. So neither uid 0 of
 * a container may raise the level, nor a task with a file that was opened in
 * one.
 */
static bool may_raise(const struct file *file)
{
	return capable(CAP_MAC_ADMIN) &&
	       file_ns_capable(file, &init_user_ns, CAP_MAC_ADMIN);
}

/*
 * One write holds one whole word, also when writev(2) gathers it. There is no
 * position to continue at, so a word in several writes is refused rather than
 * guessed. The position does not move, so that the next word can be written.
 */
static int __kprobes get_level(struct kiocb *iocb, struct iov_iter *from)
{
	const size_t count = iov_iter_count(from);
	char word[WORD_LEN];
	size_t len = count;

	if (!may_raise(iocb->ki_filp))
		return -EPERM;
	if (iocb->ki_pos || !count || count > sizeof(word))
		return -EINVAL;
	if (!copy_from_iter_full(word, count, from))
		return -EFAULT;

	if (word[len - 1] == '\n')
		len--;
	return lockdown_level_parse(word, len);
}

static ssize_t level_read(struct file *file, char __user *buf, size_t count,
			  loff_t *ppos)
{
	return show_levels(lockdown_policy_level(&lockdown_state), buf, count,
			   ppos);
}

static ssize_t __kprobes level_write_iter(struct kiocb *iocb,
					  struct iov_iter *from)
{
	const size_t count = iov_iter_count(from);
	int level = get_level(iocb, from);
	int err;

	if (level < 0)
		return level;
	err = lockdown_raise(level, "securityfs", true);
	return err ? err : count;
}

static const struct file_operations lockdown_ops = {
	.read = level_read,
	.write_iter = level_write_iter,
	.llseek = default_llseek,
};

static ssize_t evaluate_read(struct file *file, char __user *buf, size_t count,
			     loff_t *ppos)
{
	return show_levels(lockdown_policy_evaluated(&lockdown_state), buf,
			   count, ppos);
}

static ssize_t evaluate_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	const size_t count = iov_iter_count(from);
	int level = get_level(iocb, from);

	if (level < 0)
		return level;
	lockdown_evaluate(level);
	return count;
}

static const struct file_operations evaluate_fops = {
	.read = evaluate_read,
	.write_iter = evaluate_write_iter,
	.llseek = default_llseek,
};

static void show_time(struct seq_file *m, u64 ns)
{
	u32 rest;
	u64 s = div_u64_rem(ns, NSEC_PER_SEC, &rest);

	seq_printf(m, "%llu.%06lu", s, rest / NSEC_PER_USEC);
}

/* A reason may be evaluated first and denied later. */
static void show_times(struct seq_file *m, enum lockdown_reason what)
{
	enum lockdown_verdict verdict;
	u64 first = U64_MAX, last = 0;

	for (verdict = 0; verdict < LOCKDOWN_VERDICTS; verdict++) {
		const struct lockdown_span *span =
			&lockdown_reported(verdict, what)->span;

		/* Pairs with the release in denials.c. */
		if (!smp_load_acquire(&span->known))
			continue;
		first = min(first, READ_ONCE(span->first_ns));
		last = max(last, lockdown_span_last(span));
	}
	if (first == U64_MAX) {
		seq_puts(m, "-\t-");
		return;
	}
	show_time(m, first);
	seq_putc(m, '\t');
	show_time(m, last);
}

static unsigned long count_of(enum lockdown_verdict verdict,
			      enum lockdown_reason what)
{
	return atomic_long_read(&lockdown_reported(verdict, what)->count);
}

static int reasons_show(struct seq_file *m, void *unused)
{
	enum lockdown_reason what;

	for (what = 0; what < LOCKDOWN_REASON_COUNT; what++) {
		const struct lockdown_reason_info *info =
			&lockdown_reason_info[what];

		if (info->is_level)
			continue;
		seq_printf(m, "%s\t%s\t%s\t%lu\t%lu\t", info->name,
			   lockdown_level_name(info->level),
			   lockdown_verdict_name(lockdown_policy_verdict(
				   &lockdown_state, what)),
			   count_of(LOCKDOWN_DENIED, what),
			   count_of(LOCKDOWN_EVALUATED, what));
		show_times(m, what);
		seq_printf(m, "\t%s\n", lockdown_reasons[what]);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(reasons);

static void show_quoted(struct seq_file *m, const char *field, const char *text)
{
	seq_printf(m, " %s=\"", field);
	seq_escape_mem(m, text, strlen(text), LOCKDOWN_ESCAPE,
		       LOCKDOWN_ESCAPE_TOO);
	seq_putc(m, '"');
}

static void show_denial(struct seq_file *m,
			const struct lockdown_denial *denial)
{
	const u64 who = READ_ONCE(denial->who);

	seq_printf(m, "verdict=%s reason=%s count=%lu first=",
		   lockdown_verdict_name(denial->verdict),
		   lockdown_reason_info[denial->what].name,
		   atomic_long_read(&denial->count));
	show_time(m, READ_ONCE(denial->span.first_ns));
	seq_puts(m, " last=");
	show_time(m, lockdown_span_last(&denial->span));
	seq_printf(m, " pid=%d uid=%u", lockdown_pid(who), lockdown_uid(who));
	show_quoted(m, "comm", denial->comm);
	show_quoted(m, "object", denial->object);
	seq_putc(m, '\n');
}

static int denials_show(struct seq_file *m, void *unused)
{
	const struct lockdown_denial **list __free(kfree) =
		kmalloc_array(LOCKDOWN_DENIALS, sizeof(*list), GFP_KERNEL);
	long lost = atomic_long_read(&lockdown_denials.lost);
	unsigned int i, count;

	if (!list)
		return -ENOMEM;
	count = lockdown_denials_list(&lockdown_denials, list);
	for (i = 0; i < count; i++)
		show_denial(m, list[i]);
	if (lost)
		seq_printf(m, "lost=%ld\n", lost);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(denials);

static void show_task(struct seq_file *m, const struct lockdown_origin *origin)
{
	seq_printf(m, " pid=%d uid=%u", origin->pid, origin->uid);
	show_quoted(m, "comm", origin->comm);
	seq_putc(m, '\n');
}

static void show_origin(struct seq_file *m, enum lockdown_level level)
{
	const struct lockdown_origin *origin = lockdown_origin(level);

	if (!origin)
		return;

	seq_printf(m, "level=%s when=", lockdown_level_name(level));
	show_time(m, origin->when_ns);
	seq_printf(m, " from=\"%s\"", origin->where);
	if (origin->by_task)
		show_task(m, origin);
	else
		seq_puts(m, " pid=- uid=- comm=-\n");
}

static int origin_show(struct seq_file *m, void *unused)
{
	enum lockdown_level level;

	for (level = 0; level < LOCKDOWN_LEVEL_COUNT; level++)
		show_origin(m, level);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(origin);

static int residue_show(struct seq_file *m, void *unused)
{
	lockdown_residue_show(m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(residue);

static int takes_show(struct seq_file *m, void *unused)
{
	return lockdown_takes_show(m);
}
DEFINE_SHOW_ATTRIBUTE(takes);

static int __init create_file(const char *name, umode_t mode,
			      struct dentry *parent,
			      const struct file_operations *fops)
{
	struct dentry *dentry =
		securityfs_create_file(name, mode, parent, NULL, fops);

	if (!IS_ERR(dentry))
		return 0;
	pr_err("lockdown: cannot create %s in securityfs: %pe\n", name, dentry);
	return PTR_ERR(dentry);
}

static int __init lockdown_securityfs_init(void)
{
	struct dentry *info;
	int err;

	err = create_file("lockdown", 0644, NULL, &lockdown_ops);
	if (err)
		return err;

	info = securityfs_create_dir("lockdown_info", NULL);
	if (IS_ERR(info)) {
		pr_err("lockdown: cannot create lockdown_info in securityfs: %pe\n",
		       info);
		return PTR_ERR(info);
	}
	err = create_file("reasons", 0444, info, &reasons_fops);
	if (err)
		return err;
	err = create_file("denials", 0400, info, &denials_fops);
	if (err)
		return err;
	err = create_file("evaluate", 0644, info, &evaluate_fops);
	if (err)
		return err;
	err = create_file("origin", 0444, info, &origin_fops);
	if (err)
		return err;
	err = create_file("residue", 0444, info, &residue_fops);
	if (err)
		return err;
	lockdown_add_mappings();
	return create_file("takes", 0400, info, &takes_fops);
}
fs_initcall(lockdown_securityfs_init);
