/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a saved document does not say of holders, and what it says elsewhere tells: see reader.h.
 */
#include "store/reader.h"

#include <string.h>

/* Holders tell of whose children are meant. */
static void settle_children(const NslSnapshot *snapshot, NslNamespace *ns)
{
	for (guint i = 0; i < ns->holders->len; i++) {
		const NslHolder *holder = &g_array_index(ns->holders, NslHolder, i);
		NslProcess *process = holder->kind == NSL_HOLDER_FOR_CHILDREN &&
						      nsl_nstypes[ns->type].children_link
					      ? nsl_snapshot_get_process(snapshot, holder->pid)
					      : NULL;

		if (process && process->ns[ns->type] != ns)
			process->for_children[ns->type] = ns;
	}
}

/* The first mount of a name of ip netns is the one that it stands for. */
static void settle_names(NslNamespace *ns)
{
	static const char folder[] = "/run/netns/";
	g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint i = 0; i < ns->names->len; i++)
		g_hash_table_add(names, g_ptr_array_index(ns->names, i));
	for (guint i = 0; i < ns->holders->len; i++) {
		NslHolder *holder = &g_array_index(ns->holders, NslHolder, i);
		const char *in_folder =
			holder->kind == NSL_HOLDER_MOUNT ? g_strrstr(holder->path, folder) : NULL;

		if (in_folder && g_hash_table_remove(names, in_folder + strlen(folder)))
			holder->named = true;
	}
}

/* Who is seen in another mount namespace than that of who made the document. */
static void settle_mounts(const NslSnapshot *snapshot, NslNamespace *ns)
{
	for (guint i = 0; i < ns->holders->len; i++) {
		NslHolder *holder = &g_array_index(ns->holders, NslHolder, i);
		const NslNamespace *mnt =
			holder->kind != NSL_HOLDER_MOUNT || holder->mnt_ns == snapshot->own_mnt
				? NULL
				: nsl_snapshot_get(snapshot, NSL_NSTYPE_MNT, holder->mnt_ns);

		if (mnt && mnt->members->len > 0) {
			const NslProcess *process = g_ptr_array_index(mnt->members, 0);

			holder->pid = process->pid;
			g_free(holder->comm);
			holder->comm = g_strdup(process->comm);
		}
	}
}

void nsl_settle_holders(const NslSnapshot *snapshot, NslNamespace *ns)
{
	settle_children(snapshot, ns);
	settle_names(ns);
	settle_mounts(snapshot, ns);
}
