/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The pass over all processes: which namespaces each is in. Expendable workers read
 * (process_record.h); the records that they send become the snapshot's processes.
 */
#include "collect/passes.h"

#include <errno.h>
#include <string.h>

#include "base/sys.h"
#include "base/worker.h"
#include "collect/census_cgroups.h"
#include "collect/closing.h"
#include "collect/process_record.h"

#define MESSAGE_BLOCKED "does not answer: its command line is left out"

/* The cgroups of a process that is ending cannot be told; in most cases it has soon ended. */
#define MAX_LEARNING 5	  /* times that is waited for */
#define ENDING_TIME  1000 /* microseconds each time */

#define LEAST_CLOSING_TIME 20000 /* microseconds that closing the scan may always take */

typedef struct Scan {
	NslCollect *collect;
	NslProcessReader reader;
	GArray *entries;     /* NslProcfsEntry */
	char *cgroup;	     /* of the process before: a GRefString, or NULL */
	NslCgroups *cgroups; /* of all, where there is a census */
} Scan;

static void read_process(gpointer data, guint item, bool careful, GByteArray *out)
{
	const Scan *scan = data;

	nsl_process_record_read(&scan->reader, &g_array_index(scan->entries, NslProcfsEntry, item),
				careful, out);
}

/* Arguments end in NUL bytes: a space each. */
static char *take_command(const char *bytes, gsize size)
{
	char *command = g_malloc(size + 1);

	memcpy(command, bytes, size);
	for (gsize i = 0; i < size; i++)
		if (command[i] == '\0')
			command[i] = ' ';
	command[size] = '\0';
	return command;
}

/* Most processes are in the same cgroups as the one before: the same text. Transfer full. */
static char *intern(Scan *scan, const char *text, gsize size)
{
	g_autofree char *copy = NULL;

	if (!scan->cgroup || strncmp(scan->cgroup, text, size) != 0 || scan->cgroup[size] != '\0') {
		copy = g_strndup(text, size);
		g_clear_pointer(&scan->cgroup, g_ref_string_release);
		scan->cgroup = g_ref_string_new_intern(copy);
	}
	return g_ref_string_acquire(scan->cgroup);
}

static void note(const Scan *scan, const char *code, const char *message, guint32 pid)
{
	nsl_snapshot_note(scan->collect->snapshot, NSL_SOURCE_PROCESSES, code, message, pid);
}

static void note_errno(const Scan *scan, const char *what, int result, guint32 pid)
{
	g_autofree char *message = NULL;

	if (result >= 0 || nsl_is_gone(result))
		return;
	message = g_strdup_printf("%s: %s", what, nsl_errno_text(result));
	note(scan, nsl_errno_name(result), message, pid);
}

static bool has_cgroups_of_interest(const Scan *scan, const NslCensusTask *task)
{
	return task->links.cgroup_key != 0 && !task->gone &&
	       (nsl_process_is_asked_for(&scan->reader, task->pid) ||
		nsl_process_interest(&scan->reader, &task->links) == NSL_INTEREST_SHOWN);
}

/* What the census's key stands for, where it is to be looked up. 0 or -errno; transfer full. */
static int find_cgroups(const Scan *scan, guint32 pid, const NslProcessRecord *record,
			char **ret_text)
{
	const NslCensusTask *task =
		scan->cgroups ? nsl_census_find(scan->collect->census, pid) : NULL;

	if (record->cgroup_size > 0 || !task || !has_cgroups_of_interest(scan, task))
		return 0;
	return nsl_cgroups_get(scan->cgroups, task, ret_text);
}

static NslProcess *add_listed(Scan *scan, guint32 pid, const NslProcessRecord *record,
			      const guint8 *rest)
{
	NslSnapshot *snapshot = scan->collect->snapshot;
	NslProcess *process = nsl_snapshot_add_process(snapshot, pid);
	gsize nspid_size = record->n_nspid * sizeof(*process->nspid);
	const char *cgroup = (const char *)rest + nspid_size;
	const char *command = cgroup + record->cgroup_size;
	const char *comm = command + record->command_size;

	if (record->cgroup_size > 0)
		process->cgroup = intern(scan, cgroup, record->cgroup_size);
	if (record->has_command)
		process->command = take_command(command, record->command_size);
	process->command_truncated = record->command_truncated;
	if (record->comm_size > 0)
		process->comm = g_strndup(comm, record->comm_size);
	process->has_stat = record->has_stat;
	process->has_status = record->has_status;
	process->kthread = record->kthread;
	process->ppid = record->ppid;
	process->start_ticks = record->start_ticks;
	process->uid = record->uid;
	process->n_nspid = record->n_nspid;
	process->nspid = g_new(guint32, record->n_nspid);
	if (nspid_size > 0)
		memcpy(process->nspid, rest, nspid_size);
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
		if (record->links.ns[type] != 0)
			nsl_process_join(process,
					 nsl_snapshot_add(snapshot, type, record->links.ns[type]));
		if (record->links.for_children[type] != 0) {
			process->for_children[type] =
				nsl_snapshot_add(snapshot, type, record->links.for_children[type]);
			nsl_namespace_add_holder(
				process->for_children[type],
				&(NslHolder){.kind = NSL_HOLDER_FOR_CHILDREN, .pid = pid});
		}
	}
	return process;
}

