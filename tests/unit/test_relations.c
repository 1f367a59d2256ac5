/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of collect/relations: relations that may not be read are noted, and stay so. What the
 * relations are: live/holders, live/types.
 */
#include "collect/collect.h"

#include <grp.h>
#include <sys/wait.h>

#include "fixture.h"

#define NOBODY 65534

/* In a process of a user who may not open what others' processes are in. `data`: an inode. */
static void check_denied(gpointer data)
{
	guint32 other = (guint32)getppid();
	guint64 inode = *(const guint64 *)data;
	g_autoptr(NslProcfs) procfs = NULL;
	g_autoptr(NslSnapshot) snapshot = nsl_snapshot_new();
	NslCollect collect = {.snapshot = snapshot};
	NslNamespace *ns;

	g_assert_true(setgroups(0, NULL) == 0 && setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
	procfs = nsl_procfs_open(NULL, NULL);
	collect.procfs = procfs;
	nsl_collect_begin(&collect);
	ns = nsl_snapshot_add(snapshot, NSL_NSTYPE_UTS, inode);
	nsl_namespace_add_holder(
		ns, &(NslHolder){.kind = NSL_HOLDER_THREAD, .pid = other, .tid = other});
	for (guint round = 0; round < 2; round++) {
		nsl_collect_relations(&collect);
		fixture_only_issue(snapshot, NSL_SOURCE_RELATIONS, "EACCES", 1);
	}
	g_assert_cmpint(ns->owner.knowledge, ==, NSL_DENIED);
	nsl_collect_end(&collect);
}

TEST(denied)
{
	struct stat found;
	guint64 inode;

	if (geteuid() != 0) {
		g_test_skip("missing: root");
		return;
	}
	g_assert_cmpint(stat("/proc/self/ns/uts", &found), ==, 0);
	inode = found.st_ino;
	fixture_in_child(check_denied, &inode);
}

/* What can be read is complete. */
TEST(own)
{
	g_autoptr(NslProcfs) procfs = nsl_procfs_open(NULL, NULL);
	g_autoptr(NslSnapshot) snapshot = nsl_snapshot_new();
	NslCollect collect = {.snapshot = snapshot, .procfs = procfs};
	guint32 own = (guint32)getpid();
	struct stat found;

	nsl_collect_begin(&collect);
	g_assert_cmpint(stat("/proc/self/ns/uts", &found), ==, 0);
	snapshot->root[NSL_NSTYPE_UTS] = found.st_ino;
	nsl_namespace_add_holder(nsl_snapshot_add(snapshot, NSL_NSTYPE_UTS, found.st_ino),
				 &(NslHolder){.kind = NSL_HOLDER_THREAD, .pid = own, .tid = own});
	nsl_collect_relations(&collect);
	g_assert_cmpint(snapshot->coverage[NSL_SOURCE_RELATIONS], ==, NSL_COVERAGE_COMPLETE);
	nsl_collect_end(&collect);
}
