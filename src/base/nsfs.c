/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Namespace files: see nsfs.h.
 */
#include "base/nsfs.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <linux/sockios.h>
#include <linux/types.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

/* include/uapi/linux/nsfs.h; the structure is 16 bytes in its first version. */
struct mnt_ns_info_v0 {
	__u32 size;
	__u32 nr_mounts;
	__u64 mnt_ns_id;
};
#ifndef NS_GET_MNTNS_ID
#define NS_GET_MNTNS_ID _IOR(NSIO, 0x5, __u64)
#endif
#ifndef NS_MNT_GET_NEXT
#define NS_MNT_GET_NEXT _IOR(NSIO, 11, struct mnt_ns_info_v0)
#define NS_MNT_GET_PREV _IOR(NSIO, 12, struct mnt_ns_info_v0)
#endif
#ifndef NS_GET_ID
#define NS_GET_ID _IOR(NSIO, 13, __u64)
#endif
#ifndef NS_GET_TGID_FROM_PIDNS
#define NS_GET_TGID_FROM_PIDNS _IOR(NSIO, 0x7, int)
#endif

#define TUN_MAJOR 10  /* of misc devices */
#define TUN_MINOR 200 /* include/linux/miscdevice.h */

/* include/uapi/linux/fcntl.h, nsfs.h and exportfs.h of Linux 6.18. */
#ifndef FD_NSFS_ROOT
#define FD_NSFS_ROOT (-10003)
#endif
#define NSFS_HANDLE 0xf1 /* FILEID_NSFS */
struct nsfs_handle {
	__u64 id;
	__u32 type;
	__u32 inode;
};

int nsl_nsfs_device(int proc, dev_t *ret_device)
{
	struct statx found;

	/* Every kernel has those. */
	if (statx(proc, "self/ns/mnt", AT_STATX_DONT_SYNC, STATX_TYPE, &found) < 0)
		return -errno;
	*ret_device = makedev(found.stx_dev_major, found.stx_dev_minor);
	return 0;
}

int nsl_nsfs_inode(dev_t nsfs, int path, guint64 *ret_inode)
{
	struct statx found;

	if (statx(path, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_INO, &found) < 0)
		return -errno;
	*ret_inode = makedev(found.stx_dev_major, found.stx_dev_minor) == nsfs ? found.stx_ino : 0;
	return 0;
}

/*
 * 1: it is a file of nsfs, 0: it is not, or -errno. There is one nsfs: what is on its device is of
 * it. statfs(2) would ask the file system, which may never answer.
 */
static int is_nsfs(int proc, int fd)
{
	dev_t nsfs = 0;
	guint64 inode = 0;
	int result = nsl_nsfs_device(proc, &nsfs);

	if (result == 0)
		result = nsl_nsfs_inode(nsfs, fd, &inode);
	return result < 0 ? result : inode != 0;
}

/* An ioctl(2) that returns a descriptor or a number. */
static int ask(int fd, unsigned long request, void *argument)
{
	int result = ioctl(fd, request, argument);

	return result < 0 ? -errno : result;
}

int nsl_nsfs_identify_fd(int fd, NslNsFile *ret_file)
{
	struct stat found;

	ret_file->flag = ask(fd, NS_GET_NSTYPE, NULL);
	if (ret_file->flag < 0)
		return ret_file->flag;
	if (fstat(fd, &found) < 0)
		return -errno;
	ret_file->inode = found.st_ino;
	return 0;
}

int nsl_nsfs_reopen(int proc, int path)
{
	int result = is_nsfs(proc, path);
	char name[32];

	if (result <= 0)
		return result < 0 ? result : -EMEDIUMTYPE;
	snprintf(name, sizeof(name), "self/fd/%d", path);
	return nsl_fd_openat(proc, name, O_RDONLY);
}

/* `open_at` is one of the functions of sys.h that open a path relative to `dir`. */
static int identify(int open_at(int dir, const char *path, int flags), int dir, const char *path,
		    NslNsFile *ret_file)
{
	g_auto(NslFd) proc = nsl_fd_openat(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY);
	g_auto(NslFd) fd = open_at(dir, path, O_PATH);
	g_auto(NslFd) itself = -1;
	g_auto(NslFd) opened = -1;
	int result;

	if (fd < 0)
		return fd;
	opened = nsl_nsfs_reopen(proc, fd);
	if (opened < 0)
		return opened;
	result = nsl_nsfs_identify_fd(opened, ret_file);
	if (result < 0)
		return result;
	itself = open_at(dir, path, O_PATH | O_NOFOLLOW);
	ret_file->mount = itself >= 0 && is_nsfs(proc, itself) == 1;
	return 0;
}

int nsl_nsfs_identify(int dir, const char *path, NslNsFile *ret_file)
{
	return identify(nsl_fd_openat, dir, path, ret_file);
}

int nsl_nsfs_identify_in_root(int root, const char *path, NslNsFile *ret_file)
{
	return identify(nsl_fd_openat_in_root, root, path, ret_file);
}

int nsl_nsfs_open_owner(int fd)
{
	return ask(fd, NS_GET_USERNS, NULL);
}

int nsl_nsfs_open_parent(int fd)
{
	return ask(fd, NS_GET_PARENT, NULL);
}

int nsl_nsfs_owner_uid(int fd, guint32 *ret_uid)
{
	return ask(fd, NS_GET_OWNER_UID, ret_uid);
}

int nsl_nsfs_id(int fd, guint64 *ret_id)
{
	int result = ask(fd, NS_GET_ID, ret_id);

	return result < 0 ? ask(fd, NS_GET_MNTNS_ID, ret_id) : result;
}

int nsl_nsfs_open_by_id(guint64 id, int flag, guint64 inode)
{
	union {
		struct file_handle handle;
		char bytes[sizeof(struct file_handle) + sizeof(struct nsfs_handle)];
	} name = {
		.handle = {.handle_bytes = sizeof(struct nsfs_handle), .handle_type = NSFS_HANDLE}};
	struct nsfs_handle handle = {.id = id, .type = (__u32)flag, .inode = (__u32)inode};
	int fd;

	memcpy(name.bytes + offsetof(struct file_handle, f_handle), &handle, sizeof(handle));
	fd = open_by_handle_at(FD_NSFS_ROOT, &name.handle, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int nsl_nsfs_open_next_mnt(int fd, bool forward)
{
	struct mnt_ns_info_v0 info = {.size = sizeof(info)};

	return ask(fd, forward ? NS_MNT_GET_NEXT : NS_MNT_GET_PREV, &info);
}

bool nsl_nsfs_is_tun(const struct statx *found)
{
	return S_ISCHR(found->stx_mode) && found->stx_rdev_major == TUN_MAJOR &&
	       found->stx_rdev_minor == TUN_MINOR;
}

int nsl_nsfs_open_of_socket(int fd)
{
	struct statx found;
	int result;

	/* The same number may mean anything to another driver or file system. */
	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &found) < 0)
		return -errno;
	if (!S_ISSOCK(found.stx_mode) && !nsl_nsfs_is_tun(&found))
		return -ENOTSOCK;
	result = ask(fd, SIOCGSKNS, NULL);
	return result == -EBADF ? -ENOENT : result; /* opened with O_PATH: there is no socket */
}

int nsl_nsfs_pid_from(int fd, guint32 pid)
{
	return ask(fd, NS_GET_TGID_FROM_PIDNS, GUINT_TO_POINTER(pid));
}
