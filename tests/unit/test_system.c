/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of collect/system.
 */
#include <sys/utsname.h>

#include "collect/collect.h"
#include "fixture.h"

static NslSnapshot *collect_from(const char *dir)
{
	g_autoptr(NslProcfs) procfs = fixture_open(dir);
	NslSnapshot *snapshot = fixture_snapshot();
	NslCollect collect = {.snapshot = snapshot, .procfs = procfs};

	nsl_collect_system(&collect);
	return snapshot;
}

/* A recorded tree tells its own system's. */
TEST(recorded)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_autoptr(NslSnapshot) snapshot = NULL;

	fixture_file(dir, "sys/kernel/hostname", "recorded\n", -1);
	fixture_file(dir, "sys/kernel/osrelease", "5.4.0-42-generic\n", -1);
	fixture_file(dir, "sys/kernel/random/boot_id", "3d0f…\n", -1);
	fixture_file(dir, "stat", "cpu 1\nbtime 1769860800\n", -1);
	snapshot = collect_from(dir);
	g_assert_cmpstr(snapshot->hostname, ==, "recorded");
	g_assert_cmpstr(snapshot->kernel, ==, "5.4.0-42-generic");
	g_assert_cmpstr(snapshot->boot_id, ==, "3d0f…");
	g_assert_cmpint(snapshot->boot_time, ==, 1769860800);
	g_assert_null(snapshot->machine_id);
}

TEST(missing)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_autoptr(NslSnapshot) snapshot = collect_from(dir);

	g_assert_null(snapshot->hostname);
	g_assert_null(snapshot->kernel);
	g_assert_null(snapshot->boot_id);
	g_assert_null(snapshot->machine_id);
	g_assert_cmpint(snapshot->boot_time, ==, 0);
	g_assert_true(nsl_snapshot_is_complete(snapshot));
}

TEST(real)
{
	g_autoptr(NslSnapshot) snapshot = collect_from(NULL);
	struct utsname names;

	g_assert_cmpint(uname(&names), ==, 0);
	g_assert_true(nsl_snapshot_is_complete(snapshot)); /* nothing is said to be missing */
	g_assert_cmpstr(snapshot->hostname, ==, names.nodename);
	g_assert_cmpstr(snapshot->kernel, ==, names.release);
	g_assert_cmpuint(strlen(snapshot->boot_id), ==, 36);
	g_assert_cmpint(snapshot->boot_time, >, 0);
	if (snapshot->machine_id)
		g_assert_cmpuint(strlen(snapshot->machine_id), ==, 32);
}
