/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The words of a filter's expression, one after the other, and how it is said that one is wrong.
 * How they go together is not known here.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "report/column.h"
#include "report/filter_value.h"

typedef enum NslFilterKind {
	NSL_FILTER_OR,	/* two operands or more */
	NSL_FILTER_AND, /* likewise */
	NSL_FILTER_NOT, /* one */
	/* Comparisons: two. */
	NSL_FILTER_EQ,
	NSL_FILTER_NE,
	NSL_FILTER_LT,
	NSL_FILTER_LE,
	NSL_FILTER_GT,
	NSL_FILTER_GE,
	NSL_FILTER_MATCH, /* the second one is a regular expression */
	NSL_FILTER_MISMATCH,
	/* Operands. */
	NSL_FILTER_COLUMN,
	NSL_FILTER_LITERAL,
	/* What is no part of the tree. */
	NSL_FILTER_OPEN,
	NSL_FILTER_CLOSE,
	NSL_FILTER_END,
} NslFilterKind;

static inline bool nsl_filter_is_comparison(NslFilterKind kind)
{
	return kind >= NSL_FILTER_EQ && kind <= NSL_FILTER_MISMATCH;
}

typedef struct NslFilterScanner {
	const char *expression;
	const char *at;	    /* behind the word: where the next one is looked for */
	const char *start;  /* of the word */
	NslFilterKind kind; /* of the word; before the first one: OR */
	NslColumn column;
	NslFilterValue value; /* LITERAL */
	char *text;	      /* LITERAL: that of the value; transfer full to who takes it */
	GError **error;
} NslFilterScanner;

/* Goes to the next word; false with NSL_ERROR_SYNTAX where there is none that is right. */
bool nsl_filter_advance(NslFilterScanner *scanner);

/*
 * Sets NSL_ERROR_SYNTAX: the message, the piece of the expression around the place, and a "^" under
 * it. Returns false, for `return nsl_filter_refuse(…)`.
 */
bool nsl_filter_refuse(const NslFilterScanner *scanner, const char *place, const char *format, ...)
	G_GNUC_PRINTF(3, 4);
