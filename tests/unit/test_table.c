/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of report/table: the listing that scripts read, what is said of a single namespace, and the
 * summary.
 */
#include "model/detail.h"
#include "fixture.h"

static void check_table(const NslSnapshot *snapshot, const NslStyle *style, const char *expected)
{
	fixture_check(NSL_FORMAT_TABLE, snapshot, NULL, NULL, *style, expected);
}

/* Four processes in five namespaces, and one whose children will be in another. */
static NslSnapshot *make_alike(void)
{
	static const NslNsType types[] = {NSL_NSTYPE_IPC, NSL_NSTYPE_MNT, NSL_NSTYPE_NET,
					  NSL_NSTYPE_PID, NSL_NSTYPE_UTS};
	NslSnapshot *snapshot = fixture_snapshot();
	NslContainer *web = fixture_container(snapshot, "docker/1", "docker", "1", "web");

	for (guint32 pid = 20525; pid < 20530; pid++) {
		NslProcess *process = fixture_process(snapshot, pid,
						      pid == 20525   ? "nginx: master"
						      : pid == 20526 ? "nginx: worker process one"
								     : "nginx");

		for (gsize i = 0; i < G_N_ELEMENTS(types); i++)
			fixture_join(snapshot, process, types[i], 4026532250 + i);
		nsl_process_add_to(process, web);
		if (pid == 20529)
			fixture_for_children(snapshot, process, NSL_NSTYPE_PID, 4026532260);
	}
	nsl_snapshot_freeze(snapshot);
	return snapshot;
}

#define FOLDED(after_first, rest)                                                                  \
	"        --  pid:[4026532260]      for children of 20529 nginx\n"                          \
	"     20525  ipc:[4026532250]      [docker:web] nginx: master\n"                           \
	"            mnt:[4026532251] net:[4026532252] pid:[4026532253]" after_first               \
	"uts:[4026532254]\n"                                                                       \
	"  20526 +2  as 20525              [docker:web] nginx: worker process one" rest "\n"       \
	"     20529  ipc:[4026532250]      [docker:web] nginx\n"                                   \
	"            mnt:[4026532251] net:[4026532252] pid:[4026532253]" after_first               \
	"uts:[4026532254]\n"                                                                       \
	"     20529  pid:[4026532260]      [docker:web] (for children) nginx\n"
#define ALL_IN_ONE "            mnt:[4026532251] net:[4026532252] pid:[4026532253] uts:[4026532254]"
#define WITH_REST                                                                                  \
	"  20526 +2  as 20525              [docker:web] nginx: worker process one  20527-20528"

/* Lines wrap where the next namespace would not fit, and PIDs are there where they do. */
TEST(folded)
{
	const guint all = (guint)strlen(ALL_IN_ONE);
	const guint rest = (guint)strlen(WITH_REST);
	g_autoptr(NslSnapshot) snapshot = make_alike();
	NslStyle style = {.fold = true};

	check_table(snapshot, &style, FOLDED(" ", "  20527-20528"));
	for (style.columns = all - 1; style.columns <= all + 1; style.columns++) {
		style.wrap = style.columns;
		if (style.columns < all)
			check_table(snapshot, &style, FOLDED("\n            ", ""));
		else
			check_table(snapshot, &style, FOLDED(" ", ""));
	}
	for (style.columns = rest - 1; style.columns <= rest + 1; style.columns++) {
		style.wrap = style.columns;
		if (style.columns < rest)
			check_table(snapshot, &style, FOLDED(" ", ""));
		else
			check_table(snapshot, &style, FOLDED(" ", "  20527-20528"));
	}
}

