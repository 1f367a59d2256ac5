/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The default table, with the columns of listns.v3.py, which scripts go on reading as they did, and
 * which folds for people; above it, where a single namespace was asked for, what that
 * one is, who is in it and holds it, and what to do. And what is a table of other rows: the
 * summary, one a namespace, and the containers.
 */
#include <string.h>

#include "base/each.h"
#include "base/text.h"
#include "report/column.h"
#include "report/group.h"
#include "report/format.h"
#include "report/wording.h"

#define PID_WIDTH	10
#define NAMESPACE_WIDTH 20
#define BETWEEN		2  /* blanks */
#define KEY_WIDTH	7  /* "held by" */
#define MAX_PARTS	64 /* lines of detail of a namespace */
#define HELD_BY		"held by "

static void append_namespace(GString *text, const NslStyle *style, const NslRow *row)
{
	bool task = row->process || row->more->thread;
	gsize start = text->len;

	nsl_label_namespace(text, row->ns, task);
	if (task)
		nsl_color_namespace(text, start, style);
}

/* What is in a line, which may have colours: `pid` is aligned to the right. */
static void append_line(GString *text, const char *pid, const char *namespace, const char *command)
{
	nsl_output_pad(text, (guint)strlen(pid), PID_WIDTH);
	g_string_append(text, pid);
	nsl_output_pad(text, 0, BETWEEN);
	g_string_append(text, namespace);
	nsl_output_pad(text, nsl_color_width(namespace), NAMESPACE_WIDTH);
	nsl_output_pad(text, 0, BETWEEN);
	g_string_append(text, command);
}

static void write_heading(const NslStyle *style, NslOutput *output)
{
	GString *text = output->text;
	gsize start = text->len;

	g_string_append_printf(text, "%*s  %-*s  %s", PID_WIDTH, "PID", NAMESPACE_WIDTH,
			       "Namespace", "Thread/Command");
	nsl_color(text, start, -1, style, NSL_TONE_HEADING);
	nsl_output_end_line(output, style->columns);
}

/* What is made printable of a row; a process's rows follow each other, and share its command. */
typedef struct Table {
	const NslStyle *style;
	NslOutput *output;
	GHashTable *folds; /* nsl_folds_new(); NULL: nothing folds */
	GString *pid;
	GString *namespace;
	GString *command;
	const NslProcess *of; /* whose command it is */
} Table;

static void set_command(Table *table, const NslRow *row)
{
	if (row->process && row->process == table->of && !row->more->for_children)
		return;
	g_string_truncate(table->command, 0);
	nsl_label_row(table->command, row, nsl_style_kind(table->style));
	nsl_color_container(table->command, 0, table->style, row);
	table->of = row->more->for_children ? NULL : row->process;
}

static void write_row(Table *table, const NslRow *row)
{
	const NslHolder *thread = row->more->thread;
	NslTone tone = row->process || thread ? NSL_TONE_PLAIN : NSL_TONE_ASIDE;
	GString *text = table->output->text;
	gsize start = text->len;

	set_command(table, row);
	g_string_assign(table->pid, "--");
	if (tone == NSL_TONE_PLAIN) {
		g_string_truncate(table->pid, 0);
		nsl_output_number(table->pid, thread ? thread->tid : row->process->pid);
	}
	g_string_truncate(table->namespace, 0);
	append_namespace(table->namespace, table->style, row);
	append_line(text, table->pid->str, table->namespace->str, table->command->str);
	nsl_color(text, start, -1, table->style, tone);
	nsl_output_end_line(table->output, table->style->columns);
}

/*
 * The namespaces of those rows that have no mark, but for the first, in lines without PID and
 * command, which wrap and are not cut.
 */
