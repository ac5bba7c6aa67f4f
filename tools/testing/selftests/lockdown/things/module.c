// SPDX-License-Identifier: GPL-2.0-only
/* Modules, and the parameters of modules that describe hardware. */

#define _GNU_SOURCE
#include "../lib/file.h"
#include "../lib/level.h"
#include "../lib/load.h"
#include "../lib/module.h"
#include "../lib/pages.h"
#include "../lib/residue.h"
#include "../thing.h"

#ifndef MODULE_INIT_IGNORE_MODVERSIONS
#define MODULE_INIT_IGNORE_MODVERSIONS 1
#define MODULE_INIT_IGNORE_VERMAGIC 2
#endif
#ifndef MODULE_INIT_COMPRESSED_FILE
#define MODULE_INIT_COMPRESSED_FILE 4
#endif

#define SHARE_IRQS "/sys/module/8250/parameters/share_irqs"

#define NOBODY 65534

/* Same length as the replaced name. */
#define RACER_MODULE "lockdown_racer"
#define PARKED_MODULE "lockdown_pause"

struct module {
	int fd;
	__u8 *image;
	ssize_t len;
	bool loaded;
};

/* A module, and the way to load it. */
struct load {
	const char *file;
	const char *params;
	/* Load by init_module(2); change one letter. */
	bool from_memory, tampered;
	/* Flags of finit_module(2), without @from_memory. */
	int flags;
};

static int no_place(struct held *held)
{
	const int ret = no_modules(held);
	char text[8];

	if (ret)
		return ret;
	if (module_loaded())
		return lack(held, "no place: module %s is loaded already",
			    PROBE_MODULE);
	if (read_text("/sys/module/module/parameters/sig_enforce", text,
		      sizeof(text)) > 0 &&
	    text[0] == 'Y')
		return lack(held, "no %s: signatures are enforced (%s)",
			    "unsigned modules", "module.sig_enforce");
	return 0;
}

static int tamper(struct module *module)
{
	__u8 *const text =
		memmem(module->image, module->len, "Selftest module", 15);

	if (!text)
		return -EPROTO;
	*text ^= 0x20;
	return 0;
}

static int obtain_module(struct held *held)
{
	const struct load *load = held->thing->arg;
	struct module *module = held->state;
	int ret;

	ret = no_place(held);
	if (ret)
		return ret;
	module->fd = open_module(load->file);
	if (module->fd == -ENOENT)
		return lack(held, "no module file %s ($LOCKDOWN_MODULE_DIR)",
			    load->file);
	if (module->fd < 0)
		return module->fd;
	if (!load->from_memory)
		return 0;
	module->len = read_module(load->file, &module->image);
	if (module->len < 0)
		return module->len;
	return load->tampered ? tamper(module) : 0;
}

static void release_module(struct held *held)
{
	struct module *module = held->state;

	if (module->loaded)
		syscall(__NR_delete_module, RACER_MODULE, O_NONBLOCK);
	if (module->len > 0)
		free(module->image);
	if (module->fd > 0)
		close(module->fd);
}

static const struct handle module_file = {
	.size = sizeof(struct module),
	.obtain = obtain_module,
	.release = release_module,
};

static int init_module(const struct module *module, const struct load *load)
{
	const char *params = load->params ?: "";

	if (load->from_memory ?
		    syscall(__NR_init_module, module->image, module->len,
			    params) :
		    syscall(__NR_finit_module, module->fd, params, load->flags))
		return -errno;
	return 0;
}

static int use_load(struct held *held)
{
	const struct load *load = held->thing->arg;
	int ret;

	ret = init_module(held->state, load);
	if (!ret)
		ret = unload_module();
	if (load->flags & MODULE_INIT_COMPRESSED_FILE &&
	    (ret == -EOPNOTSUPP || ret == -EINVAL))
		return lack(held,
			    "no decompression (CONFIG_MODULE_DECOMPRESS)");
	if (load->flags & ~MODULE_INIT_COMPRESSED_FILE && ret == -ENOEXEC)
		return lack(held,
			    "no forced loading (CONFIG_MODULE_FORCE_LOAD)");
	return ret;
}

/* Rename the module: other things may load it meanwhile. */
static void rename_module(struct module *module, const char *name)
{
	__u8 *const end = module->image + module->len;
	__u8 *at = module->image;

	while ((at = memmem(at, end - at, PROBE_MODULE, strlen(PROBE_MODULE))))
		memcpy(at, name, strlen(PROBE_MODULE));
}

static int obtain_parked(struct held *held)
{
	const int ret = obtain_module(held);

	if (!ret)
		rename_module(held->state, PARKED_MODULE);
	return ret;
}

static const struct handle parked_module = {
	.size = sizeof(struct module),
	.obtain = obtain_parked,
	.release = release_module,
};