/* A line has one namespace at least, which is not cut. */
TEST(folded_narrow)
{
	g_autoptr(NslSnapshot) snapshot = make_alike();

	check_table(snapshot, &(NslStyle){.fold = true, .columns = 20, .wrap = 20},
		    "        --  pid:[402\n"
		    "     20525  ipc:[402\n"
		    "            mnt:[4026532251]\n"
		    "            net:[4026532252]\n"
		    "            pid:[4026532253]\n"
		    "            uts:[4026532254]\n"
		    "  20526 +2  as 20525\n"
		    "     20529  ipc:[402\n"
		    "            mnt:[4026532251]\n"
		    "            net:[4026532252]\n"
		    "            pid:[4026532253]\n"
		    "            uts:[4026532254]\n"
		    "     20529  pid:[402\n");
}

/* Inodes are quiet. */
TEST(folded_colors)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();

	for (guint32 pid = 7; pid < 10; pid++) {
		NslProcess *process = fixture_process(snapshot, pid, "x");

		fixture_join(snapshot, process, NSL_NSTYPE_NET, 5000);
		fixture_join(snapshot, process, NSL_NSTYPE_UTS, 5001);
	}
	nsl_snapshot_freeze(snapshot);
	check_table(snapshot, &(NslStyle){.fold = true, .color = true},
		    "         7  net\033[2m:[5000]\033[0m            x\n"
		    "            uts\033[2m:[5001]\033[0m\n"
		    "      8 +1  as 7                  x  \033[2m9\033[0m\n");
}

/* The columns begin where they begin for every PID and type; what is wider pushes the line. */
TEST(widths)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslNamespace *named = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, G_MAXUINT64);
	NslProcess *process = fixture_process(snapshot, 1, "one");

	fixture_join(snapshot, process, NSL_NSTYPE_CGROUP, 4294967295);
	process = fixture_process(snapshot, 4194304, "largest");
	fixture_join(snapshot, process, NSL_NSTYPE_NET, 1);
	process = fixture_process(snapshot, 4294967295, "beyond");
	nsl_process_join(process, named);
	nsl_namespace_add_name(named, "n");
	check_table(snapshot, &(NslStyle){0},
		    "        --  net:[18446744073709551615]  created by ip netns add n\n"
		    "         1  cgroup:[4294967295]   one\n"
		    "   4194304  net:[1]               largest\n"
		    "4294967295  net:[18446744073709551615]**  beyond\n");
}

/* A pid namespace of two levels with a process, and a uts namespace. */
static NslSnapshot *make_snapshot_single(void)
{
	NslSnapshot *snapshot = fixture_snapshot();
	NslProcess *process = fixture_process(snapshot, 7, "sh -c x");
	NslNamespace *pid = fixture_join(snapshot, process, NSL_NSTYPE_PID, 5000);
	NslNamespace *uts = fixture_join(snapshot, process, NSL_NSTYPE_UTS, 6000);
	NslDetail pid_detail = {
		.pid = {.has_init = NSL_KNOWN, .init = 7, .comm = "sh", .depth = 1}};
	NslDetail uts_detail = {.uts = {.host = "web\x1b"}};

	pid->nsid = 77;
	pid->parent.knowledge = NSL_KNOWN;
	pid->parent.ns = nsl_snapshot_add(snapshot, NSL_NSTYPE_PID, fixture_root(NSL_NSTYPE_PID));
	pid->owner.knowledge = NSL_DENIED;
	pid->has_detail = NSL_KNOWN;
	pid->detail = nsl_detail_new(NSL_NSTYPE_PID, &pid_detail, NULL, 0);
	fixture_mounted(pid, "/x", 8);
	uts->owner.knowledge = NSL_KNOWN;
	uts->owner.ns = nsl_snapshot_add(snapshot, NSL_NSTYPE_USER, fixture_root(NSL_NSTYPE_USER));
	uts->has_owner_uid = NSL_KNOWN;
	uts->owner_uid = 0;
	uts->owner_name = g_strdup("ro\not");
	uts->has_detail = NSL_KNOWN;
	uts->detail = nsl_detail_new(NSL_NSTYPE_UTS, &uts_detail, NULL, 0);
	snapshot->own_mnt = 8;
	snapshot->proc = g_strdup("/proc");
	for (NslSource source = 0; source < NSL_SOURCE_COUNT; source++)
		snapshot->coverage[source] = NSL_COVERAGE_COMPLETE;
	nsl_snapshot_freeze(snapshot);
	return snapshot;
}