static void write_namespaces(Table *table, const NslRow *first, const NslRow *end)
{
	const guint indent = PID_WIDTH + BETWEEN;
	GString *text = table->output->text;
	guint wrap = table->style->wrap;
	guint width = 0; /* of the line; 0: there is none */

	for (const NslRow *row = first + 1; row < end; row++) {
		guint more;

		if (nsl_row_is_marked(row))
			continue;
		g_string_truncate(table->namespace, 0);
		append_namespace(table->namespace, table->style, row);
		more = nsl_color_width(table->namespace->str);
		if (width > 0 && wrap > 0 && width + 1 + more > wrap) {
			nsl_output_end_line(table->output, 0);
			width = 0;
		}
		nsl_output_pad(text, 0, width > 0 ? 1 : indent);
		g_string_append(text, table->namespace->str);
		width += (width > 0 ? 1 : indent) + more;
	}
	if (width > 0)
		nsl_output_end_line(table->output, 0);
}

/* One line for all of the others: the first of them, and the rest where there is room. */
static void write_others(Table *table, const NslFold *fold, const NslRow *row)
{
	const NslStyle *style = table->style;
	GString *text = table->output->text;
	gsize start = text->len;
	g_autoptr(GString) rest = g_string_new(NULL);

	set_command(table, row);
	g_string_truncate(table->pid, 0);
	nsl_fold_append_others(table->pid, fold);
	g_string_printf(table->namespace, "as %u", fold->first->pid);
	append_line(text, table->pid->str, table->namespace->str, table->command->str);
	nsl_fold_append_rest(rest, fold);
	if (rest->len > 0 &&
	    (style->columns == 0 ||
	     nsl_color_width(text->str + start) + BETWEEN + rest->len <= style->columns)) {
		nsl_output_pad(text, 0, BETWEEN);
		nsl_color(rest, 0, -1, style, NSL_TONE_ASIDE);
		g_string_append(text, rest->str);
	}
	nsl_output_end_line(table->output, style->columns);
}

/* The rows of one process: those without a mark share lines. */
static void write_folded(Table *table, const NslRow *rows, guint n)
{
	const NslFold *fold = g_hash_table_lookup(table->folds, rows->process);
	const NslRow *end = rows + n;
	const NslRow *first = rows;

	if (fold && fold->first != rows->process) {
		if (g_ptr_array_index(fold->others, 0) == rows->process)
			write_others(table, fold, rows);
		return;
	}
	while (first < end && nsl_row_is_marked(first))
		first++;
	if (first < end) {
		write_row(table, first);
		write_namespaces(table, first, end);
	}
	for (const NslRow *row = rows; row < end; row++)
		if (nsl_row_is_marked(row))
			write_row(table, row);
}

static void write_rows(const NslView *view, const NslStyle *style, NslOutput *output)
{
	g_autoptr(GHashTable) folds = style->fold ? nsl_folds_new(view, NULL) : NULL;
	g_autoptr(GString) pid = g_string_new(NULL);
	g_autoptr(GString) namespace = g_string_new(NULL);
	g_autoptr(GString) command = g_string_new(NULL);
	Table table = {style, output, folds, pid, namespace, command, NULL};
	guint n;

	if (style->headings)
		write_heading(style, output);
	for (guint i = 0; i < view->rows->len && output->result == 0; i += n) {
		const NslRow *row = &g_array_index(view->rows, NslRow, i);

		n = folds ? nsl_rows_of_process(view, i) : 1;
		if (folds && row->process)
			write_folded(&table, row, n);
		else
			write_row(&table, row);
	}
}

/*
 * A line: `key` is empty where it goes on from the one before. A command is not cut: it is there to
 * be copied.
 */
static void write_line(NslOutput *output, const char *key, const char *value, guint columns)
{
	g_string_append_printf(output->text, "  %-*s  %s", KEY_WIDTH, key, value);
	nsl_output_end_line(output, columns);
}

static const char *why_not(NslKnowledge knowledge)
{
	if (knowledge == NSL_NONE)
		return "none";
	return knowledge == NSL_DENIED ? "may not be asked" : "not known";
}

static void append_relation(GString *text, const char *known, const char *unknown,
			    const NslRelation *relation)
{
	g_string_append(text, relation->knowledge == NSL_KNOWN ? known : unknown);
	if (relation->knowledge == NSL_KNOWN)
		nsl_label_namespace(text, relation->ns, false);
	else
		g_string_append(text, why_not(relation->knowledge));
}

