/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Comparing: a saved document with the system, or with another one (--diff), and any two views.
 */
#pragma once

#include "model/change.h"
#include "options.h"
#include "report/view.h"

/*
 * Both snapshots of --diff. Where the document is about a part of its system, the selection becomes
 * that. False: a side cannot be had, or they are not about the same. Transfer full.
 */
bool nsl_compare_read(NslOptions *options, NslSnapshot **ret_before, NslSnapshot **ret_after,
		      GError **error);

/* What the options select of the snapshot. Both must live as long. Transfer full. */
NslView *nsl_compare_select(const NslOptions *options, const NslSnapshot *snapshot);

/* How they differ in the types that the later one is about. Both must live as long. Transfer full.
 */
NslChanges *nsl_compare_views(const NslView *before, const NslView *after);
