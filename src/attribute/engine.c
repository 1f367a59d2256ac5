/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The engines' files: see engine.h. Which engines there are, what is remembered of their files, and
 * whether a record is of the container that was asked for.
 */
#include "attribute/engine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "attribute/engine_readers.h"
#include "attribute/words.h"

/* Who reads which runtime's records; of several rows the first whose record agrees. */
static const struct {
	const char *runtime; /* NULL: where the runtime is not known */
	const char *engine;  /* whose record that is then */
	NslEngineReader *read;
} engines_table[] = {
	{"docker", "docker", nsl_engine_docker},
	{"ecs", "docker", nsl_engine_docker},
	{"podman", "podman", nsl_engine_podman},
	{"cri-o", "cri-o", nsl_engine_podman},
	{"cri-o", "cri-o", nsl_engine_runc},
	{"cri-o", "cri-o", nsl_engine_crun},
	{"containerd", "containerd", nsl_engine_containerd},
	{"cri", "containerd", nsl_engine_containerd},
	{"cri", "cri-o", nsl_engine_podman},
	{"cri", "docker", nsl_engine_docker},
	{"runc", "runc", nsl_engine_runc},
	{"crun", "crun", nsl_engine_crun},
	{"nspawn", "nspawn", nsl_engine_machined},
	{"firejail", "firejail", nsl_engine_firejail},
	{NULL, "docker", nsl_engine_docker},
	{NULL, "podman", nsl_engine_podman},
	{NULL, "containerd", nsl_engine_containerd},
	{NULL, "runc", nsl_engine_runc},
	{NULL, "crun", nsl_engine_crun},
};

void nsl_engine_record_clear(NslEngineRecord *record)
{
	nsl_identity_clear(&record->identity);
	g_free(record->cgroup);
	g_free(record->bundle);
	*record = (NslEngineRecord){0};
}

NslEngines *nsl_engines_new(int root)
{
	NslEngines *engines = g_new0(NslEngines, 1);

	engines->files = nsl_files_new(root);
	engines->settings = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	engines->lists = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
					       (GDestroyNotify)nsl_engine_list_free);
	return engines;
}

void nsl_engines_free(NslEngines *engines)
{
	if (!engines)
		return;
	g_clear_pointer(&engines->stores, g_hash_table_destroy);
	g_hash_table_destroy(engines->lists);
	g_hash_table_destroy(engines->settings);
	nsl_files_free(engines->files);
	g_free(engines);
}

static int compare_pids(const void *a, const void *b)
{
	const guint32 *x = a;
	const guint32 *y = b;

	return (*x > *y) - (*x < *y);
}

/*
 * A path of the engine's, and the one that processes have: crun puts them one below what it was
 * told (".../libpod-ID.scope/container"), and so does who manages cgroups in a container. The root
 * cgroup is everybody's.
 */
static bool cgroup_agrees(const char *record, const char *query)
{
	gsize size;

	if (!record || record[0] != '/' || !record[1] || !query || query[0] != '/' || !query[1])
		return false;
	size = strlen(query);
	if (g_str_has_prefix(record, query) &&
	    (!record[size] || strcmp(record + size, "/container") == 0))
		return true;
	size = strlen(record);
	return g_str_has_prefix(query, record) && query[size] == '/' &&
	       !strchr(query + size + 1, '/');
}

bool nsl_engine_agrees(const NslEngineQuery *query, const NslEngineRecord *record)
{
	if (record->pid > 0 && query->pids && query->pids->len > 0 &&
	    bsearch(&record->pid, query->pids->data, query->pids->len, sizeof(guint32),
		    compare_pids))
		return true;
	return cgroup_agrees(record->cgroup, query->cgroup);
}

/* 0, and then the record is filled and tells whether it agrees. */
static int read_one(NslEngines *engines, const NslEngineQuery *query, const char *runtime,
		    NslEngineReader *read, NslEngineRecord *ret_record)
{
	g_auto(NslEngineRecord) record = {.identity.runtime = runtime};
	int result = read(engines, query, &record);

	if (result < 0)
		return result;
	record.agrees = record.agrees || nsl_engine_agrees(query, &record);
	*ret_record = record;
	record = (NslEngineRecord){0};
	return 0;
}

/* Takes the record where it is the first, or the first that agrees. */
static void consider(NslEngineRecord *best, NslEngineRecord *record, int *result, int answer)
{
	if (answer == 0 && (*result < 0 || record->agrees)) {
		nsl_engine_record_clear(best);
		*best = *record;
		*record = (NslEngineRecord){0};
		*result = 0;
	} else if (answer < 0 && *result == -ENOENT) {
		*result = answer;
	}
}

int nsl_engine_read(NslEngines *engines, const NslEngineQuery *query, NslEngineRecord *ret_record)
{
	g_auto(NslEngineRecord) best = {0};
	int result = -ENOENT;

	/* Firejail knows its sandboxes by PID. */
	if (query->id ? !nsl_word_is_id(query->id) : g_strcmp0(query->runtime, "firejail") != 0)
		return -EINVAL;
	if (query->space && !nsl_word_is_id(query->space))
		return -EINVAL;
	for (gsize i = 0; i < G_N_ELEMENTS(engines_table) && !best.agrees; i++) {
		g_auto(NslEngineRecord) record = {0};

		if (g_strcmp0(engines_table[i].runtime, query->runtime) == 0)
			consider(&best, &record, &result,
				 read_one(engines, query, engines_table[i].engine,
					  engines_table[i].read, &record));
	}
	if (result < 0 && query->bundle) {
		g_auto(NslEngineRecord) record = {0};

		consider(&best, &record, &result,
			 read_one(engines, query, NULL, nsl_engine_oci, &record));
	}
	if (result < 0)
		return result;
	*ret_record = best;
	best = (NslEngineRecord){0};
	return 0;
}
