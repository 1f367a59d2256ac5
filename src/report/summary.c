/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The summary: one row a namespace, with the first of its processes; where it has none, with why it
 * exists.
 */
#include "report/format.h"
#include "report/grid.h"

/* How well a row stands for its namespace; of equal ones it is the first. */
static guint rank_of(const NslRow *row)
{
	if (row->process && !row->for_children)
		return 3;
	if (!row->process && !row->thread)
		return 2; /* which has the reason */
	return 1;
}

/* The best row of each namespace: NslRow by NslNamespace. */
static GHashTable *choose_rows(const NslView *view)
{
	GHashTable *chosen = g_hash_table_new(NULL, NULL);

	for (guint i = 0; i < view->rows->len; i++) {
		NslRow *row = &g_array_index(view->rows, NslRow, i);
		const NslRow *before = g_hash_table_lookup(chosen, row->ns);

		if (!before || rank_of(row) > rank_of(before))
			g_hash_table_insert(chosen, (gpointer)row->ns, row);
	}
	return chosen;
}

void nsl_summary_write(const NslView *view, const NslStyle *style, NslOutput *output)
{
	g_autoptr(GHashTable) chosen = choose_rows(view);
	g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(NslRow)); /* owns nothing */

	for (guint i = 0; i < view->namespaces->len; i++) {
		const NslRow *row =
			g_hash_table_lookup(chosen, g_ptr_array_index(view->namespaces, i));

		if (row)
			g_array_append_val(rows, *row);
	}
	nsl_grid_write_rows(view, rows, style, output);
}
