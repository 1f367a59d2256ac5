/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of model/snapshot and model/holder.
 */
#include "model/snapshot.h"

#include "fixture.h"

TEST(namespaces)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslNamespace *root =
		nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, fixture_root(NSL_NSTYPE_NET));
	NslNamespace *net = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 4026532676);
	NslNamespace *large = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 4026532676 + (1ULL << 32));
	/* Recorded trees may use an inode for two types. */
	NslNamespace *mnt = nsl_snapshot_add(snapshot, NSL_NSTYPE_MNT, 4026532676);

	g_assert_true(root->root);
	g_assert_false(net->root);
	g_assert_cmpuint(net->inode, ==, 4026532676);
	g_assert_cmpint(net->type, ==, NSL_NSTYPE_NET);
	g_assert_cmpuint(net->members->len, ==, 0);
	g_assert_cmpuint(net->holders->len, ==, 0);
	g_assert_cmpuint(net->names->len, ==, 0);
	g_assert_true(net != mnt && net != large);
	g_assert_true(nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 4026532676) == net);
	g_assert_true(nsl_snapshot_get(snapshot, NSL_NSTYPE_NET, 4026532676) == net);
	g_assert_true(nsl_snapshot_get(snapshot, NSL_NSTYPE_MNT, 4026532676) == mnt);
	g_assert_null(nsl_snapshot_get(snapshot, NSL_NSTYPE_PID, 4026532676));
	g_assert_null(nsl_snapshot_get(snapshot, NSL_NSTYPE_NET, 1));
	g_assert_true(nsl_snapshot_find(snapshot, root->inode) == root);
	g_assert_null(nsl_snapshot_find(snapshot, 1));
	g_assert_cmpuint(g_hash_table_size(snapshot->namespaces), ==, 4);
}

TEST(many)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();

	for (guint i = 0; i < 20000; i++)
		nsl_snapshot_add(snapshot, i % NSL_NSTYPE_COUNT, 4026540000u + i / 2);
	for (guint i = 0; i < 20000; i++)
		g_assert_nonnull(
			nsl_snapshot_get(snapshot, i % NSL_NSTYPE_COUNT, 4026540000u + i / 2));
	g_assert_cmpuint(g_hash_table_size(snapshot->namespaces), ==, 20000);
}

TEST(processes)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslNamespace *net = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 5);

	g_assert_null(nsl_snapshot_get_process(snapshot, 1));
	for (guint pid = 3; pid < 300; pid += 3) {
		NslProcess *process = nsl_snapshot_add_process(snapshot, pid);

		g_assert_true(process->responsive);
		nsl_process_join(process, net);
		g_assert_true(process->ns[NSL_NSTYPE_NET] == net);
		g_assert_null(process->ns[NSL_NSTYPE_MNT]);
	}
	for (guint pid = 0; pid < 303; pid++) {
		const NslProcess *process = nsl_snapshot_get_process(snapshot, pid);

		g_assert_cmpint(process != NULL, ==, pid > 0 && pid < 300 && pid % 3 == 0);
		if (process)
			g_assert_cmpuint(process->pid, ==, pid);
	}
	g_assert_cmpuint(net->members->len, ==, 99);
	for (guint i = 1; i < net->members->len; i++) {
		const NslProcess *before = g_ptr_array_index(net->members, i - 1);
		const NslProcess *process = g_ptr_array_index(net->members, i);

		g_assert_cmpuint(before->pid, <, process->pid);
	}
}

/* What processes share is another one's no longer when one of them goes elsewhere. */
TEST(together)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslNamespace *net = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 5);
	NslNamespace *uts = nsl_snapshot_add(snapshot, NSL_NSTYPE_UTS, 6);
	NslProcess *nowhere = fixture_process(snapshot, 1, NULL);
	NslProcess *first = fixture_process(snapshot, 2, NULL);
	NslProcess *second = fixture_process(snapshot, 3, NULL);
	NslProcess *third = fixture_process(snapshot, 4, NULL);

	nsl_process_join(first, net);
	fixture_for_children(snapshot, first, NSL_NSTYPE_PID, 7);
	nsl_process_join_as(second, first);
	nsl_process_join_as(third, second);
	g_assert_true(nsl_processes_are_together(first, third));
	g_assert_cmpuint(net->members->len, ==, 3);
	g_assert_true(g_ptr_array_index(net->members, 2) == third);
	g_assert_cmpuint(nsl_process_for_children(third, NSL_NSTYPE_PID)->inode, ==, 7);
	nsl_process_join(second, uts);
	g_assert_false(nsl_processes_are_together(first, second));
	g_assert_true(nsl_processes_are_together(first, third));
	g_assert_true(second->ns[NSL_NSTYPE_NET] == net && second->ns[NSL_NSTYPE_UTS] == uts);
	g_assert_null(first->ns[NSL_NSTYPE_UTS]);
	g_assert_null(third->ns[NSL_NSTYPE_UTS]);
	/* The same without sharing it. */
	nsl_process_join(first, uts);
	g_assert_true(nsl_processes_are_together(first, second));
	nsl_process_join_as(nowhere, fixture_process(snapshot, 5, NULL));
	g_assert_null(nowhere->ns[NSL_NSTYPE_NET]);
	nsl_process_join(nowhere, net);
	g_assert_true(nowhere->ns[NSL_NSTYPE_NET] == net);
}

