/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The grid: rows and their columns, lined up for people or, by --raw, as JSON lines or as CSV, for
 * programs.
 *
 * For people a column is as wide as what is in it. On a terminal that is too narrow for that, wide
 * columns of text are cut, with a mark, so that there is room for the last one; which is cut by the
 * end of the line.
 *
 * Cells are not kept, since they may be large: rows are made once to see how wide the columns are,
 * and once more to be written.
 */
#include <string.h>

#include "base/text.h"
#include "report/format.h"
#include "report/wording.h"

#define ABSENT	    "-"
#define MIN_WIDTH   24 /* what is not wider is not cut: a namespace, and what marks it, fits */
#define NARROW	    10 /* to so much a column is cut where nothing of the last one would be seen */
#define MIN_EDGE    4  /* of a column that is cut at the edge so much is shown, or it has no mark */
#define LAST_PART   3  /* of a line, the last column may ask for one such part */
#define SHOWN_ITEMS 8  /* of a list, where lines are cut anyway: there may be thousands */

typedef struct Column {
	NslColumn id;
	const char *name;
	char *key;  /* of JSON; NULL: the name, within "ns" */
	bool again; /* it stands before: in JSON it is one member */
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

typedef struct Grid {
	const NslStyle *style;
	NslCell cell;	 /* of nsl_columns */
	GString *text;	 /* what it shows */
	GArray *columns; /* Column */
	guint at;	 /* the next cell's */
	/* Where the cells go; NULL: nowhere, it is only looked how wide they are. */
	NslOutput *output;
	NslJsonWriter json; /* of the row as JSON */
	Kept *kept;	    /* where the cells go instead; or NULL */
} Grid;

static void clear_column(gpointer data)
{
	g_free(((Column *)data)->key);
}

static GArray *make_columns(const GArray *ids, const NslStyle *style)
{
	GArray *columns = g_array_new(FALSE, FALSE, sizeof(Column));

	g_array_set_clear_func(columns, clear_column);
	for (guint i = 0; i < ids->len; i++) {
		NslColumn id = g_array_index(ids, NslColumn, i);
		Column column = {.id = id, .right = true};

		if (id < NSL_GRID_INODE) {
			column.name = nsl_columns[id].name;
			column.key = nsl_column_key(id);
			column.right = nsl_columns[id].type == NSL_CELL_NUMBER;
		} else if (id < NSL_GRID_INODE + NSL_NSTYPE_COUNT) {
			column.name = nsl_nstypes[id - NSL_GRID_INODE].name;
		} else {
			column.name =
				nsl_nstypes[id - NSL_GRID_INODE - NSL_NSTYPE_COUNT].children_link;
		}
		for (guint j = 0; j < i; j++)
			column.again |= g_array_index(ids, NslColumn, j) == id;
		column.width = style->headings ? nsl_text_width(column.name) : 0;
		g_array_append_val(columns, column);
	}
	return columns;
}

/* A literal "-" is escaped; a bare "-" means absent. */
static void append_field(GString *text, const char *cell, gsize size, const NslStyle *style)
{
	if (size == 0)
		g_string_append(text, ABSENT);
	else if (strcmp(cell, ABSENT) == 0)
		g_string_append(text, "\\x2d");
	else
		nsl_text_escape_field(text, cell, size, nsl_style_kind(style));
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

/* Spaces between columns. */
static guint gap(const NslStyle *style)
{
	return style->format == NSL_FORMAT_CONTAINERS && !style->raw ? 2 : 1;
}

static bool is_last(const Grid *grid)
{
	return grid->at + 1 == grid->columns->len;
}

/* Nothing is lined up behind the last one: its width matters where there is little room. */
static bool is_measured(const Grid *grid)
{
	return !is_last(grid) || grid->style->columns > 0 ||
	       g_array_index(grid->columns, Column, grid->at).right;
}

static void append_cell(const Grid *grid, const char *cell, gsize size)
{
	const Column *column = &g_array_index(grid->columns, Column, grid->at);
	bool open = is_last(grid) && !column->right; /* nothing follows, it need not be measured */
	GString *line = grid->output->text;
	guint width = grid->style->raw || open ? 0 : nsl_color_width(cell);

	if (grid->at > 0)
		nsl_output_pad(line, 0, gap(grid->style));
	if (grid->style->raw) {
		append_field(line, cell, size, grid->style);
		return;
	}
	if (column->right)
		nsl_output_pad(line, width, column->width);
	if (width > column->width && !is_last(grid) && grid->style->columns > 0)
		width = append_cut(line, cell, column->width, grid->style);
	else
		g_string_append(line, cell);
	if (!column->right && !is_last(grid))
		nsl_output_pad(line, width, column->width);
}

static void close_ns(Grid *grid)
{
	if (grid->json.depth > 1)
		nsl_json_end(&grid->json, '}');
}

static void end_row(Grid *grid)
{
	switch (grid->style->writing) {
	case NSL_WRITING_LINES:
		nsl_output_end_line(grid->output, grid->style->columns);
		break;
	case NSL_WRITING_JSON:
		close_ns(grid);
		nsl_json_end(&grid->json, '}');
		break;
	case NSL_WRITING_CSV:
		g_string_append(grid->output->text, "\r\n");
		nsl_output_flush(grid->output);
		break;
	}
}

static void write_field(const Grid *grid, const char *value)
{
	if (grid->at > 0)
		g_string_append_c(grid->output->text, ',');
	nsl_csv_append(grid->output->text, value, grid->style);
}

/* The types of namespaces, which stand side by side, are an object within the row's. */
static void add_member(Grid *grid, const Column *column)
{
	if (column->key)
		close_ns(grid);
	else if (grid->json.depth == 1)
		nsl_json_begin(&grid->json, "ns", '{');
	if (!column->again)
		nsl_cell_put_json(&grid->cell, &grid->json,
				  column->key ? column->key : column->name);
}

/* The cell for programs, which get the number of a root namespace, too. */
static void write_typed(Grid *grid, const Column *column, const NslRow *row)
{
	const guint64 *roots = grid->cell.view->snapshot->root;

	if (column->id < NSL_GRID_INODE) {
		nsl_cell_get(&grid->cell, column->id, row);
	} else {
		guint at = column->id - NSL_GRID_INODE;
		guint64 inode = row->more->inodes[at];

		if (inode == 0 && at < NSL_NSTYPE_COUNT)
			inode = roots[at];
		nsl_cell_begin(&grid->cell, NSL_CELL_NUMBER);
		nsl_cell_put_number(&grid->cell, inode != 0 && inode != NSL_INODE_UNKNOWN, inode);
	}
	if (grid->style->writing == NSL_WRITING_CSV)
		write_field(grid, nsl_cell_text(&grid->cell));
	else
		add_member(grid, column);
}

/* The cell in a line, or just its width: safe to print, but for --raw bytes; empty: it is
 * absent. */
static void add_text(Grid *grid, GString *cell, NslTone tone)
{
	Column *column = &g_array_index(grid->columns, Column, grid->at);

	if (cell->len == 0 && !grid->style->raw)
		g_string_append(cell, ABSENT);
	if (grid->kept) {
		g_string_append_c(grid->kept->cells, (char)tone);
		g_string_append_len(grid->kept->cells, cell->str, (gssize)cell->len + 1);
	}
	if (!grid->output && is_measured(grid))
		column->width =
			MIN(MAX(column->width, nsl_color_width(cell->str)), NSL_GRID_WIDEST);
	if (!grid->output)
		return;
	if (!grid->style->raw)
		nsl_color(cell, 0, -1, grid->style, tone);
	append_cell(grid, cell->str, cell->len);
}

/* Which are shortened where their first digits are the same in all rows. */
static void show_inode(const Grid *grid, guint64 inode)
{
	if (inode == NSL_INODE_UNKNOWN) {
		g_string_append_c(grid->text, '?');
		return;
	}
	nsl_output_number(grid->text, inode);
	if (grid->style->shortened > 0) {
		g_string_erase(grid->text, 0, grid->style->shortened);
		g_string_prepend(grid->text, grid->style->ascii_only ? ".." : "…");
	}
}

/* The cell for people, or for --raw. */
static void write_shown(Grid *grid, const Column *column, const NslRow *row)
{
	const NslRowMore *more = row->more;
	NslTextKind kind = grid->style->raw ? NSL_TEXT_BYTES : nsl_style_kind(grid->style);
	NslTone tone = row->process || more->thread ? NSL_TONE_PLAIN : NSL_TONE_ASIDE;

	g_string_truncate(grid->text, 0);
	if (column->id >= NSL_GRID_INODE) {
		guint64 inode = more->inodes[column->id - NSL_GRID_INODE];

		if (inode != 0)
			show_inode(grid, inode);
		tone = more->again ? NSL_TONE_ASIDE : NSL_TONE_PLAIN;
	} else if (grid->output || grid->kept || is_measured(grid)) {
		nsl_cell_show(&grid->cell, grid->text, column->id, row, kind);
	}
	if (column->id == NSL_COLUMN_NAMESPACE && tone == NSL_TONE_PLAIN && !grid->style->raw)
		nsl_color_namespace(grid->text, 0, grid->style);
	if (column->id == NSL_COLUMN_COMMAND)
		nsl_color_container(grid->text, 0, grid->style, row);
	add_text(grid, grid->text, column->id == NSL_COLUMN_NAME ? NSL_TONE_NAME : tone);
}

static void write_row(Grid *grid, const NslRow *row)
{
	if (grid->style->writing == NSL_WRITING_JSON)
		nsl_json_begin(&grid->json, NULL, '{');
	for (grid->at = 0; grid->at < grid->columns->len; grid->at++) {
		const Column *column = &g_array_index(grid->columns, Column, grid->at);

		if (grid->style->writing == NSL_WRITING_LINES)
			write_shown(grid, column, row);
		else
			write_typed(grid, column, row);
	}
	if (grid->output)
		end_row(grid);
}

/* The widest of those that may be cut; NULL: there is none. */
static Column *find_widest(const GArray *columns)
{
	Column *widest = NULL;

	for (guint i = 0; i + 1 < columns->len; i++) {
		Column *column = &g_array_index(columns, Column, i);

		if (column->wide && (!widest || column->width > widest->width))
			widest = column;
	}
	return widest;
}

/* Cuts the widest, again and again, until lines fit or none is wider than that. What is taken. */
static guint64 cut_to(GArray *columns, guint narrowest, guint64 taken, guint room)
{
	Column *widest;

	while (taken > room && (widest = find_widest(columns)) && widest->width > narrowest) {
		widest->width--;
		taken--;
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

static void fit(GArray *columns, const NslStyle *style)
{
	guint room = style->columns;
	guint between = gap(style);
	const Column *last = &g_array_index(columns, Column, columns->len - 1);
	guint64 taken = (columns->len - 1) * between + MIN(last->width, room / LAST_PART);

	if (room == 0)
		return;
	for (guint i = 0; i + 1 < columns->len; i++) {
		Column *column = &g_array_index(columns, Column, i);

		column->wide = !column->right && column->width > MIN_WIDTH;
		taken += column->width;
	}
	taken = cut_to(columns, MIN_WIDTH, taken, room);
	cut_to(columns, NARROW, taken, room);
	end_at_edge(columns, room, between);
}

static void write_heading(Grid *grid)
{
	bool csv = grid->style->writing == NSL_WRITING_CSV;
	GString *line = grid->output->text;
	gsize start = line->len;

	for (grid->at = 0; grid->at < grid->columns->len; grid->at++) {
		const Column *column = &g_array_index(grid->columns, Column, grid->at);

		if (csv)
			write_field(grid, column->name);
		else
			append_cell(grid, column->name, strlen(column->name));
	}
	nsl_color(line, start, -1, grid->style, csv ? NSL_TONE_PLAIN : NSL_TONE_HEADING);
	end_row(grid);
}

static void write_kept(NslOutput *output)
{
	Kept *kept = output->kept;
	Grid grid = {.style = &kept->style, .columns = kept->columns, .output = output};
	g_autoptr(GString) cell = g_string_new(NULL);
	const char *end = kept->cells->str + kept->cells->len;

	fit(grid.columns, grid.style);
	if (grid.style->headings)
		write_heading(&grid);
	for (const char *at = kept->cells->str; at < end;) {
		for (grid.at = 0; grid.at < grid.columns->len; grid.at++) {
			g_string_assign(cell, at + 1);
			add_text(&grid, cell, (NslTone)*at);
			at += cell->len + 2;
		}
		end_row(&grid);
	}
	g_array_unref(kept->columns);
	g_string_free(kept->cells, TRUE);
	g_free(kept);
	output->kept = NULL;
}

/* Where the rows go to those of other hosts. */
static Kept *get_kept(const GArray *ids, const NslStyle *style, NslOutput *output)
{
	Kept *kept = output->kept;

	if (!kept) {
		kept = g_new(Kept, 1);
		*kept = (Kept){*style, make_columns(ids, style), g_string_new(NULL)};
		output->kept = kept;
		output->write_kept = write_kept;
	}
	return kept;
}

void nsl_grid_write(const NslView *view, const GArray *rows, const GArray *ids,
		    const NslStyle *style, NslOutput *output)
{
	bool lined_up = style->writing == NSL_WRITING_LINES && !style->raw;
	Kept *kept = lined_up && style->hosts ? get_kept(ids, style, output) : NULL;
	g_autoptr(GArray) columns = kept ? g_array_ref(kept->columns) : make_columns(ids, style);
	g_autoptr(GString) text = g_string_new(NULL);
	Grid grid = {.style = style,
		     .text = text,
		     .columns = columns,
		     .json = {.output = output, .kind = nsl_style_kind(style), .plain = true},
		     .kept = kept};

	nsl_cell_init(&grid.cell, view);
	grid.cell.limit = lined_up && style->columns > 0 ? SHOWN_ITEMS : 0;
	for (guint i = 0; i < rows->len && lined_up; i++)
		write_row(&grid, &g_array_index(rows, NslRow, i));
	if (!kept) {
		grid.output = output;
		if (lined_up)
			fit(columns, style);
		if (style->headings && style->writing != NSL_WRITING_JSON && output->n_hosts == 0)
			write_heading(&grid);
	}
	for (guint i = 0; i < rows->len && !kept && output->result == 0; i++)
		write_row(&grid, &g_array_index(rows, NslRow, i));
	nsl_cell_clear(&grid.cell);
}
