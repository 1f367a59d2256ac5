/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of columns. A new one is a getter, and a row here.
 */
#include "report/column.h"

#include <string.h>

#include "base/each.h"
#include "model/detail.h"
#include "report/format.h"
#include "report/wording.h"

static void get_namespace(NslCell *cell, const NslRow *row)
{
	nsl_label_namespace(cell->bytes, row->ns, false);
}

static void get_ns(NslCell *cell, const NslRow *row)
{
	nsl_cell_put_number(cell, true, row->ns->inode);
}

static void get_nsid(NslCell *cell, const NslRow *row)
{
	nsl_cell_put_number(cell, row->ns->nsid != 0, row->ns->nsid);
}

static void get_type(NslCell *cell, const NslRow *row)
{
	nsl_cell_put_string(cell, nsl_nstypes[row->ns->type].name);
}

static void get_root(NslCell *cell, const NslRow *row)
{
	bool known = !(cell->view->snapshot->rootless & NSL_NSTYPE_BIT(row->ns->type));

	nsl_cell_put_number(cell, known, row->ns->root);
}

/* A number of processes; where there may be more, only people see it. */
static void set_count(NslCell *cell, bool is_whole, guint n)
{
	nsl_cell_put_number(cell, is_whole, n);
	cell->at_least = is_whole ? 0 : n;
}

static void get_nprocs(NslCell *cell, const NslRow *row)
{
	set_count(cell, nsl_snapshot_has_all_members(cell->view->snapshot, row->ns),
		  nsl_namespace_n_members(row->ns));
}

/* PID or TID: of a process they are the same. */
static void get_task(NslCell *cell, const NslRow *row)
{
	const NslHolder *thread = row->more->thread;

	if (row->process)
		nsl_cell_put_number(cell, true, row->process->pid);
	else if (thread)
		nsl_cell_put_number(cell, true,
				    cell->column == NSL_COLUMN_PID ? thread->pid : thread->tid);
}

static void get_nspid(NslCell *cell, const NslRow *row)
{
	guint n = row->process ? row->process->n_nspid : 0;

	cell->unknown = n == 0;
	for (guint i = 0; i < n; i++) {
		g_autofree char *number = g_strdup_printf("%u", row->process->nspid[i]);

		nsl_cell_put_item(cell, number);
	}
}

static void get_ppid(NslCell *cell, const NslRow *row)
{
	if (row->process)
		nsl_cell_put_number(cell, row->process->has_stat, row->process->ppid);
}

static void get_uid(NslCell *cell, const NslRow *row)
{
	if (row->process)
		nsl_cell_put_number(cell, row->process->has_status, row->process->uid);
}

/* A user's name, or UID where there is none. */
static void set_user(NslCell *cell, const char *name, bool known, guint32 uid)
{
	if (name)
		nsl_cell_put_string(cell, name);
	else if (known)
		nsl_output_number(cell->bytes, uid);
}

static void get_user(NslCell *cell, const NslRow *row)
{
	if (row->process)
		set_user(cell, row->process->user, row->process->has_status, row->process->uid);
}

static void get_command(NslCell *cell, const NslRow *row)
{
	g_autofree char *reason = NULL;

	if (row->process) {
		nsl_cell_put_string(cell, nsl_process_command(row->process));
	} else if (row->more->thread) {
		nsl_cell_put_string(cell, row->more->thread->comm);
	} else {
		reason = nsl_explain_row(row);
		nsl_cell_put_string(cell, reason);
	}
}

static void get_for_children(NslCell *cell, const NslRow *row)
{
	nsl_cell_put_number(cell, row->process, row->more->for_children);
}

static void get_zombie(NslCell *cell, const NslRow *row)
{
	nsl_cell_put_number(cell, row->process, row->process && row->process->zombie);
}

static void get_comm(NslCell *cell, const NslRow *row)
{
	if (row->process || row->more->thread)
		nsl_cell_put_string(cell,
				    row->process ? row->process->comm : row->more->thread->comm);
}

static void get_start(NslCell *cell, const NslRow *row)
{
	gint64 start = row->process ? row->process->start : 0;

	nsl_cell_put_number(cell, start != 0, (guint64)start);
}

/* The row's, or its thread's; NULL: it has neither. */
static const NslProcess *process_of(const NslRow *row)
{
	return row->process ? row->process : row->more->owner;
}

