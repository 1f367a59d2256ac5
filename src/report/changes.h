/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How changes between two snapshots are written: a line a change, or a tree, or for programs.
 */
#pragma once

#include "model/change.h"
#include "report/output.h"
#include "report/view.h"

typedef struct NslChangesReport {
	const NslChanges *changes;
	const NslView *before; /* the earlier snapshot, of which something went */
	const NslView *after;
	const NslStyle *style; /* NULL: for nsl_changes_write_json() */
	/* Lines begin with the time of the later one, where clocks are so many seconds ahead of
	 * UTC, and have a header (NslStyle). */
	bool timed;
	gint64 ahead;
} NslChangesReport;

/*
 * A line a change, or what the style says of how rows are written; in lines a change is left out
 * that another one implies.
 */
void nsl_changes_write(const NslChangesReport *report, NslOutput *output);

/* Everything, what is implied below what implies it. */
void nsl_changes_write_tree(const NslChangesReport *report, NslOutput *output);

/* One document. */
void nsl_changes_write_json(const NslChangesReport *report, NslOutput *output);
