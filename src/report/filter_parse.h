/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Parsed filters: an expression as a tree. filter.h describes the language; filter.c evaluates the
 * tree.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "report/column.h"

typedef enum NslFilterType {
	NSL_FILTER_TRUTH,
	NSL_FILTER_TEXT,
	NSL_FILTER_NUMBER,
	NSL_FILTER_REAL, /* a number with a fraction */
} NslFilterType;

typedef struct NslFilterValue {
	NslFilterType type;
	const char *text; /* UTF-8: how a value of any type is written; NULL: absent */
	guint n_further;  /* items of a list, which follow the text, a NUL before each */
} NslFilterValue;

/* Of a node, and of the token that it is made of. */
typedef enum NslFilterKind {
	NSL_FILTER_OR, /* OR, AND: two operands or more */
	NSL_FILTER_AND,
	NSL_FILTER_NOT, /* one operand */
	NSL_FILTER_EQ,	/* comparisons, up to MISMATCH: two operands */
	NSL_FILTER_NE,
	NSL_FILTER_LT,
	NSL_FILTER_LE,
	NSL_FILTER_GT,
	NSL_FILTER_GE,
	NSL_FILTER_MATCH, /* MATCH, MISMATCH: the second operand is a regular expression */
	NSL_FILTER_MISMATCH,
	NSL_FILTER_COLUMN, /* COLUMN, LITERAL: no operands */
	NSL_FILTER_LITERAL,
	NSL_FILTER_OPEN, /* OPEN, CLOSE, END: tokens only */
	NSL_FILTER_CLOSE,
	NSL_FILTER_END,
} NslFilterKind;

typedef struct NslFilterNode {
	NslFilterKind kind;
	struct NslFilterNode *first; /* operand; the others follow by `next`; transfer none */
	struct NslFilterNode *next;
	NslFilterType as;     /* comparison: the type that both operands are compared as */
	NslFilterValue value; /* the type is set for all nodes, the text for LITERAL */
	NslColumn column;
	GRegex *regex;
} NslFilterNode;

/* Expressions, all of which have to hold. */
struct NslFilter {
	GPtrArray *nodes;    /* NslFilterNode, of all expressions */
	GPtrArray *roots;    /* NslFilterNode: the root of each expression */
	GStringChunk *texts; /* of literals */
	guint64 columns;     /* a bit for each that is in it */
	guint facts;	     /* NslFact: what the columns need */
};
