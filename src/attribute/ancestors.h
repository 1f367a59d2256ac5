/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who is above a process: the topmost one in its namespaces, the first one outside, and whose
 * command line claims the container that it is in. Whether a claim is believed is not decided here.
 * It MAY BLOCK: for expendable workers only.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "attribute/cmdline.h"
#include "base/procfs.h"
#include "model/snapshot.h"

#define NSL_COMMAND_LIMIT (16u << 10) /* of command lines: what is of interest stands first */

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

/* What is found by climbing from a group's processes; strings are the NslAncestors'. */
typedef struct NslAscent {
	int result; /* -errno: who is above could not be read, for want of descriptors or memory */
	guint32 leader; /* these four as in NslLookupResult (lookup.h) */
	const char *comm;
	bool kthread;
	guint32 outside;
	NslClaimant claimant;
} NslAscent;

/* The processes above that have been read so far. Both others must live as long. Transfer full. */
typedef struct NslAncestors NslAncestors;
NslAncestors *nsl_ancestors_new(const NslProcfs *procfs, const NslSnapshot *snapshot);
void nsl_ancestors_free(NslAncestors *ancestors);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NslAncestors, nsl_ancestors_free)

/*
 * Climbs from the first process of a group (NslProcess); what is not found stays 0. `careful`: no
 * command line is read.
 */
void nsl_ancestors_climb(NslAncestors *ancestors, const GPtrArray *group, bool careful,
			 NslAscent *ret_ascent);

/*
 * The cgroups of a process above, as nsl_process_read_cgroup() reads them, once; NULL: they cannot
 * be read. Transfer none.
 */
const char *nsl_ancestors_get_cgroup(NslAncestors *ancestors, guint32 pid);
