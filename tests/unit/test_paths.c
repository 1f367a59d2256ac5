/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of collect/paths: what selectors with a "/" stand for.
 */
#include "collecting.h"

#define NO_NAMESPACE  "it does not refer to a namespace"
#define NOT_LOOKED_AT "the procfs is another system's, so files of this one are not looked at"

static void set_up(Fixture *f)
{
	static const FixtureNs others[] = {{NSL_NSTYPE_NET, 4026532676}, {0, 0}};

	collecting_set_up(f);
	fixture_record(f->dir, 7, "sh", "sh\0", 3, others);
}

/* What becomes of one path. */
static const NslSelector *settle(Fixture *f, const char *path)
{
	collecting_renew(f);
	nsl_selection_add(f->selection, path);
	nsl_collect_paths(&f->collect);
	return g_ptr_array_index(f->selection->selectors, 0);
}

static void check_pid(Fixture *f, const char *path, guint32 pid)
{
	const NslSelector *selector = settle(f, path);

	g_assert_cmpint(selector->kind, ==, NSL_SELECTOR_PID);
	g_assert_cmpuint(selector->pid, ==, pid);
	g_assert_true(nsl_selection_has_pid(f->selection, pid));
	g_assert_true(nsl_selection_is_pids(f->selection));
}

static void check_namespace(Fixture *f, const char *path, NslNsType type, guint64 inode)
{
	const NslSelector *selector = settle(f, path);

	g_assert_cmpint(selector->kind, ==, NSL_SELECTOR_NAMESPACE);
	g_assert_cmpuint(selector->types, ==, NSL_NSTYPE_BIT(type));
	g_assert_cmpuint(selector->inode, ==, inode);
	/* It is known to exist, whoever is in it. */
	g_assert_nonnull(nsl_snapshot_get(f->snapshot, type, inode));
}

static void check_nothing(Fixture *f, const char *path, const char *why)
{
	const NslSelector *selector = settle(f, path);
	g_autofree char *message = g_strdup_printf("%s: %s", path, why);

	g_assert_cmpint(selector->kind, ==, NSL_SELECTOR_NOTHING);
	g_assert_cmpstr(selector->why, ==, message);
	g_assert_cmpuint(g_hash_table_size(f->snapshot->namespaces), ==, 0);
}

/* "/proc" and the recorded tree's own path both lead into the tree. */
TEST_WITH_FIXTURE(recorded)
{
	static const char *const processes[] = {"/7", "/7/", "/7//", "//7"};
	const char *const roots[] = {"/proc", f->dir};

	for (gsize i = 0; i < G_N_ELEMENTS(roots); i++)
		for (gsize j = 0; j < G_N_ELEMENTS(processes); j++) {
			g_autofree char *process = g_strconcat(roots[i], processes[j], NULL);
			g_autofree char *ns = g_strconcat(process, "/ns/net", NULL);

			check_pid(f, process, 7);
			check_namespace(f, ns, NSL_NSTYPE_NET, 4026532676);
		}
	check_namespace(f, "/proc/7/ns/pid_for_children", NSL_NSTYPE_PID,
			fixture_root(NSL_NSTYPE_PID));
	/* Whether there is such a process turns out later. */
	check_pid(f, "/proc/99", 99);
}

/* The procfs may have been given with a "/" at its end. */
TEST_WITH_FIXTURE(recorded_slash)
{
	g_autofree char *slash = g_strconcat(f->dir, "//", NULL);
	g_autofree char *path = g_strconcat(f->dir, "/7", NULL);
	g_autoptr(NslProcfs) procfs = fixture_open(slash);

	f->collect.procfs = procfs;
	check_pid(f, path, 7);
}

TEST_WITH_FIXTURE(recorded_errors)
{
	fixture_link(f->dir, "7/cwd", "/somewhere");
	fixture_link(f->dir, "7/ns/odd", "abc:[5]");
	check_nothing(f, "/proc/7/comm", NO_NAMESPACE);
	check_nothing(f, "/proc/7/ns", NO_NAMESPACE);
	check_nothing(f, "/proc/7/cwd", NO_NAMESPACE);
	check_nothing(f, "/proc/7/ns/odd", NO_NAMESPACE);
	check_nothing(f, "/proc/7/ns/missing", g_strerror(ENOENT));
	check_nothing(f, "/proc/99/ns/net", g_strerror(ENOENT));
	check_nothing(f, "/run/netns/blue", NOT_LOOKED_AT);
	check_nothing(f, "./blue", NOT_LOOKED_AT);
	check_nothing(f, "/process/7", NOT_LOOKED_AT);
}

static guint64 own_inode(const char *name)
{
	g_autofree char *path = g_strdup_printf("/proc/self/ns/%s", name);
	g_autofree char *link = g_file_read_link(path, NULL);
	gsize size;
	guint64 inode = 0;

	g_assert_true(nsl_parse_ns_link(link, strlen(link), &size, &inode));
	return inode;
}

TEST_WITH_FIXTURE(real)
{
	g_autofree char *file = fixture_path(f->dir, "file");
	g_autofree char *missing = fixture_path(f->dir, "missing\x1b");
	g_autofree char *own = g_strdup_printf("/proc/%d", (int)getpid());
	g_autofree char *own_net = g_strconcat(own, "/ns/net", NULL);

	fixture_file(f->dir, "file", "net:[5]", -1);
	f->collect.procfs = f->real;
	check_pid(f, own, (guint32)getpid());
	check_pid(f, "/proc/self", (guint32)getpid());
	check_pid(f, "/proc/self/", (guint32)getpid());
	check_namespace(f, own_net, NSL_NSTYPE_NET, own_inode("net"));
	check_namespace(f, "/proc/self/ns/uts", NSL_NSTYPE_UTS, own_inode("uts"));
	check_nothing(f, file, NO_NAMESPACE);
	check_nothing(f, f->dir, NO_NAMESPACE);
	check_nothing(f, "/proc/self/status", NO_NAMESPACE);
	check_nothing(f, missing, g_strerror(ENOENT));
}

/* Outside /proc a link is followed. */
TEST_WITH_FIXTURE(real_link)
{
	g_autofree char *link = fixture_path(f->dir, "link");
	g_autofree char *target = g_strdup_printf("/proc/%d/ns/net", (int)getpid());

	fixture_link(f->dir, "link", target);
	f->collect.procfs = f->real;
	check_namespace(f, link, NSL_NSTYPE_NET, own_inode("net"));
}

/* Words that are no paths are left alone; those that are, all. */
TEST_WITH_FIXTURE(several)
{
	static const struct {
		const char *word;
		NslSelectorKind kind;
	} cases[] = {
		{"7", NSL_SELECTOR_PID},
		{"/proc/7", NSL_SELECTOR_PID},
		{"blue", NSL_SELECTOR_WORD},
		{"/proc/7/ns/mnt", NSL_SELECTOR_NAMESPACE},
		{"net:[5]", NSL_SELECTOR_NAMESPACE},
		{"/a/b", NSL_SELECTOR_NOTHING},
		{"/proc/7/ns/net", NSL_SELECTOR_NAMESPACE},
		{"/proc/7/ns/x", NSL_SELECTOR_NOTHING},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		nsl_selection_add(f->selection, cases[i].word);
	nsl_collect_paths(&f->collect);
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		const NslSelector *selector = g_ptr_array_index(f->selection->selectors, i);

		g_assert_cmpint(selector->kind, ==, cases[i].kind);
		g_assert_cmpstr(selector->text, ==, cases[i].word);
	}
}
