/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of store/diff, and of report/changes, which says what it found.
 */
#include "store/diff.h"

#include "compare.h"
#include "fixture.h"
#include "report/format.h"

typedef struct Fixture {
	NslSnapshot *sides[2]; /* before and after */
} Fixture;

static NslSnapshot *new_side(gint64 time)
{
	NslSnapshot *snapshot = fixture_snapshot();

	snapshot->boot_id = g_strdup("0f1e");
	snapshot->boot_time = 1000;
	snapshot->time = time;
	for (NslSource source = 0; source < NSL_SOURCE_COUNT; source++)
		snapshot->coverage[source] = NSL_COVERAGE_COMPLETE;
	return snapshot;
}

static void set_up(Fixture *f)
{
	f->sides[0] = new_side(2000);
	f->sides[1] = new_side(3000);
}

static void tear_down(Fixture *f)
{
	nsl_snapshot_free(f->sides[0]);
	nsl_snapshot_free(f->sides[1]);
}

/* It started so many seconds after the boot. */
static NslProcess *start(NslSnapshot *snapshot, guint32 pid, const char *command, guint seconds)
{
	NslProcess *process = fixture_process(snapshot, pid, command);

	process->has_stat = true;
	process->start_ticks = seconds * (guint64)sysconf(_SC_CLK_TCK);
	process->comm = g_strdup(command);
	return process;
}

static NslProcess *start_in(NslSnapshot *snapshot, guint32 pid, const char *command, guint seconds,
			    NslNsType type, guint64 inode)
{
	NslProcess *process = start(snapshot, pid, command, seconds);

	fixture_join(snapshot, process, type, inode);
	fixture_join_roots(snapshot, process);
	return process;
}

static NslContainer *put_in(NslSnapshot *snapshot, const char *name, NslProcess *process)
{
	g_autofree char *key = g_strdup_printf("docker/%s", name);
	NslContainer *container = fixture_container(snapshot, key, "docker", name, name);

	nsl_process_add_to(process, container);
	return container;
}

typedef enum Writing { LINES, TIMED, TREE, JSONL, CSV, NOTES } Writing;

/* `selector`: what is compared; NULL: everything. */
static char *write_selected(const Fixture *f, Writing writing, const char *selector)
{
	g_autoptr(NslSelection) selection = nsl_selection_new();
	g_autoptr(NslOutput) output = nsl_output_new(-1);
	NslView *views[2];
	NslStyle style = {.headings = true, .ascii_lines = true};
	NslChanges *changes;

	if (selector)
		nsl_selection_add(selection, selector);
	for (guint i = 0; i < 2; i++) {
		nsl_snapshot_freeze(f->sides[i]);
		views[i] = nsl_view_new(f->sides[i], selection);
	}
	changes = nsl_compare_views(views[0], views[1]);

	const NslChangesReport report = {.changes = changes,
					 .before = views[0],
					 .after = views[1],
					 .style = &style,
					 .timed = writing == TIMED,
					 .ahead = -(3 * 3600 + 1800)};

	style.writing = writing == JSONL ? NSL_WRITING_JSON
			: writing == CSV ? NSL_WRITING_CSV
					 : NSL_WRITING_LINES;
	if (writing == TREE)
		nsl_changes_write_tree(&report, output);
	else if (writing != NOTES)
		nsl_changes_write(&report, output);
	for (guint i = 0; writing == NOTES && i < changes->notes->len; i++)
		g_string_append_printf(output->text, "%s\n",
				       (char *)g_ptr_array_index(changes->notes, i));
	nsl_changes_free(changes);
	nsl_view_free(views[0]);
	nsl_view_free(views[1]);
	return g_strdup(output->text->str);
}

static void check_selected(const Fixture *f, const char *selector, const char *expected)
{
	g_autofree char *text = write_selected(f, LINES, selector);

	g_assert_cmpstr(text, ==, expected);
}

static void check(const Fixture *f, Writing writing, const char *expected)
{
	g_autofree char *text = write_selected(f, writing, NULL);

	g_assert_cmpstr(text, ==, expected);
}

