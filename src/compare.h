/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Comparing: a saved document with the system, or with another one (--diff), and the system with
 * itself (--watch): a snapshot each interval, and what has changed since the one before.
 */
#pragma once

#include "options.h"
#include "report/output.h"
#include "report/view.h"
#include "store/diff.h"

/*
 * Both snapshots of --diff. Where the document is about a part of its system, the selection becomes
 * that. False: a side cannot be had, or they are not about the same. Transfer full.
 */
bool nsl_compare_read(NslOptions *options, NslSnapshot **ret_before, NslSnapshot **ret_after,
		      GError **error);

/* What the options select of the snapshot. Both must live as long. Transfer full. */
NslView *nsl_compare_select(const NslOptions *options, const NslSnapshot *snapshot);

/* How they differ in the types of the later one. Both must live as long. Transfer full. */
NslChanges *nsl_compare_views(const NslView *before, const NslView *after);

/* What main.c does of it. */
typedef struct NslWatchCalls {
	NslStyle (*choose_style)(const NslOptions *options); /* of the terminal as it is now */
	/* char *, transfer full; without an element where there are to be none. */
	GPtrArray *(*list_warnings)(const NslOptions *options, const NslSnapshot *snapshot);
	void (*complain)(const char *format, ...) G_GNUC_PRINTF(1, 2);
} NslWatchCalls;

/*
 * Watches. A snapshot that cannot be taken is told of, and left out: the next one is compared with
 * the last that could. Warnings are told once, and again after they have been away for some rounds.
 *
 * It ends where nobody reads the output any more, or it cannot be written: then true, and
 * nsl_output_finish() says which. SIGINT and SIGTERM end the program, unless they are ignored: with
 * 0, and whole lines. False: the first snapshot could not be taken.
 */
bool nsl_watch(const NslOptions *options, const NslWatchCalls *calls, NslOutput *output,
	       GError **error);

/* When the next round begins: a whole number of intervals after `last`, and after `now`. */
gint64 nsl_watch_next(gint64 last, gint64 interval, gint64 now);
