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

/* A recorded process; the last one of several has PID 0. */
typedef struct Recorded {
	guint32 pid;
	const FixtureNs *others; /* it is not in the root ones */
	const char *stat;	 /* NULL: that of a shell */
	const char *unreadable;	 /* links, with blanks between them */
	const char *missing;	 /* likewise; ALL: the folder is empty */
	bool bare;		 /* the folder is missing, too */
	bool self;		 /* it is who recorded it */
} Recorded;

#define ALL "cgroup ipc mnt net pid pid_for_children time time_for_children user uts"

static void record(const char *dir, const Recorded *process)
{
	g_auto(GStrv) unreadable =
		g_strsplit(process->unreadable ? process->unreadable : "", " ", -1);
	g_auto(GStrv) missing = g_strsplit(process->missing ? process->missing : "", " ", -1);
	g_autofree char *pid = g_strdup_printf("%u", process->pid);
	g_autofree char *stat = g_build_filename(pid, "stat", NULL);

	if (process->bare) {
		g_autofree char *comm = g_build_filename(pid, "comm", NULL);

		fixture_file(dir, comm, "sh\n", -1);
		return;
	}
	fixture_record(dir, process->pid, "sh", "sh", -1, process->others);
	if (process->stat)
		fixture_file(dir, stat, process->stat, -1);
	for (char **link = unreadable; *link; link++)
		fixture_unreadable(dir, process->pid, *link);
	for (char **link = missing; *link; link++) {
		g_autofree char *path = g_build_filename(pid, "ns", *link, NULL);

		fixture_unlink(dir, path);
	}
	if (process->self)
		fixture_link(dir, "self", pid);
}

static guint64 inode_among(const FixtureNs *others, NslNsType type, guint64 otherwise)
{
	for (; others && others->inode != 0; others++)
		if (others->type == type)
			return others->inode;
	return otherwise;
}

#define ZOMBIE	 "8 (sh) Z 1 8 8 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 2 0 0\n"
#define KTHREADD "2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 2 0 0\n"

static const FixtureNs in_net[] = {{NSL_NSTYPE_NET, 77}, {0, 0}};
static const FixtureNs in_net_and_mnt[] = {{NSL_NSTYPE_NET, 77}, {NSL_NSTYPE_MNT, 78}, {0, 0}};
static const FixtureNs in_some[] = {{NSL_NSTYPE_NET, 77}, {NSL_NSTYPE_USER, 0xEFFFFFFD}, {0, 0}};

/* In others than the root ones but for net: by its number of today, and by an older one. */
static const FixtureNs in_new_net[] = {{NSL_NSTYPE_UTS, 4026532177},
				       {NSL_NSTYPE_MNT, 4026532178},
				       {NSL_NSTYPE_NET, 0xEFFFFFF9},
				       {0, 0}};
static const FixtureNs in_old_net[] = {{NSL_NSTYPE_UTS, 4026532177},
				       {NSL_NSTYPE_MNT, 4026532178},
				       {NSL_NSTYPE_NET, 4026531840},
				       {0, 0}};
static const FixtureNs from_old_net[] = {
	{NSL_NSTYPE_CGROUP, 0xEFFFFFFB},
	{NSL_NSTYPE_IPC, 0xEFFFFFFF},
	{NSL_NSTYPE_MNT, 4026532178},
	{NSL_NSTYPE_NET, 4026531840},
	{NSL_NSTYPE_PID, 0xEFFFFFFC},
	{NSL_NSTYPE_TIME, 0xEFFFFFFA},
	{NSL_NSTYPE_USER, 0xEFFFFFFD},
	{NSL_NSTYPE_UTS, 0xEFFFFFFE},
	{0, 0},
};

