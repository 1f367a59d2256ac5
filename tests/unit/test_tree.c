/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of report/tree.
 */
#include "base/text.h"
#include "fixture.h"

/* A process in the network namespace 5 whose parent is `ppid`. */
static NslProcess *add_child(NslSnapshot *snapshot, guint32 pid, guint32 ppid, const char *command)
{
	NslProcess *process = fixture_process(snapshot, pid, command);

	process->has_stat = true;
	process->ppid = ppid;
	fixture_join(snapshot, process, NSL_NSTYPE_NET, 5);
	return process;
}

static char *write_tree(const NslSnapshot *snapshot, const NslStyle *style)
{
	g_autoptr(NslSelection) selection = nsl_selection_new();

	return fixture_write_format(NSL_FORMAT_TREE, snapshot, selection, style);
}

static void check_tree(const NslSnapshot *snapshot, const NslStyle *style, const char *expected)
{
	g_autofree char *text = write_tree(snapshot, style);

	g_assert_cmpstr(text, ==, expected);
}

static void test_nesting(void)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	const NslStyle style = {0};
	const NslStyle ascii = {.ascii_lines = true};

	add_child(snapshot, 10, 1, "shim"); /* its parent is elsewhere */
	add_child(snapshot, 11, 10, "init");
	add_child(snapshot, 12, 11, "worker");
	add_child(snapshot, 13, 11, "worker");
	add_child(snapshot, 14, 10, "sleep");
	add_child(snapshot, 20, 1, "other");
	add_child(snapshot, 21, 20, "child");
	check_tree(snapshot, &style,
		   "net\n"
		   "└─net:[5]\n"
		   "  ├─10 shim\n"
		   "  │ ├─11 init\n"
		   "  │ │ ├─12 worker\n"
		   "  │ │ └─13 worker\n"
		   "  │ └─14 sleep\n"
		   "  └─20 other\n"
		   "    └─21 child\n");
	check_tree(snapshot, &ascii,
		   "net\n"
		   "`-net:[5]\n"
		   "  |-10 shim\n"
		   "  | |-11 init\n"
		   "  | | |-12 worker\n"
		   "  | | `-13 worker\n"
		   "  | `-14 sleep\n"
		   "  `-20 other\n"
		   "    `-21 child\n");
}

/* A parent may have a larger PID than its child. */
static void test_wrapped_pids(void)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	const NslStyle style = {0};

	add_child(snapshot, 7, 4000, "grandchild");
	add_child(snapshot, 8, 4100, "child");
	add_child(snapshot, 4000, 4100, "child");
	add_child(snapshot, 4100, 1, "parent");
	check_tree(snapshot, &style,
		   "net\n"
		   "└─net:[5]\n"
		   "  └─4100 parent\n"
		   "    ├─8 child\n"
		   "    └─4000 child\n"
		   "      └─7 grandchild\n");
}

/* Types, the namespaces of each, reasons, names, marks. */
static void test_namespaces(void)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslNamespace *named = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 8);
	NslNamespace *held = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 9);
	const NslStyle style = {.headings = true}; /* a tree has none */
	NslProcess *process;

	nsl_namespace_add_name(named, "blue");
	nsl_namespace_add_name(named, "alias");
	nsl_namespace_add_holder(held,
				 &(NslHolder){.kind = NSL_HOLDER_MOUNT, .path = (char *)"/a\n"});
	process = add_child(snapshot, 10, 1, "sh");
	fixture_join(snapshot, process, NSL_NSTYPE_MNT, 6);
	process = fixture_process(snapshot, 11, "unshare");
	process->ppid = 10;
	fixture_for_children(snapshot, process, NSL_NSTYPE_PID, 7);
	process = fixture_process(snapshot, 12, "in blue");
	nsl_process_join(process, named);
	nsl_snapshot_freeze(snapshot);
	check_tree(snapshot, &style,
		   "mnt\n"
		   "└─mnt:[6]\n"
		   "  └─10 sh\n"
		   "net\n"
		   "├─net:[5]\n"
		   "│ └─10 sh\n"
		   "├─net:[8]**  created by ip netns add alias, created by ip netns add blue\n"
		   "│ └─12 in blue\n"
		   "└─net:[9]  mounted at /a\\n\n"
		   "pid\n"
		   "└─pid:[7]  for children of 11 unshare\n"
		   "  └─11 unshare (for children)\n");
}

/* One whose children alone are inside stands beside the tree; its child inside, below it. */
static void test_for_children(void)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	const NslStyle style = {0};
	NslProcess *process = fixture_process(snapshot, 10, "unshare");

	process->ppid = 11; /* a parent inside does not take it in */
	fixture_for_children(snapshot, process, NSL_NSTYPE_PID, 7);
	process = fixture_process(snapshot, 11, "init");
	process->ppid = 1;
	fixture_join(snapshot, process, NSL_NSTYPE_PID, 7);
	check_tree(snapshot, &style,
		   "pid\n"
		   "└─pid:[7]\n"
		   "  ├─10 unshare (for children)\n"
		   "  └─11 init\n");
}