/* What a recorded procfs says of a start may be no time, or none that can be written. */
TEST(starts)
{
	const gint64 boot = NSL_TIME_MAX - 3600;
	const guint64 tick = (guint64)sysconf(_SC_CLK_TCK);
	const guint64 wrapped = G_MAXUINT64 / nsl_procfs_tick();
	const struct {
		guint64 ticks;
		gint64 start;
	} cases[] = {
		{0, boot},
		{tick * 3600, NSL_TIME_MAX},
		{tick * 3601, 0},
		{G_MAXINT64, 0},
		{(guint64)G_MAXINT64 + 1, 0},
		{G_MAXUINT64, 0},
		/* Before the caller's time namespace counts. */
		{wrapped, boot - 1},
		{wrapped - tick * 50 + 1, boot - 50},
		{wrapped - tick * 50, boot - 51},
		{wrapped + 1, 0},
	};
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();

	snapshot->boot_time = boot;
	for (guint32 i = 0; i < G_N_ELEMENTS(cases); i++) {
		NslProcess *process = fixture_process(snapshot, i + 1, "sh");

		process->has_stat = true;
		process->start_ticks = cases[i].ticks;
	}
	nsl_snapshot_freeze(snapshot);
	for (guint32 i = 0; i < G_N_ELEMENTS(cases); i++)
		g_assert_cmpint(nsl_snapshot_get_process(snapshot, i + 1)->start, ==,
				cases[i].start);
}

TEST(names)
{
	static const char *const added[] = {"web", "db", "\xff", "a b", "Web", "web2"};
	static const char *const sorted[] = {"Web", "a b", "db", "web", "web2", "\xff"};
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslNamespace *net = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 5);

	for (gsize i = 0; i < G_N_ELEMENTS(added); i++)
		nsl_namespace_add_name(net, added[i]);
	nsl_snapshot_freeze(snapshot);
	g_assert_cmpuint(net->names->len, ==, G_N_ELEMENTS(sorted));
	for (gsize i = 0; i < G_N_ELEMENTS(sorted); i++)
		g_assert_cmpstr(g_ptr_array_index(net->names, i), ==, sorted[i]);
}

TEST(issues)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	const NslIssue *issue;

	g_assert_true(nsl_snapshot_is_complete(snapshot));
	snapshot->coverage[NSL_SOURCE_PROCESSES] = NSL_COVERAGE_COMPLETE;
	for (guint pid = 1; pid <= 100; pid++)
		issue = nsl_snapshot_note(snapshot, NSL_SOURCE_PROCESSES, "EACCES", "denied", pid);
	g_assert_cmpuint(snapshot->issues->len, ==, 1);
	g_assert_cmpuint(issue->count, ==, 100);
	g_assert_cmpuint(issue->pids->len, ==, NSL_ISSUE_PIDS);
	for (guint i = 0; i < issue->pids->len; i++)
		g_assert_cmpuint(g_array_index(issue->pids, guint32, i), ==, i + 1);
	g_assert_cmpint(snapshot->coverage[NSL_SOURCE_PROCESSES], ==, NSL_COVERAGE_PARTIAL);
	g_assert_cmpint(snapshot->coverage[NSL_SOURCE_NETNS], ==, NSL_COVERAGE_SKIPPED);
	g_assert_false(nsl_snapshot_is_complete(snapshot));
	/* The same of the same process, once more, also of one that is not kept. */
	nsl_snapshot_note(snapshot, NSL_SOURCE_PROCESSES, "EACCES", "denied", 1);
	nsl_snapshot_note(snapshot, NSL_SOURCE_PROCESSES, "EACCES", "denied", 100);
	g_assert_cmpuint(issue->count, ==, 100);
	/* Each of the three makes it another one. */
	nsl_snapshot_note(snapshot, NSL_SOURCE_NETNS, "EACCES", "denied", 0);
	nsl_snapshot_note(snapshot, NSL_SOURCE_PROCESSES, "EPERM", "denied", 1);
	issue = nsl_snapshot_note(snapshot, NSL_SOURCE_PROCESSES, "EACCES", "another", 0);
	g_assert_cmpuint(snapshot->issues->len, ==, 4);
	g_assert_cmpuint(issue->count, ==, 1);
	g_assert_cmpuint(issue->pids->len, ==, 0);
	g_assert_cmpstr(issue->code, ==, "EACCES");
	g_assert_cmpstr(issue->message, ==, "another");
}

