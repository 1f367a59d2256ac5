/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of attribute/engine: what is refused, what agrees, and records on their way from a worker.
 */
#include "fixture_engine.h"

static void test_ids(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	static const char *const bad[] = {"", ".", "..", "../x", "a/b", "/etc", "a b", "a\n", "-x"};

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		f->query.runtime = "docker";
		f->query.id = bad[i];
		f->query.space = NULL;
		g_assert_cmpint(engine_ask(f), ==, -EINVAL);
		f->query.runtime = "containerd";
		f->query.id = "c1";
		f->query.space = bad[i];
		g_assert_cmpint(engine_ask(f), ==, -EINVAL);
	}
	f->query.id = NULL;
	f->query.space = NULL;
	g_assert_cmpint(engine_ask(f), ==, -EINVAL);
}

static void test_nothing(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	static const char *const runtimes[] = {
		"docker", "podman", "cri-o",	"containerd", "cri",	   "ecs", "runc",
		"crun",	  "nspawn", "firejail", "lxc",	      "something", NULL};

	for (gsize i = 0; i < G_N_ELEMENTS(runtimes); i++) {
		f->query.runtime = runtimes[i];
		g_assert_cmpint(engine_ask(f), ==, -ENOENT);
		f->query.uid = 1000;
		g_assert_cmpint(engine_ask(f), ==, -ENOENT);
		f->query.home = "/home/u";
		g_assert_cmpint(engine_ask(f), ==, -ENOENT);
		f->query.uid = 0;
	}
}

/* Of several engines that know the id, it is that one whose record agrees. */
static void test_which(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	f->query.id = "x1";
	fixture_file(f->dir, "var/lib/docker/containers/x1/config.v2.json",
		     "{\"ID\":\"x1\",\"Name\":\"/stale\",\"State\":{\"Pid\":7}}", -1);
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_cmpstr(f->record.identity.runtime, ==, "docker");
	g_assert_false(f->record.agrees);
	fixture_file(f->dir, "run/runc/x1/state.json", "{\"id\":\"x1\",\"init_process_pid\":42}",
		     -1);
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_cmpstr(f->record.identity.runtime, ==, "runc");
	g_assert_null(f->record.identity.name);
	g_assert_true(f->record.agrees);
	/* What went wrong with another is no matter then; else it is said. */
	fixture_file(f->dir, "var/lib/docker/containers/x1/config.v2.json", "{", -1);
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_cmpstr(f->record.identity.runtime, ==, "runc");
	f->query.runtime = "docker";
	g_assert_cmpint(engine_ask(f), ==, -EBADMSG);
}

static void test_agreement(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	static const struct {
		const char *record;
		const char *query;
		bool agrees;
	} cases[] = {
		{"/a/b", "/a/b", true},	     {"/a/b", "/a/b/c", true},
		{"/a/b", "/a/b/c/d", false}, {"/a/b", "/a/bc", false},
		{"/a/b", "/a", false},	     {"/a/b/container", "/a/b", true},
		{"/a/b/c", "/a/b", false},   {"/", "/", false},
		{"/", "/a", false},	     {NULL, "/a", false},
		{"/a", NULL, false},	     {"/a", "", false},
		{"/container", "/", false},  {"a", "a", false},
	};

	f->query.pids = NULL;
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		NslEngineRecord record = {.cgroup = (char *)cases[i].record, .pid = 42};

		f->query.cgroup = cases[i].query;
		g_assert_cmpint(nsl_engine_agrees(&f->query, &record), ==, cases[i].agrees);
	}
	f->query.cgroup = NULL;
	f->query.pids = f->pids;
	g_assert_true(nsl_engine_agrees(&f->query, &(NslEngineRecord){.pid = 42}));
	g_assert_false(nsl_engine_agrees(&f->query, &(NslEngineRecord){.pid = 41}));
	g_assert_false(nsl_engine_agrees(&f->query, &(NslEngineRecord){.pid = 0}));
}

/* Nothing is open before a question, and nothing is after it is freed. */
static void test_descriptors(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	guint before;

	fixture_file(f->dir, "var/lib/docker/containers/x1/config.v2.json", "{\"ID\":\"x1\"}", -1);
	fixture_file(f->dir, "run/runc/x1/state.json", "{\"id\":\"x1\"}", -1);
	f->query.id = "x1";
	nsl_engines_free(f->engines);
	before = fixture_count_fds();
	f->engines = nsl_engines_new(f->root);
	g_assert_cmpuint(fixture_count_fds(), ==, before);
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_cmpuint(fixture_count_fds(), >, before);
	nsl_engines_free(f->engines);
	g_assert_cmpuint(fixture_count_fds(), ==, before);
	f->engines = nsl_engines_new(f->root);
}

int main(int argc, char **argv)
{
	static const EngineTest tests[] = {
		{"/engine/ids", test_ids},
		{"/engine/nothing", test_nothing},
		{"/engine/which", test_which},
		{"/engine/agreement", test_agreement},
		{"/engine/descriptors", test_descriptors},
	};

	return engine_main(argc, argv, tests, G_N_ELEMENTS(tests));
}
