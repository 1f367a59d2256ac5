/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Opening the procfs: see open.h.
 */
#include "collect/open.h"

#include "base/error.h"
#include "base/worker.h"

static void try_open(gpointer data, guint item, bool careful, GByteArray *out)
{
	(void)item;
	(void)out;
	if (!careful)
		nsl_procfs_free(nsl_procfs_open(data, NULL));
}

NslProcfs *nsl_collect_open(const char *path, GError **error)
{
	NslWorkSpec spec = {
		.n_items = 1, .run = try_open, .data = (gpointer)path, .keep = {-1, -1}};
	g_autoptr(NslWork) work = NULL;

	if (path) {
		work = nsl_work_run(&spec);
		if (nsl_work_get(work, 0).state == NSL_WORK_BLOCKED) {
			g_set_error(error, NSL_ERROR, NSL_ERROR_SYSTEM, "%s: it does not answer",
				    path);
			return NULL;
		}
	}
	return nsl_procfs_open(path, error);
}
