/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of collect/processes, on recorded procfs trees: who is in which namespace, what is known of
 * each process, and what could not be read.
 */
#include "collect/collect.h"

#include "base/sys.h"
#include "fixture.h"

/* Fills `snapshot` from the tree. */
static void collect_from(const char *dir, NslSnapshot *snapshot, NslSelection *selection,
			 guint facts)
{
	g_autoptr(NslProcfs) procfs = fixture_open(dir);
	NslCollect collect = {
		.snapshot = snapshot, .procfs = procfs, .selection = selection, .facts = facts};
	guint before = fixture_count_fds();

	nsl_collect_begin(&collect);
	nsl_collect_processes(&collect);
	g_assert_no_error(collect.error);
	nsl_collect_end(&collect);
	g_assert_cmpuint(fixture_count_fds(), ==, before);
}

/* What these words ("20 net:[5]") select. Transfer full. */
static NslSnapshot *collect_selected(const char *dir, guint facts, const char *words)
{
	g_autoptr(NslSelection) selection = nsl_selection_new();
	g_auto(GStrv) all = g_strsplit(words, " ", -1);
	NslSnapshot *snapshot = fixture_snapshot();

	for (char **word = all; *word; word++)
		nsl_selection_add(selection, *word);
	collect_from(dir, snapshot, selection, facts);
	return snapshot;
}

static NslSnapshot *collect_all(const char *dir, guint facts)
{
	return collect_selected(dir, facts, "");
}

static guint64 inode_of(const NslProcess *process, NslNsType type)
{
	return process->ns[type] ? process->ns[type]->inode : 0;
}

#define NET G_GUINT64_CONSTANT(4026532676)

static const FixtureNs in_net[] = {{NSL_NSTYPE_NET, NET}, {0, 0}};

TEST(plain)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_autoptr(NslSnapshot) snapshot = NULL;
	const NslProcess *process;
	const NslNamespace *net;

	fixture_record(dir, 1, "init", "init\0", 5, NULL);
	fixture_record(dir, 20, "dnsmasq", "dnsmasq\0--no-hosts\0", 19, in_net);
	fixture_record(dir, 9, "sh", "sh\0", 3, in_net);
	snapshot = collect_all(dir, 0);
	/* Who is but in root namespaces is nobody to list. */
	g_assert_null(nsl_snapshot_get_process(snapshot, 1));
	g_assert_cmpuint(snapshot->processes->len, ==, 2);
	g_assert_cmpuint(snapshot->n_looked_at, ==, 3);
	g_assert_cmpuint(snapshot->n_unreadable, ==, 0);
	g_assert_true(nsl_snapshot_is_complete(snapshot));
	g_assert_cmpint(snapshot->coverage[NSL_SOURCE_PROCESSES], ==, NSL_COVERAGE_COMPLETE);
	process = nsl_snapshot_get_process(snapshot, 20);
	g_assert_cmpstr(process->command, ==, "dnsmasq --no-hosts");
	g_assert_false(process->command_truncated);
	g_assert_true(process->responsive);
	g_assert_false(process->has_stat);
	g_assert_false(process->has_status);
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		g_assert_cmpuint(inode_of(process, type), ==,
				 type == NSL_NSTYPE_NET ? NET : fixture_root(type));
	net = nsl_snapshot_get(snapshot, NSL_NSTYPE_NET, NET);
	g_assert_false(net->root);
	g_assert_cmpuint(net->members->len, ==, 2);
	g_assert_cmpuint(((NslProcess *)g_ptr_array_index(net->members, 0))->pid, ==, 9);
	g_assert_cmpuint(((NslProcess *)g_ptr_array_index(net->members, 1))->pid, ==, 20);
}

