/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of collect/census: what its records say, when it is taken, and that it knows the caller.
 * That it says what the procfs says of all sorts of processes: live/census.
 */
#include "collect/census.h"

#include "fixture.h"

TEST(decode)
{
	NslTaskRecord record = {
		.task = {.start = 5, .cgroup_key = 6, .files = 7, .pid = 8, .tid = 9}};
	NslCensusTask task;
	NslLinks links;

	/* Of any bytes, and no end. */
	memcpy(record.task.comm, "sixteen bytes ok", sizeof(record.task.comm));
	nsl_census_decode_task((const guint8 *)&record, &task, &links);
	g_assert_cmpuint(task.cgroup_key, ==, 0); /* a zombie's cgroups are not to be shared */
	g_assert_false(task.flags & NSL_TASK_ENDING);
	g_assert_cmpuint(task.level, ==, 0);
	record.task.ppid = 10;
	record.task.uid = 11;
	record.task.level = 3;
	record.task.inner[0] = 12;
	record.task.inner[2] = 13;
	record.task.flags = 0x00400044; /* PF_RANDOMIZE, PF_FORKNOEXEC, PF_EXITING */
	record.ns[NSL_NSTYPE_MNT] = 4026531999;
	record.ns[NSL_NSTYPE_NET] = 4026532000;
	record.ns[NSL_NSTYPE_PID] = 4026532001;
	record.ns[NSL_NSTYPE_TIME] = 4026532002;
	record.for_children[NSL_NSTYPE_PID] = 4026532003;
	record.for_children[NSL_NSTYPE_TIME] = 4026532002;
	nsl_census_decode_task((const guint8 *)&record, &task, &links);
	g_assert_cmpuint(task.pid, ==, 8);
	g_assert_cmpuint(task.tid, ==, 9);
	g_assert_cmpuint(task.start, ==, 5);
	g_assert_cmpuint(task.cgroup_key, ==, 6);
	g_assert_true(task.flags & NSL_TASK_ENDING);
	g_assert_cmpuint(task.ppid, ==, 10);
	g_assert_cmpuint(task.uid, ==, 11);
	g_assert_cmpuint(task.level, ==, 3);
	g_assert_cmpuint(task.inner[0], ==, 12);
	g_assert_cmpuint(task.inner[2], ==, 13);
	g_assert_cmpuint(task.files, ==, 7);
	g_assert_cmpstr(task.comm, ==, "sixteen bytes o");
	g_assert_cmpuint(task.links->ns[NSL_NSTYPE_NET], ==, 4026532000);
	g_assert_cmpuint(task.links->ns[NSL_NSTYPE_UTS], ==, 0);
	g_assert_cmpuint(task.links->for_children[NSL_NSTYPE_PID], ==, 4026532003);
	g_assert_cmpuint(task.links->for_children[NSL_NSTYPE_TIME], ==, 0); /* no other */
	g_assert_false(task.gone);
	record.task.level = 4; /* deeper than it tells */
	nsl_census_decode_task((const guint8 *)&record, &task, &links);
	g_assert_cmpuint(task.level, ==, NSL_CENSUS_LEVELS);
}

/* Of a kernel whose structures are not there, nothing is guessed. */
TEST(strange_kernel)
{
	g_autoptr(NslBtf) btf = fixture_strange_btf();

	g_assert_null(nsl_census_task_program(btf, NSL_NSTYPES_ALL));
	g_assert_null(nsl_census_file_program(btf, NSL_NSTYPES_ALL));
}

static void check_none(const char *proc, NslCensusWhen when, bool expected)
{
	g_autoptr(NslBtf) btf = NULL;
	g_autoptr(NslProcfs) procfs = nsl_procfs_open(proc, NULL);
	g_autoptr(NslCensus) census = NULL;
	g_autoptr(GError) error = NULL;

	g_assert_cmpint(nsl_census_take(procfs, when, &btf, &census, &error), ==, expected);
	g_assert_cmpint(error == NULL, ==, expected);
	g_assert_null(census);
}

TEST(none)
{
	check_none(NULL, NSL_CENSUS_PROCFS, true);
	/* A recorded procfs is about another system than the kernel is. */
	check_none(NSL_TEST_DIR, NSL_CENSUS_AUTO, true);
	check_none(NSL_TEST_DIR, NSL_CENSUS_BPF, false);
}

static NslCensus *take(const NslProcfs *procfs)
{
	g_autoptr(NslBtf) btf = NULL;
	g_autoptr(GError) error = NULL;
	NslCensus *census = NULL;

	if (fixture_lacks_bpf())
		return NULL;
	g_assert_true(nsl_census_take(procfs, NSL_CENSUS_BPF, &btf, &census, &error));
	g_assert_no_error(error);
	return census;
}

