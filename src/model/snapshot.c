/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The snapshot: see snapshot.h.
 */
#include "model/snapshot.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/each.h"
#include "base/procfs.h"
#include "base/text.h"
#include "model/detail.h"
#include "model/selection.h"

const char *const nsl_evidence_names[NSL_EVIDENCE_COUNT] = {
	[NSL_EVIDENCE_STATE] = "state",
	[NSL_EVIDENCE_CGROUP] = "cgroup",
	[NSL_EVIDENCE_ARGV] = "argv",
	[NSL_EVIDENCE_NAMESPACES] = "namespaces",
};

const char *const nsl_coverage_names[NSL_COVERAGE_COUNT] = {
	[NSL_COVERAGE_SKIPPED] = "skipped",
	[NSL_COVERAGE_PARTIAL] = "partial",
	[NSL_COVERAGE_COMPLETE] = "complete",
};

const char *const nsl_reference_names[NSL_REFERENCE_COUNT] = {
	[NSL_REFERENCE_PID] = "pid",	     [NSL_REFERENCE_PID1] = "pid1",
	[NSL_REFERENCE_INITIAL] = "initial", [NSL_REFERENCE_KTHREADD] = "kthreadd",
	[NSL_REFERENCE_GUESS] = "guess",
};

const char *const nsl_kernel_source_names[NSL_KERNEL_COUNT] = {
	[NSL_KERNEL_LISTNS] = "listns",
	[NSL_KERNEL_BPF] = "bpf",
};

const char *const nsl_unseen_names[NSL_UNSEEN_COUNT] = {"anywhere", "outside"};

static guint namespace_hash(gconstpointer key)
{
	const NslNamespace *ns = key;

	/* Inodes are unique among all types: the type is in the key for recorded procfs alone. */
	return g_int64_hash(&ns->inode);
}

static gboolean namespace_equal(gconstpointer a, gconstpointer b)
{
	const NslNamespace *x = a;
	const NslNamespace *y = b;

	return x->inode == y->inode && x->type == y->type;
}

static void namespace_free(gpointer data)
{
	NslNamespace *ns = data;

	g_ptr_array_unref(ns->members);
	g_array_unref(ns->holders);
	g_ptr_array_unref(ns->names);
	g_clear_pointer(&ns->given, g_hash_table_unref);
	g_free(ns->owner_name);
	nsl_detail_free(ns->detail);
	g_free(ns);
}

/* Which namespaces processes are in: NslProcess.ns points to its first member. */
typedef struct Membership {
	NslNamespace *ns[2 * NSL_NSTYPE_COUNT]; /* its own, and those for its children */
	guint n_processes;
} Membership;

static NslNamespace *const nowhere[2 * NSL_NSTYPE_COUNT];

/* NULL: it is nowhere yet. */
static Membership *membership_of(const NslProcess *process)
{
	return process->ns == nowhere ? NULL : (Membership *)(gpointer)process->ns;
}

static void leave(NslProcess *process)
{
	Membership *membership = membership_of(process);

	if (membership && --membership->n_processes == 0)
		g_free(membership);
	process->ns = nowhere;
}

/* One that is of this process alone, and may be changed. */
static Membership *own_membership(NslProcess *process)
{
	Membership *before = membership_of(process);
	Membership *membership;

	if (before && before->n_processes == 1)
		return before;
	membership = g_new0(Membership, 1);
	if (before)
		*membership = *before;
	membership->n_processes = 1;
	leave(process);
	process->ns = membership->ns;
	return membership;
}

static void process_free(gpointer data)
{
	NslProcess *process = data;

	leave(process);
	g_free(process->command);
	g_free(process->comm);
	g_free(process->user);
	g_free(process->nspid);
	g_clear_pointer(&process->cgroup, g_ref_string_release);
	g_free(process->unit);
	g_free(process->machine);
	g_free(process);
}

static const gsize identity_strings[] = {
	offsetof(NslIdentity, id),	offsetof(NslIdentity, name),
	offsetof(NslIdentity, pod),	offsetof(NslIdentity, pod_namespace),
	offsetof(NslIdentity, pod_uid),
};

static char **identity_string(NslIdentity *identity, gsize i)
{
	return G_STRUCT_MEMBER_P(identity, identity_strings[i]);
}

void nsl_identity_clear(NslIdentity *identity)
{
	for (gsize i = 0; i < G_N_ELEMENTS(identity_strings); i++)
		g_free(*identity_string(identity, i));
	*identity = (NslIdentity){0};
}

