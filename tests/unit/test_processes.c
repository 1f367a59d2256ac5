/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of collect/processes, on recorded procfs trees: who is in which namespace, what is known of
 * each process, and what could not be read.
 */
#include "collecting.h"

#define NET G_GUINT64_CONSTANT(4026532676)

static const FixtureNs in_net[] = {{NSL_NSTYPE_NET, NET}, {0, 0}};

/* Process 1 in the root namespaces and process 20 in one that is not. */
static void set_up(Fixture *f)
{
	collecting_set_up(f);
	fixture_record(f->dir, 1, "init", "init\0", 5, NULL);
	fixture_record(f->dir, 20, "sh", "sh\0", 3, in_net);
}

/* One more like process 20. */
static void record_sh(const Fixture *f, guint32 pid)
{
	fixture_record(f->dir, pid, "sh", "sh\0", 3, in_net);
}

static void collect(Fixture *f, guint facts)
{
	f->collect.facts = facts;
	collecting_run(f, nsl_collect_processes);
}

/* NULL: it is not listed. */
static const NslProcess *get(const Fixture *f, guint32 pid)
{
	return nsl_snapshot_get_process(f->snapshot, pid);
}

static guint64 inode_of(const NslProcess *process, NslNsType type)
{
	return process->ns[type] ? process->ns[type]->inode : 0;
}

TEST_WITH_FIXTURE(plain)
{
	const NslProcess *process;
	const NslNamespace *net;

	fixture_record(f->dir, 9, "dnsmasq", "dnsmasq\0--no-hosts\0", 19, in_net);
	collect(f, 0);
	/* Who is but in root namespaces is nobody to list. */
	g_assert_null(get(f, 1));
	g_assert_cmpuint(f->snapshot->processes->len, ==, 2);
	g_assert_cmpuint(f->snapshot->n_looked_at, ==, 3);
	g_assert_cmpuint(f->snapshot->n_unreadable, ==, 0);
	g_assert_true(nsl_snapshot_is_complete(f->snapshot));
	g_assert_cmpint(f->snapshot->coverage[NSL_SOURCE_PROCESSES], ==, NSL_COVERAGE_COMPLETE);
	process = get(f, 9);
	g_assert_cmpstr(process->command, ==, "dnsmasq --no-hosts");
	g_assert_false(process->command_truncated);
	g_assert_true(process->responsive);
	g_assert_false(process->has_stat);
	g_assert_false(process->has_status);
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		g_assert_cmpuint(inode_of(process, type), ==,
				 type == NSL_NSTYPE_NET ? NET : fixture_root(type));
	net = nsl_snapshot_get(f->snapshot, NSL_NSTYPE_NET, NET);
	g_assert_false(net->root);
	g_assert_cmpuint(net->members->len, ==, 2);
	g_assert_cmpuint(((NslProcess *)g_ptr_array_index(net->members, 0))->pid, ==, 9);
	g_assert_cmpuint(((NslProcess *)g_ptr_array_index(net->members, 1))->pid, ==, 20);
}

/* Links have to be waited for (exec_update_lock), and command lines: it is workers that read. */
TEST_WITH_FIXTURE(workers)
{
	guint n_forks = fixture_count_forks();

	fixture_unreadable(f->dir, 20, "net");
	collect(f, 0);
	g_assert_cmpuint(f->snapshot->n_looked_at, ==, 2);
	g_assert_cmpuint(f->snapshot->n_unreadable, ==, 1);
	g_assert_cmpuint(fixture_count_forks(), >, n_forks);
	record_sh(f, 9);
	collecting_renew(f);
	collect(f, 0);
	g_assert_cmpstr(get(f, 9)->command, ==, "sh");
}

