// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown selftest helper: hibernate, or resume, and raise the level
 * meanwhile.
 *
 * Both switch to another console before they freeze user space.  The owner of
 * the console that is shown can make them wait for that, and what they asked
 * before the wait counts no more after it.  The caller has to watch whether the
 * machine then stops, or is what it was before it stopped.
 *
 *   hibernate_start hibernate|DEVICE [raise]
 *
 * DEVICE: resume from it.  raise: to integrity, during the switch.
 */

#define _GNU_SOURCE
#include <linux/vt.h>
#include <signal.h>
#include <sys/wait.h>

#include "common.h"
#include "lib/file.h"
#include "lib/level.h"

#define CONSOLE "/dev/tty1"

/* Exceeds the time of a switch on an emulated machine. */
#define SWITCH_S 30

static int report(const char *what, int ret)
{
	printf("hibernate_start: %s: %s\n", what,
	       ret ? errno_name(-ret) : "done");
	fflush(stdout);
	return ret;
}

/* Delay console switches until released; return -errno. */
static int hold_console(void)
{
	const struct vt_mode mode = {
		.mode = VT_PROCESS,
		.relsig = SIGUSR1,
		.acqsig = SIGUSR2,
	};
	sigset_t signals;
	int fd;

	sigemptyset(&signals);
	sigaddset(&signals, SIGUSR1);
	sigaddset(&signals, SIGUSR2);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	fd = open(CONSOLE, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, VT_ACTIVATE, 1) ||
	    ioctl(fd, VT_WAITACTIVE, 1) || ioctl(fd, VT_SETMODE, &mode))
		return -errno;
	return fd;
}

static int wait_for_switch(void)
{
	const struct timespec patience = { .tv_sec = SWITCH_S };
	sigset_t release;

	sigemptyset(&release);
	sigaddset(&release, SIGUSR1);
	return sigtimedwait(&release, NULL, &patience) < 0 ? -errno : 0;
}

static pid_t start(const char *from)
{
	const pid_t child = fork();

	if (child)
		return child;
	if (strcmp(from, "hibernate"))
		report("resume", write_text("/sys/power/resume", from));
	else
		report("hibernate", write_text("/sys/power/state", "disk"));
	_exit(0);
}

int main(int argc, char **argv)
{
	char level[64] = "";
	int console, ret;
	pid_t child;

	if (argc < 2) {
		fprintf(stderr, "usage: %s hibernate|DEVICE [raise]\n",
			argv[0]);
		return 2;
	}
	console = hold_console();
	if (console < 0)
		return report("hold " CONSOLE, console) ? 1 : 0;
	child = start(argv[1]);
	if (child < 0)
		return report("fork", -errno) ? 1 : 0;
	ret = report("wait for the switch", wait_for_switch());
	if (!ret && argc > 2 && !strcmp(argv[2], "raise"))
		report("raise", write_text(LOCKDOWN_FILE, "integrity"));
	ioctl(console, VT_RELDISP, 1);
	waitpid(child, NULL, 0);
	read_text(LOCKDOWN_FILE, level, sizeof(level));
	printf("hibernate_start: %s, the level is: %s",
	       strcmp(argv[1], "hibernate") ? "not resumed" : "running", level);
	return ret ? 1 : 0;
}
