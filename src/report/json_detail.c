/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a namespace is, as JSON: see json_detail.h.
 */
#include "report/json_detail.h"

#include "report/json_value.h"

/* What is empty is null. */
static struct json_object *word(const char *bytes)
{
	return bytes && bytes[0] ? string(bytes) : NULL;
}

static void add_uts(struct json_object *object, const NslUtsDetail *uts)
{
	add(object, "hostname", string(uts->host));
	add(object, "domainname", word(uts->domain));
}

static void add_ipc(struct json_object *object, const NslIpcDetail *ipc)
{
	add(object, "shm_segments", number(ipc->shm));
	add(object, "sem_sets", number(ipc->sem));
	add(object, "msg_queues", number(ipc->msg));
}

static void add_pid(struct json_object *object, const NslPidDetail *pid)
{
	add(object, "init", known_number(pid->init));
	add(object, "init_comm", word(pid->comm));
	add(object, "depth", pid->depth < 0 ? NULL : number((guint64)pid->depth));
}

static void add_mnt(struct json_object *object, const NslMountSum *mnt)
{
	add(object, "root_type", string(mnt->type));
	add(object, "root_source", string(mnt->source));
	add(object, "n_mounts", number(mnt->n_mounts));
}

static void add_time(struct json_object *object, const NslTimeOffsets *offsets)
{
	add(object, "monotonic_ns", json_object_new_int64(offsets->monotonic));
	add(object, "boottime_ns", json_object_new_int64(offsets->boottime));
}

static struct json_object *ranges(const NslIdRange *all, guint n)
{
	struct json_object *array = json_object_new_array();

	for (guint i = 0; i < n; i++) {
		struct json_object *object = json_object_new_object();

		add(object, "inside", number(all[i].inside));
		add(object, "outside",
		    all[i].outside == NSL_ID_UNMAPPED ? NULL : number(all[i].outside));
		add(object, "count", number(all[i].count));
		json_object_array_add(array, object);
	}
	return array;
}

static void add_user(struct json_object *object, const NslNamespace *ns)
{
	const NslDetail *detail = ns->detail;
	bool has_maps = detail->user.has_maps;
	bool has_owner = ns->has_owner_uid == NSL_KNOWN;

	add(object, "uid_map", has_maps ? ranges(detail->uids, detail->user.n_uids) : NULL);
	add(object, "gid_map", has_maps ? ranges(detail->gids, detail->user.n_gids) : NULL);
	add(object, "owner_uid", has_owner ? number(ns->owner_uid) : NULL);
	add(object, "owner", string(ns->owner_name));
}

static struct json_object *peer(const NslInterface *interface)
{
	struct json_object *object;

	if (interface->peer_index == 0)
		return NULL;
	object = json_object_new_object();
	add(object, "index", number(interface->peer_index));
	add(object, "ns", known_number(interface->peer_ns));
	return object;
}

static struct json_object *interface_object(const NslInterface *interface)
{
	struct json_object *object = json_object_new_object();
	struct json_object *addresses = json_object_new_array();

	for (guint i = 0; i < MIN(interface->n_addresses, NSL_DETAIL_ADDRESSES); i++) {
		g_autoptr(GString) text = g_string_new(NULL);

		nsl_address_append(text, &interface->addresses[i]);
		json_object_array_add(addresses, string(text->str));
	}
	add(object, "name", string(interface->name));
	add(object, "index", number(interface->index));
	add(object, "kind", word(interface->kind));
	add(object, "addresses", addresses);
	add(object, "n_addresses", number(interface->n_addresses));
	add(object, "peer", peer(interface));
	return object;
}

static void add_net(struct json_object *object, const NslDetail *detail)
{
	struct json_object *interfaces = json_object_new_array();

	for (guint i = 0; i < detail->net.n_shown; i++)
		json_object_array_add(interfaces, interface_object(&detail->interfaces[i]));
	add(object, "interfaces", interfaces);
	add(object, "n_interfaces", number(detail->net.n_interfaces));
	add(object, "n_up", number(detail->net.n_up));
}

struct json_object *nsl_json_detail(const NslNamespace *ns)
{
	struct json_object *object;

	if (!ns->detail)
		return NULL;
	object = json_object_new_object();
	switch (ns->type) {
	case NSL_NSTYPE_CGROUP:
		add(object, "root", string(ns->detail->root));
		break;
	case NSL_NSTYPE_IPC:
		add_ipc(object, &ns->detail->ipc);
		break;
	case NSL_NSTYPE_MNT:
		add_mnt(object, &ns->detail->mnt);
		break;
	case NSL_NSTYPE_NET:
		add_net(object, ns->detail);
		break;
	case NSL_NSTYPE_PID:
		add_pid(object, &ns->detail->pid);
		break;
	case NSL_NSTYPE_TIME:
		add_time(object, &ns->detail->time);
		break;
	case NSL_NSTYPE_USER:
		add_user(object, ns);
		break;
	case NSL_NSTYPE_UTS:
		add_uts(object, &ns->detail->uts);
		break;
	case NSL_NSTYPE_COUNT:
		break;
	}
	return object;
}

bool nsl_json_detail_is_missing(const NslNamespace *ns)
{
	if (ns->has_detail == NSL_SKIPPED)
		return false;
	return !ns->detail || ns->detail->partial;
}
