/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of collect/roots: which namespaces are the root ones, on recorded procfs trees.
 */
#include "collect/collect.h"

#include "base/sys.h"
#include "fixture.h"

#include <sys/resource.h>

/* What was found: each type's root, and how. */
static NslSnapshot *find(const char *dir, guint32 pid)
{
	g_autoptr(NslProcfs) procfs = fixture_open(dir);
	g_autoptr(GError) error = NULL;
	NslSnapshot *snapshot = nsl_snapshot_new();

	g_assert_true(nsl_roots_find(snapshot, procfs, pid, NULL, &error));
	g_assert_no_error(error);
	return snapshot;
}

static void check_roots(const NslSnapshot *snapshot)
{
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		g_assert_cmpuint(snapshot->root[type], ==, fixture_root(type));
}

/* All roots are found, by this. */
static void check_found(const char *dir, NslReference reference)
{
	g_autoptr(NslSnapshot) snapshot = find(dir, 0);

	g_assert_cmpint(snapshot->reference, ==, reference);
	check_roots(snapshot);
}

static void record_kthreadd(const char *dir, const FixtureNs *others)
{
	fixture_record(dir, 2, "kthreadd", "", 0, others);
	fixture_file(dir, "2/stat",
		     "2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 2 0 0\n", -1);
}

static void make_all_unreadable(const char *dir, guint32 pid)
{
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		fixture_unreadable(dir, pid, nsl_nstypes[type].name);
}

static const FixtureNs initial[] = {
	{NSL_NSTYPE_CGROUP, 0xEFFFFFFB},
	{NSL_NSTYPE_IPC, 0xEFFFFFFF},
	{NSL_NSTYPE_MNT, 0xEFFFFFF8},
	{NSL_NSTYPE_NET, 0xEFFFFFF9},
	{NSL_NSTYPE_PID, 0xEFFFFFFC},
	{NSL_NSTYPE_TIME, 0xEFFFFFFA},
	{NSL_NSTYPE_USER, 0xEFFFFFFD},
	{NSL_NSTYPE_UTS, 0xEFFFFFFE},
	{0, 0},
};

TEST(init)
{
	g_auto(FixtureDir) dir = fixture_directory();

	fixture_record(dir, 1, "init", "init", -1, NULL);
	record_kthreadd(dir, initial);
	check_found(dir, NSL_REFERENCE_PID1);
}

TEST(pid)
{
	static const FixtureNs others[] = {{NSL_NSTYPE_NET, 77}, {0, 0}};
	g_auto(FixtureDir) dir = fixture_directory();
	g_autoptr(NslSnapshot) snapshot = NULL;

	fixture_record(dir, 1, "init", "init", -1, NULL);
	fixture_record(dir, 9, "sh", "sh", -1, others);
	snapshot = find(dir, 9);
	g_assert_cmpint(snapshot->reference, ==, NSL_REFERENCE_PID);
	g_assert_cmpuint(snapshot->root[NSL_NSTYPE_NET], ==, 77);
	g_assert_cmpuint(snapshot->root[NSL_NSTYPE_MNT], ==, fixture_root(NSL_NSTYPE_MNT));
}

static void check_refused(const char *dir, guint32 pid, NslErrorCode code, const char *message)
{
	g_autoptr(NslProcfs) procfs = fixture_open(dir);
	g_autoptr(NslSnapshot) snapshot = nsl_snapshot_new();
	g_autoptr(GError) error = NULL;

	g_assert_false(nsl_roots_find(snapshot, procfs, pid, NULL, &error));
	g_assert_error(error, NSL_ERROR, (gint)code);
	g_assert_cmpstr(error->message, ==, message);
}

