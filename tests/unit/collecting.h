/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the tests of collect/ have in common: a recorded tree of the test's own, this system's
 * procfs, and what passes make of either. For TEST_WITH_FIXTURE().
 */
#pragma once

#include "collect/collect.h"

#include "fixture.h"

typedef struct Fixture {
	char *dir; /* of the recorded tree */
	NslProcfs *recorded;
	NslProcfs *real;
	NslSnapshot *snapshot;
	NslSelection *selection;
	NslCollect collect; /* of the recorded tree, until another procfs is put in its place */
} Fixture;

/* An empty snapshot and everything selected, as at first. */
static inline void collecting_renew(Fixture *f)
{
	g_clear_pointer(&f->snapshot, nsl_snapshot_free);
	g_clear_pointer(&f->selection, nsl_selection_free);
	f->snapshot = f->collect.snapshot = fixture_snapshot();
	f->selection = f->collect.selection = nsl_selection_new();
}

static inline void collecting_set_up(Fixture *f)
{
	f->dir = fixture_directory();
	f->recorded = fixture_open(f->dir);
	f->real = fixture_open(NULL);
	f->collect.procfs = f->recorded;
	collecting_renew(f);
}

static inline void tear_down(Fixture *f)
{
	nsl_collect_end(&f->collect);
	nsl_selection_free(f->selection);
	nsl_snapshot_free(f->snapshot);
	nsl_procfs_free(f->real);
	nsl_procfs_free(f->recorded);
	fixture_remove(f->dir);
}

/* One pass, which leaves no descriptor behind. */
static inline void collecting_run(Fixture *f, void (*pass)(NslCollect *collect))
{
	guint before = fixture_count_fds();

	nsl_collect_begin(&f->collect);
	pass(&f->collect);
	g_assert_no_error(f->collect.error);
	nsl_collect_end(&f->collect);
	g_assert_cmpuint(fixture_count_fds(), ==, before);
}
