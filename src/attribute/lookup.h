/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the engines' files, and the processes above, say about containers and sandboxes; looked up
 * in expendable workers. What follows from it is decided in containers.c.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "attribute/cgroup.h"
#include "attribute/cmdline.h"
#include "base/procfs.h"
#include "model/snapshot.h"

/* A container that a cgroup's path names. */
typedef struct NslCgroupNode {
	NslCgroupContainer named;
	gint64 maker;		 /* who could have made it (cgroupfs.h), for all that is known */
	NslContainer *container; /* NULL: none, until an engine's record confirms it */
	const struct NslCgroupNode *outer;
	GPtrArray *processes; /* NslProcess: in it, or in an inner one */
} NslCgroupNode;

/* The innermost one around it that is known to be a container; NULL: none is. */
const NslCgroupNode *nsl_cgroup_node_outer(const NslCgroupNode *node);

/* One of node and group is NULL. */
typedef struct NslLookup {
	const NslCgroupNode *node;
	const GPtrArray *group; /* NslProcess: they share namespaces, and no cgroup names them */
	const char *id;		/* of a group: the long id that its cgroup may be of; or NULL */
	/* Who says where the engine's files are; NULL: where they are by default. */
	const NslClaim *daemon;
} NslLookup;

/* Strings are NULL where nothing is known. */
typedef struct NslLookupResult {
	int error;    /* -errno: files could not be read; -ENOENT: no engine knows it; or 0 */
	bool no_work; /* no worker could look it up: `error` says why */
	bool found;   /* there is a record … */
	bool agrees;  /* … and it is of these very processes */
	bool users;   /* and a user's */
	/* Of a group: */
	guint32 leader;	  /* its topmost process; 0: that is gone */
	char *comm;	  /* the leader's */
	bool kthread;	  /* likewise */
	char *hostname;	  /* of its own uts namespace, where that differs from the caller's */
	bool own_cgroup;  /* `outside`, which is not PID 1, is in other cgroups */
	guint32 outside;  /* the first process above that is not of the group; 0: none is seen */
	guint32 claimant; /* the process whose command line makes a claim; 0: none does */
	/* As the record has it, else as the claimant claims (of a node: LXC's monitor, the name).
	 */
	NslIdentity identity;
} NslLookupResult;

/*
 * A result (NslLookupResult) for each NslLookup, in an array that frees them. Without the root
 * directory of the procfs's system no files are read. `waited` as in NslWorkSpec. Transfer full.
 */
GArray *nsl_lookup_all(const NslProcfs *procfs, const NslSnapshot *snapshot,
		       const GPtrArray *lookups, gint64 *waited);
