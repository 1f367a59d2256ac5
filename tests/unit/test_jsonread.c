/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of base/jsonread.
 */
#include "base/jsonread.h"

#include <errno.h>
#include <string.h>

static NslJson *parse(const char *text)
{
	return nsl_json_parse(text, strlen(text), 32);
}

static void test_parse(void)
{
	static const char *const good[] = {"{}", "[]", " {\"a\":1}\n", "{\"a\":[{}]}\r\n\t ",
					   "null "};
	static const char *const bad[] = {"",		" ",	   "{",		  "{\"a\":1",
					  "{\"a\":",	"{\"a\"}", "{} {}",	  "{}x",
					  "{\"a\":1,}", "nul",	   "{\"a\":tru}", "/* x */ {"};

	for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
		g_autoptr(NslJson) object = parse(good[i]);

		/* json-c has no object for null. */
		g_assert_true(object || strcmp(good[i], "null ") == 0);
	}
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
		g_assert_null(parse(bad[i]));
}

/* A NUL, which is where json-c stops looking, hides nothing behind it. */
static void test_nul(void)
{
	g_assert_null(nsl_json_parse("{}\0{", 4, 32));
	g_assert_null(nsl_json_parse("{\"a\":\"x\0y\"}", 11, 32));
	g_assert_null(nsl_json_parse("\0", 1, 32));
}

static void test_depth(void)
{
	g_autofree char *deep = g_strnfill(200000, '[');
	g_autoptr(NslJson) fits = parse("[[[[1]]]]");

	g_assert_nonnull(fits);
	g_assert_null(parse(deep));
	g_assert_null(nsl_json_parse("[[[[1]]]]", 9, 4));
}

static void test_members(void)
{
	g_autoptr(NslJson) object = parse("{\"s\":\"x\",\"n\":5,\"o\":{},\"z\":null,\"b\":-1,"
					  "\"u\":\"a\\u0000b\",\"i\":\"\xff\",\"f\":1.5}");
	int result = 0;

	g_assert_nonnull(object);
	g_assert_cmpstr(nsl_json_string(object, "s", &result), ==, "x");
	g_assert_cmpint(nsl_json_number(object, "n", 5, &result), ==, 5);
	g_assert_nonnull(nsl_json_member(object, "o", json_type_object, &result));
	g_assert_null(nsl_json_string(object, "z", &result));
	g_assert_null(nsl_json_string(object, "missing", &result));
	g_assert_null(nsl_json_string(NULL, "s", &result));
	g_assert_null(nsl_json_as_string(NULL, &result));
	g_assert_cmpint(nsl_json_number(object, "missing", 5, &result), ==, 0);
	g_assert_cmpint(result, ==, 0);
}

static void test_wrong_members(void)
{
	g_autoptr(NslJson) object = parse("{\"s\":\"x\",\"n\":5,\"b\":-1,\"u\":\"a\\u0000b\","
					  "\"i\":\"\xff\",\"f\":1.5}");
	static const char *const no_strings[] = {"n", "b", "u", "i", "f"};
	static const char *const no_numbers[] = {"s", "b", "u", "f", "n"};

	g_assert_nonnull(object);
	for (gsize i = 0; i < G_N_ELEMENTS(no_strings); i++) {
		int result = 0;

		g_assert_null(nsl_json_string(object, no_strings[i], &result));
		g_assert_cmpint(result, ==, -EBADMSG);
	}
	for (gsize i = 0; i < G_N_ELEMENTS(no_numbers); i++) {
		int result = 0;

		g_assert_cmpint(nsl_json_number(object, no_numbers[i], 4, &result), ==, 0);
		g_assert_cmpint(result, ==, -EBADMSG);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/jsonread/parse", test_parse);
	g_test_add_func("/jsonread/nul", test_nul);
	g_test_add_func("/jsonread/depth", test_depth);
	g_test_add_func("/jsonread/members", test_members);
	g_test_add_func("/jsonread/wrong-members", test_wrong_members);
	return g_test_run();
}
