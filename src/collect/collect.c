/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Collecting: the table of passes. Adding a source is one file, and one row here.
 */
#include "collect/collect.h"

#include "base/each.h"
#include "base/sys.h"
#include "base/text.h"
#include "collect/census.h"

#define STREAM_AT 32768 /* bytes of records that a worker keeps */

static const struct {
	void (*run)(NslCollect *collect);
	bool scans;  /* it is left out where only selected processes are looked at, unless */
	guint facts; /* one of these is asked for; 0: any */
} passes[] = {
	{nsl_collect_system, false, NSL_FACT_SYSTEM},
	/* Before the processes: a path may select root namespaces. */
	{nsl_collect_paths, false, 0},
	{nsl_collect_rings, true, NSL_FACT_RELATIONS},
	{nsl_collect_processes, false, 0},
	{nsl_collect_threads, true, NSL_FACT_THREADS},
	/* Threads' own ones too. */
	{nsl_collect_fds, true, 0},
	/* A descriptor may lead to a mount namespace. */
	{nsl_collect_mounts, true, 0},
	{nsl_collect_relations, true, NSL_FACT_RELATIONS},
	/* What none of these has explained has parents and owners too. */
	{nsl_collect_kernel, true, 0},
	{nsl_collect_relations, true, NSL_FACT_RELATIONS},
	/* In all mount namespaces that there are. */
	{nsl_collect_mounted, false, 0},
	{nsl_collect_details, false, NSL_FACT_DETAILS | NSL_FACT_ADDRESSES},
};

bool nsl_collect_is_selective(const NslCollect *collect)
{
	return nsl_selection_is_pids(collect->selection) && collect->selection->tasks->len == 0 &&
	       !(collect->facts & (NSL_FACT_MEMBERS | NSL_FACT_SCAN));
}

static bool is_due(const NslCollect *collect, bool scans, guint facts)
{
	if (!scans)
		return facts == 0 || facts & collect->facts;
	/* A recorded procfs has processes only. */
	return collect->procfs->real &&
	       (!nsl_collect_is_selective(collect) || facts & collect->facts);
}

void nsl_collect_begin(NslCollect *collect)
{
	collect->pids = g_array_new(FALSE, FALSE, sizeof(guint32));
	collect->threaded = g_array_new(FALSE, FALSE, sizeof(guint32));
	collect->own_fds = g_array_new(FALSE, FALSE, sizeof(NslTask));
	collect->unreadable = g_hash_table_new(NULL, NULL);
	collect->mnt_members = g_hash_table_new(NULL, NULL);
	if (collect->same_fds == 0)
		collect->same_fds = NSL_SAME_FDS;
	if (collect->all_fds == 0)
		collect->all_fds = NSL_ALL_FDS;
	if (collect->mount_paths == 0)
		collect->mount_paths = NSL_MOUNT_PATHS;
	if (collect->kept)
		collect->bpf = *collect->kept;
	if (collect->bpf.no_bpf && collect->census_when == NSL_CENSUS_AUTO)
		collect->census_when = NSL_CENSUS_PROCFS;
}

void nsl_collect_kept_clear(NslCollectKept *kept)
{
	g_clear_pointer(&kept->census, nsl_census_free);
	g_clear_pointer(&kept->rings, nsl_rings_free);
	g_clear_pointer(&kept->btf, nsl_btf_free);
}

void nsl_collect_end(NslCollect *collect)
{
	g_clear_error(&collect->error);
	g_clear_pointer(&collect->pids, g_array_unref);
	g_clear_pointer(&collect->threaded, g_array_unref);
	g_clear_pointer(&collect->own_fds, g_array_unref);
	g_clear_pointer(&collect->unreadable, g_hash_table_unref);
	g_clear_pointer(&collect->mnt_members, g_hash_table_unref);
	if (collect->kept)
		*collect->kept = collect->bpf;
	else
		nsl_collect_kept_clear(&collect->bpf);
	collect->bpf = (NslCollectKept){0};
}

/* Types without a known root namespace, which the system turned out to have. */
static void note_rootless(NslSnapshot *snapshot)
{
	NslNsTypes seen = 0;

	if (!snapshot->rootless)
		return;
	NSL_EACH_KEY (const NslNamespace, ns, snapshot->namespaces)
		seen |= NSL_NSTYPE_BIT(ns->type);
	NSL_EACH_TYPE (type, snapshot->rootless & seen) {
		g_autofree char *message =
			g_strdup_printf("which %s namespace is the root one is not known: "
					"they are listed with --all only",
					nsl_nstypes[type].name);
		nsl_snapshot_note(snapshot, NSL_SOURCE_PROCESSES, "reference", message, 0);
	}
}

