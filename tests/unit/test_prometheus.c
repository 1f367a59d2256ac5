/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of report/prometheus. What promtool(1) says of it: tests/golden.
 */
#include "fixture.h"
#include "model/detail.h"

static char *write_metrics(const NslSnapshot *snapshot, const char *words)
{
	return fixture_write(NSL_FORMAT_PROMETHEUS, snapshot, words, NULL, (NslStyle){0});
}

/* A sample's value, as text; NULL: there is none. Transfer full. */
static char *value_of(const char *text, const char *sample)
{
	g_autofree char *start = g_strdup_printf("\n%s ", sample);
	const char *found = strstr(text, start);

	if (!found)
		return NULL;
	found += strlen(start);
	return g_strndup(found, strcspn(found, "\n"));
}

static void check_value(const char *text, const char *sample, const char *expected)
{
	g_autofree char *value = value_of(text, sample);

	if (g_strcmp0(value, expected) != 0)
		g_test_message("%s", sample);
	g_assert_cmpstr(value, ==, expected);
}

static void hold(NslSnapshot *snapshot, NslNsType type, guint64 inode, NslHolderKind kind)
{
	nsl_namespace_add_holder(nsl_snapshot_add(snapshot, type, inode),
				 &(NslHolder){.kind = kind, .path = (char *)"/x\n"});
}

static NslSnapshot *filled_snapshot(void)
{
	NslSnapshot *snapshot = fixture_snapshot();
	NslProcess *one = fixture_process(snapshot, 7, "sh");
	NslProcess *two = fixture_process(snapshot, 8, "sh");

	for (NslSource source = 0; source < NSL_SOURCE_COUNT; source++)
		snapshot->coverage[source] = NSL_COVERAGE_COMPLETE;
	fixture_join(snapshot, one, NSL_NSTYPE_NET, 5);
	fixture_join(snapshot, two, NSL_NSTYPE_NET, 5);
	fixture_join(snapshot, two, NSL_NSTYPE_MNT, 6);
	fixture_join_roots(snapshot, one);
	fixture_for_children(snapshot, two, NSL_NSTYPE_PID, 9);
	hold(snapshot, NSL_NSTYPE_NET, 10, NSL_HOLDER_MOUNT);
	hold(snapshot, NSL_NSTYPE_NET, 10, NSL_HOLDER_FD);
	hold(snapshot, NSL_NSTYPE_NET, 10, NSL_HOLDER_FD);
	hold(snapshot, NSL_NSTYPE_UTS, 11, NSL_HOLDER_MOUNT);
	nsl_snapshot_add(snapshot, NSL_NSTYPE_UTS, 12);
	nsl_process_add_to(one, fixture_container(snapshot, "docker/a", "docker", NULL, NULL));
	nsl_process_add_to(two, fixture_container(snapshot, "podman/b", "podman", NULL, NULL));
	snapshot->n_looked_at = 100;
	snapshot->n_unreadable = 2;
	nsl_snapshot_freeze(snapshot);
	return snapshot;
}

TEST(counts)
{
	g_autoptr(NslSnapshot) snapshot = filled_snapshot();
	g_autofree char *text = write_metrics(snapshot, NULL);

	check_value(text, "nslist_namespaces{type=\"net\"}", "2");
	check_value(text, "nslist_namespaces{type=\"mnt\"}", "1");
	check_value(text, "nslist_namespaces{type=\"uts\"}", "2");
	check_value(text, "nslist_namespaces{type=\"ipc\"}", "0");
	check_value(text, "nslist_processes{type=\"net\"}", "2");
	check_value(text, "nslist_processes{type=\"mnt\"}", "1");
	check_value(text, "nslist_processes{type=\"pid\"}", "0");
	check_value(text, "nslist_unpopulated_namespaces{type=\"net\"}", "1");
	check_value(text, "nslist_unpopulated_namespaces{type=\"pid\"}", "1");
	check_value(text, "nslist_unpopulated_namespaces{type=\"uts\"}", "2");
	check_value(text, "nslist_unpopulated_namespaces{type=\"mnt\"}", "0");
	check_value(text, "nslist_unpopulated_namespaces_by_holder{holder=\"mount\"}", "2");
	check_value(text, "nslist_unpopulated_namespaces_by_holder{holder=\"fd\"}", "1");
	check_value(text, "nslist_unpopulated_namespaces_by_holder{holder=\"socket\"}", "0");
	check_value(text, "nslist_unpopulated_namespaces_by_holder{holder=\"for-children\"}", "1");
	check_value(text, "nslist_unpopulated_namespaces_by_holder{holder=\"unknown\"}", "1");
	check_value(text, "nslist_containers{runtime=\"docker\"}", "1");
	check_value(text, "nslist_containers{runtime=\"podman\"}", "1");
	check_value(text, "nslist_scanned_processes", "100");
	check_value(text, "nslist_unreadable_processes", "2");
}

