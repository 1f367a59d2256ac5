/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The pass over threads: those that are in other namespaces than their process's first thread,
 * which is the one that the process's own links show; and those that have a table of open files of
 * their own, which the pass over open files then looks at too.
 */
#include "collect/passes.h"

#include <errno.h>
#include <string.h>

#include "base/sys.h"
#include "base/worker.h"

#define STREAM_AT 8192 /* bytes of records that a worker keeps */

/* What a worker sends about a thread that is of interest, as often as there are any; at last, with
 * `tid` 0, what could not be learnt of the process's threads. */
typedef struct Found {
	guint32 tid;
	bool own_fds;
	int result;	/* tid 0; -errno: not all of the threads could be looked at */
	int fds_result; /* likewise: whether some of them have open files of their own */
	char comm[80];
	guint64 ns[NSL_NSTYPE_COUNT]; /* 0: the same as its process's */
} Found;

/* Remembers the first failure; what has gone is none. */
static void fail(int *first, int result)
{
	if (*first == 0 && result < 0 && !nsl_is_gone(result))
		*first = result;
}

/* 0, or the first -errno but for what is not there. */
static int read_links(int task, guint64 ns[NSL_NSTYPE_COUNT])
{
	int failed = 0;

	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
		int result = nsl_nstype_read(task, type, &ns[type]);

		if (result < 0)
			ns[type] = 0;
		fail(&failed, result);
	}
	/* Of a task that has gone they may not be read (see procfs.h). */
	return failed < 0 && !nsl_process_exists(task) ? 0 : failed;
}

/* False: there is nothing to tell of the thread, but what has failed. */
static bool read_thread(const NslCollect *collect, guint32 pid, int process,
			const guint64 first[NSL_NSTYPE_COUNT], Found *found, Found *failed)
{
	g_auto(NslFd) thread = nsl_process_open_thread(process, found->tid);
	bool differs = false;

	fail(&failed->result, thread);
	if (thread < 0)
		return false;
	fail(&failed->result, read_links(thread, found->ns));
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
		if (found->ns[type] == first[type])
			found->ns[type] = 0;
		differs = differs || found->ns[type] != 0;
	}
	/* PIDs of another procfs are not this kernel call's: then each table may be an own one. */
	if (collect->procfs->local) {
		int share = nsl_tasks_share_fds(pid, found->tid);

		found->own_fds = share == 0;
		fail(&failed->fds_result, share);
	} else {
		found->own_fds = collect->procfs->real;
	}
	if (!differs && !found->own_fds)
		return false;
	if (nsl_process_read_comm(thread, found->comm, sizeof(found->comm)) < 0)
		found->comm[0] = '\0';
	return true;
}

static void read_threads(gpointer data, guint item, bool careful, GByteArray *out)
{
	const NslCollect *collect = data;
	guint32 pid = g_array_index(collect->threaded, guint32, item);
	g_auto(NslFd) process = nsl_procfs_open_process(collect->procfs, pid);
	g_autoptr(GArray) tids = g_array_new(FALSE, FALSE, sizeof(guint32));
	guint64 first[NSL_NSTYPE_COUNT] = {0};
	Found failed = {.tid = 0};

	(void)careful; /* nothing here can block */
	fail(&failed.result, process < 0 ? process : nsl_process_list_threads(process, tids));
	if (tids->len > 0)
		fail(&failed.result, read_links(process, first));
	for (guint i = 0; i < tids->len; i++) {
		Found found = {.tid = g_array_index(tids, guint32, i)};

		if (found.tid == pid || !read_thread(collect, pid, process, first, &found, &failed))
			continue;
		g_byte_array_append(out, (const guint8 *)&found, sizeof(found));
		if (out->len >= STREAM_AT)
			nsl_work_stream(out);
	}
	if (failed.result < 0 || failed.fds_result < 0)
		g_byte_array_append(out, (const guint8 *)&failed, sizeof(failed));
}

static void take_thread(NslCollect *collect, guint32 pid, const Found *found)
{
	NslTask task = {.pid = pid, .tid = found->tid};

	if (found->own_fds)
		g_array_append_val(collect->own_fds, task);
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		if (found->ns[type] != 0)
			nsl_namespace_add_holder(
				nsl_snapshot_add(collect->snapshot, type, found->ns[type]),
				&(NslHolder){
					.kind = NSL_HOLDER_THREAD,
					.pid = pid,
					.tid = found->tid,
					.comm = (char *)found->comm,
				});
}

static void note(NslCollect *collect, guint32 pid, int result, int fds_result)
{
	nsl_collect_note(collect, NSL_SOURCE_THREADS, "its threads could not be looked at", result,
			 pid);
	nsl_collect_note(collect, NSL_SOURCE_FDS,
			 "whether its threads have open files of their own is not known",
			 result < 0 ? 0 : fds_result, pid); /* what denies all denies this */
}

static void take_result(NslCollect *collect, guint32 pid, NslWorkItem item)
{
	Found found;

	note(collect, pid, nsl_work_errno(item.state), 0);
	for (gsize at = 0; item.size - at >= sizeof(found); at += sizeof(found)) {
		memcpy(&found, item.record + at, sizeof(found));
		if (found.tid == 0)
			note(collect, pid, found.result, found.fds_result);
		else
			take_thread(collect, pid, &found);
	}
}

static void take_census(NslCollect *collect)
{
	const GArray *threads = nsl_census_threads(collect->census);

	for (guint i = 0; i < threads->len; i++) {
		const NslCensusTask *thread = &g_array_index(threads, NslCensusTask, i);
		Found found = {.tid = thread->tid};
		NslLinks links;

		found.own_fds = nsl_census_has_own_files(collect->census, thread);
		if (!nsl_census_differs(collect->census, thread, &links) && !found.own_fds)
			continue;
		memcpy(found.ns, links.ns, sizeof(found.ns));
		memcpy(found.comm, thread->comm, sizeof(thread->comm));
		take_thread(collect, thread->pid, &found);
	}
}

bool nsl_collect_threads(NslCollect *collect, GError **error)
{
	NslWorkSpec spec = {
		.n_items = collect->threaded->len,
		.run = read_threads,
		.data = collect,
		.keep = {collect->procfs->fd, -1},
		.waited = &collect->waited,
		.progress = collect->progress,
		.what = "threads of processes",
	};
	g_autoptr(NslWork) work = nsl_work_run(&spec);

	(void)error;
	collect->snapshot->coverage[NSL_SOURCE_THREADS] =
		collect->snapshot->n_unreadable > 0 ? NSL_COVERAGE_PARTIAL : NSL_COVERAGE_COMPLETE;
	if (collect->census)
		take_census(collect);
	for (guint i = 0; i < collect->threaded->len; i++)
		take_result(collect, g_array_index(collect->threaded, guint32, i),
			    nsl_work_get(work, i));
	return true;
}
