/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Evaluating filters: which rows of a view are kept.
 */
#include "report/filter.h"

#include <string.h>
#include <time.h>

#include "base/procfs_parse.h"
#include "base/text.h"
#include "report/wording.h"

/* CPU time (µs): of a match that counts as slow, and of all slow matches together. */
#define SLOW	 1000
#define MAX_SLOW 2000000

#define SHOWN 40 /* columns of a regular expression that a warning shows */

/* On its own: text that is not empty, a number other than 0. */
static bool is_true(const NslFilterValue *value)
{
	if (!value->text)
		return false;
	if (value->type == NSL_FILTER_TEXT)
		return value->text[0] != '\0';
	if (value->type == NSL_FILTER_TRUTH) /* "true"; a column's: "yes" */
		return value->text[0] == 't' || value->text[0] == 'y';
	return strpbrk(value->text, "123456789");
}

static bool to_truth(const NslFilterValue *value)
{
	static const char *const yes[] = {"1", "true", "yes", "y"};

	if (value->type != NSL_FILTER_TEXT)
		return is_true(value);
	for (guint i = 0; i < G_N_ELEMENTS(yes); i++)
		if (g_ascii_strcasecmp(value->text, yes[i]) == 0)
			return true;
	return false;
}

static const char *digits_of(const NslFilterValue *value)
{
	if (value->type == NSL_FILTER_TRUTH)
		return is_true(value) ? "1" : "0";
	return value->text;
}

static bool read_number(const NslFilterValue *value, guint64 *ret_number)
{
	const char *text = digits_of(value);

	return nsl_parse_number(text, strlen(text), G_MAXUINT64, ret_number);
}

/* Neither signs nor exponents: the language has none. */
static bool read_real(const NslFilterValue *value, double *ret_real)
{
	const char *text = digits_of(value);
	char *end;

	if (!g_ascii_isdigit(text[0]) || text[strspn(text, "0123456789.")] != '\0')
		return false;
	*ret_real = g_ascii_strtod(text, &end);
	return *end == '\0';
}

/* Compares two values as this type. False: one of them is absent, or cannot be of the type. */
static bool compare_values(NslFilterType type, const NslFilterValue *a, const NslFilterValue *b,
			   int *ret_order)
{
	guint64 number;
	guint64 than;
	double real;
	double than_real;

	if (!a->text || !b->text)
		return false;
	if (type == NSL_FILTER_TEXT)
		*ret_order = strcmp(a->text, b->text);
	else if (type == NSL_FILTER_TRUTH)
		*ret_order = to_truth(a) - to_truth(b);
	else if (type == NSL_FILTER_NUMBER && read_number(a, &number) && read_number(b, &than))
		*ret_order = (number > than) - (number < than);
	else if (type == NSL_FILTER_REAL && read_real(a, &real) && read_real(b, &than_real))
		*ret_order = (real > than_real) - (real < than_real);
	else
		return false;
	return true;
}

typedef struct Evaluation {
	const NslFilter *filter;
	const NslView *view;
	const NslRow *row;
	NslCell cells[NSL_COLUMN_COUNT];
	const NslRow *cell_rows[NSL_COLUMN_COUNT]; /* of each cell; NULL: the cell is not in use */
	GHashTable *decided; /* NslFilterNode to a table: of namespaces, whether it holds */
	clock_t slow;	     /* CPU time (µs) that slow matches have taken */
	guint n_given_up;    /* comparisons, with any row */
	guint n_undecided;   /* rows */
	GString *warning;    /* about the first of these; NULL: there is none */
} Evaluation;

static NslFilterValue column_value(Evaluation *evaluation, const NslFilterNode *node)
{
	NslCell *cell = &evaluation->cells[node->column];
	const NslRow **cell_row = &evaluation->cell_rows[node->column];

	if (!*cell_row)
		nsl_cell_init(cell, evaluation->view);
	if (*cell_row != evaluation->row)
		nsl_cell_get(cell, node->column, evaluation->row);
	*cell_row = evaluation->row;
	return (NslFilterValue){
		.type = node->value.type,
		.text = nsl_cell_is_absent(cell) ? NULL : nsl_cell_items(cell),
		.n_further = MAX(cell->n_items, 1) - 1,
	};
}

