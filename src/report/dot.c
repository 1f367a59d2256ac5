/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The graph, in Graphviz's language: a forest of boxes, which are containers and pods, with
 * namespaces in them, and arrows for relations: which is nested in which, and which user namespace
 * owns which. Labels of namespaces say which processes are in them; layout is left to dot(1).
 */

#include "base/each.h"
#include "base/text.h"
#include "report/forest.h"
#include "report/group.h"
#include "report/wording.h"

#define MAX_LISTED  3  /* processes, names or containers in a label */
#define MAX_COLUMNS 40 /* of a line in one */
#define MAX_TITLE   80 /* columns of a line above a box */

typedef struct Graph {
	const NslView *view;
	const NslStyle *style;
	NslTextKind kind;
	NslOutput *output;
	const NslGroups *groups;
	GHashTable *listed;    /* set of NslNamespace: the view's */
	GHashTable *shown;     /* set of those, and of what is above them but no root */
	GPtrArray *namespaces; /* NslNamespace: those of `shown`, by type and inode */
	guint n_boxes;
	bool boxed; /* the namespace that is being written is in a box */
} Graph;

static const char *const colours[NSL_NSTYPE_COUNT] = {
	[NSL_NSTYPE_CGROUP] = "#eeeeee", [NSL_NSTYPE_IPC] = "#e8dff5",
	[NSL_NSTYPE_MNT] = "#fff2cc",	 [NSL_NSTYPE_NET] = "#d5e8f7",
	[NSL_NSTYPE_PID] = "#d9ead3",	 [NSL_NSTYPE_TIME] = "#d0f0ee",
	[NSL_NSTYPE_USER] = "#f8d7da",	 [NSL_NSTYPE_UTS] = "#fbe3cf",
};

static const char head[] =
	"/* Namespaces. A solid line leads from a pid or user namespace to one that is nested in "
	"it, a\n"
	"   dashed one from a user namespace to one that it owns; what has none is directly below "
	"a\n"
	"   root namespace (which --all shows), or says what is unknown. A box with a title is a\n"
	"   container or pod, and holds what only its own processes are in. To draw it:\n"
	"   dot -Tsvg -o namespaces.svg */\n"
	"digraph namespaces {\n"
	"graph [rankdir=LR, pack=true, packmode=\"graph\", fontname=\"sans-serif\", fontsize=11,\n"
	"  labeljust=l, nodesep=0.1];\n"
	"node [shape=box, style=filled, fontname=\"sans-serif\", fontsize=9, height=0.2, "
	"margin=0.06];\n"
	"edge [arrowsize=0.6];\n";

/*
 * Appends text for people, which is one line and valid UTF-8, as a part of a quoted string: for the
 * reader of that, for the escapes in labels (\N is the node's name), and for HTML's entities, which
 * labels have too.
 */
static void append_text(GString *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\\' || *text == '"')
			g_string_append_c(out, '\\');
		if (*text == '&')
			g_string_append(out, "&amp;");
		else
			g_string_append_c(out, *text);
	}
}

/* A line of a label, cut. */
static void append_line(GString *out, const char *line, guint columns)
{
	gsize fits = nsl_text_fit(line, columns);
	g_autofree char *start = g_strndup(line, fits);

	append_text(out, start);
	if (line[fits])
		g_string_append(out, "...");
	g_string_append(out, "\\l"); /* to the left */
}

/* Of several hosts each has its own. */
static void append_name(GString *out, const Graph *graph, const NslNamespace *ns)
{
	g_string_append_c(out, '"');
	if (graph->style->hosts)
		g_string_append_printf(out, "%u/", graph->output->n_hosts);
	nsl_label_namespace(out, ns, false);
	g_string_append_c(out, '"');
}

static void append_item_name(GString *line, gconstpointer item, NslTextKind kind)
{
	g_string_append(line, "ip netns ");
	nsl_text_escape(line, item, -1, kind);
}

static void append_item_container(GString *line, gconstpointer item, NslTextKind kind)
{
	g_string_append(line, "in ");
	nsl_label_container(line, item, kind);
}

static void append_item_process(GString *line, gconstpointer item, NslTextKind kind)
{
	nsl_label_process(line, item, kind);
}

/* The first items, a line each, and how many more there are. */
static void append_items(GString *text, const GPtrArray *items,
			 void (*append)(GString *line, gconstpointer item, NslTextKind kind),
			 NslTextKind kind)
{
	for (guint i = 0; i < items->len && i < MAX_LISTED; i++) {
		g_autoptr(GString) line = g_string_new(NULL);

		append(line, g_ptr_array_index(items, i), kind);
		append_line(text, line->str, MAX_COLUMNS);
	}
	if (items->len > MAX_LISTED)
		g_string_append_printf(text, "+%u more\\l", items->len - MAX_LISTED);
}

