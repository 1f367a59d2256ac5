/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of report/single: what stands above the rows of a single namespace, when it does, and the
 * table with details of several.
 */
#include "report/single.h"

#include "fixture.h"
#include "model/detail.h"

/* A pid namespace of two levels with a process, and a uts namespace. */
static NslSnapshot *make_snapshot(void)
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
	nsl_namespace_add_holder(
		pid, &(NslHolder){.kind = NSL_HOLDER_MOUNT, .path = (char *)"/x", .mnt_ns = 8});
	uts->owner.knowledge = NSL_KNOWN;
	uts->owner.ns = nsl_snapshot_add(snapshot, NSL_NSTYPE_USER, fixture_root(NSL_NSTYPE_USER));
	uts->has_owner_uid = NSL_KNOWN;
	uts->owner_uid = 0;
	uts->owner_name = g_strdup("ro\not");
	uts->has_detail = NSL_KNOWN;
	uts->detail = nsl_detail_new(NSL_NSTYPE_UTS, &uts_detail, NULL, 0);
	snapshot->own_mnt = 8;
	nsl_snapshot_freeze(snapshot);
	return snapshot;
}

static char *write_table(const char *selector, const NslStyle *style)
{
	g_autoptr(NslSnapshot) snapshot = make_snapshot();
	g_autoptr(NslSelection) selection = nsl_selection_new();

	if (selector)
		nsl_selection_add(selection, selector);
	return fixture_write_format(NSL_FORMAT_TABLE, snapshot, selection, style);
}

#define ROWS_OF_PID                                                                                \
	"        --  pid:[5000]            mounted at /x\n"                                        \
	"         7  pid:[5000]            sh -c x\n"

static void test_block(void)
{
	const NslStyle style = {.single = true};
	g_autofree char *pid = write_table("pid:[5000]", &style);
	g_autofree char *uts = write_table("uts:6000", &style);

	g_assert_cmpstr(pid, ==,
			"namespace: pid:[5000]\n"
			"id:        77\n"
			"detail:    init 7 (sh), depth 1\n"
			"parent:    pid:[4026531838]\n"
			"owner:     may not be asked\n"
			"members:   1\n"
			"holders:   1\n"
			"\n" ROWS_OF_PID);
	g_assert_cmpstr(uts, ==,
			"namespace: uts:[6000]\n"
			"detail:    web\\x1b\n"
			"owner:     user:[4026531840], made by ro\\not\n"
			"members:   1\n"
			"holders:   0\n"
			"\n"
			"         7  uts:[6000]            sh -c x\n");
}

static void test_unknown(void)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	g_autoptr(NslSelection) selection = nsl_selection_new();
	const NslStyle style = {.single = true};
	NslNamespace *ns = nsl_snapshot_add(snapshot, NSL_NSTYPE_USER, 5000);
	g_autofree char *text = NULL;

	ns->has_detail = NSL_DENIED;
	ns->parent.knowledge = NSL_NONE;
	nsl_selection_add(selection, "5000000");
	nsl_selection_add(selection, "user:5000");
	g_ptr_array_remove_index(selection->selectors, 0);
	text = fixture_write_format(NSL_FORMAT_TABLE, snapshot, selection, &style);
	g_assert_true(g_str_has_prefix(text, "namespace: user:[5000]\n"
					     "detail:    may not be asked\n"
					     "parent:    none\n"
					     "owner:     not known\n"
					     "members:   0\n"
					     "holders:   0\n"
					     "\n"));
}

/* Nothing but rows where it is not for people, and where it is not about one namespace. */
static void test_no_block(void)
{
	const NslStyle plain = {0};
	const NslStyle single = {.single = true};
	g_autofree char *rows = write_table("pid:[5000]", &plain);
	g_autofree char *process = write_table("7", &single);
	g_autofree char *all = write_table(NULL, &single);

	g_assert_cmpstr(rows, ==, ROWS_OF_PID);
	g_assert_null(strstr(process, "namespace:"));
	g_assert_null(strstr(all, "namespace:"));
}

static void test_cut(void)
{
	const NslStyle style = {.single = true, .headings = true, .columns = 16};
	g_autofree char *text = write_table("pid:[5000]", &style);
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	g_assert_cmpstr(lines[0], ==, "namespace: pid:[");
	g_assert_cmpuint(g_strv_length(lines), ==, 12);
	g_assert_cmpstr(lines[8], ==, "       PID  Name");
	for (char **line = lines; *line; line++)
		g_assert_cmpuint(strlen(*line), <=, 16);
}

/* The details of all stand in a column, before the command. */
static void test_details(void)
{
	const NslStyle style = {.details = true, .headings = true};
	g_autofree char *text = write_table(NULL, &style);

	g_assert_cmpstr(text, ==,
			"PID NAMESPACE  DETAIL               COMMAND\n"
			"  7 pid:[5000] init 7 (sh), depth 1 sh -c x\n"
			"  7 uts:[6000] web\\x1b              sh -c x\n");
}

static void test_details_in_trees(void)
{
	g_autoptr(NslSnapshot) snapshot = make_snapshot();
	g_autoptr(NslSelection) selection = nsl_selection_new();
	const NslStyle style = {.details = true, .ascii_lines = true};
	g_autofree char *text = fixture_write_format(NSL_FORMAT_TREE, snapshot, selection, &style);

	g_assert_nonnull(strstr(text, "`-pid:[5000]  init 7 (sh), depth 1"));
	g_assert_nonnull(strstr(text, "`-uts:[6000]  web\\x1b\n"));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/single/block", test_block);
	g_test_add_func("/single/unknown", test_unknown);
	g_test_add_func("/single/no-block", test_no_block);
	g_test_add_func("/single/cut", test_cut);
	g_test_add_func("/single/details", test_details);
	g_test_add_func("/single/details-in-trees", test_details_in_trees);
	return g_test_run();
}
