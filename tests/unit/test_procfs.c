/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of base/procfs: recorded trees, the procfs of this system, this process and a child.
 */
#include "base/procfs.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "fixture.h"

/* A recorded tree with process 7, of which nothing is there yet; and this system's. */
typedef struct Fixture {
	char *dir;
	NslProcfs *recorded;
	int seven;
	NslProcfs *real;
	int self;
} Fixture;

static void set_up(Fixture *f)
{
	f->dir = fixture_directory();
	fixture_folder(f->dir, "7/ns");
	f->recorded = fixture_open(f->dir);
	f->seven = nsl_procfs_open_process(f->recorded, 7);
	f->real = fixture_open(NULL);
	f->self = nsl_procfs_open_self(f->real);
	g_assert_cmpint(MIN(f->seven, f->self), >=, 0);
}

static void tear_down(Fixture *f)
{
	nsl_fd_close(f->self);
	nsl_procfs_free(f->real);
	nsl_fd_close(f->seven);
	nsl_procfs_free(f->recorded);
	fixture_remove(f->dir);
}

TEST(open)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_autofree char *file = fixture_path(dir, "file");
	g_autofree char *missing = fixture_path(dir, "missing");
	g_autofree char *not_there = g_strdup_printf("%s: %s", missing, g_strerror(ENOENT));
	g_autofree char *no_directory = g_strdup_printf("%s: %s", file, g_strerror(ENOTDIR));
	g_autoptr(GError) error = NULL;

	fixture_file(dir, "file", "", 0);
	g_assert_null(nsl_procfs_open(missing, &error));
	g_assert_error(error, NSL_ERROR, NSL_ERROR_SYSTEM);
	g_assert_cmpstr(error->message, ==, not_there);
	g_clear_error(&error);
	g_assert_null(nsl_procfs_open(file, &error));
	g_assert_error(error, NSL_ERROR, NSL_ERROR_SYSTEM);
	g_assert_cmpstr(error->message, ==, no_directory);
	g_assert_null(nsl_procfs_open("", NULL));
	{
		g_autoptr(NslProcfs) recorded = fixture_open(dir);
		g_autoptr(NslProcfs) real = fixture_open(NULL);

		g_assert_cmpstr(recorded->path, ==, dir);
		g_assert_false(recorded->real);
		g_assert_false(recorded->local);
		g_assert_cmpstr(real->path, ==, "/proc");
		g_assert_true(real->real);
		g_assert_true(real->local);
	}
}

/* A recorded procfs is not taken for this system's, whatever its "self" says. */
TEST_WITH_FIXTURE(open_self)
{
	g_autofree char *own = g_strdup_printf("%d", (int)getpid());
	g_autoptr(NslProcfs) procfs = NULL;

	fixture_link(f->dir, "self", own);
	procfs = fixture_open(f->dir);
	g_assert_false(procfs->local);
}

TEST_WITH_FIXTURE(list)
{
	static const char *const names[] = {
		"1",	   "2",		  "10",	 "9",	 "100",	       "99",
		"4194304", "4194305",	  "0",	 "self", "1a",	       "a1",
		"-1",	   "+3",	  " 4",	 "sys",	 "4294967297", "18446744073709551617",
		"fs",	   "thread-self", "1.5", "007",	 "0",	       "0000000000000000000009"};
	static const guint32 expected[] = {1, 2, 7, 9, 10, 99, 100, 4194304};
	g_autoptr(GArray) pids = g_array_new(FALSE, FALSE, sizeof(guint32));

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *path = g_strdup_printf("%s/comm", names[i]);

		fixture_file(f->dir, path, "x\n", -1);
	}
	/* Twice: neither reading moves the other. */
	for (int i = 0; i < 2; i++) {
		g_array_set_size(pids, 0);
		g_assert_cmpint(nsl_procfs_list(f->recorded, pids), ==, 0);
		g_assert_cmpmem(pids->data, pids->len * sizeof(guint32), expected,
				sizeof(expected));
	}
}

