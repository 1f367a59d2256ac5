/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The JSON document that data/nslist.schema.json describes. json-c writes it; here is what is in
 * it.
 */
#include <json-c/json.h>

#include "report/detail.h"
#include "report/format.h"
#include "report/json_value.h"
#include "report/label.h"

#define SCHEMA 1

static struct json_object *numbers(const guint32 *values, guint n)
{
	struct json_object *array = nsl_json_new_array(n);

	for (guint i = 0; i < n; i++)
		nsl_json_append(array, nsl_json_new_number(values[i]));
	return array;
}

/* Seconds since the epoch; 0 is unknown. */
static struct json_object *moment(gint64 seconds)
{
	g_autoptr(GString) text = g_string_new(NULL);

	nsl_label_time(text, seconds);
	return text->len > 0 ? nsl_json_new_string(text->str) : NULL;
}

static struct json_object *host(const NslSnapshot *snapshot)
{
	struct json_object *object = nsl_json_new_object();

	nsl_json_add(object, "hostname", nsl_json_new_string(snapshot->hostname));
	nsl_json_add(object, "machine_id", nsl_json_new_string(snapshot->machine_id));
	nsl_json_add(object, "boot_id", nsl_json_new_string(snapshot->boot_id));
	nsl_json_add(object, "kernel", nsl_json_new_string(snapshot->kernel));
	return object;
}

static struct json_object *sources(const NslSnapshot *snapshot)
{
	struct json_object *object = nsl_json_new_object();

	for (NslSource source = 0; source < NSL_SOURCE_COUNT; source++)
		nsl_json_add(object, nsl_source_name(source),
			     nsl_json_new_string(nsl_coverage_name(snapshot->coverage[source])));
	return object;
}

static struct json_object *issues(const NslSnapshot *snapshot)
{
	struct json_object *array = nsl_json_new_array(0);

	for (guint i = 0; i < snapshot->issues->len; i++) {
		const NslIssue *issue = g_ptr_array_index(snapshot->issues, i);
		struct json_object *object = nsl_json_new_object();

		nsl_json_add(object, "source", nsl_json_new_string(nsl_source_name(issue->source)));
		nsl_json_add(object, "code", nsl_json_new_string(issue->code));
		nsl_json_add(object, "message", nsl_json_new_string(issue->message));
		nsl_json_add(object, "count", nsl_json_new_number(issue->count));
		nsl_json_add(object, "pids",
			     numbers((guint32 *)issue->pids->data, issue->pids->len));
		nsl_json_append(array, object);
	}
	return array;
}

static struct json_object *reference(const NslSnapshot *snapshot)
{
	struct json_object *object = nsl_json_new_object();
	struct json_object *roots = nsl_json_new_object();

	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		nsl_json_add(roots, nsl_nstypes[type].name,
			     nsl_json_new_known_number(snapshot->root[type]));
	nsl_json_add(object, "source",
		     nsl_json_new_string(nsl_reference_name(snapshot->reference)));
	nsl_json_add(object, "namespaces", roots);
	return object;
}

static void add_task(struct json_object *object, const NslHolder *holder)
{
	nsl_json_add(object, "pid", nsl_json_new_number(holder->pid));
	if (holder->tid != 0)
		nsl_json_add(object, "tid", nsl_json_new_number(holder->tid));
	if (holder->comm)
		nsl_json_add(object, "comm", nsl_json_new_string(holder->comm));
}

static struct json_object *held_by(const NslNamespace *ns)
{
	struct json_object *array = nsl_json_new_array(0);

	for (guint i = 0; i < ns->holders->len; i++) {
		const NslHolder *holder = &g_array_index(ns->holders, NslHolder, i);
		struct json_object *object = nsl_json_new_object();

		nsl_json_add(object, "kind",
			     nsl_json_new_string(nsl_holder_kind_name(holder->kind)));
		switch (holder->kind) {
		case NSL_HOLDER_MOUNT:
			nsl_json_add(object, "path", nsl_json_new_string(holder->path));
			nsl_json_add(object, "mnt_ns", nsl_json_new_known_number(holder->mnt_ns));
			break;
		case NSL_HOLDER_FD:
		case NSL_HOLDER_SOCKET:
			add_task(object, holder);
			nsl_json_add(object, "fd", nsl_json_new_number((guint64)holder->fd));
			break;
		case NSL_HOLDER_THREAD:
		case NSL_HOLDER_FOR_CHILDREN:
			add_task(object, holder);
			break;
		case NSL_HOLDER_OWNER_OF:
		case NSL_HOLDER_PARENT_OF:
			nsl_json_add(object, "ns", nsl_json_new_number(holder->ns->inode));
			nsl_json_add(object, "type",
				     nsl_json_new_string(nsl_nstypes[holder->ns->type].name));
			break;
		case NSL_HOLDER_KERNEL:
		case NSL_HOLDER_COUNT:
			break;
		}
		nsl_json_append(array, object);
	}
	return array;
}

