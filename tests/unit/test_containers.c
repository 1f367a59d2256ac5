/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of attribute/containers: who is in which container, on recorded procfs trees, where no
 * engine's files are looked at. What the engines say is tested by the real ones (tests/engines).
 */
#include "attribute/attribute.h"

#include "collect/collect.h"
#include "fixture.h"

#define ID  "3f2ab81c9e7d0123456789abcdef0123456789abcdef0123456789abcdef0123"
#define POD "7c2ab81c9e7d0123456789abcdef0123456789abcdef0123456789abcdef0123"
#define IN(type, inode)                                                                            \
	(const FixtureNs[])                                                                        \
	{                                                                                          \
		{type, inode},                                                                     \
		{                                                                                  \
			0, 0                                                                       \
		}                                                                                  \
	}
#define START	   4242 /* in ticks, when all have started */
#define NET(inode) IN(NSL_NSTYPE_NET, inode)

typedef struct Fixture {
	char *dir;
	NslSnapshot *snapshot;
} Fixture;

static void set_up(Fixture *f)
{
	f->dir = fixture_directory();
	f->snapshot = fixture_snapshot();
}

static void tear_down(Fixture *f)
{
	fixture_remove(f->dir);
	nsl_snapshot_free(f->snapshot);
}

static void record_stat(const Fixture *f, guint32 pid, guint32 ppid, guint64 start)
{
	g_autofree char *path = g_strdup_printf("%u/stat", pid);
	g_autofree char *stat =
		g_strdup_printf("%u (comm%u) S %u 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 "
				"1 0 %" G_GUINT64_FORMAT " 1000 10\n",
				pid, pid, ppid, start);

	fixture_file(f->dir, path, stat, -1);
}

/* A process with these arguments ('\n' between them), parent and cgroup (NULL: none is told). */
static void record(const Fixture *f, guint32 pid, guint32 ppid, const char *arguments,
		   const char *cgroup, const FixtureNs *others)
{
	g_autofree char *command = g_strdelimit(g_strdup(arguments), "\n", '\0');
	g_autofree char *comm = g_strdup_printf("comm%u", pid);
	g_autofree char *cgroup_path = g_strdup_printf("%u/cgroup", pid);

	fixture_record(f->dir, pid, comm, command, (gssize)strlen(arguments) + 1, others);
	record_stat(f, pid, ppid, START);
	if (cgroup)
		fixture_file(f->dir, cgroup_path, cgroup, -1);
}

/* `meanwhile`: what happens between the scan and what it is named by. */
static void name_after(const Fixture *f, guint facts, void (*meanwhile)(const Fixture *f))
{
	g_autoptr(NslProcfs) procfs = fixture_open(f->dir);
	g_autoptr(NslSelection) selection = nsl_selection_new();
	NslCollect collect = {.snapshot = f->snapshot,
			      .procfs = procfs,
			      .selection = selection,
			      .facts = NSL_FACT_CONTAINERS | facts};
	guint before = fixture_count_fds();

	nsl_collect_begin(&collect);
	nsl_collect_processes(&collect);
	g_assert_no_error(collect.error);
	if (meanwhile)
		meanwhile(f);
	nsl_containers_name(f->snapshot, procfs, &collect.waited);
	nsl_collect_end(&collect);
	nsl_snapshot_freeze(f->snapshot);
	g_assert_cmpuint(fixture_count_fds(), ==, before);
}

static void name_all(const Fixture *f)
{
	name_after(f, 0, NULL);
}

static const NslProcess *process_of(const Fixture *f, guint32 pid)
{
	const NslProcess *process = nsl_snapshot_get_process(f->snapshot, pid);

	g_assert_nonnull(process);
	return process;
}

static const NslContainer *container_of(const Fixture *f, guint32 pid)
{
	return process_of(f, pid)->container;
}

static void check_key(const Fixture *f, guint32 pid, const char *key)
{
	const NslContainer *container = container_of(f, pid);

	g_assert_cmpstr(container ? container->key : NULL, ==, key);
}

