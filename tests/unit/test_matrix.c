/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of report/matrix: a row a process, like ones together, and what a cell says.
 */
#include "fixture.h"

#define WEB 4026532600

/* Two containers of two processes each, one of which shares the other's net; by turns. */
static NslSnapshot *make_snapshot(void)
{
	NslSnapshot *snapshot = fixture_snapshot();
	NslContainer *web = fixture_container(snapshot, "docker/1", "docker", "1", "web");
	NslContainer *side = fixture_container(snapshot, "docker/2", "docker", "2", "side");

	for (guint32 pid = 10; pid < 14; pid++) {
		NslProcess *process = fixture_process(snapshot, pid, "sleep 1");
		bool second = pid % 2 == 1;

		fixture_join(snapshot, process, NSL_NSTYPE_NET, WEB);
		fixture_join(snapshot, process, NSL_NSTYPE_UTS, second ? WEB + 2 : WEB + 1);
		fixture_join_roots(snapshot, process);
		nsl_process_add_to(process, second ? side : web);
	}
	nsl_snapshot_freeze(snapshot);
	return snapshot;
}

static void check(const NslSnapshot *snapshot, const char *words, NslStyle style,
		  const char *expected)
{
	fixture_check(NSL_FORMAT_MATRIX, snapshot, words, "command", style, expected);
}

/* The later ones of a group say what the first does: they are dim. */
TEST(color)
{
	g_autoptr(NslSnapshot) snapshot = make_snapshot();

	check(snapshot, "-tuts", (NslStyle){.headings = true, .color = true},
	      "\033[1mPID        uts COMMAND\033[0m\n"
	      " 10 4026532601 \033[36m[docker:web]\033[0m sleep 1\n"
	      " 12 \033[2m4026532601\033[0m \033[36m[docker:web]\033[0m sleep 1\n"
	      " 11 4026532602 \033[36m[docker:side]\033[0m sleep 1\n"
	      " 13 \033[2m4026532602\033[0m \033[36m[docker:side]\033[0m sleep 1\n");
}

/* Where there is no room, the digits that differ. */
TEST(narrow)
{
	g_autoptr(NslSnapshot) snapshot = make_snapshot();
	g_autofree char *wide =
		fixture_write(NSL_FORMAT_MATRIX, snapshot, NULL, "command", (NslStyle){0});

	check(snapshot, NULL, (NslStyle){.columns = 200}, wide);
	check(snapshot, NULL, (NslStyle){.columns = 60},
	      "10 - - - \xe2\x80\xa6"
	      "2600 - - - \xe2\x80\xa6"
	      "2601 [docker:web] sleep 1\n"
	      "12 - - - \xe2\x80\xa6"
	      "2600 - - - \xe2\x80\xa6"
	      "2601 [docker:web] sleep 1\n"
	      "11 - - - \xe2\x80\xa6"
	      "2600 - - - \xe2\x80\xa6"
	      "2602 [docker:side] sleep 1\n"
	      "13 - - - \xe2\x80\xa6"
	      "2600 - - - \xe2\x80\xa6"
	      "2602 [docker:side] sleep 1\n");
	check(snapshot, NULL, (NslStyle){.columns = 25, .ascii_only = true},
	      "10 - - - ..2600 - - - ..2\n"
	      "12 - - - ..2600 - - - ..2\n"
	      "11 - - - ..2600 - - - ..2\n"
	      "13 - - - ..2600 - - - ..2\n");
}

/* What is not known is neither the host's nor another's. */
TEST(unknown)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslProcess *process = fixture_process(snapshot, 5, "x");

	fixture_join(snapshot, process, NSL_NSTYPE_NET, 77);
	snapshot->root[NSL_NSTYPE_TIME] = 0; /* the kernel has none */
	nsl_snapshot_freeze(snapshot);
	check(snapshot, NULL, (NslStyle){0}, "5 ? ? ? 77 ? - ? ? x\n");
}

/* Who is outside stays there; where its children will be is said. */
TEST(for_children)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslProcess *process = fixture_process(snapshot, 5, "unshare --pid sh");

	fixture_join_roots(snapshot, process);
	fixture_for_children(snapshot, process, NSL_NSTYPE_PID, 99);
	nsl_snapshot_freeze(snapshot);
	check(snapshot, NULL, (NslStyle){0},
	      "5 - - - - - - - - (pid:[99] for children) unshare --pid sh\n");
}

/* A thread is where its process is, but for what it is said to have of its own: that may be the
 * host's. */
TEST(threads)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslProcess *process = fixture_process(snapshot, 5, "server");
	NslHolder thread = {
		.kind = NSL_HOLDER_THREAD, .pid = 5, .tid = 6, .comm = (char *)"worker"};
	NslHolder other = {.kind = NSL_HOLDER_THREAD, .pid = 8, .tid = 9, .comm = (char *)"lonely"};

	fixture_join(snapshot, process, NSL_NSTYPE_NET, 77);
	fixture_join(snapshot, process, NSL_NSTYPE_UTS, 78);
	fixture_join_roots(snapshot, process);
	nsl_namespace_add_holder(nsl_snapshot_add(snapshot, NSL_NSTYPE_MNT, 79), &thread);
	nsl_namespace_add_holder(
		nsl_snapshot_get(snapshot, NSL_NSTYPE_NET, fixture_root(NSL_NSTYPE_NET))
			?: nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, fixture_root(NSL_NSTYPE_NET)),
		&thread);
	nsl_namespace_add_holder(nsl_snapshot_add(snapshot, NSL_NSTYPE_UTS, 80), &other);
	nsl_snapshot_freeze(snapshot);
	check(snapshot, "--threads", (NslStyle){.headings = true},
	      "PID TID cgroup ipc mnt net pid time user uts COMMAND\n"
	      "  5   5      -   -   -  77   -    -    -  78 server\n"
	      "  5   6      -   -  79   -   -    -    -  78 (thread of 5) worker\n"
	      "  8   9      -   -   -   -   -    -    -  80 (thread of 8) lonely\n");
}