NslIdentity nsl_identity_copy(const NslIdentity *identity)
{
	NslIdentity copy = *identity;

	for (gsize i = 0; i < G_N_ELEMENTS(identity_strings); i++)
		*identity_string(&copy, i) = g_strdup(*identity_string(&copy, i));
	return copy;
}

void nsl_identity_update(NslIdentity *identity, NslIdentity *other)
{
	if (other->runtime)
		identity->runtime = other->runtime;
	for (gsize i = 0; i < G_N_ELEMENTS(identity_strings); i++)
		if (*identity_string(other, i)) {
			g_free(*identity_string(identity, i));
			*identity_string(identity, i) = g_steal_pointer(identity_string(other, i));
		}
}

static void container_free(gpointer data)
{
	NslContainer *container = data;

	g_free(container->key);
	nsl_identity_clear(&container->identity);
	g_ptr_array_unref(container->members);
	g_free(container);
}

static void thread_free(gpointer data)
{
	NslThread *thread = data;

	g_free(thread->task.comm);
	g_clear_pointer(&thread->stand_in, process_free);
	g_free(thread);
}

static void issue_free(gpointer data)
{
	NslIssue *issue = data;

	g_free(issue->code);
	g_free(issue->message);
	g_array_unref(issue->pids);
	g_hash_table_unref(issue->noted);
	g_free(issue);
}

NslSnapshot *nsl_snapshot_new(void)
{
	NslSnapshot *snapshot = g_new0(NslSnapshot, 1);

	snapshot->namespaces =
		g_hash_table_new_full(namespace_hash, namespace_equal, namespace_free, NULL);
	snapshot->no_names = g_ptr_array_new();
	snapshot->no_holders = nsl_holders_new();
	snapshot->processes = g_ptr_array_new_with_free_func(process_free);
	snapshot->threads = g_hash_table_new_full(NULL, NULL, NULL, thread_free);
	snapshot->containers = g_ptr_array_new_with_free_func(container_free);
	snapshot->issues = g_ptr_array_new_with_free_func(issue_free);
	return snapshot;
}

void nsl_snapshot_free(NslSnapshot *snapshot)
{
	g_hash_table_unref(snapshot->namespaces);
	g_ptr_array_unref(snapshot->no_names);
	g_array_unref(snapshot->no_holders);
	g_ptr_array_unref(snapshot->processes);
	g_hash_table_unref(snapshot->threads);
	g_clear_pointer(&snapshot->notable, g_array_unref);
	g_ptr_array_unref(snapshot->containers);
	g_ptr_array_unref(snapshot->issues);
	g_free(snapshot->hostname);
	g_free(snapshot->machine_id);
	g_free(snapshot->boot_id);
	g_free(snapshot->kernel);
	g_free(snapshot->proc);
	g_free(snapshot->file);
	g_clear_pointer(&snapshot->scope, nsl_selection_free);
	g_clear_pointer(&snapshot->words, g_string_chunk_free);
	g_free(snapshot);
}

NslThread *nsl_snapshot_add_thread(NslSnapshot *snapshot, guint32 pid, guint32 tid,
				   const char *comm)
{
	NslThread *thread = g_hash_table_lookup(snapshot->threads, GUINT_TO_POINTER(tid));

	if (thread)
		return thread;
	thread = g_new0(NslThread, 1);
	thread->task = (NslHolder){
		.kind = NSL_HOLDER_THREAD, .pid = pid, .tid = tid, .comm = g_strdup(comm)};
	g_hash_table_insert(snapshot->threads, GUINT_TO_POINTER(tid), thread);
	return thread;
}

const NslThread *nsl_snapshot_get_thread(const NslSnapshot *snapshot, guint32 tid)
{
	if (nsl_snapshot_get_process(snapshot, tid))
		return NULL;
	return g_hash_table_lookup(snapshot->threads, GUINT_TO_POINTER(tid));
}

bool nsl_snapshot_is_root(const NslSnapshot *snapshot, NslNsType type, guint64 inode)
{
	if (snapshot->root[type] == inode || snapshot->rootless & NSL_NSTYPE_BIT(type))
		return true;
	/* Where they were only inferred, a namespace that nobody is seen in may be the root one. */
	return snapshot->reference >= NSL_REFERENCE_INITIAL &&
	       inode == nsl_nstypes[type].initial_inode;
}

NslNamespace *nsl_snapshot_get(const NslSnapshot *snapshot, NslNsType type, guint64 inode)
{
	const NslNamespace key = {.inode = inode, .type = type};

	return g_hash_table_lookup(snapshot->namespaces, &key);
}

