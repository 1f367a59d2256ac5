/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Opening a namespace: finding a file of it by any of the ways that the snapshot knows, be it a
 * member's link, a holder's descriptor, or a mount in a mount namespace that has to be entered
 * first. For expendable workers only: it may block, and leave the worker in another mount
 * namespace.
 */
#pragma once

#include "collect/collect.h"

/*
 * A file of the namespace, verified to be of it: >= 0, or -errno; -ENOENT: no way was found;
 * -ELOOP: nor were all of them tried.
 */
int nsl_open_ns(const NslCollect *collect, const NslNamespace *ns);

/*
 * Enters a mount namespace by a file of it; its root becomes the worker's root and working
 * directory. 0 or -errno.
 */
int nsl_enter_mnt_ns(int fd);

/*
 * Makes the worker a member of a namespace that is no mount, pid or user namespace, unless it is
 * one: nothing in there changes by it. 0 or -errno; -EPERM: it is not allowed.
 */
int nsl_enter_ns(const NslCollect *collect, const NslNamespace *ns);
