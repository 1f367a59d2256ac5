/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a net namespace is: its interfaces that are up, with their addresses and peers. For
 * details.c alone, in a worker.
 */
#pragma once

#include "collect/collect.h"

/* Files of net namespaces that others' peers are likely to be in; a worker's own. */
typedef struct NslNetFiles {
	GArray *files;	/* of inodes and descriptors; NULL: none */
	guint n_opened; /* others, in vain or not */
} NslNetFiles;

/* Before the worker enters any: its own one, and PID 1's. */
void nsl_details_net_begin(const NslCollect *collect, NslNetFiles *files);

/*
 * Of the namespace that the worker is in, which is `ns`. The interfaces are appended to `rest`. 0
 * or -errno.
 */
int nsl_details_net(const NslCollect *collect, NslNetFiles *files, const NslNamespace *ns,
		    NslDetail *detail, GByteArray *rest);
