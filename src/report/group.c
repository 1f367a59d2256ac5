/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Groups, folds and relations: see group.h.
 */
#include "report/group.h"

#include "base/each.h"
#include "report/wording.h"

#define MAX_NESTING 64 /* groups that are deeper are drawn at this depth */

static void group_free(gpointer data)
{
	NslGroup *group = data;

	g_ptr_array_unref(group->rows);
	g_ptr_array_unref(group->processes);
	g_free(group->name);
	g_free(group);
}

/* `name` is transfer full. */
static NslGroup *new_group(NslGroupKind kind, const NslContainer *container, char *name)
{
	NslGroup *group = g_new(NslGroup, 1);

	*group = (NslGroup){
		.kind = kind,
		.container = container,
		.name = name,
		.rows = g_ptr_array_new(),
		.processes = g_ptr_array_new(),
	};
	return group;
}

/* Transfer full. */
static char *pod_name(const NslContainer *container)
{
	GString *name = g_string_new(NULL);

	nsl_label_pod(name, container, NSL_TEXT_BYTES);
	return g_string_free(name, FALSE);
}

/* What tells a pod from others; NULL: the container is in none. Transfer full. */
static char *pod_key(const NslContainer *container)
{
	if (container->identity.pod_uid)
		return g_strdup(container->identity.pod_uid);
	return container->identity.pod ? pod_name(container) : NULL;
}

/* The pod of a container, made if it is new. The same pod in two outer containers is two. */
static NslGroup *get_pod(NslGroups *groups, GHashTable *pods, const NslContainer *container,
			 const char *key, const NslGroup *outer)
{
	g_autofree char *whole = g_strdup_printf("%s\n%s", outer ? outer->container->key : "", key);
	NslGroup *pod = g_hash_table_lookup(pods, whole);

	if (pod)
		return pod;
	pod = new_group(NSL_GROUP_POD, container, pod_name(container));
	pod->outer = outer;
	g_ptr_array_add(groups->all, pod);
	g_hash_table_insert(pods, g_steal_pointer(&whole), pod);
	return pod;
}

static void make_containers(NslGroups *groups, const NslView *view)
{
	g_autoptr(GHashTable) pods =
		g_hash_table_new_full(nsl_text_hash, g_str_equal, g_free, NULL);

	NSL_EACH (NslContainer, container, view->containers)
		g_hash_table_insert(
			groups->by_container, container,
			new_group(NSL_GROUP_CONTAINER, container, nsl_explain_which(container)));
	NSL_EACH (const NslContainer, container, view->containers) {
		const NslContainer *around = container->parent;
		NslGroup *group = g_hash_table_lookup(groups->by_container, container);
		NslGroup *outer = around ? g_hash_table_lookup(groups->by_container, around) : NULL;
		g_autofree char *key = pod_key(container);
		g_autofree char *around_key = around ? pod_key(around) : NULL;

		if (key && g_strcmp0(key, around_key) != 0)
			outer = get_pod(groups, pods, container, key, outer);
		group->outer = outer;
		g_ptr_array_add(groups->all, group);
	}
}

/* Units of the processes that are in no container. */
static void make_units(NslGroups *groups, const NslView *view)
{
	NSL_EACH (const NslProcess, process, view->processes) {
		NslGroup *group;

		if (nsl_process_around(process) || !process->unit ||
		    g_hash_table_contains(groups->by_unit, process->unit))
			continue;
		group = new_group(NSL_GROUP_UNIT, NULL, g_strdup(process->unit));
		g_hash_table_insert(groups->by_unit, group->name, group);
		g_ptr_array_add(groups->all, group);
	}
}

/* Each group is passed twice, however deep they are: up to one whose height is known, and again. */
static void find_heights(const NslGroups *groups)
{
	NSL_EACH (NslGroup, group, groups->all) {
		const NslGroup *known = group;
		gint n = 0;

		for (; known && known->height == 0; known = known->outer)
			n++;
		for (NslGroup *at = group; at != known; at = (NslGroup *)at->outer)
			at->height = (known ? known->height : 0) + n--;
	}
}

/* Containers and pods, sandboxes, units, the rest. */
static gint rank_of(const NslGroup *group)
{
	bool sandbox =
		group->kind == NSL_GROUP_CONTAINER && nsl_container_is_sandbox(group->container);

	return 2 * (gint)MAX(group->kind, NSL_GROUP_CONTAINER) + sandbox;
}

