/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of base/untrusted: what is read, what is refused, and what is not set off by that; what a
 * process may do, and others may do to it, while it has a user's rights. Tests of owners and rights
 * want root. JSON is in test_untrusted_json.c.
 */
#include "base/untrusted.h"

#include <sched.h>
#include <signal.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/un.h>
#include <sys/socket.h>

#include "fixture.h"

#define LIMIT 1000

typedef struct Fixture {
	char *dir;
	int root;
	NslFiles *files;
} Fixture;

static void set_up(Fixture *f)
{
	f->dir = fixture_directory();
	g_assert_cmpint(chmod(f->dir, 0755), ==, 0);
	f->root = open(f->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	f->files = nsl_files_new(f->root);
}

static void tear_down(Fixture *f)
{
	nsl_files_free(f->files);
	close(f->root);
	fixture_remove(f->dir);
}

static int read_as(const Fixture *f, const char *dir, const char *path, guint32 uid)
{
	g_auto(NslFile) file = {0};
	int result = nsl_files_read(f->files, dir, path, uid, LIMIT, &file);

	if (result < 0)
		g_assert_null(file.bytes);
	return result;
}

/* What is there is read: as the caller, who has made it. */
static int read_own(const Fixture *f, const char *dir, const char *path)
{
	return read_as(f, dir, path, getuid());
}

static void own(const Fixture *f, const char *path, guint32 uid, mode_t mode)
{
	g_autofree char *whole = g_build_filename(f->dir, path, NULL);

	g_assert_cmpint(lchown(whole, uid, (gid_t)-1), ==, 0);
	if (mode != 0)
		g_assert_cmpint(chmod(whole, mode), ==, 0);
}

static bool want_root(void)
{
	if (getuid() != 0)
		g_test_skip("only root can make files of other users");
	return getuid() == 0;
}

TEST_WITH_FIXTURE(plain)
{
	g_auto(NslFile) file = {0};
	g_auto(NslFile) empty = {0};
	guint before;

	fixture_file(f->dir, "a/b/c", "text\0more", 9);
	fixture_file(f->dir, "a/empty", "", 0);
	g_assert_cmpint(nsl_files_read(f->files, "/a", "b/c", getuid(), 9, &file), ==, 0);
	g_assert_cmpmem(file.bytes, file.size, "text\0more", 9);
	g_assert_cmpint(file.bytes[9], ==, '\0');
	g_assert_cmpuint(file.owner, ==, getuid());
	g_assert_cmpint(nsl_files_read(f->files, "/a", "empty", getuid(), 9, &empty), ==, 0);
	g_assert_cmpuint(empty.size, ==, 0);
	before = fixture_count_fds();
	g_assert_cmpint(read_own(f, "/a", "b/c"), ==, 0);
	g_assert_cmpint(read_own(f, "/a", "b/missing"), ==, -ENOENT);
	g_assert_cmpint(read_own(f, "//a/./", "b/c"), ==, 0);
	g_assert_cmpuint(fixture_count_fds(), ==, before + 1); /* the spelling that is new */
}

TEST_WITH_FIXTURE(missing)
{
	fixture_file(f->dir, "a/file", "x", 1);
	g_assert_cmpint(read_own(f, "/nothing", "x"), ==, -ENOENT);
	g_assert_cmpint(read_own(f, "/nothing", "x"), ==, -ENOENT);
	g_assert_cmpint(read_own(f, "/a", "nothing/x"), ==, -ENOENT);
	g_assert_cmpint(read_own(f, "/a/file", "x"), ==, -ENOTDIR);
	g_assert_cmpint(read_own(f, "/a", "file/x"), ==, -ENOTDIR);
}

/* Nothing above the root, nor above the directory. */
TEST_WITH_FIXTURE(dots)
{
	fixture_file(f->dir, "a/b/c", "x", 1);
	fixture_file(f->dir, "top", "x", 1);
	g_assert_cmpint(read_own(f, "/../../a/b/../b", "c"), ==, 0);
	g_assert_cmpint(read_own(f, "/../..", "top"), ==, 0);
	g_assert_cmpint(read_own(f, "/../..", "etc/passwd"), ==, -ENOENT);
	g_assert_cmpint(read_own(f, "/a", "../top"), ==, -EINVAL);
	g_assert_cmpint(read_own(f, "/a/b", "../../top"), ==, -EINVAL);
	g_assert_cmpint(read_own(f, "/a", ".."), ==, -EINVAL);
	g_assert_cmpint(read_own(f, "/a", ""), ==, -EINVAL);
	g_assert_cmpint(read_own(f, "/a", "/etc/passwd"), ==, -EINVAL);
	g_assert_cmpint(read_own(f, "/a", "b/"), ==, -EINVAL);
	g_assert_cmpint(read_own(f, "a", "b"), ==, -EINVAL);
	g_assert_cmpint(read_own(f, "", "b"), ==, -EINVAL);
}

TEST_WITH_FIXTURE(long_paths)
{
	g_autofree char *name = g_strnfill(300, 'a');
	g_autofree char *path = g_strdup_printf("/%s", name);
	g_autoptr(GString) deep = g_string_new(NULL);

	for (guint i = 0; i < 10000; i++)
		g_string_append(deep, "/a");
	g_assert_cmpint(read_own(f, path, "x"), ==, -ENAMETOOLONG);
	g_assert_cmpint(read_own(f, "/", name), ==, -ENAMETOOLONG);
	g_assert_cmpint(read_own(f, deep->str, "x"), ==, -ENAMETOOLONG);
	g_string_truncate(deep, 4094);
	g_assert_cmpint(read_own(f, deep->str, "x"), ==, -ENOENT);
}

/* Nobody waits at the pipe, and nobody who waits is woken up. */
TEST_WITH_FIXTURE(special)
{
	g_autofree char *fifo = fixture_path(f->dir, "a/fifo");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	g_auto(NslFd) socket_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	g_free(fixture_path(f->dir, "a/directory/x"));
	g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
	g_snprintf(address.sun_path, sizeof(address.sun_path), "%s/a/socket", f->dir);
	g_assert_cmpint(bind(socket_fd, (const struct sockaddr *)&address, sizeof(address)), ==, 0);
	g_assert_cmpint(read_own(f, "/a", "fifo"), ==, -EMEDIUMTYPE);
	g_assert_cmpint(read_own(f, "/a", "socket"), ==, -EMEDIUMTYPE);
	g_assert_cmpint(read_own(f, "/a", "directory"), ==, -EISDIR);
}

TEST_WITH_FIXTURE(large)
{
	g_autofree char *sparse = fixture_path(f->dir, "a/sparse");
	g_autofree char *text = g_strnfill(LIMIT + 1, 'x');
	g_auto(NslFd) fd = open(sparse, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	g_assert_cmpint(ftruncate(fd, (off_t)100 << 20), ==, 0);
	fixture_file(f->dir, "a/fits", text, LIMIT);
	fixture_file(f->dir, "a/more", text, LIMIT + 1);
	g_assert_cmpint(read_own(f, "/a", "sparse"), ==, -EFBIG);
	g_assert_cmpint(read_own(f, "/a", "fits"), ==, 0);
	g_assert_cmpint(read_own(f, "/a", "more"), ==, -EFBIG);
}

/* The administrator's links lead on, within the root; the file itself is never one. */
TEST_WITH_FIXTURE(links)
{
	if (!want_root())
		return;
	fixture_file(f->dir, "run/x/file", "x", 1);
	fixture_link(f->dir, "var/run", "/run");
	fixture_link(f->dir, "var/up", "../../../run/x");
	fixture_link(f->dir, "var/two", "run/x");
	fixture_link(f->dir, "var/loop", "loop");
	fixture_link(f->dir, "var/nowhere", "/nowhere");
	fixture_link(f->dir, "var/out", "/etc");
	fixture_link(f->dir, "run/x/link", "file");
	fixture_link(f->dir, "run/y", "x");
	fixture_link(f->dir, "run/back", "../other");
	fixture_file(f->dir, "other/one", "x", 1);
	fixture_file(f->dir, "var/other/two", "x", 1);
	g_assert_cmpint(read_own(f, "/var/run/x", "file"), ==, 0);
	g_assert_cmpint(read_own(f, "/var/up", "file"), ==, 0);
	g_assert_cmpint(read_own(f, "/var/two", "file"), ==, 0);
	g_assert_cmpint(read_own(f, "/var/loop", "file"), ==, -ELOOP);
	g_assert_cmpint(read_own(f, "/var/nowhere", "file"), ==, -ENOENT);
	g_assert_cmpint(read_own(f, "/var/out", "passwd"), ==, -ENOENT);
	/* What a link says is from where it is, not from where the path that led there was. */
	g_assert_cmpint(read_own(f, "/var/run/back", "one"), ==, 0);
	g_assert_cmpint(read_own(f, "/var/run/back", "two"), ==, -ENOENT);
	g_assert_cmpint(read_own(f, "/run/x", "link"), ==, -ELOOP);
	g_assert_cmpint(read_own(f, "/run", "y/file"), ==, -ELOOP);
}

/* Links where others than root could have made them. */
TEST_WITH_FIXTURE(foreign_links)
{
	if (!want_root())
		return;
	fixture_file(f->dir, "run/x/file", "x", 1);
	fixture_link(f->dir, "home/link", "/run/x");
	fixture_link(f->dir, "group/link", "/run/x");
	fixture_link(f->dir, "tmp/link", "/run/x");
	own(f, "home", 1000, 0755);
	own(f, "group", 0, 0775);
	own(f, "tmp", 0, 01777);
	g_assert_cmpint(read_as(f, "/home/link", "file", 1000), ==, -ELOOP);
	g_assert_cmpint(read_as(f, "/group/link", "file", 0), ==, -ELOOP);
	g_assert_cmpint(read_as(f, "/tmp/link", "file", 0), ==, -ELOOP);
}

TEST_WITH_FIXTURE(owners)
{
	g_auto(NslFile) file = {0};

	if (!want_root())
		return;
	fixture_file(f->dir, "a/root", "x", 1);
	fixture_file(f->dir, "a/user", "x", 1);
	fixture_file(f->dir, "a/other", "x", 1);
	fixture_file(f->dir, "a/open", "x", 1);
	own(f, "a/user", 1000, 0600);
	own(f, "a/other", 1001, 0600);
	own(f, "a/open", 0, 0666);
	g_assert_cmpint(read_as(f, "/a", "root", 1000), ==, 0);
	g_assert_cmpint(read_as(f, "/a", "root", 0), ==, 0);
	g_assert_cmpint(nsl_files_read(f->files, "/a", "user", 1000, LIMIT, &file), ==, 0);
	g_assert_cmpuint(file.owner, ==, 1000);
	g_assert_cmpint(read_as(f, "/a", "user", 0), ==, -EPERM);
	g_assert_cmpint(read_as(f, "/a", "other", 1000), ==, -EPERM);
	g_assert_cmpint(read_as(f, "/a", "open", 0), ==, -EPERM);
}

TEST_WITH_FIXTURE(directories)
{
	if (!want_root())
		return;
	fixture_file(f->dir, "user/x/file", "x", 1);
	fixture_file(f->dir, "other/x/file", "x", 1);
	fixture_file(f->dir, "open/x/file", "x", 1);
	fixture_file(f->dir, "tmp/x/file", "x", 1);
	own(f, "user", 1000, 0700);
	own(f, "other", 1001, 0755);
	own(f, "open", 0, 0777);
	own(f, "tmp", 0, 01777);
	g_assert_cmpint(read_as(f, "/user/x", "file", 1000), ==, 0);
	g_assert_cmpint(read_as(f, "/user/x", "file", 0), ==, -EPERM);
	g_assert_cmpint(read_as(f, "/", "user/x/file", 0), ==, -EPERM);
	g_assert_cmpint(read_as(f, "/other/x", "file", 1000), ==, -EPERM);
	g_assert_cmpint(read_as(f, "/", "other/x/file", 1000), ==, -EPERM);
	g_assert_cmpint(read_as(f, "/open/x", "file", 0), ==, -EPERM);
	g_assert_cmpint(read_as(f, "/tmp/x", "file", 0), ==, 0);
	/* Whose word it is, is asked anew for each user. */
	g_assert_cmpint(read_as(f, "/user/x", "file", 1000), ==, 0);
}

TEST_WITH_FIXTURE(list)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) few = g_ptr_array_new_with_free_func(g_free);
	guint before;

	for (guint i = 0; i < 5; i++) {
		g_autofree char *path = g_strdup_printf("a/%u", i);

		fixture_file(f->dir, path, "", 0);
	}
	g_assert_cmpint(nsl_files_list(f->files, "/a", getuid(), 100, names), ==, 0);
	g_assert_cmpuint(names->len, ==, 5);
	before = fixture_count_fds();
	g_ptr_array_set_size(names, 0);
	g_assert_cmpint(nsl_files_list(f->files, "/a", getuid(), 5, names), ==, 0);
	g_assert_cmpuint(names->len, ==, 5);
	g_assert_cmpint(nsl_files_list(f->files, "/a", getuid(), 4, few), ==, -E2BIG);
	g_assert_cmpuint(few->len, ==, 4);
	g_assert_cmpint(nsl_files_list(f->files, "/nothing", getuid(), 3, few), ==, -ENOENT);
	g_assert_cmpuint(fixture_count_fds(), ==, before);
}

