/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The reader of /proc: see procfs.h.
 */
#include "base/procfs.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>

#define CGROUP_LIMIT (64u << 10)
#define STATUS_LIMIT (1u << 20) /* 65,536 groups (NGROUPS_MAX) of up to 10 digits, and the rest */

/* The same numbers on every architecture. */
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434 /* Linux 5.3 */
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438 /* Linux 5.6 */
#endif
#ifndef PIDFD_THREAD
#define PIDFD_THREAD O_EXCL /* Linux 6.9 */
#endif
#define KCMP_FILES 2 /* include/uapi/linux/kcmp.h */

/* From the descriptor of a process (see procfs.h) to its other files. */
#define PROCESS "../"

/*
 * How files are opened. In procfs none of them is a link; in a recorded one a link would lead to
 * any file or device of the system that reads it.
 */
#define READ (O_RDONLY | O_NONBLOCK | O_NOFOLLOW)

/* Reads a whole file as text: its size; -EFBIG: it is cut off; or another -errno: it is empty. */
static ssize_t read_text(int dir, const char *path, char *text, gsize size)
{
	g_auto(NslFd) fd = nsl_fd_openat_same_mount(dir, path, READ);
	ssize_t got = fd < 0 ? fd : nsl_fd_read(fd, text, size - 1);

	text[MAX(got, 0)] = '\0';
	return got < (ssize_t)size - 1 ? got : -EFBIG;
}

guint32 nsl_procfs_self(const NslProcfs *procfs)
{
	char text[32];
	ssize_t size = readlinkat(procfs->fd, "self", text, sizeof(text));
	guint64 pid = 0;

	if (size > 0)
		nsl_parse_number(text, (gsize)size, NSL_PID_MAX, &pid);
	return (guint32)pid;
}

NslProcfs *nsl_procfs_open(const char *path, GError **error)
{
	g_autoptr(NslProcfs) procfs = g_new0(NslProcfs, 1);
	struct statfs fs;

	procfs->path = g_strdup(path ? path : "/proc");
	procfs->root = -1;
	procfs->root_error = -EXDEV;
	procfs->fd = nsl_fd_openat(AT_FDCWD, procfs->path, O_RDONLY | O_DIRECTORY);
	if (procfs->fd < 0 || fstatfs(procfs->fd, &fs) < 0) {
		nsl_fail(error, procfs->fd < 0 ? procfs->fd : -errno, "%s", procfs->path);
		return NULL;
	}
	procfs->real = fs.f_type == PROC_SUPER_MAGIC;
	procfs->local = procfs->real && nsl_procfs_self(procfs) == (guint32)getpid();
	if (procfs->local)
		procfs->root = nsl_fd_openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY);
	return g_steal_pointer(&procfs);
}

void nsl_procfs_free(NslProcfs *procfs)
{
	if (!procfs)
		return;
	nsl_fd_close(procfs->fd);
	nsl_fd_close(procfs->root);
	g_free(procfs->path);
	g_free(procfs);
}

gint nsl_pid_compare(gconstpointer a, gconstpointer b)
{
	const guint32 *x = a;
	const guint32 *y = b;

	return (*x > *y) - (*x < *y);
}

gpointer nsl_pid_find(const GArray *sorted, guint32 pid)
{
	gsize size = g_array_get_element_size((GArray *)sorted);

	return sorted->len == 0 ? NULL
				: bsearch(&pid, sorted->data, sorted->len, size, nsl_pid_compare);
}

/*
 * Appends the numbers that are names in a directory, ascending: all of NslProcfsEntry, or only the
 * number that it begins with, as large as an element of the array is. 0 or -errno. Not by
 * opendir(3), which asks the kernel three things more of each directory.
 */
