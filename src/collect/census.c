/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The census: see census.h. It is used only where it says of the caller what the caller's links in
 * the procfs say: so a kernel whose structures are other than expected is found out.
 */
#include "collect/census.h"

#include <string.h>

#include "base/each.h"
#include "base/sys.h"

/*
 * From so many tasks on it is faster than the procfs (measured: tests/bench), where the kernel's
 * types have not been read for something else.
 */
#define WORTH_IT 400

/* The cgroups of all processes with the same key. */
typedef struct Cgroups {
	guint32 pid; /* of which process they were read */
	char *text;  /* a GRefString */
} Cgroups;

static void cgroups_free(gpointer data)
{
	Cgroups *cgroups = data;

	g_ref_string_release(cgroups->text);
	g_free(cgroups);
}

void nsl_census_decode_task(const guint8 *bytes, NslCensusTask *ret_task, NslLinks *ret_links)
{
	NslTaskRecord record = {.task = {0}};

	memcpy(&record, bytes, NSL_TASK_RECORD_SIZE);
	*ret_links = (NslLinks){{0}, {0}};
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
		ret_links->ns[type] = record.ns[type];
		if (record.for_children[type] != record.ns[type])
			ret_links->for_children[type] = record.for_children[type];
	}
	*ret_task = record.task;
	ret_task->links = ret_links;
	ret_task->comm[sizeof(ret_task->comm) - 1] = '\0';
	if (record.ns[NSL_NSTYPE_MNT] == 0) /* of a zombie, /proc/PID/cgroup says something else */
		ret_task->cgroup_key = 0;
}

/* The links in the census that are equal to these. */
static const NslLinks *share_links(const NslCensus *census, const NslLinks *links)
{
	NslLinks *shared = g_hash_table_lookup(census->links, links);

	if (!shared) {
		shared = g_new(NslLinks, 1);
		*shared = *links;
		g_hash_table_add(census->links, shared);
	}
	return shared;
}

static void take_task(gpointer data, const guint8 *bytes)
{
	const NslCensus *census = data;
	NslCensusTask task;
	NslLinks links;

	nsl_census_decode_task(bytes, &task, &links);
	task.links = share_links(census, &links);
	g_array_append_val(task.pid == task.tid ? census->processes : census->threads, task);
}

/* `own`: the caller's namespaces. 0 or -errno. */
static int make_programs(NslCensus *census, NslBtf **btf, const NslLinks *own)
{
	static const char *const iterators[] = {"bpf_iter_task", "bpf_iter_task_file"};
	guint32 functions[G_N_ELEMENTS(iterators)];
	NslNsTypes types = 0; /* that the kernel has */
	int result = nsl_btf_open(btf);

	if (result < 0)
		return result;
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		types |= own->ns[type] != 0 ? NSL_NSTYPE_BIT(type) : 0;
	census->task_program = nsl_census_task_program(*btf, types);
	census->file_program = nsl_census_file_program(*btf, types);
	nsl_btf_find_functions(*btf, iterators, G_N_ELEMENTS(iterators), functions);
	census->task_function = functions[0];
	census->file_function = functions[1];
	return census->task_program && census->file_program ? 0 : -EOPNOTSUPP;
}

/* 0 or -errno. */
static int take_all(NslCensus *census, NslBtf **btf)
{
	g_auto(NslFd) self = nsl_procfs_open_self(census->procfs);
	const NslCensusTask *found;
	NslLinks own = {0};
	int result = self < 0 ? self : nsl_collect_read_links(self, NSL_NSTYPES_ALL, true, &own);

	if (result == 0 && !census->task_program)
		result = make_programs(census, btf, &own);
	if (result < 0)
		return result;
	census->own_clock = own.ns[NSL_NSTYPE_TIME] == 0 ||
			    own.ns[NSL_NSTYPE_TIME] == nsl_nstypes[NSL_NSTYPE_TIME].initial_inode;
	result = nsl_bpf_run(census->task_program, census->task_function, NSL_TASK_RECORD_SIZE,
			     take_task, census);
	if (result < 0)
		return result;
	g_array_sort(census->processes, nsl_pid_compare);
	found = nsl_census_find(census, (guint32)getpid());
	return found && nsl_links_equal(found->links, &own) ? 0 : -EBADMSG;
}

static NslCensus *census_new(void)
{
	NslCensus *census = g_new0(NslCensus, 1);

	census->cgroups = g_hash_table_new_full(NULL, NULL, NULL, cgroups_free);
	census->links = g_hash_table_new_full(nsl_links_hash, nsl_links_equal, g_free, NULL);
	nsl_census_forget(census);
	return census;
}

void nsl_census_forget(NslCensus *census)
{
	g_hash_table_remove_all(census->cgroups);
	g_hash_table_remove_all(census->links);
	g_clear_pointer(&census->processes, g_array_unref);
	g_clear_pointer(&census->threads, g_array_unref);
	census->processes = g_array_new(FALSE, FALSE, sizeof(NslCensusTask));
	census->threads = g_array_new(FALSE, FALSE, sizeof(NslCensusTask));
}

