/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The engines' stores and the contents of their files: see engines.h.
 */
#include "attribute/engines.h"

#include <errno.h>
#include <string.h>

#include "base/procfs_parse.h"

/* What an annotation says, as an offset in the identity. */
static const struct {
	const char *key;
	gsize offset;
} annotations[] = {
	/* containerd's CRI plugin */
	{"io.kubernetes.cri.container-name", G_STRUCT_OFFSET(NslIdentity, name)},
	{"io.kubernetes.cri.sandbox-name", G_STRUCT_OFFSET(NslIdentity, pod)},
	{"io.kubernetes.cri.sandbox-namespace", G_STRUCT_OFFSET(NslIdentity, pod_namespace)},
	{"io.kubernetes.cri.sandbox-uid", G_STRUCT_OFFSET(NslIdentity, pod_uid)},
	/* kubelet's, which CRI-O passes on */
	{"io.kubernetes.container.name", G_STRUCT_OFFSET(NslIdentity, name)},
	{"io.kubernetes.pod.name", G_STRUCT_OFFSET(NslIdentity, pod)},
	{"io.kubernetes.pod.namespace", G_STRUCT_OFFSET(NslIdentity, pod_namespace)},
	{"io.kubernetes.pod.uid", G_STRUCT_OFFSET(NslIdentity, pod_uid)},
	/* CRI-O's own, of the sandbox */
	{"io.kubernetes.cri-o.KubeName", G_STRUCT_OFFSET(NslIdentity, pod)},
	{"io.kubernetes.cri-o.Namespace", G_STRUCT_OFFSET(NslIdentity, pod_namespace)},
	{"nerdctl/name", G_STRUCT_OFFSET(NslIdentity, name)},
};

bool nsl_identity_take_kube_name(NslIdentity *identity, const char *text)
{
	g_auto(GStrv) parts = g_strsplit(text, "_", 7);
	NslIdentity named;

	if (!g_str_has_prefix(text, "k8s_") || g_strv_length(parts) != 6)
		return false;
	for (guint i = 1; i <= 4; i++)
		if (!nsl_is_id(parts[i]))
			return false;
	named = (NslIdentity){
		.name = g_strdup(parts[1]),
		.pod = g_strdup(parts[2]),
		.pod_namespace = g_strdup(parts[3]),
		.pod_uid = g_strdup(parts[4]),
	};
	nsl_identity_update(identity, &named);
	return true;
}

void nsl_engine_take_name(NslEngineRecord *record, const char *name)
{
	if (!nsl_identity_take_kube_name(&record->identity, name))
		record->identity.name = nsl_validate_name(name);
}

/* Where what the annotation says belongs; NULL: it is of no interest, or known already. */
static char **annotated_field(NslEngineRecord *record, const char *key)
{
	for (gsize i = 0; i < G_N_ELEMENTS(annotations); i++) {
		char **field = G_STRUCT_MEMBER_P(&record->identity, annotations[i].offset);

		if (!*field && strcmp(annotations[i].key, key) == 0)
			return field;
	}
	return NULL;
}

static void take_annotations(NslJson *object, NslEngineRecord *record)
{
	if (!object)
		return;
	json_object_object_foreach (object, key, member) {
		char **field = annotated_field(record, key);

		if (field)
			*field = nsl_validate_name(nsl_json_as_string(member, &record->error));
	}
}

static void take_labels(NslJson *array, NslEngineRecord *record)
{
	gsize n = array ? json_object_array_length(array) : 0;

	for (gsize i = 0; i < n; i++) {
		const char *label =
			nsl_json_as_string(json_object_array_get_idx(array, i), &record->error);
		const char *equals = label ? strchr(label, '=') : NULL;
		g_autofree char *key = equals ? g_strndup(label, (gsize)(equals - label)) : NULL;
		char **field = key ? annotated_field(record, key) : NULL;

		if (!label || (key && strcmp(key, "bundle") == 0)) {
			/* A container's own label may be called so too; runc's comes last. */
			g_free(record->bundle);
			record->bundle = label ? nsl_validate_path(equals + 1) : NULL;
		} else if (field) {
			*field = nsl_validate_name(equals + 1);
		}
	}
}

