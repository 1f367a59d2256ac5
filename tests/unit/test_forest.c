/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of report/forest. What is drawn of processes: test_tree.c.
 */
#include "report/forest.h"

#include "fixture.h"

static const NslStyle ascii = {.ascii_lines = true};

static char *draw(NslForest *forest, const NslStyle *style)
{
	g_autoptr(NslOutput) output = nsl_output_new(-1);

	nsl_forest_draw(forest, style, NULL, output);
	return g_strdup(output->text->str);
}

static void check(NslForest *forest, const char *expected)
{
	g_autofree char *text = draw(forest, &ascii);

	g_assert_cmpstr(text, ==, expected);
}

static guint add(NslForest *forest, guint parent, const char *text)
{
	return nsl_forest_add_text(forest, parent, g_strdup(text));
}

static void test_empty(void)
{
	g_autoptr(NslForest) forest = nsl_forest_new();

	check(forest, "");
}

/* Those at the top have no lines before them; the order is that of adding. */
static void test_lines(void)
{
	g_autoptr(NslForest) forest = nsl_forest_new();
	guint first = add(forest, NSL_FOREST_NONE, "first");
	guint second = add(forest, NSL_FOREST_NONE, "second");
	guint inner = add(forest, first, "inner");

	add(forest, second, "below second");
	add(forest, first, "last of first");
	add(forest, inner, "innermost");
	g_assert_cmpuint(nsl_forest_size(forest), ==, 6);
	check(forest, "first\n"
		      "|-inner\n"
		      "| `-innermost\n"
		      "`-last of first\n"
		      "second\n"
		      "`-below second\n");
}

static void append_both(GString *text, gconstpointer data, gconstpointer context)
{
	g_string_append_printf(text, "%s of %s", (const char *)data, (const char *)context);
}

static void test_written(void)
{
	g_autoptr(NslForest) forest = nsl_forest_new();
	g_autoptr(NslOutput) output = nsl_output_new(-1);
	const NslStyle style = {.columns = 9};

	nsl_forest_add(forest, nsl_forest_add(forest, NSL_FOREST_NONE, append_both, "a"),
		       append_both, "b");
	nsl_forest_draw(forest, &style, "something", output);
	g_assert_cmpstr(output->text->str, ==, "a of some\n└─b of so\n");
}

/* Those that nothing is below are left out, those below them too. */
static void test_headings(void)
{
	g_autoptr(NslForest) forest = nsl_forest_new();
	guint empty = nsl_forest_add_heading(forest, NSL_FOREST_NONE, g_strdup("empty"));
	guint used = nsl_forest_add_heading(forest, NSL_FOREST_NONE, g_strdup("used"));
	guint inner = nsl_forest_add_heading(forest, used, g_strdup("inner"));

	nsl_forest_add_heading(forest, empty, g_strdup("in empty"));
	nsl_forest_add_heading(forest, used, g_strdup("unused"));
	add(forest, inner, "x");
	check(forest, "used\n"
		      "`-inner\n"
		      "  `-x\n");
}

static void test_moved(void)
{
	g_autoptr(NslForest) forest = nsl_forest_new();
	guint first = add(forest, NSL_FOREST_NONE, "first");
	guint later = add(forest, NSL_FOREST_NONE, "later");

	nsl_forest_move(forest, first, later);
	nsl_forest_cut_circles(forest, 0, NSL_FOREST_NONE);
	check(forest, "later\n`-first\n");
}

/* Each circle is cut once, and hangs where it is wanted; what leads into it stays. */
static void test_circles(void)
{
	g_autoptr(NslForest) forest = nsl_forest_new();
	guint top = add(forest, NSL_FOREST_NONE, "top");
	guint a = add(forest, top, "a");
	guint b = add(forest, a, "b");
	guint c = add(forest, b, "c");
	guint self = add(forest, top, "self");
	guint circle;

	add(forest, c, "leads to c");
	add(forest, NSL_FOREST_NONE, "elsewhere");
	circle = nsl_forest_add_heading(forest, NSL_FOREST_NONE, g_strdup("circle"));
	nsl_forest_move(forest, a, c);
	nsl_forest_move(forest, self, self);
	nsl_forest_cut_circles(forest, a, circle);
	/* Which of the three is cut does not matter: here the one that was come back to. */
	check(forest, "top\n"
		      "elsewhere\n"
		      "circle\n"
		      "|-b\n"
		      "| `-c\n"
		      "|   |-a\n"
		      "|   `-leads to c\n"
		      "`-self\n");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/forest/empty", test_empty);
	g_test_add_func("/forest/lines", test_lines);
	g_test_add_func("/forest/written", test_written);
	g_test_add_func("/forest/headings", test_headings);
	g_test_add_func("/forest/moved", test_moved);
	g_test_add_func("/forest/circles", test_circles);
	return g_test_run();
}
