/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Saved documents: see snapfile.h. A function for each kind of object says its members once. The
 * document may be in any order: what refers to something else is settled at the end
 * (snapfile_settle.c).
 */
#include "store/snapfile.h"

#include <fcntl.h>
#include <string.h>

#include "base/each.h"
#include "base/procfs_parse.h"
#include "base/sys.h"
#include "model/selection.h"
#include "store/reader.h"

#define SCHEMA 1 /* the newest that is understood */

static void reference_clear(gpointer data)
{
	g_free(((NslContainerRef *)data)->key);
}

static void read_schema(NslReader *reader, NslJson *value)
{
	g_autofree char *problem = NULL;

	if (!nsl_field_number_of(reader, value, NULL, 1, G_MAXUINT64, &reader->schema) ||
	    reader->schema <= SCHEMA)
		return;
	problem = g_strdup_printf("is %" G_GUINT64_FORMAT
				  ", and this version of nslist understands up to %u",
				  reader->schema, SCHEMA);
	nsl_field_fail(reader, NULL, problem);
}

static void read_host(NslReader *reader, NslJson *object)
{
	NslSnapshot *snapshot = reader->snapshot;

	g_free(snapshot->hostname);
	g_free(snapshot->machine_id);
	g_free(snapshot->boot_id);
	g_free(snapshot->kernel);
	snapshot->hostname = nsl_field_copy_text(reader, object, "hostname");
	snapshot->machine_id = nsl_field_copy_text(reader, object, "machine_id");
	snapshot->boot_id = nsl_field_copy_text(reader, object, "boot_id");
	snapshot->kernel = nsl_field_copy_text(reader, object, "kernel");
}

static void read_time(NslReader *reader, NslJson *value)
{
	reader->snapshot->time = nsl_field_time_of(reader, value, NULL);
}

static void read_sources(NslReader *reader, NslJson *object)
{
	for (NslSource source = 0; source < NSL_SOURCE_COUNT; source++)
		if (nsl_field_get_text(reader, object, nsl_source_names[source]))
			reader->snapshot->coverage[source] =
				nsl_field_need_choice(reader, object, nsl_source_names[source],
						      nsl_coverage_names, NSL_COVERAGE_COUNT);
}

static void read_issue(NslReader *reader, NslJson *object)
{
	NslSource source =
		nsl_field_need_choice(reader, object, "source", nsl_source_names, NSL_SOURCE_COUNT);
	NslIssue *issue = nsl_snapshot_add_issue(reader->snapshot, source,
						 nsl_field_need_text(reader, object, "code"),
						 nsl_field_need_text(reader, object, "message"));

	issue->count = (guint)nsl_field_need_number(reader, object, "count", 1, G_MAXUINT);
	nsl_field_get_pids(reader, object, "pids", issue->pids);
}

static NslSelection *new_scope(NslReader *reader, NslJson *object)
{
	NslJson *within = nsl_field_get(reader, object, "within", json_type_object);
	g_autoptr(GPtrArray) selectors = nsl_field_get_texts(reader, object, "selectors");
	NslSelection *scope = nsl_selection_new();

	NSL_EACH (const char, word, selectors)
		nsl_selection_add(scope, word);
	g_ptr_array_unref(scope->filters);
	scope->types = nsl_field_get_types(reader, object, "types");
	nsl_field_get_pids(reader, object, "tasks", scope->tasks);
	scope->filters = nsl_field_get_texts(reader, object, "filters");
	scope->all = nsl_field_is(reader, object, "all", true);
	scope->persistent = nsl_field_is(reader, object, "persistent", true);
	scope->details = nsl_field_is(reader, object, "details", true);
	scope->within = within ? new_scope(reader, within) : NULL;
	return scope;
}

static void read_scope(NslReader *reader, NslJson *object)
{
	g_clear_pointer(&reader->snapshot->scope, nsl_selection_free);
	reader->snapshot->scope = new_scope(reader, object);
}

