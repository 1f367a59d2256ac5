/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of base/untrusted: what is accepted as an id, a name or a path.
 */
#include "base/untrusted.h"

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