/* Those of the members that the view is about: all of them, where they are counted. */
static struct json_object *members(const NslNamespace *ns, bool counted, GHashTable *shown)
{
	struct json_object *array = nsl_json_new_array(0);

	for (guint i = 0; i < ns->members->len; i++) {
		const NslProcess *process = g_ptr_array_index(ns->members, i);

		if (counted || g_hash_table_contains(shown, process))
			nsl_json_append(array, nsl_json_new_number(process->pid));
	}
	return array;
}

/* null, and what could not be learnt is named in `unknown`. */
static struct json_object *answer(NslKnowledge knowledge, gint64 value, const char *field,
				  struct json_object *unknown)
{
	switch (knowledge) {
	case NSL_KNOWN:
		return nsl_json_new_integer(value);
	case NSL_SKIPPED:
	case NSL_NONE:
		break;
	case NSL_DENIED:
	case NSL_UNSUPPORTED:
		nsl_json_append(unknown, nsl_json_new_string(field));
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
	object = nsl_json_new_object();
	nsl_json_add(object, "known", nsl_json_new_number(snapshot->kernel_known));
	nsl_json_add(object, "explained", nsl_json_new_number(snapshot->kernel_explained));
	return object;
}

static struct json_object *namespace_object(const NslView *view, const NslNamespace *ns,
					    GHashTable *shown)
{
	struct json_object *object = nsl_json_new_object();
	struct json_object *names = nsl_json_new_array(0);
	struct json_object *unknown = nsl_json_new_array(0);
	bool counted = nsl_view_is_counted(view, ns);

	nsl_json_add(object, "type", nsl_json_new_string(nsl_nstypes[ns->type].name));
	nsl_json_add(object, "ns", nsl_json_new_number(ns->inode));
	nsl_json_add(object, "nsid", nsl_json_new_known_number(ns->nsid));
	if (view->snapshot->rootless & NSL_NSTYPE_BIT(ns->type)) {
		nsl_json_add(object, "root", NULL);
		nsl_json_append(unknown, nsl_json_new_string("root"));
	} else {
		nsl_json_add(object, "root", nsl_json_new_boolean(ns->root));
	}
	nsl_json_add(object, "parent", relation(&ns->parent, "parent", unknown));
	nsl_json_add(object, "owner", relation(&ns->owner, "owner", unknown));
	nsl_json_add(object, "owner_uid",
		     answer(ns->has_owner_uid, ns->owner_uid, "owner_uid", unknown));
	nsl_json_add(object, "netnsid", answer(ns->has_netnsid, ns->netnsid, "netnsid", unknown));
	for (guint i = 0; i < ns->names->len; i++)
		nsl_json_append(names, nsl_json_new_string(g_ptr_array_index(ns->names, i)));
	nsl_json_add(object, "names", names);
	nsl_json_add(object, "nprocs", counted ? nsl_json_new_number(ns->members->len) : NULL);
	nsl_json_add(object, "pids", members(ns, counted, shown));
	nsl_json_add(object, "held_by", held_by(ns));
	if (!counted) {
		nsl_json_append(unknown, nsl_json_new_string("nprocs"));
		nsl_json_append(unknown, nsl_json_new_string("pids"));
	}
	if (nsl_detail_is_missing(ns))
		nsl_json_append(unknown, nsl_json_new_string("detail"));
	nsl_json_add(object, "unknown", unknown);
	nsl_json_add(object, "detail", nsl_detail_json(ns));
	return object;
}

static struct json_object *process_object(const NslView *view, const NslProcess *process)
{
	struct json_object *object = nsl_json_new_object();
	struct json_object *inodes = nsl_json_new_object();
	bool has_stat = process->has_stat;
	bool has_status = process->has_status;