/* A process that is there, and that is all that is known. */
static void add_unreadable(const Scan *scan, guint32 pid, const char *code, const char *why)
{
	NslSnapshot *snapshot = scan->collect->snapshot;
	g_autofree char *message = g_strdup_printf("its namespaces could not be read: %s", why);

	snapshot->n_unreadable++;
	g_hash_table_add(scan->collect->unreadable, GUINT_TO_POINTER(pid));
	nsl_snapshot_note(snapshot, NSL_SOURCE_PROCESSES, code, message, pid)->unreadable = true;
	if (nsl_selection_names_pid(scan->collect->selection, pid))
		nsl_snapshot_add_process(snapshot, pid)->unreadable = true;
}

static void add_unknown(const Scan *scan, guint32 pid, NslWorkState state)
{
	if (state == NSL_WORK_CRASHED)
		add_unreadable(scan, pid, "crash", "reading it ended the reader");
	else
		add_unreadable(scan, pid, nsl_errno_name(-ETIMEDOUT), "it does not answer");
}

static void note_partial(const Scan *scan, guint32 pid, NslWorkState state,
			 const NslProcessRecord *record)
{
	if (record->kthread) /* it has no command line that could be left out */
		state = NSL_WORK_DONE;
	switch (state) {
	case NSL_WORK_DONE:
		break;
	case NSL_WORK_BLOCKED:
		note(scan, nsl_errno_name(-ETIMEDOUT), MESSAGE_BLOCKED, pid);
		break;
	case NSL_WORK_SKIPPED:
		note(scan, "skipped",
		     "its command line was left out, since too many others do not answer", pid);
		break;
	case NSL_WORK_CRASHED:
		note(scan, "crash", "reading its command line ended the reader", pid);
		break;
	case NSL_WORK_TOO_LARGE:
		note(scan, nsl_errno_name(nsl_work_errno(state)),
		     "its command line was left out: it takes too much memory", pid);
		break;
	case NSL_WORK_NOBODY:
		note(scan, nsl_errno_name(nsl_work_errno(state)),
		     "its command line was left out: no process could be started to read it", pid);
		break;
	}
	note_errno(scan, "its command line cannot be read", record->command_error, pid);
	note_errno(scan, "its stat cannot be read", record->stat_error, pid);
	note_errno(scan, "its status cannot be read", record->status_error, pid);
	note_errno(scan, "its cgroups cannot be read", record->cgroup_error, pid);
}

static void note_mnt_member(const Scan *scan, guint32 pid, guint64 inode)
{
	GHashTable *members = scan->collect->mnt_members;

	/* PID 1 only where there is no other: its links are those that may not be opened. */
	if (inode != 0 && GPOINTER_TO_UINT(g_hash_table_lookup(members, &inode)) <= 1)
		g_hash_table_insert(members, nsl_collect_key(inode), GUINT_TO_POINTER(pid));
}

/* The PID is nobody's, or another one's by now, or its process went to other namespaces. */
static bool is_outdated(const NslCensusTask *known)
{
	return known->gone || known->changed;
}