/* Links have to be waited for (exec_update_lock), and command lines: it is workers that read. */
TEST(workers)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_autoptr(NslSnapshot) before = NULL;
	g_autoptr(NslSnapshot) after = NULL;
	guint n_forks = fixture_count_forks();

	fixture_record(dir, 1, "init", "init\0", 5, NULL);
	fixture_record(dir, 7, "sh", "sh\0", 3, in_net);
	fixture_unreadable(dir, 7, "net");
	before = collect_all(dir, 0);
	g_assert_cmpuint(before->n_looked_at, ==, 2);
	g_assert_cmpuint(before->n_unreadable, ==, 1);
	g_assert_cmpuint(fixture_count_forks(), >, n_forks);
	fixture_record(dir, 9, "sh", "sh\0", 3, in_net);
	after = collect_all(dir, 0);
	g_assert_cmpstr(nsl_snapshot_get_process(after, 9)->command, ==, "sh");
}

/* A command line as it is, the arguments apart; the name where there is none. */
TEST(commands)
{
	static const struct {
		const char *bytes;
		gsize size;
		const char *command; /* NULL: none */
	} cases[] = {
		{"", 0, NULL},
		{"\0", 1, NULL},
		{"\0\0\0", 3, NULL},
		{"a\0b\0", 4, "a b"},
		{"a\0\0b\0\0", 6, "a  b"},
		{"\0b\0", 3, " b"},
		{"a\nb\0c\x1b\xff\0", 8, "a\nb c\x1b\xff"},
		{"title without end", 17, "title without end"},
	};
	g_auto(FixtureDir) dir = fixture_directory();
	g_autoptr(NslSnapshot) snapshot = NULL;

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
		fixture_record(dir, 10 + i, "na)me\n", cases[i].bytes, (gssize)cases[i].size,
			       in_net);
	snapshot = collect_all(dir, 0);
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		const NslProcess *process = nsl_snapshot_get_process(snapshot, 10 + i);

		g_assert_cmpstr(process->command, ==, cases[i].command);
		if (!cases[i].command)
			g_assert_cmpstr(process->comm, ==, "na)me\n");
	}
}

TEST(long_command)
{
	const gsize limit = 128 << 10;
	g_auto(FixtureDir) dir = fixture_directory();
	g_autofree char *bytes = g_strnfill(200 << 10, 'c');
	g_autoptr(NslSnapshot) snapshot = NULL;
	const NslProcess *process;

	fixture_record(dir, 10, "fits", bytes, (gssize)limit, in_net);
	fixture_record(dir, 11, "long", bytes, 200 << 10, in_net);
	snapshot = collect_all(dir, 0);
	process = nsl_snapshot_get_process(snapshot, 10);
	g_assert_cmpuint(strlen(process->command), ==, limit);
	g_assert_false(process->command_truncated);
	process = nsl_snapshot_get_process(snapshot, 11);
	g_assert_cmpuint(strlen(process->command), ==, limit);
	g_assert_true(process->command_truncated);
	g_assert_true(nsl_snapshot_is_complete(snapshot));
}

TEST(facts)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_autoptr(NslSnapshot) snapshot = NULL;
	const NslProcess *process;

	fixture_record(dir, 20, "sh", "sh\0", 3, in_net);
	fixture_file(dir, "20/stat",
		     "20 (s)h) S 7 20 20 0 -1 2097152 0 0 0 0 0 0 0 0 20 0 1 0 4242 0 0\n", -1);
	fixture_file(dir, "20/status", "Name:\tsh\nUid:\t1\t2\t3\t4\nNSpid:\t20\t3\t1\n", -1);
	snapshot = collect_all(dir, NSL_FACT_STAT | NSL_FACT_STATUS);
	process = nsl_snapshot_get_process(snapshot, 20);
	g_assert_true(process->has_stat);
	g_assert_cmpstr(process->comm, ==, "s)h");
	g_assert_cmpuint(process->ppid, ==, 7);
	g_assert_true(process->kthread);
	g_assert_cmpuint(process->start_ticks, ==, 4242);
	g_assert_true(process->has_status);
	g_assert_cmpuint(process->uid, ==, 2);
	g_assert_cmpuint(process->n_nspid, ==, 3);
	g_assert_cmpuint(process->nspid[0], ==, 20);
	g_assert_cmpuint(process->nspid[2], ==, 1);
	g_assert_null(process->user);
}

