/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The JSON document that data/nslist.schema.json describes. How values are written,
 * json_value.c says; here is what is in it.
 */
#include "base/each.h"
#include "report/format.h"

#define SCHEMA 1

static void put_numbers(NslJsonWriter *json, const char *key, const guint32 *values, guint n)
{
	nsl_json_begin(json, key, '[');
	for (guint i = 0; i < n; i++)
		nsl_json_put_number(json, NULL, true, values[i]);
	nsl_json_end(json, ']');
}

static void put_types(NslJsonWriter *json, const char *key, NslNsTypes types)
{
	nsl_json_begin(json, key, '[');
	NSL_EACH_TYPE (type, types)
		nsl_json_put_string(json, NULL, nsl_nstypes[type].name);
	nsl_json_end(json, ']');
}

void nsl_json_put_host(NslJsonWriter *json, const NslSnapshot *snapshot)
{
	nsl_json_put_string(json, "hostname", snapshot->hostname);
	nsl_json_put_string(json, "machine_id", snapshot->machine_id);
	nsl_json_put_string(json, "boot_id", snapshot->boot_id);
	nsl_json_put_string(json, "kernel", snapshot->kernel);
}

static void put_sources(NslJsonWriter *json, const NslSnapshot *snapshot)
{
	nsl_json_begin(json, "sources", '{');
	for (NslSource source = 0; source < NSL_SOURCE_COUNT; source++)
		nsl_json_put_string(json, nsl_source_names[source],
				    nsl_coverage_names[snapshot->coverage[source]]);
	nsl_json_end(json, '}');
}

static void put_issues(NslJsonWriter *json, const NslSnapshot *snapshot)
{
	nsl_json_begin(json, "issues", '[');
	NSL_EACH (const NslIssue, issue, snapshot->issues) {
		nsl_json_begin(json, NULL, '{');
		nsl_json_put_string(json, "source", nsl_source_names[issue->source]);
		nsl_json_put_string(json, "code", issue->code);
		nsl_json_put_string(json, "message", issue->message);
		nsl_json_put_number(json, "count", true, issue->count);
		put_numbers(json, "pids", (guint32 *)issue->pids->data, issue->pids->len);
		nsl_json_end(json, '}');
	}
	nsl_json_end(json, ']');
}

static void put_scope(NslJsonWriter *json, const char *key, const NslSelection *scope)
{
	nsl_json_begin(json, key, '{');
	put_types(json, "types", scope->types);
	nsl_json_begin(json, "selectors", '[');
	NSL_EACH (const NslSelector, selector, scope->selectors)
		nsl_json_put_string(json, NULL, selector->text);
	nsl_json_end(json, ']');
	put_numbers(json, "tasks", (guint32 *)scope->tasks->data, scope->tasks->len);
	nsl_json_put_strings(json, "filters", scope->filters);
	nsl_json_put_boolean(json, "all", true, scope->all);
	nsl_json_put_boolean(json, "persistent", true, scope->persistent);
	nsl_json_put_boolean(json, "details", true, scope->details);
	if (scope->within)
		put_scope(json, "within", scope->within);
	nsl_json_end(json, '}');
}

/* Whether the view shows all that is in a saved document, and nothing else. */
static bool is_whole(const NslView *view)
{
	const NslSelection *saved = view->snapshot->scope;

	return saved && !nsl_selection_is_narrow(view->selection) &&
	       (!view->selection->all || saved->all);
}

/* What the document is about: a later one is compared with it only where both look. */
static void put_scope_of_view(NslJsonWriter *json, const NslView *view, bool details)
{
	NslSelection *saved = view->snapshot->scope;
	NslSelection scope = *view->selection;

	if (is_whole(view)) {
		put_scope(json, "scope", saved);
		return;
	}
	scope.details = saved ? saved->details : details;
	scope.within = saved;
	put_scope(json, "scope", &scope);
}

static void put_scan(NslJsonWriter *json, const NslSnapshot *snapshot)
{
	nsl_json_begin(json, "scan", '{');
	nsl_json_put_number(json, "processes", true, snapshot->n_looked_at);
	nsl_json_put_number(json, "unreadable", true, snapshot->n_unreadable);
	nsl_json_begin(json, "unseen", '[');
	for (guint i = 0; i < NSL_UNSEEN_COUNT; i++)
		if (snapshot->unseen & 1u << i)
			nsl_json_put_string(json, NULL, nsl_unseen_names[i]);
	nsl_json_end(json, ']');
	nsl_json_put_number(json, "mnt_ns", snapshot->own_mnt != 0, snapshot->own_mnt);
	nsl_json_end(json, '}');
}

