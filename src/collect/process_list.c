/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which processes there are, and whether these are all: see process_list.h.
 */
#include "collect/process_list.h"

#include <linux/capability.h>
#include <string.h>
#include <sys/resource.h>

#include "base/each.h"
#include "base/mounts.h"
#include "base/sys.h"

/* Adds the selected PIDs, without those that are TIDs. Each once, ascending. */
static void add_selected(const NslCollect *collect, GArray *entries)
{
	const NslSelection *selection = collect->selection;
	guint listed = entries->len;
	guint kept = 0;

	NSL_EACH_KEY (const void, pid, selection->pids) {
		NslProcfsEntry entry = {.pid = GPOINTER_TO_UINT(pid)};

		if (entry.pid != 0)
			g_array_append_val(entries, entry);
	}
	NSL_EACH_IN (const guint32, pid, selection->tasks) {
		NslProcfsEntry entry = {.pid = *pid};

		if (!nsl_snapshot_get_thread(collect->snapshot, *pid))
			g_array_append_val(entries, entry);
	}
	if (entries->len == listed)
		return;
	g_array_sort(entries, nsl_pid_compare); /* which is stable: of one PID the first counts */
	NSL_EACH_IN (const NslProcfsEntry, entry, entries)
		if (kept == 0 || g_array_index(entries, NslProcfsEntry, kept - 1).pid != entry->pid)
			g_array_index(entries, NslProcfsEntry, kept++) = *entry;
	g_array_set_size(entries, kept);
}

static bool is_in_group(const char *gid)
{
	int n = getgroups(0, NULL);
	g_autofree gid_t *groups = g_new(gid_t, MAX(n, 1));
	guint64 number;

	if (!nsl_parse_number(gid, strlen(gid), G_MAXUINT32, &number))
		return false;
	n = getgroups(n, groups);
	for (int i = 0; i < n; i++)
		if (groups[i] == number)
			return true;
	return getegid() == number;
}

/* Whether ptrace(2) may be used on any process: by the right in the initial user namespace. */
static bool may_trace_all(const NslProcfs *procfs)
{
	return nsl_procfs_own_ns(procfs, "user") == nsl_nstypes[NSL_NSTYPE_USER].initial_inode &&
	       nsl_has_capability(CAP_SYS_PTRACE);
}

/*
 * Whether the procfs leaves out processes that the caller may not look into (proc(5), hidepid): of
 * PID 1 that is seen, of others the mount options tell. Before Linux 5.8 those are numbers.
 */
static bool hides_processes(const NslCollect *collect, const GArray *entries)
{
	const NslProcfs *procfs = collect->procfs;
	g_auto(NslFd) self = nsl_procfs_open_self(procfs);
	g_auto(NslFd) mountinfo = self < 0 ? self : nsl_process_open_mountinfo(self);
	g_autofree char *text = NULL;
	g_auto(GStrv) options = NULL;
	bool hides = false;
	bool member = false;

	if (g_array_index(entries, NslProcfsEntry, 0).pid != 1)
		return true;
	text = mountinfo < 0 ? NULL : nsl_mounts_options(mountinfo, procfs->fd);
	options = g_strsplit(text ? text : "", ",", -1);
	for (char **option = options; *option; option++) {
		if (strcmp(*option, "hidepid=ptraceable") == 0 || strcmp(*option, "hidepid=4") == 0)
			return !may_trace_all(procfs);
		hides = hides || strcmp(*option, "hidepid=invisible") == 0 ||
			strcmp(*option, "hidepid=2") == 0;
		member = member || (g_str_has_prefix(*option, "gid=") &&
				    is_in_group(*option + strlen("gid=")));
	}
	return hides && !member && !may_trace_all(procfs);
}

