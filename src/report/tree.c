/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The trees. Each groups the namespaces in its own way; forest.c draws them all.
 * - By namespace: types, the namespaces of each, and the processes in them.
 * - By owner: user namespaces, and what each owns. By parent: pid and user namespaces, and what is
 *   nested in each. Namespaces above the listed ones are there too, as far as they are known.
 * - By container: pods, containers, units and the rest; of each the namespaces, with whom they are
 *   shared, and the processes. Last come the namespaces without a process.
 * Processes stand below their parent process where that is in the same namespace or group. By
 * container what is alike folds, as in the table.
 */
#include <string.h>

#include "base/each.h"
#include "report/forest.h"
#include "report/group.h"
#include "report/wording.h"

#define MAX_LISTED 5 /* processes or containers in a line */
#define INDENT	   2 /* of a line below another */

typedef struct Tree {
	const NslView *view;
	const NslStyle *style;
	NslTextKind kind;
	NslForest *forest;
	GHashTable *rows;	  /* NslNamespace of the view to a GPtrArray of NslRow */
	GHashTable *reasons;	  /* the same, of the rows that are about no process */
	GHashTable *uses;	  /* NslGroup to a GPtrArray of Use, by namespace */
	NslRelationKind relation; /* by owner and by parent */
	NslGroups *groups;	  /* by container; else NULL */
	GHashTable *folds;	  /* nsl_folds_new(); NULL: nothing folds */
} Tree;

/* A namespace below a group, and the processes of the group that are in it. */
typedef struct Use {
	const NslNamespace *ns;
	const NslGroup *group;
	GPtrArray *inside;   /* NslProcess */
	GPtrArray *children; /* NslProcess: its children will be inside */
} Use;

static void use_free(gpointer data)
{
	Use *use = data;

	g_ptr_array_unref(use->inside);
	g_ptr_array_unref(use->children);
	g_free(use);
}

/* What a table has of the key, which is empty where that is new. */
static GPtrArray *get_list(GHashTable *lists, gconstpointer key)
{
	GPtrArray *list = g_hash_table_lookup(lists, key);

	if (!list) {
		list = g_ptr_array_new();
		g_hash_table_insert(lists, (gpointer)key, list);
	}
	return list;
}

static void add_row(Tree *tree, NslRow *row)
{
	g_ptr_array_add(get_list(tree->rows, row->ns), row);
	if (!row->process)
		g_ptr_array_add(get_list(tree->reasons, row->ns), row);
}

static void write_name(GString *text, const Tree *tree, const NslNamespace *ns)
{
	gsize start = text->len;

	nsl_label_namespace(text, ns, true);
	nsl_color_namespace(text, start, tree->style);
}

static void write_details(GString *text, const Tree *tree, const NslNamespace *ns)
{
	if (!tree->style->details || !ns->detail)
		return;
	g_string_append(text, "  ");
	nsl_detail_append(text, ns, tree->kind);
}

static void write_pid(GString *text, const Tree *tree, gconstpointer item)
{
	(void)tree;
	nsl_output_number(text, ((const NslProcess *)item)->pid);
}

static void write_container(GString *text, const Tree *tree, gconstpointer item)
{
	nsl_label_container(text, item, tree->kind);
}

/* The first of `n` items, and how many more there are. */
static void write_list(GString *text, const Tree *tree, const GPtrArray *items, guint n,
		       void (*write)(GString *text, const Tree *tree, gconstpointer item))
{
	for (guint i = 0; i < items->len && i < MAX_LISTED; i++) {
		g_string_append(text, i > 0 ? ", " : "");
		write(text, tree, g_ptr_array_index(items, i));
	}
	if (n > MAX_LISTED)
		g_string_append_printf(text, ", +%u more", n - MAX_LISTED);
}

static void write_containers(GString *text, const Tree *tree, const GPtrArray *processes)
{
	g_autoptr(GPtrArray) containers = nsl_group_containers(processes);

	write_list(text, tree, containers, containers->len, write_container);
}

