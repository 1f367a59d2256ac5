/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An expression of a filter, as a tree; what the language is, filter.h says. Nothing is evaluated
 * here.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "report/filter_scan.h"

typedef struct NslFilterNode {
	NslFilterKind kind;
	struct NslFilterNode *first; /* operand; transfer none, as is the next one */
	struct NslFilterNode *next;
	NslFilterType as; /* comparison: the type that both are compared as */
	NslColumn column;
	NslFilterValue value; /* LITERAL: of the type that it is compared as */
	char *text;	      /* LITERAL: that of the value, or the regular expression as given */
	GRegex *regex;
} NslFilterNode;

/* An array that owns its nodes; they refer to each other. */
GPtrArray *nsl_filter_nodes_new(void);

/* The type of a column's values. */
NslFilterType nsl_filter_column_type(NslColumn column);

/*
 * The expression's root, NULL with NSL_ERROR_SYNTAX where it is wrong; `nodes` gets all the nodes.
 */
NslFilterNode *nsl_filter_parse(const char *expression, GPtrArray *nodes, GError **error);
