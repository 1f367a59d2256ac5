/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The names of users: see users.h.
 */
#include "attribute/users.h"

#include <errno.h>
#include <string.h>

#include "base/sys.h"
#include "base/worker.h"

int nsl_user_find(guint32 uid, struct passwd *entry, char *buffer, gsize size,
		  struct passwd **ret_found)
{
	int result = -getpwuid_r(uid, entry, buffer, size, ret_found);

	/* As getpwnam(3) lists them. */
	return result == -ENOENT || result == -ESRCH || result == -EBADF || result == -EPERM
		       ? 0
		       : result;
}

/*
 * `data` is an array of UIDs as pointers. The record is an int, 0 or -errno, and the name; empty:
 * there is none.
 */
static void look_up(gpointer data, guint item, bool careful, GByteArray *out)
{
	uid_t uid = GPOINTER_TO_UINT(((gpointer *)data)[item]);
	char buffer[16384];
	struct passwd entry;
	struct passwd *found = NULL;

	int result;

	if (careful)
		return;
	result = nsl_user_find(uid, &entry, buffer, sizeof(buffer), &found);
	g_byte_array_append(out, (const guint8 *)&result, sizeof(result));
	if (found)
		g_byte_array_append(out, (const guint8 *)entry.pw_name,
				    (guint)strlen(entry.pw_name));
}

static void note_failure(NslSnapshot *snapshot, int result)
{
	const char *message = "the name service failed";

	if (result == -ETIMEDOUT)
		message = "the name service does not answer";
	else if (result == -EAGAIN)
		message = "no process could be started to ask for users' names";
	nsl_snapshot_note(snapshot, NSL_SOURCE_USERS, nsl_errno_name(result), message, 0);
}

/* The user's name goes to `name`; where that is NULL, the UID becomes a key of `names`. */
static void visit(GHashTable *names, guint32 uid, char **name)
{
	if (name)
		*name = g_strdup(g_hash_table_lookup(names, GUINT_TO_POINTER(uid)));
	else
		g_hash_table_insert(names, GUINT_TO_POINTER(uid), NULL);
}

/* Collects the UIDs of all processes and namespaces; with `tell`, gives them the names instead. */
static void visit_all(NslSnapshot *snapshot, GHashTable *names, bool tell)
{
	GHashTableIter iter;
	gpointer key;

	for (guint i = 0; i < snapshot->processes->len; i++) {
		NslProcess *process = g_ptr_array_index(snapshot->processes, i);

		if (process->has_status)
			visit(names, process->uid, tell ? &process->user : NULL);
	}
	g_hash_table_iter_init(&iter, snapshot->namespaces);
	while (g_hash_table_iter_next(&iter, &key, NULL)) {
		NslNamespace *ns = key;

		if (ns->has_owner_uid == NSL_KNOWN)
			visit(names, ns->owner_uid, tell ? &ns->owner_name : NULL);
	}
}

void nsl_users_name(NslSnapshot *snapshot, const NslProcfs *procfs, gint64 *waited)
{
	g_autoptr(GHashTable) names = g_hash_table_new_full(NULL, NULL, NULL, g_free); /* by UID */
	g_autofree gpointer *uids = NULL;
	g_autoptr(NslWork) work = NULL;
	NslWorkSpec spec = {.run = look_up, .keep = {-1, -1}, .waited = waited};

	if (!procfs->local)
		return;
	visit_all(snapshot, names, false);
	uids = g_hash_table_get_keys_as_array(names, &spec.n_items);
	spec.data = uids;
	work = nsl_work_run(&spec);
	snapshot->coverage[NSL_SOURCE_USERS] = NSL_COVERAGE_COMPLETE;
	for (guint i = 0; i < spec.n_items; i++) {
		NslWorkItem item = nsl_work_get(work, i);
		int result = nsl_work_errno(item.state);
		const char *name = (const char *)item.record + sizeof(result);

		if (item.state == NSL_WORK_DONE && item.size >= sizeof(result))
			memcpy(&result, item.record, sizeof(result));
		if (result < 0)
			note_failure(snapshot, result);
		else if (item.size > sizeof(result))
			g_hash_table_insert(names, uids[i],
					    g_strndup(name, item.size - sizeof(result)));
	}
	visit_all(snapshot, names, true);
}
