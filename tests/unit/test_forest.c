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

/* Those at the top have no lines before them; the order is that of adding. */
TEST(lines)
{
	g_autoptr(NslForest) forest = nsl_forest_new();
	guint first = nsl_forest_add_text(forest, NSL_FOREST_TOP, "first");
	guint second = nsl_forest_add_text(forest, NSL_FOREST_TOP, "second");
	guint inner = nsl_forest_add_text(forest, first, "inner");

	nsl_forest_add_text(forest, second, "below second");
	nsl_forest_add_text(forest, first, "last of first");
	nsl_forest_add_text(forest, inner, "innermost");
	check(forest, "first\n"
		      "|-inner\n"
		      "| `-innermost\n"
		      "`-last of first\n"
		      "second\n"
		      "`-below second\n");
}

static void append_both(GString *text, gconstpointer data, gpointer context)
{
	g_string_append_printf(text, "%s of %s", (const char *)data, (const char *)context);
}

TEST(written)
{
	g_autoptr(NslForest) forest = nsl_forest_new();
	g_autoptr(NslOutput) output = nsl_output_new(-1);

	nsl_forest_add(forest, nsl_forest_add(forest, NSL_FOREST_TOP, append_both, "a"),
		       append_both, "b");
	nsl_forest_draw(forest, &(NslStyle){.columns = 9}, "something", output);
	g_assert_cmpstr(output->text->str, ==, "a of some\n└─b of so\n");
}

TEST(moved)
{
	g_autoptr(NslForest) forest = nsl_forest_new();
	guint first = nsl_forest_add_text(forest, NSL_FOREST_TOP, "first");
	guint later = nsl_forest_add_text(forest, NSL_FOREST_TOP, "later");

	nsl_forest_move(forest, first, later, NSL_FOREST_TOP);
	check(forest, "later\n`-first\n");
}

/* One node of each circle goes below the heading; what leads into the circle stays. */
TEST(circles)
{
	g_autoptr(NslForest) forest = nsl_forest_new();
	guint top = nsl_forest_add_text(forest, NSL_FOREST_TOP, "top");
	guint a = nsl_forest_add_text(forest, NSL_FOREST_TOP, "a");
	guint b = nsl_forest_add_text(forest, NSL_FOREST_TOP, "b");
	guint c = nsl_forest_add_text(forest, NSL_FOREST_TOP, "c");
	guint self = nsl_forest_add_text(forest, NSL_FOREST_TOP, "self");
	guint leads = nsl_forest_add_text(forest, NSL_FOREST_TOP, "leads to c");
	guint below = nsl_forest_add_text(forest, NSL_FOREST_TOP, "below top");
	guint circle = nsl_forest_add_heading(forest, NSL_FOREST_TOP, "circle");

	nsl_forest_move(forest, a, c, circle);
	nsl_forest_move(forest, b, a, circle);
	nsl_forest_move(forest, c, b, circle);
	nsl_forest_move(forest, self, self, circle);
	nsl_forest_move(forest, leads, c, circle);
	nsl_forest_move(forest, below, top, circle);
	/* Which of the three is cut does not matter: here the one that leads back to the first. */
	check(forest, "top\n"
		      "`-below top\n"
		      "circle\n"
		      "|-b\n"
		      "| `-c\n"
		      "|   |-a\n"
		      "|   `-leads to c\n"
		      "`-self\n");
}

/* Each before those below it. */
TEST(walk)
{
	g_autoptr(NslForest) forest = nsl_forest_new();
	g_autoptr(GString) text = g_string_new(NULL);
	guint a = nsl_forest_add_text(forest, NSL_FOREST_TOP, "a");
	const NslNode *node = NULL;

	nsl_forest_add_text(forest, nsl_forest_add_text(forest, a, "b"), "c");
	nsl_forest_add_text(forest, a, "d");
	nsl_forest_add_text(forest, NSL_FOREST_TOP, "e");
	while ((node = nsl_forest_next(forest, node)))
		g_string_append_printf(text, "%s%u ", (const char *)node->data, node->depth);
	g_assert_cmpstr(text->str, ==, "a0 b1 c2 d1 e0 ");
}
