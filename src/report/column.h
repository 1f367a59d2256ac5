/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The columns that --output and --filter know: the one table of them. A cell is text that is safe
 * to print, or a plain value, and empty where there is nothing to say.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "base/text.h"
#include "report/view.h"

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
	NSL_COLUMN_COMM,
	NSL_COLUMN_START,
	NSL_COLUMN_CONTAINER,
	NSL_COLUMN_CONTAINER_ID,
	NSL_COLUMN_RUNTIME,
	NSL_COLUMN_POD,
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
	NSL_COLUMN_DETAIL,
	NSL_COLUMN_COUNT,
} NslColumn;

/* Where a cell is made for. */
typedef struct NslCellContext {
	const NslView *view;
	NslTextKind kind;
	/*
	 * A value, not something to be read by people: the bytes as they are, \xHH for those that
	 * are not UTF-8, and around it nothing that other columns tell of ("**", a container).
	 */
	bool plain;
	/* gsize: gets where each item of a list starts; NULL: they are separated in the text. */
	GArray *items;
} NslCellContext;

/* What the values of a column are. */
typedef enum NslCellType {
	NSL_CELL_STRING,
	NSL_CELL_NUMBER,  /* not negative, in decimal */
	NSL_CELL_BOOLEAN, /* "yes" or "no" */
	NSL_CELL_TIME,	  /* as 2026-01-31T12:00:00Z */
	NSL_CELL_LIST,	  /* of strings; never absent, but perhaps of none */
} NslCellType;

typedef struct NslColumnInfo {
	const char *name;
	NslCellType type;
	bool of_process;  /* of the row's process, else of its namespace */
	guint facts;	  /* NslFact: what it needs */
	const char *help; /* a line */
	void (*get)(GString *cell, const NslCellContext *context, const NslRow *row);
} NslColumnInfo;

extern const NslColumnInfo nsl_columns[NSL_COLUMN_COUNT];

/* Its values are numbers: to be aligned to the right, and compared as such. */
bool nsl_column_is_number(NslColumn column);

/* What --list-columns and JSON call a type; static. */
const char *nsl_cell_type_name(NslCellType type);

/* The key of JSON: the name in lower case, "_" for "-". Transfer full. */
char *nsl_column_key(NslColumn column);

/* By its name in whatever case, "_" being "-"; NSL_COLUMN_COUNT where there is none. */
NslColumn nsl_column_find(const char *name);

/* The name that looks most like it, for messages. Static. */
const char *nsl_column_nearest(const char *name);
