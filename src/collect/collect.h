/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Collecting: the ordered table of passes that fill a snapshot from the running system (or from
 * a recorded procfs). Each source of namespaces is one pass, in a file of its own.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "base/procfs.h"
#include "base/progress.h"
#include "collect/census.h"
#include "model/selection.h"
#include "model/snapshot.h"

/* A process, or with a `tid` one of its threads. */
typedef struct NslTask {
	guint32 pid;
	guint32 tid;
} NslTask;

typedef struct NslCollect {
	NslSnapshot *snapshot; /* its root namespaces are known */
	const NslProcfs *procfs;
	NslSelection *selection; /* paths in it become what they stand for */
	guint facts;		 /* NslFact */
	NslProgress *progress;	 /* is told how far it is; NULL: nobody is */
	/* What one pass leaves to the next; made by nsl_collect_begin(). */
	GArray *pids;		 /* guint32: the processes that are looked at */
	GArray *threaded;	 /* guint32: those of them with more than one thread */
	GHashTable *unreadable;	 /* set of their PIDs: even the namespaces could not be read */
	GHashTable *mnt_members; /* guint64 to PID: a member of each mount namespace that has one */
	GArray *own_fds;	 /* NslTask: threads that have open files of their own */
	NslCensus *census;	 /* NULL: the procfs is read instead */
	gint64 waited;		 /* microseconds, for what is blocked, by all passes */
	guint same_fds; /* so many descriptors of one namespace are listed of each task that has
			 * them; 0, until nsl_collect_begin(): NSL_SAME_FDS */
} NslCollect;

#define NSL_SAME_FDS 200000

/* Runs the passes. What could not be read is noted in the snapshot; fails where nothing can be. */
bool nsl_collect(NslCollect *collect, GError **error);

/* Before the first and after the last pass, for who runs single ones. */
void nsl_collect_begin(NslCollect *collect);
void nsl_collect_end(NslCollect *collect);

/*
 * Whether the procfs counts PIDs as the caller does, and both as the initial PID namespace does:
 * then every process of the system is in it.
 */
bool nsl_collect_sees_all_pids(const NslProcfs *procfs);

/* A key for hash tables by g_int64_hash(). Transfer full. */
guint64 *nsl_collect_key(guint64 number);

/* Notes that all of a source is looked at, unless an issue has said by now that it is not. */
void nsl_collect_cover(NslCollect *collect, NslSource source);

/*
 * Notes a -errno of a pass, unless it is 0 or tells that something has gone; `pid` as in
 * nsl_snapshot_note().
 */
void nsl_collect_note(NslCollect *collect, NslSource source, const char *what, int result,
		      guint32 pid);
