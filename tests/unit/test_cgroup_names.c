/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of attribute/cgroup_names. What the parts amount to is in test_cgroup.c.
 */
#include "attribute/cgroup.h"

#include "test.h"

TEST(unescape)
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
		g_autofree char *bytes = nsl_part_unescape(cases[i].text);

		g_assert_cmpstr(bytes, ==, cases[i].bytes);
	}
}

TEST(units)
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
		const char *unit = nsl_part_unit(cases[i].text);

		g_assert_cmpstr(unit, ==, cases[i].unit);
		g_assert_cmpint(nsl_part_is_slice(cases[i].text), ==, cases[i].slice);
	}
}

TEST(user_manager)
{
	g_autofree char *much = g_strnfill(240, '6');
	g_autofree char *longest = g_strdup_printf("capsule@%s.service", much);
	gint64 uid = 7;

	g_assert_true(nsl_part_user_manager("user@1000.service", &uid));
	g_assert_cmpint(uid, ==, 1000);
	g_assert_true(nsl_part_user_manager("user@4294967294.service", &uid));
	g_assert_cmpint(uid, ==, 4294967294);
	g_assert_false(nsl_part_user_manager("user@4294967295.service", &uid));
	g_assert_false(nsl_part_user_manager("user@.service", &uid));
	g_assert_false(nsl_part_user_manager("user@1x.service", &uid));
	g_assert_false(nsl_part_user_manager("user-1000.slice", &uid));
	g_assert_false(nsl_part_user_manager("capsule@.service", &uid));
	g_assert_false(nsl_part_user_manager(longest, &uid));
	g_assert_false(nsl_part_user_manager("capsule@a b.service", &uid));
	g_assert_cmpint(uid, ==, 4294967294);
	g_assert_true(nsl_part_user_manager("capsule@test.service", &uid));
	g_assert_cmpint(uid, ==, NSL_MAKER_ANYBODY);
}
