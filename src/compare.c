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

static bool is_part(const NslScope *scope)
{
	return nsl_scope_selects(scope) || scope->within;
}

static bool are_strings_equal(const GPtrArray *a, const GPtrArray *b)
{
	for (guint i = 0; a->len == b->len && i < a->len; i++)
		if (strcmp(g_ptr_array_index(a, i), g_ptr_array_index(b, i)) != 0)
			return false;
	return a->len == b->len;
}

/* Whether they are about the same part. */
static bool are_parts_equal(const NslScope *a, const NslScope *b)
{
	return are_strings_equal(a->selectors, b->selectors) &&
	       are_strings_equal(a->filters, b->filters) && a->tasks->len == b->tasks->len &&
	       (a->tasks->len == 0 ||
		memcmp(a->tasks->data, b->tasks->data, a->tasks->len * sizeof(guint32)) == 0) &&
	       a->persistent == b->persistent && !a->within && !b->within;
}

static bool refuse(GError **error, const char *path, const char *why)
{
	g_set_error(error, NSL_ERROR, NSL_ERROR_USAGE, "%s: %s", path, why);
	return false;
}

static bool select_part(NslOptions *options, const NslScope *scope, GError **error)
{
	NslSelection *selection = options->selection;

	for (guint i = 0; i < scope->selectors->len; i++) {
		const NslSelector *selector;

		nsl_selection_add(selection, g_ptr_array_index(scope->selectors, i));
		selector = g_ptr_array_index(selection->selectors, i);
		if (selector->kind == NSL_SELECTOR_PATH || selector->kind == NSL_SELECTOR_PEER ||
		    selector->kind == NSL_SELECTOR_MOUNT)
			return refuse(error, options->diff,
				      "it is about what a path, peer: or mount: stood for, which "
				      "it does not tell");
	}
	for (guint i = 0; i < scope->filters->len; i++) {
		const char *expression = g_ptr_array_index(scope->filters, i);

		if (!options->filter)
			options->filter = nsl_filter_new();
		if (!nsl_filter_add(options->filter, expression, error))
			return false;
	}
	g_array_append_vals(selection->tasks, scope->tasks->data, scope->tasks->len);
	selection->persistent = scope->persistent;
	return true;
}

/* Only what the document is about is looked at. */
static bool adopt_scope(NslOptions *options, const NslScope *scope, GError **error)
{
	NslSelection *selection = options->selection;

	selection->types &= scope->types;
	selection->all = selection->all && scope->all;
	if (selection->types == 0)
		return refuse(error, options->diff, "it is about none of these types");
	if (!is_part(scope))
		return true;
	if (selection->selectors->len > 0 || selection->tasks->len > 0 || options->filter ||
	    selection->persistent || scope->within)
		return refuse(error, options->diff,
			      "it is about a part of its system: give no other selectors");
	return select_part(options, scope, error);
}

static NslSnapshot *get_later(const NslOptions *options, const NslScope *scope, GError **error)
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
	options->selection->types &= snapshot->scope->types;
	options->selection->all = options->selection->all && snapshot->scope->all;
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
