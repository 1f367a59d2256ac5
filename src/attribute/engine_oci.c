/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Bundles of the Open Container Initiative (runtime-spec, config.json): the annotations in which
 * engines say what a container is called, and where its cgroup is to be. Engines have a reader of
 * their own, which finds the bundle.
 */
#include <errno.h>
#include <string.h>

#include "attribute/engine_readers.h"
#include "attribute/words.h"

/* What an annotation says, as an offset in the record. */
static const struct {
	const char *key;
	gsize string;
} annotations[] = {
	/* containerd's CRI plugin */
	{"io.kubernetes.cri.container-name", G_STRUCT_OFFSET(NslEngineRecord, identity.name)},
	{"io.kubernetes.cri.sandbox-name", G_STRUCT_OFFSET(NslEngineRecord, identity.pod)},
	{"io.kubernetes.cri.sandbox-namespace",
	 G_STRUCT_OFFSET(NslEngineRecord, identity.pod_namespace)},
	{"io.kubernetes.cri.sandbox-uid", G_STRUCT_OFFSET(NslEngineRecord, identity.pod_uid)},
	/* kubelet, by way of CRI-O */
	{"io.kubernetes.container.name", G_STRUCT_OFFSET(NslEngineRecord, identity.name)},
	{"io.kubernetes.pod.name", G_STRUCT_OFFSET(NslEngineRecord, identity.pod)},
	{"io.kubernetes.pod.namespace", G_STRUCT_OFFSET(NslEngineRecord, identity.pod_namespace)},
	{"io.kubernetes.pod.uid", G_STRUCT_OFFSET(NslEngineRecord, identity.pod_uid)},
	/* CRI-O of the sandbox */
	{"io.kubernetes.cri-o.KubeName", G_STRUCT_OFFSET(NslEngineRecord, identity.pod)},
	{"io.kubernetes.cri-o.Namespace", G_STRUCT_OFFSET(NslEngineRecord, identity.pod_namespace)},
	{"nerdctl/name", G_STRUCT_OFFSET(NslEngineRecord, identity.name)},
};

static bool is_sandbox(const char *key, const char *value)
{
	return (strcmp(key, "io.kubernetes.cri.container-type") == 0 ||
		strcmp(key, "io.kubernetes.cri-o.ContainerType") == 0) &&
	       strcmp(value, "sandbox") == 0;
}

void nsl_engine_annotate(NslEngineRecord *record, const char *key, const char *value)
{
	if (is_sandbox(key, value))
		record->sandbox = true;
	for (gsize i = 0; i < G_N_ELEMENTS(annotations); i++) {
		char **string = G_STRUCT_MEMBER_P(record, annotations[i].string);

		/* What the record has from elsewhere is surer. */
		if (!*string && strcmp(annotations[i].key, key) == 0)
			*string = nsl_word_dup_name(value);
	}
}

void nsl_engine_name_by_kubelet(NslEngineRecord *record, const char *name)
{
	NslKubeName parts;

	if (!nsl_kube_name_parse(name, &parts)) {
		record->identity.name = nsl_word_dup_name(name);
		return;
	}
	record->sandbox = parts.sandbox;
	record->identity.name = g_steal_pointer(&parts.container);
	record->identity.pod = g_steal_pointer(&parts.pod);
	record->identity.pod_namespace = g_steal_pointer(&parts.pod_namespace);
	record->identity.pod_uid = g_steal_pointer(&parts.pod_uid);
	nsl_kube_name_clear(&parts);
}

/* "a-b.slice": "/a.slice/a-b.slice" (systemd.slice(5)); NULL: it is no slice. */
static char *slice_path(const char *slice)
{
	g_autoptr(GString) path = g_string_new(NULL);
	gsize size = strlen(slice);

	if (strcmp(slice, "-.slice") == 0)
		return g_strdup("");
	if (!g_str_has_suffix(slice, ".slice") || !nsl_word_is_id(slice))
		return NULL;
	size -= strlen(".slice");
	for (gsize i = 1; i <= size; i++)
		if (i == size || slice[i] == '-')
			g_string_append_printf(path, "/%.*s.slice", (int)i, slice);
	return g_string_free(g_steal_pointer(&path), FALSE);
}

/* "SLICE:PREFIX:NAME": what systemd is asked for, which only the system's own answers to. */
static char *unit_path(const char *slice, const char *prefix, const char *name)
{
	g_autofree char *above = slice_path(slice[0] ? slice : "system.slice");

	if (!above || !nsl_word_is_id(name) || (prefix[0] && !nsl_word_is_id(prefix)))
		return NULL;
	if (g_str_has_suffix(name, ".slice"))
		return g_strdup_printf("%s/%s", above, name);
	return g_strdup_printf("%s/%s%s%s.scope", above, prefix, prefix[0] ? "-" : "", name);
}

char *nsl_engine_cgroup_of(const char *cgroups_path, guint32 uid)
{
	g_auto(GStrv) parts = NULL;
	g_autofree char *path = NULL;

	if (cgroups_path[0] == '/') {
		gsize size = strlen(cgroups_path);

		while (size > 1 && cgroups_path[size - 1] == '/')
			size--;
		return size > 1 && nsl_word_is_path(cgroups_path) ? g_strndup(cgroups_path, size)
								  : NULL;
	}
	parts = g_strsplit(cgroups_path, ":", 4);
	if (uid != 0 || g_strv_length(parts) != 3)
		return NULL;
	path = unit_path(parts[0], parts[1], parts[2]);
	/* A slice with many dashes is deeper than any path. */
	return nsl_word_dup_path(path);
}

static int take_annotations(NslJson *config, NslEngineRecord *record)
{
	int result = 0;
	NslJson *object = nsl_json_member(config, "annotations", json_type_object, &result);
	struct json_object_iterator at;
	struct json_object_iterator end;

	if (!object)
		return result;
	at = json_object_iter_begin(object);
	end = json_object_iter_end(object);
	for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
		const char *value = nsl_json_as_string(json_object_iter_peek_value(&at), &result);

		if (value)
			nsl_engine_annotate(record, json_object_iter_peek_name(&at), value);
	}
	return result;
}

int nsl_engine_read_config(NslEngines *engines, const char *dir, const char *path, guint32 uid,
			   NslEngineRecord *record)
{
	g_autoptr(NslJson) config = NULL;
	const char *cgroup;
	int result = nsl_engine_read_json(engines, dir, path, uid, &config, record);

	if (result < 0)
		return result;
	result = take_annotations(config, record);
	cgroup = nsl_json_string(nsl_json_member(config, "linux", json_type_object, &result),
				 "cgroupsPath", &result);
	if (cgroup && !record->cgroup)
		record->cgroup = nsl_engine_cgroup_of(cgroup, uid);
	return result;
}

int nsl_engine_oci(NslEngines *engines, const NslEngineQuery *query, NslEngineRecord *record)
{
	int result;

	if (!query->bundle || !nsl_word_is_path(query->bundle))
		return -ENOENT;
	result = nsl_engine_read_config(engines, query->bundle, "config.json", query->uid, record);
	record->bundle = g_strdup(query->bundle);
	return result;
}
