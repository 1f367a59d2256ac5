/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of collect/collect, and of opening a procfs in collect/roots: the passes together, the
 * procfs that they read, and which links are the same.
 */
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>

#include "base/each.h"
#include "collecting.h"

static void check_refused(const char *path, int code)
{
	g_autofree char *message = g_strdup_printf("%s: %s", path, g_strerror(code));
	g_autoptr(GError) error = NULL;

	g_assert_null(nsl_collect_open(path, NULL, &error));
	g_assert_error(error, NSL_ERROR, NSL_ERROR_SYSTEM);
	g_assert_cmpstr(error->message, ==, message);
}

TEST(open)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_autofree char *file = fixture_path(dir, "file");
	g_autofree char *missing = fixture_path(dir, "missing");
	g_autofree char *fifo = fixture_path(dir, "fifo");
	guint before = fixture_count_fds();

	fixture_file(dir, "file", "", 0);
	g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
	check_refused(file, ENOTDIR);
	check_refused(missing, ENOENT);
	check_refused(fifo, ENOTDIR); /* and it does not wait for a writer */
	check_refused("", ENOENT);
	{
		g_autoptr(NslProcfs) recorded = nsl_collect_open(dir, NULL, NULL);
		g_autoptr(NslProcfs) real = nsl_collect_open(NULL, NULL, NULL);
		g_autoptr(NslProcfs) named = nsl_collect_open("/proc", NULL, NULL);

		g_assert_false(recorded->real);
		g_assert_true(real->local);
		g_assert_true(named->local);
	}
	g_assert_cmpuint(fixture_count_fds(), ==, before);
}

static void set_up(Fixture *f)
{
	collecting_set_up(f);
	fixture_file(f->dir, "sys/kernel/hostname", "recorded\n", -1);
}

/* A path selects a namespace before the processes are looked at: its members are found. */
TEST_WITH_FIXTURE(passes)
{
	static const FixtureNs in_net[] = {{NSL_NSTYPE_NET, 4026532676}, {0, 0}};
	const NslNamespace *net;

	fixture_record(f->dir, 1, "init", "init\0", 5, NULL);
	fixture_record(f->dir, 20, "sh", "sh\0", 3, in_net);
	fixture_record(f->dir, 21, "sh", "sh\0", 3, in_net);
	nsl_selection_add(f->selection, "/proc/20/ns/net");
	g_assert_true(nsl_collect(&f->collect, NULL));
	g_assert_cmpuint(f->snapshot->processes->len, ==, 2);
	net = nsl_snapshot_get(f->snapshot, NSL_NSTYPE_NET, 4026532676);
	g_assert_cmpuint(net->members->len, ==, 2);
	g_assert_null(f->snapshot->hostname); /* nobody asked */
}

TEST_WITH_FIXTURE(facts)
{
	fixture_record(f->dir, 1, "init", "init\0", 5, NULL);
	f->collect.facts = NSL_FACT_SYSTEM;
	g_assert_true(nsl_collect(&f->collect, NULL));
	g_assert_cmpstr(f->snapshot->hostname, ==, "recorded");
}

TEST_WITH_FIXTURE(nothing)
{
	g_autoptr(GError) error = NULL;

	g_assert_false(nsl_collect(&f->collect, &error));
	g_assert_error(error, NSL_ERROR, NSL_ERROR_SYSTEM);
}

TEST(links)
{
	const NslLinks links = {.ns[NSL_NSTYPE_NET] = 5, .for_children[NSL_NSTYPE_PID] = 6};
	NslLinks other = links;

	g_assert_true(nsl_links_equal(&links, &other));
	g_assert_cmpuint(nsl_links_hash(&links), ==, nsl_links_hash(&other));
	for (guint i = 0; i < 2 * NSL_NSTYPE_COUNT; i++) {
		other = links;
		(i % 2 ? other.for_children : other.ns)[i / 2] = G_GUINT64_CONSTANT(1) << 32 | 9;
		g_assert_false(nsl_links_equal(&links, &other));
		g_assert_cmpuint(nsl_links_hash(&links), !=, nsl_links_hash(&other));
	}
}