/* By type; 0: not known. */
static void put_inodes(NslJsonWriter *json, const char *key, const guint64 inodes[NSL_NSTYPE_COUNT])
{
	nsl_json_begin(json, key, '{');
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		nsl_json_put_number(json, nsl_nstypes[type].name, inodes[type] != 0, inodes[type]);
	nsl_json_end(json, '}');
}

static void put_reference(NslJsonWriter *json, const NslSnapshot *snapshot)
{
	nsl_json_begin(json, "reference", '{');
	nsl_json_put_string(json, "source", nsl_reference_names[snapshot->reference]);
	put_inodes(json, "namespaces", snapshot->root);
	nsl_json_end(json, '}');
}

static void put_task(NslJsonWriter *json, const NslHolder *holder)
{
	nsl_json_put_number(json, "pid", true, holder->pid);
	if (holder->tid != 0)
		nsl_json_put_number(json, "tid", true, holder->tid);
	if (holder->comm)
		nsl_json_put_string(json, "comm", holder->comm);
}

static void put_holder(NslJsonWriter *json, const NslHolder *holder)
{
	const NslHolderInfo *info = &nsl_holders[holder->kind];

	nsl_json_begin(json, NULL, '{');
	nsl_json_put_string(json, "kind", info->name);
	if (info->fields & NSL_HOLDER_HAS_PATH) {
		nsl_json_put_string(json, "path", holder->path);
		nsl_json_put_number(json, "mnt_ns", holder->mnt_ns != 0, holder->mnt_ns);
		if (holder->state == NSL_MOUNT_COVERED)
			nsl_json_put_boolean(json, "covered", true, true);
	}
	if (info->fields & NSL_HOLDER_HAS_TASK)
		put_task(json, holder);
	if (info->fields & NSL_HOLDER_HAS_FD)
		nsl_json_put_number(json, "fd", true, (guint64)holder->fd);
	if (info->fields & NSL_HOLDER_HAS_NS) {
		nsl_json_put_number(json, "ns", true, holder->ns->inode);
		nsl_json_put_string(json, "type", nsl_nstypes[holder->ns->type].name);
	}
	nsl_json_end(json, '}');
}

static void put_held_by(NslJsonWriter *json, const NslNamespace *ns)
{
	nsl_json_begin(json, "held_by", '[');
	NSL_EACH_IN (const NslHolder, holder, ns->holders)
		put_holder(json, holder);
	nsl_json_end(json, ']');
}

/* Those of the processes that are in `shown`, a set of processes and containers. */
static void put_pids(NslJsonWriter *json, const GPtrArray *processes, GHashTable *shown)
{
	nsl_json_begin(json, "pids", '[');
	NSL_EACH (const NslProcess, process, processes)
		if (g_hash_table_contains(shown, process))
			nsl_json_put_number(json, NULL, true, process->pid);
	nsl_json_end(json, ']');
}

static bool is_unanswered(NslKnowledge knowledge)
{
	return knowledge == NSL_DENIED || knowledge == NSL_UNSUPPORTED;
}

/* `unknown`: the names of members that are null because they could not be learnt. */
static void note_unknown(GPtrArray *unknown, const char *key, bool is_unknown)
{
	if (is_unknown)
		g_ptr_array_add(unknown, (gpointer)key);
}

/* null where there is no answer. */
static void put_answer(NslJsonWriter *json, const char *key, NslKnowledge knowledge, gint64 value,
		       GPtrArray *unknown)
{
	nsl_json_put_integer(json, key, knowledge == NSL_KNOWN, value);
	note_unknown(unknown, key, is_unanswered(knowledge));
}

static void put_relation(NslJsonWriter *json, const char *key, const NslRelation *relation,
			 GPtrArray *unknown)
{
	gint64 inode = relation->ns ? (gint64)relation->ns->inode : 0;

	put_answer(json, key, relation->knowledge, inode, unknown);
}