/* Who could have made a recorded cgroup nobody can tell: what it is called is a claim. */
TEST_WITH_FIXTURE(cgroup)
{
	const NslContainer *container;

	record(f, 1, 0, "init", "0::/init.scope\n", NULL);
	record(f, 20, 1, "nginx", "0::/system.slice/docker-" ID ".scope\n", NET(5));
	record(f, 21, 20, "nginx worker", "0::/system.slice/docker-" ID ".scope\n", NET(5));
	record(f, 22, 20, "sh", "0::/system.slice/docker-" ID ".scope\n", NET(6));
	name_all(f);
	g_assert_cmpuint(f->snapshot->containers->len, ==, 1);
	check_key(f, 20, "docker/" ID "@/system.slice/docker-" ID ".scope");
	check_key(f, 21, "docker/" ID "@/system.slice/docker-" ID ".scope");
	/* Whatever else it has made for itself. */
	check_key(f, 22, "docker/" ID "@/system.slice/docker-" ID ".scope");
	container = container_of(f, 20);
	g_assert_cmpstr(container->identity.runtime, ==, "docker");
	g_assert_cmpstr(container->identity.id, ==, ID);
	g_assert_null(container->identity.name);
	g_assert_null(container->parent);
	g_assert_true(container->unconfirmed);
	g_assert_cmpint(container->evidence, ==, NSL_EVIDENCE_CGROUP);
	g_assert_cmpuint(container->members->len, ==, 3);
	g_assert_cmpstr(process_of(f, 21)->unit, ==, "docker-" ID ".scope");
	/* Another system's engines have their files elsewhere. */
	g_assert_cmpint(f->snapshot->coverage[NSL_SOURCE_CONTAINERS], ==, NSL_COVERAGE_PARTIAL);
}

TEST_WITH_FIXTURE(nested)
{
	record(f, 20, 1, "init", "0::/lxc.payload.box/init.scope\n", NET(5));
	record(f, 30, 20, "nginx", "0::/lxc.payload.box/docker/" ID "\n", NET(6));
	name_all(f);
	check_key(f, 20, "lxc/box@/lxc.payload.box");
	check_key(f, 30, "docker/" ID "@/lxc.payload.box/docker/" ID);
	g_assert_true(container_of(f, 20)->unconfirmed);
	g_assert_true(container_of(f, 30)->unconfirmed);
	/* The unit of a container that nobody confirms is none of this system's. */
	g_assert_null(process_of(f, 20)->unit);
	g_assert_true(container_of(f, 30)->parent == container_of(f, 20));
	g_assert_cmpuint(container_of(f, 20)->members->len, ==, 1);
}

/* A path that could be anything is nothing, as long as no engine knows of it. */
TEST_WITH_FIXTURE(weak)
{
	record(f, 20, 1, "sleep", "0::/web/c1\n", NET(5));
	name_all(f);
	check_key(f, 20, "sandbox/20");
	g_assert_cmpint(container_of(f, 20)->evidence, ==, NSL_EVIDENCE_NAMESPACES);
}

/* One set of private namespaces is one group, called by its topmost process. */
TEST_WITH_FIXTURE(sandbox)
{
	record(f, 1, 0, "init", "0::/\n", NULL);
	record(f, 10, 30, "younger", "0::/\n", NET(5)); /* its PID came round */
	record(f, 30, 1, "older", "0::/\n", NET(5));
	record(f, 40, 30, "inner", "0::/\n", NET(6));
	name_all(f);
	check_key(f, 10, "sandbox/30");
	check_key(f, 30, "sandbox/30");
	g_assert_cmpstr(container_of(f, 10)->identity.name, ==, "comm30");
	g_assert_false(container_of(f, 10)->unconfirmed);
	check_key(f, 40, "sandbox/40");
	g_assert_true(container_of(f, 40)->parent == container_of(f, 30));
}

