/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The default table, with the columns of listns.v3.py, which scripts go on reading as they did;
 * above it, where a single namespace was asked for, lines of "key: value" about that one. And the
 * summary: one row a namespace.
 */
#include <string.h>

#include "base/text.h"
#include "report/column.h"
#include "report/detail.h"
#include "report/format.h"
#include "report/grid.h"
#include "report/wording.h"

#define PID_WIDTH	10
#define NAMESPACE_WIDTH 20
#define KEY_WIDTH	11 /* "namespace: " */
#define MAX_PARTS	64 /* lines of detail of a namespace */

static void pad(GString *text, gsize used, gsize width)
{
	for (; used < width; used++)
		g_string_append_c(text, ' ');
}

static void write_row(GString *text, const NslRow *row, const char *command)
{
	gsize start;

	if (row->process || row->thread) {
		nsl_output_number(text, row->thread ? row->thread->tid : row->process->pid,
				  PID_WIDTH);
	} else {
		pad(text, strlen("--"), PID_WIDTH);
		g_string_append(text, "--");
	}
	g_string_append(text, "  ");
	start = text->len;
	nsl_label_namespace(text, row->ns, row->process || row->thread);
	pad(text, text->len - start, NAMESPACE_WIDTH);
	g_string_append(text, "  ");
	g_string_append(text, command);
}

static void write_heading(const NslStyle *style, GString *text)
{
	gsize start = text->len;

	nsl_color_start(text, style, NSL_TONE_HEADING);
	g_string_append_printf(text, "%*s  %-*s  %s", PID_WIDTH, "PID", NAMESPACE_WIDTH,
			       "Namespace", "Thread/Command");
	nsl_color_end(text, style, NSL_TONE_HEADING);
	nsl_label_end_line(text, start, style->columns);
}

static void write_rows(const NslView *view, const NslStyle *style, NslOutput *output)
{
	g_autoptr(GString) command = g_string_new(NULL);
	const NslProcess *of = NULL; /* whose command that is */

	if (style->headings)
		write_heading(style, output->text);
	for (guint i = 0; i < view->rows->len && output->result == 0; i++) {
		const NslRow *row = &g_array_index(view->rows, NslRow, i);
		NslTone tone = row->process || row->thread ? NSL_TONE_PLAIN : NSL_TONE_ASIDE;
		gsize start = output->text->len;

		/* A process's rows follow each other: its command is made printable once. */
		if (!row->process || row->process != of || row->for_children) {
			g_string_truncate(command, 0);
			nsl_label_row(command, row, nsl_style_kind(style));
			nsl_color_container(command, 0, style, row);
			of = row->for_children ? NULL : row->process;
		}
		nsl_color_start(output->text, style, tone);
		write_row(output->text, row, command->str);
		nsl_color_end(output->text, style, tone);
		nsl_label_end_line(output->text, start, style->columns);
		nsl_output_flush(output);
	}
}

/* A line: `key` is empty where it goes on from the one before. */
static void write_line(const NslStyle *style, NslOutput *output, const char *key, const char *value)
{
	gsize start = output->text->len;
	g_autofree char *label = g_strdup_printf("%s%s", key, key[0] ? ":" : "");

	g_string_append_printf(output->text, "%-*s%s", KEY_WIDTH, label, value);
	nsl_label_end_line(output->text, start, style->columns);
}

static void write_number(const NslStyle *style, NslOutput *output, const char *key, guint64 number)
{
	g_autofree char *value = g_strdup_printf("%" G_GUINT64_FORMAT, number);

	write_line(style, output, key, value);
}

static const char *why_not(NslKnowledge knowledge)
{
	if (knowledge == NSL_NONE)
		return "none";
	return knowledge == NSL_DENIED ? "may not be asked" : "not known";
}

static void append_relation(GString *text, const NslRelation *relation)
{
	if (relation->knowledge == NSL_KNOWN)
		nsl_label_namespace(text, relation->ns, false);
	else
		g_string_append(text, why_not(relation->knowledge));
}

static void write_owner(const NslNamespace *ns, const NslStyle *style, NslOutput *output)
{
	g_autoptr(GString) text = g_string_new(NULL);

	append_relation(text, &ns->owner);
	if (ns->owner_name) {
		g_string_append(text, ", made by ");
		nsl_text_escape(text, ns->owner_name, -1, nsl_style_kind(style));
	} else if (ns->has_owner_uid == NSL_KNOWN) {
		g_string_append_printf(text, ", made by %u", ns->owner_uid);
	}
	write_line(style, output, "owner", text->str);
}

