/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of base/error.
 */
#include "base/error.h"

#include <string.h>

static void test_predicates(void)
{
	for (int code = 0; code < 200; code++) {
		g_assert_cmpint(nsl_is_gone(-code), ==, code == ENOENT || code == ESRCH);
		g_assert_cmpint(nsl_is_denied(-code), ==, code == EACCES || code == EPERM);
		/* Positive numbers are results, never codes. */
		g_assert_false(nsl_is_gone(code));
		g_assert_false(nsl_is_denied(code));
	}
}

static void test_fail(void)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *expected = g_strdup_printf("/proc/%d/ns: %s", 7, g_strerror(EACCES));

	g_assert_false(nsl_fail(&error, -EACCES, "/proc/%d/ns", 7));
	g_assert_error(error, NSL_ERROR, NSL_ERROR_SYSTEM);
	g_assert_cmpstr(error->message, ==, expected);
	g_assert_false(nsl_fail(NULL, -EACCES, "nobody listens"));
}

static void test_names(void)
{
	const int used[] = {EPERM, ENOENT, ESRCH, EIO, EACCES, ENOTDIR, EINVAL, EMFILE, ETIMEDOUT};

	/* Whatever has a name has the right one. */
	for (int code = 1; code < 200; code++) {
		const char *name = nsl_errno_name(-code);

		if (strcmp(name, "errno") != 0)
			g_assert_cmpstr(name, ==, strerrorname_np(code));
	}
	for (gsize i = 0; i < G_N_ELEMENTS(used); i++)
		g_assert_cmpstr(nsl_errno_name(-used[i]), ==, strerrorname_np(used[i]));
	g_assert_cmpstr(nsl_errno_name(-99999), ==, "errno");
	g_assert_cmpstr(nsl_errno_name(0), ==, "errno");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/error/predicates", test_predicates);
	g_test_add_func("/error/fail", test_fail);
	g_test_add_func("/error/names", test_names);
	return g_test_run();
}
