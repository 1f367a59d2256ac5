/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of attribute/engine_docker: config.v2.json as Docker writes it.
 */
#include "fixture_engine.h"

#define CONFIG                                                                                     \
	"{\"StreamConfig\":{},\"State\":{\"Running\":true,\"Paused\":false,\"Pid\":42,\"Health\":" \
	"null},\"ID\":\"" FIXTURE_ID "\",\"Created\":\"2026-11-23T21:01:22Z\",\"Managed\":false,"  \
	"\"Path\":\"/bin/sleep\",\"Args\":[\"600\"],\"Config\":{\"Labels\":{\"role\":\"web\"}},"   \
	"\"Name\":\"/d1\",\"SeccompProfile\":\"\"}"
#define PATH "containers/" FIXTURE_ID "/config.v2.json"
#define STATE                                                                                      \
	"{\"id\":\"" FIXTURE_ID "\",\"init_process_pid\":42,\"init_process_start\":99,"            \
	"\"cgroup_paths\":{\"name=systemd\":\"/sys/fs/cgroup/systemd/docker/" FIXTURE_ID "\"}}"

static void put(EngineFixture *f, const char *root, const char *config)
{
	g_autofree char *path = g_build_filename(root, PATH, NULL);

	fixture_file(f->dir, path, config, -1);
	f->query.runtime = "docker";
}

static void test_plain(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	put(f, "var/lib/docker", CONFIG);
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_cmpstr(f->record.identity.runtime, ==, "docker");
	g_assert_cmpstr(f->record.identity.name, ==, "d1");
	g_assert_cmpuint(f->record.pid, ==, 42);
	g_assert_cmpuint(f->record.owner, ==, 0);
	g_assert_true(f->record.agrees);
	g_assert_null(f->record.identity.pod);
}

/* Of another container, or of one that is not running. */
static void test_disagrees(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	put(f, "var/lib/docker", CONFIG);
	g_array_remove_index(f->pids, 1);
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_false(f->record.agrees);
	g_assert_cmpstr(f->record.identity.name, ==, "d1");
	put(f, "var/lib/docker", "{\"ID\":\"" FIXTURE_ID "\",\"State\":{\"Pid\":0}}");
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_false(f->record.agrees);
	g_assert_null(f->record.identity.name);
	f->query.pids = NULL;
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_false(f->record.agrees);
}

/* Where its first process is not among those that are known, runc's state has the cgroup. */
static void test_by_cgroup(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	put(f, "var/lib/docker", CONFIG);
	fixture_file(f->dir, "run/docker/runtime-runc/moby/" FIXTURE_ID "/state.json", STATE, -1);
	g_array_remove_index(f->pids, 1);
	f->query.cgroup = "/docker/" FIXTURE_ID;
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_true(f->record.agrees);
	g_assert_cmpuint(f->record.start, ==, 99);
	g_assert_cmpstr(f->record.cgroup, ==, "/docker/" FIXTURE_ID);
	f->query.cgroup = "/user.slice/docker/" FIXTURE_ID;
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_false(f->record.agrees);
}

static void test_places(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	put(f, "srv/argument", CONFIG);
	g_assert_cmpint(engine_ask(f), ==, -ENOENT);
	f->query.root = "/srv/argument";
	g_assert_cmpint(engine_ask(f), ==, 0);
	f->query.root = "/srv/other";
	g_assert_cmpint(engine_ask(f), ==, -ENOENT);
	f->query.root = NULL;
	fixture_file(f->dir, "etc/docker/daemon.json", "{\"data-root\":\"/srv/argument\"}", -1);
	g_assert_cmpint(engine_ask(f), ==, 0);
	fixture_file(f->dir, "etc/docker/daemon.json", "{\"data-root\":5}", -1);
	g_assert_cmpint(engine_ask(f), ==, -ENOENT);
	fixture_file(f->dir, "etc/docker/daemon.json", "{", -1);
	fixture_file(f->dir, "etc/d2.json", "{\"data-root\":\"/srv/argument\"}", -1);
	f->query.config = "/etc/d2.json";
	g_assert_cmpint(engine_ask(f), ==, 0);
}