static guint count_lines(const char *text)
{
	guint n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

/* Parents that form circles: every process is shown once all the same. */
static void test_circles(void)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	const NslStyle style = {.ascii_lines = true};
	g_autofree char *text = NULL;

	add_child(snapshot, 10, 12, "circle");
	add_child(snapshot, 11, 10, "circle");
	add_child(snapshot, 12, 11, "circle");
	add_child(snapshot, 13, 12, "beside");
	add_child(snapshot, 20, 20, "itself");
	add_child(snapshot, 30, 31, "pair");
	add_child(snapshot, 31, 30, "pair");
	add_child(snapshot, 40, 0, "none");
	add_child(snapshot, 50, 51, "leads into it");
	add_child(snapshot, 51, 30, "leads into it");
	text = write_tree(snapshot, &style);
	g_assert_cmpuint(count_lines(text), ==, 2 + 10);
	for (guint pid = 10; pid < 60; pid++)
		if (nsl_snapshot_get_process(snapshot, pid)) {
			g_autofree char *line = g_strdup_printf("-%u ", pid);
			const char *found = strstr(text, line);

			g_assert_nonnull(found);
			g_assert_null(strstr(found + 1, line));
		}
	/* Only one link of each circle is cut. */
	g_assert_true(strstr(text, "|-20 itself") || strstr(text, "`-20 itself"));
	g_assert_nonnull(strstr(text, "-13 beside"));
}

/* As deep as a chain of processes can get, in time that is in proportion. */
static void test_deep(void)
{
	const guint n = 10000;
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	const NslStyle style = {.ascii_lines = true};
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;
	gsize indent = 0;

	for (guint pid = 1; pid <= n; pid++)
		add_child(snapshot, pid, pid - 1, "x");
	text = write_tree(snapshot, &style);
	lines = g_strsplit(text, "\n", -1);
	g_assert_cmpuint(g_strv_length(lines), ==, n + 3); /* with the empty rest */
	for (guint pid = 1; pid <= n; pid++) {
		const char *line = lines[pid + 1];
		g_autofree char *end = g_strdup_printf("`-%u x", pid);
		gsize now = strspn(line, " ");

		/* Each further to the right, to a limit. */
		g_assert_cmpstr(line + now, ==, end);
		if (pid > 1 && pid < 50)
			g_assert_cmpuint(now, ==, indent + 2);
		else if (pid > 1)
			g_assert_cmpuint(now, >=, indent);
		g_assert_cmpuint(now, <, 200);
		indent = now;
	}
}

static void test_broad(void)
{
	const guint n = 20000;
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	const NslStyle style = {.ascii_lines = true};
	g_autofree char *text = NULL;

	add_child(snapshot, 1, 0, "init");
	for (guint pid = 2; pid <= n; pid++)
		add_child(snapshot, pid, 1, "x");
	text = write_tree(snapshot, &style);
	g_assert_cmpuint(count_lines(text), ==, n + 2);
	g_assert_true(g_str_has_prefix(text, "net\n`-net:[5]\n  `-1 init\n    |-2 x\n    |-3 x\n"));
	g_assert_true(g_str_has_suffix(text, "\n    |-19999 x\n    `-20000 x\n"));
}

static void test_cut(void)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();

	add_child(snapshot, 10, 1, "\u65e5\u672c\u8a9e a command of some length");
	for (guint pid = 11; pid < 40; pid++)
		add_child(snapshot, pid, pid - 1, "e\u0301 a command of some length");
	for (guint columns = 1; columns < 120; columns++) {
		const NslStyle style = {.columns = columns};
		g_autofree char *text = write_tree(snapshot, &style);
		g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

		g_assert_cmpuint(g_strv_length(lines), ==, 2 + 30 + 1);
		g_assert_true(g_utf8_validate(text, -1, NULL));
		for (char **line = lines; *line; line++)
			g_assert_cmpuint(nsl_text_width(*line), <=, columns);
	}
}

static void test_hostile(void)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	const NslStyle style = {.ascii_only = true, .ascii_lines = true};
	NslProcess *process = add_child(snapshot, 10, 1, "a\n`-11 fake\x1b\u65e5");

	process->command_truncated = true;
	check_tree(snapshot, &style,
		   "net\n"
		   "`-net:[5]\n"
		   "  `-10 a\\n`-11 fake\\x1b\\xe6\\x97\\xa5...\n");
}

static void test_empty(void)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	const NslStyle style = {.headings = true};

	check_tree(snapshot, &style, "");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/tree/nesting", test_nesting);
	g_test_add_func("/tree/wrapped_pids", test_wrapped_pids);
	g_test_add_func("/tree/namespaces", test_namespaces);
	g_test_add_func("/tree/for_children", test_for_children);
	g_test_add_func("/tree/circles", test_circles);
	g_test_add_func("/tree/deep", test_deep);
	g_test_add_func("/tree/broad", test_broad);
	g_test_add_func("/tree/cut", test_cut);
	g_test_add_func("/tree/hostile", test_hostile);
	g_test_add_func("/tree/empty", test_empty);
	return g_test_run();
}
