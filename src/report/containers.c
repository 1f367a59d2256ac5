/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The containers: one row each, by name, and the sandboxes after them. What a row says is in the
 * columns' getters.
 */
#include "report/format.h"
#include "report/grid.h"

/* The usual columns; POD only where there is one, unless programs read them. */
static GArray *choose_columns(const NslView *view, const NslStyle *style)
{
	bool has_pod =
		style->writing != NSL_WRITING_LINES || style->raw || !style->usual || style->hosts;
	GArray *columns = g_array_new(FALSE, FALSE, sizeof(NslColumn));

	for (guint i = 0; i < view->rows->len && !has_pod; i++) {
		const NslContainer *container = g_array_index(view->rows, NslRow, i).container;

		has_pod = container->identity.pod || container->identity.pod_uid;
	}
	for (guint i = 0; i < style->output->len; i++) {
		NslColumn column = g_array_index(style->output, NslColumn, i);

		if (column != NSL_COLUMN_POD || has_pod)
			g_array_append_val(columns, column);
	}
	return columns;
}

void nsl_containers_write(const NslView *view, const NslStyle *style, NslOutput *output)
{
	g_autoptr(GArray) columns = choose_columns(view, style);
	NslStyle spaced = *style;

	spaced.spaced = true;
	spaced.output = columns;
	nsl_grid_write_rows(view, view->rows, &spaced, output);
}
