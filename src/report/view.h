/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The view: what of a snapshot is shown, selected and sorted. It is the only thing that the formats
 * see. How a row reads is in wording.h, how it is written in the formats.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "model/selection.h"
#include "model/snapshot.h"

#define NSL_INODE_UNKNOWN G_MAXUINT64

/* What only few rows have. */
typedef struct NslRowMore {
	const NslHolder *thread; /* a thread that is inside while its process is not; or NULL */
	const NslProcess *owner; /* the thread's process, or what stands for that; or NULL */
	/*
	 * Of a row that is about all that the process or thread is in: by type, 0 where that is a
	 * root namespace, and after the types what its children will be in instead. Else NULL.
	 */
	const guint64 *inodes;
	bool again;	   /* the row before has the same inodes */
	bool for_children; /* the process is outside, its future children are inside */
	const char *mark;  /* in place of what says so; a space ends it; NULL: the usual */
	/* Why the namespace is there, at most one; none: all who hold it. */
	const NslHolder *holder;       /* the first of n_holders that are told of at once */
	const char *name;	       /* ip netns has made it, under this name: bytes */
	const NslContainer *container; /* is in it, and it is the host's; or the row's own */
	guint n_holders;
	const NslSnapshot *snapshot; /* NULL: nothing is known of the namespace's members */
} NslRowMore;

/* One line of a listing: of a process, of a thread, or of the namespace alone. */
typedef struct NslRow {
	const NslNamespace *ns;	   /* NULL: the row is a container's */
	const NslProcess *process; /* or NULL */
	const NslRowMore *more;	   /* transfer none */
} NslRow;

/* None of it. */
extern const NslRowMore nsl_row_no_more;

/* That of its process, or its thread's; 0: it has neither. */
guint32 nsl_row_pid(const NslRow *row);

/* The number of its process, or of its thread and that one's process: it sorts them. */
guint64 nsl_row_task(const NslRow *row);

/* A selector, or a PID of --task, that stands for nothing that is seen. */
typedef struct NslUnmatched {
	const NslSelector *selector; /* NULL: --task */
	guint32 task;
	NslNsType type; /* of the namespace that has the selector's inode; COUNT: there is none */
	bool hidden;	/* the process is there, and cannot be looked at */
	bool unseen;	/* there may be such a thing, out of sight */
} NslUnmatched;

typedef struct NslView {
	const NslSnapshot *snapshot;
	const NslSelection *selection;
	NslNsTypes types;      /* those that were asked for */
	bool has_threads;      /* there may be rows of threads */
	GArray *rows;	       /* NslRow: those of namespaces, then by PID, then by type */
	GPtrArray *more;       /* NslRowMore, that the rows have */
	GPtrArray *namespaces; /* NslNamespace that the rows are about, by type and inode */
	GPtrArray *processes;  /* NslProcess that the rows are about, by PID */
	GPtrArray *threads;    /* NslThread that selectors stand for, by TID */
	GPtrArray *containers; /* NslContainer that those are in or entered, and those around, by
				  key */
	const NslNamespace *single; /* what the only selector stands for; NULL: not just one */
	GArray *unmatched;	    /* NslUnmatched */
	char *undecided; /* the warning about rows that a filter could not decide on; or NULL */
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

/* One row a container in place of those that there are: by name, and the sandboxes after them. */
void nsl_view_list_containers(NslView *view);

/* NslThread that selectors stand for, each once, by TID. Transfer container. */
GPtrArray *nsl_view_find_threads(const NslSnapshot *snapshot, const NslSelection *selection);

/* NslNamespace of the set, by type and inode. Transfer container. */
GPtrArray *nsl_view_sort_namespaces(GHashTable *set);
