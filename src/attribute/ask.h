/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the engines' files and the processes above say about containers and sandboxes: questions in,
 * answers out, asked in expendable workers. What is made of the answers is not decided here.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "attribute/argv_daemon.h"
#include "attribute/cgroup.h"
#include "base/procfs.h"
#include "model/snapshot.h"

/* A container that a cgroup's path names. */
typedef struct NslPlace {
	NslCgroupContainer named;
	gint64 maker;		 /* who could have made it (cgroupfs.h), for all that is known */
	NslContainer *container; /* NULL: it is none until an engine says so (named.weak) */
	const struct NslPlace *outer;
	GPtrArray *processes; /* NslProcess: in it, or in an inner one */
} NslPlace;

/* About a place, or about a group of processes that share namespaces: one of both is NULL. */
typedef struct NslQuestion {
	const NslPlace *place;
	const GPtrArray *group; /* NslProcess */
	/* Who says where the engine's files are; NULL: where they are by default. */
	const NslDaemon *daemon;
} NslQuestion;

/* Strings are NULL where nothing is known. */
typedef struct NslAnswer {
	int result;   /* -errno: the engine's files could not be read; -ENOENT: it knows of none */
	bool unasked; /* no worker could do it: `result` says why */
	bool found;   /* there is a record … */
	bool agrees;  /* … and it is of these very processes */
	bool users;   /* and a user's */
	/* Of a group, as NslAscent has them. */
	guint32 leader;
	guint32 outside;
	guint32 claimant;
	bool kthread;
	char *comm;
	/* As the record has it, else (of a group alone) as the claimant claims. */
	NslIdentity identity;
} NslAnswer;

/*
 * Appends an answer (NslAnswer) for each question (NslQuestion) to a new array, which frees them.
 * Without a procfs of this system no files are read. `waited` as in NslWorkSpec. Transfer full.
 */
GArray *nsl_ask(const NslProcfs *procfs, const NslSnapshot *snapshot, const GPtrArray *questions,
		gint64 *waited);

/*
 * The running daemons of engines that are root's, and say where they keep their files (NslDaemon;
 * the array frees them): looks at all processes. Transfer full.
 */
GArray *nsl_ask_daemons(const NslProcfs *procfs, gint64 *waited);
