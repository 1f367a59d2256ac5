/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of collect/process_list, closing a scan: who is looked at again, how often, and when it is
 * over. The processes are real; how they are read is made up.
 */
#include "collect/process_list.h"

#include <sched.h>
#include <sys/prctl.h>

#include "fixture.h"

#define BUDGET 20000

/* What is said of the sleeper; of others, which this system may start meanwhile, READ. */
typedef struct Script {
	guint32 pid;
	NslClosingResult results[4]; /* of the first looks; then READ */
	guint looks;
	bool fails;	   /* it ends its reader */
	guint record_size; /* of bytes that are the number of the look */
} Script;

static NslClosingResult read_script(gpointer data, const NslProcfsEntry *entry, bool careful,
				    GByteArray *out)
{
	Script *script = data;
	NslClosingResult result = NSL_CLOSING_READ;

	if (entry->pid != script->pid)
		return result;
	if (script->fails && !careful)
		raise(SIGKILL);
	if (script->looks < G_N_ELEMENTS(script->results))
		result = script->results[script->looks];
	script->looks++;
	for (guint i = 0; i < script->record_size; i++)
		g_byte_array_append(out, (const guint8[]){(guint8)script->looks}, 1);
	return result;
}

static const NslClosedRecord *find(const NslClosing *closed, guint32 pid)
{
	const NslClosedRecord *found = NULL;

	for (guint i = 0; i < closed->records->len; i++) {
		const NslClosedRecord *record = &g_array_index(closed->records, NslClosedRecord, i);

		if (i > 0)
			g_assert_cmpuint(record->pid, >, record[-1].pid);
		if (record->pid == pid)
			found = record;
	}
	return found;
}

/* Everybody who is there now is settled, but for the sleeper of the script. */
static NslClosing run(Script *script, bool settle_it)
{
	g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(NslProcfsEntry));
	g_autoptr(NslProcfs) procfs = fixture_open(NULL);
	g_autoptr(GHashTable) settled = g_hash_table_new(NULL, NULL);
	NslCollect collect = {.procfs = procfs};
	NslClosing closing = {.collect = &collect,
			      .settled = settled,
			      .budget = BUDGET,
			      .read = read_script,
			      .data = script};

	g_assert_cmpint(nsl_procfs_list_entries(procfs, entries), ==, 0);
	for (guint i = 0; i < entries->len; i++) {
		const NslProcfsEntry *entry = &g_array_index(entries, NslProcfsEntry, i);

		if (settle_it || entry->pid != script->pid)
			nsl_closing_settle(settled, entry);
	}
	g_assert_cmpint(nsl_closing_run(&closing), ==, 0);
	return closing;
}

TEST(settled)
{
	pid_t pid = fixture_sleeper();
	Script script = {.pid = (guint32)pid, .record_size = 1};
	g_auto(NslClosing) closed = run(&script, true);

	fixture_end(pid);
	g_assert_true(closed.closed);
	g_assert_null(find(&closed, script.pid));
}

/* Its record is that of the look that counted; of none size, and beyond what a pipe holds. */
TEST(rounds)
{
	static const struct {
		NslClosingResult results[4];
		guint look;
		guint size;
	} cases[] = {
		{{NSL_CLOSING_READ}, 1, 1},
		{{NSL_CLOSING_READ}, 1, 0},
		{{NSL_CLOSING_READ}, 1, 100000},
		{{NSL_CLOSING_MISSED, NSL_CLOSING_READ}, 2, 3},
		{{NSL_CLOSING_MISSED, NSL_CLOSING_MISSED, NSL_CLOSING_MISSED, NSL_CLOSING_READ},
		 4,
		 3},
		{{NSL_CLOSING_ENDED, NSL_CLOSING_MISSED}, 1, 3}, /* a zombie: only once */
	};
	pid_t pid = fixture_sleeper();

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		Script script = {.pid = (guint32)pid, .record_size = cases[i].size};
		g_auto(NslClosing) closed = {0};
		const NslClosedRecord *record;

		memcpy(script.results, cases[i].results, sizeof(script.results));
		closed = run(&script, false);
		g_assert_true(closed.closed);
		g_assert_cmpuint(closed.missed, ==, 0); /* who was read in the end was not missed */
		record = find(&closed, script.pid);
		g_assert_nonnull(record);
		g_assert_false(record->item.state == NSL_WORK_SKIPPED);
		g_assert_cmpuint(record->item.size, ==, cases[i].size);
		for (gsize at = 0; at < record->item.size; at++)
			g_assert_cmpuint(record->item.record[at], ==, cases[i].look);
	}
	fixture_end(pid);
}

