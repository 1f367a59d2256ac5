/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of report/column: finding columns by name, every cell of a known snapshot,
 * and how they are lined up.
 */
#include "report/column.h"

#include "fixture.h"
#include "model/detail.h"
#include "report/format.h"

TEST(find)
{
	for (NslColumn column = 0; column < NSL_COLUMN_COUNT; column++) {
		g_autofree char *lower = g_ascii_strdown(nsl_columns[column].name, -1);

		g_assert_cmpint(nsl_column_find(nsl_columns[column].name), ==, column);
		g_assert_cmpint(nsl_column_find(lower), ==, column);
	}
	g_assert_cmpint(nsl_column_find("held_by"), ==, NSL_COLUMN_HELD_BY);
	g_assert_cmpint(nsl_column_find("Owner-Uid"), ==, NSL_COLUMN_OWNER_UID);
	g_assert_cmpint(nsl_column_find(""), ==, NSL_COLUMN_COUNT);
	g_assert_cmpint(nsl_column_find("PI"), ==, NSL_COLUMN_COUNT);
	g_assert_cmpint(nsl_column_find("PIDS"), ==, NSL_COLUMN_COUNT);
}

TEST(nearest)
{
	g_assert_cmpstr(nsl_column_nearest("pidd"), ==, "PID");
	g_assert_cmpstr(nsl_column_nearest("comand"), ==, "COMMAND");
	g_assert_cmpstr(nsl_column_nearest("heldby"), ==, "HELD-BY");
	g_assert_cmpstr(nsl_column_nearest("owner_udi"), ==, "OWNER-UID");
}

/* A process in a net namespace that it does not share, and a uts namespace that just a mount holds.
 */
static NslSnapshot *make_snapshot(void)
{
	NslSnapshot *snapshot = fixture_snapshot();
	NslProcess *process = fixture_process(snapshot, 3429, "dnsmasq --no-hosts");
	NslNamespace *net = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 5000);
	NslNamespace *uts = nsl_snapshot_add(snapshot, NSL_NSTYPE_UTS, 6000);

	snapshot->own_mnt = 7;
	snapshot->boot_time = 1769860800;
	g_free(process->comm);
	process->comm = g_strdup("dns\xe6\xbc\xa2");
	process->has_stat = true;
	process->ppid = 1;
	process->start_ticks = 0;
	process->has_status = true;
	process->uid = 65534;
	process->user = g_strdup("nobody");
	process->n_nspid = 2;
	process->nspid = g_new(guint32, 2);
	process->nspid[0] = 3429;
	process->nspid[1] = 12;
	nsl_process_join(process, net);
	nsl_namespace_add_name(net, "blue");
	nsl_namespace_add_holder(
		net,
		&(NslHolder){.kind = NSL_HOLDER_FD, .pid = 8, .fd = 3, .comm = (char *)"a\nb"});
	net->nsid = 77;
	net->owner.knowledge = NSL_KNOWN;
	net->owner.ns = nsl_snapshot_add(snapshot, NSL_NSTYPE_USER, fixture_root(NSL_NSTYPE_USER));
	net->has_owner_uid = NSL_KNOWN;
	net->owner_uid = 0;
	net->owner_name = g_strdup("root");
	net->has_netnsid = NSL_KNOWN;
	net->netnsid = 0;
	nsl_namespace_add_holder(uts, &(NslHolder){.kind = NSL_HOLDER_MOUNT,
						   .path = (char *)"/x y",
						   .mnt_ns = 7,
						   .state = NSL_MOUNT_OPEN});
	snapshot->proc = g_strdup("/proc");
	nsl_snapshot_freeze(snapshot);
	return snapshot;
}

static void check(const char *columns, const char *expected)
{
	g_autoptr(NslSnapshot) snapshot = make_snapshot();

	fixture_check(NSL_FORMAT_TABLE, snapshot, NULL, columns, (NslStyle){0}, expected);
}

/* A path that is mounted in several mount namespaces is one path. */
TEST(nsfs)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslNamespace *uts = nsl_snapshot_add(snapshot, NSL_NSTYPE_UTS, 6000);

	fixture_mounted(uts, "/b", 7);
	fixture_mounted(uts, "/a", 8);
	fixture_mounted(uts, "/a", 7);
	nsl_snapshot_freeze(snapshot);
	fixture_check(NSL_FORMAT_TABLE, snapshot, NULL, "nsfs", (NslStyle){0}, "/a,/b\n");
}

