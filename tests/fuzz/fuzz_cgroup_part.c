/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fuzzes attribute/cgroup_part and attribute/cgroup_engines: one part of a cgroup's path, and the
 * part after it. What has to hold: pieces lie within the part; names escaped as systemd does it
 * come out again; what is said to be a container has an id or a name, what is not has neither; a
 * unit and a slice are not the same.
 */
#include "fuzz.h"

#include "attribute/cgroup_engines.h"

static void check_within(NslPart piece, NslPart part)
{
	g_assert_true(piece.at >= part.at && piece.at + piece.size <= part.at + part.size);
}

static void check_pieces(NslPart part)
{
	NslPart middle;

	for (gsize size = 0; size <= part.size; size += 1 + size / 2) {
		NslPart first = nsl_part_first(part, size);
		NslPart rest = nsl_part_after(part, size);

		check_within(first, part);
		check_within(rest, part);
		g_assert_true(first.size + rest.size == part.size && first.at + size == rest.at);
	}
	if (nsl_part_strip(part, "docker-", ".scope", &middle))
		check_within(middle, part);
	g_assert_cmpuint(nsl_part_span(part, NSL_PART_HEX), <=, part.size);
}

/* Everything but letters and digits, as unit_name_escape() may. */
static void check_escape(NslPart part)
{
	g_autoptr(GString) escaped = g_string_new(NULL);
	g_autofree char *whole = nsl_part_dup(part);
	g_autofree char *unescaped = NULL;

	for (gsize i = 0; i < part.size; i++)
		if (g_ascii_isalnum(part.at[i]))
			g_string_append_c(escaped, part.at[i]);
		else
			g_string_append_printf(escaped, "\\x%02x", (guint8)part.at[i]);
	unescaped = nsl_part_unescape((NslPart){escaped->str, escaped->len});
	fuzz_assert_same(unescaped, whole);
	g_free(unescaped);
	unescaped = nsl_part_unescape(part);
	g_assert_true(!unescaped || strlen(unescaped) <= part.size);
}

static void check_unit(NslPart part)
{
	g_autofree char *unit = nsl_part_unit(part);
	guint32 uid;

	g_assert_false(unit && nsl_part_is_slice(part));
	if (unit)
		g_assert_true(nsl_part_ends(part, unit) && part.size - strlen(unit) <= 1);
	if (nsl_part_user_manager(part, &uid)) {
		g_assert_nonnull(unit);
		g_assert_cmpuint(uid, !=, G_MAXUINT32);
	}
}

static void check_found(bool found, const NslCgroupContainer *container)
{
	if (found)
		g_assert_true(container->identity.runtime &&
			      !container->identity.id != !container->identity.name);
	else
		g_assert_true(!container->identity.runtime && !container->identity.id &&
			      !container->identity.name);
}

static void check_containers(NslPart part, NslPart next)
{
	static const char *const groups[] = {"docker", "buildkit",    "ecs",	  "garden",
					     "lxc",    "lxc.payload", "kubepods", "libpod_parent"};
	NslCgroupContainer container = {0};
	g_autofree char *name = NULL;
	bool sandbox = false;
	NslPart slice;

	check_found(nsl_part_container(part, &container, &sandbox), &container);
	nsl_cgroup_container_clear(&container);
	check_found(nsl_part_request(part, &slice, &container), &container);
	nsl_cgroup_container_clear(&container);
	for (gsize i = 0; i < G_N_ELEMENTS(groups); i++)
		for (guint level = 1; level <= 4; level++) {
			g_autofree char *pod = nsl_part_pod(part, groups[i], level);

			g_assert_true(!pod || !strchr(pod, '_'));
			check_found(nsl_part_member(part, groups[i], level, &container),
				    &container);
			nsl_cgroup_container_clear(&container);
		}
	check_found(nsl_part_machine(part, next, &container, &name) == NSL_PART_MACHINE_CONTAINER,
		    &container);
	g_assert_true(!container.identity.name || name);
	nsl_cgroup_container_clear(&container);
}

void fuzz_one(const guint8 *data, gsize size)
{
	g_autofree char *text = fuzz_text(data, size);
	char *slash = strchr(text, '/');
	const char *rest = slash ? slash + 1 : "";
	NslPart part = {text, slash ? (gsize)(slash - text) : strlen(text)};
	NslPart next = {rest, strcspn(rest, "/")};

	/* Of just its size, so that a sanitizer sees what reads too far. */
	g_autofree char *exact = g_malloc(MAX(part.size, 1));

	memcpy(exact, text, part.size);
	part.at = exact;
	check_pieces(part);
	check_escape(part);
	check_unit(part);
	check_containers(part, next);
}
