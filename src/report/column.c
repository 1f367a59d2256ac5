/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of columns. Adding one is a getter, and a row here.
 */
#include "report/column.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "model/facts.h"
#include "report/detail.h"
#include "report/explain.h"
#include "report/label.h"
#include "report/output.h"

/* Bytes that others chose. */
static void add_text(GString *cell, const NslCellContext *context, const char *bytes)
{
	if (context->plain)
		nsl_text_to_utf8(cell, bytes, strlen(bytes));
	else
		nsl_text_escape(cell, bytes, -1, context->kind);
}

/* Before each item of a list. */
static void begin_item(GString *cell, const NslCellContext *context, const char *separator)
{
	if (context->items)
		g_array_append_val(context->items, cell->len);
	else if (cell->len > 0)
		g_string_append(cell, separator);
}

static void get_namespace(GString *cell, const NslCellContext *context, const NslRow *row)
{
	nsl_label_namespace(cell, row->ns, !context->plain && (row->process || row->thread));
}

static void get_ns(GString *cell, const NslCellContext *context, const NslRow *row)
{
	(void)context;
	nsl_output_number(cell, row->ns->inode, 0);
}

static void get_nsid(GString *cell, const NslCellContext *context, const NslRow *row)
{
	(void)context;
	if (row->ns->nsid != 0)
		nsl_output_number(cell, row->ns->nsid, 0);
}

static void get_type(GString *cell, const NslCellContext *context, const NslRow *row)
{
	(void)context;
	g_string_append(cell, nsl_nstypes[row->ns->type].name);
}

static void get_root(GString *cell, const NslCellContext *context, const NslRow *row)
{
	if (!(context->view->snapshot->rootless & NSL_NSTYPE_BIT(row->ns->type)))
		g_string_append(cell, row->ns->root ? "yes" : "no");
}

static void get_nprocs(GString *cell, const NslCellContext *context, const NslRow *row)
{
	if (nsl_view_is_counted(context->view, row->ns))
		nsl_output_number(cell, row->ns->members->len, 0);
}

static void get_pid(GString *cell, const NslCellContext *context, const NslRow *row)
{
	(void)context;
	if (row->process)
		nsl_output_number(cell, row->process->pid, 0);
	else if (row->thread)
		nsl_output_number(cell, row->thread->pid, 0);
}

static void get_tid(GString *cell, const NslCellContext *context, const NslRow *row)
{
	(void)context;
	if (row->process)
		nsl_output_number(cell, row->process->pid, 0);
	else if (row->thread)
		nsl_output_number(cell, row->thread->tid, 0);
}

static void get_nspid(GString *cell, const NslCellContext *context, const NslRow *row)
{
	(void)context;
	if (row->process && row->process->n_nspid > 0)
		nsl_output_number(cell, row->process->nspid[row->process->n_nspid - 1], 0);
}

static void get_ppid(GString *cell, const NslCellContext *context, const NslRow *row)
{
	(void)context;
	if (row->process && row->process->has_stat)
		nsl_output_number(cell, row->process->ppid, 0);
}

static void get_uid(GString *cell, const NslCellContext *context, const NslRow *row)
{
	(void)context;
	if (row->process && row->process->has_status)
		nsl_output_number(cell, row->process->uid, 0);
}

static void get_user(GString *cell, const NslCellContext *context, const NslRow *row)
{
	if (row->process && row->process->user)
		add_text(cell, context, row->process->user);
	else
		get_uid(cell, context, row);
}

static void get_command(GString *cell, const NslCellContext *context, const NslRow *row)
{
	if (!context->plain) {
		nsl_label_row(cell, row, context->kind);
	} else if (row->process) {
		add_text(cell, context, nsl_view_command(row->process));
	} else if (row->thread) {
		add_text(cell, context, row->thread->comm ? row->thread->comm : "");
		g_string_append_printf(cell, " (thread of %u)", row->thread->pid);
	} else {
		add_text(cell, context, row->reason);
	}
	if (row->for_children)
		g_string_append(cell, NSL_LABEL_FOR_CHILDREN);
}

static void get_comm(GString *cell, const NslCellContext *context, const NslRow *row)
{
	const char *comm = row->process	 ? row->process->comm
			   : row->thread ? row->thread->comm
					 : NULL;

	if (comm)
		add_text(cell, context, comm);
}

static void get_start(GString *cell, const NslCellContext *context, const NslRow *row)
{
	if (row->process && row->process->has_stat)
		nsl_label_time(cell, nsl_view_start(context->view, row->process));
}

