/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pairs: see diff.h.
 */
#include "store/diff.h"

#include <string.h>

#include "base/each.h"
#include "base/procfs.h"
#include "base/text.h"

gpointer nsl_pairs_get(const NslPairs *pairs, gconstpointer thing)
{
	return thing ? g_hash_table_lookup(pairs->partners, thing) : NULL;
}

static void pair(NslPairs *pairs, gconstpointer one, gconstpointer other)
{
	g_hash_table_insert(pairs->partners, (gpointer)one, (gpointer)other);
	g_hash_table_insert(pairs->partners, (gpointer)other, (gpointer)one);
}

/*
 * Whether the ticks differ because one side was taken in another time namespace, which shifts those
 * as it shifts the time of boot (time_namespaces(7)): then the times are the same, to the second
 * that the time of boot is rounded to.
 */
static bool is_shifted(const NslProcess *before, const NslProcess *after)
{
	gint64 second = G_GINT64_CONSTANT(1000000000) / (gint64)nsl_procfs_tick();
	gint64 ticks = nsl_procfs_start(before->start_ticks) - nsl_procfs_start(after->start_ticks);

	return before->start != 0 && after->start != 0 && ABS(before->start - after->start) <= 1 &&
	       ABS(ticks) > 3 * second;
}

static bool is_same_process(const NslProcess *before, const NslProcess *after)
{
	if (before->has_stat && after->has_stat)
		return before->start_ticks == after->start_ticks || is_shifted(before, after);
	return !before->comm || !after->comm || nsl_text_utf8_equal(before->comm, after->comm);
}

static void pair_processes(NslPairs *pairs)
{
	for (guint side = 0; side < NSL_N_SIDES; side++)
		NSL_EACH (NslProcess, process, pairs->sides[side]->processes) {
			NslProcess *other = nsl_snapshot_get_process(pairs->sides[!side]->snapshot,
								     process->pid);

			if (other && is_same_process(process, other))
				pair(pairs, process, other);
		}
}

static bool is_same_text(const char *a, const char *b)
{
	return a && b ? nsl_text_utf8_equal(a, b) : a == b;
}

static bool is_called_alike(const NslContainer *before, const NslContainer *after)
{
	const NslIdentity *x = &before->identity;
	const NslIdentity *y = &after->identity;

	/* What an id is called may not be known on one side, where the engine's files could not be
	 * read. */
	return is_same_text(x->runtime, y->runtime) &&
	       (x->id && y->id ? is_same_text(x->id, y->id) : is_same_text(x->name, y->name));
}

/*
 * A sandbox is called by the first of its processes, which may have ended, or be out of sight on
 * one side: what it is are the namespaces that another process is still in, as far as they are
 * known.
 */
static bool is_same_sandbox(const NslContainer *before, const NslProcess *member,
			    const NslContainer *after, const NslProcess *process)
{
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		if (member->ns[type] && process->ns[type] &&
		    member->ns[type]->inode != process->ns[type]->inode)
			return false;
	return nsl_container_is_sandbox(before) && nsl_container_is_sandbox(after);
}

/*
 * Those that have a process in common: of two with one name, the second one's key becomes the
 * first one's when that ends. The key goes before the name, as a process may have moved.
 */
static void pair_containers_by_members(NslPairs *pairs, bool by_name)
{
	NSL_EACH (const NslContainer, before, pairs->sides[NSL_BEFORE]->snapshot->containers)
		for (guint i = 0; i < before->members->len && !nsl_pairs_get(pairs, before); i++) {
			const NslProcess *member = g_ptr_array_index(before->members, i);
			const NslProcess *process = nsl_pairs_get(pairs, member);
			const NslContainer *after = process ? process->container : NULL;

			if (after && !nsl_pairs_get(pairs, after) &&
			    (by_name ? is_called_alike(before, after) ||
					       is_same_sandbox(before, member, after, process)
				     : nsl_text_utf8_equal(before->key, after->key)))
				pair(pairs, before, after);
		}
}

/* What containers are paired by; NULL: not at all, or they are already. Transfer full. */
static char *container_name(const NslPairs *pairs, const NslContainer *container, bool by_name)
{
	if (nsl_pairs_get(pairs, container) ||
	    (nsl_container_is_sandbox(container) && !pairs->same_boot))
		return NULL;
	if (!by_name)
		return g_strdup(container->key);
	return container->identity.name ? g_strdup_printf("%s:%s", container->identity.runtime,
							  container->identity.name)
					: NULL;
}

/* The containers of a side by those; NULL for what several are called. Transfer full. */
static GHashTable *index_containers(const NslPairs *pairs, guint side, bool by_name)
{
	GHashTable *index =
		g_hash_table_new_full(nsl_text_utf8_hash, nsl_text_utf8_equal, g_free, NULL);

	NSL_EACH (NslContainer, container, pairs->sides[side]->snapshot->containers) {
		char *name = container_name(pairs, container, by_name);

		if (name)
			g_hash_table_insert(index, name,
					    g_hash_table_contains(index, name) ? NULL : container);
	}
	return index;
}