/* A service that runs containers, without a name that anybody knows. */
TEST_WITH_FIXTURE(service_runs)
{
	static const FixtureNs own[] = {
		{NSL_NSTYPE_PID, 5}, {NSL_NSTYPE_MNT, 6}, {NSL_NSTYPE_NET, 7}, {0, 0}};
	static const char inner[] =
		"4:memory:/a5c1f8d5-1919\n3:devices:/system.slice/runit.service/"
		"a5c1f8d5-1919\n1:name=systemd:/system.slice/runit.service\n";

	record(f, 20, 1, "app", inner, own);
	/* Its own cgroup, or less of its own: what systemd gives a service. */
	record(f, 30, 1, "daemon", "0::/system.slice/runit.service\n", own);
	record(f, 40, 1, "udev", "0::/system.slice/systemd-udevd.service/udev\n",
	       IN(NSL_NSTYPE_MNT, 8));
	name_all(f);
	check_key(f, 20, "sandbox/20");
	g_assert_cmpstr(process_of(f, 20)->unit, ==, "runit.service");
	check_key(f, 30, NULL);
	check_key(f, 40, NULL);
}

/* The systemd of PID 1 is not at the top of the hierarchy. */
TEST_WITH_FIXTURE(manager_root)
{
	record(f, 1, 0, "systemd", "0::/wsl-user/distro-280/systemd/init.scope\n", NULL);
	record(f, 20, 1, "sshd", "0::/wsl-user/distro-280/systemd/system.slice/ssh.service\n",
	       NET(5));
	name_all(f);
	check_key(f, 20, NULL);
	g_assert_cmpstr(process_of(f, 20)->unit, ==, "ssh.service");
}

/* What is called as one of this system's units, below a machine that nobody confirms. */
TEST_WITH_FIXTURE(unbelieved)
{
	record(f, 10, 1, "starter", "1:name=systemd:/\n", NULL);
	record(f, 20, 10, "sh",
	       "1:name=systemd:/machine.slice/machine-rkt\\x2d1.scope/system.slice/"
	       "debian.service\n",
	       NET(5));
	record(f, 30, 1, "sh",
	       "3:memory:/docker/" ID "\n1:name=systemd:/machine.slice/machine-rkt.scope/"
	       "system.slice/debian.service\n",
	       NET(6));
	name_all(f);
	check_key(f, 20, "sandbox/20");
	g_assert_cmpstr(container_of(f, 20)->identity.name, ==, "comm20");
	g_assert_null(process_of(f, 20)->unit);
	g_assert_null(process_of(f, 30)->unit);
}

/* What only arguments say is a claim: of conmon's, whoever has started it with them. */
TEST_WITH_FIXTURE(claim)
{
	const NslContainer *container;

	record(f, 10, 1, "/usr/bin/conmon\n-c\n" ID "\n-n\nweb\n-b\n/x", "0::/\n", NULL);
	record(f, 20, 10, "nginx", "0::/\n", NET(5));
	record(f, 21, 20, "nginx worker", "0::/\n", NET(6));
	name_all(f);
	container = container_of(f, 20);
	g_assert_cmpstr(container->identity.runtime, ==, "podman");
	g_assert_cmpstr(container->identity.name, ==, "web");
	g_assert_cmpstr(container->identity.id, ==, ID);
	g_assert_true(container->unconfirmed);
	g_assert_cmpint(container->evidence, ==, NSL_EVIDENCE_ARGV);
	/* Both sets are below the same monitor. */
	g_assert_true(container_of(f, 21) == container);
	g_assert_cmpuint(f->snapshot->containers->len, ==, 1);
}

/* The parent that the scan has seen has ended, and another process is in its place. */
static void end_parent(const Fixture *f)
{
	g_autofree char *parent = fixture_path(f->dir, "30");

	fixture_remove_at(AT_FDCWD, parent);
	record_stat(f, 20, 10, START);
}