/* The rows: the named net namespace, the mounted uts namespace, and the process. */
TEST(cells)
{
	check("namespace", "net:[5000]\nuts:[6000]\nnet:[5000]**\n");
	check("ns", "5000\n6000\n5000\n");
	check("nsid", "77\n -\n77\n");
	check("type", "net\nuts\nnet\n");
	check("root", "no\nno\nno\n");
	check("nprocs", "1\n0\n1\n");
	check("pid", "   -\n   -\n3429\n");
	check("nspid", "-\n-\n3429,12\n");
	check("ppid", "-\n-\n1\n");
	check("uid", "    -\n    -\n65534\n");
	check("user", "-\n-\nnobody\n");
	check("command", "created by ip netns add blue\nmounted at /x y\ndnsmasq --no-hosts\n");
	check("start", "-\n-\n2026-01-31T12:00:00Z\n");
	check("netns", "blue\n-\nblue\n");
	check("netnsid", "0\n-\n0\n");
	check("nsfs", "-\n/x y\n-\n");
	check("path", "/proc/3429/ns/net\n/x y\n/proc/3429/ns/net\n");
	check("owner-uid", "0\n-\n0\n");
	check("shares", "-\n-\n-\n");
	check("own", "-\n-\nnet\n");
	check("owner", "root\n-\nroot\n");
	check("held-by", "held by fd 3 of 8 a\\nb\nmounted at /x y\nheld by fd 3 of 8 a\\nb\n");
}

/* Where its type's root namespace is not known, a type is neither shared nor its own. */
TEST(shares)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslProcess *process = fixture_process(snapshot, 7, "x");
	NslNsTypes shared;
	NslNsTypes own;
	NslNamespace *net = fixture_join(snapshot, process, NSL_NSTYPE_NET, 5);

	g_assert_true(nsl_processes_share(snapshot, &process, 1, &shared, &own));
	g_assert_cmpuint(shared, ==, 0);
	g_assert_cmpuint(own, ==, NSL_NSTYPE_BIT(NSL_NSTYPE_NET));
	snapshot->rootless = NSL_NSTYPE_BIT(NSL_NSTYPE_NET);
	net->root = true;
	g_assert_false(nsl_processes_share(snapshot, &process, 1, &shared, &own));
	snapshot->rootless = NSL_NSTYPE_BIT(NSL_NSTYPE_UTS);
	net->root = false;
	fixture_join_roots(snapshot, process);
	g_assert_true(nsl_processes_share(snapshot, &process, 1, &shared, &own));
	g_assert_cmpuint(shared, ==, NSL_NSTYPES_ALL & ~own & ~snapshot->rootless);
	g_assert_cmpuint(own, ==, NSL_NSTYPE_BIT(NSL_NSTYPE_NET));
	g_assert_false(nsl_processes_share(snapshot, NULL, 0, &shared, &own));
}

/* A thread is in what its process is in, or has entered. */
TEST(thread)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslProcess *process = fixture_process(snapshot, 7, "x");
	const NslHolder thread = {.kind = NSL_HOLDER_THREAD, .pid = 7, .tid = 8, .comm = "y"};

	process->entered = fixture_container(snapshot, "docker/1", "docker", "1", "web");
	process->unit = g_strdup("x.service");
	fixture_join(snapshot, process, NSL_NSTYPE_NET, 5);
	nsl_namespace_add_holder(nsl_snapshot_add(snapshot, NSL_NSTYPE_UTS, 6), &thread);
	nsl_snapshot_freeze(snapshot);
	fixture_check(NSL_FORMAT_CSV, snapshot, "--threads", "pid,tid,entered,container,unit",
		      (NslStyle){0},
		      ",,,,\r\n7,7,docker:web,,x.service\r\n7,8,docker:web,,x.service\r\n");
	process->container = process->entered;
	process->entered = NULL;
	fixture_check(NSL_FORMAT_CSV, snapshot, "--threads", "pid,tid,entered,container,unit",
		      (NslStyle){0}, ",,,,\r\n7,7,,web,x.service\r\n7,8,,web,x.service\r\n");
}

