/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * In words: see explain.h.
 */
#include "report/explain.h"

#include <string.h>

#include "report/view.h"

/* What a process is called, by whoever knows it: a holder, or the snapshot. */
static const char *name_of(const NslSnapshot *snapshot, const NslHolder *holder)
{
	const NslProcess *process;

	if (holder->comm)
		return holder->comm;
	process = nsl_snapshot_get_process(snapshot, holder->pid);
	return process ? nsl_view_command(process) : "";
}

static char *explain_fd(const NslHolder *holder, const char *what, const char *name)
{
	if (holder->tid != 0)
		return g_strdup_printf("held by %s %d of thread %u of %u %s", what, holder->fd,
				       holder->tid, holder->pid, name);
	return g_strdup_printf("held by %s %d of %u %s", what, holder->fd, holder->pid, name);
}

static char *explain_relation(const NslHolder *holder, const char *what)
{
	return g_strdup_printf("%s of %s:[%" G_GUINT64_FORMAT "]", what,
			       nsl_nstypes[holder->ns->type].name, holder->ns->inode);
}

static char *explain_mount(const NslSnapshot *snapshot, const NslHolder *holder)
{
	const char *path = holder->path[0] ? holder->path : "a place that is out of reach";

	if (holder->mnt_ns == 0 || holder->mnt_ns == snapshot->own_mnt)
		return g_strdup_printf("mounted at %s", path);
	return g_strdup_printf("mounted at %s in mnt:[%" G_GUINT64_FORMAT "]", path,
			       holder->mnt_ns);
}

char *nsl_explain_holder(const NslSnapshot *snapshot, const NslHolder *holder)
{
	const char *name = name_of(snapshot, holder);

	switch (holder->kind) {
	case NSL_HOLDER_MOUNT:
		return explain_mount(snapshot, holder);
	case NSL_HOLDER_FD:
		return explain_fd(holder, "fd", name);
	case NSL_HOLDER_SOCKET:
		return explain_fd(holder, "socket, fd", name);
	case NSL_HOLDER_THREAD:
		return g_strdup_printf("thread %u of %u %s", holder->tid, holder->pid, name);
	case NSL_HOLDER_FOR_CHILDREN:
		return g_strdup_printf("for children of %u %s", holder->pid, name);
	case NSL_HOLDER_OWNER_OF:
		return explain_relation(holder, "owner");
	case NSL_HOLDER_PARENT_OF:
		return explain_relation(holder, "parent");
	case NSL_HOLDER_KERNEL:
		return g_strdup("known to the kernel, holder not found");
	case NSL_HOLDER_COUNT:
		break;
	}
	return g_strdup("");
}

char *nsl_explain_namespace(const NslSnapshot *snapshot, const NslNamespace *ns)
{
	g_autofree char *first = NULL;

	if (ns->holders->len == 0)
		return g_strdup("no process, holder not found");
	first = nsl_explain_holder(snapshot, &g_array_index(ns->holders, NslHolder, 0));
	if (ns->holders->len == 1)
		return g_steal_pointer(&first);
	return g_strdup_printf("%s, +%u more", first, ns->holders->len - 1);
}

#define LONG_ID	 64 /* hexadecimal digits … */
#define SHORT_ID 12 /* … of which docker and podman show so many */

char *nsl_explain_which(const NslContainer *container)
{
	const char *id = container->identity.id;

	if (container->identity.name || !id)
		return g_strdup(container->identity.name);
	if (strlen(id) == LONG_ID && strspn(id, "0123456789abcdef") == LONG_ID)
		return g_strndup(id, SHORT_ID);
	return g_strdup(id);
}

void nsl_explain_container(GString *name, const NslContainer *container)
{
	g_autofree char *which = nsl_explain_which(container);

	g_string_append(name, container->identity.runtime);
	if (which)
		g_string_append_printf(name, ":%s", which);
	if (container->claimed)
		g_string_append_c(name, '?');
}
