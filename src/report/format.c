/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of formats. Adding one is one file, and one row here.
 */
#include "report/format.h"

#include <string.h>

const NslFormatInfo nsl_formats[NSL_FORMAT_COUNT] = {
	[NSL_FORMAT_TABLE] = {"table", NSL_FACT_CONTAINERS, nsl_table_write, NULL},
	[NSL_FORMAT_TREE] = {"tree", NSL_FACT_STAT | NSL_FACT_CONTAINERS, nsl_tree_write,
			     "namespace"},
	[NSL_FORMAT_TREE_OWNER] = {"tree",
				   NSL_FACT_RELATIONS | NSL_FACT_USERS | NSL_FACT_CONTAINERS,
				   nsl_tree_relation_write_owner, "owner"},
	[NSL_FORMAT_TREE_PARENT] = {"tree",
				    NSL_FACT_RELATIONS | NSL_FACT_USERS | NSL_FACT_CONTAINERS,
				    nsl_tree_relation_write_parent, "parent"},
	[NSL_FORMAT_TREE_CONTAINER] = {"tree", NSL_FACT_STAT | NSL_FACT_CONTAINERS,
				       nsl_tree_container_write, "container"},
	[NSL_FORMAT_JSON] = {"json",
			     NSL_FACT_ALL_TYPES | NSL_FACT_STAT | NSL_FACT_STATUS |
				     NSL_FACT_SYSTEM | NSL_FACT_USERS | NSL_FACT_RELATIONS |
				     NSL_FACT_CONTAINERS,
			     nsl_json_write, NULL},
	[NSL_FORMAT_DOT] = {"dot", NSL_FACT_RELATIONS | NSL_FACT_CONTAINERS, nsl_dot_write, NULL},
	[NSL_FORMAT_PROMETHEUS] = {"prometheus", NSL_FACT_CONTAINERS, nsl_prometheus_write, NULL},
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