static void pair_containers(NslPairs *pairs, bool by_name)
{
	g_autoptr(GHashTable) befores = index_containers(pairs, NSL_BEFORE, by_name);
	g_autoptr(GHashTable) afters = index_containers(pairs, NSL_AFTER, by_name);
	GHashTableIter iter;
	gpointer name, before;

	g_hash_table_iter_init(&iter, befores);
	while (g_hash_table_iter_next(&iter, &name, &before)) {
		const NslContainer *after = g_hash_table_lookup(afters, name);

		if (before && after)
			pair(pairs, before, after);
	}
}

static guint hash_holder(gconstpointer data)
{
	const NslHolder *holder = data;
	guint hash = (guint)holder->kind ^ (holder->path ? nsl_text_utf8_hash(holder->path) : 0);

	return holder->kind == NSL_HOLDER_MOUNT
		       ? hash
		       : hash ^ holder->pid * 31 ^ holder->tid * 17 ^ (guint)holder->fd;
}

static gboolean is_same_holder(gconstpointer a, gconstpointer b)
{
	const NslHolder *x = a;
	const NslHolder *y = b;

	if (x->kind != y->kind || !x->path != !y->path ||
	    (x->path && !nsl_text_utf8_equal(x->path, y->path)))
		return FALSE;
	/* Copies of a mount, in other mount namespaces, are one. */
	return x->kind == NSL_HOLDER_MOUNT ||
	       (x->pid == y->pid && x->tid == y->tid && x->fd == y->fd);
}

GHashTable *nsl_holder_set(const NslNamespace *ns)
{
	GHashTable *holders = g_hash_table_new(hash_holder, is_same_holder);

	NSL_EACH_IN (NslHolder, holder, ns->holders)
		g_hash_table_add(holders, holder);
	return holders;
}

/* Whether a member, a holder or a name is of both. */
static bool has_something_in_common(const NslPairs *pairs, const NslNamespace *before,
				    const NslNamespace *after)
{
	g_autoptr(GHashTable) holders = nsl_holder_set(before);
	g_autoptr(GHashTable) names = nsl_name_set(before->names);

	NSL_EACH (const NslProcess, member, after->members) {
		const NslProcess *process = nsl_pairs_get(pairs, member);

		if (process && process->ns[before->type] == before)
			return true;
	}
	NSL_EACH_IN (const NslHolder, holder, after->holders)
		if (g_hash_table_contains(holders, holder))
			return true;
	NSL_EACH (const char, name, after->names)
		if (g_hash_table_contains(names, name))
			return true;
	return false;
}

/* Within one boot. */
static bool is_same_namespace(NslPairs *pairs, const NslNamespace *before,
			      const NslNamespace *after)
{
	if (before->nsid != 0 && after->nsid != 0)
		return before->nsid == after->nsid;
	if (before->owner.ns && after->owner.ns &&
	    before->owner.ns->inode != after->owner.ns->inode)
		return false;
	if (before->has_owner_uid == NSL_KNOWN && after->has_owner_uid == NSL_KNOWN &&
	    before->owner_uid != after->owner_uid)
		return false;
	if (after->root || has_something_in_common(pairs, before, after))
		return true;
	/* Ids are given out in ascending order. */
	if (pairs->last_nsid != 0 && after->nsid > pairs->last_nsid)
		return false;
	pairs->n_reused++;
	return true;
}

/*
 * What a namespace is called whatever boots: by its ip netns name, what contains its first member,
 * where it is mounted. NULL: nothing lasts. Transfer full.
 */
static char *lasting_name(const NslPairs *pairs, const NslNamespace *ns)
{
	const char *type = nsl_nstypes[ns->type].name;
	const NslProcess *first = ns->members->len > 0 ? g_ptr_array_index(ns->members, 0) : NULL;
	const NslContainer *container = first ? first->container : NULL;

	if (ns->root)
		return g_strdup_printf("%s root", type);
	if (ns->names->len > 0)
		return g_strdup_printf("%s netns %s", type,
				       (char *)g_ptr_array_index(ns->names, 0));
	if (container) {
		const NslContainer *other = nsl_pairs_get(pairs, container);

		/* A pair has one key. */
		return g_strdup_printf("%s container %s", type,
				       other && g_strcmp0(other->key, container->key) < 0
					       ? other->key
					       : container->key);
	}
	if (first && first->unit)
		return g_strdup_printf("%s unit %s", type, first->unit);
	NSL_EACH_IN (const NslHolder, holder, ns->holders)
		if (holder->kind == NSL_HOLDER_MOUNT && holder->path[0])
			return g_strdup_printf("%s mount %s", type, holder->path);
	return NULL;
}

