/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The JSON document that data/nslist.schema.json describes. json-c writes it; here is what is in
 * it.
 */
#include <json-c/json.h>

#include "report/format.h"
#include "report/json_detail.h"
#include "report/json_value.h"
#include "report/label.h"

#define SCHEMA 1

static struct json_object *numbers(const guint32 *values, guint n)
{
	struct json_object *array = json_object_new_array_ext((int)n);

	for (guint i = 0; i < n; i++)
		json_object_array_add(array, number(values[i]));
	return array;
}

/* Seconds since the epoch; 0 is unknown. */
static struct json_object *moment(gint64 seconds)
{
	g_autoptr(GString) text = g_string_new(NULL);

	nsl_label_time(text, seconds);
	return text->len > 0 ? string(text->str) : NULL;
}

static struct json_object *host(const NslSnapshot *snapshot)
{
	struct json_object *object = json_object_new_object();

	add(object, "hostname", string(snapshot->hostname));
	add(object, "machine_id", string(snapshot->machine_id));
	add(object, "boot_id", string(snapshot->boot_id));
	add(object, "kernel", string(snapshot->kernel));
	return object;
}

static struct json_object *sources(const NslSnapshot *snapshot)
{
	struct json_object *object = json_object_new_object();

	for (NslSource source = 0; source < NSL_SOURCE_COUNT; source++)
		add(object, nsl_source_name(source),
		    string(nsl_coverage_name(snapshot->coverage[source])));
	return object;
}

static struct json_object *issues(const NslSnapshot *snapshot)
{
	struct json_object *array = json_object_new_array();

	for (guint i = 0; i < snapshot->issues->len; i++) {
		const NslIssue *issue = g_ptr_array_index(snapshot->issues, i);
		struct json_object *object = json_object_new_object();

		add(object, "source", string(nsl_source_name(issue->source)));
		add(object, "code", string(issue->code));
		add(object, "message", string(issue->message));
		add(object, "count", number(issue->count));
		add(object, "pids", numbers((guint32 *)issue->pids->data, issue->pids->len));
		json_object_array_add(array, object);
	}
	return array;
}

static struct json_object *reference(const NslSnapshot *snapshot)
{
	struct json_object *object = json_object_new_object();
	struct json_object *roots = json_object_new_object();

	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		add(roots, nsl_nstypes[type].name, known_number(snapshot->root[type]));
	add(object, "source", string(nsl_reference_name(snapshot->reference)));
	add(object, "namespaces", roots);
	return object;
}

static void add_task(struct json_object *object, const NslHolder *holder)
{
	add(object, "pid", number(holder->pid));
	if (holder->tid != 0)
		add(object, "tid", number(holder->tid));
	if (holder->comm)
		add(object, "comm", string(holder->comm));
}

static struct json_object *held_by(const NslNamespace *ns)
{
	struct json_object *array = json_object_new_array();

	for (guint i = 0; i < ns->holders->len; i++) {
		const NslHolder *holder = &g_array_index(ns->holders, NslHolder, i);
		struct json_object *object = json_object_new_object();

		add(object, "kind", string(nsl_holder_kind_name(holder->kind)));
		switch (holder->kind) {
		case NSL_HOLDER_MOUNT:
			add(object, "path", string(holder->path));
			add(object, "mnt_ns", known_number(holder->mnt_ns));
			break;
		case NSL_HOLDER_FD:
		case NSL_HOLDER_SOCKET:
			add_task(object, holder);
			add(object, "fd", number((guint64)holder->fd));
			break;
		case NSL_HOLDER_THREAD:
		case NSL_HOLDER_FOR_CHILDREN:
			add_task(object, holder);
			break;
		case NSL_HOLDER_OWNER_OF:
		case NSL_HOLDER_PARENT_OF:
			add(object, "ns", number(holder->ns->inode));
			add(object, "type", string(nsl_nstypes[holder->ns->type].name));
			break;
		case NSL_HOLDER_KERNEL:
		case NSL_HOLDER_COUNT:
			break;
		}
		json_object_array_add(array, object);
	}
	return array;
}

