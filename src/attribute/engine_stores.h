/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tables of the container engines' stores: which are read for which runtime, which directories
 * may be a store, and which of its files is the record of an id. engines.c reads them.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "attribute/engines_parse.h"

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

/*
 * Which stores are read for which runtime. Of several records the first one that agrees counts,
 * else the first. A row without an engine ends the table.
 */
typedef struct NslStoreUse {
	const char *engine; /* the runtime that the record is of */
	NslStoreId store;
	bool unknown;		 /* also read where the runtime is not known */
	const char *runtimes[3]; /* that are asked for; NULL ends them */
} NslStoreUse;

extern const NslStoreUse nsl_store_uses[];

/*
 * Where a store may be, in the order of trial. $NAMES stand for what the query has
 * (nsl_engine_expand()); a row with one that it does not have is skipped. A row without a path ends
 * the table.
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
	const char *file;	   /* below those: the record */
	const NslEngineKeys *keys; /* what is where in the record, if it is JSON */
	NslEngineParser *parse;	   /* else */
	const char *config_file;   /* tells more, as the record of BUNDLE does; may be missing */
	const char *pid_file;	   /* has the PID */
	const char *bundle;	   /* what to append to the directory for the OCI bundle's path */
	bool lists; /* containers do not have a record each: containers/storage has lists */
	/*
	 * The store that has the cgroup: read if the record's PID is not among the processes that
	 * are known. It is not read at once, because its files are large.
	 */
	NslStoreId cgroups;
} NslStore;

extern const NslStore nsl_stores[NSL_STORE_COUNT];
