/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of collect/tally: its limit is for each namespace and kind, and for each task.
 */
#include "collect/tally.h"

#define LIMIT 3

static guint add(NslTally *tally, NslHolderKind kind, guint64 inode, guint n)
{
	guint taken = 0;

	while (n-- > 0)
		taken += nsl_tally_add(tally, kind, inode);
	return taken;
}

static void test_limit(void)
{
	g_autoptr(NslTally) tally = nsl_tally_new(LIMIT);

	g_assert_cmpuint(add(tally, NSL_HOLDER_FD, 1, LIMIT - 1), ==, LIMIT - 1);
	g_assert_cmpuint(add(tally, NSL_HOLDER_FD, 1, 1), ==, 1);
	g_assert_cmpuint(add(tally, NSL_HOLDER_FD, 1, 1), ==, 0);
	g_assert_cmpuint(add(tally, NSL_HOLDER_FD, 1, 100), ==, 0);
}

/* What is beyond the limit costs nobody else anything. */
static void test_others(void)
{
	g_autoptr(NslTally) tally = nsl_tally_new(LIMIT);

	g_assert_cmpuint(add(tally, NSL_HOLDER_FD, 1, 1000), ==, LIMIT);
	g_assert_cmpuint(add(tally, NSL_HOLDER_SOCKET, 1, 1000), ==, LIMIT);
	for (guint64 inode = 2; inode < 1000; inode++)
		g_assert_cmpuint(add(tally, NSL_HOLDER_FD, inode, LIMIT + 1), ==, LIMIT);
	g_assert_cmpuint(add(tally, NSL_HOLDER_FD, G_GUINT64_CONSTANT(1) << 32 | 1, 9), ==, LIMIT);
}

static void test_restart(void)
{
	g_autoptr(NslTally) tally = nsl_tally_new(LIMIT);

	for (guint task = 0; task < 3; task++) {
		nsl_tally_restart(tally);
		g_assert_cmpuint(add(tally, NSL_HOLDER_FD, 1, 10), ==, LIMIT);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/tally/limit", test_limit);
	g_test_add_func("/tally/others", test_others);
	g_test_add_func("/tally/restart", test_restart);
	return g_test_run();
}
