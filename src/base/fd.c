/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * File descriptors: see fd.h.
 */
#include "base/fd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/types.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_close_range
#define SYS_close_range 436 /* Linux 5.9; the same number on every architecture */
#endif

#ifndef SYS_openat2
#define SYS_openat2 437 /* Linux 5.6; likewise */
#endif

/* include/uapi/linux/openat2.h */
struct how {
	__u64 flags;
	__u64 mode;
	__u64 resolve;
};
#define HOW_NO_XDEV 0x01

void nsl_fd_close(NslFd fd)
{
	if (fd >= 0)
		close(fd);
}

int nsl_fd_openat(int dir, const char *path, int flags)
{
	int fd;

	do
		fd = openat(dir, path, flags | O_CLOEXEC);
	while (fd < 0 && errno == EINTR);
	return fd < 0 ? -errno : fd;
}

int nsl_fd_openat_same_mount(int dir, const char *path, int flags)
{
	const struct how how = {.flags = (__u64)(flags | O_CLOEXEC), .resolve = HOW_NO_XDEV};
	long fd;

	do
		fd = syscall(SYS_openat2, dir, path, &how, sizeof(how));
	while (fd < 0 && errno == EINTR);
	if (fd < 0 && (errno == ENOSYS || errno == EPERM)) /* a kernel or a filter without it */
		return nsl_fd_openat(dir, path, flags);
	return fd < 0 ? -errno : (int)fd;
}

ssize_t nsl_fd_read(int fd, void *buffer, gsize size)
{
	gsize have = 0;

	while (have < size) {
		ssize_t got = read(fd, (char *)buffer + have, size - have);

		if (got == 0)
			break;
		if (got > 0)
			have += (gsize)got;
		else if (errno != EINTR)
			return -errno;
	}
	return (ssize_t)have;
}

ssize_t nsl_fd_read_file(int dir, const char *path, void *buffer, gsize size)
{
	g_auto(NslFd) fd = nsl_fd_openat(dir, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);

	return fd < 0 ? fd : nsl_fd_read(fd, buffer, size);
}

int nsl_fd_write(int fd, const void *buffer, gsize size)
{
	const char *at = buffer;

	while (size > 0) {
		ssize_t put = write(fd, at, size);

		if (put >= 0) {
			at += put;
			size -= (gsize)put;
		} else if (errno == EAGAIN) {
			struct pollfd ready = {.fd = fd, .events = POLLOUT};

			if (poll(&ready, 1, -1) < 0 && errno != EINTR)
				return -errno;
		} else if (errno != EINTR) {
			return -errno;
		}
	}
	return 0;
}

static void close_between(unsigned first, unsigned last)
{
	struct rlimit limit;

	if (first > last || syscall(SYS_close_range, first, last, 0) == 0)
		return;
	if (last == ~0U) {
		bool known = getrlimit(RLIMIT_NOFILE, &limit) == 0;

		last = known && limit.rlim_cur < 1u << 20 ? (unsigned)limit.rlim_cur : 1u << 20;
	}
	for (unsigned fd = first; fd <= last; fd++)
		close((int)fd);
}

static int compare_ints(const void *a, const void *b)
{
	const int *x = a;
	const int *y = b;

	return (*x > *y) - (*x < *y);
}

void nsl_fd_close_all_but(int first, const int *keep, gsize n_keep)
{
	g_autofree int *sorted = g_new(int, n_keep);
	unsigned next = (unsigned)first;

	for (gsize i = 0; i < n_keep; i++)
		sorted[i] = keep[i];
	if (n_keep > 0)
		qsort(sorted, n_keep, sizeof(*sorted), compare_ints);
	for (gsize i = 0; i < n_keep; i++) {
		if (sorted[i] < (int)next)
			continue;
		if (sorted[i] > (int)next)
			close_between(next, (unsigned)sorted[i] - 1);
		next = (unsigned)sorted[i] + 1;
	}
	close_between(next, ~0U);
}

bool nsl_fd_fill_standard(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		int filler;

		if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
			continue;
		/* Every process has this directory, and nobody can read or write through it. */
		filler = open("/", O_PATH);
		if (filler != fd) {
			nsl_fd_close(filler);
			return false;
		}
	}
	return true;
}

int nsl_fd_list(int dir, guint limit, GPtrArray *names)
{
	int fd = nsl_fd_openat(dir, ".", O_RDONLY | O_DIRECTORY);
	const struct dirent *entry;
	guint end = names->len + limit;
	int result;
	DIR *listing;

	if (fd < 0)
		return fd;
	listing = fdopendir(fd);
	if (!listing) {
		result = -errno;
		nsl_fd_close(fd);
		return result;
	}
	while (errno = 0, (entry = readdir(listing))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (names->len >= end) {
			errno = E2BIG;
			break;
		}
		g_ptr_array_add(names, g_strdup(entry->d_name));
	}
	result = -errno;
	closedir(listing);
	return result;
}
