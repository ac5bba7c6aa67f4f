// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown LSM: tests of marked files
 *
 * The tests open files of debugfs of their own from inside the kernel, and use
 * levels of their own.
 */

#include <kunit/test.h>
#include <linux/anon_inodes.h>
#include <linux/cred.h>
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/lockdown.h>
#include <linux/mount.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "../files.h"
#include "../policy.h"

struct files_fixture {
	struct vfsmount *mnt;
	struct dentry *dir;
	u32 number;
	/* Two root-only files, and a world-readable one. */
	struct file *file, *other, *open_to_all;
};

static struct file *open_number(struct kunit *test, const char *name,
				umode_t mode, int flags)
{
	struct files_fixture *f = test->priv;
	struct path path = { .mnt = f->mnt };
	struct file *file;

	debugfs_create_u32(name, mode, f->dir, &f->number);
	path.dentry = debugfs_lookup(name, f->dir);
	if (!path.dentry)
		return ERR_PTR(-ENOENT);
	file = dentry_open(&path, flags, current_cred());
	dput(path.dentry);
	return file;
}

static int files_test_init(struct kunit *test)
{
	struct files_fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
	struct file_system_type *type;

	if (!f)
		return -ENOMEM;
	test->priv = f;
	if (lockdown_query(LOCKDOWN_DEBUGFS))
		kunit_skip(test, "this kernel is locked");
	type = get_fs_type("debugfs");
	if (!type)
		kunit_skip(test, "no debugfs (CONFIG_DEBUG_FS)");
	f->mnt = kern_mount(type);
	put_filesystem(type);
	if (IS_ERR(f->mnt))
		return PTR_ERR(f->mnt);
	f->dir = debugfs_create_dir("lockdown_files_test", NULL);
	f->file = open_number(test, "number", 0600, O_RDWR);
	f->other = open_number(test, "other", 0600, O_RDWR);
	f->open_to_all = open_number(test, "open_to_all", 0444, O_RDONLY);
	if (IS_ERR(f->file) || IS_ERR(f->other) || IS_ERR(f->open_to_all))
		return -ENOENT;
	return 0;
}

static void files_test_exit(struct kunit *test)
{
	struct files_fixture *f = test->priv;

	if (!f || IS_ERR_OR_NULL(f->mnt))
		return;
	if (!IS_ERR_OR_NULL(f->file))
		fput(f->file);
	if (!IS_ERR_OR_NULL(f->other))
		fput(f->other);
	if (!IS_ERR_OR_NULL(f->open_to_all))
		fput(f->open_to_all);
	/* A file pins the mount until it is freed. */
	flush_delayed_fput();
	debugfs_remove(f->dir);
	kern_unmount(f->mnt);
}

static void test_mark(struct kunit *test)
{
	struct files_fixture *f = test->priv;

	KUNIT_EXPECT_TRUE(test, f->file->f_mode & FMODE_LOCKDOWN);
	KUNIT_EXPECT_TRUE(test, f->other->f_mode & FMODE_LOCKDOWN);
	KUNIT_EXPECT_FALSE(test, f->open_to_all->f_mode & FMODE_LOCKDOWN);
	/* Marked files share one address_space. */
	KUNIT_EXPECT_PTR_EQ(test, f->file->f_mapping, f->other->f_mapping);
	KUNIT_EXPECT_PTR_NE(test, f->file->f_mapping,
			    file_inode(f->file)->i_mapping);
	KUNIT_EXPECT_PTR_EQ(test, f->open_to_all->f_mapping,
			    file_inode(f->open_to_all)->i_mapping);
	KUNIT_EXPECT_EQ(test, lockdown_check_file(f->file), 0);
	KUNIT_EXPECT_EQ(test, lockdown_check_file(f->open_to_all), 0);
}

static const struct file_operations no_fops = {};

