/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of the JSON of base/untrusted.
 */
#include "base/untrusted.h"

#include <errno.h>
#include <malloc.h>
#include <string.h>

#include "test.h"

#if !__GLIBC_PREREQ(2, 33)
#define mallinfo2 mallinfo
#endif

/* What is no JSON that is taken is so for a reason. */
static NslJson *parse_bytes(const char *bytes, gsize size, int expected)
{
	int result = 1;
	json_type type = bytes[0] == '[' ? json_type_array : json_type_object;
	NslJson *parsed = nsl_json_parse(bytes, size, type, &result);

	g_assert_cmpint(result, ==, expected);
	if (expected < 0)
		g_assert_null(parsed);
	return parsed;
}

static NslJson *parse(const char *text)
{
	return parse_bytes(text, strlen(text), 0);
}

static void refuse(const char *text)
{
	parse_bytes(text, strlen(text), -EBADMSG);
}

TEST(parse)
{
	static const char *const good[] = {"{}", "[]", " {\"a\":1}\n", "{\"a\":[{}]}\r\n\t "};
	static const char *const bad[] = {
		"",	 " ",	"{",	      "{\"a\":1", "{\"a\":",	 "{\"a\"}",
		"{} {}", "{}x", "{\"a\":1,}", "nul",	  "{\"a\":tru}", "/* x */ {",
		"null ", "5",	"{'a':1}",    "\"x",	  "[1,]",	 "[NaN]x",
	};

	for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
		g_autoptr(NslJson) object = parse(good[i]);

		g_assert_nonnull(object);
	}
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
		refuse(bad[i]);
}

/* A NUL, which is where json-c stops looking, hides nothing behind it. */
TEST(nul)
{
	parse_bytes("{}\0{", 4, -EBADMSG);
	parse_bytes("{}\0", 3, -EBADMSG);
	parse_bytes("{\"a\":\"x\0y\"}", 11, -EBADMSG);
	parse_bytes("{\"a\":\"\\\0\"}", 10, -EBADMSG);
	parse_bytes("\0", 1, -EBADMSG);
}

/* Arrays in one another, with a value in the innermost one, which is as deep as they are many. */
TEST(depth)
{
	g_autofree char *deep = g_strnfill(60000, '[');

	for (gsize n = NSL_JSON_MAX_DEPTH - 2; n <= NSL_JSON_MAX_DEPTH; n++) {
		g_autofree char *open = g_strnfill(n, '[');
		g_autofree char *close = g_strnfill(n, ']');
		g_autofree char *text = g_strconcat(open, "1", close, NULL);

		json_object_put(
			parse_bytes(text, strlen(text), n < NSL_JSON_MAX_DEPTH ? 0 : -EFBIG));
	}
	parse_bytes(deep, strlen(deep), -EFBIG);
}

/* An array where an object has to be, and the other way round. */
TEST(type)
{
	int result = 0;

	g_assert_null(nsl_json_parse("[]", 2, json_type_object, &result));
	g_assert_cmpint(result, ==, -EBADMSG);
	g_assert_null(nsl_json_parse("{}", 2, json_type_array, &result));
	g_assert_cmpint(result, ==, -EBADMSG);
}

/* `value` n times in an array: n + 1 values, where it has none in it. */
static GString *array_of(const char *value, guint n)
{
	GString *text = g_string_new("[");

	for (guint i = 0; i < n; i++) {
		if (i > 0)
			g_string_append_c(text, ',');
		g_string_append(text, value);
	}
	g_string_append_c(text, ']');
	return text;
}

/* Brackets and commas in strings are text, and keys are no values. */
TEST(values)
{
	static const char *const values[] = {"1", "\"[{,\\\"[\"", "null"};

	for (gsize i = 0; i < G_N_ELEMENTS(values); i++) {
		for (guint n = NSL_JSON_MAX_VALUES - 2; n <= NSL_JSON_MAX_VALUES; n++) {
			g_autoptr(GString) text = array_of(values[i], n);
			g_autoptr(NslJson) parsed = NULL;

			/* That many elements, in an array, which is the first value. */
			if (n + 1 <= NSL_JSON_MAX_VALUES && text->len <= NSL_JSON_MAX_SIZE) {
				parsed = parse_bytes(text->str, text->len, 0);
				g_assert_cmpuint(json_object_array_length(parsed), ==, n);
			} else {
				parse_bytes(text->str, text->len, -EFBIG);
			}
		}
	}
}

TEST(size)
{
	for (gsize size = NSL_JSON_MAX_SIZE - 1; size <= NSL_JSON_MAX_SIZE + 1; size++) {
		g_autofree char *blanks = g_strnfill(size - 2, ' ');
		g_autofree char *text = g_strconcat("[]", blanks, NULL);

		json_object_put(parse_bytes(text, size, size <= NSL_JSON_MAX_SIZE ? 0 : -EFBIG));
	}
}