/* Those of one name stay as they are, by key. */
static gint compare_groups(gconstpointer a, gconstpointer b)
{
	const NslGroup *x = *(NslGroup *const *)a;
	const NslGroup *y = *(NslGroup *const *)b;
	gint order = x->height - y->height;

	if (order == 0)
		order = rank_of(x) - rank_of(y);
	return order != 0 ? order : g_strcmp0(x->name, y->name);
}

NslGroup *nsl_groups_of(const NslGroups *groups, const NslProcess *process)
{
	const NslContainer *container = nsl_process_around(process);

	if (container)
		return g_hash_table_lookup(groups->by_container, container);
	if (process->unit)
		return g_hash_table_lookup(groups->by_unit, process->unit);
	return groups->rest;
}

/* Who is in a namespace, of whatever groups: found once, since many groups may share it. */
typedef struct Sharing {
	GPtrArray *containers;	     /* NslContainer: those that its members are in, each once */
	guint n_others;		     /* members that are in none */
	GHashTable *n_containers_of; /* NslGroup to how many of these containers are in it */
	GHashTable *n_others_of;     /* NslGroup to how many of those members are in it */
} Sharing;

static void sharing_free(gpointer data)
{
	Sharing *sharing = data;

	g_ptr_array_unref(sharing->containers);
	g_hash_table_unref(sharing->n_containers_of);
	g_hash_table_unref(sharing->n_others_of);
	g_free(sharing);
}

static guint count_of(GHashTable *counts, const NslGroup *group)
{
	return GPOINTER_TO_UINT(g_hash_table_lookup(counts, group));
}

/* One more in the group, and in the pods around it. */
static void count_in(GHashTable *counts, const NslGroup *group)
{
	for (const NslGroup *at = group; at; at = at->outer ? at->outer->pod : NULL)
		g_hash_table_insert(counts, (gpointer)at,
				    GUINT_TO_POINTER(count_of(counts, at) + 1));
}

static const Sharing *get_sharing(NslGroups *groups, const NslNamespace *ns)
{
	Sharing *sharing = g_hash_table_lookup(groups->sharings, ns);

	if (sharing)
		return sharing;
	sharing = g_new(Sharing, 1);
	*sharing = (Sharing){
		.containers = nsl_group_containers(ns->members),
		.n_containers_of = g_hash_table_new(NULL, NULL),
		.n_others_of = g_hash_table_new(NULL, NULL),
	};
	g_hash_table_insert(groups->sharings, (gpointer)ns, sharing);
	NSL_EACH (const NslContainer, container, sharing->containers)
		count_in(sharing->n_containers_of,
			 g_hash_table_lookup(groups->by_container, container));
	NSL_EACH (const NslProcess, process, ns->members) {
		if (process->container)
			continue;
		sharing->n_others++;
		count_in(sharing->n_others_of, nsl_groups_of(groups, process));
	}
	return sharing;
}

/* Whether the container is the group's, or in that pod. */
static bool is_in_group(const NslGroups *groups, const NslGroup *group,
			const NslContainer *container)
{
	const NslGroup *its = g_hash_table_lookup(groups->by_container, container);

	return its == group || (group->kind == NSL_GROUP_POD && nsl_group_contains(group, its));
}

guint nsl_groups_outside(NslGroups *groups, const NslGroup *group, const NslNamespace *ns,
			 guint most, GPtrArray *containers, guint *ret_n_processes)
{
	const Sharing *sharing = get_sharing(groups, ns);
	guint n = sharing->containers->len - count_of(sharing->n_containers_of, group);

	*ret_n_processes = sharing->n_others - count_of(sharing->n_others_of, group);
	for (guint i = 0; containers->len < MIN(n, most); i++) {
		gpointer container = g_ptr_array_index(sharing->containers, i);

		if (!is_in_group(groups, group, container))
			g_ptr_array_add(containers, container);
	}
	return n;
}

