/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of base/netnsid: what needs no other network namespace. With one: live/holders.
 */
#include "base/netnsid.h"

#include <fcntl.h>

#include "base/fd.h"

/* A namespace has no number for itself, unless it was given one. */
static void test_own(void)
{
	g_auto(NslFd) own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	gint32 id = 5;
	int result = nsl_netnsid_get(own, &id);

	g_assert_cmpint(result, ==, 0);
	g_assert_cmpint(id, >=, -1);
}

static void test_no_namespace(void)
{
	g_auto(NslFd) other = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	gint32 id = 5;

	g_assert_cmpint(nsl_netnsid_get(other, &id), <, 0);
	g_assert_cmpint(nsl_netnsid_get(-1, &id), <, 0);
	g_assert_cmpint(id, ==, 5);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/netnsid/own", test_own);
	g_test_add_func("/netnsid/no-namespace", test_no_namespace);
	return g_test_run();
}
