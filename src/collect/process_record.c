/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The visit of one process: see process_record.h. Of a process that is only in namespaces that
 * nobody asked for, nothing but the links is read.
 */
#include "collect/process_record.h"

#include <string.h>

#include "base/sys.h"

#define COMMAND_LIMIT  (128u << 10)
#define COMMAND_SHORT  4096u	    /* the limit when there are too many long ones: */
#define COMMANDS_TOTAL (256u << 20) /* of all processes, so that nobody can exhaust the memory */

static NslInterest interest_in(const NslProcessScan *scan, NslNsType type, guint64 inode)
{
	const NslSnapshot *snapshot = scan->collect->snapshot;
	const NslSelection *selection = scan->collect->selection;
	const NslNamespace key = {
		.type = type, .inode = inode, .root = nsl_snapshot_is_root(snapshot, type, inode)};
	const NslNamespace *ns = NULL;

	if (inode == 0)
		return NSL_INTEREST_NONE;
	if (selection->selectors->len > 0) /* a selector may stand for it by a name */
		ns = nsl_snapshot_get(snapshot, type, inode);
	if (nsl_selection_wants(selection, ns ? ns : &key))
		return NSL_INTEREST_SHOWN;
	if (key.root)
		return NSL_INTEREST_NONE;
	/* Whose containers these are tells who has entered one, and what a sandbox is called. */
	return scan->collect->facts & NSL_FACT_CONTAINERS ? NSL_INTEREST_NAMED
							  : NSL_INTEREST_MEMBER;
}

NslProcessPlace *nsl_process_place(const NslProcessScan *scan, const NslLinks *links)
{
	NslProcessPlace *place = g_hash_table_lookup(scan->places, links);

	if (place)
		return place;
	place = g_new(NslProcessPlace, 1);
	*place = (NslProcessPlace){.links = *links, .interest = NSL_INTEREST_NONE};
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
		NslInterest own = interest_in(scan, type, links->ns[type]);
		NslInterest children = interest_in(scan, type, links->for_children[type]);

		place->interest = MAX(place->interest, MAX(own, children));
	}
	g_hash_table_add(scan->places, place);
	return place;
}

gsize nsl_process_record_size(const NslCensusTask *known)
{
	return known ? offsetof(NslProcessRecord, links) : sizeof(NslProcessRecord);
}

NslInterest nsl_process_interest(const NslProcessScan *scan, guint32 pid, const NslLinks *links)
{
	const NslSelection *selection = scan->collect->selection;

	if (scan->collect->facts & NSL_FACT_MEMBERS || nsl_selection_names_pid(selection, pid) ||
	    nsl_selection_is_open(selection))
		return NSL_INTEREST_SHOWN;
	return nsl_process_place(scan, links)->interest;
}

/* Also whether the process is read in passing: beside PIDs alone others are counted, not shown. */
static void find_interest(const NslProcessScan *scan, guint32 pid, const NslLinks *links,
			  NslProcessRecord *record)
{
	const NslSelection *selection = scan->collect->selection;

	record->interest = nsl_process_interest(scan, pid, links);
	/* Last what goes over all selectors: there may be thousands. */
	record->in_passing =
		!nsl_selection_names_pid(selection, pid) &&
		(record->interest != NSL_INTEREST_SHOWN ||
		 (!(scan->collect->facts & NSL_FACT_OTHERS) && nsl_selection_is_pids(selection)));
}

bool nsl_process_wants_command(const NslProcessScan *scan, guint32 pid,
			       const NslProcessRecord *record, const NslCensusTask *known)
{
	if (record->in_passing)
		return false;
	return scan->collect->facts & NSL_FACT_COMMANDS || !known ||
	       nsl_process_place(scan, known->links)->lowest == pid ||
	       nsl_selection_names_pid(scan->collect->selection, pid);
}

/*
 * Whether a process exited while its links were read: it leaves all of its namespaces at once but
 * the user and the PID one, and the links are read in the order of their types, mnt before uts.
 */
