/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of report/tree_relation and report/relation: the trees of owners and of parents.
 */
#include "report/relation.h"

#include "fixture.h"

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

/* The whole of it, with these selectors (up to a NULL) and types. */
static void check(NslSnapshot *snapshot, NslFormat format, NslSelection *given,
		  const char *expected)
{
	g_autoptr(NslSelection) all = given ? NULL : nsl_selection_new();
	const NslStyle style = {0};
	g_autofree char *text = fixture_write_format(format, snapshot, given ? given : all, &style);

	g_assert_cmpstr(text, ==, expected);
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

static void test_owner(void)
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

	check(snapshot, NSL_FORMAT_TREE_OWNER, NULL, expected);
}

static void test_parent(void)
{
	g_autoptr(NslSnapshot) snapshot = nested_snapshot();
	g_autofree char *expected =
		g_strdup_printf("pid\n"
				"└─pid:[%" G_GUINT64_FORMAT "] (root)\n"
				"  └─pid:[5]  1 process: 10 sh\n"
				"    └─pid:[6]  2 processes: 11 sleep 9\n"
				"user\n"
				"└─user:[%" G_GUINT64_FORMAT "] (root)\n"
				"  └─user:[1]  made by al\\x1b, 1 process: 10 sh\n"
				"    └─user:[2]  made by 1001, 1 process: 11 sleep 9\n",
				PID, USER);

	check(snapshot, NSL_FORMAT_TREE_PARENT, NULL, expected);
}

/* What is above those that are selected is there, and says that it is just that. */
static void test_context(void)
{
	g_autoptr(NslSnapshot) snapshot = nested_snapshot();
	g_autoptr(NslSelection) net = nsl_selection_new();
	g_autoptr(NslSelection) inner = nsl_selection_new();
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

	net->types = NSL_NSTYPE_BIT(NSL_NSTYPE_NET);
	check(snapshot, NSL_FORMAT_TREE_OWNER, net, nets);
	nsl_selection_add(inner, "pid:[6]");
	check(snapshot, NSL_FORMAT_TREE_PARENT, inner, pids);
}

/* With --all the root ones are listed as others are. */
static void test_all(void)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	g_autoptr(NslSelection) selection = nsl_selection_new();
	NslNamespace *root = add_user(snapshot, USER, NULL);
	g_autofree char *expected =
		g_strdup_printf("user:[%" G_GUINT64_FORMAT "] (root)  1 process: 1 init\n"
				"└─uts:[%" G_GUINT64_FORMAT "] (root)  1 process: 1 init\n",
				USER, fixture_root(NSL_NSTYPE_UTS));

	enter(snapshot, 1, "init", root);
	enter(snapshot, 1, NULL,
	      add(snapshot, NSL_NSTYPE_UTS, fixture_root(NSL_NSTYPE_UTS), root, NULL));
	selection->all = true;
	check(snapshot, NSL_FORMAT_TREE_OWNER, selection, expected);
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
static void test_unknown(void)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslNamespace *denied = add_unknown(snapshot, NSL_NSTYPE_USER, 1, NSL_DENIED);

	add_unknown(snapshot, NSL_NSTYPE_PID, 3, NSL_UNSUPPORTED);
	add_unknown(snapshot, NSL_NSTYPE_PID, 4, NSL_SKIPPED);
	add_unknown(snapshot, NSL_NSTYPE_USER, 2, NSL_NONE); /* another system's, as it were */
	set(&add_unknown(snapshot, NSL_NSTYPE_NET, 5, NSL_NONE)->owner, denied);
	check(snapshot, NSL_FORMAT_TREE_OWNER, NULL,
	      "user:[2]" HELD "owner unknown: it was not asked for\n"
	      "└─pid:[4]" HELD "owner unknown: it may not be read\n"
	      "└─user:[1]" HELD "  └─net:[5]" HELD "owner unknown: there is no way to ask\n"
	      "└─pid:[3]" HELD);
	check(snapshot, NSL_FORMAT_TREE_PARENT, NULL,
	      "pid\n"
	      "├─parent unknown: it was not asked for\n"
	      "│ └─pid:[4]" HELD "└─parent unknown: there is no way to ask\n"
	      "  └─pid:[3]" HELD "user\n"
	      "├─user:[2]" HELD "└─parent unknown: it may not be read\n"
	      "  └─user:[1]" HELD);
}

