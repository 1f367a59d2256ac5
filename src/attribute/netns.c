/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The names of ip-netns(8): see netns.h. What stands in that directory anybody with the right to
 * may have put there, and the directory may itself be a dead mount: workers look, first which names
 * there are, a directory an item, then at each of them.
 */
#include "attribute/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/nsfs.h"
#include "base/sys.h"
#include "base/worker.h"

/*
 * Where iproute2 is built to have them; /var/run is /run on all but very old systems. The first
 * that is there counts.
 */
static const char *const directories[] = {"/run/netns", "/var/run/netns"};

#define MAX_NAMES 100000

typedef struct Names {
	const char *directory;
	GPtrArray *names;
} Names;

/* What a worker sends about a name. */
typedef struct Found {
	int result;
	NslNsFile file;
} Found;

/* The record is the result, an int, and the names, each with its NUL. */
static void list_names(gpointer data, guint item, bool careful, GByteArray *out)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	g_auto(NslFd) dir = -1;
	int result;

	(void)data;
	if (careful) /* there is no careful way to walk a path */
		return;
	dir = nsl_fd_openat(AT_FDCWD, directories[item], O_RDONLY | O_DIRECTORY);
	result = dir < 0 ? dir : nsl_fd_list(dir, MAX_NAMES, names);
	g_byte_array_append(out, (const guint8 *)&result, sizeof(result));
	for (guint i = 0; i < names->len; i++) {
		const char *name = g_ptr_array_index(names, i);

		g_byte_array_append(out, (const guint8 *)name, (guint)strlen(name) + 1);
	}
}

static void read_name(gpointer data, guint item, bool careful, GByteArray *out)
{
	const Names *names = data;
	const char *name = g_ptr_array_index(names->names, item);
	g_autofree char *path = g_strdup_printf("%s/%s", names->directory, name);
	Found found = {.result = -ETIMEDOUT};

	if (!careful)
		found.result = nsl_nsfs_identify(AT_FDCWD, path, &found.file);
	g_byte_array_append(out, (const guint8 *)&found, sizeof(found));
}

static gint compare_names(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void note(NslSnapshot *snapshot, const char *path, int result)
{
	g_autofree char *message = NULL;

	if (result == 0)
		return;
	message = g_strdup_printf("%s: %s", path, nsl_errno_text(result));
	nsl_snapshot_note(snapshot, NSL_SOURCE_NETNS, nsl_errno_name(result), message, 0);
}

static void take_name(NslSnapshot *snapshot, const char *path, const char *name, const Found *found)
{
	NslNamespace *ns;

	/* A file that is no namespace is what a failed `ip netns delete` leaves: no name. */
	if (found->result == -EMEDIUMTYPE || nsl_is_gone(found->result))
		return;
	if (found->result < 0) {
		note(snapshot, path, found->result);
		return;
	}
	if (nsl_nstype_by_flag(found->file.flag) != NSL_NSTYPE_NET)
		return;
	ns = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, found->file.inode);
	nsl_namespace_add_name(ns, name);
	if (found->file.mount)
		nsl_namespace_add_holder(ns, &(NslHolder){.kind = NSL_HOLDER_MOUNT,
							  .path = (char *)path,
							  .named = true,
							  .mnt_ns = snapshot->own_mnt});
}

static void name_all(NslSnapshot *snapshot, const Names *names, gint64 *waited)
{
	NslWorkSpec spec = {
		.n_items = names->names->len,
		.run = read_name,
		.data = (gpointer)names,
		.keep = {-1, -1},
		.waited = waited,
	};
	g_autoptr(NslWork) work = nsl_work_run(&spec);

	for (guint i = 0; i < names->names->len; i++) {
		const char *name = g_ptr_array_index(names->names, i);
		g_autofree char *path = g_strdup_printf("%s/%s", names->directory, name);
		NslWorkItem item = nsl_work_get(work, i);
		Found found = {.result = nsl_work_errno(item.state)};

		if (item.state == NSL_WORK_DONE && item.size == sizeof(found))
			memcpy(&found, item.record, sizeof(found));
		take_name(snapshot, path, name, &found);
	}
}

/* Appends the names, sorted. What became of the directory: 0 or -errno. */
static int take_list(NslWorkItem item, GPtrArray *names)
{
	int result = nsl_work_errno(item.state);
	gsize at = sizeof(result);

	if (item.size < sizeof(result))
		return result < 0 ? result : -EBADMSG;
	if (result == 0)
		memcpy(&result, item.record, sizeof(result));
	while (at < item.size) {
		const char *name = (const char *)item.record + at;
		gsize size = strnlen(name, item.size - at);

		g_ptr_array_add(names, g_strndup(name, size));
		at += size + 1;
	}
	g_ptr_array_sort(names, compare_names);
	return result;
}

void nsl_netns_name(NslSnapshot *snapshot, const NslProcfs *procfs, gint64 *waited)
{
	g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);
	NslWorkSpec spec = {.n_items = G_N_ELEMENTS(directories),
			    .run = list_names,
			    .keep = {-1, -1},
			    .waited = waited};
	g_autoptr(NslWork) work = NULL;
	Names names = {.names = all};
	int result = -ENOENT;

	if (!procfs->local)
		return;
	snapshot->coverage[NSL_SOURCE_NETNS] = NSL_COVERAGE_COMPLETE;
	work = nsl_work_run(&spec);
	for (gsize i = 0; i < G_N_ELEMENTS(directories) && nsl_is_gone(result); i++) {
		names.directory = directories[i];
		result = take_list(nsl_work_get(work, (guint)i), all);
	}
	if (!nsl_is_gone(result))
		note(snapshot, names.directory, result);
	name_all(snapshot, &names, waited);
}
