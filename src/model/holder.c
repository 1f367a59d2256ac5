/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sources and holders: see holder.h.
 */
#include "model/holder.h"

#include "model/snapshot.h"

const char *const nsl_source_names[NSL_SOURCE_COUNT] = {
	[NSL_SOURCE_PROCESSES] = "processes", [NSL_SOURCE_NETNS] = "netns",
	[NSL_SOURCE_THREADS] = "threads",     [NSL_SOURCE_FDS] = "fds",
	[NSL_SOURCE_MOUNTS] = "mounts",	      [NSL_SOURCE_RELATIONS] = "relations",
	[NSL_SOURCE_KERNEL] = "kernel",	      [NSL_SOURCE_CONTAINERS] = "containers",
	[NSL_SOURCE_USERS] = "users",	      [NSL_SOURCE_DETAILS] = "details",
};

#define TASK	NSL_HOLDER_HAS_TASK
#define TASK_FD (NSL_HOLDER_HAS_TASK | NSL_HOLDER_HAS_FD)

const NslHolderInfo nsl_holders[NSL_HOLDER_COUNT] = {
	[NSL_HOLDER_MOUNT] = {"mount", NSL_SOURCE_MOUNTS, NSL_HOLDER_HAS_PATH, "mounted at"},
	[NSL_HOLDER_FD] = {"fd", NSL_SOURCE_FDS, TASK_FD, "held by fd"},
	[NSL_HOLDER_SOCKET] = {"socket", NSL_SOURCE_FDS, TASK_FD, "held by socket, fd"},
	[NSL_HOLDER_THREAD] = {"thread", NSL_SOURCE_THREADS, TASK, "thread"},
	[NSL_HOLDER_FOR_CHILDREN] = {"for-children", NSL_SOURCE_PROCESSES, TASK, "for children of"},
	[NSL_HOLDER_OWNER_OF] = {"owner-of", NSL_SOURCE_RELATIONS, NSL_HOLDER_HAS_NS, "owner of"},
	[NSL_HOLDER_PARENT_OF] = {"parent-of", NSL_SOURCE_RELATIONS, NSL_HOLDER_HAS_NS,
				  "parent of"},
	[NSL_HOLDER_KERNEL] = {"kernel", NSL_SOURCE_KERNEL, 0,
			       "known to the kernel, holder not found"},
};

static void holder_clear(gpointer data)
{
	NslHolder *holder = data;

	g_free(holder->comm);
	g_free(holder->path);
	*holder = (NslHolder){0};
}

GArray *nsl_holders_new(void)
{
	GArray *holders = g_array_new(FALSE, FALSE, sizeof(NslHolder));

	g_array_set_clear_func(holders, holder_clear);
	return holders;
}

void nsl_holders_add(GArray *holders, const NslHolder *holder)
{
	NslHolder copy = *holder;

	copy.comm = g_strdup(holder->comm);
	copy.path = g_strdup(holder->path);
	g_array_append_val(holders, copy);
}

static gint compare(gconstpointer a, gconstpointer b)
{
	const NslHolder *x = a;
	const NslHolder *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	if (x->tid != y->tid)
		return x->tid < y->tid ? -1 : 1;
	if (x->fd != y->fd)
		return x->fd < y->fd ? -1 : 1;
	if (x->ns && y->ns && x->ns != y->ns)
		return x->ns->inode < y->ns->inode ? -1 : 1;
	/* Mounts whose mount namespace is known come first. */
	if (x->kind == NSL_HOLDER_MOUNT && !x->mnt_ns != !y->mnt_ns)
		return x->mnt_ns ? -1 : 1;
	if (g_strcmp0(x->path, y->path) != 0)
		return g_strcmp0(x->path, y->path);
	return (x->mnt_ns > y->mnt_ns) - (x->mnt_ns < y->mnt_ns);
}

void nsl_holders_sort(GArray *holders)
{
	NslHolder *all = (NslHolder *)(void *)holders->data;
	guint kept = 0;

	g_array_sort(holders, compare);
	for (guint i = 0; i < holders->len; i++) {
		NslHolder holder = all[i];

		all[i] = (NslHolder){0};
		if (kept > 0 && holder.kind == NSL_HOLDER_MOUNT &&
		    compare(&all[kept - 1], &holder) == 0) {
			all[kept - 1].named |= holder.named;
			holder_clear(&holder);
		} else {
			all[kept++] = holder;
		}
	}
	g_array_set_size(holders, kept);
}
