/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of report/grid: how rows are lined up, and that they are made as they are written. What
 * columns of a real snapshot look like is in test_column.c.
 */
#include <string.h>

#include "fixture.h"

#define BIG (4 << 20)

static gsize largest; /* piece that was written */
static GString *written;

static int take(int fd, const void *text, gsize size)
{
	(void)fd;
	largest = MAX(largest, size);
	g_string_append_len(written, text, (gssize)size);
	return 0;
}

/*
 * The units, of these sizes, and PIDs of processes from 1 on: all that is written. Transfer full.
 */
static char *write_grid(NslStyle style, const guint *sizes, guint n)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	g_autoptr(NslSelection) selection = nsl_selection_new();
	g_autoptr(GArray) columns = fixture_columns("unit,pid");
	g_autoptr(NslOutput) output = nsl_output_new(-1);
	g_autoptr(NslView) view = NULL;

	for (guint i = 0; i < n; i++) {
		NslProcess *process = fixture_process(snapshot, i + 1, "");

		process->unit = g_strnfill(sizes[i], 'x');
		fixture_join(snapshot, process, NSL_NSTYPE_NET, 5);
	}
	nsl_snapshot_freeze(snapshot);
	view = nsl_view_new(snapshot, selection);
	output->write = take;
	largest = 0;
	written = g_string_new(NULL);
	nsl_grid_write(view, view->rows, columns, &style, output);
	g_assert_cmpint(nsl_output_finish(output), ==, 0);
	return g_string_free(written, FALSE);
}

TEST(lined_up)
{
	static const guint sizes[] = {3, 0, 5};
	g_autofree char *text = write_grid((NslStyle){.headings = true}, sizes, 3);
	g_autofree char *raw = write_grid((NslStyle){.raw = true}, sizes, 3);

	g_assert_cmpstr(text, ==, "UNIT  PID\nxxx     1\n-       2\nxxxxx   3\n");
	g_assert_cmpstr(raw, ==, "xxx 1\n- 2\nxxxxx 3\n");
}

/* One below, at and above what is lined up: a wider cell pushes its own line only. */
TEST(widest)
{
	for (guint size = NSL_GRID_WIDEST - 1; size <= NSL_GRID_WIDEST + 1; size++) {
		const guint sizes[] = {1, size};
		g_autofree char *text = write_grid((NslStyle){0}, sizes, 2);
		g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

		g_assert_cmpuint(strlen(lines[0]), ==, MIN(size, NSL_GRID_WIDEST) + 2);
		g_assert_cmpuint(strlen(lines[1]), ==, size + 2);
		g_assert_true(g_str_has_prefix(lines[0], "x "));
		g_assert_true(g_str_has_suffix(lines[0], " 1"));
		g_assert_true(g_str_has_suffix(lines[1], "x 2"));
	}
}

/* A large row is on its way before the next one is made, and makes no other one large. */
TEST(large)
{
	static const guint sizes[] = {BIG, 1, BIG, BIG};
	g_autofree char *text = write_grid((NslStyle){0}, sizes, 4);

	g_assert_cmpuint(largest, <, BIG + (1 << 20));
	g_assert_cmpuint(strlen(text), <, 3UL * BIG + (1 << 16));
	g_assert_cmpuint(strlen(text), >, 3UL * BIG);
}