/* Of each type just where it is known of every container; sandboxes do not count. */
TEST(shared)
{
	g_autoptr(NslSnapshot) snapshot = filled_snapshot();
	g_autofree char *text = NULL;
	g_autofree char *without = NULL;
	NslContainer *one = g_ptr_array_index(snapshot->containers, 0);
	NslContainer *two = g_ptr_array_index(snapshot->containers, 1);

	one->shared = NSL_NSTYPE_BIT(NSL_NSTYPE_NET) | NSL_NSTYPE_BIT(NSL_NSTYPE_PID);
	one->own = NSL_NSTYPE_BIT(NSL_NSTYPE_MNT);
	two->shared = NSL_NSTYPE_BIT(NSL_NSTYPE_NET);
	two->own = NSL_NSTYPE_BIT(NSL_NSTYPE_MNT);
	text = write_metrics(snapshot, NULL);
	check_value(text, "nslist_containers_sharing{type=\"net\"}", "2");
	check_value(text, "nslist_containers_sharing{type=\"mnt\"}", "0");
	check_value(text, "nslist_containers_sharing{type=\"pid\"}", NULL);
	check_value(text, "nslist_containers_sharing{type=\"uts\"}", NULL);
	two->evidence = NSL_EVIDENCE_NAMESPACES;
	without = write_metrics(snapshot, NULL);
	check_value(without, "nslist_containers_sharing{type=\"net\"}", "1");
	check_value(without, "nslist_containers_sharing{type=\"pid\"}", "1");
}

/* Of each type just where all the listed ones are known. */
TEST(details)
{
	g_autoptr(NslSnapshot) snapshot = filled_snapshot();
	const NslStyle style = {.details = true};
	NslDetail net = {.net.n_interfaces = 3, .net.n_up = 2};
	NslDetail mnt = {.mnt.n_mounts = 7};
	g_autofree char *some = NULL;
	g_autofree char *all = NULL;

	nsl_snapshot_get(snapshot, NSL_NSTYPE_NET, 5)->detail = &net;
	nsl_snapshot_get(snapshot, NSL_NSTYPE_MNT, 6)->detail = &mnt;
	some = fixture_write_format(NSL_FORMAT_PROMETHEUS, snapshot, NULL, &style);
	check_value(some, "nslist_mounts", "7");
	check_value(some, "nslist_interfaces{state=\"up\"}", NULL);
	nsl_snapshot_get(snapshot, NSL_NSTYPE_NET, 10)->detail = &net;
	all = fixture_write_format(NSL_FORMAT_PROMETHEUS, snapshot, NULL, &style);
	check_value(all, "nslist_interfaces{state=\"up\"}", "4");
	check_value(all, "nslist_interfaces{state=\"down\"}", "2");
	check_value(all, "nslist_ipc_objects{kind=\"shm\"}", "0");
	net.partial = true;
	g_free(some);
	some = fixture_write_format(NSL_FORMAT_PROMETHEUS, snapshot, NULL, &style);
	check_value(some, "nslist_interfaces{state=\"down\"}", NULL);
	for (guint64 inode = 5; inode <= 10; inode += 5)
		nsl_snapshot_get(snapshot, NSL_NSTYPE_NET, inode)->detail = NULL;
	nsl_snapshot_get(snapshot, NSL_NSTYPE_MNT, 6)->detail = NULL;
}

