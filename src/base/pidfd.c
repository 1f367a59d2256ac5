/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Process descriptors: see pidfd.h.
 */
#include "base/pidfd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/procfs.h"
#include "base/sys.h"

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

	return copy < 0 ? -errno : (int)copy;
}

int nsl_tasks_share_fds(guint32 a, guint32 b)
{
	long order = syscall(SYS_kcmp, a, b, KCMP_FILES, 0, 0);

	return order < 0 ? -errno : order == 0;
}
