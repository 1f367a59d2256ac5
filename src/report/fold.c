/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Folding: see fold.h.
 */
#include "report/fold.h"

#include <string.h>

#include "report/output.h"

/* The rows of a process, and what has to be the same beside them. */
typedef struct Block {
	const NslRow *rows;
	guint n;
	const NslGroup *group;
} Block;

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

static guint hash_block(gconstpointer data)
{
	const Block *block = data;
	const NslProcess *process = block->rows->process;
	guint hash = g_direct_hash(process->container);

	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		hash = 31 * hash + g_direct_hash(process->ns[type]);
	return hash;
}

static gboolean are_alike(gconstpointer a, gconstpointer b)
{
	const Block *x = a;
	const Block *y = b;
	const NslProcess *one = x->rows->process;
	const NslProcess *other = y->rows->process;

	if (x->n != y->n || x->group != y->group || one->container != other->container ||
	    one->entered != other->entered || !nsl_processes_are_together(one, other))
		return FALSE;
	for (guint i = 0; i < x->n; i++)
		if (x->rows[i].ns != y->rows[i].ns)
			return FALSE;
	return TRUE;
}

static void fold_free(gpointer data)
{
	NslFold *fold = data;

	g_ptr_array_unref(fold->others);
	g_free(fold);
}

static bool is_foldable(const Block *block)
{
	for (guint i = 0; i < block->n; i++)
		if (nsl_row_is_marked(&block->rows[i]))
			return false;
	return true;
}

static void add_block(NslFolds *folds, GHashTable *alike, const Block *block)
{
	const NslProcess *process = block->rows->process;
	NslFold *fold = g_hash_table_lookup(alike, block);

	if (fold) {
		g_ptr_array_add(fold->others, (gpointer)process);
	} else {
		Block *key = g_new(Block, 1);

		*key = *block;
		fold = g_new(NslFold, 1);
		*fold = (NslFold){process, g_ptr_array_new()};
		g_ptr_array_add(folds->all, fold);
		g_hash_table_insert(alike, key, fold);
	}
	g_hash_table_insert(folds->by_process, (gpointer)process, fold);
}

NslFolds *nsl_folds_new(const NslView *view, const NslGroups *groups)
{
	g_autoptr(GHashTable) alike = g_hash_table_new_full(hash_block, are_alike, g_free, NULL);
	NslFolds *folds = g_new(NslFolds, 1);
	Block block;

	folds->all = g_ptr_array_new_with_free_func(fold_free);
	folds->by_process = g_hash_table_new(NULL, NULL);
	for (guint i = 0; i < view->rows->len; i += block.n) {
		block.rows = &g_array_index(view->rows, NslRow, i);
		block.n = nsl_rows_of_process(view, i);
		if (!is_foldable(&block))
			continue;
		block.group = groups ? nsl_groups_of(groups, block.rows->process) : NULL;
		add_block(folds, alike, &block);
	}
	return folds;
}

void nsl_folds_free(NslFolds *folds)
{
	if (!folds)
		return;
	g_ptr_array_unref(folds->all);
	g_hash_table_unref(folds->by_process);
	g_free(folds);
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