/* A marked file of another file system checks for itself. */
static void test_mark_others(struct kunit *test)
{
	struct address_space *mapping;
	struct file *file;

	file = anon_inode_getfile("[lockdown_files_test]", &no_fops, NULL,
				  O_RDWR);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	mapping = file->f_mapping;
	lockdown_mark_file(file);
	KUNIT_EXPECT_TRUE(test, file->f_mode & FMODE_LOCKDOWN);
	KUNIT_EXPECT_PTR_EQ(test, file->f_mapping, mapping);
	KUNIT_EXPECT_EQ(test, lockdown_check_file(file), 0);
	fput(file);
}

struct inside_case {
	const char *desc;
	enum lockdown_level level;
	bool denied;
};

static const struct inside_case inside_cases[] = {
	{ "at none", LOCKDOWN_LEVEL_NONE, false },
	{ "at integrity", LOCKDOWN_LEVEL_INTEGRITY, true },
	{ "at confidentiality", LOCKDOWN_LEVEL_CONFIDENTIALITY, true },
};

KUNIT_ARRAY_PARAM_DESC(inside, inside_cases, desc);

static struct file *inside(const struct lockdown_policy *policy)
{
	struct file *file;

	rcu_read_lock();
	file = lockdown_inside_file(policy, current);
	rcu_read_unlock();
	return file;
}

/* A raise sees which file a task is inside of, also where one calls another. */
static void test_inside(struct kunit *test)
{
	const struct inside_case *c = test->param_value;
	const struct lockdown_policy policy = LOCKDOWN_POLICY_INIT(c->level);
	struct files_fixture *f = test->priv;
	struct file *outer, *inner;

	KUNIT_EXPECT_NULL(test, inside(&policy));
	KUNIT_ASSERT_EQ(test, lockdown_enter_file(f->file, &outer), 0);
	KUNIT_EXPECT_PTR_EQ(test, inside(&policy), c->denied ? f->file : NULL);

	KUNIT_ASSERT_EQ(test, lockdown_enter_file(f->other, &inner), 0);
	KUNIT_EXPECT_PTR_EQ(test, inside(&policy), c->denied ? f->other : NULL);
	lockdown_leave_file(inner);

	KUNIT_EXPECT_PTR_EQ(test, inside(&policy), c->denied ? f->file : NULL);
	lockdown_leave_file(outer);
	KUNIT_EXPECT_NULL(test, inside(&policy));

	/* A file that is not marked is not recorded. */
	KUNIT_ASSERT_EQ(test, lockdown_enter_file(f->open_to_all, &outer), 0);
	KUNIT_EXPECT_NULL(test, inside(&policy));
	lockdown_leave_file(outer);
}

/* A marked file cannot be mapped through another file. */
static void test_map(struct kunit *test)
{
	struct address_space *mapping;
	struct files_fixture *f = test->priv;

	KUNIT_EXPECT_EQ(test, lockdown_map_file(f->file), -ENODEV);
	KUNIT_ASSERT_EQ(test, lockdown_map_begin(f->file), 0);
	KUNIT_EXPECT_EQ(test, current->lockdown_permits, 1);
	KUNIT_EXPECT_EQ(test, lockdown_map_file(f->file), 0);
	KUNIT_EXPECT_EQ(test, lockdown_map_file(f->other), -ENODEV);
	/* Pretend that there was no memory when the file was marked. */
	mapping = f->file->f_mapping;
	f->file->f_mapping = file_inode(f->file)->i_mapping;
	KUNIT_EXPECT_EQ(test, lockdown_map_file(f->file), -ENOMEM);
	f->file->f_mapping = mapping;
	lockdown_map_end(f->file);
	KUNIT_EXPECT_EQ(test, current->lockdown_permits, 0);
	KUNIT_EXPECT_EQ(test, lockdown_map_file(f->file), -ENODEV);
}

static struct kunit_case files_cases[] = {
	KUNIT_CASE(test_mark),
	KUNIT_CASE(test_mark_others),
	KUNIT_CASE_PARAM(test_inside, inside_gen_params),
	KUNIT_CASE(test_map),
	{},
};

static struct kunit_suite files_suite = {
	.name = "lockdown_files",
	.init = files_test_init,
	.exit = files_test_exit,
	.test_cases = files_cases,
};

kunit_test_suite(files_suite);