	nsl_json_add(object, "pid", nsl_json_new_number(process->pid));
	nsl_json_add(object, "ppid", has_stat ? nsl_json_new_number(process->ppid) : NULL);
	nsl_json_add(object, "nspid",
		     process->n_nspid > 0 ? numbers(process->nspid, process->n_nspid) : NULL);
	nsl_json_add(object, "uid", has_status ? nsl_json_new_number(process->uid) : NULL);
	nsl_json_add(object, "user", nsl_json_new_string(process->user));
	nsl_json_add(object, "comm", nsl_json_new_string(process->comm));
	nsl_json_add(object, "command", nsl_json_new_string(process->command));
	nsl_json_add(object, "command_truncated", nsl_json_new_boolean(process->command_truncated));
	nsl_json_add(object, "start", moment(nsl_view_start(view, process)));
	nsl_json_add(object, "start_ticks",
		     has_stat ? nsl_json_new_number(process->start_ticks) : NULL);
	nsl_json_add(object, "kthread", has_stat ? nsl_json_new_boolean(process->kthread) : NULL);
	nsl_json_add(object, "responsive", nsl_json_new_boolean(process->responsive));
	nsl_json_add(object, "container",
		     process->container ? nsl_json_new_string(process->container->key) : NULL);
	nsl_json_add(object, "unit", nsl_json_new_string(process->unit));
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		nsl_json_add(inodes, nsl_nstypes[type].name,
			     process->ns[type] ? nsl_json_new_number(process->ns[type]->inode)
					       : NULL);
	nsl_json_add(object, "ns", inodes);
	return object;
}

static struct json_object *pod(const NslContainer *container)
{
	struct json_object *object;

	if (!container->pod && !container->pod_uid)
		return NULL;
	object = nsl_json_new_object();
	nsl_json_add(object, "name", nsl_json_new_string(container->pod));
	nsl_json_add(object, "namespace", nsl_json_new_string(container->pod_namespace));
	nsl_json_add(object, "uid", nsl_json_new_string(container->pod_uid));
	return object;
}

static struct json_object *container_object(const NslContainer *container, GHashTable *shown)
{
	struct json_object *object = nsl_json_new_object();
	struct json_object *pids = nsl_json_new_array(0);

	for (guint i = 0; i < container->members->len; i++) {
		const NslProcess *process = g_ptr_array_index(container->members, i);

		if (g_hash_table_contains(shown, process))
			nsl_json_append(pids, nsl_json_new_number(process->pid));
	}
	nsl_json_add(object, "key", nsl_json_new_string(container->key));
	nsl_json_add(object, "parent",
		     container->parent ? nsl_json_new_string(container->parent->key) : NULL);
	nsl_json_add(object, "runtime", nsl_json_new_string(container->runtime));
	nsl_json_add(object, "id", nsl_json_new_string(container->id));
	nsl_json_add(object, "name", nsl_json_new_string(container->name));
	nsl_json_add(object, "pod", pod(container));
	nsl_json_add(object, "evidence",
		     nsl_json_new_string(nsl_evidence_name(container->evidence)));
	nsl_json_add(object, "claimed", nsl_json_new_boolean(container->claimed));
	nsl_json_add(object, "pids", pids);
	return object;
}

static struct json_object *document(const NslView *view)
{
	const NslSnapshot *snapshot = view->snapshot;
	struct json_object *object = nsl_json_new_object();
	struct json_object *namespaces = nsl_json_new_array(view->namespaces->len);
	struct json_object *processes = nsl_json_new_array(view->processes->len);
	struct json_object *containers = nsl_json_new_array(view->containers->len);
	g_autoptr(GHashTable) shown = g_hash_table_new(NULL, NULL);

	nsl_json_add(object, "schema", nsl_json_new_number(SCHEMA));
	nsl_json_add(object, "host", host(snapshot));
	nsl_json_add(object, "time", moment(snapshot->time));
	nsl_json_add(object, "complete", nsl_json_new_boolean(nsl_snapshot_is_complete(snapshot)));
	nsl_json_add(object, "sources", sources(snapshot));
	nsl_json_add(object, "issues", issues(snapshot));
	nsl_json_add(object, "reference", reference(snapshot));
	nsl_json_add(object, "kernel", kernel(snapshot));
	for (guint i = 0; i < view->processes->len; i++) {
		const NslProcess *process = g_ptr_array_index(view->processes, i);

		g_hash_table_add(shown, (gpointer)process);
		nsl_json_append(processes, process_object(view, process));
	}
	for (guint i = 0; i < view->namespaces->len; i++)
		nsl_json_append(
			namespaces,
			namespace_object(view, g_ptr_array_index(view->namespaces, i), shown));
	nsl_json_add(object, "namespaces", namespaces);
	nsl_json_add(object, "processes", processes);
	for (guint i = 0; i < view->containers->len; i++)
		nsl_json_append(containers,
				container_object(g_ptr_array_index(view->containers, i), shown));
	nsl_json_add(object, "containers", containers);
	return object;
}

void nsl_json_write(const NslView *view, const NslStyle *style, NslOutput *output)
{
	(void)style;
	nsl_json_put_document(document(view), JSON_C_TO_STRING_PRETTY, output);
}
