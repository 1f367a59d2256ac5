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

/* Reads those of a process that has a key, unless that key's are known. Before the census is
 * confirmed. */
void nsl_cgroups_learn(NslCgroups *cgroups, const NslCensusTask *task);

/*
 * Those of a process, after the census was confirmed: 0 and *ret_text (a GRefString, transfer
 * full), or -errno. Where who they were read from has moved to others meanwhile, they are read of
 * this process itself.
 */
int nsl_cgroups_get(const NslCgroups *cgroups, const NslCensus *census, const NslCensusTask *task,
		    char **ret_text);
