/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of report/wording.
 */
#include "report/wording.h"

#include "fixture.h"

TEST(namespace)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslNamespace *plain = nsl_snapshot_add(snapshot, NSL_NSTYPE_MNT, 4026531860);
	NslNamespace *named = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, G_MAXUINT64);
	g_autoptr(GString) text = g_string_new("<");

	nsl_namespace_add_name(named, "blue");
	nsl_label_namespace(text, plain, true);
	g_assert_cmpstr(text->str, ==, "<mnt:[4026531860]");
	g_string_truncate(text, 1);
	nsl_label_namespace(text, named, false);
	g_assert_cmpstr(text->str, ==, "<net:[18446744073709551615]");
	g_string_truncate(text, 1);
	nsl_label_namespace(text, named, true);
	g_assert_cmpstr(text->str, ==, "<net:[18446744073709551615]**");
}

/* Without `more` it has nothing that only few rows have. */
static void check_row(const NslRow *row, NslTextKind kind, const char *expected)
{
	g_autoptr(GString) text = g_string_new("<");
	const NslRow whole = {row->ns, row->process, row->more ? row->more : &nsl_row_no_more};

	nsl_label_row(text, &whole, kind);
	g_assert_cmpstr(text->str + 1, ==, expected);
}

TEST(row)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslNamespace *ns = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 5);
	NslProcess *with = fixture_process(snapshot, 7, "sh -c \x1b[31m\n\u65e5\xff");
	NslProcess *without = fixture_process(snapshot, 8, NULL);
	NslProcess *nothing = fixture_process(snapshot, 9, NULL);
	NslProcess *longer = fixture_process(snapshot, 10, "cc");
	NslRow row = {.ns = ns, .process = with};
	const NslHolder mount = {.kind = NSL_HOLDER_MOUNT, .path = (char *)"/a\x1b\u65e5"};
	const NslRowMore more = {.holder = &mount, .snapshot = snapshot};

	without->comm = g_strdup("kworker/u4:2\n");
	longer->command_truncated = true;
	check_row(&row, NSL_TEXT_UTF8, "sh -c \\x1b[31m\\n\u65e5\\xff");
	check_row(&row, NSL_TEXT_ASCII, "sh -c \\x1b[31m\\n\\xe6\\x97\\xa5\\xff");
	row.process = without;
	check_row(&row, NSL_TEXT_UTF8, "kworker/u4:2\\n");
	row.process = nothing;
	check_row(&row, NSL_TEXT_UTF8, "");
	row.process = longer;
	check_row(&row, NSL_TEXT_UTF8, "cc\u2026");
	check_row(&row, NSL_TEXT_ASCII, "cc...");
	row.process = NULL;
	row.more = &more;
	check_row(&row, NSL_TEXT_UTF8, "mounted at /a\\x1b\u65e5");
	check_row(&row, NSL_TEXT_ASCII, "mounted at /a\\x1b\\xe6\\x97\\xa5");
}

/* A document of a container within another one need not have any process of that one. */
TEST(row_empty_container)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	const NslRowMore more = {
		.container = fixture_container(snapshot, "1", "docker", NULL, "web"),
		.snapshot = snapshot,
	};

	check_row(&(NslRow){.more = &more}, NSL_TEXT_UTF8, "");
}

/*
 * The name of a process that has no command line is whole, however much of nothing there was to
 * read (arguments that are all empty).
 */
TEST(row_name)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslProcess *process = fixture_process(snapshot, 7, NULL);
	NslRow row = {.ns = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 5), .process = process};

	process->comm = g_strdup("sh");
	process->command_truncated = true;
	check_row(&row, NSL_TEXT_UTF8, "sh");
}

#define ID "3f2ab81c9e7d0123456789abcdef0123456789abcdef0123456789abcdef0123"

static void check_container(const NslContainer *container, NslTextKind kind, const char *expected)
{
	g_autoptr(GString) text = g_string_new("<");

	nsl_label_container(text, container, kind);
	g_assert_cmpstr(text->str + 1, ==, expected);
}

