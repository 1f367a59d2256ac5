/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Between the two sides of worker.h: what they share in memory, and the entry of the worker's
 * side. For worker.c and worker_child.c alone.
 */
#pragma once

#include <glib.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/worker.h"

/* The items are done in this order; each queue has workers of its own. */
typedef enum NslWorkQueue {
	NSL_QUEUE_ALL,	   /* each item */
	NSL_QUEUE_LOST,	   /* those whose records a worker that is left behind has not sent */
	NSL_QUEUE_CAREFUL, /* those that failed or were not tried, carefully */
	NSL_QUEUE_COUNT
} NslWorkQueue;

/* What one worker publishes, on a cache line of its own. */
typedef struct NslWorkSlot {
	_Alignas(64) _Atomic guint64 now; /* count << 32 | item + 1 while it does one, else 0 */
	_Atomic bool no_memory;		  /* that is why it ends */
} NslWorkSlot;

typedef struct NslWorkShared {
	_Atomic guint32 next[NSL_QUEUE_COUNT]; /* how many items of each queue are claimed */
	_Atomic bool careful;		       /* from now on everything is done carefully */
	NslWorkSlot slots[];
} NslWorkShared;

/* What a worker is started for. */
typedef struct NslWorkOrder {
	const NslWorkSpec *spec;
	NslWorkShared *shared;
	NslWorkSlot *slot;
	NslWorkQueue queue;
	const guint32 *items; /* of the queue; NULL: the numbers from 0 on */
	guint n_items;
	int pipe;	/* its end */
	pid_t parent;	/* who starts it */
	guint64 mapped; /* bytes that are mapped in it already; 0: not known */
} NslWorkOrder;

/* The life of a worker, in the forked child: claims items of its queue until none is left. */
_Noreturn void nsl_work_child(const NslWorkOrder *order);
