/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of collect/paths: what selectors with a "/" stand for.
 */
#include "collect/collect.h"

#include "fixture.h"

#define NO_NAMESPACE  "it does not refer to a namespace"
#define NOT_LOOKED_AT "the procfs is another system's, so files of this one are not looked at"

/* What became of one path. */
typedef struct Settled {
	NslSnapshot *snapshot;
	NslSelection *selection;
	const NslSelector *selector;
} Settled;

static void settled_clear(Settled *settled)
{
	nsl_snapshot_free(settled->snapshot);
	nsl_selection_free(settled->selection);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Settled, settled_clear)

static Settled settle(const char *dir, const char *path)
{
	g_autoptr(NslProcfs) procfs = fixture_open(dir);
	Settled settled = {.snapshot = fixture_snapshot(), .selection = nsl_selection_new()};
	NslCollect collect = {
		.snapshot = settled.snapshot, .procfs = procfs, .selection = settled.selection};

	nsl_selection_add(settled.selection, path);
	nsl_collect_paths(&collect);
	settled.selector = g_ptr_array_index(settled.selection->selectors, 0);
	return settled;
}

static void check_pid(const char *dir, const char *path, guint32 pid)
{
	g_auto(Settled) settled = settle(dir, path);

	g_assert_cmpint(settled.selector->kind, ==, NSL_SELECTOR_PID);
	g_assert_cmpuint(settled.selector->pid, ==, pid);
	g_assert_true(nsl_selection_has_pid(settled.selection, pid));
	g_assert_true(nsl_selection_is_pids(settled.selection));
}

static void check_namespace(const char *dir, const char *path, NslNsType type, guint64 inode)
{
	g_auto(Settled) settled = settle(dir, path);

	g_assert_cmpint(settled.selector->kind, ==, NSL_SELECTOR_NAMESPACE);
	g_assert_cmpuint(settled.selector->types, ==, NSL_NSTYPE_BIT(type));
	g_assert_cmpuint(settled.selector->inode, ==, inode);
	/* It is known to exist, whoever is in it. */
	g_assert_nonnull(nsl_snapshot_get(settled.snapshot, type, inode));
}

static void check_nothing(const char *dir, const char *path, const char *why)
{
	g_auto(Settled) settled = settle(dir, path);
	g_autofree char *message = g_strdup_printf("%s: %s", path, why);

	g_assert_cmpint(settled.selector->kind, ==, NSL_SELECTOR_NOTHING);
	g_assert_cmpstr(settled.selector->why, ==, message);
	g_assert_cmpuint(g_hash_table_size(settled.snapshot->namespaces), ==, 0);
}

static FixtureDir make_tree(void)
{
	static const FixtureNs others[] = {{NSL_NSTYPE_NET, 4026532676}, {0, 0}};
	char *dir = fixture_directory();

	fixture_record(dir, 7, "sh", "sh\0", 3, others);
	return dir;
}

/* "/proc" and the recorded tree's own path both lead into the tree. */
TEST(recorded)
{
	g_auto(FixtureDir) dir = make_tree();
	static const char *const processes[] = {"/7", "/7/", "/7//", "//7"};
	const char *const roots[] = {"/proc", dir};

	for (gsize i = 0; i < G_N_ELEMENTS(roots); i++)
		for (gsize j = 0; j < G_N_ELEMENTS(processes); j++) {
			g_autofree char *process = g_strconcat(roots[i], processes[j], NULL);
			g_autofree char *ns = g_strconcat(process, "/ns/net", NULL);

			check_pid(dir, process, 7);
			check_namespace(dir, ns, NSL_NSTYPE_NET, 4026532676);
		}
	check_namespace(dir, "/proc/7/ns/pid_for_children", NSL_NSTYPE_PID,
			fixture_root(NSL_NSTYPE_PID));
	/* Whether there is such a process turns out later. */
	check_pid(dir, "/proc/99", 99);
}

/* The procfs may have been given with a "/" at its end. */
TEST(recorded_slash)
{
	g_auto(FixtureDir) dir = make_tree();
	g_autofree char *slash = g_strconcat(dir, "//", NULL);
	g_autofree char *path = g_strconcat(dir, "/7", NULL);

	check_pid(slash, path, 7);
}

TEST(recorded_errors)
{
	g_auto(FixtureDir) dir = make_tree();

	fixture_link(dir, "7/cwd", "/somewhere");
	fixture_link(dir, "7/ns/odd", "abc:[5]");
	check_nothing(dir, "/proc/7/comm", NO_NAMESPACE);
	check_nothing(dir, "/proc/7/ns", NO_NAMESPACE);
	check_nothing(dir, "/proc/7/cwd", NO_NAMESPACE);
	check_nothing(dir, "/proc/7/ns/odd", NO_NAMESPACE);
	check_nothing(dir, "/proc/7/ns/missing", g_strerror(ENOENT));
	check_nothing(dir, "/proc/99/ns/net", g_strerror(ENOENT));
	check_nothing(dir, "/run/netns/blue", NOT_LOOKED_AT);
	check_nothing(dir, "./blue", NOT_LOOKED_AT);
	check_nothing(dir, "/process/7", NOT_LOOKED_AT);
}

static guint64 own_inode(const char *name)
{
	g_autofree char *path = g_strdup_printf("/proc/self/ns/%s", name);
	g_autofree char *link = g_file_read_link(path, NULL);
	const char *type;
	gsize size;
	guint64 inode = 0;

	g_assert_true(nsl_parse_ns_link(link, strlen(link), &type, &size, &inode));
	return inode;
}

TEST(real)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_autofree char *file = fixture_path(dir, "file");
	g_autofree char *missing = fixture_path(dir, "missing\x1b");
	g_autofree char *own = g_strdup_printf("/proc/%d", (int)getpid());
	g_autofree char *own_net = g_strconcat(own, "/ns/net", NULL);

	fixture_file(dir, "file", "net:[5]", -1);
	check_pid(NULL, own, (guint32)getpid());
	check_pid(NULL, "/proc/self", (guint32)getpid());
	check_pid(NULL, "/proc/self/", (guint32)getpid());
	check_namespace(NULL, own_net, NSL_NSTYPE_NET, own_inode("net"));
	check_namespace(NULL, "/proc/self/ns/uts", NSL_NSTYPE_UTS, own_inode("uts"));
	check_nothing(NULL, file, NO_NAMESPACE);
	check_nothing(NULL, dir, NO_NAMESPACE);
	check_nothing(NULL, "/proc/self/status", NO_NAMESPACE);
	check_nothing(NULL, missing, g_strerror(ENOENT));
}

/* Outside /proc a link is followed. */
TEST(real_link)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_autofree char *link = fixture_path(dir, "link");
	g_autofree char *target = g_strdup_printf("/proc/%d/ns/net", (int)getpid());

	fixture_link(dir, "link", target);
	check_namespace(NULL, link, NSL_NSTYPE_NET, own_inode("net"));
}

/* Words that are no paths are left alone; those that are, all. */
TEST(several)
{
	g_auto(FixtureDir) dir = make_tree();
	g_autoptr(NslProcfs) procfs = fixture_open(dir);
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	g_autoptr(NslSelection) selection = nsl_selection_new();
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
	NslCollect collect = {.snapshot = snapshot, .procfs = procfs, .selection = selection};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		nsl_selection_add(selection, cases[i].word);
	nsl_collect_paths(&collect);
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		const NslSelector *selector = g_ptr_array_index(selection->selectors, i);

		g_assert_cmpint(selector->kind, ==, cases[i].kind);
		g_assert_cmpstr(selector->text, ==, cases[i].word);
	}
}
