/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Watching (--watch): a snapshot each interval, and what has changed since the one before.
 *
 * A snapshot that cannot be taken is told of, and left out: the next one is compared with the last
 * that could. Warnings are told once, and again after they have been away for some rounds.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "options.h"
#include "report/output.h"

/* What main.c does of it. */
typedef struct NslWatchCalls {
	NslStyle (*choose_style)(const NslOptions *options); /* of the terminal as it is now */
	/* char *, transfer full; without an element where there are to be none. */
	GPtrArray *(*list_warnings)(const NslOptions *options, const NslSnapshot *snapshot);
	void (*complain)(const char *message);
} NslWatchCalls;

/*
 * Watches until nobody reads the output any more, or it cannot be written: then true, and
 * nsl_output_finish() says which. SIGINT and SIGTERM end the program, unless they are ignored: with
 * 0, and whole lines. False: the first snapshot could not be taken.
 */
bool nsl_watch(const NslOptions *options, const NslWatchCalls *calls, NslOutput *output,
	       GError **error);

/* When the next round begins: a whole number of intervals after `last`, and after `now`. */
gint64 nsl_watch_next(gint64 last, gint64 interval, gint64 now);