/* Neither MATCH nor MISMATCH holds for this row, because it would take too long. */
static bool give_up(Evaluation *evaluation, const char *pattern)
{
	const NslRow *row = evaluation->row;
	gsize shown = nsl_text_fit(pattern, SHOWN);

	evaluation->n_given_up++;
	if (evaluation->warning)
		return false;
	evaluation->warning = g_string_new(NULL);
	g_string_append_printf(evaluation->warning, "--filter: \"%.*s%s\" is too costly for ",
			       (int)shown, pattern, pattern[shown] ? "..." : "");
	if (nsl_row_pid(row) != 0)
		g_string_append_printf(evaluation->warning, "process %u", nsl_row_pid(row));
	else if (row->ns)
		nsl_label_namespace(evaluation->warning, row->ns, false);
	else
		nsl_label_container(evaluation->warning, row->more->container, NSL_TEXT_UTF8);
	return false;
}

/* To the next item; false: this was the last one. */
static bool next_item(NslFilterValue *value)
{
	if (!value->text || value->n_further == 0)
		return false;
	value->text += strlen(value->text) + 1;
	value->n_further--;
	return true;
}

/* Whether the text matches; false, too, where that cannot be decided. */
static bool matches(Evaluation *evaluation, const NslFilterNode *node, const char *text)
{
	const NslFilterNode *pattern = node->first->next;
	g_autoptr(GError) error = NULL;
	const char *end;
	gssize size = (gssize)strnlen(text, NSL_FILTER_SUBJECT + 1);
	bool cut = size > NSL_FILTER_SUBJECT;
	clock_t time;
	bool found;

	if (evaluation->slow > MAX_SLOW)
		return give_up(evaluation, pattern->value.text);
	/* PCRE relies on UTF-8: search only up to where the text is that. */
	g_utf8_validate(text, cut ? NSL_FILTER_SUBJECT : size, &end);
	time = clock();
	found = g_regex_match_full(pattern->regex, text, end - text, 0,
				   cut ? G_REGEX_MATCH_NOTEOL : 0, NULL, &error);
	time = clock() - time;
	if (time > SLOW)
		evaluation->slow += time;
	if (error || (cut && !found))
		return give_up(evaluation, pattern->value.text);
	return found;
}

/* Whether MATCH or MISMATCH holds of a value that is there. */
static bool compare_pattern(Evaluation *evaluation, const NslFilterNode *node, NslFilterValue value)
{
	guint before = evaluation->n_given_up;
	bool found;

	do
		found = matches(evaluation, node, value.text);
	while (!found && next_item(&value));
	return node->kind == NSL_FILTER_MATCH ? found : !found && evaluation->n_given_up == before;
}

static NslFilterValue evaluate(Evaluation *evaluation, const NslFilterNode *node);

/* Of NE: whether they are equal, which none of the items may be. */
static bool is_in_order(NslFilterKind kind, int order)
{
	if (order < 0)
		return kind == NSL_FILTER_LT || kind == NSL_FILTER_LE;
	if (order > 0)
		return kind == NSL_FILTER_GT || kind == NSL_FILTER_GE;
	return kind == NSL_FILTER_EQ || kind == NSL_FILTER_NE || kind == NSL_FILTER_LE ||
	       kind == NSL_FILTER_GE;
}

static bool compare(Evaluation *evaluation, const NslFilterNode *node)
{
	NslFilterValue a = evaluate(evaluation, node->first);
	NslFilterValue b;
	bool comparable = false;
	bool found = false;

	if (!a.text)
		return false;
	if (node->kind == NSL_FILTER_MATCH || node->kind == NSL_FILTER_MISMATCH)
		return compare_pattern(evaluation, node, a);
	b = evaluate(evaluation, node->first->next);
	do {
		NslFilterValue item = b;

		do {
			int order;

			if (!compare_values(node->as, &a, &item, &order))
				continue;
			comparable = true;
			found = found || is_in_order(node->kind, order);
		} while (next_item(&item));
	} while (next_item(&a));
	return node->kind == NSL_FILTER_NE ? comparable && !found : found;
}

/* A list that is the same in all rows of a namespace. */
static bool is_list_of_namespace(const NslFilterNode *node)
{
	return node->kind == NSL_FILTER_COLUMN && nsl_columns[node->column].type == NSL_CELL_LIST &&
	       (!nsl_columns[node->column].of_process || node->column == NSL_COLUMN_DETAIL);
}

