/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fuzzes the readers of the engines' files (attribute/engines.h), built once for each engine:
 * ENGINE is its runtime's name. The input is the files, separated by the byte 0x1e, which no JSON
 * has; they are put where that engine has them, below a directory in memory. What has to hold: a
 * record or an errno, which leaves the record alone; names, ids and paths that are ones
 * (untrusted.h); the record agrees where engines.h says so; asked once more, of what is remembered,
 * the answer is the same.
 *
 * As root: whose files they are is of the essence.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attribute/engines.h"
#include "base/untrusted.h"
#include "base/procfs_parse.h"

#define ID	  "137e1715685b43870632b8d81e1679457902f257e8b0573953ec7468dc934b0e"
#define SEPARATOR 0x1e
#define MAX_FILES 4

static const struct {
	const char *runtime;
	const char *id;
	const char *bundle;
	const char *files[MAX_FILES];
} engines[] = {
	{"docker",
	 ID,
	 NULL,
	 {"var/lib/docker/containers/" ID "/config.v2.json",
	  "run/docker/runtime-runc/moby/" ID "/state.json", "etc/docker/daemon.json"}},
	{"podman",
	 ID,
	 NULL,
	 {"var/lib/containers/storage/overlay-containers/containers.json",
	  "run/containers/storage/overlay-containers/" ID "/userdata/pidfile",
	  "var/lib/containers/storage/overlay-containers/" ID "/userdata/config.json",
	  "etc/containers/storage.conf"}},
	{"containerd",
	 ID,
	 NULL,
	 {"run/containerd/io.containerd.runtime.v2.task/k8s.io/" ID "/config.json",
	  "run/containerd/io.containerd.runtime.v2.task/k8s.io/" ID "/init.pid",
	  "etc/containerd/config.toml"}},
	{"runc", ID, NULL, {"run/runc/" ID "/state.json"}},
	{"crun", ID, NULL, {"run/crun/" ID "/status", "run/crun/" ID "/config.json"}},
	{"nspawn", "web", NULL, {"run/systemd/machines/web"}},
	{"firejail", NULL, NULL, {"run/firejail/name/4711"}},
	{"oci", ID, "/b", {"b/config.json"}}, /* of no engine: nothing but a bundle */
};

static char *directory;

static void remove_directory(void)
{
	g_autofree char *command = g_strdup_printf("rm -rf '%s'", directory);

	if (system(command) != 0)
		fprintf(stderr, "%s: cannot be removed\n", directory);
}

static int make_root(void)
{
	directory = g_strdup("/dev/shm/nslist-fuzz-XXXXXX");
	g_assert_nonnull(g_mkdtemp_full(directory, 0755));
	atexit(remove_directory);
	return open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static void put_file(const char *path, const guint8 *bytes, gsize size)
{
	g_autofree char *whole = g_build_filename(directory, path, NULL);
	g_autofree char *parent = g_path_get_dirname(whole);
	int fd;

	g_assert_cmpint(g_mkdir_with_parents(parent, 0755), ==, 0);
	fd = open(whole, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	g_assert_cmpint(fd, >=, 0);
	g_assert_cmpint(write(fd, bytes, size), ==, (gssize)size);
	close(fd);
}

static void put_files(const char *const *paths, const guint8 *data, gsize size)
{
	for (guint i = 0; i < MAX_FILES && paths[i]; i++) {
		const guint8 *end = size > 0 ? memchr(data, SEPARATOR, size) : NULL;
		gsize length = end ? (gsize)(end - data) : size;

		put_file(paths[i], data, length);
		data += end ? length + 1 : length;
		size -= end ? length + 1 : length;
	}
}

static void check_name(const char *name)
{
	g_assert_true(!name || nsl_is_name(name));
}

static bool has_pid(const NslEngineQuery *query, guint32 pid)
{
	for (guint i = 0; i < query->processes->len; i++)
		if (((const NslProcess *)g_ptr_array_index(query->processes, i))->pid == pid)
			return true;
	return false;
}

static void check_record(const NslEngineQuery *query, const NslEngineRecord *record)
{
	check_name(record->identity.name);
	check_name(record->identity.pod);
	check_name(record->identity.pod_namespace);
	check_name(record->identity.pod_uid);
	g_assert_true(!record->cgroup || nsl_is_path(record->cgroup));
	g_assert_true(!record->bundle || nsl_is_path(record->bundle));
	g_assert_cmpuint(record->pid, <=, NSL_PID_MAX);
	g_assert_cmpuint(record->owner, ==, 0);
	if (g_strcmp0(query->runtime, "firejail") != 0 && record->agrees)
		g_assert_true(has_pid(query, record->pid) ||
			      (record->cgroup && record->cgroup[1] != '\0'));
}

static void check_same(const NslEngineRecord *a, const NslEngineRecord *b)
{
	g_assert_cmpstr(a->identity.runtime, ==, b->identity.runtime);
	g_assert_cmpstr(a->identity.name, ==, b->identity.name);
	g_assert_cmpstr(a->identity.pod, ==, b->identity.pod);
	g_assert_cmpstr(a->cgroup, ==, b->cgroup);
	g_assert_cmpstr(a->bundle, ==, b->bundle);
	g_assert_true(a->pid == b->pid && a->agrees == b->agrees);
}

static int ask(NslEngines *engine, const NslEngineQuery *query, NslEngineRecord *record)
{
	int result = nsl_engine_read(engine, query, record);

	g_assert_true(result <= 0 && result >= -4095);
	if (result < 0)
		g_assert_true(!record->identity.runtime && !record->identity.name &&
			      !record->identity.pod && !record->cgroup && !record->bundle &&
			      record->pid == 0);
	else
		check_record(query, record);
	return result;
}

void fuzz_one(const guint8 *data, gsize size)
{
	static NslProcess processes[] = {{.pid = 40}, {.pid = 42}, {.pid = 4711}};
	static int root = -1;
	g_autoptr(GPtrArray) members = g_ptr_array_new();
	g_auto(NslEngineRecord) first = {0};
	g_auto(NslEngineRecord) second = {0};
	g_autoptr(NslEngines) asked = NULL;
	NslEngineQuery query = {.monitor = 4711,
				.cgroup = "/system.slice/docker-" ID ".scope",
				.processes = members};
	guint row = 0;

	if (geteuid() != 0) {
		printf("only root can make files of root\n");
		exit(77);
	}
	if (root < 0)
		root = make_root();
	while (strcmp(engines[row].runtime, ENGINE) != 0)
		row++;
	put_files(engines[row].files, data, size);
	query.runtime = engines[row].runtime;
	query.id = engines[row].id;
	query.bundle = engines[row].bundle;
	for (gsize i = 0; i < G_N_ELEMENTS(processes); i++)
		g_ptr_array_add(members, &processes[i]);
	asked = nsl_engines_new(root);
	g_assert_cmpint(ask(asked, &query, &first), ==, ask(asked, &query, &second));
	check_same(&first, &second);
}