TEST_WITH_FIXTURE(nothing)
{
	for (guint i = 0; i < 2; i++) {
		put_in(f->sides[i], "web",
		       start_in(f->sides[i], 7, "nginx", 10, NSL_NSTYPE_NET, 4026532001));
		nsl_namespace_add_name(nsl_snapshot_add(f->sides[i], NSL_NSTYPE_NET, 4026532002),
				       "blue");
	}
	check(f, LINES, "");
	check(f, TREE, "");
	check(f, NOTES, "");
}

/* What leaves what is selected has not gone, as what gets into it has not come. */
TEST_WITH_FIXTURE(selected)
{
	for (guint i = 0; i < 2; i++) {
		start_in(f->sides[i], 7, "sh", 10, NSL_NSTYPE_NET, 4026532001 + i);
		start_in(f->sides[i], 8, "cat", 10, NSL_NSTYPE_NET, 4026532001);
		start_in(f->sides[i], 9, "vi", 10, NSL_NSTYPE_NET, 4026532002);
	}
	check_selected(f, "7",
		       "~ process    7  namespaces: - net:[4026532001]; + net:[4026532002]\n");
	check_selected(f, "4026532001",
		       "~ process    7  namespaces: - net:[4026532001]; + net:[4026532002]\n");
	check_selected(f, "4026532002",
		       "~ process    7  namespaces: - net:[4026532001]; + net:[4026532002]\n");
	check_selected(f, "8", "");
}

/* One that nobody else is in is gone with its name, though the kernel has it still. */
TEST_WITH_FIXTURE(selected_by_name)
{
	NslNamespace *before = nsl_snapshot_add(f->sides[0], NSL_NSTYPE_NET, 4026532001);
	NslNamespace *after = nsl_snapshot_add(f->sides[1], NSL_NSTYPE_NET, 4026532001);
	NslHolder kernel = {.kind = NSL_HOLDER_KERNEL};

	nsl_namespace_add_name(before, "blue");
	nsl_namespace_add_holder(after, &kernel);
	check_selected(f, "blue",
		       "- namespace  net:[4026532001]**  created by ip netns add blue\n");
	start_in(f->sides[1], 8, "cat", 10, NSL_NSTYPE_NET, 4026532001);
	check_selected(f, "blue", "~ namespace  net:[4026532001]  names: - blue\n");
}

/* Root namespaces, which a document without --all does not list, were there before. */
TEST_WITH_FIXTURE(selected_in_roots)
{
	start_in(f->sides[1], 7, "nginx", 1500, NSL_NSTYPE_NET, 4026532001);
	check_selected(f, "7", "+ namespace  net:[4026532001]  1 process: 7 nginx\n");
	g_free(f->sides[0]->boot_id);
	f->sides[0]->boot_id = g_strdup("2d3c");
	check_selected(f, "7", "");
}

TEST_WITH_FIXTURE(container_comes)
{
	put_in(f->sides[1], "web",
	       start_in(f->sides[1], 7, "nginx", 1500, NSL_NSTYPE_NET, 4026532001));
	check(f, LINES,
	      "+ container  docker:web  1 process, 7 nginx; shares cgroup, ipc, mnt, pid, time, "
	      "user, uts\n");
	check(f, TREE,
	      "+ container  docker:web  1 process, 7 nginx; shares cgroup, ipc, mnt, pid, time, "
	      "user, uts\n"
	      "|-+ namespace  net:[4026532001]  1 process: 7 [docker:web] nginx\n"
	      "`-+ process    7  [docker:web] nginx in net\n");
}

/* As rounds of a watch have them: in line with those of other rounds. */
TEST_WITH_FIXTURE(timed)
{
	check(f, TIMED, "TIME                       CHANGE       WHICH                 DETAIL\n");
	put_in(f->sides[1], "web",
	       start_in(f->sides[1], 7, "nginx", 1500, NSL_NSTYPE_NET, 4026532001));
	start_in(f->sides[1], 9, "sh", 1500, NSL_NSTYPE_UTS, 4026532002);
	check(f, TIMED,
	      "TIME                       CHANGE       WHICH                 DETAIL\n"
	      "1969-12-31T21:20:00-03:30  + container  docker:web            1 process, 7 nginx; "
	      "shares cgroup, ipc, mnt, pid, time, user, uts\n"
	      "1969-12-31T21:20:00-03:30  + namespace  uts:[4026532002]      1 process: 9 sh\n");
}

