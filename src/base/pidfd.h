/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Process descriptors (pidfd_open(2), pidfd_getfd(2)): taking a copy of another process's open
 * file. A copy of a file on some file system would, when it is closed, ask that file system: only
 * sockets and tun devices are to be taken.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* >= 0 or -errno. Of a thread: Linux 6.9. `pid` counts as in the caller's PID namespace. */
int nsl_pidfd_open(guint32 pid, bool thread);

/* Linux 5.6; wants the right to attach with ptrace(2). >= 0 or -errno. */
int nsl_pidfd_get(int pidfd, int fd);

/* Whether two tasks share their table of open files (kcmp(2)): 1, 0, or -errno. */
int nsl_tasks_share_fds(guint32 a, guint32 b);