NslGroups *nsl_groups_new(const NslView *view)
{
	NslGroups *groups = g_new0(NslGroups, 1);

	groups->all = g_ptr_array_new_with_free_func(group_free);
	groups->by_container = g_hash_table_new(NULL, NULL);
	groups->by_unit = g_hash_table_new(nsl_text_hash, g_str_equal);
	groups->sharings = g_hash_table_new_full(NULL, NULL, NULL, sharing_free);
	make_containers(groups, view);
	make_units(groups, view);
	groups->rest = new_group(NSL_GROUP_REST, NULL, NULL);
	g_ptr_array_add(groups->all, groups->rest);
	find_heights(groups);
	g_ptr_array_sort(groups->all, compare_groups);
	NSL_EACH (NslGroup, group, groups->all) { /* outer ones come first */
		if (group->outer && group->outer->height == MAX_NESTING)
			group->outer = group->outer->outer;
		group->height = MIN(group->height, MAX_NESTING);
		group->pod = group->kind == NSL_GROUP_POD ? group
			     : group->outer		  ? group->outer->pod
							  : NULL;
	}
	NSL_EACH (NslProcess, process, view->processes) {
		NslGroup *group = nsl_groups_of(groups, process);

		g_ptr_array_add(group->processes, process);
		for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
			group->n_in[type] += process->ns[type] != NULL;
	}
	NSL_EACH_IN (NslRow, row, view->rows)
		if (row->process)
			g_ptr_array_add(nsl_groups_of(groups, row->process)->rows, row);
	return groups;
}

void nsl_groups_free(NslGroups *groups)
{
	if (!groups)
		return;
	g_ptr_array_unref(groups->all);
	g_hash_table_unref(groups->by_container);
	g_hash_table_unref(groups->by_unit);
	g_hash_table_unref(groups->sharings);
	g_free(groups);
}

bool nsl_group_contains(const NslGroup *group, const NslGroup *inner)
{
	while (inner && inner != group)
		inner = inner->outer;
	return inner != NULL;
}

void nsl_group_label(GString *text, const NslGroup *group, NslTextKind kind)
{
	switch (group->kind) {
	case NSL_GROUP_POD:
		g_string_append(text, "pod ");
		nsl_label_pod(text, group->container, kind);
		break;
	case NSL_GROUP_CONTAINER:
		nsl_label_container(text, group->container, kind);
		break;
	case NSL_GROUP_UNIT:
		g_string_append(text, "unit ");
		nsl_text_escape(text, group->name, -1, kind);
		break;
	case NSL_GROUP_REST:
		g_string_append(text, "other processes");
		break;
	}
}

/* A container's are known by all of its members, another group's by the rows that are listed. */
static NslNsTypes root_types_of(const NslGroup *group)
{
	NslNsTypes types = 0;

	if (group->kind == NSL_GROUP_CONTAINER)
		return group->container->shared;
	NSL_EACH (const NslRow, row, group->rows)
		if (row->ns->root && !row->more->for_children)
			types |= NSL_NSTYPE_BIT(row->ns->type);
	return types;
}

bool nsl_group_label_roots(GString *text, const NslGroup *group, const NslView *view)
{
	bool is_container = group->kind == NSL_GROUP_CONTAINER;
	bool counts = !is_container || nsl_snapshot_has_whole_containers(view->snapshot);
	const GPtrArray *processes = is_container ? group->container->members : group->processes;
	NslNsTypes types = root_types_of(group) & view->types;
	const char *before = "shares ";

	NSL_EACH_TYPE (type, types) {
		guint n = 0;

		NSL_EACH (const NslProcess, process, processes)
			n += process->ns[type] && process->ns[type]->root;
		g_string_append(text, before);
		g_string_append(text, nsl_nstypes[type].name);
		if (counts && n < processes->len)
			g_string_append_printf(text, " (%u of %u processes)", n, processes->len);
		before = ", ";
	}
	return types != 0;
}

GPtrArray *nsl_group_containers(const GPtrArray *processes)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
	GPtrArray *containers = g_ptr_array_new();

	NSL_EACH (const NslProcess, process, processes)
		if (process->container && g_hash_table_add(seen, process->container))
			g_ptr_array_add(containers, process->container);
	return containers;
}

bool nsl_row_is_marked(const NslRow *row)
{
	return !row->process || row->more->for_children || row->process->zombie;
}

guint nsl_rows_of_process(const NslView *view, guint at)
{
	const NslRow *rows = &g_array_index(view->rows, NslRow, at);
	guint n = 1;

	while (rows->process && at + n < view->rows->len && rows[n].process == rows->process)
		n++;
	return n;
}

static guint hash_fold(gconstpointer data)
{
	const NslFold *fold = data;
	const NslProcess *process = fold->first;
	guint hash = 31 * g_direct_hash(process->container) + g_direct_hash(fold->group);

	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		hash = 31 * hash + g_direct_hash(process->ns[type]);
	return hash;
}

