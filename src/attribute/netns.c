/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The names of ip-netns(8): see netns.h. What stands in that directory anybody with the right to
 * may have put there, links into dead mounts too: a worker looks at it, one entry an item.
 */
#include "attribute/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/nsfs.h"
#include "base/worker.h"

/* Where iproute2 is built to have them; /var/run is /run on all but very old systems. */
static const char *const directories[] = {"/run/netns", "/var/run/netns"};

#define MAX_NAMES 100000

typedef struct Names {
	int dir;
	GPtrArray *names;
} Names;

/* What a worker sends about a name. */
typedef struct Found {
	int result;
	NslNsFile file;
} Found;

static void read_name(gpointer data, guint item, bool careful, GByteArray *out)
{
	const Names *names = data;
	Found found = {.result = -ETIMEDOUT};

	if (!careful) /* there is no careful way to walk a path */
		found.result = nsl_nsfs_identify(names->dir, g_ptr_array_index(names->names, item),
						 &found.file);
	g_byte_array_append(out, (const guint8 *)&found, sizeof(found));
}

static gint compare_names(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void note(NslSnapshot *snapshot, const char *path, int result)
{
	g_autofree char *message = g_strdup_printf("%s: %s", path, g_strerror(-result));

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

static void name_all(NslSnapshot *snapshot, const char *directory, const Names *names)
{
	NslWorkSpec spec = {
		.n_items = names->names->len,
		.run = read_name,
		.data = (gpointer)names,
		.keep = {names->dir, -1},
	};
	g_autoptr(NslWork) work = nsl_work_run(&spec);

	for (guint i = 0; i < names->names->len; i++) {
		const char *name = g_ptr_array_index(names->names, i);
		g_autofree char *path = g_strdup_printf("%s/%s", directory, name);
		NslWorkItem item = nsl_work_get(work, i);
		Found found = {.result = nsl_work_errno(item.state)};

		if (item.state == NSL_WORK_DONE && item.size == sizeof(found))
			memcpy(&found, item.record, sizeof(found));
		take_name(snapshot, path, name, &found);
	}
}

void nsl_netns_name(NslSnapshot *snapshot, const NslProcfs *procfs)
{
	const char *directory = directories[0];
	g_auto(NslFd) dir = -1;
	g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);
	Names names = {.names = all};
	int result;

	if (!procfs->local)
		return;
	snapshot->coverage[NSL_SOURCE_NETNS] = NSL_COVERAGE_COMPLETE;
	for (gsize i = 0; i < G_N_ELEMENTS(directories) && dir < 0; i++) {
		directory = directories[i];
		dir = nsl_fd_openat(AT_FDCWD, directory, O_RDONLY | O_DIRECTORY);
		if (dir < 0 && !nsl_is_gone(dir))
			note(snapshot, directory, dir);
	}
	if (dir < 0)
		return;
	result = nsl_fd_list(dir, MAX_NAMES, all);
	g_ptr_array_sort(all, compare_names);
	if (result < 0)
		note(snapshot, directory, result);
	names.dir = dir;
	name_all(snapshot, directory, &names);
}