/* The row's own, or what its process or thread is in; else one of which nothing is known. */
static const NslContainer *container_of(const NslRow *row)
{
	static const NslContainer none;
	const NslRowMore *more = row->more;
	const NslProcess *process = process_of(row);
	const NslContainer *container = process ? process->container : NULL;

	if (!row->ns && more->container)
		container = more->container;
	return container ? container : &none;
}

/* CONTAINER, or NAME: as it is selected, what only a claim gives has a '?'. */
static void get_container(NslCell *cell, const NslRow *row)
{
	const NslContainer *container = container_of(row);
	g_autofree char *which = nsl_explain_which(container);

	nsl_cell_put_string(cell, which);
	if (cell->column == NSL_COLUMN_NAME && cell->bytes->len > 0 && container->unconfirmed)
		g_string_append_c(cell->bytes, '?');
}

static void get_container_id(NslCell *cell, const NslRow *row)
{
	nsl_cell_put_string(cell, container_of(row)->identity.id);
}

static void get_runtime(NslCell *cell, const NslRow *row)
{
	nsl_cell_put_string(cell, container_of(row)->identity.runtime);
}

static void get_pod(NslCell *cell, const NslRow *row)
{
	nsl_label_pod(cell->bytes, container_of(row), NSL_TEXT_BYTES);
}

static void get_entered(NslCell *cell, const NslRow *row)
{
	const NslProcess *process = process_of(row);

	if (process && process->entered)
		nsl_label_container(cell->bytes, process->entered, NSL_TEXT_BYTES);
}

static void get_unit(NslCell *cell, const NslRow *row)
{
	const NslProcess *process = process_of(row);

	nsl_cell_put_string(cell, process ? process->unit : NULL);
}

static void get_netns(NslCell *cell, const NslRow *row)
{
	NSL_EACH (const char, name, row->ns->names)
		nsl_cell_put_item(cell, name);
}

static void get_netnsid(NslCell *cell, const NslRow *row)
{
	nsl_cell_put_number(cell, row->ns->has_netnsid == NSL_KNOWN, (guint64)row->ns->netnsid);
}

/* A path once, in however many mount namespaces it is: holders are sorted by it. */
static void get_nsfs(NslCell *cell, const NslRow *row)
{
	const char *last = NULL;

	NSL_EACH_IN (const NslHolder, holder, row->ns->holders) {
		if (holder->kind != NSL_HOLDER_MOUNT || g_strcmp0(holder->path, last) == 0)
			continue;
		last = holder->path;
		nsl_cell_put_item(cell, holder->path);
	}
}

/* What nsenter(1) takes: by what the row is about, else by whoever else is inside or holds it. */
static void get_path(NslCell *cell, const NslRow *row)
{
	const NslRowMore *more = row->more;
	const NslNsTypeInfo *info = &nsl_nstypes[row->ns->type];
	const NslSnapshot *snapshot = cell->view->snapshot;
	g_autofree char *path = NULL;

	if (row->process && snapshot->proc)
		path = g_strdup_printf("%s/%u/ns/%s", snapshot->proc, row->process->pid,
				       more->for_children ? info->children_link : info->name);
	else if (more->thread)
		path = nsl_holder_path(snapshot, row->ns, more->thread);
	else if (more->holder)
		for (guint i = 0; i < more->n_holders && !path; i++)
			path = nsl_holder_path(snapshot, row->ns, &more->holder[i]);
	if (!path)
		path = nsl_namespace_path(snapshot, row->ns);
	nsl_cell_put_string(cell, path);
}

static void get_relation(NslCell *cell, const NslRow *row)
{
	bool parent = cell->column == NSL_COLUMN_PNS;
	const NslRelation *relation = parent ? &row->ns->parent : &row->ns->owner;

	if (relation->knowledge == NSL_KNOWN)
		nsl_cell_put_number(cell, true, relation->ns->inode);
}

static void get_owner_uid(NslCell *cell, const NslRow *row)
{
	nsl_cell_put_number(cell, row->ns->has_owner_uid == NSL_KNOWN, row->ns->owner_uid);
}

static void get_owner(NslCell *cell, const NslRow *row)
{
	set_user(cell, row->ns->owner_name, row->ns->has_owner_uid == NSL_KNOWN,
		 row->ns->owner_uid);
}

