/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The namespace types: see nstype.h.
 */
#include "model/nstype.h"

#include <string.h>

const NslNsTypeInfo nsl_nstypes[NSL_NSTYPE_COUNT] = {
	[NSL_NSTYPE_CGROUP] = {"cgroup", "cgroup", NULL, 0xEFFFFFFB},
	[NSL_NSTYPE_IPC] = {"ipc", "ipc", NULL, 0xEFFFFFFF},
	[NSL_NSTYPE_MNT] = {"mnt", "mnt", NULL, 0xEFFFFFF8},
	[NSL_NSTYPE_NET] = {"net", "net", NULL, 0xEFFFFFF9},
	[NSL_NSTYPE_PID] = {"pid", "pid", "pid_for_children", 0xEFFFFFFC},
	[NSL_NSTYPE_TIME] = {"time", "time", "time_for_children", 0xEFFFFFFA},
	[NSL_NSTYPE_USER] = {"user", "user", NULL, 0xEFFFFFFD},
	[NSL_NSTYPE_UTS] = {"uts", "uts", NULL, 0xEFFFFFFE},
};

NslNsType nsl_nstype_find(const char *name, gsize size)
{
	NslNsType type;

	for (type = 0; type < NSL_NSTYPE_COUNT; type++)
		if (strlen(nsl_nstypes[type].name) == size &&
		    memcmp(nsl_nstypes[type].name, name, size) == 0)
			break;
	return type;
}

const char *nsl_nstype_names(void)
{
	static char *names;

	if (!names) {
		GString *all = g_string_new(nsl_nstypes[0].name);

		for (NslNsType type = 1; type < NSL_NSTYPE_COUNT; type++)
			g_string_append_printf(all, ", %s", nsl_nstypes[type].name);
		names = g_string_free(all, FALSE);
	}
	return names;
}
