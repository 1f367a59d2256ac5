/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sandboxes: processes that no cgroup places, but that share one set of private namespaces, and the
 * nearest process above them whose arguments claim to be a shim, a monitor or a sandbox. What is
 * made of that claim is decided elsewhere (containers.c).
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "attribute/cmdline.h"
#include "base/procfs.h"
#include "model/snapshot.h"

/* Those of the snapshot's processes for which `wants` is true, a group for each set. */
typedef bool NslSandboxWants(gconstpointer data, const NslProcess *process);

/* GPtrArray of GPtrArray of NslProcess, by PID, in the order of their first ones. Transfer full. */
GPtrArray *nsl_sandbox_group(const NslSnapshot *snapshot, NslSandboxWants *wants,
			     gconstpointer data);

/* What is found by climbing from a group's processes. */
typedef struct NslAscent {
	int result; /* -errno: who is above could not be read, for want of descriptors or memory */
	guint32 leader;	  /* the topmost of the group, by whose name it may be called; 0: it is gone
			   */
	char comm[80];	  /* the leader's */
	bool kthread;	  /* likewise */
	guint32 outside;  /* the first process above that is not of the group; 0: none to be seen */
	guint32 claimant; /* whose arguments make the claim; 0: nobody's */
	guint32 uid;	  /* that one's effective user */
	guint32 ruid;	  /* and its real one */
	bool program;	  /* it runs the program that the claim is about, from a file of root's */
	bool root_user;	  /* it is in the root user namespace */
	bool root_mnt; /* and the root mount namespace: no user has changed what files are called */
	NslClaim claim;
} NslAscent;

/*
 * Climbs from `process`, which is of a group of `snapshot`. Command lines are read: for expendable
 * workers. `cache` (guint32 to what is known of an ancestor) may be shared by several climbs, and
 * is made by nsl_sandbox_cache_new(). Whose command line is known to be empty, or not to be had, is
 * not asked again. What is not found stays 0.
 */
GHashTable *nsl_sandbox_cache_new(void);
void nsl_sandbox_climb(const NslProcfs *procfs, const NslSnapshot *snapshot,
		       const NslProcess *process, GHashTable *cache, bool careful,
		       NslAscent *ret_ascent);
