/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The second census: which task is in which namespaces, and which open files hold some, by the
 * kernel's iterators over tasks and files (base/bpf.h) in place of /proc/PID/ns, /proc/PID/task and
 * /proc/PID/fd. It says the same, in a few milliseconds for thousands of processes, where the
 * kernel and the caller's rights allow it. Command lines and all else still come from the procfs.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "base/procfs.h"
#include "model/nstype.h"
#include "model/snapshot.h"

/* What both censuses say of a task: inodes as its links show them, 0 where there is no link. */
typedef struct NslLinks {
	guint64 ns[NSL_NSTYPE_COUNT];
	guint64 for_children[NSL_NSTYPE_COUNT]; /* 0 too where they are those above */
	/* Tasks with the same number are in the same cgroups of all hierarchies; 0: not known. */
	guint64 cgroup_key;
} NslLinks;

/* Whether they name the same namespaces. */
bool nsl_links_are_equal(const NslLinks *a, const NslLinks *b);

typedef struct NslCensusTask {
	guint32 pid;
	guint32 tid;
	NslLinks links;
	guint64 start; /* when it was started */
	guint64 files; /* its table of open files; 0: none */
	char comm[16];
	bool ending; /* its exit has begun */
	/* What nsl_census_confirm() has found: */
	bool gone;
	bool moved;   /* to other cgroups */
	bool changed; /* it is in other namespaces than it was */
} NslCensusTask;

typedef struct NslCensus NslCensus;

/* --census */
typedef enum NslCensusWhen {
	NSL_CENSUS_AUTO,   /* where there are enough tasks, and it can be taken */
	NSL_CENSUS_PROCFS, /* never: the procfs is read */
	NSL_CENSUS_BPF,	   /* always */
	NSL_CENSUS_COUNT,
} NslCensusWhen;

/*
 * Takes the census of the running system. NULL: it is not worth it, the kernel cannot, the caller
 * may not, or `when` is never. With NSL_CENSUS_BPF there is an error instead.
 */
bool nsl_census_take(const NslProcfs *procfs, NslCensusWhen when, NslCensus **ret_census,
		     GError **error);
void nsl_census_free(NslCensus *census);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NslCensus, nsl_census_free)

/*
 * Takes the census once more: which of the processes are still there, and where they are. What was
 * read by the PID of one that is there, since the first census, was of that process. May be called
 * again. 0 or -errno.
 */
int nsl_census_confirm(NslCensus *census);

/* The processes (NslCensusTask, by PID), and those of their other threads that differ from
 * them in their namespaces, their table of open files, or both. */
const GArray *nsl_census_processes(const NslCensus *census);
const GArray *nsl_census_threads(const NslCensus *census);
const NslCensusTask *nsl_census_find(const NslCensus *census, guint32 pid);

/* The links of a thread that are other than its process's; false: none. The others are 0. */
bool nsl_census_differs(const NslCensus *census, const NslCensusTask *thread, NslLinks *ret_links);

/* A table of open files that is not its process's. */
bool nsl_census_has_own_files(const NslCensus *census, const NslCensusTask *thread);

/*
 * Tells of all open files that hold namespaces: their own files, and sockets and tun devices of
 * other net namespaces than their task's. 0, or -errno: then nothing has been told.
 */
typedef struct NslCensusFiles {
	void (*take)(gpointer data, NslNsType type, guint64 inode, const NslHolder *holder);
	void (*cut)(gpointer data, guint32 pid); /* the task has more than `limit`: once a task */
	gpointer data;
	guint limit; /* see nsl_tally_new() */
} NslCensusFiles;
int nsl_census_files(const NslCensus *census, const NslProcfs *procfs, const NslCensusFiles *files);
