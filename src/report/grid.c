/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The grid: see grid.h.
 */
#include "report/grid.h"

#include <string.h>

#include "base/text.h"
#include "report/label.h"

#define ABSENT	  "-"
#define MIN_WIDTH 24 /* no column is cut to less: a namespace, and what marks it, fits */
#define LAST_PART 3  /* of a line, the last column may ask for one such part */

typedef struct Column {
	const char *name;
	bool right;
	guint width;
} Column;

struct NslGrid {
	const NslStyle *style;
	GArray *columns; /* Column */
	GString *text;	 /* all cells, row after row, one after the other */
	GArray *ends;	 /* gsize: where each of them ends */
};

NslGrid *nsl_grid_new(const NslStyle *style)
{
	NslGrid *grid = g_new0(NslGrid, 1);

	grid->style = style;
	grid->columns = g_array_new(FALSE, FALSE, sizeof(Column));
	grid->text = g_string_new(NULL);
	grid->ends = g_array_new(FALSE, FALSE, sizeof(gsize));
	return grid;
}

void nsl_grid_free(NslGrid *grid)
{
	if (!grid)
		return;
	g_array_unref(grid->columns);
	g_string_free(grid->text, TRUE);
	g_array_unref(grid->ends);
	g_free(grid);
}

void nsl_grid_add_column(NslGrid *grid, const char *name, bool right)
{
	Column column = {
		.name = name,
		.right = right,
		.width = grid->style->headings ? nsl_text_width(name) : 0,
	};

	g_array_append_val(grid->columns, column);
}

void nsl_grid_add_columns(NslGrid *grid, const GArray *columns)
{
	for (guint i = 0; i < columns->len; i++) {
		NslColumn column = g_array_index(columns, NslColumn, i);

		nsl_grid_add_column(grid, nsl_columns[column].name, nsl_column_is_number(column));
	}
}

/* One that says what stands for none is escaped, so that it can be told from that. */
static void append_field(GString *text, const GString *cell, const NslStyle *style)
{
	if (cell->len == 0)
		g_string_append(text, ABSENT);
	else if (strcmp(cell->str, ABSENT) == 0)
		g_string_append(text, "\\x2d");
	else
		nsl_text_escape_field(text, cell->str, cell->len, nsl_style_kind(style));
}

void nsl_grid_add(NslGrid *grid, const GString *cell, NslTone tone)
{
	Column *column =
		&g_array_index(grid->columns, Column, grid->ends->len % grid->columns->len);
	gsize start = grid->text->len;

	if (grid->style->raw) {
		append_field(grid->text, cell, grid->style);
	} else {
		nsl_color_start(grid->text, grid->style, tone);
		g_string_append(grid->text, cell->len > 0 ? cell->str : ABSENT);
		nsl_color_end(grid->text, grid->style, tone);
		column->width = MAX(column->width, nsl_text_width(grid->text->str + start));
	}
	g_array_append_val(grid->ends, grid->text->len);
}

NslCellContext nsl_grid_context(const NslView *view, const NslStyle *style)
{
	return (NslCellContext){
		.view = view,
		.kind = style->raw ? NSL_TEXT_BYTES : nsl_style_kind(style),
	};
}

void nsl_grid_add_row(NslGrid *grid, const NslCellContext *context, const GArray *columns,
		      const NslRow *row, const char *after)
{
	NslTone tone = row->process || row->thread ? NSL_TONE_PLAIN : NSL_TONE_ASIDE;
	g_autoptr(GString) cell = g_string_new(NULL);

	for (guint i = 0; i < columns->len; i++) {
		NslColumn column = g_array_index(columns, NslColumn, i);

		g_string_truncate(cell, 0);
		nsl_columns[column].get(cell, context, row);
		if (column == NSL_COLUMN_COMMAND) {
			g_string_append(cell, after ? after : "");
			nsl_color_container(cell, 0, grid->style, row);
		}
		nsl_grid_add(grid, cell, tone);
	}
}

/* The widest of those that may be cut, not counting `except`; NULL: there is none. */
static Column *find_widest(const GArray *columns, const Column *except)
{
	Column *widest = NULL;

	for (guint i = 0; i + 1 < columns->len; i++) {
		Column *column = &g_array_index(columns, Column, i);

		if (column != except && !column->right &&
		    (!widest || column->width > widest->width))
			widest = column;
	}
	return widest;
}

