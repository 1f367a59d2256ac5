/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which processes there are: see collect.h.
 */
#include "collect/collect.h"

#include <linux/capability.h>
#include <string.h>
#include <unistd.h>

#include "base/mounts.h"
#include "base/sys.h"

static void note(const NslCollect *collect, const char *code, const char *message)
{
	nsl_snapshot_note(collect->snapshot, NSL_SOURCE_PROCESSES, code, message, 0);
}

/* Adds the selected PIDs: threads' too, which no listing of /proc shows. Each once, ascending. */
static void add_selected(const NslSelection *selection, GArray *entries)
{
	g_autoptr(GList) pids = g_hash_table_get_keys(selection->pids);
	guint listed = entries->len;
	guint kept = 0;

	for (const GList *pid = pids; pid; pid = pid->next) {
		NslProcfsEntry entry = {.pid = GPOINTER_TO_UINT(pid->data)};

		if (entry.pid != 0)
			g_array_append_val(entries, entry);
	}
	for (guint i = 0; i < selection->tasks->len; i++) {
		NslProcfsEntry entry = {.pid = g_array_index(selection->tasks, guint32, i)};

		g_array_append_val(entries, entry);
	}
	if (entries->len == listed)
		return;
	g_array_sort(entries, nsl_pid_compare); /* which is stable: of one PID the first counts */
	for (guint i = 0; i < entries->len; i++) {
		NslProcfsEntry entry = g_array_index(entries, NslProcfsEntry, i);

		if (kept == 0 || g_array_index(entries, NslProcfsEntry, kept - 1).pid != entry.pid)
			g_array_index(entries, NslProcfsEntry, kept++) = entry;
	}
	g_array_set_size(entries, kept);
}

static bool is_in_group(const char *gid)
{
	int n = getgroups(0, NULL);
	g_autofree gid_t *groups = g_new(gid_t, MAX(n, 1));
	guint64 number;

	if (!nsl_parse_number(gid, strlen(gid), G_MAXUINT32, &number))
		return false;
	n = getgroups(n, groups);
	for (int i = 0; i < n; i++)
		if (groups[i] == number)
			return true;
	return getegid() == number;
}

/* Whether ptrace(2) may be used on any process: the caller has the right in the initial namespace.
 */
static bool may_trace_all(int self)
{
	guint64 user;

	return nsl_nstype_read(self, NSL_NSTYPE_USER, &user) == 0 &&
	       user == nsl_nstypes[NSL_NSTYPE_USER].initial_inode &&
	       nsl_has_capability(CAP_SYS_PTRACE);
}

/*
 * Whether the procfs leaves out processes that the caller may not look into (proc(5), hidepid): of
 * PID 1 that is seen, of others the mount options tell. Before Linux 5.8 those are numbers.
 */
static bool hides_processes(const NslCollect *collect, const GArray *entries)
{
	const NslProcfs *procfs = collect->procfs;
	g_auto(NslFd) self = nsl_procfs_open_self(procfs);
	g_auto(NslFd) mountinfo = self < 0 ? self : nsl_process_open_mountinfo(self);
	g_autofree char *text = NULL;
	g_auto(GStrv) options = NULL;
	bool hides = false;
	bool member = false;

	if (g_array_index(entries, NslProcfsEntry, 0).pid != 1)
		return true;
	text = mountinfo < 0 ? NULL : nsl_mounts_options(mountinfo, procfs->fd);
	options = g_strsplit(text ? text : "", ",", -1);
	for (char **option = options; *option; option++) {
		if (strcmp(*option, "hidepid=ptraceable") == 0 || strcmp(*option, "hidepid=4") == 0)
			return !may_trace_all(self);
		hides = hides || strcmp(*option, "hidepid=invisible") == 0 ||
			strcmp(*option, "hidepid=2") == 0;
		member = member || (g_str_has_prefix(*option, "gid=") &&
				    is_in_group(*option + strlen("gid=")));
	}
	return hides && !member && !may_trace_all(self);
}

/* What the listing leaves out is unseen, and an issue. */
static void note_hidden(const NslCollect *collect, const GArray *entries)
{
	const NslProcfs *procfs = collect->procfs;
	NslSnapshot *snapshot = collect->snapshot;
	guint64 pid_ns;

	if (!procfs->real)
		return;
	if (hides_processes(collect, entries)) {
		snapshot->unseen |= NSL_UNSEEN_ANYWHERE;
		note(collect, NSL_HIDEPID,
		     "procfs hides other users' processes (mount option hidepid); run as root to "
		     "see them");
	}
	pid_ns = nsl_collect_pid_ns(procfs);
	if (pid_ns == nsl_nstypes[NSL_NSTYPE_PID].initial_inode)
		return;
	snapshot->unseen |= NSL_UNSEEN_OUTSIDE;
	note(collect, "pid-namespace",
	     pid_ns != 0 ? "processes outside this PID namespace cannot be seen"
			 : "whether there are processes outside the PID namespace of the procfs is "
			   "not known");
}

bool nsl_collect_process_list(NslCollect *collect, GArray *entries, GError **error)
{
	const NslProcfs *procfs = collect->procfs;
	bool only_selected = collect->snapshot->only_selected;
	int result = 0;

	/* For selected PIDs alone the others need not be there, but a procfs it must be. */
	if (!only_selected || !procfs->real) {
		result = nsl_procfs_list_entries(procfs, entries);
		if (result < 0)
			return nsl_fail(error, result, "%s", procfs->path);
		if (entries->len == 0) {
			g_set_error(error, NSL_ERROR, NSL_ERROR_SYSTEM,
				    "%s: no process directories; is a procfs mounted there?",
				    procfs->path);
			return false;
		}
	}
	if (only_selected)
		g_array_set_size(entries, 0);
	else
		note_hidden(collect, entries);
	add_selected(collect->selection, entries);
	return true;
}