/* Which processes of the group are in the namespace. */
static void write_inside(GString *text, const Tree *tree, const Use *use)
{
	guint n = use->inside->len;
	guint n_all = use->group->n_in[use->ns->type];

	if (use->group->kind == NSL_GROUP_POD) {
		g_string_append(text, "; shared by ");
		write_containers(text, tree, use->inside);
	} else if (n > 0 && use->group->kind == NSL_GROUP_REST) {
		g_string_append(text, n == 1 ? "; process " : "; processes ");
		write_list(text, tree, use->inside, n, write_pid);
	} else if (n > 0 && n < n_all) {
		g_string_append_printf(text, "; %u of %u processes: ", n, n_all);
		write_list(text, tree, use->inside, n, write_pid);
	}
	/* In an empty namespace these are the reason for it, which is added below. */
	if (use->children->len > 0 && use->ns->members->len > 0) {
		g_string_append(text, "; for children of ");
		write_list(text, tree, use->children, use->children->len, write_pid);
	}
}

/* "shared with docker:db, 3 other processes": the members that are not of the group. */
static void write_others(GString *text, const Tree *tree, const Use *use)
{
	g_autoptr(GPtrArray) containers = g_ptr_array_new();
	guint n;
	guint n_containers =
		nsl_groups_outside(tree->groups, use->group, use->ns, MAX_LISTED, containers, &n);

	if (n_containers == 0 && n == 0)
		return;
	g_string_append(text, "; shared with ");
	write_list(text, tree, containers, n_containers, write_container);
	if (n > 0)
		g_string_append_printf(text, "%s%u other process%s", n_containers > 0 ? ", " : "",
				       n, n == 1 ? "" : "es");
}

/* The rows of a namespace that are about no process: why it exists, or a thread in it. */
static void write_reasons(GString *text, const Tree *tree, const NslNamespace *ns)
{
	const GPtrArray *rows = g_hash_table_lookup(tree->reasons, ns);
	g_autoptr(GString) reason = g_string_new(NULL);

	for (guint i = 0; rows && i < rows->len; i++) {
		const NslRow *row = g_ptr_array_index(rows, i);

		g_string_append(text, "; ");
		if (row->more->thread)
			g_string_append_printf(text, "%u ", row->more->thread->tid);
		g_string_truncate(reason, 0);
		nsl_label_row(reason, row, tree->kind);
		nsl_text_append_item(text, reason, "; ", tree->kind);
	}
}

/* What there is to say beside what it is called; `use` is NULL where that is about no group. */
static void write_about(GString *text, const Tree *tree, const NslNamespace *ns, const Use *use)
{
	g_autoptr(GString) about = g_string_new(NULL);

	write_details(text, tree, ns);
	if (use) {
		write_inside(about, tree, use);
		write_others(about, tree, use);
	}
	write_reasons(about, tree, ns);
	if (about->len > 0) {
		g_string_append(text, "  ");
		g_string_append(text, about->str + strlen("; "));
	}
}

static void write_namespace(GString *text, gconstpointer data, gpointer context)
{
	write_name(text, context, data);
	write_about(text, context, data, NULL);
}

static void write_use(GString *text, gconstpointer data, gpointer context)
{
	const Use *use = data;

	write_name(text, context, use->ns);
	write_about(text, context, use->ns, use);
}

/* What the process is one of the others of; NULL: nothing, it has a line of its own. */
static const NslFold *find_fold(const Tree *tree, const NslProcess *process)
{
	const NslFold *fold = tree->folds ? g_hash_table_lookup(tree->folds, process) : NULL;

	return fold && fold->first != process ? fold : NULL;
}

/* The process whose line tells of this one too. */
static const NslProcess *shown_by(const Tree *tree, const NslProcess *process)
{
	const NslFold *fold = find_fold(tree, process);

	return fold ? g_ptr_array_index(fold->others, 0) : process;
}

static void write_process(GString *text, gconstpointer data, gpointer context)
{
	const NslRow *row = data;
	const Tree *tree = context;
	const NslFold *fold = find_fold(tree, row->process);
	gsize label;

	if (fold)
		nsl_fold_append_others(text, fold);
	else
		nsl_output_number(text, row->process->pid);
	g_string_append_c(text, ' ');
	if (tree->groups && !row->process->entered) { /* the groups say what it is in */
		nsl_label_command(text, row->process, tree->kind);
		return;
	}
	label = text->len;
	nsl_label_row(text, row, tree->kind);
	nsl_color_container(text, label, tree->style, row);
}

