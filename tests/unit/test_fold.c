/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of report/fold: which processes are alike, and how they are counted.
 */
#include "report/fold.h"

#include "fixture.h"

/* 1, 2, 4, 5, 7 and 9 are in just the same; 3 is in another net namespace, 6 in a container, the
 * children of 8 are elsewhere. */
static NslSnapshot *make_snapshot(void)
{
	NslSnapshot *snapshot = fixture_snapshot();
	NslContainer *web = fixture_container(snapshot, "docker/1", "docker", "1", "web");

	for (guint32 pid = 1; pid <= 9; pid++) {
		NslProcess *process = fixture_process(snapshot, pid, "x");

		fixture_join(snapshot, process, NSL_NSTYPE_NET, pid == 3 ? 51 : 50);
		fixture_join(snapshot, process, NSL_NSTYPE_UTS, 60);
		if (pid == 6)
			nsl_process_add_to(process, web);
		if (pid == 8)
			fixture_for_children(snapshot, process, NSL_NSTYPE_PID, 70);
		fixture_join_roots(snapshot, process);
	}
	nsl_snapshot_freeze(snapshot);
	return snapshot;
}

static void check_others(GHashTable *folds, const NslSnapshot *snapshot, guint32 pid,
			 const char *others, const char *rest)
{
	const NslFold *fold = g_hash_table_lookup(folds, nsl_snapshot_get_process(snapshot, pid));
	g_autoptr(GString) text = g_string_new(NULL);

	g_assert_nonnull(fold);
	g_assert_cmpuint(fold->first->pid, ==, pid);
	if (!others) {
		g_assert_cmpuint(fold->others->len, ==, 0);
		return;
	}
	nsl_fold_append_others(text, fold);
	g_assert_cmpstr(text->str, ==, others);
	g_string_truncate(text, 0);
	nsl_fold_append_rest(text, fold);
	g_assert_cmpstr(text->str, ==, rest);
}

static bool keep(const NslRow *row, gpointer data)
{
	/* Of process 2 one row alone is left, of 4 none. */
	(void)data;
	return row->process && row->process->pid != 4 &&
	       (row->process->pid != 2 || row->ns->type == NSL_NSTYPE_NET);
}

TEST(alike)
{
	g_autoptr(NslSnapshot) snapshot = make_snapshot();
	g_autoptr(NslSelection) selection = nsl_selection_new();
	g_autoptr(NslView) view = nsl_view_new(snapshot, selection);
	g_autoptr(GHashTable) folds = nsl_folds_new(view, NULL);
	g_autoptr(GHashTable) kept = NULL;

	check_others(folds, snapshot, 1, "2 +4", "4-5,7,9");
	check_others(folds, snapshot, 3, NULL, NULL);
	check_others(folds, snapshot, 6, NULL, NULL);
	g_assert_false(g_hash_table_contains(folds, nsl_snapshot_get_process(snapshot, 8)));
	/* What a filter leaves has to be the same, too. */
	nsl_view_keep(view, keep, NULL);
	kept = nsl_folds_new(view, NULL);
	check_others(kept, snapshot, 1, "5 +2", "7,9");
	check_others(kept, snapshot, 2, NULL, NULL);
}

/* One other, two, and more than two in a row. */
TEST(counts)
{
	static const char *const others[] = {"2", "2 +1", "2 +2", "2 +3"};
	static const char *const rests[] = {"", "3", "3-4", "3-5"};

	for (guint32 n = 0; n < G_N_ELEMENTS(others); n++) {
		g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
		g_autoptr(NslSelection) selection = nsl_selection_new();
		g_autoptr(NslView) view = NULL;
		g_autoptr(GHashTable) folds = NULL;

		for (guint32 pid = 1; pid <= n + 2; pid++)
			fixture_join(snapshot, fixture_process(snapshot, pid, "x"), NSL_NSTYPE_NET,
				     50);
		nsl_snapshot_freeze(snapshot);
		view = nsl_view_new(snapshot, selection);
		folds = nsl_folds_new(view, NULL);
		check_others(folds, snapshot, 1, others[n], rests[n]);
	}
}
