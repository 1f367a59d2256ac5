/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The JSON document that data/nslist.schema.json describes. json-c writes it; here is what is in
 * it.
 */
#include <json-c/json.h>
#include <string.h>

#include "report/detail.h"
#include "report/format.h"
#include "report/json_value.h"

#define SCHEMA 1

static struct json_object *numbers(const guint32 *values, guint n)
{
	struct json_object *array = nsl_json_new_array(n);

	for (guint i = 0; i < n; i++)
		nsl_json_append(array, nsl_json_new_number(values[i]));
	return array;
}

struct json_object *nsl_json_host(const NslSnapshot *snapshot)
{
	struct json_object *object = nsl_json_new_object();

	nsl_json_add_string(object, "hostname", snapshot->hostname);
	nsl_json_add_string(object, "machine_id", snapshot->machine_id);
	nsl_json_add_string(object, "boot_id", snapshot->boot_id);
	nsl_json_add_string(object, "kernel", snapshot->kernel);
	return object;
}

static struct json_object *sources(const NslSnapshot *snapshot)
{
	struct json_object *object = nsl_json_new_object();

	for (NslSource source = 0; source < NSL_SOURCE_COUNT; source++)
		nsl_json_add_string(object, nsl_source_names[source],
				    nsl_coverage_names[snapshot->coverage[source]]);
	return object;
}

static struct json_object *issues(const NslSnapshot *snapshot)
{
	struct json_object *array = nsl_json_new_array(0);

	for (guint i = 0; i < snapshot->issues->len; i++) {
		const NslIssue *issue = g_ptr_array_index(snapshot->issues, i);
		struct json_object *object = nsl_json_new_object();

		nsl_json_add_string(object, "source", nsl_source_names[issue->source]);
		nsl_json_add_string(object, "code", issue->code);
		nsl_json_add_string(object, "message", issue->message);
		nsl_json_add_number(object, "count", true, issue->count);
		nsl_json_add(object, "pids",
			     numbers((guint32 *)issue->pids->data, issue->pids->len));
		nsl_json_append(array, object);
	}
	return array;
}

static struct json_object *strings(const GPtrArray *texts)
{
	struct json_object *array = nsl_json_new_array(texts->len);

	for (guint i = 0; i < texts->len; i++)
		nsl_json_append(array, nsl_json_new_string(g_ptr_array_index(texts, i)));
	return array;
}

static struct json_object *type_names(NslNsTypes types)
{
	struct json_object *array = nsl_json_new_array(NSL_NSTYPE_COUNT);

	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		if (types & NSL_NSTYPE_BIT(type))
			nsl_json_append(array, nsl_json_new_string(nsl_nstypes[type].name));
	return array;
}

static struct json_object *scope_object(const NslScope *scope)
{
	struct json_object *object = nsl_json_new_object();

	nsl_json_add(object, "types", type_names(scope->types));
	nsl_json_add(object, "selectors", strings(scope->selectors));
	nsl_json_add(object, "tasks", numbers((guint32 *)scope->tasks->data, scope->tasks->len));
	nsl_json_add(object, "filters", strings(scope->filters));
	nsl_json_add_boolean(object, "all", true, scope->all);
	nsl_json_add_boolean(object, "persistent", true, scope->persistent);
	nsl_json_add_boolean(object, "details", true, scope->details);
	if (scope->within)
		nsl_json_add(object, "within", scope_object(scope->within));
	return object;
}

/* What the document is about: a later one is compared with it only where both look. */
static struct json_object *scope(const NslView *view, bool details)
{
	NslScope *saved = view->snapshot->scope;
	g_autoptr(NslScope) scope = NULL;
	struct json_object *object;

	if (nsl_selection_is_whole(view->selection, view->snapshot))
		return scope_object(saved);
	scope = nsl_selection_scope(view->selection);
	scope->details = saved ? saved->details : details;
	scope->within = saved;
	object = scope_object(scope);
	scope->within = NULL; /* which is the snapshot's */
	return object;
}

