/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fuzzes nsl_cgroup_read() (/proc/PID/cgroup). What has to hold: no more containers than are
 * listed, each with an id or a name that is in its path, and a path that is the beginning of a
 * line's, and longer than the one before; what is weak alone has what may be containerd's
 * namespace; a unit is a name; a newline at the end, or the same text once more, changes nothing.
 */
#include "fuzz.h"

#include <limits.h>

#include "attribute/cgroup.h"

/* The field's name for them, as cgroup.h has it. */
static const char *const runtimes[] = {
	"docker", "podman", "containerd", "cri-o", "runc",   "crun", "lxc",	"libvirt-lxc",
	"nspawn", "cri",    "buildkit",	  "ecs",   "garden", "snap", "flatpak", NULL};

static void check_name(const char *name)
{
	g_assert_true(!name || (name[0] != '\0' && !strchr(name, '/') && strlen(name) <= 255));
}

static void check_container(const NslCgroupContainer *container, const char *text)
{
	g_assert_true(container->identity.id || container->identity.name);
	g_assert_true(container->identity.runtime || container->needs_engine_record);
	g_assert_true(!container->identity.runtime ||
		      g_strv_contains(runtimes, container->identity.runtime));
	check_name(container->identity.id);
	check_name(container->identity.name);
	check_name(container->containerd_ns);
	check_name(container->identity.pod_uid);
	g_assert_true(container->path && container->path[0] == '/');
	g_assert_cmpuint(strlen(container->path), <=, PATH_MAX);
	g_assert_nonnull(strstr(text, container->path));
	g_assert_true(!container->identity.id || strstr(container->path, container->identity.id));
	g_assert_true(!container->identity.pod_uid || strlen(container->identity.pod_uid) >= 32);
	g_assert_true(!container->containerd_ns || container->needs_engine_record);
	g_assert_true(container->maker >= NSL_MAKER_ANYBODY && container->maker < G_MAXUINT32);
}

static void check(const NslCgroup *cgroup, const char *text)
{
	gsize before = 0;

	g_assert_cmpuint(cgroup->containers->len, <=, NSL_CGROUP_CONTAINERS);
	for (guint i = 0; i < cgroup->containers->len; i++) {
		const NslCgroupContainer *container =
			&g_array_index(cgroup->containers, NslCgroupContainer, i);

		check_container(container, text);
		g_assert_cmpuint(strlen(container->path), >, before);
		before = strlen(container->path);
	}
	check_name(cgroup->unit);
	check_name(cgroup->machine);
	g_assert_true(!cgroup->machine || strlen(cgroup->machine) <= 64);
	g_assert_true(!cgroup->unit || strchr(cgroup->unit, '.'));
	g_assert_cmpuint(cgroup->unit_depth, <=, NSL_CGROUP_CONTAINERS);
	g_assert_true(!cgroup->unit || strstr(text, cgroup->unit));
}

static void check_same(const NslCgroup *a, const NslCgroup *b)
{
	g_assert_cmpuint(a->containers->len, ==, b->containers->len);
	for (guint i = 0; i < a->containers->len; i++) {
		const NslCgroupContainer *x = &g_array_index(a->containers, NslCgroupContainer, i);
		const NslCgroupContainer *y = &g_array_index(b->containers, NslCgroupContainer, i);

		g_assert_cmpstr(x->identity.runtime, ==, y->identity.runtime);
		g_assert_cmpstr(x->identity.id, ==, y->identity.id);
		g_assert_cmpstr(x->identity.name, ==, y->identity.name);
		g_assert_cmpstr(x->path, ==, y->path);
		g_assert_true(x->needs_engine_record == y->needs_engine_record &&
			      x->maker == y->maker);
	}
	g_assert_cmpstr(a->unit, ==, b->unit);
	g_assert_cmpstr(a->machine, ==, b->machine);
	g_assert_true(a->unit_depth == b->unit_depth && a->below_unit == b->below_unit);
}

static void check_longer(const NslCgroup *cgroup, const char *text)
{
	g_auto(NslCgroup) longer = {0};

	nsl_cgroup_read(&longer, text, NULL, NULL);
	check_same(cgroup, &longer);
}

void fuzz_one(const guint8 *data, gsize size)
{
	g_autofree char *text = fuzz_text(data, size);
	g_autofree char *line = g_strconcat(text, "\n", NULL);
	g_autofree char *twice = g_strconcat(line, text, NULL);
	g_auto(NslCgroup) cgroup = {0};
	guint n_lines = 1;

	nsl_cgroup_read(&cgroup, text, NULL, NULL);
	check(&cgroup, text);
	check_longer(&cgroup, line);
	for (const char *at = text; (at = strchr(at, '\n')); at++)
		n_lines++;
	/* Of more than are looked at, the text twice is other ones. */
	if (2 * n_lines <= 64)
		check_longer(&cgroup, twice);
}
