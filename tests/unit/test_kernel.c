/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of collect/kernel, with a kernel of its own: listns(2) and open_by_handle_at(2) are
 * answered here, since few kernels have them. What is known and what is explained has to be true.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/syscall.h>

#include "collecting.h"

#define LISTNS 470
#define OWN    11 /* opens as this process's uts namespace */
#define KEPT   12 /* cannot be opened, and stays */
#define ENDED  13 /* cannot be opened, and is not listed any more */

static guint listings;
static int bpf_errno;	  /* what each bpf(2) fails with; 0: it is the kernel's */
static guint bpf_allowed; /* calls before it does */
static bool bpf_once;	  /* the calls after that are the kernel's again */

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
	if (number == SYS_bpf && bpf_errno != 0 && bpf_allowed-- == 0) {
		bpf_allowed = 0;
		errno = bpf_errno;
		if (bpf_once)
			bpf_errno = 0;
		return -1;
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

static void set_up(Fixture *f)
{
	collecting_set_up(f);
	f->collect.procfs = f->real;
	nsl_collect_begin(&f->collect);
}

TEST_WITH_FIXTURE(unopened)
{
	const NslSnapshot *snapshot = f->snapshot;
	struct stat own;

	g_assert_cmpint(stat("/proc/self/ns/uts", &own), ==, 0);
	f->snapshot->root[NSL_NSTYPE_UTS] = own.st_ino;
	nsl_collect_kernel(&f->collect);
	g_assert_cmpuint(listings, ==, 2);
	g_assert_cmpint(snapshot->kernel_source, ==, NSL_KERNEL_LISTNS);
	g_assert_cmpuint(snapshot->kernel_known, ==, 2);
	g_assert_cmpuint(snapshot->kernel_explained, ==, 1);
	fixture_only_issue(snapshot, NSL_SOURCE_KERNEL, "ESTALE", 1);
}

static void check_nothing_noted(const NslSnapshot *snapshot)
{
	g_assert_cmpuint(snapshot->issues->len, ==, 0);
	g_assert_cmpint(snapshot->coverage[NSL_SOURCE_KERNEL], ==, NSL_COVERAGE_SKIPPED);
}

/*
 * What the kernel's own lists fail with, and after how many calls of bpf(2): map, types, program,
 * and then a walk for each type.
 */
TEST(refused)
{
	static const struct {
		int error;
		guint allowed;
		const char
			*code; /* of the issue; NULL: none, since nobody can do anything about it */
	} cases[] = {
		{EPERM, 0, NULL},
		{EACCES, 2, NULL},
		{ENOSYS, 0, NULL},
		{EINVAL, 0, "EINVAL"},
		{EINVAL, 2, "EINVAL"} /* as lockdown has it: a program that reads the kernel */,
		{ENOMEM, 2, "ENOMEM"},
		{ENOMEM, 3, "ENOMEM"},
	};

	if (fixture_lacks_bpf())
		return;
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		Fixture f = {0};

		set_up(&f);
		bpf_errno = cases[i].error;
		bpf_allowed = cases[i].allowed;
		nsl_collect_rings(&f.collect);
		bpf_errno = 0;
		g_assert_null(f.collect.bpf.rings);
		g_assert_null(f.collect.bpf.btf);
		g_assert_cmpint(f.snapshot->kernel_source, ==, NSL_KERNEL_NONE);
		if (cases[i].code)
			fixture_only_issue(f.snapshot, NSL_SOURCE_KERNEL, cases[i].code, 1);
		else
			check_nothing_noted(f.snapshot);
		tear_down(&f);
	}
}

/*
 * Before Linux 5.13 no type may be loaded for the step of a walk: then the program does the steps
 * itself, and has the same to say.
 */
TEST_WITH_FIXTURE(loop)
{
	struct stat own;

	if (fixture_lacks_bpf())
		return;
	g_assert_cmpint(stat("/proc/self/ns/net", &own), ==, 0);
	bpf_errno = EINVAL;
	bpf_allowed = 1; /* the map */
	bpf_once = true;
	nsl_collect_rings(&f->collect);
	bpf_once = false;
	g_assert_cmpint(bpf_errno, ==, 0);
	g_assert_nonnull(f->collect.bpf.rings);
	g_assert_cmpint(nsl_rings_settle(f->collect.bpf.rings), ==, 0);
	g_assert_nonnull(nsl_rings_find(f->collect.bpf.rings, NSL_NSTYPE_NET, own.st_ino));
	g_assert_cmpuint(f->snapshot->issues->len, ==, 0);
}

/* --census=procfs loads nothing. */
TEST_WITH_FIXTURE(procfs)
{
	f->collect.census_when = NSL_CENSUS_PROCFS;
	bpf_errno = EINVAL;
	bpf_allowed = 0;
	nsl_collect_rings(&f->collect);
	bpf_errno = 0;
	g_assert_cmpuint(f->snapshot->issues->len, ==, 0);
}