static bool exited_meanwhile(const NslProcessScan *scan, const NslLinks *links)
{
	return scan->collect->procfs->real && scan->types & NSL_NSTYPE_BIT(NSL_NSTYPE_UTS) &&
	       scan->collect->snapshot->root[NSL_NSTYPE_UTS] != 0 &&
	       links->ns[NSL_NSTYPE_MNT] != 0 && links->ns[NSL_NSTYPE_UTS] == 0;
}

/*
 * Whether a recorded procfs lacks links of types that it has a root namespace of: nobody goes away
 * there, so they were not recorded. A zombie is in no namespaces any more but the user and PID one.
 */
static bool is_recorded_in_part(const NslProcessScan *scan, int process, const NslLinks *links)
{
	NslNsTypes missing = 0;
	NslProcessStat stat;

	if (scan->collect->procfs->real)
		return false;
	NSL_EACH_TYPE (type, scan->types)
		if (links->ns[type] == 0 && scan->collect->snapshot->root[type] != 0)
			missing |= NSL_NSTYPE_BIT(type);
	if (missing && nsl_process_read_stat(process, &stat) == 0 && stat.state == 'Z')
		missing &= NSL_NSTYPE_BIT(NSL_NSTYPE_USER) | NSL_NSTYPE_BIT(NSL_NSTYPE_PID);
	return missing != 0;
}

/* False: the record has an error. */
static bool read_links(const NslProcessScan *scan, int process, NslProcessRecord *record)
{
	record->error = nsl_collect_read_links(process, scan->types, true, &record->links);
	if (record->error == 0 && exited_meanwhile(scan, &record->links))
		record->error = -ESRCH;
	if (record->error == 0 && is_recorded_in_part(scan, process, &record->links))
		record->error = -ENODATA;
	return record->error == 0;
}

/* Of the process behind the descriptor; -1: of whoever has this PID. */
static void read_command(const NslProcessScan *scan, int process, guint32 pid,
			 NslProcessRecord *record, GByteArray *out)
{
	gsize limit = atomic_load(scan->commands) > COMMANDS_TOTAL ? COMMAND_SHORT : COMMAND_LIMIT;
	guint before = out->len;
	int result = process >= 0 ? nsl_process_read_cmdline(process, limit, out)
				  : nsl_procfs_read_cmdline(scan->collect->procfs, pid, limit, out);

	record->command_truncated = result > 0;
	if (result < 0)
		g_byte_array_set_size(out, before);
	record->errors[NSL_PART_COMMAND] = MIN(result, 0);
	record->sizes[NSL_PART_COMMAND] = out->len - before;
	atomic_fetch_add(scan->commands, record->sizes[NSL_PART_COMMAND]);
}

/*
 * Whether the process is in the root cgroup of each hierarchy of version 1. The kernel says so of
 * any process whose exit has begun, wherever it was; of version 2 it tells the truth (cgroups(7)).
 */
static bool are_root(const char *cgroups, gsize size)
{
	const char *end = cgroups + size;
	bool any = false;

	while (cgroups < end) {
		const char *line_end = memchr(cgroups, '\n', (gsize)(end - cgroups));
		const char *line = cgroups;
		gsize length = (gsize)((line_end ? line_end : end) - line);

		cgroups += length + 1;
		if (length >= 3 && memcmp(line, "0::", 3) == 0)
			continue;
		if (length < 2 || memcmp(line + length - 2, ":/", 2) != 0)
			return false;
		any = true;
	}
	return any;
}

static void read_status(int process, NslProcessRecord *record, GByteArray *out)
{
	NslProcessStatus status;

	record->errors[NSL_PART_STATUS] = nsl_process_read_status(process, &status);
	record->has_status = record->errors[NSL_PART_STATUS] == 0;
	if (!record->has_status)
		return;
	record->uid = status.euid;
	record->sizes[NSL_PART_STATUS] = (guint32)(status.n_nspid * sizeof(*status.nspid));
	nsl_work_send(out, status.nspid, record->sizes[NSL_PART_STATUS]);
}