TEST_WITH_FIXTURE(container_goes)
{
	put_in(f->sides[0], "web",
	       start_in(f->sides[0], 7, "nginx", 10, NSL_NSTYPE_NET, 4026532001));
	check(f, LINES,
	      "- container  docker:web  1 process, 7 nginx; shares cgroup, ipc, mnt, pid, time, "
	      "user, uts\n");
	check(f, CSV,
	      "time,change,what,type,ns,nsid,pid,command,container,name,field,came,went,implied,"
	      "detail\r\n"
	      "1970-01-01T00:50:00Z,went,container,,,,,,docker/web,web,,,,no,\"1 process, 7 nginx; "
	      "shares cgroup, ipc, mnt, pid, time, user, uts\"\r\n"
	      "1970-01-01T00:50:00Z,went,namespace,net,4026532001,,,,docker/web,,,,,yes,1 "
	      "process: 7 [docker:web] nginx\r\n"
	      "1970-01-01T00:50:00Z,went,process,,,,7,nginx,docker/web,,,,,yes,[docker:web] nginx "
	      "in net\r\n");
}

/* Its processes are others, and so are its namespaces: the inode is given out again. */
TEST_WITH_FIXTURE(container_starts_anew)
{
	put_in(f->sides[0], "web",
	       start_in(f->sides[0], 7, "nginx", 10, NSL_NSTYPE_NET, 4026532001));
	put_in(f->sides[1], "web",
	       start_in(f->sides[1], 9, "nginx", 1500, NSL_NSTYPE_NET, 4026532002));
	check(f, LINES, "~ container  docker:web  processes: - 7 nginx; + 9 nginx\n");
}

static void call(NslContainer *container, const char *name, const char *id)
{
	g_free(container->identity.name);
	g_free(container->identity.id);
	container->identity.name = g_strdup(name);
	container->identity.id = g_strdup(id);
}

/* Of two with one name the first ends, and the other one has its key. */
TEST_WITH_FIXTURE(container_takes_key)
{
	NslContainer *other;

	put_in(f->sides[0], "web",
	       start_in(f->sides[0], 7, "nginx", 10, NSL_NSTYPE_NET, 4026532001));
	other = put_in(f->sides[0], "web@/x",
		       start_in(f->sides[0], 9, "nginx", 11, NSL_NSTYPE_NET, 4026532002));
	call(other, "web", "web");
	put_in(f->sides[1], "web",
	       start_in(f->sides[1], 9, "nginx", 11, NSL_NSTYPE_NET, 4026532002));
	check(f, LINES,
	      "- container  docker:web  1 process, 7 nginx; shares cgroup, ipc, mnt, pid, time, "
	      "user, uts\n");
}

/* Where the engine's files cannot be read its key has a path, and it has no name. */
TEST_WITH_FIXTURE(container_unconfirmed)
{
	NslContainer *container;

	put_in(f->sides[0], "web",
	       start_in(f->sides[0], 7, "nginx", 10, NSL_NSTYPE_NET, 4026532001));
	container = put_in(f->sides[1], "web@/docker/web",
			   start_in(f->sides[1], 7, "nginx", 10, NSL_NSTYPE_NET, 4026532001));
	container->unconfirmed = true;
	call(container, NULL, "web");
	check(f, LINES, "");
}

TEST_WITH_FIXTURE(container_shares)
{
	NslProcess *before = start(f->sides[0], 7, "nginx", 10);
	NslProcess *after = start(f->sides[1], 7, "nginx", 10);

	fixture_join(f->sides[0], before, NSL_NSTYPE_NET, 4026532001);
	fixture_join(f->sides[0], before, NSL_NSTYPE_UTS, 4026532003);
	fixture_join(f->sides[1], after, NSL_NSTYPE_UTS, 4026532003);
	fixture_join_roots(f->sides[0], before);
	fixture_join_roots(f->sides[1], after);
	put_in(f->sides[0], "web", before);
	put_in(f->sides[1], "web", after);
	check(f, LINES,
	      "~ container  docker:web        shares: + net\n"
	      "- namespace  net:[4026532001]  1 process: 7 [docker:web] nginx\n"
	      "~ process    7                 namespaces: - net:[4026532001]; + "
	      "net:[4026531837]\n");
}

