/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * File descriptors: closing them by scope, and the system calls on them that everything else
 * uses. All return >= 0 or -errno, restart on EINTR, and open with O_CLOEXEC. Not for /proc:
 * that is procfs.h.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

/* `g_auto(NslFd) fd = -1;` closes what is >= 0 at the end of the scope. */
typedef int NslFd;
void nsl_fd_close(NslFd fd);
G_DEFINE_AUTO_CLEANUP_FREE_FUNC(NslFd, nsl_fd_close, -1)

/* Takes the descriptor out of a g_auto variable. */
static inline int nsl_fd_steal(NslFd *fd)
{
	int stolen = *fd;

	*fd = -1;
	return stolen;
}

int nsl_fd_openat(int dir, const char *path, int flags);

/*
 * The same within the mount that `dir` is in: where another one is in the way it is not touched,
 * and the answer is -EXDEV. Before Linux 5.6 that cannot be had: there it is nsl_fd_openat().
 */
int nsl_fd_openat_same_mount(int dir, const char *path, int flags);

/*
 * Reads until the end of the file or until `size` bytes are there, whichever comes first; returns
 * how many there are.
 */
ssize_t nsl_fd_read(int fd, void *buffer, gsize size);

/* The same for a file relative to `dir`. */
ssize_t nsl_fd_read_file(int dir, const char *path, void *buffer, gsize size);

/*
 * Writes all of it, waiting where the descriptor is non-blocking. 0, or -errno, with an unknown
 * part written.
 */
int nsl_fd_write(int fd, const void *buffer, gsize size);

/* Closes every descriptor from `first` on but those in `keep`. */
void nsl_fd_close_all_but(int first, const int *keep, gsize n_keep);

/*
 * Gives the numbers 0 to 2 a descriptor each that fails with EBADF when used, where the caller left
 * them closed, so that nothing that is opened later passes for stdout. False where that cannot be
 * done.
 */
bool nsl_fd_fill_standard(void);

/*
 * Appends the names (char *) of what is in the directory, at most `limit`, in no order, without
 * "." and "..". 0; -E2BIG: there are more; or -errno, with some of them listed or none.
 */
int nsl_fd_list(int dir, guint limit, GPtrArray *names);
