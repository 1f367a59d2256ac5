/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Comparing: a saved document with the system, or with another one (--diff), and any two views.
 */
#pragma once

#include "model/change.h"
#include "options.h"
#include "report/view.h"

/* The earlier side and the later one: what of them is compared, and how they differ. */
typedef struct NslComparison {
	NslSnapshot *snapshots[2];
	NslView *views[2];
	NslChanges *changes;
} NslComparison;

/*
 * Where the document is about a part of its system, the selection becomes that. NULL: a side cannot
 * be had, or they are not about the same. Transfer full.
 */
NslComparison *nsl_compare(NslOptions *options, GError **error);
void nsl_comparison_free(NslComparison *comparison);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NslComparison, nsl_comparison_free)

/* What the options select of the snapshot. Both must live as long. Transfer full. */
NslView *nsl_compare_select(const NslOptions *options, const NslSnapshot *snapshot);

/* How they differ in the types that the later one is about. Both must live as long. Transfer full.
 */
NslChanges *nsl_compare_views(const NslView *before, const NslView *after);