static void take_result(Scan *scan, guint32 pid, NslWorkItem item)
{
	NslProcessRecord record;
	NslProcess *process;
	char *cgroups = NULL;
	int result;

	if (!item.record || item.size < sizeof(record)) {
		scan->collect->snapshot->n_looked_at++;
		add_unknown(scan, pid, item.state);
		return;
	}
	memcpy(&record, item.record, sizeof(record));
	if (record.outcome != NSL_OUTCOME_GONE)
		note_mnt_member(scan, pid, record.links.ns[NSL_NSTYPE_MNT]);
	if (record.outcome != NSL_OUTCOME_GONE && record.threaded)
		g_array_append_val(scan->collect->threaded, pid);
	switch (record.outcome) {
	case NSL_OUTCOME_GONE:
		return;
	case NSL_OUTCOME_PLAIN:
		break;
	case NSL_OUTCOME_ERROR:
		add_unreadable(scan, pid, nsl_errno_name(record.error),
			       nsl_errno_text(record.error));
		break;
	case NSL_OUTCOME_LISTED:
		if (item.size != sizeof(record) + record.n_nspid * sizeof(guint32) +
					 record.cgroup_size + record.command_size +
					 record.comm_size) {
			add_unknown(scan, pid, NSL_WORK_CRASHED);
			break;
		}
		result = find_cgroups(scan, pid, &record, &cgroups);
		if (nsl_is_gone(result)) /* whose it was can no longer be told */
			return;
		note_errno(scan, "its cgroups cannot be read", result, pid);
		process = add_listed(scan, pid, &record, item.record + sizeof(record));
		if (cgroups)
			process->cgroup = cgroups;
		process->responsive = item.state != NSL_WORK_BLOCKED;
		note_partial(scan, pid, item.state, &record);
		break;
	}
	scan->collect->snapshot->n_looked_at++;
}

static void take_closed(Scan *scan, const NslClosedRecord *record)
{
	guint before = scan->collect->snapshot->n_looked_at;

	take_result(scan, record->pid,
		    (NslWorkItem){.state = record->careful ? NSL_WORK_SKIPPED : NSL_WORK_DONE,
				  .record = record->record,
				  .size = record->size});
	if (scan->collect->snapshot->n_looked_at != before)
		g_array_append_val(scan->collect->pids, record->pid);
}

/* In the order of the PIDs. What `closed` has was read later. */
static void take_results(Scan *scan, const NslWork *work, const NslClosed *closed)
{
	const NslCensus *census = scan->collect->census;
	const GArray *records = closed ? closed->records : NULL;
	guint n_records = records ? records->len : 0;
	guint next = 0;

	for (guint i = 0; i < scan->entries->len; i++) {
		guint32 pid = g_array_index(scan->entries, NslProcfsEntry, i).pid;
		const NslCensusTask *known = census ? nsl_census_find(census, pid) : NULL;

		for (; next < n_records && g_array_index(records, NslClosedRecord, next).pid < pid;
		     next++)
			take_closed(scan, &g_array_index(records, NslClosedRecord, next));
		if (next < n_records && g_array_index(records, NslClosedRecord, next).pid == pid)
			continue; /* it will be taken before the next one */
		g_array_append_val(scan->collect->pids, pid);
		if (!known || !is_outdated(known))
			take_result(scan, pid, nsl_work_get(work, i));
	}
	for (; next < n_records; next++)
		take_closed(scan, &g_array_index(records, NslClosedRecord, next));
}

typedef enum Standing {
	STANDING_SETTLED,
	STANDING_ENDED,	 /* a zombie, perhaps only since it was listed */
	STANDING_MISSED, /* it was listed, and gone before it was read */
} Standing;

static Standing standing_of(const Scan *scan, const NslProcfsEntry *entry, NslWorkItem item)
{
	const NslCensus *census = scan->collect->census;
	const NslCensusTask *known = census ? nsl_census_find(census, entry->pid) : NULL;
	NslProcessRecord record;

	if (known)
		return is_outdated(known) ? STANDING_MISSED : STANDING_SETTLED;
	if (!item.record || item.size < sizeof(record))
		return STANDING_SETTLED; /* it does not answer, which will be noted */
	memcpy(&record, item.record, sizeof(record));
	if (record.outcome == NSL_OUTCOME_GONE)
		return STANDING_MISSED;
	return nsl_process_record_is_zombie(&scan->reader, &record) ? STANDING_ENDED
								    : STANDING_SETTLED;
}

/* Whether somebody may be in namespaces of interest that the census has not seen there. */
static bool has_lost(const Scan *scan)
{
	const GArray *processes = nsl_census_processes(scan->collect->census);

	for (guint i = 0; i < processes->len; i++) {
		const NslCensusTask *task = &g_array_index(processes, NslCensusTask, i);

		/* Where a process was that had ended before the census came to it is not known. */
		if (task->changed ||
		    (task->gone &&
		     (task->links.ns[NSL_NSTYPE_MNT] == 0 ||
		      nsl_process_interest(&scan->reader, &task->links) != NSL_INTEREST_NONE)))
			return true;
	}
	return false;
}