static void append_details(GString *text, const Graph *graph, const NslNamespace *ns)
{
	g_autoptr(GPtrArray) parts = NULL;

	if (!graph->style->details || !ns->detail)
		return;
	parts = nsl_detail_parts(ns, MAX_LISTED, graph->kind);
	NSL_EACH (const char, part, parts)
		append_line(text, part, MAX_COLUMNS);
}

static void append_members(GString *text, const Graph *graph, const NslNamespace *ns)
{
	if (ns->members->len > 0) {
		nsl_label_members(text, graph->view->snapshot, ns);
		g_string_append(text, "\\l");
		append_items(text, ns->members, append_item_process, graph->kind);
	} else if (ns->names->len == 0) {
		g_autofree char *reason = nsl_explain_namespace(graph->view->snapshot, ns);
		g_autofree char *line = nsl_text_escaped(reason, graph->kind);

		append_line(text, line, MAX_COLUMNS);
	}
}

/* The innermost box around all members; NULL: there is none. */
static const NslGroup *find_box(const NslGroups *groups, const NslNamespace *ns)
{
	const NslGroup *box = NULL;

	for (guint i = 0; i < ns->members->len; i++) {
		const NslProcess *process = g_ptr_array_index(ns->members, i);
		const NslGroup *group =
			nsl_process_around(process) ? nsl_groups_of(groups, process) : NULL;

		if (i == 0)
			box = group;
		while (box && !nsl_group_contains(box, group))
			box = box->outer;
		if (!box)
			break;
	}
	return box;
}

/* A user namespace's owner is its parent: one arrow is enough. */
static bool has_relation(const NslNamespace *ns, NslRelationKind kind)
{
	return (nsl_relations[kind].types & NSL_NSTYPE_BIT(ns->type)) &&
	       !(kind == NSL_RELATION_OWNER && ns->type == NSL_NSTYPE_USER);
}

/* In place of an arrow. If relations were not asked for, the graph's title says it. */
static void append_obstacles(GString *text, const NslNamespace *ns)
{
	for (NslRelationKind kind = 0; kind < NSL_RELATION_COUNT; kind++) {
		NslKnowledge knowledge = nsl_relation_of(ns, kind)->knowledge;
		const char *obstacle = nsl_relation_obstacles[knowledge];

		if (obstacle && knowledge != NSL_SKIPPED && has_relation(ns, kind))
			g_string_append_printf(text, "%s unknown: %s\\l", nsl_relations[kind].name,
					       obstacle);
	}
}

static void write_namespace(GString *text, gconstpointer data, gpointer context)
{
	const NslNamespace *ns = data;
	const Graph *graph = context;
	bool listed = g_hash_table_contains(graph->listed, ns);

	append_name(text, graph, ns);
	g_string_append(text, " [label=\"");
	nsl_label_namespace(text, ns, false);
	g_string_append(text, ns->root ? " (root)\\l" : "\\l");
	append_items(text, ns->names, append_item_name, graph->kind);
	append_details(text, graph, ns);
	if (listed)
		append_members(text, graph, ns);
	else
		g_string_append(text, "(not selected)\\l");
	if (!graph->boxed) {
		g_autoptr(GPtrArray) containers = nsl_group_containers(ns->members);

		append_items(text, containers, append_item_container, graph->kind);
	}
	append_obstacles(text, ns);
	g_string_append_printf(text, "\", fillcolor=\"%s\"%s];\n", colours[ns->type],
			       listed ? "" : ", style=\"filled,dashed\"");
}

static void begin_box(Graph *graph)
{
	g_string_append(graph->output->text, "subgraph cluster_");
	if (graph->style->hosts)
		g_string_append_printf(graph->output->text, "%u_", graph->output->n_hosts);
	g_string_append_printf(graph->output->text, "%u {\nlabel=\"", graph->n_boxes++);
}

static void write_box(GString *text, gconstpointer data, gpointer context)
{
	Graph *graph = context;
	g_autoptr(GString) line = g_string_new(NULL);

	begin_box(graph);
	nsl_group_label(line, data, graph->kind);
	append_line(text, line->str, MAX_TITLE);
	g_string_truncate(line, 0);
	if (nsl_group_label_roots(line, data, graph->view))
		append_line(text, line->str, MAX_TITLE);
	g_string_append(text, "\";\n");
}

