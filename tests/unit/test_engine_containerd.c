/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of attribute/engine_containerd: bundles as containerd keeps them of running tasks.
 */
#include "fixture_engine.h"

#define TASKS "io.containerd.runtime.v2.task"
#define CONFIG                                                                                     \
	"{\"ociVersion\":\"1.0.2-dev\",\"process\":{\"args\":[\"/bin/sleep\"]},\"annotations\":{"  \
	"\"io.kubernetes.cri.container-name\":\"web\",\"io.kubernetes.cri.container-type\":"       \
	"\"container\",\"io.kubernetes.cri.sandbox-id\":\"aa\",\"io.kubernetes.cri.sandbox-name\"" \
	":\"shop-1\",\"io.kubernetes.cri.sandbox-namespace\":\"prod\","                            \
	"\"io.kubernetes.cri.sandbox-uid\":\"0c1e-9\"},\"linux\":{\"cgroupsPath\":"                \
	"\"kubepods-burstable-pod0c1e_9.slice:cri-containerd:" FIXTURE_ID "\"}}"
#define CGROUP                                                                                     \
	"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod0c1e_9.slice/"             \
	"cri-containerd-" FIXTURE_ID ".scope"

static void put(EngineFixture *f, const char *state, const char *space, const char *config)
{
	g_autofree char *dir = g_build_filename(state, TASKS, space, f->query.id, NULL);
	g_autofree char *path = g_build_filename(dir, "config.json", NULL);
	g_autofree char *pid = g_build_filename(dir, "init.pid", NULL);

	fixture_file(f->dir, path, config, -1);
	fixture_file(f->dir, pid, "42", -1);
	f->query.runtime = "containerd";
	f->query.space = space;
}

static void test_kubernetes(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	put(f, "run/containerd", "k8s.io", CONFIG);
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_cmpstr(f->record.identity.runtime, ==, "containerd");
	g_assert_cmpstr(f->record.identity.name, ==, "web");
	g_assert_cmpstr(f->record.identity.pod, ==, "shop-1");
	g_assert_cmpstr(f->record.identity.pod_namespace, ==, "prod");
	g_assert_cmpstr(f->record.identity.pod_uid, ==, "0c1e-9");
	g_assert_false(f->record.sandbox);
	g_assert_cmpuint(f->record.pid, ==, 42);
	g_assert_cmpstr(f->record.cgroup, ==, CGROUP);
	g_assert_cmpstr(f->record.bundle, ==, "/run/containerd/" TASKS "/k8s.io/" FIXTURE_ID);
	g_assert_true(f->record.agrees);
	f->query.pids = NULL;
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_false(f->record.agrees);
	f->query.cgroup = CGROUP;
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_true(f->record.agrees);
}

/* Of a pod whose engine is not known by the cgroup; in whichever containerd namespace. */
static void test_unknown(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	put(f, "run/k3s/containerd", "k8s.io", CONFIG);
	fixture_file(f->dir, "run/k3s/containerd/" TASKS "/aa/other/config.json", "{}", -1);
	f->query.runtime = "cri";
	f->query.space = NULL;
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_cmpstr(f->record.identity.runtime, ==, "containerd");
	g_assert_cmpstr(f->record.identity.name, ==, "web");
	f->query.runtime = NULL;
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_cmpstr(f->record.identity.name, ==, "web");
	f->query.space = "other";
	g_assert_cmpint(engine_ask(f), ==, -ENOENT);
}

static void test_sandbox(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	put(f, "run/containerd", "k8s.io",
	    "{\"annotations\":{\"io.kubernetes.cri.container-type\":\"sandbox\","
	    "\"io.kubernetes.cri.sandbox-name\":\"shop-1\"}}");
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_true(f->record.sandbox);
	g_assert_null(f->record.identity.name);
	g_assert_cmpstr(f->record.identity.pod, ==, "shop-1");
}

/* ctr and nerdctl; ids of one's choice. */
static void test_others(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	f->query.id = "c1";
	put(f, "run/containerd", "ns1",
	    "{\"annotations\":{\"role\":\"web\"},\"linux\":{\"cgroupsPath\":\"/ns1/c1\"}}");
	f->query.cgroup = "/ns1/c1";
	f->query.pids = NULL;
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_null(f->record.identity.name);
	g_assert_true(f->record.agrees);
	put(f, "run/containerd", "default", "{\"annotations\":{\"nerdctl/name\":\"web\"}}");
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_cmpstr(f->record.identity.name, ==, "web");
}

static void test_places(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	put(f, "srv/state", "k8s.io", CONFIG);
	g_assert_cmpint(engine_ask(f), ==, -ENOENT);
	f->query.state = "/srv/state";
	g_assert_cmpint(engine_ask(f), ==, 0);
	f->query.state = NULL;
	fixture_file(f->dir, "etc/containerd/config.toml",
		     "version = 2\nstate = \"/srv/state\"\n[grpc]\nstate = \"/no\"\n", -1);
	g_assert_cmpint(engine_ask(f), ==, 0);
	fixture_file(f->dir, "etc/containerd/config.toml", "[x]\nstate = \"/srv/state\"\n", -1);
	g_assert_cmpint(engine_ask(f), ==, -ENOENT);
	fixture_file(f->dir, "etc/c.toml", "state=\"/srv/state\"", -1);
	f->query.config = "/etc/c.toml";
	g_assert_cmpint(engine_ask(f), ==, 0);
}

static void test_malformed(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	static const char *const wrong[] = {"{\"annotations\":[]}", "{\"annotations\":{\"a\":5}}",
					    "{\"annotations\":{\"a\":null,\"b\":[]}}",
					    "{\"linux\":5}", "{\"linux\":{\"cgroupsPath\":5}}"};

	for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
		put(f, "run/containerd", "k8s.io", wrong[i]);
		g_assert_cmpint(engine_ask(f), ==, -EBADMSG);
	}
	put(f, "run/containerd", "k8s.io", CONFIG);
	engine_try_malformed(f, "run/containerd/" TASKS "/k8s.io/" FIXTURE_ID "/config.json",
			     CONFIG);
}

int main(int argc, char **argv)
{
	static const EngineTest tests[] = {
		{"/engine_containerd/kubernetes", test_kubernetes},
		{"/engine_containerd/unknown", test_unknown},
		{"/engine_containerd/sandbox", test_sandbox},
		{"/engine_containerd/others", test_others},
		{"/engine_containerd/places", test_places},
		{"/engine_containerd/malformed", test_malformed},
	};

	return engine_main(argc, argv, tests, G_N_ELEMENTS(tests));
}
