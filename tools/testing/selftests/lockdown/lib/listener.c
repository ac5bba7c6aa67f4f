// SPDX-License-Identifier: GPL-2.0-only
/* A listener of fanotify that is asked about a file, and takes its time. */

#define _GNU_SOURCE
#include <poll.h>
#include <sys/fanotify.h>

#include "../common.h"
#include "listener.h"

/* A file that was opened before there was a listener has none. */
int begin_listening(struct listener *listener, const char *path)
{
	listener->fanotify =
		fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC, O_RDONLY);
	if (listener->fanotify < 0 ||
	    fanotify_mark(listener->fanotify, FAN_MARK_ADD, FAN_ACCESS_PERM,
			  AT_FDCWD, path))
		return -errno;
	return 0;
}

/* Return why fanotify cannot be used, or NULL. */
const char *no_listener(const char *path)
{
	struct listener listener;
	int ret;

	if (access(path, R_OK))
		return "no file to listen to (CONFIG_DEBUG_FS, CONFIG_TRACING)";
	ret = begin_listening(&listener, path);
	close(listener.fanotify);
	return ret ? "no listeners (CONFIG_FANOTIFY_ACCESS_PERMISSIONS)" : NULL;
}

/* Only the question proves that the call has come as far as that. */
int await_question(struct listener *listener, int ms)
{
	struct pollfd pollfd = { .fd = listener->fanotify, .events = POLLIN };
	struct fanotify_event_metadata event;

	if (poll(&pollfd, 1, ms) != 1)
		return -ETIMEDOUT;
	if (read(listener->fanotify, &event, sizeof(event)) != sizeof(event))
		return -EIO;
	listener->event = event.fd;
	return 0;
}

/* Answer the question: allow the call. */
int allow(struct listener *listener)
{
	const struct fanotify_response response = { listener->event,
						    FAN_ALLOW };
	const ssize_t put =
		write(listener->fanotify, &response, sizeof(response));

	close(listener->event);
	return put < 0 ? -errno : 0;
}
