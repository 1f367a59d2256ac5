/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the trees, the graph and the table put together: the view's processes in groups (a
 * container, in its pod and in the container around it; else a systemd unit; else the rest),
 * processes that are alike, so that one line can stand for them, and namespaces with what is above
 * them (their owner, or the parent that they are nested in). Drawing is not done here.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "base/text.h"
#include "report/view.h"

typedef enum NslGroupKind {
	NSL_GROUP_POD,
	NSL_GROUP_CONTAINER,
	NSL_GROUP_UNIT,
	NSL_GROUP_REST, /* the processes that are in none of those */
} NslGroupKind;

typedef struct NslGroup {
	NslGroupKind kind;
	const NslContainer *container; /* CONTAINER; POD: one that is in it */
	char *name;		       /* bytes; NULL: it has none */
	const struct NslGroup *outer;  /* what a pod or container is in; NULL: nothing */
	const struct NslGroup *pod;    /* the innermost that it is or is in; or NULL */
	gint height;		       /* 1: at the top */
	GPtrArray *rows;	       /* NslRow, of its processes: by PID, then by type */
	GPtrArray *processes;	       /* NslProcess, by PID: those that are in no inner group */
	guint n_in[NSL_NSTYPE_COUNT]; /* how many of these are in a namespace: a zombie is in few */
	guint node;		      /* its number in a forest: set by who makes that */
} NslGroup;

typedef struct NslGroups {
	/*
	 * NslGroup. An outer group comes before the groups in it; otherwise: pods and containers
	 * by name, sandboxes after them; units by name; the rest.
	 */
	GPtrArray *all;
	NslGroup *rest;
	GHashTable *by_container; /* NslContainer to NslGroup */
	GHashTable *by_unit;	  /* name to NslGroup */
	GHashTable *sharings;	  /* of group.c */
} NslGroups;

/* The view must live as long. */
NslGroups *nsl_groups_new(const NslView *view);
void nsl_groups_free(NslGroups *groups);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NslGroups, nsl_groups_free)

/* The group of a process, which may be outside the view; NULL: there is no such group. */
NslGroup *nsl_groups_of(const NslGroups *groups, const NslProcess *process);

/*
 * Who is in a namespace and not in a group (of a pod: nor in a group in it): how many containers,
 * of which the first `most` are appended to `containers` (NslContainer), and how many processes
 * that are in none.
 */
guint nsl_groups_outside(NslGroups *groups, const NslGroup *group, const NslNamespace *ns,
			 guint most, GPtrArray *containers, guint *ret_n_processes);

/* Whether `inner` is the group, or somewhere in it. */
bool nsl_group_contains(const NslGroup *group, const NslGroup *inner);

/* "pod shop/web-0", "docker:web", "unit cron.service", "other processes"; safe to print. */
void nsl_group_label(GString *text, const NslGroup *group, NslTextKind kind);

/*
 * "shares net, user (2 of 5 processes)": the types whose root namespace its processes are in. All
 * processes of a container count, selected or not; of how many is left out where not all are known.
 * Of other groups only types that rows tell of. False: no type.
 */
bool nsl_group_label_roots(GString *text, const NslGroup *group, const NslView *view);

/* NslContainer: those that the processes (NslProcess) are in, each once. Transfer container. */
GPtrArray *nsl_group_containers(const GPtrArray *processes);

/* Processes in just the same namespaces and container, with the same rows. */
typedef struct NslFold {
	const NslProcess *first; /* which is shown with its namespaces */
	const NslRow *rows;	 /* of the first */
	guint n_rows;
	const NslGroup *group; /* of all of them; or NULL */
	GPtrArray *others;     /* NslProcess, by PID */
} NslFold;

/*
 * NslProcess to its NslFold; a process whose rows have a mark is not there. With `groups` (may be
 * NULL) only processes of one group are alike. The view must live as long. Transfer full.
 */
GHashTable *nsl_folds_new(const NslView *view, const NslGroups *groups);

/* The row has a mark, such as "(for children)": it never folds. */
bool nsl_row_is_marked(const NslRow *row);

/* How many rows from this one on are of the same process; 1 where it is of none. */
guint nsl_rows_of_process(const NslView *view, guint at);

/* "20526", or "20526 +2" where there are more of the others. */
void nsl_fold_append_others(GString *text, const NslFold *fold);

/* The PIDs of the others that this leaves out: "20527-20529,20540"; nothing where there are none.
 */
void nsl_fold_append_rest(GString *text, const NslFold *fold);

typedef enum NslRelationKind {
	NSL_RELATION_OWNER,
	NSL_RELATION_PARENT,
	NSL_RELATION_COUNT,
} NslRelationKind;

typedef struct NslRelationInfo {
	const char *name;
	NslNsTypes types; /* of the namespaces that have this relation */
} NslRelationInfo;

extern const NslRelationInfo nsl_relations[NSL_RELATION_COUNT];

const NslRelation *nsl_relation_of(const NslNamespace *ns, NslRelationKind kind);

/*
 * The view's namespaces that have the relation, and all above them, which may be outside the view;
 * by type and inode. Transfer container.
 */
GPtrArray *nsl_relation_gather(const NslView *view, NslRelationKind kind);

/* By NslKnowledge: why a relation is not known; NULL: it is, or there is nothing above. */
extern const char *const nsl_relation_obstacles[NSL_UNSUPPORTED + 1];