/* Only where they differ from the process's own. */
TEST(for_children)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_autoptr(NslSnapshot) snapshot = NULL;
	const NslProcess *process;
	const NslNamespace *ns;

	fixture_record(dir, 20, "unshare", "unshare\0", 8, NULL);
	fixture_record(dir, 21, "sh", "sh\0", 3, in_net);
	fixture_unlink(dir, "20/ns/pid_for_children");
	fixture_unlink(dir, "20/ns/time_for_children");
	fixture_unlink(dir, "21/ns/pid_for_children"); /* between unshare(2) and fork(2) */
	fixture_ns_link(dir, 20, "pid_for_children", NSL_NSTYPE_PID, 4026532990);
	fixture_ns_link(dir, 20, "time_for_children", NSL_NSTYPE_TIME, 4026532991);
	snapshot = collect_all(dir, 0);
	process = nsl_snapshot_get_process(snapshot, 20);
	ns = nsl_process_for_children(process, NSL_NSTYPE_PID);
	g_assert_cmpuint(ns->inode, ==, 4026532990);
	g_assert_cmpuint(ns->members->len, ==, 0);
	g_assert_cmpuint(ns->holders->len, ==, 1);
	g_assert_cmpint(g_array_index(ns->holders, NslHolder, 0).kind, ==, NSL_HOLDER_FOR_CHILDREN);
	g_assert_cmpuint(g_array_index(ns->holders, NslHolder, 0).pid, ==, 20);
	g_assert_cmpuint(nsl_process_for_children(process, NSL_NSTYPE_TIME)->inode, ==, 4026532991);
	g_assert_cmpuint(inode_of(process, NSL_NSTYPE_PID), ==, fixture_root(NSL_NSTYPE_PID));
	process = nsl_snapshot_get_process(snapshot, 21);
	g_assert_null(nsl_process_for_children(process, NSL_NSTYPE_PID));
	g_assert_null(nsl_process_for_children(process, NSL_NSTYPE_TIME));
	g_assert_true(nsl_snapshot_is_complete(snapshot));
}

TEST(types)
{
	static const FixtureNs two[] = {{NSL_NSTYPE_NET, NET}, {NSL_NSTYPE_MNT, 77}, {0, 0}};
	g_auto(FixtureDir) dir = fixture_directory();
	g_autoptr(NslSelection) selection = nsl_selection_new();
	g_autoptr(NslSnapshot) some = fixture_snapshot();
	g_autoptr(NslSnapshot) every = fixture_snapshot();

	fixture_record(dir, 20, "sh", "sh\0", 3, two);
	fixture_record(dir, 21, "sh", "sh\0", 3, in_net);
	selection->types = NSL_NSTYPE_BIT(NSL_NSTYPE_MNT);
	/* Whatever the types: only so is it known which namespaces nobody is in. */
	collect_from(dir, every, selection, 0);
	g_assert_cmpuint(every->processes->len, ==, 2);
	g_assert_cmpuint(inode_of(nsl_snapshot_get_process(every, 20), NSL_NSTYPE_MNT), ==, 77);
	g_assert_cmpuint(inode_of(nsl_snapshot_get_process(every, 21), NSL_NSTYPE_NET), ==, NET);
	/* Of selected processes alone just what is shown. */
	nsl_selection_add(selection, "20");
	collect_from(dir, some, selection, 0);
	g_assert_cmpuint(some->processes->len, ==, 1);
	g_assert_cmpuint(inode_of(nsl_snapshot_get_process(some, 20), NSL_NSTYPE_MNT), ==, 77);
	g_assert_cmpuint(inode_of(nsl_snapshot_get_process(some, 20), NSL_NSTYPE_NET), ==, 0);
}

/* With PIDs alone the others are not looked at; they may be threads, which no listing shows. */
TEST(selected)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_autoptr(NslSnapshot) scanned = NULL;
	g_autoptr(NslSnapshot) snapshot = NULL;

	fixture_record(dir, 1, "init", "init\0", 5, NULL);
	fixture_record(dir, 20, "sh", "sh\0", 3, in_net);
	fixture_record(dir, 21, "sh", "sh\0", 3, in_net);
	snapshot = collect_selected(dir, 0, "20 1 20 99 0");
	g_assert_true(snapshot->only_selected);
	g_assert_cmpuint(snapshot->processes->len, ==, 2);
	g_assert_nonnull(nsl_snapshot_get_process(snapshot, 1));
	g_assert_nonnull(nsl_snapshot_get_process(snapshot, 20));
	g_assert_true(nsl_snapshot_is_complete(snapshot));
	/* For who else is in there the others are read too. */
	scanned = collect_selected(dir, NSL_FACT_SCAN, "20 1 20 99 0");
	g_assert_false(scanned->only_selected);
	g_assert_nonnull(nsl_snapshot_get_process(scanned, 21));
}

