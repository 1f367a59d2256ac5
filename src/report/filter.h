/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Filters (--filter): the rows for which an expression over columns holds. The language is that of
 * scols-filter(5), util-linux 2.40, so that what is written for `lsns -Q` works:
 *
 *     or, ||                          binds least
 *     and, &&
 *     == != < <= > >= =~ !~           and eq ne lt le gt ge
 *     not, !                          binds most: it is of the column, value or (…) after it
 *
 * The case of words does not matter. A number is decimal, has a fraction (1.5), or a suffix (4K or
 * 4KiB, up to 16EiB). Text stands in "…" or '…', and only the quote at its end is special in it.
 * true and false are values. A column's name is as for --output. (libsmartcols itself gives "and"
 * and "or" the same precedence; this is what its manual says.) Refused, because libsmartcols
 * gives them a meaning that nobody expects: `not A == B` without parentheses, and A < B < C.
 *
 * A column's value is the value alone, as in the JSON: a COMMAND without "[docker:web] ",
 * "(for children) ", "(thread of 7) ", "<defunct> " (which CONTAINER, FOR-CHILDREN, TID and ZOMBIE
 * tell) and the "…" of a long one, a NAMESPACE without "**". Bytes that are not UTF-8
 * are \xHH, also in the expression's text; nothing else is escaped.
 *
 * Two values are compared as the type of the one that stands in the expression: PID == "7" and
 * PID < "10" compare text. Two columns, or two values of the expression, are compared as the type
 * of the first. A number and a number with a fraction are compared as numbers with fractions. Text
 * that is compared with a number, and is none, counts as absent. With an absent value no comparison
 * holds, not even != and !~. A column on its own (NSFS) holds where it has a value other than 0.
 * One that is yes or no (ROOT) is compared as that: with true, 1 and "yes", or any other value.
 *
 * With a column that is a list (NSPID, HELD-BY, SHARES) a comparison holds where it does for one of
 * the items; != and !~ where the item that == and =~ look for is not among them.
 *
 * =~ and !~ take a regular expression in quotes (GRegex, pcre2pattern(3)), which may match anywhere
 * in the value. Only the first NSL_FILTER_SUBJECT bytes of a value are searched, backtracking is
 * limited, and so is the CPU time of all slow matches together. Where that is not enough to decide,
 * neither operator holds, and nsl_filter_apply() says so.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "report/column.h"
#include "report/view.h"

#define NSL_FILTER_SUBJECT (32 << 10)

/* An expression as a tree, which filter_parse.c makes and filter.c evaluates. */
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

/* Expressions, all of which have to hold; at first there are none. */
typedef struct NslFilter {
	GPtrArray *nodes;    /* NslFilterNode, of all expressions */
	GPtrArray *roots;    /* NslFilterNode: the root of each expression */
	GStringChunk *texts; /* of literals */
	guint facts;	     /* NslFact: what the columns need */
} NslFilter;

NslFilter *nsl_filter_new(void);
void nsl_filter_free(NslFilter *filter);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NslFilter, nsl_filter_free)

/*
 * Adds an expression (bytes). If it is wrong, returns false and sets NSL_ERROR_SYNTAX: three lines
 * with the reason, the expression, and a "^" under the place.
 */
bool nsl_filter_add(NslFilter *filter, const char *expression, GError **error);

/*
 * Keeps those rows of the view for which all expressions hold. Returns NULL, or a warning where
 * that could not be decided for each row: bytes, transfer full.
 */
char *nsl_filter_apply(const NslFilter *filter, NslView *view);
