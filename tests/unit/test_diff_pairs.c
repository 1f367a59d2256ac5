/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of store/diff_pairs: what of two snapshots is the same. What follows from it is in
 * test_diff.c.
 */
#include "store/diff.h"

#include "fixture.h"
#include "report/view.h"

typedef struct Fixture {
	NslSnapshot *sides[NSL_N_SIDES];
	NslView *views[NSL_N_SIDES];
	NslPairs *pairs;
} Fixture;

static void set_up(Fixture *f)
{
	*f = (Fixture){.pairs = NULL};
	for (guint i = 0; i < NSL_N_SIDES; i++) {
		f->sides[i] = fixture_snapshot();
		f->sides[i]->boot_id = g_strdup("one");
	}
}

static void tear_down(Fixture *f)
{
	nsl_pairs_free(f->pairs);
	for (guint i = 0; i < NSL_N_SIDES; i++) {
		nsl_view_free(f->views[i]);
		nsl_snapshot_free(f->sides[i]);
	}
}

static void pair_all(Fixture *f)
{
	g_autoptr(NslSelection) selection = nsl_selection_new();
	NslDiffSide sides[NSL_N_SIDES];

	for (guint i = 0; i < NSL_N_SIDES; i++) {
		nsl_snapshot_freeze(f->sides[i]);
		f->views[i] = nsl_view_new(f->sides[i], selection);
		sides[i] = (NslDiffSide){f->sides[i], f->views[i]->namespaces,
					 f->views[i]->processes, f->views[i]->containers};
	}
	f->pairs = nsl_pairs_new(&sides[NSL_BEFORE], &sides[NSL_AFTER]);
	/* They point to what is not there any more. */
	f->pairs->sides[NSL_BEFORE] = f->pairs->sides[NSL_AFTER] = NULL;
}

static void set_boots_apart(Fixture *f)
{
	g_free(f->sides[NSL_AFTER]->boot_id);
	f->sides[NSL_AFTER]->boot_id = g_strdup("another");
}

static bool is_pair(const Fixture *f, gconstpointer before, gconstpointer after)
{
	g_assert_true((nsl_pairs_get(f->pairs, before) == after) ==
		      (nsl_pairs_get(f->pairs, after) == before));
	return nsl_pairs_get(f->pairs, before) == after;
}

static NslNamespace *add_held(NslSnapshot *snapshot, guint64 inode, guint32 pid, gint32 fd)
{
	NslNamespace *ns = nsl_snapshot_add(snapshot, NSL_NSTYPE_UTS, inode);

	nsl_namespace_add_holder(ns, &(NslHolder){.kind = NSL_HOLDER_FD, .pid = pid, .fd = fd});
	return ns;
}

/* One side was taken in a time namespace, where other ticks are the same time. */
TEST_WITH_FIXTURE(time_namespace)
{
	static const struct {
		gint64 ticks, start; /* of the other side, more than here */
		bool same;
	} cases[] = {
		{0, 0, true},	     {0, 3600, true},	/* the clock was set */
		{10000000, 0, true}, {-20000, 1, true}, /* before this side counts */
		{-20000, -1, true},  {10000000, 2, false},
		{300, 0, false}, /* a PID that is used again at once */
		{1, 0, false},	     {10000000, 100000, false},
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
		for (guint side = 0; side < NSL_N_SIDES; side++) {
			NslProcess *process = fixture_process(f->sides[side], 30 + i, "sh");
			gint64 ticks = 8123 + (side ? cases[i].ticks : 0);

			process->has_stat = true;
			process->start_ticks = (guint64)ticks;
			if (ticks < 0) /* as the kernel's nanoseconds wrap */
				process->start_ticks += G_MAXUINT64 / nsl_procfs_tick() + 1;
			process->start = 1769860881 + (side ? cases[i].start : 0);
			fixture_join(f->sides[side], process, NSL_NSTYPE_NET, 77);
		}
	pair_all(f);
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_test_message("case %u", i);
		g_assert_cmpint(is_pair(f, nsl_snapshot_get_process(f->sides[NSL_BEFORE], 30 + i),
					nsl_snapshot_get_process(f->sides[NSL_AFTER], 30 + i)),
				==, cases[i].same);
	}
}

/* A sandbox whose first process has ended is the same; one that a process has moved to is not. */
TEST_WITH_FIXTURE(sandboxes)
{
	static const char *const names[] = {"sh", "tail"};
	NslContainer *staying[NSL_N_SIDES];
	NslContainer *moved[NSL_N_SIDES];
	NslContainer *engines[NSL_N_SIDES];

	for (guint side = 0; side < NSL_N_SIDES; side++) {
		NslSnapshot *snapshot = f->sides[side];
		NslContainer *containers[3];

		for (guint i = 0; i < G_N_ELEMENTS(containers); i++) {
			const char *runtime = i < 2 ? "sandbox" : "lxc";
			g_autofree char *key =
				g_strdup_printf("%s/%u", runtime, 30 + 10 * i + side);
			NslProcess *process;

			containers[i] =
				fixture_container(snapshot, key, runtime, NULL, names[side]);
			containers[i]->evidence =
				i < 2 ? NSL_EVIDENCE_NAMESPACES : NSL_EVIDENCE_ARGV;
			for (guint j = side; j < 2; j++) { /* the first has ended */
				process = fixture_process(snapshot, 30 + 10 * i + j, "sh");
				fixture_join(snapshot, process, NSL_NSTYPE_NET,
					     77 + i + (i == 1 ? 10 * side : 0));
				nsl_process_add_to(process, containers[i]);
			}
		}
		staying[side] = containers[0];
		moved[side] = containers[1];
		engines[side] = containers[2];
	}
	pair_all(f);
	g_assert_true(is_pair(f, staying[NSL_BEFORE], staying[NSL_AFTER]));
	g_assert_false(is_pair(f, moved[NSL_BEFORE], moved[NSL_AFTER]));
	g_assert_false(is_pair(f, engines[NSL_BEFORE], engines[NSL_AFTER]));
}

