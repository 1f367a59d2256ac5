/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The second census: see census.h. It is believed only where it says of the caller what the
 * caller's links in the procfs say: a kernel whose structures are other than expected is found out.
 */
#include "collect/census.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/sys.h"
#include "collect/census_programs.h"
#include "collect/collect.h"
#include "collect/tally.h"

/* From so many tasks on it is faster than the procfs (measured: tests/bench). */
#define WORTH_IT 400

#define PF_EXITING 0x4 /* include/linux/sched.h: the same since Linux 1.0 */

struct NslCensus {
	GArray *processes; /* NslCensusTask, by PID */
	GArray *threads;   /* NslCensusTask */
	NslBpf *task_program;
	NslBpf *file_program;
	guint32 task_function; /* the BTF ids of their iterators */
	guint32 file_function;
};

bool nsl_links_are_equal(const NslLinks *a, const NslLinks *b)
{
	return memcmp(a->ns, b->ns, sizeof(a->ns)) == 0 &&
	       memcmp(a->for_children, b->for_children, sizeof(a->for_children)) == 0;
}

void nsl_census_decode_task(const NslTaskRecord *record, NslCensusTask *ret_task)
{
	NslCensusTask task = {
		.pid = record->pid,
		.tid = record->tid,
		/* Of a zombie, /proc/PID/cgroup says something else. */
		.links.cgroup_key = record->ns[NSL_NSTYPE_MNT] != 0 ? record->css_set : 0,
		.start = record->start,
		.files = record->files,
		.ending = record->flags & PF_EXITING,
	};

	memcpy(task.comm, record->comm, sizeof(task.comm) - 1);
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
		task.links.ns[type] = record->ns[type];
		if (record->for_children[type] != record->ns[type])
			task.links.for_children[type] = record->for_children[type];
	}
	*ret_task = task;
}

static void take_task(gpointer data, const guint8 *bytes)
{
	const NslCensus *census = data;
	NslTaskRecord record;
	NslCensusTask task;

	memcpy(&record, bytes, sizeof(record));
	nsl_census_decode_task(&record, &task);
	g_array_append_val(task.pid == task.tid ? census->processes : census->threads, task);
}

/* What the caller's links say. 0 or -errno. */
static int read_own(int self, NslLinks *own, NslNsTypes *ret_types)
{
	*ret_types = 0;
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
		int result = nsl_nstype_read(self, type, &own->ns[type]);

		if (result < 0)
			return result;
		if (own->ns[type] == 0) /* the kernel has none */
			continue;
		*ret_types |= NSL_NSTYPE_BIT(type);
		own->for_children[type] = nsl_nstype_read_for_children(self, type, own->ns[type]);
	}
	return 0;
}

static bool says_same(const NslCensus *census, const NslLinks *own)
{
	const NslCensusTask *found = nsl_census_find(census, (guint32)getpid());

	return found && nsl_links_are_equal(&found->links, own);
}

/* 0 or -errno. */
static int take_all(NslCensus *census, const NslProcfs *procfs)
{
	g_auto(NslFd) self = nsl_procfs_open_self(procfs);
	g_autoptr(NslBtf) btf = NULL;
	NslLinks own = {0};
	NslNsTypes types;
	int result = self < 0 ? self : read_own(self, &own, &types);

	if (result < 0)
		return result;
	result = nsl_btf_open(&btf);
	if (result < 0)
		return result;
	census->task_program = nsl_census_task_program(btf, types);
	census->file_program = nsl_census_file_program(btf, types);
	census->task_function = nsl_btf_find_function(btf, "bpf_iter_task");
	census->file_function = nsl_btf_find_function(btf, "bpf_iter_task_file");
	if (!census->task_program || !census->file_program)
		return -EOPNOTSUPP;
	result = nsl_bpf_run(census->task_program, census->task_function, sizeof(NslTaskRecord),
			     take_task, census);
	if (result < 0)
		return result;
	g_array_sort(census->processes, nsl_pid_compare);
	return says_same(census, &own) ? 0 : -EBADMSG;
}

