// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown LSM: the files in securityfs
 *
 * Many programs compare the text of the file "lockdown" literally, so it does
 * not change. All other information is in the directory "lockdown_info".
 */

#include <linux/capability.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/kprobes.h>
#include <linux/lockdown.h>
#include <linux/math64.h>
#include <linux/security.h>
#include <linux/seq_file.h>
#include <linux/sprintf.h>
#include <linux/string.h>
#include <linux/time64.h>
#include <linux/uio.h>

#include "policy.h"
#include "report.h"
#include "residue.h"
#include "setup.h"

/* Room for every level's name, its brackets and a separator. */
#define LEVELS_LEN 64

/* More than the longest level's name with a newline. */
#define WORD_LEN 32

static ssize_t level_read(struct file *file, char __user *buf, size_t count,
			  loff_t *ppos)
{
	enum lockdown_level now = lockdown_policy_level(&lockdown_state);
	enum lockdown_level level;
	char text[LEVELS_LEN];
	int len = 0;

	for (level = 0; level < LOCKDOWN_LEVEL_COUNT; level++)
		len += scnprintf(text + len, sizeof(text) - len,
				 level == now ? "%s[%s]" : "%s%s",
				 level ? " " : "", lockdown_level_name(level));
	len += scnprintf(text + len, sizeof(text) - len, "\n");

	return simple_read_from_buffer(buf, count, ppos, text, len);
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
static ssize_t __kprobes level_write_iter(struct kiocb *iocb,
					  struct iov_iter *from)
{
	const size_t count = iov_iter_count(from);
	char word[WORD_LEN];
	size_t len = count;
	int level, err;

	if (!may_raise(iocb->ki_filp))
		return -EPERM;
	if (iocb->ki_pos || !count || count > sizeof(word))
		return -EINVAL;
	if (!copy_from_iter_full(word, count, from))
		return -EFAULT;

	if (word[len - 1] == '\n')
		len--;
	level = lockdown_level_parse(word, len);
	if (level < 0)
		return level;

	err = lockdown_raise(level, "securityfs", true);
	return err ? err : count;
}

static const struct file_operations level_fops = {
	.read = level_read,
	.write_iter = level_write_iter,
	.llseek = default_llseek,
};

static int reasons_show(struct seq_file *m, void *unused)
{
	enum lockdown_reason what;

	for (what = 0; what < LOCKDOWN_REASON_COUNT; what++) {
		const struct lockdown_reason_info *info =
			&lockdown_reason_info[what];

		if (info->is_level)
			continue;
		seq_printf(m, "%s\t%s\t%s\t%lu\t%s\n", info->name,
			   lockdown_level_name(info->level),
			   lockdown_query(what) ? "denied" : "allowed",
			   lockdown_denials(what), lockdown_reasons[what]);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(reasons);

static void show_task(struct seq_file *m, const struct lockdown_origin *origin)
{
	seq_printf(m, " pid=%d uid=%u comm=\"", origin->pid, origin->uid);
	seq_escape_mem(m, origin->comm, strlen(origin->comm), LOCKDOWN_ESCAPE,
		       LOCKDOWN_ESCAPE_TOO);
	seq_puts(m, "\"\n");
}

static void show_origin(struct seq_file *m, enum lockdown_level level)
{
	const struct lockdown_origin *origin = lockdown_origin(level);
	u32 us;
	u64 s;

	if (!origin)
		return;

	s = div_u64_rem(origin->when_ns, NSEC_PER_SEC, &us);
	seq_printf(m, "level=%s when=%llu.%06lu from=\"%s\"",
		   lockdown_level_name(level), s, us / NSEC_PER_USEC,
		   origin->where);
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

	err = create_file("lockdown", 0644, NULL, &level_fops);
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
	err = create_file("origin", 0444, info, &origin_fops);
	if (err)
		return err;
	return create_file("residue", 0444, info, &residue_fops);
}
fs_initcall(lockdown_securityfs_init);