/* Of a root namespace the members are read only where it may be listed. */
static void settle_members(const NslCollect *collect)
{
	if (nsl_selection_is_open(collect->selection))
		return;
	NSL_EACH_KEY (NslNamespace, ns, collect->snapshot->namespaces)
		ns->members_not_read = ns->root && !nsl_selection_wants(collect->selection, ns);
}

bool nsl_collect(NslCollect *collect, GError **error)
{
	bool done;

	nsl_collect_begin(collect);
	for (guint i = 0; i < G_N_ELEMENTS(passes) && !collect->error; i++)
		if (is_due(collect, passes[i].scans, passes[i].facts))
			passes[i].run(collect);
	done = !collect->error;
	if (done) {
		note_rootless(collect->snapshot);
		settle_members(collect);
	} else {
		g_propagate_error(error, g_steal_pointer(&collect->error));
	}
	nsl_collect_end(collect);
	return done;
}

NslWork *nsl_collect_work(NslCollect *collect, guint n_items, NslWorkFunc *run,
			  NslWorkAtOnce *at_once, gpointer data, const char *what)
{
	const NslWorkSpec spec = {.n_items = n_items,
				  .run = run,
				  .at_once = at_once,
				  .data = data,
				  .keep = {collect->procfs->fd, -1},
				  .waited = &collect->waited,
				  .progress = what ? collect->progress : NULL,
				  .what = what};

	return nsl_work_run(&spec);
}

void nsl_collect_stream(GByteArray *out)
{
	if (out->len >= STREAM_AT)
		nsl_work_stream(out);
}

int nsl_collect_read_links(int task, NslNsTypes types, bool children, NslLinks *ret_links)
{
	*ret_links = (NslLinks){0};
	NSL_EACH_TYPE (type, types) {
		guint64 *inode = &ret_links->ns[type];
		int result = nsl_nstype_read(task, type, inode);

		if (result < 0) {
			*inode = 0;
			return result;
		}
		if (children)
			ret_links->for_children[type] =
				nsl_nstype_read_for_children(task, type, *inode);
	}
	return 0;
}

guint nsl_links_hash(gconstpointer data)
{
	G_STATIC_ASSERT(sizeof(NslLinks) <= NSL_HASHED_INODES * sizeof(guint64));

	return nsl_inodes_hash(data, sizeof(NslLinks) / sizeof(guint64));
}

gboolean nsl_links_equal(gconstpointer a, gconstpointer b)
{
	return memcmp(a, b, sizeof(NslLinks)) == 0;
}

int nsl_collect_open_kthreadd(const NslProcfs *procfs)
{
	g_auto(NslFd) process = nsl_procfs_open_process(procfs, 2);
	NslProcessStat stat;
	int result = process < 0 ? process : nsl_process_read_stat(process, &stat);

	if (result == 0 && !(stat.kthread && stat.ppid == 0 && strcmp(stat.comm, "kthreadd") == 0))
		result = -ESRCH;
	return result < 0 ? result : nsl_fd_steal(&process);
}

guint64 nsl_collect_pid_ns(const NslProcfs *procfs)
{
	g_auto(NslFd) kthreadd = procfs->local ? -1 : nsl_collect_open_kthreadd(procfs);
	g_auto(NslFd) process =
		procfs->local ? nsl_procfs_open_self(procfs) : nsl_procfs_open_process(procfs, 1);
	guint64 inode;

	if (process < 0 || nsl_nstype_read(process, NSL_NSTYPE_PID, &inode) < 0)
		inode = 0;
	else if (inode == 0 && procfs->real) /* this kernel has no PID namespaces, but one */
		inode = nsl_nstypes[NSL_NSTYPE_PID].initial_inode;
	return kthreadd >= 0 ? nsl_nstypes[NSL_NSTYPE_PID].initial_inode : inode;
}

bool nsl_collect_sees_all_pids(const NslProcfs *procfs)
{
	return procfs->local &&
	       nsl_collect_pid_ns(procfs) == nsl_nstypes[NSL_NSTYPE_PID].initial_inode;
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
	/* That the process cannot be read at all has been noted already. */
	issue->implied =
		source != NSL_SOURCE_PROCESSES && pid != 0 && nsl_is_denied(result) &&
		(g_hash_table_contains(collect->unreadable, GUINT_TO_POINTER(pid)) ||
		 (collect->snapshot->coverage[NSL_SOURCE_PROCESSES] == NSL_COVERAGE_PARTIAL &&
		  geteuid() != 0));
}

void nsl_collect_fail(int *first, int result)
{
	if (*first == 0 && result < 0 && !nsl_is_gone(result))
		*first = result;
}
