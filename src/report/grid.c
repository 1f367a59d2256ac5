/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The grid: see grid.h.
 */
#include "report/grid.h"

#include <string.h>

#include "base/text.h"
#include "report/format.h"
#include "report/json_value.h"
#include "report/wording.h"

#define ABSENT	  "-"
#define MIN_WIDTH 24 /* what is not wider is not cut: a namespace, and what marks it, fits */
#define NARROW	  10 /* to so much a column is cut where nothing of the last one would be seen */
#define MIN_EDGE  4  /* of a column that is cut at the edge so much is shown, or it has no mark */
#define LAST_PART 3  /* of a line, the last column may ask for one such part */

typedef struct Column {
	const char *name;
	char *key; /* of JSON; NULL: the type of a namespace, in "ns" */
	bool right;
	bool wide; /* it may be cut */
	guint width;
} Column;

/* The rows of several hosts, which are lined up once the last one is known. */
typedef struct Kept {
	NslStyle style;
	GArray *columns; /* Column */
	GString *cells;	 /* of each the tone, a byte, and what it shows, with a NUL behind it */
} Kept;

struct NslGrid {
	const NslStyle *style;
	NslCell cell;	 /* of nsl_columns */
	GString *text;	 /* what it shows */
	GArray *columns; /* Column */
	guint at;	 /* the next cell's */
	/* Where the cells go; NULL: nowhere, it is only looked how wide they are. */
	NslOutput *output;
	gsize line;		    /* where the row begins there */
	struct json_object *object; /* the row as JSON */
	Kept *kept;		    /* where the cells go instead; or NULL */
};

static void clear_column(gpointer data)
{
	g_free(((Column *)data)->key);
}

NslGrid *nsl_grid_new(const NslView *view, const NslStyle *style)
{
	NslGrid *grid = g_new0(NslGrid, 1);

	grid->style = style;
	nsl_cell_init(&grid->cell, view);
	grid->text = g_string_new(NULL);
	grid->columns = g_array_new(FALSE, FALSE, sizeof(Column));
	g_array_set_clear_func(grid->columns, clear_column);
	return grid;
}

void nsl_grid_free(NslGrid *grid)
{
	if (!grid)
		return;
	nsl_cell_clear(&grid->cell);
	g_string_free(grid->text, TRUE);
	g_array_unref(grid->columns);
	g_free(grid);
}

static void add_column(NslGrid *grid, const char *name, char *key, bool right)
{
	Column column = {
		.name = name,
		.key = key,
		.right = right,
		.width = grid->style->headings ? nsl_text_width(name) : 0,
	};

	g_array_append_val(grid->columns, column);
}

void nsl_grid_add_column(NslGrid *grid, const char *name, bool right)
{
	add_column(grid, name, NULL, right);
}

