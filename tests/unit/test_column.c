/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of report/column and report/grid: finding columns by name, every cell of a known snapshot,
 * and how they are lined up.
 */
#include "report/column.h"

#include "fixture.h"
#include "report/format.h"

static void test_find(void)
{
	for (NslColumn column = 0; column < NSL_COLUMN_COUNT; column++) {
		g_autofree char *lower = g_ascii_strdown(nsl_columns[column].name, -1);

		g_assert_cmpint(nsl_column_find(nsl_columns[column].name), ==, column);
		g_assert_cmpint(nsl_column_find(lower), ==, column);
	}
	g_assert_cmpint(nsl_column_find("held_by"), ==, NSL_COLUMN_HELD_BY);
	g_assert_cmpint(nsl_column_find("Owner-Uid"), ==, NSL_COLUMN_OWNER_UID);
	g_assert_cmpint(nsl_column_find(""), ==, NSL_COLUMN_COUNT);
	g_assert_cmpint(nsl_column_find("PI"), ==, NSL_COLUMN_COUNT);
	g_assert_cmpint(nsl_column_find("PIDS"), ==, NSL_COLUMN_COUNT);
}

static void test_nearest(void)
{
	g_assert_cmpstr(nsl_column_nearest("pidd"), ==, "PID");
	g_assert_cmpstr(nsl_column_nearest("comand"), ==, "COMMAND");
	g_assert_cmpstr(nsl_column_nearest("heldby"), ==, "HELD-BY");
	g_assert_cmpstr(nsl_column_nearest("owner_udi"), ==, "OWNER-UID");
}

/* A process in a net namespace that it does not share, and a uts namespace that just a mount holds.
 */
static NslSnapshot *make_snapshot(void)
{
	NslSnapshot *snapshot = fixture_snapshot();
	NslProcess *process = fixture_process(snapshot, 3429, "dnsmasq --no-hosts");
	NslNamespace *net = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 5000);
	NslNamespace *uts = nsl_snapshot_add(snapshot, NSL_NSTYPE_UTS, 6000);

	snapshot->own_mnt = 7;
	snapshot->boot_time = 1769860800;
	g_free(process->comm);
	process->comm = g_strdup("dns\xe6\xbc\xa2");
	process->has_stat = true;
	process->ppid = 1;
	process->start_ticks = 0;
	process->has_status = true;
	process->uid = 65534;
	process->user = g_strdup("nobody");
	process->n_nspid = 2;
	process->nspid = g_new(guint32, 2);
	process->nspid[0] = 3429;
	process->nspid[1] = 12;
	nsl_process_join(process, net);
	nsl_namespace_add_name(net, "blue");
	nsl_namespace_add_holder(
		net,
		&(NslHolder){.kind = NSL_HOLDER_FD, .pid = 8, .fd = 3, .comm = (char *)"a\nb"});
	net->nsid = 77;
	net->owner.knowledge = NSL_KNOWN;
	net->owner.ns = nsl_snapshot_add(snapshot, NSL_NSTYPE_USER, fixture_root(NSL_NSTYPE_USER));
	net->has_owner_uid = NSL_KNOWN;
	net->owner_uid = 0;
	net->owner_name = g_strdup("root");
	net->has_netnsid = NSL_KNOWN;
	net->netnsid = 0;
	nsl_namespace_add_holder(
		uts, &(NslHolder){.kind = NSL_HOLDER_MOUNT, .path = (char *)"/x y", .mnt_ns = 7});
	nsl_snapshot_freeze(snapshot);
	return snapshot;
}

static char *write_columns(const char *list, bool headings)
{
	g_autoptr(NslSnapshot) snapshot = make_snapshot();
	g_autoptr(NslSelection) selection = nsl_selection_new();
	g_autoptr(NslView) view = nsl_view_new(snapshot, selection);
	g_autoptr(NslOutput) output = nsl_output_new(-1);
	g_autoptr(GArray) columns = g_array_new(FALSE, FALSE, sizeof(NslColumn));
	g_auto(GStrv) names = g_strsplit(list, ",", -1);
	NslStyle style = {.headings = headings, .output = columns};

	for (char **name = names; *name; name++) {
		NslColumn column = nsl_column_find(*name);

		g_array_append_val(columns, column);
	}
	nsl_table_write(view, &style, output);
	return g_strdup(output->text->str);
}

#define CHECK(list, expected)                                                                      \
	G_STMT_START                                                                               \
	{                                                                                          \
		g_autofree char *text = write_columns(list, false);                                \
		g_assert_cmpstr(text, ==, expected);                                               \
	}                                                                                          \
	G_STMT_END

