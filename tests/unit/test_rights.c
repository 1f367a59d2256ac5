/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of base/rights: what a process may read, and what others may do to it, while it has a
 * user's rights. As root.
 */
#include "base/rights.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>

#include "fixture.h"

#define UID 54321
#define GID 54322

/* "Uid:\t0\t0\t0\t54321" of the caller. */
static void check_line(const char *key, const char *expected)
{
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;
	bool found = false;

	g_assert_true(g_file_get_contents("/proc/self/status", &text, NULL, NULL));
	lines = g_strsplit(text, "\n", -1);
	for (char **line = lines; *line; line++)
		if (g_str_has_prefix(*line, key)) {
			g_assert_cmpstr(g_strchomp(*line), ==, expected);
			found = true;
		}
	g_assert_true(found);
}

static void check_protected(void)
{
	int death = 0;

	g_assert_cmpint(prctl(PR_GET_DUMPABLE), ==, 0);
	g_assert_cmpint(prctl(PR_GET_PDEATHSIG, &death), ==, 0);
	g_assert_cmpint(death, ==, SIGKILL);
}

static void take(gpointer data)
{
	const char *secret = data;

	g_assert_cmpint(nsl_rights_take(UID, GID), ==, 0);
	check_line("Uid:", "Uid:\t0\t0\t0\t54321");
	check_line("Gid:", "Gid:\t0\t0\t0\t54322");
	check_line("Groups:", "Groups:");
	check_protected();
	g_assert_cmpint(open(secret, O_RDONLY | O_CLOEXEC), ==, -1);
	g_assert_cmpint(errno, ==, EACCES);
	nsl_rights_give_back();
	check_line("Uid:", "Uid:\t0\t0\t0\t0");
	check_line("Gid:", "Gid:\t0\t0\t0\t0");
	check_protected();
	g_assert_cmpint(open(secret, O_RDONLY | O_CLOEXEC), >=, 0);
}

static void test_take(void)
{
	char *dir = fixture_directory();
	g_autofree char *secret = g_build_filename(dir, "secret", NULL);

	fixture_file(dir, "secret", "x", -1);
	g_assert_cmpint(chmod(secret, 0600), ==, 0);
	g_assert_cmpint(chmod(dir, 0755), ==, 0);
	fixture_in_child(take, secret);
	fixture_remove(dir);
}

/* The user can neither stop nor end nor trace who has the user's rights. */
static void harm(gpointer data G_GNUC_UNUSED)
{
	pid_t target = getpid();
	int status;
	pid_t user;

	g_assert_cmpint(nsl_rights_take(UID, GID), ==, 0);
	user = fork();
	if (user == 0) {
		bool harmed;

		nsl_rights_give_back();
		if (setresgid(GID, GID, GID) < 0 || setresuid(UID, UID, UID) < 0)
			_exit(2);
		harmed = kill(target, 0) == 0 || kill(target, SIGSTOP) == 0 ||
			 ptrace(PTRACE_SEIZE, target, NULL, NULL) == 0;
		_exit(harmed);
	}
	g_assert_cmpint(waitpid(user, &status, 0), ==, user);
	g_assert_cmpint(status, ==, 0);
}

static void test_harm(void)
{
	fixture_in_child(harm, NULL);
}

/* Who may not change these IDs is told so, and has the rights that it had. */
static void refuse(gpointer data G_GNUC_UNUSED)
{
	g_assert_cmpint(nsl_rights_take(0, 0), ==, -EPERM);
	g_assert_cmpint(nsl_rights_take(G_MAXUINT32, GID), ==, -EPERM);
	check_line("Uid:", "Uid:\t0\t0\t0\t0");
	check_line("Gid:", "Gid:\t0\t0\t0\t0");
	g_assert_cmpint(setresuid(UID, UID, UID), ==, 0);
	g_assert_cmpint(nsl_rights_take(UID + 1, GID), ==, -EPERM);
	check_line("Uid:", "Uid:\t54321\t54321\t54321\t54321");
}

static void test_refuse(void)
{
	fixture_in_child(refuse, NULL);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	if (getuid() != 0) {
		g_print("1..0 # SKIP only root can take another user's rights\n");
		return 77;
	}
	g_test_add_func("/rights/take", test_take);
	g_test_add_func("/rights/harm", test_harm);
	g_test_add_func("/rights/refuse", test_refuse);
	return g_test_run();
}
