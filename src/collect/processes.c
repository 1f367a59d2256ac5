/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The pass over all processes: which namespaces each is in. Expendable workers visit the processes
 * (process_record.h), and send records; the records become the snapshot's processes.
 */
#include "collect/collect.h"

#include <string.h>

#include "base/each.h"
#include "base/sys.h"
#include "base/text.h"
#include "collect/process_record.h"

/* The cgroups of a process that is ending cannot be told; in most cases it has soon ended. */
#define MAX_LEARNING 5	  /* times that is waited for */
#define ENDING_TIME  1000 /* microseconds each time */

#define LEAST_CLOSING_TIME 60000 /* microseconds that closing the scan may always take */

/* As messages have them. */
static const char *const part_failures[NSL_PART_COUNT] = {
	[NSL_PART_STATUS] = "the status cannot be read",
	[NSL_PART_CGROUP] = "the cgroups cannot be read",
	[NSL_PART_COMMAND] = "the command line cannot be read",
	[NSL_PART_STAT] = "the stat cannot be read",
};

/* From records to the snapshot. */

static void note(const NslProcessScan *scan, const char *code, const char *message, guint32 pid)
{
	nsl_snapshot_note(scan->collect->snapshot, NSL_SOURCE_PROCESSES, code, message, pid);
}

static void note_errno(const NslProcessScan *scan, const char *what, int result, guint32 pid)
{
	nsl_collect_note(scan->collect, NSL_SOURCE_PROCESSES, what, result, pid);
}

/* NslCensusWants */
static bool wants_cgroups(gconstpointer data, const NslCensusTask *task)
{
	const NslProcessScan *scan = data;

	return task->cgroup_key != 0 && !task->gone &&
	       nsl_process_interest(scan, task->pid, task->links) >= NSL_INTEREST_NAMED;
}

/* The first process with these links. */
static void join_first(NslSnapshot *snapshot, NslProcess *process, const NslLinks *links)
{
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
		if (links->ns[type] != 0)
			nsl_process_join(process,
					 nsl_snapshot_add(snapshot, type, links->ns[type]));
		if (links->for_children[type] != 0)
			nsl_process_unshare_children(
				process,
				nsl_snapshot_add(snapshot, type, links->for_children[type]));
	}
}

/* What no worker has read, since the census tells it. */
static void add_facts(const NslProcessScan *scan, NslProcess *process, const NslCensusTask *task,
		      const NslProcessRecord *read)
{
	const NslCensus *census = scan->collect->bpf.census;
	guint facts = scan->collect->facts;

	if (!process->cgroup && facts & NSL_FACT_CONTAINERS && wants_cgroups(scan, task))
		process->cgroup = nsl_census_get_cgroups(census, task);
	if (!nsl_process_is_shown(process) || !nsl_census_tells_facts(census, task))
		return;
	/* Who is above a process, and since when, tells whose a container is. */
	if (facts & (NSL_FACT_STAT | NSL_FACT_CONTAINERS) && !read->has_stat &&
	    read->errors[NSL_PART_STAT] == 0) {
		process->has_stat = true;
		process->ppid = task->ppid;
		process->start_ticks = task->start / nsl_procfs_tick();
		g_free(process->comm);
		process->comm = g_strdup(task->comm);
	}
	if (facts & NSL_FACT_STATUS && !read->has_status && read->errors[NSL_PART_STATUS] == 0) {
		process->has_status = true;
		process->uid = task->uid;
		process->n_nspid = task->level + 1;
		process->nspid = g_renew(guint32, process->nspid, process->n_nspid);
		process->nspid[0] = task->pid;
		memcpy(process->nspid + 1, task->inner, task->level * sizeof(*task->inner));
	}
}

static void join(const NslProcessScan *scan, NslProcess *process, const NslLinks *links)
{
	NslProcessPlace *place = nsl_process_place(scan, links);

	if (place->first) {
		nsl_process_join_as(process, place->first);
	} else {
		join_first(scan->collect->snapshot, process, links);
		place->first = process;
	}
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		if (links->for_children[type] != 0)
			nsl_namespace_add_holder(
				nsl_process_for_children(process, type),
				&(NslHolder){.kind = NSL_HOLDER_FOR_CHILDREN, .pid = process->pid});
}

/*
 * Of the same text one copy: most processes share theirs with others. Not interned by GLib, whose
 * hash lets users choose cgroups that all have the same.
 */