/* Of a recorded procfs they say nothing: of another file system they may be of anything. */
TEST_WITH_FIXTURE(list_entries)
{
	g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(NslProcfsEntry));

	fixture_file(f->dir, "7/comm", "x\n", -1);
	fixture_file(f->dir, "0/comm", "x\n", -1);
	fixture_file(f->dir, "10/comm", "x\n", -1);
	g_assert_cmpint(nsl_procfs_list_entries(f->recorded, entries), ==, 0);
	g_assert_cmpuint(entries->len, ==, 2);
	for (guint i = 0; i < entries->len; i++) {
		const NslProcfsEntry *entry = &g_array_index(entries, NslProcfsEntry, i);

		g_assert_cmpuint(entry->pid, ==, i == 0 ? 7 : 10);
		g_assert_cmpuint(entry->inode, ==, 0);
	}
}

TEST_WITH_FIXTURE(has_recorded)
{
	fixture_file(f->dir, "10/comm", "x\n", -1);
	g_assert_true(nsl_procfs_has_recorded(f->recorded, 10));
	g_assert_false(nsl_procfs_has_recorded(f->recorded, 11));
	g_assert_false(nsl_procfs_has_recorded(f->real, (guint32)getpid()));
}

static gpointer find_tid(gpointer ends)
{
	pid_t tid = (pid_t)syscall(SYS_gettid);
	char end;

	g_assert_cmpint(write(((int *)ends)[1], &tid, sizeof(tid)), ==, sizeof(tid));
	g_assert_cmpint(read(((int *)ends)[2], &end, 1), ==, 0);
	return NULL;
}

/* A process is who was listed; another one is not, and neither is a thread. */
TEST_WITH_FIXTURE(is_listed)
{
	g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(NslProcfsEntry));
	g_auto(NslFd) parent = nsl_procfs_open_process(f->real, (guint32)getppid());
	g_auto(NslFd) thread = -1;
	NslProcfsEntry own = {0};
	int ends[4];
	GThread *other;
	pid_t tid;

	g_assert_cmpint(pipe(ends), ==, 0);
	g_assert_cmpint(pipe(ends + 2), ==, 0);
	other = g_thread_new("other", find_tid, ends);
	g_assert_cmpint(read(ends[0], &tid, sizeof(tid)), ==, sizeof(tid));
	g_assert_cmpint(nsl_procfs_list_entries(f->real, entries), ==, 0);
	for (guint i = 0; i < entries->len; i++) {
		NslProcfsEntry entry = g_array_index(entries, NslProcfsEntry, i);

		g_assert_cmpuint(entry.inode, !=, 0);
		g_assert_cmpuint(entry.pid, !=, tid);
		if (entry.pid == (guint32)getpid())
			own = entry;
	}
	thread = nsl_procfs_open_process(f->real, (guint32)tid);
	g_assert_cmpint(thread, >=, 0);
	g_assert_true(nsl_process_is_listed(f->self, &own));
	g_assert_false(nsl_process_is_listed(thread, &own));
	if (parent >= 0)
		g_assert_false(nsl_process_is_listed(parent, &own));
	own.inode = 0;
	g_assert_true(nsl_process_is_listed(thread, &own));
	close(ends[3]);
	g_thread_join(other);
	for (guint i = 0; i < 3; i++)
		close(ends[i]);
}

/* In a recording from elsewhere, which are not to lead to files of who reads it. */
TEST_WITH_FIXTURE(links)
{
	static const char *const paths[] = {"7/cmdline", "7/comm", "7/mountinfo", "7/cgroup",
					    "7/stat",	 "stat",   "hostname"};
	g_autofree char *secret = fixture_path(f->dir, "secret");
	g_autoptr(GByteArray) out = g_byte_array_new();
	NslProcessStat stat;
	char comm[16];

	fixture_file(f->dir, "secret",
		     "7 (s) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 42 0\nbtime 1\n", -1);
	for (gsize i = 0; i < G_N_ELEMENTS(paths); i++)
		fixture_link(f->dir, paths[i], secret);
	g_assert_cmpint(nsl_process_read_cmdline(f->seven, 100, out), ==, -ELOOP);
	g_assert_cmpint(nsl_process_read_cgroup(f->seven, out), ==, -ELOOP);
	g_assert_cmpint(nsl_process_read_comm(f->seven, comm, sizeof(comm)), ==, -ELOOP);
	g_assert_cmpint(nsl_process_read_stat(f->seven, &stat), ==, -ELOOP);
	g_assert_cmpint(nsl_process_open_mountinfo(f->seven), ==, -ELOOP);
	g_assert_cmpint(nsl_procfs_boot_time(f->recorded), ==, 0);
	g_assert_null(nsl_procfs_read_line(f->recorded, "hostname"));
}

