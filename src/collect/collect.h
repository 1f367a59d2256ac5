/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Collecting: the ordered table of passes that fill a snapshot from the running system (or from
 * a recorded procfs). Each source of namespaces is one pass, in a file of its own.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "base/procfs.h"
#include "model/facts.h"
#include "model/selection.h"
#include "model/snapshot.h"

typedef struct NslCollect {
	NslSnapshot *snapshot; /* its root namespaces are known */
	const NslProcfs *procfs;
	NslSelection *selection; /* paths in it become what they stand for */
	guint facts;		 /* NslFact */
} NslCollect;

/* Runs the passes. What could not be read is noted in the snapshot; fails where nothing can be. */
bool nsl_collect(NslCollect *collect, GError **error);
