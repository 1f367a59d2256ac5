/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reaching a namespace: see reach.h.
 */
#include "collect/reach.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/types.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/nsfs.h"

#define MAX_TRIES 16 /* of a kind: the first may be gone */
#define MAX_STEPS                                                                                  \
	256 /* in all: namespaces that lead to others nest, and each may have many ways            \
	     */

#ifndef SYS_openat2
#define SYS_openat2 437 /* Linux 5.6; the same number on every architecture */
#endif

/* include/uapi/linux/openat2.h */
struct how {
	__u64 flags;
	__u64 mode;
	__u64 resolve;
};
#define HOW_NO_MAGICLINKS 0x02
#define HOW_NO_SYMLINKS	  0x04
#define HOW_IN_ROOT	  0x10
#define HOW_CACHED	  0x20 /* Linux 5.12 */

/* One search for a way to a namespace. */
typedef struct Reach {
	const NslCollect *collect;
	guint steps; /* ways that were tried */
	bool spent;  /* there were more */
} Reach;

static int find_way(Reach *reach, const NslNamespace *ns);

/* False: it has been enough. */
static bool take_step(Reach *reach)
{
	reach->spent = reach->spent || reach->steps >= MAX_STEPS;
	reach->steps++;
	return !reach->spent;
}

/* Passes the descriptor on where it is of this namespace; else closes it. */
static int verified(const NslNamespace *ns, int fd)
{
	NslNsFile file;

	if (fd < 0)
		return fd;
	if (nsl_nsfs_identify_fd(fd, &file) == 0 && file.inode == ns->inode &&
	    file.flag == nsl_nstypes[ns->type].flag)
		return fd;
	nsl_fd_close(fd);
	return -ESRCH;
}

/* A process, or one of its threads; 0: none. */
static int open_task(const NslCollect *collect, guint32 pid, guint32 tid)
{
	g_auto(NslFd) process = nsl_procfs_open_process(collect->procfs, pid);

	if (process < 0 || tid == 0)
		return nsl_fd_steal(&process);
	return nsl_process_open_thread(process, tid);
}

static int open_link(const NslCollect *collect, guint32 pid, guint32 tid, const char *link)
{
	g_auto(NslFd) task = open_task(collect, pid, tid);

	return task < 0 ? task : nsl_process_open_ns(task, link);
}

static int by_members(Reach *reach, const NslNamespace *ns)
{
	guint n = MIN(ns->members->len, MAX_TRIES);
	int fd = -ENOENT;

	for (guint i = 0; i < n && fd < 0 && take_step(reach); i++) {
		const NslProcess *process = g_ptr_array_index(ns->members, i);

		fd = verified(
			ns, open_link(reach->collect, process->pid, 0, nsl_nstypes[ns->type].link));
	}
	return fd;
}

/* A descriptor of another process; it is known to be a namespace's. */
static int by_fd(const NslCollect *collect, const NslHolder *holder)
{
	g_auto(NslFd) task = open_task(collect, holder->pid, holder->tid);
	g_auto(NslFd) fds = task < 0 ? task : nsl_process_open_fds(task);
	g_autofree char *number = g_strdup_printf("%d", holder->fd);

	/* It may be another file by now: to open a device can do harm, as a place it cannot. */
	g_auto(NslFd) path = fds < 0 ? fds : nsl_fd_openat(fds, number, O_PATH);

	return path < 0 ? path : nsl_nsfs_reopen(collect->procfs->fd, path);
}

static int by_socket(const NslCollect *collect, const NslHolder *holder)
{
	g_auto(NslFd) task = open_task(collect, holder->pid, holder->tid);
	g_auto(NslFd) pidfd =
		task < 0 ? task
			 : nsl_pidfd_open(task, holder->tid ? holder->tid : holder->pid,
					  holder->tid != 0);
	g_auto(NslFd) socket = pidfd < 0 ? pidfd : nsl_pidfd_get(pidfd, holder->fd);

	return socket < 0 ? socket : nsl_nsfs_open_of_socket(socket);
}