static void read_scan(NslReader *reader, NslJson *object)
{
	NslSnapshot *snapshot = reader->snapshot;
	g_autoptr(GPtrArray) unseen = nsl_field_get_texts(reader, object, "unseen");

	snapshot->n_looked_at = (guint)nsl_field_get_known(reader, object, "processes", G_MAXUINT);
	snapshot->n_unreadable =
		(guint)nsl_field_get_known(reader, object, "unreadable", G_MAXUINT);
	snapshot->own_mnt = nsl_field_get_known(reader, object, "mnt_ns", G_MAXUINT64);
	NSL_EACH (const char, why, unseen) /* ANYWHERE, or a reason of a newer version */
		snapshot->unseen |= strcmp(why, nsl_unseen_names[1]) == 0 ? NSL_UNSEEN_OUTSIDE
									  : NSL_UNSEEN_ANYWHERE;
}

static void read_reference(NslReader *reader, NslJson *object)
{
	NslJson *roots = nsl_field_get(reader, object, "namespaces", json_type_object);

	reader->snapshot->reference = nsl_field_need_choice(
		reader, object, "source", nsl_reference_names, NSL_REFERENCE_COUNT);
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		reader->snapshot->root[type] =
			nsl_field_get_known(reader, roots, nsl_nstypes[type].name, G_MAXUINT64);
}

static void read_kernel(NslReader *reader, NslJson *object)
{
	NslSnapshot *snapshot = reader->snapshot;

	snapshot->kernel_source = nsl_field_need_choice(reader, object, "source",
							nsl_kernel_source_names, NSL_KERNEL_COUNT);
	snapshot->kernel_known = (guint)nsl_field_get_known(reader, object, "known", G_MAXUINT);
	snapshot->kernel_explained =
		(guint)nsl_field_get_known(reader, object, "explained", G_MAXUINT);
	snapshot->kernel_types = nsl_field_get_types(reader, object, "types");
}

/* A namespace that something refers to; whether it is one of those listed is known at the end. */
static NslNamespace *refer(NslReader *reader, NslNsType type, guint64 inode)
{
	NslNamespace *ns = nsl_snapshot_get(reader->snapshot, type, inode);

	if (ns)
		return ns;
	nsl_reader_count(reader);
	ns = nsl_snapshot_add(reader->snapshot, type, inode);
	ns->listing = NSL_LISTING_NAMED;
	ns->members_not_read = true;
	return ns;
}

/* The one that the members "type" and "ns" stand for. */
static NslNamespace *need_namespace(NslReader *reader, NslJson *object)
{
	NslNsType type = nsl_field_need_type(reader, object);
	guint64 inode = nsl_field_need_number(reader, object, "ns", 1, NSL_NS_INODE_MAX);

	return refer(reader, type, MAX(1, inode));
}

static void read_relation(NslReader *reader, NslJson *object, const char *key, NslNsType type,
			  NslRelation *ret_relation)
{
	guint64 inode;

	ret_relation->knowledge =
		nsl_field_know_number(reader, object, key, 1, NSL_NS_INODE_MAX, &inode);
	ret_relation->ns = ret_relation->knowledge == NSL_KNOWN ? refer(reader, type, inode) : NULL;
}

/* `data`: the namespace. */
static void read_holder(NslReader *reader, NslJson *object, gpointer data)
{
	const char *kinds[NSL_HOLDER_COUNT];
	NslHolder holder = {0};
	guint fields;

	for (NslHolderKind kind = 0; kind < NSL_HOLDER_COUNT; kind++)
		kinds[kind] = nsl_holders[kind].name;
	holder.kind = nsl_field_need_choice(reader, object, "kind", kinds, NSL_HOLDER_COUNT);
	fields = nsl_holders[holder.kind].fields;
	if (fields & NSL_HOLDER_HAS_PATH) {
		holder.path = (char *)nsl_field_need_text(reader, object, "path");
		holder.mnt_ns = nsl_field_get_known(reader, object, "mnt_ns", G_MAXUINT64);
		if (nsl_field_is(reader, object, "covered", true))
			holder.state = NSL_MOUNT_COVERED;
	}
	if (fields & NSL_HOLDER_HAS_TASK)
		holder.pid = nsl_field_need_pid(reader, object);
	if (holder.kind == NSL_HOLDER_THREAD)
		holder.tid = (guint32)nsl_field_need_number(reader, object, "tid", 1, NSL_PID_MAX);
	else
		holder.tid = (guint32)nsl_field_get_known(reader, object, "tid", NSL_PID_MAX);
	holder.comm = (char *)nsl_field_get_text(reader, object, "comm");
	if (fields & NSL_HOLDER_HAS_FD)
		holder.fd = (gint32)nsl_field_need_number(reader, object, "fd", 0, G_MAXINT32);
	if (fields & NSL_HOLDER_HAS_NS)
		holder.ns = need_namespace(reader, object);
	nsl_namespace_add_holder(data, &holder);
}

