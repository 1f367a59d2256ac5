/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a saved document does not say of an object where it stands, and all of it together tells:
 * see reader.h.
 */
#include "store/reader.h"

#include <stdlib.h>
#include <string.h>

#include "base/each.h"
#include "model/detail.h"

/* Nothing that Linux has is nested deeper (user_namespaces(7)); a cycle is. */
#define MAX_NESTED 64

static gint compare_key(gconstpointer key, gconstpointer container)
{
	return strcmp(key, (*(NslContainer *const *)container)->key);
}

static void settle_references(NslReader *reader)
{
	const GPtrArray *all = reader->snapshot->containers;

	NSL_EACH_IN (const NslContainerRef, reference, reader->references) {
		NslContainer *const *found = all->len > 0
						     ? bsearch(reference->key, all->pdata, all->len,
							       sizeof(gpointer), compare_key)
						     : NULL;

		reader->list = reference->list;
		if (found)
			*reference->to = *found;
		else
			nsl_field_fail(reader, NULL, "refer to a container that is not there");
	}
}

static void settle_containers(NslReader *reader)
{
	NslSnapshot *snapshot = reader->snapshot;

	settle_references(reader);
	NSL_EACH (NslProcess, process, snapshot->processes)
		if (process->container)
			nsl_process_add_to(process, process->container);
	reader->list = "containers";
	NSL_EACH (NslContainer, container, snapshot->containers) {
		NslNsTypes shared;
		NslNsTypes own;

		nsl_processes_share(snapshot, (NslProcess *const *)container->members->pdata,
				    container->members->len, &shared, &own);
		for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
			if (snapshot->root[type] == 0)
				container->own &= ~NSL_NSTYPE_BIT(type);
		container->own |= container->shared || container->own ? own : 0;
	}
	if (nsl_containers_cut_circles(snapshot->containers))
		nsl_field_fail(reader, NULL, "are within themselves");
}

static void check_depth(NslReader *reader, const NslNamespace *ns)
{
	const NslNamespace *parent = ns;
	const NslNamespace *owner = ns;

	for (guint depth = 0; depth <= MAX_NESTED && (parent || owner); depth++) {
		parent = parent ? parent->parent.ns : NULL;
		owner = owner ? owner->owner.ns : NULL;
	}
	if (parent || owner)
		nsl_field_fail(reader, NULL, "are nested too deep, or within themselves");
}

/* Who is seen in another mount namespace than that of who made the document. */
static const NslProcess *find_in_mount(const NslSnapshot *snapshot, const NslHolder *mount)
{
	const NslNamespace *mnt =
		mount->mnt_ns == snapshot->own_mnt
			? NULL
			: nsl_snapshot_get(snapshot, NSL_NSTYPE_MNT, mount->mnt_ns);

	return mnt && mnt->members->len > 0 ? g_ptr_array_index(mnt->members, 0) : NULL;
}

static void settle_mount(const NslSnapshot *snapshot, GHashTable *names, NslHolder *mount)
{
	static const char folder[] = "/run/netns/";
	const char *in_folder = g_strrstr(mount->path, folder);
	const NslProcess *process = find_in_mount(snapshot, mount);

	/* The first mount of a name of ip netns is the one that it stands for. */
	if (in_folder && g_hash_table_remove(names, in_folder + strlen(folder)))
		mount->named = true;
	if (process) {
		mount->pid = process->pid;
		g_free(mount->comm);
		mount->comm = g_strdup(process->comm);
	}
}

/*
 * What the document does not say of holders, and what it says elsewhere tells: whose children a
 * namespace waits for, which mount a name of ip netns stands for, who is in its mount namespace.
 */
static void settle_holders(const NslSnapshot *snapshot, NslNamespace *ns)
{
	g_autoptr(GHashTable) names = nsl_name_set(ns->names);

	NSL_EACH_IN (NslHolder, holder, ns->holders) {
		NslProcess *process;

		if (holder->kind == NSL_HOLDER_MOUNT)
			settle_mount(snapshot, names, holder);
		if (holder->kind != NSL_HOLDER_FOR_CHILDREN || holder->tid != 0 ||
		    !nsl_nstypes[ns->type].children_link)
			continue;
		process = nsl_snapshot_get_process(snapshot, holder->pid);
		if (process && process->ns[ns->type] != ns)
			nsl_process_unshare_children(process, ns);
	}
}

static void settle_namespaces(NslReader *reader)
{
	NslSnapshot *snapshot = reader->snapshot;
	bool asked = snapshot->coverage[NSL_SOURCE_RELATIONS] != NSL_COVERAGE_SKIPPED;

	reader->list = "namespaces";
	NSL_EACH_KEY (NslNamespace, ns, snapshot->namespaces) {
		/*
		 * Of a type that has processes, but no root namespace, that one is not known: all
		 * of them count as root then, whatever else the document says of one.
		 */
		if (snapshot->root[ns->type] == 0)
			snapshot->rootless |= NSL_NSTYPE_BIT(ns->type);
		if (snapshot->rootless & NSL_NSTYPE_BIT(ns->type) ||
		    ns->listing == NSL_LISTING_NAMED)
			ns->root = nsl_snapshot_is_root(snapshot, ns->type, ns->inode);
		ns->n_left_out -= MIN(ns->n_left_out, ns->members->len);
		if (!asked && ns->parent.knowledge == NSL_NONE)
			ns->parent.knowledge = NSL_SKIPPED;
		if (!asked && ns->owner.knowledge == NSL_NONE)
			ns->owner.knowledge = NSL_SKIPPED;
		if (ns->type == NSL_NSTYPE_PID && ns->detail &&
		    ns->detail->pid.has_init == NSL_UNSUPPORTED &&
		    nsl_snapshot_is_unpopulated(snapshot, ns))
			ns->detail->pid.has_init = NSL_NONE;
		check_depth(reader, ns);
		settle_holders(snapshot, ns);
	}
}

/* Holders tell of threads, too: these are where they hold something, and else where their process
 * is. */
static void settle_threads(NslSnapshot *snapshot)
{
	g_autoptr(GHashTable) told = g_hash_table_new(NULL, NULL);

	NSL_EACH_KEY (void, tid, snapshot->threads)
		g_hash_table_add(told, tid);
	NSL_EACH_KEY (const NslNamespace, ns, snapshot->namespaces)
		NSL_EACH_IN (const NslHolder, holder, ns->holders) {
			const NslProcess *process;
			NslThread *thread;

			if (holder->tid == 0 ||
			    g_hash_table_contains(told, GUINT_TO_POINTER(holder->tid)))
				continue;
			process = nsl_snapshot_get_process(snapshot, holder->pid);
			thread = nsl_snapshot_add_thread(snapshot, holder->pid, holder->tid,
							 holder->comm);
			if (holder->kind == NSL_HOLDER_THREAD)
				thread->ns[ns->type] = ns->inode;
			for (NslNsType type = 0; process && type < NSL_NSTYPE_COUNT; type++)
				if (thread->ns[type] == 0 && process->ns[type])
					thread->ns[type] = process->ns[type]->inode;
		}
}

void nsl_reader_settle(NslReader *reader)
{
	settle_namespaces(reader);
	settle_threads(reader->snapshot);
	settle_containers(reader);
}
