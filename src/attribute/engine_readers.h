/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Between engine.c and the readers, which are a file an engine each: the readers, and what they
 * share. For these files alone.
 */
#pragma once

#include <glib.h>

#include "attribute/engine.h"
#include "base/untrusted.h"

/* How large files may be, podman's lists of all containers too: 1 MiB is room for a thousand. */
#define NSL_ENGINE_FILE NSL_JSON_MAX_SIZE
#define NSL_ENGINE_TINY 4096

struct NslEngines {
	NslFiles *files;
	GHashTable *settings; /* see nsl_engine_setting() */
	GHashTable *stores;   /* see engine_podman.c */
	GHashTable *lists;    /* see nsl_engine_list() */
};

/*
 * A reader fills what the record of this container says, and `owner`; whether it agrees is found
 * out after it. 0; -ENOENT: it has none; or another -errno: then what it has filled is cleared.
 */
typedef int NslEngineReader(NslEngines *engines, const NslEngineQuery *query,
			    NslEngineRecord *record);

NslEngineReader nsl_engine_docker;
NslEngineReader nsl_engine_podman; /* and CRI-O, which keeps its containers the same way */
NslEngineReader nsl_engine_containerd;
NslEngineReader nsl_engine_runc;
NslEngineReader nsl_engine_crun;
NslEngineReader nsl_engine_firejail;
NslEngineReader nsl_engine_machined;
NslEngineReader nsl_engine_oci; /* where nothing but an OCI bundle is known */

/* What is tried in turn: directories, of which some are not there. */
typedef GPtrArray NslPlaces; /* char *, owned */
NslPlaces *nsl_places_new(void);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NslPlaces, g_ptr_array_unref)

/* Appends it where it is a path that is not there yet; NULL is none. */
void nsl_places_add(NslPlaces *places, const char *path);
void nsl_places_addf(NslPlaces *places, const char *format, ...) G_GNUC_PRINTF(2, 3);

/*
 * Calls `read` for each until one answers, which finds the record empty. 0; else what went wrong
 * first, or -ENOENT where it was only that nothing was found; then the record is empty.
 */
typedef int NslPlaceReader(NslEngines *engines, const NslEngineQuery *query, const char *place,
			   NslEngineRecord *record);
int nsl_places_read(const NslPlaces *places, NslEngines *engines, const NslEngineQuery *query,
		    NslEngineRecord *record, NslPlaceReader *read);

/*
 * A setting in a configuration file of the system (`uid` 0) or a user, read once. `section` NULL:
 * the file is JSON; "": what stands before the first section. NULL: there is none. Transfer none.
 */
const char *nsl_engine_setting(NslEngines *engines, const char *path, guint32 uid,
			       const char *section, const char *key);

/*
 * The same in text: of TOML just `[section]` and `key = "value"` on one line each, which is how
 * these files have the paths that are looked for. Transfer full.
 */
char *nsl_engine_find_setting(const char *text, const char *section, const char *key);

/* The names in a directory, read once: a few hundred at most. */
typedef struct NslEngineList {
	GPtrArray *names; /* char * */
	int result;	  /* 0; -E2BIG: there are more; or -errno */
} NslEngineList;
void nsl_engine_list_free(NslEngineList *list);
/* Transfer none. */
const NslEngineList *nsl_engine_list(NslEngines *engines, const char *dir, guint32 uid);

/*
 * Reads a JSON object. The record is a user's where one of its files is, and of the time of the
 * first. 0 or -errno; transfer full.
 */
int nsl_engine_read_json(NslEngines *engines, const char *dir, const char *path, guint32 uid,
			 NslJson **ret_object, NslEngineRecord *record);

/*
 * Reads the record's PID, which has a file of its own: 0 where there is none. Where that is a
 * user's, so is the record.
 */
void nsl_engine_read_pid(NslEngines *engines, const char *dir, const char *path, guint32 uid,
			 NslEngineRecord *record);

/* Whether the record is of the query's container. */
bool nsl_engine_agrees(const NslEngineQuery *query, const NslEngineRecord *record);

/* What an OCI bundle's config.json adds to the record. 0 or -errno. */
int nsl_engine_read_config(NslEngines *engines, const char *dir, const char *path, guint32 uid,
			   NslEngineRecord *record);

/* One annotation of a container, which may be a name: whatever engine it is of. */
void nsl_engine_annotate(NslEngineRecord *record, const char *key, const char *value);

/* Names the container, and its pod, where it is kubelet that chose the name. */
void nsl_engine_name_by_kubelet(NslEngineRecord *record, const char *name);

/* A path as OCI's "linux.cgroupsPath" has it, as /proc/PID/cgroup does; NULL: cannot be told. */
char *nsl_engine_cgroup_of(const char *cgroups_path, guint32 uid);

/* runc's record below this directory: `dir`/ID/state.json. */
NslPlaceReader nsl_engine_runc_state;
