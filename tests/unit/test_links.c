/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of collect/links: which links are the same, and that tasks share those that are.
 */
#include "collect/links.h"

#include "fixture.h"

TEST(equal)
{
	const NslLinks links = {.ns[NSL_NSTYPE_NET] = 5, .for_children[NSL_NSTYPE_PID] = 6};
	NslLinks other = links;

	other.cgroup_key = 7; /* which is no namespace */
	g_assert_true(nsl_links_are_equal(&links, &other));
	g_assert_cmpuint(nsl_links_hash(&links), ==, nsl_links_hash(&other));
	for (guint i = 0; i < 2 * NSL_NSTYPE_COUNT; i++) {
		other = links;
		(i % 2 ? other.for_children : other.ns)[i / 2] = G_GUINT64_CONSTANT(1) << 32 | 9;
		g_assert_false(nsl_links_are_equal(&links, &other));
		g_assert_cmpuint(nsl_links_hash(&links), !=, nsl_links_hash(&other));
	}
}

TEST(share)
{
	g_autoptr(GHashTable) set = nsl_links_set_new();
	NslLinks links = {.ns[NSL_NSTYPE_NET] = 5, .cgroup_key = 7};
	const NslLinks *shared = nsl_links_share(set, &links);

	g_assert_true(shared != &links);
	g_assert_true(nsl_links_are_equal(shared, &links));
	g_assert_cmpuint(shared->cgroup_key, ==, 7);
	g_assert_true(nsl_links_share(set, &links) == shared);
	links.cgroup_key = 8; /* the cgroups are others */
	g_assert_true(nsl_links_share(set, &links) != shared);
	g_assert_cmpuint(shared->cgroup_key, ==, 7);
	links.ns[NSL_NSTYPE_UTS] = 6;
	nsl_links_share(set, &links);
	g_assert_cmpuint(g_hash_table_size(set), ==, 3);
}