/* What the listing leaves out is unseen, and an issue. */
static void note_hidden(const NslCollect *collect, const GArray *entries)
{
	const NslProcfs *procfs = collect->procfs;
	NslSnapshot *snapshot = collect->snapshot;
	guint64 pid_ns;

	if (!procfs->real)
		return;
	if (hides_processes(collect, entries)) {
		snapshot->unseen |= NSL_UNSEEN_ANYWHERE;
		nsl_snapshot_note(snapshot, NSL_SOURCE_PROCESSES, NSL_HIDEPID,
				  "procfs hides other users' processes (mount option hidepid)", 0)
			->needs_root = true;
	}
	pid_ns = nsl_collect_pid_ns(procfs);
	if (pid_ns == nsl_nstypes[NSL_NSTYPE_PID].initial_inode)
		return;
	snapshot->unseen |= NSL_UNSEEN_OUTSIDE;
	nsl_snapshot_note(
		snapshot, NSL_SOURCE_PROCESSES, "pid-namespace",
		pid_ns != 0
			? "processes outside this PID namespace cannot be seen"
			: "whether there are processes outside the PID namespace of the procfs is "
			  "not known",
		0);
}

bool nsl_collect_process_list(NslCollect *collect, GArray *entries, GError **error)
{
	const NslProcfs *procfs = collect->procfs;
	bool only_selected = collect->snapshot->only_selected;
	int result = 0;

	/* For selected PIDs alone the others need not be there, but a procfs it must be. */
	if (!only_selected || !procfs->real) {
		result = nsl_procfs_list_entries(procfs, entries);
		if (result < 0)
			return nsl_fail(error, result, "%s", procfs->path);
		if (entries->len == 0) {
			g_set_error(error, NSL_ERROR, NSL_ERROR_SYSTEM,
				    "%s: no process directories; is a procfs mounted there?",
				    procfs->path);
			return false;
		}
	}
	if (only_selected)
		g_array_set_size(entries, 0);
	else
		note_hidden(collect, entries);
	add_selected(collect, entries);
	return true;
}

/* Closing the scan. */

/* Before each record; and with PID 0 at the end, where no record follows. */
typedef struct Head {
	guint32 pid;
	guint32 size;
	guint32 missed; /* at the end: how many */
	bool careful;
	bool closed; /* at the end */
} Head;

#define BUSY 4 /* times the budget: what it may take in all on a busy machine */

static bool is_over(const NslClosing *closing)
{
	return nsl_cpu_time() > closing->cpu_end || g_get_monotonic_time() > closing->end;
}

static bool is_settled(const NslClosing *closing, const NslProcfsEntry *entry)
{
	gpointer inode;

	return g_hash_table_lookup_extended(closing->settled, GUINT_TO_POINTER(entry->pid), NULL,
					    &inode) &&
	       GPOINTER_TO_SIZE(inode) == entry->inode;
}

void nsl_closing_settle(GHashTable *settled, const NslProcfsEntry *entry)
{
	g_hash_table_insert(settled, GUINT_TO_POINTER(entry->pid), GSIZE_TO_POINTER(entry->inode));
}

/*
 * The inode tells those apart who had the same PID. Of who is gone while /proc is listed it is 1:
 * so the PID counts, too.
 */
static gpointer key_of(const NslProcfsEntry *entry)
{
	return GSIZE_TO_POINTER((gsize)entry->inode << 22 ^ entry->pid);
}

static NslClosingResult read_entry(NslClosing *closing, const NslProcfsEntry *entry)
{
	Head head = {.pid = entry->pid, .careful = closing->careful};
	guint at = closing->out->len;
	NslClosingResult result;

	nsl_work_send(closing->out, &head, sizeof(head));
	result = closing->read(closing->data, entry, closing->careful, closing->out);
	if (result == NSL_CLOSING_MISSED) {
		g_byte_array_set_size(closing->out, at);
		g_hash_table_add(closing->unread, key_of(entry));
		return result;
	}
	g_hash_table_remove(closing->unread, key_of(entry));
	head.size = closing->out->len - at - (guint)sizeof(head);
	memcpy(closing->out->data + at, &head, sizeof(head));
	nsl_work_stream(closing->out);
	nsl_closing_settle(closing->settled, entry);
	return result;
}

