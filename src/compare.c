/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Comparing: see compare.h.
 */
#include "compare.h"

#include <string.h>

#include "base/sys.h"
#include "report/filter.h"
#include "report/format.h"
#include "store/diff.h"
#include "store/snapfile.h"
#include "take.h"

static bool is_part(const NslSelection *scope)
{
	return nsl_selection_is_part(scope) || scope->within;
}

static gboolean are_selectors_equal(gconstpointer a, gconstpointer b)
{
	return strcmp(((const NslSelector *)a)->text, ((const NslSelector *)b)->text) == 0;
}

static bool are_lists_equal(const GPtrArray *a, const GPtrArray *b, GEqualFunc equal)
{
	for (guint i = 0; a->len == b->len && i < a->len; i++)
		if (!equal(g_ptr_array_index(a, i), g_ptr_array_index(b, i)))
			return false;
	return a->len == b->len;
}

/* Whether they are about the same part. */
static bool are_parts_equal(const NslSelection *a, const NslSelection *b)
{
	return are_lists_equal(a->selectors, b->selectors, are_selectors_equal) &&
	       are_lists_equal(a->filters, b->filters, g_str_equal) &&
	       a->tasks->len == b->tasks->len &&
	       (a->tasks->len == 0 ||
		memcmp(a->tasks->data, b->tasks->data, a->tasks->len * sizeof(guint32)) == 0) &&
	       a->persistent == b->persistent && !a->within && !b->within;
}

static bool refuse(GError **error, const char *path, const char *why)
{
	g_set_error(error, NSL_ERROR, NSL_ERROR_USAGE, "%s: %s", path, why);
	return false;
}

/* Only what both are about is looked at. */
static void narrow(NslSelection *selection, const NslSelection *scope)
{
	selection->types &= scope->types;
	selection->all = selection->all && scope->all;
}

/* The document is about a part of its system, which becomes what is selected. */
static bool select_part(NslOptions *options, const NslSelection *scope, GError **error)
{
	NslSelection *part;

	for (guint i = 0; i < scope->selectors->len; i++) {
		const NslSelector *selector = g_ptr_array_index(scope->selectors, i);

		if (selector->kind == NSL_SELECTOR_PATH || selector->kind == NSL_SELECTOR_PEER ||
		    selector->kind == NSL_SELECTOR_MOUNT)
			return refuse(error, options->diff,
				      "it is about what a path, peer: or mount: stood for, which "
				      "it does not tell");
	}
	for (guint i = 0; i < scope->filters->len; i++) {
		if (!options->filter)
			options->filter = nsl_filter_new();
		if (!nsl_filter_add(options->filter, g_ptr_array_index(scope->filters, i), error))
			return false;
	}
	part = nsl_selection_copy(scope);
	narrow(part, options->selection);
	nsl_selection_free(options->selection);
	options->selection = part;
	return true;
}

static bool adopt_scope(NslOptions *options, const NslSelection *scope, GError **error)
{
	bool selects = nsl_selection_is_part(options->selection);

	narrow(options->selection, scope);
	if (options->selection->types == 0)
		return refuse(error, options->diff, "it is about none of these types");
	if (!is_part(scope))
		return true;
	if (selects || scope->within)
		return refuse(error, options->diff,
			      "it is about a part of its system: give no other selectors");
	return select_part(options, scope, error);
}

static NslSnapshot *get_later(const NslOptions *options, const NslSelection *scope, GError **error)
{
	g_autoptr(NslSnapshot) snapshot = NULL;
	const char *path;

	if (options->from->len == 0)
		return nsl_take_snapshot(options, nsl_formats[NSL_FORMAT_JSON].facts, NULL, error);
	path = g_ptr_array_index(options->from, 0);
	snapshot = nsl_snapfile_read(path, error);
	if (!snapshot)
		return NULL;
	if (is_part(snapshot->scope) && !are_parts_equal(snapshot->scope, scope)) {
		refuse(error, path, "it is not about the same part of its system");
		return NULL;
	}
	narrow(options->selection, snapshot->scope);
	return g_steal_pointer(&snapshot);
}

NslView *nsl_compare_select(const NslOptions *options, const NslSnapshot *snapshot)
{
	NslView *view = nsl_view_new(snapshot, options->selection);

	if (options->filter)
		g_free(nsl_filter_apply(options->filter, view));
	return view;
}

static NslDiffSide side_of(const NslView *view)
{
	return (NslDiffSide){view->snapshot, view->namespaces, view->processes, view->containers};
}

NslChanges *nsl_compare_views(const NslView *before, const NslView *after)
{
	const NslDiffSide sides[] = {side_of(before), side_of(after)};

	return nsl_diff(&sides[0], &sides[1], after->types);
}

bool nsl_compare_read(NslOptions *options, NslSnapshot **ret_before, NslSnapshot **ret_after,
		      GError **error)
{
	g_autoptr(NslSnapshot) before = nsl_snapfile_read(options->diff, error);
	NslSnapshot *after;

	if (!before || !adopt_scope(options, before->scope, error))
		return false;
	after = get_later(options, before->scope, error);
	if (!after)
		return false;
	*ret_before = g_steal_pointer(&before);
	*ret_after = after;
	return true;
}
