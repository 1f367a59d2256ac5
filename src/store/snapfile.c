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

#include "base/netlink.h"
#include "base/procfs_parse.h"
#include "base/sys.h"
#include "model/detail.h"
#include "store/document.h"

#define SCHEMA 1 /* the newest that is understood */

/* Of namespaces, processes, containers, holders and the like in a document: up to 600 bytes each.
 */
#define MAX_OBJECTS (1 << 20)

#define MAX_INODE G_MAXUINT32 /* of a namespace, as the kernel gives them */

/* Nothing that Linux has is nested deeper (user_namespaces(7)); a cycle is. */
#define MAX_NESTED 64

typedef struct Reader {
	NslSnapshot *snapshot;
	guint64 schema; /* 0: it has none */
	guint n_objects;
	const char *list; /* what is being read, for messages: "namespaces", and which of them */
	gssize index;
	const char *part;	     /* "detail" within that; NULL: itself */
	struct json_object *unknown; /* its list of what could not be learnt; or NULL */
	GArray *whose;		     /* Whose */
	GPtrArray *parents;	     /* char *: of each container its parent's key; NULL: none */
	GError *error;		     /* the first */
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

static void fail(Reader *reader, const char *key, const char *problem)
{
	g_autoptr(GString) where = g_string_new(reader->list);

	if (reader->error)
		return;
	if (reader->index >= 0)
		g_string_append_printf(where, "[%" G_GSSIZE_FORMAT "]", reader->index);
	if (reader->part)
		g_string_append_printf(where, ".%s", reader->part);
	if (key)
		g_string_append_printf(where, ".%s", key);
	reader->error = g_error_new(NSL_ERROR, NSL_ERROR_SYSTEM, "%s %s", where->str, problem);
}

/* A member of that type; NULL: it is null, or there is none. */
static struct json_object *member(Reader *reader, struct json_object *object, const char *key,
				  json_type type)
{
	struct json_object *value = NULL;

	if (!json_object_object_get_ex(object, key, &value) || !value)
		return NULL;
	if (json_object_is_type(value, type))
		return value;
	fail(reader, key, "is of the wrong type");
	return NULL;
}

/* Text that was written by nslist: UTF-8 without a NUL. NULL: there is none. Transfer none. */
static const char *text_of(Reader *reader, struct json_object *value, const char *key)
{
	const char *text = NULL;

	if (!value)
		return NULL;
	if (json_object_is_type(value, json_type_string))
		text = json_object_get_string(value);
	if (text && g_utf8_validate(text, json_object_get_string_len(value), NULL))
		return text;
	fail(reader, key, "is no text in UTF-8");
	return NULL;
}

static const char *get_text(Reader *reader, struct json_object *object, const char *key)
{
	return text_of(reader, member(reader, object, key, json_type_string), key);
}

static const char *need_text(Reader *reader, struct json_object *object, const char *key)
{
	const char *text = get_text(reader, object, key);

	if (!text)
		fail(reader, key, "is missing");
	return text ? text : "";
}

/* A whole number from `min` to `max`. */
static bool take_number(Reader *reader, struct json_object *value, const char *key, guint64 min,
			guint64 max, guint64 *ret_number)
{
	bool negative = !value || json_object_get_int64(value) < 0;
	guint64 number = negative ? 0 : json_object_get_uint64(value);

	if (json_object_is_type(value, json_type_int) && !negative && number >= min &&
	    number <= max) {
		*ret_number = number;
		return true;
	}
	fail(reader, key, "is out of range");
	return false;
}

/* False: it is null, or there is none, and *ret_number is 0. */
static bool get_number(Reader *reader, struct json_object *object, const char *key, guint64 min,
		       guint64 max, guint64 *ret_number)
{
	struct json_object *value = member(reader, object, key, json_type_int);

	*ret_number = 0;
	return value && take_number(reader, value, key, min, max, ret_number);
}

/* The same of what is 0 where it is not known. */
static guint64 number_of(Reader *reader, struct json_object *object, const char *key, guint64 max)
{
	guint64 number;

	get_number(reader, object, key, 0, max, &number);
	return number;
}

static guint64 need_number(Reader *reader, struct json_object *object, const char *key, guint64 min,
			   guint64 max)
{
	guint64 number;

	if (!get_number(reader, object, key, min, max, &number))
		fail(reader, key, "is missing");
	return number;
}

static guint32 need_pid(Reader *reader, struct json_object *object)
{
	return (guint32)need_number(reader, object, "pid", 1, NSL_PID_MAX);
}

static gint64 get_signed(Reader *reader, struct json_object *object, const char *key)
{
	struct json_object *value = member(reader, object, key, json_type_int);

	return value ? json_object_get_int64(value) : 0;
}

static bool is_true(Reader *reader, struct json_object *object, const char *key)
{
	struct json_object *value = member(reader, object, key, json_type_boolean);

	return value && json_object_get_boolean(value);
}

/* Whether that was written about the object: it has a value that says so. */
static bool is_false(Reader *reader, struct json_object *object, const char *key)
{
	struct json_object *value = member(reader, object, key, json_type_boolean);

	return value && !json_object_get_boolean(value);
}

static guint length_of(struct json_object *list)
{
	return list ? (guint)json_object_array_length(list) : 0;
}

static struct json_object *get_list(Reader *reader, struct json_object *object, const char *key)
{
	return member(reader, object, key, json_type_array);
}

/* An element of a list of objects; NULL: it is none. */
static struct json_object *object_at(Reader *reader, struct json_object *list, const char *key,
				     guint i)
{
	struct json_object *object = json_object_array_get_idx(list, i);

	if (++reader->n_objects > MAX_OBJECTS)
		fail(reader, NULL, "are too many objects in one document");
	if (json_object_is_type(object, json_type_object))
		return object;
	fail(reader, key, "is of the wrong type");
	return NULL;
}

/* Whether the key is in the list of what is unknown of the object that is read. */
static bool is_unknown(Reader *reader, const char *key)
{
	for (guint i = 0; i < length_of(reader->unknown); i++) {
		const char *unknown =
			text_of(reader, json_object_array_get_idx(reader->unknown, i), "unknown");

		if (unknown && strcmp(unknown, key) == 0)
			return true;
	}
	return false;
}

/* Of what is null: whether there is none. */
static NslKnowledge knowledge_of(Reader *reader, const char *key, bool known)
{
	if (known)
		return NSL_KNOWN;
	return is_unknown(reader, key) ? NSL_UNSUPPORTED : NSL_NONE;
}

/* Which of the names it is. */
static guint need_choice(Reader *reader, struct json_object *object, const char *key,
			 const char *const *names, guint n)
{
	const char *text = need_text(reader, object, key);

	for (guint i = 0; i < n; i++)
		if (g_strcmp0(names[i], text) == 0)
			return i;
	fail(reader, key, "is unknown to this version");
	return 0;
}

static NslNsType type_of(Reader *reader, const char *name, const char *key)
{
	NslNsType type = nsl_nstype_find(name, strlen(name));

	if (type != NSL_NSTYPE_COUNT)
		return type;
	fail(reader, key, "is a type unknown to this version");
	return 0;
}

static NslNsTypes get_types(Reader *reader, struct json_object *object, const char *key)
{
	struct json_object *list = get_list(reader, object, key);
	NslNsTypes types = 0;

	for (guint i = 0; i < length_of(list); i++) {
		const char *name = text_of(reader, json_object_array_get_idx(list, i), key);

		types |= NSL_NSTYPE_BIT(type_of(reader, name ? name : "", key));
	}
	return types;
}

/* Appends the numbers (guint32). */
static void get_numbers(Reader *reader, struct json_object *object, const char *key,
			GArray *numbers)
{
	struct json_object *list = get_list(reader, object, key);

	for (guint i = 0; i < length_of(list); i++) {
		guint64 number = 0;
		guint32 pid;

		take_number(reader, json_object_array_get_idx(list, i), key, 0, G_MAXUINT32,
			    &number);
		pid = (guint32)number;
		g_array_append_val(numbers, pid);
	}
}

static void get_texts(Reader *reader, struct json_object *object, const char *key, GPtrArray *texts)
{
	struct json_object *list = get_list(reader, object, key);

	for (guint i = 0; i < length_of(list); i++) {
		const char *text = text_of(reader, json_object_array_get_idx(list, i), key);

		g_ptr_array_add(texts, g_strdup(text ? text : ""));
	}
}

/* Seconds since the epoch; 0: not known. */
static gint64 take_time(Reader *reader, struct json_object *value, const char *key)
{
	const char *text = text_of(reader, value, key);
	g_autoptr(GDateTime) time = text ? g_date_time_new_from_iso8601(text, NULL) : NULL;

	if (text && !time)
		fail(reader, key, "is no time");
	return time ? g_date_time_to_unix(time) : 0;
}

static void read_schema(Reader *reader, struct json_object *value)
{
	g_autofree char *problem = NULL;

	if (!take_number(reader, value, NULL, 1, G_MAXUINT64, &reader->schema) ||
	    reader->schema <= SCHEMA)
		return;
	problem = g_strdup_printf("is %" G_GUINT64_FORMAT
				  ", and this version of nslist understands up to %u",
				  reader->schema, SCHEMA);
	fail(reader, NULL, problem);
}

static void read_host(Reader *reader, struct json_object *object)
{
	NslSnapshot *snapshot = reader->snapshot;

	g_free(snapshot->hostname);
	g_free(snapshot->machine_id);
	g_free(snapshot->boot_id);
	g_free(snapshot->kernel);
	snapshot->hostname = g_strdup(get_text(reader, object, "hostname"));
	snapshot->machine_id = g_strdup(get_text(reader, object, "machine_id"));
	snapshot->boot_id = g_strdup(get_text(reader, object, "boot_id"));
	snapshot->kernel = g_strdup(get_text(reader, object, "kernel"));
}

static void read_time(Reader *reader, struct json_object *value)
{
	reader->snapshot->time = take_time(reader, value, NULL);
}

static void read_sources(Reader *reader, struct json_object *object)
{
	for (NslSource source = 0; source < NSL_SOURCE_COUNT; source++)
		if (get_text(reader, object, nsl_source_names[source]))
			reader->snapshot->coverage[source] =
				need_choice(reader, object, nsl_source_names[source],
					    nsl_coverage_names, NSL_COVERAGE_COUNT);
}

static void read_issue(Reader *reader, struct json_object *object)
{
	NslSource source =
		need_choice(reader, object, "source", nsl_source_names, NSL_SOURCE_COUNT);
	NslIssue *issue =
		nsl_snapshot_add_issue(reader->snapshot, source, need_text(reader, object, "code"),
				       need_text(reader, object, "message"));

	issue->count = (guint)need_number(reader, object, "count", 1, G_MAXUINT);
	get_numbers(reader, object, "pids", issue->pids);
}

static NslScope *new_scope(Reader *reader, struct json_object *object)
{
	struct json_object *within = member(reader, object, "within", json_type_object);
	NslScope *scope = nsl_scope_new();

	scope->types = get_types(reader, object, "types");
	get_texts(reader, object, "selectors", scope->selectors);
	get_numbers(reader, object, "tasks", scope->tasks);
	get_texts(reader, object, "filters", scope->filters);
	scope->all = is_true(reader, object, "all");
	scope->persistent = is_true(reader, object, "persistent");
	scope->details = is_true(reader, object, "details");
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
	struct json_object *unseen = get_list(reader, object, "unseen");

	snapshot->n_looked_at = (guint)number_of(reader, object, "processes", G_MAXUINT);
	snapshot->n_unreadable = (guint)number_of(reader, object, "unreadable", G_MAXUINT);
	snapshot->own_mnt = number_of(reader, object, "mnt_ns", G_MAXUINT64);
	for (guint i = 0; i < length_of(unseen); i++) {
		const char *name = text_of(reader, json_object_array_get_idx(unseen, i), "unseen");

		if (g_strcmp0(name, nsl_unseen_names[1]) == 0)
			snapshot->unseen |= NSL_UNSEEN_OUTSIDE;
		else /* or a reason of a newer version */
			snapshot->unseen |= NSL_UNSEEN_ANYWHERE;
	}
}

static void read_reference(Reader *reader, struct json_object *object)
{
	struct json_object *roots = member(reader, object, "namespaces", json_type_object);

	reader->snapshot->reference =
		need_choice(reader, object, "source", nsl_reference_names, NSL_REFERENCE_COUNT);
	for (NslNsType type = 0; roots && type < NSL_NSTYPE_COUNT; type++)
		reader->snapshot->root[type] =
			number_of(reader, roots, nsl_nstypes[type].name, G_MAXUINT64);
}

static void read_kernel(Reader *reader, struct json_object *object)
{
	NslSnapshot *snapshot = reader->snapshot;

	snapshot->kernel_source =
		need_choice(reader, object, "source", nsl_kernel_source_names, NSL_KERNEL_COUNT);
	snapshot->kernel_known = (guint)number_of(reader, object, "known", G_MAXUINT);
	snapshot->kernel_explained = (guint)number_of(reader, object, "explained", G_MAXUINT);
	snapshot->kernel_types = get_types(reader, object, "types");
}

/* A namespace that something refers to; whether it is one of those listed is known at the end. */
static NslNamespace *refer(Reader *reader, NslNsType type, guint64 inode)
{
	NslNamespace *ns = nsl_snapshot_get(reader->snapshot, type, inode);

	if (ns)
		return ns;
	if (++reader->n_objects > MAX_OBJECTS)
		fail(reader, NULL, "are too many objects in one document");
	ns = nsl_snapshot_add(reader->snapshot, type, inode);
	ns->listing = NSL_LISTING_NAMED;
	ns->members_not_read = true;
	return ns;
}

static void read_relation(Reader *reader, struct json_object *object, const char *key,
			  NslNsType type, NslRelation *ret_relation)
{
	guint64 inode;
	bool known = get_number(reader, object, key, 1, MAX_INODE, &inode);

	ret_relation->knowledge = knowledge_of(reader, key, known);
	ret_relation->ns = known ? refer(reader, type, inode) : NULL;
}

static void read_mount(Reader *reader, struct json_object *object, NslHolder *holder)
{
	holder->path = (char *)need_text(reader, object, "path");
	holder->mnt_ns = number_of(reader, object, "mnt_ns", G_MAXUINT64);
	holder->state = is_true(reader, object, "covered") ? NSL_MOUNT_COVERED : NSL_MOUNT_UNKNOWN;
	holder->named = is_true(reader, object, "named");
	holder->pid = (guint32)number_of(reader, object, "pid", NSL_PID_MAX);
	if (holder->named && !strchr(holder->path, '/'))
		fail(reader, "path", "is no path of ip netns");
}

static void read_holder(Reader *reader, struct json_object *object, NslNamespace *ns)
{
	NslHolder holder = {0};
	guint fields;

	while (holder.kind < NSL_HOLDER_COUNT &&
	       strcmp(nsl_holders[holder.kind].name, need_text(reader, object, "kind")) != 0)
		holder.kind++;
	if (holder.kind == NSL_HOLDER_COUNT) {
		fail(reader, "kind", "is unknown to this version");
		return;
	}
	fields = nsl_holders[holder.kind].fields;
	if (fields & NSL_HOLDER_HAS_PATH)
		read_mount(reader, object, &holder);
	if (fields & NSL_HOLDER_HAS_TASK)
		holder.pid = need_pid(reader, object);
	holder.tid = (guint32)number_of(reader, object, "tid", NSL_PID_MAX);
	holder.comm = (char *)get_text(reader, object, "comm");
	if (fields & NSL_HOLDER_HAS_FD)
		holder.fd = (gint32)need_number(reader, object, "fd", 0, G_MAXINT32);
	if (fields & NSL_HOLDER_HAS_NS)
		holder.ns =
			refer(reader, type_of(reader, need_text(reader, object, "type"), "type"),
			      MAX(1, need_number(reader, object, "ns", 1, MAX_INODE)));
	nsl_namespace_add_holder(ns, &holder);
}

static void read_holders(Reader *reader, struct json_object *object, NslNamespace *ns)
{
	struct json_object *list = get_list(reader, object, "held_by");

	reader->part = "held_by";
	for (guint i = 0; i < length_of(list) && !reader->error; i++) {
		struct json_object *holder = object_at(reader, list, NULL, i);

		if (holder)
			read_holder(reader, holder, ns);
	}
	reader->part = NULL;
}

/* Into an array of the model. */
static void copy_text(Reader *reader, struct json_object *object, const char *key, char *ret_text,
		      gsize size)
{
	const char *text = get_text(reader, object, key);

	if (text && g_strlcpy(ret_text, text, size) >= size)
		fail(reader, key, "is too long");
}

#define COPY_TEXT(reader, object, key, array)                                                      \
	copy_text((reader), (object), (key), (array), sizeof(array))

static void read_addresses(Reader *reader, struct json_object *object, GArray *addresses)
{
	struct json_object *list = get_list(reader, object, "addresses");

	for (guint i = 0; i < length_of(list); i++) {
		const char *text = text_of(reader, json_object_array_get_idx(list, i), "addresses");
		NslAddress address = {0};

		if (++reader->n_objects > MAX_OBJECTS || !text ||
		    !nsl_address_parse(text, &address))
			fail(reader, "addresses", "is no address");
		g_array_append_val(addresses, address);
	}
}

static NslInterface read_interface(Reader *reader, struct json_object *object, GArray *addresses)
{
	struct json_object *peer = member(reader, object, "peer", json_type_object);
	guint before = addresses->len;
	NslInterface interface = {
		.up = is_true(reader, object, "up"),
		.index = (guint32)number_of(reader, object, "index", G_MAXUINT32),
		.peer_index =
			peer ? (guint32)need_number(reader, peer, "index", 1, G_MAXUINT32) : 0,
		.peer_ns = peer ? number_of(reader, peer, "ns", G_MAXUINT64) : 0,
	};

	COPY_TEXT(reader, object, "name", interface.name);
	COPY_TEXT(reader, object, "kind", interface.kind);
	read_addresses(reader, object, addresses);
	interface.n_addresses = addresses->len - before;
	return interface;
}

static void read_net(Reader *reader, struct json_object *object, NslDetail *detail)
{
	struct json_object *list = get_list(reader, object, "interfaces");
	GArray *interfaces = g_array_new(FALSE, FALSE, sizeof(NslInterface));
	GArray *addresses = g_array_new(FALSE, FALSE, sizeof(NslAddress));
	const NslAddress *next;

	for (guint i = 0; i < length_of(list) && !reader->error; i++) {
		struct json_object *one = object_at(reader, list, "interfaces", i);
		NslInterface interface = {0};

		if (one)
			interface = read_interface(reader, one, addresses);
		detail->net.n_up += interface.up;
		g_array_append_val(interfaces, interface);
	}
	detail->net.n_interfaces = interfaces->len;
	detail->net.n_addresses = addresses->len;
	detail->interfaces = (NslInterface *)(gpointer)g_array_free(interfaces, FALSE);
	detail->addresses = (NslAddress *)(gpointer)g_array_free(addresses, FALSE);
	next = detail->addresses;
	for (guint i = 0; i < detail->net.n_interfaces; i++) {
		detail->interfaces[i].addresses = next;
		next += detail->interfaces[i].n_addresses;
	}
}

static NslIdRange *read_map(Reader *reader, struct json_object *object, const char *key,
			    guint32 *ret_n)
{
	struct json_object *list = get_list(reader, object, key);
	GArray *ranges = g_array_new(FALSE, FALSE, sizeof(NslIdRange));

	for (guint i = 0; i < length_of(list) && !reader->error; i++) {
		struct json_object *one = object_at(reader, list, key, i);
		NslIdRange range = {.outside = NSL_ID_UNMAPPED};
		guint64 outside;

		if (!one)
			break;
		range.inside = (guint32)number_of(reader, one, "inside", G_MAXUINT32);
		range.count = (guint32)number_of(reader, one, "count", G_MAXUINT32);
		if (get_number(reader, one, "outside", 0, NSL_ID_UNMAPPED - 1, &outside))
			range.outside = (guint32)outside;
		g_array_append_val(ranges, range);
	}
	*ret_n = ranges->len;
	return (NslIdRange *)(gpointer)g_array_free(ranges, FALSE);
}

static void read_user(Reader *reader, struct json_object *object, NslDetail *detail)
{
	detail->user.has_maps = get_list(reader, object, "uid_map") != NULL;
	detail->uids = read_map(reader, object, "uid_map", &detail->user.n_uids);
	detail->gids = read_map(reader, object, "gid_map", &detail->user.n_gids);
}

static void read_pid(Reader *reader, struct json_object *object, NslDetail *detail)
{
	guint64 depth;

	detail->pid.init = (guint32)number_of(reader, object, "init", NSL_PID_MAX);
	detail->pid.has_init = detail->pid.init != 0 ? NSL_KNOWN
			       : detail->partial     ? NSL_UNSUPPORTED
						     : NSL_NONE;
	COPY_TEXT(reader, object, "init_comm", detail->pid.comm);
	detail->pid.depth =
		get_number(reader, object, "depth", 0, G_MAXINT32, &depth) ? (gint32)depth : -1;
}

static void read_detail(Reader *reader, struct json_object *object, NslNsType type,
			NslDetail *detail)
{
	switch (type) {
	case NSL_NSTYPE_CGROUP:
		detail->root = g_strdup(get_text(reader, object, "root"));
		break;
	case NSL_NSTYPE_IPC:
		detail->ipc.shm = number_of(reader, object, "shm_segments", G_MAXUINT64);
		detail->ipc.sem = number_of(reader, object, "sem_sets", G_MAXUINT64);
		detail->ipc.msg = number_of(reader, object, "msg_queues", G_MAXUINT64);
		break;
	case NSL_NSTYPE_MNT:
		COPY_TEXT(reader, object, "root_type", detail->mnt.type);
		COPY_TEXT(reader, object, "root_source", detail->mnt.source);
		detail->mnt.n_mounts = (guint32)number_of(reader, object, "n_mounts", G_MAXUINT32);
		break;
	case NSL_NSTYPE_NET:
		read_net(reader, object, detail);
		break;
	case NSL_NSTYPE_PID:
		read_pid(reader, object, detail);
		break;
	case NSL_NSTYPE_TIME:
		detail->time.monotonic = get_signed(reader, object, "monotonic_ns");
		detail->time.boottime = get_signed(reader, object, "boottime_ns");
		break;
	case NSL_NSTYPE_USER:
		read_user(reader, object, detail);
		break;
	case NSL_NSTYPE_UTS:
		COPY_TEXT(reader, object, "hostname", detail->uts.host);
		COPY_TEXT(reader, object, "domainname", detail->uts.domain);
		break;
	case NSL_NSTYPE_COUNT:
		break;
	}
}

static void read_detail_of(Reader *reader, struct json_object *object, NslNamespace *ns)
{
	struct json_object *detail = member(reader, object, "detail", json_type_object);
	bool missing = is_unknown(reader, "detail");

	ns->has_detail = detail ? NSL_KNOWN : missing ? NSL_UNSUPPORTED : NSL_SKIPPED;
	if (!detail)
		return;
	reader->part = "detail";
	ns->detail = g_new0(NslDetail, 1);
	ns->detail->partial = missing;
	read_detail(reader, detail, ns->type, ns->detail);
	reader->part = NULL;
}

static void read_names(Reader *reader, struct json_object *object, NslNamespace *ns)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) given = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GHashTable) set = g_hash_table_new(g_str_hash, g_str_equal);

	get_texts(reader, object, "names", names);
	get_texts(reader, object, "given", given);
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
	NslNsType type = type_of(reader, need_text(reader, object, "type"), "type");
	NslNamespace *ns =
		refer(reader, type, MAX(1, need_number(reader, object, "ns", 1, MAX_INODE)));
	guint64 number;

	if (ns->listing == NSL_LISTING_SAVED) {
		fail(reader, NULL, "is listed twice");
		return;
	}
	ns->listing = NSL_LISTING_SAVED;
	ns->members_not_read = !get_number(reader, object, "nprocs", 0, G_MAXINT32, &number);
	ns->n_left_out = (guint)number; /* settle_namespaces() subtracts those that are there */
	ns->root = is_true(reader, object, "root");
	if (is_unknown(reader, "root")) {
		ns->root = true;
		reader->snapshot->rootless |= NSL_NSTYPE_BIT(type);
	}
	ns->nsid = number_of(reader, object, "nsid", G_MAXUINT64);
	read_relation(reader, object, "parent", type, &ns->parent);
	read_relation(reader, object, "owner", NSL_NSTYPE_USER, &ns->owner);
	ns->has_owner_uid =
		knowledge_of(reader, "owner_uid",
			     get_number(reader, object, "owner_uid", 0, G_MAXUINT32, &number));
	ns->owner_uid = (guint32)number;
	ns->owner_name = g_strdup(get_text(reader, object, "owner_name"));
	ns->has_netnsid = knowledge_of(
		reader, "netnsid", get_number(reader, object, "netnsid", 0, G_MAXINT32, &number));
	ns->netnsid = (gint32)number;
	read_names(reader, object, ns);
	read_holders(reader, object, ns);
	read_detail_of(reader, object, ns);
}