/* Whatever is written into a file of the largest size: 4 MiB took 1 GiB once. */
TEST(memory)
{
	static const char *const values[] = {"{}", "[]", "1", "\"\"", "{\"a\":{}}", "\"\xff\""};

	for (gsize i = 0; i < G_N_ELEMENTS(values); i++) {
		guint most = NSL_JSON_MAX_VALUES - 2;
		gsize before = mallinfo2().uordblks + mallinfo2().hblkhd;

		while (most > 0) {
			g_autoptr(GString) text = array_of(values[i], most);
			int result;
			NslJson *parsed =
				nsl_json_parse(text->str, text->len, json_type_array, &result);
			gsize after = mallinfo2().uordblks + mallinfo2().hblkhd;

			json_object_put(parsed);
			if (result == 0) {
				g_assert_cmpuint(after - before, <, 100 << 20);
				break;
			}
			most /= 2;
		}
		g_assert_cmpuint(most, >, 0);
	}
}

/* One string that is no text spoils that one alone; any language can be read. */
TEST(bytes)
{
	static const struct {
		const char *json;
		const char *text; /* NULL: a string that is none */
	} cases[] = {
		{"\"\"", ""},
		{"\"caf\xc3\xa9\"", "caf\xc3\xa9"},
		{"\"\xe6\xbc\xa2\xe5\xad\x97\"", "\xe6\xbc\xa2\xe5\xad\x97"},
		{"\"\xf0\x9f\x90\xb3\"", "\xf0\x9f\x90\xb3"},
		{"\"\xf4\x8f\xbf\xbf\"", "\xf4\x8f\xbf\xbf"},
		{"\"\xef\xbf\xbf\"", "\xef\xbf\xbf"},
		{"\"\\u00e9\\ud83d\\udc33\"", "\xc3\xa9\xf0\x9f\x90\xb3"},
		{"\"\\\\u0000\\\"\\/\\n\"", "\\u0000\"/\n"},
		{"\"\x7f\"", "\x7f"},
		{"\"\xff\"", NULL},
		{"\"\x80\"", NULL},
		{"\"a\xc3\"", NULL},
		{"\"\xc3\\\"\"", NULL},
		{"\"\xc0\x80\"", NULL},
		{"\"\xed\xa0\x80\"", NULL},
		{"\"\xf4\x90\x80\x80\"", NULL},
		{"\"\\u0000\"", NULL},
		{"\"a\\u0000b\"", NULL},
		{"\"\\ud83d\"", NULL},
		{"\"\\ufffd\"", NULL},
		{"\"\xef\xbf\xbd\"", NULL},
	};
	static const char *const malformed[] = {"\"\x01\"",    "\"\x1f\"",	 "\"\t\"",
						"\"\n\"",      "\"\\\xc3\xa9\"", "\xc3\xa9",
						"\"\\u00g0\"", "\"\\u000\"",	 "'x'"};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *json = g_strdup_printf("{\"s\":%s,\"n\":5}", cases[i].json);
		g_autoptr(NslJson) object = parse(json);
		int result = 0;

		g_assert_cmpstr(nsl_json_string(object, "s", &result), ==, cases[i].text);
		g_assert_cmpint(result, ==, cases[i].text ? 0 : -EBADMSG);
		g_assert_cmpint(nsl_json_number(object, "n", 5, &result), ==, 5);
	}
	for (gsize i = 0; i < G_N_ELEMENTS(malformed); i++)
		refuse(malformed[i]);
}

/* A key that is no text is not that of another member. */
TEST(keys)
{
	g_autoptr(NslJson) object = parse("{\"k\":1,\"k\\u0000x\":2,\"k\xff\":3}");
	int result = 0;

	g_assert_cmpint(nsl_json_number(object, "k", 5, &result), ==, 1);
	g_assert_cmpint(result, ==, 0);
}

TEST(members)
{
	g_autoptr(NslJson) object =
		parse("{\"s\":\"x\",\"n\":5,\"o\":{\"i\":{\"n\":4}},\"z\":null,\"b\":-1,"
		      "\"u\":\"a\\u0000b\",\"i\":\"\xff\",\"f\":1.5}");
	int result = 0;

	g_assert_nonnull(object);
	g_assert_cmpstr(nsl_json_string(object, "s", &result), ==, "x");
	g_assert_cmpint(nsl_json_number(object, "n", 5, &result), ==, 5);
	g_assert_nonnull(nsl_json_member(object, "o", json_type_object, &result));
	g_assert_cmpint(nsl_json_number(object, "o.i.n", 5, &result), ==, 4);
	g_assert_null(nsl_json_string(object, "o.x.n", &result));
	g_assert_null(nsl_json_string(object, "z.n", &result));
	g_assert_null(nsl_json_string(object, "z", &result));
	g_assert_null(nsl_json_string(object, "missing", &result));
	g_assert_null(nsl_json_string(object, NULL, &result));
	g_assert_null(nsl_json_string(NULL, "s", &result));
	g_assert_null(nsl_json_as_string(NULL, &result));
	g_assert_cmpint(nsl_json_number(object, "missing", 5, &result), ==, 0);
	g_assert_cmpint(result, ==, 0);
}

TEST(wrong_members)
{
	g_autoptr(NslJson) object = parse("{\"s\":\"x\",\"n\":5,\"b\":-1,\"u\":\"a\\u0000b\","
					  "\"i\":\"\xff\",\"f\":1.5}");
	static const char *const no_strings[] = {"n", "b", "u", "i", "f", "s.x"};
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