/* However many directories are asked for, not all of them are kept open. */
TEST_WITH_FIXTURE(many)
{
	guint before = fixture_count_fds();

	for (guint i = 0; i < 200; i++) {
		g_autofree char *path = g_strdup_printf("many/%u/file", i);
		g_autofree char *dir = g_strdup_printf("/many/%u", i);

		fixture_file(f->dir, path, "x", 1);
		g_assert_cmpint(read_own(f, dir, "file"), ==, 0);
	}
	g_assert_cmpuint(fixture_count_fds(), <, before + 150);
}

/* In a mount namespace of its own, of which the root has to be, too. */
static void enter_mounts(Fixture *f)
{
	g_assert_cmpint(unshare(CLONE_NEWNS), ==, 0);
	g_assert_cmpint(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), ==, 0);
	f->root = open(f->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	f->files = nsl_files_new(f->root);
}

/* Other file systems are gone into. */
static void cross_mount(const Fixture *f)
{
	g_autofree char *mount_point = g_build_filename(f->dir, "a", NULL);

	g_assert_cmpint(mount("tmpfs", mount_point, "tmpfs", 0, "mode=755"), ==, 0);
	fixture_file(f->dir, "a/x/file", "x", 1);
	g_assert_cmpint(read_own(f, "/a/x", "file"), ==, 0);
	g_assert_cmpint(read_own(f, "/", "a/x/file"), ==, 0);
}

