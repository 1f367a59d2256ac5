/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sources and holders: see holder.h.
 */
#include "model/holder.h"

#include <limits.h>
#include <string.h>

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

void nsl_namespace_add_holder(NslNamespace *ns, const NslHolder *holder)
{
	NslHolder copy = *holder;

	if (ns->holders->len == 0) { /* the array is every namespace's */
		g_array_unref(ns->holders);
		ns->holders = nsl_holders_new();
	}
	copy.comm = g_strdup(holder->comm);
	copy.path = g_strdup(holder->path);
	g_array_append_val(ns->holders, copy);
}

/* Whether mounts are told of at once. */
static bool is_alike(const NslHolder *x, const NslHolder *y)
{
	return x->kind == NSL_HOLDER_MOUNT && y->kind == NSL_HOLDER_MOUNT &&
	       !x->mnt_ns == !y->mnt_ns && g_strcmp0(x->path, y->path) == 0 &&
	       (x->state == NSL_MOUNT_COVERED) == (y->state == NSL_MOUNT_COVERED);
}

/* `listed`: what is told of at once is together, a named mount first. */
static gint compare_mounts(const NslHolder *x, const NslHolder *y, bool listed)
{
	/* Those whose mount namespace is known come first. */
	if (!x->mnt_ns != !y->mnt_ns)
		return x->mnt_ns ? -1 : 1;
	if (g_strcmp0(x->path, y->path) != 0)
		return g_strcmp0(x->path, y->path);
	if (listed && !is_alike(x, y))
		return x->state == NSL_MOUNT_COVERED ? 1 : -1;
	if (listed && x->named != y->named)
		return x->named ? -1 : 1;
	return (x->mnt_ns > y->mnt_ns) - (x->mnt_ns < y->mnt_ns);
}

/* `listed`: as in compare_mounts(). */
static gint compare(gconstpointer a, gconstpointer b, gpointer listed)
{
	const NslHolder *x = a;
	const NslHolder *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->kind == NSL_HOLDER_MOUNT)
		return compare_mounts(x, y, listed != NULL);
	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	if (x->tid != y->tid)
		return x->tid < y->tid ? -1 : 1;
	if (x->fd != y->fd)
		return x->fd < y->fd ? -1 : 1;
	if (x->ns && y->ns && x->ns != y->ns)
		return x->ns->inode < y->ns->inode ? -1 : 1;
	return 0;
}

void nsl_holders_sort(GArray *holders)
{
	NslHolder *all = (NslHolder *)(void *)holders->data;
	guint kept = 0;

	g_array_sort_with_data(holders, compare, NULL);
	for (guint i = 0; i < holders->len; i++) {
		NslHolder holder = all[i];

		all[i] = (NslHolder){0};
		if (kept > 0 && holder.kind == NSL_HOLDER_MOUNT &&
		    compare_mounts(&all[kept - 1], &holder, false) == 0) {
			all[kept - 1].named |= holder.named;
			all[kept - 1].times += holder.times;
			all[kept - 1].state = MAX(all[kept - 1].state, holder.state);
			holder_clear(&holder);
		} else {
			all[kept++] = holder;
		}
	}
	g_array_set_size(holders, kept);
	g_array_sort_with_data(holders, compare, GINT_TO_POINTER(true));
}

/* The parent of a user namespace is its owner. */
static bool is_repeated(const NslNamespace *ns, const NslHolder *holder)
{
	return holder->kind == NSL_HOLDER_PARENT_OF && holder->ns->owner.knowledge == NSL_KNOWN &&
	       holder->ns->owner.ns == ns;
}

const NslHolder *nsl_holders_next(const NslNamespace *ns, guint *at, guint *ret_n)
{
	const NslHolder *all = (const NslHolder *)(const void *)ns->holders->data;
	guint first;

	while (*at < ns->holders->len && is_repeated(ns, &all[*at]))
		(*at)++;
	if (*at == ns->holders->len)
		return NULL;
	first = (*at)++;
	while (*at < ns->holders->len && is_alike(&all[first], &all[*at]))
		(*at)++;
	*ret_n = *at - first;
	return &all[first];
}

bool nsl_mnt_is_of_root(const NslSnapshot *snapshot, guint64 mnt_ns)
{
	const NslNamespace *mnt = nsl_snapshot_get(snapshot, NSL_NSTYPE_MNT, mnt_ns);

	return mnt && mnt->owner.knowledge == NSL_KNOWN && mnt->owner.ns->root &&
	       mnt->has_owner_uid == NSL_KNOWN && mnt->owner_uid == 0;
}

static char *mount_path(const NslSnapshot *snapshot, const NslHolder *holder, const char *task)
{
	g_autofree char *path = NULL;

	if (holder->state != NSL_MOUNT_OPEN)
		return NULL;
	if (holder->mnt_ns == snapshot->own_mnt)
		path = g_strdup(holder->path);
	else if (task && holder->at_root && nsl_mnt_is_of_root(snapshot, holder->mnt_ns))
		path = g_strconcat(task, "/root", holder->path, NULL);
	/* A longer one cannot be opened. */
	return path && strlen(path) < PATH_MAX ? g_steal_pointer(&path) : NULL;
}

char *nsl_holder_path(const NslSnapshot *snapshot, const NslNamespace *ns, const NslHolder *holder)
{
	const NslNsTypeInfo *info = &nsl_nstypes[ns->type];
	g_autofree char *task = NULL;

	if (snapshot->proc && holder->pid != 0)
		task = holder->tid != 0 ? g_strdup_printf("%s/%u/task/%u", snapshot->proc,
							  holder->pid, holder->tid)
					: g_strdup_printf("%s/%u", snapshot->proc, holder->pid);
	if (holder->kind == NSL_HOLDER_MOUNT)
		return mount_path(snapshot, holder, task);
	if (!task)
		return NULL;
	if (holder->kind == NSL_HOLDER_FD)
		return g_strdup_printf("%s/fd/%d", task, holder->fd);
	if (holder->kind == NSL_HOLDER_THREAD)
		return g_strconcat(task, "/ns/", info->name, NULL);
	if (holder->kind == NSL_HOLDER_FOR_CHILDREN)
		return g_strconcat(task, "/ns/", info->children_link, NULL);
	return NULL;
}
