/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The container engines' own files, which have the containers' names. No engine is asked, and
 * nothing but files is read; who is in which container is not decided here. It MAY BLOCK: for
 * expendable workers only.
 *
 * What the files say is trusted as far as their owner is (base/untrusted.h): the system's engines' are
 * root's, a rootless engine's are its user's word about that user's containers.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "model/snapshot.h"

/* What is known of a container before its engine's files are asked. All of it is borrowed. */
typedef struct NslEngineQuery {
	const char *runtime; /* as cgroup.h and argv.h have it; NULL: not known, all are tried */
	const char *id;	     /* or the name, where the runtime's have no id; NULL: firejail's */
	const char *space;   /* containerd's namespace; NULL: look in all */
	const GArray *pids;  /* guint32, ascending: the processes in it; may be NULL */
	guint32 monitor;     /* the process above them whose arguments say so; 0: none */
	const char *cgroup;  /* the path of its cgroup; may be NULL */
	guint32 uid;	     /* whose engine: 0 the system's */
	const char *home;    /* of that user, or NULL */
	/*
	 * Where, by arguments of the engine or its monitor (argv_daemon.h, argv.h): tried first;
	 * may be NULL.
	 */
	const char *root;
	const char *state;
	const char *config;
	const char *bundle;
} NslEngineQuery;

/* What the engine's files say. Names are UTF-8 without control characters, 255 bytes at most. */
typedef struct NslEngineRecord {
	NslIdentity identity; /* the runtime is whose record it is; without the id, which is asked
				 for */
	bool sandbox;	      /* it only holds the namespaces of its pod */
	guint32 pid;	      /* its first process; 0: the record does not say */
	guint64 start;	      /* when that started, in clock ticks since boot; 0: likewise */
	gint64 written;	      /* when the file that has the PID was: as NslFile.written */
	char *cgroup;	      /* path of its cgroup; NULL: likewise */
	char *bundle;	      /* likewise */
	guint32 owner; /* 0: all of it is root's word; else the query's uid, whose word it is */
	/*
	 * The record is of this very container: its PID is one of `pids`, or its cgroup is the
	 * query's, or the query's is directly below, or it has the monitor's PID in it. A bundle
	 * makes no agreement by itself: it is known from arguments, which anybody can imitate.
	 *
	 * A PID may have been given to another process since the record was written: compare
	 * `start`, or where that is not there `written`. Where there is a PID the cgroup proves
	 * nothing without it.
	 */
	bool agrees;
} NslEngineRecord;

void nsl_engine_record_clear(NslEngineRecord *record);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(NslEngineRecord, nsl_engine_record_clear)

/*
 * Remembers what serves for many containers: open directories, podman's lists, settings. One for
 * each worker: it opens nothing before it is asked. `root` is a descriptor of the root directory
 * below which all paths are; it stays the caller's. Transfer full.
 */
typedef struct NslEngines NslEngines;
NslEngines *nsl_engines_new(int root);
void nsl_engines_free(NslEngines *engines);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NslEngines, nsl_engines_free)

/*
 * Reads the container's record: 0, with *ret_record the caller's to clear. Else *ret_record is left
 * alone: -ENOENT: no engine knows it; -EINVAL: the id is none; -EBADMSG: a file is malformed; or
 * what base/untrusted.h says of files and directories that must not be trusted.
 */
int nsl_engine_read(NslEngines *engines, const NslEngineQuery *query, NslEngineRecord *ret_record);