/* The parameters are the missing page. */
static int call_init(struct held *held, __u8 *hole)
{
	const struct module *module = held->state;

	if (syscall(__NR_init_module, module->image, module->len, hole))
		return -errno;
	return 0;
}

static void fill_params(struct held *held, __u8 *page)
{
	memcpy(page, "number=1", sizeof("number=1"));
}

static bool is_loaded(struct held *held)
{
	return !access("/sys/module/" PARKED_MODULE, F_OK);
}

static int undo_load(struct held *held)
{
	return syscall(__NR_delete_module, PARKED_MODULE, O_NONBLOCK) ? -errno :
									0;
}

/*
 * A module whose hash is blacklisted, by a signed request of root. The hash
 * stays in the list, so the module loads only until then.
 */

#define REVOKED "lockdown_probe_revoked"

/* The number of the keyring, or 0; @listed: is the hash in there? */
static int find_blacklist(const char *hash, bool *listed)
{
	FILE *keys = fopen("/proc/keys", "re");
	unsigned int serial, keyring = 0;
	char line[512];

	*listed = false;
	while (keys && fgets(line, sizeof(line), keys)) {
		if (strstr(line, " .blacklist:") &&
		    sscanf(line, "%x", &serial) == 1)
			keyring = serial;
		if (strstr(line, hash))
			*listed = true;
	}
	if (keys)
		fclose(keys);
	return keyring;
}

static int blacklist(const char *hash, int keyring)
{
	__u8 *signature;
	ssize_t len;
	long ret;

	len = read_module(REVOKED ".hash.p7s", &signature);
	if (len < 0)
		return len;
	ret = syscall(__NR_add_key, "blacklist", hash, signature, len, keyring);
	ret = ret < 0 ? -errno : 0;
	free(signature);
	return ret;
}

static int obtain_revoked(struct held *held)
{
	const struct load *load = held->thing->arg;
	struct module *module = held->state;
	char hash[128] = "";
	int keyring, ret;
	__u8 *text;
	ssize_t len;
	bool listed;

	ret = obtain_module(held);
	if (ret)
		return ret;
	len = read_module(REVOKED ".hash", &text);
	if (len <= 0 || len >= (ssize_t)sizeof(hash))
		return lack(held, "no file %s ($LOCKDOWN_MODULE_DIR)",
			    REVOKED ".hash");
	memcpy(hash, text, len);
	free(text);
	keyring = find_blacklist(hash, &listed);
	if (!keyring)
		return lack(held, "no .blacklist (%s)",
			    "CONFIG_SYSTEM_BLACKLIST_AUTH_UPDATE");
	if (listed)
		return 0;
	ret = init_module(module, load) ?: unload_module();
	return ret ?: blacklist(hash, keyring);
}

static const struct handle revoked_module = {
	.size = sizeof(struct module),
	.obtain = obtain_revoked,
	.release = release_module,
};

static int obtain_blacklisted(struct held *held)
{
	const int ret = obtain_revoked(held);

	/* Linux as released does not look up the hashes of modules. */
	if (!ret && !init_module(held->state, held->thing->arg))
		return unload_module() ?:
			       lack(held, "no blacklist of modules by hash");
	return ret;
}

static const struct handle blacklisted_module = {
	.size = sizeof(struct module),
	.obtain = obtain_blacklisted,
	.release = release_module,
};

/*
 * A loaded module cannot be undone: residue names it, if it is not signed. A
 * raise that finds the module half loaded may let it go on, but must name it.
 */

static int obtain_loaded(struct held *held)
{
	struct module *module = held->state;
	int ret;

	ret = obtain_module(held);
	if (ret)
		return ret;
	rename_module(module, RACER_MODULE);
	close(module->fd);
	module->fd = memfd_create("lockdown", MFD_CLOEXEC);
	ret = result_of(write(module->fd, module->image, module->len),
			module->len);
	if (!ret && syscall(__NR_finit_module, module->fd, "", 0))
		ret = -errno;
	module->loaded = !ret;
	return ret;
}

static const struct handle loaded_module = {
	.size = sizeof(struct module),
	.obtain = obtain_loaded,
	.release = release_module,
};

static int use_loaded(struct held *held)
{
	static const char line[] =
		"MODULE_SIGNATURE\tunsigned module " RACER_MODULE "\n";

	return in_residue(line) ? -EPERM : 0;
}

static int obtain_pages(struct held *held)
{
	return load_pages(held);
}

static void release_pages(struct held *held)
{
	unload_pages();
}

static const struct handle pages_module = {
	.obtain = obtain_pages,
	.release = release_pages,
};