/* Who is left of a process whose first thread has ended: it is still where that was. */
static int open_other_thread(int process)
{
	g_autoptr(GArray) tids = g_array_new(FALSE, FALSE, sizeof(guint32));
	int result = nsl_process_list_threads(process, tids);

	if (result < 0 || tids->len < 2)
		return result < 0 ? result : -ENOENT;
	return nsl_process_open_thread(process, g_array_index(tids, guint32, tids->len - 1));
}

/* Of a process without a command line: such a one is no sandbox. */
static void find_kthread(int process, const NslCensusTask *known, NslProcessRecord *record)
{
	NslProcessStat stat;

	if (known)
		record->kthread = known->flags & NSL_TASK_KTHREAD;
	else if (!record->has_stat && nsl_process_read_stat(process, &stat) == 0)
		record->kthread = stat.kthread;
}

/* What the facts ask for about a process that is listed; with `command`, its command line too. */
static void read_facts(const NslProcessScan *scan, int process, const NslCensusTask *known,
		       bool careful, bool command, NslProcessRecord *record, GByteArray *out)
{
	bool told = known && nsl_census_tells_facts(scan->collect->bpf.census, known);
	guint facts = scan->collect->facts &
		      ~(told ? (guint)(NSL_FACT_STAT | NSL_FACT_STATUS) : 0); /* add_facts() */
	bool zombie = nsl_process_is_zombie(scan, record);
	bool may_be_ending = false;
	char comm[80] = "";

	if (facts & NSL_FACT_STATUS)
		read_status(process, record, out);
	if (facts & NSL_FACT_CONTAINERS && (!known || known->cgroup_key == 0 || zombie)) {
		g_auto(NslFd) thread = zombie ? open_other_thread(process) : -ENOENT;
		guint before = out->len;
		bool root;

		record->errors[NSL_PART_CGROUP] =
			nsl_process_read_cgroup(thread >= 0 ? thread : process, out);
		if (record->errors[NSL_PART_CGROUP] == -ENOENT && scan->collect->procfs->real)
			record->errors[NSL_PART_CGROUP] = 0; /* this kernel has no cgroups */
		record->sizes[NSL_PART_CGROUP] = out->len - before;
		root = are_root((const char *)out->data + before, record->sizes[NSL_PART_CGROUP]);
		may_be_ending = !known && root;
		record->cgroup_lost = zombie && thread < 0 && root;
	}
	if (record->cgroup_lost && !told) /* its parent tells whose it is */
		facts |= NSL_FACT_STAT;
	/* What the census knows of a process is not to be lost for the sake of the rest. */
	if (careful && known && !(known->flags & NSL_TASK_KTHREAD) && facts & NSL_FACT_STAT) {
		record->errors[NSL_PART_STAT] = -ETIMEDOUT;
		facts &= ~(guint)NSL_FACT_STAT;
	}
	/*
	 * After the cgroups, because it tells whether they are true; before the command line, so
	 * that the comm is there when that blocks.
	 */
	if (facts & NSL_FACT_STAT || may_be_ending) {
		NslProcessStat stat;
		int result = nsl_process_read_stat(process, &stat);

		record->doubtful = may_be_ending && result == 0 && stat.ending;
		record->errors[NSL_PART_STAT] = facts & NSL_FACT_STAT ? result : 0;
		record->has_stat = facts & NSL_FACT_STAT && result == 0;
		if (record->has_stat) {
			record->ppid = stat.ppid;
			record->kthread = stat.kthread;
			record->start_ticks = stat.start_ticks;
			memcpy(comm, stat.comm, sizeof(comm));
		}
	}
	if (!careful && command)
		read_command(scan, process, 0, record, out);
	if (facts & NSL_FACT_CONTAINERS && record->sizes[NSL_PART_COMMAND] == 0)
		find_kthread(process, known, record);
	if (comm[0] == '\0' && record->sizes[NSL_PART_COMMAND] == 0)
		nsl_process_read_comm(process, comm, sizeof(comm));
	record->sizes[NSL_PART_STAT] = (guint32)strlen(comm);
	nsl_work_send(out, comm, record->sizes[NSL_PART_STAT]);
	/*
	 * The process exited while it was read: the whole record is dropped. From a recorded procfs
	 * nobody goes away: what is not there was not recorded.
	 */
	if (scan->collect->procfs->real &&
	    (nsl_is_gone(record->errors[NSL_PART_COMMAND]) ||
	     (record->sizes[NSL_PART_STAT] + record->sizes[NSL_PART_COMMAND] == 0 &&
	      !nsl_process_exists(process))))
		record->error = -ESRCH;
}

