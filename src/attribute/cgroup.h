/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From the text of /proc/PID/cgroup (cgroups(7)) to the containers that a process is in, its
 * systemd unit and its machine. Pure. Names from engines' records are not known here.
 *
 * A path is a claim: who has a delegated part of the tree (each user, a container, a service with
 * Delegate=) gives the cgroups below it any name. So an engine's record applies to the outermost
 * container alone, and only where that record itself names this process or cgroup.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "base/cgroupfs.h"
#include "model/snapshot.h"

/* Of more containers in one path the innermost are left out. */
#define NSL_CGROUP_CONTAINERS 16

/* One container that a cgroup's path goes through. */
typedef struct NslCgroupContainer {
	/*
	 * Runtimes: docker, podman, containerd, cri-o, runc, crun, lxc (LXC's, LXD's, Incus's),
	 * libvirt-lxc, nspawn, buildkit, ecs (Docker has its records), garden, snap, flatpak; cri:
	 * a pod's, of some engine. NULL: the path does not tell. A path has either an id or a name.
	 * A pod is known by its UID alone, Kubernetes's (with '-'), or podman's pod id.
	 */
	NslIdentity identity;
	char *containerd_ns; /* with needs_engine_record: what may be containerd's namespace
				("/NS/ID"); or NULL */
	char *hierarchy;     /* of the path, as the text has it; "": the unified one */
	char *path; /* the cgroup's, up to and including the part that names the container */
	/* Who could have named the cgroup so (cgroupfs.h). Where that is not seen: below whose user
	 * manager it is, as rootless engines' are; ANYBODY of a capsule, whose user is not known.
	 */
	gint64 maker;
	/*
	 * The path alone is not enough: it could be anything ("/NS/ID" and "/ID" of ctr, nerdctl
	 * and runc, 64 hex digits below docker's --cgroup-parent), or a virtual machine's.
	 */
	bool needs_engine_record;
} NslCgroupContainer;

/* Frees what is in it. */
void nsl_cgroup_container_clear(NslCgroupContainer *container);

typedef struct NslCgroup {
	GArray *containers; /* NslCgroupContainer, outermost first */
	/* The innermost unit, of the system's, a user's or a container's systemd, as systemctl(1)
	 * calls it; NULL: none. */
	char *unit;
	guint unit_depth; /* how many of the containers are around it; 0: this system's unit */
	bool below_unit;  /* in some hierarchy the process is in a cgroup that the unit made */
	/* The machine of systemd-machined, or NULL. Virtual machines, and who keeps watch over a
	 * container (nspawn's supervisor), are in a machine and in no container. */
	char *machine;
} NslCgroup;

/*
 * Fills `cgroup`, whatever the text holds; malformed lines are skipped. Several hierarchies (cgroup
 * v1, and hybrid) are looked at in this order: the unified one, systemd's named one, the
 * controllers as they stand. The unit is from the first that has one: systemd keeps its units in
 * the first that it uses. The containers are from the path whose outermost one only root could have
 * named, else from the one with most that need no record: engines leave processes of hybrid systems
 * in the unified hierarchy where they were started, and in controllers that they do not use at the
 * root. Root alone names machines.
 *
 * Paths are relative to the reader's cgroup namespace: "/../x" is beside its root. The ".." at the
 * beginning are skipped; of a pod what is left may begin with its class, or with itself.
 *
 * `root` is where the systemd is that makes the units (nsl_cgroup_manager_root()): what stands
 * before it in a path is no unit or container of this system. NULL: it is the hierarchy's top, as
 * it is but in WSL, and in a container without a cgroup namespace.
 *
 * `cgroupfs` tells who could have named what. NULL: none is seen, and machines are root's.
 */
void nsl_cgroup_read(NslCgroup *cgroup, const char *text, const char *root, NslCgroupfs *cgroupfs);

/*
 * Where the systemd is whose PID 1 has this text: its cgroup without "/init.scope". NULL: that is
 * no systemd. Transfer full.
 */
char *nsl_cgroup_manager_root(const char *text);

/* Whether the text has the process in this cgroup of this hierarchy, or in one below it. */
bool nsl_cgroup_is_in(const char *text, const char *hierarchy, const char *path);

/* Frees what is in it. */
void nsl_cgroup_clear(NslCgroup *cgroup);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(NslCgroup, nsl_cgroup_clear)

/*
 * In cgroup_names.c: what one part of a path (a directory's name) says by itself, or by the
 * directory that it is in, to systemd and to container engines.
 */

/* 64 lower-case hexadecimal digits: an id of docker, podman, nerdctl and all of CRI. */
bool nsl_part_is_long_id(const char *part);

/* What ids of runc and containerd look like, or a host's name. */
bool nsl_part_is_word(const char *part);

/* The bytes that systemd's "\xHH" stand for (transfer full); NULL where one is broken. */
char *nsl_part_unescape(const char *part);

bool nsl_part_is_slice(const char *part);

/*
 * The unit (in `part`) of a kind that has cgroups and is not a slice, or NULL. It is without the
 * '_' by which systemd tells a unit from a cgroup's files; "\x2d" stays, as in systemctl(1).
 */
const char *nsl_part_unit(const char *part);

/*
 * A user's manager, with units of its own below: "user@UID.service", or "capsule@NAME.service",
 * whose UID is not known (NSL_MAKER_ANYBODY).
 */
bool nsl_part_user_manager(const char *part, gint64 *ret_uid);

/* The name (static) of a directory that engines keep containers in ("docker"); NULL: it is none. */
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

/*
 * Whether the part, with the one after it (or an empty one), is that of a machine of
 * systemd-machined; `ret_name` (transfer full) where it is. `container` stays without a runtime
 * where it is a virtual machine, or who keeps watch over a container.
 */
bool nsl_part_machine(const char *part, const char *next, NslCgroupContainer *container,
		      char **ret_name);