/* Runs in a new child: residue can be read without privileges. */
static int read_residue(struct held *held, const char *line)
{
	char byte[2];

	if (setresgid(NOBODY, NOBODY, NOBODY) ||
	    setresuid(NOBODY, NOBODY, NOBODY))
		return -EXDEV;
	if (held->denied)
		return in_residue(line) ? -EPERM : 0;
	/* Nothing is denied yet. */
	return read_text(LOCKDOWN_RESIDUE, byte, sizeof(byte)) ? -ENOTEMPTY : 0;
}

static int use_unnamed(struct held *held)
{
	return read_residue(held, held->thing->arg);
}

/* It was loaded before its hash was blacklisted. */
static int use_revoked(struct held *held)
{
	return read_residue(
		held,
		"MODULE_SIGNATURE\tmodule lockdown_probe, blacklisted later\n");
}

/* Write the present value back. */
static int set_parameter(struct held *held)
{
	char value[16];
	ssize_t len;

	len = read_text(SHARE_IRQS, value, sizeof(value));
	if (len == -ENOENT)
		return lack(held, "no %s (CONFIG_SERIAL_8250)", SHARE_IRQS);
	return len < 0 ? len : write_text(SHARE_IRQS, value);
}

static const struct handle parameter = {
	.obtain = set_parameter,
};

static int open_parameter(struct held *held)
{
	int *const fd = held->state;

	*fd = open(SHARE_IRQS, O_RDWR | O_CLOEXEC);
	return *fd < 0 ? cannot_open(held, SHARE_IRQS, "CONFIG_SERIAL_8250") :
			 0;
}

static void close_parameter(struct held *held)
{
	const int *const fd = held->state;

	if (*fd > 0)
		close(*fd);
}

static const struct handle parameter_file = {
	.size = sizeof(int),
	.obtain = open_parameter,
	.release = close_parameter,
	.has_fd = true,
};

/* Likewise. */
static int write_parameter(struct held *held)
{
	const int fd = *(int *)held->state;
	char value[16];
	ssize_t len;

	len = pread(fd, value, sizeof(value), 0);
	if (len <= 0)
		return len ? -errno : -EIO;
	return result_of(pwrite(fd, value, len, 0), len);
}

