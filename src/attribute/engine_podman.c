/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Podman and CRI-O, which keep containers by way of containers/storage: ROOT/DRIVER-containers has
 * a containers.json with the names of all (volatile-containers.json: of those that are not to
 * outlive a crash) and ID/userdata with the bundle; a directory like it in the run root has the
 * PID. The lists are read once for all containers.
 *
 * A podman pod's name is nowhere but in podman's database; its id is in the cgroup's path.
 */
#include <errno.h>
#include <string.h>

#include "attribute/engine_readers.h"
#include "attribute/words.h"

#define MAX_DRIVERS 16
#define SUFFIX	    "-containers"

/* A container of a list. */
typedef struct Entry {
	char *name;	    /* NULL: it has none */
	const char *driver; /* "overlay-containers"; the store's */
	guint32 owner;
} Entry;

/* What one root directory has. */
typedef struct Store {
	GHashTable *entries; /* of Entry, by id */
	GPtrArray *drivers;  /* char * */
	int result;	     /* what went wrong with a list */
} Store;

static void entry_free(gpointer data)
{
	Entry *entry = data;

	g_free(entry->name);
	g_free(entry);
}

static void store_free(gpointer data)
{
	Store *store = data;

	g_hash_table_destroy(store->entries);
	g_ptr_array_unref(store->drivers);
	g_free(store);
}

static int take_container(Store *store, NslJson *container, const char *driver, guint32 owner)
{
	int result = 0;
	const char *id = nsl_json_string(container, "id", &result);
	NslJson *names = nsl_json_member(container, "names", json_type_array, &result);
	const char *name = NULL;
	Entry *entry;

	if (names && json_object_array_length(names) > 0)
		name = nsl_json_as_string(json_object_array_get_idx(names, 0), &result);
	if (result < 0 || !id || !nsl_word_is_id(id) || g_hash_table_contains(store->entries, id))
		return result;
	entry = g_new0(Entry, 1);
	entry->name = g_strdup(name);
	entry->driver = driver;
	entry->owner = owner;
	g_hash_table_insert(store->entries, g_strdup(id), entry);
	return 0;
}

static int read_list(NslEngines *engines, Store *store, const char *dir, const char *file,
		     const char *driver, guint32 uid)
{
	g_auto(NslFile) list = {0};
	g_autoptr(NslJson) containers = NULL;
	int result = nsl_files_read(engines->files, dir, file, uid, NSL_ENGINE_FILE, &list);
	gsize n;

	/* There is one as soon as there are containers, and the volatile one need not be there. */
	if (result < 0)
		return result == -ENOENT ? 0 : result;
	containers = nsl_json_parse(list.bytes, list.size, json_type_array, &result);
	if (result < 0)
		return result;
	n = json_object_array_length(containers);
	for (gsize i = 0; i < n; i++) {
		NslJson *container = json_object_array_get_idx(containers, i);
		int answer = json_object_is_type(container, json_type_object)
				     ? take_container(store, container, driver, list.owner)
				     : -EBADMSG;

		if (answer < 0)
			result = answer;
	}
	return result;
}

static void read_driver(NslEngines *engines, Store *store, const char *root, const char *driver,
			const NslPlaces *runs, guint32 uid)
{
	g_autofree char *dir = g_strdup_printf("%s/%s", root, driver);
	int first = read_list(engines, store, dir, "containers.json", driver, uid);
	int second = read_list(engines, store, dir, "volatile-containers.json", driver, uid);

	if (store->result == 0)
		store->result = first < 0 ? first : second;
	/* With transient_store it is in the run root. */
	for (guint i = 0; i < runs->len; i++) {
		const char *run = g_ptr_array_index(runs, i);
		g_autofree char *beside = g_strdup_printf("%s/%s", run, driver);

		(void)read_list(engines, store, beside, "volatile-containers.json", driver, uid);
	}
}

static Store *read_store(NslEngines *engines, const char *root, const NslPlaces *runs, guint32 uid)
{
	Store *store = g_new0(Store, 1);
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);

	store->entries = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, entry_free);
	store->drivers = g_ptr_array_new_with_free_func(g_free);
	store->result = nsl_files_list(engines->files, root, uid, 256, names);
	for (guint i = 0; i < names->len; i++) {
		const char *name = g_ptr_array_index(names, i);
		char *driver;

		if (!g_str_has_suffix(name, SUFFIX) || !nsl_word_is_id(name))
			continue;
		if (store->drivers->len >= MAX_DRIVERS) {
			store->result = -E2BIG;
			break;
		}
		driver = g_strdup(name);
		g_ptr_array_add(store->drivers, driver);
		read_driver(engines, store, root, driver, runs, uid);
	}
	return store;
}

/* Transfer none. */
static const Store *get_store(NslEngines *engines, const char *root, const NslPlaces *runs,
			      guint32 uid)
{
	g_autofree char *key = g_strdup_printf("%u %s", uid, root);
	Store *store;

	if (!engines->stores)
		engines->stores =
			g_hash_table_new_full(g_str_hash, g_str_equal, g_free, store_free);
	store = g_hash_table_lookup(engines->stores, key);
	if (!store) {
		store = read_store(engines, root, runs, uid);
		g_hash_table_insert(engines->stores, g_steal_pointer(&key), store);
	}
	return store;
}

