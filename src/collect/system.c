/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The pass that says of what system, and when, a listing is. The procfs knows most of it, so that
 * a recorded one tells its own system's.
 */
#include "collect/passes.h"

#include <fcntl.h>
#include <string.h>

static char *read_machine_id(void)
{
	char text[64];
	ssize_t size = nsl_fd_read_file(AT_FDCWD, "/etc/machine-id", text, sizeof(text) - 1);

	if (size <= 0)
		return NULL;
	text[size] = '\0';
	g_strstrip(text); /* machine-id(5): 32 hexadecimal digits, or "uninitialized" */
	return strlen(text) == 32 ? g_strdup(text) : NULL;
}

bool nsl_collect_system(NslCollect *collect, GError **error)
{
	NslSnapshot *snapshot = collect->snapshot;
	const NslProcfs *procfs = collect->procfs;

	(void)error;
	/* Another system's live procfs shows the reader's host name, not that system's. */
	if (procfs->local || !procfs->real)
		snapshot->hostname = nsl_procfs_read_line(procfs, "sys/kernel/hostname");
	if (procfs->local)
		snapshot->machine_id = read_machine_id();
	snapshot->kernel = nsl_procfs_read_line(procfs, "sys/kernel/osrelease");
	snapshot->boot_id = nsl_procfs_read_line(procfs, "sys/kernel/random/boot_id");
	snapshot->boot_time = nsl_procfs_boot_time(procfs);
	return true;
}