static void read_own(Reader *reader, struct json_object *object, NslProcess *process)
{
	struct json_object *inodes = member(reader, object, "ns", json_type_object);

	for (NslNsType type = 0; inodes && type < NSL_NSTYPE_COUNT; type++) {
		guint64 inode;

		if (get_number(reader, inodes, nsl_nstypes[type].name, 1, MAX_INODE, &inode))
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
		if (is_unknown(reader, fields[i].key))
			process->unread |= 1u << fields[i].part;
	process->unreadable = is_unknown(reader, "ns");
}

static void read_process(Reader *reader, struct json_object *object)
{
	GPtrArray *all = reader->snapshot->processes;
	const NslProcess *last = all->len > 0 ? g_ptr_array_index(all, all->len - 1) : NULL;
	guint32 pid = need_pid(reader, object);
	g_autoptr(GArray) nspid = g_array_new(FALSE, FALSE, sizeof(guint32));
	NslProcess *process;
	Whose whose;
	guint64 number;

	if (last && last->pid >= pid) {
		fail(reader, "pid", "is not in ascending order");
		return;
	}
	process = nsl_snapshot_add_process(reader->snapshot, pid);
	process->has_stat =
		get_number(reader, object, "start_ticks", 0, G_MAXUINT64, &process->start_ticks);
	process->ppid = (guint32)number_of(reader, object, "ppid", NSL_PID_MAX);
	process->kthread = is_true(reader, object, "kthread");
	process->has_status = get_number(reader, object, "uid", 0, G_MAXUINT32, &number);
	process->uid = (guint32)number;
	get_numbers(reader, object, "nspid", nspid);
	process->n_nspid = nspid->len;
	process->nspid = (guint32 *)(gpointer)g_array_free(g_steal_pointer(&nspid), FALSE);
	process->user = g_strdup(get_text(reader, object, "user"));
	process->comm = g_strdup(get_text(reader, object, "comm"));
	process->command = g_strdup(get_text(reader, object, "command"));
	process->command_truncated = is_true(reader, object, "command_truncated");
	process->start =
		take_time(reader, member(reader, object, "start", json_type_string), "start");
	process->zombie = is_true(reader, object, "zombie");
	process->responsive = !is_false(reader, object, "responsive");
	process->unit = g_strdup(get_text(reader, object, "unit"));
	process->machine = g_strdup(get_text(reader, object, "machine"));
	read_own(reader, object, process);
	read_unread(reader, process);
	whose = (Whose){process, g_strdup(get_text(reader, object, "container")),
			g_strdup(get_text(reader, object, "entered"))};
	g_array_append_val(reader->whose, whose);
}

static void read_container(Reader *reader, struct json_object *object)
{
	NslSnapshot *snapshot = reader->snapshot;
	struct json_object *pod = member(reader, object, "pod", json_type_object);
	const char *key = need_text(reader, object, "key");
	GPtrArray *all = snapshot->containers;
	NslContainer *container;
	NslIdentity *identity;

	if (all->len > 0 &&
	    strcmp(((NslContainer *)g_ptr_array_index(all, all->len - 1))->key, key) >= 0) {
		fail(reader, "key", "is not in ascending order");
		return;
	}
	if (!snapshot->words)
		snapshot->words = g_string_chunk_new(1024);
	container = nsl_snapshot_add_container(
		snapshot,
		g_string_chunk_insert_const(snapshot->words, need_text(reader, object, "runtime")));
	container->key = g_strdup(key);
	g_ptr_array_add(reader->parents, g_strdup(get_text(reader, object, "parent")));
	identity = &container->identity;
	identity->id = g_strdup(get_text(reader, object, "id"));
	identity->name = g_strdup(get_text(reader, object, "name"));
	identity->pod = g_strdup(pod ? get_text(reader, pod, "name") : NULL);
	identity->pod_namespace = g_strdup(pod ? get_text(reader, pod, "namespace") : NULL);
	identity->pod_uid = g_strdup(pod ? get_text(reader, pod, "uid") : NULL);
	container->evidence =
		need_choice(reader, object, "evidence", nsl_evidence_names, NSL_EVIDENCE_COUNT);
	container->unconfirmed = is_true(reader, object, "claimed");
	container->shared = get_types(reader, object, "shares");
	if (get_list(reader, object, "shares")) /* settle_containers() leaves those there are */
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
	reader->list = part->key;
	reader->index = index;
	if (part->is_list && ++reader->n_objects > MAX_OBJECTS)
		fail(reader, NULL, "are too many objects in one document");
	if (json_object_is_type(value, part->type) && part->is_list == (index >= 0)) {
		reader->unknown = part->is_list ? get_list(reader, value, "unknown") : NULL;
		part->read(reader, value);
	} else if (value || index >= 0) {
		fail(reader, NULL, "is of the wrong type");
	}
	if (!reader->error)
		return true;
	g_propagate_error(error, g_steal_pointer(&reader->error));
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
		fail(reader, NULL, "refer to a container that is not there");
	return found ? *found : NULL;
}

static void settle_containers(Reader *reader)
{
	NslSnapshot *snapshot = reader->snapshot;

	reader->list = "processes";
	for (guint i = 0; i < reader->whose->len; i++) {
		const Whose *whose = &g_array_index(reader->whose, Whose, i);
		NslContainer *container = find_container(reader, whose->container);

		if (container)
			nsl_process_add_to(whose->process, container);
		whose->process->entered = find_container(reader, whose->entered);
	}
	reader->list = "containers";
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
			fail(reader, NULL, "are nested too deep, or within themselves");
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
		fail(reader, NULL, "are nested too deep, or within themselves");
}

/* Holders tell of whose children are meant. */
static void settle_children(const Reader *reader, NslNamespace *ns)
{
	for (guint i = 0; i < ns->holders->len; i++) {
		const NslHolder *holder = &g_array_index(ns->holders, NslHolder, i);
		NslProcess *process =
			holder->kind == NSL_HOLDER_FOR_CHILDREN &&
					nsl_nstypes[ns->type].children_link
				? nsl_snapshot_get_process(reader->snapshot, holder->pid)
				: NULL;

		if (process && process->ns[ns->type] != ns)
			process->for_children[ns->type] = ns;
	}
}

static void settle_namespaces(Reader *reader)
{
	NslSnapshot *snapshot = reader->snapshot;
	bool asked = snapshot->coverage[NSL_SOURCE_RELATIONS] != NSL_COVERAGE_SKIPPED;
	GHashTableIter iter;
	gpointer key;

	reader->list = "namespaces";
	g_hash_table_iter_init(&iter, snapshot->namespaces);
	while (g_hash_table_iter_next(&iter, &key, NULL)) {
		NslNamespace *ns = key;

		/* Of a type that has processes, but no root namespace, that one is not known. */
		if (snapshot->root[ns->type] == 0)
			snapshot->rootless |= NSL_NSTYPE_BIT(ns->type);
		if (ns->listing == NSL_LISTING_NAMED)
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
		settle_children(reader, ns);
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
	reader->index = -1;
	settle_namespaces(reader);
	settle_containers(reader);
	if (!reader->error)
		return true;
	g_propagate_error(error, g_steal_pointer(&reader->error));
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
	g_clear_error(&reader.error);
	if (done)
		return g_steal_pointer(&snapshot);
	g_prefix_error(error, "%s: ", snapshot->file);
	return NULL;
}