/* In rootless_storage_path. NULL: there is something else to be put in, too. Transfer full. */
static char *expand(const char *path, const NslEngineQuery *query)
{
	g_autofree char *uid = g_strdup_printf("%u", query->uid);
	g_auto(GStrv) homes = g_strsplit(path, "$HOME", -1);
	g_autofree char *with_home = g_strjoinv(query->home ? query->home : "$HOME", homes);
	g_auto(GStrv) uids = g_strsplit(with_home, "$UID", -1);
	g_autofree char *whole = g_strjoinv(uid, uids);

	return strchr(whole, '$') ? NULL : g_steal_pointer(&whole);
}

/* A setting of storage.conf, by `key`, in each of the files that may have it. */
static void add_configured(NslEngines *engines, const NslEngineQuery *query, NslPlaces *places,
			   const char *key, const char *rootless_key)
{
	static const char *const files[] = {"/etc/containers/storage.conf",
					    "/usr/share/containers/storage.conf"};
	g_autofree char *own = NULL;

	if (query->uid != 0 && query->home) {
		own = g_strdup_printf("%s/.config/containers/storage.conf", query->home);
		nsl_places_add(places,
			       nsl_engine_setting(engines, own, query->uid, "storage", key));
	}
	if (query->uid != 0)
		key = rootless_key;
	for (gsize i = 0; i < G_N_ELEMENTS(files) && key; i++) {
		const char *path = nsl_engine_setting(engines, files[i], 0, "storage", key);
		g_autofree char *expanded = path ? expand(path, query) : NULL;

		nsl_places_add(places, expanded);
	}
}

static NslPlaces *list_roots(NslEngines *engines, const NslEngineQuery *query)
{
	NslPlaces *places = nsl_places_new();

	nsl_places_add(places, query->root);
	add_configured(engines, query, places, "graphroot", "rootless_storage_path");
	if (query->uid == 0)
		nsl_places_add(places, "/var/lib/containers/storage");
	else if (query->home)
		nsl_places_addf(places, "%s/.local/share/containers/storage", query->home);
	return places;
}

static NslPlaces *list_runs(NslEngines *engines, const NslEngineQuery *query)
{
	NslPlaces *places = nsl_places_new();

	nsl_places_add(places, query->state);
	add_configured(engines, query, places, "runroot", NULL);
	if (query->uid == 0) {
		nsl_places_add(places, "/run/containers/storage");
	} else {
		/* Without a login session, there is no /run/user/UID. */
		nsl_places_addf(places, "/run/user/%u/containers", query->uid);
		nsl_places_addf(places, "/tmp/storage-run-%u/containers", query->uid);
		nsl_places_addf(places, "/tmp/podman-run-%u/containers", query->uid);
	}
	return places;
}

static void read_pid(NslEngines *engines, const NslEngineQuery *query, const NslPlaces *runs,
		     const char *driver, NslEngineRecord *record)
{
	g_autofree char *path = g_strdup_printf("%s/userdata/pidfile", query->id);

	for (guint i = 0; i < runs->len && record->pid == 0; i++) {
		const char *run = g_ptr_array_index(runs, i);
		g_autofree char *dir = g_strdup_printf("%s/%s", run, driver);

		nsl_engine_read_pid(engines, dir, path, query->uid, record);
	}
}

/* Where not all processes are known its cgroup tells: that is in the bundle, a larger file. */
static void read_bundle(NslEngines *engines, const NslEngineQuery *query, const char *root,
			const char *driver, NslEngineRecord *record)
{
	g_autofree char *dir = g_strdup_printf("%s/%s", root, driver);
	g_autofree char *path = g_strdup_printf("%s/userdata/config.json", query->id);
	g_auto(NslEngineRecord) bundle = {0};

	if (nsl_engine_read_config(engines, dir, path, query->uid, &bundle) == 0)
		record->cgroup = g_steal_pointer(&bundle.cgroup);
}

int nsl_engine_podman(NslEngines *engines, const NslEngineQuery *query, NslEngineRecord *record)
{
	g_autoptr(NslPlaces) roots = list_roots(engines, query);
	g_autoptr(NslPlaces) runs = list_runs(engines, query);
	int result = -ENOENT;

	for (guint i = 0; i < roots->len; i++) {
		const char *root = g_ptr_array_index(roots, i);
		const Store *store = get_store(engines, root, runs, query->uid);
		const Entry *entry = g_hash_table_lookup(store->entries, query->id);

		if (!entry) {
			if (result == -ENOENT && store->result < 0)
				result = store->result;
			continue;
		}
		if (entry->name)
			nsl_engine_name_by_kubelet(record, entry->name);
		record->owner = entry->owner;
		read_pid(engines, query, runs, entry->driver, record);
		record->bundle =
			g_strdup_printf("%s/%s/%s/userdata", root, entry->driver, query->id);
		if (query->cgroup && !nsl_engine_agrees(query, record))
			read_bundle(engines, query, root, entry->driver, record);
		return 0;
	}
	return result;
}