static void read_names(NslReader *reader, NslJson *object, NslNamespace *ns)
{
	g_autoptr(GPtrArray) names = nsl_field_get_texts(reader, object, "names");
	g_autoptr(GPtrArray) given = nsl_field_get_texts(reader, object, "given");
	g_autoptr(GHashTable) set = nsl_name_set(given);

	NSL_EACH (const char, name, names) {
		if (g_hash_table_contains(set, name))
			nsl_namespace_give_name(ns, name);
		else
			nsl_namespace_add_name(ns, name);
	}
}

static void read_namespace(NslReader *reader, NslJson *object)
{
	NslNamespace *ns = need_namespace(reader, object);
	guint64 number;

	if (ns->listing == NSL_LISTING_SAVED) {
		nsl_field_fail(reader, NULL, "is listed twice");
		return;
	}
	ns->listing = NSL_LISTING_SAVED;
	ns->members_not_read =
		!nsl_field_get_number(reader, object, "nprocs", 0, G_MAXINT32, &number);
	ns->n_left_out = (guint)number; /* settle_namespaces() subtracts those that are there */
	ns->root = nsl_field_is(reader, object, "root", true);
	if (nsl_field_is_unknown(reader, "root"))
		reader->snapshot->rootless |= NSL_NSTYPE_BIT(ns->type);
	ns->nsid = nsl_field_get_known(reader, object, "nsid", G_MAXUINT64);
	read_relation(reader, object, "parent", ns->type, &ns->parent);
	read_relation(reader, object, "owner", NSL_NSTYPE_USER, &ns->owner);
	ns->has_owner_uid =
		nsl_field_know_number(reader, object, "owner_uid", 0, G_MAXUINT32, &number);
	ns->owner_uid = (guint32)number;
	ns->owner_name = nsl_field_copy_text(reader, object, "owner_name");
	ns->has_netnsid = nsl_field_know_number(reader, object, "netnsid", 0, G_MAXINT32, &number);
	ns->netnsid = (gint32)number;
	read_names(reader, object, ns);
	nsl_field_each(reader, object, "held_by", read_holder, ns);
	nsl_reader_read_detail(reader, object, ns);
}

/* Which container the key in that member stands for turns out at the end. */
static void refer_to_container(NslReader *reader, NslJson *object, const char *key,
			       NslContainer **to)
{
	NslContainerRef reference = {reader->list, to, nsl_field_copy_text(reader, object, key)};

	if (reference.key)
		g_array_append_val(reader->references, reference);
}

/* What a process or thread is in: by type, NULL where that is not told. */
static void read_own(NslReader *reader, NslJson *object, NslNamespace **ret_own)
{
	NslJson *inodes = nsl_field_get(reader, object, "ns", json_type_object);

	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
		guint64 inode;

		ret_own[type] = NULL;
		if (nsl_field_get_number(reader, inodes, nsl_nstypes[type].name, 1,
					 NSL_NS_INODE_MAX, &inode))
			ret_own[type] = refer(reader, type, inode);
	}
}

