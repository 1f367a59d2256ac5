/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the unit tests have in common: snapshots built by hand, recorded procfs trees in a temporary
 * directory, functions that are run in a process of their own, and formats caught in a string. Each
 * test uses some of it: hence inline functions. Failures are GTest's assertions.
 */
#pragma once

#include "test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <linux/btf.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/btf.h"
#include "base/procfs.h"
#include "base/sys.h"
#include "model/snapshot.h"
#include "options.h"
#include "report/format.h"

/* Whether a sanitizer has the memory: it maps terabytes, and its malloc(3) does not fail. */
#if defined(__SANITIZE_ADDRESS__)
#define FIXTURE_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FIXTURE_SANITIZED 1
#endif
#endif
#ifndef FIXTURE_SANITIZED
#define FIXTURE_SANITIZED 0
#endif

/* Whether nothing forbids BPF: neither rights nor the kernel nor a PID namespace. */
static inline bool fixture_may_use_bpf(void)
{
	g_autofree char *pids = g_file_read_link("/proc/self/ns/pid", NULL);

	return geteuid() == 0 && prctl(PR_CAPBSET_READ, 21 /* CAP_SYS_ADMIN */, 0, 0, 0) == 1 &&
	       g_strcmp0(pids, "pid:[4026531836]") == 0 &&
	       g_file_test("/sys/kernel/btf/vmlinux", G_FILE_TEST_EXISTS);
}

/* True: it may not, and the test is skipped. */
static inline bool fixture_lacks_bpf(void)
{
	if (fixture_may_use_bpf())
		return false;
	g_test_skip("missing: the right to load BPF programs, the kernel's BTF, or the first PID "
		    "namespace");
	return true;
}

/* Of a kernel that has none of the structures that are looked for. Transfer full. */
static inline NslBtf *fixture_strange_btf(void)
{
	guint32 words[8] = {0};
	struct btf_header header = {.magic = BTF_MAGIC,
				    .version = BTF_VERSION,
				    .hdr_len = sizeof(header),
				    .str_len = 1};
	NslBtf *btf = NULL;

	memcpy(words, &header, sizeof(header));
	g_assert_cmpint(nsl_btf_parse((guint8 *)words, sizeof(words), &btf), ==, 0);
	return btf;
}

/* Of the snapshots below, the root namespace of each type. */
static inline guint64 fixture_root(NslNsType type)
{
	return G_GUINT64_CONSTANT(4026531834) + type;
}

static inline NslSnapshot *fixture_snapshot(void)
{
	NslSnapshot *snapshot = nsl_snapshot_new();

	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		snapshot->root[type] = fixture_root(type);
	snapshot->reference = NSL_REFERENCE_PID1;
	return snapshot;
}

/* A process in no namespace yet; by ascending PID. `command` may be NULL. */
static inline NslProcess *fixture_process(NslSnapshot *snapshot, guint32 pid, const char *command)
{
	NslProcess *process = nsl_snapshot_add_process(snapshot, pid);

	process->command = g_strdup(command);
	return process;
}

static inline NslNamespace *fixture_join(NslSnapshot *snapshot, NslProcess *process, NslNsType type,
					 guint64 inode)
{
	NslNamespace *ns = nsl_snapshot_add(snapshot, type, inode);

	nsl_process_join(process, ns);
	return ns;
}

/* The root namespaces of all types that the process has none of. */
static inline void fixture_join_roots(NslSnapshot *snapshot, NslProcess *process)
{
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		if (!process->ns[type])
			fixture_join(snapshot, process, type, fixture_root(type));
}

static inline NslNamespace *fixture_for_children(NslSnapshot *snapshot, NslProcess *process,
						 NslNsType type, guint64 inode)
{
	NslNamespace *ns = nsl_snapshot_add(snapshot, type, inode);

	nsl_process_unshare_children(process, ns);
	nsl_namespace_add_holder(
		ns, &(NslHolder){.kind = NSL_HOLDER_FOR_CHILDREN, .pid = process->pid});
	return ns;
}

/* A mount at this path, in a mount namespace (0: it is not known which). */
static inline void fixture_mounted(NslNamespace *ns, const char *path, guint64 mnt_ns)
{
	nsl_namespace_add_holder(
		ns, &(NslHolder){.kind = NSL_HOLDER_MOUNT, .path = (char *)path, .mnt_ns = mnt_ns});
}

/* A container with this key; strings may be NULL. Processes enter by ascending PID. */
static inline NslContainer *fixture_container(NslSnapshot *snapshot, const char *key,
					      const char *runtime, const char *id, const char *name)
{
	NslContainer *container = nsl_snapshot_add_container(snapshot, runtime);

	container->key = g_strdup(key);
	container->identity.id = g_strdup(id);
	container->identity.name = g_strdup(name);
	return container;
}

/* "pid,held-by": what --output makes of it. */
static inline GArray *fixture_columns(const char *list)
{
	GArray *columns = g_array_new(FALSE, FALSE, sizeof(NslColumn));
	g_auto(GStrv) names = g_strsplit(list, ",", -1);

	for (char **name = names; *name; name++) {
		NslColumn column = nsl_column_find(*name);

		g_assert_cmpint(column, <, NSL_COLUMN_COUNT);
		g_array_append_val(columns, column);
	}
	return columns;
}

