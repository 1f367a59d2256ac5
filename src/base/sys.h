/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * System calls: their errors, file descriptors that close themselves, and the calls on descriptors
 * that everything else uses. Not for /proc: that is procfs.h. Not for printing: only main prints.
 *
 * Functions of base/ that wrap a system call return a value >= 0 or -errno, restart on EINTR, and
 * open with O_CLOEXEC. Everything above them reports through GError, converted once, with the path.
 */
#pragma once

#include <errno.h>
#include <glib.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#ifndef STATX_TYPE /* musl before 1.2.5 */
#include <linux/stat.h>

static inline int statx(int dir, const char *path, int flags, unsigned int mask,
			struct statx *ret_found)
{
	return (int)syscall(SYS_statx, dir, path, flags, mask, ret_found);
}
#endif

#define NSL_ERROR (nsl_error_quark())
GQuark nsl_error_quark(void);

typedef enum NslErrorCode {
	NSL_ERROR_USAGE,  /* the command line is wrong */
	NSL_ERROR_SYNTAX, /* likewise: a message of several lines, which are safe to print */
	NSL_ERROR_SYSTEM, /* a system call failed */
} NslErrorCode;

/* The process or file is not there, or not any more. `result` is a -errno. */
static inline bool nsl_is_gone(int result)
{
	return result == -ENOENT || result == -ESRCH;
}

/* The caller may not. `result` is a -errno. */
static inline bool nsl_is_denied(int result)
{
	return result == -EACCES || result == -EPERM;
}

/* Sets "WHAT: TEXT OF THE CODE"; `result` is a -errno. Returns false, for `return nsl_fail(…)`. */
bool nsl_fail(GError **error, int result, const char *format, ...) G_GNUC_PRINTF(3, 4);

/*
 * What a -errno says, in English whatever the locale; static, never NULL. Not g_strerror(): that
 * converts, and opens the C library's files for it.
 */
const char *nsl_errno_text(int result);

/* The symbolic name of a -errno ("EACCES"); static, never NULL. Unusual ones are "errno". */
const char *nsl_errno_name(int result);

/* Whether the caller has this capability (capabilities(7)) in its user namespace, and uses it. */
bool nsl_has_capability(guint capability);

/* Microseconds of CPU that this process has had: what it waits for one does not count. */
gint64 nsl_cpu_time(void);

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
 * The same within the mount that `dir` is in: another mount in the way is not touched, and the
 * answer is -EXDEV. Before Linux 5.6 that cannot be had: there it is nsl_fd_openat().
 */
int nsl_fd_openat_same_mount(int dir, const char *path, int flags);

/*
 * The same with `root` as the root directory of the path and of all links on it, of which the magic
 * ones are -ELOOP. -ENOSYS before Linux 5.6.
 */
int nsl_fd_openat_in_root(int root, const char *path, int flags);

/*
 * Opens a path of any length below the directory `root` as a path only, which somebody else may
 * have chosen: it leads nowhere else, and no symbolic link is followed. >= 0, or -errno. Unless
 * `waits` no file system is asked: -EAGAIN, or -EINVAL before Linux 5.12.
 */
int nsl_fd_open_below(int root, const char *path, bool waits);

/* Reads up to the end of the file, at most `size` bytes; how many there are, or -errno. */
ssize_t nsl_fd_read(int fd, void *buffer, gsize size);

/* The same of a file, opened with `flags`, as text with a NUL behind it; "" where it cannot be. */
ssize_t nsl_fd_read_text(int dir, const char *path, int flags, char *text, gsize size);

/* Writes all of it, and waits for a non-blocking descriptor. 0; -errno: with a part written. */
int nsl_fd_write(int fd, const void *buffer, gsize size);

/*
 * Appends the names (char *) of what is in the directory, at most `limit`, in no order, without
 * "." and "..". 0; -E2BIG: there are more; or -errno, with some of them listed or none.
 */
int nsl_fd_list(int dir, guint limit, GPtrArray *names);

/* Closes every descriptor from `first` on but those in `keep`. */
void nsl_fd_close_all_but(int first, const int *keep, gsize n_keep);

/*
 * Opens those of the numbers 0 to 2 that are closed, so that no file that is opened later passes
 * for stdout: whoever uses them gets EBADF. False where that cannot be done.
 */
bool nsl_fd_fill_standard(void);

/*
 * From now on `func` is called where there is no memory left; it must not return, and must not take
 * memory. A forked child may choose another. GLib ends the program then, and some of its ways to do
 * so take memory themselves: they call each other until the stack is full, or abort. Here all of
 * them come to one end.
 */
typedef void NslMemoryFunc(void);
void nsl_memory_on_failure(NslMemoryFunc *func);
