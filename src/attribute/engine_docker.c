/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Docker: ROOT/containers/ID/config.v2.json, which dockerd writes whenever the container's state
 * changes. Where that is: as dockerd was told by its arguments or daemon.json, or
 * /var/lib/docker; with --userns-remap a directory further down; a rootless dockerd's is in its
 * user's home.
 */
#include <errno.h>
#include <string.h>

#include "attribute/engine_readers.h"
#include "attribute/validate.h"
#include "base/procfs.h"

static int read_containers(NslEngines *engines, const NslEngineQuery *query, const char *place,
			   NslEngineRecord *record)
{
	g_autofree char *path = g_strdup_printf("%s/config.v2.json", query->id);
	g_autoptr(NslJson) config = NULL;
	const char *name;
	const char *id;
	int result = nsl_engine_read_json(engines, place, path, query->uid, &config, record);

	if (result < 0)
		return result;
	id = nsl_json_string(config, "ID", &result);
	name = nsl_json_string(config, "Name", &result);
	record->pid = (guint32)nsl_json_number(
		nsl_json_member(config, "State", json_type_object, &result), "Pid", NSL_PID_MAX,
		&result);
	if (result == 0 && name)
		nsl_engine_name_by_kubelet(record, name[0] == '/' ? name + 1 : name);
	return result == 0 && g_strcmp0(id, query->id) != 0 ? -EBADMSG : result;
}

/* "100000.100000": what dockerd --userns-remap has for a root directory in its root directory. */
static bool is_remapped(const char *name)
{
	gsize first = strspn(name, "0123456789");
	gsize second = name[first] == '.' ? strspn(name + first + 1, "0123456789") : 0;

	return first > 0 && second > 0 && name[first + 1 + second] == '\0';
}

static int read_root(NslEngines *engines, const NslEngineQuery *query, const char *place,
		     NslEngineRecord *record)
{
	g_autofree char *containers = g_strdup_printf("%s/containers", place);
	int result = read_containers(engines, query, containers, record);
	const NslEngineList *list;

	if (result != -ENOENT)
		return result;
	list = nsl_engine_list(engines, place, query->uid);
	for (guint i = 0; i < list->names->len && result == -ENOENT; i++) {
		const char *name = g_ptr_array_index(list->names, i);
		g_autofree char *below = g_strdup_printf("%s/%s/containers", place, name);

		if (is_remapped(name))
			result = read_containers(engines, query, below, record);
	}
	return result == -ENOENT && list->result < 0 ? list->result : result;
}

static void add_configured(NslEngines *engines, const NslEngineQuery *query, NslPlaces *places,
			   const char *config)
{
	if (config && nsl_is_path(config))
		nsl_places_add(places,
			       nsl_engine_setting(engines, config, query->uid, NULL, "data-root"));
}

static NslPlaces *list_roots(NslEngines *engines, const NslEngineQuery *query)
{
	NslPlaces *places = nsl_places_new();

	nsl_places_add(places, query->root);
	add_configured(engines, query, places, query->config);
	if (query->uid == 0) {
		add_configured(engines, query, places, "/etc/docker/daemon.json");
		nsl_places_add(places, "/var/lib/docker");
		nsl_places_add(places, "/var/snap/docker/common/var-lib-docker");
	} else if (query->home) {
		g_autofree char *config =
			g_strdup_printf("%s/.config/docker/daemon.json", query->home);

		add_configured(engines, query, places, config);
		nsl_places_addf(places, "%s/.local/share/docker", query->home);
	}
	return places;
}

/*
 * Its record names no cgroup. Where it does not have the PID of one of the processes that are
 * known (not all of them need be), that of the runtime below it tells; it is too large to be
 * read first.
 */
static void ask_runtime(NslEngines *engines, const NslEngineQuery *query, NslEngineRecord *record)
{
	g_autoptr(NslPlaces) places = nsl_places_new();
	g_auto(NslEngineRecord) below = {0};

	if (query->state)
		nsl_places_addf(places, "%s/runtime-runc/moby", query->state);
	if (query->uid == 0)
		nsl_places_add(places, "/run/docker/runtime-runc/moby");
	else
		nsl_places_addf(places, "/run/user/%u/docker/runtime-runc/moby", query->uid);
	if (nsl_places_read(places, engines, query, &below, nsl_engine_runc_state) < 0 ||
	    below.pid != record->pid)
		return;
	record->start = below.start;
	record->cgroup = g_steal_pointer(&below.cgroup);
	record->bundle = g_steal_pointer(&below.bundle);
}

int nsl_engine_docker(NslEngines *engines, const NslEngineQuery *query, NslEngineRecord *record)
{
	g_autoptr(NslPlaces) places = list_roots(engines, query);
	int result = nsl_places_read(places, engines, query, record, read_root);

	if (result == 0 && query->cgroup && !nsl_engine_agrees(query, record))
		ask_runtime(engines, query, record);
	return result;
}