TEST_WITH_FIXTURE(read_line)
{
	static const struct {
		const char *text;
		const char *line;
	} cases[] = {
		{"web\n", "web"}, {"web", "web"}, {"one\ntwo\n", "one"},
		{"\n", ""},	  {"", NULL},	  {"\xff\x1b\n", "\xff\x1b"},
	};
	g_autofree char *huge = g_strnfill(100000, 'h');

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *line = NULL;

		fixture_file(f->dir, "sys/kernel/hostname", cases[i].text, -1);
		line = nsl_procfs_read_line(f->recorded, "sys/kernel/hostname");
		g_assert_cmpstr(line, ==, cases[i].line);
	}
	fixture_file(f->dir, "huge", huge, -1);
	{
		g_autofree char *line = nsl_procfs_read_line(f->recorded, "huge");

		g_assert_true(g_str_has_prefix(huge, line));
	}
	g_assert_null(nsl_procfs_read_line(f->recorded, "missing"));
	g_assert_null(nsl_procfs_read_line(f->recorded, "sys"));
}

TEST_WITH_FIXTURE(boot_time)
{
	g_autoptr(GString) large = g_string_new("cpu  1 2 3\n");

	g_assert_cmpint(nsl_procfs_boot_time(f->recorded), ==, 0);
	fixture_file(f->dir, "stat", "", 0);
	g_assert_cmpint(nsl_procfs_boot_time(f->recorded), ==, 0);
	fixture_file(f->dir, "stat", "cpu  1 2 3\nctxt 4\n", -1);
	g_assert_cmpint(nsl_procfs_boot_time(f->recorded), ==, 0);
	fixture_file(f->dir, "stat", "cpu  1 2 3\nctxt 4\nbtime 1769860800\nprocesses 9\n", -1);
	g_assert_cmpint(nsl_procfs_boot_time(f->recorded), ==, 1769860800);
	fixture_file(f->dir, "stat", "cpu  1 2 3\nbtime -5\n", -1);
	g_assert_cmpint(nsl_procfs_boot_time(f->recorded), ==, 0);
	fixture_file(f->dir, "stat", "cpu  1 2 3\nbtime 99999999999999999999\n", -1);
	g_assert_cmpint(nsl_procfs_boot_time(f->recorded), ==, 0);
	fixture_file(f->dir, "stat", "cpu  1 2 3\nbtime 253402300799\n", -1);
	g_assert_cmpint(nsl_procfs_boot_time(f->recorded), ==, NSL_TIME_MAX);
	fixture_file(f->dir, "stat", "cpu  1 2 3\nbtime 253402300800\n", -1);
	g_assert_cmpint(nsl_procfs_boot_time(f->recorded), ==, 0);
	/* Thousands of CPUs stand before it. */
	for (guint i = 0; i < 8192; i++)
		g_string_append_printf(large, "cpu%u 11111 22222 33333 44444 55555 66666\n", i);
	g_string_append(large, "btime 42\n");
	fixture_file(f->dir, "stat", large->str, -1);
	g_assert_cmpint(nsl_procfs_boot_time(f->recorded), ==, 42);
}

