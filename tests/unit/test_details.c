/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of collect/details on recorded procfs trees: what is read of members, and that nothing of
 * this system gets in. With real namespaces: live/details.
 */
#include "collect/details.h"

#include "collecting.h"

#define NSID(type) (4026540000u + (type))

static const FixtureNs all_new[] = {
	{NSL_NSTYPE_CGROUP, NSID(NSL_NSTYPE_CGROUP)},
	{NSL_NSTYPE_IPC, NSID(NSL_NSTYPE_IPC)},
	{NSL_NSTYPE_MNT, NSID(NSL_NSTYPE_MNT)},
	{NSL_NSTYPE_NET, NSID(NSL_NSTYPE_NET)},
	{NSL_NSTYPE_PID, NSID(NSL_NSTYPE_PID)},
	{NSL_NSTYPE_TIME, NSID(NSL_NSTYPE_TIME)},
	{NSL_NSTYPE_USER, NSID(NSL_NSTYPE_USER)},
	{NSL_NSTYPE_UTS, NSID(NSL_NSTYPE_UTS)},
	{0, 0},
};

/* Process 20 in namespaces of its own. */
static void set_up(Fixture *f)
{
	collecting_set_up(f);
	fixture_record(f->dir, 1, "init", "init", -1, NULL);
	fixture_record(f->dir, 20, "sh\n", "sh", -1, all_new);
	fixture_file(f->dir, "20/status", "Name:\tsh\nUid:\t0\t0\t0\t0\nNSpid:\t20\t1\n", -1);
}

static void describe(Fixture *f)
{
	guint before = fixture_count_fds();

	f->collect.facts = NSL_FACTS_DETAIL;
	g_assert_true(nsl_collect(&f->collect, NULL));
	g_assert_cmpuint(fixture_count_fds(), ==, before);
}

static const NslNamespace *get(const Fixture *f, NslNsType type)
{
	const NslNamespace *ns = nsl_snapshot_get(f->snapshot, type, NSID(type));

	g_assert_nonnull(ns);
	return ns;
}

TEST_WITH_FIXTURE(members)
{
	const NslDetail *detail;

	fixture_file(f->dir, "20/uid_map", "0 100000 65536\n65536 5 1\n", -1);
	fixture_file(f->dir, "20/gid_map", "", -1);
	fixture_file(f->dir, "20/timens_offsets", "monotonic -2 0\nboottime 3600 0\n", -1);
	fixture_file(f->dir, "20/mountinfo",
		     "1 0 0:1 / / rw - rootfs none rw\n"
		     "2 1 8:1 / / rw,relatime shared:1 - ext4 /dev/a\\040b rw\n"
		     "3 2 0:4 / /proc rw - proc proc rw\n",
		     -1);
	describe(f);
	detail = get(f, NSL_NSTYPE_USER)->detail;
	g_assert_true(detail->user.has_maps);
	g_assert_false(detail->partial);
	g_assert_cmpuint(detail->user.n_uids, ==, 2);
	g_assert_cmpuint(detail->uids[1].outside, ==, 5);
	g_assert_cmpuint(detail->user.n_gids, ==, 0);
	detail = get(f, NSL_NSTYPE_TIME)->detail;
	g_assert_cmpint(detail->time.monotonic, ==, -2 * G_GINT64_CONSTANT(1000000000));
	g_assert_cmpint(detail->time.boottime, ==, 3600 * G_GINT64_CONSTANT(1000000000));
	detail = get(f, NSL_NSTYPE_MNT)->detail;
	g_assert_cmpuint(detail->mnt.n_mounts, ==, 3);
	g_assert_cmpstr(detail->mnt.type, ==, "ext4");
	g_assert_cmpstr(detail->mnt.source, ==, "/dev/a b");
	g_assert_true(detail->partial); /* the process may be in a chroot */
	detail = get(f, NSL_NSTYPE_PID)->detail;
	g_assert_cmpint(detail->pid.has_init, ==, NSL_KNOWN);
	g_assert_cmpuint(detail->pid.init, ==, 20);
	g_assert_cmpint(detail->pid.depth, ==, 1);
	g_assert_cmpint(f->snapshot->coverage[NSL_SOURCE_DETAILS], ==, NSL_COVERAGE_COMPLETE);
}

/* What a recording does not have is not known. It is never taken from this system. */
TEST_WITH_FIXTURE(nothing_there)
{
	static const NslNsType none[] = {NSL_NSTYPE_CGROUP, NSL_NSTYPE_IPC,  NSL_NSTYPE_MNT,
					 NSL_NSTYPE_NET,    NSL_NSTYPE_TIME, NSL_NSTYPE_UTS};

	describe(f);
	for (guint i = 0; i < G_N_ELEMENTS(none); i++) {
		g_assert_null(get(f, none[i])->detail);
		g_assert_cmpint(get(f, none[i])->has_detail, ==, NSL_UNSUPPORTED);
	}
	g_assert_false(get(f, NSL_NSTYPE_USER)->detail->user.has_maps);
	g_assert_true(get(f, NSL_NSTYPE_USER)->detail->partial);
}

