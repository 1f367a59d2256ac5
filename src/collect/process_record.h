/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The visit of one process, in a worker, by either source: from the census and the procfs to a
 * record. Who is visited, and what becomes of the records, is in processes.c.
 */
#pragma once

#include "collect/census.h"
#include "collect/process_list.h"

/* How much of a process is of interest. */
typedef enum NslInterest {
	NSL_INTEREST_NONE,
	NSL_INTEREST_MEMBER, /* it is in a namespace that is not a root one, so that is not empty */
	NSL_INTEREST_NAMED,  /* its cgroups and name are read, too: containers are told by them */
	NSL_INTEREST_SHOWN,  /* a row will be shown of such a namespace */
} NslInterest;

/* What a worker sends about a process; the bytes of the parts follow. */
typedef struct NslProcessRecord {
	gint32 error; /* -errno: it is gone (nsl_is_gone()), or its links could not be read */
	NslInterest interest;	       /* NAMED, SHOWN: it has a name, which may be empty */
	gint32 errors[NSL_PART_COUNT]; /* -errno of the parts */
	guint32 sizes[NSL_PART_COUNT]; /* bytes of the parts */
	bool threaded;		       /* it has more than one thread */
	bool command_truncated;
	bool command_left; /* as in NslProcess */
	bool in_passing;   /* as in NslProcess */
	bool cgroup_lost;  /* likewise */
	bool has_stat;
	bool has_status;
	bool kthread;
	/*
	 * Its exit has begun, so its cgroups may not be those that are said; or it went to other
	 * namespaces while it was read.
	 */
	bool doubtful;
	guint32 ppid;
	guint32 uid;
	guint64 start_ticks;
	NslLinks links; /* last: it is left out where the census has them */
} NslProcessRecord;

typedef struct NslProcessScan {
	NslCollect *collect;
	NslNsTypes types;
	guint32 own_pid;	  /* as the procfs counts; 0: it does not show it */
	NslWorkCounter *commands; /* bytes of command line so far */
	GHashTable *doubted; /* set of PIDs that were doubtful once, while the scan is closed */
	GArray *entries;     /* NslProcfsEntry */
	GHashTable *places;  /* set of NslProcessPlace, by links */
	GHashTable *cgroups; /* set of GRefString: the cgroups of processes that are listed */
} NslProcessScan;

/* What all processes with the same links have in common. */
typedef struct NslProcessPlace {
	NslLinks links; /* first: it is the key */
	NslInterest interest;
	guint32 lowest;		 /* the first PID that the census has there; 0: nobody asks */
	const NslProcess *first; /* that the snapshot has; NULL: none yet */
} NslProcessPlace;

/* Transfer none. */
NslProcessPlace *nsl_process_place(const NslProcessScan *scan, const NslLinks *links);

/* What is to be shown whatever it is in, is so here. */
NslInterest nsl_process_interest(const NslProcessScan *scan, guint32 pid, const NslLinks *links);

/* Bytes of a process's record before its parts. `known`: what the census has of it, or NULL. */
gsize nsl_process_record_size(const NslCensusTask *known);

/*
 * Whether its command line is of interest: of those that are read in passing it is not, since
 * nobody is to wait for theirs; and see NSL_FACT_COMMANDS. `known`: what the census has of it, or
 * NULL.
 */
bool nsl_process_wants_command(const NslProcessScan *scan, guint32 pid,
			       const NslProcessRecord *record, const NslCensusTask *known);

/* NslWorkFunc, of the entries of a scan. Carefully, command lines are left out. */
void nsl_process_read(gpointer data, guint item, bool careful, GByteArray *out);

/* NslWorkAtOnce, likewise: those of whom the census tells all, and kernel threads. */
bool nsl_process_read_at_once(gpointer data, guint item, GByteArray *out);

/* NslClosingFunc, of a scan: a process that was not there when the others were listed. */
NslClosingResult nsl_process_read_new(gpointer data, const NslProcfsEntry *entry, bool careful,
				      GByteArray *out);

/* What closing the scan needs to know of a record. */
NslClosingResult nsl_process_result(const NslProcessScan *scan, const NslProcessRecord *record);

/* A zombie is in no mount namespace. */
bool nsl_process_is_zombie(const NslProcessScan *scan, const NslProcessRecord *record);
