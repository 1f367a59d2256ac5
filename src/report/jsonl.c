/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Typed cells as programs read them: values of JSON lines, fields of CSV. What they hold is
 * column.c's business, and in which rows they stand the grid's.
 */
#include <stdlib.h>
#include <string.h>

#include "report/format.h"
#include "report/json_value.h"

static struct json_object *list(const NslCell *cell)
{
	const char *item = cell->bytes->str;
	struct json_object *array;

	if (cell->unknown)
		return NULL;
	array = nsl_json_new_array(cell->n_items);
	for (guint i = 0; i < cell->n_items; i++, item += strlen(item) + 1)
		nsl_json_append(array, cell->type == NSL_CELL_NUMBERS
					       ? nsl_json_new_number(strtoul(item, NULL, 10))
					       : nsl_json_new_string(item));
	return array;
}

struct json_object *nsl_jsonl_value(NslCell *cell)
{
	if (cell->type == NSL_CELL_LIST || cell->type == NSL_CELL_NUMBERS)
		return list(cell);
	if (cell->absent)
		return NULL;
	switch (cell->type) {
	case NSL_CELL_NUMBER:
	case NSL_CELL_DURATION:
		return nsl_json_new_number(cell->number);
	case NSL_CELL_BOOLEAN:
		return nsl_json_new_boolean(cell->number != 0);
	case NSL_CELL_STRING:
	case NSL_CELL_TIME:
		return nsl_json_new_string(nsl_cell_text(cell));
	case NSL_CELL_LIST:
	case NSL_CELL_NUMBERS:
		break;
	}
	return NULL;
}

void nsl_csv_append(GString *text, const char *value)
{
	if (!strpbrk(value, ",\"\r\n")) {
		g_string_append(text, value);
		return;
	}
	g_string_append_c(text, '"');
	for (const char *at = value; *at; at++) {
		if (*at == '"')
			g_string_append_c(text, '"');
		g_string_append_c(text, *at);
	}
	g_string_append_c(text, '"');
}
