/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of collect/collect, and of opening a procfs in collect/roots: the passes together, the
 * procfs that they read, and which links are the same.
 */
#include "collect/collect.h"

#include "base/sys.h"
#include "fixture.h"

static void check_refused(const char *path, int code)
{
	g_autofree char *message = g_strdup_printf("%s: %s", path, g_strerror(code));
	g_autoptr(GError) error = NULL;

	g_assert_null(nsl_collect_open(path, NULL, &error));
	g_assert_error(error, NSL_ERROR, NSL_ERROR_SYSTEM);
	g_assert_cmpstr(error->message, ==, message);
}

TEST(open)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_autofree char *file = fixture_path(dir, "file");
	g_autofree char *missing = fixture_path(dir, "missing");
	g_autofree char *fifo = fixture_path(dir, "fifo");
	guint before = fixture_count_fds();

	fixture_file(dir, "file", "", 0);
	g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
	check_refused(file, ENOTDIR);
	check_refused(missing, ENOENT);
	check_refused(fifo, ENOTDIR); /* and it does not wait for a writer */
	check_refused("", ENOENT);
	{
		g_autoptr(NslProcfs) recorded = nsl_collect_open(dir, NULL, NULL);
		g_autoptr(NslProcfs) real = nsl_collect_open(NULL, NULL, NULL);
		g_autoptr(NslProcfs) named = nsl_collect_open("/proc", NULL, NULL);

		g_assert_false(recorded->real);
		g_assert_true(real->local);
		g_assert_true(named->local);
	}
	g_assert_cmpuint(fixture_count_fds(), ==, before);
}

/* A path selects a namespace before the processes are looked at: its members are found. */
TEST(passes)
{
	static const FixtureNs in_net[] = {{NSL_NSTYPE_NET, 4026532676}, {0, 0}};
	g_auto(FixtureDir) dir = fixture_directory();
	g_autoptr(NslProcfs) procfs = NULL;
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	g_autoptr(NslSelection) selection = nsl_selection_new();
	NslCollect collect = {.snapshot = snapshot, .selection = selection};

	fixture_record(dir, 1, "init", "init\0", 5, NULL);
	fixture_record(dir, 20, "sh", "sh\0", 3, in_net);
	fixture_record(dir, 21, "sh", "sh\0", 3, in_net);
	fixture_file(dir, "sys/kernel/hostname", "recorded\n", -1);
	procfs = fixture_open(dir);
	collect.procfs = procfs;
	nsl_selection_add(selection, "/proc/20/ns/net");
	g_assert_true(nsl_collect(&collect, NULL));
	g_assert_cmpuint(snapshot->processes->len, ==, 2);
	g_assert_cmpuint(nsl_snapshot_get(snapshot, NSL_NSTYPE_NET, 4026532676)->members->len, ==,
			 2);
	g_assert_null(snapshot->hostname); /* nobody asked */
}

TEST(facts)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_autoptr(NslProcfs) procfs = NULL;
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	g_autoptr(NslSelection) selection = nsl_selection_new();
	NslCollect collect = {
		.snapshot = snapshot, .selection = selection, .facts = NSL_FACT_SYSTEM};

	fixture_record(dir, 1, "init", "init\0", 5, NULL);
	fixture_file(dir, "sys/kernel/hostname", "recorded\n", -1);
	procfs = fixture_open(dir);
	collect.procfs = procfs;
	g_assert_true(nsl_collect(&collect, NULL));
	g_assert_cmpstr(snapshot->hostname, ==, "recorded");
}

TEST(nothing)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_autoptr(NslProcfs) procfs = fixture_open(dir);
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	g_autoptr(NslSelection) selection = nsl_selection_new();
	g_autoptr(GError) error = NULL;
	NslCollect collect = {.snapshot = snapshot, .procfs = procfs, .selection = selection};

	g_assert_false(nsl_collect(&collect, &error));
	g_assert_error(error, NSL_ERROR, NSL_ERROR_SYSTEM);
}

TEST(links)
{
	const NslLinks links = {.ns[NSL_NSTYPE_NET] = 5, .for_children[NSL_NSTYPE_PID] = 6};
	NslLinks other = links;

	g_assert_true(nsl_links_equal(&links, &other));
	g_assert_cmpuint(nsl_links_hash(&links), ==, nsl_links_hash(&other));
	for (guint i = 0; i < 2 * NSL_NSTYPE_COUNT; i++) {
		other = links;
		(i % 2 ? other.for_children : other.ns)[i / 2] = G_GUINT64_CONSTANT(1) << 32 | 9;
		g_assert_false(nsl_links_equal(&links, &other));
		g_assert_cmpuint(nsl_links_hash(&links), !=, nsl_links_hash(&other));
	}
}
