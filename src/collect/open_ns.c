/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Opening a namespace: see collect.h.
 */
#include "collect/collect.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>

#include "base/nsfs.h"

#define MAX_TRIES 16  /* for each kind of holder: the first holders may be gone */
#define MAX_STEPS 256 /* for one namespace, and those that have to be opened on the way to it */

/* For one namespace. */
typedef struct Search {
	const NslCollect *collect;
	guint steps; /* ways that were tried, or would have been */
} Search;

static int search_ns(Search *search, const NslNamespace *ns);

/* False: this was the last one. */
static bool take_step(Search *search)
{
	return search->steps++ < MAX_STEPS;
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

int nsl_open_task(const NslCollect *collect, guint32 pid, guint32 tid)
{
	g_auto(NslFd) process = nsl_procfs_open_process(collect->procfs, pid);

	if (process < 0 || tid == 0)
		return nsl_fd_steal(&process);
	return nsl_process_open_thread(process, tid);
}

static int open_link(const NslCollect *collect, guint32 pid, guint32 tid, const char *link)
{
	g_auto(NslFd) task = nsl_open_task(collect, pid, tid);

	return task < 0 ? task : nsl_process_open_ns(task, link);
}

/* A thread is in the namespace, or the children of a process will be. */
static int by_link(Search *search, const NslNamespace *ns, const NslHolder *holder)
{
	const NslNsTypeInfo *info = &nsl_nstypes[ns->type];

	return open_link(search->collect, holder->pid, holder->tid,
			 holder->kind == NSL_HOLDER_THREAD ? info->name : info->children_link);
}

static int by_fd(Search *search, const NslNamespace *ns, const NslHolder *holder)
{
	const NslCollect *collect = search->collect;
	g_auto(NslFd) task = nsl_open_task(collect, holder->pid, holder->tid);
	g_auto(NslFd) fds = task < 0 ? task : nsl_process_open_fds(task);
	g_autofree char *number = g_strdup_printf("%d", holder->fd);
	/* By now it may be a device, which it could do harm to open: hence as a path only. */
	g_auto(NslFd) path = fds < 0 ? fds : nsl_fd_openat(fds, number, O_PATH);

	(void)ns;
	return path < 0 ? path : nsl_nsfs_reopen(collect->procfs->fd, path);
}

static int by_socket(Search *search, const NslNamespace *ns, const NslHolder *holder)
{
	guint32 tid = holder->tid;
	g_auto(NslFd) task = nsl_open_task(search->collect, holder->pid, tid);
	g_auto(NslFd) pidfd =
		task < 0 ? task : nsl_pidfd_open(task, tid ? tid : holder->pid, tid != 0);
	g_auto(NslFd) socket = pidfd < 0 ? pidfd : nsl_pidfd_get(pidfd, holder->fd);
	int result = socket < 0 ? socket : nsl_nsfs_open_of_socket(socket);

	(void)ns;
	return result == -ENOTSOCK ? -ENOENT : result; /* by now it is another file */
}

static int by_mount(Search *search, const NslNamespace *ns, const NslHolder *holder)
{
	const NslCollect *collect = search->collect;
	const NslNamespace *mnt =
		nsl_snapshot_get(collect->snapshot, NSL_NSTYPE_MNT, holder->mnt_ns);
	/* No path leads below another mount. */
	bool open = mnt && holder->state != NSL_MOUNT_COVERED;
	g_auto(NslFd) there = open ? search_ns(search, mnt) : -ENOENT;
	g_auto(NslFd) root = -1;
	g_auto(NslFd) path = -1;
	int result = there < 0 ? there : nsl_enter_mnt_ns(there);

	(void)ns;
	if (result < 0)
		return result;
	root = nsl_fd_openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY);
	path = nsl_fd_open_below(root, holder->path, true);
	return path < 0 ? path : nsl_nsfs_reopen(collect->procfs->fd, path);
}

/* Through a namespace that this one owns, or is the parent of. */
static int by_below(Search *search, const NslNamespace *ns, const NslHolder *holder)
{
	g_auto(NslFd) below = search_ns(search, holder->ns);

	(void)ns;
	if (below < 0)
		return below;
	return holder->kind == NSL_HOLDER_OWNER_OF ? nsl_nsfs_open_owner(below)
						   : nsl_nsfs_open_parent(below);
}

/* How a namespace is opened through a holder: >= 0 or -errno. NULL: it cannot be. */
static int (*const open_by[NSL_HOLDER_COUNT])(Search *search, const NslNamespace *ns,
					      const NslHolder *holder) = {
	[NSL_HOLDER_MOUNT] = by_mount,	     [NSL_HOLDER_FD] = by_fd,
	[NSL_HOLDER_SOCKET] = by_socket,     [NSL_HOLDER_THREAD] = by_link,
	[NSL_HOLDER_FOR_CHILDREN] = by_link, [NSL_HOLDER_OWNER_OF] = by_below,
	[NSL_HOLDER_PARENT_OF] = by_below,   [NSL_HOLDER_KERNEL] = NULL,
};

static int search_ns(Search *search, const NslNamespace *ns)
{
	const NslNsTypeInfo *info = &nsl_nstypes[ns->type];
	guint tries[NSL_HOLDER_COUNT] = {0};
	int fd = -ENOENT;

	if (ns->nsid != 0 && search->collect->procfs->local && take_step(search))
		fd = verified(ns, nsl_nsfs_open_by_id(ns->nsid, info->flag, ns->inode));
	if (fd < 0) /* an id that is not there any more says nothing of the other ways */
		fd = -ENOENT;
	for (guint i = 0; i < MIN(ns->members->len, MAX_TRIES) && fd < 0 && take_step(search);
	     i++) {
		const NslProcess *process = g_ptr_array_index(ns->members, i);

		fd = verified(ns, open_link(search->collect, process->pid, 0, info->name));
	}
	for (guint i = 0; i < ns->holders->len && fd < 0; i++) {
		const NslHolder *holder = &g_array_index(ns->holders, NslHolder, i);

		if (open_by[holder->kind] && tries[holder->kind]++ < MAX_TRIES && take_step(search))
			fd = verified(ns, open_by[holder->kind](search, ns, holder));
	}
	return fd;
}

int nsl_open_ns(const NslCollect *collect, const NslNamespace *ns)
{
	Search search = {.collect = collect};
	int fd = search_ns(&search, ns);

	return fd < 0 && search.steps > MAX_STEPS ? -ELOOP : fd;
}

int nsl_enter_mnt_ns(int fd)
{
	return setns(fd, CLONE_NEWNS) < 0 ? -errno : 0;
}

int nsl_enter_ns(const NslCollect *collect, const NslNamespace *ns)
{
	const NslNsTypeInfo *info = &nsl_nstypes[ns->type];
	g_auto(NslFd) fd = -1;

	/* The inodes of a recorded procfs are those of another time or system. */
	if (!collect->procfs->real)
		return -ENOENT;
	if (nsl_procfs_own_ns(collect->procfs, info->name) == ns->inode)
		return 0;
	fd = nsl_open_ns(collect, ns);
	if (fd < 0)
		return fd;
	return setns(fd, info->flag) < 0 ? -errno : 0;
}