static void check_single(const char *words, NslStyle style, const char *expected)
{
	g_autoptr(NslSnapshot) snapshot = make_snapshot_single();

	fixture_check(NSL_FORMAT_TABLE, snapshot, words, NULL, style, expected);
}

#define ROWS_OF_PID                                                                                \
	"        --  pid:[5000]            mounted at /x\n"                                        \
	"         7  pid:[5000]            sh -c x\n"

TEST(single_block)
{
	check_single("pid:[5000]", (NslStyle){.single = true},
		     "pid:[5000]  id 77, child of pid:[4026531838], owner may not be asked\n"
		     "  is       init 7 (sh), depth 1\n"
		     "  inside   1 process\n"
		     "  held by  mounted at /x\n"
		     "  enter    nsenter --pid=/proc/7/ns/pid\n"
		     "\n" ROWS_OF_PID);
	check_single("uts:6000", (NslStyle){.single = true},
		     "uts:[6000]  owned by user:[4026531840] (ro\\not)\n"
		     "  is       web\\x1b\n"
		     "  inside   1 process\n"
		     "  held by  nobody else\n"
		     "  enter    nsenter --uts=/proc/7/ns/uts\n"
		     "\n"
		     "         7  uts:[6000]            sh -c x\n");
}

/*
 * Who could not be looked at may hold it, too: the first, or how many. A saved document does not
 * tell of which issue they are.
 */
TEST(single_unseen)
{
	static const struct {
		guint n;
		bool saved;
		const char *expected;
	} cases[] = {{1, false, "process 9 could not be looked at"},
		     {1, true, "1 process could not be looked at"},
		     {2, false, "2 processes could not be looked at"},
		     {2, true, "2 processes could not be looked at"}};

	for (gsize c = 0; c < G_N_ELEMENTS(cases); c++) {
		guint n = cases[c].n;
		g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
		NslNamespace *ns = nsl_snapshot_add(snapshot, NSL_NSTYPE_UTS, 5000);
		g_autofree char *line = g_strdup_printf(
			"  held by  fd 4 of 7 a\n           perhaps others too, since %s\n",
			cases[c].expected);
		g_autofree char *text = NULL;

		nsl_namespace_add_holder(
			ns, &(NslHolder){
				    .kind = NSL_HOLDER_FD, .pid = 7, .fd = 4, .comm = (char *)"a"});
		nsl_snapshot_note(snapshot, NSL_SOURCE_FDS, "EACCES", "the open files", 8);
		for (guint i = 0; i < n; i++)
			nsl_snapshot_note(snapshot, NSL_SOURCE_PROCESSES, "EACCES", "x", 9 + i)
				->unreadable = !cases[c].saved;
		snapshot->n_unreadable = n;
		text = fixture_write(NSL_FORMAT_TABLE, snapshot, "uts:5000", NULL,
				     (NslStyle){.single = true});
		g_assert_nonnull(strstr(text, line));
		g_assert_null(strstr(text, "  free "));
	}
}

TEST(single_unknown)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	g_autoptr(NslSelection) selection = nsl_selection_new();
	NslNamespace *ns = nsl_snapshot_add(snapshot, NSL_NSTYPE_USER, 5000);
	g_autofree char *text = NULL;

	ns->has_detail = NSL_DENIED;
	ns->parent.knowledge = NSL_NONE;
	nsl_selection_add(selection, "5000000");
	nsl_selection_add(selection, "user:5000");
	g_ptr_array_remove_index(selection->selectors, 0);
	text = fixture_write_format(NSL_FORMAT_TABLE, snapshot, selection,
				    &(NslStyle){.single = true});
	g_assert_true(g_str_has_prefix(text,
				       "user:[5000]  owner not known\n"
				       "  is       may not be asked\n"
				       "  inside   nobody\n"
				       "  held by  not known, since not everything was looked at\n"
				       "  enter    - (these are records of another system)\n"
				       "\n"));
}