static void get_held_by(NslCell *cell, const NslRow *row)
{
	const NslHolder *holder;
	guint at = 0;
	guint n;

	cell->separator = "; ";
	while ((holder = nsl_holders_next(row->ns, &at, &n))) {
		g_autofree char *why =
			nsl_cell_is_full(cell)
				? NULL
				: nsl_explain_holder(cell->view->snapshot, holder, n);

		nsl_cell_put_item(cell, why);
	}
}

/* Of the row's process, or container: the types whose root namespace it is in, or else its own. */
static void get_types(NslCell *cell, const NslRow *row)
{
	const NslRowMore *more = row->more;
	NslProcess *process = (NslProcess *)row->process;
	NslNsTypes shared;
	NslNsTypes own;

	if (!row->ns && more->container) {
		shared = more->container->shared;
		own = more->container->own;
	} else {
		nsl_processes_share(cell->view->snapshot, &process, process ? 1 : 0, &shared, &own);
	}
	cell->unknown = !shared && !own;
	NSL_EACH_TYPE (type, cell->column == NSL_COLUMN_OWN ? own : shared)
		nsl_cell_put_item(cell, nsl_nstypes[type].name);
}

/* Whose a net namespace is: the host's, a container's, that of its name in ip netns, a process's.
 */
static void append_whose(GString *text, const NslNamespace *ns)
{
	const NslProcess *process = ns->members->len > 0 ? g_ptr_array_index(ns->members, 0) : NULL;
	const NslContainer *container = NULL;

	for (guint i = 0; i < ns->members->len && !container; i++)
		container = ((NslProcess *)g_ptr_array_index(ns->members, i))->container;
	if (ns->root) {
		g_string_append(text, " of the host");
	} else if (container) {
		g_string_append(text, " of ");
		nsl_label_container(text, container, NSL_TEXT_BYTES);
	} else if (ns->names->len > 0) {
		g_string_append_printf(text, " of %s", (char *)g_ptr_array_index(ns->names, 0));
	} else if (process) {
		g_string_append_printf(text, " of %u %s", process->pid,
				       nsl_process_command(process));
	}
}

static void get_peer(NslCell *cell, const NslRow *row)
{
	const NslDetail *detail = row->ns->type == NSL_NSTYPE_NET ? row->ns->detail : NULL;

	cell->unknown = row->ns->type == NSL_NSTYPE_NET && !detail;
	cell->separator = "; ";
	for (guint i = 0; detail && i < detail->net.n_interfaces; i++) {
		const NslInterface *interface = &detail->interfaces[i];
		const NslNamespace *other =
			nsl_snapshot_get(cell->view->snapshot, NSL_NSTYPE_NET, interface->peer_ns);
		g_autoptr(GString) text = g_string_new(interface->name);

		if (interface->peer_index == 0)
			continue;
		g_string_append_printf(text, "@if%u ", interface->peer_index);
		if (interface->peer_ns == 0)
			g_string_append(text, "elsewhere");
		else
			g_string_append_printf(text, "in net:[%" G_GUINT64_FORMAT "]",
					       interface->peer_ns);
		if (other)
			append_whose(text, other);
		nsl_text_escape_marked(text);
		nsl_cell_put_item(cell, text->str);
	}
}

/*
 * What the row tells of the type: of a namespace's row that one, else what the process, thread or
 * container is in and is not the host's. NULL: nothing.
 */
static const NslNamespace *namespace_of(const NslView *view, const NslRow *row, NslNsType type)
{
	if (row->more->inodes)
		return nsl_snapshot_get(view->snapshot, type, row->more->inodes[type]);
	if (row->ns)
		return row->ns->type == type ? row->ns : NULL;
	if (view->types & NSL_NSTYPE_BIT(type))
		NSL_EACH (const NslProcess, process, row->more->container->members)
			if (nsl_process_has_own(process, type))
				return process->ns[type];
	return NULL;
}

/* Whether the row is not about one namespace: then the type stands before each part. */
static bool is_of_several(const NslRow *row)
{
	return row->more->inodes || !row->ns;
}

static void get_detail(NslCell *cell, const NslRow *row)
{
	cell->separator = "; ";
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
		const NslNamespace *ns = namespace_of(cell->view, row, type);
		g_autoptr(GPtrArray) parts =
			ns ? nsl_detail_parts(ns, NSL_DETAIL_ALL, NSL_TEXT_BYTES) : NULL;

		cell->unknown = cell->unknown || (ns && !ns->detail);
		for (guint i = 0; parts && i < parts->len; i++) {
			if (is_of_several(row))
				g_string_append_printf(cell->bytes, "%s ", nsl_nstypes[type].name);
			nsl_cell_put_item(cell, g_ptr_array_index(parts, i));
		}
	}
}