/* The rows: the named net namespace, the mounted uts namespace, and the process. */
static void test_cells(void)
{
	CHECK("namespace", "net:[5000]\nuts:[6000]\nnet:[5000]**\n");
	CHECK("ns", "5000\n6000\n5000\n");
	CHECK("nsid", "77\n -\n77\n");
	CHECK("type", "net\nuts\nnet\n");
	CHECK("root", "no\nno\nno\n");
	CHECK("nprocs", "1\n0\n1\n");
	CHECK("pid", "   -\n   -\n3429\n");
	CHECK("nspid", " -\n -\n12\n");
	CHECK("ppid", "-\n-\n1\n");
	CHECK("uid", "    -\n    -\n65534\n");
	CHECK("user", "-\n-\nnobody\n");
	CHECK("command", "created by ip netns add blue\nmounted at /x y\ndnsmasq --no-hosts\n");
	CHECK("start", "-\n-\n2026-01-31T12:00:00Z\n");
	CHECK("netns", "blue\n-\nblue\n");
	CHECK("netnsid", "0\n-\n0\n");
	CHECK("nsfs", "-\n/x y\n-\n");
	CHECK("path", "/proc/8/fd/3\n/x y\n/proc/3429/ns/net\n");
	CHECK("owner-uid", "0\n-\n0\n");
	CHECK("owner", "root\n-\nroot\n");
	CHECK("held-by", "held by fd 3 of 8 a\\nb\nmounted at /x y\nheld by fd 3 of 8 a\\nb\n");
}

/* Numbers to the right, words to the left, by what they take on a terminal; nothing at the end. */
static void test_widths(void)
{
	g_autofree char *text = write_columns("pid,comm,type", true);

	g_assert_cmpstr(text, ==,
			" PID COMM  TYPE\n"
			"   - -     net\n"
			"   - -     uts\n"
			"3429 dns\xe6\xbc\xa2 net\n");
}

static void check_plain(NslColumn column, const NslView *view, guint row, const char *expected)
{
	const NslCellContext context = {.view = view, .plain = true};
	g_autoptr(GString) cell = g_string_new(NULL);

	nsl_columns[column].get(cell, &context, &g_array_index(view->rows, NslRow, row));
	g_assert_cmpstr(cell->str, ==, expected);
}

/* The value alone: no marks, no container, no escapes but for what is not UTF-8. */
static void test_plain(void)
{
	g_autoptr(NslSnapshot) snapshot = make_snapshot();
	g_autoptr(NslSelection) selection = nsl_selection_new();
	g_autoptr(NslView) view = NULL;
	NslProcess *process = nsl_snapshot_get_process(snapshot, 3429);

	nsl_process_enter(process, fixture_container(snapshot, "1", "docker", "3f2a", "web"));
	g_free(process->command);
	process->command = g_strdup("awk\t\x1b[m\n\xe6\xbc\xa2 \xff");
	process->command_truncated = true;
	view = nsl_view_new(snapshot, selection);
	check_plain(NSL_COLUMN_COMMAND, view, 2, "awk\t\x1b[m\n\xe6\xbc\xa2 \\xff");
	check_plain(NSL_COLUMN_COMMAND, view, 0, "created by ip netns add blue");
	check_plain(NSL_COLUMN_COMMAND, view, 1, "mounted at /x y");
	check_plain(NSL_COLUMN_NAMESPACE, view, 2, "net:[5000]");
	check_plain(NSL_COLUMN_HELD_BY, view, 2, "held by fd 3 of 8 a\nb");
	check_plain(NSL_COLUMN_PID, view, 0, "");
}

/* On a terminal no column but the last takes more than half of it. */
static void test_wide(void)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	g_autoptr(NslSelection) selection = nsl_selection_new();
	g_autoptr(GArray) columns = g_array_new(FALSE, FALSE, sizeof(NslColumn));
	const NslColumn chosen[] = {NSL_COLUMN_COMMAND, NSL_COLUMN_NS};
	NslStyle style = {.output = columns, .columns = 60};
	NslProcess *process =
		fixture_process(snapshot, 7, "a\xe6\xbc\xa2 command that takes many columns");
	g_autofree char *text = NULL;
	g_autofree char *whole = NULL;

	fixture_join(snapshot, process, NSL_NSTYPE_NET, 5);
	g_array_append_vals(columns, chosen, G_N_ELEMENTS(chosen));
	text = fixture_write_format(NSL_FORMAT_TABLE, snapshot, selection, &style);
	g_assert_cmpstr(text, ==, "a\xe6\xbc\xa2 command that takes many c… 5\n");
	style.ascii_only = true;
	g_free(text);
	text = fixture_write_format(NSL_FORMAT_TABLE, snapshot, selection, &style);
	g_assert_cmpstr(text, ==, "a\\xe6\\xbc\\xa2 command that ... 5\n");
	style.columns = 0;
	whole = fixture_write_format(NSL_FORMAT_TABLE, snapshot, selection, &style);
	g_assert_nonnull(strstr(whole, "many columns 5\n"));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/column/find", test_find);
	g_test_add_func("/column/nearest", test_nearest);
	g_test_add_func("/column/cells", test_cells);
	g_test_add_func("/column/widths", test_widths);
	g_test_add_func("/column/plain", test_plain);
	g_test_add_func("/column/wide", test_wide);
	return g_test_run();
}
