/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tree by container: of each container (in its pod, and in the container around it), unit, and
 * of what is in neither, the namespaces, with whom they are shared, and the processes as a process
 * tree. Last come the namespaces without a process.
 */
#include <string.h>

#include "report/detail.h"
#include "report/forest.h"
#include "report/format.h"
#include "report/group.h"
#include "report/wording.h"

#define MAX_LISTED 5 /* processes or containers in a line */

typedef struct Tree {
	const NslView *view;
	const NslStyle *style;
	NslGroups *groups;
	NslForest *forest;
	GHashTable *nodes; /* NslGroup to the number of its node */
	/* By pod, what its containers use: NslNamespace to the group, to the pod where it is
	 * shared. */
	GHashTable *pods;
	GHashTable *reasons;  /* NslNamespace to a GPtrArray of NslRow that are about no process */
	GHashTable *used;     /* set of NslNamespace: there is a row of a process of it */
	GHashTable *sections; /* NslGroup to Section */
} Tree;

/* A namespace of a group. */
typedef struct Use {
	const NslNamespace *ns;
	GPtrArray *inside;   /* NslProcess, of the group */
	GPtrArray *children; /* likewise, whose children will be inside */
} Use;

/* The namespaces of a group. */
typedef struct Section {
	GArray *uses;	    /* Use */
	GHashTable *places; /* NslNamespace to its index in them, plus 1 */
} Section;

/* A list in a line: ", " between, and how many more there are. */
typedef struct List {
	GString *text;
	guint n;
} List;

static void use_clear(gpointer data)
{
	Use *use = data;

	g_ptr_array_unref(use->inside);
	g_ptr_array_unref(use->children);
}

static Section *section_new(void)
{
	Section *section = g_new(Section, 1);

	section->uses = g_array_new(FALSE, FALSE, sizeof(Use));
	g_array_set_clear_func(section->uses, use_clear);
	section->places = g_hash_table_new(NULL, NULL);
	return section;
}

static void section_free(gpointer data)
{
	Section *section = data;

	g_array_unref(section->uses);
	g_hash_table_unref(section->places);
	g_free(section);
}

static gint compare_uses(gconstpointer a, gconstpointer b)
{
	const NslNamespace *x = ((const Use *)a)->ns;
	const NslNamespace *y = ((const Use *)b)->ns;

	if (x->type != y->type)
		return x->type < y->type ? -1 : 1;
	return (x->inode > y->inode) - (x->inode < y->inode);
}

/* Whether there is room for one more in the list. */
static bool list_next(List *list)
{
	if (list->n++ >= MAX_LISTED)
		return false;
	if (list->n > 1)
		g_string_append(list->text, ", ");
	return true;
}

static void list_end(const List *list)
{
	if (list->n > MAX_LISTED)
		g_string_append_printf(list->text, ", +%u more", list->n - MAX_LISTED);
}

static void list_pids(GString *text, const GPtrArray *processes)
{
	List list = {.text = text};

	for (guint i = 0; i < processes->len; i++)
		if (list_next(&list))
			nsl_output_number(text,
					  ((NslProcess *)g_ptr_array_index(processes, i))->pid, 0);
	list_end(&list);
}

/* The pod whose containers share the namespace, which one of them uses; NULL: they do not. */
static const NslGroup *sharing_pod(const Tree *tree, const NslGroup *group, const NslNamespace *ns)
{
	const NslGroup *pod = nsl_group_pod(group);
	GHashTable *users = pod ? g_hash_table_lookup(tree->pods, pod) : NULL;

	return users && g_hash_table_lookup(users, ns) == pod ? pod : NULL;
}

static void note_user(Tree *tree, const NslGroup *group, const NslNamespace *ns)
{
	const NslGroup *pod = nsl_group_pod(group);
	GHashTable *users = pod ? g_hash_table_lookup(tree->pods, pod) : NULL;
	const NslGroup *first;

	if (!pod)
		return;
	if (!users) {
		users = g_hash_table_new(NULL, NULL);
		g_hash_table_insert(tree->pods, (gpointer)pod, users);
	}
	first = g_hash_table_lookup(users, ns);
	if (first != group)
		g_hash_table_insert(users, (gpointer)ns, (gpointer)(first ? pod : group));
}

static void find_users(Tree *tree)
{
	for (guint i = 0; i < tree->groups->all->len; i++) {
		const NslGroup *group = g_ptr_array_index(tree->groups->all, i);

		for (guint j = 0; j < group->rows->len; j++) {
			const NslRow *row = g_ptr_array_index(group->rows, j);

			g_hash_table_add(tree->used, (gpointer)row->ns);
			if (!row->ns->root && !row->for_children)
				note_user(tree, group, row->ns);
		}
	}
}