/* In a recording from elsewhere a link may be a pipe, which lets whoever opens it wait. */
TEST_WITH_FIXTURE(pipe)
{
	g_autofree char *pipe = fixture_path(f->dir, "self/ns/net");

	g_assert_cmpint(mkfifo(pipe, 0600), ==, 0);
	fixture_file(f->dir, "20/uid_map", "0 100000 65536\n", -1);
	fixture_file(f->dir, "20/gid_map", "", -1);
	describe(f);
	g_assert_true(get(f, NSL_NSTYPE_USER)->detail->user.has_maps);
}

TEST_WITH_FIXTURE(malformed)
{
	fixture_file(f->dir, "20/uid_map", "0 1\n", -1);
	fixture_file(f->dir, "20/gid_map", "0 0 1\n", -1);
	fixture_file(f->dir, "20/timens_offsets", "\0\0", 2);
	fixture_file(f->dir, "20/mountinfo", "\n\n / /\n - - - \n", -1);
	describe(f);
	g_assert_false(get(f, NSL_NSTYPE_USER)->detail->user.has_maps);
	g_assert_null(get(f, NSL_NSTYPE_TIME)->detail);
	g_assert_null(get(f, NSL_NSTYPE_MNT)->detail);
}

/* Only of what is listed. */
TEST_WITH_FIXTURE(listed)
{
	const NslNamespace *root;

	fixture_file(f->dir, "20/uid_map", "0 0 1\n", -1);
	fixture_file(f->dir, "20/gid_map", "0 0 1\n", -1);
	nsl_selection_add(f->selection, "user:[4026540006]");
	describe(f);
	g_assert_nonnull(get(f, NSL_NSTYPE_USER)->detail);
	g_assert_cmpint(get(f, NSL_NSTYPE_PID)->has_detail, ==, NSL_SKIPPED);
	root = nsl_snapshot_get(f->snapshot, NSL_NSTYPE_USER, fixture_root(NSL_NSTYPE_USER));
	g_assert_true(!root || root->has_detail == NSL_SKIPPED);
}

/* The root of a cgroup namespace by what two views of one process have in common. */
static void check_root(const char *outside, const char *inside, const char *expected)
{
	g_autofree char *root = nsl_cgroup_root(outside, inside);

	g_assert_cmpstr(root, ==, expected);
}

TEST(cgroup_unified)
{
	check_root("0::/docker/3f\n", "0::/\n", "/docker/3f");
	check_root("0::/docker/3f/init.scope\n", "0::/init.scope\n", "/docker/3f");
	check_root("0::/init.scope\n", "0::/init.scope\n", "/");
	check_root("0::/\n", "0::/\n", "/");
	/* In a container of one's own, others lie outside. */
	check_root("0::/../other/x\n", "0::/x\n", "/../other");
	check_root("0::/a (deleted)\n", "0::/\n", "/a (deleted)");
}

TEST(cgroup_not_below)
{
	check_root("0::/elsewhere\n", "0::/../../elsewhere\n", NULL);
	check_root("0::/elsewhere\n", "0::/..\n", NULL);
	check_root("0::/..x/y\n", "0::/..x/y\n", "/"); /* which is a name */
	check_root("0::/moved\n", "0::/meanwhile\n", NULL);
	check_root("", "", NULL);
	check_root("0::\n", "0::\n", NULL);
	check_root("nothing\n", "nothing\n", NULL);
	check_root("1:cpu:/a\n", "0::/\n", NULL);
}

TEST(cgroup_hybrid)
{
	/* What the unified one does not tell, another one may. */
	check_root("12:cpu:/docker/3f\n1:name=systemd:/docker/3f/x\n0::/\n",
		   "12:cpu:/\n1:name=systemd:/x\n0::/\n", "/docker/3f");
	check_root("1:name=systemd:/a:b/c\n0::/", "1:name=systemd:/c\n0::/", "/a:b");
	check_root("2:cpu:/x\n0::/y/z\n", "2:cpu:/../x\n0::/z\n", "/y");
	/* Where the unified one is used, it counts. */
	check_root("2:cpu:/a/b\n0::/y/z\n", "2:cpu:/b\n0::/z\n", "/y");
	check_root("2:cpu:/a/b\n0::/y/z\n", "2:cpu:/b\n0::/../z\n", NULL);
}