TEST(selected_namespace)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_autofree char *root =
		g_strdup_printf("net:%" G_GUINT64_FORMAT, fixture_root(NSL_NSTYPE_NET));
	g_autoptr(NslSnapshot) snapshot = NULL;

	fixture_record(dir, 1, "init", "init\0", 5, NULL);
	fixture_record(dir, 20, "sh", "sh\0", 3, in_net);
	fixture_record(dir, 21, "sh", "sh\0", 3, NULL);
	snapshot = collect_selected(dir, 0, root);
	g_assert_false(snapshot->only_selected);
	/* Those in the root one, and who is in one that is not. */
	g_assert_cmpuint(snapshot->processes->len, ==, 3);
}

/* A name may be a container's too: whose process is in one turns out later, so all are read. */
TEST(selected_name)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_autoptr(NslSelection) selection = nsl_selection_new();
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();

	fixture_record(dir, 1, "init", "init\0", 5, NULL);
	fixture_record(dir, 20, "sh", "sh\0", 3, in_net);
	nsl_namespace_add_name(nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, NET), "blue");
	nsl_selection_add(selection, "blue");
	collect_from(dir, snapshot, selection, 0);
	g_assert_cmpuint(snapshot->processes->len, ==, 2);
	g_assert_cmpstr(nsl_snapshot_get_process(snapshot, 20)->command, ==, "sh");
}

/* The cgroups are read where containers are asked for, and only of those who are listed. */
TEST(cgroup)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_autoptr(NslSnapshot) without = NULL;
	g_autoptr(NslSnapshot) snapshot = NULL;

	fixture_record(dir, 1, "init", "init\0", 5, NULL);
	fixture_record(dir, 20, "sh", "sh\0", 3, in_net);
	fixture_record(dir, 21, "sh", "sh\0", 3, in_net);
	fixture_record(dir, 22, "sh", "sh\0", 3, in_net);
	fixture_file(dir, "20/cgroup", "0::/docker/1\n", -1);
	fixture_file(dir, "21/cgroup", "0::/docker/1\n", -1);
	fixture_file(dir, "22/cgroup", "0::/docker/12\n", -1);
	without = collect_all(dir, 0);
	g_assert_null(nsl_snapshot_get_process(without, 20)->cgroup);
	snapshot = collect_all(dir, NSL_FACT_CONTAINERS);
	g_assert_cmpstr(nsl_snapshot_get_process(snapshot, 20)->cgroup, ==, "0::/docker/1\n");
	g_assert_true(nsl_snapshot_get_process(snapshot, 21)->cgroup ==
		      nsl_snapshot_get_process(snapshot, 20)->cgroup);
	g_assert_cmpstr(nsl_snapshot_get_process(snapshot, 22)->cgroup, ==, "0::/docker/12\n");
}

/* Who is ending is read again when the scan is closed; where it is not, it is listed all the same.
 */
TEST(ending)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_autoptr(NslSnapshot) snapshot = NULL;

	fixture_record(dir, 1, "init", "init\0", 5, NULL);
	fixture_record(dir, 20, "sh", "sh\0", 3, in_net);
	fixture_file(dir, "20/cgroup", "1:name=systemd:/\n0::/docker/1\n", -1);
	fixture_file(dir, "20/stat", "20 (sh) R 7 20 20 0 -1 4 0 0 0 0 0 0 0 0 20 0 1 0 4242 0 0\n",
		     -1);
	snapshot = collect_all(dir, NSL_FACT_CONTAINERS);
	g_assert_nonnull(nsl_snapshot_get_process(snapshot, 20));
	g_assert_false(nsl_snapshot_get_process(snapshot, 20)->has_stat); /* nobody asked for it */
}

