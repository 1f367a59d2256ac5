/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which processes there are, and whether these are all: a process can fork and end while /proc is
 * read, so that it is gone when its turn comes and its child is not in the listing. To close the
 * scan /proc is listed again and what is new is read at once, until all processes of one listing
 * could be read. Then none is missing: of a process that only ever forks and ends, a child is in
 * each listing. How a process is read is not known here.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "collect/collect.h"

/*
 * Which processes there are (NslProcfsEntry, by PID), and those that are selected among them. Notes
 * which others the procfs does not show. False: nothing can be listed.
 */
bool nsl_collect_process_list(NslCollect *collect, GArray *entries, GError **error);

typedef enum NslClosingResult {
	NSL_CLOSING_READ,   /* the record is whole */
	NSL_CLOSING_ENDED,  /* a zombie: it is not looked at again; what it was is missing */
	NSL_CLOSING_MISSED, /* it is gone, or changed meanwhile: there is no record */
} NslClosingResult;

/* Reads a process and appends its record to `out`. `careful`: as in base/worker.h. */
typedef NslClosingResult NslClosingFunc(gpointer data, const NslProcfsEntry *entry, bool careful,
					GByteArray *out);

/* A process that was read; its record belongs to the NslClosing. */
typedef struct NslClosedRecord {
	guint32 pid;
	NslWorkItem item; /* SKIPPED: it was read carefully, since another one did not answer */
} NslClosedRecord;

typedef struct NslClosing {
	NslCollect *collect;
	GHashTable *settled;  /* PID to inode, as NslProcfsEntry: need no further look */
	gint64 budget;	      /* microseconds of CPU time; on a busy machine not much more in all */
	NslClosingFunc *read; /* is called in a worker */
	gpointer data;
	/* In the worker: */
	guint32 own_pid;
	bool careful;
	gint64 cpu_end; /* of the budget, as the CPU time counts */
	gint64 end;	/* as g_get_monotonic_time() counts */
	GByteArray *out;
	GHashTable *unread; /* set, by PID and inode: those that were missed so far */
	/* Afterwards: */
	GArray *records; /* NslClosedRecord, by PID, each once */
	bool closed;	 /* false: to the end some could not be read */
	guint missed;	 /* how many processes could not be read, at no look */
	NslWork *work;	 /* has the records' bytes; NULL: there was nothing to do */
} NslClosing;

/* Adds a process to those that are settled. */
void nsl_closing_settle(GHashTable *settled, const NslProcfsEntry *entry);

/* 0, or -errno where /proc cannot be listed: then it is as if it were closed. */
int nsl_closing_run(NslClosing *closing);
void nsl_closing_clear(NslClosing *closing);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(NslClosing, nsl_closing_clear)
