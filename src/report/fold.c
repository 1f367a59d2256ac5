/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Folding: see fold.h.
 */
#include "report/fold.h"

#include <string.h>

#include "report/output.h"

bool nsl_row_is_marked(const NslRow *row)
{
	return !row->process || nsl_row_more(row)->for_children || row->process->zombie;
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
	const NslProcess *process = ((const NslFold *)data)->first;
	guint hash = g_direct_hash(process->container);

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