/* Adds the processes of the rows, each once, below `parent` and their parent processes. */
static void add_processes(const Tree *tree, guint parent, const GPtrArray *rows)
{
	g_autoptr(GHashTable) nodes = g_hash_table_new(NULL, NULL); /* by PID; none is 0 */

	NSL_EACH (const NslRow, row, rows) {
		gpointer pid = row->process ? GUINT_TO_POINTER(row->process->pid) : NULL;
		const NslProcess *shown;
		gpointer node;

		if (!pid || g_hash_table_contains(nodes, pid))
			continue;
		shown = shown_by(tree, row->process);
		node = shown == row->process
			       ? GUINT_TO_POINTER(
					 nsl_forest_add(tree->forest, parent, write_process, row))
			       : g_hash_table_lookup(nodes, GUINT_TO_POINTER(shown->pid));
		g_hash_table_insert(nodes, pid, node);
	}
	NSL_EACH (const NslRow, row, rows) {
		gpointer node;
		gpointer above;

		/* A process whose children alone are in the namespace is not part of its tree. */
		if (!row->process || (row->more->for_children && !tree->groups) ||
		    shown_by(tree, row->process) != row->process)
			continue;
		node = g_hash_table_lookup(nodes, GUINT_TO_POINTER(row->process->pid));
		above = g_hash_table_lookup(nodes, GUINT_TO_POINTER(row->process->ppid));
		if (above && above != node)
			nsl_forest_move(tree->forest, GPOINTER_TO_UINT(node),
					GPOINTER_TO_UINT(above), parent);
	}
}

static void add_view_rows(Tree *tree)
{
	NSL_EACH_IN (NslRow, row, tree->view->rows)
		add_row(tree, row);
}

static void build_by_namespace(Tree *tree)
{
	guint types[NSL_NSTYPE_COUNT];

	add_view_rows(tree);
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		types[type] = nsl_forest_add_heading(tree->forest, NSL_FOREST_TOP,
						     nsl_nstypes[type].name);
	NSL_EACH (const NslNamespace, ns, tree->view->namespaces) {
		guint node = nsl_forest_add(tree->forest, types[ns->type], write_namespace, ns);

		add_processes(tree, node, g_hash_table_lookup(tree->rows, ns));
	}
}

/* Who made a user namespace: "made by alice, ". */
static void write_maker(GString *text, const Tree *tree, const NslNamespace *ns)
{
	if (ns->type != NSL_NSTYPE_USER || ns->has_owner_uid != NSL_KNOWN)
		return;
	g_string_append(text, "made by ");
	if (ns->owner_name)
		nsl_text_escape(text, ns->owner_name, -1, tree->kind);
	else
		nsl_output_number(text, ns->owner_uid);
	g_string_append(text, ", ");
}

static void write_related(GString *text, gconstpointer data, gpointer context)
{
	const NslNamespace *ns = data;
	const Tree *tree = context;
	bool denied = nsl_relation_of(ns, tree->relation)->knowledge == NSL_DENIED;

	nsl_label_namespace(text, ns, true);
	if (ns->root)
		g_string_append(text,
				denied ? " (root; what is above may not be read)" : " (root)");
	if (!g_hash_table_contains(tree->rows, ns)) {
		/* A root namespace need not be selected to be at the top. */
		g_string_append(text, ns->root ? "" : " (not selected)");
		return;
	}
	write_details(text, tree, ns);
	g_string_append(text, "  ");
	write_maker(text, tree, ns);
	nsl_label_summary(text, tree->view, ns, tree->kind);
}

static guint add_unknown(const Tree *tree, guint parent, const char *why)
{
	g_autofree char *text =
		g_strdup_printf("%s unknown: %s", nsl_relations[tree->relation].name, why);

	return nsl_forest_add_heading(tree->forest, parent, text);
}

/* Adds namespaces below `top`, or below each other. */
static void add_related(const Tree *tree, guint top, const GPtrArray *namespaces)
{
	const NslNsTypes nested = nsl_relations[NSL_RELATION_PARENT].types;
	g_autoptr(GHashTable) nodes = g_hash_table_new(NULL, NULL); /* by NslNamespace */
	guint unknown[NSL_UNSUPPORTED + 1];			    /* headings, by NslKnowledge */
	guint circle; /* heading: of relations that cannot be right */

	NSL_EACH (NslNamespace, ns, namespaces) {
		guint node = nsl_forest_add(tree->forest, top, write_related, ns);

		g_hash_table_insert(nodes, ns, GUINT_TO_POINTER(node));
	}
	for (NslKnowledge knowledge = 0; knowledge <= NSL_UNSUPPORTED; knowledge++) {
		const char *obstacle = nsl_relation_obstacles[knowledge];

		unknown[knowledge] = obstacle ? add_unknown(tree, top, obstacle) : top;
	}
	circle = add_unknown(tree, top, "these are said to be above themselves");
	NSL_EACH (const NslNamespace, ns, namespaces) {
		const NslRelation *above = nsl_relation_of(ns, tree->relation);
		guint parent = unknown[above->knowledge];

		if (above->knowledge == NSL_KNOWN)
			parent = GPOINTER_TO_UINT(g_hash_table_lookup(nodes, above->ns));
		else if (ns->root && (nested & NSL_NSTYPE_BIT(ns->type)))
			parent = top; /* nobody asks what is above the root ones */
		nsl_forest_move(tree->forest, GPOINTER_TO_UINT(g_hash_table_lookup(nodes, ns)),
				parent, circle);
	}
}