bool nsl_census_take(const NslProcfs *procfs, NslCensusWhen when, NslBtf **btf, NslCensus **census,
		     GError **error)
{
	bool forced = when == NSL_CENSUS_BPF;
	g_autoptr(NslCensus) taken = g_steal_pointer(census);
	int result = -EOPNOTSUPP;

	if (when == NSL_CENSUS_PROCFS ||
	    (!forced && !*btf && nsl_procfs_count_tasks(procfs) < WORTH_IT))
		return true;
	if (!taken)
		taken = census_new();
	taken->procfs = procfs;
	nsl_census_forget(taken);
	/* Its PIDs are those of the initial PID namespace, and those have to be the procfs's. */
	if (nsl_collect_sees_all_pids(procfs))
		result = take_all(taken, btf);
	if (result < 0)
		return !forced ||
		       nsl_fail(error, result, "--census=bpf: BPF iterators cannot be used");
	*census = g_steal_pointer(&taken);
	return true;
}

void nsl_census_free(NslCensus *census)
{
	g_array_unref(census->processes);
	g_array_unref(census->threads);
	g_hash_table_unref(census->cgroups);
	g_hash_table_unref(census->links);
	nsl_bpf_free(census->task_program);
	nsl_bpf_free(census->file_program);
	g_free(census);
}

static void take_again(gpointer data, const guint8 *bytes)
{
	const NslCensus *census = data;
	NslCensusTask now;
	NslLinks links;
	NslCensusTask *task;

	nsl_census_decode_task(bytes, &now, &links);
	task = now.pid == now.tid ? nsl_pid_find(census->processes, now.pid) : NULL;
	if (!task || task->start != now.start)
		return;
	/* A process that has ended meanwhile is a zombie at most, which has left its namespaces. */
	task->gone = now.links->ns[NSL_NSTYPE_MNT] == 0 && task->links->ns[NSL_NSTYPE_MNT] != 0;
	task->flags = now.flags;
	task->ppid = now.ppid;
	task->uid = now.uid;
	memcpy(task->comm, now.comm, sizeof(task->comm));
	task->moved = task->cgroup_key != now.cgroup_key;
	task->changed = !nsl_links_equal(task->links, now.links);
}

int nsl_census_confirm(NslCensus *census)
{
	NSL_EACH_IN (NslCensusTask, task, census->processes)
		task->gone = true;
	return nsl_bpf_run(census->task_program, census->task_function, NSL_TASK_RECORD_SIZE,
			   take_again, census);
}

const NslCensusTask *nsl_census_find(const NslCensus *census, guint32 pid)
{
	return census ? nsl_pid_find(census->processes, pid) : NULL;
}

bool nsl_census_tells_facts(const NslCensus *census, const NslCensusTask *task)
{
	return census->own_clock && task->level < NSL_CENSUS_LEVELS &&
	       !(task->flags & NSL_TASK_KTHREAD);
}

bool nsl_census_has_own_files(const NslCensus *census, const NslCensusTask *thread)
{
	const NslCensusTask *process = nsl_census_find(census, thread->pid);

	return process && thread->files != 0 && thread->files != process->files;
}

static const Cgroups *known_cgroups(const NslCensus *census, const NslCensusTask *task)
{
	return g_hash_table_lookup(census->cgroups, GSIZE_TO_POINTER(task->cgroup_key));
}

static bool is_unsure(const NslCensusTask *task)
{
	return task->gone || task->flags & NSL_TASK_ENDING || task->moved;
}

static gboolean is_of_unsure(gpointer key, gpointer value, gpointer data)
{
	(void)key;
	return is_unsure(nsl_census_find(data, ((const Cgroups *)value)->pid));
}

static void learn_cgroups(NslCensus *census, const NslCensusTask *task)
{
	g_auto(NslFd) process = nsl_procfs_open_process(census->procfs, task->pid);
	g_autofree char *text = nsl_process_dup_cgroup(process);
	Cgroups *cgroups;

	if (!text)
		return;
	cgroups = g_new(Cgroups, 1);
	cgroups->pid = task->pid;
	cgroups->text = g_ref_string_new(text);
	g_hash_table_insert(census->cgroups, GSIZE_TO_POINTER(task->cgroup_key), cgroups);
}

bool nsl_census_learn_cgroups(NslCensus *census, NslCensusWants *wants, gconstpointer data,
			      bool last)
{
	bool known = true;

	g_hash_table_foreach_remove(census->cgroups, is_of_unsure, census);
	NSL_EACH_IN (NslCensusTask, task, census->processes) {
		if (task->cgroup_key == 0 || !wants(data, task) || known_cgroups(census, task))
			continue;
		known = false;
		if (last)
			task->changed = true;
		else if (!is_unsure(task))
			learn_cgroups(census, task);
	}
	return known;
}

char *nsl_census_get_cgroups(const NslCensus *census, const NslCensusTask *task)
{
	const Cgroups *known = known_cgroups(census, task);

	return known ? g_ref_string_acquire(known->text) : NULL;
}
