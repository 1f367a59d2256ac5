/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The diff: what came, went or changed between two snapshots of one system, or of two.
 *
 * Within one boot a namespace is the same by its 64-bit id; where a side has none, by its inode, as
 * long as its owner does not differ. A process is the same by PID and start. Across boots, and
 * between systems, only what lasts is compared: the names of containers, units and ip netns, and
 * the paths of mounts.
 *
 * What a side cannot have seen has neither come nor gone. It is counted in a note.
 */
#pragma once

#include "model/change.h"

/* What of a snapshot is compared. */
typedef struct NslDiffSide {
	const NslSnapshot *snapshot;
	const GPtrArray *namespaces; /* NslNamespace, sorted */
	const GPtrArray *processes;  /* NslProcess, by PID */
	const GPtrArray *containers; /* NslContainer, by key */
} NslDiffSide;

/* `types`: that both sides know of. Transfer full. */
NslChanges *nsl_diff(const NslDiffSide *before, const NslDiffSide *after, NslNsTypes types);
