/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of report/dot. Whether dot(1) reads it, and shows what it should: tests/golden.
 */
#include "fixture.h"

static char *write_dot(const NslSnapshot *snapshot, const char *words)
{
	/* It is not for a terminal: nothing is cut. */
	return fixture_write(NSL_FORMAT_DOT, snapshot, words, NULL, (NslStyle){.columns = 20});
}

/* That each of these, up to a NULL, is somewhere in it, and in this order. */
static void check_order(const char *text, const char *const *pieces)
{
	for (; *pieces; pieces++) {
		const char *found = strstr(text, *pieces);

		if (!found)
			g_test_message("missing: %s in\n%s", *pieces, text);
		g_assert_nonnull(found);
		text = found + strlen(*pieces);
	}
}

static NslNamespace *relate(NslNamespace *ns, NslNamespace *owner, NslNamespace *parent)
{
	ns->owner.knowledge = owner ? NSL_KNOWN : NSL_NONE;
	ns->owner.ns = owner;
	ns->parent.knowledge = parent ? NSL_KNOWN : NSL_NONE;
	ns->parent.ns = parent;
	return ns;
}

/* A user namespace (1) that owns net (2) and another one (3), below the root one. */
static NslSnapshot *owned_snapshot(void)
{
	NslSnapshot *snapshot = fixture_snapshot();
	NslProcess *process = fixture_process(snapshot, 7, "sh");
	guint64 inode = fixture_root(NSL_NSTYPE_USER);
	NslNamespace *root = nsl_snapshot_add(snapshot, NSL_NSTYPE_USER, inode);
	NslNamespace *user = fixture_join(snapshot, process, NSL_NSTYPE_USER, 1);
	NslNamespace *net = fixture_join(snapshot, process, NSL_NSTYPE_NET, 2);
	NslNamespace *inner = nsl_snapshot_add(snapshot, NSL_NSTYPE_USER, 3);

	relate(root, NULL, NULL);
	relate(user, root, root);
	relate(net, user, NULL);
	relate(inner, user, user);
	for (NslSource source = 0; source < NSL_SOURCE_COUNT; source++)
		snapshot->coverage[source] = NSL_COVERAGE_COMPLETE;
	return snapshot;
}

TEST(relations)
{
	g_autoptr(NslSnapshot) snapshot = owned_snapshot();
	g_autofree char *text = write_dot(snapshot, NULL);
	static const char *const pieces[] = {
		"digraph namespaces {\n",
		"\n\"net:[2]\" [label=\"net:[2]\\l1 process\\l7 sh\\l\", fillcolor=\"",
		"\n\"user:[1]\" [label=\"user:[1]\\l1 process\\l7 sh\\l\"",
		"\n\"user:[3]\" [label=\"user:[3]\\lno process, holder not found\\l\"",
		"\n\"user:[1]\" -> \"net:[2]\" [style=dashed];\n",
		"\"user:[1]\" -> \"user:[3]\";\n}\n",
		NULL,
	};

	check_order(text, pieces);
	g_assert_null(strstr(text, "(root)"));
	/* What owns a user namespace is its parent: one line is enough. */
	g_assert_null(strstr(text, "\"user:[3]\" [style"));
	g_assert_null(strstr(text, "not asked for"));
}

/* The owner that is not selected is there all the same. */
TEST(context)
{
	g_autoptr(NslSnapshot) snapshot = owned_snapshot();
	g_autofree char *text = write_dot(snapshot, "-tnet");
	static const char *const pieces[] = {
		"\n\"net:[2]\" [",
		"\n\"user:[1]\" [label=\"user:[1]\\l(not selected)\\l\"",
		"style=\"filled,dashed\"];\n",
		"\"user:[1]\" -> \"net:[2]\" [style=dashed];\n}\n",
		NULL,
	};

	check_order(text, pieces);
	g_assert_null(strstr(text, "user:[3]"));
}

