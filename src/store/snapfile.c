/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Saved documents: see snapfile.h. A function for each kind of object says its members once. The
 * document may be in any order: what refers to something else is settled at the end.
 */
#include "store/snapfile.h"

#include <fcntl.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/procfs_parse.h"
#include "base/sys.h"
#include "model/detail.h"
#include "store/reader.h"

#define SCHEMA 1 /* the newest that is understood */

/* Nothing that Linux has is nested deeper (user_namespaces(7)); a cycle is. */
#define MAX_NESTED 64

typedef struct Reader {
	NslFields fields; /* of what is being read */
	NslSnapshot *snapshot;
	guint64 schema;	    /* 0: it has none */
	GArray *whose;	    /* Whose */
	GPtrArray *parents; /* char *: of each container its parent's key; NULL: none */
} Reader;

/* In which container a process is, and which it has entered, until all of them are known. */
typedef struct Whose {
	NslProcess *process;
	char *container;
	char *entered;
} Whose;

static void clear_whose(gpointer data)
{
	Whose *whose = data;

	g_free(whose->container);
	g_free(whose->entered);
}

static void read_schema(Reader *reader, struct json_object *value)
{
	g_autofree char *problem = NULL;

	if (!nsl_field_number_of(&reader->fields, value, NULL, 1, G_MAXUINT64, &reader->schema) ||
	    reader->schema <= SCHEMA)
		return;
	problem = g_strdup_printf("is %" G_GUINT64_FORMAT
				  ", and this version of nslist understands up to %u",
				  reader->schema, SCHEMA);
	nsl_field_fail(&reader->fields, NULL, problem);
}

static void read_host(Reader *reader, struct json_object *object)
{
	NslSnapshot *snapshot = reader->snapshot;

	g_free(snapshot->hostname);
	g_free(snapshot->machine_id);
	g_free(snapshot->boot_id);
	g_free(snapshot->kernel);
	snapshot->hostname = g_strdup(nsl_field_get_text(&reader->fields, object, "hostname"));
	snapshot->machine_id = g_strdup(nsl_field_get_text(&reader->fields, object, "machine_id"));
	snapshot->boot_id = g_strdup(nsl_field_get_text(&reader->fields, object, "boot_id"));
	snapshot->kernel = g_strdup(nsl_field_get_text(&reader->fields, object, "kernel"));
}

static void read_time(Reader *reader, struct json_object *value)
{
	reader->snapshot->time = nsl_field_time_of(&reader->fields, value, NULL);
}

static void read_sources(Reader *reader, struct json_object *object)
{
	for (NslSource source = 0; source < NSL_SOURCE_COUNT; source++)
		if (nsl_field_get_text(&reader->fields, object, nsl_source_names[source]))
			reader->snapshot->coverage[source] = nsl_field_need_choice(
				&reader->fields, object, nsl_source_names[source],
				nsl_coverage_names, NSL_COVERAGE_COUNT);
}

static void read_issue(Reader *reader, struct json_object *object)
{
	NslSource source = nsl_field_need_choice(&reader->fields, object, "source",
						 nsl_source_names, NSL_SOURCE_COUNT);
	NslIssue *issue = nsl_snapshot_add_issue(
		reader->snapshot, source, nsl_field_need_text(&reader->fields, object, "code"),
		nsl_field_need_text(&reader->fields, object, "message"));

	issue->count = (guint)nsl_field_need_number(&reader->fields, object, "count", 1, G_MAXUINT);
	nsl_field_get_numbers(&reader->fields, object, "pids", issue->pids);
}

static NslScope *new_scope(Reader *reader, struct json_object *object)
{
	struct json_object *within =
		nsl_field_get(&reader->fields, object, "within", json_type_object);
	NslScope *scope = nsl_scope_new();

	scope->types = nsl_field_get_types(&reader->fields, object, "types");
	nsl_field_get_texts(&reader->fields, object, "selectors", scope->selectors);
	nsl_field_get_numbers(&reader->fields, object, "tasks", scope->tasks);
	nsl_field_get_texts(&reader->fields, object, "filters", scope->filters);
	scope->all = nsl_field_is_true(&reader->fields, object, "all");
	scope->persistent = nsl_field_is_true(&reader->fields, object, "persistent");
	scope->details = nsl_field_is_true(&reader->fields, object, "details");
	scope->within = within ? new_scope(reader, within) : NULL;
	return scope;
}