/* Whether a column or a comparison is about such lists alone. */
static bool is_of_namespace(const NslFilterNode *node)
{
	bool any = is_list_of_namespace(node);

	for (const NslFilterNode *operand = node->first; operand; operand = operand->next) {
		if (!is_list_of_namespace(operand) && operand->kind != NSL_FILTER_LITERAL)
			return false;
		any = any || operand->kind != NSL_FILTER_LITERAL;
	}
	return any;
}

static bool decide_row(Evaluation *evaluation, const NslFilterNode *node)
{
	NslFilterValue value;

	if (node->kind != NSL_FILTER_COLUMN)
		return compare(evaluation, node);
	value = column_value(evaluation, node);
	return is_true(&value);
}

/*
 * Whether a column or a comparison holds: what is about such lists, once for each namespace. Of
 * many holders and many processes each would meet each.
 */
static bool decide(Evaluation *evaluation, const NslFilterNode *node)
{
	gpointer ns = (gpointer)evaluation->row->ns;
	guint before = evaluation->n_given_up;
	GHashTable *known;
	gpointer decided;
	bool result;

	if (!ns || !is_of_namespace(node))
		return decide_row(evaluation, node);
	known = g_hash_table_lookup(evaluation->decided, node);
	if (!known) {
		known = g_hash_table_new(NULL, NULL);
		g_hash_table_insert(evaluation->decided, (gpointer)node, known);
	}
	if (g_hash_table_lookup_extended(known, ns, NULL, &decided))
		return decided != NULL;
	result = decide_row(evaluation, node);
	/* What could not be decided is counted for each row. */
	if (evaluation->n_given_up == before)
		g_hash_table_insert(known, ns, GINT_TO_POINTER(result));
	return result;
}

/* Recursive, as deep as the parser allows. */
static bool holds(Evaluation *evaluation, const NslFilterNode *node)
{
	bool any = node->kind == NSL_FILTER_OR; /* what one operand is decides; of AND, false */

	if (node->kind == NSL_FILTER_LITERAL)
		return is_true(&node->value);
	if (node->kind == NSL_FILTER_NOT)
		return !holds(evaluation, node->first);
	if (node->kind != NSL_FILTER_OR && node->kind != NSL_FILTER_AND)
		return decide(evaluation, node);
	for (const NslFilterNode *operand = node->first; operand; operand = operand->next)
		if (holds(evaluation, operand) == any)
			return any;
	return !any;
}

static NslFilterValue evaluate(Evaluation *evaluation, const NslFilterNode *node)
{
	if (node->kind == NSL_FILTER_COLUMN)
		return column_value(evaluation, node);
	if (node->kind == NSL_FILTER_LITERAL)
		return node->value;
	return (NslFilterValue){.type = NSL_FILTER_TRUTH,
				.text = holds(evaluation, node) ? "true" : "false"};
}

static bool is_kept(const NslRow *row, gpointer data)
{
	Evaluation *evaluation = data;
	const GPtrArray *roots = evaluation->filter->roots;
	guint before = evaluation->n_given_up;
	bool kept = true;

	evaluation->row = row;
	for (guint i = 0; kept && i < roots->len; i++)
		kept = holds(evaluation, g_ptr_array_index(roots, i));
	evaluation->n_undecided += evaluation->n_given_up > before;
	return kept;
}

char *nsl_filter_apply(const NslFilter *filter, NslView *view)
{
	Evaluation evaluation = {
		.filter = filter,
		.view = view,
	};

	if (filter->roots->len == 0)
		return NULL;
	evaluation.decided =
		g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_hash_table_unref);
	nsl_view_keep(view, is_kept, &evaluation);
	g_hash_table_unref(evaluation.decided);
	for (NslColumn column = 0; column < NSL_COLUMN_COUNT; column++)
		if (evaluation.cell_rows[column])
			nsl_cell_clear(&evaluation.cells[column]);
	if (!evaluation.warning)
		return NULL;
	if (evaluation.n_undecided > 1)
		g_string_append_printf(evaluation.warning, ", +%u more rows",
				       evaluation.n_undecided - 1);
	g_string_append(evaluation.warning, "; that counts as false");
	return g_string_free(evaluation.warning, FALSE);
}
