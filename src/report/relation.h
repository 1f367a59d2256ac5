/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Relations: which user namespace owns a namespace, and which pid or user namespace one is nested
 * in, as the trees and graphs of them want it. How those are drawn is not here.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "report/view.h"

typedef enum NslRelationKind {
	NSL_RELATION_OWNER,
	NSL_RELATION_PARENT,
	NSL_RELATION_COUNT,
} NslRelationKind;

/* The types that have this relation. */
NslNsTypes nsl_relation_types(NslRelationKind kind);

const NslRelation *nsl_relation_of(const NslNamespace *ns, NslRelationKind kind);

/*
 * The view's namespaces of the types that have the relation, and all above them by it, which the
 * view need not have; by type and inode. Transfer container.
 */
GPtrArray *nsl_relation_gather(const NslView *view, NslRelationKind kind);

/* What keeps a relation from being known, in words; NULL where it is, or where there is none. */
const char *nsl_relation_obstacle(NslKnowledge knowledge);
