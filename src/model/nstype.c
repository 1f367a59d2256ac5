/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The namespace types: see nstype.h.
 */
#include "model/nstype.h"

#include <errno.h>
#include <linux/sched.h>
#include <string.h>

#include "base/procfs.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080 /* Linux 5.6 */
#endif

const NslNsTypeInfo nsl_nstypes[NSL_NSTYPE_COUNT] = {
	[NSL_NSTYPE_CGROUP] = {"cgroup", CLONE_NEWCGROUP, NULL, 0xEFFFFFFB},
	[NSL_NSTYPE_IPC] = {"ipc", CLONE_NEWIPC, NULL, 0xEFFFFFFF},
	[NSL_NSTYPE_MNT] = {"mnt", CLONE_NEWNS, NULL, 0xEFFFFFF8},
	[NSL_NSTYPE_NET] = {"net", CLONE_NEWNET, NULL, 0xEFFFFFF9},
	[NSL_NSTYPE_PID] = {"pid", CLONE_NEWPID, "pid_for_children", 0xEFFFFFFC},
	[NSL_NSTYPE_TIME] = {"time", CLONE_NEWTIME, "time_for_children", 0xEFFFFFFA},
	[NSL_NSTYPE_USER] = {"user", CLONE_NEWUSER, NULL, 0xEFFFFFFD},
	[NSL_NSTYPE_UTS] = {"uts", CLONE_NEWUTS, NULL, 0xEFFFFFFE},
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

NslNsType nsl_nstype_parse_link(const char *link, guint64 *ret_inode)
{
	gsize size;

	return nsl_parse_ns_link(link, strlen(link), &size, ret_inode) ? nsl_nstype_find(link, size)
								       : NSL_NSTYPE_COUNT;
}

NslNsType nsl_nstype_by_flag(int flag)
{
	NslNsType type;

	for (type = 0; type < NSL_NSTYPE_COUNT; type++)
		if (nsl_nstypes[type].flag == flag)
			break;
	return type;
}

int nsl_nstype_read(int process, NslNsType type, guint64 *ret_inode)
{
	const char *name = nsl_nstypes[type].name;
	int result = nsl_process_read_ns(process, name, name, ret_inode);

	if (result == -ENOENT) {
		*ret_inode = 0;
		return 0;
	}
	return result;
}

guint64 nsl_nstype_read_for_children(int process, NslNsType type, guint64 own)
{
	const NslNsTypeInfo *info = &nsl_nstypes[type];
	guint64 inode;

	if (!info->children_link ||
	    nsl_process_read_ns(process, info->children_link, info->name, &inode) < 0 ||
	    inode == own)
		return 0;
	return inode;
}
