/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The pass that asks the kernel which namespaces there are (listns(2), Linux 6.19). A namespace
 * that it lists, and of which no other pass has found a member or holder, is shown all the same.
 */
#include "collect/collect.h"

#include <errno.h>
#include <linux/types.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/nsfs.h"
#include "base/sys.h"

#ifndef SYS_listns
#define SYS_listns 470 /* the same number on every architecture */
#endif

/* include/uapi/linux/nsfs.h of Linux 6.19 */
struct request {
	__u32 size;
	__u32 spare;
	__u64 ns_id; /* the last one that is known */
	__u32 ns_type;
	__u32 spare2;
	__u64 user_ns_id;
};

#define BATCH 4096

/* Appends all ids (guint64). 0 or -errno. */
static int list_ids(GArray *ids)
{
	struct request request = {.size = sizeof(request)};

	for (;;) {
		g_autofree guint64 *batch = g_new(guint64, BATCH);
		long n = syscall(SYS_listns, &request, batch, BATCH, 0);

		/* Past the last one the answer is ENOENT, not 0. */
		if (n < 0)
			return errno == ENOENT && ids->len > 0 ? 0 : -errno;
		g_array_append_vals(ids, batch, (guint)n);
		if (n < BATCH)
			return 0;
		request.ns_id = batch[n - 1];
	}
}

/* 1: another pass has explained it; 0: none has; -errno: it could not be opened. */
static int explain(NslCollect *collect, guint64 id)
{
	g_auto(NslFd) fd = nsl_nsfs_open_by_id(id, 0, 0);
	NslNsFile file;
	int result = fd < 0 ? fd : nsl_nsfs_identify_fd(fd, &file);
	NslNsType type;
	NslNamespace *ns;

	if (result < 0)
		return result;
	type = nsl_nstype_by_flag(file.flag);
	if (type == NSL_NSTYPE_COUNT)
		return 0;
	ns = nsl_snapshot_get(collect->snapshot, type, file.inode);
	if (collect->snapshot->root[type] == file.inode)
		return 1;
	if (ns && (ns->members->len > 0 || ns->holders->len > 0)) {
		ns->nsid = id;
		return 1;
	}
	ns = nsl_snapshot_add(collect->snapshot, type, file.inode);
	ns->nsid = id;
	nsl_namespace_add_holder(ns, &(NslHolder){.kind = NSL_HOLDER_KERNEL});
	return 0;
}

/*
 * For ids that could not be opened (guint64). A namespace that is not listed any more has ended,
 * which is normal: it is not counted. Any other one is an issue.
 */
static void settle(NslCollect *collect, const GArray *unopened, int result)
{
	g_autoptr(GArray) now = g_array_new(FALSE, FALSE, sizeof(guint64));
	g_autoptr(GHashTable) listed = g_hash_table_new(g_int64_hash, g_int64_equal);
	int listing = list_ids(now);

	for (guint i = 0; i < now->len; i++)
		g_hash_table_add(listed, &g_array_index(now, guint64, i));
	for (guint i = 0; i < unopened->len; i++) {
		if (listing == 0 &&
		    !g_hash_table_contains(listed, &g_array_index(unopened, guint64, i)))
			collect->snapshot->kernel_known--;
		else
			nsl_collect_note(collect, NSL_SOURCE_KERNEL,
					 "a namespace that the kernel lists could not be opened",
					 result, 0);
	}
}

void nsl_collect_kernel(NslCollect *collect)
{
	g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(guint64));
	g_autoptr(GArray) unopened = g_array_new(FALSE, FALSE, sizeof(guint64));
	int failed = 0;
	int result;

	if (!collect->procfs->local)
		return;
	result = list_ids(ids);
	if (result == -ENOSYS)
		return; /* skipped */
	nsl_collect_cover(collect, NSL_SOURCE_KERNEL);
	nsl_collect_note(collect, NSL_SOURCE_KERNEL, "the kernel's list of namespaces", result, 0);
	if (result < 0)
		return;
	collect->snapshot->kernel_known = ids->len;
	for (guint i = 0; i < ids->len; i++) {
		guint64 id = g_array_index(ids, guint64, i);

		result = explain(collect, id);
		if (result < 0) {
			failed = result;
			g_array_append_val(unopened, id);
		}
		collect->snapshot->kernel_explained += result > 0;
	}
	if (unopened->len > 0)
		settle(collect, unopened, failed);
}