TEST_WITH_FIXTURE(somebody_enters)
{
	for (guint i = 0; i < 2; i++)
		put_in(f->sides[i], "web",
		       start_in(f->sides[i], 7, "nginx", 10, NSL_NSTYPE_NET, 4026532001));
	start_in(f->sides[1], 20, "sh", 1500, NSL_NSTYPE_NET, 4026532001)->entered =
		g_ptr_array_index(f->sides[1]->containers, 0);
	check(f, LINES, "+ process    20  [in docker:web] sh in net\n");
}

static void hold(NslNamespace *ns, guint32 pid, gint32 fd)
{
	nsl_namespace_add_holder(
		ns,
		&(NslHolder){.kind = NSL_HOLDER_FD, .pid = pid, .fd = fd, .comm = (char *)"cat"});
}

/* A zombie has left the namespaces that it is in no more: of those listed it is told. */
TEST_WITH_FIXTURE(process_ends)
{
	NslProcess *process;

	start_in(f->sides[0], 6, "init", 10, NSL_NSTYPE_PID, 4026532003);
	process = start_in(f->sides[0], 7, "sh", 11, NSL_NSTYPE_NET, 4026532001);
	fixture_join(f->sides[0], process, NSL_NSTYPE_UTS, 4026532002);
	fixture_join(f->sides[0], process, NSL_NSTYPE_PID, 4026532003);
	start_in(f->sides[0], 8, "cat", 12, NSL_NSTYPE_UTS, 4026532002);
	start_in(f->sides[1], 6, "init", 10, NSL_NSTYPE_PID, 4026532003);
	process = start(f->sides[1], 7, "sh", 11);
	fixture_join(f->sides[1], process, NSL_NSTYPE_PID, 4026532003);
	process->zombie = true;
	start_in(f->sides[1], 8, "cat", 12, NSL_NSTYPE_UTS, 4026532002);
	check(f, LINES,
	      "- namespace  net:[4026532001]  1 process: 7 sh\n"
	      "~ process    7                 namespaces: - net:[4026532001]; - "
	      "uts:[4026532002]\n");
}

TEST_WITH_FIXTURE(holders_and_names)
{
	NslNamespace *ns[2];

	for (guint i = 0; i < 2; i++) {
		start_in(f->sides[i], 7, "nginx", 10, NSL_NSTYPE_NET, 4026532001);
		ns[i] = nsl_snapshot_get(f->sides[i], NSL_NSTYPE_NET, 4026532001);
		hold(ns[i], 30, 3);
	}
	hold(ns[0], 31, 4);
	hold(ns[1], 32, 5);
	nsl_namespace_add_name(ns[1], "blue");
	fixture_mounted(ns[1], "/run/x", 4026531841);
	fixture_mounted(ns[1], "/run/x", 4026532841); /* a copy of it */
	check(f, LINES,
	      "~ namespace  net:[4026532001]**  names: + blue\n"
	      "~ namespace  net:[4026532001]**  - held by fd 4 of 31 cat; + mounted at /run/x in "
	      "mnt:[4026531841]; + held by fd 5 of 32 cat\n");
}

/* What is told in one line can be told apart. */
TEST_WITH_FIXTURE(items_apart)
{
	NslNamespace *ns[2];
	NslProcess *first;

	for (guint i = 0; i < 2; i++) {
		start_in(f->sides[i], 7, "nginx", 10, NSL_NSTYPE_NET, 4026532001);
		ns[i] = nsl_snapshot_get(f->sides[i], NSL_NSTYPE_NET, 4026532001);
	}
	nsl_namespace_add_name(ns[0], "red ");
	nsl_namespace_add_name(ns[1], "blue; - green");
	fixture_mounted(ns[1], "/x; + held by fd 7 of 1 init", 0);
	first = start_in(f->sides[1], 9, "a; shares net", 1500, NSL_NSTYPE_UTS, 4026532002);
	put_in(f->sides[1], "web", first);
	check(f, LINES,
	      "+ container  docker:web          1 process, 9 a\\x3b shares net; shares cgroup, "
	      "ipc, "
	      "mnt, net, pid, time, user\n"
	      "~ namespace  net:[4026532001]**  names: - red ; + blue\\x3b - green\n"
	      "~ namespace  net:[4026532001]**  + mounted at /x\\x3b + held by fd 7 of 1 init\n");
}

