/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of base/nsfs.
 */
#include "base/nsfs.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "fixture.h"

/* The type's flag (clone(2)). */
static const int flags[NSL_NSTYPE_COUNT] = {
	[NSL_NSTYPE_CGROUP] = 0x02000000, [NSL_NSTYPE_IPC] = 0x08000000,
	[NSL_NSTYPE_MNT] = 0x00020000,	  [NSL_NSTYPE_NET] = 0x40000000,
	[NSL_NSTYPE_PID] = 0x20000000,	  [NSL_NSTYPE_TIME] = 0x00000080,
	[NSL_NSTYPE_USER] = 0x10000000,	  [NSL_NSTYPE_UTS] = 0x04000000,
};

/* That it is the namespace which the link names: "net:[4026531833]". */
static void check_file(const NslNsFile *file, NslNsType type, const char *link)
{
	g_autofree char *expected =
		g_strdup_printf("%s:[%" G_GUINT64_FORMAT "]", nsl_nstypes[type].name, file->inode);

	g_assert_cmpstr(link, ==, expected);
	g_assert_cmpint(file->flag, ==, flags[type]);
	g_assert_false(file->mount);
}

/* Every namespace of this process is the one that readlink(2) names. */
TEST(own)
{
	guint found = 0;

	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
		g_autofree char *path = g_strdup_printf("/proc/self/ns/%s", nsl_nstypes[type].name);
		g_autofree char *link = g_file_read_link(path, NULL);
		NslNsFile file = {.mount = true};

		if (!link)
			continue; /* a kernel without that type */
		found++;
		g_assert_cmpint(nsl_nsfs_identify(AT_FDCWD, path, &file), ==, 0);
		check_file(&file, type, link);
	}
	g_assert_cmpuint(found, >, 0);
}

/* A link to such a file is followed, and is no mount. */
TEST(link)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_auto(NslFd) at = nsl_fd_openat(AT_FDCWD, dir, O_RDONLY | O_DIRECTORY);
	g_autofree char *net = g_file_read_link("/proc/self/ns/net", NULL);
	NslNsFile file = {.mount = true};

	fixture_link(dir, "one", "/proc/self/ns/net");
	fixture_link(dir, "two", "one");
	g_assert_cmpint(nsl_nsfs_identify(at, "two", &file), ==, 0);
	check_file(&file, NSL_NSTYPE_NET, net);
}

TEST(other)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_auto(NslFd) at = nsl_fd_openat(AT_FDCWD, dir, O_RDONLY | O_DIRECTORY);
	g_autofree char *fifo = fixture_path(dir, "fifo");
	NslNsFile file;

	fixture_file(dir, "file", "net:[1]", -1);
	fixture_link(dir, "dangling", "net:[4026531833]");
	fixture_link(dir, "circle", "circle");
	g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
	g_assert_cmpint(nsl_nsfs_identify(at, "file", &file), ==, -EMEDIUMTYPE);
	g_assert_cmpint(nsl_nsfs_identify(at, ".", &file), ==, -EMEDIUMTYPE);
	/* Neither waits for somebody to write, nor counts. */
	g_assert_cmpint(nsl_nsfs_identify(at, "fifo", &file), ==, -EMEDIUMTYPE);
	g_assert_cmpint(nsl_nsfs_identify(AT_FDCWD, "/dev/null", &file), ==, -EMEDIUMTYPE);
	g_assert_cmpint(nsl_nsfs_identify(AT_FDCWD, "/proc/self/status", &file), ==, -EMEDIUMTYPE);
	g_assert_cmpint(nsl_nsfs_identify(at, "missing", &file), ==, -ENOENT);
	g_assert_cmpint(nsl_nsfs_identify(at, "dangling", &file), ==, -ENOENT);
	g_assert_cmpint(nsl_nsfs_identify(at, "file/below", &file), ==, -ENOTDIR);
	g_assert_cmpint(nsl_nsfs_identify(at, "circle", &file), ==, -ELOOP);
}