/*
 * Who was listed and gone before it was read may have left somebody behind who was not listed
 * (closing.h). NULL: everybody was read. The census reads everybody as it lists them, so there it
 * is only about who was in namespaces of interest. Transfer full.
 */
static NslClosed *close_scan(Scan *scan, const NslWork *work, gint64 taken)
{
	NslCollect *collect = scan->collect;
	g_autoptr(GArray) settled = g_array_new(FALSE, FALSE, sizeof(NslProcfsEntry));
	NslClosing closing = {.procfs = collect->procfs,
			      .settled = settled,
			      .budget = MAX(taken, LEAST_CLOSING_TIME),
			      .read = nsl_process_record_read_new,
			      .data = &scan->reader,
			      .waited = &collect->waited};
	NslClosed *closed = NULL;
	bool open = false;

	if (!collect->procfs->real || collect->snapshot->only_selected)
		return NULL;
	for (guint i = 0; i < scan->entries->len; i++) {
		const NslProcfsEntry *entry = &g_array_index(scan->entries, NslProcfsEntry, i);
		Standing standing = standing_of(scan, entry, nsl_work_get(work, i));

		open = open || standing != STANDING_SETTLED;
		if (standing != STANDING_MISSED)
			g_array_append_val(settled, *entry);
	}
	if (collect->census ? has_lost(scan) : open)
		note_errno(scan, "the processes cannot be listed again",
			   nsl_closing_run(&closing, &closed), 0);
	return closed;
}

static void note_unclosed(const Scan *scan, const NslClosed *closed)
{
	g_autofree char *message = NULL;

	if (!closed || closed->closed)
		return;
	message = g_strdup_printf(
		"processes fork and end faster than they can be read: %u were missed",
		closed->missed);
	note(scan, "forking", message, 0);
}

static gint compare_entries(gconstpointer a, gconstpointer b)
{
	const NslProcfsEntry *x = a;
	const NslProcfsEntry *y = b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return (x->inode < y->inode) - (x->inode > y->inode); /* who was listed first */
}

static void add_pid(GArray *entries, guint32 pid)
{
	const NslProcfsEntry entry = {.pid = pid};

	g_array_append_val(entries, entry);
}

/* The selected PIDs: threads' too, which no listing of /proc shows. Each once, ascending. */
static void add_named(const NslSelection *selection, GArray *entries)
{
	guint kept = 0;

	for (guint i = 0; i < selection->selectors->len; i++) {
		const NslSelector *selector = g_ptr_array_index(selection->selectors, i);

		if (selector->kind == NSL_SELECTOR_PID && selector->pid != 0)
			add_pid(entries, selector->pid);
	}
	for (guint i = 0; i < selection->tasks->len; i++)
		add_pid(entries, g_array_index(selection->tasks, guint32, i));
	g_array_sort(entries, compare_entries);
	for (guint i = 0; i < entries->len; i++) {
		NslProcfsEntry entry = g_array_index(entries, NslProcfsEntry, i);

		if (kept == 0 || g_array_index(entries, NslProcfsEntry, kept - 1).pid != entry.pid)
			g_array_index(entries, NslProcfsEntry, kept++) = entry;
	}
	g_array_set_size(entries, kept);
}

/*
 * A procfs shows the processes of one PID namespace and of those within it. Which one that is the
 * caller's own link tells where it is the caller's, else that of PID 1.
 */
static bool is_of_inner_pid_namespace(const NslProcfs *procfs)
{
	g_auto(NslFd) process =
		procfs->local ? nsl_procfs_open_self(procfs) : nsl_procfs_open_process(procfs, 1);
	guint64 inode;

	return procfs->real && process >= 0 &&
	       nsl_nstype_read(process, NSL_NSTYPE_PID, &inode) == 0 && inode != 0 &&
	       inode != nsl_nstypes[NSL_NSTYPE_PID].initial_inode;
}

