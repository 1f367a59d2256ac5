/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which namespaces a task is in, by either source: the census or the procfs. Reading them is not
 * here.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "model/nstype.h"

/* Inodes as the links of a task show them, 0 where there is no link. */
typedef struct NslLinks {
	guint64 ns[NSL_NSTYPE_COUNT];
	guint64 for_children[NSL_NSTYPE_COUNT]; /* 0 too where they are those above */
	/* Tasks with the same number are in the same cgroups of all hierarchies; 0: not known. */
	guint64 cgroup_key;
} NslLinks;

/* Whether they name the same namespaces; and a GHashFunc of those. */
bool nsl_links_are_equal(const NslLinks *a, const NslLinks *b);
guint nsl_links_hash(gconstpointer links);

/*
 * A set of NslLinks, for tasks that share theirs: thousands of tasks have hundreds. The one in it
 * that is equal in all, the cgroups too, which is added where there is none. Transfer none.
 */
GHashTable *nsl_links_set_new(void);
const NslLinks *nsl_links_share(GHashTable *set, const NslLinks *links);
