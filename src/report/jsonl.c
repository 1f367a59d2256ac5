/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * JSON lines: the rows of the table, each an object of the chosen columns. And the list of the
 * columns, which says what their values are, as JSON.
 */
#include <json-c/json.h>

#include "report/column.h"
#include "report/format.h"
#include "report/json_value.h"

/* The items of a list, each of which starts where `starts` says. */
static struct json_object *list(const GString *cell, const GArray *starts)
{
	struct json_object *array = nsl_json_new_array(starts->len);

	for (guint i = 0; i < starts->len; i++) {
		gsize start = g_array_index(starts, gsize, i);
		gsize end = i + 1 < starts->len ? g_array_index(starts, gsize, i + 1) : cell->len;
		g_autofree char *item = g_strndup(cell->str + start, end - start);

		nsl_json_append(array, nsl_json_new_string(item));
	}
	return array;
}

static struct json_object *value(NslCellType type, const GString *cell, const GArray *starts)
{
	if (type == NSL_CELL_LIST)
		return list(cell, starts);
	if (cell->len == 0)
		return NULL;
	switch (type) {
	case NSL_CELL_NUMBER:
		return nsl_json_new_number(g_ascii_strtoull(cell->str, NULL, 10));
	case NSL_CELL_BOOLEAN:
		return nsl_json_new_boolean(strcmp(cell->str, "yes") == 0);
	case NSL_CELL_STRING:
	case NSL_CELL_TIME:
	case NSL_CELL_LIST:
		break;
	}
	return nsl_json_new_string(cell->str);
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
	g_autoptr(GArray) starts = g_array_new(FALSE, FALSE, sizeof(gsize));
	g_autoptr(GString) cell = g_string_new(NULL);
	const NslCellContext context = {.view = view, .plain = true, .items = starts};

	for (guint i = 0; i < columns->len; i++)
		g_ptr_array_add(keys, nsl_column_key(g_array_index(columns, NslColumn, i)));
	for (guint at = 0; at < view->rows->len && output->result == 0; at++) {
		struct json_object *object = nsl_json_new_object();

		for (guint i = 0; i < columns->len; i++) {
			const NslColumnInfo *info =
				&nsl_columns[g_array_index(columns, NslColumn, i)];

			g_string_truncate(cell, 0);
			g_array_set_size(starts, 0);
			info->get(cell, &context, &g_array_index(view->rows, NslRow, at));
			nsl_json_add(object, g_ptr_array_index(keys, i),
				     value(info->type, cell, starts));
		}
		nsl_json_put_document(object, JSON_C_TO_STRING_PLAIN, output);
	}
}

void nsl_columns_write_json(NslOutput *output)
{
	struct json_object *array = nsl_json_new_array(NSL_COLUMN_COUNT);

	for (NslColumn column = 0; column < NSL_COLUMN_COUNT; column++) {
		const NslColumnInfo *info = &nsl_columns[column];
		struct json_object *object = nsl_json_new_object();

		nsl_json_add(object, "name", nsl_json_new_string(info->name));
		nsl_json_add(object, "type", nsl_json_new_string(nsl_cell_type_name(info->type)));
		nsl_json_add(object, "help", nsl_json_new_string(info->help));
		nsl_json_append(array, object);
	}
	nsl_json_put_document(array, JSON_C_TO_STRING_PRETTY, output);
}