/* Of those that have one name, the first is paired with the first, and so on. */
static void pair_by_lasting_names(NslPairs *pairs)
{
	g_autoptr(GHashTable) named = g_hash_table_new_full(nsl_text_utf8_hash, nsl_text_utf8_equal,
							    g_free, (GDestroyNotify)g_queue_free);

	for (guint side = 0; side < NSL_N_SIDES; side++)
		NSL_EACH (NslNamespace, ns, pairs->sides[side]->namespaces) {
			g_autofree char *name = lasting_name(pairs, ns);
			GQueue *queue = name ? g_hash_table_lookup(named, name) : NULL;

			if (name && !queue) {
				queue = g_queue_new();
				g_hash_table_insert(named, g_steal_pointer(&name), queue);
			}
			if (queue && side == NSL_BEFORE)
				g_queue_push_tail(queue, ns);
			else if (queue && !g_queue_is_empty(queue))
				pair(pairs, g_queue_pop_head(queue), ns);
		}
}

/* Else it ends, or only the kernel knows why it is there. */
static bool is_in_use(const NslNamespace *ns)
{
	NSL_EACH_IN (const NslHolder, holder, ns->holders)
		if (holder->kind != NSL_HOLDER_KERNEL)
			return true;
	return ns->members->len > 0;
}

static void pair_namespaces(NslPairs *pairs)
{
	g_autoptr(GHashTable) by_nsid = g_hash_table_new(nsl_number_hash, g_int64_equal);
	const NslSnapshot *snapshot = pairs->sides[NSL_BEFORE]->snapshot;

	NSL_EACH_KEY (NslNamespace, ns, snapshot->namespaces) {
		if (snapshot->unseen == 0)
			pairs->last_nsid = MAX(pairs->last_nsid, ns->nsid);
		if (ns->nsid != 0)
			g_hash_table_insert(by_nsid, &ns->nsid, ns);
	}
	NSL_EACH (const NslNamespace, after, pairs->sides[NSL_AFTER]->namespaces) {
		const NslNamespace *before = g_hash_table_lookup(by_nsid, &after->nsid);

		if (!before)
			before = nsl_snapshot_get(snapshot, after->type, after->inode);
		if (before && is_same_namespace(pairs, before, after))
			pair(pairs, before, after);
	}
	/* What the later side is not about, but knows of. */
	NSL_EACH (const NslNamespace, before, pairs->sides[NSL_BEFORE]->namespaces) {
		const NslNamespace *after = nsl_snapshot_get(pairs->sides[NSL_AFTER]->snapshot,
							     before->type, before->inode);

		if (after && is_in_use(after) && !nsl_pairs_get(pairs, before) &&
		    !nsl_pairs_get(pairs, after) && !g_hash_table_contains(pairs->listed, after) &&
		    is_same_namespace(pairs, before, after))
			pair(pairs, before, after);
	}
}

bool nsl_pairs_has_lasting_name(const NslPairs *pairs, const NslNamespace *ns)
{
	g_autofree char *name = lasting_name(pairs, ns);

	return name != NULL;
}

NslPairs *nsl_pairs_new(const NslDiffSide *before, const NslDiffSide *after)
{
	NslPairs *pairs = g_new0(NslPairs, 1);
	const GPtrArray *lists[] = {after->namespaces, after->processes, after->containers};
	const char *boots[] = {before->snapshot->boot_id, after->snapshot->boot_id};

	pairs->sides[NSL_BEFORE] = before;
	pairs->sides[NSL_AFTER] = after;
	pairs->partners = g_hash_table_new(NULL, NULL);
	pairs->listed = g_hash_table_new(NULL, NULL);
	pairs->knows_boots = boots[NSL_BEFORE] && boots[NSL_AFTER];
	/* A live system, which --watch looks at again and again, does not boot meanwhile. */
	pairs->same_boot = pairs->knows_boots ? strcmp(boots[NSL_BEFORE], boots[NSL_AFTER]) == 0
					      : !before->snapshot->scope && !after->snapshot->scope;
	for (gsize i = 0; i < G_N_ELEMENTS(lists); i++)
		for (guint j = 0; j < lists[i]->len; j++)
			g_hash_table_add(pairs->listed, g_ptr_array_index(lists[i], j));
	if (pairs->same_boot) {
		pair_processes(pairs);
		pair_containers_by_members(pairs, false);
		pair_containers_by_members(pairs, true);
	}
	pair_containers(pairs, false);
	if (pairs->same_boot) {
		pair_namespaces(pairs);
	} else {
		pair_containers(pairs, true);
		pair_by_lasting_names(pairs);
	}
	return pairs;
}

void nsl_pairs_free(NslPairs *pairs)
{
	if (!pairs)
		return;
	g_hash_table_unref(pairs->partners);
	g_hash_table_unref(pairs->listed);
	g_free(pairs);
}