TEST_WITH_FIXTURE(read_ns)
{
	static const char *const wrong[] = {
		"mnt:[4026531833]",
		"net:[0]", /* no inode is 0: that is how "none" is written */
		"nett:[1]",
		"ne:[1]",
		"net:[1",
		"net:[18446744073709551616]",
		"/run/netns/blue",
		"net:[11111111111111111111111111111111111111111111111111111111111111111111111111]",
	};
	guint64 inode = 5;

	for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
		g_autofree char *name = g_strdup_printf("wrong%u", (guint)i);
		g_autofree char *path = g_strdup_printf("7/ns/%s", name);

		fixture_link(f->dir, path, wrong[i]);
		g_assert_cmpint(nsl_process_read_ns(f->seven, name, "net", &inode), ==, -EINVAL);
		g_assert_cmpuint(inode, ==, 5);
	}
	fixture_link(f->dir, "7/ns/net", "net:[4026532676]");
	g_assert_cmpint(nsl_process_read_ns(f->seven, "net", "net", &inode), ==, 0);
	g_assert_cmpuint(inode, ==, 4026532676);
	g_assert_cmpint(nsl_process_read_ns(f->seven, "missing", "net", &inode), ==, -ENOENT);
	fixture_file(f->dir, "7/ns/file", "net:[1]", -1);
	g_assert_cmpint(nsl_process_read_ns(f->seven, "file", "net", &inode), ==, -EINVAL);
}

TEST_WITH_FIXTURE(stat_root)
{
	struct statx found;
	struct stat root;

	g_assert_cmpint(stat("/", &root), ==, 0);
	g_assert_cmpint(nsl_process_stat_root(f->self, STATX_INO, &found), ==, 0);
	g_assert_cmpuint(found.stx_ino, ==, root.st_ino);
	g_assert_cmpint(nsl_process_stat_root(-1, STATX_INO, &found), ==, -EBADF);
}

TEST_WITH_FIXTURE(read_comm)
{
	static const struct {
		const char *text;
		const char *comm;
	} cases[] = {
		{"sh\n", "sh"}, {"sh", "sh"},		{"a\nb\n", "a\nb"},	      {"\n", ""},
		{"", ""},	{"ends\n\n", "ends\n"}, {"\xff\x1b)\n", "\xff\x1b)"},
	};
	char comm[80];

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		fixture_file(f->dir, "7/comm", cases[i].text, -1);
		g_assert_cmpint(nsl_process_read_comm(f->seven, comm, sizeof(comm)), ==, 0);
		g_assert_cmpstr(comm, ==, cases[i].comm);
	}
	fixture_file(f->dir, "7/comm", "0123456789\n", -1);
	g_assert_cmpint(nsl_process_read_comm(f->seven, comm, 5), ==, 0);
	g_assert_cmpstr(comm, ==, "0123");
}

/* `size` bytes of a command line, of which at most `limit` are read. */
static void check_cmdline(const Fixture *f, const char *bytes, gsize size, gsize limit,
			  gsize expected, bool truncated)
{
	g_autoptr(GByteArray) out = g_byte_array_new();

	fixture_file(f->dir, "7/cmdline", bytes, (gssize)size);
	g_byte_array_append(out, (const guint8 *)"before", 6);
	g_assert_cmpint(nsl_process_read_cmdline(f->seven, limit, out), ==, truncated ? 1 : 0);
	g_assert_cmpmem(out->data, 6, "before", 6);
	g_assert_cmpmem(out->data + 6, out->len - 6, bytes, expected);
}

TEST_WITH_FIXTURE(cmdline)
{
	check_cmdline(f, "", 0, 4096, 0, false);
	check_cmdline(f, "\0", 1, 4096, 0, false);
	check_cmdline(f, "\0\0\0\0", 4, 4096, 0, false);
	check_cmdline(f, "sh\0-c\0x\0", 8, 4096, 7, false);
	check_cmdline(f, "sh\0\0\0", 5, 4096, 2, false);
	/* Empty arguments but the last ones stay. */
	check_cmdline(f, "\0\0x\0", 4, 4096, 3, false);
	check_cmdline(f, "sh\0a\nb\0\x1b\xff\0", 10, 4096, 9, false);
	/* One that overwrote its arguments (setproctitle) need not end in NUL. */
	check_cmdline(f, "no end", 6, 4096, 6, false);
}

