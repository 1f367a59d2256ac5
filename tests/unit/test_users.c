/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of attribute/users.
 */
#include "attribute/attribute.h"

#include <dlfcn.h>
#include <errno.h>
#include <pwd.h>

#include "fixture.h"

#define NOBODYS 4000000000u /* as good as certainly without a name */

static NslSnapshot *make_snapshot(void)
{
	static const guint32 uids[] = {0, NOBODYS, 0, 65534, 0};
	NslSnapshot *snapshot = fixture_snapshot();

	for (guint i = 0; i < G_N_ELEMENTS(uids); i++) {
		NslProcess *process = fixture_process(snapshot, 10 + i, "sh");

		process->has_status = i != 4;
		process->uid = uids[i];
	}
	return snapshot;
}

static const char *user_of(const NslSnapshot *snapshot, guint32 pid)
{
	return nsl_snapshot_get_process(snapshot, pid)->user;
}

/* What the name service says of the UID, NULL for nothing. */
static const char *expected(uid_t uid)
{
	const struct passwd *entry = getpwuid(uid);

	return entry ? entry->pw_name : NULL;
}

TEST(names)
{
	g_autoptr(NslProcfs) procfs = fixture_open(NULL);
	g_autoptr(NslSnapshot) snapshot = make_snapshot();
	guint before = fixture_count_fds();

	nsl_users_name(snapshot, procfs, NULL);
	g_assert_cmpuint(fixture_count_fds(), ==, before);
	g_assert_cmpstr(user_of(snapshot, 10), ==, expected(0));
	g_assert_cmpstr(user_of(snapshot, 12), ==, expected(0));
	g_assert_cmpstr(user_of(snapshot, 11), ==, expected(NOBODYS));
	g_assert_cmpstr(user_of(snapshot, 13), ==, expected(65534));
	g_assert_null(user_of(snapshot, 14)); /* its UID is not known: 0 is not it */
	g_assert_cmpint(snapshot->coverage[NSL_SOURCE_USERS], ==, NSL_COVERAGE_COMPLETE);
	g_assert_true(nsl_snapshot_is_complete(snapshot));
}

/* The names of this system do not go with another one's processes. */
TEST(recorded)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_autoptr(NslProcfs) procfs = fixture_open(dir);
	g_autoptr(NslSnapshot) snapshot = make_snapshot();

	nsl_users_name(snapshot, procfs, NULL);
	for (guint32 pid = 10; pid < 15; pid++)
		g_assert_null(user_of(snapshot, pid));
	g_assert_cmpint(snapshot->coverage[NSL_SOURCE_USERS], ==, NSL_COVERAGE_SKIPPED);
}

TEST(nobody)
{
	g_autoptr(NslProcfs) procfs = fixture_open(NULL);
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();

	nsl_users_name(snapshot, procfs, NULL);
	g_assert_cmpint(snapshot->coverage[NSL_SOURCE_USERS], ==, NSL_COVERAGE_COMPLETE);
}

/* What a failing name service says, by its error; the workers inherit it. 0: the real one is asked.
 */
static int service_error;

int getpwuid_r(uid_t uid, struct passwd *entry, char *buffer, size_t size, struct passwd **found)
{
	int (*real)(uid_t, struct passwd *, char *, size_t, struct passwd **);

	*found = NULL;
	if (service_error != 0)
		return service_error;
	real = (typeof(real))dlsym(RTLD_NEXT, "getpwuid_r");
	return real(uid, entry, buffer, size, found);
}

TEST(failing)
{
	static const struct {
		int error;
		bool complete;
	} cases[] = {
		/* These say that there is no such user (getpwnam(3)). */
		{ENOENT, true}, {ESRCH, true},	 {EBADF, true},	  {EPERM, true},
		{EIO, false},	{EMFILE, false}, {ERANGE, false}, {ESPIPE, false},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(NslProcfs) procfs = fixture_open(NULL);
		g_autoptr(NslSnapshot) snapshot = make_snapshot();

		service_error = cases[i].error;
		nsl_users_name(snapshot, procfs, NULL);
		g_assert_null(user_of(snapshot, 10));
		g_assert_cmpint(nsl_snapshot_is_complete(snapshot), ==, cases[i].complete);
	}
	service_error = 0;
}

/* Another system's users: what is no line of passwd(5) is none. */
TEST(passwd)
{
	static const char text[] = "root:x:0:0:root:/root:/bin/sh\n"
				   "short:x:7\n"
				   ":x:8:8:::\n"
				   "sign:x:+9:9:::\n"
				   "huge:x:4294967297:1:::\n"
				   "first:x:1000:100:A,,,:/home/first:/bin/sh\n"
				   "second:x:1000:100::/home/second:/bin/sh\n"
				   "last:x:4294967295:0:::";
	static const struct {
		guint32 uid;
		const char *name;
		const char *home;
	} cases[] = {
		{0, "root", "/root"},	   {1, NULL, NULL}, {7, NULL, NULL},
		{8, NULL, NULL},	   {9, NULL, NULL}, {1000, "first", "/home/first"},
		{G_MAXUINT32, "last", ""},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(NslUser) user = {0};

		g_assert_true(nsl_passwd_find(text, cases[i].uid, &user) ==
			      (cases[i].name != NULL));
		g_assert_cmpstr(user.name, ==, cases[i].name);
		g_assert_cmpstr(user.home, ==, cases[i].home);
	}
}
