/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of base/cgroupfs: who could have named a cgroup, by the directories above it; on
 * directories of the test's own, as root. And which mounts count.
 */
#include "base/cgroupfs.h"

#include "fixture.h"

NEEDS_ROOT("only root can give directories away")

/* A directory of the tree; the owner and mode of those that are not named are root's, 0755. */
typedef struct Owned {
	const char *path; /* "": the top */
	guint32 uid;
	guint32 gid;
	mode_t mode;
} Owned;

typedef struct Case {
	const char *path;
	gint64 maker;
	Owned owned[3];
} Case;

static const Case cases[] = {
	{"/docker/ID", 0, {{0}}},
	{"/ID", 0, {{0}}},
	/* What is named itself, and what is below, is the container's: docker's --userns-remap. */
	{"/docker/ID", 0, {{"docker/ID", 100000, 100000, 0755}}},
	{"/docker/ID", 0, {{"docker/ID", 100000, 100000, 0777}}},
	{"/docker/ID", 0, {{"docker/ID/init", 100000, 100000, 0755}}},
	/* Root's group may write: that is root's. */
	{"/docker/ID", 0, {{"docker", 0, 0, 0775}}},
	/* A part of the tree that a user was given, at whatever height. */
	{"/a.service/docker/ID", 1001, {{"a.service", 1001, 1001, 0755}}},
	{"/a.service/docker/ID", 1001, {{"a.service/docker", 1001, 1001, 0755}}},
	{"/a.service/docker/ID",
	 1001,
	 {{"a.service", 1001, 1001, 0755}, {"a.service/docker", 1001, 1001, 0755}}},
	{"/docker/ID", 1001, {{"", 1001, 1001, 0755}}},
	{"/a.service/docker/ID",
	 NSL_MAKER_ANYBODY,
	 {{"a.service", 1001, 1001, 0755}, {"a.service/docker", 100000, 100000, 0755}}},
	{"/docker/ID", NSL_MAKER_ANYBODY, {{"docker", 0, 0, 0777}}},
	{"/docker/ID", NSL_MAKER_ANYBODY, {{"docker", 0, 0, 01777}}},
	{"/docker/ID", NSL_MAKER_ANYBODY, {{"docker", 0, 27, 0775}}},
	{"/docker/ID", 0, {{"docker", 0, 27, 0755}}},
	{"/a.service/docker/ID",
	 NSL_MAKER_ANYBODY,
	 {{"a.service", 0, 27, 0775}, {"a.service/docker", 1001, 1001, 0755}}},
	/* Out of sight. */
	{"/gone/ID", NSL_MAKER_UNSEEN, {{0}}},
	{"/..", NSL_MAKER_UNSEEN, {{0}}},
	{"/../docker/ID", NSL_MAKER_UNSEEN, {{0}}},
	{"/file/ID", NSL_MAKER_UNSEEN, {{0}}},
	{"docker/ID", NSL_MAKER_UNSEEN, {{0}}},
	{"", NSL_MAKER_UNSEEN, {{0}}},
	{"/..docker/ID", NSL_MAKER_UNSEEN, {{0}}}, /* it is not there */
};

TEST(makers)
{
	static const char *const tree[] = {"docker/ID/init", "a.service/docker/ID", "ID"};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		char *dir = fixture_directory();
		int root = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
		gint64 maker;

		g_assert_cmpint(chmod(dir, 0755), ==, 0);
		for (gsize j = 0; j < G_N_ELEMENTS(tree); j++) {
			g_autofree char *path = g_build_filename(dir, tree[j], NULL);

			g_assert_cmpint(g_mkdir_with_parents(path, 0755), ==, 0);
		}
		fixture_file(dir, "file", "", -1);
		for (const Owned *owned = cases[i].owned; owned->path; owned++) {
			g_autofree char *path = g_build_filename(dir, owned->path, NULL);

			g_assert_cmpint(chown(path, owned->uid, owned->gid), ==, 0);
			g_assert_cmpint(chmod(path, owned->mode), ==, 0);
		}
		maker = nsl_cgroupfs_maker_below(root, cases[i].path);
		if (maker != cases[i].maker)
			g_error("case %zu, %s: %" G_GINT64_FORMAT ", not %" G_GINT64_FORMAT, i,
				cases[i].path, maker, cases[i].maker);
		close(root);
		fixture_remove(dir);
	}
}

