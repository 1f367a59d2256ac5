/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files of the pass over details (details.c) need of each other, in a worker.
 */
#pragma once

#include "collect/collect.h"
#include "model/detail.h"

/* Net namespaces that interfaces' peers are likely to be in: open files, in each worker. */
typedef struct NslNetFiles {
	GArray *files;	/* of inodes and descriptors; NULL: none */
	guint n_opened; /* others, in vain or not */
} NslNetFiles;

/* Before the worker enters any net namespace: opens its own and that of PID 1. */
void nsl_details_net_begin(const NslCollect *collect, NslNetFiles *files);

/*
 * The interfaces that are up in the net namespace that the worker is in, which is `ns`, with their
 * addresses and peers; they are appended to `rest`. 0 or -errno.
 */
int nsl_details_net(const NslCollect *collect, NslNetFiles *files, const NslNamespace *ns,
		    NslDetail *detail, GByteArray *rest);

/*
 * The root of a cgroup namespace by what /proc/PID/cgroup says of one process, seen from outside
 * and from inside. NULL: the process is not below it. Transfer full.
 */
char *nsl_cgroup_root(const char *outside, const char *inside);
