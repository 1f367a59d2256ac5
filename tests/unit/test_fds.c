/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of collect/fds on this process, with the procfs and the census: how many descriptors of one
 * namespace are listed, and that what is left out is noted. What holds a namespace by what kind of
 * file: live/holders, hostile/hide.
 */
#include "collect/census.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/socket.h>

#include "base/each.h"
#include "collecting.h"

#define LIMIT	 5
#define NO_LIMIT 1000
#define FEW	 16 /* beyond a limit for all */

/*
 * What the pass finds of this process and, unless it is 0, of another one. `same`, `all`: the
 * limits. Transfer full; NULL: there is no such census here.
 */
static NslSnapshot *collect_within(NslCensusWhen when, guint32 other, guint same, guint all)
{
	g_autoptr(NslProcfs) procfs = nsl_procfs_open(NULL, NULL);
	g_autoptr(NslSnapshot) snapshot = nsl_snapshot_new();
	g_autoptr(GError) error = NULL;
	NslCollect collect = {
		.snapshot = snapshot, .procfs = procfs, .same_fds = same, .all_fds = all};
	guint32 own = (guint32)getpid();

	nsl_collect_begin(&collect);
	g_array_append_val(collect.pids, own);
	if (other != 0)
		g_array_append_val(collect.pids, other);
	if (!nsl_census_take(procfs, when, &collect.bpf.btf, &collect.bpf.census, &error)) {
		nsl_collect_end(&collect);
		return NULL;
	}
	nsl_collect_fds(&collect);
	nsl_collect_end(&collect);
	return g_steal_pointer(&snapshot);
}

static NslSnapshot *collect_own(NslCensusWhen when, guint32 other)
{
	return collect_within(when, other, LIMIT, 0);
}

static guint64 open_own(const char *type, guint n, GArray *fds)
{
	g_autofree char *path = g_strdup_printf("/proc/self/ns/%s", type);
	guint64 inode = 0;
	struct stat found;

	while (n-- > 0) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		g_assert_cmpint(fd, >=, 0);
		g_assert_cmpint(fstat(fd, &found), ==, 0);
		inode = found.st_ino;
		g_array_append_val(fds, fd);
	}
	return inode;
}

/* Of this process and of another one: whoever lists namespaces meanwhile opens them, too. */
static guint count_holders(const NslSnapshot *snapshot, NslNsType type, guint64 inode,
			   guint32 other)
{
	const NslNamespace *ns = nsl_snapshot_get(snapshot, type, inode);
	guint n = 0;

	for (guint i = 0; ns && i < ns->holders->len; i++) {
		guint32 pid = g_array_index(ns->holders, NslHolder, i).pid;

		n += pid == (guint32)getpid() || pid == other;
	}
	return n;
}

/* Whether something of this process was left out, and nothing else is said of it. */
static bool is_cut(const NslSnapshot *snapshot, guint32 pid)
{
	bool cut = false;

	NSL_EACH (const NslIssue, issue, snapshot->issues)
		NSL_EACH_IN (const guint32, noted, issue->pids)
			if (*noted == pid) {
				g_assert_cmpint(issue->source, ==, NSL_SOURCE_FDS);
				g_assert_cmpstr(issue->code, ==, "limit");
				g_assert_false(cut);
				cut = true;
			}
	return cut;
}

/* The one of `uts` comes behind all of `ipc`, and is seen however many those are. */
static void check(NslCensusWhen census, guint n)
{
	g_autoptr(GArray) fds = g_array_new(FALSE, FALSE, sizeof(int));
	guint64 ipc = open_own("ipc", n, fds);
	guint64 uts = open_own("uts", 1, fds);
	g_autoptr(NslSnapshot) snapshot = collect_own(census, 0);

	for (guint i = 0; i < fds->len; i++)
		close(g_array_index(fds, int, i));
	if (census == NSL_CENSUS_BPF && !snapshot && fixture_lacks_bpf())
		return;
	g_assert_nonnull(snapshot);
	g_assert_cmpuint(count_holders(snapshot, NSL_NSTYPE_IPC, ipc, 0), ==, MIN(n, LIMIT));
	g_assert_cmpuint(count_holders(snapshot, NSL_NSTYPE_UTS, uts, 0), ==, 1);
	g_assert_cmpint(is_cut(snapshot, (guint32)getpid()), ==, n > LIMIT);
	g_assert_cmpint(snapshot->coverage[NSL_SOURCE_FDS], ==,
			snapshot->issues->len > 0 ? NSL_COVERAGE_PARTIAL : NSL_COVERAGE_COMPLETE);
}

static void check_limits(NslCensusWhen census)
{
	check(census, LIMIT - 1);
	check(census, LIMIT);
	check(census, LIMIT + 1);
	check(census, 20 * LIMIT);
}

TEST(limit_procfs)
{
	check_limits(NSL_CENSUS_PROCFS);
}

TEST(limit_bpf)
{
	check_limits(NSL_CENSUS_BPF);
}