static void read_scope(Reader *reader, struct json_object *object)
{
	nsl_scope_free(reader->snapshot->scope);
	reader->snapshot->scope = new_scope(reader, object);
}

static void read_scan(Reader *reader, struct json_object *object)
{
	NslSnapshot *snapshot = reader->snapshot;
	struct json_object *unseen = nsl_field_get_list(&reader->fields, object, "unseen");

	snapshot->n_looked_at =
		(guint)nsl_field_get_known(&reader->fields, object, "processes", G_MAXUINT);
	snapshot->n_unreadable =
		(guint)nsl_field_get_known(&reader->fields, object, "unreadable", G_MAXUINT);
	snapshot->own_mnt = nsl_field_get_known(&reader->fields, object, "mnt_ns", G_MAXUINT64);
	for (guint i = 0; i < nsl_field_length(unseen); i++) {
		const char *name = nsl_field_text_of(
			&reader->fields, json_object_array_get_idx(unseen, i), "unseen");

		if (g_strcmp0(name, nsl_unseen_names[1]) == 0)
			snapshot->unseen |= NSL_UNSEEN_OUTSIDE;
		else /* or a reason of a newer version */
			snapshot->unseen |= NSL_UNSEEN_ANYWHERE;
	}
}

static void read_reference(Reader *reader, struct json_object *object)
{
	struct json_object *roots =
		nsl_field_get(&reader->fields, object, "namespaces", json_type_object);

	reader->snapshot->reference = nsl_field_need_choice(
		&reader->fields, object, "source", nsl_reference_names, NSL_REFERENCE_COUNT);
	for (NslNsType type = 0; roots && type < NSL_NSTYPE_COUNT; type++)
		reader->snapshot->root[type] = nsl_field_get_known(
			&reader->fields, roots, nsl_nstypes[type].name, G_MAXUINT64);
}

static void read_kernel(Reader *reader, struct json_object *object)
{
	NslSnapshot *snapshot = reader->snapshot;

	snapshot->kernel_source = nsl_field_need_choice(&reader->fields, object, "source",
							nsl_kernel_source_names, NSL_KERNEL_COUNT);
	snapshot->kernel_known =
		(guint)nsl_field_get_known(&reader->fields, object, "known", G_MAXUINT);
	snapshot->kernel_explained =
		(guint)nsl_field_get_known(&reader->fields, object, "explained", G_MAXUINT);
	snapshot->kernel_types = nsl_field_get_types(&reader->fields, object, "types");
}

/* A namespace that something refers to; whether it is one of those listed is known at the end. */
static NslNamespace *refer(Reader *reader, NslNsType type, guint64 inode)
{
	NslNamespace *ns = nsl_snapshot_get(reader->snapshot, type, inode);

	if (ns)
		return ns;
	if (++reader->fields.n_objects > NSL_FIELDS_MAX_OBJECTS)
		nsl_field_fail(&reader->fields, NULL, "are too many objects in one document");
	ns = nsl_snapshot_add(reader->snapshot, type, inode);
	ns->listing = NSL_LISTING_NAMED;
	ns->members_not_read = true;
	return ns;
}

static void read_relation(Reader *reader, struct json_object *object, const char *key,
			  NslNsType type, NslRelation *ret_relation)
{
	guint64 inode;
	bool known =
		nsl_field_get_number(&reader->fields, object, key, 1, NSL_FIELDS_MAX_INODE, &inode);

	ret_relation->knowledge = nsl_field_knowledge(&reader->fields, key, known);
	ret_relation->ns = known ? refer(reader, type, inode) : NULL;
}

static void read_mount(Reader *reader, struct json_object *object, NslHolder *holder)
{
	holder->path = (char *)nsl_field_need_text(&reader->fields, object, "path");
	holder->mnt_ns = nsl_field_get_known(&reader->fields, object, "mnt_ns", G_MAXUINT64);
	holder->state = nsl_field_is_true(&reader->fields, object, "covered") ? NSL_MOUNT_COVERED
									      : NSL_MOUNT_UNKNOWN;
}

