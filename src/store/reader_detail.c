/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a namespace is (model/detail.h), as report/detail.c has written it: see reader.h.
 */
#include "store/reader.h"

#include <string.h>

#include "base/netlink.h"
#include "base/procfs_parse.h"
#include "model/detail.h"

/* Into an array of the model. */
static void copy_text(NslFields *fields, struct json_object *object, const char *key,
		      char *ret_text, gsize size)
{
	const char *text = nsl_field_get_text(fields, object, key);

	if (text && g_strlcpy(ret_text, text, size) >= size)
		nsl_field_fail(fields, key, "is too long");
}

#define COPY_TEXT(fields, object, key, array)                                                      \
	copy_text((fields), (object), (key), (array), sizeof(array))

static void read_addresses(NslFields *fields, struct json_object *object, GArray *addresses)
{
	struct json_object *list = nsl_field_get_list(fields, object, "addresses");

	for (guint i = 0; i < nsl_field_length(list); i++) {
		const char *text =
			nsl_field_text_of(fields, json_object_array_get_idx(list, i), "addresses");
		NslAddress address = {0};

		if (++fields->n_objects > NSL_FIELDS_MAX_OBJECTS || !text ||
		    !nsl_address_parse(text, &address))
			nsl_field_fail(fields, "addresses", "is no address");
		g_array_append_val(addresses, address);
	}
}

static NslInterface read_interface(NslFields *fields, struct json_object *object, GArray *addresses)
{
	struct json_object *peer = nsl_field_get(fields, object, "peer", json_type_object);
	guint before = addresses->len;
	NslInterface interface = {
		.up = nsl_field_is_true(fields, object, "up"),
		.index = (guint32)nsl_field_get_known(fields, object, "index", G_MAXUINT32),
		.peer_index =
			peer ? (guint32)nsl_field_need_number(fields, peer, "index", 1, G_MAXUINT32)
			     : 0,
		.peer_ns = peer ? nsl_field_get_known(fields, peer, "ns", G_MAXUINT64) : 0,
	};

	COPY_TEXT(fields, object, "name", interface.name);
	COPY_TEXT(fields, object, "kind", interface.kind);
	read_addresses(fields, object, addresses);
	interface.n_addresses = addresses->len - before;
	return interface;
}

static void read_net(NslFields *fields, struct json_object *object, NslDetail *detail)
{
	struct json_object *list = nsl_field_get_list(fields, object, "interfaces");
	GArray *interfaces = g_array_new(FALSE, FALSE, sizeof(NslInterface));
	GArray *addresses = g_array_new(FALSE, FALSE, sizeof(NslAddress));
	guint at = 0;

	for (guint i = 0; i < nsl_field_length(list) && !fields->error; i++) {
		struct json_object *one = nsl_field_get_object(fields, list, "interfaces", i);
		NslInterface interface = {0};

		if (one)
			interface = read_interface(fields, one, addresses);
		detail->net.n_up += interface.up;
		g_array_append_val(interfaces, interface);
	}
	detail->net.n_interfaces = interfaces->len;
	detail->net.n_addresses = addresses->len;
	detail->interfaces = (NslInterface *)(gpointer)g_array_free(interfaces, FALSE);
	detail->addresses = (NslAddress *)(gpointer)g_array_free(addresses, FALSE);
	for (guint i = 0; i < detail->net.n_interfaces; i++) {
		NslInterface *interface = &detail->interfaces[i];

		if (interface->n_addresses > 0)
			interface->addresses = &detail->addresses[at];
		at += interface->n_addresses;
	}
}