/*
 * The path without the mount point of its hierarchy: "/sys/fs/cgroup/CONTROLLER" (or "unified")
 * with cgroup version 1; "/sys/fs/cgroup" where the only hierarchy is version 2. Transfer full.
 */
static char *strip_mount_point(const char *controller, const char *path, bool only)
{
	const char *rest;

	if (!nsl_is_path(path) || !g_str_has_prefix(path, "/sys/fs/cgroup/"))
		return NULL;
	rest = path + strlen("/sys/fs/cgroup");
	if (!only || controller[0] != '\0')
		rest = strchr(rest + 1, '/');
	return rest && rest[1] ? g_strdup(rest) : NULL;
}

/* Of all hierarchies' paths the one that agrees; else systemd's, else the first. */
static void take_cgroups(NslJson *paths, const NslEngineQuery *query, NslEngineRecord *record,
			 int *result)
{
	bool agrees = false;

	if (!paths)
		return;
	json_object_object_foreach (paths, controller, member) {
		const char *path = nsl_json_as_string(member, result);
		bool only = json_object_object_length(paths) == 1;
		g_autofree char *cgroup = path ? strip_mount_point(controller, path, only) : NULL;

		if (!cgroup)
			continue;
		if (agrees)
			break;
		agrees = nsl_engine_cgroup_agrees(cgroup, query->cgroup);
		if (agrees || !record->cgroup || strcmp(controller, "name=systemd") == 0) {
			g_free(record->cgroup);
			record->cgroup = g_steal_pointer(&cgroup);
		}
	}
}

int nsl_engine_take_json(const NslEngineKeys *keys, NslJson *object, const NslEngineQuery *query,
			 NslEngineRecord *record)
{
	int result = 0;
	const char *id = nsl_json_string(object, keys->id, &result);
	const char *name = nsl_json_string(object, keys->name, &record->error);
	const char *cgroup = nsl_json_string(object, keys->cgroup, &result);
	const char *bundle = nsl_json_string(object, keys->bundle, &result);
	NslJson *cgroups = nsl_json_member(object, keys->cgroups, json_type_object, &result);

	if (keys->id && g_strcmp0(id, query->id) != 0)
		return -EBADMSG;
	if (keys->pid)
		record->pid = (guint32)nsl_json_number(object, keys->pid, NSL_PID_MAX, &result);
	if (keys->start)
		record->start = (guint64)nsl_json_number(object, keys->start, G_MAXINT64, &result);
	if (bundle)
		record->bundle = nsl_validate_path(bundle);
	if (cgroup && !record->cgroup)
		record->cgroup = nsl_engine_cgroup_path(cgroup, query->uid);
	take_cgroups(cgroups, query, record, &result);
	if (name)
		nsl_engine_take_name(record, name[0] == '/' ? name + 1 : name);
	take_annotations(
		nsl_json_member(object, keys->annotations, json_type_object, &record->error),
		record);
	take_labels(nsl_json_member(object, keys->labels, json_type_array, &record->error), record);
	return result;
}

bool nsl_engine_parse_pid(const char *text, guint32 *ret_pid)
{
	g_autofree char *stripped = g_strstrip(g_strdup(text));
	guint64 pid;

	if (!nsl_parse_number(stripped, strlen(stripped), NSL_PID_MAX, &pid))
		return false;
	*ret_pid = (guint32)pid;
	return true;
}

/* `text` is what stands behind a key. NULL: no value, or its closing quote is missing. */
static char *setting_value(const char *text)
{
	const char *end;

	text += strspn(text, " \t");
	if (*text != '=')
		return NULL;
	text += 1 + strspn(text + 1, " \t");
	if (*text != '"' && *text != '\'')
		return g_strdup(text);
	end = strchr(text + 1, *text);
	return end ? g_strndup(text + 1, (gsize)(end - text - 1)) : NULL;
}