/* What contains the row's process; NULL: nothing, or there is none. */
static const NslContainer *container_of(const NslRow *row)
{
	return row->process ? row->process->container : NULL;
}

static void get_container(GString *cell, const NslCellContext *context, const NslRow *row)
{
	const NslContainer *container = container_of(row);
	g_autofree char *which = container ? nsl_explain_which(container) : NULL;

	if (which)
		add_text(cell, context, which);
}

static void get_container_id(GString *cell, const NslCellContext *context, const NslRow *row)
{
	const NslContainer *container = container_of(row);

	if (container && container->identity.id)
		add_text(cell, context, container->identity.id);
}

static void get_runtime(GString *cell, const NslCellContext *context, const NslRow *row)
{
	const NslContainer *container = container_of(row);

	(void)context;
	if (container)
		g_string_append(cell, container->identity.runtime);
}

static void get_pod(GString *cell, const NslCellContext *context, const NslRow *row)
{
	const NslContainer *container = container_of(row);
	g_autoptr(GString) name = g_string_new(NULL);

	if (container)
		nsl_label_pod(name, container, NSL_TEXT_BYTES);
	add_text(cell, context, name->str);
}

static void get_unit(GString *cell, const NslCellContext *context, const NslRow *row)
{
	if (row->process && row->process->unit)
		add_text(cell, context, row->process->unit);
}

static void get_netns(GString *cell, const NslCellContext *context, const NslRow *row)
{
	for (guint i = 0; i < row->ns->names->len; i++) {
		begin_item(cell, context, ",");
		add_text(cell, context, g_ptr_array_index(row->ns->names, i));
	}
}

static void get_netnsid(GString *cell, const NslCellContext *context, const NslRow *row)
{
	(void)context;
	if (row->ns->has_netnsid == NSL_KNOWN)
		nsl_output_number(cell, (guint64)row->ns->netnsid, 0);
}

/* A path once, in however many mount namespaces it is: holders are sorted by it. */
static void get_nsfs(GString *cell, const NslCellContext *context, const NslRow *row)
{
	const char *last = NULL;

	for (guint i = 0; i < row->ns->holders->len; i++) {
		const NslHolder *holder = &g_array_index(row->ns->holders, NslHolder, i);

		if (holder->kind != NSL_HOLDER_MOUNT || g_strcmp0(holder->path, last) == 0)
			continue;
		last = holder->path;
		begin_item(cell, context, ",");
		add_text(cell, context, holder->path);
	}
}

/* What nsenter(1) takes, in the caller's own mount namespace. */
static void get_path(GString *cell, const NslCellContext *context, const NslRow *row)
{
	const NslNsTypeInfo *info = &nsl_nstypes[row->ns->type];

	if (row->process)
		g_string_append_printf(cell, "/proc/%u/ns/%s", row->process->pid,
				       row->for_children ? info->children_link : info->link);
	else if (row->thread)
		g_string_append_printf(cell, "/proc/%u/task/%u/ns/%s", row->thread->pid,
				       row->thread->tid, info->link);
	for (guint i = 0; i < row->ns->holders->len && cell->len == 0; i++) {
		const NslHolder *holder = &g_array_index(row->ns->holders, NslHolder, i);

		if (holder->kind == NSL_HOLDER_FD && holder->tid == 0)
			g_string_append_printf(cell, "/proc/%u/fd/%d", holder->pid, holder->fd);
		else if (holder->kind == NSL_HOLDER_MOUNT &&
			 holder->mnt_ns == context->view->snapshot->own_mnt)
			add_text(cell, context, holder->path);
	}
}

static void get_relation(GString *cell, const NslRelation *relation)
{
	if (relation->knowledge == NSL_KNOWN)
		nsl_output_number(cell, relation->ns->inode, 0);
}

static void get_pns(GString *cell, const NslCellContext *context, const NslRow *row)
{
	(void)context;
	get_relation(cell, &row->ns->parent);
}

static void get_ons(GString *cell, const NslCellContext *context, const NslRow *row)
{
	(void)context;
	get_relation(cell, &row->ns->owner);
}

static void get_owner_uid(GString *cell, const NslCellContext *context, const NslRow *row)
{
	(void)context;
	if (row->ns->has_owner_uid == NSL_KNOWN)
		nsl_output_number(cell, row->ns->owner_uid, 0);
}

static void get_owner(GString *cell, const NslCellContext *context, const NslRow *row)
{
	if (row->ns->owner_name)
		add_text(cell, context, row->ns->owner_name);
	else
		get_owner_uid(cell, context, row);
}