static gboolean are_alike(gconstpointer a, gconstpointer b)
{
	const NslFold *x = a;
	const NslFold *y = b;

	if (x->n_rows != y->n_rows || x->group != y->group ||
	    x->first->container != y->first->container || x->first->entered != y->first->entered ||
	    !nsl_processes_are_together(x->first, y->first))
		return FALSE;
	for (guint i = 0; i < x->n_rows; i++)
		if (x->rows[i].ns != y->rows[i].ns)
			return FALSE;
	return TRUE;
}

static void fold_clear(gpointer data)
{
	g_ptr_array_unref(((NslFold *)data)->others);
}

static void fold_unref(gpointer data)
{
	g_rc_box_release_full(data, fold_clear);
}

static bool is_foldable(const NslRow *rows, guint n)
{
	for (guint i = 0; i < n; i++)
		if (nsl_row_is_marked(&rows[i]))
			return false;
	return true;
}

GHashTable *nsl_folds_new(const NslView *view, const NslGroups *groups)
{
	g_autoptr(GHashTable) alike = g_hash_table_new(hash_fold, are_alike); /* set of NslFold */
	GHashTable *folds = g_hash_table_new_full(NULL, NULL, NULL, fold_unref);
	guint n;

	for (guint i = 0; i < view->rows->len; i += n) {
		const NslRow *rows = &g_array_index(view->rows, NslRow, i);
		NslFold probe = {.first = rows->process, .rows = rows};
		NslFold *fold;

		probe.n_rows = n = nsl_rows_of_process(view, i);
		if (!is_foldable(rows, n))
			continue;
		probe.group = groups ? nsl_groups_of(groups, rows->process) : NULL;
		fold = g_hash_table_lookup(alike, &probe);
		if (fold) {
			g_ptr_array_add(fold->others, (gpointer)rows->process);
			g_rc_box_acquire(fold);
		} else {
			fold = g_rc_box_dup(sizeof(probe), &probe);
			fold->others = g_ptr_array_new();
			g_hash_table_add(alike, fold);
		}
		g_hash_table_insert(folds, (gpointer)rows->process, fold);
	}
	return folds;
}

static guint32 other_pid(const NslFold *fold, guint at)
{
	return ((const NslProcess *)g_ptr_array_index(fold->others, at))->pid;
}

void nsl_fold_append_others(GString *text, const NslFold *fold)
{
	nsl_output_number(text, other_pid(fold, 0));
	if (fold->others->len > 1)
		g_string_append_printf(text, " +%u", fold->others->len - 1);
}

void nsl_fold_append_rest(GString *text, const NslFold *fold)
{
	guint end;

	for (guint i = 1; i < fold->others->len; i = end) {
		guint32 first = other_pid(fold, i);

		for (end = i + 1; end < fold->others->len; end++)
			if (other_pid(fold, end) != first + (end - i))
				break;
		g_string_append_printf(text, "%s%u", i > 1 ? "," : "", first);
		if (end > i + 1)
			g_string_append_printf(text, "-%u", other_pid(fold, end - 1));
	}
}

const NslRelationInfo nsl_relations[NSL_RELATION_COUNT] = {
	[NSL_RELATION_OWNER] = {"owner", NSL_NSTYPES_ALL},
	[NSL_RELATION_PARENT] = {"parent",
				 NSL_NSTYPE_BIT(NSL_NSTYPE_PID) | NSL_NSTYPE_BIT(NSL_NSTYPE_USER)},
};

const char *const nsl_relation_obstacles[] = {
	[NSL_SKIPPED] = "it was not asked for",
	[NSL_DENIED] = "it may not be read",
	[NSL_UNSUPPORTED] = "there is no way to ask",
};

const NslRelation *nsl_relation_of(const NslNamespace *ns, NslRelationKind kind)
{
	return kind == NSL_RELATION_PARENT ? &ns->parent : &ns->owner;
}

GPtrArray *nsl_relation_gather(const NslView *view, NslRelationKind kind)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);

	NSL_EACH (const NslNamespace, ns, view->namespaces) {
		if (!(nsl_relations[kind].types & NSL_NSTYPE_BIT(ns->type)))
			continue;
		while (ns && g_hash_table_add(seen, (gpointer)ns)) {
			const NslRelation *above = nsl_relation_of(ns, kind);

			ns = above->knowledge == NSL_KNOWN ? above->ns : NULL;
		}
	}
	return nsl_view_sort_namespaces(seen);
}
