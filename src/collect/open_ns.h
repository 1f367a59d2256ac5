/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Opening a namespace by any way that the snapshot knows: its id, a member's link, a holder's
 * descriptor, a mount in a mount namespace that has to be entered first. For expendable workers
 * only: it may block, and may leave the worker in another mount namespace.
 */
#pragma once

#include "collect/collect.h"

/*
 * A file that is verified to be of the namespace: >= 0, or -errno. -ENOENT: there is no way;
 * -ELOOP: none was found before there were too many to try.
 */
int nsl_open_ns(const NslCollect *collect, const NslNamespace *ns);

/* A process, or with a `tid` one of its threads: >= 0, or -errno. */
int nsl_open_task(const NslCollect *collect, guint32 pid, guint32 tid);

/*
 * Enters a mount namespace by a file of it; its root becomes the worker's root and working
 * directory. 0 or -errno.
 */
int nsl_enter_mnt_ns(int fd);

/*
 * Makes the worker a member of a namespace that is no mount, pid or user namespace, where it is not
 * one yet. Nothing in the namespace changes by that. 0 or -errno; -EPERM: not allowed.
 */
int nsl_enter_ns(const NslCollect *collect, const NslNamespace *ns);