static void put_kernel(NslJsonWriter *json, const NslSnapshot *snapshot)
{
	const char *source = nsl_kernel_source_names[snapshot->kernel_source];

	if (!source) {
		nsl_json_put_null(json, "kernel");
		return;
	}
	nsl_json_begin(json, "kernel", '{');
	nsl_json_put_number(json, "known", true, snapshot->kernel_known);
	nsl_json_put_number(json, "explained", true, snapshot->kernel_explained);
	nsl_json_put_string(json, "source", source);
	put_types(json, "types", snapshot->kernel_types);
	nsl_json_end(json, '}');
}

/* Those of its names that no "ip netns add" has made. */
static void put_given(NslJsonWriter *json, const NslNamespace *ns)
{
	nsl_json_begin(json, "given", '[');
	NSL_EACH (const char, name, ns->names)
		if (nsl_namespace_is_given(ns, name))
			nsl_json_put_string(json, NULL, name);
	nsl_json_end(json, ']');
}

static void put_namespace(NslJsonWriter *json, const NslView *view, const NslNamespace *ns,
			  GHashTable *shown)
{
	g_autoptr(GPtrArray) unknown = g_ptr_array_new();
	bool counted = nsl_snapshot_has_all_members(view->snapshot, ns);
	bool has_root = !(view->snapshot->rootless & NSL_NSTYPE_BIT(ns->type));

	nsl_json_begin(json, NULL, '{');
	nsl_json_put_string(json, "type", nsl_nstypes[ns->type].name);
	nsl_json_put_number(json, "ns", true, ns->inode);
	nsl_json_put_number(json, "nsid", ns->nsid != 0, ns->nsid);
	/* A namespace that could not be opened may have one; of one that could, the kernel has
	 * none. */
	note_unknown(unknown, "nsid", ns->nsid == 0 && is_unanswered(ns->owner.knowledge));
	nsl_json_put_boolean(json, "root", has_root, ns->root);
	note_unknown(unknown, "root", !has_root);
	put_relation(json, "parent", &ns->parent, unknown);
	put_relation(json, "owner", &ns->owner, unknown);
	put_answer(json, "owner_uid", ns->has_owner_uid, ns->owner_uid, unknown);
	nsl_json_put_string(json, "owner_name", ns->owner_name);
	note_unknown(unknown, "owner_name",
		     !ns->owner_name &&
			     (is_unanswered(ns->has_owner_uid) ||
			      view->snapshot->coverage[NSL_SOURCE_USERS] == NSL_COVERAGE_PARTIAL));
	put_answer(json, "netnsid", ns->has_netnsid, ns->netnsid, unknown);
	nsl_json_put_strings(json, "names", ns->names);
	put_given(json, ns);
	note_unknown(unknown, "names",
		     ns->type == NSL_NSTYPE_NET &&
			     view->snapshot->coverage[NSL_SOURCE_NETNS] == NSL_COVERAGE_PARTIAL &&
			     !nsl_snapshot_has_all_names(view->snapshot));
	nsl_json_put_number(json, "nprocs", counted, nsl_namespace_n_members(ns));
	put_pids(json, ns->members, shown);
	put_held_by(json, ns);
	note_unknown(unknown, "nprocs", !counted);
	note_unknown(unknown, "pids", !counted);
	note_unknown(unknown, "held_by",
		     nsl_snapshot_holder_coverage(view->snapshot) == NSL_COVERAGE_PARTIAL);
	note_unknown(unknown, "detail", nsl_detail_is_missing(ns));
	nsl_json_put_strings(json, "unknown", unknown);
	nsl_detail_put_json(json, "detail", ns);
	nsl_json_end(json, '}');
}