/* Without ids: by inode, unless somebody else owns it. */
TEST_WITH_FIXTURE(namespaces_by_inode)
{
	NslNamespace *same[NSL_N_SIDES];
	NslNamespace *owned[NSL_N_SIDES];
	NslNamespace *doubtful[NSL_N_SIDES];

	for (guint i = 0; i < NSL_N_SIDES; i++) {
		same[i] = add_held(f->sides[i], 4026532500, 30, 3);
		owned[i] = add_held(f->sides[i], 4026532501, 30, 4);
		owned[i]->has_owner_uid = NSL_KNOWN;
		owned[i]->owner_uid = 1000 + i;
		doubtful[i] = add_held(f->sides[i], 4026532502, 30 + i, 5);
	}
	pair_all(f);
	g_assert_true(is_pair(f, same[NSL_BEFORE], same[NSL_AFTER]));
	g_assert_false(is_pair(f, owned[NSL_BEFORE], owned[NSL_AFTER]));
	g_assert_true(is_pair(f, doubtful[NSL_BEFORE], doubtful[NSL_AFTER]));
	g_assert_cmpuint(f->pairs->n_reused, ==, 1);
}

/* So many that to look at each pair of them would take minutes. */
TEST_WITH_FIXTURE(many_holders)
{
	NslNamespace *many[NSL_N_SIDES];
	const guint count = 100000;

	for (guint i = 0; i < NSL_N_SIDES; i++)
		for (guint j = 0; j < count; j++)
			many[i] = add_held(f->sides[i], 4026532500, 10 + j, (gint32)(3 + i));
	pair_all(f);
	g_assert_true(is_pair(f, many[NSL_BEFORE], many[NSL_AFTER]));
	g_assert_cmpuint(f->pairs->n_reused, ==, 1);
}

/* A mount is one, in however many mount namespaces there are copies of it. */
TEST_WITH_FIXTURE(sets)
{
	NslNamespace *ns = add_held(f->sides[NSL_AFTER], 4026532500, 30, 3);
	g_autoptr(GHashTable) holders = NULL;
	g_autoptr(GHashTable) names = NULL;

	add_held(f->sides[NSL_AFTER], 4026532500, 30, 4);
	fixture_mounted(ns, "/run/x", 4026531841);
	fixture_mounted(ns, "/run/x", 4026532841);
	fixture_mounted(ns, "/run/y", 4026531841);
	nsl_namespace_add_name(ns, "blue");
	holders = nsl_holder_set(ns);
	names = nsl_name_set(ns->names);
	g_assert_cmpuint(g_hash_table_size(holders), ==, 4);
	g_assert_cmpuint(g_hash_table_size(names), ==, 1);
	g_assert_true(g_hash_table_contains(names, "blue"));
}

static NslContainer *add_container(NslSnapshot *snapshot, guint32 pid, const char *key,
				   const char *name)
{
	NslContainer *container = fixture_container(snapshot, key, "docker", key, name);
	NslProcess *process = fixture_process(snapshot, pid, "sh");

	fixture_join(snapshot, process, NSL_NSTYPE_UTS, 4026532500 + pid);
	nsl_process_add_to(process, container);
	return container;
}

/* By id within one boot and across, by name across alone, and only where one is called so. */
TEST_WITH_FIXTURE(containers_of_another_boot)
{
	NslContainer *web[NSL_N_SIDES];
	NslContainer *twin[NSL_N_SIDES];

	web[NSL_BEFORE] = add_container(f->sides[NSL_BEFORE], 7, "docker/aa", "web");
	web[NSL_AFTER] = add_container(f->sides[NSL_AFTER], 70, "docker/bb", "web");
	twin[NSL_BEFORE] = add_container(f->sides[NSL_BEFORE], 8, "docker/cc", "twin");
	twin[NSL_AFTER] = add_container(f->sides[NSL_AFTER], 80, "docker/dd", "twin");
	add_container(f->sides[NSL_AFTER], 90, "docker/ee", "twin");
	set_boots_apart(f);
	pair_all(f);
	g_assert_true(is_pair(f, web[NSL_BEFORE], web[NSL_AFTER]));
	g_assert_null(nsl_pairs_get(f->pairs, twin[NSL_BEFORE]));
	/* And so their namespaces. */
	g_assert_true(is_pair(f, nsl_snapshot_get(f->sides[NSL_BEFORE], NSL_NSTYPE_UTS, 4026532507),
			      nsl_snapshot_get(f->sides[NSL_AFTER], NSL_NSTYPE_UTS, 4026532570)));
}

/* The first with the first, as far as there are. */
TEST_WITH_FIXTURE(several_of_one_name)
{
	NslNamespace *of[NSL_N_SIDES][3] = {{NULL}};

	for (guint i = 0; i < NSL_N_SIDES; i++)
		for (guint j = 0; j < 2 + i; j++) {
			of[i][j] = nsl_snapshot_add(f->sides[i], NSL_NSTYPE_UTS,
						    4026532600 + (guint64)i * 10 + j);
			fixture_mounted(of[i][j], "/run/x", 4026531841);
		}
	set_boots_apart(f);
	pair_all(f);
	g_assert_true(is_pair(f, of[NSL_BEFORE][0], of[NSL_AFTER][0]));
	g_assert_true(is_pair(f, of[NSL_BEFORE][1], of[NSL_AFTER][1]));
	g_assert_null(nsl_pairs_get(f->pairs, of[NSL_AFTER][2]));
}