char *nsl_engine_find_setting(const char *text, const char *section, const char *key)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	g_autofree char *header = g_strdup_printf("[%s]", section);
	bool here = section[0] == '\0';
	char *value = NULL;

	for (char **line = lines; *line && !value; line++) {
		g_strstrip(*line);
		if ((*line)[0] == '[')
			here = section[0] != '\0' && g_str_has_prefix(*line, header);
		else if (here && g_str_has_prefix(*line, key))
			value = setting_value(*line + strlen(key));
	}
	return value;
}

/* Of systemd-machined, as systemd-nspawn registers machines: lines of KEY=VALUE. */
static bool parse_machine(const char *text, const NslEngineQuery *query, NslEngineRecord *record)
{
	g_autofree char *name = nsl_engine_find_setting(text, "", "NAME");
	g_autofree char *leader = nsl_engine_find_setting(text, "", "LEADER");

	record->identity.name = nsl_validate_name(query->id);
	return leader && nsl_engine_parse_pid(leader, &record->pid) &&
	       (!name || strcmp(name, query->id) == 0);
}

/*
 * Of firejail: the name that was given with --name, or that firejail chose because that name was in
 * use. The file is called as the PID of the process that watches over the sandbox, and only
 * firejail, which is set-user-ID root, can have made it: so the record agrees.
 */
static bool parse_firejail(const char *text, const NslEngineQuery *query, NslEngineRecord *record)
{
	g_autofree char *name = g_strchomp(g_strdup(text));

	record->identity.name = nsl_validate_name(name);
	record->pid = query->monitor;
	record->agrees = true;
	return record->identity.name != NULL;
}

char *nsl_engine_expand(const char *template, const NslEngineQuery *query)
{
	const NslClaim *claim = query->claim ? query->claim : &(const NslClaim){0};
	g_autoptr(GString) path = g_string_new(NULL);
	g_autofree char *uid = g_strdup_printf("%u", query->uid);
	g_autofree char *monitor =
		query->monitor != 0 ? g_strdup_printf("%u", query->monitor) : NULL;
	const struct {
		const char *name;
		const char *value;
	} values[] = {
		{"$BUNDLE", query->bundle},
		{"$CONFIG", claim->config},
		{"$CONTAINERD_NS", query->containerd_ns ? query->containerd_ns : "*"},
		{"$HOME", query->home},
		{"$ID", query->id},
		{"$MONITOR", monitor},
		{"$ROOT", claim->root},
		{"$STATE", claim->state},
		{"$UID", uid},
	};

	while (*template) {
		gsize plain = *template == '$' ? 1 : strcspn(template, "$");
		gsize i = 0;

		while (i < G_N_ELEMENTS(values) && !g_str_has_prefix(template, values[i].name))
			i++;
		if (i == G_N_ELEMENTS(values)) {
			g_string_append_len(path, template, (gssize)plain);
			template += plain;
			continue;
		}
		if (!values[i].value)
			return NULL;
		g_string_append(path, values[i].value);
		template += strlen(values[i].name);
	}
	return g_string_free(g_steal_pointer(&path), FALSE);
}

/* "a-b.slice" is "/a.slice/a-b.slice" (systemd.slice(5)). NULL: it is no slice. Transfer full. */
static char *slice_path(const char *slice)
{
	g_autoptr(GString) path = g_string_new(NULL);
	gsize size = strlen(slice);

	if (strcmp(slice, "-.slice") == 0)
		return g_strdup("");
	if (!g_str_has_suffix(slice, ".slice") || !nsl_is_id(slice))
		return NULL;
	size -= strlen(".slice");
	for (gsize i = 1; i <= size; i++)
		if (i == size || slice[i] == '-')
			g_string_append_printf(path, "/%.*s.slice", (int)i, slice);
	return g_string_free(g_steal_pointer(&path), FALSE);
}

/* The cgroup that systemd makes for a unit. NULL: these are no names. Transfer full. */
static char *unit_path(const char *slice, const char *prefix, const char *name)
{
	g_autofree char *above = slice_path(slice[0] ? slice : "system.slice");

	if (!above || !nsl_is_id(name) || (prefix[0] && !nsl_is_id(prefix)))
		return NULL;
	if (g_str_has_suffix(name, ".slice"))
		return g_strdup_printf("%s/%s", above, name);
	return g_strdup_printf("%s/%s%s%s.scope", above, prefix, prefix[0] ? "-" : "", name);
}

