/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Collecting: the table of passes. Adding a source is one file, and one row here.
 */
#include "collect/collect.h"

#include "collect/passes.h"

static const struct {
	bool (*run)(NslCollect *collect, GError **error);
	guint facts; /* only where one of these is asked for; 0: always */
} passes[] = {
	{nsl_collect_system, NSL_FACT_SYSTEM},
	{nsl_collect_paths, 0}, /* before the members: a path may select root namespaces */
	{nsl_collect_members, 0},
};

bool nsl_collect(NslCollect *collect, GError **error)
{
	for (guint i = 0; i < G_N_ELEMENTS(passes); i++)
		if ((passes[i].facts == 0 || passes[i].facts & collect->facts) &&
		    !passes[i].run(collect, error))
			return false;
	return true;
}
