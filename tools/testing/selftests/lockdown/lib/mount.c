// SPDX-License-Identifier: GPL-2.0-only
/* File systems that a thing needs. */

#define _GNU_SOURCE
#include <sched.h>
#include <sys/mount.h>

#include "../thing.h"
#include "mount.h"

static bool is_mount_point(const char *where)
{
	struct stat here, above;
	char path[128];

	snprintf(path, sizeof(path), "%s/..", where);
	return !stat(where, &here) && !stat(path, &above) &&
	       here.st_dev != above.st_dev;
}

/**
 * mount_private - have a file system, for this process alone
 * @held: the thing that wants it
 * @type: its type
 * @where: the directory
 *
 * A mount namespace goes away with its process, so that nothing stays mounted,
 * and no mount of an administrator is needed.
 *
 * Return: 0, or SKIPPED if it cannot be mounted.
 */
int mount_private(struct held *held, const char *type, const char *where)
{
	if (is_mount_point(where))
		return 0;
	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return lack(held, "no private mounts (%s)", errno_name(errno));
	if (mount(type, where, type, 0, NULL) && errno != EBUSY)
		return lack(held, "no %s at %s (%s)", type, where,
			    errno_name(errno));
	return 0;
}
