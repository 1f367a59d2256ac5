/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of attribute/validate.
 */
#include "attribute/validate.h"

#include "test.h"

TEST(ids)
{
	static const char *const good[] = {
		"c1",	   "137e1715685b43870632b8d81e1679457902f257e8b0573953ec7468dc934b0e",
		"a.b_c-d", "_x",
		"0",	   "user@1",
		"a:b",	   "a+b"};
	static const char *const bad[] = {"",	   ".",	  "..",	  ".a",	   "-a",	  "a/b",
					  "/a",	   "a b", "a\n",  "a\x01", "caf\xc3\xa9", "a\xff",
					  "a\x7f", "a*",  "a\\b", "@a"};
	g_autofree char *longest = g_strnfill(256, 'a');

	for (gsize i = 0; i < G_N_ELEMENTS(good); i++)
		g_assert_true(nsl_is_id(good[i]));
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
		g_assert_false(nsl_is_id(bad[i]));
	g_assert_false(nsl_is_id(longest));
	longest[255] = '\0';
	g_assert_true(nsl_is_id(longest));
}

TEST(names)
{
	static const char *const good[] = {"web",	  "my web", "-x", ".hidden",
					   "caf\xc3\xa9", "a@b",    "$x"};
	static const char *const bad[] = {"",	     ".",	  "..",	   "a/b",  "a\nb",
					  "a\x1b[m", "a\xc2\x9b", "a\xff", "a\x7f"};
	g_autofree char *longest = g_strnfill(256, 'a');

	for (gsize i = 0; i < G_N_ELEMENTS(good); i++)
		g_assert_true(nsl_is_name(good[i]));
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
		g_assert_false(nsl_is_name(bad[i]));
	g_assert_false(nsl_is_name(longest));
	longest[255] = '\0';
	g_assert_true(nsl_is_name(longest));
	g_assert_null(nsl_validate_name(NULL));
	g_assert_null(nsl_validate_id(NULL));
	g_assert_null(nsl_validate_path(NULL));
}

TEST(paths)
{
	static const char *const good[] = {"/", "/a", "/a b/c", "/a..b", "/a/..b", "/a\xff"};
	static const char *const bad[] = {"", "a", "./a", "/..", "/a/..", "/a/../b", "/a\nb"};
	g_autofree char *longest = g_strnfill(4096, 'a');

	for (gsize i = 0; i < G_N_ELEMENTS(good); i++)
		g_assert_true(nsl_is_path(good[i]));
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
		g_assert_false(nsl_is_path(bad[i]));
	longest[0] = '/';
	g_assert_false(nsl_is_path(longest));
	longest[4095] = '\0';
	g_assert_true(nsl_is_path(longest));
}

TEST(last_part)
{
	static const char *const cases[][2] = {{"/usr/bin/x", "x"}, {"x", "x"},	     {"/x///", "x"},
					       {"a/b/", "b"},	    {"/", NULL},     {"", NULL},
					       {NULL, NULL},	    {"/a/..", NULL}, {"/a/.", NULL},
					       {"/a\nb", NULL}};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *part = nsl_validate_last_part(cases[i][0]);

		g_assert_cmpstr(part, ==, cases[i][1]);
	}
}

TEST(kube_names)
{
	static const char *const bad[] = {"",
					  "k8s",
					  "k8s_",
					  "web",
					  "k8s_a_b_c_d",
					  "k8s_a_b_c_d_0_1",
					  "k8s__b_c_d_0",
					  "k8s_a_b/../_c_d_0",
					  "xk8s_a_b_c_d_0"};
	NslIdentity identity = {.runtime = "docker", .name = g_strdup("old")};

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
		g_assert_false(nsl_identity_take_kube_name(&identity, bad[i]));
	g_assert_cmpstr(identity.name, ==, "old");
	g_assert_true(nsl_identity_take_kube_name(&identity, "k8s_web_shop-1_prod_0c1e-9_2"));
	g_assert_cmpstr(identity.runtime, ==, "docker");
	g_assert_cmpstr(identity.name, ==, "web");
	g_assert_cmpstr(identity.pod, ==, "shop-1");
	g_assert_cmpstr(identity.pod_namespace, ==, "prod");
	g_assert_cmpstr(identity.pod_uid, ==, "0c1e-9");
	nsl_identity_clear(&identity);
}
