/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tables of the stores: see engine_stores.h.
 */
#include "attribute/engine_stores.h"

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
	[NSL_STORE_PODMAN] = {.lists = true, .cgroups = NSL_STORE_BUNDLE},
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
	[NSL_STORE_MACHINED] = {.dirs = {""}, .file = "$ID", .parse = nsl_engine_parse_machine},
	[NSL_STORE_FIREJAIL] = {.dirs = {""},
				.file = "$MONITOR",
				.parse = nsl_engine_parse_firejail},
	[NSL_STORE_BUNDLE] = {.dirs = {""}, .file = "config.json", .keys = &oci_keys, .bundle = ""},
};
