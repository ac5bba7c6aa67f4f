/* SPDX-License-Identifier: GPL-2.0-only */
/* A listener of fanotify that is asked about a file, and takes its time. */

#ifndef _LOCKDOWN_SELFTEST_LISTENER_H
#define _LOCKDOWN_SELFTEST_LISTENER_H

struct listener {
	int fanotify;
	int event;
};

const char *no_listener(const char *path);
int begin_listening(struct listener *listener, const char *path);
int await_question(struct listener *listener, int ms);
int allow(struct listener *listener);

#endif /* _LOCKDOWN_SELFTEST_LISTENER_H */