/* --task: it is looked at with all the others, whatever it is in. */
TEST(task)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_autoptr(NslSelection) selection = nsl_selection_new();
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	const guint32 task = 1;

	fixture_record(dir, 1, "init", "init\0", 5, NULL);
	fixture_record(dir, 20, "sh", "sh\0", 3, in_net);
	g_array_append_val(selection->tasks, task);
	collect_from(dir, snapshot, selection, 0);
	g_assert_false(snapshot->only_selected);
	g_assert_nonnull(nsl_snapshot_get_process(snapshot, 1));
	g_assert_nonnull(nsl_snapshot_get_process(snapshot, 20));
}

/* Links that cannot be read: counted, noted, and the scan goes on. */
TEST(unreadable)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_autofree char *message =
		g_strdup_printf("the namespaces could not be read: %s", g_strerror(EINVAL));
	g_autoptr(NslSnapshot) snapshot = NULL;
	const NslIssue *issue;

	for (guint32 pid = 10; pid < 50; pid++) {
		fixture_record(dir, pid, "sh", "sh\0", 3, in_net);
		if (pid % 2 == 0)
			fixture_unreadable(dir, pid, "net");
	}
	snapshot = collect_all(dir, 0);
	g_assert_cmpuint(snapshot->processes->len, ==, 20);
	g_assert_cmpuint(snapshot->n_looked_at, ==, 40);
	g_assert_cmpuint(snapshot->n_unreadable, ==, 20);
	g_assert_cmpuint(snapshot->issues->len, ==, 1);
	issue = g_ptr_array_index(snapshot->issues, 0);
	g_assert_cmpint(issue->source, ==, NSL_SOURCE_PROCESSES);
	g_assert_cmpstr(issue->code, ==, "EINVAL");
	g_assert_cmpstr(issue->message, ==, message);
	g_assert_true(issue->unreadable);
	g_assert_cmpuint(issue->count, ==, 20);
	g_assert_cmpuint(g_array_index(issue->pids, guint32, 1), ==, 12);
	g_assert_cmpint(snapshot->coverage[NSL_SOURCE_PROCESSES], ==, NSL_COVERAGE_PARTIAL);
}

TEST(unreadable_selected)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_autoptr(NslSnapshot) snapshot = NULL;

	fixture_record(dir, 20, "sh", "sh\0", 3, in_net);
	fixture_unreadable(dir, 20, "net");
	snapshot = collect_selected(dir, 0, "20");
	g_assert_true(nsl_snapshot_get_process(snapshot, 20)->unreadable);
	g_assert_cmpuint(snapshot->n_unreadable, ==, 1);
}

/* A process that is half there: what is missing is told, the rest is listed. */
TEST(malformed)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_autoptr(NslSnapshot) snapshot = NULL;
	const NslProcess *process;

	fixture_record(dir, 20, "sh", "sh\0", 3, in_net);
	fixture_file(dir, "20/stat", "20 (sh", -1);
	fixture_file(dir, "20/status", "nonsense", -1);
	snapshot = collect_all(dir, NSL_FACT_STAT | NSL_FACT_STATUS);
	process = nsl_snapshot_get_process(snapshot, 20);
	g_assert_cmpstr(process->command, ==, "sh");
	g_assert_false(process->has_stat);
	g_assert_false(process->has_status);
	g_assert_cmpuint(snapshot->issues->len, ==, 2);
	g_assert_cmpuint(snapshot->n_unreadable, ==, 0);
}

/* Gone while it was looked at: nobody's fault, and no issue. */
TEST(gone)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_autoptr(NslSnapshot) snapshot = NULL;

	fixture_record(dir, 1, "init", "init\0", 5, NULL);
	fixture_folder(dir, "20/ns");
	fixture_record(dir, 21, "sh", "", 0, in_net);
	fixture_unlink(dir, "21/cmdline");
	fixture_unlink(dir, "21/comm");
	fixture_unlink(dir, "21/stat");
	snapshot = collect_all(dir, 0);
	g_assert_cmpuint(snapshot->processes->len, ==, 0);
	g_assert_true(nsl_snapshot_is_complete(snapshot));
}