/* Whose the other end is: the host's, a container's, a name's, a process's; or nobody knows. */
TEST(peer)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslProcess *web = fixture_process(snapshot, 7, "nginx");
	NslProcess *cat = fixture_process(snapshot, 8, "cat");
	struct {
		NslInterface interfaces[6];
	} rest = {{{.name = "lo", .index = 1}}};
	NslDetail fixed = {.net = {.n_interfaces = 6}};
	const guint64 others[] = {fixture_root(NSL_NSTYPE_NET), 11, 12, 13, 0};
	NslNamespace *net = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 10);

	fixture_join(snapshot, web, NSL_NSTYPE_NET, 11);
	nsl_process_add_to(web, fixture_container(snapshot, "docker/1", "docker", "1", "web"));
	nsl_namespace_add_name(nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 12), "blue");
	fixture_join(snapshot, cat, NSL_NSTYPE_NET, 13);
	nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, others[0])->root = true;
	for (guint i = 0; i < G_N_ELEMENTS(others); i++) {
		rest.interfaces[i + 1] =
			(NslInterface){.name = "v", .peer_index = 20 + i, .peer_ns = others[i]};
		rest.interfaces[i + 1].name[1] = (char)('0' + i);
	}
	net->detail = nsl_detail_new(NSL_NSTYPE_NET, &fixed, (guint8 *)&rest, sizeof(rest));
	nsl_snapshot_freeze(snapshot);
	fixture_check(NSL_FORMAT_JSONL, snapshot, "net:[10]", "ns,peer", (NslStyle){0},
		      "{\"ns\":10,\"peer\":[\"v0@if20 in net:[4026531837] of the host\","
		      "\"v1@if21 in net:[11] of docker:web\",\"v2@if22 in net:[12] of blue\","
		      "\"v3@if23 in net:[13] of 8 cat\",\"v4@if24 elsewhere\"]}\n");
	nsl_detail_free(g_steal_pointer(&net->detail));
	fixture_check(NSL_FORMAT_JSONL, snapshot, "net:[10]", "ns,peer", (NslStyle){0},
		      "{\"ns\":10,\"peer\":null}\n");
}

/* What is known of one namespace is so whatever is not of another that has ended meanwhile. */
TEST(detail_in_part)
{
	static const struct {
		NslWriting writing;
		const char *in_part;
		const char *unknown;
	} cases[] = {
		{NSL_WRITING_LINES, "7 11 12 ipc\\x201\\x20shm,\\x200\\x20sem,\\x200\\x20msg\n",
		 "7 11 12 -\n"},
		{NSL_WRITING_JSON,
		 "{\"pid\":7,\"ns\":{\"ipc\":11,\"uts\":12},\"detail\":[\"ipc 1 shm, 0 sem, 0 "
		 "msg\"]}\n",
		 "{\"pid\":7,\"ns\":{\"ipc\":11,\"uts\":12},\"detail\":null}\n"},
		{NSL_WRITING_CSV, "7,11,12,\"ipc 1 shm, 0 sem, 0 msg\"\r\n", "7,11,12,\r\n"},
	};
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslProcess *process = fixture_process(snapshot, 7, "x");
	NslNamespace *ipc = fixture_join(snapshot, process, NSL_NSTYPE_IPC, 11);
	const NslDetail fixed = {.ipc = {.shm = 1}};

	fixture_join(snapshot, process, NSL_NSTYPE_UTS, 12);
	nsl_snapshot_freeze(snapshot);
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		const NslStyle style = {.writing = cases[i].writing, .raw = true};

		ipc->detail = nsl_detail_new(NSL_NSTYPE_IPC, &fixed, NULL, 0);
		fixture_check(NSL_FORMAT_MATRIX, snapshot, "-tipc,uts", "detail", style,
			      cases[i].in_part);
		nsl_detail_free(g_steal_pointer(&ipc->detail));
		fixture_check(NSL_FORMAT_MATRIX, snapshot, "-tipc,uts", "detail", style,
			      cases[i].unknown);
	}
}

/* Names that could pass for something else are whole for programs, too. */
TEST(whole)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslProcess *web = fixture_process(snapshot, 7, "nginx");
	NslContainer *container = fixture_container(snapshot, "docker/1", "docker", "1", "a [b]");
	NslProcess *guest = fixture_process(snapshot, 8, "sh");

	container->identity.pod = g_strdup("x y");
	container->identity.pod_namespace = g_strdup("z");
	fixture_join(snapshot, web, NSL_NSTYPE_NET, 11);
	nsl_process_add_to(web, container);
	fixture_join(snapshot, guest, NSL_NSTYPE_NET, 11);
	guest->entered = container;
	nsl_snapshot_freeze(snapshot);
	fixture_check(NSL_FORMAT_JSONL, snapshot, NULL, "pid,pod,entered,peer", (NslStyle){0},
		      "{\"pid\":7,\"pod\":\"z/x y\",\"entered\":null,\"peer\":null}\n"
		      "{\"pid\":8,\"pod\":null,\"entered\":\"docker:a\\\\x20\\\\x5bb\\\\x5d\","
		      "\"peer\":null}\n");
}