static char *share_cgroup(const NslProcessScan *scan, const char *text)
{
	char *shared = g_hash_table_lookup(scan->cgroups, text);

	if (!shared) {
		shared = g_ref_string_new(text);
		g_hash_table_add(scan->cgroups, shared);
	}
	return g_ref_string_acquire(shared);
}

/* `item` has the bytes of the parts, all of them. */
static NslProcess *add_listed(const NslProcessScan *scan, guint32 pid, const NslCensusTask *known,
			      const NslProcessRecord *record, NslWorkItem *item)
{
	NslProcess *process = nsl_snapshot_add_process(scan->collect->snapshot, pid);
	guint32 command_size = record->sizes[NSL_PART_COMMAND];
	g_autofree char *cgroup = NULL;
	char *command;

	process->n_nspid = record->sizes[NSL_PART_STATUS] / sizeof(*process->nspid);
	process->nspid = g_new(guint32, process->n_nspid);
	nsl_work_take(item, process->nspid, record->sizes[NSL_PART_STATUS]);
	cgroup = nsl_work_take_text(item, record->sizes[NSL_PART_CGROUP]);
	if (record->sizes[NSL_PART_CGROUP] > 0)
		process->cgroup = share_cgroup(scan, cgroup);
	command = nsl_work_take_text(item, command_size);
	for (guint i = 0; i < command_size; i++) /* arguments end in NUL bytes */
		if (command[i] == '\0')
			command[i] = ' ';
	if (command_size > 0)
		process->command = g_steal_pointer(&command);
	g_free(command);
	if (record->has_stat ||
	    (record->interest >= NSL_INTEREST_NAMED && !process->command)) /* it may be empty */
		process->comm = nsl_work_take_text(item, record->sizes[NSL_PART_STAT]);
	process->zombie = nsl_process_is_zombie(scan, record);
	process->command_truncated = record->command_truncated;
	process->command_left = record->command_left;
	process->in_passing = record->in_passing;
	process->cgroup_lost = record->cgroup_lost;
	process->has_stat = record->has_stat;
	process->has_status = record->has_status;
	process->kthread = record->kthread;
	for (NslProcessPart part = 0; part < NSL_PART_COUNT; part++)
		process->unread |= record->errors[part] < 0 ? 1u << part : 0;
	process->ppid = record->ppid;
	process->start_ticks = record->start_ticks;
	process->uid = record->uid;
	if (known)
		add_facts(scan, process, known, record);
	join(scan, process, &record->links);
	return process;
}

/* A process that is there, and that is all that is known. `result`: -errno; 0: none. */
static void add_unreadable(const NslProcessScan *scan, guint32 pid, int result, const char *code,
			   const char *why)
{
	NslSnapshot *snapshot = scan->collect->snapshot;
	g_autofree char *message = g_strdup_printf("the namespaces could not be read: %s", why);

	snapshot->n_unreadable++;
	/* PID 1 is in the root namespaces, where these are not another process's. */
	if (pid != 1 || snapshot->reference == NSL_REFERENCE_PID)
		snapshot->unseen |= NSL_UNSEEN_ANYWHERE;
	g_hash_table_insert(scan->collect->unreadable, GUINT_TO_POINTER(pid),
			    GINT_TO_POINTER(result));
	nsl_snapshot_note(snapshot, NSL_SOURCE_PROCESSES, code, message, pid)->unreadable = true;
	if (nsl_selection_names_pid(scan->collect->selection, pid))
		nsl_snapshot_add_process(snapshot, pid)->unreadable = true;
}

static void add_unknown(const NslProcessScan *scan, guint32 pid, NslWorkState state)
{
	if (state == NSL_WORK_CRASHED)
		add_unreadable(scan, pid, 0, "crash", "reading it ended the reader");
	else if (state == NSL_WORK_SKIPPED)
		add_unreadable(scan, pid, -ETIMEDOUT, "skipped", "too many others do not answer");
	else
		add_unreadable(scan, pid, -ETIMEDOUT, nsl_errno_name(-ETIMEDOUT),
			       "it does not answer");
}

