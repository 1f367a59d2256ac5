/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The names of ip-netns(8): see attribute.h. Anybody with the right to may have put anything into
 * that directory, and it may itself be a dead mount. So workers look, unless that can be ruled out:
 * first at the directories, then at each name.
 */
#include <fcntl.h>
#include <string.h>

#include "attribute/attribute.h"
#include "base/each.h"
#include "base/mounts.h"
#include "base/nsfs.h"
#include "base/sys.h"
#include "base/worker.h"

/* iproute2's directory; the first that is there counts. Only on old systems they are two. */
static const char *const directories[] = {"/run/netns", "/var/run/netns"};

#define MAX_NAMES 100000
#define MAX_STALE 20 /* that are named in an issue of their own */

typedef struct Job {
	const NslProcfs *procfs;
	const char *directory;
	bool near;	  /* see nsl_mounts_are_near() */
	GPtrArray *paths; /* char *: of the names, sorted */
} Job;

typedef struct Found {
	int result;
	NslNsFile file;
} Found;

static gint compare_paths(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The record is an int, 0 or -errno, and the names, each with its NUL. */
static void list_names(gpointer data, guint item, bool careful, GByteArray *out)
{
	const Job *job = data;
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	g_auto(NslFd) dir = -1;
	int result;

	(void)item;  /* there is one */
	if (careful) /* there is no careful way to walk a path */
		return;
	dir = job->procfs->root_pid == 0
		      ? nsl_fd_openat(AT_FDCWD, job->directory, O_RDONLY | O_DIRECTORY)
		      : nsl_fd_openat_in_root(job->procfs->root, job->directory,
					      O_RDONLY | O_DIRECTORY);
	result = dir < 0 ? dir : nsl_fd_list(dir, MAX_NAMES, names);
	nsl_work_send(out, &result, sizeof(result));
	NSL_EACH (const char, name, names)
		nsl_work_send(out, name, strlen(name) + 1);
}

static bool list_at_once(gpointer data, guint item, GByteArray *out)
{
	const Job *job = data;

	if (job->near)
		list_names(data, item, false, out);
	return job->near;
}

/* 0 or -errno, and the paths of what was listed. */
static int take_names(Job *job, NslWorkItem item)
{
	int result = nsl_work_errno(item.state);
	const char *name;

	if (item.state != NSL_WORK_DONE || !nsl_work_take(&item, &result, sizeof(result)))
		return result;
	for (name = (const char *)item.record; name < (const char *)item.record + item.size;
	     name += strlen(name) + 1)
		g_ptr_array_add(job->paths, g_strdup_printf("%s/%s", job->directory, name));
	g_ptr_array_sort(job->paths, compare_paths);
	return result;
}

static void identify(gpointer data, guint item, bool careful, GByteArray *out)
{
	const Job *job = data;
	const char *path = g_ptr_array_index(job->paths, item);
	Found found = {.result = -ETIMEDOUT};

	if (!careful)
		found.result =
			job->procfs->root_pid == 0
				? nsl_nsfs_identify(AT_FDCWD, path, &found.file)
				: nsl_nsfs_identify_in_root(job->procfs->root, path, &found.file);
	nsl_work_send(out, &found, sizeof(found));
}

/* NslWorkAtOnce: a link may lead anywhere. */
static bool identify_at_once(gpointer data, guint item, GByteArray *out)
{
	const Job *job = data;
	const char *path = g_ptr_array_index(job->paths, item);
	struct stat status;

	if (!job->near ||
	    fstatat(AT_FDCWD, path, &status, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) < 0 ||
	    S_ISLNK(status.st_mode))
		return false;
	identify(data, item, false, out);
	return true;
}

static void note(NslSnapshot *snapshot, const char *path, int result)
{
	g_autofree char *message = g_strdup_printf("%s: %s", path, nsl_errno_text(result));

	nsl_snapshot_note(snapshot, NSL_SOURCE_NETNS, nsl_errno_name(result), message, 0);
}

/* What leads to no net namespace: after a boot, or a deletion that failed half-way, a mere file. */
static void take_stale(NslSnapshot *snapshot, NslSelection *selection, const char *path,
		       const Found *found, guint *n_stale)
{
	NslNsType type =
		found->result < 0 ? NSL_NSTYPE_COUNT : nsl_nstype_by_flag(found->file.flag);
	g_autofree char *why = g_strdup_printf("%s refers to no%s namespace (stale name)", path,
					       type == NSL_NSTYPE_COUNT ? "" : " net");

	nsl_selection_explain(selection, path, why);
	nsl_selection_explain(selection, strrchr(path, '/') + 1, why);
	if (++*n_stale > MAX_STALE) {
		g_free(why);
		why = g_strdup("more names of ip netns refer to no namespace (stale names)");
	}
	nsl_snapshot_note(snapshot, NSL_SOURCE_NETNS, NSL_ISSUE_STALE, why, 0);
}

/* Whether the name is one that an engine gives: cni-…, and UUIDs of podman and CRI-O. */
static bool is_engine_name(const char *name)
{
	if (g_str_has_prefix(name, "cni-"))
		return true;
	return g_uuid_string_is_valid(g_str_has_prefix(name, "netns-") ? name + strlen("netns-")
								       : name);
}

static void take_name(NslSnapshot *snapshot, const NslProcfs *procfs, char *path,
		      const Found *found)
{
	NslNamespace *ns = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, found->file.inode);
	const char *name = strrchr(path, '/') + 1;

	if (!found->file.mount || ns->root || is_engine_name(name))
		nsl_namespace_give_name(ns, name);
	else
		nsl_namespace_add_name(ns, name);
	if (found->file.mount)
		nsl_namespace_add_holder(ns, &(NslHolder){.kind = NSL_HOLDER_MOUNT,
							  .path = path,
							  .named = true,
							  .mnt_ns = procfs->root_pid == 0
									    ? snapshot->own_mnt
									    : procfs->root_mnt,
							  .state = NSL_MOUNT_OPEN});
}