/* A command line as it is, the arguments apart; the name where there is none. */
TEST_WITH_FIXTURE(commands)
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

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
		fixture_record(f->dir, 10 + i, "na)me\n", cases[i].bytes, (gssize)cases[i].size,
			       in_net);
	collect(f, 0);
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		const NslProcess *process = get(f, 10 + i);

		g_assert_cmpstr(process->command, ==, cases[i].command);
		if (!cases[i].command)
			g_assert_cmpstr(process->comm, ==, "na)me\n");
	}
}

TEST_WITH_FIXTURE(long_command)
{
	const gsize limit = 128 << 10;
	g_autofree char *bytes = g_strnfill(200 << 10, 'c');
	const NslProcess *process;

	fixture_record(f->dir, 10, "fits", bytes, (gssize)limit, in_net);
	fixture_record(f->dir, 11, "long", bytes, 200 << 10, in_net);
	collect(f, 0);
	process = get(f, 10);
	g_assert_cmpuint(strlen(process->command), ==, limit);
	g_assert_false(process->command_truncated);
	process = get(f, 11);
	g_assert_cmpuint(strlen(process->command), ==, limit);
	g_assert_true(process->command_truncated);
	g_assert_true(nsl_snapshot_is_complete(f->snapshot));
}

TEST_WITH_FIXTURE(facts)
{
	const NslProcess *process;

	fixture_file(f->dir, "20/stat",
		     "20 (s)h) S 7 20 20 0 -1 2097152 0 0 0 0 0 0 0 0 20 0 1 0 4242 0 0\n", -1);
	fixture_file(f->dir, "20/status", "Name:\tsh\nUid:\t1\t2\t3\t4\nNSpid:\t20\t3\t1\n", -1);
	collect(f, NSL_FACT_STAT | NSL_FACT_STATUS);
	process = get(f, 20);
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
TEST_WITH_FIXTURE(for_children)
{
	const NslProcess *process;
	const NslNamespace *ns;

	fixture_record(f->dir, 22, "unshare", "unshare\0", 8, NULL);
	fixture_unlink(f->dir, "22/ns/pid_for_children");
	fixture_unlink(f->dir, "22/ns/time_for_children");
	fixture_unlink(f->dir, "20/ns/pid_for_children"); /* between unshare(2) and fork(2) */
	fixture_ns_link(f->dir, 22, "pid_for_children", NSL_NSTYPE_PID, 4026532990);
	fixture_ns_link(f->dir, 22, "time_for_children", NSL_NSTYPE_TIME, 4026532991);
	collect(f, 0);
	process = get(f, 22);
	ns = nsl_process_for_children(process, NSL_NSTYPE_PID);
	g_assert_cmpuint(ns->inode, ==, 4026532990);
	g_assert_cmpuint(ns->members->len, ==, 0);
	g_assert_cmpuint(ns->holders->len, ==, 1);
	g_assert_cmpint(g_array_index(ns->holders, NslHolder, 0).kind, ==, NSL_HOLDER_FOR_CHILDREN);
	g_assert_cmpuint(g_array_index(ns->holders, NslHolder, 0).pid, ==, 22);
	g_assert_cmpuint(nsl_process_for_children(process, NSL_NSTYPE_TIME)->inode, ==, 4026532991);
	g_assert_cmpuint(inode_of(process, NSL_NSTYPE_PID), ==, fixture_root(NSL_NSTYPE_PID));
	process = get(f, 20);
	g_assert_null(nsl_process_for_children(process, NSL_NSTYPE_PID));
	g_assert_null(nsl_process_for_children(process, NSL_NSTYPE_TIME));
	g_assert_true(nsl_snapshot_is_complete(f->snapshot));
}

TEST_WITH_FIXTURE(types)
{
	static const FixtureNs two[] = {{NSL_NSTYPE_NET, NET}, {NSL_NSTYPE_MNT, 77}, {0, 0}};

	fixture_record(f->dir, 21, "sh", "sh\0", 3, two);
	f->selection->types = NSL_NSTYPE_BIT(NSL_NSTYPE_MNT);
	/* Whatever the types: only so is it known which namespaces nobody is in. */
	collect(f, 0);
	g_assert_cmpuint(f->snapshot->processes->len, ==, 2);
	g_assert_cmpuint(inode_of(get(f, 20), NSL_NSTYPE_NET), ==, NET);
	g_assert_cmpuint(inode_of(get(f, 21), NSL_NSTYPE_MNT), ==, 77);
	/* Of selected processes alone just what is shown. */
	collecting_renew(f);
	f->selection->types = NSL_NSTYPE_BIT(NSL_NSTYPE_MNT);
	nsl_selection_add(f->selection, "21");
	collect(f, 0);
	g_assert_cmpuint(f->snapshot->processes->len, ==, 1);
	g_assert_cmpuint(inode_of(get(f, 21), NSL_NSTYPE_MNT), ==, 77);
	g_assert_cmpuint(inode_of(get(f, 21), NSL_NSTYPE_NET), ==, 0);
}

static void select_pids(Fixture *f)
{
	static const char *const words[] = {"20", "1", "20", "99", "0"};

	for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
		nsl_selection_add(f->selection, words[i]);
}

/* With PIDs alone the others are not looked at; they may be threads, which no listing shows. */
TEST_WITH_FIXTURE(selected)
{
	record_sh(f, 21);
	select_pids(f);
	collect(f, 0);
	g_assert_true(f->snapshot->only_selected);
	g_assert_cmpuint(f->snapshot->processes->len, ==, 2);
	g_assert_nonnull(get(f, 1));
	g_assert_nonnull(get(f, 20));
	g_assert_true(nsl_snapshot_is_complete(f->snapshot));
	/* For who else is in there the others are read too. */
	collecting_renew(f);
	select_pids(f);
	collect(f, NSL_FACT_SCAN);
	g_assert_false(f->snapshot->only_selected);
	g_assert_nonnull(get(f, 21));
}

/* The cgroups are read where containers are asked for, and only of those who are listed. */
TEST_WITH_FIXTURE(cgroup)
{
	record_sh(f, 21);
	record_sh(f, 22);
	fixture_file(f->dir, "20/cgroup", "0::/docker/1\n", -1);
	fixture_file(f->dir, "21/cgroup", "0::/docker/1\n", -1);
	fixture_file(f->dir, "22/cgroup", "0::/docker/12\n", -1);
	collect(f, 0);
	g_assert_null(get(f, 20)->cgroup);
	collecting_renew(f);
	collect(f, NSL_FACT_CONTAINERS);
	g_assert_cmpstr(get(f, 20)->cgroup, ==, "0::/docker/1\n");
	g_assert_true(get(f, 21)->cgroup == get(f, 20)->cgroup);
	g_assert_cmpstr(get(f, 22)->cgroup, ==, "0::/docker/12\n");
}

/* Who is ending is read again when the scan is closed; where it is not, it is listed all the same.
 */
TEST_WITH_FIXTURE(ending)
{
	fixture_file(f->dir, "20/cgroup", "1:name=systemd:/\n0::/docker/1\n", -1);
	fixture_file(f->dir, "20/stat",
		     "20 (sh) R 7 20 20 0 -1 4 0 0 0 0 0 0 0 0 20 0 1 0 4242 0 0\n", -1);
	collect(f, NSL_FACT_CONTAINERS);
	g_assert_nonnull(get(f, 20));
	g_assert_false(get(f, 20)->has_stat); /* nobody asked for it */
}

/* --task: it is looked at with all the others, whatever it is in. */
TEST_WITH_FIXTURE(task)
{
	const guint32 task = 1;

	g_array_append_val(f->selection->tasks, task);
	collect(f, 0);
	g_assert_false(f->snapshot->only_selected);
	g_assert_nonnull(get(f, 1));
	g_assert_nonnull(get(f, 20));
}

/* Links that cannot be read: counted, noted, and the scan goes on. */
TEST_WITH_FIXTURE(unreadable)
{
	g_autofree char *message =
		g_strdup_printf("the namespaces could not be read: %s", g_strerror(EINVAL));
	const NslIssue *issue;

	for (guint32 pid = 30; pid < 70; pid++) {
		record_sh(f, pid);
		if (pid % 2 == 0)
			fixture_unreadable(f->dir, pid, "net");
	}
	collect(f, 0);
	g_assert_cmpuint(f->snapshot->processes->len, ==, 21);
	g_assert_cmpuint(f->snapshot->n_looked_at, ==, 42);
	g_assert_cmpuint(f->snapshot->n_unreadable, ==, 20);
	issue = fixture_only_issue(f->snapshot, NSL_SOURCE_PROCESSES, "EINVAL", 20);
	g_assert_cmpstr(issue->message, ==, message);
	g_assert_true(issue->unreadable);
	g_assert_cmpuint(g_array_index(issue->pids, guint32, 1), ==, 32);
}

/* A process that is half there: what is missing is told, the rest is listed. */
TEST_WITH_FIXTURE(malformed)
{
	const NslProcess *process;

	fixture_file(f->dir, "20/stat", "20 (sh", -1);
	fixture_file(f->dir, "20/status", "nonsense", -1);
	collect(f, NSL_FACT_STAT | NSL_FACT_STATUS);
	process = get(f, 20);
	g_assert_cmpstr(process->command, ==, "sh");
	g_assert_false(process->has_stat);
	g_assert_false(process->has_status);
	g_assert_cmpuint(f->snapshot->issues->len, ==, 2);
	g_assert_cmpuint(f->snapshot->n_unreadable, ==, 0);
}

/* Nobody goes away from a recording: links that it has not got are not known. */
TEST_WITH_FIXTURE(links_left_out)
{
	static const struct {
		const char *left_out;
		char state;
		bool unreadable;
	} cases[] = {
		{"cgroup ipc mnt net pid time user uts", 'S', true},
		{"cgroup ipc mnt net time uts", 'S', true},
		{"cgroup ipc mnt net time uts", 'Z', false},
		{"cgroup ipc mnt net pid time uts", 'Z', true},
		{"net", 'S', true},
		{"uts", 'S', true},
		{"pid_for_children", 'S', false},
	};
	guint n_unreadable = 1;

	fixture_file(f->dir, "29/comm", "sh\n", -1); /* without a folder of links */
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(GStrv) names = g_strsplit(cases[i].left_out, " ", -1);
		g_autofree char *stat = g_strdup_printf("%u/stat", 30 + i);
		g_autofree char *text = g_strdup_printf("%u (sh) %c 1 8 8 0 -1 0 0 0 0 0 0 0 0 0 "
							"20 0 1 0 2 0 0\n",
							30 + i, cases[i].state);

		record_sh(f, 30 + i);
		fixture_file(f->dir, stat, text, -1);
		for (char **name = names; *name; name++) {
			g_autofree char *path = g_strdup_printf("%u/ns/%s", 30 + i, *name);

			fixture_unlink(f->dir, path);
		}
	}
	collect(f, 0);
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_assert_cmpint(get(f, 30 + i) == NULL, ==,
				cases[i].unreadable || cases[i].state == 'Z');
		n_unreadable += cases[i].unreadable;
	}
	g_assert_cmpuint(f->snapshot->n_unreadable, ==, n_unreadable);
	fixture_only_issue(f->snapshot, NSL_SOURCE_PROCESSES, "ENODATA", n_unreadable);
	g_assert_false(nsl_snapshot_is_complete(f->snapshot));
}