/* What a record lacks that could not be read as usual. */
static void note_partial(const NslProcessScan *scan, guint32 pid, const NslCensusTask *known,
			 NslWorkState state, const NslProcessRecord *record)
{
	static const struct {
		const char *code;
		const char *message;
	} states[] = {
		[NSL_WORK_BLOCKED] = {"ETIMEDOUT",
				      "the command line does not answer, and is left out"},
		[NSL_WORK_SKIPPED] = {"skipped",
				      "the command line is left out, since too many others do "
				      "not answer"},
		[NSL_WORK_CRASHED] = {"crash", "reading the command line ended the reader"},
		[NSL_WORK_TOO_LARGE] = {"EFBIG",
					"the command line is left out: it takes too much memory"},
		[NSL_WORK_NOBODY] = {"EAGAIN",
				     "the command line is left out: no process could be started "
				     "to read it"},
	};

	/* A kernel thread has no command line that could be left out. */
	if (state != NSL_WORK_DONE && !record->kthread &&
	    nsl_process_wants_command(scan, pid, record, known))
		note(scan, states[state].code, states[state].message, pid);
	note_errno(scan, part_failures[NSL_PART_COMMAND], record->errors[NSL_PART_COMMAND], pid);
	note_errno(scan, part_failures[NSL_PART_STAT], record->errors[NSL_PART_STAT], pid);
	note_errno(scan, part_failures[NSL_PART_STATUS], record->errors[NSL_PART_STATUS], pid);
	note_errno(scan, part_failures[NSL_PART_CGROUP], record->errors[NSL_PART_CGROUP], pid);
}

static void note_mnt_member(const NslProcessScan *scan, guint32 pid, guint64 inode)
{
	GHashTable *members = scan->collect->mnt_members;
	gpointer key = GSIZE_TO_POINTER(inode);

	/* PID 1 only where there is no other: its links are those that may not be opened. */
	if (inode != 0 && GPOINTER_TO_UINT(g_hash_table_lookup(members, key)) <= 1)
		g_hash_table_insert(members, key, GUINT_TO_POINTER(pid));
}

static void take_listed(const NslProcessScan *scan, guint32 pid, const NslCensusTask *known,
			const NslProcessRecord *record, NslWorkItem *item)
{
	NslProcess *process;
	gsize size = 0;

	for (NslProcessPart part = 0; part < NSL_PART_COUNT; part++)
		size += record->sizes[part];
	if (item->size != size) {
		add_unknown(scan, pid, NSL_WORK_CRASHED);
		return;
	}
	process = add_listed(scan, pid, known, record, item);
	if (item->state != NSL_WORK_DONE && !record->kthread)
		process->unread |= 1u << NSL_PART_COMMAND;
	process->responsive = item->state != NSL_WORK_BLOCKED;
	note_partial(scan, pid, known, item->state, record);
}

/* False: a process that is gone, and counts as not looked at. */
static bool take_gone(const NslProcessScan *scan, guint32 pid)
{
	if (!nsl_selection_names_pid(scan->collect->selection, pid) ||
	    !nsl_procfs_hides(scan->collect->procfs, pid))
		return false;
	add_unreadable(scan, pid, 0, NSL_HIDEPID, "the procfs hides it (mount option hidepid)");
	return true;
}

/*
 * False: the process is gone, and counts as not looked at. `known`: what the census had of it when
 * it was read, or NULL.
 */
static bool take_record(const NslProcessScan *scan, guint32 pid, const NslCensusTask *known,
			NslWorkItem item)
{
	NslProcessRecord record;

	if (!nsl_work_take(&item, &record, nsl_process_record_size(known))) {
		add_unknown(scan, pid, item.state);
		return true;
	}
	if (known)
		record.links = *known->links;
	if (nsl_is_gone(record.error))
		return take_gone(scan, pid);
	note_mnt_member(scan, pid, record.links.ns[NSL_NSTYPE_MNT]);
	if (record.threaded) {
		g_array_append_val(scan->collect->threaded, pid);
		/* Of the selected ones alone it is only read where its threads have to tell. */
		scan->collect->facts |= NSL_FACT_THREADS;
	}
	if (record.error < 0)
		add_unreadable(scan, pid, record.error, nsl_errno_name(record.error),
			       nsl_errno_text(record.error));
	else if (record.interest != NSL_INTEREST_NONE)
		take_listed(scan, pid, known, &record, &item);
	return true;
}

/* The PID is nobody's, or another one's by now, or its process went to other namespaces. */
static bool is_outdated(const NslCensusTask *known)
{
	return known->gone || known->changed;
}