static int list_numbers(int at, const char *path, guint64 min, guint64 max, GArray *numbers)
{
	/* A descriptor of its own: the directory's offset belongs to whoever opened it. */
	g_auto(NslFd) fd = nsl_fd_openat_same_mount(at, path, O_RDONLY | O_DIRECTORY);
	_Alignas(struct dirent64) char bytes[16384];
	ssize_t size = fd;
	guint64 last = 0;
	bool sorted = true;

	while (fd >= 0 && (size = getdents64(fd, bytes, sizeof(bytes))) > 0) {
		const struct dirent64 *found;

		for (const char *next = bytes; next < bytes + size; next += found->d_reclen) {
			NslProcfsEntry entry;
			guint64 number;

			found = (const void *)next;
			/* In a recorded procfs there may be a "007" beside the "7". */
			if (!nsl_parse_number(found->d_name, strlen(found->d_name), max, &number) ||
			    number < min || (found->d_name[0] == '0' && found->d_name[1]))
				continue;
			entry = (NslProcfsEntry){(guint32)number, found->d_ino};
			sorted = sorted && number >= last;
			last = number;
			g_array_append_vals(numbers, &entry, 1);
		}
	}
	if (fd >= 0 && size < 0)
		size = -errno;
	if (!sorted)
		g_array_sort(numbers, nsl_pid_compare);
	return (int)size;
}

int nsl_procfs_list_entries(const NslProcfs *procfs, GArray *entries)
{
	int result = nsl_procfs_list(procfs, entries);
	const NslProcfsEntry *own = nsl_pid_find(entries, nsl_procfs_self(procfs));
	g_auto(NslFd) self = nsl_fd_openat_same_mount(procfs->fd, "self", O_PATH | O_DIRECTORY);
	struct stat status;
	/* The caller's inode number in the listing has to be that of its directory. */
	bool known = procfs->real && own && self >= 0 && fstat(self, &status) == 0 &&
		     own->inode == status.st_ino;

	for (guint i = 0; !known && i < entries->len; i++)
		g_array_index(entries, NslProcfsEntry, i).inode = 0;
	return result;
}

int nsl_procfs_list(const NslProcfs *procfs, GArray *pids)
{
	return list_numbers(procfs->fd, ".", 1, NSL_PID_MAX, pids);
}

guint nsl_procfs_count_tasks(const NslProcfs *procfs)
{
	char text[128]; /* "0.00 0.01 0.05 12/345 6789" */
	guint64 number = 0;

	read_text(procfs->fd, "loadavg", text, sizeof(text));
	nsl_parse_next_number(nsl_parse_find_key(text, "/"), NSL_PID_MAX, &number);
	return (guint)number;
}

int nsl_procfs_open_process(const NslProcfs *procfs, guint32 pid)
{
	char name[24];

	snprintf(name, sizeof(name), "%u/ns", pid);
	return nsl_fd_openat_same_mount(procfs->fd, name, O_PATH | O_DIRECTORY);
}

bool nsl_procfs_has_recorded(const NslProcfs *procfs, guint32 pid)
{
	char name[16];
	struct stat unused;

	snprintf(name, sizeof(name), "%u", pid);
	return !procfs->real && fstatat(procfs->fd, name, &unused, AT_SYMLINK_NOFOLLOW) == 0;
}

bool nsl_procfs_hides(const NslProcfs *procfs, guint32 pid)
{
	g_auto(NslFd) process = nsl_procfs_open_process(procfs, pid);

	return procfs->local && nsl_is_gone(process) &&
	       (kill((pid_t)pid, 0) == 0 || errno == EPERM);
}

int nsl_procfs_open_self(const NslProcfs *procfs)
{
	return nsl_fd_openat_same_mount(procfs->fd, "self/ns", O_PATH | O_DIRECTORY);
}

guint64 nsl_procfs_own_ns(const NslProcfs *procfs, const char *type)
{
	g_auto(NslFd) self = nsl_procfs_open_self(procfs);
	guint64 inode = 0;

	if (self >= 0)
		nsl_process_read_ns(self, type, type, &inode);
	return inode;
}

char *nsl_procfs_read_line(const NslProcfs *procfs, const char *path)
{
	char text[4097];
	ssize_t size = nsl_fd_read_text(procfs->fd, path, O_NOFOLLOW, text, sizeof(text));

	return size > 0 ? g_strndup(text, strcspn(text, "\n")) : NULL;
}