TEST_WITH_FIXTURE(cmdline_limits)
{
	static const gsize limits[] = {10, 4095, 4096, 4097, 8192, 128 << 10};
	g_autofree char *bytes = g_strnfill(256 << 10, 'c');

	for (gsize i = 0; i < G_N_ELEMENTS(limits); i++) {
		gsize limit = limits[i];

		check_cmdline(f, bytes, limit - 1, limit, limit - 1, false);
		check_cmdline(f, bytes, limit, limit, limit, false);
		check_cmdline(f, bytes, limit + 1, limit, limit, true);
		check_cmdline(f, bytes, 200 << 10, limit, limit, true);
	}
}

/* Of a command line of just the limit, with the NUL that every one ends with, all is there. */
TEST_WITH_FIXTURE(cmdline_limit_nul)
{
	g_autofree char *bytes = g_strnfill(4097, 'c');

	bytes[4096] = '\0';
	check_cmdline(f, bytes, 4097, 4096, 4096, false);
}

TEST_WITH_FIXTURE(missing_files)
{
	g_autoptr(GByteArray) out = g_byte_array_new();
	NslProcessStatus status;
	NslProcessStat stat;
	char comm[80];

	g_assert_cmpint(nsl_procfs_open_process(f->recorded, 9), ==, -ENOENT);
	fixture_file(f->dir, "8", "no directory", -1);
	g_assert_cmpint(nsl_procfs_open_process(f->recorded, 8), ==, -ENOTDIR);
	g_assert_false(nsl_process_exists(f->seven));
	g_assert_cmpint(nsl_process_read_stat(f->seven, &stat), ==, -ENOENT);
	g_assert_cmpint(nsl_process_read_status(f->seven, &status), ==, -ENOENT);
	g_assert_cmpint(nsl_process_read_comm(f->seven, comm, sizeof(comm)), ==, -ENOENT);
	g_assert_cmpint(nsl_process_read_cmdline(f->seven, 10, out), ==, -ENOENT);
	g_assert_cmpuint(out->len, ==, 0);
	fixture_file(f->dir, "7/stat", "nonsense", -1);
	fixture_file(f->dir, "7/status", "nonsense", -1);
	g_assert_true(nsl_process_exists(f->seven));
	g_assert_cmpint(nsl_process_read_stat(f->seven, &stat), ==, -EINVAL);
	g_assert_cmpint(nsl_process_read_status(f->seven, &status), ==, -EINVAL);
}

/* Tens of thousands of groups stand before what is looked for. */
TEST_WITH_FIXTURE(status_large)
{
	NslProcessStatus status;

	for (guint groups = 0; groups <= 65536; groups = groups == 0 ? 512 : groups * 2) {
		g_autoptr(GString) text = g_string_new("Name:\tx\nUid:\t1\t2\t3\t4\nGroups:\t");

		for (guint i = 0; i < groups; i++)
			g_string_append_printf(text, "%u ", 4294900000u + i);
		g_string_append(text, "\nNSpid:\t77\t5\nVmPeak:\t1 kB\n");
		fixture_file(f->dir, "7/status", text->str, -1);
		g_assert_cmpint(nsl_process_read_status(f->seven, &status), ==, 0);
		g_assert_cmpuint(status.euid, ==, 2);
		g_assert_cmpuint(status.n_nspid, ==, 2);
		g_assert_cmpuint(status.nspid[1], ==, 5);
	}
}