/* The same for people, a few of each kind. */
static void show_detail(const NslView *view, GString *text, const NslRow *row, NslTextKind kind)
{
	gsize start = text->len;

	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
		const NslNamespace *ns = namespace_of(view, row, type);

		if (!ns || !ns->detail)
			continue;
		g_string_append(text, text->len > start ? "; " : "");
		if (is_of_several(row))
			g_string_append_printf(text, "%s ", nsl_nstypes[type].name);
		nsl_detail_append(text, ns, kind);
	}
}

static void get_procs(NslCell *cell, const NslRow *row)
{
	const GPtrArray *members = container_of(row)->members;

	if (members)
		set_count(cell, nsl_snapshot_has_whole_containers(cell->view->snapshot),
			  members->len);
}

/* Its first address; a link-local one only where there is no other; NULL: none. */
static const NslAddress *find_address(const NslDetail *detail)
{
	const NslAddress *found = NULL;

	for (guint i = 0; i < detail->net.n_interfaces; i++) {
		const NslInterface *interface = &detail->interfaces[i];
		bool used = interface->up && strcmp(interface->name, "lo") != 0;

		for (guint j = 0; j < interface->n_addresses && used; j++) {
			if (!nsl_address_is_link_local(&interface->addresses[j]))
				return &interface->addresses[j];
			found = found ? found : &interface->addresses[j];
		}
	}
	return found;
}

/* The first address in a net namespace that is not the host's. */
static void get_address(NslCell *cell, const NslRow *row)
{
	const GPtrArray *members = container_of(row)->members;
	const NslAddress *address = NULL;

	for (guint i = 0; members && i < members->len && !address; i++) {
		const NslProcess *process = g_ptr_array_index(members, i);
		const NslNamespace *net = process->ns[NSL_NSTYPE_NET];

		if (net && !net->root && net->detail)
			address = find_address(net->detail);
	}
	if (address)
		nsl_address_append(cell->bytes, address);
}

/* Since its first process started. */
static void get_up(NslCell *cell, const NslRow *row)
{
	const GPtrArray *members = container_of(row)->members;
	gint64 now = cell->view->snapshot->time;
	gint64 first = 0;

	for (guint i = 0; members && i < members->len; i++) {
		gint64 start = ((NslProcess *)g_ptr_array_index(members, i))->start;

		if (start != 0 && (first == 0 || start < first))
			first = start;
	}
	nsl_cell_put_number(cell, first != 0 && now != 0, now > first ? (guint64)(now - first) : 0);
}

static void get_host(NslCell *cell, const NslRow *row)
{
	(void)row;
	nsl_cell_put_string(cell, nsl_snapshot_host(cell->view->snapshot));
}

#define STAT   NSL_FACT_STAT
#define STATUS NSL_FACT_STATUS
#define ABOVE  NSL_FACT_RELATIONS
#define WHOSE  NSL_FACT_CONTAINERS

#define OF_PROCESS   true
#define OF_NAMESPACE false

