/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Collecting: the passes that fill a snapshot from the running system (or from a recorded procfs),
 * and what they share. Each source of namespaces is one pass, in a file of its own.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "base/btf.h"
#include "base/mounts.h"
#include "base/procfs.h"
#include "base/progress.h"
#include "base/worker.h"
#include "collect/rings.h"
#include "model/selection.h"
#include "model/snapshot.h"

/* A process, or with a `tid` one of its threads. */
typedef struct NslTask {
	guint32 pid;
	guint32 tid;
} NslTask;

/* Which namespaces a task is in: inodes as its links show them, 0 where there is no link. */
typedef struct NslLinks {
	guint64 ns[NSL_NSTYPE_COUNT];
	guint64 for_children[NSL_NSTYPE_COUNT]; /* 0 too where they are those above */
} NslLinks;

typedef struct NslCensus NslCensus; /* census.h */

/*
 * What is known of BPF, and what the kernel has loaded. Collections one after the other have it in
 * common, so that each program is loaded once. All NULL at first.
 */
typedef struct NslCollectKept {
	NslBtf *btf;	   /* of the running kernel; NULL: it has not been read */
	NslRings *rings;   /* NULL: the kernel's own lists cannot be had */
	NslCensus *census; /* NULL: the procfs is read instead */
	bool no_bpf;	   /* it is not there, or not for the caller: only if it has to be tried */
} NslCollectKept;

void nsl_collect_kept_clear(NslCollectKept *kept);

typedef struct NslCollect {
	NslSnapshot *snapshot; /* its root namespaces are known */
	const NslProcfs *procfs;
	NslSelection *selection; /* paths in it become what they stand for */
	guint facts;		 /* NslFact */
	NslCensusWhen census_when;
	bool (*is_notable)(const char *comm); /* for NslSnapshot.notable; NULL: nobody is */
	NslCollectKept *kept;		      /* between collections; NULL: nothing is */
	NslProgress *progress;		      /* is told how far it is; NULL: nobody is */
	/* Limits; 0, until nsl_collect_begin(): those below. */
	guint same_fds;	   /* descriptors of one namespace that are listed, of each task, */
	guint all_fds;	   /* and of all namespaces and tasks, beside a few of each namespace */
	gsize mount_paths; /* bytes of paths of mounts */
	/* What one pass leaves to the next; made by nsl_collect_begin(). */
	GError *error;		 /* a pass sets it where nothing can be listed: no other one runs */
	GArray *pids;		 /* guint32: the processes that are looked at */
	GArray *threaded;	 /* guint32: those of them with more than one thread */
	GHashTable *unreadable;	 /* PID to -errno (0: none) of those whose namespaces, even, could
				  * not be read */
	GHashTable *mnt_members; /* inode to PID: a member of each mount namespace that has one */
	GArray *own_fds;	 /* NslTask: threads that have open files of their own */
	NslCollectKept bpf;
	gint64 waited; /* microseconds, for what is blocked, by all passes */
} NslCollect;

#define NSL_SAME_FDS	200000
#define NSL_ALL_FDS	1000000
#define NSL_MOUNT_PATHS (128u << 20)

/*
 * Opens the procfs at `path`, which a user gave: as nsl_procfs_open(), but where the path leads
 * into a mount that does not answer, it fails. NULL: /proc. `waited`: as in NslWorkSpec.
 */
NslProcfs *nsl_collect_open(const char *path, gint64 *waited, GError **error);

/*
 * Fills snapshot->root and snapshot->reference: the namespaces of process `pid`, where it is not
 * 0; else those of PID 1; else, for the types whose links may not be read, the kernel's fixed
 * initial inodes where some process is in them, those of PID 2 where it is kthreadd, the fixed ones
 * all the same where the procfs is of the initial PID namespace, or the caller's own. Types of
 * which none of these can be learnt are snapshot->rootless. Fails where that is so of all types,
 * and where `pid` has no namespaces that can be read. `waited`: as in NslWorkSpec.
 */
bool nsl_roots_find(NslSnapshot *snapshot, const NslProcfs *procfs, guint32 pid, gint64 *waited,
		    GError **error);

/* Runs the passes. What could not be read is noted in the snapshot; fails where nothing can be. */
bool nsl_collect(NslCollect *collect, GError **error);

/* How many seconds the clocks here are ahead of UTC at that time; 0: that is not known. */
gint64 nsl_system_ahead(gint64 time);

/*
 * Whether just the selected processes are looked at. What selectors that are paths stand for has to
 * be known.
 */
bool nsl_collect_is_selective(const NslCollect *collect);

/* Before the first and after the last pass, for callers that run single ones. */
void nsl_collect_begin(NslCollect *collect);
void nsl_collect_end(NslCollect *collect);

