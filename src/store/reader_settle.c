/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a saved document does not say of holders, and what it says elsewhere tells: see reader.h.
 */
#include "store/reader.h"

#include <string.h>

/* Who is seen in another mount namespace than that of who made the document. */
static const NslProcess *find_in_mount(const NslSnapshot *snapshot, const NslHolder *mount)
{
	const NslNamespace *mnt =
		mount->mnt_ns == snapshot->own_mnt
			? NULL
			: nsl_snapshot_get(snapshot, NSL_NSTYPE_MNT, mount->mnt_ns);

	return mnt && mnt->members->len > 0 ? g_ptr_array_index(mnt->members, 0) : NULL;
}

static void settle_mount(const NslSnapshot *snapshot, GHashTable *names, NslHolder *mount)
{
	static const char folder[] = "/run/netns/";
	const char *in_folder = g_strrstr(mount->path, folder);
	const NslProcess *process = find_in_mount(snapshot, mount);

	/* The first mount of a name of ip netns is the one that it stands for. */
	if (in_folder && g_hash_table_remove(names, in_folder + strlen(folder)))
		mount->named = true;
	if (process) {
		mount->pid = process->pid;
		g_free(mount->comm);
		mount->comm = g_strdup(process->comm);
	}
}

void nsl_settle_holders(const NslSnapshot *snapshot, NslNamespace *ns)
{
	g_autoptr(GHashTable) names = nsl_name_set(ns->names);

	for (guint i = 0; i < ns->holders->len; i++) {
		NslHolder *holder = &g_array_index(ns->holders, NslHolder, i);
		NslProcess *process;

		if (holder->kind == NSL_HOLDER_MOUNT)
			settle_mount(snapshot, names, holder);
		if (holder->kind != NSL_HOLDER_FOR_CHILDREN || !nsl_nstypes[ns->type].children_link)
			continue;
		process = nsl_snapshot_get_process(snapshot, holder->pid);
		if (process && process->ns[ns->type] != ns)
			process->for_children[ns->type] = ns;
	}
}
