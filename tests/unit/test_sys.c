/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of base/sys.
 */
#include "base/sys.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "fixture.h"

#include <sys/resource.h>

#define MUCH (1u << 20) /* more than any pipe holds by default */

TEST(predicates)
{
	for (int code = 0; code < 200; code++) {
		g_assert_cmpint(nsl_is_gone(-code), ==, code == ENOENT || code == ESRCH);
		g_assert_cmpint(nsl_is_denied(-code), ==, code == EACCES || code == EPERM);
		/* Positive numbers are results, never codes. */
		g_assert_false(nsl_is_gone(code));
		g_assert_false(nsl_is_denied(code));
	}
}

TEST(fail)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *expected = g_strdup_printf("/proc/%d/ns: %s", 7, g_strerror(EACCES));

	g_assert_false(nsl_fail(&error, -EACCES, "/proc/%d/ns", 7));
	g_assert_error(error, NSL_ERROR, NSL_ERROR_SYSTEM);
	g_assert_cmpstr(error->message, ==, expected);
	g_assert_false(nsl_fail(NULL, -EACCES, "nobody listens"));
}

TEST(errno_names)
{
	static const struct {
		int code;
		const char *name;
	} used[] = {{EPERM, "EPERM"},	{ENOENT, "ENOENT"}, {ESRCH, "ESRCH"},
		    {EIO, "EIO"},	{EACCES, "EACCES"}, {ENOTDIR, "ENOTDIR"},
		    {EINVAL, "EINVAL"}, {EMFILE, "EMFILE"}, {ETIMEDOUT, "ETIMEDOUT"}};

#if __GLIBC_PREREQ(2, 32)
	/* Whatever has a name has the right one. */
	for (int code = 1; code < 200; code++) {
		const char *name = nsl_errno_name(-code);

		if (strcmp(name, "errno") != 0)
			g_assert_cmpstr(name, ==, strerrorname_np(code));
	}
#endif
	for (gsize i = 0; i < G_N_ELEMENTS(used); i++)
		g_assert_cmpstr(nsl_errno_name(-used[i].code), ==, used[i].name);
	g_assert_cmpstr(nsl_errno_name(-99999), ==, "errno");
	g_assert_cmpstr(nsl_errno_name(0), ==, "errno");
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void make_pipe(int ends[2], int flags)
{
	g_assert_cmpint(pipe2(ends, flags), ==, 0);
}

TEST(scope)
{
	int number;
	int stolen;

	{
		g_auto(NslFd) fd = nsl_fd_openat(AT_FDCWD, "/dev/null", O_RDONLY);

		number = fd;
		g_assert_true(is_open(number));
		g_assert_cmpint(fcntl(number, F_GETFD), ==, FD_CLOEXEC);
	}
	g_assert_false(is_open(number));
	{
		g_auto(NslFd) fd = nsl_fd_openat(AT_FDCWD, "/dev/null", O_RDONLY);

		stolen = nsl_fd_steal(&fd);
		g_assert_cmpint(fd, ==, -1);
	}
	g_assert_true(is_open(stolen));
	nsl_fd_close(stolen);
	nsl_fd_close(-1);
	nsl_fd_close(-ENOENT);
}

TEST(open_errors)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_autofree char *missing = fixture_path(dir, "missing");
	char text[8] = "#";

	g_assert_cmpint(nsl_fd_openat(AT_FDCWD, missing, O_RDONLY), ==, -ENOENT);
	g_assert_cmpint(nsl_fd_openat(-1, "relative", O_RDONLY), ==, -EBADF);
	g_assert_cmpint(nsl_fd_read_text(AT_FDCWD, missing, 0, text, sizeof(text)), ==, -ENOENT);
	g_assert_cmpstr(text, ==, "");
	text[0] = '#';
	g_assert_cmpint(nsl_fd_read_text(AT_FDCWD, dir, 0, text, sizeof(text)), ==, -EISDIR);
	g_assert_cmpstr(text, ==, "");
}

TEST(read)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_auto(NslFd) at = nsl_fd_openat(AT_FDCWD, dir, O_RDONLY | O_DIRECTORY);
	char text[16];

	fixture_file(dir, "file", "0123456789", -1);
	fixture_file(dir, "empty", "", 0);
	memset(text, '#', sizeof(text));
	g_assert_cmpint(nsl_fd_read_text(at, "file", 0, text, sizeof(text)), ==, 10);
	g_assert_cmpmem(text, 16, "0123456789\0#####", 16);
	memset(text, '#', sizeof(text));
	g_assert_cmpint(nsl_fd_read_text(at, "file", 0, text, 5), ==, 4);
	g_assert_cmpmem(text, 16, "0123\0###########", 16);
	g_assert_cmpint(nsl_fd_read_text(at, "empty", 0, text, sizeof(text)), ==, 0);
	g_assert_cmpstr(text, ==, "");
	g_assert_cmpint(nsl_fd_read(at, text, 1), ==, -EISDIR);
	g_assert_cmpint(nsl_fd_read(-1, text, 1), ==, -EBADF);
}

