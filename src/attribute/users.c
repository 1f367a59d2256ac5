/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The names of users: see users.h.
 */
#include "attribute/users.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>

#include "base/error.h"
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

/* The UIDs of all processes, each once; by_uid gets the index of each, plus one. */
static GArray *list_uids(const NslSnapshot *snapshot, GHashTable *by_uid)
{
	GArray *uids = g_array_new(FALSE, FALSE, sizeof(guint32));

	for (guint i = 0; i < snapshot->processes->len; i++) {
		const NslProcess *process = g_ptr_array_index(snapshot->processes, i);
		gpointer key = GUINT_TO_POINTER(process->uid);

		if (!process->has_status || g_hash_table_contains(by_uid, key))
			continue;
		g_array_append_val(uids, process->uid);
		g_hash_table_insert(by_uid, key, GUINT_TO_POINTER(uids->len));
	}
	return uids;
}

void nsl_users_name(NslSnapshot *snapshot, const NslProcfs *procfs)
{
	g_autoptr(GHashTable) by_uid = g_hash_table_new(NULL, NULL);
	g_autoptr(GArray) uids = NULL;
	g_autoptr(NslWork) work = NULL;
	NslWorkSpec spec = {.run = look_up, .keep = {-1, -1}};

	if (!procfs->local)
		return;
	uids = list_uids(snapshot, by_uid);
	spec.n_items = uids->len;
	spec.data = uids;
	work = nsl_work_run(&spec);
	snapshot->coverage[NSL_SOURCE_USERS] = NSL_COVERAGE_COMPLETE;
	for (guint i = 0; i < uids->len; i++) {
		int result = nsl_work_errno(nsl_work_get(work, i).state);

		if (result == -ETIMEDOUT)
			nsl_snapshot_note(snapshot, NSL_SOURCE_USERS, nsl_errno_name(result),
					  "the name service does not answer", 0);
		else if (result < 0)
			nsl_snapshot_note(snapshot, NSL_SOURCE_USERS, nsl_errno_name(result),
					  "no process could be started to ask for users' names", 0);
	}
	for (guint i = 0; i < snapshot->processes->len; i++) {
		NslProcess *process = g_ptr_array_index(snapshot->processes, i);
		guint index = GPOINTER_TO_UINT(
			g_hash_table_lookup(by_uid, GUINT_TO_POINTER(process->uid)));
		NslWorkItem item;

		if (!process->has_status || index == 0)
			continue;
		item = nsl_work_get(work, index - 1);
		if (item.size > 0)
			process->user = g_strndup((const char *)item.record, item.size);
	}
}
