/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The namespaces that a task is in: see links.h.
 */
#include "collect/links.h"

#include <string.h>

bool nsl_links_are_equal(const NslLinks *a, const NslLinks *b)
{
	return memcmp(a->ns, b->ns, sizeof(a->ns)) == 0 &&
	       memcmp(a->for_children, b->for_children, sizeof(a->for_children)) == 0;
}

guint nsl_links_hash(gconstpointer data)
{
	const NslLinks *links = data;
	guint64 hash = 0;

	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		hash = 31 * (31 * hash + links->ns[type]) + links->for_children[type];
	return (guint)(hash ^ hash >> 32);
}

/* In the same cgroups, too. */
static guint hash_links(gconstpointer data)
{
	const NslLinks *links = data;

	return nsl_links_hash(links) ^ g_int64_hash(&links->cgroup_key);
}

static gboolean same_links(gconstpointer a, gconstpointer b)
{
	const NslLinks *x = a;
	const NslLinks *y = b;

	return x->cgroup_key == y->cgroup_key && nsl_links_are_equal(x, y);
}

GHashTable *nsl_links_set_new(void)
{
	return g_hash_table_new_full(hash_links, same_links, g_free, NULL);
}

const NslLinks *nsl_links_share(GHashTable *set, const NslLinks *links)
{
	NslLinks *shared = g_hash_table_lookup(set, links);

	if (!shared) {
		shared = g_new(NslLinks, 1);
		*shared = *links;
		g_hash_table_add(set, shared);
	}
	return shared;
}
