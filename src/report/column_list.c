/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which columns there are: found by their names, and listed.
 */
#include <string.h>

#include "report/column.h"
#include "report/json_value.h"

static const char *const type_names[] = {
	[NSL_CELL_STRING] = "string",	[NSL_CELL_NUMBER] = "number",
	[NSL_CELL_BOOLEAN] = "boolean", [NSL_CELL_TIME] = "time",
	[NSL_CELL_LIST] = "array",	[NSL_CELL_NUMBERS] = "array",
	[NSL_CELL_DURATION] = "number",
};

char *nsl_column_key(NslColumn column)
{
	return g_strdelimit(g_ascii_strdown(nsl_columns[column].name, -1), "-", '_');
}

static bool is_same_letter(char a, char b)
{
	return (a == '_' ? '-' : g_ascii_toupper(a)) == b;
}

NslColumn nsl_column_find(const char *name)
{
	NslColumn column;

	for (column = 0; column < NSL_COLUMN_COUNT; column++) {
		const char *known = nsl_columns[column].name;
		gsize i = 0;

		while (known[i] && is_same_letter(name[i], known[i]))
			i++;
		if (known[i] == '\0' && name[i] == '\0')
			break;
	}
	return column;
}

/* How many letters have to be put in, taken out or changed (Levenshtein's distance). */
static guint distance(const char *name, const char *known)
{
	gsize size = strlen(known);
	g_autofree guint *row = g_new(guint, size + 1);

	for (guint i = 0; i <= size; i++)
		row[i] = i;
	for (guint i = 0; name[i]; i++) {
		guint diagonal = row[0];

		row[0] = i + 1;
		for (guint j = 0; j < size; j++) {
			guint changed = diagonal + !is_same_letter(name[i], known[j]);

			diagonal = row[j + 1];
			row[j + 1] = MIN(changed, MIN(row[j], row[j + 1]) + 1);
		}
	}
	return row[size];
}

const char *nsl_column_nearest(const char *name)
{
	const char *nearest = nsl_columns[0].name;
	guint least = G_MAXUINT;

	for (NslColumn column = 0; column < NSL_COLUMN_COUNT; column++) {
		guint found = distance(name, nsl_columns[column].name);

		if (found < least) {
			least = found;
			nearest = nsl_columns[column].name;
		}
	}
	return nearest;
}

void nsl_column_list(NslOutput *output)
{
	guint width = 0;

	for (NslColumn column = 0; column < NSL_COLUMN_COUNT; column++)
		width = MAX(width, (guint)strlen(nsl_columns[column].name));
	for (NslColumn column = 0; column < NSL_COLUMN_COUNT; column++)
		g_string_append_printf(output->text, "%-*s %s\n", (int)width,
				       nsl_columns[column].name, nsl_columns[column].help);
}

void nsl_column_list_json(NslOutput *output)
{
	struct json_object *array = nsl_json_new_array(NSL_COLUMN_COUNT);

	for (NslColumn column = 0; column < NSL_COLUMN_COUNT; column++) {
		const NslColumnInfo *info = &nsl_columns[column];
		struct json_object *object = nsl_json_new_object();

		nsl_json_add_string(object, "name", info->name);
		nsl_json_add_string(object, "type", type_names[info->type]);
		nsl_json_add_string(object, "help", info->help);
		nsl_json_append(array, object);
	}
	nsl_json_put_document(array, JSON_C_TO_STRING_PRETTY, output);
}