/* Every holder has a line, and so has every step that frees it. */
TEST(single_held)
{
	g_autoptr(NslSnapshot) snapshot = make_snapshot_single();
	NslNamespace *ns = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 7000);
	NslHolder holder = {.kind = NSL_HOLDER_FD, .pid = 7, .fd = 4, .comm = (char *)"a\033"};
	g_autofree char *text = NULL;

	ns->nsid = 1;
	ns->has_owner_uid = NSL_KNOWN;
	ns->owner_uid = 1000;
	nsl_namespace_add_holder(ns, &holder);
	holder.kind = NSL_HOLDER_THREAD;
	holder.tid = 8;
	nsl_namespace_add_holder(ns, &holder);
	text = fixture_write(NSL_FORMAT_TABLE, snapshot, "net:7000", NULL,
			     (NslStyle){.single = true});
	g_assert_true(g_str_has_prefix(text, "net:[7000]  id 1, owner not known (1000)\n"
					     "  is       not known\n"
					     "  inside   no process, only threads\n"
					     "  held by  fd 4 of 7 a\\x1b\n"
					     "           thread 8 of 7 a\\x1b\n"
					     "  enter    nsenter --net=/proc/7/fd/4\n"
					     "  free     close fd 4 of 7 (a\\x1b), or end it\n"
					     "           end 7, whose thread 8 (a\\x1b) is inside\n"
					     "\n"));
}

/* Nothing but rows where it is not for people, and where it is not about one namespace. */
TEST(single_no_block)
{
	g_autoptr(NslSnapshot) snapshot = make_snapshot_single();
	static const char *const words[] = {"7", NULL};

	check_single("pid:[5000]", (NslStyle){0}, ROWS_OF_PID);
	for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
		g_autofree char *text = fixture_write(NSL_FORMAT_TABLE, snapshot, words[i], NULL,
						      (NslStyle){.single = true});

		g_assert_null(strstr(text, "  inside "));
	}
}

/* All but commands, which are there to be copied. */
TEST(single_cut)
{
	g_autoptr(NslSnapshot) snapshot = make_snapshot_single();
	g_autofree char *text =
		fixture_write(NSL_FORMAT_TABLE, snapshot, "pid:[5000]", NULL,
			      (NslStyle){.single = true, .headings = true, .columns = 16});
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	g_assert_cmpstr(lines[0], ==, "pid:[5000]  id 7");
	g_assert_cmpuint(g_strv_length(lines), ==, 10);
	g_assert_cmpstr(lines[4], ==, "  enter    nsenter --pid=/proc/7/ns/pid");
	g_assert_cmpstr(lines[6], ==, "       PID  Name");
	for (guint i = 0; lines[i]; i++)
		g_assert_true(i == 4 || strlen(lines[i]) <= 16);
}

/* The details of all stand in a column, before the command. */
TEST(single_details)
{
	check_single(NULL, (NslStyle){.details = true, .headings = true},
		     "PID NAMESPACE  DETAIL               COMMAND\n"
		     "  7 pid:[5000] init 7 (sh), depth 1 sh -c x\n"
		     "  7 uts:[6000] web\\x1b              sh -c x\n");
}

TEST(single_details_in_trees)
{
	g_autoptr(NslSnapshot) snapshot = make_snapshot_single();
	g_autofree char *text = fixture_write(NSL_FORMAT_TREE, snapshot, NULL, NULL,
					      (NslStyle){.details = true, .ascii_lines = true});

	g_assert_nonnull(strstr(text, "`-pid:[5000]  init 7 (sh), depth 1"));
	g_assert_nonnull(strstr(text, "`-uts:[6000]  web\\x1b\n"));
}

