/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Loops over GLib's arrays and hash tables, which break and continue as any other.
 */
#pragma once

#include <glib.h>

/* `item` (type *) is each pointer in the GPtrArray, in order. Some may be added meanwhile. */
#define NSL_EACH(type, item, array)                                                                \
	NSL_EACH_OF(type, item, array, g_ptr_array_index(array, item##_at))

/* `item` (type *) points to each element of the GArray, in order. It must not grow meanwhile. */
#define NSL_EACH_IN(type, item, array)                                                             \
	NSL_EACH_OF(type, item, array, &g_array_index(array, type, item##_at))

/* `item` (type *) is each key of the GHashTable, in no order. It must not change meanwhile. */
#define NSL_EACH_KEY(type, item, table)                                                            \
	for (GHashTableIter item##_iter, *item##_in = nsl_each_begin(&item##_iter, table);         \
	     item##_in; item##_in = NULL)                                                          \
		/* NOLINTNEXTLINE(bugprone-macro-parentheses): it is declared */                   \
		for (type * item; g_hash_table_iter_next(item##_in, (gpointer *)&item, NULL);)

/* The inner loop runs once for each element; whether it is left by `break` ends the outer one. */
#define NSL_EACH_OF(type, item, array, element)                                                    \
	for (guint item##_at = 0, item##_left = 0; !item##_left && item##_at < (array)->len;       \
	     item##_at++)                                                                          \
		/* NOLINTNEXTLINE(bugprone-macro-parentheses): it is declared */                   \
		for (type *item = (item##_left = 1, (element)); item##_left; item##_left = 0)

static inline GHashTableIter *nsl_each_begin(GHashTableIter *iter, GHashTable *table)
{
	g_hash_table_iter_init(iter, table);
	return iter;
}
