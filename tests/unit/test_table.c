/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of report/table: the listing that scripts read.
 */
#include "fixture.h"

#define HEADING "       PID  Namespace             Thread/Command\n"

/* The example of the contract, as far as there are such facts. */
static NslSnapshot *make_snapshot(void)
{
	NslSnapshot *snapshot = fixture_snapshot();
	NslNamespace *test = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 4026532676);
	NslNamespace *docker = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 4026532901);
	NslProcess *process;

	nsl_namespace_add_name(test, "test");
	nsl_namespace_add_holder(docker,
				 &(NslHolder){.kind = NSL_HOLDER_MOUNT,
					      .path = (char *)"/run/docker/netns/3f2ab81c"});
	process = fixture_process(snapshot, 35, NULL);
	process->comm = g_strdup("kdevtmpfs");
	fixture_join(snapshot, process, NSL_NSTYPE_MNT, 4026531860);
	process = fixture_process(snapshot, 3429, "dnsmasq --no-hosts --no-resolv --strict-order");
	nsl_process_join(process, test);
	process = fixture_process(snapshot, 6189, "/bin/bash");
	fixture_join(snapshot, process, NSL_NSTYPE_PID, 4026532583);
	process = fixture_process(snapshot, 7001, "unshare --pid bash");
	fixture_for_children(snapshot, process, NSL_NSTYPE_PID, 4026532990);
	nsl_snapshot_freeze(snapshot);
	return snapshot;
}

static void check_table(const NslSnapshot *snapshot, const NslStyle *style, const char *expected)
{
	g_autoptr(NslSelection) selection = nsl_selection_new();
	g_autofree char *text = fixture_write_format(NSL_FORMAT_TABLE, snapshot, selection, style);

	g_assert_cmpstr(text, ==, expected);
}

#define ROWS                                                                                       \
	"        --  net:[4026532676]      created by ip netns add test\n"                         \
	"        --  net:[4026532901]      mounted at /run/docker/netns/3f2ab81c\n"                \
	"        --  pid:[4026532990]      for children of 7001 unshare --pid bash\n"              \
	"        35  mnt:[4026531860]      kdevtmpfs\n"                                            \
	"      3429  net:[4026532676]**    dnsmasq --no-hosts --no-resolv --strict-order\n"        \
	"      6189  pid:[4026532583]      /bin/bash\n"                                            \
	"      7001  pid:[4026532990]      unshare --pid bash (for children)\n"

static void test_plain(void)
{
	g_autoptr(NslSnapshot) snapshot = make_snapshot();
	const NslStyle with = {.headings = true};
	const NslStyle without = {0};

	check_table(snapshot, &with, HEADING ROWS);
	check_table(snapshot, &without, ROWS);
}

static void test_empty(void)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	const NslStyle with = {.headings = true};
	const NslStyle without = {0};

	check_table(snapshot, &with, HEADING);
	check_table(snapshot, &without, "");
}

/* The columns begin where they begin for every PID and type; what is wider pushes the line. */
static void test_widths(void)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslNamespace *named = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, G_MAXUINT64);
	NslProcess *process = fixture_process(snapshot, 1, "one");
	const NslStyle style = {0};

	fixture_join(snapshot, process, NSL_NSTYPE_CGROUP, 4294967295);
	process = fixture_process(snapshot, 4194304, "largest");
	fixture_join(snapshot, process, NSL_NSTYPE_NET, 1);
	process = fixture_process(snapshot, 4294967295, "beyond");
	nsl_process_join(process, named);
	nsl_namespace_add_name(named, "n");
	check_table(snapshot, &style,
		    "        --  net:[18446744073709551615]  created by ip netns add n\n"
		    "         1  cgroup:[4294967295]   one\n"
		    "   4194304  net:[1]               largest\n"
		    "4294967295  net:[18446744073709551615]**  beyond\n");
}

/* Every row is one line, whatever the names are. */
static void test_hostile(void)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslNamespace *ns = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 5);
	NslProcess *process = fixture_process(snapshot, 7, "a\nb\x1b[2J\xff \u65e5\u202e");
	const NslStyle utf8 = {0};
	const NslStyle ascii = {.ascii_only = true};

	nsl_process_join(process, ns);
	nsl_namespace_add_name(ns, "n\n\x1b");
	process->command_truncated = true;
	check_table(snapshot, &utf8,
		    "        --  net:[5]               created by ip netns add n\\n\\x1b\n"
		    "         7  net:[5]**             "
		    "a\\nb\\x1b[2J\\xff \u65e5\\xe2\\x80\\xae\u2026\n");
	check_table(snapshot, &ascii,
		    "        --  net:[5]               created by ip netns add n\\n\\x1b\n"
		    "         7  net:[5]**             "
		    "a\\nb\\x1b[2J\\xff \\xe6\\x97\\xa5\\xe2\\x80\\xae...\n");
}

static void check_cut(const NslSnapshot *snapshot, guint columns, bool headings)
{
	g_autoptr(NslSelection) selection = nsl_selection_new();
	const NslStyle style = {.columns = columns, .headings = headings};
	const NslStyle whole_style = {.headings = headings};
	g_autofree char *text = fixture_write_format(NSL_FORMAT_TABLE, snapshot, selection, &style);
	g_autofree char *whole =
		fixture_write_format(NSL_FORMAT_TABLE, snapshot, selection, &whole_style);
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	g_auto(GStrv) whole_lines = g_strsplit(whole, "\n", -1);

	g_assert_cmpuint(g_strv_length(lines), ==, g_strv_length(whole_lines));
	for (guint i = 0; lines[i]; i++) {
		g_assert_cmpint(g_utf8_strlen(lines[i], -1), <=, (glong)columns);
		g_assert_true(g_str_has_prefix(whole_lines[i], lines[i]));
		if (g_utf8_strlen(whole_lines[i], -1) <= (glong)columns)
			g_assert_cmpstr(lines[i], ==, whole_lines[i]);
		else
			g_assert_cmpint(g_utf8_strlen(lines[i], -1), ==, (glong)columns);
	}
}

static void test_cut(void)
{
	g_autoptr(NslSnapshot) snapshot = make_snapshot();

	for (guint columns = 1; columns < 120; columns++)
		check_cut(snapshot, columns, false);
}

/* The heading is a line like the others. */
static void test_cut_heading(void)
{
	g_autoptr(NslSnapshot) snapshot = make_snapshot();

	for (guint columns = 119; columns > 0; columns--)
		check_cut(snapshot, columns, true);
}

static void test_many(void)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	g_autoptr(GString) expected = g_string_new(NULL);
	const NslStyle style = {0};

	for (guint pid = 1; pid <= 20000; pid++) {
		NslProcess *process =
			fixture_process(snapshot, pid, "a command line of some length");

		fixture_join(snapshot, process, NSL_NSTYPE_NET, 4026540000u + pid);
		g_string_append_printf(expected, "%10u  net:[%u]      %s\n", pid, 4026540000u + pid,
				       process->command);
	}
	check_table(snapshot, &style, expected->str);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/table/plain", test_plain);
	g_test_add_func("/table/empty", test_empty);
	g_test_add_func("/table/widths", test_widths);
	g_test_add_func("/table/hostile", test_hostile);
	g_test_add_func("/table/cut", test_cut);
	g_test_add_func("/table/many", test_many);
	g_test_add_func("/table/cut_heading", test_cut_heading);
	return g_test_run();
}
