/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The stores of container engines: see engines.h. One reader walks the tables of
 * engines_stores.c.
 */
#include "attribute/engines.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>

#include "base/each.h"
#include "base/text.h"

/* Docker's namespace of its containerd, which does not have the containers' names. */
#define DOCKER_NS "moby"

#define MAX_NAMES   512 /* that are tried where a part of a path is not known */
#define MAX_DRIVERS 16	/* of a podman store */

struct NslEngines {
	NslFiles *files;
	GHashTable *settings; /* "UID KEY FILE": the setting, or NULL */
	GHashTable *names;    /* "UID DIR": what is in the directory (GPtrArray of char *) */
	GHashTable *lists;    /* "UID ROOT": what podman's lists there have (PodmanLists) */
};

typedef struct Lookup {
	NslEngines *engines;
	const NslEngineQuery *query;
	NslStoreId store;
	NslEngineRecord *record;
} Lookup;

void nsl_engine_record_clear(NslEngineRecord *record)
{
	nsl_identity_clear(&record->identity);
	g_free(record->cgroup);
	g_free(record->bundle);
	*record = (NslEngineRecord){0};
}

/* A setting in a file, which is read once. NULL: there is none. Transfer none. */
static const char *get_setting(const Lookup *lookup, const char *path, const NslStorePlace *place)
{
	NslEngines *engines = lookup->engines;
	guint32 uid = lookup->query->uid;
	g_autofree char *name = g_strdup_printf("%u %s %s", uid, place->key, path);
	g_autofree char *dir = g_path_get_dirname(path);
	g_autofree char *base = g_path_get_basename(path);
	g_auto(NslFile) file = {0};
	gpointer value = NULL;

	if (g_hash_table_lookup_extended(engines->settings, name, NULL, &value))
		return value;
	/* A file that cannot be read is no error: the default directories are tried next. */
	if (nsl_files_read(engines->files, dir, base, uid, NSL_JSON_MAX_SIZE, &file) == 0) {
		int result;
		g_autoptr(NslJson) object = NULL;

		if (!place->section)
			object = nsl_json_parse(file.bytes, file.size, json_type_object, &result);
		value = place->section
				? nsl_engine_find_setting(file.bytes, place->section, place->key)
				: g_strdup(nsl_json_string(object, place->key, &result));
	}
	g_hash_table_insert(engines->settings, g_steal_pointer(&name), value);
	return value;
}

/* The directory that a row of the table means for this query; NULL: none. Transfer full. */
static char *find_place(const Lookup *lookup, const NslStorePlace *place)
{
	g_autofree char *path = nsl_engine_expand(place->path, lookup->query);
	g_autofree char *dir = NULL;

	if (place->key && path && nsl_is_path(path)) {
		const char *setting = get_setting(lookup, path, place);

		dir = setting ? nsl_engine_expand(setting, lookup->query) : NULL;
	}
	return nsl_validate_path(place->key ? dir : path);
}

/* The directories that may be this store, in the order of trial. Transfer full. */
static GStrv list_places(const Lookup *lookup, NslStoreId store)
{
	guint others = lookup->query->uid == 0 ? NSL_STORE_OF_USER : NSL_STORE_OF_SYSTEM;
	GPtrArray *dirs = g_ptr_array_new();

	for (gsize i = 0; nsl_store_places[i].path; i++) {
		const NslStorePlace *place = &nsl_store_places[i];
		char *dir = place->store == store && place->whose != others
				    ? find_place(lookup, place)
				    : NULL;

		if (dir)
			g_ptr_array_add(dirs, dir);
	}
	g_ptr_array_add(dirs, NULL);
	return (GStrv)g_ptr_array_free(dirs, FALSE);
}

/*
 * Reads a file of the record; `path` is a template. The record is a user's where one of its files
 * is. 0 or -errno.
 */
static int read_file(const Lookup *lookup, const char *dir, const char *path, NslFile *file)
{
	g_autofree char *expanded = nsl_engine_expand(path, lookup->query);
	int result = -ENOENT;

	if (expanded)
		result = nsl_files_read(lookup->engines->files, dir, expanded, lookup->query->uid,
					NSL_JSON_MAX_SIZE, file);
	if (result < 0)
		return result;
	if (file->owner != 0)
		lookup->record->owner = file->owner;
	if (lookup->record->written == 0)
		lookup->record->written = file->written;
	return 0;
}

/* Reads the PID from a file of its own, if it is there. */
static void read_pid(const Lookup *lookup, const char *dir, const char *path)
{
	g_auto(NslFile) file = {0};

	if (read_file(lookup, dir, path, &file) == 0 &&
	    nsl_engine_parse_pid(file.bytes, &lookup->record->pid))
		lookup->record->written = file.written;
}