/* The passes: a file each, in collect/ or, where no file is named, of the pass's name. */
void nsl_collect_system(NslCollect *collect);	 /* the host name and the like */
void nsl_collect_paths(NslCollect *collect);	 /* what selectors that are paths stand for */
void nsl_collect_rings(NslCollect *collect);	 /* the kernel's own lists, before the scan */
void nsl_collect_processes(NslCollect *collect); /* every process, and its namespaces */
void nsl_collect_threads(NslCollect *collect);	 /* in other namespaces than their process */
void nsl_collect_fds(NslCollect *collect);	 /* open files that hold namespaces */
void nsl_collect_mounts(NslCollect *collect);	 /* mounts of namespaces, in every mnt namespace */
void nsl_collect_mounted(NslCollect *collect);	 /* mount namespaces of what selectors name */
void nsl_collect_relations(NslCollect *collect); /* parents, owners, ids, where not asked before */
int nsl_collect_try_listns(void);		 /* whether listns(2) answers: 0 or -errno */
void nsl_collect_kernel(NslCollect *collect);	 /* what the kernel lists, and nothing explains */
void nsl_collect_details(NslCollect *collect);	 /* what the listed namespaces are */

/* What the passes share. */

/*
 * Does `n_items` in workers, which have the procfs, and share the time of waiting with the other
 * passes. `at_once`: as in NslWorkSpec. `what` they are, for the progress; NULL: that is told of
 * other passes only.
 */
NslWork *nsl_collect_work(NslCollect *collect, guint n_items, NslWorkFunc *run,
			  NslWorkAtOnce *at_once, gpointer data, const char *what);

/* In a worker: sends on what is in its record where that has become much. */
void nsl_collect_stream(GByteArray *out);

/*
 * In which namespaces of `types` a task is, and with `children` those that its children will be
 * in: 0, or the first -errno, with 0 for what could not be read. `task`: as
 * nsl_procfs_open_process() or nsl_process_open_thread() opens it.
 */
int nsl_collect_read_links(int task, NslNsTypes types, bool children, NslLinks *ret_links);

/* GHashFunc and GEqualFunc of NslLinks. */
guint nsl_links_hash(gconstpointer links);
gboolean nsl_links_equal(gconstpointer a, gconstpointer b);

#define NSL_HIDEPID "hidepid" /* the code of issues about that mount option of procfs */

/* kthreadd, as nsl_procfs_open_process() opens it. -ESRCH: the procfs does not show it as PID 2. */
int nsl_collect_open_kthreadd(const NslProcfs *procfs);

/*
 * The PID namespace whose processes a procfs shows, and those within it: the caller's own where the
 * procfs is the caller's, else PID 1's, or the initial one, in which kthreadd is. 0: it cannot be
 * told.
 */
guint64 nsl_collect_pid_ns(const NslProcfs *procfs);

/*
 * Whether the procfs counts PIDs as the caller does, and both as the initial PID namespace does:
 * then every process of the system is in it.
 */
bool nsl_collect_sees_all_pids(const NslProcfs *procfs);

/* Notes that all of a source is looked at, unless an issue has said by now that it is not. */
void nsl_collect_cover(NslCollect *collect, NslSource source);

/* Notes a -errno of a pass: not 0, nor that something is gone. `pid`: see nsl_snapshot_note(). */
void nsl_collect_note(NslCollect *collect, NslSource source, const char *what, int result,
		      guint32 pid);

/* Keeps the first failure; what is gone is none. */
void nsl_collect_fail(int *first, int result);

/*
 * In open_ns.c: opening a namespace by any way that the snapshot knows: its id, a member's link, a
 * holder's descriptor, a mount in a mount namespace that has to be entered first. For expendable
 * workers only: it may block, and may leave the worker in another mount namespace.
 */

/*
 * A file that is verified to be of the namespace: >= 0, or -errno. -ENOENT: there is no way;
 * -ELOOP: none was found before there were too many to try.
 */
int nsl_open_ns(const NslCollect *collect, const NslNamespace *ns);

/* A process, or with a `tid` one of its threads: >= 0, or -errno. */
int nsl_open_task(const NslCollect *collect, guint32 pid, guint32 tid);

/*
 * Enters a mount namespace by a file of it; its root becomes the worker's root and working
 * directory. 0 or -errno.
 */
int nsl_enter_mnt_ns(int fd);

/*
 * Makes the worker a member of a namespace that is no mount, pid or user namespace, where it is not
 * one yet. Nothing in the namespace changes by that. 0 or -errno; -EPERM: not allowed.
 */
int nsl_enter_ns(const NslCollect *collect, const NslNamespace *ns);

/*
 * In mount_places.c: where the paths of mounts lead, in one mount namespace. They are only looked
 * up in the kernel's cache, where all of a path has to be: no file system is asked, and nobody is
 * waited for.
 */
typedef struct NslMountPlaces NslMountPlaces;

/*
 * `root`: the directory from which the paths are seen, or AT_FDCWD for that of the calling thread;
 * it must stay open. `nsfs`: the device of namespace files; 0: not known. Transfer full.
 */
NslMountPlaces *nsl_mount_places_new(int root, dev_t nsfs);
void nsl_mount_places_free(NslMountPlaces *places);

/* Whether the path of the mount leads to the namespace with this inode that is mounted there. */
NslMountState nsl_mount_places_find(NslMountPlaces *places, const NslMount *mount, guint64 inode);

/* What makes a directory one, in one mount. */
#define NSL_DIRECTORY_MASK (STATX_INO | STATX_MNT_ID)

/* Its inode and the id of its mount; no file system is asked. False: the kernel cannot tell. */
bool nsl_directory_stat(int fd, struct statx *ret_found);