static const struct thing module_things[] = {
	{
		.name = "module.init",
		.reason = "MODULE_SIGNATURE",
		.denied_from = INTEGRITY,
		.handle = &module_file,
		.arg = &(const struct load){ .file = "lockdown_probe.ko",
					     .from_memory = true },
		.use = use_load,
		.object = "lockdown_probe: unsigned module",
		.level.title = "load an unsigned module, init_module",
	},
	{
		.name = "module.parked",
		.reason = "MODULE_SIGNATURE",
		.denied_from = INTEGRITY,
		.handle = &parked_module,
		.arg = &(const struct load){ .file = "lockdown_probe.ko",
					     .from_memory = true },
		.parked = {
			.title = "init_module of an unsigned module",
			.call = call_init,
			.fill = fill_params,
			.took_effect = is_loaded,
			.undo = undo_load,
		},
	},
	{
		.name = "module.finit",
		.reason = "MODULE_SIGNATURE",
		.denied_from = INTEGRITY,
		.handle = &module_file,
		.arg = &(const struct load){ .file = "lockdown_probe.ko" },
		.use = use_load,
		.object = "lockdown_probe.ko: unsigned module",
		.level.title = "load an unsigned module, finit_module",
	},
	{
		.name = "module.loaded",
		.reason = "MODULE_SIGNATURE",
		.denied_from = INTEGRITY,
		.handle = &loaded_module,
		.arg = &(const struct load){ .file = "lockdown_probe.ko",
					     .from_memory = true },
		.use = use_loaded,
		.raced.title = "loading an unsigned module",
	},
	{
		.name = "module.unnamed",
		.reason = "MODULE_SIGNATURE",
		.denied_from = INTEGRITY,
		.handle = &pages_module,
		.arg = "MODULE_SIGNATURE\tunsigned module lockdown_pages\n",
		.use = use_unnamed,
		.kept.title = "unsigned module that residue does not name",
		.kept.places = NEW_CHILD,
	},
	{
		.name = "module.blacklisted",
		.reason = "MODULE_SIGNATURE",
		.denied_from = INTEGRITY,
		.handle = &blacklisted_module,
		.arg = &(const struct load){ .file = REVOKED ".ko" },
		.use = use_revoked,
		.kept.title = "blacklisted module that residue does not name",
		.kept.places = NEW_CHILD,
	},
	{
		.name = "module.xz",
		.reason = "MODULE_SIGNATURE",
		.denied_from = INTEGRITY,
		.handle = &module_file,
		.arg = &(const struct load){
			.file = "lockdown_probe.ko.xz",
			.flags = MODULE_INIT_COMPRESSED_FILE,
		},
		.use = use_load,
		.object = "lockdown_probe.ko.xz: unsigned module",
		.level.title = "load an unsigned module, compressed",
	},
	{
		.name = "module.badkey",
		.reason = "MODULE_SIGNATURE",
		.denied_from = INTEGRITY,
		.handle = &module_file,
		.arg = &(const struct load){
			.file = "lockdown_probe_badkey.ko",
		},
		.use = use_load,
		.object =
			"lockdown_probe_badkey.ko: module with unavailable key",
		.level.title = "load a module signed by an unknown key",
	},
	{
		.name = "module.no_vermagic",
		.reason = "MODULE_SIGNATURE",
		.denied_from = INTEGRITY,
		.handle = &module_file,
		.arg = &(const struct load){
			.file = "lockdown_probe_signed.ko",
			.flags = MODULE_INIT_IGNORE_VERMAGIC,
		},
		.use = use_load,
		.object = "lockdown_probe_signed.ko: module loaded by force",
		.level.title = "load a signed module without its vermagic",
	},
	{
		.name = "module.no_modversions",
		.reason = "MODULE_SIGNATURE",
		.denied_from = INTEGRITY,
		.handle = &module_file,
		.arg = &(const struct load){
			.file = "lockdown_probe_signed.ko",
			.flags = MODULE_INIT_IGNORE_MODVERSIONS,
		},
		.use = use_load,
		.object = "lockdown_probe_signed.ko: module loaded by force",
		.level.title = "load a signed module without its modversions",
	},
	{
		.name = "module.badsig",
		.reason = "MODULE_SIGNATURE",
		.denied_from = ALWAYS,
		.handle = &module_file,
		.arg = &(const struct load){
			.file = "lockdown_probe_badsig.ko",
		},
		.use = use_load,
		.level.title = "load a module with a bad signature",
		.level.error = EKEYREJECTED,
	},
	{
		.name = "module.tampered",
		.reason = "MODULE_SIGNATURE",
		.denied_from = ALWAYS,
		.handle = &module_file,
		.arg = &(const struct load){
			.file = "lockdown_probe_signed.ko",
			.from_memory = true,
			.tampered = true,
		},
		.use = use_load,
		.level.title = "load a signed module that was changed",
		.level.error = EKEYREJECTED,
	},
	{
		.name = "module.revoked",
		.reason = "MODULE_SIGNATURE",
		.denied_from = ALWAYS,
		.handle = &revoked_module,
		.arg = &(const struct load){ .file = REVOKED ".ko" },
		.use = use_load,
		.level.title = "load a signed module with a blacklisted hash",
		.level.error = EKEYREJECTED,
	},
	{
		.name = "module.signed_init",
		.reason = "MODULE_SIGNATURE",
		.denied_from = NEVER,
		.handle = &module_file,
		.arg = &(const struct load){ .file = "lockdown_probe_signed.ko",
					     .from_memory = true },
		.use = use_load,
		.level.title = "load a signed module, init_module",
	},
	{
		.name = "module.signed_finit",
		.reason = "MODULE_SIGNATURE",
		.denied_from = NEVER,
		.handle = &module_file,
		.arg = &(const struct load){
			.file = "lockdown_probe_signed.ko",
		},
		.use = use_load,
		.level.title = "load a signed module, finit_module",
	},
	{
		.name = "module.signed_xz",
		.reason = "MODULE_SIGNATURE",
		.denied_from = NEVER,
		.handle = &module_file,
		.arg = &(const struct load){
			.file = "lockdown_probe_signed.ko.xz",
			.flags = MODULE_INIT_COMPRESSED_FILE,
		},
		.use = use_load,
		.level.title = "load a signed module, compressed",
	},
	{
		.name = "module.parameter_load",
		.reason = "MODULE_PARAMETERS",
		.denied_from = INTEGRITY,
		.handle = &module_file,
		.arg = &(const struct load){
			.file = "lockdown_probe_signed.ko",
			.params = "port=1",
			.from_memory = true,
		},
		.use = use_load,
		.object = "?* of ?*",
		.level.title = "load a module with a hardware parameter",
	},
	{
		.name = "module.parameter_sysfs",
		.reason = "MODULE_PARAMETERS",
		.denied_from = INTEGRITY,
		.handle = &parameter_file,
		.use = write_parameter,
		.object = "?* of ?*",
		.level.title = "set a hardware parameter, sysfs",
		.kept.title = "write to the kept file of a hardware parameter",
		.kept.places = EVERYWHERE | DUPED | PASSED,
	},
	{
		.name = "module.parameter_unnamed",
		.reason = "MODULE_PARAMETERS",
		.denied_from = INTEGRITY,
		.handle = &parameter,
		.arg = "MODULE_PARAMETERS\thardware parameter 8250.share_irqs",
		.use = use_unnamed,
		.kept.title = "hardware parameter that residue does not name",
		.kept.places = NEW_CHILD,
	},
};

REGISTER_THINGS(module_things);
