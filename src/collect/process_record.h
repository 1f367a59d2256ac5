/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a worker reads of one process, for the pass over all of them (processes.c): from the census
 * and the procfs to a record. What becomes of the records is not known here.
 */
#pragma once

#include "base/worker.h"
#include "collect/closing.h"
#include "collect/collect.h"

typedef enum NslProcessOutcome {
	NSL_OUTCOME_PLAIN,  /* only in namespaces that are of no interest */
	NSL_OUTCOME_LISTED, /* the rest of the record is there */
	NSL_OUTCOME_GONE,
	NSL_OUTCOME_ERROR, /* `error`: its links could not be read */
} NslProcessOutcome;

/* What a worker sends about a process; nspid, cgroups, command line and comm follow. */
typedef struct NslProcessRecord {
	NslProcessOutcome outcome;
	gint32 error;	      /* -errno of the links */
	gint32 command_error; /* of the command line */
	gint32 stat_error;
	gint32 status_error;
	gint32 cgroup_error;
	bool threaded; /* it has more than one thread */
	bool command_truncated;
	bool has_command; /* else it has none, or it was not tried */
	bool has_stat;
	bool has_status;
	bool kthread;
	bool doubtful; /* its exit has begun, so its cgroups may not be those that are said */
	guint32 comm_size;
	guint32 command_size;
	guint32 cgroup_size;
	NslLinks links;
	guint32 ppid;
	guint32 uid;
	guint64 start_ticks;
	guint32 n_nspid;
} NslProcessRecord;

/* What the workers that read processes know. */
typedef struct NslProcessReader {
	const NslCollect *collect;
	NslNsTypes types;
	guint32 last_pid;	  /* that was given out before they were listed; 0: not known */
	guint32 own_pid;	  /* as the procfs counts; 0: it does not show it */
	NslWorkCounter *commands; /* bytes of command line so far */
	GHashTable *doubted;	  /* set of PIDs that were doubtful once, for closing the scan */
} NslProcessReader;

/* How much of a process is of interest. */
typedef enum NslInterest {
	NSL_INTEREST_NONE,
	NSL_INTEREST_MEMBER, /* it is in a namespace that is not a root one, so that is not empty */
	NSL_INTEREST_SHOWN,  /* of such a namespace a row will be shown */
} NslInterest;

NslInterest nsl_process_interest(const NslProcessReader *reader, const NslLinks *links);

/* It is shown whatever it is in. */
bool nsl_process_is_asked_for(const NslProcessReader *reader, guint32 pid);

/* Appends its record to `out`. `careful`: as in base/worker.h; then its command line is left out.
 */
void nsl_process_record_read(const NslProcessReader *reader, const NslProcfsEntry *entry,
			     bool careful, GByteArray *out);

/* NslClosingFunc, with a reader as its data: of who was not there when the others were listed. */
NslClosingResult nsl_process_record_read_new(gpointer data, const NslProcfsEntry *entry,
					     bool careful, GByteArray *out);

/* A zombie is in no mount namespace. */
bool nsl_process_record_is_zombie(const NslProcessReader *reader, const NslProcessRecord *record);
