/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The graph, in Graphviz's language: namespaces, which is nested in which, which user namespace
 * owns which, and boxes around those of a container or pod. Processes are told of in the labels of
 * namespaces; layout is left to dot(1).
 */
#include <string.h>

#include "base/text.h"
#include "report/detail.h"
#include "report/format.h"
#include "report/group.h"
#include "report/wording.h"
#include "report/relation.h"

#define MAX_LISTED  3  /* processes, names or containers in a label */
#define MAX_COLUMNS 40 /* of a line in one */
#define MAX_TITLE   80 /* columns of a line above a box */

/* What is in the box of a container or pod, or in none. */
typedef struct Box {
	GPtrArray *namespaces; /* NslNamespace */
	GPtrArray *inner;      /* NslGroup, whose boxes are in it */
} Box;

typedef struct Graph {
	const NslView *view;
	const NslStyle *style;
	const NslGroups *groups;
	NslOutput *output;
	GString *text;	       /* of that */
	GHashTable *listed;    /* set of NslNamespace: the view's */
	GPtrArray *namespaces; /* NslNamespace: those, and what is above them and not a root one */
	GHashTable *shown;     /* set of the same */
	GHashTable *boxes;     /* NslGroup, or NULL, to Box */
	guint n_boxes;
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

static void append_name(GString *out, const NslNamespace *ns)
{
	g_string_append_c(out, '"');
	nsl_label_namespace(out, ns, false);
	g_string_append_c(out, '"');
}

static void append_more(GString *out, guint n)
{
	if (n > MAX_LISTED)
		g_string_append_printf(out, "+%u more\\l", n - MAX_LISTED);
}

static void append_names(const Graph *graph, const NslNamespace *ns)
{
	for (guint i = 0; i < ns->names->len && i < MAX_LISTED; i++) {
		g_autoptr(GString) line = g_string_new("ip netns ");

		nsl_text_escape(line, g_ptr_array_index(ns->names, i), -1,
				nsl_style_kind(graph->style));
		append_line(graph->text, line->str, MAX_COLUMNS);
	}
	append_more(graph->text, ns->names->len);
}

static void append_details(const Graph *graph, const NslNamespace *ns)
{
	g_autoptr(GPtrArray) parts = NULL;

	if (!graph->style->details || !ns->detail)
		return;
	parts = nsl_detail_parts(ns, MAX_LISTED, nsl_style_kind(graph->style));
	for (guint i = 0; i < parts->len; i++)
		append_line(graph->text, g_ptr_array_index(parts, i), MAX_COLUMNS);
}

/* The containers that members are in, of a namespace that is in no box. */
static void append_containers(const Graph *graph, const NslNamespace *ns)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);

	for (guint i = 0; i < ns->members->len; i++) {
		const NslProcess *process = g_ptr_array_index(ns->members, i);
		g_autoptr(GString) line = NULL;

		if (!process->container || !g_hash_table_add(seen, process->container) ||
		    g_hash_table_size(seen) > MAX_LISTED)
			continue;
		line = g_string_new("in ");
		nsl_label_container(line, process->container, nsl_style_kind(graph->style));
		append_line(graph->text, line->str, MAX_COLUMNS);
	}
	append_more(graph->text, g_hash_table_size(seen));
}

static void append_members(const Graph *graph, const NslNamespace *ns)
{
	NslTextKind kind = nsl_style_kind(graph->style);
	guint n = ns->members->len;

	if (n == 0 && ns->names->len == 0) {
		g_autofree char *reason = nsl_explain_namespace(graph->view->snapshot, ns);
		g_autofree char *line = nsl_text_escaped(reason, kind);

		append_line(graph->text, line, MAX_COLUMNS);
	}
	if (n == 0)
		return;
	g_string_append_printf(graph->text, "%s%u process%s\\l",
			       nsl_view_is_counted(graph->view, ns) ? "" : "at least ", n,
			       n == 1 ? "" : "es");
	for (guint i = 0; i < n && i < MAX_LISTED; i++) {
		const NslProcess *process = g_ptr_array_index(ns->members, i);
		g_autoptr(GString) line = g_string_new(NULL);

		nsl_output_number(line, process->pid, 0);
		g_string_append_c(line, ' ');
		nsl_label_command(line, process, kind);
		append_line(graph->text, line->str, MAX_COLUMNS);
	}
	append_more(graph->text, n);
}