/* A zombie has no links: it is in no namespace. */
TEST(zombie)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_autoptr(NslSnapshot) snapshot = NULL;
	const NslProcess *process;

	fixture_file(dir, "20/stat", "20 (sh) Z 1 8 8 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 2 0 0\n", -1);
	fixture_file(dir, "20/comm", "sh\n", -1);
	fixture_file(dir, "20/cmdline", "", 0);
	fixture_folder(dir, "20/ns");
	snapshot = collect_selected(dir, 0, "20");
	process = nsl_snapshot_get_process(snapshot, 20);
	g_assert_nonnull(process);
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		g_assert_null(process->ns[type]);
	g_assert_true(nsl_snapshot_is_complete(snapshot));
}

static void check_refused(const char *dir, const char *selector)
{
	g_autoptr(NslProcfs) procfs = fixture_open(dir);
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	g_autoptr(NslSelection) selection = nsl_selection_new();
	g_autofree char *message =
		g_strdup_printf("%s: no process directories; is a procfs mounted there?", dir);
	NslCollect collect = {.snapshot = snapshot, .procfs = procfs, .selection = selection};

	if (selector)
		nsl_selection_add(selection, selector);
	nsl_collect_begin(&collect);
	nsl_collect_processes(&collect);
	g_assert_error(collect.error, NSL_ERROR, NSL_ERROR_SYSTEM);
	g_assert_cmpstr(collect.error->message, ==, message);
	nsl_collect_end(&collect);
}

/* No procfs at all is no system without processes. */
TEST(no_processes)
{
	g_auto(FixtureDir) dir = fixture_directory();

	check_refused(dir, NULL);
	fixture_file(dir, "self/comm", "sh\n", -1);
	check_refused(dir, NULL);
	check_refused(dir, "7");
}

TEST(many)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_autoptr(NslSnapshot) snapshot = NULL;

	for (guint32 pid = 1; pid <= 700; pid++) {
		const FixtureNs own[] = {{NSL_NSTYPE_NET, 4026540000u + pid}, {0, 0}};
		g_autofree char *command = g_strdup_printf("command %u", pid);

		fixture_record(dir, pid, "sh", command, -1, own);
	}
	snapshot = collect_all(dir, NSL_FACT_STAT);
	g_assert_cmpuint(snapshot->processes->len, ==, 700);
	for (guint32 pid = 1; pid <= 700; pid++) {
		const NslProcess *process = nsl_snapshot_get_process(snapshot, pid);
		g_autofree char *command = g_strdup_printf("command %u", pid);

		g_assert_cmpstr(process->command, ==, command);
		g_assert_cmpuint(inode_of(process, NSL_NSTYPE_NET), ==, 4026540000u + pid);
		g_assert_cmpuint(process->ns[NSL_NSTYPE_MNT]->members->len, ==, 700);
	}
}

/* This process is found in its own namespaces. */
TEST(real)
{
	g_autoptr(NslSelection) selection = nsl_selection_new();
	g_autoptr(NslSnapshot) snapshot = nsl_snapshot_new();
	const NslProcess *process;

	selection->all = true;
	collect_from(NULL, snapshot, selection, NSL_FACT_STAT | NSL_FACT_STATUS);
	process = nsl_snapshot_get_process(snapshot, (guint32)getpid());
	g_assert_nonnull(process);
	g_assert_nonnull(strstr(process->command, "test_processes"));
	g_assert_cmpuint(process->ppid, ==, (guint32)getppid());
	g_assert_cmpuint(process->uid, ==, geteuid());
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
		g_autofree char *path = g_strdup_printf("/proc/self/ns/%s", nsl_nstypes[type].name);
		g_autofree char *link = g_file_read_link(path, NULL);
		g_autofree char *found =
			process->ns[type]
				? g_strdup_printf("%s:[%" G_GUINT64_FORMAT "]",
						  nsl_nstypes[type].name, inode_of(process, type))
				: NULL;

		g_assert_cmpstr(found, ==, link);
	}
}
