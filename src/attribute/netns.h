/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The names that ip-netns(8) gives: files below /run/netns that refer to a network namespace,
 * mounted there or linked.
 */
#pragma once

#include "base/procfs.h"
#include "model/snapshot.h"

/*
 * Adds the named namespaces to the snapshot, each with its names, and notes what could not be read.
 * Only a procfs of this system goes with the names of this system: else the source is left as
 * skipped. The root namespaces must be known. `waited` is that of NslWorkSpec.
 */
void nsl_netns_name(NslSnapshot *snapshot, const NslProcfs *procfs, gint64 *waited);
