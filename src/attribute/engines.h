/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the stores of container engines say about a container: its name, its pod, its first process.
 * Nothing but files is read, and no engine is asked. Who is in which container is not decided here.
 * It MAY BLOCK: for expendable workers only.
 *
 * A record is worth as much as its owner (base/untrusted.h): root's engines write files of root's;
 * a rootless engine's files are its user's, and good for that user's containers only.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "attribute/cmdline.h"
#include "base/untrusted.h"
#include "model/snapshot.h"

/* What is known of a container before its engine's files are read. All of it is borrowed. */
typedef struct NslEngineQuery {
	const char *runtime; /* as in cgroup.h and cmdline.h; NULL: unknown, so try all stores */
	const char *id;	     /* or the name where the runtime has no ids; NULL for firejail */
	const char *containerd_ns;  /* containerd's own namespace; NULL: look in all of them */
	const GPtrArray *processes; /* NslProcess: in it; may be NULL */
	guint32 monitor;	    /* the process above them whose arguments name it; 0: none */
	const char *cgroup;	    /* the path of its cgroup; may be NULL */
	guint32 uid;		    /* whose engine: 0 is the system's */
	const char *home;	    /* of that user, or NULL */
	/* Who says where the engine's files are, which are tried first; NULL: nobody. */
	const NslClaim *claim;
	const char *bundle; /* the OCI bundle, or NULL */
} NslEngineQuery;

typedef struct NslEngineRecord {
	/* The runtime is the one whose record it is; no id is set. The name is NULL where the
	 * engine has no name but the id. */
	NslIdentity identity;
	guint32 pid;	/* its first process; 0: the record does not say */
	guint64 start;	/* when that process started, in clock ticks since boot; 0: likewise */
	gint64 written; /* when the file that has the PID was written, as NslFile.written */
	char *cgroup;	/* the path of its cgroup; NULL: likewise */
	char *bundle;	/* the directory of its OCI bundle; NULL: likewise */
	guint32 owner;	/* 0: root wrote all of the record; else the query's uid wrote some of it */
	int error;	/* 0; -errno: a name in it could not be read, which costs that alone */
	/*
	 * The record is of the very container that was asked for: its PID is one of `processes`, or
	 * the cgroups agree, or it names the monitor's PID. An equal bundle proves nothing: anybody
	 * can imitate arguments. The PID may be another process's by now: the caller compares
	 * `start`, or `written` where there is no start. Then an equal cgroup proves nothing.
	 */
	bool agrees;
} NslEngineRecord;

void nsl_engine_record_clear(NslEngineRecord *record);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(NslEngineRecord, nsl_engine_record_clear)

/*
 * Remembers what serves for many containers: open directories, podman's lists, settings. It opens
 * nothing before the first question. All paths are below the directory `root`, a descriptor that
 * stays the caller's. Transfer full.
 */
typedef struct NslEngines NslEngines;
NslEngines *nsl_engines_new(int root);
void nsl_engines_free(NslEngines *engines);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NslEngines, nsl_engines_free)

/* Whether a container of the runtime, NULL where that is not known, may be that engine's. */
bool nsl_engine_serves(const char *engine, const char *runtime);

/*
 * Reads the container's record: 0, and the caller clears *ret_record. Otherwise *ret_record is left
 * alone: -ENOENT: no store has it; -EINVAL: the id cannot be one; -EBADMSG: a file is malformed; or
 * what base/untrusted.h answers for files and directories that must not be trusted.
 */
int nsl_engine_read(NslEngines *engines, const NslEngineQuery *query, NslEngineRecord *ret_record);

/*
 * In engines_stores.c, which is pure: which stores are read for which runtime, which directories
 * may be a store, which of its files is the record of an id, and what those files hold.
 */

/*
 * Which members of a record's JSON object say what; "a.b" is member b of the object a. NULL: the
 * engine does not store that.
 */
typedef struct NslEngineKeys {
	const char *id; /* has to be there, and the one that was asked for */
	const char *name;
	const char *pid;
	const char *start;
	const char *bundle;
	const char *cgroup;	 /* as nsl_engine_cgroup_path() takes it */
	const char *cgroups;	 /* an object: for each hierarchy the path below /sys/fs/cgroup */
	const char *annotations; /* an object: some of its members are names */
	const char *labels;	 /* the same as an array of "key=value", with "bundle=PATH" in it */
} NslEngineKeys;

/* Takes a record that is no JSON. False: it is malformed. */
typedef bool NslEngineParser(const char *text, const NslEngineQuery *query,
			     NslEngineRecord *record);

