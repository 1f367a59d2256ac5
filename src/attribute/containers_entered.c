/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who has entered a container: a process that is in a container's namespaces, and by its cgroups in
 * no container. Pure.
 */
#include "base/each.h"
#include "attribute/containers.h"

/* Somebody has made it by "ip netns add". */
static bool is_named(const NslNamespace *ns)
{
	NSL_EACH (const char, name, ns->names)
		if (!nsl_namespace_is_given(ns, name))
			return true;
	return false;
}

/* The container that a namespace is of. */
typedef struct Landlord {
	NslContainer *container; /* NULL: none */
	bool alone;		 /* no other container is in it */
} Landlord;

/* Whether one was there before the other: by their PIDs where their starts do not tell. */
static bool is_older(const NslProcess *one, const NslProcess *other)
{
	gint64 start = nsl_procfs_start(one->start_ticks);
	gint64 other_start = nsl_procfs_start(other->start_ticks);

	if (one->has_stat && other->has_stat && start != other_start)
		return start < other_start;
	return one->pid < other->pid;
}

/* The namespace is a container's, if one is in it. */
static bool may_be_of_container(const NslNamespace *ns)
{
	return !ns->root && ns->type != NSL_NSTYPE_USER && !is_named(ns);
}

/*
 * A namespace is of the container that was in it first, as the sandbox of a pod is in what the pod
 * shares. Containers may join namespaces that others made, but for mnt and pid: where a process
 * outside was first, it is no container's. User namespaces never are, since the engines of users
 * are themselves in those that they make; nor is what has a name of ip netns.
 */
static const Landlord *get_landlord(GHashTable *landlords, const NslNamespace *ns)
{
	bool joined = ns->type != NSL_NSTYPE_MNT && ns->type != NSL_NSTYPE_PID;
	const NslProcess *first = NULL;	  /* of containers */
	const NslProcess *outside = NULL; /* of the others */
	Landlord *landlord = g_hash_table_lookup(landlords, ns);

	if (landlord)
		return landlord;
	landlord = g_new(Landlord, 1);
	*landlord = (Landlord){.alone = true};
	g_hash_table_insert(landlords, (gpointer)ns, landlord);
	NSL_EACH (const NslProcess, process, ns->members) {
		if (!process->container && (!outside || is_older(process, outside)))
			outside = process;
		if (!process->container)
			continue;
		landlord->alone =
			landlord->alone && (!first || process->container == first->container);
		if (!first || is_older(process, first))
			first = process;
	}
	if (first && !(joined && outside && is_older(outside, first)))
		landlord->container = first->container;
	return landlord;
}

/* In the order of how rarely containers share them. */
static const NslNsType entered_types[] = {NSL_NSTYPE_MNT,   NSL_NSTYPE_PID, NSL_NSTYPE_NET,
					  NSL_NSTYPE_UTS,   NSL_NSTYPE_IPC, NSL_NSTYPE_TIME,
					  NSL_NSTYPE_CGROUP};
#define N_WHOLLY 2 /* the first two */
#define N_ANY	 G_N_ELEMENTS(entered_types)

/*
 * The container whose namespaces of the first `n_types` types a process is in: by one that no other
 * container is in, if there is such.
 */
static NslContainer *find_entered(GHashTable *shared, GHashTable *landlords,
				  const NslProcess *process, gsize n_types)
{
	NslContainer *one = NULL;

	for (gsize i = 0; i < n_types; i++) {
		const NslNamespace *ns = process->ns[entered_types[i]];
		const Landlord *landlord =
			g_hash_table_contains(shared, ns) ? get_landlord(landlords, ns) : NULL;

		if (landlord && landlord->container && landlord->alone)
			return landlord->container;
		if (landlord && !one)
			one = landlord->container;
	}
	return one;
}

/* Whether it may have entered a container, by all that is known of it alone. */
static bool is_candidate(const NslProcess *process)
{
	return !nsl_process_around(process) && !process->kthread && nsl_process_is_shown(process);
}

static gboolean has_nobody_else(gpointer key, gpointer value, gpointer data)
{
	const NslNamespace *ns = key;

	(void)value;
	(void)data;
	NSL_EACH (const NslProcess, process, ns->members)
		if (is_candidate(process))
			return false;
	return true;
}

GHashTable *nsl_entered_find_shared(const NslSnapshot *snapshot)
{
	GHashTable *shared = g_hash_table_new(NULL, NULL);

	NSL_EACH (const NslProcess, process, snapshot->processes) {
		for (gsize i = 0; i < N_ANY && process->container; i++) {
			NslNamespace *ns = process->ns[entered_types[i]];

			if (ns && may_be_of_container(ns))
				g_hash_table_add(shared, ns);
		}
	}
	g_hash_table_foreach_remove(shared, has_nobody_else, NULL);
	return shared;
}

GPtrArray *nsl_entered_list_unsure(GHashTable *shared)
{
	g_autoptr(GHashTable) unsure = g_hash_table_new(NULL, NULL);
	GPtrArray *list = g_ptr_array_new();

	NSL_EACH_KEY (const NslNamespace, ns, shared)
		NSL_EACH (NslProcess, process, ns->members)
			if (!process->has_stat && g_hash_table_add(unsure, process))
				g_ptr_array_add(list, process);
	return list;
}

void nsl_entered_mark(GHashTable *shared, bool wholly)
{
	g_autoptr(GHashTable) landlords = g_hash_table_new_full(NULL, NULL, NULL, g_free);

	NSL_EACH_KEY (const NslNamespace, ns, shared)
		NSL_EACH (NslProcess, process, ns->members)
			if (is_candidate(process))
				process->entered = find_entered(shared, landlords, process,
								wholly ? N_WHOLLY : N_ANY);
}

bool nsl_entered_needs_scan(const NslSnapshot *snapshot)
{
	for (guint i = 0; i < snapshot->processes->len && snapshot->only_selected; i++) {
		const NslProcess *process = g_ptr_array_index(snapshot->processes, i);

		if (process->kthread || nsl_process_is_in_netns_alone(process) ||
		    (process->container && process->container->evidence == NSL_EVIDENCE_CGROUP))
			continue;
		for (gsize j = 0; j < N_ANY; j++)
			if (nsl_process_has_own(process, entered_types[j]))
				return true;
	}
	return false;
}