/* What a format writes about the selection, NULL: everything. Transfer full. */
static inline char *fixture_write_format(NslFormat format, const NslSnapshot *snapshot,
					 NslSelection *selection, const NslStyle *style)
{
	g_autoptr(NslSelection) all = nsl_selection_new();
	g_autoptr(NslView) view = nsl_view_new(snapshot, selection ? selection : all);
	g_auto(NslFd) fd = memfd_create("output", MFD_CLOEXEC);
	g_autoptr(NslOutput) output = nsl_output_new(fd);
	NslStyle written = *style;
	char *text;
	off_t size;

	g_assert_cmpint(fd, >=, 0);
	written.format = format;
	if (nsl_formats[format].writing != NSL_WRITING_LINES)
		written.writing = nsl_formats[format].writing;
	nsl_formats[format].write(view, &written, output);
	g_assert_cmpint(nsl_output_finish(output), ==, 0);
	size = lseek(fd, 0, SEEK_END);
	text = g_malloc((gsize)size + 1);
	g_assert_cmpint(pread(fd, text, (gsize)size, 0), ==, size);
	text[size] = '\0';
	return text;
}

/* What these options and selectors, with a blank between, select; NULL: all. Transfer full. */
static inline NslSelection *fixture_select(const char *words)
{
	g_autofree char *line = g_strjoin(" ", "nslist", words, NULL);
	g_auto(GStrv) argv = g_strsplit(line, " ", -1);
	g_autoptr(GError) error = NULL;
	g_autoptr(NslOptions) options = nsl_options_parse((int)g_strv_length(argv), argv, &error);

	NslSelection *selection;

	g_assert_no_error(error);
	selection = options->selection;
	options->selection = nsl_selection_new();
	return selection;
}

/* What a format writes of it, with these columns; NULL: with its own. Transfer full. */
static inline char *fixture_write(NslFormat format, const NslSnapshot *snapshot, const char *words,
				  const char *columns, NslStyle style)
{
	g_autoptr(NslSelection) selection = fixture_select(words);
	g_autoptr(GArray) output = columns ? fixture_columns(columns) : NULL;

	style.output = output;
	return fixture_write_format(format, snapshot, selection, &style);
}

static inline void fixture_check(NslFormat format, const NslSnapshot *snapshot, const char *words,
				 const char *columns, NslStyle style, const char *expected)
{
	g_autofree char *text = fixture_write(format, snapshot, words, columns, style);

	g_assert_cmpstr(text, ==, expected);
}