/* What was looked at, and from where. */
static struct json_object *scan(const NslSnapshot *snapshot)
{
	struct json_object *object = nsl_json_new_object();
	struct json_object *unseen = nsl_json_new_array(0);

	for (guint i = 0; i < NSL_UNSEEN_COUNT; i++)
		if (snapshot->unseen & 1u << i)
			nsl_json_append(unseen, nsl_json_new_string(nsl_unseen_names[i]));
	nsl_json_add_number(object, "processes", true, snapshot->n_looked_at);
	nsl_json_add_number(object, "unreadable", true, snapshot->n_unreadable);
	nsl_json_add(object, "unseen", unseen);
	nsl_json_add_number(object, "mnt_ns", snapshot->own_mnt != 0, snapshot->own_mnt);
	return object;
}

static struct json_object *reference(const NslSnapshot *snapshot)
{
	struct json_object *object = nsl_json_new_object();
	struct json_object *roots = nsl_json_new_object();

	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		nsl_json_add_number(roots, nsl_nstypes[type].name, snapshot->root[type] != 0,
				    snapshot->root[type]);
	nsl_json_add_string(object, "source", nsl_reference_names[snapshot->reference]);
	nsl_json_add(object, "namespaces", roots);
	return object;
}

static void add_task(struct json_object *object, const NslHolder *holder)
{
	nsl_json_add_number(object, "pid", true, holder->pid);
	if (holder->tid != 0)
		nsl_json_add_number(object, "tid", true, holder->tid);
	if (holder->comm)
		nsl_json_add_string(object, "comm", holder->comm);
}

static struct json_object *held_by(const NslNamespace *ns)
{
	struct json_object *array = nsl_json_new_array(0);

	for (guint i = 0; i < ns->holders->len; i++) {
		const NslHolder *holder = &g_array_index(ns->holders, NslHolder, i);
		const NslHolderInfo *info = &nsl_holders[holder->kind];
		struct json_object *object = nsl_json_new_object();

		nsl_json_add_string(object, "kind", info->name);
		if (info->fields & NSL_HOLDER_HAS_PATH) {
			nsl_json_add_string(object, "path", holder->path);
			nsl_json_add_number(object, "mnt_ns", holder->mnt_ns != 0, holder->mnt_ns);
			if (holder->state == NSL_MOUNT_COVERED)
				nsl_json_add_boolean(object, "covered", true, true);
		}
		if (info->fields & NSL_HOLDER_HAS_TASK)
			add_task(object, holder);
		if (info->fields & NSL_HOLDER_HAS_FD)
			nsl_json_add_number(object, "fd", true, (guint64)holder->fd);
		if (info->fields & NSL_HOLDER_HAS_NS) {
			nsl_json_add_number(object, "ns", true, holder->ns->inode);
			nsl_json_add_string(object, "type", nsl_nstypes[holder->ns->type].name);
		}
		nsl_json_append(array, object);
	}
	return array;
}

/* Those of the processes that are in `shown`, a set. */
static struct json_object *pids(const GPtrArray *processes, GHashTable *shown)
{
	struct json_object *array = nsl_json_new_array(0);

	for (guint i = 0; i < processes->len; i++) {
		const NslProcess *process = g_ptr_array_index(processes, i);

		if (g_hash_table_contains(shown, process))
			nsl_json_append(array, nsl_json_new_number(process->pid));
	}
	return array;
}

static bool is_unanswered(NslKnowledge knowledge)
{
	return knowledge == NSL_DENIED || knowledge == NSL_UNSUPPORTED;
}

static void note_unknown(struct json_object *unknown, const char *key, bool is_unknown)
{
	if (is_unknown)
		nsl_json_append(unknown, nsl_json_new_string(key));
}

/* null where there is no answer; what could not be learnt is named in `unknown`. */
static void add_answer(struct json_object *object, const char *key, NslKnowledge knowledge,
		       gint64 value, struct json_object *unknown)
{
	nsl_json_add(object, key, knowledge == NSL_KNOWN ? nsl_json_new_integer(value) : NULL);
	note_unknown(unknown, key, is_unanswered(knowledge));
}