/* Everything that JSON names has a name, and each its own. */
static void check_names(const char *const *names, guint n)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint i = 0; i < n; i++) {
		g_assert_nonnull(names[i]);
		g_assert_true(g_hash_table_add(seen, (gpointer)names[i]));
	}
}

TEST(words)
{
	const char *holders[NSL_HOLDER_COUNT];

	for (NslHolderKind kind = 0; kind < NSL_HOLDER_COUNT; kind++) {
		holders[kind] = nsl_holders[kind].name;
		g_assert_nonnull(nsl_holders[kind].reason);
	}
	check_names(holders, NSL_HOLDER_COUNT);
	check_names(nsl_source_names, NSL_SOURCE_COUNT);
	check_names(nsl_coverage_names, NSL_COVERAGE_COUNT);
	check_names(nsl_reference_names, NSL_REFERENCE_COUNT);
	check_names(nsl_evidence_names, NSL_EVIDENCE_COUNT);
	g_assert_cmpstr(nsl_source_names[NSL_SOURCE_PROCESSES], ==, "processes");
	g_assert_cmpstr(nsl_coverage_names[NSL_COVERAGE_SKIPPED], ==, "skipped");
	g_assert_cmpstr(nsl_reference_names[NSL_REFERENCE_PID1], ==, "pid1");
	g_assert_cmpstr(nsl_reference_names[NSL_REFERENCE_GUESS], ==, "guess");
	g_assert_cmpstr(nsl_holders[NSL_HOLDER_FOR_CHILDREN].name, ==, "for-children");
}

/* Where the root namespaces are only inferred, the kernel's initial ones are root ones too. */
TEST(initial)
{
	const NslNsType type = NSL_NSTYPE_MNT;
	const guint64 initial = nsl_nstypes[type].initial_inode;

	for (NslReference reference = 0; reference < NSL_REFERENCE_COUNT; reference++) {
		g_autoptr(NslSnapshot) snapshot = nsl_snapshot_new();
		bool inferred = reference != NSL_REFERENCE_PID && reference != NSL_REFERENCE_PID1;

		snapshot->reference = reference;
		snapshot->root[type] = 4026532179;
		g_assert_cmpint(nsl_snapshot_add(snapshot, type, initial)->root, ==, inferred);
		g_assert_true(nsl_snapshot_add(snapshot, type, 4026532179)->root);
		g_assert_false(nsl_snapshot_add(snapshot, type, 4026532180)->root);
	}
}

/* Who may be out of sight may be anywhere, or anywhere but where all are seen. */
TEST(members)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslProcess *process = fixture_process(snapshot, 7, "sh");
	NslNamespace *net = fixture_join(snapshot, process, NSL_NSTYPE_NET, 5);
	NslNamespace *pid = fixture_join(snapshot, process, NSL_NSTYPE_PID, 6);
	const NslNamespace *empty = nsl_snapshot_add(snapshot, NSL_NSTYPE_PID, 8);

	g_assert_true(nsl_snapshot_has_all_members(snapshot, net));
	g_assert_false(nsl_snapshot_is_unpopulated(snapshot, net));
	g_assert_true(nsl_snapshot_is_unpopulated(snapshot, empty));
	snapshot->unseen = NSL_UNSEEN_OUTSIDE;
	g_assert_false(nsl_snapshot_has_all_members(snapshot, net));
	g_assert_true(nsl_snapshot_has_all_members(snapshot, pid));
	g_assert_false(nsl_snapshot_is_unpopulated(snapshot, empty));
	snapshot->unseen = NSL_UNSEEN_ANYWHERE;
	g_assert_false(nsl_snapshot_has_all_members(snapshot, pid));
	snapshot->unseen = 0;
	net->members_not_read = true;
	g_assert_false(nsl_snapshot_has_all_members(snapshot, net));
	g_assert_true(nsl_snapshot_has_all_members(snapshot, pid));
	snapshot->only_selected = true;
	g_assert_false(nsl_snapshot_has_all_members(snapshot, pid));
}
