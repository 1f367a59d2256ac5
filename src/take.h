/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Taking a snapshot of the running system, or of a recorded procfs, as the options want it:
 * collected, attributed and frozen.
 */
#pragma once

#include "collect/collect.h"
#include "options.h"

/*
 * `facts`: NslFact, beside what the options ask for. `kept`: as in NslCollect. NULL: nothing can be
 * listed. Transfer full.
 */
NslSnapshot *nsl_take_snapshot(const NslOptions *options, guint facts, NslCollectKept *kept,
			       GError **error);
