/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of report/view: which rows there are, and in which order.
 */
#include "report/view.h"

#include "fixture.h"
#include "report/wording.h"

/* A row as text: "7 net:[5]", "7 pid:[5] for-children", "-- net:[5] REASON". */
static char *describe(const NslRow *row)
{
	g_autofree char *ns = g_strdup_printf("%s:[%" G_GUINT64_FORMAT "]",
					      nsl_nstypes[row->ns->type].name, row->ns->inode);

	if (!row->process) {
		g_autofree char *reason = nsl_explain_row(row);

		return g_strdup_printf("-- %s %s", ns, reason);
	}
	return g_strdup_printf("%u %s%s", row->process->pid, ns,
			       row->more->for_children ? " for-children" : "");
}

/* The rows, then "! MESSAGE" for each selector that stands for nothing, with "; " between. */
static void check_view(const NslView *view, const char *expected)
{
	const NslOptions options = {0};
	g_autoptr(GString) text = g_string_new(NULL);

	for (guint i = 0; i < view->rows->len; i++) {
		g_autofree char *row = describe(&g_array_index(view->rows, NslRow, i));

		g_string_append_printf(text, "%s%s", text->len > 0 ? "; " : "", row);
	}
	for (guint i = 0; i < view->unmatched->len; i++) {
		g_autofree char *message = nsl_options_explain_unmatched(
			&options, &g_array_index(view->unmatched, NslUnmatched, i));

		g_string_append_printf(text, "%s! %s", text->len > 0 ? "; " : "", message);
	}
	g_assert_cmpstr(text->str, ==, expected);
}

/* What these options and selectors, with a blank between, show. */
static void check(const NslSnapshot *snapshot, const char *words, const char *expected)
{
	g_autoptr(NslSelection) selection = fixture_select(words);
	g_autoptr(NslView) view = nsl_view_new(snapshot, selection);

	check_view(view, expected);
}

#define NET   G_GUINT64_CONSTANT(4026532676)
#define BLUE  G_GUINT64_CONSTANT(4026532677)
#define LOST  G_GUINT64_CONSTANT(4026532960)
#define MNT   G_GUINT64_CONSTANT(4026532001)
#define PIDNS G_GUINT64_CONSTANT(4026532990)

/*
 * Process 1 is in the root namespaces, 20 and 30 in NET (30 in MNT too), 40 is about to have
 * children in PIDNS. NET is called "web", BLUE, without a member, "blue" and "alias", LOST is a
 * user namespace that nobody is known to hold.
 */
static NslSnapshot *make_snapshot(void)
{
	NslSnapshot *snapshot = fixture_snapshot();
	NslNamespace *blue = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, BLUE);
	NslNamespace *net = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, NET);
	NslProcess *process;

	nsl_snapshot_add(snapshot, NSL_NSTYPE_USER, LOST);
	nsl_namespace_add_name(blue, "blue");
	nsl_namespace_add_name(blue, "alias");
	nsl_namespace_add_name(net, "web");
	process = fixture_process(snapshot, 1, "init");
	fixture_join_roots(snapshot, process);
	process = fixture_process(snapshot, 20, "dnsmasq");
	nsl_process_join(process, net);
	fixture_join_roots(snapshot, process);
	process = fixture_process(snapshot, 30, "sh");
	nsl_process_join(process, net);
	fixture_join(snapshot, process, NSL_NSTYPE_MNT, MNT);
	fixture_join_roots(snapshot, process);
	process = fixture_process(snapshot, 40, "unshare --pid bash");
	fixture_for_children(snapshot, process, NSL_NSTYPE_PID, PIDNS);
	fixture_join_roots(snapshot, process);
	nsl_snapshot_freeze(snapshot);
	return snapshot;
}

#define ROW_ALIAS  "-- net:[4026532677] created by ip netns add alias"
#define ROW_BLUE   "-- net:[4026532677] created by ip netns add blue"
#define ROW_WEB	   "-- net:[4026532676] created by ip netns add web"
#define ROW_PIDNS  "-- pid:[4026532990] for children of 40 unshare --pid bash"
#define ROW_LOST   "-- user:[4026532960] no process, holder not found"
#define ROW_FOR_40 "40 pid:[4026532990] for-children"

#define ROWS_OF_BLUE ROW_ALIAS "; " ROW_BLUE "; "
#define ROWS_OF_WEB  ROW_WEB "; 20 net:[4026532676]; 30 net:[4026532676]"