/* The parent's PID is that of a process that has started later, which says it is a monitor. */
static void reuse_parent(const Fixture *f)
{
	static const char command[] = "/usr/bin/conmon\0-c\0" POD;

	record_stat(f, 30, 1, START + 1);
	fixture_file(f->dir, "30/cmdline", command, sizeof(command));
}

static void end_and_reuse_parent(const Fixture *f)
{
	reuse_parent(f);
	record_stat(f, 20, 10, START);
}

/* It has started 10 s before the time namespace of the caller counts. */
static void age_parent(const Fixture *f)
{
	record_stat(f, 30, 10, (guint64)-10000000000 / 10000000);
	record_stat(f, 10, 1, (guint64)-10000000000 / 10000000);
}

TEST(parent_ended)
{
	static const struct {
		guint facts; /* with NSL_FACT_STAT the scan tells who is above */
		void (*meanwhile)(const Fixture *f);
		const char *key;
	} cases[] = {
		{0, NULL, "podman/" ID "@10"},
		{0, end_parent, "podman/" ID "@10"},
		{0, end_and_reuse_parent, "podman/" ID "@10"},
		{0, reuse_parent, "sandbox/20"},
		{0, age_parent, "podman/" ID "@10"},
		{NSL_FACT_STAT, NULL, "podman/" ID "@10"},
		{NSL_FACT_STAT, end_parent, "podman/" ID "@10"},
		{NSL_FACT_STAT, end_and_reuse_parent, "podman/" ID "@10"},
		{NSL_FACT_STAT, reuse_parent, "sandbox/20"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		Fixture f;

		set_up(&f);
		record(&f, 10, 1, "/usr/bin/conmon\n-c\n" ID, "0::/\n", NULL);
		record(&f, 20, 30, "nginx", "0::/\n", NET(5));
		record(&f, 30, 10, "sh", "0::/\n", NULL);
		name_after(&f, cases[i].facts, cases[i].meanwhile);
		check_key(&f, 20, cases[i].key);
		tear_down(&f);
	}
}

/* A shim that serves a whole pod has the sandbox's id; each container's is in its cgroup. */
TEST_WITH_FIXTURE(pod_shim)
{
	record(f, 10, 1, "/bin/containerd-shim-runc-v2\n-namespace\nk8s.io\n-id\n" POD, "0::/\n",
	       NULL);
	record(f, 20, 10, "pause", "0::/pods/" POD "\n", NET(5));
	record(f, 21, 10, "nginx", "0::/pods/" ID "\n", NET(6));
	record(f, 22, 10, "sh", "0::/\n", NET(7));
	name_all(f);
	g_assert_cmpstr(container_of(f, 20)->identity.id, ==, POD);
	g_assert_cmpstr(container_of(f, 21)->identity.id, ==, ID);
	g_assert_cmpstr(container_of(f, 21)->identity.runtime, ==, "containerd");
	g_assert_true(container_of(f, 21)->unconfirmed);
	/* Of this one there is nothing else. */
	g_assert_true(container_of(f, 22) == container_of(f, 20));
}

/* LXC's second cgroup for a container whose first one is still there. */
TEST_WITH_FIXTURE(lxc_number)
{
	static const char status[] = "Name:\tx\nUid:\t0\t0\t0\t0\n";

	record(f, 10, 1, "[lxc monitor] /var/lib/lxc web", "0::/lxc.monitor.web-1\n", NULL);
	fixture_file(f->dir, "10/status", status, -1);
	record(f, 20, 10, "init", "0::/lxc.payload.web-1\n", NET(5));
	/* That is its name, somebody else's monitor, and a user's. */
	record(f, 11, 1, "[lxc monitor] /var/lib/lxc db-1", "0::/lxc.monitor.db-1\n", NULL);
	fixture_file(f->dir, "11/status", status, -1);
	record(f, 21, 11, "init", "0::/lxc.payload.db-1\n", NET(6));
	record(f, 22, 11, "init", "0::/lxc.payload.web-2\n", NET(7));
	record(f, 12, 1, "[lxc monitor] /home/joe/lxc app", "0::/lxc.monitor.app-1\n", NULL);
	fixture_file(f->dir, "12/status", "Name:\tx\nUid:\t1000\t1000\t1000\t1000\n", -1);
	record(f, 23, 12, "init", "0::/lxc.payload.app-1\n", NET(8));
	name_all(f);
	g_assert_cmpstr(container_of(f, 20)->identity.name, ==, "web");
	g_assert_cmpstr(container_of(f, 21)->identity.name, ==, "db-1");
	g_assert_cmpstr(container_of(f, 22)->identity.name, ==, "web-2");
	g_assert_cmpstr(container_of(f, 23)->identity.name, ==, "app-1");
}

/* Two who claim to be the same are two. */
TEST_WITH_FIXTURE(same_claims)
{
	record(f, 10, 1, "conmon\n-c\n" ID "\n-n\nweb", "0::/\n", NULL);
	record(f, 11, 10, "nginx", "0::/\n", NET(5));
	record(f, 20, 1, "conmon\n-c\n" ID "\n-n\nweb", "0::/\n", NULL);
	record(f, 21, 20, "nginx", "0::/\n", NET(6));
	name_all(f);
	check_key(f, 11, "podman/" ID "@10");
	check_key(f, 21, "podman/" ID "@20");
}

/* A name may have any byte. Keys differ as documents have them, and are in order there. */
TEST_WITH_FIXTURE(key_bytes)
{
	static const char *const names[] = {"a\xff", "a\\xff", "a~", "a\xfe\xff", "a\\xfe"};
	const GPtrArray *containers = f->snapshot->containers;

	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *cgroup = g_strdup_printf("0::/lxc.payload.%s\n", names[i]);

		record(f, 20 + i, 1, "init", cgroup, NET(5 + i));
	}
	name_all(f);
	g_assert_cmpuint(containers->len, ==, G_N_ELEMENTS(names));
	for (guint i = 0; i < containers->len; i++) {
		const NslContainer *container = containers->pdata[i];

		g_assert_true(g_utf8_validate(container->key, -1, NULL));
		g_assert_true(i == 0 || strcmp(((NslContainer *)containers->pdata[i - 1])->key,
					       container->key) < 0);
	}
}

