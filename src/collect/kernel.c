/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The pass that asks the kernel which namespaces there are (listns(2), Linux 6.19): what it lists
 * and nobody was found to hold is shown all the same. The last one.
 */
#include "collect/passes.h"

#include <errno.h>
#include <linux/types.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"
#include "base/nsfs.h"

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

static bool explain(NslCollect *collect, guint64 id)
{
	g_auto(NslFd) fd = nsl_nsfs_open_by_id(id, 0, 0);
	NslNsFile file;
	NslNsType type;
	NslNamespace *ns;

	/* It has ended since, or it is kept from the caller: which of them cannot be told. */
	if (fd < 0 || nsl_nsfs_identify_fd(fd, &file) < 0)
		return true;
	type = nsl_nstype_by_flag(file.flag);
	if (type == NSL_NSTYPE_COUNT)
		return true;
	ns = nsl_snapshot_get(collect->snapshot, type, file.inode);
	if (collect->snapshot->root[type] == file.inode)
		return true;
	if (ns && (ns->members->len > 0 || ns->holders->len > 0)) {
		ns->nsid = id;
		return true;
	}
	ns = nsl_snapshot_add(collect->snapshot, type, file.inode);
	ns->nsid = id;
	nsl_namespace_add_holder(ns, &(NslHolder){.kind = NSL_HOLDER_KERNEL});
	return false;
}

bool nsl_collect_kernel(NslCollect *collect, GError **error)
{
	g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(guint64));
	int result;

	(void)error;
	if (!collect->procfs->local)
		return true;
	result = list_ids(ids);
	if (result == -ENOSYS)
		return true; /* skipped */
	collect->snapshot->coverage[NSL_SOURCE_KERNEL] = NSL_COVERAGE_COMPLETE;
	nsl_collect_note(collect, NSL_SOURCE_KERNEL, "the kernel's list of namespaces", result, 0);
	if (result < 0)
		return true;
	collect->snapshot->kernel_known = ids->len;
	for (guint i = 0; i < ids->len; i++)
		collect->snapshot->kernel_explained +=
			explain(collect, g_array_index(ids, guint64, i));
	return true;
}
