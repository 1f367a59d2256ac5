/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Groups: the view's processes by what they belong to: a container, in its pod and in the container
 * around it, else a systemd unit, else nothing. How that is drawn is not here.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

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
	const char *unit;	       /* UNIT */
	const struct NslGroup *outer;  /* what a pod or container is in; NULL: nothing */
	GPtrArray *rows;	       /* NslRow, of its processes: by PID, then by type */
	GPtrArray *processes;	       /* NslProcess, by PID: those that are in no inner group */
} NslGroup;

typedef struct NslGroups {
	/*
	 * NslGroup, what is around others first: containers by key, each pod before its first one;
	 * units by name; the rest.
	 */
	GPtrArray *all;
	NslGroup *rest;
	GHashTable *by_container;
	GHashTable *by_pod;
	GHashTable *by_unit;
} NslGroups;

/* The view must live as long. */
NslGroups *nsl_groups_new(const NslView *view);
void nsl_groups_free(NslGroups *groups);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NslGroups, nsl_groups_free)

/* The group that a process is in, itself in the view or not; NULL where none of it is. */
const NslGroup *nsl_groups_of(const NslGroups *groups, const NslProcess *process);

/* The pod that a group is, or is in; NULL: none. */
const NslGroup *nsl_group_pod(const NslGroup *group);

/* Whether `inner` is the group, or somewhere in it. */
bool nsl_group_contains(const NslGroup *group, const NslGroup *inner);

/* "pod shop/web-0", "docker:web", "unit cron.service", "other processes"; safe to print. */
void nsl_group_label(GString *text, const NslGroup *group, bool ascii_only);

/*
 * "the host's: net, user (2 of 5 processes)": the types of which processes of a container are in
 * the root namespace; of other groups, of which that is listed. False where there are none.
 */
bool nsl_group_label_roots(GString *text, const NslGroup *group, const NslView *view);
