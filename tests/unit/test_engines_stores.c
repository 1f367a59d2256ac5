/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of attribute/engines_stores: what is no JSON. Records are tested in test_engines.c, with
 * the files that have them.
 */
#include "attribute/engines.h"

#include "test.h"

TEST(settings)
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
		{"key=v", "", "v"},
		{"key=", "", ""},
		{"key=\"v", "", NULL},
		{"key=\"v\nkey=w", "", "w"},
		{"key", "", NULL},
		{"[s", "s", NULL},
		{"[", "", NULL},
		{"[]\nkey=v", "", NULL},
		{"", "", NULL},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *value =
			nsl_engine_find_setting(cases[i].text, cases[i].section, "key");

		g_assert_cmpstr(value, ==, cases[i].value);
	}
}

TEST(expand)
{
	static const NslEngineQuery query = {
		.id = "c1", .uid = 1000, .home = "/home/$UID", .containerd_ns = "k8s.io"};
	static const NslEngineQuery unknown = {.id = "c1", .monitor = 7};
	static const struct {
		const char *template;
		const char *path; /* NULL: a value is missing */
		const char *unknown;
	} cases[] = {
		{"", "", ""},
		{"/run/$ID/x", "/run/c1/x", "/run/c1/x"},
		{"$HOME/$UID", "/home/$UID/1000", NULL},
		{"a/$CONTAINERD_NS", "a/k8s.io", "a/*"},
		{"/$MONITOR", NULL, "/7"},
		{"$ROOT", NULL, NULL},
		{"$STATE/x", NULL, NULL},
		{"/$OTHER$", "/$OTHER$", "/$OTHER$"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *path = nsl_engine_expand(cases[i].template, &query);
		g_autofree char *other = nsl_engine_expand(cases[i].template, &unknown);

		g_assert_cmpstr(path, ==, cases[i].path);
		g_assert_cmpstr(other, ==, cases[i].unknown);
	}
}

TEST(pids)
{
	static const char *const wrong[] = {
		"", "x", "0x1", "-42", "42x", "4194305", "99999999999999999999", "4 2"};
	guint32 pid = 5;

	for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++)
		g_assert_false(nsl_engine_parse_pid(wrong[i], &pid));
	g_assert_cmpuint(pid, ==, 5);
	g_assert_true(nsl_engine_parse_pid(" 42\n", &pid));
	g_assert_cmpuint(pid, ==, 42);
	g_assert_true(nsl_engine_parse_pid("4194304", &pid));
}

TEST(cgroup_paths)
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
		{"/x/../", NULL, NULL},
		{"system.slice:docker:x", "/system.slice/docker-x.scope", NULL},
		{":docker:x", "/system.slice/docker-x.scope", NULL},
		{"-.slice:a:b", "/a-b.scope", NULL},
		{"a-b-c.slice:crio:x", "/a.slice/a-b.slice/a-b-c.slice/crio-x.scope", NULL},
		{"a.slice::x", "/a.slice/x.scope", NULL},
		{"a.slice:x:b.slice", "/a.slice/b.slice", NULL},
		{"a.slice:p:", NULL, NULL},
		{"noslice:p:x", NULL, NULL},
		{"../a.slice:p:x", NULL, NULL},
		{"a.slice:p:../x", NULL, NULL},
		{"a:b:c:d", NULL, NULL},
		{"::", NULL, NULL},
	};
	g_autoptr(GString) deep = g_string_new("a");
	g_autofree char *too_long = NULL;

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *system = nsl_engine_cgroup_path(cases[i].path, 0);
		g_autofree char *rootless = nsl_engine_cgroup_path(cases[i].path, 1000);

		g_assert_cmpstr(system, ==, cases[i].cgroup);
		g_assert_cmpstr(rootless, ==, cases[i].rootless);
	}
	/* 120 slices, of 2, 4, 6 … letters: longer than a path can be. */
	for (guint i = 0; i < 119; i++)
		g_string_append(deep, "-a");
	g_string_append(deep, ".slice:docker:x");
	too_long = nsl_engine_cgroup_path(deep->str, 0);
	g_assert_null(too_long);
}

TEST(cgroup_agrees)
{
	static const struct {
		const char *record;
		const char *container;
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

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		g_assert_cmpint(nsl_engine_cgroup_agrees(cases[i].record, cases[i].container), ==,
				cases[i].agrees);
}

TEST(kube_names)
{
	static const char *const bad[] = {"",
					  "k8s",
					  "k8s_",
					  "web",
					  "k8s_a_b_c_d",
					  "k8s_a_b_c_d_0_1",
					  "k8s__b_c_d_0",
					  "k8s_a_b/../_c_d_0",
					  "xk8s_a_b_c_d_0"};
	NslIdentity identity = {.runtime = "docker", .name = g_strdup("old")};

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
		g_assert_false(nsl_identity_take_kube_name(&identity, bad[i]));
	g_assert_cmpstr(identity.name, ==, "old");
	g_assert_true(nsl_identity_take_kube_name(&identity, "k8s_web_shop-1_prod_0c1e-9_2"));
	g_assert_cmpstr(identity.runtime, ==, "docker");
	g_assert_cmpstr(identity.name, ==, "web");
	g_assert_cmpstr(identity.pod, ==, "shop-1");
	g_assert_cmpstr(identity.pod_namespace, ==, "prod");
	g_assert_cmpstr(identity.pod_uid, ==, "0c1e-9");
	nsl_identity_clear(&identity);
}
