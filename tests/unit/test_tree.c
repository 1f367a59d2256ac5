/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of report/tree: by namespace, by owner and by parent. By container: test_group.c.
 */
#include "fixture.h"

/* A process in the network namespace 5 whose parent is `ppid`. */
static NslProcess *add_child(NslSnapshot *snapshot, guint32 pid, guint32 ppid, const char *command)
{
	NslProcess *process = fixture_process(snapshot, pid, command);

	process->has_stat = true;
	process->ppid = ppid;
	fixture_join(snapshot, process, NSL_NSTYPE_NET, 5);
	return process;
}

static char *write_tree(NslFormat format, const NslSnapshot *snapshot)
{
	return fixture_write(format, snapshot, NULL, NULL, (NslStyle){.ascii_lines = true});
}

static void check_tree(const NslSnapshot *snapshot, const NslStyle *style, const char *expected)
{
	fixture_check(NSL_FORMAT_TREE, snapshot, NULL, NULL, *style, expected);
}

static void check_by(NslFormat format, const NslSnapshot *snapshot, const char *words,
		     const char *expected)
{
	fixture_check(format, snapshot, words, NULL, (NslStyle){0}, expected);
}

/* A parent may have a larger PID than its child. */
TEST(wrapped_pids)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();

	add_child(snapshot, 7, 4000, "grandchild");
	add_child(snapshot, 8, 4100, "child");
	add_child(snapshot, 4000, 4100, "child");
	add_child(snapshot, 4100, 1, "parent");
	check_tree(snapshot, &(NslStyle){0},
		   "net\n"
		   "└─net:[5]\n"
		   "  └─4100 parent\n"
		   "    ├─8 child\n"
		   "    └─4000 child\n"
		   "      └─7 grandchild\n");
}

/* Types, the namespaces of each, reasons, names, marks. */
TEST(namespaces)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslNamespace *named = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 8);
	NslNamespace *held = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 9);
	const NslStyle style = {.headings = true}; /* a tree has none */
	NslProcess *process;

	nsl_namespace_add_name(named, "blue");
	nsl_namespace_add_name(named, "alias; x");
	fixture_mounted(held, "/a\n", 0);
	process = add_child(snapshot, 10, 1, "sh");
	fixture_join(snapshot, process, NSL_NSTYPE_MNT, 6);
	process = fixture_process(snapshot, 11, "unshare");
	process->ppid = 10;
	fixture_for_children(snapshot, process, NSL_NSTYPE_PID, 7);
	process = fixture_process(snapshot, 12, "in blue");
	nsl_process_join(process, named);
	nsl_snapshot_freeze(snapshot);
	check_tree(
		snapshot, &style,
		"mnt\n"
		"└─mnt:[6]\n"
		"  └─10 sh\n"
		"net\n"
		"├─net:[5]\n"
		"│ └─10 sh\n"
		"├─net:[8]**  created by ip netns add alias\\x3b x; created by ip netns add blue\n"
		"│ └─12 in blue\n"
		"└─net:[9]  mounted at /a\\n\n"
		"pid\n"
		"└─pid:[7]  for children of 11 unshare\n"
		"  └─11 (for children) unshare\n");
}

/* One whose children alone are inside stands beside the tree; its child inside, below it. */
TEST(for_children)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslProcess *process = fixture_process(snapshot, 10, "unshare");

	process->ppid = 11; /* a parent inside does not take it in */
	fixture_for_children(snapshot, process, NSL_NSTYPE_PID, 7);
	process = fixture_process(snapshot, 11, "init");
	process->ppid = 1;
	fixture_join(snapshot, process, NSL_NSTYPE_PID, 7);
	check_tree(snapshot, &(NslStyle){0},
		   "pid\n"
		   "└─pid:[7]\n"
		   "  ├─10 (for children) unshare\n"
		   "  └─11 init\n");
}