/* /var/lib/docker on another disk, as administrators do. */
static void test_moved(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	put(f, "data/docker", CONFIG);
	fixture_link(f->dir, "var/lib/docker", "../../data/docker");
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_true(f->record.agrees);
}

static void test_remapped(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	put(f, "var/lib/docker/100000.100000", CONFIG);
	fixture_file(f->dir, "var/lib/docker/overlay2/x", "", 0);
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_true(f->record.agrees);
}

/* A user's own: his word, in his home, and in nobody else's name. */
static void test_rootless(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	put(f, "home/u/.local/share/docker", CONFIG);
	engine_give(f, "home/u", 1000);
	f->query.uid = 1000;
	g_assert_cmpint(engine_ask(f), ==, -ENOENT);
	f->query.home = "/home/u";
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_cmpuint(f->record.owner, ==, 1000);
	f->query.uid = 1001;
	g_assert_cmpint(engine_ask(f), ==, -EPERM);
	f->query.uid = 0;
	f->query.root = "/home/u/.local/share/docker";
	g_assert_cmpint(engine_ask(f), ==, -EPERM);
}

static void test_kubernetes(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	put(f, "var/lib/docker",
	    "{\"ID\":\"" FIXTURE_ID "\",\"Name\":\"/k8s_web_shop-1_prod_0c1e-9_3\","
	    "\"State\":{\"Pid\":40}}");
	f->query.runtime = "cri";
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_cmpstr(f->record.identity.runtime, ==, "docker");
	g_assert_cmpstr(f->record.identity.name, ==, "web");
	g_assert_cmpstr(f->record.identity.pod, ==, "shop-1");
	g_assert_cmpstr(f->record.identity.pod_namespace, ==, "prod");
	g_assert_cmpstr(f->record.identity.pod_uid, ==, "0c1e-9");
	g_assert_false(f->record.sandbox);
}

static void test_malformed(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	static const char *const wrong[] = {
		"{}",
		"{\"ID\":\"other\",\"Name\":\"/x\"}",
		"{\"ID\":5}",
		"{\"ID\":\"" FIXTURE_ID "\",\"Name\":5}",
		"{\"ID\":\"" FIXTURE_ID "\",\"Name\":\"/a\\u0000b\"}",
		"{\"ID\":\"" FIXTURE_ID "\",\"Name\":\"/a\xff\"}",
		"{\"ID\":\"" FIXTURE_ID "\",\"State\":[]}",
		"{\"ID\":\"" FIXTURE_ID "\",\"State\":{\"Pid\":\"42\"}}",
		"{\"ID\":\"" FIXTURE_ID "\",\"State\":{\"Pid\":-1}}",
		"{\"ID\":\"" FIXTURE_ID "\",\"State\":{\"Pid\":4294967338}}",
	};

	f->query.runtime = "docker";
	for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
		put(f, "var/lib/docker", wrong[i]);
		g_assert_cmpint(engine_ask(f), ==, -EBADMSG);
	}
	engine_try_malformed(f, "var/lib/docker/" PATH, CONFIG);
}

/* A name that would do harm on a terminal, or is too long, is none. */
static void test_names(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	g_autofree char *name = g_strnfill(256, 'x');
	g_autofree char *config =
		g_strdup_printf("{\"ID\":\"%s\",\"Name\":\"/%s\"}", FIXTURE_ID, name);

	put(f, "var/lib/docker", config);
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_null(f->record.identity.name);
	put(f, "var/lib/docker", "{\"ID\":\"" FIXTURE_ID "\",\"Name\":\"/\\u001b[31mx\"}");
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_null(f->record.identity.name);
}

int main(int argc, char **argv)
{
	static const EngineTest tests[] = {
		{"/engine_docker/plain", test_plain},
		{"/engine_docker/disagrees", test_disagrees},
		{"/engine_docker/by-cgroup", test_by_cgroup},
		{"/engine_docker/places", test_places},
		{"/engine_docker/moved", test_moved},
		{"/engine_docker/remapped", test_remapped},
		{"/engine_docker/rootless", test_rootless},
		{"/engine_docker/kubernetes", test_kubernetes},
		{"/engine_docker/malformed", test_malformed},
		{"/engine_docker/names", test_names},
	};

	return engine_main(argc, argv, tests, G_N_ELEMENTS(tests));
}
