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
#include "attribute/engines.h"
#include "base/procfs.h"
#include "model/snapshot.h"

/* A container that a cgroup's path names. */
typedef struct NslCgroupNode {
	NslCgroupContainer named;
	NslContainer *container; /* NULL: none, until an engine's record confirms it */
	struct NslCgroupNode *outer;
	guint depth;	      /* the outermost one's is 1 */
	GPtrArray *processes; /* NslProcess: in it, or in an inner one */
} NslCgroupNode;

/* The node, or the innermost one around it, that is known to be a container. NULL: none is. */
NslCgroupNode *nsl_cgroup_node_known(NslCgroupNode *node);

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
	char *hostname;	  /* of its own uts namespace, where that differs from the caller's */
	bool own_cgroup;  /* `outside`, which is not PID 1, is in other cgroups */
	guint32 outside;  /* the first process above that is not of the group; 0: none is seen */
	guint32 claimant; /* the process whose command line makes a claim; 0: none does */
	/* As the record has it, else the claimant (of a node: LXC's monitor, the name). */
	NslIdentity identity;
} NslLookupResult;

/* Who makes a claim. */
typedef struct NslClaimant {
	guint32 pid; /* 0: nobody */
	guint32 uid; /* effective */
	guint32 ruid;
	bool program;	/* it runs the program that the claim is about, from a file of root's */
	bool root_user; /* it is in the root user namespace */
	bool root_mnt; /* and the root mount namespace: no user has changed what files are called */
	NslClaim claim;
} NslClaimant;

typedef struct NslLookup {
	NslCgroupNode *node;  /* NULL: no cgroup names the processes, which share namespaces */
	GPtrArray *processes; /* NslProcess: the node's, or a group; never none */
	const char *id;	      /* of a group: the long id that its cgroup may be of; or NULL */
	/* Rows are of it: who is above is asked for the claim, too, where the scan has not. */
	bool wanted;
	/* Who says where the engine's files are; NULL: where they are by default. */
	const NslClaim *daemon;
	struct NslLookup *first; /* the one that this repeats by what the daemon says; or NULL */
	/* Of the worker: what is asked, and who may be a witness (NULL: nobody, of a node). */
	NslEngineQuery query;
	const NslClaimant *claimant;
	NslLookupResult result;
} NslLookup;

/* A lookup of these processes without a result. Transfer full. */
NslLookup *nsl_lookup_new(NslCgroupNode *node, GPtrArray *processes, const char *id);
void nsl_lookup_free(gpointer lookup);

/*
 * Finds the result of each NslLookup. Without the root directory of the procfs's system no files
 * are read. `waited` as in NslWorkSpec.
 */
void nsl_lookup_all(const NslProcfs *procfs, const NslSnapshot *snapshot, GPtrArray *lookups,
		    gint64 *waited);

/*
 * In lookup_ancestors.c: the processes above that have been read so far. Both others must live as
 * long. What follows MAY BLOCK: for expendable workers only. Transfer full.
 */
typedef struct NslAncestors NslAncestors;
NslAncestors *nsl_ancestors_new(const NslProcfs *procfs, const NslSnapshot *snapshot);
void nsl_ancestors_free(NslAncestors *ancestors);

/*
 * Climbs from the first process of a group (NslProcess): whose command line claims the container
 * that the group is in, NULL: nobody's; `careful`: none is read; `wanted` as in NslLookup. Fills
 * the result's leader, comm and outside, and `error` where who is above could not be read, for want
 * of descriptors or memory. Transfer none.
 */
const NslClaimant *nsl_ancestors_climb(NslAncestors *ancestors, const GPtrArray *group,
				       bool careful, bool wanted, NslLookupResult *result);

/* Whether a process of root's, which is open, is the system's own: root in a container is not. */
bool nsl_is_of_system(const NslSnapshot *snapshot, int process);

/* nsl_process_dup_cgroup() of a process above, which is read once. Transfer none. */
const char *nsl_ancestors_get_cgroup(NslAncestors *ancestors, guint32 pid);