/*
 * An automount is not set off, nor waited for: nobody would answer. (autofs(5) wants a pipe to the
 * daemon, which is this process.)
 */
static void meet_autofs(const Fixture *f)
{
	g_autofree char *mount_point = g_build_filename(f->dir, "a", NULL);
	g_autofree char *options = NULL;
	int fds[2];

	g_assert_cmpint(pipe2(fds, O_CLOEXEC | O_NONBLOCK), ==, 0);
	/* A process of the daemon's own group is not held up. */
	options = g_strdup_printf("fd=%d,pgrp=%d,minproto=5,maxproto=5,direct", fds[1], 1);
	if (mount("x", mount_point, "autofs", 0, options) < 0)
		_exit(77);
	g_assert_cmpint(read_own(f, "/a/x", "file"), ==, -EREMOTE);
	g_assert_cmpint(read_own(f, "/a", "file"), ==, -EREMOTE);
	g_assert_cmpint(read_own(f, "/", "a/file"), ==, -EREMOTE);
	g_assert_cmpint(read_own(f, "/", "a"), ==, -EISDIR);
	/* The daemon was not asked. */
	g_assert_cmpint(read(fds[0], options, 1), ==, -1);
	g_assert_cmpint(errno, ==, EAGAIN);
}

static void mount_and(Fixture *f, void (*check)(const Fixture *f))
{
	int status;
	pid_t pid;

	if (!want_root())
		return;
	g_free(fixture_path(f->dir, "a/x"));
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		alarm(20);
		enter_mounts(f);
		check(f);
		_exit(0);
	}
	g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		g_test_skip("autofs cannot be mounted");
	else
		g_assert_cmpint(status, ==, 0);
}

