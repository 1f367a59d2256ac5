/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * JSON lines: the rows of the table, each an object of the chosen columns.
 */
#include <json-c/json.h>
#include <string.h>

#include "report/column.h"
#include "report/format.h"
#include "report/json_value.h"

static struct json_object *value(NslCell *cell)
{
	const char *item = cell->bytes->str;
	struct json_object *array;

	if (cell->absent && cell->type != NSL_CELL_LIST)
		return NULL;
	switch (cell->type) {
	case NSL_CELL_NUMBER:
		return nsl_json_new_number(cell->number);
	case NSL_CELL_BOOLEAN:
		return nsl_json_new_boolean(cell->number != 0);
	case NSL_CELL_STRING:
	case NSL_CELL_TIME:
		return nsl_json_new_string(nsl_cell_text(cell));
	case NSL_CELL_LIST:
		break;
	}
	array = nsl_json_new_array(cell->n_items);
	for (guint i = 0; i < cell->n_items; i++, item += strlen(item) + 1)
		nsl_json_append(array, nsl_json_new_string(item));
	return array;
}

/* The chosen columns, each once: an object has no key twice. */
static GArray *different(const GArray *columns)
{
	GArray *found = g_array_new(FALSE, FALSE, sizeof(NslColumn));
	bool seen[NSL_COLUMN_COUNT] = {false};

	for (guint i = 0; i < columns->len; i++) {
		NslColumn column = g_array_index(columns, NslColumn, i);

		if (!seen[column])
			g_array_append_val(found, column);
		seen[column] = true;
	}
	return found;
}

void nsl_jsonl_write(const NslView *view, const NslStyle *style, NslOutput *output)
{
	g_autoptr(GArray) columns = different(style->output);
	g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func(g_free);
	g_auto(NslCell) cell;

	nsl_cell_init(&cell, view);
	for (guint i = 0; i < columns->len; i++)
		g_ptr_array_add(keys, nsl_column_key(g_array_index(columns, NslColumn, i)));
	for (guint at = 0; at < view->rows->len && output->result == 0; at++) {
		struct json_object *object = nsl_json_new_object();

		for (guint i = 0; i < columns->len; i++) {
			nsl_cell_get(&cell, g_array_index(columns, NslColumn, i),
				     &g_array_index(view->rows, NslRow, at));
			nsl_json_add(object, g_ptr_array_index(keys, i), value(&cell));
		}
		nsl_json_put_document(object, JSON_C_TO_STRING_PLAIN, output);
	}
}
