/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which namespaces are the root ones: see nsl_roots_find().
 */
#include "collect/collect.h"

#include <errno.h>
#include <string.h>

#include "base/sys.h"

/*
 * What one process tells of the root namespaces, of each type for itself: 0 and an inode, 0 and 0
 * where it has none, or -errno. Its descriptor is closed by then: where descriptors are few, each
 * one that is asked needs its turn.
 */
typedef struct Witness {
	int result[NSL_NSTYPE_COUNT];
	guint64 inode[NSL_NSTYPE_COUNT];
} Witness;

/* The process, which is open, or -errno; it is closed. */
static Witness ask(NslFd process)
{
	g_auto(NslFd) open = process;
	Witness witness = {{0}, {0}};

	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		witness.result[type] =
			open < 0 ? open : nsl_nstype_read(open, type, &witness.inode[type]);
	return witness;
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

		if (process >= 0 && nsl_nstype_read(process, type, &inode) == 0 &&
		    inode == nsl_nstypes[type].initial_inode)
			return true;
	}
	return false;
}

/*
 * Whether the kernel's first namespace of this type is the root one though nobody is seen in it: an
 * ordinary user sees few processes, and may have put them all into others. It is where the first
 * PID namespace is seen, and its number is known. Those of net and mnt came with one kernel: who is
 * seen in either shows that both are.
 */
static bool is_initial_unseen(const NslProcfs *procfs, GArray *pids, NslNsType type)
{
	if (nsl_collect_pid_ns(procfs) != nsl_nstypes[NSL_NSTYPE_PID].initial_inode)
		return false;
	if (type == NSL_NSTYPE_NET)
		return is_initial_seen(procfs, pids, NSL_NSTYPE_MNT);
	if (type == NSL_NSTYPE_MNT)
		return is_initial_seen(procfs, pids, NSL_NSTYPE_NET);
	return true;
}

/* A process that is as good as any to guess by: the caller, or the first that has namespaces. */
static Witness ask_guess(const NslProcfs *procfs, GArray *pids)
{
	NslFd self = nsl_procfs_open_self(procfs);
	Witness witness = ask(self);

	if (self >= 0)
		return witness;
	list_once(procfs, pids);
	for (guint i = 0; i < pids->len && witness.inode[NSL_NSTYPE_MNT] == 0; i++)
		witness = ask(nsl_procfs_open_process(procfs, g_array_index(pids, guint32, i)));
	return witness;
}

static void use(NslSnapshot *snapshot, NslNsType type, guint64 inode, NslReference how)
{
	snapshot->root[type] = inode;
	snapshot->reference = MAX(snapshot->reference, how);
}

/* For the types that PID 1 does not tell. 0, or why the last one that was asked did not tell. */
static int find_without_init(NslSnapshot *snapshot, const NslProcfs *procfs, NslNsTypes missing)
{
	g_autoptr(GArray) pids = g_array_new(FALSE, FALSE, sizeof(guint32));
	const Witness kthreadd = ask(nsl_collect_open_kthreadd(procfs));
	const Witness guess = ask_guess(procfs, pids);
	int result = 0;

	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
		guint64 initial = nsl_nstypes[type].initial_inode;

		if (!(missing & NSL_NSTYPE_BIT(type)))
			continue;
		/* Those two nearly always tell; asking every process is for the rest. */
		if (kthreadd.inode[type] == initial || guess.inode[type] == initial ||
		    is_initial_seen(procfs, pids, type) ||
		    (kthreadd.inode[type] == 0 && guess.inode[type] != 0 &&
		     is_initial_unseen(procfs, pids, type))) {
			use(snapshot, type, initial, NSL_REFERENCE_INITIAL);
		} else if (kthreadd.inode[type] != 0) {
			use(snapshot, type, kthreadd.inode[type], NSL_REFERENCE_KTHREADD);
		} else if (guess.inode[type] != 0) {
			use(snapshot, type, guess.inode[type], NSL_REFERENCE_GUESS);
		} else if (!procfs->real || guess.result[type] < 0) {
			snapshot->rootless |= NSL_NSTYPE_BIT(type);
			result = MIN(result, guess.result[type]);
		}
	}
	return result;
}

static bool find_by_pid(NslSnapshot *snapshot, const NslProcfs *procfs, guint32 pid, GError **error)
{
	g_auto(NslFd) process = nsl_procfs_open_process(procfs, pid);
	NslLinks links;
	int result = process < 0 ? process
				 : nsl_collect_read_links(process, NSL_NSTYPES_ALL, false, &links);

	if (nsl_is_gone(process)) {
		g_set_error(error, NSL_ERROR, NSL_ERROR_SYSTEM, "no process %u (--reference)", pid);
		return false;
	}
	if (result < 0)
		return nsl_fail(error, result, "the namespaces of process %u (--reference)", pid);
	if (links.ns[NSL_NSTYPE_MNT] == 0) { /* every kernel has those: a zombie */
		g_set_error(error, NSL_ERROR, NSL_ERROR_SYSTEM,
			    "process %u (--reference) has ended and left its namespaces", pid);
		return false;
	}
	memcpy(snapshot->root, links.ns, sizeof(links.ns));
	snapshot->reference = NSL_REFERENCE_PID;
	return true;
}

bool nsl_roots_find(NslSnapshot *snapshot, const NslProcfs *procfs, guint32 pid, GError **error)
{
	NslNsTypes missing = 0;
	Witness init;
	int result;

	if (pid != 0)
		return find_by_pid(snapshot, procfs, pid, error);
	init = ask(nsl_procfs_open_process(procfs, 1));
	snapshot->reference = NSL_REFERENCE_PID1;
	/* Without a link the kernel has no such type; a recorded one may have been left out. */
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		if (init.result[type] == 0 && (init.inode[type] != 0 || procfs->real))
			use(snapshot, type, init.inode[type], NSL_REFERENCE_PID1);
		else
			missing |= NSL_NSTYPE_BIT(type);
	result = missing ? find_without_init(snapshot, procfs, missing) : 0;
	/* Where a recorded procfs has no process at all, others say so. */
	if (snapshot->rootless == NSL_NSTYPES_ALL && (procfs->real || !nsl_is_gone(result)))
		return nsl_fail(error, result, "%s: which namespaces are the root ones",
				procfs->path);
	return true;
}
