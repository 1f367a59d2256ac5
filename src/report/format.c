/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of formats. Adding one is one file, and one row here.
 */
#include "report/format.h"

const NslFormatInfo nsl_formats[NSL_FORMAT_COUNT] = {
	[NSL_FORMAT_TABLE] = {"table", NSL_FACT_CONTAINERS, nsl_table_write},
	[NSL_FORMAT_TREE] = {"tree", NSL_FACT_STAT | NSL_FACT_CONTAINERS, nsl_tree_write},
	[NSL_FORMAT_JSON] = {"json",
			     NSL_FACT_ALL_TYPES | NSL_FACT_STAT | NSL_FACT_STATUS |
				     NSL_FACT_SYSTEM | NSL_FACT_USERS | NSL_FACT_RELATIONS |
				     NSL_FACT_CONTAINERS,
			     nsl_json_write},
};
