/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fuzzes what base/untrusted accepts, and what the engines' readers take apart that is no JSON:
 * settings, and OCI's cgroup paths. What has to hold: an id is a name; a name is UTF-8 without a
 * slash or control characters, a path without ".."; the parts of a Kubernetes name give that name
 * again; a setting that is written is found.
 */
#include "fuzz.h"

#include "attribute/engines.h"

static void check_validate(const char *text)
{
	g_autofree char *last = nsl_validate_last_part(text);

	if (nsl_is_id(text) && strcmp(text, ".") != 0 && strcmp(text, "..") != 0)
		g_assert_true(nsl_is_name(text));
	if (nsl_is_name(text)) {
		g_assert_true(g_utf8_validate(text, -1, NULL) && strlen(text) <= 255);
		g_assert_null(strpbrk(text, "/\n\t\033\177"));
		g_assert_cmpstr(last, ==, text);
	}
	if (nsl_is_path(text)) {
		g_auto(GStrv) parts = g_strsplit(text, "/", -1);

		g_assert_false(g_strv_contains((const char *const *)parts, ".."));
		g_assert_null(strpbrk(text, "\n\t\033\177"));
	}
	g_assert_true(!last || nsl_is_name(last));
}

static void check_kube_name(const char *text)
{
	NslIdentity name = {0};
	g_autofree char *again = NULL;

	if (!nsl_identity_take_kube_name(&name, text))
		return;
	again = g_strjoin("_", "k8s", name.name, name.pod, name.pod_namespace, name.pod_uid,
			  strrchr(text, '_') + 1, NULL);
	g_assert_cmpstr(again, ==, text);
	nsl_identity_clear(&name);
}

static void check_cgroup(const char *text)
{
	g_autofree char *root = nsl_engine_cgroup_path(text, 0);
	g_autofree char *user = nsl_engine_cgroup_path(text, 1000);

	g_assert_true(!root || (root[0] == '/' && nsl_is_path(root)));
	/* Only the system's systemd answers to what has no slash. */
	g_assert_cmpstr(user, ==, text[0] == '/' ? root : NULL);
}

static void check_setting(const char *text)
{
	g_autofree char *value = nsl_engine_find_setting(text, "storage", "graphroot");
	g_autofree char *file = NULL;
	g_autofree char *again = NULL;

	/* A value without quotes may have any in it. */
	if (!value || strpbrk(value, "'\""))
		return;
	g_assert_nonnull(strstr(text, value));
	g_assert_true(!strchr(value, '\n'));
	file = g_strdup_printf("[storage]\ngraphroot = \"%s\"\n", value);
	again = nsl_engine_find_setting(file, "storage", "graphroot");
	g_assert_cmpstr(again, ==, value);
}

void fuzz_one(const guint8 *data, gsize size)
{
	g_autofree char *text = fuzz_text(data, size);

	check_validate(text);
	check_kube_name(text);
	check_cgroup(text);
	check_setting(text);
}
