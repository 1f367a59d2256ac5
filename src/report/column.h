/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The columns that --output and --filter know: the one table of them, and what they say of a row.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "report/cell.h"
#include "report/output.h"

typedef enum NslColumn {
	NSL_COLUMN_NAMESPACE,
	NSL_COLUMN_NS,
	NSL_COLUMN_NSID,
	NSL_COLUMN_TYPE,
	NSL_COLUMN_ROOT,
	NSL_COLUMN_NPROCS,
	NSL_COLUMN_PID,
	NSL_COLUMN_TID,
	NSL_COLUMN_NSPID,
	NSL_COLUMN_PPID,
	NSL_COLUMN_UID,
	NSL_COLUMN_USER,
	NSL_COLUMN_COMMAND,
	NSL_COLUMN_FOR_CHILDREN,
	NSL_COLUMN_ZOMBIE,
	NSL_COLUMN_COMM,
	NSL_COLUMN_START,
	NSL_COLUMN_CONTAINER,
	NSL_COLUMN_CONTAINER_ID,
	NSL_COLUMN_RUNTIME,
	NSL_COLUMN_POD,
	NSL_COLUMN_ENTERED,
	NSL_COLUMN_UNIT,
	NSL_COLUMN_NETNS,
	NSL_COLUMN_NETNSID,
	NSL_COLUMN_NSFS,
	NSL_COLUMN_PATH,
	NSL_COLUMN_PNS,
	NSL_COLUMN_ONS,
	NSL_COLUMN_OWNER_UID,
	NSL_COLUMN_OWNER,
	NSL_COLUMN_HELD_BY,
	NSL_COLUMN_SHARES,
	NSL_COLUMN_OWN,
	NSL_COLUMN_PEER,
	NSL_COLUMN_DETAIL,
	NSL_COLUMN_NAME,
	NSL_COLUMN_PROCS,
	NSL_COLUMN_ADDRESS,
	NSL_COLUMN_UP,
	NSL_COLUMN_HOST,
	NSL_COLUMN_COUNT,
} NslColumn;

/* Sets the cell to what the column says of the row. */
void nsl_cell_get(NslCell *cell, NslColumn column, const NslRow *row);

/*
 * Appends what the column shows people of the row: the value, with marks around it where the column
 * has some, and shortened where it is long; safe to print unless it is to be bytes, which are
 * whole. Nothing where it is absent.
 */
void nsl_cell_show(NslCell *cell, GString *text, NslColumn column, const NslRow *row,
		   NslTextKind kind);

typedef struct NslColumnInfo {
	const char *name;
	NslCellType type;
	bool of_process; /* of the row's process, else of its namespace */
	guint facts;	 /* NslFact: what it needs */
	/* Sets what the value of cell->column consists of, where there is one. */
	void (*get)(NslCell *cell, const NslRow *row);
	const char *help; /* a line */
} NslColumnInfo;

extern const NslColumnInfo nsl_columns[NSL_COLUMN_COUNT];

/* The key of JSON: the name in lower case, "_" for "-". Transfer full. */
char *nsl_column_key(NslColumn column);

/* By its name in whatever case, "_" being "-"; NSL_COLUMN_COUNT where there is none. */
NslColumn nsl_column_find(const char *name);

/* The name that looks most like it, for messages. Static. */
const char *nsl_column_nearest(const char *name);

/* The columns that there are, with help: as text, or as JSON. */
void nsl_column_list(NslOutput *output);
void nsl_column_list_json(NslOutput *output);