/* By its name, else by as much of its id as engines show; a claim is marked as one. */
TEST(container)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslContainer *named = fixture_container(snapshot, "1", "docker", ID, "web");
	NslContainer *odd = fixture_container(snapshot, "2", "lxc", NULL, "\u65e5\x1b");
	NslContainer *numbered = fixture_container(snapshot, "3", "podman", ID, NULL);
	NslContainer *neither = fixture_container(snapshot, "4", "bwrap", NULL, NULL);

	check_container(named, NSL_TEXT_UTF8, "docker:web");
	check_container(odd, NSL_TEXT_UTF8, "lxc:\u65e5\\x1b");
	check_container(odd, NSL_TEXT_ASCII, "lxc:\\xe6\\x97\\xa5\\x1b");
	check_container(numbered, NSL_TEXT_UTF8, "podman:3f2ab81c9e7d");
	check_container(neither, NSL_TEXT_UTF8, "bwrap");
	named->unconfirmed = numbered->unconfirmed = neither->unconfirmed = true;
	check_container(named, NSL_TEXT_UTF8, "docker:web?");
	check_container(numbered, NSL_TEXT_UTF8, "podman:3f2ab81c9e7d?");
	check_container(neither, NSL_TEXT_UTF8, "bwrap?");
}

static void check_pod(const NslContainer *container, const char *expected)
{
	g_autoptr(GString) text = g_string_new("<");

	nsl_label_pod(text, container, NSL_TEXT_UTF8);
	g_assert_cmpstr(text->str + 1, ==, expected);
}

TEST(pod)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslContainer *container = fixture_container(snapshot, "1", "containerd", ID, "web");

	check_pod(container, "");
	container->identity.pod_uid = g_strdup("0a1b-2c");
	check_pod(container, "0a1b-2c");
	container->identity.pod = g_strdup("web-\n0");
	check_pod(container, "web-\\n0");
	container->identity.pod_namespace = g_strdup("sh\top");
	check_pod(container, "sh\\top/web-\\n0");
}

/* It stands before the command, in every row of the process but not in a namespace's own. */
TEST(row_container)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslNamespace *ns = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 5);
	NslProcess *process = fixture_process(snapshot, 7, "nginx -g");

	nsl_process_add_to(process, fixture_container(snapshot, "1", "docker", ID, "web"));
	check_row(&(NslRow){.ns = ns, .process = process}, NSL_TEXT_UTF8, "[docker:web] nginx -g");
	check_row(&(NslRow){.ns = ns,
			    .process = process,
			    .more = &(NslRowMore){.for_children = true}},
		  NSL_TEXT_UTF8, "[docker:web] (for children) nginx -g");
	process->zombie = true;
	check_row(&(NslRow){.ns = ns, .process = process}, NSL_TEXT_UTF8,
		  "[docker:web] <defunct> nginx -g");
	check_row(&(NslRow){.ns = ns,
			    .more = &(NslRowMore){.thread = &(NslHolder){.pid = 7,
									 .tid = 9,
									 .comm = (char *)"w"},
						  .owner = process}},
		  NSL_TEXT_UTF8, "[docker:web] (thread of 7) w");
	nsl_namespace_give_name(ns, "given");
	check_row(&(NslRow){.ns = ns, .more = &(NslRowMore){.name = "given"}}, NSL_TEXT_UTF8,
		  "named given by ip netns");
	check_row(&(NslRow){.ns = ns, .more = &(NslRowMore){.name = "x"}}, NSL_TEXT_UTF8,
		  "created by ip netns add x");
}

/* What a process calls itself, and how it is shown. */
typedef struct Claim {
	const char *bytes;
	const char *shown;
} Claim;