const NslColumnInfo nsl_columns[NSL_COLUMN_COUNT] = {
	[NSL_COLUMN_NAMESPACE] = {"NAMESPACE", NSL_CELL_STRING, OF_NAMESPACE, 0, get_namespace,
				  "type and inode, as net:[4026532676]"},
	[NSL_COLUMN_NS] = {"NS", NSL_CELL_NUMBER, OF_NAMESPACE, 0, get_ns, "inode"},
	[NSL_COLUMN_NSID] = {"NSID", NSL_CELL_NUMBER, OF_NAMESPACE, ABOVE, get_nsid,
			     "the kernel's 64-bit id, never used again"},
	[NSL_COLUMN_TYPE] = {"TYPE", NSL_CELL_STRING, OF_NAMESPACE, 0, get_type, "type"},
	[NSL_COLUMN_ROOT] = {"ROOT", NSL_CELL_BOOLEAN, OF_NAMESPACE, 0, get_root,
			     "whether it is a root namespace"},
	[NSL_COLUMN_NPROCS] = {"NPROCS", NSL_CELL_NUMBER, OF_NAMESPACE, NSL_FACT_SCAN, get_nprocs,
			       "how many processes are in it"},
	[NSL_COLUMN_PID] = {"PID", NSL_CELL_NUMBER, OF_PROCESS, 0, get_task, "process"},
	[NSL_COLUMN_TID] = {"TID", NSL_CELL_NUMBER, OF_PROCESS, 0, get_task, "thread"},
	[NSL_COLUMN_NSPID] = {"NSPID", NSL_CELL_NUMBERS, OF_PROCESS, STATUS, get_nspid,
			      "its PID in each nested PID namespace, outermost first"},
	[NSL_COLUMN_PPID] = {"PPID", NSL_CELL_NUMBER, OF_PROCESS, STAT, get_ppid, "its parent"},
	[NSL_COLUMN_UID] = {"UID", NSL_CELL_NUMBER, OF_PROCESS, STATUS, get_uid,
			    "its effective user"},
	[NSL_COLUMN_USER] = {"USER", NSL_CELL_STRING, OF_PROCESS, STATUS | NSL_FACT_USERS, get_user,
			     "that one's name"},
	[NSL_COLUMN_COMMAND] = {"COMMAND", NSL_CELL_STRING, OF_PROCESS, WHOSE | NSL_FACT_COMMANDS,
				get_command, "its command line; of a namespace: why it exists"},
	[NSL_COLUMN_FOR_CHILDREN] = {"FOR-CHILDREN", NSL_CELL_BOOLEAN, OF_NAMESPACE, 0,
				     get_for_children,
				     "whether not the process but its next children are in it"},
	[NSL_COLUMN_ZOMBIE] = {"ZOMBIE", NSL_CELL_BOOLEAN, OF_PROCESS, 0, get_zombie,
			       "whether the process is a zombie"},
	[NSL_COLUMN_COMM] = {"COMM", NSL_CELL_STRING, OF_PROCESS, STAT, get_comm, "its name"},
	[NSL_COLUMN_START] = {"START", NSL_CELL_TIME, OF_PROCESS, STAT | NSL_FACT_SYSTEM, get_start,
			      "when it started, UTC"},
	[NSL_COLUMN_CONTAINER] = {"CONTAINER", NSL_CELL_STRING, OF_PROCESS, WHOSE, get_container,
				  "name, or else id, of the container or sandbox it is in"},
	[NSL_COLUMN_CONTAINER_ID] = {"CONTAINER-ID", NSL_CELL_STRING, OF_PROCESS, WHOSE,
				     get_container_id, "that one's id"},
	[NSL_COLUMN_RUNTIME] = {"RUNTIME", NSL_CELL_STRING, OF_PROCESS, WHOSE, get_runtime,
				"what runs that one: docker, podman and so on"},
	[NSL_COLUMN_POD] = {"POD", NSL_CELL_STRING, OF_PROCESS, WHOSE, get_pod,
			    "the pod that it is of"},
	[NSL_COLUMN_ENTERED] = {"ENTERED", NSL_CELL_STRING, OF_PROCESS, WHOSE, get_entered,
				"the container that it has entered from outside"},
	[NSL_COLUMN_UNIT] = {"UNIT", NSL_CELL_STRING, OF_PROCESS, WHOSE, get_unit, "systemd unit"},
	[NSL_COLUMN_NETNS] = {"NETNS", NSL_CELL_LIST, OF_NAMESPACE, 0, get_netns,
			      "what ip netns calls it"},
	[NSL_COLUMN_NETNSID] = {"NETNSID", NSL_CELL_NUMBER, OF_NAMESPACE, ABOVE, get_netnsid,
				"what the own network namespace calls it (link-netnsid)"},
	[NSL_COLUMN_NSFS] = {"NSFS", NSL_CELL_LIST, OF_NAMESPACE, NSL_FACT_SCAN, get_nsfs,
			     "where it is mounted"},
	[NSL_COLUMN_PATH] = {"PATH", NSL_CELL_STRING, OF_NAMESPACE, 0, get_path,
			     "a file that opens it, as nsenter takes"},
	[NSL_COLUMN_PNS] = {"PNS", NSL_CELL_NUMBER, OF_NAMESPACE, ABOVE, get_relation,
			    "inode of the parent of a pid or user namespace"},
	[NSL_COLUMN_ONS] = {"ONS", NSL_CELL_NUMBER, OF_NAMESPACE, ABOVE, get_relation,
			    "inode of the user namespace that owns it"},
	[NSL_COLUMN_OWNER_UID] = {"OWNER-UID", NSL_CELL_NUMBER, OF_NAMESPACE, ABOVE, get_owner_uid,
				  "who made that one"},
	[NSL_COLUMN_OWNER] = {"OWNER", NSL_CELL_STRING, OF_NAMESPACE, ABOVE | NSL_FACT_USERS,
			      get_owner, "that user's name"},
	[NSL_COLUMN_HELD_BY] = {"HELD-BY", NSL_CELL_LIST, OF_NAMESPACE, NSL_FACT_SCAN, get_held_by,
				"who keeps it alive beside its processes"},
	[NSL_COLUMN_SHARES] = {"SHARES", NSL_CELL_LIST, OF_PROCESS, NSL_FACT_ALL_TYPES, get_types,
			       "types of which it is in the host's namespace"},
	[NSL_COLUMN_OWN] = {"OWN", NSL_CELL_LIST, OF_PROCESS, NSL_FACT_ALL_TYPES, get_types,
			    "types of which it is in another one"},
	[NSL_COLUMN_PEER] = {"PEER", NSL_CELL_LIST, OF_NAMESPACE,
			     NSL_FACT_DETAILS | WHOSE | STAT | NSL_FACT_SCAN | NSL_FACT_OTHERS,
			     get_peer,
			     "its interfaces' other ends, in which net namespaces, and whose"},
	[NSL_COLUMN_DETAIL] = {"DETAIL", NSL_CELL_LIST, OF_PROCESS, NSL_FACTS_DETAIL, get_detail,
			       "what it is: host name, addresses, ID map, offsets and so on"},
	[NSL_COLUMN_NAME] = {"NAME", NSL_CELL_STRING, OF_PROCESS, WHOSE, get_container,
			     "of the container, as it is selected"},
	[NSL_COLUMN_PROCS] = {"PROCS", NSL_CELL_NUMBER, OF_PROCESS, WHOSE | NSL_FACT_MEMBERS,
			      get_procs, "how many processes are in the container"},
	[NSL_COLUMN_ADDRESS] = {"ADDRESS", NSL_CELL_STRING, OF_PROCESS,
				WHOSE | NSL_FACT_MEMBERS | NSL_FACT_ALL_TYPES | NSL_FACT_ADDRESSES,
				get_address,
				"its first address, in a network that is not the host's"},
	[NSL_COLUMN_UP] = {"UP", NSL_CELL_DURATION, OF_PROCESS,
			   WHOSE | NSL_FACT_MEMBERS | STAT | NSL_FACT_SYSTEM, get_up,
			   "for how long, in seconds"},
	[NSL_COLUMN_HOST] = {"HOST", NSL_CELL_STRING, OF_PROCESS, NSL_FACT_SYSTEM, get_host,
			     "the system's name, or that of the saved document"},
};

