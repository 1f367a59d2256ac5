/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of attribute/cgroup_names. What the parts amount to is in test_cgroup.c.
 */
#include "attribute/cgroup_names.h"

#include <string.h>

static NslStrView part(const char *text)
{
	return (NslStrView){text, strlen(text)};
}

static void test_strip(void)
{
	static const struct {
		const char *text;
		const char *prefix;
		const char *suffix;
		const char *middle; /* NULL: it does not have both */
	} cases[] = {
		{"a-b.scope", "a-", ".scope", "b"},
		{"a-.scope", "a-", ".scope", ""},
		{"a-b", "", "", "a-b"},
		{"a-b.scope", "b-", ".scope", NULL},
		{"a-b.scop", "a-", ".scope", NULL},
		{"aba", "ab", "ba", NULL}, /* not twice */
		{"", "", "", ""},
		{"", "a", "", NULL},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		const char *untouched = "untouched";
		NslStrView middle = part(untouched);

		g_assert_cmpint(nsl_view_strip(part(cases[i].text), cases[i].prefix,
					       cases[i].suffix, &middle),
				==, cases[i].middle != NULL);
		g_assert_true(nsl_view_is(middle, cases[i].middle ? cases[i].middle : untouched));
	}
}

static void test_pieces(void)
{
	g_assert_true(nsl_view_is(nsl_view_first(part("abc"), 2), "ab"));
	g_assert_true(nsl_view_is(nsl_view_after(part("abc"), 2), "c"));
	g_assert_true(nsl_view_is(nsl_view_first(part("abc"), 9), "abc"));
	g_assert_true(nsl_view_is(nsl_view_after(part("abc"), 9), ""));
	g_assert_cmpuint(nsl_view_span(part("123a4"), NSL_DIGITS), ==, 3);
	g_assert_cmpuint(nsl_view_span(part(""), NSL_DIGITS), ==, 0);
	g_assert_true(nsl_view_consists_of(part("1234"), NSL_DIGITS));
	g_assert_false(nsl_view_consists_of(part("123a"), NSL_DIGITS));
	g_assert_false(nsl_view_consists_of(part(""), NSL_DIGITS));
	/* No further than its size, whatever comes after. */
	g_assert_true(nsl_view_consists_of((NslStrView){"12x", 2}, NSL_DIGITS));
	g_assert_false(nsl_view_ends((NslStrView){"12x", 2}, "x"));
	g_assert_true(nsl_part_is_word(part("a-b_c.d+1")));
	g_assert_false(nsl_part_is_word(part("-a")));
	g_assert_false(nsl_part_is_word(part("a b")));
	g_assert_false(nsl_part_is_word(part("")));
}

static void test_unescape(void)
{
	static const struct {
		const char *text;
		const char *bytes; /* NULL: broken */
	} cases[] = {
		{"", ""},	   {"a-b", "a-b"},	  {"a\\x2db", "a-b"}, {"\\x2F", "/"},
		{"\\xff", "\xff"}, {"\\x5cx2d", "\\x2d"}, /* once */
		{"\\", NULL},	   {"\\x", NULL},	  {"\\x2", NULL},     {"\\x2g", NULL},
		{"\\n", NULL},	   {"\\x00", NULL},	  {"\\X2d", NULL},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *bytes = nsl_part_unescape(part(cases[i].text));

		g_assert_cmpstr(bytes, ==, cases[i].bytes);
	}
}

static void test_units(void)
{
	static const struct {
		const char *text;
		const char *unit; /* NULL: none */
		bool slice;
	} cases[] = {
		{"a.service", "a.service", false},
		{"a@b.scope", "a@b.scope", false},
		{"a@b@c.service", "a@b@c.service", false},
		{"_cpu.mount", "cpu.mount", false},
		{"a.b.swap", "a.b.swap", false},
		{"a\\x2db.socket", "a\\x2db.socket", false},
		{"a.slice", NULL, true},
		{"_a.slice", NULL, true},
		{".slice", NULL, false},
		{"a@.service", NULL, false},
		{"@a.service", NULL, false},
		{"_.service", NULL, false},
		{"a.target", NULL, false},
		{"a.service ", NULL, false},
		{"service", NULL, false},
		{"a", NULL, false},
		{"", NULL, false},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *unit = nsl_part_unit(part(cases[i].text));

		g_assert_cmpstr(unit, ==, cases[i].unit);
		g_assert_cmpint(nsl_part_is_slice(part(cases[i].text)), ==, cases[i].slice);
	}
}

static void test_user_manager(void)
{
	guint32 uid = 7;

	g_assert_true(nsl_part_user_manager(part("user@1000.service"), &uid));
	g_assert_cmpuint(uid, ==, 1000);
	g_assert_true(nsl_part_user_manager(part("user@4294967294.service"), &uid));
	g_assert_cmpuint(uid, ==, 4294967294);
	g_assert_false(nsl_part_user_manager(part("user@4294967295.service"), &uid));
	g_assert_false(nsl_part_user_manager(part("user@.service"), &uid));
	g_assert_false(nsl_part_user_manager(part("user@1x.service"), &uid));
	g_assert_false(nsl_part_user_manager(part("user-1000.slice"), &uid));
	g_assert_cmpuint(uid, ==, 4294967294);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/cgroup_names/strip", test_strip);
	g_test_add_func("/cgroup_names/pieces", test_pieces);
	g_test_add_func("/cgroup_names/unescape", test_unescape);
	g_test_add_func("/cgroup_names/units", test_units);
	g_test_add_func("/cgroup_names/user_manager", test_user_manager);
	return g_test_run();
}
