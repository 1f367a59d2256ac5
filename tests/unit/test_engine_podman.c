/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of attribute/engine_podman: containers/storage as podman and CRI-O have it.
 */
#include "fixture_engine.h"

#define STORE "var/lib/containers/storage"
#define LIST  STORE "/overlay-containers/containers.json"
#define PIDS  "run/containers/storage/overlay-containers/" FIXTURE_ID "/userdata/pidfile"
#define CONTAINER                                                                                  \
	"{\"id\":\"" FIXTURE_ID "\",\"names\":[\"p1\",\"second\"],\"image\":\"02ef\","             \
	"\"layer\":\"a6e1\",\"metadata\":\"{\\\"name\\\":\\\"p1\\\"}\",\"flags\":{}}"

static void put(EngineFixture *f)
{
	fixture_file(f->dir, LIST, "[" CONTAINER "]", -1);
	fixture_file(f->dir, PIDS, "42", -1);
	f->query.runtime = "podman";
}

static void test_plain(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	put(f);
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_cmpstr(f->record.identity.runtime, ==, "podman");
	g_assert_cmpstr(f->record.identity.name, ==, "p1");
	g_assert_cmpuint(f->record.pid, ==, 42);
	g_assert_cmpstr(f->record.bundle, ==,
			"/" STORE "/overlay-containers/" FIXTURE_ID "/userdata");
	g_assert_true(f->record.agrees);
	fixture_file(f->dir, PIDS, "43\n", -1);
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_cmpuint(f->record.pid, ==, 43);
	g_assert_false(f->record.agrees);
	f->query.id = "another";
	g_assert_cmpint(engine_ask(f), ==, -ENOENT);
}

/* Whatever the storage driver; and of --rm, which a list of its own has. */
static void test_drivers(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	f->query.runtime = "podman";
	fixture_file(f->dir, STORE "/overlay-containers/containers.json", "[]", -1);
	fixture_file(f->dir, STORE "/vfs-containers/volatile-containers.json", "[" CONTAINER "]",
		     -1);
	fixture_file(f->dir, STORE "/vfs-images/images.json", "[]", -1);
	fixture_file(f->dir,
		     "run/containers/storage/vfs-containers/" FIXTURE_ID "/userdata/pidfile",
		     "4711", -1);
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_cmpstr(f->record.identity.name, ==, "p1");
	g_assert_true(f->record.agrees);
}

/* Sixteen are looked at; that there are more is an error, not silence. */
static void test_many_drivers(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	f->query.runtime = "podman";
	for (guint i = 0; i < 17; i++) {
		g_autofree char *path = g_strdup_printf(STORE "/d%u-containers/containers.json", i);

		fixture_file(f->dir, path, "[]", -1);
		if (i >= 14)
			g_assert_cmpint(engine_ask(f), ==, i < 16 ? -ENOENT : -E2BIG);
	}
}

/* Where not all processes are known: by the cgroup of the bundle. */
static void test_by_cgroup(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	put(f);
	g_array_set_size(f->pids, 1);
	fixture_file(f->dir, STORE "/overlay-containers/" FIXTURE_ID "/userdata/config.json",
		     "{\"linux\":{\"cgroupsPath\":\"machine.slice:libpod:" FIXTURE_ID "\"}}", -1);
	f->query.cgroup = "/machine.slice/libpod-" FIXTURE_ID ".scope";
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_true(f->record.agrees);
	f->query.cgroup = "/machine.slice/libpod-" FIXTURE_ID ".scope/container";
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_true(f->record.agrees);
	f->query.cgroup = "/user.slice/machine.slice/libpod-" FIXTURE_ID ".scope";
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_false(f->record.agrees);
}

static void test_places(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	fixture_file(f->dir, "srv/s/overlay-containers/containers.json", "[" CONTAINER "]", -1);
	fixture_file(f->dir, "srv/r/overlay-containers/" FIXTURE_ID "/userdata/pidfile", "42", -1);
	f->query.runtime = "podman";
	g_assert_cmpint(engine_ask(f), ==, -ENOENT);
	f->query.root = "/srv/s";
	f->query.state = "/srv/r";
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_true(f->record.agrees);
	f->query.root = NULL;
	f->query.state = NULL;
	fixture_file(f->dir, "etc/containers/storage.conf",
		     "# graphroot = \"/no\"\n[storage]\ndriver = \"overlay\"\n# x\n"
		     "runroot = \"/srv/r\"\n  graphroot = '/srv/s' # here\n[storage.options]\n"
		     "graphroot = \"/no\"\n",
		     -1);
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_true(f->record.agrees);
}

static void test_rootless(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	static const char list[] =
		"home/u/.local/share/containers/storage/overlay-containers/containers.json";
	static const char pid[] =
		"run/user/1000/containers/overlay-containers/" FIXTURE_ID "/userdata/pidfile";

	fixture_file(f->dir, list, "[" CONTAINER "]", -1);
	fixture_file(f->dir, pid, "42", -1);
	engine_give(f, "home/u", 1000);
	engine_give(f, "run/user/1000", 1000);
	f->query.runtime = "podman";
	f->query.uid = 1000;
	f->query.home = "/home/u";
	f->query.cgroup = "/";
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_cmpuint(f->record.owner, ==, 1000);
	g_assert_true(f->record.agrees);
	g_array_set_size(f->pids, 0);
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_false(f->record.agrees);
}

