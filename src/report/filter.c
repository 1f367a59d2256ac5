/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Filters: see filter.h.
 */
#include "report/filter.h"

#include <string.h>
#include <time.h>

#include "base/text.h"
#include "report/column.h"
#include "report/filter_parse.h"
#include "report/wording.h"

/* CPU time (µs) of a match from which on it is costly, and that all costly ones together may take.
 */
#define COSTLY	   1000
#define MAX_COSTLY 2000000

/* How much of one is shown in messages: columns. */
#define SHOWN 40

struct NslFilter {
	GPtrArray *nodes; /* NslFilterNode: all of them */
	GPtrArray *roots; /* those of each expression */
};

/* A column's value; of the row that it was last asked of. */
typedef struct Cell {
	NslCell value;
	const NslRow *row; /* NULL: it was not asked for yet */
} Cell;

typedef struct Evaluation {
	const NslFilter *filter;
	const NslView *view;
	const NslRow *row;
	Cell cells[NSL_COLUMN_COUNT];
	gint64 costly; /* CPU time that costly matches have taken; µs */
	/* What could not be told. */
	bool undecided; /* of this row */
	guint n_undecided;
	NslRow first;	     /* of them; its reason is not to be used */
	const char *pattern; /* of that one; transfer none */
} Evaluation;