static void get_held_by(GString *cell, const NslCellContext *context, const NslRow *row)
{
	for (guint i = 0; i < row->ns->holders->len; i++) {
		g_autofree char *why = nsl_explain_holder(
			context->view->snapshot, &g_array_index(row->ns->holders, NslHolder, i));

		begin_item(cell, context, "; ");
		add_text(cell, context, why);
	}
}

static void get_detail(GString *cell, const NslCellContext *context, const NslRow *row)
{
	guint limit = context->items ? NSL_DETAIL_INTERFACES : NSL_DETAIL_FEW;
	NslTextKind kind = context->plain ? NSL_TEXT_BYTES : context->kind;
	g_autoptr(GPtrArray) parts = nsl_detail_parts(row->ns, limit, kind);

	for (guint i = 0; i < parts->len; i++) {
		const char *part = g_ptr_array_index(parts, i);

		begin_item(cell, context, "; ");
		if (context->plain)
			nsl_text_to_utf8(cell, part, strlen(part));
		else
			g_string_append(cell, part);
	}
}

#define STAT   NSL_FACT_STAT
#define STATUS NSL_FACT_STATUS
#define ABOVE  NSL_FACT_RELATIONS
#define WHOSE  NSL_FACT_CONTAINERS

#define OF_PROCESS   true
#define OF_NAMESPACE false

const NslColumnInfo nsl_columns[NSL_COLUMN_COUNT] = {
	[NSL_COLUMN_NAMESPACE] = {"NAMESPACE", NSL_CELL_STRING, OF_NAMESPACE, 0,
				  "type and inode, as net:[4026532676]", get_namespace},
	[NSL_COLUMN_NS] = {"NS", NSL_CELL_NUMBER, OF_NAMESPACE, 0, "inode", get_ns},
	[NSL_COLUMN_NSID] = {"NSID", NSL_CELL_NUMBER, OF_NAMESPACE, ABOVE,
			     "the kernel's 64-bit id, never used again", get_nsid},
	[NSL_COLUMN_TYPE] = {"TYPE", NSL_CELL_STRING, OF_NAMESPACE, 0, "type", get_type},
	[NSL_COLUMN_ROOT] = {"ROOT", NSL_CELL_BOOLEAN, OF_NAMESPACE, 0,
			     "whether it is a root namespace", get_root},
	[NSL_COLUMN_NPROCS] = {"NPROCS", NSL_CELL_NUMBER, OF_NAMESPACE, 0,
			       "how many processes are in it", get_nprocs},
	[NSL_COLUMN_PID] = {"PID", NSL_CELL_NUMBER, OF_PROCESS, 0, "process", get_pid},
	[NSL_COLUMN_TID] = {"TID", NSL_CELL_NUMBER, OF_PROCESS, 0, "thread", get_tid},
	[NSL_COLUMN_NSPID] = {"NSPID", NSL_CELL_NUMBER, OF_PROCESS, STATUS,
			      "the process's PID in its own PID namespace", get_nspid},
	[NSL_COLUMN_PPID] = {"PPID", NSL_CELL_NUMBER, OF_PROCESS, STAT, "its parent", get_ppid},
	[NSL_COLUMN_UID] = {"UID", NSL_CELL_NUMBER, OF_PROCESS, STATUS, "its effective user",
			    get_uid},
	[NSL_COLUMN_USER] = {"USER", NSL_CELL_STRING, OF_PROCESS, STATUS | NSL_FACT_USERS,
			     "that one's name", get_user},
	[NSL_COLUMN_COMMAND] = {"COMMAND", NSL_CELL_STRING, OF_PROCESS, WHOSE,
				"its command line; of a namespace: why it exists", get_command},
	[NSL_COLUMN_COMM] = {"COMM", NSL_CELL_STRING, OF_PROCESS, STAT, "its name", get_comm},
	[NSL_COLUMN_START] = {"START", NSL_CELL_TIME, OF_PROCESS, STAT | NSL_FACT_SYSTEM,
			      "when it started, UTC", get_start},
	[NSL_COLUMN_CONTAINER] = {"CONTAINER", NSL_CELL_STRING, OF_PROCESS, WHOSE,
				  "name, or else id, of the container or sandbox it is in",
				  get_container},
	[NSL_COLUMN_CONTAINER_ID] = {"CONTAINER-ID", NSL_CELL_STRING, OF_PROCESS, WHOSE,
				     "that one's id", get_container_id},
	[NSL_COLUMN_RUNTIME] = {"RUNTIME", NSL_CELL_STRING, OF_PROCESS, WHOSE,
				"what runs that one: docker, podman …", get_runtime},
	[NSL_COLUMN_POD] = {"POD", NSL_CELL_STRING, OF_PROCESS, WHOSE, "the pod that it is of",
			    get_pod},
	[NSL_COLUMN_UNIT] = {"UNIT", NSL_CELL_STRING, OF_PROCESS, WHOSE, "systemd unit", get_unit},
	[NSL_COLUMN_NETNS] = {"NETNS", NSL_CELL_LIST, OF_NAMESPACE, 0, "what ip netns calls it",
			      get_netns},
	[NSL_COLUMN_NETNSID] = {"NETNSID", NSL_CELL_NUMBER, OF_NAMESPACE, ABOVE,
				"what the own network namespace calls it (link-netnsid)",
				get_netnsid},
	[NSL_COLUMN_NSFS] = {"NSFS", NSL_CELL_LIST, OF_NAMESPACE, 0, "where it is mounted",
			     get_nsfs},
	[NSL_COLUMN_PATH] = {"PATH", NSL_CELL_STRING, OF_NAMESPACE, 0,
			     "a file of it, as nsenter takes", get_path},
	[NSL_COLUMN_PNS] = {"PNS", NSL_CELL_NUMBER, OF_NAMESPACE, ABOVE,
			    "inode of the parent of a pid or user namespace", get_pns},
	[NSL_COLUMN_ONS] = {"ONS", NSL_CELL_NUMBER, OF_NAMESPACE, ABOVE,
			    "inode of the user namespace that owns it", get_ons},
	[NSL_COLUMN_OWNER_UID] = {"OWNER-UID", NSL_CELL_NUMBER, OF_NAMESPACE, ABOVE,
				  "who made that one", get_owner_uid},
	[NSL_COLUMN_OWNER] = {"OWNER", NSL_CELL_STRING, OF_NAMESPACE, ABOVE | NSL_FACT_USERS,
			      "that user's name", get_owner},
	[NSL_COLUMN_HELD_BY] = {"HELD-BY", NSL_CELL_LIST, OF_NAMESPACE, 0,
				"who keeps it alive beside its processes", get_held_by},
	[NSL_COLUMN_DETAIL] = {"DETAIL", NSL_CELL_LIST, OF_NAMESPACE, NSL_FACTS_DETAIL,
			       "what it is: host name, addresses, ID map, offsets …", get_detail},
};