/* Those of the members that the view is about: all of them, where they are counted. */
static struct json_object *members(const NslNamespace *ns, bool counted, GHashTable *shown)
{
	struct json_object *array = json_object_new_array();

	for (guint i = 0; i < ns->members->len; i++) {
		const NslProcess *process = g_ptr_array_index(ns->members, i);

		if (counted || g_hash_table_contains(shown, process))
			json_object_array_add(array, number(process->pid));
	}
	return array;
}

/* null, and what could not be learnt is named in `unknown`. */
static struct json_object *answer(NslKnowledge knowledge, gint64 value, const char *field,
				  struct json_object *unknown)
{
	switch (knowledge) {
	case NSL_KNOWN:
		return json_object_new_int64(value);
	case NSL_SKIPPED:
	case NSL_NONE:
		break;
	case NSL_DENIED:
	case NSL_UNSUPPORTED:
		json_object_array_add(unknown, string(field));
		break;
	}
	return NULL;
}

static struct json_object *relation(const NslRelation *relation, const char *field,
				    struct json_object *unknown)
{
	gint64 inode = relation->ns ? (gint64)relation->ns->inode : 0;

	return answer(relation->knowledge, inode, field, unknown);
}

static struct json_object *kernel(const NslSnapshot *snapshot)
{
	struct json_object *object;

	if (snapshot->kernel_known == 0)
		return NULL;
	object = json_object_new_object();
	add(object, "known", number(snapshot->kernel_known));
	add(object, "explained", number(snapshot->kernel_explained));
	return object;
}

static struct json_object *namespace_object(const NslView *view, const NslNamespace *ns,
					    GHashTable *shown)
{
	struct json_object *object = json_object_new_object();
	struct json_object *names = json_object_new_array();
	struct json_object *unknown = json_object_new_array();
	bool counted = nsl_view_is_counted(view, ns);

	add(object, "type", string(nsl_nstypes[ns->type].name));
	add(object, "ns", number(ns->inode));
	add(object, "nsid", known_number(ns->nsid));
	if (view->snapshot->rootless & NSL_NSTYPE_BIT(ns->type)) {
		add(object, "root", NULL);
		json_object_array_add(unknown, string("root"));
	} else {
		add(object, "root", boolean(ns->root));
	}
	add(object, "parent", relation(&ns->parent, "parent", unknown));
	add(object, "owner", relation(&ns->owner, "owner", unknown));
	add(object, "owner_uid", answer(ns->has_owner_uid, ns->owner_uid, "owner_uid", unknown));
	add(object, "netnsid", answer(ns->has_netnsid, ns->netnsid, "netnsid", unknown));
	for (guint i = 0; i < ns->names->len; i++)
		json_object_array_add(names, string(g_ptr_array_index(ns->names, i)));
	add(object, "names", names);
	add(object, "nprocs", counted ? number(ns->members->len) : NULL);
	add(object, "pids", members(ns, counted, shown));
	add(object, "held_by", held_by(ns));
	if (!counted) {
		json_object_array_add(unknown, string("nprocs"));
		json_object_array_add(unknown, string("pids"));
	}
	if (nsl_json_detail_is_missing(ns))
		json_object_array_add(unknown, string("detail"));
	add(object, "unknown", unknown);
	add(object, "detail", nsl_json_detail(ns));
	return object;
}

static struct json_object *process_object(const NslView *view, const NslProcess *process)
{
	struct json_object *object = json_object_new_object();
	struct json_object *inodes = json_object_new_object();
	bool has_stat = process->has_stat;
	bool has_status = process->has_status;