static void find_reasons(Tree *tree)
{
	for (guint i = 0; i < tree->view->rows->len; i++) {
		NslRow *row = &g_array_index(tree->view->rows, NslRow, i);
		GPtrArray *rows = g_hash_table_lookup(tree->reasons, row->ns);

		if (row->process)
			continue;
		if (!rows) {
			rows = g_ptr_array_new();
			g_hash_table_insert(tree->reasons, (gpointer)row->ns, rows);
		}
		g_ptr_array_add(rows, row);
	}
}

static Use *get_use(Section *section, const NslNamespace *ns)
{
	gpointer at = g_hash_table_lookup(section->places, ns);

	if (!at) {
		Use use = {ns, g_ptr_array_new(), g_ptr_array_new()};

		g_array_append_val(section->uses, use);
		at = GUINT_TO_POINTER(section->uses->len);
		g_hash_table_insert(section->places, (gpointer)ns, at);
	}
	return &g_array_index(section->uses, Use, GPOINTER_TO_UINT(at) - 1);
}

/* Of its pod, where the containers of that share it. */
static void find_uses(Tree *tree)
{
	for (guint i = 0; i < tree->groups->all->len; i++) {
		const NslGroup *group = g_ptr_array_index(tree->groups->all, i);

		g_hash_table_insert(tree->sections, (gpointer)group, section_new());
	}
	for (guint i = 0; i < tree->groups->all->len; i++) {
		const NslGroup *group = g_ptr_array_index(tree->groups->all, i);

		for (guint j = 0; j < group->rows->len; j++) {
			const NslRow *row = g_ptr_array_index(group->rows, j);
			const NslGroup *pod = sharing_pod(tree, group, row->ns);
			Section *section = g_hash_table_lookup(tree->sections, pod ? pod : group);
			Use *use;

			if (row->ns->root) /* the host's have one line for all */
				continue;
			use = get_use(section, row->ns);
			g_ptr_array_add(row->for_children ? use->children : use->inside,
					(gpointer)row->process);
		}
	}
}

/* The containers of these processes, each once. */
static void list_containers(GString *text, const GPtrArray *processes, bool ascii_only)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
	List list = {.text = text};

	for (guint i = 0; i < processes->len; i++) {
		const NslProcess *process = g_ptr_array_index(processes, i);

		if (process->container && g_hash_table_add(seen, process->container) &&
		    list_next(&list))
			nsl_label_container(text, process->container, ascii_only);
	}
	list_end(&list);
}

/* "shared with docker:db, 3 other processes", by who is in it from elsewhere. */
static void write_others(GString *text, const Tree *tree, const NslGroup *place,
			 const NslNamespace *ns)
{
	g_autoptr(GPtrArray) contained = g_ptr_array_new();
	guint n = 0;

	for (guint i = 0; i < ns->members->len; i++) {
		NslProcess *process = g_ptr_array_index(ns->members, i);
		const NslGroup *group = nsl_groups_of(tree->groups, process);

		if (group == place ||
		    (place->kind == NSL_GROUP_POD && nsl_group_contains(place, group)))
			continue;
		if (process->container)
			g_ptr_array_add(contained, process);
		else
			n++;
	}
	if (contained->len == 0 && n == 0)
		return;
	g_string_append(text, "; shared with ");
	list_containers(text, contained, nsl_style_kind(tree->style));
	if (n > 0)
		g_string_append_printf(text, "%s%u other process%s", contained->len > 0 ? ", " : "",
				       n, n == 1 ? "" : "es");
}

/* Who of the group is in it. */
static void write_inside(GString *text, const Tree *tree, const NslGroup *place, const Use *use)
{
	if (place->kind == NSL_GROUP_POD) {
		g_string_append(text, "; shared by ");
		list_containers(text, use->inside, nsl_style_kind(tree->style));
	} else if (use->inside->len > 0 && place->kind == NSL_GROUP_REST) {
		g_string_append(text, use->inside->len == 1 ? "; process " : "; processes ");
		list_pids(text, use->inside);
	} else if (use->inside->len > 0 && use->inside->len < place->processes->len) {
		g_string_append_printf(text, "; %u of %u processes: ", use->inside->len,
				       place->processes->len);
		list_pids(text, use->inside);
	}
	/* Where nobody is in it that is the reason for it, which is told below. */
	if (use->children->len > 0 && use->ns->members->len > 0) {
		g_string_append(text, "; for children of ");
		list_pids(text, use->children);
	}
}

static void write_reasons(GString *text, const Tree *tree, const NslNamespace *ns)
{
	const GPtrArray *rows = g_hash_table_lookup(tree->reasons, ns);

	for (guint i = 0; rows && i < rows->len; i++) {
		const NslRow *row = g_ptr_array_index(rows, i);

		g_string_append(text, "; ");
		if (row->thread)
			g_string_append_printf(text, "%u ", row->thread->tid);
		nsl_label_row(text, row, nsl_style_kind(tree->style));
	}
}