/* Reads a file whose contents are as the row says. 0 or -errno. */
static int read_contents(const Lookup *lookup, const NslStore *store, const char *dir,
			 const char *path)
{
	g_auto(NslFile) file = {0};
	g_autoptr(NslJson) object = NULL;
	int result = read_file(lookup, dir, path, &file);

	if (result < 0)
		return result;
	if (!store->parse) {
		object = nsl_json_parse(file.bytes, file.size, json_type_object, &result);
		return object ? nsl_engine_take_json(store->keys, object, lookup->query,
						     lookup->record)
			      : result;
	}
	if (strlen(file.bytes) != file.size ||
	    !store->parse(file.bytes, lookup->query, lookup->record))
		return -EBADMSG;
	return 0;
}

static int read_record(const Lookup *lookup, const char *dir)
{
	const NslStore *store = &nsl_stores[lookup->store];
	int result = read_contents(lookup, store, dir, store->file);

	if (result == 0 && store->config_file) {
		int config = read_contents(lookup, &nsl_stores[NSL_STORE_BUNDLE], dir,
					   store->config_file);

		if (config < 0 && config != -ENOENT)
			lookup->record->error = config;
	}
	if (result == 0 && store->pid_file)
		read_pid(lookup, dir, store->pid_file);
	if (result == 0 && store->bundle) {
		g_autofree char *below = nsl_engine_expand(store->bundle, lookup->query);

		lookup->record->bundle = g_strconcat(dir, below, NULL);
	}
	return result;
}

/* The names in a directory, which are remembered unless *result is -errno. Transfer full. */
static GPtrArray *list_names(const Lookup *lookup, const char *dir, int *result)
{
	g_autofree char *key = g_strdup_printf("%u %s", lookup->query->uid, dir);
	GPtrArray *names = g_hash_table_lookup(lookup->engines->names, key);

	*result = 0;
	if (names)
		return g_ptr_array_ref(names);
	names = g_ptr_array_new_with_free_func(g_free);
	*result = nsl_files_list(lookup->engines->files, dir, lookup->query->uid, MAX_NAMES, names);
	if (*result == 0)
		g_hash_table_insert(lookup->engines->names, g_steal_pointer(&key),
				    g_ptr_array_ref(names));
	return names;
}

/* Reads the record below, where `parts` of the path are left; "*" is each id that matches. */
static int read_below(const Lookup *lookup, const char *dir, char **parts)
{
	g_autoptr(GPtrArray) names = NULL;
	int result = -ENOENT;
	int listed;

	if (!*parts)
		return read_record(lookup, dir);
	if (!strchr(*parts, '*')) {
		g_autofree char *below = g_build_filename(dir, *parts, NULL);

		return read_below(lookup, below, parts + 1);
	}
	names = list_names(lookup, dir, &listed);
	for (guint i = 0; i < names->len && result == -ENOENT; i++) {
		const char *name = g_ptr_array_index(names, i);
		g_autofree char *below = g_build_filename(dir, name, NULL);

		if (nsl_is_id(name) && fnmatch(*parts, name, 0) == 0 &&
		    strcmp(name, DOCKER_NS) != 0)
			result = read_below(lookup, below, parts + 1);
	}
	return result == -ENOENT && listed < 0 ? listed : result;
}

static int read_place(const Lookup *lookup, const char *place)
{
	const NslStore *store = &nsl_stores[lookup->store];
	int result = -ENOENT;

	for (guint i = 0; i < G_N_ELEMENTS(store->dirs) && store->dirs[i]; i++) {
		g_autofree char *below = nsl_engine_expand(store->dirs[i], lookup->query);
		g_auto(GStrv) parts = g_strsplit(below, "/", -1);

		if (result == -ENOENT)
			result = read_below(lookup, place, parts);
	}
	return result;
}

/*
 * Podman and CRI-O keep containers by way of containers/storage: ROOT/DRIVER-containers has lists
 * of them all, and for each the directory ID/userdata, which is the bundle; RUN/DRIVER-containers
 * has the PIDs. The lists are read once. A pod's name is in podman's database alone.
 */
typedef struct PodmanLists {
	GHashTable *containers; /* id: Listed */
	int result;		/* the first error */
} PodmanLists;

typedef struct Listed {
	char *name;   /* NULL: it has none */
	int error;    /* -errno: it could not be read */
	char *driver; /* "overlay-containers" */
	guint32 owner;
} Listed;

static void free_listed(gpointer data)
{
	Listed *listed = data;

	g_free(listed->name);
	g_free(listed->driver);
	g_free(listed);
}

static void free_lists(gpointer data)
{
	PodmanLists *lists = data;

	g_hash_table_destroy(lists->containers);
	g_free(lists);
}

