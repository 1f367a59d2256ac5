/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * containerd: of each running task it keeps the bundle, STATE/io.containerd.runtime.v2.task/NS/ID,
 * in which config.json has the annotations (and ctr's and nerdctl's labels) and init.pid the first
 * process. Docker's and Kubernetes' own containerds differ in STATE alone, which a shim's
 * arguments tell (cmdline.h).
 */
#include <errno.h>

#include "attribute/engine_readers.h"
#include "attribute/validate.h"

static int read_namespace(NslEngines *engines, const NslEngineQuery *query, const char *place,
			  NslEngineRecord *record)
{
	g_autofree char *config = g_strdup_printf("%s/config.json", query->id);
	g_autofree char *pid = g_strdup_printf("%s/init.pid", query->id);
	int result = nsl_engine_read_config(engines, place, config, query->uid, record);

	if (result < 0)
		return result;
	nsl_engine_read_pid(engines, place, pid, query->uid, record);
	record->bundle = g_strdup_printf("%s/%s", place, query->id);
	return 0;
}

static int read_tasks(NslEngines *engines, const NslEngineQuery *query, const char *tasks,
		      NslEngineRecord *record)
{
	int result = -ENOENT;
	const NslEngineList *list;

	if (query->containerd_ns) {
		g_autofree char *dir = g_strdup_printf("%s/%s", tasks, query->containerd_ns);

		return read_namespace(engines, query, dir, record);
	}
	list = nsl_engine_list(engines, tasks, query->uid);
	for (guint i = 0; i < list->names->len && result == -ENOENT; i++) {
		const char *name = g_ptr_array_index(list->names, i);
		g_autofree char *dir = g_strdup_printf("%s/%s", tasks, name);

		if (nsl_is_id(name))
			result = read_namespace(engines, query, dir, record);
	}
	return result == -ENOENT && list->result < 0 ? list->result : result;
}

static int read_state(NslEngines *engines, const NslEngineQuery *query, const char *place,
		      NslEngineRecord *record)
{
	static const char *const runtimes[] = {"io.containerd.runtime.v2.task",
					       "io.containerd.runtime.v1.linux"};
	int result = -ENOENT;

	for (gsize i = 0; i < G_N_ELEMENTS(runtimes) && result == -ENOENT; i++) {
		g_autofree char *tasks = g_strdup_printf("%s/%s", place, runtimes[i]);

		result = read_tasks(engines, query, tasks, record);
	}
	return result;
}

int nsl_engine_containerd(NslEngines *engines, const NslEngineQuery *query, NslEngineRecord *record)
{
	static const char *const usual[] = {
		"/run/containerd",
		"/run/k3s/containerd",
		"/run/k0s/containerd",
		"/var/snap/microk8s/common/run/containerd",
		"/run/docker/containerd/daemon",
	};
	g_autoptr(NslPlaces) places = nsl_places_new();
	const char *config = query->config && nsl_is_path(query->config)
				     ? query->config
				     : "/etc/containerd/config.toml";

	nsl_places_add(places, query->state);
	if (query->uid == 0) {
		nsl_places_add(places, nsl_engine_setting(engines, config, 0, "", "state"));
		for (gsize i = 0; i < G_N_ELEMENTS(usual); i++)
			nsl_places_add(places, usual[i]);
	} else {
		nsl_places_addf(places, "/run/user/%u/containerd", query->uid);
	}
	return nsl_places_read(places, engines, query, record, read_state);
}
