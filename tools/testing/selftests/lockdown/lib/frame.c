// SPDX-License-Identifier: GPL-2.0-only
/* Memory of a device that a test may write rubbish to: of QEMU's VGA. */

#define _GNU_SOURCE
#include "../thing.h"
#include "file.h"
#include "frame.h"

/* Find a file that matches @pattern and contains @text. */
bool find_file(const char *pattern, const char *text, char path[128])
{
	char contents[256];
	bool found = false;
	glob_t files;
	size_t i;

	if (glob(pattern, 0, NULL, &files))
		return false;
	for (i = 0; i < files.gl_pathc && !found; i++) {
		found = read_text(files.gl_pathv[i], contents,
				  sizeof(contents)) > 0 &&
			strstr(contents, text);
		if (found)
			snprintf(path, 128, "%s", files.gl_pathv[i]);
	}
	globfree(&files);
	return found;
}

/**
 * find_frame - find a page of the frame buffer of QEMU's VGA
 * @held: the thing that wants it
 * @resource: gets the path of the file of its BAR 0 in sysfs
 * @frame: gets the physical address of the page
 *
 * Return: 0, -errno, or SKIPPED without such a VGA.
 */
int find_frame(struct held *held, char resource[128], off_t *frame)
{
	char *file;

	if (!find_file("/sys/bus/pci/devices/*/modalias",
		       "pci:v00001234d00001111", resource))
		return lack(held, "no VGA of QEMU (to write rubbish to)");
	file = strrchr(resource, '/') + 1;
	/* Without a BIOS, drivers enable devices. */
	memcpy(file, "enable", sizeof("enable"));
	if (!read_number(resource) && write_text(resource, "1"))
		return -EIO;
	/* Read the address of BAR 0 first. */
	memcpy(file, "resource", sizeof("resource"));
	*frame = read_number(resource) + FRAME_OFFSET;
	memcpy(file, "resource0", sizeof("resource0"));
	return 0;
}

/* Atomic, so that the compiler does not take it for ordinary memory. */
int change_frame(void *unused, __u8 *at)
{
	__u32 *const word = (void *)at;
	const __u32 before = __atomic_load_n(word, __ATOMIC_RELAXED);
	__u32 now;

	__atomic_store_n(word, ~before, __ATOMIC_RELAXED);
	now = __atomic_load_n(word, __ATOMIC_RELAXED);
	__atomic_store_n(word, before, __ATOMIC_RELAXED);
	return now == ~before ? 0 : -EIO;
}
