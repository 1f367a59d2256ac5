/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of collect/system.
 */
#include <sys/utsname.h>

#include "collecting.h"

static void set_up(Fixture *f)
{
	collecting_set_up(f);
}

/* A recorded tree tells its own system's. */
TEST_WITH_FIXTURE(recorded)
{
	const NslSnapshot *snapshot = f->snapshot;

	fixture_file(f->dir, "sys/kernel/hostname", "recorded\n", -1);
	fixture_file(f->dir, "sys/kernel/osrelease", "5.4.0-42-generic\n", -1);
	fixture_file(f->dir, "sys/kernel/random/boot_id", "3d0f…\n", -1);
	fixture_file(f->dir, "stat", "cpu 1\nbtime 1769860800\n", -1);
	collecting_run(f, nsl_collect_system);
	g_assert_cmpstr(snapshot->hostname, ==, "recorded");
	g_assert_cmpstr(snapshot->kernel, ==, "5.4.0-42-generic");
	g_assert_cmpstr(snapshot->boot_id, ==, "3d0f…");
	g_assert_cmpint(snapshot->boot_time, ==, 1769860800);
	g_assert_null(snapshot->machine_id);
}

TEST_WITH_FIXTURE(missing)
{
	const NslSnapshot *snapshot = f->snapshot;

	collecting_run(f, nsl_collect_system);
	g_assert_null(snapshot->hostname);
	g_assert_null(snapshot->kernel);
	g_assert_null(snapshot->boot_id);
	g_assert_null(snapshot->machine_id);
	g_assert_cmpint(snapshot->boot_time, ==, 0);
	g_assert_true(nsl_snapshot_is_complete(snapshot));
}

TEST_WITH_FIXTURE(real)
{
	const NslSnapshot *snapshot = f->snapshot;
	struct utsname names;

	f->collect.procfs = f->real;
	collecting_run(f, nsl_collect_system);
	g_assert_cmpint(uname(&names), ==, 0);
	g_assert_true(nsl_snapshot_is_complete(snapshot)); /* nothing is said to be missing */
	g_assert_cmpstr(snapshot->hostname, ==, names.nodename);
	g_assert_cmpstr(snapshot->kernel, ==, names.release);
	g_assert_cmpuint(strlen(snapshot->boot_id), ==, 36);
	g_assert_cmpint(snapshot->boot_time, >, 0);
	if (snapshot->machine_id)
		g_assert_cmpuint(strlen(snapshot->machine_id), ==, 32);
}