/* The same programs find who has come, and nothing is left of the first time. */
TEST(again)
{
	g_autoptr(NslProcfs) procfs = nsl_procfs_open(NULL, NULL);
	g_autoptr(NslCensus) census = take(procfs);
	g_autoptr(NslBtf) none = NULL;
	guint before = fixture_count_fds();
	guint32 last = 0;
	pid_t child;

	if (!census)
		return;
	child = fixture_sleeper();
	g_assert_true(nsl_census_take(procfs, NSL_CENSUS_BPF, &none, &census, NULL));
	g_assert_null(none);
	g_assert_nonnull(nsl_census_find(census, (guint32)child));
	for (guint i = 0; i < census->processes->len; i++) {
		const NslCensusTask *task = &g_array_index(census->processes, NslCensusTask, i);

		g_assert_cmpuint(task->pid, >, last);
		last = task->pid;
	}
	fixture_end(child);
	g_assert_true(nsl_census_take(procfs, NSL_CENSUS_BPF, &none, &census, NULL));
	g_assert_null(nsl_census_find(census, (guint32)child));
	g_assert_cmpuint(fixture_count_fds(), ==, before);
	g_assert_true(nsl_census_take(procfs, NSL_CENSUS_PROCFS, &none, &census, NULL));
	g_assert_null(census);
	g_assert_cmpuint(fixture_count_fds(), <, before);
}

/* Who has ended since is found out, and who has not. */
TEST(confirm)
{
	g_autoptr(NslProcfs) procfs = nsl_procfs_open(NULL, NULL);
	g_autoptr(NslCensus) census = NULL;
	int leash[2];
	char end;
	pid_t child;

	g_assert_cmpint(pipe(leash), ==, 0);
	child = fork();
	if (child == 0) {
		close(leash[1]);
		_exit(read(leash[0], &end, 1) != 0);
	}
	census = take(procfs);
	close(leash[1]);
	fixture_wait(child, 0);
	close(leash[0]);
	if (!census)
		return;
	g_assert_nonnull(nsl_census_find(census, (guint32)child));
	g_assert_false(nsl_census_find(census, (guint32)child)->gone);
	g_assert_cmpint(nsl_census_confirm(census), ==, 0);
	g_assert_true(nsl_census_find(census, (guint32)child)->gone);
	g_assert_false(nsl_census_find(census, (guint32)getpid())->gone);
}

/* NslCensusWants: just one process. */
static bool is_own(gconstpointer data, const NslCensusTask *task)
{
	return task == data;
}

/* Read once for all that share them; who cannot be told apart counts as changed. */
TEST(cgroups)
{
	g_autoptr(NslProcfs) procfs = nsl_procfs_open(NULL, NULL);
	g_autoptr(NslCensus) census = take(procfs);
	g_autofree char *wanted = NULL;
	NslLinks links = {0};
	NslCensusTask other = {.pid = NSL_PID_MAX, .tid = NSL_PID_MAX, .links = &links};
	const NslCensusTask *own;
	char *text;

	if (!census)
		return;
	own = nsl_census_find(census, (guint32)getpid());
	g_assert_true(g_file_get_contents("/proc/self/cgroup", &wanted, NULL, NULL));
	g_assert_cmpuint(own->cgroup_key, !=, 0);
	g_assert_false(nsl_census_learn_cgroups(census, is_own, own, false));
	g_assert_cmpint(nsl_census_confirm(census), ==, 0);
	g_assert_true(nsl_census_learn_cgroups(census, is_own, own, false));
	/* There is no process of that number: what it is given was read of the other. */
	other.cgroup_key = own->cgroup_key;
	text = nsl_census_get_cgroups(census, &other);
	g_assert_cmpstr(text, ==, wanted);
	g_ref_string_release(text);
	nsl_census_learn_cgroups(census, is_own, own, true);
	g_assert_false(own->changed);
	((NslCensusTask *)own)->flags |= NSL_TASK_ENDING;
	for (guint i = 0; i < 2; i++) /* it is forgotten, and not learned again */
		g_assert_false(nsl_census_learn_cgroups(census, is_own, own, false));
	g_assert_null(nsl_census_get_cgroups(census, &other));
	nsl_census_learn_cgroups(census, is_own, own, true);
	g_assert_true(own->changed);
}

/* What was read of one that turns out to have ended is not kept for those beside it. */
TEST(cgroups_of_the_gone)
{
	g_autoptr(NslProcfs) procfs = nsl_procfs_open(NULL, NULL);
	g_autoptr(NslCensus) census = take(procfs);
	const NslCensusTask *own;

	if (!census)
		return;
	own = nsl_census_find(census, (guint32)getpid());
	g_assert_false(nsl_census_learn_cgroups(census, is_own, own, false));
	((NslCensusTask *)own)->gone = true;
	nsl_census_learn_cgroups(census, is_own, own, true);
	g_assert_null(nsl_census_get_cgroups(census, own));
	g_assert_true(own->changed);
}