char *nsl_engine_cgroup_path(const char *cgroups_path, guint32 uid)
{
	g_auto(GStrv) parts = g_strsplit(cgroups_path, ":", 4);
	g_autofree char *path = NULL;

	if (cgroups_path[0] == '/') {
		gsize size = strlen(cgroups_path);

		while (size > 0 && cgroups_path[size - 1] == '/')
			size--;
		path = g_strndup(cgroups_path, size);
	} else if (uid == 0 && g_strv_length(parts) == 3) {
		path = unit_path(parts[0], parts[1], parts[2]);
	}
	/* The path of a slice with many dashes may be too long to be one. */
	return nsl_validate_path(path);
}

bool nsl_engine_cgroup_agrees(const char *record, const char *container)
{
	g_autofree char *above = NULL;
	g_autofree char *below = NULL;

	if (!record || record[0] != '/' || !record[1] || !container)
		return false;
	above = g_path_get_dirname(container);
	below = g_strconcat(container, "/container", NULL);
	return strcmp(record, container) == 0 || strcmp(record, above) == 0 ||
	       strcmp(record, below) == 0;
}

const NslStoreUse nsl_store_uses[] = {
	{"docker", NSL_STORE_DOCKER, true, {"docker", "ecs"}},
	{"podman", NSL_STORE_PODMAN, true, {"podman"}},
	{"containerd", NSL_STORE_CONTAINERD, true, {"containerd", "cri"}},
	/* CRI-O keeps its containers as podman does. */
	{"cri-o", NSL_STORE_PODMAN, false, {"cri-o", "cri"}},
	{"cri-o", NSL_STORE_RUNC, false, {"cri-o"}},
	{"cri-o", NSL_STORE_CRUN, false, {"cri-o"}},
	{"docker", NSL_STORE_DOCKER, false, {"cri"}},
	{"runc", NSL_STORE_RUNC, true, {"runc"}},
	{"crun", NSL_STORE_CRUN, true, {"crun"}},
	{"nspawn", NSL_STORE_MACHINED, false, {"nspawn"}},
	{"firejail", NSL_STORE_FIREJAIL, false, {"firejail"}},
	{NULL, NSL_STORE_NONE, false, {NULL}},
};

#define STORAGE_CONF	  "/etc/containers/storage.conf"
#define STORAGE_CONF_USR  "/usr/share/containers/storage.conf"
#define STORAGE_CONF_USER "$HOME/.config/containers/storage.conf"