static void read_holder(Reader *reader, struct json_object *object, NslNamespace *ns)
{
	NslHolder holder = {0};
	guint fields;

	while (holder.kind < NSL_HOLDER_COUNT &&
	       strcmp(nsl_holders[holder.kind].name,
		      nsl_field_need_text(&reader->fields, object, "kind")) != 0)
		holder.kind++;
	if (holder.kind == NSL_HOLDER_COUNT) {
		nsl_field_fail(&reader->fields, "kind", "is unknown to this version");
		return;
	}
	fields = nsl_holders[holder.kind].fields;
	if (fields & NSL_HOLDER_HAS_PATH)
		read_mount(reader, object, &holder);
	if (fields & NSL_HOLDER_HAS_TASK)
		holder.pid = nsl_field_need_pid(&reader->fields, object);
	holder.tid = (guint32)nsl_field_get_known(&reader->fields, object, "tid", NSL_PID_MAX);
	holder.comm = (char *)nsl_field_get_text(&reader->fields, object, "comm");
	if (fields & NSL_HOLDER_HAS_FD)
		holder.fd =
			(gint32)nsl_field_need_number(&reader->fields, object, "fd", 0, G_MAXINT32);
	if (fields & NSL_HOLDER_HAS_NS)
		holder.ns =
			refer(reader,
			      nsl_field_type_of(
				      &reader->fields,
				      nsl_field_need_text(&reader->fields, object, "type"), "type"),
			      MAX(1, nsl_field_need_number(&reader->fields, object, "ns", 1,
							   NSL_FIELDS_MAX_INODE)));
	nsl_namespace_add_holder(ns, &holder);
}

static void read_holders(Reader *reader, struct json_object *object, NslNamespace *ns)
{
	struct json_object *list = nsl_field_get_list(&reader->fields, object, "held_by");

	reader->fields.part = "held_by";
	for (guint i = 0; i < nsl_field_length(list) && !reader->fields.error; i++) {
		struct json_object *holder = nsl_field_get_object(&reader->fields, list, NULL, i);

		if (holder)
			read_holder(reader, holder, ns);
	}
	reader->fields.part = NULL;
}

static void read_names(Reader *reader, struct json_object *object, NslNamespace *ns)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) given = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GHashTable) set = g_hash_table_new(g_str_hash, g_str_equal);

	nsl_field_get_texts(&reader->fields, object, "names", names);
	nsl_field_get_texts(&reader->fields, object, "given", given);
	for (guint i = 0; i < given->len; i++)
		g_hash_table_add(set, g_ptr_array_index(given, i));
	for (guint i = 0; i < names->len; i++) {
		const char *name = g_ptr_array_index(names, i);

		if (g_hash_table_contains(set, name))
			nsl_namespace_give_name(ns, name);
		else
			nsl_namespace_add_name(ns, name);
	}
}

static void read_namespace(Reader *reader, struct json_object *object)
{
	NslNsType type = nsl_field_type_of(
		&reader->fields, nsl_field_need_text(&reader->fields, object, "type"), "type");
	NslNamespace *ns = refer(reader, type,
				 MAX(1, nsl_field_need_number(&reader->fields, object, "ns", 1,
							      NSL_FIELDS_MAX_INODE)));
	guint64 number;

	if (ns->listing == NSL_LISTING_SAVED) {
		nsl_field_fail(&reader->fields, NULL, "is listed twice");
		return;
	}
	ns->listing = NSL_LISTING_SAVED;
	ns->members_not_read =
		!nsl_field_get_number(&reader->fields, object, "nprocs", 0, G_MAXINT32, &number);
	ns->n_left_out = (guint)number; /* settle_namespaces() subtracts those that are there */
	ns->root = nsl_field_is_true(&reader->fields, object, "root");
	if (nsl_field_is_unknown(&reader->fields, "root"))
		reader->snapshot->rootless |= NSL_NSTYPE_BIT(type);
	ns->nsid = nsl_field_get_known(&reader->fields, object, "nsid", G_MAXUINT64);
	read_relation(reader, object, "parent", type, &ns->parent);
	read_relation(reader, object, "owner", NSL_NSTYPE_USER, &ns->owner);
	ns->has_owner_uid =
		nsl_field_knowledge(&reader->fields, "owner_uid",
				    nsl_field_get_number(&reader->fields, object, "owner_uid", 0,
							 G_MAXUINT32, &number));
	ns->owner_uid = (guint32)number;
	ns->owner_name = g_strdup(nsl_field_get_text(&reader->fields, object, "owner_name"));
	ns->has_netnsid = nsl_field_knowledge(
		&reader->fields, "netnsid",
		nsl_field_get_number(&reader->fields, object, "netnsid", 0, G_MAXINT32, &number));
	ns->netnsid = (gint32)number;
	read_names(reader, object, ns);
	read_holders(reader, object, ns);
	nsl_fields_read_detail(&reader->fields, object, ns);
}