static void put_unknown(NslJsonWriter *json, const NslView *view, const NslProcess *process)
{
	bool users = view->snapshot->coverage[NSL_SOURCE_USERS] != NSL_COVERAGE_PARTIAL;
	bool has_stat = process->has_stat;
	const struct {
		const char *key;
		NslProcessPart part; /* that tells it */
		bool known;
		bool told; /* false: it may be null though that part was read */
	} fields[] = {
		{"ppid", NSL_PART_STAT, has_stat, true},
		{"nspid", NSL_PART_STATUS, process->n_nspid > 0, true},
		{"uid", NSL_PART_STATUS, process->has_status, true},
		{"user", NSL_PART_STATUS, process->user, users},
		{"comm", NSL_PART_STAT, process->comm, true},
		{"command", NSL_PART_COMMAND, process->command, true},
		{"start", NSL_PART_STAT, process->start != 0, !has_stat}, /* by the time of boot */
		{"start_ticks", NSL_PART_STAT, has_stat, true},
		{"kthread", NSL_PART_STAT, has_stat, true},
		{"zombie", NSL_PART_COUNT, !process->unreadable, false},
		{"container", NSL_PART_CGROUP, process->container, true},
		{"unit", NSL_PART_CGROUP, process->unit, true},
		{"machine", NSL_PART_CGROUP, process->machine, true},
	};
	g_autoptr(GPtrArray) unknown = g_ptr_array_new();
	guint unread = process->unreadable ? G_MAXUINT : process->unread;

	for (gsize i = 0; i < G_N_ELEMENTS(fields); i++)
		note_unknown(unknown, fields[i].key,
			     !fields[i].known &&
				     (!fields[i].told || unread & 1u << fields[i].part));
	note_unknown(unknown, "entered", nsl_snapshot_may_have_entered(view->snapshot, process));
	note_unknown(unknown, "ns", process->unreadable);
	nsl_json_put_strings(json, "unknown", unknown);
}

static void put_process(NslJsonWriter *json, const NslView *view, const NslProcess *process)
{
	bool has_stat = process->has_stat;
	bool has_status = process->has_status;
	guint64 inodes[NSL_NSTYPE_COUNT];

	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		inodes[type] = process->ns[type] ? process->ns[type]->inode : 0;
	nsl_json_begin(json, NULL, '{');
	nsl_json_put_number(json, "pid", true, process->pid);
	nsl_json_put_number(json, "ppid", has_stat, process->ppid);
	if (process->n_nspid > 0)
		put_numbers(json, "nspid", process->nspid, process->n_nspid);
	else
		nsl_json_put_null(json, "nspid");
	nsl_json_put_number(json, "uid", has_status, process->uid);
	nsl_json_put_string(json, "user", process->user);
	nsl_json_put_string(json, "comm", process->comm);
	nsl_json_put_string(json, "command", process->command);
	nsl_json_put_boolean(json, "command_truncated", true, process->command_truncated);
	nsl_json_put_time(json, "start", process->start);
	nsl_json_put_number(json, "start_ticks", has_stat, process->start_ticks);
	nsl_json_put_boolean(json, "kthread", has_stat, process->kthread);
	nsl_json_put_boolean(json, "zombie", !process->unreadable, process->zombie);
	nsl_json_put_boolean(json, "responsive", true, process->responsive);
	nsl_json_put_string(json, "container", process->container ? process->container->key : NULL);
	nsl_json_put_string(json, "entered", process->entered ? process->entered->key : NULL);
	nsl_json_put_string(json, "unit", process->unit);
	nsl_json_put_string(json, "machine", process->machine);
	put_inodes(json, "ns", inodes);
	put_unknown(json, view, process);
	nsl_json_end(json, '}');
}

/* The container's key, where the document has it. */
static void put_key(NslJsonWriter *json, const char *key, const NslContainer *container,
		    GHashTable *shown)
{
	bool has = container && g_hash_table_contains(shown, container);

	nsl_json_put_string(json, key, has ? container->key : NULL);
}

/* A thread that is selected is in no list of processes, and its process need not be in one. */
static void put_thread(NslJsonWriter *json, const NslSnapshot *snapshot, const NslThread *thread,
		       GHashTable *shown)
{
	const NslProcess *owner = nsl_snapshot_get_owner(snapshot, &thread->task);

	nsl_json_begin(json, NULL, '{');
	put_task(json, &thread->task);
	put_inodes(json, "ns", thread->ns);
	put_key(json, "container", owner ? owner->container : NULL, shown);
	put_key(json, "entered", owner ? owner->entered : NULL, shown);
	nsl_json_end(json, '}');
}

static void put_pod(NslJsonWriter *json, const NslContainer *container)
{
	if (!container->identity.pod && !container->identity.pod_uid) {
		nsl_json_put_null(json, "pod");
		return;
	}
	nsl_json_begin(json, "pod", '{');
	nsl_json_put_string(json, "name", container->identity.pod);
	nsl_json_put_string(json, "namespace", container->identity.pod_namespace);
	nsl_json_put_string(json, "uid", container->identity.pod_uid);
	nsl_json_end(json, '}');
}

