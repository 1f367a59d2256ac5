/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tree by namespace: type, namespace, and the processes in it as a process tree. A process
 * stands below its parent where that is in the same namespace.
 */
#include "report/detail.h"
#include "report/forest.h"
#include "report/format.h"
#include "report/wording.h"

static void write_process(GString *text, gconstpointer data, gconstpointer context)
{
	const NslStyle *style = context;
	const NslRow *row = data;
	gsize label;

	nsl_output_number(text, row->process->pid, 0);
	g_string_append_c(text, ' ');
	label = text->len;
	nsl_label_row(text, row, nsl_style_kind(style));
	nsl_color_container(text, label, style, row);
	if (row->for_children)
		g_string_append(text, NSL_LABEL_FOR_CHILDREN);
}

/* With those of its rows that are about no process. */
static void write_namespace(GString *text, gconstpointer data, gconstpointer context)
{
	const NslStyle *style = context;
	const GPtrArray *rows = data;
	const NslRow *first = g_ptr_array_index(rows, 0);
	const char *before = "  ";

	nsl_label_namespace(text, first->ns, true);
	if (style->details && first->ns->detail) {
		g_string_append(text, before);
		nsl_detail_append(text, first->ns, nsl_style_kind(style));
	}
	for (guint i = 0; i < rows->len; i++) {
		const NslRow *row = g_ptr_array_index(rows, i);

		if (row->process)
			continue;
		g_string_append(text, before);
		if (row->thread)
			g_string_append_printf(text, "%u ", row->thread->tid);
		nsl_label_row(text, row, nsl_style_kind(style));
		before = ", ";
	}
}

static void add_processes(NslForest *forest, guint namespace, const GPtrArray *rows)
{
	g_autoptr(GPtrArray) processes = g_ptr_array_new();
	guint first = nsl_forest_size(forest);
	guint node = first;

	for (guint i = 0; i < rows->len; i++) {
		const NslRow *row = g_ptr_array_index(rows, i);

		if (!row->process)
			continue;
		nsl_forest_add(forest, namespace, write_process, row);
		g_ptr_array_add(processes, (gpointer)row->process);
	}
	nsl_forest_nest_processes(forest, first, processes);
	for (guint i = 0; i < rows->len; i++) {
		const NslRow *row = g_ptr_array_index(rows, i);

		/* Whose children alone are inside is itself outside: not part of the tree. */
		if (row->process && row->for_children)
			nsl_forest_move(forest, node, namespace);
		node += row->process != NULL;
	}
	/* Parents are read one after the other while processes come and go. */
	nsl_forest_cut_circles(forest, first, namespace);
}

/* The rows of each namespace: a GPtrArray of NslRow by NslNamespace. */
static GHashTable *group_rows(const NslView *view)
{
	GHashTable *groups =
		g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);

	for (guint i = 0; i < view->rows->len; i++) {
		NslRow *row = &g_array_index(view->rows, NslRow, i);
		GPtrArray *rows = g_hash_table_lookup(groups, row->ns);

		if (!rows) {
			rows = g_ptr_array_new();
			g_hash_table_insert(groups, (gpointer)row->ns, rows);
		}
		g_ptr_array_add(rows, row);
	}
	return groups;
}

void nsl_tree_write(const NslView *view, const NslStyle *style, NslOutput *output)
{
	g_autoptr(GHashTable) groups = group_rows(view);
	g_autoptr(NslForest) forest = nsl_forest_new();
	guint types[NSL_NSTYPE_COUNT];

	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		types[type] = nsl_forest_add_heading(forest, NSL_FOREST_NONE,
						     g_strdup(nsl_nstypes[type].name));
	for (guint i = 0; i < view->namespaces->len; i++) {
		const NslNamespace *ns = g_ptr_array_index(view->namespaces, i);
		const GPtrArray *rows = g_hash_table_lookup(groups, ns);
		guint node = nsl_forest_add(forest, types[ns->type], write_namespace, rows);

		add_processes(forest, node, rows);
	}
	nsl_forest_draw(forest, style, style, output);
}