/* What a recording has not got of a process hides none. (Who goes away: live/churn.) */
TEST_WITH_FIXTURE(left_out)
{
	fixture_record(f->dir, 21, "sh", "", 0, in_net);
	fixture_unlink(f->dir, "21/cmdline");
	fixture_unlink(f->dir, "21/comm");
	fixture_unlink(f->dir, "21/stat");
	fixture_unlink(f->dir, "20/cmdline");
	collect(f, 0);
	g_assert_cmpuint(f->snapshot->processes->len, ==, 2);
	g_assert_null(get(f, 20)->command);
	g_assert_cmpstr(get(f, 20)->comm, ==, "sh");
	g_assert_null(get(f, 21)->command);
	g_assert_true(nsl_snapshot_is_complete(f->snapshot));
}

/* A zombie has two links: it is in no other namespace. */
TEST_WITH_FIXTURE(zombie)
{
	const NslProcess *process;

	fixture_file(f->dir, "21/stat", "21 (sh) Z 1 8 8 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 2 0 0\n",
		     -1);
	fixture_file(f->dir, "21/comm", "sh\n", -1);
	fixture_file(f->dir, "21/cmdline", "", 0);
	fixture_ns_link(f->dir, 21, "pid", NSL_NSTYPE_PID, fixture_root(NSL_NSTYPE_PID));
	fixture_ns_link(f->dir, 21, "user", NSL_NSTYPE_USER, fixture_root(NSL_NSTYPE_USER));
	nsl_selection_add(f->selection, "21");
	collect(f, 0);
	process = get(f, 21);
	g_assert_nonnull(process);
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		g_assert_cmpint(process->ns[type] != NULL, ==,
				type == NSL_NSTYPE_PID || type == NSL_NSTYPE_USER);
	g_assert_true(nsl_snapshot_is_complete(f->snapshot));
}