typedef enum NslStoreId {
	NSL_STORE_NONE,
	NSL_STORE_DOCKER,
	NSL_STORE_DOCKER_RUNC, /* the runc below Docker */
	NSL_STORE_PODMAN,
	NSL_STORE_PODMAN_RUN, /* what podman keeps until the next boot: PIDs */
	NSL_STORE_CONTAINERD,
	NSL_STORE_RUNC,
	NSL_STORE_CRUN,
	NSL_STORE_MACHINED,
	NSL_STORE_FIREJAIL,
	NSL_STORE_BUNDLE, /* a directory that is known to be an OCI bundle */
	NSL_STORE_COUNT,
} NslStoreId;

/* Which stores are read for which runtime; a row without an engine ends the table. Of several
 * records the first one that agrees counts, else the first. */
typedef struct NslStoreUse {
	const char *engine; /* the runtime that the record is of */
	NslStoreId store;
	bool unknown;		 /* also read where the runtime is not known */
	const char *runtimes[3]; /* that are asked for; NULL ends them */
} NslStoreUse;

extern const NslStoreUse nsl_store_uses[];

/*
 * Where a store may be, in the order of trial. $NAMES are nsl_engine_expand()'s; a row with one
 * that the query does not have is skipped. A row without a path ends the table.
 */
typedef struct NslStorePlace {
	NslStoreId store;
	enum { NSL_STORE_OF_ANY, NSL_STORE_OF_SYSTEM, NSL_STORE_OF_USER } whose; /* engine */
	const char *path;    /* of the directory, or of a file with a setting that is its path */
	const char *section; /* of that file in TOML, "": before the first; NULL: it is JSON */
	const char *key;     /* of the setting; NULL: `path` is the directory */
} NslStorePlace;

extern const NslStorePlace nsl_store_places[];

/* What is in a store's directory. Paths are templates like those above. */
typedef struct NslStore {
	const char *dirs[2];	   /* below it, that may have the record; '*' as in fnmatch(3) */
	const char *file;	   /* below those: the record; NULL: lists, of containers/storage */
	const NslEngineKeys *keys; /* what is where in the record, if it is JSON */
	NslEngineParser *parse;	   /* else */
	const char *config_file;   /* tells more, as the record of BUNDLE does; may be missing */
	const char *pid_file;	   /* has the PID */
	const char *bundle;	   /* what to append to the directory for the OCI bundle's path */
	/* Has the cgroup. Its files are large, and read where the record's PID is not among the
	 * known processes. */
	NslStoreId cgroups;
} NslStore;

extern const NslStore nsl_stores[NSL_STORE_COUNT];

/*
 * Adds what the object says to the record; what the record has already stays. 0, or -EBADMSG where
 * a member is not what it has to be; where that is a name, it is the record's error.
 */
int nsl_engine_take_json(const NslEngineKeys *keys, NslJson *object, const NslEngineQuery *query,
			 NslEngineRecord *record);

/*
 * Takes the names of the container ("POD": the one that holds the pod's namespaces) and its pod
 * from "k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT", which Kubernetes' kubelet gives by way of CRI-O
 * or cri-dockerd; none of the parts has a '_'. False: it is another name.
 */
bool nsl_identity_take_kube_name(NslIdentity *identity, const char *text);

/* Sets the container's name; also its pod's, where Kubernetes' kubelet made up the name. */
void nsl_engine_take_name(NslEngineRecord *record, const char *name);

/* The number of a process in text, with white space around it. False: it is none. */
bool nsl_engine_parse_pid(const char *text, guint32 *ret_pid);

/*
 * The value of a setting, without its quotes; NULL: it is not there. Of TOML just what is needed:
 * `[section]` and `key = "value"`, each on a line of its own. Also of KEY=VALUE lines. Section "":
 * what stands before the first one. Transfer full.
 */
char *nsl_engine_find_setting(const char *text, const char *section, const char *key);

/*
 * A path of the engines' tables, or of podman's settings, with the query's values for $ID, $HOME,
 * $UID and the like; $CONTAINERD_NS is "*" where the query has none. NULL: a value is not known.
 * Whether it is a path is not checked. Transfer full.
 */
char *nsl_engine_expand(const char *template, const NslEngineQuery *query);

/*
 * The path of a cgroup, as /proc/PID/cgroup has it, from OCI's "linux.cgroupsPath": a path, or
 * "SLICE:PREFIX:NAME", which is an order to systemd, and only root's is carried out by the system's
 * systemd. NULL: it cannot be told. Transfer full.
 */
char *nsl_engine_cgroup_path(const char *cgroups_path, guint32 uid);

/*
 * Whether the cgroup in a record is the container's; each may be NULL. The container's may be one
 * level below the record's (crun and what runs inside make one), or the record's be "/container"
 * below the container's (crun). The root cgroup is everybody's.
 */
bool nsl_engine_cgroup_agrees(const char *record, const char *container);
