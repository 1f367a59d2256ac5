/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of base/pidfd, on this process and a child.
 */
#include "base/pidfd.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"

/* A copy is the same socket. */
static void test_get(void)
{
	g_auto(NslFd) own = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	g_autoptr(NslProcfs) procfs = nsl_procfs_open(NULL, NULL);
	g_auto(NslFd) self = nsl_procfs_open_self(procfs);
	g_auto(NslFd) pidfd = nsl_pidfd_open(self, (guint32)getpid(), false);
	g_auto(NslFd) copy = pidfd < 0 ? pidfd : nsl_pidfd_get(pidfd, own);
	struct stat a;
	struct stat b;

	if (copy == -ENOSYS || copy == -EPERM) {
		g_test_skip("no pidfd_getfd(2) (Linux 5.6), or it is not allowed");
		return;
	}
	g_assert_cmpint(copy, >=, 0);
	g_assert_cmpint(fstat(own, &a), ==, 0);
	g_assert_cmpint(fstat(copy, &b), ==, 0);
	g_assert_cmpuint(a.st_ino, ==, b.st_ino);
	g_assert_cmpint(nsl_pidfd_get(pidfd, 987654), ==, -EBADF);
}

/* A PID that is nobody's; and one that may be another process's by now. */
static void test_gone(void)
{
	g_autoptr(NslProcfs) procfs = nsl_procfs_open(NULL, NULL);
	g_auto(NslFd) self = nsl_procfs_open_self(procfs);
	g_auto(NslFd) task = -1;
	guint before;
	int ends[2];
	pid_t child;
	char byte;

	g_assert_cmpint(pipe(ends), ==, 0);
	child = fork();
	if (child == 0) {
		close(ends[1]);
		_exit(read(ends[0], &byte, 1) < 0);
	}
	close(ends[0]);
	task = nsl_procfs_open_process(procfs, (guint32)child);
	g_assert_cmpint(task, >=, 0);
	close(ends[1]);
	g_assert_cmpint(waitpid(child, NULL, 0), ==, child);
	before = fixture_count_fds();
	g_assert_cmpint(nsl_pidfd_open(self, (guint32)child, false), ==, -ESRCH);
	g_assert_cmpint(nsl_pidfd_open(task, (guint32)getpid(), false), ==, -ESRCH);
	g_assert_cmpuint(fixture_count_fds(), ==, before);
}

/* A child that was forked has a table of open files of its own. */
static void test_share(void)
{
	guint32 own = (guint32)getpid();
	pid_t child;
	int same = nsl_tasks_share_fds(own, own);

	if (same == -ENOSYS || same == -EPERM) {
		g_test_skip("no kcmp(2), or it is not allowed");
		return;
	}
	g_assert_cmpint(same, ==, 1);
	child = fork();
	if (child == 0) {
		pause();
		_exit(0);
	}
	g_assert_cmpint(nsl_tasks_share_fds(own, (guint32)child), ==, 0);
	kill(child, SIGKILL);
	g_assert_cmpint(waitpid(child, NULL, 0), ==, child);
	g_assert_cmpint(nsl_tasks_share_fds(own, (guint32)child), ==, -ESRCH);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/pidfd/get", test_get);
	g_test_add_func("/pidfd/gone", test_gone);
	g_test_add_func("/pidfd/share", test_share);
	return g_test_run();
}
