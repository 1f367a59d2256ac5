/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of attribute/engine_runc: the state of runc and of crun.
 */
#include "fixture_engine.h"

#define STATE                                                                                      \
	"{\"id\":\"r1\",\"init_process_pid\":42,\"init_process_start\":1242214,\"created\":"       \
	"\"2026-11-23T21:01:20Z\",\"config\":{\"rootfs\":\"/b/rootfs\",\"labels\":["               \
	"\"io.kubernetes.container.name=web\",\"io.kubernetes.pod.name=shop-1\",\"odd\","          \
	"\"bundle=/b\"],\"cgroups\":{\"path\":\"/r1\"}},\"rootless\":false,\"cgroup_paths\":{"     \
	"\"\":\"/sys/fs/cgroup/unified/u/r1\",\"cpu\":\"/sys/fs/cgroup/cpu/c/r1\","                \
	"\"name=systemd\":\"/sys/fs/cgroup/systemd/s/r1\"},\"namespace_paths\":{\"NEWNET\":"       \
	"\"/proc/42/ns/net\"}}"
#define STATUS                                                                                     \
	"{\n    \"pid\": 42,\n    \"process-start-time\": 1242229,\n    \"cgroup-path\": "         \
	"\"/c1\",\n    \"scope\": \"\",\n    \"bundle\": \"/b\",\n    \"owner\": \"root\"\n}\n"

static void put_runc(EngineFixture *f, const char *state)
{
	fixture_file(f->dir, "run/runc/r1/state.json", state, -1);
	f->query.runtime = "runc";
	f->query.id = "r1";
}

static void test_runc(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	put_runc(f, STATE);
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_cmpstr(f->record.identity.runtime, ==, "runc");
	g_assert_cmpstr(f->record.identity.name, ==, "web");
	g_assert_cmpstr(f->record.identity.pod, ==, "shop-1");
	g_assert_cmpstr(f->record.bundle, ==, "/b");
	g_assert_cmpstr(f->record.cgroup, ==, "/s/r1");
	g_assert_cmpuint(f->record.pid, ==, 42);
	g_assert_cmpuint(f->record.start, ==, 1242214);
	g_assert_true(f->record.agrees);
}

/* Whichever of the hierarchies it is whose path is known. */
static void test_runc_cgroups(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	static const char *const good[] = {"/u/r1", "/c/r1", "/s/r1", "/c/r1/init"};
	static const char *const bad[] = {"/r1", "/", "", "/x/c/r1", "/c/r1/a/b", "/c/r11", "/c"};

	put_runc(f, STATE);
	f->query.pids = NULL;
	for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
		f->query.cgroup = good[i];
		g_assert_cmpint(engine_ask(f), ==, 0);
		g_assert_true(f->record.agrees);
	}
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		f->query.cgroup = bad[i];
		g_assert_cmpint(engine_ask(f), ==, 0);
		g_assert_false(f->record.agrees);
	}
}

/* Where there is version 2 alone. */
static void test_runc_unified(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	put_runc(f, "{\"id\":\"r1\",\"cgroup_paths\":{\"\":\"/sys/fs/cgroup/system.slice/r1\"}}");
	f->query.cgroup = "/system.slice/r1";
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_cmpstr(f->record.cgroup, ==, "/system.slice/r1");
	g_assert_true(f->record.agrees);
	put_runc(f, "{\"id\":\"r1\",\"cgroup_paths\":{\"\":\"/sys/fs/cgroup\"}}");
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_null(f->record.cgroup);
}

static void test_runc_places(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	fixture_file(f->dir, "srv/x/r1/state.json", STATE, -1);
	f->query.runtime = "runc";
	f->query.id = "r1";
	g_assert_cmpint(engine_ask(f), ==, -ENOENT);
	f->query.state = "/srv/x";
	g_assert_cmpint(engine_ask(f), ==, 0);
	f->query.state = NULL;
	f->query.uid = 1000;
	fixture_file(f->dir, "run/user/1000/runc/r1/state.json", STATE, -1);
	engine_give(f, "run/user/1000", 1000);
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_cmpuint(f->record.owner, ==, 1000);
}

static void test_runc_malformed(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	static const char *const wrong[] = {
		"{}",
		"{\"id\":\"r2\"}",
		"{\"id\":\"r1\",\"init_process_pid\":\"42\"}",
		"{\"id\":\"r1\",\"init_process_start\":-1}",
		"{\"id\":\"r1\",\"cgroup_paths\":[]}",
		"{\"id\":\"r1\",\"cgroup_paths\":{\"cpu\":5}}",
		"{\"id\":\"r1\",\"config\":[]}",
		"{\"id\":\"r1\",\"config\":{\"labels\":{}}}",
		"{\"id\":\"r1\",\"config\":{\"labels\":[5]}}",
	};

	for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
		put_runc(f, wrong[i]);
		g_assert_cmpint(engine_ask(f), ==, -EBADMSG);
	}
	put_runc(f, STATE);
	engine_try_malformed(f, "run/runc/r1/state.json", STATE);
}

static void put_crun(EngineFixture *f, const char *status)
{
	fixture_file(f->dir, "run/crun/c1/status", status, -1);
	f->query.runtime = "crun";
	f->query.id = "c1";
}

static void test_crun(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	put_crun(f, STATUS);
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_cmpstr(f->record.identity.runtime, ==, "crun");
	g_assert_null(f->record.identity.name);
	g_assert_cmpstr(f->record.bundle, ==, "/b");
	g_assert_cmpstr(f->record.cgroup, ==, "/c1");
	g_assert_cmpuint(f->record.pid, ==, 42);
	g_assert_cmpuint(f->record.start, ==, 1242229);
	g_assert_true(f->record.agrees);
	fixture_file(f->dir, "run/crun/c1/config.json",
		     "{\"annotations\":{\"io.kubernetes.container.name\":\"web\"},"
		     "\"linux\":{\"cgroupsPath\":\"/other\"}}",
		     -1);
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_cmpstr(f->record.identity.name, ==, "web");
	g_assert_cmpstr(f->record.cgroup, ==, "/c1");
}

static void test_crun_malformed(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	static const char *const wrong[] = {"{\"pid\":\"42\"}", "{\"pid\":5000000}",
					    "{\"bundle\":5}", "{\"cgroup-path\":{}}"};

	for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
		put_crun(f, wrong[i]);
		g_assert_cmpint(engine_ask(f), ==, -EBADMSG);
	}
	put_crun(f, STATUS);
	engine_try_malformed(f, "run/crun/c1/status", "{\"pid\":42,\"cgroup-path\":\"/c1\"}");
}

int main(int argc, char **argv)
{
	static const EngineTest tests[] = {
		{"/engine_runc/runc", test_runc},
		{"/engine_runc/runc-cgroups", test_runc_cgroups},
		{"/engine_runc/runc-unified", test_runc_unified},
		{"/engine_runc/runc-places", test_runc_places},
		{"/engine_runc/runc-malformed", test_runc_malformed},
		{"/engine_runc/crun", test_crun},
		{"/engine_runc/crun-malformed", test_crun_malformed},
	};

	return engine_main(argc, argv, tests, G_N_ELEMENTS(tests));
}