TEST(pid_errors)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_autofree char *denied = g_strdup_printf("the namespaces of process 9 (--reference): %s",
						  g_strerror(EINVAL));

	fixture_record(dir, 1, "init", "init", -1, NULL);
	fixture_record(dir, 9, "sh", "sh", -1, NULL);
	fixture_unreadable(dir, 9, "uts");
	fixture_file(dir, "8/stat", "8 (sh) Z 1 8 8 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 2 0 0\n", -1);
	fixture_folder(dir, "8/ns");
	check_refused(dir, 7, NSL_ERROR_SYSTEM, "no process 7 (--reference)");
	check_refused(dir, 9, NSL_ERROR_SYSTEM, denied);
	check_refused(dir, 8, NSL_ERROR_SYSTEM,
		      "process 8 (--reference) has ended and left its namespaces");
}

/* A kernel without a type of namespaces: it has no root one. */
TEST(no_time)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_autoptr(NslSnapshot) snapshot = NULL;

	fixture_record(dir, 1, "init", "init", -1, NULL);
	fixture_unlink(dir, "1/ns/time");
	fixture_unlink(dir, "1/ns/time_for_children");
	snapshot = find(dir, 0);
	g_assert_cmpint(snapshot->reference, ==, NSL_REFERENCE_PID1);
	g_assert_cmpuint(snapshot->root[NSL_NSTYPE_TIME], ==, 0);
	g_assert_cmpuint(snapshot->root[NSL_NSTYPE_UTS], ==, fixture_root(NSL_NSTYPE_UTS));
}

/* PID 1 keeps its links to itself: the kernel's fixed inodes, where somebody is in them. */
TEST(initial)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_autoptr(NslSnapshot) snapshot = NULL;

	fixture_record(dir, 1, "init", "init", -1, NULL);
	make_all_unreadable(dir, 1);
	fixture_record(dir, 5, "sh", "sh", -1, NULL);
	fixture_record(dir, 6, "sh", "sh", -1, initial);
	snapshot = find(dir, 0);
	g_assert_cmpint(snapshot->reference, ==, NSL_REFERENCE_INITIAL);
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		g_assert_cmpuint(snapshot->root[type], ==, nsl_nstypes[type].initial_inode);
}

/* Where nobody is in those, PID 2 tells, but only if it is kthreadd. */
TEST(kthreadd)
{
	static const FixtureNs others[] = {{NSL_NSTYPE_NET, 77}, {NSL_NSTYPE_MNT, 78}, {0, 0}};
	g_auto(FixtureDir) dir = fixture_directory();

	fixture_record(dir, 5, "sh", "sh", -1, others);
	record_kthreadd(dir, NULL);
	check_found(dir, NSL_REFERENCE_KTHREADD);
}

/*
 * An ordinary user whose processes are all in others: what is seen of PID 2 shows that this is the
 * first PID namespace, and who is in the first network namespace that mnt has a fixed number too.
 */
static void check_unseen(guint64 net, guint64 mnt_root, NslReference reference)
{
	const FixtureNs own[] = {{NSL_NSTYPE_UTS, 4026532177},
				 {NSL_NSTYPE_MNT, 4026532178},
				 {NSL_NSTYPE_NET, net},
				 {0, 0}};
	g_auto(FixtureDir) dir = fixture_directory();
	g_autoptr(NslSnapshot) snapshot = NULL;

	record_kthreadd(dir, NULL);
	make_all_unreadable(dir, 2);
	fixture_record(dir, 5, "sh", "sh", -1, own);
	fixture_link(dir, "self", "5");
	snapshot = find(dir, 0);
	g_assert_cmpint(snapshot->reference, ==, reference);
	g_assert_cmpuint(snapshot->root[NSL_NSTYPE_UTS], ==, 0xEFFFFFFE);
	g_assert_cmpuint(snapshot->root[NSL_NSTYPE_MNT], ==, mnt_root);
	g_assert_cmpuint(snapshot->root[NSL_NSTYPE_NET], ==, net);
}