static inline void fixture_remove_at(int parent, const char *name)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	const struct dirent *entry;
	DIR *dir;

	if (fd < 0) {
		g_assert_cmpint(unlinkat(parent, name, 0), ==, 0);
		return;
	}
	dir = fdopendir(fd);
	g_assert_nonnull(dir);
	while ((entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			fixture_remove_at(dirfd(dir), entry->d_name);
	closedir(dir);
	g_assert_cmpint(unlinkat(parent, name, AT_REMOVEDIR), ==, 0);
}

/* Takes the directory and its name (transfer full). */
static inline void fixture_remove(char *dir)
{
	fixture_remove_at(AT_FDCWD, dir);
	g_free(dir);
}

/* An empty directory; g_auto(FixtureDir) takes it away. Transfer full. */
typedef char *FixtureDir;

G_DEFINE_AUTO_CLEANUP_FREE_FUNC(FixtureDir, fixture_remove, NULL)

static inline FixtureDir fixture_directory(void)
{
	g_autoptr(GError) error = NULL;
	char *dir = g_dir_make_tmp("nslist-unit-XXXXXX", &error);

	g_assert_no_error(error);
	return dir;
}

static inline char *fixture_path(const char *dir, const char *path)
{
	g_autofree char *whole = g_build_filename(dir, path, NULL);
	g_autofree char *parent = g_path_get_dirname(whole);

	g_assert_cmpint(g_mkdir_with_parents(parent, 0755), ==, 0);
	return g_steal_pointer(&whole);
}

/* A file with these bytes, -1: up to the NUL; the folders above it are made. */
static inline void fixture_file(const char *dir, const char *path, const char *bytes, gssize size)
{
	g_autofree char *whole = fixture_path(dir, path);
	g_autoptr(GError) error = NULL;

	g_file_set_contents(whole, bytes, size, &error);
	g_assert_no_error(error);
}

static inline void fixture_link(const char *dir, const char *path, const char *target)
{
	g_autofree char *whole = fixture_path(dir, path);

	g_assert_cmpint(symlink(target, whole), ==, 0);
}

/* A folder without files. */
static inline void fixture_folder(const char *dir, const char *path)
{
	g_autofree char *whole = fixture_path(dir, path);

	g_assert_cmpint(mkdir(whole, 0755), ==, 0);
}

static inline void fixture_unlink(const char *dir, const char *path)
{
	g_autofree char *whole = g_build_filename(dir, path, NULL);

	g_assert_cmpint(unlink(whole), ==, 0);
}

/* A link that may not be read: what is no link gives an error too, and to root as well. */
static inline void fixture_unreadable(const char *dir, guint32 pid, const char *name)
{
	g_autofree char *path = g_strdup_printf("%u/ns/%s", pid, name);

	fixture_unlink(dir, path);
	fixture_folder(dir, path);
}

/* A link of a recorded process: 7, "pid_for_children", pid, 4026532583. */
static inline void fixture_ns_link(const char *dir, guint32 pid, const char *name, NslNsType type,
				   guint64 inode)
{
	g_autofree char *path = g_strdup_printf("%u/ns/%s", pid, name);
	g_autofree char *target =
		g_strdup_printf("%s:[%" G_GUINT64_FORMAT "]", nsl_nstypes[type].name, inode);

	fixture_link(dir, path, target);
}

/* A namespace that a recorded process is in, where it is not the root one. */
typedef struct FixtureNs {
	NslNsType type;
	guint64 inode;
} FixtureNs;

/*
 * A recorded process, in the root namespaces but for `others` (which end with inode 0; may be
 * NULL). `size` bytes of command line; -1: up to the NUL.
 */
static inline void fixture_record(const char *dir, guint32 pid, const char *comm,
				  const char *command, gssize size, const FixtureNs *others)
{
	g_autofree char *comm_path = g_strdup_printf("%u/comm", pid);
	g_autofree char *comm_text = g_strdup_printf("%s\n", comm);
	g_autofree char *command_path = g_strdup_printf("%u/cmdline", pid);
	g_autofree char *stat_path = g_strdup_printf("%u/stat", pid);
	g_autofree char *stat = g_strdup_printf("%u (%s) S 1 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 "
						"1 0 4242 1000 10\n",
						pid, comm);

	fixture_file(dir, comm_path, comm_text, -1);
	fixture_file(dir, command_path, command, size);
	fixture_file(dir, stat_path, stat, -1);
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
		guint64 inode = fixture_root(type);

		for (const FixtureNs *other = others; other && other->inode != 0; other++)
			if (other->type == type)
				inode = other->inode;
		fixture_ns_link(dir, pid, nsl_nstypes[type].name, type, inode);
		if (type == NSL_NSTYPE_PID)
			fixture_ns_link(dir, pid, "pid_for_children", type, inode);
		if (type == NSL_NSTYPE_TIME)
			fixture_ns_link(dir, pid, "time_for_children", type, inode);
	}
}

static inline NslProcfs *fixture_open(const char *dir)
{
	g_autoptr(GError) error = NULL;
	NslProcfs *procfs = nsl_procfs_open(dir, &error);

	g_assert_no_error(error);
	return procfs;
}

/* That a child ends, with this status of waitpid(2). */
static inline void fixture_wait(pid_t pid, int expected)
{
	int status;

	g_assert_cmpint(pid, >, 0);
	g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
	g_assert_cmpint(status, ==, expected);
}

/*
 * Calls `check` in a child of its own, in which it may assert, close descriptors and give up
 * privileges; the test fails where it does. It may take 60 seconds.
 */
static inline void fixture_in_child(void (*check)(gpointer data), gpointer data)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		alarm(60);
		check(data);
		_exit(0);
	}
	fixture_wait(pid, 0);
}

/* A child that does nothing, until fixture_end(). */
static inline pid_t fixture_sleeper(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* the test may fail before fixture_end() */
		for (;;)
			pause();
	}
	g_assert_cmpint(pid, >, 0);
	return pid;
}

static inline void fixture_end(pid_t pid)
{
	g_assert_cmpint(kill(pid, SIGKILL), ==, 0);
	fixture_wait(pid, SIGKILL);
}

/* The one thing that could not be read. */
static inline const NslIssue *fixture_only_issue(const NslSnapshot *snapshot, NslSource source,
						 const char *code, guint count)
{
	const NslIssue *issue;

	g_assert_cmpuint(snapshot->issues->len, ==, 1);
	issue = g_ptr_array_index(snapshot->issues, 0);
	g_assert_cmpint(issue->source, ==, source);
	g_assert_cmpstr(issue->code, ==, code);
	g_assert_cmpuint(issue->count, ==, count);
	g_assert_cmpint(snapshot->coverage[source], ==, NSL_COVERAGE_PARTIAL);
	return issue;
}

static guint fixture_n_forks;

static inline void fixture_note_fork(void)
{
	fixture_n_forks++;
}

/* How many processes this one has forked since the first call. */
static inline guint fixture_count_forks(void)
{
	static bool counting;

	if (!counting)
		g_assert_cmpint(pthread_atfork(fixture_note_fork, NULL, NULL), ==, 0);
	counting = true;
	return fixture_n_forks;
}

static inline guint fixture_count_fds(void)
{
	g_autoptr(GDir) dir = g_dir_open("/proc/self/fd", 0, NULL);
	guint n = 0;

	g_assert_nonnull(dir);
	while (g_dir_read_name(dir))
		n++;
	return n - 1;
}
