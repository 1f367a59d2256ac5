/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of report/group, and of the tree by container that shows groups: containers, pods, units,
 * and what is in none; of what is above namespaces; and of which processes are alike.
 */
#include "report/group.h"

#include "fixture.h"

static NslContainer *add_container(NslSnapshot *snapshot, const char *key, const char *name)
{
	return fixture_container(snapshot, key, "docker", NULL, name);
}

static NslContainer *add_in_pod(NslSnapshot *snapshot, const char *key, const char *name,
				const char *pod)
{
	NslContainer *container = add_container(snapshot, key, name);

	container->identity.pod = g_strdup(pod);
	container->identity.pod_namespace = g_strdup("shop");
	return container;
}

/* A process in these namespaces (up to inode 0), in the root ones else; `container` may be NULL. */
static NslProcess *add(NslSnapshot *snapshot, guint32 pid, guint32 ppid, const char *command,
		       NslContainer *container, const FixtureNs *others)
{
	NslProcess *process = fixture_process(snapshot, pid, command);

	process->has_stat = true;
	process->ppid = ppid;
	for (; others->inode != 0; others++)
		fixture_join(snapshot, process, others->type, others->inode);
	fixture_join_roots(snapshot, process);
	if (container)
		nsl_process_add_to(process, container);
	return process;
}

#define IN(...) ((const FixtureNs[]){__VA_ARGS__, {0, 0}})
#define MNT(n)                                                                                     \
	{                                                                                          \
		NSL_NSTYPE_MNT, n                                                                  \
	}
#define NET(n)                                                                                     \
	{                                                                                          \
		NSL_NSTYPE_NET, n                                                                  \
	}
#define PID(n)                                                                                     \
	{                                                                                          \
		NSL_NSTYPE_PID, n                                                                  \
	}
#define UTS(n)                                                                                     \
	{                                                                                          \
		NSL_NSTYPE_UTS, n                                                                  \
	}

static void check(NslSnapshot *snapshot, const char *words, const char *expected)
{
	nsl_snapshot_freeze(snapshot);
	fixture_check(NSL_FORMAT_TREE_CONTAINER, snapshot, words, NULL, (NslStyle){0}, expected);
}

#define BUT_MNT "  shares cgroup, ipc, net, pid, time, user, uts\n"

/* Its namespaces, those that only some of it are in, and its processes as a tree. */
TEST(container)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslContainer *web = add_container(snapshot, "docker/a", "web\x1b");

	add(snapshot, 10, 1, "init", web, IN(MNT(5), PID(6)));
	add(snapshot, 11, 10, "worker", web, IN(MNT(5), PID(6)));
	add(snapshot, 12, 10, "inner\n", web, IN(MNT(5), PID(7), NET(8)));
	check(snapshot, NULL,
	      "docker:web\\x1b  shares cgroup, ipc, net (2 of 3 processes), time, user, uts\n"
	      "├─mnt:[5]\n"
	      "├─net:[8]  1 of 3 processes: 12\n"
	      "├─pid:[6]  2 of 3 processes: 10, 11\n"
	      "├─pid:[7]  1 of 3 processes: 12\n"
	      "└─10 init\n"
	      "  ├─11 worker\n"
	      "  └─12 inner\\n\n");
}

static void check_begins(const NslSnapshot *snapshot, const char *words, const char *line)
{
	g_autofree char *text =
		fixture_write(NSL_FORMAT_TREE_CONTAINER, snapshot, words, NULL, (NslStyle){0});
	g_autofree char *first = g_strndup(text, strcspn(text, "\n"));

	g_assert_cmpstr(first, ==, line);
}

/* What a container shares is the same, whichever of its processes are shown. */
TEST(selected)
{
	static const char *const words[] = {NULL, "10", "11", "net:[8]"};
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslContainer *web = add_container(snapshot, "docker/a", "web");

	add(snapshot, 10, 1, "init", web, IN(MNT(5), NET(8)));
	add(snapshot, 11, 10, "worker", web, IN(MNT(5)));
	nsl_snapshot_freeze(snapshot);
	for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
		check_begins(snapshot, words[i],
			     "docker:web  shares cgroup, ipc, net (1 of 2 processes), pid, time, "
			     "user, uts");
	/* A saved document that leaves members out knows what they share, and not how many. */
	snapshot->scope = fixture_select("10");
	web->shared |= NSL_NSTYPE_BIT(NSL_NSTYPE_MNT);
	check_begins(snapshot, "10",
		     "docker:web  shares cgroup, ipc, mnt, net, pid, time, user, uts");
}

