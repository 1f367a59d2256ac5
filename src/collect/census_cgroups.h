/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which cgroups processes are in (/proc/PID/cgroup), read once for all those of which the census
 * says that they are in the same ones: hundreds of processes have a handful of them.
 */
#pragma once

#include <glib.h>

#include "collect/census.h"

typedef struct NslCgroups NslCgroups;

NslCgroups *nsl_cgroups_new(const NslProcfs *procfs);
void nsl_cgroups_free(NslCgroups *cgroups);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NslCgroups, nsl_cgroups_free)

/*
 * Reads those of a process that has a key and is not ending, unless that key's are known. Whether
 * they are its own the next confirmation of the census tells.
 */
void nsl_cgroups_learn(NslCgroups *cgroups, const NslCensusTask *task);

/*
 * After the census was confirmed: forgets what was read of processes that have gone, have moved to
 * other cgroups, or are ending: of those /proc/PID/cgroup may say the root ones (cgroups(7)).
 */
void nsl_cgroups_forget_unsure(NslCgroups *cgroups, const NslCensus *census);

/* Whether those of a process have been learned. */
bool nsl_cgroups_know(const NslCgroups *cgroups, const NslCensusTask *task);

/*
 * Those of a process: 0 and *ret_text (a GRefString, transfer full), or -errno. Where nobody was
 * found to learn them from, they are read of this process itself.
 */
int nsl_cgroups_get(const NslCgroups *cgroups, const NslCensusTask *task, char **ret_text);
