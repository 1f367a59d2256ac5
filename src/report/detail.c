/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a namespace is: see format.h. A function for each type says its fields once: the key in the
 * JSON, the value, and the words around it in the text.
 */
#include "report/format.h"

#include <string.h>

#define NANOSECONDS G_GINT64_CONSTANT(1000000000)

/* Where the fields go. */
typedef struct Sink {
	NslJsonWriter *json; /* within the object */
	GPtrArray *parts;    /* char *: of the text, those that are finished */
	GString *part;	     /* the one that is not; NULL: the fields go to `json` */
	guint limit;
	NslTextKind kind;
} Sink;

static void end_part(Sink *sink)
{
	g_ptr_array_add(sink->parts, g_string_free(sink->part, FALSE));
	sink->part = g_string_new(NULL);
}

/* What stands before a value; a comma only between values. */
static void append_before(const Sink *sink, const char *before)
{
	bool first = sink->part->len == 0 && g_str_has_prefix(before, ", ");

	g_string_append(sink->part, first ? before + strlen(", ") : before);
}

/* What somebody has chosen. `between`: what stands between values there, which it is none of. */
static void append_name(const Sink *sink, const char *bytes, const char *between)
{
	if (sink->kind == NSL_TEXT_BYTES)
		g_string_append(sink->part, bytes);
	else
		nsl_text_escape_also(sink->part, bytes, between, sink->kind);
}

/* NULL is null, and not in the text; nor is what is empty. `before` NULL: just for the JSON. */
static void add_string(const Sink *sink, const char *key, const char *bytes, const char *before,
		       const char *after)
{
	if (!sink->part) {
		nsl_json_put_string(sink->json, key, bytes);
	} else if (before && bytes && bytes[0]) {
		append_before(sink, before);
		append_name(sink, bytes, ",;()");
		g_string_append(sink->part, after);
	}
}

static void add_number(const Sink *sink, const char *key, bool known, guint64 value,
		       const char *before, const char *after)
{
	if (!sink->part) {
		nsl_json_put_number(sink->json, key, known, value);
	} else if (known) {
		append_before(sink, before);
		g_string_append_printf(sink->part, "%" G_GUINT64_FORMAT "%s", value, after);
	}
}

static const char *null_if_empty(const char *bytes)
{
	return bytes[0] ? bytes : NULL;
}

static void add_pid(const Sink *sink, const NslPidDetail *pid)
{
	if (sink->part && pid->has_init == NSL_NONE)
		g_string_append(sink->part, "no init");
	add_number(sink, "init", pid->init != 0, pid->init, "init ", "");
	add_string(sink, "init_comm", null_if_empty(pid->comm), " (", ")");
	add_number(sink, "depth", pid->depth >= 0, (guint64)pid->depth, ", depth ", "");
}

static void add_mnt(const Sink *sink, const NslMountSum *mnt)
{
	bool same = strcmp(mnt->source, mnt->type) == 0;

	add_string(sink, "root_type", mnt->type, "", "");
	add_string(sink, "root_source", mnt->source, same ? NULL : " ", "");
	add_number(sink, "n_mounts", true, mnt->n_mounts, ", ",
		   mnt->n_mounts == 1 ? " mount" : " mounts");
}

/* "+3600 s", "-0.5 s" */
static void append_offset(GString *text, gint64 offset)
{
	guint64 size = offset < 0 ? -(guint64)offset : (guint64)offset;
	guint64 rest = size % NANOSECONDS;

	if (size == 0) {
		g_string_append_c(text, '0');
		return;
	}
	g_string_append_printf(text, "%c%" G_GUINT64_FORMAT, offset < 0 ? '-' : '+',
			       size / NANOSECONDS);
	if (rest > 0) {
		g_string_append_printf(text, ".%09" G_GUINT64_FORMAT, rest);
		while (text->str[text->len - 1] == '0')
			g_string_truncate(text, text->len - 1);
	}
	g_string_append(text, " s");
}

static void add_time(const Sink *sink, const NslTimeOffsets *offsets)
{
	if (!sink->part) {
		nsl_json_put_integer(sink->json, "monotonic_ns", true, offsets->monotonic);
		nsl_json_put_integer(sink->json, "boottime_ns", true, offsets->boottime);
		return;
	}
	g_string_append(sink->part, "boottime ");
	append_offset(sink->part, offsets->boottime);
	g_string_append(sink->part, ", monotonic ");
	append_offset(sink->part, offsets->monotonic);
}

