/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Typed cells: a value that every format and the filter read. What is in them is the columns'
 * business (column.h).
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "base/text.h"
#include "report/json_value.h"
#include "report/output.h"
#include "report/view.h"

/* What the values of a column are. */
typedef enum NslCellType {
	NSL_CELL_STRING,
	NSL_CELL_NUMBER,   /* not negative */
	NSL_CELL_DURATION, /* seconds; for people as "3h" */
	NSL_CELL_BOOLEAN,  /* as text "yes" or "no" */
	NSL_CELL_TIME,	   /* as text 2026-01-31T12:00:00Z */
	NSL_CELL_LIST,	   /* of strings */
	NSL_CELL_NUMBERS,  /* a list of numbers */
} NslCellType;

/*
 * What a column says of a row: typed once, for every format and the filter. The value alone, with
 * nothing around it that other columns tell of ("**", a container). One cell serves many rows.
 */
typedef struct NslCell {
	NslCellType type;
	bool has_number;
	bool unknown;	/* of a list without items: it is not known, rather than empty */
	guint at_least; /* of a number that is absent: so many are seen, and there may be more */
	guint64 number; /* NUMBER, DURATION; BOOLEAN: 0 or 1; TIME: seconds since the epoch */
	GString *bytes; /* STRING; LIST, NUMBERS: the items, a NUL after each */
	guint n_items;	/* LIST, NUMBERS */
	guint limit;	/* LIST: of more items than so many the rest is just counted; 0: none is */
	guint n_more;	/* so many beside n_items */
	/* Not for callers: */
	const NslView *view;
	guint column; /* NslColumn that it is of */
	GString *text;
	const char *separator; /* between items, in text */
} NslCell;

void nsl_cell_init(NslCell *cell, const NslView *view);
void nsl_cell_clear(NslCell *cell);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(NslCell, nsl_cell_clear)

/* There is no value, or only an empty one. */
static inline bool nsl_cell_is_absent(const NslCell *cell)
{
	return !cell->has_number && cell->bytes->len == cell->n_items; /* just the NULs */
}

/* Empties it, for a value of that type, which is put in next. */
void nsl_cell_begin(NslCell *cell, NslCellType type);
void nsl_cell_put_number(NslCell *cell, bool known, guint64 number); /* not known: it is absent */
void nsl_cell_put_string(NslCell *cell, const char *bytes);	     /* NULL: nothing */
void nsl_cell_put_item(NslCell *cell, const char *bytes);	     /* ends one of a list */

/* Whether of a further item not even the bytes matter: they may be NULL. */
static inline bool nsl_cell_is_full(const NslCell *cell)
{
	return cell->type == NSL_CELL_LIST && cell->limit > 0 && cell->n_items >= cell->limit;
}

/*
 * The value as text: UTF-8, \xHH for each byte that is not; "" where it is absent. It belongs to
 * the cell, until that is set again.
 */
const char *nsl_cell_text(NslCell *cell);

/* The same of each item, a NUL after each; of what is no list, the one value. */
const char *nsl_cell_items(NslCell *cell);

/*
 * Appends the value as text, safe to print unless it is to be bytes; nothing where it is absent.
 * The last item may be "+2 more": within a limit no other one begins like that.
 */
void nsl_cell_append(const NslCell *cell, GString *text, NslTextKind kind);

/* Writes the value; null where it is absent and no list. */
void nsl_cell_put_json(NslCell *cell, NslJsonWriter *json, const char *key);

/*
 * Appends a field of CSV (RFC 4180): in quotes where it has to be. On a terminal a control
 * character would do what it says, so there it is escaped.
 */
void nsl_csv_append(GString *text, const char *value, const NslStyle *style);
