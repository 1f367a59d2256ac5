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
#pragma once

#include <glib.h>

#include "report/column.h"

/* A column is lined up to no more than this: what is wider pushes its line wider. */
#define NSL_GRID_WIDEST 4096

/*
 * Beside those of nsl_columns: the inode of what the row is in (NslRowMore.inodes), by type, and
 * after the types what its children will be in. In JSON they are in the object "ns".
 */
#define NSL_GRID_INODE NSL_COLUMN_COUNT

/* Writes the heading and the rows (NslRow), with the columns of style->output. */
void nsl_grid_write(const NslView *view, const GArray *rows, const NslStyle *style,
		    NslOutput *output);
