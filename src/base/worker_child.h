/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Between the two sides of worker.h: what they share in memory and over the pipe, and the entry
 * of the worker's side. For worker.c and worker_child.c alone.
 */
#pragma once

#include <glib.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/worker.h"

/* What one worker publishes, on a cache line of its own. */
typedef struct NslWorkSlot {
	_Alignas(64) _Atomic guint64 now; /* count << 32 | item + 1 while it does one, else 0 */
	_Atomic guint32 first;		  /* the block that it claimed last: first … end - 1 */
	_Atomic guint32 end;
} NslWorkSlot;

typedef struct NslWorkShared {
	_Atomic guint32 next; /* the first item that nobody has claimed */
	_Atomic bool careful; /* from now on everything */
	guint32 block;	      /* how many items a claim is for */
	NslWorkSlot slots[];
} NslWorkShared;

/* An item that a helper is started for. */
typedef struct NslWorkTodo {
	guint32 item;
	bool careful;
} NslWorkTodo;

/* Stands before each record in the pipe. */
typedef struct NslWorkHeader {
	guint32 item;
	guint32 size;
	guint32 careful;
} NslWorkHeader;

/*
 * The life of a worker, in the forked child: does `todo`, then claims blocks until none is left.
 * `parent` is the PID of the process that forked it.
 */
_Noreturn void nsl_work_child(const NslWorkSpec *spec, NslWorkShared *shared, NslWorkSlot *slot,
			      int pipe, pid_t parent, const GArray *todo);