NslNamespace *nsl_snapshot_add(NslSnapshot *snapshot, NslNsType type, guint64 inode)
{
	NslNamespace *ns = nsl_snapshot_get(snapshot, type, inode);

	if (ns)
		return ns;
	ns = g_new0(NslNamespace, 1);
	ns->inode = inode;
	ns->type = type;
	ns->root = nsl_snapshot_is_root(snapshot, type, inode);
	ns->members = g_ptr_array_new();
	ns->holders = g_array_ref(snapshot->no_holders);
	ns->names = g_ptr_array_ref(snapshot->no_names);
	g_hash_table_add(snapshot->namespaces, ns);
	return ns;
}

NslNamespace *nsl_snapshot_find(const NslSnapshot *snapshot, guint64 inode)
{
	NslNamespace *ns = NULL;

	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT && !ns; type++)
		ns = nsl_snapshot_get(snapshot, type, inode);
	return ns;
}

static NslProcess *process_new(guint32 pid)
{
	NslProcess *process = g_new0(NslProcess, 1);

	process->pid = pid;
	process->ns = nowhere;
	process->responsive = true;
	return process;
}

NslProcess *nsl_snapshot_add_process(NslSnapshot *snapshot, guint32 pid)
{
	g_ptr_array_add(snapshot->processes, process_new(pid));
	return g_ptr_array_index(snapshot->processes, snapshot->processes->len - 1);
}

static gint compare_processes(gconstpointer a, gconstpointer b)
{
	const NslProcess *x = *(NslProcess *const *)a;
	const NslProcess *y = *(NslProcess *const *)b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

NslProcess *nsl_snapshot_get_process(const NslSnapshot *snapshot, guint32 pid)
{
	const GPtrArray *processes = snapshot->processes;
	const NslProcess *wanted = &(const NslProcess){.pid = pid};
	NslProcess **found = NULL;

	if (processes->len > 0)
		found = bsearch(&wanted, processes->pdata, processes->len, sizeof(gpointer),
				compare_processes);
	return found ? *found : NULL;
}

NslProcess *nsl_thread_add_stand_in(NslThread *thread, NslNamespace *const ns[NSL_NSTYPE_COUNT])
{
	if (!thread->stand_in)
		thread->stand_in = process_new(thread->task.pid);
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		own_membership(thread->stand_in)->ns[type] = ns[type];
	return thread->stand_in;
}

const NslProcess *nsl_snapshot_get_owner(const NslSnapshot *snapshot, const NslHolder *thread)
{
	const NslProcess *process = nsl_snapshot_get_process(snapshot, thread->pid);
	const NslThread *told = process ? NULL : nsl_snapshot_get_thread(snapshot, thread->tid);

	return told ? told->stand_in : process;
}

void nsl_process_join(NslProcess *process, NslNamespace *ns)
{
	own_membership(process)->ns[ns->type] = ns;
	g_ptr_array_add(ns->members, process);
}

void nsl_process_unshare_children(NslProcess *process, NslNamespace *ns)
{
	own_membership(process)->ns[NSL_NSTYPE_COUNT + ns->type] = ns;
}

void nsl_process_join_as(NslProcess *process, const NslProcess *other)
{
	Membership *membership = membership_of(other);

	if (!membership)
		return;
	membership->n_processes++;
	process->ns = membership->ns;
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		if (process->ns[type])
			g_ptr_array_add(process->ns[type]->members, process);
}

bool nsl_processes_are_together(const NslProcess *a, const NslProcess *b)
{
	return a->ns == b->ns || memcmp(a->ns, b->ns, sizeof(nowhere)) == 0;
}

bool nsl_processes_share(const NslSnapshot *snapshot, NslProcess *const *processes, guint n,
			 NslNsTypes *ret_shared, NslNsTypes *ret_own)
{
	*ret_shared = 0;
	*ret_own = 0;
	for (guint i = 0; i < n; i++)
		for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
			const NslNamespace *ns = processes[i]->ns[type];
			NslNsTypes known = NSL_NSTYPE_BIT(type) & ~snapshot->rootless;

			if (ns)
				*(ns->root ? ret_shared : ret_own) |= known;
		}
	return *ret_shared || *ret_own;
}

const char *nsl_process_command(const NslProcess *process)
{
	if (process->command)
		return process->command;
	return process->comm ? process->comm : "";
}

void nsl_namespace_add_name(NslNamespace *ns, const char *name)
{
	if (ns->names->len == 0) { /* the array is every namespace's */
		g_ptr_array_unref(ns->names);
		ns->names = g_ptr_array_new_with_free_func(g_free);
	}
	g_ptr_array_add(ns->names, g_strdup(name));
}

