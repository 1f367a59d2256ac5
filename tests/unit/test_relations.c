/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of collect/relations: relations that may not be read are noted, and stay so. What the
 * relations are: live/holders, live/types.
 */
#include <grp.h>

#include "collecting.h"

#define NOBODY 65534

static void set_up(Fixture *f)
{
	collecting_set_up(f);
	f->collect.procfs = f->real;
}

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
TEST_WITH_FIXTURE(own)
{
	guint32 own = (guint32)getpid();
	struct stat found;

	g_assert_cmpint(stat("/proc/self/ns/uts", &found), ==, 0);
	f->snapshot->root[NSL_NSTYPE_UTS] = found.st_ino;
	nsl_namespace_add_holder(nsl_snapshot_add(f->snapshot, NSL_NSTYPE_UTS, found.st_ino),
				 &(NslHolder){.kind = NSL_HOLDER_THREAD, .pid = own, .tid = own});
	collecting_run(f, nsl_collect_relations);
	g_assert_cmpint(f->snapshot->coverage[NSL_SOURCE_RELATIONS], ==, NSL_COVERAGE_COMPLETE);
}