#define COLUMNS "namespace,nprocs,pid,user,command"

static NslSnapshot *make_snapshot_summary(void)
{
	NslSnapshot *snapshot = fixture_snapshot();
	NslNamespace *named = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 5001);
	NslNamespace *empty = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 5002);
	NslNamespace *threaded = nsl_snapshot_add(snapshot, NSL_NSTYPE_UTS, 6000);
	NslProcess *process;

	nsl_namespace_add_name(named, "blue");
	nsl_namespace_add_name(empty, "green");
	nsl_namespace_add_name(empty, "red");
	for (guint32 pid = 20; pid < 23; pid++) {
		g_autofree char *command = g_strdup_printf("server %u", pid);

		process = fixture_process(snapshot, pid, command);
		process->user = g_strdup(pid == 20 ? "bob" : "eve");
		nsl_process_join(process, named);
	}
	process = fixture_process(snapshot, 30, "unshare --pid bash");
	fixture_for_children(snapshot, process, NSL_NSTYPE_PID, 5003);
	nsl_namespace_add_holder(threaded, &(NslHolder){.kind = NSL_HOLDER_THREAD,
							.pid = 40,
							.tid = 41,
							.comm = (char *)"worker"});
	nsl_snapshot_freeze(snapshot);
	return snapshot;
}

static void check_summary(const char *words, const char *expected)
{
	g_autoptr(NslSnapshot) snapshot = make_snapshot_summary();

	fixture_check(NSL_FORMAT_SUMMARY, snapshot, words, COLUMNS, (NslStyle){.headings = true},
		      expected);
}

#define EXPECTED                                                                                   \
	"NAMESPACE    NPROCS PID USER COMMAND\n"                                                   \
	"net:[5001]**      3  20 bob  server 20\n"                                                 \
	"net:[5002]        0   - -    created by ip netns add green\n"                             \
	"pid:[5003]        0   - -    for children of 30 unshare --pid bash\n"                     \
	"uts:[6000]        0   - -    thread 41 of 40 worker\n"

TEST(summary_rows)
{
	check_summary(NULL, EXPECTED);
	/* The reason says more than a row of the thread. */
	check_summary("--threads", EXPECTED);
	check_summary("-tnet --persistent",
		      "NAMESPACE  NPROCS PID USER COMMAND\n"
		      "net:[5002]      0   - -    created by ip netns add green\n");
}

/* What just some processes tell is not passed off as the whole, and the lowest of all is shown. */
TEST(summary_selected)
{
	g_autoptr(NslSnapshot) snapshot = make_snapshot_summary();

	snapshot->only_selected = true;
	fixture_check(NSL_FORMAT_SUMMARY, snapshot, "21 22", COLUMNS, (NslStyle){0},
		      "net:[5001]** ≥3 20 bob server 20\n");
}

/* The reason of a namespace that is selected, which has a row for each holder, is no other. */
TEST(summary_held)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	g_autoptr(NslSelection) selection = nsl_selection_new();
	g_autoptr(GArray) columns = fixture_columns("COMMAND");
	NslNamespace *ns = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 5003);

	nsl_namespace_add_holder(
		ns, &(NslHolder){.kind = NSL_HOLDER_FD, .pid = 7, .fd = 3, .comm = (char *)"a"});
	nsl_namespace_add_holder(
		ns, &(NslHolder){.kind = NSL_HOLDER_FD, .pid = 8, .fd = 3, .comm = (char *)"b"});
	nsl_snapshot_freeze(snapshot);
	for (guint i = 0; i < 2; i++) {
		g_autofree char *text = fixture_write_format(
			NSL_FORMAT_SUMMARY, snapshot, selection, &(NslStyle){.output = columns});

		g_assert_cmpstr(text, ==, "held by fd 3 of 7 a, +1 more\n");
		nsl_selection_add(selection, "net:[5003]");
	}
}
