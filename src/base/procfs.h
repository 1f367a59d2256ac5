/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The only reader of /proc: a procfs (or a recorded one), and its processes (proc(5)), with the
 * system calls that take their PIDs. What the files hold is parsed in procfs_parse.h. Which
 * namespace types there are is not known here.
 *
 * Everything about one process is read relative to one descriptor: a PID that is reused never mixes
 * two processes up. What is gone answers -ESRCH or -ENOENT. What somebody has mounted over a
 * process's files is not touched: -EXDEV. Functions return 0, or >= 0, or -errno.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "base/procfs_parse.h"
#include "base/sys.h"

typedef struct NslProcfs {
	NslFd fd;
	char *path; /* as given */
	bool real;  /* a procfs, not a recorded one */
	bool local; /* this system's, and its PIDs are the caller's */
	/*
	 * The root directory in which the names of its users, containers and `ip netns` are
	 * (O_PATH; walking from there MAY BLOCK); -1: they cannot be had, `root_error` says why.
	 */
	NslFd root;
	int root_error;	  /* -errno; -EXDEV: it is not of the initial PID namespace */
	guint32 root_pid; /* whose root directory that is; 0: the caller's own */
	guint64 root_mnt; /* and its mount namespace, by inode */
} NslProcfs;

/*
 * Opens the procfs at `path`, /proc for NULL; NULL where it is no directory. One that is local has
 * the caller's own root directory, another one none. Transfer full.
 */
NslProcfs *nsl_procfs_open(const char *path, GError **error);
void nsl_procfs_free(NslProcfs *procfs);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NslProcfs, nsl_procfs_free)

/* A process as the listing has it. */
typedef struct NslProcfsEntry {
	guint32 pid;
	guint64 inode; /* of its directory: who has the PID later has another; 0: not known */
} NslProcfsEntry;

/* Appends all the processes (NslProcfsEntry), or their PIDs (guint32), by PID. */
int nsl_procfs_list_entries(const NslProcfs *procfs, GArray *entries);
int nsl_procfs_list(const NslProcfs *procfs, GArray *pids);

/* Compares what begins with a PID or another guint32: by that. For sorting and searching. */
gint nsl_pid_compare(gconstpointer a, gconstpointer b);

/* What in an array that is sorted so has this PID; NULL: nothing. */
gpointer nsl_pid_find(const GArray *sorted, guint32 pid);

/* How many tasks there are (loadavg); 0: not known. */
guint nsl_procfs_count_tasks(const NslProcfs *procfs);

/*
 * A descriptor of the process, for the functions below: of its directory of namespace links
 * (O_PATH). Those links are most of what is read, and the fastest to read this way: by 5 % of a
 * scan.
 */
int nsl_procfs_open_process(const NslProcfs *procfs, guint32 pid);

/* Whether a recorded procfs has anything of this process. False of a real one. */
bool nsl_procfs_has_recorded(const NslProcfs *procfs, guint32 pid);

/* Whether the mount option hidepid leaves this process (or thread) out. False unless local. */
bool nsl_procfs_hides(const NslProcfs *procfs, guint32 pid);

/* The PID of the caller as this procfs counts; 0 where it does not see it. */
guint32 nsl_procfs_self(const NslProcfs *procfs);

/* A descriptor of the caller, likewise. */
int nsl_procfs_open_self(const NslProcfs *procfs);

/* The inode of the caller's namespace of that type ("mnt"), 0 where it cannot be told. */
guint64 nsl_procfs_own_ns(const NslProcfs *procfs, const char *type);

/*
 * Reads a file of one line, without the newline, of any path in the procfs; NULL where it can't.
 * MAY BLOCK, since other file systems can be mounted there (lxcfs, in containers): for workers.
 */
char *nsl_procfs_read_line(const NslProcfs *procfs, const char *path);

/* The time of boot in seconds since the epoch (/proc/stat), 0 where unknown. MAY BLOCK likewise. */
gint64 nsl_procfs_boot_time(const NslProcfs *procfs);

/*
 * Reads the namespace link `name`, which has to be of this `type`: "net:[4026531833]". -EINVAL: it
 * is something else; -ESRCH: the process is gone; -ENOENT: it is a zombie.
 */
int nsl_process_read_ns(int process, const char *name, const char *type, guint64 *ret_inode);

/* A descriptor of one of its threads, which serves wherever one of a process does. */
int nsl_process_open_thread(int process, guint32 tid);

/* How many threads it has; 0 where that cannot be told. */
int nsl_process_count_threads(int process);

/* Appends the TIDs of all its threads (guint32), ascending. */
int nsl_process_list_threads(int process, GArray *tids);

/* Its open files: a descriptor of their directory, and their numbers (guint32), appended. */
int nsl_process_open_fds(int process);
int nsl_fds_list(int fds, GArray *numbers);