/* What ip netns exec makes is called by the name of ip netns, unless there is more to it. */
TEST_WITH_FIXTURE(netns)
{
	const FixtureNs exec[] = {{NSL_NSTYPE_NET, 5}, {NSL_NSTYPE_MNT, 6}, {0, 0}};
	const FixtureNs more[] = {{NSL_NSTYPE_NET, 5}, {NSL_NSTYPE_UTS, 7}, {0, 0}};

	nsl_namespace_add_name(nsl_snapshot_add(f->snapshot, NSL_NSTYPE_NET, 5), "blue");
	record(f, 20, 1, "dnsmasq", "0::/\n", exec);
	record(f, 30, 1, "sh", "0::/\n", more);
	name_all(f);
	check_key(f, 20, NULL);
	check_key(f, 30, "sandbox/30");
}

#define OTHER_ID "99999999999d0123456789abcdef0123456789abcdef0123456789abcdef0123"
#define IN_WEB	 "0::/docker/" ID "\n"
#define IN_SIDE	 "0::/docker/" OTHER_ID "\n"
#define OUTSIDE	 "0::/user.slice\n"
#define WEB	 "docker/" ID
#define SIDE	 "docker/" OTHER_ID
#define NS(type, inode)                                                                            \
	{                                                                                          \
		NSL_NSTYPE_##type, inode                                                           \
	}