gint64 nsl_procfs_boot_time(const NslProcfs *procfs)
{
	/* A line a CPU comes first, and one number an interrupt: the largest have 2 MiB of it. */
	gsize size = 4 << 20;
	g_autofree char *text = g_malloc(size);
	guint64 seconds = 0;

	nsl_fd_read_text(procfs->fd, "stat", O_NOFOLLOW, text, size);
	nsl_parse_next_number(nsl_parse_find_key(text, "\nbtime "), NSL_TIME_MAX, &seconds);
	return (gint64)seconds;
}

bool nsl_process_exists(int process)
{
	struct stat unused;

	return fstatat(process, PROCESS "stat", &unused, AT_SYMLINK_NOFOLLOW) == 0 ||
	       !nsl_is_gone(-errno);
}

/* A link that was found just before its process exited says EACCES (proc_ns_get_link()). */
static int link_result(int process, int result)
{
	return result == -EACCES && !nsl_process_exists(process) ? -ESRCH : result;
}

int nsl_process_read_ns(int process, const char *name, const char *type, guint64 *ret_inode)
{
	char text[64];
	ssize_t size = readlinkat(process, name, text, sizeof(text));
	gsize type_size;
	guint64 inode;

	if (size < 0)
		return link_result(process, -errno);
	if (!nsl_parse_ns_link(text, (gsize)size, &type_size, &inode) ||
	    type_size != strlen(type) || memcmp(text, type, type_size) != 0 || inode == 0)
		return -EINVAL;
	*ret_inode = inode;
	return 0;
}

int nsl_process_open_thread(int process, guint32 tid)
{
	char name[48];

	snprintf(name, sizeof(name), PROCESS "task/%u/ns", tid);
	return nsl_fd_openat_same_mount(process, name, O_PATH | O_DIRECTORY);
}

