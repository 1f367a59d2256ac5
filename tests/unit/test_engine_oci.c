/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of attribute/engine_oci: what bundles tell.
 */
#include "fixture_engine.h"

static void test_cgroups(EngineFixture *f G_GNUC_UNUSED, gconstpointer data G_GNUC_UNUSED)
{
	static const struct {
		const char *path;
		const char *cgroup;
		const char *rootless;
	} cases[] = {
		{"/docker/x", "/docker/x", "/docker/x"},
		{"/x///", "/x", "/x"},
		{"/", NULL, NULL},
		{"///", NULL, NULL},
		{"", NULL, NULL},
		{"x", NULL, NULL},
		{"/x/../y", NULL, NULL},
		{"system.slice:docker:x", "/system.slice/docker-x.scope", NULL},
		{":docker:x", "/system.slice/docker-x.scope", NULL},
		{"-.slice:a:b", "/a-b.scope", NULL},
		{"a-b-c.slice:crio:x", "/a.slice/a-b.slice/a-b-c.slice/crio-x.scope", NULL},
		{"a.slice::x", "/a.slice/x.scope", NULL},
		{"a.slice:x:b.slice", "/a.slice/b.slice", NULL},
		/* 120 slices, of 2, 4, 6 … letters: longer than a path can be. */
		{"a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-"
		 "a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-"
		 "a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a."
		 "slice"
		 ":docker:x",
		 NULL, NULL},
		{"a.slice:p:", NULL, NULL},
		{"noslice:p:x", NULL, NULL},
		{"../a.slice:p:x", NULL, NULL},
		{"a.slice:p:../x", NULL, NULL},
		{"a:b:c:d", NULL, NULL},
		{"::", NULL, NULL},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *system = nsl_engine_cgroup_of(cases[i].path, 0);
		g_autofree char *rootless = nsl_engine_cgroup_of(cases[i].path, 1000);

		g_assert_cmpstr(system, ==, cases[i].cgroup);
		g_assert_cmpstr(rootless, ==, cases[i].rootless);
	}
}

/* The bundle is all that is known; that it is claimed to be this container's is no agreement. */
static void test_bundle(EngineFixture *f, gconstpointer data G_GNUC_UNUSED)
{
	fixture_file(f->dir, "b/config.json",
		     "{\"annotations\":{\"io.kubernetes.container.name\":\"web\","
		     "\"io.kubernetes.pod.name\":\"shop-1\",\"io.kubernetes.pod.namespace\":"
		     "\"prod\",\"io.kubernetes.pod.uid\":\"0c1e-9\","
		     "\"io.kubernetes.cri-o.ContainerType\":\"container\",\"empty\":\"\"},"
		     "\"linux\":{\"cgroupsPath\":\"/x/y\"}}",
		     -1);
	f->query.runtime = "buildkit";
	g_assert_cmpint(engine_ask(f), ==, -ENOENT);
	f->query.bundle = "/b";
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_null(f->record.identity.runtime);
	g_assert_cmpstr(f->record.identity.name, ==, "web");
	g_assert_cmpstr(f->record.identity.pod, ==, "shop-1");
	g_assert_cmpstr(f->record.identity.pod_namespace, ==, "prod");
	g_assert_cmpstr(f->record.identity.pod_uid, ==, "0c1e-9");
	g_assert_false(f->record.agrees);
	f->query.cgroup = "/x/y";
	g_assert_cmpint(engine_ask(f), ==, 0);
	g_assert_true(f->record.agrees);
	f->query.bundle = "/b/../b";
	g_assert_cmpint(engine_ask(f), ==, -ENOENT);
	f->query.bundle = "b";
	g_assert_cmpint(engine_ask(f), ==, -ENOENT);
}

int main(int argc, char **argv)
{
	static const EngineTest tests[] = {
		{"/engine_oci/cgroups", test_cgroups},
		{"/engine_oci/bundle", test_bundle},
	};

	return engine_main(argc, argv, tests, G_N_ELEMENTS(tests));
}
