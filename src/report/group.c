/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Groups: see group.h.
 */
#include "report/group.h"

#include <string.h>

#include "base/text.h"
#include "report/wording.h"

#define MAX_NESTING 64 /* what is in more than that, or in itself, stands in nothing */

static void group_free(gpointer data)
{
	NslGroup *group = data;

	g_ptr_array_unref(group->rows);
	g_ptr_array_unref(group->processes);
	g_free(group);
}

static NslGroup *new_group(NslGroupKind kind)
{
	NslGroup *group = g_new0(NslGroup, 1);

	group->kind = kind;
	group->rows = g_ptr_array_new();
	group->processes = g_ptr_array_new();
	return group;
}

static NslGroup *add_group(NslGroups *groups, NslGroup *group)
{
	g_ptr_array_add(groups->all, group);
	return group;
}

/* What tells a pod from others; NULL: the container is in none. Transfer full. */
static char *pod_key(const NslContainer *container)
{
	if (container->identity.pod_uid)
		return g_strdup(container->identity.pod_uid);
	if (!container->identity.pod)
		return NULL;
	return g_strdup_printf(
		"%s/%s", container->identity.pod_namespace ? container->identity.pod_namespace : "",
		container->identity.pod);
}

static void set_outer(NslGroup *group, const NslGroup *outer)
{
	guint height = 0;

	for (const NslGroup *at = outer; at; at = at->outer)
		if (at == group || ++height >= MAX_NESTING)
			return;
	group->outer = outer;
}

/* Of containers that are in the same one: made where it is new. */
static NslGroup *get_pod(NslGroups *groups, const NslContainer *container, const char *key,
			 const NslGroup *outer)
{
	/* The same pod within two containers is two. */
	char *whole = g_strdup_printf("%s\n%s", outer ? outer->container->key : "", key);
	NslGroup *pod = g_hash_table_lookup(groups->by_pod, whole);

	if (pod) {
		g_free(whole);
		return pod;
	}
	pod = add_group(groups, new_group(NSL_GROUP_POD));
	pod->container = container;
	set_outer(pod, outer);
	g_hash_table_insert(groups->by_pod, whole, pod);
	return pod;
}

static void make_containers(NslGroups *groups, const NslView *view)
{
	for (guint i = 0; i < view->containers->len; i++) {
		const NslContainer *container = g_ptr_array_index(view->containers, i);
		NslGroup *group = new_group(NSL_GROUP_CONTAINER);

		group->container = container;
		g_hash_table_insert(groups->by_container, (gpointer)container, group);
	}
}

static void place_container(NslGroups *groups, NslGroup *group)
{
	const NslContainer *container = group->container;
	const NslContainer *around = container->parent;
	NslGroup *outer = around ? g_hash_table_lookup(groups->by_container, around) : NULL;
	g_autofree char *key = pod_key(container);
	g_autofree char *around_key = around ? pod_key(around) : NULL;

	if (key && g_strcmp0(key, around_key) != 0)
		outer = get_pod(groups, container, key, outer);
	set_outer(group, outer);
	add_group(groups, group);
}

static gint compare_units(gconstpointer a, gconstpointer b)
{
	return strcmp((*(NslGroup *const *)a)->unit, (*(NslGroup *const *)b)->unit);
}

/* Of the processes that are in no container. */
static void make_units(NslGroups *groups, const NslView *view)
{
	g_autoptr(GPtrArray) units = g_ptr_array_new();

	for (guint i = 0; i < view->processes->len; i++) {
		const NslProcess *process = g_ptr_array_index(view->processes, i);
		NslGroup *group;

		if (process->container || !process->unit ||
		    g_hash_table_contains(groups->by_unit, process->unit))
			continue;
		group = new_group(NSL_GROUP_UNIT);
		group->unit = process->unit;
		g_hash_table_insert(groups->by_unit, process->unit, group);
		g_ptr_array_add(units, group);
	}
	g_ptr_array_sort(units, compare_units);
	for (guint i = 0; i < units->len; i++)
		add_group(groups, g_ptr_array_index(units, i));
}

static guint height_of(const NslGroup *group)
{
	guint height = 0;

	while ((group = group->outer))
		height++;
	return height;
}

static gint compare_heights(gconstpointer a, gconstpointer b)
{
	guint x = height_of(*(NslGroup *const *)a);
	guint y = height_of(*(NslGroup *const *)b);

	return (x > y) - (x < y);
}

