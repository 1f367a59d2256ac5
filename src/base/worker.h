/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Expendable workers: child processes that do what may block for ever on someone else's
 * behaviour (a process's command line, a path into a dead mount, a name service), so that it can
 * be given up. What an item of work is, the caller knows; here items are numbers and their
 * records bytes.
 *
 * Workers claim items in blocks from a shared counter and send each item's record over a pipe of
 * their own. A worker that sleeps 20 ms on one item is joined by further ones, which do the rest
 * and that item's careful variant. The run ends when all items are done, or when there was nothing
 * but sleepers for 220 ms in all (with what it takes to notice them, a quarter of a second): those
 * are killed and not waited for. A sleep is told from a busy machine by the task's state and its
 * count of turns on a CPU, not by the clock.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "base/progress.h"

/*
 * Does one item in a worker: appends its record, of any size up to 16 MiB, to `out`. With
 * `careful` it must leave out whatever may block. The worker has /dev/null as its standard
 * descriptors, those of NslWorkSpec.keep, and no others.
 */
typedef void NslWorkFunc(gpointer data, guint item, bool careful, GByteArray *out);

/*
 * Whether a blocked item deserves more time, since the one who blocks it is only waiting for a
 * CPU. Called in the caller's process: must not block.
 */
typedef bool NslWorkWaitFunc(gpointer data, guint item);

typedef struct NslWorkSpec {
	guint n_items;
	NslWorkFunc *run;
	NslWorkWaitFunc *deserves_time; /* may be NULL */
	gpointer data;			/* for both */
	int keep[2];			/* descriptors that the workers need, -1 for none */
	NslProgress *progress;		/* is told how many items are whole; NULL: nobody is */
	const char *what;		/* the items are, in its words */
	gint64 *waited; /* microseconds spent on nothing but sleepers: runs that share it share the
			 * quarter of a second too; NULL: this run has it to itself */
} NslWorkSpec;

typedef enum NslWorkState {
	NSL_WORK_DONE,	  /* the record is whole */
	NSL_WORK_BLOCKED, /* the item did not answer; the record, if any, is the careful one */
	NSL_WORK_SKIPPED, /* not tried, since too many others were blocked; the careful record */
	NSL_WORK_CRASHED, /* a worker died on it; the record, if any, is the careful one */
	NSL_WORK_NOBODY,  /* no process could be started to do it: the careful record */
} NslWorkState;

/* The -errno that says as much: 0, -ETIMEDOUT, -ECHILD or -EAGAIN. */
int nsl_work_errno(NslWorkState state);

typedef struct NslWorkItem {
	NslWorkState state;
	const guint8 *record; /* NULL: there is none */
	gsize size;
} NslWorkItem;

/*
 * The items' results, one each, in their order. Transfer full; never NULL: where no process can be
 * made, all is done carefully in this one.
 */
typedef struct NslWork NslWork;
NslWork *nsl_work_run(const NslWorkSpec *spec);
NslWorkItem nsl_work_get(const NslWork *work, guint item);
void nsl_work_free(NslWork *work);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NslWork, nsl_work_free)