static guint count_lines(const char *text)
{
	guint n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

/* As deep as a chain of processes can get, in time that is in proportion. */
TEST(deep)
{
	const guint n = 10000;
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;
	gsize indent = 0;

	for (guint pid = 1; pid <= n; pid++)
		add_child(snapshot, pid, pid - 1, "x");
	text = write_tree(NSL_FORMAT_TREE, snapshot);
	lines = g_strsplit(text, "\n", -1);
	g_assert_cmpuint(g_strv_length(lines), ==, n + 3); /* with the empty rest */
	for (guint pid = 1; pid <= n; pid++) {
		const char *line = lines[pid + 1];
		g_autofree char *end = g_strdup_printf("`-%u x", pid);
		gsize now = strspn(line, " ");

		/* Each further to the right, to a limit. */
		g_assert_cmpstr(line + now, ==, end);
		if (pid > 1 && pid < 50)
			g_assert_cmpuint(now, ==, indent + 2);
		else if (pid > 1)
			g_assert_cmpuint(now, >=, indent);
		g_assert_cmpuint(now, <, 200);
		indent = now;
	}
}

#define USER fixture_root(NSL_NSTYPE_USER)
#define PID  fixture_root(NSL_NSTYPE_PID)

static void set(NslRelation *relation, NslNamespace *ns)
{
	relation->knowledge = ns ? NSL_KNOWN : NSL_NONE;
	relation->ns = ns;
}

/* A namespace, owned and for pid and user nested; NULL: there is nothing above it. */
static NslNamespace *add(NslSnapshot *snapshot, NslNsType type, guint64 inode, NslNamespace *owner,
			 NslNamespace *parent)
{
	NslNamespace *ns = nsl_snapshot_add(snapshot, type, inode);

	set(&ns->owner, owner);
	set(&ns->parent, parent);
	return ns;
}

static NslNamespace *add_user(NslSnapshot *snapshot, guint64 inode, NslNamespace *parent)
{
	return add(snapshot, NSL_NSTYPE_USER, inode, parent, parent);
}

static void enter(NslSnapshot *snapshot, guint32 pid, const char *command, NslNamespace *ns)
{
	NslProcess *process = nsl_snapshot_get_process(snapshot, pid);

	if (!process)
		process = fixture_process(snapshot, pid, command);
	nsl_process_join(process, ns);
}

/* user 1 > user 2, who own what they do; pid 5 > pid 6. */
static NslSnapshot *nested_snapshot(void)
{
	NslSnapshot *snapshot = fixture_snapshot();
	NslNamespace *root = add_user(snapshot, USER, NULL);
	NslNamespace *outer = add_user(snapshot, 1, root);
	NslNamespace *inner = add_user(snapshot, 2, outer);
	NslNamespace *root_pid = add(snapshot, NSL_NSTYPE_PID, PID, root, NULL);
	NslNamespace *pid = add(snapshot, NSL_NSTYPE_PID, 5, outer, root_pid);

	outer->has_owner_uid = NSL_KNOWN;
	outer->owner_uid = 1000;
	outer->owner_name = g_strdup("al\x1b");
	inner->has_owner_uid = NSL_KNOWN;
	inner->owner_uid = 1001;
	nsl_namespace_add_name(add(snapshot, NSL_NSTYPE_NET, 3, root, NULL), "blue");
	enter(snapshot, 10, "sh", outer);
	enter(snapshot, 10, NULL, add(snapshot, NSL_NSTYPE_NET, 4, outer, NULL));
	enter(snapshot, 10, NULL, pid);
	enter(snapshot, 11, "sleep 9", inner);
	enter(snapshot, 11, NULL, add(snapshot, NSL_NSTYPE_PID, 6, inner, pid));
	enter(snapshot, 12, "cat", nsl_snapshot_get(snapshot, NSL_NSTYPE_PID, 6));
	nsl_snapshot_freeze(snapshot);
	return snapshot;
}

TEST(owner)
{
	g_autoptr(NslSnapshot) snapshot = nested_snapshot();
	g_autofree char *root = g_strdup_printf("user:[%" G_GUINT64_FORMAT "] (root)\n", USER);
	g_autofree char *expected =
		g_strconcat(root,
			    "├─net:[3]**  created by ip netns add blue\n"
			    "└─user:[1]  made by al\\x1b, 1 process: 10 sh\n"
			    "  ├─net:[4]  1 process: 10 sh\n"
			    "  ├─pid:[5]  1 process: 10 sh\n"
			    "  └─user:[2]  made by 1001, 1 process: 11 sleep 9\n"
			    "    └─pid:[6]  2 processes: 11 sleep 9\n",
			    NULL);

	check_by(NSL_FORMAT_TREE_OWNER, snapshot, NULL, expected);
}

/* What is above those that are selected is there, and says that it is just that. */
TEST(relation_context)
{
	g_autoptr(NslSnapshot) snapshot = nested_snapshot();
	g_autofree char *nets = g_strdup_printf("user:[%" G_GUINT64_FORMAT "] (root)\n"
						"├─net:[3]**  created by ip netns add blue\n"
						"└─user:[1] (not selected)\n"
						"  └─net:[4]  1 process: 10 sh\n",
						USER);
	g_autofree char *pids = g_strdup_printf("pid\n"
						"└─pid:[%" G_GUINT64_FORMAT "] (root)\n"
						"  └─pid:[5] (not selected)\n"
						"    └─pid:[6]  2 processes: 11 sleep 9\n",
						PID);

	check_by(NSL_FORMAT_TREE_OWNER, snapshot, "-tnet", nets);
	check_by(NSL_FORMAT_TREE_PARENT, snapshot, "pid:[6]", pids);
}

/* With --all the root ones are listed as others are. */
TEST(relation_all)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslNamespace *root = add_user(snapshot, USER, NULL);
	g_autofree char *expected =
		g_strdup_printf("user:[%" G_GUINT64_FORMAT "] (root)  1 process: 1 init\n"
				"└─uts:[%" G_GUINT64_FORMAT "] (root)  1 process: 1 init\n",
				USER, fixture_root(NSL_NSTYPE_UTS));

	enter(snapshot, 1, "init", root);
	enter(snapshot, 1, NULL,
	      add(snapshot, NSL_NSTYPE_UTS, fixture_root(NSL_NSTYPE_UTS), root, NULL));
	check_by(NSL_FORMAT_TREE_OWNER, snapshot, "--all", expected);
}