/* Unknown is absent, never 0. */
TEST(unknown)
{
	g_autoptr(NslSnapshot) snapshot = filled_snapshot();
	g_autofree char *text = NULL;
	g_autofree char *unseen = NULL;

	snapshot->coverage[NSL_SOURCE_FDS] = NSL_COVERAGE_SKIPPED;
	snapshot->coverage[NSL_SOURCE_CONTAINERS] = NSL_COVERAGE_SKIPPED;
	snapshot->coverage[NSL_SOURCE_MOUNTS] = NSL_COVERAGE_PARTIAL;
	text = write_metrics(snapshot, NULL);
	check_value(text, "nslist_unpopulated_namespaces_by_holder{holder=\"fd\"}", NULL);
	check_value(text, "nslist_unpopulated_namespaces_by_holder{holder=\"socket\"}", NULL);
	check_value(text, "nslist_unpopulated_namespaces_by_holder{holder=\"mount\"}", "2");
	check_value(text, "nslist_source_complete{source=\"fds\"}", NULL);
	check_value(text, "nslist_source_complete{source=\"mounts\"}", "0");
	check_value(text, "nslist_source_complete{source=\"threads\"}", "1");
	check_value(text, "nslist_issues{source=\"fds\"}", NULL);
	check_value(text, "nslist_issues{source=\"threads\"}", "0");
	check_value(text, "nslist_containers{runtime=\"docker\"}", NULL);
	g_assert_null(strstr(text, "nslist_containers"));
	g_assert_null(strstr(text, "nslist_kernel"));
	g_assert_null(strstr(text, "nslist_scan_duration"));
	snapshot->unseen = NSL_UNSEEN_ANYWHERE;
	unseen = write_metrics(snapshot, NULL);
	check_value(unseen, "nslist_namespaces{type=\"net\"}", "2");
	check_value(unseen, "nslist_processes{type=\"net\"}", NULL);
	check_value(unseen, "nslist_unpopulated_namespaces{type=\"net\"}", NULL);
	check_value(unseen, "nslist_unpopulated_namespaces{type=\"mnt\"}", "0");
	g_assert_null(strstr(unseen, "by_holder"));
}

TEST(known)
{
	g_autoptr(NslSnapshot) snapshot = filled_snapshot();
	g_autofree char *text = NULL;

	snapshot->kernel_source = NSL_KERNEL_BPF;
	snapshot->kernel_known = 40;
	snapshot->kernel_explained = 39;
	snapshot->scan_time = 12 * G_USEC_PER_SEC + 34;
	nsl_snapshot_note(snapshot, NSL_SOURCE_FDS, "EACCES", "name\n", 7);
	nsl_snapshot_note(snapshot, NSL_SOURCE_FDS, "EACCES", "name\n", 8);
	nsl_snapshot_note(snapshot, NSL_SOURCE_FDS, "EPERM", "other", 8);
	text = write_metrics(snapshot, NULL);
	check_value(text, "nslist_kernel_namespaces", "40");
	check_value(text, "nslist_kernel_namespaces_explained", "39");
	check_value(text, "nslist_scan_duration_seconds", "12.000034");
	check_value(text, "nslist_issues{source=\"fds\"}", "3");
	check_value(text, "nslist_source_complete{source=\"fds\"}", "0");
}

/* Every sample has its metric's HELP and TYPE before it, each of which is there once. */
TEST(form)
{
	g_autoptr(NslSnapshot) snapshot = filled_snapshot();
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autofree char *text = write_metrics(snapshot, NULL);
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	g_autofree char *metric = NULL;
	guint n = g_strv_length(lines);

	g_assert_cmpstr(lines[n - 1], ==, "");
	for (guint i = 0; i < n - 1; i++) {
		if (g_str_has_prefix(lines[i], "# HELP ")) {
			g_auto(GStrv) words = g_strsplit(lines[i], " ", 4);
			g_autofree char *type = g_strdup_printf("# TYPE %s gauge", words[2]);

			g_assert_cmpuint(g_strv_length(words), ==, 4);
			g_assert_cmpstr(lines[++i], ==, type);
			g_free(metric);
			metric = g_strdup(words[2]);
			g_assert_true(g_hash_table_add(seen, g_strdup(metric)));
			continue;
		}
		g_assert_true(metric && g_str_has_prefix(lines[i], metric));
		g_assert_true(lines[i][strlen(metric)] == '{' || lines[i][strlen(metric)] == ' ');
	}
}