TEST_WITH_FIXTURE(own)
{
	g_auto(NslFd) process = nsl_procfs_open_process(f->real, (guint32)getpid());
	g_autoptr(GByteArray) out = g_byte_array_new();
	g_autoptr(GArray) pids = g_array_new(FALSE, FALSE, sizeof(guint32));
	NslProcessStatus status;
	NslProcessStat stat;
	char state = 0;
	guint64 inode = 0;
	g_autofree char *net = g_file_read_link("/proc/self/ns/net", NULL);
	g_autofree char *expected = NULL;
	char comm[80];
	bool listed = false;

	g_assert_cmpint(process, >=, 0);
	g_assert_cmpint(fcntl(process, F_GETFD), ==, FD_CLOEXEC);
	g_assert_true(nsl_process_exists(process));
	g_assert_cmpint(prctl(PR_SET_NAME, "a) S 9\n("), ==, 0);
	g_assert_cmpint(nsl_process_read_comm(process, comm, sizeof(comm)), ==, 0);
	g_assert_cmpstr(comm, ==, "a) S 9\n(");
	g_assert_cmpint(nsl_process_read_stat(process, &stat), ==, 0);
	g_assert_cmpstr(stat.comm, ==, "a) S 9\n(");
	g_assert_cmpint(stat.state, ==, 'R');
	g_assert_cmpuint(stat.ppid, ==, (guint32)getppid());
	g_assert_false(stat.kthread);
	g_assert_cmpint(nsl_process_read_status(process, &status), ==, 0);
	g_assert_cmpuint(status.euid, ==, geteuid());
	g_assert_cmpuint(status.n_nspid, >=, 1);
	g_assert_cmpuint(status.nspid[0], ==, (guint32)getpid());
	g_assert_cmpint(nsl_process_read_ns(process, "net", "net", &inode), ==, 0);
	expected = g_strdup_printf("net:[%" G_GUINT64_FORMAT "]", inode);
	g_assert_cmpstr(net, ==, expected);
	g_assert_cmpint(nsl_process_read_cmdline(process, 4096, out), ==, 0);
	g_byte_array_append(out, (const guint8 *)"", 1);
	g_assert_nonnull(strstr((char *)out->data, "test_procfs"));
	g_assert_cmpint(nsl_procfs_list(f->real, pids), ==, 0);
	for (guint i = 0; i < pids->len; i++) {
		listed = listed || g_array_index(pids, guint32, i) == (guint32)getpid();
		if (i > 0)
			g_assert_cmpuint(g_array_index(pids, guint32, i - 1), <,
					 g_array_index(pids, guint32, i));
	}
	g_assert_true(listed);
	g_assert_cmpint(nsl_task_read_state(f->real, getpid(), &state), ==, 0);
	g_assert_cmpint(state, ==, 'R');
	/* This program and the C library take more than a megabyte. */
	g_assert_cmpuint(nsl_procfs_own_size(f->real), >, 1u << 20);
}

TEST_WITH_FIXTURE(count_tasks)
{
	g_assert_cmpuint(nsl_procfs_count_tasks(f->recorded), ==, 0);
	fixture_file(f->dir, "loadavg", "0.00 0.01 0.05 12/345 6789\n", -1);
	g_assert_cmpuint(nsl_procfs_count_tasks(f->recorded), ==, 345);
	fixture_file(f->dir, "loadavg", "0.00 1\n", -1);
	g_assert_cmpuint(nsl_procfs_count_tasks(f->recorded), ==, 0);
}

/* Seconds since boot and the clock agree with the time of boot, to a few seconds. */
TEST_WITH_FIXTURE(own_boot_time)
{
	gint64 boot = nsl_procfs_boot_time(f->real);
	g_autofree char *line = nsl_procfs_read_line(f->real, "uptime");
	double uptime = g_ascii_strtod(line, NULL);
	double now = (double)g_get_real_time() / G_USEC_PER_SEC;

	g_assert_cmpfloat(ABS(now - uptime - (double)boot), <, 5);
}

/* A zombie: its directory is there, its namespaces are not, and it answers nothing else. */
TEST_WITH_FIXTURE(zombie)
{
	g_autoptr(GByteArray) out = g_byte_array_new();
	g_auto(NslFd) process = -1;
	siginfo_t info;
	guint64 inode;
	NslProcessStat stat;
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	g_assert_cmpint(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), ==, 0);
	process = nsl_procfs_open_process(f->real, (guint32)pid);
	g_assert_cmpint(process, >=, 0);
	g_assert_true(nsl_process_exists(process));
	g_assert_cmpint(nsl_process_read_ns(process, "net", "net", &inode), ==, -ENOENT);
	g_assert_cmpint(nsl_process_read_stat(process, &stat), ==, 0);
	g_assert_cmpint(stat.state, ==, 'Z');
	g_assert_cmpint(nsl_process_read_cmdline(process, 4096, out), ==, 0);
	g_assert_cmpuint(out->len, ==, 0);
	fixture_wait(pid, 0);
	/* Now it is gone: nothing read through its directory is another's. */
	g_assert_false(nsl_process_exists(process));
	g_assert_true(nsl_is_gone(nsl_process_read_stat(process, &stat)));
}