int nsl_process_count_threads(int process)
{
	struct stat task;

	/* Its links are those of any directory, and one a thread (proc_task_getattr()). */
	if (fstatat(process, PROCESS "task", &task, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return task.st_nlink > 2 ? (int)task.st_nlink - 2 : 0;
}

int nsl_process_list_threads(int process, GArray *tids)
{
	return list_numbers(process, PROCESS "task", 1, NSL_PID_MAX, tids);
}

int nsl_process_open_fds(int process)
{
	return nsl_fd_openat_same_mount(process, PROCESS "fd", O_RDONLY | O_DIRECTORY);
}

int nsl_fds_list(int fds, GArray *numbers)
{
	return list_numbers(fds, ".", 0, G_MAXINT32, numbers);
}

ssize_t nsl_fds_read_link(int fds, guint32 number, char *text, gsize size)
{
	char name[16];
	ssize_t length;

	snprintf(name, sizeof(name), "%u", number);
	length = readlinkat(fds, name, text, size);
	return length < 0 ? -errno : length;
}

int nsl_fds_read_info(int fds, guint32 number, NslFdInfo *ret_info)
{
	char name[32];
	char text[1024];
	ssize_t size;

	snprintf(name, sizeof(name), "../fdinfo/%u", number);
	size = read_text(fds, name, text, sizeof(text));
	return size < 0 ? (int)size : nsl_parse_fdinfo(text, ret_info) ? 0 : -EINVAL;
}

int nsl_fds_stat(int fds, guint32 number, struct statx *ret_found)
{
	char name[16];

	snprintf(name, sizeof(name), "%u", number);
	return statx(fds, name, AT_STATX_DONT_SYNC, STATX_TYPE, ret_found) < 0 ? -errno : 0;
}

int nsl_process_open_root(int process)
{
	return nsl_fd_openat(process, PROCESS "root", O_PATH | O_DIRECTORY);
}

guint64 nsl_procfs_tick(void)
{
	return G_GUINT64_CONSTANT(1000000000) / (guint64)sysconf(_SC_CLK_TCK);
}

gint64 nsl_procfs_start(guint64 start_ticks)
{
	guint64 tick = nsl_procfs_tick();
	guint64 last = G_MAXUINT64 / tick;

	if (start_ticks <= G_MAXINT64 / tick)
		return (gint64)start_ticks;
	/* Callers make microseconds of it, which have to fit. */
	return start_ticks <= last ? -1 - (gint64)(last - start_ticks)
				   : G_MININT64 / (gint64)(tick / 1000);
}

int nsl_process_stat_root(int process, guint mask, struct statx *ret_found)
{
	return statx(process, PROCESS "root", AT_STATX_DONT_SYNC, mask, ret_found) < 0 ? -errno : 0;
}

int nsl_process_open_mountinfo(int process)
{
	return nsl_fd_openat_same_mount(process, PROCESS "mountinfo", READ);
}

int nsl_process_open_ns(int process, const char *name)
{
	return link_result(process, nsl_fd_openat(process, name, O_RDONLY));
}

bool nsl_process_is_listed(int process, const NslProcfsEntry *entry)
{
	struct stat directory;

	return entry->inode == 0 ||
	       (fstatat(process, PROCESS, &directory, 0) == 0 && directory.st_ino == entry->inode);
}

int nsl_process_read_stat(int process, NslProcessStat *ret_stat)
{
	char text[2048];
	ssize_t size = read_text(process, PROCESS "stat", text, sizeof(text));

	return size < 0 ? (int)size : nsl_parse_stat(text, (gsize)size, ret_stat) ? 0 : -EINVAL;
}

int nsl_process_read_id_map(int process, bool gids, GArray *ranges)
{
	char text[16384]; /* a line takes 33 bytes */
	ssize_t size = read_text(process, gids ? PROCESS "gid_map" : PROCESS "uid_map", text,
				 sizeof(text));

	return size < 0 ? (int)size : nsl_parse_id_map(text, ranges) ? 0 : -EINVAL;
}

int nsl_process_read_time_offsets(int process, NslTimeOffsets *ret_offsets)
{
	char text[256];
	ssize_t size = read_text(process, PROCESS "timens_offsets", text, sizeof(text));

	return size < 0 ? (int)size : nsl_parse_time_offsets(text, ret_offsets) ? 0 : -EINVAL;
}

int nsl_process_read_program(int process, char *name, gsize size, guint32 *ret_owner)
{
	static const char deleted[] = " (deleted)";
	char path[PATH_MAX];
	ssize_t length = readlinkat(process, PROCESS "exe", path, sizeof(path) - 1);
	struct statx file;
	char *slash;

	if (length < 0)
		return -errno;
	path[length] = '\0';
	if (g_str_has_suffix(path, deleted))
		path[(gsize)length - strlen(deleted)] = '\0';
	slash = strrchr(path, '/');
	if (!slash || g_strlcpy(name, slash + 1, size) >= size)
		return -EINVAL;
	if (statx(process, PROCESS "exe", AT_STATX_DONT_SYNC, STATX_UID, &file) < 0)
		return -errno;
	*ret_owner = file.stx_uid;
	return 0;
}

int nsl_process_read_comm(int process, char *comm, gsize size)
{
	g_auto(NslFd) fd = nsl_fd_openat_same_mount(process, PROCESS "comm", READ);
	ssize_t got = fd < 0 ? fd : read(fd, comm, size - 1); /* the kernel gives it whole */

	if (got < 0 && fd >= 0)
		got = -errno;
	if (got > 0 && comm[got - 1] == '\n')
		got--;
	comm[MAX(got, 0)] = '\0';
	return MIN((int)got, 0);
}

/*
 * Appends what the file holds to `out`, but for NUL bytes at its end. 0; 1: there is more than the
 * `limit` bytes that were appended; or -errno.
 */
static int read_limited(int at, const char *name, gsize limit, GByteArray *out)
{
	g_auto(NslFd) fd = nsl_fd_openat_same_mount(at, name, READ);
	gsize want = MIN(limit, (gsize)4096) + 2; /* to see that there is more, not just a NUL */
	guint before = out->len;
	ssize_t got;

	if (fd < 0)
		return fd;
	/*
	 * Nearly all fit the first read. The kernel copies as much as fits at once: what is short
	 * is the end.
	 */
	for (;;) {
		guint have = out->len - before;

		g_byte_array_set_size(out, before + (guint)want);
		do
			got = read(fd, out->data + before + have, want - have);
		while (got < 0 && errno == EINTR);
		got = got < 0 ? -errno : got;
		g_byte_array_set_size(out, before + have + (guint)MAX(got, 0));
		if (got < 0)
			return (int)got;
		if (have + (gsize)got < want || want == limit + 2)
			break;
		want = limit + 2;
	}
	while (out->len > before && out->data[out->len - 1] == '\0')
		g_byte_array_set_size(out, out->len - 1);
	if (out->len - before <= limit)
		return 0;
	g_byte_array_set_size(out, before + (guint)limit);
	return 1;
}

/* The same of what is of no use in part: that it is cut off is -EFBIG. */
static int read_whole(int at, const char *name, gsize limit, GByteArray *out)
{
	int result = read_limited(at, name, limit, out);

	return result > 0 ? -EFBIG : result;
}

int nsl_process_read_cmdline(int process, gsize limit, GByteArray *out)
{
	return read_limited(process, PROCESS "cmdline", limit, out);
}

int nsl_procfs_read_cmdline(const NslProcfs *procfs, guint32 pid, gsize limit, GByteArray *out)
{
	char name[24];

	snprintf(name, sizeof(name), "%u/cmdline", pid);
	return read_limited(procfs->fd, name, limit, out);
}

int nsl_process_read_cgroup(int process, GByteArray *out)
{
	return read_whole(process, PROCESS "cgroup", CGROUP_LIMIT, out);
}

char *nsl_process_dup_cgroup(int process)
{
	g_autoptr(GByteArray) text = g_byte_array_new();

	if (process < 0 || nsl_process_read_cgroup(process, text) < 0)
		return NULL;
	return g_strndup((const char *)text->data, text->len);
}

int nsl_process_read_status(int process, NslProcessStatus *ret_status)
{
	g_autoptr(GByteArray) text = g_byte_array_new();
	int result = read_whole(process, PROCESS "status", STATUS_LIMIT, text);

	g_byte_array_append(text, (const guint8 *)"", 1);
	return result < 0						? result
	       : nsl_parse_status((const char *)text->data, ret_status) ? 0
									: -EINVAL;
}

int nsl_task_read_state(const NslProcfs *own, pid_t pid, char *ret_state)
{
	g_auto(NslFd) process = nsl_procfs_open_process(own, (guint32)pid);
	NslProcessStat stat;
	int result = process < 0 ? process : nsl_process_read_stat(process, &stat);

	if (result == 0)
		*ret_state = stat.state;
	return result;
}

guint64 nsl_procfs_own_size(const NslProcfs *own)
{
	char text[128];

	read_text(own->fd, "self/statm", text, sizeof(text));
	return g_ascii_strtoull(text, NULL, 10) * (guint64)sysconf(_SC_PAGESIZE);
}

int nsl_pidfd_open(int task, guint32 pid, bool thread)
{
	g_auto(NslFd) fd = (int)syscall(SYS_pidfd_open, pid, thread ? PIDFD_THREAD : 0);

	if (fd < 0)
		return -errno;
	/* Where the task is still there its PID was nobody else's. */
	return nsl_process_exists(task) ? nsl_fd_steal(&fd) : -ESRCH;
}

int nsl_pidfd_get(int pidfd, int fd)
{
	long copy = syscall(SYS_pidfd_getfd, pidfd, fd, 0);

	if (copy < 0) /* EBADF: the other process has no such descriptor, or not any more */
		return errno == EBADF ? -ENOENT : -errno;
	return (int)copy;
}

int nsl_tasks_share_fds(guint32 a, guint32 b)
{
	long order = syscall(SYS_kcmp, a, b, KCMP_FILES, 0, 0);

	return order < 0 ? -errno : order == 0;
}
