/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which namespaces are the root ones. To be asked before anything else is collected.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "base/procfs.h"
#include "model/snapshot.h"

/*
 * Fills snapshot->root and snapshot->reference: the namespaces of process `pid`, where it is not
 * 0; else those of PID 1; else, for the types whose links may not be read, the kernel's fixed
 * initial inodes where some process is in them, those of PID 2 where it is kthreadd, the fixed ones
 * all the same where the procfs is of the initial PID namespace, or the caller's own. Types of
 * which none of these can be learnt are snapshot->rootless. Fails where that is so of all types,
 * and where `pid` has no namespaces that can be read.
 */
bool nsl_roots_find(NslSnapshot *snapshot, const NslProcfs *procfs, guint32 pid, GError **error);
