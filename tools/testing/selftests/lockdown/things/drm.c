// SPDX-License-Identifier: GPL-2.0-only
/*
 * DRM: pictures, which it is not denied to show. A buffer that is shown lies in
 * the memory of the graphics card, and its driver maps that.
 */

#define _GNU_SOURCE
#include <drm/drm.h>

#include "../thing.h"

#define MODES 64
#define DEPTH 24
#define BITS 32

struct gpu {
	int card;
	struct drm_mode_modeinfo mode;
	__u32 crtc;
	__u32 connector;
	/* The displayed buffer. */
	__u32 *screen;
	size_t screen_size;
	__u32 colour;
};

static int ask(const struct gpu *gpu, unsigned int request, void *argument)
{
	return ioctl(gpu->card, request, argument) ? -errno : 0;
}

/*
 * Take the smallest mode: other things use the card's memory beyond the screen.
 */
static int choose_mode(struct gpu *gpu)
{
	struct drm_mode_modeinfo modes[MODES] = {}, *mode;
	struct drm_mode_get_connector get = { .connector_id = gpu->connector };
	int ret;

	/* Ask for no resources to learn their number. */
	ret = ask(gpu, DRM_IOCTL_MODE_GETCONNECTOR, &get);
	if (ret)
		return ret;
	if (!get.count_modes || get.count_modes > MODES)
		return -ERANGE;
	get = (struct drm_mode_get_connector){
		.connector_id = gpu->connector,
		.count_modes = get.count_modes,
		.modes_ptr = (uintptr_t)modes,
	};
	ret = ask(gpu, DRM_IOCTL_MODE_GETCONNECTOR, &get);
	if (ret)
		return ret;
	gpu->mode = modes[0];
	for (mode = modes; mode < modes + get.count_modes; mode++) {
		if (mode->hdisplay * mode->vdisplay <
		    gpu->mode.hdisplay * gpu->mode.vdisplay)
			gpu->mode = *mode;
	}
	return 0;
}

/* The card has one of each. */
static int find_screen(struct gpu *gpu)
{
	struct drm_mode_card_res get = {
		.crtc_id_ptr = (uintptr_t)&gpu->crtc,
		.count_crtcs = 1,
		.connector_id_ptr = (uintptr_t)&gpu->connector,
		.count_connectors = 1,
	};

	return ask(gpu, DRM_IOCTL_MODE_GETRESOURCES, &get) ?: choose_mode(gpu);
}

static int make_buffer(const struct gpu *gpu,
		       struct drm_mode_create_dumb *buffer, __u32 **at)
{
	struct drm_mode_map_dumb map = {};
	int ret;

	buffer->width = gpu->mode.hdisplay;
	buffer->height = gpu->mode.vdisplay;
	buffer->bpp = BITS;
	ret = ask(gpu, DRM_IOCTL_MODE_CREATE_DUMB, buffer);
	map.handle = buffer->handle;
	if (!ret)
		ret = ask(gpu, DRM_IOCTL_MODE_MAP_DUMB, &map);
	if (ret)
		return ret;
	*at = mmap(NULL, buffer->size, PROT_READ | PROT_WRITE, MAP_SHARED,
		   gpu->card, map.offset);
	return *at == MAP_FAILED ? -errno : 0;
}

static int show_buffer(const struct gpu *gpu,
		       const struct drm_mode_create_dumb *buffer)
{
	struct drm_mode_fb_cmd frame = {
		.width = buffer->width,
		.height = buffer->height,
		.pitch = buffer->pitch,
		.bpp = buffer->bpp,
		.depth = DEPTH,
		.handle = buffer->handle,
	};
	const int ret = ask(gpu, DRM_IOCTL_MODE_ADDFB, &frame);
	struct drm_mode_crtc show = {
		.set_connectors_ptr = (uintptr_t)&gpu->connector,
		.count_connectors = 1,
		.crtc_id = gpu->crtc,
		.fb_id = frame.fb_id,
		.mode_valid = 1,
		.mode = gpu->mode,
	};

	return ret ?: ask(gpu, DRM_IOCTL_MODE_SETCRTC, &show);
}

static int obtain_screen(struct held *held)
{
	struct drm_mode_create_dumb buffer = {};
	struct gpu *gpu = held->state;
	__u32 *at;
	int ret;

	if (system("modprobe -q bochs"))
		return lack(held, "no driver of QEMU's graphics card (%s)",
			    "CONFIG_DRM_BOCHS");
	gpu->card = open("/dev/dri/card0", O_RDWR | O_CLOEXEC);
	if (gpu->card < 0)
		return lack(held, "no graphics card (QEMU's VGA)");
	ret = find_screen(gpu);
	if (!ret)
		ret = make_buffer(gpu, &buffer, &at);
	if (ret)
		return ret;
	gpu->screen = at;
	gpu->screen_size = buffer.size;
	return show_buffer(gpu, &buffer);
}

static void release_screen(struct held *held)
{
	const struct gpu *gpu = held->state;

	if (gpu->screen)
		munmap(gpu->screen, gpu->screen_size);
	if (gpu->card > 0)
		close(gpu->card);
}

static const struct handle screen = {
	.size = sizeof(struct gpu),
	.obtain = obtain_screen,
	.release = release_screen,
	.shared = true,
};

/* Atomic, so that the compiler does not take it for ordinary memory. */
static int use_pixel(struct gpu *gpu, __u32 *at)
{
	__atomic_store_n(at, ++gpu->colour, __ATOMIC_RELEASE);
	return __atomic_load_n(at, __ATOMIC_ACQUIRE) == gpu->colour ? 0 : -EIO;
}

static int use_screen(struct held *held)
{
	struct gpu *gpu = held->state;

	return use_pixel(gpu, gpu->screen);
}

static int use_buffer(struct held *held)
{
	struct drm_mode_create_dumb buffer = {};
	struct drm_mode_destroy_dumb drop;
	struct gpu *gpu = held->state;
	__u32 *at;
	int ret;

	ret = make_buffer(gpu, &buffer, &at);
	if (ret)
		return ret;
	ret = use_pixel(gpu, at);
	munmap(at, buffer.size);
	drop.handle = buffer.handle;
	return ret ?: ask(gpu, DRM_IOCTL_MODE_DESTROY_DUMB, &drop);
}

static const struct thing drm_things[] = {
	{
		.name = "drm.screen",
		.reason = "PCI_ACCESS",
		.denied_from = NEVER,
		.handle = &screen,
		.use = use_screen,
		.kept.title = "pixels on the screen, mapped by DRM",
		.kept.places = HERE | CHILD | NEW_CHILD,
	},
	{
		.name = "drm.buffer",
		.reason = "PCI_ACCESS",
		.denied_from = NEVER,
		.handle = &screen,
		.use = use_buffer,
		.kept.title = "another buffer of DRM",
		.kept.places = HERE,
	},
};

REGISTER_THINGS(drm_things);
