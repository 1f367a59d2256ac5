/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Folding: which processes are alike, so that one line can stand for several. What that line looks
 * like is up to the table and the tree.
 */
#pragma once

#include "report/group.h"
#include "report/view.h"

/* Processes in just the same namespaces and container, with the same rows. */
typedef struct NslFold {
	const NslProcess *first; /* which is shown with its namespaces */
	const NslRow *rows;	 /* of the first */
	guint n_rows;
	const NslGroup *group; /* of all of them; or NULL */
	GPtrArray *others;     /* NslProcess, by PID */
} NslFold;

/*
 * NslProcess to its NslFold; a process whose rows have a mark is not there. With `groups` (may be
 * NULL) only processes of one group are alike. The view must live as long. Transfer full.
 */
GHashTable *nsl_folds_new(const NslView *view, const NslGroups *groups);

/* The row has a mark, such as "(for children)": it never folds. */
bool nsl_row_is_marked(const NslRow *row);

/* How many rows from this one on are of the same process; 1 where it is of none. */
guint nsl_rows_of_process(const NslView *view, guint at);

/* "20526", or "20526 +2" where there are more of the others. */
void nsl_fold_append_others(GString *text, const NslFold *fold);

/* The PIDs of the others that this leaves out: "20527-20529,20540"; nothing where there are none.
 */
void nsl_fold_append_rest(GString *text, const NslFold *fold);
