/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who could have given a cgroup its name: by the owners and write bits of the directories above it,
 * in the hierarchy that its path is from (cgroups(7)). The named directory itself proves nothing,
 * since engines give it to the container's mapped root. What a name means is not known here.
 *
 * Only the kernel's own file systems are looked at, which wait for nobody: it need not be done in a
 * worker.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "base/mounts.h"
#include "base/procfs.h"

/* Who could have made something: a UID (0: nobody but root), or one of these. */
#define NSL_MAKER_UNSEEN  (-1) /* it cannot be told */
#define NSL_MAKER_ANYBODY (-2) /* several users, or everybody */

/*
 * The hierarchies, by the caller's own mounts, as `procfs` tells of them; where the root directory
 * of its system is another one, by those there. `procfs` must live as long. Transfer full.
 */
typedef struct NslCgroupfs NslCgroupfs;
NslCgroupfs *nsl_cgroupfs_new(const NslProcfs *procfs);
void nsl_cgroupfs_free(NslCgroupfs *cgroupfs);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NslCgroupfs, nsl_cgroupfs_free)

/*
 * Who could have given the cgroup at `path` its name. `hierarchy` and `path` as in
 * /proc/PID/cgroup: "" is the unified one, "name=systemd", "cpu,cpuacct". UNSEEN where the
 * hierarchy is not mounted as a whole, a directory is not there any more, or the path leads out of
 * the caller's cgroup namespace ("/../x").
 */
gint64 nsl_cgroupfs_maker(NslCgroupfs *cgroupfs, const char *hierarchy, const char *path);

/* The same below the open directory `root`, which is the top of a hierarchy. */
gint64 nsl_cgroupfs_maker_below(int root, const char *path);

/*
 * NslMountFunc, of an NslCgroupfs. A mount counts where it is below /sys and nothing but the
 * kernel's own file systems are on the way to it.
 */
void nsl_cgroupfs_add_mount(gpointer cgroupfs, const NslMount *found);

/* For the tests: where the hierarchy is mounted, as far as is known; or NULL. Transfer none. */
const char *nsl_cgroupfs_find(const NslCgroupfs *cgroupfs, const char *hierarchy);