void nsl_cell_get(NslCell *cell, NslColumn column, const NslRow *row)
{
	nsl_cell_begin(cell, nsl_columns[column].type);
	cell->column = column;
	if (row->ns || nsl_columns[column].of_process)
		nsl_columns[column].get(cell, row);
}

void nsl_cell_show(NslCell *cell, GString *text, NslColumn column, const NslRow *row,
		   NslTextKind kind)
{
	if (column == NSL_COLUMN_NAMESPACE) {
		nsl_label_namespace(text, row->ns, row->process || row->more->thread);
	} else if (column == NSL_COLUMN_COMMAND) {
		nsl_label_row(text, row, kind);
	} else if (column == NSL_COLUMN_DETAIL && kind != NSL_TEXT_BYTES) {
		show_detail(cell->view, text, row, kind);
	} else {
		nsl_cell_get(cell, column, row);
		if (column == NSL_COLUMN_NAME && kind != NSL_TEXT_BYTES)
			nsl_label_word(text, cell->bytes->str, kind);
		else if (cell->type == NSL_CELL_DURATION && !nsl_cell_is_absent(cell) &&
			 kind != NSL_TEXT_BYTES)
			nsl_label_duration(text, cell->number);
		else
			nsl_cell_append(cell, text, kind);
		if (cell->at_least > 0 && kind != NSL_TEXT_BYTES)
			g_string_append_printf(text, "%s%u", kind == NSL_TEXT_ASCII ? ">=" : "≥",
					       cell->at_least);
	}
}