static const Claim claims[] = {
	{"[docker:web] nginx", "\\x5bdocker:web] nginx"},
	{" [docker:web] nginx", " \\x5bdocker:web] nginx"},
	{"\t\x01 [docker:web]", "\\t\\x01 \\x5bdocker:web]"},
	{"\u034f[docker:web]", "\\xcd\\x8f\\x5bdocker:web]"},
	{"\u115f[docker:web]", "\\xe1\\x85\\x9f\\x5bdocker:web]"},
	{"\u3164 \u2800[docker:web]", "\\xe3\\x85\\xa4 \\xe2\\xa0\\x80\\x5bdocker:web]"},
	{"\xff[docker:web]", "\\xff\\x5bdocker:web]"},
	{"[\u0301docker:web]", "\\x5b\\xcc\\x81docker:web]"},
	{"[Docker:web] x", "\\x5bDocker:web] x"},
	{"[docker2:web] x", "\\x5bdocker2:web] x"},
	{"[docker_x:web] x", "\\x5bdocker_x:web] x"},
	{"[d\u00f6cker:web] x", "\\x5bd\u00f6cker:web] x"},
	{"[bwrap] x", "\\x5bbwrap] x"},
	{"[docker:we b] x", "\\x5bdocker:we b] x"},
	{"[in docker:web] x", "\\x5bin docker:web] x"},
	{"[docker:web", "\\x5bdocker:web"}, /* cut off, perhaps */
	{"[", "\\x5b"},
	{"\uff3bdocker:web\uff3d x", "\\xef\\xbc\\xbbdocker:web\uff3d x"},
	{"\u27e6docker:web\u27e7 x", "\\xe2\\x9f\\xa6docker:web\u27e7 x"},
	/* No labels: more than a word, or not in the first place. */
	{"[lxc monitor] /x box", "[lxc monitor] /x box"},
	{"test [docker:web] (for children) x", "test [docker:web] (for children) x"},
	{"\u65e5[docker:web]", "\u65e5[docker:web]"},
	{"(sd-pam)", "(sd-pam)"},
	{"\x1b[31mred", "\\x1b[31mred"},
	/* Marks. */
	{"(for children) sleep", "\\x28for children) sleep"},
	{"\t \u2800(For children) x", "\\t \\xe2\\xa0\\x80\\x28For children) x"},
	{"(thread of 7) x", "\\x28thread of 7) x"},
	{"(pid:[7] for children) x", "\\x28pid:[7] for children) x"},
	{"(for", "\\x28for"},
	{"<defunct> x", "\\x3cdefunct> x"},
	{" < Defunct > x", " \\x3c Defunct > x"},
	{"<\u200bDEFUNCT>", "\\x3c\\xe2\\x80\\x8bDEFUNCT>"},
	{"<\u0501efunct>", "\\x3c\u0501efunct>"},
	{"\uff08for children) x", "\\xef\\xbc\\x88for children) x"},
	{"\uff1cdefunct> x", "\\xef\\xbc\\x9cdefunct> x"},
	{"\u2039defunct> x", "\\xe2\\x80\\xb9defunct> x"},
	{"[docker:web] (for children) x", "\\x5bdocker:web] (for children) x"},
	/* No marks: a word, or not in the first place. */
	{"(squid-1) --kid (for children)", "(squid-1) --kid (for children)"},
	{"sleep (for children)", "sleep (for children)"},
	{"<b>x</b>", "<b>x</b>"},
	{"cat <defunct> x", "cat <defunct> x"},
};

/* Neither a name nor a command line makes a container of what is none, or changes what it says. */
TEST(row_imitation)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslNamespace *ns = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 5);

	for (guint i = 0; i < G_N_ELEMENTS(claims); i++) {
		NslProcess *process = fixture_process(snapshot, 7 + i, claims[i].bytes);
		NslHolder thread = {
			.kind = NSL_HOLDER_THREAD, .pid = 9, .comm = (char *)claims[i].bytes};
		g_autofree char *threads = g_strdup_printf("(thread of 9) %s", claims[i].shown);

		check_row(&(NslRow){.ns = ns, .process = process}, NSL_TEXT_UTF8, claims[i].shown);
		check_row(&(NslRow){.ns = ns, .more = &(NslRowMore){.thread = &thread}},
			  NSL_TEXT_UTF8, threads);
	}
}

