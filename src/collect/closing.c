/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Closing a scan: see closing.h.
 */
#include "collect/closing.h"

#include <string.h>
#include <sys/resource.h>
#include <time.h>

/* Before each record; and with PID 0 at the end, where no record follows. */
typedef struct Head {
	guint32 pid;
	guint32 size;
	guint32 missed; /* at the end: how many */
	bool careful;
	bool closed; /* at the end */
} Head;

/* While the rounds last. */
typedef struct Rounds {
	const NslClosing *closing;
	guint32 own_pid;
	bool careful;
	gint64 end; /* of the budget, as cpu_time() counts */
	guint missed;
	GByteArray *out;
} Rounds;

/* Of this process: what it waits for a CPU, on a busy machine, does not count. */
static gint64 cpu_time(void)
{
	struct timespec now = {0};

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (gint64)now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
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

static NslClosingResult read_entry(Rounds *rounds, const NslProcfsEntry *entry)
{
	const NslClosing *closing = rounds->closing;
	Head head = {.pid = entry->pid, .careful = rounds->careful};
	guint at = rounds->out->len;
	NslClosingResult result;

	nsl_collect_send(rounds->out, &head, sizeof(head));
	result = closing->read(closing->data, entry, rounds->careful, rounds->out);
	if (result == NSL_CLOSING_MISSED) {
		g_byte_array_set_size(rounds->out, at);
		rounds->missed++;
		return result;
	}
	head.size = rounds->out->len - at - (guint)sizeof(head);
	memcpy(rounds->out->data + at, &head, sizeof(head));
	nsl_work_stream(rounds->out);
	nsl_closing_settle(closing->settled, entry);
	return result;
}

/* One listing. True: everybody in it has been read. */
static bool run_round(Rounds *rounds)
{
	g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(NslProcfsEntry));
	bool whole = true;

	if (nsl_procfs_list_entries(rounds->closing->collect->procfs, entries) < 0)
		return false;
	/* The newest first: a process that forks and ends is the newest. */
	for (guint i = entries->len; i > 0; i--) {
		const NslProcfsEntry *entry = &g_array_index(entries, NslProcfsEntry, i - 1);

		if (entry->pid == rounds->own_pid || is_settled(rounds->closing, entry))
			continue;
		if (cpu_time() > rounds->end)
			return false;
		if (read_entry(rounds, entry) != NSL_CLOSING_READ)
			whole = false;
	}
	return whole;
}

static void run_rounds(gpointer data, guint item, bool careful, GByteArray *out)
{
	const NslClosing *closing = data;
	Rounds rounds = {.closing = closing,
			 .own_pid = nsl_procfs_self(closing->collect->procfs),
			 .careful = careful,
			 .end = cpu_time() + closing->budget,
			 .out = out};
	Head head = {0};

	(void)item; /* there is one */
	/*
	 * Where that is allowed. Else those who fork have most of the CPUs' time, and this worker
	 * reads more slowly than they fork.
	 */
	(void)setpriority(PRIO_PROCESS, 0, -20);
	do
		head.closed = run_round(&rounds);
	while (!head.closed && cpu_time() <= rounds.end);
	head.missed = rounds.missed;
	nsl_collect_send(out, &head, sizeof(head));
}

/* Whether all that are listed now are settled: then there is nothing to do. 1, 0 or -errno. */
static int is_closed(const NslClosing *closing)
{
	g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(NslProcfsEntry));
	int result = nsl_procfs_list_entries(closing->collect->procfs, entries);

	if (result < 0)
		return result;
	for (guint i = 0; i < entries->len; i++)
		if (!is_settled(closing, &g_array_index(entries, NslProcfsEntry, i)))
			return 0;
	return 1;
}

static void take_records(NslClosed *closed, NslWorkItem item)
{
	GArray *records = closed->records;
	guint kept = 0;
	Head head = {0};

	while (nsl_collect_take(&item, &head, sizeof(head)) && head.pid != 0 &&
	       head.size <= item.size) {
		const NslClosedRecord record = {
			head.pid,
			{head.careful ? NSL_WORK_SKIPPED : NSL_WORK_DONE, item.record, head.size}};

		g_array_append_val(records, record);
		item.record += head.size;
		item.size -= head.size;
		head = (Head){0};
	}
	closed->closed = head.closed;
	closed->missed = head.missed;
	g_array_sort(records, nsl_pid_compare); /* which is stable: of one PID the last counts */
	for (guint i = 0; i < records->len; i++) {
		const NslClosedRecord *record = &g_array_index(records, NslClosedRecord, i);

		if (i + 1 == records->len || record[1].pid != record->pid)
			g_array_index(records, NslClosedRecord, kept++) = *record;
	}
	g_array_set_size(records, kept);
}

int nsl_closing_run(const NslClosing *closing, NslClosed **ret_closed)
{
	int result = is_closed(closing);
	NslClosed *closed;

	if (result < 0)
		return result;
	closed = g_new0(NslClosed, 1);
	closed->records = g_array_new(FALSE, FALSE, sizeof(NslClosedRecord));
	closed->closed = result == 1;
	if (!closed->closed) {
		closed->work = nsl_collect_work(closing->collect, 1, run_rounds, NULL,
						(gpointer)closing, NULL);
		take_records(closed, nsl_work_get(closed->work, 0));
	}
	*ret_closed = closed;
	return 0;
}

void nsl_closed_free(NslClosed *closed)
{
	if (!closed)
		return;
	g_array_unref(closed->records);
	nsl_work_free(closed->work);
	g_free(closed);
}
