/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of chosen columns (--output): as wide as what is in them, the last one open to the
 * right.
 */
#include <string.h>

#include "base/text.h"
#include "report/column.h"
#include "report/format.h"
#include "report/label.h"

#define ABSENT	  "-"
#define MIN_LIMIT 24 /* columns: a namespace's name with its marks */

/* All cells, row after row, one after the other in `text`. */
typedef struct Grid {
	const GArray *columns; /* NslColumn */
	GString *text;
	GArray *ends;  /* gsize: where each cell ends */
	GArray *width; /* guint: of each column */
} Grid;

static void add_cell(Grid *grid, guint column, gsize start)
{
	guint *widest = &g_array_index(grid->width, guint, column);

	if (grid->text->len == start)
		g_string_append(grid->text, ABSENT);
	*widest = MAX(*widest, nsl_text_width(grid->text->str + start)); /* it ends there */
	g_array_append_val(grid->ends, grid->text->len);
}

static void fill(Grid *grid, const NslView *view, const NslStyle *style)
{
	const NslCellContext context = {.view = view, .ascii_only = style->ascii_only};

	for (guint i = 0; style->headings && i < grid->columns->len; i++) {
		gsize start = grid->text->len;

		g_string_append(grid->text,
				nsl_columns[g_array_index(grid->columns, NslColumn, i)].name);
		add_cell(grid, i, start);
	}
	for (guint row = 0; row < view->rows->len; row++)
		for (guint i = 0; i < grid->columns->len; i++) {
			const NslColumnInfo *info =
				&nsl_columns[g_array_index(grid->columns, NslColumn, i)];
			gsize start = grid->text->len;

			/* A getter sees its own cell alone. */
			g_autoptr(GString) cell = g_string_new(NULL);
			info->get(cell, &context, &g_array_index(view->rows, NslRow, row));
			g_string_append_len(grid->text, cell->str, (gssize)cell->len);
			add_cell(grid, i, start);
		}
}

static void pad(GString *text, guint n)
{
	while (n-- > 0)
		g_string_append_c(text, ' ');
}

/* How much of a terminal's line one column may take, so that there is room for what follows. */
static guint limit_of(const NslStyle *style, const NslColumnInfo *info)
{
	return style->columns > 0 && !info->number ? MAX(style->columns / 2, MIN_LIMIT) : G_MAXUINT;
}

/* Appends a cell that is wider than its column may be. */
static void append_cut(GString *line, const char *text, guint limit, bool ascii_only)
{
	const char *mark = ascii_only ? "..." : "…";

	g_string_append_len(line, text, (gssize)nsl_text_fit(text, limit - nsl_text_width(mark)));
	g_string_append(line, mark);
}

static void write_row(const Grid *grid, guint first, const NslStyle *style, NslOutput *output)
{
	GString *line = output->text;
	gsize start = line->len;

	for (guint i = 0; i < grid->columns->len; i++) {
		guint cell = first + i;
		gsize from = cell > 0 ? g_array_index(grid->ends, gsize, cell - 1) : 0;
		gsize size = g_array_index(grid->ends, gsize, cell) - from;
		g_autofree char *text = g_strndup(grid->text->str + from, size);
		const NslColumnInfo *info =
			&nsl_columns[g_array_index(grid->columns, NslColumn, i)];
		bool right = info->number;
		bool last = i + 1 == grid->columns->len;
		guint limit = last ? G_MAXUINT : limit_of(style, info);
		guint width = MIN(g_array_index(grid->width, guint, i), limit);
		guint blank;

		if (nsl_text_width(text) > limit) {
			g_autoptr(GString) cut = g_string_new(NULL);

			append_cut(cut, text, limit, style->ascii_only);
			g_free(text);
			text = g_string_free(g_steal_pointer(&cut), FALSE);
		}
		blank = width - MIN(width, nsl_text_width(text));
		if (right)
			pad(line, blank);
		g_string_append(line, text);
		if (!right && !last)
			pad(line, blank);
		if (!last)
			g_string_append_c(line, ' ');
	}
	nsl_label_end_line(line, start, style->columns);
	nsl_output_flush(output);
}

void nsl_grid_write(const NslView *view, const NslStyle *style, NslOutput *output)
{
	guint n_columns = style->output->len;
	Grid grid = {
		.columns = style->output,
		.text = g_string_new(NULL),
		.ends = g_array_new(FALSE, FALSE, sizeof(gsize)),
		.width = g_array_new(FALSE, TRUE, sizeof(guint)),
	};

	g_array_set_size(grid.width, n_columns);
	fill(&grid, view, style);
	for (guint i = 0; i < grid.ends->len && output->result == 0; i += n_columns)
		write_row(&grid, i, style, output);
	g_string_free(grid.text, TRUE);
	g_array_unref(grid.ends);
	g_array_unref(grid.width);
}

void nsl_columns_write(NslOutput *output)
{
	for (NslColumn column = 0; column < NSL_COLUMN_COUNT; column++)
		g_string_append_printf(output->text, "%-10s %s\n", nsl_columns[column].name,
				       nsl_columns[column].help);
}
