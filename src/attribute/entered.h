/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who has entered a container: a process that is in a container's namespaces, and by its cgroups in
 * no container. Pure.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "model/snapshot.h"

/* By which namespaces: in the order of how rarely containers share them. */
#define NSL_ENTERED_WHOLLY 2 /* the first two: whoever is in those is nowhere else */
#define NSL_ENTERED_ANY	   7
extern const NslNsType nsl_entered_types[NSL_ENTERED_ANY];

/* Marks those of processes that are in no container, by the first `n_types` types. */
void nsl_entered_mark(NslSnapshot *snapshot, gsize n_types);

/* Whether it is shown: of others not even the name was read. */
bool nsl_entered_is_shown(const NslProcess *process);

/*
 * Whether what the snapshot says of its processes may be another thing when all others are looked
 * at, too: somebody is in namespaces of which the own cgroups do not tell. These may be those of a
 * container, which was entered then.
 */
bool nsl_entered_needs_scan(const NslSnapshot *snapshot);