static int add_listed(PodmanLists *lists, NslJson *container, const char *driver, guint32 owner)
{
	int result = json_object_is_type(container, json_type_object) ? 0 : -EBADMSG;
	const char *id = nsl_json_string(container, "id", &result);
	int error = 0;
	NslJson *names = nsl_json_member(container, "names", json_type_array, &error);
	const char *name =
		names ? nsl_json_as_string(json_object_array_get_idx(names, 0), &error) : NULL;
	Listed *listed;

	if (result < 0 || !id || !nsl_is_id(id) || g_hash_table_contains(lists->containers, id))
		return result;
	listed = g_new(Listed, 1);
	*listed = (Listed){g_strdup(name), error, g_strdup(driver), owner};
	g_hash_table_insert(lists->containers, g_strdup(id), listed);
	return 0;
}

/* A list that is not there is empty. An entry that is malformed costs itself alone. 0 or -errno. */
static int read_list(const Lookup *lookup, PodmanLists *lists, const char *root, const char *driver,
		     const char *name)
{
	g_autofree char *dir = g_build_filename(root, driver, NULL);
	g_auto(NslFile) file = {0};
	g_autoptr(NslJson) containers = NULL;
	int result = nsl_files_read(lookup->engines->files, dir, name, lookup->query->uid,
				    NSL_JSON_MAX_SIZE, &file);
	gsize n = 0;

	if (result == 0)
		containers = nsl_json_parse(file.bytes, file.size, json_type_array, &result);
	if (containers)
		n = json_object_array_length(containers);
	for (gsize i = 0; i < n; i++) {
		int added = add_listed(lists, json_object_array_get_idx(containers, i), driver,
				       file.owner);

		result = added < 0 ? added : result;
	}
	return result == -ENOENT ? 0 : result;
}

/* volatile-containers.json has the containers that need not outlive a crash (podman run --rm). */
static void read_driver(const Lookup *lookup, PodmanLists *lists, const char *root,
			const char *driver)
{
	int first = read_list(lookup, lists, root, driver, "containers.json");
	int second = read_list(lookup, lists, root, driver, "volatile-containers.json");
	g_auto(GStrv) runs = list_places(lookup, NSL_STORE_PODMAN_RUN);

	if (lists->result == 0)
		lists->result = first < 0 ? first : second;
	/* With the setting transient_store it is there. */
	for (char **run = runs; *run; run++)
		(void)read_list(lookup, lists, *run, driver, "volatile-containers.json");
}

/* Transfer none. */
static const PodmanLists *get_lists(const Lookup *lookup, const char *root)
{
	g_autofree char *key = g_strdup_printf("%u %s", lookup->query->uid, root);
	g_autoptr(GPtrArray) names = NULL;
	PodmanLists *lists = g_hash_table_lookup(lookup->engines->lists, key);
	guint n_drivers = 0;

	if (lists)
		return lists;
	lists = g_new(PodmanLists, 1);
	lists->containers = g_hash_table_new_full(nsl_text_hash, g_str_equal, g_free, free_listed);
	names = list_names(lookup, root, &lists->result);
	for (guint i = 0; i < names->len && n_drivers <= MAX_DRIVERS; i++) {
		const char *name = g_ptr_array_index(names, i);

		if (!g_str_has_suffix(name, "-containers") || !nsl_is_id(name))
			continue;
		if (++n_drivers > MAX_DRIVERS)
			lists->result = -E2BIG;
		else
			read_driver(lookup, lists, root, name);
	}
	g_hash_table_insert(lookup->engines->lists, g_steal_pointer(&key), lists);
	return lists;
}

static int read_lists(const Lookup *lookup, const char *place)
{
	const PodmanLists *lists = get_lists(lookup, place);
	const char *id = lookup->query->id;
	const Listed *listed = g_hash_table_lookup(lists->containers, id);
	g_auto(GStrv) runs = NULL;

	if (!listed)
		return lists->result < 0 ? lists->result : -ENOENT;
	if (listed->name)
		nsl_engine_take_name(lookup->record, listed->name);
	lookup->record->error = listed->error;
	lookup->record->owner = listed->owner;
	lookup->record->bundle = g_build_filename(place, listed->driver, id, "userdata", NULL);
	runs = list_places(lookup, NSL_STORE_PODMAN_RUN);
	for (char **run = runs; *run && lookup->record->pid == 0; run++) {
		g_autofree char *dir = g_build_filename(*run, listed->driver, NULL);

		read_pid(lookup, dir, "$ID/userdata/pidfile");
	}
	return 0;
}

