/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of formats: a new one is a file, and a row here. And which formats and columns there
 * are: found by their names, and listed.
 */
#include "report/format.h"

#include <string.h>

static const NslColumn table[] = {NSL_COLUMN_PID, NSL_COLUMN_NAMESPACE, NSL_COLUMN_COMMAND};
static const NslColumn summary[] = {NSL_COLUMN_NAMESPACE, NSL_COLUMN_NPROCS, NSL_COLUMN_PID,
				    NSL_COLUMN_USER, NSL_COLUMN_COMMAND};
static const NslColumn containers[] = {NSL_COLUMN_NAME,	   NSL_COLUMN_RUNTIME, NSL_COLUMN_POD,
				       NSL_COLUMN_PROCS,   NSL_COLUMN_PID,     NSL_COLUMN_SHARES,
				       NSL_COLUMN_ADDRESS, NSL_COLUMN_UP};
/* After its PID, and what it is in. */
static const NslColumn matrix[] = {NSL_COLUMN_COMMAND};

#define NONE	       .n_columns = 0
#define COLUMNS(these) .columns = (these), .n_columns = G_N_ELEMENTS(these)
#define WHOSE	       NSL_FACT_CONTAINERS
#define ABOVE	       (NSL_FACT_RELATIONS | NSL_FACT_USERS | NSL_FACT_CONTAINERS | NSL_FACT_SCAN)
#define OTHERS	       (NSL_FACT_SCAN | NSL_FACT_OTHERS | NSL_FACT_COMMANDS)
#define MEMBERS	       (WHOSE | NSL_FACT_STAT | NSL_FACT_COMMANDS)
#define EVERYTHING                                                                                 \
	(ABOVE | NSL_FACT_COMMANDS | NSL_FACT_ALL_TYPES | NSL_FACT_STAT | NSL_FACT_STATUS |        \
	 NSL_FACT_SYSTEM)

const NslFormatInfo nsl_formats[NSL_FORMAT_COUNT] = {
	[NSL_FORMAT_TABLE] = {"table", NULL, nsl_table_write, 0, COLUMNS(table)},
	[NSL_FORMAT_CONTAINERS] = {"containers", NULL, nsl_containers_write,
				   WHOSE | NSL_FACT_MEMBERS, COLUMNS(containers),
				   .of_processes = true},
	[NSL_FORMAT_SUMMARY] = {"summary", NULL, nsl_table_write_summary, OTHERS, COLUMNS(summary),
				.first_only = true},
	[NSL_FORMAT_MATRIX] = {"matrix", NULL, nsl_matrix_write,
			       NSL_FACT_ALL_TYPES | NSL_FACT_ALL_DETAILS, COLUMNS(matrix),
			       .of_processes = true},
	[NSL_FORMAT_TREE] = {"tree", "namespace", nsl_tree_write, MEMBERS, NONE},
	[NSL_FORMAT_TREE_OWNER] = {"tree", "owner", nsl_tree_write, ABOVE | OTHERS, NONE},
	[NSL_FORMAT_TREE_PARENT] = {"tree", "parent", nsl_tree_write, ABOVE | OTHERS, NONE},
	[NSL_FORMAT_TREE_CONTAINER] = {"tree", "container", nsl_tree_write, MEMBERS | NSL_FACT_SCAN,
				       NONE},
	[NSL_FORMAT_JSON] = {"json", NULL, nsl_json_write, EVERYTHING, NONE, .for_programs = true},
	[NSL_FORMAT_JSONL] = {"jsonl", NULL, nsl_table_write, 0, COLUMNS(table),
			      .for_programs = true, .writing = NSL_WRITING_JSON},
	[NSL_FORMAT_CSV] = {"csv", NULL, nsl_table_write, 0, COLUMNS(table), .for_programs = true,
			    .writing = NSL_WRITING_CSV},
	[NSL_FORMAT_DOT] = {"dot", NULL, nsl_dot_write, WHOSE | NSL_FACT_RELATIONS | OTHERS, NONE,
			    .for_programs = true},
	[NSL_FORMAT_PROMETHEUS] = {"prometheus", NULL, nsl_prometheus_write,
				   WHOSE | NSL_FACT_MEMBERS | NSL_FACT_SCAN, NONE,
				   .for_programs = true},
};

NslFormat nsl_format_find(const char *name, const char *group)
{
	NslFormat format;

	for (format = 0; format < NSL_FORMAT_COUNT; format++)
		if (strcmp(nsl_formats[format].name, name) == 0 &&
		    (!group || g_strcmp0(nsl_formats[format].group, group) == 0))
			break;
	return format;
}

char *nsl_format_names(void)
{
	GString *names = g_string_new(nsl_formats[0].name);

	for (NslFormat format = 1; format < NSL_FORMAT_COUNT; format++)
		/* The groups of the tree are one. */
		if (strcmp(nsl_formats[format].name, nsl_formats[format - 1].name) != 0)
			g_string_append_printf(names, "%s%s",
					       format + 1 < NSL_FORMAT_COUNT ? ", " : " and ",
					       nsl_formats[format].name);
	return g_string_free(names, FALSE);
}

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

/* As nsl_columns has names. Transfer full. */
static char *normalize(const char *name)
{
	return g_strdelimit(g_ascii_strup(name, -1), "_", '-');
}

NslColumn nsl_column_find(const char *name)
{
	g_autofree char *wanted = normalize(name);
	NslColumn column;

	for (column = 0; column < NSL_COLUMN_COUNT; column++)
		if (strcmp(nsl_columns[column].name, wanted) == 0)
			break;
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
			guint changed = diagonal + (name[i] != known[j]);

			diagonal = row[j + 1];
			row[j + 1] = MIN(changed, MIN(row[j], row[j + 1]) + 1);
		}
	}
	return row[size];
}

const char *nsl_column_nearest(const char *name)
{
	g_autofree char *wanted = normalize(name);
	const char *nearest = nsl_columns[0].name;
	guint least = G_MAXUINT;

	for (NslColumn column = 0; column < NSL_COLUMN_COUNT; column++) {
		guint found = distance(wanted, nsl_columns[column].name);

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
	NslJsonWriter json = {.output = output};

	nsl_json_begin(&json, NULL, '[');
	for (NslColumn column = 0; column < NSL_COLUMN_COUNT; column++) {
		const NslColumnInfo *info = &nsl_columns[column];

		nsl_json_begin(&json, NULL, '{');
		nsl_json_put_string(&json, "name", info->name);
		nsl_json_put_string(&json, "type", type_names[info->type]);
		nsl_json_put_string(&json, "help", info->help);
		nsl_json_end(&json, '}');
	}
	nsl_json_end(&json, ']');
}
