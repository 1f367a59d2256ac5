/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One part of a cgroup's path (a directory's name): what it says by itself, or by the directory
 * that it is in, to systemd and to container engines. How the parts of a path go together is
 * cgroup.c's.
 */
#pragma once

#include "attribute/cgroup.h"

/* 64 lower-case hexadecimal digits: an id of docker, podman, nerdctl and all of CRI. */
bool nsl_part_is_long_id(const char *part);

/* What ids of runc and containerd look like, or a host's name: starts with a letter or digit. */
bool nsl_part_is_word(const char *part);

/* The bytes that systemd's "\xHH" stand for (transfer full); NULL where one is broken. */
char *nsl_part_unescape(const char *part);

bool nsl_part_is_slice(const char *part);

/*
 * The unit (in `part`) of a kind that has cgroups and is not a slice, or NULL. A leading '_', by
 * which systemd tells a unit from the files of a cgroup, is left out; "\x2d" stays, as in
 * systemctl(1).
 */
const char *nsl_part_unit(const char *part);

/*
 * A user's manager, with units of its own below: "user@UID.service", or "capsule@NAME.service",
 * whose UID is not known (NSL_MAKER_ANYBODY).
 */
bool nsl_part_user_manager(const char *part, gint64 *ret_uid);

/*
 * The name (static) of a directory that engines keep containers in ("docker", "lxc"), as the
 * functions below want it; NULL: it is none.
 */
const char *nsl_part_group(const char *part);

/*
 * Whether the part names a container: by itself ("docker-ID.scope"), or as it is `level` (1:
 * directly) below a group (or NULL). Fills the runtime, and the id or name (transfer full).
 * `ret_sandbox`: it is an application's, which runs no systemd.
 */
bool nsl_part_container(const char *part, const char *group, guint level, NslIdentity *identity,
			bool *ret_sandbox);

/*
 * The same for "SLICE:PREFIX:ID", which an engine asks of systemd, and which a runtime that is not
 * told to use systemd takes for a directory's name. `ret_slice`: transfer full.
 */
bool nsl_part_request(const char *part, char **ret_slice, NslIdentity *identity);

/* The pod's UID (transfer full) whose cgroup it is; NULL: it is none. `group` may be NULL. */
char *nsl_part_pod(const char *part, const char *group, guint level);

typedef enum NslPartMachine {
	NSL_PART_MACHINE_NONE,
	NSL_PART_MACHINE_CONTAINER, /* `container` is filled: nspawn's, or libvirt's */
	NSL_PART_MACHINE_OTHER,	    /* a virtual machine, or who keeps watch over a container */
} NslPartMachine;

/*
 * Whether the part, with the one after it (or an empty one), is that of a machine of
 * systemd-machined; `ret_name` (transfer full) where it is.
 */
NslPartMachine nsl_part_machine(const char *part, const char *next, NslCgroupContainer *container,
				char **ret_name);
