/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The grid: cells in rows and columns, lined up for people or, by --raw, as JSON lines or as CSV,
 * for programs. What the cells say is not its business.
 *
 * For people a column is as wide as what is in it. On a terminal that is too narrow for that, wide
 * columns of text are cut, with a mark, so that there is room for the last one; which is cut by the
 * end of the line.
 *
 * Cells are not kept, since they may be large: rows are asked for once to see how wide the columns
 * are, and once more to be written.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "report/column.h"
#include "report/output.h"

/* A column is lined up to no more than this: what is wider pushes its line wider. */
#define NSL_GRID_WIDEST 4096

typedef struct NslGrid NslGrid;

/* Both must live as long as the grid; no view: no cells of nsl_columns. */
NslGrid *nsl_grid_new(const NslView *view, const NslStyle *style);
void nsl_grid_free(NslGrid *grid);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NslGrid, nsl_grid_free)

/*
 * Before the rows. Those to the right are never cut. `name` must live as long as the grid: in JSON
 * it is a type, in the object "ns".
 */
void nsl_grid_add_column(NslGrid *grid, const char *name, bool right);
void nsl_grid_add_columns(NslGrid *grid, const GArray *columns);

/* Adds the cells of a row, one for each column: the same ones each time that it is asked. */
typedef void (*NslGridRow)(NslGrid *grid, guint row, gconstpointer data);

/* The next cell of a row: escaped text, but for --raw bytes; empty where there is nothing. */
void nsl_grid_add(NslGrid *grid, const GString *cell, NslTone tone);

/* The next cell, a number: for people what is `shown`; absent for programs where not `known`. */
void nsl_grid_add_number(NslGrid *grid, bool known, guint64 number, const GString *shown,
			 NslTone tone);

/* The next cell: what a column says of the row. */
void nsl_grid_add_cell(NslGrid *grid, NslColumn column, const NslRow *row, NslTone tone);

/* The next cells: those of these columns (NslColumn). */
void nsl_grid_add_row(NslGrid *grid, const GArray *columns, const NslRow *row);

/* Writes the heading and the rows. Once. */
void nsl_grid_write(NslGrid *grid, guint n_rows, NslGridRow add_row, gconstpointer data,
		    NslOutput *output);

/* All at once: style->output of these rows (NslRow). */
void nsl_grid_write_rows(const NslView *view, const GArray *rows, const NslStyle *style,
			 NslOutput *output);