static void read_own(Reader *reader, struct json_object *object, NslProcess *process)
{
	struct json_object *inodes = nsl_field_get(&reader->fields, object, "ns", json_type_object);

	for (NslNsType type = 0; inodes && type < NSL_NSTYPE_COUNT; type++) {
		guint64 inode;

		if (nsl_field_get_number(&reader->fields, inodes, nsl_nstypes[type].name, 1,
					 NSL_FIELDS_MAX_INODE, &inode))
			nsl_process_join(process, refer(reader, type, inode));
	}
}

/* What could not be read of a process, by one of its members. */
static void read_unread(Reader *reader, NslProcess *process)
{
	static const struct {
		const char *key;
		NslProcessPart part;
	} fields[] = {
		{"ppid", NSL_PART_STAT},       {"comm", NSL_PART_STAT},
		{"nspid", NSL_PART_STATUS},    {"uid", NSL_PART_STATUS},
		{"command", NSL_PART_COMMAND}, {"container", NSL_PART_CGROUP},
		{"unit", NSL_PART_CGROUP},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(fields); i++)
		if (nsl_field_is_unknown(&reader->fields, fields[i].key))
			process->unread |= 1u << fields[i].part;
	process->unreadable = nsl_field_is_unknown(&reader->fields, "ns");
}

static void read_process(Reader *reader, struct json_object *object)
{
	GPtrArray *all = reader->snapshot->processes;
	const NslProcess *last = all->len > 0 ? g_ptr_array_index(all, all->len - 1) : NULL;
	guint32 pid = nsl_field_need_pid(&reader->fields, object);
	g_autoptr(GArray) nspid = g_array_new(FALSE, FALSE, sizeof(guint32));
	NslProcess *process;
	Whose whose;
	guint64 number;

	if (last && last->pid >= pid) {
		nsl_field_fail(&reader->fields, "pid", "is not in ascending order");
		return;
	}
	process = nsl_snapshot_add_process(reader->snapshot, pid);
	process->has_stat = nsl_field_get_number(&reader->fields, object, "start_ticks", 0,
						 G_MAXUINT64, &process->start_ticks);
	process->ppid = (guint32)nsl_field_get_known(&reader->fields, object, "ppid", NSL_PID_MAX);
	process->kthread = nsl_field_is_true(&reader->fields, object, "kthread");
	process->has_status =
		nsl_field_get_number(&reader->fields, object, "uid", 0, G_MAXUINT32, &number);
	process->uid = (guint32)number;
	nsl_field_get_numbers(&reader->fields, object, "nspid", nspid);
	process->n_nspid = nspid->len;
	process->nspid = (guint32 *)(gpointer)g_array_free(g_steal_pointer(&nspid), FALSE);
	process->user = g_strdup(nsl_field_get_text(&reader->fields, object, "user"));
	process->comm = g_strdup(nsl_field_get_text(&reader->fields, object, "comm"));
	process->command = g_strdup(nsl_field_get_text(&reader->fields, object, "command"));
	process->command_truncated =
		nsl_field_is_true(&reader->fields, object, "command_truncated");
	process->start = nsl_field_time_of(
		&reader->fields, nsl_field_get(&reader->fields, object, "start", json_type_string),
		"start");
	process->zombie = nsl_field_is_true(&reader->fields, object, "zombie");
	process->responsive = !nsl_field_is_false(&reader->fields, object, "responsive");
	process->unit = g_strdup(nsl_field_get_text(&reader->fields, object, "unit"));
	process->machine = g_strdup(nsl_field_get_text(&reader->fields, object, "machine"));
	read_own(reader, object, process);
	read_unread(reader, process);
	whose = (Whose){process, g_strdup(nsl_field_get_text(&reader->fields, object, "container")),
			g_strdup(nsl_field_get_text(&reader->fields, object, "entered"))};
	g_array_append_val(reader->whose, whose);
}

