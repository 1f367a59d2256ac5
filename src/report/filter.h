/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Filters: rows for which an expression over columns holds (--filter). The language is that of
 * scols-filter(5), util-linux 2.40, so that what is written for `lsns -Q` works:
 *
 *     or, ||                          binds least
 *     and, &&
 *     == != < <= > >= =~ !~           and eq ne lt le gt ge
 *     not, !                          binds most: it is of the column, value or (…) after it
 *
 * Words in whatever case. A number is decimal, 1.5 or with a suffix, 4K or 4KiB up to 16EiB; text
 * stands in "…" or '…', in which no character is special but the quote at the end; true and false
 * are that. A column's name is as for --output. (libsmartcols itself has "and" and "or" bind
 * alike; this is what its manual says.) Refused, since what libsmartcols makes of it nobody wants:
 * `not A == B` without parentheses, and A < B < C.
 *
 * A column's value is the value alone, as JSON has it: a COMMAND without "[docker:web] ",
 * " (for children)" and the "…" of a long one, a NAMESPACE without "**", no escapes but \xHH for
 * what is not UTF-8, in text of the expression as well.
 *
 * Two values are compared as the type of the one that stands in the expression, so PID == "7" is a
 * comparison of text, as is PID < "10"; of two columns, or two of the expression, as that of the
 * first; a number with one with a fraction as numbers with one. Text that is compared with a number
 * and is none is as if it were absent. With absent values no comparison holds, not even != and !~.
 * A column on its own, NSFS, holds where there is a value, and a number is not 0.
 *
 * =~ and !~ take a regular expression in quotes (GRegex, pcre2pattern(3)) that is found anywhere in
 * the value. Only the first NSL_FILTER_SUBJECT bytes of a value are looked at, backtracking is
 * bounded, and so is the time that costly matches may take together: where that is not enough to
 * decide, neither holds, and it is said.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "report/view.h"

#define NSL_FILTER_SUBJECT (32 << 10)

/* Expressions that have to hold, all of them. */
typedef struct NslFilter NslFilter;

NslFilter *nsl_filter_new(void);
void nsl_filter_free(NslFilter *filter);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NslFilter, nsl_filter_free)

/*
 * Adds an expression (bytes). Where it is wrong, false with NSL_ERROR_SYNTAX: what is wrong, the
 * expression, and a "^" under the place, in three lines.
 */
bool nsl_filter_add(NslFilter *filter, const char *expression, GError **error);

/* NslFact: what the columns in it need. */
guint nsl_filter_facts(const NslFilter *filter);

/*
 * Leaves of the view what the expressions hold for. NULL, or a warning where that could not be told
 * of all rows: bytes, transfer full.
 */
char *nsl_filter_apply(const NslFilter *filter, NslView *view);
