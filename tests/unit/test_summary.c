/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of report/summary: a row a namespace, and which of its rows that is.
 */
#include "fixture.h"

#define COLUMNS "namespace,nprocs,pid,user,command"

static NslSnapshot *make_snapshot(void)
{
	NslSnapshot *snapshot = fixture_snapshot();
	NslNamespace *named = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 5001);
	NslNamespace *empty = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 5002);
	NslNamespace *threaded = nsl_snapshot_add(snapshot, NSL_NSTYPE_UTS, 6000);
	NslProcess *process;

	nsl_namespace_add_name(named, "blue");
	nsl_namespace_add_name(empty, "green");
	nsl_namespace_add_name(empty, "red");
	for (guint32 pid = 20; pid < 23; pid++) {
		g_autofree char *command = g_strdup_printf("server %u", pid);

		process = fixture_process(snapshot, pid, command);
		process->user = g_strdup(pid == 20 ? "bob" : "eve");
		nsl_process_join(process, named);
	}
	process = fixture_process(snapshot, 30, "unshare --pid bash");
	fixture_for_children(snapshot, process, NSL_NSTYPE_PID, 5003);
	nsl_namespace_add_holder(threaded, &(NslHolder){.kind = NSL_HOLDER_THREAD,
							.pid = 40,
							.tid = 41,
							.comm = (char *)"worker"});
	nsl_snapshot_freeze(snapshot);
	return snapshot;
}

static void check(NslSelection *selection, const char *expected)
{
	g_autoptr(NslSnapshot) snapshot = make_snapshot();
	g_autoptr(GArray) columns = fixture_columns(COLUMNS);
	const NslStyle style = {.headings = true, .output = columns};
	g_autofree char *text =
		fixture_write_format(NSL_FORMAT_SUMMARY, snapshot, selection, &style);

	g_assert_cmpstr(text, ==, expected);
}

#define EXPECTED                                                                                   \
	"NAMESPACE    NPROCS PID USER COMMAND\n"                                                   \
	"net:[5001]**      3  20 bob  server 20\n"                                                 \
	"net:[5002]        0   - -    created by ip netns add green\n"                             \
	"pid:[5003]        0   - -    for children of 30 unshare --pid bash\n"                     \
	"uts:[6000]        0   - -    thread 41 of 40 worker\n"

static void test_rows(void)
{
	g_autoptr(NslSelection) selection = nsl_selection_new();

	check(selection, EXPECTED);
}

/* The reason says more than a row of the thread. */
static void test_threads(void)
{
	g_autoptr(NslSelection) selection = nsl_selection_new();

	selection->threads = true;
	check(selection, EXPECTED);
}

static void test_narrowed(void)
{
	g_autoptr(NslSelection) selection = nsl_selection_new();

	selection->types = NSL_NSTYPE_BIT(NSL_NSTYPE_NET);
	selection->persistent = true;
	check(selection, "NAMESPACE  NPROCS PID USER COMMAND\n"
			 "net:[5002]      0   - -    created by ip netns add green\n");
}

/* What just some processes tell is not passed off as the whole. */
static void test_selected(void)
{
	g_autoptr(NslSnapshot) snapshot = make_snapshot();
	g_autoptr(NslSelection) selection = nsl_selection_new();
	g_autoptr(GArray) columns = fixture_columns(COLUMNS);
	const NslStyle style = {.output = columns};
	g_autofree char *text = NULL;

	snapshot->only_selected = true;
	nsl_selection_add(selection, "21");
	nsl_selection_add(selection, "22");
	text = fixture_write_format(NSL_FORMAT_SUMMARY, snapshot, selection, &style);
	g_assert_cmpstr(text, ==, "net:[5001]** - 21 eve server 21\n");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/summary/rows", test_rows);
	g_test_add_func("/summary/threads", test_threads);
	g_test_add_func("/summary/narrowed", test_narrowed);
	g_test_add_func("/summary/selected", test_selected);
	return g_test_run();
}
