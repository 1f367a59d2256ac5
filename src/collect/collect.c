/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Collecting: the table of passes. Adding a source is one file, and one row here.
 */
#include "collect/collect.h"

#include <unistd.h>

#include "base/sys.h"
#include "collect/passes.h"

/* Where a pass is left out: */
typedef enum When {
	ALWAYS,
	FOR_FACTS,	 /* unless one of `facts` is asked for */
	UNLESS_SELECTED, /* where only selected processes are looked at */
} When;

static const struct {
	bool (*run)(NslCollect *collect, GError **error);
	When when;
	guint facts;
} passes[] = {
	{nsl_collect_system, FOR_FACTS, NSL_FACT_SYSTEM},
	{nsl_collect_paths, ALWAYS, 0}, /* before the members: a path may select root namespaces */
	{nsl_collect_members, ALWAYS, 0},
	{nsl_collect_threads, UNLESS_SELECTED, 0},
	{nsl_collect_fds, UNLESS_SELECTED, 0},	  /* threads' own ones too */
	{nsl_collect_mounts, UNLESS_SELECTED, 0}, /* a descriptor may lead to a mount namespace */
	{nsl_collect_lineage, UNLESS_SELECTED, NSL_FACT_RELATIONS},
	{nsl_collect_kernel, UNLESS_SELECTED, 0}, /* what all of them have not explained … */
	{nsl_collect_lineage, UNLESS_SELECTED,
	 NSL_FACT_RELATIONS}, /* … has parents and owners too */
	{nsl_collect_describe, FOR_FACTS, NSL_FACT_DETAILS},
};

static bool is_due(const NslCollect *collect, When when, guint facts)
{
	switch (when) {
	case ALWAYS:
		return true;
	case FOR_FACTS:
		return facts & collect->facts;
	case UNLESS_SELECTED:
		/* A recorded procfs tells of processes, and no more. */
		return collect->procfs->real &&
		       (!collect->snapshot->only_selected || facts & collect->facts);
	}
	return true;
}

static bool run_passes(NslCollect *collect, GError **error)
{
	for (guint i = 0; i < G_N_ELEMENTS(passes); i++)
		if (is_due(collect, passes[i].when, passes[i].facts) &&
		    !passes[i].run(collect, error))
			return false;
	return true;
}

void nsl_collect_begin(NslCollect *collect)
{
	collect->pids = g_array_new(FALSE, FALSE, sizeof(guint32));
	collect->threaded = g_array_new(FALSE, FALSE, sizeof(guint32));
	collect->own_fds = g_array_new(FALSE, FALSE, sizeof(NslTask));
	collect->unreadable = g_hash_table_new(NULL, NULL);
	collect->mnt_members = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	if (collect->same_fds == 0)
		collect->same_fds = NSL_SAME_FDS;
}

void nsl_collect_end(NslCollect *collect)
{
	g_clear_pointer(&collect->pids, g_array_unref);
	g_clear_pointer(&collect->threaded, g_array_unref);
	g_clear_pointer(&collect->own_fds, g_array_unref);
	g_clear_pointer(&collect->unreadable, g_hash_table_unref);
	g_clear_pointer(&collect->mnt_members, g_hash_table_unref);
	g_clear_pointer(&collect->census, nsl_census_free);
}

/* Of types that the system has after all. */
static void note_rootless(NslSnapshot *snapshot)
{
	NslNsTypes seen = 0;
	GHashTableIter iter;
	gpointer key;

	if (!snapshot->rootless)
		return;
	g_hash_table_iter_init(&iter, snapshot->namespaces);
	while (g_hash_table_iter_next(&iter, &key, NULL))
		seen |= NSL_NSTYPE_BIT(((const NslNamespace *)key)->type);
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
		g_autofree char *message = NULL;

		if (!(snapshot->rootless & seen & NSL_NSTYPE_BIT(type)))
			continue;
		message = g_strdup_printf("which %s namespace is the root one is not known: "
					  "they are listed with --all only",
					  nsl_nstypes[type].name);
		nsl_snapshot_note(snapshot, NSL_SOURCE_PROCESSES, "reference", message, 0);
	}
}

bool nsl_collect(NslCollect *collect, GError **error)
{
	bool done;

	nsl_collect_begin(collect);
	done = run_passes(collect, error);
	if (done)
		note_rootless(collect->snapshot);
	nsl_collect_end(collect);
	return done;
}

bool nsl_collect_sees_all_pids(const NslProcfs *procfs)
{
	g_auto(NslFd) self = nsl_procfs_open_self(procfs);
	guint64 inode;

	return procfs->local && self >= 0 && nsl_nstype_read(self, NSL_NSTYPE_PID, &inode) == 0 &&
	       inode == nsl_nstypes[NSL_NSTYPE_PID].initial_inode;
}

guint64 *nsl_collect_key(guint64 number)
{
	guint64 *key = g_new(guint64, 1);

	*key = number;
	return key;
}

void nsl_collect_cover(NslCollect *collect, NslSource source)
{
	if (collect->snapshot->coverage[source] == NSL_COVERAGE_SKIPPED)
		collect->snapshot->coverage[source] = NSL_COVERAGE_COMPLETE;
}

void nsl_collect_note(NslCollect *collect, NslSource source, const char *what, int result,
		      guint32 pid)
{
	g_autofree char *message = NULL;
	NslIssue *issue;

	if (result >= 0 || nsl_is_gone(result))
		return;
	message = g_strdup_printf("%s: %s", what, nsl_errno_text(result));
	issue = nsl_snapshot_note(collect->snapshot, source, nsl_errno_name(result), message, pid);
	/* Who has been told that a process cannot be read need not be told what of it. */
	issue->implied =
		pid != 0 && nsl_is_denied(result) &&
		(g_hash_table_contains(collect->unreadable, GUINT_TO_POINTER(pid)) ||
		 (collect->snapshot->coverage[NSL_SOURCE_PROCESSES] == NSL_COVERAGE_PARTIAL &&
		  geteuid() != 0));
}
