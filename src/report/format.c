/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of formats. Adding one is one file, and one row here.
 */
#include "report/format.h"

#include <string.h>

static const NslColumn table[] = {NSL_COLUMN_PID, NSL_COLUMN_NAMESPACE, NSL_COLUMN_COMMAND};
static const NslColumn summary[] = {NSL_COLUMN_NAMESPACE, NSL_COLUMN_NPROCS, NSL_COLUMN_PID,
				    NSL_COLUMN_USER, NSL_COLUMN_COMMAND};
/* After its PID, and what it is in. */
static const NslColumn matrix[] = {NSL_COLUMN_COMMAND};

#define COLUMNS(these) .columns = (these), .n_columns = G_N_ELEMENTS(these)

const NslFormatInfo nsl_formats[NSL_FORMAT_COUNT] = {
	[NSL_FORMAT_TABLE] = {.name = "table",
			      .facts = NSL_FACT_CONTAINERS,
			      .write = nsl_table_write,
			      COLUMNS(table),
			      .lined_up = true},
	[NSL_FORMAT_SUMMARY] = {.name = "summary",
				.write = nsl_table_write_summary,
				COLUMNS(summary),
				.lined_up = true},
	[NSL_FORMAT_MATRIX] = {.name = "matrix",
			       .facts = NSL_FACT_ALL_TYPES,
			       .write = nsl_matrix_write,
			       COLUMNS(matrix),
			       .of_processes = true,
			       .lined_up = true},
	[NSL_FORMAT_TREE] = {.name = "tree",
			     .facts = NSL_FACT_STAT | NSL_FACT_CONTAINERS,
			     .write = nsl_tree_write,
			     .group = "namespace"},
	[NSL_FORMAT_TREE_OWNER] = {.name = "tree",
				   .facts = NSL_FACT_RELATIONS | NSL_FACT_USERS |
					    NSL_FACT_CONTAINERS,
				   .write = nsl_tree_write_owner,
				   .group = "owner"},
	[NSL_FORMAT_TREE_PARENT] = {.name = "tree",
				    .facts = NSL_FACT_RELATIONS | NSL_FACT_USERS |
					     NSL_FACT_CONTAINERS,
				    .write = nsl_tree_write_parent,
				    .group = "parent"},
	[NSL_FORMAT_TREE_CONTAINER] = {.name = "tree",
				       .facts = NSL_FACT_STAT | NSL_FACT_CONTAINERS,
				       .write = nsl_tree_write_container,
				       .group = "container"},
	[NSL_FORMAT_JSON] = {.name = "json",
			     .facts = NSL_FACT_ALL_TYPES | NSL_FACT_STAT | NSL_FACT_STATUS |
				      NSL_FACT_SYSTEM | NSL_FACT_USERS | NSL_FACT_RELATIONS |
				      NSL_FACT_CONTAINERS,
			     .write = nsl_json_write},
	[NSL_FORMAT_JSONL] = {.name = "jsonl", .write = nsl_jsonl_write, COLUMNS(table)},
	[NSL_FORMAT_DOT] = {.name = "dot",
			    .facts = NSL_FACT_RELATIONS | NSL_FACT_CONTAINERS,
			    .write = nsl_dot_write},
	[NSL_FORMAT_PROMETHEUS] = {.name = "prometheus",
				   .facts = NSL_FACT_CONTAINERS,
				   .write = nsl_prometheus_write},
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