/* Who is in a container's namespaces and not in its cgroup has entered it; whose those are. */
TEST_WITH_FIXTURE(entered)
{
	static const struct {
		guint32 pid;
		const char *arguments;
		const char *cgroup;
		FixtureNs in[5];
		const char *container; /* the beginning of its key; NULL: none */
		const char *entered;
	} cases[] = {
		{10, "first", OUTSIDE, {NS(NET, 90)}, "sandbox/10", NULL},
		{20, "nginx", IN_WEB, {NS(MNT, 1), NS(NET, 2), NS(USER, 3), NS(UTS, 8)}, WEB, NULL},
		/* --network container:web */
		{30, "side", IN_SIDE, {NS(MNT, 11), NS(NET, 2)}, SIDE, NULL},
		/* It made a sandbox for itself. */
		{31, "bwrap", IN_WEB, {NS(MNT, 12), NS(NET, 13)}, WEB, NULL},
		/* It joined a network that was there before: 47 is in that, not in the container.
		 */
		{32, "guest", IN_SIDE, {NS(MNT, 11), NS(NET, 90)}, SIDE, NULL},
		{40, "all", OUTSIDE, {NS(MNT, 1), NS(NET, 2)}, NULL, WEB},
		{41, "mnt", OUTSIDE, {NS(MNT, 1)}, NULL, WEB},
		{42, "net", OUTSIDE, {NS(NET, 2)}, NULL, WEB},
		{43, "uts", NULL, {NS(UTS, 8)}, NULL, WEB},
		{44, "both", OUTSIDE, {NS(MNT, 11), NS(NET, 2)}, NULL, SIDE},
		/* What it has of its own beside. */
		{45, "own", OUTSIDE, {NS(IPC, 15), NS(NET, 2)}, NULL, WEB},
		/* Engines of users are in that, too. */
		{46, "user", OUTSIDE, {NS(USER, 3)}, "sandbox/46", NULL},
		{47, "late", OUTSIDE, {NS(NET, 90)}, "sandbox/10", NULL},
		{48, "service", "0::/system.slice/x.service\n", {NS(MNT, 1)}, NULL, WEB},
		{49, "named", OUTSIDE, {NS(NET, 70), NS(UTS, 16)}, "sandbox/49", NULL},
	};

	nsl_namespace_add_name(nsl_snapshot_add(f->snapshot, NSL_NSTYPE_NET, 70), "blue");
	nsl_namespace_give_name(nsl_snapshot_add(f->snapshot, NSL_NSTYPE_NET, 2), "cni-1f2e");
	record(f, 1, 0, "init", "0::/init.scope\n", NULL);
	record(f, 22, 1, "in blue", IN_WEB, NET(70));
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		record(f, cases[i].pid, 1, cases[i].arguments, cases[i].cgroup, cases[i].in);
	name_all(f);
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		const NslProcess *process = process_of(f, cases[i].pid);
		const NslContainer *found[] = {process->container, process->entered};
		const char *expected[] = {cases[i].container, cases[i].entered};

		for (gsize j = 0; j < G_N_ELEMENTS(found); j++) {
			g_autofree char *key = found[j] ? g_strdup(found[j]->key) : NULL;

			g_test_message("%s", cases[i].arguments);
			if (key)
				key[strcspn(key, "@")] = '\0';
			g_assert_cmpstr(key, ==, expected[j]);
		}
	}
}

/* Malformed, empty, unreadable, in circles: nobody is lost. */
TEST_WITH_FIXTURE(malformed)
{
	g_autofree char *deep = g_strnfill(60000, '/');
	g_autofree char *text = g_strconcat("0::", deep, "\n", NULL);

	record(f, 20, 21, "a", "", NET(5));
	record(f, 21, 20, "b", "0:\n::::\n\xff\n", NET(5));
	record(f, 22, 22, "c", text, NET(6));
	record(f, 23, 999, "d", NULL, NET(7));
	name_all(f);
	g_assert_cmpuint(f->snapshot->processes->len, ==, 4);
	for (guint32 pid = 20; pid <= 23; pid++)
		g_assert_nonnull(container_of(f, pid));
	g_assert_true(container_of(f, 20) == container_of(f, 21));
}