static void read_thread(NslReader *reader, NslJson *object)
{
	guint32 tid = (guint32)nsl_field_need_number(reader, object, "tid", 1, NSL_PID_MAX);
	NslThread *thread =
		nsl_snapshot_add_thread(reader->snapshot, nsl_field_need_pid(reader, object), tid,
					nsl_field_get_text(reader, object, "comm"));
	NslNamespace *own[NSL_NSTYPE_COUNT];
	NslProcess *process;

	read_own(reader, object, own);
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		thread->ns[type] = own[type] ? own[type]->inode : 0;
	process = nsl_thread_add_stand_in(thread, own);
	refer_to_container(reader, object, "container", &process->container);
	refer_to_container(reader, object, "entered", &process->entered);
}

/* What could not be read of a process, by one of its members. */
static void read_unread(NslReader *reader, NslProcess *process)
{
	static const struct {
		const char *key;
		NslProcessPart part;
	} fields[] = {
		{"ppid", NSL_PART_STAT},       {"comm", NSL_PART_STAT},
		{"nspid", NSL_PART_STATUS},    {"uid", NSL_PART_STATUS},
		{"command", NSL_PART_COMMAND}, {"container", NSL_PART_CGROUP},
		{"unit", NSL_PART_CGROUP},     {"machine", NSL_PART_CGROUP},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(fields); i++)
		if (nsl_field_is_unknown(reader, fields[i].key))
			process->unread |= 1u << fields[i].part;
	process->unreadable = nsl_field_is_unknown(reader, "ns");
}

static void read_process(NslReader *reader, NslJson *object)
{
	GPtrArray *all = reader->snapshot->processes;
	const NslProcess *last = all->len > 0 ? g_ptr_array_index(all, all->len - 1) : NULL;
	guint32 pid = nsl_field_need_pid(reader, object);
	g_autoptr(GArray) nspid = g_array_new(FALSE, FALSE, sizeof(guint32));
	NslNamespace *own[NSL_NSTYPE_COUNT];
	NslProcess *process;
	guint64 number;

	if (last && last->pid >= pid) {
		nsl_field_fail(reader, "pid", "is not in ascending order");
		return;
	}
	process = nsl_snapshot_add_process(reader->snapshot, pid);
	process->has_stat = nsl_field_get_number(reader, object, "start_ticks", 0, G_MAXUINT64,
						 &process->start_ticks);
	process->ppid = (guint32)nsl_field_get_known(reader, object, "ppid", NSL_PID_MAX);
	process->kthread = nsl_field_is(reader, object, "kthread", true);
	process->has_status = nsl_field_get_number(reader, object, "uid", 0, G_MAXUINT32, &number);
	process->uid = (guint32)number;
	nsl_field_get_pids(reader, object, "nspid", nspid);
	process->n_nspid = nspid->len;
	process->nspid = (guint32 *)(gpointer)g_array_free(g_steal_pointer(&nspid), FALSE);
	process->user = nsl_field_copy_text(reader, object, "user");
	process->comm = nsl_field_copy_text(reader, object, "comm");
	process->command = nsl_field_copy_text(reader, object, "command");
	process->command_truncated = nsl_field_is(reader, object, "command_truncated", true);
	process->start = nsl_field_time_of(
		reader, nsl_field_get(reader, object, "start", json_type_string), "start");
	process->zombie = nsl_field_is(reader, object, "zombie", true);
	process->responsive = !nsl_field_is(reader, object, "responsive", false);
	process->unit = nsl_field_copy_text(reader, object, "unit");
	process->machine = nsl_field_copy_text(reader, object, "machine");
	read_own(reader, object, own);
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		if (own[type])
			nsl_process_join(process, own[type]);
	read_unread(reader, process);
	refer_to_container(reader, object, "container", &process->container);
	refer_to_container(reader, object, "entered", &process->entered);
}