static void add_relation(struct json_object *object, const char *key, const NslRelation *relation,
			 struct json_object *unknown)
{
	gint64 inode = relation->ns ? (gint64)relation->ns->inode : 0;

	add_answer(object, key, relation->knowledge, inode, unknown);
}

static struct json_object *kernel(const NslSnapshot *snapshot)
{
	const char *source = nsl_kernel_source_names[snapshot->kernel_source];
	struct json_object *object;

	if (!source)
		return NULL;
	object = nsl_json_new_object();
	nsl_json_add_number(object, "known", true, snapshot->kernel_known);
	nsl_json_add_number(object, "explained", true, snapshot->kernel_explained);
	nsl_json_add_string(object, "source", source);
	nsl_json_add(object, "types", type_names(snapshot->kernel_types));
	return object;
}

/* Those of its names that no "ip netns add" has made. */
static struct json_object *given(const NslNamespace *ns)
{
	struct json_object *array = nsl_json_new_array(0);

	for (guint i = 0; i < ns->names->len; i++) {
		const char *name = g_ptr_array_index(ns->names, i);

		if (nsl_namespace_is_given(ns, name))
			nsl_json_append(array, nsl_json_new_string(name));
	}
	return array;
}

static struct json_object *namespace_object(const NslView *view, const NslNamespace *ns,
					    GHashTable *shown)
{
	struct json_object *object = nsl_json_new_object();
	struct json_object *unknown = nsl_json_new_array(0);
	bool counted = nsl_snapshot_has_all_members(view->snapshot, ns);
	bool has_root = !(view->snapshot->rootless & NSL_NSTYPE_BIT(ns->type));

	nsl_json_add_string(object, "type", nsl_nstypes[ns->type].name);
	nsl_json_add_number(object, "ns", true, ns->inode);
	nsl_json_add_number(object, "nsid", ns->nsid != 0, ns->nsid);
	/* A namespace that could not be opened may have one; of one that could, the kernel has
	 * none. */
	note_unknown(unknown, "nsid", ns->nsid == 0 && is_unanswered(ns->owner.knowledge));
	nsl_json_add_boolean(object, "root", has_root, ns->root);
	note_unknown(unknown, "root", !has_root);
	add_relation(object, "parent", &ns->parent, unknown);
	add_relation(object, "owner", &ns->owner, unknown);
	add_answer(object, "owner_uid", ns->has_owner_uid, ns->owner_uid, unknown);
	nsl_json_add_string(object, "owner_name", ns->owner_name);
	note_unknown(unknown, "owner_name",
		     !ns->owner_name &&
			     (is_unanswered(ns->has_owner_uid) ||
			      view->snapshot->coverage[NSL_SOURCE_USERS] == NSL_COVERAGE_PARTIAL));
	add_answer(object, "netnsid", ns->has_netnsid, ns->netnsid, unknown);
	nsl_json_add(object, "names", strings(ns->names));
	nsl_json_add(object, "given", given(ns));
	note_unknown(unknown, "names",
		     ns->type == NSL_NSTYPE_NET &&
			     view->snapshot->coverage[NSL_SOURCE_NETNS] == NSL_COVERAGE_PARTIAL &&
			     !nsl_snapshot_has_all_names(view->snapshot));
	nsl_json_add_number(object, "nprocs", counted, nsl_namespace_n_members(ns));
	nsl_json_add(object, "pids", pids(ns->members, shown));
	nsl_json_add(object, "held_by", held_by(ns));
	note_unknown(unknown, "nprocs", !counted);
	note_unknown(unknown, "pids", !counted);
	note_unknown(unknown, "held_by",
		     nsl_snapshot_holder_coverage(view->snapshot) == NSL_COVERAGE_PARTIAL);
	note_unknown(unknown, "detail", nsl_detail_is_missing(ns));
	nsl_json_add(object, "unknown", unknown);
	nsl_json_add(object, "detail", nsl_detail_json(ns));
	return object;
}