static gint64 cpu_time(void)
{
	struct timespec now = {0};

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (gint64)now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

NslFilter *nsl_filter_new(void)
{
	NslFilter *filter = g_new0(NslFilter, 1);

	filter->nodes = nsl_filter_nodes_new();
	filter->roots = g_ptr_array_new();
	return filter;
}

void nsl_filter_free(NslFilter *filter)
{
	if (!filter)
		return;
	g_ptr_array_unref(filter->nodes);
	g_ptr_array_unref(filter->roots);
	g_free(filter);
}

bool nsl_filter_add(NslFilter *filter, const char *expression, GError **error)
{
	NslFilterNode *root = nsl_filter_parse(expression, filter->nodes, error);

	if (root)
		g_ptr_array_add(filter->roots, root);
	return root;
}

guint nsl_filter_facts(const NslFilter *filter)
{
	guint facts = 0;

	for (guint i = 0; i < filter->nodes->len; i++) {
		const NslFilterNode *node = g_ptr_array_index(filter->nodes, i);

		if (node->kind == NSL_FILTER_COLUMN)
			facts |= nsl_columns[node->column].facts;
	}
	return facts;
}

static NslFilterValue column_value(Evaluation *evaluation, NslColumn column)
{
	Cell *cell = &evaluation->cells[column];
	NslFilterValue value;

	if (!cell->row)
		nsl_cell_init(&cell->value, evaluation->view);
	if (cell->row != evaluation->row) {
		cell->row = evaluation->row;
		nsl_cell_get(&cell->value, column, evaluation->row);
	}
	value = nsl_filter_value_text(nsl_cell_text(&cell->value));
	value.absent = cell->value.absent;
	return nsl_filter_value_cast(value, nsl_filter_column_type(column));
}

static bool holds(Evaluation *evaluation, const NslFilterNode *node);

static NslFilterValue value_of(Evaluation *evaluation, const NslFilterNode *node)
{
	if (node->kind == NSL_FILTER_COLUMN)
		return column_value(evaluation, node->column);
	if (node->kind == NSL_FILTER_LITERAL)
		return node->value;
	return nsl_filter_value_truth(holds(evaluation, node));
}

static bool give_up(Evaluation *evaluation, const NslFilterNode *pattern)
{
	evaluation->undecided = true;
	if (!evaluation->pattern)
		evaluation->pattern = pattern->text;
	return false;
}

static bool matches(Evaluation *evaluation, const NslFilterNode *node, const char *text)
{
	const NslFilterNode *pattern = node->first->next;
	g_autoptr(GError) error = NULL;
	const char *end;
	gssize size = (gssize)strnlen(text, NSL_FILTER_SUBJECT + 1);
	bool cut = size > NSL_FILTER_SUBJECT;
	gint64 time;
	bool found;

	if (evaluation->costly > MAX_COSTLY)
		return give_up(evaluation, pattern);
	/* Up to where it is UTF-8, whatever wrote it: PCRE relies on that. */
	g_utf8_validate(text, cut ? NSL_FILTER_SUBJECT : size, &end);
	time = cpu_time();
	found = g_regex_match_full(pattern->regex, text, end - text, 0,
				   cut ? G_REGEX_MATCH_NOTEOL : 0, NULL, &error);
	time = cpu_time() - time;
	if (time > COSTLY)
		evaluation->costly += time;
	if (error || (cut && !found))
		return give_up(evaluation, pattern);
	return found == (node->kind == NSL_FILTER_MATCH);
}

/* Whether values that are ordered so are what the comparison asks for. */
static bool is_asked_for(NslFilterKind kind, int order)
{
	if (order < 0)
		return kind == NSL_FILTER_LT || kind == NSL_FILTER_LE || kind == NSL_FILTER_NE;
	if (order > 0)
		return kind == NSL_FILTER_GT || kind == NSL_FILTER_GE || kind == NSL_FILTER_NE;
	return kind == NSL_FILTER_EQ || kind == NSL_FILTER_LE || kind == NSL_FILTER_GE;
}

static bool compare(Evaluation *evaluation, const NslFilterNode *node)
{
	NslFilterValue a = nsl_filter_value_cast(value_of(evaluation, node->first), node->as);
	NslFilterValue b;

	if (a.absent)
		return false;
	if (node->kind == NSL_FILTER_MATCH || node->kind == NSL_FILTER_MISMATCH)
		return matches(evaluation, node, a.text);
	b = nsl_filter_value_cast(value_of(evaluation, node->first->next), node->as);
	if (b.absent)
		return false;
	return is_asked_for(node->kind, nsl_filter_value_order(&a, &b));
}

/* Whether one of the operands holds (`truth`), or fails to. */
static bool any(Evaluation *evaluation, const NslFilterNode *node, bool truth)
{
	for (const NslFilterNode *operand = node->first; operand; operand = operand->next)
		if (holds(evaluation, operand) == truth)
			return true;
	return false;
}

/* As deep as the parser lets it be. */
static bool holds(Evaluation *evaluation, const NslFilterNode *node)
{
	NslFilterValue value;

	if (node->kind == NSL_FILTER_OR)
		return any(evaluation, node, true);
	if (node->kind == NSL_FILTER_AND)
		return !any(evaluation, node, false);
	if (node->kind == NSL_FILTER_NOT)
		return !holds(evaluation, node->first);
	if (node->kind != NSL_FILTER_COLUMN && node->kind != NSL_FILTER_LITERAL)
		return compare(evaluation, node);
	value = value_of(evaluation, node);
	return nsl_filter_value_is_true(&value);
}

static bool is_kept(const NslRow *row, gpointer data)
{
	Evaluation *evaluation = data;
	const GPtrArray *roots = evaluation->filter->roots;
	bool kept = true;

	evaluation->row = row;
	evaluation->undecided = false;
	for (guint i = 0; kept && i < roots->len; i++)
		kept = holds(evaluation, g_ptr_array_index(roots, i));
	if (evaluation->undecided && evaluation->n_undecided++ == 0)
		evaluation->first = *row;
	return kept;
}

static char *explain(const Evaluation *evaluation)
{
	const NslRow *row = &evaluation->first;
	const char *pattern = evaluation->pattern;
	gsize shown = nsl_text_fit(pattern, SHOWN);
	GString *message = g_string_new("--filter: \"");

	g_string_append_len(message, pattern, (gssize)shown);
	g_string_append_printf(message, "%s\" is too costly for ", pattern[shown] ? "…" : "");
	if (row->process || row->thread)
		g_string_append_printf(message, "process %u",
				       row->process ? row->process->pid : row->thread->pid);
	else
		nsl_label_namespace(message, row->ns, false);
	if (evaluation->n_undecided > 1)
		g_string_append_printf(message, ", +%u more rows", evaluation->n_undecided - 1);
	g_string_append(message, "; that counts as false");
	return g_string_free(message, FALSE);
}

char *nsl_filter_apply(const NslFilter *filter, NslView *view)
{
	Evaluation evaluation = {
		.filter = filter,
		.view = view,
	};

	nsl_view_keep(view, is_kept, &evaluation);
	for (NslColumn column = 0; column < NSL_COLUMN_COUNT; column++)
		if (evaluation.cells[column].row)
			nsl_cell_clear(&evaluation.cells[column].value);
	return evaluation.n_undecided > 0 ? explain(&evaluation) : NULL;
}
