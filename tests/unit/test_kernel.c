/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of collect/kernel, with a kernel of its own: listns(2) and open_by_handle_at(2) are
 * answered here, since few kernels have them. What is known and what is explained has to be true.
 */
#include "collect/collect.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/syscall.h>

#include "fixture.h"

#define LISTNS 470
#define OWN    11 /* opens as this process's uts namespace */
#define KEPT   12 /* cannot be opened, and stays */
#define ENDED  13 /* cannot be opened, and is not listed any more */

static guint listings;

/* As the C library's own, it takes six whatever was passed, which a sanitizer would object to. */
__attribute__((no_sanitize("address"))) long syscall(long number, ...)
{
	static long (*real)(long number, ...);
	long words[6];
	va_list arguments;

	va_start(arguments, number);
	for (guint i = 0; i < G_N_ELEMENTS(words); i++)
		words[i] = va_arg(arguments, long);
	va_end(arguments);
	if (number == LISTNS) {
		guint64 *ids = (guint64 *)words[1]; /* NOLINT(performance-no-int-to-ptr) */

		ids[0] = OWN;
		ids[1] = KEPT;
		ids[2] = ENDED;
		return ++listings == 1 ? 3 : 2;
	}
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "syscall");
	return real(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}

int open_by_handle_at(int mount, struct file_handle *handle, int flags)
{
	guint64 id;

	(void)mount;
	memcpy(&id, handle->f_handle, sizeof(id));
	if (id == OWN)
		return open("/proc/self/ns/uts", flags);
	errno = ESTALE;
	return -1;
}

static void test_unopened(void)
{
	g_autoptr(NslProcfs) procfs = nsl_procfs_open(NULL, NULL);
	g_autoptr(NslSnapshot) snapshot = nsl_snapshot_new();
	NslCollect collect = {.snapshot = snapshot, .procfs = procfs};
	const NslIssue *issue;
	struct stat own;

	g_assert_cmpint(stat("/proc/self/ns/uts", &own), ==, 0);
	snapshot->root[NSL_NSTYPE_UTS] = own.st_ino;
	nsl_collect_begin(&collect);
	nsl_collect_kernel(&collect);
	nsl_collect_end(&collect);
	g_assert_cmpuint(listings, ==, 2);
	g_assert_cmpuint(snapshot->kernel_known, ==, 2);
	g_assert_cmpuint(snapshot->kernel_explained, ==, 1);
	g_assert_cmpint(snapshot->coverage[NSL_SOURCE_KERNEL], ==, NSL_COVERAGE_PARTIAL);
	g_assert_cmpuint(snapshot->issues->len, ==, 1);
	issue = g_ptr_array_index(snapshot->issues, 0);
	g_assert_cmpstr(issue->code, ==, "ESTALE");
	g_assert_cmpuint(issue->count, ==, 1);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/kernel/unopened", test_unopened);
	return g_test_run();
}
