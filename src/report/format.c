/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of formats. A new one is a file, and a row here.
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
#define OTHERS	       (NSL_FACT_SCAN | NSL_FACT_OTHERS)
#define EVERYTHING     (ABOVE | NSL_FACT_ALL_TYPES | NSL_FACT_STAT | NSL_FACT_STATUS | NSL_FACT_SYSTEM)

const NslFormatInfo nsl_formats[NSL_FORMAT_COUNT] = {
	[NSL_FORMAT_TABLE] = {"table", NULL, nsl_table_write, 0, COLUMNS(table)},
	[NSL_FORMAT_CONTAINERS] = {"containers", NULL, nsl_containers_write,
				   WHOSE | NSL_FACT_MEMBERS, COLUMNS(containers),
				   .of_processes = true},
	[NSL_FORMAT_SUMMARY] = {"summary", NULL, nsl_table_write_summary, OTHERS, COLUMNS(summary)},
	[NSL_FORMAT_MATRIX] = {"matrix", NULL, nsl_matrix_write, NSL_FACT_ALL_TYPES,
			       COLUMNS(matrix), .of_processes = true},
	[NSL_FORMAT_TREE] = {"tree", "namespace", nsl_tree_write, WHOSE | NSL_FACT_STAT, NONE},
	[NSL_FORMAT_TREE_OWNER] = {"tree", "owner", nsl_tree_write_owner, ABOVE | OTHERS, NONE},
	[NSL_FORMAT_TREE_PARENT] = {"tree", "parent", nsl_tree_write_parent, ABOVE | OTHERS, NONE},
	[NSL_FORMAT_TREE_CONTAINER] = {"tree", "container", nsl_tree_write_container,
				       WHOSE | NSL_FACT_STAT, NONE},
	[NSL_FORMAT_JSON] = {"json", NULL, nsl_json_write, EVERYTHING, NONE, .for_programs = true},
	[NSL_FORMAT_JSONL] = {"jsonl", NULL, nsl_table_write, 0, COLUMNS(table),
			      .for_programs = true, .writing = NSL_WRITING_JSON},
	[NSL_FORMAT_CSV] = {"csv", NULL, nsl_table_write, 0, COLUMNS(table), .for_programs = true,
			    .writing = NSL_WRITING_CSV},
	[NSL_FORMAT_DOT] = {"dot", NULL, nsl_dot_write, WHOSE | NSL_FACT_RELATIONS | OTHERS, NONE,
			    .for_programs = true},
	[NSL_FORMAT_PROMETHEUS] = {"prometheus", NULL, nsl_prometheus_write, WHOSE | NSL_FACT_SCAN,
				   NONE, .for_programs = true},
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

const char *nsl_format_names(void)
{
	static char *names;

	if (!names) {
		GString *list = g_string_new(nsl_formats[0].name);

		for (NslFormat format = 1; format < NSL_FORMAT_COUNT; format++)
			/* The groups of the tree are one. */
			if (strcmp(nsl_formats[format].name, nsl_formats[format - 1].name) != 0)
				g_string_append_printf(list, "%s%s",
						       format + 1 < NSL_FORMAT_COUNT ? ", "
										     : " and ",
						       nsl_formats[format].name);
		names = g_string_free(list, FALSE);
	}
	return names;
}
