/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a worker reads of one process: see process_record.h. Of those that are only in namespaces
 * that nobody asked for, nothing but the links is read.
 */
#include "collect/process_record.h"

#include <errno.h>
#include <string.h>

#include "base/sys.h"

#define COMMAND_LIMIT  (128u << 10)
#define COMMAND_SHORT  4096u	    /* the limit when there are too many long ones: */
#define COMMANDS_TOTAL (256u << 20) /* of all processes, so that nobody can exhaust the memory */
#define SETTLING       256	    /* so many PIDs were given out since a process was started */

/* Whether it is a namespace that will be shown, for all that is known before the reader. */
static bool is_wanted(const NslProcessReader *reader, NslNsType type, guint64 inode)
{
	const NslCollect *collect = reader->collect;
	const NslNamespace key = {.type = type,
				  .inode = inode,
				  .root = nsl_snapshot_is_root(collect->snapshot, type, inode)};
	const NslNamespace *ns;

	if (inode == 0)
		return false;
	if (collect->selection->selectors->len == 0) /* nearly always */
		return nsl_selection_wants(collect->selection, &key);
	ns = nsl_snapshot_get(collect->snapshot, type, inode);
	return nsl_selection_wants(collect->selection, ns ? ns : &key);
}

static NslInterest interest_in(const NslProcessReader *reader, NslNsType type, guint64 inode)
{
	if (is_wanted(reader, type, inode))
		return NSL_INTEREST_SHOWN;
	if (inode != 0 && inode != reader->collect->snapshot->root[type])
		return NSL_INTEREST_MEMBER;
	return NSL_INTEREST_NONE;
}

bool nsl_process_is_asked_for(const NslProcessReader *reader, guint32 pid)
{
	const NslSelection *selection = reader->collect->selection;

	/* A word may be what its container is called. */
	return nsl_selection_names_pid(selection, pid) || nsl_selection_has_words(selection);
}

NslInterest nsl_process_interest(const NslProcessReader *reader, const NslLinks *links)
{
	NslInterest interest = NSL_INTEREST_NONE;

	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
		interest = MAX(interest, interest_in(reader, type, links->ns[type]));
		interest = MAX(interest, interest_in(reader, type, links->for_children[type]));
	}
	return interest;
}

/* False where the process is gone or they may not be read, which the record then says. */
static bool read_links(const NslProcessReader *reader, int process, NslProcessRecord *record)
{
	record->links = (NslLinks){0};
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
		guint64 *inode = &record->links.ns[type];
		int result;

		if (!(reader->types & NSL_NSTYPE_BIT(type)))
			continue;
		result = nsl_nstype_read(process, type, inode);
		if (result < 0) {
			bool gone = nsl_is_gone(result) || !nsl_process_exists(process);

			record->outcome = gone ? NSL_OUTCOME_GONE : NSL_OUTCOME_ERROR;
			record->error = result;
			return false;
		}
		record->links.for_children[type] =
			nsl_nstype_read_for_children(process, type, *inode);
	}
	return true;
}

static gsize command_limit(const NslProcessReader *reader)
{
	return atomic_load(reader->commands) > COMMANDS_TOTAL ? COMMAND_SHORT : COMMAND_LIMIT;
}

static void take_command_bytes(const NslProcessReader *reader, int result, guint before,
			       NslProcessRecord *record, GByteArray *out)
{
	record->command_error = result;
	if (result < 0)
		g_byte_array_set_size(out, before);
	record->command_size = out->len - before;
	record->has_command = record->command_size > 0;
	atomic_fetch_add(reader->commands, record->command_size);
}