/* Which one it is, and whose; the parent of a user namespace is its owner. */
static void write_which(const NslNamespace *ns, const NslStyle *style, NslOutput *output)
{
	GString *text = output->text;
	gsize start = text->len;

	nsl_label_namespace(text, ns, true);
	g_string_append(text, "  ");
	if (ns->nsid != 0)
		g_string_append_printf(text, "id %" G_GUINT64_FORMAT ", ", ns->nsid);
	if (ns->type == NSL_NSTYPE_PID) {
		append_relation(text, "child of ", "parent ", &ns->parent);
		g_string_append(text, ", ");
	}
	append_relation(text, "owned by ", "owner ", &ns->owner);
	if (ns->owner_name) {
		g_string_append(text, " (");
		nsl_text_escape(text, ns->owner_name, -1, nsl_style_kind(style));
		g_string_append_c(text, ')');
	} else if (ns->has_owner_uid == NSL_KNOWN) {
		g_string_append_printf(text, " (%u)", ns->owner_uid);
	}
	nsl_color(text, start, -1, style, NSL_TONE_HEADING);
	nsl_output_end_line(output, style->columns);
}

static void write_detail(const NslNamespace *ns, const NslStyle *style, NslOutput *output)
{
	g_autoptr(GPtrArray) parts = nsl_detail_parts(ns, MAX_PARTS, nsl_style_kind(style));

	if (parts->len == 0)
		write_line(output, "is", why_not(ns->has_detail), style->columns);
	for (guint i = 0; i < parts->len; i++)
		write_line(output, i == 0 ? "is" : "", g_ptr_array_index(parts, i), style->columns);
}

static void write_members(const NslView *view, const NslStyle *style, NslOutput *output)
{
	const NslNamespace *ns = view->single;
	bool all = nsl_snapshot_has_all_members(view->snapshot, ns);
	bool threads = false;
	g_autoptr(GString) some = g_string_new(NULL);

	nsl_label_members(some, view->snapshot, ns);
	NSL_EACH_IN (const NslHolder, holder, ns->holders)
		if (holder->kind == NSL_HOLDER_THREAD)
			threads = true;
	write_line(output, "inside",
		   nsl_namespace_n_members(ns) > 0 ? some->str
		   : !all			   ? "no visible process"
		   : threads			   ? "no process, only threads"
						   : "nobody",
		   style->columns);
}

/* What more there may be that holds it, of which nothing is known. */
static char *explain_unseen(const NslSnapshot *snapshot)
{
	NSL_EACH (const NslIssue, issue, snapshot->issues)
		if (issue->unreadable && snapshot->n_unreadable == 1)
			return g_strdup_printf("process %u could not be looked at",
					       g_array_index(issue->pids, guint32, 0));
	if (snapshot->n_unreadable > 0)
		return g_strdup_printf("%u process%s could not be looked at",
				       snapshot->n_unreadable,
				       snapshot->n_unreadable == 1 ? "" : "es");
	return g_strdup("not everything was looked at");
}

static void write_holders(const NslView *view, const NslStyle *style, NslOutput *output)
{
	const NslNamespace *ns = view->single;
	bool all = nsl_snapshot_holder_coverage(view->snapshot) == NSL_COVERAGE_COMPLETE;
	const char *key = "held by";
	const NslHolder *holder;
	guint at = 0;
	guint n;

	while ((holder = nsl_holders_next(ns, &at, &n))) {
		g_autofree char *reason = nsl_explain_holder(view->snapshot, holder, n);
		g_autofree char *shown = nsl_text_escaped(reason, nsl_style_kind(style));
		const char *by = g_str_has_prefix(shown, HELD_BY) ? shown + strlen(HELD_BY) : shown;

		write_line(output, key, by, style->columns);
		key = "";
	}
	if (!all) {
		g_autofree char *unseen = explain_unseen(view->snapshot);
		g_autofree char *rest =
			g_strconcat(ns->holders->len > 0 ? "perhaps others too" : "not known",
				    ", since ", unseen, NULL);

		write_line(output, key, rest, style->columns);
	} else if (ns->holders->len == 0) {
		write_line(output, key,
			   nsl_namespace_n_members(ns) > 0 ? "nobody else" : "holder not found",
			   style->columns);
	}
}