static void build_by_relation(Tree *tree)
{
	g_autoptr(GPtrArray) namespaces = nsl_relation_gather(tree->view, tree->relation);
	g_autoptr(GPtrArray) others = g_ptr_array_new();
	g_autoptr(GPtrArray) users = g_ptr_array_new();

	add_view_rows(tree);
	NSL_EACH (NslNamespace, ns, namespaces)
		g_ptr_array_add(ns->type == NSL_NSTYPE_USER ? users : others, ns);
	if (tree->relation == NSL_RELATION_PARENT) {
		add_related(tree, nsl_forest_add_heading(tree->forest, NSL_FOREST_TOP, "pid"),
			    others);
		add_related(tree, nsl_forest_add_heading(tree->forest, NSL_FOREST_TOP, "user"),
			    users);
	} else { /* user namespaces come after what else their owner owns */
		g_ptr_array_extend(others, users, NULL, NULL);
		add_related(tree, NSL_FOREST_TOP, others);
	}
}

static void write_group(GString *text, gconstpointer data, gpointer context)
{
	const Tree *tree = context;
	g_autoptr(GString) roots = g_string_new(NULL);
	gsize start = text->len;

	nsl_group_label(text, data, tree->kind);
	nsl_color(text, start, -1, tree->style, NSL_TONE_NAME);
	if (nsl_group_label_roots(roots, data, tree->view))
		g_string_append_printf(text, "  %s", roots->str);
}

/*
 * The pods whose containers are in a namespace: NslGroup to the only group of the pod that is, or
 * to the pod itself where several share the namespace.
 */
static GHashTable *find_pods(const Tree *tree, const GPtrArray *rows)
{
	GHashTable *pods = g_hash_table_new(NULL, NULL);

	NSL_EACH (const NslRow, row, rows) {
		const NslGroup *group = row->process && !row->more->for_children
						? nsl_groups_of(tree->groups, row->process)
						: NULL;
		const NslGroup *pod = group ? group->pod : NULL;
		const NslGroup *first = pod ? g_hash_table_lookup(pods, pod) : NULL;

		if (pod && first != group)
			g_hash_table_insert(pods, (gpointer)pod, (gpointer)(first ? pod : group));
	}
	return pods;
}

static Use *get_use(Tree *tree, const NslGroup *group, const NslNamespace *ns)
{
	GPtrArray *uses = get_list(tree->uses, group);
	Use *use = uses->len > 0 ? g_ptr_array_index(uses, uses->len - 1) : NULL;

	g_ptr_array_set_free_func(uses, use_free);
	if (!use || use->ns != ns) {
		use = g_new(Use, 1);
		*use = (Use){ns, group, g_ptr_array_new(), g_ptr_array_new()};
		g_ptr_array_add(uses, use);
	}
	return use;
}

/* Puts a namespace below each group that is in it, or below the pod whose containers share it. */
static void find_uses(Tree *tree, const NslNamespace *ns)
{
	const GPtrArray *rows = g_hash_table_lookup(tree->rows, ns);
	g_autoptr(GHashTable) pods = find_pods(tree, rows);

	NSL_EACH (const NslRow, row, rows) {
		const NslGroup *group;
		const NslGroup *pod;
		Use *use;

		if (!row->process)
			continue;
		group = nsl_groups_of(tree->groups, row->process);
		pod = group->pod;
		if (pod && g_hash_table_lookup(pods, pod) == pod)
			group = pod;
		use = get_use(tree, group, ns);
		g_ptr_array_add(row->more->for_children ? use->children : use->inside,
				(gpointer)row->process);
	}
}

static guint room_below(const Tree *tree, const NslGroup *group)
{
	guint indent = INDENT * (guint)group->height;

	if (tree->style->wrap == 0)
		return G_MAXUINT;
	return tree->style->wrap > indent ? tree->style->wrap - indent : 1;
}

/* A line for each namespace of a group; where it folds, one for all of which there is no more to
 * say. */