static void read_container(Reader *reader, struct json_object *object)
{
	NslSnapshot *snapshot = reader->snapshot;
	struct json_object *pod = nsl_field_get(&reader->fields, object, "pod", json_type_object);
	const char *key = nsl_field_need_text(&reader->fields, object, "key");
	GPtrArray *all = snapshot->containers;
	NslContainer *container;
	NslIdentity *identity;

	if (all->len > 0 &&
	    strcmp(((NslContainer *)g_ptr_array_index(all, all->len - 1))->key, key) >= 0) {
		nsl_field_fail(&reader->fields, "key", "is not in ascending order");
		return;
	}
	if (!snapshot->words)
		snapshot->words = g_string_chunk_new(1024);
	container = nsl_snapshot_add_container(
		snapshot,
		g_string_chunk_insert_const(
			snapshot->words, nsl_field_need_text(&reader->fields, object, "runtime")));
	container->key = g_strdup(key);
	g_ptr_array_add(reader->parents,
			g_strdup(nsl_field_get_text(&reader->fields, object, "parent")));
	identity = &container->identity;
	identity->id = g_strdup(nsl_field_get_text(&reader->fields, object, "id"));
	identity->name = g_strdup(nsl_field_get_text(&reader->fields, object, "name"));
	identity->pod = g_strdup(pod ? nsl_field_get_text(&reader->fields, pod, "name") : NULL);
	identity->pod_namespace =
		g_strdup(pod ? nsl_field_get_text(&reader->fields, pod, "namespace") : NULL);
	identity->pod_uid = g_strdup(pod ? nsl_field_get_text(&reader->fields, pod, "uid") : NULL);
	container->evidence = nsl_field_need_choice(&reader->fields, object, "evidence",
						    nsl_evidence_names, NSL_EVIDENCE_COUNT);
	container->unconfirmed = nsl_field_is_true(&reader->fields, object, "claimed");
	container->shared = nsl_field_get_types(&reader->fields, object, "shares");
	if (nsl_field_get_list(&reader->fields, object,
			       "shares")) /* settle_containers() leaves those there are */
		container->own = NSL_NSTYPES_ALL & ~container->shared;
}

/* The members of a document. */
static const struct Part {
	const char *key;
	json_type type;
	bool is_list; /* of objects, which come one by one */
	void (*read)(Reader *reader, struct json_object *value);
} parts[] = {
	{"schema", json_type_int, false, read_schema},
	{"host", json_type_object, false, read_host},
	{"time", json_type_string, false, read_time},
	{"sources", json_type_object, false, read_sources},
	{"issues", json_type_object, true, read_issue},
	{"scope", json_type_object, false, read_scope},
	{"scan", json_type_object, false, read_scan},
	{"reference", json_type_object, false, read_reference},
	{"kernel", json_type_object, false, read_kernel},
	{"namespaces", json_type_object, true, read_namespace},
	{"processes", json_type_object, true, read_process},
	{"containers", json_type_object, true, read_container},
};

static bool take(gpointer data, const char *key, gssize index, struct json_object *value,
		 GError **error)
{
	Reader *reader = data;
	const struct Part *part = parts;

	while (part < parts + G_N_ELEMENTS(parts) && strcmp(part->key, key) != 0)
		part++;
	if (part == parts + G_N_ELEMENTS(parts))
		return true;
	reader->fields.list = part->key;
	reader->fields.index = index;
	if (part->is_list && ++reader->fields.n_objects > NSL_FIELDS_MAX_OBJECTS)
		nsl_field_fail(&reader->fields, NULL, "are too many objects in one document");
	if (json_object_is_type(value, part->type) && part->is_list == (index >= 0)) {
		reader->fields.unknown =
			part->is_list ? nsl_field_get_list(&reader->fields, value, "unknown")
				      : NULL;
		part->read(reader, value);
	} else if (value || index >= 0) {
		nsl_field_fail(&reader->fields, NULL, "is of the wrong type");
	}
	if (!reader->fields.error)
		return true;
	g_propagate_error(error, g_steal_pointer(&reader->fields.error));
	return false;
}

static gint compare_key(gconstpointer key, gconstpointer container)
{
	return strcmp(key, (*(NslContainer *const *)container)->key);
}

static NslContainer *find_container(Reader *reader, const char *key)
{
	const GPtrArray *all = reader->snapshot->containers;
	NslContainer *const *found = key && all->len > 0 ? bsearch(key, all->pdata, all->len,
								   sizeof(gpointer), compare_key)
							 : NULL;

	if (key && !found)
		nsl_field_fail(&reader->fields, NULL, "refer to a container that is not there");
	return found ? *found : NULL;
}