/* `place` NULL: it is no group's. `use` likewise. */
static void add_namespace(const Tree *tree, guint parent, const NslGroup *place, const Use *use,
			  const NslNamespace *ns)
{
	g_autoptr(GString) about = g_string_new(NULL);
	GString *text = g_string_new(NULL);

	nsl_label_namespace(text, ns, true);
	if (tree->style->details && ns->detail) {
		g_string_append(text, "  ");
		nsl_detail_append(text, ns, nsl_style_kind(tree->style));
	}
	if (place) {
		write_inside(about, tree, place, use);
		write_others(about, tree, place, ns);
	}
	write_reasons(about, tree, ns);
	if (about->len > 0)
		g_string_append_printf(text, "  %s", about->str + strlen("; "));
	nsl_forest_add_text(tree->forest, parent, g_string_free(text, FALSE));
}

static void write_process(GString *text, gconstpointer data, gconstpointer context)
{
	const NslProcess *process = data;
	const Tree *tree = context;

	nsl_output_number(text, process->pid, 0);
	g_string_append_c(text, ' ');
	nsl_label_command(text, process, nsl_style_kind(tree->style));
}

static void add_processes(const Tree *tree, guint parent, const NslGroup *group)
{
	guint first = nsl_forest_size(tree->forest);

	for (guint i = 0; i < group->processes->len; i++)
		nsl_forest_add(tree->forest, parent, write_process,
			       g_ptr_array_index(group->processes, i));
	nsl_forest_nest_processes(tree->forest, first, group->processes);
	nsl_forest_cut_circles(tree->forest, first, parent);
}

static void write_group(GString *text, gconstpointer data, gconstpointer context)
{
	nsl_group_label(text, data, nsl_style_kind(((const Tree *)context)->style));
}

static void add_group(Tree *tree, const NslGroup *group)
{
	const Section *section = g_hash_table_lookup(tree->sections, group);
	g_autoptr(GString) roots = g_string_new(NULL);
	guint parent = NSL_FOREST_NONE;
	guint node;

	if (group->outer)
		parent = GPOINTER_TO_UINT(g_hash_table_lookup(tree->nodes, group->outer));
	if (group->kind == NSL_GROUP_REST && group->processes->len == 0)
		return;
	node = nsl_forest_add(tree->forest, parent, write_group, group);
	g_hash_table_insert(tree->nodes, (gpointer)group, GUINT_TO_POINTER(node));
	if (nsl_group_label_roots(roots, group, tree->view))
		nsl_forest_add_text(tree->forest, node, g_strdup(roots->str));
	g_array_sort(section->uses, compare_uses);
	for (guint i = 0; i < section->uses->len; i++) {
		const Use *use = &g_array_index(section->uses, Use, i);

		add_namespace(tree, node, group, use, use->ns);
	}
	add_processes(tree, node, group);
}

static void add_unused(const Tree *tree)
{
	guint empty = nsl_forest_add_heading(tree->forest, NSL_FOREST_NONE, g_strdup("no process"));
	guint other = nsl_forest_add_heading(tree->forest, NSL_FOREST_NONE,
					     g_strdup("processes not selected"));

	for (guint i = 0; i < tree->view->namespaces->len; i++) {
		const NslNamespace *ns = g_ptr_array_index(tree->view->namespaces, i);

		if (!g_hash_table_contains(tree->used, ns))
			add_namespace(tree, ns->members->len == 0 ? empty : other, NULL, NULL, ns);
	}
}

void nsl_tree_container_write(const NslView *view, const NslStyle *style, NslOutput *output)
{
	g_autoptr(NslGroups) groups = nsl_groups_new(view);
	g_autoptr(NslForest) forest = nsl_forest_new();
	g_autoptr(GHashTable) nodes = g_hash_table_new(NULL, NULL);
	g_autoptr(GHashTable) used = g_hash_table_new(NULL, NULL);
	g_autoptr(GHashTable) pods =
		g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_hash_table_unref);
	g_autoptr(GHashTable) reasons =
		g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
	g_autoptr(GHashTable) sections = g_hash_table_new_full(NULL, NULL, NULL, section_free);
	Tree tree = {view, style, groups, forest, nodes, pods, reasons, used, sections};

	find_users(&tree);
	find_reasons(&tree);
	find_uses(&tree);
	for (guint i = 0; i < groups->all->len; i++)
		add_group(&tree, g_ptr_array_index(groups->all, i));
	add_unused(&tree);
	nsl_forest_draw(forest, style, &tree, output);
}
