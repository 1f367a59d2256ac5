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
	return process ? nsl_process_command(process) : "";
}

static void append_mount(GString *text, const NslSnapshot *snapshot, const NslHolder *holder)
{
	g_string_append_printf(text, " %s",
			       holder->path[0] ? holder->path : "a place that is out of reach");
	if (holder->mnt_ns != 0 && holder->mnt_ns != snapshot->own_mnt)
		g_string_append_printf(text, " in mnt:[%" G_GUINT64_FORMAT "]", holder->mnt_ns);
}

char *nsl_explain_holder(const NslSnapshot *snapshot, const NslHolder *holder)
{
	const NslHolderInfo *info = &nsl_holders[holder->kind];
	GString *text = g_string_new(info->reason);

	if (info->fields & NSL_HOLDER_HAS_PATH)
		append_mount(text, snapshot, holder);
	if (info->fields & NSL_HOLDER_HAS_FD)
		g_string_append_printf(text, holder->tid != 0 ? " %d of thread" : " %d of",
				       holder->fd);
	if (info->fields & NSL_HOLDER_HAS_TASK) {
		if (holder->tid != 0)
			g_string_append_printf(text, " %u of", holder->tid);
		g_string_append_printf(text, " %u %s", holder->pid, name_of(snapshot, holder));
	}
	if (info->fields & NSL_HOLDER_HAS_NS)
		g_string_append_printf(text, " %s:[%" G_GUINT64_FORMAT "]",
				       nsl_nstypes[holder->ns->type].name, holder->ns->inode);
	return g_string_free(text, FALSE);
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
	if (container->unconfirmed)
		g_string_append_c(name, '?');
}