/*
 * Reads the links again. A process that went to other namespaces meanwhile has a record that is in
 * part of before and in part of after.
 */
static void confirm(const NslProcessScan *scan, int process, NslProcessRecord *record)
{
	NslProcessRecord again = {0};

	if (!read_links(scan, process, &again))
		record->error = -ESRCH;
	else if (!nsl_links_equal(&again.links, &record->links))
		record->doubtful = true;
}

/*
 * Takes what the census knows of a process; its facts the parent adds (processes.c). Whether it is
 * still the same one the census is asked again later: until then its PID will do. False: there is
 * more to be asked of the process itself.
 */
static bool look_up(const NslProcessScan *scan, const NslCensusTask *known, bool careful,
		    NslProcessRecord *record, GByteArray *out)
{
	guint facts = scan->collect->facts;

	record->links = *known->links;
	find_interest(scan, known->pid, known->links, record);
	if (record->interest < NSL_INTEREST_NAMED)
		return true;
	if (known->flags & NSL_TASK_KTHREAD ||
	    known->links->ns[NSL_NSTYPE_MNT] == 0 || /* a zombie's */
	    (facts & (NSL_FACT_STAT | NSL_FACT_STATUS) &&
	     !nsl_census_tells_facts(scan->collect->bpf.census, known)) ||
	    (facts & NSL_FACT_CONTAINERS && known->cgroup_key == 0))
		return false;
	if (nsl_process_wants_command(scan, known->pid, record, known)) {
		if (!careful)
			read_command(scan, -1, known->pid, record, out);
		return record->sizes[NSL_PART_COMMAND] > 0;
	}
	record->command_left = !record->in_passing;
	record->sizes[NSL_PART_STAT] = (guint32)strlen(known->comm);
	nsl_work_send(out, known->comm, record->sizes[NSL_PART_STAT]);
	return true;
}

static void ask_process(const NslProcessScan *scan, const NslProcfsEntry *entry,
			const NslCensusTask *known, bool careful, NslProcessRecord *record,
			GByteArray *out)
{
	g_auto(NslFd) process = nsl_procfs_open_process(scan->collect->procfs, entry->pid);

	if (process < 0) {
		record->error = nsl_procfs_has_recorded(scan->collect->procfs, entry->pid)
					? -ENODATA
					: process;
		return;
	}
	if (!known && !read_links(scan, process, record))
		return;
	find_interest(scan, entry->pid, &record->links, record);
	if (record->interest >= NSL_INTEREST_NAMED)
		read_facts(scan, process, known, careful,
			   nsl_process_wants_command(scan, entry->pid, record, known), record, out);
	if (known)
		return; /* the census confirms all of it at the end */
	/*
	 * Where it cannot be told, the pass over threads will find out why. Where the first thread
	 * has ended, the others tell what the process is in.
	 */
	if (!scan->collect->snapshot->only_selected || scan->collect->facts & NSL_FACT_THREADS ||
	    nsl_process_is_zombie(scan, record))
		record->threaded = nsl_process_count_threads(process) != 1;
	if ((record->interest != NSL_INTEREST_NONE || record->threaded) &&
	    !nsl_process_is_listed(process, entry))
		record->error = -ESRCH;
	else if (record->interest >= NSL_INTEREST_NAMED)
		confirm(scan, process, record);
}

