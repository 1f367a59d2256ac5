/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The formats: what they have in common. Each is a file of its own, and one row in the table of
 * formats.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "model/facts.h"
#include "report/output.h"
#include "report/view.h"

typedef enum NslFormat {
	NSL_FORMAT_TABLE,
	NSL_FORMAT_TREE,
	NSL_FORMAT_TREE_OWNER,
	NSL_FORMAT_TREE_PARENT,
	NSL_FORMAT_TREE_CONTAINER,
	NSL_FORMAT_JSON,
	NSL_FORMAT_DOT,
	NSL_FORMAT_PROMETHEUS,
	NSL_FORMAT_COUNT,
} NslFormat;

/* How it is to look. */
typedef struct NslStyle {
	guint columns; /* lines are cut to this width; 0: not at all */
	bool headings;
	bool ascii_lines;     /* draw trees with ASCII */
	const GArray *output; /* NslColumn, of the table; NULL: the default ones */
	bool ascii_only;      /* the terminal does not understand UTF-8: escape it */
	bool details;	      /* also what each namespace is */
	bool single;	      /* a namespace that alone was asked for is described first */
} NslStyle;

typedef struct NslFormatInfo {
	const char *name;
	guint facts; /* NslFact: what has to be collected for it */
	void (*write)(const NslView *view, const NslStyle *style, NslOutput *output);
	const char *group; /* of the trees, which share a name: by what; NULL: it has none */
} NslFormatInfo;

extern const NslFormatInfo nsl_formats[NSL_FORMAT_COUNT];

/* The format called so, by this group (NULL: the first); NSL_FORMAT_COUNT where there is none. */
NslFormat nsl_format_find(const char *name, const char *group);

void nsl_table_write(const NslView *view, const NslStyle *style, NslOutput *output);
/* The columns that there are, with help: as text, or as JSON. */
void nsl_columns_write(NslOutput *output);
void nsl_columns_write_json(NslOutput *output);

void nsl_grid_write(const NslView *view, const NslStyle *style, NslOutput *output);
void nsl_tree_write(const NslView *view, const NslStyle *style, NslOutput *output);
void nsl_tree_relation_write_owner(const NslView *view, const NslStyle *style, NslOutput *output);
void nsl_tree_relation_write_parent(const NslView *view, const NslStyle *style, NslOutput *output);
void nsl_tree_container_write(const NslView *view, const NslStyle *style, NslOutput *output);
void nsl_dot_write(const NslView *view, const NslStyle *style, NslOutput *output);
void nsl_prometheus_write(const NslView *view, const NslStyle *style, NslOutput *output);
void nsl_json_write(const NslView *view, const NslStyle *style, NslOutput *output);
