/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Namespace files: see nsfs.h.
 */
#include "base/nsfs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

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
	g_auto(NslFd) opened = -1;
	char proc[64];
	struct stat found;
	int result;

	if (fd < 0)
		return fd;
	result = is_nsfs(fd);
	if (result <= 0)
		return result < 0 ? result : -EMEDIUMTYPE;
	/* Now that it is known to be harmless, it is opened for good: ioctl(2) wants that. */
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	opened = nsl_fd_openat(AT_FDCWD, proc, O_RDONLY);
	if (opened < 0)
		return opened;
	ret_file->flag = ioctl(opened, NS_GET_NSTYPE);
	if (ret_file->flag < 0 || fstat(opened, &found) < 0)
		return -errno;
	ret_file->inode = found.st_ino;
	itself = nsl_fd_openat(dir, path, O_PATH | O_NOFOLLOW);
	ret_file->mount = itself >= 0 && is_nsfs(itself) == 1;
	return 0;
}