TEST_WITH_FIXTURE(mounts)
{
	mount_and(f, cross_mount);
}

TEST_WITH_FIXTURE(autofs)
{
	mount_and(f, meet_autofs);
}

#define UID 54321
#define GID 54322

/* "Uid:\t0\t0\t0\t54321" of the caller. */
static void check_line(const char *key, const char *expected)
{
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;
	bool found = false;

	g_assert_true(g_file_get_contents("/proc/self/status", &text, NULL, NULL));
	lines = g_strsplit(text, "\n", -1);
	for (char **line = lines; *line; line++)
		if (g_str_has_prefix(*line, key)) {
			g_assert_cmpstr(g_strchomp(*line), ==, expected);
			found = true;
		}
	g_assert_true(found);
}

static void check_protected(void)
{
	int death = 0;

	g_assert_cmpint(prctl(PR_GET_DUMPABLE), ==, 0);
	g_assert_cmpint(prctl(PR_GET_PDEATHSIG, &death), ==, 0);
	g_assert_cmpint(death, ==, SIGKILL);
}

static void take(gpointer data)
{
	const char *secret = data;

	g_assert_cmpint(nsl_rights_take(UID, GID), ==, 0);
	check_line("Uid:", "Uid:\t0\t0\t0\t54321");
	check_line("Gid:", "Gid:\t0\t0\t0\t54322");
	check_line("Groups:", "Groups:");
	check_protected();
	g_assert_cmpint(open(secret, O_RDONLY | O_CLOEXEC), ==, -1);
	g_assert_cmpint(errno, ==, EACCES);
	nsl_rights_give_back();
	check_line("Uid:", "Uid:\t0\t0\t0\t0");
	check_line("Gid:", "Gid:\t0\t0\t0\t0");
	check_protected();
	g_assert_cmpint(open(secret, O_RDONLY | O_CLOEXEC), >=, 0);
}

