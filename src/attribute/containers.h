/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which container, pod, systemd unit and machine each process is in: by its cgroups, by the
 * engines' records, and by who started it. No daemon is asked.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "base/procfs.h"
#include "model/snapshot.h"

/*
 * Gives the snapshot its containers, and its processes their units; notes what could not be read.
 * An engine's record names a container only where it agrees with what is seen here; without the
 * root directory of the procfs's system there are none. `waited` as in NslWorkSpec.
 */
void nsl_containers_name(NslSnapshot *snapshot, const NslProcfs *procfs, gint64 *waited);

/*
 * Who has entered a container (containers_entered.c): processes that are in a container's
 * namespaces, and by their cgroups in no container. First the namespaces in which there are both: a
 * set of NslNamespace. Transfer container.
 */
GHashTable *nsl_entered_find_shared(const NslSnapshot *snapshot);

/* The processes (NslProcess) there whose starts nobody has read. Transfer container. */
GPtrArray *nsl_entered_list_unsure(GHashTable *shared);

/*
 * Marks who has entered. `wholly`: by mount and PID namespaces alone, since whoever is in those of
 * a container is nowhere else.
 */
void nsl_entered_mark(GHashTable *shared, bool wholly);

/*
 * Of a snapshot of selected processes: whether one of them may have entered a container, which only
 * a scan of all processes would tell. It is in namespaces that its own cgroups do not explain.
 */
bool nsl_entered_needs_scan(const NslSnapshot *snapshot);
