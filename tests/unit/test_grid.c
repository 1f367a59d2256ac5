/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of report/grid: how rows are lined up, and that they are made as they are written. What
 * columns of a real snapshot look like is in test_column.c.
 */
#include "report/grid.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "test.h"

#define BIG (4 << 20)

/* Rows of two cells: a text of the size, and its number. */
typedef struct Made {
	const guint *sizes;
	guint n_asked;
	guint n_kept; /* bytes that the output had when a row was asked for, at most */
	const NslOutput *output;
} Made;

static void add_row(NslGrid *grid, guint row, gconstpointer data)
{
	Made *made = (Made *)data;
	g_autoptr(GString) cell = g_string_new(NULL);

	made->n_asked++;
	made->n_kept = MAX(made->n_kept, (guint)made->output->text->len);
	for (guint i = 0; i < made->sizes[row]; i++)
		g_string_append_c(cell, 'x');
	nsl_grid_add(grid, cell, NSL_TONE_PLAIN);
	g_string_printf(cell, "%u", row);
	nsl_grid_add(grid, cell, NSL_TONE_PLAIN);
}

/* What is written to a file. Transfer full. */
static char *write_grid(const NslStyle *style, Made *made, guint n_rows)
{
	g_autofree char *path = g_strdup("/tmp/nslist-grid-XXXXXX");
	int fd = mkstemp(path);
	g_autoptr(NslOutput) output = nsl_output_new(fd);
	g_autoptr(NslGrid) grid = nsl_grid_new(NULL, style);
	char *text = NULL;

	g_assert_cmpint(fd, >=, 0);
	made->output = output;
	nsl_grid_add_column(grid, "TEXT", false);
	nsl_grid_add_column(grid, "N", true);
	nsl_grid_write(grid, n_rows, add_row, made, output);
	g_assert_cmpint(nsl_output_finish(output), ==, 0);
	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	close(fd);
	unlink(path);
	return text;
}

TEST(lined_up)
{
	static const guint sizes[] = {3, 0, 5};
	Made made = {.sizes = sizes};
	Made raw_made = {.sizes = sizes};
	g_autofree char *text = write_grid(&(NslStyle){.headings = true}, &made, 3);
	g_autofree char *raw = write_grid(&(NslStyle){.raw = true}, &raw_made, 3);

	g_assert_cmpstr(text, ==, "TEXT  N\nxxx   0\n-     1\nxxxxx 2\n");
	g_assert_cmpuint(made.n_asked, ==, 6);
	g_assert_cmpstr(raw, ==, "xxx 0\n- 1\nxxxxx 2\n");
	g_assert_cmpuint(raw_made.n_asked, ==, 3);
}

/* One below, at and above what is lined up: a wider cell pushes its own line only. */
TEST(widest)
{
	for (guint size = NSL_GRID_WIDEST - 1; size <= NSL_GRID_WIDEST + 1; size++) {
		const guint sizes[] = {1, size};
		Made made = {.sizes = sizes};
		g_autofree char *text = write_grid(&(NslStyle){0}, &made, 2);
		g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

		g_assert_cmpuint(strlen(lines[0]), ==, MIN(size, NSL_GRID_WIDEST) + 2);
		g_assert_cmpuint(strlen(lines[1]), ==, size + 2);
		g_assert_true(g_str_has_prefix(lines[0], "x "));
		g_assert_true(g_str_has_suffix(lines[0], " 0"));
		g_assert_true(g_str_has_suffix(lines[1], "x 1"));
	}
}

/* A large row is on its way before the next one is made, and makes no other one large. */
TEST(large)
{
	static const guint sizes[] = {BIG, 1, BIG, BIG};
	Made made = {.sizes = sizes};
	g_autofree char *text = write_grid(&(NslStyle){0}, &made, 4);

	g_assert_cmpuint(made.n_kept, <, 1 << 20);
	g_assert_cmpuint(strlen(text), <, 3UL * BIG + (1 << 16));
	g_assert_cmpuint(strlen(text), >, 3UL * BIG);
}
