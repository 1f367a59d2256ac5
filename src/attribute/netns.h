/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The names that ip-netns(8) gives to network namespaces: files in /run/netns, on which a namespace
 * is mounted, or which are links to one.
 */
#pragma once

#include "base/procfs.h"
#include "model/selection.h"
#include "model/snapshot.h"

/*
 * Adds the namespaces that have names to the snapshot, with the names, and notes what cannot be
 * read. They are looked for in the root directory of the procfs's system; where that cannot be had,
 * one note says so for the names of users and containers, too. A name that leads to no net
 * namespace is an issue, and what to say of selectors that are it. The root namespaces must be
 * known. `waited` as in NslWorkSpec.
 */
void nsl_netns_name(NslSnapshot *snapshot, const NslProcfs *procfs, NslSelection *selection,
		    gint64 *waited);