static NslGroup *find(const NslGroups *groups, const NslProcess *process)
{
	if (process->container)
		return g_hash_table_lookup(groups->by_container, process->container);
	if (process->unit)
		return g_hash_table_lookup(groups->by_unit, process->unit);
	return groups->rest;
}

NslGroups *nsl_groups_new(const NslView *view)
{
	NslGroups *groups = g_new0(NslGroups, 1);

	groups->all = g_ptr_array_new_with_free_func(group_free);
	groups->by_container = g_hash_table_new(NULL, NULL);
	groups->by_pod = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	groups->by_unit = g_hash_table_new(g_str_hash, g_str_equal);
	make_containers(groups, view);
	for (guint i = 0; i < view->containers->len; i++)
		place_container(groups,
				g_hash_table_lookup(groups->by_container,
						    g_ptr_array_index(view->containers, i)));
	make_units(groups, view);
	groups->rest = add_group(groups, new_group(NSL_GROUP_REST));
	g_ptr_array_sort(groups->all, compare_heights); /* which is stable */
	for (guint i = 0; i < view->processes->len; i++) {
		gpointer process = g_ptr_array_index(view->processes, i);

		g_ptr_array_add(find(groups, process)->processes, process);
	}
	for (guint i = 0; i < view->rows->len; i++) {
		NslRow *row = &g_array_index(view->rows, NslRow, i);

		if (row->process)
			g_ptr_array_add(find(groups, row->process)->rows, row);
	}
	return groups;
}

void nsl_groups_free(NslGroups *groups)
{
	if (!groups)
		return;
	g_ptr_array_unref(groups->all);
	g_hash_table_unref(groups->by_container);
	g_hash_table_unref(groups->by_pod);
	g_hash_table_unref(groups->by_unit);
	g_free(groups);
}

const NslGroup *nsl_groups_of(const NslGroups *groups, const NslProcess *process)
{
	return find(groups, process);
}

const NslGroup *nsl_group_pod(const NslGroup *group)
{
	while (group && group->kind != NSL_GROUP_POD)
		group = group->outer;
	return group;
}

bool nsl_group_contains(const NslGroup *group, const NslGroup *inner)
{
	while (inner && inner != group)
		inner = inner->outer;
	return inner != NULL;
}

void nsl_group_label(GString *text, const NslGroup *group, bool ascii_only)
{
	switch (group->kind) {
	case NSL_GROUP_POD:
		g_string_append(text, "pod ");
		nsl_label_pod(text, group->container, ascii_only);
		break;
	case NSL_GROUP_CONTAINER:
		nsl_label_container(text, group->container, ascii_only);
		break;
	case NSL_GROUP_UNIT:
		g_string_append(text, "unit ");
		nsl_text_escape(text, group->unit, -1, ascii_only);
		break;
	case NSL_GROUP_REST:
		g_string_append(text, "other processes");
		break;
	}
}

/* How many processes of the group are in the root namespace of each type: of those that are shown.
 */
static void count_roots(const NslGroup *group, const NslView *view, guint *counts)
{
	if (group->kind != NSL_GROUP_CONTAINER) {
		for (guint i = 0; i < group->rows->len; i++) {
			const NslRow *row = g_ptr_array_index(group->rows, i);

			counts[row->ns->type] += row->ns->root && !row->for_children;
		}
		return;
	}
	/* What a container shares with the host is worth knowing in any case. */
	for (guint i = 0; i < group->processes->len; i++) {
		const NslProcess *process = g_ptr_array_index(group->processes, i);

		for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
			counts[type] += process->ns[type] && process->ns[type]->root &&
					(view->types & NSL_NSTYPE_BIT(type));
	}
}

bool nsl_group_label_roots(GString *text, const NslGroup *group, const NslView *view)
{
	guint counts[NSL_NSTYPE_COUNT] = {0};
	const char *before = "the host's: ";

	count_roots(group, view, counts);
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
		if (counts[type] == 0)
			continue;
		g_string_append(text, before);
		g_string_append(text, nsl_nstypes[type].name);
		if (counts[type] < group->processes->len)
			g_string_append_printf(text, " (%u of %u processes)", counts[type],
					       group->processes->len);
		before = ", ";
	}
	return before[0] == ',';
}