/*
 * A kernel may lack any type but mnt: what nsfs is is told without the others. Here by a procfs
 * that has nothing else.
 */
TEST(no_other_types)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_auto(NslFd) uts = nsl_fd_openat(AT_FDCWD, "/proc/self/ns/uts", O_PATH);
	g_auto(NslFd) null = nsl_fd_openat(AT_FDCWD, "/dev/null", O_PATH);
	g_auto(NslFd) opened = -1;
	g_auto(NslFd) proc = -1;

	fixture_link(dir, "self/ns/mnt", "/proc/self/ns/mnt");
	fixture_link(dir, "self/fd", "/proc/self/fd");
	proc = nsl_fd_openat(AT_FDCWD, dir, O_PATH | O_DIRECTORY);
	opened = nsl_nsfs_reopen(proc, uts);
	g_assert_cmpint(opened, >=, 0);
	g_assert_cmpint(nsl_nsfs_reopen(proc, null), ==, -EMEDIUMTYPE);
}

TEST(no_leak)
{
	guint before = fixture_count_fds();
	NslNsFile file;

	for (int i = 0; i < 100; i++) {
		g_assert_cmpint(nsl_nsfs_identify(AT_FDCWD, "/proc/self/ns/net", &file), ==, 0);
		nsl_nsfs_identify(AT_FDCWD, "/dev/null", &file);
	}
	g_assert_cmpuint(fixture_count_fds(), ==, before);
}

/* Whoever asks a file for its socket's namespace asks its driver for anything. */
TEST(of_socket)
{
	g_auto(NslFd) net = -1;
	g_auto(NslFd) place = -1;
	g_autofree char *name = NULL;
	g_auto(NslFd) own = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	g_auto(NslFd) terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	g_auto(NslFd) device = nsl_fd_openat(AT_FDCWD, "/dev/null", O_RDONLY);
	g_auto(NslFd) link = nsl_fd_openat(AT_FDCWD, "/proc/self/ns/net", O_RDONLY);
	g_auto(NslFd) directory = nsl_fd_openat(AT_FDCWD, "/", O_RDONLY | O_DIRECTORY);
	const int others[] = {terminal, device, link, directory};
	NslNsFile wanted;
	NslNsFile file;

	for (guint i = 0; i < G_N_ELEMENTS(others); i++)
		if (others[i] >= 0)
			g_assert_cmpint(nsl_nsfs_open_of_socket(others[i]), ==, -ENOTSOCK);
	name = g_strdup_printf("/proc/self/fd/%d", own);
	place = nsl_fd_openat(AT_FDCWD, name, O_PATH);
	g_assert_cmpint(place, >=, 0);
	g_assert_cmpint(nsl_nsfs_open_of_socket(place), ==, -ENOENT);
	g_assert_cmpint(nsl_nsfs_open_of_socket(-1), ==, -EBADF);
	net = nsl_nsfs_open_of_socket(own);
	if (net == -EPERM && geteuid() != 0) {
		g_test_skip("missing: CAP_NET_ADMIN");
		return;
	}
	g_assert_cmpint(nsl_nsfs_identify_fd(net, &file), ==, 0);
	g_assert_cmpint(nsl_nsfs_identify_fd(link, &wanted), ==, 0);
	g_assert_cmpuint(file.inode, ==, wanted.inode);
}

TEST(is_tun)
{
	struct statx tun = {.stx_mode = S_IFCHR, .stx_rdev_major = 10, .stx_rdev_minor = 200};
	struct statx other = tun;

	g_assert_true(nsl_nsfs_is_tun(&tun));
	other.stx_mode = S_IFBLK;
	g_assert_false(nsl_nsfs_is_tun(&other));
	other = tun;
	other.stx_rdev_minor = 199;
	g_assert_false(nsl_nsfs_is_tun(&other));
	other = tun;
	other.stx_rdev_major = 1;
	g_assert_false(nsl_nsfs_is_tun(&other));
}
