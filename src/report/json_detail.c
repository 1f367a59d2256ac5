/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a namespace is, as JSON: see json_detail.h.
 */
#include "report/json_detail.h"

#include "model/detail.h"
#include "report/json_value.h"

/* What is empty is null. */
static struct json_object *word(const char *bytes)
{
	return bytes && bytes[0] ? nsl_json_new_string(bytes) : NULL;
}

static void add_uts(struct json_object *object, const NslUtsDetail *uts)
{
	nsl_json_add(object, "hostname", nsl_json_new_string(uts->host));
	nsl_json_add(object, "domainname", word(uts->domain));
}

static void add_ipc(struct json_object *object, const NslIpcDetail *ipc)
{
	nsl_json_add(object, "shm_segments", nsl_json_new_number(ipc->shm));
	nsl_json_add(object, "sem_sets", nsl_json_new_number(ipc->sem));
	nsl_json_add(object, "msg_queues", nsl_json_new_number(ipc->msg));
}

static void add_pid(struct json_object *object, const NslPidDetail *pid)
{
	nsl_json_add(object, "init", nsl_json_new_known_number(pid->init));
	nsl_json_add(object, "init_comm", word(pid->comm));
	nsl_json_add(object, "depth",
		     pid->depth < 0 ? NULL : nsl_json_new_number((guint64)pid->depth));
}

static void add_mnt(struct json_object *object, const NslMountSum *mnt)
{
	nsl_json_add(object, "root_type", nsl_json_new_string(mnt->type));
	nsl_json_add(object, "root_source", nsl_json_new_string(mnt->source));
	nsl_json_add(object, "n_mounts", nsl_json_new_number(mnt->n_mounts));
}

static void add_time(struct json_object *object, const NslTimeOffsets *offsets)
{
	nsl_json_add(object, "monotonic_ns", nsl_json_new_integer(offsets->monotonic));
	nsl_json_add(object, "boottime_ns", nsl_json_new_integer(offsets->boottime));
}

static struct json_object *ranges(const NslIdRange *all, guint n)
{
	struct json_object *array = nsl_json_new_array(0);

	for (guint i = 0; i < n; i++) {
		struct json_object *object = nsl_json_new_object();

		nsl_json_add(object, "inside", nsl_json_new_number(all[i].inside));
		nsl_json_add(object, "outside",
			     all[i].outside == NSL_ID_UNMAPPED
				     ? NULL
				     : nsl_json_new_number(all[i].outside));
		nsl_json_add(object, "count", nsl_json_new_number(all[i].count));
		nsl_json_append(array, object);
	}
	return array;
}

static void add_user(struct json_object *object, const NslNamespace *ns)
{
	const NslDetail *detail = ns->detail;
	bool has_maps = detail->user.has_maps;
	bool has_owner = ns->has_owner_uid == NSL_KNOWN;

	nsl_json_add(object, "uid_map",
		     has_maps ? ranges(detail->uids, detail->user.n_uids) : NULL);
	nsl_json_add(object, "gid_map",
		     has_maps ? ranges(detail->gids, detail->user.n_gids) : NULL);
	nsl_json_add(object, "owner_uid", has_owner ? nsl_json_new_number(ns->owner_uid) : NULL);
	nsl_json_add(object, "owner", nsl_json_new_string(ns->owner_name));
}

static struct json_object *peer(const NslInterface *interface)
{
	struct json_object *object;

	if (interface->peer_index == 0)
		return NULL;
	object = nsl_json_new_object();
	nsl_json_add(object, "index", nsl_json_new_number(interface->peer_index));
	nsl_json_add(object, "ns", nsl_json_new_known_number(interface->peer_ns));
	return object;
}

static struct json_object *interface_object(const NslInterface *interface)
{
	struct json_object *object = nsl_json_new_object();
	struct json_object *addresses = nsl_json_new_array(0);

	for (guint i = 0; i < MIN(interface->n_addresses, NSL_DETAIL_ADDRESSES); i++) {
		g_autoptr(GString) text = g_string_new(NULL);

		nsl_address_append(text, &interface->addresses[i]);
		nsl_json_append(addresses, nsl_json_new_string(text->str));
	}
	nsl_json_add(object, "name", nsl_json_new_string(interface->name));
	nsl_json_add(object, "index", nsl_json_new_number(interface->index));
	nsl_json_add(object, "kind", word(interface->kind));
	nsl_json_add(object, "addresses", addresses);
	nsl_json_add(object, "n_addresses", nsl_json_new_number(interface->n_addresses));
	nsl_json_add(object, "peer", peer(interface));
	return object;
}

static void add_net(struct json_object *object, const NslDetail *detail)
{
	struct json_object *interfaces = nsl_json_new_array(0);

	for (guint i = 0; i < detail->net.n_shown; i++)
		nsl_json_append(interfaces, interface_object(&detail->interfaces[i]));
	nsl_json_add(object, "interfaces", interfaces);
	nsl_json_add(object, "n_interfaces", nsl_json_new_number(detail->net.n_interfaces));
	nsl_json_add(object, "n_up", nsl_json_new_number(detail->net.n_up));
}

struct json_object *nsl_json_detail(const NslNamespace *ns)
{
	struct json_object *object;

	if (!ns->detail)
		return NULL;
	object = nsl_json_new_object();
	switch (ns->type) {
	case NSL_NSTYPE_CGROUP:
		nsl_json_add(object, "root", nsl_json_new_string(ns->detail->root));
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
