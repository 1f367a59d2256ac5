/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who has entered a container: a process that is in a container's namespaces, and by its cgroups in
 * no container. Pure.
 */
#include "attribute/containers.h"

/* Somebody has made it by "ip netns add". */
static bool is_named(const NslNamespace *ns)
{
	for (guint i = 0; i < ns->names->len; i++)
		if (!nsl_namespace_is_given(ns, g_ptr_array_index(ns->names, i)))
			return true;
	return false;
}

/* The container that a namespace is of. */
typedef struct Landlord {
	NslContainer *container; /* NULL: none */
	bool alone;		 /* no other container is in it */
} Landlord;

/*
 * A namespace is of the container that was in it first (by PID), as the sandbox of a pod is in what
 * the pod shares. That a container joins what others made, happens with all types but mnt and pid:
 * those of them in which a process outside was first are of none. User namespaces are never, since
 * the engines of users are themselves in those that they make; nor what somebody called by ip
 * netns.
 */
static const Landlord *get_landlord(GHashTable *landlords, const NslNamespace *ns)
{
	bool joined = ns->type != NSL_NSTYPE_MNT && ns->type != NSL_NSTYPE_PID;
	Landlord *landlord = g_hash_table_lookup(landlords, ns);

	if (landlord)
		return landlord;
	landlord = g_new(Landlord, 1);
	*landlord = (Landlord){.alone = true};
	g_hash_table_insert(landlords, (gpointer)ns, landlord);
	if (ns->root || ns->type == NSL_NSTYPE_USER || is_named(ns))
		return landlord;
	for (guint i = 0; i < ns->members->len; i++) {
		const NslProcess *process = g_ptr_array_index(ns->members, i);

		if (!process->container && joined && !landlord->container)
			break;
		if (!landlord->container)
			landlord->container = process->container;
		else if (process->container && process->container != landlord->container)
			landlord->alone = false;
	}
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
static NslContainer *find_entered(GHashTable *landlords, const NslProcess *process, gsize n_types)
{
	NslContainer *shared = NULL;

	for (gsize i = 0; i < n_types; i++) {
		const NslNamespace *ns = process->ns[entered_types[i]];
		const Landlord *landlord = ns ? get_landlord(landlords, ns) : NULL;

		if (landlord && landlord->container && landlord->alone)
			return landlord->container;
		if (landlord && !shared)
			shared = landlord->container;
	}
	return shared;
}

void nsl_entered_mark(NslSnapshot *snapshot, bool wholly)
{
	const GPtrArray *processes = snapshot->processes;
	g_autoptr(GHashTable) landlords = g_hash_table_new_full(NULL, NULL, NULL, g_free);

	for (guint i = 0; i < processes->len; i++) {
		NslProcess *process = g_ptr_array_index(processes, i);

		if (!nsl_process_around(process) && !process->kthread &&
		    nsl_process_is_shown(process))
			process->entered =
				find_entered(landlords, process, wholly ? N_WHOLLY : N_ANY);
	}
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