void nsl_namespace_give_name(NslNamespace *ns, const char *name)
{
	nsl_namespace_add_name(ns, name);
	if (!ns->given)
		ns->given = g_hash_table_new(nsl_text_hash, g_str_equal);
	g_hash_table_add(ns->given, g_ptr_array_index(ns->names, ns->names->len - 1));
}

bool nsl_namespace_is_given(const NslNamespace *ns, const char *name)
{
	return ns->given && g_hash_table_contains(ns->given, name);
}

GHashTable *nsl_name_set(const GPtrArray *names)
{
	GHashTable *set = g_hash_table_new(nsl_text_utf8_hash, nsl_text_utf8_equal);

	NSL_EACH (char, name, names)
		g_hash_table_add(set, name);
	return set;
}

char *nsl_namespace_path(const NslSnapshot *snapshot, const NslNamespace *ns)
{
	char *path = NULL;

	if (snapshot->proc && ns->members->len > 0) {
		const NslProcess *process = g_ptr_array_index(ns->members, 0);

		return g_strdup_printf("%s/%u/ns/%s", snapshot->proc, process->pid,
				       nsl_nstypes[ns->type].name);
	}
	for (guint i = 0; i < ns->holders->len && !path; i++)
		path = nsl_holder_path(snapshot, ns, &g_array_index(ns->holders, NslHolder, i));
	return path;
}

NslContainer *nsl_snapshot_add_container(NslSnapshot *snapshot, const char *runtime)
{
	NslContainer *container = g_new0(NslContainer, 1);

	container->identity.runtime = runtime;
	container->members = g_ptr_array_new();
	g_ptr_array_add(snapshot->containers, container);
	return container;
}

/* Each is passed once; who meets one of this round's own is in a circle. */
bool nsl_containers_cut_circles(const GPtrArray *containers)
{
	g_autoptr(GHashTable) rounds = g_hash_table_new(NULL, NULL);
	bool any = false;

	NSL_EACH (NslContainer, container, containers) {
		NslContainer *at = container;

		while (at && !g_hash_table_contains(rounds, at)) {
			g_hash_table_insert(rounds, at, container);
			at = at->parent;
		}
		if (at && g_hash_table_lookup(rounds, at) == container) {
			at->parent = NULL;
			any = true;
		}
	}
	return any;
}

void nsl_process_add_to(NslProcess *process, NslContainer *container)
{
	process->container = container;
	g_ptr_array_add(container->members, process);
}

static NslIssue *find_issue(const NslSnapshot *snapshot, NslSource source, const char *code,
			    const char *message)
{
	NSL_EACH (NslIssue, issue, snapshot->issues) {
		if (issue->source == source && strcmp(issue->code, code) == 0 &&
		    strcmp(issue->message, message) == 0)
			return issue;
	}
	return NULL;
}

const char *nsl_snapshot_host(const NslSnapshot *snapshot)
{
	if (snapshot->hostname)
		return snapshot->hostname;
	return snapshot->machine_id ? snapshot->machine_id : snapshot->file;
}

NslIssue *nsl_snapshot_add_issue(NslSnapshot *snapshot, NslSource source, const char *code,
				 const char *message)
{
	NslIssue *issue = g_new0(NslIssue, 1);

	issue->source = source;
	issue->code = g_strdup(code);
	issue->message = g_strdup(message);
	issue->pids = g_array_new(FALSE, FALSE, sizeof(guint32));
	issue->noted = g_hash_table_new(NULL, NULL);
	g_ptr_array_add(snapshot->issues, issue);
	return issue;
}

NslIssue *nsl_snapshot_note(NslSnapshot *snapshot, NslSource source, const char *code,
			    const char *message, guint32 pid)
{
	NslIssue *issue = find_issue(snapshot, source, code, message);

	if (!issue)
		issue = nsl_snapshot_add_issue(snapshot, source, code, message);
	snapshot->coverage[source] = NSL_COVERAGE_PARTIAL;
	if (pid != 0 && !g_hash_table_add(issue->noted, GUINT_TO_POINTER(pid)))
		return issue;
	issue->count++;
	if (pid != 0 && issue->pids->len < NSL_ISSUE_PIDS)
		g_array_append_val(issue->pids, pid);
	return issue;
}

