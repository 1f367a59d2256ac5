/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fuzzes attribute/cgroup_names: one part of a cgroup's path, and the
 * part after it. What has to hold: names escaped as systemd does it
 * come out again; what is said to be a container has an id or a name, what is not has neither; a
 * unit and a slice are not the same.
 */
#include "fuzz.h"

#include "attribute/cgroup.h"

/* Everything but letters and digits, as unit_name_escape() may. */
static void check_escape(const char *part)
{
	g_autoptr(GString) escaped = g_string_new(NULL);
	g_autofree char *unescaped = NULL;

	for (const char *at = part; *at; at++)
		if (g_ascii_isalnum(*at))
			g_string_append_c(escaped, *at);
		else
			g_string_append_printf(escaped, "\\x%02x", (guint8)*at);
	unescaped = nsl_part_unescape(escaped->str);
	g_assert_cmpstr(unescaped, ==, part);
	g_free(unescaped);
	unescaped = nsl_part_unescape(part);
	g_assert_true(!unescaped || strlen(unescaped) <= strlen(part));
}

static void check_unit(const char *part)
{
	const char *unit = nsl_part_unit(part);
	gint64 uid;

	g_assert_false(unit && nsl_part_is_slice(part));
	if (unit)
		g_assert_true(unit == part || (unit == part + 1 && part[0] == '_'));
	if (nsl_part_user_manager(part, &uid)) {
		g_assert_nonnull(unit);
		g_assert_true(uid == NSL_MAKER_ANYBODY || (uid >= 0 && uid < G_MAXUINT32));
	}
}

static void check_found(bool found, NslIdentity *identity)
{
	if (found)
		g_assert_true(identity->runtime && !identity->id != !identity->name);
	else
		g_assert_true(!identity->runtime && !identity->id && !identity->name);
	nsl_identity_clear(identity);
}

static void check_containers(const char *part, const char *next)
{
	static const char *const groups[] = {NULL,	    "docker",	"buildkit",
					     "ecs",	    "garden",	"lxc",
					     "lxc.payload", "kubepods", "libpod_parent"};
	NslCgroupContainer container = {0};
	NslIdentity identity = {0};
	g_autofree char *name = NULL;
	bool sandbox = false;
	g_autofree char *slice = NULL;

	check_found(nsl_part_request(part, &slice, &identity), &identity);
	for (gsize i = 0; i < G_N_ELEMENTS(groups); i++)
		for (guint level = 1; level <= 4; level++) {
			g_autofree char *pod = nsl_part_pod(part, groups[i], level);

			g_assert_true(!pod || !strchr(pod, '_'));
			check_found(nsl_part_container(part, groups[i], level, &identity, &sandbox),
				    &identity);
		}
	check_found(nsl_part_machine(part, next, &container, &name) && container.identity.runtime,
		    &container.identity);
	g_assert_true(!container.identity.name || name);
	nsl_cgroup_container_clear(&container);
}

void fuzz_one(const guint8 *data, gsize size)
{
	g_autofree char *text = fuzz_text(data, size);
	g_auto(GStrv) parts = g_strsplit(text, "/", 3);
	const char *part = parts[0] ? parts[0] : "";
	const char *next = parts[0] && parts[1] ? parts[1] : "";

	check_escape(part);
	check_unit(part);
	check_containers(part, next);
}
