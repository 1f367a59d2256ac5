/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of collect/details_cgroup: the root of a cgroup namespace by what two views of one process
 * have in common. With real ones: live/details.
 */
#include "collect/details_cgroup.h"

static void check(const char *outside, const char *inside, const char *expected)
{
	g_autofree char *root = nsl_cgroup_root(outside, inside);

	g_assert_cmpstr(root, ==, expected);
}

static void test_unified(void)
{
	check("0::/docker/3f\n", "0::/\n", "/docker/3f");
	check("0::/docker/3f/init.scope\n", "0::/init.scope\n", "/docker/3f");
	check("0::/init.scope\n", "0::/init.scope\n", "/");
	check("0::/\n", "0::/\n", "/");
	/* In a container of one's own, others lie outside. */
	check("0::/../other/x\n", "0::/x\n", "/../other");
	check("0::/a (deleted)\n", "0::/\n", "/a (deleted)");
}

static void test_not_below(void)
{
	check("0::/elsewhere\n", "0::/../../elsewhere\n", NULL);
	check("0::/elsewhere\n", "0::/..\n", NULL);
	check("0::/..x/y\n", "0::/..x/y\n", "/"); /* which is a name */
	check("0::/moved\n", "0::/meanwhile\n", NULL);
	check("", "", NULL);
	check("0::\n", "0::\n", NULL);
	check("nothing\n", "nothing\n", NULL);
	check("1:cpu:/a\n", "0::/\n", NULL);
}

static void test_hybrid(void)
{
	/* What the unified one does not tell, another one may. */
	check("12:cpu:/docker/3f\n1:name=systemd:/docker/3f/x\n0::/\n",
	      "12:cpu:/\n1:name=systemd:/x\n0::/\n", "/docker/3f");
	check("1:name=systemd:/a:b/c\n0::/", "1:name=systemd:/c\n0::/", "/a:b");
	check("2:cpu:/x\n0::/y/z\n", "2:cpu:/../x\n0::/z\n", "/y");
	/* Where the unified one is used, it counts. */
	check("2:cpu:/a/b\n0::/y/z\n", "2:cpu:/b\n0::/z\n", "/y");
	check("2:cpu:/a/b\n0::/y/z\n", "2:cpu:/b\n0::/../z\n", NULL);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/details_cgroup/unified", test_unified);
	g_test_add_func("/details_cgroup/not-below", test_not_below);
	g_test_add_func("/details_cgroup/hybrid", test_hybrid);
	return g_test_run();
}
