/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of attribute/netns, as far as they need no names of this system: the rest is in live/.
 */
#include "attribute/attribute.h"

#include "fixture.h"

/* The names of this system do not go with another one's processes. */
TEST(recorded)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_autoptr(NslProcfs) procfs = fixture_open(dir);
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	g_autoptr(NslSelection) selection = nsl_selection_new();

	nsl_netns_name(snapshot, procfs, selection, NULL);
	g_assert_cmpint(snapshot->coverage[NSL_SOURCE_NETNS], ==, NSL_COVERAGE_SKIPPED);
	g_assert_cmpuint(g_hash_table_size(snapshot->namespaces), ==, 0);
	g_assert_true(nsl_snapshot_is_complete(snapshot));
}

/* Where nothing can wait no worker looks. */
TEST(workers)
{
	g_autoptr(NslProcfs) procfs = fixture_open(NULL);
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	g_autoptr(NslSelection) selection = nsl_selection_new();
	guint before = fixture_count_forks();
	struct stat root;
	struct stat names;

	if (stat("/", &root) < 0 || stat("/run/netns", &names) < 0 || root.st_dev != names.st_dev) {
		g_test_skip("missing: /run/netns on the root's file system");
		return;
	}
	nsl_netns_name(snapshot, procfs, selection, NULL);
	g_assert_cmpuint(fixture_count_forks(), ==, before);
}

/* Whatever names there are: each is a network namespace's, and no descriptor is left open. */
TEST(real)
{
	g_autoptr(NslProcfs) procfs = fixture_open(NULL);
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	g_autoptr(NslSelection) selection = nsl_selection_new();
	guint before = fixture_count_fds();
	GHashTableIter iter;
	gpointer key;

	nsl_netns_name(snapshot, procfs, selection, NULL);
	g_assert_cmpuint(fixture_count_fds(), ==, before);
	g_assert_cmpint(snapshot->coverage[NSL_SOURCE_NETNS], !=, NSL_COVERAGE_SKIPPED);
	g_hash_table_iter_init(&iter, snapshot->namespaces);
	while (g_hash_table_iter_next(&iter, &key, NULL)) {
		const NslNamespace *ns = key;

		g_assert_cmpint(ns->type, ==, NSL_NSTYPE_NET);
		g_assert_cmpuint(ns->names->len, >, 0);
	}
}