/* Whether a container may have one of its namespaces whose processes are out of sight. */
static bool may_have_entered(const NslView *view, const NslProcess *process)
{
	const NslContainer *container = process->container;

	if (process->entered || (container && container->evidence != NSL_EVIDENCE_NAMESPACES))
		return false;
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		if (type != NSL_NSTYPE_USER && nsl_process_has_own(process, type) &&
		    nsl_snapshot_may_have_unseen(view->snapshot, process->ns[type]))
			return true;
	return false;
}

/* The members of a process's object that are null because they could not be learnt. */
static struct json_object *unknown_of(struct json_object *object, const NslView *view,
				      const NslProcess *process)
{
	static const struct {
		const char *key;
		NslProcessPart part; /* that tells it */
	} fields[] = {
		{"ppid", NSL_PART_STAT},    {"nspid", NSL_PART_STATUS},
		{"uid", NSL_PART_STATUS},   {"user", NSL_PART_STATUS},
		{"comm", NSL_PART_STAT},    {"command", NSL_PART_COMMAND},
		{"start", NSL_PART_STAT},   {"start_ticks", NSL_PART_STAT},
		{"kthread", NSL_PART_STAT}, {"container", NSL_PART_CGROUP},
		{"unit", NSL_PART_CGROUP},
	};
	struct json_object *unknown = nsl_json_new_array(0);
	guint unread = process->unreadable ? G_MAXUINT : process->unread;

	for (gsize i = 0; i < G_N_ELEMENTS(fields); i++) {
		const char *key = fields[i].key;
		bool is_unknown = unread & (1u << fields[i].part);

		if (strcmp(key, "user") == 0 &&
		    view->snapshot->coverage[NSL_SOURCE_USERS] == NSL_COVERAGE_PARTIAL)
			is_unknown = true;
		if (strcmp(key, "start") == 0 && process->has_stat) /* the time of boot is not */
			is_unknown = true;
		note_unknown(unknown, key, is_unknown && !json_object_object_get(object, key));
	}
	note_unknown(unknown, "entered", may_have_entered(view, process));
	note_unknown(unknown, "ns", process->unreadable);
	return unknown;
}

static struct json_object *process_object(const NslView *view, const NslProcess *process)
{
	struct json_object *object = nsl_json_new_object();
	struct json_object *inodes = nsl_json_new_object();
	bool has_stat = process->has_stat;
	bool has_status = process->has_status;

	nsl_json_add_number(object, "pid", true, process->pid);
	nsl_json_add_number(object, "ppid", has_stat, process->ppid);
	nsl_json_add(object, "nspid",
		     process->n_nspid > 0 ? numbers(process->nspid, process->n_nspid) : NULL);
	nsl_json_add_number(object, "uid", has_status, process->uid);
	nsl_json_add_string(object, "user", process->user);
	nsl_json_add_string(object, "comm", process->comm);
	nsl_json_add_string(object, "command", process->command);
	nsl_json_add_boolean(object, "command_truncated", true, process->command_truncated);
	nsl_json_add(object, "start", nsl_json_new_time(process->start));
	nsl_json_add_number(object, "start_ticks", has_stat, process->start_ticks);
	nsl_json_add_boolean(object, "kthread", has_stat, process->kthread);
	nsl_json_add_boolean(object, "zombie", !process->unreadable, process->zombie);
	nsl_json_add_boolean(object, "responsive", true, process->responsive);
	nsl_json_add_string(object, "container",
			    process->container ? process->container->key : NULL);
	nsl_json_add_string(object, "entered", process->entered ? process->entered->key : NULL);
	nsl_json_add_string(object, "unit", process->unit);
	nsl_json_add_string(object, "machine", process->machine);
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		nsl_json_add(inodes, nsl_nstypes[type].name,
			     process->ns[type] ? nsl_json_new_number(process->ns[type]->inode)
					       : NULL);
	nsl_json_add(object, "ns", inodes);
	nsl_json_add(object, "unknown", unknown_of(object, view, process));
	return object;
}

static struct json_object *pod(const NslContainer *container)
{
	struct json_object *object;