TEST(initial_unseen)
{
	check_unseen(0xEFFFFFF9, 0xEFFFFFF8, NSL_REFERENCE_INITIAL);
	/* Before those numbers were fixed: its own. */
	check_unseen(4026531840, 4026532178, NSL_REFERENCE_GUESS);
}

TEST(no_kthreadd)
{
	static const char *const stats[] = {
		/* In a container PID 2 is anybody, whatever it calls itself. */
		"2 (kthreadd) S 1 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 2 0 0\n",
		"2 (kthreadd) S 0 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 2 0 0\n",
		"2 (kthread) S 0 1 1 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 2 0 0\n",
		"2 (kthreadd) S 1 1 1 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 2 0 0\n",
	};
	static const FixtureNs others[] = {{NSL_NSTYPE_NET, 77}, {0, 0}};

	for (gsize i = 0; i < G_N_ELEMENTS(stats); i++) {
		char *dir = fixture_directory();

		fixture_record(dir, 2, "kthreadd", "", 0, others);
		fixture_file(dir, "2/stat", stats[i], -1);
		fixture_record(dir, 5, "sh", "sh", -1, NULL);
		fixture_link(dir, "self", "5");
		/* The caller's own, then. */
		check_found(dir, NSL_REFERENCE_GUESS);
		fixture_remove(dir);
	}
}

/* Each type for itself; the least sure is what is told. */
TEST(mixed)
{
	static const FixtureNs some[] = {
		{NSL_NSTYPE_NET, 77}, {NSL_NSTYPE_USER, 0xEFFFFFFD}, {0, 0}};
	g_auto(FixtureDir) dir = fixture_directory();
	g_autoptr(NslSnapshot) snapshot = NULL;

	fixture_record(dir, 1, "init", "init", -1, NULL);
	fixture_unreadable(dir, 1, "net");
	fixture_unreadable(dir, 1, "user");
	record_kthreadd(dir, some);
	snapshot = find(dir, 0);
	g_assert_cmpuint(snapshot->root[NSL_NSTYPE_NET], ==, 77);
	g_assert_cmpuint(snapshot->root[NSL_NSTYPE_USER], ==, 0xEFFFFFFD);
	g_assert_cmpuint(snapshot->root[NSL_NSTYPE_MNT], ==, fixture_root(NSL_NSTYPE_MNT));
	g_assert_cmpint(snapshot->reference, ==, NSL_REFERENCE_KTHREADD);
}

/* Nobody but an unreadable PID 1: what would be listed would be listed as non-root. */
TEST(nothing)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_autofree char *message =
		g_strdup_printf("%s: which namespaces are the root ones: Invalid argument", dir);

	fixture_record(dir, 1, "init", "init", -1, NULL);
	make_all_unreadable(dir, 1);
	check_refused(dir, 0, NSL_ERROR_SYSTEM, message);
}

/* One type of which nobody tells: what is of it counts as root. */
TEST(rootless)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_autoptr(NslSnapshot) snapshot = NULL;

	fixture_record(dir, 1, "init", "init", -1, NULL);
	fixture_unreadable(dir, 1, "net");
	snapshot = find(dir, 0);
	g_assert_cmpuint(snapshot->rootless, ==, NSL_NSTYPE_BIT(NSL_NSTYPE_NET));
	g_assert_true(nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 4026532000)->root);
	g_assert_false(nsl_snapshot_add(snapshot, NSL_NSTYPE_MNT, 4026532000)->root);
	g_assert_cmpuint(snapshot->root[NSL_NSTYPE_MNT], ==, fixture_root(NSL_NSTYPE_MNT));
}