static void add_uses(const Tree *tree, const NslGroup *group, const GPtrArray *uses)
{
	g_autoptr(GPtrArray) others = g_ptr_array_new(); /* Use */
	g_autoptr(GString) line = g_string_new(NULL);
	g_autoptr(GString) about = g_string_new(NULL);

	NSL_EACH (Use, use, uses) {
		g_autoptr(GString) name = g_string_new(NULL);

		g_string_truncate(about, 0);
		if (tree->folds)
			write_about(about, tree, use->ns, use);
		if (!tree->folds || about->len > 0) {
			g_ptr_array_add(others, use);
			continue;
		}
		write_name(name, tree, use->ns);
		if (line->len > 0 && nsl_color_width(line->str) + 1 + nsl_color_width(name->str) >
					     room_below(tree, group)) {
			nsl_forest_add_text(tree->forest, group->node, line->str);
			g_string_truncate(line, 0);
		}
		g_string_append_printf(line, "%s%s", line->len > 0 ? " " : "", name->str);
	}
	if (line->len > 0)
		nsl_forest_add_text(tree->forest, group->node, line->str);
	NSL_EACH (Use, use, others)
		nsl_forest_add(tree->forest, group->node, write_use, use);
}

static void add_group(Tree *tree, NslGroup *group)
{
	if (group->kind == NSL_GROUP_REST && group->processes->len == 0)
		return;
	group->node =
		nsl_forest_add(tree->forest, group->outer ? group->outer->node : NSL_FOREST_TOP,
			       write_group, group);
	add_uses(tree, group, get_list(tree->uses, group));
	add_processes(tree, group->node, group->rows);
}

static void build_by_container(Tree *tree)
{
	const GPtrArray *namespaces = tree->view->namespaces;
	const GPtrArray *groups;
	guint empty, unseen, other;

	tree->groups = nsl_groups_new(tree->view);
	tree->folds = tree->style->fold ? nsl_folds_new(tree->view, tree->groups) : NULL;
	groups = tree->groups->all;
	NSL_EACH (const NslGroup, group, groups)
		NSL_EACH (NslRow, row, group->rows)
			add_row(tree, row);
	NSL_EACH_IN (NslRow, row, tree->view->rows)
		if (!row->process)
			add_row(tree, row);
	NSL_EACH (const NslNamespace, ns, namespaces)
		if (!ns->root) /* the root ones have one line for all */
			find_uses(tree, ns);
	NSL_EACH (NslGroup, group, groups)
		add_group(tree, group);
	empty = nsl_forest_add_heading(tree->forest, NSL_FOREST_TOP, "no process");
	unseen = nsl_forest_add_heading(tree->forest, NSL_FOREST_TOP, "no visible process");
	other = nsl_forest_add_heading(tree->forest, NSL_FOREST_TOP, "processes not selected");
	NSL_EACH (const NslNamespace, ns, namespaces)
		if (get_list(tree->rows, ns)->len == get_list(tree->reasons, ns)->len)
			nsl_forest_add(tree->forest,
				       nsl_namespace_n_members(ns) > 0 ? other
				       : nsl_snapshot_is_unpopulated(tree->view->snapshot, ns)
					       ? empty
					       : unseen,
				       write_namespace, ns);
}

void nsl_tree_write(const NslView *view, const NslStyle *style, NslOutput *output)
{
	g_autoptr(NslForest) forest = nsl_forest_new();
	g_autoptr(GHashTable) rows =
		g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
	g_autoptr(GHashTable) reasons =
		g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
	g_autoptr(GHashTable) uses =
		g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
	Tree tree = {.view = view,
		     .style = style,
		     .kind = nsl_style_kind(style),
		     .forest = forest,
		     .rows = rows,
		     .reasons = reasons,
		     .uses = uses,
		     .relation = style->format == NSL_FORMAT_TREE_PARENT ? NSL_RELATION_PARENT
									 : NSL_RELATION_OWNER};

	if (style->hosts)
		nsl_output_heading(output, style, nsl_snapshot_host(view->snapshot));
	if (style->format == NSL_FORMAT_TREE_CONTAINER)
		build_by_container(&tree);
	else if (style->format == NSL_FORMAT_TREE)
		build_by_namespace(&tree);
	else
		build_by_relation(&tree);
	nsl_forest_draw(forest, style, &tree, output);
	g_clear_pointer(&tree.folds, g_hash_table_unref);
	nsl_groups_free(tree.groups);
}
