// SPDX-License-Identifier: GPL-2.0-only
/*
 * Addresses of the kernel in files for root. At confidentiality a file goes on,
 * with zeros in their place; the kernel only queries the level, and neither
 * counts nor logs that.
 */

#define _GNU_SOURCE
#include "../lib/file.h"
#include "../lib/module.h"
#include "../thing.h"

#define IOMEM_BYTES 65536

static bool in_kernel(const char *text)
{
	return strtoull(text, NULL, 16) >> 63;
}

static int shown_if(bool shown)
{
	return shown ? 0 : WITHHELD;
}

/* Symbols */

static int obtain_kallsyms(struct held *held)
{
	int *const fd = held->state;

	*fd = open("/proc/kallsyms", O_RDONLY | O_CLOEXEC);
	return *fd < 0 ?
		       cannot_open(held, "/proc/kallsyms", "CONFIG_KALLSYMS") :
		       0;
}

static const struct handle kallsyms = {
	.size = sizeof(int),
	.obtain = obtain_kallsyms,
	.release = release_fd,
	.has_fd = true,
};

/* The first symbols may be per CPU, and their addresses small. */
static int use_kallsyms(struct held *held)
{
	const int *const fd = held->state;
	size_t lines = 0;
	char line[1024];
	bool found = false;
	FILE *file;

	if (lseek(*fd, 0, SEEK_SET))
		return -errno;
	file = fdopen(dup(*fd), "r");
	if (!file)
		return -errno;
	while (!found && fgets(line, sizeof(line), file)) {
		lines++;
		found = in_kernel(line);
	}
	fclose(file);
	return lines ? shown_if(found) : -EIO;
}

/* A module, which is there since before the raise */

struct modules {
	int fd;
	bool loaded;
};

static int obtain_modules(struct held *held)
{
	struct modules *modules = held->state;
	const int ret = load_module(PROBE_MODULE ".ko");

	if (ret == -EPERM)
		return ret;
	if (ret && ret != -EEXIST)
		return lack(held, "no module %s.ko: %s ($LOCKDOWN_MODULE_DIR)",
			    PROBE_MODULE, errno_name(-ret));
	modules->loaded = !ret;
	modules->fd = open("/proc/modules", O_RDONLY | O_CLOEXEC);
	return modules->fd < 0 ? -errno : 0;
}

static void release_modules(struct held *held)
{
	const struct modules *modules = held->state;
	const int ret = modules->loaded ? unload_module() : 0;

	if (ret)
		not_released(PROBE_MODULE, -ret);
	release_fd(held);
}

static const struct handle loaded_module = {
	.size = sizeof(struct modules),
	.obtain = obtain_modules,
	.release = release_modules,
	.shared = true,
};

static int scan_modules(int fd)
{
	char text[16384];
	const ssize_t got = pread(fd, text, sizeof(text) - 1, 0);
	const char *at;

	if (got < 0)
		return -errno;
	text[got] = '\0';
	at = strstr(text, " 0x");
	return at ? shown_if(in_kernel(at)) : -EIO;
}

static int use_kept_modules(struct held *held)
{
	const struct modules *modules = held->state;

	return scan_modules(modules->fd);
}

static int use_modules(struct held *held)
{
	const int fd = open("/proc/modules", O_RDONLY | O_CLOEXEC);
	const int ret = fd < 0 ? -errno : scan_modules(fd);

	close(fd);
	return ret;
}

static int use_sections(struct held *held)
{
	static const char path[] = "/sys/module/" PROBE_MODULE
				   "/sections/.text";
	char text[64];
	const ssize_t got = read_text(path, text, sizeof(text));

	return got < 0 ? got : shown_if(in_kernel(text));
}

/* Physical addresses */

static int use_iomem(struct held *held)
{
	const char *const name = held->thing->arg;
	char text[IOMEM_BYTES];
	const ssize_t got = read_text("/proc/iomem", text, sizeof(text));
	char *at;

	if (got < 0)
		return got;
	at = strstr(text, name);
	if (!at)
		return lack(held, "no \"%s\" in /proc/iomem", name);
	while (at > text && at[-1] != '\n')
		at--;
	return shown_if(strtoull(at, NULL, 16));
}