static void test_rootless_settings(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	fixture_file(f->dir, "data/1000/overlay-containers/containers.json", "[" CONTAINER "]", -1);
	engine_give(f, "data/1000", 1000);
	f->query.runtime = "podman";
	f->query.uid = 1000;
	f->query.home = "/home/u";
	fixture_file(f->dir, "etc/containers/storage.conf",
		     "[storage]\nrootless_storage_path = \"/data/$UID\"\n", -1);
	g_assert_cmpint(engine_ask(f), ==, 0);
	fixture_file(f->dir, "etc/containers/storage.conf",
		     "[storage]\nrootless_storage_path = \"/data/$OTHER\"\n", -1);
	g_assert_cmpint(engine_ask(f), ==, -ENOENT);
	fixture_file(f->dir, "home/u/.config/containers/storage.conf",
		     "[storage]\ngraphroot=\"/data/1000\"\n", -1);
	engine_give(f, "home/u", 1000);
	g_assert_cmpint(engine_ask(f), ==, 0);
	/* Not by a file that somebody else has put there. */
	engine_give(f, "home/u/.config/containers/storage.conf", 1001);
	g_assert_cmpint(engine_ask(f), ==, -ENOENT);
}

static void test_crio(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	fixture_file(f->dir, LIST,
		     "[{\"id\":\"a1\",\"names\":[\"k8s_POD_shop-1_prod_0c1e-9_0\"]},"
		     "{\"id\":\"" FIXTURE_ID "\",\"names\":[\"k8s_web_shop-1_prod_0c1e-9_0\"]}]",
		     -1);
	fixture_file(f->dir, PIDS, "42", -1);
	f->query.runtime = "cri-o";
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_cmpstr(f->record.identity.runtime, ==, "cri-o");
	g_assert_cmpstr(f->record.identity.name, ==, "web");
	g_assert_cmpstr(f->record.identity.pod, ==, "shop-1");
	g_assert_cmpstr(f->record.identity.pod_namespace, ==, "prod");
	g_assert_cmpstr(f->record.identity.pod_uid, ==, "0c1e-9");
	g_assert_false(f->record.sandbox);
	g_assert_true(f->record.agrees);
	f->query.id = "a1";
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_true(f->record.sandbox);
}

/* One that is wrong costs its own name alone, and what is no list costs the list. */
static void test_malformed(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	static const char *const wrong[] = {"",
					    "{}",
					    "[",
					    "[5]",
					    "[{\"id\":5}]",
					    "\xff",
					    "[{\"id\":\"" FIXTURE_ID "\",\"names\":\"x\"}]",
					    "[{\"id\":\"" FIXTURE_ID "\",\"names\":[5]}]"};
	static const char *const fine[] = {"[{\"id\":\"" FIXTURE_ID "\"}]",
					   "[{\"id\":\"" FIXTURE_ID "\",\"names\":null}]",
					   "[{\"id\":\"" FIXTURE_ID "\",\"names\":[]}]",
					   "[{\"id\":\"" FIXTURE_ID "\",\"names\":[\"a/b\"]}]"};

	put(f);
	for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
		fixture_file(f->dir, LIST, wrong[i], -1);
		g_assert_cmpint(engine_ask(f), ==, -EBADMSG);
	}
	for (gsize i = 0; i < G_N_ELEMENTS(fine); i++) {
		fixture_file(f->dir, LIST, fine[i], -1);
		g_assert_cmpint(engine_ask(f), ==, 0);
		g_assert_null(f->record.identity.name);
	}
	fixture_file(f->dir, LIST, "[5,{\"id\":\"../x\"},{}," CONTAINER "]", -1);
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_cmpstr(f->record.identity.name, ==, "p1");
}

static void test_pid_files(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	static const char *const wrong[] = {
		"", "x", "-42", "42x", "4194305", "99999999999999999999", "4 2"};

	put(f);
	for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
		fixture_file(f->dir, PIDS, wrong[i], -1);
		g_assert_cmpint(engine_ask(f), ==, 0);
		g_assert_cmpuint(f->record.pid, ==, 0);
		g_assert_false(f->record.agrees);
	}
	engine_give(f, PIDS, 1000);
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_cmpuint(f->record.pid, ==, 0);
}

/* Of many containers each has its own name. */
static void test_many(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	g_autoptr(GString) list = g_string_new("[");

	for (guint i = 0; i < 3000; i++)
		g_string_append_printf(list, "%s{\"id\":\"id%u\",\"names\":[\"name%u\"]}",
				       i ? "," : "", i, i);
	g_string_append_c(list, ']');
	fixture_file(f->dir, LIST, list->str, (gssize)list->len);
	f->query.runtime = "podman";
	for (guint i = 0; i < 3000; i++) {
		g_autofree char *id = g_strdup_printf("id%u", i);
		g_autofree char *name = g_strdup_printf("name%u", i);
		g_auto(NslEngineRecord) record = {0};

		f->query.id = id;
		g_assert_cmpint(nsl_engine_read(f->engines, &f->query, &record), ==, 0);
		g_assert_cmpstr(record.identity.name, ==, name);
	}
}

int main(int argc, char **argv)
{
	static const EngineTest tests[] = {
		{"/engine_podman/plain", test_plain},
		{"/engine_podman/drivers", test_drivers},
		{"/engine_podman/many_drivers", test_many_drivers},
		{"/engine_podman/by-cgroup", test_by_cgroup},
		{"/engine_podman/places", test_places},
		{"/engine_podman/rootless", test_rootless},
		{"/engine_podman/rootless-settings", test_rootless_settings},
		{"/engine_podman/crio", test_crio},
		{"/engine_podman/malformed", test_malformed},
		{"/engine_podman/pid-files", test_pid_files},
		{"/engine_podman/many", test_many},
	};

	return engine_main(argc, argv, tests, G_N_ELEMENTS(tests));
}