/* Where a line to what is above would be wanted; that nobody asked is told once for all. */
static void append_obstacles(const Graph *graph, const NslNamespace *ns)
{
	for (NslRelationKind kind = 0; kind < NSL_RELATION_COUNT; kind++) {
		NslKnowledge known = nsl_relation_of(ns, kind)->knowledge;
		const char *obstacle = nsl_relation_obstacle(known);

		if (!obstacle || known == NSL_SKIPPED ||
		    !(nsl_relation_types(kind) & NSL_NSTYPE_BIT(ns->type)) ||
		    (kind == NSL_RELATION_OWNER && ns->type == NSL_NSTYPE_USER))
			continue;
		g_string_append_printf(graph->text, "%s unknown: %s\\l",
				       kind == NSL_RELATION_OWNER ? "owner" : "parent", obstacle);
	}
}

static void write_node(const Graph *graph, const NslNamespace *ns, bool boxed)
{
	bool listed = g_hash_table_contains(graph->listed, ns);

	append_name(graph->text, ns);
	g_string_append(graph->text, " [label=\"");
	nsl_label_namespace(graph->text, ns, false);
	g_string_append(graph->text, ns->root ? " (root)\\l" : "\\l");
	append_names(graph, ns);
	append_details(graph, ns);
	if (listed)
		append_members(graph, ns);
	else
		g_string_append(graph->text, "(not selected)\\l");
	if (!boxed)
		append_containers(graph, ns);
	append_obstacles(graph, ns);
	g_string_append_printf(graph->text, "\", fillcolor=\"%s\"%s];\n", colours[ns->type],
			       listed ? "" : ", style=\"filled,dashed\"");
}

/* The innermost box around both; NULL: none is. */
static const NslGroup *find_around(const NslGroup *group, const NslGroup *other)
{
	while (group && !nsl_group_contains(group, other))
		group = group->outer;
	return group;
}

/* The innermost box around all members. */
static const NslGroup *find_place(const Graph *graph, const NslNamespace *ns)
{
	const NslGroup *place = NULL;

	for (guint i = 0; i < ns->members->len; i++) {
		const NslProcess *process = g_ptr_array_index(ns->members, i);
		const NslGroup *group =
			process->container ? nsl_groups_of(graph->groups, process) : NULL;

		place = i == 0 ? group : find_around(place, group);
		if (!place)
			break;
	}
	return place;
}

static Box *get_box(const Graph *graph, const NslGroup *group)
{
	Box *box = g_hash_table_lookup(graph->boxes, group);

	if (!box) {
		box = g_new(Box, 1);
		box->namespaces = g_ptr_array_new();
		box->inner = g_ptr_array_new();
		g_hash_table_insert(graph->boxes, (gpointer)group, box);
	}
	return box;
}

static void box_free(gpointer data)
{
	Box *box = data;

	g_ptr_array_unref(box->namespaces);
	g_ptr_array_unref(box->inner);
	g_free(box);
}

static void fill_boxes(Graph *graph)
{
	for (guint i = 0; i < graph->groups->all->len; i++) {
		NslGroup *group = g_ptr_array_index(graph->groups->all, i);

		if (group->kind == NSL_GROUP_POD || group->kind == NSL_GROUP_CONTAINER)
			g_ptr_array_add(get_box(graph, group->outer)->inner, group);
	}
	for (guint i = 0; i < graph->namespaces->len; i++) {
		NslNamespace *ns = g_ptr_array_index(graph->namespaces, i);

		g_ptr_array_add(get_box(graph, find_place(graph, ns))->namespaces, ns);
	}
}