static void write_nodes(Graph *graph)
{
	g_autoptr(NslForest) forest = nsl_forest_new();
	GString *text = graph->output->text;
	const NslNode *node = NULL;
	guint n_open = 0; /* boxes */

	NSL_EACH (NslGroup, group, graph->groups->all)
		if (group->kind == NSL_GROUP_POD || group->kind == NSL_GROUP_CONTAINER)
			group->node = nsl_forest_add(
				forest, group->outer ? group->outer->node : NSL_FOREST_TOP,
				write_box, group);
	NSL_EACH (const NslNamespace, ns, graph->namespaces) {
		const NslGroup *box = find_box(graph->groups, ns);

		nsl_forest_add(forest, box ? box->node : NSL_FOREST_TOP, write_namespace, ns);
	}
	while (graph->output->result == 0 && (node = nsl_forest_next(forest, node))) {
		for (; n_open > node->depth; n_open--)
			g_string_append(text, "}\n");
		graph->boxed = node->depth > 0;
		node->write(text, node->data, graph);
		n_open += node->write == write_box;
		nsl_output_flush(graph->output);
	}
	for (; n_open > 0; n_open--)
		g_string_append(text, "}\n");
}

static void write_arrows(const Graph *graph, NslRelationKind kind)
{
	GString *text = graph->output->text;

	NSL_EACH (const NslNamespace, ns, graph->namespaces) {
		const NslRelation *above = nsl_relation_of(ns, kind);

		if (above->knowledge != NSL_KNOWN || !has_relation(ns, kind) ||
		    !g_hash_table_contains(graph->shown, above->ns))
			continue;
		append_name(text, graph, above->ns);
		g_string_append(text, " -> ");
		append_name(text, graph, ns);
		g_string_append(text, kind == NSL_RELATION_OWNER ? " [style=dashed];\n" : ";\n");
		nsl_output_flush(graph->output);
	}
}

/*
 * The view's namespaces, and what is above them. Nearly everything is owned by a root namespace:
 * unless these are listed they are left out.
 */
static void find_namespaces(Graph *graph)
{
	NSL_EACH (NslNamespace, ns, graph->view->namespaces)
		g_hash_table_add(graph->listed, ns);
	for (NslRelationKind kind = 0; kind < NSL_RELATION_COUNT; kind++) {
		g_autoptr(GPtrArray) found = nsl_relation_gather(graph->view, kind);

		NSL_EACH (NslNamespace, ns, found)
			if (!ns->root || g_hash_table_contains(graph->listed, ns))
				g_hash_table_add(graph->shown, ns);
	}
}

static void end_graph(NslOutput *output)
{
	g_string_append(output->text, "}\n");
}

static void begin_host(Graph *graph)
{
	GString *text = graph->output->text;
	g_autofree char *host =
		nsl_text_escaped(nsl_snapshot_host(graph->view->snapshot), graph->kind);

	begin_box(graph);
	append_line(text, host, MAX_TITLE);
	g_string_append(text, "\";\n");
}

void nsl_dot_write(const NslView *view, const NslStyle *style, NslOutput *output)
{
	g_autoptr(NslGroups) groups = nsl_groups_new(view);
	g_autoptr(GHashTable) listed = g_hash_table_new(NULL, NULL);
	g_autoptr(GHashTable) shown = g_hash_table_new(NULL, NULL);
	Graph graph = {
		.view = view,
		.style = style,
		.kind = nsl_style_kind(style),
		.output = output,
		.groups = groups,
		.listed = listed,
		.shown = shown,
	};
	bool asked = view->snapshot->coverage[NSL_SOURCE_RELATIONS] != NSL_COVERAGE_SKIPPED;

	find_namespaces(&graph);
	graph.namespaces = nsl_view_sort_namespaces(shown);
	if (output->n_hosts == 0) {
		g_string_append(output->text, head);
		g_string_append_printf(output->text,
				       "label=\"solid: nested in; dashed: owned by%s\";\n",
				       asked ? "" : " (neither was asked for)");
		output->write_kept = end_graph;
	}
	if (style->hosts)
		begin_host(&graph);
	write_nodes(&graph);
	write_arrows(&graph, NSL_RELATION_OWNER);
	write_arrows(&graph, NSL_RELATION_PARENT);
	if (style->hosts)
		g_string_append(output->text, "}\n");
	g_ptr_array_unref(graph.namespaces);
}