/* The root ones of a container are the top, and it is said that there is more above. */
static void test_denied_root(void)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslNamespace *root = add_unknown(snapshot, NSL_NSTYPE_USER, USER, NSL_DENIED);
	g_autofree char *expected =
		g_strdup_printf("user:[%" G_GUINT64_FORMAT "] (root; what is above may not be "
				"read)\n└─user:[1]  1 process: 7 sh\n",
				USER);

	enter(snapshot, 7, "sh", add_user(snapshot, 1, root));
	check(snapshot, NSL_FORMAT_TREE_OWNER, NULL, expected);
}

/* As no kernel tells it: each is shown once all the same. */
static void test_circles(void)
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
	check(snapshot, NSL_FORMAT_TREE_OWNER, NULL,
	      "owner unknown: these are said to be above themselves\n"
	      "└─user:[2]" HELD "  └─user:[1]" HELD "    └─pid:[3]" HELD);
	check(snapshot, NSL_FORMAT_TREE_PARENT, NULL,
	      "pid\n"
	      "└─parent unknown: these are said to be above themselves\n"
	      "  └─pid:[3]" HELD "user\n"
	      "└─parent unknown: these are said to be above themselves\n"
	      "  └─user:[2]" HELD "    └─user:[1]" HELD);
}

static void test_empty(void)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();

	add_user(snapshot, USER, NULL);
	check(snapshot, NSL_FORMAT_TREE_OWNER, NULL, "");
	check(snapshot, NSL_FORMAT_TREE_PARENT, NULL, "");
}

/* As deep as nothing nests, in time that is in proportion. */
static void test_deep(void)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	g_autoptr(NslSelection) selection = nsl_selection_new();
	const NslStyle style = {0};
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;
	NslNamespace *above = NULL;

	for (guint64 inode = 1; inode <= 10000; inode++)
		above = add_user(snapshot, inode, above);
	text = fixture_write_format(NSL_FORMAT_TREE_OWNER, snapshot, selection, &style);
	lines = g_strsplit(text, "\n", -1);
	g_assert_cmpuint(g_strv_length(lines), ==, 10000 + 1);
}

static void test_gather(void)
{
	g_autoptr(NslSnapshot) snapshot = nested_snapshot();
	g_autoptr(NslSelection) selection = nsl_selection_new();
	g_autoptr(NslView) view = NULL;
	g_autoptr(GPtrArray) nested = NULL;
	const guint64 expected[] = {5, 6, PID, 1, 2, USER};

	view = nsl_view_new(snapshot, selection);
	nested = nsl_relation_gather(view, NSL_RELATION_PARENT);
	g_assert_cmpuint(nested->len, ==, G_N_ELEMENTS(expected));
	for (guint i = 0; i < nested->len; i++)
		g_assert_cmpuint(((NslNamespace *)g_ptr_array_index(nested, i))->inode, ==,
				 expected[i]);
	g_assert_null(nsl_relation_obstacle(NSL_KNOWN));
	g_assert_null(nsl_relation_obstacle(NSL_NONE));
	g_assert_nonnull(nsl_relation_obstacle(NSL_DENIED));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/tree_relation/owner", test_owner);
	g_test_add_func("/tree_relation/parent", test_parent);
	g_test_add_func("/tree_relation/context", test_context);
	g_test_add_func("/tree_relation/all", test_all);
	g_test_add_func("/tree_relation/unknown", test_unknown);
	g_test_add_func("/tree_relation/denied_root", test_denied_root);
	g_test_add_func("/tree_relation/circles", test_circles);
	g_test_add_func("/tree_relation/empty", test_empty);
	g_test_add_func("/tree_relation/deep", test_deep);
	g_test_add_func("/tree_relation/gather", test_gather);
	return g_test_run();
}