/* A FIFO that nobody writes to must not be waited for. */
TEST(read_fifo)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_autofree char *path = fixture_path(dir, "fifo");
	char text[8];

	g_assert_cmpint(mkfifo(path, 0600), ==, 0);
	g_assert_cmpint(nsl_fd_read_text(AT_FDCWD, path, 0, text, sizeof(text)), ==, 0);
}

/* What comes in pieces is read to its end. */
TEST(read_pieces)
{
	int there[2];
	char text[8] = "";
	pid_t pid;

	make_pipe(there, O_CLOEXEC);
	pid = fork();
	if (pid == 0) {
		/* The next byte only when the last has been taken. */
		for (int i = 0; i < 5; i++) {
			int waiting = 1;

			if (write(there[1], &"abcde"[i], 1) != 1)
				_exit(1);
			while (waiting > 0)
				ioctl(there[1], FIONREAD, &waiting);
		}
		_exit(0);
	}
	close(there[1]);
	g_assert_cmpint(nsl_fd_read(there[0], text, sizeof(text)), ==, 5);
	g_assert_cmpstr(text, ==, "abcde");
	close(there[0]);
	fixture_wait(pid, 0);
}

static void on_alarm(int number)
{
	(void)number;
}

/* Reads `fd` to its end in a child, which fails unless there are `MUCH` bytes of the pattern. */
static pid_t start_reader(int fd, int other)
{
	pid_t pid = fork();

	if (pid == 0) {
		g_autofree guint8 *bytes = g_malloc(MUCH + 1);

		close(other);
		if (nsl_fd_read(fd, bytes, MUCH + 1) != MUCH)
			_exit(1);
		for (guint i = 0; i < MUCH; i++)
			if (bytes[i] != (guint8)(i * 31 >> 3))
				_exit(2);
		_exit(0);
	}
	close(fd);
	return pid;
}

static guint8 *make_much(void)
{
	guint8 *bytes = g_malloc(MUCH);

	for (guint i = 0; i < MUCH; i++)
		bytes[i] = (guint8)(i * 31 >> 3);
	return bytes;
}

static void check_write(int flags, bool interrupt)
{
	struct sigaction action = {.sa_handler = on_alarm};
	struct itimerval often = {.it_interval = {0, 500}, .it_value = {0, 500}};
	struct itimerval never = {0};
	g_autofree guint8 *bytes = make_much();
	int ends[2];
	pid_t pid;

	make_pipe(ends, O_CLOEXEC);
	g_assert_cmpint(fcntl(ends[1], F_SETFL, flags), ==, 0);
	pid = start_reader(ends[0], ends[1]);
	sigaction(SIGALRM, &action, NULL);
	if (interrupt)
		setitimer(ITIMER_REAL, &often, NULL);
	g_assert_cmpint(nsl_fd_write(ends[1], bytes, MUCH), ==, 0);
	setitimer(ITIMER_REAL, &never, NULL);
	close(ends[1]);
	fixture_wait(pid, 0);
}

TEST(write)
{
	check_write(0, false);
	check_write(O_NONBLOCK, false);
	check_write(0, true);
	check_write(O_NONBLOCK, true);
}

TEST(write_errors)
{
	g_auto(NslFd) full = nsl_fd_openat(AT_FDCWD, "/dev/full", O_WRONLY);
	g_autofree guint8 *bytes = make_much();
	int ends[2];

	signal(SIGPIPE, SIG_IGN);
	g_assert_cmpint(nsl_fd_write(full, "x", 1), ==, -ENOSPC);
	g_assert_cmpint(nsl_fd_write(full, "x", 0), ==, 0);
	g_assert_cmpint(nsl_fd_write(-1, "x", 1), ==, -EBADF);
	make_pipe(ends, O_CLOEXEC);
	close(ends[0]);
	g_assert_cmpint(nsl_fd_write(ends[1], bytes, MUCH), ==, -EPIPE);
	close(ends[1]);
	signal(SIGPIPE, SIG_DFL);
}

/* Of 3 … 60 all are open; `keep`, which ends with -1, are left open, the rest closed. */
typedef struct CloseCase {
	int first;
	int keep[8];
	int left[12]; /* of those, which end with -1 */
} CloseCase;

static void close_in_child(gpointer data)
{
	const CloseCase *one = data;
	gsize n_keep = 0;
	const int *left = one->left;

	for (int fd = 3; fd <= 60; fd++)
		if (!is_open(fd))
			g_assert_cmpint(dup2(STDIN_FILENO, fd), ==, fd);
	while (one->keep[n_keep] != -1)
		n_keep++;
	/* Without any to keep there need be no array. */
	nsl_fd_close_all_but(one->first, n_keep > 0 ? one->keep : NULL, n_keep);
	for (int fd = 3; fd < 1024; fd++) {
		bool expected = fd < one->first;

		if (*left == fd) {
			expected = true;
			left++;
		}
		if (is_open(fd) != expected)
			g_error("descriptor %d is %s", fd, expected ? "closed" : "open");
	}
	for (int fd = 0; fd <= 2; fd++)
		g_assert_true(is_open(fd));
}

