/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Expendable workers: child processes that do what may block for ever on someone else's
 * behaviour (a process's command line, a path into a dead mount, a name service). What an item of
 * work is, the caller knows; here items are numbers and their records bytes.
 *
 * Two ideas. A worker that does not answer is left behind: after 10 ms asleep on one item two
 * others go on with the rest, while it may still answer. And all waiting has one budget, a quarter
 * of a second: when it is spent, whoever is left behind is killed and not waited for. What is done
 * carefully waits for nobody, so that it has time of its own for a machine that is busy.
 */
#pragma once

#include <glib.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/progress.h"

/*
 * Does one item in a worker: appends its record to `out`. With `careful` it must leave out
 * whatever may block. The worker has /dev/null as its standard descriptors, those of
 * NslWorkSpec.keep, and no others. It may use some 256 MiB of memory and 1,024 descriptors, and
 * leaves no core file. Items that take more than a quarter of a second of CPU, light ones more than
 * some 10 ms, have 5 s in all, whichever worker does them; once those are spent, each such item
 * fails. An item that fails (it blocks, the worker dies on it, or it takes too much) is done once
 * more, carefully.
 */
typedef void NslWorkFunc(gpointer data, guint item, bool careful, GByteArray *out);

/*
 * Does one item in this process, where nothing of it can wait for anybody: appends its whole record
 * to `out`. False: the item is one for a worker.
 */
typedef bool NslWorkAtOnce(gpointer data, guint item, GByteArray *out);

/* For NslWorkFunc: appends to the record. */
void nsl_work_send(GByteArray *out, gconstpointer bytes, gsize size);

/*
 * For NslWorkFunc: what stands in `out` is a final part of the record; it is sent, and `out` is
 * empty afterwards. So a record of any size takes little memory in the worker, and what was sent is
 * not lost when the rest fails. Outside a worker it does nothing.
 */
void nsl_work_stream(GByteArray *out);

/* A number that all workers share and add to, 0 at first. Ends the program where there is no
 * memory. */
typedef _Atomic guint64 NslWorkCounter;
NslWorkCounter *nsl_work_counter_new(void);
void nsl_work_counter_free(NslWorkCounter *counter);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NslWorkCounter, nsl_work_counter_free)

typedef struct NslWorkSpec {
	guint n_items;
	NslWorkFunc *run;
	NslWorkAtOnce *at_once; /* is asked where items are few; NULL: all are for workers */
	gpointer data;
	bool light;	       /* an item takes hardly any CPU, unless somebody wants it to */
	int keep[2];	       /* descriptors that the workers need, -1 for none */
	NslProgress *progress; /* is told how many items are whole; NULL: nobody is */
	const char *what;      /* the items are, in its words */
	gint64 *waited; /* microseconds spent by all runs of a listing; NULL: its own budget */
} NslWorkSpec;

typedef enum NslWorkState {
	NSL_WORK_DONE,	    /* the record is whole */
	NSL_WORK_BLOCKED,   /* the item did not answer in time */
	NSL_WORK_SKIPPED,   /* not tried but carefully, since too many others were blocked */
	NSL_WORK_CRASHED,   /* a worker died on it */
	NSL_WORK_TOO_LARGE, /* it took more memory than a worker may have */
	NSL_WORK_NOBODY,    /* no process could be started to do it: done carefully in this one */
} NslWorkState;

/* The -errno that says as much: 0, -ETIMEDOUT, -ECHILD, -ENOMEM or -EAGAIN. */
int nsl_work_errno(NslWorkState state);

typedef struct NslWorkItem {
	NslWorkState state;
	const guint8 *record; /* unless DONE: the careful one, else what was streamed before the
			       * failure; NULL: there is none */
	gsize size;
} NslWorkItem;

/*
 * The items' results, one each, in their order. Transfer full; never NULL: where no process can be
 * made, all is done carefully in this one.
 */
typedef struct NslRecords NslWork;
NslWork *nsl_work_run(const NslWorkSpec *spec);
NslWorkItem nsl_work_get(const NslWork *work, guint item);

/* Takes the next `size` bytes of an item's record. False: there are no more, or not so many. */
bool nsl_work_take(NslWorkItem *item, gpointer ret_bytes, gsize size);

/* The same as text. NULL: there are not so many. Transfer full. */
char *nsl_work_take_text(NslWorkItem *item, gsize size);

/* Frees its record, which is empty from now on. */
void nsl_work_drop(NslWork *work, guint item);
void nsl_work_free(NslWork *work);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NslWork, nsl_work_free)