/* %pK, which shows root an address when that is restricted to root. */

#define KPTR_RESTRICT "/proc/sys/kernel/kptr_restrict"

struct pointers {
	int pair[2];
	char restricted[16];
};

static int obtain_pointers(struct held *held)
{
	struct pointers *pointers = held->state;

	if (read_text(KPTR_RESTRICT, pointers->restricted,
		      sizeof(pointers->restricted)) <= 0)
		return lack(held, "no " KPTR_RESTRICT);
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pointers->pair))
		return lack(held, "no sockets (CONFIG_UNIX)");
	return write_text(KPTR_RESTRICT, "1\n");
}

static void release_pointers(struct held *held)
{
	const struct pointers *pointers = held->state;

	if (pointers->restricted[0])
		write_text(KPTR_RESTRICT, pointers->restricted);
	if (pointers->pair[0] > 0) {
		close(pointers->pair[0]);
		close(pointers->pair[1]);
	}
}

static const struct handle restricted_pointers = {
	.size = sizeof(struct pointers),
	.obtain = obtain_pointers,
	.release = release_pointers,
};

static int use_pointers(struct held *held)
{
	char text[IOMEM_BYTES];
	const ssize_t got = read_text("/proc/net/unix", text, sizeof(text));
	const char *line = text;
	bool found = false;

	if (got < 0)
		return got;
	line = strchr(line, '\n');
	if (!line || !line[1])
		return -EIO;
	for (; line && line[1]; line = strchr(line + 1, '\n'))
		found |= !!strtoull(line, NULL, 16);
	return shown_if(found);
}

static const struct thing addresses_things[] = {
	{
		.name = "addresses.kallsyms",
		.reason = "CONFIDENTIALITY_MAX",
		.denied_from = CONFIDENTIALITY,
		.handle = &kallsyms,
		.use = use_kallsyms,
		.level.title = "see addresses in /proc/kallsyms",
		.level.withheld = true,
		.level.silent = true,
		.kept.title = "addresses in /proc/kallsyms",
		.kept.places = HERE,
		.kept.refusal = WITHHELD,
	},
	{
		.name = "addresses.kept_modules",
		.reason = "CONFIDENTIALITY_MAX",
		.denied_from = CONFIDENTIALITY,
		.handle = &loaded_module,
		.use = use_kept_modules,
		.kept.title = "addresses in /proc/modules",
		.kept.places = HERE,
		.kept.refusal = WITHHELD,
	},
	{
		.name = "addresses.modules",
		.reason = "CONFIDENTIALITY_MAX",
		.denied_from = CONFIDENTIALITY,
		.handle = &loaded_module,
		.use = use_modules,
		.kept.title = "addresses in /proc/modules, opened after",
		.kept.places = HERE,
		.kept.refusal = WITHHELD,
	},
	{
		.name = "addresses.sections",
		.reason = "CONFIDENTIALITY_MAX",
		.denied_from = CONFIDENTIALITY,
		.handle = &loaded_module,
		.use = use_sections,
		.kept.title = "address of a module in its sections",
		.kept.places = HERE,
		.kept.refusal = WITHHELD,
	},
	{
		.name = "addresses.iomem",
		.reason = "CONFIDENTIALITY_MAX",
		.denied_from = CONFIDENTIALITY,
		.arg = " : Kernel code",
		.use = use_iomem,
		.level.title = "see the kernel's address in /proc/iomem",
		.level.withheld = true,
		.level.silent = true,
	},
	{
		.name = "addresses.iomem_pci",
		.reason = "CONFIDENTIALITY_MAX",
		.denied_from = NEVER,
		.arg = " : PCI",
		.use = use_iomem,
		.level.title = "see other addresses in /proc/iomem",
	},
	{
		.name = "addresses.pointers",
		.reason = "CONFIDENTIALITY_MAX",
		.denied_from = CONFIDENTIALITY,
		.handle = &restricted_pointers,
		.use = use_pointers,
		.level.title = "see addresses that %pK prints",
		.level.withheld = true,
		.level.silent = true,
	},
};

REGISTER_THINGS(addresses_things);