bool nsl_census_take(const NslProcfs *procfs, NslCensus **ret_census, GError **error)
{
	const char *wanted = g_getenv("NSL_CENSUS");
	bool forced = g_strcmp0(wanted, "bpf") == 0;
	g_autoptr(NslCensus) census = NULL;
	int result = -EOPNOTSUPP;

	*ret_census = NULL;
	if (!forced &&
	    (g_strcmp0(wanted, "procfs") == 0 || nsl_procfs_count_tasks(procfs) < WORTH_IT))
		return true;
	census = g_new0(NslCensus, 1);
	census->processes = g_array_new(FALSE, FALSE, sizeof(NslCensusTask));
	census->threads = g_array_new(FALSE, FALSE, sizeof(NslCensusTask));
	/* Its PIDs are those of the initial PID namespace, and those have to be the procfs's. */
	if (nsl_collect_sees_all_pids(procfs))
		result = take_all(census, procfs);
	if (result < 0)
		return !forced || nsl_fail(error, result, "NSL_CENSUS=bpf");
	*ret_census = g_steal_pointer(&census);
	return true;
}

void nsl_census_free(NslCensus *census)
{
	if (!census)
		return;
	g_array_unref(census->processes);
	g_array_unref(census->threads);
	nsl_bpf_free(census->task_program);
	nsl_bpf_free(census->file_program);
	g_free(census);
}

static void take_again(gpointer data, const guint8 *bytes)
{
	const NslCensus *census = data;
	NslTaskRecord record;
	NslCensusTask now;
	NslCensusTask *task;

	memcpy(&record, bytes, sizeof(record));
	nsl_census_decode_task(&record, &now);
	task = now.pid == now.tid ? nsl_pid_find(census->processes, now.pid) : NULL;
	if (!task || task->start != now.start)
		return;
	/* A process that has ended meanwhile is a zombie at most, which has left its namespaces. */
	task->gone = now.links.ns[NSL_NSTYPE_MNT] == 0 && task->links.ns[NSL_NSTYPE_MNT] != 0;
	task->ending = now.ending;
	task->moved = task->links.cgroup_key != now.links.cgroup_key;
	task->changed = !nsl_links_are_equal(&task->links, &now.links);
}

int nsl_census_confirm(NslCensus *census)
{
	for (guint i = 0; i < census->processes->len; i++)
		g_array_index(census->processes, NslCensusTask, i).gone = true;
	return nsl_bpf_run(census->task_program, census->task_function, sizeof(NslTaskRecord),
			   take_again, census);
}

const GArray *nsl_census_processes(const NslCensus *census)
{
	return census->processes;
}

const GArray *nsl_census_threads(const NslCensus *census)
{
	return census->threads;
}

const NslCensusTask *nsl_census_find(const NslCensus *census, guint32 pid)
{
	return nsl_pid_find(census->processes, pid);
}

bool nsl_census_differs(const NslCensus *census, const NslCensusTask *thread, NslLinks *ret_links)
{
	const NslCensusTask *process = nsl_census_find(census, thread->pid);
	bool differs = false;

	*ret_links = (NslLinks){0};
	for (NslNsType type = 0; process && type < NSL_NSTYPE_COUNT; type++) {
		if (thread->links.ns[type] == process->links.ns[type])
			continue;
		ret_links->ns[type] = thread->links.ns[type];
		differs = differs || thread->links.ns[type] != 0;
	}
	return differs;
}

bool nsl_census_has_own_files(const NslCensus *census, const NslCensusTask *thread)
{
	const NslCensusTask *process = nsl_census_find(census, thread->pid);

	return process && thread->files != 0 && thread->files != process->files;
}