static void put_container(NslJsonWriter *json, const NslView *view, const NslContainer *container,
			  GHashTable *shown)
{
	const NslSnapshot *snapshot = view->snapshot;
	g_autoptr(GPtrArray) unknown = g_ptr_array_new();
	bool has_shares = container->shared || container->own;
	/* One that has an id has a name, but where that cannot be read, nor what pod it is of. */
	bool has_unread = container->identity.id &&
			  snapshot->coverage[NSL_SOURCE_CONTAINERS] == NSL_COVERAGE_PARTIAL;

	nsl_json_begin(json, NULL, '{');
	nsl_json_put_string(json, "key", container->key);
	nsl_json_put_string(json, "parent", container->parent ? container->parent->key : NULL);
	nsl_json_put_string(json, "runtime", container->identity.runtime);
	nsl_json_put_string(json, "id", container->identity.id);
	nsl_json_put_string(json, "name", container->identity.name);
	put_pod(json, container);
	nsl_json_put_string(json, "evidence", nsl_evidence_names[container->evidence]);
	nsl_json_put_boolean(json, "claimed", true, container->unconfirmed);
	if (has_shares)
		put_types(json, "shares", container->shared);
	else
		nsl_json_put_null(json, "shares");
	put_pids(json, container->members, shown);
	note_unknown(unknown, "name", has_unread && !container->identity.name);
	note_unknown(unknown, "pod", has_unread && !container->identity.pod);
	note_unknown(unknown, "shares", !has_shares);
	note_unknown(unknown, "pids", snapshot->unseen != 0);
	nsl_json_put_strings(json, "unknown", unknown);
	nsl_json_end(json, '}');
}

void nsl_json_write(const NslView *view, const NslStyle *style, NslOutput *output)
{
	const NslSnapshot *snapshot = view->snapshot;
	NslJsonWriter json = {.output = output, .kind = nsl_style_kind(style)};
	g_autoptr(GHashTable) shown = g_hash_table_new(NULL, NULL);
	/* A thread's process and container are in no row without --threads. */
	bool whole = is_whole(view);
	const GPtrArray *processes = whole ? snapshot->processes : view->processes;
	g_autoptr(GPtrArray) threads =
		nsl_view_find_threads(snapshot, whole ? snapshot->scope : view->selection);
	const GPtrArray *containers = whole ? snapshot->containers : view->containers;

	NSL_EACH (NslProcess, process, processes)
		g_hash_table_add(shown, process);
	NSL_EACH (NslContainer, container, containers)
		g_hash_table_add(shown, container);
	nsl_json_begin(&json, NULL, '{');
	nsl_json_put_number(&json, "schema", true, SCHEMA);
	nsl_json_begin(&json, "host", '{');
	nsl_json_put_host(&json, snapshot);
	nsl_json_end(&json, '}');
	nsl_json_put_time(&json, "time", snapshot->time);
	nsl_json_put_boolean(&json, "complete", true, nsl_snapshot_is_complete(snapshot));
	put_sources(&json, snapshot);
	put_issues(&json, snapshot);
	put_scope_of_view(&json, view, style->details);
	put_scan(&json, snapshot);
	put_reference(&json, snapshot);
	put_kernel(&json, snapshot);
	nsl_json_begin(&json, "namespaces", '[');
	for (guint i = 0; i < view->namespaces->len && output->result == 0; i++)
		put_namespace(&json, view, g_ptr_array_index(view->namespaces, i), shown);
	nsl_json_end(&json, ']');
	nsl_json_begin(&json, "processes", '[');
	for (guint i = 0; i < processes->len && output->result == 0; i++)
		put_process(&json, view, g_ptr_array_index(processes, i));
	nsl_json_end(&json, ']');
	if (threads->len > 0) {
		nsl_json_begin(&json, "threads", '[');
		NSL_EACH (const NslThread, thread, threads)
			put_thread(&json, snapshot, thread, shown);
		nsl_json_end(&json, ']');
	}
	nsl_json_begin(&json, "containers", '[');
	for (guint i = 0; i < containers->len && output->result == 0; i++)
		put_container(&json, view, g_ptr_array_index(containers, i), shown);
	nsl_json_end(&json, ']');
	nsl_json_end(&json, '}');
}
