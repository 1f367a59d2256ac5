/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a namespace is, in words: see detail.h.
 */
#include "report/detail.h"

#include <stdlib.h>

#include "base/text.h"

#define NANOSECONDS G_GINT64_CONSTANT(1000000000)

/* What is put together. */
typedef struct Words {
	GPtrArray *parts;
	guint limit;
	NslTextKind kind;
} Words;

static void add_part(const Words *words, GString *text)
{
	g_ptr_array_add(words->parts, g_string_free(text, FALSE));
}

static void append(const Words *words, GString *text, const char *bytes)
{
	nsl_text_escape(text, bytes, -1, words->kind);
}

static void add_uts(const Words *words, const NslUtsDetail *uts)
{
	GString *text = g_string_new(NULL);

	append(words, text, uts->host);
	if (uts->domain[0]) {
		g_string_append(text, " (domain ");
		append(words, text, uts->domain);
		g_string_append_c(text, ')');
	}
	add_part(words, text);
}

static void add_ipc(const Words *words, const NslIpcDetail *ipc)
{
	GString *text = g_string_new(NULL);

	g_string_append_printf(text,
			       "%" G_GUINT64_FORMAT " shm, %" G_GUINT64_FORMAT
			       " sem, %" G_GUINT64_FORMAT " msg",
			       ipc->shm, ipc->sem, ipc->msg);
	add_part(words, text);
}

static void add_pid(const Words *words, const NslPidDetail *pid)
{
	GString *text = g_string_new(NULL);

	if (pid->has_init == NSL_KNOWN)
		g_string_append_printf(text, "init %u", pid->init);
	else if (pid->has_init == NSL_NONE)
		g_string_append(text, "no init");
	if (pid->comm[0]) {
		g_string_append(text, " (");
		append(words, text, pid->comm);
		g_string_append_c(text, ')');
	}
	if (pid->depth >= 0)
		g_string_append_printf(text, "%sdepth %d", text->len > 0 ? ", " : "", pid->depth);
	add_part(words, text);
}

static void add_mnt(const Words *words, const NslMountSum *mnt)
{
	GString *text = g_string_new(NULL);

	append(words, text, mnt->type);
	if (mnt->source[0] && g_strcmp0(mnt->source, mnt->type) != 0) {
		g_string_append_c(text, ' ');
		append(words, text, mnt->source);
	}
	g_string_append_printf(text, ", %u %s", mnt->n_mounts,
			       mnt->n_mounts == 1 ? "mount" : "mounts");
	add_part(words, text);
}