static NslClosingResult miss(gpointer data G_GNUC_UNUSED, const NslProcfsEntry *entry G_GNUC_UNUSED,
			     bool careful G_GNUC_UNUSED, GByteArray *out G_GNUC_UNUSED)
{
	return NSL_CLOSING_MISSED;
}

/* Who can never be read is tried as long as there is time, and it is said. */
TEST(never)
{
	g_autoptr(NslProcfs) procfs = fixture_open(NULL);
	g_autoptr(GHashTable) settled = g_hash_table_new(NULL, NULL);
	NslCollect collect = {.procfs = procfs};
	g_auto(NslClosing)
		closing = {.collect = &collect, .settled = settled, .budget = BUDGET, .read = miss};

	g_assert_cmpint(nsl_closing_run(&closing), ==, 0);
	g_assert_false(closing.closed);
	g_assert_cmpuint(closing.missed, >, 1);
	g_assert_cmpuint(closing.records->len, ==, 0);
}

static NslClosingResult miss_one(gpointer data, const NslProcfsEntry *entry,
				 bool careful G_GNUC_UNUSED, GByteArray *out G_GNUC_UNUSED)
{
	return entry->pid == ((const Script *)data)->pid ? NSL_CLOSING_MISSED : NSL_CLOSING_READ;
}

/* However often it is tried, it is one process that was missed; and no other one. */
TEST(never_one)
{
	g_autoptr(NslProcfs) procfs = fixture_open(NULL);
	g_autoptr(GHashTable) settled = g_hash_table_new(NULL, NULL);
	NslCollect collect = {.procfs = procfs};
	pid_t pid = fixture_sleeper();
	Script script = {.pid = (guint32)pid};
	g_auto(NslClosing) closing = {.collect = &collect,
				      .settled = settled,
				      .budget = BUDGET,
				      .read = miss_one,
				      .data = &script};

	g_assert_cmpint(nsl_closing_run(&closing), ==, 0);
	fixture_end(pid);
	g_assert_false(closing.closed);
	g_assert_cmpuint(closing.missed, ==, 1);
	g_assert_null(find(&closing, script.pid));
}

/* On one CPU, beside somebody who has it: hardly ever is it this process's turn. */
static NslClosingResult miss_starving(gpointer data G_GNUC_UNUSED, const NslProcfsEntry *entry,
				      bool careful, GByteArray *out)
{
	g_assert_cmpint(sched_setscheduler(0, SCHED_IDLE, &(struct sched_param){0}), ==, 0);
	return miss(NULL, entry, careful, out);
}

/*
 * What it waits for a CPU, and so may take in all, is in proportion too. By its CPU time alone this
 * one would take half a minute.
 */
static void check_starving(gpointer data G_GNUC_UNUSED)
{
	g_autoptr(NslProcfs) procfs = fixture_open(NULL);
	g_autoptr(GHashTable) settled = g_hash_table_new(NULL, NULL);
	NslCollect collect = {.procfs = procfs};
	g_auto(NslClosing) closing = {.collect = &collect,
				      .settled = settled,
				      .budget = (gint64)5 * BUDGET,
				      .read = miss_starving};
	gint64 start = g_get_monotonic_time();
	pid_t busy = fork();

	if (busy == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			getppid();
	}
	g_assert_cmpint(nsl_closing_run(&closing), ==, 0);
	fixture_end(busy);
	g_assert_false(closing.closed);
	g_assert_cmpuint(closing.missed, >, 0);
	g_assert_cmpint(g_get_monotonic_time() - start, <, (gint64)10 * G_USEC_PER_SEC);
}

static void check_on_one_cpu(gpointer data)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET((guint)sched_getcpu(), &one);
	g_assert_cmpint(sched_setaffinity(0, sizeof(one), &one), ==, 0);
	check_starving(data);
}

TEST(starving)
{
	fixture_in_child(check_on_one_cpu, NULL);
}

/* Who ends its reader costs its own record no more than it must, and the scan is closed. */
TEST(failing)
{
	pid_t pid = fixture_sleeper();
	Script script = {.pid = (guint32)pid, .record_size = 1, .fails = true};
	g_auto(NslClosing) closed = run(&script, false);
	const NslClosedRecord *record = find(&closed, script.pid);

	fixture_end(pid);
	g_assert_true(closed.closed);
	g_assert_nonnull(record);
	g_assert_true(record->item.state == NSL_WORK_SKIPPED);
}
