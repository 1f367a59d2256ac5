/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of attribute/engine_readers: settings and places.
 */
#include "fixture_engine.h"

static void test_settings(EngineFixture *f G_GNUC_UNUSED, gconstpointer data G_GNUC_UNUSED)
{
	static const struct {
		const char *text;
		const char *section;
		const char *value;
	} cases[] = {
		{"key = \"v\"", "", "v"},
		{"  key='v' # x\n", "", "v"},
		{"a=1\r\nkey = \"v\"\r\n", "", "v"},
		{"[s]\nkey=\"v\"", "s", "v"},
		{"[s]\nkey=\"v\"", "", NULL},
		{"key=\"v\"\n[s]\n", "s", NULL},
		{"[s.t]\nkey=\"v\"", "s", NULL},
		{"[t]\nkey=\"no\"\n[s]\nkey=\"v\"\n[t]\nkey=\"no\"", "s", "v"},
		{"# key=\"v\"", "", NULL},
		{"keys=\"v\"", "", NULL},
		{"key=v", "", NULL},
		{"key=5", "", NULL},
		{"key=\"v", "", NULL},
		{"key", "", NULL},
		{"key=", "", NULL},
		{"[s", "s", NULL},
		{"[", "", NULL},
		{"", "", NULL},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *value =
			nsl_engine_find_setting(cases[i].text, cases[i].section, "key");

		g_assert_cmpstr(value, ==, cases[i].value);
	}
}

static void test_places(EngineFixture *f G_GNUC_UNUSED, gconstpointer data G_GNUC_UNUSED)
{
	g_autoptr(NslPlaces) places = nsl_places_new();

	nsl_places_add(places, NULL);
	nsl_places_add(places, "relative");
	nsl_places_add(places, "/a/../b");
	nsl_places_add(places, "/a");
	nsl_places_addf(places, "/%s", "a");
	nsl_places_addf(places, "/%s", "b");
	g_assert_cmpuint(places->len, ==, 2);
	g_assert_cmpstr(g_ptr_array_index(places, 1), ==, "/b");
}

/* Read once, and then remembered, what is missing too. */
static void test_remembered(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	const char *value;

	g_assert_null(nsl_engine_setting(f->engines, "/etc/x", 0, "", "key"));
	fixture_file(f->dir, "etc/x", "key=\"v\"\n", -1);
	g_assert_null(nsl_engine_setting(f->engines, "/etc/x", 0, "", "key"));
	/* Of another user it is asked anew. */
	value = nsl_engine_setting(f->engines, "/etc/x", 1000, "", "key");
	g_assert_cmpstr(value, ==, "v");
	g_assert_true(nsl_engine_setting(f->engines, "/etc/x", 1000, "", "key") == value);
	g_assert_cmpuint(nsl_engine_list(f->engines, "/etc", 1000)->names->len, ==, 1);
	g_assert_true(nsl_engine_list(f->engines, "/etc", 1000) ==
		      nsl_engine_list(f->engines, "/etc", 1000));
	g_assert_cmpint(nsl_engine_list(f->engines, "/etc", 1000)->result, ==, 0);
	g_assert_cmpuint(nsl_engine_list(f->engines, "/nothing", 0)->names->len, ==, 0);
	g_assert_cmpint(nsl_engine_list(f->engines, "/nothing", 0)->result, ==, -ENOENT);
	for (guint i = 0; i <= 512; i++) {
		g_autofree char *path = g_strdup_printf("run/%s/%u", i < 512 ? "full" : "over", i);

		fixture_file(f->dir, path, "", 0);
		if (i < 512) {
			g_autofree char *other = g_strdup_printf("run/over/%u", i);

			fixture_file(f->dir, other, "", 0);
		}
	}
	g_assert_cmpint(nsl_engine_list(f->engines, "/run/full", 0)->result, ==, 0);
	g_assert_cmpint(nsl_engine_list(f->engines, "/run/over", 0)->result, ==, -E2BIG);
	g_assert_cmpuint(nsl_engine_list(f->engines, "/run/over", 0)->names->len, ==, 512);
}

int main(int argc, char **argv)
{
	static const EngineTest tests[] = {
		{"/engine_readers/settings", test_settings},
		{"/engine_readers/places", test_places},
		{"/engine_readers/remembered", test_remembered},
	};

	return engine_main(argc, argv, tests, G_N_ELEMENTS(tests));
}
