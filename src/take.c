/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Taking a snapshot: see take.h.
 */
#include "take.h"

#include <sys/auxv.h>

#include "attribute/attribute.h"
#include "attribute/cmdline.h"
#include "base/each.h"
#include "base/sys.h"
#include "model/detail.h"
#include "report/column.h"
#include "report/format.h"

/* NslFact: what has to be collected. */
static guint facts_for(const NslOptions *options)
{
	const NslFormatInfo *format = &nsl_formats[options->format];
	const NslSelection *selection = options->selection;
	guint facts = format->facts | options->filter->facts;

	for (guint i = 0; options->output && i < options->output->len; i++)
		facts |= nsl_columns[g_array_index(options->output, NslColumn, i)].facts;
	for (guint i = 0; !options->output && i < format->n_columns; i++)
		facts |= nsl_columns[format->columns[i]].facts;
	if (nsl_selection_has_words(selection))
		facts |= NSL_FACT_CONTAINERS;
	if (selection->threads)
		facts |= NSL_FACT_THREADS;
	if (options->details)
		facts |= NSL_FACTS_DETAIL;
	/* Whose command line is shown is known before the scan only if no row is left out. */
	if (format->first_only && options->filter->roots->len == 0 &&
	    selection->selectors->len == 0)
		facts &= ~(guint)NSL_FACT_COMMANDS;
	return facts;
}

/*
 * Only the selected processes were looked at, and an interface of theirs has its other end in a net
 * namespace that none of them is in.
 */
static bool needs_peers(const NslSnapshot *snapshot)
{
	if (!snapshot->only_selected)
		return false;
	NSL_EACH_KEY (const NslNamespace, ns, snapshot->namespaces) {
		const NslDetail *detail = ns->type == NSL_NSTYPE_NET ? ns->detail : NULL;

		for (guint i = 0; detail && i < detail->net.n_interfaces; i++)
			if (detail->interfaces[i].peer_index != 0 &&
			    detail->interfaces[i].peer_ns == 0)
				return true;
	}
	return false;
}

static NslSnapshot *take(const NslOptions *options, const NslProcfs *procfs, guint facts,
			 NslCollectKept *kept, gint64 waited, GError **error)
{
	g_autoptr(NslSnapshot) snapshot = nsl_snapshot_new();
	gint64 start = g_get_monotonic_time();
	NslProgress progress;
	NslCollect collect = {
		.snapshot = snapshot,
		.procfs = procfs,
		.selection = options->selection,
		.facts = facts,
		.census_when = options->census,
		.is_notable = nsl_cmdline_is_daemon,
		.kept = kept,
		.progress = &progress,
		.waited = waited,
	};
	bool done;

	nsl_progress_start(&progress, options->quiet ? -1 : STDERR_FILENO, start);
	snapshot->time = g_get_real_time() / G_USEC_PER_SEC;
	if (!nsl_roots_find(snapshot, procfs, options->reference, &collect.waited, error))
		return NULL;
	snapshot->own_mnt = nsl_procfs_own_ns(procfs, "mnt");
	snapshot->proc = procfs->real ? g_strdup(procfs->path) : NULL;
	/* First: a name may select a root namespace. */
	nsl_netns_name(snapshot, procfs, options->selection, &collect.waited);
	done = nsl_collect(&collect, error);
	nsl_progress_clear(&progress);
	if (!done)
		return NULL;
	if (collect.facts & NSL_FACT_CONTAINERS)
		nsl_containers_name(snapshot, procfs, &collect.waited);
	/* The selected processes' own files do not tell all. */
	if ((collect.facts & NSL_FACT_CONTAINERS && nsl_entered_needs_scan(snapshot)) ||
	    needs_peers(snapshot))
		return take(options, procfs, facts | NSL_FACT_SCAN, kept, collect.waited, error);
	if (collect.facts & NSL_FACT_USERS)
		nsl_users_name(snapshot, procfs, &collect.waited);
	nsl_snapshot_freeze(snapshot);
	snapshot->scan_time = g_get_monotonic_time() - start;
	return g_steal_pointer(&snapshot);
}

NslSnapshot *nsl_take_snapshot(const NslOptions *options, guint facts, NslCollectKept *kept,
			       GError **error)
{
	gint64 waited = 0; /* for what is blocked, in all */
	g_autoptr(NslProcfs) procfs = nsl_collect_open(options->proc, &waited, error);

	if (!procfs)
		return NULL;
	if (getauxval(AT_SECURE) && !procfs->real) {
		g_set_error_literal(error, NSL_ERROR, NSL_ERROR_USAGE,
				    "--proc: who runs it with more rights than their own may only "
				    "name a procfs");
		return NULL;
	}
	return take(options, procfs, facts | facts_for(options), kept, waited, error);
}
