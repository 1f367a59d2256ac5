/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Relations: see relation.h.
 */
#include "report/relation.h"

NslNsTypes nsl_relation_types(NslRelationKind kind)
{
	if (kind == NSL_RELATION_PARENT)
		return NSL_NSTYPE_BIT(NSL_NSTYPE_PID) | NSL_NSTYPE_BIT(NSL_NSTYPE_USER);
	return NSL_NSTYPES_ALL;
}

const NslRelation *nsl_relation_of(const NslNamespace *ns, NslRelationKind kind)
{
	return kind == NSL_RELATION_PARENT ? &ns->parent : &ns->owner;
}

GPtrArray *nsl_relation_gather(const NslView *view, NslRelationKind kind)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
	GPtrArray *found = g_ptr_array_new();

	for (guint i = 0; i < view->namespaces->len; i++) {
		const NslNamespace *ns = g_ptr_array_index(view->namespaces, i);

		if (!(nsl_relation_types(kind) & NSL_NSTYPE_BIT(ns->type)))
			continue;
		while (ns && g_hash_table_add(seen, (gpointer)ns)) {
			const NslRelation *above = nsl_relation_of(ns, kind);

			g_ptr_array_add(found, (gpointer)ns);
			ns = above->knowledge == NSL_KNOWN ? above->ns : NULL;
		}
	}
	nsl_view_sort_namespaces(found);
	return found;
}

const char *nsl_relation_obstacle(NslKnowledge knowledge)
{
	switch (knowledge) {
	case NSL_KNOWN:
	case NSL_NONE:
		break;
	case NSL_SKIPPED:
		return "it was not asked for";
	case NSL_DENIED:
		return "it may not be read";
	case NSL_UNSUPPORTED:
		return "there is no way to ask";
	}
	return NULL;
}
