/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of report/color: what is coloured, that nothing is without being asked for, and that cut
 * lines end in no colour.
 */
#include "report/color.h"

#include "fixture.h"
#include "report/label.h"

static void test_tones(void)
{
	const NslStyle with = {.color = true};
	const NslStyle without = {0};
	g_autoptr(GString) text = g_string_new(NULL);

	for (NslTone tone = NSL_TONE_PLAIN; tone <= NSL_TONE_NAME; tone++) {
		nsl_color_start(text, &without, tone);
		nsl_color_end(text, &without, tone);
		g_assert_cmpstr(text->str, ==, "");
	}
	nsl_color_start(text, &with, NSL_TONE_PLAIN);
	nsl_color_end(text, &with, NSL_TONE_PLAIN);
	g_assert_cmpstr(text->str, ==, "");
	nsl_color_start(text, &with, NSL_TONE_HEADING);
	nsl_color_end(text, &with, NSL_TONE_HEADING);
	g_assert_cmpstr(text->str, ==, "\033[1m\033[0m");
}

/* A row of a namespace, and one of a process in a container whose name is hostile. */
static NslSnapshot *make_snapshot(void)
{
	NslSnapshot *snapshot = fixture_snapshot();
	NslProcess *process = fixture_process(snapshot, 7, "sleep 1");

	nsl_namespace_add_name(fixture_join(snapshot, process, NSL_NSTYPE_NET, 5000), "blue");
	nsl_process_enter(
		process, fixture_container(snapshot, "1", "docker", NULL, "a] \033[m\xe6\xbc\xa2"));
	nsl_snapshot_freeze(snapshot);
	return snapshot;
}

static void check(NslFormat format, NslStyle style, const char *expected)
{
	g_autoptr(NslSnapshot) snapshot = make_snapshot();
	g_autoptr(NslSelection) selection = nsl_selection_new();
	g_autofree char *text = NULL;

	style.color = true;
	text = fixture_write_format(format, snapshot, selection, &style);
	g_assert_cmpstr(text, ==, expected);
}

static void test_table(void)
{
	check(NSL_FORMAT_TABLE, (NslStyle){.headings = true},
	      "\033[1m       PID  Namespace             Thread/Command\033[0m\n"
	      "\033[2m        --  net:[5000]            created by ip netns add blue\033[0m\n"
	      "         7  net:[5000]**          \033[36m[docker:a\\x5d\\x20"
	      "\\x1b\\x5bm\xe6\xbc\xa2]\033[0m "
	      "sleep 1\n");
}

static void test_ascii(void)
{
	check(NSL_FORMAT_TABLE, (NslStyle){.ascii_only = true},
	      "\033[2m        --  net:[5000]            created by ip netns add blue\033[0m\n"
	      "         7  net:[5000]**          \033[36m[docker:a\\x5d\\x20"
	      "\\x1b\\x5bm\\xe6\\xbc\\xa2]\033[0m sleep 1\n");
}

/* As wide as without colours, and none goes on into the next line. */
static void test_cut(void)
{
	check(NSL_FORMAT_TABLE, (NslStyle){.columns = 40, .headings = true},
	      "\033[1m       PID  Namespace             Thread\033[0m\n"
	      "\033[2m        --  net:[5000]            create\033[0m\n"
	      "         7  net:[5000]**          \033[36m[docke\033[0m\n");
}

static void test_tree(void)
{
	check(NSL_FORMAT_TREE, (NslStyle){.ascii_lines = true},
	      "\033[1mnet\033[0m\n"
	      "`-net:[5000]**  created by ip netns add blue\n"
	      "  `-7 \033[36m[docker:a\\x5d\\x20\\x1b\\x5bm\xe6\xbc\xa2]\033[0m sleep 1\n");
}

/* Columns are as wide as what is seen. */
static void test_grid(void)
{
	g_autoptr(GArray) columns = fixture_columns("command,pid");

	check(NSL_FORMAT_TABLE, (NslStyle){.output = columns},
	      "\033[2mcreated by ip netns add blue\033[0m          \033[2m-\033[0m\n"
	      "\033[36m[docker:a\\x5d\\x20\\x1b\\x5bm\xe6\xbc\xa2]\033[0m sleep 1 7\n");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/color/tones", test_tones);
	g_test_add_func("/color/table", test_table);
	g_test_add_func("/color/ascii", test_ascii);
	g_test_add_func("/color/cut", test_cut);
	g_test_add_func("/color/tree", test_tree);
	g_test_add_func("/color/grid", test_grid);
	return g_test_run();
}
