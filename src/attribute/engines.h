/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the stores of container engines say about a container: its name, its pod, its first process.
 * Nothing but files is read, and no engine is asked. Who is in which container is not decided here.
 * It MAY BLOCK: for expendable workers only.
 *
 * A record is worth as much as its owner (base/untrusted.h): root's engines write files of root's;
 * a rootless engine's files are its user's, and good for that user's containers only.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "attribute/cmdline.h"
#include "model/snapshot.h"

/* What is known of a container before its engine's files are read. All of it is borrowed. */
typedef struct NslEngineQuery {
	const char *runtime; /* as in cgroup.h and cmdline.h; NULL: unknown, so try all stores */
	const char *id;	     /* or the name where the runtime has no ids; NULL for firejail */
	const char *containerd_ns;  /* containerd's own namespace; NULL: look in all of them */
	const GPtrArray *processes; /* NslProcess: in it; may be NULL */
	guint32 monitor;	    /* the process above them whose arguments name it; 0: none */
	const char *cgroup;	    /* the path of its cgroup; may be NULL */
	guint32 uid;		    /* whose engine: 0 is the system's */
	const char *home;	    /* of that user, or NULL */
	/* Who says where the engine's files are, which are tried first; NULL: nobody. */
	const NslClaim *claim;
	const char *bundle; /* the OCI bundle, or NULL */
} NslEngineQuery;

typedef struct NslEngineRecord {
	/* The runtime is the one whose record it is; no id is set. The name is NULL where the
	 * engine has no name but the id. */
	NslIdentity identity;
	guint32 pid;	/* its first process; 0: the record does not say */
	guint64 start;	/* when that process started, in clock ticks since boot; 0: likewise */
	gint64 written; /* when the file that has the PID was written, as NslFile.written */
	char *cgroup;	/* the path of its cgroup; NULL: likewise */
	char *bundle;	/* the directory of its OCI bundle; NULL: likewise */
	guint32 owner;	/* 0: root wrote all of the record; else the query's uid wrote some of it */
	/*
	 * The record is of the very container that was asked for: its PID is one of `processes`, or
	 * the cgroups agree, or it names the monitor's PID. An equal bundle does not count: it is
	 * known from arguments, which anybody can imitate.
	 *
	 * The PID may belong to another process by now: the caller compares `start`, or `written`
	 * where there is no start. Where the record has a PID, an equal cgroup proves nothing
	 * unless the PID holds.
	 */
	bool agrees;
} NslEngineRecord;

void nsl_engine_record_clear(NslEngineRecord *record);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(NslEngineRecord, nsl_engine_record_clear)

/*
 * Remembers what serves for many containers: open directories, podman's lists, settings. Each
 * worker has its own; it opens nothing before the first question. All paths are below the directory
 * `root`, a descriptor that stays the caller's. Transfer full.
 */
typedef struct NslEngines NslEngines;
NslEngines *nsl_engines_new(int root);
void nsl_engines_free(NslEngines *engines);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NslEngines, nsl_engines_free)

/* Whether a container of the runtime, NULL where that is not known, may be that engine's. */
bool nsl_engine_serves(const char *engine, const char *runtime);

/*
 * Reads the container's record: 0, and the caller clears *ret_record. Otherwise *ret_record is left
 * alone: -ENOENT: no store has it; -EINVAL: the id cannot be one; -EBADMSG: a file is malformed; or
 * what base/untrusted.h answers for files and directories that must not be trusted.
 */
int nsl_engine_read(NslEngines *engines, const NslEngineQuery *query, NslEngineRecord *ret_record);