TEST(unknown)
{
	g_autoptr(NslSnapshot) snapshot = owned_snapshot();
	g_autofree char *text = NULL;
	g_autofree char *unasked = NULL;
	static const char *const pieces[] = {
		"[label=\"net:[2]\\l1 process\\l7 sh\\lowner unknown: there is no way to ask\\l\"",
		"[label=\"user:[3]\\lno process, holder not found\\lparent unknown: it may not be "
		"read\\l\"",
		NULL,
	};

	nsl_snapshot_get(snapshot, NSL_NSTYPE_NET, 2)->owner.knowledge = NSL_UNSUPPORTED;
	nsl_snapshot_get(snapshot, NSL_NSTYPE_USER, 3)->parent.knowledge = NSL_DENIED;
	text = write_dot(snapshot, NULL);
	check_order(text, pieces);
	g_assert_null(strstr(text, "-> \"net:[2]\""));
	snapshot->coverage[NSL_SOURCE_RELATIONS] = NSL_COVERAGE_SKIPPED;
	unasked = write_dot(snapshot, NULL);
	g_assert_nonnull(strstr(unasked, "owned by (neither was asked for)\";\n"));
}

/* Boxes: what only a container is in, what its pod shares; what others are in too is in none. */
TEST(boxes)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslContainer *a = fixture_container(snapshot, "docker/a", "docker", NULL, "a");
	NslContainer *b = fixture_container(snapshot, "docker/b", "docker", NULL, "b");
	NslProcess *one = fixture_process(snapshot, 10, "one");
	NslProcess *two = fixture_process(snapshot, 11, "two");
	NslProcess *spy = fixture_process(snapshot, 12, "spy");
	g_autofree char *text = NULL;
	static const char *const pieces[] = {
		"\nsubgraph cluster_0 {\nlabel=\"pod web-0\\l\";\n",
		"subgraph cluster_1 {\nlabel=\"docker:a\\lshares time\\l\";\n",
		"\"mnt:[5]\" [label=\"mnt:[5]\\l1 process\\l10 one\\l\"",
		"];\n}\nsubgraph cluster_2 {\nlabel=\"docker:b\\l\";\n",
		"\"mnt:[6]\"",
		"];\n}\n\"net:[7]\" [label=\"net:[7]\\l2 processes\\l10 one\\l11 two\\l\"",
		"];\n}\n\"uts:[8]\" [label=\"uts:[8]\\l3 processes\\l10 one\\l11 two\\l12 spy\\l",
		"in docker:a\\lin docker:b\\l\"",
		"];\n}\n",
		NULL,
	};

	a->identity.pod = g_strdup("web-0");
	b->identity.pod = g_strdup("web-0");
	nsl_process_add_to(one, a);
	nsl_process_add_to(two, b);
	fixture_join(snapshot, one, NSL_NSTYPE_MNT, 5);
	fixture_join(snapshot, one, NSL_NSTYPE_TIME, fixture_root(NSL_NSTYPE_TIME));
	fixture_join(snapshot, two, NSL_NSTYPE_MNT, 6);
	fixture_join(snapshot, one, NSL_NSTYPE_NET, 7);
	fixture_join(snapshot, two, NSL_NSTYPE_NET, 7);
	fixture_join(snapshot, one, NSL_NSTYPE_UTS, 8);
	fixture_join(snapshot, two, NSL_NSTYPE_UTS, 8);
	fixture_join(snapshot, spy, NSL_NSTYPE_UTS, 8);
	nsl_snapshot_freeze(snapshot);
	text = write_dot(snapshot, NULL);
	check_order(text, pieces);
}

/* A few of many, and how many more. */
TEST(many)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslNamespace *ns = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 5);
	g_autofree char *text = NULL;

	for (guint i = 0; i < 5; i++) {
		g_autofree char *name = g_strdup_printf("name%u", i);

		nsl_namespace_add_name(ns, name);
		nsl_process_join(fixture_process(snapshot, 10 + i, "x"), ns);
	}
	text = write_dot(snapshot, NULL);
	g_assert_nonnull(strstr(
		text, "net:[5]\\lip netns name0\\lip netns name1\\lip netns name2\\l+2 more\\l"
		      "5 processes\\l10 x\\l11 x\\l12 x\\l+2 more\\l\""));
}

