/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files of the pass over details (details.c) need of each other, in a worker.
 */
#pragma once

#include "collect/collect.h"
#include "model/detail.h"

/* A net namespace's file, open. */
typedef struct NslNetFile {
	guint64 inode;
	int fd;
} NslNetFile;

/* The pass in a worker, and the namespace that it describes. */
typedef struct NslDescription {
	const NslCollect *collect;
	GPtrArray *namespaces; /* NslNamespace: the items */
	int own_cgroup;	       /* the cgroup namespace that the worker came from; or -errno */
	GArray *net_files;     /* NslNetFile: interfaces' peers are likely to be in them */
	guint n_net_opened;    /* others that were opened, in vain or not */
	guint32 below;	       /* the PID that was below the last cgroup root; 0: none */
	guint n_asked;	       /* processes that were asked whether they are, in vain or not */
	const NslNamespace *ns;
	NslDetail detail; /* all 0 at first */
	GByteArray *rest; /* what nsl_detail_new() calls so; empty at first */
} NslDescription;

/* Takes the descriptor over, which may be < 0, and keeps it among `net_files` or closes it. */
void nsl_describe_net_keep(NslDescription *this, int fd);

/* The interfaces that are up in the net namespace, in which the worker is, with their addresses and
 * peers. 0 or -errno. */
int nsl_describe_net(NslDescription *this);

/*
 * The root of a cgroup namespace by what /proc/PID/cgroup says of one process, seen from outside
 * and from inside. NULL: the process is not below it. Transfer full.
 */
char *nsl_cgroup_root(const char *outside, const char *inside);