/* False: unless `ask` the process is left alone, of which the census does not tell all. */
static bool read_entry(const NslProcessScan *scan, guint item, bool careful, bool ask,
		       GByteArray *out)
{
	const NslProcfsEntry *entry = &g_array_index(scan->entries, NslProcfsEntry, item);
	const NslCensusTask *known = nsl_census_find(scan->collect->bpf.census, entry->pid);
	NslProcessRecord record = {0};
	gsize size = nsl_process_record_size(known);
	guint at = out->len;

	nsl_work_send(out, &record, size);
	if (!known || !look_up(scan, known, careful, &record, out)) {
		if (!ask)
			return false;
		ask_process(scan, entry, known, careful, &record, out);
	}
	/* It is read again when the scan is closed, if it is still there then. */
	if (!known && record.doubtful && scan->collect->procfs->real &&
	    !scan->collect->snapshot->only_selected)
		record.error = -ESRCH;
	memcpy(out->data + at, &record, size);
	return true;
}

void nsl_process_read(gpointer data, guint item, bool careful, GByteArray *out)
{
	read_entry(data, item, careful, true, out);
}

bool nsl_process_read_at_once(gpointer data, guint item, GByteArray *out)
{
	const NslProcessScan *scan = data;
	guint32 pid = g_array_index(scan->entries, NslProcfsEntry, item).pid;
	const NslCensusTask *known = nsl_census_find(scan->collect->bpf.census, pid);

	/*
	 * A process that is asked may let the caller wait: for its command line, and while it
	 * executes a program for its links and its stat, too. Kernel threads do neither.
	 */
	return known && read_entry(scan, item, true, known->flags & NSL_TASK_KTHREAD, out);
}

bool nsl_process_is_zombie(const NslProcessScan *scan, const NslProcessRecord *record)
{
	return record->error == 0 && scan->types & NSL_NSTYPE_BIT(NSL_NSTYPE_MNT) &&
	       scan->collect->snapshot->root[NSL_NSTYPE_MNT] != 0 &&
	       record->links.ns[NSL_NSTYPE_MNT] == 0;
}

/* Whether it is a worker of this very listing: those are not listed. */
static bool is_own_worker(const NslProcessScan *scan, guint32 pid)
{
	g_auto(NslFd) process = nsl_procfs_open_process(scan->collect->procfs, pid);
	NslProcessStat stat;

	return scan->own_pid != 0 && process >= 0 && nsl_process_read_stat(process, &stat) == 0 &&
	       stat.ppid == scan->own_pid;
}

NslClosingResult nsl_process_result(const NslProcessScan *scan, const NslProcessRecord *record)
{
	if (nsl_is_gone(record->error))
		return NSL_CLOSING_MISSED;
	return nsl_process_is_zombie(scan, record) ? NSL_CLOSING_ENDED : NSL_CLOSING_READ;
}

NslClosingResult nsl_process_read_new(gpointer data, const NslProcfsEntry *entry, bool careful,
				      GByteArray *out)
{
	const NslProcessScan *scan = data;
	NslProcessRecord record = {0};
	guint at = out->len;

	nsl_work_send(out, &record, sizeof(record));
	ask_process(scan, entry, NULL, careful, &record, out);
	/* A process that is still doubtful at the second look is listed as it is. */
	if (record.doubtful && g_hash_table_add(scan->doubted, GUINT_TO_POINTER(entry->pid)))
		return NSL_CLOSING_MISSED;
	/* A user without the right to trace cannot read the workers, either. */
	if ((record.interest != NSL_INTEREST_NONE || record.error < 0) &&
	    is_own_worker(scan, entry->pid)) {
		record = (NslProcessRecord){.error = -ESRCH};
		g_byte_array_set_size(out, at + sizeof(record));
		memcpy(out->data + at, &record, sizeof(record));
		return NSL_CLOSING_READ;
	}
	memcpy(out->data + at, &record, sizeof(record));
	return nsl_process_result(scan, &record);
}
