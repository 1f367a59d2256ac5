/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Typed cells: see cell.h.
 */
#include "report/cell.h"

#include <stdlib.h>
#include <string.h>

#include "report/wording.h"

void nsl_cell_init(NslCell *cell, const NslView *view)
{
	*cell = (NslCell){
		.view = view,
		.bytes = g_string_new(NULL),
		.text = g_string_new(NULL),
	};
}

void nsl_cell_clear(NslCell *cell)
{
	g_string_free(cell->bytes, TRUE);
	g_string_free(cell->text, TRUE);
}

static bool is_list(const NslCell *cell)
{
	return cell->type == NSL_CELL_LIST || cell->type == NSL_CELL_NUMBERS;
}

void nsl_cell_begin(NslCell *cell, NslCellType type)
{
	cell->type = type;
	cell->has_number = false;
	cell->unknown = false;
	cell->at_least = 0;
	cell->n_items = 0;
	cell->n_more = 0;
	cell->separator = ",";
	g_string_truncate(cell->bytes, 0);
	g_string_truncate(cell->text, 0);
}

void nsl_cell_put_number(NslCell *cell, bool known, guint64 number)
{
	cell->has_number = known;
	cell->number = number;
}

void nsl_cell_put_string(NslCell *cell, const char *bytes)
{
	g_string_append(cell->bytes, bytes ? bytes : "");
}

void nsl_cell_put_item(NslCell *cell, const char *bytes)
{
	if (nsl_cell_is_full(cell)) {
		cell->n_more++;
		return;
	}
	g_string_append_len(cell->bytes, bytes, (gssize)strlen(bytes) + 1);
	cell->n_items++;
}

/*
 * Before the first item that is not empty there is no separator. What it begins with is escaped in
 * items: they can be told apart.
 */
static void append_items(GString *text, const NslCell *cell, NslTextKind kind)
{
	const char separator[] = {cell->separator[0], '\0'};
	const char *item = cell->bytes->str;
	gsize start = text->len;

	for (guint i = 0; i < cell->n_items; i++, item += strlen(item) + 1) {
		const char *at = item;

		if (text->len > start)
			g_string_append(text, cell->separator);
		if (cell->limit > 0 && *at == '+')
			nsl_text_escape_char(text, *at++, kind);
		nsl_text_escape_also(text, at, separator, kind);
	}
	if (cell->n_more > 0)
		g_string_append_printf(text, "%s+%u more", cell->separator, cell->n_more);
}

void nsl_cell_append(const NslCell *cell, GString *text, NslTextKind kind)
{
	if (nsl_cell_is_absent(cell))
		return;
	switch (cell->type) {
	case NSL_CELL_STRING:
		nsl_text_escape(text, cell->bytes->str, (gssize)cell->bytes->len, kind);
		break;
	case NSL_CELL_NUMBER:
	case NSL_CELL_DURATION:
		nsl_output_number(text, cell->number);
		break;
	case NSL_CELL_BOOLEAN:
		g_string_append(text, cell->number != 0 ? "yes" : "no");
		break;
	case NSL_CELL_TIME:
		nsl_label_time(text, (gint64)cell->number, 0);
		break;
	case NSL_CELL_LIST:
	case NSL_CELL_NUMBERS:
		append_items(text, cell, kind);
		break;
	}
}

const char *nsl_cell_text(NslCell *cell)
{
	g_autoptr(GString) bytes = NULL;

	if (cell->text->len == 0)
		nsl_cell_append(cell, cell->text, NSL_TEXT_BYTES);
	nsl_text_escape_marked(cell->text);
	if (!g_utf8_validate(cell->text->str, (gssize)cell->text->len, NULL)) {
		bytes = g_string_new_len(cell->text->str, (gssize)cell->text->len);
		g_string_truncate(cell->text, 0);
		nsl_text_to_utf8(cell->text, bytes->str, bytes->len);
	}
	return cell->text->str;
}

const char *nsl_cell_items(NslCell *cell)
{
	const char *item = cell->bytes->str;

	if (!is_list(cell))
		return nsl_cell_text(cell);
	g_string_truncate(cell->text, 0);
	for (guint i = 0; i < cell->n_items; i++, item += strlen(item) + 1) {
		nsl_text_to_utf8(cell->text, item, strlen(item));
		g_string_append_c(cell->text, '\0');
	}
	return cell->text->str;
}

static void put_list(const NslCell *cell, NslJsonWriter *json, const char *key)
{
	const char *item = cell->bytes->str;

	nsl_json_begin(json, key, '[');
	for (guint i = 0; i < cell->n_items; i++, item += strlen(item) + 1)
		if (cell->type == NSL_CELL_NUMBERS)
			nsl_json_put_number(json, NULL, true, strtoul(item, NULL, 10));
		else
			nsl_json_put_string(json, NULL, item);
	nsl_json_end(json, ']');
}

void nsl_cell_put_json(NslCell *cell, NslJsonWriter *json, const char *key)
{
	if (is_list(cell) ? cell->unknown && cell->n_items == 0 : nsl_cell_is_absent(cell))
		nsl_json_put_null(json, key);
	else if (is_list(cell))
		put_list(cell, json, key);
	else if (cell->type == NSL_CELL_BOOLEAN)
		nsl_json_put_boolean(json, key, true, cell->number != 0);
	else if (cell->type == NSL_CELL_NUMBER || cell->type == NSL_CELL_DURATION)
		nsl_json_put_number(json, key, true, cell->number);
	else
		nsl_json_put_string(json, key, nsl_cell_text(cell));
}

void nsl_csv_append(GString *text, const char *value, const NslStyle *style)
{
	g_autofree char *escaped =
		style->terminal ? nsl_text_escaped(value, nsl_style_kind(style)) : NULL;

	value = escaped ? escaped : value;
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
