/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Process descriptors (pidfd_open(2), pidfd_getfd(2)): taking a copy of another process's open
 * file. A copy of a file on some file system would, when it is closed, ask that file system: only
 * sockets and tun devices are to be taken.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/*
 * Of the process, or with `thread` (Linux 6.9) the thread, that `task` is a descriptor of
 * (procfs.h); `pid` is its PID or TID as the caller's PID namespace counts. >= 0 or -errno; -ESRCH
 * also where the task ended while it was opened, so that its PID may be another one's.
 */
int nsl_pidfd_open(int task, guint32 pid, bool thread);

/*
 * A copy of an open file (Linux 5.6; wants the right to attach with ptrace(2)): >= 0 or -errno.
 * What it is has to be found out: the other process may have put another file there meanwhile.
 */
int nsl_pidfd_get(int pidfd, int fd);

/* Whether two tasks share their table of open files (kcmp(2)): 1, 0, or -errno. */
int nsl_tasks_share_fds(guint32 a, guint32 b);