/* A document has the UTF-8 of what is not; the live system has the bytes. */
TEST_WITH_FIXTURE(bytes)
{
	const char *const texts[] = {"a\\xff\\x01", "a\xff\\x01"};

	for (guint i = 0; i < 2; i++) {
		NslProcess *process =
			start_in(f->sides[i], 7, texts[i], 10, NSL_NSTYPE_NET, 4026532001);
		NslNamespace *ns = process->ns[NSL_NSTYPE_NET];

		process->has_stat = false; /* so it is the same by its name alone */
		put_in(f->sides[i], texts[i], process);
		nsl_namespace_add_name(ns, texts[i]);
		fixture_mounted(ns, texts[i], 4026531841);
	}
	check(f, LINES, "");
	check(f, NOTES, "");
}

/* Where its cgroups could not be read it may have been in the container all the time. */
TEST_WITH_FIXTURE(container_unknown)
{
	NslProcess *in[2][4];

	for (guint i = 0; i < 2; i++) {
		for (guint j = 0; j < 4; j++)
			in[i][j] = start_in(f->sides[i], 7 + j, "nginx", 10, NSL_NSTYPE_NET,
					    4026532001);
		put_in(f->sides[i], "web", in[i][3]);
	}
	nsl_process_add_to(in[0][0], g_ptr_array_index(f->sides[0]->containers, 0));
	in[1][0]->unread = 1u << NSL_PART_CGROUP;
	nsl_process_add_to(in[1][1], g_ptr_array_index(f->sides[1]->containers, 0));
	in[0][1]->unread = 1u << NSL_PART_CGROUP;
	nsl_process_add_to(in[1][2], g_ptr_array_index(f->sides[1]->containers, 0));
	check(f, LINES, "~ process    9  container: + docker:web\n");
}

/* Likewise where whoever of the container is in its namespace may be out of sight. */
TEST_WITH_FIXTURE(entered_unknown)
{
	for (guint i = 0; i < 2; i++)
		put_in(f->sides[i], "web",
		       start_in(f->sides[i], 7, "nginx", 10, NSL_NSTYPE_UTS, 4026532002));
	start_in(f->sides[0], 20, "sh", 20, NSL_NSTYPE_NET, 4026532001)->entered =
		g_ptr_array_index(f->sides[0]->containers, 0);
	start_in(f->sides[1], 20, "sh", 20, NSL_NSTYPE_NET, 4026532001);
	check(f, LINES, "~ process    20  container: - docker:web\n");
	f->sides[1]->unseen = NSL_UNSEEN_ANYWHERE;
	check(f, LINES, "");
}

/* Its inode is one that another had, which ended before its id was read. */
TEST_WITH_FIXTURE(inode_reused_with_newer_id)
{
	NslNamespace *ns;

	for (guint i = 0; i < 2; i++) {
		start_in(f->sides[i], 7, "sh", 10, NSL_NSTYPE_UTS, 4026532009);
		nsl_snapshot_get(f->sides[i], NSL_NSTYPE_UTS, 4026532009)->nsid = 50;
		start_in(f->sides[i], 8 + i, "cat", 10 + 1490 * i, NSL_NSTYPE_NET, 4026532001);
	}
	ns = nsl_snapshot_get(f->sides[1], NSL_NSTYPE_NET, 4026532001);
	ns->nsid = 51;
	check(f, LINES,
	      "+ namespace  net:[4026532001]  1 process: 9 cat\n"
	      "- namespace  net:[4026532001]  1 process: 8 cat\n");
	check(f, NOTES, "");
	/* An id that is no higher may be that of the first one, and so may any where some were
	 * unseen. */
	ns->nsid = 49;
	check(f, NOTES, "namespaces that may be new ones with the same inode: 1\n");
	ns->nsid = 51;
	f->sides[0]->unseen = NSL_UNSEEN_OUTSIDE;
	check(f, NOTES, "namespaces that may be new ones with the same inode: 1\n");
}