/* Which processes there are, and what is then told of the root namespaces. */
static const struct {
	Recorded processes[4];
	NslReference reference;
	NslNsTypes none;
	const FixtureNs *roots; /* where they are not those of the fixture */
} cases[] = {
	{.reference = NSL_REFERENCE_PID1,
	 .processes = {{.pid = 1}, {.pid = 2, .stat = KTHREADD, .others = initial}}},
	/* A kernel without a type of namespaces: it has no root one. */
	{.reference = NSL_REFERENCE_PID1,
	 .none = NSL_NSTYPE_BIT(NSL_NSTYPE_TIME),
	 .processes = {{.pid = 1, .missing = "time time_for_children"}}},
	/* PID 1 keeps its links to itself: the kernel's fixed inodes, where somebody is in them. */
	{.reference = NSL_REFERENCE_INITIAL,
	 .roots = initial,
	 .processes = {{.pid = 1, .unreadable = ALL}, {.pid = 5}, {.pid = 6, .others = initial}}},
	/* Where nobody is in those, PID 2 tells, but only if it is kthreadd. */
	{.reference = NSL_REFERENCE_KTHREADD,
	 .processes = {{.pid = 5, .others = in_net_and_mnt}, {.pid = 2, .stat = KTHREADD}}},
/* In a container PID 2 is anybody, whatever it calls itself. The caller's own, then. */
#define NO_KTHREADD(line)                                                                          \
	{                                                                                          \
		.reference = NSL_REFERENCE_GUESS, .processes = {                                   \
			{.pid = 2, .stat = (line), .others = in_net},                              \
			{.pid = 5, .self = true}                                                   \
		}                                                                                  \
	}
	NO_KTHREADD("2 (kthreadd) S 1 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 2 0 0\n"),
	NO_KTHREADD("2 (kthreadd) S 0 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 2 0 0\n"),
	NO_KTHREADD("2 (kthread) S 0 1 1 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 2 0 0\n"),
	NO_KTHREADD("2 (kthreadd) S 1 1 1 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 2 0 0\n"),
	/* Each type for itself; the least sure is what is told. */
	{.reference = NSL_REFERENCE_KTHREADD,
	 .roots = in_some,
	 .processes = {{.pid = 1, .unreadable = "net user"},
		       {.pid = 2, .stat = KTHREADD, .others = in_some}}},
	/*
	 * An ordinary user whose processes are all in others: what is seen of PID 2 shows that this
	 * is the first PID namespace, and who is in the first network namespace that mnt has a
	 * fixed number too. Before those numbers were fixed: the user's own.
	 */
	{.reference = NSL_REFERENCE_INITIAL,
	 .roots = initial,
	 .processes = {{.pid = 2, .stat = KTHREADD, .unreadable = ALL},
		       {.pid = 5, .others = in_new_net, .self = true}}},
	{.reference = NSL_REFERENCE_GUESS,
	 .roots = from_old_net,
	 .processes = {{.pid = 2, .stat = KTHREADD, .unreadable = ALL},
		       {.pid = 5, .others = in_old_net, .self = true}}},
	/* A kernel without user namespaces: the first process that has any at all will do. */
	{.reference = NSL_REFERENCE_GUESS,
	 .none = NSL_NSTYPE_BIT(NSL_NSTYPE_USER),
	 .processes = {{.pid = 4, .missing = ALL}, {.pid = 5, .missing = "user"}}},
	/* Without PID 1 and "self" any process that can be read is better than none. */
	{.reference = NSL_REFERENCE_GUESS,
	 .processes = {{.pid = 4, .others = initial, .unreadable = ALL}, {.pid = 5}}},
	/* A tree recorded by who could not read PID 1: links, or the folder of them, are missing.
	 */
	{.reference = NSL_REFERENCE_KTHREADD,
	 .processes = {{.pid = 1, .bare = true}, {.pid = 2, .stat = KTHREADD}}},
	{.reference = NSL_REFERENCE_KTHREADD,
	 .processes = {{.pid = 1, .missing = ALL}, {.pid = 2, .stat = KTHREADD}}},
	/* The same for one link: that PID 2 has it shows that there is such a type. */
	{.reference = NSL_REFERENCE_KTHREADD,
	 .processes = {{.pid = 1, .missing = "net"}, {.pid = 2, .stat = KTHREADD}}},
};

TEST(found)
{
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(FixtureDir) dir = fixture_directory();
		g_autoptr(NslSnapshot) snapshot = NULL;

		g_test_message("case %zu", i);
		for (const Recorded *process = cases[i].processes; process->pid != 0; process++)
			record(dir, process);
		snapshot = find(dir, 0);
		g_assert_cmpint(snapshot->reference, ==, cases[i].reference);
		for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
			g_assert_cmpuint(
				snapshot->root[type], ==,
				cases[i].none & NSL_NSTYPE_BIT(type)
					? 0
					: inode_among(cases[i].roots, type, fixture_root(type)));
	}
}

TEST(pid)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_autoptr(NslSnapshot) snapshot = NULL;

	record(dir, &(Recorded){.pid = 1});
	record(dir, &(Recorded){.pid = 9, .others = in_net});
	snapshot = find(dir, 9);
	g_assert_cmpint(snapshot->reference, ==, NSL_REFERENCE_PID);
	g_assert_cmpuint(snapshot->root[NSL_NSTYPE_NET], ==, 77);
	g_assert_cmpuint(snapshot->root[NSL_NSTYPE_MNT], ==, fixture_root(NSL_NSTYPE_MNT));
}

static void check_refused(const char *dir, guint32 pid, const char *message)
{
	g_autoptr(NslProcfs) procfs = fixture_open(dir);
	g_autoptr(NslSnapshot) snapshot = nsl_snapshot_new();
	g_autoptr(GError) error = NULL;

	g_assert_false(nsl_roots_find(snapshot, procfs, pid, NULL, &error));
	g_assert_error(error, NSL_ERROR, NSL_ERROR_SYSTEM);
	g_assert_cmpstr(error->message, ==, message);
}

TEST(pid_errors)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_autofree char *denied = g_strdup_printf("the namespaces of process 9 (--reference): %s",
						  g_strerror(EINVAL));

	record(dir, &(Recorded){.pid = 1});
	record(dir, &(Recorded){.pid = 9, .unreadable = "uts"});
	record(dir, &(Recorded){.pid = 8, .stat = ZOMBIE, .missing = ALL});
	check_refused(dir, 7, "no process 7 (--reference)");
	check_refused(dir, 9, denied);
	check_refused(dir, 8, "process 8 (--reference) has ended and left its namespaces");
}

/* Nobody but an unreadable PID 1: what would be listed would be listed as non-root. */
TEST(nothing)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_autofree char *message =
		g_strdup_printf("%s: which namespaces are the root ones: Invalid argument", dir);

	record(dir, &(Recorded){.pid = 1, .unreadable = ALL});
	check_refused(dir, 0, message);
}

/* One type of which nobody tells: what is of it counts as root. */
TEST(rootless)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_autoptr(NslSnapshot) snapshot = NULL;

	record(dir, &(Recorded){.pid = 1, .unreadable = "net"});
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
	record(dir, &(Recorded){.pid = 1, .unreadable = ALL});
	record(dir, &(Recorded){.pid = 2});
	record(dir, &(Recorded){.pid = 5, .self = true});
	fixture_in_child(find_with_few, dir);
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
