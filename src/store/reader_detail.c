/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a namespace is (model/detail.h), as report/detail.c has written it: see reader.h.
 */
#include "store/reader.h"

#include "base/netlink.h"
#include "base/procfs_parse.h"
#include "model/detail.h"

/* The member's text, which may be NULL, into an array of the model. */
static void copy_text(NslReader *reader, const char *key, const char *text, char *ret_text,
		      gsize size)
{
	if (text && g_strlcpy(ret_text, text, size) >= size)
		nsl_field_fail(reader, key, "is too long");
}

#define COPY_TEXT(reader, object, key, array)                                                      \
	copy_text((reader), (key), nsl_field_get_text((reader), (object), (key)), (array),         \
		  sizeof(array))

/* Of a mount: texts that are too long are cut as bytes, and again as text, which may be longer. */
static void copy_cut(NslReader *reader, NslJson *object, const char *key, char *ret_text,
		     gsize size)
{
	const char *text = nsl_field_need_text(reader, object, key);
	const char *end;

	if (g_strlcpy(ret_text, text, size) >= size) {
		g_utf8_validate(ret_text, -1, &end);
		ret_text[end - ret_text] = '\0'; /* not within a character */
	}
}

/* What is missing is not known, and is not to be taken for none. */
static NslJson *need(NslReader *reader, NslJson *object, const char *key, json_type type)
{
	NslJson *value = nsl_field_get(reader, object, key, type);

	if (!value)
		nsl_field_fail(reader, key, "is missing");
	return value;
}

static void read_addresses(NslReader *reader, NslJson *object, GArray *addresses)
{
	g_autoptr(GPtrArray) texts = nsl_field_get_texts(reader, object, "addresses");

	need(reader, object, "addresses", json_type_array);
	for (guint i = 0; i < texts->len; i++) {
		NslAddress address = {0};

		if (!nsl_address_parse(g_ptr_array_index(texts, i), &address))
			nsl_field_fail(reader, "addresses", "is no address");
		nsl_reader_count(reader);
		g_array_append_val(addresses, address);
	}
}

/* The interfaces that have been read, and all of their addresses. */
typedef struct Net {
	GArray *interfaces;
	GArray *addresses;
	guint n_up;
} Net;

static void read_interface(NslReader *reader, NslJson *object, gpointer data)
{
	Net *net = data;
	NslJson *peer = nsl_field_get(reader, object, "peer", json_type_object);
	guint before = net->addresses->len;
	NslInterface interface = {
		.up = json_object_get_boolean(need(reader, object, "up", json_type_boolean)),
		.index = (guint32)nsl_field_need_number(reader, object, "index", 1, G_MAXUINT32),
		.peer_index =
			peer ? (guint32)nsl_field_need_number(reader, peer, "index", 1, G_MAXUINT32)
			     : 0,
		.peer_ns = nsl_field_get_known(reader, peer, "ns", G_MAXUINT64),
	};

	need(reader, object, "name", json_type_string);
	COPY_TEXT(reader, object, "name", interface.name);
	COPY_TEXT(reader, object, "kind", interface.kind);
	read_addresses(reader, object, net->addresses);
	interface.n_addresses = net->addresses->len - before;
	net->n_up += interface.up;
	g_array_append_val(net->interfaces, interface);
}

static void read_net(NslReader *reader, NslJson *object, NslDetail *detail)
{
	Net net = {g_array_new(FALSE, FALSE, sizeof(NslInterface)),
		   g_array_new(FALSE, FALSE, sizeof(NslAddress)), 0};

	need(reader, object, "interfaces", json_type_array);
	nsl_field_each(reader, object, "interfaces", read_interface, &net);
	detail->net = (NslNetDetail){net.interfaces->len, net.n_up, net.addresses->len};
	detail->interfaces = (NslInterface *)(gpointer)g_array_free(net.interfaces, FALSE);
	detail->addresses = (NslAddress *)(gpointer)g_array_free(net.addresses, FALSE);
	nsl_detail_share_addresses(detail);
}

/* `data`: the ranges. */
static void read_range(NslReader *reader, NslJson *object, gpointer data)
{
	NslIdRange range = {.outside = NSL_ID_UNMAPPED};
	guint64 outside;

	range.inside = (guint32)nsl_field_need_number(reader, object, "inside", 0, G_MAXUINT32);
	range.count = (guint32)nsl_field_need_number(reader, object, "count", 0, G_MAXUINT32);
	if (nsl_field_get_number(reader, object, "outside", 0, NSL_ID_UNMAPPED - 1, &outside))
		range.outside = (guint32)outside;
	g_array_append_vals(data, &range, 1);
}