TEST(cases)
{
	static const struct {
		const char *words;
		const char *expected;
	} cases[] = {
		{"-q", ROWS_OF_BLUE ROW_WEB
		 "; " ROW_PIDNS "; " ROW_LOST
		 "; 20 net:[4026532676]; 30 mnt:[4026532001]; 30 net:[4026532676]; " ROW_FOR_40},
		{"-tnet", ROWS_OF_BLUE ROWS_OF_WEB},
		{"-tpid,mnt", ROW_PIDNS "; 30 mnt:[4026532001]; " ROW_FOR_40},
		{"-tuts", ""},
		/* Of a selected process all the namespaces, the root ones too, and no other
		   process's. */
		{"40 30 30 -tpid", "30 pid:[4026531838]; 40 pid:[4026531838]; " ROW_FOR_40},
		/* Of a selected namespace all the members and reasons. */
		{"net:[4026532676]", ROWS_OF_WEB},
		{"net:4026532676", ROWS_OF_WEB},
		{"4026532676", ROWS_OF_WEB},
		{"web", ROWS_OF_WEB},
		{"net:[4026531837]", "1 net:[4026531837]; 40 net:[4026531837]"},
		/* Several are the union, each row once. */
		{"web blue alias net:[4026532676] 20 -tnet,uts", ROWS_OF_BLUE ROW_WEB
		 "; 20 net:[4026532676]; 20 uts:[4026531841]; 30 net:[4026532676]"},
		{"9999 web wbe net:[5] 7000000", ROWS_OF_WEB
		 "; ! no process 9999; ! nothing is called \"wbe\"; ! no namespace net:[5]; ! "
		 "no namespace 7000000"},
		{"mnt:[4026532676]", "! no namespace mnt:[4026532676]: it is net:[4026532676]"},
		{"mnt:4026531837", "! no namespace mnt:4026531837: it is net:[4026531837]"},
		{"99999999999999999999", "! no namespace 99999999999999999999"},
		{"", "! nothing is called \"\""},
		/* What an option leaves out is no error: it is there. */
		{"net:[4026532676] 20 -tmnt", "20 mnt:[4026531836]"},
		/* Only namespaces that one of the tasks is in, with all who are in them. */
		{"-p20", ROWS_OF_WEB},
		{"-p20,30",
		 ROW_WEB "; 20 net:[4026532676]; 30 mnt:[4026532001]; 30 net:[4026532676]"},
		{"-p9999", "! no process 9999 (--task)"},
		/* It narrows what is selected, too: 30 is in a mount namespace that 20 is not in.
		 */
		{"30 blue -p20 -tnet,mnt", "30 net:[4026532676]"},
		{"-ap20 -tnet,mnt",
		 ROW_WEB "; 1 mnt:[4026531836]; 20 mnt:[4026531836]; 20 "
			 "net:[4026532676]; 30 net:[4026532676]; 40 mnt:[4026531836]"},
	};
	g_autoptr(NslSnapshot) snapshot = make_snapshot();

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		check(snapshot, cases[i].words, cases[i].expected);
}

/* What is not seen may be seen by root. */
TEST(unmatched)
{
	g_autoptr(NslSnapshot) snapshot = make_snapshot();
	const char *hint = geteuid() == 0 ? "" : "; run as root to see all of them";
	g_autofree char *expected = g_strdup_printf(
		"! peer:veth0: the net namespace at its other end is not seen%s; "
		"! mount:/mnt/usb: no mount namespace that is seen has it mounted%s",
		hint, hint);

	check(snapshot, "peer:veth0 mount:/mnt/usb", expected);
}

/* A namespace with a name is known by it, not by where it is mounted. */
TEST(reason_named)
{
	g_autoptr(NslSnapshot) snapshot = make_snapshot();

	nsl_namespace_add_holder(nsl_snapshot_get(snapshot, NSL_NSTYPE_NET, BLUE),
				 &(NslHolder){.kind = NSL_HOLDER_MOUNT,
					      .path = (char *)"/run/netns/blue",
					      .named = true});
	check(snapshot, "blue", ROW_ALIAS "; " ROW_BLUE);
}

/* What may be out of sight is not said to be absent, nor is a namespace said to be empty. */
TEST(unseen)
{
	g_autoptr(NslSnapshot) snapshot = make_snapshot();

	snapshot->unseen = NSL_UNSEEN_ANYWHERE;
	check(snapshot, "wbe net:[5] nsid:5",
	      "! nothing visible is called \"wbe\"; ! no visible namespace net:[5]; "
	      "! no visible namespace nsid:5");
	check(snapshot, "--persistent", "");
}

/* No namespace is 0, also where the kernel lacks a type. */
TEST(inode_zero)
{
	g_autoptr(NslSnapshot) snapshot = make_snapshot();

	snapshot->root[NSL_NSTYPE_TIME] = 0;
	check(snapshot, "net:[0]", "! no namespace net:[0]");
}