/* In a container neither, and the container's name is one word. */
TEST(row_imitation_inside)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslNamespace *ns = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 5);
	NslProcess *named = fixture_process(snapshot, 8, "[docker:web] nginx");
	NslProcess *blank = fixture_process(snapshot, 9, "\u0301 x");

	nsl_process_add_to(named,
			   fixture_container(snapshot, "1", "sandbox", NULL, "x] [docker:w"));
	nsl_process_add_to(blank, fixture_container(snapshot, "2", "sandbox", NULL, "\u3000\ta b"));
	check_row(&(NslRow){.ns = ns, .process = named}, NSL_TEXT_UTF8,
		  "[sandbox:x\\x5d\\x20\\x5bdocker:w] \\x5bdocker:web] nginx");
	check_row(&(NslRow){.ns = ns, .process = blank}, NSL_TEXT_UTF8,
		  "[sandbox:\\xe3\\x80\\x80\\ta\\x20b] \\xcc\\x81 x");
}

/* Who has entered a container is told from who is in it. */
TEST(row_entered)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslNamespace *ns = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 5);
	NslProcess *process = fixture_process(snapshot, 8, "[in docker:db] tcpdump");

	process->entered = fixture_container(snapshot, "1", "docker", ID, "web");
	process->entered->unconfirmed = true;
	check_row(&(NslRow){.ns = ns, .process = process}, NSL_TEXT_UTF8,
		  "[in docker:web?] \\x5bin docker:db] tcpdump");
}

static void check_summary(const NslSnapshot *snapshot, const NslNamespace *ns,
			  NslSelection *selection, const char *expected)
{
	g_autoptr(NslSelection) all = selection ? NULL : nsl_selection_new();
	g_autoptr(NslView) view = nsl_view_new(snapshot, selection ? selection : all);
	g_autoptr(GString) text = g_string_new("<");

	nsl_label_summary(text, view, ns, NSL_TEXT_UTF8);
	g_assert_cmpstr(text->str + 1, ==, expected);
}

/* Names, members or a reason; how many members there are only where they are known. */
TEST(summary)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	g_autoptr(NslSelection) selection = nsl_selection_new();
	NslNamespace *named = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 5);
	NslNamespace *held = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 6);
	NslNamespace *used;

	nsl_namespace_add_name(named, "blue");
	nsl_namespace_add_name(named, "a\n");
	fixture_mounted(held, "/a\n", 0);
	used = fixture_join(snapshot, fixture_process(snapshot, 7, "sh\x1b"), NSL_NSTYPE_UTS, 8);
	nsl_snapshot_freeze(snapshot);
	check_summary(snapshot, named, NULL, "created by ip netns add a\\n, blue");
	check_summary(snapshot, held, NULL, "mounted at /a\\n");
	check_summary(snapshot, used, NULL, "1 process: 7 sh\\x1b");
	nsl_process_join(fixture_process(snapshot, 9, "cat"), used);
	nsl_process_join(nsl_snapshot_get_process(snapshot, 9), named);
	check_summary(snapshot, used, NULL, "2 processes: 7 sh\\x1b");
	check_summary(snapshot, named, NULL,
		      "created by ip netns add a\\n, blue, 1 process: 9 cat");
	nsl_namespace_add_name(named, "c, d,e");
	check_summary(snapshot, named, NULL,
		      "created by ip netns add a\\n, blue, c\\x2c d\\x2ce, 1 process: 9 cat");
	nsl_selection_add(selection, "7");
	snapshot->only_selected = true;
	check_summary(snapshot, used, selection, "at least 2 processes: 7 sh\\x1b");
}

/* What a holder is called does not pass for more holders. */
TEST(more)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslNamespace *one = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 5);
	NslNamespace *two = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 6);
	NslHolder fd = {.kind = NSL_HOLDER_FD, .pid = 7, .fd = 3, .comm = (char *)"x, +9 more"};

	nsl_namespace_add_holder(one, &fd);
	fixture_mounted(two, "/a, +9 more", 0);
	fixture_mounted(two, "/b", 0);
	nsl_snapshot_freeze(snapshot);
	check_summary(snapshot, one, NULL, "held by fd 3 of 7 x\\x2c +9 more");
	check_summary(snapshot, two, NULL, "mounted at /a\\x2c +9 more, +1 more");
	check_row(
		&(NslRow){
			.ns = one,
			.more = &(NslRowMore){.holder = &fd, .n_holders = 1, .snapshot = snapshot}},
		NSL_TEXT_UTF8, "held by fd 3 of 7 x\\x2c +9 more");
	check_row(&(NslRow){.ns = one,
			    .more = &(NslRowMore){.name = "b, +9 more", .snapshot = snapshot}},
		  NSL_TEXT_UTF8, "created by ip netns add b\\x2c +9 more");
}