TEST(close_all_but)
{
	CloseCase cases[] = {
		{3, {-1}, {-1}},
		{3, {3, -1}, {3, -1}},
		{3, {60, -1}, {60, -1}},
		{3, {7, 5, 6, -1}, {5, 6, 7, -1}}, /* in any order */
		{3, {9, 9, 4, 9, -1}, {4, 9, -1}}, /* one twice */
		{10, {4, 12, -1}, {12, -1}},	   /* those below are not looked at */
		{3, {3, 4, 5, 59, 60, -1}, {3, 4, 5, 59, 60, -1}},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		fixture_in_child(close_in_child, &cases[i]);
}

static void fill_in_child(gpointer data)
{
	unsigned closed = GPOINTER_TO_UINT(data);
	guint before;

	for (int fd = 0; fd <= 2; fd++)
		if (closed & 1u << fd)
			close(fd);
	before = fixture_count_fds();
	g_assert_true(nsl_fd_fill_standard());
	/* As many as were missing, and no other one. */
	g_assert_cmpuint(fixture_count_fds() - before, ==, (guint)__builtin_popcount(closed));
	for (int fd = 0; fd <= 2; fd++) {
		char byte = 'x';

		g_assert_true(is_open(fd));
		if (!(closed & 1u << fd))
			continue;
		/* Using it fails as it would have, had it stayed closed. */
		g_assert_cmpint(read(fd, &byte, 1), ==, -1);
		g_assert_cmpint(errno, ==, EBADF);
		g_assert_cmpint(write(fd, &byte, 1), ==, -1);
		g_assert_cmpint(errno, ==, EBADF);
	}
}

TEST(fill_standard)
{
	for (guint closed = 0; closed < 8; closed++)
		fixture_in_child(fill_in_child, GUINT_TO_POINTER(closed));
}

/* Linux 5.6; without it mounts cannot be told apart. */
static bool has_openat2(void)
{
	static const guint64 how[3] = {O_PATH | O_CLOEXEC, 0, 0};
	g_auto(NslFd) fd = (int)syscall(437 /* openat2 */, AT_FDCWD, "/", how, sizeof(how));

	return fd >= 0;
}

/* /proc is a mount of its own. */
TEST(openat_same_mount)
{
	g_auto(NslFd) root = nsl_fd_openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY);
	g_auto(NslFd) proc = nsl_fd_openat(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY);
	g_auto(NslFd) status = nsl_fd_openat_same_mount(proc, "self/status", O_RDONLY);
	g_auto(NslFd) above = nsl_fd_openat_same_mount(root, "proc/self/status", O_RDONLY);
	char text[8];

	g_assert_cmpint(nsl_fd_read(status, text, sizeof(text)), ==, sizeof(text));
	g_assert_cmpint(fcntl(status, F_GETFD), ==, FD_CLOEXEC);
	g_assert_cmpint(nsl_fd_openat_same_mount(proc, "self/missing", O_RDONLY), ==, -ENOENT);
	g_assert_cmpint(nsl_fd_openat_same_mount(proc, "self/status", O_RDONLY | O_DIRECTORY), ==,
			-ENOTDIR);
	if (!has_openat2())
		g_test_skip("missing: openat2(2)");
	else
		g_assert_cmpint(above, ==, -EXDEV);
}

/* Where not even that can be opened nothing may be taken for stdout: it says so. */
static void fill_without_in_child(gpointer data)
{
	const struct rlimit none = {0, 0};

	(void)data;
	close(1);
	g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &none), ==, 0);
	g_assert_false(nsl_fd_fill_standard());
	g_assert_cmpint(fcntl(1, F_GETFD), ==, -1);
}

TEST(fill_without)
{
	fixture_in_child(fill_without_in_child, NULL);
}

/* What takes too much memory ends as was wanted, what crashes otherwise does not. Where it fails at
 * every single piece: hostile/deny. */

#define WANTED 42

static void end(void)
{
	_exit(WANTED);
}

static void take_all(void)
{
	const struct rlimit none = {0};

	setrlimit(RLIMIT_AS, &none);
	for (;;)
		g_malloc(100);
}

static void abort_without_memory(void)
{
	const struct rlimit none = {0};

	setrlimit(RLIMIT_AS, &none);
	abort();
}

static void warn(void)
{
	g_debug("this is nothing to end for");
	_exit(7);
}

/* How a child ends that does this: a status of waitpid(2). */
static int run(void (*func)(void))
{
	const struct rlimit no_core = {0};
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &no_core);
		nsl_memory_on_failure(end);
		func();
		_exit(1);
	}
	g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
	return status;
}

static void crash(void)
{
	raise(SIGSEGV);
}

TEST(ends)
{
	if (FIXTURE_SANITIZED) {
		g_test_skip("missing: a build without sanitizers, whose malloc(3) it is");
		return;
	}
	g_assert_cmpint(run(take_all), ==, WANTED << 8);
	g_assert_cmpint(run(abort_without_memory), ==, WANTED << 8);
}

TEST(other_reasons)
{
	g_assert_cmpint(run(abort), ==, SIGABRT);
	g_assert_cmpint(run(crash), !=, WANTED << 8);
	g_assert_cmpint(run(warn), ==, 7 << 8);
}