static gint compare_names(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static gint compare_containers(gconstpointer a, gconstpointer b)
{
	return strcmp((*(NslContainer *const *)a)->key, (*(NslContainer *const *)b)->key);
}

void nsl_snapshot_freeze(NslSnapshot *snapshot)
{
	const gint64 second = sysconf(_SC_CLK_TCK); /* in clock ticks */

	/* Members are in order as they come: processes are added by PID. */
	NSL_EACH_KEY (NslNamespace, ns, snapshot->namespaces) {
		g_ptr_array_sort(ns->names, compare_names);
		nsl_holders_sort(ns->holders);
	}
	g_ptr_array_sort(snapshot->containers, compare_containers);
	nsl_containers_cut_circles(snapshot->containers);
	NSL_EACH (NslContainer, container, snapshot->containers) {
		GPtrArray *members = container->members;

		g_ptr_array_sort(members, compare_processes);
		nsl_processes_share(snapshot, (NslProcess *const *)members->pdata, members->len,
				    &container->shared, &container->own);
	}
	NSL_EACH (NslProcess, process, snapshot->processes) {
		bool known = process->has_stat && snapshot->boot_time != 0;
		gint64 ticks = nsl_procfs_start(process->start_ticks);
		gint64 start = snapshot->boot_time + ticks / second - (ticks % second < 0 ? 1 : 0);

		if (known && start > 0 && start <= NSL_TIME_MAX)
			process->start = start;
	}
}

bool nsl_snapshot_has_all_names(const NslSnapshot *snapshot)
{
	if (snapshot->coverage[NSL_SOURCE_NETNS] != NSL_COVERAGE_PARTIAL)
		return snapshot->coverage[NSL_SOURCE_NETNS] == NSL_COVERAGE_COMPLETE;
	NSL_EACH (const NslIssue, issue, snapshot->issues)
		if (issue->source == NSL_SOURCE_NETNS && strcmp(issue->code, NSL_ISSUE_STALE) != 0)
			return false;
	return true;
}

bool nsl_snapshot_may_have_unseen(const NslSnapshot *snapshot, const NslNamespace *ns)
{
	if (snapshot->only_selected || snapshot->unseen & NSL_UNSEEN_ANYWHERE)
		return true;
	/* One that a process of the procfs is in is its PID namespace, or one below that. */
	return snapshot->unseen & NSL_UNSEEN_OUTSIDE &&
	       !(ns->type == NSL_NSTYPE_PID && nsl_namespace_n_members(ns) > 0);
}

bool nsl_snapshot_may_have_entered(const NslSnapshot *snapshot, const NslProcess *process)
{
	const NslContainer *container = process->container;

	if (process->entered || (container && container->evidence != NSL_EVIDENCE_NAMESPACES))
		return false;
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		if (type != NSL_NSTYPE_USER && nsl_process_has_own(process, type) &&
		    nsl_snapshot_may_have_unseen(snapshot, process->ns[type]))
			return true;
	return false;
}

bool nsl_snapshot_has_all_members(const NslSnapshot *snapshot, const NslNamespace *ns)
{
	return !ns->members_not_read && !nsl_snapshot_may_have_unseen(snapshot, ns);
}

bool nsl_snapshot_has_whole_containers(const NslSnapshot *snapshot)
{
	return snapshot->unseen == 0 &&
	       !(snapshot->scope && nsl_selection_is_narrow(snapshot->scope));
}

NslCoverage nsl_snapshot_holder_coverage(const NslSnapshot *snapshot)
{
	bool skipped = false;

	if (snapshot->unseen != 0)
		return NSL_COVERAGE_PARTIAL;
	for (NslHolderKind kind = 0; kind < NSL_HOLDER_COUNT; kind++) {
		NslCoverage coverage = snapshot->coverage[nsl_holders[kind].source];

		if (coverage == NSL_COVERAGE_PARTIAL)
			return NSL_COVERAGE_PARTIAL;
		/* The kernel's lists tell of namespaces, and not who holds them. */
		skipped =
			skipped || (coverage == NSL_COVERAGE_SKIPPED && kind != NSL_HOLDER_KERNEL);
	}
	return skipped ? NSL_COVERAGE_SKIPPED : NSL_COVERAGE_COMPLETE;
}

bool nsl_snapshot_is_unpopulated(const NslSnapshot *snapshot, const NslNamespace *ns)
{
	return nsl_namespace_n_members(ns) == 0 && nsl_snapshot_has_all_members(snapshot, ns);
}

bool nsl_process_is_in_netns_alone(const NslProcess *process)
{
	bool named = false;

	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
		const NslNamespace *ns = process->ns[type];

		if (!ns || ns->root)
			continue;
		if (type == NSL_NSTYPE_NET && ns->names->len > 0)
			named = true;
		else if (type != NSL_NSTYPE_MNT)
			return false;
	}
	return named;
}