/* What is said of a namespace can be told apart. */
TEST(reasons_apart)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslNamespace *ns = nsl_snapshot_add(snapshot, NSL_NSTYPE_UTS, 5);

	fixture_mounted(ns, "/x; held by fd 7 of 1 init", 0);
	check(snapshot, NULL,
	      "no process\n"
	      "└─uts:[5]  mounted at /x\\x3b held by fd 7 of 1 init\n");
}

/* With whom a namespace is shared is said on both sides. */
TEST(shared)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslContainer *a = add_container(snapshot, "docker/a", "a");
	NslContainer *b = add_container(snapshot, "docker/b", "b");

	add(snapshot, 10, 1, "one", a, IN(NET(5), MNT(6)));
	add(snapshot, 11, 1, "two", b, IN(NET(5), MNT(7)));
	add(snapshot, 12, 1, "spy", NULL, IN(NET(5)));
	check(snapshot, NULL,
	      "docker:a  shares cgroup, ipc, pid, time, user, uts\n"
	      "├─mnt:[6]\n"
	      "├─net:[5]  shared with docker:b, 1 other process\n"
	      "└─10 one\n"
	      "docker:b  shares cgroup, ipc, pid, time, user, uts\n"
	      "├─mnt:[7]\n"
	      "├─net:[5]  shared with docker:a, 1 other process\n"
	      "└─11 two\n"
	      "other processes\n"
	      "├─net:[5]  process 12; shared with docker:a, docker:b\n"
	      "└─12 spy\n");
}

/* What the containers of a pod share is the pod's; who else is in it is said there too. */
TEST(pod)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslContainer *a = add_in_pod(snapshot, "docker/a", "web", "web-0");
	NslContainer *b = add_in_pod(snapshot, "docker/b", "log", "web-0");
	NslContainer *other = add_in_pod(snapshot, "docker/c", "web", "web-1");

	add(snapshot, 10, 1, "one", a, IN(NET(5), MNT(6)));
	add(snapshot, 11, 1, "two", b, IN(NET(5), MNT(7)));
	add(snapshot, 12, 1, "three", other, IN(NET(8)));
	add(snapshot, 13, 1, "tcpdump", NULL, IN(NET(5)));
	check(snapshot, "-tnet,mnt",
	      "pod shop/web-0\n"
	      "├─net:[5]  shared by docker:log, docker:web; shared with 1 other process\n"
	      "├─docker:log\n"
	      "│ ├─mnt:[7]\n"
	      "│ └─11 two\n"
	      "└─docker:web\n"
	      "  ├─mnt:[6]\n"
	      "  └─10 one\n"
	      "pod shop/web-1\n"
	      "└─docker:web  shares mnt\n"
	      "  ├─net:[8]\n"
	      "  └─12 three\n"
	      "other processes\n"
	      "├─net:[5]  process 13; shared with docker:web, docker:log\n"
	      "└─13 tcpdump\n");
}

/* A container in a container, and a pod in one: below it, whatever their keys are. */
TEST(nested)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslContainer *outer = add_container(snapshot, "docker/z", "outer");
	NslContainer *inner = add_container(snapshot, "docker/a", "inner");
	NslContainer *pod = add_in_pod(snapshot, "docker/b", "web", "web-0");

	inner->parent = outer;
	pod->parent = outer;
	add(snapshot, 10, 1, "dockerd", outer, IN(MNT(5)));
	add(snapshot, 11, 10, "sh", inner, IN(MNT(6)));
	add(snapshot, 12, 10, "httpd", pod, IN(MNT(7)));
	check(snapshot, NULL,
	      "docker:outer" BUT_MNT "├─mnt:[5]\n"
	      "├─10 dockerd\n"
	      "├─docker:inner" BUT_MNT "│ ├─mnt:[6]\n"
	      "│ └─11 sh\n"
	      "└─pod shop/web-0\n"
	      "  └─docker:web" BUT_MNT "    ├─mnt:[7]\n"
	      "    └─12 httpd\n");
}

/* As no system has it: containers in each other. Each is shown once all the same. */
TEST(circles)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslContainer *a = add_container(snapshot, "docker/a", "a");
	NslContainer *b = add_container(snapshot, "docker/b", "b");
	NslContainer *self = add_container(snapshot, "docker/c", "c");

	a->parent = b;
	b->parent = a;
	self->parent = self;
	add(snapshot, 10, 11, "one", a, IN(MNT(5)));
	add(snapshot, 11, 10, "two", a, IN(MNT(5)));
	add(snapshot, 12, 12, "three", self, IN(MNT(6)));
	check(snapshot, NULL,
	      "docker:a" BUT_MNT "├─mnt:[5]\n"
	      "└─11 two\n"
	      "  └─10 one\n"
	      "docker:c" BUT_MNT "├─mnt:[6]\n"
	      "└─12 three\n");
}

