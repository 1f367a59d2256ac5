/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The diff: what came, went or changed between two snapshots of one system, or of two. What a side
 * cannot have seen has neither come nor gone: it is counted in a note.
 *
 * First it pairs what is in both (diff_pairs.c). Within one boot a namespace is the same by its
 * 64-bit id; where a side has none, by its inode, as long as its owner does not differ, and it is
 * not newer than all that were there before and without anything in common with it. A process is
 * the same by PID and start. Across boots, and between systems, only what lasts is paired: the
 * names of containers, units and ip netns, and the paths of mounts.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "model/change.h"
#include "model/snapshot.h"

/* Of nothing so far. Transfer full. */
NslChanges *nsl_changes_new(void);
void nsl_changes_free(NslChanges *changes);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NslChanges, nsl_changes_free)

/* What of a snapshot is compared. */
typedef struct NslDiffSide {
	const NslSnapshot *snapshot;
	const GPtrArray *namespaces; /* NslNamespace, sorted */
	const GPtrArray *processes;  /* NslProcess, by PID */
	const GPtrArray *containers; /* NslContainer, by key */
} NslDiffSide;

/* `types`: that both sides know of. Transfer full. */
NslChanges *nsl_diff(const NslDiffSide *before, const NslDiffSide *after, NslNsTypes types);

enum { NSL_BEFORE, NSL_AFTER, NSL_N_SIDES };

typedef struct NslPairs {
	const NslDiffSide *sides[NSL_N_SIDES];
	bool same_boot;
	bool knows_boots;     /* of both */
	GHashTable *partners; /* see nsl_pairs_get() */
	GHashTable *listed;   /* a set: what the later side is about */
	guint64 last_nsid;    /* the highest id of all that were there before; 0: not known */
	guint n_reused;	      /* namespaces that may be others with the same inode */
} NslPairs;

/* Of both sides, which must live as long. Transfer full. */
NslPairs *nsl_pairs_new(const NslDiffSide *before, const NslDiffSide *after);
void nsl_pairs_free(NslPairs *pairs);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NslPairs, nsl_pairs_free)

/*
 * The same namespace, process or container on the other side, whether that is about it or not;
 * NULL: it is on one, or `thing` is.
 */
gpointer nsl_pairs_get(const NslPairs *pairs, gconstpointer thing);

/* Whether a namespace has something by which it is known in another boot. */
bool nsl_pairs_has_lasting_name(const NslPairs *pairs, const NslNamespace *ns);

/*
 * Its holders as a set, in which copies of one mount are one. A user may hold a namespace in
 * thousands of ways. They belong to `ns`. Transfer full.
 */
GHashTable *nsl_holder_set(const NslNamespace *ns);