/* What is beyond the limit costs no other task and no other kind of holder anything. */
static void check_others(NslCensusWhen census)
{
	g_autoptr(GArray) fds = g_array_new(FALSE, FALSE, sizeof(int));
	g_autoptr(NslSnapshot) snapshot = NULL;
	g_auto(NslFd) own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	guint64 net;
	pid_t child;

	if (unshare(CLONE_NEWNET) < 0) {
		g_test_skip("missing: root");
		return;
	}
	for (guint i = 0; i < 2 * LIMIT; i++) {
		int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

		g_assert_cmpint(fd, >=, 0);
		g_array_append_val(fds, fd);
	}
	net = open_own("net", 2 * LIMIT, fds);
	g_assert_cmpint(setns(own, CLONE_NEWNET), ==, 0);
	child = fixture_sleeper();
	snapshot = collect_own(census, (guint32)child);
	fixture_end(child);
	for (guint i = 0; i < fds->len; i++)
		close(g_array_index(fds, int, i));
	if (census == NSL_CENSUS_BPF && !snapshot && fixture_lacks_bpf())
		return;
	g_assert_nonnull(snapshot);
	/* Of two processes and two kinds; the net namespace of `own` is held once by each. */
	g_assert_cmpuint(count_holders(snapshot, NSL_NSTYPE_NET, net, (guint32)child), ==,
			 G_GUINT64_CONSTANT(4) * LIMIT);
	g_assert_true(is_cut(snapshot, (guint32)getpid()));
	g_assert_true(is_cut(snapshot, (guint32)child));
}

TEST(others_procfs)
{
	check_others(NSL_CENSUS_PROCFS);
}

TEST(others_bpf)
{
	check_others(NSL_CENSUS_BPF);
}

/* Of each namespace a few are listed, however many there are of all. */
static void check_all(NslCensusWhen census, guint n)
{
	g_autoptr(GArray) fds = g_array_new(FALSE, FALSE, sizeof(int));
	guint64 ipc = open_own("ipc", n, fds);
	guint64 uts = open_own("uts", 1, fds);
	g_autoptr(NslSnapshot) snapshot = collect_within(census, 0, NO_LIMIT, LIMIT);
	guint found;

	for (guint i = 0; i < fds->len; i++)
		close(g_array_index(fds, int, i));
	if (census == NSL_CENSUS_BPF && !snapshot && fixture_lacks_bpf())
		return;
	g_assert_nonnull(snapshot);
	found = count_holders(snapshot, NSL_NSTYPE_IPC, ipc, 0);
	g_assert_cmpuint(count_holders(snapshot, NSL_NSTYPE_UTS, uts, 0), ==, 1);
	/* Other processes have some, too, which the census counts. */
	g_assert_cmpuint(found, <=, MIN(n, LIMIT + FEW));
	g_assert_cmpuint(found, >=, census == NSL_CENSUS_BPF ? MIN(n, FEW) : MIN(n, LIMIT + FEW));
	if (n > LIMIT + FEW || census != NSL_CENSUS_BPF)
		g_assert_cmpint(is_cut(snapshot, (guint32)getpid()), ==, n > LIMIT + FEW);
}

static void check_all_limits(NslCensusWhen census)
{
	check_all(census, LIMIT);
	check_all(census, LIMIT + FEW);
	check_all(census, LIMIT + FEW + 1);
	check_all(census, 20 * LIMIT);
}

TEST(all_procfs)
{
	check_all_limits(NSL_CENSUS_PROCFS);
}

TEST(all_bpf)
{
	check_all_limits(NSL_CENSUS_BPF);
}

static void set_up(Fixture *f)
{
	collecting_set_up(f);
	f->collect.procfs = f->real;
	nsl_collect_begin(&f->collect);
}

/* What a pass before has noted of this source stays so. */
TEST_WITH_FIXTURE(partial)
{
	nsl_collect_note(&f->collect, NSL_SOURCE_FDS, "something", -EMFILE, 0);
	nsl_collect_fds(&f->collect);
	g_assert_cmpint(f->snapshot->coverage[NSL_SOURCE_FDS], ==, NSL_COVERAGE_PARTIAL);
}

/* Who may not read the links to a process's namespaces is not made to look at its open files. */
TEST_WITH_FIXTURE(denied)
{
	guint32 own = (guint32)getpid();
	guint n_forks = fixture_count_forks();
	const NslIssue *issue;

	g_array_append_val(f->collect.pids, own);
	g_hash_table_insert(f->collect.unreadable, GUINT_TO_POINTER(own), GINT_TO_POINTER(-EACCES));
	nsl_collect_fds(&f->collect);
	g_assert_cmpuint(fixture_count_forks(), ==, n_forks);
	issue = fixture_only_issue(f->snapshot, NSL_SOURCE_FDS, "EACCES", 1);
	g_assert_true(issue->implied);
	g_assert_cmpuint(g_array_index(issue->pids, guint32, 0), ==, own);
}