/* By the 64-bit id, whatever the inode. */
TEST_WITH_FIXTURE(inode_given_out_again)
{
	for (guint i = 0; i < 2; i++) {
		NslNamespace *ns = nsl_snapshot_add(f->sides[i], NSL_NSTYPE_NET, 4026532001);

		hold(ns, 30, 3);
		ns->nsid = 100 + i;
	}
	check(f, LINES,
	      "+ namespace  net:[4026532001]  held by fd 3 of 30 cat\n"
	      "- namespace  net:[4026532001]  held by fd 3 of 30 cat\n");
	check(f, NOTES, "");
}

TEST_WITH_FIXTURE(inode_perhaps_given_out_again)
{
	for (guint i = 0; i < 2; i++)
		start_in(f->sides[i], 7 + i, "nginx", 10, NSL_NSTYPE_NET, 4026532001);
	check(f, LINES,
	      "+ process    8  nginx in net\n"
	      "- process    7  nginx in net\n");
	check(f, NOTES, "namespaces that may be new ones with the same inode: 1\n");
}

/* A PID that is given out again is another process; one of which little is known is the same. */
TEST_WITH_FIXTURE(pid_given_out_again)
{
	start_in(f->sides[0], 7, "nginx", 10, NSL_NSTYPE_NET, 4026532001);
	start_in(f->sides[1], 7, "sh", 1500, NSL_NSTYPE_NET, 4026532002);
	check(f, LINES,
	      "+ namespace  net:[4026532002]  1 process: 7 sh\n"
	      "- namespace  net:[4026532001]  1 process: 7 nginx\n");
}

/* What may have been out of sight has not come; what was made since has. */
TEST_WITH_FIXTURE(out_of_sight_before)
{
	f->sides[0]->unseen = NSL_UNSEEN_ANYWHERE;
	start_in(f->sides[1], 7, "nginx", 10, NSL_NSTYPE_NET, 4026532001);
	start_in(f->sides[1], 8, "sh", 1500, NSL_NSTYPE_NET, 4026532001);
	check(f, LINES, "+ process    8  sh in net\n");
	check(f, NOTES, "may have been out of sight before, not compared: 2\n");
}

/* An id that is higher than all that were seen does not show that it has been given out since. */
TEST_WITH_FIXTURE(ids_of_what_was_seen)
{
	f->sides[0]->unseen = NSL_UNSEEN_ANYWHERE;
	nsl_snapshot_add(f->sides[0], NSL_NSTYPE_USER, fixture_root(NSL_NSTYPE_USER))->nsid = 100;
	start_in(f->sides[1], 7, "sh", 10, NSL_NSTYPE_NET, 4026532001);
	nsl_snapshot_get(f->sides[1], NSL_NSTYPE_NET, 4026532001)->nsid = 101;
	check(f, LINES, "");
	check(f, NOTES, "may have been out of sight before, not compared: 2\n");
}

TEST_WITH_FIXTURE(out_of_sight_after)
{
	f->sides[1]->unseen = NSL_UNSEEN_ANYWHERE;
	start_in(f->sides[0], 7, "nginx", 10, NSL_NSTYPE_NET, 4026532001);
	hold(nsl_snapshot_add(f->sides[0], NSL_NSTYPE_NET, 4026532002), 30, 3);
	check(f, LINES, "");
	/* Unless the kernel lists them all. */
	f->sides[1]->kernel_types = NSL_NSTYPE_BIT(NSL_NSTYPE_NET);
	check(f, LINES,
	      "- namespace  net:[4026532001]  1 process: 7 nginx\n"
	      "- namespace  net:[4026532002]  held by fd 3 of 30 cat\n");
}