/* In the order of the PIDs. What `closing` has was read later. */
static void take_records(const NslProcessScan *scan, NslWork *work, const NslClosing *closing)
{
	NslCollect *collect = scan->collect;
	guint n_closed = closing->records ? closing->records->len : 0;

	for (guint i = 0, at = 0; i < scan->entries->len || at < n_closed;) {
		const NslClosedRecord *again =
			at < n_closed ? &g_array_index(closing->records, NslClosedRecord, at)
				      : NULL;
		guint32 pid = i < scan->entries->len
				      ? g_array_index(scan->entries, NslProcfsEntry, i).pid
				      : G_MAXUINT32;
		const NslCensusTask *known = nsl_census_find(collect->bpf.census, pid);

		if (again && again->pid <= pid) {
			i += again->pid == pid;
			at++;
			if (!take_record(scan, again->pid, NULL, again->item))
				continue;
			collect->snapshot->n_looked_at++;
			g_array_append_val(collect->pids, again->pid);
			continue;
		}
		g_array_append_val(collect->pids, pid);
		if (!(known && is_outdated(known)) &&
		    take_record(scan, pid, known, nsl_work_get(work, i)))
			collect->snapshot->n_looked_at++;
		nsl_work_drop(work, i); /* its memory will do for the next process */
		i++;
	}
}

/* Before that: which processes there are, and whether these are all. */

/* READ also of those that do not answer, which will be noted. */
static NslClosingResult result_of(const NslProcessScan *scan, guint i, const NslWork *work)
{
	guint32 pid = g_array_index(scan->entries, NslProcfsEntry, i).pid;
	const NslCensusTask *known = nsl_census_find(scan->collect->bpf.census, pid);
	NslWorkItem item = nsl_work_get(work, i);
	NslProcessRecord record;

	if (known)
		return is_outdated(known) ? NSL_CLOSING_MISSED : NSL_CLOSING_READ;
	if (!nsl_work_take(&item, &record, sizeof(record)))
		return NSL_CLOSING_READ;
	return nsl_process_result(scan, &record);
}

/* Whether a process may be in namespaces of interest that the census has not seen there. */
static bool has_lost(const NslProcessScan *scan)
{
	const GArray *processes = scan->collect->bpf.census->processes;

	NSL_EACH_IN (const NslCensusTask, task, processes) {
		/* Where a process was that had ended before the census came to it is not known. */
		if (task->changed ||
		    (task->gone &&
		     (task->links->ns[NSL_NSTYPE_MNT] == 0 ||
		      nsl_process_place(scan, task->links)->interest != NSL_INTEREST_NONE)))
			return true;
	}
	return false;
}

/*
 * A process that was listed and gone before it was read may have left another one behind that was
 * not listed (process_list.h). The census reads them all as it lists them, so there it is only
 * about those that were in namespaces of interest.
 */
static void close_scan(const NslProcessScan *scan, const NslWork *work, NslClosing *closing)
{
	const NslCollect *collect = scan->collect;
	g_autoptr(GHashTable) settled = g_hash_table_new(NULL, NULL);
	bool open = collect->bpf.census && has_lost(scan);

	if (!collect->procfs->real || collect->snapshot->only_selected)
		return;
	for (guint i = 0; !collect->bpf.census && !open && i < scan->entries->len; i++)
		open = result_of(scan, i, work) != NSL_CLOSING_READ;
	if (!open)
		return;
	for (guint i = 0; i < scan->entries->len; i++)
		if (result_of(scan, i, work) != NSL_CLOSING_MISSED)
			nsl_closing_settle(settled,
					   &g_array_index(scan->entries, NslProcfsEntry, i));
	closing->settled = settled;
	closing->read = nsl_process_read_new;
	note_errno(scan, "the processes cannot be listed again", nsl_closing_run(closing), 0);
	if (closing->closed)
		return;
	if (closing->missed > 0) {
		g_autofree char *message =
			g_strdup_printf("processes fork and end faster than they can be read: "
					"%u %s missed",
					closing->missed, closing->missed == 1 ? "was" : "were");

		note(scan, "forking", message, 0);
	} else {
		note(scan, "forking",
		     "processes fork faster than they can be read: some may be missing", 0);
	}
}