#define SHARED "-- net:[4026531837] the host's, shared with docker:web; "
#define ROWS_OF_CONTAINER                                                                          \
	"20 mnt:[4026532001]; 20 net:[4026531837]; 21 mnt:[4026532001]; 21 net:[4026531837]; "     \
	"22 mnt:[4026532001]"

/*
 * A container that is selected: its processes, and who has entered it, in all that they are in, and
 * first which of that is the host's. The container in it is selected with it, the one around it is
 * not.
 */
TEST(select_container)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	static const char *const words[] = {"web", "3f2a"};
	NslContainer *around = fixture_container(snapshot, "a", "lxc", NULL, "box");
	NslContainer *container = fixture_container(snapshot, "b", "docker", "3f2ab81c9e7d", "web");
	NslProcess *process;

	container->parent = around;
	process = fixture_process(snapshot, 10, "init");
	nsl_process_add_to(process, around);
	fixture_join(snapshot, process, NSL_NSTYPE_MNT, MNT + 1);
	process = fixture_process(snapshot, 20, "nginx");
	nsl_process_add_to(process, container);
	fixture_join(snapshot, process, NSL_NSTYPE_MNT, MNT);
	fixture_join(snapshot, process, NSL_NSTYPE_NET, fixture_root(NSL_NSTYPE_NET));
	process = fixture_process(snapshot, 21, "nginx worker");
	nsl_process_add_to(process, container);
	fixture_join(snapshot, process, NSL_NSTYPE_MNT, MNT);
	fixture_join(snapshot, process, NSL_NSTYPE_NET, fixture_root(NSL_NSTYPE_NET));
	process = fixture_process(snapshot, 22, "tcpdump");
	process->entered = container;
	fixture_join(snapshot, process, NSL_NSTYPE_MNT, MNT);
	nsl_snapshot_freeze(snapshot);
	check(snapshot, "box", SHARED "10 mnt:[4026532002]; " ROWS_OF_CONTAINER);
	for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
		g_autoptr(NslSelection) selection = fixture_select(words[i]);
		g_autoptr(NslView) view = nsl_view_new(snapshot, selection);

		check_view(view, SHARED ROWS_OF_CONTAINER);
		g_assert_cmpuint(view->containers->len, ==, 2);
	}
}

static bool is_of(const NslRow *row, gpointer data)
{
	const guint32 *pid = data;

	return row->process ? row->process->pid == *pid : *pid == 0;
}

/* What is left are the rows, and what these are about; what is known of it stays so. */
TEST(keep)
{
	g_autoptr(NslSnapshot) snapshot = make_snapshot();
	g_autoptr(NslSelection) selection = nsl_selection_new();
	g_autoptr(NslView) view = NULL;
	const NslNamespace *net = nsl_snapshot_get(snapshot, NSL_NSTYPE_NET, NET);
	NslProcess *process = nsl_snapshot_get_process(snapshot, 20);
	guint32 pid = 30;

	nsl_process_add_to(process, fixture_container(snapshot, "1", "docker", "3f2a", "web"));
	view = nsl_view_new(snapshot, selection);
	g_assert_cmpuint(view->containers->len, ==, 1);
	nsl_view_keep(view, is_of, &pid);
	check_view(view, "30 mnt:[4026532001]; 30 net:[4026532676]");
	g_assert_cmpuint(view->processes->len, ==, 1);
	g_assert_true(g_ptr_array_index(view->processes, 0) ==
		      nsl_snapshot_get_process(snapshot, 30));
	g_assert_cmpuint(view->namespaces->len, ==, 2);
	g_assert_true(g_ptr_array_index(view->namespaces, 1) == net);
	g_assert_true(nsl_snapshot_has_all_members(snapshot, net));
	g_assert_cmpuint(view->containers->len, ==, 0);
	pid = 40;
	nsl_view_keep(view, is_of, &pid);
	check_view(view, "");
	g_assert_cmpuint(view->processes->len, ==, 0);
	g_assert_cmpuint(view->namespaces->len, ==, 0);
}