static NslIdRange *read_map(NslReader *reader, NslJson *object, const char *key, guint32 *ret_n)
{
	GArray *ranges = g_array_new(FALSE, FALSE, sizeof(NslIdRange));

	nsl_field_each(reader, object, key, read_range, ranges);
	*ret_n = ranges->len;
	return (NslIdRange *)(gpointer)g_array_free(ranges, FALSE);
}

static void read_pid(NslReader *reader, NslJson *object, NslDetail *detail)
{
	guint64 depth;

	/* Null is nobody; without it nothing is said of who it is. */
	detail->partial = detail->partial || !json_object_object_get_ex(object, "init", NULL);
	detail->pid.init = (guint32)nsl_field_get_known(reader, object, "init", NSL_PID_MAX);
	detail->pid.has_init = detail->pid.init != 0 ? NSL_KNOWN
			       : detail->partial     ? NSL_UNSUPPORTED
						     : NSL_NONE;
	COPY_TEXT(reader, object, "init_comm", detail->pid.comm);
	detail->pid.depth = nsl_field_get_number(reader, object, "depth", 0, G_MAXINT32, &depth)
				    ? (gint32)depth
				    : -1;
}

/* Which may be negative. */
static gint64 read_offset(NslReader *reader, NslJson *object, const char *key)
{
	return json_object_get_int64(need(reader, object, key, json_type_int)); /* 0 for NULL */
}

static void read_detail(NslReader *reader, NslJson *object, NslNsType type, NslDetail *detail)
{
	switch (type) {
	case NSL_NSTYPE_CGROUP:
		detail->root = nsl_field_copy_text(reader, object, "root");
		break;
	case NSL_NSTYPE_IPC:
		detail->ipc.shm =
			nsl_field_need_number(reader, object, "shm_segments", 0, G_MAXUINT64);
		detail->ipc.sem = nsl_field_need_number(reader, object, "sem_sets", 0, G_MAXUINT64);
		detail->ipc.msg =
			nsl_field_need_number(reader, object, "msg_queues", 0, G_MAXUINT64);
		break;
	case NSL_NSTYPE_MNT:
		copy_cut(reader, object, "root_type", detail->mnt.type, sizeof(detail->mnt.type));
		copy_cut(reader, object, "root_source", detail->mnt.source,
			 sizeof(detail->mnt.source));
		detail->mnt.n_mounts =
			(guint32)nsl_field_need_number(reader, object, "n_mounts", 0, G_MAXUINT32);
		break;
	case NSL_NSTYPE_NET:
		read_net(reader, object, detail);
		break;
	case NSL_NSTYPE_PID:
		read_pid(reader, object, detail);
		break;
	case NSL_NSTYPE_TIME:
		detail->time.monotonic = read_offset(reader, object, "monotonic_ns");
		detail->time.boottime = read_offset(reader, object, "boottime_ns");
		break;
	case NSL_NSTYPE_USER:
		detail->user.has_maps = nsl_field_get(reader, object, "uid_map", json_type_array) &&
					nsl_field_get(reader, object, "gid_map", json_type_array);
		detail->uids = read_map(reader, object, "uid_map", &detail->user.n_uids);
		detail->gids = read_map(reader, object, "gid_map", &detail->user.n_gids);
		break;
	case NSL_NSTYPE_UTS:
		copy_text(reader, "hostname", nsl_field_need_text(reader, object, "hostname"),
			  detail->uts.host, sizeof(detail->uts.host));
		COPY_TEXT(reader, object, "domainname", detail->uts.domain);
		break;
	case NSL_NSTYPE_COUNT:
		break;
	}
}

void nsl_reader_read_detail(NslReader *reader, NslJson *object, NslNamespace *ns)
{
	NslJson *detail = nsl_field_get(reader, object, "detail", json_type_object);
	bool missing = nsl_field_is_unknown(reader, "detail");

	ns->has_detail = detail ? NSL_KNOWN : missing ? NSL_UNSUPPORTED : NSL_SKIPPED;
	if (!detail)
		return;
	reader->part = "detail";
	ns->detail = g_new0(NslDetail, 1);
	ns->detail->partial = missing;
	read_detail(reader, detail, ns->type, ns->detail);
	reader->part = NULL;
}