void nsl_grid_add_columns(NslGrid *grid, const GArray *columns)
{
	for (guint i = 0; i < columns->len; i++) {
		NslColumn column = g_array_index(columns, NslColumn, i);

		add_column(grid, nsl_columns[column].name, nsl_column_key(column),
			   nsl_columns[column].type == NSL_CELL_NUMBER);
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

/* Appends as much of a cell as there is room for, and a mark. How many columns that takes. */
static guint append_cut(GString *line, const char *cell, guint width, const NslStyle *style)
{
	const char *mark = style->ascii_only ? "..." : "…";
	guint marked = nsl_text_width(mark);

	width = nsl_color_append_cut(line, cell, width - marked);
	g_string_append(line, mark);
	return width + marked;
}

static void append_cell(GString *line, const Column *column, const char *cell, bool last,
			const NslStyle *style)
{
	guint width = last && !column->right ? 0 : nsl_color_width(cell);

	if (column->right)
		nsl_output_pad(line, width, column->width);
	if (width > column->width && !last && style->columns > 0)
		width = append_cut(line, cell, column->width, style);
	else
		g_string_append(line, cell);
	if (!column->right && !last)
		nsl_output_pad(line, width, column->width);
}

/* Spaces between columns. */
static guint gap(const NslStyle *style)
{
	return style->spaced && !style->raw ? 2 : 1;
}

static bool is_last(const NslGrid *grid)
{
	return grid->at + 1 == grid->columns->len;
}

/* Nothing is lined up behind the last one: its width matters where there is little room. */
static bool is_measured(const NslGrid *grid)
{
	return !is_last(grid) || grid->style->columns > 0 ||
	       g_array_index(grid->columns, Column, grid->at).right;
}

static void write_cell(NslGrid *grid, const GString *cell, const char *shown)
{
	const Column *column = &g_array_index(grid->columns, Column, grid->at);
	GString *line = grid->output->text;

	if (grid->at == 0)
		grid->line = line->len;
	if (grid->style->raw)
		append_field(line, cell, grid->style);
	else
		append_cell(line, column, shown, is_last(grid), grid->style);
	if (!is_last(grid)) {
		nsl_output_pad(line, 0, gap(grid->style));
		return;
	}
	nsl_label_end_line(line, grid->line, grid->style->columns);
	nsl_output_flush(grid->output);
}

/* A field of CSV. */
static void write_field(NslGrid *grid, const char *value)
{
	nsl_csv_append(grid->output->text, value, grid->style);
	g_string_append(grid->output->text, is_last(grid) ? "\r\n" : ",");
}

/* A column that is there twice is one member. */
static void add_member(NslGrid *grid, const Column *column)
{
	struct json_object *in = grid->object;
	const char *key = column->key ? column->key : column->name;

	if (!column->key && !json_object_object_get_ex(grid->object, "ns", &in)) {
		in = nsl_json_new_object();
		nsl_json_add(grid->object, "ns", in);
	}
	if (!json_object_object_get_ex(in, key, NULL))
		nsl_json_add(in, key, nsl_cell_json(&grid->cell));
}

/* The next cell of a row for programs. */
static void write_typed(NslGrid *grid)
{
	if (grid->style->writing == NSL_WRITING_CSV) {
		write_field(grid, nsl_cell_text(&grid->cell));
		if (is_last(grid))
			nsl_output_flush(grid->output);
	} else {
		if (grid->at == 0)
			grid->object = nsl_json_new_object();
		add_member(grid, &g_array_index(grid->columns, Column, grid->at));
		if (is_last(grid))
			nsl_json_put_document(grid->object, JSON_C_TO_STRING_PLAIN, grid->output);
	}
	grid->at = (grid->at + 1) % grid->columns->len;
}

void nsl_grid_add_number(NslGrid *grid, bool known, guint64 number, const GString *shown,
			 NslTone tone)
{
	if (grid->style->writing == NSL_WRITING_LINES) {
		nsl_grid_add(grid, shown, tone);
		return;
	}
	nsl_cell_set_number(&grid->cell, NSL_CELL_NUMBER, known, number);
	write_typed(grid);
}

static void keep_cell(Kept *kept, const char *shown, NslTone tone)
{
	g_string_append_c(kept->cells, (char)tone);
	g_string_append_len(kept->cells, shown, (gssize)strlen(shown) + 1);
}

void nsl_grid_add(NslGrid *grid, const GString *cell, NslTone tone)
{
	Column *column = &g_array_index(grid->columns, Column, grid->at);
	const char *shown = cell->len > 0 ? cell->str : ABSENT;
	g_autoptr(GString) coloured = NULL;

	if (grid->kept)
		keep_cell(grid->kept, shown, tone);

	if (grid->output && grid->style->color && !grid->style->raw) {
		coloured = g_string_new(NULL);
		nsl_color_start(coloured, grid->style, tone);
		g_string_append(coloured, shown);
		nsl_color_end(coloured, grid->style, tone);
		shown = coloured->str;
	}
	if (grid->output)
		write_cell(grid, cell, shown);
	else if (is_measured(grid))
		column->width = MIN(MAX(column->width, nsl_color_width(shown)), NSL_GRID_WIDEST);
	grid->at = (grid->at + 1) % grid->columns->len;
}

void nsl_grid_add_cell(NslGrid *grid, NslColumn column, const NslRow *row, NslTone tone)
{
	NslTextKind kind = grid->style->raw ? NSL_TEXT_BYTES : nsl_style_kind(grid->style);

	if (grid->style->writing != NSL_WRITING_LINES) {
		nsl_cell_get(&grid->cell, column, row);
		write_typed(grid);
		return;
	}
	g_string_truncate(grid->text, 0);
	if (grid->output || grid->kept || is_measured(grid))
		nsl_cell_show(&grid->cell, grid->text, column, row, kind);
	if (column == NSL_COLUMN_NAMESPACE && tone == NSL_TONE_PLAIN && !grid->style->raw)
		nsl_color_namespace(grid->text, 0, grid->style);
	if (column == NSL_COLUMN_COMMAND)
		nsl_color_container(grid->text, 0, grid->style, row);
	nsl_grid_add(grid, grid->text, column == NSL_COLUMN_NAME ? NSL_TONE_NAME : tone);
}

void nsl_grid_add_row(NslGrid *grid, const GArray *columns, const NslRow *row)
{
	NslTone tone = row->process || nsl_row_more(row)->thread ? NSL_TONE_PLAIN : NSL_TONE_ASIDE;

	for (guint i = 0; i < columns->len; i++)
		nsl_grid_add_cell(grid, g_array_index(columns, NslColumn, i), row, tone);
}

/* The widest of those that may be cut, not counting `except`; NULL: there is none. */
static Column *find_widest(const GArray *columns, const Column *except)
{
	Column *widest = NULL;

	for (guint i = 0; i + 1 < columns->len; i++) {
		Column *column = &g_array_index(columns, Column, i);

		if (column != except && column->wide && (!widest || column->width > widest->width))
			widest = column;
	}
	return widest;
}

/* Cuts the widest, again and again, until lines fit or none is wider than that. What is taken. */
static guint64 cut_to(GArray *columns, guint narrowest, guint64 taken, guint room)
{
	Column *widest = find_widest(columns, NULL);

	while (taken > room && widest && widest->width > narrowest) {
		const Column *next = find_widest(columns, widest);
		guint least = MAX(next ? next->width : 0, narrowest);
		guint64 cut = widest->width > least ? widest->width - least : 1;

		cut = MIN(cut, taken - room);
		widest->width -= (guint)cut;
		taken -= cut;
		widest = find_widest(columns, NULL);
	}
	return taken;
}

/* The column at the edge of the screen ends there, with a mark; a number goes beyond, whole. */
static void end_at_edge(GArray *columns, guint room, guint between)
{
	guint at = 0;

	for (guint i = 0; i + 1 < columns->len && at + MIN_EDGE <= room; i++) {
		Column *column = &g_array_index(columns, Column, i);

		if (at + column->width > room)
			column->width = column->right ? room + 1 : room - at;
		at += column->width + between;
	}
}

static void fit(GArray *columns, guint room, guint between)
{
	const Column *last = &g_array_index(columns, Column, columns->len - 1);
	guint64 taken = (columns->len - 1) * between + MIN(last->width, room / LAST_PART);

	for (guint i = 0; i + 1 < columns->len; i++) {
		Column *column = &g_array_index(columns, Column, i);

		column->wide = !column->right && column->width > MIN_WIDTH;
		taken += column->width;
	}
	taken = cut_to(columns, MIN_WIDTH, taken, room);
	cut_to(columns, NARROW, taken, room);
	end_at_edge(columns, room, between);
}

static void write_heading(NslGrid *grid)
{
	const GArray *columns = grid->columns;
	GString *line = grid->output->text;
	gsize start = line->len;

	if (grid->style->writing != NSL_WRITING_LINES) {
		for (grid->at = 0; grid->at < columns->len; grid->at++)
			write_field(grid, g_array_index(columns, Column, grid->at).name);
		grid->at = 0;
		return;
	}
	nsl_color_start(line, grid->style, NSL_TONE_HEADING);
	for (guint i = 0; i < columns->len; i++) {
		const Column *column = &g_array_index(columns, Column, i);
		bool last = i + 1 == columns->len;

		if (grid->style->raw)
			g_string_append(line, column->name);
		else
			append_cell(line, column, column->name, last, grid->style);
		if (!last)
			nsl_output_pad(line, 0, gap(grid->style));
	}
	nsl_color_end(line, grid->style, NSL_TONE_HEADING);
	nsl_label_end_line(line, start, grid->style->columns);
}

static void write_kept(NslOutput *output)
{
	Kept *kept = output->kept;
	NslGrid grid = {.style = &kept->style, .columns = kept->columns, .output = output};
	g_autoptr(GString) cell = g_string_new(NULL);

	if (grid.style->columns > 0)
		fit(grid.columns, grid.style->columns, gap(grid.style));
	if (grid.style->headings)
		write_heading(&grid);
	for (const char *at = kept->cells->str; at < kept->cells->str + kept->cells->len;) {
		g_string_assign(cell, at + 1);
		nsl_grid_add(&grid, cell, (NslTone)*at);
		at += cell->len + 2;
	}
	g_array_unref(kept->columns);
	g_string_free(kept->cells, TRUE);
	g_free(kept);
	output->kept = NULL;
}

/* Adds the rows to those of other hosts. */
static void keep(NslGrid *grid, guint n_rows, NslGridRow add_row, gconstpointer data,
		 NslOutput *output)
{
	Kept *kept = output->kept;

	if (!kept) {
		kept = g_new0(Kept, 1);
		kept->style = *grid->style;
		kept->columns = g_array_ref(grid->columns);
		kept->cells = g_string_new(NULL);
		output->kept = kept;
		output->write_kept = write_kept;
	} else {
		g_array_unref(grid->columns);
		grid->columns = g_array_ref(kept->columns);
	}
	grid->kept = kept;
	for (guint i = 0; i < n_rows; i++)
		add_row(grid, i, data);
}

void nsl_grid_write(NslGrid *grid, guint n_rows, NslGridRow add_row, gconstpointer data,
		    NslOutput *output)
{
	bool lined_up = grid->style->writing == NSL_WRITING_LINES && !grid->style->raw;

	if (lined_up && grid->style->hosts) {
		keep(grid, n_rows, add_row, data, output);
		return;
	}
	for (guint i = 0; i < n_rows && lined_up; i++)
		add_row(grid, i, data);
	if (lined_up && grid->style->columns > 0)
		fit(grid->columns, grid->style->columns, gap(grid->style));
	grid->output = output;
	if (grid->style->headings && grid->style->writing != NSL_WRITING_JSON &&
	    output->n_hosts == 0)
		write_heading(grid);
	for (guint i = 0; i < n_rows && output->result == 0; i++)
		add_row(grid, i, data);
}

/* `data`: NslRow in a GArray. */
static void add_row(NslGrid *grid, guint row, gconstpointer data)
{
	nsl_grid_add_row(grid, grid->style->output,
			 &g_array_index((const GArray *)data, NslRow, row));
}

void nsl_grid_write_rows(const NslView *view, const GArray *rows, const NslStyle *style,
			 NslOutput *output)
{
	g_autoptr(NslGrid) grid = nsl_grid_new(view, style);

	nsl_grid_add_columns(grid, style->output);
	nsl_grid_write(grid, rows->len, add_row, rows, output);
}