const NslStorePlace nsl_store_places[] = {
	{NSL_STORE_DOCKER, NSL_STORE_OF_ANY, "$ROOT", NULL, NULL},
	{NSL_STORE_DOCKER, NSL_STORE_OF_ANY, "$CONFIG", NULL, "data-root"},
	{NSL_STORE_DOCKER, NSL_STORE_OF_SYSTEM, "/etc/docker/daemon.json", NULL, "data-root"},
	{NSL_STORE_DOCKER, NSL_STORE_OF_SYSTEM, "/var/lib/docker", NULL, NULL},
	{NSL_STORE_DOCKER, NSL_STORE_OF_SYSTEM, "/var/snap/docker/common/var-lib-docker", NULL,
	 NULL},
	{NSL_STORE_DOCKER, NSL_STORE_OF_USER, "$HOME/.config/docker/daemon.json", NULL,
	 "data-root"},
	{NSL_STORE_DOCKER, NSL_STORE_OF_USER, "$HOME/.local/share/docker", NULL, NULL},

	{NSL_STORE_DOCKER_RUNC, NSL_STORE_OF_ANY, "$STATE", NULL, NULL},
	{NSL_STORE_DOCKER_RUNC, NSL_STORE_OF_ANY, "$CONFIG", NULL, "exec-root"},
	{NSL_STORE_DOCKER_RUNC, NSL_STORE_OF_SYSTEM, "/etc/docker/daemon.json", NULL, "exec-root"},
	{NSL_STORE_DOCKER_RUNC, NSL_STORE_OF_SYSTEM, "/run/docker", NULL, NULL},
	{NSL_STORE_DOCKER_RUNC, NSL_STORE_OF_USER, "/run/user/$UID/docker", NULL, NULL},

	{NSL_STORE_PODMAN, NSL_STORE_OF_ANY, "$ROOT", NULL, NULL},
	{NSL_STORE_PODMAN, NSL_STORE_OF_SYSTEM, "$CONFIG", "crio", "root"},
	{NSL_STORE_PODMAN, NSL_STORE_OF_SYSTEM, "/etc/crio/crio.conf", "crio", "root"},
	{NSL_STORE_PODMAN, NSL_STORE_OF_USER, STORAGE_CONF_USER, "storage", "graphroot"},
	{NSL_STORE_PODMAN, NSL_STORE_OF_USER, STORAGE_CONF, "storage", "rootless_storage_path"},
	{NSL_STORE_PODMAN, NSL_STORE_OF_USER, STORAGE_CONF_USR, "storage", "rootless_storage_path"},
	{NSL_STORE_PODMAN, NSL_STORE_OF_USER, "$HOME/.local/share/containers/storage", NULL, NULL},
	{NSL_STORE_PODMAN, NSL_STORE_OF_SYSTEM, STORAGE_CONF, "storage", "graphroot"},
	{NSL_STORE_PODMAN, NSL_STORE_OF_SYSTEM, STORAGE_CONF_USR, "storage", "graphroot"},
	{NSL_STORE_PODMAN, NSL_STORE_OF_SYSTEM, "/var/lib/containers/storage", NULL, NULL},

	{NSL_STORE_PODMAN_RUN, NSL_STORE_OF_ANY, "$STATE", NULL, NULL},
	{NSL_STORE_PODMAN_RUN, NSL_STORE_OF_SYSTEM, "$CONFIG", "crio", "runroot"},
	{NSL_STORE_PODMAN_RUN, NSL_STORE_OF_SYSTEM, "/etc/crio/crio.conf", "crio", "runroot"},
	{NSL_STORE_PODMAN_RUN, NSL_STORE_OF_USER, STORAGE_CONF_USER, "storage", "runroot"},
	{NSL_STORE_PODMAN_RUN, NSL_STORE_OF_USER, "/run/user/$UID/containers", NULL, NULL},
	/* Without a login session there is no /run/user/UID. */
	{NSL_STORE_PODMAN_RUN, NSL_STORE_OF_USER, "/tmp/storage-run-$UID/containers", NULL, NULL},
	{NSL_STORE_PODMAN_RUN, NSL_STORE_OF_USER, "/tmp/podman-run-$UID/containers", NULL, NULL},
	{NSL_STORE_PODMAN_RUN, NSL_STORE_OF_SYSTEM, STORAGE_CONF, "storage", "runroot"},
	{NSL_STORE_PODMAN_RUN, NSL_STORE_OF_SYSTEM, STORAGE_CONF_USR, "storage", "runroot"},
	{NSL_STORE_PODMAN_RUN, NSL_STORE_OF_SYSTEM, "/run/containers/storage", NULL, NULL},

	/* Those of Docker and of Kubernetes' distributions differ from containerd's own in this. */
	{NSL_STORE_CONTAINERD, NSL_STORE_OF_ANY, "$STATE", NULL, NULL},
	{NSL_STORE_CONTAINERD, NSL_STORE_OF_SYSTEM, "$CONFIG", "", "state"},
	{NSL_STORE_CONTAINERD, NSL_STORE_OF_SYSTEM, "/etc/containerd/config.toml", "", "state"},
	{NSL_STORE_CONTAINERD, NSL_STORE_OF_SYSTEM, "/run/containerd", NULL, NULL},
	{NSL_STORE_CONTAINERD, NSL_STORE_OF_SYSTEM, "/run/k3s/containerd", NULL, NULL},
	{NSL_STORE_CONTAINERD, NSL_STORE_OF_SYSTEM, "/run/k0s/containerd", NULL, NULL},
	{NSL_STORE_CONTAINERD, NSL_STORE_OF_SYSTEM, "/var/snap/microk8s/common/run/containerd",
	 NULL, NULL},
	{NSL_STORE_CONTAINERD, NSL_STORE_OF_SYSTEM, "/run/docker/containerd/daemon", NULL, NULL},
	{NSL_STORE_CONTAINERD, NSL_STORE_OF_USER, "/run/user/$UID/containerd", NULL, NULL},

	{NSL_STORE_RUNC, NSL_STORE_OF_ANY, "$STATE", NULL, NULL},
	{NSL_STORE_RUNC, NSL_STORE_OF_SYSTEM, "/run/runc", NULL, NULL},
	{NSL_STORE_RUNC, NSL_STORE_OF_USER, "/run/user/$UID/runc", NULL, NULL},

	{NSL_STORE_CRUN, NSL_STORE_OF_ANY, "$STATE", NULL, NULL},
	{NSL_STORE_CRUN, NSL_STORE_OF_SYSTEM, "/run/crun", NULL, NULL},
	{NSL_STORE_CRUN, NSL_STORE_OF_USER, "/run/user/$UID/crun", NULL, NULL},

	{NSL_STORE_MACHINED, NSL_STORE_OF_ANY, "/run/systemd/machines", NULL, NULL},
	{NSL_STORE_FIREJAIL, NSL_STORE_OF_ANY, "/run/firejail/name", NULL, NULL},
	{NSL_STORE_BUNDLE, NSL_STORE_OF_ANY, "$BUNDLE", NULL, NULL},
	{NSL_STORE_NONE, NSL_STORE_OF_ANY, NULL, NULL, NULL},
};