static void read_command(const NslProcessReader *reader, int process, NslProcessRecord *record,
			 GByteArray *out)
{
	guint before = out->len;
	int result = nsl_process_read_cmdline(process, command_limit(reader), out,
					      &record->command_truncated);

	take_command_bytes(reader, result, before, record, out);
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

/* What the facts ask for about a process that is listed. */
static void read_facts(const NslProcessReader *reader, int process, bool careful,
		       NslProcessRecord *record, GByteArray *out)
{
	bool wants_stat = reader->collect->facts & NSL_FACT_STAT;
	bool wants_cgroups =
		reader->collect->facts & NSL_FACT_CONTAINERS && record->links.cgroup_key == 0;
	bool may_be_ending = false;
	char comm[80] = "";

	if (reader->collect->facts & NSL_FACT_STATUS) {
		NslProcessStatus status;

		record->status_error = nsl_process_read_status(process, &status);
		if (record->status_error == 0) {
			record->has_status = true;
			record->uid = status.euid;
			record->n_nspid = status.n_nspid;
			g_byte_array_append(out, (const guint8 *)status.nspid,
					    (guint)(status.n_nspid * sizeof(*status.nspid)));
		}
	}
	if (wants_cgroups) {
		guint before = out->len;

		record->cgroup_error = nsl_process_read_cgroup(process, out);
		record->cgroup_size = out->len - before;
		may_be_ending = are_root((const char *)out->data + before, record->cgroup_size);
	}
	/* After the cgroups, of which it tells whether they are true; before the command line, so
	 * that the comm is there when that blocks. */
	if (wants_stat || may_be_ending) {
		NslProcessStat stat;
		int result = nsl_process_read_stat(process, &stat);

		record->doubtful = may_be_ending && result == 0 && stat.ending;
		record->stat_error = wants_stat ? result : 0;
		record->has_stat = wants_stat && result == 0;
		if (record->has_stat) {
			record->ppid = stat.ppid;
			record->kthread = stat.kthread;
			record->start_ticks = stat.start_ticks;
			memcpy(comm, stat.comm, sizeof(comm));
		}
	}
	if (!careful)
		read_command(reader, process, record, out);
	if (comm[0] == '\0' && !record->has_command)
		nsl_process_read_comm(process, comm, sizeof(comm));
	record->comm_size = (guint32)strlen(comm);
	g_byte_array_append(out, (const guint8 *)comm, record->comm_size);
	/* The process has exited while it was read: the whole record is dropped. */
	if (nsl_is_gone(record->command_error) ||
	    (record->comm_size + record->command_size == 0 && !nsl_process_exists(process)))
		record->outcome = NSL_OUTCOME_GONE;
}

/*
 * What the census knows of a process. It will be asked again whether it is still the same one:
 * until then its PID will do. False: there is more to be asked of the process itself.
 */
static bool look_up(const NslProcessReader *reader, const NslCensusTask *known, bool careful,
		    NslProcessRecord *record, GByteArray *out)
{
	const NslCollect *collect = reader->collect;
	NslInterest interest = nsl_process_interest(reader, &known->links);
	guint before = out->len;
	int result;

	record->links = known->links;
	record->outcome = interest == NSL_INTEREST_NONE ? NSL_OUTCOME_PLAIN : NSL_OUTCOME_LISTED;
	if (nsl_process_is_asked_for(reader, known->pid))
		return false;
	if (interest != NSL_INTEREST_SHOWN)
		return true;
	if (careful || collect->facts & (NSL_FACT_STAT | NSL_FACT_STATUS) ||
	    (collect->facts & NSL_FACT_CONTAINERS && known->links.cgroup_key == 0))
		return false;
	result = nsl_procfs_read_cmdline(collect->procfs, known->pid, command_limit(reader), out,
					 &record->command_truncated);
	take_command_bytes(reader, result, before, record, out);
	return record->has_command;
}

/*
 * Who has just been started is still going to where it will be. What is read of it, one after the
 * other, may be of before and after.
 */
static bool is_settling(const NslProcessReader *reader, guint32 pid)
{
	return reader->last_pid != 0 && pid + SETTLING > reader->last_pid &&
	       pid < reader->last_pid + SETTLING;
}

/* Whether its links are still as the record says. */
static bool is_unchanged(const NslProcessReader *reader, int process,
			 const NslProcessRecord *record)
{
	NslProcessRecord again = {0};

	return read_links(reader, process, &again) &&
	       nsl_links_are_equal(&again.links, &record->links);
}

/* With `confirm`, whoever changes meanwhile counts as gone. */
static void ask_process(const NslProcessReader *reader, const NslProcfsEntry *entry,
			const NslCensusTask *known, bool careful, bool confirm,
			NslProcessRecord *record, GByteArray *out)
{
	g_auto(NslFd) process = nsl_procfs_open_process(reader->collect->procfs, entry->pid);
	NslInterest interest;

	if (process < 0) {
		record->outcome = nsl_is_gone(process) ? NSL_OUTCOME_GONE : NSL_OUTCOME_ERROR;
		record->error = process;
		return;
	}
	if (!known && !read_links(reader, process, record))
		return;
	interest = nsl_process_is_asked_for(reader, entry->pid)
			   ? NSL_INTEREST_SHOWN
			   : nsl_process_interest(reader, &record->links);
	record->outcome = interest == NSL_INTEREST_NONE ? NSL_OUTCOME_PLAIN : NSL_OUTCOME_LISTED;
	if (interest == NSL_INTEREST_SHOWN)
		read_facts(reader, process, careful, record, out);
	if (known)
		return; /* all of it is asked about at the end */
	/* Where it cannot be told, the pass over threads will find out why. */
	if (!reader->collect->snapshot->only_selected)
		record->threaded = nsl_process_count_threads(process) != 1;
	if (((interest != NSL_INTEREST_NONE || record->threaded) &&
	     !nsl_process_is_listed(process, entry)) ||
	    (interest == NSL_INTEREST_SHOWN && confirm && !is_unchanged(reader, process, record)))
		record->outcome = NSL_OUTCOME_GONE;
}

void nsl_process_record_read(const NslProcessReader *reader, const NslProcfsEntry *entry,
			     bool careful, GByteArray *out)
{
	const NslCensus *census = reader->collect->census;
	const NslCensusTask *known = census ? nsl_census_find(census, entry->pid) : NULL;
	NslProcessRecord record = {.outcome = NSL_OUTCOME_PLAIN};
	guint at = out->len;

	g_byte_array_append(out, (const guint8 *)&record, sizeof(record));
	if (!known || !look_up(reader, known, careful, &record, out))
		ask_process(reader, entry, known, careful, is_settling(reader, entry->pid), &record,
			    out);
	/* It is read again when the scan is closed, if it is still there then. */
	if (!known && record.doubtful && reader->collect->procfs->real &&
	    !reader->collect->snapshot->only_selected)
		record.outcome = NSL_OUTCOME_GONE;
	memcpy(out->data + at, &record, sizeof(record));
}

bool nsl_process_record_is_zombie(const NslProcessReader *reader, const NslProcessRecord *record)
{
	return record->outcome != NSL_OUTCOME_ERROR &&
	       reader->types & NSL_NSTYPE_BIT(NSL_NSTYPE_MNT) &&
	       reader->collect->snapshot->root[NSL_NSTYPE_MNT] != 0 &&
	       record->links.ns[NSL_NSTYPE_MNT] == 0;
}

/* Whether it is a worker of this very listing: those are not listed. */
static bool is_own_worker(const NslProcessReader *reader, guint32 pid)
{
	g_auto(NslFd) process = nsl_procfs_open_process(reader->collect->procfs, pid);
	NslProcessStat stat;

	return reader->own_pid != 0 && process >= 0 && nsl_process_read_stat(process, &stat) == 0 &&
	       stat.ppid == reader->own_pid;
}

NslClosingResult nsl_process_record_read_new(gpointer data, const NslProcfsEntry *entry,
					     bool careful, GByteArray *out)
{
	const NslProcessReader *reader = data;
	NslProcessRecord record = {.outcome = NSL_OUTCOME_PLAIN};
	guint at = out->len;

	g_byte_array_append(out, (const guint8 *)&record, sizeof(record));
	ask_process(reader, entry, NULL, careful, true, &record, out);
	/* Whoever is still ending at the second look is listed as it is. */
	if (record.doubtful && g_hash_table_add(reader->doubted, GUINT_TO_POINTER(entry->pid)))
		return NSL_CLOSING_MISSED;
	if (record.outcome == NSL_OUTCOME_LISTED && is_own_worker(reader, entry->pid)) {
		record = (NslProcessRecord){.outcome = NSL_OUTCOME_GONE};
		g_byte_array_set_size(out, at + sizeof(record));
		memcpy(out->data + at, &record, sizeof(record));
		return NSL_CLOSING_READ;
	}
	memcpy(out->data + at, &record, sizeof(record));
	if (record.outcome == NSL_OUTCOME_GONE)
		return NSL_CLOSING_MISSED;
	return nsl_process_record_is_zombie(reader, &record) ? NSL_CLOSING_ENDED : NSL_CLOSING_READ;
}