/* Where `ns` is unpopulated and every source was looked at; NULL: nothing. */
static void check_free(const NslSnapshot *snapshot, const NslNamespace *ns, const char *expected)
{
	g_autoptr(GPtrArray) steps = nsl_explain_free(snapshot, ns);
	g_autofree char *joined = NULL;

	if (steps) {
		g_ptr_array_add(steps, NULL);
		joined = g_strjoinv("\n", (GStrv)steps->pdata);
	}
	g_assert_cmpstr(joined, ==, expected);
}

static NslSnapshot *make_snapshot_held(void)
{
	NslSnapshot *snapshot = fixture_snapshot();
	NslNamespace *mnt =
		fixture_join(snapshot, fixture_process(snapshot, 7, "a b"), NSL_NSTYPE_MNT, 9);

	snapshot->own_mnt = 8;
	snapshot->proc = g_strdup("/proc");
	for (NslSource source = 0; source < NSL_SOURCE_COUNT; source++)
		snapshot->coverage[source] = NSL_COVERAGE_COMPLETE;
	mnt->owner.ns = nsl_snapshot_add(snapshot, NSL_NSTYPE_USER, fixture_root(NSL_NSTYPE_USER));
	mnt->owner.knowledge = NSL_KNOWN;
	mnt->has_owner_uid = NSL_KNOWN;
	nsl_snapshot_add(snapshot, NSL_NSTYPE_UTS, 77);
	return snapshot;
}