static const NslEngineKeys docker_keys = {.id = "ID", .name = "Name", .pid = "State.Pid"};
static const NslEngineKeys oci_keys = {.cgroup = "linux.cgroupsPath", .annotations = "annotations"};
static const NslEngineKeys runc_keys = {.id = "id",
					.pid = "init_process_pid",
					.start = "init_process_start",
					.cgroups = "cgroup_paths",
					.labels = "config.labels"};
static const NslEngineKeys crun_keys = {
	.pid = "pid", .start = "process-start-time", .bundle = "bundle", .cgroup = "cgroup-path"};

const NslStore nsl_stores[NSL_STORE_COUNT] = {
	[NSL_STORE_DOCKER] = {.dirs = {"containers",
				       "[0-9]*.[0-9]*/containers"}, /* --userns-remap */
			      .file = "$ID/config.v2.json",
			      .keys = &docker_keys,
			      .cgroups = NSL_STORE_DOCKER_RUNC},
	[NSL_STORE_DOCKER_RUNC] = {.dirs = {"runtime-runc/moby"},
				   .file = "$ID/state.json",
				   .keys = &runc_keys},
	[NSL_STORE_PODMAN] = {.cgroups = NSL_STORE_BUNDLE},
	[NSL_STORE_CONTAINERD] = {.dirs = {"io.containerd.runtime.v2.task/$CONTAINERD_NS",
					   "io.containerd.runtime.v1.linux/$CONTAINERD_NS"},
				  .file = "$ID/config.json",
				  .keys = &oci_keys,
				  .pid_file = "$ID/init.pid",
				  .bundle = "/$ID"},
	[NSL_STORE_RUNC] = {.dirs = {""}, .file = "$ID/state.json", .keys = &runc_keys},
	[NSL_STORE_CRUN] = {.dirs = {""},
			    .file = "$ID/status",
			    .keys = &crun_keys,
			    .config_file = "$ID/config.json"},
	[NSL_STORE_MACHINED] = {.dirs = {""}, .file = "$ID", .parse = parse_machine},
	[NSL_STORE_FIREJAIL] = {.dirs = {""}, .file = "$MONITOR", .parse = parse_firejail},
	[NSL_STORE_BUNDLE] = {.dirs = {""}, .file = "config.json", .keys = &oci_keys, .bundle = ""},
};
