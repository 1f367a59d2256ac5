/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The pass over threads: those that are in other namespaces than their process's first thread,
 * whose links are the process's, or whose children will be; and those that have a table of open
 * files of their own, which the pass over open files then looks at too.
 */
#include "collect/collect.h"

#include <string.h>

#include "base/each.h"
#include "base/sys.h"
#include "collect/census.h"

/*
 * What a worker sends for each thread of interest; and last, with `tid` 0, what could not be read
 * of the process's threads.
 */
typedef struct Record {
	guint32 tid;
	bool own_fds;
	int result;	/* tid 0; -errno: not all of the threads could be looked at */
	int fds_result; /* likewise: whether they have open files of their own is not known */
	char comm[80];
	NslLinks links; /* 0: the same as its process's */
} Record;

/* Notes which links are other than its process's; false: none. */
static bool differs(Record *record, const NslLinks *thread, const NslLinks *process)
{
	bool any = false;

	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
		if (thread->ns[type] != process->ns[type])
			record->links.ns[type] = thread->ns[type];
		if (thread->for_children[type] != process->for_children[type])
			record->links.for_children[type] = thread->for_children[type];
		any = any || record->links.ns[type] != 0 || record->links.for_children[type] != 0;
	}
	return any;
}

/* False: the thread is of no interest, or could not be looked at. */
static bool read_thread(const NslCollect *collect, guint32 pid, int process, const NslLinks *first,
			Record *record, Record *failed)
{
	g_auto(NslFd) thread = nsl_process_open_thread(process, record->tid);
	NslLinks links;

	nsl_collect_fail(&failed->result, thread);
	if (thread < 0)
		return false;
	nsl_collect_fail(&failed->result,
			 nsl_collect_read_links(thread, NSL_NSTYPES_ALL, true, &links));
	/* kcmp(2) takes the PIDs of the caller's procfs. Of another one, each table may be an own
	 * one. */
	if (collect->procfs->local) {
		int share = nsl_tasks_share_fds(pid, record->tid);

		record->own_fds = share == 0;
		nsl_collect_fail(&failed->fds_result, share);
	} else {
		record->own_fds = collect->procfs->real;
	}
	if (!differs(record, &links, first) && !record->own_fds)
		return false;
	nsl_process_read_comm(thread, record->comm, sizeof(record->comm));
	return true;
}

static void read_threads(gpointer data, guint item, bool careful, GByteArray *out)
{
	const NslCollect *collect = data;
	guint32 pid = g_array_index(collect->threaded, guint32, item);
	g_auto(NslFd) process = nsl_procfs_open_process(collect->procfs, pid);
	g_autoptr(GArray) tids = g_array_new(FALSE, FALSE, sizeof(guint32));
	NslLinks first = {0};
	Record failed = {.tid = 0};

	(void)careful; /* there is no careful way to read links */
	nsl_collect_fail(&failed.result,
			 process < 0 ? process : nsl_process_list_threads(process, tids));
	if (tids->len > 0)
		nsl_collect_fail(&failed.result,
				 nsl_collect_read_links(process, NSL_NSTYPES_ALL, true, &first));
	NSL_EACH_IN (const guint32, tid, tids) {
		Record record = {.tid = *tid};

		if (record.tid == pid ||
		    !read_thread(collect, pid, process, &first, &record, &failed))
			continue;
		nsl_work_send(out, &record, sizeof(record));
		nsl_collect_stream(out);
	}
	if (failed.result < 0 || failed.fds_result < 0)
		nsl_work_send(out, &failed, sizeof(failed));
}

static void take_thread(NslCollect *collect, guint32 pid, const Record *record)
{
	NslTask task = {.pid = pid, .tid = record->tid};
	NslHolder holder = {.pid = pid, .tid = record->tid, .comm = (char *)record->comm};

	if (record->own_fds)
		g_array_append_val(collect->own_fds, task);
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
		guint64 own = record->links.ns[type];
		guint64 children = record->links.for_children[type];

		holder.kind = NSL_HOLDER_THREAD;
		if (own != 0)
			nsl_namespace_add_holder(nsl_snapshot_add(collect->snapshot, type, own),
						 &holder);
		holder.kind = NSL_HOLDER_FOR_CHILDREN;
		if (children != 0)
			nsl_namespace_add_holder(
				nsl_snapshot_add(collect->snapshot, type, children), &holder);
	}
}

static void take_item(NslCollect *collect, guint32 pid, NslWorkItem item)
{
	int result = nsl_work_errno(item.state);
	int fds_result = 0;
	Record record;

	while (nsl_work_take(&item, &record, sizeof(record)))
		if (record.tid != 0) {
			take_thread(collect, pid, &record);
		} else {
			result = result < 0 ? result : record.result;
			fds_result = record.fds_result;
		}
	nsl_collect_note(collect, NSL_SOURCE_THREADS, "the threads could not be looked at", result,
			 pid);
	if (result == 0) /* else it is for the same reason */
		nsl_collect_note(collect, NSL_SOURCE_FDS,
				 "whether the threads have open files of their own is not known",
				 fds_result, pid);
}

static void take_census(NslCollect *collect)
{
	const GArray *threads = collect->bpf.census->threads;

	NSL_EACH_IN (const NslCensusTask, thread, threads) {
		const NslCensusTask *process = nsl_census_find(collect->bpf.census, thread->pid);
		Record record = {.tid = thread->tid};

		record.own_fds = nsl_census_has_own_files(collect->bpf.census, thread);
		if (!process ||
		    (!differs(&record, thread->links, process->links) && !record.own_fds))
			continue;
		memcpy(record.comm, thread->comm, sizeof(thread->comm));
		take_thread(collect, thread->pid, &record);
	}
}

void nsl_collect_threads(NslCollect *collect)
{
	const GArray *pids = collect->threaded;
	g_autoptr(NslWork) work = nsl_collect_work(collect, pids->len, read_threads, NULL, collect,
						   "threads of processes");

	collect->snapshot->coverage[NSL_SOURCE_THREADS] =
		collect->snapshot->n_unreadable > 0 ? NSL_COVERAGE_PARTIAL : NSL_COVERAGE_COMPLETE;
	if (collect->bpf.census)
		take_census(collect);
	for (guint i = 0; i < pids->len; i++)
		take_item(collect, g_array_index(pids, guint32, i), nsl_work_get(work, i));
}
