// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads and children that use inherited handles.
 *
 * Each waits for orders at a socket. An order is a function, which a child has
 * at the same address, and a copy of its argument, because a child does not see
 * what was written to memory since it was forked. Children that must not run
 * during a raise are stopped, traced, or frozen.
 */

#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "../common.h"
#include "file.h"
#include "holder.h"

#define CGROUPS "/sys/fs/cgroup"
#define CGROUP CGROUPS "/lockdown_test"

#define SETTLE_MS 5000

struct order {
	int (*use)(void *arg);
	bool in_child;
	size_t size;
	/* Aligned for any type. */
	__u64 arg[64];
};

static void *serve(void *data)
{
	const int fd = ((struct server *)data)->other;
	struct order order;
	int ret;

	while (read(fd, &order, sizeof(order)) == sizeof(order) && order.use) {
		ret = order.in_child ?
			      in_new_child(order.use, order.arg, order.size) :
			      order.use(order.arg);
		if (write(fd, &ret, sizeof(ret)) != sizeof(ret))
			break;
	}
	return NULL;
}

/* Start a thread, or a child, that waits for orders. */
int start_server(struct server *server, bool process)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return -errno;
	server->fd = pair[0];
	server->other = pair[1];
	if (!process)
		return -pthread_create(&server->thread, NULL, serve, server);
	fflush(stdout);
	server->pid = fork();
	if (!server->pid) {
		/* No child survives if the test is killed. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve(server);
		_exit(0);
	}
	close(server->other);
	return server->pid < 0 ? -EAGAIN : 0;
}

/*
 * Make a server, or a new child of it, call @use with a copy of @arg; return
 * the result.
 */
int ask_server(const struct server *server, int (*use)(void *arg),
	       const void *arg, size_t size, bool in_child)
{
	struct order order = {
		.use = use,
		.in_child = in_child,
		.size = size,
	};
	int ret;

	if (size > sizeof(order.arg))
		return -E2BIG;
	memcpy(order.arg, arg, size);
	if (write(server->fd, &order, sizeof(order)) != sizeof(order) ||
	    read(server->fd, &ret, sizeof(ret)) != sizeof(ret))
		return -EPIPE;
	return ret;
}

void stop_server(struct server *server)
{
	const struct order end = {};

	if (!server->fd)
		return;
	/* A dead server cannot be told. */
	if (write(server->fd, &end, sizeof(end)) == sizeof(end) && !server->pid)
		pthread_join(server->thread, NULL);
	if (server->pid > 0)
		waitpid(server->pid, NULL, 0);
	else
		close(server->other);
	close(server->fd);
	memset(server, 0, sizeof(*server));
}

int in_new_child(int (*use)(void *arg), const void *arg, size_t size)
{
	struct server child = {};
	int ret;

	ret = start_server(&child, true);
	if (!ret)
		ret = ask_server(&child, use, arg, size, false);
	stop_server(&child);
	return ret;
}

/* Call from the thread whose handles they inherit. */
int start_heirs(struct holder *holder)
{
	int i, ret;

	ret = start_server(&holder->thread, false);
	if (!ret)
		ret = start_server(&holder->child, true);
	for (i = 0; i < HALTS && !ret; i++)
		ret = start_server(&holder->halted[i], true);
	return ret;
}

void stop_holder(struct holder *holder)
{
	int i;

	for (i = 0; i < HALTS; i++)
		stop_server(&holder->halted[i]);
	stop_server(&holder->child);
	stop_server(&holder->thread);
	stop_server(&holder->self);
}

static int by_signal(pid_t pid, bool halt)
{
	const int options = halt ? WUNTRACED : WCONTINUED;
	int status;

	if (kill(pid, halt ? SIGSTOP : SIGCONT) ||
	    waitpid(pid, &status, options) != pid)
		return -errno;
	return (halt ? WIFSTOPPED(status) : WIFCONTINUED(status)) ? 0 : -ECHILD;
}

static int by_tracer(pid_t pid, bool halt)
{
	int status;

	if (!halt)
		return ptrace(PTRACE_DETACH, pid, 0, 0) ? -errno : 0;
	if (ptrace(PTRACE_SEIZE, pid, 0, 0) ||
	    ptrace(PTRACE_INTERRUPT, pid, 0, 0) ||
	    waitpid(pid, &status, __WALL) != pid)
		return -errno;
	return WIFSTOPPED(status) ? 0 : -ECHILD;
}

static int by_cgroup(pid_t pid, bool halt)
{
	const char *const state = halt ? "frozen 1" : "frozen 0";
	const char *const events = CGROUP "/cgroup.events";
	char text[64];
	int ms, ret;

	snprintf(text, sizeof(text), "%d", pid);
	ret = write_text(CGROUP "/cgroup.procs", text);
	if (!ret)
		ret = write_text(CGROUP "/cgroup.freeze", halt ? "1" : "0");
	for (ms = 0; ms < SETTLE_MS && !ret; ms += 10) {
		if (read_text(events, text, sizeof(text)) > 0 &&
		    strstr(text, state))
			return 0;
		usleep(10000);
	}
	return ret ? ret : -ETIMEDOUT;
}

/* Halt the children that are to be halted, or let them go on. */
int halt_heirs(struct holder *holder, bool halt)
{
	static int (*const halts[])(pid_t pid, bool halt) = {
		[BY_SIGNAL] = by_signal,
		[BY_TRACER] = by_tracer,
		[BY_CGROUP] = by_cgroup,
	};
	int i, ret = 0;

	for (i = 0; i < HALTS && !ret; i++) {
		if (holder->halted[i].pid > 0 &&
		    (i != BY_CGROUP || !cannot_freeze()))
			ret = halts[i](holder->halted[i].pid, halt);
	}
	return ret;
}

void prepare_cgroup(void)
{
	/* If this fails, cannot_freeze() says why. */
	mkdir(CGROUP, 0700);
}

bool remove_cgroup(void)
{
	return cannot_freeze() || !rmdir(CGROUP);
}

/* Return why there is no cgroup to freeze, or NULL. */
const char *cannot_freeze(void)
{
	return access(CGROUP "/cgroup.freeze", F_OK) ?
		       "no cgroup to freeze (CONFIG_CGROUPS)" :
		       NULL;
}
