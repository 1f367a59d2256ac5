/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The names of users: see users.h.
 */
#include "attribute/users.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>

#include "base/sys.h"
#include "base/worker.h"

/* The record is the name, or nothing where there is none. */
static void look_up(gpointer data, guint item, bool careful, GByteArray *out)
{
	const GArray *uids = data;
	char buffer[16384];
	struct passwd entry;
	struct passwd *found = NULL;

	if (!careful &&
	    getpwuid_r(g_array_index(uids, guint32, item), &entry, buffer, sizeof(buffer),
		       &found) == 0 &&
	    found)
		g_byte_array_append(out, (const guint8 *)entry.pw_name,
				    (guint)strlen(entry.pw_name));
}

/* What is known of users' names so far. */
typedef struct Users {
	GArray *uids;	    /* guint32, each once */
	GHashTable *by_uid; /* the index of each, plus one */
	NslWork *work;
} Users;

static void add_uid(Users *users, guint32 uid)
{
	gpointer key = GUINT_TO_POINTER(uid);

	if (g_hash_table_contains(users->by_uid, key))
		return;
	g_array_append_val(users->uids, uid);
	g_hash_table_insert(users->by_uid, key, GUINT_TO_POINTER(users->uids->len));
}

/* Transfer full; NULL: there is none. */
static char *name_of(const Users *users, guint32 uid)
{
	guint index = GPOINTER_TO_UINT(g_hash_table_lookup(users->by_uid, GUINT_TO_POINTER(uid)));
	NslWorkItem item = nsl_work_get(users->work, index - 1);

	return item.size > 0 ? g_strndup((const char *)item.record, item.size) : NULL;
}

static void note_failures(NslSnapshot *snapshot, const Users *users)
{
	for (guint i = 0; i < users->uids->len; i++) {
		int result = nsl_work_errno(nsl_work_get(users->work, i).state);

		if (result == -ETIMEDOUT)
			nsl_snapshot_note(snapshot, NSL_SOURCE_USERS, nsl_errno_name(result),
					  "the name service does not answer", 0);
		else if (result == -EAGAIN)
			nsl_snapshot_note(snapshot, NSL_SOURCE_USERS, nsl_errno_name(result),
					  "no process could be started to ask for users' names", 0);
		else if (result < 0)
			nsl_snapshot_note(snapshot, NSL_SOURCE_USERS, nsl_errno_name(result),
					  "the name service ended who asked it", 0);
	}
}

/* Whether the processes and namespaces are to be asked for their UIDs, or told the names. */
static void walk(NslSnapshot *snapshot, Users *users, bool tell)
{
	GHashTableIter iter;
	gpointer key;

	for (guint i = 0; i < snapshot->processes->len; i++) {
		NslProcess *process = g_ptr_array_index(snapshot->processes, i);

		if (process->has_status && tell)
			process->user = name_of(users, process->uid);
		else if (process->has_status)
			add_uid(users, process->uid);
	}
	g_hash_table_iter_init(&iter, snapshot->namespaces);
	while (g_hash_table_iter_next(&iter, &key, NULL)) {
		NslNamespace *ns = key;

		if (ns->has_owner_uid == NSL_KNOWN && tell)
			ns->owner_name = name_of(users, ns->owner_uid);
		else if (ns->has_owner_uid == NSL_KNOWN)
			add_uid(users, ns->owner_uid);
	}
}

void nsl_users_name(NslSnapshot *snapshot, const NslProcfs *procfs, gint64 *waited)
{
	g_autoptr(GArray) uids = g_array_new(FALSE, FALSE, sizeof(guint32));
	g_autoptr(GHashTable) by_uid = g_hash_table_new(NULL, NULL);
	g_autoptr(NslWork) work = NULL;
	Users users = {.uids = uids, .by_uid = by_uid};
	NslWorkSpec spec = {.run = look_up, .data = uids, .keep = {-1, -1}, .waited = waited};

	if (!procfs->local)
		return;
	walk(snapshot, &users, false);
	spec.n_items = uids->len;
	work = nsl_work_run(&spec);
	users.work = work;
	snapshot->coverage[NSL_SOURCE_USERS] = NSL_COVERAGE_COMPLETE;
	note_failures(snapshot, &users);
	walk(snapshot, &users, true);
}