/* Cuts the widest, again and again, until lines fit or nothing may be cut any more. */
static void fit(GArray *columns, guint room)
{
	const Column *last = &g_array_index(columns, Column, columns->len - 1);
	guint64 taken = columns->len - 1 + MIN(last->width, room / LAST_PART);

	for (guint i = 0; i + 1 < columns->len; i++)
		taken += g_array_index(columns, Column, i).width;
	while (taken > room) {
		Column *widest = find_widest(columns, NULL);
		const Column *next = find_widest(columns, widest);
		guint least = MAX(next ? next->width : 0, MIN_WIDTH);
		guint64 cut;

		if (!widest || widest->width <= MIN_WIDTH)
			break;
		cut = widest->width > least ? widest->width - least : 1;
		cut = MIN(cut, taken - room);
		widest->width -= (guint)cut;
		taken -= cut;
	}
}

static void pad(GString *text, guint n)
{
	while (n-- > 0)
		g_string_append_c(text, ' ');
}

/* Appends as much of a cell as there is room for, and what tells that there is more. */
static void append_cut(GString *line, const char *cell, guint width, const NslStyle *style)
{
	const char *mark = style->ascii_only ? "..." : "…";
	gsize size = nsl_text_fit(cell, width - nsl_text_width(mark));

	g_string_append_len(line, cell, (gssize)size);
	if (memchr(cell, '\033', size))
		g_string_append(line, NSL_COLOR_END);
	g_string_append(line, mark);
}

static void append_cell(GString *line, const Column *column, const char *cell, bool last,
			const NslStyle *style)
{
	guint width = nsl_text_width(cell);
	guint blank = column->width - MIN(column->width, width);
	gsize start = line->len;

	if (column->right)
		pad(line, blank);
	if (width > column->width && !last) {
		append_cut(line, cell, column->width, style);
		blank = column->width - nsl_text_width(line->str + start);
	} else {
		g_string_append(line, cell);
	}
	if (!column->right && !last)
		pad(line, blank);
}

static void write_heading(const NslGrid *grid, const GArray *columns, NslOutput *output)
{
	GString *line = output->text;
	gsize start = line->len;

	nsl_color_start(line, grid->style, NSL_TONE_HEADING);
	for (guint i = 0; i < columns->len; i++) {
		const Column *column = &g_array_index(columns, Column, i);
		bool last = i + 1 == columns->len;

		if (grid->style->raw)
			g_string_append(line, column->name);
		else
			append_cell(line, column, column->name, last, grid->style);
		if (!last)
			g_string_append_c(line, ' ');
	}
	nsl_color_end(line, grid->style, NSL_TONE_HEADING);
	nsl_label_end_line(line, start, grid->style->columns);
}

static void write_row(const NslGrid *grid, guint first, const GArray *columns, NslOutput *output)
{
	GString *line = output->text;
	gsize start = line->len;

	for (guint i = 0; i < columns->len; i++) {
		guint at = first + i;
		gsize from = at > 0 ? g_array_index(grid->ends, gsize, at - 1) : 0;
		gsize size = g_array_index(grid->ends, gsize, at) - from;
		bool last = i + 1 == columns->len;

		if (grid->style->raw) {
			g_string_append_len(line, grid->text->str + from, (gssize)size);
		} else {
			g_autofree char *cell = g_strndup(grid->text->str + from, size);

			append_cell(line, &g_array_index(columns, Column, i), cell, last,
				    grid->style);
		}
		if (!last)
			g_string_append_c(line, ' ');
	}
	nsl_label_end_line(line, start, grid->style->columns);
	nsl_output_flush(output);
}

void nsl_grid_write(const NslGrid *grid, NslOutput *output)
{
	g_autoptr(GArray) columns = g_array_copy(grid->columns);

	if (grid->style->columns > 0)
		fit(columns, grid->style->columns);
	if (grid->style->headings)
		write_heading(grid, columns, output);
	for (guint i = 0; i < grid->ends->len && output->result == 0; i += columns->len)
		write_row(grid, i, columns, output);
}

void nsl_grid_write_rows(const NslView *view, const GArray *rows, const NslStyle *style,
			 NslOutput *output)
{
	const NslCellContext context = nsl_grid_context(view, style);
	g_autoptr(NslGrid) grid = nsl_grid_new(style);

	nsl_grid_add_columns(grid, style->output);
	for (guint i = 0; i < rows->len; i++)
		nsl_grid_add_row(grid, &context, style->output, &g_array_index(rows, NslRow, i),
				 NULL);
	nsl_grid_write(grid, output);
}

void nsl_columns_write(NslOutput *output)
{
	guint width = 0;

	for (NslColumn column = 0; column < NSL_COLUMN_COUNT; column++)
		width = MAX(width, (guint)strlen(nsl_columns[column].name));
	for (NslColumn column = 0; column < NSL_COLUMN_COUNT; column++)
		g_string_append_printf(output->text, "%-*s %s\n", (int)width,
				       nsl_columns[column].name, nsl_columns[column].help);
}
