// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown selftest: the files in securityfs, at the machine's level.
 *
 * Nothing here changes the level.  Malformed words, which would change it if
 * the kernel took them for a level, are made of the word for the present level.
 */

#define _GNU_SOURCE
#include <grp.h>
#include <linux/capability.h>
#include <regex.h>
#include <sched.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/uio.h>

#include "../kselftest_harness.h"
#include "common.h"
#include "lib/audit.h"
#include "lib/file.h"
#include "lib/level.h"

#define NOBODY 65534

#define MAX_LINES 128

#define AUDIT_TIMEOUT_MS 5000

/*
 * The rows of the kernel's header. Names and levels are ABI: a KUnit test,
 * security/lockdown/tests/policy_test.c, repeats them by hand.
 */
static const struct reason {
	const char *name;
	const char *text;
	int level;
} expected_reasons[] = {
#define LOCKDOWN_REASON(id, text, level, ...) \
	{ &#id[sizeof("LOCKDOWN_") - 1], text, LEVEL_##level },
#include "../../../../include/linux/lockdown_reasons.h"
};

/* Split @text at @separator in place; return the number of parts. */
static size_t split(char *text, char separator, char **parts, size_t max)
{
	size_t count = 0;

	while (text && *text && count < max) {
		parts[count++] = text;
		text = strchr(text, separator);
		if (text)
			*text++ = '\0';
	}
	return count;
}

/* Run @check without privileges; return its result. */
static int as_nobody(int (*check)(void))
{
	int status;
	pid_t pid;

	pid = fork();
	if (!pid) {
		if (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
		    setresuid(NOBODY, NOBODY, NOBODY))
			_exit(255);
		_exit(check());
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

FIXTURE(level_file)
{
	int level;
	/* The word for the level, which cannot raise it. */
	char word[32];
};

FIXTURE_SETUP(level_file)
{
	self->level = lockdown_level();
	if (self->level == -ENOENT)
		SKIP(return, "no " LOCKDOWN_FILE
			     " (securityfs, CONFIG_SECURITY_LOCKDOWN_LSM)");
	ASSERT_LE(LEVEL_NONE, self->level);
	if (geteuid())
		SKIP(return, "not root, who alone may write the file");
	snprintf(self->word, sizeof(self->word), "%s", level_name(self->level));
}

FIXTURE_TEARDOWN(level_file)
{
	EXPECT_EQ(self->level, lockdown_level());
}

/* Write @len bytes at @offset in one call; return the length or -errno. */
static int write_at(const void *bytes, size_t len, off_t offset)
{
	ssize_t put;
	int fd;

	fd = open(LOCKDOWN_FILE, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	put = pwrite(fd, bytes, len, offset);
	if (put < 0)
		put = -errno;
	close(fd);
	return put;
}

TEST_F(level_file, mode)
{
	struct stat st;

	ASSERT_EQ(0, stat(LOCKDOWN_FILE, &st));
	EXPECT_EQ(S_IFREG | 0644U, st.st_mode);
	EXPECT_EQ(0U, st.st_uid);
	EXPECT_EQ(0U, st.st_gid);
}

TEST_F(level_file, read_in_pieces)
{
	const char *const line = level_line(self->level);
	const size_t len = strlen(line);
	char text[64] = "", byte;
	size_t i;
	int fd;

	fd = open(LOCKDOWN_FILE, O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, fd);

	for (i = 0; i < len; i++)
		ASSERT_EQ(1, read(fd, text + i, 1));
	EXPECT_STREQ(line, text);
	EXPECT_EQ(0, read(fd, &byte, 1));

	for (i = 0; i < len; i++) {
		memset(text, 0, sizeof(text));
		ASSERT_EQ((ssize_t)(len - i), pread(fd, text, sizeof(text), i));
		EXPECT_STREQ(line + i, text);
	}
	EXPECT_EQ(0, pread(fd, text, sizeof(text), len));
	EXPECT_EQ(0, pread(fd, text, sizeof(text), 1 << 20));
	close(fd);
}

static int check_read_only(void)
{
	if (lockdown_level() < 0)
		return 1;
	if (open(LOCKDOWN_FILE, O_WRONLY) >= 0 || errno != EACCES)
		return 2;
	if (open(LOCKDOWN_FILE, O_RDWR) >= 0 || errno != EACCES)
		return 3;
	return 0;
}

TEST_F(level_file, unprivileged)
{
	EXPECT_EQ(0, as_nobody(check_read_only));
}

/* Write @word, which is the present level; return 0 or an errno. */
static int write_to(int fd, const char *word)
{
	const ssize_t put = write(fd, word, strlen(word));

	return put < 0 ? errno : put == (ssize_t)strlen(word) ? 0 : EIO;
}

static bool drop_mac_admin(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];

	if (syscall(__NR_capget, &header, data))
		return false;
	data[CAP_TO_INDEX(CAP_MAC_ADMIN)].effective &=
		~CAP_TO_MASK(CAP_MAC_ADMIN);
	return !syscall(__NR_capset, &header, data) && !geteuid();
}

/* Enter a user namespace that maps uid 0, as containers do. */
static bool enter_user_namespace(void)
{
	if (unshare(CLONE_NEWUSER) ||
	    write_text("/proc/self/setgroups", "deny") ||
	    write_text("/proc/self/uid_map", "0 0 1") ||
	    write_text("/proc/self/gid_map", "0 0 1"))
		return false;
	return !geteuid();
}

static bool keep_all(void)
{
	return true;
}

FIXTURE(raiser)
{
	char word[32];
};

FIXTURE_VARIANT(raiser)
{
	/* Set the credentials of the opener, and of the writer. */
	bool (*opener)(void);
	bool (*writer)(void);
	int error;
};

/* clang-format off */
FIXTURE_VARIANT_ADD(raiser, root) {
	.opener = keep_all,
	.writer = keep_all,
};

FIXTURE_VARIANT_ADD(raiser, without_capability) {
	.opener = drop_mac_admin,
	.writer = keep_all,
	.error = EPERM,
};

FIXTURE_VARIANT_ADD(raiser, without_capability_since) {
	.opener = keep_all,
	.writer = drop_mac_admin,
	.error = EPERM,
};

FIXTURE_VARIANT_ADD(raiser, in_user_namespace) {
	.opener = enter_user_namespace,
	.writer = keep_all,
	.error = EPERM,
};

FIXTURE_VARIANT_ADD(raiser, in_user_namespace_since) {
	.opener = keep_all,
	.writer = enter_user_namespace,
	.error = EPERM,
};

/* clang-format on */

FIXTURE_SETUP(raiser)
{
	const int level = lockdown_level();

	if (level == -ENOENT)
		SKIP(return, "no " LOCKDOWN_FILE
			     " (securityfs, CONFIG_SECURITY_LOCKDOWN_LSM)");
	ASSERT_LE(LEVEL_NONE, level);
	if (geteuid())
		SKIP(return, "not root, who alone may open the file");
	if ((variant->opener == enter_user_namespace ||
	     variant->writer == enter_user_namespace) &&
	    access("/proc/self/ns/user", F_OK))
		SKIP(return, "no user namespaces (CONFIG_USER_NS)");
	snprintf(self->word, sizeof(self->word), "%s", level_name(level));
}

FIXTURE_TEARDOWN(raiser)
{
}

/* Root is not enough: a raise takes things away from the whole machine. */
TEST_F(raiser, capability)
{
	int fd, status;
	pid_t pid;

	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		if (!variant->opener())
			_exit(255);
		fd = open(LOCKDOWN_FILE, O_WRONLY | O_CLOEXEC);
		if (fd < 0)
			_exit(254);
		if (!variant->writer())
			_exit(253);
		_exit(write_to(fd, self->word));
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_TRUE(WIFEXITED(status));
	EXPECT_EQ(variant->error, WEXITSTATUS(status));
}

/* A privileged writer uses the descriptor of an unprivileged opener. */
TEST_F(level_file, passed_by_somebody_without)
{
	int pair[2], fd, status;
	pid_t pid;

	/* Descriptors are shared, so that the child opens it for the parent. */
	ASSERT_EQ(0, pipe(pair));
	pid = syscall(__NR_clone, CLONE_FILES | SIGCHLD, NULL, NULL, NULL,
		      NULL);
	ASSERT_LE(0, pid);
	if (!pid) {
		fd = drop_mac_admin() ? open(LOCKDOWN_FILE, O_WRONLY) : -1;
		_exit(write(pair[1], &fd, sizeof(fd)) != sizeof(fd));
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ((ssize_t)sizeof(fd), read(pair[0], &fd, sizeof(fd)));
	ASSERT_LE(0, fd);
	EXPECT_EQ(EPERM, write_to(fd, self->word));
	close(fd);
	close(pair[0]);
	close(pair[1]);
}

TEST_F(level_file, garbage)
{
	static const char *const words[] = {
		"\n",
		" ",
		"0",
		"1",
		"no",
		"non",
		"nonee",
		"Integrity",
		"INTEGRITY",
		"integrit",
		"integrityy",
		"integrity\n\n",
		"\nintegrity",
		"integrity confidentiality",
		"confidential",
		"[integrity]",
		"integrity,",
		"integrity\r\n",
		"none integrity",
		"none\nintegrity",
		"\xff\xfe",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		EXPECT_EQ(-EINVAL, write_at(words[i], strlen(words[i]), 0))
		{
			TH_LOG("written: '%s'", words[i]);
		}
	}
}

TEST_F(level_file, garbage_around_level)
{
	static const char *const suffixes[] = { " ", "\t",  "\r",    "\n\n",
						"x", "\n ", "\n\n\n" };
	static const char *const prefixes[] = { " ", "\t", "\n", "x", "[" };
	char text[64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(suffixes); i++) {
		snprintf(text, sizeof(text), "%s%s", self->word, suffixes[i]);
		EXPECT_EQ(-EINVAL, write_at(text, strlen(text), 0))
		{
			TH_LOG("written: '%s'", text);
		}
	}
	for (i = 0; i < ARRAY_SIZE(prefixes); i++) {
		snprintf(text, sizeof(text), "%s%s", prefixes[i], self->word);
		EXPECT_EQ(-EINVAL, write_at(text, strlen(text), 0))
		{
			TH_LOG("written: '%s'", text);
		}
	}
}

TEST_F(level_file, embedded_nul)
{
	const size_t len = strlen(self->word);
	char text[64] = {};

	memcpy(text, self->word, len);
	/*
	 * Add the terminating NUL, then two of them, then a byte after the NUL.
	 */
	EXPECT_EQ(-EINVAL, write_at(text, len + 1, 0));
	EXPECT_EQ(-EINVAL, write_at(text, len + 2, 0));
	text[len + 1] = '\n';
	EXPECT_EQ(-EINVAL, write_at(text, len + 2, 0));

	memset(text, 0, sizeof(text));
	EXPECT_EQ(-EINVAL, write_at(text, 1, 0));
	memcpy(text + 1, self->word, len);
	EXPECT_EQ(-EINVAL, write_at(text, len + 1, 0));
}

TEST_F(level_file, length)
{
	const size_t lengths[] = { 32, 64, 80, 81, 4095, 4096, 4097, 1 << 20 };
	char *text;
	size_t i;

	text = malloc(1 << 20);
	ASSERT_NE(NULL, text);

	EXPECT_EQ(-EINVAL, write_at(self->word, 0, 0));
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		memset(text, 'i', lengths[i]);
		EXPECT_EQ(-EINVAL, write_at(text, lengths[i], 0));
		/* A level, and only newlines after it. */
		memset(text, '\n', lengths[i]);
		memcpy(text, self->word, strlen(self->word));
		EXPECT_EQ(-EINVAL, write_at(text, lengths[i], 0));
	}
	free(text);
}

TEST_F(level_file, offset)
{
	const size_t len = strlen(self->word);

	EXPECT_EQ(-EINVAL, write_at(self->word, len, 1));
	EXPECT_EQ(-EINVAL, write_at(self->word, len, 100));
	EXPECT_EQ(-EINVAL, write_at(self->word, len, 1LL << 40));
}

/* A level is one write: no two of them add up to one. */
TEST_F(level_file, split_writes)
{
	const size_t len = strlen(self->word), half = len / 2;
	struct iovec halves[] = {
		{ self->word, half },
		{ self->word + half, len - half },
	};
	struct iovec more[] = {
		{ self->word, len },
		{ "x", 1 },
	};
	int fd;

	fd = open(LOCKDOWN_FILE, O_WRONLY | O_CLOEXEC);
	ASSERT_LE(0, fd);

	EXPECT_EQ(-1, write(fd, self->word, half));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, write(fd, self->word + half, len - half));
	EXPECT_EQ(EINVAL, errno);

	/*
	 * One write of one word is accepted, however its bytes are split into
	 * vectors.
	 */
	EXPECT_EQ((ssize_t)len, writev(fd, halves, ARRAY_SIZE(halves)));
	/* A word with more bytes after it is not accepted in part. */
	EXPECT_EQ(-1, writev(fd, more, ARRAY_SIZE(more)));
	EXPECT_EQ(EINVAL, errno);
	close(fd);
}

/* Write the levels that are not above the present one. */
TEST_F(level_file, never_lower)
{
	int level, expected;

	for (level = LEVEL_NONE; level <= self->level; level++) {
		const char *const word = level_name(level);

		expected = level < self->level ? -EPERM : (int)strlen(word);
		EXPECT_EQ(expected, write_at(word, strlen(word), 0));
		EXPECT_EQ(self->level, lockdown_level());
	}
}

TEST_F(level_file, one_newline)
{
	char text[64];
	int len;

	len = snprintf(text, sizeof(text), "%s\n", self->word);
	EXPECT_EQ(len, write_at(text, len, 0));
	EXPECT_EQ(self->level, lockdown_level());
}

/* The tool of firmware updates, fwupd, waits for this. */
TEST_F(level_file, written_to_is_notified)
{
	struct inotify_event event = {};
	char text[64];
	int fd, len;

	fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (fd < 0)
		SKIP(return, "no inotify (CONFIG_INOTIFY_USER)");
	ASSERT_LE(0, inotify_add_watch(fd, LOCKDOWN_FILE, IN_MODIFY));
	EXPECT_EQ(-1, read(fd, &event, sizeof(event)));
	len = snprintf(text, sizeof(text), "%s\n", self->word);
	EXPECT_EQ(len, write_at(text, len, 0));
	EXPECT_EQ(sizeof(event), read(fd, &event, sizeof(event)));
	EXPECT_EQ(IN_MODIFY, event.mask);
	close(fd);
}

FIXTURE(info)
{
	int level;
	char text[16384];
	char *lines[MAX_LINES];
	size_t count;
};

FIXTURE_SETUP(info)
{
	self->level = lockdown_level();
	if (self->level == -ENOENT)
		SKIP(return, "no " LOCKDOWN_FILE
			     " (securityfs, CONFIG_SECURITY_LOCKDOWN_LSM)");
	ASSERT_LE(LEVEL_NONE, self->level);
	if (geteuid())
		SKIP(return, "not root, who is whom lockdown is about");
}

FIXTURE_TEARDOWN(info)
{
}

/* The fields of a line of the reasons file. */
enum {
	FIELD_NAME,
	FIELD_LEVEL,
	FIELD_STATE,
	FIELD_DENIALS,
	FIELD_EVALUATED,
	FIELD_FIRST,
	FIELD_LAST,
	FIELD_TEXT,
	FIELD_COUNT,
};

/* Return a number of the reason @name, or -1. */
static long number_of(const char *name, int field)
{
	char text[16384], *lines[MAX_LINES], *fields[FIELD_COUNT + 1];
	size_t count, i;

	if (read_text(LOCKDOWN_REASONS, text, sizeof(text)) < 0)
		return -1;
	count = split(text, '\n', lines, ARRAY_SIZE(lines));
	for (i = 0; i < count; i++) {
		if (split(lines[i], '\t', fields, ARRAY_SIZE(fields)) ==
			    FIELD_COUNT &&
		    !strcmp(fields[FIELD_NAME], name))
			return strtol(fields[field], NULL, 10);
	}
	return -1;
}

static long denials(const char *name)
{
	return number_of(name, FIELD_DENIALS);
}

/* Opened with CAP_MAC_ADMIN. */
static int evaluate_fd;

static int check_info_read_only(void)
{
	static const char *const paths[] = { LOCKDOWN_REASONS, LOCKDOWN_ORIGIN,
					     LOCKDOWN_EVALUATE };
	char text[16384];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		if (read_text(paths[i], text, sizeof(text)) < 0)
			return 1;
		if (open(paths[i], O_WRONLY) >= 0 || errno != EACCES)
			return 2;
	}
	/* The file shows other tasks' denials. */
	if (open(LOCKDOWN_DENIALS, O_RDONLY) >= 0 || errno != EACCES)
		return 3;
	return write_to(evaluate_fd, "none") == EPERM ? 0 : 4;
}

TEST_F(info, modes)
{
	struct stat st;

	ASSERT_EQ(0, stat(LOCKDOWN_REASONS, &st));
	EXPECT_EQ(S_IFREG | 0444U, st.st_mode);
	ASSERT_EQ(0, stat(LOCKDOWN_ORIGIN, &st));
	EXPECT_EQ(S_IFREG | 0444U, st.st_mode);
	ASSERT_EQ(0, stat(LOCKDOWN_EVALUATE, &st));
	EXPECT_EQ(S_IFREG | 0644U, st.st_mode);
	ASSERT_EQ(0, stat(LOCKDOWN_DENIALS, &st));
	EXPECT_EQ(S_IFREG | 0400U, st.st_mode);
	evaluate_fd = open(LOCKDOWN_EVALUATE, O_WRONLY | O_CLOEXEC);
	ASSERT_LE(0, evaluate_fd);
	EXPECT_EQ(0, as_nobody(check_info_read_only));
	close(evaluate_fd);

	/* The mode does not stop root, but the file has no write handler. */
	EXPECT_GT(0, write_text(LOCKDOWN_REASONS, "x"));
	EXPECT_GT(0, write_text(LOCKDOWN_ORIGIN, "x"));
	EXPECT_GT(0, write_text(LOCKDOWN_DENIALS, "x"));
}

TEST_F(info, reasons)
{
	static const char *const states[] = { "allowed", "evaluated",
					      "denied" };
	const int evaluated = evaluated_level();
	char *fields[FIELD_COUNT + 1], *end;
	int seen[ARRAY_SIZE(expected_reasons)] = {};
	int level, state;
	double first, last;
	long count, would;
	size_t i, j;

	ASSERT_LE(LEVEL_NONE, evaluated);

	ASSERT_LT(0,
		  read_text(LOCKDOWN_REASONS, self->text, sizeof(self->text)));
	EXPECT_EQ('\n', self->text[strlen(self->text) - 1]);
	self->count = split(self->text, '\n', self->lines, MAX_LINES);

	for (i = 0; i < self->count; i++) {
		ASSERT_EQ((size_t)FIELD_COUNT,
			  split(self->lines[i], '\t', fields,
				ARRAY_SIZE(fields)));

		for (level = LEVEL_INTEGRITY; level < LEVEL_COUNT; level++) {
			if (!strcmp(fields[FIELD_LEVEL], level_name(level)))
				break;
		}
		ASSERT_GT(LEVEL_COUNT, level)
		{
			TH_LOG("%s: level '%s'", fields[FIELD_NAME],
			       fields[FIELD_LEVEL]);
		}

		state = self->level >= level ? 2 : evaluated >= level;
		EXPECT_STREQ(states[state], fields[FIELD_STATE])
		{
			TH_LOG("%s at %s", fields[FIELD_NAME],
			       level_name(self->level));
		}

		count = strtol(fields[FIELD_DENIALS], &end, 10);
		EXPECT_EQ('\0', *end);
		EXPECT_LE(0, count);
		if (self->level < level)
			EXPECT_EQ(0, count);
		would = strtol(fields[FIELD_EVALUATED], &end, 10);
		EXPECT_EQ('\0', *end);
		EXPECT_LE(0, would);

		if (!count && !would) {
			EXPECT_STREQ("-", fields[FIELD_FIRST]);
			EXPECT_STREQ("-", fields[FIELD_LAST]);
		} else {
			first = strtod(fields[FIELD_FIRST], &end);
			EXPECT_EQ('\0', *end);
			last = strtod(fields[FIELD_LAST], &end);
			EXPECT_EQ('\0', *end);
			EXPECT_LE(0, first);
			EXPECT_LE(first, last);
		}

		for (j = 0; j < ARRAY_SIZE(expected_reasons); j++) {
			if (strcmp(fields[FIELD_NAME],
				   expected_reasons[j].name))
				continue;
			seen[j]++;
			EXPECT_STREQ(expected_reasons[j].text,
				     fields[FIELD_TEXT]);
			EXPECT_EQ(expected_reasons[j].level, level)
			{
				TH_LOG("%s: wrong level", fields[FIELD_NAME]);
			}
		}
	}

	for (j = 0; j < ARRAY_SIZE(expected_reasons); j++) {
		EXPECT_EQ(1, seen[j])
		{
			TH_LOG("%s", expected_reasons[j].name);
		}
	}
}

TEST_F(info, denials_are_counted)
{
	const bool denied = self->level >= LEVEL_INTEGRITY;
	long before;
	int fd;

	if (access("/dev/mem", F_OK))
		SKIP(return, "no /dev/mem (CONFIG_DEVMEM)");

	before = denials("DEV_MEM");
	ASSERT_LE(0, before);

	fd = open("/dev/mem", O_RDONLY | O_CLOEXEC);
	ASSERT_EQ(denied, fd < 0);
	if (fd >= 0)
		close(fd);
	EXPECT_EQ(before + denied, denials("DEV_MEM"));

	fd = open("/dev/mem", O_RDONLY | O_CLOEXEC);
	ASSERT_EQ(denied, fd < 0);
	if (fd >= 0)
		close(fd);
	EXPECT_EQ(before + 2 * denied, denials("DEV_MEM"));
}

/* Count the records of the kernel log from here on that contain @text. */
static int count_records(int kmsg, const char *text)
{
	char record[1024];
	ssize_t got;
	int count = 0;

	for (;;) {
		got = read(kmsg, record, sizeof(record) - 1);
		/*
		 * The record was overwritten before it was read: go on with the
		 * next one.
		 */
		if (got < 0 && errno == EPIPE)
			continue;
		if (got <= 0)
			return count;
		record[got] = '\0';
		count += !!strstr(record, text);
	}
}

/*
 * Tools search for the first line literally. A program chooses its own name,
 * which must not end a line: the log shows a backslash as \x5c.
 */
#define FORGED_NAME "%d\n\" uid=\""
#define LOGGED_NAME "%d\\x5cn\" uid=\""
/* A name must not end the quotes around it. */
#define QUOTED_NAME "%d\\x5cn\\x5c\" uid=\\x5c\""
#define FIRST_LINE                                          \
	"Lockdown: " LOGGED_NAME ": /dev/mem,kmem,port is " \
	"restricted; see man kernel_lockdown.7\n"
#define SECOND_LINE \
	"lockdown: denied reason=DEV_MEM pid=%d uid=0 comm=" SECOND_LINE_END
#define SECOND_LINE_END "\"" QUOTED_NAME "\" object=\"open of /dev/mem\"\n"
#define EVALUATED_LINE \
	"lockdown: would deny reason=DEV_MEM pid=%d uid=0 comm=" SECOND_LINE_END

/*
 * Use a program name without denials so far, since repetitions are not logged.
 */
static int forge_name(void)
{
	static int number;
	char name[16];

	number = (getpid() % 10000) * 10 + (number + 1) % 10;
	snprintf(name, sizeof(name), FORGED_NAME, number);
	prctl(PR_SET_NAME, name);
	return number;
}

/* Open and close /dev/mem; return 0 or -errno. */
static int touch_mem(void)
{
	const int fd = open("/dev/mem", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int open_kmsg(void)
{
	const int kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (kmsg >= 0)
		lseek(kmsg, 0, SEEK_END);
	return kmsg;
}

TEST_F(info, denials_are_logged)
{
	const int denied = self->level >= LEVEL_INTEGRITY;
	int kmsg[3], number, i;
	char text[3][256];

	if (access("/dev/mem", F_OK))
		SKIP(return, "no /dev/mem (CONFIG_DEVMEM)");
	for (i = 0; i < 3; i++) {
		kmsg[i] = open_kmsg();
		if (kmsg[i] < 0)
			SKIP(return, "no /dev/kmsg (CONFIG_PRINTK)");
	}

	number = forge_name();
	snprintf(text[0], sizeof(text[0]), FIRST_LINE, number);
	snprintf(text[1], sizeof(text[1]), SECOND_LINE, getpid(), number);
	snprintf(text[2], sizeof(text[2]), EVALUATED_LINE, getpid(), number);
	/* Only the first denial is new. */
	for (i = 0; i < 5; i++)
		ASSERT_EQ(denied ? -EPERM : 0, touch_mem());
	EXPECT_EQ(denied, count_records(kmsg[0], text[0]));
	EXPECT_EQ(denied, count_records(kmsg[1], text[1]));
	EXPECT_EQ(!denied && evaluated_level() >= LEVEL_INTEGRITY,
		  count_records(kmsg[2], text[2]));
	for (i = 0; i < 3; i++)
		close(kmsg[i]);
}

/*
 * Return the number of matching lines of the table, and the count of the last.
 */
static int find_denials(const char *pattern, long *count)
{
	static char text[1 << 18];
	char *line, *next;
	regex_t regex;
	int found = 0;

	if (read_text(LOCKDOWN_DENIALS, text, sizeof(text)) < 0 ||
	    regcomp(&regex, pattern, REG_EXTENDED))
		return -1;
	for (line = text; *line; line = next) {
		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = '\0';
		if (regexec(&regex, line, 0, NULL, 0))
			continue;
		found++;
		*count = strtol(strstr(line, " count=") + 7, NULL, 10);
	}
	regfree(&regex);
	return found;
}

#define TIME "[0-9]+\\.[0-9]{6}"
#define QUOTED "\"([^\"\\]|\\\\.)*\""
#define DENIAL                                                            \
	"^verdict=(denied|evaluated) reason=[A-Z_]+ count=[1-9][0-9]* "   \
	"first=" TIME " last=" TIME " pid=[0-9]+ uid=[0-9]+ comm=" QUOTED \
	" object=" QUOTED "$"

/* Every line has all fields, and one in it cannot forge another. */
TEST_F(info, denials_have_all_fields)
{
	static char text[1 << 18];
	char *line, *next;
	regex_t regex;

	ASSERT_LE(0, read_text(LOCKDOWN_DENIALS, text, sizeof(text)));
	ASSERT_EQ(0, regcomp(&regex, DENIAL, REG_EXTENDED | REG_NOSUB));
	for (line = text; *line; line = next) {
		next = line + strcspn(line, "\n");
		ASSERT_EQ('\n', *next);
		*next++ = '\0';
		EXPECT_TRUE(!strncmp(line, "lost=", 5) ||
			    !regexec(&regex, line, 0, NULL, 0))
		{
			TH_LOG("'%s'", line);
		}
	}
	regfree(&regex);
}

#define MINE                                                               \
	"^verdict=%s reason=DEV_MEM .* pid=%d uid=0 comm=\"%d\\\\n\\\\\" " \
	"uid=\\\\\"\" object=\"open of /dev/mem\"$"

TEST_F(info, repeated_denials_are_one_line)
{
	const int denied = self->level >= LEVEL_INTEGRITY;
	char pattern[256];
	long count = 0;
	int number, i;

	if (access("/dev/mem", F_OK))
		SKIP(return, "no /dev/mem (CONFIG_DEVMEM)");
	if (find_denials("^lost=", &count) > 0)
		SKIP(return, "the table of denials is full");
	number = forge_name();
	for (i = 0; i < 123; i++)
		ASSERT_EQ(denied ? -EPERM : 0, touch_mem());
	snprintf(pattern, sizeof(pattern), MINE, "denied", getpid(), number);
	EXPECT_EQ(denied, find_denials(pattern, &count));
	if (denied)
		EXPECT_EQ(123, count);
}

/* Evaluation changes no outcome, and is counted and logged. */
TEST_F(info, evaluation)
{
	const int denied = self->level >= LEVEL_INTEGRITY;
	const int before = evaluated_level();
	int level, kmsg, number, would;
	long denies, evaluates, count;
	char text[256];

	ASSERT_LE(LEVEL_NONE, before);
	if (access("/dev/mem", F_OK))
		SKIP(return, "no /dev/mem (CONFIG_DEVMEM)");
	for (level = LEVEL_COUNT - 1; level >= LEVEL_NONE; level--) {
		would = !denied && level >= LEVEL_INTEGRITY;
		EXPECT_EQ(0, write_text(LOCKDOWN_EVALUATE, level_name(level)));
		EXPECT_EQ(level, evaluated_level());
		EXPECT_EQ(self->level, lockdown_level());

		denies = denials("DEV_MEM");
		evaluates = number_of("DEV_MEM", FIELD_EVALUATED);
		kmsg = open_kmsg();
		number = forge_name();
		EXPECT_EQ(denied ? -EPERM : 0, touch_mem());
		EXPECT_EQ(denies + denied, denials("DEV_MEM"));
		EXPECT_EQ(evaluates + would,
			  number_of("DEV_MEM", FIELD_EVALUATED));
		snprintf(text, sizeof(text), EVALUATED_LINE, getpid(), number);
		EXPECT_EQ(kmsg >= 0 && would, count_records(kmsg, text));
		close(kmsg);
		snprintf(text, sizeof(text), MINE, "evaluated", getpid(),
			 number);
		if (find_denials("^lost=", &count) <= 0)
			EXPECT_EQ(would, find_denials(text, &count));
	}
	EXPECT_EQ(0, write_text(LOCKDOWN_EVALUATE, level_name(before)));
	EXPECT_EQ(-EINVAL, write_text(LOCKDOWN_EVALUATE, "Integrity"));
	EXPECT_EQ(-EINVAL, write_text(LOCKDOWN_EVALUATE, "integrity none"));
	EXPECT_EQ(before, evaluated_level());
}

/* Count records that contain @text or @brief, until the marker. */
static int count_audited(int audit, const char *text, const char *brief)
{
	char record[AUDIT_MESSAGE_TEXT_MAX];
	int count = 0, type, ms;

	for (ms = 0; ms < AUDIT_TIMEOUT_MS; ms++) {
		type = read_audit_record(audit, record, sizeof(record));
		if (type == AUDIT_USER_AVC)
			return count;
		if (type == AUDIT_KERNEL_OTHER)
			count += strstr(record, text) || strstr(record, brief);
		if (!type)
			usleep(1000);
	}
	return -ETIMEDOUT;
}

static int enable_audit(__u32 enabled)
{
	const struct audit_status status = { .mask = AUDIT_STATUS_ENABLED,
					     .enabled = enabled };

	return tell_audit(AUDIT_SET, &status, sizeof(status), NULL);
}

/*
 * Tools decode names that are not plain; a name ends neither a field nor a
 * record. A task that audit knew when the task was created has a record of its
 * system call; then this record lacks the part from pid to comm.
 */
#define AUDITED                                            \
	"lsm=lockdown op=DEV_MEM verdict=%s pid=%d uid=0 " \
	"auid=%u ses=%ld comm=%s object=" AUDITED_OBJECT " res=%d"
#define AUDITED_BRIEFLY \
	"lsm=lockdown op=DEV_MEM verdict=%s object=" AUDITED_OBJECT " res=%d"
#define AUDITED_OBJECT "6F70656E206F66202F6465762F6D656D"

static void hex_of(const char *text, char *hex)
{
	for (; *text; text++)
		hex += sprintf(hex, "%02X", *text);
}

TEST_F(info, denials_are_audited)
{
	const int denied = self->level >= LEVEL_INTEGRITY;
	struct audit_status before = {};
	const int told = denied || evaluated_level() >= LEVEL_INTEGRITY;
	char text[256], brief[256], name[16], hex[64] = "";
	int audit, enabled;

	if (access("/dev/mem", F_OK))
		SKIP(return, "no /dev/mem (CONFIG_DEVMEM)");
	audit = open_audit_records();
	if (audit < 0)
		SKIP(return, "no audit (CONFIG_AUDIT)");
	ASSERT_EQ(0, tell_audit(AUDIT_GET, NULL, 0, &before));
	if (before.enabled > 1)
		SKIP(return, "the configuration of audit is locked");

	for (enabled = 0; enabled <= 1; enabled++) {
		ASSERT_EQ(0, enable_audit(enabled));
		forge_name();
		ASSERT_EQ(0, prctl(PR_GET_NAME, name));
		hex_of(name, hex);
		snprintf(text, sizeof(text), AUDITED,
			 denied ? "denied" : "evaluated", getpid(),
			 (__u32)read_number("/proc/self/loginuid"),
			 read_number("/proc/self/sessionid"), hex, !denied);
		ASSERT_EQ(denied ? -EPERM : 0, touch_mem());
		ASSERT_EQ(0, tell_audit(AUDIT_USER_AVC, "lkd", 4, NULL));
		snprintf(brief, sizeof(brief), AUDITED_BRIEFLY,
			 denied ? "denied" : "evaluated", !denied);
		EXPECT_EQ(enabled && told, count_audited(audit, text, brief));
	}
	EXPECT_EQ(0, enable_audit(before.enabled));
	close(audit);
}

/* Return the serial number that the records of an event share. */
static long serial_of(const char *record)
{
	const char *colon = strchr(record, ':');

	return colon ? strtol(colon + 1, NULL, 10) : -1;
}

/*
 * Find the record of a denial and its SYSCALL record; return the fault, or
 * NULL.
 */
static const char *find_event(int audit, const char *text)
{
	char record[AUDIT_MESSAGE_TEXT_MAX];
	int type, ms;
	long serial = -1;

	for (ms = 0; ms < AUDIT_TIMEOUT_MS; ms++) {
		type = read_audit_record(audit, record, sizeof(record));
		if (type == AUDIT_KERNEL_OTHER && strstr(record, text))
			serial = serial_of(record);
		if (type == AUDIT_SYSCALL && serial >= 0 &&
		    serial_of(record) == serial)
			return NULL;
		if (!type)
			usleep(1000);
	}
	return serial < 0 ? "no record of the denial" :
			    "no record of the system call";
}

static int touch_mem_anew(void)
{
	forge_name();
	return -touch_mem();
}

/* Only the record of the system call describes the task. */
TEST_F(info, denials_belong_to_system_calls)
{
	const int denied = self->level >= LEVEL_INTEGRITY;
	struct audit_status before = {};
	const char *wrong;
	char text[256];
	int audit, status;
	pid_t pid;

	if (access("/dev/mem", F_OK))
		SKIP(return, "no /dev/mem (CONFIG_DEVMEM)");
	if (!denied && evaluated_level() < LEVEL_INTEGRITY)
		SKIP(return, "nothing is denied or evaluated");
	audit = open_audit_records();
	if (audit < 0)
		SKIP(return, "no audit (CONFIG_AUDIT)");
	ASSERT_EQ(0, tell_audit(AUDIT_GET, NULL, 0, &before));
	if (before.enabled > 1)
		SKIP(return, "the configuration of audit is locked");
	EXPECT_EQ(0, enable_audit(1));

	/* A task is audited if audit was enabled when the task was created. */
	pid = fork();
	if (!pid)
		_exit(touch_mem_anew());
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(denied ? EPERM : 0, WEXITSTATUS(status));
	snprintf(text, sizeof(text), AUDITED_BRIEFLY,
		 denied ? "denied" : "evaluated", !denied);
	wrong = find_event(audit, text);
	EXPECT_EQ(NULL, wrong)
	{
		TH_LOG("%s", wrong);
	}

	EXPECT_EQ(0, enable_audit(before.enabled));
	close(audit);
}

/* Power management lists what lockdown allows, and is polled. */
TEST_F(info, asking_is_not_counted)
{
	long before;
	char text[64];

	if (access("/sys/power/disk", F_OK))
		SKIP(return, "no /sys/power/disk (CONFIG_HIBERNATION)");

	before = denials("HIBERNATION");
	ASSERT_LE(0, before);
	ASSERT_LT(0, read_text("/sys/power/disk", text, sizeof(text)));
	/* The file is empty where there is no other state to enter. */
	ASSERT_LE(0, read_text("/sys/power/state", text, sizeof(text)));
	EXPECT_EQ(before, denials("HIBERNATION"));
}

/* systemd reads these files to learn whether the machine can hibernate. */
TEST_F(info, power_files_say_what_is_denied)
{
	const bool denied = self->level >= LEVEL_INTEGRITY;
	char disk[128], state[64];

	if (access("/sys/power/disk", F_OK))
		SKIP(return, "no /sys/power/disk (CONFIG_HIBERNATION)");

	ASSERT_LT(0, read_text("/sys/power/disk", disk, sizeof(disk)));
	ASSERT_LE(0, read_text("/sys/power/state", state, sizeof(state)));
	EXPECT_EQ(denied, !strcmp(disk, "[disabled]\n"));
	EXPECT_EQ(denied, !strstr(state, "disk"));
}

/* A raise by a task, or by no task. */
#define ORIGIN "^level=(integrity|confidentiality) when=[0-9]+\\.[0-9]{6} from="
#define ORIGIN_TASK "\"securityfs\" pid=[0-9]+ uid=[0-9]+ comm=" ORIGIN_COMM
#define ORIGIN_COMM "\"([^\"\\]|\\\\.)*\"$"
#define ORIGIN_NO_TASK "\"[^\"]+\" pid=- uid=- comm=-$"

TEST_F(info, origin)
{
	int level = LEVEL_NONE, next;
	regmatch_t match[2];
	regex_t task, no_task;
	ssize_t len;
	size_t i;

	len = read_text(LOCKDOWN_ORIGIN, self->text, sizeof(self->text));
	ASSERT_LE(0, len);
	self->count = split(self->text, '\n', self->lines, MAX_LINES);

	ASSERT_EQ(0, regcomp(&task, ORIGIN ORIGIN_TASK, REG_EXTENDED));
	ASSERT_EQ(0, regcomp(&no_task, ORIGIN ORIGIN_NO_TASK, REG_EXTENDED));
	for (i = 0; i < self->count; i++) {
		ASSERT_TRUE(!regexec(&task, self->lines[i], 2, match, 0) ||
			    !regexec(&no_task, self->lines[i], 2, match, 0))
		{
			TH_LOG("origin: '%s'", self->lines[i]);
		}
		/* The two words differ in their first letter. */
		next = self->lines[i][match[1].rm_so] == 'i' ?
			       LEVEL_INTEGRITY :
			       LEVEL_CONFIDENTIALITY;
		EXPECT_LT(level, next)
		{
			TH_LOG("origin: '%s' does not raise", self->lines[i]);
		}
		level = next;
	}
	regfree(&task);
	regfree(&no_task);

	/* The last raise was to the machine's present level. */
	EXPECT_EQ(self->level, level);
}

TEST_HARNESS_MAIN