/* The user can neither stop nor end nor trace who has the user's rights. */
static void harm(gpointer data G_GNUC_UNUSED)
{
	pid_t target = getpid();
	pid_t user;

	g_assert_cmpint(nsl_rights_take(UID, GID), ==, 0);
	user = fork();
	if (user == 0) {
		bool harmed;

		nsl_rights_give_back();
		if (setresgid(GID, GID, GID) < 0 || setresuid(UID, UID, UID) < 0)
			_exit(2);
		harmed = kill(target, 0) == 0 || kill(target, SIGSTOP) == 0 ||
			 ptrace(PTRACE_SEIZE, target, NULL, NULL) == 0;
		_exit(harmed);
	}
	fixture_wait(user, 0);
}

/* Who may not change these IDs is told so, and has the rights that it had. */
static void refuse(gpointer data G_GNUC_UNUSED)
{
	g_assert_cmpint(nsl_rights_take(0, 0), ==, -EPERM);
	g_assert_cmpint(nsl_rights_take(G_MAXUINT32, GID), ==, -EPERM);
	check_line("Uid:", "Uid:\t0\t0\t0\t0");
	check_line("Gid:", "Gid:\t0\t0\t0\t0");
	g_assert_cmpint(setresuid(UID, UID, UID), ==, 0);
	g_assert_cmpint(nsl_rights_take(UID + 1, GID), ==, -EPERM);
	check_line("Uid:", "Uid:\t54321\t54321\t54321\t54321");
}

static void with_secret(const Fixture *f, void (*check)(gpointer secret))
{
	g_autofree char *secret = g_build_filename(f->dir, "secret", NULL);

	if (!want_root())
		return;
	fixture_file(f->dir, "secret", "x", -1);
	g_assert_cmpint(chmod(secret, 0600), ==, 0);
	fixture_in_child(check, secret);
}

TEST_WITH_FIXTURE(take_rights)
{
	with_secret(f, take);
}

TEST_WITH_FIXTURE(harm)
{
	with_secret(f, harm);
}

TEST_WITH_FIXTURE(refuse_rights)
{
	with_secret(f, refuse);
}
