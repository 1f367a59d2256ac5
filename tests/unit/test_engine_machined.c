/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of attribute/engine_machined: what systemd-machined keeps of a machine.
 */
#include "fixture_engine.h"

static void put(EngineFixture *f, const char *text)
{
	fixture_file(f->dir, "run/systemd/machines/web", text, -1);
	f->query.runtime = "nspawn";
	f->query.id = "web";
}

static void test_plain(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	put(f, "# This is private data. Do not parse.\nNAME=web\nSCOPE=machine-web.scope\n"
	       "SERVICE=systemd-nspawn\nROOT=/var/lib/machines/web\nID=0123\nLEADER=42\n"
	       "CLASS=container\n");
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_cmpstr(f->record.identity.runtime, ==, "nspawn");
	g_assert_cmpstr(f->record.identity.name, ==, "web");
	g_assert_cmpuint(f->record.pid, ==, 42);
	g_assert_true(f->record.agrees);
	put(f, "NAME=\"web\"\nLEADER=43\n");
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_false(f->record.agrees);
	f->query.id = "other";
	g_assert_cmpint(engine_ask(f), ==, -ENOENT);
}

static void test_malformed(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	static const char *const wrong[] = {"",
					    "NAME=web\n",
					    "LEADER=\n",
					    "LEADER=x\n",
					    "LEADER=99999999999\n",
					    "LEADER\n",
					    "XLEADER=42\n",
					    "NAME=other\nLEADER=42\n"};

	for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
		put(f, wrong[i]);
		g_assert_cmpint(engine_ask(f), ==, -EBADMSG);
	}
	fixture_file(f->dir, "run/systemd/machines/web", "LEADER=42\n\0", 11);
	g_assert_cmpint(engine_ask(f), ==, -EBADMSG);
}

int main(int argc, char **argv)
{
	static const EngineTest tests[] = {
		{"/engine_machined/plain", test_plain},
		{"/engine_machined/malformed", test_malformed},
	};

	return engine_main(argc, argv, tests, G_N_ELEMENTS(tests));
}