static void add_mount(NslCgroupfs *cgroupfs, const char *line)
{
	g_autofree char *copy = g_strdup(line);
	NslMount mount;

	nsl_cgroupfs_add_mount(cgroupfs, nsl_mounts_parse(copy, &mount) ? &mount : NULL);
}

/* Lines of mountinfo, and where a hierarchy is then found. */
TEST(mounts)
{
	static const char *const lines[] = {
		"25 1 0:22 / /sys rw,nosuid - sysfs sysfs rw",
		"26 25 0:23 / /sys/fs/cgroup ro shared:4 - tmpfs tmpfs ro,mode=755",
		"27 26 0:24 / /sys/fs/cgroup/unified rw shared:5 master:1 - cgroup2 cgroup2 rw",
		"28 26 0:25 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd",
		"29 26 0:26 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct",
		"30 26 0:27 /docker/x /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids",
		"31 1 0:28 / /mnt/memory rw - cgroup cgroup rw,memory",
		"32 26 0:29 / /sys/fs/cgroup/lxcfs rw - fuse.lxcfs lxcfs rw",
		"33 32 0:30 / /sys/fs/cgroup/lxcfs/freezer rw - cgroup cgroup rw,freezer",
		"38 26 0:34 / /sys/fs/cgroup/late/hugetlb rw - cgroup cgroup rw,hugetlb",
		"39 26 0:35 / /sys/fs/cgroup/late rw - fuse.lxcfs lxcfs rw",
		"34 26 0:31 / /sys/fs/cgroup/b\\040c rw - cgroup cgroup rw,blkio",
		"35 26 0:32 / /sys/fs/cgroup/short rw - cgroup",
		"",
		"36",
		"37 26 0:33 / /system/cgroup rw - cgroup cgroup rw,devices",
	};
	static const struct {
		const char *hierarchy;
		const char *point;
	} found[] = {
		{"", "/sys/fs/cgroup/unified"},
		{"name=systemd", "/sys/fs/cgroup/systemd"},
		{"cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct"},
		{"cpuacct,cpu", "/sys/fs/cgroup/cpu,cpuacct"},
		{"cpu,memory", NULL},
		{"pids", NULL},	   /* not its top */
		{"memory", NULL},  /* who knows what is at /mnt */
		{"freezer", NULL}, /* beyond somebody's file system */
		{"hugetlb", NULL}, /* likewise, which was mounted later */
		{"blkio", "/sys/fs/cgroup/b c"},
		{"devices", NULL},
		{"name=elogind", NULL},
	};
	g_auto(FixtureDir) dir = fixture_directory();
	g_autoptr(NslProcfs) procfs = fixture_open(dir);
	g_autoptr(NslCgroupfs) cgroupfs = nsl_cgroupfs_new(procfs);

	for (gsize i = 0; i < G_N_ELEMENTS(lines); i++)
		add_mount(cgroupfs, lines[i]);
	for (gsize i = 0; i < G_N_ELEMENTS(found); i++)
		g_assert_cmpstr(nsl_cgroupfs_find(cgroupfs, found[i].hierarchy), ==,
				found[i].point);
}

/* Nothing is known of a recorded procfs, nor where nothing is mounted. */
TEST(nothing)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_autoptr(NslProcfs) procfs = fixture_open(dir);
	g_autoptr(NslCgroupfs) cgroupfs = nsl_cgroupfs_new(procfs);

	g_assert_cmpint(nsl_cgroupfs_maker(cgroupfs, "", "/docker/x"), ==, NSL_MAKER_UNSEEN);
	add_mount(cgroupfs, "27 26 0:24 / /sys/nowhere rw - cgroup2 cgroup2 rw");
	g_assert_cmpint(nsl_cgroupfs_maker(cgroupfs, "", "/x"), ==, NSL_MAKER_UNSEEN);
	/* A mount that is covered by something else. */
	add_mount(cgroupfs, "28 26 0:25 / /sys rw - cgroup cgroup rw,name=x");
	g_assert_cmpint(nsl_cgroupfs_maker(cgroupfs, "name=x", "/x"), ==, NSL_MAKER_UNSEEN);
}
