/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Progress: a line on a terminal that says how far something is which takes long, and which leaves
 * nothing behind. Nothing is shown of what is done within a second.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct NslProgress {
	int fd;	       /* of a terminal; -1: nothing is shown */
	guint columns; /* that it has */
	gint64 next;   /* when it may be written, in microseconds of g_get_monotonic_time() */
	guint shown;   /* columns that are written on now */
} NslProgress;

/* `fd` gets nothing where it is no terminal. */
void nsl_progress_start(NslProgress *progress, int fd, gint64 now);

/*
 * "nslist: reading open files 1,200 of 25,000", where it is time for it: after a second, and then
 * ten times a second. May be called as often as one likes. A NULL progress shows nothing.
 */
void nsl_progress_tell(NslProgress *progress, const char *what, guint done, guint total,
		       gint64 now);

/* Erases the line: to be called before anything else is written. */
void nsl_progress_clear(NslProgress *progress);