static void check_refused(Fixture *f, const char *dir)
{
	g_autoptr(NslProcfs) procfs = fixture_open(dir);
	g_autofree char *message =
		g_strdup_printf("%s: no process directories; is a procfs mounted there?", dir);

	f->collect.procfs = procfs;
	nsl_collect_begin(&f->collect);
	nsl_collect_processes(&f->collect);
	g_assert_error(f->collect.error, NSL_ERROR, NSL_ERROR_SYSTEM);
	g_assert_cmpstr(f->collect.error->message, ==, message);
	nsl_collect_end(&f->collect);
}

/* No procfs at all is no system without processes. */
TEST_WITH_FIXTURE(no_processes)
{
	g_auto(FixtureDir) empty = fixture_directory();

	check_refused(f, empty);
	fixture_file(empty, "self/comm", "sh\n", -1);
	check_refused(f, empty);
	nsl_selection_add(f->selection, "7");
	check_refused(f, empty);
}

TEST_WITH_FIXTURE(many)
{
	for (guint32 pid = 1001; pid <= 1700; pid++) {
		const FixtureNs own[] = {{NSL_NSTYPE_NET, 4026540000u + pid}, {0, 0}};
		g_autofree char *command = g_strdup_printf("command %u", pid);

		fixture_record(f->dir, pid, "sh", command, -1, own);
	}
	collect(f, NSL_FACT_STAT);
	g_assert_cmpuint(f->snapshot->processes->len, ==, 701);
	for (guint32 pid = 1001; pid <= 1700; pid++) {
		const NslProcess *process = get(f, pid);
		g_autofree char *command = g_strdup_printf("command %u", pid);

		g_assert_cmpstr(process->command, ==, command);
		g_assert_cmpuint(inode_of(process, NSL_NSTYPE_NET), ==, 4026540000u + pid);
		g_assert_cmpuint(process->ns[NSL_NSTYPE_MNT]->members->len, ==, 701);
	}
}

/* This process is found in its own namespaces. */
TEST_WITH_FIXTURE(real)
{
	const NslProcess *process;

	f->selection->all = true;
	f->collect.procfs = f->real;
	collect(f, NSL_FACT_STAT | NSL_FACT_STATUS | NSL_FACT_COMMANDS);
	process = get(f, (guint32)getpid());
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