/* While the open files are gone over. */
typedef struct Files {
	const NslCensus *census;
	GHashTable *own; /* set of the TIDs of threads with tables of their own */
	GArray *found;	 /* NslFileRecord */
	guint32 tid;	 /* of the last one */
	NslTally *tally; /* of that one's */
	GArray *cut;	 /* guint32: the PID for each task that has too many */
	bool is_cut;	 /* the last one */
	int probe;
	guint64 probe_inode;
	bool probe_found;
} Files;

static NslHolderKind kind_of(const NslFileRecord *record)
{
	return record->socket ? NSL_HOLDER_SOCKET : NSL_HOLDER_FD;
}

static void take_file(gpointer data, const guint8 *bytes)
{
	Files *files = data;
	NslFileRecord record;

	memcpy(&record, bytes, sizeof(record));
	record.comm[sizeof(record.comm) - 1] = '\0';
	if (record.pid == (guint32)getpid() && record.fd == (guint32)files->probe) {
		files->probe_found = record.inode == files->probe_inode &&
				     record.flag == (guint32)nsl_nstypes[NSL_NSTYPE_MNT].flag;
		return;
	}
	/* Before Linux 5.11 each thread is asked for what is its process's. */
	if (record.pid != record.tid &&
	    !g_hash_table_contains(files->own, GUINT_TO_POINTER(record.tid)))
		return;
	if (record.inode == 0)
		return;
	if (record.tid != files->tid) {
		nsl_tally_restart(files->tally);
		files->is_cut = false;
	}
	files->tid = record.tid;
	if (nsl_tally_add(files->tally, kind_of(&record), record.inode)) {
		g_array_append_val(files->found, record);
	} else if (!files->is_cut) {
		files->is_cut = true;
		g_array_append_val(files->cut, record.pid);
	}
}

static void tell_file(const NslFileRecord *record, const NslCensusFiles *told)
{
	NslNsType type = nsl_nstype_by_flag((int)record->flag);
	NslHolder holder = {
		.kind = kind_of(record),
		.pid = record->pid,
		.tid = record->tid == record->pid ? 0 : record->tid,
		.fd = (gint32)record->fd,
		.comm = record->comm[0] ? (char *)record->comm : NULL,
	};

	if (type < NSL_NSTYPE_COUNT)
		told->take(told->data, type, record->inode, &holder);
}

int nsl_census_files(const NslCensus *census, const NslProcfs *procfs, const NslCensusFiles *told)
{
	g_autoptr(GHashTable) own = g_hash_table_new(NULL, NULL);
	g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(NslFileRecord));
	g_autoptr(GArray) cut = g_array_new(FALSE, FALSE, sizeof(guint32));
	g_autoptr(NslTally) tally = nsl_tally_new(told->limit);
	g_auto(NslFd) self = nsl_procfs_open_self(procfs);
	g_auto(NslFd) probe = self < 0 ? self : nsl_process_open_ns(self, "mnt");
	Files files = {.census = census,
		       .own = own,
		       .found = found,
		       .tally = tally,
		       .cut = cut,
		       .probe = probe,
		       .probe_inode = nsl_procfs_own_mnt(procfs)};
	int result;

	for (guint i = 0; i < census->threads->len; i++) {
		const NslCensusTask *thread = &g_array_index(census->threads, NslCensusTask, i);

		if (nsl_census_has_own_files(census, thread))
			g_hash_table_add(own, GUINT_TO_POINTER(thread->tid));
	}
	result = nsl_bpf_run(census->file_program, census->file_function, sizeof(NslFileRecord),
			     take_file, &files);
	if (result < 0 || !files.probe_found)
		return result < 0 ? result : -EBADMSG;
	for (guint i = 0; i < found->len; i++)
		tell_file(&g_array_index(found, NslFileRecord, i), told);
	for (guint i = 0; i < cut->len; i++)
		told->cut(told->data, g_array_index(cut, guint32, i));
	return 0;
}
