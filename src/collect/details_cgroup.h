/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a cgroup namespace is: the cgroup that it takes for the root. For details.c alone, in a
 * worker.
 */
#pragma once

#include "collect/collect.h"

/*
 * Appends the root's path, as the cgroup namespace `own` (a file) counts, to `rest`; the worker is
 * in that one afterwards. 0, -ENODATA: no process is below it; or another -errno.
 */
int nsl_details_cgroup(const NslCollect *collect, int own, const NslNamespace *ns,
		       GByteArray *rest);

/*
 * The root by what /proc/PID/cgroup says of one process, seen from outside and from inside: NULL
 * where the process is not below it. Transfer full.
 */
char *nsl_cgroup_root(const char *outside, const char *inside);