static void write_detail(const NslNamespace *ns, const NslStyle *style, NslOutput *output)
{
	g_autoptr(GPtrArray) parts = nsl_detail_parts(ns, MAX_PARTS, nsl_style_kind(style));

	if (parts->len == 0)
		write_line(style, output, "detail", why_not(ns->has_detail));
	for (guint i = 0; i < parts->len; i++)
		write_line(style, output, i == 0 ? "detail" : "", g_ptr_array_index(parts, i));
}

static void write_members(const NslView *view, const NslStyle *style, NslOutput *output)
{
	const NslNamespace *ns = view->single;
	g_autofree char *least = g_strdup_printf("at least %u", ns->members->len);

	if (nsl_snapshot_has_all_members(view->snapshot, ns))
		write_number(style, output, "members", ns->members->len);
	else
		write_line(style, output, "members", ns->members->len > 0 ? least : "none visible");
}

/* What there is to say of view->single, and an empty line. */
static void write_single(const NslView *view, const NslStyle *style, NslOutput *output)
{
	const NslNamespace *ns = view->single;
	g_autoptr(GString) label = g_string_new(NULL);
	g_autoptr(GString) parent = g_string_new(NULL);

	nsl_label_namespace(label, ns, true);
	write_line(style, output, "namespace", label->str);
	if (ns->nsid != 0)
		write_number(style, output, "id", ns->nsid);
	write_detail(ns, style, output);
	if (ns->type == NSL_NSTYPE_PID || ns->type == NSL_NSTYPE_USER) {
		append_relation(parent, &ns->parent);
		write_line(style, output, "parent", parent->str);
	}
	write_owner(ns, style, output);
	write_members(view, style, output);
	write_number(style, output, "holders", ns->holders->len);
	g_string_append_c(output->text, '\n');
	nsl_output_flush(output);
}

/* With --details: what a namespace is stands before the command, which is open to the right. */
static void write_detailed(const NslView *view, const NslStyle *style, NslOutput *output)
{
	static const NslColumn usual[] = {NSL_COLUMN_PID, NSL_COLUMN_NAMESPACE, NSL_COLUMN_DETAIL,
					  NSL_COLUMN_COMMAND};
	g_autoptr(GArray) columns = g_array_new(FALSE, FALSE, sizeof(NslColumn));
	NslStyle detailed = *style;

	g_array_append_vals(columns, usual, G_N_ELEMENTS(usual));
	detailed.output = columns;
	nsl_grid_write_rows(view, view->rows, &detailed, output);
}

void nsl_table_write(const NslView *view, const NslStyle *style, NslOutput *output)
{
	bool single = style->single && view->single;

	if (style->output) {
		nsl_grid_write_rows(view, view->rows, style, output);
	} else if (style->details && !single) {
		write_detailed(view, style, output);
	} else {
		if (single)
			write_single(view, style, output);
		write_rows(view, style, output);
	}
}

/* How well a row stands for its namespace; of equal ones it is the first. */
static guint rank_of(const NslRow *row)
{
	if (row->process && !row->for_children)
		return 3;
	if (!row->process && !row->thread)
		return 2; /* which has the reason */
	return 1;
}

void nsl_table_write_summary(const NslView *view, const NslStyle *style, NslOutput *output)
{
	g_autoptr(GHashTable) best = g_hash_table_new(NULL, NULL); /* NslRow by NslNamespace */
	g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(NslRow));

	for (guint i = 0; i < view->rows->len; i++) {
		NslRow *row = &g_array_index(view->rows, NslRow, i);
		const NslRow *before = g_hash_table_lookup(best, row->ns);

		if (!before || rank_of(row) > rank_of(before))
			g_hash_table_insert(best, (gpointer)row->ns, row);
	}
	for (guint i = 0; i < view->namespaces->len; i++) {
		const NslRow *row =
			g_hash_table_lookup(best, g_ptr_array_index(view->namespaces, i));

		NslRow shown;

		if (!row)
			continue;
		shown = *row;
		/* The lowest of all members, whichever are selected. */
		if (row->process && !row->for_children &&
		    nsl_snapshot_has_all_members(view->snapshot, row->ns))
			shown.process = g_ptr_array_index(row->ns->members, 0);
		g_array_append_val(rows, shown);
	}
	nsl_grid_write_rows(view, rows, style, output);
}