bool nsl_column_is_number(NslColumn column)
{
	return nsl_columns[column].type == NSL_CELL_NUMBER;
}

const char *nsl_cell_type_name(NslCellType type)
{
	switch (type) {
	case NSL_CELL_STRING:
		break;
	case NSL_CELL_NUMBER:
		return "number";
	case NSL_CELL_BOOLEAN:
		return "boolean";
	case NSL_CELL_TIME:
		return "time";
	case NSL_CELL_LIST:
		return "array";
	}
	return "string";
}

char *nsl_column_key(NslColumn column)
{
	return g_strdelimit(g_ascii_strdown(nsl_columns[column].name, -1), "-", '_');
}

static bool is_same_letter(char a, char b)
{
	return (a == '_' ? '-' : g_ascii_toupper(a)) == b;
}

NslColumn nsl_column_find(const char *name)
{
	NslColumn column;

	for (column = 0; column < NSL_COLUMN_COUNT; column++) {
		const char *known = nsl_columns[column].name;
		gsize i = 0;

		while (known[i] && is_same_letter(name[i], known[i]))
			i++;
		if (known[i] == '\0' && name[i] == '\0')
			break;
	}
	return column;
}

/* How many letters have to be put in, taken out or changed (Levenshtein's distance). */
static guint distance(const char *name, const char *known)
{
	gsize size = strlen(known);
	g_autofree guint *row = g_new(guint, size + 1);

	for (guint i = 0; i <= size; i++)
		row[i] = i;
	for (guint i = 0; name[i]; i++) {
		guint diagonal = row[0];

		row[0] = i + 1;
		for (guint j = 0; j < size; j++) {
			guint changed = diagonal + !is_same_letter(name[i], known[j]);

			diagonal = row[j + 1];
			row[j + 1] = MIN(changed, MIN(row[j], row[j + 1]) + 1);
		}
	}
	return row[size];
}

const char *nsl_column_nearest(const char *name)
{
	const char *nearest = nsl_columns[0].name;
	guint least = G_MAXUINT;

	for (NslColumn column = 0; column < NSL_COLUMN_COUNT; column++) {
		guint found = distance(name, nsl_columns[column].name);

		if (found < least) {
			least = found;
			nearest = nsl_columns[column].name;
		}
	}
	return nearest;
}
