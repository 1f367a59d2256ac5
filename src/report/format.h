/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The formats: what they have in common. Each is a file of its own, and one row in the table of
 * formats.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "model/change.h"
#include "model/detail.h"
#include "report/column.h"
#include "report/json_value.h"
#include "report/output.h"
#include "report/view.h"

typedef enum NslFormat {
	NSL_FORMAT_TABLE,
	NSL_FORMAT_CONTAINERS,
	NSL_FORMAT_SUMMARY,
	NSL_FORMAT_MATRIX,
	NSL_FORMAT_TREE,
	NSL_FORMAT_TREE_OWNER,
	NSL_FORMAT_TREE_PARENT,
	NSL_FORMAT_TREE_CONTAINER,
	NSL_FORMAT_JSON,
	NSL_FORMAT_JSONL,
	NSL_FORMAT_CSV,
	NSL_FORMAT_DOT,
	NSL_FORMAT_PROMETHEUS,
	NSL_FORMAT_COUNT,
} NslFormat;

typedef struct NslFormatInfo {
	const char *name;
	const char *group; /* of the trees, which share a name: by what; NULL: it has none */
	void (*write)(const NslView *view, const NslStyle *style, NslOutput *output);
	guint facts; /* NslFact: what has to be collected for it, beside what its columns need */
	guint n_columns;	  /* 0: --output is not for it */
	const NslColumn *columns; /* the usual ones of those that there are to choose from */
	bool of_processes; /* a row is no namespace's: just those columns that tell of none */
	bool first_only;   /* of each namespace one process is shown, the first of those selected */
	bool for_programs; /* it is how something is written, not which rows there are */
	NslWriting writing; /* it is how any rows with columns are written; else LINES */
} NslFormatInfo;

extern const NslFormatInfo nsl_formats[NSL_FORMAT_COUNT];

/* The format called so, by this group (NULL: the first); NSL_FORMAT_COUNT where there is none. */
NslFormat nsl_format_find(const char *name, const char *group);

/* "table, summary, matrix ..."; transfer full. */
char *nsl_format_names(void);

/* What the JSON calls the host: the members of an object. */
void nsl_json_put_host(NslJsonWriter *json, const NslSnapshot *snapshot);

/*
 * What a namespace is (detail.c), for people ("eth0@if7 10.0.0.2/24", "uid 0→100000 ×65536") and as
 * JSON, whose schema has the fields of each type. The words are short; JSON has everything.
 */
#define NSL_DETAIL_FEW 4 /* interfaces, addresses of one, or ranges, on one line */
#define NSL_DETAIL_ALL G_MAXUINT

/*
 * The parts, such as one for each interface: texts that are safe to print, unless they are to be
 * bytes. None where nothing is known. Of more than `limit` interfaces or ranges of IDs the last
 * part says how many more; nor are all of an interface's addresses there, nor an interface that is
 * down, nor "lo" beside others. ALL leaves nothing out. Transfer full.
 */
GPtrArray *nsl_detail_parts(const NslNamespace *ns, guint limit, NslTextKind kind);

/* All on one line, a few of each kind. */
void nsl_detail_append(GString *text, const NslNamespace *ns, NslTextKind kind);

/* An object; null where it was not asked for, or is not known. */
void nsl_detail_put_json(NslJsonWriter *json, const char *key, const NslNamespace *ns);

/* It was asked for, and not all could be learnt. */
bool nsl_detail_is_missing(const NslNamespace *ns);

/* A column of the grid is lined up to no more than this: what is wider pushes its line wider. */
#define NSL_GRID_WIDEST 4096

/*
 * Columns of the grid beside those of nsl_columns: the inode of what the row is in
 * (NslRowMore.inodes), by type, and after the types what its children will be in. In JSON they are
 * in the object "ns".
 */
#define NSL_GRID_INODE NSL_COLUMN_COUNT

/* Writes a heading and the rows (NslRow), with these columns (NslColumn). */
void nsl_grid_write(const NslView *view, const GArray *rows, const GArray *columns,
		    const NslStyle *style, NslOutput *output);

void nsl_table_write(const NslView *view, const NslStyle *style, NslOutput *output);
void nsl_table_write_summary(const NslView *view, const NslStyle *style, NslOutput *output);
void nsl_containers_write(const NslView *view, const NslStyle *style, NslOutput *output);
void nsl_matrix_write(const NslView *view, const NslStyle *style, NslOutput *output);
void nsl_tree_write(const NslView *view, const NslStyle *style, NslOutput *output);
void nsl_json_write(const NslView *view, const NslStyle *style, NslOutput *output);
void nsl_dot_write(const NslView *view, const NslStyle *style, NslOutput *output);
void nsl_prometheus_write(const NslView *view, const NslStyle *style, NslOutput *output);

/* Changes between two snapshots. */
typedef struct NslChangesReport {
	const NslChanges *changes;
	const NslView *before; /* the earlier snapshot, of which something went */
	const NslView *after;
	const NslStyle *style;
	/* Lines begin with the time of the later one, where clocks are so many seconds ahead of
	 * UTC, and have a header (NslStyle). */
	bool timed;
	gint64 ahead;
} NslChangesReport;

/* As rows are written in the style; in lines a change is left out that another one implies. */
void nsl_changes_write(const NslChangesReport *report, NslOutput *output);

/* Everything, what is implied below what implies it. */
void nsl_changes_write_tree(const NslChangesReport *report, NslOutput *output);

/* One document. */
void nsl_changes_write_json(const NslChangesReport *report, NslOutput *output);