static void settle_containers(Reader *reader)
{
	NslSnapshot *snapshot = reader->snapshot;

	reader->fields.list = "processes";
	for (guint i = 0; i < reader->whose->len; i++) {
		const Whose *whose = &g_array_index(reader->whose, Whose, i);
		NslContainer *container = find_container(reader, whose->container);

		if (container)
			nsl_process_add_to(whose->process, container);
		whose->process->entered = find_container(reader, whose->entered);
	}
	reader->fields.list = "containers";
	for (guint i = 0; i < snapshot->containers->len; i++) {
		NslContainer *container = g_ptr_array_index(snapshot->containers, i);
		NslNsTypes shared;
		NslNsTypes own;

		container->parent = find_container(reader, g_ptr_array_index(reader->parents, i));
		nsl_processes_share(snapshot, (NslProcess *const *)container->members->pdata,
				    container->members->len, &shared, &own);
		for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
			if (snapshot->root[type] == 0)
				container->own &= ~NSL_NSTYPE_BIT(type);
		container->own |= container->shared || container->own ? own : 0;
	}
	for (guint i = 0; i < snapshot->containers->len; i++) {
		const NslContainer *outer = g_ptr_array_index(snapshot->containers, i);

		for (guint depth = 0; outer && depth <= MAX_NESTED; depth++)
			outer = outer->parent;
		if (outer)
			nsl_field_fail(&reader->fields, NULL,
				       "are nested too deep, or within themselves");
	}
}

static void check_depth(Reader *reader, const NslNamespace *ns)
{
	const NslNamespace *parent = ns;
	const NslNamespace *owner = ns;

	for (guint depth = 0; depth <= MAX_NESTED && (parent || owner); depth++) {
		parent = parent ? parent->parent.ns : NULL;
		owner = owner ? owner->owner.ns : NULL;
	}
	if (parent || owner)
		nsl_field_fail(&reader->fields, NULL, "are nested too deep, or within themselves");
}

static void settle_namespaces(Reader *reader)
{
	NslSnapshot *snapshot = reader->snapshot;
	bool asked = snapshot->coverage[NSL_SOURCE_RELATIONS] != NSL_COVERAGE_SKIPPED;
	GHashTableIter iter;
	gpointer key;

	reader->fields.list = "namespaces";
	g_hash_table_iter_init(&iter, snapshot->namespaces);
	while (g_hash_table_iter_next(&iter, &key, NULL)) {
		NslNamespace *ns = key;

		/*
		 * Of a type that has processes, but no root namespace, that one is not known: all
		 * of them count as root then, whatever else the document says of one.
		 */
		if (snapshot->root[ns->type] == 0)
			snapshot->rootless |= NSL_NSTYPE_BIT(ns->type);
		if (snapshot->rootless & NSL_NSTYPE_BIT(ns->type))
			ns->root = true;
		else if (ns->listing == NSL_LISTING_NAMED)
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
		nsl_settle_holders(snapshot, ns);
	}
}

static bool read_document(Reader *reader, int fd, GError **error)
{
	if (!nsl_document_read(fd, take, reader, error))
		return false;
	if (reader->schema == 0) {
		g_set_error(error, NSL_ERROR, NSL_ERROR_SYSTEM,
			    "is not of nslist --json: it has no \"schema\"");
		return false;
	}
	if (!reader->snapshot->scope)
		reader->snapshot->scope = nsl_scope_new();
	reader->fields.index = -1;
	settle_namespaces(reader);
	settle_containers(reader);
	if (!reader->fields.error)
		return true;
	g_propagate_error(error, g_steal_pointer(&reader->fields.error));
	return false;
}

NslSnapshot *nsl_snapfile_read(const char *path, GError **error)
{
	g_autoptr(NslSnapshot) snapshot = nsl_snapshot_new();
	Reader reader = {.snapshot = snapshot};
	bool standard = strcmp(path, "-") == 0;
	/* A pipe that nobody writes into is not waited for. */
	g_auto(NslFd) fd =
		standard ? -1 : nsl_fd_openat(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	bool done;

	if (!standard && fd < 0) {
		nsl_fail(error, fd, "%s", path);
		return NULL;
	}
	snapshot->file = g_strdup(standard ? "standard input" : path);
	reader.whose = g_array_new(FALSE, FALSE, sizeof(Whose));
	g_array_set_clear_func(reader.whose, clear_whose);
	reader.parents = g_ptr_array_new_with_free_func(g_free);
	done = read_document(&reader, standard ? STDIN_FILENO : fd, error);
	g_array_unref(reader.whose);
	g_ptr_array_unref(reader.parents);
	g_clear_error(&reader.fields.error);
	if (done)
		return g_steal_pointer(&snapshot);
	g_prefix_error(error, "%s: ", snapshot->file);
	return NULL;
}
