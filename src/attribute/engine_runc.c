/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The state of the low-level runtimes: runc's ROOT/ID/state.json, which youki and others do not
 * share, and crun's ROOT/ID/status with a copy of the bundle's config.json beside it. They have no
 * names but the id; what engines noted in annotations is there.
 */
#include <errno.h>
#include <string.h>

#include "attribute/engine_readers.h"
#include "attribute/validate.h"
#include "base/procfs.h"

/*
 * Where a hierarchy is mounted, by the engine's account: "/sys/fs/cgroup/x" with version 1 (and
 * "unified" in hybrid systems), "/sys/fs/cgroup" with version 2, which then is all there is.
 */
static char *without_mount(const char *controller, const char *path, bool single)
{
	const char *rest;

	if (!nsl_is_path(path) || !g_str_has_prefix(path, "/sys/fs/cgroup/"))
		return NULL;
	rest = path + strlen("/sys/fs/cgroup");
	if (!single || controller[0] != '\0')
		rest = strchr(rest + 1, '/');
	return rest && rest[1] ? g_strdup(rest) : NULL;
}

/* Of several hierarchies the one whose path is the query's; else systemd's, else any. */
static char *take_cgroup(NslJson *state, const NslEngineQuery *query, int *result)
{
	NslJson *paths = nsl_json_member(state, "cgroup_paths", json_type_object, result);
	struct json_object_iterator at;
	struct json_object_iterator end;
	g_autofree char *best = NULL;

	if (!paths)
		return NULL;
	at = json_object_iter_begin(paths);
	end = json_object_iter_end(paths);
	for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
		const char *controller = json_object_iter_peek_name(&at);
		const char *path = nsl_json_as_string(json_object_iter_peek_value(&at), result);
		NslEngineRecord probe = {0};
		bool agrees;

		if (!path)
			continue;
		probe.cgroup =
			without_mount(controller, path, json_object_object_length(paths) == 1);
		agrees = nsl_engine_agrees(query, &probe);
		if (agrees || (probe.cgroup && !best) ||
		    (probe.cgroup && strcmp(controller, "name=systemd") == 0)) {
			g_free(best);
			best = g_steal_pointer(&probe.cgroup);
		}
		g_free(probe.cgroup);
		if (agrees)
			break;
	}
	return g_steal_pointer(&best);
}

/* runc keeps the annotations as "key=value", and adds where the bundle is. */
static int take_labels(NslJson *state, NslEngineRecord *record)
{
	int result = 0;
	NslJson *config = nsl_json_member(state, "config", json_type_object, &result);
	NslJson *labels = nsl_json_member(config, "labels", json_type_array, &result);
	gsize n = labels ? json_object_array_length(labels) : 0;

	for (gsize i = 0; i < n; i++) {
		const char *label =
			nsl_json_as_string(json_object_array_get_idx(labels, i), &result);
		const char *equals = label ? strchr(label, '=') : NULL;
		g_autofree char *key = NULL;

		if (!equals)
			continue;
		key = g_strndup(label, (gsize)(equals - label));
		if (strcmp(key, "bundle") != 0) {
			nsl_engine_annotate(record, key, equals + 1);
		} else {
			/* runc's own is the last of that name. */
			g_free(record->bundle);
			record->bundle = nsl_validate_path(equals + 1);
		}
	}
	return result;
}

int nsl_engine_runc_state(NslEngines *engines, const NslEngineQuery *query, const char *place,
			  NslEngineRecord *record)
{
	g_autofree char *path = g_strdup_printf("%s/state.json", query->id);
	g_autoptr(NslJson) state = NULL;
	const char *id;
	int result = nsl_engine_read_json(engines, place, path, query->uid, &state, record);

	if (result < 0)
		return result;
	id = nsl_json_string(state, "id", &result);
	record->pid = (guint32)nsl_json_number(state, "init_process_pid", NSL_PID_MAX, &result);
	record->start = (guint64)nsl_json_number(state, "init_process_start", G_MAXINT64, &result);
	record->cgroup = take_cgroup(state, query, &result);
	if (result == 0)
		result = take_labels(state, record);
	return result == 0 && g_strcmp0(id, query->id) != 0 ? -EBADMSG : result;
}

/* Where the runtime was told to keep it, or does so by itself. */
static NslPlaces *list_roots(const NslEngineQuery *query, const char *runtime)
{
	NslPlaces *places = nsl_places_new();

	nsl_places_add(places, query->state);
	if (query->uid == 0)
		nsl_places_addf(places, "/run/%s", runtime);
	else
		nsl_places_addf(places, "/run/user/%u/%s", query->uid, runtime);
	return places;
}

int nsl_engine_runc(NslEngines *engines, const NslEngineQuery *query, NslEngineRecord *record)
{
	g_autoptr(NslPlaces) places = list_roots(query, "runc");

	return nsl_places_read(places, engines, query, record, nsl_engine_runc_state);
}

static int read_crun(NslEngines *engines, const NslEngineQuery *query, const char *place,
		     NslEngineRecord *record)
{
	g_autofree char *path = g_strdup_printf("%s/status", query->id);
	g_autofree char *config = g_strdup_printf("%s/config.json", query->id);
	g_autoptr(NslJson) status = NULL;
	const char *cgroup;
	int result = nsl_engine_read_json(engines, place, path, query->uid, &status, record);

	if (result < 0)
		return result;
	record->pid = (guint32)nsl_json_number(status, "pid", NSL_PID_MAX, &result);
	record->start = (guint64)nsl_json_number(status, "process-start-time", G_MAXINT64, &result);
	record->bundle = nsl_validate_path(nsl_json_string(status, "bundle", &result));
	cgroup = nsl_json_string(status, "cgroup-path", &result);
	if (cgroup && cgroup[0] == '/')
		record->cgroup = nsl_engine_cgroup_of(cgroup, query->uid);
	if (result < 0)
		return result;
	result = nsl_engine_read_config(engines, place, config, query->uid, record);
	/* Older ones made no copy. */
	return result == -ENOENT ? 0 : result;
}

int nsl_engine_crun(NslEngines *engines, const NslEngineQuery *query, NslEngineRecord *record)
{
	g_autoptr(NslPlaces) places = list_roots(query, "crun");

	return nsl_places_read(places, engines, query, record, read_crun);
}
