/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files in engines' stores hold: JSON and text become a record. Pure. Where the files are
 * is not known here: see engines.c.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "attribute/engines.h"
#include "base/untrusted.h"

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

/*
 * Adds what the object says to the record; what the record has already stays. 0, or -EBADMSG where
 * a member is not what it has to be.
 */
int nsl_engine_take_json(const NslEngineKeys *keys, NslJson *object, const NslEngineQuery *query,
			 NslEngineRecord *record);

/* Sets the container's name; also its pod's, where Kubernetes' kubelet made up the name. */
void nsl_engine_take_name(NslEngineRecord *record, const char *name);

/* Takes a record that is no JSON. False: it is malformed. */
typedef bool NslEngineParser(const char *text, const NslEngineQuery *query,
			     NslEngineRecord *record);

/* Of systemd-machined, as systemd-nspawn registers machines: lines of KEY=VALUE. */
NslEngineParser nsl_engine_parse_machine;

/*
 * Of firejail: the name that was given with --name, or that firejail chose because that name was in
 * use. The file is called as the PID of the process that watches over the sandbox, and only
 * firejail, which is set-user-ID root, can have made it: so the record agrees.
 */
NslEngineParser nsl_engine_parse_firejail;

/* The number of a process in text, with white space around it. False: it is none. */
bool nsl_engine_parse_pid(const char *text, guint32 *ret_pid);

/*
 * The value of a setting, without its quotes; NULL: it is not there. Of TOML just what these files
 * need: `[section]` and `key = "value"`, each on a line of its own. Also files of KEY=VALUE lines.
 * Section "": what stands before the first section. Transfer full.
 */
char *nsl_engine_find_setting(const char *text, const char *section, const char *key);

/*
 * A path of the engines' tables, or of podman's settings, with the query's values for $ID, $HOME,
 * $UID and the like; $CONTAINERD_NS is "*" where the query has none. NULL: a value is not known. It
 * may not be a path: see validate.h. Transfer full.
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
 * level below the record's (crun, and container managers inside the container, make one), or the
 * record's be "/container" below the container's (crun). The root cgroup is everybody's.
 */
bool nsl_engine_cgroup_agrees(const char *record, const char *container);