/* What there is to say to a program that splits at blanks. */
TEST(raw)
{
	g_autoptr(NslSnapshot) snapshot = make_snapshot();
	NslProcess *process = nsl_snapshot_get_process(snapshot, 3429);

	g_free(process->command);
	process->command = g_strdup("a\\x20\t\n\xff\xe3\x80\x80\xe6\xbc\xa2");
	g_free(process->comm);
	process->comm = g_strdup("-");
	fixture_check(NSL_FORMAT_TABLE, snapshot, NULL, "pid,namespace,comm,held-by,command",
		      (NslStyle){.raw = true, .headings = true},
		      "PID NAMESPACE COMM HELD-BY COMMAND\n"
		      "- net:[5000] - held\\x20by\\x20fd\\x203\\x20of\\x208\\x20a\\x0ab "
		      "created\\x20by\\x20ip\\x20netns\\x20add\\x20blue\n"
		      "- uts:[6000] - mounted\\x20at\\x20/x\\x20y mounted\\x20at\\x20/x\\x20y\n"
		      "3429 net:[5000]** \\x2d held\\x20by\\x20fd\\x203\\x20of\\x208\\x20a\\x0ab "
		      "a\\x5cx20\\x09\\x0a\\xff\\xe3\\x80\\x80\xe6\xbc\xa2\n");
}

#define CJK "\xe6\xbc\xa2"

/* A snapshot of one process, in a container, with much to say in its columns. */
static void check_wide(guint columns, const char *list, bool ascii, const char *expected)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslProcess *process = fixture_process(snapshot, 7, NULL);
	NslNamespace *net = fixture_join(snapshot, process, NSL_NSTYPE_NET, 4026532000);

	process->command = g_strnfill(300, 'c');
	process->unit = g_strnfill(60, 'u');
	fixture_mounted(net, "/" CJK CJK CJK CJK CJK CJK CJK CJK CJK CJK CJK CJK CJK, 7);
	nsl_snapshot_freeze(snapshot);
	fixture_check(NSL_FORMAT_TABLE, snapshot, NULL, list,
		      (NslStyle){.columns = columns, .ascii_only = ascii}, expected);
}

#define U8 "uuuuuuuu"
#define C8 "cccccccc"

/* A wide column leaves room for the last one; what is cut is marked; numbers are never cut. */
TEST(cut)
{
	check_wide(80, "pid,unit,command", false,
		   "7 " U8 U8 U8 U8 U8 U8 "uu\xe2\x80\xa6 " C8 C8 C8 "cc\n");
	check_wide(80, "pid,unit,command", true, "7 " U8 U8 U8 U8 U8 U8 "... " C8 C8 C8 "cc\n");
	/* Of a wide character no half is shown. */
	check_wide(55, "nsfs,ns,command", false,
		   "/" CJK CJK CJK CJK CJK CJK CJK CJK CJK CJK CJK "\xe2\x80\xa6  4026532000 " C8 C8
		   "cc\n");
	/* Below what a namespace takes, where nothing of the last one would be seen; but not
	 * itself. */
	check_wide(50, "unit,unit,command", false,
		   U8 "uuuuuuu\xe2\x80\xa6 " U8 "uuuuuuu\xe2\x80\xa6 " C8 C8 "\n");
	check_wide(50, "namespace,unit,command", false,
		   "net:[4026532000] " U8 "uuuuuuu\xe2\x80\xa6 " C8 C8 "\n");
	check_wide(40, "namespace,unit,command", false,
		   "net:[4026532000] uuuuuuuuu\xe2\x80\xa6 " C8 "cccc\n");
	check_wide(30, "unit,namespace,command", false,
		   "uuuuuuuuu\xe2\x80\xa6 net:[4026532000] cc\n");
	/* At the edge what is cut is marked; half a number would be another one. */
	check_wide(30, "namespace,namespace,command", false,
		   "net:[4026532000] net:[4026532\xe2\x80\xa6\n");
	check_wide(30, "namespace,namespace,command", true, "net:[4026532000] net:[40265...\n");
	check_wide(20, "namespace,namespace,command", false, "net:[4026532000] net\n");
	check_wide(24, "namespace,ns,command", false, "net:[4026532000]        \n");
	check_wide(28, "namespace,ns,command", false, "net:[4026532000] 4026532000 \n");
	/* What fits is whole. */
	check_wide(90, "unit,pid", false, U8 U8 U8 U8 U8 U8 U8 "uuuu 7\n");
}

TEST(keys)
{
	for (NslColumn column = 0; column < NSL_COLUMN_COUNT; column++) {
		g_autofree char *key = nsl_column_key(column);

		g_assert_cmpint(nsl_column_find(key), ==, column);
		g_assert_null(strpbrk(key, "-ABCDEFGHIJKLMNOPQRSTUVWXYZ"));
	}
}