static NslNamespace *add_unknown(NslSnapshot *snapshot, NslNsType type, guint64 inode,
				 NslKnowledge knowledge)
{
	NslNamespace *ns = nsl_snapshot_add(snapshot, type, inode);

	ns->owner.knowledge = ns->parent.knowledge = knowledge;
	nsl_namespace_add_holder(ns, &(NslHolder){.kind = NSL_HOLDER_KERNEL});
	return ns;
}

#define HELD "  known to the kernel, holder not found\n"

/* What is not known is said, and what is below it stays below it. */
TEST(relation_unknown)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslNamespace *denied = add_unknown(snapshot, NSL_NSTYPE_USER, 1, NSL_DENIED);

	add_unknown(snapshot, NSL_NSTYPE_PID, 3, NSL_UNSUPPORTED);
	add_unknown(snapshot, NSL_NSTYPE_PID, 4, NSL_SKIPPED);
	add_unknown(snapshot, NSL_NSTYPE_USER, 2, NSL_NONE); /* another system's, as it were */
	set(&add_unknown(snapshot, NSL_NSTYPE_NET, 5, NSL_NONE)->owner, denied);
	check_by(NSL_FORMAT_TREE_OWNER, snapshot, NULL,
		 "user:[2]" HELD "owner unknown: it was not asked for\n"
		 "└─pid:[4]" HELD "owner unknown: it may not be read\n"
		 "└─user:[1]" HELD "  └─net:[5]" HELD "owner unknown: there is no way to ask\n"
		 "└─pid:[3]" HELD);
	check_by(NSL_FORMAT_TREE_PARENT, snapshot, NULL,
		 "pid\n"
		 "├─parent unknown: it was not asked for\n"
		 "│ └─pid:[4]" HELD "└─parent unknown: there is no way to ask\n"
		 "  └─pid:[3]" HELD "user\n"
		 "├─user:[2]" HELD "└─parent unknown: it may not be read\n"
		 "  └─user:[1]" HELD);
}

/* The root ones of a container are the top, and it is said that there is more above. */
TEST(relation_denied_root)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslNamespace *root = add_unknown(snapshot, NSL_NSTYPE_USER, USER, NSL_DENIED);
	g_autofree char *expected =
		g_strdup_printf("user:[%" G_GUINT64_FORMAT "] (root; what is above may not be "
				"read)\n└─user:[1]  1 process: 7 sh\n",
				USER);

	enter(snapshot, 7, "sh", add_user(snapshot, 1, root));
	check_by(NSL_FORMAT_TREE_OWNER, snapshot, NULL, expected);
}

/* As no kernel tells it: each is shown once all the same. */
TEST(relation_circles)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslNamespace *first = add_unknown(snapshot, NSL_NSTYPE_USER, 1, NSL_NONE);
	NslNamespace *second = add_unknown(snapshot, NSL_NSTYPE_USER, 2, NSL_NONE);
	NslNamespace *pid = add_unknown(snapshot, NSL_NSTYPE_PID, 3, NSL_NONE);

	set(&first->owner, second);
	set(&second->owner, first);
	set(&first->parent, second);
	set(&second->parent, first);
	set(&pid->owner, first);
	set(&pid->parent, pid);
	check_by(NSL_FORMAT_TREE_OWNER, snapshot, NULL,
		 "owner unknown: these are said to be above themselves\n"
		 "└─user:[2]" HELD "  └─user:[1]" HELD "    └─pid:[3]" HELD);
	check_by(NSL_FORMAT_TREE_PARENT, snapshot, NULL,
		 "pid\n"
		 "└─parent unknown: these are said to be above themselves\n"
		 "  └─pid:[3]" HELD "user\n"
		 "└─parent unknown: these are said to be above themselves\n"
		 "  └─user:[2]" HELD "    └─user:[1]" HELD);
}

/* As deep as nothing nests, in time that is in proportion. */
TEST(relation_deep)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	g_autofree char *text = NULL;
	NslNamespace *above = NULL;

	for (guint64 inode = 1; inode <= 10000; inode++)
		above = add_user(snapshot, inode, above);
	text = write_tree(NSL_FORMAT_TREE_OWNER, snapshot);
	g_assert_cmpuint(count_lines(text), ==, 10000);
}