/* A process whose files could not be read is named in an issue. */
TEST_WITH_FIXTURE(holders_out_of_sight)
{
	static const guint32 unread[] = {31, 32};

	for (guint i = 0; i < 2; i++) {
		start_in(f->sides[i], 7, "nginx", 10, NSL_NSTYPE_NET, 4026532001);
		nsl_snapshot_note(f->sides[i], NSL_SOURCE_FDS, "EACCES", "cannot be read",
				  unread[i]);
	}
	for (guint32 pid = 30; pid < 33; pid++)
		hold(nsl_snapshot_get(f->sides[1], NSL_NSTYPE_NET, 4026532001), pid, 3);
	check(f, LINES,
	      "~ namespace  net:[4026532001]  + held by fd 3 of 30 cat; + held by fd 3 of 32 "
	      "cat\n");
}

/* Across boots PIDs and inodes say nothing. */
TEST_WITH_FIXTURE(another_boot)
{
	g_free(f->sides[1]->boot_id);
	f->sides[1]->boot_id = g_strdup("2d3c");
	put_in(f->sides[0], "db",
	       start_in(f->sides[0], 7, "mysql", 10, NSL_NSTYPE_NET, 4026532001));
	put_in(f->sides[1], "db",
	       start_in(f->sides[1], 9, "mysql", 10, NSL_NSTYPE_NET, 4026532005));
	start_in(f->sides[1], 11, "sh", 10, NSL_NSTYPE_UTS, 4026532001);
	nsl_namespace_add_name(nsl_snapshot_add(f->sides[0], NSL_NSTYPE_NET, 4026532003), "blue");
	nsl_namespace_add_name(nsl_snapshot_add(f->sides[1], NSL_NSTYPE_NET, 4026532007), "blue");
	nsl_namespace_add_name(nsl_snapshot_add(f->sides[1], NSL_NSTYPE_NET, 4026532008), "red");
	check(f, LINES, "+ namespace  net:[4026532008]**  created by ip netns add red\n");
	check(f, NOTES,
	      "another boot or system: only what has a lasting name is compared\n"
	      "namespaces and sandboxes without a lasting name, not compared: 1\n");
}

/* Which boot a document is of may not be known; a system that is watched does not boot meanwhile.
 */
TEST_WITH_FIXTURE(boot_unknown)
{
	g_clear_pointer(&f->sides[1]->boot_id, g_free);
	start_in(f->sides[0], 7, "cat", 10, NSL_NSTYPE_UTS, 4026532001);
	start_in(f->sides[1], 7, "cat", 10, NSL_NSTYPE_UTS, 4026532001);
	start_in(f->sides[1], 8, "cat", 1500, NSL_NSTYPE_UTS, 4026532001);
	check(f, LINES, "+ process    8  cat in uts\n");
	check(f, NOTES, "");
	f->sides[0]->scope = nsl_selection_new();
	check(f, LINES, "");
	check(f, NOTES,
	      "perhaps another boot or system, as a boot id is not known: only what has a lasting "
	      "name is compared\n"
	      "namespaces and sandboxes without a lasting name, not compared: 2\n");
}

/* Programs get the whole of a name that could be taken for a label. */
TEST_WITH_FIXTURE(whole)
{
	start_in(f->sides[1], 9, "[a:b] c", 1500, NSL_NSTYPE_NET, 4026532001);
	check(f, JSONL,
	      "{\"time\":\"1970-01-01T00:50:00Z\",\"change\":\"came\",\"what\":\"namespace\","
	      "\"type\":\"net\",\"ns\":4026532001,\"nsid\":null,\"pid\":null,\"command\":null,"
	      "\"container\":null,\"name\":null,\"field\":null,\"came\":[],\"went\":[],"
	      "\"implied\":false,\"detail\":\"1 process: 9 \\\\x5ba:b] c\"}\n"
	      "{\"time\":\"1970-01-01T00:50:00Z\",\"change\":\"came\",\"what\":\"process\","
	      "\"type\":null,\"ns\":null,\"nsid\":null,\"pid\":9,\"command\":\"[a:b] c\","
	      "\"container\":null,\"name\":null,\"field\":null,\"came\":[],\"went\":[],"
	      "\"implied\":true,\"detail\":\"\\\\x5ba:b] c in net\"}\n");
}