/* What each kind of holder takes. */
TEST(free)
{
	static const struct {
		NslHolder holder;
		const char *expected;
	} cases[] = {
		{{.kind = NSL_HOLDER_FD, .pid = 7, .fd = 4, .comm = (char *)"sleep"},
		 "close fd 4 of 7 (sleep), or end it (the only holder)"},
		{{.kind = NSL_HOLDER_FD, .pid = 7, .fd = 4}, /* called as the snapshot has it */
		 "close fd 4 of 7 (a b), or end it (the only holder)"},
		{{.kind = NSL_HOLDER_FD, .pid = 7, .tid = 8, .fd = 0, .comm = (char *)"x"},
		 "close fd 0 of thread 8 of 7 (x), or end it (the only holder)"},
		{{.kind = NSL_HOLDER_SOCKET, .pid = 7, .fd = 5, .comm = (char *)"x"},
		 "close socket, fd 5 of 7 (x), or end it (the only holder)"},
		{{.kind = NSL_HOLDER_THREAD, .pid = 7, .tid = 8, .comm = (char *)"x"},
		 "end 7, whose thread 8 (x) is inside (the only holder)"},
		{{.kind = NSL_HOLDER_FOR_CHILDREN, .pid = 7, .comm = (char *)"x"},
		 "end 7 (x) (the only holder)"},
		{{.kind = NSL_HOLDER_FOR_CHILDREN, .pid = 7, .tid = 8, .comm = (char *)"x"},
		 "end 7, whose thread 8 (x) has it for children (the only holder)"},
		{{.kind = NSL_HOLDER_KERNEL}, NULL},
		{{.kind = NSL_HOLDER_MOUNT, .path = (char *)"/x y", .mnt_ns = 8},
		 "umount '/x y' (the only holder)"},
		{{.kind = NSL_HOLDER_MOUNT, .path = (char *)"/it's\n", .mnt_ns = 8},
		 "umount $'/it\\047s\\n' (the only holder)"},
		{{.kind = NSL_HOLDER_MOUNT, .path = (char *)"/\xc3\xa4", .mnt_ns = 8},
		 "umount $'/\\303\\244' (the only holder)"},
		{{.kind = NSL_HOLDER_MOUNT,
		  .path = (char *)"/x",
		  .mnt_ns = 8,
		  .state = NSL_MOUNT_COVERED},
		 "unmount what covers it, then umount /x (the only holder)"},
		{{.kind = NSL_HOLDER_MOUNT, .path = (char *)"/x", .mnt_ns = 9},
		 "umount --namespace=/proc/7/ns/mnt /x (the only holder)"},
		{{.kind = NSL_HOLDER_MOUNT, .path = (char *)"/x", .mnt_ns = 10},
		 "free mnt:[10] first (the only holder)"},
		{{.kind = NSL_HOLDER_MOUNT, .path = (char *)"/x"}, NULL},
		{{.kind = NSL_HOLDER_MOUNT, .path = (char *)"", .mnt_ns = 8}, NULL},
		{{.kind = NSL_HOLDER_MOUNT, .path = (char *)"/run/docker/netns/3f", .mnt_ns = 8},
		 "in use by docker"},
		{{.kind = NSL_HOLDER_MOUNT, .path = (char *)"/run/docker/netns/3f", .mnt_ns = 9},
		 "in use by docker"},
		{{.kind = NSL_HOLDER_MOUNT, .path = (char *)"/run/docker/netns/3f", .mnt_ns = 10},
		 "free mnt:[10] first (the only holder)"}, /* where users mount */
		{{.kind = NSL_HOLDER_MOUNT,
		  .path = (char *)"/run/netns/blue",
		  .mnt_ns = 8,
		  .named = true},
		 "ip netns del blue (the only holder)"},
		{{.kind = NSL_HOLDER_MOUNT,
		  .path = (char *)"/run/netns/cni-1",
		  .mnt_ns = 8,
		  .named = true},
		 "in use by a container engine"},
		{{.kind = NSL_HOLDER_MOUNT, .path = (char *)"/x", .mnt_ns = 8, .times = 1},
		 "umount /x (the only holder)"},
		{{.kind = NSL_HOLDER_MOUNT, .path = (char *)"/x", .mnt_ns = 8, .times = 2},
		 "umount /x, 2 times (the only holder)"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(NslSnapshot) snapshot = make_snapshot_held();
		NslNamespace *ns = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 5000);

		nsl_namespace_give_name(ns, "cni-1");
		nsl_namespace_add_holder(ns, &cases[i].holder);
		nsl_snapshot_freeze(snapshot);
		check_free(snapshot, ns, cases[i].expected);
	}
}

/* Every step, that in the caller's own mount namespace before the others of one path. */
TEST(free_steps)
{
	g_autoptr(NslSnapshot) snapshot = make_snapshot_held();
	NslNamespace *ns = nsl_snapshot_add(snapshot, NSL_NSTYPE_USER, 5000);
	NslHolder mount = {.kind = NSL_HOLDER_MOUNT, .path = (char *)"/x", .mnt_ns = 9};
	const NslHolder owner = {.kind = NSL_HOLDER_OWNER_OF,
				 .ns = nsl_snapshot_get(snapshot, NSL_NSTYPE_UTS, 77)};

	snapshot->own_mnt = 11; /* which is not the first by inode */
	nsl_namespace_add_holder(ns, &mount);
	mount.mnt_ns = 10;
	nsl_namespace_add_holder(ns, &mount);
	mount.mnt_ns = 11;
	nsl_namespace_add_holder(ns, &mount);
	nsl_namespace_add_holder(ns, &owner);
	nsl_snapshot_freeze(snapshot);
	check_free(snapshot, ns,
		   "umount /x\n"
		   "umount --namespace=/proc/7/ns/mnt /x, if it is still there\n"
		   "free mnt:[10] first, if it is still there\n"
		   "free uts:[77] first");
}