static NslIdRange *read_map(NslFields *fields, struct json_object *object, const char *key,
			    guint32 *ret_n)
{
	struct json_object *list = nsl_field_get_list(fields, object, key);
	GArray *ranges = g_array_new(FALSE, FALSE, sizeof(NslIdRange));

	for (guint i = 0; i < nsl_field_length(list) && !fields->error; i++) {
		struct json_object *one = nsl_field_get_object(fields, list, key, i);
		NslIdRange range = {.outside = NSL_ID_UNMAPPED};
		guint64 outside;

		if (!one)
			break;
		range.inside = (guint32)nsl_field_get_known(fields, one, "inside", G_MAXUINT32);
		range.count = (guint32)nsl_field_get_known(fields, one, "count", G_MAXUINT32);
		if (nsl_field_get_number(fields, one, "outside", 0, NSL_ID_UNMAPPED - 1, &outside))
			range.outside = (guint32)outside;
		g_array_append_val(ranges, range);
	}
	*ret_n = ranges->len;
	return (NslIdRange *)(gpointer)g_array_free(ranges, FALSE);
}

static void read_user(NslFields *fields, struct json_object *object, NslDetail *detail)
{
	detail->user.has_maps = nsl_field_get_list(fields, object, "uid_map") != NULL;
	detail->uids = read_map(fields, object, "uid_map", &detail->user.n_uids);
	detail->gids = read_map(fields, object, "gid_map", &detail->user.n_gids);
}

static void read_pid(NslFields *fields, struct json_object *object, NslDetail *detail)
{
	guint64 depth;

	detail->pid.init = (guint32)nsl_field_get_known(fields, object, "init", NSL_PID_MAX);
	detail->pid.has_init = detail->pid.init != 0 ? NSL_KNOWN
			       : detail->partial     ? NSL_UNSUPPORTED
						     : NSL_NONE;
	COPY_TEXT(fields, object, "init_comm", detail->pid.comm);
	detail->pid.depth = nsl_field_get_number(fields, object, "depth", 0, G_MAXINT32, &depth)
				    ? (gint32)depth
				    : -1;
}

static void read_detail(NslFields *fields, struct json_object *object, NslNsType type,
			NslDetail *detail)
{
	switch (type) {
	case NSL_NSTYPE_CGROUP:
		detail->root = g_strdup(nsl_field_get_text(fields, object, "root"));
		break;
	case NSL_NSTYPE_IPC:
		detail->ipc.shm = nsl_field_get_known(fields, object, "shm_segments", G_MAXUINT64);
		detail->ipc.sem = nsl_field_get_known(fields, object, "sem_sets", G_MAXUINT64);
		detail->ipc.msg = nsl_field_get_known(fields, object, "msg_queues", G_MAXUINT64);
		break;
	case NSL_NSTYPE_MNT:
		COPY_TEXT(fields, object, "root_type", detail->mnt.type);
		COPY_TEXT(fields, object, "root_source", detail->mnt.source);
		detail->mnt.n_mounts =
			(guint32)nsl_field_get_known(fields, object, "n_mounts", G_MAXUINT32);
		break;
	case NSL_NSTYPE_NET:
		read_net(fields, object, detail);
		break;
	case NSL_NSTYPE_PID:
		read_pid(fields, object, detail);
		break;
	case NSL_NSTYPE_TIME:
		detail->time.monotonic = nsl_field_get_signed(fields, object, "monotonic_ns");
		detail->time.boottime = nsl_field_get_signed(fields, object, "boottime_ns");
		break;
	case NSL_NSTYPE_USER:
		read_user(fields, object, detail);
		break;
	case NSL_NSTYPE_UTS:
		COPY_TEXT(fields, object, "hostname", detail->uts.host);
		COPY_TEXT(fields, object, "domainname", detail->uts.domain);
		break;
	case NSL_NSTYPE_COUNT:
		break;
	}
}

void nsl_fields_read_detail(NslFields *fields, struct json_object *object, NslNamespace *ns)
{
	struct json_object *detail = nsl_field_get(fields, object, "detail", json_type_object);
	bool missing = nsl_field_is_unknown(fields, "detail");

	ns->has_detail = detail ? NSL_KNOWN : missing ? NSL_UNSUPPORTED : NSL_SKIPPED;
	if (!detail)
		return;
	fields->part = "detail";
	ns->detail = g_new0(NslDetail, 1);
	ns->detail->partial = missing;
	read_detail(fields, detail, ns->type, ns->detail);
	fields->part = NULL;
}