	add(object, "pid", number(process->pid));
	add(object, "ppid", has_stat ? number(process->ppid) : NULL);
	add(object, "nspid",
	    process->n_nspid > 0 ? numbers(process->nspid, process->n_nspid) : NULL);
	add(object, "uid", has_status ? number(process->uid) : NULL);
	add(object, "user", string(process->user));
	add(object, "comm", string(process->comm));
	add(object, "command", string(process->command));
	add(object, "command_truncated", boolean(process->command_truncated));
	add(object, "start", moment(nsl_view_start(view, process)));
	add(object, "start_ticks", has_stat ? number(process->start_ticks) : NULL);
	add(object, "kthread", has_stat ? boolean(process->kthread) : NULL);
	add(object, "responsive", boolean(process->responsive));
	add(object, "container", process->container ? string(process->container->key) : NULL);
	add(object, "unit", string(process->unit));
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		add(inodes, nsl_nstypes[type].name,
		    process->ns[type] ? number(process->ns[type]->inode) : NULL);
	add(object, "ns", inodes);
	return object;
}

static struct json_object *pod(const NslContainer *container)
{
	struct json_object *object;

	if (!container->pod && !container->pod_uid)
		return NULL;
	object = json_object_new_object();
	add(object, "name", string(container->pod));
	add(object, "namespace", string(container->pod_namespace));
	add(object, "uid", string(container->pod_uid));
	return object;
}

static struct json_object *container_object(const NslContainer *container, GHashTable *shown)
{
	struct json_object *object = json_object_new_object();
	struct json_object *pids = json_object_new_array();

	for (guint i = 0; i < container->members->len; i++) {
		const NslProcess *process = g_ptr_array_index(container->members, i);

		if (g_hash_table_contains(shown, process))
			json_object_array_add(pids, number(process->pid));
	}
	add(object, "key", string(container->key));
	add(object, "parent", container->parent ? string(container->parent->key) : NULL);
	add(object, "runtime", string(container->runtime));
	add(object, "id", string(container->id));
	add(object, "name", string(container->name));
	add(object, "pod", pod(container));
	add(object, "evidence", string(nsl_evidence_name(container->evidence)));
	add(object, "claimed", boolean(container->claimed));
	add(object, "pids", pids);
	return object;
}

static struct json_object *document(const NslView *view)
{
	const NslSnapshot *snapshot = view->snapshot;
	struct json_object *object = json_object_new_object();
	struct json_object *namespaces = json_object_new_array_ext((int)view->namespaces->len);
	struct json_object *processes = json_object_new_array_ext((int)view->processes->len);
	struct json_object *containers = json_object_new_array_ext((int)view->containers->len);
	g_autoptr(GHashTable) shown = g_hash_table_new(NULL, NULL);

	add(object, "schema", number(SCHEMA));
	add(object, "host", host(snapshot));
	add(object, "time", moment(snapshot->time));
	add(object, "complete", boolean(nsl_snapshot_is_complete(snapshot)));
	add(object, "sources", sources(snapshot));
	add(object, "issues", issues(snapshot));
	add(object, "reference", reference(snapshot));
	add(object, "kernel", kernel(snapshot));
	for (guint i = 0; i < view->processes->len; i++) {
		const NslProcess *process = g_ptr_array_index(view->processes, i);

		g_hash_table_add(shown, (gpointer)process);
		json_object_array_add(processes, process_object(view, process));
	}
	for (guint i = 0; i < view->namespaces->len; i++)
		json_object_array_add(
			namespaces,
			namespace_object(view, g_ptr_array_index(view->namespaces, i), shown));
	add(object, "namespaces", namespaces);
	add(object, "processes", processes);
	for (guint i = 0; i < view->containers->len; i++)
		json_object_array_add(
			containers,
			container_object(g_ptr_array_index(view->containers, i), shown));
	add(object, "containers", containers);
	return object;
}

void nsl_json_write(const NslView *view, const NslStyle *style, NslOutput *output)
{
	(void)style;
	put_object(document(view), JSON_C_TO_STRING_PRETTY, output);
}
