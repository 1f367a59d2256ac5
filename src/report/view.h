/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The view: what of a snapshot is shown, selected and sorted. It is the only thing that the
 * formats see; how they write it is not its business.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "model/selection.h"
#include "model/snapshot.h"

/* One line of a listing. */
typedef struct NslRow {
	const NslNamespace *ns;
	const NslProcess *process; /* NULL: a namespace's own row, with a reason */
	bool for_children;	   /* the process is outside, its future children are inside */
	const NslHolder *thread;   /* a thread that is inside while its process is not; or NULL */
	char *reason;		   /* why the namespace exists: bytes; NULL with a process */
} NslRow;

typedef struct NslView {
	const NslSnapshot *snapshot;
	NslNsTypes types;      /* those that were asked for */
	bool has_threads;      /* there may be rows of threads */
	GArray *rows;	       /* NslRow: those of namespaces, then by PID, then by type */
	GPtrArray *namespaces; /* NslNamespace that the rows are about, by type and inode */
	GPtrArray *processes;  /* NslProcess that the rows are about, by PID */
	GPtrArray *containers; /* NslContainer that those are in, and those around them, by key */
	GHashTable *counted;   /* set of those namespaces of which all the members are known */
	const NslNamespace *single; /* what the only selector stands for; NULL: not just one */
	GPtrArray *unmatched; /* char *: a message for each selector that stands for nothing */
} NslView;

/* Both must live as long as the view. */
NslView *nsl_view_new(const NslSnapshot *snapshot, NslSelection *selection);
void nsl_view_free(NslView *view);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NslView, nsl_view_free)

/*
 * Leaves the rows for which `keep` is true, which is asked in their order, and of the namespaces,
 * processes and containers those that these are about.
 */
void nsl_view_keep(NslView *view, bool (*keep)(const NslRow *row, gpointer data), gpointer data);

/* All members of the namespace are known: its count may be shown. */
bool nsl_view_is_counted(const NslView *view, const NslNamespace *ns);

/* NslNamespace, by type and inode. */
void nsl_view_sort_namespaces(GPtrArray *namespaces);

/* When a process started, seconds since the epoch; 0: not known. */
gint64 nsl_view_start(const NslView *view, const NslProcess *process);