/* The path of someone else's mount is someone else's text: it must not lead anywhere but there. */
static int by_mount(Reach *reach, const NslHolder *holder)
{
	const NslCollect *collect = reach->collect;
	const NslNamespace *mnt =
		nsl_snapshot_get(collect->snapshot, NSL_NSTYPE_MNT, holder->mnt_ns);
	struct how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = HOW_IN_ROOT | HOW_NO_MAGICLINKS | HOW_NO_SYMLINKS | HOW_CACHED,
	};
	g_auto(NslFd) there = -1;
	g_auto(NslFd) root = -1;
	g_auto(NslFd) path = -1;
	int result;

	if (!mnt)
		return -ENOENT;
	there = find_way(reach, mnt);
	if (there < 0)
		return there;
	result = nsl_reach_enter_mnt(there);
	if (result < 0)
		return result;
	root = nsl_fd_openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY);
	path = (int)syscall(SYS_openat2, root, holder->path, &how, sizeof(how));
	if (path < 0 && errno == EINVAL) {
		how.resolve &= ~(__u64)HOW_CACHED;
		path = (int)syscall(SYS_openat2, root, holder->path, &how, sizeof(how));
	}
	if (path < 0)
		return -errno;
	return nsl_nsfs_reopen(collect->procfs->fd, path);
}

/* By a namespace that is below this one. */
static int by_relation(Reach *reach, const NslHolder *holder)
{
	g_auto(NslFd) below = find_way(reach, holder->ns);

	if (below < 0)
		return below;
	return holder->kind == NSL_HOLDER_OWNER_OF ? nsl_nsfs_open_owner(below)
						   : nsl_nsfs_open_parent(below);
}

static int by_holder(Reach *reach, const NslNamespace *ns, const NslHolder *holder)
{
	const NslCollect *collect = reach->collect;

	switch (holder->kind) {
	case NSL_HOLDER_THREAD:
		return open_link(collect, holder->pid, holder->tid, nsl_nstypes[ns->type].link);
	case NSL_HOLDER_FOR_CHILDREN:
		return open_link(collect, holder->pid, 0, nsl_nstypes[ns->type].children_link);
	case NSL_HOLDER_FD:
		return by_fd(collect, holder);
	case NSL_HOLDER_SOCKET:
		return by_socket(collect, holder);
	case NSL_HOLDER_MOUNT:
		return by_mount(reach, holder);
	case NSL_HOLDER_OWNER_OF:
	case NSL_HOLDER_PARENT_OF:
		return by_relation(reach, holder);
	case NSL_HOLDER_KERNEL:
	case NSL_HOLDER_COUNT:
		break;
	}
	return -ENOENT;
}

static int find_way(Reach *reach, const NslNamespace *ns)
{
	bool by_id = ns->nsid != 0 && reach->collect->procfs->local;
	guint tries[NSL_HOLDER_COUNT] = {0};
	int fd = -ENOENT;

	if (by_id && take_step(reach))
		fd = verified(ns,
			      nsl_nsfs_open_by_id(ns->nsid, nsl_nstypes[ns->type].flag, ns->inode));
	if (fd < 0)
		fd = by_members(reach, ns);
	for (guint i = 0; i < ns->holders->len && fd < 0; i++) {
		const NslHolder *holder = &g_array_index(ns->holders, NslHolder, i);

		if (tries[holder->kind]++ < MAX_TRIES && take_step(reach))
			fd = verified(ns, by_holder(reach, ns, holder));
	}
	return fd;
}

int nsl_reach(const NslCollect *collect, const NslNamespace *ns)
{
	Reach reach = {.collect = collect};
	int fd = find_way(&reach, ns);

	return fd < 0 && reach.spent ? -ELOOP : fd;
}

int nsl_reach_enter_mnt(int fd)
{
	return setns(fd, CLONE_NEWNS) < 0 ? -errno : 0;
}

int nsl_reach_enter(const NslCollect *collect, const NslNamespace *ns)
{
	const NslNsTypeInfo *info = &nsl_nstypes[ns->type];
	g_auto(NslFd) self = -1;
	g_auto(NslFd) fd = -1;
	guint64 inode;

	/* A recorded procfs may name what is another namespace here and now. */
	if (!collect->procfs->real)
		return -ENOENT;
	self = nsl_procfs_open_self(collect->procfs);
	if (self >= 0 && nsl_nstype_read(self, ns->type, &inode) == 0 && inode == ns->inode)
		return 0;
	fd = nsl_reach(collect, ns);
	if (fd < 0)
		return fd;
	return setns(fd, info->flag) < 0 ? -errno : 0;
}