static bool list_processes(const NslCollect *collect, GArray *entries, GError **error)
{
	int result = 0;

	/* With selected PIDs alone the rest need not be there, but a procfs it must be. */
	if (!collect->snapshot->only_selected || !collect->procfs->real)
		result = nsl_procfs_list_entries(collect->procfs, entries);
	if (result < 0)
		return nsl_fail(error, result, "%s", collect->procfs->path);
	if (entries->len == 0 && !(collect->snapshot->only_selected && collect->procfs->real)) {
		g_set_error(error, NSL_ERROR, NSL_ERROR_SYSTEM,
			    "%s: no process directories; is a procfs mounted there?",
			    collect->procfs->path);
		return false;
	}
	if (collect->snapshot->only_selected)
		g_array_set_size(entries, 0);
	else if (collect->procfs->real && g_array_index(entries, NslProcfsEntry, 0).pid != 1)
		nsl_snapshot_note(collect->snapshot, NSL_SOURCE_PROCESSES, "hidepid",
				  "procfs hides other users' processes (mount option hidepid); run "
				  "as root to "
				  "see them",
				  0);
	if (!collect->snapshot->only_selected && is_of_inner_pid_namespace(collect->procfs))
		nsl_snapshot_note(collect->snapshot, NSL_SOURCE_PROCESSES, "pid-namespace",
				  "processes outside this PID namespace cannot be seen", 0);
	add_named(collect->selection, entries);
	return true;
}

/* True: all of them are known. Else some were read, and the census is to be confirmed. */
static bool learn_cgroups(const Scan *scan)
{
	const GArray *processes = nsl_census_processes(scan->collect->census);
	bool known = true;

	for (guint i = 0; i < processes->len; i++) {
		const NslCensusTask *task = &g_array_index(processes, NslCensusTask, i);

		if (!has_cgroups_of_interest(scan, task) || nsl_cgroups_know(scan->cgroups, task))
			continue;
		nsl_cgroups_learn(scan->cgroups, task);
		known = false;
	}
	return known;
}

/* Finds out whom the census was about to the end. False: that cannot be told. */
static bool settle(Scan *scan)
{
	NslCollect *collect = scan->collect;

	if (collect->facts & NSL_FACT_CONTAINERS) {
		scan->cgroups = nsl_cgroups_new(collect->procfs);
		learn_cgroups(scan);
	}
	if (nsl_census_confirm(collect->census) != 0)
		return false;
	for (guint i = 0; scan->cgroups && i < MAX_LEARNING; i++) {
		nsl_cgroups_forget_unsure(scan->cgroups, collect->census);
		if (learn_cgroups(scan))
			break;
		g_usleep(ENDING_TIME);
		collect->waited += ENDING_TIME;
		if (nsl_census_confirm(collect->census) != 0)
			return false;
	}
	return true;
}

bool nsl_collect_members(NslCollect *collect, GError **error)
{
	g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(NslProcfsEntry));
	g_autoptr(NslWorkCounter) commands = nsl_work_counter_new();
	g_autoptr(NslWork) work = NULL;
	g_autoptr(NslClosed) closed = NULL;
	g_autoptr(GHashTable) doubted = g_hash_table_new(NULL, NULL);
	Scan scan = {.collect = collect,
		     .reader = {.collect = collect,
				.own_pid = nsl_procfs_self(collect->procfs),
				.commands = commands,
				.doubted = doubted},
		     .entries = entries};
	gint64 began;
	NslWorkSpec spec = {
		.run = read_process,
		.data = &scan,
		.keep = {collect->procfs->fd, -1},
		.waited = &collect->waited,
		.progress = collect->progress,
		.what = "processes",
	};

	collect->snapshot->only_selected =
		nsl_selection_is_pids(collect->selection) && collect->selection->tasks->len == 0;
	collect->snapshot->coverage[NSL_SOURCE_PROCESSES] = NSL_COVERAGE_COMPLETE;
	if (!collect->snapshot->only_selected &&
	    !nsl_census_take(collect->procfs, &collect->census, error))
		return false;
	if (collect->procfs->local && !collect->snapshot->only_selected)
		scan.reader.last_pid = nsl_procfs_last_pid(collect->procfs);
	if (!list_processes(collect, entries, error))
		return false;
	scan.reader.types =
		collect->snapshot->only_selected &&
				!(collect->facts & (NSL_FACT_ALL_TYPES | NSL_FACT_CONTAINERS))
			? collect->selection->types
			: NSL_NSTYPES_ALL;
	spec.n_items = entries->len;
	began = g_get_monotonic_time();
	work = nsl_work_run(&spec);
	if (collect->census && !settle(&scan)) {
		g_clear_pointer(&collect->census, nsl_census_free);
		nsl_work_free(g_steal_pointer(&work));
		work = nsl_work_run(&spec);
	}
	closed = close_scan(&scan, work, g_get_monotonic_time() - began);
	take_results(&scan, work, closed);
	note_unclosed(&scan, closed);
	g_clear_pointer(&scan.cgroup, g_ref_string_release);
	g_clear_pointer(&scan.cgroups, nsl_cgroups_free);
	return true;
}