/* One listing. True: everybody in it has been read. */
static bool run_round(NslClosing *closing)
{
	g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(NslProcfsEntry));
	bool whole = true;

	if (nsl_procfs_list_entries(closing->collect->procfs, entries) < 0)
		return false;
	/* The newest first: a process that forks and ends is the newest. */
	for (guint i = entries->len; i > 0; i--) {
		const NslProcfsEntry *entry = &g_array_index(entries, NslProcfsEntry, i - 1);

		if (entry->pid == closing->own_pid || is_settled(closing, entry))
			continue;
		if (is_over(closing))
			return false;
		if (read_entry(closing, entry) != NSL_CLOSING_READ)
			whole = false;
	}
	return whole;
}

static void run_rounds(gpointer data, guint item, bool careful, GByteArray *out)
{
	NslClosing *closing = data;
	g_autoptr(GHashTable) unread = g_hash_table_new(NULL, NULL);
	Head head = {0};

	(void)item; /* there is one */
	closing->unread = unread;
	closing->own_pid = nsl_procfs_self(closing->collect->procfs);
	closing->careful = careful;
	closing->cpu_end = nsl_cpu_time() + closing->budget;
	closing->end = g_get_monotonic_time() + BUSY * closing->budget;
	closing->out = out;
	/*
	 * Where that is allowed. Else those who fork have most of the CPUs' time, and this worker
	 * reads more slowly than they fork.
	 */
	(void)setpriority(PRIO_PROCESS, 0, -20);
	do
		head.closed = run_round(closing);
	while (!head.closed && !is_over(closing));
	head.missed = g_hash_table_size(unread);
	nsl_work_send(out, &head, sizeof(head));
}

/* Whether all that are listed now are settled: then there is nothing to do. 1, 0 or -errno. */
static int is_closed(const NslClosing *closing)
{
	g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(NslProcfsEntry));
	int result = nsl_procfs_list_entries(closing->collect->procfs, entries);

	if (result < 0)
		return result;
	NSL_EACH_IN (const NslProcfsEntry, entry, entries)
		if (!is_settled(closing, entry))
			return 0;
	return 1;
}

static void take_records(NslClosing *closing, NslWorkItem item)
{
	GArray *records = closing->records;
	guint kept = 0;
	Head head = {0};

	while (nsl_work_take(&item, &head, sizeof(head)) && head.pid != 0 &&
	       head.size <= item.size) {
		const NslClosedRecord record = {
			head.pid,
			{head.careful ? NSL_WORK_SKIPPED : NSL_WORK_DONE, item.record, head.size}};

		g_array_append_val(records, record);
		item.record += head.size;
		item.size -= head.size;
		head = (Head){0};
	}
	closing->closed = head.closed;
	closing->missed = head.missed;
	g_array_sort(records, nsl_pid_compare); /* which is stable: of one PID the last counts */
	for (guint i = 0; i < records->len; i++) {
		const NslClosedRecord *record = &g_array_index(records, NslClosedRecord, i);

		if (i + 1 == records->len || record[1].pid != record->pid)
			g_array_index(records, NslClosedRecord, kept++) = *record;
	}
	g_array_set_size(records, kept);
}

int nsl_closing_run(NslClosing *closing)
{
	int result = is_closed(closing);

	closing->records = g_array_new(FALSE, FALSE, sizeof(NslClosedRecord));
	closing->closed = result != 0;
	if (closing->closed)
		return MIN(result, 0);
	closing->work = nsl_collect_work(closing->collect, 1, run_rounds, NULL, closing, NULL);
	take_records(closing, nsl_work_get(closing->work, 0));
	return 0;
}

void nsl_closing_clear(NslClosing *closing)
{
	g_clear_pointer(&closing->records, g_array_unref);
	g_clear_pointer(&closing->work, nsl_work_free);
}
