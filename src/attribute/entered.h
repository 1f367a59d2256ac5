/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who has entered a container: a process that is in a container's namespaces, and by its cgroups in
 * no container. Pure.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "model/snapshot.h"

/*
 * Marks those of processes that are in no container. `wholly`: by mount and PID namespaces alone,
 * since whoever is in those of a container is nowhere else.
 */
void nsl_entered_mark(NslSnapshot *snapshot, bool wholly);

/*
 * Of a snapshot of selected processes: whether one of them may have entered a container, which only
 * a scan of all processes would tell. It is in namespaces that its own cgroups do not explain.
 */
bool nsl_entered_needs_scan(const NslSnapshot *snapshot);
