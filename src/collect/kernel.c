/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The passes that ask the kernel which namespaces there are: by listns(2) (Linux 6.19), or else by
 * its own lists (collect/rings.h), which are walked before the scan and after it. A namespace that
 * it lists, and of which no other pass has found a member or holder, is shown all the same.
 */
#include "collect/collect.h"

#include <linux/types.h>

#include "base/each.h"
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

#define RINGS_MESSAGE "the kernel's own lists of namespaces (BPF)"

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

int nsl_collect_try_listns(void)
{
	g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(guint64));

	return list_ids(ids);
}

/*
 * Whether another pass has explained the namespace that the kernel lists. With `name` it is shown
 * in any case; `id` 0: not known.
 */
static bool explain(NslCollect *collect, NslNsType type, guint64 inode, guint64 id, bool name)
{
	NslSnapshot *snapshot = collect->snapshot;
	NslNamespace *ns = nsl_snapshot_get(snapshot, type, inode);
	bool explained = ns && (ns->members->len > 0 || ns->holders->len > 0);

	if (snapshot->root[type] == inode)
		return true;
	if (!explained && !name)
		return false;
	if (!explained) {
		ns = nsl_snapshot_add(snapshot, type, inode);
		nsl_namespace_add_holder(ns, &(NslHolder){.kind = NSL_HOLDER_KERNEL});
	}
	if (id != 0)
		ns->nsid = id;
	return explained;
}

/* 1: another pass has explained it; 0: none has; -errno: it could not be opened. */
static int explain_id(NslCollect *collect, guint64 id)
{
	g_auto(NslFd) fd = nsl_nsfs_open_by_id(id, 0, 0);
	NslNsFile file;
	int result = fd < 0 ? fd : nsl_nsfs_identify_fd(fd, &file);
	NslNsType type;

	if (result < 0)
		return result;
	type = nsl_nstype_by_flag(file.flag);
	return type != NSL_NSTYPE_COUNT && explain(collect, type, file.inode, id, true);
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

	NSL_EACH_IN (guint64, id, now)
		g_hash_table_add(listed, id);
	NSL_EACH_IN (const guint64, id, unopened) {
		if (listing == 0 && !g_hash_table_contains(listed, id))
			collect->snapshot->kernel_known--;
		else
			nsl_collect_note(collect, NSL_SOURCE_KERNEL,
					 "a namespace that the kernel lists could not be opened",
					 result, 0);
	}
}

/*
 * What both walks over the rings have. Outside the initial PID namespace they would name what other
 * processes hold, which cannot be seen: there they only count.
 */
static void take_rings(NslCollect *collect)
{
	NslSnapshot *snapshot = collect->snapshot;
	int result = nsl_rings_settle(collect->bpf.rings);
	const GArray *entries = nsl_rings_entries(collect->bpf.rings);
	bool name = nsl_collect_sees_all_pids(collect->procfs);

	nsl_collect_cover(collect, NSL_SOURCE_KERNEL);
	nsl_collect_note(collect, NSL_SOURCE_KERNEL, RINGS_MESSAGE, result, 0);
	if (result < 0)
		return;
	snapshot->kernel_source = NSL_KERNEL_BPF;
	snapshot->kernel_types = nsl_rings_types(collect->bpf.rings);
	snapshot->kernel_known = entries->len;
	NSL_EACH_IN (const NslRingEntry, entry, entries)
		snapshot->kernel_explained +=
			explain(collect, entry->type, entry->inode, entry->nsid, name);
}

static void take_list(NslCollect *collect, const GArray *ids)
{
	g_autoptr(GArray) unopened = g_array_new(FALSE, FALSE, sizeof(guint64));
	int failed = 0;

	collect->snapshot->kernel_source = NSL_KERNEL_LISTNS;
	collect->snapshot->kernel_types = NSL_NSTYPES_ALL;
	collect->snapshot->kernel_known = ids->len;
	NSL_EACH_IN (const guint64, id, ids) {
		int result = explain_id(collect, *id);

		if (result < 0) {
			failed = result;
			g_array_append_val(unopened, *id);
		}
		collect->snapshot->kernel_explained += result > 0;
	}
	if (unopened->len > 0)
		settle(collect, unopened, failed);
}

void nsl_collect_kernel(NslCollect *collect)
{
	g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(guint64));
	int result;

	if (!collect->procfs->local)
		return;
	result = list_ids(ids);
	if (result == -ENOSYS) {
		if (collect->bpf.rings)
			take_rings(collect);
		return; /* else skipped */
	}
	nsl_collect_cover(collect, NSL_SOURCE_KERNEL);
	nsl_collect_note(collect, NSL_SOURCE_KERNEL, "the kernel's list of namespaces", result, 0);
	if (result == 0)
		take_list(collect, ids);
}

void nsl_collect_rings(NslCollect *collect)
{
	int result;

	if (collect->census_when == NSL_CENSUS_PROCFS || !collect->procfs->local) {
		g_clear_pointer(&collect->bpf.rings, nsl_rings_free);
		return;
	}
	if (collect->bpf.rings) { /* of an earlier collection */
		result = nsl_rings_restart(collect->bpf.rings);
	} else {
		result = nsl_btf_open(&collect->bpf.btf);
		if (result == 0)
			result = nsl_rings_new(collect->procfs, collect->bpf.btf,
					       nsl_procfs_count_tasks(collect->procfs) / 4,
					       &collect->bpf.rings);
	}
	if (result < 0) { /* BPF cannot be had: the census need not try */
		g_clear_pointer(&collect->bpf.rings, nsl_rings_free);
		g_clear_pointer(&collect->bpf.btf, nsl_btf_free);
	}
	/* Where BPF is not there, or not for the caller, that is as it is. */
	if (result == -ENOENT || result == -ENOSYS || nsl_is_denied(result))
		collect->bpf.no_bpf = true;
	else
		nsl_collect_note(collect, NSL_SOURCE_KERNEL, RINGS_MESSAGE, result, 0);
}