/* Whoever makes namespaces can choose processes' links: these once had one hash. */
TEST(links_by_choice)
{
	g_autoptr(GHashTable) hashes = g_hash_table_new(NULL, NULL);

	for (guint i = 0; i < 1 << 12; i++) {
		NslLinks links = {{0}, {0}};

		for (NslNsType type = 0; type < 4; type++) {
			guint step = i >> 3 * type & 7;

			links.ns[type] = 0xf0000000 + step;
			links.for_children[type] = 0xf0001000 - 31 * step;
		}
		g_hash_table_add(hashes, GUINT_TO_POINTER(nsl_links_hash(&links)));
	}
	g_assert_cmpuint(g_hash_table_size(hashes), >, (1 << 12) - 10);
}

#define MANY   40
#define LITTLE 4096 /* bytes: less than the paths of so many mounts take */

static void check_done(bool done)
{
	if (!done)
		_exit(errno == EPERM ? 77 : 1);
}

/* In a child, in a mount namespace of its own: mounts of as many UTS namespaces. */
static _Noreturn void mount_many(const char *dir, int ready)
{
	g_autofree char *name = g_strnfill(200, 'd');

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	check_done(unshare(CLONE_NEWNS) == 0);
	check_done(mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	check_done(mount("many", dir, "tmpfs", 0, NULL) == 0 && chdir(dir) == 0);
	check_done(mkdir(name, 0755) == 0 && chdir(name) == 0);
	for (guint i = 0; i < MANY; i++) {
		g_autofree char *file = g_strdup_printf("%u", i);

		check_done(unshare(CLONE_NEWUTS) == 0 && mknod(file, S_IFREG | 0600, 0) == 0);
		check_done(mount("/proc/self/ns/uts", file, NULL, MS_BIND, NULL) == 0);
	}
	check_done(write(ready, "", 1) == 1);
	for (;;)
		pause();
}

/* How many mounts in the mount namespace have paths. */
static guint count_paths(const NslSnapshot *snapshot, guint64 mnt)
{
	guint n = 0;

	NSL_EACH_KEY (const NslNamespace, ns, snapshot->namespaces)
		NSL_EACH_IN (const NslHolder, holder, ns->holders)
			n += holder->kind == NSL_HOLDER_MOUNT && holder->mnt_ns == mnt &&
			     holder->path[0] != '\0';
	return n;
}

/* Whoever mounts that many, paths of the others' mounts are kept, and what is not is noted. */
TEST_WITH_FIXTURE(mounts_of_many)
{
	guint64 mnt[3] = {0};
	pid_t pids[3];
	bool missing = false;
	guint noted = 0;
	guint n = 0;

	f->collect.procfs = f->real;
	f->collect.mount_paths = LITTLE;
	nsl_collect_begin(&f->collect);
	for (guint i = 0; i < G_N_ELEMENTS(pids); i++) {
		g_autofree char *link = NULL;
		struct stat found;
		int ready[2];
		char byte;

		g_assert_cmpint(pipe(ready), ==, 0);
		pids[i] = fork();
		if (pids[i] == 0)
			mount_many(f->dir, ready[1]);
		close(ready[1]);
		missing = missing || read(ready[0], &byte, 1) != 1;
		close(ready[0]);
		link = g_strdup_printf("/proc/%d/ns/mnt", pids[i]);
		if (stat(link, &found) == 0)
			mnt[i] = found.st_ino;
		g_hash_table_insert(f->collect.mnt_members, GSIZE_TO_POINTER(mnt[i]),
				    GINT_TO_POINTER(pids[i]));
	}
	if (!missing)
		nsl_collect_mounts(&f->collect);
	for (guint i = 0; i < G_N_ELEMENTS(pids); i++) {
		guint paths = count_paths(f->snapshot, mnt[i]);

		n += paths;
		if (!missing)
			g_assert_cmpuint(paths, >, 0);
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	if (missing) {
		g_test_skip("missing: root");
		return;
	}
	g_assert_cmpuint(n, <, G_N_ELEMENTS(pids) * MANY);
	/* In other mount namespaces of this system there may be more. */
	NSL_EACH (const NslIssue, issue, f->snapshot->issues)
		noted += issue->source == NSL_SOURCE_MOUNTS && strcmp(issue->code, "limit") == 0;
	g_assert_cmpuint(noted, ==, 1);
}
