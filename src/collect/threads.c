/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The pass over threads: those that are in other namespaces than their process's first thread,
 * which is the one that the process's own links show; and those that have a table of open files of
 * their own, which the pass over open files then looks at too.
 */
#include "collect/passes.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/pidfd.h"
#include "base/worker.h"

/* What a worker sends about a thread that is of interest, as often as there are any. */
typedef struct Found {
	guint32 tid;
	bool own_fds;
	char comm[80];
	guint64 ns[NSL_NSTYPE_COUNT]; /* 0: the same as its process's */
} Found;

/* Stands before them. */
typedef struct Head {
	int result; /* -errno: the threads could not be looked at */
} Head;

static void read_links(int task, guint64 ns[NSL_NSTYPE_COUNT])
{
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
		const NslNsTypeInfo *info = &nsl_nstypes[type];

		if (nsl_process_read_ns(task, info->link, info->name, &ns[type]) < 0)
			ns[type] = 0;
	}
}

/* False: there is nothing to tell of the thread. */
static bool read_thread(const NslCollect *collect, guint32 pid, int process,
			const guint64 first[NSL_NSTYPE_COUNT], Found *found)
{
	g_auto(NslFd) thread = nsl_process_open_thread(process, found->tid);
	bool differs = false;

	if (thread < 0)
		return false;
	read_links(thread, found->ns);
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
		if (found->ns[type] == first[type])
			found->ns[type] = 0;
		differs = differs || found->ns[type] != 0;
	}
	/* PIDs of another procfs are not this kernel call's: then each table may be an own one. */
	found->own_fds = collect->procfs->local ? nsl_tasks_share_fds(pid, found->tid) == 0
						: collect->procfs->real;
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
	Head head = {0};
	guint at = out->len;

	(void)careful; /* nothing here can block */
	g_byte_array_append(out, (const guint8 *)&head, sizeof(head));
	head.result = process < 0 ? process : nsl_process_list_threads(process, tids);
	if (head.result == 0)
		read_links(process, first);
	for (guint i = 0; i < tids->len; i++) {
		Found found = {.tid = g_array_index(tids, guint32, i)};

		if (found.tid != pid && read_thread(collect, pid, process, first, &found))
			g_byte_array_append(out, (const guint8 *)&found, sizeof(found));
	}
	memcpy(out->data + at, &head, sizeof(head));
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
	for (guint i = 0; i < collect->threaded->len; i++) {
		guint32 pid = g_array_index(collect->threaded, guint32, i);
		NslWorkItem item = nsl_work_get(work, i);
		gsize at = sizeof(Head);
		Head head = {.result = nsl_work_errno(item.state)};
		Found found;

		if (item.size >= sizeof(head))
			memcpy(&head, item.record, sizeof(head));
		nsl_collect_note(collect, NSL_SOURCE_THREADS, "its threads could not be looked at",
				 head.result, pid);
		for (; at + sizeof(found) <= item.size; at += sizeof(found)) {
			memcpy(&found, item.record + at, sizeof(found));
			take_thread(collect, pid, &found);
		}
	}
	return true;
}
