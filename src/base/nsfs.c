/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Namespace files: see nsfs.h.
 */
#include "base/nsfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fd.h"

#ifndef NSFS_MAGIC
#define NSFS_MAGIC 0x6e736673 /* include/uapi/linux/magic.h */
#endif

/* 1: it is a file of nsfs, 0: it is not, or -errno. */
static int is_nsfs(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return -errno;
	return fs.f_type == NSFS_MAGIC;
}

int nsl_nsfs_identify(int dir, const char *path, NslNsFile *ret_file)
{
	g_auto(NslFd) fd = nsl_fd_openat(dir, path, O_PATH);
	g_auto(NslFd) itself = -1;
	char proc[64];
	ssize_t size;
	int result;

	if (fd < 0)
		return fd;
	result = is_nsfs(fd);
	if (result <= 0)
		return result < 0 ? result : -EMEDIUMTYPE;
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	size = readlink(proc, ret_file->link, sizeof(ret_file->link) - 1);
	if (size < 0)
		return -errno;
	ret_file->link[size] = '\0';
	itself = nsl_fd_openat(dir, path, O_PATH | O_NOFOLLOW);
	ret_file->mount = itself >= 0 && is_nsfs(itself) == 1;
	return 0;
}