static void put_ranges(NslJsonWriter *json, const char *key, const NslIdRange *ranges, guint n)
{
	nsl_json_begin(json, key, '[');
	for (guint i = 0; i < n; i++) {
		nsl_json_begin(json, NULL, '{');
		nsl_json_put_number(json, "inside", true, ranges[i].inside);
		nsl_json_put_number(json, "outside", ranges[i].outside != NSL_ID_UNMAPPED,
				    ranges[i].outside);
		nsl_json_put_number(json, "count", true, ranges[i].count);
		nsl_json_end(json, '}');
	}
	nsl_json_end(json, ']');
}

/* An ID map (user_namespaces(7)): `key` in the JSON, `name` in the text, where it is a part. */
static void add_map(Sink *sink, const char *key, const char *name, bool known,
		    const NslIdRange *ranges, guint n)
{
	bool ascii = sink->kind == NSL_TEXT_ASCII;

	if (!sink->part && known)
		put_ranges(sink->json, key, ranges, n);
	else if (!sink->part)
		nsl_json_put_null(sink->json, key);
	if (!sink->part || !known)
		return;
	g_string_append_printf(sink->part, "%s%s", name, n == 0 ? " not mapped" : "");
	for (guint i = 0; i < MIN(n, sink->limit); i++) {
		g_string_append_printf(sink->part, "%s%u%s", i > 0 ? ", " : " ", ranges[i].inside,
				       ascii ? "->" : "→");
		if (ranges[i].outside == NSL_ID_UNMAPPED)
			g_string_append_c(sink->part, '?');
		else
			g_string_append_printf(sink->part, "%u", ranges[i].outside);
		g_string_append_printf(sink->part, " %s%u", ascii ? "x" : "×", ranges[i].count);
	}
	if (n > sink->limit)
		g_string_append_printf(sink->part, ", +%u more", n - sink->limit);
	end_part(sink);
}

static void add_user(Sink *sink, const NslNamespace *ns)
{
	const NslDetail *detail = ns->detail;
	bool known = ns->has_owner_uid == NSL_KNOWN;

	add_map(sink, "uid_map", "uid", detail->user.has_maps, detail->uids, detail->user.n_uids);
	add_map(sink, "gid_map", "gid", detail->user.has_maps, detail->gids, detail->user.n_gids);
	if (!sink->part || !ns->owner_name)
		add_number(sink, "owner_uid", known, ns->owner_uid, "owner ", "");
	if (!sink->part || known)
		add_string(sink, "owner", ns->owner_name, "owner ", "");
}

static void put_interface(NslJsonWriter *json, const NslInterface *interface)
{
	g_autoptr(GString) address = g_string_new(NULL);

	nsl_json_begin(json, NULL, '{');
	nsl_json_put_string(json, "name", interface->name);
	nsl_json_put_number(json, "index", true, interface->index);
	nsl_json_put_boolean(json, "up", true, interface->up);
	nsl_json_put_string(json, "kind", null_if_empty(interface->kind));
	nsl_json_begin(json, "addresses", '[');
	for (guint i = 0; i < interface->n_addresses; i++) {
		g_string_truncate(address, 0);
		nsl_address_append(address, &interface->addresses[i]);
		nsl_json_put_string(json, NULL, address->str);
	}
	nsl_json_end(json, ']');
	nsl_json_put_number(json, "n_addresses", true, interface->n_addresses);
	if (interface->peer_index != 0) {
		nsl_json_begin(json, "peer", '{');
		nsl_json_put_number(json, "index", true, interface->peer_index);
		nsl_json_put_number(json, "ns", interface->peer_ns != 0, interface->peer_ns);
		nsl_json_end(json, '}');
	} else {
		nsl_json_put_null(json, "peer");
	}
	nsl_json_end(json, '}');
}

static void put_net(NslJsonWriter *json, const NslDetail *detail)
{
	nsl_json_begin(json, "interfaces", '[');
	for (guint i = 0; i < detail->net.n_interfaces; i++)
		put_interface(json, &detail->interfaces[i]);
	nsl_json_end(json, ']');
	nsl_json_put_number(json, "n_interfaces", true, detail->net.n_interfaces);
	nsl_json_put_number(json, "n_up", true, detail->net.n_up);
}

/* For people a link-local address is left out where there is a better one. */
static void append_addresses(const Sink *sink, const NslInterface *interface)
{
	bool whole = sink->limit == NSL_DETAIL_ALL;
	bool global = false;
	guint n = 0;

	for (guint i = 0; i < interface->n_addresses; i++)
		global = global || !nsl_address_is_link_local(&interface->addresses[i]);
	for (guint i = 0; i < interface->n_addresses; i++) {
		const NslAddress *address = &interface->addresses[i];

		if (!whole &&
		    ((global && nsl_address_is_link_local(address)) || ++n > NSL_DETAIL_FEW))
			continue;
		nsl_address_append(sink->part, address);
		g_string_append_c(sink->part, ' ');
	}
	if (n > NSL_DETAIL_FEW)
		g_string_append_printf(sink->part, "+%u more ", n - NSL_DETAIL_FEW);
}