static void name_all(NslSnapshot *snapshot, NslSelection *selection, Job *job, gint64 *waited)
{
	const NslProcfs *procfs = job->procfs;
	guint n_stale = 0;
	NslWorkSpec spec = {
		.n_items = job->paths->len,
		.run = identify,
		.at_once = identify_at_once,
		.data = job,
		.keep = {procfs->root, -1},
		.waited = waited,
	};
	g_autoptr(NslWork) work = nsl_work_run(&spec);

	for (guint i = 0; i < spec.n_items; i++) {
		NslWorkItem item = nsl_work_get(work, i);
		char *path = g_ptr_array_index(job->paths, i);
		Found found = {.result = nsl_work_errno(item.state)};

		if (item.state == NSL_WORK_DONE)
			nsl_work_take(&item, &found, sizeof(found));
		if (found.result == -EMEDIUMTYPE || nsl_is_gone(found.result) ||
		    (found.result == 0 && nsl_nstype_by_flag(found.file.flag) != NSL_NSTYPE_NET))
			take_stale(snapshot, selection, path, &found, &n_stale);
		else if (found.result < 0)
			note(snapshot, path, found.result);
		else
			take_name(snapshot, procfs, path, &found);
	}
}

/* Once for all kinds of names. */
static void note_no_root(NslSnapshot *snapshot, const NslProcfs *procfs)
{
	g_autofree char *message = NULL;

	if (procfs->root_error == -EXDEV)
		message = g_strdup_printf(
			"no names of users, containers and ip netns: %s is not of the initial PID "
			"namespace",
			procfs->path);
	else
		message = g_strdup_printf("no names of users, containers and ip netns: the root "
					  "directory of the system "
					  "of %s: %s",
					  procfs->path, nsl_errno_text(procfs->root_error));
	nsl_snapshot_note(snapshot, NSL_SOURCE_NETNS, nsl_errno_name(procfs->root_error), message,
			  0);
}

static bool is_near(const NslProcfs *procfs, const char *directory)
{
	g_auto(NslFd) self =
		procfs->local && procfs->root_pid == 0 ? nsl_procfs_open_self(procfs) : -1;
	g_auto(NslFd) mountinfo = self < 0 ? self : nsl_process_open_mountinfo(self);

	return mountinfo >= 0 && nsl_mounts_are_near(mountinfo, directory);
}

void nsl_netns_name(NslSnapshot *snapshot, const NslProcfs *procfs, NslSelection *selection,
		    gint64 *waited)
{
	Job job = {.procfs = procfs};
	NslWorkSpec spec = {.n_items = 1,
			    .run = list_names,
			    .at_once = list_at_once,
			    .data = &job,
			    .keep = {procfs->root, -1},
			    .waited = waited};
	int result = -ENOENT;

	if (procfs->root < 0) {
		if (procfs->real)
			note_no_root(snapshot, procfs);
		return;
	}
	snapshot->coverage[NSL_SOURCE_NETNS] = NSL_COVERAGE_COMPLETE;
	for (guint i = 0; i < G_N_ELEMENTS(directories) && nsl_is_gone(result); i++) {
		g_autoptr(NslWork) work = NULL;
		g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);

		job.paths = paths;
		job.directory = directories[i];
		job.near = is_near(procfs, directories[i]);
		work = nsl_work_run(&spec);
		result = take_names(&job, nsl_work_get(work, 0));
		if (result < 0 && !nsl_is_gone(result))
			note(snapshot, directories[i], result);
		if (paths->len > 0)
			name_all(snapshot, selection, &job, waited);
	}
}
