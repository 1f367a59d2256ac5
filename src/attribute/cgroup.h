/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whom a process belongs to, as its cgroups tell: from the text of /proc/PID/cgroup (cgroups(7)) to
 * the containers that it is in, its systemd unit and its machine. Pure: nothing is read, and no
 * engine is asked for names; the files here that know an engine's records do that.
 *
 * A path is a claim of whoever could have made it. Whoever was delegated a part of the tree (each
 * user, a container, a service with Delegate=) names the cgroups below it as he likes. So an
 * engine's record is to be applied to the outermost container alone (a snap may have an engine of
 * this system in it), and only where that record itself names this process or cgroup.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "base/cgroupfs.h"
#include "model/snapshot.h"

/* More are not listed: the outermost ones stay. */
#define NSL_CGROUP_CONTAINERS 16

/* One container that a cgroup's path goes through. */
typedef struct NslCgroupContainer {
	/*
	 * Runtimes: docker, podman, containerd, cri-o, runc, crun, lxc (LXC's, LXD's and Incus's
	 * look the same), libvirt-lxc, nspawn, buildkit, ecs (an engine of Amazon's ECS: look in
	 * Docker's records), garden, snap, flatpak; cri: a pod's, of some engine or other.
	 * NULL: the path does not tell.
	 *
	 * Paths have either an id or a name: LXC's (an LXD project other than the default:
	 * "PROJECT_NAME"), machined's, snap's, flatpak's app. A pod is known by its UID alone,
	 * Kubernetes's (with '-', as it shows them), or podman's pod id.
	 */
	NslIdentity identity;
	char *containerd_ns; /* where it is weak: what may be containerd's namespace ("/NS/ID"); or
				NULL */
	char *hierarchy;     /* of the path, as the text has it; "": the unified one */
	char *path;	  /* the cgroup's, up to and including the part that names the container */
	gint64 owner_uid; /* below whose user manager it is: rootless engines'; -1: nobody's */
	gint64 maker;	  /* who could have named the cgroup so (cgroupfs.h) */
	/*
	 * The path alone is not enough: believe it only where an engine's record has it too.
	 * "/NS/ID" and "/ID" are what ctr, nerdctl and runc use, and could be anything; so could 64
	 * hex digits in a place that no engine is known for (docker's --cgroup-parent), and a
	 * machine's unit that shows no sign of a container (it may be a virtual machine's).
	 */
	bool weak;
} NslCgroupContainer;

/* Frees what is in it. */
void nsl_cgroup_container_clear(NslCgroupContainer *container);

typedef struct NslCgroup {
	GArray *containers; /* NslCgroupContainer, outermost first */
	/*
	 * The innermost unit that a systemd, the system's or a user's or one in a container, has
	 * the process in, by the name systemctl(1) has for it; NULL: none.
	 */
	char *unit;
	gint64 unit_uid;  /* whose user manager the unit is of; -1: the system's */
	guint unit_depth; /* how many containers of its path are around it; 0: this system's unit */
	/*
	 * The machine of systemd-machined, or NULL. Virtual machines are such too, and so is who
	 * keeps watch over a container (nspawn's supervisor): those are machines without container.
	 */
	char *machine;
} NslCgroup;

/*
 * Fills `cgroup`, whatever the text holds: what is malformed is skipped. Of several hierarchies
 * (cgroup v1, and hybrid) each is a source of its own. In this order: the unified one, systemd's
 * named one, the controllers as they stand. The first that tells a unit gives it: systemd keeps
 * its units in the first of these that it has. The containers are those of the path that has most
 * that are not weak, of several such the first that has any: on hybrid systems engines leave the
 * processes where they were born in the unified hierarchy ("/system.slice/containerd.service") and
 * tell the container in all others; controllers that an engine does not use say nothing ("/").
 *
 * A path whose outermost container only root could have named comes before all that others could
 * have, and root alone names machines.
 *
 * Paths are relative to the reader's cgroup namespace: "/../x" is beside its root. What is left of
 * such a path is taken as it is.
 *
 * `cgroupfs` tells who could have named what.
 */
void nsl_cgroup_read(NslCgroup *cgroup, const char *text, gsize size, NslCgroupfs *cgroupfs);

/* The same where nobody can tell: no maker is seen, and machines are taken for root's. Pure. */
void nsl_cgroup_parse(NslCgroup *cgroup, const char *text, gsize size);

/* Whether the text has the process in this cgroup of this hierarchy, or in one below it. */
bool nsl_cgroup_is_in(const char *text, gsize size, const char *hierarchy, const char *path);

/* Frees what is in it. */
void nsl_cgroup_clear(NslCgroup *cgroup);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(NslCgroup, nsl_cgroup_clear)
