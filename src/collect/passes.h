/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The passes of the table in collect.c, one a source file. Each returns false only where
 * nothing at all can be listed.
 */
#pragma once

#include "collect/collect.h"

/* system.c: the host name and what else identifies the system and the moment. */
bool nsl_collect_system(NslCollect *collect, GError **error);

/* paths.c: what the selectors that are paths stand for. */
bool nsl_collect_paths(NslCollect *collect, GError **error);

/* processes.c: every process, and the namespaces that it is in. */
bool nsl_collect_processes(NslCollect *collect, GError **error);

/* threads.c: threads in other namespaces than their process, and with open files of their own. */
bool nsl_collect_threads(NslCollect *collect, GError **error);

/* fds.c: open files that refer to namespaces, and sockets that belong to other ones. */
bool nsl_collect_fds(NslCollect *collect, GError **error);

/* mounts.c: where namespaces are mounted, in every mount namespace. */
bool nsl_collect_mounts(NslCollect *collect, GError **error);

/* relations.c: parents and owners to the top, ids; of all that has not been asked before. */
bool nsl_collect_relations(NslCollect *collect, GError **error);

/* kernel.c: what the kernel lists and nothing above has explained. */
bool nsl_collect_kernel(NslCollect *collect, GError **error);

/* details.c: what the namespaces that will be listed are. */
bool nsl_collect_details(NslCollect *collect, GError **error);
