/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A limit for the descriptors of one task that refer to one and the same namespace: any user can
 * have hundreds of thousands of them. They are counted by namespace, so that no number of
 * descriptors of one namespace hides another. For both censuses of open files.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "model/snapshot.h"

typedef struct NslTally NslTally;

/* `limit`: so many descriptors of one task are listed for each namespace and kind of holder. */
NslTally *nsl_tally_new(guint limit);
void nsl_tally_free(NslTally *tally);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NslTally, nsl_tally_free)

/* Begins the next task. */
void nsl_tally_restart(NslTally *tally);

/* Counts a descriptor of the present task; false: it is beyond the limit, and not to be listed. */
bool nsl_tally_add(NslTally *tally, NslHolderKind kind, guint64 inode);
