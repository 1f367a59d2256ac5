/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who has entered a container: a process that is in a container's namespaces, and by its cgroups in
 * no container. And who has not: zombies whose cgroups are lost.
 */
#include "attribute/attribute.h"
#include "base/each.h"
#include "base/worker.h"

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
static void find_landlord(const NslNamespace *ns, Landlord *landlord)
{
	bool joined = ns->type != NSL_NSTYPE_MNT && ns->type != NSL_NSTYPE_PID;
	const NslProcess *first = NULL;	  /* of containers */
	const NslProcess *outside = NULL; /* of the others */

	landlord->alone = true;
	NSL_EACH (const NslProcess, process, ns->members) {
		const NslProcess **oldest = process->container ? &first : &outside;

		if (process->container && first && process->container != first->container)
			landlord->alone = false;
		if (!*oldest || is_older(process, *oldest))
			*oldest = process;
	}
	if (first && !(joined && outside && is_older(outside, first)))
		landlord->container = first->container;
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
	NslContainer *one = NULL;

	for (gsize i = 0; i < n_types; i++) {
		const Landlord *landlord =
			g_hash_table_lookup(landlords, process->ns[entered_types[i]]);

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

/* The namespaces (NslNamespace) of containers where others are, too, to a Landlord each. */
static GHashTable *find_shared(const NslSnapshot *snapshot)
{
	GHashTable *shared = g_hash_table_new_full(NULL, NULL, NULL, g_free);

	NSL_EACH (const NslProcess, process, snapshot->processes) {
		for (gsize i = 0; i < N_ANY && process->container; i++) {
			NslNamespace *ns = process->ns[entered_types[i]];

			if (ns && may_be_of_container(ns) && !g_hash_table_contains(shared, ns))
				g_hash_table_insert(shared, ns, g_new0(Landlord, 1));
		}
	}
	g_hash_table_foreach_remove(shared, has_nobody_else, NULL);
	return shared;
}

/* The processes there whose starts nobody has read. */
static GPtrArray *list_unsure(GHashTable *shared)
{
	g_autoptr(GHashTable) unsure = g_hash_table_new(NULL, NULL);
	GPtrArray *list = g_ptr_array_new();

	NSL_EACH_KEY (const NslNamespace, ns, shared)
		NSL_EACH (NslProcess, process, ns->members)
			if (!process->has_stat && g_hash_table_add(unsure, process))
				g_ptr_array_add(list, process);
	return list;
}

typedef struct Starts {
	const NslProcfs *procfs;
	const GPtrArray *processes;
} Starts;

/* The record is the NslProcessStat, or nothing. */
static void read_start(gpointer data, guint item, bool careful, GByteArray *out)
{
	const Starts *starts = data;
	const NslProcess *process = g_ptr_array_index(starts->processes, item);
	g_auto(NslFd) handle = careful ? -1 : nsl_procfs_open_process(starts->procfs, process->pid);
	NslProcessStat stat;

	if (handle >= 0 && nsl_process_read_stat(handle, &stat) == 0)
		nsl_work_send(out, &stat, sizeof(stat));
}

/* PIDs are given out again: who was in a namespace first, the starts tell. */
static void read_starts(GHashTable *shared, const NslProcfs *procfs, gint64 *waited)
{
	g_autoptr(GPtrArray) unsure = list_unsure(shared);
	Starts starts = {procfs, unsure};
	NslWorkSpec spec = {
		.n_items = unsure->len,
		.run = read_start,
		.data = &starts,
		.keep = {procfs->fd, -1},
		.waited = waited,
	};
	g_autoptr(NslWork) work = nsl_work_run(&spec);

	for (guint i = 0; i < unsure->len; i++) {
		NslProcess *process = g_ptr_array_index(unsure, i);
		NslWorkItem item = nsl_work_get(work, i);
		NslProcessStat stat;

		if (item.state != NSL_WORK_DONE || !nsl_work_take(&item, &stat, sizeof(stat)))
			continue;
		process->has_stat = true;
		process->ppid = stat.ppid;
		process->kthread = stat.kthread;
		process->start_ticks = stat.start_ticks;
	}
}

void nsl_entered_mark(NslSnapshot *snapshot, const NslProcfs *procfs, bool wholly, gint64 *waited)
{
	g_autoptr(GHashTable) landlords = find_shared(snapshot);

	read_starts(landlords, procfs, waited);
	NSL_EACH_KEY (const NslNamespace, ns, landlords)
		find_landlord(ns, g_hash_table_lookup(landlords, ns));
	NSL_EACH_KEY (const NslNamespace, ns, landlords)
		NSL_EACH (NslProcess, process, ns->members)
			if (is_candidate(process))
				process->entered =
					find_entered(landlords, process, wholly ? N_WHOLLY : N_ANY);
}

bool nsl_entered_needs_scan(const NslSnapshot *snapshot)
{
	for (guint i = 0; i < snapshot->processes->len && snapshot->only_selected; i++) {
		const NslProcess *process = g_ptr_array_index(snapshot->processes, i);

		if (process->cgroup_lost && nsl_process_has_own(process, NSL_NSTYPE_USER))
			return true;
		if (process->kthread || nsl_process_is_in_netns_alone(process) ||
		    (process->container && process->container->evidence == NSL_EVIDENCE_CGROUP))
			continue;
		for (gsize j = 0; j < N_ANY; j++)
			if (nsl_process_has_own(process, entered_types[j]))
				return true;
	}
	return false;
}

const NslProcess *nsl_zombie_parent(const NslSnapshot *snapshot, const NslProcess *process)
{
	const NslProcess *parent;

	if (!process->cgroup_lost || !process->has_stat ||
	    !(nsl_process_has_own(process, NSL_NSTYPE_USER) ||
	      nsl_process_has_own(process, NSL_NSTYPE_PID)))
		return NULL;
	parent = nsl_snapshot_get_process(snapshot, process->ppid);
	if (!parent || parent->ns[NSL_NSTYPE_USER] != process->ns[NSL_NSTYPE_USER] ||
	    parent->ns[NSL_NSTYPE_PID] != process->ns[NSL_NSTYPE_PID])
		return NULL;
	return parent;
}

void nsl_zombies_settle(const NslSnapshot *snapshot)
{
	NSL_EACH (NslProcess, process, snapshot->processes) {
		const NslProcess *parent = nsl_zombie_parent(snapshot, process);

		if (!parent || process->container)
			continue;
		process->entered = parent->entered;
		if (parent->container)
			nsl_process_add_to(process, parent->container);
	}
}