/* How to get into it, and how to get rid of it. */
static void write_commands(const NslView *view, const NslStyle *style, NslOutput *output)
{
	g_autofree char *enter = nsl_explain_enter(view->snapshot, view->single);
	g_autoptr(GPtrArray) steps = nsl_explain_free(view->snapshot, view->single);

	write_line(output, "enter", enter, 0);
	for (guint i = 0; steps && i < steps->len; i++) {
		g_autofree char *step =
			nsl_text_escaped(g_ptr_array_index(steps, i), nsl_style_kind(style));

		write_line(output, i == 0 ? "free" : "", step, 0);
	}
}

/* What there is to say of view->single, and an empty line. */
static void write_single(const NslView *view, const NslStyle *style, NslOutput *output)
{
	write_which(view->single, style, output);
	write_detail(view->single, style, output);
	write_members(view, style, output);
	write_holders(view, style, output);
	write_commands(view, style, output);
	g_string_append_c(output->text, '\n');
	nsl_output_flush(output);
}

/* With --details: what a namespace is stands before the command, which is open to the right. */
static void write_detailed(const NslView *view, const NslStyle *style, NslOutput *output)
{
	static const NslColumn usual[] = {NSL_COLUMN_PID, NSL_COLUMN_NAMESPACE, NSL_COLUMN_DETAIL,
					  NSL_COLUMN_COMMAND};
	g_autoptr(GArray) columns = g_array_new(FALSE, FALSE, sizeof(NslColumn));

	g_array_append_vals(columns, usual, G_N_ELEMENTS(usual));
	nsl_grid_write(view, view->rows, columns, style, output);
}

void nsl_table_write(const NslView *view, const NslStyle *style, NslOutput *output)
{
	bool single = style->single && view->single;

	if (style->output) {
		nsl_grid_write(view, view->rows, style->output, style, output);
	} else if (style->details && !single) {
		write_detailed(view, style, output);
	} else {
		if (single)
			write_single(view, style, output);
		write_rows(view, style, output);
	}
}

/*
 * Of each namespace, whichever rows are selected: the lowest of all members that are seen, and
 * where there is none the reason, as without selectors.
 */
void nsl_table_write_summary(const NslView *view, const NslStyle *style, NslOutput *output)
{
	g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(NslRow));
	g_autofree NslRowMore *more = g_new0(NslRowMore, view->namespaces->len);
	NslRowMore *next = more;

	NSL_EACH (const NslNamespace, ns, view->namespaces) {
		NslRow row = {.ns = ns, .more = next};

		next->snapshot = view->snapshot;
		if (ns->members->len > 0)
			row.process = g_ptr_array_index(ns->members, 0);
		else if (ns->names->len > 0)
			next->name = g_ptr_array_index(ns->names, 0);
		g_array_append_val(rows, row);
		next++;
	}
	nsl_grid_write(view, rows, style->output, style, output);
}

/* The usual columns; POD only where there is one, unless programs read them. */
static GArray *choose_container_columns(const NslView *view, const NslStyle *style)
{
	bool has_pod =
		style->writing != NSL_WRITING_LINES || style->raw || !style->usual || style->hosts;
	GArray *columns = g_array_new(FALSE, FALSE, sizeof(NslColumn));

	NSL_EACH_IN (const NslRow, row, view->rows) {
		const NslIdentity *identity = &row->more->container->identity;

		has_pod = has_pod || identity->pod || identity->pod_uid;
	}
	NSL_EACH_IN (const NslColumn, column, style->output)
		if (*column != NSL_COLUMN_POD || has_pod)
			g_array_append_val(columns, *column);
	return columns;
}

void nsl_containers_write(const NslView *view, const NslStyle *style, NslOutput *output)
{
	g_autoptr(GArray) columns = choose_container_columns(view, style);

	nsl_grid_write(view, view->rows, columns, style, output);
}
