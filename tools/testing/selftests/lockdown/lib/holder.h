/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Threads and children that use inherited handles on request, and children
 * that are kept from running.
 */

#ifndef _LOCKDOWN_SELFTEST_HOLDER_H
#define _LOCKDOWN_SELFTEST_HOLDER_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>

struct server {
	int fd;
	int other;
	pid_t pid;
	pthread_t thread;
};

/* The ways to keep a child from running. */
enum {
	BY_SIGNAL,
	BY_TRACER,
	BY_CGROUP,
	HALTS,
};

/**
 * struct holder - a thread that has something, and its heirs
 * @self: the thread; has no fd if that is the main thread
 * @thread: a thread that it started
 * @child: a child that it forked
 * @halted: children that are halted in different ways
 */
struct holder {
	struct server self, thread, child, halted[HALTS];
};

int start_server(struct server *server, bool process);
int ask_server(const struct server *server, int (*use)(void *arg),
	       const void *arg, size_t size, bool in_child);
void stop_server(struct server *server);

int start_heirs(struct holder *holder);
void stop_holder(struct holder *holder);
int halt_heirs(struct holder *holder, bool halt);
int in_new_child(int (*use)(void *arg), const void *arg, size_t size);

void prepare_cgroup(void);
bool remove_cgroup(void);
const char *cannot_freeze(void);

#endif /* _LOCKDOWN_SELFTEST_HOLDER_H */