/* What one of them refers to: the link's text, without a NUL, and its length. */
ssize_t nsl_fds_read_link(int fds, guint32 number, char *text, gsize size);

/*
 * What fdinfo says of it, without asking its file system. -EFBIG: its file locks, of which anybody
 * can take thousands, leave no room for what follows them.
 */
int nsl_fds_read_info(int fds, guint32 number, NslFdInfo *ret_info);

/* What its inode is, as the kernel remembers it. FUSE is not asked; NFS may be: it MAY BLOCK. */
int nsl_fds_stat(int fds, guint32 number, struct statx *ret_found);

/*
 * The ID map of its user namespace: appends the lines (NslIdRange) for UIDs, or GIDs. Outside IDs
 * are those of the reader's user namespace; of the reader's own those of the one above.
 */
int nsl_process_read_id_map(int process, bool gids, GArray *ranges);

/* The clock offsets of the time namespace that its CHILDREN will be in. */
int nsl_process_read_time_offsets(int process, NslTimeOffsets *ret_offsets);

/* Its root directory (O_PATH). MAY BLOCK on a dead mount: for workers. */
int nsl_process_open_root(int process);

/* How many nanoseconds a clock tick has: in those the start of a process is told (proc(5)). */
guint64 nsl_procfs_tick(void);

/*
 * A process's start in clock ticks. Negative: it is before the caller's time namespace counts,
 * where the kernel's 64-bit nanoseconds wrap. What the kernel cannot have said is before all
 * others.
 */
gint64 nsl_procfs_start(guint64 start_ticks);

/* What statx(2) tells of its root directory, likewise. */
int nsl_process_stat_root(int process, guint mask, struct statx *ret_found);

int nsl_process_open_mountinfo(int process);

/* Opens the namespace link `name` itself, for ioctl_ns(2) and setns(2). */
int nsl_process_open_ns(int process, const char *name);

/* Whether the process is still there. */
bool nsl_process_exists(int process);

/*
 * Whether it is who was listed, not a later process with this PID, nor a thread; true where the
 * entry's inode is not known. False too where the kernel forgot the directory for lack of memory.
 */
bool nsl_process_is_listed(int process, const NslProcfsEntry *entry);

/* What the files of these names hold. */
int nsl_process_read_stat(int process, NslProcessStat *ret_stat);
int nsl_process_read_status(int process, NslProcessStatus *ret_status);

/*
 * The program that it runs (the link "exe"): the last part of its path, without what the kernel
 * adds to a file that was removed; and the UID that owns the file. No file system is asked.
 */
int nsl_process_read_program(int process, char *name, gsize size, guint32 *ret_owner);

/* Reads the name into `comm` (80 bytes, NUL-terminated). */
int nsl_process_read_comm(int process, char *comm, gsize size);

/*
 * Appends the command line, NUL bytes between the arguments and the trailing ones taken away.
 * 0; 1: there is more than the `limit` bytes that were appended; or -errno. It MAY BLOCK FOR EVER
 * (the process's mmap lock): for expendable workers only.
 */
int nsl_process_read_cmdline(int process, gsize limit, GByteArray *out);

/* The same of whoever has this PID: for who finds out by other means whether it was reused. */
int nsl_procfs_read_cmdline(const NslProcfs *procfs, guint32 pid, gsize limit, GByteArray *out);

/*
 * Appends which cgroups it is in (cgroups(7), /proc/PID/cgroup), as the caller's cgroup namespace
 * shows them. It does not block. -EFBIG: there is more than the 64 KiB that were appended.
 */
int nsl_process_read_cgroup(int process, GByteArray *out);

/* The same as text. NULL: it cannot be read; `process` may be a -errno. Transfer full. */
char *nsl_process_dup_cgroup(int process);

/* The state of a task of the caller's own PID namespace, as in stat (R, S, D …). */
int nsl_task_read_state(const NslProcfs *own, pid_t pid, char *ret_state);

/* How many bytes the caller has mapped (statm); 0 where that is not known. */
guint64 nsl_procfs_own_size(const NslProcfs *own);

/*
 * A pidfd of the process, or with `thread` (Linux 6.9) the thread, that `task` is a descriptor of;
 * `pid` is its PID or TID as the caller's PID namespace counts. -ESRCH: the task has ended.
 */
int nsl_pidfd_open(int task, guint32 pid, bool thread);

/*
 * A copy of an open file (pidfd_getfd(2), Linux 5.6; wants the right to attach with ptrace(2)).
 * -ENOENT: the process has no such descriptor. Only for sockets and tun devices: closing a copy of
 * another file may ask its file system. The process may have put another file there meanwhile.
 */
int nsl_pidfd_get(int pidfd, int fd);

/* Whether two tasks share their table of open files (kcmp(2)): 1, 0, or -errno. */
int nsl_tasks_share_fds(guint32 a, guint32 b);
