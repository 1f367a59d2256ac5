/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The default table: the columns of listns.v3.py, which scripts go on reading as they did.
 */
#include <string.h>

#include "base/text.h"
#include "report/column.h"
#include "report/format.h"
#include "report/grid.h"
#include "report/label.h"
#include "report/single.h"

#define PID_WIDTH	10
#define NAMESPACE_WIDTH 20

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
	if (row->for_children)
		g_string_append(text, NSL_LABEL_FOR_CHILDREN);
}

/* What a namespace is stands before the command, which is open to the right. */
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

static void write_heading(const NslStyle *style, GString *text)
{
	gsize start = text->len;

	nsl_color_start(text, style, NSL_TONE_HEADING);
	g_string_append_printf(text, "%*s  %-*s  %s", PID_WIDTH, "PID", NAMESPACE_WIDTH,
			       "Namespace", "Thread/Command");
	nsl_color_end(text, style, NSL_TONE_HEADING);
	nsl_label_end_line(text, start, style->columns);
}

void nsl_table_write(const NslView *view, const NslStyle *style, NslOutput *output)
{
	bool single = style->single && view->single;
	g_autoptr(GString) command = g_string_new(NULL);
	const NslProcess *of = NULL;

	if (style->output) {
		nsl_grid_write_rows(view, view->rows, style, output);
		return;
	}
	if (style->details && !single) {
		write_detailed(view, style, output);
		return;
	}
	if (single)
		nsl_single_write(view, style, output);
	if (style->headings)
		write_heading(style, output->text);
	for (guint i = 0; i < view->rows->len && output->result == 0; i++) {
		const NslRow *row = &g_array_index(view->rows, NslRow, i);
		NslTone tone = row->process || row->thread ? NSL_TONE_PLAIN : NSL_TONE_ASIDE;
		gsize start = output->text->len;

		/* A process's rows follow each other: its command is made printable once. */
		if (!row->process || row->process != of) {
			g_string_truncate(command, 0);
			nsl_label_row(command, row, nsl_style_kind(style));
			nsl_color_container(command, 0, style, row);
			of = row->process;
		}
		nsl_color_start(output->text, style, tone);
		write_row(output->text, row, command->str);
		nsl_color_end(output->text, style, tone);
		nsl_label_end_line(output->text, start, style->columns);
		nsl_output_flush(output);
	}
}
