/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The names of users: see attribute.h.
 */
#include <pwd.h>
#include <string.h>

#include "attribute/attribute.h"
#include "base/each.h"
#include "base/sys.h"
#include "base/untrusted.h"
#include "base/worker.h"

#define PASSWD_LIMIT (8u << 20)

typedef struct Job {
	const NslProcfs *procfs;
	gpointer *uids; /* as pointers */
	char *passwd;	/* in each worker */
} Job;

void nsl_user_clear(NslUser *user)
{
	g_free(user->name);
	g_free(user->home);
}

bool nsl_passwd_find(const char *text, guint32 uid, NslUser *ret_user)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (char **line = lines; *line; line++) {
		g_auto(GStrv) fields = g_strsplit(*line, ":", -1);
		guint64 number;
		guint64 gid;

		/* name:x:UID:GID:text:home:shell */
		if (g_strv_length(fields) == 7 && fields[0][0] &&
		    nsl_parse_number(fields[2], strlen(fields[2]), G_MAXUINT32, &number) &&
		    nsl_parse_number(fields[3], strlen(fields[3]), G_MAXUINT32, &gid) &&
		    number == uid) {
			*ret_user =
				(NslUser){g_strdup(fields[0]), g_strdup(fields[5]), (guint32)gid};
			return true;
		}
	}
	return false;
}

/* 0 or -errno. */
static int read_passwd(int root, char **ret_text)
{
	g_autoptr(NslFiles) files = nsl_files_new(root);
	g_auto(NslFile) file = {0};
	int result = nsl_files_read(files, "/etc", "passwd", 0, PASSWD_LIMIT, &file);

	if (result == 0)
		*ret_text = g_steal_pointer(&file.bytes);
	return result;
}

static int ask_name_service(guint32 uid, NslUser *ret_user)
{
	char buffer[16384];
	struct passwd entry;
	struct passwd *found = NULL;
	int result = -getpwuid_r(uid, &entry, buffer, sizeof(buffer), &found);

	if (found)
		*ret_user =
			(NslUser){g_strdup(entry.pw_name), g_strdup(entry.pw_dir), entry.pw_gid};
	/* With these there is no such user: getpwnam(3). */
	return result == -ENOENT || result == -ESRCH || result == -EBADF || result == -EPERM
		       ? 0
		       : result;
}

int nsl_user_find(const NslProcfs *procfs, guint32 uid, char **text, NslUser *ret_user)
{
	int result;

	*ret_user = (NslUser){0};
	if (procfs->root_pid == 0)
		return ask_name_service(uid, ret_user);
	result = *text ? 0 : read_passwd(procfs->root, text);
	if (result == 0)
		nsl_passwd_find(*text, uid, ret_user);
	return result;
}

/* The record is an int, 0 or -errno, and the name; empty: there is none. */
static void look_up(gpointer data, guint item, bool careful, GByteArray *out)
{
	Job *job = data;
	g_auto(NslUser) user = {0};
	int result;

	if (careful)
		return;
	result = nsl_user_find(job->procfs, GPOINTER_TO_UINT(job->uids[item]), &job->passwd, &user);
	nsl_work_send(out, &result, sizeof(result));
	if (user.name)
		nsl_work_send(out, user.name, strlen(user.name));
}

static void note_failure(NslSnapshot *snapshot, const NslProcfs *procfs, int result)
{
	const char *message = "the name service failed";

	if (result == -EAGAIN)
		message = "no process could be started to ask for users' names";
	else if (procfs->root_pid != 0)
		message = "/etc/passwd of the system of that procfs could not be read";
	else if (result == -ETIMEDOUT)
		message = "the name service does not answer";
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
	NSL_EACH (NslProcess, process, snapshot->processes)
		if (process->has_status)
			visit(names, process->uid, tell ? &process->user : NULL);
	NSL_EACH_KEY (NslNamespace, ns, snapshot->namespaces)
		if (ns->has_owner_uid == NSL_KNOWN)
			visit(names, ns->owner_uid, tell ? &ns->owner_name : NULL);
}

void nsl_users_name(NslSnapshot *snapshot, const NslProcfs *procfs, gint64 *waited)
{
	g_autoptr(GHashTable) names = g_hash_table_new_full(NULL, NULL, NULL, g_free); /* by UID */
	g_autofree gpointer *uids = NULL;
	g_autoptr(NslWork) work = NULL;
	Job job = {.procfs = procfs};
	NslWorkSpec spec = {
		.run = look_up, .data = &job, .keep = {procfs->root, -1}, .waited = waited};

	if (procfs->root < 0)
		return;
	visit_all(snapshot, names, false);
	uids = g_hash_table_get_keys_as_array(names, &spec.n_items);
	job.uids = uids;
	work = nsl_work_run(&spec);
	snapshot->coverage[NSL_SOURCE_USERS] = NSL_COVERAGE_COMPLETE;
	for (guint i = 0; i < spec.n_items; i++) {
		NslWorkItem item = nsl_work_get(work, i);
		int result = nsl_work_errno(item.state);

		if (item.state == NSL_WORK_DONE)
			nsl_work_take(&item, &result, sizeof(result));
		if (result < 0)
			note_failure(snapshot, procfs, result);
		else if (item.size > 0)
			g_hash_table_insert(names, uids[i], nsl_work_take_text(&item, item.size));
	}
	visit_all(snapshot, names, true);
}