/* "+3600 s", "-0.5 s" */
static void append_offset(GString *text, const char *name, gint64 offset)
{
	guint64 size = offset < 0 ? -(guint64)offset : (guint64)offset;
	guint64 rest = size % NANOSECONDS;

	g_string_append_printf(text, "%s ", name);
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

static void add_time(const Words *words, const NslTimeOffsets *offsets)
{
	GString *text = g_string_new(NULL);

	append_offset(text, "boottime", offsets->boottime);
	append_offset(text, ", monotonic", offsets->monotonic);
	add_part(words, text);
}

static void add_ranges(const Words *words, const char *name, const NslIdRange *ranges, guint n)
{
	GString *text = g_string_new(name);

	if (n == 0)
		g_string_append(text, " not mapped");
	for (guint i = 0; i < MIN(n, words->limit); i++) {
		g_string_append_printf(text, "%s%u%s", i > 0 ? ", " : " ", ranges[i].inside,
				       words->kind == NSL_TEXT_ASCII ? "->" : "→");
		if (ranges[i].outside == NSL_ID_UNMAPPED)
			g_string_append_c(text, '?');
		else
			g_string_append_printf(text, "%u", ranges[i].outside);
		g_string_append_printf(text, " %s%u", words->kind == NSL_TEXT_ASCII ? "x" : "×",
				       ranges[i].count);
	}
	if (n > words->limit)
		g_string_append_printf(text, ", +%u more", n - words->limit);
	add_part(words, text);
}

static void add_user(const Words *words, const NslNamespace *ns)
{
	const NslDetail *detail = ns->detail;
	GString *text;

	if (detail->user.has_maps) {
		add_ranges(words, "uid", detail->uids, detail->user.n_uids);
		add_ranges(words, "gid", detail->gids, detail->user.n_gids);
	}
	if (ns->has_owner_uid != NSL_KNOWN)
		return;
	text = g_string_new("owner ");
	if (ns->owner_name)
		append(words, text, ns->owner_name);
	else
		g_string_append_printf(text, "%u", ns->owner_uid);
	add_part(words, text);
}

/* What is of use on the link alone is left out where there is something better. */
static void append_addresses(GString *text, const NslInterface *interface)
{
	guint n = MIN(interface->n_addresses, NSL_DETAIL_ADDRESSES);
	bool global = false;

	for (guint i = 0; i < n; i++)
		global = global || !nsl_address_is_link_local(&interface->addresses[i]);
	for (guint i = 0; i < n; i++) {
		if (global && nsl_address_is_link_local(&interface->addresses[i]))
			continue;
		g_string_append_c(text, ' ');
		nsl_address_append(text, &interface->addresses[i]);
	}
	if (interface->n_addresses > n)
		g_string_append_printf(text, " +%u more", interface->n_addresses - n);
}

static void add_interface(const Words *words, const NslInterface *interface)
{
	GString *text = g_string_new(NULL);

	append(words, text, interface->name);
	if (interface->peer_index != 0)
		g_string_append_printf(text, "@if%u", interface->peer_index);
	append_addresses(text, interface);
	if (interface->peer_index != 0 && interface->peer_ns != 0)
		g_string_append_printf(text, " peer in net:[%" G_GUINT64_FORMAT "]",
				       interface->peer_ns);
	else if (interface->peer_index != 0)
		g_string_append(text, " peer elsewhere");
	add_part(words, text);
}

static void add_net(const Words *words, const NslDetail *detail)
{
	const NslNetDetail *net = &detail->net;
	guint shown = MIN(net->n_shown, words->limit);
	GString *text;

	for (guint i = 0; i < shown; i++)
		add_interface(words, &detail->interfaces[i]);
	if (shown > 0 && shown == net->n_up)
		return;
	text = g_string_new(NULL);
	if (shown > 0)
		g_string_append_printf(text, "+%u more", net->n_up - shown);
	else if (net->n_interfaces > 0)
		g_string_append_printf(text, "no interface up, %u down", net->n_interfaces);
	else
		g_string_append(text, "no interface");
	add_part(words, text);
}

static void add_root(const Words *words, const char *root)
{
	GString *text = g_string_new(NULL);

	append(words, text, root);
	add_part(words, text);
}

GPtrArray *nsl_detail_parts(const NslNamespace *ns, guint limit, NslTextKind kind)
{
	Words words = {
		.parts = g_ptr_array_new_with_free_func(g_free),
		.limit = limit,
		.kind = kind,
	};

	if (!ns->detail)
		return words.parts;
	switch (ns->type) {
	case NSL_NSTYPE_CGROUP:
		add_root(&words, ns->detail->root);
		break;
	case NSL_NSTYPE_IPC:
		add_ipc(&words, &ns->detail->ipc);
		break;
	case NSL_NSTYPE_MNT:
		add_mnt(&words, &ns->detail->mnt);
		break;
	case NSL_NSTYPE_NET:
		add_net(&words, ns->detail);
		break;
	case NSL_NSTYPE_PID:
		add_pid(&words, &ns->detail->pid);
		break;
	case NSL_NSTYPE_TIME:
		add_time(&words, &ns->detail->time);
		break;
	case NSL_NSTYPE_USER:
		add_user(&words, ns);
		break;
	case NSL_NSTYPE_UTS:
		add_uts(&words, &ns->detail->uts);
		break;
	case NSL_NSTYPE_COUNT:
		break;
	}
	return words.parts;
}

void nsl_detail_append(GString *text, const NslNamespace *ns, NslTextKind kind)
{
	g_autoptr(GPtrArray) parts = nsl_detail_parts(ns, NSL_DETAIL_FEW, kind);

	for (guint i = 0; i < parts->len; i++) {
		if (i > 0)
			g_string_append(text, "; ");
		g_string_append(text, g_ptr_array_index(parts, i));
	}
}