/* With descriptors for one process at a time, and for none. */
static void find_with_few(gpointer data)
{
	const struct rlimit few = {5, 5};
	const struct rlimit none = {4, 4};
	g_autoptr(NslSnapshot) snapshot = nsl_snapshot_new();
	g_autoptr(NslSnapshot) nothing = nsl_snapshot_new();
	g_autoptr(NslProcfs) procfs = fixture_open(data);
	g_autoptr(GError) error = NULL;

	nsl_fd_close_all_but(3, &procfs->fd, 1);
	g_assert_cmpint(dup2(procfs->fd, 3), ==, 3);
	if (procfs->fd != 3)
		nsl_fd_close(procfs->fd);
	procfs->fd = 3;
	g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &few), ==, 0);
	g_assert_true(nsl_roots_find(snapshot, procfs, 0, NULL, &error));
	check_roots(snapshot);
	g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &none), ==, 0);
	g_assert_false(nsl_roots_find(nothing, procfs, 0, NULL, &error));
	g_assert_nonnull(strstr(error->message, "Too many open files"));
}

TEST(few_descriptors)
{
	g_auto(FixtureDir) dir = fixture_directory();

	/* PID 1 does not tell, PID 2 is not kthreadd, and the caller is neither. */
	fixture_record(dir, 1, "init", "init", -1, NULL);
	make_all_unreadable(dir, 1);
	fixture_record(dir, 2, "sh", "sh", -1, NULL);
	fixture_record(dir, 5, "sh", "sh", -1, NULL);
	fixture_link(dir, "self", "5");
	fixture_in_child(find_with_few, dir);
}

/* A kernel without user namespaces: the first process that has any at all will do. */
TEST(no_user)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_autoptr(NslSnapshot) snapshot = NULL;

	fixture_file(dir, "4/comm", "zombie\n", -1);
	fixture_folder(dir, "4/ns");
	fixture_record(dir, 5, "sh", "sh", -1, NULL);
	fixture_unlink(dir, "5/ns/user");
	snapshot = find(dir, 0);
	g_assert_cmpint(snapshot->reference, ==, NSL_REFERENCE_GUESS);
	g_assert_cmpuint(snapshot->root[NSL_NSTYPE_USER], ==, 0);
	g_assert_cmpuint(snapshot->root[NSL_NSTYPE_MNT], ==, fixture_root(NSL_NSTYPE_MNT));
}

/* Without PID 1 and "self" any process that can be read is better than none. */
TEST(guess_first)
{
	g_auto(FixtureDir) dir = fixture_directory();

	fixture_record(dir, 4, "sh", "sh", -1, initial);
	make_all_unreadable(dir, 4);
	fixture_record(dir, 5, "sh", "sh", -1, NULL);
	check_found(dir, NSL_REFERENCE_GUESS);
}

/* A tree recorded by who could not read PID 1: its links, or the folder of them, are not there. */
TEST(no_links)
{
	g_auto(FixtureDir) dir = fixture_directory();

	fixture_file(dir, "1/comm", "init\n", -1);
	record_kthreadd(dir, NULL);
	check_found(dir, NSL_REFERENCE_KTHREADD);
}

TEST(empty_links)
{
	g_auto(FixtureDir) dir = fixture_directory();

	fixture_file(dir, "1/comm", "init\n", -1);
	fixture_folder(dir, "1/ns");
	record_kthreadd(dir, NULL);
	check_found(dir, NSL_REFERENCE_KTHREADD);
}

/* The same for one link: that PID 2 has it shows that there is such a type. */
TEST(one_link_missing)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_autoptr(NslSnapshot) snapshot = NULL;

	fixture_record(dir, 1, "init", "init", -1, NULL);
	fixture_unlink(dir, "1/ns/net");
	record_kthreadd(dir, NULL);
	snapshot = find(dir, 0);
	check_roots(snapshot);
}

/* On this system it always finds something, and types that are there have a root. */
TEST(real)
{
	g_autoptr(NslSnapshot) snapshot = find(NULL, 0);
	g_autoptr(NslSnapshot) own = find(NULL, (guint32)getpid());

	g_assert_cmpint(own->reference, ==, NSL_REFERENCE_PID);
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		g_assert_cmpint(own->root[type] != 0, ==, snapshot->root[type] != 0);
}