/* The address comes first: it is what a narrow terminal has room for. */
static void add_interface_text(Sink *sink, const NslInterface *interface)
{
	append_addresses(sink, interface);
	append_name(sink, interface->name, "@;");
	if (interface->peer_index != 0)
		g_string_append_printf(sink->part, "@if%u", interface->peer_index);
	if (interface->peer_index != 0 && interface->peer_ns != 0)
		g_string_append_printf(sink->part, " peer in net:[%" G_GUINT64_FORMAT "]",
				       interface->peer_ns);
	else if (interface->peer_index != 0)
		g_string_append(sink->part, " peer elsewhere");
	g_string_append(sink->part, interface->up ? "" : " down");
	end_part(sink);
}

static void add_net_text(Sink *sink, const NslDetail *detail)
{
	const NslNetDetail *net = &detail->net;
	bool whole = sink->limit == NSL_DETAIL_ALL;
	guint n = 0;

	for (guint i = 0; i < net->n_interfaces; i++) {
		const NslInterface *interface = &detail->interfaces[i];
		bool dull = !interface->up || (net->n_up > 1 && strcmp(interface->name, "lo") == 0);

		if ((whole || !dull) && n++ < sink->limit)
			add_interface_text(sink, interface);
	}
	if (n > sink->limit)
		g_string_append_printf(sink->part, "+%u more", n - sink->limit);
	else if (n == 0 && net->n_interfaces > 0)
		g_string_append_printf(sink->part, "no interface up, %u down", net->n_interfaces);
	else if (n == 0)
		g_string_append(sink->part, "no interface");
}

/* Those of a namespace whose details are known. */
static void add_fields(Sink *sink, const NslNamespace *ns)
{
	const NslDetail *detail = ns->detail;

	switch (ns->type) {
	case NSL_NSTYPE_CGROUP:
		add_string(sink, "root", detail->root, "", "");
		break;
	case NSL_NSTYPE_IPC:
		add_number(sink, "shm_segments", true, detail->ipc.shm, ", ", " shm");
		add_number(sink, "sem_sets", true, detail->ipc.sem, ", ", " sem");
		add_number(sink, "msg_queues", true, detail->ipc.msg, ", ", " msg");
		break;
	case NSL_NSTYPE_MNT:
		add_mnt(sink, &detail->mnt);
		break;
	case NSL_NSTYPE_NET:
		if (!sink->part)
			put_net(sink->json, detail);
		else
			add_net_text(sink, detail);
		break;
	case NSL_NSTYPE_PID:
		add_pid(sink, &detail->pid);
		break;
	case NSL_NSTYPE_TIME:
		add_time(sink, &detail->time);
		break;
	case NSL_NSTYPE_USER:
		add_user(sink, ns);
		break;
	case NSL_NSTYPE_UTS:
		add_string(sink, "hostname", detail->uts.host, "", "");
		add_string(sink, "domainname", null_if_empty(detail->uts.domain), " (domain ", ")");
		break;
	case NSL_NSTYPE_COUNT:
		break;
	}
}

GPtrArray *nsl_detail_parts(const NslNamespace *ns, guint limit, NslTextKind kind)
{
	Sink sink = {
		.parts = g_ptr_array_new_with_free_func(g_free),
		.part = g_string_new(NULL),
		.limit = limit,
		.kind = kind,
	};
	bool several = ns->type == NSL_NSTYPE_NET || ns->type == NSL_NSTYPE_USER;

	if (ns->detail) {
		add_fields(&sink, ns);
		if (sink.part->len > 0 || !several)
			end_part(&sink);
	}
	g_string_free(sink.part, TRUE);
	return sink.parts;
}

void nsl_detail_append(GString *text, const NslNamespace *ns, NslTextKind kind)
{
	g_autoptr(GPtrArray) parts = nsl_detail_parts(ns, NSL_DETAIL_FEW, kind);

	for (guint i = 0; i < parts->len; i++) {
		g_string_append(text, i > 0 ? "; " : "");
		g_string_append(text, g_ptr_array_index(parts, i));
	}
}

void nsl_detail_put_json(NslJsonWriter *json, const char *key, const NslNamespace *ns)
{
	Sink sink = {.json = json};

	if (!ns->detail) {
		nsl_json_put_null(json, key);
		return;
	}
	nsl_json_begin(json, key, '{');
	add_fields(&sink, ns);
	nsl_json_end(json, '}');
}

bool nsl_detail_is_missing(const NslNamespace *ns)
{
	return ns->has_detail != NSL_SKIPPED && (!ns->detail || ns->detail->partial);
}