	if (!container->identity.pod && !container->identity.pod_uid)
		return NULL;
	object = nsl_json_new_object();
	nsl_json_add_string(object, "name", container->identity.pod);
	nsl_json_add_string(object, "namespace", container->identity.pod_namespace);
	nsl_json_add_string(object, "uid", container->identity.pod_uid);
	return object;
}

static struct json_object *container_object(const NslView *view, const NslContainer *container,
					    GHashTable *shown)
{
	const NslSnapshot *snapshot = view->snapshot;
	struct json_object *unknown = nsl_json_new_array(0);
	struct json_object *shared =
		container->shared || container->own ? type_names(container->shared) : NULL;
	struct json_object *object = nsl_json_new_object();

	nsl_json_add_string(object, "key", container->key);
	nsl_json_add_string(object, "parent", container->parent ? container->parent->key : NULL);
	nsl_json_add_string(object, "runtime", container->identity.runtime);
	nsl_json_add_string(object, "id", container->identity.id);
	nsl_json_add_string(object, "name", container->identity.name);
	nsl_json_add(object, "pod", pod(container));
	nsl_json_add_string(object, "evidence", nsl_evidence_names[container->evidence]);
	nsl_json_add_boolean(object, "claimed", true, container->unconfirmed);
	nsl_json_add(object, "shares", shared);
	nsl_json_add(object, "pids", pids(container->members, shown));
	/* One that has an id has a name, but where that cannot be read. */
	note_unknown(unknown, "name",
		     !container->identity.name && container->identity.id &&
			     snapshot->coverage[NSL_SOURCE_CONTAINERS] == NSL_COVERAGE_PARTIAL);
	note_unknown(unknown, "shares", !shared);
	note_unknown(unknown, "pids", snapshot->unseen != 0);
	nsl_json_add(object, "unknown", unknown);
	return object;
}

void nsl_json_write(const NslView *view, const NslStyle *style, NslOutput *output)
{
	const NslSnapshot *snapshot = view->snapshot;
	NslJsonWriter json = {.output = output};
	g_autoptr(GHashTable) shown = g_hash_table_new(NULL, NULL);
	/* A thread's process and container are in no row without --threads. */
	bool whole = nsl_selection_is_whole(view->selection, snapshot);
	const GPtrArray *processes = whole ? snapshot->processes : view->processes;
	const GPtrArray *containers = whole ? snapshot->containers : view->containers;

	for (guint i = 0; i < processes->len; i++)
		g_hash_table_add(shown, g_ptr_array_index(processes, i));
	nsl_json_begin(&json, NULL, '{');
	nsl_json_put(&json, "schema", nsl_json_new_number(SCHEMA));
	nsl_json_put(&json, "host", nsl_json_host(snapshot));
	nsl_json_put(&json, "time", nsl_json_new_time(snapshot->time));
	nsl_json_put(&json, "complete", nsl_json_new_boolean(nsl_snapshot_is_complete(snapshot)));
	nsl_json_put(&json, "sources", sources(snapshot));
	nsl_json_put(&json, "issues", issues(snapshot));
	nsl_json_put(&json, "scope", scope(view, style->details));
	nsl_json_put(&json, "scan", scan(snapshot));
	nsl_json_put(&json, "reference", reference(snapshot));
	nsl_json_put(&json, "kernel", kernel(snapshot));
	nsl_json_begin(&json, "namespaces", '[');
	for (guint i = 0; i < view->namespaces->len && output->result == 0; i++)
		nsl_json_put(&json, NULL,
			     namespace_object(view, g_ptr_array_index(view->namespaces, i), shown));
	nsl_json_end(&json);
	nsl_json_begin(&json, "processes", '[');
	for (guint i = 0; i < processes->len && output->result == 0; i++)
		nsl_json_put(&json, NULL, process_object(view, g_ptr_array_index(processes, i)));
	nsl_json_end(&json);
	nsl_json_begin(&json, "containers", '[');
	for (guint i = 0; i < containers->len && output->result == 0; i++)
		nsl_json_put(&json, NULL,
			     container_object(view, g_ptr_array_index(containers, i), shown));
	nsl_json_end(&json);
	nsl_json_end(&json);
}