/* Finds out which processes the census was about to the end. False: that cannot be told. */
static bool settle(const NslProcessScan *scan)
{
	NslCollect *collect = scan->collect;
	bool cgroups = collect->facts & NSL_FACT_CONTAINERS;

	if (cgroups)
		nsl_census_learn_cgroups(collect->bpf.census, wants_cgroups, scan, false);
	for (guint i = 0; i <= MAX_LEARNING; i++) {
		if (i > 0) {
			g_usleep(ENDING_TIME);
			collect->waited += ENDING_TIME;
		}
		if (nsl_census_confirm(collect->bpf.census) != 0)
			return false;
		if (!cgroups || nsl_census_learn_cgroups(collect->bpf.census, wants_cgroups, scan,
							 i == MAX_LEARNING))
			break;
	}
	return true;
}

/* By the census: the procfs would have to be asked for each name. */
static void list_notable(const NslCollect *collect)
{
	const GArray *processes = collect->bpf.census->processes;
	GArray *notable = g_array_new(FALSE, FALSE, sizeof(guint32));

	NSL_EACH_IN (const NslCensusTask, task, processes)
		if (collect->is_notable(task->comm))
			g_array_append_val(notable, task->pid);
	collect->snapshot->notable = notable;
}

/* Who comes first where: of them at least the command lines are read. */
static void find_lowest(const NslProcessScan *scan)
{
	const GArray *processes = scan->collect->bpf.census->processes;

	NSL_EACH_IN (const NslCensusTask, task, processes) {
		NslProcessPlace *place = nsl_process_place(scan, task->links);

		if (place->lowest == 0)
			place->lowest = task->pid;
	}
}

void nsl_collect_processes(NslCollect *collect)
{
	NslSnapshot *snapshot = collect->snapshot;
	g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(NslProcfsEntry));
	g_autoptr(NslWorkCounter) commands = nsl_work_counter_new();
	g_autoptr(GHashTable) doubted = g_hash_table_new(NULL, NULL);
	g_autoptr(GHashTable) places =
		g_hash_table_new_full(nsl_links_hash, nsl_links_equal, g_free, NULL);
	g_autoptr(GHashTable) cgroups = g_hash_table_new_full(
		nsl_text_hash, g_str_equal, (GDestroyNotify)g_ref_string_release, NULL);
	g_autoptr(NslWork) work = NULL;
	NslProcessScan scan = {.collect = collect,
			       .types = NSL_NSTYPES_ALL,
			       .own_pid = nsl_procfs_self(collect->procfs),
			       .commands = commands,
			       .doubted = doubted,
			       .entries = entries,
			       .places = places,
			       .cgroups = cgroups};
	g_auto(NslClosing) closing = {.collect = collect, .data = &scan};
	gint64 began;

	snapshot->only_selected = nsl_collect_is_selective(collect);
	snapshot->coverage[NSL_SOURCE_PROCESSES] = NSL_COVERAGE_COMPLETE;
	if (snapshot->only_selected &&
	    !(collect->facts & (NSL_FACT_ALL_TYPES | NSL_FACT_CONTAINERS)))
		/* That of mount namespaces tells zombies. */
		scan.types = collect->selection->types | NSL_NSTYPE_BIT(NSL_NSTYPE_MNT);
	if (snapshot->only_selected)
		g_clear_pointer(&collect->bpf.census, nsl_census_free);
	else if (!nsl_census_take(collect->procfs, collect->census_when, &collect->bpf.btf,
				  &collect->bpf.census, &collect->error))
		return;
	if (!nsl_collect_process_list(collect, entries, &collect->error))
		return;
	if (collect->bpf.census && !(collect->facts & NSL_FACT_COMMANDS))
		find_lowest(&scan);
	began = g_get_monotonic_time();
	work = nsl_collect_work(collect, entries->len, nsl_process_read, nsl_process_read_at_once,
				&scan, "processes");
	if (collect->bpf.census && !settle(&scan)) {
		g_clear_pointer(&collect->bpf.census, nsl_census_free);
		nsl_work_free(g_steal_pointer(&work));
		work = nsl_collect_work(collect, entries->len, nsl_process_read,
					nsl_process_read_at_once, &scan, "processes");
	}
	if (collect->bpf.census && collect->is_notable && collect->facts & NSL_FACT_CONTAINERS)
		list_notable(collect);
	closing.budget = MAX(g_get_monotonic_time() - began, LEAST_CLOSING_TIME);
	close_scan(&scan, work, &closing);
	take_records(&scan, work, &closing);
}