/* From now on the kernel refuses this process to read and open links. */
static bool refuse_links(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_readlinkat, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {.len = G_N_ELEMENTS(filter), .filter = filter};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/*
 * A link that is found before its process exits, and read after that, says EACCES: a process that
 * has exited is told from one that may not be read.
 */
TEST_WITH_FIXTURE(denied_or_gone)
{
	pid_t pid = fixture_sleeper();
	g_auto(NslFd) gone = nsl_procfs_open_process(f->real, (guint32)pid);
	pid_t child;
	int status;

	fixture_end(pid);
	child = fork();
	if (child == 0) {
		guint64 inode;

		if (!refuse_links())
			_exit(77);
		_exit(nsl_process_read_ns(gone, "net", "net", &inode) == -ESRCH &&
				      nsl_process_open_ns(gone, "net") == -ESRCH &&
				      nsl_process_read_ns(f->self, "net", "net", &inode) ==
					      -EACCES &&
				      nsl_process_open_ns(f->self, "net") == -EACCES
			      ? 0
			      : 1);
	}
	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	g_assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		g_test_skip("missing: filters of system calls (seccomp)");
	else
		g_assert_cmpint(WEXITSTATUS(status), ==, 0);
}

/* Anybody can have more file locks than fdinfo's reader has room for; the inode tells all the same.
 */
TEST_WITH_FIXTURE(fdinfo_locks)
{
	g_auto(NslFd) fds = nsl_process_open_fds(f->self);
	g_autofree char *path = fixture_path(f->dir, "file");
	g_auto(NslFd) file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	NslFdInfo info = {0};
	struct statx found;
	struct stat wanted;
	int result = 0;
	guint locks = 0;

	g_assert_cmpint(fstat(file, &wanted), ==, 0);
	for (; result == 0 && locks < 1000; locks++) {
		struct flock lock = {.l_type = F_WRLCK, .l_start = 2L * locks, .l_len = 1};

		g_assert_cmpint(nsl_fds_stat(fds, (guint32)file, &found), ==, 0);
		g_assert_true(S_ISREG(found.stx_mode));
		g_assert_cmpint(fcntl(file, F_SETLK, &lock), ==, 0);
		result = nsl_fds_read_info(fds, (guint32)file, &info);
		if (result == 0 && info.inode != 0)
			g_assert_cmpuint(info.inode, ==, wanted.st_ino);
	}
	g_assert_cmpint(result, ==, -EFBIG);
	g_assert_cmpuint(locks, >, 3);
	g_assert_cmpint(nsl_fds_stat(fds, 987654, &found), ==, -ENOENT);
}

/* A copy is the same socket. */
TEST_WITH_FIXTURE(pidfd_get)
{
	g_auto(NslFd) own = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	g_auto(NslFd) pidfd = nsl_pidfd_open(f->self, (guint32)getpid(), false);
	g_auto(NslFd) copy = pidfd < 0 ? pidfd : nsl_pidfd_get(pidfd, own);
	struct stat a;
	struct stat b;

	if (copy == -ENOSYS || copy == -EPERM) {
		g_test_skip("no pidfd_getfd(2) (Linux 5.6), or it is not allowed");
		return;
	}
	g_assert_cmpint(copy, >=, 0);
	g_assert_cmpint(fstat(own, &a), ==, 0);
	g_assert_cmpint(fstat(copy, &b), ==, 0);
	g_assert_cmpuint(a.st_ino, ==, b.st_ino);
	g_assert_cmpint(nsl_pidfd_get(pidfd, 987654), ==, -ENOENT);
}

/* A PID that is nobody's; and one that may be another process's by now. */
TEST_WITH_FIXTURE(pidfd_gone)
{
	g_auto(NslFd) task = -1;
	guint before;
	int ends[2];
	pid_t child;
	char byte;

	g_assert_cmpint(pipe(ends), ==, 0);
	child = fork();
	if (child == 0) {
		close(ends[1]);
		_exit(read(ends[0], &byte, 1) < 0);
	}
	close(ends[0]);
	task = nsl_procfs_open_process(f->real, (guint32)child);
	g_assert_cmpint(task, >=, 0);
	close(ends[1]);
	fixture_wait(child, 0);
	before = fixture_count_fds();
	g_assert_cmpint(nsl_pidfd_open(f->self, (guint32)child, false), ==, -ESRCH);
	g_assert_cmpint(nsl_pidfd_open(task, (guint32)getpid(), false), ==, -ESRCH);
	g_assert_cmpuint(fixture_count_fds(), ==, before);
}

/* A child that was forked has a table of open files of its own. */
TEST(share_fds)
{
	guint32 own = (guint32)getpid();
	pid_t child;
	int same = nsl_tasks_share_fds(own, own);

	if (same == -ENOSYS || same == -EPERM) {
		g_test_skip("no kcmp(2), or it is not allowed");
		return;
	}
	g_assert_cmpint(same, ==, 1);
	child = fixture_sleeper();
	g_assert_cmpint(nsl_tasks_share_fds(own, (guint32)child), ==, 0);
	fixture_end(child);
	g_assert_cmpint(nsl_tasks_share_fds(own, (guint32)child), ==, -ESRCH);
}

/* ID maps and clock offsets, as files. */
TEST_WITH_FIXTURE(id_maps)
{
	g_autofree char *large = g_strnfill(20000, ' ');
	g_autoptr(GArray) uids = g_array_new(FALSE, FALSE, sizeof(NslIdRange));
	g_autoptr(GArray) gids = g_array_new(FALSE, FALSE, sizeof(NslIdRange));
	NslTimeOffsets offsets;

	fixture_file(f->dir, "7/uid_map", "0 5 6\n", -1);
	fixture_file(f->dir, "7/gid_map", large, -1);
	g_assert_cmpint(nsl_process_read_id_map(f->seven, false, uids), ==, 0);
	g_assert_cmpuint(uids->len, ==, 1);
	g_assert_cmpint(nsl_process_read_id_map(f->seven, true, gids), ==, -EFBIG);
	g_assert_cmpint(nsl_process_read_time_offsets(f->seven, &offsets), ==, -ENOENT);
	fixture_file(f->dir, "7/timens_offsets", "who knows\n", -1);
	g_assert_cmpint(nsl_process_read_time_offsets(f->seven, &offsets), ==, -EINVAL);
}

/* What has a PID in front is found by it. */
TEST(pid_find)
{
	static const NslProcfsEntry entries[] = {{7, 70}, {9, 90}, {4194304, 1}, {8, 80}};
	g_autoptr(GArray) array = g_array_new(FALSE, FALSE, sizeof(NslProcfsEntry));
	const NslProcfsEntry *found;

	g_assert_null(nsl_pid_find(array, 7));
	g_array_append_vals(array, entries, G_N_ELEMENTS(entries));
	g_array_sort(array, nsl_pid_compare);
	for (gsize i = 0; i < G_N_ELEMENTS(entries); i++) {
		found = nsl_pid_find(array, entries[i].pid);
		g_assert_nonnull(found);
		g_assert_cmpuint(found->inode, ==, entries[i].inode);
	}
	g_assert_null(nsl_pid_find(array, 6));
	g_assert_null(nsl_pid_find(array, 10));
	g_assert_null(nsl_pid_find(array, G_MAXUINT32));
}

/* In order, and small enough to be made microseconds of, whatever a recorded procfs says. */
TEST(starts)
{
	guint64 last = G_MAXUINT64 / nsl_procfs_tick();
	gint64 earliest = nsl_procfs_start(G_MAXINT64 / nsl_procfs_tick() + 1);

	g_assert_cmpint(nsl_procfs_start(5), ==, 5);
	g_assert_cmpint(nsl_procfs_start(last), ==, -1);
	g_assert_cmpint(nsl_procfs_start(last - 5), ==, -6);
	g_assert_cmpint(nsl_procfs_start(G_MAXUINT64), <, earliest);
	g_assert_cmpint(nsl_procfs_start(G_MAXUINT64), >=,
			G_MININT64 / (G_USEC_PER_SEC / sysconf(_SC_CLK_TCK)));
}