/* Boxes are in each other no deeper than groups: see group.c. */
static void write_box(Graph *graph, const NslGroup *group)
{
	const Box *box = get_box(graph, group);
	g_autoptr(GString) line = g_string_new(NULL);

	if (group) {
		g_string_append_printf(graph->text, "subgraph cluster_%u {\nlabel=\"",
				       graph->n_boxes++);
		nsl_group_label(line, group, nsl_style_kind(graph->style));
		append_line(graph->text, line->str, MAX_TITLE);
		g_string_truncate(line, 0);
		if (nsl_group_label_roots(line, group, graph->view))
			append_line(graph->text, line->str, MAX_TITLE);
		g_string_append(graph->text, "\";\n");
	}
	for (guint i = 0; i < box->inner->len; i++)
		write_box(graph, g_ptr_array_index(box->inner, i));
	for (guint i = 0; i < box->namespaces->len; i++)
		write_node(graph, g_ptr_array_index(box->namespaces, i), group);
	if (group)
		g_string_append(graph->text, "}\n");
	nsl_output_flush(graph->output);
}

static void write_edges(const Graph *graph, NslRelationKind kind)
{
	for (guint i = 0; i < graph->namespaces->len; i++) {
		const NslNamespace *ns = g_ptr_array_index(graph->namespaces, i);
		const NslRelation *above = nsl_relation_of(ns, kind);

		/* What owns a user namespace is its parent. */
		if (above->knowledge != NSL_KNOWN ||
		    !g_hash_table_contains(graph->shown, above->ns) ||
		    (kind == NSL_RELATION_OWNER && ns->type == NSL_NSTYPE_USER))
			continue;
		append_name(graph->text, above->ns);
		g_string_append(graph->text, " -> ");
		append_name(graph->text, ns);
		g_string_append(graph->text,
				kind == NSL_RELATION_OWNER ? " [style=dashed];\n" : ";\n");
		nsl_output_flush(graph->output);
	}
}

/* Nearly everything is owned by a root namespace: unless they are listed, that is left unsaid. */
static void add_namespaces(Graph *graph, const GPtrArray *namespaces)
{
	for (guint i = 0; i < namespaces->len; i++) {
		NslNamespace *ns = g_ptr_array_index(namespaces, i);

		if ((!ns->root || g_hash_table_contains(graph->listed, ns)) &&
		    g_hash_table_add(graph->shown, ns))
			g_ptr_array_add(graph->namespaces, ns);
	}
}

void nsl_dot_write(const NslView *view, const NslStyle *style, NslOutput *output)
{
	g_autoptr(NslGroups) groups = nsl_groups_new(view);
	g_autoptr(GPtrArray) owned = nsl_relation_gather(view, NSL_RELATION_OWNER);
	g_autoptr(GPtrArray) nested = nsl_relation_gather(view, NSL_RELATION_PARENT);
	g_autoptr(GHashTable) listed = g_hash_table_new(NULL, NULL);
	g_autoptr(GHashTable) shown = g_hash_table_new(NULL, NULL);
	g_autoptr(GHashTable) boxes = g_hash_table_new_full(NULL, NULL, NULL, box_free);
	g_autoptr(GPtrArray) namespaces = g_ptr_array_new();
	Graph graph = {
		.view = view,
		.style = style,
		.groups = groups,
		.output = output,
		.text = output->text,
		.listed = listed,
		.namespaces = namespaces,
		.shown = shown,
		.boxes = boxes,
	};

	for (guint i = 0; i < view->namespaces->len; i++)
		g_hash_table_add(listed, g_ptr_array_index(view->namespaces, i));
	add_namespaces(&graph, owned);
	add_namespaces(&graph, nested);
	nsl_view_sort_namespaces(namespaces);
	fill_boxes(&graph);
	g_string_append(output->text, head);
	g_string_append_printf(output->text, "label=\"solid: nested in; dashed: owned by%s\";\n",
			       view->snapshot->coverage[NSL_SOURCE_RELATIONS] ==
					       NSL_COVERAGE_SKIPPED
				       ? " (neither was asked for)"
				       : "");
	write_box(&graph, NULL);
	write_edges(&graph, NSL_RELATION_OWNER);
	write_edges(&graph, NSL_RELATION_PARENT);
	g_string_append(output->text, "}\n");
}