/* Users nest them as deep as they like: what is too deep to be drawn so stands in the last one. */
TEST(deep)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	g_autofree char *text = NULL;
	NslContainer *above = NULL;

	for (guint i = 0; i < 3000; i++) {
		g_autofree char *key = g_strdup_printf("docker/%u", i);
		NslContainer *container = add_container(snapshot, key, key);

		container->parent = above;
		above = container;
		add(snapshot, i + 2, 1, "x", container, IN(MNT(5)));
	}
	nsl_snapshot_freeze(snapshot);
	text = fixture_write_format(NSL_FORMAT_TREE_CONTAINER, snapshot, NULL,
				    &(NslStyle){.ascii_lines = true});
	for (guint i = 0; i < 3000; i++) {
		g_autofree char *label = g_strdup_printf("docker:docker/%u  shares ", i);
		const char *line = strstr(text, label);
		guint indent = 0;

		g_assert_nonnull(line);
		while (line > text && line[-1] != '\n') {
			line--;
			indent++;
		}
		g_assert_cmpuint(indent / 2, ==, MIN(i, 63));
	}
}

/* Services by unit, what is in none, and what no process is in. */
TEST(rest)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslNamespace *held = nsl_snapshot_add(snapshot, NSL_NSTYPE_UTS, 9);
	NslNamespace *named = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 10);
	NslProcess *process;

	nsl_namespace_add_holder(held, &(NslHolder){.kind = NSL_HOLDER_KERNEL});
	nsl_namespace_add_name(named, "blue");
	add(snapshot, 10, 1, "udevd", NULL, IN(MNT(5)))->unit = g_strdup("udev.service");
	add(snapshot, 11, 1, "cron", NULL, IN(MNT(6)))->unit = g_strdup("cron.service");
	add(snapshot, 12, 1, "chrome", NULL, IN(NET(7)));
	process = add(snapshot, 13, 12, "unshare", NULL, IN(MNT(6)));
	fixture_for_children(snapshot, process, NSL_NSTYPE_PID, 8);
	check(snapshot, NULL,
	      "unit cron.service\n"
	      "├─mnt:[6]  shared with 1 other process\n"
	      "└─11 cron\n"
	      "unit udev.service\n"
	      "├─mnt:[5]\n"
	      "└─10 udevd\n"
	      "other processes\n"
	      "├─mnt:[6]  process 13; shared with 1 other process\n"
	      "├─net:[7]  process 12\n"
	      "├─pid:[8]  for children of 13 unshare\n"
	      "└─12 chrome\n"
	      "  └─13 unshare\n"
	      "no process\n"
	      "├─net:[10]**  created by ip netns add blue\n"
	      "└─uts:[9]  known to the kernel, holder not found\n");
}

/* With --all the host's are listed: in a line. */
TEST(all)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();

	add(snapshot, 1, 0, "init", NULL, IN(MNT(5)))->unit = g_strdup("init.scope");
	check(snapshot, "--all",
	      "unit init.scope" BUT_MNT "├─mnt:[5]\n"
	      "└─1 init\n");
}

/* Lists in a line are cut. */
TEST(many)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	g_autofree char *text = NULL;

	for (guint i = 0; i < 8; i++) {
		g_autofree char *name = g_strdup_printf("c%u", i);

		add(snapshot, 10 + i, 1, "x", add_container(snapshot, name, name), IN(NET(5)));
	}
	for (guint i = 0; i < 7; i++)
		add(snapshot, 20 + i, 1, "x", NULL, IN(NET(5)));
	nsl_snapshot_freeze(snapshot);
	text = fixture_write_format(NSL_FORMAT_TREE_CONTAINER, snapshot, NULL, &(NslStyle){0});
	g_assert_nonnull(strstr(text, "├─net:[5]  shared with docker:c1, docker:c2, docker:c3, "
				      "docker:c4, docker:c5, +2 more, 7 other processes\n"));
	g_assert_nonnull(strstr(text, "├─net:[5]  processes 20, 21, 22, 23, 24, +2 more; shared "
				      "with docker:c0, docker:c1, docker:c2, docker:c3, docker:c4, "
				      "+3 more\n"));
}

/* So many that to look at each pair of them would take minutes: what folds, and what does not. */
TEST(broad)
{
	const guint n = 50000;
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();

	for (guint i = 0; i < n; i++) {
		add(snapshot, 2 + i, 1, "x", NULL, IN(NET(5)))->unit =
			g_strdup_printf("u%05u.service", i);
	}
	for (guint i = 0; i < n; i++)
		add(snapshot, 2 + n + i, 1, "x", NULL, IN(MNT(10 + i)))->unit =
			g_strdup("one.service");
	nsl_snapshot_freeze(snapshot);
	for (guint fold = 0; fold <= 1; fold++) {
		g_autofree char *text = fixture_write_format(NSL_FORMAT_TREE_CONTAINER, snapshot,
							     NULL, &(NslStyle){.fold = fold == 1});

		g_assert_nonnull(strstr(text, "unit u49999.service\n"));
		g_assert_nonnull(strstr(text, "net:[5]  shared with 49999 other processes\n"));
		g_assert_nonnull(strstr(text, "mnt:[10]  1 of 50000 processes: 50002\n"));
	}
}

