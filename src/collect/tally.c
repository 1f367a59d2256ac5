/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Counting a task's descriptors by namespace: see tally.h.
 */
#include "collect/tally.h"

typedef struct Count {
	guint64 inode; /* of no other namespace of whatever type */
	NslHolderKind kind;
	guint n;
} Count;

struct NslTally {
	guint limit;
	GHashTable *counts; /* set of Count */
};

static guint count_hash(gconstpointer key)
{
	const Count *count = key;

	return g_int64_hash(&count->inode) ^ count->kind;
}

static gboolean count_equal(gconstpointer a, gconstpointer b)
{
	const Count *x = a;
	const Count *y = b;

	return x->inode == y->inode && x->kind == y->kind;
}

NslTally *nsl_tally_new(guint limit)
{
	NslTally *tally = g_new(NslTally, 1);

	tally->limit = limit;
	tally->counts = g_hash_table_new_full(count_hash, count_equal, g_free, NULL);
	return tally;
}

void nsl_tally_free(NslTally *tally)
{
	if (!tally)
		return;
	g_hash_table_unref(tally->counts);
	g_free(tally);
}

void nsl_tally_restart(NslTally *tally)
{
	if (g_hash_table_size(tally->counts) > 0)
		g_hash_table_remove_all(tally->counts);
}

bool nsl_tally_add(NslTally *tally, NslHolderKind kind, guint64 inode)
{
	const Count key = {.inode = inode, .kind = kind};
	Count *count = g_hash_table_lookup(tally->counts, &key);

	if (!count) {
		count = g_new(Count, 1);
		*count = key;
		g_hash_table_add(tally->counts, count);
	}
	if (count->n >= tally->limit)
		return false;
	count->n++;
	return true;
}