/* All that is called exactly so, and only where nothing is, what has an id that begins with it. */
TEST(exact)
{
	static const struct {
		const char *word;
		guint n;
		guint32 first;
	} cases[] = {
		{"cafe", 2, 1}, /* two names, and no id that begins with it */
		{"docker:cafe", 1, 1},
		{"podman:cafe", 1, 3},	/* no such name in that runtime: the id */
		{"cafe1234beef", 1, 3}, /* an id, whole */
		{"cafe12", 1, 3},
		{"beef", 1, 4}, /* a unit, before the id of 2 */
		{"beefc", 1, 2},
		{"face", 0, 0}, /* a name of "ip netns", before the id of 5 */
		{"face0", 1, 5},
		{"decade01234", 1, 6},	/* an id that begins with it */
		{"decade012345", 2, 6}, /* an id as it is shown, and a unit */
	};
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslContainer *containers[] = {
		fixture_container(snapshot, "a", "docker", "0123456789ab", "cafe"),
		fixture_container(snapshot, "b", "lxc", "beefcafe", "cafe"),
		fixture_container(snapshot, "c", "podman", "cafe1234beef", "other"),
		NULL,
		fixture_container(snapshot, "e", "podman", "face0123", "third"),
		fixture_container(snapshot, "f", "docker", "decade0123456789", "fourth"),
		NULL,
	};

	for (guint32 pid = 1; pid <= G_N_ELEMENTS(containers); pid++) {
		NslProcess *process = fixture_process(snapshot, pid, "sh");

		fixture_join(snapshot, process, NSL_NSTYPE_MNT, MNT);
		if (containers[pid - 1])
			nsl_process_add_to(process, containers[pid - 1]);
		else
			process->unit = g_strdup(pid < 5 ? "beef.service" : "decade012345.service");
	}
	nsl_namespace_add_name(nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, NET), "face");
	nsl_snapshot_freeze(snapshot);
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(NslSelection) selection = fixture_select(cases[i].word);
		g_autoptr(NslView) view = nsl_view_new(snapshot, selection);

		g_assert_cmpuint(view->unmatched->len, ==, 0);
		g_assert_cmpuint(view->processes->len, ==, cases[i].n);
		if (cases[i].n > 0)
			g_assert_cmpuint(((NslProcess *)view->processes->pdata[0])->pid, ==,
					 cases[i].first);
	}
}

/* Rows of containers: by name, whatever their keys and PIDs are, and sandboxes after them. */
TEST(containers)
{
	static const char *const expected = "NAME     RUNTIME  PROCS  PID  SHARES    ADDRESS  UP\n"
					    "0123     lxc          1    4  net,time  -        -\n"
					    "a\\x20b?  docker       1    1  time      -        -\n"
					    "web      podman       2    2  time      -        1h\n"
					    "bash     sandbox      1    5  time      -        -\n";
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	g_autoptr(NslSelection) selection = nsl_selection_new();
	g_autoptr(NslView) view = NULL;
	g_autoptr(GArray) columns = fixture_columns("name,runtime,pod,procs,pid,shares,address,up");
	g_autoptr(NslOutput) output = nsl_output_new(-1);
	g_autoptr(GString) shown = g_string_new(NULL);
	g_auto(NslCell) cell;
	NslContainer *containers[] = {
		fixture_container(snapshot, "docker/z", "docker", "1", "a b"),
		fixture_container(snapshot, "podman/y", "podman", "2", "web"),
		fixture_container(snapshot, "lxc/x", "lxc", "0123", NULL),
		fixture_container(snapshot, "sandbox/w", "sandbox", NULL, "bash"),
	};
	static const guint of[] = {0, 1, 1, 2, 3};

	containers[0]->unconfirmed = true;
	containers[3]->evidence = NSL_EVIDENCE_NAMESPACES;
	snapshot->boot_time = 1000;
	snapshot->time = 1000 + 7200;
	for (guint32 pid = 1; pid <= G_N_ELEMENTS(of); pid++) {
		NslProcess *process = fixture_process(snapshot, pid, "x");

		fixture_join(snapshot, process, NSL_NSTYPE_NET,
			     pid == 4 ? fixture_root(NSL_NSTYPE_NET) : 50 + of[pid - 1]);
		fixture_join(snapshot, process, NSL_NSTYPE_UTS, 60 + of[pid - 1]);
		fixture_join(snapshot, process, NSL_NSTYPE_TIME, fixture_root(NSL_NSTYPE_TIME));
		nsl_process_add_to(process, containers[of[pid - 1]]);
		process->has_stat = of[pid - 1] == 1;
		/* The one with the lowest PID need not be the first one that started. */
		process->start_ticks = (pid == 3 ? 3600 : 7000) * (guint64)sysconf(_SC_CLK_TCK);
	}
	nsl_snapshot_freeze(snapshot);
	view = nsl_view_new(snapshot, selection);
	nsl_view_list_containers(view);
	nsl_containers_write(view,
			     &(NslStyle){.format = NSL_FORMAT_CONTAINERS,
					 .headings = true,
					 .usual = true,
					 .output = columns},
			     output);
	g_assert_cmpstr(output->text->str, ==, expected);
	/* Where processes may be out of sight no number of them is claimed. */
	snapshot->unseen = NSL_UNSEEN_OUTSIDE;
	nsl_cell_init(&cell, view);
	nsl_cell_show(&cell, shown, NSL_COLUMN_PROCS, &g_array_index(view->rows, NslRow, 2),
		      NSL_TEXT_ASCII);
	g_assert_true(nsl_cell_is_absent(&cell));
	g_assert_cmpstr(shown->str, ==, ">=2");
}
