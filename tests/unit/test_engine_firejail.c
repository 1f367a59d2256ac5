/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of attribute/engine_firejail: the names that firejail keeps.
 */
#include "fixture_engine.h"

static void put(EngineFixture *f, const char *text)
{
	fixture_file(f->dir, "run/firejail/name/5581", text, -1);
	f->query.runtime = "firejail";
	f->query.id = NULL;
	f->query.monitor = 5581;
}

static void test_plain(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	put(f, "fj\n");
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_cmpstr(f->record.identity.runtime, ==, "firejail");
	g_assert_cmpstr(f->record.identity.name, ==, "fj");
	g_assert_true(f->record.agrees);
	f->query.monitor = 5582;
	g_assert_cmpint(engine_ask(f), ==, -ENOENT);
	f->query.monitor = 0;
	g_assert_cmpint(engine_ask(f), ==, -ENOENT);
}

static void test_malformed(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	static const char *const wrong[] = {"", "\n", "a/b", "a\nb", "\x1b[0m", "a\xff"};

	for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
		put(f, wrong[i]);
		g_assert_cmpint(engine_ask(f), ==, -EBADMSG);
	}
	put(f, "fj");
	engine_give(f, "run/firejail/name/5581", 1000);
	g_assert_cmpint(engine_ask(f), ==, -EPERM);
}

int main(int argc, char **argv)
{
	static const EngineTest tests[] = {
		{"/engine_firejail/plain", test_plain},
		{"/engine_firejail/malformed", test_malformed},
	};

	return engine_main(argc, argv, tests, G_N_ELEMENTS(tests));
}
