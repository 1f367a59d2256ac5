/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The root namespaces: see reference.h.
 */
#include "collect/reference.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"

/*
 * The inode of a process's namespace of one type: 0, or -errno. A type that the kernel does not
 * have is 0 with inode 0.
 */
static int read_one(int process, NslNsType type, guint64 *ret_inode)
{
	const NslNsTypeInfo *info = &nsl_nstypes[type];
	int result = nsl_process_read_ns(process, info->link, info->name, ret_inode);

	if (result == -ENOENT) {
		*ret_inode = 0;
		return 0;
	}
	return result;
}

static bool is_kthreadd(int process)
{
	NslProcessStat stat;

	return nsl_process_read_stat(process, &stat) == 0 && stat.kthread && stat.ppid == 0 &&
	       strcmp(stat.comm, "kthreadd") == 0;
}

/* Only where it comes to that: with thousands of processes it takes milliseconds. */
static void list_once(const NslProcfs *procfs, GArray *pids)
{
	if (pids->len == 0)
		nsl_procfs_list(procfs, pids);
}

/* Whether any process is in the kernel's initial namespace of this type. */
static bool is_initial_seen(const NslProcfs *procfs, GArray *pids, NslNsType type)
{
	list_once(procfs, pids);
	for (guint i = 0; i < pids->len; i++) {
		g_auto(NslFd) process =
			nsl_procfs_open_process(procfs, g_array_index(pids, guint32, i));
		guint64 inode;

		if (process >= 0 && read_one(process, type, &inode) == 0 &&
		    inode == nsl_nstypes[type].initial_inode)
			return true;
	}
	return false;
}

/* A descriptor of a process that is as good as any to guess by: the caller, or the first. */
static int open_guess(const NslProcfs *procfs, GArray *pids)
{
	int process = nsl_procfs_open_self(procfs);

	if (process < 0)
		list_once(procfs, pids);
	for (guint i = 0; process < 0 && i < pids->len; i++) {
		guint64 inode;

		process = nsl_procfs_open_process(procfs, g_array_index(pids, guint32, i));
		if (process >= 0 && read_one(process, NSL_NSTYPE_USER, &inode) < 0)
			nsl_fd_close(nsl_fd_steal(&process));
	}
	return process;
}

static void use(NslSnapshot *snapshot, NslNsType type, guint64 inode, NslReference how)
{
	snapshot->root[type] = inode;
	snapshot->reference = MAX(snapshot->reference, how);
}

/* For the types that PID 1 does not tell. */
static void find_without_init(NslSnapshot *snapshot, const NslProcfs *procfs, NslNsTypes missing)
{
	g_autoptr(GArray) pids = g_array_new(FALSE, FALSE, sizeof(guint32));
	g_auto(NslFd) second = nsl_procfs_open_process(procfs, 2);
	g_auto(NslFd) guess = -1;
	bool kthreadd = second >= 0 && is_kthreadd(second);

	guess = open_guess(procfs, pids);
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
		guint64 initial = nsl_nstypes[type].initial_inode;
		guint64 of_second = 0;
		guint64 of_guess = 0;

		if (!(missing & NSL_NSTYPE_BIT(type)))
			continue;
		if (!kthreadd || read_one(second, type, &of_second) < 0)
			of_second = 0;
		if (guess < 0 || read_one(guess, type, &of_guess) < 0)
			of_guess = 0;
		/* Those two nearly always tell; asking every process is for the rest. */
		if (of_second == initial || of_guess == initial ||
		    is_initial_seen(procfs, pids, type))
			use(snapshot, type, initial, NSL_REFERENCE_INITIAL);
		else if (of_second != 0)
			use(snapshot, type, of_second, NSL_REFERENCE_KTHREADD);
		else if (of_guess != 0)
			use(snapshot, type, of_guess, NSL_REFERENCE_GUESS);
	}
}

static bool find_by_pid(NslSnapshot *snapshot, const NslProcfs *procfs, guint32 pid, GError **error)
{
	g_auto(NslFd) process = nsl_procfs_open_process(procfs, pid);

	if (nsl_is_gone(process)) {
		g_set_error(error, NSL_ERROR, NSL_ERROR_SYSTEM, "no process %u (--reference)", pid);
		return false;
	}
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
		int result = process < 0 ? process : read_one(process, type, &snapshot->root[type]);

		if (result < 0)
			return nsl_fail(error, result, "the namespaces of process %u (--reference)",
					pid);
	}
	if (snapshot->root[NSL_NSTYPE_MNT] == 0) { /* every kernel has those: a zombie */
		g_set_error(error, NSL_ERROR, NSL_ERROR_SYSTEM,
			    "process %u (--reference) has ended and left its namespaces", pid);
		return false;
	}
	snapshot->reference = NSL_REFERENCE_PID;
	return true;
}

bool nsl_reference_find(NslSnapshot *snapshot, const NslProcfs *procfs, guint32 pid, GError **error)
{
	g_auto(NslFd) init = -1;
	NslNsTypes missing = 0;

	if (pid != 0)
		return find_by_pid(snapshot, procfs, pid, error);
	init = nsl_procfs_open_process(procfs, 1);
	snapshot->reference = NSL_REFERENCE_PID1;
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
		guint64 inode = 0;

		/* Without a link the kernel has no such type; a recorded one may have been left
		 * out. */
		if (init >= 0 && read_one(init, type, &inode) == 0 && (inode != 0 || procfs->real))
			use(snapshot, type, inode, NSL_REFERENCE_PID1);
		else
			missing |= NSL_NSTYPE_BIT(type);
	}
	if (missing)
		find_without_init(snapshot, procfs, missing);
	return true;
}