static bool is_about_namespace(const NslRow *row, gpointer data)
{
	(void)data;
	return !row->process;
}

/* Where a filter has left the processes out it is not said that there are none. */
TEST(kept)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	g_autoptr(NslSelection) selection = nsl_selection_new();
	g_autoptr(NslOutput) output = nsl_output_new(-1);
	g_autoptr(NslView) view = NULL;

	add(snapshot, 10, 1, "sh", NULL, IN(NET(5)));
	nsl_namespace_add_name(nsl_snapshot_get(snapshot, NSL_NSTYPE_NET, 5), "blue");
	nsl_namespace_add_name(nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 6), "red");
	nsl_snapshot_freeze(snapshot);
	view = nsl_view_new(snapshot, selection);
	nsl_view_keep(view, is_about_namespace, NULL);
	nsl_tree_write(view, &(NslStyle){.format = NSL_FORMAT_TREE_CONTAINER}, output);
	g_assert_cmpstr(output->text->str, ==,
			"no process\n"
			"└─net:[6]**  created by ip netns add red\n"
			"processes not selected\n"
			"└─net:[5]**  created by ip netns add blue\n");
}

/* 1, 2, 4, 5, 7 and 9 are in just the same; 3 is in another net namespace, 6 in a container, the
 * children of 8 are elsewhere. */
static NslSnapshot *make_alike(void)
{
	NslSnapshot *snapshot = fixture_snapshot();
	NslContainer *web = fixture_container(snapshot, "docker/1", "docker", "1", "web");

	for (guint32 pid = 1; pid <= 9; pid++) {
		NslProcess *process = fixture_process(snapshot, pid, "x");

		fixture_join(snapshot, process, NSL_NSTYPE_NET, pid == 3 ? 51 : 50);
		fixture_join(snapshot, process, NSL_NSTYPE_UTS, 60);
		if (pid == 6)
			nsl_process_add_to(process, web);
		if (pid == 8)
			fixture_for_children(snapshot, process, NSL_NSTYPE_PID, 70);
		fixture_join_roots(snapshot, process);
	}
	nsl_snapshot_freeze(snapshot);
	return snapshot;
}

static void check_others(GHashTable *folds, const NslSnapshot *snapshot, guint32 pid,
			 const char *others, const char *rest)
{
	const NslFold *fold = g_hash_table_lookup(folds, nsl_snapshot_get_process(snapshot, pid));
	g_autoptr(GString) text = g_string_new(NULL);

	g_assert_nonnull(fold);
	g_assert_cmpuint(fold->first->pid, ==, pid);
	if (!others) {
		g_assert_cmpuint(fold->others->len, ==, 0);
		return;
	}
	nsl_fold_append_others(text, fold);
	g_assert_cmpstr(text->str, ==, others);
	g_string_truncate(text, 0);
	nsl_fold_append_rest(text, fold);
	g_assert_cmpstr(text->str, ==, rest);
}

static bool keep(const NslRow *row, gpointer data)
{
	/* Of process 2 one row alone is left, of 4 none. */
	(void)data;
	return row->process && row->process->pid != 4 &&
	       (row->process->pid != 2 || row->ns->type == NSL_NSTYPE_NET);
}

TEST(alike)
{
	g_autoptr(NslSnapshot) snapshot = make_alike();
	g_autoptr(NslSelection) selection = nsl_selection_new();
	g_autoptr(NslView) view = nsl_view_new(snapshot, selection);
	g_autoptr(GHashTable) folds = nsl_folds_new(view, NULL);
	g_autoptr(GHashTable) kept = NULL;

	check_others(folds, snapshot, 1, "2 +4", "4-5,7,9");
	check_others(folds, snapshot, 3, NULL, NULL);
	check_others(folds, snapshot, 6, NULL, NULL);
	g_assert_false(g_hash_table_contains(folds, nsl_snapshot_get_process(snapshot, 8)));
	/* What a filter leaves has to be the same, too. */
	nsl_view_keep(view, keep, NULL);
	kept = nsl_folds_new(view, NULL);
	check_others(kept, snapshot, 1, "5 +2", "7,9");
	check_others(kept, snapshot, 2, NULL, NULL);
}