/* 0; else the first error that is more than that nothing was found, and the record is empty. */
static int read_store(NslEngines *engines, const NslEngineQuery *query, NslStoreId store,
		      NslEngineRecord *record)
{
	const Lookup lookup = {engines, query, store, record};
	g_auto(GStrv) dirs = list_places(&lookup, store);
	int result = -ENOENT;

	for (char **dir = dirs; *dir; dir++) {
		int answer = nsl_stores[store].file ? read_place(&lookup, *dir)
						    : read_lists(&lookup, *dir);

		if (answer == 0)
			return 0;
		nsl_engine_record_clear(record);
		if (result == -ENOENT)
			result = answer;
	}
	return result;
}

static bool agrees(const NslEngineQuery *query, const NslEngineRecord *record)
{
	if (record->pid != 0 && query->processes)
		NSL_EACH (const NslProcess, process, query->processes)
			if (process->pid == record->pid)
				return true;
	return nsl_engine_cgroup_agrees(record->cgroup, query->cgroup);
}

/* Takes the cgroup, and what else there is, from the store that has it. */
static void add_cgroup(NslEngines *engines, const NslEngineQuery *query, NslStoreId store,
		       NslEngineRecord *record)
{
	NslEngineQuery inner = *query;
	g_auto(NslEngineRecord) found = {0};

	inner.bundle = record->bundle;
	if (read_store(engines, &inner, store, &found) < 0 ||
	    (nsl_stores[store].keys->pid && found.pid != record->pid))
		return;
	if (found.owner != 0)
		record->owner = found.owner;
	record->start = found.start;
	record->cgroup = g_steal_pointer(&found.cgroup);
	g_free(record->bundle);
	record->bundle = g_steal_pointer(&found.bundle);
}

/* Reads the record of one store, and keeps it if it is the first, or the first that agrees. */
static void try_store(NslEngines *engines, const NslEngineQuery *query, NslStoreId store,
		      const char *engine, NslEngineRecord *best, int *result)
{
	g_auto(NslEngineRecord) record = {0};
	int answer = read_store(engines, query, store, &record);

	if (answer < 0 && *result == -ENOENT)
		*result = answer;
	if (answer < 0)
		return;
	if (nsl_stores[store].cgroups != NSL_STORE_NONE && query->cgroup && !agrees(query, &record))
		add_cgroup(engines, query, nsl_stores[store].cgroups, &record);
	record.identity.runtime = engine;
	record.agrees = record.agrees || agrees(query, &record);
	if (*result == 0 && !record.agrees)
		return;
	nsl_engine_record_clear(best);
	*best = record;
	record = (NslEngineRecord){0};
	*result = 0;
}

/* Whether a row's store is read for the runtime (NULL: it is not known). */
static bool is_asked(gsize row, const char *runtime)
{
	return runtime ? g_strv_contains(nsl_store_uses[row].runtimes, runtime)
		       : nsl_store_uses[row].unknown;
}

bool nsl_engine_serves(const char *engine, const char *runtime)
{
	for (gsize i = 0; nsl_store_uses[i].engine; i++)
		if (strcmp(nsl_store_uses[i].engine, engine) == 0 && is_asked(i, runtime))
			return true;
	return false;
}

int nsl_engine_read(NslEngines *engines, const NslEngineQuery *query, NslEngineRecord *ret_record)
{
	NslEngineRecord best = {0};
	int result = -ENOENT;

	/* Firejail knows its sandboxes by PID. */
	if (query->id ? !nsl_is_id(query->id) : g_strcmp0(query->runtime, "firejail") != 0)
		return -EINVAL;
	if (query->containerd_ns && !nsl_is_id(query->containerd_ns))
		return -EINVAL;
	for (gsize i = 0; nsl_store_uses[i].engine && !best.agrees; i++)
		if (is_asked(i, query->runtime))
			try_store(engines, query, nsl_store_uses[i].store, nsl_store_uses[i].engine,
				  &best, &result);
	if (result < 0)
		try_store(engines, query, NSL_STORE_BUNDLE, NULL, &best, &result);
	if (result == 0)
		*ret_record = best;
	return result;
}

NslEngines *nsl_engines_new(int root)
{
	NslEngines *engines = g_new(NslEngines, 1);

	engines->files = nsl_files_new(root);
	engines->settings = g_hash_table_new_full(nsl_text_hash, g_str_equal, g_free, g_free);
	engines->names = g_hash_table_new_full(nsl_text_hash, g_str_equal, g_free,
					       (GDestroyNotify)g_ptr_array_unref);
	engines->lists = g_hash_table_new_full(nsl_text_hash, g_str_equal, g_free, free_lists);
	return engines;
}

void nsl_engines_free(NslEngines *engines)
{
	g_hash_table_destroy(engines->lists);
	g_hash_table_destroy(engines->names);
	g_hash_table_destroy(engines->settings);
	nsl_files_free(engines->files);
	g_free(engines);
}