/* Nothing where somebody is, or may be, inside, or there may be others who hold it. */
TEST(free_unknown)
{
	g_autoptr(NslSnapshot) snapshot = make_snapshot_held();
	NslNamespace *ns = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 5000);
	const NslHolder holder = {.kind = NSL_HOLDER_FD, .pid = 7, .fd = 4};
	const char *step = "close fd 4 of 7 (a b), or end it (the only holder)";

	check_free(snapshot, ns, NULL); /* nobody is known to hold it */
	nsl_namespace_add_holder(ns, &holder);
	check_free(snapshot, ns, step);
	snapshot->coverage[NSL_SOURCE_FDS] = NSL_COVERAGE_PARTIAL;
	check_free(snapshot, ns, NULL);
	snapshot->coverage[NSL_SOURCE_FDS] = NSL_COVERAGE_SKIPPED;
	check_free(snapshot, ns, NULL);
	snapshot->coverage[NSL_SOURCE_FDS] = NSL_COVERAGE_COMPLETE;
	snapshot->coverage[NSL_SOURCE_KERNEL] = NSL_COVERAGE_SKIPPED;
	check_free(snapshot, ns, step);
	ns->members_not_read = true;
	check_free(snapshot, ns, NULL);
	ns->members_not_read = false;
	fixture_join(snapshot, nsl_snapshot_get_process(snapshot, 7), NSL_NSTYPE_NET, 5000);
	check_free(snapshot, ns, NULL);
}

static void check_enter(const NslSnapshot *snapshot, const NslNamespace *ns, const char *expected)
{
	g_autofree char *enter = nsl_explain_enter(snapshot, ns);

	g_assert_cmpstr(enter, ==, expected);
}

TEST(enter)
{
	static const char *const expected[NSL_NSTYPE_COUNT] = {
		[NSL_NSTYPE_CGROUP] = "nsenter --cgroup=/proc/7/ns/cgroup",
		[NSL_NSTYPE_IPC] = "nsenter --ipc=/proc/7/ns/ipc",
		[NSL_NSTYPE_MNT] = "nsenter --mount=/proc/7/ns/mnt",
		[NSL_NSTYPE_NET] = "nsenter --net=/proc/7/ns/net",
		[NSL_NSTYPE_PID] = "nsenter --pid=/proc/7/ns/pid",
		[NSL_NSTYPE_TIME] = "nsenter --time=/proc/7/ns/time",
		[NSL_NSTYPE_USER] = "nsenter --user=/proc/7/ns/user",
		[NSL_NSTYPE_UTS] = "nsenter --uts=/proc/7/ns/uts",
	};
	g_autoptr(NslSnapshot) snapshot = make_snapshot_held();
	NslProcess *process = nsl_snapshot_get_process(snapshot, 7);
	const NslHolder mount = {.kind = NSL_HOLDER_MOUNT,
				 .path = (char *)"/x y",
				 .mnt_ns = 8,
				 .state = NSL_MOUNT_OPEN};
	NslNamespace *ns = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 6000);

	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		check_enter(snapshot, fixture_join(snapshot, process, type, 5000 + type),
			    expected[type]);
	check_enter(snapshot, ns, "- (no path leads to it that is safe to use)");
	nsl_namespace_add_holder(ns, &mount);
	check_enter(snapshot, ns, "nsenter --net='/x y'");
	ns = nsl_snapshot_add(snapshot, NSL_NSTYPE_PID, 6001);
	nsl_namespace_add_holder(ns, &mount);
	check_enter(snapshot, ns, "- (its init has ended: no process can start in it any more)");
	g_clear_pointer(&snapshot->proc, g_free);
	check_enter(snapshot, ns, "- (these are records of another system)");
}

TEST(duration)
{
	static const struct {
		guint64 seconds;
		const char *text;
	} cases[] = {
		{0, "0s"},     {1, "1s"},      {59, "59s"},    {60, "1m"},     {61, "1m"},
		{3599, "59m"}, {3600, "1h"},   {3601, "1h"},   {86399, "23h"}, {86400, "1d"},
		{86401, "1d"}, {172799, "1d"}, {172800, "2d"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GString) text = g_string_new(NULL);

		nsl_label_duration(text, cases[i].seconds);
		g_assert_cmpstr(text->str, ==, cases[i].text);
	}
}