/* What nobody may break out of: the string, the escapes of labels, their entities, the line. */
TEST(hostile)
{
	static const struct {
		const char *name;
		const char *expected;
	} cases[] = {
		{"\"];\n}", "\\\"];\\\\n}"},
		{"\\", "\\\\"},
		{"a\\", "a\\\\"},
		{"\\\"", "\\\\\\\""},
		{"\\N\\G\\l", "\\\\N\\\\G\\\\l"},
		{"<b>&lt;&#38;", "<b>&amp;lt;&amp;#38;"},
		{"\xff\x1b\xc0\xaf", "\\\\xff\\\\x1b\\\\xc0\\\\xaf"},
		{"\u202e\u65e5", "\\\\xe2\\\\x80\\\\xae\u65e5"},
		{"/* //", "/* //"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
		NslContainer *container =
			fixture_container(snapshot, "k", "docker", NULL, cases[i].name);
		NslProcess *process = fixture_process(snapshot, 7, cases[i].name);
		NslNamespace *ns = fixture_join(snapshot, process, NSL_NSTYPE_NET, 5);
		g_autofree char *text = NULL;
		/* A container's name is one word, without brackets. */
		g_auto(GStrv) words = g_strsplit(cases[i].expected, " ", -1);
		g_autofree char *word = g_strjoinv("\\\\x20", words);
		g_auto(GStrv) parts = g_strsplit(word, "]", -1);
		g_autofree char *name = g_strjoinv("\\\\x5d", parts);
		g_autofree char *box = g_strdup_printf("\nlabel=\"docker:%s\\l\";\n", name);
		g_autofree char *node = g_strdup_printf(
			"\"net:[5]\" [label=\"net:[5]\\lip netns %s\\l1 process\\l7 %s\\l\", fill",
			cases[i].expected, cases[i].expected);

		nsl_process_add_to(process, container);
		nsl_namespace_add_name(ns, cases[i].name);
		nsl_snapshot_freeze(snapshot);
		text = write_dot(snapshot, NULL);
		g_assert_nonnull(strstr(text, box));
		g_assert_nonnull(strstr(text, node));
		g_assert_true(g_utf8_validate(text, -1, NULL));
	}
}

/* However long a command line is. */
TEST(long)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	g_autofree char *command = g_strnfill(128 << 10, '"');
	g_autofree char *text = NULL;

	fixture_join(snapshot, fixture_process(snapshot, 7, command), NSL_NSTYPE_NET, 5);
	text = write_dot(snapshot, NULL);
	g_assert_cmpuint(strlen(text), <, 2000);
	g_assert_nonnull(strstr(text, "\\\"...\\l\""));
}

/* However deep containers nest, and whatever their order: dot(1) goes into each box. */
TEST(deep)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslContainer *inner = NULL;
	g_autofree char *text = NULL;
	guint depth = 0;
	guint deepest = 0;

	for (guint i = 1000; i < 1200; i++) { /* their order: the innermost one first */
		g_autofree char *key = g_strdup_printf("docker/%u", i);
		NslContainer *container = fixture_container(snapshot, key, "docker", NULL, key);
		NslProcess *process = fixture_process(snapshot, i, "x");

		fixture_join(snapshot, process, NSL_NSTYPE_UTS, i);
		nsl_process_add_to(process, container);
		if (inner)
			inner->parent = container;
		inner = container;
	}
	nsl_snapshot_freeze(snapshot);
	text = write_dot(snapshot, NULL);
	for (const char *at = text; (at = strchr(at, '\n')); at++) {
		depth += g_str_has_prefix(at, "\nsubgraph");
		depth -= g_str_has_prefix(at, "\n}\n") && depth > 0;
		deepest = MAX(deepest, depth);
	}
	g_assert_cmpuint(deepest, ==, 64);
}