static void read_container(NslReader *reader, NslJson *object)
{
	NslSnapshot *snapshot = reader->snapshot;
	NslJson *pod = nsl_field_get(reader, object, "pod", json_type_object);
	const char *key = nsl_field_need_text(reader, object, "key");
	GPtrArray *all = snapshot->containers;
	NslContainer *container;
	NslIdentity *identity;

	if (all->len > 0 &&
	    strcmp(((NslContainer *)g_ptr_array_index(all, all->len - 1))->key, key) >= 0) {
		nsl_field_fail(reader, "key", "is not in ascending order");
		return;
	}
	if (!snapshot->words)
		snapshot->words = g_string_chunk_new(1024);
	container = nsl_snapshot_add_container(
		snapshot, g_string_chunk_insert(snapshot->words,
						nsl_field_need_text(reader, object, "runtime")));
	container->key = g_strdup(key);
	refer_to_container(reader, object, "parent", &container->parent);
	identity = &container->identity;
	identity->id = nsl_field_copy_text(reader, object, "id");
	identity->name = nsl_field_copy_text(reader, object, "name");
	identity->pod = nsl_field_copy_text(reader, pod, "name");
	identity->pod_namespace = nsl_field_copy_text(reader, pod, "namespace");
	identity->pod_uid = nsl_field_copy_text(reader, pod, "uid");
	container->evidence = nsl_field_need_choice(reader, object, "evidence", nsl_evidence_names,
						    NSL_EVIDENCE_COUNT);
	container->unconfirmed = nsl_field_is(reader, object, "claimed", true);
	container->shared = nsl_field_get_types(reader, object, "shares");
	/* settle_containers() leaves those there are. */
	if (nsl_field_get(reader, object, "shares", json_type_array))
		container->own = NSL_NSTYPES_ALL & ~container->shared;
}

/* The members of a document. */
static const struct Part {
	const char *key;
	json_type type;
	bool is_list; /* of objects, which come one by one */
	void (*read)(NslReader *reader, NslJson *value);
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
	{"threads", json_type_object, true, read_thread},
	{"containers", json_type_object, true, read_container},
};

void nsl_reader_take(NslReader *reader, const char *key, gssize index, NslJson *value)
{
	const struct Part *part = parts;

	while (part < parts + G_N_ELEMENTS(parts) && strcmp(part->key, key) != 0)
		part++;
	if (part == parts + G_N_ELEMENTS(parts))
		return;
	reader->list = part->key;
	reader->index = index;
	if (part->is_list)
		nsl_reader_count(reader);
	if (json_object_is_type(value, part->type) && part->is_list == (index >= 0)) {
		reader->unknown = part->is_list
					  ? nsl_field_get(reader, value, "unknown", json_type_array)
					  : NULL;
		part->read(reader, value);
	} else if (value || index >= 0) {
		nsl_field_fail(reader, NULL, "is of the wrong type");
	}
}

static void read_document(NslReader *reader, int fd)
{
	nsl_reader_read(reader, fd);
	if (!reader->error && reader->schema == 0)
		g_set_error(&reader->error, NSL_ERROR, NSL_ERROR_SYSTEM,
			    "is not of nslist --json: it has no \"schema\"");
	if (reader->error)
		return;
	if (!reader->snapshot->scope)
		reader->snapshot->scope = nsl_selection_new();
	reader->index = -1;
	nsl_reader_settle(reader);
}

NslSnapshot *nsl_snapfile_read(const char *path, GError **error)
{
	g_autoptr(NslSnapshot) snapshot = nsl_snapshot_new();
	g_autoptr(GArray) references = g_array_new(FALSE, FALSE, sizeof(NslContainerRef));
	NslReader reader = {.snapshot = snapshot, .references = references};
	bool standard = strcmp(path, "-") == 0;
	/* A pipe that nobody writes into is not waited for. */
	g_auto(NslFd) fd =
		standard ? -1 : nsl_fd_openat(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);

	if (!standard && fd < 0) {
		nsl_fail(error, fd, "%s", path);
		return NULL;
	}
	snapshot->file = g_strdup(standard ? "standard input" : path);
	g_array_set_clear_func(references, reference_clear);
	read_document(&reader, standard ? STDIN_FILENO : fd);
	if (!reader.error)
		return g_steal_pointer(&snapshot);
	g_propagate_prefixed_error(error, reader.error, "%s: ", snapshot->file);
	return NULL;
}
